"""What one run says in figures, and whether its books balance.

A tally holds what replications are told by: lead times, utilisation and queue of every pool, and
the laws that any run must keep: matters in = ended + open; the time that matters spent in the
system summed up matter by matter = the integral of their number that the engine kept on its own
(Little's law on a finite window, as an equality of integers).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polku.simulate.engine.program import DONE, INTERRUPTED, WORKING, Ints, Program, Table
from polku.simulate.run import Run

DAY = 86_400_000_000


@dataclass(frozen=True)
class PoolTally:
    """A pool in one run: share of its members' on-duty time spent working, and mean queue.

    `utilisation` counts all that its members do, for whatever pool; None where nobody was on duty.
    `waiting_hours`: mean hours that work waited for people; `started`: works begun.
    """

    name: str
    utilisation: float | None
    queue: float
    waiting_hours: float
    started: int


@dataclass(frozen=True)
class Tally:
    """Figures of one run between the end of its warm-up and its end.

    `arrived`, `ended`, `open`: matters that arrived in the window, how many of them have ended;
    `lead_days`: days from arrival to end of those that have ended, ascending; `in_system`: mean
    number of open matters; `per_day`: arrivals a day; `steps`: works done; `interrupted`.
    `balanced`: whether the two laws of the module hold exactly.
    """

    replication: int
    since: int
    until: int
    arrived: int
    ended: int
    open: int
    steps: int
    interrupted: int
    lead_days: tuple[float, ...]
    in_system: float
    per_day: float
    pools: tuple[PoolTally, ...]
    balanced: bool

    @property
    def unfinished(self) -> float:
        """Share of the matters that had not ended."""
        return self.open / self.arrived if self.arrived else 0.0

    def lead(self, q: float) -> float:
        """A quantile of the lead times of matters that ended, days; nan without any."""
        return float(np.quantile(self.lead_days, q)) if self.lead_days else float("nan")

    @property
    def mean_lead(self) -> float:
        """Mean lead time of matters that ended, days; nan without any."""
        return float(np.mean(self.lead_days)) if self.lead_days else float("nan")


def tally(run: Run, warm_up_until: int | None = None) -> Tally:
    """The figures of a run.

    `warm_up_until`: moment (µs since 1970 UTC) before which nothing counts: matters that arrived
    earlier, and time of pools; default: the scenario's `warm_up_days`.
    """
    t, m = run.trace, run.matters
    since = warm_up_until
    if since is None:
        since = t.since + round(run.scenario.warm_up_days * DAY)
    arrival = m.time[: t.arrived]
    ended = t.ended[: t.arrived]
    mine = arrival >= since
    over = mine & (ended >= 0)
    lead = np.sort((ended[over] - arrival[over]) / DAY)
    stay = np.where(ended >= 0, ended, t.until)
    whole = int((stay - np.maximum(arrival, t.since)).sum())
    inside = int(np.maximum(stay - np.maximum(arrival, since), 0).sum())
    days = max(t.until - since, 1) / DAY
    rows = t.rows
    balanced = whole == t.area and t.arrived == int((ended >= 0).sum()) + int((ended < 0).sum())
    return Tally(
        run.replication, since, t.until, int(mine.sum()), int(over.sum()),
        int(mine.sum() - over.sum()), int((rows["state"] == DONE).sum()),
        int((rows["state"] == INTERRUPTED).sum()), tuple(lead.tolist()), inside / (days * DAY),
        float(mine.sum()) / days, _pools(run.program, rows, since, t.until), balanced,
    )  # fmt: skip


def working_until(program: Program, clock: int, at: Ints) -> Ints:
    """Working µs of a clock from its first opening to each moment; -1: around the clock."""
    if clock < 0:
        return at
    a, b = program.clock_at[clock], program.clock_at[clock + 1]
    opens, closes, before = program.opens[a:b], program.closes[a:b], program.before[a:b]
    if not len(opens):
        return np.zeros(len(at), np.int64)
    k = np.maximum(np.searchsorted(opens, at, side="right") - 1, 0)
    inside = np.clip(np.minimum(at, closes[k]) - opens[k], 0, None)
    return np.asarray(before[k] + inside, np.int64)


def works(program: Program, rows: Table, until: int) -> tuple[Ints, Ints, Ints]:
    """Person, start and end (µs) of every work begun; what is not done ends at `until`.

    A batch whose members are worked on together is one work.
    """
    begun = rows[(rows["person"] >= 0) & (rows["start"] >= 0)]
    end = np.where(begun["end"] < 0, until, begun["end"])
    keys = np.stack([begun["person"].astype(np.int64), begun["start"], begun["node"], end])
    batch = program.nodes["together"][begun["node"]] != 0
    if batch.any():  # the last of its members to end is its end
        work, which = np.unique(keys[:3, batch], axis=1, return_inverse=True)
        last = np.zeros(work.shape[1], np.int64)
        np.maximum.at(last, which.reshape(-1), end[batch])
        keys = np.concatenate([keys[:, ~batch], np.vstack([work, last])], axis=1)
    person, start, _, end = keys
    return person, start, end


def busy(program: Program, rows: Table, since: int, until: int) -> Ints:
    """On-duty µs that each person worked between two moments; works at the same time add up."""
    person, start, end = works(program, rows, until)
    out = np.zeros(len(program.people), np.int64)
    clocks = program.people["calendar"][person]
    for clock in np.unique(clocks):
        of = clocks == clock
        a = working_until(program, int(clock), np.maximum(start[of], since))
        b = working_until(program, int(clock), np.minimum(end[of], until))
        np.add.at(out, person[of], np.maximum(b - a, 0))
    return out


def on_duty(program: Program, since: int, until: int) -> Ints:
    """µs for which each person was on duty, times the works that they can do at once."""
    ends = np.array([since, until], np.int64)
    each = {
        int(c): int(np.diff(working_until(program, int(c), ends))[0])
        for c in np.unique(program.people["calendar"])
    }
    hours = np.array([each[int(c)] for c in program.people["calendar"]], np.int64)
    return np.asarray(hours * program.people["at_once"], np.int64)


def _pools(program: Program, rows: Table, since: int, until: int) -> tuple[PoolTally, ...]:
    work, duty = busy(program, rows, since, until), on_duty(program, since, until)
    pool_of = program.nodes["pool"][rows["node"]]
    offered = (rows["released"] >= 0) & (pool_of >= 0)
    out = []
    for k, name in enumerate(program.pool_names):
        people = program.members[program.pools[k]["member_at"] : program.pools[k]["member_to"]]
        mine = rows[offered & (pool_of == k)]
        gone = (mine["state"] == INTERRUPTED) & (mine["start"] < 0)
        begun = np.where(mine["start"] >= 0, mine["start"], np.where(gone, mine["end"], until))
        wait = np.maximum(begun - np.maximum(mine["released"], since), 0)
        began = (mine["start"] >= since) & np.isin(mine["state"], (DONE, INTERRUPTED, WORKING))
        on = int(duty[people].sum())
        waited = (mine["start"] - mine["released"])[began]
        out.append(
            PoolTally(
                name,
                int(work[people].sum()) / on if on else None,
                float(wait.sum()) / max(until - since, 1),
                float(waited.mean()) / 3.6e9 if len(waited) else float("nan"),
                int(began.sum()),
            )
        )
    return tuple(out)
