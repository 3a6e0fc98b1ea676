"""The Inductive Miner on a directly-follows graph alone, for logs of very many different ways.

Leemans, Fahland and van der Aalst (2018), "Scalable process discovery and conformance checking":
the graph itself is divided along the cuts, the log is looked at once. A graph cannot tell what is
done beside what as surely as the log, so a way of the log may be outside the tree's language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from polku.path.mining.mine import DEEPEST
from polku.path.mining.mine_graph import Cut, Follows, Graph, find_cut, follows, members
from polku.path.mining.tree import TAU, Tree, activity, exclusive, loop, parallel, reduced, sequence


def mine_follows(ways: Sequence[tuple[Sequence[str], int]], noise: float = 0.0) -> Tree:
    """The process tree of the directly-follows graph of sequences with their counts.

    `noise` 0 to 1 as in `polku.path.mining.mine.mine`.

    >>> print(mine_follows([("abd", 3), ("acd", 1)]))
    ->('a', X('b', 'c'), 'd')
    """
    names = sorted({a for way, _ in ways for a in way})
    number = {a: k for k, a in enumerate(names)}
    log: Counter[tuple[int, ...]] = Counter()
    for way, n in ways:
        log[tuple(number[a] for a in way)] += n
    return mine_graph(names, follows(log), noise)


def mine_graph(names: Sequence[str], graph: Follows, noise: float = 0.0) -> Tree:
    """The process tree of a directly-follows graph; `names` of its activities, by number."""
    if not 0 <= noise <= 1:
        raise ValueError(f"noise is {noise}; it is a share from 0 to 1")
    return reduced(_Miner(names, noise).mine(graph, 0))


class _Miner:
    def __init__(self, names: Sequence[str], noise: float) -> None:
        self.leaves = [activity(name) for name in names]
        self.noise = noise

    def mine(self, graph: Follows, depth: int) -> Tree:
        if not graph.nodes:
            return TAU
        tree = self._all(graph, depth)
        total = graph.empty + sum(graph.starts.values())
        if graph.empty and graph.empty >= self.noise * total:
            return exclusive(TAU, tree)
        return tree

    def _all(self, graph: Follows, depth: int) -> Tree:
        if graph.nodes.bit_count() == 1:
            (a,) = members(graph.nodes)
            again, once = graph.edges[a, a], sum(graph.starts.values())
            repeated = again and again >= self.noise * once
            return loop(self.leaves[a], TAU) if repeated else self.leaves[a]
        if depth + 2 < DEEPEST:
            bare = graph.graph()
            cut = find_cut(bare)
            if cut is None and self.noise:
                cut = find_cut(graph.filtered(self.noise))
            if cut is not None:
                return self._divide(graph, cut, depth)
            again_ = _cut_up(graph, bare)
            if again_ is not None:
                return loop(self.mine(again_, depth + 2), TAU)
        return loop(exclusive(*(self.leaves[a] for a in members(graph.nodes))), TAU)

    def _divide(self, graph: Follows, cut: Cut, depth: int) -> Tree:
        kind, _ = cut
        trees = []
        for part in divided(graph, cut):
            trees.append(self.mine(part, depth + 2))  # noqa: PERF401 - one frame for each level
        if kind == "exclusive":
            return exclusive(*trees)
        if kind == "sequence":
            return sequence(*trees)
        if kind == "parallel":
            return parallel(*trees)
        return loop(trees[0], exclusive(*trees[1:]))


def divided(graph: Follows, cut: Cut) -> list[Follows]:
    """The graph of each group of a cut."""
    kind, groups = cut
    group_of = {a: k for k, group in enumerate(groups) for a in members(group)}
    parts = [Follows(group) for group in groups]
    for a, n in graph.starts.items():
        if kind != "loop" or group_of[a] == 0:
            parts[group_of[a]].starts[a] += n
    for a, n in graph.ends.items():
        if kind != "loop" or group_of[a] == 0:
            parts[group_of[a]].ends[a] += n
    for (a, b), n in graph.edges.items():
        i, j = group_of[a], group_of[b]
        if i == j:
            parts[i].edges[a, b] += n
        elif (kind == "sequence" and i < j) or (kind == "loop" and 0 in (i, j)):
            parts[i].ends[a] += n
            parts[j].starts[b] += n
    if kind == "sequence":
        _skipped(graph, group_of, parts)
    return parts


def _skipped(graph: Follows, group_of: dict[int, int], parts: list[Follows]) -> None:
    """How often each group was passed over."""
    over = [0] * (len(parts) + 1)  # differences of the counts

    def count(low: int, high: int, n: int) -> None:
        if low < high:
            over[low] += n
            over[high] -= n

    for a, n in graph.starts.items():
        count(0, group_of[a], n)
    for a, n in graph.ends.items():
        count(group_of[a] + 1, len(parts), n)
    for (a, b), n in graph.edges.items():
        count(group_of[a] + 1, group_of[b], n)
    now = 0
    for part, change in zip(parts, over, strict=False):
        now += change
        part.empty = now


def _cut_up(graph: Follows, bare: Graph) -> Follows | None:
    """The graph without what leads to a beginning, from an end or else from anywhere."""
    for ends in (bare.end, bare.nodes):
        gone = {
            (a, b): n for (a, b), n in graph.edges.items() if ends >> a & 1 and bare.start >> b & 1
        }
        if gone:
            found = Follows(graph.nodes, graph.edges.copy(), graph.starts.copy(), graph.ends.copy())
            for (a, b), n in gone.items():
                del found.edges[a, b]
                found.ends[a] += n
                found.starts[b] += n
            return found
    return None
