"""Paths from nested blocks, for tests: who does a step is told by the first letter of its id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from polku.path.model import Event, Flow, Gateway, Lane, Node, Path, Pool, Step

LANES = (
    Lane("rescue", "Rescue department"),
    Lane("rescue-permits", "Permits", "rescue", "unit"),
    Lane("rescue-checks", "Checks", "rescue", "unit"),
    Lane("building", "Building control"),
    Lane("customer", "Customer", role="customer"),
)
HOLDERS = {"r": "rescue", "b": "building", "k": "customer"}
NAMES = {
    "r1": "Read plan", "r2": "Write statement", "r3": "Visit place", "r4": "Send answer",
    "b1": "Check structure", "b2": "Draw map", "b3": "Sign decision", "k1": "Fill in form",
    "k2": "Call office", "k3": "Wait at home",
}  # fmt: skip


class Maker:
    """One path on its way."""

    def __init__(self, tag: str, steps: dict[str, Any]) -> None:
        self.tag, self.steps = tag, steps
        self.nodes: list[Node] = []
        self.flows: list[Flow] = []

    def flow(self, source: str, target: str, **more: Any) -> str:
        id = f"{self.tag}flow-{len(self.flows)}"
        self.flows.append(Flow(id, source, target, **more))
        return id

    def gate(self, kind: Any) -> str:
        id = f"{self.tag}gate-{len(self.nodes)}"
        self.nodes.append(Gateway(id, "", kind))
        return id

    def block(self, block: Any) -> tuple[str, str]:
        """The first and the last node of a block."""
        if isinstance(block, str):
            more = self.steps.get(block, {})
            more = {"name": NAMES.get(block, block), "lane": HOLDERS.get(block[0])} | more
            self.nodes.append(Step(more.pop("id", block), **more))
            return (self.nodes[-1].id,) * 2
        if isinstance(block, list):
            first, last = self.block(block[0])
            for item in block[1:]:
                begin, end = self.block(item)
                self.flow(last, begin)
                last = end
            return first, last
        kind, *ways = block
        if kind == "loop":
            body, condition, redo = ways
            join = self.gate("exclusive")
            first, last = self.block(body)
            split = self.gate("exclusive")
            self.flow(join, first)
            self.flow(last, split)
            if redo:
                begin, end = self.block(redo)
                self.flow(split, begin, condition=condition)
                self.flow(end, join)
            else:
                self.flow(split, join, condition=condition)
            self.pending = split
            return join, split
        name = {"and": "parallel", "xor": "exclusive", "or": "inclusive"}[kind]
        split, join = self.gate(name), None
        ends = []
        default = None
        for way in ways:
            told: dict[str, Any] = {}
            if kind != "and":
                word, way = way
                told = {"condition": word} if isinstance(word, str) else {}
                if isinstance(word, float):
                    told = {"probability": word}
            if way:
                begin, end = self.block(way)
                id = self.flow(split, begin, **told)
                ends.append((end, {}))
            else:
                id = ""
                ends.append((split, told))
            if kind != "and" and not told:
                default = id
        join = self.gate(name)
        for end, told in ends:
            id = self.flow(end, join, **told)
            if end == split and not told:
                default = id
        if default:
            at = next(k for k, n in enumerate(self.nodes) if n.id == split)
            self.nodes[at] = replace(self.nodes[at], default=default)
        return split, join


def made(block: Any, tag: str = "", lanes: tuple[Lane, ...] = LANES, **steps: Any) -> Path:
    """A path of nested blocks.

    A block is a step's id, a list of blocks one after another, ("and", block …), ("xor" or "or",
    (condition or probability or None, block) …) or ("loop", body, condition, redo). `tag` stands
    before the ids of flows and gateways; `steps`: fields of steps by id (`-` as `_`).
    """
    maker = Maker(tag, {k.replace("_", "-"): v for k, v in steps.items()})
    maker.nodes.append(Event("start", "", "start"))
    first, last = maker.block(block if isinstance(block, list) else [block])
    maker.flow("start", first)
    maker.nodes.append(Event("end", "", "end"))
    end = maker.flow(last, "end")
    nodes = [
        replace(n, default=end)
        if isinstance(n, Gateway) and n.id == last and _loops(maker, n)
        else n
        for n in maker.nodes
    ]
    nodes = [
        replace(n, default=next(f.id for f in maker.flows if f.source == n.id and not f.condition))
        if isinstance(n, Gateway) and _loops(maker, n) and n.default is None
        else n
        for n in nodes
    ]
    return Path(
        "path", "Path", city=Pool("city", "City"), parties=(Pool("firm", "Customer"),),
        lanes=lanes, nodes=tuple(nodes), flows=tuple(maker.flows),
    )  # fmt: skip


def _loops(maker: Maker, gate: Gateway) -> bool:
    out = [f for f in maker.flows if f.source == gate.id]
    return gate.kind == "exclusive" and len(out) > 1 and sum(f.condition is None for f in out) == 1
