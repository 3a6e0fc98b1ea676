"""Names, types and missing values of the columns of a log."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from polku.errors import MappingError
from polku.log.eventlog import CASE_COLUMNS, EVENT_COLUMNS
from polku.log.mapping import Mapping, nearest
from polku.log.raw import ORDER, PLACE
from polku.log.source import Issue
from polku.log.words import as_text, is_coded, over_words, words_of

PREFIX = "case:"
KEPT = "polku:"
"""Prefix, in Polku's own exports, of columns that keep a name which is otherwise reserved."""
EVENT_ROLES = (
    "case", "activity", "time", "start", "agency", "unit", "resource", "channel", "order",
    "lifecycle", "instance", "contact", "kind", "data_key", "fee",
)  # fmt: skip
_OWN = frozenset({*EVENT_COLUMNS, "data_key", "fee", "scheduled", "suspended"})
_TRUE, _FALSE = ("true", "1", "yes", "t", "y"), ("false", "0", "no", "f", "n")
TYPES = ("int", "float", "bool", "time", "text")


def case_name(column: str) -> str:
    """Name of a case attribute in `EventLog.cases`: without `case:` unless that name is taken.

    >>> case_name("case:channel"), case_name("case:end"), case_name("end")
    ('channel', 'case:end', 'case:end')
    """
    bare = column.removeprefix(PREFIX)
    return PREFIX + bare if bare in CASE_COLUMNS else bare


def event_name(column: str) -> str:
    """Name of a further event column in `EventLog.events`."""
    if column.startswith(KEPT):
        return column.removeprefix(KEPT)
    bare = "source_file" if column == "@file" else column
    return f"event:{bare}" if bare in _OWN else bare


def find(name: str, columns: Iterable[str], place: str) -> str:
    """The column that a mapping names; `case:` may be left out of its name.

    Raises `MappingError` with the nearest name when there is none.
    """
    columns = list(columns)
    if name in columns:
        return name
    if PREFIX + name in columns:
        return PREFIX + name
    bare = name.removeprefix(PREFIX)
    if bare in columns:
        return bare
    suggestion = nearest(name, [c for c in columns if not c.startswith("@")])
    raise MappingError(f"{place} names column {name!r}, which is not there; {suggestion}")


def event_roles(mapping: Mapping, columns: Iterable[str], place: str) -> dict[str, str]:
    """role → column, for the roles that `[columns]` gives."""
    out = {}
    for role in EVENT_ROLES:
        name = getattr(mapping.columns, role)
        if name is not None:
            out[role] = find(name, columns, f"{place}: [columns] {role}")
    return out


def case_roles(mapping: Mapping, columns: Iterable[str], place: str) -> dict[str, str]:
    """role → column, for what `[cases]`, `[closed]` and `[outcome]` name."""
    named = {
        f"cases.{role}": getattr(mapping.cases, role)
        for role in (
            "arrival",
            "due",
            "promise_days",
            "promise_from_days",
            "entry",
            "kind",
            "customer",
        )
    }
    named |= {
        "closed.column": mapping.closed.column,
        "closed.end": mapping.closed.end,
        "outcome.column": mapping.outcome.column,
    }
    out = {}
    for role, name in named.items():
        if name is not None:
            section, key = role.split(".")
            out[role] = find(name, columns, f"{place}: [{section}] {key}")
    return out


def case_attributes(
    mapping: Mapping, columns: Iterable[str], roles: dict[str, str], place: str
) -> list[str]:
    """Columns that describe the matter, sorted by their final name."""
    columns = list(columns)
    found = {c for c in columns if c.startswith(PREFIX)}
    for key in ("segments", "attributes"):
        for name in getattr(mapping.cases, key):
            found.add(find(name, columns, f"{place}: [cases] {key}"))
    for key in ("csat", "ces", "nps", "staff"):
        if (name := getattr(mapping.survey, key)) is not None:
            found.add(find(name, columns, f"{place}: [survey] {key}"))
    found |= set(case_roles(mapping, columns, place).values())
    # beside `case:X` a column X tells something of the event, even where it never changes
    found -= {c.removeprefix(PREFIX) for c in found if c.startswith(PREFIX)}
    found -= {c for role, c in roles.items() if role in ("case", "activity", "time", "start")}
    found -= {c for c in found if c.startswith(PREFIX + KEPT)}
    return sorted(found, key=case_name)


