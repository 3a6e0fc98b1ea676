"""The service path: one process of the city, its lanes, steps, events, gateways and flows.

Everything is immutable; a changed path is a new `Path` (`dataclasses.replace`, `Path.with_nodes`).
The words are BPMN 2.0's (OMG formal/2011-01-03) with Polku's facts beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeAlias

from polku.path.facts import NO_FACTS, NO_UNIT, NO_VERSION, Facts, Unit, Version

StepKind = Literal[
    "task", "user", "service", "manual", "send", "receive", "script", "rule", "call",
    "sub-process",
]  # fmt: skip
Position = Literal["start", "end", "catch", "throw", "boundary"]
Trigger = Literal[
    "none", "message", "timer", "terminate", "signal", "error", "escalation", "conditional",
    "link", "compensate", "cancel", "multiple",
]  # fmt: skip
GatewayKind = Literal["exclusive", "parallel", "inclusive", "event", "complex"]
Role = Literal["agency", "unit", "customer"]


@dataclass(frozen=True, slots=True)
class Timer:
    """When a timer fires: a `duration` (P14D), a `date` or a `cycle` (R3/P1D), or an expression."""

    kind: Literal["duration", "date", "cycle"]
    value: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """How a step is done more than once.

    `kind`: "loop" (again while `condition`), "parallel" or "sequential" (once for each item:
    `times` is the number or an expression that gives it; None = the file does not say).
    """

    kind: Literal["loop", "parallel", "sequential"]
    condition: str | None = None
    times: str | None = None
    test_before: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of work by one unit: a task, a call, or a sub-process that holds further nodes.

    `lane`: id of the innermost lane; `within`: id of the enclosing sub-process; `default`: id of
    the outgoing flow taken where no condition holds; `reads`, `writes`: ids of data; `on_event`:
    an event sub-process, started by its own start event.
    """

    id: str
    name: str = ""
    kind: StepKind = "task"
    lane: str | None = None
    within: str | None = None
    default: str | None = None
    repeat: Repeat | None = None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    on_event: bool = False
    facts: Facts = NO_FACTS

    @property
    def holds_nodes(self) -> bool:
        """Whether it is a sub-process."""
        return self.kind == "sub-process"


@dataclass(frozen=True, slots=True)
class Event:
    """A start, an end, an intermediate or a boundary event.

    `attached_to`: the step at whose boundary it stands; `interrupting`: whether that step ends
    (for a start event: whether the event sub-process ends what surrounds it).
    """

    id: str
    name: str = ""
    position: Position = "catch"
    trigger: Trigger = "none"
    timer: Timer | None = None
    attached_to: str | None = None
    interrupting: bool = True
    lane: str | None = None
    within: str | None = None
    facts: Facts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Gateway:
    """A place where the way divides or joins; `default` as in `Step`."""

    id: str
    name: str = ""
    kind: GatewayKind = "exclusive"
    lane: str | None = None
    within: str | None = None
    default: str | None = None
    facts: Facts = NO_FACTS


