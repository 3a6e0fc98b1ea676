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

import numpy as np

from polku.simulate.engine.program import WAITING, Ints, Program, Table
from polku.simulate.scenario import DelayKind

CAUSES = (
    "customer", "statement", "statutory", "hearing", "meeting", "other", "batching", "off_duty",
    "contention", "prioritisation",
)  # fmt: skip
_NEVER = np.iinfo(np.int64).max


def causes(
    program: Program, delays: Sequence[DelayKind | None], rows: Table, done: Table
) -> dict[str, Ints]:
    """µs that each piece of work waited for each cause.

    Parameters: `delays`, for each node the kind of its typed delay (None: it has none); `rows`, all
    `ROW`s of the run (work that overtook counts whether it is done or not); `done`, those that are
    asked for, with a start. Returns for each of `CAUSES` i64[done];
    they sum to `start - enabled` exactly.
    """
    node = program.nodes[done["node"]]
    out = {name: np.zeros(len(done), dtype=np.int64) for name in CAUSES}
    delay = done["delayed"] - done["enabled"]
    kind_of = np.array([CAUSES.index(kind or "other") for kind in delays], dtype=np.int64)
    kinds = kind_of[done["node"]]
    for code in np.unique(kinds[delay > 0]).tolist():
        mine = kinds == code
        out[CAUSES[code]][mine] = delay[mine]
    held = done["released"] - done["delayed"]
    meets = _met(program, node, done)
    out["meeting"] += meets
    out["batching"] += held - meets
    _for_people(program, rows, done, node["pool"], out)
    return out


def _met(program: Program, node: Table, done: Table) -> Ints:
    """µs between delay and release in which a meeting was waited for."""
    held: Ints = done["released"] - done["delayed"]
    batched = (node["batch_size"] > 0) | (node["batch_wait"] >= 0)
    at_meeting = (node["batch_meeting"] >= 0) | ((node["meeting"] >= 0) & ~batched)
    out: Ints = np.where(at_meeting, held, 0)
    both = np.flatnonzero((node["meeting"] >= 0) & ~at_meeting & (held > 0))
    for meeting in np.unique(node["meeting"][both]):
        mine = both[node["meeting"][both] == meeting]
        a, b = program.meeting_at[meeting], program.meeting_at[meeting + 1]
        at = a + np.searchsorted(program.meeting_cut[a:b], done["delayed"][mine], side="left")
        time = program.meeting_time[np.minimum(at, b - 1)]
        out[mine] = np.clip(time - done["delayed"][mine], 0, held[mine])
    return out


def _for_people(
    program: Program, rows: Table, done: Table, pool: Ints, out: dict[str, Ints]
) -> None:
    began, stopped = done["released"], done["start"]
    waits = np.flatnonzero(stopped > began)
    alone = waits[pool[waits] < 0]
    out["other"][alone] += (stopped - began)[alone]
    waits = waits[pool[waits] >= 0]
    if not len(waits):
        return
    row_pool = program.nodes["pool"][rows["node"]]
    started = (rows["start"] >= 0) & (rows["state"] != WAITING) & (row_pool >= 0)
    released_of, start_of, pool_of = (
        rows["released"][started], rows["start"][started], row_pool[started],
    )  # fmt: skip
    for number in np.unique(pool[waits]):
        mine = waits[pool[waits] == number]
        theirs = pool_of == number
        overtaken = _overtaken(released_of[theirs], start_of[theirs], began[mine])
        turn = np.minimum(overtaken, stopped[mine])
        clock = int(program.pools["clock"][number])
        at = [on_duty(program, clock, t) for t in (began[mine], turn, stopped[mine])]
        out["contention"][mine] = at[1] - at[0]
        out["prioritisation"][mine] = at[2] - at[1]
        out["off_duty"][mine] = (stopped - began)[mine] - (at[2] - at[0])


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
