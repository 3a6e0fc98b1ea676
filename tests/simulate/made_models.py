"""Paths made by chance from nested blocks with every element that the simulation must know.

`model(seed)` gives the same path for the same seed. Within a parallel block no branch leaves by
another way than the join, so a matter never stands still; elsewhere branches may end by themselves,
terminate, or leave by boundary events.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from polku.path.model import Event, Flow, Gateway, Node, Path, Repeat, Step, Timer

KINDS = ("task", "user", "service", "manual", "send", "script")
BLOCKS = {
    "step": 5, "line": 3, "xor": 2, "and": 2, "or": 2, "race": 1, "sub": 1, "loop": 1, "catch": 1,
    "terminate": 1, "split": 1, "told": 1, "leave": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A path and what of it decides by chance.

    `by_chance`: gateways whose flows have probabilities; `asked`: data that its conditions ask for;
    `what`: names of what is in it.
    """

    path: Path
    by_chance: tuple[str, ...]
    asked: tuple[str, ...]
    what: frozenset[str]


def model(
    seed: int, *, most: int = 8, conditions: bool = True, without: tuple[str, ...] = ()
) -> Model:
    """A path of up to `most` steps; `conditions`: some gateways decide by data, else all by chance.

    `without`: names of what must not be in it (see `Model.what`).
    """
    maker = _Maker(random.Random(f"model {seed}"), conditions, frozenset(without))
    maker.process(None, maker.random.randint(1, most))
    path = Path("made", "Made", nodes=tuple(maker.nodes.values()), flows=tuple(maker.flows))
    asked = dict.fromkeys(f.condition for f in maker.flows if f.condition)
    return Model(path, tuple(maker.by_chance), tuple(asked), frozenset(maker.what))


