"""The chance of being on the front."""

from __future__ import annotations

import numpy as np
import pytest

from polku.redesign.axes import Axis
from polku.redesign.chances import drawn_means, front_chances, tolerances

TIME = Axis("lead_time", "p50", "days", "lower", floor=0.5, share=0.0)
SHARE = Axis("on_time", "share", "share", "higher", floor=0.01, share=0.0)
ON = (TIME.key, SHARE.key)


def values(*means: tuple[float, float], n: int = 12, own: float = 0.1, seed: int = 3) -> np.ndarray:
    """Candidates with these true means, with noise that they share and some of their own."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, 2)) * (3.0, 0.1)
    mine = rng.standard_normal((len(means), n, 2)) * own * np.array((3.0, 0.1))
    mine[0] = 0.0
    return np.array(means)[:, None] + shared + mine


def chances(of: np.ndarray, **more: object) -> np.ndarray:
    return front_chances(of, (TIME, SHARE), ON, 0, 1, **more)


def test_one_that_is_worse_in_all_is_never_on_the_front_and_the_best_always():
    assert chances(values((40, 0.6), (30, 0.8), (50, 0.5))).tolist() == [0.0, 1.0, 0.0]


def test_each_of_two_that_trade_one_axis_for_the_other_is_on_the_front():
    assert chances(values((40, 0.6), (30, 0.4), (35, 0.5))).tolist() == [1.0, 1.0, 1.0]


def test_differences_below_the_floor_are_none():
    assert chances(values((40, 0.6), (39.9, 0.601), own=0.001)).tolist() == [1.0, 1.0]


def test_a_candidate_that_differs_by_nothing_from_one_with_fewer_moves_is_off():
    of = values((40, 0.6), (30, 0.8), (29.9, 0.801), own=0.001)
    simpler = np.zeros((3, 3), dtype=bool)
    simpler[2, 1] = simpler[2, 0] = simpler[1, 0] = True
    assert chances(of).tolist() == [0.0, 1.0, 1.0]
    assert chances(of, simpler=simpler).tolist() == [0.0, 1.0, 0.0]


def test_a_time_that_is_not_reached_is_the_worst():
    of = values((40, 0.6), (30, 0.6), own=0.01)
    of[1, 3, 0] = np.inf
    assert chances(of).tolist() == [1.0, 0.0]
    both = of.copy()
    both[0, 5, 0] = np.inf
    both[1, :, 1] += 0.2
    assert chances(both).tolist() == [0.0, 1.0]


def test_of_two_that_reach_what_the_current_state_does_not_the_faster_wins():
    of = values((40, 0.6), (30, 0.6), (20, 0.6), own=0.01)
    of[0, :, 0] = np.inf
    assert chances(of).tolist() == [0.0, 0.0, 1.0]


def test_what_was_never_run_is_never_on_the_front():
    of = values((40, 0.6), (30, 0.8))
    of[1] = np.nan
    assert chances(of).tolist() == [1.0, 0.0]


def test_a_candidate_with_fewer_replications_is_held_against_the_same_customers():
    of = values((40, 0.6), (37, 0.7), (33, 0.8), n=30, own=0.02)
    of[2, 5:] = np.nan
    assert chances(of).tolist() == [0.0, 0.0, 1.0]


def test_what_lies_near_is_undecided():
    of = values((40, 0.6), (36, 0.6), (35.4, 0.6), n=4, own=0.5)
    assert 0.02 < chances(of)[2] < 0.98


def test_the_same_seed_gives_the_same_bytes():
    of = values((40, 0.6), (36, 0.6), (35.4, 0.6), n=4, own=0.5)
    assert chances(of).tobytes() == chances(of).tobytes()


def test_means_drawn_for_many_replications_spread_as_a_t_of_the_mean():
    rng = np.random.default_rng(5)
    cost = np.zeros((2, 200, 1))
    cost[1, :, 0] = rng.normal(3.0, 2.0, 200)
    drawn = drawn_means(cost, 0, 1, 20_000)[:, 1, 0]
    assert drawn.mean() == pytest.approx(cost[1].mean(), abs=0.01)
    assert drawn.std() == pytest.approx(cost[1].std(ddof=1) / np.sqrt(200), rel=0.03)


def test_a_candidate_that_never_differs_stays_where_it_is():
    cost = np.zeros((3, 5, 1))
    cost[2, :, 0] = np.arange(5)
    assert (drawn_means(cost, 0, 1)[:, 1, 0] == 0.0).all()


def test_the_chance_that_one_of_two_equals_leads_is_right_on_average():
    one = Axis("lead_time", "p50", "days", "lower", floor=0.0, share=0.0)
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        of = np.zeros((3, 6, 1))
        of[0] = 100.0
        of[1:] = rng.standard_normal((2, 6, 1))
        found.append(front_chances(of, (one,), (one.key,), 0, seed, draws=200)[1])
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)
    assert np.mean(np.array(found) < 0.05) < 0.1


def test_a_share_of_the_current_state_counts_where_it_is_more_than_the_floor():
    axis = Axis("lead_time", "p50", "days", "lower", floor=0.25, share=0.01)
    assert tolerances((axis,), np.array([[80.0], [np.nan]])).tolist() == [0.8]
    assert tolerances((axis,), np.array([[10.0]])).tolist() == [0.25]
    assert tolerances((axis,), np.array([[np.inf]])).tolist() == [0.25]
