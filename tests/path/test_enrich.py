from __future__ import annotations

from dataclasses import replace

import pytest

from measure.build import tiny
from path.logs import public
from polku.path.build import start
from polku.path.discover import discover
from polku.path.enrich import enrich
from polku.path.facts import Facts, Text
from polku.path.mining.choices import END, START, choices
from polku.path.model import Event, Flow, Gateway, Lane, Path, Step
from polku.path.read import read_path
from polku.path.write import write_path


def drawn(nodes: str, flows: str) -> Path:
    """A path of a few words: x… exclusive, p… parallel, start, end…, else steps."""

    def node(id):
        if id.startswith(("start", "end")):
            return Event(id, "", "start" if id.startswith("start") else "end")
        if id[0] in "xp" and id[1:].isdigit():
            return Gateway(id, "", "exclusive" if id[0] == "x" else "parallel")
        return Step(id, id)

    made = [Flow(f.strip(), *f.strip().split(">")) for f in flows.split(",")]
    return Path("p", nodes=tuple(map(node, nodes.split())), flows=tuple(made))


def log_of(*found, open_=(), **more):
    every = [*found, *open_]
    return tiny(
        [
            {"case": f"m{k}", "activity": a, "time": t, **more}
            for k, way in enumerate(every)
            for t, a in enumerate(way)
        ],
        {f"m{k}": {"closed": k < len(found)} for k in range(len(every))},
    )


CHOICE = drawn("start a x1 b c x2 end", "start>a,a>x1,x1>b,x1>c,b>x2,c>x2,x2>end")


def chances(path):
    return {f.id: f.probability for f in path.flows if f.probability is not None}


def test_steps_are_counted_with_their_matters():
    found = enrich(CHOICE, log_of("aab", "ac", "z"))
    assert [(s.step, s.times, s.matters) for s in found.steps] == [
        ("a", 3, 2), ("b", 1, 1), ("c", 1, 1),
    ]  # fmt: skip
    assert found.steps[0].share == pytest.approx(2 / 3)
    assert found.matters == 3


def test_steps_that_never_happen_and_activities_that_are_not_there_are_told():
    found = enrich(CHOICE, log_of("ab", "azz", "ay", unit="Desk"))
    assert found.never == ("c",)
    assert [(m.activity, m.times, m.matters, m.unit) for m in found.missing] == [
        ("z", 2, 1, "Desk"), ("y", 1, 1, "Desk"),
    ]  # fmt: skip


def test_probabilities_are_measured_at_a_plain_choice():
    found = enrich(CHOICE, log_of("ab", "ab", "ab", "ac"))
    assert chances(found.path) == {"x1>b": 0.75, "x1>c": 0.25}
    assert found.path.flow("x1>b").measured == 4
    assert found.path.node("x1").default == "x1>b"
    assert (found.measured, found.unmeasured) == (("x1",), ())
    assert read_path(write_path(found.path)) == found.path


def test_a_default_that_somebody_chose_stays():
    chosen = CHOICE.with_nodes([replace(CHOICE.node("x1"), default="x1>c")])
    assert enrich(chosen, log_of("ab")).path.node("x1").default == "x1>c"


def test_open_matters_have_not_chosen_the_end():
    path = drawn("start a x1 b x2 end", "start>a,a>x1,x1>b,x1>x2,b>x2,x2>end")
    found = enrich(path, log_of("ab", "a", open_=["a", "a"]))
    assert chances(found.path) == {"x1>b": 0.5, "x1>x2": 0.5}
    assert found.path.flow("x1>b").measured == 2


def test_a_loop_is_measured_with_its_rounds():
    path = drawn("start x1 a x2 b end", "start>x1,x1>a,a>x2,x2>b,b>x1,x2>end")
    found = enrich(path, log_of("aba", "a", "ababa"))
    assert chances(found.path) == {"x2>b": 0.5, "x2>end": 0.5}


def test_what_is_done_beside_a_choice_does_not_disturb_it():
    path = drawn(
        "start p1 a x1 b c x2 d p2 end",
        "start>p1,p1>a,a>x1,x1>b,x1>c,b>x2,c>x2,x2>p2,p1>d,d>p2,p2>end",
    )
    found = enrich(path, log_of("adb", "dac", "abd", "abd"))
    assert chances(found.path) == {"x1>b": 0.75, "x1>c": 0.25}


