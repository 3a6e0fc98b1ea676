"""What the page about a simulation is made of: the days, weeks and waits of its replications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from polku.path.model import Path
from polku.simulate.causes import CAUSES
from polku.simulate.clocks import zone_of
from polku.simulate.engine.program import Floats, Ints
from polku.simulate.engine.run import NEVER
from polku.simulate.over_time import (
    midnights,
    nobody_there,
    open_matters,
    queues,
    utilisation,
    weeks,
)
from polku.simulate.run import Run, Window, replicate, window
from polku.simulate.scenario import Scenario
from polku.simulate.study import Study
from polku.simulate.waits import Waits, waits

REPLICATIONS = 20
"""Replications that are looked at day by day; the figures are of all."""

STUCK = 5
"""Works that wait at a step where none was ever begun, from which on it is said."""


@dataclass(frozen=True)
class Course:
    """A figure over time: mean over replications, least and greatest, f64[moments]."""

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class PoolOverTime:
    """One pool over the days: `queue` at each midnight, `used` in each week, `closed` days."""

    name: str
    queue: Course
    used: Course
    closed: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Observed:
    """Replications over their days.

    `nights`: midnights, µs since 1970 UTC; `weeks`: edges of weeks; `since`: end of the warm-up;
    `waits`: summed over replications, of work that was due after the warm-up; `arrived`: matters
    that arrived in it; `first`: the first replication; `looked`: how many replications.
    """

    zone: str
    since: int
    nights: Ints
    weeks: Ints
    pools: tuple[PoolOverTime, ...]
    open: Course
    waits: Waits
    arrived: int
    first: Run
    looked: int


def observe(
    path: Path,
    scenario: Scenario,
    study: Study,
    *,
    seed: int,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    matters: int | None = None,
) -> Observed:
    """Look at the replications of a study again, day by day.

    The draws are pure functions of seed and replication, so these are the very runs that the study
    told; they are not kept in it. At most `REPLICATIONS` are looked at.
    """
    from polku.simulate.engine.compile import plan

    made, when = plan(path, scenario), window(scenario, matters, start, end)
    last = min(t.until for t in study.tallies)
    when_seen = Window(when.since, last if when.until == NEVER else when.until)
    nights = midnights(when_seen.since - 1, when_seen.until, scenario.zone)
    edges = weeks(when_seen.since, when_seen.until, scenario.zone)
    found: list[tuple[Ints, Floats, Ints]] = []
    total: Waits | None = None
    first: Run | None = None
    looked = study.tallies[:REPLICATIONS]
    for t in looked:
        run = replicate(made, seed=seed, replication=t.replication, matters=matters, window=when)
        first = run if first is None else first
        found.append((queues(run, nights), utilisation(run, edges), open_matters(run, nights)))
        own = waits(run, t.since)
        total = own if total is None else total + own
    assert first is not None
    assert total is not None
    closed = nobody_there(first, nights, scenario.zone) if len(nights) > 1 else None
    pools = tuple(
        PoolOverTime(
            name,
            _course([q[k] for q, _, _ in found]),
            _course([u[k] for _, u, _ in found]),
            closed[k] if closed is not None else np.zeros(0, np.bool_),
        )
        for k, name in enumerate(first.program.pool_names)
    )
    return Observed(
        scenario.zone, study.tallies[0].since, nights, edges, pools,
        _course([o for _, _, o in found]), total, sum(t.arrived for t in looked), first,
        len(looked),
    )  # fmt: skip


def _course(each: list[Ints] | list[Floats]) -> Course:
    rows = np.stack([np.asarray(e, float) for e in each])
    known = ~np.isnan(rows).all(axis=0)
    out = [np.full(rows.shape[1], np.nan) for _ in range(3)]
    seen = rows[:, known]
    out[0][known] = np.nanmean(seen, axis=0)
    out[1][known] = np.nanmin(seen, axis=0)
    out[2][known] = np.nanmax(seen, axis=0)
    return Course(*out)


def day_of(moment: int, zone: str) -> date:
    """The local day of a moment."""
    return datetime.fromtimestamp(moment // 1_000_000, zone_of(zone)).date()


@dataclass(frozen=True)
class StepWaits:
    """The waiting before one step: works done, µs by cause."""

    id: str
    works: int
    causes: dict[str, int]

    @property
    def total(self) -> int:
        """µs of waiting for all causes."""
        return sum(self.causes.values())


def steps_that_wait(found: Waits) -> list[StepWaits]:
    """The steps with their waiting, the longest first; sums of Python's integers."""
    out = [
        StepWaits(id, int(found.works[k]),
                  {c: int(found.micros[k, j]) for j, c in enumerate(CAUSES)})
        for k, id in enumerate(found.steps)
        if found.works[k]
    ]  # fmt: skip
    return sorted(out, key=lambda s: (-s.total, s.id))


def by_cause(found: Waits) -> dict[str, int]:
    """µs of all waiting by cause, the longest first."""
    sums = {c: sum(found.micros[:, j].tolist()) for j, c in enumerate(CAUSES)}
    return dict(sorted(sums.items(), key=lambda item: -item[1]))


def never_begun(run: Run) -> dict[str, int]:
    """Steps at which at least `STUCK` works waited for people and none was ever begun."""
    rows, program = run.trace.rows, run.program
    queued = (rows["released"] >= 0) & (program.nodes["pool"][rows["node"]] >= 0)
    n = len(program.node_ids)
    waited = np.bincount(rows["node"][queued], minlength=n)
    begun = np.bincount(rows["node"][queued & (rows["start"] >= 0)], minlength=n)
    return {
        program.node_ids[k]: int(waited[k])
        for k in np.flatnonzero((waited >= STUCK) & (begun == 0))
    }
