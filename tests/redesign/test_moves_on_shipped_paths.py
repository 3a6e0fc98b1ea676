"""On the shipped paths every kind's moves are found, told apart, and can be named in moves.toml."""

from __future__ import annotations

import pytest

from polku.paths import NAMES, load, scenario_file
from polku.redesign.evidence_from_run import evidence_from_simulation
from polku.redesign.finding import find_moves
from polku.redesign.move_names import names, read_name
from polku.redesign.prototype import Prototype
from polku.redesign.terms import Terms
from polku.simulate.file import read_scenario


@pytest.mark.parametrize("name", NAMES)
def test_every_move_that_is_found_can_be_named_and_forbidden(name):
    current = Prototype(load(name), read_scenario(scenario_file(name)), "current")
    evidence = evidence_from_simulation(current, replications=1)
    moves, refused = find_moves(evidence, Terms())
    assert len(moves) > 10
    assert all(r.why for r in refused)
    for move in moves:
        said = read_name(move.key, current, "forbid")
        assert said in names(move)
    half = tuple(read_name(m.key, current, "forbid") for m in moves[::2])
    left, gone = find_moves(evidence, Terms(forbidden=half))
    assert {m.key for m in left} == {m.key for m in moves[1::2]}
    assert len(gone) == len(refused) + len(half)
