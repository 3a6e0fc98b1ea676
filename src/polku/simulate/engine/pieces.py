"""Pieces of the state machine: items, scopes, people, and taking work away."""

from __future__ import annotations

from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.program import INTERRUPTED
from polku.simulate.engine.queues import meld, without_root
from polku.simulate.engine.state import (
    BATCHING,
    FREE_INST,
    FREE_ITEM,
    GONE,
    INSIDE,
    KEPT,
    N_ITEMS,
    N_ROWS,
    NOW,
    PEAK,
    QUEUED,
    SEVERAL,
    WORKING,
)


@compiled()
def chosen(choices, codes, m, choice, occurrence):  # type: ignore[no-untyped-def]
    """Index of the value that holds for a matter in a round (0, 1, …)."""
    code = 0
    if choices[choice].attribute >= 0:
        code = codes[m, choices[choice].attribute]
    turn = min(occurrence, choices[choice].rounds - 1)
    return choices[choice].base + (code * choices[choice].rounds + turn) * choices[choice].width


@compiled()
def new_item(items, world, slot, node, inst):  # type: ignore[no-untyped-def]
    """A place for a token in a step or an event, empty but for what is given."""
    i = world[FREE_ITEM]
    world[FREE_ITEM] = items[i].next
    world[N_ITEMS] += 1
    items[i].slot = slot
    items[i].node = node
    items[i].inst = inst
    items[i].parent = -1
    items[i].inner = -1
    items[i].person = -1
    items[i].start = -1
    items[i].delayed = -1
    items[i].released = -1
    items[i].work = 0.0
    items[i].occurrence = 0
    items[i].mates = -1
    items[i].child = -1
    items[i].next = -1
    items[i].timers = 0
    items[i].placed = -1
    items[i].batched = 0
    items[i].state = 1
    return i


@compiled()
def new_inst(insts, slots, world, scope, item, slot):  # type: ignore[no-untyped-def]
    """An instance of a scope for a matter, without tokens."""
    inst = world[FREE_INST]
    world[FREE_INST] = insts[inst].next
    world[PEAK] += 1
    insts[inst].scope = scope
    insts[inst].item = item
    insts[inst].slot = slot
    insts[inst].tokens = 0
    insts[inst].head = -1
    insts[inst].parked = 0
    insts[inst].next = slots[slot].insts
    slots[slot].insts = inst
    return inst


@compiled()
def hang_in(items, insts, i, inst):  # type: ignore[no-untyped-def]
    """Put an item into the list of its scope's instance."""
    head = insts[inst].head
    items[i].before = -1
    items[i].after = head
    if head >= 0:
        items[head].before = i
    insts[inst].head = i


@compiled()
def _unhang(items, insts, i):  # type: ignore[no-untyped-def]
    before = items[i].before
    after = items[i].after
    if before >= 0:
        items[before].after = after
    else:
        insts[items[i].inst].head = after
    if after >= 0:
        items[after].before = before


@compiled()
def retire(items, insts, world, i):  # type: ignore[no-untyped-def]
    """Take an item out of its list and give its place back; what still names it finds it older."""
    _unhang(items, insts, i)
    items[i].age += 1
    items[i].state = 0
    items[i].next = world[FREE_ITEM]
    world[FREE_ITEM] = i
    world[N_ITEMS] -= 1


@compiled()
def note(rows, world, items, slots, i, state, end):  # type: ignore[no-untyped-def]
    """Write the row of an instance of a step into the trace."""
    r = world[N_ROWS]
    world[N_ROWS] = r + 1
    rows[r].enabled = items[i].enabled
    rows[r].delayed = items[i].delayed
    rows[r].released = items[i].released
    start = items[i].start
    rows[r].start = start if start <= end else -1  # stopped before its hours came
    rows[r].end = end
    rows[r].matter = slots[items[i].slot].matter
    rows[r].node = items[i].node
    rows[r].person = items[i].person
    rows[r].occurrence = items[i].occurrence
    rows[r].state = state
    rows[r].work = items[i].work


