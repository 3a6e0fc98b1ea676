"""Columns of few distinct texts as categories: what is done to a text is done once for each word.

Such a column is an `Enum` whose categories are sorted, so it sorts and compares like its texts; it
may have categories that occur in no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl


def is_coded(column: pl.Series) -> bool:
    """Whether the column holds categories and not texts."""
    return isinstance(column.dtype, pl.Enum)


def words_of(column: pl.Series) -> pl.Series:
    """The categories of a coded column, sorted."""
    assert isinstance(column.dtype, pl.Enum)
    return pl.Series(column.name, column.dtype.categories, dtype=pl.String)


def over_words(column: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What `change` makes of a column of texts; of a coded one it is asked once for each word.

    `change` must make of every text what it would make of it alone. A null is null.

    >>> over_words(pl.Series("a", ["x", None], pl.Enum(["x", "y"])), lambda t: t + "!").to_list()
    ['x!', None]
    """
    if not is_coded(column):
        return change(column)
    changed = change(words_of(column))
    if not changed.len():
        return pl.Series(column.name, [None], changed.dtype).new_from_index(0, column.len())
    return changed.gather(column.to_physical()).alias(column.name)


def present(column: pl.Series) -> list[str]:
    """The distinct texts of a column of texts or categories, sorted."""
    if not is_coded(column):
        return column.drop_nulls().unique().cast(pl.String).sort().to_list()
    return words_of(column).gather(column.to_physical().drop_nulls().unique().sort()).to_list()


def with_codes(rows: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """The rows with these columns of text as categories; columns of other types stay."""
    chosen = [c for c in columns if rows.schema.get(c) == pl.String]
    if not chosen:
        return rows
    found = rows.lazy().select(pl.col(chosen).unique().drop_nulls().sort().implode()).collect()
    return rows.with_columns(pl.col(c).cast(pl.Enum(found[c][0])) for c in chosen)


def as_text(column: pl.Series) -> pl.Series:
    """The column with texts in the place of categories."""
    return column.cast(pl.String) if column.dtype in (pl.Enum, pl.Categorical) else column


def ranked(ids: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Distinct texts by first appearance, and each row's position among them (u32, null = null)."""
    kind = pl.Categorical(pl.Categories.random())
    coded = ids.cast(kind)  # Polars forgets the words when the last such column goes
    codes = coded.to_physical().cast(pl.UInt32)
    highest = codes.max()
    count = highest + 1 if isinstance(highest, int) else 0
    words = pl.int_range(count, dtype=pl.UInt32, eager=True).cat.to(kind).cast(pl.String)
    return words.alias(ids.name), codes


def recoded(column: pl.Series, categories: list[str]) -> pl.Series:
    """The coded column with other sorted categories, among which all its texts are."""
    place = {c: i for i, c in enumerate(categories)}
    codes = pl.Series([place.get(c) for c in words_of(column)], dtype=pl.UInt32)
    kind = pl.Enum(categories)
    if not codes.len():
        return pl.Series(column.name, [None], kind).new_from_index(0, column.len())
    found = codes.gather(column.to_physical()).cast(code_type(len(categories)))
    return found.cat.to(kind).alias(column.name)


def code_type(categories: int) -> pl.DataType:
    """The smallest unsigned type that holds the codes of so many categories."""
    # Polars itself uses the same widths, so that codes become categories without a copy.
    if categories < 2**8:
        return pl.UInt8()
    return pl.UInt16() if categories < 2**16 else pl.UInt32()
