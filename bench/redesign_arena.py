"""How fast prototypes are tried, and what the same customers for all of them save.

    python bench/redesign_arena.py [--replications 100]

On the event permit that ships: looks (replications of a year, with all figures) a second, of the
current state, of prototypes that people drew, and of a candidate with a move whose assumption is
drawn afresh in each; and one look taken apart. Then for the figures by which the front is told the
half-width of the 95 % interval for the difference between the current state and two prototypes,
from as many replications in which both meet the same customers (paired) and from independent ones;
the ratio of variances is how many times as many replications the latter need for the same width.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from machine import describe
from polku.paths import load, scenario_file
from polku.redesign.arena import Arena, Look
from polku.redesign.candidate import Candidate
from polku.redesign.default_axes import front_default
from polku.redesign.figures import figures, prepare, segment_codes, segments_among
from polku.redesign.move import kind_of
from polku.redesign.prototype import Prototype
from polku.simulate.arrivals import arrive
from polku.simulate.engine.compile import plan
from polku.simulate.file.read import read_scenario
from polku.simulate.run import Window, replicate

RESULT = Path(__file__).parent / "results" / "redesign_arena.json"
NAME, DRAWN = "event-permit", ("prototype-joint-form", "prototype-one-stop-desk")
MOVE = ("merge-steps", "handle-food-notice", "answer-food-notice")
JOBS, RUNS, BATCH = (1, 2), 5, 24


def version(name: str) -> Prototype:
    return Prototype(load(NAME, name), read_scenario(scenario_file(NAME, name)), name)


def timed(work: Callable[[], Any], runs: int = RUNS) -> float:
    """Median seconds."""
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def speed(current: Prototype) -> dict[str, Any]:
    """Looks a second by candidate and number of processes; arrivals are drawn in the first run."""
    candidates = {
        "current": Candidate(current, drawn="current"),
        "drawn by people": Candidate(version(DRAWN[0]), drawn="people"),
        "with a move": Candidate(current, (kind_of(MOVE[0]).at(*MOVE[1:]),)),
    }
    out: dict[str, Any] = {}
    for jobs in JOBS:
        with Arena(current, jobs=jobs) as arena:
            for name, candidate in candidates.items():
                looks = [Look(candidate, k) for k in range(BATCH)]
                arena.look(looks)
                seconds = timed(lambda looks=looks, arena=arena: arena.look(looks))
                out[f"{name}, {jobs} process{'es' if jobs > 1 else ''}"] = BATCH / seconds
            if arena.failures:
                raise SystemExit(str(arena.failures))
    return out


def parts(current: Prototype) -> dict[str, float]:
    """Milliseconds of the parts of one look of the current state."""
    with Arena(current, jobs=1) as arena:
        setting, axes = arena.setting, arena.axes
    made = plan(current.path, current.scenario)
    window = Window(setting.since, setting.until)
    who = arrive(current.scenario, made.wanted, seed=1, since=window.since, until=window.until)

    def once() -> Any:
        return replicate(made, seed=1, replication=0, matters=None, window=window, who=who)

    run = once()
    prepared = prepare(current, run.program.node_ids)
    codes = segment_codes(run.matters, setting, segments_among(axes))
    return {
        "plan": 1e3 * timed(lambda: plan(current.path, current.scenario), 15),
        "arrivals": 1e3 * timed(
            lambda: arrive(
                current.scenario, made.wanted, seed=1, since=window.since, until=window.until
            ),
            15,
        ),
        "replication": 1e3 * timed(once, 15),
        "preparing figures": 1e3 * timed(lambda: prepare(current, run.program.node_ids), 15),
        "figures": 1e3 * timed(lambda: figures(run, axes, setting, prepared, codes), 15),
        "figures by log and measure": 1e3 * timed(lambda: _measured(run, setting.horizon_days), 3),
        "steps": float(len(run.trace.rows)),
        "matters": float(len(run.matters.time)),
        "counted matters": float(
            ((who.time >= setting.counted_from) & (who.time < setting.counted_to)).sum()
        ),
        "days": (setting.until - setting.since) / 8.64e10,
    }  # fmt: skip


def _measured(run: Any, days: float) -> None:
    from polku.measure.measuring import measure

    measure(run.log(), horizon_days=days, by=("kind", "nature", "organiser_size"))


def saving(current: Prototype, n: int) -> dict[str, Any]:
    """Half-widths with the same customers and with others, and the ratio of variances."""
    out: dict[str, Any] = {}
    with Arena(current) as arena:
        keys = [a.key for a in arena.axes]
        now = arena.look([Look(Candidate(current, drawn="current"), k) for k in range(n)])
        for name in DRAWN:
            other = Candidate(version(name), drawn="people")
            then = arena.look([Look(other, k) for k in range(2 * n)])
            rows = {}
            for key in front_default(arena.axes):
                k = keys.index(key)
                rows[key] = _compared(now[:, k], then[:n, k], then[n:, k])
            ratios = [r["variance_ratio"] for r in rows.values() if r["variance_ratio"]]
            out[name] = {"figures": rows, "median_variance_ratio": statistics.median(ratios)}
    return out


def _compared(now: Any, common: Any, independent: Any) -> dict[str, float | None]:
    n = len(now)
    t = float(stats.t.ppf(0.975, n - 1)) / math.sqrt(n)
    paired = float(np.var(common - now, ddof=1))
    apart = float(np.var(independent, ddof=1) + np.var(now, ddof=1))
    return {
        "difference": float((common - now).mean()),
        "half_95_common": t * math.sqrt(paired),
        "half_95_independent": t * math.sqrt(apart),
        "variance_ratio": apart / paired if paired > 0 else None,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--replications", type=int, default=100)
    n = asked.parse_args().replications
    current = version("current")
    results = {
        "looks_per_second": speed(current),
        "milliseconds": parts(current),
        "replications": n,
        "common_numbers": saving(current, n),
    }
    print(json.dumps(results, indent=1))
    document = {"machine": describe(), "results": results}
    RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
