"""What many units answer comes in one message, where nobody acts on an answer before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from holding import changes, holds, refused, shipped, simulated
from spoken import spoken

from polku.path.build import start
from polku.path.facts import Contact, Deadline, Document, Facts, Fee, Origin, Text
from polku.path.model import Event, Flow, Gateway, Lane, Repeat, Timer
from polku.paths import NAMES
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import apply, kind_of
from polku.redesign.prototype import Prototype
from polku.simulate.laws import mean
from polku.simulate.scenario import (
    Arrivals,
    Kind,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    always,
    fixed,
)

KIND = kind_of("one-answer")
ALL = ("decide", "answer-plan", "answer-notice")


def tells(*documents: Document, **more) -> Facts:
    return Facts(contact=Contact("city", ("e-mail",)), documents=documents, **more)


def city(facts: dict[str, Facts] | None = None, **numbers: StepNumbers) -> Prototype:
    """An application, two answers of units of two agencies, the handling, and the decision."""
    applied = Facts(contact=Contact("customer"), documents=(Document("form"),))
    steps = (
        ("apply", "Apply", "lane-desk", "receive", applied),
        ("answer-plan", "Answer on the plan", "lane-safety", "send", tells()),
        ("answer-notice", "Answer on the notice", "lane-food", "send", tells()),
        ("handle", "Handle", "lane-desk", "user", Facts()),
        ("decide", "Send the decision", "lane-desk", "send", tells()),
        ("after", "After", "lane-desk", "user", Facts()),
    )
    line = start("Stall")
    for id, name, lane, kind, usual in steps:
        line = line.step(name, id=id, lane=lane, kind=kind, facts=(facts or {}).get(id, usual))
    lanes = (
        Lane("city", "City"), Lane("lane-desk", "Desk", "city", "unit"),
        Lane("rescue", "Rescue"), Lane("lane-safety", "Safety", "rescue", "unit"),
        Lane("health", "Health"), Lane("lane-food", "Food", "health", "unit"),
    )  # fmt: skip
    path = spoken(replace(line.path(), lanes=lanes))
    pool = {s.id: (s.lane or "").removeprefix("lane-") for s in path.steps if s.id != "apply"}
    given = {"apply": StepNumbers(always(fixed(60.0)))}
    given |= {
        i: StepNumbers(always(fixed(20.0)), p, event="decision_notified", channels={"e-mail": 1.0})
        for i, p in pool.items()
    }
    kinds = {"stall": Kind(Arrivals(per_year=500))}
    pools = {n: Pool((n,), lane=f"lane-{n}") for n in ("desk", "safety", "food")}
    people = {n: Person() for n in pools}
    s = Scenario("path", kinds, steps={**given, **numbers}, pools=pools, people=people)
    return Prototype(path, s)


def minutes(on: Prototype, step: str) -> float:
    return mean(on.scenario.steps[step].work.otherwise[0]) / 6e7


def seen(on: Prototype, **times: float) -> Evidence:
    waits = {"contention": 2.0}
    steps = {s.id: StepSeen(times.get(s.id, 1.0), 0.5, waits, 10) for s in on.path.steps}
    return Evidence(on, "simulation", 10, steps)


# -- what it does


def test_units_write_their_answers_down_and_one_message_brings_them():
    on = city()
    after = holds(KIND.at(*ALL), on, {"writing": 0.5, "gathering": 2.0})
    plan, final = after.path.node("answer-plan"), after.path.node("decide")
    assert (plan.kind, plan.facts.contact, plan.lane) == ("user", None, "lane-safety")
    assert plan.facts.names.en == "For the joint answer: Answer on the plan"
    assert not [m for m in after.path.messages if "answer-plan" in (m.source, m.target)]
    assert {(d.key, d.role) for d in final.facts.documents} == {
        ("answer-plan-written", "used"), ("answer-notice-written", "used"),
    }  # fmt: skip
    assert "The same message brings you the answers of these units: Safety and Food." in (
        final.facts.text.en
    )
    assert {("contact_point_dropped", "lane-safety"), ("contact_point_dropped", "lane-food")} <= (
        changes(on.path, after.path)
    )


def test_writing_takes_less_and_gathering_more_as_far_as_matters_have_answers():
    on = city()
    for writing, gathering in ((0.5, 2.0), (0.9, 10.0), (1.2, 30.0)):
        values = {"writing": writing, "gathering": gathering}
        after = apply(KIND.at(*ALL, shares="0.5,1"), on, values)
        assert minutes(after, "answer-plan") == pytest.approx(20 * writing)
        assert minutes(after, "decide") == pytest.approx(20 + 1.5 * gathering)
        numbers = after.scenario.steps["answer-plan"]
        assert (numbers.pool, numbers.event, dict(numbers.channels)) == ("safety", None, {})
        assert after.scenario.steps["decide"].event == "decision_notified"


def test_what_an_answer_hands_over_and_charges_comes_with_the_final_message():
    read = Origin("Act 1", "Its text", "A", date(2026, 1, 1))
    fee = Fee(30.0, text=Text("Maksu", "Avgift", "A fee"), origin=read)
    on = city({"answer-plan": tells(Document("approval", "made"), fees=(fee,))})
    after = holds(KIND.at(*ALL), on).path
    final = after.node("decide").facts
    assert ("approval", "used") in {(d.key, d.role) for d in final.documents}
    assert (final.fees, after.node("answer-plan").facts.fees) == ((fee,), ())


def test_each_agency_is_asked_for_its_part():
    on = city()
    asked = KIND.asks(KIND.at(*ALL), on)
    assert asked["city"].en == (
        "Gather in the step Send the decision also the answers of these units: Safety and Food."
    )
    assert asked["rescue"].en == (
        "Write your answer into the matter (Answer on the plan); the customer gets it in the step "
        "Send the decision."
    )
    assert KIND.touches(KIND.at(*ALL), on) == ("city", "rescue", "health")


# -- what it refuses


def test_one_answer_alone_is_not_gathered():
    on = city()
    assert "fewer than two answers" in refused(KIND.at("decide", "answer-plan"), on)
    assert "there is no step" in refused(KIND.at("decide", "answer-plan", "answers"), on)
    assert "names 'answer-plan' twice" in refused(KIND.at("decide", *("answer-plan",) * 2), on)
    assert "give 2 numbers" in refused(KIND.at(*ALL, shares="1"), on)


@pytest.mark.parametrize(
    ("step", "facts", "why"),
    [
        ("answer-plan", tells(fixed="law says so"), "law says so"),
        ("decide", tells(fixed="law says so"), "law says so"),
        (
            "answer-plan",
            tells(deadlines=(Deadline("P30D", "after", "told", origin=Origin("Act 1")),)),
            "stands on law: Act 1",
        ),
        ("answer-plan", tells(deadlines=(Deadline("P30D", "after"),)), "begins a time limit"),
        ("answer-plan", Facts(), "sends the customer no message"),
        ("answer-plan", tells(delay="hearing"), "holds a hearing"),
        ("handle", Facts(delay="statutory"), "begins the period of 'Handle' (handle)"),
        ("handle", Facts(contact=Contact("customer")), "the customer acts in 'Handle' (handle)"),
    ],
)
def test_answers_that_law_or_the_customer_needs_at_once_are_refused(step, facts, why):
    assert why in refused(KIND.at(*ALL), city({step: facts}))


def test_what_is_sent_by_nobody_is_no_answer():
    on = city(**{"answer-plan": StepNumbers(always(fixed(0.1)))})
    assert "is sent automatically, by nobody" in refused(KIND.at(*ALL), on)
    on = city()
    known = {"contacts": {"acknowledgements": ["Answer on the plan"]}}
    on = on.with_scenario(replace(on.scenario, mapping=known))
    assert "is sent automatically, by nobody" in refused(KIND.at(*ALL), on)


def test_a_request_for_more_is_no_answer():
    numbers = StepNumbers(always(fixed(5.0)), "safety", event="supplement_requested")
    said = refused(KIND.at(*ALL), city(**{"answer-plan": numbers}))
    assert said.endswith("asks the customer for something")


def test_an_answer_that_comes_after_the_message_or_without_it_is_refused():
    on = city({"handle": tells()})
    assert "does not always come before" in refused(KIND.at("answer-plan", *ALL[:1], "handle"), on)
    path = city().path
    into = next(f for f in path.flows if f.target == "handle")
    ended = Event("end-early", "Ended", "end", lane="lane-desk")
    gate = Gateway("early", lane="lane-desk")
    nodes = (*path.nodes, gate, ended)
    flows = (
        *(replace(f, target="early") if f.id == into.id else f for f in path.flows),
        Flow("on", "early", "handle"), Flow("off", "early", "end-early"),
    )  # fmt: skip
    on = city().with_path(replace(path, nodes=nodes, flows=flows))
    said = refused(KIND.at(*ALL), on)
    assert said.startswith("a matter may end (end-early) after 'Answer on the plan'")


def test_an_answer_that_is_repeated_or_waits_with_a_timer_is_refused():
    on = city()
    again = replace(on.path.node("answer-plan"), repeat=Repeat("parallel", times="2"))
    said = refused(KIND.at(*ALL), on.with_path(on.path.with_nodes([again])))
    assert "may be done several times" in said
    late = Event("late", "Late", "boundary", "timer", Timer("duration", "P7D"), "answer-plan",
                 False)  # fmt: skip
    timed = on.with_path(replace(on.path, nodes=(*on.path.nodes, late)))
    assert "an event at its boundary" in refused(KIND.at(*ALL), timed)


def test_made_once_there_is_nothing_left_to_gather():
    after = holds(KIND.at(*ALL), city())
    assert "sends the customer no message" in refused(KIND.at(*ALL), after)


# -- what is found


def test_answers_are_found_for_the_message_that_always_comes_after_them():
    found = list(KIND.find(seen(city(), **{"answer-plan": 0.4})))
    assert [(m.at, m.with_["shares"]) for m in found] == [(ALL, "0.4,1")]
    assert found[0].hint > 0
    assert not list(KIND.find(seen(city(), **{"answer-plan": 0.0})))


def test_on_the_event_permit_the_answers_before_the_decision_are_found():
    on = shipped("event-permit")
    found = list(KIND.find(seen(on)))
    assert {m.at[0] for m in found} == {"send-decision"}
    most = max(found, key=lambda m: len(m.at))
    assert len(most.at) == 11
    assert not {"decide-traffic", "decide-alcohol", "answer-safety-document"} & set(most.at)
    for move in found:
        simulated(holds(move, on, {"writing": 0.5, "gathering": 2.0}), 60)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "event-permit"])
def test_where_the_customer_acts_on_each_answer_nothing_is_found(name):
    assert not list(KIND.find(seen(shipped(name))))
