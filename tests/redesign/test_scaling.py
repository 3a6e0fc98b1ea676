"""A scaled law gives the factor times what the law gives, whatever the law."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.errors import RedesignError
from polku.redesign.scaling import (
    mixed,
    mixed_work,
    scaled,
    scaled_varied,
    scaled_work,
    shifted,
    shifted_work,
)
from polku.simulate.continuous import continuous, names
from polku.simulate.laws import check_law, mean, quantile
from polku.simulate.scenario import Law, StepNumbers, Varied, fixed

U = np.array([1e-6, 0.01, 0.2, 0.5, 0.73, 0.99, 1 - 1e-6])

OWN = (
    fixed(3.0),
    fixed(3.0, None),
    Law("empirical", (5.0, 1.0, 2.0)),
    Law("empirical", (5.0, 1.0, 2.0), low=1.5),
    Law("quantiles", (1.0, 2.0, 9.0), (0.0, 0.5, 1.0), unit="hours"),
    Law("quantiles", (1.0, 2.0, 9.0), (0.0, 0.5, 1.0), low=1.5, high=8.0),
    Law("uniform", loc=2.0, scale=4.0),
    Law("mixture", chances=(1.0, 3.0), parts=(fixed(1.0), Law("expon", scale=4.0))),
    Law("mixture", chances=(1.0, 3.0), parts=(fixed(1.0), Law("expon", scale=4.0)), high=6.0),
    Law("norm", loc=10.0, scale=5.0, low=0.0, high=30.0),
    Law("lognorm", shapes=(0.8,), scale=20.0, high=200.0),
)


@pytest.mark.parametrize("law", OWN, ids=lambda x: x.name)
@pytest.mark.parametrize("factor", [0.3, 1.0, 2.5])
def test_a_scaled_law_gives_the_factor_times_its_quantiles(law: Law, factor: float) -> None:
    after = scaled(law, factor)
    check_law(after, "after")
    np.testing.assert_allclose(quantile(after, U), factor * quantile(law, U), rtol=1e-9)
    assert mean(after) == pytest.approx(factor * mean(law), rel=1e-9)


SLOW = {"studentized_range", "gausshyper"}
"""Laws whose quantiles are integrated numerically, for a minute and more."""


@pytest.mark.parametrize("name", sorted(set(names()) - SLOW))
def test_every_continuous_law_that_the_simulation_knows_can_be_scaled(name: str) -> None:
    law = _example(name)
    middle = np.array([0.05, 0.3, 0.5, 0.8, 0.95])
    before, after = quantile(law, middle), quantile(scaled(law, 1.7), middle)
    np.testing.assert_allclose(after, 1.7 * before, rtol=1e-8)


def _example(name: str) -> Law:
    """A law of a name with some shapes that it can have, cut so that all its values are finite."""
    known = continuous(name)
    assert known is not None
    grid = product((0.8, 0.2, 1.5, 3.0, 5.0), repeat=len(known.shapes))
    shapes = next(x for x in grid if known.is_valid(*x))
    return Law(name, shapes=shapes, loc=1.0, scale=2.0, unit=None, low=-1e3, high=1e3)


@given(st.sampled_from(OWN), st.floats(0.01, 50.0), st.floats(0.01, 50.0))
def test_scaling_twice_is_scaling_by_the_product(law: Law, a: float, b: float) -> None:
    np.testing.assert_allclose(
        quantile(scaled(scaled(law, a), b), U), quantile(scaled(law, a * b), U), rtol=1e-9
    )


@pytest.mark.parametrize("law", OWN, ids=lambda x: x.name)
def test_a_factor_of_nought_leaves_nothing_in_the_same_unit(law: Law) -> None:
    after = scaled(law, 0.0)
    assert after.values == (0.0,)
    assert (after.unit is None) == (law.unit is None)


@pytest.mark.parametrize("factor", [-1.0, math.nan, math.inf])
def test_a_factor_that_is_no_factor_is_refused(factor: float) -> None:
    with pytest.raises(RedesignError, match="a time cannot be scaled by it; give 0 or more"):
        scaled(fixed(1.0), factor)


def test_every_case_and_round_of_a_step_is_scaled_and_single_people_too() -> None:
    work = Varied((fixed(1.0), fixed(2.0)), "size", {"big": (fixed(3.0),)})
    numbers = StepNumbers(work=work, by_person={"ann": fixed(4.0)}, pool="desk")
    after = scaled_work(numbers, 2.0)
    assert after.work == Varied((fixed(2.0), fixed(4.0)), "size", {"big": (fixed(6.0),)})
    assert after.work == scaled_varied(work, 2.0)
    assert after.by_person == {"ann": fixed(8.0)}
    assert after.pool == "desk"
    assert scaled_work(StepNumbers(), 2.0) == StepNumbers()


def test_a_mixed_law_is_each_factor_with_its_chance() -> None:
    law = mixed(Law("expon", scale=4.0), [(0.25, 1.0), (0.75, 0.2), (0.0, 9.0)])
    check_law(law, "law")
    assert mean(law) == pytest.approx(mean(Law("expon", scale=4.0)) * (0.25 + 0.75 * 0.2))
    assert mixed(fixed(3.0), [(1.0, 2.0)]) == fixed(6.0)
    with pytest.raises(RedesignError, match="every chance is 0"):
        mixed(fixed(3.0), [(0.0, 2.0)])


def test_a_mixed_step_mixes_every_case_and_person() -> None:
    numbers = StepNumbers(
        work=Varied((fixed(2.0),), "size", {"big": (fixed(6.0),)}), by_person={"ann": fixed(4.0)}
    )
    after = mixed_work(numbers, [(0.5, 1.0), (0.5, 0.0)])
    assert after.work is not None
    assert [mean(x) / 6e7 for x in after.work.all()] == pytest.approx([1.0, 3.0])
    assert mean(after.by_person["ann"]) / 6e7 == pytest.approx(2.0)
    assert mixed_work(StepNumbers(), [(1.0, 2.0)]) == StepNumbers()


@pytest.mark.parametrize("law", [x for x in OWN if x != fixed(3.0, None)], ids=lambda x: x.name)
def test_a_shifted_law_gives_so_many_minutes_more(law: Law) -> None:
    after = shifted(law, 7.0)
    check_law(after, "after")
    np.testing.assert_allclose(quantile(after, U), quantile(law, U) + 7 * 6e7, rtol=1e-9)
    assert shifted(law, 0.0) == law


def test_a_plain_number_has_no_minutes_to_add() -> None:
    with pytest.raises(RedesignError, match="is a plain number"):
        shifted(fixed(3.0, None), 1.0)


def test_a_shifted_step_is_longer_for_every_case_and_person() -> None:
    hours = Law("fixed", (1.0,), unit="hours")
    numbers = StepNumbers(work=Varied((fixed(2.0),), "size", {"big": (hours,)}),
                          by_person={"ann": fixed(4.0)})  # fmt: skip
    after = shifted_work(numbers, 30.0)
    assert after.work == Varied((fixed(32.0),), "size", {"big": (fixed(1.5, "hours"),)})
    assert after.by_person == {"ann": fixed(34.0)}
