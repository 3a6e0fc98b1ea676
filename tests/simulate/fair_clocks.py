"""Working time and meetings, computed from a scenario day by day and apart from the product."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from polku.simulate.scenario import WEEKDAYS, Calendar, Meeting

FOREVER = 2**62
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = date(2025, 1, 1)
Clock = tuple[list[int], list[int]]
"""Openings and closings, µs since 1970 UTC."""


def moment(day: date, time: str, zone: str) -> int:
    """The µs of a local time."""
    hour, minute = map(int, time.split(":"))
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    return (local - EPOCH) // timedelta(microseconds=1)


@cache
def free_days(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country, years=range(2024, 2030))


def closed(day: date, spans: tuple[str, ...]) -> bool:
    return any(a <= day.isoformat() <= (b or a) for a, _, b in (s.partition("/") for s in spans))


def clock(calendar: Calendar | None, zone: str, days: int = 500) -> Clock:
    """When a calendar is open in the days from 2025 on; None: always."""
    if calendar is None:
        return [-FOREVER], [FOREVER]
    opens, closes = [], []
    for k in range(days):
        day = FIRST + timedelta(k)
        if closed(day, calendar.closures):
            continue
        if calendar.holidays and day in free_days(calendar.holidays):
            continue
        for span in calendar.hours.get(WEEKDAYS[day.weekday()], ()):
            begin, _, end = span.partition("-")
            opens.append(moment(day, begin, calendar.zone or zone))
            closes.append(moment(day, end, calendar.zone or zone))
    return opens, closes


def worked(clock: Clock, start: int, end: int) -> int:
    """Open time between two moments."""
    low = max(0, bisect_right(clock[0], start) - 1)
    high = bisect_right(clock[0], end)
    both = zip(clock[0][low:high], clock[1][low:high], strict=True)
    return sum(max(0, min(b, end) - max(a, start)) for a, b in both)


def is_open(clock: Clock, moment: int) -> bool:
    k = bisect_right(clock[0], moment) - 1
    return k >= 0 and moment < clock[1][k]


def meetings(meeting: Meeting, zone: str, begin: date, days: int = 500) -> list[tuple[int, int]]:
    """Cut-off and moment of each meeting from a day on; weeks are counted from that day."""
    found = []
    count = 0
    for k in range(days):
        day = begin + timedelta(k)
        if WEEKDAYS[day.weekday()] == meeting.weekday:
            if count % meeting.weeks == 0 and not closed(day, meeting.except_):
                at = moment(day, meeting.at, zone)
                found.append((at - round(meeting.cut_off_days * 8.64e10), at))
            count += 1
    return found
