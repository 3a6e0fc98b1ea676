"""The steps that somebody worked on, laid out so that each resource's lie close together.

A resource's steps are spread over the whole log, so that to gather them from an array costs an
access to memory for each. They are therefore laid out chunk by chunk of the log, and within each
chunk by block of resources: a chunk is put in order within a processor's cache, and a block is
then read in a few long pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from polku.measure.facts import Ints, Rows
from polku.measure.side_by_side import side_by_side
from polku.measure.steps import Steps

Scalar = TypeVar("Scalar", bound=np.generic)

BLOCK = 1 << 16
"""Jobs of a block: what is worked out for them stays in a processor's cache."""

CHUNK = 1 << 17
"""Jobs of a chunk of the log."""


@dataclass(frozen=True)
class Jobs:
    """Jobs by chunk of the log, then block of resources, then position.

    `at` i32[j] positions in the log; `case` i32[j]; `wait` i32[j] the wait before the job, -1 =
    none; µs since 1970 UTC, i64[j]: `start`, `stop`, `ready` when the matter was ready for it
    (its predecessor's end, else the arrival), `begin` of the wait, which lasts until the start.
    `blocks`: ranges of resources; `bounds` i64[chunks, blocks + 1]: where each block's jobs of a
    chunk begin, and those of the last end.
    """

    at: Rows
    case: Rows
    wait: Rows
    start: Ints
    stop: Ints
    ready: Ints
    begin: Ints
    blocks: list[tuple[int, int]]
    bounds: Ints

    def pieces(self, block: int) -> list[slice]:
        """Where the jobs of a block lie, in the order of the log."""
        return [slice(a, b) for a, b in self.bounds[:, block : block + 2].tolist() if b > a]

    def write(self, column: npt.NDArray[Scalar], block: int, values: npt.NDArray[Scalar]) -> None:
        """Put one value for each job of a block in their places."""
        done = 0
        for piece in self.pieces(block):
            size = piece.stop - piece.start
            column[piece] = values[done : done + size]
            done += size


def joined(column: npt.NDArray[Scalar], pieces: list[slice]) -> npt.NDArray[Scalar]:
    """Some pieces of an array in one."""
    if not pieces:
        return column[:0]
    return np.concatenate([column[piece] for piece in pieces])


def by_wait(wait: Rows, values: Ints, waits: int) -> Ints:
    """Values at the jobs that end waits (i32[j] numbers, -1 = none) by wait, i64[waits]; else 0."""
    out = np.zeros(waits, dtype=np.int64)

    def work(chunk: slice) -> None:
        some = np.flatnonzero(wait[chunk] >= 0)
        out[wait[chunk][some]] = values[chunk][some]

    side_by_side(work, _chunks(len(wait)))
    return out


def _chunks(n: int) -> list[slice]:
    return [slice(low, min(low + CHUNK, n)) for low in range(0, n, CHUNK)]


def lay_out(steps: Steps, at: Rows, of_job: Rows, begin: Ints) -> Jobs:
    """Lay out the jobs at the ascending positions `at`.

    `of_job` i32[m]: the wait before each, -1 = none; `begin` i64[q] of the waits, since arrival.
    """
    resource = steps.codes("resource")
    blocks = _blocks(steps, np.bincount(resource[at]))
    # a stable sort of narrow integers counts instead of comparing
    kind: Any = np.uint8
    if len(blocks) > 1 << 8:
        kind = np.uint16 if len(blocks) <= 1 << 16 else np.int64
    numbers = np.arange(len(blocks)).astype(kind)
    block_of = np.repeat(numbers, [high - low for low, high in blocks])
    chunks = _chunks(len(at))
    bounds = np.empty((len(chunks), len(blocks) + 1), dtype=np.int64)

    def places() -> Rows:
        return np.empty(len(at), dtype=np.int32)

    def micros() -> Ints:
        return np.empty(len(at), dtype=np.int64)

    out = Jobs(
        places(), places(), places(), micros(), micros(), micros(), micros(),
        blocks, bounds,
    )  # fmt: skip
    pred, time, arrival = steps.pred, steps.time, steps.arrival

    def lay(number: int) -> None:
        chunk = chunks[number]
        here = at[chunk]
        block = block_of[resource[here]]
        bounds[number, 0] = chunk.start
        np.cumsum(np.bincount(block, minlength=len(blocks)), out=bounds[number, 1:])
        bounds[number, 1:] += chunk.start
        here = here[np.argsort(block, kind="stable")]
        out.at[chunk] = here
        _take(steps.case, here, out.case[chunk])
        _take(of_job, here, out.wait[chunk])
        _take(steps.start, here, out.start[chunk])
        _take(time, here, out.stop[chunk])
        arrived, before, wait = arrival[out.case[chunk]], pred[here], out.wait[chunk]
        _take(begin, wait, out.begin[chunk])
        out.begin[chunk] += arrived
        np.copyto(arrived, time[before], where=before >= 0)
        out.ready[chunk] = arrived

    side_by_side(lay, range(len(chunks)))
    return out


def _take(values: npt.NDArray[Scalar], at: Rows, out: npt.NDArray[Scalar]) -> None:
    """The values at some places; at -1 the first."""
    np.take(values, at, out=out, mode="clip")


def _blocks(steps: Steps, jobs: npt.NDArray[np.intp]) -> list[tuple[int, int]]:
    """Ranges of resources with about `BLOCK` jobs each; lifted apart they fit 64 bits."""
    until = np.cumsum(jobs)
    span = int(steps.time.max()) - int(steps.start.min()) + 2
    most = max((1 << 61) // span, 1)
    blocks, low = [], 0
    while low < len(until):
        done = int(until[low - 1]) if low else 0
        high = int(np.searchsorted(until, done + BLOCK, side="right"))
        high = min(max(high, low + 1), low + most)
        blocks.append((low, high))
        low = high
    return blocks


def grouped(group: npt.NDArray[Any], groups: int) -> Callable[[int], npt.NDArray[np.intp]]:
    """The places in each group, in order."""
    begins = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    order = np.argsort(group, kind="stable")
    return lambda number: order[begins[number] : begins[number + 1]]
