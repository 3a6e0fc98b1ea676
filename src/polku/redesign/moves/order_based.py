"""Order-based work: what waits for a meeting or a batch is done by an officer as it comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from polku.path.facts import Text
from polku.path.model import Step
from polku.redesign import claiming, claiming_ways, rules, surgery
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
from polku.redesign.naming import called, filled, joined, quoted
from polku.redesign.prototype import Prototype
from polku.redesign.scaling import scaled_work
from polku.redesign.stretches import named, numbers_of
from polku.simulate.scenario import Branching, Law, Origin, StepNumbers, always


@move_kind
class OrderBased(MoveKind):
    """`at`: the step that waits for a meeting or a batch; `with_`: `pool`, who does it instead.

    The step keeps its id and is an officer's now; what still needs the meeting goes to a step of
    its own, which waits as before.
    """

    name = "order-based"
    title = Text(
        "Viranhaltija päättää kokouksen sijasta", "Tjänsteinnehavaren beslut i stället för möte",
        "Order-based work instead of a meeting",
    )  # fmt: skip
    serves: ClassVar[Serves] = "promptness"
    needs = "a step that waits for a meeting or a batch, and people who can do it as it comes"
    forbids = "a meeting that law or the city's rules call for, steps that may not be changed"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({
        "pool": Parameter("", "who does it as it comes (a pool of the scenario); empty: the step's")
    })  # fmt: skip
    assumptions = (
        Assumption(
            "alone",
            Text(
                "Yksin tehtynä työ asiaa kohti on {value} kertaa niin suuri kuin yhdessä.",
                "Arbetet per ärende är ensamt {value} gånger så stort som tillsammans.",
                "Work per matter alone is {value} times what it is together with others.",
            ),
            Law("uniform", loc=1.0, scale=0.5, unit=None),
            2.0,
            Origin("assumed", note="what is done for many at a time takes less for each"),
        ),
        Assumption(
            "meets",
            Text(
                "Osuus {value} asioista viedään yhä kokoukseen.",
                "Andelen {value} av ärendena går fortfarande till mötet.",
                "A share of {value} of matters still goes to the meeting.",
            ),
            Law("uniform", loc=0.05, scale=0.15, unit=None),
            1.0,
            Origin("assumed", note="matters of principle stay with those who meet"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Steps that wait for a meeting or a batch, and the pool that may do them."""
        found = []
        for step in seen.on.path.steps:
            if not _together(numbers_of(seen.on, step.id)) or seen.step(step.id).times <= 0:
                continue
            waiting = seen.step(step.id).waiting_days
            days = waiting.get("meeting", 0.0) + waiting.get("batching", 0.0)
            found.append(
                self.at(
                    step.id, pool=_officers(seen.on, step), hint=seen.step(step.id).times * days
                )
            )
        return sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `needs` and `forbids`."""
        path = on.path
        if len(move.at) != 1:
            return f"is about one step; {', '.join(move.at) or 'none'} are named"
        if (missing := rules.missing(path, move.at)) is not None:
            return missing
        step = _step(move, on)
        told, numbers = rules.told(step), numbers_of(on, step.id)
        if not _together(numbers):
            return f"{told} waits for no meeting and no batch"
        if (reason := rules.keeps(step)) is not None:
            return reason
        if not surgery.in_line(path, step.id) or step.holds_nodes:
            return f"{told} has several ways in or out, holds further steps, or is repeated"
        pool = _pool(move, on)
        if pool is None:
            return f"{told} has no pool, so nobody can do it as it comes; name one in pool"
        if pool not in on.scenario.pools:
            from polku.log.mapping import nearest

            return f"the scenario has no pool {pool!r}; {nearest(pool, on.scenario.pools)}"
        if numbers.work is None and not numbers.by_person:
            return f"{told} has no work of which the scenario would tell how long it takes"
        if _lane(move, on) != step.lane and (
            step.within is not None or step.facts.contact is not None
            or any(d.role == "asked" for d in step.facts.documents)
        ):  # fmt: skip
            return f"{told} cannot go to {pool}: the customer meets its unit there"
        alone = len(on.scenario.pools[pool].members) < 2
        for other in path.steps:
            if alone and numbers_of(on, other.id).pool == pool:
                said = rules.separated(path, (step.id, other.id))
                if said is not None and other.id != step.id:
                    return f"{said}, and {pool} is one person"
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The step as an officer's, and another like it for what still goes to the meeting."""
        step, meeting, condition = _step(move, on), _meeting(move, on), _condition(move, on)
        path = on.path.with_nodes([_officer(move, on)])
        wish = f"{step.id}-where"
        gateway = surgery.new_id(path, wish)
        path = surgery.bypass(
            path, [step.id], [meeting], condition, wish, names=_ASKED, yes=_MEETS, no=_NOT
        )
        if step.facts.contact is not None:
            path = surgery.with_message(path, meeting.id, step.facts.contact.by)
        s, numbers = on.scenario, numbers_of(on, step.id)
        role = numbers.role or step.id
        note = f"as it comes instead of a meeting, {values['alone']:g} times the work"
        steps = {
            **s.steps,
            step.id: replace(
                scaled_work(numbers, values["alone"]), pool=_pool(move, on), meeting=None,
                batch=None, role=role, origin=Origin("assumed", note=note),
                delay=None if numbers.delay and numbers.delay.kind == "meeting" else numbers.delay,
            ),
            meeting.id: replace(numbers, role=role),
        }  # fmt: skip
        chances = {f"{gateway}--other": values["meets"], f"{gateway}--usual": 1 - values["meets"]}
        branching = Branching(
            always(chances), Origin("assumed", note="what still goes to a meeting")
        )
        scenario = replace(s, steps=steps, branching={**s.branching, gateway: branching})
        return surgery.pruned(replace(on, path=path, scenario=scenario))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """That the step waits no longer, that it is not for all, and the step that meets."""
        path, id = on.path, move.at[0]
        found = claiming.steps(path, changed=[_officer(move, on)])
        meeting = _meeting(move, on)
        kept = {Claim("agency_left", i) for i in surgery.agency_ids(path, [id])}
        return frozenset(
            (found - kept) | claiming_ways.came(path, meeting) | claiming_ways.around(path, [id])
            | claiming_ways.waits_beside(path, id, meeting)
        )  # fmt: skip

    def says(self, move: Move, on: Prototype) -> Text:
        """What no longer waits, and who does it."""
        said = filled(
            Text(
                "{step} tehdään asia kerrallaan, kun asia on valmis, eikä kokousta odoteta.",
                "{step} görs för ett ärende åt gången när det är färdigt, utan att vänta på mötet.",
                "{step} is done matter by matter as they are ready, without waiting for a meeting.",
            ),
            step=quoted(on.path, move.at),
        )  # fmt: skip
        lane = _lane(move, on)
        if lane is None or lane == _step(move, on).lane:
            return said
        return joined(said, filled(
            Text("Tekijä on {unit}.", "Det görs av {unit}.", "{unit} does it."),
            unit=called(on.path, lane),
        ))  # fmt: skip

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """The agency of those who meet, and that of the officer."""
        lane = _lane(move, on)
        return surgery.agency_ids(on.path, [*move.at, *([lane] if lane is not None else [])])


