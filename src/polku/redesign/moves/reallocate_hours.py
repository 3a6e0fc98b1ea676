"""The move reallocate-hours: part of a person's week goes from one pool to another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from polku.path.facts import Text
from polku.redesign.evidence import Evidence
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Parameter, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.rules import told
from polku.redesign.saying import say
from polku.redesign.staff import (
    cut,
    lanes_of_pool,
    minutes,
    new_name,
    no_pool,
    person_hours,
    steps_of_pool,
    week_of,
    weekly_hours,
    with_speed,
    written,
)
from polku.redesign.staffing import staff_waits, unit_text, wrong_hours
from polku.redesign.surgery import agency_ids, step_of
from polku.simulate.scenario import Law, Origin, Scenario

LEAST_GAP = 0.2
"""By so much the giver must be less busy than the receiver to be looked at."""


@move_kind
class ReallocateHours(MoveKind):
    """Hours of the giver's member with the most go to the receiver; `at`: giver, receiver (pools).

    The member keeps the first part of the week for the giver; in the rest the same person works for
    the receiver, as a second person with the other part of the calendar. All hours stay the same.
    """

    name = "reallocate-hours"
    title = Text(
        "Siirrä työaikaa yksiköstä toiseen",
        "Flytta arbetstid från en enhet till en annan",
        "Move hours from one unit to another",
    )
    serves = "promptness"
    needs = "two pools, one with time to spare, of one agency unless the move says otherwise"
    forbids = (
        "one person for separated duties; a giver that would be busier than the bound; two agencies"
    )
    parameters = MappingProxyType(
        {
            "hours_per_week": Parameter(7.5, "hours a week that go over", low=1.0, high=37.5),
            "between_agencies": Parameter(False, "whether the pools may be of two agencies"),
            "busy": Parameter(
                0.0, "share of its time that the giver is busy today (0: not known)",
                low=0.0, high=1.0,
            ),
            "bound": Parameter(
                0.85, "share of its time that the giver may be busy after it", low=0.0, high=1.0
            ),
        }
    )  # fmt: skip
    assumptions = (
        Assumption(
            "new-field",
            Text(
                "Siirtyvän henkilön työ kestää uudessa tehtävässä {value} kertaa niin kauan kuin "
                "muiden.",
                "I den nya uppgiften tar den flyttade personens arbete {value} gånger så lång tid "
                "som de andras.",
                "In the new field the person's work takes {value} times as long as the others'.",
            ),
            Law("uniform", loc=1.0, scale=0.5, unit=None),
            2.0,
            Origin("assumed", note="work in a new field is slower; no datum stands behind it"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Pairs of pools of one agency of which one is much busier, the giver with spare time."""
        on, hours = seen.on, weekly_hours(seen.on.scenario)
        wanted = float(self.parameters["hours_per_week"].default)
        bound = float(self.parameters["bound"].default)
        for giver in hours:
            busy = seen.utilisation.get(giver)
            if busy is None or not hours[giver]:
                continue
            spare = hours[giver] * (1 - busy / bound)
            most = max((person_hours(on.scenario, m) for m in on.scenario.pools[giver].members),
                       default=0.0)  # fmt: skip
            give = min(wanted, _halves(spare), _halves(most - 0.5))
            if give < 1:
                continue
            for receiver in hours:
                there = seen.utilisation.get(receiver, 0.0)
                if receiver == giver or there - busy < LEAST_GAP or not _one_agency(
                    on, giver, receiver
                ):  # fmt: skip
                    continue
                share = give / (hours[receiver] + give)
                waits = staff_waits(seen, receiver)
                yield self.at(
                    giver, receiver, hours_per_week=give, busy=round(busy, 3),
                    hint=min(waits, waits * share / max(1 - there, 0.05)),
                )  # fmt: skip

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """Not two pools, two agencies, separated duties, nobody with so many hours, too busy."""
        if len(move.at) != 2:
            return f"names {len(move.at)} pools; name the giver and the receiver"
        giver, receiver = move.at
        if reason := no_pool(on.scenario, move.at):
            return reason
        if giver == receiver:
            return f"pool {giver!r} cannot give hours to itself; name another"
        if reason := wrong_hours(self, move):
            return reason
        if not bool(move.with_["between_agencies"]) and not _one_agency(on, giver, receiver):
            return (
                f"pools {giver!r} and {receiver!r} are of two agencies; set between_agencies to "
                "allow it"
            )
        if reason := _separated(on, giver, receiver):
            return reason
        hours = float(move.with_["hours_per_week"])
        person = _giving(on.scenario, giver, hours)
        if person is None:
            return (
                f"nobody in pool {giver!r} keeps more than {hours:g} hours a week and works for it "
                "alone; move fewer hours"
            )
        all_hours, busy = weekly_hours(on.scenario)[giver], float(move.with_["busy"])
        after, bound = busy * all_hours / (all_hours - hours), float(move.with_["bound"])
        if after > bound:
            return (
                f"pool {giver!r} would be busy for {after:.0%} of its time, over the bound of "
                f"{bound:.0%}; move fewer hours"
            )
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The giver's member in two: one calendar for each pool."""
        giver, receiver = move.at
        s, hours = on.scenario, float(move.with_["hours_per_week"])
        person = _giving(s, giver, hours)
        assert person is not None
        old = s.people[person]
        calendar = s.calendars[str(old.calendar)]
        week = week_of(calendar)
        kept, given = cut(week, minutes(week) - round(hours * 60))
        name = new_name(s.people, f"{person} for {receiver}")
        how = Origin("assumed", note=f"{hours:g} hours a week of {person} are for {receiver}")
        mine = new_name(s.calendars, f"{person} less {hours:g} h")
        theirs = new_name([*s.calendars, mine], f"{name} {hours:g} h")
        s = replace(
            s,
            calendars={
                **s.calendars,
                mine: replace(calendar, hours=written(kept), origin=how),
                theirs: replace(calendar, hours=written(given), origin=how),
            },
            people={
                **s.people,
                person: replace(old, calendar=mine),
                name: replace(old, calendar=theirs, origin=how),
            },
            pools={
                **s.pools,
                receiver: replace(s.pools[receiver], members=(*s.pools[receiver].members, name)),
            },
        )
        return on.with_scenario(with_speed(s, receiver, name, values["new-field"]))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """Nothing: the path stays as it is."""
        del move, on
        return frozenset()

    def says(self, move: Move, on: Prototype) -> Text:
        """Who gives how many hours to whom."""
        one, two = (
            unit_text(on, lanes_of_pool(on.path, on.scenario, pool), pool) for pool in move.at
        )
        return say(
            Text(
                "{hours:g} tuntia viikossa työaikaa siirtyy: {one} → {two}.",
                "{hours:g} timmar arbetstid i veckan flyttas: {one} → {two}.",
                "{hours:g} working hours a week go over: {one} → {two}.",
            ),
            hours=float(move.with_["hours_per_week"]), one=one, two=two,
        )  # fmt: skip

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """The agencies of both pools."""
        return _agencies(on, *move.at)


