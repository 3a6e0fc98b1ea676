"""Edges: what follows what, between activities and between units, with counts and times."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.measure.facts import Ints, Rows
from polku.measure.side_by_side import PIECE, pieces
from polku.measure.steps import Steps

Places: TypeAlias = npt.NDArray[np.integer[Any]]
_QUANTILES = (("gap_p50", 0.5), ("gap_p80", 0.8), ("gap_p90", 0.9))
_SCHEMA = {
    "source": pl.String, "target": pl.String, "count": pl.Int64, "matters": pl.Int64,
    "open_share": pl.Float64, "gap_p50": pl.Int64, "gap_p80": pl.Int64, "gap_p90": pl.Int64,
}  # fmt: skip


def directly_follows(steps: Steps, column: str = "activity") -> pl.DataFrame:
    """Which value of `column` directly follows which, by (completion, order).

    One row per edge, the most frequent first, then by names: source, target, count (times),
    matters (distinct), open_share (share of the times that belong to open matters), gap_p50,
    gap_p80, gap_p90 (µs from the completion of the one to the start of the other, at least 0;
    quantile q = least gap that a share q does not exceed). Instances without a value have no
    edges. For units, an edge from a unit to itself is two steps of that unit in a row.
    """
    codes = steps.codes(column)
    at = np.flatnonzero(steps.before >= 0).astype(np.int32)
    source = at - np.int32(1)
    if codes.min(initial=0) < 0:
        both = (codes[at] >= 0) & (codes[source] >= 0)
        at, source = at[both], source[both]
    return _table(steps, column, source, at)


def follow_counts(steps: Steps, column: str = "activity") -> pl.DataFrame:
    """How often each value of `column` directly follows each, as `directly_follows`, counts only.

    Columns: source, target, count; the most frequent first, then by names.
    """
    names, codes = steps.categories(column), steps.codes(column)
    width = len(names) + 1  # the last stands for "none"
    counts = np.zeros(width * width, dtype=np.int64)
    for part in pieces(max(steps.m - 1, 0)):
        here, next_ = part, slice(part.start + 1, part.stop + 1)
        key = codes[here].astype(np.int64)
        key[key < 0] = width - 1
        key *= width
        key += codes[next_]
        key[(codes[next_] < 0) | (steps.case[here] != steps.case[next_])] = len(counts) - 1
        if width < PIECE >> 8:
            counts += np.bincount(key, minlength=len(counts))
        else:
            np.add.at(counts, key, 1)
    table = counts.reshape(width, width)[:-1, :-1]
    source, target = np.nonzero(table)
    frame = pl.DataFrame(
        {
            "source": [names[k] for k in source.tolist()],
            "target": [names[k] for k in target.tolist()],
            "count": table[source, target],
        },
        schema={name: _SCHEMA[name] for name in ("source", "target", "count")},
    )
    return frame.sort(
        ["count", "source", "target"], descending=[True, False, False], maintain_order=True
    )


def hand_over_edges(steps: Steps, column: str = "agency") -> pl.DataFrame:
    """Hand-overs between agencies or units, by the non-concurrent predecessor.

    The same columns as `directly_follows`; their counts sum to the number of hand-overs.
    """
    at = np.flatnonzero(steps.handed_over(column)).astype(np.int32)
    return _table(steps, column, steps.giver(column)[at], at)


def _table(steps: Steps, column: str, source: Rows, target: Rows) -> pl.DataFrame:
    """One row per pair of values of the given pairs of instances."""
    names = steps.categories(column)
    if not len(target):
        return pl.DataFrame(schema=_SCHEMA)
    codes = steps.codes(column)
    width = len(names)
    key: Places = codes[source] * np.int32(width) + codes[target]
    if width * width > np.iinfo(np.int32).max:
        key = codes[source].astype(np.int64) * width + codes[target]
    narrow = key.astype(np.uint16) if width * width <= 65536 else key
    order = np.argsort(narrow, kind="stable")  # radix sort where keys are narrow
    key = key[order]
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    last = np.append(first[1:], len(key))
    case = steps.case[target[order]]
    new = np.append(True, (case[1:] != case[:-1]) | (key[1:] != key[:-1]))
    gap = np.maximum(steps.start[target] - steps.time[source], 0)[order]
    count = last - first
    frame = pl.DataFrame(
        {
            "source": [names[k // width] for k in key[first].tolist()],
            "target": [names[k % width] for k in key[first].tolist()],
            "count": count.astype(np.int64),
            "matters": np.add.reduceat(new.astype(np.int64), first),
            "open_share": np.add.reduceat((~steps.ended[case]).astype(np.int64), first) / count,
            **quantiles(gap, first, last),
        },
        schema=_SCHEMA,
    )
    return frame.sort(
        ["count", "source", "target"], descending=[True, False, False], maintain_order=True
    )


def quantiles(values: Ints, first: Places, last: Places) -> dict[str, Ints]:
    """P50, P80 and P90 of each stretch of `values`: the least value a share q does not exceed."""
    out = {name: np.zeros(len(first), dtype=np.int64) for name, _ in _QUANTILES}
    for k, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        ranks = [max(int(np.ceil(q * (b - a))) - 1, 0) for _, q in _QUANTILES]
        found = np.partition(values[a:b], ranks)
        for (name, _), rank in zip(_QUANTILES, ranks, strict=True):
            out[name][k] = found[rank]
    return out


def matrix(edges: pl.DataFrame, value: str = "count") -> tuple[list[str], npt.NDArray[np.int64]]:
    """Edges as a square matrix: names (sorted), and i64[k, k] with sources as rows."""
    names = sorted(set(edges["source"]) | set(edges["target"]))
    place = {name: k for k, name in enumerate(names)}
    out = np.zeros((len(names), len(names)), dtype=np.int64)
    for source, target, x in edges.select("source", "target", value).iter_rows():
        out[place[source], place[target]] = x
    return names, out


def terminals(steps: Steps, column: str = "activity") -> pl.DataFrame:
    """How often a matter begins, ends or stands still with each value of `column`.

    Columns: value, starts (matters whose first instance it is), ends (closed matters whose last
    instance it is), standing (open matters whose last instance so far it is); by starts, then name.
    """
    names = steps.categories(column)
    codes = steps.codes(column)
    some = np.flatnonzero(np.diff(steps.offsets) > 0)
    first, last = steps.offsets[:-1][some], steps.offsets[1:][some] - 1
    ended = steps.ended[some]

    def counted(at: Ints) -> Ints:
        return np.bincount(codes[at] + 1, minlength=len(names) + 1)[1:].astype(np.int64)

    frame = pl.DataFrame(
        {
            "value": names,
            "starts": counted(first),
            "ends": counted(last[ended]),
            "standing": counted(last[~ended]),
        },
        schema={"value": pl.String, "starts": pl.Int64, "ends": pl.Int64, "standing": pl.Int64},
    )
    return frame.filter(
        (pl.col("starts") > 0) | (pl.col("ends") > 0) | (pl.col("standing") > 0)
    ).sort(["starts", "value"], descending=[True, False])
