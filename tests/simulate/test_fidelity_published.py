"""The page about fidelity says what the bench has measured, and the bench says what was wanted."""

from __future__ import annotations

import importlib.util
import json
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ("ngd", "aedd", "cedd", "redd", "ctdd")


@lru_cache
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "fidelity_published", ROOT / "bench/fidelity_published.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path[:] = before
    return module


@lru_cache
def result() -> dict[str, Any]:
    path = ROOT / "bench/results/fidelity_published.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def distance(log: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(d for d in result()["logs"][log]["distances"] if d["name"] == name)
    return found


def test_the_tables_of_the_page_are_those_of_the_bench() -> None:
    page = (ROOT / "docs/explanation/fidelity.md").read_text(encoding="utf-8")
    assert bench().tables(result()) in page
    assert bench().verdicts(result()) in page


def test_on_loan_applications_no_distance_is_beyond_a_quarter_above_its_floor() -> None:
    for name in PUBLISHED:
        assert distance("LoanApp", name)["ratio"]["low"] <= 1.25, name


def test_on_loan_applications_four_of_five_criteria_hold_the_real_figure() -> None:
    log = result()["logs"]["LoanApp"]
    assert log["judged"] >= 10
    assert log["holds"] >= 0.8 * log["judged"]


def test_cycle_times_are_nearer_than_the_best_published_wherever_comparable() -> None:
    for log in ("LoanApp", "ACR", "BPIC12W"):
        best = min(v for v in bench().PUBLISHED_VALUES[log]["ctdd"] if v is not None)
        assert distance(log, "ctdd")["mean"]["value"] < best, log


def test_where_times_since_the_beginning_are_further_than_published_they_are_at_their_floor() -> (
    None
):
    for log in ("LoanApp", "ACR", "BPIC12W"):
        found = distance(log, "redd")
        best = min(v for v in bench().PUBLISHED_VALUES[log]["redd"] if v is not None)
        assert found["mean"]["value"] < best or found["ratio"]["low"] <= 1.0, log
