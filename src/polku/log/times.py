"""Times as people and systems write them, turned into UTC microseconds.

Three questions are kept apart: which **style** a column is written in (found out over the whole
column, never row by row where that would be a guess), which **zone** a time without an offset
stands in, and what a local time means that the clock change makes impossible or double.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from zoneinfo import available_timezones

import polars as pl

from polku.errors import LogError, MappingError
from polku.log.mapping import Times, nearest
from polku.log.source import Assumption, Issue
from polku.log.time_styles import EPOCH_UNITS, Styled, read_styles

UTC = pl.Datetime("us", "UTC")
NAIVE = pl.Datetime("us")
UNREADABLE_SHARE = 0.05
"""Above this share of unreadable times a column is refused: it is not what it is taken for."""
PLACES = 10


@dataclass(frozen=True)
class ParsedTimes:
    """A column of times as `Datetime("us", "UTC")`, null where missing or unreadable.

    `issues` counts unreadable values (now null), values in a mix of styles, and local times that
    the clock change made impossible or double; `assumptions` says so when no zone was given.
    """

    values: pl.Series
    issues: tuple[Issue, ...] = ()
    assumptions: tuple[Assumption, ...] = ()


def read_times(
    column: pl.Series, times: Times | None = None, rows: pl.Series | None = None
) -> ParsedTimes:
    """Read a column of times.

    `column`: strings, numbers (epoch seconds to nanoseconds, told apart by size), dates or
    datetimes. `times`: the mapping's `[time]`. `rows`: the rows' numbers in their file, for
    messages; without it they are counted from 1.

    Raises `LogError` when styles are ambiguous, more than 5 % of the values are unreadable, or
    the mapping refuses a gap or fold that occurs; `MappingError` for an unknown zone.

    >>> read_times(pl.Series("t", ["2024-01-02 10:00"]), Times(zone="Europe/Helsinki")).values[0]
    datetime.datetime(2024, 1, 2, 8, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))
    """
    times = times or Times()
    styled = _typed(column, times)
    lost = styled.utc.is_null() & styled.local.is_null() & column.is_not_null()
    issues: list[Issue] = []
    missing = column.is_null()
    if lost.any() and column.dtype == pl.String:
        missing = missing | (column.str.strip_chars() == "")
        lost &= ~missing
    if lost.any():
        issues.append(_unreadable(column, lost, int((~missing).sum()), rows))
    if styled.odd:
        text = f"times in {column.name!r} in another style than usual were read by their own style"
        issues.append(Issue("mixed_time_styles", styled.odd, text, dropped=False))
    local = styled.local
    assumptions = _unused_formats(column.name, times, styled)
    if local.null_count() == local.len():
        return ParsedTimes(styled.utc, tuple(issues), assumptions)
    if times.zone is None:
        text = (
            f"times in {column.name!r} have no zone and the mapping names none: read as UTC; "
            "set [time] zone"
        )
        assumptions += (Assumption("assumed", "time", text),)
    utc, clock = _to_utc(local, times, column.name, rows)
    issues.extend(clock)
    if styled.utc.null_count() < styled.utc.len():
        utc = styled.utc.zip_with(styled.utc.is_not_null(), utc)
    return ParsedTimes(utc.alias(column.name), tuple(issues), assumptions)


def _unused_formats(name: str, times: Times, styled: Styled) -> tuple[Assumption, ...]:
    """Say so where none of the given patterns fits a column that other styles fit."""
    if not styled.styles or not times.formats or set(styled.styles) & set(times.formats):
        return ()
    formats = ", ".join(map(repr, times.formats))
    text = (
        f"no time in {name!r} is written as [time] formats say ({formats}): read as "
        f"{', '.join(styled.styles)}; correct [time] formats"
    )
    return (Assumption("assumed", "time", text),)


def parse_times(
    column: pl.Series, times: Times | None = None, rows: pl.Series | None = None
) -> tuple[pl.Series, tuple[Issue, ...]]:
    """The values and issues of `read_times`, for callers that have the assumption already."""
    read = read_times(column, times, rows)
    return read.values, read.issues


def detect_styles(column: pl.Series) -> tuple[str, ...]:
    """The `strftime` patterns (or "iso", "epoch:s" …) that a column of strings is written in.

    Decides day/month against month/day by all values. Raises `LogError` when they do not tell.

    >>> detect_styles(pl.Series("t", ["3/4/2024 9:05", "13/4/2024 10:00"]))
    ('%d/%m/%Y %H:%M',)
    """
    if column.dtype != pl.String:
        return ()
    return tuple(read_styles(column, ()).styles)


def check_zone(zone: str) -> str:
    """The zone's own name, if it is one. Raises `MappingError` with the nearest known name."""
    if zone not in available_timezones():
        raise MappingError(f"mapping: [time] zone {zone!r}; {nearest(zone, available_timezones())}")
    return zone


