"""Moves are looked for where the evidence speaks for them, under the terms."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny_kinds import current, only_tiny

from polku.errors import RedesignError
from polku.path.facts import Facts
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.finding import find_moves, seek
from polku.redesign.front import Insight
from polku.redesign.move import Move, kind_of
from polku.redesign.terms import Drawing, Terms
from polku.simulate.scenario import Origin, fixed


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    only_tiny(monkeypatch)


def evidence(on=None):
    on = on or current()
    steps = {
        "step-1": StepSeen(1.0, 0.0, {"contention": 1.0}, 10),
        "step-2": StepSeen(1.0, 0.0, {"contention": 3.0}, 10),
        "step-3": StepSeen(1.0, 0.0, {"contention": 1.0}, 10),
    }
    return Evidence(on, "simulation", 10, steps, utilisation={"desk": 0.9, "safety": 0.2})


def keys(moves):
    return [m.key for m in moves]


def test_moves_stand_in_the_order_of_their_hints_then_their_keys():
    moves, refused = find_moves(evidence(), Terms())
    assert keys(moves)[:3] == ["drop(step-2)", "drop(step-1)", "drop(step-3)"]
    assert [m.hint for m in moves] == sorted((m.hint for m in moves), reverse=True)
    assert not refused


def test_a_move_that_cannot_be_made_is_refused_with_its_reason():
    on = current()
    step = replace(on.path.node("step-2"), facts=Facts(fixed="the law says so"))
    moves, refused = find_moves(evidence(on.with_path(on.path.with_nodes([step]))), Terms())
    assert "drop(step-2)" not in keys(moves)
    assert [(r.move, r.why) for r in refused] == [("drop(step-2)", "is marked as fixed")]


def test_forbidden_moves_are_refused_by_the_terms():
    moves, refused = find_moves(evidence(), Terms(forbidden=("drop(step-1)", "hours")))
    assert keys(moves) == ["drop(step-2)", "drop(step-3)"]
    assert {r.why for r in refused} == {"forbidden by the terms"}
    assert len(refused) == 5


def test_names_that_mean_no_move_are_told():
    terms = Terms(forbidden=("drop(step-1)", "drop(start)"), answers={"hours": ("I1",)})
    assert seek(evidence(), terms).idle == ("drop(start)",)


def test_kinds_that_are_not_allowed_are_told_too():
    moves, refused = find_moves(evidence(), Terms(allowed=("drop",), most={"drop": 2}))
    assert {m.kind for m in moves} == {"drop"}
    assert len(refused) == 4
    assert all(r.why.startswith("forbidden by the terms: hours") for r in refused)


def test_parameters_laws_and_answers_of_the_terms_are_put_in():
    own = replace(kind_of("drop").assumptions[0], law=fixed(0.2, None), origin=Origin("typed"))
    terms = Terms(
        parameters={"hours": {"people": 3}},
        assumptions={("drop", "share"): own},
        answers={"drop(step-2)": ("I1",), "hours": ("I2",)},
        insights=(Insight("I1", "a"), Insight("I2", "b")),
    )
    by_key = {m.key: m for m in find_moves(evidence(), terms)[0]}
    assert by_key["drop(step-2)"].assumptions[0] == own
    assert by_key["drop(step-2)"].answers == ("I1",)
    assert by_key["drop(step-1)"].answers == ()
    hours = [m for m in by_key.values() if m.kind == "hours"]
    assert {m.with_["people"] for m in hours} == {3}
    assert {m.answers for m in hours} == {("I2",)}


def test_what_the_terms_make_the_same_move_is_counted_and_tried_once():
    found = seek(evidence(), Terms(parameters={"hours": {"hours_per_week": 15.0}}))
    assert found.duplicates == 2
    assert len([m for m in found.moves if m.kind == "hours"]) == 2


def test_a_named_move_that_is_found_as_well_keeps_its_laws_and_gets_the_hint():
    kind = kind_of("drop")
    own = replace(kind.assumptions[0], law=fixed(0.2, None))
    named = Move("drop", ("step-2",), {}, (own, kind.assumptions[1]), ("I1",))
    found = seek(evidence(), Terms(moves=(named,)))
    (move,) = [m for m in found.moves if m.key == named.key]
    assert (move.assumptions[0], move.answers, move.hint) == (own, ("I1",), 3.0)
    assert found.duplicates == 1


def test_only_named_moves_are_tried_where_the_terms_say_so():
    named = kind_of("drop").at("step-3")
    moves, _ = find_moves(evidence(), Terms(moves=(named,), only_named=True))
    assert keys(moves) == ["drop(step-3)"]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (Terms(forbidden=("drop", "hours")), "all 7 that were found are forbidden"),
        (Terms(only_named=True), "none is named"),
        (Terms(only_named=True, moves=(Move("drop", ("gone",)),)), "none of 1 can be.*no step"),
        (
            Terms(only_named=True, moves=(Move("drop", ("gone",)), Move("hours", ("desk",))),
                  forbidden=("hours",)),
            "1 are forbidden by the terms, 1 do not apply",
        ),
    ],
)  # fmt: skip
def test_where_nothing_is_left_the_reason_is_told(terms, said):
    with pytest.raises(RedesignError, match=said) as caught:
        find_moves(evidence(), terms)
    assert "\n" not in str(caught.value)


def test_where_people_drew_a_prototype_no_move_is_needed():
    drawn = Drawing("p.bpmn", "p.scenario.json", "drawn")
    moves, refused = find_moves(evidence(), Terms(forbidden=("drop", "hours"), drawings=(drawn,)))
    assert not moves
    assert len(refused) == 7
