"""The scenarios that ship: they fit their paths, keep up with the season, and make the demo log."""

from __future__ import annotations

import gzip
import subprocess
import sys
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from polku.log.eventlog import EventLog
from polku.log.read import read
from polku.path.conform import conform
from polku.paths import EVENT_PERMIT, load, scenario_file, shipped
from polku.simulate.checking import check_scenario
from polku.simulate.engine.program import DONE
from polku.simulate.file import read_scenario
from polku.simulate.run import Run, simulate
from polku.simulate.scenario import Scenario

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
ALL = [(s.name, v) for s in shipped() for v in s.versions]
PROTOTYPES = [(n, v) for n, v in ALL if v != "current"]
every_version = pytest.mark.parametrize(("name", "version"), ALL)
every_prototype = pytest.mark.parametrize(("name", "version"), PROTOTYPES)
DEMO = EVENT_PERMIT / "synthetic-log.csv.gz"
CHANGE = date(2025, 1, 1)


@cache
def scenario(name: str, version: str = "current") -> Scenario:
    return read_scenario(scenario_file(name, version))


@cache
def year(name: str, version: str) -> Run:
    """A year, after as long a time as a matter of the path takes."""
    since = date(2024, 1, 1) if name == "plot-to-premises" else date(2024, 9, 1)
    found = simulate(
        load(name, version), scenario(name, version), start=since, end=date(2026, 1, 1), seed=2025
    )
    return found.runs[0]


def only(log: EventLog, cases: pl.DataFrame) -> EventLog:
    return replace(log, cases=cases, events=log.events.join(cases, on="case", how="semi"))


def some(log: EventLog, n: int) -> EventLog:
    """The log's n shortest matters that have ended (long ones take long to align)."""
    events = log.events.group_by("case").len()
    ended = log.cases.filter(pl.col("closed")).join(events, on="case").sort("len", "case_id")
    return only(log, ended.head(n).drop("len").sort("case"))


# -- the files


def test_the_scenarios_are_what_the_script_makes():
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "make_scenarios.py"), "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@every_version
def test_a_scenario_is_made_for_its_path_and_has_no_fault(name, version):
    found = scenario(name, version)
    assert found.name == version
    assert (found.path, found.path_hash) == (name, load(name, version).hash)
    assert [f for f in check_scenario(load(name, version), found) if f.severity != "advice"] == []


@every_version
def test_a_scenario_says_that_it_is_an_example_and_holds_nothing_measured(name, version):
    found = scenario(name, version)
    assert "not a finding about any city" in (found.note or "")
    assert ("Changed against the current state" in found.note) == (
        version not in ("current", "prototype-parallel-enquiries")
    )
    told = [*found.steps.values(), *found.branching.values(), *found.attributes.values()]
    told += [*found.people.values(), *found.pools.values(), *found.meetings.values()]
    assert {x.origin.how for x in told} <= {"assumed", "typed", "inferred"}
    assert all(x.origin.note for x in told if x.origin.how != "assumed")


@every_version
def test_every_step_has_its_numbers_and_the_staff_of_its_own_unit(name, version):
    path, found = load(name, version), scenario(name, version)
    steps = {s.id: s for s in path.steps if not s.holds_nodes}
    assert found.steps.keys() == steps.keys()
    for id, numbers in found.steps.items():
        step = steps[id]
        if numbers.pool is not None:
            lane = path.lane_of(step) or path.lane_of(path.node(step.within))
            assert found.pools[numbers.pool].lane == lane.id, id
        if step.facts.contact is not None:
            assert set(numbers.channels) <= set(step.facts.contact.channels), id
        if step.facts.delay == "meeting":
            assert numbers.meeting or numbers.delay.kind == "meeting", id
        elif step.facts.delay:
            assert numbers.delay is not None, id
            assert numbers.delay.kind == step.facts.delay, id


