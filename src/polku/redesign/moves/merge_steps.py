"""Merge steps: two steps, one directly after the other, become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from polku.path.facts import LANGUAGES, Facts, Text
from polku.path.model import Step
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
from polku.redesign.naming import called, filled, joined, quoted
from polku.redesign.prototype import Prototype
from polku.redesign.scaling import scaled_work
from polku.redesign.sums import sum_varied, varies_apart
from polku.simulate.scenario import Delay, Law, Origin, Scenario, StepNumbers

_FOR_PEOPLE = ("contention", "prioritisation", "off_duty")
"""Causes of waiting that a step does not have which is done in one go with the one before."""


@move_kind
class MergeSteps(MoveKind):
    """`at`: the two steps in order; `with_`: `keep`, whose unit does the merged step.

    The merged step has the first one's id and name, and all documents, deadlines and fees of both.
    """

    name = "merge-steps"
    title = Text("Yhdistä vaiheet", "Slå ihop steg", "Merge steps")
    serves: ClassVar[Serves] = "smoothness"
    needs = "two steps, the second directly after the first"
    forbids = (
        "marks that a step may not be merged, steps that different people must do, a statutory "
        "period, a hearing, a meeting or somebody else's turn before the second, contacts begun by "
        "different sides, a decision taken from its unit"
    )
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({
        "keep": Parameter("first", "whose unit does the merged step", choices=("first", "second"))
    })  # fmt: skip
    assumptions = (
        Assumption(
            "share",
            Text(
                "Yhdistetyn vaiheen työ on {value} kertaa molempien työ yhteensä.",
                "Det sammanslagna stegets arbete är {value} gånger bådas arbete sammanlagt.",
                "The merged step takes {value} times the work of both together.",
            ),
            Law("uniform", loc=0.6, scale=0.3, unit=None),
            1.0,
            Origin(
                "assumed",
                note="one person reads the matter once instead of twice; a tenth is saved at the "
                "least, no more than two fifths, and none if the claim fails",
            ),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Neighbours of one unit; and of two units, where the second one waits."""
        path, found = seen.on.path, []
        for first in path.steps:
            second = surgery.next_of(path, first.id)
            if not isinstance(second, Step) or not _in_line(seen.on, first, second):
                continue
            if first.holds_nodes or second.holds_nodes:
                continue
            if path.by_customer(first) or path.by_customer(second):
                continue
            a, b = seen.step(first.id), seen.step(second.id)
            hint = b.times * (_saved(seen, second) + (a.work_hours + b.work_hours) / 4 / 24)
            if b.times <= 0:
                continue
            found.append(self.at(first.id, second.id, hint=hint, keep="first"))
            if path.lane_of(first) != path.lane_of(second):
                found.append(self.at(first.id, second.id, hint=hint, keep="second"))
        return sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `forbids`."""
        path = on.path
        if len(move.at) != 2 or move.at[0] == move.at[1]:
            return f"is about two steps; {', '.join(move.at) or 'none'} are named"
        if move.with_.get("keep") not in ("first", "second"):
            return f"keep is {move.with_.get('keep')!r}; write first or second"
        if (missing := rules.missing(path, move.at)) is not None:
            return missing
        first, second = _pair(move, on)
        if first.holds_nodes or second.holds_nodes:
            return "one of the two holds further steps; merge these"
        follows = surgery.next_of(path, first.id)
        if follows is None or follows.id != second.id or not _in_line(on, first, second):
            between = "" if follows is None or follows.id == second.id else f"; {follows.id} does"
            return f"{rules.told(second)} does not directly follow {rules.told(first)}{between}"
        for step in (first, second):
            if (mark := rules.fixed(step)) is not None:
                return mark
        if (apart := rules.separated(path, move.at)) is not None:
            return apart
        return _between(on, first, second) or _unlike(on, move)

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The first step with all of both; its work is a share of the sum."""
        first, second = _pair(move, on)
        path = on.path.with_nodes([*_retargeted(on, first, second), _merged(move, on)])
        path = surgery.without(path, [second.id])
        scenario = _scenario(on, move, values["share"])
        return surgery.pruned(replace(on, path=path, scenario=scenario))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """That the first covers the second, in its place and with what it asks and uses."""
        first, second = _pair(move, on)
        return frozenset(
            claiming.steps(
                on.path, gone=[second.id], into={second.id: first.id},
                changed=[_merged(move, on), *_retargeted(on, first, second)],
            )
        )  # fmt: skip

    def says(self, move: Move, on: Prototype) -> Text:
        """What becomes one; and who does it, where there were two units."""
        first, second = _pair(move, on)
        said = filled(
            Text(
                "{steps} tehdään yhdellä kertaa.", "{steps} görs på en gång.",
                "{steps} are done in one go.",
            ),
            steps=quoted(on.path, move.at),
        )  # fmt: skip
        kept = on.path.lane_of(first if move.with_["keep"] == "first" else second)
        if kept is None or on.path.lane_of(first) == on.path.lane_of(second):
            return said
        return joined(said, filled(
            Text("Tekijä on {unit}.", "Det görs av {unit}.", "{unit} does it."),
            unit=called(on.path, kept.id),
        ))  # fmt: skip


