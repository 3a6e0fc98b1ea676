"""Work in other hands: what is refused, what changes, and what the difference says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_prototypes import by_chance, evidence, line, made, random_prototype, runs, shipped

from polku.errors import RedesignError
from polku.path.facts import Contact, Deadline, Document, Facts, Origin
from polku.path.model import Event, Lane
from polku.paths import NAMES
from polku.redesign.move import Claim, apply, kind_of
from polku.simulate.laws import mean
from polku.simulate.scenario import fixed

KIND = kind_of("move-work")
FOUR = (("apply", "Desk"), ("check", "Desk"), ("look", "Safety"), ("close", "Desk"))
TO = {"to": "lane-desk"}


def test_work_that_goes_to_and_fro_stays_where_it_was():
    on = line(*FOUR)
    move = KIND.at("look", **TO)
    after = made(move, on)
    assert after.path.node("look").lane == "lane-desk"
    assert after.scenario.steps["look"].pool == "lane-desk"
    assert KIND.claims(move, on) == {Claim("moved", "look"), Claim("agency_left", "lane-safety")}
    assert runs(after) > 30


def test_a_contact_and_what_is_asked_go_along():
    on = line(
        *FOUR, check=Facts(documents=(Document("map", "asked"),)),
        look=Facts(contact=Contact("city"),
                   documents=(Document("plan", "asked"), Document("map", "asked"))),
    )  # fmt: skip
    claims = KIND.claims(KIND.at("look", **TO), on)
    made(KIND.at("look", **TO), on)
    assert {c.change for c in claims} == {
        "moved", "agency_left", "contact_moved", "contact_point_dropped", "contact_point_added",
        "document_asked_elsewhere", "document_asked_less", "document_times",
    }  # fmt: skip


def facts(**of):
    return line(*FOUR, **of)


LAW = Deadline("P14D", origin=Origin(basis="Act 1/2000"))


@pytest.mark.parametrize(
    ("on", "move", "reason"),
    [
        (line(*FOUR), KIND.at("lok", **TO), "no step 'lok'.*'look'"),
        (line(*FOUR), KIND.at("check", "look", **TO), "is about one step"),
        (line(*FOUR), KIND.at("look", to="lane-dsk"), "no unit 'lane-dsk'.*'lane-desk'"),
        (line(*FOUR), KIND.at("check", **TO), "done there already"),
        (facts(look=Facts(fixed="by order")), KIND.at("look", **TO), "by order"),
        (facts(look=Facts(delay="statutory")), KIND.at("look", **TO), "a statutory period"),
        (facts(look=Facts(deadlines=(LAW,))), KIND.at("look", **TO), "Act 1/2000"),
        (facts(look=Facts(delay="statement")), KIND.at("look", **TO), "another body is asked"),
        (facts(look=Facts(separate_from=("check",))), KIND.at("look", **TO), "different people"),
        (facts(close=Facts(separate_from=("look",))), KIND.at("look", **TO), "different people"),
    ],
)
def test_every_precondition_is_a_reason(on, move, reason):
    with pytest.raises(RedesignError, match=reason):
        apply(move, on)


def numbers(on, **of):
    steps = {i: replace(on.scenario.steps[i], **more) for i, more in of.items()}
    return on.with_scenario(on.scenario.with_steps(**steps))


def test_the_scenario_has_its_reasons_too():
    on, move = line(*FOUR), KIND.at("look", **TO)
    reasons = {
        "decides": numbers(on, look={"event": "decision_made"}),
        "needs no staff": numbers(on, look={"pool": None}),
        "person of another step": numbers(on, look={"same_person_as": "check"}),
        "who stays in the unit": numbers(on, close={"same_person_as": "look"}),
        "has no staff in the scenario": on.with_scenario(
            replace(on.scenario, pools={"lane-safety": on.scenario.pools["lane-safety"]})
        ),
    }
    for reason, one in reasons.items():
        assert reason in (KIND.refuses(move, one) or ""), reason


def test_lanes_that_are_no_unit_of_the_city_are_refused():
    on = random_prototype(1)
    step = next(s.id for s in on.path.steps if s.lane == "safety")
    assert "name one of desk, hall" in KIND.refuses(KIND.at(step, to="office"), on)
    path = on.path
    more = replace(path, lanes=(*path.lanes, Lane("alone", "Customer", role="customer")))
    assert "is the customer" in KIND.refuses(KIND.at(step, to="alone"), on.with_path(more))
    late = Event("late", "Late", "boundary", "timer", attached_to=step)
    bound = replace(path, nodes=(*path.nodes, late))
    assert "at its boundary" in KIND.refuses(KIND.at(step, to="desk"), on.with_path(bound))


def test_the_customers_own_work_and_what_holds_others_stay():
    on = shipped("event-permit")
    assert "customer's own" in KIND.refuses(KIND.at("plan-event", to="area-use"), on)
    assert "holds further steps" in KIND.refuses(KIND.at("supplement", to="food-safety"), on)


def test_the_assumptions_are_work_and_nothing_else():
    on, move = line(*FOUR), KIND.at("look", **TO)
    by = {"lane-safety-1": fixed(5.0), "lane-desk-1": fixed(5.0)}
    on = numbers(on, look={"by_person": by})
    one = KIND.apply(move, on, {"work": 1.0, "training": 0.0})
    two = KIND.apply(move, on, {"work": 1.5, "training": 0.5})
    assert one.path == two.path
    assert one.scenario.steps["look"].by_person == {"lane-desk-1": fixed(5.0)}
    (a,), (b,) = (p.scenario.steps["look"].work.otherwise for p in (one, two))
    assert mean(b) == pytest.approx(2 * mean(a))


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_it_does_what_it_says(name):
    on = shipped(name)
    tried = []
    lanes = [n.id for n in on.path.lanes]
    for k, step in enumerate(on.path.steps):
        move = KIND.at(step.id, to=lanes[(3 * k) % len(lanes)])
        if KIND.refuses(move, on) is None:
            tried.append(made(move, on))
    assert len(tried) > 2
    assert runs(tried[0], 5) > 0


@pytest.mark.parametrize("seed", range(12))
def test_on_made_paths_it_does_what_it_says(seed):
    on = random_prototype(seed, papers=seed % 2 == 0)
    for one in (on, by_chance(on)):
        for k, step in enumerate(one.path.steps):
            move = KIND.at(step.id, to=("desk", "hall", "safety", "food")[(seed + k) % 4])
            if KIND.refuses(move, one) is None:
                made(move, one)


def test_what_stands_between_two_steps_of_one_unit_is_found():
    (move,) = KIND.find(evidence(line(*FOUR)))
    assert (move.at, move.with_["to"]) == (("look",), "lane-desk")
    assert move.hint == pytest.approx(0.5)
    assert KIND.find(evidence(shipped("event-permit")))


def test_each_agency_is_told_its_own_part():
    asks = KIND.asks(KIND.at("look", **TO), line(*FOUR))
    assert asks["lane-safety"].en == "Hand »Look« over to Desk and train those who do it."
    assert asks["lane-desk"].en == "Take over »Look«, which Safety did before."
    assert not KIND.says(KIND.at("look", **TO), line(*FOUR)).missing
