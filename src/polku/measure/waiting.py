"""Work and waiting: when somebody worked on a matter, when nobody did, and why not.

A matter's life is divided into work (the union of its steps from start to end) and gaps. A gap
ends where a step starts, so it is the wait before that step, from the end of the step's
predecessor; gaps and work sum to the lead time to the microsecond. Every gap is divided among nine
causes; an earlier cause in `CAUSES` goes before a later one, and what no cause can be shown for
is unexplained.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from polku.measure.contention import busy_before
from polku.measure.facts import Bools, Ints, Rows
from polku.measure.side_by_side import pieces, side_by_side
from polku.measure.steps import Steps
from polku.measure.stops import clock_stops, waiting_for
from polku.measure.work_clock import DAY, WorkClock, work_clock

CAUSES = (
    "customer", "statement", "statutory", "meeting", "batching", "contention", "prioritisation",
    "off_duty", "unexplained",
)  # fmt: skip
_CHUNK = 1 << 62
Whole = TypeVar("Whole", np.int32, np.int64)
_NONE: tuple[Rows, Ints] = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class Life:
    """Each matter's life cut at the completions of its steps.

    Arrays of instances in the order of (completion, order), µs since the matter's arrival and
    within its life: `since` i64[m] the completion before (0 for the first), `resumed` i64[m] the
    earliest start among this and the later steps of the matter, `until` i64[m] the completion.
    Nobody works from `since` to `resumed` where that is later; from there to `until` somebody does.
    `start` i64[m]: the start of the step itself, its completion where it is no work.
    """

    since: Ints
    start: Ints
    resumed: Ints
    until: Ints

    @cached_property
    def wait(self) -> Ints:
        """µs in which nobody worked before each completion, i64[m]."""
        out = np.empty(len(self.since), dtype=np.int64)

        def work(part: slice) -> None:
            np.subtract(self.resumed[part], self.since[part], out=out[part])
            np.maximum(out[part], 0, out=out[part])

        side_by_side(work, pieces(len(out)))
        return out

    @cached_property
    def work(self) -> Ints:
        """µs in which somebody worked, since the completion before, i64[m]."""
        wait, out = self.wait, np.empty(len(self.since), dtype=np.int64)

        def work(part: slice) -> None:
            np.subtract(self.until[part], self.since[part], out=out[part])
            out[part] -= wait[part]

        side_by_side(work, pieces(len(out)))
        return out


def life(steps: Steps) -> Life:
    """Work and waiting of every matter (kept with the steps)."""
    return steps.once("life", _life)


def _life(steps: Steps) -> Life:
    until, start = np.empty(steps.m, dtype=np.int64), np.empty(steps.m, dtype=np.int64)
    elapsed, worked, all_watched = steps.elapsed, steps.worked, steps.watched
    everything = bool(worked.all())

    def work(part: slice) -> None:
        case = steps.case[part]
        watched = all_watched[case]
        np.clip(elapsed[part], 0, watched, out=until[part])
        np.clip(steps.start[part] - steps.arrival[case], 0, watched, out=start[part])
        if not everything:
            np.copyto(start[part], until[part], where=~worked[part])

    side_by_side(work, pieces(steps.m))
    since = np.zeros(steps.m, dtype=np.int64)
    since[1:] = until[:-1]
    since[steps.offsets[:-1][steps.offsets[:-1] < steps.offsets[1:]]] = 0
    return Life(since, start, least_to_come(steps, start), until)


def least_to_come(steps: Steps, values: Ints) -> Ints:
    """The least of this and all later values of the same matter, i64[m]; values within its life."""
    falls = (values[:-1] > values[1:]) & (steps.case[:-1] == steps.case[1:])
    if not falls.any():
        return values
    touched = np.zeros(steps.n, dtype=bool)
    touched[steps.case[:-1][falls]] = True
    at = np.flatnonzero(touched[steps.case])
    case = steps.case[at]
    # each matter's values are lifted above those of all matters before it, so that one running
    # minimum from the back serves all; in parts, for the sum has to fit 64 bits
    lift = np.cumsum(np.where(touched, steps.watched.astype(np.float64) + 1, 0.0))
    part = (lift // _CHUNK).astype(np.int64)[case]
    out = values.copy()
    for k in np.unique(part):
        mine = at[part == k]
        rows = steps.case[mine]
        inside = np.zeros(steps.n, dtype=bool)
        inside[rows] = True
        room = np.where(inside, steps.watched + 1, 0)
        height = (np.cumsum(room) - room)[rows]
        lifted = values[mine] + height
        out[mine] = np.minimum.accumulate(lifted[::-1])[::-1] - height
    return out


def worked(steps: Steps) -> Ints:
    """Time in which somebody worked on each matter, i64[n] µs: the union of its steps."""
    # sums of µs stay whole in a float up to 2^53, some 285 years
    return np.bincount(steps.case, weights=life(steps).work, minlength=steps.n).astype(np.int64)


def waited(steps: Steps) -> Ints:
    """Time in which nobody worked on each matter, i64[n] µs, up to its end or the last sight."""
    return steps.watched - worked(steps)


@dataclass(frozen=True)
class Rests:
    """What is left of a matter's life after its last step, where anything is.

    `case` i32[k]; `last` i32[k] the matter's last instance; `begin` i64[k] µs since arrival; it
    lasts to the matter's end or the last moment watched.
    """

    case: Rows
    last: Rows
    begin: Ints


def rests(steps: Steps) -> Rests:
    """What is left after the last steps (kept with the steps)."""
    return steps.once("rests", _rests)


def _rests(steps: Steps) -> Rests:
    some = np.flatnonzero(steps.offsets[1:] > steps.offsets[:-1])
    last = steps.offsets[1:][some] - 1
    begin = life(steps).until[last]
    longer = steps.watched[some] > begin
    return Rests(some[longer].astype(np.int32), last[longer].astype(np.int32), begin[longer])


@dataclass(frozen=True)
class Waits:
    """Every gap, and what it is put down to.

    `at` i32[g]: the instance whose completion follows the gap (the matter's last one where none
    does); `case` i32[g]; `step` i32[g]: the instance that starts where the gap ends, -1 = none;
    `begin`, `end` i64[g] µs since arrival; `ongoing` bool[g]: the last gap of an open matter.
    `parts`: cause → (positions in these arrays, ascending; µs); they sum to the gaps exactly.
    """

    at: Rows
    case: Rows
    step: Rows
    begin: Ints
    end: Ints
    ongoing: Bools
    parts: dict[str, tuple[Rows, Ints]]

    @property
    def length(self) -> Ints:
        """µs of each gap, i64[g]."""
        return self.end - self.begin

    def by_matter(self, cause: str, n: int) -> Ints:
        """µs of a cause in each matter, i64[n], ongoing gaps included."""
        at, amount = self.parts[cause]
        return np.bincount(self.case[at], weights=amount, minlength=n).astype(np.int64)


def waits(steps: Steps) -> Waits:
    """Every gap of every matter with its causes (kept with the steps)."""
    return steps.once("waits", _waits)


def _waits(steps: Steps) -> Waits:
    lived = life(steps)
    at = np.flatnonzero(lived.wait > 0).astype(np.int32)
    # the step that ends a gap is the next one that starts at the least start to come
    ends_it = at
    if lived.resumed is not lived.start:
        here, last = np.arange(steps.m, dtype=np.int32), np.int32(steps.m)
        record = np.where(lived.start == lived.resumed, here, last)
        ends_it = np.minimum.accumulate(record[::-1])[::-1][at]
    rest = rests(steps)
    gap_case = _joined(steps.case, at, rest.case)
    begin = _joined(lived.since, at, rest.begin)
    end = _joined(lived.resumed, at, steps.watched[rest.case])
    step = np.concatenate([ends_it, np.full(len(rest.case), -1, dtype=np.int32)])
    ongoing = np.concatenate([np.zeros(len(at), dtype=bool), ~steps.ended[rest.case]])
    # the last instance whose completion lies before the gap: -1 where the gap comes first
    after = _joined(steps.before, at, rest.last)
    where = np.concatenate([at, rest.last])
    parts = _divide(steps, after, gap_case, begin, end, step)
    return Waits(where, gap_case, step, begin, end, ongoing, parts)


def _joined(values: npt.NDArray[Whole], at: Rows, more: npt.NDArray[Whole]) -> npt.NDArray[Whole]:
    """The values at some places, and more of them."""
    out = np.empty(len(at) + len(more), dtype=values.dtype)
    if len(at):
        np.take(values, at, out=out[: len(at)], mode="clip")
    out[len(at) :] = more
    return out


def _divide(
    steps: Steps, after: Rows, case: Rows, begin: Ints, end: Ints, step: Rows
) -> dict[str, tuple[Rows, Ints]]:
    """The parts of gaps by cause; `begin` moves on as causes take their part from the front."""
    parts: dict[str, tuple[Rows, Ints]] = {}
    left = np.arange(len(case), dtype=np.int32)

    def take(cause: str, whole: Bools) -> None:
        """Put whole gaps (a mask over those left) down to a cause."""
        nonlocal left
        if not whole.any():
            parts[cause] = _NONE
            return
        mine = left[whole]
        parts[cause] = (mine, end[mine] - begin[mine])
        left = left[~whole]

    stop, resume = clock_stops(steps)
    asked = stop | steps.of_kind("supplement_requested")
    answered = resume | steps.of_kind("supplement_received")
    take("customer", _state(waiting_for(steps, asked, answered), after))
    if steps.paused.any():
        # a pause that the log holds as a step with start and end lies at the end of its gap
        pause = left[_state(steps.paused, step[left])]
        length = np.minimum(end[pause] - begin[pause], (steps.time - steps.start)[step[pause]])
        end = end.copy()
        end[pause] -= length
        parts["customer"] = _merged(parts["customer"], _nonzero(pause, length))
        left = left[end[left] > begin[left]]
    statement = waiting_for(
        steps, steps.of_kind("statement_requested"), steps.of_kind("statement_given")
    )
    take("statement", _state(statement, after[left]))

    parts["statutory"] = parts["meeting"] = _NONE
    if steps.log.mapping.waits.statutory:
        begin = begin.copy()
        legal = _value(_legal_until(steps), after[left])
        parts["statutory"] = _from_front(left, begin, end, legal)
        left = left[end[left] > begin[left]]
    if steps.log.mapping.waits.meeting:
        meeting = steps.named("activity", steps.log.mapping.waits.meeting)
        take("meeting", _state(meeting, step[left]))
    if len(left) < len(case):
        case, step, begin, end = case[left], step[left], begin[left], end[left]
    until = steps.arrival[case]
    begin = begin + until
    until += end
    return parts | _by_resource(steps, left, step, begin, until)


def _by_resource(
    steps: Steps, gap: Rows, step: Rows, begin: Ints, end: Ints
) -> dict[str, tuple[Rows, Ints]]:
    """The last five parts of the gaps numbered `gap`; `begin`, `end` µs since 1970 UTC."""
    clock = calendar_clock(steps)
    asked = np.zeros(0, dtype=np.intp)
    if steps.m:
        some = step >= 0
        if steps.codes("resource").min() < 0:
            some &= steps.codes("resource")[step] >= 0
        asked = np.flatnonzero(some)
    # gaps that no step ends stand last: mostly the others are a plain stretch
    plain = len(asked) > 0 and int(asked[-1]) == len(asked) - 1
    who: Rows | slice = slice(0, len(asked)) if plain else asked.astype(np.int32)
    found = busy_before(steps, step[who], begin[who], end[who], clock)
    known = gap[who]
    parts = {
        "batching": _nonzero(known, found.batch),
        "contention": _nonzero(known, found.busy),
        "prioritisation": _nonzero(known, found.overtaken),
        "off_duty": _NONE,
    }
    rest = end - begin
    for taken in (found.batch, found.busy, found.overtaken):
        rest[who] -= taken
    if clock is not None:
        begin = begin.copy()
        begin[who] += found.batch
        closed = (end - begin) - clock.between(begin, end)
        closed[who] -= found.busy_off
        parts["off_duty"] = _nonzero(gap, closed)
        rest -= closed
    parts["unexplained"] = _nonzero(gap, rest)
    return parts


def calendar_clock(steps: Steps) -> WorkClock | None:
    """The working clock over the log's span; `None` without working hours in the mapping."""
    if not steps.log.mapping.calendar.hours or not steps.n:
        return None
    first = int(steps.arrival.min())
    return steps.once(
        "clock",
        lambda s: work_clock(s.log.mapping, first, int((s.arrival + s.watched).max())),
    )


