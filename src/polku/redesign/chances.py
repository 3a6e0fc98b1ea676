"""The chance of being on the front: how often a candidate is dominated by no other.

What is known of a candidate is the mean over a few replications of its difference to the current
state in the same replications. Means that might as well be the true ones are drawn around it from
a multivariate t: in draw s the mean of candidate c is

    mean(d) + Σ_r z(s, r) (d(c, r) − mean(d)) / √(n (n − 1)) × √(ν / χ²_ν(s))

with one z for each replication, shared by all candidates and axes, so that two candidates that met
the same customers move together in a draw as they do in the replications. With few replications a
variance says little; it is drawn towards the usual one of the axis (median over candidates) as if
that had been seen in `PRIOR` more replications (Smyth 2004, Stat. Appl. Genet. Mol. Biol. 3(1), 3);
ν = n − 1 + `PRIOR`. A candidate that never differs (variance 0) stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from polku.redesign.axes import Axis
from polku.simulate.engine.compiled import compiled

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
DRAWS = 500
PRIOR = 3.0


def tolerances(axes: Sequence[Axis], current: Floats) -> Floats:
    """For each axis the difference that counts as none, from the current state's values [r, axes].

    The floor, or the share of the current state's mean where that is more.
    """
    out = np.array([a.floor for a in axes])
    for k, axis in enumerate(axes):
        known = current[:, k][~np.isnan(current[:, k])]
        if len(known) and np.isfinite(known).all():
            out[k] = max(axis.floor, axis.share * abs(float(known.mean())))
    return out


def front_chances(
    values: Floats, axes: Sequence[Axis], on: Sequence[str], current: int, seed: int,
    *, simpler: Bools | None = None, draws: int = DRAWS, tolerance: Floats | None = None,
) -> Floats:  # fmt: skip
    """The chance of each candidate to be on the front, f8[candidates].

    Parameters: `values` f8[candidates, replications, axes], nan where not run (or not to be told),
    inf where a time is not reached (worse than any that is); `on`: keys of the axes by which the
    front is told; `current`: row of the current state, which must have been run wherever another
    has; `simpler` [i, j]: whether j is i with fewer moves, so that i, to be on the front, must be
    better than j in something; `draws`; `tolerance` f8[axes] (default: `tolerances`).

    A candidate is dominated by one that is no worse on any axis and better on one, where
    differences up to the tolerance are none. A row without any value is never on the front.
    """
    keys = [a.key for a in axes]
    told = [keys.index(key) for key in on if key in keys and axes[keys.index(key)].sign]
    if tolerance is None:
        tolerance = tolerances(axes, values[current])
    n = len(values)
    there = ~np.isnan(values).all(axis=(1, 2))
    if not told or not there.any():
        return np.asarray(there, dtype=np.float64)
    sign = np.array([float(axes[k].sign) for k in told])
    cost = values[:, :, told] * sign
    drawn = drawn_means(cost, current, seed, draws)
    rows = np.flatnonzero(there)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = np.nanmean(np.where(np.isfinite(drawn), drawn, np.nan), axis=0)
        unit = np.where(tolerance[told] > 0, tolerance[told], 1.0)
        order = np.argsort(np.nansum(middle[rows] / unit, axis=1), kind="stable")
    rows = rows[order]  # those that dominate many first
    shorter = np.zeros((n, n), dtype=np.bool_) if simpler is None else simpler
    counts = np.zeros(len(rows), dtype=np.int64)
    _count(np.ascontiguousarray(drawn[:, rows]), np.ascontiguousarray(tolerance[told]),
           np.ascontiguousarray(shorter[np.ix_(rows, rows)]), counts)  # fmt: skip
    out = np.zeros(n)
    out[rows] = counts / draws
    return out


def drawn_means(cost: Floats, current: int, seed: int, draws: int = DRAWS) -> Floats:
    """Means of the difference to the current state that may be the true ones [draws, c, axes].

    `cost` f8[candidates, replications, axes]: higher is worse. On an axis on which the current
    state has a value that is not reached or not told, they are means themselves.
    """
    from scipy.special import gammaincinv

    reference = np.where(_told(cost[current]), cost[current], 0.0)
    with np.errstate(invalid="ignore"):
        d = cost - reference[None]
    known = np.isfinite(d)
    never = np.isinf(cost).any(axis=1)
    n = known.sum(axis=1)  # [c, axes]
    safe = np.maximum(n, 1)
    mean = np.where(known, d, 0.0).sum(axis=1) / safe
    off = np.where(known, d - mean[:, None], 0.0)
    square = (off**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(n > 1, square / np.maximum(n - 1, 1), np.nan)
        usual = np.array([_usual(variance[:, k]) for k in range(variance.shape[1])])
        df = np.maximum(n - 1, 0) + PRIOR
        moderated = (PRIOR * usual + square) / df
        grow = np.where(variance > 0, np.sqrt(moderated / variance), 0.0)
        each = np.where(n > 1, grow / np.sqrt(safe * np.maximum(n - 1, 1)), 0.0)
    rng = np.random.Generator(np.random.Philox(seed))
    z = rng.standard_normal((draws, cost.shape[1]))
    u = rng.random(draws)
    moved = np.tensordot(z, off, axes=(1, 1)) * each  # [draws, c, axes]
    for one in np.unique(df):
        chi = 2.0 * gammaincinv(one / 2.0, u)
        where = df == one
        moved[:, where] *= np.sqrt(one / chi)[:, None]
    single = (n == 1) & (mean != 0.0)  # one replication has no variance of its own
    if single.any():
        sd = np.sqrt(np.broadcast_to(usual, mean.shape)[single])
        moved[:, single] = z[:, :1] * sd
    out: Floats = mean[None] + moved
    out[:, n == 0] = np.nan
    out[:, never] = np.inf
    return out


def _told(values: Floats) -> Bools:
    """Axes on which no value is infinite, and one is known [axes]."""
    return np.asarray(~np.isinf(values).any(axis=0) & np.isfinite(values).any(axis=0))


def _usual(variance: Floats) -> float:
    some = variance[np.isfinite(variance) & (variance > 0)]
    return float(np.median(some)) if len(some) else 0.0


@compiled()
def _count(cost: Floats, tolerance: Floats, simpler: Bools, counts: npt.NDArray[np.int64]) -> None:
    """Count for each candidate the draws in which no other dominates it."""
    draws, n, axes = cost.shape
    for s in range(draws):
        for i in range(n):
            dominated = False
            for j in range(n):
                if i == j:
                    continue
                better = simpler[i, j]
                worse = False
                for k in range(axes):
                    a, b = cost[s, j, k], cost[s, i, k]
                    if a > b + tolerance[k]:
                        worse = True
                        break
                    if a < b - tolerance[k]:
                        better = True
                if better and not worse:
                    dominated = True
                    break
            if not dominated:
                counts[i] += 1
