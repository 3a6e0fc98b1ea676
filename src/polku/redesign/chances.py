"""The chance of being on the front: how often a candidate is dominated by no other.

What is known of a candidate is the mean over a few replications of its difference to the current
state in the same replications. Means that might as well be the true ones are drawn around it from
a multivariate t: in draw s the mean of candidate c over its first n replications is

    mean(d) + Σ_r z(s, r) (d(c, r) − mean(d)) / √(n (n − 1)) × √(ν / χ²_ν(s))

with one z for each replication, shared by all candidates and axes. Two candidates are compared over
the replications that both have, so they move together in a draw as they did with the same
customers. With ν = n − 1 the difference of any two has exactly its t; a search that looks often at
two or three replications could decide nothing with tails so wide, so ν is `PRIOR` more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from polku.redesign.axes import Axis
from polku.simulate.engine.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
DRAWS = 500
PRIOR = 2.0


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
    differences up to the tolerance are none. A row of which nothing is known on these axes is
    never on the front.
    """
    keys = [a.key for a in axes]
    told = [keys.index(key) for key in on if key in keys and axes[keys.index(key)].sign]
    if tolerance is None:
        tolerance = tolerances(axes, values[current])
    n = len(values)
    there = np.asarray(~np.isnan(values[:, :, told]).all(axis=(1, 2)))
    if not told or not there[current]:
        return there.astype(np.float64)
    sign = np.array([float(axes[k].sign) for k in told])
    rows = np.flatnonzero(there)
    cost = values[rows][:, :, told] * sign
    at = int(np.searchsorted(rows, current))
    taken = _taken(cost)
    levels = sorted(set(taken.tolist()))
    level = np.searchsorted(levels, taken)
    drawn = []
    place = np.full((len(levels), len(rows)), -1, dtype=np.int64)
    total = 0
    for k, n_k in enumerate(levels):
        some = np.flatnonzero(taken >= n_k)
        place[k, some] = total + np.arange(len(some))
        total += len(some)
        drawn.append(drawn_means(cost[some][:, :n_k], int(np.searchsorted(some, at)), seed, draws))
    flat = np.concatenate(drawn, axis=1)
    least = tolerance[told]
    own = flat[:, place[level, np.arange(len(rows))]]
    order = _order(own, least)  # those that dominate many first
    shorter = np.zeros((n, n), dtype=np.bool_) if simpler is None else simpler
    counts = np.zeros(len(rows), dtype=np.int64)
    _count(flat, place, level, order, least, shorter[np.ix_(rows, rows)], counts)
    out = np.zeros(n)
    out[rows] = counts / draws
    return out


def _taken(cost: Floats) -> Ints:
    """How many replications each candidate has: up to the last of which anything is known."""
    known = np.asarray(~np.isnan(cost).all(axis=2))
    last = cost.shape[1] - np.argmax(known[:, ::-1], axis=1)
    return np.where(known.any(axis=1), last, 1)


def _order(own: Floats, least: Floats) -> Ints:
    """Candidates by what they cost in all, in differences that count as one."""
    finite = np.isfinite(own)
    middle = np.where(finite, own, 0.0).sum(axis=0) / np.maximum(finite.sum(axis=0), 1)
    middle = np.where(finite.any(axis=0), middle / np.where(least > 0, least, 1.0), np.inf)
    return np.argsort(middle.sum(axis=1), kind="stable")


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
    df = np.maximum(n - 1, 0) + PRIOR
    each = np.where(n > 1, 1.0 / np.sqrt(safe * np.maximum(n - 1, 1)), 0.0)
    rng = np.random.Generator(np.random.Philox(seed))
    u = rng.random(draws)
    z = rng.standard_normal((cost.shape[1], draws)).T
    moved = np.tensordot(z, off, axes=(1, 1)) * each  # [draws, c, axes]
    for one in np.unique(df):
        moved *= np.where(
            df == one, np.sqrt(one / (2.0 * gammaincinv(one / 2.0, u)))[:, None, None], 1.0
        )
    out: Floats = mean[None] + moved
    out[:, n == 0] = np.nan
    out[:, never] = np.inf
    return out


def _told(values: Floats) -> Bools:
    """Axes on which no value is infinite, and one is known [axes]."""
    return np.asarray(~np.isinf(values).any(axis=0) & np.isfinite(values).any(axis=0))


@compiled()
def _count(
    cost: Floats, place: Ints, level: Ints, order: Ints, tolerance: Floats, simpler: Bools,
    counts: Ints,
) -> None:  # fmt: skip
    """Count for each candidate the draws in which no other dominates it.

    `cost` [draws, places, axes]; `place` [levels, candidates]: where means over so many
    replications stand; `level`: each candidate's own, the highest that it has.
    """
    draws, _, axes = cost.shape
    n = len(order)
    for s in range(draws):
        for a in range(n):
            i = order[a]
            dominated = False
            for b in range(n):
                j = order[b]
                if i == j:
                    continue
                common = min(level[i], level[j])
                at_i, at_j = place[common, i], place[common, j]
                better = simpler[i, j]
                worse = False
                for k in range(axes):
                    of_j, of_i = cost[s, at_j, k], cost[s, at_i, k]
                    if of_j > of_i + tolerance[k]:
                        worse = True
                        break
                    if of_j < of_i - tolerance[k]:
                        better = True
                if better and not worse:
                    dominated = True
                    break
            if not dominated:
                counts[i] += 1
