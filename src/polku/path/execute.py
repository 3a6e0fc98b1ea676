"""Running a path, step by step: the adapter to SpiffWorkflow.

The same file that is drawn, checked and simulated is run here; how it is made ready for the runner
is told in `polku.path.running.executable`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from polku.errors import ConditionError, MissingExtraError, PathError
from polku.path.model import Gateway, Path, Step
from polku.path.running.executable import MARK, Executable, executable

if TYPE_CHECKING:
    from types import ModuleType

Draw = Callable[[str, int], float]
"""A number in [0, 1) for a name and how many times it was drawn before."""
Decide = Callable[[str, Mapping[str, object]], Mapping[str, object]]
"""What to set in a matter's data before a gateway (its id) decides."""

MAX_DEPTH = 900
"""Elements one after another in one matter: SpiffWorkflow overlooks what lies deeper than 1,000."""
MAX_TIMERS = 10_000
"""Timers that may fire while time passes once."""


def _spiff() -> ModuleType:
    try:
        from polku.path.running import spiff
    except ModuleNotFoundError as e:
        if not (e.name or "").startswith("SpiffWorkflow"):
            raise
        raise MissingExtraError(
            "running a path needs SpiffWorkflow, which is not installed; "
            "install it with pip install 'polku[web]'"
        ) from None
    return spiff


