"""Eliminate: a step, or a hand-over that only passes the matter on, is dropped."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from polku.path.facts import Text
from polku.path.model import Event, Flow, Gateway, Path, Step
from polku.redesign import claiming, rules, surgery
from polku.redesign.evidence import Evidence
from polku.redesign.following import DECIDES, NOTIFIES, answers, event_of
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Serves, Values, move_kind
from polku.redesign.naming import filled, quoted
from polku.redesign.prototype import Prototype
from polku.redesign.scaling import shifted_work
from polku.redesign.sums import most_work
from polku.simulate.scenario import (
    UNITS,
    Branching,
    Law,
    Origin,
    Scenario,
    Varied,
    always,
    fixed,
)

_AUTOMATIC = ("service", "script", "rule")
_OUTWARD = (
    "supplement_received", "statement_given", "appeal_filed", "fee_invoiced", "inspection_done",
    "event_published", "premises_taken_into_use", "withdrawn", "path_completed",
    "correction_recorded",
)  # fmt: skip
"""Kinds of event for which the matter is there, or which belong to others."""


@move_kind
class Eliminate(MoveKind):
    """`at`: the step that is dropped."""

    name = "eliminate"
    title = Text("Jätä vaihe pois", "Slopa ett steg", "Drop a step")
    serves: ClassVar[Serves] = "smoothness"
    needs = "a step of the city in line, whose documents nobody else works with"
    forbids = (
        "steps that may not be dropped or stand on law, that decide, notify or answer, that bring "
        "what others need, on which a separation of duties or a choice rests"
    )
    assumptions = (
        Assumption(
            "elsewhere",
            Text(
                "Pois jäävästä työstä osuus {value} on silti tehtävä seuraavassa vaiheessa.",
                "Av arbetet som slopas måste andelen {value} ändå göras i nästa steg.",
                "Of the work that is dropped a share of {value} has to be done in the next step "
                "after all.",
            ),
            Law("uniform", loc=0.0, scale=0.3, unit=None),
            1.0,
            Origin("assumed", note="what a step was for seldom goes with it: up to a third stays"),
        ),
        Assumption(
            "mistakes",
            Text(
                "Osuudessa {value} asioista vaiheen puuttuminen on korjattava jälkeenpäin.",
                "I andelen {value} av ärendena måste det som saknas rättas till i efterhand.",
                "In a share of {value} of the matters what is missing has to be mended later.",
            ),
            Law("uniform", loc=0.0, scale=0.1, unit=None),
            0.5,
            Origin(
                "assumed",
                note="up to a tenth of the matters; they go back once more where the path has a "
                "way back behind the step, else the work is done after all",
            ),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Steps that only pass a matter on, and checks that hardly ever find anything.

        Others have a purpose that no log tells; who knows that they have none names them.
        """
        path, found = seen.on.path, []
        for step in path.steps:
            if step.holds_nodes or path.by_customer(step) or not surgery.in_line(path, step.id):
                continue
            at = seen.step(step.id)
            if at.times > 0 and (_passes_on(path, step) or _hardly_fails(seen, step)):
                found.append(self.at(step.id, hint=at.days))
        return sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `forbids`."""
        path = on.path
        if len(move.at) != 1:
            return f"is about one step; {len(move.at)} are named"
        if (missing := rules.missing(path, move.at)) is not None:
            return missing
        step = _step(move, on)
        told = rules.told(step)
        if path.by_customer(step):
            return f"{told} is the customer's own work, which the city cannot drop"
        if step.holds_nodes:
            return f"{told} holds further steps; drop these"
        if path.boundary(step.id):
            return f"{told} has an event at its boundary, which would have no place"
        if not surgery.in_line(path, step.id):
            return f"{told} does not stand in line: it has several ways in or out, or is repeated"
        if (law := rules.keeps(step)) is not None:
            return law
        return _needed(on, step)

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The path without the step; some of its work in the next one, and more ways back."""
        step = _step(move, on)
        dropped = on.scenario.steps.get(step.id)
        path = surgery.without(on.path, [step.id])
        back = _way_back(on, step.id)
        scenario = on.scenario
        share = values["elsewhere"]
        if back is not None:
            scenario = _more_often(scenario, on.path, back, values["mistakes"])
        else:
            share += values["mistakes"]
        takes = _takes_over(on, step.id)
        if dropped is not None and takes is not None and not _free(on, step.id):
            scenario = _more_work(scenario, takes, share * most_work(dropped.work))
        return surgery.pruned(replace(on, path=path, scenario=scenario))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """That the step is gone, what it asked, and who no longer waits for it."""
        gone = move.at
        return frozenset(claiming.steps(on.path, gone=gone) | claiming.waits(on.path, gone))

    def says(self, move: Move, on: Prototype) -> Text:
        """What is no longer done."""
        return filled(
            Text(
                "{step} jää pois. Mitä siitä silti tarvitaan, tehdään seuraavassa vaiheessa.",
                "{step} slopas. Det som ändå behövs görs i nästa steg.",
                "{step} is dropped. What is still needed of it is done in the next step.",
            ),
            step=quoted(on.path, move.at),
        )


