"""Form: what every drawing needs so that one can say where it begins, goes on and ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from polku.path.checking.findings import Found, Subject, rule
from polku.path.checking.structure import components, is_loop, is_start
from polku.path.model import Event, Step


def _holders(at: Subject) -> Iterator[tuple[str | None, str, str]]:
    """The process and the sub-processes that hold nodes: scope, id, and how to speak of them."""
    for scope in at.structure.scopes:
        yield scope, scope or at.path.id, at.call(scope) if scope else "the path"


@rule(
    "P101", "error", "no start event", "add a start event and lead a flow from it to the first step"
)
def no_start(at: Subject) -> Iterator[Found]:
    """The process, and each sub-process that holds nodes, begins with a start event."""
    for scope, id, name in _holders(at):
        if not any(is_start(n) for n in at.path.inside(scope)):
            yield Found(id, f"{name} has no start event")


@rule("P102", "error", "no end event", "add an end event and lead the last step to it")
def no_end(at: Subject) -> Iterator[Found]:
    """The process, and each sub-process that holds nodes, has an end event."""
    for scope, id, name in _holders(at):
        if not any(isinstance(n, Event) and n.position == "end" for n in at.path.inside(scope)):
            yield Found(id, f"{name} has no end event")


@rule("P103", "error", "no way from a start leads to a node", "lead a flow to it, or take it out")
def unreached(at: Subject) -> Iterator[Found]:
    """Every node is reached; of a chain that hangs in the air only its beginning is named."""
    graph = at.structure
    lost = [n.id for n in at.path.nodes if n.id not in graph.reached and graph.in_flow(n)]
    loose = {e.id for e in at.path.events if e.position == "boundary" and not graph.before[e.id]}
    for group in reversed(components(lost, graph.before)):
        inside = set(group)
        if inside & loose:
            continue  # P110 tells it
        if any(b not in inside for n in group for b in graph.before[n]):
            continue
        more = len((graph.from_node(group[0]) & set(lost)) - inside)
        after = f", nor to the {more} after it" if more else ""
        yield Found(_in_order(at, group), f"no way from a start leads to it{after}")


@rule(
    "P104",
    "error",
    "the way breaks off before an end",
    "lead a flow from it to the next step or to an end",
)
def breaks_off(at: Subject) -> Iterator[Found]:
    """After every node but an end something comes."""
    graph = at.structure
    for node in at.path.nodes:
        if not graph.after[node.id] and node.id not in graph.ending and graph.in_flow(node):
            yield Found(node.id, "nothing comes after it, and it is no end")


@rule("P105", "error", "a loop without an exit", "lead a flow out of the loop from a gateway in it")
def loop_without_exit(at: Subject) -> Iterator[Found]:
    """From every loop a way leads out."""
    graph = at.structure
    lost = [n.id for n in at.path.nodes if n.id not in graph.ending and graph.in_flow(n)]
    for group in components(lost, graph.after):
        inside = set(group)
        leaves = any(t not in inside for n in group for t in graph.after[n])
        if is_loop(group, graph.after) and not leaves:
            yield Found(_in_order(at, group), "who comes into this loop never comes out of it")


@rule("P106", "error", "a flow without an end", "lead both its ends to nodes of this path")
def flow_without_end(at: Subject) -> Iterator[Found]:
    """Both ends of a flow are nodes, in one and the same sub-process."""
    for flow in at.path.flows:
        absent = [end for end in (flow.source, flow.target) if not at.path.has(end)]
        if absent:
            yield Found(flow.id, f"its end {absent[0]!r} is no node of the path")
            continue
        source, target = at.path.node(flow.source), at.path.node(flow.target)
        if source.within != target.within:
            yield Found(
                flow.id,
                "it crosses the border of a sub-process",
                "lead it to the sub-process itself",
            )


@rule(
    "P107",
    "error",
    "a flow leads to a start",
    "lead the flow to the first step, or to a gateway before it",
)
def flow_to_start(at: Subject) -> Iterator[Found]:
    """No flow leads to a start event."""
    for event in at.path.events:
        if event.position == "start" and at.path.into(event.id):
            yield Found(event.id, "is a start, and a flow leads to it")


@rule("P108", "error", "a flow leaves an end", "make it an intermediate event, or end there")
def flow_from_end(at: Subject) -> Iterator[Found]:
    """No flow leaves an end event."""
    for event in at.path.events:
        if event.position == "end" and at.path.out(event.id):
            yield Found(event.id, "is an end, and a flow leaves it")


@rule(
    "P109",
    "error",
    "a flow leads to a boundary event",
    "lead the flow to the step at whose boundary it stands",
)
def flow_to_boundary(at: Subject) -> Iterator[Found]:
    """No flow leads to a boundary event."""
    for event in at.path.events:
        if event.position == "boundary" and at.path.into(event.id):
            yield Found(event.id, "is a boundary event, and a flow leads to it")


@rule("P110", "error", "a boundary event at no step", "attach it to a step")
def boundary_of_nothing(at: Subject) -> Iterator[Found]:
    """Each boundary event is attached to a step beside it."""
    for event in at.path.events:
        if event.position != "boundary":
            continue
        to = event.attached_to
        host = at.path.node(to) if to is not None and at.path.has(to) else None
        if not isinstance(host, Step) or host.within != event.within:
            yield Found(event.id, f"is attached to {to!r}, which is no step beside it")


@rule(
    "P111",
    "error",
    "an event-based gateway waits for something that is no event",
    "after it put catching events or receive tasks only, two or more",
)
def event_gateway(at: Subject) -> Iterator[Found]:
    """Catch events or receive tasks, at least two, follow an event-based gateway."""
    for gateway in at.path.gateways:
        if gateway.kind != "event":
            continue
        after = [at.path.node(f.target) for f in at.path.out(gateway.id) if at.path.has(f.target)]
        wrong = [
            n.id
            for n in after
            if not (
                (isinstance(n, Event) and n.position == "catch" and n.trigger != "none")
                or (isinstance(n, Step) and n.kind == "receive")
            )
        ]
        if wrong:
            yield Found(
                (gateway.id, *wrong),
                f"{at.call(wrong[0])} comes after it, where only an event that is waited for can",
            )
        elif len(after) < 2:
            yield Found(gateway.id, f"waits for {len(after)} event; it is there to choose")


@rule(
    "P112",
    "error",
    "a default flow that is none",
    "name a flow that leaves the node, and take its condition out",
)
def default_flow(at: Subject) -> Iterator[Found]:
    """A default flow leaves its node and has no condition."""
    for node in at.path.nodes:
        if isinstance(node, Event) or node.default is None:
            continue
        own = [f for f in at.path.out(node.id) if f.id == node.default]
        if not own:
            yield Found(node.id, f"its default flow {node.default!r} does not leave it")
        elif own[0].condition is not None:
            yield Found((own[0].id, node.id), "is the default of its node and has a condition too")


@rule(
    "P113",
    "error",
    "an event sub-process that cannot begin",
    "take its flows out, and let its start event wait for a message, a timer or an error",
)
def event_sub_process(at: Subject) -> Iterator[Found]:
    """No flow leads to an event sub-process, and its start waits for something."""
    for step in at.path.steps:
        if not step.on_event:
            continue
        starts = [n for n in at.path.inside(step.id) if is_start(n)]
        if at.path.into(step.id) or at.path.out(step.id):
            yield Found(step.id, "an event begins it, and a flow leads to it or leaves it")
        elif any(isinstance(n, Event) and n.trigger == "none" for n in starts):
            yield Found(step.id, "an event begins it, and its start event waits for none")


@rule(
    "P114",
    "error",
    "a link that leads nowhere",
    "give the links that belong together one name, one that throws and one that catches",
)
def link_to_nowhere(at: Subject) -> Iterator[Found]:
    """Every link that is thrown is caught, under the same name in the same scope."""
    links = [e for e in at.path.events if e.trigger == "link"]
    caught = Counter((e.within, e.name) for e in links if e.position == "catch")
    for event in links:
        if event.position in ("throw", "end") and caught[event.within, event.name] != 1:
            n = caught[event.within, event.name]
            yield Found(event.id, f"the link {event.name!r} is caught {n} times")


@rule("P115", "error", "two elements with one id", "give one of them another id")
def same_id(at: Subject) -> Iterator[Found]:
    """Ids are there once."""
    path = at.path
    every = [*path.nodes, *path.flows, *path.lanes, *path.messages, *path.data, *path.parties]
    for id, n in Counter(e.id for e in every).items():
        if n > 1:
            yield Found(id, f"{n} elements have this id")


@rule("P116", "advice", "a gateway that neither divides nor joins", "take it out")
def idle_gateway(at: Subject) -> Iterator[Found]:
    """A gateway has several flows in or several out."""
    for gateway in at.path.gateways:
        if len(at.path.into(gateway.id)) == 1 == len(at.path.out(gateway.id)):
            yield Found(gateway.id, "one flow leads to it and one leaves it")


def _in_order(at: Subject, ids: list[str]) -> tuple[str, ...]:
    """Ids in the order of the file."""
    among = set(ids)
    return tuple(n.id for n in at.path.nodes if n.id in among)
