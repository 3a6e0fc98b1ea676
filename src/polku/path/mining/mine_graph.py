"""The directly-follows graph of a log, and the cuts by which the Inductive Miner divides it.

Activities are numbers in alphabetical order, sets of them are the bits of one integer, so every
tie is broken by the alphabet and a graph of hundreds of activities is divided in milliseconds.

The cuts are those of Leemans, Fahland and van der Aalst (2013), "Discovering block-structured
process models from event logs"; the sequence cut that keeps together what is skipped together is
in Leemans (2017), "Robust process mining with guarantees", p. 233.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from polku.path.mining.tree import Kind

Trace = tuple[int, ...]
Cut = tuple[Kind, list[int]]
"""An operator and its groups of activities; of a loop the first group is what is done."""


def members(bits: int) -> Iterator[int]:
    """The numbers whose bits are set, ascending."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


@dataclass
class Graph:
    """Which activity directly follows which; `start` and `end` begin and end a sequence."""

    nodes: int
    succ: dict[int, int]
    pred: dict[int, int]
    start: int
    end: int


@dataclass
class Follows:
    """A directly-follows graph with its counts; `empty`: how often nothing at all happened."""

    nodes: int = 0
    edges: Counter[tuple[int, int]] = field(default_factory=Counter)
    starts: Counter[int] = field(default_factory=Counter)
    ends: Counter[int] = field(default_factory=Counter)
    empty: int = 0

    def graph(self) -> Graph:
        """The graph without counts."""
        return _graph(self.nodes, self.edges, self.starts, self.ends)

    def filtered(self, noise: float) -> Graph:
        """The graph without its rare edges; beginning and end count as nodes.

        An edge is frequent for its source where it has at least `noise` times the count of the
        most frequent edge out of it, and likewise for its target. It is kept where it is frequent
        for both, or for one of them the most frequent of all. So every activity keeps a way in
        and a way out. (Leemans et al. 2014, "Discovering block-structured process models from
        event logs containing infrequent behaviour", look at the source alone: a rare branch then
        loses the only way that leads to it, and becomes an alternative to all that it follows.)
        """
        begin, finish = -1, -2
        edges = dict(self.edges)
        edges.update({(begin, a): n for a, n in self.starts.items()})
        edges.update({(a, finish): n for a, n in self.ends.items()})
        out: dict[int, int] = {}
        into: dict[int, int] = {}
        for (a, b), n in edges.items():
            if a != b:
                out[a], into[b] = max(out.get(a, 0), n), max(into.get(b, 0), n)
        kept = [
            (a, b)
            for (a, b), n in edges.items()
            if a != b
            and (n >= noise * out[a] or n == into[b])
            and (n >= noise * into[b] or n == out[a])
        ]
        return _graph(
            self.nodes,
            (e for e in kept if e[0] >= 0 and e[1] >= 0),
            (b for a, b in kept if a == begin),
            (a for a, b in kept if b == finish),
        )


def _graph(
    nodes: int, edges: Iterable[tuple[int, int]], starts: Iterable[int], ends: Iterable[int]
) -> Graph:
    succ = dict.fromkeys(members(nodes), 0)
    pred = dict(succ)
    for a, b in edges:
        succ[a] |= 1 << b
        pred[b] |= 1 << a
    return Graph(nodes, succ, pred, _bits(starts), _bits(ends))


def _bits(numbers: Iterable[int]) -> int:
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def follows(log: Mapping[Trace, int]) -> Follows:
    """Count which activity directly follows which."""
    found = Follows()
    edges, starts, ends = found.edges, found.starts, found.ends
    seen: set[int] = set()
    for trace, n in log.items():
        if not trace:
            found.empty += n
            continue
        starts[trace[0]] += n
        ends[trace[-1]] += n
        seen.update(trace)
        for pair in pairwise(trace):
            edges[pair] += n
    found.nodes = _bits(seen)
    return found


def find_cut(graph: Graph) -> Cut | None:
    """The first cut that divides the graph: exclusive, sequence, parallel, loop, in this order."""
    searches: tuple[tuple[Kind, Callable[[Graph], list[int]]], ...] = (
        ("exclusive", _exclusive),
        ("sequence", _sequence),
        ("parallel", _parallel),
        ("loop", _loop),
    )
    for kind, search in searches:
        groups = search(graph)
        if len(groups) > 1:
            return kind, groups
    return None


