"""Tracks of a layout: where side by side the lines of a gutter, a channel, a row or a column run.

Lines that share a stretch with a common gateway are one wire. In gutters and channels wires are
ordered so that they cross little and never lie upon each other; in rows and columns they keep to
the middle where they can.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from polku.path.drawing.grid import NORTH, SOUTH
from polku.path.drawing.routes import Router, Spot

TRACK = 12.0
APART = 8.0
"""px that lines in one row or column keep from each other"""
_FORBIDDEN = 1000.0
_OFFSETS = (0.0, -10.0, 10.0, -20.0, 20.0, -30.0, 30.0, -5.0, 5.0, -15.0, 15.0, -25.0, 25.0)
_PASSES = 4


@dataclass(eq=False)
class Wire:
    """A straight stretch of one link, or of several that share it.

    `line`: the x (upright) or y (level) it runs on; `low`, `high`: the lattice points it spans;
    `ends`: (point, -1 or 1, wire) for every wire at right angles: where, to which side, which;
    `track`: its number in a gutter or channel, its offset in px in a row or column.
    """

    number: int
    upright: bool
    line: int
    low: int
    high: int
    ends: list[tuple[int, int, Wire]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    track: float = 0.0
    fixed: float | None = None
    reach: tuple[float, float] = (-30.0, 30.0)
    ports: int = 0
    stiff: bool = False
    counted: bool = False
    """whether `track` is a number (gutters, channels), not an offset in px"""


@dataclass(frozen=True)
class Tracks:
    """The wires of every link in order, and how many tracks gutters and channels hold."""

    wires: dict[str, list[Wire]]
    gutters: dict[int, int]
    channels: dict[int, int]


def tracks(router: Router) -> Tracks:
    """Merge courses into wires and give each its track."""
    by_link, wires = _wires(router)
    lines: dict[tuple[bool, int], list[Wire]] = defaultdict(list)
    for w in wires:
        lines[w.upright, w.line].append(w)
    keys = sorted(lines)
    middle = [k for k in keys if (k[1] % 2 == 1 if k[0] else router.lat.is_row[k[1]])]
    for key in middle:
        _offsets(lines[key])
    side = [k for k in keys if k not in set(middle)]
    for w in (w for key in side for w in lines[key]):
        w.counted = True
    counts: dict[tuple[bool, int], int] = {}
    for upright in (False, True, False, True):
        for key in side:
            if key[0] == upright:
                counts[key] = _order(lines[key])
    return Tracks(
        by_link,
        {line: n for (upright, line), n in counts.items() if upright},
        {line: n for (upright, line), n in counts.items() if not upright},
    )


def _corners(course: list[Spot]) -> list[int]:
    """Indices where a course begins, turns and ends."""
    out = [0]
    for k in range(1, len(course) - 1):
        a, b, c = course[k - 1], course[k], course[k + 1]
        if not (a[0] == b[0] == c[0] or a[1] == b[1] == c[1]):
            out.append(k)
    return [*out, len(course) - 1]


def _wires(router: Router) -> tuple[dict[str, list[Wire]], list[Wire]]:
    runs: dict[tuple[str, int], Wire] = {}
    parent: dict[tuple[str, int], tuple[str, int]] = {}
    corners = {id: _corners(c) for id, c in router.courses.items()}

    def root(k: tuple[str, int]) -> tuple[str, int]:
        while parent[k] != k:
            k = parent[k]
        return k

    for id, turns in corners.items():
        for i in range(len(turns) - 1):
            parent[id, i] = (id, i)
    for ids, outward in _families(router):
        for n, a in enumerate(ids):
            for b in ids[n + 1 :]:
                for i, j in _shared(router.courses[a], router.courses[b], corners[a], corners[b],
                                    outward):  # fmt: skip
                    if _bound(router, a, i, b, j):
                        continue
                    x, y = root((a, i)), root((b, j))
                    if x != y:
                        parent[max(x, y)] = min(x, y)
    every: list[Wire] = []
    for id in router.links:
        course, turns = router.courses[id], corners[id]
        for i, (begin, finish) in enumerate(pairwise(turns)):
            p, q = course[begin], course[finish]
            upright = p[0] == q[0]
            low, high = sorted((p[1], q[1]) if upright else (p[0], q[0]))
            key = root((id, i))
            wire = runs.get(key)
            if wire is None:
                line = p[0] if upright else p[1]
                wire = runs[key] = Wire(len(every), upright, line, low, high)
                every.append(wire)
            wire.low, wire.high = min(wire.low, low), max(wire.high, high)
            wire.links.append(id)
            runs[id, i] = wire
            _bind(router, wire, id, i == 0, i == len(turns) - 2)
    by_link = {id: [runs[id, i] for i in range(len(t) - 1)] for id, t in corners.items()}
    for id, turns in corners.items():
        course = router.courses[id]
        for i, wire in enumerate(by_link[id]):
            for j, at, far in ((i - 1, turns[i], i - 1), (i + 1, turns[i + 1], i + 2)):
                if not 0 <= j < len(by_link[id]):
                    continue
                other = by_link[id][j]
                here, there = course[at], course[turns[far]]
                along = here[1] if wire.upright else here[0]
                side = there[0] - here[0] if wire.upright else there[1] - here[1]
                end = (along, 1 if side > 0 else -1, other)
                if end not in wire.ends:
                    wire.ends.append(end)
    return by_link, every


def _bound(router: Router, a: str, i: int, b: str, j: int) -> bool:
    """Whether first stretches are bound to meet their step at different places."""
    first, second = router.links[a], router.links[b]
    return (i == 0 or j == 0) and first.leaves != second.leaves


def _families(router: Router) -> list[tuple[list[str], bool]]:
    """Links that leave (outward) or enter the same gateway or event."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for id in router.links:
        for net in sorted(router.nets[id]):
            found[net].append(id)
    return [(ids, net[0] == "out") for net, ids in found.items() if len(ids) > 1]


