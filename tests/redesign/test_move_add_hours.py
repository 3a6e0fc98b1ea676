"""One more person in a pool: hours as asked, a path as it was, and who is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from holding import holds, refused, shipped, simulated

from polku.errors import RedesignError
from polku.path.build import start
from polku.paths import NAMES
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import apply, kind_of
from polku.redesign.prototype import Prototype
from polku.redesign.staff import person_hours, staff_hours_total, week_of, weekly_hours
from polku.simulate.laws import mean
from polku.simulate.scenario import (
    Arrivals,
    Calendar,
    Kind,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    Varied,
    always,
    fixed,
)

KIND = kind_of("add-hours")


def desk(**hours: tuple[str, ...]) -> Prototype:
    """A path of one step, done by one person with these hours."""
    path = start("Stall").step("Check", unit="Desk", id="check").path()
    scenario = Scenario(
        "path",
        {"stall": Kind(Arrivals(per_year=500))},
        steps={"check": StepNumbers(work=always(fixed(60.0)), pool="desk")},
        pools={"desk": Pool(("ann",), lane="lane-desk")},
        people={"ann": Person("hers", cost_per_hour=40.0)},
        calendars={"hers": Calendar(hours, holidays="FI")},
    )
    return Prototype(path, scenario)


@pytest.mark.parametrize("name", NAMES)
def test_every_pool_of_the_shipped_paths_gets_the_hours_that_were_asked_for(name):
    on = shipped(name)
    before = weekly_hours(on.scenario)
    for k, pool in enumerate(before):
        move = KIND.at(pool)
        after = holds(move, on, {"start-up": 2.0}) if k == 0 else apply(move, on)
        assert weekly_hours(after.scenario)[pool] == pytest.approx(before[pool] + 7.5)
        total = staff_hours_total(on.scenario) + 7.5
        assert staff_hours_total(after.scenario) == pytest.approx(total)
        assert after.path is on.path


@pytest.mark.parametrize("hours", [1.0, 3.25, 7.5, 20.0, 37.5])
def test_the_new_persons_hours_are_cut_from_a_members_days(hours):
    on = desk(mon=("08:00-12:00", "13:00-16:00"), wed=("08:00-16:00",))
    after = apply(KIND.at("desk", hours_per_week=hours), on)
    assert after.scenario.pools["desk"].members == ("ann", "desk more")
    assert person_hours(after.scenario, "desk more") == pytest.approx(hours)
    if hours == 7.5:
        calendar = after.scenario.calendars["desk more 7.5 h"]
        assert calendar.hours == {"mon": ("08:00-12:00", "13:00-16:00"), "wed": ("08:00-08:30",)}
        assert calendar.holidays == "FI"
    assert after.scenario.people["desk more"].cost_per_hour == 40.0
    simulated(after)


def test_a_member_with_few_hours_is_followed_on_other_days_and_then_all_day():
    on = desk(wed=("08:00-11:30",))
    week = week_of(apply(KIND.at("desk"), on).scenario.calendars["desk more 7.5 h"])
    assert {day: (a, b) for day, ((a, b),) in week.items()} == {
        "mon": (480, 690), "tue": (480, 690), "wed": (480, 510),
    }  # fmt: skip
    whole = apply(KIND.at("desk", hours_per_week=30.0), on).scenario
    assert whole.calendars["desk more 30 h"].hours["mon"] == ("08:00-16:00",)


def test_the_start_up_makes_the_new_persons_work_longer_and_nobody_elses():
    on = desk(mon=("08:00-16:00",))
    for value in (1.0, 1.4, 2.0):
        after = apply(KIND.at("desk"), on, {"start-up": value}).scenario.steps["check"]
        assert mean(after.by_person["desk more"]) == pytest.approx(value * 60 * 6e7)
        assert after.work == on.scenario.steps["check"].work
        assert set(after.by_person) == {"desk more"}


def test_where_work_varies_the_new_person_works_as_the_others_do():
    on = desk(mon=("08:00-16:00",))
    varied = Varied((fixed(60.0), fixed(20.0)))
    on = on.with_scenario(
        on.scenario.with_steps(check=replace(on.scenario.steps["check"], work=varied))
    )
    assert apply(KIND.at("desk"), on).scenario.steps["check"].by_person == {}


def test_two_more_people_are_two_people():
    on = desk(mon=("08:00-16:00",))
    twice = apply(KIND.at("desk"), apply(KIND.at("desk"), on))
    assert twice.scenario.pools["desk"].members == ("ann", "desk more", "desk more 2")
    assert weekly_hours(twice.scenario)["desk"] == pytest.approx(8 + 15)
    simulated(twice)


def test_a_pool_that_is_not_there_is_refused_with_the_nearest():
    assert refused(KIND.at("dsk"), desk(mon=("08:00-16:00",))) == (
        "there is no pool 'dsk' in the scenario; did you mean 'desk'?"
    )


def test_hours_out_of_bounds_are_refused():
    on = desk(mon=("08:00-16:00",))
    for hours in (0.5, 40.0):
        said = f"hours_per_week is {hours:g}; give 1 to 37.5"
        assert refused(KIND.at("desk", hours_per_week=hours), on) == said
    with pytest.raises(RedesignError, match="give 1 to"):
        apply(KIND.at("desk", hours_per_week=99.0), on)


def test_people_who_are_always_there_get_no_hours():
    on = desk(mon=("08:00-16:00",))
    on = on.with_scenario(replace(on.scenario, people={"ann": Person()}))
    assert "always there" in refused(KIND.at("desk"), on)


def test_more_than_one_pool_is_refused():
    assert "name one" in refused(KIND.at("desk", "desk"), desk(mon=("08:00-16:00",)))


def test_busy_pools_are_found_and_idle_ones_are_not():
    on = desk(mon=("08:00-16:00",))
    seen = {"check": StepSeen(1.0, 1.0, {"contention": 3.0, "off_duty": 2.0}, 100)}
    (move,) = KIND.find(Evidence(on, "log", 100, seen, utilisation={"desk": 0.9}))
    assert move.at == ("desk",)
    assert 0 < move.hint <= 5.0
    assert not list(KIND.find(Evidence(on, "log", 100, {}, utilisation={"desk": 0.3})))
    assert list(KIND.find(Evidence(on, "log", 100, {}, utilisation={"desk": 0.7})))


def test_days_on_which_nobody_was_there_count_for_who_waits_for_hours():
    seen = {"check": StepSeen(1.0, 1.0, {"off_duty": 4.0}, 100)}
    (move,) = KIND.find(Evidence(desk(wed=("08:00-11:30",)), "log", 100, seen))
    assert move.hint == pytest.approx(4.0 * (1 - 1 / 3))
    assert not list(KIND.find(Evidence(desk(wed=("08:00-16:00",)), "log", 100, seen)))


def test_it_touches_the_agency_of_the_pool():
    on = shipped("event-permit")
    assert KIND.touches(KIND.at("event-safety"), on) == ("rescue-department",)
    assert KIND.touches(KIND.at("area-use-deciders"), on) == ("city-environment",)
    assert "7.5 more working hours" in (KIND.says(KIND.at("event-safety"), on).en or "")
