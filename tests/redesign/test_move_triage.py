"""A fast lane for simple matters: what changes, what is refused."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from moves_tried import (
    STATEMENT,
    claimed,
    composes,
    does_what_it_says,
    made,
    run,
    seen,
    shipped,
    small,
)

from polku.path.facts import Contact, Deadline, Document, Origin
from polku.paths import NAMES
from polku.redesign.move import apply, kind_of
from polku.redesign.moves.triage import simple_classes
from polku.simulate.laws import mean
from polku.simulate.scenario import Law, Varied, fixed

KIND = kind_of("triage")
SMALL = 'size == "small"'


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_it_keeps_soundness_and_changes_what_it_claims(name):
    on = shipped(name)
    moves = made("triage", on)
    assert bool(moves) == (name != "starting-up")  # which knows nothing of size or risk
    for move in moves[:: max(1, len(moves) // 8)]:
        does_what_it_says(move, on)


@pytest.mark.parametrize("line", [("check",), ("check", "look"), ("look", "prepare", "decide")])
@pytest.mark.parametrize("sorts", [False, True])
def test_on_a_built_path_it_keeps_soundness_and_changes_what_it_claims(line, sorts):
    on = small()
    after = does_what_it_says(KIND.at(*line, condition=SMALL, sorts=sorts), on)
    fast = after.scenario.steps[f"{line[0]}-fast"]
    assert fast.role == line[0]
    assert fast.pool == on.scenario.steps[line[0]].pool
    assert ("optional", line[0]) in claimed(KIND.at(*line, condition=SMALL, sorts=sorts), on)


def test_the_fast_step_has_a_share_of_the_works_of_the_line():
    on = small()
    after = apply(KIND.at("check", "look", condition=SMALL), on, {"work": 0.5, "simple": 0.9})
    works = [mean(on.scenario.steps[i].work.otherwise[0]) for i in ("check", "look")]
    fast = mean(after.scenario.steps["check-fast"].work.otherwise[0])
    assert fast == pytest.approx(0.5 * sum(works), rel=1e-6)
    (chances,) = after.scenario.branching["check-fast-done"].flows.otherwise
    assert sorted(chances.values()) == pytest.approx([0.1, 0.9])


def test_only_the_simple_ones_come_to_the_fast_lane():
    on = apply(KIND.at("check", condition=SMALL), small(), {"work": 0.5, "simple": 1.0})
    log = run(on, 200).log()
    events = log.events.join(log.cases.select("case", "size"), on="case")
    sizes = dict(events.group_by("activity").agg(pl.col("size").unique()).iter_rows())
    assert sizes["Fast lane: Check"] == ["small"]
    assert sizes["Check"] == ["big"]


def test_what_the_steps_make_the_fast_step_makes_too():
    made_here = Document("plan", "made")
    on = small(facts={"check": {"documents": (made_here,)},
                      "look": {"documents": (Document("plan", "used"),)}})  # fmt: skip
    after = does_what_it_says(KIND.at("check", "look", condition=SMALL), on)
    assert after.path.node("check-fast").facts.documents == (made_here,)


def contact(by="customer"):
    return {"contact": Contact(by, ("visit",))}


LAW = {"deadlines": (Deadline("P9D", origin=Origin(basis="Act 1 §")),)}
BY_SIZE = Varied((Law("expon"),), "size", {"small": (Law("expon", scale=2.0),)})
BY_RISK = Varied((Law("expon"),), "special_risk", {"true": (Law("expon", scale=2.0),)})
REFUSED = [
    (("chek",), SMALL, {}, {}, "there is no step 'chek'"),
    ((), SMALL, {}, {}, "names no step"),
    (("check", "prepare"), SMALL, {}, {}, "do not stand in one line"),
    (("check", "check"), SMALL, {}, {}, "do not stand in one line"),
    (("check",), SMALL, {"check": {"fixed": "Building Act"}}, {}, "Building Act"),
    (("check",), SMALL, {"check": LAW}, {}, "stands on law: Act 1 §"),
    (("check",), SMALL, {"check": {"delay": "statutory"}}, {}, "statutory period"),
    (("check",), SMALL, {"decide": {"separate_from": ("check",)}}, {}, "different people"),
    (("check",), SMALL, {"check": {"separate_from": ("decide",)}}, {}, "different people"),
    (("check",), SMALL, {"check": contact()}, {}, "customer and city meet"),
    (("check",), SMALL, {"check": {"documents": (Document("plan"),)}}, {}, "city meet"),
    (("look",), SMALL, {}, {"look": {"delay": STATEMENT}}, "waits for somebody else's answer"),
    (("look",), SMALL, {"look": {"delay": "customer"}}, {}, "waits for somebody else's answer"),
    (("check",), SMALL, {}, {"check": {"by_person": {"a": fixed(3.0)}}}, "durations of single"),
    (("check",), SMALL, {}, {"check": {"pool": None}}, "has no pool"),
    (("check",), SMALL, {}, {"check": {"work": None}}, "has no work"),
    (
        ("check", "look"), SMALL, {}, {"check": {"work": BY_SIZE}, "look": {"work": BY_RISK}},
        "vary by different attributes",
    ),
    (
        ("check", "look"), SMALL, {},
        {"check": {"event": "case_opened"}, "look": {"event": "inspection_done"}},
        "are different events of a matter",
    ),
    (("check",), "", {}, {}, "has no condition"),
    (("check",), "size ==", {}, {}, "its condition is not understood"),
    (("check",), "open('x')", {}, {}, "its condition is not understood"),
    (("check",), "1 + 1", {}, {}, "cannot say yes or no"),
    (("check",), "true", {}, {}, "asks for nothing"),
    (("check",), 'sise == "small"', {}, {}, "nothing is known of 'sise'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "condition", "facts", "numbers", "reason"), REFUSED,
    ids=[f"{k}: {r[-1]}" for k, r in enumerate(REFUSED)],
)  # fmt: skip
def test_it_refuses_with_the_reason(line, condition, facts, numbers, reason):
    on = small(facts=facts, numbers=numbers)
    assert reason in (KIND.refuses(KIND.at(*line, condition=condition), on) or "")


def test_it_refuses_the_customers_own_work_and_automatic_steps():
    on = small(lanes={"check": "alone"})
    assert "customer's own" in KIND.refuses(KIND.at("check", condition=SMALL), on)
    on = small()
    on = on.with_path(on.path.with_nodes([replace(on.path.node("check"), kind="service")]))
    assert "automatically" in KIND.refuses(KIND.at("check", condition=SMALL), on)
    on = shipped("event-permit")
    assert "further steps" in (
        KIND.refuses(KIND.at("supplement", condition="loud"), on) or ""
    )  # fmt: skip


def test_it_refuses_to_sort_by_what_has_sorted_already():
    on = apply(KIND.at("look", condition=SMALL), small())
    assert "was told apart" in KIND.refuses(KIND.at("look-fast", condition=SMALL), on)
    assert "sorts is 'x'" in KIND.refuses(KIND.at("check", condition=SMALL, sorts="x"), small())


def test_the_class_is_the_smallest_that_is_common_enough_else_what_is_without_risk():
    scenario = shipped("event-permit").scenario
    ((condition, share),) = simple_classes(scenario)
    assert condition == 'size in ["up to 50", "51-200"]'
    assert share == pytest.approx(0.45)
    scenario = small().scenario
    assert list(simple_classes(scenario)) == [(SMALL, 0.5)]
    rest = {k: v for k, v in scenario.attributes.items() if k != "size"}
    assert list(simple_classes(replace(scenario, attributes=rest))) == [("not special_risk", 0.8)]


def test_it_is_looked_for_around_single_steps_and_whole_lines():
    found = {m.at for m in KIND.find(seen(small()))}
    assert ("check",) in found
    assert ("apply", "check", "look", "prepare", "decide", "send") in found


def test_it_goes_together_with_itself_and_others():
    on = small(numbers={"decide": {"meeting": "board"}})
    one, two = KIND.at("check", condition=SMALL), KIND.at("prepare", condition=SMALL)
    composes(one, two, on)
    composes(two, one, on)
    composes(one, kind_of("order-based").at("decide"), on)
    composes(one, KIND.at("look", condition="not special_risk"), on)
