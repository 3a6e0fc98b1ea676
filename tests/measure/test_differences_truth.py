"""Differences against a known truth: coverage of intervals, false alarms, guards that hold."""

from __future__ import annotations

import numpy as np
import pytest
from made import DAY
from test_comparing import KNOWN, town

from polku.measure.agreed import AgreedCriterion, AgreedSet
from polku.measure.comparing import compare

RUNS = 150
HORIZON = 45.0
IDS = ("lead_time", "handovers", "on_time")
AGREED = AgreedSet("test", "1", "", "", tuple(AgreedCriterion(i) for i in IDS), HORIZON)
STATISTICS = (
    ("lead_time", "rmst"), ("lead_time", "p50"), ("lead_time", "p80"),
    ("handovers", "mean_within_h"), ("on_time", "share"),
)  # fmt: skip


def figures(factor: float, slow: float, rate: float) -> dict[tuple[str, str], float]:
    """The true figures of a town, from very many matters that are all closed."""
    facts = town(400_000, 1, factor=factor, slow=slow, rate=rate, days=10**6)
    lead = facts.values["lead_time"].elapsed / DAY
    marks = facts.values["handovers"].clock
    return {
        ("lead_time", "rmst"): float(np.minimum(lead, HORIZON).mean()),
        ("lead_time", "p50"): float(np.quantile(lead, 0.5)),
        ("lead_time", "p80"): float(np.quantile(lead, 0.8)),
        ("handovers", "mean_within_h"): float((marks.elapsed <= HORIZON * DAY).sum() / len(lead)),
        ("on_time", "share"): float((lead <= 30).mean()),
    }


@pytest.fixture(scope="module")
def runs():
    """Rows of many comparisons in which the truth changes, and of many in which it does not."""
    changed, same = [], []
    for seed in range(RUNS):
        before = town(300, 9000 + 3 * seed)
        after = town(300, 9001 + 3 * seed, factor=0.75, rate=1.6)
        again = town(300, 9002 + 3 * seed)
        for rows, other in ((changed, after), (same, again)):
            c = compare(before, other, agreed=AGREED, months=False, known=KNOWN, draws=200)
            rows.append({(r.id, r.statistic): r for r in c.rows})
    return changed, same


def test_intervals_of_differences_hold_the_truth_about_95_times_in_100(runs):
    before, after = figures(1.0, 0.5, 2.0), figures(0.75, 0.5, 1.6)
    for key in STATISTICS:
        true = after[key] - before[key]
        held = {"plain": 0, "standardised": 0}
        for rows in runs[0]:
            row = rows[key]
            held["plain"] += row.low <= true <= row.high
            held["standardised"] += row.standardised.low <= true <= row.standardised.high
        assert 0.90 <= held["plain"] / RUNS <= 0.995, key
        assert 0.90 <= held["standardised"] / RUNS <= 1.0, key


def test_without_a_difference_about_five_in_a_hundred_are_false_alarms(runs):
    for key in (*STATISTICS, ("lead_time", "log_rank")):
        alarms = sum(rows[key].p < 0.05 for rows in runs[1])
        assert alarms / RUNS <= 0.10, key
    verdicts = [{r.verdict for r in rows.values()} for rows in runs[1]]
    wrong = sum(bool(v & {"better", "worse"}) for v in verdicts)
    assert wrong / RUNS <= 0.14


def test_a_real_gain_is_mostly_seen(runs):
    seen = sum(rows["lead_time", "rmst"].verdict == "better" for rows in runs[0])
    assert seen / RUNS > 0.8