def _shared(
    a: list[Spot], b: list[Spot], ca: list[int], cb: list[int], outward: bool
) -> list[tuple[int, int]]:
    """Pairs of runs that two courses share from their common end on."""
    if not outward:
        n, m = len(a) - 1, len(b) - 1
        pairs = _shared(
            a[::-1], b[::-1], [n - k for k in ca[::-1]], [m - k for k in cb[::-1]], True
        )
        return [(len(ca) - 2 - i, len(cb) - 2 - j) for i, j in pairs]
    same = 0
    while same + 1 < min(len(a), len(b)) and a[same + 1] == b[same + 1]:
        same += 1
    out = []
    for i in range(min(len(ca), len(cb)) - 1):
        if ca[i] != cb[i] or ca[i] >= same:
            break
        out.append((i, i))
    return out


def _bind(router: Router, wire: Wire, id: str, first: bool, last: bool) -> None:
    """What the items at a wire's ends ask of its offset."""
    link = router.links[id]
    at_top = router.courses[id]
    for is_end, end in ((first, link.source), (last, link.target)):
        if not is_end:
            continue
        if end in (NORTH, SOUTH):
            continue
        wire.ports += 1
        item = router.items[end]
        if item.point:
            wire.stiff = True
            wire.reach = (0.0, 0.0)
            continue
        room = (item.width if wire.upright else item.height) / 2 - 12
        low, high = max(wire.reach[0], -room), min(wire.reach[1], room)
        if wire.upright and item.free_to is not None:
            course = at_top if end == link.source else at_top[::-1]
            if course[1][1] > course[0][1]:
                high = min(high, item.free_to)
        wire.reach = (min(low, high), high)
    fixed = link.leaves if first else None
    if link.enters is not None and (
        (first and link.target in (NORTH, SOUTH)) or (last and link.source in (NORTH, SOUTH))
    ):
        fixed = link.enters
    if fixed is not None:
        wire.fixed, wire.stiff = fixed, True


def _tendency(wire: Wire) -> tuple[float, float]:
    """Whether a wire of a row turns up or down (of a column: left or right), and how far."""
    sides = [side for _, side, _ in wire.ends]
    far = [other.high if side > 0 else other.low for _, side, other in wire.ends]
    if not sides or wire.ports == 2:
        return 0.0, 0.0
    return sum(sides) / len(sides), sum(far) / len(far)


def _touch(a: Wire, b: Wire) -> bool:
    """Whether two wires of one row or column lie on a common stretch, not only at a point."""
    return a.low < b.high and b.low < a.high


