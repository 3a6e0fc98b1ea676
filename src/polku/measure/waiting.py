"""Work and waiting: when somebody worked on a matter, when nobody did, and why not.

A matter's life is divided into work (the union of its steps from start to end) and gaps. A gap
ends where a step starts, so it is the wait before that step, from the end of the step's
predecessor; gaps and work sum to the lead time to the microsecond. Every gap is divided among nine
causes; an earlier cause in `CAUSES` goes before a later one, and what no cause can be shown for
is unexplained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from polku.measure.contention import busy_before
from polku.measure.facts import Bools, Ints, Rows
from polku.measure.side_by_side import marked, pieces, side_by_side
from polku.measure.steps import Steps
from polku.measure.stops import clock_stops, waiting_for
from polku.measure.work_clock import DAY, WorkClock, work_clock

CAUSES = (
    "customer", "statement", "statutory", "meeting", "batching", "contention", "prioritisation",
    "off_duty", "unexplained",
)  # fmt: skip
_CHUNK = 1 << 62
_NONE: tuple[Rows, Ints] = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class Life:
    """Each matter's life cut at the completions of its steps.

    Arrays of instances in the order of (completion, order), µs since the matter's arrival and
    within its life: `resumed` i64[m] the earliest start among this and the later steps of the
    matter (of a step that is no work: its completion), `until` i64[m] the completion. Nobody works
    from the completion before (or the arrival) to `resumed` where that is later; from there to
    `until` somebody does. `begins` bool[m]: it is the step's own start that `resumed` is, null =
    always; `opens` bool[m]: the step is its matter's first.
    """

    until: Ints
    resumed: Ints
    begins: Bools | None
    opens: Bools

    def since(self, part: slice) -> Ints:
        """The completion before each instance of a part, 0 for the first of a matter."""
        low, high = part.start, part.stop
        out = np.zeros(high - low, dtype=np.int64)
        out[low == 0 :] = self.until[max(low - 1, 0) : high - 1]
        out[self.opens[part]] = 0
        return out

    @property
    def passed(self) -> Ints:
        """µs since the completion before, i64[m]."""
        return self._each(lambda part, out: np.subtract(self.until[part], self.since(part), out))

    @cached_property
    def wait(self) -> Ints:
        """µs in which nobody worked before each completion, i64[m]."""

        def work(part: slice, out: Ints) -> None:
            np.subtract(self.resumed[part], self.since(part), out=out)
            np.maximum(out, 0, out=out)

        return self._each(work)

    @property
    def work(self) -> Ints:
        """µs in which somebody worked, since the completion before, i64[m]."""

        def work(part: slice, out: Ints) -> None:
            np.subtract(self.until[part], self.since(part), out=out)
            out -= self.wait[part]

        return self._each(work)

    def _each(self, work: Callable[[slice, Ints], object]) -> Ints:
        out = np.empty(len(self.until), dtype=np.int64)
        side_by_side(lambda part: work(part, out[part]), pieces(len(out)))
        return out


def life(steps: Steps) -> Life:
    """Work and waiting of every matter (kept with the steps)."""
    return steps.once("life", _life)


def _life(steps: Steps) -> Life:
    elapsed, worked, all_watched = steps.elapsed, steps.worked, steps.watched
    everything = bool(worked.all())
    inside = steps.all_within_life and int(elapsed.min(initial=0)) >= 0
    until = elapsed if inside else np.empty(steps.m, dtype=np.int64)
    resumed = np.empty(steps.m, dtype=np.int64)
    opens, begins = np.zeros(steps.m, dtype=bool), np.ones(steps.m, dtype=bool)
    opens[steps.offsets[:-1][steps.offsets[:-1] < steps.offsets[1:]]] = True

    def work(rows_part: tuple[slice, slice]) -> bool:
        rows, part = rows_part
        case, out = steps.case[part], resumed[part]
        watched = all_watched[case]
        if not inside:
            np.clip(elapsed[part], 0, watched, out=until[part])
        np.subtract(steps.start[part], steps.arrival[case], out=out)
        np.clip(out, 0, watched, out=out)
        if not everything:
            np.copyto(out, until[part], where=~worked[part])
        at = least_to_come(out, case - np.int32(rows.start), all_watched[rows])
        begins[part][at] = False
        return len(at) > 0

    later = any(side_by_side(work, steps.by_matters))
    return Life(until, resumed, begins if later else None, opens)


def least_to_come(values: Ints, case: Rows, watched: Ints) -> Rows:
    """Lower values to the least of them and all later ones of the same matter.

    `values` i64[k] within each matter's life, `case` i32[k] ascending, `watched` i64[cases].
    Returns the places of those that were lowered.
    """
    falls = np.flatnonzero((values[:-1] > values[1:]) & (case[:-1] == case[1:]))
    if not len(falls):
        return np.zeros(0, dtype=np.int32)
    touched = np.zeros(len(watched), dtype=bool)
    touched[case[falls]] = True
    at = np.flatnonzero(touched[case]).astype(np.int32)
    # each matter's values are lifted above those of all matters before it, so that one running
    # minimum from the back serves all; in parts, for the sum has to fit 64 bits
    lift = np.cumsum(np.where(touched, watched.astype(np.float64) + 1, 0.0))
    part = (lift // _CHUNK).astype(np.int64)[case[at]]
    lowered = []
    for k in np.unique(part):
        mine = at[part == k]
        rows = case[mine]
        within = np.zeros(len(watched), dtype=bool)
        within[rows] = True
        room = np.where(within, watched + 1, 0)
        height = (np.cumsum(room) - room)[rows]
        least = np.minimum.accumulate((values[mine] + height)[::-1])[::-1] - height
        changed = least < values[mine]
        values[mine] = least
        lowered.append(mine[changed])
    return np.concatenate(lowered)


def worked(steps: Steps) -> Ints:
    """Time in which somebody worked on each matter, i64[n] µs: the union of its steps."""
    lived, out = life(steps), np.empty(steps.n, dtype=np.int64)

    def work(rows_part: tuple[slice, slice]) -> None:
        rows, part = rows_part
        spent = lived.until[part] - lived.since(part) - lived.wait[part]
        # sums of µs stay whole in a float up to 2^53, some 285 years
        out[rows] = np.bincount(
            steps.case[part] - np.int32(rows.start), weights=spent, minlength=rows.stop - rows.start
        )

    side_by_side(work, steps.by_matters)
    return out


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
    lived, rest = life(steps), rests(steps)
    counts = [int(np.count_nonzero(lived.wait[part])) for _, part in steps.by_matters]
    until = np.cumsum(counts, dtype=np.int64)
    gaps = int(until[-1]) if counts else 0
    size = gaps + len(rest.case)
    where, case, step = (np.empty(size, dtype=np.int32) for _ in range(3))
    begin, end = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)

    def work(number: int) -> None:
        _, part = steps.by_matters[number]
        out = slice(int(until[number]) - counts[number], int(until[number]))
        at = np.flatnonzero(lived.wait[part])
        where[out] = step[out] = at + part.start
        case[out] = steps.case[part][at]
        begin[out] = lived.since(part)[at]
        end[out] = lived.resumed[part][at]
        if lived.begins is not None:
            # the step that ends a gap is the next one that starts at the least start to come
            here = np.arange(part.start, part.stop, dtype=np.int32)
            own = np.where(lived.begins[part], here, np.int32(steps.m))
            step[out] = np.minimum.accumulate(own[::-1])[::-1][at]

    side_by_side(work, range(len(counts)))
    where[gaps:], case[gaps:], step[gaps:] = rest.last, rest.case, -1
    begin[gaps:], end[gaps:] = rest.begin, steps.watched[rest.case]
    ongoing = np.zeros(size, dtype=bool)
    ongoing[gaps:] = ~steps.ended[rest.case]

    def after() -> Rows:
        """The last instance whose completion lies before each gap: -1 where the gap comes first."""
        return np.concatenate([steps.before[where[:gaps]], rest.last])

    parts = _divide(steps, after, case, begin, end, step)
    return Waits(where, case, step, begin, end, ongoing, parts)


def _divide(
    steps: Steps, after: Callable[[], Rows], case: Rows, begin: Ints, end: Ints, step: Rows
) -> dict[str, tuple[Rows, Ints]]:
    """The parts of gaps by cause; `begin` moves on as causes take their part from the front."""
    parts: dict[str, tuple[Rows, Ints]] = {}
    left = np.arange(len(case), dtype=np.int32)

    def take(cause: str, state: Bools, places: Callable[[], Rows]) -> None:
        """Put whole gaps down to a cause: those left whose place is in the state."""
        nonlocal left
        parts[cause] = _NONE
        if not state.any():
            return
        at = places()[left]
        whole = (at >= 0) & state[at]
        if whole.any():
            mine = left[whole]
            parts[cause] = (mine, end[mine] - begin[mine])
            left = left[~whole]

    stop, resume = clock_stops(steps)
    asked = stop | steps.of_kind("supplement_requested")
    answered = resume | steps.of_kind("supplement_received")
    take("customer", waiting_for(steps, asked, answered), after)
    if steps.paused.any():
        # a pause that the log holds as a step with start and end lies at the end of its gap
        pause = left[(step[left] >= 0) & steps.paused[step[left]]]
        length = np.minimum(end[pause] - begin[pause], (steps.time - steps.start)[step[pause]])
        end = end.copy()
        end[pause] -= length
        parts["customer"] = _merged(parts["customer"], _nonzero(pause, length))
        left = left[end[left] > begin[left]]
    statement = waiting_for(
        steps, steps.of_kind("statement_requested"), steps.of_kind("statement_given")
    )
    take("statement", statement, after)

    parts["statutory"] = parts["meeting"] = _NONE
    if steps.log.mapping.waits.statutory:
        begin = begin.copy()
        legal = _value(_legal_until(steps), after()[left])
        parts["statutory"] = _from_front(left, begin, end, legal)
        left = left[end[left] > begin[left]]
    if steps.log.mapping.waits.meeting:
        meeting = steps.named("activity", steps.log.mapping.waits.meeting)
        take("meeting", meeting, lambda: step)
    if len(left) < len(case):
        case, step, begin, end = case[left], step[left], begin[left], end[left]
    return parts | _by_resource(steps, left, case, step, begin, end)


def _by_resource(
    steps: Steps, gap: Rows, case: Rows, step: Rows, begin: Ints, end: Ints
) -> dict[str, tuple[Rows, Ints]]:
    """The last five parts of the gaps numbered `gap`; `begin`, `end` µs since the arrival."""
    clock = calendar_clock(steps)
    some = step >= 0
    if steps.codes("resource").min(initial=0) < 0:
        some &= steps.codes("resource")[step] >= 0
    count = int(np.count_nonzero(some))
    # gaps that no step ends stand last: mostly the others are a plain stretch
    who: Rows | slice = slice(0, count) if some[:count].all() else marked(some)
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
        arrival = steps.arrival[case]
        since, until = begin + arrival, end + arrival
        since[who] += found.batch
        closed = (until - since) - clock.between(since, until)
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
    """The places and amounts that are above 0."""
    parts = pieces(len(amount))
    counts = side_by_side(lambda part: int(np.count_nonzero(amount[part] > 0)), parts)
    total = sum(counts)
    if total == len(amount):
        return at, amount
    kept, kept_at = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int32)
    until = np.cumsum(counts, dtype=np.int64)

    def work(number: int) -> None:
        part = parts[number]
        out = slice(int(until[number]) - counts[number], int(until[number]))
        some = np.flatnonzero(amount[part] > 0)
        kept[out], kept_at[out] = amount[part][some], at[part][some]

    side_by_side(work, range(len(parts)))
    return kept_at, kept


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
