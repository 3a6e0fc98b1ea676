"""Moves of all kinds follow one another in any order, and each keeps what it must keep."""

from __future__ import annotations

from random import Random

import pytest
from holding import holds, shipped, simulated

from polku.paths import NAMES
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import Move, kind_of
from polku.redesign.prototype import Prototype
from polku.redesign.staff import staff_hours_total, weekly_hours

KINDS = ("merge-contacts", "ask-once", "register-instead", "change-channel", "add-hours",
         "reallocate-hours")  # fmt: skip


def evidence(on: Prototype) -> Evidence:
    """Every step done and waited for; pools busy by turns."""
    waits = {"contention": 1.0, "customer": 2.0}
    seen = {s.id: StepSeen(1.0, 0.5, waits, 10) for s in on.path.steps}
    pools = sorted(weekly_hours(on.scenario))
    busy = {p: (0.2, 0.9)[k % 2] for k, p in enumerate(pools)}
    return Evidence(on, "log", 10, seen, utilisation=busy)


def found(on: Prototype) -> list[Move]:
    return [m for kind in KINDS for m in kind_of(kind).find(evidence(on))]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_found_is_found_once_and_mostly_allowed(name):
    on = shipped(name)
    moves = found(on)
    assert {m.kind for m in moves} >= set(KINDS) - {"reallocate-hours"}
    assert len({m.key for m in moves}) == len(moves)
    allowed = [m for m in moves if kind_of(m).refuses(m, on) is None]
    assert {m.kind for m in allowed} >= set(KINDS) - {"reallocate-hours"}
    assert len(allowed) > len(moves) / 2
    assert all(m.hint >= 0 for m in moves)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_six_moves_in_any_order_keep_what_they_must_keep(name, seed):
    on = shipped(name)
    chance = Random(f"{name} {seed}")
    moves = found(on)
    chance.shuffle(moves)
    after, made = on, []
    for move in moves:
        if len(made) == 6:
            break
        if kind_of(move).refuses(move, after) is None and (
            sum(m.kind == move.kind for m in made) < 2
        ):
            after = holds(move, after)
            made.append(move)
    assert len(made) == 6
    more = sum(float(m.with_["hours_per_week"]) for m in made if m.kind == "add-hours")
    total = staff_hours_total(on.scenario) + more
    assert staff_hours_total(after.scenario) == pytest.approx(total)
    simulated(after, 60)
