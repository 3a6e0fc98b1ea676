"""The move add-hours: one more person in a pool, for a part of the week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from polku.path.facts import Text
from polku.redesign.evidence import Evidence
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Parameter, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.saying import say
from polku.redesign.staff import (
    Week,
    cut,
    lanes_of_pool,
    minutes,
    new_name,
    no_pool,
    person_hours,
    week_of,
    weekly_hours,
    with_speed,
    written,
)
from polku.redesign.staffing import staff_waits, unit_text, wrong_hours
from polku.redesign.surgery import agency_ids
from polku.simulate.scenario import Law, Origin, Scenario

LEAST_UTILISATION = 0.6
LEAST_DAYS = 0.05
"""Pools that are busy for less of their time, and for whom a matter might wait so many days less,
are not looked at."""
_WEEK: Week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ((8 * 60, 16 * 60),))


@move_kind
class AddHours(MoveKind):
    """Somebody more in a pool, with a calendar cut from a member's; `at`: the pool's name.

    This breaks the constraint "no more staff".
    """

    name = "add-hours"
    title = Text(
        "Lisää työaikaa yksikköön", "Lägg till arbetstid på enheten", "Add hours to a unit"
    )
    serves = "promptness"
    needs = "a pool of the scenario whose people keep hours"
    forbids = "nothing in the path; the constraint that there be no more staff"
    parameters = MappingProxyType(
        {"hours_per_week": Parameter(7.5, "hours a week of the new person", low=1.0, high=37.5)}
    )
    assumptions = (
        Assumption(
            "start-up",
            Text(
                "Uuden henkilön työ kestää {value} kertaa niin kauan kuin muiden.",
                "Den nya personens arbete tar {value} gånger så lång tid som de andras.",
                "The new person's work takes {value} times as long as the others'.",
            ),
            Law("uniform", loc=1.0, scale=0.5, unit=None),
            2.0,
            Origin("assumed", note="somebody new needs time to learn; no datum stands behind it"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Pools that are busy, or for whose people or hours matters wait.

        The hint: waits for people fall with the hours; waits for hours with the days of the week
        on which somebody is there.
        """
        scenario = seen.on.scenario
        more = float(self.parameters["hours_per_week"].default)
        for pool, hours in weekly_hours(scenario).items():
            example = _example(scenario, pool)
            if example is None:
                continue
            busy = seen.utilisation.get(pool, 0.0)
            waits, share = staff_waits(seen, pool), more / (hours + more)
            hint = min(waits, waits * share / max(1 - busy, 0.05))
            open_days = {
                day
                for m in scenario.pools[pool].members
                if m in scenario.people and scenario.people[m].calendar is not None
                for day in week_of(scenario.calendars[str(scenario.people[m].calendar)])
            }
            first, _ = cut(_template(_week(scenario, example), round(more * 60)), round(more * 60))
            after = len(open_days | set(first))
            hint += staff_waits(seen, pool, "off_duty") * (1 - len(open_days) / after)
            if hint >= LEAST_DAYS or busy >= LEAST_UTILISATION:
                yield self.at(pool, hint=hint)

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """Pool not there, nobody keeps hours, hours out of bounds."""
        if len(move.at) != 1:
            return f"names {len(move.at)} pools; name one"
        (pool,) = move.at
        if reason := no_pool(on.scenario, [pool]):
            return reason
        if reason := wrong_hours(self, move):
            return reason
        if _example(on.scenario, pool) is None:
            return f"the people of pool {pool!r} are always there; hours would change nothing"
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """A new person, with a new calendar, in the pool."""
        (pool,) = move.at
        s, hours = on.scenario, float(move.with_["hours_per_week"])
        example = _example(s, pool)
        assert example is not None
        model = s.people[example]
        calendar = s.calendars[str(model.calendar)]
        name = new_name(s.people, f"{pool} more")
        hours_name = new_name(s.calendars, f"{name} {hours:g} h")
        first, _ = cut(_template(_week(s, example), round(hours * 60)), round(hours * 60))
        how = Origin("assumed", note=f"{hours:g} hours a week more, cut from those of {example}")
        s = replace(
            s,
            calendars={**s.calendars,
                       hours_name: replace(calendar, hours=written(first), origin=how)},
            people={**s.people, name: replace(model, calendar=hours_name, origin=how)},
            pools={**s.pools,
                   pool: replace(s.pools[pool], members=(*s.pools[pool].members, name))},
        )  # fmt: skip
        return on.with_scenario(with_speed(s, pool, name, values["start-up"]))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """Nothing: the path stays as it is."""
        del move, on
        return frozenset()

    def says(self, move: Move, on: Prototype) -> Text:
        """Who gets how many hours."""
        lanes = lanes_of_pool(on.path, on.scenario, move.at[0])
        return say(
            Text(
                "{unit} saa {hours:g} tuntia viikossa lisää työaikaa.",
                "{unit} får {hours:g} timmar mer arbetstid i veckan.",
                "{unit} gets {hours:g} more working hours a week.",
            ),
            unit=unit_text(on, lanes, move.at[0]),
            hours=float(move.with_["hours_per_week"]),
        )

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """The agency of the pool."""
        return agency_ids(on.path, lanes_of_pool(on.path, on.scenario, move.at[0]))


def _example(scenario: Scenario, pool: str) -> str | None:
    """The member of a pool with the most hours, of those who keep any."""
    keeping = [
        m
        for m in scenario.pools[pool].members
        if m in scenario.people
        and scenario.people[m].calendar is not None
        and person_hours(scenario, m) > 0
    ]
    return max(keeping, key=lambda m: person_hours(scenario, m), default=None)


def _week(scenario: Scenario, person: str) -> Week:
    return week_of(scenario.calendars[str(scenario.people[person].calendar)])


def _template(week: Week, wanted: int) -> Week:
    """A member's days; else all working days with the longest of them; else whole days."""
    if minutes(week) >= wanted:
        return week
    longest = max(week.values(), key=lambda hours: sum(b - a for a, b in hours))
    more = {day: week.get(day, longest) for day in (*_WEEK, *(d for d in week if d not in _WEEK))}
    return more if minutes(more) >= wanted else _WEEK
