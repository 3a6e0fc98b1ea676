"""Which way a column of times is written, and the reading of it without a zone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from polku.errors import LogError
from polku.log.iso import read_alike

EPOCH_UNITS: dict[str, tuple[float, float]] = {
    "epoch:s": (1e6, 1e11),
    "epoch:ms": (1e3, 1e14),
    "epoch:us": (1.0, 1e17),
    "epoch:ns": (1e-3, float("inf")),
}
"""Style → (microseconds in one, the number from which the next unit is meant)."""

SAMPLE = 2_000
"""Values looked at, spread over the column, to find candidate styles; then all are read."""

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)? ?(Z|z|UTC|[+-]\d\d(:?\d\d)?)?")
_TAIL = r"^(?:[.,]\d+)? ?(?:Z|z|UTC|[+-]\d\d(?::?\d\d)?)?$"
_WHOLE = re.compile(
    r"(?:\d{4}(?P<s1>[-/.])\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}(?P<s2>[-/.])\d{1,2}[-/.]\d{4}"
    r"|\d{1,2}(?P<s3>[- .])(?P<mon>[A-Za-z]{3,9})[- .]\d{4})"
    r"(?:(?P<sep>T|, ?| klo | +)(?P<h>\d{1,2})(?P<ts>[:.])\d\d(?P<sec>[:.]\d\d)?(?P<frac>\.\d+)?"
    r"(?P<ap> ?[AaPp][Mm])?(?P<off> ?(?:Z|[+-]\d\d(?::?\d\d)?))?)?"
)
_COMPACT = re.compile(r"(?:19|20)\d{6}(?P<time>(?P<sep>T?)\d{4}(?P<sec>\d\d)?)?")
_NUMBER = re.compile(r"-?\d{9,19}(\.\d+)?")
_ORDERED = "\0"
"""Stands in a style for day or month as long as the column has not told which is first."""


@dataclass(frozen=True)
class Styled:
    """Times read: `utc` where the value has an offset, `local` (without zone) where not.

    `styles`: the patterns used; `odd`: values that are not in the column's usual style.
    """

    utc: pl.Series
    local: pl.Series
    styles: tuple[str, ...] = ()
    odd: int = 0


def read_styles(column: pl.Series, formats: Iterable[str]) -> Styled:
    """Read a column of strings: first by the given patterns, then by the styles found in it.

    With patterns given, a day/month order that only a guess could tell is never added to them.
    Raises `LogError` when day and month cannot be told apart.
    """
    n = column.len()
    formats = tuple(formats)
    alike = None if formats else read_alike(column)
    if alike is not None:
        moments = alike[1].moments(alike[0])
        none = pl.Series(column.name, [None], dtype=pl.Datetime("us")).new_from_index(0, n)
        if alike[1].offset is None:
            return Styled(none.dt.replace_time_zone("UTC"), moments, ("iso",))
        return Styled(moments, none, ("iso",))
    text = column.str.strip_chars()
    if (text == "").any():
        text = text.set(text == "", None)
    local = pl.Series(column.name, [None], dtype=pl.Datetime("us")).new_from_index(0, n)
    utc = local.dt.replace_time_zone("UTC")
    used: dict[str, int] = {}
    tried: set[str] = set()
    order: tuple[bool, ...] | None = () if formats else None
    left = text.is_not_null().arg_true()
    queue = list(formats)
    while left.len():
        rest = text if left.len() == n else text.gather(left)
        if not queue:
            found = [s for s in _styles_in(rest) if s not in tried]
            if order is None and any(_ORDERED in s for s in found):
                order = _day_first(rest, column.name)
            queue = list(_oriented(found, order or ()))
            tried.update(found)
            if not queue:
                break
        style = queue.pop(0)
        u, v = _read(rest, style)
        got = u.is_not_null() | v.is_not_null()
        count = int(got.sum())
        if not count:
            continue
        used[style] = used.get(style, 0) + count
        if count == n:
            return Styled(u.alias(column.name), v.alias(column.name), (style,))
        at = left.filter(got)
        utc, local = utc.scatter(at, u.filter(got)), local.scatter(at, v.filter(got))
        left = left.filter(~got)
    return Styled(utc, local, tuple(used), _odd(used, formats))


def _odd(used: dict[str, int], formats: tuple[str, ...]) -> int:
    """How many values are not in the usual style: the first given that occurs, else the commonest.

    Styles that differ only in the time of day are one style.
    """
    families: dict[str, int] = {}
    for style in sorted(used, key=lambda s: formats.index(s) if s in formats else len(formats)):
        families[_family(style)] = families.get(_family(style), 0) + used[style]
    if len(families) < 2:
        return 0
    usual = next(iter(families)) if formats else max(families, key=lambda f: families[f])
    return sum(families.values()) - families[usual]


def _styles_in(rest: pl.Series) -> list[str]:
    """Styles of a sample that is spread over the column, the most frequent first."""
    step = max(1, rest.len() // SAMPLE)
    seen: dict[str, int] = {}
    for value in rest.gather_every(step).to_list():
        style = _style(value)
        if style is not None:
            seen[style] = seen.get(style, 0) + 1
    return sorted(seen, key=lambda s: (-seen[s], s))


def _style(value: str) -> str | None:
    if _ISO.fullmatch(value):
        return "iso"
    if m := _COMPACT.fullmatch(value):
        return "%Y%m%d" + (m["sep"] + "%H%M" + ("%S" if m["sec"] else "") if m["time"] else "")
    if _NUMBER.fullmatch(value):
        return _epoch_unit(value)
    m = _WHOLE.fullmatch(value)
    if m is None:
        return None
    if m["s1"]:
        style = f"%Y{m['s1']}%m{m['s1']}%d"
    elif m["s2"] == ".":
        style = "%d.%m.%Y"
    elif m["s2"]:
        style = f"{_ORDERED}{m['s2']}{_ORDERED}{m['s2']}%Y"
    else:
        month = "%b" if len(m["mon"]) == 3 else "%B"
        style = f"%d{m['s3']}{month}{m['s3']}%Y"
    if m["h"]:
        style += re.sub(" +", " ", m["sep"])
        style += ("%I" if m["ap"] else "%H") + m["ts"] + "%M"
        style += (m["sec"][0] + "%S" if m["sec"] else "") + ("%.f" if m["frac"] else "")
        style += m["ap"][:-2] + "%p" if m["ap"] else ""
        style += m["off"][: len(m["off"]) - len(m["off"].lstrip())] + "%#z" if m["off"] else ""
    return style


def _epoch_unit(value: str) -> str:
    size = float(value.lstrip("-"))
    return next(u for u, (_, high) in EPOCH_UNITS.items() if size < high)


def _day_first(rest: pl.Series, name: str) -> tuple[bool, ...]:
    """Which orders of day and month the whole column allows: True = day first."""
    parts = rest.str.extract_groups(r"^(\d{1,2})[-/](\d{1,2})[-/]\d{4}").struct.unnest()
    first, second = (parts[c].cast(pl.Int32) for c in parts.columns)
    day_first = int((first > 12).sum())
    month_first = int((second > 12).sum())
    open_ = (first <= 12) & (second <= 12) & (first != second)
    ambiguous = int(open_.sum())
    if day_first and month_first:
        if not ambiguous:
            return (True, False)
        raise LogError(
            f"column {name!r}: {day_first:,} dates are day/month, {month_first:,} month/day and "
            f"{ambiguous:,} could be either (such as {rest.filter(open_)[0]!r}); split the column, "
            "or write all dates one way"
        )
    if day_first:
        return (True,)
    if month_first:
        return (False,)
    if ambiguous:
        raise LogError(
            f"column {name!r}: none of {rest.len():,} dates such as {rest.filter(open_)[0]!r} "
            'tells day from month; set [time] formats, e.g. ["%d/%m/%Y"] or ["%m/%d/%Y"] with the '
            "time of day as it is written"
        )
    return (True,)


def _oriented(styles: Iterable[str], order: tuple[bool, ...]) -> Iterable[str]:
    for style in styles:
        if _ORDERED not in style:
            yield style
            continue
        for day_first in order:
            one, two = ("%d", "%m") if day_first else ("%m", "%d")
            yield style.replace(_ORDERED, one, 1).replace(_ORDERED, two, 1)


def _family(style: str) -> str:
    """The order of the date's parts: what two styles must share to be one style."""
    if style == "iso" or style.startswith("epoch"):
        return "%Y-%m-%d" if style == "iso" else "epoch"
    letters = re.sub(r"%[^YmdbB]|[^%YmdbB]", "", style)
    return re.sub(r"%[bB]", "%b", letters) + style[2:3]


