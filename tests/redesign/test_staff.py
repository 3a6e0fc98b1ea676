"""Hours of staff are read from calendars, and weeks are cut without losing a minute."""

from __future__ import annotations

import pytest
from holding import shipped
from hypothesis import given
from hypothesis import strategies as st

from polku.errors import RedesignError
from polku.path.build import start
from polku.paths import NAMES
from polku.redesign.staff import (
    cut,
    lanes_of_pool,
    minutes,
    new_name,
    staff_hours_total,
    week_of,
    weekly_hours,
    written,
)
from polku.simulate.scenario import (
    Calendar,
    Person,
    Pool,
    Scenario,
    StepNumbers,
)

WEEK = Calendar({"mon": ("08:00-12:00", "13:00-16:30"), "sat": ("22:00-24:00",)})


def scenario(**more) -> Scenario:
    return Scenario(
        "path",
        {},
        pools={"desk": Pool(("ann", "bo")), "board": Pool(("bo", "cy"), lane="hall")},
        people={"ann": Person("week"), "bo": Person("week"), "cy": Person()},
        calendars={"week": WEEK},
        **more,
    )


def test_hours_of_pools_and_of_all_people_each_once():
    assert weekly_hours(scenario()) == {"desk": 19.0, "board": 9.5 + 168.0}
    assert staff_hours_total(scenario()) == 9.5 * 2 + 168.0


def test_hours_of_a_shipped_pool_are_those_of_its_file():
    hours = weekly_hours(shipped("event-permit").scenario)
    assert hours["area-use"] == 160.0
    assert hours["waste-supervision"] == 3.5
    assert hours["event-safety"] == 88.0


@pytest.mark.parametrize("name", NAMES)
def test_the_total_of_the_shipped_scenarios_is_the_sum_of_its_pools(name):
    s = shipped(name).scenario
    assert staff_hours_total(s) == pytest.approx(sum(weekly_hours(s).values()))


@given(st.integers(0, 700))
def test_a_week_in_two_is_the_whole_week(wanted):
    week = week_of(WEEK)
    one, two = cut(week, wanted)
    assert minutes(one) == min(wanted, minutes(week))
    assert minutes(one) + minutes(two) == minutes(week)
    at = [(d, a, b) for part in (one, two) for d, hours in part.items() for a, b in hours]
    for day, hours in week.items():
        parts = sorted((a, b) for d, a, b in at if d == day)
        assert sum(b - a for a, b in parts) == sum(b - a for a, b in hours)


def test_a_week_is_written_as_it_was_read():
    assert written(week_of(WEEK)) == dict(WEEK.hours)
    night = Calendar({"fri": ("22:00-06:00",)})
    assert minutes(week_of(night)) == 8 * 60
    assert written(week_of(night)) == {"fri": ("22:00-06:00",)}


def test_what_is_cut_after_midnight_stands_in_the_next_day():
    night = week_of(Calendar({"sun": ("22:00-06:00",)}))
    for wanted, first, rest in (
        (240, "22:00-02:00", "02:00-06:00"), (120, "22:00-24:00", "00:00-06:00"),
    ):  # fmt: skip
        one, two = cut(night, wanted)
        assert written(one) == {"sun": (first,)}
        assert written(two) == {"mon": (rest,)}


def test_hours_that_cannot_be_read_are_told():
    with pytest.raises(RedesignError, match="'eight-noon': cannot be read; write them as"):
        week_of(Calendar({"mon": ("eight-noon",)}))


def test_a_pool_belongs_to_the_lane_it_names_else_to_those_of_its_steps():
    path = start("Stall").step("Check", id="check", unit="Desk").path()
    s = scenario(steps={"check": StepNumbers(pool="desk")})
    assert lanes_of_pool(path, s, "desk") == ("lane-desk",)
    assert lanes_of_pool(path, s, "board") == ()


def test_a_new_name_is_one_that_nobody_has():
    assert new_name([], "ann") == "ann"
    assert new_name(["ann", "ann 2"], "ann") == "ann 3"
