"""Work on large arrays in as many threads as the machine has processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
R = TypeVar("R")


PIECE = 1 << 16
"""Entries that are worked on at once: what is worked out for them stays in a processor's cache."""


def pieces(n: int) -> list[slice]:
    """Arrays of n entries cut into pieces, in order."""
    return [slice(low, min(low + PIECE, n)) for low in range(0, n, PIECE)]


def marked(where: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """The places that a mask marks, i32[k]: in pieces, for wide places take eight bytes each."""
    parts = pieces(len(where))
    counts = [int(np.count_nonzero(where[part])) for part in parts]
    out, done = np.empty(sum(counts), dtype=np.int32), 0
    for part, count in zip(parts, counts, strict=True):
        np.add(
            np.flatnonzero(where[part]), part.start, out=out[done : done + count], casting="unsafe"
        )
        done += count
    return out


def keep_memory() -> None:
    """Let arrays of some megabytes be given back and taken again without clearing their memory.

    The C library of GNU hands freed memory back to the system at once, and the system clears what
    it gives out again, unless a piece this large has been freed before; elsewhere it does nothing.
    """
    np.empty(31 << 20, dtype=np.uint8)


def side_by_side(work: Callable[[T], R], pieces: Iterable[T]) -> list[R]:
    """What `work` gives for each piece, in their order.

    NumPy lets other threads run while it works on an array, so pieces of some ten thousand entries
    use all processors. `work` must write to places of its own. What it raises is raised here.
    """
    todo = list(pieces)
    threads = min(len(todo), os.cpu_count() or 1)
    if threads < 2:
        return [work(piece) for piece in todo]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(work, todo))
