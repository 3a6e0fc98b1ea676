"""Columns of a layout: the longest way from the start, once the flows that lead back are told."""

from __future__ import annotations

from collections import defaultdict

from polku.path.drawing.grid import Item, Link


def columns(items: list[Item], links: list[Link]) -> tuple[dict[str, int], frozenset[str]]:
    """The column of every item from 0, and the ids of the flows that lead back.

    Columns are those of the longest path (Eades and Sugiyama 1990); items that nothing leads to
    stand just before what they lead to. Loose items and those beside others are left out.
    """
    placed = [i for i in items if not i.loose and i.beside is None]
    ids = {i.id for i in placed}
    flows = [
        k for k in links
        if k.kind == "flow" and k.source in ids and k.target in ids and k.source != k.target
    ]  # fmt: skip
    back = _back(placed, flows) | {k.id for k in links if k.source == k.target}
    out, into = defaultdict(list), defaultdict(list)
    for k in flows:
        if k.id not in back:
            out[k.source].append(k.target)
            into[k.target].append(k.source)
    fixed = {i.id: i.column for i in placed if i.column is not None}
    column: dict[str, int] = {}
    order = _sorted(placed, out, into)
    for id in order:
        column[id] = max((column[s] + 1 for s in into[id]), default=0)
        if (own := fixed.get(id)) is not None:
            column[id] = max(column[id], own)
    for id in reversed(order):
        if not into[id] and out[id] and id not in fixed:
            column[id] = max(0, min(column[t] for t in out[id]) - 1)
    return column, frozenset(back)


def _back(items: list[Item], flows: list[Link]) -> set[str]:
    """Flows to an item that the search, depth first from the starts, is still busy with."""
    out = defaultdict(list)
    entered = set()
    for k in flows:
        out[k.source].append(k)
        entered.add(k.target)
    roots = [i.id for i in items if i.id not in entered] + [i.id for i in items]
    state: dict[str, int] = {}
    back = set()
    for root in roots:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(out[root]))]
        while stack:
            at, rest = stack[-1]
            flow = next(rest, None)
            if flow is None:
                state[at] = 2
                stack.pop()
            elif flow.target not in state:
                state[flow.target] = 1
                stack.append((flow.target, iter(out[flow.target])))
            elif state[flow.target] == 1:
                back.add(flow.id)
    return back


def _sorted(items: list[Item], out: dict[str, list[str]], into: dict[str, list[str]]) -> list[str]:
    """Items so that each comes after all that lead to it, else as given."""
    waits = {i.id: len(into[i.id]) for i in items}
    ready = [i.id for i in items if not waits[i.id]]
    order = []
    for id in ready:
        order.append(id)
        for target in out[id]:
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    return order
