"""Turns and stops: when the next move was the customer's, another agency's, or nobody's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polku.measure.facts import Bools, Ints, Rows
from polku.measure.steps import Steps


@dataclass(frozen=True)
class Turns:
    """Stretches of matters, in (matter, time) order; they do not overlap.

    `case` i32[k]; `begin`, `end` i64[k] µs since the matter's arrival, within its life.
    """

    case: Rows
    begin: Ints
    end: Ints


def clock_stops(steps: Steps) -> tuple[Bools, Bools]:
    """Which instances stop the explicit clock and which restart it, bool[m] each.

    Events of the kinds suspended and resumed, and the activities of `[clock]`.
    """
    clock = steps.log.mapping.clock
    stop = steps.of_kind("suspended") | steps.named("activity", clock.stop)
    resume = steps.of_kind("resumed") | steps.named("activity", clock.resume)
    return stop, resume


def turns(steps: Steps, opens: Bools, closes: Bools) -> Turns:
    """Stretches from an opening to its closing; what is never closed lasts to the end of sight.

    Openings are counted: nested and overlapping stretches last until each has been closed, and a
    closing without an opening is passed over. An instance that both opens and closes is a stretch
    of its own, from its start to its completion.
    """
    own = np.flatnonzero(opens & closes)
    up = np.flatnonzero(opens & ~closes)
    down = np.flatnonzero(closes & ~opens)
    at = np.concatenate([own, up, own, down])
    case = steps.case[at]
    moment = np.concatenate([steps.start[own], steps.time[up], steps.time[own], steps.time[down]])
    watched = steps.watched[case]
    elapsed = np.clip(moment - steps.arrival[case], 0, watched)
    change = np.repeat(
        np.array([1, -1], dtype=np.int64), [len(own) + len(up), len(own) + len(down)]
    )
    order = np.lexsort((-change * (np.arange(len(at)) < len(own)), at, elapsed, case))
    case, elapsed, change, watched = case[order], elapsed[order], change[order], watched[order]
    if not len(case):
        nothing = np.empty(0, dtype=np.int64)
        return Turns(case, nothing, nothing)
    depth = floored_sum(case, change)
    last = np.append(case[1:] != case[:-1], True)
    until = np.where(last, watched, np.append(elapsed[1:], 0))
    kept = (depth > 0) & (until > elapsed)
    return Turns(case[kept].astype(np.int32), elapsed[kept], until[kept])


def floored_sum(case: Rows, change: Ints) -> Ints:
    """Running sum of `change` within each matter that never falls below 0, i64[k].

    `case` ascending.
    """
    total = np.cumsum(change)
    first = np.append(True, case[1:] != case[:-1])
    group = np.cumsum(first) - 1
    before = (total - change)[first][group]
    own = total - before
    # a running minimum that starts anew in each matter: every matter lies below all earlier ones
    apart = np.int64(2 * len(case) + 2)
    lowest = np.minimum.accumulate(own - group * apart) + group * apart
    floored: Ints = own - np.minimum(lowest, 0)
    return floored


def waiting_for(steps: Steps, opens: Bools, closes: Bools) -> Bools:
    """Whether after each instance (completion, order) an opening is still unanswered, bool[m]."""
    state = np.zeros(steps.m, dtype=bool)
    at = np.flatnonzero(opens ^ closes)
    if not len(at):
        return state
    change = np.where(opens[at], 1, -1).astype(np.int64)
    depth = floored_sum(steps.case[at], change) > 0
    previous = np.zeros(steps.m, dtype=np.int32)
    previous[at] = np.arange(1, len(at) + 1, dtype=np.int32)
    previous = np.maximum.accumulate(previous)
    known = previous > 0
    same = steps.case[at[previous - 1]] == steps.case
    state[:] = known & same & depth[previous - 1]
    return state


def stopped(found: Turns, n: int) -> Ints:
    """Total length of the stretches of each matter, i64[n] µs."""
    # sums of µs stay whole in a float up to 2^53, some 285 years
    return np.bincount(found.case, weights=found.end - found.begin, minlength=n).astype(np.int64)
