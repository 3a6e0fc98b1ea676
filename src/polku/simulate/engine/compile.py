"""From a path and a scenario to the arrays that the engine runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.measure.work_clock import WorkClock
from polku.path.conditions import parse
from polku.path.model import Event, Gateway, Node, Path, Step
from polku.simulate.arrivals import Wanted
from polku.simulate.clocks import instant, intervals, moments, union
from polku.simulate.engine.bounds import check_bounds
from polku.simulate.engine.control import Control, control
from polku.simulate.engine.draws import role_hash
from polku.simulate.engine.program import (
    ALL,
    CATCH,
    CHOICE,
    EXCLUSIVE,
    FLOW,
    INCLUSIVE,
    NODE,
    PASS,
    PERSON,
    POOL,
    SCOPE,
    WORK,
    Ints,
    Program,
    Table,
)
from polku.simulate.engine.tables import Tables
from polku.simulate.laws import pack, quantile
from polku.simulate.scenario import (
    ORDERS,
    Batch,
    EventNumbers,
    Law,
    Scenario,
    StepNumbers,
    Varied,
    always,
    fixed,
)

_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = (31_556_952, 2_629_746, 604_800, 86_400, 3_600, 60, 1)
"""A year is 365.2425 days, a month a twelfth of it."""


def seconds_of(text: str) -> float | None:
    """Seconds of an ISO 8601 duration; None where the text is none.

    >>> seconds_of("P14D"), seconds_of("PT1H30M"), seconds_of("soon")
    (1209600.0, 5400.0, None)
    """
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        return None
    return sum(float(g) * s for g, s in zip(found.groups(), _SECONDS, strict=True) if g)


@dataclass
class _Making:
    """What is gathered while a program is made."""

    path: Path
    scenario: Scenario
    control: Control
    tables: Tables
    conditions: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    clocks: dict[str, int] = field(default_factory=dict)
    meetings: dict[str, int] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    person_rows: list[dict[str, Law]] = field(default_factory=list)
    scale: list[tuple[float, float]] = field(default_factory=list)
    apart: list[int] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)

    def clock(self, name: str, place: str) -> int:
        if name not in self.scenario.calendars:
            raise ScenarioError(
                f"{place}: calendar {name!r} is not in the scenario; "
                f"{nearest(name, self.scenario.calendars)}"
            )
        return self.clocks.setdefault(name, len(self.clocks))

    def meeting(self, name: str, place: str) -> int:
        if name not in self.scenario.meetings:
            raise ScenarioError(
                f"{place}: meeting {name!r} is not in the scenario; "
                f"{nearest(name, self.scenario.meetings)}"
            )
        return self.meetings.setdefault(name, len(self.meetings))

    def answerable(self, condition: str) -> bool:
        """Whether the matter's attributes answer a condition."""
        return not self.unanswered(condition)

    def unanswered(self, condition: str) -> list[str]:
        known = {*self.scenario.attributes, "kind"}
        return [n for n in parse(condition).names if n not in known]

    def condition(self, text: str) -> int:
        return self.conditions.setdefault(text, len(self.conditions))


@dataclass(frozen=True)
class Plan:
    """A program without its clocks, which depend on how long it runs; and what it asks of matters.

    `wanted`: what `polku.simulate.arrivals.arrive` has to give for each matter; `fresh`: the
    control flow as the path alone gives it.
    """

    path: Path
    scenario: Scenario
    wanted: Wanted
    nodes: Table
    making: _Making
    fresh: Control

    def program(self, since: int, until: int) -> Program:
        """The program with clocks and meetings from `since` to `until` (µs since 1970 UTC)."""
        return _program(self, since, until)


