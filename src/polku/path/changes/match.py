"""Which step of one version of a path is which step of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from polku.path.facts import LANGUAGES, Contact, Document, Text
from polku.path.model import Event, Lane, Node, Path, Step

LEAST_OVERLAP = 0.5
"""share of activities or documents that two steps of different names must have in common"""

Element: TypeAlias = Step | Event
Role = Literal["asked", "made", "used", "fetched"]
A = TypeVar("A", Step, Event, Lane)


@dataclass(frozen=True)
class Matches:
    """What corresponds to what: ids of the version before → ids of the version after.

    `merged`: a step after → the steps before whose work it takes over; `split`: a step before →
    the steps after that take its work over.
    """

    lanes: Mapping[str, str]
    steps: Mapping[str, str]
    events: Mapping[str, str]
    merged: Mapping[str, tuple[str, ...]]
    split: Mapping[str, tuple[str, ...]]

    @property
    def elements(self) -> dict[str, str]:
        """Steps and events together."""
        return {**self.steps, **self.events}


def match(before: Path, after: Path) -> Matches:
    """Match lanes, steps and events of two versions, the same whichever comes first.

    Steps by id, else by name in the same agency, else by name, else by the activities or documents
    that they have in common.
    """
    lanes = _lanes(before, after)
    steps = {s.id: s.id for s in before.steps if any(s.id == t.id for t in after.steps)}

    def left() -> list[Step]:
        return [s for s in before.steps if s.id not in steps]

    def right() -> list[Step]:
        taken = set(steps.values())
        return [t for t in after.steps if t.id not in taken]

    def here(s: Step, t: Step) -> bool:
        one, two = before.agency_of(s), after.agency_of(t)
        return (lanes.get(one.id) if one else None) == (two.id if two else None)

    def same_name(s: Step, t: Step) -> float:
        return float(bool(called(s) & called(t)))

    steps |= _pairs(left(), right(), lambda s, t: same_name(s, t) if here(s, t) else 0)
    steps |= _pairs(left(), right(), same_name)
    merged = _taken_over(before, after, left(), right(), steps)
    split = _taken_over(after, before, right(), left(), {t: s for s, t in steps.items()})
    gone = {s for many in merged.values() for s in many} | set(split)
    made = {t for many in split.values() for t in many} | set(merged)

    def alike(s: Step, t: Step) -> float:
        if s.id in gone or t.id in made:
            return 0
        by_work = _overlap(_activities(s), _activities(t))
        by_papers = _overlap(_papers(before, s), _papers(after, t)) if here(s, t) else 0
        best = max(by_work, by_papers)
        return best if best >= LEAST_OVERLAP else 0

    steps |= _pairs(left(), right(), alike)
    return Matches(lanes, steps, _events(before, after, steps), merged, split)


def called(element: Node | Lane) -> frozenset[str]:
    """All names of an element, for comparing."""
    names = [element.name, *(element.facts.names.get(n) for n in LANGUAGES)]
    return frozenset(" ".join(n.split()).casefold() for n in names if n)


def names_of(names: Text, name: str = "") -> Text:
    """A name in each language, as far as there is any."""
    return Text(*(names.get(n) or name or names.best(n) for n in LANGUAGES))


def contact_of(path: Path, element: Element) -> Contact | None:
    """The contact in a step or event: its fact, else a message to or from the customer."""
    if element.facts.contact is not None:
        return element.facts.contact
    customer = path.customer
    if customer is None or path.by_customer(element):
        return None
    for message in path.messages:
        if message.source == customer.id and message.target == element.id:
            return Contact("customer")
    for message in path.messages:
        if message.target == customer.id and message.source == element.id:
            return Contact("city")
    return None


def documents_of(path: Path, element: Element) -> tuple[Document, ...]:
    """The documents of a step: its facts, and the data that flow into it and out of it."""
    found = {(d.key, d.role): d for d in element.facts.documents}
    known = {d.key for d in element.facts.documents}
    if isinstance(element, Step):
        data = {d.id: d for d in path.data}
        roles: tuple[tuple[tuple[str, ...], Role], ...] = (
            (element.reads, "used"),
            (element.writes, "made"),
        )
        for ids, role in roles:
            for id in ids:
                if (one := data.get(id)) is None:
                    continue
                key = one.document or " ".join(one.name.split()).casefold()
                if key and key not in known:
                    name = names_of(one.facts.names, one.name)
                    found[key, role] = Document(key, role, name)
    return tuple(found.values())


def _lanes(before: Path, after: Path) -> dict[str, str]:
    there = {n.id for n in after.lanes}
    lanes = {n.id: n.id for n in before.lanes if n.id in there}

    def alike(a: Lane, b: Lane) -> float:
        if a.role != b.role or (a.role == "unit" and lanes.get(a.parent or "") != b.parent):
            return 0
        return 1.0 if a.role == "customer" or called(a) & called(b) else 0

    for roles in (("agency", "customer"), ("unit",)):
        taken = set(lanes.values())
        lanes |= _pairs(
            [n for n in before.lanes if n.id not in lanes and n.role in roles],
            [n for n in after.lanes if n.id not in taken and n.role in roles],
            alike,
        )
    return lanes


def _events(before: Path, after: Path, steps: Mapping[str, str]) -> dict[str, str]:
    there = {e.id: e for e in after.events}
    events = {
        e.id: e.id
        for e in before.events
        if e.id in there and there[e.id].position == e.position and there[e.id].trigger == e.trigger
    }

    def alike(a: Event, b: Event) -> float:
        if (a.position, a.trigger) != (b.position, b.trigger):
            return 0
        if a.position == "boundary" and steps.get(a.attached_to or "") != b.attached_to:
            return 0
        if called(a) & called(b):
            return 2
        return float(not called(a) and not called(b))

    for least in (2, 1):
        taken = set(events.values())
        events |= _pairs(
            [e for e in before.events if e.id not in events],
            [e for e in after.events if e.id not in taken],
            lambda a, b, least=least: float(alike(a, b) >= least),  # type: ignore[misc]
        )
    return events


def _pairs(left: Iterable[A], right: Iterable[A], alike: Callable[[A, A], float]) -> dict[str, str]:
    """Pairs of what is alike, the most alike first; ties are broken without regard to the side."""
    there = list(right)
    found = [
        (-score, min(a.id, b.id), max(a.id, b.id), a.id, b.id)
        for a in left
        for b in there
        if (score := alike(a, b)) > 0
    ]
    out: dict[str, str] = {}
    taken: set[str] = set()
    for *_, a, b in sorted(found):
        if a not in out and b not in taken:
            out[a] = b
            taken.add(b)
    return out


def _taken_over(
    before: Path, after: Path, gone: list[Step], new: list[Step], steps: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Steps after that take over the work of steps that are gone: of two, or beside their own."""
    of = {t: s for s, t in steps.items()}
    fresh = {t.id for t in new}
    by_work: dict[str, set[str]] = {}
    by_papers: dict[str, set[str]] = {}
    for t in after.steps:
        own = before.node(of[t.id]) if t.id in of else None
        if own is None and t.id not in fresh:
            continue
        work, papers = _activities(t), _papers(after, t)
        if isinstance(own, Step):
            work, papers = work - _activities(own), papers - _papers(before, own)
        for s in gone:
            if (called(s) | _activities(s)) & work:
                by_work.setdefault(s.id, set()).add(t.id)
            elif _papers(before, s) and _papers(before, s) <= papers:
                by_papers.setdefault(s.id, set()).add(t.id)
    taker = {s: ts for s, ts in by_work.items() if len(ts) == 1}
    taker |= {s: ts for s, ts in by_papers.items() if len(ts) == 1 and s not in by_work}
    found: dict[str, tuple[str, ...]] = {}
    for t in after.steps:
        takes = tuple(s.id for s in gone if taker.get(s.id) == {t.id})
        if len(takes) > (t.id not in of):
            found[t.id] = takes
    return found


def _activities(step: Step) -> frozenset[str]:
    return frozenset(" ".join(a.split()).casefold() for a in step.facts.activities)


def _papers(path: Path, step: Step) -> frozenset[str]:
    return frozenset(
        f"{d.role}\x00{d.key}" for d in documents_of(path, step) if d.role in ("asked", "made")
    )


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a and b else 0.0
