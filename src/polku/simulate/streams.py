"""When matters of one kind arrive: one stream of moments for each kind, drawn by its own key.

A stream is a pure function of (seed, replication, kind, arrivals): its first n moments are the same
however many are asked for, whatever other kinds there are and whatever path is simulated.

A Poisson stream with an intensity that changes is drawn by time change (Çinlar 1975, Introduction
to Stochastic Processes, § 4.7): the sums of standard-exponential gaps are put through the inverse
of the cumulative intensity, which is linear within each local hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.simulate.clocks import DAY, instant, intervals, zone_of
from polku.simulate.engine.draws import ARRIVAL, keys, role_hash, uniforms
from polku.simulate.engine.program import Floats, Ints
from polku.simulate.laws import check_law, mean, quantile
from polku.simulate.scenario import Arrivals, Law, Scenario

HOUR = 3_600_000_000
YEAR = 365.2425 * DAY
"""The mean year of the Gregorian calendar, µs."""
MOST = 50_000_000
"""Matters of one run at most."""
_LAST = 200 * YEAR * 5
_MONTH_DAYS = np.array([31, 28.2425, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Stream:
    """The arrivals of one kind.

    `kind`: its name; `key`: u32 hash of it; `first(n)`: the first n moments (fewer where the
    stream ends), i64 µs since 1970 UTC, ascending; `rate`: arrivals per µs in the long run;
    `numbers`: the matters' own numbers where these are not 0, 1, 2, …
    """

    kind: str
    key: int
    first: Callable[[int], Ints]
    rate: float
    numbers: Ints | None = None

    def numbered(self, count: int) -> Ints:
        """The own numbers of the first `count` matters, i64."""
        return np.arange(count) if self.numbers is None else self.numbers[:count]


def stream(scenario: Scenario, kind: str, *, seed: int, replication: int, since: int) -> Stream:
    """The stream of one kind of a scenario.

    Parameters: `since`, where it begins, µs since 1970 UTC (`at` counts from the scenario's first
    day all the same; what lies before `since` does not arrive). Raises `ScenarioError` for
    arrivals that are given in no way or in two, or that cannot be drawn.
    """
    arrivals = scenario.kinds[kind].arrivals
    place = f"scenario: kinds {kind!r}: arrivals"
    given = [
        word
        for word, there in (
            ("per_year", arrivals.per_year is not None),
            ("between", arrivals.between is not None),
            ("at", bool(arrivals.at)),
        )
        if there
    ]
    if len(given) > 1:
        raise ScenarioError(f"{place}: {' and '.join(given)} are given; keep one of them")
    if not given:
        raise ScenarioError(f"{place}: nothing is given; give per_year, between or at")
    key, (k0, k1) = role_hash(kind), keys(seed, replication)

    def drawn(count: int) -> Floats:
        number = np.arange(count, dtype=np.uint32)
        return uniforms(k0, k1, number, np.full(count, key, np.uint32), 0, 0, ARRIVAL)

    if arrivals.at:
        origin = instant(scenario.start, scenario.zone)
        at = np.asarray(arrivals.at, dtype=np.int64) + origin
        order = np.argsort(at, kind="stable")
        order = order[at[order] >= since]
        moments = at[order]
        return Stream(kind, key, lambda count: moments[:count], 0.0, order)
    if arrivals.between is not None:
        return _renewal(scenario, arrivals, arrivals.between, kind, key, drawn, since, place)
    return _poisson(scenario, arrivals, kind, key, drawn, since, place)


def _poisson(
    scenario: Scenario, arrivals: Arrivals, kind: str, key: int,
    drawn: Callable[[int], Floats], since: int, place: str,
) -> Stream:  # fmt: skip
    per_year = float(arrivals.per_year or 0.0)
    if not (np.isfinite(per_year) and per_year >= 0):
        raise ScenarioError(f"{place}: per_year is {per_year:g}; give a number from 0")
    zone = zone_of(scenario.zone)
    rates = hourly_rates(arrivals, place)

    def first(count: int) -> Ints:
        if per_year == 0 or not count:
            return np.zeros(0, dtype=np.int64)
        sums = np.cumsum(-np.log(drawn(count)))
        if rates is None:
            after = sums * (YEAR / per_year)
            _refuse_late(after[-1], place)
            return since + np.floor(after).astype(np.int64)
        length = (sums[-1] / per_year + 1.0) * YEAR
        while True:
            _refuse_late(length, place)
            edges, month, weekday, hour = local_hours(zone, since, since + int(length))
            rate = rates[month, weekday, hour]
            total = np.concatenate([[0.0], np.cumsum(rate * np.diff(edges))])
            if total[-1] > sums[-1]:
                break
            length *= 1.25
        cell = np.searchsorted(total, sums, side="right") - 1
        inside = np.floor((sums - total[cell]) / rate[cell]).astype(np.int64)
        at: Ints = np.minimum(edges[cell] + inside, edges[cell + 1] - 1)
        return at

    return Stream(kind, key, first, per_year / YEAR)


def hourly_rates(arrivals: Arrivals, place: str = "arrivals") -> Floats | None:
    """Arrivals per µs in each month, weekday and local hour, f8[12, 7, 24]; None: all the same.

    They are in proportion to the weights and give `per_year` in a mean year of the Gregorian
    calendar (whose weekdays are evenly spread). Raises `ScenarioError` for weights of another
    number than 12, 7, 24, for negative ones, or where all are 0.
    """
    parts = []
    for name, count in (("months", 12), ("weekdays", 7), ("hours", 24)):
        weights = np.asarray(getattr(arrivals, name) or (1.0,) * count, dtype=np.float64)
        if len(weights) != count:
            raise ScenarioError(f"{place}: {name} has {len(weights)} weights; give {count}")
        if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
            raise ScenarioError(f"{place}: {name}: weights must be 0 or more, and one above 0")
        parts.append(weights)
    months, weekdays, hours = parts
    if all(len(set(p.tolist())) == 1 for p in parts):
        return None
    total = float(months @ _MONTH_DAYS) * float(weekdays.mean()) * float(hours.sum()) * HOUR
    shape = months[:, None, None] * weekdays[None, :, None] * hours[None, None, :]
    out: Floats = shape * (float(arrivals.per_year or 0.0) / total)
    return out


def local_hours(zone: ZoneInfo, since: int, until: int) -> tuple[Ints, Ints, Ints, Ints]:
    """The time from `since` to at least `until`, cut at every local hour.

    Returns `edges` i64[k + 1] (µs since 1970 UTC) and for each piece its local month (0 …),
    weekday (0 = Monday) and hour, i64[k]. A day on which clocks go forward has 23 of them, the
    other one 25.
    """
    edges, local = [], []
    for begin, end, offset in _offsets(zone, since, until + DAY):
        first = (begin + offset) // HOUR
        last = -((-(end + offset)) // HOUR)
        hours = np.arange(first, last, dtype=np.int64)
        starts = hours * HOUR - offset
        if len(starts):
            starts[0] = begin
        edges.append(starts)
        local.append(hours)
        final = end
    hours = np.concatenate(local)
    day = hours // 24
    low = int(day[0])
    days = np.arange(low, int(day[-1]) + 1).astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    return (
        np.concatenate([*edges, np.array([final], dtype=np.int64)]),
        months[day - low],
        (day + 3) % 7,
        hours % 24,
    )


def _offsets(zone: ZoneInfo, since: int, until: int) -> list[tuple[int, int, int]]:
    """Stretches (begin, end, offset from UTC) of the same local clock, µs."""
    out: list[tuple[int, int, int]] = []
    first, last = (int(t // YEAR) for t in (since, until))
    for year in range(first, last + 1):
        for begin, end, offset in _year_of_offsets(zone.key, year):
            a, b = max(begin, since), min(end, until)
            if b <= a:
                continue
            if out and out[-1][2] == offset:
                out[-1] = (out[-1][0], b, offset)
            else:
                out.append((a, b, offset))
    return out


@lru_cache(maxsize=4096)
def _year_of_offsets(zone_name: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """The stretches of a year that is counted in mean years from 1970.

    Looked at week by week: clocks that change twice within one are not known anywhere since 1970.
    """
    zone = ZoneInfo(zone_name)
    begin, end = int(year * YEAR), int((year + 1) * YEAR)
    out = []
    offset, at = _offset(begin, zone), begin
    while at < end:
        following = min(at + 7 * DAY, end)
        now = _offset(following, zone)
        if now != offset:
            low, high = at // 1_000_000, -(-following // 1_000_000)
            while high - low > 1:  # clocks change at whole seconds
                middle = (low + high) // 2
                same = _offset(middle * 1_000_000, zone) == offset
                low, high = (middle, high) if same else (low, middle)
            out.append((begin, high * 1_000_000, offset))
            begin, offset = high * 1_000_000, now
        at = following
    out.append((begin, end, offset))
    return tuple(out)


def _offset(at: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(at // 1_000_000, zone)
    return (local.utcoffset() or timedelta()) // timedelta(microseconds=1)


def _renewal(
    scenario: Scenario, arrivals: Arrivals, law: Law, kind: str, key: int,
    drawn: Callable[[int], Floats], since: int, place: str,
) -> Stream:  # fmt: skip
    check_law(law, f"{place}: between")
    if law.unit is None:
        raise ScenarioError(f"{place}: between: has no unit; give seconds, minutes, hours or days")
    usual = mean(law)
    if not usual > 0:
        raise ScenarioError(f"{place}: between: is 0 on average; give a time above 0")

    def sums(count: int) -> Ints:
        gaps = np.rint(quantile(law, drawn(count)))
        if gaps.min(initial=0) < 0:
            raise ScenarioError(f"{place}: between: gives times below 0; cut it with low = 0")
        if gaps.sum() > _LAST:
            _refuse_late(np.inf, place)
        return np.cumsum(gaps.astype(np.int64))

    if arrivals.calendar is None:
        return Stream(kind, key, lambda count: since + sums(count), 1 / usual)
    if arrivals.calendar not in scenario.calendars:
        raise ScenarioError(
            f"{place}: calendar {arrivals.calendar!r} is not in the scenario; "
            f"{nearest(arrivals.calendar, scenario.calendars)}"
        )
    name = arrivals.calendar
    opens, closes = _opening_times(scenario, name, since, since + 371 * DAY)
    share = float((closes - opens).sum()) / (371 * DAY)
    if share <= 0:
        raise ScenarioError(f"{place}: calendar {name!r} is never open; give it hours")

    def first(count: int) -> Ints:
        worked = sums(count)
        if not count:
            return worked
        length = int(worked[-1] / share * 1.02) + 14 * DAY
        while True:
            _refuse_late(length, place)
            opens, closes = _opening_times(scenario, name, since, since + length)
            before = np.concatenate([np.zeros(1, np.int64), np.cumsum(closes - opens)])
            if before[-1] >= worked[-1]:
                break
            length = length * 5 // 4
        # the first moment at which so much of the opening time has gone by
        at = np.maximum(np.searchsorted(before, worked, side="left") - 1, 0)
        found: Ints = opens[at] + (worked - before[at])
        return found

    return Stream(kind, key, first, share / usual)


def _opening_times(scenario: Scenario, name: str, since: int, until: int) -> tuple[Ints, Ints]:
    """Openings and closings of a calendar from `since` to `until` (µs), cut there."""
    clock = intervals(scenario.calendars[name], name, scenario.zone, since, until)
    opens, closes = np.maximum(clock.opens, since), np.minimum(clock.closes, until)
    there = closes > opens
    return opens[there], closes[there]


def _refuse_late(length: float, place: str) -> None:
    if not length < _LAST:
        raise ScenarioError(
            f"{place}: so few arrive that it would take over a thousand years; ask for fewer "
            "matters or give a higher rate"
        )
