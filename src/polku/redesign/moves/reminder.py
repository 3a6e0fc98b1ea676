"""Reminder and deadline: where the customer's answer is awaited, the city reminds of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from polku.path.facts import Contact, Facts, Text
from polku.path.model import Event, Flow, Step, Timer
from polku.redesign import claiming_ways, rules, surgery
from polku.redesign.bending import bent_varied, open_share
from polku.redesign.evidence import Evidence
from polku.redesign.move import (
    Assumption,
    Claim,
    Move,
    MoveKind,
    Parameter,
    Serves,
    Values,
    move_kind,
)
from polku.redesign.naming import filled, quoted
from polku.redesign.prototype import Prototype
from polku.redesign.stretches import named, numbers_of
from polku.simulate.scenario import (
    UNITS,
    EventNumbers,
    Law,
    Origin,
    StepNumbers,
    always,
    fixed,
)


@move_kind
class Reminder(MoveKind):
    """`at`: the step in which the customer answers; `with_`: `days` after which it is reminded.

    The reminder is sent automatically and does not end the waiting. Honestly: everybody who is
    late is contacted once more, so contact moments rise.
    """

    name = "reminder-deadline"
    title = Text(
        "Muistutus ja määräaika asiakkaalle", "Påminnelse och tidsfrist för kunden",
        "Reminder and deadline for the customer",
    )  # fmt: skip
    serves: ClassVar[Serves] = "promptness"
    needs = "a step in which a unit of the city waits for the customer's answer"
    forbids = "a reminder that is there already, a statutory period or a hearing"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({
        "days": Parameter(7, "days after which the customer is reminded", low=1, high=60)
    })  # fmt: skip
    assumptions = (
        Assumption(
            "beyond",
            Text(
                "Muistutuksen jälkeen vastausta odotetaan {value} kertaa niin kauan kuin ennen.",
                "Efter påminnelsen väntar man på svaret {value} gånger så länge som förr.",
                "After the reminder, the answer is awaited for {value} times as long as before.",
            ),
            Law("uniform", loc=0.6, scale=0.3, unit=None),
            1.0,
            Origin(
                "assumed",
                note="part of those who are late have forgotten, others lack what they are asked "
                "for; the first days are as before",
            ),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Steps that wait for the customer; the time beyond the reminder is what may be saved."""
        found = []
        days = float(self.parameters["days"].default)
        for step in seen.on.path.steps:
            if _awaits(seen.on, step) and step.facts.delay == "customer":
                at = seen.step(step.id)
                waiting = at.waiting_days.get("customer", 0.0)
                hint = at.times * waiting * waiting / (waiting + days) / 4
                if at.times > 0:
                    found.append(self.at(step.id, hint=hint))
        return sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `needs` and `forbids`."""
        path = on.path
        if len(move.at) != 1:
            return f"is about one step; {', '.join(move.at) or 'none'} are named"
        if (missing := rules.missing(path, move.at)) is not None:
            return missing
        days = move.with_.get("days")
        if isinstance(days, bool | str) or days is None or not 1 <= days <= 60:
            return f"days is {days!r}; write a number from 1 to 60"
        step = _step(move, on)
        told = rules.told(step)
        if step.holds_nodes:
            return f"{told} holds further steps; name the one in which the customer answers"
        if (law := rules.lawful(step)) is not None:
            return law
        if path.by_customer(step):
            return f"{told} is the customer's own work: no unit of the city waits for it"
        if not _awaits(on, step):
            return f"{told} does not wait for the customer"
        if any(e.trigger == "timer" for e in path.boundary(step.id)):
            return f"{told} has a reminder or a time limit already"
        if step.within is None and claiming_ways.in_loop(path, move.at) is not None:
            return f"{told} stands in a loop, where an earlier reminder may still be under way"
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """A timer beside the step, the reminder after it, and a shorter wait beyond the time."""
        event, send, end = _new(move, on)
        path = on.path
        path = replace(path, nodes=(*path.nodes, event, send, end))
        flows = []
        for a, b in ((event.id, send.id), (send.id, end.id)):
            flows.append(Flow(surgery.new_id(path, f"{a}--{b}"), a, b, within=event.within))
        path = surgery.with_message(surgery.with_flows(path, flows), send.id, "city")
        return surgery.pruned(
            _with_numbers(on.with_path(path), move, event.id, send.id, values["beyond"])
        )

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """The timer, the reminder with its contact, and its end."""
        return frozenset(claiming_ways.came(on.path, *_new(move, on)))

    def says(self, move: Move, on: Prototype) -> Text:
        """When the customer is reminded of what, and what it costs."""
        n = Text(*[f"{move.with_['days']:g}"] * 3)
        return filled(
            Text(
                "{step}: asiakasta muistutetaan automaattisesti {n} päivän kuluttua. "
                "Yhteydenottoja tulee lisää.",
                "{step}: kunden får automatiskt en påminnelse efter {n} dagar. "
                "Kontakterna blir fler.",
                "{step}: the customer is reminded automatically after {n} days. "
                "There will be more contacts.",
            ),
            step=quoted(on.path, move.at), n=n,
        )  # fmt: skip


def _step(move: Move, on: Prototype) -> Step:
    step = surgery.step_of(on.path, move.at[0])
    assert step is not None
    return step


def _awaits(on: Prototype, step: Step) -> bool:
    """Whether a unit waits for the customer in a step, as the path or its numbers have it."""
    if on.path.by_customer(step) or step.holds_nodes:
        return False
    if step.facts.delay is not None:
        return step.facts.delay == "customer"
    delay = numbers_of(on, step.id).delay
    return delay is not None and delay.kind == "customer"


def _new(move: Move, on: Prototype) -> tuple[Event, Step, Event]:
    """The timer at the step, the step that reminds, and the end of this by-way."""
    path, step = on.path, _step(move, on)
    days = float(move.with_["days"])
    n = f"{days:g}"
    timer = Timer("duration", _duration(days))
    late = Text(f"{n} päivää on kulunut", f"{n} dagar har gått", f"{n} days have passed")
    name = surgery.names_of(path, step.id)
    lane = path.lane_of(step)
    lane_id = step.lane or (lane.id if lane is not None and step.within is None else None)
    event = Event(
        surgery.new_id(path, f"{step.id}-late"), late.en or "", "boundary", "timer", timer, step.id,
        False, lane=lane_id, within=step.within, facts=Facts(names=late),
    )  # fmt: skip
    names = named(name, "Muistuta: {name}", "Påminn: {name}", "Remind: {name}")
    text = Text(
        f"Jos vastauksesi puuttuu {n} päivän kuluttua, kaupunki muistuttaa siitä sähköpostilla.",
        f"Om ditt svar saknas efter {n} dagar påminner staden om det per e-post.",
        f"If your answer is missing after {n} days, the city reminds you of it by e-mail.",
    )
    send = Step(
        surgery.new_id(path, f"{step.id}-remind"), names.en or "", "send", lane=lane_id,
        within=step.within, facts=Facts(names, text, Contact("city", ("e-mail",))),
    )  # fmt: skip
    sent = Text("Muistutus lähetetty", "Påminnelsen skickad", "Reminder sent")
    end = Event(
        surgery.new_id(path, f"{step.id}-reminded"), sent.en or "", "end", lane=lane_id,
        within=step.within, facts=Facts(names=sent),
    )  # fmt: skip
    return event, send, end


def _duration(days: float) -> str:
    """A time in ISO 8601."""
    return f"P{days:g}D" if days == int(days) else f"PT{round(days * 24 * 60)}M"


def _with_numbers(
    on: Prototype, move: Move, event: str, send: str, beyond: float
) -> Prototype:  # fmt: skip
    s, numbers = on.scenario, numbers_of(on, move.at[0])
    days = float(move.with_["days"])
    note = f"automatic, after {days:g} days"
    steps = {**s.steps, send: StepNumbers(
        work=always(fixed(0.0, "seconds")), channels={"e-mail": 1.0},
        origin=Origin("assumed", note=note),
    )}  # fmt: skip
    if numbers.delay is not None:
        at = days * open_share(s, numbers.delay.calendar) * UNITS["days"]
        law = bent_varied(numbers.delay.law, at, beyond)
        told = f"beyond {days:g} days {beyond:g} times the wait, by a reminder"
        delay = replace(numbers.delay, law=law, origin=Origin("assumed", note=told))
        steps[move.at[0]] = replace(numbers, delay=delay)
    after = EventNumbers(after=always(fixed(days, "days")), kind="customer",
                         origin=Origin("assumed", note=note))  # fmt: skip
    return on.with_scenario(replace(s, steps=steps, events={**s.events, event: after}))
