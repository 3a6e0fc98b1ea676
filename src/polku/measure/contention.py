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
from polku.measure.side_by_side import pieces, side_by_side
from polku.measure.steps import Steps
from polku.measure.work_clock import WorkClock

Places: TypeAlias = npt.NDArray[np.integer[Any]]
_JOBS = 1 << 18  # jobs of a block: fewer would scan the log more often, more leave the cache
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
class _Asked:
    """The waits that are asked about, with what all blocks of resources look up.

    `of_job` i32[m]: the wait before each step that is a job, -1 = none; `ready` i64[m].
    """

    steps: Steps
    step: Rows
    begin: Ints
    end: Ints
    ready: Ints
    of_job: Rows
    clock: WorkClock | None
    out: Busy


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
    blocks = _blocks(steps, resource[working])
    # a stable sort of narrow integers counts instead of comparing
    narrow = (
        np.uint8 if len(blocks) <= 1 << 8 else np.uint16 if len(blocks) <= 1 << 16 else np.int64
    )
    numbers = np.arange(len(blocks)).astype(narrow)
    block_of = np.repeat(numbers, [high - low for low, high in blocks])
    at = np.flatnonzero(working).astype(np.int32)
    jobs, until = _grouped(at, block_of[resource[at]], len(blocks))
    of_job = np.full(steps.m, -1, dtype=np.int32)
    of_job[step] = np.arange(q, dtype=np.int32)
    stray = of_job[step] != np.arange(q, dtype=np.int32)
    if not working.all():
        stray |= ~working[step]
    others = np.flatnonzero(stray).astype(np.int32)
    others = others[resource[step[others]] < len(block_of)]  # the others have no job at all
    others, others_until = _grouped(others, block_of[resource[step[others]]], len(blocks))
    asked = _Asked(steps, step, begin, end, _ready(steps), of_job, clock, out)

    def work(number: int) -> None:
        mine = jobs[until[number] : until[number + 1]]
        rest = others[others_until[number] : others_until[number + 1]]
        _block(asked, mine, rest, *blocks[number])

    # blocks share no resource, so they write to different places and may run side by side
    side_by_side(work, range(len(blocks)))
    return out


def _grouped(at: Rows, group: Places, groups: int) -> tuple[Rows, Ints]:
    """`at` in the order of group, then place, and where each group begins (and the last ends)."""
    begins = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    return at[np.argsort(group, kind="stable")], begins


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


def _ready(steps: Steps) -> Ints:
    """When the matter was ready for each step: its predecessor's end, else its arrival, i64[m]."""
    out = np.empty(steps.m, dtype=np.int64)
    for part in pieces(steps.m):
        pred = steps.pred[part]
        out[part] = np.where(pred >= 0, steps.time[pred], steps.arrival[steps.case[part]])
    return out


