"""Two sides of a comparison with what all their criteria share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from polku.measure.cohort import Cohort, Options
from polku.measure.measurement import Segment
from polku.measure.recurrent import default_horizon
from polku.measure.sides import Side, Strata, strata
from polku.measure.standardise import Cells


@dataclass(frozen=True, eq=False)
class Pair:
    """Two sides with what their criteria share; `horizon` µs is the common one."""

    before: Side
    after: Side
    confidence: float = 0.95
    seed: int = 0
    draws: int = 2000
    agreed_horizon: int | None = None
    by: Segment | None = None

    @cached_property
    def horizon(self) -> int:
        """The common horizon: as far as both sides can be followed, or the agreed one."""
        if self.agreed_horizon is not None:
            return self.agreed_horizon
        return min(
            default_horizon(s.column("elapsed").to_numpy(), s.column("ended").to_numpy())
            for s in (self.before, self.after)
        )

    @cached_property
    def options(self) -> Options:
        """The options of both sides' figures."""
        return Options(self.horizon, self.confidence, self.seed, self.draws)

    @cached_property
    def cohorts(self) -> tuple[Cohort, Cohort]:
        """The cohorts of both sides."""
        return self.before.cohort(self.options), self.after.cohort(self.options)

    @cached_property
    def strata(self) -> tuple[Strata, ...]:
        """Ways to standardise, the finest first."""
        return tuple(strata(self.before, self.after))

    @cached_property
    def cells(self) -> dict[tuple[str, int], tuple[Cells, Cells]]:
        """Cells by way of standardising and horizon; kept for all criteria."""
        return {}

    def cells_of(self, way: Strata, horizon: int) -> tuple[Cells, Cells]:
        """The cells of both sides in one way of standardising."""
        key = (way.over, horizon)
        if key not in self.cells:
            self.cells[key] = (
                _cells(self.before, way.before, len(way.names), horizon),
                _cells(self.after, way.after, len(way.names), horizon),
            )
        return self.cells[key]


def _cells(side: Side, code: np.ndarray, count: int, horizon: int) -> Cells:
    inside = np.full(side.facts.n, -1, dtype=np.int32)
    inside[side.all_rows] = code[side.all_rows]
    return Cells(side.facts, inside, count, horizon)
