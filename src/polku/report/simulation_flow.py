"""How matters move on a drawn path: visits of steps and moves between them, as the page plays them.

The trace knows when each step was due, begun and done; gateways take no time. So a move leads from
a step that ended to one that was due at that moment, on the shortest way without a step between;
where that way holds a timer, or a join that waits for others, the matter stands there meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from math import hypot
from typing import Any

import numpy as np

from polku.path.model import Event, Gateway, Path, Step
from polku.report.path_drawing import Drawn
from polku.simulate.clocks import zone_of
from polku.simulate.engine.program import INTERRUPTED, WAITING, Ints, Table
from polku.simulate.over_time import is_monday, midnights, queues
from polku.simulate.run import Run

MINUTE, DAY = 60_000_000, 86_400_000_000
AT_JOIN = -99_999
"""Instead of the minute from which a visit waits for people."""
MOST_MATTERS = 300
"""Matters that are drawn at most."""
WEEKS = (12, 8, 6, 4)
"""Weeks that are shown: the first of these in which no more matters are open."""
SLOWEST, FASTEST, LATE, PIXELS = 0.35, 0.12, 0.06, 3_600.0
"""Days that a move takes on the page at most and at least, and one that follows another at once;
px that would take a day."""

Course = tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True)
class Flow:
    """What the page plays, times in minutes since `since` (µs since 1970 UTC).

    `document`: as JSON; `drawn`, `matters`: how many of the matters that were open in these days;
    `chosen`: whether the days are some of the run's.
    """

    since: int
    until: int
    drawn: int
    matters: int
    chosen: bool
    document: dict[str, Any]


def flow(path: Path, run: Run, places: Drawn, since: int) -> Flow | None:
    """The moves of the busiest weeks of a run; None where nothing moves.

    `since`: end of the warm-up, µs; `places`: the drawing on which they move. Busiest are the weeks
    with the most work waiting for people. At most `MOST_MATTERS` matters are drawn, evenly chosen
    by arrival; the numbers at the steps count all.
    """
    zone = run.scenario.zone
    begin, end, mine = _window(run, since, zone)
    if not len(mine):
        return None
    step = -(-len(mine) // MOST_MATTERS)
    chosen = mine[::step]
    rows = run.trace.rows
    order = np.lexsort((rows["end"], rows["enabled"], rows["matter"]))
    rows = rows[order]
    told = _Told(path, run, places, begin, end)
    first = np.searchsorted(rows["matter"], chosen)
    last = np.searchsorted(rows["matter"], chosen, side="right")
    for matter, a, b in zip(chosen.tolist(), first.tolist(), last.tolist(), strict=True):
        told.tell(matter, rows[a:b])
    document = told.document() | {
        "days": list(_days(begin, end, zone)),
        "length": _minutes(end - begin),
        "queues": _queues(told, rows, begin, end),
    }
    chosen_days = (begin, end) != (since, run.trace.until)
    return Flow(begin, end, len(chosen), len(mine), chosen_days, document)


def _window(run: Run, since: int, zone: str) -> tuple[int, int, Ints]:
    """The weeks that are shown, and the matters that were open in them."""
    t = run.trace
    nights = midnights(since - 1, t.until, zone)
    mondays = [k for k, at in enumerate(nights.tolist()) if is_monday(at, zone)]
    waiting = np.concatenate([[0], np.cumsum(queues(run, nights).sum(axis=0))])
    arrival, ended = run.matters.time[: t.arrived], t.ended[: t.arrived]
    begin, end = since, t.until
    mine = _open(arrival, ended, begin, end)
    for weeks in WEEKS:
        fits = [k for k in mondays if k + 7 * weeks < len(nights)]
        if not fits:
            continue
        k = max(fits, key=lambda k: (waiting[k + 7 * weeks] - waiting[k], -k))
        begin, end = int(nights[k]), int(nights[k + 7 * weeks])
        mine = _open(arrival, ended, begin, end)
        if len(mine) <= MOST_MATTERS:
            break
    return begin, end, mine


def _open(arrival: Ints, ended: Ints, begin: int, end: int) -> Ints:
    return np.flatnonzero((arrival < end) & ((ended < 0) | (ended > begin)))


def _minutes(micros: int) -> int:
    return round(micros / MINUTE)


def _days(begin: int, end: int, zone: str) -> Iterator[tuple[int, str]]:
    for at in midnights(begin - 1, end, zone).tolist():
        if at < end:
            day = datetime.fromtimestamp(at // 1_000_000, zone_of(zone))
            yield _minutes(at - begin), f"{day:%A} {day.day} {day:%B %Y}"


class _Ways:
    """Where nodes stand on the drawing, and the ways between them without a step between."""

    def __init__(self, path: Path, places: Drawn) -> None:
        self.path, self.places = path, places
        self._from: dict[str, dict[str, tuple[str, ...]]] = {}

    def spot(self, id: str) -> str:
        """The node drawn for a node: itself, or the sub-process that holds it."""
        node = self.path.node(id)
        while node.within is not None:
            node = self.path.node(node.within)
        return node.id

    def ways(self, spot: str) -> Mapping[str, tuple[str, ...]]:
        """The flows to every step, halt and end that is reached from a node without a step."""
        if spot not in self._from:
            self._from[spot] = self._search(spot)
        return self._from[spot]

    def _search(self, spot: str) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        queue: deque[tuple[str, tuple[str, ...]]] = deque([(spot, ())])
        queue += [(e.id, ()) for e in self.path.boundary(spot)]
        while queue:
            id, way = queue.popleft()
            for f in self.path.out(id):
                if f.target in found:
                    continue
                found[f.target] = (*way, f.id)
                if not isinstance(self.path.node(f.target), Step):
                    queue.append((f.target, (*way, f.id)))
        return found

    def halts(self, id: str) -> bool:
        """Whether a matter may stand at a node that is no step: a timer, a message, a join."""
        node = self.path.node(id)
        if isinstance(node, Event):
            return node.position == "catch"
        if isinstance(node, Gateway):
            joins = node.kind in ("parallel", "inclusive", "complex")
            return node.kind == "event" or (joins and len(self.path.into(id)) > 1)
        return False

    def end_of(self, spot: str) -> str | None:
        """The nearest end."""
        near = [(len(w), id) for id, w in self.ways(spot).items() if self._is_end(id)]
        return min(near)[1] if near else None

    def _is_end(self, id: str) -> bool:
        node = self.path.node(id)
        return isinstance(node, Event) and node.position == "end"

    def course(self, way: tuple[str, ...]) -> Course:
        """The lines of flows after each other, one piece for each band."""
        out: list[list[tuple[float, float]]] = []
        for id in way:
            for piece in self.places.courses.get(id, ()):
                if out and hypot(out[-1][-1][0] - piece[0][0], out[-1][-1][1] - piece[0][1]) < 60:
                    out[-1] += piece
                else:
                    out.append(list(piece))
        return tuple(tuple(p) for p in out)


@dataclass
class _Told:
    """The visits and moves told so far, and the numbers of spots and courses."""

    path: Path
    run: Run
    places: Drawn
    begin: int
    end: int
    visits: list[list[int]] = field(default_factory=list)
    moves: list[list[int]] = field(default_factory=list)
    spots: dict[str, int] = field(default_factory=dict)
    courses: dict[tuple[str, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ways = _Ways(self.path, self.places)
        self.start = next(
            (e.id for e in self.path.events if e.position == "start" and e.within is None), None
        )

    def tell(self, matter: int, rows: Table) -> None:
        """One matter's visits, in the order in which they were due."""
        n = len(rows)
        ids = [self.ways.spot(self.run.program.node_ids[k]) for k in rows["node"]]
        due = rows["enabled"].tolist()
        over = [e if e >= 0 else self.run.trace.until for e in rows["end"].tolist()]
        left = [e if e >= 0 else None for e in rows["end"].tolist()]
        gone = [False] * n
        shown = list(over)  # when the page lets it go, never before the matter came
        arrived = int(self.run.matters.time[matter])
        for k in range(n):
            seen = due[k]
            for j in self._before(k, ids, due, left, gone):
                gone[j] = True
                if ids[j] != ids[k]:
                    seen = max(seen, self._go(ids[j], ids[k], shown[j], due[k]))
            if due[k] == arrived and self.start is not None:
                seen = self._go(self.start, ids[k], arrived, due[k])
            shown[k] = max(over[k], seen)
            self._visit(ids[k], seen, rows[k], shown[k])
        for j in range(n):
            if not gone[j] and left[j] is not None:
                self._leave(ids, j, shown[j], int(self.run.trace.ended[matter]))

    def _before(
        self, k: int, ids: list[str], due: list[int], left: list[int | None], gone: list[bool]
    ) -> list[int]:
        """The works whose end let this one become due, and those that waited for them at a join."""
        others = [
            j for j in range(len(ids))
            if j != k and (end := left[j]) is not None and end <= due[k]
            and (due[j] < due[k] or j < k)
            and (ids[j] == ids[k] or ids[k] in self.ways.ways(ids[j]))
        ]  # fmt: skip
        now = [j for j in others if left[j] == due[k]]
        waited = [j for j in others if not gone[j] and j not in now]
        return now + [j for j in waited if not now or self._joins(ids[j], ids[k])]

    def _joins(self, a: str, b: str) -> bool:
        way = self.ways.ways(a).get(b, ())
        return any(self.ways.halts(self.path.flow(f).target) for f in way)

    def _go(self, a: str, b: str, since: int, until: int) -> int:
        """A move from a node to another; where it waits on the way, in two. Returns its end."""
        way = self.ways.ways(a).get(b)
        if not way:
            return until
        halt = next(
            (k for k, f in enumerate(way[:-1]) if self.ways.halts(self.path.flow(f).target)), None
        )
        if halt is None or until - since < DAY // 8:
            return self._move(way, max(since, until), late=since > until)
        at = self.path.flow(way[halt]).target
        came = self._move(way[: halt + 1], since)
        left = max(came, until)
        self._halt(at, came, left)
        return self._move(way[halt + 1 :], left)

    def _leave(self, ids: list[str], j: int, since: int, ended: int) -> None:
        """The last move of work after which nothing came: to the end, or to where it waits."""
        ways = self.ways.ways(ids[j])
        halts = [(len(w), id) for id, w in ways.items() if self.ways.halts(id)]
        if ended < 0 and halts:
            at = min(halts)[1]
            came = self._move(ways[at], since)
            self._halt(at, came, self.end + 1)
        elif (at_end := self.ways.end_of(ids[j])) is not None:
            self._move(ways[at_end], since)

    def _move(self, way: tuple[str, ...], since: int, *, late: bool = False) -> int:
        if way not in self.courses:
            self.courses[way] = len(self.courses)
        course = self.ways.course(way)
        long = sum(hypot(b[0] - a[0], b[1] - a[1]) for p in course for a, b in pairwise(p))
        took = round((LATE if late else min(max(long / PIXELS, FASTEST), SLOWEST)) * DAY)
        if since < self.end and since + took > self.begin:
            self.moves.append([self.courses[way], self._at(since), _minutes(took)])
        return since + took

    def _visit(self, spot: str, seen: int, row: np.void, over: int) -> None:
        state = int(row["state"])
        start = int(row["start"]) if row["start"] >= 0 and state != WAITING else over
        free = int(row["released"]) if row["released"] >= 0 else over
        if state == INTERRUPTED and row["start"] < 0:
            start = over
        if self.run.program.nodes["pool"][row["node"]] < 0:
            # nobody has to be free: what takes time there is the customer's or another's
            free = start = over
        self._stay(spot, seen, free, start, over)

    def _halt(self, at: str, came: int, left: int) -> None:
        """A wait at a join for the other ways, or at a timer or message."""
        node = self.path.node(at)
        joins = isinstance(node, Gateway) and node.kind != "event"
        self._stay(at, came, left, left, left, joins=joins)

    def _stay(
        self, spot: str, seen: int, free: int, start: int, over: int, *, joins: bool = False
    ) -> None:  # fmt: skip
        if spot not in self.places.boxes or over <= seen:
            return
        if seen >= self.end or over <= self.begin:
            return
        number = self.spots.setdefault(spot, len(self.spots))
        ready = AT_JOIN if joins else self._at(free)
        self.visits.append([number, self._at(seen), ready, self._at(start), self._at(over)])

    def _at(self, moment: int) -> int:
        return _minutes(min(max(moment, self.begin - DAY), self.end + DAY) - self.begin)

    def document(self) -> dict[str, Any]:
        """All as JSON: visits [spot, seen, ready, begun, over], moves [course, since, minutes].

        `ready` is `AT_JOIN` for what waits for other ways at a join.
        """
        boxes = [self.places.boxes[id] for id in self.spots]
        return {
            "spots": [[round(v) for v in (b.x, b.y, b.width, b.height)] for b in boxes],
            "names": [self._name(id) for id in self.spots],
            "courses": [
                [[round(v) for point in piece for v in point] for piece in self.ways.course(way)]
                for way in self.courses
            ],
            "visits": sorted(self.visits, key=lambda v: v[1]),
            "moves": sorted(self.moves, key=lambda m: m[1]),
        }

    def _name(self, id: str) -> str:
        node = self.path.node(id)
        return node.facts.names.best("en") or node.name or id


