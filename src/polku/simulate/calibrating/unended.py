"""Arrivals that a log of ended matters lacks, for they had not ended when it was made.

A log from which open matters were taken out seems to have fewer arrivals the nearer its end. How
likely a matter was to be in it follows from how long matters take, itself estimated from such a
log: each matter is compared with those only that could have taken as long and been seen (D.
Lynden-Bell, Monthly Notices of the Royal Astronomical Society 155, 1971; M. Woodroofe, Annals of
Statistics 13, 1985).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_MOST = 5.0
"""No matter weighs more, as little is known of what so few are left of."""


@dataclass(frozen=True, eq=False)
class Unended:
    """Weights of the ended matters of a log, f8[n].

    `arrivals` (1 to 5): how many arrivals each stands for, as some like it had not ended; `ways`
    (mean near 1): how much its way and its times count, as long ones are seen less often.
    """

    arrivals: Floats
    ways: Floats


def unended(arrival: Ints, ended: Ints, last: int) -> Unended:
    """Weights that make up for what had not ended.

    `arrival`, `ended` i64[n]: of each matter, µs; `last`: when the log ends, µs.
    """
    took, age = np.maximum(ended - arrival, 0), np.maximum(last - arrival, 0)
    times, mine, counts = np.unique(took, return_inverse=True, return_counts=True)
    # those that could be seen to take a time and took no longer
    at_risk = np.searchsorted(np.sort(took), times, side="right") - np.searchsorted(
        np.sort(age), times, side="left"
    )
    stays = 1 - counts / np.maximum(at_risk, counts)
    stays[0] = 0.0  # none takes less than the shortest time
    if (stays[1:] <= 0).any():  # no other could have been seen to take so long: nothing is known
        return Unended(np.ones(len(took)), np.ones(len(took)))
    below = np.cumprod(stays[::-1])[::-1]  # chance to take less than times[k]
    within = np.append(below[1:], 1.0)  # … at most times[k]
    k = np.searchsorted(times, age, side="right") - 1
    arrivals = np.clip(1 / np.maximum(within[np.maximum(k, 0)], 1e-9), 1.0, _MOST)
    ways = len(took) * ((within - below) / counts)[mine.reshape(-1)]
    return Unended(arrivals, np.minimum(ways, _MOST))


__all__ = ["Unended", "unended"]
