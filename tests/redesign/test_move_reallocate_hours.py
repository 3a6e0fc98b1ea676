"""Hours that go from one pool to another: none are lost, and nobody decides on their own work."""

from __future__ import annotations

from dataclasses import replace

import pytest
from holding import holds, refused, shipped, simulated
from hypothesis import given
from hypothesis import strategies as st

from polku.path.build import start
from polku.path.facts import Facts
from polku.path.model import Lane
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
    always,
    fixed,
)

KIND = kind_of("reallocate-hours")
ONE = {"hours_per_week": 4.0}


def two_units(apart: bool = False, members: tuple[str, ...] = ("ann", "bo")) -> Prototype:
    """Two units of one agency: Quiet, with time to spare, and Busy."""
    line = start("Stall").step("Look", id="look", lane="quiet")
    facts = Facts(separate_from=("look",)) if apart else Facts()
    path = line.step("Check", id="check", lane="busy", facts=facts).path()
    lanes = (Lane("a", "Agency"), Lane("quiet", "Quiet", "a", "unit"),
             Lane("busy", "Busy", "a", "unit"), Lane("b", "Other"))  # fmt: skip
    path = replace(path, lanes=lanes)
    scenario = Scenario(
        "path",
        {"stall": Kind(Arrivals(per_year=500))},
        steps={
            "look": StepNumbers(work=always(fixed(10.0)), pool="quiet"),
            "check": StepNumbers(work=always(fixed(60.0)), pool="busy"),
        },
        pools={"quiet": Pool(members, lane="quiet"), "busy": Pool(("cy",), lane="busy")},
        people={m: Person("week") for m in (*members, "cy")},
        calendars={"week": Calendar({"mon": ("08:00-16:00",), "thu": ("08:00-12:00",)})},
    )
    return Prototype(path, scenario)


@given(st.sampled_from([1.0, 1.5, 4.0, 7.5, 11.5]))
def test_no_hour_is_lost_or_won(hours):
    on = two_units()
    after = apply(KIND.at("quiet", "busy", hours_per_week=hours), on)
    assert staff_hours_total(after.scenario) == pytest.approx(staff_hours_total(on.scenario))
    one, two = weekly_hours(on.scenario), weekly_hours(after.scenario)
    assert two["quiet"] == pytest.approx(one["quiet"] - hours)
    assert two["busy"] == pytest.approx(one["busy"] + hours)


def test_the_two_calendars_of_the_person_do_not_meet():
    after = apply(KIND.at("quiet", "busy", hours_per_week=6.0), two_units()).scenario
    assert after.pools["quiet"].members == ("ann", "bo")
    assert after.pools["busy"].members == ("cy", "ann for busy")
    mine = week_of(after.calendars[str(after.people["ann"].calendar)])
    theirs = week_of(after.calendars[str(after.people["ann for busy"].calendar)])
    assert mine == {"mon": ((480, 840),)}
    assert theirs == {"mon": ((840, 960),), "thu": ((480, 720),)}
    assert after.people["bo"].calendar == "week"


def test_the_path_stays_and_the_scenario_runs():
    holds(KIND.at("quiet", "busy", **ONE), two_units(), {"new-field": 1.0}, {"new-field": 2.0})


@pytest.mark.parametrize(
    ("name", "giver", "receiver", "hours"),
    [
        ("event-permit", "food-safety", "noise-control", 4.0),
        ("event-permit", "traffic", "area-use", 4.0),
        ("starting-up", "building-control", "area-use", 7.5),
        ("plot-to-premises", "building-control", "planning", 2.0),
    ],
)
def test_it_holds_on_the_shipped_paths(name, giver, receiver, hours):
    on = shipped(name)
    after = holds(KIND.at(giver, receiver, hours_per_week=hours), on, {"new-field": 1.5})
    assert staff_hours_total(after.scenario) == pytest.approx(staff_hours_total(on.scenario))


def test_a_new_field_makes_the_persons_work_longer():
    for value in (1.0, 1.3):
        move = KIND.at("quiet", "busy", **ONE)
        steps = apply(move, two_units(), {"new-field": value}).scenario.steps
        assert mean(steps["check"].by_person["ann for busy"]) == pytest.approx(value * 60 * 6e7)
        assert steps["look"].by_person == {}


