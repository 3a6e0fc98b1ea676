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
from polku.measure.steps import Steps
from polku.measure.work_clock import WorkClock

Places: TypeAlias = npt.NDArray[np.integer[Any]]
_JOBS = 1 << 17  # jobs of a block: its arrays stay in a processor's cache
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
    jobs = np.flatnonzero(steps.worked & (resource >= 0) & (steps.time > steps.start))
    if not len(jobs):
        return out
    jobs = jobs[_by_code(resource[jobs])]
    asks = _by_code(resource[step])
    count = int(resource.max()) + 1
    first_job = np.searchsorted(resource[jobs], np.arange(count + 1))
    first_ask = np.searchsorted(resource[step][asks], np.arange(count + 1))
    ready = _Ready(steps)
    low = 0
    while low < count:
        high = int(np.searchsorted(first_job, first_job[low] + _JOBS, side="right")) - 1
        high = min(max(high, low + 1), low + 1024, count)
        mine = jobs[first_job[low] : first_job[high]]
        asked = asks[first_ask[low] : first_ask[high]]
        if len(mine) and len(asked):
            _block(steps, mine, asked, step, begin, end, low, clock, ready, out)
        low = high
    return out


def _by_code(codes: Rows) -> Places:
    """Stable order by code; narrow codes are sorted by radix."""
    narrow = codes.astype(np.uint16) if codes.max(initial=0) < 65536 else codes
    return np.argsort(narrow, kind="stable")


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
    out: Busy,
) -> None:
    """Fill in the waits `asked` for resources whose jobs are `jobs` (ordered by resource)."""
    resource = steps.codes("resource")
    start, stop = steps.start[jobs], steps.time[jobs]
    zero = int(start.min())
    span = int(stop.max()) - zero + 2
    apart = (resource[jobs] - low).astype(np.int64) * span - zero
    order = np.argsort(start + apart, kind="stable")
    jobs, apart = jobs[order], apart[order]
    starts, stops = start[order] + apart, stop[order] + apart
    cover = np.maximum.accumulate(stops)
    first = np.flatnonzero(np.append(True, starts[1:] > cover[:-1]))
    opens, closes = starts[first], cover[np.append(first[1:], len(cover)) - 1]
    lengths = closes - opens
    before = np.cumsum(lengths) - lengths

    at = step[asked]
    lift = (resource[at] - low).astype(np.int64) * span - zero
    x = np.clip(begin[asked], zero, zero + span - 1)
    y = np.clip(end[asked], zero, zero + span - 1)
    batch = np.zeros(len(asked), dtype=np.int64)
    if steps.log.mapping.time.day_granular_share < _DAY_GRANULAR:
        batch = np.clip(_batches(steps, jobs, starts, at, ready), x, y) - x
    x = x + batch + lift
    y = y + lift
    from_block = np.searchsorted(opens, x, side="right") - 1
    to_block = np.searchsorted(opens, y, side="left") - 1

    def inside(t: Ints, block: Places) -> Ints:
        """Busy µs of the block's resources up to t."""
        known = np.minimum(t, closes[block]) - opens[block]
        return np.where(block >= 0, before[block] + known, 0)

    busy = inside(y, to_block) - inside(x, from_block)
    previous = np.searchsorted(starts, y, side="left") - 1
    p = jobs[previous]
    overtook = (
        (previous >= 0)
        & (resource[p] == resource[at])
        & (steps.case[p] != steps.case[at])
        & (ready(p) > begin[asked])
    )
    overlap = np.minimum(stops[previous], y) - np.maximum(starts[previous], x)
    overtaken = np.where(overtook, np.clip(overlap, 0, busy), 0)
    out.batch[asked] = batch
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


def _batches(steps: Steps, jobs: Places, starts: Ints, at: Rows, ready: _Ready) -> Ints:
    """When the last matter of the batch of each step `at` was ready; 0 where there is no batch."""
    until = np.zeros(len(at), dtype=np.int64)
    tie = starts[1:] == starts[:-1]
    if not tie.any():
        return until
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