def _state(state: Bools, at: Rows) -> Bools:
    if not state.any():
        return np.zeros(len(at), dtype=bool)
    found: Bools = (at >= 0) & state[at]
    return found


def _value(values: Ints, at: Rows) -> Ints:
    if not len(values):
        return np.zeros(len(at), dtype=np.int64)
    return np.where(at >= 0, values[at], 0)


def _from_front(left: Rows, begin: Ints, end: Ints, until: Ints) -> tuple[Rows, Ints]:
    """Take the part of the gaps up to `until` from their front; `begin` is moved on."""
    amount = np.clip(until, begin[left], end[left]) - begin[left]
    begin[left] += amount
    return _nonzero(left, amount)


def _merged(a: tuple[Rows, Ints], b: tuple[Rows, Ints]) -> tuple[Rows, Ints]:
    at, amount = np.concatenate([a[0], b[0]]), np.concatenate([a[1], b[1]])
    order = np.argsort(at, kind="stable")
    return at[order], amount[order]


def _nonzero(at: Rows, amount: Ints) -> tuple[Rows, Ints]:
    kept = amount > 0
    if kept.all():
        return at, amount
    return at[kept], amount[kept]


def _legal_until(steps: Steps) -> Ints:
    """Until when (µs since arrival) the law asks to wait, as known after each instance, i64[m]."""
    days = steps.log.mapping.waits.statutory
    if not days or not steps.m:
        return np.zeros(0, dtype=np.int64)
    table = np.zeros(len(steps.categories("activity")) + 1, dtype=np.int64)
    for k, name in enumerate(steps.categories("activity")):
        table[k] = round(days.get(name, 0.0) * DAY)
    length = table[steps.codes("activity")]
    at = np.flatnonzero(length > 0)
    until = np.zeros(steps.m, dtype=np.int64)
    if not len(at):
        return until
    # few instances set such a time: the latest so far, matter by matter, is filled forward
    best: dict[int, int] = {}
    for p, c, u in zip(
        at.tolist(), steps.case[at].tolist(), (steps.elapsed[at] + length[at]).tolist(), strict=True
    ):
        best[c] = max(best.get(c, 0), u)
        until[p] = best[c]
    previous = np.zeros(steps.m, dtype=np.int64)
    previous[at] = at + 1
    previous = np.maximum.accumulate(previous) - 1
    known = (previous >= 0) & (steps.case[previous] == steps.case)
    return np.where(known, until[previous], 0)
