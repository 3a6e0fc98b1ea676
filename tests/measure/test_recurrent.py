"""Expected numbers within a horizon: a plain re-derivation, the jackknife, and invariants."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.measure.recurrent import (
    YEAR,
    default_horizon,
    expected,
    influence,
    risk_set,
)


class Some:
    """A few matters with marks, some of them outside the observation."""

    def __init__(self, seed: int, n: int = 60, marks: int = 150, late: bool = False) -> None:
        rng = np.random.default_rng(seed)
        self.elapsed = rng.integers(0, 80, n)
        self.ended = rng.random(n) < 0.7
        self.entry = np.where(rng.random(n) < 0.3, rng.integers(0, 10, n), 0) if late else None
        self.kind = rng.integers(0, 2, n)
        self.row = rng.integers(0, n, marks).astype(np.int32)
        self.time = rng.integers(0, 60, marks)
        self.amount = rng.integers(1, 9, marks)

    def without(self, i: int) -> Some:
        other = object.__new__(Some)
        keep, marks = np.arange(len(self.elapsed)) != i, self.row != i
        other.elapsed, other.ended = self.elapsed[keep], self.ended[keep]
        other.entry = None if self.entry is None else self.entry[keep]
        other.kind = self.kind[keep]
        other.row = (self.row[marks] - (self.row[marks] > i)).astype(np.int32)
        other.time, other.amount = self.time[marks], self.amount[marks]
        return other

    def value(self, h: int, strata: bool = False) -> tuple[float, np.ndarray]:
        risk = risk_set(
            self.elapsed, self.ended, self.entry, horizon=h, least_at_risk=0,
            strata=self.kind if strata else None,
        )  # fmt: skip
        return influence(risk, self.row, risk.index(self.time, self.row), self.amount)

    def plain(self, h: int) -> float:
        """μ(h) as the formula reads, mark by mark and matter by matter."""
        begun = np.full(len(self.elapsed), -1)
        if self.entry is not None:
            begun = np.where(self.entry > 0, self.entry, -1)

        def at_risk(u: int) -> np.ndarray:
            return (begun < u) & (self.elapsed >= u)

        total = 0.0
        for i, u, a in zip(self.row, self.time, self.amount, strict=True):
            if u > h or not at_risk(u)[i]:
                continue
            survival = 1.0
            for t in sorted(set(self.elapsed[self.ended])):
                if t < u and at_risk(t).any():
                    ends = (at_risk(t) & (self.elapsed == t) & self.ended).sum()
                    survival *= 1 - ends / at_risk(t).sum()
            total += a * survival / at_risk(u).sum()
        return total


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_what_the_formula_reads(seed: int, late: bool) -> None:
    some = Some(seed, late=late)
    for h in (0, 7, 30):
        value, psi = some.value(h)
        assert value == pytest.approx(some.plain(h))
        assert psi.sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("strata", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_the_variance_is_that_of_the_jackknife(late: bool, strata: bool) -> None:
    some = Some(11, n=200, marks=500, late=late)
    _, psi = some.value(30, strata)
    without = np.array([some.without(i).value(30, strata)[0] for i in range(200)])
    assert math.sqrt((psi**2).sum()) == pytest.approx(np.std(without) * math.sqrt(199), rel=0.02)


def test_four_matters_worked_by_hand() -> None:
    # Ends at 4 and 8, out of sight at 6 and 10; marks at 0, 2, 5, 7, 9.
    elapsed, ended = np.array([4, 6, 8, 10]), np.array([True, False, True, False])
    risk = risk_set(elapsed, ended, horizon=10)
    row = np.array([0, 1, 2, 2, 3], np.int32)
    index = risk.index(np.array([0, 2, 5, 7, 9]), row)
    # 1/4 + 1/4, then S = 3/4: (3/4)/3 + (3/4)/2, then S = 3/8: (3/8)/1.
    assert expected(risk, row, index).value == pytest.approx(0.25 + 0.25 + 0.25 + 0.375 + 0.375)


def test_marks_at_arrival_count() -> None:
    risk = risk_set(np.array([0, 5]), np.array([True, False]), horizon=5)
    row = np.array([0, 1], np.int32)
    assert expected(risk, row, risk.index(np.zeros(2, np.int64), row)).value == 1.0


def test_marks_after_the_end_or_the_horizon_or_before_entry_do_not_count() -> None:
    elapsed, entry = np.array([5, 9, 9]), np.array([0, 0, 4])
    risk = risk_set(elapsed, elapsed > 0, entry, horizon=7, least_at_risk=1)
    row = np.array([0, 1, 2, 2], np.int32)
    index = risk.index(np.array([6, 8, 3, 4]), row)
    assert (index == len(risk.times)).all()
    assert expected(risk, row, index).value == 0


def test_without_a_closed_rule_it_is_the_mean_cumulative_function() -> None:
    some = Some(12)
    some.ended = np.zeros(60, bool)
    awaited = sum(
        a / (some.elapsed >= u).sum()
        for i, u, a in zip(some.row, some.time, some.amount, strict=True)
        if u <= 30 and u <= some.elapsed[i]
    )
    assert some.value(30)[0] == pytest.approx(awaited)


def test_without_open_matters_it_is_the_plain_mean_with_its_standard_error() -> None:
    some = Some(13)
    some.ended = np.ones(60, bool)
    inside = (some.time <= 30) & (some.time <= some.elapsed[some.row])
    each = np.bincount(some.row[inside], some.amount[inside], minlength=60)
    value, psi = some.value(30)
    assert value == pytest.approx(each.mean())
    assert math.sqrt((psi**2).sum()) == pytest.approx(each.std() / math.sqrt(60))


def test_one_stratum_is_the_plain_figure_and_its_influence() -> None:
    some = Some(14)
    some.kind[:] = 0
    plain, psi = some.value(30)
    value, other = some.value(30, strata=True)
    assert value == pytest.approx(plain)
    np.testing.assert_allclose(other, psi, atol=1e-12)


def test_strata_are_weighted_by_their_share() -> None:
    some = Some(15, n=200, marks=500)
    parts = []
    for kind in (0, 1):
        mine = some
        for i in reversed(np.flatnonzero(some.kind != kind)):
            mine = mine.without(int(i))
        parts.append(mine.value(30)[0] * len(mine.elapsed) / 200)
    assert some.value(30, strata=True)[0] == pytest.approx(sum(parts))


def test_a_mark_that_never_comes_has_an_upper_bound() -> None:
    risk = risk_set(np.arange(1, 101), np.ones(100, bool), horizon=50)
    none = np.zeros(0, np.int32)
    found = expected(risk, none, none)
    assert (found.value, found.low, found.status) == (0.0, 0.0, "ok")
    assert found.high == pytest.approx(3.69 / 100, rel=0.01)


def test_an_amount_that_never_comes_has_no_upper_bound_and_one_matter_no_interval() -> None:
    risk = risk_set(np.array([5]), np.array([True]), horizon=9)
    one, none = np.zeros(1, np.int32), np.zeros(0, np.int32)
    found = expected(risk, none, none, none.astype(np.int64))
    assert (found.value, found.high, found.status) == (0.0, None, "not_reached")
    alone = expected(risk, one, one)
    assert (alone.value, alone.low, alone.status) == (1.0, None, "not_reached")
    assert alone.note == "one matter gives no interval"


def test_a_horizon_beyond_all_follow_up_is_not_reached() -> None:
    risk = risk_set(np.array([3, 5, 7]), np.array([True, False, False]), horizon=9)
    none = np.zeros(0, np.int32)
    assert expected(risk, none, none).status == "not_reached"
    assert expected(risk_set(none.astype(np.int64), none > 0), none, none).value is None


def test_the_default_horizon_is_a_year_or_the_last_time_with_a_tenth_and_twenty_at_risk() -> None:
    assert default_horizon(np.full(50, 2 * YEAR), np.ones(50, bool)) == YEAR
    elapsed = np.arange(1, 1001)
    assert default_horizon(elapsed, elapsed > 0) == 901
    assert (elapsed >= 901).sum() == 100
    assert default_horizon(elapsed[:100], elapsed[:100] > 0) == 81
    assert default_horizon(np.array([7]), np.array([True])) == 7
    assert default_horizon(np.zeros(0, np.int64), np.zeros(0, bool)) == YEAR


def test_small_cohorts_take_their_standard_error_from_the_draws_and_say_the_seed() -> None:
    some = Some(16, n=300, marks=900)
    risk = risk_set(some.elapsed, some.ended, horizon=30, seed=5)
    index = risk.index(some.time, some.row)
    drawn = expected(risk, some.row, index, some.amount)
    plain = expected(risk, some.row, index, some.amount, drawn=False)
    assert (drawn.seed, plain.seed) == (5, None)
    assert drawn.se == pytest.approx(plain.se, rel=0.1)
    assert drawn.value == plain.value
    assert drawn == expected(risk, some.row, index, some.amount)


@given(st.integers(0, 10_000), st.integers(2, 10**9), st.booleans())
@settings(deadline=None, max_examples=40)
def test_the_unit_of_time_does_not_matter(seed: int, factor: int, late: bool) -> None:
    some = Some(seed, late=late)
    one = some.value(30)[0]
    some.elapsed, some.time = some.elapsed * factor, some.time * factor
    if some.entry is not None:
        some.entry = some.entry * factor
    assert some.value(30 * factor)[0] == one


@given(st.integers(0, 10_000), st.booleans())
@settings(deadline=None, max_examples=40)
def test_the_order_of_matters_and_marks_does_not_matter(seed: int, strata: bool) -> None:
    some, rng = Some(seed), np.random.default_rng(seed)
    one, psi = some.value(30, strata)
    order, marks = rng.permutation(60), rng.permutation(150)
    place = np.argsort(order).astype(np.int32)
    some.elapsed, some.ended, some.kind = some.elapsed[order], some.ended[order], some.kind[order]
    some.row, some.time, some.amount = (
        place[some.row[marks]], some.time[marks], some.amount[marks],
    )  # fmt: skip
    other, psi_other = some.value(30, strata)
    assert other == pytest.approx(one, rel=1e-12)
    np.testing.assert_allclose(psi_other, psi[order], atol=1e-12)


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=40)
def test_the_table_finds_the_slot_that_a_search_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 400))
    # Very uneven times: most within a second, some years apart.
    elapsed = (10 ** rng.uniform(0, 15, n)).astype(np.int64)
    risk = risk_set(elapsed, rng.random(n) < 0.5, horizon=10**14)
    row = rng.integers(0, n, 500).astype(np.int32)
    when = (elapsed[row] * rng.random(500)).astype(np.int64)
    awaited = np.where(when <= 10**14, np.searchsorted(risk.times, when), len(risk.times))
    np.testing.assert_array_equal(risk.index(when, row), awaited)


def test_a_million_matters_take_less_than_seconds() -> None:
    rng = np.random.default_rng(3)
    n, m = 500_000, 2_000_000
    elapsed = rng.integers(0, YEAR, n)
    row = np.sort(rng.integers(0, n, m)).astype(np.int32)
    when = (elapsed[row] * rng.random(m)).astype(np.int64)
    begun = time.perf_counter()
    risk = risk_set(elapsed, rng.random(n) < 0.8, horizon=YEAR // 2)
    index = risk.index(when, row)
    for _ in range(3):
        assert expected(risk, row, index).status == "ok"
    assert time.perf_counter() - begun < 4
