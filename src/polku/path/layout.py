"""Drawing a path as BPMN: a layered layout in lanes, from left to right, orthogonal lines.

The method is that of Sugiyama, Tagawa and Toda (1981), layers, order within them, coordinates,
with lanes as in Siebenhaller and Kaufmann (2006); lines are led over a lattice of gutters and
channels, so that none runs through a box.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from math import sqrt

from polku.errors import PathError
from polku.path.drawing.grid import NORTH, SOUTH, Box, Item, Link, Placed, Point
from polku.path.drawing.labels import size
from polku.path.drawing.layers import columns
from polku.path.drawing.parts import (
    DATA_OBJECT,
    DATA_STORE,
    EVENT,
    GATEWAY,
    STRIP,
    data_lines,
    labels_of,
    task_size,
)
from polku.path.drawing.place import place, tidy
from polku.path.drawing.quality import Quality, quality
from polku.path.drawing.text import width
from polku.path.model import (
    Data,
    Diagram,
    Edge,
    Event,
    Flow,
    Gateway,
    Lane,
    MessageFlow,
    Node,
    Path,
    Pool,
    Shape,
    Step,
)

PARTY, BETWEEN, EDGE = 60.0, 44.0, 40.0
_INNER = (24.0, 40.0, 24.0, 24.0)
"""room inside a sub-process: left, top (its name), right, bottom"""
_BOUNDARY = 46.0


MOST_FLOWS = 3_000
"""Flows up to which a drawing is made; nobody can read a larger one."""


def needs_layout(path: Path) -> bool:
    """Whether any node or flow of a path is not drawn."""
    shapes, edges = path.diagram.shapes, path.diagram.edges
    return any(n.id not in shapes for n in path.nodes) or any(f.id not in edges for f in path.flows)


def lay_out(path: Path) -> Path:
    """Return the path with a new drawing; its content, and so its hash, stays the same.

    The drawing replaces any that was there: pools, lanes, nodes, data and all lines, with boxes
    for labels. The same path gives the same drawing. Raises `PathError` for a path of more than
    `MOST_FLOWS` flows.

    >>> from polku.path.build import start
    >>> drawn = lay_out(start("Stall").step("Apply", unit="Permits").path())
    >>> needs_layout(drawn)
    False
    """
    refuse_too_large(path)
    return replace(path, diagram=_Drawing(path).diagram())


def refuse_too_large(path: Path) -> None:
    """Raise `PathError` for a path that is too large to be drawn."""
    if len(path.flows) > MOST_FLOWS:
        raise PathError(
            f"path {path.id}: has {len(path.flows):,} flows, too many to be drawn (at most "
            f"{MOST_FLOWS:,}); draw a part of it, or discover with more noise or a smaller share"
        )


def measure(path: Path) -> Quality:
    """How good the drawing of a path is: crossings, bends, lengths, overlaps."""
    shapes = path.diagram.shapes
    flat = {
        n.id: Box(s.x, s.y, s.width, s.height)
        for n in path.nodes
        if (s := shapes.get(n.id)) is not None
        and not (isinstance(n, Step) and s.expanded)
        and not (isinstance(n, Event) and n.attached_to)
    }
    lines: list[Flow | MessageFlow] = [*path.flows, *path.messages]
    edges = path.diagram.edges
    courses = {k.id: edges[k.id].points for k in lines if k.id in edges}
    nets = {}
    for line in lines:
        said = "" if isinstance(line, Flow) else " message"
        nets[line.id] = frozenset(
            (way + said, end)
            for way, end in (("out", line.source), ("in", line.target))
            if path.has(end) and not isinstance(path.node(end), Step)
        )
    return quality(courses, flat, nets)


@dataclass
class _Scope:
    """What is laid out together: the process, or one sub-process; places from its own corner."""

    placed: Placed
    nodes: list[Node]
    data: list[Data]
    courses: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    expanded: set[str] = field(default_factory=set)
    exits: dict[str, tuple[float, bool]] = field(default_factory=dict)
    """message → x where it crosses the border, and whether at the top"""


class _Drawing:
    """One path on its way to its diagram."""

    def __init__(self, path: Path) -> None:
        self.path = path
        customer = path.customer or next(iter(path.parties), None)
        self.above: list[Pool] = [customer] if customer is not None else []
        self.below = [p for p in path.parties if p != customer]
        self.inner: dict[str | None, list[Node]] = defaultdict(list)
        for node in path.nodes:
            self.inner[node.within].append(node)
        self.at_border: dict[str, list[Event]] = defaultdict(list)
        for event in path.events:
            if event.attached_to is not None:
                self.at_border[event.attached_to].append(event)
        self.associations, self.plain = data_lines(path)

    # -- the whole

    def diagram(self) -> Diagram:
        path = self.path
        bands, groups, first, rigid = self._bands()
        depth = self._depth()
        scope = self._scope(None, bands, groups, first, rigid)
        strip = STRIP if path.city is not None else 0.0
        left = EDGE + strip + STRIP * depth
        top = EDGE + len(self.above) * (PARTY + BETWEEN)
        wide = scope.placed.width
        shapes: dict[str, Shape] = {}
        whole = wide + strip + STRIP * depth
        for k, pool in enumerate(self.above):
            shapes[pool.id] = Shape(EDGE, EDGE + k * (PARTY + BETWEEN), whole, PARTY)
        if path.city is not None:
            shapes[path.city.id] = Shape(EDGE, top, whole, scope.placed.height)
        for k, pool in enumerate(self.below):
            y = top + scope.placed.height + BETWEEN + k * (PARTY + BETWEEN)
            shapes[pool.id] = Shape(EDGE, y, whole, PARTY)
        shapes |= self._lane_shapes(bands, scope.placed, EDGE + strip, top, wide, depth)
        boxes = {id: b.moved(left, top) for id, b in scope.boxes.items()}
        courses = {
            id: tuple((round(x + left, 1), round(y + top, 1)) for x, y in c)
            for id, c in scope.courses.items()
        }
        self._to_pools(courses, shapes)
        labels = labels_of(path, boxes, courses, shapes, scope.expanded)
        for id, b in boxes.items():
            expanded = None
            if path.has(id) and isinstance(node := path.node(id), Step) and node.holds_nodes:
                expanded = id in scope.expanded
            shapes[id] = Shape(b.x, b.y, b.width, b.height, labels.get(id), expanded)
        edges = {id: Edge(c, labels.get(id)) for id, c in courses.items()}
        return Diagram(shapes, edges)

    def _to_pools(self, courses: dict[str, tuple[Point, ...]], shapes: dict[str, Shape]) -> None:
        """Lead messages on to the pools they come from or go to."""
        pools = {p.id for p in (*self.above, *self.below)}
        city = self.path.city
        count = 0
        for m in self.path.messages:
            ends = [e for e in (m.source, m.target) if e in pools]
            if m.id in courses:
                if not ends or ends[0] not in shapes:
                    continue
                pool = shapes[ends[0]]
                points = list(courses[m.id])
                at = 0 if m.source == ends[0] else -1
                upper = any(p.id == ends[0] for p in self.above)
                points[at] = (points[at][0], pool.y + pool.height if upper else pool.y)
                courses[m.id] = tidy(points)
            elif city is not None and ends and city.id in (m.source, m.target):
                party, own = shapes[ends[0]], shapes[city.id]
                x = own.x + 8 + 8 * count
                count += 1
                upper = party.y < own.y
                y1, y2 = (party.y + party.height, own.y) if upper else (party.y, own.y + own.height)
                course = ((x, y1), (x, y2))
                courses[m.id] = course if m.source == ends[0] else course[::-1]

    # -- lanes

    def _children(self) -> dict[str | None, list[Lane]]:
        known = {n.id for n in self.path.lanes}
        out: dict[str | None, list[Lane]] = defaultdict(list)
        for lane in self.path.lanes:
            out[lane.parent if lane.parent in known else None].append(lane)
        return out

    def _depth(self) -> int:
        children = self._children()

        def below(lane: Lane) -> int:
            return 1 + max((below(c) for c in children[lane.id]), default=0)

        return max((below(n) for n in children[None]), default=0)

    def _bands(self) -> tuple[dict[str, int], list[list[int]], int | None, frozenset[int]]:
        """Numbers of the strips that hold nodes, by lane; strips that stay together."""
        children, own = self._children(), {n.lane for n in self.path.nodes}
        bands: dict[str, int] = {}
        groups: list[list[int]] = []
        rigid: set[int] = set()
        first = None

        def add(lane: Lane, group: list[int], level: int) -> None:
            if not children[lane.id] or lane.id in own:
                bands[lane.id] = len(bands)
                group.append(bands[lane.id])
            if level > 1 or (level and lane.id in own and children[lane.id]):
                rigid.update(group)
            for child in children[lane.id]:
                add(child, group, level + 1)

        for lane in children[None]:
            group: list[int] = []
            add(lane, group, 0)
            groups.append(group)
            if lane.role == "customer":
                first = group[0]
        return bands, groups or [[0]], first, frozenset(rigid)

    def _lane_shapes(
        self,
        bands: dict[str, int],
        placed: Placed,
        left: float,
        top: float,
        wide: float,
        depth: int,
    ) -> dict[str, Shape]:
        children, out = self._children(), {}

        def extent(lane: Lane) -> tuple[float, float]:
            parts = [extent(c) for c in children[lane.id]]
            if lane.id in bands:
                parts.append(placed.lanes[bands[lane.id]])
            return min(p[0] for p in parts), max(p[1] for p in parts)

        def add(lane: Lane, level: int) -> None:
            low, high = extent(lane)
            x = left + STRIP * level
            out[lane.id] = Shape(
                round(x, 1), round(top + low, 1), round(wide + STRIP * (depth - level), 1),
                round(high - low, 1),
            )  # fmt: skip
            for child in children[lane.id]:
                add(child, level + 1)

        for lane in children[None]:
            add(lane, 0)
        return out

    def _heights(self, bands: dict[str, int]) -> dict[int, float]:
        """What lanes need for their names, which stand upright in their strips."""
        children, out = self._children(), {}
        for lane in self.path.lanes:
            if lane.id in bands:
                out[bands[lane.id]] = min(_upright(lane.name), 180.0)
        for lane in children[None]:
            inner = [bands[c.id] for c in children[lane.id] if c.id in bands]
            missing = min(_upright(lane.name), 240.0) - sum(out[b] for b in inner)
            if inner and missing > 0:
                for b in inner:
                    out[b] += missing / len(inner)
        return out

    # -- a scope

    def _scope(
        self,
        within: str | None,
        bands: dict[str, int],
        groups: list[list[int]],
        first: int | None = None,
        rigid: frozenset[int] = frozenset(),
    ) -> _Scope:
        nodes = self.inner[within]
        ids = {n.id for n in nodes}
        users: dict[str, list[Step]] = defaultdict(list)
        for n in nodes:
            if isinstance(n, Step):
                for d in (*n.writes, *n.reads):
                    users[d].append(n)
        data = [d for d in self.path.data if d.within == within and d.id not in self.plain]
        scopes = {
            n.id: self._scope(n.id, {}, [[0]])
            for n in nodes
            if isinstance(n, Step) and n.holds_nodes and self.inner[n.id]
        }
        lane = self._lanes_of(nodes, bands) if bands else {}
        links = self._links(within, ids, data, scopes)
        busy = {e for k in links for e in (k.source, k.target)}
        items = [
            self._item(n, lane.get(n.id, 0), scopes.get(n.id), n.id in busy)
            for n in nodes
            if not (isinstance(n, Event) and n.attached_to in ids)
        ]
        items += [self._data_item(d, users[d.id], lane) for d in data]
        placed = place(
            items, links, groups, first=first, rigid=rigid,
            heights=self._heights(bands) if within is None and bands else None,
        )  # fmt: skip
        return self._filled(placed, nodes, data, scopes)

    def _lanes_of(self, nodes: list[Node], bands: dict[str, int]) -> dict[str, int]:
        """The strip of every node; one without a lane stands where what leads to it does."""
        out = {n.id: bands[n.lane] for n in nodes if n.lane in bands}
        for _ in range(len(nodes)):
            missing = [n for n in nodes if n.id not in out]
            found = {}
            for n in missing:
                near = [f.source for f in self.path.into(n.id)]
                near += [f.target for f in self.path.out(n.id)]
                if isinstance(n, Event) and n.attached_to:
                    near.insert(0, n.attached_to)
                lane = next((out[o] for o in near if o in out), None)
                if lane is not None:
                    found[n.id] = lane
            if not found:
                break
            out |= found
        return {n.id: out.get(n.id, 0) for n in nodes}

    def _item(self, node: Node, lane: int, scope: _Scope | None, busy: bool) -> Item:
        if isinstance(node, Step):
            wide, high = task_size(node)
            if scope is not None:
                name = width(node.name, 12) + 40
                wide = max(scope.placed.width + _INNER[0] + _INNER[2], min(name, 400.0))
                high = scope.placed.height + _INNER[1] + _INNER[3]
            events = self.at_border[node.id]
            if events:
                wide = max(wide, _BOUNDARY * len(events) + 44)
            label = max((size(e.name)[1] for e in events if e.name), default=0.0)
            free_to = wide / 2 - _BOUNDARY * len(events) - 2 if events else None
            return Item(
                node.id, wide, high, lane, below=24.0 + label / 2 if events else 0.0,
                loose=node.on_event and not busy, free_to=free_to,
            )  # fmt: skip
        label = size(node.name)[1] if node.name else 0.0
        if isinstance(node, Gateway):
            return Item(node.id, *GATEWAY, lane, True, above=max(0.0, label - 4))
        return Item(node.id, *EVENT, lane, True, below=label + 4 if label else 0.0)

    def _data_item(self, data: Data, users: list[Step], lane: dict[str, int]) -> Item:
        wide, high = DATA_STORE if data.kind == "store" else DATA_OBJECT
        label = size(data.name)[1] + 4 if data.name else 0.0
        if not users:
            return Item(data.id, wide, high, 0, True, below=label, loose=True)
        return Item(
            data.id, wide, high, lane.get(users[0].id, 0), True, below=label, beside=users[0].id
        )

    def _boundary_offset(self, event: Event, wide: float) -> float:
        """x of a boundary event from the middle of its step."""
        events = self.at_border[event.attached_to or ""]
        k = events.index(event)
        return wide / 2 - 26 - _BOUNDARY * (len(events) - 1 - k)

    def _wide(self, id: str, scopes: dict[str, _Scope]) -> float:
        node = self.path.node(id)
        return self._item(node, 0, scopes.get(id), True).width

    def _links(
        self, within: str | None, ids: set[str], data: list[Data], scopes: dict[str, _Scope]
    ) -> list[Link]:
        out = []
        main = self._main_flows(within)
        for f in self.path.flows:
            if f.source not in ids or f.target not in ids:
                continue
            source = self.path.node(f.source)
            target = self.path.node(f.target)
            room = size(f.name)[0] if f.name else 0.0
            weight = 3.0 if f.id in main else 1.0
            end = f.target
            if isinstance(target, Event) and target.attached_to in ids:
                end = target.attached_to or end
            if isinstance(source, Event) and source.attached_to in ids:
                host = source.attached_to or ""
                leaves = self._boundary_offset(source, self._wide(host, scopes))
                out.append(Link(f.id, host, end, "flow", 0.6, 0.0, leaves, begins=source.id))
            else:
                out.append(Link(f.id, f.source, end, "flow", weight, room))
        inner = {d.id for d in data}
        for (step, d, way), id in self.associations.items():
            if step in ids and d in inner:
                a, b = (d, step) if way == "reads" else (step, d)
                out.append(Link(id, a, b, "data"))
        out += self._message_links(ids, scopes)
        return out

    def _message_links(self, ids: set[str], scopes: dict[str, _Scope]) -> list[Link]:
        out = []
        above = {p.id for p in self.above}
        pools = above | {p.id for p in self.below}
        for m in self.path.messages:
            party = next((e for e in (m.source, m.target) if e in pools), None)
            if party is None:
                continue
            border = NORTH if party in above else SOUTH
            node = m.target if m.source == party else m.source
            enters, below = None, False
            if node in ids:
                found = self.path.node(node)
                if isinstance(found, Event) and found.attached_to in ids:
                    host = found.attached_to or ""
                    enters = self._boundary_offset(found, self._wide(host, scopes))
                    enters += self._beside_middle(m.id, found.id)
                    node, below = host, True
            else:
                holder = next((s for s, sc in scopes.items() if m.id in sc.exits), None)
                if holder is None:
                    continue
                x, _ = scopes[holder].exits[m.id]
                enters = x + _INNER[0] - self._wide(holder, scopes) / 2
                node = holder
            a, b = (border, node) if m.source == party else (node, border)
            out.append(Link(m.id, a, b, "message", 1.0, 0.0, None, enters, below))
        return out

    def _beside_middle(self, message: str, event: str) -> float:
        """Where below a boundary event a message meets it; its middle is left to the flow."""
        own = [m.id for m in self.path.messages if event in (m.source, m.target)]
        k = own.index(message)
        return (-1 if k % 2 == 0 else 1) * max(14.0 - 4.0 * (k // 2), 2.0)

    def _main_flows(self, within: str | None) -> set[str]:
        """The flows of the usual way: at every parting the likeliest, else the first."""
        out: set[str] = set()
        far = self._distances(within)
        for node in self.inner[within]:
            if not isinstance(node, Event) or node.position != "start":
                continue
            at, seen = node.id, set()
            while at not in seen:
                seen.add(at)
                ways = [f for f in self.path.out(at) if f.target not in seen]
                if not ways:
                    break
                best = max(ways, key=lambda f: (f.probability or 0.0, far.get(f.target, 0)))
                out.add(best.id)
                at = best.target
        return out

    def _distances(self, within: str | None) -> dict[str, int]:
        """How many flows the longest way from a node to an end has, ways back left out."""
        ids = {n.id for n in self.inner[within]}
        items = [Item(n.id, 0, 0) for n in self.inner[within]]
        turned = [
            Link(f.id, f.source, f.target)
            for f in self.path.flows
            if f.source in ids and f.target in ids
        ]
        _, back = columns(items, turned)
        ahead = [replace(k, source=k.target, target=k.source) for k in turned if k.id not in back]
        return columns(items, ahead)[0]

    def _filled(
        self, placed: Placed, nodes: list[Node], data: list[Data], scopes: dict[str, _Scope]
    ) -> _Scope:
        out = _Scope(placed, nodes, data, dict(placed.courses), dict(placed.boxes))
        for id, inner in scopes.items():
            box = placed.boxes[id]

            dx, dy = box.x + _INNER[0], box.y + _INNER[1]

            out.expanded |= {id, *inner.expanded}
            out.boxes |= {k: b.moved(dx, dy) for k, b in inner.boxes.items()}
            for k, course in inner.courses.items():
                moved = tuple((x + dx, y + dy) for x, y in course)
                if k in inner.exits:
                    moved = self._joined(k, moved, out.courses[k])
                out.courses[k] = moved
        for node in nodes:
            if isinstance(node, Event) and (host := placed.boxes.get(node.attached_to or "")):
                x = host.middle[0] + self._boundary_offset(node, host.width)
                out.boxes[node.id] = Box(round(x - 18, 1), host.bottom - 18, *EVENT)
        self._at_events(out, nodes)
        for m in self.path.messages:
            if m.id not in out.courses:
                continue
            course = out.courses[m.id]
            upper = any(p.id in (m.source, m.target) for p in self.above)
            end = course[0] if m.source not in out.boxes else course[-1]
            out.exits[m.id] = (end[0], upper)
        return out

    def _joined(
        self, id: str, inner: tuple[Point, ...], outer: tuple[Point, ...]
    ) -> tuple[Point, ...]:
        """A message's course within a sub-process and on from its border."""
        m = next(m for m in self.path.messages if m.id == id)
        leads_in = m.source in {p.id for p in (*self.above, *self.below)}
        parts = [*outer, *inner] if leads_in else [*inner, *outer]
        return tidy(parts)

    def _at_events(self, out: _Scope, nodes: list[Node]) -> None:
        """Let lines begin and end at boundary events instead of at their step's border."""
        ids = {n.id for n in nodes if isinstance(n, Event) and n.attached_to}
        lines: list[Flow | MessageFlow] = [*self.path.flows, *self.path.messages]
        for f in lines:
            for end, at, near in ((f.source, 0, 1), (f.target, -1, -2)):
                if end not in ids or f.id not in out.courses:
                    continue
                points = list(out.courses[f.id])
                mx, my = out.boxes[end].middle
                x, y = points[at]
                if points[near][1] > y and abs(x - mx) <= 18:
                    points[at] = (x, round(my + sqrt(max(18.0**2 - (x - mx) ** 2, 0)), 1))
                out.courses[f.id] = tidy(points)


def _upright(name: str) -> float:
    """The height in px that a name needs in its strip, where it may take two lines."""
    words = max((width(w, 12) for w in name.split()), default=0.0)
    return max(min(width(name, 12), 60.0), words, 0.66 * width(name, 12)) + 20
