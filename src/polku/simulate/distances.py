"""How far two event logs lie apart: five published distances, and what is honest beside them.

The five are those of the package `log-distance-measures` 2.2 with the settings of the published
evaluations of business process simulators (Chapela-Campa et al., "A framework for measuring the
quality of business process simulation models", Information Systems 127, 2025): 3-grams, starts
and completions together, bins of one hour, Wasserstein-1. Lower is better, 0 is equal.

- `ngd`, n-gram distance, a share 0 … 1: each matter's activities in the order of (start,
  completion, the log's own order), two blanks before and after; Σ|a − b| / Σ(a + b) over the
  *numbers* of each 3-gram. Quirk: counts, not shares, so of two logs of one process of which one
  is twice as long the distance is 1/3.
- `aedd`, absolute event distribution, hours: Wasserstein-1 between the clock hours in which
  starts and completions lie. A log that is shifted by a day is 24 h away.
- `cedd`, circadian event distribution, hours: for each weekday Wasserstein-1 between the hours
  0 … 23 of starts and completions; a weekday that only one log has counts 23, one that neither
  has 0; plain mean of the seven. Quirks: not circular (23:59 and 00:00 are 23 h apart), a weekday
  with one event weighs as much as a full one, and how the events part over weekdays is not seen.
- `redd`, relative event distribution, hours: Wasserstein-1 between whole hours since the matter's
  first start.
- `ctdd`, cycle time distribution, hours: Wasserstein-1 between cycle times (first start to last
  completion) in bins of an hour that begin at the shortest of both logs. Quirk: a matter that is
  still open counts as ended with its last event.

Beside them, under names of their own:

- `ngd_shares`: half of Σ|a/Σa − b/Σb|, the total variation distance of 3-grams, 0 … 1; equal to
  `ngd` where both logs have as many 3-grams; the logs' lengths have no part in it.
- `cedd_week`: Wasserstein-1, hours, on the circle of the 168 hours of the week, over shares: Sunday
  23 h and Monday 0 h are neighbours, and an empty weekday costs what moving its events costs
  (Rabin, Delon & Gousseau, 2011: the median of the differences is the best place to cut a circle).
- `ctdd_minutes`: as `ctdd` with bins of a minute, in hours: for ways that last less than hours.

Weekdays and hours are those of one zone for both logs. A step without start counts as begun when it
was completed; where one of the two logs has no start at all, neither's starts are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.errors import LogError
from polku.log.eventlog import EventLog

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MINUTE, HOUR = 60_000_000, 3_600_000_000
WEEK = 168
_THURSDAY = 72  # hours from Monday to the hour in which the epoch began
_MISSING_DAY = 23.0


@dataclass(frozen=True)
class Distances:
    """The distances of two logs; see the module for what each is.

    `ngd`, `ngd_shares`: 0 … 1; the others in hours. `zone`: of weekdays and hours; `starts`:
    whether starts were used.
    """

    ngd: float
    aedd: float
    cedd: float
    redd: float
    ctdd: float
    ngd_shares: float
    cedd_week: float
    ctdd_minutes: float
    zone: str = "UTC"
    starts: bool = True


PUBLISHED = ("ngd", "aedd", "cedd", "redd", "ctdd")
"""The five that the published tables have."""
NAMES = tuple(f.name for f in fields(Distances) if f.name not in ("zone", "starts"))
"""Every distance, the published ones first."""

READS = {
    "ngd": "grams", "aedd": "hours", "cedd": "week", "redd": "since", "ctdd": "cycle",
    "ngd_shares": "grams", "cedd_week": "week", "ctdd_minutes": "minutes",
}  # fmt: skip
"""Distance → what of a profile it is worked out from."""


@dataclass(frozen=True)
class Counted:
    """What is counted of a log: i64[k] `bin` of each thing and i64[k] `matter` that it belongs to.

    Matters are counted from 0 in the log's order, without those that have no event.
    """

    bin: Ints
    matter: Ints


@dataclass(frozen=True)
class Profile:
    """All that distances need of one log.

    `n` matters; `arrival` i64[n] first start, µs since 1970 UTC; `grams` codes of 3-grams
    (first · b² + second · b + third, b = activities + 1, 0 = none); `hours` hours since 1970 UTC;
    `week` hour of the week from Monday 0 h, local; `since` whole hours since the matter's first
    start; `cycle`, `minutes` cycle times in whole hours and minutes above `shortest` (µs).
    """

    n: int
    arrival: Ints
    grams: Counted
    hours: Counted
    week: Counted
    since: Counted
    cycle: Counted
    minutes: Counted
    shortest: int = 0

    def counted(self, distance: str) -> Counted:
        """What a distance is worked out from."""
        found: Counted = getattr(self, READS[distance])
        return found


def distances(a: EventLog, b: EventLog, *, zone: str | None = None) -> Distances:
    """The distances of two logs.

    `zone`: of weekdays and hours, for both (default: the zone in which `a` is measured). Raises
    `LogError` for a log without events.

    >>> from polku.log.read import read
    >>> distances(read("test.csv"), read("simulated.csv")).ctdd  # doctest: +SKIP
    2.71
    """
    zone = zone or zone_of(a)
    for name, log in (("first", a), ("second", b)):
        if not log.events.height:
            raise LogError(f"distances: the {name} log has no events; give a log that has some")
    starts = has_starts(a) and has_starts(b)
    names = activities(a, b)
    shortest = min(shortest_cycle(log, starts=starts) for log in (a, b))
    one, other = (
        profile(log, names, zone=zone, starts=starts, shortest=shortest) for log in (a, b)
    )
    found = {name: between(name, one, other) for name in NAMES}
    return Distances(**found, zone=zone, starts=starts)


def zone_of(log: EventLog) -> str:
    """The zone in which a log's hours are told."""
    return log.mapping.calendar.zone or log.mapping.time.zone or "UTC"


