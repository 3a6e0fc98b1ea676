"""Soundness: known paths, generated ones, and two oracles of other hands."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import random
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path as File

import pytest
from check_oracle import explore
from check_sample import draw
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.path.build import start
from polku.path.check import check
from polku.path.checking.soundness import MOST_NODES, soundness
from polku.path.model import Event, Flow, Gateway, Path, Repeat, Step


def wide_path(kind: str) -> Path:
    """The path of the bench."""
    file = File(__file__).parents[2] / "bench" / "path_check.py"
    spec = importlib.util.spec_from_file_location("path_check_bench", file)
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    return bench.wide_path(kind)


def verdict(path: Path) -> str:
    """The verdict, which must be the same when every order is tried."""
    found = soundness(path)
    assert soundness(path, reduce=False).verdict == found.verdict
    return found.verdict


def kinds(path: Path) -> set[str]:
    verdict(path)
    return {p.kind for p in soundness(path).problems}


def event(id: str, position: str, trigger: str = "none", **more) -> Event:
    return Event(id, id, position, trigger, **more)


def late(to: str, **more) -> Event:
    return event("late", "boundary", "timer", attached_to=to, **more)


SUB = {
    "sub": Step("sub", "sub", "sub-process"),
    "in1": event("in1", "start", within="sub"),
    "x": Step("x", "x", within="sub"),
}
OUT = event("out", "end", within="sub")
SOUND = {
    "a line": draw("start > a > b > end"),
    "a choice": draw("start > X1 > a > X2 > end; X1 > b > X2"),
    "a choice with two ends": draw("start > X1 > a > end1; X1 > b > end2"),
    "a loop": draw("start > X1 > a > X2 > end; X2 > X1"),
    "parallel branches": draw("start > A1 > a > A2 > end; A1 > b > A2"),
    "parallel branches with an end each": draw("start > A1 > a > end1; A1 > b > end2"),
    "an inclusive block": draw("start > O1 > a > O2 > end; O1 > b > O2; O1 > c > O2"),
    "an inclusive join of parallel branches": draw("start > A1 > a > O2 > end; A1 > b > O2"),
    "an inclusive join of exclusive ones": draw("start > X1 > a > O2 > end; X1 > b > O2"),
    "inclusive inside parallel": draw(
        "start > A1 > O1 > a > O2 > A2 > end; O1 > b > O2; A1 > O3 > c > O4 > A2; O3 > d > O4"
    ),
    "a loop around an inclusive block": draw(
        "start > X1 > O1 > a > O2 > X2 > end; O1 > b > O2; X2 > X1"
    ),
    "an event-based gateway": draw(
        "start > E1 > m > X2 > end; E1 > t > X2",
        m=event("m", "catch", "message"),
        t=event("t", "catch", "timer"),
    ),
    "a step with several flows out": draw("start > a > b > A1 > end; a > c > A1"),
    "an interrupting timer": draw("start > a > X1 > end; late > b > X1", late=late("a")),
    "a reminder beside": draw(
        "start > a > end; late > b > end2", late=late("a", interrupting=False)
    ),
    "a reminder beside a loop": draw(
        "start > X1 > a > X2 > end; X2 > X1; late > b > c > end2",
        late=late("a", interrupting=False),
    ),
    "two reminders with one end": draw(
        "start > a > end; late > X1 > b > end2; later > X1",
        late=late("a", interrupting=False),
        later=replace(late("a", interrupting=False), id="later"),
    ),
    "terminate with one branch": draw(
        "start > A1 > a > stop; A1 > b > end", stop=event("stop", "end", "terminate")
    ),
    "a sub-process": draw("start > sub > end; in1 > x > out", **SUB, out=OUT),
    "a parallel sub-process with two ends": draw(
        "start > sub > end; in1 > A1 > x > out; A1 > out2",
        **SUB,
        out=OUT,
        A1=Gateway("A1", "", "parallel", within="sub"),
        out2=replace(OUT, id="out2"),
    ),
    "a sub-process in a loop": draw(
        "start > X1 > sub > X2 > end; X2 > X1; in1 > x > out", **SUB, out=OUT
    ),
    "a sub-process that a timer ends": draw(
        "start > sub > X1 > end; late > X1; in1 > x > out", **SUB, out=OUT, late=late("sub")
    ),
    "an endless sub-process that a timer ends": draw(
        "start > sub > X3 > end; late > X3; in1 > X1 > x > X2 > out; X2 > X1",
        **SUB,
        out=OUT,
        late=late("sub"),
        X1=Gateway("X1", within="sub"),
        X2=Gateway("X2", within="sub"),
    ),
    "an error that is caught": draw(
        "start > sub > X9 > end; wrong > X9; in1 > X1 > x > out; X1 > fail",
        **SUB,
        out=OUT,
        X1=Gateway("X1", within="sub"),
        fail=event("fail", "end", "error", within="sub"),
        wrong=event("wrong", "boundary", "error", attached_to="sub"),
    ),
    "an event sub-process": draw(
        "start > a > end; in1 > x > out",
        **SUB | {"sub": Step("sub", kind="sub-process", on_event=True)},
        out=OUT,
    ),
    "an event sub-process beside": draw(
        "start > a > b > end; in1 > x > out",
        **SUB
        | {
            "sub": Step("sub", kind="sub-process", on_event=True),
            "in1": event("in1", "start", "message", within="sub", interrupting=False),
        },
        out=OUT,
    ),
    "several instances": draw("start > a > end", a=Step("a", repeat=Repeat("parallel", times="3"))),
    "links": draw(
        "start > go; gone > end",
        go=event("go", "throw", "link"),
        gone=replace(event("gone", "catch", "link"), name="go"),
    ),
    "two starts": draw("start1 > X1 > a > end; start2 > X1"),
}
BAD = {
    "exclusive into parallel": (draw("start > X1 > a > A2 > c > end; X1 > b > A2"), {"stuck"}),
    "parallel into exclusive": (draw("start > A1 > a > X2 > c > end; A1 > b > X2"), {"twice"}),
    "inclusive into parallel": (draw("start > O1 > a > A2 > end; O1 > b > A2"), {"stuck"}),
    "inclusive into exclusive": (draw("start > O1 > a > X2 > end; O1 > b > X2"), {"twice"}),
    "a loop that multiplies": (draw("start > X1 > A1 > a > end; A1 > b > X1"), {"twice"}),
    "a parallel loop that waits for itself": (
        draw("start > A1 > a > X2 > end; X2 > A1"),
        {"stuck"},
    ),
    "two inclusive joins that wait for each other": (
        draw("start > A1 > O1 > X1 > O2 > X2 > end; A1 > O2; X2 > O1; X1 > end2"),
        {"stuck", "twice"},
    ),
    "a reminder that comes back": (
        draw("start > a > X1 > b > end; late > X1", late=late("a", interrupting=False)),
        {"twice"},
    ),
    "a sub-process that gets stuck": (
        draw(
            "start > sub > end; in1 > X1 > x > A2 > out; X1 > A2",
            **SUB,
            out=OUT,
            X1=Gateway("X1", within="sub"),
            A2=Gateway("A2", "", "parallel", within="sub"),
        ),
        {"stuck"},
    ),
    "terminate that another branch reaches twice": (
        draw("start > A1 > a > X1 > stop; A1 > b > X1", stop=event("stop", "end", "terminate")),
        {"twice"},
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_paths_known_to_be_sound(name):
    assert soundness(SOUND[name]).problems == ()
    assert verdict(SOUND[name]) == "sound"


@pytest.mark.parametrize("name", BAD)
def test_paths_known_not_to_be(name):
    path, expected = BAD[name]
    assert kinds(path) & expected
    assert kinds(path) <= expected


def codes(path: Path) -> set[str]:
    """Codes of soundness that the whole check gives."""
    return {c for c in check(path).codes if c.startswith("P3")}


def test_what_can_never_happen_is_named():
    path = draw(
        "start > A1 > a > A2 > d > end; late > A2; A1 > stop", late=late("a"),
        stop=event("stop", "end", "terminate"),
    )  # fmt: skip
    assert kinds(path) == {"dead"}
    assert soundness(path).problems[0].nodes == ("A2", "d", "end")
    assert codes(path) == {"P304"}


def test_what_a_waiting_gateway_keeps_from_happening_is_told_with_it_alone():
    path = draw("start > a > A2 > d > end; late > A2", late=late("a"))
    (problem,) = soundness(path).problems
    assert problem.nodes == ("A2",)
    assert problem.never == ("A2", "d", "end")
    assert codes(path) == {"P301"}


def test_a_sub_process_that_always_fails_and_is_begun_again_is_endless():
    path = draw(
        "start > X1 > sub > end; wrong > X1; in1 > x > fail", **SUB,
        fail=event("fail", "end", "error", within="sub"),
        wrong=event("wrong", "boundary", "error", attached_to="sub"),
    )  # fmt: skip
    assert kinds(path) == {"endless"}
    assert codes(path) == {"P303"}


def test_an_error_that_nobody_catches_ends_the_path():
    path = draw("start > X1 > a > fail; X1 > b > end", fail=event("fail", "end", "error"))
    assert verdict(path) == "sound"


def test_the_gateway_that_waits_is_named_with_a_shortest_way_to_it():
    report = check(draw("start > X1 > a > b > A2 > c > end; X1 > d > A2"))
    found = [f for f in report.findings if f.code == "P301"]
    assert [f.element for f in found] == ["A2"]
    assert found[0].witness == ("start", "X1", "d")
    assert "'c'" in found[0].found
    assert "'b'" in found[0].found


def test_the_place_where_parallel_branches_run_together_is_named():
    (problem,) = soundness(BAD["parallel into exclusive"][0]).problems
    assert problem.nodes == ("X2",)
    assert problem.witness == ("start", "A1", "a", "X2", "b", "X2") or problem.witness[-1] == "X2"


def test_beyond_the_bound_nothing_is_decided_and_that_is_said():
    path = draw("start > A1; A2 > end; " + "; ".join(f"A1 > a{k} > b{k} > A2" for k in range(8)))
    assert soundness(path).verdict == "sound"
    found = soundness(path, bound=500, reduce=False)
    assert found.verdict == "not_decided"
    report = check(path, bound=10)
    assert report.soundness.states > 10
    assert "P305" in report.codes
    assert not report.ok


def test_what_was_found_before_the_bound_is_certain():
    wide = "; ".join(f"A1 > a{k} > b{k} > A2" for k in range(9))
    path = draw(f"start > X1 > s > A9 > end; X1 > A9; X1 > A1; A2 > end; {wide}")
    found = soundness(path, bound=500, reduce=False)
    assert found.verdict == "unsound"
    assert [p.nodes for p in found.problems] == [("A9",)]


def test_many_branches_that_may_get_stuck_are_decided():
    parts = (f"A1 > O{k} > a{k} > A2; O{k} > b{k} > A2" for k in range(7))
    found = soundness(draw("start > A1; A2 > end; " + "; ".join(parts)))
    assert {p.kind for p in found.problems} == {"stuck"}


def test_a_complex_gateway_is_not_decided():
    path = draw("start > C1 > a > end1; C1 > b > end2", C1=Gateway("C1", "", "complex"))
    assert "complex" in soundness(path).note
    assert soundness(path).verdict == "not_decided"


def test_more_choices_than_are_looked_at_are_not_decided():
    path = draw("start > O1; O2 > end; " + "; ".join(f"O1 > s{k} > O2" for k in range(14)))
    assert soundness(path).verdict == "not_decided"


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_a_hundred_steps_with_wide_blocks_are_checked_at_once(kind):
    path = wide_path(kind)
    assert len(path.steps) >= 100
    begin = time.perf_counter()
    report = check(path)
    taken = time.perf_counter() - begin
    assert report.soundness.verdict == "sound"
    assert taken < (
        5 if kind == "parallel" else 10
    )  # the bench holds the bound, on a quiet machine


# Generated paths: blocks within blocks, as (kind, parts).
BLOCKS = st.recursive(
    st.just(("step",)),
    lambda inner: st.tuples(
        st.sampled_from(["line", "exclusive", "parallel", "inclusive", "loop"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=6,
)


def block_path(tree, changed: tuple[int, str] | None = None) -> Path:
    """A path of blocks; `changed`: the number of a gateway and another kind for it."""
    nodes, flows = [Event("start", "", "start")], []

    def flow(a: str, b: str) -> None:
        flows.append(Flow(f"f{len(flows)}", a, b))

    def gateway(kind: str) -> str:
        nodes.append(Gateway(f"g{len(nodes)}", "", kind))
        return nodes[-1].id

    def lay(tree, before: str) -> str:
        if tree[0] == "step":
            nodes.append(Step(f"s{len(nodes)}"))
            flow(before, nodes[-1].id)
            return nodes[-1].id
        kind, parts = tree
        if kind == "line":
            for part in parts:
                before = lay(part, before)
            return before
        split = gateway("exclusive" if kind == "loop" else kind)
        join = gateway("exclusive" if kind == "loop" else kind)
        if kind == "loop":
            split, join = join, split  # the loop begins with the join
            flow(before, join)
            flow(lay(parts[0], join), split)
            flow(lay(parts[1], split), join)
            return split
        flow(before, split)
        for part in parts:
            flow(lay(part, split), join)
        return join

    last = lay(tree, "start")
    nodes.append(Event("end", "", "end"))
    flow(last, "end")
    if changed is not None:
        gateways = [n for n in nodes if isinstance(n, Gateway)]
        if gateways:
            one = gateways[changed[0] % len(gateways)]
            nodes[nodes.index(one)] = replace(one, kind=changed[1])
    return Path("blocks", nodes=tuple(nodes), flows=tuple(flows))


@settings(max_examples=150, deadline=None)
@given(BLOCKS)
def test_blocks_within_blocks_are_always_sound(tree):
    assert soundness(block_path(tree)).verdict == "sound"


@settings(max_examples=250, deadline=None)
@given(BLOCKS, st.integers(0, 20), st.sampled_from(["exclusive", "parallel", "inclusive"]))
def test_with_one_gateway_changed_the_verdict_is_the_plain_explorers(tree, which, kind):
    agrees(block_path(tree, (which, kind)))


def agrees(path: Path) -> None:
    """The verdict with and without reduction is that of the plain explorer."""
    wrong = explore(path)
    if wrong is None:
        return
    found, whole = soundness(path), soundness(path, reduce=False)
    expected = "unsound" if any(wrong.values()) else "sound"
    assert found.verdict == whole.verdict == expected, (wrong, found)
    if not wrong["twice"]:
        assert (
            any(p.kind == "stuck" or p.kind == "endless" for p in found.problems) == wrong["stuck"]
        )


def random_path(seed: int) -> Path:
    """A graph of gateways and steps without any block structure."""
    draws = random.Random(seed)
    ids = [f"n{k}" for k in range(draws.randint(3, 7))]
    kinds = [draws.choice(["exclusive", "parallel", "inclusive", "step"]) for _ in ids]
    pairs = {("start", ids[0]), (ids[-1], "end")}
    pairs |= {(a, b) for a, b in pairwise(ids)}
    for _ in range(draws.randint(1, 4)):
        pairs.add((draws.choice(ids), draws.choice([*ids, "end"])))
    pairs = sorted(p for p in pairs if p[0] != p[1])
    nodes = [
        Step(i, i) if k == "step" else Gateway(i, "", k) for i, k in zip(ids, kinds, strict=True)
    ]
    return Path(
        "random",
        nodes=(Event("start", "", "start"), *nodes, Event("end", "", "end")),
        flows=tuple(Flow(f"f{k}", a, b) for k, (a, b) in enumerate(pairs)),
    )


def test_any_graph_gets_the_plain_explorers_verdict():
    for seed in range(1_500):
        try:
            agrees(random_path(seed))
        except AssertionError as e:
            raise AssertionError(seed) from e


def eventful_path(seed: int) -> Path:
    """A graph as above whose steps may have boundary events, or hold a graph of their own."""
    draws = random.Random(seed)
    path = random_path(seed)
    nodes, flows = list(path.nodes), list(path.flows)
    goals = [n.id for n in nodes if n.id != "start"]
    for step in path.steps:
        if draws.random() < 0.35:
            stops = draws.random() < 0.5
            nodes.append(replace(late(step.id, interrupting=stops), id=f"{step.id} late"))
            own = f"{step.id} end"
            to = draws.choice([*goals, own, own])
            flows.append(Flow(f"{step.id} f", nodes[-1].id, to))
            nodes += [event(own, "end")] if to == own else []
        if draws.random() < 0.4:
            nodes[nodes.index(step)] = replace(step, kind="sub-process")
            hold(random_path(seed + 7919 * len(nodes)), step.id, draws, nodes, flows)
    return replace(path, nodes=tuple(nodes), flows=tuple(flows))


def hold(inner: Path, within: str, draws: random.Random, nodes: list, flows: list) -> None:
    """Put a path into a sub-process, perhaps with an event sub-process or another kind of end."""
    for n in inner.nodes:
        ends = n.id == "end" and {"trigger": draws.choice(["none", "none", "terminate", "error"])}
        nodes.append(replace(n, id=f"{within}.{n.id}", within=within, **(ends or {})))
    for f in inner.flows:
        ids = {k: f"{within}.{getattr(f, k)}" for k in ("id", "source", "target")}
        flows.append(replace(f, **ids, within=within))
    if draws.random() < 0.3:
        own = f"{within}.own"
        begin = event(f"{own}.s", "start", "message", within=own, interrupting=draws.random() < 0.5)
        nodes += [
            Step(own, kind="sub-process", within=within, on_event=True), begin,
            event(f"{own}.e", "end", within=own),
        ]  # fmt: skip
        flows.append(Flow(f"{own}.f", begin.id, f"{own}.e", within=own))


def test_the_reduction_changes_no_verdict_with_events_and_sub_processes_either():
    told = {"sound": 0, "unsound": 0}
    for seed in range(600):
        path = eventful_path(seed)
        whole = soundness(path, reduce=False, bound=2_000)
        if whole.verdict == "not_decided":
            continue
        found = soundness(path)
        assert found.verdict == whole.verdict, seed
        told[found.verdict] += 1
    assert min(told.values()) > 50, told


def test_what_terminate_would_hide_is_still_found():
    path = draw(
        "start > A1 > A5 > stop; A1 > A3 > X4 > A5; A1 > X4", stop=event("stop", "end", "terminate")
    )
    assert kinds(path) == {"twice"}


def petri(path: Path):
    """A path of exclusive and parallel gateways as pm4py's Petri net."""
    from pm4py.objects.petri_net.obj import Marking, PetriNet
    from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to as arc

    net = PetriNet("path")
    places = {f.id: PetriNet.Place(f.id) for f in path.flows}
    source, sink = PetriNet.Place("source"), PetriNet.Place("sink")
    net.places.update([*places.values(), source, sink])
    for node in path.nodes:
        ins = [places[f.id] for f in path.into(node.id)] or [source]
        outs = [places[f.id] for f in path.out(node.id)] or [sink]
        waits = isinstance(node, Gateway) and node.kind == "parallel"
        chooses = isinstance(node, Gateway) and node.kind == "exclusive"
        for k, taken in enumerate([ins] if waits else [[p] for p in ins]):
            for n, put in enumerate([[p] for p in outs] if chooses else [outs]):
                move = PetriNet.Transition(f"{node.id} {k} {n}", f"{node.id} {k} {n}")
                net.transitions.add(move)
                for place in taken:
                    arc(place, move, net)
                for place in put:
                    arc(move, place, net)
    return net, Marking({source: 1}), Marking({sink: 1})


