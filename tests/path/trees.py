"""Random process trees and a plain meaning of them, for tests."""

from __future__ import annotations

import random
from collections.abc import Callable

from hypothesis import strategies as st

from polku.path.mining.tree import (
    TAU,
    Tree,
    activity,
    exclusive,
    loop,
    parallel,
    sequence,
    walk,
)
from polku.path.mining.tree_language import Automaton

Words = set[tuple[str, ...]]


def any_trees(names: str = "abcd") -> st.SearchStrategy[Tree]:
    """Trees with activities as often as they come, and with nothing."""
    leaves = st.sampled_from([TAU, *map(activity, names)])

    def larger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        several = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            several.map(lambda c: exclusive(*c)),
            several.map(lambda c: sequence(*c)),
            several.map(lambda c: parallel(*c)),
            st.tuples(inner, inner).map(lambda c: loop(*c)),
        )

    return st.recursive(leaves, larger, max_leaves=6)


def meaning(tree: Tree, longest: int) -> Words:
    """All sequences up to a length, by the definition of the operators."""

    def joined(one: Words, two: Words) -> Words:
        return {a + b for a in one for b in two if len(a) + len(b) <= longest}

    if tree.kind == "tau":
        return {()}
    if tree.kind == "activity":
        return {(tree.name,)} if longest else set()
    parts = [meaning(c, longest) for c in tree.children]
    if tree.kind == "exclusive":
        return set().union(*parts)
    if tree.kind == "loop":
        found = parts[0]
        while True:
            more = found | joined(joined(found, parts[1]), parts[0])
            if more == found:
                return found
            found = more
    join: Callable[[Words, Words], Words] = joined
    if tree.kind == "parallel":
        join = lambda one, two: {  # noqa: E731
            w for a in one for b in two if len(a) + len(b) <= longest for w in _shuffled(a, b)
        }
    found = {()}
    for part in parts:
        found = join(found, part)
    return found


def _shuffled(a: tuple[str, ...], b: tuple[str, ...]) -> Words:
    if not a or not b:
        return {a + b}
    return {(a[0], *w) for w in _shuffled(a[1:], b)} | {(b[0], *w) for w in _shuffled(a, b[1:])}


def block_tree(rng: random.Random, names: list[str]) -> Tree:
    """A tree that the Inductive Miner must find again: every activity once, nothing silent, and
    what a loop does neither begins and ends with the same activity, nor may be a single one."""
    while True:
        tree = _block(rng, names)
        if all(_clear(t) for t in walk(tree) if t.kind == "loop"):
            return tree


def _block(rng: random.Random, names: list[str]) -> Tree:
    if len(names) == 1:
        return activity(names[0])
    kind = rng.choice(["exclusive", "sequence", "sequence", "parallel", "loop"])
    if kind == "loop" and len(names) < 3:
        kind = "sequence"
    cuts = 1 if kind == "loop" else rng.randint(1, min(2, len(names) - 1))
    at = sorted(rng.sample(range(1, len(names)), cuts))
    if kind == "loop":
        at = [rng.randint(2, len(names) - 1)]
    pieces = [names[i:j] for i, j in zip([0, *at], [*at, len(names)], strict=True)]
    children = [_block(rng, p) for p in pieces]
    make = {"exclusive": exclusive, "sequence": sequence, "parallel": parallel, "loop": loop}
    return make[kind](*children)


def _clear(tree: Tree) -> bool:
    starts, ends = _ends(tree.children[0])
    return not starts & ends


def _ends(tree: Tree) -> tuple[set[str], set[str]]:
    """The activities with which a tree without anything silent begins and ends."""
    if tree.kind == "activity":
        return {tree.name}, {tree.name}
    parts = [_ends(c) for c in tree.children]
    if tree.kind == "sequence":
        return parts[0][0], parts[-1][1]
    if tree.kind == "loop":
        return parts[0]
    return set().union(*(p[0] for p in parts)), set().union(*(p[1] for p in parts))


def walked(tree: Tree, rng: random.Random, n: int, stop: float = 0.5) -> list[tuple[str, ...]]:
    """Random ways of a tree; where it may end it does so with this probability."""
    process = Automaton(tree)
    found = []
    for _ in range(n):
        way: list[str] = []
        state = process.start
        while True:
            able = process.enabled(state)
            if not able or (process.may_end(state) and rng.random() < stop):
                break
            way.append(rng.choice(able))
            state = process.after(state, way[-1])
        found.append(tuple(way))
    return found
