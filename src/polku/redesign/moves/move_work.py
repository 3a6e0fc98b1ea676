"""Move work: a step goes to another unit, which saves two hand-overs where work goes to and fro."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from polku.log.mapping import nearest
from polku.path.facts import Text
from polku.path.model import Path, Step
from polku.redesign import claiming, rules, surgery
from polku.redesign.evidence import Evidence
from polku.redesign.following import DECIDES, event_of
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
from polku.redesign.naming import called, filled, quoted
from polku.redesign.prototype import Prototype
from polku.redesign.scaling import scaled_work
from polku.simulate.scenario import Law, Origin, Scenario


@move_kind
class MoveWork(MoveKind):
    """`at`: the step; `with_`: `to`, the id of the lane of the unit that takes it."""

    name = "move-work"
    title = Text(
        "Siirrä työ toiseen yksikköön", "Flytta arbetet till en annan enhet",
        "Move work to another unit",
    )  # fmt: skip
    serves: ClassVar[Serves] = "smoothness"
    needs = "a step with staff; another unit of the city that has staff in the scenario"
    forbids = (
        "steps that may not be moved, that stand on law or decide, that another person must do "
        "than a step beside them, or that the person of another step does"
    )
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {"to": Parameter("", "id of the lane of the unit that takes the step over")}
    )
    assumptions = (
        Assumption(
            "work",
            Text(
                "Työ vie uusissa käsissä {value}-kertaisen ajan.",
                "Arbetet tar {value} gånger så lång tid i nya händer.",
                "In new hands the work takes {value} times as long.",
            ),
            Law("uniform", loc=1.0, scale=0.3, unit=None),
            2.0,
            Origin("assumed", note="never faster than those who do it daily; up to a third slower"),
        ),
        Assumption(
            "training",
            Text(
                "Perehdytys vie ensimmäisenä vuonna lisäksi osuuden {value} tästä työstä.",
                "Introduktionen tar under det första året ytterligare andelen {value} av arbetet.",
                "In the first year training takes a further share of {value} of this work.",
            ),
            Law("uniform", loc=0.0, scale=0.1, unit=None),
            0.5,
            Origin(
                "assumed",
                note="some days of training, counted as staff hours of the first year although "
                "they are needed once only",
            ),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Steps between two of one other unit: work goes out and comes back."""
        found = []
        for step, to in _to_and_fro(seen.on.path):
            if _pool_of(seen.on, step, to) is None:
                continue
            at = seen.step(step.id)
            there = (str(step_lane(seen.on.path, step)), to)
            met = sum(seen.handovers.get(pair, 0.0) for pair in (there, there[::-1]))
            if at.times > 0 or met > 0:
                found.append(self.at(step.id, hint=at.times * at.waiting / 2, to=to))
        return sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `forbids`."""
        path, s = on.path, on.scenario
        if len(move.at) != 1:
            return f"is about one step; {len(move.at)} are named"
        if (missing := rules.missing(path, move.at)) is not None:
            return missing
        step, to = _step(move, on), str(move.with_.get("to", ""))
        lanes = {n.id: n for n in path.lanes}
        if to not in lanes:
            return f"there is no unit {to!r} in the path; {nearest(to, lanes)}"
        told = rules.told(step)
        if step_lane(path, step) == to:
            return f"{told} is done there already"
        if path.by_customer(step):
            return f"{told} is the customer's own work"
        units = [n.id for n in path.lanes if n.parent == to]
        if units:
            return f"{to} is an agency of several units; name one of {', '.join(units)}"
        top = lanes[to]
        while top.parent is not None:
            top = lanes[top.parent]
        if top.role == "customer":
            return f"{to} is the customer; work goes to a unit of the city only"
        if step.holds_nodes:
            return f"{told} holds further steps; move these"
        if path.boundary(step.id):
            return f"{told} has an event at its boundary, which stays with its unit"
        if (law := rules.keeps(step)) is not None:
            return law
        if step.facts.delay in ("statement", "meeting"):
            return f"{told} is what another body is asked for, which nobody else can give"
        if event_of(on, step) == DECIDES:
            return f"{told} decides, which law gives to the unit that does"
        for other in path.steps:
            if (apart := rules.separated(path, (step.id, other.id))) is not None:
                return apart
        numbers = s.steps.get(step.id)
        if numbers is None or numbers.pool is None:
            return f"{told} needs no staff in the scenario, so no work moves"
        for id, other_numbers in s.steps.items():
            pair = {id: other_numbers.same_person_as, step.id: numbers.same_person_as}
            if step.id in (id, other_numbers.same_person_as) and pair[id] is not None:
                return f"{told} is done by the person of another step, who stays in the unit"
        if _pool_of(on, step, to) is None:
            return f"{to} has no staff in the scenario; give it a pool"
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The step in the other lane and its pool; durations of single people stay behind."""
        step, to = _step(move, on), str(move.with_["to"])
        path = on.path.with_nodes([replace(step, lane=to)])
        numbers = on.scenario.steps[step.id]
        pool = _pool_of(on, step, to)
        assert pool is not None
        members = set(on.scenario.pools[pool].members)
        numbers = replace(
            numbers, pool=pool,
            by_person={p: law for p, law in numbers.by_person.items() if p in members},
        )  # fmt: skip
        numbers = scaled_work(numbers, values["work"] + values["training"])
        scenario: Scenario = on.scenario.with_steps(**{step.id: numbers})
        return surgery.pruned(replace(on, path=path, scenario=scenario))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """That the step moved, with its contact and what it asks of the customer."""
        step = _step(move, on)
        return frozenset(
            claiming.steps(on.path, changed=[replace(step, lane=str(move.with_["to"]))])
        )

    def says(self, move: Move, on: Prototype) -> Text:
        """Who does what now, and who did it."""
        path, to = on.path, str(move.with_["to"])
        was = step_lane(path, _step(move, on))
        return filled(
            Text(
                "{step} siirtyy: tekijä on {to}, ei enää {was}. Asia ei siirry enää edestakaisin.",
                "{step} flyttas: det görs av {to}, inte längre av {was}. Ärendet går inte längre "
                "fram och tillbaka.",
                "{step} moves: {to} does it instead of {was}. The matter no longer goes to and "
                "fro.",
            ),
            step=quoted(path, move.at), to=called(path, to), was=called(path, was or to),
        )  # fmt: skip

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """The agency that gives the work away and the one that takes it."""
        return surgery.agency_ids(on.path, (*move.at, str(move.with_["to"])))

    def asks(self, move: Move, on: Prototype) -> dict[str, Text]:
        """The one gives the step away, the other takes it over."""
        path, to = on.path, str(move.with_["to"])
        taker = surgery.agency_ids(path, [to])
        gives = Text(
            "Luovuttakaa tehtävä {step} yksikölle {to} ja perehdyttäkää sen tekijät.",
            "Lämna över {step} till {to} och introducera dem som gör det.",
            "Hand {step} over to {to} and train those who do it.",
        )
        takes = Text(
            "Ottakaa tehtäväksenne {step}; ennen tekijä oli {was}.",
            "Ta över {step}, som tidigare gjordes av {was}.",
            "Take over {step}, which {was} did before.",
        )
        was = step_lane(path, _step(move, on)) or to
        return {
            agency: filled(
                takes if agency in taker else gives,
                step=quoted(path, move.at), to=called(path, to), was=called(path, was),
            )
            for agency in self.touches(move, on)
        }  # fmt: skip


