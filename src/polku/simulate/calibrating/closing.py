"""Whether people end what they have begun after closing time, or pause until the next opening.

Both ways of working foretell, from the moments at which work began, how long it lasts and at which
hour of the day it ends. Who pauses has works that begin before closing last over the night; who
ends them has works that end when nobody begins any. Whichever foretells both nearer is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polku.measure.work_clock import WorkClock
from polku.simulate.calibrating.instances import Ints

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_GOLDEN = 0.6180339887498949
_FEWEST = 20
"""Works of which one at least must be foretold to run into closing, else nothing is told."""


@dataclass(frozen=True)
class Closing:
    """How far, in hours, each way of working foretells too long works and too late ends.

    `pausing`, `finishing`: Wasserstein distance of the times from start to end, plus that of the
    hours of the day at which they end; `crossing`: works foretold to run into a closing, if paused;
    `works`: how many were looked at; `everywhere`: they are those of all pools.
    """

    pausing: float
    finishing: float
    crossing: int
    works: int
    everywhere: bool = False

    @property
    def finishes(self) -> bool:
        """Whether work begun is ended after closing time."""
        return self.crossing >= _FEWEST and self.finishing < self.pausing

    @property
    def note(self) -> str:
        """What was seen, for the origin of the number."""
        if self.crossing < _FEWEST:
            return "too few works run into closing time to tell whether they pause there"
        how = "ends work begun after closing time" if self.finishes else "pauses at closing time"
        if self.everywhere:
            how += " (seen over all pools, for this one has too few works that run into it)"
        return (
            f"{how}: that foretells times and ends off by "
            f"{min(self.finishing, self.pausing):.2g} h, the other way of working by "
            f"{max(self.finishing, self.pausing):.2g} h"
        )


def together(parts: Sequence[Closing]) -> list[Closing]:
    """What each part tells, or all of them together where it alone tells too little."""
    works = sum(c.works for c in parts)
    if not works:
        return list(parts)
    every = Closing(
        sum(c.pausing * c.works for c in parts) / works,
        sum(c.finishing * c.works for c in parts) / works,
        sum(c.crossing for c in parts),
        works,
        everywhere=True,
    )
    return [c if c.crossing >= _FEWEST else every for c in parts]


def closing(clock: WorkClock | None, start: Ints, end: Ints) -> Closing:
    """What some works (`start`, `end` i64[n], µs) tell of closing time in the hours of `clock`.

    Works that begin while it is closed are not judged, as no closing comes in their way.
    """
    if clock is None or not len(start):
        return Closing(0.0, 0.0, 0, 0)
    k = np.searchsorted(clock.opens, start, side="right") - 1
    inside = (k >= 0) & (start < clock.closes[np.maximum(k, 0)]) & (end > start)
    start, end = start[inside], end[inside]
    n = len(start)
    if not n:
        return Closing(0.0, 0.0, 0, 0)
    lasted = end - start
    # each work gets the time of another one, spread over all that were seen
    other = np.argsort((np.arange(1, n + 1) * _GOLDEN) % 1.0, kind="stable")
    passed = lasted[other]
    needed = np.maximum(clock.between(start, end), 0)[other]
    paused = _after(clock, start, needed)
    closes = clock.closes[np.searchsorted(clock.opens, start, side="right") - 1]
    crossing = int((start + needed > closes).sum())
    by_pause = _apart(paused - start, lasted) + _apart_by_day(paused, end)
    by_end = _apart(passed, lasted) + _apart_by_day(start + passed, end)
    return Closing(by_pause, by_end, crossing, n)


def _after(clock: WorkClock, start: Ints, needed: Ints) -> Ints:
    """When so much open time has gone by since each start."""
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(clock.closes - clock.opens)])
    k = np.maximum(np.searchsorted(clock.opens, start, side="right") - 1, 0)
    at = before[k] + np.minimum(start, clock.closes[k]) - clock.opens[k] + needed
    j = np.clip(np.searchsorted(before, at, side="left") - 1, 0, len(clock.opens) - 1)
    found: Ints = np.maximum(clock.opens[j] + at - before[j], start)
    return found


def _apart(a: Ints, b: Ints) -> float:
    """Mean distance of two samples of equal size in their order, hours."""
    return float(np.abs(np.sort(a) - np.sort(b)).mean()) / _HOUR


def _apart_by_day(a: Ints, b: Ints) -> float:
    """Wasserstein distance of the hours of the day on the circle (J. Rabin, J. Delon and
    Y. Gousseau, 2011: the median is taken from the difference of the cumulative shares)."""
    gap: npt.NDArray[np.float64] = np.cumsum(_by_minute(a) - _by_minute(b))
    return float(np.abs(gap - np.median(gap)).sum()) / 60


def _by_minute(at: Ints) -> npt.NDArray[np.float64]:
    counts = np.bincount(at % _DAY // 60_000_000, minlength=1440)
    found: npt.NDArray[np.float64] = counts / max(len(at), 1)
    return found
