"""What a resource was doing while a matter waited for it.

Only steps with a resource, a start and an end can tell. Three things are read off them:

- *batching*: the resource started the same activity for several matters at the same instant; the
  wait until the last of them was ready is the batch's.
- *contention*: the resource was busy with another step.
- *prioritisation*: of that, the time of the step done last before, when that step's matter became
  ready later than the one that waited: it was taken first. (A lower bound: earlier overtaking in
  the same wait counts as contention.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from polku.measure.facts import Bools, Ints, Rows
from polku.measure.jobs import Jobs, by_wait, grouped, joined, lay_out
from polku.measure.order import ascending
from polku.measure.side_by_side import marked, pieces, side_by_side
from polku.measure.steps import Steps
from polku.measure.work_clock import WorkClock

Places: TypeAlias = npt.NDArray[np.integer[Any]]
_DAY_GRANULAR = 0.2  # share of stamps at midnight from which equal starts show no batch


@dataclass(frozen=True)
class Busy:
    """Parts of each wait, i64[q] µs: `batch`, then `busy` and `overtaken`, which do not overlap.

    `busy_off`: the part of busy and overtaken that lies outside working hours.
    """

    batch: Ints
    busy: Ints
    overtaken: Ints
    busy_off: Ints


@dataclass(frozen=True)
class _Lone:
    """Waits that no start of a job of their own ends: the step is no work, or ends several.

    `wait` i32[k] their numbers, `at` i32[k] the steps; `begin`, `end` i64[k] µs since 1970 UTC.
    """

    wait: Rows
    at: Rows
    begin: Ints
    end: Ints


def busy_before(steps: Steps, step: Rows, begin: Ints, end: Ints, clock: WorkClock | None) -> Busy:
    """What the resource of each step did from `begin` to `end`, i64[q] µs since the arrival."""
    q = len(step)
    out = Busy(*(np.zeros(q, dtype=np.int64) for _ in range(4)))
    if not q:
        return out
    resource = steps.codes("resource")
    working = steps.time > steps.start
    if not steps.worked.all():
        working &= steps.worked
    if resource.min() < 0:
        working &= resource >= 0
    if not working.any():
        return out
    jobs, lone = _jobs_and_lone(steps, working, step, begin, end)
    wait, busy, overtaken, others = _by_block(steps, jobs, lone, clock, out)
    del jobs  # its other columns would take as much room again as what follows
    out = replace(out, busy=by_wait(wait, busy, q), overtaken=by_wait(wait, overtaken, q))
    for waits, lone_busy, lone_overtaken in others:
        out.busy[waits], out.overtaken[waits] = lone_busy, lone_overtaken
    return out


def _jobs_and_lone(
    steps: Steps, working: Bools, step: Rows, begin: Ints, end: Ints
) -> tuple[Jobs, _Lone]:
    """The instances marked as work, and the waits that none of them ends."""
    everything = bool(working.all())
    of_job = np.full(steps.m, -1, dtype=np.int32)
    of_job[step] = np.arange(len(step), dtype=np.int32)
    stray = np.empty(len(step), dtype=bool)

    def look(part: slice) -> None:
        at = step[part]
        out = of_job[at] != np.arange(part.start, part.stop, dtype=np.int32)
        out |= steps.start[at] != end[part] + steps.arrival[steps.case[at]]
        if not everything:
            out |= ~working[at]
        stray[part] = out

    side_by_side(look, pieces(len(step)))
    lone = marked(stray)
    apart = lone[of_job[step[lone]] == lone]
    of_job[step[apart]] = -1
    jobs_at = np.arange(steps.m, dtype=np.int32) if everything else marked(working)
    jobs = lay_out(steps, jobs_at, of_job, begin)
    lone = lone[steps.codes("resource")[step[lone]] < jobs.blocks[-1][1]]  # others have no job
    at = step[lone]
    arrival = steps.arrival[steps.case[at]]
    return jobs, _Lone(lone, at, begin[lone] + arrival, end[lone] + arrival)


def _by_block(
    steps: Steps, jobs: Jobs, lone: _Lone, clock: WorkClock | None, out: Busy
) -> tuple[Rows, Ints, Ints, list[tuple[Rows, Ints, Ints]]]:
    """The wait before each job, what is found for it, and what is found for the lone waits."""
    highest = np.array([high for _, high in jobs.blocks])
    block = np.searchsorted(highest, steps.codes("resource")[lone.at], side="right")
    lone_of = grouped(block, len(jobs.blocks))

    def work(number: int) -> tuple[Rows, Ints, Ints]:
        k = lone_of(number)
        some = _Lone(lone.wait[k], lone.at[k], lone.begin[k], lone.end[k])
        return some.wait, *_block(steps, jobs, number, some, clock, out)

    # blocks share no resource, so they write to different places and may run side by side
    others = side_by_side(work, range(len(jobs.blocks)))
    return jobs.wait, jobs.begin, jobs.ready, others


def _block(
    steps: Steps, jobs: Jobs, block: int, lone: _Lone, clock: WorkClock | None, out: Busy
) -> tuple[Ints, Ints]:
    """Busy and overtaken µs of the lone waits of a block of resources.

    What is found for the waits before its jobs stands in `jobs.begin` (busy) and `jobs.ready`
    (overtaken) afterwards, which nothing else reads any more.
    """
    pieces = jobs.pieces(block)
    if not pieces:
        return np.zeros(len(lone.wait), dtype=np.int64), np.zeros(len(lone.wait), dtype=np.int64)
    low, high = jobs.blocks[block]
    begins, ends = joined(jobs.start, pieces), joined(jobs.stop, pieces)
    zero = int(begins.min())
    span = int(ends.max()) - zero + 2

    def apart_of(at: Rows) -> Ints:
        """What lifts the times of a resource above those of the ones before it."""
        return (steps.codes("resource")[at] - low).astype(np.int64) * span - zero

    single = high - low == 1
    apart: Ints | int = -zero if single else apart_of(joined(jobs.at, pieces))
    order, starts = ascending(begins + apart)
    stops = (ends + apart)[order]
    cover = np.maximum.accumulate(stops)
    fresh = np.append(True, starts[1:] > cover[:-1])
    first = np.flatnonzero(fresh)
    stretch = np.cumsum(fresh, dtype=np.int32) - np.int32(1)
    opens, closes = starts[first], cover[np.append(first[1:], len(cover)) - 1]
    lengths = closes - opens
    before = np.cumsum(lengths) - lengths

    case, ready = joined(jobs.case, pieces)[order], joined(jobs.ready, pieces)[order]
    waits = joined(jobs.wait, pieces)[order]
    own = np.flatnonzero(waits >= 0)
    waits, owners = waits[own], order[own]
    began, lift = joined(jobs.begin, pieces)[owners], apart
    own_case, y, previous = case[own], starts[own], _before_same(starts)[own]
    if not isinstance(lift, int):
        lift = lift[owners]
    if len(lone.wait):
        waits, began = np.append(waits, lone.wait), np.append(began, lone.begin)
        own_case = np.append(own_case, steps.case[lone.at])
        lone_lift = apart_of(lone.at)
        lone_y = np.clip(lone.end, zero, zero + span - 1) + lone_lift
        y = np.append(y, lone_y)
        previous = np.append(previous, np.searchsorted(starts, lone_y, side="left") - 1)
        if not isinstance(lift, int):
            lift = np.append(lift, lone_lift)
    x = np.clip(began, zero, zero + span - 1)
    if (
        steps.log.mapping.time.day_granular_share < _DAY_GRANULAR
        and (starts[1:] == starts[:-1]).any()
    ):
        members = joined(jobs.at, pieces)[order]
        at = np.append(members[own], lone.at)
        batch = np.clip(_batches(steps, members, starts, at, ready), x, y - lift) - x
        x += batch
        some = np.flatnonzero(batch)
        out.batch[waits[some]] = batch[some]
    x += lift
    from_block = _last_up_to(opens, x)
    to_block = np.where(previous >= 0, stretch[previous], np.int32(-1))

    def inside(t: Ints, block: Places) -> Ints:
        """Busy µs of the block's resources up to t."""
        known = np.minimum(t, closes[block]) - opens[block]
        return np.where(block >= 0, before[block] + known, 0)

    busy = inside(y, to_block) - inside(x, from_block)
    # only where the resource was busy at all can another matter have been taken first
    overtook = (busy > 0) & (case[previous] != own_case) & (ready[previous] > began)
    overlap = np.minimum(stops[previous], y) - np.maximum(starts[previous], x)
    overtaken = np.where(overtook, np.clip(overlap, 0, busy), 0)
    if clock is not None:
        real = np.full(len(first), -zero) if isinstance(apart, int) else apart[order][first]
        off = lengths - clock.between(opens - real, closes - real)
        off_before = np.cumsum(off) - off

        def inside_off(t: Ints, block: Places) -> Ints:
            upto = np.maximum(np.minimum(t, closes[block]), opens[block])
            shift = real[block]
            known = upto - opens[block] - clock.between(opens[block] - shift, upto - shift)
            return np.where(block >= 0, off_before[block] + known, 0)

        out.busy_off[waits] = inside_off(y, to_block) - inside_off(x, from_block)
    busy -= overtaken
    k = len(own)
    found = np.zeros(len(order), dtype=np.int64)
    for column, values in ((jobs.begin, busy), (jobs.ready, overtaken)):
        found[owners] = values[:k]
        jobs.write(column, block, found)
    return busy[k:].copy(), overtaken[k:].copy()  # views would keep what they look at