def _read(rest: pl.Series, style: str) -> tuple[pl.Series, pl.Series]:
    """The values that have one style, as (with offset: UTC, without: local); else null."""
    if style == "iso":
        return _read_iso(rest)
    none = pl.Series(rest.name, [None], dtype=pl.Datetime("us")).new_from_index(0, rest.len())
    none_utc = none.dt.replace_time_zone("UTC")
    if style in EPOCH_UNITS:
        micros, _ = EPOCH_UNITS[style]
        number = rest.cast(pl.Decimal(38, 9), strict=False)
        whole = (number * int(micros) if micros >= 1 else number / round(1 / micros)).cast(pl.Int64)
        return whole.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), none
    try:
        read = rest.str.to_datetime(style, strict=False, time_unit="us")
    except pl.exceptions.PolarsError as e:
        raise LogError(
            f"column {rest.name!r}: [time] formats has {style!r}, which is no pattern ({e}); use "
            'one such as "%d.%m.%Y %H:%M"'
        ) from e
    read = read.set(read.dt.year() < 1000, None)
    if isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone is not None:
        return read.dt.convert_time_zone("UTC"), none
    return none_utc, read


def _read_iso(rest: pl.Series) -> tuple[pl.Series, pl.Series]:
    """ISO 8601 in halves: 19 characters by a fixed pattern, the tail by its few values."""
    body = rest.str.head(19)
    first = rest.drop_nulls()[0]
    styles = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")
    if first[10:11] == " ":
        styles = styles[::-1]
    read = body.str.to_datetime(styles[0], strict=False, time_unit="us")
    if read.null_count() > rest.null_count():
        other = body.str.to_datetime(styles[1], strict=False, time_unit="us")
        read = read.zip_with(read.is_not_null(), other)
    tails = pl.DataFrame({"tail": rest.str.slice(19)})
    known = tails.unique().drop_nulls().with_columns(
        pl.col("tail").str.contains(_TAIL).alias("fits"),
        (pl.col("tail").str.extract(r"^[.,](\d+)") + "000000")
        .str.head(6).cast(pl.Int64).fill_null(0).alias("micros"),
        pl.col("tail").str.extract(r"([+-]\d\d)(?::?\d\d)?$").cast(pl.Int64).alias("hours"),
        pl.col("tail").str.extract(r"[+-]\d\d:?(\d\d)$").cast(pl.Int64).fill_null(0)
        .alias("minutes"),
        pl.col("tail").str.contains(r"(?:Z|z|UTC)$").alias("zulu"),
        pl.col("tail").str.contains(r"-\d\d(?::?\d\d)?$").alias("west"),
    )  # fmt: skip
    offset = pl.col("hours").abs() * 60 + pl.col("minutes")
    known = known.select(
        "tail",
        pl.when("fits").then(pl.col("micros")).alias("micros"),
        pl.when("zulu").then(0).when("west").then(-offset).otherwise(offset).alias("offset"),
    )
    found = tails.join(known, on="tail", how="left", maintain_order="left")
    micros, minutes = found["micros"], found["offset"]
    exact = read.cast(pl.Int64) + micros
    local = exact.set(minutes.is_not_null(), None).cast(pl.Datetime("us"))
    utc = (exact - minutes * 60_000_000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return utc.alias(rest.name), local.alias(rest.name)
