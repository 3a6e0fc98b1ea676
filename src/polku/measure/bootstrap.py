"""Seeded case bootstrap: matters are drawn again; all figures of a cohort share the draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from polku.measure.estimate import Scale, interval
from polku.measure.survival import Floats

if TYPE_CHECKING:
    from polku.measure.recurrent import Amounts, Index, RiskSet

DRAWS = 2_000
BLOCK = 250
"""Draws worked on at a time, so that the working arrays stay in the processor's cache."""

Counts = npt.NDArray[np.float32]


def case_draws(n: int, draws: int = DRAWS, seed: int = 0) -> Counts:
    """How often each of `n` matters is drawn in each draw of `n` with replacement, f32[n, draws].

    Made from the raw stream of PCG64, which does not change between versions of numpy.
    Whole numbers stay exact in 32 bits.

    >>> case_draws(5, 3).sum(axis=0).tolist()
    [5.0, 5.0, 5.0]
    """
    stream = np.random.PCG64(seed)
    out = np.empty((n, draws), np.float32)
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        raw = stream.random_raw(size * n).reshape(size, n)
        raw >>= np.uint64(32)
        raw *= np.uint64(n)
        raw >>= np.uint64(32)
        drawn = raw.view(np.int64)
        drawn *= size
        drawn += np.arange(size)[:, None]
        out[:, start : start + size] = np.bincount(drawn.ravel(), minlength=n * size).reshape(
            n, size
        )
    return out


@dataclass(frozen=True, eq=False)
class Resampled:
    """A risk set drawn again many times.

    The weight of a mark, S ÷ Y, is constant between the times at which matters go out of sight,
    so slots are joined to groups: `group` i32[t + 1] per slot, `table` f32[g + 1, draws] the
    weight relative to 1 ÷ n, `counts` f32[n, draws].
    """

    n: int
    group: npt.NDArray[np.int32]
    table: npt.NDArray[np.float32]
    counts: Counts

    def totals(self, row: Index, index: Index, amount: Amounts | None = None) -> Floats:
        """The expected number in each draw, f64[draws]; arguments as in `recurrent.expected`."""
        group = self.group[index].astype(np.int64)
        rows = self.counts.shape[0]
        marks, place = np.unique(group * rows + row, return_inverse=True)
        sums = np.bincount(place, weights=amount, minlength=len(marks)).astype(np.float64)
        group, row = marks // rows, (marks % rows).astype(np.int32)
        draws = self.counts.shape[1]
        if not len(marks):
            return np.zeros(draws)
        first = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
        # Amounts of microseconds are brought near 1: 32 bits then hold them well enough.
        scale = float(np.abs(sums).max()) or 1.0
        factor = (sums / scale).astype(np.float32)[:, None]
        out = np.empty(draws)
        plain = bool((factor == factor[0]).all())
        for start in range(0, draws, BLOCK):
            part = slice(start, start + BLOCK)
            drawn = self.counts[row, part] if plain else self.counts[row, part] * factor
            per_group = np.add.reduceat(drawn, first, axis=0)
            per_group *= self.table[group[first], part]
            out[part] = per_group.sum(axis=0, dtype=np.float64)
        return out * (scale * (float(factor[0, 0]) if plain else 1.0) / self.n)


def resample(risk: RiskSet, draws: int | Counts = DRAWS, seed: int = 0) -> Resampled:
    """Draw the matters of a risk set again, each draw with its own at-risk numbers and weights.

    `draws` is their number, or what `case_draws` made for as many matters before.

    Within a group only ends happen, so its product of (1 − d ÷ Y) is (Y − D) ÷ Y with D all its
    ends: the work is done by group, not by slot.
    """
    counts = case_draws(len(risk.leave), draws, seed) if isinstance(draws, int) else draws
    group, first = _groups(risk)
    size = len(first)
    seen = risk.leave > risk.enter
    # Leavers sort by group, ends (even keys) before those out of sight (odd keys).
    leaving = _Sums(np.where(seen, 2 * group[risk.leave] + ~risk.closes, -1), 2 * size)
    coming = _Sums(np.where(seen, group[risk.enter + 1], -1), size)
    bounds = np.searchsorted(first, risk.first_slot)
    count = counts.shape[1]
    table = np.zeros((size + 1, count), np.float32)
    for start in range(0, count, BLOCK):
        part = slice(start, min(start + BLOCK, count))
        drawn = counts[:, part]
        left, came = leaving.of(drawn), coming.of(drawn)
        ended, gone = left[0::2], left[0::2] + left[1::2]
        total = came.sum(axis=0)
        for s in range(len(risk.share)):
            a, b = int(bounds[s]), int(bounds[s + 1])
            change = came[a:b].copy()
            change[1:] -= gone[a : b - 1]
            y = np.cumsum(change, axis=0, dtype=np.float64)
            y[risk.at_risk[first[a:b]] <= 0] = 0
            alive = y > 0
            kept = np.divide(y - ended[a:b], y, out=np.ones_like(y), where=alive)
            before = np.ones_like(y)
            np.cumprod(kept[:-1], axis=0, out=before[1:])
            share = came[a:b].sum(axis=0, dtype=np.float64) * risk.n / np.maximum(total, 1)
            before *= share
            table[a:b, part] = np.divide(before, y, out=np.zeros_like(y), where=alive)
    return Resampled(risk.n, group, table, counts)


def _groups(risk: RiskSet) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Slots joined while the weight does not change: the group of each, and each group's first."""
    slots = len(risk.times)
    changes = np.zeros(slots + 1, np.bool_)
    # A slot begins a group when somebody went out of sight in the one before, or came in.
    censored = np.bincount(risk.leave[~risk.closes] + 1, minlength=slots + 1)
    came = np.bincount(risk.enter + 1, minlength=slots + 1)
    changes[: slots + 1] = (censored[: slots + 1] > 0) | (came[: slots + 1] > 0)
    changes[risk.first_slot] = True
    if not bool((risk.at_risk > 0).all()):
        changes[:] = True
    changes[slots] = True
    group = (np.cumsum(changes) - 1).astype(np.int32)
    return group, np.flatnonzero(changes[:slots])


class _Sums:
    """Sums of the rows of a table by key; rows with key −1 are left out. Exact for counts."""

    def __init__(self, key: npt.NDArray[np.int64], size: int) -> None:
        self.size = size
        order = np.argsort(key, kind="stable")
        self.order = order[int(np.searchsorted(key[order], 0)) :]
        self.key, self.first = np.unique(key[self.order], return_index=True)

    def of(self, table: Counts) -> Counts:
        """The sums, f32[size, columns]."""
        out = np.zeros((self.size, table.shape[1]), np.float32)
        if len(self.order):
            out[self.key] = np.add.reduceat(table[self.order], self.first, axis=0)
        return out


def drawn_interval(
    value: float, totals: Floats, scale: Scale, confidence: float = 0.95
) -> tuple[float, float, float]:
    """The standard error of the drawn figures `totals` f64[draws], and the interval it gives.

    Symmetric on `scale`: with few matters that holds better than the percentiles of the draws.
    """
    se = float(np.std(totals, ddof=1))
    return (se, *interval(value, se, scale, confidence))
