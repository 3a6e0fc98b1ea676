"""All orders in which the steps of a matter can be done, as the runner (SpiffWorkflow) has it.

A run cannot be copied, so each way is run from its beginning: the choices made so far are made
again, and the last one that is not used up is made otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from token_rules import Rules, TooMany, Trace, instances

from polku.path.execute import Run
from polku.path.model import Event, Gateway, Path, Repeat, Step
from polku.path.running.executable import Executable, executable

BEGIN = datetime(2026, 1, 1, 8, tzinfo=UTC)


def untimed(path: Path) -> Path:
    """The path with messages for timers (which come in any order), and loops that ask a datum."""
    nodes = []
    for node in path.nodes:
        if isinstance(node, Event) and node.trigger == "timer":
            node = replace(node, trigger="message", timer=None)
        if isinstance(node, Step) and node.repeat is not None and node.repeat.kind == "loop":
            again = Repeat("loop", f"again_{node.id}", None, node.repeat.test_before)
            node = replace(node, repeat=again)
        nodes.append(node)
    return replace(path, nodes=tuple(nodes))


class _Choices:
    """Choices of one run after another, until all have been made."""

    def __init__(self) -> None:
        self.made: list[tuple[int, int]] = []
        self.at = 0

    def __call__(self, count: int) -> int:
        if self.at == len(self.made):
            self.made.append((0, count))
        chosen, before = self.made[self.at]
        assert before == count, "a run went another way than before"
        self.at += 1
        return chosen

    def another(self) -> bool:
        """Turn to the next choices; False where there are none left."""
        while self.made and self.made[-1][0] + 1 == self.made[-1][1]:
            self.made.pop()
        if not self.made:
            return False
        chosen, count = self.made.pop()
        self.made.append((chosen + 1, count))
        self.at = 0
        return True


class _Again(Run):
    """A run of a path that was parsed before."""

    parsed: Any = None

    def _parsed(self, xml: bytes) -> Any:
        if self.parsed is None:
            workflow = super()._parsed(xml)
            type(self).parsed = workflow.spec, workflow.subprocess_specs
            return workflow
        spec, inner = self.parsed
        return self._spiff.BpmnWorkflow(spec, inner, script_engine=self._engine)


class _Over(Exception):
    """A run does a step more often than wanted."""


def runner_traces(path: Path, rounds: int = 2, most: int = 400) -> set[Trace]:
    """All traces of the runner in which no step is done more than `rounds` times.

    Raises `TooMany` where more than `most` runs are needed.
    """
    path = untimed(path)
    limit = {s.id: rounds * instances(Rules(path), s) for s in path.steps}
    made, choices, found = executable(path), _Choices(), set()
    run = type("_Again", (_Again,), {})  # its own place for what was parsed
    for _ in range(most):
        with suppress(_Over):
            found.add(_run(path, made, run, choices, limit, rounds))
        if not choices.another():
            return found
    raise TooMany


def _run(
    path: Path,
    made: Executable,
    of: type[Run],
    choices: _Choices,
    limit: Mapping[str, int],
    rounds: int,
) -> Trace:
    draws = made.draws

    def decide(gateway: str, data: Mapping[str, object]) -> Mapping[str, object]:
        del data
        if gateway in draws:
            return _drawn(draws[gateway], choices)
        ways = [*path.out(gateway.removesuffix("--split"))]
        node = path.node(gateway.removesuffix("--split"))
        told = [f.condition for f in ways if f.condition and f.id != getattr(node, "default", None)]
        if isinstance(node, Gateway) and node.kind == "exclusive":
            one = choices(len(told) + 1)
            return {c: k == one for k, c in enumerate(told)}
        return {c: bool(choices(2)) for c in told}

    loops = {s.id: s.repeat for s in path.steps if s.repeat and s.repeat.kind == "loop"}

    def again(done: str | None) -> dict[str, object]:
        """Whether loops that may be asked next go round (once more)."""
        asked = [i for i, r in loops.items() if r.test_before or i in (done, *_around(path, done))]
        return {f"again_{i}": not choices(2) for i in asked}

    data: dict[str, object] = {f.condition: False for f in path.flows if f.condition}
    data |= {f"again_{i}": False for i in loops}
    run = of(path, made, None, BEGIN, data | again(None), decide)
    trace: list[str] = []
    happened: dict[str, int] = {}
    while not run.ended:
        open_ = [w for w in run.waiting() if not _used_up(path, run, w.id, trace, happened)]
        if not open_:
            raise AssertionError(f"stands still after {trace}: {run.waiting()}")
        one = open_[choices(len(open_))]
        if isinstance(path.node(one.id), Step):
            trace.append(one.id)
            if trace.count(one.id) > limit[one.id]:
                raise _Over
            run.complete(one.id, again(one.id))
        else:
            happened[one.id] = happened.get(one.id, 0) + 1
            if happened[one.id] > 3 * rounds:  # a loop of events alone adds nothing to a trace
                raise _Over
            run.deliver(one.id, again(None))
    return tuple(trace)


def _used_up(path: Path, run: Run, id: str, trace: list[str], happened: dict[str, int]) -> bool:
    """Whether an event beside a step has happened once already."""
    del run, trace
    node = path.node(id)
    beside = isinstance(node, Event) and node.position == "boundary" and not node.interrupting
    return beside and happened.get(id, 0) > 0


def _around(path: Path, step: str | None) -> list[str]:
    found = []
    at = path.node(step).within if step is not None else None
    while at is not None:
        found.append(at)
        at = path.node(at).within
    return found


def _drawn(flows: Mapping[str, tuple[str, float, float]], choices: _Choices) -> dict[str, object]:
    """Numbers for which a gateway takes one of its choices of flows."""
    names = {name for name, *_ in flows.values()}
    if len(names) == 1:
        name, low, high = [*flows.values()][choices(len(flows))]
        return {name: (low + high) / 2}
    every = [c for n in range(1, len(flows) + 1) for c in combinations(flows, n)]
    taken = every[choices(len(every))]
    return {name: 0.0 if f in taken else 0.999_999 for f, (name, *_) in flows.items()}
