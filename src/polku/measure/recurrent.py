"""Expected numbers within a horizon of arrival, open matters included (Ghosh and Lin 2000)."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from polku.measure.bootstrap import DRAWS, Counts, Resampled, drawn_interval, resample
from polku.measure.estimate import LARGE, Estimate, Scale, interval, unreached
from polku.measure.order import ascending
from polku.measure.survival import UNSEEN, Flags, Floats, Groups, Times, numbered

Index = npt.NDArray[np.int32]
Amounts = npt.NDArray[np.int64] | npt.NDArray[np.float64]

CHUNK = 1 << 16
"""Marks that are worked on at once: what is worked out for them stays in the cache."""

YEAR = 365 * 86_400_000_000
"""Microseconds in 365 days, the longest horizon taken without an agreement."""

ORIGIN = "Ghosh–Lin, influence functions"
DRAWN = "Ghosh–Lin, case bootstrap"
UNREACHED = "no matter is seen as long as the horizon"


def default_horizon(elapsed: Times, ended: Flags) -> int:  # noqa: ARG001
    """The horizon where none is agreed: 365 days, or less where the log is shorter, µs.

    The largest of the times in `elapsed` (i64[n] µs) with at least 10 % and at least 20 of the
    matters at risk, at most 365 days. Of fewer than 40 matters half are asked for, not 20.
    """
    n = len(elapsed)
    if n == 0:
        return YEAR
    need = max(math.ceil(0.1 * n), min(20, math.ceil(n / 2)))
    return min(YEAR, int(np.partition(elapsed, n - need)[n - need]))


@dataclass(frozen=True, eq=False)
class RiskSet:
    """Who is at risk when, prepared once for a cohort and shared by all its counts.

    Slots are the distinct times up to the horizon at which the set changes, stratum by stratum;
    slot k stands for the times after slot k − 1 up to `times[k]`, between which nothing changes.
    `times` i64[t] µs; `at_risk`, `ended` f64[t]; `before` f64[t] survival just before;
    `weight` f64[t + 1]: what one mark in the slot adds to the expected number, and 0 in the last
    place for marks outside; `first_slot` i64[s + 1]: where each stratum's slots begin;
    `leave`, `enter` i32[n]: the matter is at risk in slots enter + 1 … leave; `closes` bool[n]:
    it ends in slot `leave`; `stratum` i32[n]; `n` matters at risk at some time;
    `unseen`: the share of matters that have not ended when the last of their stratum goes out of
    sight, before the horizon; `reached`: these are so few that figures hold.
    """

    n: int
    horizon: int
    unseen: float
    starts_at: int
    times: Times
    at_risk: Floats
    ended: Floats
    before: Floats
    weight: Floats
    first_slot: npt.NDArray[np.int64]
    leave: Index
    enter: Index
    closes: Flags
    stratum: Index
    share: Floats
    seed: int = 0
    draws: int | Counts = DRAWS

    @cached_property
    def _table(self) -> tuple[npt.NDArray[np.int32], int]:
        """What leads from a time to the first slot that may hold it (see `_grid`)."""
        return _grid(self.times, self.first_slot.tolist(), self.horizon)

    def ready(self) -> RiskSet:
        """Itself, with the table that `slots` needs, before several threads ask for it."""
        _ = self._table
        return self

    @property
    def reached(self) -> bool:
        """Whether enough matters are at risk up to the horizon."""
        return self.n > 0 and self.unseen <= UNSEEN

    @cached_property
    def _place(self) -> npt.NDArray[np.int64]:
        """Where each matter leaves in a table of (out of sight, ended) by slot + 1, i64[n]."""
        return 2 * (self.leave.astype(np.int64) + 1) + self.closes

    @cached_property
    def _comes_later(self) -> bool:
        """Whether some matter is not at risk from the first slot on."""
        return bool((self.enter >= 0).any())

    @cached_property
    def _rates(self) -> tuple[Floats, Floats, Floats]:
        """1 ÷ Y, 1 ÷ (Y − d) and d ÷ Y by slot, 0 where nobody is left, f64[t]."""
        y, left = self.at_risk, self.at_risk - self.ended
        each = np.divide(1.0, y, out=np.zeros_like(y), where=y > 0)
        return each, np.divide(1.0, left, out=np.zeros_like(y), where=left > 0), self.ended * each

    @cached_property
    def resampled(self) -> Resampled:
        """The draws of the case bootstrap, made once for all figures of the cohort."""
        return resample(self, self.draws, self.seed)

    def index(self, times: Times, row: Index) -> Index:
        """The slot of each mark, i32[m]; marks outside the observation get the slot without weight.

        `times` i64[m] µs since arrival, `row` i32[m] the matter of each mark. Outside is: after the
        horizon, after the matter's end or last sight, before its entry or the start of the curve.
        """
        out = np.empty(len(times), np.int32)
        for start in range(0, len(times), CHUNK):
            part = slice(start, start + CHUNK)
            out[part] = self.slots(times[part], row[part])
        return out

    def slots(self, times: Times, row: Index) -> Index:
        """As `index`, at once: for as many marks as stay in a processor's cache."""
        outside = np.int32(len(self.times))
        inside = (times >= 0) & (times <= self.horizon)
        t = np.where(inside, times, self.horizon)
        grid, shift = self._table
        bucket = t >> shift
        if len(self.share) > 1:
            bucket += self.stratum[row].astype(np.int64) * (self.horizon // (1 << shift) + 1)
        slot = grid[bucket]
        # A bucket holds few distinct times: step on where the mark is later than the slot.
        late = np.flatnonzero(self.times[slot] < t)
        for _ in range(4):
            if not len(late):
                break
            slot[late] += 1
            late = late[self.times[slot[late]] < t[late]]
        if len(late):
            slot[late] = self._search(t[late], row[late])
        seen = inside & (slot <= self.leave[row])
        if self._comes_later:
            seen &= slot > self.enter[row]
        return np.where(seen, slot, outside)

    def _search(self, times: Times, row: Index) -> Index:
        out = np.empty(len(times), np.int32)
        layer = self.stratum[row]
        for s in range(len(self.share)):
            a, b = int(self.first_slot[s]), int(self.first_slot[s + 1])
            m = layer == s
            out[m] = a + np.searchsorted(self.times[a:b], times[m], side="left")
        return out


def risk_set(
    elapsed: Times,
    ended: Flags,
    entry: Times | None = None,
    *,
    horizon: int | None = None,
    strata: Groups | None = None,
    least_at_risk: int = 10,
    seed: int = 0,
    draws: int | Counts = DRAWS,
) -> RiskSet:
    """Prepare a cohort for `expected`.

    `elapsed` i64[n] µs from arrival to the end or last sight (≥ 0), `ended` bool[n], `entry`
    i64[n] µs since arrival when observation began (≤ 0: at arrival), `horizon` µs (default:
    `default_horizon`), `strata` any[n]: figures are then means of the strata's figures weighted
    by their share, which holds where the mix of strata drifts.
    Under late entry counting starts where `least_at_risk` matters are at risk. `seed`, `draws`:
    of the case bootstrap that small cohorts need (or `bootstrap.case_draws` made before).

    >>> import numpy as np
    >>> cohort = risk_set(np.array([5, 9, 9]), np.array([True, True, False]), horizon=8)
    >>> row = np.array([0, 1, 2], np.int32)
    >>> expected(cohort, row, cohort.index(np.array([1, 2, 7]), row)).value
    1.0
    """
    if horizon is None:
        horizon = default_horizon(elapsed, ended)
    rows = len(elapsed)
    code = np.zeros(rows, np.int64)
    if strata is not None:
        code = numbered(strata)
    count = int(code.max()) + 1 if rows else 1
    late = entry is not None and bool((entry > 0).any())
    begun = (
        np.where(entry > 0, entry, -1) if entry is not None and late else np.full(1, -1, np.int64)
    )
    seen = begun < elapsed if late else np.ones(rows, np.bool_)
    n = int(np.count_nonzero(seen))
    capped = np.minimum(elapsed, horizon)
    closes = ended & (elapsed <= horizon) & seen
    layers, bounds = _layers(code, seen if n < rows else None, count)
    capped, closing = (capped, closes) if layers is None else (capped[layers], closes[layers])
    begun = begun[layers] if late and layers is not None else begun
    leaving, entering = np.empty(n, np.int32), np.full(n, -1, np.int32)
    pieces: list[tuple[Times, Floats, Floats, Floats, Floats]] = []
    first_slot, shares, offset, unseen, starts_at = [0], [], 0, 0.0, 0
    for s in range(count):
        m = slice(bounds[s], bounds[s + 1])
        x = capped[m]
        times, slot = _slots_of(x, horizon)
        if late:
            b = begun[m]
            inner = b[(b >= 0) & (b < horizon)]
            times = np.unique(np.concatenate((times, inner)))
            slot = np.searchsorted(times, x)
            from_slot = np.where(b < 0, -1, np.searchsorted(times, np.minimum(b, horizon)))
        size = len(times)
        left_at = np.bincount(slot, minlength=size)
        y = (len(x) - np.cumsum(left_at) + left_at).astype(np.float64)
        if late:
            came = np.cumsum(np.bincount(from_slot + 1, minlength=size + 1)[:size])
            y -= len(x) - came
        d = _sums(slot, closing[m], size)
        before, w, left, start = _weights(times, y, d, len(x), late, least_at_risk)
        starts_at = max(starts_at, start)
        share = len(x) / n if n else 0.0
        unseen += share * left
        np.add(slot, offset, out=leaving[m], casting="unsafe")
        if late:
            entering[m] = from_slot + offset if offset else from_slot
        elif offset:
            entering[m] = offset - 1
        pieces.append((times, y, d, before, w * share if count > 1 else w))
        shares.append(share)
        offset += size
        first_slot.append(offset)
    leave, enter = leaving, entering
    if layers is not None:
        leave, enter = np.full(rows, -1, np.int32), np.full(rows, -1, np.int32)
        leave[layers], enter[layers] = leaving, entering
    if count > 1:
        bottom = np.asarray(first_slot, np.int32)[code] - 1
        enter, leave = np.maximum(enter, bottom), np.maximum(leave, bottom)
    columns = pieces[0] if count == 1 else [np.concatenate(c) for c in zip(*pieces, strict=True)]
    times, y, d, before, w = columns
    return RiskSet(
        n, horizon, unseen, starts_at, times, y, d, before, np.append(w, 0.0),
        np.asarray(first_slot, np.int64), leave, enter, closes, code.astype(np.int32),
        np.asarray(shares), seed, draws,
    )  # fmt: skip


def _layers(
    code: npt.NDArray[np.int64], seen: Flags | None, count: int
) -> tuple[npt.NDArray[np.intp] | None, list[int]]:
    """The matters seen in the order of stratum, then place (null: as they are), and its bounds."""
    if seen is not None:
        rows = np.flatnonzero(seen)
        code = code[rows]
    bounds = [0, *np.cumsum(np.bincount(code, minlength=count)).tolist()]
    if count == 1:
        return (None if seen is None else rows), bounds
    order = np.argsort(code.astype(np.uint16) if count < 1 << 16 else code, kind="stable")
    return (order if seen is None else rows[order]), bounds


def _slots_of(x: Times, horizon: int) -> tuple[Times, npt.NDArray[np.int64]]:
    """The distinct times and the horizon, none of them later, ascending, and each one's place."""
    if not len(x) or x.min() < 0:
        times, slot = np.unique(np.append(x, horizon), return_inverse=True)
        return times, slot[:-1]
    order, ordered = ascending(x)
    fresh = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    slot = np.empty(len(x), np.int64)
    slot[order] = np.cumsum(fresh) - 1
    times = ordered[fresh]
    return times if times[-1] == horizon else np.append(times, horizon), slot


def _weights(
    times: Times, y: Floats, d: Floats, n: int, late: bool, least: int
) -> tuple[Floats, Floats, float, int]:
    """Survival before each slot, weight S ÷ Y of its marks, survival when the last leaves sight."""
    start = 0
    if late:
        enough = np.flatnonzero(y >= min(least, max(n, 1)))
        start = int(enough[0]) if len(enough) else len(times)
        y[:start], d[:start] = 0.0, 0.0
    hazard = np.divide(d, y, out=np.zeros_like(y), where=y > 0)
    before = np.concatenate(([1.0], np.cumprod(1.0 - hazard)[:-1]))
    before[before < 1e-14] = 0.0
    weight = np.divide(before, y, out=np.zeros_like(y), where=y > 0)
    gone = np.flatnonzero(y[start:] <= 0)
    left = (float(before[start + gone[0]]) if len(gone) else 0.0) if start < len(times) else 1.0
    return before, weight, left, int(times[start]) if 0 < start < len(times) else 0


def _grid(times: Times, first_slot: list[int], horizon: int) -> tuple[npt.NDArray[np.int32], int]:
    """A uniform table that leads from a time to the first slot that may hold it.

    A binary search in a million slots costs a chain of cache misses for each mark; the table one.
    """
    strata = len(first_slot) - 1
    size = max(16, min(2 * len(times) // strata, 1 << 21))
    shift = 0
    while horizon >> shift >= size:
        shift += 1
    buckets = (horizon >> shift) + 1
    grid = np.empty(strata * buckets, np.int32)
    for s, (a, b) in enumerate(itertools.pairwise(first_slot)):
        # the slots before a bucket are those of the times in the buckets before it
        bucket = np.maximum(times[a:b] >> shift, -1)
        reach = np.diff(bucket, prepend=-1, append=buckets - 1)
        grid[s * buckets : (s + 1) * buckets] = np.repeat(
            np.arange(a, b + 1, dtype=np.int32), reach
        )
    return grid, shift


def expected(
    risk: RiskSet,
    row: Index,
    index: Index,
    amount: Amounts | None = None,
    *,
    scale: Scale = "log",
    confidence: float = 0.95,
    drawn: bool | None = None,
    known: tuple[float, Floats] | None = None,
) -> Estimate:
    """The expected number of marks (or sum of amounts) per matter within the horizon of arrival.

    μ(h) = Σ_{u ≤ h} S(u−) dN(u) ÷ Y(u), with S the Kaplan–Meier survival of not having ended, N
    the marks of all matters, Y the number at risk. `row` i32[m] is the matter of each mark, `index`
    i32[m] its slot (`RiskSet.index`), `amount` [m] what it counts (default 1). Where no matter is
    known to end (`ended` all false) it is the mean cumulative function.
    The interval is symmetric on `scale`; its standard error comes from influence functions from
    `LARGE` matters on, below that from the draws of the case bootstrap (`drawn` overrides).
    `known`: what `influence` gives for these marks, where it has been worked out.
    Source: Ghosh and Lin 2000, Biometrics 56, 554–562.
    """
    if not risk.reached:
        return unreached(UNREACHED, ORIGIN)
    value, psi = influence(risk, row, index, amount) if known is None else known
    se = math.sqrt(float((psi * psi).sum()))
    note = risk_note(risk)
    if value == 0:
        if amount is not None:
            note = "; ".join(n for n in (note, "nothing seen, so no upper bound of an amount") if n)
            return Estimate(0.0, 0.0, None, None, "not_reached", note, ORIGIN)
        # Nothing seen: the exact Poisson bound of the least observed slot.
        high = -math.log((1 - confidence) / 2) * float(risk.weight.max())
        return Estimate(0.0, 0.0, high, None, "ok", note, ORIGIN)
    if risk.n < 2:
        note = "; ".join(n for n in (note, "one matter gives no interval") if n)
        return Estimate(value, None, None, None, "not_reached", note, ORIGIN)
    if drawn is None:
        drawn = risk.n < LARGE
    if not drawn or se == 0:
        low, high = interval(value, se, scale if value > 0 else "plain", confidence)
        return Estimate(value, low, high, se, "ok", note, ORIGIN)
    totals = risk.resampled.totals(row, index, amount)
    se, low, high = drawn_interval(value, totals, scale if value > 0 else "plain", confidence)
    return Estimate(value, low, high, se, "ok", note, DRAWN, risk.seed)


def risk_note(risk: RiskSet) -> str:
    """What a reader has to know about late entry and matters out of sight."""
    notes = []
    if risk.starts_at:
        notes.append(
            f"late entry: counted from {risk.starts_at / 86_400e6:.1f} days after arrival on"
        )
    if risk.unseen > 0.001:
        notes.append(f"{risk.unseen:.1%} of the matters go out of sight before the horizon")
    return "; ".join(notes)


def influence(
    risk: RiskSet, row: Index, index: Index, amount: Amounts | None = None
) -> tuple[float, Floats]:
    """The expected number and each matter's influence on it, f64[n] (already divided by n).

    ψ_i = A_i − ∫ Y_i w dN ÷ Y − ∫ R(t) (dE_i − Y_i dE ÷ Y) ÷ (Y − dE), where A_i are the
    weighted marks of matter i and R(t) what is still to come after t. The sum of squares is the
    variance; influences of two figures of the same cohort give their covariance.
    """
    slots, rows = len(risk.times), len(risk.leave)
    own, per_slot = np.zeros(rows), np.zeros(slots + 1)
    for low in range(0, len(row), CHUNK):
        part = slice(low, low + CHUNK)
        at = index[part].astype(np.intp)
        weighted = risk.weight[at]
        if amount is not None:
            weighted = weighted * amount[part]
        np.add.at(own, row[part].astype(np.intp), weighted)
        np.add.at(per_slot, at, weighted)
    per_slot = per_slot[:slots]
    summed = np.cumsum(per_slot)
    value, level = float(summed[-1]), None
    if len(risk.share) > 1:
        ends = summed[risk.first_slot[1:] - 1]
        totals = np.diff(np.concatenate(([0.0], ends)))
        value = float(totals.sum())
        level = np.repeat(ends, np.diff(risk.first_slot))
    table = _outflow(risk, per_slot, summed, value if level is None else level)
    psi = own
    psi -= table.ravel()[risk._place]
    if risk._comes_later:
        psi += table[risk.enter + 1, 0]
    if len(risk.share) > 1:
        means = np.divide(totals, risk.share, out=np.zeros_like(totals), where=risk.share > 0)
        between = (means[risk.stratum] - value) / risk.n
        psi += np.where(risk.leave > risk.enter, between, 0.0)
    return value, psi


def _outflow(risk: RiskSet, per_slot: Floats, summed: Floats, level: float | Floats) -> Floats:
    """What a matter gives up by being at risk until a slot: out of sight, or ended, f64[t + 1, 2].

    The first row is that of a matter that was never at risk. `level`: what `summed` gets to in the
    end, in each slot's stratum.
    """
    per_matter, per_left, hazard = risk._rates
    table = np.zeros((len(summed) + 1, 2))
    for low in range(0, len(summed), CHUNK):
        part = slice(low, min(low + CHUNK, len(summed)))
        jump = (level if isinstance(level, float) else level[part]) - summed[part]
        jump *= per_left[part]
        change = per_slot[part] * per_matter[part]
        change -= hazard[part] * jump
        if low:
            change[0] += table[low, 0]
        np.cumsum(change, out=change)
        rows = table[low + 1 : part.stop + 1]
        rows[:, 0] = change
        np.add(change, jump, out=rows[:, 1])
    return table


def _sums(place: npt.NDArray[np.integer[Any]], weights: npt.NDArray[Any], size: int) -> Floats:
    return np.bincount(place, weights=weights, minlength=size).astype(np.float64, copy=False)


def per_matter(row: Index, amount: Amounts | None, size: int) -> npt.NDArray[Any]:
    """The number of marks of each matter (i64[size]), or the sum of their amounts (f64[size])."""
    if amount is None:
        return np.bincount(row, minlength=size)
    out = np.zeros(size)
    for low in range(0, len(row), CHUNK):
        part = slice(low, low + CHUNK)
        np.add.at(out, row[part].astype(np.intp), amount[part].astype(np.float64))
    return out
