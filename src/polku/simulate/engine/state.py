"""What a run remembers while it goes on: tokens, queues, people, and the event list.

All of it lies in growable arrays. A kernel that finds one of them nearly full returns, `grown`
makes it twice as long, and the run goes on where it was.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from polku.simulate.engine.program import ROW, Ints, Matters, Program, Table

ITEM = np.dtype(
    [
        ("enabled", "i8"), ("delayed", "i8"), ("released", "i8"), ("start", "i8"),
        ("key", "i8"), ("turn", "i8"),          # place in the queue; key: came to its batch
        ("work", "f8"),
        ("slot", "i4"), ("node", "i4"), ("inst", "i4"),
        ("parent", "i4"),                       # the item it is an instance of, -1: it is a token
        ("inner", "i4"),                        # a sub-process's instance of its scope
        ("person", "i4"), ("occurrence", "i4"), ("age", "i4"),
        ("left", "i4"), ("rounds", "i4"),       # instances still to end, begun so far
        ("times", "i4"),
        ("before", "i4"), ("after", "i4"),      # neighbours in the list of its scope's instance
        ("child", "i4"), ("next", "i4"),        # links in a queue, a batch or the free list
        ("mates", "i4"),                        # next member of the batch, -1: none
        ("target", "i4"),                       # event-based gateway: what will happen
        ("timers", "i4"),                       # boundary events that may still happen
        ("placed", "i4"),                       # the token of `Matters.placed` that it is, -1: none
        ("state", "i1"), ("batched", "i1"),
    ],
    align=True,
)  # fmt: skip

FREE, DELAYED, MEETING, BATCHING, QUEUED, WORKING, CATCHING, INSIDE, SEVERAL, GONE = range(10)
"""States of an item; INSIDE: a sub-process; SEVERAL: a step done several times; GONE: taken away
while a queue or a batch still names it."""

INST = np.dtype(
    [
        ("scope", "i4"), ("item", "i4"), ("slot", "i4"), ("tokens", "i4"), ("head", "i4"),
        ("parked", "i4"),                       # tokens that wait at OR-joins
        ("next", "i4"),                         # in the list of the matter, or the free list
    ],
    align=True,
)  # fmt: skip

SLOT = np.dtype(
    [
        ("matter", "i4"), ("root", "i4"), ("insts", "i4"),
        ("leaves", "i4"),                       # what will happen to it by itself
        ("parked", "i4"), ("outcome", "i4"), ("next", "i4"),
    ],
    align=True,
)  # fmt: skip

STAFF = np.dtype([("since", "i8"), ("load", "i4"), ("free", "i1")], align=True)
"""`load`: works at hand; `free`: on duty and able to take more; `since`: when one last ended."""

LINE = np.dtype([("root", "i4"), ("free", "i4")], align=True)
"""Of a pool: the head of its queue, and how many members are free."""

HEAP = np.dtype([("head", "i4"), ("tail", "i4"), ("n", "i4"), ("serial", "i4"), ("next", "i8")],
                align=True)  # fmt: skip
"""Of a step done in batches: its members waiting, and the next meeting that was arranged."""

# Places in `State.world`
(
    NOW, TURN, N_EVENTS, N_ROWS, FREE_ITEM, FREE_INST, FREE_SLOT, N_ITEMS, NEXT_MATTER,
    NEXT_CHANGE, N_LIVE, AREA, ERROR_NODE, ERROR_MATTER, SINCE, UNTIL, FULL, PEAK,
    CURRENT, PLACING,
) = range(20)  # fmt: skip

NEVER = np.iinfo(np.int64).max

# What there is to do at this moment: (what, first, second)
(
    FLOW, ENTER, LEAVE, READY, OFFER, START, FINISH, FREED, SCOPE_DONE, ROUND, MATCH, PLACE,
    IS_PLACED,
) = range(13)  # fmt: skip

# What will happen: a delay ends, a meeting begins, a batch has waited enough, a boundary event,
# work ends, an awaited event, the meeting of a batch
DELAY_ENDS, MEETING_BEGINS, BATCH_DUE, BOUNDARY, WORK_ENDS, HAPPENED, BATCH_MEETS = range(7)

# How a run stops
FINISHED, GROW, DEADLOCK, ENDLESS, NO_FLOW, CLOCK_ENDS, TOO_MANY = range(7)

# What may be full
ITEMS_FULL, INSTS_FULL, SLOTS_FULL, EVENTS_FULL, ROWS_FULL = range(5)

MARGIN = 4_000
"""Free places that a single event must find."""
MOVES = 3_000
"""Token moves after one event, at most: more is taken for an endless loop."""
KEPT = 8
"""People remembered of a step in one matter, the last first (separation of duties)."""
INSTANCES = 500
"""Instances of one step at a time, at most."""


class State(NamedTuple):
    """The arrays that change; see the record types above.

    `events` i8[k, 4]: a heap of (time, turn, what · 2³² + item, age · 2³² + more); `counts`
    i4[insts, places]: tokens at each place; `seen` i4[slots, roles]: occurrences; `kept`
    i4[slots, columns]: persons remembered; `open` i1[clocks]; `hint` i8[clocks]: interval of the
    clock at or before now; `todo` i4[k, 3]: what is to be done at this moment, the last first.
    """

    world: Ints
    items: Table
    insts: Table
    slots: Table
    counts: np.ndarray
    seen: np.ndarray
    kept: np.ndarray
    events: Ints
    rows: Table
    staff: Table
    lines: Table
    heaps: Table
    open: np.ndarray
    hint: Ints
    todo: np.ndarray
    stack: np.ndarray
    ended: Ints
    outcome: np.ndarray


def begin(program: Program, matters: Matters, since: int, until: int, room: int = 0) -> State:
    """The state before anything has happened, with room for a run of an ordinary size.

    `room`: rows that there is room for at least.
    """
    p, n = program, len(matters.time)
    clocks = len(p.clock_at) - 1
    world = np.zeros(20, np.int64)
    world[[NOW, SINCE, UNTIL]] = since, since, until
    world[[FREE_ITEM, FREE_INST, FREE_SLOT, PLACING]] = -1
    staff = np.zeros(len(p.people), STAFF)
    staff["since"] = -1
    lines = np.zeros(len(p.pools), LINE)
    lines["root"] = -1
    heaps = np.zeros(len(p.nodes), HEAP)
    heaps["head"] = heaps["tail"] = heaps["next"] = -1
    state = State(
        world, np.zeros(0, ITEM), np.zeros(0, INST), np.zeros(0, SLOT),
        np.zeros((0, max(1, p.n_places)), np.int32), np.zeros((0, max(1, p.n_roles)), np.int32),
        np.zeros((0, max(1, KEPT * p.n_kept)), np.int32), np.zeros((0, 4), np.int64),
        np.zeros(max(2 * MARGIN, 4 * n, room), ROW), staff, lines, heaps, np.zeros(clocks, np.int8),
        p.clock_at[:-1].copy(), np.zeros((3 * MOVES + 4 * len(p.people), 3), np.int32),
        np.zeros(0, np.int32),
        np.full(n, -1, np.int64), np.full(n, -1, np.int32),
    )  # fmt: skip
    passed = int(np.searchsorted(p.changes_time, since, side="right"))
    world[NEXT_CHANGE] = passed
    state.open[p.changes_clock[:passed]] = p.changes_open[:passed]  # the last one stays
    clock = p.people["calendar"]
    state.staff["free"] = (clock < 0) | (state.open[np.maximum(clock, 0)] != 0 if clocks else False)
    for k, person in enumerate(p.people):
        if state.staff["free"][k]:
            lines["free"][p.pools_of[person["pool_at"] : person["pool_to"]]] += 1
    for what in (ITEMS_FULL, INSTS_FULL, SLOTS_FULL, EVENTS_FULL):
        state = grown(state, what, len(p.people))
    return state


def grown(state: State, what: int, people: int = 0) -> State:
    """The same state with more room for what is full."""
    w = state.world
    if what == ITEMS_FULL:
        old = len(state.items)
        items = _longer(state.items, max(2 * old, 2 * MARGIN))
        _free(items, old, "next", w, FREE_ITEM)
        return state._replace(items=items, stack=np.zeros(len(items) + 1, np.int32))
    if what == INSTS_FULL:
        old = len(state.insts)
        insts = _longer(state.insts, max(2 * old, 2 * MARGIN))
        _free(insts, old, "next", w, FREE_INST)
        return state._replace(insts=insts, counts=_longer(state.counts, len(insts)))
    if what == SLOTS_FULL:
        old = len(state.slots)
        slots = _longer(state.slots, max(2 * old, 256))
        _free(slots, old, "next", w, FREE_SLOT)
        return state._replace(
            slots=slots, seen=_longer(state.seen, len(slots)), kept=_longer(state.kept, len(slots))
        )
    if what == EVENTS_FULL:
        room = max(2 * len(state.events), 8 * MARGIN + 4 * people)
        return state._replace(events=_longer(state.events, room))
    return state._replace(rows=_longer(state.rows, 2 * len(state.rows)))


def _longer(array: np.ndarray, length: int) -> np.ndarray:
    out = np.zeros((length, *array.shape[1:]), array.dtype)
    out[: len(array)] = array
    return out


def _free(table: Table, old: int, link: str, world: Ints, head: int) -> None:
    """Hang the places from `old` on before the list of free ones."""
    table[link][old:] = np.arange(old + 1, len(table) + 1)
    table[link][-1] = world[head]
    world[head] = old
