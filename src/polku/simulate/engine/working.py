"""Work: delays, meetings, batches, queues, people, rounds."""

from __future__ import annotations

import numpy as np

from polku.simulate.engine.batches import form_batch, meeting_after
from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.draws import AGAIN, DELAY, draw, uniform
from polku.simulate.engine.draws import WORK as PURPOSE_WORK
from polku.simulate.engine.pieces import (
    chosen,
    hang_in,
    keep,
    new_item,
    retire,
    set_free,
)
from polku.simulate.engine.placing import left_of
from polku.simulate.engine.program import CATCH, PARALLEL, SEQUENTIAL, SUB
from polku.simulate.engine.queues import after, opening, push_event
from polku.simulate.engine.scopes import open_scope
from polku.simulate.engine.state import (
    BATCH_DUE,
    BATCH_MEETS,
    BATCHING,
    CATCHING,
    CLOCK_ENDS,
    DELAY_ENDS,
    DELAYED,
    ENTER,
    ERROR_MATTER,
    ERROR_NODE,
    FINISH,
    FREE_ITEM,
    GONE,
    HAPPENED,
    LEAVE,
    MEETING,
    MEETING_BEGINS,
    N_ITEMS,
    NOW,
    OFFER,
    QUEUED,
    READY,
    ROUND,
    SINCE,
    TOO_MANY,
    WORK_ENDS,
    WORKING,
)


