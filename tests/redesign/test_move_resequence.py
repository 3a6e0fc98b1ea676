"""Knock-out first: what is refused, what changes, and what the difference says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_prototypes import by_chance, evidence, line, made, random_prototype, runs, scenario_of
from made_prototypes import shipped as shipped_

from polku.errors import RedesignError
from polku.path.facts import Contact, Document, Facts
from polku.path.model import Event, Flow, Gateway
from polku.paths import NAMES
from polku.redesign import blocks
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import Claim, apply, kind_of
from polku.redesign.prototype import Prototype
from polku.simulate.laws import mean

KIND = kind_of("resequence")
FOUR = (("apply", "Desk"), ("look", "Safety"), ("check", "Desk"), ("close", "Desk"))


def checks(*ending: str, again: tuple[str, ...] = (), steps=FOUR, **facts: Facts) -> Prototype:
    """A line in which these steps are followed by a choice that ends the matter, or goes back."""
    on = line(*steps, **facts)
    path = on.path
    chances = {}
    for id in (*ending, *again):
        lane = path.node(id).lane
        (out,) = path.out(id)
        gate = Gateway(f"{id}-fine", f"Fine after {id}?", lane=lane, default=out.id)
        new = [gate]
        flows = [replace(f, source=gate.id) if f.id == out.id else f for f in path.flows]
        flows.append(Flow(f"{id}-to-fine", id, gate.id))
        if id in again:
            join = Gateway(f"{id}-again", "", lane=lane)
            flows = [replace(f, target=join.id) if f.target == id else f for f in flows]
            flows += [Flow(f"{id}-back", gate.id, join.id, condition=f"bad_{id}"),
                      Flow(f"{id}-begin", join.id, id)]  # fmt: skip
            new.append(join)
            fails = f"{id}-back"
        else:
            end = Event(f"{id}-end", f"Ended after {id}", "end", lane=lane)
            fails = f"{id}-fails"
            flows.append(Flow(fails, gate.id, end.id, condition=f"bad_{id}"))
            new.append(end)
        chances[gate.id] = {fails: 0.3, out.id: 0.7}
        path = replace(path, nodes=(*path.nodes, *new), flows=tuple(flows))
    return Prototype(path, scenario_of(path, chances), "checks")


def order(on: Prototype) -> list[str]:
    """Steps in the order in which a matter that goes through meets them."""
    at, found = "start", []
    while on.path.out(at):
        node = on.path.node(at)
        out = on.path.out(at)
        flow = out[0] if len(out) == 1 else next(f for f in out if f.id == node.default)
        at = flow.target
        if at in {s.id for s in on.path.steps}:
            found.append(at)
    return found


def test_a_check_goes_before_costly_work_with_its_choice():
    on = checks("check")
    move = KIND.at("check", before="look")
    after = made(move, on)
    assert order(after) == ["apply", "check", "look", "close"]
    assert KIND.claims(move, on) == {Claim("reordered", "check"), Claim("optional", "look")}
    assert runs(after) < runs(on)


def test_two_checks_change_places():
    on = checks("look", "check")
    after = made(KIND.at("check", before="look"), on)
    assert order(after) == ["apply", "check", "look", "close"]
    assert KIND.claims(KIND.at("check", before="look"), on) == {
        Claim("reordered", "check"), Claim("optional", "look"), Claim("mandatory", "check"),
    }  # fmt: skip
    made(KIND.at("look", after="check"), on)
    made(KIND.at("check", before="look"), by_chance(on))


def test_a_check_that_is_done_again_takes_its_way_back_along():
    on = checks(again=("check",))
    after = made(KIND.at("check", before="apply"), on)
    assert order(after)[:2] == ["check", "apply"]
    assert after.path.flow("check-back").target == "check-again"
    made(KIND.at("apply", after="check"), on)


def test_a_step_alone_goes_where_it_is_put():
    on = line(*FOUR)
    assert order_of_line(made(KIND.at("close", before="look"), on)) == "apply close look check"
    assert order_of_line(made(KIND.at("apply", after="check"), on)) == "look check apply close"


def order_of_line(on):
    at, found = on.path.out("start")[0].target, []
    while at != "end":
        found.append(at)
        at = on.path.out(at)[0].target
    return " ".join(found)


MADE = Document("plan", "made")
USED = Document("plan", "used")


@pytest.mark.parametrize(
    ("on", "move", "reason"),
    [
        (line(*FOUR), KIND.at("chek", before="look"), "no step 'chek'.*'check'"),
        (line(*FOUR), KIND.at("check", before="lok"), "no step 'lok'.*'look'"),
        (line(*FOUR), KIND.at("check", "look", before="apply"), "is about one step"),
        (line(*FOUR), KIND.at("check"), "write either before which step or after"),
        (line(*FOUR), KIND.at("check", before="look", after="close"), "write either"),
        (line(*FOUR), KIND.at("check", before="close"), "no step of the same line before check"),
        (line(*FOUR), KIND.at("apply", before="look"), "there is none"),
        (
            checks("check", check=Facts(fixed="by order")), KIND.at("check", before="look"),
            "by order",
        ),
        (
            checks("check", look=Facts(documents=(MADE,)), check=Facts(documents=(USED,))),
            KIND.at("check", before="look"), "needs plan, which 'Look'",
        ),
        (
            checks("check", look=Facts(delay="statutory")), KIND.at("check", before="look"),
            "a statutory period",
        ),
        (
            checks("check", check=Facts(separate_from=("look",))), KIND.at("check", before="look"),
            "different people",
        ),
        (
            checks("check", check=Facts(delay="statement")), KIND.at("check", before="look"),
            "answers 'Look'",
        ),
        (
            checks("check", steps=(("apply", "Desk"), ("look", "Desk"), ("check", "Desk"),
                                   ("close", "Desk")), apply=Facts(documents=(MADE,))),
            KIND.at("check", before="look"), "brings nothing but what is asked at 'Fine after",
        ),
        (checks("look"), KIND.at("look", after="close"), "no more left to do"),
    ],
)  # fmt: skip
def test_every_precondition_is_a_reason(on, move, reason):
    with pytest.raises(RedesignError, match=reason):
        apply(move, on)


def test_what_is_seen_otherwise_may_be_passed():
    steps = (("apply", "Desk"), ("look", "Desk"), ("check", "Desk"), ("close", "Desk"))
    on = checks("check", steps=steps, look=Facts(documents=(MADE,)))
    assert KIND.refuses(KIND.at("check", before="look"), on) is None
    on = checks("check", steps=steps, look=Facts(contact=Contact("city")))
    assert KIND.refuses(KIND.at("check", before="look"), on) is None


def test_a_choice_that_is_no_knock_out_stays():
    on = shipped_("plot-to-premises")
    reason = KIND.refuses(KIND.at("answer-other", before="ask-other"), on)
    assert "choice behind it" in (reason or "")


def test_the_assumption_is_work_and_nothing_else():
    on, move = checks("check"), KIND.at("check", before="look")
    one, two = (KIND.apply(move, on, {"blind": v}) for v in (0.0, 0.5))
    assert one.path == two.path
    (a,), (b,) = (p.scenario.steps["check"].work.otherwise for p in (one, two))
    assert mean(b) == pytest.approx(1.5 * mean(a))


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_it_does_what_it_says(name):
    on = shipped_(name)
    tried = []
    for k, step in enumerate(on.path.steps):
        found = blocks.chain(on.path, step.id, back=True)
        moves = [KIND.at(step.id, before=b.step) for b in found[k % 2 :: 3]]
        later = blocks.chain(on.path, step.id, back=False)
        moves += [KIND.at(step.id, after=b.step) for b in later[k % 2 :: 5]]
        tried += [made(m, on) for m in moves if KIND.refuses(m, on) is None]
    assert tried or name == "starting-up"
    if tried:
        assert runs(tried[0], 5) > 0


@pytest.mark.parametrize("seed", range(16))
def test_on_made_paths_it_does_what_it_says(seed):
    on = random_prototype(seed, papers=seed % 2 == 0)
    for one in (on, by_chance(on)):
        for k, step in enumerate(one.path.steps):
            back = blocks.chain(one.path, step.id, back=True)
            on_ = blocks.chain(one.path, step.id, back=False)
            moves = [KIND.at(step.id, before=b.step) for b in back[k % 2 :: 2]]
            moves += [KIND.at(step.id, after=b.step) for b in on_[k % 2 :: 2]]
            for move in moves:
                if KIND.refuses(move, one) is None:
                    made(move, one)


def seen(on, fails: float) -> Evidence:
    steps = {s.id: StepSeen(1.0, 1.0, {"contention": 1.0}, 100) for s in on.path.steps}
    steps["look"] = StepSeen(1.0, 1.0, {"contention": 9.0}, 100)
    return Evidence(on, "log", 100, steps, {"check-fails": fails})


def test_a_check_that_often_ends_matters_is_found_before_what_it_spares():
    on = checks("check")
    (move,) = KIND.find(seen(on, 0.3))
    assert (move.at, move.with_["before"]) == (("check",), "apply")
    assert move.hint == pytest.approx(0.3 * (9 + 1 + 2 / 24))
    assert not list(KIND.find(seen(on, 0.0)))


def test_a_check_goes_no_farther_than_it_may():
    on = checks("check", apply=Facts(documents=(MADE,)), check=Facts(documents=(USED,)))
    (move,) = KIND.find(seen(on, 0.3))
    assert move.with_["before"] == "look"


def test_where_nothing_may_be_passed_the_reason_is_given():
    on = shipped_("plot-to-premises")
    (move,) = KIND.find(evidence(on))
    assert "brings nothing but" in (KIND.refuses(move, on) or "")


def test_it_is_said_in_three_languages():
    on = checks("check")
    said = KIND.says(KIND.at("check", before="apply"), on)
    assert said.en.startswith("»Check« comes before »Apply« and »Look« now.")
    assert not said.missing
    later = KIND.says(KIND.at("apply", after="check"), on)
    assert later.en == "»Look« and »Check« comes before »Apply« now."
    assert KIND.touches(KIND.at("check", before="look"), on) == ("lane-desk", "lane-safety")
