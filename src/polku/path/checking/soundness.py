"""Whether a path can always be walked to its end: an exploration of its states.

Sound (van der Aalst 1997) means: from every state that can be reached, the end can be reached
(*option to complete*); when it is reached nothing is left over, and no end or step comes twice at
once (*proper completion*); and every step can happen (*no dead step*). `tokens` says which
semantics are walked.

Not every order of parallel branches is tried. Where the moves that can take a token are free of all
others (nobody else can take it, hinder them or be hindered by them), they alone are followed: a
persistent set (Godefroid 1996, LNCS 1032). That keeps both "can end" and "happens" for every state
that can end or get stuck. States from which neither was found are then expanded in full until
nothing new comes, so a way out that was put off for ever is not missed.

What comes twice at once leaves something over in any order, so it is not missed either, unless
something takes it away (terminate, an interrupting event). So a path with such things is also
walked in a calm form, in which they wait until there is nothing to take; and where that is not
sound, every order is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from polku.path.checking.persistent import Persistent
from polku.path.checking.tokens import AnyMove, Move, Net, bits
from polku.path.model import Gateway, Path

BOUND = 200_000
"""States that are looked at before a path counts as not decided."""
MOST_NODES = 15_000
"""Nodes and flows up to which a path is explored at all."""
MOST_BITS = 1_000_000_000
"""Places of all states together after which a path counts as not decided."""

Verdict = Literal["sound", "unsound", "not_decided", "not_looked_at"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a path is not sound.

    `kind`: "stuck" (`nodes` wait for ever), "twice" (the first of `nodes` is reached again while
    the first time is under way), "endless" (nothing but `nodes` goes on happening), "dead" (`nodes`
    can never happen). `missing`: for "stuck", nodes from which nothing comes; `witness`: ids of the
    nodes passed on a shortest way there; `never`: for "stuck" and "endless", what can never happen.
    """

    kind: Literal["stuck", "twice", "endless", "dead"]
    nodes: tuple[str, ...]
    witness: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Soundness:
    """The verdict with the number of states looked at; `note` says why nothing was decided."""

    verdict: Verdict
    states: int = 0
    problems: tuple[Problem, ...] = ()
    note: str = ""


def soundness(path: Path, *, bound: int = BOUND, reduce: bool = True) -> Soundness:
    """Explore a path's states.

    Parameters: `path`; `bound`, the number of states after which it is given up; `reduce`: False
    tries every order of parallel branches. Returns the verdict: "sound", "unsound" with the
    problems, "not_decided" where nothing wrong was found up to the bound, and for what the
    semantics do not cover, "not_looked_at" for a path without a way from a start to an end.

    >>> from polku.path.build import start
    >>> soundness(start("Stall").step("Apply").path()).verdict
    'sound'
    """
    large = len(path.nodes) + len(path.flows)
    if large > MOST_NODES:
        note = f"not explored: {large:,} nodes and flows are more than {MOST_NODES:,}"
        return Soundness("not_decided", note=note)
    net = Net(path)
    graph = net.graph
    inner = {n.id for n in path.nodes if graph.in_flow(n)}
    if any(e.position == "boundary" and path.into(e.id) for e in path.events):
        return Soundness("not_looked_at", note="a flow leads to a boundary event")
    if not inner or not inner <= graph.reached & graph.ending:
        return Soundness("not_looked_at", note="not every node is on a way from a start to an end")
    found = _Exploration(net, bound, reduce)
    if reduce and net.cancels and found.decided and not found.wrong:
        calm = _Exploration(Net(path, calm=True), bound, True)
        if not calm.decided or calm.wrong:
            found = _Exploration(net, bound, False)
    problems = tuple(found.problems())
    if not found.decided and not problems:
        note = f"given up after {found.size:,} states"
        return Soundness("not_decided", found.size, note=note)
    if net.notes and not problems:
        return Soundness("not_decided", found.size, note="; ".join(net.notes))
    return Soundness("unsound" if problems else "sound", found.size, problems)


