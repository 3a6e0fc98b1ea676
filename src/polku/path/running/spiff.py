"""What Polku changes in SpiffWorkflow. Imported where it is used.

SpiffWorkflow evaluates expressions with Python's `eval`, and looks at the computer's clock: here
conditions are evaluated by `polku.path.conditions`, and time is what the caller says. Its joins
fail or stand still where they lie in a loop or within each other: here they are BPMN's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser, ValidationException
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.bpmn.specs.event_definitions import (
    CycleTimerEventDefinition,
    DurationTimerEventDefinition,
    MessageEventDefinition,
    MultipleEventDefinition,
    TimeDateEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.exceptions import SpiffWorkflowException, WorkflowException
from SpiffWorkflow.util.task import TaskState

from polku.path.conditions import parse

__all__ = [
    "BpmnEvent", "BpmnWorkflow", "Engine", "MessageEventDefinition", "MultipleEventDefinition",
    "Parser", "SpiffWorkflowException", "TaskState", "TimerEventDefinition",
    "ValidationException", "due", "moment", "on_our_clock",
]  # fmt: skip


class Engine(PythonScriptEngine):  # type: ignore[misc]
    """Evaluates conditions of Polku's language, never code; holds the time of a run."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:  # noqa: ARG002
        """The value of a condition, or of a text in quotes, for the data of a matter."""
        data: Mapping[str, object] = task.data
        return parse(expression).evaluate(data)

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        """Scripts are never run: a person or a program of the city does the step."""
        raise NotImplementedError("scripts of a path are not run")


class _Join:
    """A join that keeps what has arrived until it goes on, and then takes one from every way."""

    def _update_hook(self, my_task: Any) -> bool:
        state = TaskState
        tasks = my_task.workflow.tasks.values()
        arrived = [t for t in tasks if t.task_spec is self and t.state == state.WAITING]
        arrived = [t for t in arrived if t is not my_task]
        by_way: dict[str, list[Any]] = {my_task.parent.task_spec.name: [my_task]}
        for task in arrived:
            by_way.setdefault(task.parent.task_spec.name, []).append(task)
        if not self._may_fire(my_task, set(by_way)):
            my_task._set_state(state.WAITING)
            return False
        for way in by_way.values():
            if way[0] is not my_task:
                way[0].cancel()
        my_task._inherit_data()
        return True

    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:
        raise NotImplementedError


class _Parallel(_Join, ParallelGateway):  # type: ignore[misc]
    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:  # noqa: ARG002
        return {spec.name for spec in self.inputs} <= arrived

    def _run_hook(self, my_task: Any) -> bool:  # noqa: ARG002
        return True


class _Inclusive(_Join, InclusiveGateway):  # type: ignore[misc]
    """Waits while something that is under way can still come by a way by which nothing came."""

    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:
        missing = {spec.name for spec in self.inputs} - arrived
        if not missing:
            return True
        under_way = TaskState.READY | TaskState.WAITING | TaskState.STARTED | TaskState.FUTURE
        for task in my_task.workflow.tasks.values():
            begun = not task.has_state(TaskState.FUTURE) or (
                task.parent is not None and task.parent.has_state(TaskState.COMPLETED)
            )
            if task.task_spec is not self and task.has_state(under_way) and begun:
                reached = self._reached(task.task_spec)
                if reached & missing and not reached & arrived:
                    return False
        return True

    def _reached(self, spec: Any) -> set[str]:
        """Names of what can be reached from a place without passing this join."""
        seen = {spec.name}
        open_ = [spec]
        while open_:
            for further in open_.pop().outputs:
                if further is not self and further.name not in seen:
                    seen.add(further.name)
                    open_.append(further)
        return seen

    def _run_hook(self, my_task: Any) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise WorkflowException("No conditions satisfied", task_spec=self)
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class Parser(BpmnParser):  # type: ignore[misc]
    """Reads the file with our joins."""

    OVERRIDE_PARSER_CLASSES = {  # noqa: RUF012 - as SpiffWorkflow has it
        full_tag("parallelGateway"): (GatewayParser, _Parallel),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, _Inclusive),
    }


