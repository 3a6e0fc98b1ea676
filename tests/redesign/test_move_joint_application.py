"""What many units ask of the customer comes in one application, where nothing needs it later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from holding import changes, holds, refused, shipped, simulated
from spoken import spoken

from polku.path.build import start
from polku.path.facts import Contact, Deadline, Document, Facts, Fee, Origin, Text
from polku.path.model import Event, Gateway, Lane, Repeat, Timer
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.gathering import longest
from polku.redesign.move import apply, apply_all, kind_of
from polku.redesign.prototype import Prototype
from polku.redesign.surgery import bypass
from polku.simulate.laws import mean
from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Delay,
    Kind,
    Meeting,
    Scenario,
    StepNumbers,
    Varied,
    always,
    fixed,
)

KIND = kind_of("joint-application")
ALL = ("apply", "plan", "notice")


def receives(*keys: str, **more) -> Facts:
    papers = more.pop("documents", ())
    return Facts(
        contact=Contact("customer", ("online",)),
        documents=(*(Document(k) for k in keys), *papers),
        **more,
    )


def city(facts: dict[str, Facts] | None = None, **numbers: StepNumbers) -> Prototype:
    """An application, a check, then two units of other agencies that receive more, and answer."""
    steps = (
        ("apply", "Apply", "lane-desk", "receive", receives("basics", "form")),
        ("check", "Check", "lane-desk", "user", Facts(documents=(Document("result", "made"),))),
        ("plan", "Send the plan", "lane-safety", "receive", receives("basics", "plan")),
        ("ask", "Ask for the notice", "lane-food", "send", Facts(contact=Contact("city"))),
        ("notice", "Send the notice", "lane-food", "receive", receives("notice")),
        ("decide", "Decide", "lane-desk", "send", Facts(contact=Contact("city"))),
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
    waits = {"apply": 2.0, "plan": 10.0, "notice": 4.0}
    given = {
        i: StepNumbers(always(fixed(60.0)), delay=Delay(always(fixed(d, "days")), "customer"),
                       event="application_submitted", channels={"online": 1.0})
        for i, d in waits.items()
    }  # fmt: skip
    given |= {i: StepNumbers(always(fixed(30.0))) for i in ("check", "ask", "decide")}
    kinds = {"stall": Kind(Arrivals(per_year=500))}
    return Prototype(path, Scenario("path", kinds, steps={**given, **numbers}))


def minutes(on: Prototype, step: str) -> float:
    return mean(on.scenario.steps[step].work.otherwise[0]) / 6e7


def days(on: Prototype, step: str) -> float:
    return mean(on.scenario.steps[step].delay.law.otherwise[0]) / 8.64e10


def seen(on: Prototype, **times: float) -> Evidence:
    steps = {
        s.id: StepSeen(times.get(s.id, 1.0), 0.5, {"customer": 2.0}, 10) for s in on.path.steps
    }
    return Evidence(on, "simulation", 10, steps)


# -- what it does


def test_the_application_asks_for_all_and_the_units_take_it_from_there():
    on = city()
    move = KIND.at(*ALL)
    after = holds(move, on, {"work": 0.7, "later": 0.3}, {"work": 1.5, "later": 1.5})
    asked = {d.key: d.role for d in after.path.node("apply").facts.documents}
    assert asked == dict.fromkeys(("basics", "form", "plan", "notice"), "asked")
    plan = after.path.node("plan")
    assert (plan.kind, plan.facts.contact, plan.facts.delay) == ("service", None, None)
    assert {d.key: d.role for d in plan.facts.documents} == {"basics": "used", "plan": "used"}
    assert plan.facts.names.en == "From the application to the unit: plan"
    assert not plan.facts.text.missing
    assert not [m for m in after.path.messages if "plan" in (m.source, m.target)]
    assert plan.lane == "lane-safety"


def test_a_question_of_the_unit_goes_where_the_application_brings_the_answer():
    on = city()
    after = holds(KIND.at("apply", "notice"), on)
    assert not after.path.has("ask")
    assert "ask" not in after.scenario.steps
    assert {("removed", "ask"), ("contact_dropped", "ask"), ("contact_dropped", "notice")} <= (
        changes(on.path, after.path)
    )


def test_the_customer_works_as_much_as_matters_need_and_comes_as_much_later():
    on = city()
    move = KIND.at(*ALL, shares="0.5,0.25")
    for work, later in ((1.0, 0.0), (0.7, 0.5), (1.5, 1.5)):
        after = apply(move, on, {"work": work, "later": later})
        assert minutes(after, "apply") == pytest.approx(60 + work * 60 * 0.75)
        longest_days = 0.5 * 10 + 0.5 * 0.25 * 4
        assert days(after, "apply") == pytest.approx(2 + later * longest_days)
        for id in ("plan", "notice"):
            numbers = after.scenario.steps[id]
            assert (minutes(after, id), numbers.delay, numbers.pool) == (1.0, None, None)
            assert (numbers.event, dict(numbers.channels)) == (None, {})
            assert numbers.role == id


def test_the_longest_time_is_that_of_the_steps_that_a_matter_needs():
    assert longest([]) == 0.0
    assert longest([(1.0, 3.0), (1.0, 5.0)]) == 5.0
    assert longest([(0.5, 2.0), (0.5, 2.0)]) == pytest.approx(1.5)


def test_an_application_without_a_delay_waits_for_the_papers_too():
    numbers = StepNumbers(always(fixed(60.0)))
    after = apply(KIND.at("apply", "plan"), city(apply=numbers), {"work": 1.0, "later": 0.5})
    assert days(after, "apply") == pytest.approx(5.0)
    assert after.scenario.steps["apply"].delay.kind == "customer"


def test_the_burden_that_is_counted_goes_along_and_staff_has_no_hours_in_it():
    mapping = {"burden": {"tariff": 40, "hours": {"Apply": 2.0, "Send the plan": 6.0}}}
    on = city()
    on = on.with_scenario(replace(on.scenario, mapping=mapping))
    after = apply(KIND.at(*ALL, shares="0.5,1"), on, {"work": 0.8, "later": 0.5}).scenario.mapping
    assert after["burden"]["hours"]["Apply"] == pytest.approx(2.0 + 0.8 * 0.5 * 6.0)
    assert after["automatic"]["activities"] == [
        "From the application to the unit: plan", "From the application to the unit: notice",
    ]  # fmt: skip
    assert "automatic" not in mapping


def test_time_limits_fees_and_words_for_the_customer_go_along_to_the_application():
    read = Origin("Act 1", "Its text", "A", date(2026, 1, 1))
    due = Deadline("P14D", "before", "event-start", Text("2 vk", "2 v", "2 weeks before"), read)
    fee = Fee(20.0, text=Text("Maksu", "Avgift", "A fee"), origin=read)
    text = Text("Lähetä suunnitelma.", "Skicka planen.", "Send it if many people come.")
    on = city({"plan": receives("plan", deadlines=(due,), fees=(fee,), text=text)})
    after = holds(KIND.at(*ALL), on).path
    facts = after.node("apply").facts
    assert (facts.deadlines, facts.fees) == ((due,), (fee,))
    assert "Send it if many people come." in facts.text.en
    assert "Send the notice, in words." in facts.text.en
    assert (after.node("plan").facts.deadlines, after.node("plan").facts.fees) == ((), ())


def test_each_agency_is_asked_for_its_part():
    on = city()
    move = KIND.at(*ALL)
    assert KIND.touches(move, on) == ("city", "rescue", "health")
    asked = KIND.asks(move, on)
    assert asked["city"].en == (
        "Ask in the step Apply also for this: plan and notice. Pass it on to the units: Safety and "
        "Food."
    )
    assert asked["rescue"].en == (
        "Do not ask the customer separately (Send the plan), but take the papers from the "
        "application (Apply)."
    )


# -- what it refuses


def test_without_an_application_and_later_steps_it_is_refused():
    on = city()
    assert "names no later step" in refused(KIND.at("apply"), on)
    assert "there is no step 'plans'" in refused(KIND.at("apply", "plans"), on)
    assert "names 'plan' twice" in refused(KIND.at("apply", "plan", "plan"), on)
    assert "is no application" in refused(KIND.at("check", "plan"), on)
    assert "does not receive documents" in refused(KIND.at("apply", "check"), on)
    assert "does not always come after" in refused(KIND.at("plan", "apply"), on)


@pytest.mark.parametrize("shares", ["0.5", "0.5,much", "0.5,1.2", "0.5,0.5,0.5"])
def test_shares_that_are_not_one_for_each_step_are_refused(shares):
    assert "give 2 numbers from 0 to 1" in refused(KIND.at(*ALL, shares=shares), city())


@pytest.mark.parametrize(
    ("step", "facts", "why"),
    [
        ("plan", receives("plan", fixed="law says so"), "law says so"),
        ("apply", receives("basics", fixed="law says so"), "law says so"),
        ("plan", receives("plan", separate_from=("check",)), "different people"),
        ("plan", receives("plan", delay="statutory"), "something else than the customer"),
        ("plan", receives("plan", deadlines=(Deadline("P3M", "after", "event-end"),)), "begins"),
        ("plan", receives("plan", documents=(Document("result", "used"),)), "builds on 'result'"),
        ("plan", Facts(contact=Contact("city"), documents=(Document("plan"),)), "does not receive"),
        ("ask", Facts(contact=Contact("city"), fixed="law"), "the customer acts on what"),
        ("ask", Facts(contact=Contact("city"), fees=(Fee(1.0),)), "the customer acts on what"),
    ],
)
def test_steps_that_law_or_papers_bind_are_refused(step, facts, why):
    assert why in refused(KIND.at(*ALL), city({step: facts}))


def test_a_question_that_is_no_question_keeps_what_follows_it():
    on = city(ask=StepNumbers(always(fixed(1.0)), event="decision_notified"))
    assert "the customer acts on what" in refused(KIND.at("apply", "notice"), on)
    automatic = {"automatic": {"activities": ["Ask for the notice"]}}
    on = city()
    on = on.with_scenario(replace(on.scenario, mapping=automatic))
    assert "the customer acts on what" in refused(KIND.at("apply", "notice"), on)


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        (StepNumbers(always(fixed(5.0)), pool="safety"), "is done with staff (safety)"),
        (StepNumbers(always(fixed(5.0)), event="supplement_received"), "comes up only after"),
        (StepNumbers(always(fixed(5.0)), meeting="board"), "waits for a meeting"),
        (
            StepNumbers(delay=Delay(always(fixed(5.0)), "statement")),
            "waits for something else than the customer",
        ),
        (
            StepNumbers(delay=Delay(always(fixed(5.0)), "customer", "office")),
            "count the customer's time by other calendars",
        ),
    ],
)
def test_steps_whose_numbers_tell_of_more_than_the_customer_are_refused(numbers, why):
    on = city(plan=numbers)
    on = on.with_scenario(replace(on.scenario, meetings={"board": Meeting()}))
    assert why in refused(KIND.at("apply", "plan"), on)


def test_works_that_vary_by_different_attributes_are_refused():
    def varying(by: str) -> StepNumbers:
        return StepNumbers(Varied((fixed(5.0),), by, {"x": (fixed(6.0),)}))

    on = city(apply=varying("size"), plan=varying("place"))
    assert "vary by different attributes" in refused(KIND.at("apply", "plan"), on)


def test_a_step_that_is_repeated_or_waits_with_a_timer_is_refused():
    on = city()
    again = replace(on.path.node("plan"), repeat=Repeat("parallel", times="2"))
    said = refused(KIND.at("apply", "plan"), on.with_path(on.path.with_nodes([again])))
    assert "may be done several times" in said
    late = Event("late", "Late", "boundary", "timer", Timer("duration", "P7D"), "plan", False)
    timed = replace(on.path, nodes=(*on.path.nodes, late))
    assert "an event at its boundary" in refused(KIND.at("apply", "plan"), on.with_path(timed))


def test_where_some_matters_pass_the_application_over_it_cannot_gather():
    on = city()
    s = replace(on.scenario, attributes={"small": Attribute(chance=always(0.5))})
    on = Prototype(bypass(on.path, ["apply"], [], "small"), s)
    assert "does not always come after" in refused(KIND.at("apply", "plan"), on)
    assert isinstance(on.path.node("which-way"), Gateway)


def test_what_follows_the_customers_own_work_is_left_alone():
    on = city()
    alone = replace(on.path.node("check"), lane="alone", kind="manual")
    lanes = (*on.path.lanes, Lane("alone", "Customer", None, "customer"))
    on = on.with_path(replace(on.path, lanes=lanes).with_nodes([alone]))
    said = refused(KIND.at("apply", "plan"), on)
    assert said.endswith("comes after the customer's own work in 'Check' (check)")


def test_an_application_gathers_once():
    on = city()
    after = holds(KIND.at("apply", "plan"), on)
    said = refused(KIND.at("apply", "notice"), after)
    assert said == "'Apply' (apply) gathers other steps already, as plan; name all in one move"


# -- what is found, and how it goes with others


def test_all_are_found_and_those_of_each_agency_and_each_alone():
    on = city()
    found = list(KIND.find(seen(on, plan=0.4)))
    assert {m.at[1:]: m.with_["shares"] for m in found} == {
        ("plan", "notice"): "0.4,1", ("plan",): "0.4", ("notice",): "1",
    }  # fmt: skip
    assert found[0].hint >= found[-1].hint > 0
    assert not list(KIND.find(seen(on, plan=0.0, notice=0.0)))


def test_on_the_event_permit_the_joint_form_is_found_for_the_city_and_for_all():
    on = shipped("event-permit")
    found = list(KIND.find(seen(on)))
    assert all(KIND.refuses(m, on) is None for m in found)
    everything, own = max(found, key=lambda m: len(m.at)), next(
        m for m in found if "notify-effects" in m.at and "notify-police" not in m.at
        and "ask-signs" in m.at and "get-music-licence" not in m.at
        and "apply-alcohol" not in m.at and "send-safety-document" not in m.at
    )  # fmt: skip
    assert len(everything.at) == 16
    assert len(own.at) == 11
    for move in (everything, own):
        after = holds(move, on, {"work": 0.7, "later": 0.3})
        assert not after.path.has("ask-event-texts")
        due = {d.duration for d in after.path.node("apply-for-area").facts.deadlines}
        assert {"P14D", "P30D", "P0D"} <= due
        simulated(after, 60)


@pytest.mark.parametrize("name", ["plot-to-premises", "starting-up"])
def test_where_each_paper_builds_on_what_came_before_nothing_is_found(name):
    assert not list(KIND.find(seen(shipped(name))))


def test_it_goes_with_one_answer_and_then_one_contact_point():
    on = shipped("event-permit")
    joint = max(KIND.find(seen(on)), key=lambda m: len(m.at))
    answer = max(kind_of("one-answer").find(seen(on)), key=lambda m: len(m.at))
    desk = kind_of("merge-contacts").at("send-decision", desk="building-control")
    after = on
    for move in (joint, answer, desk):
        after = holds(move, after)
    turned = apply_all([answer, joint], on)
    assert changes(turned.path, apply_all([joint, answer], on).path) == set()
    simulated(after, 60)
