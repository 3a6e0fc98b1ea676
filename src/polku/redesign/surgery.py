"""Cuts and seams on a path, from which moves are made; every one leaves a well-formed path.

Functions take and give a `Path`; `pruned` makes a scenario fit the path again. Ids of elements that
stay do not change, so `polku diff` tells only what a move means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from polku.errors import RedesignError
from polku.path.facts import Facts, Text
from polku.path.model import Event, Flow, Gateway, MessageFlow, Node, Path, Step
from polku.redesign.prototype import Prototype
from polku.simulate.scenario import Scenario

NO_TEXT = Text()


def step_of(path: Path, id: str) -> Step | None:
    """The step of an id; None where there is none."""
    node = path.node(id) if path.has(id) else None
    return node if isinstance(node, Step) else None


def names_of(path: Path, id: str) -> Text:
    """The names of a node or lane in three languages, else its plain name or id."""
    if path.has(id):
        node = path.node(id)
        names, plain = node.facts.names, node.name
    else:
        lane = path.lane(id)
        names, plain = lane.facts.names, lane.name
    plain = names.best() or plain or id
    return Text(names.fi or plain, names.sv or plain, names.en or plain)


def agency_ids(path: Path, elements: Iterable[str]) -> tuple[str, ...]:
    """Ids of the agencies in whose lanes these nodes stand (or that these lanes are, or are in)."""
    found: dict[str, None] = {}
    for id in elements:
        if path.has(id):
            agency = path.agency_of(path.node(id))
        else:
            agency = next((lane for lane in path.lanes if lane.id == id), None)
            while agency is not None and agency.parent is not None:
                agency = path.lane(agency.parent)
        if agency is not None and agency.role != "customer":
            found[agency.id] = None
    return tuple(found)


def next_of(path: Path, id: str) -> Node | None:
    """The node that follows on the only flow out of one; None where there are none or several."""
    out = path.out(id)
    return path.node(out[0].target) if len(out) == 1 else None


def before(path: Path, id: str) -> Node | None:
    """The node before on the only flow into one; None where there are none or several."""
    into = path.into(id)
    return path.node(into[0].source) if len(into) == 1 else None


def in_line(path: Path, id: str) -> bool:
    """Whether a node has one flow in and one out, no boundary event, and is not repeated."""
    node = path.node(id)
    repeated = isinstance(node, Step) and node.repeat is not None
    return (
        len(path.into(id)) == 1 == len(path.out(id)) and not path.boundary(id) and not repeated
    )  # fmt: skip


def follow(path: Path, ids: Sequence[str]) -> bool:
    """Whether nodes stand in one line, each directly after the one before."""
    return all(in_line(path, i) for i in ids) and all(
        path.out(a)[0].target == b for a, b in pairwise(ids)
    )


def new_id(path: Path, wish: str) -> str:
    """An id that nothing in the path has yet: the wish itself, else with a number."""
    taken = {e.id for part in (path.nodes, path.flows, path.lanes, path.messages, path.data)
             for e in part} | {path.id, *(p.id for p in path.parties)}  # fmt: skip
    if path.city is not None:
        taken.add(path.city.id)
    name, k = wish, 2
    while name in taken:
        name, k = f"{wish}-{k}", k + 1
    return name


def with_flows(path: Path, changed: Iterable[Flow], dropped: Iterable[str] = ()) -> Path:
    """The path with flows changed (same id), added at the end, or dropped."""
    gone, new = set(dropped), {f.id: f for f in changed}
    kept = tuple(new.pop(f.id, f) for f in path.flows if f.id not in gone)
    return replace(path, flows=(*kept, *new.values()))


def without(path: Path, ids: Iterable[str]) -> Path:
    """The path without these nodes, each in line; what was before one leads to what was after.

    The flow into a node stays (with its condition) and leads on; messages, references of separated
    duties and defaults follow. `RedesignError` where a node does not stand in line.
    """
    for id in ids:
        if not in_line(path, id):
            raise RedesignError(f"{id}: has several ways in or out, or a boundary event")
        (into,), (out,) = path.into(id), path.out(id)
        path = with_flows(path, [replace(into, target=out.target)], [out.id])
        path = replace(
            path,
            nodes=tuple(_forgets(n, id) for n in path.nodes if n.id != id),
            messages=tuple(m for m in path.messages if id not in (m.source, m.target)),
        )
    return path


def _forgets(node: Node, id: str) -> Node:
    apart = node.facts.separate_from
    if id not in apart:
        return node
    facts = replace(node.facts, separate_from=tuple(i for i in apart if i != id))
    return replace(node, facts=facts)


def insert(path: Path, flow: str, *nodes: Node) -> Path:
    """The path with new nodes in line on a flow; the flow's condition stays before them."""
    old = path.flow(flow)
    path = replace(path, nodes=(*path.nodes, *nodes))
    chain = [*(n.id for n in nodes), old.target]
    new = [replace(old, target=chain[0])]
    for a, b in pairwise(chain):
        id = new_id(with_flows(path, new), f"{a}--{b}")
        new.append(Flow(id, a, b, within=old.within))
    return with_flows(path, new)


