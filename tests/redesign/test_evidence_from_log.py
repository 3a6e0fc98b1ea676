"""A log shows where the current state hurts, and says what it cannot tell."""

from __future__ import annotations

import math

import polars as pl
import pytest

import polku
from polku.errors import RedesignError
from polku.log.read import read
from polku.path.build import start
from polku.path.discover import discover
from polku.paths import EVENT_PERMIT, load, scenario_file
from polku.redesign.evidence_from_log import evidence_from_log
from polku.redesign.evidence_from_run import evidence_from_simulation
from polku.redesign.prototype import Prototype
from polku.simulate.calibrate import calibrate
from polku.simulate.file import read_scenario
from polku.simulate.scenario import Arrivals, Kind, Scenario


def calibrated(file, **how):
    log = read(file)
    path = discover(log, **how).path
    return log, Prototype(path, calibrate(log, path), "current")


def said(seen, words):
    return [c for c in seen.cautions if words in c]


def test_the_shipped_log_is_seen_on_the_shipped_path():
    log = polku.read(EVENT_PERMIT / "synthetic-log.csv.gz")
    on = Prototype(load("event-permit"), read_scenario(scenario_file("event-permit")))
    seen = evidence_from_log(log, on)
    assert (seen.source, seen.matters) == ("log", log.n_matters)
    assert seen.step("send-supplement").waiting_days == pytest.approx(
        {"customer": seen.step("send-supplement").waiting}
    )
    assert seen.step("hold-event").work_hours == pytest.approx(6.0)
    assert seen.handovers["area-use", "events-calendar"] > 0.5
    assert seen.utilisation == {}
    assert said(seen, "are no step of the path")
    assert said(seen, "could be several steps")
    assert not said(seen, "which documents")
    assert not said(seen, "one time stamp")


def test_receipts_have_the_cautions_of_one_time_stamp_per_event(data):
    log, on = calibrated(data / "receipt/receipt.xes.gz", noise=0.2)
    seen = evidence_from_log(log, on)
    assert said(seen, "Every event has one time stamp")
    assert said(seen, "lies after their last event")
    assert said(seen, "100% of the waiting has no cause")
    assert said(seen, "which documents")
    assert said(seen, "names no law")
    assert said(seen, "No step of the scenario needs people")
    assert seen.days == pytest.approx(29.0, abs=1)
    assert all(s.work_hours == 0 for s in seen.steps.values())
    assert sum(seen.handovers.values()) > 1
    again = evidence_from_simulation(on, replications=1)
    for id, step in seen.steps.items():
        if step.n > 500:
            assert again.step(id).times == pytest.approx(step.times, rel=0.2)


def test_building_permits_have_stamps_at_midnight_and_open_matters(data):
    log, on = calibrated(data / "bpic15/BPIC15_1.xes.gz", noise=0.2, how="graph")
    seen = evidence_from_log(log, on)
    assert said(seen, "46% of the stamps are at midnight")
    assert said(seen, "42% of the matters are open")
    assert said(seen, "All steps stand in one lane")
    assert not seen.handovers
    assert len(seen.steps) > 100
    assert sum(s.days for s in seen.steps.values()) > 30


ROWS = [
    ("1", "Apply", "2025-01-01T10:00", "2025-01-01T12:00"),
    ("1", "Call", "2025-01-02T10:00", "2025-01-02T12:00"),
    ("1", "Decide", "2025-01-04T12:00", "2025-01-04T13:00"),
    ("2", "Apply", "2025-01-01T10:00", "2025-01-01T12:00"),
    ("2", "Decide", "2025-01-03T12:00", "2025-01-03T13:00"),
]


def tiny(tmp_path, rows, starts=True):
    frame = pl.DataFrame(rows, schema=["case", "activity", "start", "time"], orient="row")
    file = tmp_path / "log.csv"
    (frame if starts else frame.drop("start")).write_csv(file)
    path = start("Stall").step("Apply", unit="Desk").step("Decide", unit="Board").path()
    scenario = Scenario(path.id, {"any": Kind(Arrivals(per_year=10.0))})
    return read(file), Prototype(path, scenario)


def test_work_waiting_and_handovers_of_a_case_worked_by_hand(tmp_path):
    log, on = tiny(tmp_path, ROWS)
    seen = evidence_from_log(log, on)
    decide = seen.step("step-2")
    assert (decide.times, decide.work_hours, decide.n) == (1.0, 1.0, 2)
    assert decide.waiting == pytest.approx((2 + 2) / 2)
    assert list(seen.handovers.values()) == [1.0]
    assert seen.returns == {}
    assert said(seen, "20% of the events are no step of the path (1 activities, most often Call)")
    assert said(seen, "Only 2 matters")
    assert math.isnan(seen.days)
    assert said(seen, "does not say which matters have ended")


def test_some_events_without_a_start_are_counted(tmp_path):
    rows = [(c, a, None if a == "Call" else s, t) for c, a, s, t in ROWS]
    log, on = tiny(tmp_path, rows)
    assert said(evidence_from_log(log, on), "20% of the events have one time stamp only")


def test_a_log_of_another_path_is_refused_in_one_line(tmp_path):
    log, on = tiny(tmp_path, [(c, f"{a} it", s, t) for c, a, s, t in ROWS])
    with pytest.raises(RedesignError, match=r"no activity .*'Apply it'.* is a step of path") as e:
        evidence_from_log(log, on)
    assert "\n" not in str(e.value)
