"""Hand-overs between lanes, by the rule of the criteria: from the last step that had ended."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polku.simulate.engine.program import Ints


def predecessors(case: Ints, start: Ints, end: Ints) -> Ints:
    """For each step instance the last before it that had ended by its start, i64[m], -1: none.

    All i64[m], in canonical order: by (case, end, start, order).
    """
    m = len(case)
    before = np.arange(-1, m - 1)
    before[np.flatnonzero(np.diff(case, prepend=-1))] = -1
    found = before.copy()
    open_ = np.flatnonzero((found >= 0) & (end[found] > start))
    while len(open_):
        found[open_] = before[found[open_]]
        at = found[open_]
        open_ = open_[(at >= 0) & (end[at] > start[open_])]
    return found


def givers(pred: Ints, lane: Ints) -> Ints:
    """The predecessor, seen through those that stand in no lane (-1), i64[m], -1: none."""
    found = pred.copy()
    lost = np.flatnonzero((found >= 0) & (lane[found] < 0))
    while len(lost):
        found[lost] = pred[found[lost]]
        at = found[lost]
        lost = lost[(at >= 0) & (lane[at] < 0)]
    return found


def handed(
    case: Ints, start: Ints, end: Ints, pred: Ints, lane: Ints, ids: Sequence[str], matters: int
) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Hand-overs by pair of lanes and returns by lane, both per matter.

    Instances in canonical order; `lane`: a position in `ids`, -1: none. A return is a hand-over
    into a lane that had finished a step of the matter by the start of the step.
    """
    giver = givers(pred, lane)
    at = np.flatnonzero((giver >= 0) & (lane >= 0))
    at = at[lane[giver[at]] != lane[at]]
    pairs, n = np.unique(np.stack([lane[giver[at]], lane[at]]), axis=1, return_counts=True)
    between = {
        (ids[a], ids[b]): float(k) / matters
        for a, b, k in zip(*pairs.tolist(), n.tolist(), strict=True)
    }
    cell = case * (len(ids) + 1) + lane + 1
    _, first, which = np.unique(cell, return_index=True, return_inverse=True)
    earliest = first[which.reshape(-1)][at]
    back = at[(earliest != at) & (end[earliest] <= start[at])]
    counts = np.bincount(lane[back], minlength=len(ids))
    returns = {ids[k]: float(n) / matters for k, n in enumerate(counts.tolist()) if n}
    return between, returns