Node: TypeAlias = Step | Event | Gateway


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow.

    `condition`: an expression over the matter's data; `probability` (0 to 1) of taking this way at
    its gateway, `measured`: of how many matters that was counted (None: assumed).
    """

    id: str
    source: str
    target: str
    name: str = ""
    condition: str | None = None
    probability: float | None = None
    measured: int | None = None
    within: str | None = None
    facts: Facts = NO_FACTS


@dataclass(frozen=True, slots=True)
class MessageFlow:
    """A message between the customer's pool (or another) and a node; ends are ids."""

    id: str
    source: str
    target: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """An agency (a lane of the process), a unit (a lane within an agency's) or the customer."""

    id: str
    name: str = ""
    parent: str | None = None
    role: Role = "agency"
    unit: Unit = NO_UNIT
    facts: Facts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Pool:
    """A participant: the city that runs the process, or a party outside without a process here."""

    id: str
    name: str = ""
    facts: Facts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Data:
    """A data object (or its reference), or a data store; `document`: the key in `Facts`."""

    id: str
    name: str = ""
    kind: Literal["object", "store"] = "object"
    within: str | None = None
    document: str | None = None
    facts: Facts = NO_FACTS


Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a node, lane, pool or data object stands, in px; `label`: x, y, width, height."""

    x: float
    y: float
    width: float
    height: float
    label: tuple[float, float, float, float] | None = None
    expanded: bool | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """The course of a flow: its points in px, from source to target."""

    points: tuple[Point, ...]
    label: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Diagram:
    """The drawing of a path: a shape or an edge for an element's id."""

    shapes: Mapping[str, Shape] = field(default_factory=dict)
    edges: Mapping[str, Edge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shapes", MappingProxyType(dict(self.shapes)))
        object.__setattr__(self, "edges", MappingProxyType(dict(self.edges)))


@dataclass(frozen=True)
class Path:
    """A service path.

    `id`: id of the process; `city`: the pool that runs it, None where the file has no
    collaboration; `parties`: pools without a process here, the customer among them; `nodes`,
    `flows`, `lanes`, `messages`, `data` in the order of the file; `diagram`: the drawing.
    `original`: the file that it was read from: writing changes only what differs from it, so all
    that Polku does not know survives. Neither drawing nor original count when paths are compared.
    """

    id: str
    name: str = ""
    executable: bool = True
    version: Version = NO_VERSION
    facts: Facts = NO_FACTS
    city: Pool | None = None
    parties: tuple[Pool, ...] = ()
    lanes: tuple[Lane, ...] = ()
    nodes: tuple[Node, ...] = ()
    flows: tuple[Flow, ...] = ()
    messages: tuple[MessageFlow, ...] = ()
    data: tuple[Data, ...] = ()
    diagram: Diagram = field(default_factory=Diagram, compare=False, repr=False)
    original: bytes | None = field(default=None, compare=False, repr=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    """line in the file of every element's id, for messages"""

    @cached_property
    def _node(self) -> dict[str, Node]:
        return {n.id: n for n in self.nodes}

    @cached_property
    def _flow(self) -> dict[str, Flow]:
        return {f.id: f for f in self.flows}

    @cached_property
    def _lane(self) -> dict[str, Lane]:
        return {n.id: n for n in self.lanes}

    @cached_property
    def _out(self) -> dict[str, tuple[Flow, ...]]:
        return _grouped((f.source, f) for f in self.flows)

    @cached_property
    def _in(self) -> dict[str, tuple[Flow, ...]]:
        return _grouped((f.target, f) for f in self.flows)

    def node(self, id: str) -> Node:
        """The node of an id; KeyError where there is none."""
        return self._node[id]

    def flow(self, id: str) -> Flow:
        """The flow of an id; KeyError where there is none."""
        return self._flow[id]

    def has(self, id: str) -> bool:
        """Whether a node has this id."""
        return id in self._node

    def out(self, id: str) -> tuple[Flow, ...]:
        """Flows that leave a node."""
        return self._out.get(id, ())

    def into(self, id: str) -> tuple[Flow, ...]:
        """Flows that enter a node."""
        return self._in.get(id, ())

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps, sub-processes and what they hold included, in the order of the file."""
        return tuple(n for n in self.nodes if isinstance(n, Step))

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """All events."""
        return tuple(n for n in self.nodes if isinstance(n, Event))

    @cached_property
    def gateways(self) -> tuple[Gateway, ...]:
        """All gateways."""
        return tuple(n for n in self.nodes if isinstance(n, Gateway))

    def inside(self, within: str | None = None) -> Iterator[Node]:
        """The nodes directly inside a sub-process, or of the process itself."""
        return (n for n in self.nodes if n.within == within)

    def boundary(self, step: str) -> tuple[Event, ...]:
        """Events at the boundary of a step."""
        return tuple(e for e in self.events if e.attached_to == step)

    def lane(self, id: str) -> Lane:
        """The lane of an id; KeyError where there is none."""
        return self._lane[id]

    def lane_of(self, node: Node) -> Lane | None:
        """The innermost lane of a node; what a sub-process holds stands in the sub-process's."""
        at: Node | None = node
        while at is not None:
            if at.lane is not None:
                return self._lane.get(at.lane)
            at = self._node.get(at.within) if at.within is not None else None
        return None

    def agency_of(self, node: Node) -> Lane | None:
        """The agency's lane (or the customer's) in which a node stands."""
        lane = self.lane_of(node)
        while lane is not None and lane.parent is not None:
            lane = self._lane.get(lane.parent)
        return lane

    def unit_of(self, node: Node) -> Lane | None:
        """The unit's lane in which a node stands; None where only an agency is known."""
        lane = self.lane_of(node)
        return lane if lane is not None and lane.role == "unit" else None

    def by_customer(self, node: Node) -> bool:
        """Whether the customer does this alone."""
        agency = self.agency_of(node)
        return agency is not None and agency.role == "customer"

    @cached_property
    def customer(self) -> Pool | None:
        """The customer's pool: the only party, or the one called so; None where there is none."""
        named = [p for p in self.parties if is_customer(p.name) or is_customer(p.facts.names.en)]
        if named:
            return named[0]
        return self.parties[0] if len(self.parties) == 1 else None

    def with_nodes(self, nodes: Iterable[Node]) -> Path:
        """The same path with these nodes changed (those of the same id) or added at the end."""
        changed = {n.id: n for n in nodes}
        kept = tuple(changed.pop(n.id, n) for n in self.nodes)
        return replace(self, nodes=(*kept, *changed.values()))

    @cached_property
    def hash(self) -> str:
        """Content hash (SHA-256, hex) that ignores layout and the order of elements."""
        from polku.path.file.digest import content_hash

        return content_hash(self)

    def line(self, id: str) -> int | None:
        """The line of an element in the file that the path was read from."""
        return self.lines.get(id)


_CUSTOMER = {"customer", "asiakas", "kund", "business", "yritys", "företag", "applicant"}


def is_customer(name: str | None) -> bool:
    """Whether a pool or lane is called as the customer is in one of the three languages."""
    return name is not None and name.strip().casefold() in _CUSTOMER


def _grouped(pairs: Iterable[tuple[str, Flow]]) -> dict[str, tuple[Flow, ...]]:
    out: dict[str, list[Flow]] = {}
    for key, flow in pairs:
        out.setdefault(key, []).append(flow)
    return {k: tuple(v) for k, v in out.items()}
