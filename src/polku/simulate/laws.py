"""Stand-in until the branch `laws` is merged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polku.simulate.scenario import UNITS, Law


def check_law(law: Law, place: str) -> None:
    """Nothing yet."""


def quantile(law: Law, u: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values at chances, in µs for laws of time."""
    unit = 1.0 if law.unit is None else UNITS[law.unit]
    if law.name in ("fixed", "empirical"):
        values = np.array(law.values)
        return values[(u * len(values)).astype(int)] * unit
    from scipy import stats

    out: npt.NDArray[np.float64] = (
        getattr(stats, law.name)(*law.shapes, loc=law.loc, scale=law.scale).ppf(u) * unit
    )
    return out


def mean(law: Law) -> float:
    """Mean, in µs for laws of time."""
    return float(quantile(law, (np.arange(1000) + 0.5) / 1000).mean())


def pack(laws):  # type: ignore[no-untyped-def]
    """Stand-in."""
    parts = [
        quantile(
            x,
            (np.arange(1 if x.name == "fixed" else 65536) + 0.5)
            / (1 if x.name == "fixed" else 65536),
        )
        for x in laws
    ]
    at = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    return np.zeros(len(parts), np.int8), at, np.concatenate([np.zeros(0), *parts])