def seeded(seed: int) -> Draw:
    """Numbers that depend on nothing but the seed, the gateway's name and the round.

    So two versions of a path draw the same at the gateways that they have in common.

    >>> seeded(1)("draw_kind", 0) == seeded(1)("draw_kind", 0)
    True
    """

    def draw(name: str, occurrence: int) -> float:
        word = f"{seed}\x00{name}\x00{occurrence}".encode()
        return int.from_bytes(blake2b(word, digest_size=8).digest()) / 2**64

    return draw


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a matter waits for: `id` of the step or event, and how it goes on.

    "work": somebody does the step (`Run.complete`); "message": something has to come in
    (`Run.deliver`); "timer": until `due` (`Run.pass_time`). `count`: of a step that is done several
    times at once, how often it is still open.
    """

    id: str
    how: Literal["work", "message", "timer"]
    due: datetime | None = None
    count: int = 1


def runner(
    path: Path,
    *,
    draw: Draw | None = None,
    begin: datetime | None = None,
    data: Mapping[str, object] | None = None,
    decide: Decide | None = None,
) -> Run:
    """Begin a matter on a path.

    Parameters: `draw`, where numbers for probabilities come from (`seeded`; needed only where the
    path has some); `begin`, the moment at which the matter begins (with a time zone; default: now);
    `data`, what is known of the matter; `decide`, asked for data before every gateway. Returns the
    `Run`, up to the first steps that somebody has to do. Raises `PathError`, naming the element,
    where the path cannot be run, and `MissingExtraError` without SpiffWorkflow.

    >>> from polku.path.build import start
    >>> run = runner(start("Stall").step("Apply").step("Decide").path())
    >>> [w.id for w in run.waiting()]
    ['step-1']
    >>> run.complete("step-1")
    >>> run.complete("step-2")
    >>> run.ended
    True
    """
    begin = begin if begin is not None else datetime.now(UTC)
    if begin.tzinfo is None:
        raise ValueError("the moment at which a matter begins needs a time zone")
    return Run(path, executable(path), draw, begin, dict(data or {}), decide)


class Run:
    """One matter on its way along a path; begun by `runner`."""

    def __init__(
        self, path: Path, made: Executable, draw: Draw | None, begin: datetime,
        data: dict[str, object], decide: Decide | None,
    ) -> None:  # fmt: skip
        self.path = path
        self.data = data
        self.visited_flows: set[str] = set()
        self.draws = made.draws
        self._decides = made.decides
        self._draw, self._decide = draw, decide
        self._drawn: dict[str, int] = {}
        self._depth: dict[Any, int] = {}
        self._spiff: Any = _spiff()
        self._engine = self._spiff.Engine(begin)
        self._workflow = self._parsed(made.xml)
        self._go()

    def _parsed(self, xml: bytes) -> Any:
        spiff = self._spiff
        parser = spiff.Parser()
        try:
            parser.add_bpmn_str(xml)
            spec = parser.get_spec(self.path.id)
            inner = parser.get_subprocess_specs(self.path.id)
            for one in (spec, *inner.values()):
                spiff.on_our_clock(one)
            return spiff.BpmnWorkflow(spec, inner, script_engine=self._engine)
        except spiff.ValidationException as e:
            id = self._own(getattr(e, "id", "") or "") or self.path.id
            raise PathError(f"element {id!r}: the runner cannot read it: {e}") from None
        except spiff.SpiffWorkflowException as e:
            raise self._told(e) from None

    # -- what a caller may ask

    @property
    def ended(self) -> bool:
        """Whether the matter has come to its end."""
        return bool(self._workflow.is_completed())

    @property
    def now(self) -> datetime:
        """The time of the run."""
        now: datetime = self._engine.now
        return now

    def waiting(self) -> tuple[Waiting, ...]:
        """What can be done or is waited for, in the order of the path."""
        found: dict[tuple[str, str], Waiting] = {}
        for task, id, how, due in self._open():
            del task
            was = found.get((id, how))
            found[id, how] = Waiting(id, how, due, was.count + 1 if was else 1)  # type: ignore[arg-type]
        order = {n.id: k for k, n in enumerate(self.path.nodes)}
        return tuple(sorted(found.values(), key=lambda w: (order.get(w.id, -1), w.how)))

    def complete(self, step: str, data: Mapping[str, object] | None = None) -> None:
        """Say that a step is done (once, where it is done several times).

        `data`: what has become known in it. Raises `PathError` where the step does not wait.
        """
        tasks = [task for task, id, how, _ in self._open() if (id, how) == (step, "work")]
        if not tasks:
            if any((w.id, w.how) == (step, "message") for w in self.waiting()):
                self.deliver(step, data)
                return
            raise self._not_waiting(step)
        self.data.update(data or {})
        tasks[0].data.update(self.data)
        self._safely(tasks[0].run)
        self._go()

    def deliver(self, message: str, data: Mapping[str, object] | None = None) -> None:
        """Let a message come in.

        `message`: id of the step or event that waits for it, or id or name of its message flow.
        """
        targets = {m.target for m in self.path.messages if message in (m.id, m.name)} | {message}
        open_ = [w.id for w in self.waiting() if w.how == "message" and w.id in targets]
        if not open_ and not self._starts_on(message):
            raise self._not_waiting(message)
        self.data.update(data or {})
        spiff = self._spiff
        for id in open_ or [message]:
            event = spiff.BpmnEvent(spiff.MessageEventDefinition(id), payload=dict(self.data))
            self._safely(partial(self._workflow.send_event, event))
        self._go()

    def pass_time(self, to: datetime) -> None:
        """Let time pass up to a moment: all timers until then fire, the earliest first."""
        if to.tzinfo is None:
            raise ValueError("the moment up to which time passes needs a time zone")
        for _ in range(MAX_TIMERS):
            next_ = min((due for *_, due in self._open() if due is not None), default=None)
            if next_ is None or next_ > to:
                break
            self._engine.now = max(next_, self._engine.now)
            self._safely(self._workflow.refresh_timers)
            self._go()
        else:
            raise PathError(f"path {self.path.id!r}: timers fire without end; give cycles a number")
        self._engine.now = max(to, self._engine.now)

    # -- the runner

    def _open(self) -> list[tuple[Any, str, str, datetime | None]]:
        """Open tasks of the runner: (task, our id, how, due)."""
        state, spiff = self._spiff.TaskState, self._spiff
        found: list[tuple[Any, str, str, datetime | None]] = []
        for task in self._workflow.get_tasks(state=state.READY):
            id = self._own(task.task_spec.bpmn_id)
            if task.task_spec.manual and id is not None:
                found.append((task, id, "work", None))
        for task in self._workflow.get_tasks(state=state.WAITING):
            definition = getattr(task.task_spec, "event_definition", None)
            if definition is None:
                continue
            several = isinstance(definition, spiff.MultipleEventDefinition)
            for one in definition.event_definitions if several else (definition,):
                timer = isinstance(one, spiff.TimerEventDefinition)
                id = self._own(one.name if several else task.task_spec.bpmn_id)
                if id is not None and (timer or isinstance(one, spiff.MessageEventDefinition)):
                    due = spiff.due(task, one.name) if timer else None
                    found.append((task, id, "timer" if timer else "message", due))
        return found

    def _own(self, id: str | None) -> str | None:
        return id if id is not None and self.path.has(id) else None

    def _starts_on(self, message: str) -> bool:
        """Whether a message starts an event sub-process that has not begun."""
        if not self.path.has(message):
            return False
        within = self.path.node(message).within
        holder = self.path.node(within) if within is not None else None
        return isinstance(holder, Step) and holder.on_event and not self.ended

    def _go(self) -> None:
        """Do all that needs nobody."""
        self._safely(lambda: self._workflow.do_engine_steps(self._before, self._after))

    def _before(self, task: Any) -> None:
        if self._depth_of(task) > MAX_DEPTH:
            raise PathError(
                f"path {self.path.id!r}: goes round without end; a matter may pass {MAX_DEPTH} "
                "elements one after another"
            )
        id = task.task_spec.bpmn_id
        if id in self._decides or id in self.draws:
            if self._decide is not None:
                self.data.update(self._decide(id, self.data))
            if id in self.draws:
                self._draw_for(id)
        # one matter has one set of data; a join takes its parent's once more before it decides
        for one in (task, task.parent):
            if one is not None:
                one.data.update(self.data)

    def _depth_of(self, task: Any) -> int:
        above = []
        at = task
        while at is not None and at.id not in self._depth:
            above.append(at.id)
            at = at.parent
        depth = self._depth[at.id] if at is not None else 0
        for id in reversed(above):
            depth += 1
            self._depth[id] = depth
        return depth

    def _draw_for(self, gateway: str) -> None:
        """Draw the variables of a gateway with probabilities, and take one way at least."""
        flows = self.draws[gateway]
        names = {name for name, *_ in flows.values()}
        drawn = {n: self.data.pop(n) for n in names if n in self.data}  # set by `decide`
        for name in sorted(names - drawn.keys()):
            if self._draw is None:
                raise PathError(
                    f"element {gateway!r}: decides by probabilities; give the run numbers "
                    "(draw=seeded(1))"
                )
            count = self._drawn.get(name, 0)
            self._drawn[name] = count + 1
            drawn[name] = self._draw(name, count)
        if len(names) > 1 and all(drawn[n] >= high for n, _, high in flows.values()):  # type: ignore[operator]
            name, *_ = min(flows.values(), key=lambda v: drawn[v[0]] / v[2] if v[2] else 2.0)  # type: ignore[operator]
            drawn[name] = 0.0
        self.data.update(drawn)

    def _after(self, task: Any) -> None:
        id = task.task_spec.bpmn_id
        if id is None:
            return
        if id.endswith(MARK):
            self.visited_flows.add(id.removesuffix(MARK))
        elif self.path.has(id):
            for flow in self.path.into(id):
                source = self.path.node(flow.source)
                if isinstance(source, Gateway) and source.kind == "event":
                    parent = task.parent.task_spec.bpmn_id if task.parent is not None else None
                    if parent == source.id:
                        self.visited_flows.add(flow.id)

    def _safely(self, act: Callable[[], object]) -> None:
        try:
            act()
        except self._spiff.SpiffWorkflowException as e:
            raise self._told(e) from None

    def _told(self, error: Any) -> PathError:
        spec = getattr(error, "task_spec", None) or getattr(error, "sender", None)
        id = getattr(spec, "bpmn_id", None) or self.path.id
        if "No conditions satisfied" in str(error):
            return PathError(
                f"element {id!r}: no condition holds and there is no default; mark one flow as the "
                "default, or give the matter the data that are asked"
            )
        return PathError(f"element {id!r}: {error}")

    def _not_waiting(self, id: str) -> PathError:
        there = ", ".join(repr(w.id) for w in self.waiting()) or "nothing"
        return PathError(f"element {id!r}: is not waited for now; waited for: {there}")


def walk_all(path: Path, seed: int = 0) -> set[str]:
    """Run a path again and again, until every flow has been taken or no run finds a new one.

    Every gateway is led to the way that was taken least, by data for which the conditions
    themselves choose it; of all that can happen the rarest is done. Returns the ids of the flows
    that were taken. Raises `PathError` as `runner` does, and where a run cannot come to its end.

    >>> from polku.path.build import start
    >>> path = start("Stall").step("Apply").path()
    >>> walk_all(path) == {f.id for f in path.flows}
    True
    """
    from polku.path.running.walk import Walker

    return Walker(path, random.Random(seed)).all()


__all__ = ["ConditionError", "Draw", "Run", "Waiting", "runner", "seeded", "walk_all"]
