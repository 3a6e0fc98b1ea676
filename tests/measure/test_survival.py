"""Kaplan–Meier, quantiles, means and log-rank, against published data and peers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.measure.survival import Curve, kaplan_meier, log_rank, rmst

# Freireich et al. 1963, weeks of remission in acute leukaemia; "+" is still in remission.
MERCAPTOPURINE = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def weeks(text: str) -> tuple[np.ndarray, np.ndarray]:
    words = text.split()
    return (
        np.array([int(w.rstrip("+")) for w in words], np.int64),
        np.array([not w.endswith("+") for w in words]),
    )


def some(seed: int, n: int = 300, top: int = 80) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, top, n), rng.random(n) < 0.7


matters = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)


def arrays(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([p[0] for p in pairs], np.int64), np.array([p[1] for p in pairs])


def test_the_leukaemia_curve_is_the_published_one() -> None:
    curve = kaplan_meier(*weeks(MERCAPTOPURINE))
    at = [round(curve.at(t).value or 0, 3) for t in (5, 6, 7, 10, 13, 16, 22, 23, 35)]
    assert at == [1, 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448, 0.448]
    assert curve.quantile(0.5).value == 23
    assert kaplan_meier(*weeks(PLACEBO)).quantile(0.5).value == 8


def test_the_standard_error_at_ten_weeks_is_the_published_one() -> None:
    assert kaplan_meier(*weeks(MERCAPTOPURINE)).at(10).se == pytest.approx(0.0963, abs=5e-5)


def test_the_restricted_mean_of_the_leukaemia_data_is_the_published_one() -> None:
    mean = rmst(kaplan_meier(*weeks(MERCAPTOPURINE)), 35)
    assert mean.value == pytest.approx(23.29, abs=0.005)
    assert mean.se == pytest.approx(2.83, abs=0.005)


def test_the_log_rank_test_of_the_leukaemia_data_is_the_published_one() -> None:
    (x, d), (y, e) = weeks(MERCAPTOPURINE), weeks(PLACEBO)
    result = log_rank(np.append(x, y), np.append(d, e), np.repeat(["6-MP", "placebo"], 21))
    assert result.chi2 == pytest.approx(16.79, abs=0.005)
    assert result.df == 1
    assert result.p == pytest.approx(4.17e-5, rel=0.01)


@pytest.mark.parametrize("late", [False, True])
def test_the_curve_and_its_bounds_equal_those_of_lifelines(late: bool) -> None:
    lifelines = pytest.importorskip("lifelines")
    x, d = some(1)
    x = x + 1
    entry = np.random.default_rng(2).integers(0, 40, 300) if late else np.zeros(300, np.int64)
    entry = np.where(np.arange(300) % 3 == 0, np.minimum(entry, x - 1), 0)
    ours = kaplan_meier(x, d, entry if late else None, least_at_risk=0)
    peer = lifelines.KaplanMeierFitter().fit(x, d, entry=entry if late else None)
    there = peer.survival_function_["KM_estimate"].reindex(ours.times).to_numpy()
    np.testing.assert_allclose(ours.survival, there, atol=1e-12)
    bounds = peer.confidence_interval_.reindex(ours.times).to_numpy()
    inside = (ours.survival > 0) & (ours.survival < 1)
    np.testing.assert_allclose(ours.low[inside], bounds[inside, 0], atol=1e-9)
    np.testing.assert_allclose(ours.high[inside], bounds[inside, 1], atol=1e-9)
    assert ours.quantile(0.5).value == peer.median_survival_time_


def test_the_restricted_mean_equals_that_of_lifelines() -> None:
    utils = pytest.importorskip("lifelines.utils")
    fitters = pytest.importorskip("lifelines")
    x, d = some(3)
    peer = utils.restricted_mean_survival_time(fitters.KaplanMeierFitter().fit(x, d), t=40)
    assert rmst(kaplan_meier(x, d), 40).value == pytest.approx(peer, rel=1e-9)


def test_the_variance_of_the_restricted_mean_is_that_of_the_jackknife() -> None:
    x, d = some(4)
    mean = rmst(kaplan_meier(x, d), 40)
    without = [
        rmst(kaplan_meier(np.delete(x, i), np.delete(d, i)), 40).value for i in range(len(x))
    ]
    assert mean.se == pytest.approx(np.std(without) * math.sqrt(len(x) - 1), rel=0.02)


def test_the_log_rank_test_of_three_groups_equals_that_of_lifelines() -> None:
    statistics = pytest.importorskip("lifelines.statistics")
    x, d = some(5)
    group = np.random.default_rng(6).integers(0, 3, 300)
    peer = statistics.multivariate_logrank_test(x, group, d)
    ours = log_rank(x, d, group)
    assert (ours.chi2, ours.df) == (pytest.approx(peer.test_statistic), 2)
    assert ours.p == pytest.approx(peer.p_value)


def test_the_stratified_log_rank_test_does_not_take_a_mix_for_a_difference() -> None:
    rng = np.random.default_rng(7)
    stratum = rng.integers(0, 2, 2000)
    group = (rng.random(2000) < np.where(stratum == 1, 0.8, 0.2)).astype(int)
    x = (rng.exponential(np.where(stratum == 1, 60, 20)) * 1000).astype(np.int64)
    plain, within = log_rank(x, x > 0, group), log_rank(x, x > 0, group, stratum)
    assert plain.p is not None
    assert plain.p < 1e-6
    assert within.p is not None
    assert within.p > 0.01


def test_one_group_cannot_be_compared() -> None:
    x, d = some(8)
    assert log_rank(x, d, np.zeros(300, int)).p is None


def test_an_end_precedes_a_censoring_at_the_same_time() -> None:
    curve = kaplan_meier(np.array([5, 5, 9]), np.array([False, True, True]))
    assert curve.survival.tolist() == pytest.approx([2 / 3, 0])


def test_a_quantile_is_the_first_time_at_which_the_level_is_met_exactly() -> None:
    # 1 − 1/10 ten times over misses round levels by the last digits of a float.
    for n in (10, 20, 50, 100, 1000):
        curve = kaplan_meier(np.arange(1, n + 1), np.ones(n, bool))
        for q in (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9):
            assert curve.quantile(q).value == round(q * n)


def test_what_is_not_reached_is_null_and_says_so() -> None:
    curve = kaplan_meier(np.arange(1, 11), np.arange(1, 11) < 4)
    found = curve.quantile(0.5)
    assert (found.value, found.high, found.status) == (None, None, "not_reached")
    assert "fewer than 50%" in found.note
    assert curve.at(99).status == "not_reached"
    assert rmst(curve, 11).status == "not_reached"


def test_no_matters_and_only_open_matters_give_a_curve_without_quantiles() -> None:
    nothing = np.zeros(0, np.int64)
    for curve in (
        kaplan_meier(nothing, nothing > 0),
        kaplan_meier(np.array([3, 4]), np.array([False, False])),
        kaplan_meier(nothing, nothing > 0, strata=nothing),
    ):
        assert curve.quantile(0.5).status == "not_reached"


def test_under_late_entry_the_curve_starts_where_ten_are_at_risk_and_says_so() -> None:
    x, entry = np.arange(20, 60), np.where(np.arange(40) < 5, 0, 30)
    curve = kaplan_meier(x, x > 0, entry)
    assert curve.starts_at == 31
    assert curve.at_risk[0] >= 10
    assert "late entry" in curve.quantile(0.5).note
    # Matters 20 … 30 with entry at 30 ended before anybody looked.
    assert curve.left_out == 6


def test_late_entry_recovers_the_curve_that_short_matters_were_missing_from() -> None:
    rng = np.random.default_rng(9)
    lead = (rng.exponential(50, 40_000) * 1000).astype(np.int64)
    entry = np.where(rng.random(40_000) < 0.5, (rng.random(40_000) * 60_000).astype(np.int64), 0)
    seen = entry < lead
    median = kaplan_meier(lead[seen], lead[seen] >= 0, entry[seen]).quantile(0.5).value
    assert median == pytest.approx(50_000 * math.log(2), rel=0.03)
    naive = kaplan_meier(lead[seen], lead[seen] >= 0).quantile(0.5).value
    assert naive is not None
    assert naive > 1.15 * 50_000 * math.log(2)


def same(a: Curve, b: Curve) -> None:
    np.testing.assert_array_equal(a.times, b.times)
    np.testing.assert_array_equal(a.survival, b.survival)
    np.testing.assert_array_equal(a.high, b.high)


@given(matters, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)
def test_the_order_of_matters_changes_no_bit(pairs: list[tuple[int, bool]], random: object) -> None:
    other = list(pairs)
    random.shuffle(other)  # type: ignore[attr-defined]
    same(kaplan_meier(*arrays(pairs)), kaplan_meier(*arrays(other)))


@given(matters, st.floats(0.05, 0.95))
@settings(deadline=None, max_examples=50)
def test_a_matter_lost_on_arrival_changes_no_figure(
    pairs: list[tuple[int, bool]], q: float
) -> None:
    later = [(x + 1, d) for x, d in pairs]
    a, b = kaplan_meier(*arrays(later)), kaplan_meier(*arrays([*later, (0, False)]))
    assert a.quantile(q) == b.quantile(q)


@given(matters, st.integers(2, 10**9), st.floats(0.05, 0.95))
@settings(deadline=None, max_examples=50)
def test_times_scale(pairs: list[tuple[int, bool]], factor: int, q: float) -> None:
    x, d = arrays(pairs)
    one, other = kaplan_meier(x, d).quantile(q), kaplan_meier(x * factor, d).quantile(q)
    assert other.value == (None if one.value is None else one.value * factor)


@given(matters)
@settings(deadline=None, max_examples=50)
def test_without_open_matters_the_curve_is_the_share_still_open(
    pairs: list[tuple[int, bool]],
) -> None:
    x, _ = arrays(pairs)
    curve = kaplan_meier(x, np.ones(len(x), bool))
    plain = [(x > t).mean() for t in curve.times]
    np.testing.assert_allclose(curve.survival, plain, atol=1e-12)


def test_one_stratum_is_the_plain_curve() -> None:
    x, d = some(10)
    a, b = kaplan_meier(x, d), kaplan_meier(x, d, strata=np.repeat("one", 300))
    np.testing.assert_allclose(a.survival, b.survival, atol=1e-12)
    np.testing.assert_allclose(a.low, b.low, atol=1e-9)
    assert rmst(a, 40).value == pytest.approx(rmst(b, 40).value)
    assert rmst(a, 40).se == pytest.approx(rmst(b, 40).se)


def test_closed_matters_in_strata_give_the_plain_curve() -> None:
    x, _ = some(11)
    d, kind = np.ones(300, bool), np.random.default_rng(12).integers(0, 3, 300)
    a, b = kaplan_meier(x, d), kaplan_meier(x, d, strata=kind)
    np.testing.assert_allclose(a.survival, b.survival, atol=1e-12)
    inside = (a.survival > 0) & (a.survival < 1)
    np.testing.assert_allclose(a.greenwood[inside], b.greenwood[inside], rtol=1e-9)
    assert a.at_risk.tolist() == b.at_risk.tolist()
    assert a.ended.tolist() == b.ended.tolist()


def test_a_stratum_that_leaves_sight_with_hardly_any_matter_open_keeps_the_mean() -> None:
    quick = np.append(np.arange(1, 200), 199)
    x, d = np.append(quick, np.arange(1, 801)), np.append(np.arange(200) < 199, np.ones(800, bool))
    mean = rmst(kaplan_meier(x, d, strata=np.repeat([0, 1], [200, 800])), 400)
    assert mean.status == "ok"
    assert mean.value == pytest.approx(rmst(kaplan_meier(x, d), 400).value, rel=0.01)


def test_a_curve_that_stops_half_way_down_has_the_same_median() -> None:
    draw = np.random.default_rng(4)
    for n in (3, 30, 3000):
        elapsed = draw.integers(0, 500, n)
        ended = draw.random(n) < 0.7
        whole, half = kaplan_meier(elapsed, ended), kaplan_meier(elapsed, ended, down_to=0.5)
        assert half.quantile(0.5) == whole.quantile(0.5)
        assert half.survival.tolist() == whole.survival[: len(half.survival)].tolist()
        assert n < 3000 or len(half.times) < len(whole.times)
