"""How often each part of a process tree was passed when the ways of a log go through it.

A tree in which every activity stands once tells by the names alone which part an event belongs
to; only where a loop begins anew without a sign is a choice left, and it takes the fewest rounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from polku.path.mining.mine_log import nearest
from polku.path.mining.tree import Tree, nullable, walk
from polku.path.mining.tree_language import Automaton


@dataclass(frozen=True)
class Replay:
    """Counts for the parts of a tree, in the order of `walk`.

    `passes`: how often a part was gone through; `matters`: by how many matters at least once;
    `fitting`: matters whose way is in the language of the tree. Of `all` matters the others are
    counted too: what the tree does not allow there is passed over, what it asks for is supposed.
    """

    passes: tuple[int, ...]
    matters: tuple[int, ...]
    fitting: int
    all: int


_Items = list[tuple[int, tuple[str, ...]]]  # number of a way and what of it a part has to do


def replay(
    tree: Tree, ways: Sequence[tuple[Sequence[str], int]], process: Automaton | None = None
) -> Replay | None:
    """Count the passes; None where an activity stands twice in the tree.

    `process`: the states of the tree, where they are needed elsewhere too.

    >>> from polku.path.mining.tree import parse
    >>> replay(parse("X(tau, 'a')"), [(("a",), 3), ((), 1)]).passes
    (4, 1, 3)
    """
    names = [t.name for t in walk(tree) if t.kind == "activity"]
    if len(set(names)) < len(names):
        return None
    known = set(names)
    weights = [n for _, n in ways]
    process = process or Automaton(tree)
    fitting = sum(n for way, n in ways if process.accepts(way))
    counter = _Counter(tree, weights)
    counter.visit(
        tree, 0, [(k, tuple(a for a in way if a in known)) for k, (way, _) in enumerate(ways)]
    )
    return Replay(tuple(counter.passes), tuple(counter.matters), fitting, sum(weights))


class _Counter:
    def __init__(self, tree: Tree, weights: Sequence[int]) -> None:
        self.weights = weights
        n = sum(1 for _ in walk(tree))
        self.passes, self.matters = [0] * n, [0] * n
        self.has: dict[int, frozenset[str]] = {}
        self.sizes: dict[int, int] = {}
        for part in reversed(list(walk(tree))):
            inner = [self.has[id(c)] for c in part.children]
            own = {part.name} if part.kind == "activity" else set()
            self.has[id(part)] = frozenset(own.union(*inner))
            self.sizes[id(part)] = 1 + sum(self.sizes[id(c)] for c in part.children)

    def visit(self, tree: Tree, at: int, items: _Items) -> None:
        self.passes[at] += sum(self.weights[k] for k, _ in items)
        self.matters[at] += sum(self.weights[k] for k in {k for k, _ in items})
        if not tree.children or not items:
            return
        group_of = {a: k for k, c in enumerate(tree.children) for a in self.has[id(c)]}
        parts: list[_Items] = [[] for _ in tree.children]
        if tree.kind == "exclusive":
            self._exclusive(tree, items, group_of, parts)
        elif tree.kind == "sequence":
            self._sequence(items, group_of, parts)
        elif tree.kind == "parallel":
            for k, way in items:
                for piece, part in zip(_pieces(way, group_of, len(parts)), parts, strict=True):
                    part.append((k, piece))
        else:
            self._loop(tree, items, group_of, parts)
        at += 1
        for child, part in zip(tree.children, parts, strict=True):
            self.visit(child, at, part)
            at += self.sizes[id(child)]

    def _exclusive(
        self, tree: Tree, items: _Items, group_of: dict[str, int], parts: list[_Items]
    ) -> None:
        # nothing goes the way of nothing
        silent = next((k for k, c in enumerate(tree.children) if nullable(c)), 0)
        for k, way in items:
            groups = [group_of[a] for a in way]
            if not groups or groups.count(groups[0]) == len(groups):
                parts[groups[0] if groups else silent].append((k, way))
                continue
            counts = Counter(groups)
            best = min(counts, key=lambda g: (-counts[g], g))
            parts[best].append((k, tuple(a for a in way if group_of[a] == best)))

    def _sequence(self, items: _Items, group_of: dict[str, int], parts: list[_Items]) -> None:
        for k, way in items:
            groups = [group_of[a] for a in way]
            places = groups if groups == sorted(groups) else nearest(groups, len(parts))
            pieces: list[list[str]] = [[] for _ in parts]
            for a, group, place in zip(way, groups, places, strict=True):
                if group == place:
                    pieces[group].append(a)
            for part, piece in zip(parts, pieces, strict=True):
                part.append((k, tuple(piece)))

    def _loop(
        self, tree: Tree, items: _Items, group_of: dict[str, int], parts: list[_Items]
    ) -> None:
        rounds = [_Rounds(c) for c in tree.children]
        null = [nullable(c) for c in tree.children]
        for k, way in items:
            turn = 0  # what comes next: doing or doing again
            for group, events in groupby(way, key=group_of.__getitem__):
                run = tuple(events)
                if group != turn:
                    parts[turn].append((k, ()))
                other = 1 - group
                pieces = rounds[group].split(run) if null[other] else [run]
                for number, piece in enumerate(pieces):
                    if number:
                        parts[other].append((k, ()))
                    parts[group].append((k, piece))
                turn = other
            if turn == 0:
                parts[0].append((k, ()))


def _pieces(way: tuple[str, ...], group_of: dict[str, int], n: int) -> list[tuple[str, ...]]:
    found: list[list[str]] = [[] for _ in range(n)]
    for a in way:
        found[group_of[a]].append(a)
    return [tuple(p) for p in found]


class _Rounds:
    """Divides a run of events into the fewest rounds that a part of a tree allows."""

    def __init__(self, tree: Tree) -> None:
        self.process = Automaton(tree)
        among = tree.children if tree.kind == "exclusive" else (tree,)
        self.single = all(c.kind == "activity" for c in among)
        self.known: dict[tuple[str, ...], list[tuple[str, ...]]] = {}

    def split(self, run: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The rounds; the whole run as one where none fit."""
        if self.single:
            return [(a,) for a in run]
        if run not in self.known:
            self.known[run] = self._split(run)
        return self.known[run]

    def _split(self, run: tuple[str, ...]) -> list[tuple[str, ...]]:
        process, n = self.process, len(run)
        fewest: list[int | None] = [0] + [None] * n
        since = [0] * (n + 1)
        for i in range(n):
            so_far = fewest[i]
            if so_far is None:
                continue
            state = process.start
            for j in range(i, n):
                state = process.after(state, run[j])
                if state == process.nowhere:
                    break
                best = fewest[j + 1]
                if process.may_end(state) and (best is None or so_far + 1 < best):
                    fewest[j + 1], since[j + 1] = so_far + 1, i
        if fewest[n] is None:
            return [run]
        pieces, at = [], n
        while at:
            pieces.append(run[since[at] : at])
            at = since[at]
        return pieces[::-1]