def test_a_pool_that_is_not_there_is_refused_with_the_nearest():
    said = refused(KIND.at("quiet", "bussy", **ONE), two_units())
    assert said == "there is no pool 'bussy' in the scenario; did you mean 'busy'?"


def test_a_pool_gives_nothing_to_itself():
    assert "to itself" in refused(KIND.at("busy", "busy", **ONE), two_units())


def test_two_pools_are_named_and_no_other_number():
    assert "giver and the receiver" in refused(KIND.at("quiet", **ONE), two_units())


def test_hours_out_of_bounds_are_refused():
    assert "give 1 to 37.5" in refused(KIND.at("quiet", "busy", hours_per_week=0.2), two_units())


def test_another_agencys_hours_are_not_taken_unless_it_is_allowed():
    on = two_units()
    pools = {**on.scenario.pools, "busy": replace(on.scenario.pools["busy"], lane="b")}
    on = on.with_scenario(replace(on.scenario, pools=pools))
    said = refused(KIND.at("quiet", "busy", **ONE), on)
    assert said == (
        "pools 'quiet' and 'busy' are of two agencies; set between_agencies to allow it"
    )
    move = KIND.at("quiet", "busy", between_agencies=True, **ONE)
    holds(move, on)
    assert KIND.touches(move, on) == ("a", "b")


def test_nobody_works_on_both_sides_of_separated_duties():
    said = refused(KIND.at("quiet", "busy", **ONE), two_units(apart=True))
    assert "must be done by different people, and one would work for both" in said


def test_the_only_one_who_is_needed_for_separated_duties_stays():
    on = two_units(members=("ann",))
    path = start("Stall").step("Look", id="look", lane="quiet")
    path = path.step("Check", id="check", lane="busy")
    path = path.step("Again", id="again", lane="b", facts=Facts(separate_from=("look",))).path()
    on = on.with_path(replace(path, lanes=on.path.lanes))
    said = refused(KIND.at("quiet", "busy", **ONE), on)
    assert said == "pool 'quiet' has one member, who is needed for separated duties: 'Look' (look)"


def test_nobody_gives_all_their_hours_or_those_of_a_third_pool():
    on = two_units()
    said = refused(KIND.at("quiet", "busy", hours_per_week=12.0), on)
    assert "nobody in pool 'quiet' keeps more than 12 hours a week" in said
    pools = {**on.scenario.pools, "third": Pool(("ann", "bo"))}
    on = on.with_scenario(replace(on.scenario, pools=pools))
    assert "works for it alone" in refused(KIND.at("quiet", "busy", **ONE), on)


def test_a_giver_that_would_be_too_busy_is_refused():
    said = refused(KIND.at("quiet", "busy", busy=0.8, **ONE), two_units())
    assert said == (
        "pool 'quiet' would be busy for 96% of its time, over the bound of 85%; move fewer hours"
    )
    assert KIND.refuses(KIND.at("quiet", "busy", busy=0.8, bound=0.99, **ONE), two_units()) is None


def test_who_gave_a_part_is_another_time_asked_for_the_rest_only():
    once = apply(KIND.at("quiet", "busy", hours_per_week=8.0), two_units())
    twice = apply(KIND.at("quiet", "busy", hours_per_week=8.0), once)
    assert twice.scenario.pools["busy"].members == ("cy", "ann for busy", "bo for busy")
    assert person_hours(twice.scenario, "bo") == pytest.approx(4.0)
    simulated(twice)


def test_pairs_of_one_agency_are_found_from_spare_to_busy():
    on = two_units()
    seen = {"check": StepSeen(1.0, 1.0, {"contention": 3.0}, 100)}
    (move,) = KIND.find(Evidence(on, "log", 100, seen, utilisation={"quiet": 0.2, "busy": 0.9}))
    assert move.at == ("quiet", "busy")
    assert move.with_["busy"] == 0.2
    assert move.hint > 0
    assert KIND.refuses(move, on) is None
    assert not list(KIND.find(Evidence(on, "log", 9, seen, utilisation={"quiet": 0.8})))