def plan(path: Path, scenario: Scenario, like: Plan | None = None) -> Plan:
    """Make the part of a program that does not depend on its dates.

    `like`: a plan of the same path, whose control flow need not be worked out again.

    Raises `ScenarioError` where the scenario does not fit the path or something cannot be
    simulated: the step or gateway, what is missing, what to write.
    """
    _known("steps", scenario.steps, (s.id for s in path.steps))
    _known("events", scenario.events, (e.id for e in path.events))
    _known("branching", scenario.branching, (n.id for n in path.nodes))
    check_bounds(scenario)
    fresh = control(path) if like is None else like.fresh
    made = _Making(path, scenario, fresh.copied(), Tables())
    made.outcomes = {o: k for k, o in enumerate(sorted(set(scenario.outcomes.values())))}
    _attend(made)
    columns = _kept(made)
    for k, node in enumerate(made.control.nodes):
        row = made.control.rows[k]
        numbers = scenario.steps.get(node.id)
        role = numbers.role if numbers and numbers.role else node.id
        row["role"] = made.roles.setdefault(role, len(made.roles))
        if isinstance(node, Step) and node.repeat is not None:
            row["entry"] = made.roles.setdefault(f"{role} again", len(made.roles))
        row["batch_size"] = 0
        row["apart_at"] = row["apart_to"] = len(made.apart)
        row["scale_at"] = row["scale_to"] = len(made.scale)
        if isinstance(node, Step):
            _step(made, node, numbers, row, columns)
        elif isinstance(node, Event):
            _event(made, node, row)
        if len(made.path.out(node.id)) > 1:
            _split(made, node, row)
        row["turns"] = row["role"]
        if row["chances"] >= 0 and row["does"] != PASS:  # a step counts its own beginnings
            row["turns"] = made.roles.setdefault(f"{role} way", len(made.roles))
    nodes = np.zeros(len(made.control.rows), NODE)
    for k, row in enumerate(made.control.rows):
        for name, value in row.items():
            nodes[name][k] = value
    wanted = Wanted(
        tuple((name, tuple(codes)) for name, codes in made.tables.by.items()),
        tuple(made.conditions),
        tuple(made.numbers),
    )
    return Plan(path, scenario, wanted, nodes, made, fresh)


def _known(section: str, given: Iterable[str], known: Iterable[str]) -> None:
    names = list(known)
    for name in given:
        if name not in names:
            raise ScenarioError(
                f"scenario: {section}.{name}: is not in the path; {nearest(name, names)}"
            )


def _attend(made: _Making) -> None:
    """Take note of all that varies by an attribute, before the first choice is laid out."""
    s = made.scenario
    for step in s.steps.values():
        delay = step.delay.law if step.delay else None
        made.tables.attend([step.work, delay, step.times])
        made.tables.attend([step.again])
    for event in s.events.values():
        made.tables.attend([event.after])
        made.tables.attend([event.happens])
    for branching in s.branching.values():
        made.tables.attend([branching.flows])
    known = {*s.attributes, "kind"}
    for name in made.tables.by:
        if name not in known:
            raise ScenarioError(
                f"scenario: something varies by {name!r}, which is no attribute; "
                f"{nearest(name, known)}"
            )


def _kept(made: _Making) -> dict[str, set[str]]:
    """For each step the steps that another person must do; and whose person is remembered."""
    apart: dict[str, set[str]] = {}
    steps = {s.id for s in made.path.steps}
    for step in made.path.steps:
        for other in step.facts.separate_from:
            if other in steps:
                apart.setdefault(step.id, set()).add(other)
                apart.setdefault(other, set()).add(step.id)
    same = {n.same_person_as for n in made.scenario.steps.values() if n.same_person_as}
    _known("same_person_as", same, steps)
    for name in sorted({*apart, *same}):
        made.kept[name] = len(made.kept)
    return apart


def _step(
    made: _Making, step: Step, numbers: StepNumbers | None, row: dict[str, int],
    apart: dict[str, set[str]],
) -> None:  # fmt: skip
    place = f"scenario: steps.{step.id}"
    if step.repeat is not None:
        _repeat(made, step, numbers, row, place)
    if row["does"] != WORK:
        return
    if numbers is None:
        if made.path.by_customer(step):
            return  # the customer's own time is asked for by the check, and may be nothing
        raise ScenarioError(
            f"{place}: {step.name or step.id!r} has neither a duration nor staff; give it work, a "
            "delay, or work of 0 where it takes no time"
        )
    if numbers.work is not None:
        row["work"] = made.tables.laws_chosen(numbers.work)
    if numbers.calendar is not None:
        row["work_clock"] = made.clock(numbers.calendar, place)
    if numbers.delay is not None:
        row["delay"] = made.tables.laws_chosen(numbers.delay.law)
        if numbers.delay.calendar is not None:
            row["delay_clock"] = made.clock(numbers.delay.calendar, place)
    if numbers.pool is not None:
        _known(f"steps.{step.id}.pool", [numbers.pool], made.scenario.pools)
        row["pool"] = list(made.scenario.pools).index(numbers.pool)
    if numbers.by_person:
        row["person_laws"] = len(made.person_rows)
        made.person_rows.append(dict(numbers.by_person))
    if numbers.meeting is not None:
        row["meeting"] = made.meeting(numbers.meeting, place)
    if numbers.batch is not None and numbers.same_person_as:
        raise ScenarioError(
            f"{place}: a batch cannot be done by the person of each of its matters; leave out "
            "batch or same_person_as"
        )
    if numbers.batch is not None:
        _batch(made, numbers.batch, row, place)
    row["level"] = numbers.priority
    if numbers.same_person_as:
        row["same_as"] = made.kept[numbers.same_person_as]
    if step.id in made.kept:
        row["kept"] = made.kept[step.id]
        row["keeps"] = 1
    row["apart_at"] = len(made.apart)
    made.apart += [made.kept[o] for o in sorted(apart.get(step.id, ()))]
    row["apart_to"] = len(made.apart)
    if (
        numbers.work is None and numbers.delay is None and numbers.meeting is None
        and numbers.batch is None and not numbers.by_person
        and not made.path.by_customer(step)
    ):  # fmt: skip
        raise ScenarioError(
            f"{place}: {step.name or step.id!r} has no duration; give it work (0 where it takes no "
            "time) or a delay"
        )


