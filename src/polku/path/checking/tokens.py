"""How tokens walk along a path: BPMN's execution semantics as moves over places.

A state is a set of places (the bits of an integer): sequence flows that hold a token, steps that
are going on, ends that were reached. What is implemented, after BPMN 2.0 (OMG formal/2011-01-03,
chapter 13), without looking at data or time:

- **Exclusive and event-based gateways** pass each token on, one way or another. **Parallel** ones
  wait for a token on every flow in. Several flows out of a step or an event are all taken; those
  of a step that have a condition may be, its default where none of them is.
- **Inclusive gateways** divide into any non-empty choice of flows (the default alone where no other
  is chosen). They join by the standard's rule: one goes on when some flow in holds a token, and
  every token that could still come to an empty flow in without passing the gateway could as well
  come to one that holds a token.
- A **step** may take as long as it likes; its boundary events can happen meanwhile. An interrupting
  one ends the step with all that it holds. One that does not interrupt opens a branch beside; it
  happens again only when that branch has come to its end, and reaching the ends of such a branch
  again is no fault.
- A **sub-process** ends when no token is left in it. **Event sub-processes** can begin while what
  surrounds them is going on. **Terminate** takes all tokens out of its process or sub-process.
  **Error** and **cancel** ends go to the nearest handler around them, else they end the path.
- **Multi-instance** steps and loops of one step are one token: they begin once and end once, and
  what their instances do to each other is not seen. Call activities are one step.
- Messages, signals, timers and conditions may or may not come. **Compensation** is not walked.
- **Link** events are joined by name.

A second token on a flow that holds one is not followed further: a sound free-choice net is safe
(van der Aalst 2000, "Workflow Verification", in LNCS 1806), so such a path is not sound. For the
same reason each end outside the branches beside may be reached once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import or_

from polku.path.checking.structure import Structure, closure, is_start, links
from polku.path.model import Event, Gateway, Node, Path, Step

MAX_CHOICE = 12
"""Flows out of an inclusive gateway of which every choice is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """One thing that can happen.

    `node`: who does it; `need`: places that must be taken, `absent`: that must be free; `clear`:
    places that become free, `put`: that become taken; `shown`: whether a witness names the node
    (leaving a step that was entered is not named again).
    """

    node: str
    need: int
    absent: int
    clear: int
    put: int
    shown: bool = True

    def can(self, state: int) -> bool:
        """Whether it can happen in a state."""
        return state & self.need == self.need and not state & self.absent

    def twice(self, state: int) -> int:
        """Places that would be taken a second time."""
        return state & ~self.clear & self.put

    def go(self, state: int) -> int:
        """The state after it."""
        return state & ~self.clear | self.put


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """An inclusive gateway that joins, with one of its choices of flows out.

    `into`: its flows in; `reach`: for a place, the flows in to which a token there could still
    come without passing the gateway; `above`: all places that have any.
    """

    node: str
    into: int
    reach: dict[int, int]
    above: int
    put: int
    shown: bool = True

    def can(self, state: int) -> bool:
        """Whether it can happen in a state."""
        there = state & self.into
        if not there:
            return False
        empty = self.into & ~state
        return not any(
            (reach := self.reach[p]) & empty and not reach & there
            for p in bits(state & self.above & ~self.into)
        )

    def twice(self, state: int) -> int:
        """Places that would be taken a second time."""
        return state & ~self.into & self.put

    def go(self, state: int) -> int:
        """The state after it."""
        return state & ~self.into | self.put

    def alone(self, state: int) -> bool:
        """Whether no other token can still come to it."""
        return not state & self.above & ~self.into


AnyMove = Move | Join


@dataclass(frozen=True, slots=True)
class Host:
    """The place of a step (or the process) that is going on, with what must be free inside it.

    When nothing is left inside and no branch beside is open, all that can happen to it is open.
    """

    place: int
    inside: int
    beside: int
    own: bool


