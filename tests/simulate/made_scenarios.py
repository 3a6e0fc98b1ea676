"""Scenarios made by chance for paths made by chance: everything that a simulation must know.

`pair(seed)` gives the same path and scenario for the same seed; `pairs` is the strategy of
hypothesis. Every wait comes to its end: pools have two members or more, calendars open each week.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date

from hypothesis import strategies as st
from made_models import Model, model

from polku.path.facts import Facts
from polku.path.model import Path, Step
from polku.simulate.scenario import (
    ORDERS,
    Arrivals,
    Attribute,
    Batch,
    Branching,
    Calendar,
    Delay,
    EventNumbers,
    Kind,
    Law,
    Meeting,
    Person,
    Pool,
    Priority,
    Scenario,
    StepNumbers,
    Varied,
    always,
    fixed,
)

WEEK = ("mon", "tue", "wed", "thu", "fri")
HOURS = (("08:00-16:00",), ("08:00-11:00", "12:00-15:30"), ("09:00-13:00",), ("12:00-20:00",))


@dataclass(frozen=True)
class Pair:
    """A path and a scenario that fits; `what`: names of what is in them."""

    model: Model
    scenario: Scenario
    what: frozenset[str]

    @property
    def path(self) -> Path:
        return self.model.path


def pair(seed: int, most: int = 6) -> Pair:
    """The pair of a seed."""
    made = model(seed, most=most)
    return _Maker(made, random.Random(f"pair {seed}")).pair()


pairs = st.integers(0, 2**32).map(pair)


class _Maker:
    def __init__(self, model: Model, random: random.Random) -> None:
        self.model, self.path, self.random = model, model.path, random
        self.what: set[str] = set(model.what)
        self.taken: set[str] = set()

    def has(self, chance: float, what: str) -> bool:
        found = self.random.random() < chance
        if found:
            self.what.add(what)
        return found

    def pair(self) -> Pair:
        r = self.random
        self.attributes = {name: Attribute(chance=always(r.uniform(0.3, 0.7)))
                           for name in self.model.asked}  # fmt: skip
        self.attributes["size"] = Attribute(choices=always({"small": 0.6, "large": 0.4}))
        weights = Varied((fixed(2, None),), "size", {"large": (fixed(4, None),)})
        self.attributes["weight"] = Attribute(law=weights)
        self.calendars = {f"calendar {k}": self.calendar() for k in range(r.randint(1, 3))}
        self.meetings = {f"meeting {k}": self.meeting() for k in range(2)}
        people = {f"person {k}": self.person() for k in range(r.randint(2, 6))}
        self.pools = {f"pool {k}": self.pool(list(people)) for k in range(r.randint(1, 3))}
        if len({m for p in self.pools.values() for m in p.members}) < sum(
            len(p.members) for p in self.pools.values()
        ):
            self.what.add("shared members")
        steps = {s.id: n for s in self.path.steps if (n := self.step(s)) is not None}
        path, steps = self.persons(steps)
        kinds = {f"kind {k}": self.kind() for k in range(r.randint(1, 2))}
        scenario = Scenario(
            path.id, kinds, zone="Europe/Helsinki", start=date(2025, 3, 3), end=date(2026, 3, 2),
            attributes=self.attributes, branching=self.branching(), steps=steps,
            events=self.events(), pools=self.pools, people=people, calendars=self.calendars,
            meetings=self.meetings, priorities=self.priorities(),
        )  # fmt: skip
        return Pair(replace(self.model, path=path), scenario, frozenset(self.what))

    # -- time

    def calendar(self) -> Calendar:
        r = self.random
        days = WEEK if r.random() < 0.8 else (*WEEK, "sat", "sun")
        closures = ("2025-04-07/2025-04-09", "2025-07-01/2025-07-31") if self.has(
            0.3, "closures") else ()  # fmt: skip
        return Calendar(
            {day: r.choice(HOURS) for day in days},
            holidays="FI" if self.has(0.4, "holidays") else "",
            closures=closures,
            zone="Europe/Stockholm" if self.has(0.1, "another zone") else None,
        )

    def meeting(self) -> Meeting:
        r = self.random
        if self.has(0.2, "meetings without July"):
            return Meeting("wed", "13:00", 1, except_=("2025-07-01/2025-07-31",))
        return Meeting(
            r.choice(WEEK), "14:00", r.randint(1, 3), cut_off_days=r.choice((0.0, 2.0, 7.0))
        )

    def law(self) -> Law:
        r = self.random
        return r.choice(
            (
                fixed(r.randint(5, 300)),
                fixed(0.0),
                Law("expon", scale=r.uniform(10, 300)),
                Law("lognorm", shapes=(0.8,), scale=r.uniform(10, 200)),
                Law("empirical", (10.0, 20.0, 45.0, 300.0)),
                Law("uniform", scale=r.uniform(20, 400)),
            )
        )

    def laws(self, what: str) -> Varied[Law]:
        if self.has(0.15, f"{what} by round"):
            return Varied((self.law(), self.law()))
        if self.has(0.15, f"{what} by attribute"):
            return Varied((self.law(),), "size", {"large": (self.law(), self.law())})
        return always(self.law())

    def chance(self) -> Varied[float]:
        r = self.random
        if self.has(0.3, "chance by round"):
            return Varied((r.uniform(0.2, 0.8), r.uniform(0.1, 0.4)))
        return always(r.uniform(0.2, 0.6))

    # -- people

    def person(self) -> Person:
        calendar = self.random.choice(list(self.calendars)) if self.random.random() < 0.85 else None
        if self.has(0.15, "several at once"):
            return Person(calendar, self.random.randint(2, 3))
        return Person(calendar)

    def pool(self, people: list[str]) -> Pool:
        r = self.random
        members = tuple(r.sample(people, r.randint(2, len(people))))
        order = r.choice(ORDERS)
        self.what.add(f"order {order}")
        return Pool(members, order, 1.5 if order == "ageing" else 0.0)

    def persons(self, steps: dict[str, StepNumbers]) -> tuple[Path, dict[str, StepNumbers]]:
        """Steps that the same person, or another one, must do."""
        r = self.random
        staffed = [i for i, n in steps.items() if n.pool is not None and n.batch is None]
        path = self.path
        if len(staffed) > 1:
            a, b = r.sample(staffed, 2)
            if self.has(0.3, "separation"):
                steps[b] = replace(steps[b], pool=steps[a].pool)
                step = path.node(b)
                assert isinstance(step, Step)
                path = path.with_nodes([replace(step, facts=Facts(separate_from=(a,)))])
            elif self.has(0.3, "same person"):
                steps[b] = replace(steps[b], pool=steps[a].pool, same_person_as=a)
        return path, steps

    # -- numbers of steps, events, gateways

    def step(self, step: Step) -> StepNumbers | None:
        r = self.random
        repeat = step.repeat
        numbers = StepNumbers()
        if repeat is not None and repeat.kind == "loop":
            numbers = replace(numbers, again=self.chance())
        if repeat is not None and repeat.kind != "loop" and self.has(0.3, "times by law"):
            numbers = replace(numbers, times=always(Law("empirical", (0, 1, 2, 3), unit=None)))
        if step.holds_nodes:
            return numbers if numbers != StepNumbers() else None
        numbers = replace(numbers, work=self.laws("work"))
        if self.has(0.7, "pool"):
            numbers = replace(numbers, pool=r.choice(list(self.pools)))
            if self.has(0.1, "by person"):
                name = r.choice(self.pools[str(numbers.pool)].members)
                numbers = replace(numbers, by_person={name: self.law()})
        elif self.has(0.3, "calendar of a step"):
            numbers = replace(numbers, calendar=r.choice(list(self.calendars)))
        if self.has(0.25, "delay"):
            calendar = r.choice(list(self.calendars)) if self.has(0.3, "delay in hours") else None
            numbers = replace(numbers, delay=Delay(self.laws("delay"), "customer", calendar))
        if self.has(0.12, "meeting"):
            numbers = replace(numbers, meeting=r.choice(list(self.meetings)))
        if self.has(0.15, "batch"):
            numbers = replace(numbers, batch=self.batch())
        if self.has(0.1, "priority of a step"):
            numbers = replace(numbers, priority=r.randint(1, 2))
        return numbers

    def batch(self) -> Batch:
        r = self.random
        together = r.random() < 0.5
        self.what.add("batch together" if together else "batch one after another")
        scale = ((2, 0.8), (4, 0.5)) if r.random() < 0.5 else ()
        if self.has(0.3, "batch at a meeting"):
            return Batch(meeting=r.choice(list(self.meetings)), together=together, scale=scale)
        size = r.randint(1, 4)
        wait = fixed(r.choice((4, 30, 100)), "hours")
        return Batch(size if r.random() < 0.8 else None, wait, None, together, scale)

    def branching(self) -> dict[str, Branching]:
        out = {}
        for id in self.model.by_chance:
            flows = {f.id: f.probability or 0.0 for f in self.path.out(id)}
            if len(flows) < 2:
                continue
            varied: Varied[dict[str, float]] = always(flows)
            if self.has(0.3, "chances by round"):
                turned = dict(zip(flows, reversed(flows.values()), strict=True))
                varied = Varied((flows, turned, flows))
            out[id] = Branching(varied)  # type: ignore[arg-type]
        return out

    def events(self) -> dict[str, EventNumbers]:
        out = {}
        for event in self.path.events:
            after = always(Law("expon", scale=self.random.uniform(2, 100), unit="hours"))
            if event.position == "boundary" and event.trigger in ("timer", "message"):
                if event.trigger == "timer" and self.has(0.3, "stated timer"):
                    continue
                happens = always(0.5) if self.has(0.7, "happens") else None
                out[event.id] = EventNumbers(after, happens)
            elif event.position == "catch" and event.trigger in ("timer", "message"):
                calendar = None
                if self.has(0.2, "event in hours"):
                    calendar = self.random.choice(list(self.calendars))
                out[event.id] = EventNumbers(after, calendar=calendar)
        return out

    # -- matters

    def kind(self) -> Kind:
        r = self.random
        promise = r.choice((None, 5.0, 30.0))
        if self.has(0.2, "times of arrival"):
            times = sorted(r.randrange(0, 60 * 86_400_000_000) for _ in range(60))
            return Kind(Arrivals(at=tuple(times)), promise)
        if self.has(0.3, "between arrivals"):
            calendar = r.choice(list(self.calendars)) if r.random() < 0.5 else None
            between = Law("expon", scale=r.uniform(20, 600))
            return Kind(Arrivals(between=between, calendar=calendar), promise)
        weights = tuple(1.0 + (k % 3) for k in range(24))
        return Kind(
            Arrivals(
                per_year=r.choice((500.0, 3000.0, 12000.0)),
                months=(1, 2, 3, 1, 1, 1, 0.5, 1, 1, 1, 1, 1) if r.random() < 0.5 else (),
                weekdays=(5, 4, 4, 4, 3, 1, 1) if r.random() < 0.5 else (),
                hours=weights if r.random() < 0.5 else (),
            ),
            promise,
        )

    def priorities(self) -> tuple[Priority, ...]:
        if not self.has(0.6, "priorities"):
            return ()
        first = 'size == "large"'
        second = self.model.asked[0] if self.model.asked else "weight > 3"
        return Priority(0, first), Priority(1, second), Priority(2)
