"""The score: how much better than the current state, by weights, in hundredths.

For each axis the improvement in its direction is divided by a scale: 1 for shares (so a hundredth
is a percentage point), else the current state's mean; it is cut at ± 100 hundredths. The score is
the weighted mean. The scale is fixed once for a search, so the score is linear within the cuts, and
its interval over replications is a paired t-interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from polku.redesign.axes import Axis

Floats = npt.NDArray[np.float64]


def scales(axes: Sequence[Axis], current: Floats) -> Floats:
    """The scale of each axis, from values of the current state [replications, axes]; nan: none."""
    with np.errstate(all="ignore"):
        means = np.array([_mean(current[:, k]) for k in range(len(axes))])
    share = np.array([a.unit == "share" for a in axes])
    scale = np.where(share, 1.0, np.abs(means))
    return np.where(np.isfinite(scale) & (scale > 0), scale, np.nan)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def scores(
    axes: Sequence[Axis], weights: Mapping[str, float], scale: Floats, values: Floats,
    current: Floats,
) -> Floats:  # fmt: skip
    """Scores [...] of values [..., axes] against the current state's in the same replications.

    An axis that cannot be told for one of the two counts as no difference; a time that is not
    reached (inf) as 100 hundredths worse.
    """
    total = np.zeros(values.shape[:-1])
    weight = 0.0
    for k, axis in enumerate(axes):
        w = weights.get(axis.key, 0.0)
        if not w or not axis.sign or not np.isfinite(scale[k]):
            continue
        with np.errstate(invalid="ignore"):
            gain = axis.sign * (current[..., k] - values[..., k]) / scale[k]
        total += w * np.nan_to_num(np.clip(gain, -1.0, 1.0), nan=0.0)
        weight += w
    return 100.0 * total / weight if weight else total