def _typed(column: pl.Series, times: Times) -> Styled:
    name, n = column.name, column.len()
    empty = pl.Series(name, [None], dtype=NAIVE).new_from_index(0, n)
    no_utc = empty.dt.replace_time_zone("UTC")
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is None:
            return Styled(no_utc, column.cast(NAIVE))
        return Styled(column.dt.convert_time_zone("UTC").cast(UTC), empty)
    if dtype == pl.Date:
        return Styled(no_utc, column.cast(NAIVE))
    if dtype.is_integer() and any("%" in f for f in times.formats):
        return read_styles(column.cast(pl.String), times.formats)
    if dtype.is_numeric():
        return Styled(_epoch(column, times), empty)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return read_styles(column.cast(pl.String), times.formats)
    if dtype == pl.String:
        return read_styles(column, times.formats)
    if dtype == pl.Null:
        return Styled(no_utc, empty)
    raise LogError(f"column {name!r}: holds {dtype}, which are no times; map another column")


def _epoch(column: pl.Series, times: Times) -> pl.Series:
    """Numbers as times since 1970 UTC; the unit is told by the size or by the mapping."""
    named = next((f for f in times.formats if f in EPOCH_UNITS), None)
    largest = column.abs().max()
    if named is None:
        size = float(largest) if isinstance(largest, int | float) else 0.0
        named = next((u for u, (_, high) in EPOCH_UNITS.items() if size < high), "epoch:ns")
        if size and size < 1e8:
            raise LogError(
                f"column {column.name!r}: numbers up to {size:.15g} are no times since 1970 "
                "(seconds have 9 or 10 digits); write them as dates, or map another column"
            )
    micros, _ = EPOCH_UNITS[named]
    if micros < 1:
        whole = (column.cast(pl.Int64) // round(1 / micros)).cast(pl.Int64)
    elif column.dtype.is_integer():
        whole = column.cast(pl.Int64) * int(micros)
    else:
        whole = (column * micros).round().cast(pl.Int64)
    return whole.cast(NAIVE).dt.replace_time_zone("UTC")


def _to_utc(
    local: pl.Series, times: Times, name: str, rows: pl.Series | None
) -> tuple[pl.Series, list[Issue]]:
    zone = check_zone(times.zone) if times.zone else "UTC"
    if zone == "UTC":
        return local.dt.replace_time_zone("UTC"), []
    utc = local.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    utc = utc.dt.convert_time_zone("UTC")
    odd = utc.is_null() & local.is_not_null()
    if not odd.any():
        return utc, []
    at = odd.arg_true()
    some = local.gather(at)
    early = some.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    fold = early.is_not_null()
    issues: list[Issue] = []
    found = (
        ("gap", ~fold, times.gap, "does not exist", '"forward"'),
        ("fold", fold, times.fold, "exists twice", '"earlier" or "later"'),
    )
    for what, mask, rule, why, choice in found:
        count = int(mask.sum())
        if not count:
            continue
        where = at.filter(mask)
        places = _places(where, rows)
        if rule == "refuse":
            first = str(some.filter(mask)[0])[:19]
            raise LogError(
                f"column {name!r}, {', '.join(places)}: {first} {why} in {zone} ({count:,} such "
                f"times): clocks change there; correct them, or set [time] {what} = {choice}"
            )
        issues.append(
            Issue(
                f"clock_{what}", count, f"{why} in {zone}: taken as {rule}", places, dropped=False
            )
        )
    side: Literal["earliest", "latest"] = "latest" if times.fold == "later" else "earliest"
    doubled = some.dt.replace_time_zone(zone, ambiguous=side, non_existent="null")
    # in a gap the offset of the night before goes on: 03:30 becomes 04:30
    before = some.dt.offset_by("-6h")
    then = before.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    offset = before - then.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    moved = (some - offset).dt.replace_time_zone("UTC")
    mended = doubled.dt.convert_time_zone("UTC").zip_with(fold, moved)
    return utc.scatter(at, mended), issues


def _unreadable(column: pl.Series, lost: pl.Series, filled: int, rows: pl.Series | None) -> Issue:
    count = int(lost.sum())
    where = lost.arg_true().head(PLACES)
    places = tuple(
        f"{place}: {re.sub(r'[^ -~À-ɏ]', '?', str(text))[:40]!r}"
        for place, text in zip(_places(where, rows), column.gather(where).to_list(), strict=True)
    )
    if count > UNREADABLE_SHARE * filled:
        raise LogError(
            f"column {column.name!r}: {count:,} of {filled:,} times cannot be read, first "
            f"{'; '.join(places[:3])}; correct these rows, give the pattern in [time] formats, or "
            "map another column"
        )
    return Issue(
        "unreadable_time",
        count,
        f"a time in {column.name!r} that cannot be read was taken as missing",
        places,
        dropped=False,
    )


def _places(where: pl.Series, rows: pl.Series | None) -> tuple[str, ...]:
    first = where.head(PLACES)
    numbers = [i + 1 for i in first.to_list()] if rows is None else rows.gather(first).to_list()
    return tuple(f"row {n}" for n in numbers)