class Net:
    """A path as places and moves.

    `begin`: the states to begin with, one for each start event; the end is the state 0.
    `notes`: what the path has that these semantics do not cover; `cancels`: whether anything takes
    tokens away from elsewhere. `calm`: a net in which nothing does: what would, waits until no
    token is left to be taken, and terminate, error and cancel ends are plain ends.
    """

    def __init__(self, path: Path, *, calm: bool = False) -> None:
        self.path, self.calm = path, calm
        self.graph = Structure(path)
        self.cancels = False
        self.places: list[tuple[str, str]] = []
        self._bit: dict[tuple[str, str], int] = {}
        self.live: dict[str | None, int] = {}
        self.sinks: dict[str | None, int] = {}
        self.moves: list[Move] = []
        self.joins: dict[str, list[Join]] = {}
        self.hosts: dict[int, Host] = {}
        self.into: dict[str, int] = {}
        self.notes: list[str] = []
        self._links = dict(links(path))
        self.beside = _branches_beside(path, self.graph)
        self._side = frozenset().union(*self.beside.values()) if self.beside else frozenset()
        self._lay_places(None)
        for scope in self.graph.scopes:
            self._lay_moves(scope)
        self.begin = [self._at(None) | b for b in self._begins(None)]

    def place(self, sort: str, id: str) -> int:
        """The bit of a place: a flow, a step going on, a begin, an end."""
        key = (sort, id)
        if key not in self._bit:
            self._bit[key] = 1 << len(self.places)
            self.places.append(key)
        return self._bit[key]

    def of(self, bit: int) -> tuple[str, str]:
        """What a bit is: its sort and the id of its flow or node."""
        return self.places[bit.bit_length() - 1]

    def _at(self, scope: str | None) -> int:
        return self.place("at", scope or self.path.id)

    def _lay_places(self, scope: str | None) -> None:
        live = sinks = 0
        for node in self.path.inside(scope):
            live |= self._ins(node) | self._own_place(node)
            if self._ends_here(node):
                sinks |= self.place("end", node.id)
            if node.id in self.graph.scopes:
                self._lay_places(node.id)
                live |= self.live[node.id]
                sinks |= self.sinks[node.id]
        self.live[scope], self.sinks[scope] = live, sinks

    def _ins(self, node: Node) -> int:
        """The places from which a node takes its tokens."""
        flows = (f.id for f in self.path.into(node.id) if self.path.has(f.source))
        found = reduce(or_, (self.place("flow", f) for f in flows), 0)
        if node.id in self.graph.begins.get(node.within, ()):
            found |= self.place("begin", node.id)
        if node.id in self._links.values():
            found |= self.place("link", node.id)
        self.into[node.id] = found
        return found

    def _own_place(self, node: Node) -> int:
        return self.place("at", node.id) if isinstance(node, Step) and self._lasts(node) else 0

    def around(self, id: str) -> int:
        """The places in which a token is about to pass a node, or passing it."""
        return self.into[id] | self._own_place(self.path.node(id))

    def _lasts(self, step: Step) -> bool:
        """Whether something can happen while a step is going on."""
        return step.id in self.graph.scopes or bool(self._boundary(step))

    def _boundary(self, step: Step) -> list[Event]:
        return [e for e in self.path.boundary(step.id) if e.id not in self.graph.handlers]

    def _ends_here(self, node: Node) -> bool:
        """Whether a token ends at a node, and that is to be counted."""
        return not self._outs(node) and node.id not in self._side

    def _outs(self, node: Node) -> list[int]:
        flows = [f.id for f in self.path.out(node.id) if self.path.has(f.target)]
        found = [self.place("flow", f) for f in flows]
        if node.id in self._links:
            found.append(self.place("link", self._links[node.id]))
        return found

    def _begins(self, scope: str | None) -> list[int]:
        """Choices of places with which a scope begins."""
        nodes = self.graph.begins[scope]
        places = [self.place("begin", n) for n in nodes]
        if nodes and is_start(self.path.node(nodes[0])):
            return places
        return [reduce(or_, places, 0)]

    def _choices(self, node: Node) -> list[int]:
        """The places that a node may put tokens on, one entry for each choice."""
        outs = self._outs(node)
        if not outs:
            return [self.place("end", node.id) if self._ends_here(node) else 0]
        if isinstance(node, Gateway):
            if node.kind in ("exclusive", "event"):
                return outs
            if node.kind == "parallel":
                return [reduce(or_, outs)]
            return self._inclusive(node.id, outs, node.default)
        if isinstance(node, Step):
            flows = self.path.out(node.id)
            maybe = [f for f in flows if f.condition is not None and f.id != node.default]
            always = [f for f in flows if f.condition is None and f.id != node.default]
            if maybe or (node.default is not None and not always):
                base = reduce(or_, (self.place("flow", f.id) for f in always), 0)
                found = [base | c for c in self._inclusive(
                    node.id, [self.place("flow", f.id) for f in maybe], node.default)]  # fmt: skip
                return found + ([base] if base and node.default is None else [])
        return [reduce(or_, outs)]

    def _inclusive(self, id: str, outs: list[int], default: str | None) -> list[int]:
        """Every choice of some of the flows; the default stands alone."""
        last = self.place("flow", default) if default is not None else 0
        outs = [o for o in outs if o != last]
        sizes: Iterable[int] = range(1, len(outs) + 1)
        if len(outs) > MAX_CHOICE:
            self.notes.append(f"{id} divides inclusively into {len(outs)} flows, "
                              f"more than {MAX_CHOICE}")  # fmt: skip
            sizes = (1, len(outs))
        found = [reduce(or_, some) for n in sizes for some in combinations(outs, n)]
        return found + ([last] if last else [])

    def _lay_moves(self, scope: str | None) -> None:
        for node in self.path.inside(scope):
            if not self.graph.in_flow(node):
                continue
            if isinstance(node, Event) and node.position == "boundary":
                continue
            if isinstance(node, Step) and self._lasts(node):
                self._lasting(node)
            elif isinstance(node, Event) and node.position == "end" and self._cancels(node):
                continue
            else:
                self._passing(node)
        host = self.path.node(scope) if scope is not None else None
        if host is None or (isinstance(host, Step) and host.on_event):
            all_of = self._at(scope) | self.sinks[scope]
            self._add(self.path.id if scope is None else scope,
                      self._at(scope), self.live[scope], all_of, 0, False)  # fmt: skip
            self.hosts[self._at(scope)] = Host(self._at(scope), self.live[scope], 0, True)
        self._event_sub_processes(scope)

    def _add(
        self, node: str, need: int, absent: int, clear: int, put: int, shown: bool = True
    ) -> None:
        self.moves.append(Move(node, need, absent, clear, put, shown))

    def _cancel(self, node: str, need: int, absent: int, taken: int, clear: int, put: int) -> None:
        """Add a move that takes away what it finds on some places, or waits until they are free."""
        self.cancels = self.cancels or bool(taken)
        if self.calm:
            self._add(node, need, absent | taken, clear, put)
        else:
            self._add(node, need, absent, clear | taken, put)

    def _passing(self, node: Node) -> None:
        """A node through which tokens pass at once."""
        ins, choices = self.into[node.id], self._choices(node)
        if isinstance(node, Gateway) and node.kind == "complex":
            self.notes.append(f"{node.id} is a complex gateway, whose rule is not in the file")
        kind = node.kind if isinstance(node, Gateway) and ins & (ins - 1) else None
        if kind in ("inclusive", "complex"):
            reach = self.reach(node)
            above = reduce(or_, reach, 0)
            self.joins[node.id] = [Join(node.id, ins, reach, above, put) for put in choices]
        elif kind == "parallel":
            for put in choices:
                self._add(node.id, ins, 0, ins, put)
        else:
            for one in bits(ins):
                for put in choices:
                    self._add(node.id, one, 0, one, put)

    def _lasting(self, step: Step) -> None:
        """A step during which something can happen."""
        at = self.place("at", step.id)
        held = step.id in self.graph.scopes
        live = self.live[step.id] if held else 0
        sinks = self.sinks[step.id] if held else 0
        for one in bits(self.into[step.id]):
            for begin in self._begins(step.id) if held else [0]:
                self._add(step.id, one, 0, one, at | begin)
        for put in self._choices(step):
            self._add(step.id, at, live, at | sinks, put, False)
        beside, own = 0, True
        for event in self._boundary(step):
            for put in self._choices(event):
                if event.interrupting or event.trigger in ("error", "cancel"):
                    self._cancel(event.id, at, 0, live, at | sinks, put)
                else:
                    taken, alone = self._beside(event)
                    beside, own = beside | taken, own and alone
                    self._add(event.id, at, taken, 0, put)
        self.hosts[at] = Host(at, live, beside, own)

    def _beside(self, event: Event) -> tuple[int, bool]:
        """The places of the branch that an event opens beside, and whether it is its step's own.

        Branches that come together are one, but a step is not beside itself.
        """
        mine = self.beside[event.id]
        nodes, own = set(mine), True
        for id, other in self.beside.items():
            host = self.path.node(id).attached_to  # type: ignore[union-attr]
            if id != event.id and mine & other and event.attached_to not in other:
                nodes |= other
            own = own and not (mine & other and host != event.attached_to)
        found = 0
        for id in nodes:
            node = self.path.node(id)
            found |= self.around(id) | self.live.get(id, 0)
            found |= reduce(or_, self._outs(node), 0)
        return found, own

    def _event_sub_processes(self, scope: str | None) -> None:
        around, live, sinks = self._at(scope), self.live[scope], self.sinks[scope]
        for step in self.path.inside(scope):
            if not (isinstance(step, Step) and step.on_event and step.id in self.graph.scopes):
                continue
            at = self.place("at", step.id)
            for begin in self.graph.begins[step.id]:
                node = self.path.node(begin)
                put = at | self.place("begin", begin)
                stops = isinstance(node, Event) and node.interrupting
                if stops:
                    self._cancel(step.id, around, at, live, sinks, put)
                else:
                    self._add(step.id, around, at, 0, put)

    def _cancels(self, event: Event) -> bool:
        """Terminate, error and cancel ends; whether the event is one."""
        if self.calm or event.trigger not in ("terminate", "error", "cancel"):
            return False
        for one in bits(self.into[event.id]):
            if event.trigger == "terminate":
                scope = event.within
                self._cancel(event.id, one, 0, self.live[scope], one | self.sinks[scope], 0)
            else:
                for clear, put in self._handlers(event):
                    self._cancel(event.id, one, 0, clear, one, put)
        return True

    def _handlers(self, event: Event) -> Iterator[tuple[int, int]]:
        """Where an error or a cancel goes: places that become free, and places taken then."""
        scope = event.within
        while True:
            inside = self.live[scope] | self.sinks[scope]
            found = list(self._catchers(scope, event.trigger, inside))
            if found or scope is None:
                yield from found or [(inside | self._at(None), 0)]
                return
            scope = self.path.node(scope).within

    def _catchers(self, scope: str | None, trigger: str, inside: int) -> Iterator[tuple[int, int]]:
        for step in self.path.inside(scope):
            if isinstance(step, Step) and step.on_event and step.id in self.graph.scopes:
                for begin in self.graph.begins[step.id]:
                    node = self.path.node(begin)
                    if isinstance(node, Event) and node.trigger == trigger:
                        yield inside, self.place("at", step.id) | self.place("begin", begin)
        for caught in self.path.boundary(scope) if scope is not None else ():
            if caught.trigger == trigger:
                for put in self._choices(caught):
                    yield inside | self._at(scope), put

    def reach(self, gateway: Node) -> dict[int, int]:
        """For every place, the flows into a gateway that a token there could come to."""
        found: dict[int, int] = {}
        for flow in self.path.into(gateway.id):
            into = self.place("flow", flow.id)
            found[into] = found.get(into, 0) | into
            before = dict(self.graph.before)
            before[gateway.id] = []
            for id in closure([flow.source], before) - {gateway.id}:
                for place in bits(self.around(id)):
                    found[place] = found.get(place, 0) | into
        return found


def _branches_beside(path: Path, graph: Structure) -> dict[str, frozenset[str]]:
    """For each event that does not interrupt, the nodes that only such events lead to."""
    events = [e for e in path.events if e.position == "boundary" and not e.interrupting]
    if not events:
        return {}
    aside = {e.id for e in events}
    after = {n: [t for t in targets if t not in aside] for n, targets in graph.after.items()}
    main = closure((b for found in graph.begins.values() for b in found), after)
    return {
        e.id: frozenset(closure([e.id], graph.after) - main)
        for e in events
        if e.id not in graph.handlers
    }


def bits(state: int) -> Iterator[int]:
    """The bits of a state, the lowest first."""
    while state:
        low = state & -state
        yield low
        state ^= low
