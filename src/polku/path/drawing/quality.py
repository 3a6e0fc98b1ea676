"""How good a layout is: crossings, bends, lengths, and what must not be at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from polku.path.drawing.grid import Box, Placed, Point

_NEAR = 0.6


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts over all lines of a drawing; `length`, `width` and `height` in px.

    `overlaps`: pairs of lines that lie upon each other, lines through boxes and boxes that overlap.
    """

    crossings: int
    bends: int
    length: float
    overlaps: int
    width: float
    height: float

    @property
    def cost(self) -> float:
        """One figure to compare drawings of the same path by: smaller is better."""
        area = self.width * self.height / 1e5
        return (
            1000.0 * self.overlaps + 4.0 * self.crossings + self.bends + self.length / 400.0 + area
        )


Segment = tuple[float, float, float, str]
"""where it runs, from, to, and the line's id"""


def segments(courses: Mapping[str, tuple[Point, ...]]) -> tuple[list[Segment], list[Segment]]:
    """Level and upright segments of courses."""
    level, upright = [], []
    for id, points in courses.items():
        for (x1, y1), (x2, y2) in pairwise(points):
            if abs(y1 - y2) < 0.05:
                level.append((y1, min(x1, x2), max(x1, x2), id))
            else:
                upright.append((x1, min(y1, y2), max(y1, y2), id))
    return level, upright


def upon(
    courses: Mapping[str, tuple[Point, ...]], nets: Mapping[str, frozenset[tuple[str, str]]]
) -> list[tuple[str, str]]:
    """Pairs of lines that lie upon each other without a common net."""
    out: dict[tuple[str, str], None] = {}
    for kind in segments(courses):
        found = sorted(kind)
        for k, (at, low, high, id) in enumerate(found):
            for other_at, a, b, other in found[k + 1 :]:
                if other_at - at > _NEAR:
                    break
                if other == id or min(high, b) - max(low, a) <= _NEAR:
                    continue
                if not nets.get(id, frozenset()) & nets.get(other, frozenset()):
                    out[min(id, other), max(id, other)] = None
    return list(out)


def through(
    courses: Mapping[str, tuple[Point, ...]], boxes: Mapping[str, Box]
) -> list[tuple[str, str]]:
    """Pairs of a line and a box that it runs through (its border does not count)."""
    out: dict[tuple[str, str], None] = {}
    by_x: dict[int, list[tuple[str, Box]]] = defaultdict(list)
    for name, b in boxes.items():
        for k in range(int(b.x // 200), int(b.right // 200) + 1):
            by_x[k].append((name, b))
    for id, points in courses.items():
        for (x1, y1), (x2, y2) in pairwise(points):
            left, right = min(x1, x2), max(x1, x2)
            top, bottom = min(y1, y2), max(y1, y2)
            for k in range(int(left // 200), int(right // 200) + 1):
                for name, b in by_x[k]:
                    if (
                        left < b.right - _NEAR
                        and right > b.x + _NEAR
                        and top < b.bottom - _NEAR
                        and bottom > b.y + _NEAR
                    ):
                        out[id, name] = None
    return list(out)


def crossings(courses: Mapping[str, tuple[Point, ...]]) -> int:
    """How often a level segment of one line crosses an upright one of another."""
    level, upright = segments(courses)
    upright.sort()
    count = 0
    for y, low, high, id in level:
        for x, a, b, other in upright:
            if x <= low + _NEAR:
                continue
            if x >= high - _NEAR:
                break
            if other != id and a + _NEAR < y < b - _NEAR:
                count += 1
    return count


def clashes(
    placed: Placed, nets: Mapping[str, frozenset[tuple[str, str]]]
) -> list[tuple[str, str]]:
    """Pairs of links that lie upon each other."""
    return upon(placed.courses, nets)


def quality(
    courses: Mapping[str, tuple[Point, ...]],
    boxes: Mapping[str, Box],
    nets: Mapping[str, frozenset[tuple[str, str]]],
) -> Quality:
    """Measure a drawing: its lines, its boxes that do not hold others, and which may join."""
    overlaps = len(upon(courses, nets)) + len(through(courses, boxes))
    flat = list(boxes.values())
    overlaps += sum(a.meets(b, -0.1) for k, a in enumerate(flat) for b in flat[k + 1 :])
    points = [p for c in courses.values() for p in c]
    xs = [p[0] for p in points] + [b.x for b in flat] + [b.right for b in flat]
    ys = [p[1] for p in points] + [b.y for b in flat] + [b.bottom for b in flat]
    return Quality(
        crossings(courses),
        sum(max(0, len(c) - 2) for c in courses.values()),
        sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for c in courses.values() for a, b in pairwise(c)),
        overlaps,
        max(xs, default=0.0) - min(xs, default=0.0),
        max(ys, default=0.0) - min(ys, default=0.0),
    )