def _halves(hours: float) -> float:
    """Hours in whole halves, rounded down."""
    return int(hours * 2) / 2


def _agencies(on: Prototype, *pools: str) -> tuple[str, ...]:
    return agency_ids(
        on.path, [x for p in pools for x in lanes_of_pool(on.path, on.scenario, p)]
    )  # fmt: skip


def _one_agency(on: Prototype, giver: str, receiver: str) -> bool:
    """Whether two pools are of the same agency, as far as their lanes say."""
    one, two = set(_agencies(on, giver)), set(_agencies(on, receiver))
    return bool(one) and one == two


def _separated(on: Prototype, giver: str, receiver: str) -> str | None:
    """That the person who would work for both does duties that are separated, or is needed so."""
    scenario = on.scenario
    mine, theirs = (
        [s for k in steps_of_pool(scenario, pool) if (s := step_of(on.path, k)) is not None]
        for pool in (giver, receiver)
    )
    for a in mine:
        for b in theirs:
            if b.id in a.facts.separate_from or a.id in b.facts.separate_from:
                return (
                    f"{told(a)} and {told(b)} must be done by different people, and one would work "
                    "for both"
                )
    if len(scenario.pools[giver].members) == 1:
        apart = {i for s in on.path.steps for i in s.facts.separate_from}
        for a in mine:
            if a.facts.separate_from or a.id in apart:
                return (
                    f"pool {giver!r} has one member, who is needed for separated duties: {told(a)}"
                )
    return None


def _giving(scenario: Scenario, giver: str, hours: float) -> str | None:
    """The giver's member with the most hours, more than go over, who is in no other pool."""
    others = {m for name, p in scenario.pools.items() if name != giver for m in p.members}
    able = [
        m for m in scenario.pools[giver].members
        if m not in others and m in scenario.people
        and scenario.people[m].calendar is not None and person_hours(scenario, m) > hours
    ]  # fmt: skip
    return max(able, key=lambda m: person_hours(scenario, m), default=None)
