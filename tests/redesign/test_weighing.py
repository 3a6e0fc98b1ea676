"""How far a weight can move is where the lines of two options cross."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from example_front import example_front
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.redesign.weighing import Gain, gain, score, sensitivity, weights_of

FRONT = example_front()
AXES = [a for a in FRONT.axes if a.sign and a.column is None][:6]
NUMBERS = st.floats(-0.9, 0.9, allow_nan=False)


def made_front(shares):
    """A front whose options have these improvements (shares of the current value) on six axes."""
    options = [FRONT.options[0]]
    for k, row in enumerate(shares):
        figures = []
        for axis, share in zip(AXES, row, strict=True):
            now = FRONT.current.figure(axis.key)
            scale = 1.0 if axis.unit == "share" else now.value
            change = -axis.sign * share * scale
            figures.append(replace(now, change=change, change_low=change, change_high=change))
        options.append(replace(FRONT.options[1], name=f"o{k}", figures=tuple(figures)))
    return replace(FRONT, axes=tuple(AXES), options=tuple(options))


def leads(shares, weights):
    """Brute force: the scores of all options, the current state's 0 first."""
    w = np.array(weights)
    return np.array([0.0, *(100 * np.array(row) @ w / w.sum() for row in shares)])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(NUMBERS, min_size=6, max_size=6), min_size=2, max_size=4),
    st.lists(st.floats(0.1, 5.0), min_size=6, max_size=6),
    st.integers(0, 5),
)
def test_bounds_of_a_weight_are_where_brute_force_finds_another_winner(shares, weights, moved):
    front = made_front(shares)
    names = [o.name for o in front.options]
    given_weights = {a.key: w for a, w in zip(AXES, weights, strict=True)}
    told = {w.axis: w for w in sensitivity(front, given_weights, names, "o0")}
    w = told[AXES[moved].key]
    rest = np.delete(np.array(weights), moved)
    first = int(np.argmax(leads(shares, weights)))
    for t in np.linspace(0, 1, 41):
        by = np.insert((1 - t) * rest / rest.sum(), moved, t)
        scores = leads(shares, by)
        if w.low + 1e-6 < t < w.high - 1e-6:
            assert scores[first] >= scores.max() - 1e-6
        elif t < w.low - 1e-6 or t > w.high + 1e-6:
            assert scores[first] < scores.max() + 1e-9
        if w.chosen_low is not None and w.chosen_low + 1e-6 < t < w.chosen_high - 1e-6:
            assert scores[1] >= scores.max() - 1e-6
        elif w.chosen_low is None:
            assert scores[1] <= scores.max() + 1e-6
    for bound, name, step in ((w.low, w.below, -1e-7), (w.high, w.above, 1e-7)):
        if name is not None and 0 < bound + step < 1:
            by = np.insert((1 - bound - step) * rest / rest.sum(), moved, bound + step)
            scores = leads(shares, by)
            assert scores[names.index(name)] >= scores.max() - 1e-4


def test_a_weight_that_decides_nothing_moves_from_nothing_to_all():
    front = made_front([[0.5] * 6, [0.1] * 6])
    equal = dict.fromkeys((a.key for a in AXES), 1.0)
    told = sensitivity(front, equal, ["current", "o0", "o1"], "o0")
    assert all((w.low, w.high, w.below, w.above) == (0.0, 1.0, None, None) for w in told)


def test_two_options_that_cross_name_each_other():
    front = made_front([[0.5, 0, 0, 0, 0, 0], [0, 0.5, 0, 0, 0, 0]])
    weights = {AXES[0].key: 3.0, AXES[1].key: 1.0}
    told = {w.axis: w for w in sensitivity(front, weights, ["current", "o0", "o1"], "o1")}
    first = told[AXES[0].key]
    assert first.low == pytest.approx(0.5)
    assert first.below == "o1"
    assert first.above is None
    assert (first.chosen_low, first.chosen_high) == pytest.approx((0.0, 0.5))


def test_a_weight_that_stands_alone_cannot_move():
    front = made_front([[0.5] * 6, [0.1] * 6])
    told = sensitivity(front, {AXES[0].key: 2.0}, ["o0", "o1"], "o0")[0]
    assert (told.share, told.low, told.high) == (1.0, 1.0, 1.0)


def test_the_score_of_the_front_is_found_again_from_its_mean_improvements():
    option = FRONT.option("search-1")
    by_hand = 0.0
    for key, weight in FRONT.weights.items():
        axis, told = FRONT.axis(key), option.figure(key)
        scale = 1.0 if axis.unit == "share" else FRONT.current.figure(key).value
        by_hand += weight * -axis.sign * told.change / scale
    found = score(FRONT, option, weights_of(FRONT))
    assert found.value == pytest.approx(100 * by_hand / sum(FRONT.weights.values()))
    assert found.low < found.value < found.high


def test_a_gain_is_cut_at_a_hundred_and_what_is_not_known_is_none():
    axis = FRONT.axis("lead_time.p50")
    now = FRONT.current.figure(axis.key)
    far = replace(now, change=9.0 * now.value, change_low=None, change_high=None)
    assert gain(axis, far, now) == Gain(-100.0, -100.0, -100.0)
    assert gain(axis, None, now) == Gain(0.0, 0.0, 0.0)
    assert gain(axis, far, replace(now, value=None)) is None
    lost = replace(now, change=None, reached=0.75)
    assert gain(axis, lost, now) == Gain(-25.0, -25.0, -25.0)
