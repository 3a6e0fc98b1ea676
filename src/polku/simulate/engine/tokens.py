"""Tokens: along flows, into nodes, out of them; joins and scopes."""

from __future__ import annotations

import numpy as np

from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.draws import BRANCH, DELAY, HAPPENS, TIMES, draw, uniform
from polku.simulate.engine.pieces import chosen, hang_in, new_item, take_out
from polku.simulate.engine.placing import arm, left_of
from polku.simulate.engine.program import (
    ALL,
    AND_JOIN,
    END,
    EXCLUSIVE,
    IN_NODE,
    LOOP,
    NO_JOIN,
    ONCE,
    OUT_OF,
    PASS,
    RACE,
    SUB,
    TERMINATE,
    THROW,
)
from polku.simulate.engine.queues import after, push_event
from polku.simulate.engine.scopes import may_go_off, open_scope, without, without_inside
from polku.simulate.engine.state import (
    CATCHING,
    CLOCK_ENDS,
    CURRENT,
    DEADLOCK,
    ENTER,
    ERROR_MATTER,
    ERROR_NODE,
    FINISH,
    FLOW,
    FREE_INST,
    FREE_SLOT,
    FREED,
    HAPPENED,
    INSTANCES,
    LEAVE,
    N_LIVE,
    NEVER,
    NO_FLOW,
    NOW,
    PEAK,
    PLACING,
    READY,
    ROUND,
    SCOPE_DONE,
    SEVERAL,
    TOO_MANY,
)


