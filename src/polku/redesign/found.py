"""What a search found: candidates with their figures, the front, and what the search did."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.front import ConstraintTold, Effort, Refused

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Kept:
    """A candidate that was tried.

    `values` f8[replications, axes]: of replications 0, 1, …; `chance`: of being on the front;
    `score`, `low`, `high`: improvement over the current state in hundredths, with its 95 %
    t-interval; `constraints`: as far as the search tells them (at 99 %); `out`: why it was not
    looked at any further, None where it could have been.
    """

    candidate: Candidate
    values: Floats
    chance: float
    score: float
    low: float
    high: float
    constraints: tuple[ConstraintTold, ...] = ()
    on_front: bool = False
    out: str | None = None

    @property
    def key(self) -> str:
        """The candidate's key."""
        return self.candidate.key


@dataclass(frozen=True, eq=False)
class Found:
    """The result of a search.

    `kept`: every candidate that was tried, the current state first, then by score; `front`: keys of
    those on the front by score (chance at least a half; of several that differ in nothing that
    counts the one with the fewest moves); `best`: the first of them; `winner`: its key where it is
    shown that no other on the front scores more by `racing.INDIFFERENT` hundredths (over all
    comparisons wrong in less than 1 %), else None, and `why` in a sentence; `scale`: of the score,
    by axis; `tolerance`: differences that count as none; `refused`: moves that were not made and
    why; `effort`.
    """

    axes: tuple[Axis, ...]
    on: tuple[str, ...]
    weights: dict[str, float]
    seed: int
    scale: Floats
    tolerance: Floats
    kept: tuple[Kept, ...]
    front: tuple[str, ...]
    best: str
    winner: str | None
    why: str
    refused: tuple[Refused, ...]
    effort: Effort

    @property
    def current(self) -> Kept:
        """The current state."""
        return self.kept[0]

    @cached_property
    def _by_key(self) -> dict[str, Kept]:
        return {k.key: k for k in self.kept}

    def of(self, key: str) -> Kept:
        """A candidate that was tried; KeyError where it was not."""
        return self._by_key[key]
