"""Where a matter stands on a path: its events played along the engine's own rules of tokens.

The net of `polku.path.aligning` is made to judge, and reduced until its places are no longer those
of the path; here tokens stand where the engine would have them. What must follow at once follows
at once (as in `polku.simulate.engine.tokens`); what is a choice, or takes time without leaving an
event, is left open until an event forces it. So a token may stand before a gateway that has not
decided, and the engine decides when it goes on from there.

Of all ways that fit the events, the one is taken that (1) deviates least (an event for which there
is no place, a step that the log should have shown), (2) takes the fewest moves that no event shows,
and (3) comes first in the order of nodes and flows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from heapq import heappop, heappush
from typing import NamedTuple, TypeAlias

from polku.simulate.engine.compile import Plan
from polku.simulate.engine.control import _bits, _onward
from polku.simulate.engine.program import (
    ALL,
    AND_JOIN,
    CATCH,
    END,
    EXCLUSIVE,
    IN_NODE,
    LOOP,
    NO_JOIN,
    ON_FLOW,
    ONCE,
    OR_JOIN,
    OUT_OF,
    PASS,
    RACE,
    SUB,
    TERMINATE,
    THROW,
    WORK,
)

MOST_TRIES = 3_000
"""States that are tried for one sequence of events."""
UNKNOWN = -2
"""`Token.since` of a token whose coming no event shows."""
_BRANCHES = 12


class Token(NamedTuple):
    """A token, and what is known of it.

    `where`, `to`: as in `PLACED`; `rounds`: instances of a step done several times that are over;
    `due`: instances known to be due; `skip`: bits of the flows already taken (OUT_OF an inclusive
    gateway) or of the boundary events that happened; `since`: number of the event with which it
    came (-1: the arrival), or that tells that it is due, counted on from the events.
    """

    where: int
    to: int
    rounds: int = 0
    due: int = 0
    skip: int = 0
    since: int = -1


Marking: TypeAlias = tuple[Token, ...]
_Way: TypeAlias = "tuple[Callable[[_Moving], None], int]"


@dataclass(frozen=True)
class Stand:
    """Where a sequence of events leaves a matter.

    `tokens`: none where the path is at its end; `seen`: node → how often it has occurred, and for
    a step done several times -1 - node → how often it was begun;
    `deviations`: events without a place and steps left out; `moves`: taken that no event shows.
    """

    tokens: Marking
    seen: dict[int, int]
    deviations: int
    moves: int


class _NotOneError(Exception):
    """A sub-process would run twice at the same time, which is not followed."""


class Game:
    """The rules of one path.

    `silent`: numbers of steps that leave no event in the log, and so may be passed without one.
    """

    def __init__(self, plan: Plan, silent: frozenset[int] = frozenset()) -> None:
        self.control = plan.making.control
        self.nodes = plan.nodes
        self.rows = [
            {name: int(row[name]) for name in plan.nodes.dtype.names or ()} for row in plan.nodes
        ]
        self.flows = self.control.flow_rows
        self.silent = silent

    # -- the shape of the path

    def outs(self, n: int) -> list[int]:
        """Flows out of a node."""
        return self.control.out[self.rows[n]["out_at"] : self.rows[n]["out_to"]]

    def ins(self, n: int) -> list[int]:
        """Flows into a node."""
        return self.control.into[self.rows[n]["in_at"] : self.rows[n]["in_to"]]

    def boundary(self, n: int) -> list[int]:
        """Boundary events of a node."""
        return self.control.boundary[self.rows[n]["boundary_at"] : self.rows[n]["boundary_to"]]

    def starts(self, scope: int) -> list[int]:
        """Where a scope begins."""
        s = self.control.scopes[scope]
        return self.control.starts[s["start_at"] : s["start_to"]]

    def timed(self, b: int) -> bool:
        """Whether a boundary event happens by itself."""
        return self.rows[b]["delay"] >= 0 or self.rows[b]["at"] >= 0

    def scope_of(self, token: Token) -> int:
        """The scope in which a token stands."""
        if token.to < 0:
            return -1 - token.to
        n = self.flows[token.to]["source"] if token.where == ON_FLOW else token.to
        return self.rows[n]["scope"]

    @cached_property
    def inner(self) -> dict[int, frozenset[int]]:
        """Scope → itself and all scopes in it."""
        scopes = self.control.scopes
        found = {}
        for k in range(len(scopes)):
            mine = {k}
            while True:
                more = {
                    j for j, s in enumerate(scopes)
                    if s["node"] >= 0 and self.rows[s["node"]]["scope"] in mine
                } - mine  # fmt: skip
                if not more:
                    break
                mine |= more
            found[k] = frozenset(mine)
        return found

    @cached_property
    def reached(self) -> list[frozenset[int]]:
        """Node → the nodes that what comes out of it, or is in it, may come to (and itself)."""
        after: list[set[int]] = [set() for _ in self.rows]
        for n, r in enumerate(self.rows):
            after[n] |= {self.flows[f]["target"] for f in self.outs(n)}
            after[n] |= set(self.boundary(n))
            if r["does"] == SUB:
                after[n] |= set(self.starts(r["inner"]))
            if r["does"] == THROW and r["catches"] >= 0:
                after[n].add(r["catches"])
            if r["scope"] > 0:  # when all is done in it, its sub-process is left or goes round
                after[n].add(self.control.scopes[r["scope"]]["node"])
        out = []
        for n in range(len(self.rows)):
            seen, todo = {n}, [n]
            while todo:
                more = after[todo.pop()] - seen
                seen |= more
                todo += more
            out.append(frozenset(seen))
        return out

    # -- what follows at once

    def begin(self) -> tuple[Marking, tuple[int, ...]]:
        """The marking with which a matter begins."""
        run = _Moving(self, (), -1)
        for n in self.starts(0):
            run.enter(n)
        return run.settled()

    def done(self, marking: Marking, k: int, at: int) -> tuple[Marking, tuple[int, ...]]:
        """An instance of the step of token `k` is over."""
        token = marking[k]
        run = _Moving(self, (*marking[:k], *marking[k + 1 :]), at)
        run.over(token)
        return run.settled()

    def silently(
        self, marking: Marking, wanted: frozenset[int], labels: frozenset[int]
    ) -> Iterator[tuple[Marking, tuple[int, ...], int]]:
        """Moves that no event shows: marking after it, nodes that occurred, deviations.

        Only of tokens from which a node in `wanted` may be reached; `labels`: steps that leave
        events, so that passing them is a deviation.
        """
        for k, token in enumerate(marking):
            rest = (*marking[:k], *marking[k + 1 :])
            n = self.flows[token.to]["target"] if token.where == ON_FLOW else token.to
            if token.where == ON_FLOW or not self.reached[n] & wanted:
                continue
            if token.due:
                continue
            inner = self.inner[self.rows[n]["inner"]] if self.rows[n]["does"] == SUB else ()
            busy = any(self.scope_of(t) in inner for t in rest)
            for what, cost in self._ways(token, labels, busy, wanted):
                run = _Moving(self, rest, UNKNOWN)
                try:
                    what(run)
                    yield *run.settled(), cost
                except _NotOneError:
                    continue

    def _ways(
        self, token: Token, labels: frozenset[int], busy: bool, wanted: frozenset[int]
    ) -> Iterator[_Way]:
        n, r = token.to, self.rows[token.to]
        if token.where == OUT_OF:
            for take in self._choices(token):
                yield partial(_Moving.chosen, token=token, taken=take), 0
            return
        for bit, b in enumerate(self.boundary(n)):
            if self.timed(b) and not token.skip >> bit & 1 and self.reached[b] & wanted:
                yield partial(_Moving.happened, token=token, b=b, bit=bit), 0
        if busy:
            return
        if r["does"] == CATCH:
            yield partial(_Moving.over, token=token), 0
        elif r["does"] == RACE:
            for f in self.outs(n):
                yield partial(_Moving.won, token=token, flow=f), 0
        elif r["repeat"] != ONCE:
            if token.rounds or r["repeat"] != LOOP or r["test_before"]:
                yield partial(_Moving.left, token=token), 0
            if r["does"] == SUB:
                yield partial(_Moving.again, token=token), 0
            elif not token.rounds and n in labels:
                yield partial(_Moving.over, token=token), 1
            elif n not in labels:
                yield partial(_Moving.over, token=token), 0
        elif r["does"] == WORK:
            yield partial(_Moving.over, token=token), int(n in labels)

    def _choices(self, token: Token) -> list[tuple[int, ...]]:
        """Which flows a choice may take now; empty: no further one."""
        n, r = token.to, self.rows[token.to]
        outs = self.outs(n)
        if r["split"] == EXCLUSIVE:
            return [(f,) for f in outs]
        free = [f for k, f in enumerate(outs) if not token.skip >> k & 1 and f != r["default"]]
        if token.skip:
            return [(), *((f,) for f in free[:_BRANCHES])]
        always: tuple[int, ...] = ()
        if r["chances"] < 0:
            always = tuple(f for f in free if self.flows[f]["condition"] < 0)
        if always:
            return [always]
        default = [(r["default"],)] if r["default"] >= 0 else []
        return [*((f,) for f in free[:_BRANCHES]), *default]


class _Moving:
    """Tokens on the move at one moment."""

    def __init__(self, game: Game, tokens: Sequence[Token], at: int) -> None:
        self.game, self.rows = game, game.rows
        self.tokens = list(tokens)
        self.at = at
        self.trail: list[int] = []

    def settled(self) -> tuple[Marking, tuple[int, ...]]:
        """The marking when all that follows at once has happened; nodes that occurred."""
        while self._or_joins():
            pass
        return tuple(sorted(self.tokens)), tuple(self.trail)

    # -- into and out of nodes

    def take(self, f: int) -> None:
        """Go along a flow."""
        n = self.game.flows[f]["target"]
        join = self.rows[n]["join"]
        if join == NO_JOIN:
            self.enter(n)
            return
        self.tokens.append(Token(ON_FLOW, f, since=self.at))
        if join == AND_JOIN:
            there = {t.to: t for t in self.tokens if t.where == ON_FLOW}
            ins = self.game.ins(n)
            if all(i in there for i in ins):
                for i in ins:
                    self.tokens.remove(there[i])
                self.enter(n)

    def enter(self, n: int) -> None:
        """Come into a node."""
        r = self.rows[n]
        does, scope = r["does"], r["scope"]
        if does == PASS:
            self.leave(n)
        elif does == END:
            self.check(scope)
        elif does == TERMINATE or (does == THROW and r["catches"] < 0):
            self.clear(scope)
            self.check(scope)
        elif does == THROW:
            b = r["catches"]
            host = self.rows[b]["host"]
            token = next(t for t in self.tokens if t.where == IN_NODE and t.to == host)
            if self.rows[b]["interrupts"]:
                self.tokens.remove(token)
                self.clear(self.rows[host]["inner"])
                self.armed(token)
                self.leave(b)
            else:
                self.leave(b)
                self.check(scope)
        elif does == SUB:
            if any(t.where == IN_NODE and t.to == n for t in self.tokens):
                raise _NotOneError
            self.tokens.append(Token(IN_NODE, n, since=self.at))
            if r["repeat"] == ONCE or (r["repeat"] == LOOP and not r["test_before"]):
                self.open(n)
        else:
            self.tokens.append(Token(IN_NODE, n, since=self.at))

    def open(self, n: int) -> None:
        """Begin an instance of a sub-process."""
        inner = self.rows[n]["inner"]
        starts = self.game.starts(inner)
        with_mark = self._mark(inner)  # (the scope is not empty between its starts)
        for s in starts:
            if with_mark not in self.tokens:
                return  # one of them has ended it
            self.enter(s)
        self._unmark(with_mark, inner)

    def _mark(self, scope: int) -> Token:
        mark = Token(OUT_OF, -1 - scope)
        self.tokens.append(mark)
        return mark

    def _unmark(self, mark: Token, scope: int) -> None:
        if mark in self.tokens:
            self.tokens.remove(mark)
            self.check(scope)

    def leave(self, n: int) -> None:
        """Go out of a node: at once where there is no choice."""
        r, outs = self.rows[n], self.game.outs(n)
        if not outs:
            self.check(r["scope"])
        elif r["split"] == ALL or len(outs) == 1:
            mark = self._mark(r["scope"])
            for f in outs:
                if mark not in self.tokens:
                    return
                self.take(f)
            self._unmark(mark, r["scope"])
        else:
            self.tokens.append(Token(OUT_OF, n, since=self.at))

    def check(self, scope: int) -> None:
        """End a scope in which no token is left."""
        if scope == 0 or any(self.game.scope_of(t) == scope for t in self.tokens):
            return
        n = self.game.control.scopes[scope]["node"]
        token = next((t for t in self.tokens if t.where == IN_NODE and t.to == n), None)
        if token is not None:
            self.tokens.remove(token)
            self.over(token)

    def clear(self, scope: int) -> None:
        """Take away all tokens of a scope and of what is in it."""
        inside = self.game.inner[scope]
        self.tokens = [t for t in self.tokens if self.game.scope_of(t) not in inside]

    # -- what happens to a token that was taken out of the marking

    def over(self, token: Token) -> None:
        """An instance of a step, or an awaited event, is over."""
        n, r = token.to, self.rows[token.to]
        if r["does"] != SUB:
            self.trail.append(n)
        if r["repeat"] == ONCE:
            self.armed(token)
            self.leave(n)
            return
        rounds = token.rounds + 1
        if r["repeat"] != LOOP and r["times"] < 0 and r["times_fixed"] == rounds:
            self.left(token)
            return
        self.tokens.append(token._replace(rounds=rounds, since=self.at))

    def left(self, token: Token) -> None:
        """A step done several times is left."""
        self.armed(token)
        self.leave(token.to)

    def again(self, token: Token) -> None:
        """A sub-process begins once more."""
        self.tokens.append(token)
        self.open(token.to)

    def happened(self, token: Token, b: int, bit: int) -> None:
        """A boundary event happens."""
        if self.rows[b]["interrupts"]:
            if self.rows[token.to]["does"] == SUB:
                self.clear(self.rows[token.to]["inner"])
            if self.rows[token.to]["does"] == WORK:
                self.trail.append(token.to)
            self.armed(token)
        else:
            once = self.rows[b]["rounds"] <= 1  # (a cycle goes on)
            self.tokens.append(token._replace(skip=token.skip | 1 << bit) if once else token)
        self.leave(b)

    def armed(self, token: Token) -> None:
        """Boundary events that waited at a token that leaves have occurred once."""
        self.trail += [b for b in self.game.boundary(token.to) if self.game.timed(b)]
        if self.rows[token.to]["repeat"] != ONCE:
            self.trail.append(-1 - token.to)  # its beginnings are counted apart

    def won(self, token: Token, flow: int) -> None:
        """One of several awaited events comes first."""
        self.armed(token)
        targets = [self.game.flows[f]["target"] for f in self.game.outs(token.to)]
        self.trail += targets
        n = self.game.flows[flow]["target"]
        if self.rows[n]["does"] == CATCH:
            self.leave(n)
        else:
            self.tokens.append(Token(IN_NODE, n, since=self.at))

    def chosen(self, token: Token, taken: tuple[int, ...]) -> None:
        """A gateway, or a step with conditions behind it, takes some flows."""
        n, r = token.to, self.rows[token.to]
        outs = self.game.outs(n)
        if r["split"] == EXCLUSIVE:
            self._decided(n)
            self.take(taken[0])
            return
        skip = token.skip
        for f in taken:
            skip |= 1 << outs.index(f)
        more = [f for k, f in enumerate(outs) if not skip >> k & 1 and f != r["default"]]
        if taken and more and taken != (r["default"],):
            self.tokens.append(token._replace(skip=skip))
        else:
            self._decided(n)
        for f in taken:
            self.take(f)
        self.check(r["scope"])

    def _decided(self, n: int) -> None:
        r = self.rows[n]
        if r["chances"] >= 0 and r["does"] not in (WORK, SUB):
            self.trail.append(n)

    # -- inclusive joins

    def _or_joins(self) -> bool:
        """Let one inclusive join go off that waits for nothing any more."""
        game, control = self.game, self.game.control
        waiting = {
            game.flows[t.to]["target"] for t in self.tokens if t.where == ON_FLOW
        }  # fmt: skip
        for n in sorted(waiting):
            if self.rows[n]["join"] != OR_JOIN:
                continue
            mine = {t.to: t for t in self.tokens if t.where == ON_FLOW}
            filled = sum(1 << game.flows[f]["bit"] for f in game.ins(n) if f in mine)
            if self._waits(n, filled):
                continue
            for f in game.ins(n):
                if f in mine:
                    self.tokens.remove(mine[f])
            assert control.rows[n]["join"] == OR_JOIN
            self.enter(n)
            return True
        return False

    def _waits(self, n: int, filled: int) -> bool:
        game, control = self.game, self.game.control
        row, scope = self.rows[n]["or_join"], self.rows[n]["scope"]
        for t in self.tokens:
            if game.scope_of(t) != scope:
                continue
            if t.where == OUT_OF:  # has not decided: waits for whatever it may send
                if _bits(control, n, game.outs(t.to)) & ~filled:
                    return True
                continue
            place = game.flows[t.to]["place"] if t.where == ON_FLOW else self.rows[t.to]["place"]
            bits = int(control.reach[row, place]) if place >= 0 else 0
            if place < 0:
                bits = _bits(control, n, _onward(control, t.to))
            if bits & ~filled and not bits & filled:
                return True
        return False


_Cost: TypeAlias = tuple[int, int, int]
"""Deviations, events passed over among them, moves that no event shows."""


@dataclass(slots=True)
class _State:
    marking: Marking
    at: int
    cost: _Cost
    before: int
    trail: tuple[int, ...]


def play(
    game: Game,
    events: Sequence[tuple[int, ...]],
    due: Sequence[tuple[int, ...]] = (),
    begun: Sequence[bool] = (),
    *,
    labels: frozenset[int],
    most: int = MOST_TRIES,
) -> Stand | None:
    """Play events: where they leave a matter; None where more than `most` states would be tried.

    `events`: for each event, in order, the numbers of the steps that it may be; `due`: for each
    work known to be due and not done, the same, and `begun` whether it has begun (if not, one of
    several awaited events may still have to come); `labels`: steps that leave events.
    """
    wants = [*events, *due]
    n_events = len(events)
    sets = [frozenset(w) for w in wants]
    first, trail = game.begin()
    states = [_State(first, 0, (0, 0, 0), -1, trail)]
    best: dict[tuple[Marking, int], _Cost] = {(first, 0): (0, 0, 0)}
    heap = [(states[0].cost, 0, 0)]

    def add(m: Marking, at: int, cost: _Cost, before: int, t: tuple[int, ...]) -> None:
        if (m, at) in best and best[m, at] <= cost:
            return
        best[m, at] = cost
        heappush(heap, (cost, -at, len(states)))
        states.append(_State(m, at, cost, before, t))

    while heap:
        cost, _, k = heappop(heap)
        s = states[k]
        if best[s.marking, s.at] != cost:
            continue
        if s.at == len(wants):
            return _told(states, k)
        if len(states) > most:
            return None
        deviations, passed, moves = cost
        wanted = sets[s.at]
        for j, token in enumerate(s.marking):
            if token.where != IN_NODE:
                continue
            row = game.rows[token.to]
            if s.at < n_events:
                if token.to in wanted and not token.due:
                    m, t = game.done(s.marking, j, s.at)
                    add(m, s.at + 1, cost, k, t)
                continue
            several = row["repeat"] not in (ONCE, LOOP)
            here = token.to in wanted and (several or not token.due)
            if row["does"] == RACE and not begun[s.at - n_events]:
                here = bool(wanted & {game.flows[f]["target"] for f in game.outs(token.to)})
            if here:
                known = token._replace(due=token.due + 1, since=s.at)
                m = tuple(sorted((*s.marking[:j], known, *s.marking[j + 1 :])))
                add(m, s.at + 1, cost, k, ())
        for m, t, more in game.silently(s.marking, wanted, labels):
            add(m, s.at, (deviations + more, passed, moves + 1), k, t)
        add(s.marking, s.at + 1, (deviations + 1, passed + 1, moves), k, ())
    return None


def _told(states: list[_State], k: int) -> Stand:
    deviations, _, moves = states[k].cost
    seen: Counter[int] = Counter()
    at = k
    while at >= 0:
        seen.update(states[at].trail)
        at = states[at].before
    return Stand(states[k].marking, dict(seen), deviations, moves)
