"""What `polku diff` will say of a move, foretold from the path before it.

Nothing here looks at the path after a move: the behaviour of the path before (which step comes
before which) and what the move means are enough. The kinds of moves add these parts up in their
`claims`; their tests hold the sum against the difference itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from polku.path.changes.match import Element, documents_of
from polku.path.changes.order import nearest
from polku.path.changes.side import Side
from polku.path.facts import Deadline, Document, Facts, Text
from polku.path.model import Event, Path, Step
from polku.redesign.move import Claim

Pair = tuple[str, str]
_AUTOMATIC = ("service", "script", "rule")


@lru_cache(maxsize=32)
def side(path: Path) -> Side:
    """The path as a comparison sees it; kept, for its order is dear to find."""
    return Side(path)


def inner(path: Path, ids: Iterable[str]) -> tuple[str, ...]:
    """Ids of the steps that are work among nodes: a sub-process stands for what it holds."""
    work, found = side(path).ids, []
    for id in ids:
        if id in work:
            found.append(id)
        elif path.has(id):
            found += inner(path, [n.id for n in path.inside(id)])
    return tuple(found)


def comes_before(path: Path, a: str, b: str) -> bool:
    """Whether one step always comes before another where both are done."""
    return side(path).order.relation(a, b) == "before"


@lru_cache(maxsize=32)
def directly_before(path: Path) -> Mapping[str, tuple[str, ...]]:
    """For each step those that come before it with none between."""
    ids = [s.id for s in side(path).steps]
    above = {b: {a for a in ids if a != b and comes_before(path, a, b)} for b in ids}
    return {
        b: tuple(a for a in ids if a in all_ and not any(a in above[c] for c in all_))
        for b, all_ in above.items()
    }


def waits(path: Path, gone: Iterable[str]) -> set[Claim]:
    """Who no longer waits for another agency's step that is dropped."""
    left, at = frozenset(gone), side(path)
    lanes = {n.id for n in path.lanes}
    found = set()
    for t, direct in directly_before(path).items():
        if t in left:
            continue
        here = at.subject(t).place.key
        for x in left.intersection(direct):
            there = at.subject(x).place.key
            beside = any(
                at.order.relation(x, o) == "exclusive" for o in direct if o not in left
            )  # fmt: skip
            if not beside and (there != here or there not in lanes):
                found.add(Claim("no_longer_waits", t))
    return found


def at_once(path: Path, ways: Sequence[Sequence[str]]) -> set[Claim]:
    """That lines of nodes which followed one another are done at the same time."""
    steps = [inner(path, way) for way in ways]
    freed = {
        (a, b) for k, way in enumerate(steps) for later in steps[k + 1 :]
        for a in way for b in later
    }  # fmt: skip
    said = {Claim("made_parallel", b)
            for _, b in nearest(freed, lambda a, b: comes_before(path, a, b))}  # fmt: skip
    line = [s for way in steps for s in way]
    firsts, lasts = {way[0] for way in steps}, {way[-1] for way in steps}
    way_of = {s: k for k, way in enumerate(steps) for s in way}
    now = set()
    for a, b in _again(path):
        for x in lasts if a == line[-1] else {a}:
            for y in firsts if b == line[0] else {b}:
                apart = way_of.get(x, -1) != way_of.get(y, -1) and {x, y} <= way_of.keys()
                if x == y or (comes_before(path, y, x) and not apart):
                    now.add((x, y))
    return said | _loops(_again(path), now)


def turned(path: Path, pairs: Iterable[Pair]) -> set[Claim]:
    """That steps changed places: of each pair the first now comes first, and came second."""
    new = frozenset(pairs)

    def before_new(a: str, b: str) -> bool:
        return (a, b) in new or ((b, a) not in new and comes_before(path, a, b))

    movers = {a for a, _ in nearest(new, before_new)}
    lost = nearest({(b, a) for a, b in new}, lambda a, b: comes_before(path, a, b))
    waiting = {Claim("no_longer_waits", a) for _, a in lost if a not in movers}
    return {Claim("reordered", a) for a in movers} | waiting


def looped(path: Path, replaced: Mapping[Pair, Pair]) -> set[Claim]:
    """That ways back lead from and to other steps: (last, first) before → now."""
    old = _again(path)
    return _loops(old, {replaced.get(pair, pair) for pair in old})


def ways_back(path: Path) -> frozenset[Pair]:
    """Pairs of steps (last, first) between which a loop leads back."""
    return _again(path)


@lru_cache(maxsize=32)
def _again(path: Path) -> frozenset[Pair]:
    return side(path).order.again(side(path).ids)


