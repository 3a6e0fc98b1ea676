"""Mean cycle times equal Prosimos' own on its own parameter files.

What Prosimos said stands in bench/results/simulate_prosimos.json (`bench/simulate_prosimos.py`
made it, and names the version). Where its arrivals are the same in every run, Polku is given them:
Prosimos counts a time between arrivals around the clock and puts off what comes when the calendar
is closed, while a scenario's time between runs only while it is open.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest
from scipy import stats

from polku.path.read import read_path
from polku.simulate.file import conditioned, read_prosimos
from polku.simulate.run import simulate
from polku.simulate.scenario import Arrivals, Scenario

BENCH = Path(__file__).resolve().parents[2] / "bench"
RECORD: dict[str, Any] = json.loads(
    (BENCH / "results" / "simulate_prosimos.json").read_text(encoding="utf-8")
)
PAIRS: dict[str, dict[str, Any]] = RECORD["pairs"]
RUNS = 200
MONDAY = date(2024, 1, 1)
MIDNIGHT = 1_704_067_200
CONFIDENCE = 0.999
"""of all the pairs together (Bonferroni)"""


def same_arrivals(scenario: Scenario, arrivals: list[Any] | None) -> Scenario:
    """The scenario with Prosimos' own moments of arrival, where they do not differ by run."""
    if arrivals is None:
        return scenario
    first, gaps = arrivals
    at = [first - MIDNIGHT]
    for count, gap in gaps:
        at += [at[-1] + gap * (k + 1) for k in range(count)]
    kinds = {
        name: replace(kind, arrivals=Arrivals(at=tuple(round(t * 1e6) for t in at)))
        for name, kind in scenario.kinds.items()
    }
    return replace(scenario, kinds=kinds)


@pytest.mark.parametrize("name", PAIRS)
def test_the_mean_cycle_time_is_the_one_of_prosimos(name: str, data: Path, tmp_path: Path) -> None:
    told = PAIRS[name]
    bpmn, file = (data / "prosimos" / f for f in told["files"])
    if told["laws_rewritten"]:
        sys.path.append(str(BENCH))
        from simulate_prosimos import parameters

        file, _ = parameters(file, tmp_path)
    path = read_path(bpmn)
    scenario = read_prosimos(file, path, cases=told["cases"], start=MONDAY)
    scenario = same_arrivals(scenario, told["arrivals"])
    runs = simulate(
        conditioned(file, path), scenario, matters=told["cases"], replications=RUNS, seed=1
    )
    means = [float((r.trace.ended - r.matters.time).mean()) / 1e6 for r in runs]
    error = math.hypot(stdev(means) / math.sqrt(RUNS), told["se_s"])
    bound = float(stats.t.ppf(1 - (1 - CONFIDENCE) / len(PAIRS) / 2, RUNS - 1)) * error
    assert abs(fmean(means) - told["mean_s"]) <= max(bound, 1e-6), (fmean(means), told["mean_s"])


def test_the_record_says_which_prosimos_it_was() -> None:
    assert RECORD["versions"]["prosimos"] == "2.1.0"
    assert {n for n in PAIRS if n.startswith(("or_", "xor_", "and_", "timer_"))} <= PAIRS.keys()
