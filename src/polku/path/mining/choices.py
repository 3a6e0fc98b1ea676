"""Which steps come next on which flow of a gateway, and how often a log went each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from polku.path.model import Event, Gateway, Path, Step

START, END = "", " "
"""The beginning and the end of a matter, where a step is expected; no ids of XML."""


@dataclass(frozen=True)
class Choice:
    """An exclusive gateway whose flows can be told apart by the steps that come next.

    `before`: steps (or `START`) after which it is reached; `after`: flow id → the steps (or `END`)
    that may come next on it; no step is on two flows, none comes next in another way.
    """

    gateway: str
    before: frozenset[str]
    after: Mapping[str, frozenset[str]]


def choices(path: Path) -> list[Choice]:
    """The exclusive gateways with several ways on that a log can be asked about."""
    walker = _Walker(path)
    found = []
    for gateway in path.gateways:
        flows = path.out(gateway.id)
        if gateway.kind != "exclusive" or len(flows) < 2:
            continue
        before = walker.before(gateway.id)
        after = {f.id: walker.after([f.target]) for f in flows}
        told = [s for steps in after.values() for s in steps]
        if not before or not all(after.values()) or len(told) != len(set(told)):
            continue
        around = walker.after_steps(before, without=gateway.id)
        if around.isdisjoint(told):
            found.append(Choice(gateway.id, before, after))
    return found


def counted(
    choice: Choice, ways: Iterable[tuple[Sequence[str], int, bool]]
) -> tuple[dict[str, int], int]:
    """How often each flow was taken, and by how many matters any of them at least once.

    `ways`: ids of steps, matters, and whether these ended (an open matter has no end yet). Only
    the steps around the gateway are looked at: of what is done beside it nothing is disturbed.
    """
    flow_of = {step: flow for flow, steps in choice.after.items() for step in steps}
    passes = dict.fromkeys(choice.after, 0)
    matters = 0
    for way, n, ended in ways:
        last, met = START, False
        for step in (*way, *((END,) if ended else ())):
            flow = flow_of.get(step)
            if flow is not None and last in choice.before:
                passes[flow] += n
                met = True
            if flow is not None or step in choice.before:
                last = step
        matters += n * met
    return passes, matters


class _Walker:
    """Goes through gateways and events to the next or the last steps."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.holders = {n.within for n in path.nodes if n.within is not None}

    def _is_step(self, id: str) -> bool:
        return isinstance(self.path.node(id), Step) and id not in self.holders

    def after(self, begin: Iterable[str], without: str | None = None) -> frozenset[str]:
        """The steps (or `END`) that are reached first from some nodes, these included."""
        found, seen = set(), set()
        open_ = list(begin)
        while open_:
            id = open_.pop()
            if id in seen or id == without or not self.path.has(id):
                continue
            seen.add(id)
            if self._is_step(id):
                found.add(id)
                continue
            open_.extend(self._onward(id, entering=True))
            if self._is_end(id):
                found.add(END)
        return frozenset(found)

    def after_steps(self, steps: Iterable[str], without: str) -> frozenset[str]:
        """The steps that are reached first after some steps, not passing one node."""
        begin: list[str] = []
        for step in steps:
            if step == START:
                begin.extend(e.id for e in self._starts())
                continue
            begin.extend(self._onward(step, entering=False))
            for event in self.path.boundary(step):
                begin.extend(self._onward(event.id, entering=False))
        return self.after(begin, without)

    def before(self, id: str) -> frozenset[str]:
        """The steps (or `START`) that are passed last before a node."""
        found, seen = set(), set()
        open_ = self._backward(id)
        while open_:
            at = open_.pop()
            if at in seen:
                continue
            seen.add(at)
            if self._is_step(at):
                found.add(at)
                continue
            node = self.path.node(at)
            if isinstance(node, Event) and node.attached_to is not None:
                open_.append(node.attached_to)
            if node in self._starts():
                found.add(START)
            open_.extend(self._backward(at))
        return frozenset(found)

    def _onward(self, id: str, entering: bool) -> list[str]:
        node = self.path.node(id)
        if isinstance(node, Step) and id in self.holders and entering:
            inner = [n.id for n in self.path.inside(id) if not self.path.into(n.id)]
            outer = [e.id for e in self.path.boundary(id)]
            return inner + outer
        flows = [f.target for f in self.path.out(id)]
        if not flows and node.within is not None:
            return self._onward(node.within, entering=False)
        return flows

    def _backward(self, id: str) -> list[str]:
        node = self.path.node(id)
        found = []
        for flow in self.path.into(id):
            source = self.path.node(flow.source)
            if isinstance(source, Step) and source.id in self.holders:
                found += [n.id for n in self.path.inside(source.id) if not self.path.out(n.id)]
            else:
                found.append(source.id)
        if not self.path.into(id) and node.within is not None:
            found += self._backward(node.within)
        return found

    def _starts(self) -> list[Event]:
        return [e for e in self.path.events if e.position == "start" and e.within is None]

    def _is_end(self, id: str) -> bool:
        node = self.path.node(id)
        ends = isinstance(node, Event | Gateway) and not self.path.out(id)
        return ends and node.within is None
