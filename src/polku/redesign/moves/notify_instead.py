"""Notification instead of a permit: what is checked and decided is registered, a sample is seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from polku.path.facts import Contact, Facts, Text
from polku.path.model import Event, Flow, Gateway, Step
from polku.redesign import claiming, claiming_ways, rules, stretches, surgery
from polku.redesign.evidence import Evidence
from polku.redesign.following import DECIDES
from polku.redesign.move import (
    Assumption,
    Claim,
    Move,
    MoveKind,
    Serves,
    Values,
    move_kind,
)
from polku.redesign.naming import filled, quoted
from polku.redesign.prototype import Prototype
from polku.redesign.scaling import scaled_varied
from polku.simulate.scenario import Branching, Law, Origin, StepNumbers, always

APPEALS = "appeal_filed"
"""The event of a matter by which logs and scenarios know an appeal."""


@move_kind
class NotifyInstead(MoveKind):
    """`at`: the line of steps that check and decide.

    The last of them becomes the registering of the notification, with the documents of all; the
    others fall away. The matter goes on at once, and beside it a sample is inspected.
    """

    name = "notify-instead"
    title = Text("Ilmoitus luvan sijasta", "Anmälan i stället för tillstånd",
                 "Notification instead of a permit")  # fmt: skip
    serves: ClassVar[Serves] = "business-friendliness"
    needs = "steps of the city that check and decide, in one line"
    forbids = (
        "steps that may not be changed, that law calls for or that different people must do, "
        "appeals against the decision, steps in which the customer is met, loops"
    )
    parameters = MappingProxyType({})
    assumptions = (
        Assumption(
            "register",
            Text(
                "Ilmoituksen kirjaamisen työ on {value} kertaa tarkastamisen ja päättämisen työ.",
                "Att registrera en anmälan tar {value} gånger granskningens och beslutets arbete.",
                "Registering a notification takes {value} times the work of checking and deciding.",
            ),
            Law("uniform", loc=0.1, scale=0.2, unit=None),
            1.0,
            Origin("assumed", note="whether all is there is looked at, not whether it is right"),
        ),
        Assumption(
            "sample",
            Text(
                "Osuus {value} ilmoituksista tarkastetaan jälkikäteen.",
                "Andelen {value} av anmälningarna kontrolleras i efterhand.",
                "A share of {value} of notifications is inspected afterwards.",
            ),
            Law("uniform", loc=0.05, scale=0.15, unit=None),
            1.0,
            Origin("assumed", note="a random sample, larger where much goes wrong"),
        ),
        Assumption(
            "inspection",
            Text(
                "Yhden jälkitarkastuksen työ on {value} kertaa tarkastamisen ja päättämisen työ.",
                "En kontroll i efterhand tar {value} gånger granskningens och beslutets arbete.",
                "One inspection takes {value} times the work of checking and deciding.",
            ),
            Law("uniform", loc=1.0, scale=1.0, unit=None),
            4.0,
            Origin("assumed", note="the matter is read anew, and the place is seen"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Single decisions and whole lines of checks; most of the time in them may be saved."""
        found = []
        for line in stretches.stretches(seen):
            days = stretches.days_in(seen, line)
            decides = stretches.numbers_of(seen.on, line[-1]).event == DECIDES
            if days > 0 and (decides or len(line) > 1):
                found.append(self.at(*line, hint=0.8 * days))
        return sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `needs` and `forbids`."""
        if (reason := stretches.kept_whole(on, move.at)) is not None:
            return reason
        if (again := claiming_ways.in_loop(on.path, move.at)) is not None:
            return f"{again} stands in a loop: a matter comes to it again"
        for step in on.path.steps:
            if stretches.numbers_of(on, step.id).event == APPEALS and claiming.comes_before(
                on.path, move.at[-1], step.id
            ):
                return f"an appeal ({rules.told(step)}) depends on the decision"
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The last step registers; beside what follows a sample is inspected."""
        path, step = on.path, _registers(move, on)
        inspect, end = _new(move, on)
        path = surgery.without(path.with_nodes([step]), move.at[:-1])
        lane, within = step.lane, step.within
        fork = Gateway(surgery.new_id(path, f"{step.id}-and-after"), "", "parallel", lane=lane,
                       within=within)  # fmt: skip
        path = surgery.insert(path, path.out(step.id)[0].id, fork)
        draw = Gateway(surgery.new_id(path, f"{step.id}-drawn"), _ASKED.en or "", lane=lane,
                       within=within, facts=Facts(names=_ASKED))  # fmt: skip
        join = Gateway(surgery.new_id(path, f"{step.id}-seen"), "", lane=lane, within=within)
        path = replace(path, nodes=(*path.nodes, draw, inspect, join, end))
        drawn, passed = f"{draw.id}--{inspect.id}", f"{draw.id}--{join.id}"
        flows = [
            Flow(drawn, draw.id, inspect.id, _YES.en or "", _condition(draw.id), within=within,
                 facts=Facts(names=_YES)),
            Flow(passed, draw.id, join.id, _NO.en or "", within=within, facts=Facts(names=_NO)),
        ]  # fmt: skip
        flows += [
            Flow(f"{a}--{b}", a, b, within=within)
            for a, b in ((fork.id, draw.id), (inspect.id, join.id), (join.id, end.id))
        ]
        path = surgery.with_flows(path, flows).with_nodes([replace(draw, default=passed)])
        path = surgery.with_message(path, inspect.id, "city")
        chances = {drawn: values["sample"], passed: 1.0 - values["sample"]}
        branching = Branching(always(chances), Origin("assumed", note="a sample is inspected"))
        s = on.scenario
        scenario = replace(
            s,
            steps={**s.steps, step.id: _registering(move, on, values["register"]),
                   inspect.id: _inspecting(move, on, values["inspection"])},
            branching={**s.branching, draw.id: branching},
        )  # fmt: skip
        scenario = replace(scenario, steps={
            k: replace(v, same_person_as=step.id) if v.same_person_as in move.at[:-1] else v
            for k, v in scenario.steps.items()
        })  # fmt: skip
        return surgery.pruned(replace(on, path=path, scenario=scenario))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """What the last step becomes and replaces, and the inspection with its contact."""
        last, *others = reversed(move.at)
        found = claiming.steps(
            on.path,
            gone=others,
            into=dict.fromkeys(others, last),
            changed=[_registers(move, on)],
        )
        found -= {Claim("texts", last)}  # the new name tells of its words
        return frozenset(
            found | {Claim("renamed", last)} | claiming_ways.came(on.path, *_new(move, on))
        )

    def says(self, move: Move, on: Prototype) -> Text:
        """What is replaced by a notification."""
        return filled(
            Text(
                "Luvan sijasta riittää ilmoitus: {steps} korvataan kirjaamisella, ja osa "
                "tarkastetaan jälkikäteen.",
                "En anmälan räcker i stället för tillstånd: {steps} ersätts av registrering, och "
                "ett urval kontrolleras i efterhand.",
                "A notification is enough instead of a permit: {steps} become registering, and a "
                "sample is inspected afterwards.",
            ),
            steps=quoted(on.path, move.at),
        )


