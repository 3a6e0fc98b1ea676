"""The state machine: tokens move, work waits and is done, until the time or the matters end.

One event at a time is taken from three lists that are in order of time: openings and closings of
the staff's calendars, the heap of things to happen, and the arrivals; at equal times in this order.
What an event sets off at the same moment stands on a stack of things to do, the last put there
first: a token's move, a step that begins to wait, a person who is free again. After each event the
OR-joins of its matter are looked at, and a matter in which nothing will happen any more is an error.

Every draw is a function of (seed, replication, matter, role, occurrence, purpose), see `draws`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from polku.simulate.engine.draws import (
    AGAIN,
    BRANCH,
    DELAY,
    EVENT,
    HAPPENS,
    TIMES,
    WORK,
    draw,
    uniform,
)
from polku.simulate.engine.pieces import (
    chosen,
    hang_in,
    new_inst,
    new_item,
    note,
    retire,
    set_free,
    take_best,
    take_out,
)
from polku.simulate.engine.program import (
    ALL,
    AND_JOIN,
    CATCH,
    DONE,
    END,
    EXCLUSIVE,
    INTERRUPTED,
    LOOP,
    NO_JOIN,
    ONCE,
    OR_JOIN,
    PARALLEL,
    PASS,
    RACE,
    SEQUENTIAL,
    SUB,
    TERMINATE,
    THROW,
)
from polku.simulate.engine.program import WORK as STEP
from polku.simulate.engine.queues import after, drop_event, meld, opening, push_event
from polku.simulate.engine.state import (
    AREA,
    BATCHING,
    CATCHING,
    CLOCK_ENDS,
    DEADLOCK,
    DELAYED,
    ENDLESS,
    ERROR_MATTER,
    ERROR_NODE,
    EVENTS_FULL,
    FINISHED,
    FREE_INST,
    FREE_ITEM,
    FREE_SLOT,
    FULL,
    GONE,
    GROW,
    INSIDE,
    INSTANCES,
    INSTS_FULL,
    ITEMS_FULL,
    MARGIN,
    MEETING,
    MOVES,
    N_EVENTS,
    N_ITEMS,
    N_LIVE,
    N_ROWS,
    NEXT_CHANGE,
    NEXT_MATTER,
    NO_FLOW,
    NOW,
    PEAK,
    QUEUED,
    ROWS_FULL,
    SEVERAL,
    SINCE,
    SLOTS_FULL,
    TOO_MANY,
    TURN,
    UNTIL,
    WORKING,
)

# What there is to do at this moment: (what, first, second)
FLOW, ENTER, LEAVE, READY, OFFER, START, FINISH, FREED, SCOPE_DONE, ROUND = range(10)
# What will happen: a delay ends, a meeting begins, a batch has waited enough, a boundary event,
# work ends, the person of a batch is free, an awaited event, the meeting of a batch
(
    DELAY_ENDS, MEETING_BEGINS, BATCH_DUE, BOUNDARY, WORK_ENDS, PERSON_FREE, HAPPENED, BATCH_MEETS,
) = range(8)  # fmt: skip

NEVER = np.iinfo(np.int64).max
LOW = 0xFFFFFFFF


@njit(cache=True, nogil=True)
def advance(  # type: ignore[no-untyped-def]
    key0, key1,
    nodes, flows, scopes, choices, people, pools, out, into, starts, or_nodes, boundary, apart,
    scale, law_of, chance, law_kind, law_at, law_values, clock_at, opens, closes, before,
    changes_time, changes_clock, changes_open, meeting_at, meeting_cut, meeting_time, members,
    pools_of, people_of_at, people_of, person_law, reach, role_hash,
    m_time, m_number, m_stream, m_codes, m_holds, m_numbers, m_level, m_due, placed_at, placed,
    world, items, insts, slots, counts, seen, kept, events, rows, staff, lines, heaps, is_open,
    hint, todo, stack, ended, outcome,
):  # fmt: skip
    """Go on until the run is finished, an array is nearly full, or something is wrong.

    Arrays: those of `Program`, `Matters` and `State`, by name. Returns one of the codes in
    `state`: FINISHED, GROW (`world[FULL]` says what), or an error, whose node and matter stand in
    `world[ERROR_NODE]` and `world[ERROR_MATTER]`.
    """
    until = world[UNTIL]
    n_matters = len(m_time)
    n_changes = len(changes_time)
    room = MARGIN + len(people)
    while True:
        # room for whatever the next event sets off
        busy = world[N_ITEMS]
        if len(items) - busy < MARGIN:
            world[FULL] = ITEMS_FULL
            return GROW
        if world[FREE_INST] >= len(insts) or world[PEAK] + MARGIN > len(insts):
            world[FULL] = INSTS_FULL
            return GROW
        if world[FREE_SLOT] < 0 or world[FREE_SLOT] >= len(slots):
            world[FULL] = SLOTS_FULL
            return GROW
        if len(events) - world[N_EVENTS] < room + busy:
            world[FULL] = EVENTS_FULL
            return GROW
        if len(rows) - world[N_ROWS] < MARGIN + busy:
            world[FULL] = ROWS_FULL
            return GROW

        # the next event
        change = world[NEXT_CHANGE]
        next_matter = world[NEXT_MATTER]
        t_change = changes_time[change] if change < n_changes else NEVER
        t_event = events[0, 0] if world[N_EVENTS] > 0 else NEVER
        t_matter = NEVER
        if next_matter < n_matters:
            t_matter = max(m_time[next_matter], world[SINCE])
        if world[N_LIVE] == 0 and t_matter == NEVER:
            break
        now = min(t_change, t_event, t_matter)
        if now >= until:
            break
        if now == NEVER:  # something waits for people who never come again
            world[ERROR_NODE] = -1
            world[ERROR_MATTER] = -1
            return CLOCK_ENDS
        world[AREA] += world[N_LIVE] * (now - world[NOW])
        world[NOW] = now
        top = 0
        slot = -1

        if t_change == now:
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
                            return TOO_MANY
                        todo[top, 0] = FREED
                        todo[top, 1] = p
                        top += 1
        elif t_event == now:
            what = events[0, 2] >> 32
            i = events[0, 2] & LOW
            age = events[0, 3] >> 32
            more = events[0, 3] & LOW
            drop_event(events, world)
            if what == PERSON_FREE:
                staff[i].load -= 1
                staff[i].since = now
                set_free(people, pools_of, staff, lines, is_open, i)
                todo[0, 0] = FREED
                todo[0, 1] = i
                top = 1
            elif what == BATCH_DUE or what == BATCH_MEETS:
                if what == BATCH_MEETS or heaps[i].serial == age:
                    # i is the node: all that wait (and were ready by the cut-off) go together
                    cut = now
                    if what == BATCH_MEETS:
                        heaps[i].next = -1
                        meeting = nodes[i].batch_meeting
                        for k in range(meeting_at[meeting], meeting_at[meeting + 1]):
                            if meeting_time[k] == now:
                                cut = meeting_cut[k]
                                break
                    first = _batch(items, heaps, i, world[N_ITEMS], cut)
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
                    elif heaps[i].n > 0 and nodes[i].batch_wait >= 0:
                        oldest = items[heaps[i].head].delayed + nodes[i].batch_wait
                        push_event(
                            events, world, max(oldest, now), BATCH_DUE, i, heaps[i].serial, 0
                        )
            elif items[i].age == age and items[i].state != GONE:
                slot = items[i].slot
                if what == DELAY_ENDS:
                    slots[slot].leaves -= 1
                    items[i].delayed = now
                    todo[0, 0] = READY
                    todo[0, 1] = i
                    top = 1
                elif what == MEETING_BEGINS:
                    slots[slot].leaves -= 1
                    todo[0, 0] = OFFER
                    todo[0, 1] = i
                    top = 1
                elif what == WORK_ENDS:
                    slots[slot].leaves -= 1
                    p = items[i].person
                    if p >= 0 and not items[i].batched:
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
        else:
            m = next_matter
            world[NEXT_MATTER] = m + 1
            world[N_LIVE] += 1
            slot = world[FREE_SLOT]
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
                for k in range(placed_at[m + 1] - 1, placed_at[m] - 1, -1):
                    f = placed[k]
                    inst = _instance(nodes, flows, scopes, items, insts, slots, counts, world, slot,
                                     root, nodes[flows[f].source].scope)  # fmt: skip
                    insts[inst].tokens += 1
                    todo[top, 0] = FLOW
                    todo[top, 1] = f
                    todo[top, 2] = inst
                    top += 1
            else:
                for k in range(scopes[0].start_to - 1, scopes[0].start_at - 1, -1):
                    insts[root].tokens += 1
                    todo[top, 0] = ENTER
                    todo[top, 1] = starts[k]
                    todo[top, 2] = root
                    top += 1

        # all that follows at this moment
        moves = 0
        while True:
            while top > 0:
                moves += 1
                if moves > MOVES + 2 * len(people) or top + 200 > len(todo):
                    world[ERROR_MATTER] = slots[slot].matter if slot >= 0 else -1
                    a = todo[top - 1, 1]
                    what = todo[top - 1, 0]
                    world[ERROR_NODE] = -1
                    if what == FLOW:
                        world[ERROR_NODE] = flows[a].target
                    elif what == ENTER or what == LEAVE:
                        world[ERROR_NODE] = a
                    elif what != FREED and what != SCOPE_DONE:
                        world[ERROR_NODE] = items[a].node
                    return ENDLESS
                top -= 1
                what = todo[top, 0]
                a = todo[top, 1]
                inst = todo[top, 2]

                if what == FREED:
                    p = a
                    if not staff[p].free:
                        continue
                    i = take_best(
                        nodes, items, slots, kept, apart, people, pools_of, lines, world, p
                    )
                    if i < 0:
                        continue
                    # look once more afterwards: who works on several at once may take another
                    todo[top, 0] = FREED
                    top += 1
                    todo[top, 0] = START
                    todo[top, 1] = i
                    todo[top, 2] = p
                    top += 1

                elif what == FLOW:
                    n = flows[a].target
                    if nodes[n].join == NO_JOIN:
                        todo[top, 0] = ENTER
                        todo[top, 1] = n
                        top += 1
                        continue
                    counts[inst, flows[a].place] += 1
                    if nodes[n].join == AND_JOIN:
                        full = True
                        for k in range(nodes[n].in_at, nodes[n].in_to):
                            if counts[inst, flows[into[k]].place] == 0:
                                full = False
                                break
                        if full:
                            for k in range(nodes[n].in_at, nodes[n].in_to):
                                counts[inst, flows[into[k]].place] -= 1
                            insts[inst].tokens -= nodes[n].in_to - nodes[n].in_at - 1
                            todo[top, 0] = ENTER
                            todo[top, 1] = n
                            top += 1
                    else:
                        insts[inst].parked += 1
                        slots[insts[inst].slot].parked += 1

                elif what == LEAVE:
                    n = a
                    first = nodes[n].out_at
                    last = nodes[n].out_to
                    if first == last:
                        insts[inst].tokens -= 1
                        if insts[inst].tokens == 0:
                            todo[top, 0] = SCOPE_DONE
                            todo[top, 1] = inst
                            top += 1
                        continue
                    if last - first == 1 and nodes[n].split == ALL:
                        todo[top, 0] = FLOW
                        todo[top, 1] = out[first]
                        top += 1
                        continue
                    s = insts[inst].slot
                    m = slots[s].matter
                    if nodes[n].split == ALL:
                        insts[inst].tokens += last - first - 1
                        for k in range(last - 1, first - 1, -1):
                            todo[top, 0] = FLOW
                            todo[top, 1] = out[k]
                            todo[top, 2] = inst
                            top += 1
                        continue
                    base = -1
                    occurrence = 0
                    if nodes[n].chances >= 0:
                        if nodes[n].does != STEP and nodes[n].does != SUB:
                            occurrence = seen[s, nodes[n].role]
                            seen[s, nodes[n].role] = occurrence + 1
                        else:
                            occurrence = max(0, seen[s, nodes[n].role] - 1)
                        base = chosen(choices, m_codes, m, nodes[n].chances, occurrence)
                    if nodes[n].split == EXCLUSIVE:
                        taken = -1
                        if base >= 0:
                            u = uniform(key0, key1, m_number[m], m_stream[m],
                                        role_hash[nodes[n].role], occurrence, BRANCH)  # fmt: skip
                            sum_ = 0.0
                            for k in range(last - first):
                                if chance[base + k] > 0.0:
                                    taken = out[first + k]
                                    sum_ += chance[base + k]
                                    if u < sum_:
                                        break
                        else:
                            for k in range(first, last):
                                c = flows[out[k]].condition
                                if c >= 0 and out[k] != nodes[n].default and m_holds[m, c]:
                                    taken = out[k]
                                    break
                            if taken < 0:
                                taken = nodes[n].default
                        if taken < 0:
                            world[ERROR_NODE] = n
                            world[ERROR_MATTER] = m
                            return NO_FLOW
                        todo[top, 0] = FLOW
                        todo[top, 1] = taken
                        top += 1
                        continue
                    number = 0  # inclusive
                    if base >= 0:
                        for attempt in range(64):  # given that at least one flow is taken
                            for k in range(last - first - 1, -1, -1):
                                u = uniform(key0, key1, m_number[m], m_stream[m],
                                            role_hash[nodes[n].role], occurrence,
                                            BRANCH + 16 * (1 + k))  # fmt: skip
                                if attempt > 0:
                                    u = uniform(key0, key1, m_number[m], m_stream[m],
                                                role_hash[nodes[n].role] ^ np.uint32(attempt),
                                                occurrence, BRANCH + 16 * (1 + k))  # fmt: skip
                                if u < chance[base + k]:
                                    todo[top, 0] = FLOW
                                    todo[top, 1] = out[first + k]
                                    todo[top, 2] = inst
                                    top += 1
                                    number += 1
                            if number > 0:
                                break
                    else:
                        for k in range(last - 1, first - 1, -1):
                            c = flows[out[k]].condition
                            if out[k] != nodes[n].default and (c < 0 or m_holds[m, c]):
                                todo[top, 0] = FLOW
                                todo[top, 1] = out[k]
                                todo[top, 2] = inst
                                top += 1
                                number += 1
                    if number == 0:
                        if nodes[n].default < 0:
                            world[ERROR_NODE] = n
                            world[ERROR_MATTER] = m
                            return NO_FLOW
                        todo[top, 0] = FLOW
                        todo[top, 1] = nodes[n].default
                        todo[top, 2] = inst
                        top += 1
                        number = 1
                    insts[inst].tokens += number - 1

                elif what == ENTER:
                    n = a
                    does = nodes[n].does
                    s = insts[inst].slot
                    m = slots[s].matter
                    if does == PASS:
                        todo[top, 0] = LEAVE
                        top += 1
                    elif does == END:
                        if nodes[n].outcome >= 0:
                            slots[s].outcome = nodes[n].outcome
                        insts[inst].tokens -= 1
                        if insts[inst].tokens == 0:
                            todo[top, 0] = SCOPE_DONE
                            todo[top, 1] = inst
                            top += 1
                    elif does == TERMINATE or (does == THROW and nodes[n].catches < 0):
                        if nodes[n].outcome >= 0:
                            slots[s].outcome = nodes[n].outcome
                        i = insts[inst].head
                        while i >= 0:
                            following = items[i].after
                            if items[i].parent < 0 and nodes[items[i].node].place >= 0:
                                counts[inst, nodes[items[i].node].place] -= 1
                            top = take_out(
                                nodes, scopes, items, insts, slots, counts, rows, staff, people,
                                pools_of, lines, is_open, heaps, world, todo, top, stack, i, FREED,
                            )  # fmt: skip
                            # instances of a step done several times have gone with it
                            following = insts[inst].head
                            i = following
                        # tokens of this scope that stand on the stack are gone too
                        top = _without(todo, top, inst)
                        counts[inst, :] = 0
                        slots[s].parked -= insts[inst].parked
                        insts[inst].parked = 0
                        insts[inst].tokens = 0
                        todo[top, 0] = SCOPE_DONE
                        todo[top, 1] = inst
                        top += 1
                    elif does == THROW:
                        # out through the boundary event that catches it
                        b = nodes[n].catches
                        at = inst
                        while items[insts[at].item].node != nodes[b].host:
                            at = items[insts[at].item].inst
                        i = insts[at].item
                        if nodes[b].interrupts:
                            host = i if items[i].parent < 0 else items[i].parent
                            outer = items[host].inst
                            counts[outer, nodes[nodes[b].host].place] -= 1
                            top = _without_inside(items, insts, todo, top, host)
                            top = take_out(
                                nodes, scopes, items, insts, slots, counts, rows, staff, people,
                                pools_of, lines, is_open, heaps, world, todo, top, stack, host,
                                FREED,
                            )  # fmt: skip
                        else:
                            outer = items[i].inst
                            insts[outer].tokens += 1
                            insts[inst].tokens -= 1
                            if insts[inst].tokens == 0:
                                todo[top, 0] = SCOPE_DONE
                                todo[top, 1] = inst
                                top += 1
                        todo[top, 0] = LEAVE
                        todo[top, 1] = b
                        todo[top, 2] = outer
                        top += 1
                    else:
                        i = new_item(items, world, s, n, inst)
                        hang_in(items, insts, i, inst)
                        counts[inst, nodes[n].place] += 1
                        items[i].enabled = now
                        occurrence = 0
                        if does != SUB or nodes[n].repeat != ONCE:
                            occurrence = seen[s, nodes[n].role]
                        items[i].occurrence = occurrence
                        # its boundary events begin to wait
                        for k in range(nodes[n].boundary_at, nodes[n].boundary_to):
                            b = boundary[k]
                            if nodes[b].delay < 0 and nodes[b].at < 0:
                                continue
                            turn = seen[s, nodes[b].role]
                            seen[s, nodes[b].role] = turn + 1
                            hash_ = role_hash[nodes[b].role]
                            if nodes[b].happens >= 0:
                                u = uniform(key0, key1, m_number[m], m_stream[m], hash_, turn,
                                            HAPPENS)  # fmt: skip
                                if u >= chance[chosen(choices, m_codes, m, nodes[b].happens, turn)]:
                                    continue
                            t = nodes[b].at
                            if t < 0:
                                u = uniform(key0, key1, m_number[m], m_stream[m], hash_, turn,
                                            EVENT)  # fmt: skip
                                law = law_of[chosen(choices, m_codes, m, nodes[b].delay, turn)]
                                wait = np.int64(np.rint(draw(law, u, law_kind, law_at, law_values)))
                                c = nodes[b].delay_clock
                                t = now + wait
                                if c >= 0:
                                    t = after(opens, closes, before, clock_at[c], clock_at[c + 1],
                                              hint[c], now, wait)  # fmt: skip
                            if t >= now:
                                items[i].timers += 1
                                slots[s].leaves += 1
                                push_event(events, world, t, BOUNDARY, i, items[i].age, b)
                        if nodes[n].repeat != ONCE:
                            items[i].state = SEVERAL
                            items[i].rounds = 0
                            items[i].left = 0
                            times = np.int64(1)
                            if nodes[n].repeat != LOOP:
                                times = nodes[n].times_fixed
                                if nodes[n].times_column >= 0:
                                    times = m_numbers[m, nodes[n].times_column]
                                elif nodes[n].times >= 0:
                                    u = uniform(key0, key1, m_number[m], m_stream[m],
                                                role_hash[nodes[n].role], occurrence,
                                                TIMES)  # fmt: skip
                                    law = law_of[
                                        chosen(choices, m_codes, m, nodes[n].times, occurrence)
                                    ]
                                    times = np.int64(
                                        np.rint(draw(law, u, law_kind, law_at, law_values))
                                    )
                                if times > INSTANCES:
                                    world[ERROR_NODE] = n
                                    world[ERROR_MATTER] = m
                                    return TOO_MANY
                            items[i].times = max(0, times)
                            todo[top, 0] = ROUND
                            todo[top, 1] = i
                            top += 1
                        elif does == SUB:
                            top = _open_scope(nodes, scopes, starts, items, insts, slots, world,
                                              todo, top, i, ENTER)  # fmt: skip
                        elif does == RACE:
                            # all that may happen is drawn at once, the first is what happens
                            best = NEVER
                            for k in range(nodes[n].out_at, nodes[n].out_to):
                                g = flows[out[k]].target
                                turn = seen[s, nodes[g].role]
                                seen[s, nodes[g].role] = turn + 1
                                t = nodes[g].at
                                hash_ = role_hash[nodes[g].role]
                                if nodes[g].happens >= 0:
                                    u = uniform(key0, key1, m_number[m], m_stream[m], hash_, turn,
                                                HAPPENS)  # fmt: skip
                                    c = chosen(choices, m_codes, m, nodes[g].happens, turn)
                                    if u >= chance[c]:
                                        continue
                                if t >= 0:
                                    t = max(t, now)
                                else:
                                    wait = np.int64(0)
                                    if nodes[g].delay >= 0:
                                        u = uniform(key0, key1, m_number[m], m_stream[m], hash_,
                                                    turn, DELAY)  # fmt: skip
                                        law = law_of[
                                            chosen(choices, m_codes, m, nodes[g].delay, turn)
                                        ]
                                        wait = np.int64(
                                            np.rint(draw(law, u, law_kind, law_at, law_values))
                                        )
                                    c = nodes[g].delay_clock
                                    t = now + wait
                                    if c >= 0:
                                        t = after(opens, closes, before, clock_at[c],
                                                  clock_at[c + 1], hint[c], now, wait)  # fmt: skip
                                        if t < 0:
                                            continue
                                if t < best:
                                    best = t
                                    items[i].target = g
                                    items[i].occurrence = turn
                            if best == NEVER:
                                world[ERROR_NODE] = n
                                world[ERROR_MATTER] = m
                                return DEADLOCK
                            items[i].state = CATCHING
                            slots[s].leaves += 1
                            push_event(events, world, best, HAPPENED, i, items[i].age, 0)
                        else:
                            todo[top, 0] = READY
                            todo[top, 1] = -1 - i
                            top += 1

                elif what == READY:
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
                                law = law_of[
                                    chosen(choices, m_codes, m, nodes[n].delay, occurrence)
                                ]
                                wait = np.int64(np.rint(draw(law, u, law_kind, law_at, law_values)))
                                c = nodes[n].delay_clock
                                t = now + wait
                                if c >= 0:
                                    t = after(opens, closes, before, clock_at[c], clock_at[c + 1],
                                              hint[c], now, wait)  # fmt: skip
                                    if t < 0:
                                        world[ERROR_NODE] = n
                                        world[ERROR_MATTER] = m
                                        return CLOCK_ENDS
                        if nodes[n].does == CATCH:
                            items[i].state = CATCHING
                            slots[s].leaves += 1
                            push_event(events, world, max(t, now), HAPPENED, i, items[i].age, 0)
                            continue
                        if t > now:
                            items[i].state = DELAYED
                            slots[s].leaves += 1
                            push_event(events, world, t, DELAY_ENDS, i, items[i].age, 0)
                            continue
                        items[i].delayed = now
                    meeting = nodes[n].meeting
                    if meeting >= 0:
                        k = _meeting(meeting_at, meeting_cut, meeting, now)
                        if k < 0:
                            world[ERROR_NODE] = n
                            world[ERROR_MATTER] = m
                            return CLOCK_ENDS
                        items[i].state = MEETING
                        slots[s].leaves += 1
                        push_event(events, world, max(now, meeting_time[k]), MEETING_BEGINS, i,
                                   items[i].age, 0)  # fmt: skip
                        continue
                    size = nodes[n].batch_size
                    board = nodes[n].batch_meeting
                    if size > 0 or board >= 0 or nodes[n].batch_wait >= 0:
                        items[i].state = BATCHING
                        items[i].mates = -1
                        slots[s].leaves += 1
                        if heaps[n].tail >= 0:
                            items[heaps[n].tail].mates = i
                        else:
                            heaps[n].head = i
                        heaps[n].tail = i
                        heaps[n].n += 1
                        if board >= 0 and heaps[n].next < 0:
                            k = _meeting(meeting_at, meeting_cut, board, now)
                            if k < 0:
                                world[ERROR_NODE] = n
                                world[ERROR_MATTER] = m
                                return CLOCK_ENDS
                            heaps[n].next = meeting_time[k]
                            push_event(events, world, max(now, meeting_time[k]), BATCH_MEETS, n, 0,
                                       0)  # fmt: skip
                        if nodes[n].batch_wait >= 0 and heaps[n].n == 1:
                            push_event(events, world, now + nodes[n].batch_wait, BATCH_DUE, n,
                                       heaps[n].serial, 0)  # fmt: skip
                        if size > 0 and heaps[n].n >= size:
                            first = _batch(items, heaps, n, size, now)
                            if first >= 0:
                                todo[top, 0] = OFFER
                                todo[top, 1] = first
                                top += 1
                        continue
                    todo[top, 0] = OFFER
                    todo[top, 1] = i
                    top += 1

                elif what == OFFER:
                    i = a
                    n = items[i].node
                    s = items[i].slot
                    m = slots[s].matter
                    batch = items[i].batched
                    j = i
                    while j >= 0:
                        items[j].released = now
                        j = items[j].mates if batch else -1
                    pool = nodes[n].pool
                    if pool < 0:
                        todo[top, 0] = START
                        todo[top, 1] = i
                        todo[top, 2] = -1
                        top += 1
                        continue
                    if nodes[n].same_as >= 0 and kept[s, nodes[n].same_as] >= 0:
                        own = people[kept[s, nodes[n].same_as]].own_pool
                        if own >= 0:
                            pool = own
                    order = pools[pool].order
                    level = np.int64(m_level[m]) + nodes[n].level
                    if order == 0:
                        items[i].key = 0
                    elif order == 1:
                        items[i].key = level
                    elif order == 2:
                        items[i].key = m_due[m] if m_due[m] >= 0 else NEVER
                    else:
                        items[i].key = level * pools[pool].ageing + now
                    best = -1
                    if lines[pool].free > 0:
                        for k in range(pools[pool].member_at, pools[pool].member_to):
                            p = members[k]
                            if not staff[p].free:
                                continue
                            barred = False
                            for c in range(nodes[n].apart_at, nodes[n].apart_to):
                                if kept[s, apart[c]] == p:
                                    barred = True
                            if barred:
                                continue
                            if (
                                best < 0
                                or staff[p].load < staff[best].load
                                or (
                                    staff[p].load == staff[best].load
                                    and staff[p].since < staff[best].since
                                )
                            ):
                                best = p
                    if batch == 0:
                        slots[s].leaves += 1
                    if best >= 0:
                        if batch == 0:
                            slots[s].leaves -= 1
                        todo[top, 0] = START
                        todo[top, 1] = i
                        todo[top, 2] = best
                        top += 1
                        continue
                    items[i].state = QUEUED
                    items[i].turn = world[TURN]
                    world[TURN] += 1
                    items[i].child = -1
                    items[i].next = -1
                    lines[pool].root = meld(items, lines[pool].root, i)

                elif what == START:
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
                        c = people[p].calendar
                    elif c >= 0:
                        begin = opening(opens, closes, clock_at[c], clock_at[c + 1], hint[c], now)
                        if begin < 0:
                            world[ERROR_NODE] = n
                            return CLOCK_ENDS
                    finish = begin
                    first = True
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
                            kept[s, nodes[n].kept] = p
                        if first or not nodes[n].together:
                            if not first:
                                begin = finish
                            law = -1
                            if p >= 0 and nodes[n].person_laws >= 0:
                                law = person_law[nodes[n].person_laws, p]
                            if law < 0 and nodes[n].work >= 0:
                                law = law_of[
                                    chosen(choices, m_codes, m, nodes[n].work, items[j].occurrence)
                                ]
                            work = 0.0
                            if law >= 0:
                                u = uniform(key0, key1, m_number[m], m_stream[m],
                                            role_hash[nodes[n].role], items[j].occurrence,
                                            WORK)  # fmt: skip
                                work = factor * draw(law, u, law_kind, law_at, law_values)
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
                                    return CLOCK_ENDS
                            first = False
                        items[j].start = begin
                        items[j].work = work
                        items[j].person = p
                        items[j].state = WORKING
                        if not (batch or queued):
                            slots[s].leaves += 1
                        push_event(events, world, finish, WORK_ENDS, j, items[j].age, 0)
                        j = following
                    if p >= 0 and (batch or first):
                        push_event(events, world, finish, PERSON_FREE, p, 0, 0)

                elif what == FINISH:
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

                elif what == ROUND:
                    # a step done several times: begin the next instances, or end
                    i = a
                    n = items[i].node
                    s = items[i].slot
                    m = slots[s].matter
                    if items[i].left > 0:
                        continue
                    more = 0
                    repeat = nodes[n].repeat
                    if repeat == PARALLEL:
                        more = items[i].times if items[i].rounds == 0 else 0
                    elif repeat == SEQUENTIAL:
                        more = 1 if items[i].rounds < items[i].times else 0
                    elif items[i].rounds == 0 and not nodes[n].test_before:
                        more = 1
                    elif nodes[n].again >= 0:
                        turn = items[i].occurrence + items[i].rounds
                        u = uniform(key0, key1, m_number[m], m_stream[m], role_hash[nodes[n].role],
                                    turn, AGAIN)  # fmt: skip
                        last = max(0, items[i].rounds - 1)
                        more = (
                            1
                            if u < chance[chosen(choices, m_codes, m, nodes[n].again, last)]
                            else 0
                        )
                    elif nodes[n].again_condition >= 0:
                        more = 1 if m_holds[m, nodes[n].again_condition] else 0
                    if items[i].rounds > INSTANCES:
                        world[ERROR_NODE] = n
                        world[ERROR_MATTER] = m
                        return ENDLESS
                    if more == 0:
                        todo[top, 0] = FINISH
                        todo[top, 1] = i
                        top += 1
                        continue
                    items[i].rounds += more
                    items[i].left += more
                    for _ in range(more):
                        if top + 200 > len(todo):
                            world[ERROR_NODE] = n
                            world[ERROR_MATTER] = m
                            return TOO_MANY
                        j = new_item(items, world, s, n, items[i].inst)
                        hang_in(items, insts, j, items[i].inst)
                        items[j].parent = i
                        items[j].enabled = now
                        if nodes[n].does == SUB:
                            top = _open_scope(nodes, scopes, starts, items, insts, slots, world,
                                              todo, top, j, ENTER)  # fmt: skip
                        else:
                            todo[top, 0] = READY
                            todo[top, 1] = -1 - j
                            top += 1

                elif what == SCOPE_DONE:
                    inst = a
                    s = insts[inst].slot
                    if insts[inst].item >= 0:
                        i = insts[inst].item
                        # out of the matter's list of scopes
                        at = slots[s].insts
                        if at == inst:
                            slots[s].insts = insts[inst].next
                        else:
                            while insts[at].next != inst:
                                at = insts[at].next
                            insts[at].next = insts[inst].next
                        insts[inst].next = world[FREE_INST]
                        world[FREE_INST] = inst
                        world[PEAK] -= 1
                        todo[top, 0] = FINISH
                        todo[top, 1] = i
                        top += 1
                    else:
                        m = slots[s].matter
                        ended[m] = now
                        outcome[m] = slots[s].outcome
                        insts[inst].next = world[FREE_INST]
                        world[FREE_INST] = inst
                        world[PEAK] -= 1
                        slots[s].next = world[FREE_SLOT]
                        world[FREE_SLOT] = s
                        slots[s].matter = -1
                        world[N_LIVE] -= 1

            # OR-joins of the matter that this event was about
            if slot < 0 or slots[slot].matter < 0 or slots[slot].parked == 0:
                break
            at = slots[slot].insts
            while at >= 0 and top == 0:
                if insts[at].parked > 0:
                    scope = insts[at].scope
                    for k in range(scopes[scope].or_at, scopes[scope].or_to):
                        n = or_nodes[k]
                        if _ready(nodes, flows, into, counts, reach, at, n):
                            taken = 0
                            for f in range(nodes[n].in_at, nodes[n].in_to):
                                place = flows[into[f]].place
                                if counts[at, place] > 0:
                                    counts[at, place] -= 1
                                    taken += 1
                            insts[at].tokens -= taken - 1
                            insts[at].parked -= taken
                            slots[slot].parked -= taken
                            todo[top, 0] = ENTER
                            todo[top, 1] = n
                            todo[top, 2] = at
                            top += 1
                            break
                at = insts[at].next
            if top == 0:
                break
        if slot >= 0 and slots[slot].matter >= 0 and slots[slot].leaves == 0:
            world[ERROR_MATTER] = slots[slot].matter
            world[ERROR_NODE] = _stuck(nodes, flows, insts, slots, counts, slot)
            return DEADLOCK

    world[AREA] += world[N_LIVE] * (max(until, world[NOW]) - world[NOW]) if until < NEVER else 0
    if until < NEVER:
        world[NOW] = max(until, world[NOW])
    return FINISHED


@njit(cache=True)
def _batch(items, heaps, node, size, cut):  # type: ignore[no-untyped-def]
    """Take the first `size` that wait at a step and were ready by `cut`; first of them, or -1."""
    first = -1
    last = -1
    left_head = -1
    left_tail = -1
    n = 0
    left = 0
    j = heaps[node].head
    while j >= 0:
        following = items[j].mates
        if items[j].state == GONE:
            items[j].mates = -1
            if first >= 0:  # goes along, and is put away when the batch begins
                items[last].mates = j
                last = j
            else:
                left += 0
                if left_tail >= 0:
                    items[left_tail].mates = j
                else:
                    left_head = j
                left_tail = j
        elif n < size and items[j].delayed <= cut:
            items[j].batched = 1
            items[j].mates = -1
            if first >= 0:
                items[last].mates = j
            else:
                first = j
            last = j
            n += 1
        else:
            items[j].mates = -1
            if left_tail >= 0:
                items[left_tail].mates = j
            else:
                left_head = j
            left_tail = j
            left += 1
        j = following
    heaps[node].head = left_head
    heaps[node].tail = left_tail
    heaps[node].n = left
    if first >= 0:
        heaps[node].serial += 1
    return first


@njit(cache=True)
def _meeting(meeting_at, meeting_cut, meeting, now):  # type: ignore[no-untyped-def]
    """The first meeting for which it is not too late; -1: there is none any more."""
    low = meeting_at[meeting]
    high = meeting_at[meeting + 1]
    end = high
    while low < high:
        middle = (low + high) >> 1
        if meeting_cut[middle] < now:
            low = middle + 1
        else:
            high = middle
    return low if low < end else -1


@njit(cache=True)
def _open_scope(  # type: ignore[no-untyped-def]
    nodes, scopes, starts, items, insts, slots, world, todo, top, i, enter
):
    """Begin a sub-process: an instance of its scope, with a token at each of its starts."""
    scope = nodes[items[i].node].inner
    inst = new_inst(insts, slots, world, scope, i, items[i].slot)
    items[i].state = INSIDE
    items[i].inner = inst
    for k in range(scopes[scope].start_to - 1, scopes[scope].start_at - 1, -1):
        insts[inst].tokens += 1
        todo[top, 0] = enter
        todo[top, 1] = starts[k]
        todo[top, 2] = inst
        top += 1
    return top


@njit(cache=True)
def _instance(  # type: ignore[no-untyped-def]
    nodes, flows, scopes, items, insts, slots, counts, world, slot, root, scope
):
    """The instance of a scope of a matter that is put where it stands; made where it is missing."""
    if scope == 0:
        return root
    at = slots[slot].insts
    while at >= 0:
        if insts[at].scope == scope:
            return at
        at = insts[at].next
    chain = np.empty(64, np.int64)
    depth = 0
    s = scope
    while s != 0 and depth < 64:
        chain[depth] = s
        depth += 1
        s = nodes[scopes[s].node].scope
    outer = root
    for d in range(depth - 1, -1, -1):
        found = -1
        at = slots[slot].insts
        while at >= 0:
            if insts[at].scope == chain[d]:
                found = at
                break
            at = insts[at].next
        if found < 0:
            node = scopes[chain[d]].node
            i = new_item(items, world, slot, node, outer)
            hang_in(items, insts, i, outer)
            counts[outer, nodes[node].place] += 1
            insts[outer].tokens += 1
            items[i].enabled = world[NOW]
            items[i].state = INSIDE
            found = new_inst(insts, slots, world, chain[d], i, slot)
            items[i].inner = found
        outer = found
    return outer


@njit(cache=True)
def _without(todo, top, inst):  # type: ignore[no-untyped-def]
    """Take the tokens of a scope's instance off the stack."""
    kept = 0
    for k in range(top):
        what = todo[k, 0]
        if (what == FLOW or what == ENTER or what == LEAVE) and todo[k, 2] == inst:
            continue
        if what == SCOPE_DONE and todo[k, 1] == inst:
            continue
        todo[kept, 0] = what
        todo[kept, 1] = todo[k, 1]
        todo[kept, 2] = todo[k, 2]
        kept += 1
    return kept


