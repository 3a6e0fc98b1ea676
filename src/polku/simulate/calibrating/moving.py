"""How steps move: the law of each step's work, and of the delay before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from polku.measure.work_clock import WorkClock
from polku.path.model import Path, Step
from polku.simulate.calibrating.fitting import Fitted, fit
from polku.simulate.calibrating.instances import Instances, Ints
from polku.simulate.calibrating.staff import Staff
from polku.simulate.calibrating.waiting import delays, idle_of
from polku.simulate.scenario import (
    ASSUMED,
    DELAY_KINDS,
    Delay,
    DelayKind,
    Law,
    Origin,
    Remark,
    StepNumbers,
    Varied,
    always,
    fixed,
)

_MINUTE = 60_000_000
_SHIFT = 4 * 60 * _MINUTE
FEWEST = 5
"""A step with fewer instances takes its laws from all such steps together."""


@dataclass(frozen=True)
class Moving:
    """Numbers of every step; `middle`: median of a step's work, minutes."""

    steps: Mapping[str, StepNumbers]
    middle: Mapping[str, float]
    remarks: tuple[Remark, ...]


def moving(path: Path, seen: Instances, crew: Staff) -> Moving:
    """The numbers of every step of the path."""
    out: dict[str, StepNumbers] = {}
    middle: dict[str, float] = {}
    remarks: list[Remark] = []
    counts = {s: len(seen.of(s)) for s in seen.steps}
    rare = [s for s, n in counts.items() if 0 < n < FEWEST]
    idle = {pool: idle_of(seen, crew, pool) for pool in crew.pools}
    work = {s: worked(seen, crew, s) for s in seen.steps}
    wait = {
        s: delays(seen, crew, s, idle.get(crew.pool_of.get(s, ""))) for s in seen.steps if counts[s]
    }
    if len(rare) > 1:
        names = ", ".join(path.node(s).name or s for s in rare[:6])
        remarks.append(
            Remark(
                "rare steps",
                f"{len(rare)} steps happened fewer than {FEWEST} times each ({names}"
                f"{' …' if len(rare) > 6 else ''}): their times are those of all of them together",
            )
        )
    pooled_work = np.concatenate([work[s] for s in rare]) if rare else np.zeros(0, np.int64)
    pooled_wait = np.concatenate([wait[s].values for s in rare]) if rare else np.zeros(0, np.int64)
    holders = {n.within for n in path.nodes if n.within is not None}
    untimed = []
    for step in path.steps:
        if step.id in holders:
            continue
        if not counts.get(step.id):
            again, times = _repeats(step, seen)
            out[step.id] = StepNumbers(
                work=always(fixed(0.0)), again=again, times=times, origin=ASSUMED
            )
            continue
        few = step.id in rare and len(rare) > 1
        n = counts[step.id]
        pool = crew.pool_of.get(step.id)
        own = None if pool is not None else crew.hours_of.get(step.id)
        spent = pooled_work if few else work[step.id]
        found = wait[step.id]
        since = pooled_wait if few else found.values
        law = fit(spent / _MINUTE) if len(spent) and len(work[step.id]) else None
        if law is None:
            untimed.append(step.id)
            pool = None
        elif len(spent):
            middle[step.id] = float(np.median(spent)) / _MINUTE
        name = crew.hours_of.get(pool if pool is not None else step.id) if found.on_duty else None
        if not few:
            since = since[seen.repeated(seen.of(step.id))] if n >= 2 * FEWEST else since
        delay = _delay(step, since, name if not few else None, found.censored, len(found.values))
        if law is None and delay is None:
            law = Fitted(fixed(0.0), Origin("measured", n, "always at once"))
        origin = Origin("measured", n)
        if few:
            origin = Origin("inferred", n, f"{len(rare)} rare steps together")
        elif law is not None:
            origin = replace(origin, note=f"work: {law.origin.note}")
        again, times = _repeats(step, seen)
        out[step.id] = StepNumbers(
            work=None if law is None else always(law.law),
            pool=pool,
            calendar=own if law is not None else None,
            delay=delay,
            again=again,
            times=times,
            origin=origin,
        )
    if untimed:
        remarks.append(
            Remark(
                "service times",
                f"{len(untimed)} of {len(counts)} steps have one time per event: nobody can tell "
                "work from waiting there, so their time since the step before is a delay without "
                "contention, and more staff changes nothing in the simulation",
            )
        )
    return Moving(out, middle, tuple(remarks))


def worked(seen: Instances, crew: Staff, step: str) -> Ints:
    """Work of each timed instance of a step, µs on duty in its person's calendar.

    As it passed where the person ends work begun after closing time.
    Work that lies wholly outside the calendar, or that is short and begins or ends outside, was
    done all the same: it counts as it passed.
    """
    rows = seen.of(step)
    rows = rows[seen.timed[rows]]
    start, end = seen.start[rows], seen.end[rows]
    elapsed = np.maximum(end - start, 0)
    out = elapsed.copy()
    usual = crew.hours_of.get(crew.pool_of.get(step, step))
    people = seen.person[rows]
    for p in np.unique(people).tolist():
        person = crew.people.get(seen.people[p]) if p >= 0 and step in crew.pool_of else None
        clock = crew.clock(person.calendar if person is not None else usual)
        if clock is None or (person is not None and person.finishes):
            continue
        mine = np.flatnonzero(people == p)
        on_duty = clock.between(start[mine], end[mine])
        outside = ~(_is_open(clock, start[mine]) & _is_open(clock, end[mine] - 1))
        short = outside & (elapsed[mine] <= _SHIFT)
        out[mine] = np.where(short, elapsed[mine], on_duty)
    whole: Ints = np.where((out == 0) & (elapsed > 0), np.minimum(elapsed, 2 * _SHIFT), out)
    return whole


def _is_open(clock: WorkClock, at: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    k = np.searchsorted(clock.opens, at, side="right") - 1
    return (k >= 0) & (at <= clock.closes[np.maximum(k, 0)])


def _delay(step: Step, values: Ints, calendar: str | None, censored: int, n: int) -> Delay | None:
    """The law of the delay before a step; None where there is (nearly) none."""
    minutes = values / _MINUTE
    if not len(minutes) or float((minutes > 0.02).mean()) < 0.01:
        return None
    found = fit(minutes)
    if found.law == fixed(0.0):
        return None
    kind: DelayKind = "other"
    for known in DELAY_KINDS:
        if step.facts.delay == known:
            kind = known
    note = found.origin.note
    if censored:
        note = f"{note}; {censored} of {n} ended while nobody was free, within bounds"
    return Delay(always(found.law), kind, calendar, Origin("measured", n, note))


def _repeats(step: Step, seen: Instances) -> tuple[Varied[float] | None, Varied[Law] | None]:
    """Chance of another round of a loop, or the number of instances."""
    if step.repeat is None:
        return None, None
    counts = [
        n for p in seen.passes for n in p.replay.again.get(step.id, ()) for _ in range(p.matters)
    ]
    if not counts:
        return (always(0.0), None) if step.repeat.kind == "loop" else (None, always(fixed(1, None)))
    if step.repeat.kind == "loop":
        return always((sum(counts) - len(counts)) / sum(counts)), None
    return None, always(Law("empirical", tuple(float(c) for c in sorted(counts)), unit=None))
