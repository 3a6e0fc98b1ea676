"""Rows as read → rows with known columns, times and none values; what cannot be used is counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from polku.errors import LogError, MappingError
from polku.log.attributes import (
    case_attributes,
    case_name,
    case_roles,
    event_name,
    event_roles,
    further,
    places,
    typed,
    without_none,
)
from polku.log.mapping import Mapping
from polku.log.plausible import without_implausible
from polku.log.raw import ORDER, PLACE
from polku.log.source import Assumption, Issue
from polku.log.words import as_text, is_coded, over_words

REFUSED_SHARE = 0.05
"""Share of rows without a usable case, activity or time above which a log is refused."""
MOMENT = pl.Datetime("us", "UTC")
_NO_MOMENT = ("unreadable_time", "implausible_time")

WORDS = ("agency", "unit", "resource", "channel", "contact", "kind")


@dataclass
class _Notes:
    """What is counted and assumed on the way."""

    issues: list[Issue]
    assumptions: list[Assumption]


@dataclass(frozen=True)
class Prepared:
    """Rows with columns by role, and what was counted and assumed on the way."""

    table: pl.DataFrame
    issues: tuple[Issue, ...]
    assumptions: tuple[Assumption, ...]


def prepare(
    rows: pl.DataFrame, mapping: Mapping, *, ordered: bool, place: str, part: bool = False
) -> Prepared:
    """Rows with columns by role.

    The table has `@id` (case id), `activity`, `time` (of a start without completion: the start,
    with `@unfinished` true and `start` null), `start`, the words (agency, unit, resource, channel,
    contact, kind), `@transition`, `@instance`, `@order` where the log has an order, `@place`;
    `data_key` and `fee` where mapped; further event columns by their own names; the matter's own
    columns as `case:NAME`, and what `[cases]`, `[closed]` and `[outcome]` name as `@cases.due` ….

    Raises `MappingError` for columns that are missing, `LogError` when more than 5 % of the rows
    have no case, activity or time (not so for a `part` of a log: see `refuse_unusable`).
    """
    if not len(rows):
        rows, mapping = _with_columns(rows, mapping)
    columns = rows.columns
    roles = event_roles(mapping, columns, place)
    for role in ("case", "activity"):
        if role not in roles:
            raise MappingError(f"{place}: [columns] {role} is not given; name the column")
    if "time" not in roles and "start" not in roles:
        raise MappingError(f"{place}: [columns] time is not given; name the column")
    cleaned = without_none(rows, mapping, keep=[roles["case"]])
    cleaned, issues = typed(cleaned, mapping, place)
    notes = _Notes(issues, [])
    of_cases = case_attributes(mapping, columns, roles, place)
    table = _select(cleaned, mapping, roles, of_cases, ordered, place, notes)
    table = _usable(table, notes)
    if not part:
        refuse_unusable(notes.issues, len(rows), place)
    return Prepared(table, tuple(i for i in notes.issues if i.count), tuple(notes.assumptions))


def _with_columns(rows: pl.DataFrame, mapping: Mapping) -> tuple[pl.DataFrame, Mapping]:
    """An empty table with the columns that a log needs, whatever its format left out."""
    columns = mapping.columns
    named = {r: getattr(columns, r) or r for r in ("case", "activity", "time")}
    missing = [pl.lit(None, pl.String).alias(c) for c in named.values() if c not in rows.columns]
    return rows.with_columns(missing).head(0), replace(mapping, columns=replace(columns, **named))


def _select(
    rows: pl.DataFrame,
    mapping: Mapping,
    roles: dict[str, str],
    of_cases: list[str],
    ordered: bool,
    place: str,
    notes: _Notes,
) -> pl.DataFrame:
    numbers = rows[PLACE] if PLACE in rows.columns else None

    def moments(column: str) -> pl.Series:
        return moments_of(rows[column], mapping, place, numbers, notes)

    n = len(rows)
    ids = rows[roles["case"]].cast(pl.String).alias("@id")
    out = [ids, _text(rows, roles["activity"], "activity")]
    for role in ("time", "start"):
        values = moments(roles[role]) if role in roles else _nothing(role, MOMENT, n)
        out.append(values.alias(role))
        if role == "time" and "start" not in roles:  # such rows have nothing to stand at
            notes.issues = [
                replace(i, dropped=i.dropped or i.code in _NO_MOMENT) for i in notes.issues
            ]
    for role in (*WORDS, "lifecycle", "instance"):
        name = {"lifecycle": "@transition", "instance": "@instance"}.get(role, role)
        out.append(
            _text(rows, roles[role], name) if role in roles else _nothing(name, pl.String(), n)
        )
    out += [as_text(rows[roles[role]]).alias(role) for role in ("data_key", "fee") if role in roles]
    if "order" in roles:
        order = over_words(rows[roles["order"]], lambda c: c.cast(pl.Float64, strict=False))
        if order.null_count() > rows[roles["order"]].null_count():
            raise LogError(
                f"{place}: column {roles['order']!r} (order) holds text; it must be numbers"
            )
        out.append(order.alias("@order"))
    elif ordered and ORDER in rows.columns:
        out.append(rows[ORDER].cast(pl.Float64).alias("@order"))
    if numbers is not None:
        out.append(numbers.alias("@place"))
    for role, column in case_roles(mapping, rows.columns, place).items():
        is_time = role in ("cases.arrival", "cases.due", "cases.entry", "closed.end") or (
            role == "closed.column" and mapping.closed.rule == "end_time"
        )
        out.append((moments(column) if is_time else rows[column]).alias(f"@{role}"))
    out += [_plain(rows[c]).alias(f"case:{case_name(c)}") for c in of_cases]
    out += [_plain(rows[c]).alias(event_name(c)) for c in further(rows.columns, roles, of_cases)]
    return pl.DataFrame(out)


def _nothing(name: str, dtype: pl.DataType, n: int) -> pl.Series:
    return pl.Series(name, [None], dtype).new_from_index(0, n)


def _text(rows: pl.DataFrame, column: str, name: str) -> pl.Series:
    values = rows[column]
    return (values if is_coded(values) else values.cast(pl.String)).alias(name)


def _plain(column: pl.Series) -> pl.Series:
    """Categories of a format as text, moments as UTC: so partitions agree on the types."""
    if column.dtype == pl.Categorical:
        return column.cast(pl.String)
    if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone not in (None, "UTC"):
        return column.dt.convert_time_zone("UTC")
    return column


def moments_of(
    column: pl.Series,
    mapping: Mapping,
    place: str,
    numbers: pl.Series | None = None,
    notes: _Notes | None = None,
) -> pl.Series:
    """The column as moments (µs, UTC), whatever it was before; unreadable ones are counted."""
    column = as_text(column)
    if isinstance(column.dtype, pl.Datetime) and column.dtype.time_zone is not None:
        return _plausible(column.dt.convert_time_zone("UTC").cast(MOMENT), numbers, notes)
    if column.dtype == pl.Null:
        return column.cast(MOMENT)
    from polku.log.times import read_times

    try:
        found = read_times(column, mapping.time, numbers)
    except LogError as e:
        raise LogError(f"{place}: {e}") from e
    if notes is not None:
        notes.issues += found.issues
        notes.assumptions += found.assumptions
    return _plausible(found.values, numbers, notes)


def _plausible(moments: pl.Series, numbers: pl.Series | None, notes: _Notes | None) -> pl.Series:
    """The moments without those that systems write for "none" or "for ever"; these are counted."""
    found, issue = without_implausible(moments, numbers)
    if issue is not None and notes is not None:
        notes.issues.append(issue)
    return found


def _usable(table: pl.DataFrame, notes: _Notes) -> pl.DataFrame:
    """Rows with a case, an activity and a time; the others are counted by reason."""
    issues = notes.issues
    unreadable = sum(i.count for i in issues if i.code in _NO_MOMENT and i.dropped)
    unfinished = table["time"].is_null() & table["start"].is_not_null()
    table = table.with_columns(
        time=pl.coalesce("time", "start"),
        start=pl.when(unfinished).then(None).otherwise(pl.col("start")),
        **{"@unfinished": unfinished},
    )
    no_case, no_time = table["@id"].is_null(), table["time"].is_null()
    blank = over_words(table["activity"], lambda texts: texts.str.strip_chars() == "")
    no_activity = table["activity"].is_null() | blank
    for code, where, what in (
        ("no_case", no_case, "a case id"),
        ("no_time", no_time & ~no_case, "a time"),
        ("no_activity", no_activity & ~no_time & ~no_case, "an activity"),
    ):
        count = int(where.sum())
        count = max(count - unreadable, 0) if code == "no_time" else count
        issues.append(Issue(code, count, f"rows without {what} are left out", places(table, where)))
    empty = table["@id"] == ""
    issues.append(
        Issue(
            "empty_case_id", int(empty.sum()),
            "rows whose case id is the empty text stand together as one matter ''",
            places(table, empty), dropped=False,
        )
    )  # fmt: skip
    late = (table["start"] > table["time"]).fill_null(False)
    issues.append(
        Issue(
            "end_before_start", int(late.sum()),
            "the end lies before the start: the start is taken as unknown",
            places(table, late), dropped=False,
        )
    )  # fmt: skip
    table = table.with_columns(start=pl.when(late).then(None).otherwise(pl.col("start")))
    bad = no_case | no_time | no_activity
    return table.filter(~bad) if bad.any() else table


def refuse_unusable(issues: Iterable[Issue], rows: int, place: str) -> None:
    """Raise `LogError` when more than 5 % of a whole log's rows could not be used."""
    for code, what, todo in (
        ("no_case", "no case id", "case"), ("no_time", "no time", "time"),
        ("no_activity", "no activity", "activity"),
        ("implausible_time", "no time between the years 1900 and 2200", "time"),
    ):  # fmt: skip
        found = [i for i in issues if i.code == code and i.dropped]
        count = sum(i.count for i in found)
        if count > REFUSED_SHARE * max(rows, 1):
            at = ", ".join(p for i in found for p in i.places[:3])
            raise LogError(
                f"{place}: {count:,} of {rows:,} rows have {what} that can be used ({at} …); above "
                f"5 % a log is refused: check [columns] {todo} in the mapping"
            )


def last_micros(table: pl.DataFrame) -> int:
    """Last moment in prepared rows, µs since 1970 UTC; 0 for none."""
    last = table.select(pl.max_horizontal(pl.col("time").max(), pl.col("start").max())).item()
    return int(pl.Series([last], dtype=MOMENT).dt.epoch("us")[0]) if last is not None else 0


def span_micros(table: pl.DataFrame) -> tuple[int, int] | None:
    """First and last moment in prepared rows, µs since 1970 UTC; `None` for none."""
    first = table.select(pl.min_horizontal(pl.col("time").min(), pl.col("start").min())).item()
    if first is None:
        return None
    return int(pl.Series([first], dtype=MOMENT).dt.epoch("us")[0]), last_micros(table)
