"""Two tiny kinds of moves and one path, for tests of terms and of finding."""

# ruff: noqa: ARG002 - every kind of move has the same face
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from polku.path.build import start
from polku.path.facts import Text
from polku.redesign.axes import Axis
from polku.redesign.move import Assumption, MoveKind, Parameter
from polku.redesign.prototype import Prototype
from polku.redesign.surgery import in_line, without
from polku.simulate.scenario import (
    ASSUMED,
    Arrivals,
    Attribute,
    Calendar,
    Kind,
    Law,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    always,
    fixed,
)

SAYS = Text("fi", "sv", "en")


class Drop(MoveKind):
    name = "drop"
    title = SAYS
    serves = "smoothness"
    needs = "a step in line"
    forbids = "marks"
    assumptions = (
        Assumption("share", SAYS, Law("uniform", loc=0.1, scale=0.3, unit=None), 0.0, ASSUMED),
        Assumption("learning", SAYS, fixed(2, "days"), 9.0, ASSUMED),
    )

    def find(self, seen) -> Iterable:
        for step in seen.on.path.steps:
            yield self.at(step.id, hint=seen.step(step.id).days)

    def refuses(self, move, on):
        if not on.path.has(move.at[0]):
            return "no step"
        if on.path.node(move.at[0]).facts.fixed:
            return "is marked as fixed"
        return None if in_line(on.path, move.at[0]) else "does not stand in line"

    def apply(self, move, on, values):
        return on.with_path(without(on.path, move.at))

    def claims(self, move, on):
        return frozenset()

    def says(self, move, on):
        return SAYS


class Hours(MoveKind):
    name = "hours"
    title = SAYS
    serves = "promptness"
    needs = "a pool"
    forbids = "nothing"
    parameters: ClassVar = {
        "hours_per_week": Parameter(10.0, "hours a week more", 1, 40),
        "people": Parameter(1, "how many", 1, 3),
        "how": Parameter("overtime", "how", choices=("overtime", "new people")),
        "at_once": Parameter(False, "at once"),
    }

    def find(self, seen):
        for pool in seen.on.scenario.pools:
            for hours in (10.0, 20.0):
                yield self.at(pool, hint=seen.utilisation.get(pool, 0.0), hours_per_week=hours)

    def refuses(self, move, on):
        return None if move.at[0] in on.scenario.pools else "no such pool"

    def apply(self, move, on, values):
        pool = on.scenario.pools[move.at[0]]
        person = on.scenario.people[pool.members[0]]
        s = replace(
            on.scenario,
            pools={**on.scenario.pools, move.at[0]: replace(pool, members=(*pool.members, "x"))},
            people={**on.scenario.people, "x": person},
        )
        return on.with_scenario(s)

    def claims(self, move, on):
        return frozenset()

    def says(self, move, on):
        return SAYS


def current() -> Prototype:
    """A line of three steps at two units, with people at each."""
    path = (
        start("Stall").step("Apply", unit="Desk").step("Check", unit="Safety")
        .step("Decide", unit="Desk").path()
    )  # fmt: skip
    office = Calendar(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",)))
    work = {
        s.id: StepNumbers(work=always(fixed(60)), pool="desk" if k != 1 else "safety")
        for k, s in enumerate(path.steps)
    }
    scenario = Scenario(
        path.id,
        {"any": Kind(Arrivals(per_year=300.0))},
        steps=work,
        attributes={"size": Attribute(choices=always({"small": 0.5, "large": 0.5}))},
        pools={"desk": Pool(("d",)), "safety": Pool(("s",))},
        people={"d": Person("office"), "s": Person("office")},
        calendars={"office": office},
    )
    return Prototype(path, scenario, "current")


AXES = (
    Axis("lead_time", "p50", "days", "lower"),
    Axis("lead_time", "p90", "days", "lower"),
    Axis("contact_points", "mean_within_h", "units", "lower"),
    Axis("on_time", "share", "share", "higher"),
    Axis("staff_hours", "mean_within_h", "hours", "lower"),
    Axis("lead_time", "p50", "days", "lower", "size", "small"),
    Axis("equality_lead_time", "worst_ratio", "ratio", "lower", "size", "*"),
    Axis("staff_hours", "mean_within_h", "hours", "none", "unit", "Desk"),
    Axis("utilisation", "mean", "share", "none", "pool", "desk"),
)


def only_tiny(monkeypatch) -> None:
    """Register the two tiny kinds and no other for one test."""
    from polku.redesign import move

    monkeypatch.setattr(move, "_KINDS", {"drop": Drop(), "hours": Hours()})
    monkeypatch.setattr(move, "_load", lambda: None)
