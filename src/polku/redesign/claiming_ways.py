"""What `polku diff` will say of new ways: around steps, beside them, and out of them in time.

Like `polku.redesign.claiming`, nothing here looks at the path after a move.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from polku.path.changes.order import END, NOT, START
from polku.path.model import Event, Path, Step
from polku.redesign.claiming import comes_before, directly_before, side, ways_back
from polku.redesign.move import Claim


def around(path: Path, line: Sequence[str]) -> set[Claim]:
    """What a choice before a line says, by which some matters pass the line (or a part of it) over.

    A step that every matter came to is optional now; one that stood on a branch has one condition
    more, which is told of the first step of the line only: the others follow it. What stands
    behind the line is done as before; in a loop the way around leads back from and to others.
    """
    at, found = side(path), set()
    for k, id in enumerate(line):
        if at.order.mandatory(id):
            found.add(Claim("optional", id))
            continue
        conditions = at.order.guard(id).conditions
        if conditions is None:
            continue
        if any(words <= at.going_on for words in conditions):
            found.add(Claim("optional", id))
        elif k == 0:
            found.add(Claim("branch", id))
    return found | _loops_around(path, line)


def _loops_around(path: Path, line: Sequence[str]) -> set[Claim]:
    """Ways back that begin before the line or end behind it now, where it was left out."""
    back, (first, last) = ways_back(path), (line[0], line[-1])
    if not any(first == b or last == a for a, b in back):
        return set()
    leads = [p for p in side(path).order.branches(side(path).ids) if p not in back]
    after = [b for a, b in leads if a == last and b != END]
    prior = [a for a, b in leads if b == first and a != START]
    now = {(a, t) for a, b in back if b == first for t in after}
    now |= {(p, b) for a, b in back if a == last for p in prior}
    return {
        Claim("loop_added", a) for a, b in now - back if a == b or comes_before(path, b, a)
    }  # fmt: skip


def asked_already(path: Path, line: Sequence[str], condition: str) -> bool:
    """Whether matters come to a line only where a condition holds, or only where it does not."""
    ways = side(path).order.guard(line[0]).conditions or ()
    return any(word.removeprefix(NOT) == condition for way in ways for word in way)


def waits_behind(path: Path, step: str, new: Step) -> set[Claim]:
    """Who now waits for a new step that comes after one in a way out of it."""
    at, found = side(path), set()
    here = at.place(new).key
    for t, direct in directly_before(path).items():
        if step not in direct or at.subject(t).place.key == here:
            continue
        if not any(at.order.relation(step, x) == "exclusive" for x in direct if x != step):
            found.add(Claim("now_waits", t))
    return found


def waits_beside(path: Path, step: str, new: Step) -> set[Claim]:
    """Who now waits for a new step that is done instead of one: only where a loop holds both.

    Elsewhere the two exclude each other, and what comes next waits as long as it did.
    """
    return set() if in_loop(path, [step]) is None else waits_behind(path, step, new)


def came(path: Path, *elements: Step | Event) -> set[Claim]:
    """What new steps and events say themselves: that they came, with the contacts in them."""
    at, found = side(path), set()
    for element in elements:
        if isinstance(element, Step):
            found.add(Claim("added", element.id))
        elif element.name or element.timer is not None:
            found.add(Claim("event_added", element.id))
        if element.facts.contact is None:
            continue
        found.add(Claim("contact_added", element.id))
        lane, agency = path.lane_of(element), path.agency_of(element)
        if lane is not None and lane.id not in at.contact_points and (
            agency is None or agency.role != "customer"
        ):  # fmt: skip
            found.add(Claim("contact_point_added", lane.id))
    return found


def in_loop(path: Path, ids: Iterable[str]) -> str | None:
    """The first of these steps that a matter may come to again."""
    for id in ids:
        for last, first in ways_back(path):
            if (first == id or comes_before(path, first, id)) and (
                last == id or comes_before(path, id, last)
            ):
                return id
    return None