@compiled()
def set_free(people, pools_of, staff, lines, is_open, p):  # type: ignore[no-untyped-def]
    """Say anew whether a person can take work, and count it in the pools."""
    clock = people[p].calendar
    free = staff[p].load < people[p].at_once and (clock < 0 or is_open[clock] != 0)
    if free == (staff[p].free != 0):
        return
    staff[p].free = 1 if free else 0
    step = 1 if free else -1
    for k in range(people[p].pool_at, people[p].pool_to):
        lines[pools_of[k]].free += step


@compiled()
def _alive(items, i):  # type: ignore[no-untyped-def]
    """Whether anything of what waits under this item (it, or a member of its batch) is left."""
    if items[i].batched == 0:
        return items[i].state != GONE
    j = i
    while j >= 0:
        if items[j].state != GONE:
            return True
        j = items[j].mates
    return False


@compiled()
def _bury(items, world, i):  # type: ignore[no-untyped-def]
    """Give back the places of what was taken away while it waited."""
    batch = items[i].batched
    j = i
    while j >= 0:
        following = items[j].mates if batch else -1
        items[j].age += 1
        items[j].state = 0
        items[j].next = world[FREE_ITEM]
        world[FREE_ITEM] = j
        world[N_ITEMS] -= 1
        j = following


@compiled()
def _barred(nodes, items, kept, apart, i, p):  # type: ignore[no-untyped-def]
    """Whether another person must do it (separation of duties)."""
    n = items[i].node
    j = i
    while j >= 0:  # all of its batch
        if items[j].state != GONE:
            for c in range(nodes[n].apart_at, nodes[n].apart_to):
                for k in range(KEPT):
                    if kept[items[j].slot, KEPT * apart[c] + k] == p:
                        return True
        j = items[j].mates if items[i].batched else -1
    return False


@compiled()
def keep(kept, slot, column, p):  # type: ignore[no-untyped-def]
    """Remember who did a step last, and before: each once, the last `KEPT` of them."""
    at = KEPT * column
    moving = p
    for k in range(KEPT):
        held = kept[slot, at + k]
        kept[slot, at + k] = moving
        if held == p or held < 0:
            return
        moving = held


@compiled()
def leave_ring(items, i):  # type: ignore[no-untyped-def]
    """Take a member out of the ring of a batch at work; whether it was the last."""
    before = items[i].child
    following = items[i].next
    items[before].next = following
    items[following].child = before
    return following == i


@compiled()
def put_under(todo, top, what, a, b):  # type: ignore[no-untyped-def]
    """Put something to do at the bottom: tokens move before anybody takes new work."""
    for k in range(top, 0, -1):
        todo[k, 0] = todo[k - 1, 0]
        todo[k, 1] = todo[k - 1, 1]
        todo[k, 2] = todo[k - 1, 2]
    todo[0, 0] = what
    todo[0, 1] = a
    todo[0, 2] = b
    return top + 1


@compiled()
def free_member(nodes, items, kept, apart, pools, members, staff, pool, i):  # type: ignore[no-untyped-def]
    """Who of a pool is free for an item, on duty and idle the longest; -1: nobody."""
    best = -1
    n = items[i].node
    separate = nodes[n].apart_to > nodes[n].apart_at
    for k in range(pools[pool].member_at, pools[pool].member_to):
        p = members[k]
        if not staff[p].free or (separate and _barred(nodes, items, kept, apart, i, p)):
            continue
        if (
            best < 0
            or staff[p].load < staff[best].load
            or (staff[p].load == staff[best].load and staff[p].since < staff[best].since)
        ):
            best = p
    return best


