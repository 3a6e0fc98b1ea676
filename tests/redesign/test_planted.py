"""A known better path, hidden among more than fifty moves, is found; no wrong winner is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
sys.path.insert(0, str(BENCH))
try:
    import planted
    import redesign_planted as bench
finally:
    sys.path.remove(str(BENCH))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", planted.KINDS)
def test_a_planted_optimum_is_found_and_no_wrong_winner_is_named(kind, seed):
    of, arena, found = bench.searched(kind, seed, budget=None, rounds=16)
    assert len(of.moves) > 50
    told = bench.judged(of, arena, found)
    assert told["found"], found.best
    assert not told["wrong"], found.winner
