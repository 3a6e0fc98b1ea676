"""Work on large arrays in as many threads as the machine has processors."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


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
