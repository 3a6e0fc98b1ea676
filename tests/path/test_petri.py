"""Every row of docs/reference/path-to-net.md: the ways of the net are those that are expected."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path as File

import pytest
from ways_of import AFTER_TEST, LOOP, mixes, node, path, union, ways_of, words

from polku.path.aligning.petri import END, to_net
from polku.path.build import start
from polku.path.model import Event, Flow, Repeat, Step, Timer
from polku.path.model import Path as ServicePath
from polku.path.read import read_path


def ways(p: ServicePath, longest: int = 6) -> set[str]:
    net = to_net(p)
    assert not net.undecided
    return ways_of(net, longest)


def why(p: ServicePath) -> str:
    return "; ".join(u.because for u in to_net(p).undecided)


def sub(id: str = "S", **more: object) -> Step:
    return Step(id, id, kind="sub-process", **more)  # type: ignore[arg-type]


def inside(text: str, holder: str = "S") -> dict[str, str]:
    return dict.fromkeys((w for w in text.replace(";", " ").split() if w != ">"), holder)


def test_steps_one_after_another():
    assert ways(path("s > A > B > e")) == {"AB"}


def test_call_activities_are_steps():
    assert ways(path("s > A > B > e", node("B", kind="call"))) == {"AB"}


def test_several_starts_are_alternatives():
    assert ways(path("s1 > A > e; s2 > B > A")) == words("A BA")


def test_without_a_start_event_all_nodes_that_nothing_enters_start():
    assert ways(path("A > e1; B > e2")) == words("AB BA")
    assert ways(path("A > B")) == {"AB"}


def test_all_ends_must_come():
    assert ways(path("s > + > A > e1; + > B > e2")) == words("AB BA")


def test_a_node_that_nothing_leaves_ends():
    assert ways(path("s > x > A; x > B")) == words("A B")


def test_an_exclusive_gateway_chooses_and_merges():
    assert ways(path("s > x1 > A > x2 > C > e; x1 > B > x2")) == words("AC BC")


def test_an_exclusive_loop():
    assert ways(path("s > x1 > A > x2 > e; x2 > x1"), 3) == words("A AA AAA")


def test_several_flows_into_a_step_each_make_it_be_done():
    assert ways(path("s > x > A > C > e; x > B > C")) == words("AC BC")
    assert ways(path("s > + > A > C > e; + > B > C")) == {"ACBC", "BCAC", "ABCC", "BACC"}


def test_several_flows_out_of_a_step_are_taken_all():
    assert ways(path("s > A > B > e1; A > C > e2")) == words("ABC ACB")


def test_conditional_flows_out_of_a_step_are_taken_or_not():
    p = path("s > A > B > e1; A > C > e2; A > D > e3")
    flows = [replace(f, condition="x") if f.id in ("A->B", "A->C") else f for f in p.flows]
    without = replace(p, flows=tuple(f for f in flows if f.id != "A->D"))
    assert ways(without) == words("AB AC ABC ACB")
    kept = ways(replace(p, flows=tuple(flows)))
    assert kept == {"A" + m for some in ("", "B", "C", "BC") for m in mixes("D", *some)}
    default = replace(p, flows=tuple(flows)).with_nodes([node("A", default="A->D")])
    assert ways(default) == words("AB AC ABC ACB AD")


def test_a_parallel_gateway_splits_and_joins():
    p = path("s > +1 > A > B > +2 > D > e; +1 > C > +2")
    assert ways(p) == {m + "D" for m in mixes("AB", "C")}


OR = "s > o1 > A > o2 > D > e; o1 > B > o2; o1 > C > o2"


def test_an_inclusive_pair_takes_one_branch_or_more():
    some = ("A", "B", "C", "AB", "AC", "BC", "ABC")
    assert ways(path(OR)) == {m + "D" for s in some for m in mixes(*s)}


def test_the_default_of_an_inclusive_gateway_is_taken_alone():
    p = path(OR, node("o1", default="o1->C"))
    assert ways(p) == words("AD BD CD ABD BAD")


def test_an_inclusive_split_without_a_join():
    assert ways(path("s > o > A > e1; o > B > e2")) == words("A B AB BA")


def test_inclusive_pairs_within_each_other():
    p = path("s > o1 > o3 > A > o4 > C > o2 > D > e; o3 > B > o4; o1 > F > o2")
    inner = {m + "C" for s in ("A", "B", "AB") for m in mixes(*s)}
    assert ways(p) == {m + "D" for i in {*inner, ""} for f in ("F", "") if i or f
                       for m in mixes(i, f)}  # fmt: skip


def test_an_inclusive_pair_is_encoded_without_states():
    net = to_net(path(OR))
    assert not any("/" in place for place in net.places)


def test_an_inclusive_join_of_a_parallel_split_waits_for_all():
    p = path("s > + > A > o2 > D > e; + > B > C > o2")
    assert ways(p) == {m + "D" for m in mixes("A", "BC")}


def test_an_inclusive_join_of_an_exclusive_split_waits_for_one():
    p = path("s > x > A > o2 > D > e; x > B > o2")
    assert ways(p) == words("AD BD")


def test_an_inclusive_join_without_its_split_waits_for_what_can_still_come():
    # two of the three branches come together in the inclusive join, the third ends by itself
    p = path("s > o1 > A > o2 > D > e1; o1 > B > o2; o1 > C > e2")
    expected = union(
        mixes(m + "D", c) if m else {c}
        for s in ("", "A", "B", "AB")
        for m in (mixes(*s) if s else {""})
        for c in ("", "C")
        if m or c
    )
    assert ways(p) == expected


def test_an_inclusive_join_with_too_many_states_is_undecided():
    p = path("s > o1 > A > o2 > D > e1; o1 > B > o2; o1 > C > e2")
    assert "more than 4" in "; ".join(u.because for u in to_net(p, most=4).undecided)


def test_many_inclusive_branches_are_chosen_one_after_the_other():
    names = "ABCDEFGHIJ"
    net = to_net(path("s > o1; o2 > Z > e; " + "; ".join(f"o1 > {c} > o2" for c in names)))
    assert not net.undecided
    two = {a + b + "Z" for a in names for b in names if a != b}
    assert ways_of(net, 3) == two | {c + "Z" for c in names}
    assert len(net.transitions) < 60


def test_too_many_conditional_flows_out_of_a_step_are_undecided():
    p = path("s > A; " + "; ".join(f"A > B{k} > e{k}" for k in range(9)))
    flows = tuple(replace(f, condition="x") if f.source == "A" else f for f in p.flows)
    assert "9 branches" in why(replace(p, flows=flows))


def test_silent_transitions_that_tell_nothing_are_left_out():
    p = path("s > A > x1 > B > x2 > C > e; x1 > D > x2")
    net = to_net(p, {i: (i,) for i in "AB"})
    assert sorted(str(t.label) for t in net.transitions) == ["A", "B", "None"]
    assert ways_of(net, 3) == words("A AB")


def test_a_complex_gateway_is_undecided():
    assert "complex" in why(path("s > c > A > e; c > B > e2"))


def test_an_event_based_gateway_chooses():
    p = path("s > v > i1 > A > e; v > i2 > B > e2; v > C > e3", node("C", kind="receive"))
    assert ways(p) == words("A B C")


@pytest.mark.parametrize("trigger", ["message", "timer", "signal", "conditional", "none"])
def test_intermediate_events_are_silent(trigger):
    caught = path("s > A > i > B > e", node("i", trigger=trigger))
    thrown = path("s > A > t > B > e", node("t", trigger=trigger))
    assert ways(caught) == ways(thrown) == {"AB"}


def test_link_events_of_one_name_are_joined():
    links = [node("t", name="L", trigger="link"), node("t2", name="L", trigger="link"),
             node("i", name="L", trigger="link")]  # fmt: skip
    assert ways(path("s > x > A > t; x > B > t2; i > C > e", *links)) == words("AC BC")


def test_a_link_to_nowhere_is_undecided():
    assert "link 'L'" in why(path("s > A > t", node("t", name="L", trigger="link")))


def boundary(id: str, at: str, *, interrupting: bool = True, trigger: str = "timer") -> Event:
    return Event(id, position="boundary", trigger=trigger, attached_to=at,  # type: ignore[arg-type]
                 interrupting=interrupting, timer=Timer("duration", "P1D"))  # fmt: skip


def test_an_interrupting_boundary_event_leaves_the_step_undone():
    assert ways(path("s > A > B > e; b > C > e2", boundary("b", "A"))) == words("AB C")


def test_a_non_interrupting_boundary_event_starts_something_more_once_while_the_step_runs():
    p = path("s > A > B > e; b > C > e2", boundary("b", "A", interrupting=False))
    assert ways(p) == {"AB", *mixes("AB", "C")}


def test_both_kinds_of_boundary_event_at_one_step():
    p = path("s > A > e; b1 > B > e1; b2 > C > e2", boundary("b1", "A"),
             boundary("b2", "A", interrupting=False))  # fmt: skip
    assert ways(p) == {"A", "B", *mixes("A", "C"), *mixes("B", "C")}


def test_a_compensation_at_the_boundary_never_fires_by_itself():
    p = path("s > A > e", boundary("b", "A", trigger="compensate"), node("H"))
    assert ways(p) == {"A"}


def test_a_compensation_that_is_thrown_is_undecided():
    assert "undone" in why(path("s > A > t > e", node("t", trigger="compensate")))


SEQUENTIAL = "s2 > B > C > e2"
PARALLEL = "s2 > + > B > C > +2 > e2; + > D > +2"


def test_a_sub_process_is_what_it_holds():
    p = path(f"s > A > S > F > e; {SEQUENTIAL}", sub(), within=inside(SEQUENTIAL))
    assert ways(p) == {"ABCF"}


def test_a_sub_process_ends_when_all_in_it_has_ended():
    text = "s2 > + > B > e2; + > C > e3"
    p = path(f"s > S > F > e; {text}", sub(), within=inside(text))
    assert ways(p) == words("BCF CBF")


def test_a_sub_process_without_nodes_is_a_step():
    assert ways(path("s > S > e", sub())) == {"S"}


def test_a_sequential_sub_process_may_be_left_in_each_state():
    p = path(f"s > S > F > e; b > G > e3; {SEQUENTIAL}", sub(), boundary("b", "S"),
             within=inside(SEQUENTIAL))  # fmt: skip
    assert ways(p) == words("BCF G BG")


def test_a_parallel_sub_process_may_be_left_in_each_state():
    p = path(f"s > S > F > e; b > G > e3; {PARALLEL}", sub(), boundary("b", "S"),
             within=inside(PARALLEL))  # fmt: skip
    whole = mixes("BC", "D")
    left = {w[:k] + "G" for w in whole for k in range(3)}
    assert ways(p) == {w + "F" for w in whole} | left


def test_a_sub_process_in_a_loop_may_be_left_in_one_round_and_ended_in_the_next():
    p = path(f"s > x > S > F > e; b > G > x; {PARALLEL}", sub(), boundary("b", "S"),
             within=inside(PARALLEL))  # fmt: skip
    whole = mixes("BC", "D")
    assert {w for w in ways(p, 5) if "G" not in w} == {w + "F" for w in whole}
    assert "BGBCDF" in ways(p, 6)
    assert "BGCDF" not in ways(p, 5)


def test_a_non_interrupting_event_at_a_sub_process():
    p = path(f"s > S > F > e; b > G > e3; {SEQUENTIAL}", sub(),
             boundary("b", "S", interrupting=False), within=inside(SEQUENTIAL))  # fmt: skip
    assert ways(p) == {"BCF", *mixes("BCF", "G")}


def test_a_terminate_end_in_a_sub_process_ends_only_that():
    text = "s2 > + > B > e2; + > C > e3"
    p = path(f"s > S > F > e; {text}", sub(), node("e3", trigger="terminate"), within=inside(text))
    assert ways(p) == words("BCF CF")


def test_an_error_end_goes_to_the_boundary_event_that_catches_it():
    text = "s2 > x > B > e2; x > C > e3"
    p = path(f"s > S > F > e; b > G > e4; {text}", sub(), node("e3", trigger="error"),
             boundary("b", "S", trigger="error"), within=inside(text))  # fmt: skip
    assert ways(p) == words("BF G CG")


def test_an_error_that_nothing_catches_is_undecided():
    text = "s2 > B > e2"
    p = path(f"s > S > F > e; {text}", sub(), node("e2", trigger="error"), within=inside(text))
    assert "no event at its boundary catches" in why(p)


def test_an_event_sub_process_is_undecided():
    text = "s2 > B > e2"
    p = path(f"s > A > e; {text}", sub(on_event=True), within=inside(text))
    assert "event sub-process" in why(p)


def test_a_sub_process_with_too_many_states_is_undecided():
    p = path(f"s > S > e; {PARALLEL}", sub(), within=inside(PARALLEL))
    assert "more than 3" in "; ".join(u.because for u in to_net(p, most=3).undecided)


def test_a_sub_process_within_another():
    outer, inner = "s2 > T > C > e2", "s3 > B > e3"
    p = path(f"s > S > F > e; {outer}; {inner}", sub(), sub("T"),
             within=inside(outer) | inside(inner, "T"))  # fmt: skip
    assert ways(p) == {"BCF"}


def test_a_loop_repeats_once_or_more():
    assert ways(path("s > A > B > e", node("A", repeat=LOOP)), 4) == words("AB AAB AAAB")


def test_a_loop_that_tests_first_may_not_run_at_all():
    assert ways(path("s > A > B > e", node("A", repeat=AFTER_TEST)), 3) == words("B AB AAB")


@pytest.mark.parametrize("kind", ["parallel", "sequential"])
def test_several_instances_of_a_step_are_done_once_or_more(kind):
    p = path("s > A > B > e", node("A", repeat=Repeat(kind)))
    assert ways(p, 4) == words("AB AAB AAAB")


def test_several_instances_of_a_sub_process_follow_each_other():
    p = path(f"s > S > e; {SEQUENTIAL}", sub(repeat=Repeat("sequential")),
             within=inside(SEQUENTIAL))  # fmt: skip
    assert ways(p, 4) == words("BC BCBC")
    assert not to_net(p).interleaved
    mixed = p.with_nodes([sub(repeat=Repeat("parallel"))])
    assert to_net(mixed).interleaved == {"S": {"B", "C"}}


def test_a_repeated_step_may_be_left_between_its_rounds():
    p = path("s > A > B > e; b > C > e2", node("A", repeat=LOOP), boundary("b", "A"))
    assert ways(p, 3) == words("AB AAB C AC AAC")


def test_a_terminate_end_where_nothing_else_runs_is_an_end():
    p = path("s > x > A > e1; x > B > e2", node("e1", trigger="terminate"))
    assert ways(p) == words("A B")
    assert "running" not in to_net(p).places


def test_a_terminate_end_ends_all_that_runs():
    p = path("s > + > A > e1; + > B > C > e2", node("e1", trigger="terminate"))
    assert ways(p) == words("A BA BCA")


def test_a_terminate_end_behind_a_gateway_comes_at_once():
    p = path("s > + > A > x > e1; x > D > e3; + > B > e2", node("e1", trigger="terminate"))
    assert ways(p) == {"A", "BA", *mixes("AD", "B")}


def test_an_error_end_of_the_whole_path_ends_all_that_runs():
    p = path("s > + > A > e1; + > B > e2", node("e1", trigger="error"))
    assert ways(p) == words("A BA")


def test_steps_that_leave_no_event_are_silent_and_names_can_be_several():
    p = path("s > A > B > e")
    assert ways_of(to_net(p, {"A": ("a", "z")}), 3) == words("a z")
    assert ways_of(to_net(p, {"A": ("a",), "B": ("b",)}), 3) == {"ab"}


@pytest.mark.parametrize(
    "p",
    [
        path(OR),
        path("s > +1 > A > B > +2 > D > e; +1 > C > +2"),
        path("s > + > A > e1; + > B > C > e2", node("e1", trigger="terminate")),
        path(f"s > S > F > e; b > G > e3; {PARALLEL}", sub(), boundary("b", "S"),
             within=inside(PARALLEL)),
    ],
)  # fmt: skip
def test_the_ways_of_the_prefix_net_are_all_beginnings(p):
    net = to_net(p)
    whole = ways_of(net, 6)
    every = {w[:k] + END for w in whole for k in range(len(w) + 1)}
    assert ways_of(net.prefixes(), 7) == {w for w in every if len(w) <= 6 + len(END)}


def test_the_reference_models_are_translated_or_say_why(data):
    told = {}
    for file in sorted((data / "bpmn").glob("*.bpmn")):
        from polku.errors import PathError

        try:
            net = to_net(read_path(file))
        except PathError:
            continue  # several processes
        told[file.name] = {u.because[:25] for u in net.undecided}
    assert {name for name, reasons in told.items() if reasons} == {
        "C.6.0.bpmn", "C.9.0.bpmn", "C.9.2.bpmn",
    }  # fmt: skip
    assert len(told) == 13


def test_every_row_of_the_page_names_a_test():
    page = File(__file__).parents[2] / "docs" / "reference" / "path-to-net.md"
    named = set(re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8")))
    assert len(named) > 25
    assert named <= set(globals())


def test_a_flow_into_the_path_from_build_is_kept():
    p = start("Stall").step("Apply").step("Decide").path()
    assert ways_of(to_net(p), 3) == {"step-1step-2"}
    assert isinstance(p.flows[0], Flow)
