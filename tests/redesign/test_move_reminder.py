"""A reminder beside the customer's turn: what it changes, what it refuses, what it takes for so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moves_tried import CUSTOMER, composes, does_what_it_says, made, seen, shipped, small

from polku.path.facts import Contact, Deadline, Origin
from polku.path.model import Event, Timer
from polku.paths import NAMES
from polku.redesign.bending import bent, open_share
from polku.redesign.move import apply, kind_of
from polku.simulate.laws import mean, quantile
from polku.simulate.scenario import Law

KIND = kind_of("reminder-deadline")
AWAITED = {"apply": {"delay": "customer"}}


def awaiting(**more):
    return small(facts=AWAITED, numbers={"apply": {"delay": CUSTOMER}}, **more)


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_it_keeps_soundness_and_changes_what_it_claims(name):
    on = shipped(name)
    moves = made("reminder-deadline", on, customer=9.0)
    assert moves or name == "starting-up"  # where the reminder is there already
    for move in moves:
        does_what_it_says(move, on)


def test_on_a_built_path_it_keeps_soundness_and_changes_what_it_claims():
    on = awaiting()
    after = does_what_it_says(KIND.at("apply"), on)
    (event,) = after.path.boundary("apply")
    assert not event.interrupting
    assert event.timer == Timer("duration", "P7D")


def test_other_days_are_other_days_of_the_timer_and_the_numbers():
    after = does_what_it_says(KIND.at("apply", days=2.5), awaiting())
    (event,) = after.path.boundary("apply")
    assert event.timer == Timer("duration", "PT3600M")
    assert after.scenario.events[event.id].after.otherwise[0].values == (2.5,)


def test_only_the_wait_beyond_the_reminder_is_shorter():
    on = awaiting()
    move = KIND.at("apply", days=7)
    after = apply(move, on, {"beyond": 0.5})
    u = np.linspace(0.001, 0.999, 501)
    day = 8.64e10
    old = quantile(on.scenario.steps["apply"].delay.law.otherwise[0], u) / day
    new = quantile(after.scenario.steps["apply"].delay.law.otherwise[0], u) / day
    assert np.allclose(new, np.minimum(old, 7) + 0.5 * np.maximum(old - 7, 0), rtol=1e-6)


def test_where_the_assumption_fails_everybody_waits_as_long_as_before():
    on = awaiting()
    after = apply(KIND.at("apply"), on, {"beyond": 1.0})
    assert after.scenario.steps["apply"].delay.law == on.scenario.steps["apply"].delay.law


@pytest.mark.parametrize(
    "law",
    [
        Law("fixed", (9.0,), unit="days"),
        Law("empirical", (1.0, 8.0, 20.0), unit="days"),
        Law("quantiles", (0.0, 5.0, 30.0), (0.0, 0.5, 1.0), unit="days"),
        Law("lognorm", shapes=(0.9,), scale=80.0, high=640.0, unit="hours"),
        Law("expon", scale=2.0, unit="weeks"),
    ],
    ids=lambda x: x.name,
)
def test_every_law_is_bent_at_its_moment(law):
    at, day = 7 * 8.64e10, 8.64e10
    u = (np.arange(400) + 0.5) / 400
    old, new = quantile(law, u), quantile(bent(law, at, 0.6), u)
    assert np.allclose(new, np.minimum(old, at) + 0.6 * np.maximum(old - at, 0), atol=1e-4 * day)
    assert mean(bent(law, at, 0.6)) <= mean(law) + 1


def test_a_law_that_ends_before_the_reminder_stays():
    law = Law("uniform", scale=5.0, unit="days")
    assert bent(law, 6 * 8.64e10, 0.5) == law


def test_a_calendar_counts_the_hours_that_it_is_open():
    on = awaiting()
    assert open_share(on.scenario, "hours") == pytest.approx(40 / 168)
    assert open_share(on.scenario, None) == 1


def test_contacts_rise_and_it_says_so():
    on = awaiting()
    said = KIND.says(KIND.at("apply"), on)
    assert "more contacts" in said.en
    assert ("contact_added", "apply-remind") in {
        (c.change, c.subject) for c in KIND.claims(KIND.at("apply"), on)
    }


def loop():
    from polku.path.model import Flow, Gateway
    from polku.redesign.surgery import insert, with_flows

    on = awaiting()
    path = on.path
    path = insert(path, path.into("apply")[0].id, Gateway("again"))
    path = insert(path, path.out("check")[0].id, Gateway("enough", default="back"))
    path = with_flows(path, [Flow("back", "enough", "again")])
    return on.with_path(path)


def bounded():
    on = awaiting()
    late = Event("late", "Late", "boundary", "timer", Timer("duration", "P3D"), "apply", False)
    return on.with_path(replace(on.path, nodes=(*on.path.nodes, late)))


REFUSED = [
    (KIND.at("aply"), awaiting, "there is no step 'aply'"),
    (KIND.at("apply", "check"), awaiting, "is about one step"),
    (KIND.at("apply", days=0), awaiting, "days is 0; write a number from 1 to 60"),
    (KIND.at("apply", days="x"), awaiting, "days is 'x'"),
    (KIND.at("check"), awaiting, "does not wait for the customer"),
    (KIND.at("apply"), lambda: awaiting(lanes={"apply": "alone"}), "the customer's own work"),
    (KIND.at("apply"), bounded, "has a reminder or a time limit already"),
    (KIND.at("apply"), loop, "stands in a loop"),
    (KIND.at("look"), lambda: small(facts={"look": {"delay": "statutory"}}), "statutory period"),
    (
        KIND.at("look"),
        lambda: small(facts={"look": {
            "delay": "customer", "deadlines": (Deadline("P9D", origin=Origin(basis="Act 1 §")),),
        }}),
        "stands on law: Act 1 §",
    ),
    (KIND.at("supplement"), lambda: shipped("event-permit"), "holds further steps"),
]  # fmt: skip


@pytest.mark.parametrize(("move", "on", "reason"), REFUSED, ids=[r for *_, r in REFUSED])
def test_it_refuses_with_the_reason(move, on, reason):
    assert reason in (KIND.refuses(move, on()) or "")


def test_it_is_looked_for_where_the_customer_is_waited_for_and_nowhere_else():
    on = awaiting()
    (move,) = KIND.find(seen(on, customer=10.0))
    assert move.at == ("apply",)
    assert 0 < move.hint < 10


def test_it_goes_together_with_other_moves():
    on = awaiting()
    first = kind_of("triage").at("check", condition='size == "small"')
    composes(first, KIND.at("apply"), on)
    composes(KIND.at("apply"), first, on)
    assert Contact("city", ("e-mail",)) == (
        apply(KIND.at("apply"), on).path.node("apply-remind").facts.contact
    )
