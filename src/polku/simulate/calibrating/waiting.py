"""Waiting that neither busy people nor closed hours explain: the delay before a step.

A step starts when its delay is over and somebody of its pool is on duty and free. When somebody
was free right before it started, the delay lasted until then exactly; when all were busy or off,
the delay ended somewhere between the last moment at which somebody was free and the start. Such
censored waits are set, within their bounds, to delays that were seen exactly (the idea of B. W.
Turnbull's self-consistent estimate, JRSS B 38, 1976, in one round), else to their lower bound, so
that what contention explains is not counted a second time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polku.measure.work_clock import WorkClock
from polku.simulate.calibrating.instances import Bools, Instances, Ints
from polku.simulate.calibrating.staff import Staff

_SECOND = 1_000_000
_GOLDEN = 0.6180339887498949
_AT_OPENING = 120 * _SECOND


@dataclass(frozen=True, eq=False)
class Delays:
    """Delays before a step's instances, µs: `values` i64[k]; `on_duty`: counted in the hours of the
    step's pool (or its own); `censored`: how many are not known exactly; `waited` i64[k] µs."""

    values: Ints
    on_duty: bool
    censored: int
    waited: Ints


def idle_of(seen: Instances, staff: Staff, pool: str) -> tuple[Ints, Ints]:
    """Intervals in which anybody of a pool is on duty and could take work, ascending, disjoint."""
    opens, closes = [], []
    first = int(seen.enabled.min()) - _SECOND
    last = int(seen.end.max()) + _SECOND
    for p in staff.members[pool]:
        name = seen.people[p]
        person = staff.people[name]
        clock = staff.clock(person.calendar)
        rows = np.flatnonzero((seen.person == p) & seen.timed)
        a, b = _free(
            np.array([first]) if clock is None else clock.opens,
            np.array([last]) if clock is None else clock.closes,
            seen.start[rows],
            seen.end[rows],
            person.at_once,
        )
        opens.append(a)
        closes.append(b)
    return _union(np.concatenate(opens), np.concatenate(closes))


def _free(opens: Ints, closes: Ints, start: Ints, end: Ints, most: int) -> tuple[Ints, Ints]:
    """When a person is on duty with less than `most` pieces of work."""
    at = np.concatenate([opens, closes, start, end])
    duty = np.concatenate(
        [np.ones(len(opens)), -np.ones(len(closes)), np.zeros(len(start) + len(end))]
    )
    load = np.concatenate(
        [np.zeros(len(opens) + len(closes)), np.ones(len(start)), -np.ones(len(end))]
    )
    order = np.argsort(at, kind="stable")
    at, duty, load = at[order], np.cumsum(duty[order]), np.cumsum(load[order])
    good = (duty > 0) & (load < most)
    lasting = np.append(at[1:] > at[:-1], False)
    where = np.flatnonzero(good & lasting)
    return at[where], at[where + 1]


def _union(opens: Ints, closes: Ints) -> tuple[Ints, Ints]:
    order = np.argsort(opens, kind="stable")
    opens, closes = opens[order], closes[order]
    if not len(opens):
        return opens, closes
    reach = np.maximum.accumulate(closes)
    fresh = np.append(True, opens[1:] > reach[:-1])
    first = np.flatnonzero(fresh)
    return opens[first], reach[np.append(first[1:], len(opens)) - 1]


def delays(seen: Instances, staff: Staff, step: str, idle: tuple[Ints, Ints] | None) -> Delays:
    """The delays before the instances of a step.

    `idle`: when anybody of its pool could take work; None for a step without pool.
    """
    rows = seen.of(step)
    since = seen.enabled[rows]
    begin = np.maximum(np.where(seen.timed[rows], seen.start[rows], seen.end[rows]), since)
    pool = staff.pool_of.get(step)
    clock = staff.clock(staff.hours_of.get(pool if pool is not None else step))
    known = begin.copy()
    if idle is not None:
        opens, closes = idle
        k = np.searchsorted(opens, begin, side="left") - 1
        last = np.where(k >= 0, np.minimum(closes[np.maximum(k, 0)], begin), since)
        known = np.where(begin > since, np.clip(last, since, begin), begin)
    exact = known >= begin - _SECOND
    if clock is None:
        values = _resolved(known - since, begin - since, exact)
        return Delays(values, False, int((~exact).sum()), begin - since)
    counted = _resolved(clock.between(since, known), clock.between(since, begin), exact)
    opened = _opening(clock, begin)
    piled = (since < opened) & ((known <= opened) | (begin - opened <= _AT_OPENING))
    sure = exact & ~piled
    low = np.where(
        sure, known, np.minimum(known, np.maximum(_closing(clock, begin, opened), since))
    )
    passed = _resolved(low - since, begin - since, sure)
    if _runs_on(clock, since, passed, counted, piled):
        return Delays(passed, False, int((~sure).sum()), begin - since)
    return Delays(counted, True, int((~exact).sum()), begin - since)


def _opening(clock: WorkClock, at: Ints) -> Ints:
    """The last opening up to each instant."""
    k = np.searchsorted(clock.opens, at, side="right") - 1
    return np.where(k >= 0, clock.opens[np.maximum(k, 0)], at)


def _closing(clock: WorkClock, at: Ints, opened: Ints) -> Ints:
    """The closing before each opening."""
    k = np.searchsorted(clock.opens, opened, side="left") - 1
    return np.where(k >= 0, clock.closes[np.maximum(k, 0)], at)


def _runs_on(clock: WorkClock, since: Ints, passed: Ints, counted: Ints, piled: Bools) -> bool:
    """Whether delays run on while work is closed, `passed`, or count open hours only, `counted`.

    Delays that run on end in closed hours now and then, and those steps begin right at opening: as
    many must have (`piled`) as the delays foretell, by half at least. Where that holds, what varies
    less in proportion to its mean is the delay's own time.
    """
    if not passed.any():
        return False
    spread = (np.arange(1, len(passed) + 1) * _GOLDEN) % 1.0
    drawn = np.sort(passed)[(spread * len(passed)).astype(np.int64)]
    k = np.searchsorted(clock.opens, since + drawn, side="right") - 1
    closed = (k < 0) | (since + drawn > clock.closes[np.maximum(k, 0)])
    foretold = float((closed & (drawn > _SECOND)).mean())
    if float(piled.mean()) < 0.5 * foretold:
        return False
    return _variation(passed) <= _variation(counted)


def _variation(values: Ints) -> float:
    mean = float(values.mean())
    return float(values.std()) / mean if mean else 0.0


def _resolved(low: Ints, high: Ints, exact: Bools) -> Ints:
    """One value for each delay: itself where exact, else within its bounds as the exact ones."""
    out = low.copy()
    sure = np.sort(low[exact])
    where = np.flatnonzero(~exact)
    if not len(sure) or not len(where):
        return out
    a = np.searchsorted(sure, low[where], side="left")
    b = np.searchsorted(sure, high[where], side="right")
    spread = (np.arange(1, len(where) + 1) * _GOLDEN) % 1.0
    pick = a + ((b - a) * spread).astype(np.int64)
    inside = b > a
    out[where[inside]] = sure[pick[inside]]
    return out