def move_to(path: Path, id: str, flow: str) -> Path:
    """The path with a node in line taken out and put on another flow, with its id and messages."""
    node, kept = path.node(id), path.messages
    into = path.into(id)[0].id
    apart = {n.id: n for n in path.nodes if id in n.facts.separate_from}
    taken = without(path, [id])
    if flow not in {f.id for f in taken.flows}:  # the flow out of it is gone: the one into it leads
        flow = into
    taken = insert(taken, flow, replace(node, within=taken.flow(flow).within))
    order = {n.id: k for k, n in enumerate(path.nodes)}
    nodes = sorted((apart.get(n.id, n) for n in taken.nodes), key=lambda n: order[n.id])
    return replace(taken, nodes=tuple(nodes), messages=kept)


def fork(path: Path, ways: Sequence[Sequence[str]], wish: str = "at-once") -> Path:
    """The path with lines of nodes, one after another until now, done at the same time.

    `ways`: each a line, the first node of each following the last of the one before. A parallel
    gateway divides before the first and joins after the last.
    """
    line = [i for way in ways for i in way]
    if not follow(path, line):
        raise RedesignError(f"{', '.join(line)}: do not stand in one line")
    first = path.node(line[0])
    into, out = path.into(line[0])[0], path.out(line[-1])[0]
    split = Gateway(new_id(path, wish), "", "parallel", lane=first.lane, within=first.within)
    path = replace(path, nodes=(*path.nodes, split))
    join = Gateway(new_id(path, f"{wish}-join"), "", "parallel", lane=first.lane,
                   within=first.within)  # fmt: skip
    path = replace(path, nodes=(*path.nodes, join))
    new = [replace(into, target=split.id), replace(out, source=join.id)]
    dropped = [path.into(way[0])[0].id for way in ways if way[0] != line[0]]
    path = with_flows(path, new, dropped)
    for way in ways:
        for a, b in ((split.id, way[0]), (way[-1], join.id)):
            path = with_flows(
                path, [Flow(new_id(path, f"{a}--{b}"), a, b, within=first.within)]
            )  # fmt: skip
    return path


def bypass(
    path: Path, line: Sequence[str], other: Sequence[Node], condition: str | None,
    wish: str = "which-way", *, names: Text = NO_TEXT, yes: Text = NO_TEXT, no: Text = NO_TEXT,
) -> Path:  # fmt: skip
    """The path with a choice around a line of nodes: where the condition holds, `other` instead.

    `other`: new nodes in line (none: the line is passed over); the old line is the default way.
    `condition` None: the choice has chances only, which the scenario gives; the flow of the other
    way is then called `{gateway}--other`, the default one `{gateway}--usual`. `names`: of the
    gateway; `yes`, `no`: of the two flows.
    """
    first = path.node(line[0])
    into, out = path.into(line[0])[0], path.out(line[-1])[0]
    split_id = new_id(path, wish)
    usual, way = f"{split_id}--usual", f"{split_id}--other"
    facts = Facts(names=names)
    split = Gateway(split_id, names.best() or "", lane=first.lane, within=first.within,
                    default=usual, facts=facts)  # fmt: skip
    join = Gateway(new_id(path, f"{split_id}-join"), "", lane=first.lane, within=first.within)
    path = replace(path, nodes=(*path.nodes, split, join, *other))
    chain = [split_id, *(n.id for n in other), join.id]
    flows = [replace(into, target=split_id), replace(out, source=join.id),
             Flow(usual, split_id, line[0], no.best() or "", within=first.within,
                  facts=Facts(names=no)),
             Flow(new_id(path, f"{line[-1]}--{join.id}"), line[-1], join.id,
                  within=first.within)]  # fmt: skip
    for k, (a, b) in enumerate(pairwise(chain)):
        if k == 0:
            flows.append(Flow(way, a, b, yes.best() or "", condition, within=first.within,
                              facts=Facts(names=yes)))  # fmt: skip
        else:
            flows.append(Flow(new_id(path, f"{a}--{b}"), a, b, within=first.within))
    return with_flows(path, flows)


def with_message(path: Path, step: str, by: str) -> Path:
    """The path with a message flow for a contact in a step, begun by "customer" or "city"."""
    if path.customer is None:
        return path
    ends = (path.customer.id, step) if by == "customer" else (step, path.customer.id)
    name = path.node(step).name
    message = MessageFlow(new_id(path, f"message-{step}"), *ends, name=name)
    return replace(path, messages=(*path.messages, message))


def without_messages(path: Path, step: str) -> Path:
    """The path without the message flows at a step."""
    return replace(
        path, messages=tuple(m for m in path.messages if step not in (m.source, m.target))
    )


def pruned(on: Prototype) -> Prototype:
    """The prototype with numbers only for what is still in its path."""
    path, s = on.path, on.scenario
    steps, events = {n.id for n in path.steps}, {e.id for e in path.events}
    flows = {f.id for f in path.flows}
    changed: Scenario = replace(
        s,
        steps={
            k: v if v.same_person_as is None or v.same_person_as in steps
            else replace(v, same_person_as=None)
            for k, v in s.steps.items() if k in steps
        },
        events={k: v for k, v in s.events.items() if k in events},
        branching={
            k: v for k, v in s.branching.items()
            if path.has(k) and len(path.out(k)) > 1
            and all(f in flows for option in v.flows.all() for f in option)
        },
        outcomes={k: v for k, v in s.outcomes.items() if k in events},
    )  # fmt: skip
    return on if changed == s else on.with_scenario(changed)


def ends(path: Path) -> tuple[Event, ...]:
    """The end events of the path."""
    return tuple(e for e in path.events if e.position == "end")
