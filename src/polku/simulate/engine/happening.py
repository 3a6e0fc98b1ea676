"""What happens: calendars change, events take place, matters arrive."""

from __future__ import annotations

import numpy as np

from polku.simulate.engine.batches import form_batch
from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.draws import EVENT, draw, uniform
from polku.simulate.engine.pieces import (
    chosen,
    keep,
    leave_ring,
    new_inst,
    note,
    retire,
    set_free,
    take_out,
)
from polku.simulate.engine.program import CATCH, DONE, IN_NODE, ON_FLOW, RACE, SUB
from polku.simulate.engine.queues import after, drop_event, push_event
from polku.simulate.engine.scopes import instance_of
from polku.simulate.engine.state import (
    BATCH_DUE,
    BATCH_MEETS,
    BOUNDARY,
    CURRENT,
    DELAY_ENDS,
    ENTER,
    ERROR_NODE,
    FINISH,
    FREE_SLOT,
    FREED,
    GONE,
    HAPPENED,
    LEAVE,
    MEETING_BEGINS,
    N_ITEMS,
    N_LIVE,
    NEVER,
    NEXT_CHANGE,
    NEXT_MATTER,
    NOW,
    OFFER,
    PLACE,
    READY,
    TOO_MANY,
    WORK_ENDS,
)


@compiled(forceinline=True)
def change_calendar(prog, state, top):  # type: ignore[no-untyped-def]
    """A calendar of the staff opens or closes."""
    people = prog.people
    changes_clock = prog.changes_clock
    changes_open = prog.changes_open
    pools_of = prog.pools_of
    people_of_at = prog.people_of_at
    people_of = prog.people_of
    world = state.world
    staff = state.staff
    lines = state.lines
    todo = state.todo
    is_open = state.open
    change = world[NEXT_CHANGE]
    clock = changes_clock[change]
    is_open[clock] = changes_open[change]
    world[NEXT_CHANGE] = change + 1
    for k in range(people_of_at[clock], people_of_at[clock + 1]):
        set_free(people, pools_of, staff, lines, is_open, people_of[k])
    if is_open[clock]:
        for k in range(people_of_at[clock + 1] - 1, people_of_at[clock] - 1, -1):
            # (pushed backwards, so that the first is asked first)
            p = people_of[k]
            if staff[p].free:
                if top + 1 >= len(todo):
                    world[ERROR_NODE] = -1
                    return -TOO_MANY
                todo[top, 0] = FREED
                todo[top, 1] = p
                top += 1
    return top


