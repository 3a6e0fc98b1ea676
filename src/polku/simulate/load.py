"""Whether staff can keep up: expected work against the hours in which people are there.

Work of a pool = arrivals × visits of its steps × mean work; people who are in several pools are
shared out as well as they can be (a linear programme), so that pools that could keep up alone but
not together are found too. No queue is simulated: utilisation above 1 means that waiting grows
without an end, whatever the order of work.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from polku.path.model import Path
from polku.simulate.clocks import instant, intervals
from polku.simulate.laws import mean, quantile
from polku.simulate.scenario import Arrivals, Batch, Law, Pool, Scenario, StepNumbers
from polku.simulate.visits import Visits, needed_attributes, rounds_of, visits, worlds

YEAR_DAYS = 365.2425
_HOUR = 3.6e9
_TRIED = 2_000
"""Arrivals drawn to find how many come in an opening that they wait for."""


@dataclass(frozen=True, slots=True)
class Load:
    """Work of one pool (or of several that share people) in the scenario's horizon.

    `pools`: their names; `work`: hours of work that arrive; `hours`: hours in which their people
    are there (each as often as they work at once); `people`: how many they are; `utilisation`:
    work / hours (infinite without hours); `more`: people like them that are needed to keep up;
    `estimated`: why this is an estimate, empty where it is exact.
    """

    pools: tuple[str, ...]
    work: float
    hours: float
    people: int
    utilisation: float
    more: int
    estimated: tuple[str, ...] = ()


def horizon(scenario: Scenario) -> tuple[int, int]:
    """Begin and end of the scenario's days, µs since 1970 UTC."""
    return instant(scenario.start, scenario.zone), instant(scenario.end, scenario.zone)


def open_hours(scenario: Scenario, calendar: str | None) -> float:
    """Hours in the horizon in which a calendar is open; None: all."""
    first, last = horizon(scenario)
    if calendar is None:
        return (last - first) / _HOUR
    clock = intervals(scenario.calendars[calendar], calendar, scenario.zone, first, last)
    opens, closes = np.maximum(clock.opens, first), np.minimum(clock.closes, last)
    return float(np.maximum(closes - opens, 0).sum()) / _HOUR


def expected_arrivals(scenario: Scenario) -> tuple[dict[str, float], list[str]]:
    """Mean number of matters of each kind in the horizon, and why it is an estimate."""
    out: dict[str, float] = {}
    why: list[str] = []
    for name, kind in scenario.kinds.items():
        a = kind.arrivals
        if a.per_year is not None:
            out[name] = a.per_year / YEAR_DAYS * _weighted_days(scenario, a)
        elif a.between is not None:
            each = mean(a.between) / _HOUR
            out[name] = open_hours(scenario, a.calendar) / each if each > 0 else math.inf
            if a.moved and a.calendar is not None:
                out[name] = _moved(scenario, a.between, a.calendar)
                why.append("arrivals that wait for an opening are drawn")
        else:
            first, last = horizon(scenario)
            out[name] = float(sum(t < last - first for t in a.at))
    return out, why


def _weighted_days(scenario: Scenario, a: Arrivals) -> float:
    """Days of the horizon, each weighted by its month and weekday; mean weight 1 over a year."""
    days = (scenario.end - scenario.start).days
    if not a.months and not a.weekdays:
        return float(days)

    def weight(k: int) -> float:
        day = scenario.start + timedelta(days=k)
        month = a.months[day.month - 1] if a.months else 1.0
        return month * (a.weekdays[day.weekday()] if a.weekdays else 1.0)

    year = math.fsum(weight(k) for k in range(365)) / 365
    return math.fsum(weight(k) for k in range(days)) / year


def _moved(scenario: Scenario, law: Law, calendar: str) -> float:
    """Arrivals that come at random round the clock, each moved to the next opening."""
    first, last = horizon(scenario)
    clock = intervals(scenario.calendars[calendar], calendar, scenario.zone, first, last)
    if not len(clock.opens):
        return 0.0
    drawn = quantile(law, np.random.default_rng(1).random(_TRIED))
    at, n = float(first), 0
    for step in drawn:
        at += float(step)
        k = int(np.searchsorted(clock.closes, at, side="right"))
        if k == len(clock.opens):
            return float(n)
        at = max(at, float(clock.opens[k]))
        n += 1
    return n * (last - first) / max(at - first, 1.0)


