"""When people work, from the stamps of what they did; and time counted in such hours."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.log.mapping import Calendar as MappingCalendar
from polku.log.mapping import Mapping as LogMapping
from polku.measure.work_clock import WorkClock, work_clock
from polku.simulate.scenario import WEEKDAYS, Calendar, Origin

Ints = npt.NDArray[np.int64]

FEWEST = 60
"""Stamps below which hours are not told."""
_THIN = 0.15  # an hour with less than this share of a usual hour's stamps is closed
_COVER = 0.93
_RARE_DAY = 8  # stamps of one person on a weekday from which it has an open hour
_SURE = 10.0  # usual stamps of an hour from which an hour without any is closed
_MINUTE = 60_000_000
_ROUND = 5  # minutes


@dataclass(frozen=True)
class Local:
    """Stamps in local time: `minute` of the week (0 = Monday 00:00), `day` since 1970."""

    minute: Ints
    day: Ints


def local(at: Ints, zone: str) -> Local:
    """Instants (µs since 1970 UTC) in a zone's local time."""
    stamps = pl.Series(at).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    minute = (
        (stamps.dt.weekday().cast(pl.Int64) - 1) * 1440
        + stamps.dt.hour().cast(pl.Int64) * 60
        + stamps.dt.minute().cast(pl.Int64)
    )
    day = stamps.dt.date().cast(pl.Int32).cast(pl.Int64)
    return Local(minute.to_numpy(), day.to_numpy())


