"""Two steps become one: what is refused, what changes, and what the difference says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_prototypes import by_chance, evidence, line, made, random_prototype, runs, shipped
from made_prototypes import neighbours as pairs

from polku.errors import RedesignError
from polku.path.facts import Contact, Deadline, Document, Facts, Fee, Origin, Promise, Text
from polku.paths import NAMES
from polku.redesign.move import Claim, apply, kind_of
from polku.simulate.laws import mean
from polku.simulate.scenario import Batch, Delay, Law, Varied, always, fixed

KIND = kind_of("merge-steps")
FOUR = (("apply", "Desk"), ("check", "Desk"), ("look", "Safety"), ("close", "Desk"))


def test_two_checks_become_one():
    on = line(*FOUR)
    move = KIND.at("apply", "check")
    after = made(move, on)
    assert not after.path.has("check")
    assert after.path.node("apply").facts.activities == ("Apply", "Check")
    assert KIND.claims(move, on) == {Claim("merged", "apply")}
    assert mean(after.scenario.steps["apply"].work.otherwise[0]) / 3.6e9 == pytest.approx(1.5)
    assert runs(after) < runs(on)


@pytest.mark.parametrize("keep", ["first", "second"])
def test_of_two_units_one_keeps_the_work(keep):
    on = line(*FOUR)
    move = KIND.at("check", "look", keep=keep)
    after = made(move, on)
    lane = {"first": "lane-desk", "second": "lane-safety"}[keep]
    assert after.path.node("check").lane == lane == after.scenario.steps["check"].pool
    unit = {"first": "Desk", "second": "Safety"}[keep]
    assert KIND.says(move, on).en == f"»Check« and »Look« are done in one go. {unit} does it."


def test_the_merged_step_holds_what_both_held():
    contact = Contact("city", ("phone", "e-mail"))
    on = line(
        *FOUR,
        apply=Facts(documents=(Document("map", "asked"), Document("plan", "made")),
                    contact=contact, text=Text(en="We look."), fees=(Fee(5.0),), notes=("a",)),
        check=Facts(documents=(Document("map", "asked"), Document("plan", "used"),
                               Document("list", "used")),
                    contact=Contact("city", ("e-mail",)), text=Text(en="We count."),
                    fees=(Fee(7.0),), deadlines=(Deadline("P7D"),), promise=Promise("P9D"),
                    notes=("b",)),
        close=Facts(separate_from=("check",)),
    )  # fmt: skip
    move = KIND.at("apply", "check")
    after = made(move, on).path
    facts = after.node("apply").facts
    assert [(d.key, d.role) for d in facts.documents] == [
        ("map", "asked"), ("plan", "made"), ("list", "used"),
    ]  # fmt: skip
    assert facts.contact == Contact("city", ("e-mail",))
    assert facts.text.en == "We look. We count."
    assert {f.amount for f in facts.fees} == {5.0, 7.0}
    assert facts.promise == Promise("P9D")
    assert facts.notes == ("a", "b")
    assert after.node("close").facts.separate_from == ("apply",)
    assert {c.change for c in KIND.claims(move, on)} == {
        "merged", "contact_dropped", "contact_changed", "document_times", "document_use_added",
        "deadline", "promise", "fee", "separation", "texts",
    }  # fmt: skip


def facts(**of):
    return line(*FOUR, **of)


def numbers(on, **of):
    steps = {i: replace(on.scenario.steps[i], **more) for i, more in of.items()}
    return on.with_scenario(on.scenario.with_steps(**steps))


LAW = Deadline("P14D", origin=Origin(basis="Act 1/2000"))
WAIT = Delay(always(fixed(1.0, "days")), "customer")
BY = Varied((fixed(1.0),), "size", {"big": (fixed(2.0),)})
ON = line(*FOUR)
TWO = KIND.at("apply", "check")
OTHER = KIND.at("check", "look")


@pytest.mark.parametrize(
    ("on", "move", "reason"),
    [
        (ON, KIND.at("apply", "chek"), "no step 'chek'.*'check'"),
        (ON, KIND.at("apply"), "is about two steps"),
        (ON, KIND.at("apply", "apply"), "is about two steps"),
        (ON, KIND.at("apply", "check", keep="both"), "write first or second"),
        (ON, KIND.at("apply", "look"), "does not directly follow.*check does"),
        (ON, KIND.at("check", "apply"), "does not directly follow"),
        (facts(apply=Facts(fixed="by order")), TWO, "by order"),
        (facts(check=Facts(fixed="by order")), TWO, "by order"),
        (facts(check=Facts(separate_from=("apply",))), TWO, "different people"),
        (facts(check=Facts(delay="statutory")), TWO, "a statutory period"),
        (facts(check=Facts(delay="hearing")), TWO, "a hearing"),
        (facts(check=Facts(delay="meeting")), TWO, "waits for a meeting"),
        (facts(check=Facts(delay="customer")), TWO, "whose turn it is"),
        (facts(check=Facts(delay="statement")), TWO, "whose turn it is"),
        (
            facts(apply=Facts(contact=Contact("customer")), check=Facts(contact=Contact("city"))),
            TWO, "by the other side",
        ),
        (facts(look=Facts(deadlines=(LAW,))), OTHER, "Act 1/2000"),
        (facts(close=Facts(separate_from=("look",))), OTHER, "different people"),
        (
            facts(apply=Facts(promise=Promise("P1D")), check=Facts(promise=Promise("P2D"))), TWO,
            "promise different times",
        ),
        (numbers(ON, check={"meeting": "board"}), TWO, "waits for a meeting"),
        (numbers(ON, check={"batch": Batch(size=3)}), TWO, "several matters together"),
        (numbers(ON, check={"delay": WAIT}), TWO, "waits for the customer"),
        (numbers(ON, look={"event": "decision_made"}), OTHER, "decides"),
        (
            numbers(ON, apply={"event": "case_opened"}, check={"event": "handed_over"}), TWO,
            "different events",
        ),
        (numbers(ON, check={"by_person": {"x": fixed(1.0)}}), TWO, "single people"),
        (
            numbers(ON, apply={"work": BY}, check={"work": replace(BY, by="kind")}), TWO,
            "varies by size, that of .* by kind",
        ),
        (numbers(ON, check={"pool": None}), TWO, "needs staff"),
        (numbers(ON, check={"same_person_as": "look"}), TWO, "the person of look"),
        (
            numbers(ON, apply={"delay": replace(WAIT, kind="other")},
                    check={"delay": replace(WAIT, kind="other", calendar="x")}),
            TWO, "different calendars",
        ),
    ],
)  # fmt: skip
def test_every_precondition_is_a_reason(on, move, reason):
    with pytest.raises(RedesignError, match=reason):
        apply(move, on)


def test_the_customers_own_work_and_what_holds_others_stay():
    on = shipped("event-permit")
    reason = KIND.refuses(KIND.at("plan-event", "ask-what-is-needed"), on)
    assert "customer's own work" in (reason or "")
    on = shipped("plot-to-premises")
    on = on.with_path(on.path.with_nodes([replace(on.path.node("build"), kind="sub-process")]))
    assert "holds further steps" in (KIND.refuses(KIND.at("notify-start", "build"), on) or "")


def test_an_automatic_step_stays_beside_what_people_do():
    robot = ON.path.with_nodes([replace(ON.path.node("check"), kind="service")])
    reason = KIND.refuses(TWO, ON.with_path(robot))
    assert "'Check' (check) is done automatically" in (reason or "")
    path = robot.with_nodes([replace(robot.node("apply"), kind="script")])
    made(TWO, ON.with_path(path))


def test_the_work_is_a_share_of_the_sum_in_every_case_and_round():
    rounds = Varied((fixed(30.0), fixed(10.0)), "size", {"big": (fixed(60.0),)})
    on = numbers(ON, apply={"work": rounds}, check={"work": always(Law("expon", scale=20.0))})
    one, half = (KIND.apply(TWO, on, {"share": s}).scenario.steps["apply"] for s in (1.0, 0.5))
    assert [mean(x) / 6e7 for x in one.work.otherwise] == pytest.approx([50, 30])
    assert [mean(x) / 6e7 for x in half.work.cases["big"]] == pytest.approx([40])
    assert one.work.by == "size"
    assert one.origin.how == "assumed"


def test_waits_of_both_add_up_and_people_are_kept():
    wait = Delay(always(fixed(1.0, "days")), "other")
    on = numbers(
        ON, apply={"delay": wait}, check={"delay": wait}, close={"same_person_as": "check"}
    )
    after = made(TWO, on).scenario
    assert mean(after.steps["apply"].delay.law.otherwise[0]) == pytest.approx(2 * 8.64e10)
    assert after.steps["close"].same_person_as == "apply"


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_it_does_what_it_says(name):
    on = shipped(name)
    tried = []
    for a, b in pairs(on.path):
        for keep in ("first", "second"):
            move = KIND.at(a, b, keep=keep)
            if KIND.refuses(move, on) is None:
                tried.append(made(move, on))
    assert tried or name == "starting-up"
    if tried:
        assert runs(tried[0], 5) > 0


@pytest.mark.parametrize("seed", range(12))
def test_on_made_paths_it_does_what_it_says(seed):
    on = random_prototype(seed, papers=seed % 2 == 0)
    for one in (on, by_chance(on)):
        for k, (a, b) in enumerate(pairs(one.path)):
            move = KIND.at(a, b, keep=("first", "second")[k % 2])
            if KIND.refuses(move, one) is None:
                made(move, one)


def test_neighbours_are_found_of_two_units_in_both_ways():
    found = {m.key for m in KIND.find(evidence(ON))}
    assert found == {
        "merge-steps(apply, check, keep=first)",
        "merge-steps(check, look, keep=first)", "merge-steps(check, look, keep=second)",
        "merge-steps(look, close, keep=first)", "merge-steps(look, close, keep=second)",
    }  # fmt: skip
    on = shipped("plot-to-premises")
    possible = [m for m in KIND.find(evidence(on)) if KIND.refuses(m, on) is None]
    assert len(possible) > 5
