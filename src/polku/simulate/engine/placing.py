"""Matters that are open at the start: their tokens are put where they stand, and time goes on.

What had begun before the start is not drawn as if it began now: a time X of which t has passed is
drawn given that X > t, from the same law with the same chance u: Q(F(t) + u · (1 − F(t))).
"""

from __future__ import annotations

import numpy as np

from polku.simulate.engine.compiled import compiled
from polku.simulate.engine.draws import EVENT, HAPPENS, TIMES, draw, uniform
from polku.simulate.engine.pieces import chosen
from polku.simulate.engine.program import IN_NODE, ON_FLOW, OUT_OF, SUB
from polku.simulate.engine.queues import after, push_event
from polku.simulate.engine.state import (
    BOUNDARY,
    ENTER,
    FLOW,
    IS_PLACED,
    LEAVE,
    NOW,
    PLACING,
)


@compiled()
def place(prog, who, state, key0, key1, top, k):  # type: ignore[no-untyped-def]
    """Put token `k` where it stands; all that it enters at this moment knows that it does.

    A sub-process in which tokens stand has been begun by then (`instance_of`).
    """
    nodes = prog.nodes
    items = state.items
    todo = state.todo
    inst = todo[top, 2]
    n = who.placed[k].to
    if who.placed[k].where == IN_NODE and nodes[n].does == SUB and who.placed[k].due > 0:
        i = state.insts[inst].item
        if items[i].parent >= 0:
            i = items[i].parent
            m = state.slots[items[i].slot].matter
            rounds = who.placed[k].rounds
            turn = state.seen[items[i].slot, nodes[n].entry]
            state.seen[items[i].slot, nodes[n].entry] = turn + 1
            items[i].occurrence = turn
            items[i].rounds = rounds + 1
            items[i].times = rounds + 1
            if nodes[n].times_fixed >= 0:
                items[i].times = max(rounds + 1, nodes[n].times_fixed)
            elif nodes[n].times_column >= 0:
                items[i].times = max(rounds + 1, who.numbers[m, nodes[n].times_column])
            elif nodes[n].times >= 0:
                u = uniform(key0, key1, who.number[m], who.stream[m],
                            prog.role_hash[nodes[n].role], turn, TIMES)  # fmt: skip
                law = prog.law_of[chosen(prog.choices, who.codes, m, nodes[n].times, turn)]
                times = draw(law, u, prog.law_kind, prog.law_at, prog.law_values)
                items[i].times = max(rounds + 1, np.int64(np.rint(times)))
        arm(prog, who, state, key0, key1, i, k, who.placed[k].skip)
        return top
    todo[top, 0] = IS_PLACED
    state.world[PLACING] = k
    top += 1
    where = who.placed[k].where
    todo[top, 0] = FLOW if where == ON_FLOW else (LEAVE if where == OUT_OF else ENTER)
    todo[top, 1] = who.placed[k].to
    todo[top, 2] = inst
    return top + 1


@compiled()
def passed(opens, closes, before, low, high, since, now):  # type: ignore[no-untyped-def]
    """Working µs of a clock between two moments."""
    total = np.int64(0)
    for sign in range(2):
        t = now if sign == 0 else since
        a = low
        b = high
        while a < b:  # intervals that open at or before t
            middle = (a + b) >> 1
            if opens[middle] <= t:
                a = middle + 1
            else:
                b = middle
        done = np.int64(0)
        if a > low:
            done = before[a - 1] + min(t, closes[a - 1]) - opens[a - 1]
        total += done if sign == 0 else -done
    return total


@compiled()
def left_of(prog, since, now, clock, law, u, factor):  # type: ignore[no-untyped-def]
    """µs that are left of a time that began at `since` (-1: it begins now) and is not over yet.

    `clock`: in which it counts, -1: around the clock; `factor`: by which the law is stretched.
    """
    spent = np.int64(0)
    if 0 <= since < now:
        spent = now - since
        if clock >= 0:
            spent = passed(prog.opens, prog.closes, prog.before, prog.clock_at[clock],
                           prog.clock_at[clock + 1], since, now)  # fmt: skip
    if spent > 0:
        low = 0.0
        high = 1.0
        for _ in range(54):  # the chance of a time that is not longer than what has passed
            middle = 0.5 * (low + high)
            if factor * draw(law, middle, prog.law_kind, prog.law_at, prog.law_values) <= spent:
                low = middle
            else:
                high = middle
        if low > 1.0 - 2.0**-40:  # the law knows no time as long: it is over now
            return np.int64(0)
        u = min(low + u * (1.0 - low), 1.0 - 2.0**-53)
    whole = factor * draw(law, u, prog.law_kind, prog.law_at, prog.law_values)
    return max(np.int64(np.rint(whole)) - spent, np.int64(0))


@compiled()
def arm(prog, who, state, key0, key1, i, placing, happened):  # type: ignore[no-untyped-def]
    """The boundary events of item `i` begin to wait, but for those that happened (bits).

    `placing`: the token of `Matters.placed` with which it came, -1: none.
    """
    nodes = prog.nodes
    items = state.items
    slots = state.slots
    seen = state.seen
    world = state.world
    now = world[NOW]
    n = items[i].node
    s = items[i].slot
    m = slots[s].matter
    for k in range(nodes[n].boundary_at, nodes[n].boundary_to):
        b = prog.boundary[k]
        if nodes[b].delay < 0 and nodes[b].at < 0:
            continue
        if happened >> np.uint64(k - nodes[n].boundary_at) & np.uint64(1):
            continue
        turn = seen[s, nodes[b].role]
        seen[s, nodes[b].role] = turn + 1
        hash_ = prog.role_hash[nodes[b].role]
        if nodes[b].happens >= 0:
            u = uniform(key0, key1, who.number[m], who.stream[m], hash_, turn, HAPPENS)
            if u >= prog.chance[chosen(prog.choices, who.codes, m, nodes[b].happens, turn)]:
                continue
        t = max(nodes[b].at, now) if nodes[b].at >= 0 else np.int64(-1)
        if t < 0:
            u = uniform(key0, key1, who.number[m], who.stream[m], hash_, turn, EVENT)
            law = prog.law_of[chosen(prog.choices, who.codes, m, nodes[b].delay, turn)]
            c = nodes[b].delay_clock
            if placing >= 0:
                wait = left_of(prog, who.placed[placing].since, now, c, law, u, 1.0)
            else:
                whole = draw(law, u, prog.law_kind, prog.law_at, prog.law_values)
                wait = np.int64(np.rint(whole))
            t = now + wait
            if c >= 0:
                t = after(prog.opens, prog.closes, prog.before, prog.clock_at[c],
                          prog.clock_at[c + 1], state.hint[c], now, wait)  # fmt: skip
        if t >= now:
            items[i].timers += 1
            slots[s].leaves += 1
            push_event(state.events, world, t, BOUNDARY, i, items[i].age, b)