def _saved(seen: Evidence, second: Step) -> float:
    """Days of waiting before the second step that go where it is begun at once: for people."""
    delayed = _numbers(seen.on, second).delay is not None
    causes = _FOR_PEOPLE if delayed else (*_FOR_PEOPLE, "unexplained")
    waited = seen.step(second.id).waiting_days
    return sum(waited.get(cause, 0.0) for cause in causes)


def _pair(move: Move, on: Prototype) -> tuple[Step, Step]:
    first, second = (surgery.step_of(on.path, i) for i in move.at)
    assert first is not None
    assert second is not None
    return first, second


def _in_line(on: Prototype, first: Step, second: Step) -> bool:
    """Whether nothing comes between: one flow leads from the first to the second, and on."""
    path = on.path
    return (
        len(path.out(first.id)) == 1 and not path.boundary(first.id) and first.repeat is None
        and surgery.in_line(path, second.id)
    )  # fmt: skip


def _numbers(on: Prototype, step: Step) -> StepNumbers:
    return on.scenario.steps.get(step.id, StepNumbers())


def _between(on: Prototype, first: Step, second: Step) -> str | None:
    """What has to happen between two steps."""
    told, b = rules.told(second), _numbers(on, second)
    match second.facts.delay:
        case "statutory" | "hearing":
            return rules.lawful(second)
        case "meeting":
            return f"{told} waits for a meeting"
        case "customer" | "statement":
            return f"{told} waits for the {second.facts.delay}, whose turn it is between the two"
    if b.meeting is not None or (b.batch is not None and b.batch.meeting is not None):
        return f"{told} waits for a meeting"
    if b.batch is not None:
        return f"{told} is done for several matters together"
    contacts = first.facts.contact, second.facts.contact
    if contacts[0] is not None and contacts[1] is not None and contacts[0].by != contacts[1].by:
        return f"{rules.told(first)} is begun by the {contacts[0].by}, {told} by the other side"
    if on.path.by_customer(first) != on.path.by_customer(second):
        return f"one of {rules.told(first)} and {told} is the customer's own work"
    if b.delay is not None and b.delay.kind in ("customer", "statement"):
        return f"{told} waits for the {b.delay.kind}, whose turn it is between the two"
    return None


def _unlike(on: Prototype, move: Move) -> str | None:
    """What two steps have of which one step can hold only one."""
    first, second = _pair(move, on)
    told = rules.told(first), rules.told(second)
    a, b = _numbers(on, first), _numbers(on, second)
    lost = second if move.with_["keep"] == "first" else first
    if on.path.lane_of(first) != on.path.lane_of(second):
        law = rules.lawful(lost)
        if law is None and event_of(on, lost) == DECIDES:
            law = f"{rules.told(lost)} decides, which law gives to the unit that does"
        if law is not None:
            return law
        for step in on.path.steps:
            if (apart := rules.separated(on.path, (lost.id, step.id))) is not None:
                return apart
    if a.event is not None and b.event is not None and a.event != b.event:
        return f"{told[0]} and {told[1]} are different events ({a.event}, {b.event}) of a matter"
    if a.by_person or b.by_person:
        return f"{told[0]} or {told[1]} has durations of single people, which cannot be added"
    if varies_apart(a.work, b.work):
        by = [n.work.by for n in (a, b) if n.work is not None]
        return f"the work of {told[0]} varies by {by[0]}, that of {told[1]} by {by[1]}"
    robots = [s for s in (first, second) if s.kind in ("service", "script", "rule")]
    if len(robots) == 1:
        return f"{rules.told(robots[0])} is done automatically, the other by people"
    if (a.pool is None) != (b.pool is None) and None not in (a.work, b.work):
        return f"only one of {told[0]} and {told[1]} needs staff"
    waits = a.delay, b.delay
    if waits[0] is not None and waits[1] is not None and (
        waits[0].calendar != waits[1].calendar or varies_apart(waits[0].law, waits[1].law)
    ):  # fmt: skip
        return f"{told[0]} and {told[1]} wait by different calendars or attributes"
    promises = {s.facts.promise.duration for s in (first, second) if s.facts.promise is not None}
    if len(promises) > 1:
        return f"{told[0]} and {told[1]} promise different times"
    if b.same_person_as not in (None, first.id, a.same_person_as):
        return f"{told[1]} is done by the person of {b.same_person_as}, {told[0]} is not"
    return None


