"""Checks that all readers of typed tables (Parquet, Excel, databases) share."""

from __future__ import annotations

import polars as pl

from polku.errors import LogError
from polku.log.raw import PLACE
from polku.log.readers.records import MAX_COLUMNS


def checked(rows: pl.DataFrame, place: str, first: int = 1) -> pl.DataFrame:
    """The table in the raw form: text for categories, UTC for times with a zone, `@place`.

    `first`: number of the first row. Raises `LogError` for nested or binary columns, by name, and
    for too many columns.
    """
    if rows.width > MAX_COLUMNS:
        raise LogError(
            f"{place}: has {rows.width:,} columns, more than {MAX_COLUMNS:,}; export the log with "
            "one event per row"
        )
    return rows.with_columns(
        *(_plain(rows[name], place) for name in rows.columns if name != PLACE),
        pl.int_range(first, first + rows.height, dtype=pl.UInt32, eager=True).alias(PLACE),
    )


def _plain(column: pl.Series, place: str) -> pl.Series:
    dtype = column.dtype
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        raise LogError(
            f"{place}: column {column.name!r} holds {dtype}, not one value per row; leave it out "
            "or unnest it"
        )
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            return column.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC"))
        return column.cast(pl.Datetime("us"))
    if isinstance(dtype, pl.Decimal):
        return column.cast(pl.Float64)
    if dtype in (pl.Duration, pl.Time):
        return column.cast(pl.String) if dtype == pl.Time else column.dt.total_microseconds()
    return column


def not_empty(rows: pl.DataFrame, place: str) -> pl.DataFrame:
    """The table itself. Raises `LogError` when it has no rows."""
    if rows.height == 0:
        raise LogError(f"{place}: has no rows; check the export or the query")
    return rows