def week_hours(minute: Ints) -> Mapping[str, tuple[str, ...]] | None:
    """Opening hours by weekday from minutes of the week; None: round the clock, or too few.

    An hour is open when its stamps are not few against a usual hour's; a closed hour with stamps
    between two open ones is open too; the edges of each stretch are drawn in to its first and last
    stamps, in steps of five minutes, where there are enough of them to tell.
    """
    n = len(minute)
    if n < FEWEST:
        return None
    counts = np.bincount(minute // 60, minlength=168)[:168].astype(float)
    usual = float((counts**2).sum() / counts.sum())
    thin = _THIN
    is_open = counts >= max(thin * usual, 2.0)
    while counts[is_open].sum() < _COVER * n and thin > 0.005:
        thin /= 2
        is_open = counts >= max(thin * usual, 1.0)
    _shared(counts, is_open)
    _bridged(counts, is_open, usual)
    if is_open.sum() >= 156:
        return None
    out: dict[str, tuple[str, ...]] = {}
    for number, name in enumerate(WEEKDAYS):
        spans = _spans(is_open[24 * number : 24 * number + 24])
        texts = []
        for a, b in spans:
            opens, closes = a * 60, b * 60
            first = minute[minute // 60 == 24 * number + a] - 1440 * number
            last = minute[minute // 60 == 24 * number + b - 1] - 1440 * number
            if len(first) >= 12:
                opens = _drawn_in(np.sort(first), opens)
            if len(last) >= 12:
                closes = 1440 - _drawn_in(np.sort(1439 - last), 1440 - closes)
            texts.append(f"{_clock(opens)}-{_clock(min(closes, 1440))}")
        if texts:
            out[name] = tuple(texts)
    return out


def _spans(is_open: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_open.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def rare_days(hours: Mapping[str, tuple[str, ...]], minute: Ints) -> Mapping[str, tuple[str, ...]]:
    """The hours, and on weekdays on which a person works now and then the fullest hour as well."""
    out = dict(hours)
    counts = np.bincount(minute // 60, minlength=168)[:168].reshape(7, 24)
    for number, name in enumerate(WEEKDAYS):
        if not out.get(name) and counts[number].sum() >= _RARE_DAY:
            hour = int(counts[number].argmax())
            out[name] = (f"{_clock(60 * hour)}-{_clock(60 * hour + 60)}",)
    return {d: out[d] for d in WEEKDAYS if d in out} if len(out) > len(hours) else hours


def _shared(counts: npt.NDArray[np.float64], is_open: npt.NDArray[np.bool_]) -> None:
    """Open the hours of a weekday that its fellows have, where its stamps do not speak against it.

    Days with at least half the stamps of the middle one of those worked on are fellows.
    """
    table, opened = counts.reshape(7, 24), is_open.reshape(7, 24)
    days = np.flatnonzero(opened.any(axis=1))
    if len(days) < 3:
        return
    totals = table[days].sum(axis=1)
    fellows = days[totals >= 0.5 * np.median(totals)]
    mean = table[fellows].mean(axis=0)
    for hour in range(24):
        share = opened[fellows, hour].mean()
        for day in fellows.tolist():
            if share > 0.5 and table[day, hour] >= mean[hour] - 2.5 * np.sqrt(mean[hour]):
                opened[day, hour] = True


def _bridged(counts: npt.NDArray[np.float64], is_open: npt.NDArray[np.bool_], usual: float) -> None:
    """Open up to two hours between open ones of a day that have stamps, or too few to be missed."""
    for day in range(7):
        opened = is_open[24 * day : 24 * day + 24]
        hours = np.flatnonzero(opened)
        for a, b in itertools.pairwise(hours.tolist()):
            between = counts[24 * day + a + 1 : 24 * day + b]
            if 1 < b - a <= 3 and (between.all() or usual < _SURE):
                opened[a + 1 : b] = True


def _drawn_in(first: Ints, edge: int) -> int:
    """An edge of hours, moved to where the stamps behind it (ascending) begin.

    Between n stamps spread over an hour lie 60 / n minutes; a gap of several such is no chance.
    """
    at = int(first[int(0.005 * len(first))])
    if at - edge < max(_ROUND, 5 * 60 / len(first)):
        return edge
    return at // _ROUND * _ROUND


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def length(hours: Mapping[str, tuple[str, ...]]) -> float:
    """Hours of a week."""
    total = 0.0
    for texts in hours.values():
        for text in texts:
            a, _, b = text.partition("-")
            total += (_minutes(b) - _minutes(a)) / 60
    return total


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def share_inside(minute: Ints, hours: Mapping[str, tuple[str, ...]] | None) -> float:
    """Share of stamps that lie in some hours."""
    if hours is None or not len(minute):
        return 1.0
    return float(is_inside(hours)[minute].mean())


def is_inside(hours: Mapping[str, tuple[str, ...]]) -> npt.NDArray[np.bool_]:
    """Whether each minute of the week is open, bool[10080]."""
    table = np.zeros(10_080, dtype=bool)
    for number, name in enumerate(WEEKDAYS):
        for text in hours.get(name, ()):
            a, _, b = text.partition("-")
            table[1440 * number + _minutes(a) : 1440 * number + _minutes(b)] = True
    return table


def closures(day: Ints, hours: Mapping[str, tuple[str, ...]] | None) -> tuple[str, ...]:
    """Days on which nothing happened although the weekday usually has plenty."""
    if not len(day):
        return ()
    first, last = int(day.min()), int(day.max())
    counts = np.bincount(day - first, minlength=last - first + 1)
    weekday = (np.arange(first, last + 1) + 3) % 7  # 1970-01-01 was a Thursday
    quiet = []
    for number in range(7):
        mine = np.flatnonzero(weekday == number)
        usual = float(np.median(counts[mine])) if len(mine) else 0.0
        if hours is not None and WEEKDAYS[number] not in hours:
            continue
        if usual >= 12:
            quiet += [int(k) for k in mine if counts[k] == 0]
    out: list[tuple[int, int]] = []
    stretch: list[int] = []
    for k in sorted(quiet):
        if stretch and k != stretch[-1] + 1:
            out.append((stretch[0], stretch[-1]))
            stretch = []
        stretch.append(k)
    if stretch:
        out.append((stretch[0], stretch[-1]))
    return tuple(f"{_date(first + a)}/{_date(first + b)}" for a, b in out)


def _date(day: int) -> str:
    return str(np.datetime64(day, "D"))


def calendar(
    hours: Mapping[str, tuple[str, ...]], closed: tuple[str, ...], n: int, note: str | None = None
) -> Calendar:
    """A calendar that was measured from n stamps."""
    return Calendar(hours, "", closed, None, Origin("measured", n, note))


def clock_of(calendar: Calendar | None, zone: str, first: int, last: int) -> WorkClock | None:
    """The opening intervals of a calendar between two instants, None for round the clock."""
    if calendar is None:
        return None
    week = 8 * 86_400_000_000
    found = work_clock(
        LogMapping(
            calendar=MappingCalendar(
                zone=calendar.zone or zone,
                hours=calendar.hours,
                holidays=calendar.holidays,
                closures=calendar.closures,
            )
        ),
        first - week,
        last + week,
    )
    return found if len(found.opens) else None


_RULES = (
    "UTC", "Europe/Amsterdam", "America/New_York", "America/Asuncion", "Australia/Sydney",
)  # fmt: skip
"""One zone for each rule by which clocks change, and one whose do not."""


def sharpest_zone(at: Ints, given: str | None) -> tuple[str, str | None]:
    """The zone in whose local time a log's hours stay the same all year, and a remark.

    The zone that is given stands. Without one, the log's stamps may have been written in UTC or in
    local time; the hours then seem to move by one when clocks change. The zone with the least
    entropy of (quarter of an hour of the day, half of the year in which clocks are forward) is
    taken where it is clearly sharper than UTC.
    """
    if given is not None:
        return given, None
    if len(at) < 2_000 or int(at.max() - at.min()) < 40 * 86_400_000_000:
        return "UTC", None
    plain = local(at, "UTC").minute % 1440
    best, least = "UTC", _entropy(plain)
    base = least
    for zone in _RULES[1:]:
        stamps = pl.Series(at).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
        shift = stamps.dt.dst_offset().dt.total_minutes().to_numpy()
        if shift.min() == shift.max():
            continue
        found = _entropy((plain + shift) % 1440)
        if found < least - 0.02:
            best, least = zone, found
    if best == "UTC":
        return "UTC", None
    return best, (
        f"the hours of this log move by one when clocks change as in {best}, so the scenario is "
        f"written in that zone's time (entropy {least:.2f} instead of {base:.2f} bits); if that is "
        "wrong, read the log with [time] zone, or give the zone"
    )


def _entropy(minute: Ints) -> float:
    counts = np.bincount(minute // 15, minlength=96).astype(float)
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log2(p)).sum())


def zone_is_known(name: str) -> bool:
    """Whether there is such a zone."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return False
    return True


def joined(parts: Sequence[Ints]) -> Ints:
    """Arrays one after the other."""
    return np.concatenate([np.zeros(0, np.int64), *parts])
