"""A contact in another channel: who changes saves time, and nobody is shut out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from holding import holds, refused, shipped

from polku.paths import NAMES
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import apply, kind_of
from polku.simulate.laws import mean
from polku.simulate.scenario import StepNumbers

KIND = kind_of("change-channel")
VALUES = {"old-channel": 0.25, "customer": 0.5, "city": 0.8}


def work(on, step):
    return mean(on.scenario.steps[step].work.otherwise[0]) / 6e7


@pytest.mark.parametrize(
    ("name", "step", "to"),
    [
        ("event-permit", "ask-structures", "online"),
        ("event-permit", "ask-what-is-needed", "online"),
        ("event-permit", "send-invoice", "online"),
        ("plot-to-premises", "send-certificates", "online"),
        ("plot-to-premises", "hold-meeting", "chat"),
        ("starting-up", "call-advice", "online"),
        ("starting-up", "ask-food", "online"),
        ("starting-up", "meet-adviser", "phone"),
    ],
)
def test_it_holds_on_the_shipped_paths(name, step, to):
    on = shipped(name)
    after = holds(KIND.at(step, to=to), on, VALUES, {**VALUES, "old-channel": 1.0})
    contact = after.path.node(step).facts.contact
    assert contact.channels[0] == to
    assert set(contact.channels) >= set(on.path.node(step).facts.contact.channels)


@pytest.mark.parametrize("name", NAMES)
def test_every_move_found_holds_on_its_path(name):
    on = shipped(name)
    seen = {s.id: StepSeen(1.0, 0.5, {}, 10) for s in on.path.steps}
    found = list(KIND.find(Evidence(on, "log", 10, seen)))
    moves = [m for m in found if KIND.refuses(m, on) is None]
    assert moves
    assert all(m.hint > 0 for m in moves)
    assert len({m.at for m in moves}) == len(moves)
    holds(moves[-1], on)
    together = KIND.at(*(m.at[0] for m in moves))
    holds(together, on)


def test_a_channel_that_was_there_becomes_the_usual_one_and_the_path_says_nothing_new():
    on = shipped("plot-to-premises")
    assert KIND.claims(KIND.at("hold-meeting"), on) == frozenset()
    after = holds(KIND.at("hold-meeting"), on)
    assert after.path.node("hold-meeting").facts.contact.channels == ("online", "visit")


def test_those_who_stay_keep_their_channel_and_those_who_change_take_the_new_one():
    on = shipped("starting-up")
    after = apply(KIND.at("ask-food"), on, VALUES).scenario.steps["ask-food"]
    assert after.channels == pytest.approx({"online": 0.75, "phone": 0.15, "e-mail": 0.1})
    meet = apply(KIND.at("meet-adviser"), on, VALUES).scenario.steps["meet-adviser"]
    assert meet.channels == pytest.approx({"online": 0.4 + 0.75 * 0.6, "visit": 0.15})
    everybody = apply(KIND.at("ask-food"), on, {**VALUES, "old-channel": 0.0})
    assert everybody.scenario.steps["ask-food"].channels == {"online": 1.0}


def test_the_customers_own_time_falls_by_those_who_change():
    on = shipped("starting-up")
    after = apply(KIND.at("ask-food"), on, VALUES)
    assert work(after, "ask-food") == pytest.approx(work(on, "ask-food") * (0.25 + 0.75 * 0.5))
    other = apply(KIND.at("ask-food"), on, {**VALUES, "city": 3.0})
    assert other.scenario == after.scenario


def test_the_units_work_falls_by_those_who_change():
    on = shipped("starting-up")
    after = apply(KIND.at("meet-adviser"), on, VALUES)
    share = 0.75 * 0.6
    expected = work(on, "meet-adviser") * (1 - share + share * 0.8)
    assert work(after, "meet-adviser") == pytest.approx(expected)


def test_a_failed_claim_changes_nothing_but_words():
    on = shipped("starting-up")
    fails = {a.id: a.fails for a in KIND.assumptions}
    after = apply(KIND.at("ask-food"), on, fails).scenario.steps["ask-food"]
    assert work(apply(KIND.at("ask-food"), on, fails), "ask-food") == work(on, "ask-food")
    assert after.channels == on.scenario.steps["ask-food"].channels


def test_the_burden_that_is_counted_falls_with_the_customers_time():
    on = shipped("event-permit")
    name = "Ask whether the structures need a permit"
    before = on.scenario.mapping["burden"]["hours"]
    after = apply(KIND.at("ask-structures"), on, VALUES).scenario.mapping["burden"]["hours"]
    assert after[name] == pytest.approx(before[name] * (0.25 + 0.75 * 0.5))
    assert {k: v for k, v in after.items() if k != name} == {
        k: v for k, v in before.items() if k != name
    }


def test_a_step_that_is_not_there_is_refused_with_the_nearest():
    said = refused(KIND.at("ask-structure"), shipped("event-permit"))
    assert said == "there is no step 'ask-structure' in the path; did you mean 'ask-structures'?"
    assert "names no step" in refused(KIND.at(), shipped("event-permit"))


def test_what_is_no_contact_has_no_channel_to_change():
    assert refused(KIND.at("handle-noise"), shipped("event-permit")).endswith("is no contact")


def test_a_contact_without_channels_is_refused():
    on = shipped("event-permit")
    step = on.path.node("send-invoice")
    contact = replace(step.facts.contact, channels=())
    bare = replace(step, facts=replace(step.facts, contact=contact))
    said = refused(KIND.at("send-invoice"), on.with_path(on.path.with_nodes([bare])))
    assert "names no channel" in said


def test_the_only_channel_already_is_refused():
    said = refused(KIND.at("apply-alcohol"), shipped("event-permit"))
    assert said.endswith("happens only by the channel 'online' already")
    on = shipped("event-permit")
    s = on.scenario.with_steps(**{"apply-alcohol": StepNumbers()})
    assert refused(KIND.at("apply-alcohol"), on.with_scenario(s)) == said


def test_marked_and_lawful_contacts_stay_as_they_are():
    on = shipped("event-permit")
    assert "may not be moved, merged or dropped" in refused(KIND.at("decide-alcohol"), on)
    assert "stands on law: Kokoontumislaki" in refused(KIND.at("notify-police"), on)


def test_a_look_at_a_place_has_no_other_channel():
    said = refused(KIND.at("inspect-site"), shipped("event-permit"))
    assert "is a look at a place" in said


def test_two_changes_follow_one_another():
    on = shipped("starting-up")
    once = holds(KIND.at("ask-food"), on)
    twice = holds(KIND.at("ask-food", to="chat"), once)
    assert twice.path.node("ask-food").facts.contact.channels == (
        "chat", "online", "phone", "e-mail",
    )  # fmt: skip
    assert sum(twice.scenario.steps["ask-food"].channels.values()) == pytest.approx(1.0)
