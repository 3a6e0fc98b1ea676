"""What is wrong with calendars, meetings and days, as far as the scenario alone can tell."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from polku.log.mapping import nearest
from polku.simulate.file.table import under
from polku.simulate.scenario import WEEKDAYS, Calendar, Meeting, Scenario

LONGEST_YEARS = 100
"""Years between the first and the last day of arrivals."""

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:/(\d{4}-\d{2}-\d{2}))?")


def horizon_problems(scenario: Scenario, place: str) -> Iterator[str]:
    """Days in the wrong order, a warm-up longer than all, a zone that is not known."""
    days = (scenario.end - scenario.start).days
    if days <= 0:
        yield (
            f"{place}end: is {scenario.end}, not after the start ({scenario.start}); end is the "
            "day after the last"
        )
    if days > LONGEST_YEARS * 366:
        yield f"{place}end: lies {days // 365:,} years after the start; {LONGEST_YEARS} at most"
    if not 1900 <= scenario.start.year <= 2200:
        yield f"{place}start: is {scenario.start}; write a day between 1900 and 2200"
    if not (math.isfinite(scenario.warm_up_days) and scenario.warm_up_days >= 0):
        yield f"{place}warm_up_days: is {scenario.warm_up_days:g}; write 0 or more"
    elif 0 < days <= scenario.warm_up_days:
        yield (
            f"{place}warm_up_days: {scenario.warm_up_days:g} days are cut from the {days:,} of the "
            "scenario, nothing is left; shorten it or set a later end"
        )
    yield from _zone(scenario.zone, f"{place}zone")


def calendar_problems(calendar: Calendar, place: str) -> Iterator[str]:
    """Hours that are none or cannot be read, an unknown country or zone, closures turned round."""
    opens = 0
    for weekday, intervals in calendar.hours.items():
        at = under(f"{place}.hours", weekday)
        if weekday not in WEEKDAYS:
            yield f"{at}: is no weekday; {nearest(weekday, WEEKDAYS)}"
        for i, text in enumerate(intervals):
            opens += 1
            if minutes_of(text) is None:
                yield f"{at}[{i}]: {text!r} is no interval; write '08:00-16:00'"
    if not opens:
        yield f'{place}: has no hours, nothing is ever done; add "mon": ["08:00-16:00"]'
    yield from _days(calendar.closures, f"{place}.closures")
    if calendar.holidays and not _knows_country(calendar.holidays):
        yield (
            f"{place}.holidays: {calendar.holidays!r} is not known; use an ISO country code, with "
            "a subdivision where it has holidays of its own ('FI', 'DE-BY')"
        )
    if calendar.zone is not None:
        yield from _zone(calendar.zone, f"{place}.zone")


def minutes_of(text: str) -> tuple[int, int] | None:
    """Minutes since midnight of "08:00-16:00"; past midnight where the end is not later.

    >>> minutes_of("22:00-06:00"), minutes_of("8-16")
    ((1320, 1800), None)
    """
    first, dash, last = text.strip().partition("-")
    a, b = minute_of(first.strip()), minute_of(last.strip())
    if not dash or a is None or b is None or a >= 1440:
        return None
    return (a, b + 1440) if b <= a else (a, b)


def minute_of(text: str) -> int | None:
    """Minutes since midnight of "08:30"; 24:00 is the end of the day."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if minutes <= 1440 else None


def meeting_problems(meeting: Meeting, place: str) -> Iterator[str]:
    """A time that is none, an interval of no weeks, a rhythm without a first day."""
    at = minute_of(meeting.at)
    if at is None or at == 1440:
        yield f"{place}.at: {meeting.at!r} is no time of day; write '14:00'"
    if meeting.weekday not in WEEKDAYS:
        hint = nearest(meeting.weekday, WEEKDAYS)
        yield f"{place}.weekday: {meeting.weekday!r} is not known; {hint}"
    if meeting.weeks < 1:
        yield f"{place}.weeks: is {meeting.weeks}; write 1 for every week, 2 for every second"
    elif meeting.weeks > 1 and meeting.first is None and not meeting.dates:
        yield (
            f"{place}: meets every {meeting.weeks} weeks, but from when is not said; "
            'add "first": the day of one meeting'
        )
    if meeting.first is not None and not meeting.dates and meeting.weekday in WEEKDAYS:
        weekday = WEEKDAYS[meeting.first.weekday()]
        if weekday != meeting.weekday:
            yield (
                f"{place}.first: {meeting.first} is a {weekday}, the meeting a {meeting.weekday}; "
                "write one weekday"
            )
    if len(set(meeting.dates)) != len(meeting.dates) or list(meeting.dates) != sorted(
        meeting.dates
    ):
        yield f"{place}.dates: are not in order, or one stands twice; sort them"
    if not (math.isfinite(meeting.cut_off_days) and meeting.cut_off_days >= 0):
        yield f"{place}.cut_off_days: is {meeting.cut_off_days:g}; write 0 or more"
    yield from _days(meeting.except_, f"{place}.except")


def interval_of(text: str) -> tuple[date, date] | None:
    """First and last day of "2026-07-01/2026-07-14" (or of one day); None where it is none."""
    found = _DAYS.fullmatch(text.strip())
    if not found:
        return None
    try:
        return date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
    except ValueError:
        return None


def _days(texts: Iterable[str], place: str) -> Iterator[str]:
    for i, text in enumerate(texts):
        found = interval_of(text)
        if found is None:
            yield f"{place}[{i}]: {text!r} is no day or interval; write '2026-07-01/2026-07-14'"
        elif found[1] < found[0]:
            yield f"{place}[{i}]: {text!r} ends before it begins; turn it round"


def _zone(name: str, place: str) -> Iterator[str]:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"{place}: {name!r} is not known; use a name like 'Europe/Helsinki'"


@cache
def _knows_country(code: str) -> bool:
    import holidays

    country, _, subdivision = code.partition("-")
    try:
        holidays.country_holidays(country.upper(), subdiv=subdivision or None, years=2025)
    except NotImplementedError:
        return False
    return True