@njit(cache=True)
def _without_inside(items, insts, todo, top, host):  # type: ignore[no-untyped-def]
    """Take all tokens inside a sub-process (and of what is inside that) off the stack."""
    kept = 0
    for k in range(top):
        what = todo[k, 0]
        at = -1
        if what == FLOW or what == ENTER or what == LEAVE:
            at = todo[k, 2]
        elif what == SCOPE_DONE:
            at = todo[k, 1]
        inside = False
        while at >= 0 and insts[at].item >= 0:
            i = insts[at].item
            if i == host or items[i].parent == host:
                inside = True
                break
            at = items[i].inst
        if inside:
            continue
        todo[kept, 0] = what
        todo[kept, 1] = todo[k, 1]
        todo[kept, 2] = todo[k, 2]
        kept += 1
    return kept


@njit(cache=True)
def _ready(nodes, flows, into, counts, reach, inst, n):  # type: ignore[no-untyped-def]
    """Whether an OR-join goes off (BPMN 2.0, 13.4.3).

    It has a token, and no token elsewhere can come to an incoming flow without one unless it can
    also come to an incoming flow that has one.
    """
    filled = np.uint64(0)
    for k in range(nodes[n].in_at, nodes[n].in_to):
        if counts[inst, flows[into[k]].place] > 0:
            filled |= np.uint64(1) << np.uint64(flows[into[k]].bit)
    if filled == 0:
        return False
    row = nodes[n].or_join
    for place in range(counts.shape[1]):
        if counts[inst, place] > 0:
            bits = reach[row, place]
            if bits & ~filled and not bits & filled:
                return False
    return True


@njit(cache=True)
def _stuck(nodes, flows, insts, slots, counts, slot):  # type: ignore[no-untyped-def]
    """A join at which a token of the matter waits, else -1."""
    at = slots[slot].insts
    while at >= 0:
        for f in range(len(flows)):
            place = flows[f].place
            if (
                place >= 0
                and nodes[flows[f].source].scope == insts[at].scope
                and (counts[at, place] > 0)
            ):
                return flows[f].target
        at = insts[at].next
    return -1
