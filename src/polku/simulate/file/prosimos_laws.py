"""Laws and calendars as Prosimos' parameter files have them, and what they mean there.

Read from Prosimos 2.1 (`simulation_properties_parser`) and pix-framework 0.15
(`statistics.distribution`): all times in seconds; parameters are moments and bounds, not SciPy's:
`fix` (value), `uniform` (min, max), `expon` (mean, min, max: location min, scale mean − min),
`norm` (mean, standard deviation, min, max), `lognorm` and `gamma` (mean, variance, min, max). A
draw below 0 or outside the bounds is thrown away and drawn again, at most 100 times, then the mean
(or, where that lies outside, the middle of the bounds) stands in: that is the law cut to its
bounds, with a small part at the stand-in. Older files have SciPy's own parameters (shapes, loc,
scale, min, max), known by a law that the newer do not have, or by a parameter too many.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.simulate.file.table import told, under
from polku.simulate.scenario import WEEKDAYS, Law, Remark, fixed

NEWER = {"fix": 1, "uniform": 2, "expon": 3, "norm": 4, "lognorm": 4, "gamma": 4}
"""Laws of Prosimos 2.1 → number of parameters that it reads."""
OLDER = ("exponnorm", "triang", "default")
"""Laws that only older versions read."""
_TRIES = 100
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?")
_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


@dataclass
class Reading:
    """A file being read: its place for messages, and what was not taken over so far."""

    place: str
    older: bool = False
    remarks: dict[tuple[str, str], None] = field(default_factory=dict)

    def remark(self, place: str, text: str) -> None:
        """Note what was not taken over; the same once only."""
        self.remarks[place, text] = None

    def told(self) -> tuple[Remark, ...]:
        """All remarks, in the order of the file."""
        return tuple(Remark(place, text) for place, text in self.remarks)

    def refuse(self, place: str, found: str) -> NoReturn:
        """Raise `ScenarioError` for a place in the file."""
        raise ScenarioError(f"{self.place}{place}: {found}")

    def get(self, entry: Any, key: str, place: str) -> Any:
        """What stands under a key that must be there."""
        if not isinstance(entry, dict):
            self.refuse(place, f"is {told(entry)}; Prosimos has an object here")
        if key not in entry:
            self.refuse(place, f"has no {key!r}, which Prosimos needs; add it")
        return entry[key]

    def items(self, value: Any, place: str) -> Iterator[tuple[str, Any]]:
        """Place and value of each item of a list; an empty object stands for none."""
        if value in ({}, None):
            return
        if not isinstance(value, list):
            self.refuse(place, f"is {told(value)}; Prosimos has a list here")
        for i, item in enumerate(value):
            yield under(place, i), item

    def number(self, value: Any, place: str) -> float:
        """A finite number, which may stand in quotes."""
        try:
            if isinstance(value, bool):
                raise ValueError
            found = float(value)
        except (TypeError, ValueError, OverflowError):
            self.refuse(place, f"is {told(value)}; write a number")
        if not math.isfinite(found):
            self.refuse(place, f"is {told(value)}; write a finite number")
        return found


def is_older(entries: Iterable[Mapping[str, Any]]) -> bool:
    """Whether laws are given by SciPy's own parameters, as older files have them.

    >>> is_older([{"distribution_name": "exponnorm", "distribution_params": []}])
    True
    """
    for entry in entries:
        name, params = entry.get("distribution_name"), entry.get("distribution_params")
        if name in OLDER:
            return True
        if name in ("lognorm", "gamma") and isinstance(params, list) and len(params) == 5:
            return True
    return False


def prosimos_law(entry: Any, place: str, reading: Reading, unit: str | None = "seconds") -> Law:
    """The law of an entry with `distribution_name` and `distribution_params`.

    Raises `ScenarioError` for a law that is not known, parameters that are missing or wrong.
    """
    name = reading.get(entry, "distribution_name", place)
    if name == "histogram_sampling":
        return _histogram(reading.get(entry, "histogram_data", place), place, reading, unit)
    if not isinstance(name, str):
        reading.refuse(f"{place}.distribution_name", f"is {told(name)}; write a law's name")
    at = f"{place}.distribution_params"
    params = []
    for where, p in reading.items(reading.get(entry, "distribution_params", place), at):
        value = reading.get(p, "value", where) if isinstance(p, dict) else p
        params.append(reading.number(value, where))
    if reading.older:
        return _older(name, params, place, reading, unit)
    if name not in NEWER:
        reading.refuse(
            f"{place}.distribution_name", f"{told(name)} is no law; {nearest(name, NEWER)}"
        )
    if len(params) < NEWER[name]:
        reading.refuse(at, f"has {len(params)} parameters; {name} needs {NEWER[name]}")
    left = params[NEWER[name] :]
    if left and name != "fix":
        shown = ", ".join(f"{p:g}" for p in left)
        reading.remark(
            at,
            f"{name} has {NEWER[name]} parameters; what follows ({shown}) is not read there either",
        )
    return _newer(name, params, place, reading, unit)


def _newer(name: str, p: list[float], place: str, reading: Reading, unit: str | None) -> Law:
    match name:
        case "fix":
            if p[0] < 0:
                reading.remark(place, f"a fixed time of {p[0]:g} is 0 there, as it is here")
            return fixed(max(p[0], 0.0), unit)
        case "uniform":
            law = Law("uniform", loc=p[0], scale=p[1] - p[0], unit=unit)
            return _cut(law, None, p[0], p[1], place, reading)
        case "expon":
            scale = p[0] - p[1] if p[0] >= p[1] else p[0]
            law = Law("expon", loc=p[1], scale=scale, unit=unit)
            return _cut(law, p[0], p[1], p[2], place, reading)
        case "norm":
            law = Law("norm", loc=p[0], scale=p[1], unit=unit)
            return _cut(law, p[0], p[2], p[3], place, reading)
    mean, variance, low, high = p[:4]
    if mean <= 0 or variance < 0:
        reading.refuse(
            place,
            f"{name} has the mean {mean:g} and the variance {variance:g}; both must be above 0",
        )
    if variance == 0:
        law = Law(name, shapes=(0.0,), scale=0.0, unit=unit)
    elif name == "lognorm":
        sigma2 = math.log1p(variance / mean**2)
        law = Law(name, shapes=(math.sqrt(sigma2),), scale=mean * math.exp(-sigma2 / 2), unit=unit)
    else:
        law = Law(name, shapes=(mean**2 / variance,), scale=variance / mean, unit=unit)
    return _cut(law, mean, low, high, place, reading)


def _cut(
    law: Law, mean: float | None, low: float, high: float, place: str, reading: Reading
) -> Law:
    """The law within its bounds, with the part for which Prosimos puts in a stand-in."""
    from dataclasses import replace

    from scipy import stats

    low = max(low, 0.0)
    stand_in = mean if mean is not None and mean >= 0 else None
    if stand_in is None or not low <= stand_in <= high:
        stand_in = max(low + (high - low) / 2, 0.0)
    inside = 0.0
    if law.scale > 0 and low < high:
        frozen = getattr(stats, law.name)(*law.shapes, loc=law.loc, scale=law.scale)
        inside = float(frozen.cdf(high) - frozen.cdf(low))
    missed = (1.0 - inside) ** _TRIES
    if missed > 1 - 1e-9:
        if low < high or mean is None or not math.isclose(stand_in, low):
            reading.remark(
                place,
                f"{law.name} never lies between {low:g} and {high:g}: {stand_in:g} stands in "
                "there, as it does here",
            )
        return fixed(stand_in, law.unit)
    out = replace(law, low=low, high=high)
    if law.name == "uniform" and law.loc >= 0:
        out = replace(law)  # its bounds are its own
    if missed < 1e-9:
        return out
    reading.remark(
        place,
        f"{law.name} lies between {low:g} and {high:g} in {inside:.2%} of draws: after {_TRIES} "
        f"draws {stand_in:g} stands in there, and here with the same chance ({missed:.2%})",
    )
    return Law(
        "mixture",
        parts=(out, fixed(stand_in, law.unit)),
        chances=(1 - missed, missed),
        unit=law.unit,
    )


def _older(name: str, p: list[float], place: str, reading: Reading, unit: str | None) -> Law:
    """SciPy's own parameters: shapes, loc, scale, min, max; drawn again until within."""
    from polku.simulate.file.law_problems import is_continuous

    if name == "fix" and p:
        return fixed(max(p[0], 0.0), unit)
    if name == "default" and len(p) >= 2:
        return Law("uniform", loc=p[0], scale=p[1] - p[0], unit=unit, low=max(p[0], 0.0))
    if not is_continuous(name) and name not in ("fix", "default"):
        known = (*NEWER, *OLDER)
        reading.refuse(
            f"{place}.distribution_name", f"{told(name)} is no law; {nearest(name, known)}"
        )
    if len(p) < 4:
        reading.refuse(
            f"{place}.distribution_params",
            f"has {len(p)} parameters; a law of an older file has shapes, loc, scale, min and max",
        )
    *shapes, loc, scale, low, high = p
    return Law(
        name, shapes=tuple(shapes), loc=loc, scale=scale, unit=unit, low=max(low, 0.0), high=high
    )


