"""Who hands over to whom: the matrix of hand-overs between units or agencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from polku.measure.edges import hand_over_edges, matrix
from polku.measure.steps import Steps
from polku.report.names import named

Level = Literal["agency", "unit"]


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
    `total` counts all hand-overs, `matters` all matters, `all_names` all that hand over.
    """

    level: Level
    names: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    pairs: tuple[HandOver, ...]
    total: int
    matters: int
    all_names: int


def hand_overs(steps: Steps, level: Level, most: int = 12) -> Matrix | None:
    """The hand-overs that the criteria count, between the `most` busiest units or agencies.

    Returns `None` when the log has fewer than two of them, or no hand-over.
    """
    edges = hand_over_edges(steps, level)
    if not edges.height:
        return None
    shown = named(steps, level)
    names, counts = matrix(edges)
    busy = counts.sum(axis=0) + counts.sum(axis=1)
    kept = np.sort(np.lexsort((names, -busy))[:most])
    return Matrix(
        level=level,
        names=tuple(shown[names[i]] for i in kept),
        cells=tuple(tuple(row) for row in counts[np.ix_(kept, kept)].tolist()),
        pairs=tuple(
            HandOver(shown[e["source"]], shown[e["target"]], e["count"], e["matters"], e["gap_p50"])
            for e in edges.iter_rows(named=True)
        ),
        total=int(counts.sum()),
        matters=steps.n,
        all_names=len(names),
    )
