"""Quantiles of a time in a given mix of kinds: curves of the kinds, mixed with common weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polku.measure.estimate import Estimate, normal_quantile, unreached
from polku.measure.facts import Bools, Ints
from polku.measure.standardise import LEAST, Floats
from polku.measure.survival import TOLERANCE, UNSEEN, Curve, kaplan_meier


@dataclass(frozen=True, eq=False)
class Stratified:
    """The curves of one side by stratum (null where too few matters), and how many they have."""

    curves: tuple[Curve | None, ...]
    n: npt.NDArray[np.int64]


def curves_of(
    elapsed: Ints, ended: Bools, entry: Ints, code: npt.NDArray[np.int32], count: int
) -> Stratified:
    """Kaplan–Meier curves by stratum: arrays of n matters, `code` 0 … `count` − 1."""
    n = np.bincount(code, minlength=count).astype(np.int64)
    curves = []
    for k in range(count):
        mine = code == k
        curves.append(
            kaplan_meier(elapsed[mine], ended[mine], entry[mine]) if n[k] >= LEAST else None
        )
    return Stratified(tuple(curves), n)


def common_weights(first: Stratified, second: Stratified) -> tuple[Floats, float]:
    """Weights of the strata that both sides have, and the share of the matters these cover."""
    usable = (first.n >= LEAST) & (second.n >= LEAST)
    n = np.where(usable, first.n + second.n, 0).astype(np.float64)
    total = float((first.n + second.n).sum())
    if not n.any():
        return n, 0.0
    return n / n.sum(), float(n.sum()) / total


def mixed_quantiles(
    side: Stratified, weights: Floats, quantiles: tuple[float, ...], confidence: float = 0.95
) -> list[Estimate]:
    """Quantiles of the mixed curve Σ w S, µs, with log-log bounds; as `Curve.quantile`.

    The weights are fixed, so Var = Σ w² S² (Greenwood). Beyond the follow-up of a stratum of
    which more than a very small rest is still open, nothing is reached.
    """
    used = [(w, c) for w, c in zip(weights, side.curves, strict=True) if w > 0 and c is not None]
    times = np.sort(np.concatenate([c.times for _, c in used]))
    times = times[np.append(True, times[1:] != times[:-1])]  # faster than a hashed `unique`
    for weight, curve in used:
        if weight * curve.survival[-1] > UNSEEN:
            times = times[times <= curve.times[-1]]
    survival, variance = np.zeros(len(times)), np.zeros(len(times))
    for weight, curve in used:
        k = np.searchsorted(curve.times, times, side="right")
        s = np.concatenate(([1.0], curve.survival))[k]
        g = np.concatenate(([0.0], curve.greenwood))[k]
        survival += weight * s
        variance += weight**2 * s**2 * g
    z = normal_quantile(confidence)
    inside = (survival > TOLERANCE) & (survival < 1 - TOLERANCE) & (variance > 0)
    log_s = np.log(survival, out=np.full_like(survival, -1.0), where=inside)
    width = np.divide(
        z * np.sqrt(variance), -log_s * survival, out=np.zeros_like(survival), where=inside
    )
    spread = np.exp(np.minimum(width, 700.0))
    low = np.where(inside, np.exp(log_s * spread), survival)
    high = np.where(inside, np.exp(log_s / spread), survival)
    out = []
    for q in quantiles:
        value, a, b = (_first(times, c, 1 - q + TOLERANCE) for c in (survival, low, high))
        if value is None:
            out.append(unreached(f"fewer than {q:.0%} can be seen to end"))
            continue
        se = (b - a) / (2 * z) if a is not None and b is not None else None
        out.append(Estimate(value, a, b, se, "ok" if b is not None else "not_reached"))
    return out


def _first(times: Ints, curve: Floats, level: float) -> float | None:
    below = np.flatnonzero(curve <= level)
    return float(times[below[0]]) if len(below) else None
