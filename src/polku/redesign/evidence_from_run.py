"""Evidence from a simulated current state: the engine knows what every step waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from polku.errors import RedesignError, ScenarioError
from polku.measure.survival import kaplan_meier
from polku.path.model import Step
from polku.redesign.cautions import simulated_cautions
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.flow_shares import counted_shares, given_shares
from polku.redesign.handing import handed, predecessors
from polku.redesign.prototype import Prototype
from polku.simulate.causes import CAUSES, Rows, causes
from polku.simulate.clocks import DAY
from polku.simulate.engine.compile import plan
from polku.simulate.engine.program import DONE, ROW, Ints, Table
from polku.simulate.run import Run, replicate, window
from polku.simulate.scenario import DelayKind
from polku.simulate.tally import busy, on_duty

CAUSE_OF = {"hearing": "statutory", "other": "unexplained"}
"""Causes of the engine that the criteria have no name for, and the one that they belong to."""
FOLLOWED_DAYS = (0, 183, 730, 1461)
"""How long matters are followed after the scenario's last day: the first with nearly all ended."""
NEARLY_ALL = 0.98
_HOUR = DAY / 24
_Bools: TypeAlias = npt.NDArray[np.bool_]


def evidence_from_simulation(current: Prototype, seed: int = 1, replications: int = 3) -> Evidence:
    """Simulate the current state and see where it hurts.

    Matters that arrive in the scenario's own window, after its warm-up, are followed until nearly
    all have ended (`FOLLOWED_DAYS`), while others go on arriving; replications 0, 1, …. `times` and
    hand-overs are per matter that arrived. Hours of work go from a step's start to its end, as the
    criterion `work_hours` counts them, but the customer's and systems' count as well. A hearing
    counts as statutory waiting, a delay that nothing explains as unexplained; waiting at events
    between steps belongs to no step. `days` is nan where fewer than half of the matters ended.

    Raises `ScenarioError` where scenario and path do not fit, `RedesignError` where nobody arrives.
    """
    if replications < 1:
        raise RedesignError(f"evidence: replications is {replications}; it must be 1 or more")
    made = plan(current.path, current.scenario)
    until = window(current.scenario).until
    runs: list[Run] = []
    for days in FOLLOWED_DAYS:
        when = window(current.scenario, end=current.scenario.end + timedelta(days))
        try:
            runs = [
                replicate(made, seed=seed, replication=k, matters=None, window=when)
                for k in range(replications)
            ]
        except ScenarioError:  # meetings or hours that are only given for the scenario's own days
            if not runs:
                raise
            break
        mine = [_counting(run, until) for run in runs]
        over = sum(
            int((r.trace.ended[: r.trace.arrived] >= 0)[m].sum())
            for r, m in zip(runs, mine, strict=True)
        )
        if over >= NEARLY_ALL * sum(int(m.sum()) for m in mine):
            break
    return evidence_from_runs(current, runs, until)


def _counting(run: Run, until: int) -> _Bools:
    """Which matters count, bool[arrived]: arrived after the warm-up and before `until`."""
    arrival = run.matters.time[: run.trace.arrived]
    since = run.trace.since + round(run.scenario.warm_up_days * DAY)
    found: _Bools = (arrival >= since) & (arrival < until)
    return found


def evidence_from_runs(current: Prototype, runs: Sequence[Run], until: int) -> Evidence:
    """The evidence in replications of one plan, of matters that arrived before `until` (µs)."""
    path, scenario = current.path, current.scenario
    seen = _Seen.of(current, runs[0].program.node_ids)
    for run in runs:
        seen.add(run, _counting(run, until))
    if not seen.matters:
        raise RedesignError(
            f"scenario {scenario.name or scenario.path}: nobody arrives between its start and end, "
            "after the warm-up, so nothing is seen; give it a later end or more arrivals"
        )
    ids, n, matters = seen.ids, seen.n, seen.matters
    done = [k for k, step in enumerate(seen.steps) if step is not None and n[k]]
    never = [s.id for k, s in enumerate(seen.steps) if s is not None and not n[k]]
    between, returns = seen.handed()
    return Evidence(
        on=current,
        source="simulation",
        matters=matters,
        steps={ids[k]: seen.step(k) for k in done},
        flows={**given_shares(path, scenario), **seen.flows()},
        handovers=between,
        returns=returns,
        utilisation=_utilisation(runs, until),
        days=median_days(np.concatenate(seen.elapsed), np.concatenate(seen.ended)),
        cautions=simulated_cautions(current, matters, seen.over, never),
    )