def further(columns: Iterable[str], roles: dict[str, str], of_cases: Iterable[str]) -> list[str]:
    """Event columns that have no role, sorted by their final name."""
    taken = {c for role, c in roles.items() if role != "instance"} | set(of_cases)
    taken |= {ORDER, PLACE, KEPT + "instance"}
    rest = [c for c in columns if c not in taken and not c.startswith(PREFIX + KEPT)]
    return sorted(rest, key=event_name)


def without_none(rows: pl.DataFrame, mapping: Mapping, keep: Iterable[str]) -> pl.DataFrame:
    """The rows with the values that mean "none" (`[none]`) as nulls; columns in `keep` stay."""
    kept = set(keep)
    expressions = []
    for column, dtype in rows.schema.items():
        if column in kept or column in (ORDER, PLACE):
            continue
        values = [*mapping.none.values]
        for name in (column, column.removeprefix(PREFIX)):
            values += mapping.none.columns.get(name, ())
        if _has_empty(rows[column]):
            values.append("")  # an empty text is no value
        if not values:
            continue
        typed = _as_type(values, dtype)
        if typed.len():
            expressions.append(
                pl.when(pl.col(column).is_in(typed.to_list())).then(None)
                .otherwise(pl.col(column)).alias(column)
            )  # fmt: skip
    return rows.with_columns(expressions) if expressions else rows


def _has_empty(column: pl.Series) -> bool:
    if is_coded(column):
        return "" in words_of(column)
    return column.dtype == pl.String and bool((column == "").any())


def _as_type(values: list[str], dtype: pl.DataType) -> pl.Series:
    """The values as the column's type; those that are none of that type are left out."""
    text = pl.Series(values, dtype=pl.String).unique().sort()
    if dtype == pl.Datetime:
        moments = text.str.to_datetime(
            "%+", time_unit="us", time_zone="UTC", strict=False
        ).drop_nulls()
        return moments if getattr(dtype, "time_zone", None) else moments.dt.replace_time_zone(None)
    if dtype == pl.String or dtype in (pl.Categorical, pl.Enum):
        return text
    return text.cast(dtype, strict=False).drop_nulls()


def typed(rows: pl.DataFrame, mapping: Mapping, place: str) -> tuple[pl.DataFrame, list[Issue]]:
    """Give text columns the types that the mapping names; values that do not fit become null.

    Raises `MappingError` for an unknown type or column.
    """
    issues: list[Issue] = []
    for name, kind in sorted(mapping.types.items()):
        if kind not in TYPES:
            raise MappingError(
                f"{place}: [types] {name} is {kind!r}; use one of {', '.join(TYPES)}"
            )
        column = find(name, rows.columns, f"{place}: [types]")
        before = rows[column]
        if before.dtype != pl.String and not is_coded(before):
            continue
        after = _cast(before, kind, mapping)
        filled = over_words(before, lambda texts: texts.str.strip_chars() != "")
        lost = before.is_not_null() & after.is_null() & filled
        if lost.any():
            issues.append(
                Issue(
                    "unreadable_value", int(lost.sum()),
                    f"values of {column!r} that are no {kind} count as missing",
                    places(rows, lost), dropped=False,
                )
            )  # fmt: skip
        rows = rows.with_columns(after.alias(column))
    return rows, issues


def _cast(column: pl.Series, kind: str, mapping: Mapping) -> pl.Series:
    if kind == "time":
        from polku.log.times import read_times

        return read_times(as_text(column), mapping.time).values
    return over_words(column, lambda texts: _cast_texts(texts, kind))


def _cast_texts(column: pl.Series, kind: str) -> pl.Series:
    if kind == "int":
        return column.str.strip_chars().cast(pl.Int64, strict=False)
    if kind == "float":
        text = column.str.strip_chars()
        comma = text.str.contains(",", literal=True) & ~text.str.contains(".", literal=True)
        point = text.str.replace(",", ".", literal=True)
        return text.zip_with(~comma.fill_null(False), point).cast(pl.Float64, strict=False)
    if kind == "bool":
        table = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
        return column.str.to_lowercase().replace_strict(
            table, default=None, return_dtype=pl.Boolean
        )
    return column


def places(rows: pl.DataFrame, where: pl.Series) -> tuple[str, ...]:
    """Up to ten rows by their number in the file (or by their position here)."""
    if PLACE in rows.columns:
        numbers = rows.filter(where)[PLACE].sort().head(10).to_list()
    else:
        numbers = [int(i) + 1 for i in where.arg_true().head(10).to_list()]
    return tuple(f"row {n}" for n in numbers)
