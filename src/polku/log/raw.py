"""What a reader hands on: a table of rows as the format has them, before any mapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from polku.log.source import Assumption, Issue, SourceFile

if TYPE_CHECKING:
    import polars as pl

    from polku.log.mapping import Guess, Mapping

ORDER = "@order"
"""Column with the log's own order of the events within a case (u32), where the format has one."""
PLACE = "@place"
"""Column with the row's number in its file (u32, 1 = first data row), for messages only."""


@dataclass(frozen=True)
class RawTable:
    """Rows as read, one per event row.

    `rows`: column names as in the file; ids and codes stay strings ("007", "NA", "" are kept as
    they are; a missing value is null); columns that the format types as times are
    `Datetime("us", "UTC")`; those without a zone stay `Datetime("us")` or strings. Attributes of
    a case (XES trace attributes, OCEL objects) are columns with the prefix `case:`.
    `roles`: mapping key ("case", "activity", "time", "start", "unit", "resource", "lifecycle" …,
    the keys of `Mapping.columns`) → column, where the *format* defines it (XES standard
    extensions, the contact diary, Polku's own exports); the rest is guessed by name and content.
    `ordered`: the column `@order` holds the log's own order.
    `mapping`: a complete mapping that came with the file (an export of Polku's), if any.
    `guesses`, `assumptions`: what the reader itself had to guess or assume (the object type that
    makes the cases), for the mapping's `guesses` and the source's `assumptions`.
    """

    rows: pl.DataFrame
    files: tuple[SourceFile, ...]
    format: str
    roles: dict[str, str] = field(default_factory=dict)
    ordered: bool = False
    issues: tuple[Issue, ...] = ()
    mapping: Mapping | None = None
    guesses: tuple[Guess, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
