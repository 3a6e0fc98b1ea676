"""Bricks of the shipped scenarios: laws, waiting, staff and calendars, and what a prototype keeps.

Nearly every number is assumed: the scenarios are worked examples, not findings about any city.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from polku.path.model import Path
from polku.paths import load
from polku.simulate.scenario import (
    Attribute,
    Branching,
    Calendar,
    Delay,
    DelayKind,
    EventNumbers,
    Law,
    Meeting,
    Origin,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    Varied,
    always,
    fixed,
)

T = TypeVar("T")
START, END = date(2025, 1, 1), date(2026, 1, 1)
YEARS = range(2021, 2029)
"""Years for which the holidays of the staff are written down."""
ZONE = "Europe/Helsinki"
ASSUMED = Origin("assumed")
NOTE = (
    "A worked example, not a finding about any city: all numbers are assumed, except those whose "
    "origin names a source."
)
WAKING = 16
"""Hours of a day in which a customer may act."""
AWAKE = "waking hours"
AT_ONCE = fixed(10, "seconds")
"""What a system does."""


def assumed(note: str) -> Origin:
    """An assumption, and what it is about."""
    return Origin("assumed", note=note)


# -- laws


def about(median: float, unit: str = "minutes", spread: float = 0.5) -> Law:
    """A log-normal time with that median, cut at eight medians; `spread`: σ of its logarithm."""
    return Law("lognorm", shapes=(spread,), scale=median, unit=unit, high=8 * median)


def between(low: float, high: float) -> Law:
    """A number that is anywhere between two with equal chance."""
    return Law("uniform", loc=low, scale=high - low, unit=None)


def by_kind(cases: Mapping[str, T | Sequence[T]], by: str = "kind") -> Varied[T]:
    """A value for each kind of matter, or for its rounds 1, 2, …; the last one for others."""
    rounds = {k: tuple(v) if isinstance(v, list | tuple) else (v,) for k, v in cases.items()}
    return Varied(list(rounds.values())[-1], by, rounds)


# -- waiting


def waits(
    kind: DelayKind,
    days: float,
    spread: float = 0.6,
    *,
    low: float | None = None,
    note: str | None = None,
) -> Delay:
    """A typed delay of about so many days, around the clock."""
    law = replace(about(days, "days", spread), low=low)
    return Delay(always(law), kind, None, Origin("assumed", note=note))


def customer_waits(days: float, spread: float = 0.7) -> Delay:
    """About so many days until the customer acts: never at night."""
    return Delay(always(about(days * WAKING, "hours", spread)), "customer", AWAKE, ASSUMED)


# -- steps


def step(
    minutes: float | Law | None = None,
    pool: str | None = None,
    event: str | None = None,
    *,
    wait: Delay | None = None,
    origin: Origin = ASSUMED,
    **more: Any,
) -> StepNumbers:
    """A step of so many minutes (the median), done by a pool."""
    law = about(minutes) if isinstance(minutes, int | float) else minutes
    work = None if law is None else always(law)
    return StepNumbers(work, pool, delay=wait, event=event, origin=origin, **more)


def acts(
    minutes: float,
    event: str | None = None,
    *,
    after: float | None = None,
    spread: float = 0.7,
    **more: Any,
) -> StepNumbers:
    """What a customer does: so many minutes, about `after` days after it could be done."""
    wait = None if after is None else customer_waits(after, spread)
    return step(minutes, None, event, wait=wait, calendar=AWAKE, **more)


def system(event: str | None = None, **more: Any) -> StepNumbers:
    """What a system does, at once."""
    return step(AT_ONCE, None, event, **more)


# -- chances


def chances(flow: str, otherwise: str, yes: Varied[float], note: str | None = None) -> Branching:
    """A gateway with two ways: the chance of the first, by kind and by round."""

    def both(rounds: Iterable[float]) -> tuple[dict[str, float], ...]:
        return tuple({flow: p, otherwise: round(1 - p, 9)} for p in rounds)

    flows = Varied(both(yes.otherwise), yes.by, {k: both(v) for k, v in yes.cases.items()})
    return Branching(flows, Origin("assumed", note=note))


def happens(chance: Varied[float] | float) -> Attribute:
    """A datum that is true with that chance."""
    varied = chance if isinstance(chance, Varied) else always(chance)
    return Attribute(chance=varied, origin=ASSUMED)


# -- staff

WEEK = ("mon", "tue", "wed", "thu", "fri")


def hours(days: str, *times: str) -> dict[str, tuple[str, ...]]:
    """Working hours on some weekdays: `hours("mon wed", "08:00-12:00")`; "week" = mon … fri."""
    return dict.fromkeys(WEEK if days == "week" else days.split(), times)


def office(
    week: Mapping[str, tuple[str, ...]], closed: Iterable[str] = (), note: str | None = None
) -> Calendar:
    """A calendar of Finland, with intervals without service."""
    return Calendar(week, "FI", tuple(closed), origin=Origin("assumed", note=note))


JULY = tuple(f"{y}-07-01/{y}-07-28" for y in YEARS)
AUGUST = tuple(f"{y}-07-29/{y}-08-25" for y in YEARS)
HOLIDAYS = {"July": JULY, "August": AUGUST}
PART = "Hours that the unit has for these matters, not its opening hours."


class Staff:
    """Pools, people and calendars while they are put together."""

    def __init__(self) -> None:
        day = dict.fromkeys((*WEEK, "sat", "sun"), ("07:00-23:00",))
        self.pools: dict[str, Pool] = {}
        self.people: dict[str, Person] = {}
        self.calendars: dict[str, Calendar] = {
            AWAKE: Calendar(
                day, origin=assumed("When a customer may act; 16 waking hours are told as one day.")
            ),
        }

    def add(self, lane: str, *weeks: str, pool: str | None = None, cost: float = 45.0) -> None:
        """A pool of a unit, one person for each of `weeks`.

        A week is written "mon tue 08:00-12:00" ("week" = all five days); with "July" or "August"
        at its end the person is on holiday for four weeks then.
        """
        name, members = pool or lane, []
        for number, week in enumerate(weeks, 1):
            calendar = self._calendar(week)
            members.append(f"{name}-{number}")
            self.people[members[-1]] = Person(
                calendar, cost_per_hour=cost, origin=ASSUMED, finishes=True
            )
        self.pools[name] = Pool(tuple(members), lane=lane, origin=ASSUMED)

    def _calendar(self, week: str) -> str:
        if week not in self.calendars:
            words = week.split()
            off = HOLIDAYS[words.pop()] if words[-1] in HOLIDAYS else ()
            days = " ".join(w for w in words if ":" not in w)
            times = [w for w in words if ":" in w]
            self.calendars[week] = office(hours(days, *times), off, PART)
        return week


# -- prototypes


def fitted(
    scenario: Scenario,
    version: str,
    *,
    note: str,
    steps: Mapping[str, StepNumbers] | None = None,
    branching: Mapping[str, Branching] | None = None,
    events: Mapping[str, EventNumbers] | None = None,
    meetings: Mapping[str, Meeting] | None = None,
    staff: Staff | None = None,
) -> Scenario:
    """The numbers of the current state on another version of the path, with the changes named.

    What the version does not have is left out; the mapping stays whole, so that all versions are
    measured with one measure; `steps` and so on are put in the place of the
    current ones; `staff`: pools that are new or change. The kinds, the attributes and the
    customers' own numbers stay, so that both versions meet the same matters.
    """
    path = load(scenario.path, version)
    ids = {n.id for n in path.nodes}
    all_steps = {k: v for k, v in {**scenario.steps, **(steps or {})}.items() if k in ids}
    more = staff or Staff()
    pools = {**scenario.pools, **more.pools}
    used = {s.pool for s in all_steps.values()}
    pools = {k: v for k, v in pools.items() if k in used}
    members = {m for p in pools.values() for m in p.members}
    people = {k: v for k, v in {**scenario.people, **more.people}.items() if k in members}
    calendars = {**scenario.calendars, **more.calendars}
    open_at = {p.calendar for p in people.values()} | {AWAKE}
    boards = {**scenario.meetings, **(meetings or {})}
    met = {s.meeting for s in all_steps.values()}
    return replace(
        scenario,
        name=version,
        note=f"{NOTE} {note}".strip(),
        path_hash=path.hash,
        steps=all_steps,
        branching={
            k: _on_flows(v, k, path)
            for k, v in {**scenario.branching, **(branching or {})}.items()
            if k in ids
        },
        events={k: v for k, v in {**scenario.events, **(events or {})}.items() if k in ids},
        outcomes={k: v for k, v in scenario.outcomes.items() if k in ids},
        pools=pools,
        people=people,
        calendars={k: v for k, v in calendars.items() if k in open_at},
        meetings={k: v for k, v in boards.items() if k in met},
    )


def _on_flows(branching: Branching, gateway: str, path: Path) -> Branching:
    """The same chances where one way of the gateway leads to another node than now."""
    there = [f.id for f in path.out(gateway)]
    told = {f for chances in branching.flows.all() for f in chances}
    gone, new = told - set(there), set(there) - told
    if not gone:
        return branching
    (old,), (now,) = gone, new
    return replace(
        branching,
        flows=Varied(
            tuple(
                {now if k == old else k: p for k, p in c.items()} for c in branching.flows.otherwise
            ),
            branching.flows.by,
            {
                case: tuple({now if k == old else k: p for k, p in c.items()} for c in rounds)
                for case, rounds in branching.flows.cases.items()
            },
        ),
    )


def mapping(
    title: str,
    *,
    segments: Sequence[str],
    acknowledgements: Sequence[str],
    automatic: Sequence[str],
    burden: Mapping[str, float],
    repeats: Sequence[str] = (),
    delay_eur_per_day: float = 30.0,
) -> dict[str, Any]:
    """Sections of a mapping under which the simulated log is measured.

    `burden`: the customer's hours for each activity, assumed like the tariff.
    """
    out: dict[str, Any] = {
        "about": {
            "title": title,
            "note": "Synthetic: every matter is invented by a seeded simulation of a worked "
            "example; it says nothing about a real city.",
        },
        "time": {"zone": ZONE},
        "cases": {
            "kind": "kind",
            "promise_days": "promise_days",
            "segments": ["kind", *segments],
        },
        "contacts": {"acknowledgements": list(acknowledgements)},
        "automatic": {"activities": list(automatic)},
        "calendar": {
            "zone": ZONE,
            "holidays": "FI",
            "hours": {d: ["08:00-16:00"] for d in WEEK},
        },
        "burden": {
            "tariff": 45.0,
            "usual_share": 0.2,
            "delay_eur_per_day": delay_eur_per_day,
            "hours": dict(burden),
        },
    }
    if repeats:
        out["repeats"] = {"declared": list(repeats)}
    return out
