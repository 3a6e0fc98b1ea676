"""For whom: the matters that a figure is about, with what all its statistics share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from threading import Lock, get_ident
from typing import TypeVar
from weakref import ref

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.measure.estimate import Estimate
from polku.measure.facts import Bools, Clock, Facts, Ints, Marks, Rows
from polku.measure.measurement import Figure, Segment
from polku.measure.recurrent import CHUNK, RiskSet, default_horizon, influence, risk_set
from polku.measure.registry import Criterion
from polku.measure.side_by_side import side_by_side
from polku.measure.survival import Curve, Floats, kaplan_meier
from polku.measure.weights import drift_warning, pooled

Scalar = TypeVar("Scalar", bound=np.generic)

SMALL = 5
"""Groups with fewer matters are hidden."""

DAY = 86_400_000_000
"""Microseconds in a day."""


@dataclass(frozen=True)
class Options:
    """How figures are worked out: `horizon` in µs (null = by rule), `seed` of the bootstrap."""

    horizon: int | None = None
    confidence: float = 0.95
    seed: int = 0
    draws: int = 2000


class Cohort:
    """Some or all matters of `Facts`; the at-risk set and the curve are worked out once.

    `keeps_lookup`: whether the places of all happenings are looked up once and kept, for cohorts
    that serve many criteria.
    """

    keeps_lookup = True

    def __init__(
        self,
        facts: Facts,
        rows: Rows | None = None,
        *,
        by: Segment | None = None,
        period: str | None = None,
        options: Options | None = None,
        covers: bool = False,
    ) -> None:
        self.facts = facts
        self.rows = rows
        self.by = by
        self.period = period
        self.options = options or Options()
        self.covers = covers
        self._index: tuple[Clock, Rows, Rows, bool] | None = None
        self._lock = Lock()
        self._influence: dict[int, tuple[Marks, tuple[float, Floats]]] = {}  # by thread
        self._whole_lock = Lock()
        self._wholes: list[tuple[ref[Marks], tuple[float, Floats]]] = []

    def take(self, values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """The cohort's part of an array with one entry per matter."""
        return values if self.rows is None else values[self.rows]

    @cached_property
    def n(self) -> int:
        """Number of matters."""
        return self.facts.n if self.rows is None else len(self.rows)

    @cached_property
    def elapsed(self) -> Ints:
        """µs from arrival to the end or the last moment watched, i64[n]."""
        return self.take(self.facts.matters["elapsed"].to_numpy()).astype(np.int64, copy=False)

    @cached_property
    def ended(self) -> Bools:
        """Whether each matter has ended, bool[n]."""
        return self.take(self.facts.matters["ended"].to_numpy()).astype(bool, copy=False)

    @cached_property
    def entry(self) -> Ints | None:
        """µs after arrival when observation began, i64[n]; `None` when all were seen arriving."""
        entry = self.facts.matters["entry"].to_numpy()
        return self.take(entry).astype(np.int64, copy=False) if entry.any() else None

    @cached_property
    def ended_rows(self) -> npt.NDArray[np.intp]:
        """The rows of the matters that have ended, ascending."""
        return np.flatnonzero(self.ended)

    @property
    def open(self) -> int:
        """Number of matters that have not ended."""
        return int(self.n - self.ended.sum())

    @cached_property
    def curve(self) -> Curve:
        """Kaplan–Meier curve of the lead time."""
        return kaplan_meier(
            self.elapsed,
            self.ended,
            self.entry,
            strata=self.strata,
            confidence=self.options.confidence,
        )

    @cached_property
    def horizon(self) -> int:
        """h in µs: the agreed one, else by `default_horizon`."""
        if self.options.horizon is not None:
            return self.options.horizon
        return default_horizon(self.elapsed, self.ended)

    @cached_property
    def risk(self) -> RiskSet:
        """The at-risk set of figures within h."""
        return risk_set(
            self.elapsed,
            self.ended,
            self.entry,
            horizon=self.horizon,
            strata=self.strata,
            seed=self.options.seed,
            draws=self.options.draws,
        )

    def _lookup(self, clock: Clock) -> tuple[Rows, Rows, bool]:
        """For each clock entry the cohort's row and its at-risk slot; whether all have a row.

        Row -1: of no matter of the cohort, or after its matter's end.
        """
        with self._lock:
            if self._index is None or self._index[0] is not clock:
                row, index = self._looked_up(clock, None)
                self._index = (clock, row, index, bool((row >= 0).all()))
            return self._index[1:]

    def _looked_up(self, clock: Clock, at: Rows | None) -> tuple[Rows, Rows]:
        """As `_lookup`, for the clock entries `at` (null = all)."""
        risk, all_watched = self.risk.ready(), self.facts.matters["elapsed"].to_numpy()
        new = None
        if self.rows is not None:
            new = np.full(self.facts.n, -1, dtype=np.int32)
            new[self.rows] = np.arange(len(self.rows), dtype=np.int32)
        m = len(clock.row) if at is None else len(at)
        row = np.empty(m, dtype=np.int32)
        index = np.empty(m, dtype=np.int32)

        def work(low: int) -> None:
            part = slice(low, low + CHUNK)
            chosen = part if at is None else at[part]
            matter, elapsed = clock.row[chosen], clock.elapsed[chosen]
            mine = matter if new is None else new[matter]
            outside = (mine < 0) | (elapsed > all_watched[matter])
            if outside.any():
                inside = np.flatnonzero(~outside)
                row[part] = np.where(outside, np.int32(-1), mine)
                index[part] = len(risk.times)
                index[low + inside] = risk.slots(elapsed[inside], mine[inside])
            else:
                row[part] = mine
                index[part] = risk.slots(elapsed, mine)

        side_by_side(work, range(0, m, CHUNK))
        return row, index

    def marks(self, marks: Marks) -> tuple[Rows, Rows, Ints | None]:
        """Row, at-risk slot and amount of each mark within the lives of the cohort's matters.

        Marks after h keep their row and stand in the slot without weight.
        """
        if self.keeps_lookup or marks.at is None:
            row, index, every = self._lookup(marks.clock)
            if marks.at is not None:
                row, index = row[marks.at], index[marks.at]
        else:
            row, index = self._looked_up(marks.clock, marks.at)
            every = False
        amount = marks.amount
        if not every:
            inside = row >= 0
            if not inside.all():
                row, index = row[inside], index[inside]
                amount = None if amount is None else amount[inside]
        return row, index, amount

    def influence(
        self, marks: Marks, found: tuple[Rows, Rows, Ints | None] | None = None
    ) -> tuple[float, Floats]:
        """The expected number (or amount) of marks within h, and each matter's influence on it.

        `found`: what `marks` gives for them, where it is at hand. The last influence is kept, for
        a criterion's statistics follow each other.
        """
        kept = self._influence.get(get_ident())
        if kept is None or kept[0] is not marks:
            kept = (marks, influence(self.risk, *(found or self.marks(marks))))
            self._influence[get_ident()] = kept
        return kept[1]

    def whole(self, marks: Marks) -> tuple[float, Floats]:
        """As `influence`, for what others are a part of: kept for as long as the marks are."""
        with self._whole_lock:
            self._wholes = [kept for kept in self._wholes if kept[0]() is not None]
            for of, found in self._wholes:
                if of() is marks:
                    return found
            found = influence(self.risk, *self.marks(marks))
            self._wholes.append((ref(marks), found))
            return found

    @cached_property
    def drift(self) -> str:
        """A warning when the mix of kinds changes with the time of arrival, else empty."""
        kinds = self.facts.matters["kind"]
        if kinds.null_count() == kinds.len():
            return ""
        arrival = self.take(self.facts.matters["arrival"].to_numpy())
        return drift_warning(arrival, self._kinds) or ""

    @property
    def strata(self) -> npt.NDArray[np.int64] | None:
        """Code of the kind of matter, i64[n], where the mix of kinds drifts, else `None`."""
        return pooled(self._kinds) if self.drift else None

    @cached_property
    def _kinds(self) -> npt.NDArray[np.int64]:
        kinds = self.facts.matters["kind"].fill_null("")
        codes = kinds.cast(pl.Enum(kinds.unique().sort())).to_physical().cast(pl.Int64)
        return self.take(codes.to_numpy())

    def narrowed(self, applies: Bools | None) -> Cohort:
        """The cohort's matters for which a criterion applies (itself when it applies to all)."""
        if applies is None:
            return self
        mine = self.take(applies).astype(bool, copy=False)
        if mine.all():
            return self
        rows = np.arange(self.facts.n, dtype=np.int32) if self.rows is None else self.rows
        return Cohort(
            self.facts,
            rows[mine],
            by=self.by,
            period=self.period,
            options=self.options,
            covers=self.covers,
        )

    def figure(
        self,
        criterion: Criterion,
        statistic: str,
        estimate: Estimate,
        *,
        id: str | None = None,
        unit: str | None = None,
        scale: float = 1.0,
        by: Segment | None = None,
        n: int | None = None,
        open_matters: int | None = None,
        horizon: int | None = None,
    ) -> Figure:
        """An estimate as a figure; values are divided by `scale`, small groups hidden."""
        by = by or self.by
        n = self.n if n is None else n
        small = (by is not None or self.period is not None) and n < SMALL
        hidden = small or self.covers
        why = f"fewer than {SMALL} {'matters' if small else 'others'}"

        def scaled(value: float | None) -> float | None:
            return None if value is None or hidden else value / scale

        return Figure(
            id=id or criterion.id,
            principle=criterion.principle,
            statistic=statistic,
            value=scaled(estimate.value),
            unit=criterion.unit if unit is None else unit,
            low=scaled(estimate.low),
            high=scaled(estimate.high),
            se=scaled(estimate.se),
            n=n,
            open=self.open if open_matters is None else open_matters,
            direction=criterion.direction,
            hash=self.facts.hashes[criterion.id],
            status="hidden" if hidden else estimate.status,
            note=why if hidden else estimate.noting(self.drift).note,
            by=by,
            period=self.period,
            horizon_days=None if horizon is None else horizon / DAY,
            seed=estimate.seed,
        )
