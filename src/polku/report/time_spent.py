"""Where the time goes: the waiting before each step, and the work, over all matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polku.log.eventlog import EventLog
from polku.measure.steps import Steps
from polku.report.names import labels


@dataclass(frozen=True)
class StepTime:
    """The waiting before one kind of step: `total` µs over all matters, `share` of all waiting.

    `median` and `p90` µs of one wait, `times` waits, `matters` in which the step was done.
    """

    step: str
    place: str
    total: int
    share: float
    median: int
    p90: int
    times: int
    matters: int


@dataclass(frozen=True)
class TimeSpent:
    """Waiting by step (longest total first), with all waiting and all work in µs.

    `work` is null where the log has no start times. `after` is the time from the last recorded
    step of ended matters to their end, `still` what open matters have lain since their last step.
    """

    steps: tuple[StepTime, ...]
    waiting: int
    work: int | None
    after: int
    still: int

    @property
    def all(self) -> int:
        """All recorded time of the matters, µs; parallel work counts for each step."""
        return self.waiting + (self.work or 0) + self.after + self.still


def time_spent(log: EventLog) -> TimeSpent:
    """The waiting before each kind of step, from the end of its predecessor to its start."""
    steps = Steps(log)
    if not steps.m:
        return TimeSpent((), 0, None, 0, 0)
    has_pred = steps.pred >= 0
    wait = np.where(has_pred, steps.start - steps.time[steps.pred], 0)
    wait = np.maximum(wait, 0)
    unit = "unit" if (steps.codes("unit") >= 0).any() else "agency"
    places = labels(log, unit)
    activities = labels(log, "activity")
    activity, place = steps.codes("activity"), steps.codes(unit)
    order = np.argsort(activity, kind="stable")
    bounds = np.searchsorted(activity[order], np.arange(len(activities) + 1))
    waiting = int(wait.sum())
    rows = []
    for a, name in enumerate(activities):
        mine = order[bounds[a] : bounds[a + 1]]
        if not len(mine):
            continue
        waits = wait[mine][has_pred[mine]]
        where = place[mine][place[mine] >= 0]
        rows.append(
            StepTime(
                step=name,
                place=places[int(np.bincount(where).argmax())] if len(where) else "",
                total=int(wait[mine].sum()),
                share=float(wait[mine].sum() / waiting) if waiting else 0.0,
                median=int(np.median(waits)) if len(waits) else 0,
                p90=int(np.quantile(waits, 0.9)) if len(waits) else 0,
                times=len(waits),
                matters=len(np.unique(steps.case[mine])),
            )
        )
    known = steps.has_start
    last = np.zeros(steps.n, dtype=np.int64)
    np.maximum.at(last, steps.case, steps.time)
    after = np.maximum(steps.arrival + steps.watched - last, 0)
    known_ends = log.has_closed_rule
    return TimeSpent(
        steps=tuple(sorted(rows, key=lambda r: (-r.total, r.step))),
        waiting=waiting,
        work=int((steps.time - steps.start)[known].sum()) if known.any() else None,
        after=int(after[steps.ended].sum()) if known_ends else 0,
        still=int(after[~steps.ended].sum()) if known_ends else 0,
    )