_ASKED = Text("Osuuko asia otokseen?", "Hör ärendet till urvalet?", "Is the matter in the sample?")
_YES = Text("Kyllä", "Ja", "Yes")
_NO = Text("Ei", "Nej", "No")


def _registers(move: Move, on: Prototype) -> Step:
    """The last step as it registers, under the names of all for logs."""
    path = on.path
    steps = stretches.steps_of(path, move.at)
    last = steps[-1]
    names = stretches.named(
        surgery.names_of(path, last.id), "Kirjaa ilmoitus: {name}", "Registrera anmälan: {name}",
        "Register the notification: {name}",
    )  # fmt: skip
    text = Text(
        "Ilmoituksesi kirjataan, ja voit jatkaa heti. Kaupunki tarkastaa osan ilmoituksista "
        "jälkikäteen.",
        "Din anmälan registreras och du kan fortsätta genast. Staden kontrollerar ett urval i "
        "efterhand.",
        "Your notification is registered and you can go on at once. The city inspects a sample "
        "afterwards.",
    )
    reads, writes = stretches.data_of_all(steps)
    known = [n for s in steps for n in (s.facts.activities or (s.name,)) if n]
    activities = tuple(dict.fromkeys((names.en or "", *known)))
    facts = replace(
        last.facts, names=names, text=text, delay=None, activities=activities,
        documents=stretches.documents_of_all(steps),
    )  # fmt: skip
    return replace(last, name=names.en or "", kind="user", reads=reads, writes=writes, facts=facts)


def _new(move: Move, on: Prototype) -> tuple[Step, Event]:
    """The inspection of the sample, and the end of this by-way."""
    path = on.path
    last = surgery.step_of(path, move.at[-1])
    assert last is not None
    names = stretches.named(
        surgery.names_of(path, last.id), "Tarkasta jälkikäteen: {name}",
        "Kontrollera i efterhand: {name}", "Inspect afterwards: {name}",
    )  # fmt: skip
    text = Text(
        "Jos ilmoituksesi osuu otokseen, kaupunki tarkastaa kohteen jälkikäteen.",
        "Om din anmälan hör till urvalet kontrollerar staden i efterhand.",
        "If your notification is in the sample, the city inspects afterwards.",
    )
    inspect = Step(
        surgery.new_id(path, f"{last.id}-inspect"), names.en or "", "user", lane=last.lane,
        within=last.within, facts=Facts(names, text, Contact("city", ("site",))),
    )  # fmt: skip
    done = Text("Jälkitarkastus ohi", "Efterhandskontrollen klar", "Inspection of the sample over")
    end = Event(surgery.new_id(path, f"{last.id}-inspected"), done.en or "", "end", lane=last.lane,
                within=last.within, facts=Facts(names=done))  # fmt: skip
    return inspect, end


def _condition(gateway: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in gateway)


def _registering(move: Move, on: Prototype, share: float) -> StepNumbers:
    work = stretches.work_of(on, move.at)
    note = f"registering a notification: {share:g} times the work of checking and deciding"
    made = None if work is None else scaled_varied(work, share)
    one = stretches.one_for(on, move.at, made, note)
    last = stretches.numbers_of(on, move.at[-1])
    return replace(one, pool=last.pool or one.pool, role=last.role or move.at[-1])


def _inspecting(move: Move, on: Prototype, factor: float) -> StepNumbers:
    work = stretches.work_of(on, move.at)
    note = f"inspection of the sample: {factor:g} times the work of checking and deciding"
    made = None if work is None else scaled_varied(work, factor)
    one = stretches.one_for(on, move.at, made, note)
    pool = stretches.numbers_of(on, move.at[-1]).pool or one.pool
    return replace(
        one, pool=pool, role=None, event="inspection_done", channels={"site": 1.0}
    )  # fmt: skip
