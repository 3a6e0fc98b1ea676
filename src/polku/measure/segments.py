"""Segment columns: which matters are of which segment, and their cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from polku.errors import LogError
from polku.measure.cohort import Cohort
from polku.measure.facts import Bools, Ints
from polku.measure.standardise import LEAST, Cells, kind_codes

if TYPE_CHECKING:
    import polars as pl

MOST_VALUES = 500
"""Values of a column that are measured apart; the time it takes grows with them."""


@dataclass(frozen=True)
class SegmentColumn:
    """One segment column: the segment of each matter (i32[n], -1 outside) and their names."""

    name: str
    values: tuple[str, ...]
    code: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int32] | None
    kinds: int


def segment_values(column: str, values: pl.Series) -> list[str]:
    """The values of a column that matters are measured apart by (text per matter), in order.

    Raises `LogError` where they are so many that the column names single matters or persons.
    """
    found: list[str] = values.unique().sort().to_list()
    if len(found) > MOST_VALUES:
        raise LogError(
            f"--by {column}: has {len(found):,} values, more than {MOST_VALUES}; such a column is "
            "no segment, group its values first"
        )
    return found


def segment_columns(cohort: Cohort) -> list[SegmentColumn]:
    """The segment columns of a cohort's facts; kept for other criteria."""
    cache: list[SegmentColumn] = cohort.__dict__.setdefault("_segment_columns", [])
    if not cache:
        cache.extend(_read_columns(cohort))
    return cache


def _read_columns(cohort: Cohort) -> Iterator[SegmentColumn]:
    import polars as pl

    facts = cohort.facts
    known = kind_codes(facts.matters["kind"])
    for name in facts.segments:
        series = facts.matters[name].fill_null("(none)")
        values = tuple(str(v) for v in series.unique().sort().to_list())
        place = {v: i for i, v in enumerate(values)}
        codes = series.replace_strict(place, return_dtype=pl.Int32())
        code = codes.to_numpy().astype(np.int32, copy=False)  # without matters Polars gives objects
        if cohort.rows is not None:
            inside = np.full(facts.n, -1, dtype=np.int32)
            inside[cohort.rows] = code[cohort.rows]
            code = inside
        # the kind itself is not standardised over the kind: nothing would be left to compare
        same = name == "kind" or facts.matters[name].equals(facts.matters["kind"])
        yield SegmentColumn(
            name,
            values,
            code,
            None if known is None or same else known[0][0],
            0 if known is None or same else len(known[1]),
        )


WATCHED = 10
"""Matters at risk that are enough for a curve at the end of a comparison."""


def segment_cells(
    column: SegmentColumn, cohort: Cohort, horizon: int
) -> tuple[Cells, Cells | None]:
    """Cells by segment and, where kinds are known, by segment × kind; kept for other criteria.

    Segment × kind cells with few matters are joined by kind into one more segment.
    """
    cache: dict[tuple[str, int, int], tuple[Cells, Cells | None]] = cohort.__dict__.setdefault(
        "_segment_cells", {}
    )
    key = (column.name, horizon, int(np.count_nonzero(column.code >= 0)))
    if key in cache and np.array_equal(cache[key][0].code, column.code):
        return cache[key]
    segments, kinds = len(column.values), column.kinds
    plain, by_kind = Cells(cohort.facts, column.code, segments, horizon), None
    if column.kind is not None:
        inside = column.code >= 0
        code = np.where(inside, column.code * np.int32(kinds) + column.kind, -1).astype(np.int32)
        n = np.bincount(code[inside], minlength=segments * kinds)
        few = inside & (n[code] < LEAST)
        code = np.where(few, np.int32(segments * kinds) + column.kind, code).astype(np.int32)
        by_kind = Cells(cohort.facts, code, (segments + 1) * kinds, horizon)
    cache[key] = (plain, by_kind)
    return cache[key]


def segment_horizon(column: SegmentColumn, elapsed: Ints, ended: Bools, most: int) -> int:
    """The longest time to which every segment that is not small can be followed."""
    longest = most
    for s in range(len(column.values)):
        mine = column.code == s
        if np.count_nonzero(mine) >= LEAST:
            longest = min(longest, followed_to(elapsed[mine], ended[mine], most))
    return longest


def followed_to(elapsed: Ints, ended: Bools, most: int) -> int:
    """The longest time, at most `most` µs, to which a group's curve stands on enough matters.

    Up to there a tenth of the group, at least 2 and at most `WATCHED` matters, is at risk, or none
    has gone out of sight unended: a group that has wholly ended is known as long as one likes.
    """
    lost = elapsed[~ended]
    first_lost = int(lost.min()) if len(lost) else most
    need = min(max(len(elapsed) // 10, 2), WATCHED, len(elapsed))
    place = len(elapsed) - need
    return min(most, max(int(np.partition(elapsed, place)[place]), first_lost))
