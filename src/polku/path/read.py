"""Reading a path: one process of a BPMN 2.0 file, with its lanes, flows, facts and drawing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any, NoReturn

from polku.errors import PathError
from polku.path.facts import Unit
from polku.path.file import facts_xml as fx
from polku.path.file.facts_xml import Place
from polku.path.file.planes import plane_of
from polku.path.file.vocabulary import DATA, EVENTS, GATEWAYS, STEPS, TIMES, TRIGGERS
from polku.path.file.xml import (
    BPMN,
    BPMNDI,
    DC,
    DI,
    POLKU,
    content_of,
    local,
    parse,
    reference,
    space,
    words_of,
)
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
    Repeat,
    Shape,
    Step,
    Timer,
    is_customer,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_NESTING = 20
"""Sub-processes within sub-processes."""
_NODES = {**STEPS, **EVENTS, **GATEWAYS}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_COORDINATE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class Choice:
    """A process of a file: its id, its name (or its pool's), and how many nodes it has."""

    id: str
    name: str
    nodes: int

    def __str__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"{self.id}{name} ({self.nodes} nodes)"


def read_path(
    source: str | PathLike[str] | bytes, process: str | None = None, *, place: str | None = None
) -> Path:
    """Read a path.

    Parameters: `source`, a BPMN 2.0 file or its bytes; `process`, the id or name of the process,
    needed where the file holds several with nodes in them; `place`, what messages call the file.
    Returns the `Path`; its `original` keeps the file, so that nothing is lost when it is written.
    Raises `PathError`, with the file, the line and the element's id, for what is not XML, not
    BPMN 2.0, has ids twice, flows to nowhere, lanes with absent nodes, another version of
    `urn:polku`, or no process or several; `OSError` when the file cannot be opened.

    >>> from polku.path.build import start
    >>> from polku.path.write import write_path
    >>> read_path(write_path(start("Stall").step("Apply").path())).steps[0].name
    'Apply'
    """
    place = place or ("path" if isinstance(source, bytes) else str(source))
    content = source if isinstance(source, bytes) else content_of(source)
    return _Reader(content, place).path(process)


def processes(source: str | PathLike[str] | bytes) -> tuple[Choice, ...]:
    """The processes of a file that have nodes; raises `PathError` as `read_path` does."""
    place = "path" if isinstance(source, bytes) else str(source)
    content = source if isinstance(source, bytes) else content_of(source)
    return _Reader(content, place).choices


class _Reader:
    """One file on its way to a `Path`."""

    def __init__(self, content: bytes, place: str) -> None:
        self.content, self.place = content, place
        self.root = parse(content, place).getroot()
        if local(self.root) != "definitions" or space(self.root) != BPMN:
            found = f"<{local(self.root)}> of {space(self.root) or 'no namespace'}"
            raise PathError(
                f"{place}: line {self.root.sourceline}: begins with {found}; a BPMN 2.0 file "
                f"begins with <definitions> of {BPMN}"
            )
        self._refuse_other_version()
        self.by_id = self._ids()
        self.lane_of: dict[str, str] = {}

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Processes that have nodes."""
        pools = {
            reference(p, p.get("processRef")): p.get("name", "")
            for p in self.root.iter(f"{{{BPMN}}}participant")
        }
        found = []
        for process in self.root.iterchildren(f"{{{BPMN}}}process"):
            nodes = sum(local(e) in _NODES for e in process.iterdescendants())
            name = process.get("name") or pools.get(process.get("id"), "")
            if nodes:
                found.append(Choice(process.get("id", ""), name, nodes))
        return tuple(found)

    def path(self, wanted: str | None) -> Path:
        process = self._process(wanted)
        id = process.get("id", "")
        place = Place(self.place, id)
        lanes = tuple(self._lanes(process))
        nodes = tuple(self._nodes(process, None, 0))
        flows = tuple(self._flows(process))
        data = tuple(self._data(process))
        self._check_references(nodes, flows)
        city, parties, messages = self._collaboration(id, {n.id for n in nodes})
        own = {e.id for e in (*lanes, *nodes, *flows)}
        reads, writes = self._associations(process, {d.id for d in data})
        nodes = tuple(_with_data(n, reads, writes) if isinstance(n, Step) else n for n in nodes)
        return Path(
            id=id,
            name=process.get("name", ""),
            executable=self._flag(process, "isExecutable", False),
            version=fx.read_version(process, place),
            facts=fx.read_facts(process, place),
            city=city,
            parties=parties,
            lanes=lanes,
            nodes=nodes,
            flows=flows,
            messages=messages,
            data=data,
            diagram=self._diagram(plane_of(self.root, id, own)),
            original=self.content,
            lines={k: e.sourceline or 0 for k, e in self.by_id.items()},
        )

    def _refuse(self, element: _Element, found: str) -> NoReturn:
        id = element.get("id")
        what = f"element {id!r}" if id else f"<{local(element)}>"
        raise PathError(f"{self.place}: line {element.sourceline:,}: {what}: {found}")

    def _refuse_other_version(self) -> None:
        for element in self.root.iter():
            ours = [space(element), *(k[1:].partition("}")[0] for k in element.attrib)]
            for name in ours:
                if name.startswith("urn:polku:") and name != POLKU:
                    self._refuse(
                        element,
                        f"has facts of {name}; this version of Polku reads {POLKU}; take a "
                        "newer Polku or save the path in the older form",
                    )

    def _ids(self) -> dict[str, _Element]:
        found: dict[str, _Element] = {}
        for element in self.root.iter():
            if space(element) != BPMN or (id := element.get("id")) is None:
                continue
            if id in found:
                self._refuse(
                    element,
                    f"this id stands at line {found[id].sourceline:,} already "
                    f"(<{local(found[id])}>); give one of the two another",
                )
            found[id] = element
        return found

    def _process(self, wanted: str | None) -> _Element:
        choices = self.choices
        if not choices:
            what = (
                "holds only a drawing, no process"
                if next(self.root.iter(f"{{{BPMNDI}}}BPMNDiagram"), None) is not None
                else "holds no process"
            )
            raise PathError(f"{self.place}: line {self.root.sourceline}: {what} with steps in it; "
                            "save the model with its process")  # fmt: skip
        there = "; ".join(map(str, choices))
        if wanted is not None:
            named = [c for c in choices if c.id == wanted] or [
                c for c in choices if c.name == wanted
            ]
            if len(named) != 1:
                raise PathError(
                    f"{self.place}: process {wanted!r} is there {len(named)} times; name one of: "
                    f"{there}"
                )
            return self.by_id[named[0].id]
        if len(choices) > 1:
            raise PathError(
                f"{self.place}: holds {len(choices)} processes where one is meant: {there}; "
                "choose one with --process ID"
            )
        process = self.by_id.get(choices[0].id)
        if process is None:
            element = next(self.root.iterchildren(f"{{{BPMN}}}process"))
            self._refuse(element, "the process has no id; add one")
        return process

    def _nodes(self, holder: _Element, within: str | None, depth: int) -> Iterator[Node]:
        for element in holder.iterchildren():
            name = local(element)
            if name not in _NODES or space(element) != BPMN:
                continue
            id = element.get("id")
            if not id:
                self._refuse(element, "has no id; add one")
            yield self._node(element, name, id, within)
            if STEPS.get(name) == "sub-process":
                if depth >= MAX_NESTING:
                    self._refuse(
                        element,
                        f"lies in more than {MAX_NESTING} sub-processes; make it flatter",
                    )
                yield from self._nodes(element, id, depth + 1)

    def _node(self, element: _Element, name: str, id: str, within: str | None) -> Node:
        label = " ".join(element.get("name", "").split())
        facts = fx.read_facts(element, Place(self.place, id))
        lane = self.lane_of.get(id)
        default = reference(element, element.get("default"))
        if name in STEPS:
            return Step(
                id, label, STEPS[name], lane, within, default, self._repeat(element),
                on_event=self._flag(element, "triggeredByEvent", False), facts=facts,
            )  # fmt: skip
        if name in GATEWAYS:
            return Gateway(id, label, GATEWAYS[name], lane, within, default, facts)
        attached = reference(element, element.get("attachedToRef"))
        if name == "boundaryEvent":
            step = self.by_id.get(attached or "")
            if step is None or local(step) not in STEPS:
                self._refuse(element, f"is attached to {attached!r}, which is no step here")
        trigger, timer = self._trigger(element)
        key = "cancelActivity" if "cancelActivity" in element.attrib else "isInterrupting"
        stays = not self._flag(element, key, True)
        return Event(
            id, label, EVENTS[name], trigger, timer, attached, not stays, lane, within, facts
        )

    def _trigger(self, element: _Element) -> tuple[Any, Timer | None]:
        definitions = [
            c for c in element.iterchildren() if local(c) in TRIGGERS and space(c) == BPMN
        ]
        for ref in element.iterchildren(f"{{{BPMN}}}eventDefinitionRef"):
            target = self.by_id.get(reference(ref, ref.text) or "")
            if target is None or local(target) not in TRIGGERS:
                self._refuse(element, f"refers to an event definition {ref.text!r} that is absent")
            definitions.append(target)
        if len(definitions) > 1:
            return "multiple", None
        if not definitions:
            return "none", None
        found = definitions[0]
        timer = None
        for child in found.iterchildren():
            if space(child) == BPMN and (kind := TIMES.get(local(child))) and words_of(child):
                timer = Timer(kind, words_of(child))  # type: ignore[arg-type]
        return TRIGGERS[local(found)], timer

    def _repeat(self, element: _Element) -> Repeat | None:
        for child in element.iterchildren():
            name = local(child)
            if space(child) != BPMN:
                continue
            if name == "standardLoopCharacteristics":
                condition = _expression(child.find(f"{{{BPMN}}}loopCondition"))
                before = self._flag(child, "testBefore", False)
                return Repeat("loop", condition or None, child.get("loopMaximum"), before)
            if name == "multiInstanceLoopCharacteristics":
                one_by_one = self._flag(child, "isSequential", False)
                times = _expression(child.find(f"{{{BPMN}}}loopCardinality"))
                times = times or _expression(child.find(f"{{{BPMN}}}loopDataInputRef"))
                return Repeat("sequential" if one_by_one else "parallel", None, times or None)
        return None

    def _flows(self, process: _Element) -> Iterator[Flow]:
        for element in process.iterdescendants(f"{{{BPMN}}}sequenceFlow"):
            id = element.get("id")
            if not id:
                self._refuse(element, "has no id; add one")
            ends = []
            for key, way in (("sourceRef", "comes from"), ("targetRef", "leads to")):
                end = reference(element, element.get(key))
                node = self.by_id.get(end or "")
                if node is None or local(node) not in _NODES:
                    self._refuse(element, f"{way} {end!r}, which is no node of the file")
                ends.append(end or "")
            condition = element.find(f"{{{BPMN}}}conditionExpression")
            told = _expression(condition)
            place = Place(self.place, id)
            chance = fx.one(element, "probability")
            probability, measured = (
                fx.read_probability(chance, place) if chance is not None else (None, None)
            )
            parent = element.getparent()
            inner = parent is not None and local(parent) != "process"
            yield Flow(
                id, ends[0], ends[1], " ".join(element.get("name", "").split()), told or None,
                probability, measured, parent.get("id") if inner and parent is not None else None,
                fx.read_facts(element, place),
            )  # fmt: skip

    def _check_references(self, nodes: tuple[Node, ...], flows: tuple[Flow, ...]) -> None:
        """Flows stay within the process and within their sub-process; defaults leave their node."""
        within = {n.id: n.within for n in nodes}
        for flow in flows:
            element = self.by_id[flow.id]
            for end, way in ((flow.source, "comes from"), (flow.target, "leads to")):
                if end not in within:
                    self._refuse(element, f"{way} {end!r}, which is a node of another process")
            if within[flow.source] != within[flow.target]:
                self._refuse(
                    element,
                    f"crosses the border of a sub-process, from {flow.source!r} to "
                    f"{flow.target!r}; lead it to the sub-process itself",
                )
        for node in nodes:
            host = node.attached_to if isinstance(node, Event) else None
            if host is not None and within.get(host, "") != node.within:
                self._refuse(
                    self.by_id[node.id],
                    f"is attached to {host!r}, which lies in another sub-process or process; put "
                    "both in one",
                )
        leaves = {f.id: f.source for f in flows}
        for node in nodes:
            default = None if isinstance(node, Event) else node.default
            if default is not None and leaves.get(default) != node.id:
                self._refuse(
                    self.by_id[node.id],
                    f"its default flow {default!r} does not leave it; name one that does",
                )

    def _lanes(self, process: _Element) -> Iterator[Lane]:
        depth_of: dict[str, int] = {}

        def read(lane: _Element, parent: str | None, depth: int) -> Iterator[Lane]:
            id = lane.get("id")
            if not id:
                self._refuse(lane, "the lane has no id; add one")
            for ref in lane.iterchildren(f"{{{BPMN}}}flowNodeRef"):
                node_id = reference(lane, words_of(ref)) or ""
                node = self.by_id.get(node_id)
                if node is None or local(node) not in _NODES:
                    self._refuse(
                        ref.getparent() if ref.getparent() is not None else ref,
                        f"the lane names {node_id!r} (line {ref.sourceline:,}), which is no node "
                        "of the file; take it out or add the node",
                    )
                if depth > depth_of.get(node_id, -1):
                    self.lane_of[node_id], depth_of[node_id] = id, depth
                elif depth == depth_of[node_id] and self.lane_of[node_id] != id:
                    self._refuse(
                        lane,
                        f"the lane names {node_id!r} (line {ref.sourceline:,}), which stands in "
                        f"lane {self.lane_of[node_id]!r} already; keep it in one",
                    )
            place = Place(self.place, id)
            own = fx.one(lane, "lane")
            facts = fx.read_facts(lane, place)
            name = " ".join(lane.get("name", "").split())
            role = own.get("role") if own is not None else None
            if role not in (None, "agency", "unit", "customer"):
                self._refuse(lane, f"<polku:lane> has role {role!r}; agency, unit or customer")
            if role is None:
                said = is_customer(name) or is_customer(facts.names.en)
                role = "unit" if parent else "customer" if said else "agency"
            unit = fx.read_unit(own, place) if own is not None else Unit()
            yield Lane(id, name, parent, role, unit, facts)  # type: ignore[arg-type]
            for child_set in lane.iterchildren(f"{{{BPMN}}}childLaneSet"):
                for child in child_set.iterchildren(f"{{{BPMN}}}lane"):
                    yield from read(child, id, depth + 1)

        for lane_set in process.iterdescendants(f"{{{BPMN}}}laneSet"):
            for lane in lane_set.iterchildren(f"{{{BPMN}}}lane"):
                yield from read(lane, None, 0)

    def _data(self, process: _Element) -> Iterator[Data]:
        referred = {
            reference(e, e.get("dataObjectRef"))
            for e in process.iterdescendants(f"{{{BPMN}}}dataObjectReference")
        }
        for element in process.iterdescendants():
            name = local(element)
            id = element.get("id")
            if name not in DATA or space(element) != BPMN or id is None:
                continue
            if name == "dataObject" and id in referred:
                continue
            parent = element.getparent()
            inner = parent is not None and local(parent) != "process"
            place = Place(self.place, id)
            own = fx.one(element, "data")
            yield Data(
                id,
                " ".join(element.get("name", "").split()),
                DATA[name],  # type: ignore[arg-type]
                parent.get("id") if inner and parent is not None else None,
                own.get("key") if own is not None else None,
                fx.read_facts(element, place),
            )

    def _associations(
        self, process: _Element, data: set[str]
    ) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        reads: dict[str, list[str]] = {}
        writes: dict[str, list[str]] = {}
        for tag, end, found in (
            ("dataInputAssociation", "sourceRef", reads),
            ("dataOutputAssociation", "targetRef", writes),
        ):
            for element in process.iterdescendants(f"{{{BPMN}}}{tag}"):
                holder = element.getparent()
                for ref in element.iterchildren(f"{{{BPMN}}}{end}"):
                    target = reference(ref, words_of(ref))
                    if holder is not None and target in data:
                        found.setdefault(holder.get("id", ""), []).append(target)
        return reads, writes

    def _collaboration(
        self, process: str, nodes: set[str]
    ) -> tuple[Pool | None, tuple[Pool, ...], tuple[MessageFlow, ...]]:
        city, parties = None, []
        pool_of: dict[str, str] = {}
        for element in self.root.iter(f"{{{BPMN}}}participant"):
            id = element.get("id", "")
            if not id:
                self._refuse(element, "the participant has no id; add one")
            facts = fx.read_facts(element, Place(self.place, id))
            pool = Pool(id, " ".join(element.get("name", "").split()), facts)
            ref = reference(element, element.get("processRef"))
            if ref == process:
                city = city or pool
                continue
            parties.append(pool)
            if (other := self.by_id.get(ref or "")) is not None:
                pool_of |= {e.get("id"): id for e in other.iterdescendants() if e.get("id")}
        messages = []
        for element in self.root.iter(f"{{{BPMN}}}messageFlow"):
            id = element.get("id") or ""
            ends = [reference(element, element.get(k)) or "" for k in ("sourceRef", "targetRef")]
            for end in ends:
                if end not in self.by_id:
                    self._refuse(element, f"the message flow has an end {end!r} that is absent")
            if nodes.intersection(ends):
                if not id:
                    self._refuse(element, "the message flow has no id; add one")
                name = " ".join(element.get("name", "").split())
                source, target = (pool_of.get(end, end) for end in ends)
                messages.append(MessageFlow(id, source, target, name))
        return city, tuple(parties), tuple(messages)

    def _diagram(self, plane: _Element | None) -> Diagram:
        shapes: dict[str, Shape] = {}
        edges: dict[str, Edge] = {}
        if plane is None:
            return Diagram()
        for element in plane.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge"):
            of = reference(element, element.get("bpmnElement"))
            if of is None or of in shapes or of in edges:
                continue
            label = element.find(f"{{{BPMNDI}}}BPMNLabel")
            own = label.find(f"{{{DC}}}Bounds") if label is not None else None
            words = self._bounds(own) if own is not None else None
            if local(element) == "BPMNShape":
                bounds = element.find(f"{{{DC}}}Bounds")
                if bounds is None:
                    continue
                expanded = element.get("isExpanded")
                shapes[of] = Shape(
                    *self._bounds(bounds),
                    words,
                    None if expanded is None else self._flag(element, "isExpanded", False),
                )
            else:
                points = tuple(
                    (self._float(p, "x"), self._float(p, "y"))
                    for p in element.iterchildren(f"{{{DI}}}waypoint")
                )
                edges[of] = Edge(points, words)
        return Diagram(shapes, edges)

    def _flag(self, element: _Element, key: str, default: bool) -> bool:
        """A truth value of XML: true, false, 1 or 0."""
        text = element.get(key)
        if text is None:
            return default
        if text.strip() not in _TRUTH:
            self._refuse(element, f"has {key} {text!r}; write true or false")
        return _TRUTH[text.strip()]

    def _bounds(self, element: _Element) -> tuple[float, float, float, float]:
        x, y, width, height = (self._float(element, k) for k in ("x", "y", "width", "height"))
        return x, y, width, height

    def _float(self, element: _Element, key: str) -> float:
        text = element.get(key, "0")
        value = float(text) if _COORDINATE.fullmatch(text.strip()) else float("nan")
        if value != value or abs(value) > 1e7:
            self._refuse(element, f"its drawing has {key} {text!r}, which is no place on a sheet")
        return value


def _expression(element: _Element | None) -> str:
    """An expression as it is written, without comments; empty where there is none."""
    return "" if element is None else "".join(element.xpath(".//text()")).strip()


def _with_data(step: Step, reads: dict[str, list[str]], writes: dict[str, list[str]]) -> Step:
    if step.id not in reads and step.id not in writes:
        return step
    return replace(step, reads=tuple(reads.get(step.id, ())), writes=tuple(writes.get(step.id, ())))
