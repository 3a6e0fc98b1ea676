"""How long prototypes are tried: the time from which matters count, and how long each is watched.

A replication starts empty, so the matters that arrive in a warm-up do not count. The cohort are the
matters that arrive in the scenario's days; the run goes on, with arrivals, until the last of them
has been watched long enough. Nobody is then censored before that: the expected number within h of
arrival (Ghosh–Lin) is the plain mean of counts, the Kaplan–Meier quantile the plain quantile, and
figures of a prototype need no correction for matters that are still open.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from polku.errors import RedesignError
from polku.redesign.prototype import Prototype
from polku.simulate.clocks import DAY, instant

if TYPE_CHECKING:
    from polku.simulate.scenario import Scenario

PILOT = 9_999
"""Number of the pilot replication."""
YEAR, SHORTEST, WEEK = 365 * DAY, 60 * DAY, 7 * DAY
LONGEST_WATCH = 3 * YEAR
"""Longest time for which a matter is watched where no promise asks for more, µs."""
_SLOW, _SLOWEST = 0.9, 0.99


class Setting(NamedTuple):
    """When a replication runs, and which matters count; µs since 1970 UTC, `horizon` in µs.

    It runs from `since`; the cohort arrives in [`counted_from`, `counted_to`); the run ends at
    `until`. `horizon` is the h of figures "within h of arrival".
    """

    since: int
    counted_from: int
    counted_to: int
    until: int
    horizon: int

    @property
    def watched(self) -> int:
        """How long every matter of the cohort is watched at least, µs; not below `horizon`."""
        return self.until - self.counted_to

    @property
    def horizon_days(self) -> float:
        """The horizon in days, as `polku.measure` takes it."""
        return self.horizon / DAY


def setting_for(current: Prototype, horizon_days: float | None = None, *, seed: int = 1) -> Setting:
    """The setting in which a current state and its prototypes are tried.

    The cohort are the arrivals of the scenario's days, from its start to its end. The warm-up lies
    before: the scenario's `warm_up_days`, else, from one pilot replication, the 90th percentile of
    the lead time, so that nine of ten matters that would be in the house at the start are (at most
    `LONGEST_WATCH`). The horizon is `horizon_days`, else 1.5 × the pilot's 99th percentile, at
    least 60 and at most 365 days, in whole weeks: nearly all that happens in a matter lies within
    it, and `polku.measure` takes no longer one by itself either.

    Matters are watched for longer than the horizon where the path is slow, or the horizon short:
    until the pilot's 99th percentile (at most `LONGEST_WATCH`), so that lead times can be told, of
    slow kinds and slower prototypes too; and until the longest promise is over, so that for each
    matter is known whether it was kept. So counts of a
    path that takes two years are still those of the first year of each matter, but its median is
    the median. A quantile that lies beyond `watched` is infinite.

    Raises `RedesignError` for a horizon that is not above 0, or a scenario without days.
    """
    s = current.scenario
    first, last = instant(s.start, s.zone), instant(s.end, s.zone)
    if last <= first:
        raise RedesignError(f"scenario: end {s.end} is not after start {s.start}; give a later end")
    if horizon_days is not None and not (0 < horizon_days < math.inf):
        raise RedesignError(f"horizon: is {horizon_days:g} days; give a number above 0")
    slow, slowest = _pilot(current, first, last, seed)
    warm_up = _weeks(min(slow, LONGEST_WATCH))
    if s.warm_up_days > 0:
        warm_up = round(s.warm_up_days * DAY)
    horizon = _weeks(min(max(1.5 * slowest, SHORTEST), YEAR))
    horizon = min(horizon, YEAR)
    if horizon_days is not None:
        horizon = round(horizon_days * DAY)
    watched = max(horizon, _weeks(min(slowest, LONGEST_WATCH)), longest_promise(s))
    return Setting(first - warm_up, first, last, last + watched, horizon)


def longest_promise(scenario: Scenario) -> int:
    """The longest time that any kind of matter is promised, µs; 0 without promises."""
    promised = [k.promise_days for k in scenario.kinds.values() if k.promise_days is not None]
    return max((round(d * DAY) for d in promised), default=0)


def _weeks(time: float) -> int:
    """Rounded up to whole weeks."""
    return math.ceil(time / WEEK) * WEEK


def _pilot(current: Prototype, first: int, last: int, seed: int) -> tuple[float, float]:
    """90th and 99th percentile of the lead time in one long replication, µs; inf: not reached.

    Those count who arrive when the house has filled for as long as the cohort takes.
    """
    from polku.simulate.engine.compile import plan
    from polku.simulate.run import Window, replicate

    length = last - first
    made = plan(current.path, current.scenario)
    run = replicate(
        made, seed=seed, replication=PILOT, matters=None,
        window=Window(first - length, last + LONGEST_WATCH),
    )  # fmt: skip
    time, ended = run.matters.time, run.trace.ended
    mine = (time >= first) & (time < last)
    lead = np.sort((ended - time)[mine & (ended >= 0)])
    n = int(mine.sum())
    return (
        quantile_of(lead, n, _SLOW, LONGEST_WATCH),
        quantile_of(lead, n, _SLOWEST, LONGEST_WATCH),
    )


def quantile_of(lead: npt.NDArray[np.int64], n: int, q: float, watched: int) -> float:
    """The first time by which a share `q` of `n` matters has ended, µs.

    `lead`: times of those that have ended, ascending. As the quantile of a Kaplan–Meier curve,
    first t with S(t) ≤ 1 − q (with its tolerance), where nobody is censored up to `watched`;
    inf where it is not reached by then, nan without matters.
    """
    if not n:
        return math.nan
    k = max(math.ceil(n * (q - TOLERANCE)), 1)
    if k > len(lead) or lead[k - 1] > watched:
        return math.inf
    return float(lead[k - 1])


TOLERANCE = 1e-12
"""As `polku.measure.survival.TOLERANCE`."""
