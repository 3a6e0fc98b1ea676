"""How runs, batches and rounds end: small cases worked out by hand."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from polku.errors import ScenarioError
from polku.path.model import Event, Flow, Gateway, Path, Step, Timer
from polku.simulate.checking import check_scenario
from polku.simulate.engine.program import DONE
from polku.simulate.run import simulate
from polku.simulate.scenario import (
    Arrivals,
    Batch,
    Branching,
    Calendar,
    Delay,
    EventNumbers,
    Kind,
    Law,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    always,
    fixed,
)
from polku.simulate.tally import tally

HOUR = 3_600_000_000
WEEK = Calendar(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",)))


def line(*steps: Step, more: tuple[object, ...] = ()) -> Path:
    ids = ["start", *(s.id for s in steps), "end"]
    flows = tuple(Flow(f"f{k}", a, b) for k, (a, b) in enumerate(pairwise(ids)))
    nodes = (Event("start", position="start"), *steps, Event("end", position="end"), *more)
    return Path("p", nodes=nodes, flows=flows)


def arriving(*hours: float) -> dict[str, Kind]:
    return {"matter": Kind(Arrivals(at=tuple(round(h * HOUR) for h in hours)))}


def hours(run, column, step="w"):
    ids = run.program.node_ids
    rows = run.trace.rows
    mine = rows[[ids[n] == step for n in rows["node"]]]
    return [(x[column] - run.trace.since) / HOUR for x in mine[mine["matter"].argsort()]]


def test_a_run_for_a_number_of_matters_goes_on_until_all_have_ended_however_long_it_takes():
    s = Scenario(
        "p", arriving(*(0.5 * k for k in range(3_000))), calendars={"week": WEEK},
        people={"one": Person("week")}, pools={"desk": Pool(("one",))},
        steps={"w": StepNumbers(work=always(fixed(1, "hours")), pool="desk")},
    )  # fmt: skip
    run = simulate(line(Step("w")), s, matters=3_000).runs[0]
    assert (run.trace.ended >= 0).all()
    assert tally(run).balanced


def test_a_batch_that_never_fills_is_named():
    s = Scenario("p", arriving(0, 1, 2), steps={
        "w": StepNumbers(work=always(fixed(1, "hours")), batch=Batch(size=2))})  # fmt: skip
    with pytest.raises(ScenarioError, match=r"w: 1 matters wait for a batch that never fills"):
        simulate(line(Step("w")), s, matters=3)


def test_what_would_end_long_after_the_last_day_is_open_on_it():
    s = Scenario(
        "p", arriving(0), calendars={"week": WEEK}, start=date(2025, 1, 1), end=date(2025, 3, 1),
        steps={"w": StepNumbers(delay=Delay(always(fixed(3_000, "hours")), "statutory", "week"))},
    )  # fmt: skip
    run = simulate(line(Step("w")), s).runs[0]
    assert run.trace.ended.tolist() == [-1]


def test_a_sub_process_with_ways_of_its_own_draws_each_round_anew():
    inside = (Event("s", position="start", within="sub"), Step("w", within="sub"),
              Event("e", position="end", within="sub"))  # fmt: skip
    path = Path(
        "p",
        nodes=(Event("start", position="start"), Step("sub", kind="sub-process"), *inside,
               Event("end", position="end")),
        flows=(Flow("in", "start", "sub"), Flow("back", "sub", "sub"), Flow("on", "sub", "end"),
               Flow("a", "s", "w", within="sub"), Flow("b", "w", "e", within="sub")),
    )  # fmt: skip
    s = Scenario(
        "p", arriving(*range(400)), steps={"w": StepNumbers(work=always(fixed(1, "hours")))},
        branching={"sub": Branching(always({"back": 0.5, "on": 0.5}))},
    )  # fmt: skip
    run = simulate(path, s, matters=400).runs[0]
    assert 1.7 < (run.trace.rows["state"] == DONE).sum() / 400 < 2.3


def test_the_first_of_two_awaited_events_comes_even_after_years():
    path = Path(
        "p",
        nodes=(Event("start", position="start"), Gateway("g", kind="event"),
               Event("t", position="catch", trigger="timer", timer=Timer("duration", "P450D")),
               Event("m", position="catch", trigger="message"),
               Event("end", position="end"), Event("other", position="end")),
        flows=(Flow("1", "start", "g"), Flow("2", "g", "t"), Flow("3", "g", "m"),
               Flow("4", "t", "end"), Flow("5", "m", "other")),
    )  # fmt: skip
    always_open = Calendar(dict.fromkeys(WEEK.hours, ("00:00-24:00",)) | {
        "sat": ("00:00-24:00",), "sun": ("00:00-24:00",)})  # fmt: skip
    s = Scenario(
        "p", arriving(0), calendars={"open": always_open},
        events={"m": EventNumbers(always(fixed(600, "days")), calendar="open"),
                "t": EventNumbers(calendar="open")},
        outcomes={"end": "decided", "other": "rejected"},
    )  # fmt: skip
    run = simulate(path, s, matters=1).runs[0]
    assert (run.trace.ended[0] - run.trace.since) / HOUR == 450 * 24
    assert run.program.outcomes[run.trace.outcome[0]] == "decided"


def test_a_batch_waits_for_its_oldest_living_member_and_frees_its_person_when_it_is_gone():
    stop = Event("stop", position="boundary", trigger="timer", attached_to="w",
                 timer=Timer("duration", "PT4H"))  # fmt: skip
    gone = Event("gone", position="end")
    path = line(Step("w"), more=(stop, gone))
    path = Path(path.id, nodes=path.nodes, flows=(*path.flows, Flow("x", "stop", "gone")))
    steps = {"w": StepNumbers(work=always(fixed(1, "hours")), pool="desk",
                              batch=Batch(max_wait=fixed(3, "hours"), size=9))}  # fmt: skip
    s = Scenario("p", arriving(0, 9), steps=steps, people={"one": Person()},
                 pools={"desk": Pool(("one",))})  # fmt: skip
    run = simulate(path, s, matters=2).runs[0]
    assert hours(run, "released") == [3, 12]
    work = StepNumbers(work=always(fixed(10, "hours")), pool="desk", batch=Batch(size=1))
    s = Scenario("p", arriving(0, 5), steps={"w": work}, people={"one": Person()},
                 pools={"desk": Pool(("one",))})  # fmt: skip
    run = simulate(path, s, matters=2).runs[0]
    assert hours(run, "start") == [0, 5]  # stopped after 4 hours, the person is free at once


def test_a_loop_may_go_round_more_often_than_any_guard():
    path = line(Step("w"), Step("v"))
    path = Path(path.id, nodes=(*path.nodes, Gateway("g")), flows=(
        Flow("1", "start", "w"), Flow("2", "w", "g"), Flow("back", "g", "w"), Flow("on", "g", "v"),
        Flow("3", "v", "end")))  # fmt: skip
    s = Scenario(
        "p", arriving(0), steps={"w": StepNumbers(work=always(fixed(1, "minutes"))),
                                 "v": StepNumbers(work=always(fixed(1, "minutes")))},
        branching={"g": Branching(always({"back": 0.999, "on": 0.001}))},
    )  # fmt: skip
    runs = simulate(path, s, matters=1, replications=20).runs
    assert max(len(r.trace.rows) for r in runs) > 1_000


def test_separate_duties_hold_for_every_member_of_a_batch_and_need_two_people():
    from dataclasses import replace

    b = Step("b")
    b = replace(b, facts=replace(b.facts, separate_from=("a",)))
    path = line(Step("a"), b)
    pool = {"desk": Pool(("one", "two"))}
    people = {"one": Person(), "two": Person()}
    work = always(Law("expon", scale=1, unit="hours"))
    s = Scenario(
        "p", arriving(*(0.7 * k for k in range(200))), people=people, pools=pool,
        steps={"a": StepNumbers(work=work, pool="desk"),
               "b": StepNumbers(work=work, pool="desk", batch=Batch(size=1))},
    )  # fmt: skip
    run = simulate(path, s, matters=200).runs[0]
    rows, ids = run.trace.rows, run.program.node_ids
    who = {(int(r["matter"]), ids[r["node"]]): int(r["person"]) for r in rows}
    assert all(who[m, "a"] != who[m, "b"] for m in range(200))
    alone = replace(s, people={"one": Person()}, pools={"desk": Pool(("one",))})
    assert "S309" in {f.code for f in check_scenario(path, alone)}