def has_starts(log: EventLog) -> bool:
    """Whether any step of a log tells when it began."""
    starts = log.events["start"]
    return starts.null_count() < starts.len()


def activities(*logs: EventLog) -> tuple[str, ...]:
    """The activities of several logs, sorted."""
    names: set[str] = set()
    for log in logs:
        names |= set(_categories(log))
    return tuple(sorted(names))


def _categories(log: EventLog) -> list[str]:
    kind = log.events["activity"].dtype
    return kind.categories.to_list() if isinstance(kind, pl.Enum) else []


def between(name: str, a: Profile, b: Profile) -> float:
    """One distance of two profiles that were made with the same activities, zone and shortest."""
    bins = Bins.of(a.counted(name), b.counted(name))
    return float(measured(name, bins, *(bins.count(p.counted(name).bin) for p in (a, b))))


@dataclass(frozen=True)
class Bins:
    """The bins that occur in some logs: `values` i64[b], ascending; `low` the smallest.

    `place` gives a value's bin where the values lie close together, else it is looked up.
    """

    values: Ints
    place: npt.NDArray[np.int32] | None

    @classmethod
    def of(cls, *counted: Counted) -> Bins:
        """The bins of all that is counted."""
        parts = [c.bin for c in counted if len(c.bin)]
        low, high = min(int(p.min()) for p in parts), max(int(p.max()) for p in parts)
        if high - low > max(1 << 16, 4 * sum(map(len, parts))):
            return cls(np.unique(np.concatenate(parts)), None)
        seen = np.zeros(high - low + 1, dtype=bool)
        for part in parts:
            seen[part - low] = True
        place = np.cumsum(seen, dtype=np.int32) - np.int32(1)
        return cls(np.flatnonzero(seen).astype(np.int64) + low, place)

    def index(self, values: Ints) -> Ints:
        """The bin of each value, i64."""
        if self.place is None:
            found = np.searchsorted(self.values, values)
        else:
            found = self.place[values - self.values[0]]
        return np.asarray(found, dtype=np.int64)

    def count(self, values: Ints) -> Ints:
        """How many values lie in each bin, i64[b]."""
        return np.bincount(self.index(values), minlength=len(self.values))


def measured(name: str, bins: Bins, a: Ints, b: Ints) -> Floats:
    """A distance of counts by bin, i64[…, b]: one for each row of the leading axes."""
    if name == "ngd":
        return np.asarray(np.abs(a - b).sum(-1) / (a.sum(-1) + b.sum(-1)))
    if name == "ngd_shares":
        return np.asarray(np.abs(_shares(a) - _shares(b)).sum(-1) / 2)
    if name == "cedd":
        return _by_weekday(_spread(a, bins), _spread(b, bins))
    if name == "cedd_week":
        gap = np.cumsum(_shares(_spread(a, bins)) - _shares(_spread(b, bins)), axis=-1)
        return np.asarray(np.abs(gap - np.median(gap, axis=-1, keepdims=True)).sum(-1))
    gap = np.cumsum(_shares(a) - _shares(b), axis=-1)[..., :-1]
    unit = 1 / 60 if READS[name] == "minutes" else 1.0
    return np.asarray(np.abs(gap) @ np.diff(bins.values).astype(np.float64) * unit)


def _shares(counts: Ints) -> Floats:
    return np.asarray(counts / counts.sum(-1, keepdims=True))


def _spread(counts: Ints, bins: Bins) -> Ints:
    """Counts of the hours that occur, laid over all hours of the week."""
    out = np.zeros((*counts.shape[:-1], WEEK), dtype=np.int64)
    out[..., bins.values] = counts
    return out


