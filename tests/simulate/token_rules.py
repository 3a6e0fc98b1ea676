"""BPMN 2.0's rules for tokens, written to be read: the norm that engine and runner are held to.

A state says where the tokens of one matter are: on sequence flows, and in steps that go on, each
with what is inside it. `Rules` gives the states after a state; `traces` all orders in which steps
can come to their ends; `breaks` where an order breaks the rules. Untimed: a step, and an event that
waits, take as long as they like; everything else takes no time, so it happens before anything that
takes some. Written after OMG formal/2011-01-03, chapter 13, and apart from the product.

Of moves that take no time, those at one node go first where they neither take away nor hold up
what others do: their order leads to the same states (a partial-order reduction). What may do so
(inclusive gateways that join, terminate, errors, escalations) is looked at when nothing else can
happen, in every order. `breaks` follows only states from which the rest of its trace can come.

Not covered: event sub-processes, links, compensation, transactions, complex gateways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import combinations, product

from polku.path.model import Event, Gateway, Node, Path, Step

Trace = tuple[str, ...]
WAITS = ("message", "timer", "signal", "conditional")
"""Triggers of events that take time."""
THROWN = ("error", "escalation")
ANY = -1
"""As often as one likes."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """The process, or one instance of a sub-process: tokens on flows (by id), steps going on."""

    tokens: tuple[str, ...] = ()
    going: tuple[Going, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Going:
    """A step going on.

    `open`: instances under way (of a sub-process: `inside`, one scope for each); `left`: instances
    or rounds that may still begin; `armed`: boundary events that may still happen, and how often.
    """

    node: str
    open: int
    inside: tuple[Scope, ...]
    left: int
    armed: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Move:
    """What can happen: the scope after it; `step`: an instance of it came to its end.

    `at_once`: it takes no time; `thrown`: an error or escalation goes on to what surrounds;
    `at`: the node, with what it stands in; `last`: its place among others that take no time counts.
    """

    after: Scope
    at_once: bool = True
    step: str | None = None
    thrown: str | None = None
    at: tuple[str, ...] = ()
    last: bool = False


EMPTY = Scope()
State = Scope


class Rules:
    """The rules on one path.

    `times`: instances of multi-instance steps where the path gives no number; `by_chance`: gateways
    at which chances replace the conditions; `holds`: for a flow whether its condition holds (of
    others it may or may not).
    """

    def __init__(
        self, path: Path, *, times: Mapping[str, int] | None = None,
        by_chance: Collection[str] = (), holds: Mapping[str, bool] | None = None,
    ) -> None:  # fmt: skip
        self.path, self.by_chance, self.holds = path, frozenset(by_chance), dict(holds or {})
        self.times = dict(times or {})
        self.boundary = {s.id: path.boundary(s.id) for s in path.steps}
        self.can_reach = cache(self._can_reach)
        self.out = cache(self._out)
        self.moves = cache(self._moves)
        self.ahead, self.lies_ahead = cache(self._ahead), cache(self._lies_ahead)
        self.may_vanish = cache(self._may_vanish)

    # -- a matter

    def begin(self) -> frozenset[State]:
        """Where a matter may stand at the beginning."""
        return frozenset(self.begun(None))

    def after(self, state: State) -> list[tuple[str | None, State]]:
        """All that can happen next: the step that came to its end (or None), and the state."""
        found = self.moves(None, state)
        if any(m.at_once for m in found):
            found = [m for m in found if m.at_once]
        first = min((m.at for m in found if m.at_once and not m.last), default=None)
        if first is not None:
            found = [m for m in found if m.at == first and not m.last]
        # an error that nobody catches ends the matter, an escalation that nobody catches does not
        return [(m.step, EMPTY if m.thrown == "error" else m.after) for m in found]

    # -- scopes

    def begun(self, within: str | None) -> list[Scope]:
        """A scope at its beginning: one of the start events, else all nodes without a flow in."""
        nodes = list(self.path.inside(within))
        starts = [n for n in nodes if isinstance(n, Event) and n.position == "start"]
        if starts:
            return [with_(EMPTY, put) for n in starts for put in self.out(n.id)]
        loose = [n.id for n in nodes if not self.path.into(n.id) and not is_boundary(n)]
        return [with_(EMPTY, [f"at {id}" for id in loose])]

    def target(self, token: str) -> Node:
        """The node to which a token comes next."""
        return self.path.node(
            token[3:] if token.startswith("at ") else self.path.flow(token).target
        )

    def _moves(self, within: str | None, scope: Scope) -> list[Move]:
        del within
        found: list[Move] = []
        for node_id in {self.target(t).id for t in scope.tokens}:
            node = self.path.node(node_id)
            here = [t for t in dict.fromkeys(scope.tokens) if self.target(t).id == node_id]
            if isinstance(node, Gateway):
                found += self._gateway(node, here, scope)
            else:
                for token in here:
                    rest = without(scope, [token])
                    if isinstance(node, Step):
                        found += [Move(s, at=(node.id,)) for s in self._entered(node, rest)]
                    else:
                        found += self._event(node, rest)
        for going in dict.fromkeys(scope.going):
            found += self._going(going, replace_going(scope, going))
        return found

    # -- gateways

    def _gateway(self, gate: Gateway, here: list[str], scope: Scope) -> Iterator[Move]:
        into = [f.id for f in self.path.into(gate.id)] or here
        if gate.kind == "event":
            for token in here:
                for flow in self.path.out(gate.id):
                    happens = self.path.node(flow.target)
                    step = happens.id if isinstance(happens, Step) else None
                    for put in self.out(happens.id):
                        yield Move(with_(without(scope, [token]), put), False, step)
            return
        if gate.kind == "exclusive":
            taken = [[t] for t in here]
        elif gate.kind == "parallel":
            taken = [into] if len(here) == len(into) else []
        elif gate.kind == "inclusive":
            taken = [here] if self.may_join(gate.id, scope) else []
        else:
            raise NotImplementedError(gate.kind)
        for tokens in taken:
            for put in self.out(gate.id):
                joins = gate.kind == "inclusive" and len(into) > 1
                yield Move(with_(without(scope, tokens), put), at=(gate.id,), last=joins)

    def may_join(self, gate: str, scope: Scope) -> bool:
        """Whether an inclusive gateway that holds a token goes on.

        It waits while a token elsewhere can come to a flow in that is empty, and to none that holds
        one. A token in a step can leave by the step's flows and by those of its boundary events.
        """
        into = {f.id for f in self.path.into(gate)}
        filled = into & set(scope.tokens)
        elsewhere = [self.can_reach(gate, t) for t in scope.tokens if t not in into]
        elsewhere += [self.can_reach(gate, f"in {g.node}") for g in scope.going]
        return not any(reach & into - filled and not reach & filled for reach in elsewhere)

    def _can_reach(self, gate: str, token: str) -> frozenset[str]:
        """Flows into a gateway to which a token can come without passing the gateway."""
        seen: set[str] = set()
        todo = self._ways_out(token[3:]) if token.startswith("in ") else [token]
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                if self.target(at).id != gate:
                    todo += self._ways_out(self.target(at).id)
        return frozenset(seen & {f.id for f in self.path.into(gate)})

    def _ways_out(self, node: str) -> list[str]:
        sources = [node, *(e.id for e in self.boundary.get(node, ()))]
        return [f.id for s in sources for f in self.path.out(s)]

    def _out(self, id: str) -> list[tuple[str, ...]]:
        """The choices of flows that a node gives tokens."""
        node, flows = self.path.node(id), self.path.out(id)
        ids = [f.id for f in flows]
        if isinstance(node, Gateway) and id in self.by_chance and len(ids) > 1:
            sizes = [1] if node.kind == "exclusive" else range(1, len(ids) + 1)
            return [c for n in sizes for c in combinations(ids, n)]
        if isinstance(node, Gateway) and node.kind == "parallel":
            return [tuple(ids)]
        if isinstance(node, Gateway) and len(ids) > 1:
            return self._chosen(ids, node.default, node.kind == "exclusive")
        default = node.default if isinstance(node, Step) else None
        told = [f.id for f in flows if f.condition is not None or f.id == default]
        always = tuple(f for f in ids if f not in told)
        if not told or isinstance(node, Gateway):
            return [tuple(ids)]
        chosen = self._chosen(told, default, False)
        if default is None and always and not any(self.holds.get(f) for f in told):
            chosen = [*chosen, ()]  # none of the conditions need hold
        return [always + c for c in chosen]

    def _chosen(self, flows: list[str], default: str | None, one: bool) -> list[tuple[str, ...]]:
        """The flows that are taken, for each way in which the conditions can turn out."""
        told = [f for f in flows if f != default]
        found: dict[tuple[str, ...], None] = {}
        known = [(self.holds[f],) if f in self.holds else (True, False) for f in told]
        for turns in product(*known):
            hold = tuple(f for f, h in zip(told, turns, strict=True) if h)
            if hold:
                found[hold[:1] if one else hold] = None
            elif default is not None:
                found[(default,)] = None
        return list(found)

    # -- events

    def _event(self, event: Event, rest: Scope) -> Iterator[Move]:
        waits = event.position == "catch" and event.trigger in WAITS
        thrown = event.trigger if event.position in ("end", "throw") else None
        if event.position == "end" and event.trigger == "terminate":
            yield Move(EMPTY, at=(event.id,), last=True)
            return
        for put in self.out(event.id):
            goes = thrown if thrown in THROWN else None
            yield Move(
                with_(rest, put), not waits, thrown=goes, at=(event.id,), last=goes is not None
            )

    # -- steps

    def _entered(self, step: Step, scope: Scope) -> Iterator[Scope]:
        """The scope after a step was entered."""
        repeat = step.repeat
        how_often = int(repeat.times) if repeat and (repeat.times or "").isdigit() else None
        how_often = self.times.get(step.id, how_often)
        armed = tuple((e.id, happens_at_most(e)) for e in self.boundary[step.id]
                      if not (step.holds_nodes and e.trigger in THROWN))  # fmt: skip
        empty = Going(step.id, 0, (), 0, armed)
        if repeat is None:
            yield from self._more(empty, scope, 1, 0)
        elif repeat.kind == "loop":
            left = ANY if how_often is None else how_often
            if repeat.test_before:
                yield from self._left(step.id, scope)
            if left != 0:
                yield from self._more(empty, scope, 1, left - 1 if left > 0 else ANY)
        elif not how_often:
            if how_often is None:
                raise NotImplementedError(f"{step.id} does not say how many times")
            yield from self._left(step.id, scope)
        elif repeat.kind == "parallel":
            yield from self._more(empty, scope, how_often, 0)
        else:
            yield from self._more(empty, scope, 1, how_often - 1)

    def _more(self, going: Going, scope: Scope, count: int, left: int) -> Iterator[Scope]:
        """The scope with some instances of a step begun."""
        begun: list[tuple[Scope, ...]] = [()]
        if self._holds(going.node):
            begun = [*product(self.begun(going.node), repeat=count)]
        for inside in begun:
            both = tuple(sorted((*going.inside, *inside)))
            more = replace(going, open=going.open + count, inside=both, left=left)
            yield replace_going(scope, None, more)

    def _holds(self, step: str) -> bool:
        node = self.path.node(step)
        return isinstance(node, Step) and node.holds_nodes and any(self.path.inside(step))

    def _left(self, step: str, scope: Scope) -> Iterator[Scope]:
        for put in self.out(step):
            yield with_(scope, put)

    def _going(self, going: Going, rest: Scope) -> Iterator[Move]:
        """What can happen in and at a step that goes on; `rest`: the scope without it."""
        if not self._holds(going.node):
            one_less = replace(going, open=going.open - 1)
            for after in self._instance_done(one_less, rest):
                yield Move(after, False, going.node)
        for scope in dict.fromkeys(going.inside):
            others = list(going.inside)
            others.remove(scope)
            if scope == EMPTY:
                one_less = replace(going, open=going.open - 1, inside=tuple(others))
                done = self._instance_done(one_less, rest)
                yield from (Move(after, at=(going.node,)) for after in done)
            for move in self.moves(going.node, scope):
                inside = tuple(sorted((*others, move.after)))
                on = replace_going(rest, None, replace(going, inside=inside))
                yield from self._lifted(move, going.node, on, rest)
        for id, most in going.armed:
            event = self.path.node(id)
            armed = tuple((e, n - (e == id)) for e, n in going.armed if e != id or n > 1)
            on = replace_going(rest, None, replace(going, armed=armed))
            assert isinstance(event, Event)
            for put in self.out(id):
                yield Move(with_(rest if event.interrupting else on, put), False)
            del most

    def _lifted(self, move: Move, step: str, on: Scope, rest: Scope) -> Iterator[Move]:
        """What happens inside a sub-process, seen from outside."""
        move = replace(move, at=(step, *move.at))
        if move.thrown is None:
            yield replace(move, after=on)
            return
        caught = [e for e in self.boundary[step] if e.trigger == move.thrown]
        if not caught:
            yield replace(move, after=on)
            return
        stops = caught[0].interrupting or move.thrown == "error"
        for put in self.out(caught[0].id):
            yield replace(move, after=with_(rest if stops else on, put), thrown=None)

    def _instance_done(self, going: Going, rest: Scope) -> Iterator[Scope]:
        """After one instance came to its end: others are open, another begins, or it is left."""
        step = self.path.node(going.node)
        assert isinstance(step, Step)
        if going.open:
            yield replace_going(rest, None, going)
            return
        loops = step.repeat is not None and step.repeat.kind == "loop"
        if going.left == 0 or loops:
            yield from self._left(going.node, rest)
        if going.left != 0:
            yield from self._more(going, rest, 1, going.left - 1 if going.left > 0 else ANY)

    # -- what can still come of a state

    def rest(self, trace: Sequence[str], ended: bool) -> Callable[[int, State], bool]:
        """Whether the rest of a trace, after its first k steps, may come of a state.

        Not where one of its steps lies ahead of no token; nor, where the matter `ended` with it,
        where more of a step go on than it holds, and nothing can take them away.
        """
        left = [Counter(trace[k:]) for k in range(len(trace) + 1)]

        def fits(k: int, state: State) -> bool:
            ahead, going = self.lies_ahead(state)
            return left[k].keys() <= ahead and not (ended and going - left[k])

        return fits

    def _lies_ahead(self, scope: Scope) -> tuple[frozenset[str], Counter[str]]:
        """Steps to which tokens of a scope can come; how often steps must come to their end."""
        ahead: set[str] = set()
        must: Counter[str] = Counter()
        for token in scope.tokens:
            to = self.target(token)
            ahead |= self.ahead(to.id)
            once = isinstance(to, Step) and to.repeat is None and not self._holds(to.id)
            if once and not self.may_vanish(to.id):
                must[to.id] += 1
        for going in scope.going:
            within = [self.lies_ahead(s) for s in going.inside]
            ahead.update(*(self.ahead(id) for id in self._next(going.node)))
            ahead.update(*(a for a, _ in within))
            if going.left or not going.inside:
                ahead |= self.all_in(going.node)
            if not self.may_vanish(going.node):
                for _, m in within:
                    must += m
                if not self._holds(going.node):
                    must[going.node] += going.open
        return frozenset(ahead), must

    def _ahead(self, node: str) -> frozenset[str]:
        """The steps to which a token that comes to a node can come."""
        seen: set[str] = set()
        todo = [node]
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo += self._next(at)
        return frozenset(x for id in seen for x in self.all_in(id))

    def _next(self, node: str) -> list[str]:
        return [self.target(f).id for f in self._ways_out(node)]

    def all_in(self, node: str) -> frozenset[str]:
        """A step, or all steps in it; nothing of what is no step."""
        inside = self.path.inside(node) if self._holds(node) else ()
        within = frozenset(x for n in inside for x in self.all_in(n.id))
        return within or frozenset({node} if isinstance(self.path.node(node), Step) else ())

    def _may_vanish(self, step: str) -> bool:
        """Whether a step that goes on may end otherwise than by itself."""

        def kills(node: Node) -> bool:
            beside = node.within == self.path.node(step).within
            trigger = node.trigger if isinstance(node, Event) else None
            return trigger == "error" or (trigger == "terminate" and beside)

        return any(e.interrupting for e in self.boundary[step]) or any(map(kills, self.path.nodes))


def is_boundary(node: Node) -> bool:
    return isinstance(node, Event) and node.position == "boundary"


def happens_at_most(event: Event) -> int:
    """How often a boundary event happens while its step goes on: by its cycle, else once."""
    if event.timer is not None and event.timer.kind == "cycle" and not event.interrupting:
        return int(event.timer.value.partition("/")[0].removeprefix("R") or 1)
    return 1


def with_(scope: Scope, tokens: Iterable[str]) -> Scope:
    return replace(scope, tokens=tuple(sorted((*scope.tokens, *tokens))))


def without(scope: Scope, tokens: Iterable[str]) -> Scope:
    left = Counter(scope.tokens)
    left.subtract(tokens)
    return replace(scope, tokens=tuple(sorted(left.elements())))


def replace_going(scope: Scope, old: Going | None, new: Going | None = None) -> Scope:
    going = list(scope.going)
    if old is not None:
        going.remove(old)
    if new is not None:
        going.append(new)
    return replace(scope, going=tuple(sorted(going)))


# -- traces


@dataclass(frozen=True)
class Traces:
    """`done`: traces of matters that ended; `stuck`: of those that stand still before."""

    done: frozenset[Trace]
    stuck: frozenset[Trace]


class TooMany(Exception):
    """More traces or states than wanted."""


def closed(
    rules: Rules, states: Iterable[State], most: int = 50_000,
    fits: Callable[[State], bool] | None = None,
) -> frozenset[State]:  # fmt: skip
    """All states that fit to which one can come without a step coming to its end."""
    seen = {s for s in states if fits is None or fits(s)}
    todo = list(seen)
    while todo:
        for step, state in rules.after(todo.pop()):
            if step is None and state not in seen and (fits is None or fits(state)):
                seen.add(state)
                todo.append(state)
                if len(seen) > most:
                    raise TooMany
    return frozenset(seen)


def next_steps(rules: Rules, states: Iterable[State]) -> dict[str, set[State]]:
    """For each step that can come to its end in one of the states, the states after it."""
    found: dict[str, set[State]] = {}
    for state in states:
        for step, after in rules.after(state):
            if step is not None:
                found.setdefault(step, set()).add(after)
    return found


def traces(rules: Rules, rounds: int = 2, most: int = 2_000) -> Traces:
    """All traces in which no step is done more than `rounds` times.

    A step that is done several times in one round (multi-instance) counts by its instances.
    Raises `TooMany` beyond `most` beginnings of traces.
    """
    limit = {s.id: rounds * instances(rules, s) for s in rules.path.steps}
    done, stuck = set(), set()
    todo: list[tuple[Trace, frozenset[State]]] = [((), closed(rules, rules.begin()))]
    seen = 0
    while todo:
        trace, states = todo.pop()
        seen += 1
        if seen > most:
            raise TooMany
        if EMPTY in states:
            done.add(trace)
        if any(s != EMPTY and not rules.after(s) for s in states):
            stuck.add(trace)
        for step, after in next_steps(rules, states).items():
            if trace.count(step) < limit[step]:
                todo.append(((*trace, step), closed(rules, after)))
    return Traces(frozenset(done), frozenset(stuck))


def instances(rules: Rules, step: Step) -> int:
    """How many instances of a step there are in one round of all that surrounds it."""
    found, at = 1, step
    while True:
        if at.repeat is not None and at.repeat.kind != "loop":
            found *= rules.times.get(at.id) or int(at.repeat.times or 1)
        if at.within is None:
            return found
        outer = rules.path.node(at.within)
        assert isinstance(outer, Step)
        at = outer


def breaks(rules: Rules, trace: Sequence[str], ended: bool = True) -> str | None:
    """Where a trace breaks the rules, None where it keeps them.

    `ended`: whether the matter has come to its end with it, else it is still under way.
    """
    if kept(rules, trace, ended):
        return None
    try:  # once more with all states, to say what could have come
        return _followed(rules, trace, ended)
    except TooMany:
        return f"{list(trace)} does not keep the rules"


def kept(rules: Rules, trace: Sequence[str], ended: bool = True) -> bool:
    """Whether a trace keeps the rules."""
    return _followed(rules, trace, ended, rules.rest(trace, ended)) is None


def _followed(
    rules: Rules, trace: Sequence[str], ended: bool,
    fits: Callable[[int, State], bool] | None = None,
) -> str | None:  # fmt: skip
    """Where a trace ends in no state; `fits`: whether a state after k steps is followed."""
    states = closed(rules, rules.begin(), fits=fits and partial(fits, 0))
    for k, step in enumerate(trace):
        able = next_steps(rules, states)
        if step not in able:
            return f"{step!r} after {list(trace[:k])}: only {sorted(able)} can come to their end"
        states = closed(rules, able[step], fits=fits and partial(fits, k + 1))
    if ended and EMPTY not in states:
        return f"ended after {list(trace)}: {sorted(next_steps(rules, states))} were to come"
    return None