def _loops(old: Iterable[Pair], new: Iterable[Pair]) -> set[Claim]:
    was, now = set(old), set(new)
    return {Claim("loop_removed", a) for a, _ in was - now} | {
        Claim("loop_added", a) for a, _ in now - was
    }


# -- steps that go, or change


class _After:
    """Who does what after steps are dropped or changed, as far as documents and places go."""

    def __init__(self, path: Path, gone: frozenset[str], changed: Mapping[str, Step]) -> None:
        self.path, self.old = path, side(path)
        self.elements: list[Element] = [
            changed.get(e.id, e) for e in self.old.elements if e.id not in gone
        ]
        self.changed = changed

    @cache  # noqa: B019 - lives as long as one claim
    def documents(self, element: Element) -> tuple[Document, ...]:
        return documents_of(self.path, element)

    def agency(self, element: Element) -> str:
        return self.old.place(element).key

    def asked(self) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        for element in self.elements:
            for document in self.documents(element):
                if document.role == "asked":
                    found.setdefault(document.key, Counter())[self.agency(element)] += 1
        return found

    def using(self, key: str) -> set[str]:
        return {
            self.agency(e) for e in self.elements
            if any(d.key == key and d.role == "used" for d in self.documents(e))
        }  # fmt: skip

    def most_asked(self, key: str, agency: str) -> int:
        at = {e.id: e for e in self.elements}

        def weight(id: str) -> int:
            element = at.get(id)
            return int(
                element is not None
                and self.agency(element) == agency
                and any(d.key == key and d.role == "asked" for d in self.documents(element))
            )

        return self.old.each(weight)[1]


def steps(
    path: Path, *, gone: Iterable[str] = (), changed: Iterable[Step] = (),
    into: Mapping[str, str] | None = None, quiet: Iterable[str] = (),
) -> set[Claim]:  # fmt: skip
    """What dropping steps and changing others says, beside what it says of their order.

    `gone`: ids of steps that leave the path; `changed`: steps as they are after (same id, other
    lane or facts); `into`: for a step that is gone the one that takes its work over; `quiet`: ids
    of changed steps in which nobody meets the customer any more, neither contact nor message.
    """
    left, given = frozenset(gone), {s.id: s for s in changed}
    taken = dict(into or {})
    after = _After(path, left, given)
    found = {Claim("removed", i) for i in left if i not in taken}
    found |= {Claim("merged", t) for t in taken.values()}
    found |= _agencies(after, left, given)
    found |= _contacts(after, left, given, frozenset(quiet))
    found |= _asked(after, taken)
    for step in given.values():
        found |= _changed(after, path.node(step.id), step)  # type: ignore[arg-type]
    for step in path.steps:
        if step.id not in left and step.id not in given and left & set(step.facts.separate_from):
            found.add(Claim("separation", step.id))
    found |= {Claim("fee", i) for i in left if path.node(i).facts.fees}
    return found | _texts(after, given)


def _agencies(after: _After, gone: frozenset[str], given: Mapping[str, Step]) -> set[Claim]:
    path, old = after.path, after.old
    there = {n.id for n in old.agencies}
    here = {
        a.id for s in old.steps if s.id not in gone
        and (a := path.agency_of(given.get(s.id, s))) is not None and a.role != "customer"
    }  # fmt: skip
    found = {Claim("agency_left", a) for a in there - here}
    found |= {Claim("agency_joined", a) for a in here - there}
    for step in given.values():
        was, now = old.place(path.node(step.id)), old.place(step)
        if was.key != now.key:
            found.add(Claim("moved", step.id))
            if old.contact(old.element(step.id)) is not None:
                found.add(Claim("contact_moved", step.id))
        elif was.unit != now.unit:
            found.add(Claim("moved_unit", step.id))
    return found


def _contacts(
    after: _After, gone: frozenset[str], given: Mapping[str, Step], quiet: frozenset[str]
) -> set[Claim]:
    path, old = after.path, after.old
    found = set()
    points = set()
    for element in old.elements:
        was = old.contact(element)
        if element.id in gone or element.id in quiet:
            if was is not None:
                found.add(Claim("contact_dropped", element.id))
            continue
        new = given.get(element.id, element)
        now = new.facts.contact or was
        if was is None and now is not None:
            found.add(Claim("contact_added", element.id))
            found.discard(Claim("contact_moved", element.id))
        elif was is not None and now is not None and (
            (was.by, set(was.channels)) != (now.by, set(now.channels))
        ):  # fmt: skip
            found.add(Claim("contact_changed", element.id))
        lane = path.lane_of(new)
        if lane is None and isinstance(new, Event) and new.attached_to is not None:
            lane = path.lane_of(path.node(new.attached_to))
        agency = path.agency_of(new)
        if now is not None and lane is not None and (agency is None or agency.role != "customer"):
            points.add(lane.id)
    found |= {Claim("contact_point_dropped", i) for i in old.contact_points.keys() - points}
    return found | {Claim("contact_point_added", i) for i in points - old.contact_points.keys()}


