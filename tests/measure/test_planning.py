"""How long until a gain shows."""

from __future__ import annotations

import pytest
from test_comparing import KNOWN, town

from polku.errors import ComparisonError
from polku.measure.comparing import compare
from polku.measure.planning import parse_gain, plan


def test_a_larger_gain_shows_sooner():
    facts = town(1000, 1)
    small, large = (plan(facts, "lead_time", g, known=KNOWN) for g in (6.0, 9.0))
    assert small.matters > large.matters
    assert small.months > large.months
    assert small.per_month == pytest.approx(1000 / 300 * 30.44, rel=0.05)
    assert "shows with" in small.says
    assert small.to_json()["format"] == "polku.plan/1"


def test_as_many_matters_as_planned_show_the_gain_about_eight_times_in_ten():
    facts = town(800, 2, slow=0.0)
    p = plan(facts, "handovers", 0.35, known=KNOWN)
    assert 100 < p.matters < 5000
    shown = 0
    fewer = 2.0 * (1 - 0.35 / p.value)
    for seed in range(40):
        before = town(800, 100 + seed, slow=0.0)
        after = town(p.matters, 300 + seed, slow=0.0, rate=fewer)
        row = compare(before, after, known=KNOWN, draws=50).row("handovers", "mean_within_h")
        shown += row.p < 0.05
    assert 24 <= shown <= 39


def test_the_gain_that_shows_after_a_time_falls_towards_the_least():
    p = plan(town(1000, 3), "handovers", 0.6, known=KNOWN)
    known = [g for _, g in p.shown_after if g is not None]
    assert known == sorted(known, reverse=True)
    assert known[-1] > p.least


@pytest.mark.parametrize(
    ("id", "gain", "found"),
    [
        ("lead_time", 0.0, "above 0"),
        ("lead_time", -3.0, "above 0"),
        ("lead_time", 900.0, "cannot be"),
        ("on_time", 0.9, "at most"),
        ("handovers", 0.001, "no number of further matters"),
    ],
)
def test_a_gain_that_cannot_be_is_refused_in_one_line(id, gain, found):
    with pytest.raises(ComparisonError, match=found) as e:
        plan(town(500, 4), id, gain, known=KNOWN)
    assert "\n" not in str(e.value)


def test_a_gain_is_read_from_text():
    assert parse_gain("waiting_cause.customer=2.5") == ("waiting_cause.customer", None, 2.5, False)
    for text in ("lead_time", "lead_time=soon", "=3", "a=nan"):
        with pytest.raises(ComparisonError, match="is no gain"):
            parse_gain(text)
    with pytest.raises(ComparisonError, match="choose p50"):
        plan(town(100, 5), "lead_time", 5, statistic="p99", known=KNOWN)


def test_a_gain_in_per_cent_is_of_the_figure():
    facts = town(1000, 6)
    p = plan(facts, "lead_time", 40, per_cent=True, known=KNOWN)
    assert p.gain == pytest.approx(0.4 * p.value)
