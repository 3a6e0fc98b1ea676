"""Execution: what the runner (SpiffWorkflow) asks for beyond the form.

In a drawing that does not claim to be executable (`isExecutable`), these are warnings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import wraps

from polku.errors import ConditionError
from polku.path.checking.findings import Found, Look, Severity, Subject, rule
from polku.path.checking.structure import divides
from polku.path.conditions import parse
from polku.path.file.facts_xml import is_duration
from polku.path.model import Event, Flow, Gateway, Step, Timer


def run_rule(code: str, meaning: str, mend: str) -> Callable[[Look], Look]:
    """Register a rule whose findings are errors in an executable path, else warnings."""

    def register(look: Look) -> Look:
        @wraps(look)
        def by_claim(at: Subject) -> Iterator[Found]:
            severity: Severity = "error" if at.path.executable else "warning"
            return (replace(f, severity=severity) for f in look(at))

        rule(code, "error", meaning, mend)(by_claim)
        return look

    return register


@rule(
    "P201",
    "warning",
    "the process does not claim to be executable",
    'set isExecutable="true" on the process when it is to be run',
)
def not_executable(at: Subject) -> Iterator[Found]:
    """The process is executable."""
    if not at.path.executable:
        yield Found(
            at.path.id,
            "isExecutable is false or absent; what the runner would miss is only warned of",
        )


def _splits(at: Subject) -> Iterator[tuple[Gateway, tuple[Flow, ...]]]:
    """Exclusive and inclusive gateways that divide, with their flows out."""
    for gateway in at.path.gateways:
        if gateway.kind in ("exclusive", "inclusive") and divides(at.path, gateway):
            yield gateway, at.path.out(gateway.id)


@run_rule(
    "P202",
    "a gateway that does not say which way to take",
    "give every flow but the default a condition, or all of them a probability",
)
def undecided_split(at: Subject) -> Iterator[Found]:
    """All flows have a probability, or all but the default a condition."""
    for gateway, flows in _splits(at):
        if all(f.probability is not None for f in flows):
            continue
        if gateway.default is not None and gateway.default not in {f.id for f in flows}:
            continue  # P112 tells it
        bare = [f.id for f in flows if f.condition is None and f.id != gateway.default]
        if bare:
            to = ", ".join(at.call(f.target) for f in flows if f.id in bare)
            yield Found((gateway.id, *bare), f"has neither condition nor probability towards {to}")


@run_rule(
    "P203",
    "a gateway without a default flow",
    "mark the flow to take when no condition holds as its default",
)
def no_default(at: Subject) -> Iterator[Found]:
    """A gateway that decides by conditions has a default flow: else the matter stops there."""
    for gateway, flows in _splits(at):
        decides = all(f.condition is not None for f in flows)
        if decides and gateway.default is None:
            yield Found(
                gateway.id, "has no default flow; where no condition holds, the matter stops there"
            )


@run_rule(
    "P204",
    "a condition that is not in Polku's language",
    "write it in the language of conditions, or let a step before work it out",
)
def foreign_condition(at: Subject) -> Iterator[Found]:
    """Every condition is understood, and can say yes or no."""
    told = [(f.id, f.condition) for f in at.path.flows]
    told += [(s.id, s.repeat.condition) for s in at.path.steps if s.repeat is not None]
    for id, text in told:
        if text is None:
            continue
        try:
            condition = parse(text)
        except ConditionError as e:
            yield Found(id, str(e))
            continue
        if not condition.is_test:
            yield Found(id, f"the condition {text!r} gives no yes or no", "compare it with a value")


@run_rule(
    "P205",
    "a timer without a time",
    "write ISO 8601: P14D for a duration, 2026-01-31T12:00:00Z for a date, R3/P1D for a cycle",
)
def timer(at: Subject) -> Iterator[Found]:
    """Every timer has an ISO 8601 value."""
    for event in at.path.events:
        if event.trigger != "timer":
            continue
        if event.timer is None:
            yield Found(event.id, "is a timer and does not say when")
        elif not _is_time(event.timer):
            yield Found(event.id, f"{event.timer.value!r} is no {event.timer.kind} of ISO 8601")


_CYCLE = re.compile(r"R(\d*)/(.+)")


def _is_time(timer: Timer) -> bool:
    """Whether a timer's value is of its kind."""
    if timer.kind == "duration":
        return is_duration(timer.value)
    if timer.kind == "date":
        return _is_moment(timer.value)
    cycle = _CYCLE.fullmatch(timer.value)
    parts = cycle.group(2).split("/") if cycle else []
    return 1 <= len(parts) <= 2 and all(is_duration(p) or _is_moment(p) for p in parts)


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@run_rule(
    "P206",
    "a message that nobody sends or receives",
    "lead a message flow between it and the pool of the other party",
)
def message(at: Subject) -> Iterator[Found]:
    """Message events, send and receive tasks have a message flow of their direction."""
    sent = {m.source for m in at.path.messages}
    received = {m.target for m in at.path.messages}
    for node in at.path.nodes:
        if isinstance(node, Step) and node.kind in ("send", "receive"):
            sends = node.kind == "send"
        elif isinstance(node, Event) and node.trigger == "message":
            sends = node.position in ("throw", "end")
        else:
            continue
        if node.id not in (sent if sends else received):
            found = (
                "sends a message, and no message flow leaves it"
                if sends
                else ("waits for a message, and no message flow leads to it")
            )
            yield Found(node.id, found)


@run_rule(
    "P207",
    "a repeated step that does not say how often",
    "give the number of times (loopCardinality), or the condition of the loop",
)
def repeat(at: Subject) -> Iterator[Found]:
    """Multi-instance steps have a number, loops a condition."""
    for step in at.path.steps:
        if step.repeat is None:
            continue
        if step.repeat.kind == "loop":
            if step.repeat.condition is None and step.repeat.times is None:
                yield Found(step.id, "is a loop and does not say while what")
        elif step.repeat.times is None:
            yield Found(step.id, "is done several times and does not say how many")


_UNKNOWN_TRIGGERS = ("compensate", "link")


@run_rule(
    "P208",
    "something that the runner does not know",
    "draw it with other elements: gateways of the simple kinds; messages, timers, errors",
)
def not_runnable(at: Subject) -> Iterator[Found]:
    """Neither complex gateways nor events that SpiffWorkflow does not read."""
    for node in at.path.nodes:
        if isinstance(node, Gateway) and node.kind == "complex":
            yield Found(node.id, "is a complex gateway, which the runner does not know")
        elif isinstance(node, Event) and node.trigger in _UNKNOWN_TRIGGERS:
            yield Found(node.id, f"is a {node.trigger} event, which the runner does not know")
