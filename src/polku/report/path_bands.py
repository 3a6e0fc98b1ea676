"""Where the way of a path's drawing is cut into bands, one beneath the other."""

from __future__ import annotations

from math import ceil, sqrt

from polku.path.drawing.grid import Item, Link

OVER = 1.1
"""how much wider than asked a band may be, if that spares a cut"""
WIDEST = 3_950.0
"""px that a band is wide at most"""

LEAST = 0.3
"""share of the others' width below which a band is hardly one"""


def widths(items: list[Item], column: dict[str, int]) -> list[float]:
    """About how wide every column is with the gutter beside it."""
    wide = [40.0] * (max(column.values(), default=0) + 1)
    for i in items:
        wide[column[i.id]] = max(wide[column[i.id]], i.width)
    return [w + 58.0 for w in wide]


def _crowd(cut: int) -> float:
    """What it costs to cut so many flows: one or two are followed easily, many are not."""
    more = max(cut - 1, 0)
    return 1.5 * (cut + more * sqrt(more))


def cuts(
    wide: list[float], links: list[Link], column: dict[str, int], room: float
) -> list[tuple[int, int]]:
    """Where to cut the columns: bands that fit, few flows cut, bands of similar widths.

    Parameters: `wide`, px of every column with its gutter; `room`, px that a band should take.
    Returns the first column of every band and the one after its last.
    """
    last, total = len(wide), sum(wide)
    if total <= OVER * room:
        return [(0, last)]
    ideal = total / ceil(total / room)
    most = max(OVER * room, min(WIDEST, 1.4 * room))
    cut = [
        sum(
            1
            for k in links
            if min(column[k.source], column[k.target])
            < c
            <= max(column[k.source], column[k.target])
        )
        for c in range(last + 1)
    ]
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * last
    for end in range(1, last + 1):
        for begin in range(end):
            span = sum(wide[begin:end])
            if span > most and end - begin > 1:
                continue
            uneven = ((span - ideal) / ideal) ** 2
            if span < LEAST * ideal:
                uneven += 2.0
            cost = best[begin][0] + uneven * 4 + (_crowd(cut[end]) if end < last else 0.0) + 5.0
            if cost < best[end][0] - 1e-9:
                best[end] = (cost, begin)
    out, end = [], last
    while end:
        begin = best[end][1]
        out.append((begin, end))
        end = begin
    return out[::-1]
