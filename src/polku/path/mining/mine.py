"""The Inductive Miner: a process tree of a log's ways, found by dividing the log again and again.

Leemans, Fahland and van der Aalst (2013), "Discovering block-structured process models from event
logs: a constructive approach"; with noise (2014), "... containing infrequent behaviour". Without
noise every way of the log is in the language of the tree: each cut and each fall-through below
gives parts whose trees together allow what was divided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from polku.path.mining.mine_graph import Cut, Follows, Graph, Trace, find_cut, follows, members
from polku.path.mining.mine_log import Log, cut_up, divided, once_each, only, without
from polku.path.mining.tree import TAU, Tree, activity, exclusive, loop, parallel, reduced, sequence

DEEPEST = 200
"""How deep operators may stand in one another; what lies deeper is left undivided (any order)."""

WIDEST = 450
"""Among more activities than these none is looked for that goes beside all the rest."""

EFFORT = 1_000_000_000
"""How much is spent, for one log, on looking for activities beside all the rest. A search counts
with the square of the activities it is made among; a log of 398 activities needs most of it."""


@dataclass(frozen=True)
class Mined:
    """A tree, and in how many places the search for an activity beside the rest was too large.

    What stands there allows every way all the same, but perhaps more besides.
    """

    tree: Tree
    passed_over: int


def mine(ways: Sequence[tuple[Sequence[str], int]], noise: float = 0.0) -> Tree:
    """The process tree of distinct sequences with their counts.

    `noise` 0 to 1: ways on from an activity that are rarer than this share of its most frequent
    one are left out where the log cannot be divided with them, and so are sequences in which
    nothing happens, or a single activity is repeated, in less than this share of the matters.
    0 leaves out nothing: every sequence is in the language of the tree.

    >>> print(mine([("ab", 3), ("ba", 1), ("abc", 2)]))
    ->(+('a', 'b'), X(tau, 'c'))
    """
    return mined(ways, noise).tree


def mined(
    ways: Sequence[tuple[Sequence[str], int]], noise: float = 0.0, effort: int = EFFORT
) -> Mined:
    """The same, and where it was given up to look for more because of `WIDEST` or `effort`."""
    if not 0 <= noise <= 1:
        raise ValueError(f"noise is {noise}; it is a share from 0 to 1")
    names = sorted({a for way, _ in ways for a in way})
    number = {a: k for k, a in enumerate(names)}
    log: Counter[Trace] = Counter()
    for way, n in ways:
        log[tuple(number[a] for a in way)] += n
    miner = _Miner(names, noise, effort)
    return Mined(reduced(miner.mine(log, 0)), miner.passed_over)


class _Miner:
    def __init__(self, names: Sequence[str], noise: float, effort: int) -> None:
        self.leaves = [activity(name) for name in names]
        self.noise = noise
        self.effort = effort  # what is left of it
        self.passed_over = 0

    def mine(self, log: Counter[Trace], depth: int) -> Tree:
        # what stands around the rest, from the outside: parts beside it, or (None) "or nothing"
        around: list[list[Tree] | None] = []
        while True:
            total = sum(log.values())
            empty = log.pop((), 0)
            if not log:
                tree = TAU
                break
            if empty and empty >= self.noise * total:
                around.append(None)
            graph = follows(log)
            if graph.nodes.bit_count() == 1:
                tree = self._one(log, graph)
                break
            inside = depth + len(around) + 1
            if inside >= DEEPEST:
                tree = self._flower(graph)
                break
            cut = self._cut(graph)
            if cut is not None:
                tree = self._divide(log, cut, inside)
                break
            single = once_each(log)
            if single:
                _beside(around).append(self.leaves[single[0]])
                log = without(log, single[0])
                continue
            found = self._concurrent(log, graph)
            if found is not None:
                _beside(around).append(self.mine(only(log, found), inside))
                log = without(log, found)
                continue
            again = self._tau_loop(log, graph)
            tree = self._flower(graph) if again is None else loop(self.mine(again, inside), TAU)
            break
        for parts in reversed(around):
            tree = exclusive(TAU, tree) if parts is None else parallel(*parts, tree)
        return tree

    def _one(self, log: Log, graph: Follows) -> Tree:
        (a,) = members(graph.nodes)
        repeated = sum(n for trace, n in log.items() if len(trace) > 1)
        if repeated and repeated >= self.noise * sum(log.values()):
            return loop(self.leaves[a], TAU)
        return self.leaves[a]

    def _cut(self, graph: Follows) -> Cut | None:
        found = find_cut(graph.graph())
        if found is None and self.noise:
            found = find_cut(graph.filtered(self.noise))
        return found

    def _divide(self, log: Log, cut: Cut, depth: int) -> Tree:
        kind, groups = cut
        depth += kind == "loop" and len(groups) > 2
        trees = []
        for part in divided(log, cut):
            if not part:  # all was left out
                continue
            trees.append(self.mine(part, depth))
        if kind == "exclusive":
            return exclusive(*trees)
        if kind == "sequence":
            return sequence(*trees)
        if kind == "parallel":
            return parallel(*trees)
        if len(trees) == 1:
            return trees[0]
        return loop(trees[0], exclusive(*trees[1:]))

    def _flower(self, graph: Follows) -> Tree:
        """Any of the activities, at least once, in any order."""
        return loop(exclusive(*(self.leaves[a] for a in members(graph.nodes))), TAU)

    def _concurrent(self, log: Log, graph: Follows) -> int | None:
        """The first activity without which the rest can be divided; first without filtering.

        None too where they are too many, or may be for the effort that is left.
        """
        size = graph.nodes.bit_count()
        if size > WIDEST or size**3 * (2 if self.noise else 1) > self.effort:
            self.passed_over += 1
            return None
        around = _around(log)
        bare = graph.graph()
        for a in members(graph.nodes):
            self.effort -= size**2
            if find_cut(_graph_without(bare, around[a], a)) is not None:
                return a
        if self.noise:
            for a in members(graph.nodes):
                self.effort -= size**2
                rest = _follows_without(graph, around[a], a)
                if find_cut(rest.filtered(self.noise)) is not None:
                    return a
        return None

    def _tau_loop(self, log: Log, graph: Follows) -> Counter[Trace] | None:
        """The log cut up where a sequence begins anew, after an end or else anywhere."""
        bare = graph.graph()
        total = sum(log.values())
        for ends in (bare.end, None):
            found = cut_up(log, bare.start, ends)
            if sum(found.values()) > total:
                return found
        return None


def _beside(around: list[list[Tree] | None]) -> list[Tree]:
    """The parts beside the rest, innermost."""
    if around and (last := around[-1]) is not None:
        return last
    parts: list[Tree] = []
    around.append(parts)
    return parts


def _around(log: Log) -> dict[int, Counter[tuple[int, int]]]:
    """For each activity, what stands before and after its runs; -1 is the beginning or the end."""
    found: dict[int, Counter[tuple[int, int]]] = {}
    for trace, n in log.items():
        last = before = -1  # the activity before this run, and the one before that run
        for a in trace:
            if a != last:
                if last >= 0:
                    found.setdefault(last, Counter())[before, a] += n
                last, before = a, last
        found.setdefault(last, Counter())[before, -1] += n
    return found


def _graph_without(graph: Graph, around: Counter[tuple[int, int]], a: int) -> Graph:
    """The directly-follows graph of the log without one activity."""
    others = ~(1 << a)
    succ = {x: after & others for x, after in graph.succ.items() if x != a}
    pred = {x: before & others for x, before in graph.pred.items() if x != a}
    start, end = graph.start & others, graph.end & others
    for x, y in around:
        if x >= 0 and y >= 0:
            succ[x] |= 1 << y
            pred[y] |= 1 << x
        elif y >= 0:
            start |= 1 << y
        elif x >= 0:
            end |= 1 << x
    return Graph(graph.nodes & others, succ, pred, start, end)


def _follows_without(graph: Follows, around: Counter[tuple[int, int]], a: int) -> Follows:
    """The same with counts."""
    found = Follows(
        graph.nodes & ~(1 << a),
        Counter({e: n for e, n in graph.edges.items() if a not in e}),
        Counter({x: n for x, n in graph.starts.items() if x != a}),
        Counter({x: n for x, n in graph.ends.items() if x != a}),
    )
    for (x, y), n in around.items():
        if x >= 0 and y >= 0:
            found.edges[x, y] += n
        elif y >= 0:
            found.starts[y] += n
        elif x >= 0:
            found.ends[x] += n
    return found