@dataclass
class _Seen:
    """Sums over replications, by number of node."""

    current: Prototype
    ids: tuple[str, ...]
    steps: list[Step | None]
    delays: list[DelayKind | None]
    lanes: list[str]
    lane: Ints
    n: Ints
    begun: Ints
    done: Ints
    work: npt.NDArray[np.float64]
    waited: dict[str, npt.NDArray[np.float64]]
    matters: int = 0
    over: int = 0
    before: int = 0
    rows: list[Rows] = field(default_factory=list)
    elapsed: list[Ints] = field(default_factory=list)
    ended: list[_Bools] = field(default_factory=list)

    @classmethod
    def of(cls, current: Prototype, ids: tuple[str, ...]) -> _Seen:
        path, numbers = current.path, current.scenario.steps
        nodes = [path.node(i) if path.has(i) else None for i in ids]
        steps = [s if isinstance(s, Step) and not s.holds_nodes else None for s in nodes]
        own = [None if s is None or path.by_customer(s) else path.lane_of(s) for s in steps]
        lanes = list(dict.fromkeys(x.id for x in own if x is not None))
        delays: list[DelayKind | None] = []
        for id in ids:
            delay = numbers[id].delay if id in numbers else None
            delays.append(None if delay is None else delay.kind)
        zeros = np.zeros(len(ids), np.int64)
        return cls(
            current, ids, steps, delays, lanes,
            np.array([-1 if x is None else lanes.index(x.id) for x in own], np.int64),
            zeros.copy(), zeros.copy(), zeros.copy(), np.zeros(len(ids)),
            {c: np.zeros(len(ids)) for c in CAUSES},
        )  # fmt: skip

    def add(self, run: Run, mine: _Bools) -> None:
        """Count one replication; `mine`: which matters count, bool[arrived]."""
        size, t = len(self.ids), run.trace
        arrival, end = run.matters.time[: t.arrived], t.ended[: t.arrived]
        is_step = np.array([s is not None for s in self.steps])
        rows = t.rows[is_step[t.rows["node"]] & mine[t.rows["matter"]]]
        done = _in_order(rows[rows["state"] == DONE])
        self.n += np.bincount(done["node"], minlength=size)
        self.work += np.bincount(done["node"], done["end"] - done["start"], size)
        for cause, amount in causes(run.program, self.delays, t.rows, done).items():
            self.waited[cause] += np.bincount(done["node"], amount, size)
        gone = rows[end[rows["matter"]] >= 0]
        self.begun += np.bincount(gone["node"], minlength=size)
        self.done += np.bincount(gone["node"][gone["state"] == DONE], minlength=size)
        self.matters += int(mine.sum())
        self.over += int((end >= 0)[mine].sum())
        done["matter"] = done["matter"].astype(np.int64) + self.before
        self.before += t.arrived
        self.rows.append(done)
        self.elapsed.append((np.where(end >= 0, end, t.until) - arrival)[mine])
        self.ended.append((end >= 0)[mine])

    def step(self, k: int) -> StepSeen:
        """What was seen of the step of a number."""
        n, days = int(self.n[k]), dict[str, float]()
        for cause in CAUSES:
            amount = float(self.waited[cause][k])
            if amount:
                name = CAUSE_OF.get(cause, cause)
                days[name] = days.get(name, 0.0) + amount / DAY / n
        return StepSeen(n / max(self.matters, 1), float(self.work[k]) / _HOUR / n, days, n)

    def flows(self) -> dict[str, float]:
        """Shares of flows, as matters that have ended took them."""
        begun, done = (
            {id: int(k) for id, k in zip(self.ids, counts, strict=True)}
            for counts in (self.begun, self.done)
        )
        return counted_shares(self.current.path, begun, done, self.over)

    def handed(self) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
        """Hand-overs and returns per matter."""
        case, start, end, node = (
            np.concatenate([r[name] for r in self.rows])
            for name in ("matter", "start", "end", "node")
        )
        pred = predecessors(case, start, end)
        lane = self.lane[node]
        return handed(case, start, end, pred, lane, self.lanes, max(self.matters, 1))


def _in_order(done: Table) -> Rows:
    """Rows in canonical order: by matter, end, start, and the order in which they ended."""
    order = np.lexsort((done["start"], done["end"], done["matter"]))
    return {name: done[name][order] for name in ROW.names or ()}


def median_days(elapsed: Ints, ended: _Bools) -> float:
    """Median days from arrival to end by Kaplan-Meier; nan where the curve does not reach it."""
    if not len(elapsed):
        return float("nan")
    found = kaplan_meier(elapsed, ended).quantile(0.5).value
    return float("nan") if found is None else found / DAY


def _utilisation(runs: Sequence[Run], until: int) -> dict[str, float]:
    """Mean utilisation of each pool up to `until`; a pool without anybody on duty has none."""
    found: dict[str, list[float]] = {}
    for run in runs:
        p, since = run.program, run.trace.since + round(run.scenario.warm_up_days * DAY)
        work, duty = busy(p, run.trace.rows, since, until), on_duty(p, since, until)
        for k, name in enumerate(p.pool_names):
            who = p.members[p.pools[k]["member_at"] : p.pools[k]["member_to"]]
            if duty[who].sum():
                found.setdefault(name, []).append(float(work[who].sum() / duty[who].sum()))
    return {name: sum(values) / len(values) for name, values in found.items()}