HARDLY = 0.05
"""A check that sends fewer matters than this another way hardly ever finds anything."""


def _passes_on(path: Path, step: Step) -> bool:
    """Whether a step only hands the matter to another unit: it meets nobody and brings nothing."""
    after = surgery.next_of(path, step.id)
    return (
        step.facts.contact is None
        and step.facts.delay is None
        and not rules.made_by(step)
        and isinstance(after, Step)
        and path.lane_of(after) != path.lane_of(step)
        and not path.by_customer(after)
    )


def _hardly_fails(seen: Evidence, step: Step) -> bool:
    """Whether a choice directly behind a step nearly always goes the same way."""
    path = seen.on.path
    after = surgery.next_of(path, step.id)
    while isinstance(after, Gateway) and len(path.out(after.id)) == 1:  # a place where ways meet
        after = surgery.next_of(path, after.id)
    if step.facts.contact is not None or rules.made_by(step):
        return False
    if not isinstance(after, Gateway) or after.kind != "exclusive":
        return False
    shares = [seen.flows.get(f.id) for f in path.out(after.id)]
    known = [s for s in shares if s is not None]
    return len(known) == len(shares) > 1 and max(known) >= 1 - HARDLY


def _step(move: Move, on: Prototype) -> Step:
    step = surgery.step_of(on.path, move.at[0])
    assert step is not None
    return step


def _needed(on: Prototype, step: Step) -> str | None:
    """Who needs a step: for a document, a decision, an answer, another person's eyes."""
    path, told = on.path, rules.told(step)
    others = [s for s in path.steps if s.id != step.id]
    for other in others:
        if step.id in other.facts.separate_from or other.id in step.facts.separate_from:
            return (
                f"{told} and {rules.told(other)} must be done by different people, which needs both"
            )
    brings = rules.made_by(step) - {k for s in others for k in rules.made_by(s)}
    for other in others:
        if needed := sorted(brings & rules.used_by(other)):
            return f"{rules.told(other)} needs {', '.join(needed)}, which only {told} brings"
    for other in others:
        for later, earlier in ((step, other), (other, step)):
            if (why := answers(on, later, earlier)) is not None:
                return why
    kind = event_of(on, step)
    if kind == DECIDES:
        return f"{told} decides the matter"
    if kind == NOTIFIES and not any(
        event_of(on, s) == NOTIFIES and path.lane_of(s) == path.lane_of(step)
        and (_beside(path, s.id, step.id) or _beside(path, step.id, s.id)) for s in others
    ):  # fmt: skip
        return f"{told} is the only step in which the customer hears of the decision"
    if kind == "application_submitted":
        return f"in {told} the customer applies, without which there is no matter"
    if kind in _OUTWARD:
        return f"{told} is what others wait for or have a right to ({kind})"
    if step.kind in _AUTOMATIC:
        return f"{told} is done automatically: to drop it saves nobody's work"
    choice = _choice_behind(path, step)
    if choice is not None:
        return f"{told} finds out what is asked at {choice.name or choice.id!r}"
    for id, numbers in on.scenario.steps.items():
        if numbers.same_person_as == step.id:
            return f"{id} is done by the person of {told}"
    if not [s for s in others if not path.by_customer(s)]:
        return f"{told} is the city's only step"
    return None


