"""The case bootstrap: the same as measuring each drawn cohort by itself."""

from __future__ import annotations

import numpy as np
import pytest

from polku.measure.bootstrap import case_draws, drawn_interval
from polku.measure.recurrent import influence, risk_set


def test_each_draw_holds_as_many_matters_as_there_are() -> None:
    counts = case_draws(37, 300)
    assert (counts.sum(axis=0) == 37).all()
    assert counts.mean() == 1
    assert counts.var() == pytest.approx(1 - 1 / 37, rel=0.05)


def test_the_seed_makes_the_draws() -> None:
    np.testing.assert_array_equal(case_draws(20, 300, 4), case_draws(20, 300, 4))
    assert (case_draws(20, 300, 4) != case_draws(20, 300, 5)).any()


def test_the_draws_of_a_seed_stay_what_they_are() -> None:
    # Figures are published with their seed: another stream would change them.
    assert case_draws(6, 4, 1).astype(int).T.tolist() == [
        [1, 1, 1, 1, 0, 2],
        [1, 0, 1, 2, 2, 0],
        [1, 2, 2, 0, 1, 0],
        [0, 3, 1, 0, 1, 1],
    ]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("strata", [False, True])
def test_a_draw_gives_what_the_drawn_matters_give(late: bool, strata: bool) -> None:
    rng = np.random.default_rng(8)
    n, draws = 80, 60
    elapsed, ended = rng.integers(0, 80, n), rng.random(n) < 0.7
    entry = np.where(rng.random(n) < 0.3, rng.integers(0, 10, n), 0) if late else None
    kind = rng.integers(0, 2, n) if strata else None
    row, when = rng.integers(0, n, 150).astype(np.int32), rng.integers(0, 60, 150)
    amount = rng.integers(1, 9, 150)
    risk = risk_set(elapsed, ended, entry, horizon=30, strata=kind, least_at_risk=3, draws=draws)
    totals = risk.resampled.totals(row, risk.index(when, row), amount)
    for b in range(draws):
        again = np.repeat(np.arange(n), risk.resampled.counts[:, b].astype(int))
        marks = [np.flatnonzero(row == i) for i in again]
        rows = np.repeat(np.arange(n), [len(m) for m in marks]).astype(np.int32)
        chosen = np.concatenate(marks)
        drawn = risk_set(
            elapsed[again], ended[again], None if entry is None else entry[again], horizon=30,
            strata=None if kind is None else kind[again], least_at_risk=3,
        )  # fmt: skip
        awaited, _ = influence(drawn, rows, drawn.index(when[chosen], rows), amount[chosen])
        assert totals[b] == pytest.approx(awaited, rel=1e-5)


def test_draws_of_no_marks_are_zero() -> None:
    risk = risk_set(np.arange(1, 20), np.ones(19, bool), horizon=10, draws=7)
    none = np.zeros(0, np.int32)
    assert risk.resampled.totals(none, none).tolist() == [0.0] * 7


def test_the_interval_of_the_draws_is_symmetric_on_its_scale() -> None:
    se, low, high = drawn_interval(2.0, np.array([1.8, 2.0, 2.2]), "log")
    assert se == pytest.approx(0.2)
    assert low * high == pytest.approx(4)
