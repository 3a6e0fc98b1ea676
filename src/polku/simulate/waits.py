"""Where the waiting comes from: µs by step and cause, summed over all works of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polku.simulate.causes import CAUSES, causes
from polku.simulate.engine.program import DONE, ROW, Ints
from polku.simulate.run import Run


@dataclass(frozen=True)
class Waits:
    """Waiting before the start of every step.

    `steps`: ids; `works` i64[steps]: works done; `micros` i64[steps, causes]: µs from the moment
    at which a work was due to its start, by `CAUSES`, summed over the works; `work` i64[steps]: µs
    from start to end, off-duty time in between counted.
    """

    steps: tuple[str, ...]
    works: Ints
    micros: Ints
    work: Ints

    def __add__(self, other: Waits) -> Waits:
        return Waits(
            self.steps, self.works + other.works, self.micros + other.micros,
            self.work + other.work,
        )  # fmt: skip


def waits(run: Run, since: int | None = None) -> Waits:
    """The waiting of a run.

    `since`: works that were due earlier (µs) do not count. Rows of `Waits.micros` sum to
    Σ (start - enabled) exactly.
    """
    program, rows = run.program, run.trace.rows
    numbers = run.scenario.steps
    delays = [
        None if (own := numbers.get(id)) is None or own.delay is None else own.delay.kind
        for id in program.node_ids
    ]
    counted = (rows["state"] == DONE) & (rows["start"] >= 0)
    if since is not None:
        counted &= rows["enabled"] >= since
    done = {name: rows[name][counted] for name in ROW.names or ()}
    found = causes(program, delays, rows, done)
    n = len(program.node_ids)
    micros = np.zeros((n, len(CAUSES)), np.int64)
    for k, name in enumerate(CAUSES):
        np.add.at(micros[:, k], done["node"], found[name])
    work = np.zeros(n, np.int64)
    np.add.at(work, done["node"], done["end"] - done["start"])
    return Waits(program.node_ids, np.bincount(done["node"], minlength=n), micros, work)
