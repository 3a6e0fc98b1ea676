"""How much one matter meets on its way: the least and the most over all ways through a path."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from polku.path.changes.order import Order
from polku.path.model import Event, Step

Weight = Callable[[str], int]
Span = tuple[int, int]


class Ways:
    """The ways from the beginning of a path to its end, each loop gone through at most once.

    Its end is that to which the most steps lead: matters that are withdrawn or declined on the way
    do not count. Exact where every split is closed by its own join; elsewhere what two ways share
    may count twice, but never more than all there is.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        self.ids = {n: id for id, n in order.at.items()}

    def span(self, weight: Weight) -> Span:
        """The least and the most that one way collects of `weight` (of a step's or event's id)."""
        found: dict[tuple[int, int], Span] = {}
        total = sum(map(weight, self.order.at))
        start, end = self.order.start, self.order.end
        if end not in self._meet:
            return total, total
        low, high = self._from(start, end, weight, found)
        return min(low, total), min(high, total)

    @cached_property
    def going_on(self) -> frozenset[str]:
        """Ids of the flows that lead to the end, and neither back nor to another end."""
        left = self.order.back | self._ends
        return frozenset(
            edge.flow.id
            for e, edge in enumerate(self.order.edges)
            if edge.flow is not None and e not in left and edge.target in self._meet
        )

    # -- the graph without loops

    @cached_property
    def _ends(self) -> frozenset[int]:
        """Edges into the end of the path from an end that is not the one most steps lead to."""
        into = [e for e in self.order.nodes[self.order.end].into if e not in self.order.back]
        steps = [n for n, id in self.ids.items() if isinstance(self.order.path.node(id), Step)]
        reach = self.order._once

        def led(e: int) -> int:
            source = self.order.edges[e].source
            return sum(reach[n] >> source & 1 for n in steps)

        most = max(map(led, into), default=0)
        return frozenset(e for e in into if led(e) < most and self._ended(e))

    def _ended(self, e: int) -> bool:
        id = self.ids.get(self.order.edges[e].source)
        node = self.order.path.node(id) if id is not None else None
        return isinstance(node, Event) and node.position == "end"

    @cached_property
    def _out(self) -> list[list[int]]:
        """For each node the edges that lead on."""
        left = self.order.back | self._ends
        return [[e for e in node.out if e not in left] for node in self.order.nodes]

    @cached_property
    def _meet(self) -> dict[int, frozenset[int]]:
        """For each node from which the end is reached: what all ways from there come through."""
        found: dict[int, frozenset[int]] = {self.order.end: frozenset([self.order.end])}
        for n in self.order._postorder(self.order.back):
            if n == self.order.end:
                continue
            ways = [found[t] for e in self._out[n] if (t := self.order.edges[e].target) in found]
            if ways:
                found[n] = frozenset([n]).union(frozenset.intersection(*ways))
        return found

    def _next(self, n: int) -> int:
        """The nearest node that all ways from a node come through."""
        ahead = self._meet[n] - {n}
        return max(ahead, key=lambda m: len(self._meet[m]))

    # -- counting

    def _from(self, n: int, stop: int, weight: Weight, found: dict[tuple[int, int], Span]) -> Span:
        """What is collected from a node (with it) up to another (without it)."""
        low = high = 0
        at = n
        while at != stop:
            if (at, stop) in found:
                more = found[at, stop]
                low, high = low + more[0], high + more[1]
                break
            own = weight(self.ids[at]) if at in self.ids else 0
            if at not in self._meet or (at != stop and stop not in self._meet[at]):
                beside = sum(self._aside(e, weight, {at}) for e in self._out[at])
                return low + own, high + own + beside
            after = self._next(at)
            least, most = self._split(at, after, weight, found)
            low, high = low + own + least, high + own + most
            at = after
        found[n, stop] = (low, high)
        return low, high

    def _split(self, n: int, join: int, weight: Weight, found: dict[tuple[int, int], Span]) -> Span:
        node, edges = self.order.nodes[n], self.order.edges
        ahead = [e for e in self._out[n] if edges[e].target in self._meet]
        ways = {e: self._from(edges[e].target, join, weight, found) for e in ahead}
        firm = [e for e in ahead if not edges[e].free]
        low, high = _joined(
            [ways[e] for e in firm],
            "and" if len(firm) < 2 else node.split,
            [ways[e] for e in firm if not edges[e].default],
        )
        high += sum(ways[e][1] for e in ahead if edges[e].free)
        high += sum(self._aside(e, weight, {n}) for e in self._out[n] if e not in ways)
        return low, high

    def _aside(self, e: int, weight: Weight, seen: set[int]) -> int:
        """All that lies on a way that only leads back."""
        left, total = [self.order.edges[e].target], 0
        while left:
            at = left.pop()
            if at in seen or at in self._meet:
                continue
            seen.add(at)
            total += weight(self.ids[at]) if at in self.ids else 0
            left += [self.order.edges[k].target for k in self._out[at]]
        return total


def _joined(ways: list[Span], split: str, told: list[Span]) -> Span:
    """Ways that are taken together, one of them, or all whose condition holds."""
    if not ways:
        return 0, 0
    if split == "and":
        return sum(w[0] for w in ways), sum(w[1] for w in ways)
    low, high = min(w[0] for w in ways), max(w[1] for w in ways)
    return low, (max(high, sum(w[1] for w in told)) if split == "or" else high)
