"""Aalen–Johansen: against lifelines, a plain re-derivation, and the jackknife."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.measure.competing import aalen_johansen, cause_share


def some(seed: int, n: int = 200, top: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, top, n), rng.choice([0, 1, 2, 3], n, p=[0.3, 0.4, 0.2, 0.1])


def plain(x: np.ndarray, cause: np.ndarray, k: int, h: int) -> float:
    """The incidence as the formula reads, matter by matter."""
    survival, total = 1.0, 0.0
    for u in sorted(set(x[cause > 0])):
        if u > h:
            break
        y = int((x >= u).sum())
        total += survival * ((x == u) & (cause == k)).sum() / y
        survival *= 1 - ((x == u) & (cause > 0)).sum() / y
    return total


def test_it_is_what_the_formula_reads() -> None:
    x, cause = some(1)
    for k, e in enumerate(aalen_johansen(x, cause, 40), start=1):
        assert e.value == pytest.approx(plain(x, cause, k, 40))


def test_it_equals_lifelines_where_no_times_are_equal() -> None:
    lifelines = pytest.importorskip("lifelines")
    x, cause = some(2)
    x = x * 1000 + np.arange(200)
    for k, e in enumerate(aalen_johansen(x, cause, 40_000), start=1):
        peer = lifelines.AalenJohansenFitter(calculate_variance=True).fit(x, cause, k)
        there = peer.cumulative_density_.iloc[:, 0]
        assert e.value == pytest.approx(there[there.index <= 40_000].iloc[-1], abs=1e-9)
        variance = peer.variance_
        wanted = math.sqrt(variance[variance.index <= 40_000].iloc[-1])
        assert e.se == pytest.approx(wanted, rel=0.02)


def test_the_shares_and_those_still_open_sum_to_one() -> None:
    from polku.measure.survival import kaplan_meier

    x, cause = some(3)
    parts = [e.value or 0 for e in aalen_johansen(x, cause, 40)]
    still = kaplan_meier(x, cause > 0).at(40).value or 0
    assert sum(parts) + still == pytest.approx(1)


def test_the_variance_of_a_ratio_is_that_of_the_jackknife() -> None:
    x, cause = some(4)
    e = cause_share(x, cause, 40, above=(1,), below=(1, 2))
    first, second = plain(x, cause, 1, 40), plain(x, cause, 2, 40)
    assert e.value == pytest.approx(first / (first + second))
    without = [
        cause_share(np.delete(x, i), np.delete(cause, i), 40, above=(1,), below=(1, 2)).value
        for i in range(len(x))
    ]
    assert e.se == pytest.approx(np.std(without) * math.sqrt(len(x) - 1), rel=0.02)


def test_a_way_that_nobody_took_has_an_upper_bound() -> None:
    x, cause = np.arange(1, 101), np.ones(100, np.int8)
    one, two = aalen_johansen(x, cause, 50, causes=2)
    assert one.value == pytest.approx(0.5)
    assert (two.value, two.low) == (0.0, 0.0)
    assert two.high is not None
    assert 0.03 < two.high < 0.1
    share = cause_share(x, cause, 50, above=(1,), below=(1, 2))
    assert share.value == share.high == 1.0
    assert share.low is not None
    assert 0.85 < share.low < 0.97


def test_a_horizon_beyond_all_follow_up_is_not_reached() -> None:
    x, cause = np.array([1, 2, 3]), np.array([1, 0, 0])
    assert [e.status for e in aalen_johansen(x, cause, 9)] == ["not_reached"]
    assert cause_share(x, cause, 9, above=(1,)).status == "not_reached"
    assert cause_share(x, cause * 0, 2, above=(1,), below=(1, 2)).status == "not_reached"


def test_without_open_matters_it_is_the_plain_share() -> None:
    x, cause = some(5)
    cause = np.maximum(cause, 1)
    e = aalen_johansen(x, cause, 40)[0]
    assert e.value == pytest.approx(((cause == 1) & (x <= 40)).mean())
    wanted = math.sqrt((e.value or 0) * (1 - (e.value or 0)) / 200)
    assert e.se == pytest.approx(wanted)


@given(st.integers(0, 1000), st.integers(2, 10**9))
@settings(deadline=None, max_examples=25)
def test_neither_order_nor_the_unit_of_time_matters(seed: int, factor: int) -> None:
    x, cause = some(seed)
    order = np.random.default_rng(seed).permutation(200)
    one = aalen_johansen(x, cause, 40)
    other = aalen_johansen(x[order] * factor, cause[order], 40 * factor)
    for a, b in zip(one, other, strict=True):
        assert a.value == b.value
        assert a.se == pytest.approx(b.se)