def _offsets(wires: list[Wire]) -> None:
    """Offsets in px within a row or column, the middle where possible."""
    key = {w.number: _tendency(w) for w in wires}
    placed: list[Wire] = []
    rank = sorted(wires, key=lambda w: (w.fixed is None, not w.stiff, w.low - w.high, w.number))
    for wire in rank:
        near = [o for o in placed if _touch(wire, o)]
        if wire.fixed is not None:
            wire.track = wire.fixed
        elif wire.stiff:
            wire.track = 0.0
        else:
            wire.track = _best_offset(wire, near, key)
        placed.append(wire)
    _centre(wires)


def _best_offset(wire: Wire, near: list[Wire], key: dict[int, tuple[float, float]]) -> float:
    low, high = wire.reach
    tried = [v for v in _OFFSETS if low <= v <= high] + [low, high, (low + high) / 2]

    def cost(v: float) -> float:
        out = abs(v) / 10
        for o in near:
            gap = abs(v - o.track)
            if gap < APART:
                out += 200 - gap
            elif (key[wire.number] < key[o.number]) != (v < o.track):
                out += 6
        return out

    return min(tried, key=lambda v: (cost(v), v))


def _centre(wires: list[Wire]) -> None:
    """Move small groups of free wires at one item so that they lie evenly about the middle."""
    for wire in wires:
        group = [o for o in wires if _touch(wire, o)]
        if len(group) < 2 or any(
            o.stiff or o.fixed is not None or len([p for p in wires if _touch(o, p)]) != len(group)
            for o in group
        ):
            continue
        mean = (min(o.track for o in group) + max(o.track for o in group)) / 2
        if mean and all(o.reach[0] <= o.track - mean <= o.reach[1] for o in group):
            for o in group:
                o.track -= mean


def _along(point: int, other: Wire) -> float:
    """A place along a line, in order though not in px: a lattice point and a track there."""
    return point * 1000.0 + other.track * (10.0 if other.counted else 1.0)


def _order(wires: list[Wire]) -> int:
    """Give the wires of a gutter or channel their tracks; the number of tracks."""
    spans, ends = [], []
    for w in wires:
        places = [(_along(p, o), side, o) for p, side, o in w.ends]
        at = [p for p, _, _ in places] or [w.low * 1000.0, w.high * 1000.0]
        if len(places) < 2:
            at += [w.low * 1000.0, w.high * 1000.0]
        spans.append((min(at), max(at)))
        ends.append(places)
    n = len(wires)
    cost = [[0.0] * n for _ in range(n)]
    for a in range(n):
        for b in range(n):
            if a != b:
                cost[a][b] = _pair(spans[a], ends[a], spans[b], ends[b])
    order = sorted(
        range(n), key=lambda k: (sum(s for _, s, _ in ends[k]), spans[k], wires[k].number)
    )
    for _ in range(_PASSES):
        if not _insert(order, cost):
            break
    most = 0
    for k, a in enumerate(order):
        track = 0
        for b in order[:k]:
            if spans[a][0] - 4 <= spans[b][1] and spans[b][0] - 4 <= spans[a][1]:
                track = max(track, int(wires[b].track) + 1)
        wires[a].track = float(track)
        most = max(most, track + 1)
    return most


def _pair(
    span_a: tuple[float, float],
    ends_a: list[tuple[float, int, Wire]],
    span_b: tuple[float, float],
    ends_b: list[tuple[float, int, Wire]],
) -> float:
    """What it costs that a wire lies to the left of (or above) another: crossings."""
    cost = 0.0
    for p, side, other in ends_a:
        if side > 0:
            cost += span_b[0] + 4 < p < span_b[1] - 4
            for q, back, wire in ends_b:
                if back < 0 and abs(p - q) < 4 and wire is not other:
                    cost += _FORBIDDEN
    for q, side, _ in ends_b:
        if side < 0:
            cost += span_a[0] + 4 < q < span_a[1] - 4
    return cost


def _insert(order: list[int], cost: list[list[float]]) -> bool:
    """Take every wire out and put it where it costs least."""
    better = False
    for wire in sorted(order):
        at = order.index(wire)
        rest = order[:at] + order[at + 1 :]
        value, best, best_at = 0.0, 0.0, len(rest)
        own = 0.0
        for k in range(len(rest) - 1, -1, -1):
            value += cost[wire][rest[k]] - cost[rest[k]][wire]
            if value < best - 1e-9:
                best, best_at = value, k
            if k == at:
                own = value
        if best < own - 1e-9:
            rest.insert(best_at, wire)
            order[:] = rest
            better = True
    return better