def _by_weekday(a: Ints, b: Ints) -> Floats:
    a, b = a.reshape(*a.shape[:-1], 7, 24), b.reshape(*b.shape[:-1], 7, 24)
    with np.errstate(invalid="ignore"):
        gap = np.abs(np.cumsum(_shares(a) - _shares(b), axis=-1)).sum(-1)
    in_a, in_b = a.sum(-1) > 0, b.sum(-1) > 0
    found = np.where(in_a & in_b, gap, np.where(in_a ^ in_b, _MISSING_DAY, 0.0))
    return np.asarray(found.mean(-1))


def shortest_cycle(log: EventLog, *, starts: bool = True) -> int:
    """The shortest cycle time of a log, µs."""
    matter, start, time = _in_order(log, starts=starts)[:3]
    return int(_cycles(matter, start, time)[1].min())


def profile(
    log: EventLog,
    names: Sequence[str],
    *,
    zone: str = "UTC",
    starts: bool = True,
    shortest: int = 0,
) -> Profile:
    """What distances need of a log that has events.

    `names`: activities of all logs that are compared (see `activities`); `zone` of the week's
    hours; `starts`: whether starts are used; `shortest`: µs, where bins of cycle times begin.
    """
    matter, start, time, activity = _in_order(log, starts=starts)
    arrival, cycle = _cycles(matter, start, time)
    n = len(arrival)
    stamps, of = np.concatenate([start, time]), np.concatenate([matter, matter])
    hours = stamps // HOUR
    code = {name: k for k, name in enumerate(names, 1)}
    coded = np.array([code[c] for c in _categories(log)], dtype=np.int64)[activity]
    each = np.arange(n, dtype=np.int64)
    return Profile(
        n=n,
        arrival=arrival,
        grams=_grams(coded, matter, n, len(names) + 1),
        hours=Counted(hours, of),
        week=Counted(_hours_of_week(stamps, hours, zone), of),
        since=Counted((stamps - arrival[of]) // HOUR, of),
        cycle=Counted((cycle - shortest) // HOUR, each),
        minutes=Counted((cycle - shortest) // MINUTE, each),
        shortest=shortest,
    )


def _in_order(log: EventLog, *, starts: bool) -> tuple[Ints, Ints, Ints, Ints]:
    """Matter, start, completion (µs) and activity of each step, by (matter, start, completion)."""
    events = log.events.select(
        pl.col("case").cast(pl.Int64),
        (pl.coalesce("start", "time") if starts else pl.col("time")).dt.epoch("us").alias("start"),
        pl.col("time").dt.epoch("us"),
        pl.col("activity").to_physical().cast(pl.Int64),
    )
    case, start = events["case"].to_numpy(), events["start"].to_numpy()
    if bool(((start[1:] < start[:-1]) & (case[1:] == case[:-1])).any()):
        # the log is sorted by (case, time, order), so a stable sort leaves ties in that order
        events = events.sort("case", "start", maintain_order=True)
        case, start = events["case"].to_numpy(), events["start"].to_numpy()
    matter = np.cumsum(np.diff(case, prepend=case[:1]) != 0)
    return matter, start, events["time"].to_numpy(), events["activity"].to_numpy()


def _cycles(matter: Ints, start: Ints, time: Ints) -> tuple[Ints, Ints]:
    """First start and cycle time of each matter, µs."""
    first = np.flatnonzero(np.diff(matter, prepend=-1))
    arrival = start[first]  # starts ascend within a matter
    return arrival, np.maximum.reduceat(time, first) - arrival


def _grams(activity: Ints, matter: Ints, n: int, base: int) -> Counted:
    """The 3-grams of all matters; two blanks between matters serve the end of one and the next."""
    row = np.zeros(len(activity) + 2 * n + 2, dtype=np.int64)
    row[np.arange(len(activity)) + 2 * matter + 2] = activity
    codes = (row[:-2] * base + row[1:-1]) * base + row[2:]
    length = np.bincount(matter, minlength=n)
    return Counted(codes, np.repeat(np.arange(n, dtype=np.int64), length + 2))


def gram_names(codes: Ints, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """The activities of 3-grams; empty text stands for none, before a matter and after it."""
    base, known = len(names) + 1, ("", *names)
    return [(known[c // base // base], known[c // base % base], known[c % base]) for c in codes]


def _hours_of_week(stamps: Ints, hours: Ints, zone: str) -> Ints:
    if zone == "UTC":
        return (hours + _THURSDAY) % WEEK
    # offsets of zones are multiples of a quarter of an hour since 1972
    quarters, back = np.unique(stamps // (HOUR // 4), return_inverse=True)
    local = pl.Series(quarters * (HOUR // 4)).cast(pl.Datetime("us", "UTC"))
    local = local.dt.convert_time_zone(zone)
    week = (local.dt.weekday().cast(pl.Int64) - 1) * 24 + local.dt.hour().cast(pl.Int64)
    return week.to_numpy()[back]
