"""A process tree as steps, gateways and flows, with few gateways and no empty steps.

A loop is an exclusive merge before and an exclusive choice after what is done; nothing is a flow
of its own. Gateways of one kind that follow each other directly are one where the meaning stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from polku.path.mining.tree import Tree, walk
from polku.path.mining.tree_replay import Replay

NodeKind = Literal["start", "end", "step", "choice", "merge", "fork", "join"]
_PAIRS: dict[NodeKind, NodeKind] = {"choice": "merge", "fork": "join"}


@dataclass(slots=True)
class Node:
    """A node: `name` is the activity of a step; `matters`: how many passed a choice."""

    kind: NodeKind
    name: str = ""
    matters: int | None = None


@dataclass(slots=True)
class Arc:
    """A flow between the numbers of two nodes; `passes`: how often it was taken."""

    source: int
    target: int
    passes: int | None = None


@dataclass
class Drawing:
    """Nodes in reading order (the start first, the end last), some of them gone, and arcs."""

    nodes: dict[int, Node] = field(default_factory=dict)
    arcs: list[Arc] = field(default_factory=list)

    def out(self, node: int) -> list[Arc]:
        """Arcs that leave a node."""
        return [a for a in self.arcs if a.source == node]

    def into(self, node: int) -> list[Arc]:
        """Arcs that enter a node."""
        return [a for a in self.arcs if a.target == node]


def drawn(tree: Tree, replay: Replay | None) -> Drawing:
    """The drawing of a tree (best a `reduced` one), with the counts of a replay of it."""
    drawing = _Drawer(tree, replay).draw()
    _merge(drawing)
    return drawing


_Open = tuple[int, "int | None"]  # a node whose next arc is still to be drawn, and its passes


class _Drawer:
    def __init__(self, tree: Tree, replay: Replay | None) -> None:
        self.tree, self.replay = tree, replay
        self.drawing = Drawing()
        self.sizes: dict[int, int] = {}
        for part in reversed(list(walk(tree))):
            self.sizes[id(part)] = 1 + sum(self.sizes[id(c)] for c in part.children)

    def draw(self) -> Drawing:
        begin = self._node("start")
        last = self._part(self.tree, 0, (begin, self._passes(0)))
        self._arc(last, self._node("end"))
        return self.drawing

    def _node(self, kind: NodeKind, name: str = "", matters: int | None = None) -> int:
        number = len(self.drawing.nodes)
        self.drawing.nodes[number] = Node(kind, name, matters)
        return number

    def _arc(self, source: _Open, target: int) -> None:
        self.drawing.arcs.append(Arc(source[0], target, source[1]))

    def _passes(self, at: int) -> int | None:
        return None if self.replay is None else self.replay.passes[at]

    def _matters(self, at: int) -> int | None:
        return None if self.replay is None else self.replay.matters[at]

    def _numbered(self, tree: Tree, at: int) -> Iterable[tuple[Tree, int]]:
        at += 1
        for child in tree.children:
            yield child, at
            at += self.sizes[id(child)]

    def _part(self, tree: Tree, at: int, open_: _Open) -> _Open:
        if tree.kind == "tau":
            return open_
        if tree.kind == "activity":
            step = self._node("step", tree.name)
            self._arc(open_, step)
            return step, open_[1]
        if tree.kind == "sequence":
            for child, number in self._numbered(tree, at):
                open_ = self._part(child, number, open_)
            return open_
        if tree.kind == "loop":
            return self._loop(tree, at, open_)
        split: NodeKind = "choice" if tree.kind == "exclusive" else "fork"
        opening = self._node(split, matters=self._matters(at))
        self._arc(open_, opening)
        ends = []
        for child, number in self._numbered(tree, at):
            ends.append(self._part(child, number, (opening, self._passes(number))))
        closing = self._node(_PAIRS[split])
        for end in ends:
            self._arc(end, closing)
        return closing, self._passes(at)

    def _loop(self, tree: Tree, at: int, open_: _Open) -> _Open:
        (do, do_at), (redo, redo_at) = self._numbered(tree, at)
        merge = self._node("merge")
        self._arc(open_, merge)
        end = self._part(do, do_at, (merge, self._passes(do_at)))
        choice = self._node("choice", matters=self._matters(at))
        self._arc(end, choice)
        again = [(redo, redo_at)]
        if redo.kind == "exclusive":
            again = list(self._numbered(redo, redo_at))
        for part, number in again:
            self._arc(self._part(part, number, (choice, self._passes(number))), merge)
        return choice, self._passes(at)


def _merge(drawing: Drawing) -> None:
    """Make one of gateways that directly follow each other, and of arcs between the same two."""
    outs: dict[int, list[Arc]] = {n: [] for n in drawing.nodes}
    ins: dict[int, list[Arc]] = {n: [] for n in drawing.nodes}
    for arc in drawing.arcs:
        outs[arc.source].append(arc)
        ins[arc.target].append(arc)
    gone: set[int] = set()  # ids of arcs
    for number in list(drawing.nodes):
        node = drawing.nodes[number]
        if node.kind in ("merge", "join") and len(outs[number]) == 1:
            (only,) = outs[number]
            following = only.target
            if following != number and drawing.nodes[following].kind == node.kind:
                # into the later one: what came here goes there
                for arc in ins[number]:
                    arc.target = following
                at = ins[following].index(only)
                ins[following][at : at + 1] = ins[number]
                gone.add(id(only))
                del drawing.nodes[number]
        elif node.kind in ("choice", "fork") and len(ins[number]) == 1:
            (only,) = ins[number]
            before = only.source
            if before != number and drawing.nodes[before].kind == node.kind:
                # into the earlier one
                for arc in outs[number]:
                    arc.source = before
                at = outs[before].index(only)
                outs[before][at : at + 1] = outs[number]
                gone.add(id(only))
                del drawing.nodes[number]
    arcs: list[Arc] = []
    for number in drawing.nodes:
        for arc in outs[number]:
            if id(arc) in gone:
                continue
            same = next((a for a in arcs if a.source == number and a.target == arc.target), None)
            if same is not None and drawing.nodes[number].kind == "choice":
                same.passes = None if same.passes is None else same.passes + (arc.passes or 0)
            else:
                arcs.append(arc)
    drawing.arcs = arcs
