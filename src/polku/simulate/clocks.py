"""Calendars and meetings as instants: opening intervals, and moments with their cut-off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from polku.errors import MappingError, ScenarioError
from polku.log.mapping import Calendar as LogCalendar
from polku.log.mapping import Mapping as LogMapping
from polku.measure.work_clock import WorkClock, work_clock
from polku.simulate.engine.program import Ints
from polku.simulate.scenario import WEEKDAYS, Calendar, Meeting

DAY = 86_400_000_000
"""µs of 24 hours."""


def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name; `ScenarioError` where it is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as e:
        raise ScenarioError(
            f"scenario: zone {name!r} is not known; use a name like 'Europe/Helsinki'"
        ) from e


def instant(day: date, zone: str) -> int:
    """µs since 1970 UTC of the midnight with which a day begins in a zone."""
    moment = datetime(day.year, day.month, day.day, tzinfo=zone_of(zone))
    return int(moment.astimezone(UTC).timestamp()) * 1_000_000


def moment(day: date | datetime, zone: str) -> int:
    """µs since 1970 UTC of a moment, or of the midnight with which a day begins in a zone."""
    if isinstance(day, datetime):
        exact = day if day.tzinfo else day.replace(tzinfo=zone_of(zone))
        return round(exact.timestamp() * 1e6)
    return instant(day, zone)


def intervals(calendar: Calendar, name: str, zone: str, first: int, last: int) -> WorkClock:
    """Opening intervals of a calendar between two instants (µs since 1970 UTC).

    Raises `ScenarioError` where a weekday, hour, closure, country or zone cannot be read.
    """
    key = (
        tuple((day, tuple(hours)) for day, hours in calendar.hours.items()),
        calendar.holidays, tuple(calendar.closures), calendar.zone or zone,
    )  # fmt: skip
    try:
        return _intervals(key, first // DAY - 1, last // DAY + 1)
    except MappingError as e:
        found = str(e).removeprefix("mapping: ").replace("[calendar]", f"calendars.{name}:", 1)
        raise ScenarioError(f"scenario: {found}") from e


_Key = tuple[tuple[tuple[str, tuple[str, ...]], ...], str, tuple[str, ...], str]


@lru_cache(maxsize=512)
def _intervals(key: _Key, first_day: int, last_day: int) -> WorkClock:
    hours, holidays, closures, zone = key
    calendar = LogCalendar(zone=zone, hours=dict(hours), holidays=holidays, closures=closures)
    return work_clock(LogMapping(calendar=calendar), first_day * DAY, last_day * DAY)


def union(clocks: Iterable[WorkClock]) -> tuple[Ints, Ints]:
    """Opening intervals in which at least one of some clocks is open."""
    each = list(clocks)
    opens = np.concatenate([c.opens for c in each])
    closes = np.concatenate([c.closes for c in each])
    order = np.argsort(opens, kind="stable")
    opens, closes = opens[order], np.maximum.accumulate(closes[order])
    if not len(opens):
        return opens, closes
    fresh = np.concatenate([[True], opens[1:] > closes[:-1]])
    last = np.concatenate([fresh[1:], [True]])
    return opens[fresh], closes[last]


def moments(
    meeting: Meeting, name: str, zone: str, begin: date, first: int, last: int
) -> tuple[Ints, Ints]:
    """Cut-off and moment (µs since 1970 UTC) of the meetings between two instants, ascending.

    `begin`: the day from which every n-th week is counted where the meeting names no first day.
    Raises `ScenarioError` for a weekday, time or interval that cannot be read.
    """
    place = f"scenario: meetings.{name}"
    tz = zone_of(zone)
    hour, minute = _clock_time(meeting.at, place)
    if meeting.dates:
        days = sorted(meeting.dates)
    else:
        if meeting.weekday not in WEEKDAYS:
            raise ScenarioError(
                f"{place}: weekday {meeting.weekday!r} is not known; use one of "
                f"{', '.join(WEEKDAYS)}"
            )
        if meeting.weeks < 1:
            raise ScenarioError(f"{place}: weeks is {meeting.weeks}; it must be 1 or more")
        day = meeting.first or begin
        day += timedelta(days=(WEEKDAYS.index(meeting.weekday) - day.weekday()) % 7)
        step = timedelta(weeks=meeting.weeks)
        earliest = datetime.fromtimestamp(first // 1_000_000, tz).date()
        latest = datetime.fromtimestamp(last // 1_000_000, tz).date()
        if day > earliest:
            day -= step * -(-(day - earliest).days // step.days)
        else:
            day += step * ((earliest - day).days // step.days)
        days = []
        while day <= latest:
            days.append(day)
            day += step
    closed = [_interval(text, place) for text in meeting.except_]
    days = [d for d in days if not any(a <= d <= b for a, b in closed)]
    at = np.array(
        [
            int(datetime(d.year, d.month, d.day, hour, minute, tzinfo=tz).timestamp()) * 1_000_000
            for d in days
        ],
        dtype=np.int64,
    )
    at = at[(at >= first) & (at <= last)]
    return at - np.int64(round(meeting.cut_off_days * DAY)), at


def _clock_time(text: str, place: str) -> tuple[int, int]:
    try:
        hour, minute = (int(part) for part in text.split(":"))
        if not (0 <= hour < 24 and 0 <= minute < 60):
            raise ValueError
    except ValueError as e:
        raise ScenarioError(f"{place}: at {text!r} is no time of day; write '14:00'") from e
    return hour, minute


def _interval(text: str, place: str) -> tuple[date, date]:
    first, _, last = text.partition("/")
    try:
        return date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError as e:
        raise ScenarioError(
            f"{place}: {text!r} is no interval of days; write '2026-07-01/2026-07-31'"
        ) from e
