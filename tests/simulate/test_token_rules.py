"""The norm itself: BPMN's rules in small, and against the runner on all that it can run."""

from __future__ import annotations

import sys
from pathlib import Path as File

import pytest

sys.path.insert(0, str(File(__file__).parents[1] / "path"))

from blocks import made
from made_models import model
from runner_traces import runner_traces, untimed
from token_rules import Rules, TooMany, breaks, traces
from ways_of import path

from polku.errors import PathError
from polku.path.model import Event, Gateway, Repeat, Step, Timer


def words(one, rounds=2, **more):
    found = traces(Rules(one, **more), rounds)
    assert not found.stuck
    return {"".join(t) for t in found.done}


def stands_still(one):
    return {"".join(t) for t in traces(Rules(one)).stuck}


def test_an_exclusive_gateway_takes_one_way_and_passes_each_token_on():
    assert words(path("s > x1 > A > x2 > e; x1 > B > x2")) == {"A", "B"}
    assert words(path("s > +1 > A > x2 > C > e; +1 > B > x2")) == {
        "ABCC", "BACC", "ACBC", "BCAC",
    }  # fmt: skip


def test_a_parallel_gateway_waits_for_all():
    assert words(path("s > +1 > A > +2 > C > e; +1 > B > +2")) == {"ABC", "BAC"}
    assert stands_still(path("s > x1 > A > +2 > C > e; x1 > B > +2")) == {"A", "B"}


def test_an_inclusive_gateway_waits_for_what_can_still_come():
    one = path("s > o1 > A > o2 > C > e; o1 > B > o2")
    assert words(one, by_chance=["o1"]) == {"AC", "BC", "ABC", "BAC"}
    unstructured = path("s > +1 > A > o2 > C > e; +1 > B > x1 > o2; x1 > e2")
    assert words(unstructured, by_chance=["x1"]) == {"ABC", "BAC"}


def test_a_token_in_a_step_can_come_by_a_boundary_event():
    event = Event("b1", position="boundary", trigger="timer", attached_to="B")
    one = path("s > +1 > A > o2 > C > e; +1 > B > e2; b1 > o2", event)
    assert words(one) == {"ABC", "BAC", "AC"}


def test_several_flows_out_of_a_step_are_all_taken_and_several_in_each_begin_it():
    assert words(path("s > A > B > e; A > C > e")) == {"ABC", "ACB"}
    assert words(path("s > +1 > A > C > e; +1 > B > C")) == {"ABCC", "BACC", "ACBC", "BCAC"}


def test_a_step_decides_by_conditions_and_its_default():
    one = made(["k1", ("or", ("x", "r1"), (None, "b1"))])
    assert words(one) == {"k1r1", "k1b1"}
    flow = next(f.id for f in one.flows if f.condition)
    assert words(one, holds={flow: False}) == {"k1b1"}


def test_what_comes_first_of_several_events_decides():
    timer = Event("i1", position="catch", trigger="timer", timer=Timer("duration", "P1D"))
    one = path("s > v1 > i1 > A > e; v1 > R > B > e", timer, Step("R", kind="receive"))
    assert words(one) == {"A", "RB"}


def test_a_boundary_event_ends_its_step_or_stands_beside_it():
    event = Event("b1", position="boundary", trigger="timer", attached_to="A")
    assert words(path("s > A > B > e; b1 > C > e2", event)) == {"AB", "C"}
    beside = Event("b1", "", "boundary", "timer", None, "A", False)
    assert words(path("s > A > B > e; b1 > C > e2", beside)) == {"AB", "ABC", "ACB", "CAB"}
    cycle = Event("b1", "", "boundary", "timer", Timer("cycle", "R2/P1D"), "A", False)
    assert "CCA" in words(path("s > A > e; b1 > C > e2", cycle))


def test_terminate_ends_its_scope_and_an_error_goes_to_the_border():
    over = Event("e2", position="end", trigger="terminate")
    assert words(path("s > +1 > A > e2; +1 > B > e", over)) == {"A", "BA"}
    sub, inside = Step("P", kind="sub-process"), {"s2": "P", "+1": "P", "A": "P", "B": "P"}
    bad = Event("e2", position="end", trigger="error", within="P")
    border = Event("b1", position="boundary", trigger="error", attached_to="P")
    one = path("s > P > C > e; s2 > +1 > A > e2; +1 > B > e3; b1 > D > e4", sub, bad, border,
               within={**inside, "e2": "P", "e3": "P"})  # fmt: skip
    assert words(one) == {"AD", "BAD"}


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        (Repeat("loop"), {"AB", "AAB"}),
        (Repeat("loop", test_before=True), {"B", "AB", "AAB"}),
        (Repeat("parallel", times="2"), {"AAB"}),
        (Repeat("sequential", times="3"), {"AAAB"}),
    ],
)
def test_a_step_is_done_several_times(repeat, expected):
    assert words(path("s > A > B > e", Step("A", repeat=repeat))) == expected


def test_a_sub_process_ends_when_no_token_is_left_in_it():
    sub = Step("P", kind="sub-process", repeat=Repeat("sequential", times="2"))
    one = path("s > P > C > e; s2 > +1 > A > e2; +1 > B > e3", sub,
               within=dict.fromkeys(["s2", "+1", "A", "B", "e2", "e3"], "P"))  # fmt: skip
    assert words(one, 1) == {"ABABC", "ABBAC", "BAABC", "BABAC"}


def test_a_trace_that_breaks_the_rules_is_told_where():
    rules = Rules(path("s > +1 > A > +2 > C > e; +1 > B > +2"))
    assert breaks(rules, "ABC") is None
    assert breaks(rules, "AC") == "'C' after ['A']: only ['B'] can come to their end"
    assert "were to come" in breaks(rules, "AB")
    assert breaks(rules, "AB", ended=False) is None


def test_other_gateways_are_not_covered():
    one = path("s > c1 > A > e; s > c1", Gateway("c1", kind="complex"))
    with pytest.raises(NotImplementedError):
        traces(Rules(one))


RUNNERS_LIMITS = ("not found", "non-predicted", "neither condition nor probability")
"""What the runner refuses, or stumbles over: a boundary event at a step done several times."""


def test_the_rules_are_the_runners_on_all_that_it_can_run():
    same, elements, others = 0, set(), []
    for seed in range(70):
        one = model(seed, most=6, without=("again and again",))
        try:
            norm = traces(Rules(untimed(one.path), by_chance=one.by_chance), 2, 60).done
            ran = runner_traces(one.path, 2, 120)
        except TooMany:
            continue
        except PathError as e:
            others += [(seed, str(e))] * all(limit not in str(e) for limit in RUNNERS_LIMITS)
            continue
        assert ran == norm, seed
        same += len(norm) > 1
        elements |= one.what
    assert not others
    assert same >= 15
    assert elements >= {"xor", "and", "or", "race", "sub", "stops", "beside", "loop", "terminate",
                        "split", "loop after", "loop before", "at once"}  # fmt: skip
