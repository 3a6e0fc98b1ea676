"""Whether a candidate keeps the constraints, and what is said of it."""

from __future__ import annotations

import numpy as np
import pretended
import pytest

from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.constraining import broken, told
from polku.redesign.terms import Constraint, Terms

AXES = (
    Axis("lead_time", "p50", "days", "lower", "size", "small", floor=0.25),
    Axis("on_time", "share", "share", "higher", "size", "small", floor=0.005),
    Axis("utilisation", "mean", "share", "none", "pool", "Desk"),
    Axis("burden_eur", "mean_within_h", "EUR", "lower"),
)
NOW = np.array([40.0, 0.6, 0.7, 100.0])


def check(constraint: Constraint, change: tuple[float, ...], *, own: float = 0.01, n: int = 20):
    rng = np.random.default_rng(1)
    shared = rng.standard_normal((n, 4)) * NOW * 0.1
    now = NOW + shared
    of = now + np.array(change) + own * NOW * rng.standard_normal((n, 4))
    candidate = Candidate(pretended.current(), (pretended.move("a"),))
    (found,) = told(candidate, of, now, AXES, Terms(constraints=(constraint,)))
    return found


def test_a_segment_that_gets_slower_is_named_with_figures():
    found = check(Constraint("no_segment_worse"), (5, 0, 0, 0))
    assert found.verdict == "broken"
    assert found.why.startswith("size=small: median lead time 5.0")
    assert "days longer (" in found.why
    assert found.why.endswith("allowed 0 days")
    assert broken([found]) is found


def test_a_segment_that_is_less_often_on_time_is_named_in_percentage_points():
    found = check(Constraint("no_segment_worse", bound=3.0), (0, -0.1, 0, 0))
    assert found.verdict == "broken"
    assert "share on time" in found.why
    assert "percentage points lower" in found.why


def test_what_is_worse_by_less_than_the_bound_is_kept():
    assert check(Constraint("no_segment_worse", bound=8.0), (5, -0.02, 0, 0)).verdict == "kept"


def test_a_segment_that_does_not_change_keeps_a_bound_of_nothing():
    found = check(Constraint("no_segment_worse"), (0, 0, 0, 0), own=0.0)
    assert found.verdict == "kept"
    assert found.why.startswith("kept for all 2")


def test_what_might_be_either_is_not_decided():
    found = check(Constraint("no_segment_worse"), (1, 0, 0, 0), own=0.2, n=4)
    assert found.verdict == "not decided"
    assert found.why


def test_a_column_that_is_none_is_said():
    found = check(Constraint("no_segment_worse", column="colour"), (0, 0, 0, 0))
    assert (found.verdict, found.why) == ("not decided", "colour: is no column of segments here")


def test_a_pool_over_its_bound_is_named_with_what_it_is_today():
    found = check(Constraint("utilisation_at_most", bound=0.85), (0, 0, 0.25, 0))
    assert found.verdict == "broken"
    assert found.why.startswith("utilisation of Desk 9")
    assert "at most 85.0 % allowed, today 7" in found.why
    assert check(Constraint("utilisation_at_most", bound=0.85), (0, 0, 0, 0)).verdict == "kept"


@pytest.mark.parametrize(
    ("kind", "bound", "verdict"),
    [("at_most", 120, "kept"), ("at_most", 80, "broken"), ("at_least", 120, "broken"),
     ("at_least", 80, "kept")],
)  # fmt: skip
def test_a_figure_is_held_to_its_bound(kind, bound, verdict):
    found = check(Constraint(kind, bound=bound, of="burden_eur.mean_within_h"), (0, 0, 0, 0))
    assert found.verdict == verdict


def test_a_time_that_is_no_longer_reached_breaks():
    candidate = Candidate(pretended.current(), (pretended.move("a"),))
    now, of = np.tile(NOW, (5, 1)), np.tile(NOW, (5, 1))
    of[2, 0] = np.inf
    (found,) = told(candidate, of, now, AXES, Terms(constraints=(Constraint("no_segment_worse"),)))
    assert found.verdict == "broken"
    assert "no longer reached" in found.why


def test_staff_is_counted_without_any_look():
    hours = iter([75.0, 80.0])
    candidate = Candidate(pretended.current(), (pretended.move("a"),))
    nothing = np.zeros((0, 4))
    terms = Terms(constraints=(Constraint("no_more_staff"),))
    (found,) = told(candidate, nothing, nothing, AXES, terms, lambda _: next(hours))
    assert found.verdict == "broken"
    assert found.why == "people's hours in the calendars: 80 a week, today 75"
