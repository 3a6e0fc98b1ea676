"""Working time: zones, clock changes, holidays, closures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.errors import MappingError
from polku.log.mapping import Calendar, Mapping
from polku.measure.work_clock import DAY, WorkClock, work_clock

HOUR = DAY // 24
OFFICE = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-15:00",))
HELSINKI = ZoneInfo("Europe/Helsinki")


def us(*parts: int, zone: object = HELSINKI) -> int:
    moment = datetime(*parts, tzinfo=zone)  # type: ignore[arg-type, misc]
    return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def clock(first: int, last: int, **calendar: object) -> WorkClock:
    given = {"zone": "Europe/Helsinki", "hours": OFFICE} | calendar
    return work_clock(Mapping(calendar=Calendar(**given)), first, last)  # type: ignore[arg-type]


def hours(c: WorkClock, a: int, b: int) -> float:
    return float(c.between(np.array([a]), np.array([b]))[0]) / HOUR


def test_office_hours_in_helsinki_equal_the_same_instants_in_utc() -> None:
    a, b = us(2025, 1, 6), us(2025, 12, 31)
    local = clock(a, b)
    winter = dict.fromkeys(OFFICE, ("06:00-13:00",))
    utc = clock(a, b, zone="UTC", hours=winter)
    monday = us(2025, 1, 13)
    assert hours(local, monday, monday + DAY) == hours(utc, monday, monday + DAY) == 7
    # in summer the same local hours are other instants
    noon = us(2025, 7, 7, 8), us(2025, 7, 7, 15)
    assert hours(local, *noon) == 7
    assert noon[0] == us(2025, 7, 7, 5, zone=UTC)
    assert hours(utc, *noon) == 6


def test_a_day_on_which_clocks_change_has_23_or_25_hours() -> None:
    always = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("00:00-24:00",))
    a, b = us(2025, 3, 1), us(2025, 11, 30)
    c = clock(a, b, hours=always)
    assert hours(c, us(2025, 3, 30), us(2025, 3, 31)) == 23
    assert hours(c, us(2025, 10, 26), us(2025, 10, 27)) == 25
    assert hours(c, a, b) == (b - a) / HOUR


def test_an_opening_time_that_the_clock_skips_opens_at_the_change() -> None:
    night = {"sun": ("03:30-06:00",)}
    c = clock(us(2025, 3, 25), us(2025, 4, 7), hours=night)
    assert hours(c, us(2025, 3, 30), us(2025, 3, 31)) == 2
    assert hours(c, us(2025, 4, 6), us(2025, 4, 7)) == 2.5


def test_an_hour_that_comes_twice_is_worked_twice() -> None:
    night = {"sun": ("03:00-04:00",)}
    c = clock(us(2025, 10, 20), us(2025, 11, 7), hours=night)
    assert hours(c, us(2025, 10, 26), us(2025, 10, 27)) == 2
    c = clock(us(2025, 10, 20), us(2025, 11, 7), hours={"sun": ("03:30-03:45",)})
    assert hours(c, us(2025, 10, 26), us(2025, 10, 27)) == 0.5


def test_public_holidays_and_closures_are_closed() -> None:
    a, b = us(2025, 12, 1), us(2026, 1, 12)
    with_holidays = clock(a, b, holidays="FI")
    assert hours(with_holidays, us(2025, 12, 25), us(2025, 12, 26)) == 0
    assert hours(clock(a, b), us(2025, 12, 25), us(2025, 12, 26)) == 7
    shut = clock(a, b, closures=("2025-12-22/2026-01-02", "2026-01-07"))
    assert hours(shut, us(2025, 12, 22), us(2026, 1, 3)) == 0
    assert hours(shut, us(2026, 1, 5), us(2026, 1, 9)) == 21


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    c = clock(us(2025, 5, 1), us(2025, 5, 12), hours={"mon": ("22:00-06:00",)})
    assert hours(c, us(2025, 5, 5), us(2025, 5, 6)) == 2
    assert hours(c, us(2025, 5, 6), us(2025, 5, 7)) == 6
    assert c.day == 8 * HOUR


def test_a_working_day_is_the_mean_of_the_days_that_are_open() -> None:
    week = {"mon": ("08:00-16:00",), "fri": ("08:00-14:00",)}
    c = clock(us(2025, 5, 1), us(2025, 5, 31), hours=week)
    assert c.day == 7 * HOUR
    assert c.in_days(np.array([7 * HOUR, 21 * HOUR, 3 * HOUR])).tolist() == [
        DAY, 3 * DAY, 3 * DAY // 7,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("calendar", "what"),
    [
        ({"zone": "Europe/Helsinkki"}, "zone 'Europe/Helsinkki'"),
        ({"hours": {"monday": ("08:00-15:00",)}}, "did you mean 'mon'"),
        ({"hours": {"mon": ("8-15",)}}, "'8-15' is no interval"),
        ({"hours": {"mon": ("08:00-25:00",)}}, "is no interval"),
        ({"holidays": "XX"}, "holidays 'XX'"),
        ({"closures": ("2025-13-01",)}, "'2025-13-01'"),
        ({"closures": ("2025-02-01/2025-01-01",)}, "ends before it begins"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused_in_one_line(
    calendar: dict[str, object], what: str
) -> None:
    with pytest.raises(MappingError, match=what) as e:
        clock(us(2025, 1, 1), us(2025, 1, 9), **calendar)
    assert "\n" not in str(e.value)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 23), st.integers(1, 24)), min_size=1, max_size=3),
    st.integers(0, 14 * 24 * 4),
    st.integers(0, 14 * 24 * 4),
    st.sampled_from([us(2025, 3, 24), us(2025, 10, 20), us(2025, 6, 2)]),
)
def test_working_time_equals_a_count_of_open_quarters(
    spans: list[tuple[int, int]], a: int, b: int, base: int
) -> None:
    texts = tuple(f"{x:02d}:00-{x + 1 + y % (24 - x):02d}:00" for x, y in spans)
    c = clock(base, base + 15 * DAY, hours={"mon": texts, "sun": texts})
    a, b = min(a, b), max(a, b)
    quarter = HOUR // 4
    count = 0
    for k in range(a, b):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=base + k * quarter)
        local = at.astimezone(HELSINKI)
        count += local.weekday() in (0, 6) and any(
            x <= local.hour < x + 1 + y % (24 - x) for x, y in spans
        )
    assert hours(c, base + a * quarter, base + b * quarter) == count / 4
