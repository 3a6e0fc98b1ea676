"""What was asked again is used again, where it has surely come in before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from holding import changes, holds, refused, shipped

from polku.path.build import start
from polku.path.facts import Contact, Document, Facts
from polku.path.model import Step
from polku.paths import NAMES
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import apply, kind_of
from polku.redesign.prototype import Prototype
from polku.redesign.surgery import bypass
from polku.simulate.laws import mean
from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Kind,
    Scenario,
    StepNumbers,
    always,
    fixed,
)

KIND = kind_of("ask-once")


def asking(*keys: str, marked: str | None = None, used: tuple[str, ...] = ()) -> Facts:
    papers = tuple(Document(k) for k in keys) + tuple(Document(k, "used") for k in used)
    return Facts(contact=Contact("customer", ("online",)), documents=papers, fixed=marked)


def three(*facts: Facts) -> Prototype:
    """A line of three receiving steps in three agencies, an hour of the customer's each."""
    line = start("Stall")
    for k, f in enumerate(facts):
        line = line.step(f"Ask {k}", id=f"ask-{k}", unit=f"Unit {k}", kind="receive", facts=f)
    path = line.path()
    hour = StepNumbers(work=always(fixed(60.0)))
    steps = {s.id: hour for s in path.steps}
    kinds = {"stall": Kind(Arrivals(per_year=500))}
    return Prototype(path, Scenario("path", kinds, steps=steps))


def minutes(on: Prototype, step: str) -> float:
    return mean(on.scenario.steps[step].work.otherwise[0]) / 6e7


@pytest.mark.parametrize("name", NAMES)
def test_every_move_found_holds_on_its_path_and_all_of_them_together(name):
    on = shipped(name)
    seen = {s.id: StepSeen(1.0, 0.5, {}, 10) for s in on.path.steps}
    moves = list(KIND.find(Evidence(on, "log", 10, seen)))
    assert moves
    assert all(m.hint > 0 for m in moves)
    after = on
    for move in moves:
        holds(move, on, {"saved": 0.0}, {"saved": 0.2})
        after = holds(move, after)
    assert changes(on.path, after.path) == {
        (c.change, c.subject) for m in moves for c in KIND.claims(m, on)
    }


def test_asked_by_three_agencies_it_is_asked_by_the_first_alone():
    on = three(asking("basics", "a"), asking("basics", "b"), asking("basics"))
    after = holds(KIND.at("basics"), on)
    roles = [{d.key: d.role for d in after.path.node(f"ask-{k}").facts.documents} for k in range(3)]
    assert roles == [
        {"basics": "asked", "a": "asked"}, {"basics": "used", "b": "asked"}, {"basics": "used"},
    ]  # fmt: skip
    assert {c.change for c in KIND.claims(KIND.at("basics"), on)} == {
        "document_use_added", "document_asked_less", "document_received",
    }  # fmt: skip


def test_the_first_is_asked_to_pass_it_on_and_the_others_to_take_it_over():
    on = three(asking("basics"), asking("basics"), asking("plan"))
    asked = KIND.asks(KIND.at("basics"), on)
    assert {k: v.en for k, v in asked.items()} == {
        "lane-unit-0": "basics: pass what you have received on to the other units.",
        "lane-unit-1": "basics: do not ask again, use what was given already: Ask 1.",
    }
    assert set(asked) == set(KIND.touches(KIND.at("basics"), on))


def test_asked_twice_by_one_agency_it_is_asked_fewer_times():
    facts = (asking("basics"), asking("basics", used=("basics",)))
    path = start("Stall").step("A", id="a", unit="Desk", kind="receive", facts=facts[0])
    path = path.step("B", id="b", unit="Desk", kind="receive", facts=facts[1]).path()
    on = replace(three(asking("x")), path=path)
    steps = {s.id: StepNumbers(work=always(fixed(60.0))) for s in path.steps}
    on = on.with_scenario(replace(on.scenario, steps=steps))
    holds(KIND.at("basics"), on)
    assert {(c.change, c.subject) for c in KIND.claims(KIND.at("basics"), on)} == {
        ("document_times", "basics")
    }


