"""Statement by default: one that does not come in time is held to be in favour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from polku.path.facts import Facts, Text
from polku.path.model import Event, Flow, Gateway, Step, Timer
from polku.redesign import claiming_ways, rules, surgery
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
    EventNumbers,
    Law,
    Origin,
    StepNumbers,
    Varied,
    always,
    fixed,
)

_NOTING = fixed(2.0, "minutes")
"""Work of noting that no statement came."""


@move_kind
class DefaultStatement(MoveKind):
    """`at`: the step in which the statement is given; `with_`: `days` after which none is needed.

    A timer at the step ends it: what is worked on then is left, and the law of the statement's time
    stays as it is. The timer runs from when the statement is asked for, around the clock.
    """

    name = "default-statement"
    title = Text(
        "Lausunto katsotaan puoltavaksi", "Utlåtandet anses tillstyrkande",
        "Statement by default",
    )  # fmt: skip
    serves: ClassVar[Serves] = "promptness"
    needs = "a step that waits for a statement"
    forbids = (
        "a mark that the step may not be dropped, a statutory period, a hearing, a time limit that "
        "is there already"
    )
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({
        "days": Parameter(14, "days after which the statement is held to be in favour",
                          low=5, high=60)
    })  # fmt: skip
    assumptions = (
        Assumption(
            "waited",
            Text(
                "Osuudessa {value} asioista lausunnonantaja pyytää lisää aikaa ja lausuntoa "
                "odotetaan.",
                "I andelen {value} av ärendena begär den som ger utlåtandet mer tid, och man "
                "väntar.",
                "In a share of {value} of matters, more time is asked for and the statement is "
                "awaited.",
            ),
            Law("uniform", loc=0.1, scale=0.2, unit=None),
            1.0,
            Origin("assumed", note="hard matters need their statement; most others do not"),
        ),
        Assumption(
            "corrected",
            Text(
                "Osuudessa {value} määräajan ylittäneistä asia on myöhemmin korjattava.",
                "I andelen {value} av de försenade måste ärendet senare rättas.",
                "In a share of {value} of those without a statement, the matter must be mended "
                "later.",
            ),
            Law("uniform", loc=0.02, scale=0.08, unit=None),
            0.3,
            Origin(
                "assumed",
                note="what a statement would have said is found out later, with the work of giving "
                "one",
            ),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Steps that wait for a statement; the time beyond the limit is what may be saved."""
        found = []
        days = float(self.parameters["days"].default)
        for step in seen.on.path.steps:
            if not _awaits(seen.on, step) or seen.step(step.id).times <= 0:
                continue
            at = seen.step(step.id)
            waiting = at.waiting
            hint = at.times * waiting * waiting / (waiting + days)
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
        if isinstance(days, bool | str) or days is None or not 5 <= days <= 60:
            return f"days is {days!r}; write a number from 5 to 60"
        step = _step(move, on)
        told = rules.told(step)
        if step.holds_nodes:
            return f"{told} holds further steps; name the one in which the statement is given"
        if (reason := rules.keeps(step)) is not None:
            return reason
        if not _awaits(on, step):
            return f"{told} does not wait for a statement"
        if path.boundary(step.id):
            return f"{told} has a time limit or another event at its boundary already"
        if not surgery.in_line(path, step.id):
            return f"{told} has several ways in or out, or is repeated"
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """A timer that ends the step, a step that notes it, and a join behind both."""
        step, (event, note) = _step(move, on), _new(move, on)
        path = on.path
        join = Gateway(surgery.new_id(path, f"{step.id}-or-not"), "", lane=step.lane,
                       within=step.within)  # fmt: skip
        path = surgery.insert(path, path.out(step.id)[0].id, join)
        path = replace(path, nodes=(*path.nodes, event, note))
        for a, b in ((event.id, note.id), (note.id, join.id)):
            flow = Flow(surgery.new_id(path, f"{a}--{b}"), a, b, within=step.within)
            path = surgery.with_flows(path, [flow])
        s, days = on.scenario, float(move.with_["days"])
        told = f"no statement in {days:g} days: held to be in favour"
        origin = Origin("assumed", note=told)
        after = EventNumbers(
            always(fixed(days, "days")), always(1.0 - values["waited"]), "statement", origin=origin
        )  # fmt: skip
        noted = StepNumbers(
            work=_work(on, step.id, values["corrected"]), pool=_asker(move, on)[1], origin=origin
        )  # fmt: skip
        scenario = replace(
            s, steps={**s.steps, note.id: noted}, events={**s.events, event.id: after}
        )  # fmt: skip
        return surgery.pruned(replace(on, path=path, scenario=scenario))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """The time limit, the step that notes it, and whom it concerns."""
        event, note = _new(move, on)
        return frozenset(
            claiming_ways.came(on.path, event, note)
            | claiming_ways.waits_behind(on.path, move.at[0], note)
        )

    def says(self, move: Move, on: Prototype) -> Text:
        """After how many days a matter goes on without which statement."""
        return filled(
            Text(
                "{step}: jos lausuntoa ei tule {n} päivässä, se katsotaan puoltavaksi ja asia "
                "etenee.",
                "{step}: om utlåtandet inte kommer inom {n} dagar anses det tillstyrkande och "
                "ärendet går vidare.",
                "{step}: if no statement comes in {n} days, it is held to be in favour and the "
                "matter goes on.",
            ),
            step=quoted(on.path, move.at), n=Text(*[f"{move.with_['days']:g}"] * 3),
        )  # fmt: skip

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """The agency that gives the statement, and the one that goes on without it."""
        lane = _asker(move, on)[0]
        return surgery.agency_ids(on.path, [*move.at, *([lane] if lane is not None else [])])


