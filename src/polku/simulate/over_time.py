"""What one run looks like over its days: queues, staff, open matters, days on which nobody works.

All are exact: counts at a moment, and integer µs between two. Moments are µs since 1970 UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from polku.simulate.clocks import instant, zone_of
from polku.simulate.engine.program import Floats, Ints, Program
from polku.simulate.run import Run
from polku.simulate.tally import working_until, works


def midnights(since: int, until: int, zone: str) -> Ints:
    """The local midnights after `since` up to `until`.

    >>> len(midnights(0, 3 * 86_400_000_000, "UTC"))
    3
    """
    day = datetime.fromtimestamp(since // 1_000_000, zone_of(zone)).date()
    out = []
    while (at := instant(day, zone)) <= until:
        if at > since:
            out.append(at)
        day += timedelta(days=1)
    return np.array(out, np.int64)


def weeks(since: int, until: int, zone: str) -> Ints:
    """Edges of weeks: `since`, every Monday's midnight between, `until`.

    >>> (np.diff(weeks(0, 14 * 86_400_000_000, "UTC")) / 86_400_000_000).tolist()
    [4.0, 7.0, 3.0]
    """
    inner = [t for t in midnights(since, until, zone).tolist() if is_monday(t, zone) and t < until]
    return np.array([since, *inner, until], np.int64)


def is_monday(moment: int, zone: str) -> bool:
    """Whether a moment lies on a Monday in a zone."""
    return datetime.fromtimestamp(moment // 1_000_000, UTC).astimezone(zone_of(zone)).weekday() == 0


def queues(run: Run, moments: Ints) -> Ints:
    """Works that wait for people of each pool at each moment, i64[pools, moments].

    A work waits from the moment at which it was released until it is begun or broken off.
    """
    rows, program = run.trace.rows, run.program
    pool = program.nodes["pool"][rows["node"]]
    waits = (rows["released"] >= 0) & (pool >= 0)
    begun = np.where(rows["start"] >= 0, rows["start"], rows["end"])
    out = np.zeros((len(program.pools), len(moments)), np.int64)
    for k in range(len(program.pools)):
        mine = waits & (pool == k)
        gone = begun[mine]
        out[k] = _up_to(rows["released"][mine], moments) - _up_to(gone[gone >= 0], moments)
    return out


def open_matters(run: Run, moments: Ints) -> Ints:
    """Matters that have arrived and not ended at each moment, i64[moments]."""
    t = run.trace
    ended = t.ended[: t.arrived]
    return _up_to(run.matters.time[: t.arrived], moments) - _up_to(ended[ended >= 0], moments)


def _up_to(times: Ints, moments: Ints) -> Ints:
    """How many times there are up to each moment, it included."""
    found: Ints = np.searchsorted(np.sort(times), moments, side="right").astype(np.int64)
    return found


def worked(run: Run, edges: Ints) -> Ints:
    """On-duty µs that each person worked between two edges, i64[people, edges - 1].

    Works at the same time add up, as in `polku.simulate.tally.busy`.
    """
    program = run.program
    person, start, end = works(program, run.trace.rows, run.trace.until)
    out = np.zeros((len(program.people), len(edges) - 1), np.int64)
    order = np.argsort(person, kind="stable")
    bounds = np.searchsorted(person[order], np.arange(len(program.people) + 1))
    for k, own in enumerate(program.people):
        mine = order[bounds[k] : bounds[k + 1]]
        if not len(mine):
            continue
        clock = int(own["calendar"])
        begun = _Past(working_until(program, clock, start[mine]))
        over = _Past(working_until(program, clock, end[mine]))
        at = working_until(program, clock, edges)
        # work done by a moment t: Σ (t - start)+ - Σ (t - end)+; sums may wrap, the difference is
        # exact all the same
        out[k] = np.diff(begun(at) - over(at))
    return out


class _Past:
    """Σ max(t - time, 0) over many times, for each t."""

    def __init__(self, times: Ints) -> None:
        self.times = np.sort(times)
        self.sums = np.concatenate([[0], np.cumsum(self.times)])

    def __call__(self, at: Ints) -> Ints:
        n = np.searchsorted(self.times, at, side="right")
        found: Ints = n * at - self.sums[n]
        return found


def duty(program: Program, edges: Ints) -> Ints:
    """µs for which each person was on duty between two edges, times the works done at once."""
    each = {
        int(c): np.diff(working_until(program, int(c), edges))
        for c in np.unique(program.people["calendar"])
    }
    hours = [each[int(c)] for c in program.people["calendar"]]
    own = np.array(hours, np.int64).reshape(len(program.people), len(edges) - 1)
    return np.asarray(own * program.people["at_once"][:, None], np.int64)


def members(program: Program, pool: int) -> npt.NDArray[np.int32]:
    """The people of a pool."""
    own = program.pools[pool]
    return program.members[own["member_at"] : own["member_to"]]


def utilisation(run: Run, edges: Ints) -> Floats:
    """Share of its members' on-duty time that each pool works between two edges.

    Counts all that its members do, for whatever pool; nan where nobody is on duty.
    Returns f64[pools, edges - 1].
    """
    work, there = worked(run, edges), duty(run.program, edges)
    out = np.full((len(run.program.pools), len(edges) - 1), np.nan)
    for k in range(len(out)):
        people = members(run.program, k)
        on, done = there[people].sum(axis=0), work[people].sum(axis=0)
        np.divide(done, on, out=out[k], where=on > 0)
    return out


def nobody_there(run: Run, days: Ints, zone: str) -> npt.NDArray[np.bool_]:
    """Days on which nobody of a pool is on duty though somebody mostly is on that weekday.

    `days`: consecutive local midnights. Returns bool[pools, days - 1]: holidays and closures.
    """
    there = duty(run.program, days)
    first = datetime.fromtimestamp(int(days[0]) // 1_000_000, zone_of(zone)).weekday()
    weekday = (first + np.arange(len(days) - 1)) % 7
    out = np.zeros((len(run.program.pools), len(days) - 1), np.bool_)
    for k in range(len(out)):
        on = there[members(run.program, k)].sum(axis=0) > 0
        for day in range(7):
            mine = weekday == day
            if mine.any() and on[mine].mean() > 0.5:
                out[k, mine] = ~on[mine]
    return out
