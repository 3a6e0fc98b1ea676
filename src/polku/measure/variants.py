"""Variants: the ways that matters took, each a sequence of activities in (completion, order)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.measure.facts import Ints, Rows
from polku.measure.side_by_side import pieces
from polku.measure.steps import Steps
from polku.measure.survival import kaplan_meier

DAY = 86_400_000_000


@dataclass(frozen=True)
class Variants:
    """The variants of a log, the most frequent first.

    Equally frequent ones stand in the order of their first matter in canonical order.
    `of_matter` i32[n]: number of each matter's variant; `count` i64[v] matters; `first` i32[v]:
    row of a matter that went that way.
    """

    of_matter: Rows
    count: Ints
    first: Rows

    def __len__(self) -> int:
        return len(self.count)


def variants(steps: Steps) -> Variants:
    """Group the matters by the sequence of their activities (kept with the steps).

    Sequences are compared by a 64-bit hash first; equal hashes are then compared step by step, so
    a collision cannot join two ways.

    >>> from polku.measure.steps import Steps
    >>> variants(Steps(log)).count[:3]  # doctest: +SKIP
    array([713, 123, 116])
    """
    return steps.once("variants", _variants)


def _variants(steps: Steps) -> Variants:
    codes = steps.codes("activity")
    length = np.diff(steps.offsets)
    salt = 0
    while True:
        digest = _digests(steps, codes, salt)
        first, group = _alike(digest, salt)
        model = first[group]
        if (length == length[model]).all():
            # where each instance's counterpart stands in the first matter with the same hash
            shift = steps.offsets[:-1][model] - steps.offsets[:-1]
            if _same(codes, steps.case, shift):
                break
        salt += 1
    count = np.bincount(group, minlength=len(first)).astype(np.int64)
    order = np.lexsort((first, -count))
    number = np.empty(len(first), dtype=np.int32)
    number[order] = np.arange(len(first), dtype=np.int32)
    return Variants(number[group], count[order], first[order].astype(np.int32))


def _same(codes: npt.NDArray[np.int32], case: Rows, shift: Ints) -> bool:
    for part in pieces(len(codes)):
        here = np.arange(part.start, part.stop)
        if not np.array_equal(codes[here + shift[case[part]]], codes[part]):
            return False
    return True


def _alike(digest: npt.NDArray[np.uint64], salt: int) -> tuple[Ints, Ints]:
    """The first matter of each distinct hash, and the number of each matter's hash."""
    n = len(digest)
    bits = np.uint64(n.bit_length())
    if salt or n == 0 or 3 * int(bits) > 64:
        _, first, group = np.unique(digest, return_index=True, return_inverse=True)
        return first.astype(np.int64), group.astype(np.int64)
    # most of the hash and the matter in one number: plain numbers sort several times faster than
    # their order, and a collision is found out as any other
    packed = ((digest >> bits) << bits) | np.arange(n, dtype=np.uint64)
    packed.sort()
    row = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    packed >>= bits
    new = np.append(True, packed[1:] != packed[:-1])
    group = np.empty(n, dtype=np.int64)
    group[row] = np.cumsum(new) - 1
    return row[new], group


def _digests(steps: Steps, codes: npt.NDArray[np.int32], salt: int) -> npt.NDArray[np.uint64]:
    """A 64-bit hash of each matter's sequence: the sum of mixed (place, activity) pairs."""
    sums = np.zeros(steps.n, dtype=np.uint64)
    for part in pieces(steps.m):
        case = steps.case[part].astype(np.int64)
        at = np.arange(part.start, part.stop, dtype=np.int64)
        place = (at - steps.offsets[case]).astype(np.uint64)
        pair = (place << np.uint64(32)) | (codes[part] + 1).astype(np.uint64)
        np.add.at(sums, case, _mixed(pair + np.uint64(salt * 0x9E3779B9)))
    return sums


def _mixed(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread the bits of each number (the finaliser of SplitMix64; Steele et al. 2014)."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def sequence(steps: Steps, found: Variants, number: int) -> tuple[str, ...]:
    """The activities of one variant, in order."""
    names = steps.categories("activity")
    row = int(found.first[number])
    codes = steps.codes("activity")[steps.offsets[row] : steps.offsets[row + 1]]
    return tuple(names[c] for c in codes)


def variant_table(steps: Steps, top: int | None = 20) -> pl.DataFrame:
    """The most frequent variants.

    Columns: variant (from 1), matters, share of all matters, cumulative share, open (matters that
    have not ended), p50_days, p80_days, p90_days (Kaplan–Meier; null where not reached), steps,
    activities (list, in order). `top` null gives all.
    """
    found = variants(steps)
    shown = len(found) if top is None else min(top, len(found))
    by_variant = np.argsort(found.of_matter, kind="stable")
    edges = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(found.count)])
    rows = []
    for k in range(shown):
        mine = by_variant[edges[k] : edges[k + 1]]
        curve = kaplan_meier(steps.watched[mine], steps.ended[mine])
        days = [curve.quantile(q).value for q in (0.5, 0.8, 0.9)]
        way = sequence(steps, found, k)
        rows.append(
            {
                "variant": k + 1,
                "matters": int(found.count[k]),
                "share": int(found.count[k]) / steps.n,
                "cumulative_share": int(edges[k + 1]) / steps.n,
                "open": int(len(mine) - steps.ended[mine].sum()),
                **{
                    f"{name}_days": None if t is None else t / DAY
                    for name, t in zip(("p50", "p80", "p90"), days, strict=True)
                },
                "steps": len(way),
                "activities": list(way),
            }
        )
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "variant": pl.Int64, "matters": pl.Int64, "share": pl.Float64,
        "cumulative_share": pl.Float64, "open": pl.Int64, "p50_days": pl.Float64,
        "p80_days": pl.Float64, "p90_days": pl.Float64, "steps": pl.Int64,
        "activities": pl.List(pl.String),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)