_ASKED = Text("Tarvitaanko kokousta?", "Behövs mötet?", "Is the meeting needed?")
_MEETS = Text("Kokoukseen", "Till mötet", "To the meeting")
_NOT = Text("Viranhaltijalle", "Till tjänsteinnehavaren", "To the officer")


def _step(move: Move, on: Prototype) -> Step:
    step = surgery.step_of(on.path, move.at[0])
    assert step is not None
    return step


def _together(numbers: StepNumbers) -> bool:
    return numbers.meeting is not None or numbers.batch is not None


def _pool(move: Move, on: Prototype) -> str | None:
    return str(move.with_.get("pool") or "") or numbers_of(on, move.at[0]).pool


def _officers(on: Prototype, step: Step) -> str:
    """The pool that may do a step: its own ("") or that of the nearest step before with one."""
    if numbers_of(on, step.id).pool is not None:
        return ""
    at, seen = [step.id], {step.id}
    while at:
        node = at.pop(0)
        for flow in on.path.into(node):
            if flow.source in seen:
                continue
            seen.add(flow.source)
            at.append(flow.source)
            pool = numbers_of(on, flow.source).pool
            if pool is not None and on.scenario.pools[pool].lane is not None:
                return pool
    return ""


def _lane(move: Move, on: Prototype) -> str | None:
    """The lane of who does it: the step's own, or that of the pool that is named."""
    step, pool = _step(move, on), _pool(move, on)
    if pool is None or pool == numbers_of(on, step.id).pool or pool not in on.scenario.pools:
        return step.lane
    lane = on.scenario.pools[pool].lane
    return lane if lane is not None and any(n.id == lane for n in on.path.lanes) else step.lane


def _officer(move: Move, on: Prototype) -> Step:
    step = _step(move, on)
    delay = None if step.facts.delay == "meeting" else step.facts.delay
    return replace(step, lane=_lane(move, on), facts=replace(step.facts, delay=delay))


def _meeting(move: Move, on: Prototype) -> Step:
    """The step for what still goes to the meeting."""
    step = _step(move, on)
    names = named(
        surgery.names_of(on.path, step.id), "{name} – kokouksessa", "{name} – i mötet",
        "{name} in the meeting",
    )  # fmt: skip
    facts = replace(step.facts, names=names, activities=())
    return replace(step, id=surgery.new_id(on.path, f"{step.id}-meeting"), name=names.en or "",
                   facts=facts)  # fmt: skip


def _condition(move: Move, on: Prototype) -> str:
    """The name under which the path asks whether a matter goes to the meeting."""
    return "".join(c if c.isalnum() else "_" for c in _meeting(move, on).id)