def _batch(made: _Making, batch: Batch, row: dict[str, int], place: str) -> None:
    row["batch_size"] = batch.size or 0
    row["together"] = int(batch.together)
    if batch.meeting is not None:
        row["batch_meeting"] = made.meeting(batch.meeting, place)
    if batch.max_wait is not None:
        row["batch_wait"] = int(quantile(batch.max_wait, np.array([0.5]))[0])
    if not (batch.size or batch.meeting or batch.max_wait):
        raise ScenarioError(f"{place}.batch: nothing says when a batch goes; give size or max_wait")
    row["scale_at"] = len(made.scale)
    made.scale += sorted((float(n), f) for n, f in batch.scale)
    row["scale_to"] = len(made.scale)


def _repeat(
    made: _Making, step: Step, numbers: StepNumbers | None, row: dict[str, int], place: str
) -> None:
    assert step.repeat is not None
    if step.repeat.kind == "loop":
        if numbers is not None and numbers.again is not None:
            row["again"] = made.tables.chances_chosen(numbers.again)
        elif step.repeat.condition and made.answerable(step.repeat.condition):
            row["again_condition"] = made.condition(step.repeat.condition)
        else:
            raise ScenarioError(f"{place}: is a loop; say in `again` how likely one more round is")
        return
    times = (step.repeat.times or "").strip()
    if numbers is not None and numbers.times is not None:
        row["times"] = made.tables.laws_chosen(numbers.times)
    elif times.isdigit():
        row["times_fixed"] = int(times)
    elif times and made.answerable(times):
        row["times_column"] = made.numbers.setdefault(times, len(made.numbers))
    else:
        raise ScenarioError(f"{place}: is done several times; say in `times` how often")


def _event(made: _Making, event: Event, row: dict[str, int]) -> None:
    place = f"scenario: events.{event.id}"
    if event.position == "end":
        outcome = made.scenario.outcomes.get(event.id)
        row["outcome"] = -1 if outcome is None else made.outcomes[outcome]
        return
    waits = row["does"] == CATCH
    timed = event.position == "boundary" and event.trigger not in ("error", "escalation")
    if not (waits or timed):
        return
    numbers = made.scenario.events.get(event.id, EventNumbers())
    after = numbers.after
    if event.timer is not None:  # a cycle's number of times holds for whatever law, too
        stated = _timer(event, row)
        after = stated if after is None else after
    if after is not None:
        row["delay"] = made.tables.laws_chosen(after)
    elif row["at"] < 0:
        if numbers.happens is None and event.trigger not in ("timer",) and timed:
            raise ScenarioError(f"{place}: say in `after` when it happens, and how likely")
        raise ScenarioError(f"{place}: {event.name or event.id!r} has no time; say in `after`")
    if numbers.happens is not None:
        row["happens"] = made.tables.chances_chosen(numbers.happens)
    if numbers.calendar is not None:
        row["delay_clock"] = made.clock(numbers.calendar, place)


def _timer(event: Event, row: dict[str, int]) -> Varied[Law] | None:
    """The law of a timer that states its time; a date is written into the row."""
    assert event.timer is not None
    value = event.timer.value
    if event.timer.kind == "date":
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        row["at"] = int(moment.timestamp()) * 1_000_000
        return None
    if event.timer.kind == "cycle":
        times, _, value = value.partition("/")
        number = times.removeprefix("R")
        row["rounds"] = int(number) if number.isdigit() else 32_767
    seconds = seconds_of(value)
    return None if seconds is None else always(fixed(seconds, "seconds"))