def _queues(told: _Told, rows: Table, begin: int, end: int) -> list[list[int]]:
    """For every spot how many works wait for people there: minute and number, at each change."""
    program = told.run.program
    spots = [told.spots.get(told.ways.spot(id), -1) if told.path.has(id) else -1
             for id in program.node_ids]  # fmt: skip
    waits = (rows["released"] >= 0) & (program.nodes["pool"][rows["node"]] >= 0)
    own = rows[waits]
    of = np.array(spots)[own["node"]]
    begun = np.where(own["start"] >= 0, own["start"], own["end"])
    begun = np.where(begun < 0, end + DAY, begun)
    out: list[list[int]] = []
    for k in range(len(told.spots)):
        mine = of == k
        at = np.concatenate([own["released"][mine], begun[mine]])
        change = np.repeat([1, -1], int(mine.sum()))
        minute = np.maximum(np.round((at - begin) / MINUTE).astype(np.int64), -1)
        keep = at < end
        times, place = np.unique(minute[keep], return_inverse=True)
        count = np.cumsum(np.bincount(place, weights=change[keep], minlength=len(times)))
        pairs: list[int] = []
        before = 0
        for t, n in zip(times.tolist(), count.astype(int).tolist(), strict=True):
            if n != before:
                pairs += [t, n]
                before = n
        out.append(pairs)
    return out