def _block(asked: _Asked, jobs: Rows, others: Rows, low: int, high: int) -> None:
    """Fill in the waits for the resources `low` to `high`, whose jobs are `jobs`."""
    if not len(jobs):
        return
    steps, out, clock = asked.steps, asked.out, asked.clock
    start, stop = steps.start[jobs], steps.time[jobs]
    zero = int(start.min())
    span = int(stop.max()) - zero + 2

    def apart_of(at: Rows) -> Ints:
        """What lifts the times of a resource above those of the ones before it."""
        if high - low == 1:
            return np.full(len(at), -zero, dtype=np.int64)
        return (steps.codes("resource")[at] - low).astype(np.int64) * span - zero

    apart = apart_of(jobs)
    order, starts = _ascending(start + apart)
    jobs, stops = jobs[order], (stop + apart)[order]
    cover = np.maximum.accumulate(stops)
    fresh = np.append(True, starts[1:] > cover[:-1])
    first = np.flatnonzero(fresh)
    stretch = np.cumsum(fresh, dtype=np.int32) - np.int32(1)
    opens, closes = starts[first], cover[np.append(first[1:], len(cover)) - 1]
    lengths = closes - opens
    before = np.cumsum(lengths) - lengths

    waits = asked.of_job[jobs]
    own = np.flatnonzero(waits >= 0)
    waits = waits[own]
    at, lift = jobs[own], apart[order[own]]
    if len(others):
        waits, at = np.append(waits, others), np.append(at, asked.step[others])
        lift = np.append(lift, apart_of(asked.step[others]))
    began = asked.begin[waits]
    x = np.clip(began, zero, zero + span - 1)
    y = np.clip(asked.end[waits], zero, zero + span - 1)
    if steps.log.mapping.time.day_granular_share < _DAY_GRANULAR:
        batch = _batches(steps, jobs, starts, at, asked.ready)
        if batch is not None:
            batch = np.clip(batch, x, y) - x
            x = x + batch
            out.batch[waits] = batch
    x, y = x + lift, y + lift
    previous = _last_before(starts, own, y)
    from_block = _last_up_to(opens, x)
    to_block = np.where(previous >= 0, stretch[previous], np.int32(-1))

    def inside(t: Ints, block: Places) -> Ints:
        """Busy µs of the block's resources up to t."""
        known = np.minimum(t, closes[block]) - opens[block]
        return np.where(block >= 0, before[block] + known, 0)

    busy = inside(y, to_block) - inside(x, from_block)
    case = steps.case[jobs]
    other_case = case[previous] != (case[own] if len(own) == len(at) else steps.case[at])
    # only where the resource was busy at all can another matter have been taken first
    overtook = (busy > 0) & other_case & (asked.ready[jobs][previous] > began)
    overlap = np.minimum(stops[previous], y) - np.maximum(starts[previous], x)
    overtaken = np.where(overtook, np.clip(overlap, 0, busy), 0)
    out.busy[waits] = busy - overtaken
    out.overtaken[waits] = overtaken
    if clock is None:
        return
    real = apart[order][first]
    off = lengths - clock.between(opens - real, closes - real)
    off_before = np.cumsum(off) - off

    def inside_off(t: Ints, block: Places) -> Ints:
        upto = np.maximum(np.minimum(t, closes[block]), opens[block])
        shift = real[block]
        known = upto - opens[block] - clock.between(opens[block] - shift, upto - shift)
        return np.where(block >= 0, off_before[block] + known, 0)

    out.busy_off[waits] = inside_off(y, to_block) - inside_off(x, from_block)


def _ascending(keys: Ints) -> tuple[Places, Ints]:
    """The stable order of keys ≥ 0, and the keys in it."""
    bits = (len(keys) - 1).bit_length()
    rest = max(int(keys.max()).bit_length() + bits - 63, 0)
    # key and place in one number: plain numbers sort several times faster than their order
    packed = ((keys >> rest) << bits) | np.arange(len(keys), dtype=np.int64)
    packed.sort()
    order = packed & ((1 << bits) - 1)
    found = packed >> bits
    if rest:  # the last bits had no room: keys that differ only in them are sorted anew
        found = keys[order]
        packed >>= bits
        fresh = np.append(True, packed[1:] != packed[:-1])
        falls = np.flatnonzero(found[1:] < found[:-1])
        if len(falls):
            group = np.cumsum(fresh)
            wrong = np.zeros(int(group[-1]) + 1, dtype=bool)
            wrong[group[falls]] = True
            at = np.flatnonzero(wrong[group])
            order[at] = order[at][np.lexsort((order[at], found[at]))]
            found[at] = keys[order[at]]
    return order, found


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


def _batches(steps: Steps, jobs: Places, starts: Ints, at: Rows, ready: Ints) -> Ints | None:
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
    last_ready = np.maximum.reduceat(ready[members], first)
    known = np.where(several, last_ready, 0)[group]
    by_position = np.argsort(members, kind="stable")
    members, known = members[by_position], known[by_position]
    found = np.minimum(np.searchsorted(members, at), len(members) - 1)
    hit = members[found] == at
    until[hit] = known[found[hit]]
    return until