def _split(made: _Making, node: Node, row: dict[str, int]) -> None:
    """How a node with several flows out of it chooses among them."""
    flows = made.path.out(node.id)
    given = made.scenario.branching.get(node.id)
    if isinstance(node, Gateway) and node.kind in ("parallel", "event"):
        return
    if not isinstance(node, Gateway) and given is not None:
        row["split"] = EXCLUSIVE
    if row["split"] == ALL:
        return
    place = f"scenario: branching.{node.id}"
    ids = [f.id for f in flows]
    if given is not None:
        for chances in given.flows.all():
            _known(f"branching.{node.id}", chances, ids)
        chances_given = given.flows
    else:
        default = node.default if isinstance(node, Gateway | Step) else None
        asked = [f for f in flows if f.condition and f.id != default]
        unknown = [n for f in asked for n in made.unanswered(str(f.condition))]
        if not unknown and (asked or row["split"] == INCLUSIVE):
            for f in asked:
                column = made.condition(str(f.condition))
                made.control.flow_rows[made.control.flow[f.id]]["condition"] = column
            return
        if all(f.probability is None for f in flows):
            said = (
                f"its conditions ask for {', '.join(sorted(set(unknown)))}, of which the scenario "
                "knows nothing"
                if unknown
                else "the path has no conditions there"
            )
            raise ScenarioError(f"{place}: is missing, and {said}; give the chance of each flow")
        chances_given = always({f.id: f.probability for f in flows if f.probability is not None})
    if row["split"] == EXCLUSIVE:
        chances_given = _complete(chances_given, ids, place)
    row["chances"] = made.tables.flows_chosen(chances_given, ids)


def _complete(
    chances: Varied[Mapping[str, float]], flows: list[str], place: str
) -> Varied[Mapping[str, float]]:
    """Chances that add up to one: a single flow that is not named takes what is left."""

    def full(given: Mapping[str, float]) -> Mapping[str, float]:
        left = [f for f in flows if f not in given]
        total = sum(given.values())
        if any(c < 0 for c in given.values()) or total > 1 + 1e-6:
            raise ScenarioError(f"{place}: chances add up to {total:g}; they must add up to 1")
        if len(left) == 1:
            return {**given, left[0]: max(0.0, 1 - total)}
        if abs(total - 1) > 1e-6:
            raise ScenarioError(f"{place}: chances add up to {total:g}; they must add up to 1")
        return given

    return Varied(
        tuple(map(full, chances.otherwise)), chances.by,
        {k: tuple(map(full, v)) for k, v in chances.cases.items()},
    )  # fmt: skip


def _program(given: Plan, since: int, until: int) -> Program:
    made, s = given.making, given.scenario
    c, t = made.control, made.tables
    clocks = dict(made.clocks)
    for person in s.people.values():
        if person.calendar is not None and person.calendar not in clocks:
            _known("people: calendar", [person.calendar], s.calendars)
            clocks[person.calendar] = len(clocks)
    told: list[tuple[Ints, Ints]] = []
    kept: list[WorkClock] = []
    for name in clocks:
        clock = intervals(s.calendars[name], name, s.zone, since, until)
        kept.append(clock)
        told.append((clock.opens, clock.closes))

    names = tuple(s.people)
    number = {name: k for k, name in enumerate(names)}
    pools = np.zeros(len(s.pools), POOL)
    members: list[int] = []
    joined: dict[tuple[int, ...], int] = {}
    for k, (name, pool) in enumerate(s.pools.items()):
        _known(f"pools.{name}: members", pool.members, names)
        if not pool.members:
            raise ScenarioError(f"scenario: pools.{name}: has no members; name at least one person")
        pools[k]["order"] = ORDERS.index(pool.order)
        pools[k]["ageing"] = max(1, round(pool.ageing_days * 8.64e10))
        pools[k]["member_at"] = len(members)
        members += [number[m] for m in pool.members]
        pools[k]["member_to"] = len(members)
        of = {s.people[m].calendar for m in pool.members}
        if None in of:
            pools[k]["clock"] = -1
        else:
            own = tuple(sorted(clocks[str(n)] for n in of))
            if len(own) == 1:
                pools[k]["clock"] = own[0]
            else:
                if own not in joined:
                    joined[own] = len(told)
                    told.append(union(kept[n] for n in own))
                pools[k]["clock"] = joined[own]
    pools_of: list[list[int]] = [[] for _ in names]
    for k in range(len(pools)):
        for m in members[pools[k]["member_at"] : pools[k]["member_to"]]:
            pools_of[m].append(k)
    people = np.zeros(len(names), PERSON)
    people["own_pool"] = -1
    if any(n.same_person_as for n in s.steps.values()):
        own_pools = np.zeros(len(names), POOL)
        for k in range(len(names)):
            own_pools[k]["member_at"], own_pools[k]["member_to"] = len(members), len(members) + 1
            own_pools[k]["ageing"] = 1
            members.append(k)
            pools_of[k].append(len(pools) + k)
            people[k]["own_pool"] = len(pools) + k
        pools = np.concatenate([pools, own_pools])
    flat: list[int] = []
    for k, name in enumerate(names):
        person = s.people[name]
        people[k]["calendar"] = -1 if person.calendar is None else clocks[person.calendar]
        people[k]["at_once"] = person.at_once
        people[k]["finishes"] = person.finishes
        people[k]["pool_at"] = len(flat)
        flat += pools_of[k]
        people[k]["pool_to"] = len(flat)
    for k in range(len(names)):
        if people[k]["own_pool"] >= 0:
            pools[people[k]["own_pool"]]["clock"] = people[k]["calendar"]

    person_law = np.full((max(1, len(made.person_rows)), max(1, len(names))), -1, np.int32)
    for r, laws in enumerate(made.person_rows):
        for name, law in laws.items():
            if name in number:
                person_law[r, number[name]] = t.law(law)
    law_kind, law_at, law_values = pack(tuple(t.laws))

    staffed = sorted({int(k) for k in people["calendar"] if k >= 0})
    people_of = [np.flatnonzero(people["calendar"] == k) for k in range(len(told))]
    return Program(
        given.nodes, _table(c.flow_rows, FLOW), _table(c.scopes, SCOPE),
        np.array([tuple(x) for x in t.choices], CHOICE), people, pools,
        _i4(c.out), _i4(c.into), _i4(c.starts), _i4(c.or_nodes), _i4(c.boundary), _i4(made.apart),
        np.array(made.scale, np.float64).reshape(-1, 2), _i4(t.law_of), np.array(t.chance, float),
        law_kind, law_at, law_values, *_clocks(told), *_changes(told, staffed),
        *_meetings(given, since, until), _i4(members), _i4(flat),
        _starts_of(people_of), _i4(np.concatenate([*people_of, np.zeros(0, np.int64)])),
        person_law, c.reach, np.array([role_hash(r) for r in made.roles], np.uint32),
        len(made.kept), len(made.roles), c.places, tuple(n.id for n in c.nodes), names,
        tuple(s.pools), tuple(made.outcomes), (since, until),
    )  # fmt: skip


