"""Running paths through the adapter: every element, all flows, time without waiting."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path as File

import pytest
from blocks import made
from hypothesis import HealthCheck, given, settings
from made_paths import paths

from polku.errors import MissingExtraError, PathError
from polku.log.read import read
from polku.path.build import start
from polku.path.conditions import parse
from polku.path.discover import discover
from polku.path.execute import runner, seeded, walk_all
from polku.path.model import Event, Flow, Gateway, MessageFlow, Path, Repeat, Step, Timer
from polku.path.read import read_path
from polku.path.running.executable import executable
from polku.path.running.walk import solve
from polku.path.write import write_path

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
SHIPPED = sorted((File(__file__).parents[2] / "src" / "polku" / "paths").glob("*/*.bpmn"))
STEP_KINDS = ("task", "user", "service", "manual", "send", "receive", "script", "rule", "call")


def path(nodes, *flows, **more):
    """A path of nodes and of flows written as "source target", with a start before the first."""
    ways = [f.split() for f in flows]
    made_ = tuple(Flow(f"f{k}", a, b) for k, (a, b) in enumerate(ways))
    return Path("path", nodes=tuple(nodes), flows=made_, **more)


def begun(path, **more):
    return runner(path, begin=BEGIN, **more)


def waits(run):
    return [(w.id, w.how) for w in run.waiting()]


def every(path):
    return {f.id for f in path.flows}


START, END = Event("start", "", "start"), Event("end", "", "end")


# -- steps


@pytest.mark.parametrize("kind", STEP_KINDS)
def test_a_step_of_every_kind_waits_until_somebody_says_it_is_done(kind):
    run = begun(path([START, Step("a", "A", kind), END], "start a", "a end"))
    assert waits(run) == [("a", "message" if kind == "receive" else "work")]
    assert not run.ended
    run.complete("a", {"visitors": 3})
    assert run.ended
    assert run.visited_flows == {"f0", "f1"}
    assert run.data == {"visitors": 3}


def test_a_step_that_does_not_wait_cannot_be_completed():
    run = begun(start("Stall").step("Apply").step("Decide").path())
    with pytest.raises(PathError, match="'step-2': is not waited for now; waited for: 'step-1'"):
        run.complete("step-2")


def test_a_step_with_several_flows_out_starts_all_of_them():
    nodes = [START, Step("a"), Step("b"), Step("c"), END, Event("end-2", "", "end")]
    run = begun(path(nodes, "start a", "a b", "a c", "b end", "c end-2"))
    run.complete("a")
    assert waits(run) == [("b", "work"), ("c", "work")]


def test_starts_and_ends_that_were_left_out_are_supplied():
    run = begun(path([Step("a"), Step("b")], "a b"))
    run.complete("a")
    run.complete("b")
    assert run.ended
    assert run.visited_flows == {"f0"}


def test_of_several_starts_one_is_taken():
    two = path([START, Event("start-2", "", "start"), Step("a"), END],
               "start a", "start-2 a", "a end")  # fmt: skip
    assert walk_all(two) == every(two)


# -- gateways


def test_conditions_decide_on_the_data_of_the_matter():
    one = made(["k1", ("xor", ("visitors > 200", "r1"), (None, "b1")), "b3"])
    for visitors, step in ((500, "r1"), (20, "b1")):
        run = begun(one)
        run.complete("k1", {"visitors": visitors})
        assert waits(run) == [(step, "work")]


def test_a_condition_on_data_that_nobody_gave_names_its_flow():
    run = begun(made(["k1", ("xor", ("visitors > 200", "r1"), (None, "b1"))]))
    with pytest.raises(PathError, match=r"'visitors' has no value"):
        run.complete("k1")


def test_no_condition_that_holds_names_the_gateway():
    one = made(["k1", ("xor", ("x > 2", "r1"), ("x > 1", "b1"))])
    gate = next(g.id for g in one.gateways if len(one.out(g.id)) > 1)
    run = begun(one)
    with pytest.raises(PathError, match=f"element '{gate}': no condition holds"):
        run.complete("k1", {"x": 0})


def test_probabilities_are_drawn_by_gateway_and_round():
    one = made(["k1", ("xor", (0.25, "r1"), (0.75, "b1"))])
    asked = []

    def draw(name, occurrence):
        asked.append((name, occurrence))
        return 0.1

    run = begun(one, draw=draw)
    run.complete("k1")
    assert waits(run) == [("r1", "work")]
    gate = next(iter(executable(one).draws))
    assert asked == [(f"draw_{gate.replace('-', '_')}", 0)]
    counts = [0, 0]
    for seed in range(400):
        run = begun(one, draw=seeded(seed))
        run.complete("k1")
        counts[waits(run) == [("b1", "work")]] += 1
    assert 70 <= counts[0] <= 130


def test_a_path_with_probabilities_needs_numbers():
    run = begun(made(["k1", ("xor", (0.5, "r1"), (0.5, "b1"))]))
    with pytest.raises(PathError, match="decides by probabilities; give the run numbers"):
        run.complete("k1")


def test_an_inclusive_gateway_with_probabilities_takes_one_way_at_least():
    one = made(["k1", ("or", (0.3, "r1"), (0.2, "b1")), "b3"])
    seen = set()
    for seed in range(60):
        run = begun(one, draw=seeded(seed))
        run.complete("k1")
        seen.add(tuple(waits(run)))
    assert seen == {
        (("r1", "work"),), (("b1", "work"),), (("r1", "work"), ("b1", "work")),
    }  # fmt: skip


def test_a_gateway_that_says_nothing_is_refused_by_name():
    one = made(["k1", ("xor", (None, "r1"), (None, "b1"))])
    gate = next(g.id for g in one.gateways if len(one.out(g.id)) > 1)
    bare = one.with_nodes([replace(one.node(gate), default=None)])
    with pytest.raises(PathError, match=f"element '{gate}': has neither condition nor probab"):
        begun(bare)


def test_joins_wait_for_what_is_under_way_and_not_for_more():
    one = made(["k1", ("or", ("x", ["r1", "r2"]), ("y", "b1"), ("z", "b2")), "b3"])
    run = begun(one)
    run.complete("k1", {"x": True, "y": True, "z": False})
    run.complete("b1")
    assert waits(run) == [("r1", "work")]
    run.complete("r1")
    assert waits(run) == [("r2", "work")]
    run.complete("r2")
    assert waits(run) == [("b3", "work")]


def test_a_parallel_block_within_a_loop_joins_in_every_round():
    one = made([("loop", [("and", "r1", "b1")], "missing", ["k1"]), "b3"])
    run = begun(one)
    for missing in (True, True, False):
        run.complete("r1")
        run.complete("b1", {"missing": missing})
        if missing:
            run.complete("k1")
    assert waits(run) == [("b3", "work")]


def test_what_came_first_of_several_events_decides():
    gate = Gateway("gate", "", "event")
    nodes = [START, gate, Step("answer", "", "receive"),
             Event("late", "", "catch", "timer", Timer("duration", "P14D")),
             Event("later", "", "catch", "timer", Timer("duration", "P20D")),
             Event("gone", "", "catch", "message"), END]  # fmt: skip
    one = path(nodes, "start gate", "gate answer", "gate late", "gate later", "gate gone",
               "answer end", "late end", "later end", "gone end")  # fmt: skip
    run = begun(one)
    assert [(w.id, w.due and (w.due - BEGIN).days) for w in run.waiting()] == [
        ("answer", None), ("late", 14), ("later", 20), ("gone", None),
    ]  # fmt: skip
    run.deliver("gone")
    assert run.ended
    assert run.visited_flows == {"f0", "f4", "f8"}
    run = begun(one)
    run.pass_time(BEGIN + timedelta(days=30))
    assert run.ended
    assert run.visited_flows == {"f0", "f2", "f6"}
    kept = tuple(f for f in one.flows if "later" not in (f.source, f.target))
    one_more = replace(one, nodes=tuple(n for n in nodes if n.id != "later"), flows=kept)
    assert walk_all(one_more) == every(one_more)


# -- events and time


@pytest.mark.parametrize(
    ("timer", "days"),
    [
        (Timer("duration", "P14D"), 14),
        (Timer("duration", "P1M"), 31),
        (Timer("date", "2026-03-05T09:00:00+00:00"), 3),
        (Timer("cycle", "R3/P2D"), 2),
    ],
)
def test_a_timer_fires_when_the_caller_lets_time_pass(timer, days):
    one = path([START, Event("t", "", "catch", "timer", timer), END], "start t", "t end")
    run = begun(one)
    assert [w.due for w in run.waiting()] == [BEGIN + timedelta(days=days)]
    run.pass_time(BEGIN + timedelta(days=days, seconds=-1))
    assert not run.ended
    run.pass_time(BEGIN + timedelta(days=days))
    assert run.ended


def test_timers_that_follow_each_other_count_from_when_the_first_fired():
    waits_ = [Event(f"t{k}", "", "catch", "timer", Timer("duration", "P2D")) for k in (1, 2)]
    run = begun(path([START, *waits_, END], "start t1", "t1 t2", "t2 end"))
    run.pass_time(BEGIN + timedelta(days=3))
    assert [w.due for w in run.waiting()] == [BEGIN + timedelta(days=4)]
    assert run.now == BEGIN + timedelta(days=3)


def reminding(interrupting, timer=Timer("duration", "P14D")):  # noqa: B008
    nodes = [START, Step("a"), Event("late", "", "boundary", "timer", timer, "a", interrupting),
             Step("b"), END, Event("end-2", "", "end")]  # fmt: skip
    return path(nodes, "start a", "a end", "late b", "b end-2")


def test_a_timer_at_a_step_ends_it_or_stands_beside_it():
    run = begun(reminding(True))
    run.pass_time(BEGIN + timedelta(days=14))
    assert waits(run) == [("b", "work")]
    run = begun(reminding(False))
    run.pass_time(BEGIN + timedelta(days=14))
    assert waits(run) == [("a", "work"), ("b", "work")]
    run = begun(reminding(True))
    run.complete("a")
    assert run.ended


def test_a_reminder_comes_as_often_as_its_cycle_says():
    run = begun(reminding(False, Timer("cycle", "R3/P7D")))
    for day, count in ((7, 1), (14, 2), (30, 3), (90, 3)):
        run.pass_time(BEGIN + timedelta(days=day))
        assert [w.count for w in run.waiting() if w.id == "b"] == [count]
    run.complete("a")
    for _ in range(3):
        run.complete("b")
    assert run.ended


def test_a_message_is_known_by_its_step_or_its_message_flow():
    one = path([START, Event("m", "", "catch", "message"), END], "start m", "m end",
               messages=(MessageFlow("reply", "firm", "m", "Reply"),))  # fmt: skip
    for name in ("m", "reply", "Reply"):
        run = begun(one)
        run.deliver(name, {"ok": True})
        assert run.ended
        assert run.data == {"ok": True}
    with pytest.raises(PathError, match="'other': is not waited for now"):
        begun(one).deliver("other")


def test_a_message_at_a_step_ends_it():
    nodes = [START, Step("a"), Event("stop", "", "boundary", "message", None, "a"), END,
             Event("end-2", "", "end")]  # fmt: skip
    run = begun(path(nodes, "start a", "a end", "stop end-2"))
    run.deliver("stop")
    assert run.ended
    assert run.visited_flows == {"f0", "f2"}


def test_a_terminating_end_ends_everything():
    nodes = [START, Gateway("and", "", "parallel"), Step("a"), Step("b"), END,
             Event("over", "", "end", "terminate")]  # fmt: skip
    one = path(nodes, "start and", "and a", "and b", "a over", "b end")
    run = begun(one)
    run.complete("a")
    assert run.ended
    assert walk_all(one) == every(one)


def test_errors_of_a_sub_process_are_caught_at_its_border():
    nodes = [START, Step("sub", "", "sub-process"), Event("s", "", "start", within="sub"),
             Step("a", within="sub"), Event("bad", "", "end", "error", within="sub"),
             Event("oops", "", "boundary", "error", None, "sub"), Step("b"), END,
             Event("end-2", "", "end")]  # fmt: skip
    one = path(nodes, "start sub", "s a", "a bad", "oops b", "b end-2", "sub end")
    one = replace(one, flows=tuple(replace(f, within="sub") if f.source in ("s", "a") else f
                                   for f in one.flows))  # fmt: skip
    run = begun(one)
    run.complete("a")
    assert waits(run) == [("b", "work")]


def test_a_message_starts_what_is_kept_for_it_beside_the_path():
    nodes = [START, Step("a"), END, Step("beside", "", "sub-process", on_event=True),
             Event("asked", "", "start", "message", within="beside", interrupting=False),
             Step("b", within="beside"), Event("done", "", "end", within="beside")]  # fmt: skip
    one = path(nodes, "start a", "a end", "asked b", "b done")
    one = replace(one, flows=tuple(replace(f, within="beside") if f.source in ("asked", "b") else f
                                   for f in one.flows))  # fmt: skip
    run = begun(one)
    run.deliver("asked")
    assert waits(run) == [("a", "work"), ("b", "work")]
    run.complete("b")
    run.complete("a")
    assert run.ended
    assert run.visited_flows == every(one)


# -- steps done several times, steps within steps


@pytest.mark.parametrize("kind", ["parallel", "sequential"])
def test_a_step_done_several_times_is_completed_as_often(kind):
    one = path([START, Step("a", repeat=Repeat(kind, None, "n + 1")), END], "start a", "a end")
    run = begun(one, data={"n": 2})
    assert run.waiting()[0].count == (3 if kind == "parallel" else 1)
    for _ in range(3):
        assert not run.ended
        run.complete("a")
    assert run.ended


def test_a_loop_goes_on_while_its_condition_holds():
    one = path([START, Step("a", repeat=Repeat("loop", "missing > 0")), END], "start a", "a end")
    run = begun(one)
    run.complete("a", {"missing": 2})
    run.complete("a", {"missing": 1})
    run.complete("a", {"missing": 0})
    assert run.ended
    before = one.with_nodes(
        [replace(one.node("a"), repeat=Repeat("loop", "missing > 0", None, True))]
    )
    assert begun(before, data={"missing": 0}).ended


def test_a_sub_process_opens_and_is_left_when_all_in_it_is_done():
    inner = made(["r1", ("and", "b1", "b2")])
    nodes = [replace(n, id=f"in-{n.id}", within="sub") for n in inner.nodes]
    flows = [replace(f, id=f"in-{f.id}", source=f"in-{f.source}", target=f"in-{f.target}",
                     within="sub") for f in inner.flows]  # fmt: skip
    outer = path([START, Step("sub", "", "sub-process", repeat=Repeat("sequential", None, "2")),
                  Step("z"), END], "start sub", "sub z", "z end")  # fmt: skip
    one = replace(outer, nodes=(*outer.nodes, *nodes), flows=(*outer.flows, *flows))
    run = begun(one)
    for _ in range(2):
        for step in ("in-r1", "in-b1", "in-b2"):
            run.complete(step)
    assert waits(run) == [("z", "work")]
    assert walk_all(one) == every(one)


# -- what cannot be run


@pytest.mark.parametrize(
    ("node", "found"),
    [
        (Event("x", "", "catch", "timer"), "is a timer and does not say when"),
        (Event("x", "", "catch", "timer", Timer("duration", "soon")), "'soon' is no duration"),
        (Event("x", "", "catch", "multiple"), "'multiple', which cannot be run"),
        (Step("x", repeat=Repeat("parallel")), "does not say how many"),
        (Step("x", repeat=Repeat("loop")), "does not say while what"),
        (Step("x", repeat=Repeat("loop", "__import__('os')")), "calls a function"),
        (Gateway("x", "", "complex"), "complex gateway"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(node, found):
    with pytest.raises(PathError, match=r"^element 'x'") as error:
        begun(path([START, node, END], "start x", "x end"))
    assert found in str(error.value)


def test_a_condition_is_never_run_as_code():
    one = made(["k1", ("xor", ("__import__('os').getcwd()", "r1"), (None, "b1"))])
    with pytest.raises(PathError, match="element 'flow-"):
        begun(one)


def test_a_loop_without_a_step_ends_in_one_line():
    join, split = Gateway("join"), Gateway("split", default="f3")
    one = path([START, join, split, END], "start join", "join split", "split join", "split end")
    one = replace(one, flows=tuple(replace(f, condition="x") if f.id == "f2" else f
                                   for f in one.flows))  # fmt: skip
    with pytest.raises(PathError, match="goes round without end"):
        begun(one, data={"x": True})


def test_without_the_extra_the_message_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "SpiffWorkflow", None)
    monkeypatch.setitem(sys.modules, "SpiffWorkflow.bpmn", None)
    monkeypatch.delitem(sys.modules, "polku.path.running.spiff", raising=False)
    import polku.path.running

    monkeypatch.delattr(polku.path.running, "spiff", raising=False)
    with pytest.raises(MissingExtraError, match=r"polku\[web\]"):
        begun(start("Stall").step("Apply").path())


def test_the_adapter_loads_the_runner_only_when_it_runs():
    code = "import sys, polku.path.execute; print('SpiffWorkflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_stored_path_stays_as_it_is():
    one = read_path(write_path(reminding(True)))
    before = write_path(one)
    begun(one)
    assert write_path(one) == before


# -- all flows


def test_values_are_found_for_conditions_to_hold_or_not():
    told = [parse("visitors > 200 or special"), parse('kind in ["a", "b"]'), parse("x == y")]
    for wanted in ([True, True, True], [False, False, False], [None, True, False]):
        data = solve(told, wanted)
        for condition, holds in zip(told, wanted, strict=True):
            if holds is not None:
                assert condition.evaluate(data) is holds
    assert solve([parse("x > 1"), parse("x < 1")], [True, True]) is None


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_every_flow_of_the_shipped_paths_is_taken(file):
    one = read_path(file)
    assert walk_all(one, 1) == every(one)


def test_there_are_shipped_paths():
    assert len(SHIPPED) >= 9


@pytest.mark.parametrize("log", ["receipt/receipt.xes.gz"])
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_every_flow_of_a_discovered_path_is_taken(data, log, noise):
    found = discover(read(data / log), noise=noise).path
    assert walk_all(found, 1) == every(found)


def test_a_walk_is_the_same_each_time_and_says_what_it_cannot_take():
    one = made(["k1", ("xor", ("x > 2 and x < 1", "r1"), (None, "b1"))])
    missed = every(one) - walk_all(one, 5)
    assert missed == {f.id for f in one.flows if "r1" in (f.source, f.target)}
    assert walk_all(one, 5) == walk_all(one, 5)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(paths(rich=False, depth=2))
def test_every_flow_of_generated_paths_without_interruptions_is_taken(one):
    """An event that ends a step and leads to an end of its own may leave a join waiting."""
    gone = {e.id for e in one.events if e.position == "boundary"}
    ends = {f.target for f in one.flows if f.source in gone}
    one = replace(
        one,
        nodes=tuple(n for n in one.nodes if n.id not in gone | ends),
        flows=tuple(f for f in one.flows if f.source not in gone),
    )
    assert walk_all(one, 3) == every(one)
