"""Fans of a path's drawing: many ways from one gateway stand in a few groups, not in one pile.

A layered layout puts all ways that begin at a gateway into the same columns, and so beneath each
other. Here the later groups are moved to the right, behind the first, and share its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from polku.path.drawing.grid import Item, Link
from polku.path.drawing.layers import columns


def folded(
    items: Sequence[Item], links: Sequence[Link], most: int, *, together: bool
) -> list[Item]:
    """The items, with columns for those on a way of a wide fan that is moved to the right.

    Parameters: `most`, ways beneath each other that are left as they are; `together`, whether the
    lanes are counted as one, so that ways stand behind each other entirely.
    """
    things, lines = list(items), list(links)
    done: set[str] = set()
    while True:
        column, back = columns(things, lines)
        after: dict[str, list[str]] = defaultdict(list)
        for k in lines:
            if k.kind == "flow" and k.id not in back and k.source in column:
                after[k.source].append(k.target)
        fans = [i.id for i in things if len(set(after[i.id])) > most and i.id not in done]
        if not fans:
            return things
        # the last first: a fan within a way of another is folded before that one
        split = max(fans, key=lambda id: (column[id], id))
        done.add(split)
        lane = {i.id: 0 if together else i.lane for i in things}
        things = _fold(split, things, lane, column, after, most)


def _fold(
    split: str,
    items: list[Item],
    lane: dict[str, int],
    column: dict[str, int],
    after: dict[str, list[str]],
    most: int,
) -> list[Item]:
    """Shift each way, the longest first, until no lane holds too many in a column."""
    ways = _ways(split, after)
    order = sorted(ways, key=lambda w: -max(column[n] for n in ways[w]))
    filled: dict[tuple[int, int], int] = defaultdict(int)
    fixed: dict[str, int] = {}
    for way in order:
        own = _rows(ways[way], lane, column)
        shift = 0
        while any(0 < filled[at, c + shift] > most - n for (at, c), n in own.items()):
            shift += 1
        if shift:
            fixed |= {n: column[n] + shift for n in ways[way]}
        for (at, c), n in own.items():
            filled[at, c + shift] += n
    return [replace(i, column=fixed[i.id]) if i.id in fixed else i for i in items]


def _rows(
    nodes: set[str], lane: dict[str, int], column: dict[str, int]
) -> dict[tuple[int, int], int]:
    """How many rows a way takes of a lane, from its first to its last column there."""
    each: dict[tuple[int, int], int] = defaultdict(int)
    for n in nodes:
        each[lane[n], column[n]] += 1
    out: dict[tuple[int, int], int] = {}
    for at in sorted({at for at, _ in each}):
        there = {c: n for (a, c), n in each.items() if a == at}
        rows = max(there.values())
        out |= {(at, c): rows for c in range(min(there), max(there) + 1)}
    return out


def _ways(split: str, after: dict[str, list[str]]) -> dict[str, set[str]]:
    """The items on each way from a gateway that are on no other."""
    reached: dict[str, set[str]] = {}
    for first in dict.fromkeys(after[split]):
        seen, stack = {first}, [first]
        while stack:
            for n in after[stack.pop()]:
                if n not in seen:
                    seen.add(n)
                    stack.append(n)
        reached[first] = seen
    count: dict[str, int] = defaultdict(int)
    for seen in reached.values():
        for n in seen:
            count[n] += 1
    own = {w: {n for n in seen if count[n] == 1} for w, seen in reached.items()}
    return {w: nodes for w, nodes in own.items() if w in nodes}