def moment(text: str) -> datetime:
    """A moment as the runner keeps it; one without a time zone is in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


_DUE = "polku due"
"""Where a task of the runner keeps, by timer, the moment at which it fires next."""
_LEFT, _FOLLOWED = "polku left", "polku followed"
"""How many times a cycle still fires (below 0: without end), and whether another one waits."""


def _after(begin: datetime, duration: str) -> datetime:
    pieces = TimerEventDefinition.parse_iso_duration(duration)
    wait: timedelta = TimerEventDefinition.get_timedelta_from_start(pieces, begin)
    return begin + wait


class _Once:
    """A timer that fires once, at a moment that is fixed as the waiting begins."""

    name: str
    expression: str

    def has_fired(self, my_task: Any) -> bool:
        """Whether its moment has come, by the clock of the run."""
        engine = my_task.workflow.script_engine
        if self.name not in my_task.internal_data.setdefault(_DUE, {}):
            text = engine.evaluate(my_task, self.expression)
            my_task.internal_data[_DUE][self.name] = self._moment(engine.now, text).isoformat()
        now: datetime = engine.now
        return moment(my_task.internal_data[_DUE][self.name]) <= now

    def reset(self, my_task: Any) -> None:
        """Forget the moment, so that a step done again waits again."""
        my_task.internal_data.pop(_DUE, None)

    def _moment(self, now: datetime, text: str) -> datetime:
        raise NotImplementedError


class _Duration(_Once, DurationTimerEventDefinition):  # type: ignore[misc]
    def _moment(self, now: datetime, text: str) -> datetime:
        return _after(now, text)


class _Date(_Once, TimeDateEventDefinition):  # type: ignore[misc]
    def _moment(self, now: datetime, text: str) -> datetime:  # noqa: ARG002
        return moment(text)


class _Cycle(_Once, DurationTimerEventDefinition):  # type: ignore[misc]
    """A timer beside a step that fires again and again: each time it leaves another one behind.

    SpiffWorkflow's own drops what a firing has begun as soon as the step is done.
    """

    def has_fired(self, my_task: Any) -> bool:
        """Whether the next of its moments has come, by the clock of the run."""
        data, engine = my_task.internal_data, my_task.workflow.script_engine
        text = engine.evaluate(my_task, self.expression)
        rounds, _, every = text.removeprefix("R").partition("/")
        left = data.setdefault(_LEFT, int(rounds) if rounds else -1)
        fired = super().has_fired(my_task)
        if fired and left != 1 and not data.get(_FOLLOWED):
            data[_FOLLOWED] = True
            at = moment(data[_DUE][self.name])
            next_ = my_task.parent._add_child(my_task.task_spec, TaskState.WAITING)
            next_.internal_data[_LEFT] = left - 1 if left > 0 else left
            next_.internal_data[_DUE] = {self.name: _after(at, every).isoformat()}
            next_.task_spec._predict(next_, mask=TaskState.NOT_FINISHED_MASK)
            my_task.workflow.top_workflow.event_manager.add_task(next_)
        return fired

    def _moment(self, now: datetime, text: str) -> datetime:
        return _after(now, text.partition("/")[2])


_OURS = {
    DurationTimerEventDefinition: _Duration,
    TimeDateEventDefinition: _Date,
    CycleTimerEventDefinition: _Cycle,
}


def on_our_clock(spec: Any) -> None:
    """Let the timers of a process look at the clock of the run."""
    for task_spec in spec.task_specs.values():
        found = getattr(task_spec, "event_definition", None)
        if isinstance(found, MultipleEventDefinition):
            found.event_definitions = [_ours(d) for d in found.event_definitions]
        elif found is not None:
            task_spec.event_definition = _ours(found)


def _ours(definition: Any) -> Any:
    kind = _OURS.get(type(definition))
    return definition if kind is None else kind(definition.name, definition.expression)


def due(task: Any, name: str) -> datetime | None:
    """When a timer of a waiting task fires next; None where it does not any more."""
    value = task.internal_data.get(_DUE, {}).get(name)
    return moment(value) if value is not None else None
