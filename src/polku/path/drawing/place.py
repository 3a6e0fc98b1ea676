"""From lattice and tracks to px: widths of gutters, heights of channels, boxes and courses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from polku.path.drawing.grid import NORTH, SOUTH, Box, Grid, Item, Link, Placed, Point
from polku.path.drawing.layers import columns
from polku.path.drawing.quality import clashes
from polku.path.drawing.routes import Router, lattice
from polku.path.drawing.rows import arrange, lane_order
from polku.path.drawing.tracks import TRACK, Tracks, Wire, tracks

GUTTER, CHANNEL, LANE_EDGE, MARGIN = 50.0, 30.0, 20.0, 28.0
PAD = 17.0
LEAST_ROW = 30.0
_REPAIRS = 12


def place(
    items: Sequence[Item],
    links: Sequence[Link],
    groups: Sequence[Sequence[int]] = ((0,),),
    *,
    first: int | None = None,
    heights: Mapping[int, float] | None = None,
    reorder: bool = True,
    rigid: frozenset[int] = frozenset(),
    tight: frozenset[int] = frozenset(),
    pull: Mapping[int, float] | None = None,
) -> Placed:
    """Lay items out in lanes from left to right and lead the links between them.

    Parameters: `groups`, lane numbers that stay together, in the given order unless `reorder`
    finds a better one (lane `first` stays on top, groups with a lane of `rigid` keep their own
    order); `heights`, px that a lane needs at least; `tight`, lanes with low rows; `pull`,
    by lane, what it costs an item to stand a row lower.
    Returns boxes, courses and lanes; equal arguments give an equal result.
    """
    things, lines = list(items), list(links)
    order = (
        lane_order(groups, things, lines, first, rigid)
        if reorder
        else [n for g in groups for n in g]
    )
    column, back = columns(things, lines)
    grid = arrange(things, lines, column, back, order, max(order, default=0) + 1, pull or {})
    router = Router(lattice(grid, things), things, lines)
    router.route(2 if len(lines) <= 120 else 1 if len(lines) <= 260 else 0)
    best, least = None, 0
    for attempt in range(_REPAIRS):
        sheet = _Sheet(grid, router, tracks(router), heights or {}, tight)
        placed = sheet.placed()
        found = clashes(placed, router.nets)
        if best is None or len(found) < least:
            best, least = placed, len(found)
        if not found:
            break
        if attempt % 3 == 2:
            for a, b in found:
                _make_room(router, a, b)
        else:
            _avoid(router, found)
    assert best is not None
    return best


def _avoid(router: Router, found: list[tuple[str, str]]) -> None:
    """Lead one of two links that lie upon each other elsewhere."""
    moved: set[str] = set()
    for a, b in found:
        if a in moved or b in moved:
            continue
        ca, cb = router.courses[a], router.courses[b]
        common = set(ca) & set(cb)
        id, course = (b, cb) if len(cb) >= len(ca) else (a, ca)
        stretches = {
            s
            for s, (p, q) in zip(router.stretches(course), pairwise(course), strict=True)
            if p in common or q in common
        }
        router.reroute(id, stretches)
        moved |= {a, b}


def _make_room(router: Router, a: str, b: str) -> None:
    """Free a side of an event or gateway for two links that meet there.

    Links that may share a side, but use two, are led to one.
    """
    first, second = router.links[a], router.links[b]
    common = {first.source, first.target} & {second.source, second.target}
    for id in sorted(common & router.items.keys()):
        if not router.items[id].point:
            continue
        sides: dict[str, dict[tuple[int, int, int], list[str]]] = defaultdict(dict)
        for link in router.links.values():
            if link.kind == "data" or link.source == link.target:
                continue
            for end, at in ((link.source, 0), (link.target, -1)):
                if end == id:
                    stub = router.stretches(router.courses[link.id])[at]
                    sides[f"{link.kind} {at}"].setdefault(stub, []).append(link.id)
        if _joined(router, (b, a), sides.values(), router.lat.at[id]):
            return
        for stubs in sides.values():
            if len(stubs) > 1:
                _, stub = min((len(ids), stub) for stub, ids in stubs.items())
                for moved in stubs[stub]:
                    router.reroute(moved, {stub})
                break
    for id in (a, b):
        router.banned.pop(id, None)
        router.reroute(id, set())


def _joined(
    router: Router,
    pair: tuple[str, str],
    nets: Iterable[dict[tuple[int, int, int], list[str]]],
    spot: tuple[int, int],
) -> bool:
    """Lead one of two links to the side of an item that its own kind uses already."""
    x, y = spot
    around = {(x, y, 0), (x - 1, y, 0), (x, y, 1), (x, y - 1, 1)}
    for stubs in nets:
        for id in pair:
            others = [s for s, ids in stubs.items() if id not in ids]
            if others and any(id in ids for ids in stubs.values()):
                _, side = max((len(stubs[s]), s) for s in others)
                router.banned.pop(id, None)
                router.reroute(id, around - {side})
                return True
    return False


class _Sheet:
    """Coordinates of columns, gutters, rows and channels."""

    def __init__(
        self,
        grid: Grid,
        router: Router,
        wired: Tracks,
        heights: Mapping[int, float],
        tight: frozenset[int],
    ) -> None:
        self.grid, self.router, self.wired, self.heights = grid, router, wired, heights
        self.tight = tight
        self.items = router.items
        self.x: dict[int, float] = {}
        """middle of a column, left border of a gutter"""
        self.wide: dict[int, float] = {}
        self.y: dict[int, float] = {}
        self.high: dict[int, float] = {}
        self.shift: dict[int, float] = {}
        self._across()
        self._down()
        self.boxes = {i: self._box(item) for i, item in self.items.items()}

    def placed(self) -> Placed:
        lanes = {
            lane: (self.y[a], self.y[b] + self.high[b])
            for lane, (a, b) in self.router.lat.lane_levels.items()
        }
        courses = {id: self._course(id) for id in self.router.links}
        return Placed(self.boxes, courses, lanes, self.total, self.tall)

    # -- widths

    def _room(self) -> dict[int, float]:
        """What the labels of flows need in the gutters after their sources."""
        need: dict[int, float] = defaultdict(float)
        for id, link in self.router.links.items():
            if not link.room or link.source not in self.items:
                continue
            course, item = self.router.courses[id], self.items[link.source]
            if link.late and link.target in self.items:
                (x, y), end = course[-1], self.items[link.target]
                if course[-2] == (x - 1, y):
                    side = (self.column_width(x) - end.width) / 2
                    need[x - 1] = max(need[x - 1], link.room + 16 - side)
                continue
            x, y = course[0]
            column = self.column_width(x)
            if course[1][0] > x:
                side = (column - item.width) / 2
            elif course[1][1] != y:
                turn = next((p for p in course if p[0] != x), None)
                if turn is None or turn[0] < x:
                    continue
                side = column / 2
            else:
                continue
            target = self.items.get(link.target)
            last = course[-1]
            if target is not None and last[0] == x + 2:
                side += (self.column_width(last[0]) - target.width) / 2
            need[x + 1] = max(need[x + 1], link.room + 16 - side)
        return need

    def column_width(self, x: int) -> float:
        return self.wide.get(x, 50.0)

    def _across(self) -> None:
        lat, grid = self.router.lat, self.grid
        for x in range(1, lat.wide, 2):
            own = [
                i.width
                for i in self.items.values()
                if 2 * grid.column[i.id] + 1 == x and i.id not in grid.span
            ]
            self.wide[x] = max(own, default=40.0)
        need = self._room()
        for x in range(0, lat.wide, 2):
            n = self.wired.gutters.get(x, 0)
            used = max(0, n - 1) * TRACK
            outer = x in (0, lat.wide - 1)
            base = MARGIN if outer else GUTTER
            wide = max(base, used + 2 * PAD if n else 0.0)
            start = (wide - used) / 2
            if (room := need.get(x, 0.0)) > 0:
                start = PAD if n else 0.0
                if start + used + room > wide:
                    wide = start + used + room
                else:
                    start = min((wide - used) / 2, wide - used - room)
            self.wide[x], self.shift[x] = wide, start
        for id, last in grid.span.items():
            stretch = range(2 * grid.column[id] + 1, 2 * last + 2)
            missing = self.items[id].width - sum(self.wide[x] for x in stretch)
            if missing > 0:
                self.wide[stretch[-1]] += missing
        at = 0.0
        for x in range(lat.wide):
            self.x[x] = at + self.wide[x] / 2 if x % 2 else at
            at += self.wide[x]
        self.total = at

    # -- heights

    def _down(self) -> None:
        lat = self.router.lat
        up: dict[int, float] = {}
        down: dict[int, float] = {}
        for (lane, _), y in lat.row_of.items():
            up[y] = down[y] = 6.0 if lane in self.tight else LEAST_ROW
        for item in self.items.values():
            y = lat.at[item.id][1]
            up[y] = max(up[y], item.height / 2 + item.above)
            down[y] = max(down[y], item.height / 2 + item.below)
        for lane, (a, b) in lat.lane_levels.items():
            for y in range(a, b + 1):
                if lat.is_row[y]:
                    self.high[y] = up[y] + down[y]
                    continue
                n = self.wired.channels.get(y, 0)
                used = max(0, n - 1) * TRACK
                base = LANE_EDGE if y in (a, b) else CHANNEL
                pad = 14.0
                if lane in self.tight:
                    base, pad = 9.0, 8.0
                self.high[y] = max(base, used + 2 * pad if n else 0.0)
                self.shift[-1 - y] = (self.high[y] - used) / 2
            missing = self.heights.get(lane, 0.0) - sum(self.high[y] for y in range(a, b + 1))
            if missing > 0:
                for y in (a, b):
                    self.high[y] += missing / 2
                    self.shift[-1 - y] += missing / 4
        at = 0.0
        for y in range(lat.high):
            self.y[y] = at + up[y] if lat.is_row[y] else at
            at += self.high[y]
        self.tall = at

    # -- boxes and courses

    def _box(self, item: Item) -> Box:
        x, y = self.router.lat.at[item.id]
        left = self.x[x] - (self.wide[x] if item.id in self.grid.span else item.width) / 2
        return Box(round(left, 1), round(self.y[y] - item.height / 2, 1), item.width, item.height)

    def _at(self, wire: Wire) -> float:
        """The x of an upright wire, the y of a level one."""
        if wire.upright:
            base = self.x[wire.line]
            own = self.shift.get(wire.line, 0.0) + wire.track * TRACK
        else:
            base = self.y[wire.line]
            own = self.shift.get(-1 - wire.line, 0.0) + wire.track * TRACK
        return round(base + (own if wire.counted else wire.track), 1)

    def _course(self, id: str) -> tuple[Point, ...]:
        wires, link = self.wired.wires[id], self.router.links[id]
        spots = self.router.courses[id]
        points: list[Point] = [self._end(link.source, wires[0], spots[0], spots[1])]
        for a, b in pairwise(wires):
            points.append((self._at(a), self._at(b)) if a.upright else (self._at(b), self._at(a)))
        points.append(self._end(link.target, wires[-1], spots[-1], spots[-2]))
        return tidy(points)

    def _end(self, id: str, wire: Wire, spot: tuple[int, int], near: tuple[int, int]) -> Point:
        """Where a link meets its item's border, or that of the sheet."""
        at = self._at(wire)
        if id == NORTH:
            return at, 0.0
        if id == SOUTH:
            return at, self.tall
        box = self.boxes[id]
        if wire.upright:
            return at, box.bottom if near[1] > spot[1] else box.y
        return box.right if near[0] > spot[0] else box.x, at


def tidy(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points of a course without those that repeat or lie on a straight line."""
    out: list[Point] = []
    for p in points:
        if out and abs(out[-1][0] - p[0]) < 0.05 and abs(out[-1][1] - p[1]) < 0.05:
            continue
        while len(out) > 1 and (
            out[-2][0] == out[-1][0] == p[0] or out[-2][1] == out[-1][1] == p[1]
        ):
            out.pop()
        out.append(p)
    if len(out) == 1:
        out.append(out[0])
    return tuple(out)