def test_ways_that_begin_alike_are_not_measured():
    path = drawn(
        "start a x1 x2 x3 b c x4 end",
        "start>a,a>x1,x1>x2,x1>x3,x2>x3,x2>c,x3>b,b>x4,c>x4,x4>end",
    )
    found = enrich(path, log_of("ab", "ac"))
    assert "x1" in found.unmeasured
    assert "x1>x2" not in chances(found.path)


def test_a_choice_that_can_be_gone_around_is_not_measured():
    path = drawn(
        "start a x0 x1 b c x2 end",
        "start>a,a>x0,x0>x1,x0>b,x1>b,x1>c,b>x2,c>x2,x2>end",
    )
    assert "x1" not in {c.gateway for c in choices(path)}


def test_a_choice_at_the_start_is_measured():
    path = drawn("start x1 a b x2 end", "start>x1,x1>a,x1>b,a>x2,b>x2,x2>end")
    (choice,) = choices(path)
    assert choice.before == {START}
    assert chances(enrich(path, log_of("a", "b", "b", "b")).path) == {"x1>a": 0.25, "x1>b": 0.75}


def test_a_choice_looks_into_and_out_of_a_sub_process():
    path = drawn("start sub x1 b c x2 end", "start>sub,sub>x1,x1>b,x1>c,b>x2,c>x2,x2>end")
    inner = [
        Event("start-in", "", "start", within="sub"),
        Step("a", "a", within="sub"),
        Event("end-in", "", "end", within="sub"),
    ]
    flows = (Flow("i1", "start-in", "a", within="sub"), Flow("i2", "a", "end-in", within="sub"))
    path = path.with_nodes([replace(path.node("sub"), kind="sub-process"), *inner])
    path = replace(path, flows=(*path.flows, *flows))
    (choice,) = choices(path)
    assert choice.before == {"a"}
    assert chances(enrich(path, log_of("ab", "ac")).path) == {"x1>b": 0.5, "x1>c": 0.5}
    assert END not in choice.before


def test_steps_in_doubt_are_not_counted_and_their_choices_not_measured():
    twice = CHOICE.with_nodes([replace(CHOICE.node("c"), name="b")])
    found = enrich(twice, log_of("ab", "ab"))
    assert dict(found.matching.ambiguous) == {"b": ("b", "c")}
    assert [s.step for s in found.steps] == ["a"]
    assert found.unmeasured == ("x1",)


def test_a_step_in_another_unit_than_the_path_says_is_told():
    facts = Facts(names=Text(fi="Laki"))
    path = start("Stall").step("a", unit="Desk").step("b", unit="Law").path()
    path = replace(path, lanes=tuple(replace(n, facts=facts) if n.name == "Law" else n
                                     for n in path.lanes))  # fmt: skip
    events = [
        {"case": "1", "activity": a, "time": k, "agency": u}
        for k, (a, u) in enumerate(
            [("a", "Desk"), ("a", "Roads"), ("a", "Roads"), ("b", "laki"), ("b", None)]
        )
    ]
    (other,) = enrich(path, tiny(events)).elsewhere
    assert (other.step, other.lane, other.agency) == ("step-1", "Desk", "Roads")
    assert other.share == pytest.approx(2 / 3)


def test_a_unit_is_looked_for_in_the_lane_of_its_agency():
    path = start("Stall").step("a", unit="Agency").path()
    lanes = (*path.lanes, Lane("inner", "Desk", path.lanes[0].id, "unit"))
    path = replace(path, lanes=lanes).with_nodes([replace(path.node("step-1"), lane="inner")])
    right = [{"case": "1", "activity": "a", "time": 0, "agency": "Agency", "unit": "Desk"}]
    wrong = [{"case": "1", "activity": "a", "time": 0, "agency": "Agency", "unit": "Law"}]
    assert not enrich(path, tiny(right)).elsewhere
    assert enrich(path, tiny(wrong)).elsewhere[0].unit == "Law"


def test_a_discovered_path_measured_by_its_log_says_the_same_again(data):
    log = public("LoanApp", data)
    path = discover(log).path
    found = enrich(path, log)
    assert len(found.measured) == 3
    assert found.path.hash == path.hash
    assert not found.never
    assert not found.missing
    assert not found.elsewhere
