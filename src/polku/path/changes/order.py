"""In which order the steps of a path come: the behaviour of its graph, whatever its drawing.

A behavioural profile (Weidlich, Mendling & Weske 2011, doi:10.1109/TSE.2010.96): for each pair of
steps whether one always comes before the other, both may go on at the same time, they exclude each
other, or either may come first. Gateways, ids and layout leave no trace in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from polku.path.model import Event, Flow, Gateway, Node, Path, Step

Relation = Literal["before", "after", "parallel", "exclusive", "either"]
START, END = "\x00start", "\x00end"
"""The beginning and the end of a matter, in places where steps stand."""
NOT, EVENT = "\x01", "\x00"
"""Before a condition: that it does not hold; before an id: that this event happens."""
MAX_ROUNDS = 1000
"""Rounds of loops after which a share is as good as it gets."""
MAX_WAYS = 64
"""Combinations of conditions that are kept apart between two steps."""

Words = frozenset[str]
Ways = frozenset[Words]


@dataclass(frozen=True, slots=True)
class Branch:
    """How one step leads to the next: in which share of cases, and under which conditions.

    `share`: None where a gateway on the way does not say; `conditions`: the alternatives, each all
    the conditions on one way (with NOT or EVENT before them); None: more than are kept apart.
    """

    share: float | None
    conditions: Ways | None
    labels: frozenset[str] = frozenset()

    @property
    def always(self) -> bool:
        """Whether no condition stands on one of the ways."""
        return self.conditions is not None and frozenset() in self.conditions


@dataclass(slots=True)
class _Edge:
    source: int
    target: int
    flow: Flow | None = None
    default: bool = False
    free: bool = False  # goes on beside its brothers, whatever the node is


@dataclass(slots=True)
class _Node:
    id: str
    split: str = "and"  # and, or, xor
    join: str = "xor"
    gateway: bool = False
    out: list[int] = field(default_factory=list)
    into: list[int] = field(default_factory=list)


class Order:
    """The order of a path's steps, from its graph with sub-processes opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.nodes: list[_Node] = []
        self.edges: list[_Edge] = []
        self.at: dict[str, int] = {}
        self._leave: dict[str, int] = {}
        self._build()
        self.back = frozenset(self._back_edges())

    # -- the graph

    def _add(self, id: str, split: str = "and", join: str = "xor") -> int:
        self.nodes.append(_Node(id, split, join))
        return len(self.nodes) - 1

    def _link(self, source: int, target: int, flow: Flow | None = None, **more: bool) -> None:
        self.edges.append(_Edge(source, target, flow, **more))
        self.nodes[source].out.append(len(self.edges) - 1)
        self.nodes[target].into.append(len(self.edges) - 1)

    def _build(self) -> None:
        path = self.path
        self.start, self.end = self._add(START), self._add(END)
        for node in path.nodes:
            if isinstance(node, Gateway):
                rule = {"parallel": "and", "exclusive": "xor", "event": "xor"}.get(node.kind, "or")
                self.at[node.id] = self._add(node.id, rule, rule)
                self.nodes[-1].gateway = True
                continue
            told = any(f.condition or f.probability is not None for f in path.out(node.id))
            split = "or" if told and len(path.out(node.id)) > 1 else "and"
            self.at[node.id] = self._add(node.id, split)
            if isinstance(node, Step) and node.holds_nodes:
                self._leave[node.id] = self._add(f"{node.id}\x00end", split)
        for flow in path.flows:
            source = self._leave.get(flow.source, self.at[flow.source])
            holder = path.node(flow.source)
            default = None if isinstance(holder, Event) else holder.default
            self._link(source, self.at[flow.target], flow, default=flow.id == default)
        self._scope(None, self.start, self.end)
        for node in path.steps:
            if node.holds_nodes:
                self._scope(node.id, self.at[node.id], self._leave[node.id])
            self._boundary(node)

    def _scope(self, within: str | None, first: int, last: int) -> None:
        """Lead into what a sub-process (or the path itself) holds, and out of it."""
        inside = list(self.path.inside(within))
        starts: list[Node] = [n for n in inside if isinstance(n, Event) and n.position == "start"]
        begins = starts or [
            n
            for n in inside
            if not self.path.into(n.id)
            and not (isinstance(n, Event) and n.position == "boundary")
            and not (isinstance(n, Step) and n.on_event)
        ]
        if len(begins) > 1:
            self.nodes[first].split = "xor" if starts else "and"
        for begin in begins:
            self._link(first, self.at[begin.id])
        for node in inside:
            leave = self._leave.get(node.id, self.at[node.id])
            if isinstance(node, Step) and node.on_event:
                self._link(first, self.at[node.id], free=True)
            if not self.path.out(node.id):
                self._link(leave, last)
        if not begins:
            self._link(first, last)

    def _boundary(self, step: Step) -> None:
        """What may happen while a step is done: instead of its end, or beside it."""
        for event in self.path.boundary(step.id):
            sources = [self._leave.get(step.id, self.at[step.id])]
            if step.holds_nodes:
                sources += [self.at[n.id] for n in self.path.inside(step.id) if isinstance(n, Step)]
            for source in sources:
                self._link(source, self.at[event.id], free=not event.interrupting)
                if event.interrupting and self.nodes[source].split == "and":
                    self.nodes[source].split = "and|xor"

    def _together(self, node: _Node, a: int, b: int) -> bool:
        """Whether two edges out of a node may be taken both."""
        one, two = self.edges[a], self.edges[b]
        if one.free or two.free or node.split in ("and", "or"):
            return True
        if node.split == "and|xor":  # flows go together, an interruption goes alone
            return one.flow is not None and two.flow is not None
        return False

    # -- loops

    def _back_edges(self) -> Iterator[int]:
        """Edges that close a loop: to a dominator, then what still closes one in depth-first."""
        order = self._postorder(frozenset())
        rank = {n: k for k, n in enumerate(reversed(order))}
        above: dict[int, int] = {self.start: self.start}  # immediate dominators (Cooper 2001)
        changed = True
        while changed:
            changed = False
            for n in reversed(order):
                if n == self.start:
                    continue
                found = None
                for e in self.nodes[n].into:
                    p = self.edges[e].source
                    if p in above:
                        found = p if found is None else self._common(above, rank, p, found)
                if found is not None and above.get(n) != found:
                    above[n], changed = found, True
        back = set()
        for k, edge in enumerate(self.edges):
            at = edge.source
            while at in above:
                if at == edge.target:
                    back.add(k)
                    break
                if above[at] == at:
                    break
                at = above[at]
        yield from back
        rank = {n: k for k, n in enumerate(reversed(self._postorder(frozenset(back))))}
        for k, edge in enumerate(self.edges):
            if k not in back and rank.get(edge.source, 0) >= rank.get(edge.target, len(rank)):
                yield k

    @staticmethod
    def _common(above: dict[int, int], rank: dict[int, int], a: int, b: int) -> int:
        while a != b:
            while rank[a] > rank[b]:
                a = above[a]
            while rank[b] > rank[a]:
                b = above[b]
        return a

    def _postorder(self, without: frozenset[int]) -> list[int]:
        seen, out = {self.start}, []
        stack = [(self.start, iter(self.nodes[self.start].out))]
        while stack:
            at, ways = stack[-1]
            for e in ways:
                target = self.edges[e].target
                if e not in without and target not in seen:
                    seen.add(target)
                    stack.append((target, iter(self.nodes[target].out)))
                    break
            else:
                out.append(at)
                stack.pop()
        return out

    # -- relations

    def _reach(self, without: frozenset[int]) -> list[int]:
        """For each node the nodes that can be reached from it, as bits."""
        reach = [0] * len(self.nodes)
        order = self._postorder(without)
        order += [n for n in range(len(self.nodes)) if n not in set(order)]
        changed = True
        while changed:
            changed = False
            for n in order:
                now = reach[n]
                for e in self.nodes[n].out:
                    if e not in without:
                        target = self.edges[e].target
                        now |= reach[target] | 1 << target
                if now != reach[n]:
                    reach[n], changed = now, True
        return reach

    @cached_property
    def _once(self) -> list[int]:
        return self._reach(self.back)

    @cached_property
    def _ever(self) -> list[int]:
        return self._reach(frozenset())

    @cached_property
    def _beside(self) -> list[int]:
        """For each edge the edges that may carry the same matter at the same time, as bits.

        The concurrency relation of free-choice nets (Kovalyov & Esparza 1996), by fixpoint.
        """
        beside = [0] * len(self.edges)
        for node in self.nodes:
            for k, a in enumerate(node.out):
                for b in node.out[k + 1 :]:
                    if self._together(node, a, b):
                        beside[a] |= 1 << b
                        beside[b] |= 1 << a
        leads = [0] * len(self.nodes)  # edges from which a node can still be reached
        for n in range(len(self.nodes)):
            for k, edge in enumerate(self.edges):
                if edge.target == n or self._once[edge.target] >> n & 1:
                    leads[n] |= 1 << k
        changed = True
        while changed:
            changed = False
            for n, node in enumerate(self.nodes):
                if not node.into or not node.out:
                    continue
                arriving = [beside[e] for e in node.into if e not in self.back] or [0]
                mask = 0
                if node.join == "and":
                    mask = arriving[0]
                    for one in arriving[1:]:
                        mask &= one
                else:
                    for one in arriving:
                        mask |= one
                    if len(arriving) > 1:
                        mask &= ~leads[n]
                for e in node.out:
                    if new := mask & ~beside[e] & ~(1 << e):
                        beside[e] |= new
                        changed = True
                        for k in _bits(new):
                            beside[k] |= 1 << e
        return beside

    def parallel(self, a: str, b: str) -> bool:
        """Whether two steps may go on at the same time."""
        into = 0
        for e in self.nodes[self.at[b]].into:
            into |= 1 << e
        return any(self._beside[e] & into for e in self.nodes[self.at[a]].into)

    def over_loop(self, a: str, b: str) -> bool:
        """Whether only a loop leads from one of two steps to the other."""
        i, j = self.at[a], self.at[b]
        there, back = self._ever[i] >> j & 1, self._ever[j] >> i & 1
        return bool(there or back) and not (self._after(a, b) or self._after(b, a))

    def relation(self, a: str, b: str) -> Relation:
        """How a step stands to another.

        "before": always before it where both are done; loops count once. "either": both lie in a
        loop in which neither comes first.
        """
        i, j = self.at[a], self.at[b]
        if self._after(a, b):
            return "before"
        if self._after(b, a):
            return "after"
        if self.parallel(a, b):
            return "parallel"
        there, back = self._ever[i] >> j & 1, self._ever[j] >> i & 1
        if there and back:
            return "either"
        return "before" if there else "after" if back else "exclusive"

    def mandatory(self, id: str) -> bool:
        """Whether every matter that comes to an end goes through a step."""
        return not self._avoids(self.at[id])

    def _avoids(self, wanted: int) -> bool:
        avoid: dict[int, bool] = {}
        for n in self._order:
            node = self.nodes[n]
            ways = [
                (self.edges[e], avoid.get(self.edges[e].target, False))
                for e in node.out
                if e not in self.back and not self.edges[e].free
            ]
            if n == wanted:
                avoid[n] = False
            elif not node.out:
                avoid[n] = True
            elif node.split == "and|xor":
                flows = [a for e, a in ways if e.flow is not None]
                others = [a for e, a in ways if e.flow is None]
                avoid[n] = (bool(flows) and all(flows)) or any(others)
            elif node.split == "and":
                avoid[n] = bool(ways) and all(a for _, a in ways)
            else:
                avoid[n] = any(a for _, a in ways)
        return avoid.get(self.start, False)

    # -- from step to step

    def branches(self, seen: Iterable[str]) -> dict[tuple[str, str], Branch]:
        """How each step that is `seen` leads to the next that is, over all that is not.

        START and END stand for the beginning and the end; a loop that holds no step is gone
        through once.
        """
        whole, _ = self._ways(frozenset(seen))
        return {
            (source, target): Branch(*found)
            for source, ways in whole.items()
            for target, found in ways.items()
        }

    def again(self, seen: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Pairs of steps (last, first) between which a loop leads back."""
        _, over = self._ways(frozenset(seen))
        return frozenset(
            (a, b)
            for a, ways in over.items()
            for b in ways
            if a not in (START, END) and b != END and (a == b or self._after(b, a))
        )

    def _after(self, a: str, b: str) -> bool:
        return bool(self._once[self.at[a]] >> self.at[b] & 1)

    def _ways(self, seen: frozenset[str]) -> tuple[dict[str, _Found], dict[str, _Found]]:
        """For each seen step the next ones, and those of them to which a loop leads back."""
        names = [n.id if n.id in seen or n.id in (START, END) else None for n in self.nodes]
        order = self._order
        once: dict[int, _Found] = {}
        whole: dict[int, _Found] = {}
        over: dict[int, _Found] = {}
        for n in order:
            once[n] = self._next(n, names, once, skip=self.back)
        for n in order:
            whole[n] = self._next(n, names, whole, loops=once)
            over[n] = self._next(n, names, over, loops=once, plain=False)
        return (
            {name: whole[n] for n in order if (name := names[n]) is not None and name != END},
            {name: over[n] for n in order if (name := names[n]) is not None and over[n]},
        )

    def _next(
        self, n: int, names: list[str | None], found: dict[int, _Found], *,
        skip: frozenset[int] = frozenset(), loops: dict[int, _Found] | None = None,
        plain: bool = True,
    ) -> _Found:  # fmt: skip
        """What a node leads to, from what its successors lead to.

        `loops`: what to take where a loop leads back; `plain`: whether ways count that lead to a
        step without any loop.
        """
        out: _Found = {}
        sure: dict[str, int] = {}  # ways out that lead to a step on no further condition
        used = [e for e in self.nodes[n].out if e not in skip]
        both = self.nodes[n].split == "and"
        for e in used:
            edge, back = self.edges[e], e in self.back
            share, words, labels = self._told(n, e)
            name = names[edge.target]
            if name is not None:
                if plain or back:
                    _merge(out, name, share, frozenset([words]), labels, both)
                    sure[name] = sure.get(name, 0) + 1
                continue
            source = loops if back and loops is not None else found
            for name, (more, ways, said) in source.get(edge.target, {}).items():
                product = None if share is None or more is None else share * more
                joined: Ways | None = None
                if ways is not None:
                    gateway = self.nodes[edge.target].gateway
                    one = (_and(words, w, gateway) for w in ways)
                    joined = frozenset(w for w in one if w is not None)
                    if not joined:
                        continue
                _merge(out, name, product, joined, labels | said, both)
                if ways is not None and frozenset() in ways:
                    sure[name] = sure.get(name, 0) + 1
        out = {
            name: (share, None if ways is None else _shortest(ways), labels)
            for name, (share, ways, labels) in out.items()
        }
        if self.nodes[n].split in ("xor", "or"):
            for name, count in sure.items():
                if count == len(used) and (plain or count == len(self.nodes[n].out)):
                    out[name] = (1.0, frozenset([frozenset()]), frozenset())
        return out

    def _told(self, n: int, e: int) -> tuple[float | None, Words, frozenset[str]]:
        """Share, conditions and labels of one way out of a node."""
        node, edge = self.nodes[n], self.edges[e]
        flow = edge.flow
        if flow is None:
            event = EVENT + self.nodes[edge.target].id
            beside = node.split == "and|xor" or edge.free
            return (None, frozenset([event]), frozenset()) if beside else _FREELY
        flows = [f for k in node.out if (f := self.edges[k].flow) is not None]
        if len(flows) < 2 or node.split in ("and", "and|xor"):
            return _FREELY
        words = frozenset([flow.condition] if flow.condition else [])
        if edge.default and not words:
            words = frozenset(NOT + f.condition for f in flows if f.condition)
        return flow.probability, words, frozenset([flow.name] if flow.name else [])

    def guard(self, id: str) -> Branch:
        """Under which conditions, and in which share of matters, a step is done at all."""
        wanted = self.at[id]
        names = [id if n == wanted else None for n in range(len(self.nodes))]
        order = [n for n in self._order if n == self.start or self._ever[n] >> wanted & 1]
        once: dict[int, _Found] = {}
        whole: dict[int, _Found] = once if not self.back else {}
        for n in order:
            once[n] = self._next(n, names, once, skip=self.back)
        if self.back:
            for n in order:
                whole[n] = self._next(n, names, whole, loops=once)
        found = whole[self.start].get(id)
        if found is None:
            return Branch(0.0, frozenset())
        share = self._share(wanted, order) if self.back and found[0] is not None else found[0]
        return Branch(found[0] if share is None else share, *found[1:])

    def _share(self, wanted: int, order: list[int]) -> float | None:
        """The chance that a node is ever reached, over all rounds of loops; None where not told."""
        chance = dict.fromkeys(order, 0.0)
        chance[wanted] = 1.0
        for _ in range(MAX_ROUNDS):
            most = 0.0
            for n in order:
                if n == wanted:
                    continue
                node, ways = self.nodes[n], []
                for e in node.out:
                    share, _, _ = self._told(n, e)
                    there = chance.get(self.edges[e].target, 0.0)
                    if share is None and there > 0:
                        return None
                    ways.append((share or 0.0) * there)
                now = max(ways) if node.split == "and" and ways else min(1.0, sum(ways))
                most, chance[n] = max(most, abs(now - chance[n])), now
            if most < 1e-12:
                break
        return chance[self.start]

    @cached_property
    def _order(self) -> list[int]:
        """The nodes so that each comes after all it leads to, ways back left out."""
        return list(self._postorder(self.back))


_Found = dict[str, tuple[float | None, Ways | None, frozenset[str]]]
_FREELY: tuple[float | None, Words, frozenset[str]] = (1.0, frozenset(), frozenset())


def _merge(
    out: _Found, name: str, share: float | None, ways: Ways | None, labels: frozenset[str],
    both: bool,
) -> None:  # fmt: skip
    """Add a way to a step; `both`: it is taken together with the others, not instead of them."""
    if name in out:
        was, before, said = out[name]
        if share is None or was is None:
            share = None
        else:
            share = max(share, was) if both else min(1.0, share + was)
        ways = None if ways is None or before is None else ways | before
        labels |= said
    if ways is not None and len(ways) > MAX_WAYS:
        ways = None
    out[name] = (share, ways, labels)


def _shortest(ways: Ways) -> Ways:
    """Alternatives without what follows from each other: a, or b and not a, is a or b."""
    found = set(ways)
    changed = True
    while changed:
        changed = False
        found = {w for w in found if not any(v < w for v in found)}
        for way in sorted(found, key=sorted):
            for word in sorted(way):
                against = word.removeprefix(NOT) if word.startswith(NOT) else NOT + word
                rest = way - {word}
                if any(against in v and v - {against} <= rest for v in found):
                    found = (found - {way}) | {rest}
                    changed = True
                    break
            if changed:
                break
    return frozenset(found)


def _and(words: Words, way: Words, gateway: bool) -> Words | None:
    """Conditions of an edge and of a way behind it; None where they exclude each other.

    Between two gateways what does not hold says nothing beside what then holds, as in one gateway
    with all these ways out.
    """
    if gateway and any(not w.startswith(NOT) for w in way):
        words = frozenset(w for w in words if not w.startswith(NOT))
    both = words | way
    return None if any(NOT + w in both for w in both) else both


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def nearest(
    pairs: Iterable[tuple[str, str]], before: Callable[[str, str], bool]
) -> frozenset[tuple[str, str]]:
    """Those pairs (first, second) that the others do not imply.

    (a, c) is implied by (b, c) where a is before b, and by (a, b) where b is before c.
    """
    all_ = set(pairs)
    by_second: dict[str, set[str]] = {}
    by_first: dict[str, set[str]] = {}
    for a, b in all_:
        by_second.setdefault(b, set()).add(a)
        by_first.setdefault(a, set()).add(b)
    return frozenset(
        (a, c)
        for a, c in all_
        if not any(before(a, b) for b in by_second[c] if b != a)
        and not any(before(b, c) for b in by_first[a] if b != c)
    )
