"""The log-rank test of each of many groups against all the others, in one pass."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polku.measure.facts import Bools, Ints
from polku.measure.survival import log_rank
from polku.measure.testing import chi2_tail


def each_against_rest(
    elapsed: Ints,
    ended: Bools,
    group: npt.NDArray[np.int32],
    groups: int,
    strata: npt.NDArray[np.int32] | None = None,
    entry: Ints | None = None,
) -> list[float | None]:
    """The p of the log-rank test of each group against the rest, stratified if asked.

    `elapsed` i64[n] µs in ascending order, `ended` bool[n], `group` i32[n] (-1 = outside),
    `strata` i32[n], `entry` i64[n] as in `kaplan_meier`. Null where there is nothing to compare.

    With H the cumulative hazard of all matters, the expected ends of a group are the sum of H at
    its matters' times; with G(t) = Σ f ÷ Y² (f the hypergeometric factor), Σ f (Y_s ÷ Y)² is the
    sum of G(min) over the group's pairs of matters. So all groups are done in O(n).

    >>> t, e = np.array([1, 2, 3, 4, 5, 6]), np.ones(6, dtype=bool)
    >>> [round(p, 4) for p in each_against_rest(t, e, np.array([0, 0, 0, 1, 1, 1], np.int32), 2)]
    [0.0246, 0.0246]
    """
    inside = group >= 0
    if entry is not None and bool((entry[inside] > 0).any()):
        return [
            log_rank(
                elapsed[inside], ended[inside], group[inside] == s,
                None if strata is None else strata[inside], entry[inside],
            ).p
            for s in range(groups)
        ]  # fmt: skip
    score, variance = np.zeros(groups), np.zeros(groups)
    layers = [inside] if strata is None else [inside & (strata == k) for k in np.unique(strata)]
    for layer in layers:
        if layer.any():
            u, v = _scores(elapsed[layer], ended[layer], group[layer], groups)
            score += u
            variance += v
    floor = 1e-9 * max(1.0, float(variance.max(initial=0.0)))
    return [
        chi2_tail(float(u * u / v), 1) if v > floor else None
        for u, v in zip(score, variance, strict=True)
    ]


def _scores(
    elapsed: Ints, ended: Bools, group: npt.NDArray[np.int32], groups: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    n = len(elapsed)
    new = np.concatenate(([True], elapsed[1:] != elapsed[:-1]))
    first = np.flatnonzero(new)
    y = (n - first).astype(np.float64)
    d = np.add.reduceat(ended.astype(np.float64), first)
    factor = d * (y - d) / np.maximum(y - 1, 1)
    slot = np.cumsum(new) - 1
    hazard, linear, square = (np.cumsum(x)[slot] for x in (d / y, factor / y, factor / y**2))
    # How many matters of the same group come later: twice that and itself are the pairs.
    order = np.argsort(group.astype(np.int16) if groups < 2**15 else group, kind="stable")
    size = np.bincount(group, minlength=groups)
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n) - np.repeat(np.cumsum(size) - size, size)
    pairs = 2 * (size[group] - 1 - place) + 1
    score = np.bincount(group, weights=ended - hazard, minlength=groups)
    variance = np.bincount(group, weights=linear - square * pairs, minlength=groups)
    return score.astype(np.float64), np.maximum(variance, 0.0).astype(np.float64)
