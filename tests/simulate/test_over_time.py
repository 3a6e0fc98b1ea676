"""Queues, staff and open matters over the days, held against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest

from polku.path.read import read_path
from polku.paths import EVENT_PERMIT
from polku.simulate.causes import CAUSES
from polku.simulate.file.read import read_scenario
from polku.simulate.over_time import (
    duty,
    members,
    midnights,
    nobody_there,
    open_matters,
    queues,
    utilisation,
    weeks,
    worked,
)
from polku.simulate.run import simulate
from polku.simulate.tally import busy, on_duty
from polku.simulate.waits import waits

DAY = 86_400_000_000
ZONE = "Europe/Helsinki"


@pytest.fixture(scope="module")
def run():
    path = read_path(EVENT_PERMIT / "current.bpmn")
    return simulate(path, read_scenario(EVENT_PERMIT / "current.scenario.json"), seed=7).runs[0]


@pytest.fixture(scope="module")
def days(run):
    return midnights(run.trace.since, run.trace.until, ZONE)


def test_midnights_follow_the_clock_of_the_zone_through_summer_time(days):
    apart = np.diff(days) / DAY * 24
    assert set(apart.tolist()) == {23.0, 24.0, 25.0}


def test_weeks_begin_on_mondays_and_cover_the_whole_run(run):
    edges = weeks(run.trace.since, run.trace.until, ZONE)
    assert (edges[0], edges[-1]) == (run.trace.since, run.trace.until)
    assert (np.diff(edges) > 0).all()
    assert len(edges) in (53, 54)


def test_a_queue_holds_what_is_released_and_not_begun(run, days):
    found = queues(run, days)
    pool = run.program.nodes["pool"]
    for k in range(len(found)):
        mine = [r for r in run.trace.rows if pool[r["node"]] == k and r["released"] >= 0]
        for j in range(0, len(days), 40):
            t = days[j]
            slow = 0
            for r in mine:
                begun = r["start"] if r["start"] >= 0 else r["end"]
                slow += bool(r["released"] <= t and (begun < 0 or begun > t))
            assert found[k, j] == slow


def test_the_queue_over_all_moments_is_the_mean_of_the_tally(run):
    from polku.simulate.tally import tally

    hours = np.arange(run.trace.since, run.trace.until, DAY // 96)
    means = queues(run, hours).mean(axis=1)
    told = [p.queue for p in tally(run, run.trace.since).pools]
    assert means == pytest.approx(told, rel=0.02, abs=0.02)


def test_open_matters_are_those_that_arrived_and_have_not_ended(run, days):
    t = run.trace
    found = open_matters(run, days)
    for j in range(0, len(days), 25):
        slow = sum(
            a <= days[j] and (e < 0 or e > days[j])
            for a, e in zip(run.matters.time[: t.arrived], t.ended[: t.arrived], strict=True)
        )
        assert found[j] == slow


def test_open_matters_integrate_to_the_engines_own_count(run):
    t = run.trace
    moments = np.unique(np.concatenate([run.matters.time[: t.arrived], t.ended, [t.since]]))
    moments = np.append(moments[(moments >= t.since) & (moments < t.until)], t.until)
    held = open_matters(run, moments)[:-1]
    assert int((held * np.diff(moments)).sum()) == t.area


def test_work_by_week_is_that_of_counting_every_week_alone(run):
    edges = weeks(run.trace.since, run.trace.until, ZONE)
    found, there = worked(run, edges), duty(run.program, edges)
    for j in range(0, len(edges) - 1, 9):
        a, b = int(edges[j]), int(edges[j + 1])
        assert found[:, j].tolist() == busy(run.program, run.trace.rows, a, b).tolist()
        assert there[:, j].tolist() == on_duty(run.program, a, b).tolist()
    whole = busy(run.program, run.trace.rows, run.trace.since, run.trace.until)
    assert found.sum(axis=1).tolist() == whole.tolist()


def test_utilisation_lies_between_nought_and_one_and_is_unknown_where_nobody_is_on_duty(run):
    edges = weeks(run.trace.since, run.trace.until, ZONE)
    found = utilisation(run, edges)
    known = ~np.isnan(found)
    assert (found[known] >= 0).all()
    assert (found[known] <= 1).all()
    there = duty(run.program, edges)
    for k in range(len(found)):
        on = there[members(run.program, k)].sum(axis=0)
        assert (known[k] == (on > 0)).all()


def test_holidays_are_days_on_which_nobody_is_there_though_it_is_a_weekday(run, days):
    away = nobody_there(run, days, ZONE)
    assert away.shape == (len(run.program.pools), len(days) - 1)
    christmas = int(np.searchsorted(days, days[-1] - 7 * DAY))
    assert away[:, christmas - 7 : -1].any()
    assert away.mean() < 0.5


def test_waiting_by_step_and_cause_adds_up_to_the_microsecond(run):
    found = waits(run)
    rows = run.trace.rows
    done = rows[(rows["state"] == 0) & (rows["start"] >= 0)]
    assert found.micros.shape == (len(run.program.node_ids), len(CAUSES))
    assert int(found.micros.sum()) == int((done["start"] - done["enabled"]).sum())
    for k in np.unique(done["node"]):
        mine = done[done["node"] == k]
        assert int(found.micros[k].sum()) == int((mine["start"] - mine["enabled"]).sum())
        assert int(found.works[k]) == len(mine)
        assert int(found.work[k]) == int((mine["end"] - mine["start"]).sum())


def test_waiting_counts_from_a_moment_on(run):
    middle = (run.trace.since + run.trace.until) // 2
    later = waits(run, middle)
    assert 0 < int(later.works.sum()) < int(waits(run).works.sum())
    both = later + later
    assert both.micros.tolist() == (2 * later.micros).tolist()
