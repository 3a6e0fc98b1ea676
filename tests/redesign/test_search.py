"""The search, in an arena whose truth is known."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from pretended import TODAY, PretendedArena, current, move

from polku.errors import RedesignError
from polku.redesign.candidate import Candidate
from polku.redesign.prototype import Prototype
from polku.redesign.search import search
from polku.redesign.terms import Constraint, Terms
from polku.redesign.tried import FILE, Tried

NOW = Candidate(current(), (), "current")
ON = ("lead_time.p50", "contact_points.mean_within_h", "on_time.share")
TERMS = Terms(on=ON)
BELONGS = {"seed": "1"}


def effects(decoys: int = 50) -> dict[str, tuple[float, ...]]:
    """Two moves that help much, among decoys that cost, hurt or do nothing."""
    out = {"A": (-8.0, 0.0, 0.05, -8.0), "B": (-5.0, -0.5, 0.02, -5.0)}
    kinds = ((0.0, 0.0, 0.0, 0.0), (0.6, 0.0, 0.0, 0.6), (0.0, 0.2, -0.01, 0.0))
    out |= {f"d{k}": kinds[k % 3] for k in range(decoys)}
    return out


def arena(**more) -> PretendedArena:
    return PretendedArena(effects(), **more)


MOVES = [move(name) for name in effects()]


def places(found, key: str) -> set[str]:
    return {m.at[0] for m in found.of(key).candidate.moves}


def same(a, b) -> bool:
    """Whether two results are the same to the byte, but for the seconds."""
    rows = [
        [(k.key, k.values.tobytes(), k.chance, k.score, k.out, k.on_front) for k in f.kept]
        for f in (a, b)
    ]
    efforts = [replace(f.effort, seconds=0.0) for f in (a, b)]
    return rows[0] == rows[1] and efforts[0] == efforts[1] and (
        (a.front, a.best, a.winner, a.why, a.refused)
        == (b.front, b.best, b.winner, b.why, b.refused)
    )  # fmt: skip


def test_two_moves_that_help_are_found_among_fifty_and_named():
    found = search(arena(), NOW, MOVES, [], TERMS)
    assert places(found, found.best) == {"A", "B"}
    assert found.winner == found.best == found.front[0]
    assert found.of(found.best).on_front
    assert not found.current.on_front
    assert found.why
    assert found.effort.stopped.startswith("more looking will not change the front")
    assert found.effort.candidates == len(found.kept) - 1 >= 52


def test_the_best_of_the_front_is_never_far_below_the_truth():
    for seed in range(1, 6):
        there = arena(seed=seed)
        found = search(there, NOW, MOVES, [], TERMS, seed=seed)
        best = there.truth(found.of(found.best).candidate)
        assert best[0] <= TODAY[0] - 13 + 0.4


def test_the_same_seed_and_rounds_give_the_same_bytes():
    assert same(*(search(arena(), NOW, MOVES, [], TERMS, rounds=8) for _ in range(2)))


def test_the_order_in_which_moves_come_changes_nothing():
    one = search(arena(), NOW, MOVES, [], TERMS, rounds=8)
    assert same(one, search(arena(), NOW, MOVES[::-1], [], TERMS, rounds=8))


@pytest.mark.parametrize("after", [0, 30, 200, 300])
def test_a_search_that_is_halted_goes_on_without_loss(tmp_path, after):
    def halt(taken: int) -> None:
        if taken >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(arena(before=halt), NOW, MOVES, [], TERMS, rounds=12,
               tried=Tried.open(tmp_path, BELONGS, 4))  # fmt: skip
    table = Tried.open(tmp_path, BELONGS, 4)
    again = arena()
    found = search(again, NOW, MOVES, [], TERMS, rounds=12, tried=table)
    whole = search(arena(), NOW, MOVES, [], TERMS, rounds=12)
    assert same(found, whole)
    assert again.taken == whole.effort.looks - table.kept


def test_a_search_whose_file_was_cut_off_by_a_kill_goes_on_without_loss(tmp_path):
    table = Tried.open(tmp_path, BELONGS, 4)
    search(arena(), NOW, MOVES, [], TERMS, rounds=5, tried=table)
    table.close()
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[:-20])
    table = Tried.open(tmp_path, BELONGS, 4)
    assert table.cut_off == 1
    found = search(arena(), NOW, MOVES, [], TERMS, rounds=9, tried=table)
    assert same(found, search(arena(), NOW, MOVES, [], TERMS, rounds=9))


def test_a_budget_too_small_for_one_honest_comparison_is_refused_with_the_least_needed():
    seconds = itertools.count(0, 2)
    with pytest.raises(RedesignError, match=r"budget: 1 seconds are too few .* at least \d+"):
        search(arena(), NOW, MOVES, [], TERMS, budget=1, clock=lambda: float(next(seconds)))


def test_the_clock_only_says_after_which_round_to_stop():
    seconds = itertools.count(0, 1)
    found = search(arena(), NOW, MOVES, [], TERMS, budget=20, clock=lambda: float(next(seconds)))
    assert found.effort.stopped == "the budget of 20 seconds is spent"
    rounds = found.effort.rounds
    alone = search(arena(), NOW, MOVES, [], TERMS, rounds=rounds)
    assert [k.values.tobytes() for k in found.kept] == [k.values.tobytes() for k in alone.kept]
    assert found.front == alone.front


def test_one_round_is_an_honest_comparison():
    found = search(arena(), NOW, MOVES, [], TERMS, rounds=1)
    assert [len(k.values) for k in found.kept] == [5, 5]
    assert found.effort.stopped == "1 round is done"


def test_moves_that_the_terms_forbid_are_refused_with_the_reason():
    terms = replace(TERMS, forbidden=("pretended(A)",))
    found = search(arena(), NOW, MOVES, [], terms, rounds=8)
    assert {r.move: r.why for r in found.refused}["pretended(A)"] == "forbidden by the terms"
    assert not any("A" in places(found, k.key) for k in found.kept)


def test_with_all_moves_forbidden_there_is_nothing_to_try():
    found = search(arena(), NOW, MOVES, [], replace(TERMS, forbidden=("pretended",)))
    assert len(found.refused) == len(MOVES)
    assert found.front == ("today",)
    assert found.effort.stopped.startswith("there is nothing to try")


def test_a_refused_move_keeps_its_reason():
    found = search(arena(), NOW, [move("A", "never"), move("B")], [], TERMS)
    assert [r.why for r in found.refused] == ["it is marked as one that may not be moved"]


def test_a_pair_whose_second_move_is_refused_after_the_first_is_left_out_with_the_reason():
    found = search(arena(), NOW, [move("A", "one"), move("B", "one"), move("d0")], [], TERMS)
    pair = next(r for r in found.refused if " + " in r.move)
    assert "after pretended(A, group=one): one of one was made" in pair.why
    assert all(len(k.candidate.moves) < 2 or places(found, k.key) != {"A", "B"}
               for k in found.kept)  # fmt: skip


def test_no_prototype_holds_more_moves_than_the_terms_allow():
    for terms, most in ((replace(TERMS, depth=2), 2), (replace(TERMS, most={"pretended": 1}), 1)):
        found = search(arena(), NOW, MOVES, [], terms)
        assert max(len(k.candidate.moves) for k in found.kept) == most


def test_no_set_of_moves_is_tried_twice():
    found = search(arena(), NOW, MOVES, [], TERMS)
    sets = [frozenset(m.key for m in k.candidate.moves) for k in found.kept]
    assert len(sets) == len(set(sets))


def test_moves_that_help_only_together_are_met_by_lot():
    there = PretendedArena(
        {f"d{k}": (0.1, 0.0, 0.0, 0.1) for k in range(6)},
        together={frozenset({"d1", "d4"}): (-12.0, 0.0, 0.1, -12.0)},
    )
    found = search(there, NOW, [move(f"d{k}") for k in range(6)], [], replace(TERMS, depth=2))
    assert places(found, found.best) >= {"d1", "d4"}


def drawn(name: str) -> Candidate:
    base = current()
    return Candidate(Prototype(base.path, base.scenario, name), (), "people")


def test_prototypes_of_people_are_tried_alike_from_the_start():
    there = PretendedArena({**effects(), "board": (-20.0, 0.0, 0.0, -20.0)})
    found = search(there, NOW, MOVES, [drawn("board")], TERMS)
    assert "board" in found.front
    assert found.of("board").candidate.drawn == "people"


def test_two_prototypes_of_one_name_are_refused():
    with pytest.raises(RedesignError, match="'today' is there twice"):
        search(arena(), NOW, MOVES, [drawn("today")], TERMS)


def test_what_cannot_be_simulated_is_left_out_with_the_reason_also_after_a_halt(tmp_path):
    for failing in (frozenset({"pretended(A)"}), frozenset()):
        found = search(arena(failing=failing), NOW, MOVES, [], TERMS, rounds=6,
                       tried=Tried.open(tmp_path, BELONGS, 4))  # fmt: skip
        why = {r.move: r.why for r in found.refused}["pretended(A)"]
        assert why == "could not be simulated: nobody ever comes"
        assert "pretended(A)" not in found.front


def test_a_current_state_that_cannot_be_simulated_is_refused():
    with pytest.raises(RedesignError, match="the current state could not be simulated: nobody"):
        search(arena(failing=frozenset({"today"})), NOW, MOVES, [], TERMS)


def test_a_move_that_helps_most_and_harms_one_segment_is_refused_under_the_constraint():
    there = PretendedArena({**effects(), "A": (-20.0, 0.0, 0.05, 9.0)})
    free = search(there, NOW, MOVES, [], TERMS)
    assert "A" in places(free, free.best)
    terms = replace(TERMS, constraints=(Constraint("no_segment_worse"),))
    held = search(there, NOW, MOVES, [], terms)
    assert not any("A" in places(held, key) for key in held.front)
    assert "B" in places(held, held.best)
    alone = held.of("pretended(A)")
    assert alone.constraints[0].verdict == "broken"
    assert "size=small: median lead time" in alone.constraints[0].why
    assert any(r.move == "pretended(A)" and "no segment gets worse" in r.why for r in held.refused)


def test_a_move_that_needs_more_staff_is_refused_before_any_look():
    hours = {"today": 75.0}
    terms = replace(TERMS, constraints=(Constraint("no_more_staff"),))
    moves = [move("A", "more people"), move("B")]

    def staff(on: Prototype) -> float:
        return 80.0 if on.answers else hours[on.name]

    found = search(arena(), NOW, moves, [], terms, staff=staff)
    assert [k.key for k in found.kept] == ["today", "pretended(B)"]
    assert "80 a week, today 75" in found.refused[0].why


def test_an_axis_that_is_not_known_is_refused_with_the_nearest():
    with pytest.raises(RedesignError, match=r"'lead_time.p5' is not known; did you mean"):
        search(arena(), NOW, MOVES, [], Terms(on=("lead_time.p5",)))


def test_progress_tells_the_best_so_far():
    said = []
    search(arena(), NOW, MOVES, [], TERMS, rounds=8, progress=lambda s, t: said.append((s, t)))
    assert [s for s, _ in said] == [k / 8 for k in range(1, 9)]
    text = said[-1][1]
    assert text.startswith("round 8, ")
    assert "best so far: pretended(A) + pretended(B) (−1" in text
    assert text.endswith(" days)")


def test_scores_and_values_of_what_is_kept_belong_together():
    found = search(arena(), NOW, MOVES, [], TERMS, rounds=8)
    best = found.of(found.best)
    now = found.current.values[: len(best.values)]
    gain = (now - best.values)[:, 0] / found.scale[0] * 100
    assert best.low < best.score < best.high
    assert np.isfinite(gain).all()