def test_only_the_later_steps_that_are_named_ask_no_longer():
    on = three(asking("basics"), asking("basics"), asking("basics"))
    after = holds(KIND.at("basics", "ask-2"), on)
    assert after.path.node("ask-1") == on.path.node("ask-1")
    assert after.path.node("ask-2").facts.documents == (Document("basics", "used"),)


def test_the_customers_time_falls_by_the_share_in_the_later_steps_only():
    on = three(asking("basics"), asking("basics"))
    for saved in (0.0, 0.1, 0.2):
        after = apply(KIND.at("basics"), on, {"saved": saved})
        assert minutes(after, "ask-0") == 60.0
        assert minutes(after, "ask-1") == pytest.approx(60.0 * (1 - saved))


def test_the_burden_that_is_counted_falls_too():
    on = three(asking("basics"), asking("basics"))
    mapping = {"burden": {"tariff": 40, "hours": {"Ask 0": 2.0, "Ask 1": 2.0}}}
    on = on.with_scenario(replace(on.scenario, mapping=mapping))
    after = apply(KIND.at("basics"), on, {"saved": 0.1}).scenario.mapping
    assert after["burden"] == {"tariff": 40, "hours": {"Ask 0": 2.0, "Ask 1": 1.8}}
    assert mapping["burden"]["hours"]["Ask 1"] == 2.0


def test_a_supplement_goes_on_asking_for_the_correction():
    on = shipped("event-permit")
    after = apply(KIND.at("event-basics"), on)
    asked = [d.key for d in after.path.node("send-supplement").facts.documents]
    assert "event-basics" in asked
    said = refused(KIND.at("event-basics", "send-supplement"), on)
    assert "asks for a correction" in said
    assert refused(KIND.at("area-application"), on) == "'area-application' is asked for only once"


def test_a_document_that_nobody_asks_for_is_refused_with_the_nearest():
    on = three(asking("basics"), asking("basics"))
    assert refused(KIND.at("basic"), on) == (
        "no step asks for a document 'basic'; did you mean 'basics'?"
    )
    assert "names no document" in refused(KIND.at(), on)


def test_a_document_that_is_asked_for_once_is_refused():
    on = three(asking("basics"), asking("plan"))
    assert refused(KIND.at("plan"), on) == "'plan' is asked for only once"


def test_a_later_step_that_is_not_there_or_does_not_ask_is_refused():
    on = three(asking("basics"), asking("basics"), asking("plan"))
    assert "there is no step 'ask-9'" in refused(KIND.at("basics", "ask-9"), on)
    said = refused(KIND.at("basics", "ask-2"), on)
    assert said == "'Ask 2' (ask-2) does not ask for 'basics'"


def test_what_comes_in_on_some_ways_only_is_asked_again():
    on = three(asking("basics"), asking("plan"), asking("basics"))
    path = bypass(on.path, ["ask-0"], [], "small")
    s = replace(on.scenario, attributes={"small": Attribute(chance=always(0.5))})
    on = Prototype(path, s)
    said = "'basics' has not come in on every way to"
    assert refused(KIND.at("basics"), on) == f"{said} any of the steps that ask again"
    assert refused(KIND.at("basics", "ask-2"), on) == f"{said} 'Ask 2' (ask-2)"


def test_what_is_asked_at_the_same_time_is_asked_by_both():
    on = shipped("starting-up")
    said = refused(KIND.at("premises-drawings"), on)
    assert "has not come in on every way" in said


def test_a_marked_step_goes_on_asking():
    on = three(asking("basics"), asking("basics", marked="the law says who asks"))
    said = refused(KIND.at("basics"), on)
    assert said == ("'Ask 1' (ask-1) may not be moved, merged or dropped: the law says who asks")
    assert refused(KIND.at("basics", "ask-1"), on) == said
    more = three(asking("basics"), asking("basics", marked="law"), asking("basics"))
    after = holds(KIND.at("basics"), more)
    assert isinstance(after.path.node("ask-1"), Step)
    assert after.path.node("ask-1") == more.path.node("ask-1")


def test_once_asked_only_once_there_is_nothing_more_to_do():
    on = shipped("plot-to-premises")
    once = holds(KIND.at("drawings"), on)
    assert "asked for only once" in refused(KIND.at("drawings"), once)