def _choice_behind(path: Path, step: Step) -> Gateway | None:
    """The choice of the same unit directly behind a step, at which its finding is asked for."""
    at, seen = step.id, {step.id}
    while True:
        node = surgery.next_of(path, at)
        if isinstance(node, Event) and not path.out(node.id) and node.within is not None:
            node = path.node(node.within)  # the end of a sub-process: what follows on that
        elif node is None or isinstance(node, Step):
            return None
        if node.id in seen:
            return None
        seen.add(node.id)
        at = node.id
        if isinstance(node, Gateway) and len(path.out(at)) > 1:
            asks = node.kind != "parallel" and path.lane_of(node) == path.lane_of(step)
            return node if asks else None


def _beside(path: Path, a: str, b: str) -> bool:
    node = surgery.next_of(path, a)
    return node is not None and node.id == b


def _free(on: Prototype, id: str) -> bool:
    """Whether nobody of the city works in a step."""
    return on.scenario.steps[id].pool is None


def _takes_over(on: Prototype, id: str) -> str | None:
    """The nearest step with staff: the next one, else the one before; the nearest by flows."""
    for forward in (True, False):
        seen, queue = {id}, deque([id])
        while queue:
            at = queue.popleft()
            flows: tuple[Flow, ...] = on.path.out(at) if forward else on.path.into(at)
            for flow in flows:
                node = flow.target if forward else flow.source
                if node in seen:
                    continue
                seen.add(node)
                numbers = on.scenario.steps.get(node)
                if numbers is not None and numbers.pool is not None and node != id:
                    return node
                queue.append(node)
    return None


def _more_work(scenario: Scenario, id: str, by: float) -> Scenario:
    """Each work in a step lasts a time (µs) longer."""
    numbers = scenario.steps[id]
    if numbers.work is None:
        numbers = replace(numbers, work=always(fixed(0.0)))
    return scenario.with_steps(**{id: shifted_work(numbers, by / UNITS["minutes"])})


def _way_back(on: Prototype, id: str) -> Flow | None:
    """The flow of the nearest choice behind a step that leads back, where it goes by chances."""
    order = claiming.side(on.path).order
    back = {
        flow.id for k in order.back if (flow := order.edges[k].flow) is not None
    }  # fmt: skip
    seen, queue = {id}, deque([id])
    while queue:
        for flow in on.path.out(queue.popleft()):
            chosen = on.scenario.branching.get(flow.source)
            if chosen is not None and _returns(on.path, flow, back) and _exclusive(on, flow):
                return flow
            if flow.target not in seen:
                seen.add(flow.target)
                queue.append(flow.target)
    return None


def _exclusive(on: Prototype, flow: Flow) -> bool:
    node = on.path.node(flow.source)
    return isinstance(node, Gateway) and node.kind == "exclusive"


def _returns(path: Path, flow: Flow, back: set[str]) -> bool:
    """Whether a flow leads back over a line of nodes with one way on."""
    while flow.id not in back:
        out = path.out(flow.target)
        if len(out) != 1:
            return False
        flow = out[0]
    return True


def _more_often(scenario: Scenario, path: Path, flow: Flow, chance: float) -> Scenario:
    """A way out of a choice is taken by this share of those that would not take it."""
    old = scenario.branching[flow.source]
    ids = [f.id for f in path.out(flow.source)]

    def raised(given: Mapping[str, float]) -> Mapping[str, float]:
        left = [i for i in ids if i not in given]
        full = {**given, **({left[0]: 1 - sum(given.values())} if len(left) == 1 else {})}
        return {
            i: c + (1 - c) * chance if i == flow.id else c * (1 - chance) for i, c in full.items()
        }

    flows = Varied(
        tuple(raised(x) for x in old.flows.otherwise), old.flows.by,
        {k: tuple(raised(x) for x in v) for k, v in old.flows.cases.items()},
    )  # fmt: skip
    changed: Branching = replace(old, flows=flows)
    return replace(scenario, branching={**scenario.branching, flow.source: changed})
