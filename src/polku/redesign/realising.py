"""From a candidate to the prototype of one replication: its assumptions drawn, its moves made."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import numpy as np

from polku.redesign.candidate import Candidate
from polku.redesign.move import Assumption, Move, apply
from polku.redesign.prototype import Prototype
from polku.simulate.engine.draws import ASSUMPTION, keys, role_hash, uniform
from polku.simulate.laws import quantile

Failing = Collection[tuple[str, str]]
"""(move key, assumption id) of the assumptions that fail."""


def drawn(move: Move, seed: int, replication: int, failing: Failing = ()) -> dict[str, float]:
    """The value of each assumption of a move in one replication, in its law's own unit.

    The random number is keyed by seed, replication, the move's key and the assumption's id, so a
    move meets the same value in whatever candidate it stands. `failing`: those that have the value
    at which they fail.
    """
    return {
        a.id: a.fails if (move.key, a.id) in failing else _value(move.key, a, seed, replication)
        for a in move.assumptions
    }


@lru_cache(maxsize=1 << 16)
def _value(key: str, assumption: Assumption, seed: int, replication: int) -> float:
    k0, k1 = keys(seed, replication)
    u = np.float64(uniform(k0, k1, 0, role_hash(key), role_hash(assumption.id), 0, ASSUMPTION))
    return float(quantile(assumption.plain_law, u))


def realise(
    candidate: Candidate, seed: int, replication: int, failing: Failing = frozenset()
) -> Prototype:
    """The prototype that a candidate is in one replication.

    Raises `RedesignError` with the reason where a move is refused after those before it.
    """
    on = candidate.base
    for move in candidate.moves:
        on = apply(move, on, drawn(move, seed, replication, failing))
    return on