def _merged(move: Move, on: Prototype) -> Step:
    """The first step with the facts of both, in the lane of the one that is kept."""
    first, second = _pair(move, on)
    a, b = first.facts, second.facts
    made = {d.key for d in a.documents if d.role in ("made", "asked", "fetched")}
    known = {(d.key, d.role) for d in a.documents}
    documents = (*a.documents, *(
        d for d in b.documents
        if (d.key, d.role) not in known and not (d.role == "used" and d.key in made)
    ))  # fmt: skip
    contact = a.contact or b.contact
    if a.contact is not None and b.contact is not None:
        channels = tuple(c for c in a.contact.channels if c in b.contact.channels)
        contact = replace(a.contact, channels=channels or a.contact.channels)
    facts = replace(
        a, documents=documents, contact=contact, text=_texts(a, b),
        deadlines=(*a.deadlines, *(d for d in b.deadlines if d not in a.deadlines)),
        fees=(*a.fees, *(f for f in b.fees if f not in a.fees)),
        promise=a.promise or b.promise, delay=a.delay or b.delay,
        separate_from=tuple(dict.fromkeys((*a.separate_from, *b.separate_from))),
        activities=_activities(first, second),
        assumptions=tuple(dict.fromkeys((*a.assumptions, *b.assumptions))),
        notes=tuple(dict.fromkeys((*a.notes, *b.notes))),
    )  # fmt: skip
    written = set(first.writes)
    reads = (*first.reads, *(d for d in second.reads if d not in {*first.reads, *written}))
    return replace(
        first, facts=facts, reads=reads,
        writes=tuple(dict.fromkeys((*first.writes, *second.writes))),
        lane=first.lane if move.with_["keep"] == "first" else second.lane,
        kind=first.kind if first.kind == second.kind else "user",
    )  # fmt: skip


def _texts(a: Facts, b: Facts) -> Text:
    """The words of both for the customer, one after the other."""
    if not a.text or not b.text:
        return a.text or b.text
    return Text(*(
        " ".join(w for w in (a.text.get(n), b.text.get(n)) if w) or None for n in LANGUAGES
    ))  # fmt: skip


def _activities(first: Step, second: Step) -> tuple[str, ...]:
    """All names under which logs know one of the two."""
    names = [n for s in (first, second) for n in (s.facts.activities or (s.name,)) if n]
    return tuple(dict.fromkeys(names))


def _retargeted(on: Prototype, first: Step, second: Step) -> list[Step]:
    """Steps that another person must do than the second: now another than who does both."""
    changed = []
    for step in on.path.steps:
        apart = step.facts.separate_from
        if second.id in apart:
            new = dict.fromkeys(first.id if i == second.id else i for i in apart)
            changed.append(replace(step, facts=replace(step.facts, separate_from=tuple(new))))
    return changed


def _scenario(on: Prototype, move: Move, share: float) -> Scenario:
    first, second = _pair(move, on)
    a, b = _numbers(on, first), _numbers(on, second)
    if first.id not in on.scenario.steps and second.id not in on.scenario.steps:
        return on.scenario
    kept = a if move.with_["keep"] == "first" else b
    delay = a.delay or b.delay
    if a.delay is not None and b.delay is not None:
        law = sum_varied(a.delay.law, b.delay.law)
        assert law is not None
        delay = Delay(law, a.delay.kind, a.delay.calendar, a.delay.origin)
    one = replace(
        a, work=sum_varied(a.work, b.work), pool=kept.pool or a.pool or b.pool,
        calendar=a.calendar or b.calendar, delay=delay, event=a.event or b.event,
        channels=a.channels or b.channels, priority=min(a.priority, b.priority),
        same_person_as=a.same_person_as,
    )  # fmt: skip
    both_work = a.work is not None and b.work is not None
    one = scaled_work(one, share if both_work else 1.0)
    steps = {
        k: replace(v, same_person_as=first.id) if v.same_person_as == second.id else v
        for k, v in on.scenario.steps.items()
    }
    steps[first.id] = replace(one, origin=_origin(one))
    return replace(on.scenario, steps=steps)


def _origin(one: StepNumbers) -> Origin:
    note = "a share of the summed work of two steps that were merged"
    return Origin("assumed", one.origin.n, note)