class _Exploration:
    """The states of a net that can be reached, and how."""

    def __init__(self, net: Net, bound: int, reduce: bool) -> None:
        self.net, self.bound = net, bound
        self.by_place: dict[int, list[Move]] = {}
        for move in net.moves:
            self.by_place.setdefault(move.need & -move.need, []).append(move)
        self.joins = list(net.joins.values())
        self.persistent = Persistent(net, self.by_place)
        self.parent: dict[int, tuple[int, AnyMove | None]] = {s: (s, None) for s in net.begin}
        self.after: dict[int, set[int]] = {}
        self.full: set[int] = set()
        self.fired: set[str] = set()
        self.twice: dict[int, tuple[AnyMove, int]] = {}
        self.reduce = reduce
        self.held = 0
        self.decided = self._explore(list(self.parent))
        while self.decided and (late := [s for s in self._lost() if s not in self.full]):
            self.decided = self._explore(late, frozenset(late))

    @property
    def size(self) -> int:
        return len(self.parent)

    def _moves(self, state: int) -> Iterator[AnyMove]:
        """All that can happen in a state."""
        for place in bits(state):
            for move in self.by_place.get(place, ()):
                if move.can(state):
                    yield move
        for choices in self.joins:
            if choices[0].can(state):
                yield from choices

    def _explore(self, todo: list[int], in_full: frozenset[int] = frozenset()) -> bool:
        """Look at states (some of them in full) and all that follow; False beyond the bound."""
        for state in todo:  # grows while it is read: breadth first
            put_off = self.reduce and state not in in_full
            moves = self.persistent.of(state) if put_off else None
            if moves is None:
                self.full.add(state)
                moves = list(self._moves(state))
            after = self.after.setdefault(state, set())
            for move in moves:
                self.fired.add(move.node)
                if move.twice(state):
                    self.twice.setdefault(state, (move, move.twice(state)))
                    continue
                then = move.go(state)
                after.add(then)
                if then not in self.parent:
                    self.parent[then] = (state, move)
                    self.held += then.bit_length()
                    if len(self.parent) > self.bound or self.held > MOST_BITS:
                        return False
                    todo.append(then)
        return True

    def _before(self, states: set[int]) -> set[int]:
        """States from which one of these can be reached."""
        before: dict[int, list[int]] = {}
        for state, after in self.after.items():
            for then in after:
                before.setdefault(then, []).append(state)
        found, todo = set(states), list(states)
        while todo:
            for state in before.get(todo.pop(), ()):
                if state not in found:
                    found.add(state)
                    todo.append(state)
        return found

    def _endless(self) -> list[int]:
        """States from which no end was found, in the order in which they were met."""
        good = self._before({0} | set(self.twice))
        return [s for s in self.parent if s not in good]

    def _stuck(self) -> list[int]:
        """States in which nothing can happen, and which are not the end."""
        return [s for s, after in self.after.items() if not after and s and s not in self.twice]

    def _lost(self) -> list[int]:
        """States from which neither an end was found nor anything wrong."""
        found = self._before({0, *self.twice, *self._stuck()})
        return [s for s in self.parent if s not in found]

    @property
    def wrong(self) -> bool:
        """Whether something is reached twice or an end cannot be reached."""
        return bool(self.twice or self._endless())

    def problems(self) -> Iterator[Problem]:
        """What is wrong, each thing once, with a shortest way to it."""
        yield from self._doubled()
        never = () if self.twice or not self.decided else self._dead()
        known: set[str] = set()
        stuck = self._stuck()
        for state in stuck:
            nodes = [n for n in self._waiting(state) if n not in known]
            if nodes:
                known.update(nodes)
                way, missing = self._witness(state), self._missing(state, nodes)
                yield Problem("stuck", tuple(nodes), way, missing, never)
        if not self.decided:
            return  # what was found is certain, the rest is not
        lost = self._lost()
        if lost:
            yield Problem("endless", self._going_on(lost), self._witness(lost[0]), (), never)
        if never and not lost and not stuck:
            yield Problem("dead", never)

    def _moves_to(self, state: int) -> tuple[int, list[AnyMove]]:
        """The first state and the moves that lead from it to a state."""
        way: list[AnyMove] = []
        while (step := self.parent[state])[1] is not None:
            way.append(step[1])
            state = step[0]
        return state, way[::-1]

    def _witness(self, state: int) -> tuple[str, ...]:
        return tuple(m.node for m in self._moves_to(state)[1] if m.shown)

    def _doubled(self) -> Iterator[Problem]:
        """Nodes that are reached again while the first time is under way."""
        known: set[str] = set()
        places: set[int] = set()
        for state, (move, twice) in self.twice.items():
            if places.issuperset(bits(twice)):
                continue
            places.update(bits(twice))
            begin, way = self._moves_to(state)
            way = _shortest(begin, [*way, move], twice)
            nodes = [m.node for m in way if m.shown]
            culprit, cut = self._culprit(nodes, move)
            if culprit not in known:
                known.add(culprit)
                yield Problem("twice", (culprit,), tuple(nodes[:cut]))

    def _culprit(self, nodes: list[str], last: AnyMove) -> tuple[str, int]:
        """The first place where ways come together that is passed twice, else the last node."""
        seen: set[str] = set()
        for k, id in enumerate(nodes):
            into = self.net.into.get(id, 0)
            node = self.net.path.node(id)
            waits = isinstance(node, Gateway) and node.kind == "parallel"
            if id in seen and into & (into - 1) and not waits:
                return id, k + 1
            seen.add(id)
        return last.node, len(nodes)

    def _waiting(self, state: int) -> list[str]:
        """Gateways that wait in a state where nothing can happen."""
        waiting = {m.node: m.need for m in self.net.moves if m.need & (m.need - 1)}
        waiting |= {join[0].node: join[0].into for join in self.joins}
        found = [n for n, need in waiting.items() if state & need]
        return found or [self.net.of(p)[1] for p in bits(state)]

    def _missing(self, state: int, nodes: list[str]) -> tuple[str, ...]:
        """Nodes from which nothing comes to those that wait."""
        empty = [p for n in nodes for p in bits(self.net.into.get(n, 0) & ~state)]
        ids = [self.net.of(p)[1] for p in empty if self.net.of(p)[0] == "flow"]
        return tuple(dict.fromkeys(self.net.path.flow(i).source for i in ids))

    def _going_on(self, states: list[int]) -> tuple[str, ...]:
        """Nodes that go on happening without an end."""
        found = {m.node: None for s in states for m in self._moves(s) if m.shown}
        return tuple(found)

    def _dead(self) -> tuple[str, ...]:
        """Nodes that can never happen, in the order of the file."""
        graph, path = self.net.graph, self.net.path
        happens = self.fired | graph.handlers | self._silent
        return tuple(n.id for n in path.nodes if n.id not in happens)

    @property
    def _silent(self) -> frozenset[str]:
        """Event sub-processes that hold nothing: they never begin."""
        return frozenset(
            s.id for s in self.net.path.steps if s.on_event and s.id not in self.net.graph.scopes
        )


def _shortest(begin: int, way: list[AnyMove], twice: int) -> list[AnyMove]:
    """The same way without moves that it does not need to take these places twice."""
    k = len(way) - 2
    while k >= 0:
        shorter = way[:k] + way[k + 1 :]
        if _leads(begin, shorter, twice):
            way = shorter
        k -= 1
    return way


def _leads(state: int, way: list[AnyMove], twice: int) -> bool:
    for move in way[:-1]:
        if not move.can(state) or move.twice(state):
            return False
        state = move.go(state)
    return way[-1].can(state) and way[-1].twice(state) == twice
