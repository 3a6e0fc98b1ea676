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

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from polku.measure.facts import Ints, Rows
from polku.measure.steps import Steps
from polku.measure.work_clock import WorkClock

Places: TypeAlias = npt.NDArray[np.integer[Any]]
_JOBS = 1 << 19  # jobs of a block: fewer would scan the log more often, more leave the cache
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


def busy_before(steps: Steps, step: Rows, begin: Ints, end: Ints, clock: WorkClock | None) -> Busy:
    """What the resource of each step did from `begin` to `end` (i64[q] µs since 1970 UTC)."""
    q = len(step)
    out = Busy(*(np.zeros(q, dtype=np.int64) for _ in range(4)))
    if not q:
        return out
    resource = steps.codes("resource")
    working = steps.worked & (resource >= 0) & (steps.time > steps.start)
    if not working.any():
        return out
    of_job = np.where(working, resource, np.int32(-1))
    of_ask = resource[step]
    ready = _Ready(steps)
    slots = np.full(steps.m, -1, dtype=np.int32)

    def work(block: tuple[int, int]) -> None:
        low, high = block
        mine = np.flatnonzero((of_job >= low) & (of_job < high))
        asked = np.flatnonzero((of_ask >= low) & (of_ask < high))
        if len(mine) and len(asked):
            _block(steps, mine, asked, step, begin, end, low, clock, ready, slots, out)

    # blocks share no resource, so they write to different places and may run side by side
    blocks = _blocks(steps, of_job[working])
    with ThreadPoolExecutor(max_workers=min(len(blocks), os.cpu_count() or 1)) as pool:
        list(pool.map(work, blocks))
    return out


