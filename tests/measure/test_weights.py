"""Promises and totals of open matters: plain re-derivations, the jackknife, edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.measure.weights import drift_warning, pooled, share_on_time, weighted_quantile


def some(seed: int, n: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    lead, seen = rng.integers(0, 80, n), rng.integers(20, 100, n)
    promise = (lead * rng.uniform(0.5, 1.5, n) + 5).astype(np.int64)
    return np.minimum(lead, seen), lead <= seen, np.minimum(promise, 60), rng.integers(0, 2, n)


def unseen(x: np.ndarray, ended: np.ndarray, t: int) -> float:
    """G(t−): the share not yet out of sight just before t; ends precede censorings."""
    g = 1.0
    for c in sorted(set(x[~ended])):
        if c < t:
            at_risk = (x >= c).sum() - (ended & (x == c)).sum()
            g *= 1 - (~ended & (x == c)).sum() / at_risk
    return g


def test_the_share_is_what_the_formula_reads() -> None:
    x, ended, promise, _ = some(1)
    known = (ended & (x <= promise)) | (x >= np.minimum(promise, x + ~ended * 10**6))
    total = sum(
        (ended[i] and x[i] <= promise[i] and known[i])
        / unseen(x, ended, min(int(x[i]), int(promise[i])))
        for i in range(len(x))
    )
    assert share_on_time(x, ended, promise).value == pytest.approx(total / len(x))


@pytest.mark.parametrize("by_kind", [False, True])
def test_the_variance_of_the_share_is_that_of_the_jackknife(by_kind: bool) -> None:
    x, ended, promise, kind = some(2)

    def share(keep: np.ndarray) -> float:
        found = share_on_time(
            x[keep], ended[keep], promise[keep], kind[keep] if by_kind else None, drawn=False
        )
        assert found.value is not None
        return found.value

    everyone = np.arange(len(x))
    without = [share(everyone != i) for i in everyone]
    awaited = np.std(without) * math.sqrt(len(x) - 1)
    found = share_on_time(x, ended, promise, kind if by_kind else None, drawn=False)
    assert found.se == pytest.approx(awaited, rel=0.02)
    drawn = share_on_time(x, ended, promise, kind if by_kind else None)
    assert drawn.se == pytest.approx(awaited, rel=0.1)
    assert drawn.seed == 0


def test_without_open_matters_the_share_is_the_plain_one() -> None:
    x, _, promise, _ = some(3)
    assert share_on_time(x, x >= 0, promise).value == pytest.approx((x <= promise).mean())


def test_all_or_none_in_time_has_a_bound_from_the_matters_seen() -> None:
    x = np.arange(1, 101)
    kept, broken = share_on_time(x, x > 0, x), share_on_time(x, x > 0, x - 1)
    assert (kept.value, kept.high) == (1.0, 1.0)
    assert kept.low == pytest.approx(0.025 ** (1 / 100))
    assert (broken.value, broken.low) == (0.0, 0.0)
    assert broken.high == pytest.approx(1 - 0.025 ** (1 / 100))


def test_promises_far_beyond_the_follow_up_are_not_reached() -> None:
    x, ended, promise, _ = some(4)
    x, ended = np.minimum(x, 25), ended & (x <= 25)
    assert share_on_time(x, ended, promise).status == "not_reached"
    assert share_on_time(x[:0], ended[:0], promise[:0]).status == "not_reached"


def test_a_quantile_without_open_matters_is_the_plain_one() -> None:
    x, _, promise, _ = some(5)
    found = weighted_quantile(promise, x, x >= 0, (0.1, 0.5, 0.9))
    for q, e in zip((0.1, 0.5, 0.9), found, strict=True):
        assert e.value == np.sort(promise)[math.ceil(q * 200 - 1e-9) - 1]
        assert (e.low or 0) <= e.value <= (e.high or 0)


def test_a_quantile_is_where_the_weighted_share_gets() -> None:
    x, ended, promise, _ = some(6)
    weight = np.array([e / unseen(x, ended, int(t)) for e, t in zip(ended, x, strict=True)]) / 200
    order = np.argsort(promise, kind="stable")
    reached = np.searchsorted(np.cumsum(weight[order]), 0.5)
    assert weighted_quantile(promise, x, ended, (0.5,))[0].value == promise[order][reached]


def test_a_quantile_among_those_beyond_sight_is_not_reached() -> None:
    x = np.minimum(np.arange(1, 101), 60)
    low, high = weighted_quantile(x, x, np.arange(100) < 60, (0.5, 0.7))
    assert low.value == 50
    assert low.note == "40% of the matters last longer than any is seen"
    assert (high.value, high.status) == (None, "not_reached")
    assert weighted_quantile(x[:0], x[:0], x[:0] > 0, (0.5,))[0].status == "not_reached"


def test_a_turning_mix_warns_and_a_steady_one_does_not() -> None:
    rng = np.random.default_rng(7)
    when = rng.random(2000)
    assert drift_warning(when, rng.random(2000) < 0.3) is None
    warning = drift_warning(when, rng.random(2000) < when)
    assert warning is not None
    assert "mix of kinds" in warning
    assert drift_warning(when, np.zeros(2000)) is None
    assert drift_warning(when[:5], when[:5] > 0.5) is None


def test_many_small_kinds_do_not_hide_a_turning_mix() -> None:
    rng = np.random.default_rng(8)
    when = rng.random(2000)
    kind = np.where(rng.random(2000) < when, 0, 1 + rng.integers(0, 300, 2000))
    assert drift_warning(when, kind) is not None


def test_a_promise_before_the_arrival_is_not_kept() -> None:
    x = np.arange(1, 51)
    assert share_on_time(x, x > 0, -x).value == 0


def test_small_strata_are_joined() -> None:
    code = pooled(np.repeat(["a", "b", "c"], [40, 5, 6]), least=30)
    assert sorted(np.bincount(code + 1).tolist()) == [11, 40]
    assert len(pooled(np.zeros(0))) == 0


@given(st.integers(0, 1000), st.integers(2, 10**9))
@settings(deadline=None, max_examples=25)
def test_neither_order_nor_the_unit_of_time_matters(seed: int, factor: int) -> None:
    x, ended, promise, kind = some(seed)
    order = np.random.default_rng(seed).permutation(200)
    for strata in (None, kind):
        a = share_on_time(x, ended, promise, strata, drawn=False)
        b = share_on_time(
            x[order] * factor, ended[order], promise[order] * factor,
            None if strata is None else strata[order], drawn=False,
        )  # fmt: skip
        assert a.value == pytest.approx(b.value, rel=1e-12)
        assert a.se == pytest.approx(b.se)
