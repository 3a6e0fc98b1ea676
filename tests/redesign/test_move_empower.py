"""Who checks also decides: what changes, what is refused."""

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

from polku.path.facts import Contact, Deadline, Document, Fee, Origin, Promise, Text
from polku.path.model import Flow, Gateway
from polku.paths import NAMES
from polku.redesign.move import apply, kind_of
from polku.redesign.surgery import insert, with_flows
from polku.simulate.laws import mean
from polku.simulate.scenario import Branching, Law, Varied, always, fixed

KIND = kind_of("empower")
SMALL = 'size == "small"'
DECIDES = {"decide": {"event": "decision_made"}}


def free(on, *ids):
    """The prototype without the marks that these steps have."""
    nodes = [on.path.node(i) for i in ids]
    return on.with_path(on.path.with_nodes(
        replace(n, facts=replace(n.facts, fixed=None, separate_from=())) for n in nodes
    ))  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_nobody_who_checks_may_decide(name):
    on = shipped(name)
    assert made("empower", on) == []
    if name == "event-permit":
        move = KIND.at("prepare-decision", "decide")
        assert "must be done by different people" in KIND.refuses(move, on)


@pytest.mark.parametrize("condition", ["", 'size in ["up to 50", "51-200"]'])
def test_on_a_shipped_path_without_its_marks_it_changes_what_it_claims(condition):
    on = free(shipped("event-permit"), "prepare-decision", "decide")
    move = KIND.at("prepare-decision", "decide", condition=condition)
    after = does_what_it_says(move, on)
    who = "decide-at-once" if condition else "prepare-decision"
    assert who in after.path.node("handle-claim").facts.separate_from
    was, now = (p.scenario.branching["claim"].flows.otherwise[0] for p in (on, after))
    assert now["claim--file-claim"] == pytest.approx(was["claim--file-claim"] * 1.15)


@pytest.mark.parametrize("condition", ["", SMALL])
def test_on_a_built_path_it_keeps_soundness_and_changes_what_it_claims(condition):
    on = small(numbers=DECIDES)
    move = KIND.at("prepare", "decide", condition=condition)
    after = does_what_it_says(move, on)
    said = claimed(move, on)
    if condition:
        assert said == {("added", "decide-at-once"), ("optional", "decide")}
        assert after.scenario.steps["decide-at-once"].same_person_as == "prepare"
    else:
        assert said == {("merged", "prepare")}
        assert after.scenario.steps["prepare"].event == "decision_made"


def test_the_one_step_has_all_that_the_two_had():
    origin = Origin("Act", "Act", "A")
    on = small(facts={"decide": {
        "documents": (Document("permit", "made", Text("Lupa", "Tillstånd", "Permit")),),
        "promise": Promise("P6D"), "fees": (Fee(50.0, origin=origin),),
        "deadlines": (Deadline("P9D", origin=Origin(source="a page")),),
    }})  # fmt: skip
    move = KIND.at("prepare", "decide")
    said = claimed(move, on)
    assert {("fee", "decide"), ("fee", "prepare"), ("promise", "prepare")} <= said
    after = apply(move, on)
    assert after.path.node("prepare").facts.promise == Promise("P6D")
    from moves_tried import changes

    assert changes(on, after) == said


def test_works_are_a_factor_of_both_or_of_the_deciding():
    on = small(numbers=DECIDES)
    one, two = (mean(on.scenario.steps[i].work.otherwise[0]) for i in ("prepare", "decide"))
    values = {"work": 0.8, "claims": 1.0}
    whole = apply(KIND.at("prepare", "decide"), on, values).scenario.steps
    assert mean(whole["prepare"].work.otherwise[0]) == pytest.approx(0.8 * (one + two), rel=1e-6)
    part = apply(KIND.at("prepare", "decide", condition=SMALL), on, values).scenario.steps
    assert mean(part["decide-at-once"].work.otherwise[0]) == pytest.approx(0.8 * two, rel=1e-6)


def test_at_once_it_is_decided_by_who_has_checked():
    on = apply(KIND.at("prepare", "decide", condition=SMALL), small())
    events = run(on, 80).log().events.with_columns(pl.col("activity").cast(pl.String))
    by = {
        n: dict(events.filter(pl.col("activity") == n).select("case", "resource").iter_rows())
        for n in ("Prepare", "At once: Decide")
    }
    assert by["At once: Decide"]
    assert all(by["Prepare"][c] == who for c, who in by["At once: Decide"].items())


def test_who_is_the_same_person_as_who_decided_is_the_one_who_checked():
    on = small(numbers={"send": {"same_person_as": "decide"}})
    after = does_what_it_says(KIND.at("prepare", "decide"), on)
    assert after.scenario.steps["send"].same_person_as == "prepare"