def step_lane(path: Path, step: Step) -> str | None:
    """The id of the lane in which a step stands."""
    lane = path.lane_of(step)
    return lane.id if lane is not None else None


def _step(move: Move, on: Prototype) -> Step:
    step = surgery.step_of(on.path, move.at[0])
    assert step is not None
    return step


def _to_and_fro(path: Path) -> Iterator[tuple[Step, str]]:
    """Steps whose neighbours on both sides are of one other unit, and that unit's lane."""
    for step in path.steps:
        sides = _neighbour(path, step.id, back=True), _neighbour(path, step.id, back=False)
        lanes = {step_lane(path, s) for s in sides if s is not None}
        if None in sides or len(lanes) != 1:
            continue
        (to,) = lanes
        own = any(s is not None and path.by_customer(s) for s in (step, *sides))
        if to is not None and to != step_lane(path, step) and not own:
            yield step, to


def _neighbour(path: Path, id: str, *, back: bool) -> Step | None:
    """The nearest step before or after, over nodes with one way only."""
    seen = {id}
    while True:
        node = surgery.before(path, id) if back else surgery.next_of(path, id)
        if node is None or node.id in seen:
            return None
        if isinstance(node, Step):
            return node
        seen.add(node.id)
        id = node.id


def _pool_of(on: Prototype, step: Step, to: str) -> str | None:
    """The pool of a unit: its neighbours' pool where they are of the unit, else its first."""
    pools = [name for name, pool in on.scenario.pools.items() if pool.lane == to]
    for back in (True, False):
        other = _neighbour(on.path, step.id, back=back)
        numbers = on.scenario.steps.get(other.id) if other is not None else None
        if numbers is not None and numbers.pool in pools:
            return numbers.pool
    return pools[0] if pools else None
