"""Walking a path until every flow has been taken, by choosing what has been taken least."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from random import Random

from polku.errors import ConditionError, PathError
from polku.path.conditions import Condition, parse
from polku.path.execute import Run, runner
from polku.path.model import Flow, Gateway, Path, Step
from polku.path.running.executable import executable

BEGIN = datetime(2026, 1, 1, 8, tzinfo=UTC)
MAX_TRIES = 20_000
"""Combinations of values that are tried to make a gateway take a flow."""
MAX_ACTIONS = 2_000
"""What may be done in one run."""

Data = dict[str, object]


class Walker:
    """All runs of one path."""

    def __init__(self, path: Path, random: Random) -> None:
        self.path, self.random = path, random
        self.taken: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.data_for: dict[str, Data | None] = {}
        self.draws = executable(path).draws
        self.again = {
            s.id: parse(s.repeat.condition)
            for s in path.steps
            if s.repeat is not None and s.repeat.condition is not None
        }

    def all(self) -> set[str]:
        """Run until all flows are visited, or runs find nothing new for a while."""
        wanted = {f.id for f in self.path.flows}
        visited: set[str] = set()
        idle = 0
        while visited < wanted and idle < 2 * len(wanted) + 10:
            new = self._run() - visited
            visited |= new
            idle = 0 if new else idle + 1
        return visited

    def _run(self) -> set[str]:
        data: Data = {}
        for step in self.path.steps:
            if step.repeat is not None and step.repeat.times is not None:
                data |= dict.fromkeys(parse(step.repeat.times).names, 2)
        for condition in self.again.values():
            data |= solve([condition], [True]) or {}
        run = runner(self.path, begin=BEGIN, data=data, decide=self._decide)
        for _ in range(MAX_ACTIONS):
            if run.ended:
                return run.visited_flows
            self._act(run)
        raise PathError(
            f"path {self.path.id!r}: does not come to an end after {MAX_ACTIONS:,} actions"
        )

    def _act(self, run: Run) -> None:
        """Do what has been done least of all that can be done."""
        open_ = list(run.waiting())
        if not open_:
            raise PathError(
                f"path {self.path.id!r}: stands still before its end, and waits for nothing"
            )
        self.random.shuffle(open_)
        one = min(open_, key=lambda w: self.done[w.id])
        self.done[one.id] += 1
        if one.how == "timer" and one.due is not None:
            run.pass_time(one.due)
        elif one.how == "message":
            run.deliver(one.id)
        else:
            run.complete(one.id, self._stop(one.id))

    def _stop(self, step: str) -> Data:
        """Data that end the loops in which a step lies."""
        data: Data = {}
        at: str | None = step
        while at is not None:
            if at in self.again:
                data |= solve([self.again[at]], [False]) or {}
            at = self.path.node(at).within
        return data

    # -- gateways

    def _decide(self, gateway: str, data: Mapping[str, object]) -> Data:
        """Data that lead a gateway to the flow taken least."""
        del data
        if gateway in self.draws:
            ways = [w for w, (_, low, high) in self.draws[gateway].items() if high > low]
        else:
            flows = self._flows.get(gateway, ())
            ways = [f.id for f in flows if self._solution(gateway, f) is not None]
        if not ways:
            return {}
        self.random.shuffle(ways)
        way = min(ways, key=lambda w: self.taken[w])
        self.taken[way] += 1
        if gateway in self.draws:
            return self._drawn(gateway, way)
        return dict(self.data_for[way] or {})

    def _drawn(self, gateway: str, way: str) -> Data:
        """Numbers drawn for which a gateway with probabilities takes this way."""
        flows = self.draws[gateway]
        wanted, low, high = flows[way]
        return {n: (low + high) / 2 if n == wanted else 0.999_999 for n, *_ in flows.values()}

    @cached_property
    def _flows(self) -> dict[str, tuple[Flow, ...]]:
        found = {n.id: self.path.out(n.id) for n in self.path.nodes}
        found |= {f"{n.id}--split": self.path.out(n.id) for n in self.path.nodes}
        return {id: flows for id, flows in found.items() if len(flows) > 1}

    def _solution(self, gateway: str, flow: Flow) -> Data | None:
        if flow.id not in self.data_for:
            self.data_for[flow.id] = self._solved(gateway, flow)
        return self.data_for[flow.id]

    def _solved(self, gateway: str, wanted: Flow) -> Data | None:
        flows = self._flows[gateway]
        node = self.path.node(gateway.removesuffix("--split"))
        default = node.default if isinstance(node, Gateway | Step) else None
        told = [f for f in flows if f.condition is not None and f.id != default]
        conditions = [parse(f.condition or "") for f in told]
        place = next((k for k, f in enumerate(told) if f.id == wanted.id), None)
        exclusive = isinstance(node, Gateway) and node.kind == "exclusive"

        needed: list[bool | None] = [False if exclusive or place is None else None] * len(told)
        if place is not None:
            needed[place] = True
            if exclusive:
                needed[place + 1 :] = [None] * (len(told) - place - 1)
        return solve(conditions, needed)


def solve(conditions: Sequence[Condition], wanted: Sequence[bool | None]) -> Data | None:
    """Data for which each condition holds, or does not, as wanted; None where none was found.

    `wanted`: None where it does not matter. Values are tried around the constants to which each
    datum is compared, condition by condition, going back where the next one cannot be had.
    """
    asked = [(c, w) for c, w in zip(conditions, wanted, strict=True) if w is not None]
    names = {n for c, _ in asked for n in c.names}
    values = {n: tuple(_values(n, [c for c, _ in asked])) for n in names}
    tries = itertools.count()

    def search(k: int, data: Data) -> Data | None:
        if k == len(asked):
            return data
        condition, holds = asked[k]
        open_ = [n for n in condition.names if n not in data]
        for combination in itertools.product(*(values[n] for n in open_)):
            if next(tries) > MAX_TRIES:
                return None
            more = data | dict(zip(open_, combination, strict=True))
            try:
                fits = condition.evaluate(more) is holds
            except ConditionError:
                continue
            if fits and (found := search(k + 1, more)) is not None:
                return found
        return None

    found = search(0, {})
    if found is None:
        return None
    # what does not matter is asked all the same, and must have some value
    rest = {n for c in conditions for n in c.names} - found.keys()
    return {n: next(_values(n, conditions)) for n in rest} | found


def _values(name: str, conditions: Sequence[Condition]) -> Iterator[object]:
    """Values worth trying for a datum, each once."""
    found: list[object] = []
    compared = False
    for condition in conditions:
        if name not in condition.names:
            continue
        tree = ast.parse(condition.python, mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and name in _names(node):
                compared = True
                found += [v for c in _constants(node) for v in _around(c)]
                if not _constants(node):  # compared with other data
                    found += [0, 1, 2]
    if not compared:
        found = [True, False]
    seen: set[tuple[type, object]] = set()
    for value in found:
        if (type(value), value) not in seen:
            seen.add((type(value), value))
            yield value


def _names(tree: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}


def _constants(tree: ast.AST) -> Sequence[object]:
    return [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]


def _around(value: object) -> tuple[object, ...]:
    if isinstance(value, bool):
        return (value, not value)
    if isinstance(value, int | float):
        return (value, value + 1, value - 1)
    if isinstance(value, str):
        return (value, f"not {value}")
    return (value, 1)