@compiled(forceinline=True)
def happen(prog, who, state, key0, key1, top):  # type: ignore[no-untyped-def]
    """The first of the events takes place."""
    nodes = prog.nodes
    scopes = prog.scopes
    choices = prog.choices
    people = prog.people
    law_of = prog.law_of
    law_kind = prog.law_kind
    law_at = prog.law_at
    law_values = prog.law_values
    clock_at = prog.clock_at
    opens = prog.opens
    closes = prog.closes
    before = prog.before
    meeting_at = prog.meeting_at
    meeting_cut = prog.meeting_cut
    meeting_time = prog.meeting_time
    pools_of = prog.pools_of
    role_hash = prog.role_hash
    m_number = who.number
    m_stream = who.stream
    m_codes = who.codes
    world = state.world
    items = state.items
    insts = state.insts
    slots = state.slots
    counts = state.counts
    seen = state.seen
    events = state.events
    rows = state.rows
    staff = state.staff
    lines = state.lines
    heaps = state.heaps
    hint = state.hint
    todo = state.todo
    stack = state.stack
    is_open = state.open
    now = state.world[NOW]
    what = events[0, 2] >> 32
    i = events[0, 2] & 0xFFFFFFFF
    age = events[0, 3] >> 32
    more = events[0, 3] & 0xFFFFFFFF
    drop_event(events, world)
    if what == BATCH_DUE or what == BATCH_MEETS:
        oldest = heaps[i].head
        while oldest >= 0 and items[oldest].state == GONE:
            oldest = items[oldest].mates
        due = NEVER if oldest < 0 else items[oldest].key + nodes[i].batch_wait
        if what == BATCH_DUE and heaps[i].serial == age and now < due < NEVER:
            # the one that this was for has gone: the next oldest has time left
            push_event(events, world, due, BATCH_DUE, i, age, 0)
        elif what == BATCH_MEETS or heaps[i].serial == age:
            # i is the node: all that wait (and were ready by the cut-off) go together
            cut = now
            if what == BATCH_MEETS:
                heaps[i].next = -1
                meeting = nodes[i].batch_meeting
                for k in range(meeting_at[meeting], meeting_at[meeting + 1]):
                    if meeting_time[k] == now:
                        cut = meeting_cut[k]
                        break
            first = form_batch(items, heaps, i, world[N_ITEMS], cut)
            if first >= 0:
                todo[top, 0] = OFFER
                todo[top, 1] = first
                top += 1
            if what == BATCH_MEETS and heaps[i].n > 0:  # the others: the next meeting
                meeting = nodes[i].batch_meeting
                for k in range(meeting_at[meeting], meeting_at[meeting + 1]):
                    if meeting_time[k] > now:
                        heaps[i].next = meeting_time[k]
                        push_event(events, world, meeting_time[k], BATCH_MEETS, i, 0, 0)
                        break
            oldest = heaps[i].head
            while oldest >= 0 and items[oldest].state == GONE:
                oldest = items[oldest].mates
            if oldest >= 0 and nodes[i].batch_wait >= 0:
                due = max(items[oldest].key + nodes[i].batch_wait, now)
                push_event(events, world, due, BATCH_DUE, i, heaps[i].serial, 0)
    elif items[i].age == age and items[i].state != GONE:
        slot = items[i].slot
        world[CURRENT] = slot
        if what == DELAY_ENDS:
            slots[slot].leaves -= 1
            items[i].delayed = now
            todo[0, 0] = READY
            todo[0, 1] = i
            top = 1
        elif what == MEETING_BEGINS:
            slots[slot].leaves -= 1
            todo[0, 0] = READY
            todo[0, 1] = i
            top = 1
        elif what == WORK_ENDS:
            slots[slot].leaves -= 1
            p = items[i].person
            if p >= 0 and (items[i].batched == 0 or leave_ring(items, i)):
                staff[p].load -= 1
                staff[p].since = now
                set_free(people, pools_of, staff, lines, is_open, p)
                todo[top, 0] = FREED
                todo[top, 1] = p
                top += 1
            if nodes[items[i].node].logged:
                note(rows, world, items, slots, i, DONE, now)
            todo[top, 0] = FINISH
            todo[top, 1] = i
            top += 1
        elif what == HAPPENED:
            slots[slot].leaves -= 1
            node = items[i].node
            if nodes[node].does == RACE:
                target = items[i].target
                inst = items[i].inst
                counts[inst, nodes[node].place] -= 1
                if nodes[target].does == CATCH:
                    retire(items, insts, world, i)
                    todo[0, 0] = LEAVE
                    todo[0, 1] = target
                    todo[0, 2] = inst
                else:  # a receive step: what it waited for has come
                    items[i].node = target
                    counts[inst, nodes[target].place] += 1
                    items[i].delayed = now
                    todo[0, 0] = READY
                    todo[0, 1] = i
            else:
                todo[0, 0] = FINISH
                todo[0, 1] = i
            top = 1
        elif what == BOUNDARY:
            inst = items[i].inst
            turn = more >> 16  # times that it has happened already
            more = more & 0xFFFF
            slots[slot].leaves -= 1
            items[i].timers -= 1
            if nodes[more].interrupts:
                counts[inst, nodes[items[i].node].place] -= 1
                top = take_out(
                    nodes, scopes, items, insts, slots, counts, rows, staff, people,
                    pools_of, lines, is_open, heaps, world, todo, top, stack, i, FREED,
                )  # fmt: skip
            else:
                insts[inst].tokens += 1
                m = slots[slot].matter
                if turn + 1 < nodes[more].rounds:  # a cycle: once more
                    occurrence = seen[slot, nodes[more].role]
                    u = uniform(key0, key1, m_number[m], m_stream[m],
                                role_hash[nodes[more].role], occurrence,
                                EVENT)  # fmt: skip
                    law = law_of[chosen(choices, m_codes, m, nodes[more].delay, occurrence)]
                    wait = np.int64(np.rint(draw(law, u, law_kind, law_at, law_values)))
                    c = nodes[more].delay_clock
                    t = now + wait
                    if c >= 0:
                        t = after(opens, closes, before, clock_at[c], clock_at[c + 1],
                                  hint[c], now, wait)  # fmt: skip
                    if t >= 0:
                        seen[slot, nodes[more].role] += 1
                        items[i].timers += 1
                        slots[slot].leaves += 1
                        push_event(events, world, t, BOUNDARY, i, items[i].age,
                                   more | ((turn + 1) << 16))  # fmt: skip
            todo[top, 0] = LEAVE
            todo[top, 1] = more
            todo[top, 2] = inst
            top += 1
    return top


@compiled(forceinline=True)
def arrive_next(prog, who, state, top):  # type: ignore[no-untyped-def]
    """The next matter arrives."""
    nodes = prog.nodes
    flows = prog.flows
    scopes = prog.scopes
    starts = prog.starts
    placed_at = who.placed_at
    world = state.world
    items = state.items
    insts = state.insts
    slots = state.slots
    counts = state.counts
    seen = state.seen
    kept = state.kept
    todo = state.todo
    m = world[NEXT_MATTER]
    world[NEXT_MATTER] = m + 1
    world[N_LIVE] += 1
    slot = world[FREE_SLOT]
    world[CURRENT] = slot
    world[FREE_SLOT] = slots[slot].next
    slots[slot].matter = m
    slots[slot].leaves = 0
    slots[slot].parked = 0
    slots[slot].outcome = -1
    slots[slot].insts = -1
    seen[slot, :] = 0
    kept[slot, :] = -1
    root = new_inst(insts, slots, world, 0, -1, slot)
    slots[slot].root = root
    if placed_at[m] < placed_at[m + 1]:
        for k in range(who.seen_at[m], who.seen_at[m + 1]):
            seen[slot, who.seen[k].role] = who.seen[k].count
        for k in range(who.kept_at[m], who.kept_at[m + 1]):
            keep(kept, slot, who.kept[k].column, who.kept[k].person)
        for k in range(placed_at[m + 1] - 1, placed_at[m] - 1, -1):
            n = who.placed[k].to
            if who.placed[k].where == ON_FLOW:
                n = flows[n].source
            scope = nodes[n].scope
            begun = who.placed[k].where == IN_NODE and nodes[n].does == SUB
            if begun and who.placed[k].due > 0:  # tokens stand in it
                scope = nodes[n].inner
            inst = instance_of(nodes, scopes, items, insts, slots, counts, world, state.stack, slot,
                             root, scope)  # fmt: skip
            if scope == nodes[n].scope:
                insts[inst].tokens += 1
            todo[top, 0] = PLACE
            todo[top, 1] = k
            todo[top, 2] = inst
            top += 1
    else:
        for k in range(scopes[0].start_to - 1, scopes[0].start_at - 1, -1):
            insts[root].tokens += 1
            todo[top, 0] = ENTER
            todo[top, 1] = starts[k]
            todo[top, 2] = root
            top += 1
    return top
