"""How matters arrive: by the clock, as a Poisson stream with hours and weekdays, or in bursts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from polku.simulate.calibrating.fitting import fit, likelihood
from polku.simulate.calibrating.hours import (
    FEWEST,
    Local,
    calendar,
    clock_of,
    is_inside,
    local,
    week_hours,
)
from polku.simulate.calibrating.instances import Ints
from polku.simulate.scenario import WEEKDAYS, Arrivals, Calendar, Law, Origin, Remark

_DAY = 86_400_000_000
_MINUTE = 60_000_000
_CLOCKED = 0.5
_GAIN = 0.5
"""Log likelihood per arrival that gaps must gain, for they do not tell the hours of the day."""
_YEAR = 365.25


@dataclass(frozen=True)
class Arriving:
    """Arrivals, the calendar they need, and what is to be said."""

    arrivals: Arrivals
    calendar: Calendar | None
    remarks: tuple[Remark, ...]


def arriving(
    at: Ints, zone: str, name: str, hours: bool, first: date, end: date, many: float | None = None
) -> Arriving:
    """How the matters of one kind arrive.

    `at`: arrivals, µs since 1970 UTC; `hours`: whether stamps tell the time of day; `first`,
    `end`: the days of the window, the last one excluded; `many`: how many arrived, where the log
    lacks some.
    """
    at = np.sort(at)
    many = float(len(at)) if many is None else many
    n, days = len(at), max((end - first).days, 1)
    remarks: list[Remark] = []
    place = f"arrivals of {name}"
    if n < 3:
        remarks.append(
            Remark(place, f"{n} arrivals cannot tell how matters arrive: an even stream")
        )
        return Arriving(
            Arrivals(per_year=n / days * _YEAR, origin=Origin("inferred", n)), None, tuple(remarks)
        )
    stamps = local(at, zone)
    clocked = _clocked(at, stamps, name) if hours else None
    if clocked is not None:
        return clocked
    shape = _shape(stamps, n, first, end, hours)
    per_year = many / days * _YEAR
    note = shape.note
    if many > 1.02 * n:
        said = (
            "no matter of the log is open, so it seems to hold ended ones only; "
            f"{many - n:,.0f} that had not ended with it are added"
        )
        note = f"{note}; {said}" if note else said
        remarks.append(Remark(place, said))
    stream = Arrivals(
        per_year=per_year, months=shape.months, weekdays=shape.weekdays, hours=shape.hours,
        origin=Origin("measured", n, note),
    )  # fmt: skip
    if not shape.months:
        remarks.append(
            Remark(place, "the log is too short to tell the months apart: all have the same weight")
        )
    renewal = _renewal(at, stamps, zone, name) if hours and n >= FEWEST else None
    if renewal is None or not renewal.better:
        return Arriving(stream, None, tuple(remarks))
    return Arriving(renewal.arrivals, renewal.calendar, tuple(remarks))


@dataclass(frozen=True)
class _Renewal:
    """Gaps of their own law; `better`: than a Poisson stream, by the likelihood of what it has not
    seen."""

    arrivals: Arrivals
    calendar: Calendar | None
    better: bool


def _renewal(at: Ints, stamps: Local, zone: str, name: str) -> _Renewal:
    """Gaps of their own law, in the hours in which matters arrive.

    Both are fitted to the first two thirds of the arrivals and judged by the likelihood of the
    rest, per minute: the stream with its weekdays and hours, the gaps with the best law of chance.
    """
    hours = week_hours(stamps.minute)
    made = None if hours is None else calendar(hours, (), len(at))
    clock = clock_of(made, zone, int(at[0]), int(at[-1]))
    gaps = (np.diff(at) if clock is None else np.diff(clock.until(at))) / _MINUTE
    cut = 2 * len(gaps) // 3
    inside = np.ones(10_080, bool) if hours is None else is_inside(hours)
    closed = ~inside[stamps.minute[cut + 1 :]]
    by_gaps = likelihood(gaps[:cut], gaps[cut:]) - 7 * closed  # a thousandth of the usual density
    profile = np.zeros(168)
    np.add.at(profile, stamps.minute[: cut + 1] // 60, 1.0)
    table = profile.reshape(7, 24)
    by_weekday, by_hour = table.sum(axis=1) + 0.25, table.sum(axis=0) + 0.05
    days = max((int(at[cut]) - int(at[0])) / _DAY, 1.0)
    rate = np.outer(by_weekday / by_weekday.sum(), by_hour / by_hour.sum()).reshape(-1)
    rate *= (cut + 1) / days * 7 / 60  # arrivals per minute in each hour of the week
    total = np.concatenate([[0.0], np.cumsum(np.repeat(rate, 60))])
    late_minute, late_week = stamps.minute[cut:], (stamps.day[cut:] + 3) // 7
    passed = np.diff(late_week * total[-1] + total[late_minute])
    by_stream = np.log(rate[late_minute[1:] // 60]) - passed
    gain = float((by_gaps - by_stream).mean())
    note = f"gaps of their own law ({gain:+.2f} in held-out likelihood for each arrival)"
    found = fit(gaps)
    arrivals = Arrivals(
        between=found.law, calendar=None if made is None else f"arrivals of {name}",
        origin=Origin("measured", len(at), f"{note}: {found.origin.note}"),
    )  # fmt: skip
    return _Renewal(arrivals, made, gain > _GAIN)


@dataclass(frozen=True)
class _Shape:
    months: tuple[float, ...]
    weekdays: tuple[float, ...]
    hours: tuple[float, ...]
    note: str | None


def _shape(stamps: Local, n: int, first: date, end: date, hours: bool) -> _Shape:
    """Weights of months, weekdays and hours, drawn towards even ones where data are few."""
    days = (end - first).days
    each = np.zeros(7)
    months = np.zeros(12)
    for k in range(days):
        day = first + timedelta(days=k)
        each[day.weekday()] += 1
        months[day.month - 1] += 1
    minute = stamps.minute
    weekday = np.bincount(minute // 1440, minlength=7)[:7].astype(float)
    weekdays: tuple[float, ...] = ()
    if days >= 14 and n >= 20:
        mean = n / days
        weights = (weekday + 0.25) / (each * mean + 0.25)
        weekdays = _rounded(weights)
    hour = np.bincount(minute % 1440 // 60, minlength=24)[:24].astype(float)
    by_hour = _rounded(24 * (hour + 0.05) / (n + 1.2)) if hours and n >= 20 else ()
    by_month: tuple[float, ...] = ()
    note = None
    if days >= 360 and n >= 120 and months.min() >= 25:
        month = stamps.day.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
        found = np.bincount(month, minlength=12)[:12].astype(float)
        expected = months * n / days
        spread = float(((found - expected) ** 2 / expected).sum())
        trust = max(1 - 11 / spread, 0.0) if spread > 0 else 0.0  # James and Stein's shrinking
        by_month = _rounded(1 + trust * (found / expected - 1))
        note = f"months drawn towards even ones: {trust:.0%} of their difference is kept"
    return _Shape(by_month, weekdays, by_hour, note)


def _rounded(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, ...]:
    return tuple(round(float(v), 4) for v in values)


def _clocked(at: Ints, stamps: Local, name: str) -> Arriving | None:
    """Arrivals that come one after the other by the clock, in hours that open on the first."""
    day = stamps.day
    gaps = np.diff(at)
    within = np.diff(day) == 0
    if within.sum() < 10:
        return None
    kinds, counts = np.unique(np.round(gaps[within] / 1e6).astype(np.int64), return_counts=True)
    k = int(counts.argmax())
    if counts[k] < _CLOCKED * within.sum() or not kinds[k]:
        return None
    step = kinds[k] / 60
    sure = counts[k] / within.sum()
    hours: dict[str, tuple[str, ...]] = {}
    for number, weekday in enumerate(WEEKDAYS):
        mine = np.flatnonzero(stamps.minute // 1440 == number)
        if not len(mine):
            continue
        minute = stamps.minute[mine] % 1440
        days = np.unique(day[mine])
        opens = round(float(np.median([minute[day[mine] == d].min() for d in days])))
        closes = round(float(np.median([minute[day[mine] == d].max() for d in days]))) + 1
        if closes > opens:
            hours[weekday] = (
                f"{opens // 60:02d}:{opens % 60:02d}-{closes // 60:02d}:{closes % 60:02d}",
            )
    if sure >= 0.95:
        law = Law("fixed", (float(step),), unit="minutes")
    else:
        law = fit(gaps[within] / _MINUTE).law
    note = f"by the clock: {sure:.0%} of the gaps within a day are {step:g} minutes"
    return Arriving(
        Arrivals(
            between=law,
            calendar=f"arrivals of {name}",
            origin=Origin("measured", len(at), note),
            moved=True,  # the first of a day comes when it opens
        ),
        calendar(hours, (), len(at)),
        (),
    )


__all__ = ["Arriving", "arriving"]
