"""The most common ways: the variants of a log, told in a few words each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from polku.measure.steps import Steps
from polku.measure.variants import variant_table, variants
from polku.report.names import named

FEWEST = 5
"""matters below which a way is not told"""


@dataclass(frozen=True)
class Way:
    """One variant: `matters` that went it, `share` of all, its steps, `half` days within which
    half of them end (null where that is not reached).

    `steps` holds each step with how often it comes in a row; `length` counts all steps.
    """

    matters: int
    share: float
    steps: tuple[tuple[str, int], ...]
    length: int
    half: float | None


@dataclass(frozen=True)
class Ways:
    """The most common ways, how many there are, and the share of matters on a way of their own."""

    ways: tuple[Way, ...]
    variants: int
    alone: float


def common_ways(steps: Steps, most: int = 10) -> Ways:
    """The `most` common variants of a log; those of fewer than 5 matters are not told."""
    names = named(steps, "activity")
    ways = tuple(
        Way(
            matters=row["matters"],
            share=row["share"],
            steps=tuple((names[a], len(list(run))) for a, run in groupby(row["activities"])),
            length=row["steps"],
            half=row["p50_days"],
        )
        for row in variant_table(steps, top=most).iter_rows(named=True)
        if row["matters"] >= FEWEST
    )
    found = variants(steps)
    alone = int((found.count == 1).sum()) / steps.n if steps.n else 0.0
    return Ways(ways, len(found), alone)
