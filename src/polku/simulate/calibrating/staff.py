"""Who works: pools of people from who does what, their hours, and how much each does at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from polku.measure.work_clock import WorkClock
from polku.path.model import Path
from polku.simulate.calibrating.closing import Closing, closing, together
from polku.simulate.calibrating.hours import (
    FEWEST,
    calendar,
    clock_of,
    closures,
    joined,
    length,
    local,
    rare_days,
    share_inside,
    week_hours,
)
from polku.simulate.calibrating.instances import Bools, Instances, Ints
from polku.simulate.scenario import Calendar, Origin, Person, Pool, Remark

_RARE = 0.005
"""People with less than this share of a step's work (or a single piece) are left out of it."""
_ALIKE = 0.75  # sets of people that share so much of their work are one pool
_OWN = 200  # stamps from which a person may have hours of their own
_SHORTER = 0.75  # … when these are shorter than the pool's by that much
_AWAY = 0.5  # … and who has less than this share of the pool's part of stamps outside them
_AT_ONCE = 0.95  # share of busy time that the number worked on at once must cover
_MOST_AT_ONCE = 50


@dataclass(frozen=True, eq=False)
class Staff:
    """Pools, people and calendars of a scenario, and the clocks in which time is counted.

    `pool_of`: step id → pool; `hours_of`: pool or step id → its calendar's name (None: round the
    clock); `clocks`: calendar's name → opening intervals; `members`: pool → indices of people.
    """

    pools: Mapping[str, Pool]
    people: Mapping[str, Person]
    calendars: Mapping[str, Calendar]
    pool_of: Mapping[str, str]
    hours_of: Mapping[str, str | None]
    clocks: Mapping[str, WorkClock]
    members: Mapping[str, tuple[int, ...]]
    remarks: tuple[Remark, ...]

    def clock(self, name: str | None) -> WorkClock | None:
        """The clock of a calendar's name; None for round the clock."""
        return None if name is None else self.clocks.get(name)


class _Maker:
    def __init__(self, path: Path, seen: Instances, zone: str, hours: bool) -> None:
        self.path, self.seen, self.zone, self.hours = path, seen, zone, hours
        self.calendars: dict[str, Calendar] = {}
        self.clocks: dict[str, WorkClock] = {}
        self.remarks: list[Remark] = []
        self._named: dict[tuple[object, ...], str] = {}
        stamps = joined([seen.start, seen.end])
        self.first = int(min(stamps.min(), seen.enabled.min())) if len(stamps) else 0
        self.last = int(stamps.max()) if len(stamps) else 0

    def worked(self) -> Bools:
        """Instances that a person worked on from start to end."""
        return self.seen.timed & ~self.seen.automatic & (self.seen.person >= 0)

    def stamps(self, rows: Ints) -> Ints:
        """Starts (where known) and ends of some instances."""
        timed = rows[self.seen.timed[rows]]
        return joined([self.seen.start[timed], self.seen.end[rows]])

    def calendar_for(self, at: Ints, name: str) -> str | None:
        """The name of the calendar that some stamps show; None: round the clock or too few."""
        if not self.hours or len(at) < FEWEST:
            return None
        stamps = local(at, self.zone)
        hours = week_hours(stamps.minute)
        if hours is None:
            return None
        return self.named(hours, closures(stamps.day, hours), len(at), name)

    def named(
        self, hours: Mapping[str, tuple[str, ...]], closed: tuple[str, ...], n: int, name: str
    ) -> str:
        """A calendar by its content: the same hours have one name."""
        key = (tuple(sorted(hours.items())), closed)
        if key not in self._named:
            unique, k = name, 2
            while unique in self.calendars:
                unique, k = f"{name} {k}", k + 1
            made = calendar(hours, closed, n)
            clock = clock_of(made, self.zone, self.first, self.last)
            if clock is not None:
                self.clocks[unique] = clock
            self.calendars[unique] = made
            self._named[key] = unique
        return self._named[key]


def staff(path: Path, seen: Instances, zone: str, hours: bool) -> Staff:
    """Pools, people and their hours.

    `hours`: whether stamps tell the time of day (not where most of them are at midnight).
    """
    make = _Maker(path, seen, zone, hours)
    worked = make.worked()
    sets = _sets(seen, worked)
    groups = _merged(sets)
    pools: dict[str, Pool] = {}
    members: dict[str, tuple[int, ...]] = {}
    people: dict[str, Person] = {}
    pool_of: dict[str, str] = {}
    hours_of: dict[str, str | None] = {}
    everything = make.calendar_for(make.stamps(np.arange(len(seen))), "all hours")
    person_rows = {
        p: np.flatnonzero(worked & (seen.person == p))
        for p in sorted({p for _, who in groups for p in who})
    }
    at_once = {p: _at_once(seen.start[rows], seen.end[rows]) for p, rows in person_rows.items()}
    of_person: dict[int, str | None] = {}
    told: list[Closing] = []
    for steps, who in groups:
        name = _pool_name(path, steps, pools)
        rows = np.flatnonzero(worked & np.isin(seen.person, who))
        stamps = make.stamps(rows)
        usual = make.calendar_for(stamps, f"hours of {name}")
        if usual is None and len(stamps) < FEWEST:
            usual = everything
        hours_of[name] = usual
        clock = None if usual is None else make.clocks.get(usual)
        told.append(closing(clock, seen.start[rows], seen.end[rows]))
        for p in who:
            own = _own_hours(make, person_rows[p], usual, seen.people[p], stamps)
            if p not in of_person:
                of_person[p] = own
                people[seen.people[p]] = Person(
                    own, at_once[p], origin=Origin("measured", len(person_rows[p]))
                )
        names = tuple(seen.people[p] for p in who)
        lanes = {path.node(s).lane for s in steps}
        lane = lanes.pop() if len(lanes) == 1 else None
        pools[name] = Pool(names, lane=lane, origin=Origin("measured", len(rows)))
        members[name] = tuple(who)
        for s in steps:
            pool_of[s] = name
    people = _until_the_end(pools, people, together(told))
    for s in seen.steps:
        if s not in pool_of:
            rows = seen.of(s)
            found = make.calendar_for(make.stamps(rows), f"hours of {path.node(s).name or s}")
            few = len(make.stamps(rows)) < FEWEST
            hours_of[s] = everything if found is None and few else found
    several = [seen.people[p] for p, k in at_once.items() if k > 1]
    if several:
        make.remarks.append(
            Remark(
                "people",
                f"{len(several)} of {len(people)} people work on several matters at once "
                f"({', '.join(several[:5])}{' …' if len(several) > 5 else ''}): at_once is above 1 "
                "and the durations of their work are elapsed time, not effort",
            )
        )
    used = {*(c for c in of_person.values()), *hours_of.values()} - {None}
    calendars = {k: c for k, c in make.calendars.items() if k in used}
    return Staff(
        pools, people, calendars, pool_of, hours_of, make.clocks, members, tuple(make.remarks)
    )