@every_prototype
def test_a_prototype_meets_the_same_customers_under_the_same_measure(name, version):
    now, then = scenario(name), scenario(name, version)
    for part in ("kinds", "attributes", "mapping", "zone", "start", "end"):
        assert getattr(now, part) == getattr(then, part), part
    kept = now.steps.keys() & then.steps.keys()
    changed = [id for id in kept if now.steps[id] != then.steps[id]]
    assert all(then.steps[id].origin.note for id in changed), "a change says why"
    roles = {id: s.role for id, s in then.steps.items() if s.role}
    assert roles.keys().isdisjoint(now.steps), "a step that stays keeps its own draws"
    assert set(roles.values()) <= now.steps.keys()


# -- the runs


@every_version
def test_a_year_runs_and_every_pool_has_work_and_keeps_up(name, version):
    run = year(name, version)
    program, rows = run.program, run.trace.rows
    since = int(np.datetime64("2025-01-01", "us").astype(np.int64))
    until = run.trace.until
    for k, pool in enumerate(program.pool_names):
        span = program.pools[k]
        members = program.members[span["member_at"] : span["member_to"]]
        duty = 0
        for person in members:
            clock = program.people[person]["calendar"]
            at = slice(program.clock_at[clock], program.clock_at[clock + 1])
            opens, closes = (np.clip(a[at], since, until) for a in (program.opens, program.closes))
            duty += int((closes - opens).sum())
        mine = np.isin(rows["person"], members) & (rows["start"] >= since)
        work = rows["work"][mine & (rows["state"] == DONE)].sum()
        assert 0.2 < work / duty < 0.95, f"{pool}: {work / duty:.2f}"


@every_version
def test_most_matters_end_within_the_run_and_some_are_open(name, version):
    ended = year(name, version).trace.ended
    open_share = float((ended < 0).mean())
    assert 0.02 < open_share < 0.5


@pytest.mark.parametrize("name", [s.name for s in shipped()])
def test_the_same_seed_gives_the_same_bytes(name):
    def rows(seed: int) -> list[bytes]:
        found = simulate(load(name), scenario(name), end=date(2025, 4, 1), seed=seed)
        table = found.runs[0].trace.rows
        return [table[column].tobytes() for column in table.dtype.names]

    assert rows(7) == rows(7) != rows(8)


@every_version
def test_a_simulated_log_goes_its_own_path(name, version):
    log = year(name, version).log()
    if version != "prototype-one-check":  # one step stands for ten activities there
        names = {a for s in load(name, version).steps for a in (s.facts.activities or (s.name,))}
        assert set(log.events["activity"].unique().to_list()) <= names
    found = conform(some(log, 12), load(name, version))
    assert found.whole.fitting == found.whole.matters == 12


# -- the demo log


def test_the_log_that_ships_is_what_the_script_makes(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from make_demo_logs import changed, export; "
        "export(changed(), sys.argv[2])"
    )
    out = tmp_path / DEMO.name
    subprocess.run([sys.executable, "-c", code, str(SCRIPTS), str(out)], check=True)
    assert gzip.decompress(out.read_bytes()) == gzip.decompress(DEMO.read_bytes())


@pytest.fixture(scope="module")
def demo() -> EventLog:
    return read(DEMO)


def test_the_demo_log_holds_each_matter_once_and_ends_with_open_ones(demo):
    assert demo.cases["case_id"].n_unique() == demo.n_matters
    assert 1_000 < demo.n_matters < 2_000
    assert 50 < demo.cases["closed"].not_().sum() < 150
    assert "Synthetic" in demo.mapping.about.note


@pytest.mark.parametrize(("half", "version"), [(0, "current"), (1, "prototype-joint-form")])
def test_each_half_of_the_demo_log_goes_its_path(demo, half, version):
    new = pl.col("arrival").dt.convert_time_zone("Europe/Helsinki").dt.date() >= CHANGE
    log = only(demo, demo.cases.filter(new if half else ~new))
    found = conform(some(log, 12), load("event-permit", version))
    assert found.whole.fitting == 12
