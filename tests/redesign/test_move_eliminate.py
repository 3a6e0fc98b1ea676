"""A step dropped: what is refused, what changes, and what the difference says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_prototypes import by_chance, evidence, line, made, random_prototype, runs, shipped

from polku.errors import RedesignError
from polku.path.build import start
from polku.path.facts import Contact, Deadline, Document, Facts, Fee, Origin
from polku.path.model import Event, Flow, Gateway, Repeat
from polku.paths import NAMES
from polku.redesign.move import Claim, apply, kind_of
from polku.simulate.laws import mean
from polku.simulate.scenario import Branching, always

KIND = kind_of("eliminate")
FOUR = (("apply", "Desk"), ("check", "Desk"), ("look", "Safety"), ("close", "Desk"))


def test_a_step_that_only_passes_on_goes():
    on = line(*FOUR)
    move = KIND.at("look")
    after = made(move, on)
    assert not after.path.has("look")
    assert "look" not in after.scenario.steps
    assert KIND.claims(move, on) == {
        Claim("removed", "look"), Claim("agency_left", "lane-safety"),
        Claim("no_longer_waits", "close"),
    }  # fmt: skip
    assert runs(after) > 30


def test_what_goes_with_a_step_is_told():
    on = line(
        *FOUR,
        check=Facts(documents=(Document("plan", "asked"),)),
        look=Facts(contact=Contact("city"), fees=(Fee(10.0),),
                   documents=(Document("plan", "asked"), Document("map", "asked"))),
    )  # fmt: skip
    claims = KIND.claims(KIND.at("look"), on)
    made(KIND.at("look"), on)
    assert {c.change for c in claims} == {
        "removed", "agency_left", "no_longer_waits", "contact_dropped", "contact_point_dropped",
        "document_dropped", "document_asked_less", "fee",
    }  # fmt: skip


def facts(**of):
    return line(*FOUR, **of)


LAW = Deadline("P14D", origin=Origin(basis="Act 1/2000"))


@pytest.mark.parametrize(
    ("on", "move", "reason"),
    [
        (line(*FOUR), KIND.at("lok"), "no step 'lok'.*'look'"),
        (line(*FOUR), KIND.at("check", "look"), "is about one step; 2 are named"),
        (line(("only", "Desk")), KIND.at("only"), "the city's only step"),
        (facts(look=Facts(fixed="by order")), KIND.at("look"), "by order"),
        (facts(look=Facts(delay="statutory")), KIND.at("look"), "a statutory period"),
        (facts(look=Facts(deadlines=(LAW,))), KIND.at("look"), "stands on law: Act 1/2000"),
        (facts(close=Facts(separate_from=("look",))), KIND.at("look"), "which needs both"),
        (facts(look=Facts(separate_from=("check",))), KIND.at("look"), "which needs both"),
        (facts(look=Facts(delay="customer")), KIND.at("check"), "answers 'Check'"),
        (facts(look=Facts(delay="customer")), KIND.at("look"), "answers 'Check'"),
        (
            facts(check=Facts(documents=(Document("plan", "made"),)),
                  close=Facts(documents=(Document("plan", "used"),))),
            KIND.at("check"), "needs plan, which only 'Check'",
        ),
    ],
)  # fmt: skip
def test_every_precondition_is_a_reason(on, move, reason):
    with pytest.raises(RedesignError, match=reason):
        apply(move, on)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("decision_made", "decides the matter"),
        ("decision_notified", "the only step in which the customer hears"),
        ("application_submitted", "the customer applies"),
        ("fee_invoiced", "have a right to"),
    ],
)
def test_what_the_matter_is_for_stays(event, reason):
    on = line(*FOUR)
    numbers = replace(on.scenario.steps["check"], event=event)
    on = on.with_scenario(on.scenario.with_steps(check=numbers))
    assert reason in (KIND.refuses(KIND.at("check"), on) or "")


def test_a_second_notification_of_the_same_unit_may_go():
    on = line(*FOUR)
    more = {i: replace(on.scenario.steps[i], event="decision_notified") for i in ("apply", "check")}
    on = on.with_scenario(on.scenario.with_steps(**more))
    assert KIND.refuses(KIND.at("check"), on) is None


def with_nodes(on, *nodes, flows=()):
    path = on.path
    return on.with_path(replace(path, nodes=(*path.nodes, *nodes), flows=(*path.flows, *flows)))


def test_a_step_with_a_boundary_or_several_ways_stays():
    on = line(*FOUR)
    late = Event("late", "Late", "boundary", "timer", attached_to="look", lane="lane-safety")
    assert "at its boundary" in KIND.refuses(KIND.at("look"), with_nodes(on, late))
    loop = on.path.with_nodes([replace(on.path.node("look"), repeat=Repeat("loop"))])
    assert "in line" in KIND.refuses(KIND.at("look"), on.with_path(loop))
    more = with_nodes(on, flows=[Flow("more", "apply", "look")])
    assert "in line" in KIND.refuses(KIND.at("look"), more)


def test_an_automatic_step_is_nobodys_work():
    on = line(*FOUR)
    robot = on.path.with_nodes([replace(on.path.node("check"), kind="service")])
    assert "automatically" in KIND.refuses(KIND.at("check"), on.with_path(robot))


def test_the_finding_of_a_choice_stays():
    on = checked()
    assert "finds out what is asked" in KIND.refuses(KIND.at("check"), on)


def test_whose_person_does_another_step_stays():
    on = line(*FOUR)
    same = replace(on.scenario.steps["close"], same_person_as="check")
    on = on.with_scenario(on.scenario.with_steps(close=same))
    assert "person of" in KIND.refuses(KIND.at("check"), on)


def test_the_customers_own_work_and_what_holds_others_stay():
    on = shipped("event-permit")
    assert "customer's own" in KIND.refuses(KIND.at("plan-event"), on)
    assert "holds further steps" in KIND.refuses(KIND.at("supplement"), on)


def checked():
    """Apply, look, then a check that sends every fifth matter back to the look."""
    on = line(("apply", "Desk"), ("look", "Desk"), ("check", "Desk"), ("close", "Desk"))
    path = on.path
    (into,), (out,) = path.into("look"), path.out("check")
    lane = path.node("look").lane
    nodes = Gateway("again", lane=lane), Gateway("fine", "Fine?", lane=lane, default=out.id)
    flows = [replace(f, target="again") if f.id == into.id else
             replace(f, source="fine") if f.id == out.id else f for f in path.flows]  # fmt: skip
    more = (Flow("to-look", "again", "look"), Flow("to-fine", "check", "fine"),
            Flow("back", "fine", "again", condition="bad"))  # fmt: skip
    path = replace(path, nodes=(*path.nodes, *nodes), flows=(*flows, *more))
    chance = {"fine": Branching(always({"back": 0.2, out.id: 0.8}))}
    return on.with_path(path).with_scenario(replace(on.scenario, branching=chance))


def test_more_matters_go_back_where_the_path_has_a_way_back():
    on = checked()
    after = KIND.apply(KIND.at("apply"), on, {"elsewhere": 0.0, "mistakes": 0.5})
    (chances,) = after.scenario.branching["fine"].flows.otherwise
    assert chances["back"] == pytest.approx(0.6)
    assert sum(chances.values()) == pytest.approx(1.0)
    made(KIND.at("look"), on)


def test_a_share_of_the_work_stays_in_the_next_step():
    on, move = line(*FOUR), KIND.at("check")
    none, some = (KIND.apply(move, on, {"elsewhere": e, "mistakes": 0.1}) for e in (0.0, 0.4))
    hours = [mean(p.scenario.steps["look"].work.otherwise[0]) / 3.6e9 for p in (none, some)]
    assert hours == pytest.approx([1.1, 1.5])
    last = KIND.apply(KIND.at("close"), on, {"elsewhere": 0.4, "mistakes": 0.1})
    assert mean(last.scenario.steps["look"].work.otherwise[0]) / 3.6e9 == pytest.approx(1.5)


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_it_does_what_it_says(name):
    on = shipped(name)
    tried = 0
    for step in on.path.steps:
        move = KIND.at(step.id)
        if KIND.refuses(move, on) is None:
            after = made(move, on)
            tried += 1
    assert tried > 0
    assert runs(after, 5) > 0


@pytest.mark.parametrize("seed", range(12))
def test_on_made_paths_it_does_what_it_says(seed):
    on = random_prototype(seed, papers=seed % 2 == 0)
    for one in (on, by_chance(on)):
        for step in one.path.steps:
            if KIND.refuses(KIND.at(step.id), one) is None:
                made(KIND.at(step.id), one)


def test_what_only_passes_on_is_looked_for_and_what_has_a_purpose_is_not():
    on = shipped("event-permit")
    found = {m.at[0] for m in KIND.find(evidence(on))}
    assert {"ask-statement-noise", "ask-statement-rescue"} <= found
    assert not {"publish-event", "handle-noise", "send-invoice", "inspect-site"} & found


@pytest.mark.parametrize(("share", "found"), [(0.99, True), (0.6, False)])
def test_a_check_is_looked_for_where_it_hardly_ever_fails(share, found):
    on = shipped("event-permit")
    first, second = (f.id for f in on.path.out("supplement-needed"))
    seen = replace(evidence(on), flows={first: 1 - share, second: share})
    assert ("check-application" in {m.at[0] for m in KIND.find(seen)}) == found


def test_it_is_said_in_three_languages():
    assert start("x").path().name == "x"
    said = KIND.says(KIND.at("look"), line(*FOUR))
    assert said.en == "»Look« is dropped. What is still needed of it is done in the next step."
    assert not said.missing
