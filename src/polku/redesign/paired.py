"""Differences between prototypes that met the same customers, with their intervals.

In each replication two prototypes see the same arrivals, the same draws and the same values of the
assumptions they share; the difference of a figure within a replication is one observation, and
replications are independent: a paired t-interval (Law 2015, 10.2.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from polku.measure.testing import holm
from polku.redesign.axes import Axis
from polku.redesign.front import Told, Verdict

Floats = npt.NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Mean:
    """Mean of independent values with its t-interval (None with fewer than two).

    `sd`: their standard deviation; `p`: two-sided, of the mean being 0; `n`: how many.
    """

    value: float | None
    low: float | None
    high: float | None
    sd: float | None
    p: float
    n: int


def mean_of(values: Floats, level: float = LEVEL) -> Mean:
    """The mean of the finite ones of independent values.

    >>> m = mean_of(np.array([1.0, 2.0, 3.0]))
    >>> m.value, round(m.low, 3), round(m.high, 3), m.n
    (2.0, -0.484, 4.484, 3)
    """
    known = values[np.isfinite(values)]
    n = len(known)
    if not n:
        return Mean(None, None, None, None, 1.0, 0)
    middle = math.fsum(known) / n
    if n == 1:
        return Mean(middle, None, None, None, 1.0, 1)
    from scipy.special import stdtr, stdtrit

    sd = math.sqrt(math.fsum((known - middle) ** 2) / (n - 1))
    if sd == 0.0:
        return Mean(middle, middle, middle, 0.0, 1.0 if middle == 0.0 else 0.0, n)
    half = float(stdtrit(n - 1, 0.5 + level / 2)) * sd / math.sqrt(n)
    p = 2 * float(stdtr(n - 1, -abs(middle) / (sd / math.sqrt(n))))
    return Mean(middle, middle - half, middle + half, sd, p, n)


def difference(values: Floats, other: Floats) -> Floats:
    """Paired differences; nan where one of the two is not finite."""
    with np.errstate(invalid="ignore"):
        found: Floats = np.where(np.isfinite(values) & np.isfinite(other), values - other, np.nan)
    return found


def tell(axes: Sequence[Axis], values: Floats, current: Floats | None) -> tuple[Told, ...]:
    """The figures of one option from its replications [r, axes], paired with the current state's.

    `current`: its values in the same replications (None: the option is the current state). A
    verdict is given where the difference holds after Holm's correction over the option's axes and
    is not below the axis' floor.
    """
    out: list[Told] = []
    changes: list[Mean | None] = []
    for k, axis in enumerate(axes):
        of = values[:, k]
        m = mean_of(of)
        reached = 1.0 - float(np.isinf(of).sum()) / max(int((~np.isnan(of)).sum()), 1)
        if reached < 1.0:  # a mean over those that are reached would flatter
            m = replace(m, value=None, low=None, high=None, sd=None)
        change = None
        if current is not None:
            change = mean_of(difference(of, current[:, k]))
            if reached < 1.0 or np.isinf(current[:, k]).any():
                change = Mean(None, None, None, None, 1.0, change.n)
        changes.append(change)
        c = change or Mean(None, None, None, None, 1.0, 0)
        out.append(
            Told(axis.key, m.value, m.low, m.high, c.value, c.low, c.high, "not comparable", m.sd,
                 m.n, reached)
        )  # fmt: skip
    if current is None:
        return tuple(out)
    adjusted = holm([None if c is None or c.value is None else c.p for c in changes])
    told = []
    for axis, t, change, p in zip(axes, out, changes, adjusted, strict=True):
        if change is not None and p is not None:
            t = replace(t, verdict=verdict(axis, change, p))
        told.append(t)
    return tuple(told)


def verdict(axis: Axis, change: Mean, p: float) -> Verdict:
    """What a change is called: better or worse where it is shown and not below the floor."""
    value, low, high = change.value, change.low, change.high
    if value is None or low is None or high is None:
        return "not comparable"
    small = max(abs(low), abs(high)) <= axis.floor
    if p > 1 - LEVEL or small or not axis.sign or low <= 0.0 <= high:
        return "no difference shown"
    return "worse" if value * axis.sign > 0 else "better"
