"""Writing a path: the file that it was read from, with what differs changed and nothing else.

Every element that is the same in the path and in its `original` is left as it stands there, so
foreign extensions, documentation, colours and unknown elements survive. A path without an original
is written from nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from os import PathLike
from pathlib import Path as File
from typing import TYPE_CHECKING

from polku.path.facts import NO_FACTS, Version
from polku.path.file import facts_xml as fx
from polku.path.file.parts import Parts
from polku.path.file.planes import plane_of
from polku.path.file.vocabulary import EVENT_TAG, GATEWAY_TAG, STEP_TAG
from polku.path.file.xml import BPMN, BPMNDI, DC, DI, POLKU, XSI, local, parse, space
from polku.path.model import (
    Data,
    Edge,
    Event,
    Flow,
    Lane,
    MessageFlow,
    Node,
    Path,
    Pool,
    Shape,
    Step,
)
from polku.path.read import read_path

if TYPE_CHECKING:
    from lxml.etree import _Element

_SPACES = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "xsi": XSI, "polku": POLKU}


def save(path: Path, file: str | PathLike[str]) -> None:
    """Write a path to a file, whole or not at all; a drawing that is missing is laid out first.

    A path with more flows than a drawing can hold is written without one.
    """
    from polku.log.atomic import write_text
    from polku.path.layout import MOST_FLOWS, lay_out, needs_layout

    wanted = needs_layout(path) and len(path.flows) <= MOST_FLOWS
    drawn = lay_out(path) if wanted else path
    write_text(File(file), write_path(drawn).decode("utf-8"))


def write_path(path: Path) -> bytes:
    """The BPMN 2.0 file of a path, UTF-8; reading it back gives an equal path.

    Raises `ValueError` for a path that cannot be read back: ids twice, flows to nowhere.

    >>> from polku.path.build import start
    >>> b"startEvent" in write_path(start("Stall").step("Apply").path())
    True
    """
    return _Writer(path).write()


class _Writer:
    """A tree on its way from the original of a path to the path."""

    def __init__(self, path: Path) -> None:
        from lxml import etree

        self.new = path
        if path.original is None:
            self.old = Path(id=path.id, executable=path.executable)
            self.root = etree.Element(f"{{{BPMN}}}definitions", nsmap=_SPACES)
            self.root.set("id", f"{path.id}-definitions")
            self.root.set("targetNamespace", "urn:polku:path")
            self.root.set("exporter", "Polku")
            process = etree.SubElement(self.root, f"{{{BPMN}}}process", id=path.id)
            process.set("isExecutable", _bool(path.executable))
        else:
            self.old = read_path(path.original, path.id)
            self.root = parse(path.original, "path").getroot()
        self.by_id = {
            e.get("id"): e for e in self.root.iter() if space(e) == BPMN and e.get("id") is not None
        }
        self.process = self.by_id[path.id]
        self.parts = Parts()

    def write(self) -> bytes:
        from lxml import etree

        self._head()
        self._pools()
        self._nodes()
        self._flows()
        self._data()
        self._ends_of_flows()
        self._messages()
        self._lanes()
        self._associations()
        self._drawing()
        if self.new.original is None:
            etree.cleanup_namespaces(self.root, keep_ns_prefixes=list(_SPACES))
            etree.indent(self.root)
        else:
            self.parts.indent(self.root)
        tree = self.root.getroottree()
        text: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8")
        return text + b"\n"

    # -- the process itself

    def _head(self) -> None:
        new, old = self.new, self.old
        if new.name != old.name:
            _set(self.process, "name", new.name)
        if new.executable != old.executable:
            self.process.set("isExecutable", _bool(new.executable))
        if new.facts != old.facts:
            self.parts.facts(self.process, new.facts)
        if new.version != old.version:
            self._version(new.version)

    def _version(self, version: Version) -> None:
        self.parts.extension(self.process, "version", fx.version_element(version))

    # -- pools, lanes

    def _collaboration(self) -> _Element:
        found = self.root.find(f"{{{BPMN}}}collaboration")
        if found is None:
            found = self.parts.make("collaboration", id=f"{self.new.id}-collaboration")
            self.root.insert(self.root.index(self.process), found)
        return found

    def _pools(self) -> None:
        olds = {p.id: p for p in (*self.old.parties, *filter(None, [self.old.city]))}
        city = self.new.city
        pools: list[Pool] = [*([city] if city else []), *self.new.parties]
        for pool in pools:
            old = olds.pop(pool.id, None)
            if old == pool and (pool != city or self.old.city == city):
                continue
            element = self.by_id.get(pool.id)
            if element is None:
                element = self._add(self._collaboration(), "participant", pool.id)
            _set(element, "name", pool.name)
            if pool == city:
                element.set("processRef", self.new.id)
            if (old.facts if old else NO_FACTS) != pool.facts:
                self.parts.facts(element, pool.facts)
        for gone in olds:
            self._remove(gone)

    def _lanes(self) -> None:
        if self.new.lanes == self.old.lanes and _placed(self.new) == _placed(self.old):
            return
        olds = {n.id: n for n in self.old.lanes}
        news = {n.id for n in self.new.lanes}
        for gone in olds.keys() - news:
            self._remove(gone)
        for lane in self.new.lanes:
            old = olds.get(lane.id)
            element = self.by_id.get(lane.id)
            if element is None or old is None or old.parent != lane.parent:
                element = self._place_lane(lane, element)
            if old is None or old.name != lane.name:
                _set(element, "name", lane.name)
            if old is None or (old.role, old.unit) != (lane.role, lane.unit):
                self.parts.extension(element, "lane", fx.lane_element(lane.role, lane.unit))
            if (old.facts if old else NO_FACTS) != lane.facts:
                self.parts.facts(element, lane.facts)
        self._lane_members()

    def _place_lane(self, lane: Lane, element: _Element | None) -> _Element:
        if lane.parent is None:
            holder = self.process.find(f"{{{BPMN}}}laneSet")
            if holder is None:
                holder = self._add(self.process, "laneSet", f"{self.new.id}-lanes")
        else:
            parent = self.by_id[lane.parent]
            holder = parent.find(f"{{{BPMN}}}childLaneSet")
            if holder is None:
                holder = self._add(parent, "childLaneSet", f"{lane.parent}-units")
        if element is None:
            return self._add(holder, "lane", lane.id)
        holder.append(element)
        return element

    def _lane_members(self) -> None:
        """A node stands in its lane and, by the rule of BPMN, in the lanes around it."""
        parents = {n.id: n.parent for n in self.new.lanes}
        members: dict[str, list[str]] = {n.id: [] for n in self.new.lanes}
        for node in self.new.nodes:
            at = node.lane
            while at is not None:
                members[at].append(node.id)
                at = parents.get(at)
        for lane, nodes in members.items():
            element = self.by_id[lane]
            for ref in element.findall(f"{{{BPMN}}}flowNodeRef"):
                element.remove(ref)
            child_set = element.find(f"{{{BPMN}}}childLaneSet")
            at_index = element.index(child_set) if child_set is not None else len(element)
            for k, member in enumerate(nodes):
                ref = self.parts.make("flowNodeRef")
                ref.text = member
                element.insert(at_index + k, ref)

    # -- nodes, flows, data, messages

    def _nodes(self) -> None:
        olds = {n.id: n for n in self.old.nodes}
        for node in _outer_first(self.new):
            old = olds.pop(node.id, None)
            if old is not None and _plain(old) == _plain(node):
                continue
            element = self.by_id.get(node.id)
            if element is None or old is None:
                element = self._add(self._holder(node.within), _tag(node), node.id)
            elif old.within != node.within:
                self.parts.insert(self._holder(node.within), element)
            self._node(element, old, node)
        for gone in olds:
            self._remove(gone)

    def _node(self, element: _Element, old: Node | None, node: Node) -> None:
        if (old.name if old else "") != node.name:
            _set(element, "name", node.name)
        if old is not None and _tag(old) != _tag(node):
            element.tag = f"{{{BPMN}}}{_tag(node)}"
        if (old.facts if old else NO_FACTS) != node.facts:
            self.parts.facts(element, node.facts)
        if isinstance(node, Event):
            before = old if isinstance(old, Event) else None
            self.parts.event(element, before, node)
            return
        before_default = None if old is None or isinstance(old, Event) else old.default
        if node.default != before_default:
            _set(element, "default", node.default or "")
        if isinstance(node, Step):
            was = old if isinstance(old, Step) else None
            if (was.repeat if was else None) != node.repeat:
                self.parts.repeat(element, node.repeat)
            if (was.on_event if was else False) != node.on_event:
                element.set("triggeredByEvent", _bool(node.on_event))

    def _flows(self) -> None:
        olds = {f.id: f for f in self.old.flows}
        for flow in self.new.flows:
            old = olds.pop(flow.id, None)
            if old == flow:
                continue
            element = self.by_id.get(flow.id)
            if element is None or old is None:
                element = self._add(self._holder(flow.within), "sequenceFlow", flow.id)
                old = Flow(flow.id, "", "")
            elif old.within != flow.within:
                self.parts.insert(self._holder(flow.within), element)
            self._flow(element, old, flow)
        for gone in olds:
            self._remove(gone)

    def _flow(self, element: _Element, old: Flow, flow: Flow) -> None:
        if old.source != flow.source:
            element.set("sourceRef", flow.source)
        if old.target != flow.target:
            element.set("targetRef", flow.target)
        if old.name != flow.name:
            _set(element, "name", flow.name)
        if old.facts != flow.facts:
            self.parts.facts(element, flow.facts)
        if (old.probability, old.measured) != (flow.probability, flow.measured):
            made = None
            if flow.probability is not None:
                made = fx.probability_element(flow.probability, flow.measured)
            self.parts.extension(element, "probability", made)
        if old.condition != flow.condition:
            self.parts.expression(element, "conditionExpression", flow.condition)

    def _data(self) -> None:
        olds = {d.id: d for d in self.old.data}
        for data in self.new.data:
            old = olds.pop(data.id, None)
            if old == data:
                continue
            element = self.by_id.get(data.id)
            if element is None or old is None:
                element = self._new_data(data)
                old = Data(data.id, kind=data.kind)
            if old.name != data.name:
                _set(element, "name", data.name)
            if old.document != data.document:
                made = fx.element("data", key=data.document) if data.document else None
                self.parts.extension(element, "data", made)
            if old.facts != data.facts:
                self.parts.facts(element, data.facts)
        for gone in olds:
            self._remove(gone)

    def _new_data(self, data: Data) -> _Element:
        holder = self._holder(data.within)
        if data.kind == "store":
            return self._add(holder, "dataStoreReference", data.id)
        self._add(holder, "dataObject", f"{data.id}-object")
        element = self._add(holder, "dataObjectReference", data.id)
        element.set("dataObjectRef", f"{data.id}-object")
        return element

    def _messages(self) -> None:
        olds = {m.id: m for m in self.old.messages}
        for message in self.new.messages:
            old = olds.pop(message.id, None)
            if old == message:
                continue
            element = self.by_id.get(message.id)
            if element is None or old is None:
                element = self._add(self._collaboration(), "messageFlow", message.id)
                old = MessageFlow(message.id, "", "")
            if old.source != message.source:
                element.set("sourceRef", message.source)
            if old.target != message.target:
                element.set("targetRef", message.target)
            if old.name != message.name:
                _set(element, "name", message.name)
        for gone in olds:
            self._remove(gone)

    def _ends_of_flows(self) -> None:
        """<incoming> and <outgoing> of nodes whose flows have changed."""

        def ways(path: Path, id: str) -> tuple[list[str], list[str]]:
            return [f.id for f in path.into(id)], [f.id for f in path.out(id)]

        for node in self.new.nodes:
            if ways(self.old, node.id) == (now := ways(self.new, node.id)):
                continue
            element = self.by_id[node.id]
            for tag, flows in (("incoming", now[0]), ("outgoing", now[1])):
                for gone in element.findall(f"{{{BPMN}}}{tag}"):
                    element.remove(gone)
                for flow in flows:
                    made = self.parts.make(tag)
                    made.text = flow
                    self.parts.insert(element, made)

    def _associations(self) -> None:
        olds = {s.id: (s.reads, s.writes) for s in self.old.steps}
        for step in self.new.steps:
            reads, writes = olds.get(step.id, ((), ()))
            element = self.by_id[step.id]
            if reads != step.reads:
                self.parts.associations(element, "dataInputAssociation", step.id, step.reads)
            if writes != step.writes:
                self.parts.associations(element, "dataOutputAssociation", step.id, step.writes)

    # -- drawing

    def _drawing(self) -> None:
        new, old = self.new.diagram, self.old.diagram
        if dict(new.shapes) == dict(old.shapes) and dict(new.edges) == dict(old.edges):
            return
        plane = self._plane()
        known = {
            (e.get("bpmnElement") or "").rpartition(":")[2]: e
            for e in plane.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge")
        }
        self._leave_other_sheets(plane)
        for gone in (old.shapes.keys() | old.edges.keys()) - new.shapes.keys() - new.edges.keys():
            if gone in known and (parent := known[gone].getparent()) is not None:
                parent.remove(known[gone])
        for id, shape in new.shapes.items():
            if old.shapes.get(id) != shape:
                self._shape(plane, known.get(id), id, shape)
        for id, edge in new.edges.items():
            if old.edges.get(id) != edge:
                self._edge(plane, known.get(id), id, edge)

    def _own(self) -> set[str]:
        return {e.id for e in (*self.new.lanes, *self.new.nodes, *self.new.flows)}

    def _leave_other_sheets(self, plane: _Element) -> None:
        """What is drawn on this process's sheet now stands on no other one."""
        own = self._own()
        for other in self.root.iter(f"{{{BPMNDI}}}BPMNPlane"):
            if other is plane:
                continue
            for element in list(other):
                if (element.get("bpmnElement") or "").rpartition(":")[2] in own:
                    other.remove(element)

    def _plane(self) -> _Element:
        from lxml import etree

        plane = plane_of(self.root, self.new.id, self._own())
        collaboration = self.root.find(f"{{{BPMN}}}collaboration")
        of = collaboration.get("id") if collaboration is not None else self.new.id
        if plane is None:
            diagram = etree.SubElement(self.root, f"{{{BPMNDI}}}BPMNDiagram")
            diagram.set("id", f"{self.new.id}-diagram")
            plane = etree.SubElement(diagram, f"{{{BPMNDI}}}BPMNPlane")
            plane.set("id", f"{self.new.id}-plane")
            plane.set("bpmnElement", of or self.new.id)
        elif plane.get("bpmnElement") == self.new.id and self.old.city is None and self.new.city:
            plane.set("bpmnElement", of or self.new.id)
        return plane

    def _shape(self, plane: _Element, element: _Element | None, id: str, shape: Shape) -> None:
        from lxml import etree

        if element is None:
            element = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNShape")
            element.set("id", f"{id}-shape")
            element.set("bpmnElement", id)
            of = self.by_id.get(id)
            if of is not None and local(of) in ("lane", "participant"):
                element.set("isHorizontal", "true")
            if of is not None and local(of) == "exclusiveGateway":
                element.set("isMarkerVisible", "true")
        if shape.expanded is not None:
            element.set("isExpanded", _bool(shape.expanded))
        bounds = element.find(f"{{{DC}}}Bounds")
        if bounds is None:
            bounds = etree.Element(f"{{{DC}}}Bounds")
            element.insert(0, bounds)
        _bounds(bounds, (shape.x, shape.y, shape.width, shape.height))
        self._label(element, shape.label)

    def _edge(self, plane: _Element, element: _Element | None, id: str, edge: Edge) -> None:
        from lxml import etree

        if element is None:
            element = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge")
            element.set("id", f"{id}-edge")
            element.set("bpmnElement", id)
        for gone in element.findall(f"{{{DI}}}waypoint"):
            element.remove(gone)
        for k, (x, y) in enumerate(edge.points):
            point = etree.Element(f"{{{DI}}}waypoint")
            point.set("x", _px(x))
            point.set("y", _px(y))
            element.insert(k, point)
        self._label(element, edge.label)

    def _label(self, element: _Element, box: tuple[float, float, float, float] | None) -> None:
        from lxml import etree

        label = element.find(f"{{{BPMNDI}}}BPMNLabel")
        if box is None:
            if label is not None:
                element.remove(label)
            return
        if label is None:
            label = etree.SubElement(element, f"{{{BPMNDI}}}BPMNLabel")
        bounds = label.find(f"{{{DC}}}Bounds")
        if bounds is None:
            bounds = etree.SubElement(label, f"{{{DC}}}Bounds")
        _bounds(bounds, box)

    # -- the tree

    def _holder(self, within: str | None) -> _Element:
        return self.process if within is None else self.by_id[within]

    def _add(self, holder: _Element, tag: str, id: str) -> _Element:
        if id in self.by_id:
            raise ValueError(f"the id {id!r} is given to two elements")
        element = self.parts.make(tag, id=id)
        self.parts.insert(holder, element)
        self.by_id[id] = element
        return element

    def _remove(self, id: str) -> None:
        """Remove an element and what points to it: drawing, lane entries, associations."""
        element = self.by_id.pop(id, None)
        if element is None or (parent := element.getparent()) is None:
            return
        parent.remove(element)
        inner = {id, *(e.get("id") for e in element.iter() if e.get("id") is not None)}
        for other in list(self.root.iter()):
            points = (
                (local(other) == "flowNodeRef" and (other.text or "").strip() in inner)
                or (
                    local(other) in ("association", "messageFlow")
                    and (other.get("sourceRef") in inner or other.get("targetRef") in inner)
                )
                or (space(other) == BPMNDI and other.get("bpmnElement") in inner)
            )
            holder = other.getparent()
            if points and holder is not None:
                holder.remove(other)


