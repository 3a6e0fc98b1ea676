"""A log as arrays that fact functions read: one entry per step instance, in (case, time, order)."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.log.eventlog import EventLog
from polku.measure.facts import Bools, Clock, Ints, Rows


class Steps:
    """A read-only view of an `EventLog`; what several facts need is worked out once, when asked for.

    `n` matters, `m` step instances. Arrays of instances have length m and follow
    `log.events` (sorted by case, time, order); -1 stands for "none" in codes and positions.
    """

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.n = log.cases.height
        self.m = log.events.height

    def _micros(self, frame: pl.DataFrame, column: str) -> pl.Series:
        return frame[column].dt.epoch("us")

    @cached_property
    def case(self) -> Rows:
        """Row of the matter, i32[m], ascending."""
        return self.log.events["case"].cast(pl.Int32).to_numpy()

    @cached_property
    def time(self) -> Ints:
        """Completion, µs since 1970 UTC, i64[m]."""
        return self._micros(self.log.events, "time").to_numpy()

    @cached_property
    def start(self) -> Ints:
        """Start, µs since 1970 UTC, i64[m]; the completion where no start is known."""
        if self.log.events["start"].null_count() == self.m:
            return self.time
        start = self._micros(self.log.events, "start")
        return start.fill_null(pl.Series(self.time)).to_numpy()

    @cached_property
    def has_start(self) -> Bools:
        """Whether the start of the instance is known, bool[m]."""
        return self.log.events["start"].is_not_null().to_numpy()

    @cached_property
    def arrival(self) -> Ints:
        """Arrival of each matter, µs since 1970 UTC, i64[n]."""
        return self._micros(self.log.cases, "arrival").to_numpy()

    @cached_property
    def ended(self) -> Bools:
        """Whether each matter has ended, bool[n]; all false without a closed rule."""
        return self.log.cases["closed"].fill_null(False).to_numpy()

    @cached_property
    def watched(self) -> Ints:
        """µs from arrival to the matter's end, or to the last moment watched, i64[n], ≥ 0."""
        end = self._micros(self.log.cases, "end").to_numpy(allow_copy=True)
        stop = np.where(self.ended, np.nan_to_num(end).astype(np.int64), self.log.until)
        return np.maximum(stop - self.arrival, 0)

    @cached_property
    def elapsed(self) -> Ints:
        """µs from the matter's arrival to the instance's completion, i64[m]."""
        return self.time - self.arrival[self.case]

    @cached_property
    def clock(self) -> Clock:
        """The clock that marks of this log share."""
        return Clock(self.case, self.elapsed)

    @cached_property
    def within_life(self) -> Bools:
        """Whether the instance lies within its matter's life (not after its end), bool[m]."""
        return self.elapsed <= self.watched[self.case]

    def codes(self, column: str) -> npt.NDArray[np.int32]:
        """Codes of a categorical column, i32[m], -1 = none."""
        return self._codes(column)

    def _codes(self, column: str) -> npt.NDArray[np.int32]:
        cache: dict[str, npt.NDArray[np.int32]] = self.__dict__.setdefault("_code_cache", {})
        if column not in cache:
            series = self.log.events[column]
            if series.dtype != pl.Enum:
                series = series.cast(pl.Enum(series.cast(pl.String).unique().drop_nulls().sort()))
            cache[column] = series.to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
        return cache[column]

    @cached_property
    def _starts(self) -> Rows:
        """Position of the first instance of the matter that each instance belongs to."""
        new = np.ones(self.m, dtype=bool)
        new[1:] = self.case[1:] != self.case[:-1]
        first = np.where(new, np.arange(self.m, dtype=np.int32), 0)
        return np.maximum.accumulate(first).astype(np.int32) if self.m else first.astype(np.int32)

    @cached_property
    def before(self) -> Rows:
        """Position of the instance before by (completion, order) in the same matter, i32[m]."""
        at = np.arange(-1, self.m - 1, dtype=np.int32)
        if self.m:
            at[self._starts == np.arange(self.m)] = -1
        return at

    @cached_property
    def canonical(self) -> Rows | None:
        """Positions in canonical order (case, end, start, order); `None` when they are that already."""
        if self.start is self.time:
            return None
        tied = (self.case[1:] == self.case[:-1]) & (self.time[1:] == self.time[:-1])
        if not (tied & (self.start[1:] < self.start[:-1])).any():
            return None
        order = self.log.events["order"].to_numpy()
        return np.lexsort((order, self.start, self.time, self.case)).astype(np.int32)

    @cached_property
    def pred(self) -> Rows:
        """Non-concurrent predecessor of each instance, i32[m].

        The last in canonical order (end, start, order) among those of the same matter that stand
        before it in that order and had ended by its start.
        """
        if self.canonical is None:
            return _pred(self.case, self.start, self.time, self.before)
        o = self.canonical
        moved = _pred(self.case[o], self.start[o], self.time[o], self.before)
        out = np.empty(self.m, dtype=np.int32)
        out[o] = np.where(moved >= 0, o[moved], -1)
        return out

    def of_pred(self, values: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """`values` of each instance's predecessor, -1 where there is none."""
        return np.where(self.pred >= 0, values[self.pred], np.int32(-1))

    def first_visits(self, codes: npt.NDArray[np.int32], where: Bools | None = None) -> Rows:
        """Positions (ascending) of the first instance of each distinct code in each matter.

        Instances with code -1, or outside `where`, do not count.
        """
        keep = codes >= 0 if where is None else (codes >= 0) & where
        at = np.flatnonzero(keep).astype(np.int32)
        if not len(at):
            return at
        kept = codes[at]
        small = (
            kept.astype(np.uint8 if kept.max() < 256 else np.uint16)
            if (kept.max() < 65536)
            else kept
        )
        by_code = at[np.argsort(small, kind="stable")]  # radix sort: then (code, case, time)
        code, case = codes[by_code], self.case[by_code]
        first = np.ones(len(by_code), dtype=bool)
        first[1:] = (code[1:] != code[:-1]) | (case[1:] != case[:-1])
        return np.sort(by_code[first])


def _pred(case: Rows, start: Ints, end: Ints, before: Rows) -> Rows:
    """Predecessors for arrays in canonical order; mostly the one before, else an as-of join."""
    found = before.copy()
    open_ = np.flatnonzero((before >= 0) & (end[before] > start))
    if not len(open_):
        return found
    # such an instance starts before its neighbour's end, so everything that ended by its start
    # stands before it in canonical order: the last one with end ≤ start is the answer
    cases = np.unique(case[open_])
    inside = np.flatnonzero(np.isin(case, cases))
    right = pl.DataFrame({"case": case[inside], "at": end[inside], "pos": inside.astype(np.int32)})
    left = pl.DataFrame(
        {"case": case[open_], "at": start[open_], "i": open_.astype(np.int32)}
    ).sort("case", "at", "i")
    joined = left.join_asof(right, on="at", by="case", strategy="backward", check_sortedness=False)
    found[joined["i"].to_numpy()] = joined["pos"].fill_null(-1).to_numpy()
    return found
