"""Hours of staff in a scenario's calendars: how many a week, and calendars cut in two.

Hours are those of an ordinary week: holidays and closures are left out of account, as they shorten
everybody's year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from polku.errors import RedesignError
from polku.path.model import Path
from polku.simulate.scenario import WEEKDAYS, Calendar, Scenario, StepNumbers

ALWAYS = 24 * 7
"""Hours a week of a person without a calendar, who is always there."""

Week = dict[str, tuple[tuple[int, int], ...]]
"""By weekday the opening intervals, minutes of the day from and to."""


def week_of(calendar: Calendar) -> Week:
    """The intervals of a calendar's week, in order of the days; days without any are left out."""
    found = {day: tuple(map(_interval, calendar.hours.get(day, ()))) for day in WEEKDAYS}
    return {day: hours for day, hours in found.items() if hours}


def _interval(text: str) -> tuple[int, int]:
    try:
        begin, end = (
            int(h) * 60 + int(m) for h, m in (part.split(":")[:2] for part in text.split("-"))
        )
    except ValueError:
        raise RedesignError(
            f"calendar hours {text!r}: cannot be read; write them as 08:00-16:00"
        ) from None
    return begin, end if end > begin else end + 24 * 60


def minutes(week: Mapping[str, tuple[tuple[int, int], ...]]) -> int:
    """Minutes of a week's intervals together."""
    return sum(end - begin for hours in week.values() for begin, end in hours)


def written(week: Mapping[str, tuple[tuple[int, int], ...]]) -> dict[str, tuple[str, ...]]:
    """A week as `Calendar.hours` writes it; what begins after midnight belongs to the next day."""
    day = 24 * 60

    def clock(minute: int) -> str:
        minute -= day if minute > day else 0
        return f"{minute // 60:02d}:{minute % 60:02d}"

    found: dict[str, list[tuple[int, int]]] = {}
    for k, name in enumerate(WEEKDAYS):
        for begin, end in week.get(name, ()):
            late = begin >= day
            at = WEEKDAYS[(k + late) % len(WEEKDAYS)]
            found.setdefault(at, []).append((begin - day * late, end - day * late))
    return {
        name: tuple(f"{clock(a)}-{clock(b)}" for a, b in sorted(found[name]))
        for name in WEEKDAYS
        if name in found
    }


def cut(week: Week, wanted: int) -> tuple[Week, Week]:
    """A week in two: the first `wanted` minutes of it, and the rest."""
    first: Week = {}
    rest: Week = {}
    left = wanted
    for day, hours in week.items():
        for begin, end in hours:
            at = begin + min(left, end - begin)
            left -= at - begin
            if at > begin:
                first[day] = (*first.get(day, ()), (begin, at))
            if end > at:
                rest[day] = (*rest.get(day, ()), (at, end))
    return first, rest


def person_hours(scenario: Scenario, person: str) -> float:
    """Hours a week of one person."""
    known = scenario.people.get(person)
    if known is None or known.calendar is None:
        return float(ALWAYS)
    return minutes(week_of(scenario.calendars[known.calendar])) / 60


def weekly_hours(scenario: Scenario) -> dict[str, float]:
    """Hours a week of each pool's members; who is in several pools counts in each.

    A person without a calendar counts with 168 hours.
    """
    return {
        name: sum(person_hours(scenario, m) for m in pool.members)
        for name, pool in scenario.pools.items()
    }


def staff_hours_total(scenario: Scenario) -> float:
    """Hours a week of all people in pools, each person once."""
    people = dict.fromkeys(m for pool in scenario.pools.values() for m in pool.members)
    return sum(person_hours(scenario, m) for m in people)


def steps_of_pool(scenario: Scenario, pool: str) -> dict[str, StepNumbers]:
    """The steps that a pool does, by id."""
    return {k: n for k, n in scenario.steps.items() if n.pool == pool}


def lanes_of_pool(path: Path, scenario: Scenario, pool: str) -> tuple[str, ...]:
    """Ids of the lanes that a pool belongs to: the one it names, else those of its steps."""
    named = scenario.pools[pool].lane
    if named is not None and any(lane.id == named for lane in path.lanes):
        return (named,)
    lanes = (path.lane_of(path.node(k)) for k in steps_of_pool(scenario, pool) if path.has(k))
    return tuple(dict.fromkeys(lane.id for lane in lanes if lane is not None))


def no_pool(scenario: Scenario, names: Iterable[str]) -> str | None:
    """Where one of the names is no pool of the scenario, with the nearest that is."""
    from polku.log.mapping import nearest

    for name in names:
        if name not in scenario.pools:
            return f"there is no pool {name!r} in the scenario; {nearest(name, scenario.pools)}"
    return None


def new_name(taken: Iterable[str], wish: str) -> str:
    """A name that is not taken: the wish itself, else with a number."""
    known, name, k = set(taken), wish, 2
    while name in known:
        name, k = f"{wish} {k}", k + 1
    return name


def with_speed(scenario: Scenario, pool: str, person: str, factor: float) -> Scenario:
    """The scenario in which a person's work in a pool's steps takes a factor of everybody's.

    A step whose work varies by attribute or round has no law of single people: there the person
    works as the others do.
    """
    from polku.redesign.scaling import scaled

    steps = {}
    for id, numbers in steps_of_pool(scenario, pool).items():
        work = numbers.work
        if work is not None and len(work.otherwise) == 1 and not work.cases:
            laws = {**numbers.by_person, person: scaled(work.otherwise[0], factor)}
            steps[id] = replace(numbers, by_person=laws)
    return replace(scenario, steps={**scenario.steps, **steps})
