"""The event list and the queues of pools, as numba functions on plain arrays."""

from __future__ import annotations

import numpy as np

from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.state import N_EVENTS, TURN


@compiled()
def push_event(events, world, time, what, item, age, more):  # type: ignore[no-untyped-def]
    """Put an event into the heap; of two at one time the one put in first comes first."""
    i = world[N_EVENTS]
    world[N_EVENTS] = i + 1
    turn = world[TURN]
    world[TURN] = turn + 1
    while i > 0:
        up = (i - 1) >> 1
        if events[up, 0] < time or (events[up, 0] == time and events[up, 1] < turn):
            break
        events[i, 0] = events[up, 0]
        events[i, 1] = events[up, 1]
        events[i, 2] = events[up, 2]
        events[i, 3] = events[up, 3]
        i = up
    events[i, 0] = time
    events[i, 1] = turn
    events[i, 2] = (np.int64(what) << 32) | np.int64(item)
    events[i, 3] = (np.int64(age) << 32) | np.int64(more)


@compiled()
def drop_event(events, world):  # type: ignore[no-untyped-def]
    """Take the first event out of the heap."""
    n = world[N_EVENTS] - 1
    world[N_EVENTS] = n
    if n == 0:
        return
    time = events[n, 0]
    turn = events[n, 1]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and (
            events[down + 1, 0] < events[down, 0]
            or (events[down + 1, 0] == events[down, 0] and events[down + 1, 1] < events[down, 1])
        ):
            down += 1
        if time < events[down, 0] or (time == events[down, 0] and turn < events[down, 1]):
            break
        events[i, 0] = events[down, 0]
        events[i, 1] = events[down, 1]
        events[i, 2] = events[down, 2]
        events[i, 3] = events[down, 3]
        i = down
    events[i, 0] = time
    events[i, 1] = turn
    events[i, 2] = events[n, 2]
    events[i, 3] = events[n, 3]


@compiled()
def goes_first(items, a, b):  # type: ignore[no-untyped-def]
    """Whether item a is to be taken before item b."""
    if items[a].key != items[b].key:
        return items[a].key < items[b].key
    return items[a].turn < items[b].turn


@compiled()
def meld(items, a, b):  # type: ignore[no-untyped-def]
    """One pairing heap (Fredman et al. 1986) out of two; -1 is the empty one."""
    if a < 0:
        return b
    if b < 0:
        return a
    if goes_first(items, b, a):
        a, b = b, a
    items[b].next = items[a].child
    items[a].child = b
    return a


@compiled()
def without_root(items, root):  # type: ignore[no-untyped-def]
    """The pairing heap that is left when its root is taken away."""
    pairs = -1
    at = items[root].child
    while at >= 0:  # melds neighbours, and hangs the pairs one before the other
        a = at
        b = items[a].next
        if b < 0:
            items[a].next = pairs
            pairs = a
            break
        at = items[b].next
        items[a].next = -1
        items[b].next = -1
        a = meld(items, a, b)
        items[a].next = pairs
        pairs = a
    left = -1
    while pairs >= 0:
        following = items[pairs].next
        items[pairs].next = -1
        left = meld(items, left, pairs)
        pairs = following
    items[root].child = -1
    items[root].next = -1
    return left


@compiled()
def after(opens, closes, before, low, high, hint, t, work):  # type: ignore[no-untyped-def]
    """Moment at which `work` µs have passed on a clock since t; -1 where its intervals end.

    `low`, `high`: the clock's part of the arrays; `hint`: an interval at or before t.
    """
    if work <= 0:
        return t
    if low >= high:
        return -1
    k = hint
    while k + 1 < high and opens[k + 1] <= t:
        k += 1
    done = before[k]
    if opens[k] <= t:
        done += min(t, closes[k]) - opens[k]
    goal = done + work
    if before[high - 1] + closes[high - 1] - opens[high - 1] < goal:
        return -1
    step = 1
    while k + step < high and before[k + step] < goal:  # gallop, then halve
        k += step
        step *= 2
    top = min(k + step, high)
    while top - k > 1:
        middle = (k + top) >> 1
        if before[middle] < goal:
            k = middle
        else:
            top = middle
    return opens[k] + goal - before[k]


@compiled()
def opening(opens, closes, low, high, hint, t):  # type: ignore[no-untyped-def]
    """The first moment at or after t at which a clock is open; -1 where its intervals end."""
    k = hint
    while k < high and closes[k] <= t:
        k += 1
    if k >= high:
        return -1
    return max(t, opens[k])