def _blocks(steps: Steps, of_job: Rows) -> list[tuple[int, int]]:
    """Ranges of resources with about `_JOBS` jobs each; lifted apart they fit 64 bits."""
    until = np.cumsum(np.bincount(of_job))
    span = int(steps.time.max()) - int(steps.start.min()) + 2
    most = max((1 << 61) // span, 1)
    blocks, low = [], 0
    while low < len(until):
        done = int(until[low - 1]) if low else 0
        high = int(np.searchsorted(until, done + _JOBS, side="right"))
        high = min(max(high, low + 1), low + most)
        blocks.append((low, high))
        low = high
    return blocks


class _Ready:
    """When the matter of a step was ready for it: its predecessor's end, else its arrival."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    def __call__(self, at: Places) -> Ints:
        s = self.steps
        pred = s.pred[at]
        return np.where(pred >= 0, s.time[pred], s.arrival[s.case[at]])


def _block(
    steps: Steps,
    jobs: Places,
    asked: Places,
    step: Rows,
    begin: Ints,
    end: Ints,
    low: int,
    clock: WorkClock | None,
    ready: _Ready,
    slots: Rows,
    out: Busy,
) -> None:
    """Fill in the waits `asked` for resources whose jobs are `jobs` (ordered by resource)."""
    resource = steps.codes("resource")
    start, stop = steps.start[jobs], steps.time[jobs]
    zero = int(start.min())
    span = int(stop.max()) - zero + 2
    apart = (resource[jobs] - low).astype(np.int64) * span - zero
    order = _ascending(start + apart)
    jobs, apart = jobs[order], apart[order]
    starts, stops = start[order] + apart, stop[order] + apart
    cover = np.maximum.accumulate(stops)
    fresh = np.append(True, starts[1:] > cover[:-1])
    first = np.flatnonzero(fresh)
    stretch = np.cumsum(fresh, dtype=np.int32) - np.int32(1)
    opens, closes = starts[first], cover[np.append(first[1:], len(cover)) - 1]
    lengths = closes - opens
    before = np.cumsum(lengths) - lengths

    at = step[asked]
    lift = (resource[at] - low).astype(np.int64) * span - zero
    x = np.clip(begin[asked], zero, zero + span - 1)
    y = np.clip(end[asked], zero, zero + span - 1)
    batch: Ints | None = None
    if steps.log.mapping.time.day_granular_share < _DAY_GRANULAR:
        batch = _batches(steps, jobs, starts, at, ready)
    if batch is not None:
        batch = np.clip(batch, x, y) - x
        x = x + batch
        out.batch[asked] = batch
    x, y = x + lift, y + lift
    previous = _last_before(starts, jobs, at, y, slots)
    from_block = _last_up_to(opens, x)
    to_block = np.where(previous >= 0, stretch[previous], np.int32(-1))

    def inside(t: Ints, block: Places) -> Ints:
        """Busy µs of the block's resources up to t."""
        known = np.minimum(t, closes[block]) - opens[block]
        return np.where(block >= 0, before[block] + known, 0)

    busy = inside(y, to_block) - inside(x, from_block)
    # only where the resource was busy at all can another matter have been taken first
    held = np.flatnonzero(busy > 0)
    p = previous[held]
    job, asker = jobs[p], at[held]
    overtook = (steps.case[job] != steps.case[asker]) & (ready(job) > begin[asked[held]])
    overlap = np.minimum(stops[p], y[held]) - np.maximum(starts[p], x[held])
    overtaken = np.zeros(len(asked), dtype=np.int64)
    overtaken[held] = np.where(overtook, np.clip(overlap, 0, busy[held]), 0)
    out.busy[asked] = busy - overtaken
    out.overtaken[asked] = overtaken
    if clock is None:
        return
    real = apart[first]
    off = lengths - clock.between(opens - real, closes - real)
    off_before = np.cumsum(off) - off

    def inside_off(t: Ints, block: Places) -> Ints:
        upto = np.maximum(np.minimum(t, closes[block]), opens[block])
        shift = real[block]
        known = upto - opens[block] - clock.between(opens[block] - shift, upto - shift)
        return np.where(block >= 0, off_before[block] + known, 0)

    out.busy_off[asked] = inside_off(y, to_block) - inside_off(x, from_block)


def _ascending(keys: Ints) -> Places:
    """The stable order of the keys; the fast sort is enough where no two are equal."""
    order = np.argsort(keys)
    found = keys[order]
    return order if (found[1:] > found[:-1]).all() else np.argsort(keys, kind="stable")


def _last_before(starts: Ints, jobs: Places, at: Places, y: Ints, slots: Rows) -> Places:
    """Index of the last job that started before each y, the start of step `at`; -1 = none.

    A step that is a job stands in the order itself; `slots` i32[m] is room to look it up in.
    """
    new = np.append(True, starts[1:] > starts[:-1])
    here = np.arange(len(jobs), dtype=np.int32)
    slots[jobs] = here if new.all() else np.maximum.accumulate(np.where(new, here, 0))
    found = slots[at] - np.int32(1)
    slots[jobs] = -1
    other = np.flatnonzero(found < -1)  # slot -1: a step without length, or whose start was cut
    wrong = np.flatnonzero((found >= -1) & (starts[np.minimum(found + 1, len(starts) - 1)] != y))
    search = np.concatenate([other, wrong])
    found[search] = np.searchsorted(starts, y[search], side="left") - 1
    return found


def _last_up_to(opens: Ints, x: Ints) -> Places:
    """Index of the last of the ascending `opens` that is ≤ each x, -1 = none.

    A uniform table leads near the place: a binary search costs a chain of mispredicted branches.
    """
    if len(opens) < 64:
        return np.searchsorted(opens, x, side="right") - 1
    base = int(opens[0])
    width = max((int(opens[-1]) - base) // (4 * len(opens)), 1)
    edges = base + width * np.arange((int(opens[-1]) - base) // width + 2, dtype=np.int64)
    table = (np.searchsorted(opens, edges, side="right") - 1).astype(np.int32)
    cell = np.clip((x - base) // width, 0, len(table) - 1)
    found = table[cell]
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


def _batches(steps: Steps, jobs: Places, starts: Ints, at: Rows, ready: _Ready) -> Ints | None:
    """When the last matter of the batch of each step `at` was ready; 0 without a batch.

    `None` where no two jobs started at once.
    """
    tie = starts[1:] == starts[:-1]
    if not tie.any():
        return None
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
    last_ready = np.maximum.reduceat(ready(members), first)
    known = np.where(several, last_ready, 0)[group]
    by_position = np.argsort(members, kind="stable")
    members, known = members[by_position], known[by_position]
    found = np.minimum(np.searchsorted(members, at), len(members) - 1)
    hit = members[found] == at
    until[hit] = known[found[hit]]
    return until
