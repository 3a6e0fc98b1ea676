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

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from polku.measure.facts import Ints, Rows
from polku.measure.jobs import Jobs, Waited, grouped, joined, lay_out
from polku.measure.order import ascending
from polku.measure.side_by_side import marked, side_by_side
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
    """Waits of a block that no job of their own ends: the step is no work, or ends several.

    `wait` i64[k] their numbers, `at` i32[k] the steps; `begin`, `end` i64[k].
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
    everything = bool(working.all())
    jobs_at = np.arange(steps.m, dtype=np.int32) if everything else marked(working)
    of_job = np.full(steps.m, -1, dtype=np.int32)
    number = np.arange(q, dtype=np.int32)
    of_job[step] = number
    stray = of_job[step] != number
    if not everything:
        stray |= ~working[step]
        of_job[~working] = -1
    del number, working
    asked = Waited(step, begin, end)
    jobs = lay_out(steps, jobs_at, of_job, asked)
    del jobs_at, of_job
    alone = marked(stray)
    last = jobs.blocks[-1][1]
    alone = alone[resource[step[alone]] < last]  # the others have no job at all
    ends = np.array([high for _, high in jobs.blocks])
    block_of_lone = np.searchsorted(ends, resource[step[alone]], side="right")
    lone_of = grouped(alone, block_of_lone, len(jobs.blocks))

    def work(block: int) -> None:
        waits = lone_of(block)
        at = step[waits]
        arrival = steps.arrival[steps.case[at]]
        lone = _Lone(waits, at, begin[waits] + arrival, end[waits] + arrival)
        _block(steps, jobs, block, lone, clock, out)

    # blocks share no resource, so they write to different places and may run side by side
    side_by_side(work, range(len(jobs.blocks)))
    jobs.by_wait(jobs.begin, out.busy)
    jobs.by_wait(jobs.end, out.overtaken)
    return out


def _block(
    steps: Steps, jobs: Jobs, block: int, lone: _Lone, clock: WorkClock | None, out: Busy
) -> None:
    """Fill in the waits for a block of resources.

    What is found for the waits before its jobs stands in `jobs.begin` (busy) and `jobs.end`
    (overtaken) afterwards, which nothing else reads any more.
    """
    pieces = jobs.pieces(block)
    if not pieces:
        return
    low, high = jobs.blocks[block]
    begins = joined(jobs.start, pieces)
    zero = int(begins.min())
    ends = joined(jobs.stop, pieces)
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
    began, until = joined(jobs.begin, pieces)[owners], joined(jobs.end, pieces)[owners]
    own_case, lift = case[own], apart if isinstance(apart, int) else apart[owners]
    if len(lone.wait):
        waits, own_case = np.append(waits, lone.wait), np.append(own_case, steps.case[lone.at])
        began, until = np.append(began, lone.begin), np.append(until, lone.end)
        lift = lift if isinstance(lift, int) else np.append(lift, apart_of(lone.at))
    x = np.clip(began, zero, zero + span - 1)
    y = np.clip(until, zero, zero + span - 1)
    if (
        steps.log.mapping.time.day_granular_share < _DAY_GRANULAR
        and (starts[1:] == starts[:-1]).any()
    ):
        members = joined(jobs.at, pieces)[order]
        at = np.append(members[own], lone.at)
        batch = np.clip(_batches(steps, members, starts, at, ready), x, y) - x
        x = x + batch
        some = np.flatnonzero(batch)
        out.batch[waits[some]] = batch[some]
    x += lift
    y += lift
    previous = _last_before(starts, own, y)
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
    out.busy[waits[k:]], out.overtaken[waits[k:]] = busy[k:], overtaken[k:]
    found = np.zeros(len(order), dtype=np.int64)
    for column, values in ((jobs.begin, busy), (jobs.end, overtaken)):
        found[owners] = values[:k]
        jobs.write(column, block, found)


def _last_before(starts: Ints, own: Places, y: Ints) -> Places:
    """Index of the last job that started before each y; -1 = none.

    `own`: the places of the steps themselves among the jobs, for the first of the y: they mostly
    start at y, and so stand in the order already.
    """
    new = np.append(True, starts[1:] > starts[:-1])
    here = np.arange(len(starts), dtype=np.int64)
    if not new.all():
        here = np.maximum.accumulate(np.where(new, here, 0))
    found = np.empty(len(y), dtype=np.int64)
    found[: len(own)] = here[own] - 1
    search = np.flatnonzero(starts[own] != y[: len(own)])
    search = np.append(search, np.arange(len(own), len(y)))
    found[search] = np.searchsorted(starts, y[search], side="left") - 1
    return found


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
