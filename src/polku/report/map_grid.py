"""Where the stops of a map stand: columns in the order of the way, folded into bands, and rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import permutations

from polku.report.walk import Walk

MOST_ROWS = 4
"""stops that may stand above each other in one lane"""


@dataclass(frozen=True)
class Spot:
    """The place of one stop: its band, its column in the band and its row in the band."""

    band: int
    column: int
    row: int


@dataclass(frozen=True)
class Grid:
    """All spots, by stop; `number` the stops' numbers in the order of the way, from 1.

    `rows[band]` is the lane of each row of the band, from the top; `columns` those of each band.
    """

    spots: tuple[Spot, ...]
    number: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    columns: tuple[int, ...]


def arrange(walk: Walk, most_columns: int) -> Grid:
    """Give each stop a spot; at most `most_columns` columns stand in one band."""
    way, layer = _layers(walk)
    count = max(layer, default=0) + 1
    rank = {i: k for k, i in enumerate(way)}
    bands = -(-count // most_columns)
    per_band = -(-count // bands)
    columns = tuple(min(per_band, count - b * per_band) for b in range(bands))
    order = sorted(range(len(walk.stops)), key=lambda i: (layer[i], rank[i]))
    number = [0] * len(order)
    for k, i in enumerate(order):
        number[i] = k + 1
    place = {i: divmod(layer[i], per_band) for i in order}
    spots: dict[int, Spot] = {}
    rows: list[tuple[int, ...]] = []
    for band in range(bands):
        members = [i for i in order if place[i][0] == band]
        within, lanes = _rows(walk, members, {i: place[i][1] for i in members}, columns[band])
        rows.append(lanes)
        spots |= {i: Spot(band, place[i][1], within[i]) for i in members}
    return Grid(tuple(spots[i] for i in range(len(order))), tuple(number), tuple(rows), columns)


def _order(walk: Walk) -> list[int]:
    """Stops in the order of the way: few matters go back, and places are kept.

    Each pair of stops has a price for standing one before the other: the matters that move
    against it, and how far it turns the stops' median places round. Stops are moved one by one
    to where they cost least (sifting) until none moves.
    """
    n = len(walk.stops)
    place = [s.place for s in walk.stops]
    price = [[max(0.0, place[a] - place[b]) * walk.matters for b in range(n)] for a in range(n)]
    for m in walk.moves:
        price[m.head][m.tail] += m.matters
    order = sorted(range(n), key=lambda i: (place[i], i))
    for _ in range(8):
        moved = False
        for i in sorted(range(n), key=lambda i: (place[i], i)):
            at = order.index(i)
            rest = order[:at] + order[at + 1 :]
            costs = [sum(price[i][j] for j in rest)]
            for j in rest:
                costs.append(costs[-1] - price[i][j] + price[j][i])
            best = min(range(n), key=lambda k, at=at, costs=costs: (costs[k], abs(k - at), k))  # type: ignore[misc]
            if costs[best] < costs[at] - 1e-9:
                order = [*rest[:best], i, *rest[best:]]
                moved = True
        if not moved:
            break
    return order


def _layers(walk: Walk) -> tuple[list[int], list[int]]:
    """Order, and columns by the longest path over the moves that go forward in it.

    A stop stands at most two columns left of the furthest before it in the order, and no column
    of a lane is over-full.
    """
    n = len(walk.stops)
    order = _order(walk)
    rank = {i: k for k, i in enumerate(order)}
    before: dict[int, list[tuple[int, int]]] = defaultdict(list)
    after: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for m in walk.moves:
        if rank[m.tail] < rank[m.head]:
            before[m.head].append((m.matters, m.tail))
            after[m.tail].append((m.matters, m.head))
    layer = [0] * n
    load: dict[tuple[int, int], int] = defaultdict(int)
    furthest = 0
    for i in order:
        at = max([layer[j] + 1 for _, j in before[i]] + [furthest - 1])
        while load[at, walk.stops[i].lane] >= MOST_ROWS:
            at += 1
        layer[i] = at
        furthest = max(furthest, at)
        load[at, walk.stops[i].lane] += 1
    for i in reversed(order):
        if not after[i]:
            continue
        latest = min(layer[j] for _, j in after[i]) - 1
        drawn_on = max(after[i])[0] > max(before[i], default=(0, 0))[0]
        lane = walk.stops[i].lane
        if latest > layer[i] and drawn_on and load[latest, lane] < MOST_ROWS:
            load[layer[i], lane] -= 1
            load[latest, lane] += 1
            layer[i] = latest
    used = {v: k for k, v in enumerate(sorted(set(layer)))}
    return order, [used[v] for v in layer]


def _rows(
    walk: Walk, members: list[int], column: dict[int, int], columns: int
) -> tuple[dict[int, int], tuple[int, ...]]:
    """Rows within one band: each stop near the stops it is joined to, lanes apart."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i in members:
        cells[column[i], walk.stops[i].lane].append(i)
    depth: dict[int, int] = defaultdict(int)
    for (_, lane), group in cells.items():
        depth[lane] = max(depth[lane], len(group))
    lanes = sorted(depth)
    first, total = {}, 0
    for lane in lanes:
        first[lane] = total
        total += depth[lane]
    row = {i: first[walk.stops[i].lane] + k for g in cells.values() for k, i in enumerate(g)}
    inside = set(members)
    joined: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for m in walk.moves:
        if m.tail in inside and m.head in inside:
            joined[m.tail].append((m.head, m.matters))
            joined[m.head].append((m.tail, m.matters))
    for sweep in range(6):
        for c in range(columns) if sweep % 2 == 0 else reversed(range(columns)):
            for lane in lanes:
                group = cells.get((c, lane), [])
                if group:
                    slots = range(first[lane], first[lane] + depth[lane])
                    best = min(
                        permutations(slots, len(group)),
                        key=lambda p, group=group: (_strain(group, p, row, joined), p),  # type: ignore[misc]
                    )
                    row.update(zip(group, best, strict=True))
    return row, tuple(lane for lane in lanes for _ in range(depth[lane]))


def _strain(
    group: list[int],
    slots: tuple[int, ...],
    row: dict[int, int],
    joined: dict[int, list[tuple[int, int]]],
) -> int:
    """How far the stops of one cell stand from their neighbours, weighted by matters."""
    return sum(
        abs(at - row[j]) * w for i, at in zip(group, slots, strict=True) for j, w in joined[i]
    )
