"""Times in which nothing of a log can have happened: they stand for "none" or "for ever"."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from polku.log.source import Issue

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Bounds of what is taken for a time; fixed, so that a log reads the same on any day."""
PLACES = 10


def without_implausible(
    moments: pl.Series, rows: pl.Series | None = None
) -> tuple[pl.Series, Issue | None]:
    """The moments with null for those before 1900 or from 2200 on, and how many these were.

    `moments`: `Datetime("us", "UTC")`; `rows`: the rows' numbers in their file, for the places.

    >>> odd, good = datetime(9999, 12, 31, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
    >>> found, issue = without_implausible(pl.Series("end", [odd, good]))
    >>> found.null_count(), issue.count, issue.places
    (1, 1, ('row 1: 9999-12-31',))
    """
    first, last = moments.min(), moments.max()
    if first is None or (first >= EARLIEST and last < LATEST):  # type: ignore[operator]
        return moments, None
    odd = ((moments < EARLIEST) | (moments >= LATEST)).fill_null(False)
    at = odd.arg_true().head(PLACES)
    numbers = (at + 1 if rows is None else rows.gather(at)).to_list()
    days = moments.gather(at).dt.strftime("%Y-%m-%d").to_list()
    issue = Issue(
        "implausible_time", int(odd.sum()),
        f"a time in {moments.name!r} before 1900 or after 2199 was taken as missing",
        tuple(f"row {n}: {d}" for n, d in zip(numbers, days, strict=True)), dropped=False,
    )  # fmt: skip
    return moments.set(odd, None), issue
