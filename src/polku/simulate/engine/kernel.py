"""The state machine: tokens move, work waits and is done, until the time or the matters end.

One event at a time is taken from three lists that are in order of time: openings and closings of
the staff's calendars, the heap of things to happen, and the arrivals; at equal times in this order.
What an event sets off at the same moment stands on a stack of things to do, the last put there
first: a token's move, a step that begins to wait, a person who is free again. After each event
the OR-joins of its matter are looked at, and a matter in which nothing will happen any more is an
error.

Every draw is a function of (seed, replication, matter, role, occurrence, purpose), see `draws`.

The functions of the engine take the arrays in named tuples and are compiled into one, without
counting references (`_nrt=False`; they make no arrays): otherwise the counting alone costs more
than the work.
"""

from __future__ import annotations

from polku.simulate.engine.allotting import freed, match, offer
from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.happening import arrive_next, change_calendar, happen
from polku.simulate.engine.placing import place
from polku.simulate.engine.scopes import stuck
from polku.simulate.engine.state import (
    AREA,
    CLOCK_ENDS,
    CURRENT,
    DEADLOCK,
    ENDLESS,
    ENTER,
    ERROR_MATTER,
    ERROR_NODE,
    EVENTS_FULL,
    FINISH,
    FINISHED,
    FLOW,
    FREE_SLOT,
    FREED,
    FULL,
    GROW,
    INSTS_FULL,
    IS_PLACED,
    ITEMS_FULL,
    LEAVE,
    MARGIN,
    MATCH,
    MOVES,
    N_EVENTS,
    N_ITEMS,
    N_LIVE,
    N_ROWS,
    NEVER,
    NEXT_CHANGE,
    NEXT_MATTER,
    NOW,
    OFFER,
    PEAK,
    PLACE,
    PLACING,
    READY,
    ROWS_FULL,
    SCOPE_DONE,
    SINCE,
    SLOTS_FULL,
    START,
    UNTIL,
)
from polku.simulate.engine.tokens import enter, leave, or_joins, scope_done, take_flow
from polku.simulate.engine.working import begin_work, finish, next_round, ready


@compiled(nogil=True)
def advance(prog, who, state, key0, key1):  # type: ignore[no-untyped-def]
    """Go on until the run is finished, an array is nearly full, or something is wrong.

    `prog`, `who`: the arrays of `Program` and `Matters`; `state`: `State`; `key0`, `key1` u32: the
    key of the draws. Returns one of the codes in `state`: FINISHED, GROW (`world[FULL]` says what),
    or an error, whose node and matter stand in `world[ERROR_NODE]` and `world[ERROR_MATTER]`.
    """
    world = state.world
    todo = state.todo
    slots = state.slots
    until = world[UNTIL]
    n_matters = len(who.time)
    n_changes = len(prog.changes_time)
    room = 4 * MARGIN + 2 * len(prog.people)
    while True:
        full = _full(state, room)
        if full >= 0:
            world[FULL] = full
            return GROW
        change = world[NEXT_CHANGE]
        matter = world[NEXT_MATTER]
        t_change = prog.changes_time[change] if change < n_changes else NEVER
        t_event = state.events[0, 0] if world[N_EVENTS] > 0 else NEVER
        t_matter = max(who.time[matter], world[SINCE]) if matter < n_matters else NEVER
        if world[N_LIVE] == 0 and t_matter == NEVER:
            break
        now = min(t_change, t_event, t_matter)
        if now >= until and until < NEVER:
            break
        if now == NEVER:  # something waits for people who never come again
            world[ERROR_NODE] = -1
            world[ERROR_MATTER] = -1
            return CLOCK_ENDS
        world[AREA] += world[N_LIVE] * (now - world[NOW])
        world[NOW] = now
        world[CURRENT] = -1
        if t_change == now:
            top = change_calendar(prog, state, 0)
        elif t_event == now:
            top = happen(prog, who, state, key0, key1, 0)
        else:
            top = arrive_next(prog, who, state, 0)

        # all that follows at this moment
        moves = 0
        while top > 0:
            what = todo[top - 1, 0]
            if what != FREED and what != START and what != MATCH:
                moves += 1
            if moves > MOVES or top + 200 > len(todo):
                _where(prog, state, top)
                return ENDLESS
            top -= 1
            what = todo[top, 0]
            a = todo[top, 1]
            b = todo[top, 2]
            if what == FLOW:
                top = take_flow(prog, who, state, key0, key1, top, a, b)
            elif what == ENTER:
                top = enter(prog, who, state, key0, key1, top, a, b)
            elif what == LEAVE:
                top = leave(prog, who, state, key0, key1, top, a, b)
            elif what == READY:
                top = ready(prog, who, state, key0, key1, top, a, b)
            elif what == OFFER:
                top = offer(prog, who, state, key0, key1, top, a, b)
            elif what == START:
                top = begin_work(prog, who, state, key0, key1, top, a, b)
            elif what == FINISH:
                top = finish(prog, who, state, key0, key1, top, a, b)
            elif what == FREED:
                top = freed(prog, who, state, key0, key1, top, a, b)
            elif what == SCOPE_DONE:
                top = scope_done(prog, who, state, key0, key1, top, a, b)
            elif what == PLACE:
                top = place(prog, who, state, key0, key1, top, a)
            elif what == IS_PLACED:
                world[PLACING] = -1
            elif what == MATCH:
                top = match(prog, who, state, key0, key1, top, a, b)
            else:
                top = next_round(prog, who, state, key0, key1, top, a, b)
            if top == 0:
                top = or_joins(prog, who, state, key0, key1, top, a, b)
        if top < 0:
            return -top
        slot = world[CURRENT]
        if slot >= 0 and slots[slot].matter >= 0 and slots[slot].leaves == 0:
            world[ERROR_MATTER] = slots[slot].matter
            world[ERROR_NODE] = stuck(
                prog.nodes, prog.flows, state.insts, slots, state.counts, slot
            )
            return DEADLOCK

    if until < NEVER:
        world[AREA] += world[N_LIVE] * max(0, until - world[NOW])
        world[NOW] = max(until, world[NOW])
    return FINISHED


@compiled()
def _full(state, room):  # type: ignore[no-untyped-def]
    """Which array has not enough room for whatever the next event sets off, -1: none."""
    world = state.world
    busy = world[N_ITEMS]
    if len(state.items) - busy < MARGIN:
        return ITEMS_FULL
    if world[PEAK] + MARGIN > len(state.insts):
        return INSTS_FULL
    if world[FREE_SLOT] < 0:
        return SLOTS_FULL
    if len(state.events) - world[N_EVENTS] < room + busy:
        return EVENTS_FULL
    if len(state.rows) - world[N_ROWS] < MARGIN + busy:
        return ROWS_FULL
    return -1


@compiled()
def _where(prog, state, top):  # type: ignore[no-untyped-def]
    """Write down the node and matter at which it goes round without an end."""
    world = state.world
    slot = world[CURRENT]
    world[ERROR_MATTER] = state.slots[slot].matter if slot >= 0 else -1
    what = state.todo[top - 1, 0]
    a = state.todo[top - 1, 1]
    world[ERROR_NODE] = -1
    if what == FLOW:
        world[ERROR_NODE] = prog.flows[a].target
    elif what == ENTER or what == LEAVE:
        world[ERROR_NODE] = a
    elif what != FREED and what != SCOPE_DONE:
        world[ERROR_NODE] = state.items[a].node
