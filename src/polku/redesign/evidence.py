"""Where a path hurts: what a measurement of its steps says to those who look for moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from polku.redesign.prototype import Prototype


@dataclass(frozen=True, slots=True)
class StepSeen:
    """One step as it was seen, per matter that arrived.

    `times`: how often it is done per matter; `work_hours`: hours of work each time; `waiting_days`:
    days of waiting before it each time, by cause (`polku.measure`: customer, statement, statutory,
    meeting, batching, contention, prioritisation, off_duty, unexplained); `n`: how often it was
    seen.
    """

    times: float
    work_hours: float
    waiting_days: Mapping[str, float]
    n: int

    @property
    def waiting(self) -> float:
        """Days of waiting each time, all causes together."""
        return sum(self.waiting_days.values())

    @property
    def days(self) -> float:
        """Days that matters spend before and in this step, per matter."""
        return self.times * (self.waiting + self.work_hours / 24)


@dataclass(frozen=True)
class Evidence:
    """What is known of a prototype (the current state, mostly) for finding moves.

    `source`: whether a log or a simulation was looked at; `matters`: how many; `steps`: by step id;
    `flows`: share of the times that a flow was taken when its source was left, by flow id;
    `handovers`: per matter, between two steps' units (ids of lanes); `returns`: hand-overs back
    into a unit that had finished a step before, by lane id per matter; `utilisation`: by pool;
    `days`: median lead time, nan where it cannot be told; `cautions`: sentences.
    """

    on: Prototype
    source: Literal["log", "simulation"]
    matters: int
    steps: Mapping[str, StepSeen] = field(default_factory=dict)
    flows: Mapping[str, float] = field(default_factory=dict)
    handovers: Mapping[tuple[str, str], float] = field(default_factory=dict)
    returns: Mapping[str, float] = field(default_factory=dict)
    utilisation: Mapping[str, float] = field(default_factory=dict)
    days: float = 0.0
    cautions: tuple[str, ...] = ()

    def step(self, id: str) -> StepSeen:
        """What was seen of a step; nothing where it was never seen."""
        return self.steps.get(id, NOT_SEEN)


NOT_SEEN = StepSeen(0.0, 0.0, {}, 0)
