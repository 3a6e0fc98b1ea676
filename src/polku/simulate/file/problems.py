"""What contradicts itself in a scenario, as far as the scenario alone can tell.

Whether it fits a path is asked in `polku.simulate.checking`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from polku.errors import ConditionError, MappingError
from polku.log import mapping as mappings
from polku.log.eventlog import EVENT_KINDS, OUTCOMES
from polku.log.mapping import nearest
from polku.path import conditions
from polku.simulate.file.law_problems import law_problems, support
from polku.simulate.file.table import under
from polku.simulate.file.time_problems import (
    calendar_problems,
    horizon_problems,
    meeting_problems,
)
from polku.simulate.scenario import (
    DELAY_KINDS,
    ORDERS,
    Arrivals,
    Attribute,
    Batch,
    Delay,
    EventNumbers,
    Law,
    Pool,
    Scenario,
    StepNumbers,
    Varied,
)

TOLERANCE = 1e-6
"""How far chances may be from adding up to 1."""
T = TypeVar("T")

Names = Iterable[str]


def problems(scenario: Scenario) -> tuple[str, ...]:
    """What is wrong, one sentence each: place in the file, what was found, what to do.

    Empty for a scenario that is consistent in itself.

    >>> from polku.simulate.scenario import Arrivals, Kind
    >>> problems(Scenario("permit", {"any": Kind(Arrivals(per_year=-3))}))
    ('kinds.any.arrivals.per_year: is -3; write a number above 0',)
    """
    return tuple(_all(scenario))


def _all(s: Scenario) -> Iterator[str]:
    if not s.path.strip():
        yield "path: is empty; write the id of the path's process"
    yield from horizon_problems(s, "")
    if not s.kinds:
        yield "kinds: is empty, nobody arrives; add a kind of matter with its arrivals"
    for name, kind in s.kinds.items():
        at = under("kinds", name)
        yield from _arrivals(s, kind.arrivals, f"{at}.arrivals")
        if kind.promise_days is not None and not _above_0(kind.promise_days):
            yield f"{at}.promise_days: is {kind.promise_days:g}; write a number above 0"
    yield from _attributes(s)
    for gateway, branching in s.branching.items():
        at = f"{under('branching', gateway)}.flows"
        yield from varied_problems(s, branching.flows, at, _flow_chances)
    for name, step in s.steps.items():
        yield from _step(s, step, under("steps", name), name)
    for name, event in s.events.items():
        yield from _event(s, event, under("events", name))
    for name, pool in s.pools.items():
        yield from _pool(s, pool, under("pools", name))
    for name, person in s.people.items():
        at = under("people", name)
        yield from _known(person.calendar, s.calendars, f"{at}.calendar", "calendar")
        if person.at_once < 1:
            yield f"{at}.at_once: is {person.at_once}; write 1 or more"
        if not (math.isfinite(person.cost_per_hour) and person.cost_per_hour >= 0):
            yield f"{at}.cost_per_hour: is {person.cost_per_hour:g}; write 0 or more"
    for name, calendar in s.calendars.items():
        yield from calendar_problems(calendar, under("calendars", name))
    for name, meeting in s.meetings.items():
        yield from meeting_problems(meeting, under("meetings", name))
    yield from _priorities(s)
    for event_id, outcome in s.outcomes.items():
        if outcome not in OUTCOMES:
            at = under("outcomes", event_id)
            yield f"{at}: {outcome!r} is not known; {nearest(outcome, OUTCOMES)}"
    try:
        mappings.from_dict(s.mapping, "mapping")
    except MappingError as e:
        yield str(e)


def _above_0(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _known(name: str | None, known: Names, place: str, what: str) -> Iterator[str]:
    names = list(known)
    if name is None or name in names:
        return
    hint = nearest(name, names) if names else f"the scenario has no {what}s: add it"
    yield f"{place}: {what} {name!r} is not in the scenario; {hint}"


def _arrivals(s: Scenario, a: Arrivals, place: str) -> Iterator[str]:
    given = [k for k, v in (("per_year", a.per_year), ("between", a.between)) if v is not None]
    given += ["at"] if a.at else []
    if len(given) != 1:
        told = " and ".join(given) if given else "none of them"
        yield f"{place}: says {told}; give one of per_year, between and at"
    if a.per_year is not None and not _above_0(a.per_year):
        yield f"{place}.per_year: is {a.per_year:g}; write a number above 0"
    for key, weights, n in (
        ("months", a.months, 12), ("weekdays", a.weekdays, 7), ("hours", a.hours, 24),
    ):  # fmt: skip
        if not weights:
            continue
        if a.per_year is None:
            yield f"{place}.{key}: weights belong to per_year only; leave them out"
        if len(weights) != n:
            yield f"{place}.{key}: has {len(weights)} weights; write {n}"
        if not all(math.isfinite(w) and w >= 0 for w in weights):
            yield f"{place}.{key}: has a negative weight; write 0 or more"
        elif not sum(weights) > 0:
            yield f"{place}.{key}: all weights are 0, nobody would arrive; give one a weight"
    if a.between is not None:
        found = list(law_problems(a.between, f"{place}.between", "time"))
        yield from found
        if not found and _never_above_0(a.between):
            yield (
                f"{place}.between: is always 0, so that arrivals would never end; "
                "write a time above 0, or the moments themselves (at)"
            )
    if a.calendar is not None and a.between is None:
        yield f"{place}.calendar: belongs to between only; leave it out"
    yield from _known(a.calendar, s.calendars, f"{place}.calendar", "calendar")
    if a.moved and a.calendar is None:
        yield f"{place}.moved: belongs to a calendar; add it, or leave moved out"
    if any(t < 0 for t in a.at[:1]) or any(x > y for x, y in zip(a.at, a.at[1:], strict=False)):
        yield f"{place}.at: are not in order or begin before 0; sort them"


def _never_above_0(law: Law) -> bool:
    if law.name == "mixture":
        return all(_never_above_0(p) for p, w in zip(law.parts, law.chances, strict=True) if w > 0)
    return not support(law)[1] > 0


def _attributes(s: Scenario) -> Iterator[str]:
    earlier: list[str] = []
    for name, a in s.attributes.items():
        at = under("attributes", name)
        if name == "kind":
            yield f"{at}: is the kind of the matter, known without being drawn; use another name"
        given = [k for k in ("choices", "chance", "law") if getattr(a, k) is not None]
        if len(given) != 1:
            told = " and ".join(given) if given else "none of them"
            yield f"{at}: says {told}; give one of choices, chance and law"
        before: Names = (*earlier, "kind")
        if a.choices is not None:
            yield from varied_problems(s, a.choices, f"{at}.choices", chances_problems, before)
        if a.chance is not None:
            yield from varied_problems(s, a.chance, f"{at}.chance", chance_problems, before)
        if a.law is not None:
            yield from varied_problems(s, a.law, f"{at}.law", _number_law, before)
        earlier.append(name)


def _number_law(law: Law, place: str) -> Iterator[str]:
    if law.unit is not None and law.name != "mixture":
        yield f"{place}: has the unit {law.unit!r}, but is a plain number; leave the unit out"
        return
    # A number of the matter's (a height, a balance) may be negative.
    yield from (p for p in law_problems(law, place, "number") if "never negative" not in p)


def _time_law(law: Law, place: str) -> Iterator[str]:
    yield from law_problems(law, place, "time")


def _times_law(law: Law, place: str) -> Iterator[str]:
    yield from law_problems(law, place, "number")


def chance_problems(chance: float, place: str) -> Iterator[str]:
    """A chance outside 0 … 1."""
    if not 0.0 <= chance <= 1.0:
        yield f"{place}: is {chance:g}; a chance lies between 0 and 1"


def _flow_chances(chances: Mapping[str, float], place: str) -> Iterator[str]:
    """Chances at a gateway; whether they must add up depends on its kind, which the path knows."""
    if not chances:
        yield f"{place}: is empty; write the chance of each flow"
    for name, chance in chances.items():
        yield from chance_problems(chance, under(place, name))
    if chances and not any(chances.values()):
        yield f"{place}: all chances are 0; give one flow a chance"


def chances_problems(chances: Mapping[str, float], place: str) -> Iterator[str]:
    """Chances outside 0 … 1, or that do not add up to 1."""
    if not chances:
        yield f"{place}: is empty; write each value with its chance"
        return
    wrong = [p for n, c in chances.items() for p in chance_problems(c, under(place, n))]
    yield from wrong
    total = math.fsum(chances.values())
    if not wrong and abs(total - 1.0) > TOLERANCE:
        yield f"{place}: the chances add up to {total:.10g}, not to 1; correct them"


def varied_problems(
    s: Scenario, value: Varied[T], place: str, look: Callable[[T, str], Iterator[str]],
    before: Names | None = None,
) -> Iterator[str]:  # fmt: skip
    """What is wrong with each value, and with the attribute by which they vary.

    `before`: the attributes it may vary by (default: all, and "kind").
    """
    if value.by is None:
        if value.cases:
            yield f'{place}: has cases, but not by what; add "by": an attribute or "kind"'
        yield from _rounds(value.otherwise, place, look)
        return
    known = list(before) if before is not None else [*s.attributes, "kind"]
    if value.by not in known:
        later = value.by in s.attributes
        hint = "it stands later: move it up" if later else nearest(value.by, known)
        yield f"{place}.by: attribute {value.by!r} is not known here; {hint}"
    else:
        yield from _cases(s, value, place)
    if not value.cases:
        yield f"{place}.cases: is empty; write a case, or the value alone"
    for name, rounds in value.cases.items():
        yield from _rounds(rounds, under(f"{place}.cases", name), look)
    yield from _rounds(value.otherwise, f"{place}.otherwise", look)


def _cases(s: Scenario, value: Varied[T], place: str) -> Iterator[str]:
    """Cases for values that the attribute never has."""
    values = values_of(s, value.by or "")
    if values is None:
        return
    for name in value.cases:
        if name not in values:
            yield (
                f"{under(f'{place}.cases', name)}: {value.by} never has this value; "
                f"{nearest(name, values)}"
            )


def values_of(s: Scenario, attribute: str) -> tuple[str, ...] | None:
    """The values that an attribute (or "kind") can have, as texts; None for a number.

    Those of `chance` are "true" and "false".
    """
    if attribute == "kind":
        return tuple(s.kinds)
    a: Attribute = s.attributes[attribute]
    if a.chance is not None:
        return ("true", "false")
    if a.choices is not None:
        return tuple(dict.fromkeys(v for chances in a.choices.all() for v in chances))
    return None


def _rounds(
    rounds: tuple[T, ...], place: str, look: Callable[[T, str], Iterator[str]]
) -> Iterator[str]:
    if not rounds:
        yield f"{place}: has no value; write that of the first round"
    if len(rounds) == 1:
        yield from look(rounds[0], place)
        return
    for i, value in enumerate(rounds):
        yield from look(value, f"{place}.rounds[{i}]")


def _step(s: Scenario, step: StepNumbers, place: str, name: str) -> Iterator[str]:
    yield from _known(step.pool, s.pools, f"{place}.pool", "pool")
    yield from _known(step.calendar, s.calendars, f"{place}.calendar", "calendar")
    yield from _known(step.meeting, s.meetings, f"{place}.meeting", "meeting")
    if step.pool is not None and step.calendar is not None:
        yield (
            f"{place}: has a pool and a calendar; people work in their own calendars: leave one "
            "of the two out"
        )
    if step.work is not None:
        yield from varied_problems(s, step.work, f"{place}.work", _time_law)
    if step.by_person and step.pool is None:
        yield f"{place}.by_person: has durations of people, but no pool; add it"
    pool = s.pools.get(step.pool) if step.pool is not None else None
    for person, law in step.by_person.items():
        at = under(f"{place}.by_person", person)
        yield from law_problems(law, at, "time")
        if pool is not None and person not in pool.members:
            yield f"{at}: is not in the pool {step.pool!r}; {nearest(person, pool.members)}"
    if step.delay is not None:
        yield from _delay(s, step.delay, f"{place}.delay")
    if step.meeting is not None and step.batch is not None:
        yield (
            f"{place}: has a meeting and a batch; let the batch go at the meeting "
            "(batch.meeting), or leave one out"
        )
    if step.batch is not None:
        yield from _batch(s, step.batch, f"{place}.batch")
    if step.again is not None:
        yield from varied_problems(s, step.again, f"{place}.again", chance_problems)
        for case, rounds in (("", step.again.otherwise), *step.again.cases.items()):
            if rounds and rounds[-1] == 1.0:
                where = f" for {case!r}" if case else ""
                yield f"{place}.again: is 1{where}, so that it never ends; write a chance below 1"
    if step.times is not None:
        yield from varied_problems(s, step.times, f"{place}.times", _times_law)
    if step.same_person_as == name:
        yield f"{place}.same_person_as: is the step itself; name an earlier step"
    elif step.same_person_as is not None and step.pool is None:
        yield f"{place}.same_person_as: has no pool from which the person comes; add it"
    if step.event is not None and step.event not in EVENT_KINDS:
        yield f"{place}.event: {step.event!r} is not known; {nearest(step.event, EVENT_KINDS)}"
    if step.channels:
        yield from chances_problems(step.channels, f"{place}.channels")


def _delay(s: Scenario, delay: Delay, place: str) -> Iterator[str]:
    yield from varied_problems(s, delay.law, f"{place}.law", _time_law)
    yield from _known(delay.calendar, s.calendars, f"{place}.calendar", "calendar")
    if delay.kind not in DELAY_KINDS:
        yield f"{place}.kind: {delay.kind!r} is not known; {nearest(delay.kind, DELAY_KINDS)}"


def _batch(s: Scenario, batch: Batch, place: str) -> Iterator[str]:
    if batch.size is None and batch.max_wait is None and batch.meeting is None:
        yield f"{place}: never goes to work; give size, max_wait or meeting"
    if batch.size is not None and batch.size < 1:
        yield f"{place}.size: is {batch.size}; write 1 or more"
    if batch.max_wait is not None:
        yield from law_problems(batch.max_wait, f"{place}.max_wait", "time")
        if batch.max_wait.name != "fixed":
            yield f'{place}.max_wait: is no fixed time; write a law "fixed"'
    yield from _known(batch.meeting, s.meetings, f"{place}.meeting", "meeting")
    before = 0
    for i, (members, factor) in enumerate(batch.scale):
        if members <= before:
            yield f"{place}.scale[{i}]: {members} members; write them from 1 upwards, in order"
        if not (math.isfinite(factor) and factor >= 0):
            yield f"{place}.scale[{i}]: factor is {factor:g}; write 0 or more"
        before = members


def _event(s: Scenario, event: EventNumbers, place: str) -> Iterator[str]:
    if event.after is not None:
        yield from varied_problems(s, event.after, f"{place}.after", _time_law)
    if event.happens is not None:
        yield from varied_problems(s, event.happens, f"{place}.happens", chance_problems)
    if event.kind not in DELAY_KINDS:
        yield f"{place}.kind: {event.kind!r} is not known; {nearest(event.kind, DELAY_KINDS)}"
    yield from _known(event.calendar, s.calendars, f"{place}.calendar", "calendar")


def _pool(s: Scenario, pool: Pool, place: str) -> Iterator[str]:
    if not pool.members:
        yield f"{place}.members: is empty, nobody could do its work; add people"
    for i, member in enumerate(pool.members):
        yield from _known(member, s.people, f"{place}.members[{i}]", "person")
    twice = [m for m, n in Counter(pool.members).items() if n > 1]
    if twice:
        yield f"{place}.members: {twice[0]!r} stands twice; keep one"
    if pool.order not in ORDERS:
        yield f"{place}.order: {pool.order!r} is not known; {nearest(pool.order, ORDERS)}"
    if not (math.isfinite(pool.ageing_days) and pool.ageing_days >= 0):
        yield f"{place}.ageing_days: is {pool.ageing_days:g}; write 0 or more"
    elif pool.order == "ageing" and not pool.ageing_days:
        yield f"{place}: ages, but ageing_days is not given; add it, above 0"
    elif pool.order != "ageing" and pool.ageing_days:
        yield f'{place}.ageing_days: belongs to the order "ageing" only; leave it out'


def _priorities(s: Scenario) -> Iterator[str]:
    others = 0
    for i, priority in enumerate(s.priorities):
        at = f"priorities[{i}]"
        if priority.level < 0:
            yield f"{at}.level: is {priority.level}; write 0 (goes first) or more"
        if priority.condition is None:
            others += 1
            continue
        try:
            found = conditions.parse(priority.condition)
        except ConditionError as e:
            yield f"{at}.condition: {e}"
            continue
        if not found.is_test:
            yield f"{at}.condition: gives no yes or no; compare it, as in visitors > 200"
    if others > 1:
        yield "priorities: several have no condition; only one class can be that of all others"