def _step(move: Move, on: Prototype) -> Step:
    step = surgery.step_of(on.path, move.at[0])
    assert step is not None
    return step


def _awaits(on: Prototype, step: Step) -> bool:
    if step.facts.delay is not None:
        return step.facts.delay == "statement"
    delay = numbers_of(on, step.id).delay
    return delay is not None and delay.kind == "statement"


def _asker(move: Move, on: Prototype) -> tuple[str | None, str | None]:
    """Lane and pool of the unit that asked: of the step before, else of the step itself."""
    step, prior = _step(move, on), surgery.before(on.path, move.at[0])
    if isinstance(prior, Step) and not on.path.by_customer(prior) and not prior.holds_nodes:
        pool = numbers_of(on, prior.id).pool
        if pool is not None or prior.id not in on.scenario.steps:
            return prior.lane, pool
    return step.lane, numbers_of(on, step.id).pool


def _new(move: Move, on: Prototype) -> tuple[Event, Step]:
    """The timer at the step, and the step that notes that no statement came."""
    path, step = on.path, _step(move, on)
    days = float(move.with_["days"])
    n = f"{days:g}"
    minutes = round(days * 24 * 60)
    value = f"P{n}D" if days == int(days) else f"PT{minutes}M"
    over = Text(
        f"Ei lausuntoa {n} päivässä: katsotaan puoltavaksi",
        f"Inget utlåtande på {n} dagar: anses tillstyrkande",
        f"No statement in {n} days: held to be in favour",
    )
    event = Event(
        surgery.new_id(path, f"{step.id}-overdue"), over.en or "", "boundary", "timer",
        Timer("duration", value), step.id, True, lane=step.lane, within=step.within,
        facts=Facts(names=over),
    )  # fmt: skip
    names = named(
        surgery.names_of(path, step.id), "Jatka ilman lausuntoa: {name}",
        "Gå vidare utan utlåtande: {name}", "Go on without a statement: {name}",
    )  # fmt: skip
    text = Text(
        "Lausuntoa ei annettu ajoissa, joten asiasi etenee ilman sitä.",
        "Utlåtandet gavs inte i tid, så ditt ärende går vidare utan det.",
        "The statement was not given in time, so your matter goes on without it.",
    )
    made = tuple(d for d in step.facts.documents if d.role in ("made", "fetched"))
    note = Step(
        surgery.new_id(path, f"{step.id}-without"), names.en or "", "user",
        lane=_asker(move, on)[0], within=step.within, writes=step.writes,
        facts=Facts(names, text, documents=made),
    )  # fmt: skip
    return event, note


def _work(on: Prototype, step: str, corrected: float) -> Varied[Law]:
    """The work of noting; in a share of matters that of giving the statement later, instead."""
    given = numbers_of(on, step).work
    if given is None or corrected <= 0:
        return always(_NOTING)
    rest = 1.0 - corrected

    def both(law: Law) -> Law:
        return Law("mixture", chances=(rest, corrected), parts=(_NOTING, law), unit=law.unit)

    return Varied(
        tuple(both(x) for x in given.otherwise), given.by,
        {k: tuple(both(x) for x in v) for k, v in given.cases.items()},
    )  # fmt: skip