def _histogram(data: Any, place: str, reading: Reading, unit: str | None) -> Law:
    at = f"{place}.histogram_data"
    cdf = [
        reading.number(v, w) for w, v in reading.items(reading.get(data, "cdf", at), f"{at}.cdf")
    ]
    where = f"{at}.bin_midpoints"
    middles = [
        reading.number(v, w)
        for w, v in reading.items(reading.get(data, "bin_midpoints", at), where)
    ]
    if not cdf or len(cdf) != len(middles):
        reading.refuse(
            at, f"has {len(cdf)} sums and {len(middles)} midpoints; write as many of both"
        )
    weights = [b - a for a, b in zip([0.0, *cdf], cdf, strict=False)]
    if min(weights) < 0:
        reading.refuse(f"{at}.cdf", "falls somewhere; a cumulative share never does")
    kept = [(w, m) for w, m in zip(weights, middles, strict=True) if w > 0]
    return Law(
        "mixture",
        chances=tuple(w for w, _ in kept),
        parts=tuple(fixed(m, unit) for _, m in kept),
        unit=unit,
    )


def weekly_hours(periods: Any, place: str, reading: Reading) -> dict[str, tuple[str, ...]]:
    """Hours by weekday from periods with `from`, `to`, `beginTime`, `endTime`."""
    days: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for at, period in reading.items(periods, place):
        first = _weekday(reading.get(period, "from", at), f"{at}.from", reading)
        last = _weekday(reading.get(period, "to", at), f"{at}.to", reading)
        begin = _minute(reading.get(period, "beginTime", at), f"{at}.beginTime", reading)
        end = _minute(reading.get(period, "endTime", at), f"{at}.endTime", reading)
        if end == begin:
            continue
        if end < begin:
            if end:
                reading.refuse(at, "ends before it begins; write two periods, one for each day")
            reading.remark(at, "ends at 00:00, which there is before it begins; read as midnight")
            end = 1440
        day = first
        while True:
            days[day].append((begin, end))
            if day == last:
                break
            day = (day + 1) % 7
    return {
        weekday: tuple(f"{_clock(a)}-{_clock(b)}" for a, b in _merged(spans))
        for weekday, spans in zip(WEEKDAYS, days, strict=True)
        if spans
    }


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for a, b in sorted(spans):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(b, out[-1][1]))
        else:
            out.append((a, b))
    return out


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _weekday(value: Any, place: str, reading: Reading) -> int:
    name = value.upper() if isinstance(value, str) else ""
    if name not in _DAYS:
        hint = nearest(name, _DAYS) if name else "write MONDAY … SUNDAY"
        reading.refuse(place, f"is {told(value)}; {hint}")
    return _DAYS.index(name)


def _minute(value: Any, place: str, reading: Reading) -> int:
    section = place.partition("[")[0]
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or int(found[1]) > 24 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        reading.refuse(place, f"is {told(value)}; write a time of day as 09:00:00")
    minutes = int(found[1]) * 60 + int(found[2])
    rest = int(found[3] or 0) + float(f"0.{found[4] or 0}")
    if minutes == 1439 and rest >= 59:
        reading.remark(section, "hours that end at 23:59:59 end at midnight here")
        return 1440
    if rest:
        reading.remark(section, "hours have no seconds here: they are rounded to the minute")
    return min(minutes + (rest >= 30), 1440)
