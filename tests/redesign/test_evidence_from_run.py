"""A simulated current state shows where it hurts, exactly as its own event log would."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tiny_kinds import current

from polku.errors import RedesignError
from polku.measure.criteria.smoothness import returned
from polku.measure.steps import Steps
from polku.path.build import start
from polku.paths import NAMES, load, scenario_file
from polku.redesign.evidence_from_log import evidence_from_log
from polku.redesign.evidence_from_run import evidence_from_runs, evidence_from_simulation
from polku.redesign.flow_shares import counted_shares
from polku.redesign.prototype import Prototype
from polku.simulate.file import read_scenario
from polku.simulate.run import NEVER, simulate
from polku.simulate.scenario import (
    Arrivals,
    Branching,
    Delay,
    Kind,
    Meeting,
    Scenario,
    StepNumbers,
    always,
    fixed,
)
from polku.simulate.tally import tally


def shipped(name):
    return Prototype(load(name), read_scenario(scenario_file(name)), "current")


def test_the_same_seed_gives_the_same_evidence():
    assert evidence_from_simulation(current(), 3) == evidence_from_simulation(current(), 3)


def test_every_step_has_its_times_work_and_waiting():
    on = current()
    delayed = StepNumbers(
        work=always(fixed(2, "hours")), pool="safety",
        delay=Delay(always(fixed(5, "days")), "statement"),
    )  # fmt: skip
    on = on.with_scenario(on.scenario.with_steps(**{"step-2": delayed}))
    seen = evidence_from_simulation(on)
    assert [s.times for s in seen.steps.values()] == pytest.approx([1, 1, 1], abs=0.03)
    check = seen.step("step-2")
    assert check.waiting_days["statement"] == pytest.approx(5)
    assert check.work_hours >= 2
    assert "off_duty" in check.waiting_days
    assert seen.handovers == pytest.approx(
        dict.fromkeys(seen.handovers, 1.0), abs=0.03
    )  # there and back
    assert len(seen.handovers) == 2
    assert list(seen.returns.values()) == pytest.approx([1.0], abs=0.03)
    assert seen.days > 5


def test_a_hearing_counts_as_statutory_and_what_nothing_explains_as_unexplained():
    on = current()
    steps = {
        "step-1": StepNumbers(delay=Delay(always(fixed(3, "days")), "hearing")),
        "step-2": StepNumbers(delay=Delay(always(fixed(4, "days")), "other")),
    }
    seen = evidence_from_simulation(on.with_scenario(on.scenario.with_steps(**steps)))
    assert seen.step("step-1").waiting_days == pytest.approx({"statutory": 3.0})
    assert seen.step("step-2").waiting_days == pytest.approx({"unexplained": 4.0})


@pytest.mark.parametrize("name", NAMES)
def test_shares_of_flows_balance_at_every_exclusive_gateway(name):
    seen = evidence_from_simulation(shipped(name), replications=1)
    path = seen.on.path
    for gateway in path.gateways:
        flows = [f.id for f in path.out(gateway.id)]
        if gateway.kind == "exclusive":
            assert sum(seen.flows[f] for f in flows) == pytest.approx(1, abs=0.02)
    assert all(0 <= share <= 1 for share in seen.flows.values())


def test_long_paths_are_followed_to_their_end():
    seen = evidence_from_simulation(shipped("plot-to-premises"), replications=1)
    assert seen.days > 365
    assert seen.flows["applicant-chosen--hold-meeting"] == pytest.approx(0.6, abs=0.1)


def test_meetings_that_are_given_for_one_year_only_do_not_stop_it():
    on = current()
    s = replace(
        on.scenario.with_steps(**{"step-3": StepNumbers(meeting="board")}),
        meetings={"board": Meeting(dates=(date(2025, 6, 3), date(2025, 12, 30)))},
    )
    seen = evidence_from_simulation(on.with_scenario(s))
    assert seen.step("step-3").waiting_days["meeting"] > 30


@pytest.mark.parametrize(
    ("change", "replications", "said"),
    [({"warm_up_days": 400.0}, 3, "nobody arrives"), ({}, 0, "replications is 0")],
)
def test_where_nothing_can_be_seen_the_reason_is_told(change, replications, said):
    on = current()
    on = on.with_scenario(replace(on.scenario, **change))
    with pytest.raises(RedesignError, match=said) as e:
        evidence_from_simulation(on, replications=replications)
    assert "\n" not in str(e.value)


def test_utilisation_is_that_of_the_tally():
    on = shipped("event-permit")
    (run,) = simulate(on.path, on.scenario, threads=1).runs
    seen = evidence_from_runs(on, [run], run.trace.until)
    assert seen.utilisation == pytest.approx(
        {p.name: p.utilisation for p in tally(run).pools if p.utilisation is not None}
    )


@pytest.mark.parametrize("name", NAMES)
def test_handovers_and_returns_are_those_of_the_run_s_own_log(name):
    on = shipped(name)
    (run,) = simulate(on.path, on.scenario, threads=1).runs
    seen = evidence_from_runs(on, [run], NEVER)
    steps = Steps(run.log())
    n = steps.n
    assert sum(seen.handovers.values()) == pytest.approx(steps.handed_over("unit").sum() / n)
    assert sum(seen.returns.values()) == pytest.approx(returned(steps).sum() / n)
    told = evidence_from_log(run.log(), on)
    unsure = {s for s in told.steps if told.steps[s].n != seen.steps[s].n}
    assert not unsure or told.cautions
    for id in set(told.steps) - unsure:
        assert told.steps[id].times == pytest.approx(seen.steps[id].times)
        # a log counts no work of automatic steps, which take seconds here
        assert told.steps[id].work_hours == pytest.approx(seen.steps[id].work_hours, abs=0.01)


def test_an_unfinished_year_and_steps_never_done_are_told():
    path = start("Rare").step("Ask", unit="Desk").step("Answer", unit="Desk").path()
    slow = StepNumbers(delay=Delay(always(fixed(9, "weeks")), "customer"))
    kinds = {"any": Kind(Arrivals(between=fixed(1, "days")))}
    on = Prototype(path, Scenario(path.id, kinds, steps={"step-1": slow, "step-2": slow}))
    (run,) = simulate(path, on.scenario, threads=1, end=on.scenario.start.replace(month=3)).runs
    seen = evidence_from_runs(on, [run], NEVER)
    assert any("had not ended" in c for c in seen.cautions)
    assert any("Only 58 matters" in c for c in seen.cautions)
    assert any("Never done" in c and "step-1" in c for c in seen.cautions)
    assert any("which documents" in c for c in seen.cautions)
    assert any("No step of the scenario needs people" in c for c in seen.cautions)
    assert np.isnan(seen.days)


def test_what_goes_in_comes_out():
    path = load("starting-up")
    done = {s.id: 0 for s in path.steps}
    shares = counted_shares(path, done, done, 0)
    assert all(share == 1.0 for share in shares.values())


def test_chances_that_are_the_same_for_all_stand_where_steps_do_not_tell():
    on = shipped("event-permit")
    gateway = on.scenario.branching["claim"]
    changed = replace(
        on.scenario,
        branching={**on.scenario.branching, "claim": Branching(gateway.flows, gateway.origin)},
    )
    seen = evidence_from_simulation(on.with_scenario(changed), replications=1)
    assert seen.flows["claim--file-claim"] == pytest.approx(0.03, abs=0.02)