def _components(nodes: int, near: Callable[[int], int]) -> list[int]:
    """Connected parts of a set of nodes, in the order of their first nodes."""
    found = []
    while nodes:
        part = new = nodes & -nodes
        nodes ^= part
        while new:
            reached = 0
            for node in members(new):
                reached |= near(node)
            new = reached & nodes
            nodes ^= new
            part |= new
        found.append(part)
    return found


def _reach(start: int, steps: dict[int, int], within: int) -> int:
    reached = new = start
    while new:
        found = 0
        for node in members(new):
            found |= steps[node]
        new = found & within & ~reached
        reached |= new
    return reached


def _exclusive(graph: Graph) -> list[int]:
    return _components(graph.nodes, lambda a: graph.succ[a] | graph.pred[a])


def _sequence(graph: Graph) -> list[int]:
    # of each strongly connected part, by its first node: itself, what it reaches, what reaches it
    parts: dict[int, int] = {}
    reach: dict[int, int] = {}
    reached: dict[int, int] = {}
    first = 0
    left = graph.nodes
    while left:
        node = left & -left
        after, before = (_reach(node, to, graph.nodes) for to in (graph.succ, graph.pred))
        part = after & before
        if part == graph.nodes:
            return [part]
        number = node.bit_length() - 1
        parts[number], reach[number], reached[number] = part, after, before
        first |= node
        left &= ~part
    # parts of which none reaches the other belong to one group
    groups = []
    for together in _components(first, lambda i: first & ~(reach[i] | reached[i])):
        group = after = 0
        for i in members(together):
            group |= parts[i]
            after |= reach[i]
        groups.append((-(after & ~group).bit_count(), group))
    ordered = [group for _, group in sorted(groups)]
    return _joined(graph, ordered)


def _joined(graph: Graph, groups: list[int]) -> list[int]:
    """Join to a group that may be skipped the neighbours that never occur without it.

    From the first group on; what would leave a single group is not joined.
    """
    last = len(groups)
    number = {a: k for k, group in enumerate(groups) for a in members(group)}
    # the earliest group from which each is entered (-1: the beginning), the latest it leads to
    since = [-1 if group & graph.start else last for group in groups]
    until = [last if group & graph.end else -1 for group in groups]
    for a, later in graph.succ.items():
        for b in members(later):
            i, j = number[a], number[b]
            if i != j:
                since[j], until[i] = min(since[j], i), max(until[i], j)
    join = [False] * last  # a group with the one before it
    for p in range(last):
        if min(since[p + 1 :], default=last) >= p and max(until[:p], default=-1) < last:
            continue
        low = high = p
        while low > 0 and until[low - 1] <= p:
            low -= 1
        while high + 1 < last and since[high + 1] >= p:
            high += 1
        more = [j or low < k <= high for k, j in enumerate(join)]
        if not all(more[1:]):
            join = more
    found: list[int] = []
    for group, with_last in zip(groups, join, strict=True):
        if with_last:
            found[-1] |= group
        else:
            found.append(group)
    return found


def _parallel(graph: Graph) -> list[int]:
    nodes = graph.nodes
    parts = _components(nodes, lambda a: nodes & ~(graph.succ[a] & graph.pred[a]))
    if len(parts) < 2:
        return parts
    parts.sort(key=lambda p: (p.bit_count(), p & -p))
    k = 0
    while k < len(parts) and len(parts) > 1:
        if parts[k] & graph.start and parts[k] & graph.end:
            k += 1
            continue
        part = parts.pop(k)  # cannot run by itself
        parts[max(k - 1, 0)] |= part
        k = max(k - 1, 0)
    return sorted(parts, key=lambda p: p & -p)


def _loop(graph: Graph) -> list[int]:
    start, end = graph.start, graph.end
    do = start | end
    parts = _components(graph.nodes & ~do, lambda a: graph.succ[a] | graph.pred[a])
    redo = [part for part in parts if _redoes(graph, part, do)]
    done = graph.nodes
    for part in redo:
        done &= ~part
    return [done, *redo]


def _redoes(graph: Graph, part: int, do: int) -> bool:
    """Whether a part is entered only from all ends and left only to all starts."""
    start, end = graph.start, graph.end
    entered = left = False
    for a in members(part):
        from_do, to_do = graph.pred[a] & do, graph.succ[a] & do
        if from_do not in (0, end) or to_do not in (0, start):
            return False
        entered |= from_do != 0
        left |= to_do != 0
    return entered and left
