"""Figures of many small groups at once, and their standardised contrasts.

Matters are divided into cells (group × kind of matter). Every cell has its own curve and its own
censoring, so the figures of cells are independent; any comparison of groups is a weighted sum
of cell figures, and its variance the same sum of squares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from polku.measure.cohort import Cohort, Options
from polku.measure.facts import Bools, Causes, Facts, Ints, Marks, Promise, Rows
from polku.measure.recurrent import RiskSet, influence, risk_set
from polku.measure.survival import UNSEEN

Floats = npt.NDArray[np.float64]

LEAST = 20
"""Cells with fewer matters say nothing of their own: they are joined or left out."""


@dataclass(frozen=True, eq=False)
class CellFigures:
    """One figure per cell: `value`, `variance` f64[c] (NaN where not reached), `n` i64[c]."""

    value: Floats
    variance: Floats
    n: npt.NDArray[np.int64]

    @property
    def known(self) -> Bools:
        """Cells that have a figure, bool[c]."""
        return ~np.isnan(self.value)

    def joined(self, cells: npt.NDArray[np.intp]) -> tuple[float, float]:
        """Value and variance of some cells taken together, weighted by their matters.

        The number of matters in each is random too: that adds the variance between them.
        NaN where one of them is not reached.
        """
        n = self.n[cells].astype(np.float64)
        total = float(n.sum())
        if total == 0:
            return math.nan, math.nan
        used = cells[n > 0]
        share = self.n[used] / total
        value = float(share @ self.value[used])
        between = float(share @ (self.value[used] - value) ** 2) / total
        return value, float(share**2 @ self.variance[used]) + between


class Cells(Cohort):
    """The matters of some facts by cell; the at-risk sets are worked out once for all cells.

    `code` i32[n of facts]: the cell of each matter, -1 = outside; `count` cells; `horizon` µs.
    """

    keeps_lookup = False

    def __init__(self, facts: Facts, code: npt.NDArray[np.int32], count: int, horizon: int) -> None:
        rows = np.flatnonzero(code >= 0).astype(np.int32)
        super().__init__(facts, rows, options=Options(horizon=horizon))
        self.code = code
        self.count = count

    @cached_property
    def cell(self) -> npt.NDArray[np.int32]:
        """The cell of each matter inside, i32[n]."""
        return self.take(self.code).astype(np.int32, copy=False)

    @cached_property
    def risk(self) -> RiskSet:
        """The at-risk sets of all cells."""
        return risk_set(
            self.elapsed, self.ended, self.entry, horizon=self.horizon, strata=self.cell
        )

    def only(self, applies: Bools | None) -> Cells:
        """The cells without the matters for which a criterion does not apply."""
        if applies is None or bool(applies[self.code >= 0].all()):
            return self
        code = np.where(applies, self.code, np.int32(-1)).astype(np.int32)
        return Cells(self.facts, code, self.count, self.horizon)

    def rmst(self) -> CellFigures:
        """Restricted mean lead time of each cell, µs."""
        return self._spread(self.risk, self.cell, *_areas(self.risk))

    def rmst_of(self, elapsed: Ints, ended: Bools) -> CellFigures:
        """Restricted mean of another time of each matter (arrays of the facts), µs."""
        mine, done = self.take(elapsed).astype(np.int64), self.take(ended).astype(bool)
        if np.array_equal(mine, self.elapsed) and np.array_equal(done, self.ended):
            return self.rmst()
        risk = risk_set(mine, done, self.entry, horizon=self.horizon, strata=self.cell)
        return self._spread(risk, self.cell, *_areas(risk))

    def means(self, marks: Marks) -> CellFigures:
        """Expected number (or amount, in the marks' units) within the horizon in each cell."""
        cells = self.only(marks.applies)
        if not cells.n:
            return _nothing(self.count)
        row, index, amount = cells.marks(marks)
        value, variance, _ = _means(cells.risk, row, index, amount)
        one = cells.risk.weight.max() if amount is None else None
        if one is not None:  # where nothing was seen, one mark might have been
            largest = _per_stratum(cells.risk, cells.risk.weight[:-1]) / cells.risk.share
            variance = np.where(value == 0, largest**2, variance)
        return cells._spread(cells.risk, cells.cell, value / marks.scale, variance / marks.scale**2)

    def kept(self, promise: Promise) -> CellFigures:
        """Share of matters in each cell that end within what was promised."""
        cells = self.only(promise.applies)
        if not cells.n:
            return _nothing(self.count)
        within = cells.take(promise.within).astype(np.int64)
        end = min(int(within.max()), int(cells.elapsed.max()))
        risk = risk_set(cells.elapsed, cells.ended, cells.entry, horizon=end, strata=cells.cell)
        good = cells.ended & (cells.elapsed <= within)
        if promise.early is not None:
            good &= cells.elapsed >= cells.take(promise.early)
        row = np.flatnonzero(good & risk.closes).astype(np.int32)
        value, variance, _ = _means(risk, row, risk.leave[row])
        unseen = _unseen(risk, within)
        value = np.where(unseen > UNSEEN, np.nan, np.minimum(value, 1.0))
        return cells._spread(risk, cells.cell, value, variance, share=True, reach=False)

    def incidence(
        self, causes: Causes, above: tuple[str, ...], below: tuple[str, ...] | None
    ) -> CellFigures:
        """Share of each cell that ended in a way of `above` (among those of `below`) by h."""
        cells = self.only(causes.applies)
        if not cells.n:
            return _nothing(self.count)
        number = {name: i + 1 for i, name in enumerate(causes.names)}
        cause = cells.take(causes.cause)
        elapsed = cells.take(causes.elapsed).astype(np.int64)
        risk = risk_set(elapsed, cause > 0, cells.entry, horizon=self.horizon, strata=cells.cell)

        def marks(names: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
            chosen = np.isin(cause, [number[n] for n in names])
            row = np.flatnonzero(chosen & risk.closes).astype(np.int32)
            return _means(risk, row, risk.leave[row])

        value, variance, psi = marks(above)
        if below is not None:
            whole, _, psi_whole = marks(below)
            safe = np.where(whole > 0, whole, np.nan)
            value = value / safe
            ratio = (psi - value[risk.stratum] * psi_whole) / safe[risk.stratum]
            variance = _per_stratum_rows(risk, ratio**2)
        return cells._spread(risk, cells.cell, value, variance, share=True)

    def _spread(
        self,
        risk: RiskSet,
        cell: npt.NDArray[np.int32],
        value: Floats,
        variance: Floats,
        *,
        share: bool = False,
        reach: bool = True,
    ) -> CellFigures:
        """From the strata of a risk set, which are the cells that hold matters, to all cells."""
        present = np.unique(cell)
        n = np.bincount(cell, minlength=self.count).astype(np.int64)
        if reach:
            value = np.where(_reached(risk), value, np.nan)
        if share:  # at 0 or 1 nothing varies, yet little is known: one more of each kind
            edge = (value <= 0) | (value >= 1)
            inner = (value * n[present] + 1) / (n[present] + 2)
            variance = np.where(edge, inner * (1 - inner) / (n[present] + 2), variance)
        out = CellFigures(np.full(self.count, np.nan), np.full(self.count, np.nan), n)
        out.value[present], out.variance[present] = value, variance
        return out


def _nothing(count: int) -> CellFigures:
    return CellFigures(
        np.full(count, np.nan), np.full(count, np.nan), np.zeros(count, dtype=np.int64)
    )


def _means(
    risk: RiskSet, row: Rows, index: Rows, amount: Ints | None = None
) -> tuple[Floats, Floats, Floats]:
    """Mean, its variance (both per stratum) and each matter's influence on its stratum's mean."""
    value, psi = influence(risk, row, index, amount)
    weighted = risk.weight[index]
    if amount is not None:
        weighted = weighted * amount
    strata = len(risk.share)
    means = np.bincount(risk.stratum[row], weights=weighted, minlength=strata) / risk.share
    if strata > 1:
        between = (means[risk.stratum] - value) / risk.n
        psi = psi - np.where(risk.leave > risk.enter, between, 0.0)
    psi = psi / risk.share[risk.stratum]
    return means, _per_stratum_rows(risk, psi**2), psi


def _per_stratum_rows(risk: RiskSet, values: Floats) -> Floats:
    sums = np.bincount(risk.stratum, weights=values, minlength=len(risk.share))
    return sums.astype(np.float64)


def _per_stratum(risk: RiskSet, values: Floats) -> Floats:
    return np.maximum.reduceat(values, risk.first_slot[:-1])


def _reached(risk: RiskSet) -> Bools:
    """Strata in which enough matters are at risk up to the horizon."""
    first = risk.first_slot[:-1]
    begun = np.cumsum(risk.at_risk > 0)  # with late entry nobody is at risk at first
    before: Ints = np.repeat(begun[first] - (risk.at_risk[first] > 0), np.diff(risk.first_slot))
    lost = (risk.at_risk <= 0) & (risk.before > UNSEEN) & (begun > before)
    nobody = np.maximum.reduceat(risk.at_risk, first) <= 0
    found: Bools = ~(np.logical_or.reduceat(lost, first) | nobody)
    return found


def _areas(risk: RiskSet) -> tuple[Floats, Floats]:
    """Area under each stratum's curve up to the horizon, and its variance (Greenwood type)."""
    first = risk.first_slot[:-1]
    times = risk.times.astype(np.float64)
    step = np.diff(times, prepend=0.0)
    step[first] = times[first]
    pieces = risk.before * step
    summed = np.cumsum(pieces)
    ends = summed[risk.first_slot[1:] - 1]
    after = np.repeat(ends, np.diff(risk.first_slot)) - summed
    y, d = risk.at_risk, risk.ended
    left = y * (y - d)
    hazard = np.divide(d, left, out=np.zeros_like(y), where=left > 0)
    area = np.add.reduceat(pieces, first)
    return area, np.add.reduceat(after**2 * hazard, first)


def _unseen(risk: RiskSet, promise: Ints) -> Floats:
    """Share of each stratum that may end after the last one in sight, yet within its promise."""
    out = np.zeros(len(risk.share))
    for s in range(len(risk.share)):
        a, b = int(risk.first_slot[s]), int(risk.first_slot[s + 1])
        y, d, before = risk.at_risk[a:b], risk.ended[a:b], risk.before[a:b]
        alive = np.flatnonzero(y > 0)
        if not len(alive):
            continue
        last = int(alive[-1])
        left = float(before[last] * (1 - d[last] / y[last]))
        if left > 0:
            out[s] = left * float(np.mean(promise[risk.stratum == s] > risk.times[a + last]))
    return out


@dataclass(frozen=True)
class Contrast:
    """A standardised difference: `value` ± `se`, and the share of matters it `covers`."""

    value: float
    se: float
    covers: float


def standardised(first: CellFigures, second: CellFigures) -> Contrast | None:
    """The difference second − first in a common mix of kinds (direct standardisation).

    Both hold one figure per kind. Weights are the kinds' shares among the matters of both; kinds
    with fewer than `LEAST` matters on a side, or without a figure there, are left out, and
    `covers` says how many of the matters are in the others. Null where none is.
    """
    n = (first.n + second.n).astype(np.float64)
    usable = (first.n >= LEAST) & (second.n >= LEAST) & first.known & second.known
    if not usable.any():
        return None
    weight = np.where(usable, n, 0.0)
    covers = float(weight.sum() / n.sum())
    weight = weight[usable] / weight.sum()
    value = float(weight @ (second.value[usable] - first.value[usable]))
    variance = float(weight**2 @ (first.variance[usable] + second.variance[usable]))
    return Contrast(value, math.sqrt(variance), covers)


def kind_codes(*columns: Any) -> tuple[list[npt.NDArray[np.int32]], list[str]] | None:
    """Codes of the kinds of matters in several frames' columns over one list of names.

    Matters without a kind are one kind of their own. Null where no column tells any kind.
    """
    known = sorted({str(v) for c in columns for v in c.unique().drop_nulls().to_list()})
    if not known:
        return None
    place = {name: i for i, name in enumerate(known)}
    names = known
    if any(c.null_count() for c in columns):
        names = [*known, "(none)"]
    codes = [
        c.replace_strict(place, default=len(known), return_dtype=_int32()).to_numpy()
        for c in columns
    ]
    return codes, names


def _int32() -> Any:
    import polars as pl

    return pl.Int32()
