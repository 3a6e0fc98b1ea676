"""Small paths written as text, and all the ways through a net up to a length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from polku.path.aligning.petri import Net
from polku.path.model import Event, Flow, Gateway, Node, Path, Repeat, Step

LOOP, AFTER_TEST = Repeat("loop"), Repeat("loop", test_before=True)


def node(id: str, **more: Any) -> Node:
    """A node by the beginning of its id: s… start, e… end, x + a o v c gateways, i… an
    intermediate and b… a boundary event; a capital letter is a step."""
    kinds = {"x": "exclusive", "+": "parallel", "o": "inclusive", "v": "event", "c": "complex"}
    events = {"s": "start", "e": "end", "i": "catch", "t": "throw", "b": "boundary"}
    if id[0] in kinds:
        return Gateway(id, kind=kinds[id[0]], **more)  # type: ignore[arg-type]
    if id[0] in events:
        return Event(id, position=events[id[0]], **more)  # type: ignore[arg-type]
    return Step(id, id, **more)


def path(text: str, *special: Node, within: dict[str, str] | None = None) -> Path:
    """A path of flows "a > b > c; b > d"; `special`: nodes that are more than their id says."""
    given = {n.id: n for n in special}
    inside = within or {}
    ids: dict[str, None] = dict.fromkeys(given)
    flows = []
    for line in text.split(";"):
        names = line.split()
        chain = [n for n in names if n != ">"]
        ids |= dict.fromkeys(chain)
        flows += list(pairwise(chain))
    nodes = tuple(
        replace(given.get(i, node(i)), within=inside.get(i, getattr(given.get(i), "within", None)))
        for i in ids
    )
    made = tuple(Flow(f"{a}->{b}", a, b, within=inside.get(a)) for a, b in flows)
    return Path("p", "P", nodes=nodes, flows=made)


def ways_of(net: Net, longest: int, beginnings: bool = False) -> set[str]:
    """All words of a net up to a length, labels joined; by brute force over its markings."""
    found: set[str] = set()
    seen = {((), tuple(sorted(net.initial)))}
    todo = list(seen)
    while todo:
        word, marking = todo.pop()
        if beginnings or not marking:
            found.add("".join(word))
        for t in net.transitions:
            rest = list(marking)
            try:
                for place in t.pre:
                    rest.remove(place)
            except ValueError:
                continue
            state = (word if t.label is None else (*word, t.label), tuple(sorted([*rest, *t.post])))
            if len(state[0]) <= longest and len(state[1]) <= 12 and state not in seen:
                seen.add(state)
                todo.append(state)
    return found


def words(text: str) -> set[str]:
    """Words separated by blanks; a dot is the empty word."""
    return {w.replace(".", "") for w in text.split()}


def mixes(*parts: str) -> set[str]:
    """All interleavings of words."""
    if len(parts) > 2:
        return {m for w in mixes(*parts[1:]) for m in mixes(parts[0], w)}
    if len(parts) < 2:
        return set(parts)
    a, b = parts
    if not a or not b:
        return {a + b}
    return {a[0] + m for m in mixes(a[1:], b)} | {b[0] + m for m in mixes(a, b[1:])}


def union(sets: Iterable[set[str]]) -> set[str]:
    """All of some sets."""
    return set().union(*sets)
