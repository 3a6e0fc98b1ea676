"""A bounded part of a log from which its mapping is guessed, the same whatever the rows' order."""

from __future__ import annotations

import polars as pl

from polku.log.build import canonical_ids

MATTERS = 20_000
"""Matters that a guess looks at: those with the smallest hashes of their ids."""


def sample_ids(ids: pl.Series, matters: int = MATTERS) -> pl.Series:
    """The first ids in canonical order, at most `matters` of them.

    >>> sample_ids(pl.Series(["b", "a", "b", None]), matters=1).len()
    1
    """
    return canonical_ids(ids.cast(pl.String)).head(matters)


def sample_rows(rows: pl.DataFrame, case: str, matters: int = MATTERS) -> pl.DataFrame:
    """All rows of at most `matters` whole matters, chosen by the hashes of their ids."""
    ids = rows[case].cast(pl.String)
    if ids.n_unique() <= matters:
        return rows
    return rows.filter(ids.is_in(sample_ids(ids, matters).to_list()))
