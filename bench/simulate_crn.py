"""What common random numbers gain: M/M/1 at a load of 0.85 against a server 5 % faster.

    python bench/simulate_crn.py

Thirty replications of each of two scenarios, once with the same seed (the same customers, the same
works in proportion), once with different ones: half-widths of the 95 % interval for the difference
of the mean lead times, the ratio of variances, and how often a single pair has the wrong sign.
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


def main() -> None:
    simulate_model.numba_alone()
    document = {"machine": describe(), "results": found()}
    print(json.dumps(document["results"], indent=1))
    RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
