"""Going the ways of a log through a path: which flows were taken, and what enabled each event.

A way is replayed token by token. Before an event its step is reached through gateways and events
by the shortest silent way (a search over markings); every token remembers the last event that it
stems from, so a step behind a parallel join is enabled by the last of its branches, whatever else
happened in between. Where no silent way leads to a step, up to `MOST_SKIPS` steps are taken for
not recorded; where that does not help either, the event is passed over.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from polku.path.model import Event, Gateway, Path, Step

MOST_SKIPS = 2
MOST_STATES = 400
"""Markings that are looked at before one event."""
MOST_GUIDED = 2_000
"""Markings that are looked at before one event where the plain search did not come to an end."""
MOST_LOOKED_AT = 100_000
"""Markings that are looked at in all for steps that may not have been recorded."""
_SKIP = 64  # cost of a skipped step; a silent firing costs 1
_START, _OUTSIDE = -1, -2
_MOST_SUBSETS = 4  # branches of an inclusive gateway of which all subsets are tried


class Choice(NamedTuple):
    """A flow (or, at an inclusive gateway, several) that was taken at a node."""

    node: str
    flows: tuple[str, ...]


@dataclass(frozen=True)
class Replay:
    """One way through the path.

    `step`: for each event its step, "" where it is passed over; `by`: index of the event that
    enabled it, -1: the arrival; `choices`: in the order in which they were taken; `ends`: end
    events that were reached; `skipped`: steps taken for not recorded; `again`: (step, whether a
    repeated step was done once more); `complete`: it was followed to an end.
    """

    step: tuple[str, ...]
    by: tuple[int, ...]
    choices: tuple[Choice, ...]
    ends: tuple[str, ...]
    skipped: tuple[str, ...]
    again: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    complete: bool = True

    @property
    def passed_over(self) -> int:
        """Events that the path has no place for."""
        return self.step.count("")


class _Fire(NamedTuple):
    """One firing: takes tokens from places, puts tokens on places."""

    take: tuple[int, ...]
    put: tuple[int, ...]
    choice: Choice | None
    end: str
    skip: str


_Marking = tuple[int, ...]


class Replayer:
    """Replays ways on one path; what it has found out it keeps.

    `recorded`: ids of steps that the log can show; all others are passed silently.
    """

    def __init__(self, path: Path, recorded: frozenset[str]) -> None:
        self.path = path
        self.recorded = recorded
        self._holders = {n.within for n in path.nodes if n.within is not None}
        self._place: dict[str, int] = {f.id: k for k, f in enumerate(path.flows)}
        self._target = [f.target for f in path.flows]
        self._links = {
            e.name: e.id for e in path.events if e.trigger == "link" and e.position == "catch"
        }
        self._firings: dict[int, list[_Fire]] = {}
        self._reach: dict[int, dict[str, int]] = {}
        self._left = MOST_LOOKED_AT
        self._cut = False
        self._found: dict[tuple[_Marking, str], tuple[tuple[_Fire, ...], int] | None] = {}
        self.initial: _Marking = tuple(sorted(self._starts(None)))
        self._build()

    # -- the net

    def _new(self, key: str) -> int:
        if key not in self._place:
            self._place[key] = len(self._target)
            self._target.append(key.removeprefix("before "))
        return self._place[key]

    def _starts(self, within: str | None) -> list[int]:
        nodes = list(self.path.inside(within))
        starts = [n for n in nodes if isinstance(n, Event) and n.position == "start"]
        plain = [n for n in starts if n.trigger in ("none", "message", "timer", "conditional")]
        first: Sequence[Event | Step | Gateway] = (plain or starts)[:1] or [
            n
            for n in nodes
            if not self.path.into(n.id)
            and not (isinstance(n, Event) and n.position == "boundary")
            and not (isinstance(n, Step) and n.on_event)
        ][:1]
        return [self._new(f"before {n.id}") for n in first]

    def _build(self) -> None:
        todo = list(range(len(self._target)))
        seen: set[int] = set()
        while todo:
            place = todo.pop()
            if place in seen:
                continue
            seen.add(place)
            self._firings[place] = list(self._fire(place))
            for fire in self._firings[place]:
                todo += [p for p in fire.put if p not in seen]
            id = self._target[place]
            if self.visible(id):
                todo += [p for p in self._after(id) if p not in seen]
        for place in range(len(self._target)):
            self._reach[place] = self._reachable(place)

    def visible(self, id: str) -> bool:
        """Whether the log can show a step."""
        return id in self.recorded and id not in self._holders

    def _after(self, id: str) -> tuple[int, ...]:
        """Places behind a node; behind what a sub-process holds, those behind the sub-process."""
        flows = self.path.out(id)
        if flows:
            return tuple(self._place[f.id] for f in flows)
        node = self.path.node(id)
        if node.within is not None and not isinstance(node, Event):
            return self._after(node.within)
        return ()

    def _fire(self, place: int) -> list[_Fire]:
        id = self._target[place]
        node = self.path.node(id)
        after = self._after(id)
        if isinstance(node, Gateway):
            return self._gateway(node, place)
        if isinstance(node, Event):
            if node.position == "end":
                inner = () if node.within is None else self._after(node.within)
                return [_Fire((place,), inner, None, id if node.within is None else "", "")]
            if node.trigger == "link" and node.position == "throw" and node.name in self._links:
                return [_Fire((place,), self._after(self._links[node.name]), None, "", "")]
            return [_Fire((place,), after, None, "", "")]
        out = [
            _Fire((place,), self._after(e.id), Choice(e.id, (e.id,)), "", "")
            for e in self.path.boundary(id)
            if e.trigger != "compensate"
        ]
        if id in self._holders:
            return [*out, _Fire((place,), tuple(self._starts(id)), None, "", "")]
        skip = id if self.visible(id) else ""
        return [*out, _Fire((place,), after, None, "", skip)]

    def _gateway(self, node: Gateway, place: int) -> list[_Fire]:
        outs = [f.id for f in self.path.out(node.id)]
        places = {f: self._place[f] for f in outs}
        ins = tuple(self._place[f.id] for f in self.path.into(node.id)) or (place,)
        if node.kind in ("parallel", "complex"):
            return [_Fire(tuple(sorted(ins)), tuple(places.values()), None, "", "")]
        if len(outs) <= 1:
            return [_Fire((place,), tuple(places.values()), None, "", "")]
        if node.kind in ("exclusive", "event"):
            return [_Fire((place,), (places[f],), Choice(node.id, (f,)), "", "") for f in outs]
        sizes = range(1, len(outs) + 1) if len(outs) <= _MOST_SUBSETS else (1, 2, len(outs))
        subsets = [s for k in sizes for s in combinations(outs, k)]
        return [
            _Fire((place,), tuple(places[f] for f in s), Choice(node.id, s), "", "")
            for s in subsets
        ]

    def _reachable(self, place: int) -> dict[str, int]:
        """Recorded steps (and "" = an end) that a token can come to silently, with the firings."""
        found: dict[str, int] = {}
        away, todo = {place: 0}, deque([place])
        while todo:
            at = todo.popleft()
            id = self._target[at]
            if self.visible(id):
                found.setdefault(id, away[at])
            for fire in self._firings[at]:
                if not fire.put:
                    found.setdefault("", away[at] + 1)
                if fire.skip:
                    continue
                for p in fire.put:
                    if p not in away:
                        away[p] = away[at] + 1
                        todo.append(p)
        return found

    # -- the search

    def _join(self, fire: _Fire, marking: _Marking) -> _Fire | None:
        """The firing where the tokens it takes are there; an inclusive join takes all there are."""
        place = fire.take[0]
        node = self.path.node(self._target[place])
        if isinstance(node, Gateway) and node.kind == "inclusive":
            ins = [self._place[f.id] for f in self.path.into(node.id)]
            there = tuple(sorted({p for p in ins if p in marking} | {place}))
            return fire._replace(take=there)
        return fire if all(p in marking for p in fire.take) else None

    def _search(self, marking: _Marking, step: str) -> tuple[tuple[_Fire, ...], int] | None:
        """The cheapest firings after which a step has a token, and its place; "": all tokens go."""
        key = (marking, step)
        if key in self._found:
            return self._found[key]
        if len(self._found) > 200_000:
            self._found.clear()
        answer = self._cheapest(marking, step, 0)
        if answer is None and self._cut and self._left > 0:
            answer = self._cheapest(marking, step, 0, guided=True)
        if answer is None and self._left > 0:
            answer = self._cheapest(marking, step, MOST_SKIPS)
        self._found[key] = answer
        return answer

    @property
    def gave_up(self) -> bool:
        """Whether the path was too large to look everywhere for steps that were not recorded."""
        return self._left <= 0

    def _cheapest(
        self, first: _Marking, step: str, skips: int, guided: bool = False
    ) -> tuple[tuple[_Fire, ...], int] | None:
        """Firings after which the step has a token; `guided`: towards it, so not always the fewest.

        The guide is how many firings all tokens that can come to the step are away from it: in
        parallel branches all must come to the join, whose orders the plain search tries out.
        """
        most = MOST_GUIDED if guided else MOST_STATES
        self._cut = False
        heap: list[tuple[int, int, _Marking, tuple[_Fire, ...]]] = [(0, 0, first, ())]
        best = {first: 0}
        number = looked = 0
        while heap:
            _, _, marking, way = heapq.heappop(heap)
            cost = sum(_SKIP if f.skip else 1 for f in way)
            if cost > best[marking]:
                continue
            if step:
                place = next((p for p in marking if self._target[p] == step), None)
                if place is not None:
                    return way, place
            elif not marking:
                return way, _START
            looked += 1
            if looked > most:
                self._cut = True
                break
            for place in dict.fromkeys(marking):
                if not skips and step and step not in self._reach[place]:
                    continue
                for plain in self._firings[place]:
                    if plain.skip and (not skips or cost + _SKIP > skips * _SKIP + _SKIP - 1):
                        continue
                    fire = self._join(plain, marking)
                    if fire is None:
                        continue
                    rest = list(marking)
                    for p in fire.take:
                        rest.remove(p)
                    follows = tuple(sorted([*rest, *fire.put]))
                    price = cost + (_SKIP if fire.skip else 1)
                    if price < best.get(follows, 1 << 30) and len(follows) < 64:
                        best[follows] = price
                        number += 1
                        away = sum(self._reach[p].get(step, 0) for p in follows) if guided else 0
                        heapq.heappush(heap, (price + away, number, follows, (*way, fire)))
        self._left -= looked if skips or guided else 0
        return None

    # -- a way

    def replay(self, way: Sequence[Sequence[str]], ended: bool) -> Replay:
        """Follow one way: for each event the ids of the steps that it could be.

        `ended`: the matter has ended, so the rest of the path must be passed without an event.
        """
        run = _Run(self)
        for candidates in way:
            run.event(candidates)
        complete = ended and run.finish()
        run.repeats()
        again = {s: tuple(n) for s, n in run.again.items()}
        return Replay(
            tuple(run.step), tuple(run.by), tuple(run.choices), tuple(run.ends),
            tuple(run.skipped), again, complete,
        )  # fmt: skip


class _Run:
    """The tokens of one matter."""

    def __init__(self, net: Replayer) -> None:
        self.net = net
        self.tokens: dict[int, list[int]] = {}
        for place in net.initial:
            self.tokens.setdefault(place, []).append(_START)
        self.step: list[str] = []
        self.by: list[int] = []
        self.choices: list[Choice] = []
        self.ends: list[str] = []
        self.skipped: list[str] = []
        self.again: dict[str, list[int]] = {}
        self._under_way: dict[str, int] = {}
        self._last: dict[str, int] = {}

    @property
    def marking(self) -> _Marking:
        return tuple(sorted(p for p, t in self.tokens.items() for _ in t))

    def event(self, candidates: Sequence[str]) -> None:
        index, marking = len(self.step), self.marking
        best: tuple[int, str, tuple[_Fire, ...], int] | None = None
        for step in candidates:
            found = self.net._search(marking, step)
            if found is not None:
                cost = sum(_SKIP if f.skip else 1 for f in found[0])
                if best is None or cost < best[0]:
                    best = (cost, step, found[0], found[1])
        again = next((s for s in candidates if s in self._under_way), None)
        if again is not None and (best is None or best[0] > 0):
            self._under_way[again] += 1
            self._again(again, index)
            return
        if best is None:
            self.step.append("")
            self.by.append(_OUTSIDE)
            return
        _, step, way, place = best
        for fire in way:
            self.fire(fire)
        since = self.take(place)
        for after in self.net._after(step):
            self.tokens.setdefault(after, []).append(index)
        self.step.append(step)
        self.by.append(since)
        node = self.net.path.node(step)
        if isinstance(node, Step) and node.repeat is not None:
            if step in self._under_way:
                self.again.setdefault(step, []).append(self._under_way[step])
            self._under_way[step] = 1
        self._last[step] = index

    def _again(self, step: str, index: int) -> None:
        """Another instance of a repeated step: tokens behind it now stem from this one."""
        node = self.net.path.node(step)
        parallel = isinstance(node, Step) and node.repeat and node.repeat.kind == "parallel"
        before = self._last[step]
        self.step.append(step)
        self.by.append(self.by[before] if parallel else before)
        for after in self.net._after(step):
            tokens = self.tokens.get(after, [])
            self.tokens[after] = [index if t == before else t for t in tokens]
        self._last[step] = index

    def take(self, place: int) -> int:
        tokens = self.tokens[place]
        since = tokens.pop(0)
        if not tokens:
            del self.tokens[place]
        return since

    def fire(self, fire: _Fire) -> None:
        since = max(self.take(p) for p in fire.take)
        for place in fire.put:
            self.tokens.setdefault(place, []).append(since)
        if fire.choice is not None:
            self.choices.append(fire.choice)
        if fire.end:
            self.ends.append(fire.end)
        if fire.skip:
            self.skipped.append(fire.skip)

    def finish(self) -> bool:
        """Let all tokens come to an end."""
        found = self.net._search(self.marking, "")
        if found is None:
            return False
        for fire in found[0]:
            self.fire(fire)
        return True

    def repeats(self) -> None:
        for step, n in self._under_way.items():
            self.again.setdefault(step, []).append(n)
