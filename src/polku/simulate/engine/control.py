"""The control flow of a path as numbers: nodes, flows, scopes, and what reaches an OR-join."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from polku.errors import ScenarioError
from polku.path.model import Event, Flow, Gateway, Node, Path, Step
from polku.simulate.engine.program import (
    ALL,
    AND_JOIN,
    CATCH,
    END,
    EXCLUSIVE,
    INCLUSIVE,
    LOOP,
    NO_JOIN,
    ONCE,
    OR_JOIN,
    PARALLEL,
    PASS,
    RACE,
    SEQUENTIAL,
    SUB,
    TERMINATE,
    THROW,
    WORK,
)

_REPEATS = {"loop": LOOP, "parallel": PARALLEL, "sequential": SEQUENTIAL}
_NUMBERS = {"kept", "default", "chances", "work", "delay", "delay_clock", "work_clock", "pool",
            "person_laws", "meeting", "batch_meeting", "batch_wait", "again", "again_condition",
            "times", "times_column", "times_fixed", "inner", "catches", "same_as", "or_join",
            "outcome", "at", "happens", "host", "place"}  # fmt: skip
"""Fields of a node that are -1 where there is nothing."""


@dataclass(frozen=True)
class Control:
    """Nodes of a path by number, with their flows.

    `nodes`: the path's nodes, in the order of their numbers; `index`: id → number; `flows`, `flow`
    the same for flows (links between link events are added as flows); `rows`: for each node the
    fields of `NODE` that the control flow gives; `places`: the most places of a scope.
    """

    nodes: tuple[Node, ...]
    index: dict[str, int]
    flows: tuple[Flow, ...]
    flow: dict[str, int]
    rows: list[dict[str, int]]
    flow_rows: list[dict[str, int]]
    scopes: list[dict[str, int]]
    out: list[int]
    into: list[int]
    starts: list[int]
    or_nodes: list[int]
    boundary: list[int]
    reach: np.ndarray
    places: int

    def copied(self) -> Control:
        """A copy whose rows of nodes and flows may be written."""
        return replace(
            self, rows=[dict(r) for r in self.rows], flow_rows=[dict(r) for r in self.flow_rows]
        )


def control(path: Path) -> Control:
    """Number the nodes and flows of a path.

    Raises `ScenarioError` for what cannot be simulated: complex gateways, event sub-processes,
    compensation and cancelling, a scope without a start, more than 64 flows into one OR-join.
    """
    _refuse(path)
    nodes = tuple(path.nodes)
    index = {n.id: k for k, n in enumerate(nodes)}
    flows = (*path.flows, *_links(path))
    flow = {f.id: k for k, f in enumerate(flows)}
    leaving: dict[str, list[int]] = defaultdict(list)
    entering: dict[str, list[int]] = defaultdict(list)
    for k, f in enumerate(flows):
        leaving[f.source].append(k)
        entering[f.target].append(k)

    holders = [None, *(s.id for s in path.steps if s.holds_nodes)]
    scope_of = {holder: k for k, holder in enumerate(holders)}
    rows: list[dict[str, int]] = []
    out: list[int] = []
    into: list[int] = []
    boundary: list[int] = []
    for node in nodes:
        row = dict.fromkeys(_NUMBERS, -1)
        row["scope"] = scope_of[node.within]
        row["out_at"], row["in_at"] = len(out), len(into)
        out += leaving[node.id]
        into += entering[node.id]
        row["out_to"], row["in_to"] = len(out), len(into)
        row["does"] = _does(node)
        row["join"] = _join(node, len(entering[node.id]))
        row["split"] = _split(node, [flows[f] for f in leaving[node.id]])
        row["rounds"] = 1
        row["boundary_at"] = len(boundary)
        if isinstance(node, Step):
            boundary += [index[e.id] for e in path.boundary(node.id)]
            row["repeat"] = _REPEATS[node.repeat.kind] if node.repeat else ONCE
            row["test_before"] = int(bool(node.repeat and node.repeat.test_before))
            row["logged"] = int(row["does"] == WORK)
            if node.holds_nodes:
                row["inner"] = scope_of[node.id]
        row["boundary_to"] = len(boundary)
        if isinstance(node, Step | Gateway) and node.default:
            row["default"] = flow[node.default]
        if isinstance(node, Event) and node.position == "boundary":
            row["host"] = index[str(node.attached_to)]
            row["interrupts"] = int(node.interrupting)
        rows.append(row)
    for k, node in enumerate(nodes):
        if rows[k]["does"] == THROW:
            rows[k]["catches"] = _catches(path, index, node)
            if rows[k]["catches"] < 0:  # BPMN leaves it open: an error ends the path, an
                error = isinstance(node, Event) and node.trigger == "error"  # escalation nothing
                rows[k]["does"] = TERMINATE if error else END
                rows[k]["whole"] = int(error)

    flow_rows = [
        {"target": index[f.target], "source": index[f.source], "place": -1, "condition": -1,
         "bit": 0} for f in flows
    ]  # fmt: skip
    places = [0] * len(holders)
    for k in range(len(nodes)):
        scope = rows[k]["scope"]
        if rows[k]["does"] in (WORK, CATCH, RACE, SUB):
            rows[k]["place"] = places[scope]
            places[scope] += 1
        if rows[k]["join"] != NO_JOIN:
            for bit, number in enumerate(into[rows[k]["in_at"] : rows[k]["in_to"]]):
                flow_rows[number]["place"] = places[scope]
                flow_rows[number]["bit"] = bit
                places[scope] += 1

    starts: list[int] = []
    or_nodes: list[int] = []
    scopes = []
    for scope, holder in enumerate(holders):
        first = [index[n.id] for n in _starts(path, holder, entering)]
        ors = [k for k, r in enumerate(rows) if r["scope"] == scope and r["join"] == OR_JOIN]
        scopes.append(
            {
                "node": -1 if holder is None else index[holder],
                "start_at": len(starts), "start_to": len(starts) + len(first),
                "or_at": len(or_nodes), "or_to": len(or_nodes) + len(ors),
            }
        )  # fmt: skip
        starts += first
        for k in ors:
            rows[k]["or_join"] = len(or_nodes)
            or_nodes.append(k)
    made = Control(
        nodes, index, flows, flow, rows, flow_rows, scopes, out, into, starts, or_nodes, boundary,
        np.zeros((len(or_nodes), max(1, max(places))), np.uint64), max(places),
    )  # fmt: skip
    _reach(made)
    return made


def _refuse(path: Path) -> None:
    for node in path.nodes:
        what = None
        if isinstance(node, Gateway) and node.kind == "complex":
            what = "is a complex gateway"
        elif isinstance(node, Step) and node.on_event:
            what = "is an event sub-process"
        elif isinstance(node, Event) and node.trigger in ("compensate", "cancel"):
            what = f"is an event that {node.trigger}s"
        if what:
            raise ScenarioError(
                f"{_name(node)}: {what}, which cannot be simulated; draw it with gateways, timers "
                "and messages"
            )


def _name(node: Node) -> str:
    return f"{node.id} ({node.name})" if node.name else node.id


def _links(path: Path) -> list[Flow]:
    """A flow from every throwing link event to the catching one of the same name."""
    caught = {
        (e.within, e.name): e for e in path.events if e.trigger == "link" and e.position == "catch"
    }
    out = []
    for event in path.events:
        if event.trigger == "link" and event.position == "throw":
            target = caught.get((event.within, event.name))
            if target is None:
                raise ScenarioError(
                    f"{_name(event)}: is a link to nowhere; draw the catching link of that name"
                )
            out.append(Flow(f"link {event.id}", event.id, target.id, within=event.within))
    return out


def _does(node: Node) -> int:
    if isinstance(node, Step):
        return SUB if node.holds_nodes else WORK
    if isinstance(node, Gateway):
        return RACE if node.kind == "event" else PASS
    if node.position == "end":
        return {"terminate": TERMINATE, "error": THROW, "escalation": THROW}.get(node.trigger, END)
    if node.position == "catch" and node.trigger not in ("none", "link"):
        return CATCH
    return PASS


def _join(node: Node, entering: int) -> int:
    if isinstance(node, Gateway) and entering > 1:
        return {"parallel": AND_JOIN, "inclusive": OR_JOIN}.get(node.kind, NO_JOIN)
    return NO_JOIN


def _split(node: Node, leaving: list[Flow]) -> int:
    if len(leaving) < 2:
        return ALL
    if isinstance(node, Gateway):
        return {"exclusive": EXCLUSIVE, "inclusive": INCLUSIVE}.get(node.kind, ALL)
    conditional = any(f.condition for f in leaving)
    return INCLUSIVE if conditional else ALL


def _starts(path: Path, holder: str | None, entering: dict[str, list[int]]) -> list[Node]:
    """Where a scope begins: its start event, else every node that nothing leads to."""
    inside = list(path.inside(holder))
    events = [n for n in inside if isinstance(n, Event) and n.position == "start"]
    if events:
        plain = [e for e in events if e.trigger == "none"]
        return [(plain or events)[0]]
    free = [
        n for n in inside
        if not entering[n.id] and not (isinstance(n, Event) and n.position in ("boundary",))
        and not (isinstance(n, Event) and n.trigger == "link" and n.position == "catch")
    ]  # fmt: skip
    if not free:
        where = f"sub-process {holder}" if holder else "the path"
        raise ScenarioError(f"{where}: has no start; draw a start event")
    return list(free)


def _catches(path: Path, index: dict[str, int], node: Node) -> int:
    """The boundary event that catches an error or escalation thrown at an end, -1: none does."""
    assert isinstance(node, Event)
    at = node.within
    while at is not None:
        for event in path.boundary(at):
            if event.trigger == node.trigger:
                return index[event.id]
        at = path.node(at).within
    return -1


def _reach(made: Control) -> None:
    """For each OR-join and place of its scope, the incoming flows that a token can come to.

    A token in a step may leave by its flows or by those of its boundary events; none passes
    through the join itself.
    """
    for row, join in enumerate(made.or_nodes):
        if made.rows[join]["in_to"] - made.rows[join]["in_at"] > 64:
            raise ScenarioError(
                f"{_name(made.nodes[join])}: more than 64 flows lead into it; join them in parts"
            )
        scope = made.rows[join]["scope"]
        for k, r in enumerate(made.rows):
            if r["scope"] == scope and r["place"] >= 0:
                made.reach[row, r["place"]] = _bits(made, join, _onward(made, k))
        for f in made.flow_rows:
            if f["place"] >= 0 and made.rows[f["target"]]["scope"] == scope:
                begin = [] if f["target"] == join else _onward(made, f["target"])
                made.reach[row, f["place"]] = _bits(made, join, begin)


def _onward(made: Control, node: int) -> list[int]:
    r = made.rows[node]
    out = made.out[r["out_at"] : r["out_to"]]
    for b in made.boundary[r["boundary_at"] : r["boundary_to"]]:
        out = out + made.out[made.rows[b]["out_at"] : made.rows[b]["out_to"]]
    return out


def _bits(made: Control, join: int, begin: list[int]) -> int:
    seen: set[int] = set()
    todo, bits = list(begin), 0
    while todo:
        f = todo.pop()
        if f in seen:
            continue
        seen.add(f)
        target = made.flow_rows[f]["target"]
        if target == join:
            bits |= 1 << made.flow_rows[f]["bit"]
        else:
            todo += _onward(made, target)
    return bits
