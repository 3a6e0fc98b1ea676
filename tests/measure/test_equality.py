"""Each segment against the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made import made, plain_criterion

from polku.measure.cohort import Cohort
from polku.measure.equality import SegmentCounts, SegmentShares, SegmentTimes
from polku.measure.measurement import Figure

TIMES = plain_criterion("lead_time", (SegmentTimes(),), per_segment=True)
COUNTS = plain_criterion("handovers", (SegmentCounts(),), per_segment=True)
SHARES = plain_criterion("on_time", (SegmentShares(),), per_segment=True)


def world(n: int, seed: int, slow: float = 1.0, mixed: bool = False, many: float = 2.0):
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.4
    share = np.where(kind, 0.6, 0.2) if mixed else 0.3
    paper = rng.random(n) < share
    lead = np.where(kind, 40.0, 12.0) * np.exp(0.5 * rng.standard_normal(n))
    lead = np.where(paper, lead * slow, lead)
    return made(
        lead,
        rng.random(n) * 300,
        320,
        kind=np.where(kind, "plot", "event"),
        segments={"channel": np.where(paper, "paper", "online")},
        rate=np.where(paper, many, 2.0),
        seed=seed,
    )


def by_segment(figures: list[Figure], segment: str) -> dict[str, Figure]:
    return {f.statistic: f for f in figures if f.by and f.by.segment == segment}


def figures(criterion, facts) -> list[Figure]:
    fact = facts.values[criterion.id]
    return criterion.statistics[0].figures(criterion, fact, Cohort(facts))


def test_a_slower_segment_is_seen_and_carries_the_id_of_its_column():
    found = figures(TIMES, world(1500, 1, slow=1.4))
    paper = by_segment(found, "paper")
    assert {f.id for f in found} == {"lead_time.channel"}
    assert paper["rmst_gap"].value > 0
    assert paper["p_holm"].value < 0.001
    assert paper["median_ratio"].low < 1.4 < paper["median_ratio"].high
    assert "differs" in paper["rmst_gap"].note
    online = by_segment(found, "online")
    assert online["rmst_gap"].value == pytest.approx(-paper["rmst_gap"].value)


def test_a_mix_of_kinds_alone_is_no_gap_once_standardised():
    found = by_segment(figures(TIMES, world(4000, 2, mixed=True)), "paper")
    assert found["rmst_gap"].low > 0
    assert found["rmst_gap_standardised"].low < 0 < found["rmst_gap_standardised"].high
    assert found["p_holm"].value > 0.05
    assert "would not have shown" in found["rmst_gap_standardised"].note
    assert found["smallest_gap"].value > 0


def test_counts_and_shares_are_compared_too():
    counts = by_segment(figures(COUNTS, world(3000, 3, many=3.0)), "paper")
    assert counts["mean_ratio"].low < 1.5 < counts["mean_ratio"].high
    assert counts["mean_gap_standardised"].value == pytest.approx(1.0, abs=0.25)
    shares = by_segment(figures(SHARES, world(3000, 3, slow=1.5)), "paper")
    assert shares["share_gap"].high < 0
    assert shares["p_holm"].value < 0.01


def test_a_group_of_four_is_hidden_and_so_is_what_would_lay_it_open():
    rng = np.random.default_rng(4)
    segment = np.where(np.arange(200) < 4, "few", "many")
    facts = made(rng.exponential(20, 200), rng.random(200) * 90, 100, segments={"seg": segment})
    for criterion in (TIMES, COUNTS, SHARES):
        found = figures(criterion, facts)
        assert found
        assert {f.status for f in found} == {"hidden"}
        assert {f.value for f in found} == {None}


def test_without_segments_it_says_what_is_missing():
    facts = made(np.array([3.0, 4.0]), np.array([0.0, 1.0]), 10)
    (only,) = figures(TIMES, facts)
    assert only.status == "not_measurable"
    assert "[cases] segments" in only.note


def test_equal_segments_raise_about_five_false_alarms_in_a_hundred():
    alarms = {"lead_time": 0, "handovers": 0, "on_time": 0}
    runs = 150
    for seed in range(runs):
        facts = world(300, 1000 + seed, mixed=True)
        for criterion in (TIMES, COUNTS, SHARES):
            p = by_segment(figures(criterion, facts), "paper")["p"].value
            alarms[criterion.id] += p is not None and p < 0.05
    for id, count in alarms.items():
        assert count / runs < 0.11, id


def test_the_kind_itself_is_compared_without_standardising_over_it():
    facts = world(1500, 3)
    kind = facts.matters["kind"].alias("kind_of_permit")
    facts = replace(facts, matters=facts.matters.with_columns(kind), segments=("kind_of_permit",))
    plot = by_segment(figures(TIMES, facts), "plot")
    assert plot["rmst_gap"].low > 0
    assert plot["p_holm"].value < 0.001