def _before_same(starts: Ints) -> Places:
    """Index of the last job that started before each job of ascending starts; -1 = none."""
    new = np.append(True, starts[1:] > starts[:-1])
    here = np.arange(len(starts), dtype=np.int64)
    if not new.all():
        here = np.maximum.accumulate(np.where(new, here, 0))
    return here - 1


def _last_up_to(opens: Ints, x: Ints) -> Places:
    """Index of the last of the ascending `opens` that is ≤ each x, -1 = none.

    A uniform table leads near the place: a binary search costs a chain of mispredicted branches.
    """
    if len(opens) < 64:
        return np.searchsorted(opens, x, side="right") - 1
    base = int(opens[0])
    shift = max((int(opens[-1]) - base) // (4 * len(opens)), 1).bit_length() - 1
    edges = base + (np.arange(((int(opens[-1]) - base) >> shift) + 2, dtype=np.int64) << shift)
    table = np.searchsorted(opens, edges, side="right") - 1
    cell = np.clip((x - base) >> shift, 0, len(table) - 1)
    found: Places = table[cell]
    last = len(opens) - 1
    late = np.flatnonzero((opens[np.minimum(found + 1, last)] <= x) & (found < last))
    for _ in range(3):
        if not len(late):
            break
        found[late] += 1
        late = late[(opens[np.minimum(found[late] + 1, last)] <= x[late]) & (found[late] < last)]
    found[late] = np.searchsorted(opens, x[late], side="right") - 1
    found[x < base] = -1
    return found


def _batches(steps: Steps, jobs: Rows, starts: Ints, at: Rows, ready: Ints) -> Ints:
    """When the last matter of the batch of each step `at` was ready; 0 without a batch.

    `jobs`, `starts`, `ready`: positions, starts (ascending) and readiness of a block's jobs.
    """
    tie = starts[1:] == starts[:-1]
    until = np.zeros(len(at), dtype=np.int64)
    tied = np.flatnonzero(np.append(tie, False) | np.append(False, tie))
    activity = steps.codes("activity")[jobs[tied]]
    order = np.lexsort((jobs[tied], activity, starts[tied]))
    tied, activity = tied[order], activity[order]
    new = np.append(True, (starts[tied[1:]] != starts[tied[:-1]]) | (activity[1:] != activity[:-1]))
    group = np.cumsum(new) - 1
    members = jobs[tied]
    case = steps.case[members]
    first = np.flatnonzero(new)
    several = np.maximum.reduceat(case, first) > np.minimum.reduceat(case, first)
    last_ready = np.maximum.reduceat(ready[tied], first)
    known = np.where(several, last_ready, 0)[group]
    by_position = np.argsort(members, kind="stable")
    members, known = members[by_position], known[by_position]
    found = np.minimum(np.searchsorted(members, at), len(members) - 1)
    hit = members[found] == at
    until[hit] = known[found[hit]]
    return until
