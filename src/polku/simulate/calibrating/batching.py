"""Work that is done together: the same step, person, start and end in several matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from polku.path.model import Path
from polku.simulate.calibrating.instances import Instances
from polku.simulate.scenario import Batch, Origin, Remark, StepNumbers, fixed

LEAST = 30
"""Instances of a step, and at least a fifth as many batches, before batching is looked for."""
SHARE = 0.5
"""Of the works, those that were done together with others, from which on a step is batched."""
ALIKE = 0.8
"""Of the batches, those of the usual size, from which on the size is what lets them go."""


def batched(
    path: Path, seen: Instances, steps: Mapping[str, StepNumbers]
) -> tuple[dict[str, StepNumbers], list[Remark]]:
    """The steps with batches where the log shows them, and what is said about each.

    A batch is the works of one person at one step that begin and end at the same moments and
    last. Where nearly all have one size, that size lets them go; else the time for which the
    oldest had waited does (the median). Their waiting is no delay then.
    """
    out = dict(steps)
    remarks = []
    for id, numbers in steps.items():
        if numbers.pool is None or id not in seen.steps:
            continue
        rows = seen.of(id)
        rows = rows[seen.timed[rows] & (seen.person[rows] >= 0)]
        rows = rows[seen.end[rows] > seen.start[rows]]
        if len(rows) < LEAST:
            continue
        keys = np.stack([seen.person[rows], seen.start[rows], seen.end[rows]])
        _, which, sizes = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
        which = which.reshape(-1)
        several = np.flatnonzero(sizes > 1)
        if sizes[several].sum() < SHARE * len(rows) or len(several) < LEAST / 5:
            continue
        oldest = np.full(len(sizes), np.iinfo(np.int64).max)
        np.minimum.at(oldest, which, seen.enabled[rows])
        began = np.zeros(len(sizes), np.int64)
        began[which] = seen.start[rows]
        usual = int(np.bincount(sizes).argmax())
        origin = Origin("measured", len(sizes))
        if usual > 1 and (sizes == usual).mean() >= ALIKE:
            batch = Batch(size=usual, origin=origin)
            how = f"{usual} at a time"
        else:
            waited = float(np.median((began - oldest)[several])) / 3.6e9
            batch = Batch(max_wait=fixed(max(waited, 0.0), "hours"), origin=origin)
            how = f"when the oldest has waited for {waited:.3g} hours (the median; inferred)"
        out[id] = replace(numbers, batch=batch, delay=None)
        share = sizes[several].sum() / len(rows)
        remarks.append(
            Remark(
                id,
                f"{share:.0%} of the works at {path.node(id).name or id!r} were done together with "
                f"others: taken as batches, {how}",
            )
        )
    return out, remarks
