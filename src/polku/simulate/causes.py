"""Why each piece of work waited, exactly: the engine knows what a log can only guess.

From the moment a step is due (`enabled`) to its start the time is divided without rest:

- its own typed delay (`enabled` to `delayed`) goes to the delay's kind: customer, statement,
  statutory, hearing, meeting, other;
- from there until it was `released` it waits for a meeting, or for the rest of its batch (a batch
  that goes at the moments of a meeting waits for the meeting);
- from then to its `start` it waits for people: `off_duty` while nobody of its pool is on duty;
  on duty `contention`, but `prioritisation` from the first moment at which work of the same pool
  that was released later was started instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from polku.simulate.engine.program import WAITING, Ints, Program, Table
from polku.simulate.scenario import DelayKind

CAUSES = (
    "customer", "statement", "statutory", "hearing", "meeting", "other", "batching", "off_duty",
    "contention", "prioritisation",
)  # fmt: skip
Rows: TypeAlias = dict[str, Any]
"""Columns of `ROW`, each an array of the same length."""
_NEVER = np.iinfo(np.int64).max


def causes(
    program: Program, delays: Sequence[DelayKind | None], rows: Table, done: Rows
) -> dict[str, Ints]:
    """µs that each piece of work waited for each cause.

    Parameters: `delays`, for each node the kind of its typed delay (None: it has none); `rows`, all
    `ROW`s of the run (work that overtook counts whether it is done or not); `done`, the columns of
    those that are asked for, with a start. Returns for each of `CAUSES` i64[done]; they sum to
    `start - enabled` exactly.
    """
    node = done["node"]
    out = {name: np.zeros(len(node), dtype=np.int64) for name in CAUSES}
    delay = done["delayed"] - done["enabled"]
    kind_of = np.array([CAUSES.index(kind or "other") for kind in delays], dtype=np.int64)
    late = np.flatnonzero(delay)
    kinds = kind_of[node[late]]
    for code in np.unique(kinds).tolist():
        mine = late[kinds == code]
        out[CAUSES[code]][mine] = delay[mine]
    held = done["released"] - done["delayed"]
    for at in np.flatnonzero(np.bincount(node[held != 0], minlength=len(program.nodes))).tolist():
        mine = np.flatnonzero((node == at) & (held != 0))
        meets = _met(program, program.nodes[at], done["delayed"][mine], held[mine])
        out["meeting"][mine] += meets
        out["batching"][mine] += held[mine] - meets
    _for_people(program, rows, done, out)
    return out


def _met(program: Program, node: np.void, delayed: Ints, held: Ints) -> Ints:
    """µs between delay and release in which a meeting was waited for, at one node."""
    meeting = int(node["meeting"])
    if node["batch_meeting"] >= 0:
        return held
    if meeting < 0:
        return np.zeros_like(held)
    if node["batch_size"] <= 0 and node["batch_wait"] < 0:
        return held
    a, b = int(program.meeting_at[meeting]), int(program.meeting_at[meeting + 1])
    at = a + np.searchsorted(program.meeting_cut[a:b], delayed, side="left")
    time = program.meeting_time[np.minimum(at, b - 1)]
    found: Ints = np.clip(time - delayed, 0, held)
    return found


def _for_people(program: Program, rows: Table, done: Rows, out: dict[str, Ints]) -> None:
    began, stopped = done["released"], done["start"]
    waits = np.flatnonzero(stopped > began)
    pool = program.nodes["pool"][done["node"][waits]]
    alone = waits[pool < 0]
    out["other"][alone] += (stopped - began)[alone]
    if len(alone) == len(waits):
        return
    row_pool = program.nodes["pool"][rows["node"]]
    started = (rows["start"] >= 0) & (rows["state"] != WAITING) & (row_pool >= 0)
    released_of, start_of, pool_of = (
        rows["released"][started], rows["start"][started], row_pool[started],
    )  # fmt: skip
    for number in np.unique(pool[pool >= 0]):
        mine = waits[pool == number]
        theirs = pool_of == number
        since, until = began[mine], stopped[mine]
        turn = np.minimum(_overtaken(released_of[theirs], start_of[theirs], since), until)
        clock = int(program.pools["clock"][number])
        at = [on_duty(program, clock, t) for t in (since, turn, until)]
        out["contention"][mine] = at[1] - at[0]
        out["prioritisation"][mine] = at[2] - at[1]
        out["off_duty"][mine] = (until - since) - (at[2] - at[0])


def _overtaken(released: Ints, start: Ints, began: Ints) -> Ints:
    """For each moment of release the first start of work that was released after it."""
    order = np.argsort(released, kind="stable")
    least = np.append(np.minimum.accumulate(start[order][::-1])[::-1], _NEVER)
    found: Ints = least[np.searchsorted(released[order], began, side="right")]
    return found


def on_duty(program: Program, clock: int, at: Ints) -> Ints:
    """Opening time of a clock up to each moment, µs; of clock -1, which is always open, `at`."""
    if clock < 0:
        return at
    a, b = int(program.clock_at[clock]), int(program.clock_at[clock + 1])
    if a == b:
        return np.zeros(len(at), dtype=np.int64)
    opens, closes, before = program.opens[a:b], program.closes[a:b], program.before[a:b]
    i = np.maximum(np.searchsorted(opens, at, side="right") - 1, 0)
    inside = np.clip(np.minimum(at, closes[i]) - opens[i], 0, None)
    found: Ints = before[i] + inside
    return found
