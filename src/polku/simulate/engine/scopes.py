"""Scopes: beginning a sub-process, what is inside one, and when an OR-join goes off."""

from __future__ import annotations

import numpy as np

from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.pieces import hang_in, new_inst, new_item
from polku.simulate.engine.program import ONCE
from polku.simulate.engine.state import ENTER, FLOW, INSIDE, LEAVE, NOW, SCOPE_DONE, SEVERAL


@compiled()
def open_scope(  # type: ignore[no-untyped-def]
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


@compiled()
def instance_of(  # type: ignore[no-untyped-def]
    nodes, scopes, items, insts, slots, counts, world, stack, slot, root, scope
):
    """The instance of a scope of a matter that is put where it stands; made where it is missing."""
    if scope == 0:
        return root
    at = slots[slot].insts
    while at >= 0:
        if insts[at].scope == scope:
            return at
        at = insts[at].next
    depth = 0
    s = scope
    while s != 0 and depth < 64:
        stack[depth] = s
        depth += 1
        s = nodes[scopes[s].node].scope
    outer = root
    for d in range(depth - 1, -1, -1):
        found = -1
        at = slots[slot].insts
        while at >= 0:
            if insts[at].scope == stack[d]:
                found = at
                break
            at = insts[at].next
        if found < 0:
            node = scopes[stack[d]].node
            i = new_item(items, world, slot, node, outer)
            hang_in(items, insts, i, outer)
            counts[outer, nodes[node].place] += 1
            insts[outer].tokens += 1
            items[i].enabled = world[NOW]
            items[i].state = INSIDE
            if nodes[node].repeat != ONCE:  # the instance that goes on of a step done several times
                whole = i
                items[whole].state = SEVERAL
                items[whole].rounds = 1
                items[whole].left = 1
                items[whole].times = 1
                i = new_item(items, world, slot, node, outer)
                hang_in(items, insts, i, outer)
                items[i].parent = whole
                items[i].enabled = world[NOW]
                items[i].state = INSIDE
            found = new_inst(insts, slots, world, stack[d], i, slot)
            items[i].inner = found
        outer = found
    return outer


@compiled()
def without(todo, top, inst):  # type: ignore[no-untyped-def]
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


@compiled()
def without_inside(items, insts, todo, top, host):  # type: ignore[no-untyped-def]
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


@compiled()
def may_go_off(nodes, flows, into, counts, reach, inst, n):  # type: ignore[no-untyped-def]
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


@compiled()
def stuck(nodes, flows, insts, slots, counts, slot):  # type: ignore[no-untyped-def]
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