def _asked(after: _After, into: Mapping[str, str]) -> set[Claim]:
    """What is asked of the customer by others, less often, or not at all any more."""
    old, new = after.old.asked, after.asked()
    found = set()
    for key in old.keys() | new.keys():
        was, now = old.get(key, Counter()), new.get(key, Counter())
        lost, gained = was.keys() - now.keys(), now.keys() - was.keys()
        if not now:
            found.add(Claim("document_dropped", key))
            continue
        if not was:
            found.add(Claim("document_added", key))
        elif lost and gained:
            found.add(Claim("document_asked_elsewhere", key))
        elif lost:
            found.add(Claim("document_asked_less", key))
        elif gained:
            found.add(Claim("document_asked_more", key))
        for agency in lost:
            giving = _takers(after, into, key, agency, now) or gained or now.keys()
            if agency in after.using(key) and len(giving) == 1:
                found.add(Claim("document_received", key))
        for agency in was.keys() & now.keys():
            if was[agency] != now[agency] and after.old.most_asked(key, agency) != (
                after.most_asked(key, agency)
            ):
                found.add(Claim("document_times", key))
    return found


def _takers(
    after: _After, into: Mapping[str, str], key: str, agency: str, now: Mapping[str, int]
) -> set[str]:
    """Agencies whose steps take over the steps in which another agency asked."""
    found = set()
    for s, t in into.items():
        element = after.old.element(s)
        if after.agency(element) == agency and any(
            d.key == key and d.role == "asked" for d in after.documents(element)
        ):
            taker = after.agency(after.changed.get(t, after.old.element(t)))
            found |= {taker} & now.keys()
    return found


def _changed(after: _After, was: Step, now: Step) -> set[Claim]:
    """What other facts of a step say."""
    a, b = was.facts, now.facts
    said = {
        "deadline": (Counter(map(_bare, a.deadlines)), Counter(map(_bare, b.deadlines))),
        "promise": (a.promise and a.promise.duration, b.promise and b.promise.duration),
        "fee": (
            Counter((f.amount, f.currency, f.per or "") for f in a.fees),
            Counter((f.amount, f.currency, f.per or "") for f in b.fees),
        ),
        "delay": (a.delay, b.delay),
        "fixed": (a.fixed is None, b.fixed is None),
        "separation": (set(a.separate_from), set(b.separate_from)),
        "repeat": (was.repeat, now.repeat),
    }
    found = {Claim(kind, now.id) for kind, (x, y) in said.items() if x != y}  # type: ignore[arg-type]
    robots = was.kind in _AUTOMATIC, now.kind in _AUTOMATIC
    if robots[0] != robots[1]:
        found.add(Claim("automated" if robots[1] else "by_hand", now.id))
    used = [{(d.key, d.role) for d in after.documents(s) if d.role != "asked"} for s in (was, now)]
    if used[0] - used[1]:
        found.add(Claim("document_use_dropped", now.id))
    if used[1] - used[0]:
        found.add(Claim("document_use_added", now.id))
    return found


def _texts(after: _After, given: Mapping[str, Step]) -> set[Claim]:
    """The first step of each agency whose words changed."""
    first: dict[str, str] = {}
    for step in after.path.steps:
        new = given.get(step.id)
        if new is not None and _worded(step.facts) != _worded(new.facts, step.facts):
            first.setdefault(after.agency(new), step.id)
    return {Claim("texts", id) for id in first.values()}


def _worded(facts: Facts, known: Facts | None = None) -> dict[Any, Any]:
    """The words of a step by what they explain; only of what is `known`, where that is given."""
    found: dict[Any, Any] = {("document", d.key): (d.names, d.origin) for d in facts.documents}
    found |= {("deadline", *_bare(d)): (d.text, d.origin) for d in facts.deadlines}
    found |= {("fee", f.amount, f.currency, f.per): (f.text, f.origin) for f in facts.fees}
    found["text"] = facts.text or Text()
    found["notes"] = frozenset((*facts.notes, *facts.assumptions))
    if known is None:
        return found
    of = _worded(known)
    return {k: found.get(k, v) for k, v in of.items()}


def _bare(deadline: Deadline) -> tuple[str, str, str | None]:
    return deadline.duration, deadline.counted, deadline.of
