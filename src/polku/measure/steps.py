"""A log as arrays that fact functions read: one entry per step instance, in (case, time, order)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.log.eventlog import EventLog
from polku.measure.facts import Bools, Clock, Ints, Marks, Rows
from polku.measure.side_by_side import PIECE, marked, pieces

if TYPE_CHECKING:
    from polku.path.model import Path

T = TypeVar("T")
_TABLE = 1 << 18  # entries of a table of matters × codes: 1 MB, about a processor's cache
_NEAR = 16  # instances before one that are tried as its predecessor before all are searched


class Steps:
    """A read-only view of an `EventLog`; what several facts need is worked out once, on demand.

    `path`: the published path that the log is held against, None where none was given.

    `n` matters, `m` step instances. Arrays of instances have length m and follow
    `log.events` (sorted by case, time, order); -1 stands for "none" in codes and positions.
    """

    def __init__(self, log: EventLog, path: Path | None = None) -> None:
        self.log = log
        self.path = path
        self.n = log.cases.height
        self.m = log.events.height
        self._kept: dict[str, Any] = {}
        self._locks: dict[str, RLock] = {}  # several threads may ask for the same

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
        out = np.empty(self.m, dtype=np.int64)
        for part in pieces(self.m):
            np.subtract(self.time[part], self.arrival[self.case[part]], out=out[part])
        return out

    @cached_property
    def clock(self) -> Clock:
        """The clock that marks of this log share."""
        return Clock(self.case, self.elapsed)

    @cached_property
    def within_life(self) -> Bools:
        """Whether the instance lies within its matter's life (not after its end), bool[m]."""
        out = np.empty(self.m, dtype=bool)
        for part in pieces(self.m):
            np.less_equal(self.elapsed[part], self.watched[self.case[part]], out=out[part])
        return out

    def codes(self, column: str) -> npt.NDArray[np.int32]:
        """Codes of a categorical column, i32[m], -1 = none."""

        def make(steps: Steps) -> npt.NDArray[np.int32]:
            series = steps.log.events[column]
            if series.dtype != pl.Enum:
                series = series.cast(pl.Enum(series.cast(pl.String).unique().drop_nulls().sort()))
            return series.to_physical().cast(pl.Int32).fill_null(-1).to_numpy()

        return self.once(f"codes {column}", make)

    def once(self, name: str, make: Callable[[Steps], T]) -> T:
        """What `make` works out from these steps, kept under `name` for whoever asks again."""
        with self._locks.setdefault(name, RLock()):
            if name not in self._kept:
                self._kept[name] = make(self)
            kept: T = self._kept[name]
            return kept

    @cached_property
    def automatic(self) -> Bools:
        """Whether a system, not a person, did the instance, bool[m]."""
        systems = self.log.mapping.automatic
        return self.named("activity", systems.activities) | self.named(
            "resource", systems.resources
        )

    @cached_property
    def worked(self) -> Bools:
        """Whether the instance is work whose start and end are known, bool[m]: timers are not."""
        other = self.automatic | self.paused
        return self.has_start & ~other if other.any() else self.has_start

    @cached_property
    def by_staff(self) -> Bools:
        """Whether the instance is the city's own work as far as the log tells, bool[m].

        Work of a person whom the log names; where it names nobody, what the customer did not start
        and, in a log that knows agencies or units, what stands with one of them: what stands with
        none there is done by the customer alone.
        """
        placed = (self.codes("agency") >= 0) | (self.codes("unit") >= 0)
        mine = self.contact != 1
        if placed.any():
            mine &= placed
        out: Bools = self.worked & (mine | (self.codes("resource") >= 0))
        return out

    @cached_property
    def paused(self) -> Bools:
        """Whether the instance itself is a stop of the matter's explicit clock, bool[m]."""
        clock = self.log.mapping.clock
        return self.named("activity", set(clock.stop) & set(clock.resume))

    def of_kind(self, *kinds: str) -> Bools:
        """Whether the instance is of one of these kinds of event, bool[m]."""
        return self.named("kind", kinds)

    def marks(self, where: Bools | Rows, amount: Ints | None = None, scale: float = 1.0) -> Marks:
        """Happenings at the given instances (a mask, or ascending positions) on the shared clock.

        Those outside a matter's life are left out; `amount` has one entry per given instance.
        """
        at = marked(where.astype(bool, copy=False)) if where.dtype == bool else where
        at = at.astype(np.int32, copy=False)
        if amount is not None and where.dtype == bool and len(amount) == self.m:
            amount = amount[at]
        if not self.all_within_life:
            kept = self.within_life[at]
            at, amount = at[kept], None if amount is None else amount[kept]
        return Marks(self.clock, at, amount, scale)

    @cached_property
    def all_within_life(self) -> bool:
        """Whether all instances lie within their matters' lives."""
        return bool(self.within_life.all())

    @cached_property
    def offsets(self) -> Ints:
        """Position of each matter's first instance, i64[n + 1]; the last entry is m."""
        first = np.flatnonzero(self.case[1:] != self.case[:-1]) + 1
        if self.m and len(first) == self.n - 1:  # no matter is without instances
            return np.concatenate([[0], first, [self.m]]).astype(np.int64, copy=False)
        counts = np.bincount(self.case, minlength=self.n)
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])

    @cached_property
    def by_matters(self) -> list[tuple[slice, slice]]:
        """Whole matters, as many as have about `PIECE` instances: their rows, and the instances."""
        marks = np.arange(PIECE, self.m + PIECE, PIECE)
        until = np.unique(np.append(np.searchsorted(self.offsets[:-1], marks), self.n)).tolist()
        rows = [slice(low, high) for low, high in itertools.pairwise([0, *until]) if low < high]
        return [(r, slice(int(self.offsets[r.start]), int(self.offsets[r.stop]))) for r in rows]

    @cached_property
    def contact(self) -> npt.NDArray[np.int8]:
        """Who started the contact, i8[m]: -1 not marked, 0 no contact, 1 customer, 2 city."""
        return self.codes("contact").astype(np.int8)

    def categories(self, column: str) -> list[str]:
        """The values of a categorical column; a code is a position in this list."""
        dtype = self.log.events.schema[column]
        if isinstance(dtype, pl.Enum):
            return [str(c) for c in dtype.categories]
        known = self.log.events[column].cast(pl.String).unique().drop_nulls().sort()
        return [str(c) for c in known]

    def used(self, column: str) -> int:
        """How many values of a categorical column the instances have."""
        codes = self.codes(column)
        counts = np.zeros(int(codes.max(initial=-1)) + 2, dtype=np.int64)
        for part in pieces(self.m):
            counts += np.bincount(codes[part] + 1, minlength=len(counts))
            if counts[1:].all():  # mostly the first instances show them all
                break
        return int(np.count_nonzero(counts[1:]))

    def named(self, column: str, values: Collection[str]) -> Bools:
        """Whether each instance has one of these values in a categorical column, bool[m]."""
        known = self.categories(column)
        wanted = np.zeros(len(known) + 1, dtype=bool)  # the last entry stands for "none"
        wanted[:-1] = [c in values for c in known]
        if not wanted.any():
            return np.zeros(self.m, dtype=bool)
        found: Bools = wanted[self.codes(column)]
        return found

    def first_of(self, column: str) -> Rows:
        """Position of the first instance with the same value in the same matter, i32[m]."""
        return self.once(f"first {column}", lambda s: s.first_positions(s.codes(column)))

    def first_done(self, column: str) -> Rows:
        """As `first_of`, but first in canonical order (end, start, order), i32[m]."""
        o = self.canonical
        if o is None:
            return self.first_of(column)
        out = np.empty(self.m, dtype=np.int32)
        out[o] = o[self.first_positions(self.codes(column)[o])]
        return out

    def first_positions(self, codes: npt.NDArray[np.int32]) -> Rows:
        """Position of the first instance with the same code in the same matter, i32[m].

        A table of matters × codes is filled backwards, so that the first instance is what stays;
        it is done in blocks of matters that fit a processor's cache.
        """
        out = np.empty(self.m, dtype=np.int32)
        for part, first in self._firsts(codes):
            out[part] = first
        return out

    def _firsts(self, codes: npt.NDArray[np.int32]) -> Iterator[tuple[slice, Rows]]:
        width = int(codes.max(initial=-1)) + 2
        block = max(1, _TABLE // width)
        for low in range(0, self.n, block):
            high = min(low + block, self.n)
            a, b = int(self.offsets[low]), int(self.offsets[high])
            if a == b:
                continue
            cell = (self.case[a:b] - np.int32(low)) * np.int32(width) + (codes[a:b] + np.int32(1))
            table = np.empty((high - low) * width, dtype=np.int32)
            table[cell[::-1]] = np.arange(b - 1, a - 1, -1, dtype=np.int32)
            yield slice(a, b), table[cell]

    def first_among(self, codes: npt.NDArray[np.int32]) -> Rows:
        """Positions of the first instance with each code but -1 in each matter, i32[k]."""
        found = [
            np.flatnonzero(
                (first == np.arange(part.start, part.stop, dtype=np.int32)) & (codes[part] >= 0)
            ).astype(np.int32)
            + np.int32(part.start)
            for part, first in self._firsts(codes)
        ]
        return np.concatenate(found) if found else np.zeros(0, dtype=np.int32)

    def giver(self, column: str) -> Rows:
        """Position of the step that each instance took the matter over from, i32[m], -1 = none.

        It is the predecessor; a predecessor without a value in `column` (a system account) is
        looked through to its own predecessor.
        """

        def make(steps: Steps) -> Rows:
            codes, found = steps.codes(column), steps.pred
            if codes.min(initial=0) < 0:
                found = found.copy()
                lost = np.flatnonzero((found >= 0) & (codes[found] < 0))
                while len(lost):
                    found[lost] = steps.pred[found[lost]]
                    at = found[lost]
                    lost = lost[(at >= 0) & (codes[at] < 0)]
            return found

        return self.once(f"giver {column}", make)

    def handed_over(self, column: str) -> Bools:
        """Whether each instance took the matter over from another agency or unit, bool[m]."""

        def make(steps: Steps) -> Bools:
            codes, giver, out = steps.codes(column), steps.giver(column), np.empty(self.m, bool)
            for part in pieces(steps.m):
                here, before = codes[part], giver[part]
                out[part] = (before >= 0) & (here >= 0) & (codes[before] != here)
            return out

        return self.once(f"handed over {column}", make)

    @cached_property
    def before(self) -> Rows:
        """Position of the instance before by (completion, order) in the same matter, i32[m]."""
        at = np.arange(-1, self.m - 1, dtype=np.int32)
        if self.m:
            at[self.offsets[:-1][self.offsets[:-1] < self.offsets[1:]]] = -1
        return at

    @cached_property
    def canonical(self) -> Rows | None:
        """Positions in canonical order (case, end, start, order); `None` when in that order."""
        if self.start is self.time:
            return None

        def falls(part: slice) -> bool:
            """Whether an instance of the part has a later start than the next that ties with it."""
            here, next_ = part, slice(part.start + 1, part.stop + 1)
            earlier = self.start[next_] < self.start[here]
            earlier &= self.time[next_] == self.time[here]
            return bool((earlier & (self.case[next_] == self.case[here])).any())

        if not any(falls(part) for part in pieces(max(self.m - 1, 0))):
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


def _pred(case: Rows, start: Ints, end: Ints, before: Rows) -> Rows:
    """Predecessors for arrays in canonical order; mostly the one before, else an as-of join."""
    found = before.copy()
    open_ = marked(end[:-1] > start[1:]) + np.int32(1)
    open_ = open_[before[open_] >= 0]
    # such an instance starts before its neighbour's end, so everything that ended by its start
    # stands before it in canonical order: the last one with end ≤ start is the answer, and mostly
    # it is near
    at, begun = found[open_], start[open_]
    for _ in range(_NEAR):
        if not len(open_):
            return found
        at = before[at]
        found[open_] = at
        further = np.flatnonzero((at >= 0) & (end[at] > begun))
        open_, at, begun = open_[further], at[further], begun[further]
    if not len(open_):
        return found
    touched = np.zeros(int(case[-1]) + 1, dtype=bool)
    touched[case[open_]] = True
    inside = np.flatnonzero(touched[case])
    right = pl.DataFrame({"case": case[inside], "at": end[inside], "pos": inside.astype(np.int32)})
    left = pl.DataFrame(
        {"case": case[open_], "at": start[open_], "i": open_.astype(np.int32)}
    ).sort("case", "at", "i")
    joined = left.join_asof(right, on="at", by="case", strategy="backward", check_sortedness=False)
    found[joined["i"].to_numpy()] = joined["pos"].fill_null(-1).to_numpy()
    return found
