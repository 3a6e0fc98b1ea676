"""Where the time goes: the waiting before each step, and the work, over all matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polku.measure.steps import Steps
from polku.measure.waiting import waits, worked
from polku.measure.waiting_tables import waiting_by_step
from polku.report.names import named

BETWEEN = "time between recorded steps (work and waiting cannot be told apart)"
"""what a log with one time for each step shows between its steps"""


@dataclass(frozen=True)
class StepTime:
    """The waiting before one kind of step: `total` µs over all matters.

    `share` of all waiting between steps; `median` and `p90` µs of one wait, `times` waits in
    `matters`; `place`: the unit (else agency) that mostly does the step.
    """

    step: str
    place: str
    total: int
    share: float
    median: int
    p90: int
    times: int
    matters: int

    @property
    def by_few(self) -> bool:
        """Whether a few long waits make the total: their mean is 10 times their median or more."""
        return self.total > 0 and self.total >= FEW_LONG * self.median * self.times


FEW_LONG = 10
"""mean over median from which a few long waits make a step's total"""


@dataclass(frozen=True)
class TimeSpent:
    """The time of all matters in µs, and the waiting by step (longest total first).

    `waiting` between steps; `work` is null where the log has no start times. `after` is the time
    from the last recorded step of ended matters to their end, `still` what open matters have lain
    since their last step. They sum to the time that all matters were watched.
    """

    steps: tuple[StepTime, ...]
    waiting: int
    work: int | None
    after: int
    still: int

    @property
    def apart(self) -> bool:
        """Whether the log tells work and waiting apart."""
        return bool(self.work)

    @property
    def all(self) -> int:
        """All recorded time of the matters, µs."""
        return self.waiting + (self.work or 0) + self.after + self.still

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The parts of all recorded time in words, with their µs, in the order of a matter."""
        named = [("waiting between recorded steps" if self.work else BETWEEN, self.waiting)]
        if self.work:
            named.append(("work on steps", self.work))
        named.append(("time after the last recorded step, until the matter's end", self.after))
        named.append(("time of open matters since their last recorded step", self.still))
        return tuple((name, micros) for name, micros in named if micros)


def time_spent(steps: Steps) -> TimeSpent:
    """The waiting before each kind of step, and what else the matters' time went to.

    Without a closed rule nothing is known of the time after a matter's last step: it is left out.
    """
    if not steps.m:
        return TimeSpent((), 0, None, 0, 0)
    found = waits(steps)
    rest = found.step < 0
    known = steps.log.has_closed_rule
    waiting = int(found.length[~rest].sum())
    names, places = named(steps, "activity"), _places(steps)
    rows = tuple(
        StepTime(
            step=names[row["value"]],
            place=places.get(row["value"], ""),
            total=row["total"],
            share=row["total"] / waiting,
            median=row["gap_p50"],
            p90=row["gap_p90"],
            times=row["waits"],
            matters=row["matters"],
        )
        for row in waiting_by_step(steps).iter_rows(named=True)
        if row["value"]
    )
    return TimeSpent(
        steps=rows,
        waiting=waiting,
        work=int(worked(steps).sum()) if steps.worked.any() else None,
        after=int(found.length[rest & ~found.ongoing].sum()) if known else 0,
        still=int(found.length[rest & found.ongoing].sum()) if known else 0,
    )


def _places(steps: Steps) -> dict[str, str]:
    """Activity → the unit, or the agency where no unit is known, that does it most."""
    level = "unit" if (steps.codes("unit") >= 0).any() else "agency"
    shown = list(named(steps, level).values())
    activity, place = steps.codes("activity"), steps.codes(level)
    known = (activity >= 0) & (place >= 0)
    pair, times = np.unique(
        activity[known].astype(np.int64) * max(len(shown), 1) + place[known], return_counts=True
    )
    out: dict[str, str] = {}
    for p in pair[np.lexsort((pair, -times))].tolist():
        a, k = divmod(p, len(shown))
        out.setdefault(steps.categories("activity")[a], shown[k])
    return out