def _i4(values: Iterable[int]) -> np.ndarray:
    return np.array(list(values), np.int32)


def _table(rows: list[dict[str, int]], dtype: np.dtype) -> Table:
    out = np.zeros(len(rows), dtype)
    for k, row in enumerate(rows):
        for name, value in row.items():
            out[name][k] = value
    return out


def _starts_of(parts: list[np.ndarray]) -> Ints:
    return np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)


def _clocks(told: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints, Ints, Ints]:
    """`clock_at`, `opens`, `closes`, `before` of all clocks, one after the other."""
    at = _starts_of([opens for opens, _ in told])
    nothing = np.zeros(0, np.int64)
    opens = np.concatenate([nothing, *(o for o, _ in told)])
    closes = np.concatenate([nothing, *(e for _, e in told)])
    before = [np.concatenate([[0], np.cumsum(e - o)])[:-1] for o, e in told if len(o)]
    return at, opens, closes, np.concatenate([nothing, *before]).astype(np.int64)


def _changes(
    told: list[tuple[Ints, Ints]], staffed: list[int]
) -> tuple[Ints, np.ndarray, np.ndarray]:
    """Openings and closings of the staff's clocks in order of time, closings first."""
    times = [np.concatenate([told[k][1], told[k][0]]) for k in staffed]
    clock = [np.full(2 * len(told[k][0]), k) for k in staffed]
    opened = [np.repeat([0, 1], len(told[k][0])) for k in staffed]
    if not times:
        return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int8)
    t, c, o = np.concatenate(times), np.concatenate(clock), np.concatenate(opened)
    order = np.lexsort((c, o, t))
    return t[order], c[order].astype(np.int32), o[order].astype(np.int8)


def _meetings(given: Plan, since: int, until: int) -> tuple[Ints, Ints, Ints]:
    s = given.scenario
    each = [
        moments(s.meetings[name], name, s.zone, s.start, since, until)
        for name in given.making.meetings
    ]
    nothing = np.zeros(0, np.int64)
    return (
        _starts_of([at for _, at in each]),
        np.concatenate([nothing, *(cut for cut, _ in each)]),
        np.concatenate([nothing, *(at for _, at in each)]),
    )


def begin_of(scenario: Scenario) -> int:
    """µs since 1970 UTC at which a scenario begins."""
    return instant(scenario.start, scenario.zone)