def _until_the_end(
    pools: Mapping[str, Pool], people: Mapping[str, Person], told: list[Closing]
) -> dict[str, Person]:
    """The people with what they do at closing time, as seen in the busiest pool of each."""
    out = dict(people)
    for pool, ends in reversed(list(zip(pools.values(), told, strict=True))):
        for name in pool.members:
            p = people[name]
            if p.calendar is not None:
                origin = replace(p.origin, note=ends.note)
                out[name] = replace(p, finishes=ends.finishes, origin=origin)
    return out


def _sets(seen: Instances, worked: Bools) -> list[tuple[str, Counter[int]]]:
    """For each step that people do: how often whom."""
    out = []
    for k, step in enumerate(seen.steps):
        mine = seen.step == k
        n, by_people = int(mine.sum()), int((mine & worked).sum())
        if by_people < 0.5 * n or not by_people:
            continue
        who = Counter(seen.person[mine & worked].tolist())
        least = max(_RARE * by_people, 1.5)
        kept = Counter({p: c for p, c in who.items() if c >= least})
        out.append((step, kept if sum(kept.values()) >= 0.8 * by_people else who))
    return out


def _merged(sets: list[tuple[str, Counter[int]]]) -> list[tuple[list[str], list[int]]]:
    """Steps with nearly the same people as one group, the busiest step first."""
    groups: list[tuple[list[str], Counter[int]]] = []
    for step, who in sorted(sets, key=lambda r: (-sum(r[1].values()), r[0])):
        for steps, others in groups:
            both = set(who) & set(others)
            mine = sum(who[p] for p in both) / sum(who.values())
            theirs = sum(others[p] for p in both) / sum(others.values())
            if min(mine, theirs) >= _ALIKE and len(both) >= _ALIKE * len({*who, *others}):
                steps.append(step)
                others.update(who)
                break
        else:
            groups.append(([step], Counter(who)))
    return [(steps, sorted(who)) for steps, who in groups]


def _pool_name(path: Path, steps: list[str], known: Mapping[str, Pool]) -> str:
    first = path.node(steps[0])
    lane = path.lane_of(first)
    lanes = {path.node(s).lane for s in steps}
    if lane is not None and lane.name and len(lanes) == 1:
        name = lane.name
    else:
        name = first.name or first.id
        name += f" and {len(steps) - 1} more" if len(steps) > 1 else ""
    unique, k = name, 2
    while unique in known:
        unique, k = f"{name} ({k})", k + 1
    return unique


def _own_hours(
    make: _Maker, rows: Ints, usual: str | None, person: str, everyone: Ints
) -> str | None:
    """A person's own hours where they clearly differ from the pool's, else the pool's.

    `everyone`: the pool's stamps. Hours in which the whole pool has little to do are not hours in
    which one of its members is away.
    """
    at = make.stamps(rows)
    if not make.hours or len(at) < _OWN:
        return usual
    stamps = local(at, make.zone)
    own = week_hours(stamps.minute)
    pool = make.calendars[usual].hours if usual is not None else None
    closed = make.calendars[usual].closures if usual is not None else ()
    kept = pool
    if own is not None:
        whole = length(pool) if pool is not None else 168.0
        away = 1 - share_inside(stamps.minute, own)
        quiet = 1 - share_inside(local(everyone, make.zone).minute, own)
        shorter = length(own) < _SHORTER * whole and away < _AWAY * quiet
        if shorter or share_inside(stamps.minute, pool) < 0.9:
            kept = own
    if kept is None:
        return usual
    with_rare = rare_days(kept, stamps.minute)
    if with_rare is pool:
        return usual
    return make.named(with_rare, closed, len(at), f"hours of {person}")


def _at_once(start: Ints, end: Ints) -> int:
    """How many pieces of work a person has at once, in `_AT_ONCE` of the busy time."""
    lasting = end > start
    start, end = start[lasting], end[lasting]
    if len(start) < 2:
        return 1
    at = np.concatenate([start, end])
    change = np.concatenate([np.ones(len(start), np.int64), -np.ones(len(end), np.int64)])
    order = np.lexsort((change, at))
    load = np.cumsum(change[order])[:-1]
    spent = np.diff(at[order])
    by_load = np.bincount(load, weights=spent.astype(float))
    by_load[0] = 0.0
    covered = np.cumsum(by_load) / max(by_load.sum(), 1.0)
    found = int(np.searchsorted(covered, _AT_ONCE - 1e-12))
    return min(max(found, 1), _MOST_AT_ONCE)


__all__ = ["Staff", "staff"]
