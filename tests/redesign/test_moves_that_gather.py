"""Joint application and one answer: what every move must keep, and what each refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from holding import holds, shipped

from polku.paths import NAMES
from polku.redesign.evidence_from_run import evidence_from_simulation
from polku.redesign.move import kind_of

KINDS = ("joint-application", "one-answer")


def found(name, kind):
    on = shipped(name)
    moves = list(kind_of(kind).find(evidence_from_simulation(on, replications=1)))
    return on, [m for m in moves if kind_of(kind).refuses(m, on) is None]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_found_on_a_shipped_path_keeps_what_every_move_must(name, kind):
    on, moves = found(name, kind)
    for move in moves[:6]:
        holds(move, on, {a.id: a.fails for a in move.assumptions})


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_found_on_the_event_permit(kind):
    assert found("event-permit", kind)[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_that_is_not_there_and_a_marked_one_are_refused(kind):
    on, moves = found("event-permit", kind)
    move = moves[0]
    lost = replace(move, at=(move.at[0], "nowhere", *move.at[2:]))
    assert "nowhere" in kind_of(kind).refuses(lost, on)
    step = on.path.node(move.at[-1])
    marked = replace(step, facts=replace(step.facts, fixed="the law names the form"))
    reason = kind_of(kind).refuses(move, on.with_path(on.path.with_nodes([marked])))
    assert "the law names the form" in reason


@pytest.mark.parametrize("kind", KINDS)
def test_with_nothing_to_gather_they_are_refused(kind):
    on, moves = found("event-permit", kind)
    assert kind_of(kind).refuses(replace(moves[0], at=moves[0].at[:1]), on) is not None


def test_one_answer_can_follow_a_joint_application():
    on, moves = found("event-permit", "joint-application")
    after = holds(moves[0], on)
    answers = kind_of("one-answer")
    more = [m for m in found("event-permit", "one-answer")[1] if answers.refuses(m, after) is None]
    assert more
    holds(more[0], after)
