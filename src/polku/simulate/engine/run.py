"""One run of the engine: from a program and the matters that arrive to what happened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import numpy as np

from polku.errors import ScenarioError
from polku.progress import working
from polku.simulate.engine import state as st
from polku.simulate.engine.compiled import is_kept
from polku.simulate.engine.program import ROW, WAITING, WORKING, Matters, Program, Table, Trace

NEVER = int(np.iinfo(np.int64).max)
"""`until` of a run that goes on until every matter has ended."""


class ClockEndsError(Exception):
    """The clocks of the program end before the run does: it needs them for a longer time."""


def run(
    program: Program,
    matters: Matters,
    keys: tuple[int, int],
    *,
    since: int,
    until: int = NEVER,
    say: Callable[[int], str] | None = None,
    room: int = 0,
) -> Trace:
    """Run until `until` (µs since 1970 UTC), or until every matter has ended.

    `keys`: of the draws (`polku.simulate.engine.draws.keys`); `say`: words for a node's number,
    for messages; `room`: how many rows the trace is likely to have, which spares moving them.
    Raises `ScenarioError` where a matter cannot go on (deadlock), goes round without an end, or no
    flow of a gateway can be taken: it names the step or gateway; `ClockEndsError` where the
    program's clocks are too short.
    """
    with working("compiling the engine, once") if not is_kept() else nullcontext():
        return _run(program, matters, keys, since, until, say, room)


def _run(
    program: Program,
    matters: Matters,
    keys: tuple[int, int],
    since: int,
    until: int,
    say: Callable[[int], str] | None,
    room: int,
) -> Trace:
    from polku.simulate.engine.kernel import advance

    p = program
    state = st.begin(p, matters, since, until, room)
    arrays, who = p.arrays(), matters.arrays()
    while True:
        code = advance(arrays, who, state, np.uint32(keys[0]), np.uint32(keys[1]))
        if code != st.GROW:
            break
        state = st.grown(state, int(state.world[st.FULL]), len(p.people))
    if code != st.FINISHED:
        _complain(code, program, matters, state, say or (lambda k: p.node_ids[k]))
    w = state.world
    n, left = int(w[st.N_ROWS]), _left(program, state)
    if n + len(left) <= len(state.rows) <= 2 * (n + len(left)) and room:
        rows = state.rows[: n + len(left)]
    else:  # a copy that holds no more room than it needs (concatenating leaves padding to chance)
        rows = np.zeros(n + len(left), ROW)
        rows[:n] = state.rows[:n]
    rows[n:] = left
    arrived = int(w[st.NEXT_MATTER])
    return Trace(rows, state.ended, state.outcome, int(w[st.AREA]), since, int(w[st.NOW]), arrived)


def _left(program: Program, state: st.State) -> Table:
    """Rows of the work that waits or goes on at the end of the run."""
    items = state.items
    waits = (items["state"] >= st.DELAYED) & (items["state"] <= st.WORKING)
    waits &= (items["age"] >= 0) & (program.nodes["logged"][items["node"]] != 0)
    left = items[waits]
    rows = np.zeros(len(left), ROW)
    for name in ("enabled", "delayed", "released", "start", "node", "person", "occurrence", "work"):
        rows[name] = left[name]
    rows["matter"] = state.slots["matter"][left["slot"]]
    later = rows["start"] > int(state.world[st.NOW])  # in a batch, or before its hours come
    rows["start"][later], rows["person"][later] = -1, -1
    rows["end"] = -1
    rows["state"] = np.where((left["state"] == st.WORKING) & ~later, WORKING, WAITING)
    return rows[np.lexsort((rows["node"], rows["enabled"], rows["matter"]))]


def _complain(
    code: int, program: Program, matters: Matters, state: st.State, say: Callable[[int], str]
) -> None:
    w = state.world
    node, matter = int(w[st.ERROR_NODE]), int(w[st.ERROR_MATTER])
    where = say(node) if node >= 0 else "the path"
    which = "a matter"
    if 0 <= matter < len(matters.time):
        from polku.simulate.arrivals import case_ids

        which = f"matter {case_ids(matters)[matter]}"
    if code == st.CLOCK_ENDS:
        busy = (state.items["state"] > 0) & (state.items["state"] < st.INSIDE)
        waiting = state.items[busy]
        of = program.nodes[waiting["node"]]
        never = (waiting["state"] == st.BATCHING) & (of["batch_meeting"] < 0)
        never &= of["batch_wait"] < 0
        if node < 0 and len(waiting) and never.all():
            k = int(waiting["node"][0])
            raise ScenarioError(
                f"{say(k)}: {len(waiting)} matters wait for a batch that never fills; give the "
                "batch a max_wait, or simulate to a date"
            )
        if node < 0 and len(waiting):
            where = say(int(waiting["node"][0]))
        raise ClockEndsError(where)
    if code == st.DEADLOCK:
        raise ScenarioError(
            f"{where}: {which} cannot go on: it waits here for a token that never comes; check the "
            "path's soundness with polku check"
        )
    if code == st.ENDLESS:
        raise ScenarioError(
            f"{where}: {which} goes round without an end; give the loop a way out or the work a "
            "duration"
        )
    if code == st.NO_FLOW:
        raise ScenarioError(
            f"{where}: no condition holds for {which} and there is no default; give a default flow "
            "or chances"
        )
    raise ScenarioError(
        f"{where}: {which} has more than {st.INSTANCES:,} instances of one step at a time; lower "
        "`times`"
    )