@compiled()
def take_best(  # type: ignore[no-untyped-def]
    nodes, items, slots, kept, apart, people, pools_of, lines, world, p
):
    """Take the waiting work that comes first for a person out of its queue; -1: there is none."""
    best = -1
    where = -1
    for k in range(people[p].pool_at, people[p].pool_to):
        pool = pools_of[k]
        root = lines[pool].root
        while root >= 0 and not _alive(items, root):
            gone = root
            root = without_root(items, root)
            lines[pool].root = root
            _bury(items, world, gone)
        if root < 0:
            continue
        found = root
        if _barred(nodes, items, kept, apart, root, p):
            # the first that this person may do: take out, look on, put back
            aside = -1
            found = -1
            while root >= 0:
                i = root
                root = without_root(items, root)
                if not _alive(items, i):
                    _bury(items, world, i)
                    continue
                items[i].next = aside
                aside = i
                if not _barred(nodes, items, kept, apart, i, p):
                    found = i
                    break
            while aside >= 0:
                following = items[aside].next
                items[aside].next = -1
                root = meld(items, root, aside)
                aside = following
            lines[pool].root = root
            if found < 0:
                continue
        if (
            best < 0
            or items[found].key < items[best].key
            or (items[found].key == items[best].key and items[found].turn < items[best].turn)
        ):
            best = found
            where = pool
    if best < 0:
        return -1
    root = lines[where].root
    aside = -1
    while root != best:  # only where others come first that this person may not do
        i = root
        root = without_root(items, root)
        items[i].next = aside
        aside = i
    root = without_root(items, root)
    while aside >= 0:
        following = items[aside].next
        items[aside].next = -1
        root = meld(items, root, aside)
        aside = following
    lines[where].root = root
    return best


@compiled()
def take_out(  # type: ignore[no-untyped-def]
    nodes, scopes, items, insts, slots, counts, rows, staff, people, pools_of, lines, is_open,
    heaps, world, todo, top, stack, first, freed,
):  # fmt: skip
    """Take an item away with all that is inside it; the top of the stack of what follows.

    Rows say that the work was interrupted; its person is free again.
    """
    now = world[NOW]
    n_stack = 1
    stack[0] = first
    while n_stack > 0:
        n_stack -= 1
        i = stack[n_stack]
        n = items[i].node
        s = items[i].slot
        state = items[i].state
        slots[s].leaves -= items[i].timers
        items[i].timers = 0
        if state == INSIDE:
            inst = items[i].inner
            j = insts[inst].head
            while j >= 0:
                if items[j].parent < 0:  # instances go with the step that they are instances of
                    stack[n_stack] = j
                    n_stack += 1
                j = items[j].after
            counts[inst, :] = 0
            slots[s].parked -= insts[inst].parked
            at = slots[s].insts
            if at == inst:
                slots[s].insts = insts[inst].next
            else:
                while insts[at].next != inst:
                    at = insts[at].next
                insts[at].next = insts[inst].next
            # its list of items is still walked by those on the stack: the place is given back now,
            # but nothing is made before this function ends
            insts[inst].next = world[FREE_INST]
            world[FREE_INST] = inst
            world[PEAK] -= 1
            retire(items, insts, world, i)
            continue
        if state == SEVERAL:
            j = insts[items[i].inst].head
            while j >= 0:
                if items[j].parent == i:
                    stack[n_stack] = j
                    n_stack += 1
                j = items[j].after
            retire(items, insts, world, i)
            continue
        slots[s].leaves -= 1
        if nodes[n].logged:
            note(rows, world, items, slots, i, INTERRUPTED, now)
        if state == QUEUED or state == BATCHING or (items[i].batched and state != WORKING):
            _unhang(items, insts, i)
            if state == BATCHING and not items[i].batched:
                heaps[n].n -= 1
            items[i].state = GONE
            continue
        last = items[i].batched == 0 or (state == WORKING and leave_ring(items, i))
        if state == WORKING and items[i].person >= 0 and last:
            p = items[i].person
            staff[p].load -= 1
            staff[p].since = now
            set_free(people, pools_of, staff, lines, is_open, p)
            top = put_under(todo, top, freed, p, 0)
        retire(items, insts, world, i)
    return top
