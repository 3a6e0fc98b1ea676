"""Rows of a layout: the order of lanes, and the row of every item within its lane.

A deterministic local search: items start where their predecessors stand and are moved, one by one,
in chains and row by row, while that makes lines straighter, shorter and less often crossed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import permutations
from typing import TypeVar

from polku.path.drawing.grid import NORTH, SOUTH, Grid, Item, Link

_T = TypeVar("_T")
FAR, BEND, BLOCKED, CROSSING, NEW_ROW = 0.5, 1.2, 3.0, 1.6, 6.0
MANY = 120
"""links from which crossings are no longer counted while rows are sought"""
MOST_LOOKS = 150_000
"""links looked at while better rows are sought; a fan of hundreds of ways is left as it began"""
MOST_TRIED = 6
"""lanes up to which every order is tried"""


def lane_order(
    groups: Sequence[Sequence[int]],
    items: list[Item],
    links: list[Link],
    first: int | None = None,
    rigid: frozenset[int] = frozenset(),
) -> list[int]:
    """The lanes from top to bottom: groups stay together, flows between lanes become short.

    The given order is kept where no other is better; the group of lane `first` stays on top, the
    order within a group that holds a lane of `rigid` stays as it is.
    """
    lane = {i.id: i.lane for i in items}
    between: dict[tuple[int, int], float] = defaultdict(float)
    outward: dict[int, float] = defaultdict(float)
    for k in links:
        a, b = lane.get(k.source), lane.get(k.target)
        if a is not None and b is not None and a != b:
            between[min(a, b), max(a, b)] += k.weight if k.kind == "flow" else 0.5 * k.weight
        for end, other in ((k.source, b), (k.target, a)):
            if end in (NORTH, SOUTH) and other is not None:
                outward[other] += 0.3 if end == NORTH else -0.3

    def cost(order: Iterable[Sequence[int]]) -> float:
        at = {n: k for k, n in enumerate(n for g in order for n in g)}
        return sum(w * (abs(at[a] - at[b]) - 1) for (a, b), w in between.items()) + sum(
            w * at[n] for n, w in outward.items()
        )

    best = [list(g) for g in groups]
    for _ in range(3):
        before = cost(best)
        best = _reordered(best, cost, first, rigid)
        if cost(best) >= before - 1e-9:
            break
    return [n for g in best for n in g]


def _reordered(
    groups: list[list[int]],
    cost: Callable[[Sequence[Sequence[int]]], float],
    first: int | None,
    rigid: frozenset[int],
) -> list[list[int]]:
    """Groups in a better order, then the lanes of each."""
    head = [g for g in groups if first in g]
    rest = [g for g in groups if first not in g]
    out = head + _better(rest, lambda order: cost([*head, *order]))
    for k, group in enumerate(out):
        if not rigid.intersection(group):
            before, after = out[:k], out[k + 1 :]
            out[k] = _better(group, partial(_cost_of, cost, before, after))
    return out


def _cost_of(
    cost: Callable[[Sequence[Sequence[int]]], float],
    before: list[list[int]],
    after: list[list[int]],
    group: Sequence[int],
) -> float:
    return cost([*before, group, *after])


def _better(things: Sequence[_T], cost: Callable[[Sequence[_T]], float]) -> list[_T]:
    """The order of things that costs least; the given one where it costs no more."""
    best, least = list(things), cost(things)
    if len(things) <= MOST_TRIED:
        for order in permutations(things):
            if (c := cost(order)) < least - 1e-9:
                best, least = list(order), c
        return best
    moved = True
    while moved:
        moved = False
        for a in range(len(best)):
            for b in range(len(best)):
                tried = [*best[:a], *best[a + 1 :]]
                tried.insert(b, best[a])
                if (c := cost(tried)) < least - 1e-9:
                    best, least, moved = tried, c, True
    return best


def arrange(
    items: list[Item],
    links: list[Link],
    column: dict[str, int],
    back: frozenset[str],
    order: list[int],
    lanes: int,
    pull: Mapping[int, float],
) -> Grid:
    """Give every item a row of its lane; `pull`, what a lower row costs, by lane."""
    return _Rows(items, links, column, back, order, lanes, pull).grid()


class _Rows:
    """Rows on their way: who stands in which cell, and what that costs."""

    def __init__(
        self,
        items: list[Item],
        links: list[Link],
        column: dict[str, int],
        back: frozenset[str],
        order: list[int],
        lanes: int,
        pull: Mapping[int, float],
    ) -> None:
        self.pull = pull
        self.items = {i.id: i for i in items}
        self.column, self.back, self.order = dict(column), back, order
        for i in items:
            if i.beside is not None:
                self.column[i.id] = self.column.get(i.beside, 0)
        self.sought = sorted((i.id for i in items if not i.loose), key=lambda id: self.column[id])
        self.row: dict[str, int] = {}
        self.cell: dict[tuple[int, int, int], str] = {}
        """(lane, row, column) → item"""
        self.in_row: dict[tuple[int, int], int] = defaultdict(int)
        self.rows = [1] * lanes
        self.links = [k for k in links if k.source != k.target]
        self.at: dict[str, list[Link]] = defaultdict(list)
        for k in self.links:
            self.at[k.source].append(k)
            self.at[k.target].append(k)
        self.count_crossings = len(self.links) <= MANY
        self.looks = 0
        self._count()

    def grid(self) -> Grid:
        for id in self.sought:
            self._begin(id)
        for _ in range(8):
            if not self._improve():
                break
        self._close_gaps()
        span = self._loose()
        return Grid(self.column, self.row, self.rows, self.order, span, self.back)

    # -- places

    def _count(self) -> None:
        self.first = {}
        at = 0
        for lane in self.order:
            self.first[lane] = at
            at += self.rows[lane]

    def _y(self, id: str) -> int:
        return self.first[self.items[id].lane] + self.row[id]

    def _put(self, id: str, row: int) -> None:
        lane = self.items[id].lane
        self.row[id] = row
        self.cell[lane, row, self.column[id]] = id
        self.in_row[lane, row] += 1
        if row >= self.rows[lane]:
            self.rows[lane] = row + 1
            self._count()

    def _take(self, id: str) -> None:
        lane, row = self.items[id].lane, self.row[id]
        del self.cell[lane, row, self.column[id]]
        self.in_row[lane, row] -= 1

    def _begin(self, id: str) -> None:
        lane, column = self.items[id].lane, self.column[id]
        best, least = 0, float("inf")
        for row in range(self.rows[lane] + 1):
            if (lane, row, column) in self.cell:
                continue
            cost = NEW_ROW if row == self.rows[lane] else 0.0
            cost += self.pull.get(lane, 0.0) * row
            self.row[id] = row
            for k in self.at[id]:
                other = k.target if k.source == id else k.source
                if other in (NORTH, SOUTH) or other in self.row:
                    cost += self._cost(k)
            if cost < least - 1e-9:
                best, least = row, cost
        self._put(id, best)

    # -- cost

    def _free(self, lane_row: tuple[int, int], a: int, b: int) -> int:
        """How many cells strictly between two columns of a row are taken."""
        lane, row = lane_row
        cell = self.cell
        return sum((lane, row, c) in cell for c in range(min(a, b) + 1, max(a, b)))

    def _cost(self, k: Link) -> float:
        if k.source in (NORTH, SOUTH) or k.target in (NORTH, SOUTH):
            out = k.source if k.source in (NORTH, SOUTH) else k.target
            inner = k.target if out == k.source else k.source
            return 0.12 * self._y(inner) * (1 if out == NORTH else -1)
        if k.source not in self.row or k.target not in self.row:
            return 0.0
        a, b = self._y(k.source), self._y(k.target)
        far = abs(a - b)
        if k.kind == "data":
            return 1.5 * far
        if k.id in self.back:
            return 0.25 * far * k.weight
        c1, c2 = self.column[k.source], self.column[k.target]
        own = (self.items[k.source].lane, self.row[k.source])
        if not far:
            return k.weight * BLOCKED * min(self._free(own, c1, c2), 3)
        cost = FAR * far + BEND
        if k.leaves is not None and b < a:
            cost += 1.0
        if c2 - c1 > 1 and self._free(own, c1, c2):
            other = (self.items[k.target].lane, self.row[k.target])
            if self._free(other, c1, c2):
                cost += 1.2
        return cost * k.weight

    def _crossings(self, links: list[Link]) -> int:
        """How often these links cross any others, as straight lines."""
        mine = {k.id for k in links}
        count = 0
        for k in links:
            if k.target not in self.row or k.source not in self.row:
                continue
            x1, x2 = self.column[k.source], self.column[k.target]
            y1, y2 = self._y(k.source), self._y(k.target)
            if x2 < x1:
                x1, x2, y1, y2 = x2, x1, y2, y1
            for o in self.links:
                if o.id == k.id or o.source not in self.row or o.target not in self.row:
                    continue
                if {o.source, o.target} & {k.source, k.target}:
                    continue
                u1, u2 = self.column[o.source], self.column[o.target]
                v1, v2 = self._y(o.source), self._y(o.target)
                if u2 < u1:
                    u1, u2, v1, v2 = u2, u1, v2, v1
                low, high = max(x1, u1), min(x2, u2)
                if low >= high:
                    continue
                d1 = _on(x1, y1, x2, y2, low) - _on(u1, v1, u2, v2, low)
                d2 = _on(x1, y1, x2, y2, high) - _on(u1, v1, u2, v2, high)
                if d1 * d2 < 0:
                    count += 1 if o.id not in mine else 0.5  # type: ignore[assignment]
        return count

    def _local(self, near: Iterable[str], moved: Iterable[str]) -> float:
        """What the links near moved items cost, with the crossings of their own links."""
        links = {k.id: k for id in near for k in self.at[id]}
        self.looks += len(links)
        cost = sum(map(self._cost, links.values()))
        moved = list(moved)
        if self.pull:
            cost += sum(self.pull.get(self.items[i].lane, 0.0) * self.row[i] for i in moved)
        if self.count_crossings:
            own = {k.id: k for id in moved for k in self.at[id]}
            cost += CROSSING * self._crossings(list(own.values()))
        return cost + NEW_ROW * sum(n > 0 for n in self.in_row.values())

    # -- moves

    def _near(self, ids: Sequence[str]) -> list[str]:
        """Items whose links may be blocked or freed as these move: all in their columns' rows."""
        out = dict.fromkeys(ids)
        for id in ids:
            for k in self.at[id]:
                for end in (k.source, k.target):
                    if end in self.row:
                        out[end] = None
        if len(self.links) <= MANY:
            lanes = {self.items[id].lane for id in ids}
            for id in self.sought:
                if self.items[id].lane in lanes:
                    out[id] = None
        return list(out)

    def _improve(self) -> bool:
        better = False
        chains = self._chains()
        for ids in [*([id] for id in self.sought), *chains]:
            if self.looks > MOST_LOOKS and not self.count_crossings:
                return False
            better |= self._move(ids)
        for lane in self.order:
            for row in range(self.rows[lane] - 1):
                better |= self._swap(lane, row, row + 1)
            for row in range(self.rows[lane] - 1, -1, -1):
                better |= any(self._merge(lane, row, other) for other in range(self.rows[lane]))
        return better

    def _chains(self) -> list[list[str]]:
        """Runs of items in one lane, each leading to the next only."""
        out = defaultdict(list)
        into = defaultdict(list)
        for k in self.links:
            if k.kind == "flow" and k.id not in self.back:
                out[k.source].append(k.target)
                into[k.target].append(k.source)
        following = {}
        for id in self.sought:
            if len(out[id]) == 1 and out[id][0] in self.items:
                target = out[id][0]
                if len(into[target]) == 1 and self.items[target].lane == self.items[id].lane:
                    following[id] = target
        heads = [id for id in self.sought if id in following and id not in following.values()]
        chains = []
        for id in heads:
            chain = [id]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            chains.append(chain)
        return chains

    def _move(self, ids: list[str]) -> bool:
        """Move items of one lane into one row where that is better, changing places if need be."""
        lane = self.items[ids[0]].lane
        olds = {id: self.row[id] for id in ids}
        near = self._near(ids)
        before = self._local(near, ids)
        best, least = None, before - 1e-6
        for row in range(self.rows[lane] + 1):
            if all(r == row for r in olds.values()):
                continue
            others = {
                o: olds[id]
                for id in ids
                if (o := self.cell.get((lane, row, self.column[id]))) is not None and o not in olds
            }
            if others and len(ids) > 1:
                continue
            if others:
                before_all = self._local(near, [*ids, *others])
            self._set({**dict.fromkeys(ids, row), **others})
            cost = self._local(near, [*ids, *others])
            if others:
                cost += before - before_all
            if cost < least:
                best, least = {**dict.fromkeys(ids, row), **others}, cost
            self._set({**dict.fromkeys(others, row), **olds})
        if best is None:
            self._shrink(lane)
            return False
        self._set(best)
        self._shrink(lane)
        return True

    def _swap(self, lane: int, a: int, b: int) -> bool:
        ids = [id for id in self.sought if self.items[id].lane == lane and self.row[id] in (a, b)]
        if not ids:
            return False
        near = self._near(ids)
        before = self._local(near, ids)
        turned = {id: b if self.row[id] == a else a for id in ids}
        olds = {id: self.row[id] for id in ids}
        self._set(turned)
        if self._local(near, ids) < before - 1e-6:
            return True
        self._set(olds)
        return False

    def _merge(self, lane: int, a: int, b: int) -> bool:
        """Move a whole row into the free cells of another, where that is better."""
        ids = [id for id in self.sought if self.items[id].lane == lane and self.row[id] == a]
        if a == b or not ids or any((lane, b, self.column[id]) in self.cell for id in ids):
            return False
        near = self._near(ids)
        before = self._local(near, ids)
        self._set(dict.fromkeys(ids, b))
        if self._local(near, ids) < before - 1e-6:
            self._shrink(lane)
            return True
        self._set(dict.fromkeys(ids, a))
        return False

    def _set(self, rows: dict[str, int]) -> None:
        for id in rows:
            self._take(id)
        for id, row in rows.items():
            self._put(id, row)

    def _shrink(self, lane: int) -> None:
        used = [r for (n, r), c in self.in_row.items() if n == lane and c]
        self.rows[lane] = max(used, default=0) + 1
        self._count()

    def _close_gaps(self) -> None:
        for lane in self.order:
            used = sorted(r for (n, r), c in self.in_row.items() if n == lane and c)
            number = {r: k for k, r in enumerate(used)}
            for id in self.sought:
                if self.items[id].lane == lane:
                    self.row[id] = number[self.row[id]]
            self.rows[lane] = max(len(used), 1)
        self._count()

    def _loose(self) -> dict[str, int]:
        """Rows of their own below all others of the lane, over as many columns as they need."""
        span = {}
        wide: dict[int, float] = defaultdict(lambda: 60.0)
        for id in self.sought:
            wide[self.column[id]] = max(wide[self.column[id]], self.items[id].width + 56)
        last = max(self.column.values(), default=0)
        empty = {n for n in self.order if not any(self.items[i].lane == n for i in self.sought)}
        for id, item in self.items.items():
            if not item.loose:
                continue
            at, room = 0, wide[0]
            while room < item.width + 40 and at < last:
                at += 1
                room += wide[at]
            self.column[id], span[id] = 0, at
            if item.lane in empty:
                empty.discard(item.lane)
                self.row[id] = 0
            else:
                self.row[id] = self.rows[item.lane]
                self.rows[item.lane] += 1
        self._count()
        return span


def _on(x1: float, y1: float, x2: float, y2: float, x: float) -> float:
    return y1 if x1 == x2 else y1 + (y2 - y1) * (x - x1) / (x2 - x1)
