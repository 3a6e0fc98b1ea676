"""Open matters as the start: each stands where its events say, and goes on as if never cut."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path as File

import numpy as np
import polars as pl
import pytest

sys.path.insert(0, str(File(__file__).parents[1] / "path"))

from made_scenarios import pair
from ways_of import path as way

from polku.errors import ScenarioError
from polku.path.model import Event, Repeat, Step, Timer
from polku.simulate.arrivals import case_ids
from polku.simulate.clocks import DAY, instant
from polku.simulate.engine.program import (
    DONE,
    IN_NODE,
    ONCE,
    PLACED,
    RACE,
    WORK,
)
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
from polku.simulate.standing import AT_BEGINNING, EXACTLY, ROUGHLY, standing

ZONE = "Europe/Helsinki"
CUT = date(2025, 7, 1)
END = date(2025, 12, 1)
AT = instant(CUT, ZONE)
WEEK = ("mon", "tue", "wed", "thu", "fri")
QUICK = Law("gamma", shapes=(3.0,), scale=4.0, unit="hours")
SLOW = Law("gamma", shapes=(4.0,), scale=60.0, unit="hours")
WIDE = Law("lognorm", shapes=(1.0,), scale=100.0, unit="hours")
SEQUENCE = way("s > A > B > C > e")
CHOICE = way("s > A > x1 > B > x2 > C > e; x1 > D > x2")
BOTH = way("s > A > +1 > B > +2 > C > e; +1 > D > +2")
SOME = way("s > A > o1 > B > o2 > C > e; o1 > D > o2; o1 > F > o2")
ROUND = way("s > x0 > A > x1 > B > e; x1 > x0")
INSIDE = way(
    "s > A > P > C > e; s2 > +1 > B > +2 > e2; +1 > D > +2",
    Step("P", kind="sub-process"),
    within={"s2": "P", "+1": "P", "B": "P", "D": "P", "+2": "P", "e2": "P"},
)


def shares(path, **chances):
    """Branchings: gateway → chance of each target."""
    return {
        g: Branching(always({f.id: by[f.target] for f in path.out(g)})) for g, by in chances.items()
    }


def scenario(path, work, *, pool=("A",), branching=None, calendar=None, delay=None, again=None):
    steps = {
        s.id: StepNumbers(
            always(work[s.id]), "staff" if s.id in pool else None, delay=(delay or {}).get(s.id),
            again=(again or {}).get(s.id),
        )
        for s in path.steps if not s.holds_nodes
    }  # fmt: skip
    hours = {"office": Calendar(dict.fromkeys(WEEK, ("08:00-16:00",)))}
    return Scenario(
        path.id, {"kind": Kind(Arrivals(per_year=1500), 40)}, zone=ZONE, start=date(2025, 1, 1),
        end=END, steps=steps, branching=branching or {},
        pools={"staff": Pool(("x", "y", "z"))}, people={n: Person(calendar) for n in "xyz"},
        calendars=hours,
    )  # fmt: skip


LAWS = {"A": QUICK, "B": SLOW, "C": WIDE, "D": WIDE, "F": SLOW}


def told_only(log):
    """What a log knows at the cut and no more: neither what had begun nor what was due."""
    return replace(log, events=log.events.filter(pl.col("time").dt.epoch("us") < AT))


def in_steps(made, tokens):
    """Steps that tokens stand in, each as often as work in it is known to be due."""
    found = Counter()
    for token in tokens:
        t = dict(zip(PLACED.names, token, strict=True))
        if t["where"] != IN_NODE:
            continue
        node = made.nodes[t["to"]]
        if node["does"] == WORK:
            found[t["to"]] += 1 if node["repeat"] == ONCE else t["due"]
        elif node["does"] == RACE and t["due"]:
            found["race"] += 1
    return found


def truth(run, cut):
    """Case id → the steps that were due at the cut; and the ids of whom the log cannot tell it."""
    ids = case_ids(run.matters).to_list()
    rows = run.trace.rows
    end = np.where(rows["end"] < 0, np.iinfo(np.int64).max, rows["end"])
    there = defaultdict(Counter)
    for row in rows[(rows["enabled"] < cut) & (end >= cut)]:
        there[ids[row["matter"]]][int(row["node"])] += 1
    hidden = (rows["state"] != DONE) & (rows["enabled"] < cut)
    return there, {ids[m] for m in rows["matter"][hidden]}


def held_against(run, found, cut, received=frozenset()):
    """Matters whose tokens are not where the run had them."""
    there, hidden = truth(run, cut)
    wrong = []
    for one in found.open:
        if one.id in hidden:
            continue  # work broken off, or never done, leaves no event
        mine, real = in_steps(run.program, one.tokens), there[one.id].copy()
        for node in received:
            if mine["race"] and real[node]:
                mine["race"] -= 1
                real[node] -= 1
        if +mine != +real:
            wrong.append((one, real))
    return wrong


@pytest.mark.parametrize(
    ("path", "branching"),
    [
        (SEQUENCE, {}),
        (CHOICE, shares(CHOICE, x1={"B": 0.6, "D": 0.4})),
        (BOTH, {}),
        (SOME, shares(SOME, o1={"B": 0.6, "D": 0.5, "F": 0.3})),
        (ROUND, shares(ROUND, x1={"B": 0.5, "x0": 0.5})),
        (INSIDE, {}),
    ],
    ids=["sequence", "exclusive", "parallel", "inclusive", "loop", "sub-process"],
)  # fmt: skip
def test_every_matter_of_a_simulated_log_stands_exactly_where_the_run_had_it(path, branching):
    made = scenario(path, LAWS, branching=branching)
    run = simulate(path, made, threads=1).runs[0]
    found = standing(run.log(), path, made, CUT)
    assert len(found) > 20
    assert found.count(EXACTLY) == len(found)
    assert not found.over
    assert not held_against(run, found, AT)
    assert {o.id for o in found.open} == {
        i for i, t, e in zip(case_ids(run.matters), run.matters.time, run.trace.ended, strict=True)
        if t < AT and not 0 <= e < AT
    }  # fmt: skip


@pytest.mark.parametrize("seeds", [range(0, 20), range(20, 40), range(40, 60)], ids=str)
def test_made_paths_stand_where_the_run_had_them_and_go_on_from_there(seeds):
    at = datetime(2025, 4, 10, 13, 17, 1, tzinfo=UTC)
    cut = round(at.timestamp() * 1e6)
    for seed in seeds:
        made = pair(seed)
        run = simulate(made.path, made.scenario, end=date(2025, 7, 1), threads=1).runs[0]
        found = standing(run.log(), made.path, made.scenario, at)
        nodes = run.program.nodes
        received = {
            int(run.program.flows[f]["target"])
            for n in nodes[nodes["does"] == RACE]
            for f in run.program.out[n["out_at"] : n["out_to"]]
        }
        wrong = [
            (one.id, one.tokens, real)
            for one, real in held_against(run, found, cut, received)
            if one.how == EXACTLY
        ]
        assert not wrong, (seed, wrong[:1])
        on = simulate(made.path, made.scenario, end=at + timedelta(days=20), standing=found).runs[0]
        assert on.log().n_matters >= len(found), seed


def test_what_is_certain_ends_at_the_very_moment_at_which_it_would_have():
    path = way("s > A > +1 > B > +2 > C > e; +1 > D > +2")
    days = {"A": 3, "B": 20, "C": 40, "D": 31}
    made = scenario(path, {k: fixed(v, "days") for k, v in days.items()}, pool=())
    run = simulate(path, made, threads=1).runs[0]
    ends = dict(zip(case_ids(run.matters), run.trace.ended.tolist(), strict=True))
    for log in (run.log(), told_only(run.log())):
        found = standing(log, path, made, CUT)
        on = simulate(path, made, standing=found, seed=9, threads=1).runs[0]
        n = len(found)
        assert n > 200
        assert on.trace.ended[:n].tolist() == [ends[o.id] for o in found.open]


def test_a_delay_in_office_hours_and_a_timer_go_on_for_what_is_left_of_them():
    wait = Delay(always(fixed(200, "hours")), "customer", "office")
    timer = Event("i1", position="catch", trigger="timer", timer=Timer("duration", "P30D"))
    late = Event("b1", "", "boundary", "timer", Timer("duration", "P50D"), "B")
    path = way("s > A > i1 > B > e; b1 > C > e2", timer, late)
    work = {"A": fixed(0), "B": fixed(90, "days"), "C": fixed(1, "days")}
    made = scenario(path, work, pool=(), delay={"A": wait})
    run = simulate(path, made, threads=1).runs[0]
    ends = dict(zip(case_ids(run.matters), run.trace.ended.tolist(), strict=True))
    found = standing(told_only(run.log()), path, made, CUT)
    on = simulate(path, made, standing=found, seed=9, threads=1).runs[0]
    where = {t[PLACED.names.index("to")] for o in found.open for t in o.tokens}
    assert where == {run.program.node_ids.index(n) for n in ("A", "i1")}  # B is not forced yet
    a = run.program.node_ids.index("A")
    in_a = [k for k, o in enumerate(found.open) if o.tokens[0][PLACED.names.index("to")] == a]
    assert len(in_a) > 100
    assert [on.trace.ended[k] for k in in_a] == [ends[found.open[k].id] for k in in_a]


@pytest.mark.parametrize(
    ("path", "made", "known"),
    [
        (SEQUENCE, scenario(SEQUENCE, {
            "A": Law("expon", scale=14, unit="hours"), "B": Law("expon", scale=200, unit="hours"),
            "C": Law("expon", scale=300, unit="hours")}), "little"),
        (SEQUENCE, scenario(SEQUENCE, LAWS), "little"),
        (SEQUENCE, scenario(SEQUENCE, LAWS | {"A": Law("gamma", shapes=(3.0,), scale=1.1,
            unit="hours")}, calendar="office"), "all"),
        (BOTH, scenario(BOTH, LAWS), "little"),
        (CHOICE, scenario(CHOICE, LAWS,
            branching=shares(CHOICE, x1={"B": 0.6, "D": 0.4})), "all"),
    ],
    ids=["memoryless", "with memory", "office hours", "parallel", "exclusive"],
)  # fmt: skip
def test_a_run_that_goes_on_agrees_with_the_run_that_was_never_cut(path, made, known):
    """Mean remaining time, open matters at three later days, old ones among them: |z| < 4."""
    base = simulate(path, made, replications=100, seed=1)
    rows = []
    for run in base:
        log = run.log() if known == "all" else told_only(run.log())
        found = standing(log, path, made, CUT)
        on = simulate(path, made, seed=500 + run.replication, standing=found, threads=1).runs[0]
        n = len(found)
        end = dict(zip(case_ids(run.matters), run.trace.ended, strict=True))
        mine = np.where(on.trace.ended[:n] < 0, on.trace.until, on.trace.ended[:n])
        real = np.array([end[o.id] for o in found.open])
        real = np.where(real < 0, run.trace.until, real)
        row = [(mine.mean() - real.mean()) / DAY]
        for day in (7, 21, 60):
            t = AT + day * DAY
            row += [(mine > t).sum() - (real > t).sum(), _open(on, t) - _open(run, t)]
        rows.append(row)
    rows = np.array(rows, float)
    error = rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
    z = rows.mean(axis=0) / np.where(error > 0, error, 1)
    assert (np.abs(z) < 4).all(), z


def _open(run, t):
    over = (run.trace.ended >= 0) & (run.trace.ended <= t)
    return int(((run.matters.time < t) & ~over).sum())


def test_a_later_round_of_a_loop_is_a_later_round():
    once_more = {f.id: float(f.target == "x0") for f in ROUND.out("x1")}
    on = {f.id: float(f.target == "B") for f in ROUND.out("x1")}
    made = scenario(ROUND, LAWS, branching={"x1": Branching(Varied((once_more, on)))})
    run = simulate(ROUND, made, threads=1).runs[0]
    found = standing(run.log(), ROUND, made, CUT)
    going = simulate(ROUND, made, seed=4, standing=found, threads=1).runs[0]
    a = going.program.node_ids.index("A")
    done = Counter(r["matter"] for r in going.trace.rows if r["node"] == a and r["state"] == DONE)
    seen = [o.seen.get(a, 0) for o in found.open]
    assert set(seen) == {0, 1, 2}
    for k, before in enumerate(seen):
        if going.trace.ended[k] >= 0:
            assert done[k] + before == 2


def test_a_step_done_again_and_again_keeps_its_rounds():
    step = Step("A", kind="user", repeat=Repeat("loop"))
    path = way("s > A > B > e", step)
    again = {"A": Varied((1.0, 1.0, 0.0))}
    made = scenario(path, LAWS, again=again)
    run = simulate(path, made, threads=1).runs[0]
    found = standing(run.log(), path, made, CUT)
    assert not held_against(run, found, AT)
    on = simulate(path, made, seed=4, standing=found, threads=1).runs[0]
    a = on.program.node_ids.index("A")
    done = Counter(r["matter"] for r in on.trace.rows if r["node"] == a and r["state"] == DONE)
    for k, one in enumerate(found.open):
        if on.trace.ended[k] >= 0 and one.tokens[0][PLACED.names.index("to")] == a:
            assert done[k] + one.seen.get(a, 0) == 3


def test_open_matters_keep_id_and_arrival_and_are_seen_from_the_start_on():
    made = scenario(SEQUENCE, LAWS)
    run = simulate(SEQUENCE, made, threads=1).runs[0]
    found = standing(run.log(), SEQUENCE, made, CUT)
    on = simulate(SEQUENCE, made, standing=found, threads=1)
    log = on.log
    cases = log.cases.filter(pl.col("entry").is_not_null())
    assert set(cases["case_id"]) == {o.id for o in found.open}
    arrival = dict(zip(cases["case_id"], cases["arrival"].dt.epoch("us"), strict=True))
    assert arrival == {o.id: o.arrival for o in found.open}
    due = dict(zip(cases["case_id"], cases["due"].dt.epoch("us"), strict=True))
    assert due == {o.id: o.arrival + 40 * DAY for o in found.open}
    assert log.since == AT
    assert (log.cases.filter(pl.col("entry").is_null())["arrival"].dt.epoch("us") >= AT).all()
    said = [a.text for a in log.source.assumptions]
    assert any(f"{len(found)} matters are open at the start" in text for text in said)


def test_the_same_seed_gives_the_same_with_one_thread_and_two():
    made = scenario(CHOICE, LAWS, branching=shares(CHOICE, x1={"B": 0.6, "D": 0.4}))
    found = standing(simulate(CHOICE, made).log, CHOICE, made, CUT)
    one, two = (
        simulate(CHOICE, made, standing=found, replications=3, threads=k) for k in (1, 2)
    )  # fmt: skip
    for a, b in zip(one, two, strict=True):
        assert a.trace.rows.tolist() == b.trace.rows.tolist()


def test_events_that_are_no_way_of_the_path_place_a_matter_roughly():
    made = scenario(SEQUENCE, LAWS)
    log = told_only(simulate(SEQUENCE, made).log)
    some = log.events["case"].unique().head(400)
    gone = pl.col("case").is_in(some.implode()) & (pl.col("activity").cast(pl.String) == "A")
    found = standing(replace(log, events=log.events.filter(~gone)), SEQUENCE, made, CUT)
    assert found.count(ROUGHLY) > 0
    assert sum(found.reasons.values()) == found.count(ROUGHLY) + found.count(AT_BEGINNING)
    assert found.to_json()["roughly"] == found.count(ROUGHLY)
    rough = next(o for o in found.open if o.how == ROUGHLY)
    at = simulate(SEQUENCE, made, standing=found, threads=1).runs[0].program.node_ids
    assert at[rough.tokens[0][PLACED.names.index("to")]] == "C"


def test_what_does_not_fit_is_refused():
    made = scenario(SEQUENCE, LAWS)
    log = simulate(SEQUENCE, made).log
    found = standing(log, SEQUENCE, made, CUT)
    with pytest.raises(ScenarioError, match="stand at another moment"):
        simulate(SEQUENCE, made, start=date(2025, 3, 1), standing=found)
    with pytest.raises(ScenarioError, match="another path"):
        simulate(BOTH, scenario(BOTH, LAWS), standing=found)
    unknown = log.cases.with_columns(closed=pl.lit(None, pl.Boolean))
    with pytest.raises(ScenarioError, match="which matters have ended"):
        standing(replace(log, cases=unknown), SEQUENCE, made, CUT)
