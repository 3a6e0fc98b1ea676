"""Arrivals that a log of ended matters lacks, for they had not ended when it was made.

A log from which open matters were taken out seems to have fewer arrivals the nearer its end. How
likely a matter was to be in it follows from how long matters take, itself estimated from such a
log: each matter is compared with those only that could have taken as long and been seen (D.
Lynden-Bell, Monthly Notices of the Royal Astronomical Society 155, 1971; M. Woodroofe, Annals of
Statistics 13, 1985).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_MOST = 5.0
"""No arrival stands for more, as little is known of what so few are left of."""


def standing_for(arrival: Ints, ended: Ints, last: int) -> Floats:
    """How many arrivals each ended matter of a log stands for, f8[n] ≥ 1.

    `arrival`, `ended` i64[n]: of each matter, µs; `last`: when the log ends, µs.
    """
    took, age = np.maximum(ended - arrival, 0), np.maximum(last - arrival, 0)
    times, counts = np.unique(took, return_counts=True)
    # those that could be seen to take a time and took no longer
    at_risk = np.searchsorted(np.sort(took), times, side="right") - np.searchsorted(
        np.sort(age), times, side="left"
    )
    stays = 1 - counts / np.maximum(at_risk, counts)
    stays[0] = 1.0  # the shortest time: nothing is known below it
    after = np.cumprod(stays[::-1])[::-1]  # chance to take less than times[k]
    within = np.append(after[1:], 1.0)  # … at most times[k]
    k = np.searchsorted(times, age, side="right") - 1
    chance = within[np.maximum(k, 0)]
    found: Floats = np.clip(1 / np.maximum(chance, 1e-9), 1.0, _MOST)
    return found


__all__ = ["standing_for"]