class _Maker:
    """One path on its way; a block gives the ids of its first and its last node."""

    def __init__(self, random: random.Random, conditions: bool, without: frozenset[str]) -> None:
        self.random, self.conditions, self.without = random, conditions, without
        self.nodes: dict[str, Node] = {}
        self.flows: list[Flow] = []
        self.by_chance: list[str] = []
        self.what: set[str] = set()
        self.asked = 0

    def has(self, chance: float, what: str) -> bool:
        found = self.random.random() < chance and what not in self.without
        if found:
            self.what.add(what)
        return found

    def add(self, node: Node) -> str:
        self.nodes[node.id] = node
        return node.id

    def new(self, sort: str) -> str:
        return f"{sort}{len(self.nodes)}"

    def flow(self, source: str, target: str, **more: Any) -> str:
        within = self.nodes[source].within
        self.flows.append(Flow(f"f{len(self.flows)}", source, target, within=within, **more))
        return self.flows[-1].id

    def gate(self, kind: Any, within: str | None) -> str:
        return self.add(Gateway(self.new("g"), "", kind, within=within))

    def end(self, within: str | None, trigger: Any = "none") -> str:
        return self.add(Event(self.new("e"), "", "end", trigger, within=within))

    def default(self, node: str, flow: str) -> None:
        self.nodes[node] = replace(self.nodes[node], default=flow)  # type: ignore[call-arg]

    def process(self, within: str | None, steps: int) -> None:
        start = self.add(Event(self.new("e"), "", "start", within=within))
        first, last = self.block(steps, within, True)
        self.flow(start, first)
        if last is not None:
            self.flow(last, self.end(within))

    # -- blocks: (first node, last node; None: nothing comes out). `leaves`: tokens may leave it by
    # another way than its last node

    def block(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        if steps <= 1:
            sorts = ["step", "step", "step", "step", "catch"]
        else:
            sorts = [s for s, n in BLOCKS.items() for _ in range(n)]
            sorts = [s for s in sorts if s != "step" and (leaves or s not in ("leave", "split"))]
        sorts = [s for s in sorts if s not in self.without]
        sort = self.random.choice(sorts or ["line"])
        self.what.add(sort)
        made: tuple[str, str | None] = getattr(self, f"_{sort}")(steps, within, leaves)
        return made

    def parts(self, steps: int, most: int = 3) -> list[int]:
        """A number of steps divided among two or more."""
        count = self.random.randint(2, min(most, max(2, steps)))
        cuts = sorted(self.random.randint(0, steps) for _ in range(count - 1))
        return [max(1, b - a) for a, b in zip([0, *cuts], [*cuts, steps], strict=True)]

    def _line(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        first, last = self.block(max(1, steps // 2), within, leaves)
        if last is None:
            return first, None
        begin, end = self.block(max(1, steps - steps // 2), within, leaves)
        self.flow(last, begin)
        return first, end

    def _step(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        del steps
        kind = self.random.choice(KINDS)
        step = self.add(Step(self.new("s"), "", kind, within=within, repeat=self.repeat()))
        return step, self.beside(step, within, leaves)

    def repeat(self) -> Repeat | None:
        if self.random.random() < 0.7:
            return None
        times = str(self.random.randint(1, 3))
        if self.has(0.3, "loop after"):
            return Repeat("loop", None)
        if self.has(0.3, "loop before"):
            return Repeat("loop", None, test_before=True)
        if self.has(0.5, "at once"):
            return Repeat("parallel", None, times)
        if self.has(0.9, "one after another"):
            return Repeat("sequential", None, times)
        return None

    def beside(self, step: str, within: str | None, leaves: bool) -> str:
        """Boundary events at a step; the node from which one goes on."""
        last = step
        if self.has(0.15, "stops"):
            trigger = self.random.choice(("timer", "message"))
            timer = Timer("duration", "P1D") if trigger == "timer" else None
            event = Event(self.new("b"), "", "boundary", trigger, timer, step, within=within)
            self.add(event)
            at: str | None = event.id
            if self.random.random() < 0.5:
                begin, at = self.block(1, within, False)
                self.flow(event.id, begin)
            if at is not None and leaves and self.random.random() < 0.5:
                self.flow(at, self.end(within))
            elif at is not None:
                last = self.gate("exclusive", within)
                self.flow(step, last)
                self.flow(at, last)
        if self.has(0.1, "beside"):
            timer = Timer("duration", "P1D")
            if self.has(0.3, "again and again"):
                timer = Timer("cycle", "R2/P1D")
            event = Event(self.new("b"), "", "boundary", "timer", timer, step, False, within=within)
            self.add(event)
            begin, at = self.block(1, within, False)
            self.flow(event.id, begin)
            if at is not None:
                self.flow(at, self.end(within))
        return last

    def _branches(
        self, kind: Any, steps: int, within: str | None, leaves: bool
    ) -> tuple[str, str | None]:
        split = self.gate(kind, within)
        told = kind != "parallel" and self.conditions and self.has(0.5, "conditions")
        ways: list[str] = []
        parts = self.parts(steps)
        for k, part in enumerate(parts):
            more: dict[str, Any] = {}
            if told and k:
                more = {"condition": self.ask()}
            elif kind != "parallel" and not told:
                more = {"probability": 1 / len(parts)}
            if k == 0 and kind != "parallel" and self.has(0.2, "empty branch"):
                ways.append(split)
                continue
            first, last = self.block(part, within, leaves)
            flow = self.flow(split, first, **more)
            if told and not k:
                self.default(split, flow)
            if last is not None:
                ways.append(last)
        if kind != "parallel" and not told:
            self.by_chance.append(split)
        if not ways:
            return split, None
        if kind == "exclusive" and self.has(0.3, "merge at a step"):
            join = self.add(Step(self.new("s"), "", "task", within=within))
        else:
            join = self.gate(kind, within)
        for last in ways:
            more = {}
            if last == split and not told:
                more = {"probability": 1 / len(parts)}
            flow = self.flow(last, join, **more)
            if last == split and told:
                self.default(split, flow)
        return split, join

    def ask(self) -> str:
        self.asked += 1
        return f"c{self.asked}"

    def _xor(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        return self._branches("exclusive", steps, within, leaves)

    def _and(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        del leaves
        return self._branches("parallel", steps, within, False)

    def _or(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        return self._branches("inclusive", steps, within, leaves)

    def _race(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        gate = self.gate("event", within)
        ways = []
        for k, part in enumerate(self.parts(steps, 2)):
            if k and self.has(0.5, "receives"):
                event = self.add(Step(self.new("s"), "", "receive", within=within))
            else:
                event = self.caught(within)
            self.flow(gate, event)
            last: str | None = event
            if part > 1 or self.random.random() < 0.5:
                first, last = self.block(max(1, part - 1), within, leaves)
                self.flow(event, first)
            if last is not None:
                ways.append(last)
        if not ways:
            return gate, None
        join = self.gate("exclusive", within)
        for last in ways:
            self.flow(last, join)
        return gate, join

    def caught(self, within: str | None) -> str:
        trigger = self.random.choice(("timer", "message"))
        timer = Timer("duration", "P1D") if trigger == "timer" else None
        return self.add(Event(self.new("i"), "", "catch", trigger, timer, within=within))

    def _catch(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        del steps, leaves
        event = self.caught(within)
        return event, event

    def _sub(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        repeat = self.repeat()
        many = repeat is not None and repeat.kind != "loop"
        sub = self.add(Step(self.new("p"), "", "sub-process", within=within, repeat=repeat))
        before = set(self.nodes)
        self.process(sub, max(1, steps // (2 if many else 1)))
        last = self.beside(sub, within, leaves)
        inner = [i for i, n in self.nodes.items() if n.within == sub and i not in before]
        ends = [i for i in inner if isinstance(self.nodes[i], Event) and i.startswith("e")
                and self.nodes[i].position == "end"]  # type: ignore[union-attr]  # fmt: skip
        if len(ends) > 1 and self.has(0.5, "error"):
            trigger = self.random.choice(("error", "error", "escalation"))
            bad = self.random.choice(ends)
            self.nodes[bad] = replace(self.nodes[bad], trigger=trigger)  # type: ignore[call-arg]
            event = Event(self.new("b"), "", "boundary", trigger, None, sub, within=within)
            self.add(event)
            merged = self.gate("exclusive", within)
            self.flow(last, merged)
            self.flow(event.id, merged)
            last = merged
        return sub, last

    def _loop(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        first, last = self.block(max(1, steps - 1), within, leaves)
        if last is None:
            return first, None
        join = first
        if isinstance(self.nodes[first], Gateway):
            join = self.gate("exclusive", within)
            self.flow(join, first)
        split = self.gate("exclusive", within)
        self.flow(last, split)
        again = self.add(Step(self.new("s"), "", "task", within=within))
        self.flow(split, again, probability=0.3)
        self.flow(again, join)
        out = self.add(Event(self.new("i"), "", "throw", "none", within=within))
        self.flow(split, out, probability=0.7)
        self.by_chance.append(split)
        return join, out

    def _terminate(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        first, last = self.block(max(1, steps - 1), within, leaves)
        if last is None:
            return first, None
        split = self.gate("exclusive", within)
        self.flow(last, split)
        self.flow(split, self.end(within, "terminate"), probability=0.3)
        on = self.add(Event(self.new("i"), "", "throw", "none", within=within))
        self.flow(split, on, probability=0.7)
        self.by_chance.append(split)
        return first, on

    def _leave(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        """One of the ways has its own end."""
        first, last = self.block(max(1, steps - 1), within, leaves)
        if last is None:
            return first, None
        split = self.gate("exclusive", within)
        self.flow(last, split)
        self.flow(split, self.end(within), probability=0.3)
        begin, end = self.block(1, within, leaves)
        self.flow(split, begin, probability=0.7)
        self.by_chance.append(split)
        return first, end

    def _split(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        """A step with several flows out, each with its own end but one."""
        step = self.add(Step(self.new("s"), "", "user", within=within))
        parts = self.parts(max(1, steps - 1))
        for k, part in enumerate(parts):
            first, last = self.block(part, within, leaves)
            self.flow(step, first)
            if k == len(parts) - 1:
                return step, last
            if last is not None:
                self.flow(last, self.end(within))
        raise AssertionError

    def _told(self, steps: int, within: str | None, leaves: bool) -> tuple[str, str | None]:
        """A step whose flows out have conditions, joined inclusively."""
        if not self.conditions:
            return self._line(steps, within, leaves)
        step = self.add(Step(self.new("s"), "", "user", within=within))
        ways = []
        with_default = self.has(0.5, "default of a step")
        for k, part in enumerate(self.parts(max(1, steps - 1))):
            first, last = self.block(part, within, leaves)
            flow = self.flow(step, first, condition=self.ask() if k else None)
            if not k and with_default:
                self.default(step, flow)
            if last is not None:
                ways.append(last)
        if not ways:
            return step, None
        join = self.gate("inclusive", within)
        for last in ways:
            self.flow(last, join)
        return step, join