def returning():
    """A built path in which a third of what was decided comes back."""
    on = small()
    path = insert(on.path, on.path.into("check")[0].id, Gateway("again"))
    path = insert(path, path.out("decide")[0].id, Gateway("enough", default="on"))
    on_flow = replace(path.out("enough")[0], id="on")
    path = with_flows(
        path, [on_flow, Flow("back", "enough", "again", condition="comes_back")],
        [path.out("enough")[0].id],
    )  # fmt: skip
    flows = {"enough": Branching(always({"back": 0.3, "on": 0.7}))}
    return replace(on, path=path, scenario=replace(on.scenario, branching=flows))


@pytest.mark.parametrize("condition", ["", SMALL])
def test_what_comes_back_comes_back_more_often(condition):
    on = returning()
    move = KIND.at("prepare", "decide", condition=condition)
    does_what_it_says(move, on)
    after = apply(move, on, {"work": 1.0, "claims": 2.0})
    assert after.scenario.branching["enough"].flows.otherwise[0] == {
        "back": pytest.approx(0.6), "on": pytest.approx(0.4),
    }  # fmt: skip
    most = apply(move, on, {"work": 1.0, "claims": 9.0})
    assert most.scenario.branching["enough"].flows.otherwise[0]["back"] == pytest.approx(0.95)


LAW = {"deadlines": (Deadline("P9D", origin=Origin(basis="Act 1 §")),)}
BY_SIZE = Varied((Law("expon"),), "size", {"small": (Law("expon", scale=2.0),)})
BY_RISK = Varied((Law("expon"),), "special_risk", {"true": (Law("expon", scale=2.0),)})
PAIR = ("prepare", "decide")
REFUSED = [
    (("prepare", "deside"), "", {}, {}, "there is no step 'deside'"),
    (("decide",), "", {}, {}, "is about two steps"),
    (("decide", "decide"), "", {}, {}, "is about two steps"),
    (("check", "decide"), "", {}, {}, "does not directly follow"),
    (("look", "prepare"), "", {}, {}, "another agency's"),
    (PAIR, "", {"decide": {"separate_from": ("prepare",)}}, {}, "different people"),
    (PAIR, "", {"decide": {"fixed": "Building Act"}}, {}, "Building Act"),
    (PAIR, "", {"prepare": {"fixed": "Building Act"}}, {}, "Building Act"),
    (PAIR, "", {"decide": {"delay": "meeting", "fixed": "A board"}}, {}, "A board"),
    (PAIR, "", {"decide": LAW}, {}, "stands on law: Act 1 §"),
    (PAIR, "", {"decide": {"delay": "hearing"}}, {}, "holds a hearing"),
    (PAIR, "", {"decide": {"contact": Contact("city", ("visit",))}}, {}, "customer is met"),
    (PAIR, "", {"decide": {"documents": (Document("plan"),)}}, {}, "customer is met"),
    (PAIR, "", {"decide": {"delay": "statement"}}, {}, "waits for the statement"),
    (PAIR, "", {}, {"decide": {"delay": STATEMENT}}, "waits for the statement"),
    (PAIR, "", {}, {"decide": {"by_person": {"a": fixed(3.0)}}}, "durations of single people"),
    (PAIR, "", {}, {"prepare": {"pool": None}}, "has no pool"),
    (PAIR, "", {}, {"prepare": {"work": BY_SIZE}, "decide": {"work": BY_RISK}}, "vary by"),
    (PAIR, "", {}, {"prepare": {"event": "case_opened"}} | DECIDES, "give a condition"),
    (PAIR, "size ==", {}, {}, "its condition is not understood"),
    (PAIR, 'sise == "small"', {}, {}, "nothing is known of 'sise'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "condition", "facts", "numbers", "reason"), REFUSED,
    ids=[f"{k}: {r[-1]}" for k, r in enumerate(REFUSED)],
)  # fmt: skip
def test_it_refuses_with_the_reason(at, condition, facts, numbers, reason):
    on = small(facts=facts, numbers=numbers)
    assert reason in (KIND.refuses(KIND.at(*at, condition=condition), on) or "")


def test_it_refuses_the_customers_own_work_and_what_holds_steps():
    on = small(lanes={"prepare": "alone"})
    assert "customer's own" in KIND.refuses(KIND.at(*PAIR), on)
    on = shipped("event-permit")
    assert "further steps" in KIND.refuses(KIND.at("check-application", "supplement"), on)


def test_it_is_looked_for_at_decisions_for_all_and_for_the_simple():
    on = small(numbers=DECIDES)
    found = list(KIND.find(seen(on)))
    assert [(m.at, m.with_["condition"]) for m in found] == [(PAIR, ""), (PAIR, SMALL)]
    assert found[0].hint > found[1].hint > 0


def test_it_goes_together_with_other_moves():
    on = small(numbers=DECIDES)
    triage = kind_of("triage").at("check", condition=SMALL)
    move = KIND.at(*PAIR, condition="not special_risk")
    composes(triage, move, on)
    composes(move, triage, on)
    composes(triage, KIND.at(*PAIR), on)