@compiled(forceinline=True)
def take_flow(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """A token goes along flow `a`: it comes to a node, or waits at a join."""
    nodes = prog.nodes
    flows = prog.flows
    into = prog.into
    insts = state.insts
    slots = state.slots
    counts = state.counts
    todo = state.todo
    n = flows[a].target
    if nodes[n].join == NO_JOIN:
        todo[top, 0] = ENTER
        todo[top, 1] = n
        top += 1
        return top
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
    return top


@compiled(forceinline=True)
def leave(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """A token leaves node `a` by all of its flows, one, or those that hold."""
    nodes = prog.nodes
    flows = prog.flows
    choices = prog.choices
    out = prog.out
    chance = prog.chance
    role_hash = prog.role_hash
    m_number = who.number
    m_stream = who.stream
    m_codes = who.codes
    m_holds = who.holds
    world = state.world
    insts = state.insts
    slots = state.slots
    seen = state.seen
    todo = state.todo
    n = a
    first = nodes[n].out_at
    last = nodes[n].out_to
    if first == last:
        insts[inst].tokens -= 1
        if insts[inst].tokens == 0:
            todo[top, 0] = SCOPE_DONE
            todo[top, 1] = inst
            top += 1
        return top
    if last - first == 1 and nodes[n].split == ALL:
        todo[top, 0] = FLOW
        todo[top, 1] = out[first]
        top += 1
        return top
    s = insts[inst].slot
    m = slots[s].matter
    if nodes[n].split == ALL:
        insts[inst].tokens += last - first - 1
        for k in range(last - 1, first - 1, -1):
            todo[top, 0] = FLOW
            todo[top, 1] = out[k]
            todo[top, 2] = inst
            top += 1
        return top
    base = -1
    occurrence = 0
    if nodes[n].chances >= 0:
        occurrence = seen[s, nodes[n].turns]
        seen[s, nodes[n].turns] = occurrence + 1
        base = chosen(choices, m_codes, m, nodes[n].chances, occurrence)
    if nodes[n].split == EXCLUSIVE:
        taken = -1
        if base >= 0:
            u = uniform(key0, key1, m_number[m], m_stream[m],
                        role_hash[nodes[n].turns], occurrence, BRANCH)  # fmt: skip
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
            return -NO_FLOW
        todo[top, 0] = FLOW
        todo[top, 1] = taken
        top += 1
        return top
    number = 0  # inclusive
    decided = np.uint64(0)  # of a matter that was placed here: flows that were decided before
    k = world[PLACING]
    if k >= 0 and who.placed[k].where == OUT_OF and who.placed[k].to == n:
        decided = who.placed[k].skip
    if decided:
        for k in range(last - first - 1, -1, -1):
            if decided >> np.uint64(k) & np.uint64(1) or out[first + k] == nodes[n].default:
                continue
            if base >= 0:
                u = uniform(key0, key1, m_number[m], m_stream[m],
                            role_hash[nodes[n].turns] ^ np.uint32((k // 15) * 0x9E3779), occurrence,
                            BRANCH + 16 * (1 + k % 15))  # fmt: skip
                holds = u < chance[base + k]
            else:
                c = flows[out[first + k]].condition
                holds = c < 0 or m_holds[m, c]
            if holds:
                todo[top, 0] = FLOW
                todo[top, 1] = out[first + k]
                todo[top, 2] = inst
                top += 1
                number += 1
        insts[inst].tokens += number - 1
        if insts[inst].tokens == 0:
            todo[top, 0] = SCOPE_DONE
            todo[top, 1] = inst
            top += 1
        return top
    if base >= 0:
        sum_ = 0.0
        for k in range(last - first - 1, -1, -1):
            sum_ += chance[base + k]
            u = uniform(key0, key1, m_number[m], m_stream[m],
                        role_hash[nodes[n].turns] ^ np.uint32((k // 15) * 0x9E3779), occurrence,
                        BRANCH + 16 * (1 + k % 15))  # fmt: skip
            if u < chance[base + k]:
                todo[top, 0] = FLOW
                todo[top, 1] = out[first + k]
                todo[top, 2] = inst
                top += 1
                number += 1
        if number == 0 and sum_ > 0.0:  # where none is drawn, one in proportion to the chances
            u = sum_ * uniform(key0, key1, m_number[m], m_stream[m],
                               role_hash[nodes[n].turns], occurrence, BRANCH)  # fmt: skip
            taken = -1
            sum_ = 0.0
            for k in range(last - first):
                if chance[base + k] > 0.0:
                    taken = out[first + k]
                    sum_ += chance[base + k]
                    if u < sum_:
                        break
            todo[top, 0] = FLOW
            todo[top, 1] = taken
            todo[top, 2] = inst
            top += 1
            number = 1
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
            return -NO_FLOW
        todo[top, 0] = FLOW
        todo[top, 1] = nodes[n].default
        todo[top, 2] = inst
        top += 1
        number = 1
    insts[inst].tokens += number - 1
    return top


@compiled(forceinline=True)
def enter(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """A token comes into node `a`."""
    nodes = prog.nodes
    flows = prog.flows
    scopes = prog.scopes
    choices = prog.choices
    people = prog.people
    out = prog.out
    starts = prog.starts
    law_of = prog.law_of
    chance = prog.chance
    law_kind = prog.law_kind
    law_at = prog.law_at
    law_values = prog.law_values
    clock_at = prog.clock_at
    opens = prog.opens
    closes = prog.closes
    before = prog.before
    pools_of = prog.pools_of
    role_hash = prog.role_hash
    m_number = who.number
    m_stream = who.stream
    m_codes = who.codes
    m_numbers = who.numbers
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
    elif does == TERMINATE:
        if nodes[n].outcome >= 0:
            slots[s].outcome = nodes[n].outcome
        ending = slots[s].root if nodes[n].whole else inst
        # tokens that stand on the stack are gone too
        top = without(todo, top, inst)
        if nodes[n].whole:
            at = slots[s].insts
            while at >= 0:
                top = without(todo, top, at)
                at = insts[at].next
        i = insts[ending].head
        while i >= 0:
            if items[i].parent < 0 and nodes[items[i].node].place >= 0:
                counts[ending, nodes[items[i].node].place] -= 1
            top = take_out(
                nodes, scopes, items, insts, slots, counts, rows, staff, people,
                pools_of, lines, is_open, heaps, world, todo, top, stack, i, FREED,
            )  # fmt: skip
            i = insts[ending].head  # instances of a step done several times have gone with it
        counts[ending, :] = 0
        slots[s].parked -= insts[ending].parked
        insts[ending].parked = 0
        insts[ending].tokens = 0
        todo[top, 0] = SCOPE_DONE
        todo[top, 1] = ending
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
            top = without_inside(items, insts, todo, top, host)
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
        if nodes[n].repeat != ONCE:
            occurrence = seen[s, nodes[n].entry]
            seen[s, nodes[n].entry] = occurrence + 1
        rounds = 0
        happened = np.uint64(0)
        placing = world[PLACING]
        here = -1  # the token of `Matters.placed` that stands in this very node
        if placing >= 0 and who.placed[placing].where == IN_NODE and who.placed[placing].to == n:
            here = placing
            rounds = who.placed[placing].rounds
            happened = who.placed[placing].skip
        items[i].placed = placing if nodes[n].repeat == ONCE else here
        items[i].occurrence = occurrence
        arm(prog, who, state, key0, key1, i, placing, happened)
        if nodes[n].repeat != ONCE:
            items[i].state = SEVERAL
            items[i].rounds = rounds if nodes[n].repeat == LOOP else 0
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
                    law = law_of[chosen(choices, m_codes, m, nodes[n].times, occurrence)]
                    times = np.int64(np.rint(draw(law, u, law_kind, law_at, law_values)))
                if times > INSTANCES:
                    world[ERROR_NODE] = n
                    world[ERROR_MATTER] = m
                    return -TOO_MANY
            least = who.placed[here].due if here >= 0 else 0
            items[i].times = max(least, times - rounds)
            todo[top, 0] = ROUND
            todo[top, 1] = i
            top += 1
        elif does == SUB:
            top = open_scope(nodes, scopes, starts, items, insts, slots, world,
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
                    c = nodes[g].delay_clock
                    if nodes[g].delay >= 0:
                        u = uniform(key0, key1, m_number[m], m_stream[m], hash_,
                                    turn, DELAY)  # fmt: skip
                        law = law_of[chosen(choices, m_codes, m, nodes[g].delay, turn)]
                        if placing >= 0:
                            wait = left_of(prog, who.placed[placing].since, now, c, law, u, 1.0)
                        else:
                            wait = np.int64(np.rint(draw(law, u, law_kind, law_at, law_values)))
                    t = now + wait
                    if c >= 0:
                        t = after(opens, closes, before, clock_at[c],
                                  clock_at[c + 1], hint[c], now, wait)  # fmt: skip
                        if t < 0:
                            world[ERROR_NODE] = g
                            world[ERROR_MATTER] = m
                            return -CLOCK_ENDS
                if t < best:
                    best = t
                    items[i].target = g
                    items[i].occurrence = turn
            if best == NEVER:
                world[ERROR_NODE] = n
                world[ERROR_MATTER] = m
                return -DEADLOCK
            items[i].state = CATCHING
            slots[s].leaves += 1
            push_event(events, world, best, HAPPENED, i, items[i].age, 0)
        else:
            todo[top, 0] = READY
            todo[top, 1] = -1 - i
            top += 1
    return top


@compiled(forceinline=True)
def scope_done(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """The last token of instance `a` of a scope is gone: its sub-process or matter ends."""
    world = state.world
    insts = state.insts
    slots = state.slots
    todo = state.todo
    ended = state.ended
    outcome = state.outcome
    now = state.world[NOW]
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
    return top


@compiled(forceinline=True)
def or_joins(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """Let go a token of an OR-join of the current matter that waits for nothing any more."""
    nodes = prog.nodes
    flows = prog.flows
    scopes = prog.scopes
    into = prog.into
    or_nodes = prog.or_nodes
    reach = prog.reach
    insts = state.insts
    slots = state.slots
    counts = state.counts
    todo = state.todo

    slot = state.world[CURRENT]
    if slot < 0 or slots[slot].matter < 0 or slots[slot].parked == 0:
        return top
    at = slots[slot].insts
    while at >= 0 and top == 0:
        if insts[at].parked > 0:
            scope = insts[at].scope
            for k in range(scopes[scope].or_at, scopes[scope].or_to):
                n = or_nodes[k]
                if may_go_off(nodes, flows, into, counts, reach, at, n):
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
    return top