def _tag(node: Node) -> str:
    if isinstance(node, Step):
        return STEP_TAG[node.kind]
    return EVENT_TAG[node.position] if isinstance(node, Event) else GATEWAY_TAG[node.kind]


def _outer_first(path: Path) -> Iterator[Node]:
    """The nodes in their order, but a sub-process before what it holds."""
    waiting: dict[str | None, list[Node]] = {}
    for node in path.nodes:
        waiting.setdefault(node.within, []).append(node)
    ready = waiting.pop(None, [])
    while ready:
        node = ready.pop(0)
        yield node
        ready = waiting.pop(node.id, []) + ready
    for node in (n for nodes in waiting.values() for n in nodes):
        raise ValueError(f"node {node.id!r} lies in {node.within!r}, which is no sub-process")


def _plain(node: Node) -> Node:
    """A node without what is written elsewhere: its lane."""
    return replace(node, lane=None)


def _placed(path: Path) -> dict[str, str | None]:
    return {n.id: n.lane for n in path.nodes}


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _set(element: _Element, key: str, value: str) -> None:
    if value:
        element.set(key, value)
    elif key in element.attrib:
        del element.attrib[key]


def _px(value: float) -> str:
    return fx.number(round(value, 2))


def _bounds(element: _Element, box: tuple[float, float, float, float]) -> None:
    for key, value in zip(("x", "y", "width", "height"), box, strict=True):
        element.set(key, _px(value))
