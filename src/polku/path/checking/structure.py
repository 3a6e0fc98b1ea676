"""The graph of a path: who follows whom along sequence flows, and what can be reached from where.

Boundary events follow their step (they can happen while it is going on); a link that is thrown is
followed by the link of the same name that is caught. Sub-processes are graphs of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from polku.path.model import Event, Gateway, Node, Path, Step


class Structure:
    """The graphs of a path; all ids are of nodes of the path, flows to nowhere are left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.after: dict[str, list[str]] = {n.id: [] for n in path.nodes}
        for flow in path.flows:
            if path.has(flow.source) and path.has(flow.target):
                self.after[flow.source].append(flow.target)
        for event in path.events:
            if event.attached_to in self.after:
                self.after[event.attached_to].append(event.id)
        for source, target in links(path):
            self.after[source].append(target)
        self.before: dict[str, list[str]] = {n.id: [] for n in path.nodes}
        for source, targets in self.after.items():
            for target in targets:
                self.before[target].append(source)

    @cached_property
    def scopes(self) -> tuple[str | None, ...]:
        """The process (None) and the sub-processes that hold nodes."""
        holding = {n.within for n in self.path.nodes}
        return (None, *(s.id for s in self.path.steps if s.id in holding))

    @cached_property
    def begins(self) -> dict[str | None, tuple[str, ...]]:
        """The nodes with which a scope begins: its start events, else all that nothing leads to."""
        out: dict[str | None, tuple[str, ...]] = {}
        for scope in self.scopes:
            nodes = list(self.path.inside(scope))
            starts = [n.id for n in nodes if is_start(n)]
            loose = [n.id for n in nodes if not self.before[n.id] and self.in_flow(n)]
            out[scope] = tuple(starts or loose)
        return out

    @cached_property
    def ends(self) -> frozenset[str]:
        """End events, and in a scope without any all nodes after which nothing comes."""
        found = set()
        for scope in self.scopes:
            nodes = list(self.path.inside(scope))
            ends = {n.id for n in nodes if isinstance(n, Event) and n.position == "end"}
            found |= ends or {n.id for n in nodes if not self.after[n.id]}
        return frozenset(found)

    def in_flow(self, node: Node) -> bool:
        """Whether flows are to lead to a node: not to event sub-processes and handlers."""
        return not (isinstance(node, Step) and node.on_event) and node.id not in self.handlers

    @cached_property
    def handlers(self) -> frozenset[str]:
        """Compensation: its boundary events, and the steps beside the flow that they call."""
        boundaries = {e.id for e in self.path.events if _compensates(e)}
        scopes = {e.within for e in self.path.events if _compensates(e)}
        steps = {
            s.id
            for s in self.path.steps
            if s.within in scopes and not self.before[s.id] and not self.path.out(s.id)
        }
        return frozenset(boundaries | steps)

    @cached_property
    def reached(self) -> frozenset[str]:
        """Nodes that some way from a begin reaches."""
        return frozenset(closure((b for found in self.begins.values() for b in found), self.after))

    @cached_property
    def ending(self) -> frozenset[str]:
        """Nodes from which some way leads to an end."""
        return frozenset(closure(self.ends, self.before))

    def from_node(self, id: str) -> set[str]:
        """Nodes that can follow a node, itself only where it lies in a loop."""
        return closure(self.after[id], self.after)


def _compensates(event: Event) -> bool:
    return event.position == "boundary" and event.trigger == "compensate"


def is_start(node: Node) -> bool:
    """Whether a node is a start event."""
    return isinstance(node, Event) and node.position == "start"


def links(path: Path) -> Iterator[tuple[str, str]]:
    """Pairs of link events: thrown and caught under one name in one scope."""
    caught = {
        (e.within, e.name): e.id for e in path.events if e.trigger == "link" and not path.into(e.id)
    }
    for event in path.events:
        if event.trigger == "link" and event.position in ("throw", "end"):
            target = caught.get((event.within, event.name))
            if target is not None and target != event.id:
                yield event.id, target


def closure(begin: Iterable[str], after: dict[str, list[str]]) -> set[str]:
    """Everything that can be reached, the begin included."""
    seen = set(begin)
    todo = list(seen)
    while todo:
        for target in after[todo.pop()]:
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def components(nodes: Iterable[str], after: dict[str, list[str]]) -> list[list[str]]:
    """Strongly connected components among some nodes (Tarjan 1972), the last ones first."""
    among = dict.fromkeys(nodes)
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on: set[str] = set()
    out: list[list[str]] = []
    for root in among:
        if root in index:
            continue
        work = [(root, iter(after[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on.add(root)
        while work:
            node, rest = work[-1]
            target = next((t for t in rest if t in among and (t not in index or t in on)), None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = stack.index(node)
                    out.append(stack[cut:])
                    on.difference_update(stack[cut:])
                    del stack[cut:]
            elif target in index:
                low[node] = min(low[node], index[target])
            else:
                index[target] = low[target] = len(index)
                stack.append(target)
                on.add(target)
                work.append((target, iter(after[target])))
    return out


def is_loop(component: list[str], after: dict[str, list[str]]) -> bool:
    """Whether a component is a loop."""
    return len(component) > 1 or component[0] in after[component[0]]


def divides(path: Path, node: Node) -> bool:
    """Whether a gateway (or step) has several flows out."""
    return isinstance(node, Gateway | Step) and len(path.out(node.id)) > 1
