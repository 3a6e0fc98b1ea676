"""The courses of a layout's links over a lattice of gutters, channels and free cells.

Between the columns run gutters, between the rows channels; a link takes the cheapest way from its
source to its target (A*, Hart, Nilsson and Raphael 1968) by length, bends and crossings with what
is drawn already, never through an item.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise
from typing import TypeAlias

from polku.path.drawing.grid import NORTH, SOUTH, Grid, Item, Link

Spot: TypeAlias = tuple[int, int]
Net: TypeAlias = tuple[str, str]

STEP_X, STEP_Y, BEND, CROSS, TURN = 0.7, 0.6, 2.0, 1.5, 0.7
CLASH, BANNED = 60.0, 500.0
LIGHT = 0.4
"""what a crossing of a message or of data weighs against one of flows"""
BESIDE, LIGHT_BESIDE = 0.12, 0.02
"""what a stretch beside another line costs in a gutter or channel: of flows, of messages"""
LIGHT_STEP_X = 1.4
"""what messages pay aside: they shall go straight up or down to their pool"""
_RIGHT, _LEFT, _DOWN, _UP = 0, 1, 2, 3
_MOVES = ((1, 0), (-1, 0), (0, 1), (0, -1))
_OPPOSITE = (1, 0, 3, 2)
_MAY_SHARE = 2
"""lines through one free cell"""


@dataclass
class Lattice:
    """x: gutters (even) and columns (odd); y: channels and rows, numbered from the top.

    `row_of`: (lane, row) → y; `is_row`: whether a y is a row; `lane_levels`: first and last y.
    """

    wide: int
    high: int
    row_of: dict[tuple[int, int], int]
    is_row: list[bool]
    lane_levels: dict[int, tuple[int, int]]
    taken: dict[Spot, str] = field(default_factory=dict)
    at: dict[str, Spot] = field(default_factory=dict)


def lattice(grid: Grid, items: list[Item]) -> Lattice:
    """The lattice of a grid, with the cells that are taken."""
    row_of: dict[tuple[int, int], int] = {}
    is_row: list[bool] = []
    levels: dict[int, tuple[int, int]] = {}
    for lane in grid.order:
        first = len(is_row)
        is_row.append(False)
        for r in range(grid.rows[lane]):
            row_of[lane, r] = len(is_row)
            is_row += [True, False]
        levels[lane] = (first, len(is_row) - 1)
    out = Lattice(2 * grid.columns + 1, len(is_row), row_of, is_row, levels)
    for item in items:
        y = row_of[item.lane, grid.row[item.id]]
        x = 2 * grid.column[item.id] + 1
        out.at[item.id] = (x, y)
        for k in range(x, 2 * grid.span.get(item.id, grid.column[item.id]) + 2):
            out.taken[k, y] = item.id
    return out


def nets(link: Link, items: dict[str, Item]) -> frozenset[Net]:
    """What a link may share a line with: what leaves, or enters, the same gateway or event."""
    if link.kind == "data":
        return frozenset()
    said = "" if link.kind == "flow" else " message"
    out = set()
    if link.begins is not None:
        out.add(("out", link.begins))
    elif link.source in items and items[link.source].point:
        out.add((f"out{said}", link.source))
    if link.target in items and items[link.target].point:
        out.add((f"in{said}", link.target))
    return frozenset(out)


class Router:
    """Courses as lists of lattice points, from cell to cell, and who uses which stretch."""

    def __init__(self, lat: Lattice, items: list[Item], links: list[Link]) -> None:
        self.lat = lat
        self.items = {i.id: i for i in items}
        self.links = {k.id: k for k in links}
        self.nets = {k.id: nets(k, self.items) for k in links}
        self.stiff = {
            k.id: any(e in self.items and self.items[e].point for e in (k.source, k.target))
            or k.leaves is not None
            or k.enters is not None
            for k in links
        }
        self.courses: dict[str, list[Spot]] = {}
        self.used: dict[tuple[int, int, int], list[str]] = defaultdict(list)
        """(x, y, 0 to the right or 1 downward) → links on that stretch"""
        self.straight: dict[tuple[int, int, int], list[str]] = defaultdict(list)
        """(x, y, 0 level or 1 upright) → links that go straight on there"""
        self.turning: dict[Spot, list[str]] = defaultdict(list)
        self.banned: dict[str, set[tuple[int, int, int]]] = defaultdict(set)

    def route(self, again: int) -> None:
        """Find all courses, and once more `again` times with all others in place."""
        ordered = sorted(self.links.values(), key=self._priority)
        for link in ordered:
            self._add(link.id, self._find(link))
        for _ in range(again):
            changed = False
            for link in ordered:
                old = self.courses[link.id]
                self._remove(link.id)
                new = self._find(link)
                changed |= new != old
                self._add(link.id, new)
            if not changed:
                break

    def reroute(self, id: str, stretches: set[tuple[int, int, int]]) -> None:
        """Find another course for a link that does without some stretches."""
        self.banned[id] |= stretches
        self._remove(id)
        self._add(id, self._find(self.links[id]))

    def _priority(self, link: Link) -> tuple[int, int, int]:
        kind = {"flow": 0, "data": 1, "message": 2}[link.kind]
        at = self.lat.at
        if link.source not in at or link.target not in at:
            return kind, 0, 0
        if link.source == link.target:
            return kind, -1, 0
        (x1, y1), (x2, y2) = at[link.source], at[link.target]
        far = abs(x1 - x2) + 2 * abs(y1 - y2)
        return kind, int(not (y1 == y2 and x2 == x1 + 2)), far + (40 if x2 <= x1 else 0)

    def stretches(self, course: list[Spot]) -> list[tuple[int, int, int]]:
        """The unit stretches of a course."""
        return [
            (min(a[0], b[0]), min(a[1], b[1]), 0 if a[1] == b[1] else 1)
            for a, b in pairwise(course)
        ]

    def _add(self, id: str, course: list[Spot]) -> None:
        self.courses[id] = course
        for s in self.stretches(course):
            self.used[s].append(id)
        for a, b, c in zip(course, course[1:], course[2:], strict=False):
            if a[1] == c[1]:
                self.straight[b[0], b[1], 0].append(id)
            elif a[0] == c[0]:
                self.straight[b[0], b[1], 1].append(id)
            else:
                self.turning[b].append(id)

    def _remove(self, id: str) -> None:
        course = self.courses.pop(id)
        for s in self.stretches(course):
            self.used[s].remove(id)
        for a, b, c in zip(course, course[1:], course[2:], strict=False):
            if a[1] == c[1]:
                self.straight[b[0], b[1], 0].remove(id)
            elif a[0] == c[0]:
                self.straight[b[0], b[1], 1].remove(id)
            else:
                self.turning[b].remove(id)

    # -- one course

    def _find(self, link: Link) -> list[Spot]:
        if link.source == link.target:
            return self._around(link)
        if link.source in (NORTH, SOUTH):
            return self._search(link, link.target, link.source)[::-1]
        return self._search(link, link.source, link.target)

    def _around(self, link: Link) -> list[Spot]:
        """The cheapest way from an item around one of its corners back to it."""
        x, y = self.lat.at[link.source]
        ways = []
        for dx, dy in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            around = [(x, y), (x + dx, y), (x + dx, y + dy), (x, y + dy), (x, y)]
            if link.leaves is not None and dy > 0:
                ways.append(around[::-1])
            elif link.leaves is None:
                ways += [around, around[::-1]]

        def cost(course: list[Spot]) -> float:
            return sum(
                self._stretch(link, self.nets[link.id], *a, 0 if a[1] == b[1] else 2, *b)
                for a, b in pairwise(course)
            )

        return min(ways, key=cost)

    def _exits(self, link: Link, start: str, goal: str) -> list[tuple[int, float]]:
        """Sides by which a course may begin, with what they cost."""
        item = self.items[start]
        if link.kind == "data":
            return [(_RIGHT, 0.6), (_LEFT, 0.6), (_DOWN, 0.0), (_UP, 0.0)]
        if goal in (NORTH, SOUTH):
            own, other = (_UP, _DOWN) if goal == NORTH else (_DOWN, _UP)
            if link.enters is not None:
                return [(_DOWN if link.below else own, 0.0)]
            return [(own, 0.0), (_RIGHT, 1.5), (_LEFT, 2.0), (other, 4.0)]
        if link.leaves is not None:
            return [(_DOWN, 0.0)]
        side = 0.3 if item.point else 2.2
        goes_back = self.lat.at[goal][0] <= self.lat.at[start][0]
        if goes_back:
            return [(_RIGHT, 1.0), (_DOWN, 0.0), (_UP, 0.2), (_LEFT, 8.0)]
        return [(_RIGHT, 0.0), (_DOWN, side), (_UP, side), (_LEFT, 8.0)]

    def _entry(self, link: Link, direction: int) -> float:
        """What it costs to meet the target on the side that a direction leads to."""
        item = self.items[link.target]
        if link.kind == "data":
            return 0.6 if direction in (_RIGHT, _LEFT) else 0.0
        if direction == _RIGHT:
            return 0.0
        if direction == _LEFT:
            return 8.0
        source = self.lat.at.get(link.source)
        if source is not None and source[0] >= self.lat.at[link.target][0]:
            return 0.0 if direction == _UP else 0.2
        if link.late and not item.point:
            return 6.0
        return 0.3 if item.point else 1.8

    def _search(self, link: Link, start: str, goal: str) -> list[Spot]:
        lat = self.lat
        outward = goal in (NORTH, SOUTH)
        end_y = -1 if goal == NORTH else lat.high
        tx, ty = (0, end_y) if outward else lat.at[goal]
        sx, sy = lat.at[start]
        queue: list[tuple[float, float, int, int, int]] = []
        best: dict[tuple[int, int, int], float] = {}
        came: dict[tuple[int, int, int], tuple[int, int, int] | None] = {}

        def ahead(x: int, y: int) -> float:
            if outward:
                return abs(y - ty) * STEP_Y
            return abs(x - tx) * STEP_X + abs(y - ty) * STEP_Y

        for d, extra in self._exits(link, start, goal):
            state = (sx, sy, d)
            best[state] = extra
            came[state] = None
            heappush(queue, (extra + ahead(sx, sy), extra, sx, sy, d))
        taken, mine = lat.taken, self.nets[link.id]
        light = 1.0 if link.kind == "flow" else LIGHT
        begun = {(sx, sy)}
        while queue:
            _, cost, x, y, d = heappop(queue)
            if cost > best[x, y, d] + 1e-9:
                continue
            if (outward and y == end_y) or (x, y) == (tx, ty) != (sx, sy):
                return self._traced(came, (x, y, d))
            first = (x, y) in begun and came[x, y, d] is None
            for nd in (d,) if first else (0, 1, 2, 3):
                if nd == _OPPOSITE[d] and not first:
                    continue
                dx, dy = _MOVES[nd]
                nx, ny = x + dx, y + dy
                if not 0 <= nx < lat.wide:
                    continue
                if not 0 <= ny < lat.high and not (outward and ny == end_y):
                    continue
                there = taken.get((nx, ny))
                if there is not None and ((nx, ny) != (tx, ty) or there != goal):
                    continue
                total = cost + self._stretch(link, mine, x, y, nd, nx, ny)
                if not first:
                    total += self._corner(mine, x, y, d, nd) * light + (
                        BEND * (1 - light) if d != nd else 0
                    )
                if (nx, ny) == (tx, ty) and not outward:
                    total += self._entry(link, nd)
                state = (nx, ny, nd)
                if total < best.get(state, 1e18) - 1e-9:
                    best[state] = total
                    came[state] = (x, y, d)
                    heappush(queue, (total + ahead(nx, ny), total, nx, ny, nd))
        raise AssertionError(f"no way from {start!r} to {goal!r}")  # gutters go around all

    def _traced(
        self,
        came: dict[tuple[int, int, int], tuple[int, int, int] | None],
        state: tuple[int, int, int],
    ) -> list[Spot]:
        course = []
        at: tuple[int, int, int] | None = state
        while at is not None:
            course.append((at[0], at[1]))
            at = came[at]
        return course[::-1]

    def _corner(self, mine: frozenset[Net], x: int, y: int, d: int, nd: int) -> float:
        """What it costs to go on straight over others, or to turn."""
        if d == nd:
            across = self.straight.get((x, y, 1 if d < 2 else 0))
            cost = 0.0
            if across:
                cost += CROSS * sum(not mine & self.nets[o] for o in across)
            if turns := self.turning.get((x, y)):
                cost += 0.4 * sum(not mine & self.nets[o] for o in turns)
            return cost
        cost = BEND
        if turns := self.turning.get((x, y)):
            cost += TURN * sum(not mine & self.nets[o] for o in turns)
        return cost

    def _stretch(
        self, link: Link, mine: frozenset[Net], x: int, y: int, d: int, nx: int, ny: int
    ) -> float:
        """What it costs to use one stretch beside those who use it already."""
        level = d < 2
        cost = STEP_X if level else STEP_Y
        if level and link.kind == "message":
            cost = LIGHT_STEP_X
        key = (min(x, nx), min(y, ny), 0 if level else 1)
        if key in self.banned[link.id]:
            cost += BANNED
        there = self.used.get(key)
        if not there:
            return cost
        others = [o for o in there if not mine & self.nets[o]]
        if len(others) < len(there):
            cost *= 0.5
        if not others:
            return cost
        on_row = self.lat.is_row[y] if level else x % 2 == 1
        if not on_row:
            return cost + (BESIDE if link.kind == "flow" else LIGHT_BESIDE) * len(others)
        cell = self.lat.taken.get((x, y)) or self.lat.taken.get((nx, ny))
        if cell is not None:
            if self.items[cell].point:
                return cost + CLASH
            return cost + 0.8 * len(others)
        if len(others) >= _MAY_SHARE or (
            self.stiff[link.id] and any(self.stiff[o] for o in others)
        ):
            return cost + CLASH
        return cost + 3.0 * len(others)
