"""Sorting whole numbers: several times faster than their `argsort`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.integer[Any]]


def ascending(keys: Ints) -> tuple[Places, Ints]:
    """The stable order of keys ≥ 0 (i64[n]), and the keys in it."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64), keys
    bits = (len(keys) - 1).bit_length()
    rest = max(int(keys.max()).bit_length() + bits - 63, 0)
    # key and place in one number: plain numbers sort several times faster than their order
    packed = ((keys >> rest) << bits) | np.arange(len(keys), dtype=np.int64)
    packed.sort()
    order = packed & ((1 << bits) - 1)
    found = packed >> bits
    if rest:  # the last bits had no room: keys that differ only in them are sorted anew
        found = keys[order]
        packed >>= bits
        fresh = np.append(True, packed[1:] != packed[:-1])
        falls = np.flatnonzero(found[1:] < found[:-1])
        if len(falls):
            group = np.cumsum(fresh)
            wrong = np.zeros(int(group[-1]) + 1, dtype=bool)
            wrong[group[falls]] = True
            at = np.flatnonzero(wrong[group])
            order[at] = order[at][np.lexsort((order[at], found[at]))]
            found[at] = keys[order[at]]
    return order, found
