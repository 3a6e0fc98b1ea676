"""Tail probabilities against scipy, Holm against its definition, differences of estimates."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.measure.estimate import Estimate, interval, unreached
from polku.measure.testing import chi2_tail, difference, holm, ratio, two_sided


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 10, 31, 100])
@pytest.mark.parametrize("x", [1e-6, 0.1, 1.0, 3.84, 10.0, 50.0, 300.0])
def test_the_chi_squared_tail_equals_that_of_scipy(x: float, df: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    assert chi2_tail(x, df) == pytest.approx(stats.chi2.sf(x, df), rel=1e-9)


def test_the_two_sided_p_equals_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for z in (0.0, 0.5, -1.96, 6.0):
        assert two_sided(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-12)


def test_holm_on_the_textbook_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.none() | st.floats(0, 1), max_size=12))
def test_holm_keeps_order_and_nulls_and_never_lowers_a_p(ps: list[float | None]) -> None:
    out = holm(ps)
    assert [o is None for o in out] == [p is None for p in ps]
    pairs = sorted((p, o) for p, o in zip(ps, out, strict=True) if p is not None and o is not None)
    assert all(o >= p for p, o in pairs)
    assert all(a[1] <= b[1] for a, b in itertools.pairwise(pairs) if a[0] < b[0])


def test_a_difference_of_symmetric_estimates_is_the_normal_one() -> None:
    a, b = Estimate(10, 10 - 1.96, 10 + 1.96, 1), Estimate(13, 13 - 3.92, 13 + 3.92, 2)
    d = difference(a, b)
    assert d.value == 3
    assert d.se == pytest.approx(math.sqrt(5))
    assert d.low == pytest.approx(3 - 1.96 * math.sqrt(5))
    assert d.high == pytest.approx(3 + 1.96 * math.sqrt(5))
    assert d.p == pytest.approx(two_sided(3 / math.sqrt(5)))
    # 8 of 10 times: (1.96 + 0.84) standard errors.
    assert d.detectable == pytest.approx(2.8016 * math.sqrt(5), rel=1e-4)


def test_an_unreached_side_gives_nulls_and_says_which() -> None:
    d = difference(unreached("short"), Estimate(1, 0, 2, 0.5))
    assert (d.value, d.p) == (None, None)
    assert d.note == "the first figure is not reached"
    half = difference(Estimate(5, 4, None, None, "not_reached"), Estimate(8, 7, 9, 0.5))
    assert half.value == 3
    assert (half.low, half.se) == (None, None)
    assert half.high is not None


def test_a_ratio_is_a_difference_of_logs() -> None:
    a, b = Estimate(2, *interval(2, 0.2, "log"), 0.2), Estimate(4, *interval(4, 0.3, "log"), 0.3)
    r = ratio(a, b)
    assert r.value == 2
    assert r.low is not None
    assert r.high is not None
    assert r.low * r.high == pytest.approx(4)
    assert math.log(r.high / 2) == pytest.approx(1.96 * math.hypot(0.1, 0.075), rel=1e-3)
    assert ratio(a, Estimate(0, 0, 1, 0.1)).value is None


@given(st.floats(0.01, 0.99), st.floats(0.001, 0.3))
def test_intervals_of_shares_stay_between_0_and_1_and_hold_the_share(p: float, se: float) -> None:
    for scale in ("logit", "cloglog"):
        low, high = interval(p, se, scale)
        assert 0 <= low <= p * (1 + 1e-12)
        assert p * (1 - 1e-12) <= high <= 1


def test_at_the_edge_of_a_scale_the_interval_is_the_value() -> None:
    assert interval(0.0, 0.1, "log") == (0, 0)
    assert interval(1.0, 0.1, "logit") == (1, 1)


def test_an_estimate_changes_its_unit_and_gathers_notes() -> None:
    e = Estimate(2, 1, None, 0.5, "not_reached", "one").times(10).noting("two").noting("")
    assert (e.value, e.low, e.high, e.se) == (20, 10, None, 5)
    assert e.note == "one; two"
