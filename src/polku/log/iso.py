"""Columns of times that are all written in one and the same form of ISO 8601, read at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

_FORM = re.compile(
    r"[1-9]\d{3}-\d\d-\d\d(?P<sep>[T ])\d\d:\d\d:\d\d(?:\.(?P<frac>\d{1,6}))?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>[0-5]\d))?",
    re.ASCII,
)
_DASHES = (4, 7, 10, 13, 16)
Digits = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Form:
    """How a time is written: `sep` between date and time, digits of a second's part, the zone."""

    sep: str
    digits: int
    zone: str

    @property
    def offset(self) -> int | None:
        """Microseconds that its times are ahead of UTC; `None` without a zone."""
        if not self.zone:
            return None
        if self.zone == "Z":
            return 0
        hours, minutes = int(self.zone[1:3]), int(self.zone[-2:])
        return (60 * hours + minutes) * 60_000_000 * (-1 if self.zone[0] == "-" else 1)

    def moments(self, micros: pl.Series) -> pl.Series:
        """The times as UTC, or as they stand where the form has no zone."""
        if self.offset is None:
            return micros.cast(pl.Datetime("us"))
        return (micros - self.offset).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")

    def texts(self, micros: pl.Series) -> pl.Series:
        """The times as they were written; only for seconds with 0, 3 or 6 digits more."""
        part = f"%.{self.digits}f" if self.digits else ""
        written = micros.cast(pl.Datetime("us")).dt.strftime(f"%Y-%m-%d{self.sep}%H:%M:%S{part}")
        return (written + self.zone).alias(micros.name)


def read_alike(texts: pl.Series) -> tuple[pl.Series, Form] | None:
    """Local microseconds since 1970 (i64) and the form, if all texts but nulls have one form.

    >>> read_alike(pl.Series(["1970-01-01T00:00:01.500Z", None]))[0].to_list()
    [1500000, None]
    >>> read_alike(pl.Series(["1970-01-01T00:00:01Z", "1.1.1970"])) is None
    True
    """
    values = texts.drop_nulls() if texts.null_count() else texts
    found = _FORM.fullmatch(values[0]) if values.len() else None
    if found is None:
        return None
    first = found[0]
    lengths = values.str.len_bytes()
    if lengths.min() != len(first) or lengths.max() != len(first):
        return None
    table = np.frombuffer(values.str.join("").item().encode(), dtype=np.uint8)
    table = np.ascontiguousarray(table.reshape(values.len(), len(first)).T)
    digits = len(found["frac"] or "")
    tail = 19 + digits + (digits > 0)
    same = [*_DASHES, *((19,) if digits else ()), *range(tail, len(first))]
    if any((table[at] != ord(first[at])).any() for at in same):
        return None
    table = table - np.uint8(ord("0"))  # what is no digit becomes more than 9
    numbers = [at for at in range(tail) if at not in same]
    if any((table[at] > 9).any() for at in numbers):
        return None
    micros = _micros(table, digits)
    if micros is None:
        return None
    out = pl.Series(texts.name, micros)
    if values.len() < texts.len():
        empty = pl.Series(texts.name, [None], pl.Int64).new_from_index(0, texts.len())
        out = empty.scatter(texts.is_not_null().arg_true(), out)
    return out, Form(found["sep"], digits, found["zone"] or "")


def _micros(table: Digits, digits: int) -> npt.NDArray[np.int64] | None:
    """Microseconds of the rows' digits; `None` where one is no day or no time of day."""

    def two(at: int) -> npt.NDArray[np.int32]:
        return np.asarray(table[at] * np.uint8(10) + table[at + 1], dtype=np.int32)

    month, day, hour, minute, second = (two(at) for at in (5, 8, 11, 14, 17))
    if (month - 1).view(np.uint32).max() > 11 or hour.max() > 23:
        return None
    if minute.max() > 59 or second.max() > 59 or day.min() < 1:
        return None
    months = (two(0) * 100 + two(2) - 1970) * 12 + month - 1
    low, high = int(months.min()), int(months.max())
    begins = np.arange(low, high + 2).astype("datetime64[M]").astype("datetime64[D]")
    begins = begins.astype(np.int64)
    months -= low
    if (day > np.diff(begins)[months]).any():
        return None
    seconds = (begins[months] + (day - 1)) * 86_400 + (hour * 3_600 + minute * 60 + second)
    out = seconds * 1_000_000
    if digits:
        part = np.zeros(len(out), dtype=np.int32)
        for at in range(20, 20 + digits):
            part = part * 10 + table[at]
        out += part * 10 ** (6 - digits)
    return np.asarray(out, dtype=np.int64)
