"""A statement that is late is held to be in favour: what changes, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from moves_tried import STATEMENT, composes, does_what_it_says, made, run, seen, shipped, small

from polku.path.model import Event, Repeat, Timer
from polku.paths import NAMES
from polku.redesign.move import apply, kind_of

KIND = kind_of("default-statement")


def asked(**more):
    facts = {"look": {"delay": "statement"}}
    return small(facts=facts, numbers={"look": {"delay": STATEMENT}}, **more)


@pytest.mark.parametrize("name", NAMES)
def test_on_the_shipped_paths_it_keeps_soundness_and_changes_what_it_claims(name):
    on = shipped(name)
    moves = made("default-statement", on, statement=9.0)
    assert len(moves) == {"event-permit": 2, "plot-to-premises": 5, "starting-up": 0}[name]
    for move in moves:
        does_what_it_says(move, on)


def test_on_a_built_path_the_unit_that_asked_goes_on():
    on = asked()
    after = does_what_it_says(KIND.at("look"), on)
    (event,) = after.path.boundary("look")
    assert event.interrupting
    assert event.timer == Timer("duration", "P14D")
    assert after.path.node("look-without").lane == "lane-desk"
    assert after.scenario.steps["look-without"].pool == "desk"
    assert after.scenario.steps["look"] == on.scenario.steps["look"]


def test_another_agency_behind_it_is_told_that_it_waits_for_who_goes_on():
    on = asked(lanes={"prepare": "lane-safety"})
    claims = {(c.change, c.subject) for c in KIND.claims(KIND.at("look"), on)}
    assert ("now_waits", "prepare") in claims
    does_what_it_says(KIND.at("look"), on)


def test_the_chance_that_the_statement_is_awaited_and_corrections_are_in_the_numbers():
    on = asked()
    after = apply(KIND.at("look"), on, {"waited": 0.25, "corrected": 0.1})
    (event,) = after.path.boundary("look")
    assert after.scenario.events[event.id].happens.otherwise == (0.75,)
    (law,) = after.scenario.steps["look-without"].work.otherwise
    assert law.chances == (0.9, 0.1)
    assert law.parts[1] == on.scenario.steps["look"].work.otherwise[0]


def test_matters_go_on_when_the_days_that_were_set_are_over():
    on = asked()
    after = apply(KIND.at("look", days=5), on, {"waited": 0.0, "corrected": 0.0})

    assert np.median(days(after)) < np.median(days(on)) - 2


def days(on):
    """Days from the arrival to the end of each matter of a run."""
    one = run(on, 80)
    return (one.trace.ended - one.matters.time) / 8.64e10


def bounded():
    on = asked()
    late = Event("late", "Late", "boundary", "timer", Timer("duration", "P3D"), "look")
    return on.with_path(replace(on.path, nodes=(*on.path.nodes, late)))


def repeated():
    on = asked()
    step = replace(on.path.node("look"), repeat=Repeat("parallel", times="2"))
    return on.with_path(on.path.with_nodes([step]))


def statutory():
    return small(facts={"look": {"delay": "statutory"}}, numbers={"look": {"delay": STATEMENT}})


def marked():
    return small(facts={"look": {"delay": "statement", "fixed": "Rescue Act"}})


REFUSED = [
    (KIND.at("lok"), asked, "there is no step 'lok'"),
    (KIND.at("look", "check"), asked, "is about one step"),
    (KIND.at("look", days=4), asked, "days is 4; write a number from 5 to 60"),
    (KIND.at("look", days=True), asked, "days is True"),
    (KIND.at("check"), asked, "does not wait for a statement"),
    (KIND.at("look"), statutory, "statutory period"),
    (KIND.at("look"), marked, "Rescue Act"),
    (KIND.at("look"), bounded, "has a time limit or another event at its boundary already"),
    (KIND.at("look"), repeated, "is repeated"),
    (KIND.at("supplement"), lambda: shipped("event-permit"), "holds further steps"),
]


@pytest.mark.parametrize(("move", "on", "reason"), REFUSED, ids=[r for *_, r in REFUSED])
def test_it_refuses_with_the_reason(move, on, reason):
    assert reason in (KIND.refuses(move, on()) or "")


def test_it_is_looked_for_where_a_statement_is_waited_for_and_touches_both_agencies():
    on = asked()
    (move,) = KIND.find(seen(on, statement=10.0))
    assert move.at == ("look",)
    assert set(KIND.touches(move, on)) == {"city", "rescue"}
    assert set(KIND.asks(move, on)) == {"city", "rescue"}


def test_it_goes_together_with_other_moves():
    on = asked()
    triage = kind_of("triage").at("prepare", condition='size == "small"')
    composes(triage, KIND.at("look"), on)
    composes(KIND.at("look"), triage, on)
