"""Fans of a path's drawing: many ways from one gateway stand in a few groups, not in one pile.

A layered layout puts all ways that begin at a gateway into the same columns, and so beneath each
other. Here the later groups are moved to the right, behind the first, and share its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from polku.path.layout_grid import Item, Link
from polku.path.layout_layers import columns

MOST_ROWS = 5
"""ways beneath each other that are left as they are"""


def folded(items: Sequence[Item], links: Sequence[Link], most: int = MOST_ROWS) -> list[Item]:
    """The items, with columns for those that begin a way of a later group of a wide fan."""
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
        things = _fold(split, things, column, after, most)


def _fold(
    split: str, items: list[Item], column: dict[str, int], after: dict[str, list[str]], most: int
) -> list[Item]:
    ways = _ways(split, after)
    if len(ways) <= 1:
        return items
    long, high = {}, {}
    for first, own in ways.items():
        long[first] = max(column[n] for n in own) - column[split]
        each: dict[int, int] = defaultdict(int)
        for n in own:
            each[column[n]] += 1
        high[first] = max(each.values())
    order = sorted(ways, key=lambda w: -long[w])
    total = sum(high.values())
    if total <= most:
        return items
    groups = -(-total // most)
    share = -(-total // groups)
    fixed: dict[str, int] = {}
    at, filled, widest = 1, 0, 0
    for way in order:
        if filled and filled + high[way] > share:
            at, filled, widest = at + widest, 0, 0
        if at > 1:
            fixed |= {n: column[n] + at - 1 for n in ways[way]}
        filled += high[way]
        widest = max(widest, long[way])
    return [replace(i, column=fixed[i.id]) if i.id in fixed else i for i in items]


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