def loads(path: Path, scenario: Scenario) -> tuple[Load, ...]:
    """The load of each pool, and of each set of pools that share people and is loaded above 1.

    Pools without work, or whose steps are not in the path, are left out. Raises `ArithmeticError`
    where matters would go round without an end.
    """
    arrivals, why = expected_arrivals(scenario)
    total = math.fsum(arrivals.values())
    if not 0 < total < math.inf:
        return ()
    share = {k: n / total for k, n in arrivals.items()}
    found = visits(path, scenario, worlds(scenario, share, needed_attributes(path, scenario)))
    why += found.estimated
    work: dict[str, float] = {}
    for id, numbers in scenario.steps.items():
        if numbers.pool in scenario.pools and path.has(id) and numbers.pool is not None:
            each = _work(scenario, id, numbers, found, total, why)
            work[numbers.pool] = work.get(numbers.pool, 0.0) + total * each / _HOUR
    hours = {
        name: person.at_once * open_hours(scenario, person.calendar)
        for name, person in scenario.people.items()
        if person.calendar is None or person.calendar in scenario.calendars
    }
    told = tuple(dict.fromkeys(why))
    out = [_load((n,), {n: w}, hours, scenario.pools, told) for n, w in work.items() if w > 0]
    if all(one.utilisation <= 1 for one in out):
        tight = _together(work, hours, scenario.pools)
        if len(tight) > 1:
            out.append(_load(tight, work, hours, scenario.pools, told))
    return tuple(out)


def _work(
    scenario: Scenario, id: str, numbers: StepNumbers, found: Visits, total: float, why: list[str]
) -> float:  # fmt: skip
    """Mean work (µs) on a step for one matter."""
    at = found.worlds
    each = np.zeros(len(at.weight))
    members = scenario.pools[numbers.pool or ""].members
    own = [mean(numbers.by_person[m]) for m in members if m in numbers.by_person]
    times = found.instances.get(id, np.ones(len(at.weight)))
    for world in range(len(at.weight)):
        laws = rounds_of(numbers.work, at, world) if numbers.work is not None else ()
        usual = _by_round(laws, float(found.again.get(id, np.zeros(world + 1))[world]))
        if own:
            usual = (math.fsum(own) + usual * (len(members) - len(own))) / len(members)
        each[world] = usual * found.of[id][world] * times[world]
    if own and len({*own, usual}) > 1:
        why.append("people who need different times share the work evenly")
    out = float(np.dot(each, at.weight))
    if numbers.batch is not None:
        out *= _of_batch(scenario, numbers.batch, total * found.mean(id), why)
    return out


def _by_round(laws: tuple[Law, ...], again: float) -> float:
    """Mean work of a visit, where a matter comes again with a chance."""
    if not laws:
        return 0.0
    total = weight = 0.0
    reached = 1.0
    for k, law in enumerate(laws):
        here = reached / (1 - again) if k + 1 == len(laws) and again < 1 else reached
        total += here * mean(law)
        weight += here
        reached *= again
    return total / weight


def _of_batch(scenario: Scenario, batch: Batch, members: float, why: list[str]) -> float:
    """The part of the drawn work that falls to one member of a batch."""
    size = float(batch.size or 0)
    if not size:
        why.append("the size of batches follows from the mean number of arrivals")
        first, last = horizon(scenario)
        every = mean(batch.max_wait) if batch.max_wait is not None else 7 * 24 * _HOUR
        size = max(1.0, members * every / max(last - first, 1))
    factor = 1.0
    for least, value in batch.scale:
        if size >= least:
            factor = value
    return factor / size if batch.together else factor


def _load(
    names: tuple[str, ...], work: Mapping[str, float], hours: Mapping[str, float],
    pools: Mapping[str, Pool], why: tuple[str, ...],
) -> Load:  # fmt: skip
    people = {m for n in names for m in pools[n].members if m in hours}
    there = math.fsum(hours[m] for m in sorted(people))
    asked = math.fsum(work[n] for n in names)
    more = 0
    if asked > there:
        each = there / len(people) if people and there > 0 else 0.0
        more = math.floor((asked - there) / each) + 1 if each > 0 else len(people)
    used = asked / there if there > 0 else math.inf
    return Load(names, asked, there, len(people), used, more, why)


def _together(
    work: Mapping[str, float], hours: Mapping[str, float], pools: Mapping[str, Pool]
) -> tuple[str, ...]:
    """The pools that cannot keep up together, however their people are shared out."""
    from scipy.optimize import linprog

    names = [n for n, w in work.items() if w > 0]
    pairs = [(p, m) for p, n in enumerate(names) for m in pools[n].members if hours.get(m, 0) > 0]
    people = sorted({m for _, m in pairs})
    if not pairs or len(pairs) == len(people):
        return ()
    row = {m: k for k, m in enumerate(people)}
    size = len(pairs) + 1  # the last variable: utilisation of the busiest
    equal = np.zeros((len(names), size))
    most = np.zeros((len(people), size))
    for k, (p, m) in enumerate(pairs):
        equal[p, k] = 1.0
        most[row[m], k] = 1.0
    for m, k in row.items():
        most[k, -1] = -hours[m]
    cost = np.zeros(size)
    cost[-1] = 1.0
    found = linprog(
        cost, A_ub=most, b_ub=np.zeros(len(people)), A_eq=equal,
        b_eq=np.array([work[n] for n in names]), method="highs",
    )  # fmt: skip
    if not found.success or found.fun <= 1:
        return ()
    busy = np.abs(found.eqlin.marginals) > 1e-12
    return tuple(n for n, b in zip(names, busy, strict=True) if b)
