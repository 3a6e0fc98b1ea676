"""Common random numbers: the gain that bench/simulate_crn.py tells of."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


def test_common_numbers_gain_what_the_bench_says_and_at_least_five_times() -> None:
    sys.path.append(str(BENCH))
    from simulate_crn import found

    told = json.loads((BENCH / "results" / "simulate_crn.json").read_text(encoding="utf-8"))
    now = found()
    for way in ("common", "independent"):
        assert now[way] == pytest.approx(told["results"][way], rel=1e-6)
    assert now["variance_ratio"] == pytest.approx(told["results"]["variance_ratio"], rel=1e-6)
    assert now["variance_ratio"] >= 5
    assert now["common"]["wrong_sign"] == 0
    assert now["independent"]["wrong_sign"] > 0.1


def test_on_prototypes_that_ship_common_numbers_gain_and_the_bench_says_how_much() -> None:
    sys.path.append(str(BENCH))
    from simulate_crn import prototypes

    told = json.loads((BENCH / "results" / "simulate_crn.json").read_text(encoding="utf-8"))
    now = prototypes()
    assert now.keys() == told["results"]["prototypes"].keys()
    for name, figures in now.items():
        assert figures == pytest.approx(told["results"]["prototypes"][name], rel=1e-6)
        assert figures["low"] > 1


def test_the_difference_is_the_true_one_within_its_interval() -> None:
    told = json.loads((BENCH / "results" / "simulate_crn.json").read_text(encoding="utf-8"))
    common = told["results"]["common"]
    assert abs(common["difference"] - told["results"]["truth"]) <= 2 * common["half_95"]
