"""Calibration: a known scenario comes back from its own log; what a log cannot tell is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path as File

import numpy as np
import polars as pl
import pytest

from polku.errors import ScenarioError
from polku.log.eventlog import EventLog
from polku.log.read import read
from polku.path.build import start
from polku.path.discover import discover
from polku.path.facts import Facts
from polku.path.model import Event, Flow, Gateway, Path, Step
from polku.path.read import read_path
from polku.simulate.calibrate import calibrate
from polku.simulate.checking import check_scenario
from polku.simulate.file.read import read_scenario
from polku.simulate.file.write import save_scenario
from polku.simulate.laws import mean
from polku.simulate.run import simulate
from polku.simulate.scenario import (
    Arrivals,
    Branching,
    Calendar,
    Delay,
    Kind,
    Law,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    Varied,
    always,
    fixed,
)

MINUTE = 6e7
PATH = Path(
    id="permit",
    name="Permit",
    nodes=(
        Event("begin", "", "start"),
        Gateway("in"),
        Step("check", "Check"),
        Gateway("complete"),
        Step("supplement", "Supplement", facts=Facts(delay="customer")),
        Gateway("both", kind="parallel"),
        Step("statement", "Statement"),
        Step("inspect", "Inspect"),
        Gateway("joined", kind="parallel"),
        Gateway("verdict"),
        Step("grant", "Grant"),
        Step("refuse", "Refuse"),
        Event("granted", "", "end"),
        Event("refused", "", "end"),
    ),
    flows=(
        Flow("f1", "begin", "in"),
        Flow("f2", "in", "check"),
        Flow("f3", "check", "complete"),
        Flow("lacks", "complete", "supplement"),
        Flow("f5", "supplement", "in"),
        Flow("whole", "complete", "both"),
        Flow("f7", "both", "statement"),
        Flow("f8", "both", "inspect"),
        Flow("f9", "statement", "joined"),
        Flow("f10", "inspect", "joined"),
        Flow("f11", "joined", "verdict"),
        Flow("yes", "verdict", "grant"),
        Flow("no", "verdict", "refuse"),
        Flow("f14", "grant", "granted"),
        Flow("f15", "refuse", "refused"),
    ),
)
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",))
SHORT = dict.fromkeys(("tue", "thu"), ("09:00-15:00",))
TRUTH = Scenario(
    path="permit",
    zone="Europe/Helsinki",
    start=date(2024, 1, 1),
    end=date(2025, 7, 1),
    kinds={
        "permit": Kind(
            Arrivals(
                per_year=1500,
                weekdays=(2, 1, 1, 1, 1, 0, 0),
                hours=(*[0.0] * 8, *[1.0] * 8, *[0.0] * 8),
            )
        )
    },
    calendars={"office": Calendar(WEEK), "short": Calendar(SHORT)},
    people={
        **{f"clerk {k}": Person("office") for k in range(3)},
        **{f"inspector {k}": Person("short") for k in range(2)},
    },
    pools={
        "clerks": Pool(tuple(f"clerk {k}" for k in range(3))),
        "inspectors": Pool(tuple(f"inspector {k}" for k in range(2))),
    },
    branching={
        "complete": Branching(
            Varied(({"lacks": 0.5, "whole": 0.5}, {"lacks": 0.1, "whole": 0.9}))
        ),
        "verdict": Branching(always({"yes": 0.8, "no": 0.2})),
    },
    steps={
        "check": StepNumbers(work=always(Law("expon", scale=30.0)), pool="clerks"),
        "supplement": StepNumbers(
            work=always(fixed(0.0)),
            delay=Delay(always(Law("gamma", shapes=(2.0,), scale=3.0, unit="days")), "customer"),
        ),
        "statement": StepNumbers(
            work=always(Law("lognorm", shapes=(0.5,), scale=40.0)), pool="clerks"
        ),
        "inspect": StepNumbers(work=always(fixed(20.0)), pool="inspectors"),
        "grant": StepNumbers(
            work=always(fixed(10.0)), pool="clerks",
            delay=Delay(always(fixed(1.0, "days"))),
        ),
        "refuse": StepNumbers(work=always(fixed(25.0)), pool="clerks"),
    },
)  # fmt: skip


@cache
def known_log() -> EventLog:
    return simulate(PATH, TRUTH, seed=3, threads=1).log


@cache
def found() -> Scenario:
    return calibrate(known_log(), PATH, zone="Europe/Helsinki")


def minutes(law: Law) -> float:
    return mean(law) / MINUTE


def delay_days(step: str) -> float:
    delay = found().steps[step].delay
    assert delay is not None
    return minutes(delay.law.otherwise[0]) / 1440


def test_the_rate_of_arrival_and_its_weekdays_come_back() -> None:
    (kind,) = found().kinds.values()
    assert kind.arrivals.per_year == pytest.approx(1500, rel=0.08)
    weekdays = np.array(kind.arrivals.weekdays)
    assert weekdays[0] / weekdays[1:5].mean() == pytest.approx(2, rel=0.15)
    assert weekdays[5:].max() < 0.01
    hours = np.array(kind.arrivals.hours)
    assert hours[8:16].sum() / hours.sum() > 0.99
    assert found().start in (date(2024, 1, 1), date(2024, 1, 2))
    assert kind.arrivals.origin.how == "measured"


def test_chances_come_back_and_a_supplement_gets_rarer_by_round() -> None:
    first, second, *_ = found().branching["complete"].flows.otherwise
    assert first["lacks"] == pytest.approx(0.5, abs=0.04)
    assert second["lacks"] == pytest.approx(0.1, abs=0.03)
    (verdict,) = found().branching["verdict"].flows.otherwise
    assert verdict["yes"] == pytest.approx(0.8, abs=0.03)
    assert found().branching["verdict"].origin.n == known_log().cases["closed"].sum()


def test_laws_of_work_are_in_the_time_of_the_calendar() -> None:
    steps = found().steps
    works = {k: s.work.otherwise[0] for k, s in steps.items() if s.work is not None}
    assert minutes(works["check"]) == pytest.approx(30, rel=0.08)
    assert minutes(works["statement"]) == pytest.approx(40 * np.exp(0.125), rel=0.08)
    assert works["check"].name in ("expon", "gamma", "weibull_min")
    assert works["statement"].name == "lognorm"
    assert works["inspect"] == fixed(20.0)
    assert works["grant"] == fixed(10.0)


def test_pools_people_and_their_hours_come_back() -> None:
    scenario = found()
    sizes = sorted(len(p.members) for p in scenario.pools.values())
    assert sizes == [2, 3]
    clerks = scenario.steps["check"].pool
    assert clerks is not None
    assert scenario.steps["refuse"].pool == clerks
    for name, hours in (("check", WEEK), ("inspect", SHORT)):
        pool = scenario.pools[str(scenario.steps[name].pool)]
        for member in pool.members:
            person = scenario.people[member]
            assert person.at_once == 1
            assert person.calendar is not None
            assert scenario.calendars[person.calendar].hours == hours


def test_waiting_for_people_and_for_opening_is_no_delay() -> None:
    steps = found().steps
    assert steps["check"].delay is None
    assert steps["inspect"].delay is None
    assert steps["statement"].delay is None


def test_delays_come_back_with_their_kind() -> None:
    assert delay_days("supplement") == pytest.approx(6, rel=0.15)
    supplement = found().steps["supplement"].delay
    assert supplement is not None
    assert supplement.kind == "customer"
    assert supplement.origin.how == "measured"
    assert delay_days("grant") == pytest.approx(1, rel=0.1)


def test_what_is_calibrated_moves_like_the_log() -> None:
    again = simulate(PATH, found(), seed=9, threads=1).log

    def lead(log: EventLog) -> pl.Series:
        hours = (pl.col("end") - pl.col("arrival")).dt.total_minutes() / 60
        return log.cases.select(hours)["end"].drop_nulls()

    truth, simulated = lead(known_log()), lead(again)
    assert simulated.mean() == pytest.approx(truth.mean(), rel=0.1)
    assert simulated.median() == pytest.approx(truth.median(), rel=0.1)
    assert simulated.quantile(0.9) == pytest.approx(truth.quantile(0.9), rel=0.12)


def test_the_scenario_fits_its_path_and_survives_its_file(tmp_path: File) -> None:
    assert [f for f in check_scenario(PATH, found()) if f.level == "error"] == []
    save_scenario(found(), tmp_path / "s.json")
    assert read_scenario(tmp_path / "s.json") == found()


def test_the_same_log_gives_the_same_scenario() -> None:
    assert calibrate(known_log(), PATH, zone="Europe/Helsinki") == found()


def one_time(log: EventLog) -> EventLog:
    events = log.events.with_columns(pl.lit(None, dtype=log.events.schema["start"]).alias("start"))
    return replace(log, events=events)


def test_one_time_per_event_gives_delays_without_staff_and_says_so() -> None:
    scenario = calibrate(one_time(known_log()), PATH)
    assert not scenario.pools
    assert not scenario.people
    assert all(s.work is None or s.work == always(fixed(0.0)) for s in scenario.steps.values())
    assert scenario.steps["grant"].delay is not None
    said = [r.text for r in scenario.remarks if r.place == "service times"]
    assert len(said) == 1
    assert "without contention" in said[0]
    simulate(PATH, scenario, matters=20, threads=1)


def test_activities_that_the_path_lacks_are_named_with_their_counts() -> None:
    nodes = tuple(replace(n, name="Other") if n.id == "inspect" else n for n in PATH.nodes)
    scenario = calibrate(known_log(), replace(PATH, nodes=nodes))
    said = {r.place: r.text for r in scenario.remarks}
    n = known_log().events.filter(pl.col("activity") == "Inspect").height
    assert f"Inspect ({n:,})" in said["activities"]
    assert "does not happen in the log" in said["inspect"]
    assert scenario.steps["inspect"].origin.how == "assumed"


def test_a_path_that_is_another_ends_in_clear_words() -> None:
    with pytest.raises(ScenarioError, match=r"no activity of the log .* is a step of path"):
        calibrate(known_log(), start("Stall").step("Apply").path())


def test_a_zone_that_is_unknown_ends_in_clear_words() -> None:
    with pytest.raises(ScenarioError, match="zone 'Europe/Helsingfors' is not known"):
        calibrate(known_log(), PATH, zone="Europe/Helsingfors")


def some(log: EventLog, n: int) -> EventLog:
    cases = log.cases.head(n)
    return replace(log, cases=cases, events=log.events.filter(pl.col("case") < n))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_tiny_log_gives_a_scenario_that_says_how_little_it_knows(n: int) -> None:
    scenario = calibrate(some(known_log(), n), PATH)
    simulate(PATH, scenario, matters=3, threads=1)
    assert scenario.remarks


def test_an_empty_log_ends_in_clear_words() -> None:
    with pytest.raises(ScenarioError, match="no events"):
        calibrate(some(known_log(), 0), PATH)


# -- public logs


def public(data: File, log: str, path: str) -> tuple[EventLog, Path]:
    return read(data / log), read_path(data / path)


def test_loan_applications_arrive_by_the_clock_and_wait_an_hour(data: File) -> None:
    log, path = public(
        data,
        "loan-application/LoanApp_simplified_train.csv.gz",
        "loan-application/LoanApp_simplified.bpmn",
    )
    scenario = calibrate(log, path)
    (kind,) = scenario.kinds.values()
    assert kind.arrivals.between == fixed(30.0)
    assert sorted(len(p.members) for p in scenario.pools.values()) == [1, 2, 2, 2, 4, 8]
    by_name = {path.node(s).name: n for s, n in scenario.steps.items()}
    for name in ("Reject application", "Cancel application", "Approve application"):
        delay = by_name[name].delay
        assert delay is not None
        assert delay.law == always(fixed(60.0))
        assert delay.calendar is None
    assert sum(s.delay is not None for s in scenario.steps.values()) == 3
    assert any(r.place == "zone" for r in scenario.remarks)  # hours move with the clocks in it
    run = simulate(path, scenario, matters=log.n_matters, threads=1)
    hours = (pl.col("end") - pl.col("arrival")).dt.total_minutes() / 60
    truth = log.cases.select(hours)["end"].mean()
    assert run.log.cases.select(hours)["end"].mean() == pytest.approx(truth, rel=0.1)


def test_receipts_have_one_time_per_event_and_their_zone_is_found(data: File) -> None:
    log = read(data / "receipt/receipt.xes.gz")
    path = discover(log, noise=0.2).path
    scenario = calibrate(log, path)
    assert scenario.zone.startswith("Europe/")
    assert not scenario.pools
    places = {r.place for r in scenario.remarks}
    assert {"service times", "rare steps", "ways"} <= places
    simulate(path, scenario, matters=50, threads=1)


def test_building_permits_say_what_they_cannot_tell(data: File) -> None:
    log = read(data / "bpic15/BPIC15_1.xes.gz")
    path = discover(log, noise=0.2, how="graph").path
    scenario = calibrate(log, path)
    said = {r.place: r.text for r in scenario.remarks}
    assert "46% of the stamps are at midnight" in said["time"]
    assert "delay without contention" in said["service times"]
    assert "fewer than 5 times" in said["rare steps"]
    assert not scenario.calendars
    (kind,) = scenario.kinds.values()
    assert kind.arrivals.origin.n == 1199