def test_pm4pys_woflan_agrees():
    woflan = pytest.importorskip("pm4py.algo.analysis.woflan.algorithm")
    options = {
        woflan.Parameters.PRINT_DIAGNOSTICS: False,
        woflan.Parameters.RETURN_ASAP_WHEN_NOT_SOUND: True,
    }
    names = ("a line", "a choice", "a loop", "parallel branches")
    bad = ("exclusive into parallel", "parallel into exclusive", "a loop that multiplies",
           "a parallel loop that waits for itself")  # fmt: skip
    paths = [SOUND[n] for n in names] + [BAD[n][0] for n in bad]
    paths += [
        p
        for s in range(300)
        if (p := random_path(s)) and not any(g.kind == "inclusive" for g in p.gateways)
    ]
    told = {True: 0, False: 0}
    for path in paths:
        with contextlib.redirect_stdout(io.StringIO()):
            expected = woflan.apply(*petri(path), parameters=options)
        expected = expected[0] if isinstance(expected, tuple) else expected
        assert (soundness(path).verdict == "sound") == expected, path.flows
        told[expected] += 1
    assert min(told.values()) >= 5, told


def test_a_very_large_path_is_said_not_to_be_decided():
    path = start("Stall").step("Apply").path()
    loose = tuple(Step(f"loose-{k}") for k in range(MOST_NODES))
    found = soundness(replace(path, nodes=(*path.nodes, *loose)))
    assert found.verdict == "not_decided"
    assert "are more than 15,000" in found.note