@compiled(forceinline=True)
def ready(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """Item `a` goes on to its meeting, batch or queue; -1 - a: it has just come."""
    nodes = prog.nodes
    choices = prog.choices
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
    role_hash = prog.role_hash
    m_number = who.number
    m_stream = who.stream
    m_codes = who.codes
    world = state.world
    items = state.items
    slots = state.slots
    seen = state.seen
    events = state.events
    heaps = state.heaps
    hint = state.hint
    todo = state.todo
    now = state.world[NOW]
    fresh = a < 0
    i = -1 - a if fresh else a
    n = items[i].node
    s = items[i].slot
    m = slots[s].matter
    if fresh:  # the typed delay comes first
        occurrence = seen[s, nodes[n].role]
        seen[s, nodes[n].role] = occurrence + 1
        items[i].occurrence = occurrence
        t = nodes[n].at
        if t < 0:
            t = now
            if nodes[n].delay >= 0:
                u = uniform(key0, key1, m_number[m], m_stream[m],
                            role_hash[nodes[n].role], occurrence, DELAY)  # fmt: skip
                law = law_of[chosen(choices, m_codes, m, nodes[n].delay, occurrence)]
                c = nodes[n].delay_clock
                if items[i].placed >= 0:
                    k = items[i].placed
                    wait = left_of(prog, who.placed[k].since, now, c, law, u, 1.0)
                    if who.placed[k].begun >= 0:
                        wait = np.int64(0)
                else:
                    wait = np.int64(np.rint(draw(law, u, law_kind, law_at, law_values)))
                t = now + wait
                if c >= 0:
                    t = after(opens, closes, before, clock_at[c], clock_at[c + 1],
                              hint[c], now, wait)  # fmt: skip
                    if t < 0:
                        world[ERROR_NODE] = n
                        world[ERROR_MATTER] = m
                        return -CLOCK_ENDS
        if nodes[n].does == CATCH:
            items[i].state = CATCHING
            slots[s].leaves += 1
            push_event(events, world, max(t, now), HAPPENED, i, items[i].age, 0)
            return top
        if t > now:
            items[i].state = DELAYED
            slots[s].leaves += 1
            push_event(events, world, t, DELAY_ENDS, i, items[i].age, 0)
            return top
        items[i].delayed = now
    came = now
    if items[i].placed >= 0:
        if who.placed[items[i].placed].begun >= 0:  # meeting and batch are behind it
            todo[top, 0] = OFFER
            todo[top, 1] = i
            top += 1
            return top
        if nodes[n].delay < 0 and who.placed[items[i].placed].since >= 0:
            came = min(now, who.placed[items[i].placed].since)
    meeting = nodes[n].meeting
    if meeting >= 0 and items[i].state != MEETING:  # (else it comes from there)
        k = meeting_after(meeting_at, meeting_cut, meeting, came)
        while k >= 0 and meeting_time[k] < now:  # (it is known not to have been at that one)
            k = k + 1 if k + 1 < meeting_at[meeting + 1] else -1
        if k < 0:
            world[ERROR_NODE] = n
            world[ERROR_MATTER] = m
            return -CLOCK_ENDS
        items[i].state = MEETING
        slots[s].leaves += 1
        push_event(events, world, max(now, meeting_time[k]), MEETING_BEGINS, i,
                   items[i].age, 0)  # fmt: skip
        return top
    size = nodes[n].batch_size
    board = nodes[n].batch_meeting
    if size > 0 or board >= 0 or nodes[n].batch_wait >= 0:
        items[i].state = BATCHING
        items[i].key = now
        items[i].mates = -1
        slots[s].leaves += 1
        if heaps[n].tail >= 0:
            items[heaps[n].tail].mates = i
        else:
            heaps[n].head = i
        heaps[n].tail = i
        heaps[n].n += 1
        if board >= 0 and heaps[n].next < 0:
            k = meeting_after(meeting_at, meeting_cut, board, now)
            if k < 0:
                world[ERROR_NODE] = n
                world[ERROR_MATTER] = m
                return -CLOCK_ENDS
            heaps[n].next = meeting_time[k]
            push_event(events, world, max(now, meeting_time[k]), BATCH_MEETS, n, 0,
                       0)  # fmt: skip
        if nodes[n].batch_wait >= 0 and heaps[n].n == 1:
            push_event(events, world, now + nodes[n].batch_wait, BATCH_DUE, n,
                       heaps[n].serial, 0)  # fmt: skip
        if size > 0 and heaps[n].n >= size:
            first = form_batch(items, heaps, n, size, now)
            if first >= 0:
                todo[top, 0] = OFFER
                todo[top, 1] = first
                top += 1
        return top
    todo[top, 0] = OFFER
    todo[top, 1] = i
    top += 1
    return top


@compiled(forceinline=True)
def begin_work(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """Work on item `a` (and its batch) begins by person `inst`, -1: by nobody."""
    nodes = prog.nodes
    choices = prog.choices
    people = prog.people
    scale = prog.scale
    law_of = prog.law_of
    law_kind = prog.law_kind
    law_at = prog.law_at
    law_values = prog.law_values
    clock_at = prog.clock_at
    opens = prog.opens
    closes = prog.closes
    before = prog.before
    pools_of = prog.pools_of
    person_law = prog.person_law
    role_hash = prog.role_hash
    m_number = who.number
    m_stream = who.stream
    m_codes = who.codes
    world = state.world
    items = state.items
    slots = state.slots
    kept = state.kept
    events = state.events
    staff = state.staff
    lines = state.lines
    hint = state.hint
    is_open = state.open
    now = state.world[NOW]
    i = a
    p = inst
    n = items[i].node
    batch = items[i].batched
    queued = items[i].state == QUEUED
    if p >= 0:
        staff[p].load += 1
        set_free(people, pools_of, staff, lines, is_open, p)
    size = 0
    j = i
    while j >= 0 and batch:
        if items[j].state != GONE:
            size += 1
        j = items[j].mates
    factor = 1.0
    if batch:
        for k in range(nodes[n].scale_at, nodes[n].scale_to):
            if size >= scale[k, 0]:
                factor = scale[k, 1]
    begin = now
    c = nodes[n].work_clock
    if p >= 0:
        c = -1 if people[p].finishes else people[p].calendar
    elif c >= 0:
        begin = opening(opens, closes, clock_at[c], clock_at[c + 1], hint[c], now)
        if begin < 0:
            world[ERROR_NODE] = n
            return -CLOCK_ENDS
    finish = begin
    first = True
    ring = -1
    work = 0.0
    j = i
    while j >= 0:
        following = items[j].mates if batch else -1
        if items[j].state == GONE:
            # taken away while the batch waited
            if j != i or batch:
                items[j].age += 1
                items[j].state = 0
                items[j].next = world[FREE_ITEM]
                world[FREE_ITEM] = j
                world[N_ITEMS] -= 1
            j = following
            continue
        s = items[j].slot
        m = slots[s].matter
        if nodes[n].kept >= 0:
            keep(kept, s, nodes[n].kept, p)
        if first or not nodes[n].together:
            if not first:
                begin = finish
            law = -1
            if p >= 0 and nodes[n].person_laws >= 0:
                law = person_law[nodes[n].person_laws, p]
            if law < 0 and nodes[n].work >= 0:
                law = law_of[chosen(choices, m_codes, m, nodes[n].work, items[j].occurrence)]
            work = 0.0
            if law >= 0:
                u = uniform(key0, key1, m_number[m], m_stream[m],
                            role_hash[nodes[n].role], items[j].occurrence,
                            PURPOSE_WORK)  # fmt: skip
                k = items[j].placed
                if k < 0:
                    work = factor * draw(law, u, law_kind, law_at, law_values)
                else:
                    spent = who.placed[k].begun
                    if spent < 0 and p < 0 and nodes[n].delay < 0 and not batch:
                        spent = who.placed[k].since if nodes[n].meeting < 0 else -1
                    work = float(left_of(prog, spent, world[SINCE], c, law, u, factor))
            lasting = np.int64(np.rint(work))
            finish = begin + lasting
            if c >= 0:
                low = clock_at[c]
                high = clock_at[c + 1]
                k = hint[c]
                while k + 1 < high and opens[k + 1] <= now:
                    k += 1
                hint[c] = k
                finish = after(opens, closes, before, low, high, k, begin, lasting)
                if finish < 0:
                    world[ERROR_NODE] = n
                    world[ERROR_MATTER] = m
                    return -CLOCK_ENDS
            first = False
        items[j].start = begin
        items[j].work = work
        items[j].person = p
        items[j].state = WORKING
        if batch:  # a ring of those at work: its last one frees the person
            ring = j if ring < 0 else ring
            end = items[ring].child if ring != j else j
            items[j].child, items[j].next = end, ring
            items[end].next, items[ring].child = j, j
        elif not queued:
            slots[s].leaves += 1
        push_event(events, world, finish, WORK_ENDS, j, items[j].age, 0)
        j = following
    return top


@compiled(forceinline=True)
def finish(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """The instance of item `a` is over: its token goes on, or its step goes round."""
    nodes = prog.nodes
    world = state.world
    items = state.items
    insts = state.insts
    slots = state.slots
    counts = state.counts
    todo = state.todo
    # an instance is over: the token goes on, or the step goes round
    i = a
    n = items[i].node
    s = items[i].slot
    inst = items[i].inst
    parent = items[i].parent
    slots[s].leaves -= items[i].timers
    retire(items, insts, world, i)
    if parent >= 0:
        items[parent].left -= 1
        todo[top, 0] = ROUND
        todo[top, 1] = parent
        top += 1
    else:
        counts[inst, nodes[n].place] -= 1
        todo[top, 0] = LEAVE
        todo[top, 1] = n
        todo[top, 2] = inst
        top += 1
    return top


@compiled(forceinline=True)
def next_round(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """Begin the next instances of item `a`, a step done several times, or end it."""
    nodes = prog.nodes
    scopes = prog.scopes
    choices = prog.choices
    starts = prog.starts
    chance = prog.chance
    role_hash = prog.role_hash
    m_number = who.number
    m_stream = who.stream
    m_codes = who.codes
    m_holds = who.holds
    world = state.world
    items = state.items
    insts = state.insts
    slots = state.slots
    todo = state.todo
    now = state.world[NOW]
    # a step done several times: begin the next instances, or end
    i = a
    n = items[i].node
    s = items[i].slot
    m = slots[s].matter
    if items[i].left > 0:
        return top
    more = 0
    known = items[i].placed >= 0 and who.placed[items[i].placed].due > 0  # that it goes on
    repeat = nodes[n].repeat
    if repeat == PARALLEL:
        more = items[i].times if items[i].rounds == 0 else 0
    elif repeat == SEQUENTIAL:
        more = 1 if items[i].rounds < items[i].times else 0
    elif known or (items[i].rounds == 0 and not nodes[n].test_before):
        more = 1
    elif nodes[n].again >= 0:
        turn = (np.int64(items[i].occurrence) << 14) + items[i].rounds
        u = uniform(key0, key1, m_number[m], m_stream[m], role_hash[nodes[n].role],
                    turn, AGAIN)  # fmt: skip
        asked = items[i].rounds if nodes[n].test_before else items[i].rounds - 1
        more = 1 if u < chance[chosen(choices, m_codes, m, nodes[n].again, asked)] else 0
    elif nodes[n].again_condition >= 0:
        more = 1 if m_holds[m, nodes[n].again_condition] else 0
    items[i].placed = -1
    if more == 0:
        todo[top, 0] = FINISH
        todo[top, 1] = i
        top += 1
        return top
    items[i].rounds += more
    items[i].left += more
    for _ in range(more):
        if top + 200 > len(todo):
            world[ERROR_NODE] = n
            world[ERROR_MATTER] = m
            return -TOO_MANY
        j = new_item(items, world, s, n, items[i].inst)
        hang_in(items, insts, j, items[i].inst)
        items[j].parent = i
        items[j].enabled = now
        if nodes[n].does == SUB:
            top = open_scope(nodes, scopes, starts, items, insts, slots, world,
                              todo, top, j, ENTER)  # fmt: skip
        else:
            todo[top, 0] = READY
            todo[top, 1] = -1 - j
            top += 1
    return top
