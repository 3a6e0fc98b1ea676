"""Steps done at the same time: what is refused, what changes, and what the difference says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_prototypes import (
    by_chance,
    evidence,
    line,
    made,
    random_prototype,
    runs,
    shipped,
)

from polku.errors import RedesignError
from polku.path.facts import Contact, Document, Facts
from polku.path.model import Gateway
from polku.paths import NAMES
from polku.redesign.move import Claim, apply, kind_of
from polku.redesign.moves.parallelise import lines
from polku.simulate.laws import mean

KIND = kind_of("parallelise")
FOUR = (("apply", "Desk"), ("check", "Desk"), ("look", "Safety"), ("close", "Desk"))


def test_two_looks_are_taken_at_the_same_time():
    on = line(*FOUR)
    move = KIND.at("check", "look")
    after = made(move, on)
    assert {g.kind for g in after.path.gateways} == {"parallel"}
    assert KIND.claims(move, on) == {Claim("made_parallel", "look")}
    assert runs(after) > 30


def test_ways_may_have_several_steps():
    on = line(("a", "Desk"), ("b", "Safety"), ("c", "Desk"), ("d", "Food"), ("e", "Desk"))
    after = made(KIND.at("a", "b", "c", "d", ways="2+2"), on)
    (split,) = [g for g in after.path.gateways if len(after.path.out(g.id)) == 2]
    assert {f.target for f in after.path.out(split.id)} == {"a", "c"}
    assert after.path.out("a")[0].target == "b"


def test_a_loop_around_what_is_divided_is_told():
    for seed in range(60):
        on = random_prototype(seed, papers=False)
        for part in lines(on.path):
            move = KIND.at(*part[:2])
            if len(part) > 1 and KIND.refuses(move, on) is None:
                claims = KIND.claims(move, on)
                if any(c.change == "loop_added" for c in claims):
                    made(move, on)
                    return
    pytest.fail("no made path has a loop around two steps")


def facts(**of):
    return line(*FOUR, **of)


@pytest.mark.parametrize(
    ("on", "move", "reason"),
    [
        (line(*FOUR), KIND.at("check", "lok"), "no step 'lok'.*'look'"),
        (line(*FOUR), KIND.at("check"), "two ways or more"),
        (line(*FOUR), KIND.at("check", "look", ways="3+1"), "do not add up to 2"),
        (line(*FOUR), KIND.at("check", "look", ways="some"), "do not add up to 2"),
        (line(*FOUR), KIND.at("check", "check"), "twice"),
        (line(*FOUR), KIND.at("check", "close"), "do not stand in one line"),
        (line(*FOUR), KIND.at("look", "check"), "do not stand in one line"),
        (facts(look=Facts(fixed="the law says so")), KIND.at("check", "look"), "the law says so"),
        (facts(check=Facts(delay="statutory")), KIND.at("check", "look"), "a statutory period"),
        (facts(look=Facts(delay="hearing")), KIND.at("check", "look"), "a hearing"),
        (facts(look=Facts(separate_from=("check",))), KIND.at("check", "look"), "different people"),
        (facts(look=Facts(delay="statement")), KIND.at("check", "look"), "answers 'Check'"),
        (
            facts(check=Facts(documents=(Document("plan", "made"),)),
                  look=Facts(documents=(Document("plan", "used"),))),
            KIND.at("check", "look"), "'Look' .look. needs plan, which 'Check'",
        ),
        (
            facts(apply=Facts(documents=(Document("plan", "asked"),)),
                  look=Facts(documents=(Document("plan", "used"),))),
            KIND.at("apply", "check", "look"), "needs plan",
        ),
        (
            facts(apply=Facts(contact=Contact("customer")), check=Facts(contact=Contact("city"))),
            KIND.at("apply", "check"), "answers 'Apply'",
        ),
        (
            facts(apply=Facts(contact=Contact("city")), check=Facts(contact=Contact("customer"))),
            KIND.at("apply", "check"), "the customer acts on",
        ),
    ],
)  # fmt: skip
def test_every_precondition_is_a_reason(on, move, reason):
    with pytest.raises(RedesignError, match=reason):
        apply(move, on)


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        (("decision_made", None), "rests on the decision"),
        ((None, "decision_made"), "decides on what"),
        (("decision_notified", "fee_invoiced"), "invoices what"),
    ],
)
def test_nothing_passes_a_decision(kinds, reason):
    on = line(*FOUR)
    numbers = on.scenario.steps
    events = {
        i: replace(numbers[i], event=e) for i, e in zip(("check", "look"), kinds, strict=True)
    }
    on = on.with_scenario(on.scenario.with_steps(**events))
    assert reason in (KIND.refuses(KIND.at("check", "look"), on) or "")


def test_one_person_is_not_in_two_places():
    on = line(*FOUR)
    same = replace(on.scenario.steps["look"], same_person_as="check")
    on = on.with_scenario(on.scenario.with_steps(look=same))
    assert "same person" in (KIND.refuses(KIND.at("check", "look"), on) or "")


def test_the_customers_own_work_keeps_its_place():
    on = shipped("plot-to-premises")
    move = KIND.at("notify-start", "build")
    assert "customer's own work" in (KIND.refuses(move, on) or "")


def test_the_assumption_is_work_and_nothing_else():
    on, move = line(*FOUR), KIND.at("check", "look")
    little, much = (KIND.apply(move, on, {"coordination": v}) for v in (0.0, 0.5))
    assert little.path == much.path
    for step, factor in (("check", 1.5), ("look", 1.5), ("apply", 1.0)):
        (a,), (b,) = (p.scenario.steps[step].work.otherwise for p in (little, much))
        assert mean(b) == pytest.approx(factor * mean(a))


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_it_does_what_it_says(name):
    on = shipped(name)
    tried = 0
    for part in lines(on.path):
        for k in range(len(part) - 1):
            for move in (KIND.at(*part[k : k + 2]), KIND.at(*part[k : k + 4], ways="2+2")):
                if KIND.refuses(move, on) is None:
                    after = made(move, on)
                    tried += 1
                    if tried == 1:
                        assert runs(after, 5) > 0
    assert tried > 0 or name == "starting-up"


@pytest.mark.parametrize("seed", range(12))
def test_on_made_paths_it_does_what_it_says(seed):
    on = random_prototype(seed, papers=seed % 2 == 0)
    for one in (on, by_chance(on)):
        for part in lines(one.path):
            for n in (2, 3):
                for k in range(len(part) - n + 1):
                    move = KIND.at(*part[k : k + n])
                    if KIND.refuses(move, one) is None:
                        made(move, one)


def test_what_is_found_is_what_does_not_need_each_other():
    on = shipped("plot-to-premises")
    found = {m.key: m for m in KIND.find(evidence(on))}
    checks = [m for m in found.values() if m.at[0] == "check-trade-register" and len(m.at) == 7]
    assert len(checks) == 1
    statements = [m for m in found.values() if m.with_["ways"].endswith("2+2+2+2+2")]
    assert len(statements) == 1
    assert KIND.refuses(statements[0], on) is None
    hints = [m.hint for m in KIND.find(evidence(on))]
    assert hints == sorted(hints, reverse=True)


def test_two_contacts_at_once_are_said():
    on = line(
        *FOUR, check=Facts(contact=Contact("customer")), look=Facts(contact=Contact("customer"))
    )
    said = KIND.says(KIND.at("check", "look"), on)
    assert "The customer then deals with several" in said.en
    assert "»Check« and »Look«" in said.en
    assert not said.missing
    assert all(isinstance(g, Gateway) for g in made(KIND.at("check", "look"), on).path.gateways)
