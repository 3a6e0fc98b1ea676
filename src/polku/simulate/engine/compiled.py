"""Compiling the engine's functions, and keeping what was compiled from one run to the next.

What is compiled lies in a folder of the user's cache whose name holds a hash of the engine's own
sources: numba looks only at the file of the function itself to see whether it has changed, but a
function has those that it calls compiled into it. `NUMBA_CACHE_DIR` names another place.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba


def _folder() -> Path:
    digest = hashlib.blake2b(numba.__version__.encode(), digest_size=8)
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("NUMBA_CACHE_DIR") or Path(base) / "polku") / digest.hexdigest()


FOLDER = _folder()
"""Where the compiled functions are kept."""


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function of plain arrays that makes none of its own, and keep it.

    Without counting references (`_nrt=False`): counting those of the arrays in the named tuples
    costs more than the engine's work. `options`: those of `numba.njit`.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(FOLDER)
        try:
            return numba.njit(cache=True, _nrt=False, **options)(function)
        finally:
            numba.config.CACHE_DIR = before

    return decorate


def is_kept() -> bool:
    """Whether the state machine was compiled before and is kept."""
    return any(FOLDER.glob("*/kernel.advance-*.nbi")) or any(FOLDER.glob("kernel.advance-*.nbi"))
