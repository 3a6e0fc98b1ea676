"""What common random numbers gain: M/M/1 at a load of 0.85 against a server 5 % faster.

    python bench/simulate_crn.py

Thirty replications of each of two scenarios, once with the same seed (the same customers, the same
works in proportion), once with different ones: half-widths of the 95 % interval for the difference
of the mean lead times, the ratio of variances, and how often a pair has the wrong sign. Then two
prototypes that ship against their current states: the ratio of the variance of the difference of
mean lead times with different seeds to that with the same, with an interval by bootstrap over
replications.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

import simulate_model
from machine import describe
from polku.simulate import scenario as sc

RESULT = Path(__file__).parent / "results" / "simulate_crn.json"
LOAD, FASTER = 0.85, 0.95
RUNS, MATTERS, CUT = 30, 5_000, 500
PROTOTYPES = (("event-permit", "prototype-joint-form"), ("starting-up", "prototype-checklist"))
YEARS, DRAWS = 100, 2_000
"""Replications of a year of each prototype; draws of the bootstrap."""


def scenario(work: float) -> sc.Scenario:
    """One server with exponential works of so many minutes."""
    return sc.Scenario(
        path="path",
        kinds={"matter": sc.Kind(sc.Arrivals(between=sc.Law("expon", scale=1 / LOAD)))},
        people={"one": sc.Person()},
        pools={"desk": sc.Pool(("one",))},
        steps={"step-1": sc.StepNumbers(work=sc.always(sc.Law("expon", scale=work)), pool="desk")},
    )


def means(work: float, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mean lead time (minutes) of each replication, the first matters cut."""
    from polku.path.build import start
    from polku.simulate.run import simulate

    path = start("One").step("Work").path()
    runs = simulate(path, scenario(work), matters=MATTERS, replications=RUNS, seed=seed)
    return np.array([(r.trace.ended - r.matters.time)[CUT:].mean() / 6e7 for r in runs])


def compare(seed: int, other: int) -> dict[str, float]:
    """The faster server's seed is `other`."""
    difference = means(FASTER, other) - means(1.0, seed)
    error = float(difference.std(ddof=1)) / math.sqrt(RUNS)
    return {
        "difference": float(difference.mean()),
        "half_95": float(stats.t.ppf(0.975, RUNS - 1)) * error,
        "variance": float(difference.var(ddof=1)),
        "wrong_sign": float((difference >= 0).mean()),
    }


def found(seed: int = 1) -> dict[str, Any]:
    """Both ways, and the ratio of variances."""
    common, independent = compare(seed, seed), compare(seed, seed + 1)
    return {
        "common": common,
        "independent": independent,
        "variance_ratio": independent["variance"] / common["variance"],
        "truth": FASTER / (1 - LOAD * FASTER) - 1 / (1 - LOAD),
    }


def year_means(name: str, version: str, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mean lead time (days) of the matters of the first nine months, in each replication."""
    from polku.paths import load, scenario_file
    from polku.simulate.file.read import read_scenario
    from polku.simulate.run import simulate

    path, scenario = load(name, version), read_scenario(scenario_file(name, version))
    out = []
    for run in simulate(path, scenario, replications=YEARS, seed=seed):
        span = run.trace.until - run.trace.since
        early = run.matters.time < run.trace.since + 3 * span // 4
        stay = np.where(run.trace.ended >= 0, run.trace.ended, run.trace.until) - run.matters.time
        out.append(stay[early].mean() / 8.64e10)
    return np.array(out)


def prototypes() -> dict[str, dict[str, float]]:
    """For each prototype the difference with the same seed, and the ratio of variances."""
    rng = np.random.default_rng(1)
    out = {}
    for name, version in PROTOTYPES:
        now = year_means(name, "current", 1)
        same, other = year_means(name, version, 1) - now, year_means(name, version, 2) - now
        pick = rng.integers(0, YEARS, (2, DRAWS, YEARS))
        ratios = other[pick[0]].var(axis=1, ddof=1) / same[pick[1]].var(axis=1, ddof=1)
        low, high = np.quantile(ratios, [0.025, 0.975])
        half = float(stats.t.ppf(0.975, YEARS - 1)) / math.sqrt(YEARS)
        out[f"{name}/{version}"] = {
            "difference_days": float(same.mean()),
            "half_95_common": half * float(same.std(ddof=1)),
            "half_95_independent": half * float(other.std(ddof=1)),
            "variance_ratio": float(other.var(ddof=1) / same.var(ddof=1)),
            "low": float(low),
            "high": float(high),
        }
    return out


def main() -> None:
    simulate_model.numba_alone()
    document = {"machine": describe(), "results": {**found(), "prototypes": prototypes()}}
    print(json.dumps(document["results"], indent=1))
    RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
