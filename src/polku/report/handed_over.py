"""Who hands over to whom: the matrix of hand-overs between units or agencies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polku.log.eventlog import EventLog
from polku.measure.steps import Steps
from polku.report.names import labels


@dataclass(frozen=True)
class HandOver:
    """Hand-overs from one unit to another: `times`, in `matters`, with the median wait in µs."""

    giver: str
    taker: str
    times: int
    matters: int
    wait: int


@dataclass(frozen=True)
class Matrix:
    """Hand-overs between the busiest units; `level` is what stands on the axes.

    `cells[i][j]` counts hand-overs from `names[i]` to `names[j]`; `pairs` are all, most first;
    `total` counts all hand-overs, `matters` all matters.
    """

    level: str
    names: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    pairs: tuple[HandOver, ...]
    total: int
    matters: int


def hand_overs(log: EventLog, level: str, most: int = 12) -> Matrix | None:
    """Hand-overs between units or agencies by non-concurrent predecessor, never to oneself.

    `level`: "agency" or "unit". Returns `None` when the log has fewer than two of them.
    """
    steps = Steps(log)
    codes = steps.codes(level)
    values = labels(log, level)
    if not steps.m or len(np.unique(codes[codes >= 0])) < 2:
        return None
    giver = steps.of_pred(codes)
    at = np.flatnonzero((giver >= 0) & (codes >= 0) & (giver != codes))
    wait = np.maximum(steps.start[at] - steps.time[steps.pred[at]], 0)
    k = len(values)
    pair = giver[at].astype(np.int64) * k + codes[at]
    found, inverse, times = np.unique(pair, return_inverse=True, return_counts=True)
    by_matter = np.unique(inverse.astype(np.int64) * steps.n + steps.case[at]) // steps.n
    matters = np.bincount(by_matter, minlength=len(found))
    grouped = wait[np.argsort(inverse, kind="stable")]
    bounds = np.concatenate([[0], np.cumsum(times)])
    pairs = [
        HandOver(
            values[int(p) // k],
            values[int(p) % k],
            int(times[i]),
            int(matters[i]),
            int(np.median(grouped[bounds[i] : bounds[i + 1]])),
        )
        for i, p in enumerate(found)
    ]
    busy = np.bincount(giver[at], minlength=k) + np.bincount(codes[at], minlength=k)
    kept = sorted(sorted(range(k), key=lambda i: (-busy[i], values[i]))[:most])
    kept = [i for i in kept if busy[i]]
    counts = {int(p): int(t) for p, t in zip(found, times, strict=True)}
    return Matrix(
        level=level,
        names=tuple(values[i] for i in kept),
        cells=tuple(tuple(counts.get(i * k + j, 0) for j in kept) for i in kept),
        pairs=tuple(sorted(pairs, key=lambda p: (-p.times, p.giver, p.taker))),
        total=len(at),
        matters=steps.n,
    )
