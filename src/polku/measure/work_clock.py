"""Working time between instants: opening hours in local time, with clock changes and holidays.

Opening hours are laid out day by day in the calendar's own zone, turned into instants (UTC), and
summed; the working time up to an instant is then read off by interpolation. So 08–15 in Helsinki
is the same working time whether the log's stamps were written in UTC or in local time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from math import gcd
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from polku.errors import MappingError
from polku.log.mapping import Calendar, Mapping, nearest
from polku.measure.facts import Ints

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 86_400_000_000
_MINUTE = 60_000_000
_CELL = DAY // 24
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class WorkClock:
    """Working intervals as instants, ascending and disjoint, and the length of a working day.

    `opens`, `closes` i64[k]: µs since 1970 UTC; `day` µs: mean opening time of the weekdays on
    which the calendar is open at all.
    """

    opens: Ints
    closes: Ints
    day: int

    @cached_property
    def _before(self) -> Ints:
        """Working µs before each opening."""
        lengths = self.closes - self.opens
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])[:-1]

    @cached_property
    def _cells(self) -> Ints:
        """For each hour since the first opening, the last interval that had opened by then."""
        hours = int((self.opens[-1] - self.opens[0]) // _CELL) + 2
        edges = self.opens[0] + np.arange(hours, dtype=np.int64) * _CELL
        return np.asarray(np.searchsorted(self.opens, edges, side="right") - 1)

    def until(self, at: Ints) -> Ints:
        """Working µs from the calendar's first opening up to each instant (µs since 1970 UTC)."""
        if not len(self.opens):
            return np.zeros(len(at), dtype=np.int64)
        cell = np.clip((at - self.opens[0]) // _CELL, 0, len(self._cells) - 1)
        i = self._cells[cell]
        while True:  # an hour holds few openings, so this ends after one or two rounds
            following = np.minimum(i + 1, len(self.opens) - 1)
            step = (self.opens[following] <= at) & (following > i)
            if not step.any():
                break
            i = i + step
        inside = np.minimum(at, self.closes[i]) - self.opens[i]
        return np.where(at < self.opens[0], 0, self._before[i] + inside)

    def between(self, start: Ints, end: Ints) -> Ints:
        """Working µs between instants, i64."""
        return self.until(end) - self.until(start)

    def in_days(self, working: Ints) -> Ints:
        """Working time as µs of 24-hour days that each stand for one working day.

        Eight hours of an eight-hour day give 86.4e9, so that a figure in days counts working days.
        """
        if not self.day:
            return np.zeros(len(working), dtype=np.int64)
        common = gcd(DAY, self.day)
        whole, rest = np.divmod(working, self.day)
        days: Ints = whole * DAY + rest * (DAY // common) // (self.day // common)
        return days


def work_clock(mapping: Mapping, first: int, last: int) -> WorkClock:
    """The working clock of a mapping between two instants (µs since 1970 UTC).

    The zone is the calendar's, else that of `[time]`, else UTC. A day is closed when it is a
    public holiday or in a closure; hours that pass midnight belong to the day they begin on. An
    instant is open when its local time is: a local hour that a clock change skips is not there,
    one that comes twice counts twice. Raises `MappingError` for a zone, weekday, time, country or
    closure that cannot be read.

    >>> week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",))
    >>> m = Mapping(calendar=Calendar(zone="Europe/Helsinki", hours=week, holidays="FI"))
    >>> monday = 1_745_798_400_000_000  # 2025-04-28 00:00 UTC
    >>> clock = work_clock(m, monday, monday + 7 * DAY)
    >>> int(clock.between(np.array([monday]), np.array([monday + 7 * DAY]))[0] / 3.6e9)
    32
    """
    calendar = mapping.calendar
    zone = _zone(calendar.zone or mapping.time.zone or "UTC")
    hours = _hours(calendar)
    begin = (_EPOCH + timedelta(microseconds=first)).astimezone(zone).date() - timedelta(days=2)
    end = (_EPOCH + timedelta(microseconds=last)).astimezone(zone).date() + timedelta(days=2)
    closed = _closures(calendar.closures) | _holidays(calendar.holidays, begin.year, end.year)
    spans: list[tuple[int, int]] = []
    for number in range((end - begin).days + 1):
        day = begin + timedelta(days=number)
        if day in closed:
            continue
        for opening, closing in hours[day.weekday()]:
            for a, b in _spans(day, opening, closing, zone):
                if b <= a:
                    continue
                if spans and a <= spans[-1][1]:
                    spans[-1] = (spans[-1][0], max(b, spans[-1][1]))
                else:
                    spans.append((a, b))
    lengths = [sum(b - a for a, b in day) * _MINUTE for day in hours if day]
    table = np.array(spans, dtype=np.int64).reshape(-1, 2)
    return WorkClock(table[:, 0].copy(), table[:, 1].copy(), sum(lengths) // max(len(lengths), 1))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as e:
        raise MappingError(
            f"mapping: [calendar] zone {name!r} is not known; use a name like 'Europe/Helsinki'"
        ) from e


def _hours(calendar: Calendar) -> list[list[tuple[int, int]]]:
    """For each weekday the opening intervals in minutes since local midnight, merged."""
    out: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for name, intervals in calendar.hours.items():
        if name not in WEEKDAYS:
            raise MappingError(
                f"mapping: [calendar] hours: weekday {name!r} is not known; "
                f"{nearest(name, WEEKDAYS)}"
            )
        spans = sorted(_interval(text, name) for text in intervals)
        day = out[WEEKDAYS.index(name)]
        for a, b in spans:
            if day and a <= day[-1][1]:
                day[-1] = (day[-1][0], max(b, day[-1][1]))
            else:
                day.append((a, b))
    return out


def _interval(text: str, weekday: str) -> tuple[int, int]:
    found = _HOURS.match(text.strip())
    a, b = (-1, -1)
    if found:
        h1, m1, h2, m2 = (int(g) for g in found.groups())
        if m1 < 60 and m2 < 60:
            a, b = h1 * 60 + m1, h2 * 60 + m2
    if not (0 <= a < 1440 and 0 <= b <= 1440):
        raise MappingError(
            f"mapping: [calendar] hours {weekday}: {text!r} is no interval; write '08:00-16:00'"
        )
    return (a, b + 1440) if b <= a else (a, b)


def _closures(texts: Iterable[str]) -> set[date]:
    out: set[date] = set()
    for text in texts:
        first, _, last = text.partition("/")
        try:
            a, b = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
        except ValueError as e:
            raise MappingError(
                f"mapping: [calendar] closures: {text!r} is no date or interval; "
                "write '2026-07-01/2026-07-14'"
            ) from e
        if b < a:
            raise MappingError(
                f"mapping: [calendar] closures: {text!r} ends before it begins; turn it round"
            )
        out.update(a + timedelta(days=k) for k in range((b - a).days + 1))
    return out


def _holidays(code: str, first: int, last: int) -> set[date]:
    if not code:
        return set()
    import holidays

    country, _, subdivision = code.partition("-")
    try:
        found = holidays.country_holidays(
            country.upper(), subdiv=subdivision or None, years=range(first, last + 1)
        )
    except NotImplementedError as e:
        raise MappingError(
            f"mapping: [calendar] holidays {code!r} is not known; use an ISO country code, with "
            "a subdivision where it has holidays of its own ('FI', 'DE-BY')"
        ) from e
    return set(found)


def _spans(day: date, opening: int, closing: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    """The instants (µs since 1970 UTC) whose local time lies between minutes of a local day."""
    midnight = (day - date(1970, 1, 1)).days * DAY
    a, b = midnight + opening * _MINUTE, midnight + closing * _MINUTE
    low, high = a - DAY, b + DAY
    before, after = _offset(low, zone), _offset(high, zone)
    if before == after:
        return [(a - before, b - before)]
    while high - low > 1_000_000:  # clocks change in between: find the second by halving
        middle = (low + high) // 2_000_000 * 1_000_000
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    change = high
    return [
        (a - before, min(b - before, change)),
        (max(a - after, change), b - after),
    ]


def _offset(at: int, zone: ZoneInfo) -> int:
    local = (_EPOCH + timedelta(microseconds=at)).astimezone(zone)
    return (local.utcoffset() or timedelta()) // timedelta(microseconds=1)
