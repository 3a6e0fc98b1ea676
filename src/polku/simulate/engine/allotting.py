"""Who takes which work: queues, people who are free, and what comes first."""

from __future__ import annotations

import numpy as np

from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.pieces import (
    free_member,
    put_under,
    take_best,
)
from polku.simulate.engine.queues import meld
from polku.simulate.engine.state import (
    FREED,
    KEPT,
    MATCH,
    NEVER,
    NOW,
    QUEUED,
    START,
    TURN,
)


@compiled(forceinline=True)
def freed(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """Person `a` looks for work that waits."""
    nodes = prog.nodes
    people = prog.people
    apart = prog.apart
    pools_of = prog.pools_of
    world = state.world
    items = state.items
    slots = state.slots
    kept = state.kept
    staff = state.staff
    lines = state.lines
    todo = state.todo
    p = a
    if not staff[p].free:
        return top
    i = take_best(nodes, items, slots, kept, apart, people, pools_of, lines, world, p)
    if i < 0:
        return top
    # look once more afterwards: who works on several at once may take another
    todo[top, 0] = FREED
    top += 1
    todo[top, 0] = START
    todo[top, 1] = i
    todo[top, 2] = p
    top += 1
    return top


@compiled(forceinline=True)
def offer(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """Item `a` (the first of its batch) is given to a free person, or waits in the queue."""
    nodes = prog.nodes
    people = prog.people
    pools = prog.pools
    apart = prog.apart
    members = prog.members
    pools_of = prog.pools_of
    m_level = who.level
    m_due = who.due
    world = state.world
    items = state.items
    slots = state.slots
    kept = state.kept
    staff = state.staff
    lines = state.lines
    todo = state.todo
    now = state.world[NOW]
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
        return top
    if nodes[n].same_as >= 0 and kept[s, KEPT * nodes[n].same_as] >= 0:
        own = people[kept[s, KEPT * nodes[n].same_as]].own_pool
        if own >= 0:
            pool = own
    home = nodes[n].pool  # whose order holds, though it may be for one person
    order = pools[home].order
    level = np.int64(m_level[m]) + nodes[n].level
    if order == 0:
        items[i].key = 0
    elif order == 1:
        items[i].key = level
    elif order == 2:
        items[i].key = m_due[m] if m_due[m] >= 0 else NEVER
    else:
        items[i].key = level * pools[home].ageing + now
    if items[i].placed >= 0:
        since = who.placed[items[i].placed].since
        if who.placed[items[i].placed].begun >= 0:  # work at hand goes on first
            items[i].key = -NEVER
        elif order == 3 and nodes[n].delay < 0 and 0 <= since < now:
            items[i].key += since - now
    if lines[pool].free > 0 and lines[pool].root < 0:
        best = free_member(nodes, items, kept, apart, pools, members, staff, pool, i)
        idle = best >= 0  # and has no other work waiting, which would come first
        if idle:
            for k in range(people[best].pool_at, people[best].pool_to):
                idle = idle and lines[pools_of[k]].root < 0
        if idle:
            todo[top, 0] = START
            todo[top, 1] = i
            todo[top, 2] = best
            top += 1
            return top
    if batch == 0:
        slots[s].leaves += 1
    items[i].state = QUEUED
    items[i].turn = world[TURN]
    world[TURN] += 1
    items[i].child = -1
    items[i].next = -1
    items[i].target = pool
    lines[pool].root = meld(items, lines[pool].root, i)
    if lines[pool].free > 0:
        top = put_under(todo, top, MATCH, i, items[i].age)
    return top


@compiled(forceinline=True)
def match(prog, who, state, key0, key1, top, a, inst):  # type: ignore[no-untyped-def]
    """While item `a` (of age `inst`) waits: a free member of its pool takes what comes first."""
    items = state.items
    lines = state.lines
    todo = state.todo
    if items[a].age != inst or items[a].state != QUEUED:
        return top
    pool = items[a].target
    if lines[pool].free == 0:
        return top
    p = free_member(
        prog.nodes, items, state.kept, prog.apart, prog.pools, prog.members, state.staff, pool, a
    )
    if p < 0:
        return top
    i = take_best(
        prog.nodes, items, state.slots, state.kept, prog.apart, prog.people, prog.pools_of, lines,
        state.world, p,
    )  # fmt: skip
    if i < 0:
        return top
    if i != a:
        todo[top, 0] = MATCH
        todo[top, 1] = a
        todo[top, 2] = inst
        top += 1
    todo[top, 0] = START
    todo[top, 1] = i
    todo[top, 2] = p
    top += 1
    return top
