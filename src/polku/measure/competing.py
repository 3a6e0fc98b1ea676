"""Competing ends: Aalen–Johansen cumulative incidence, and shares among some of the ends."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from polku.measure.estimate import Estimate, interval, unreached
from polku.measure.recurrent import UNREACHED, RiskSet, influence, risk_note, risk_set
from polku.measure.survival import Floats, Groups, Times

ORIGIN = "Aalen–Johansen, influence functions"


def aalen_johansen(
    elapsed: Times,
    cause: npt.NDArray[np.int8],
    horizon: int,
    entry: Times | None = None,
    *,
    causes: int | None = None,
    strata: Groups | None = None,
    confidence: float = 0.95,
) -> list[Estimate]:
    """The share of matters that have ended in each way by the horizon.

    `elapsed` i64[n] µs; `cause` i8[n], 0 = not seen to end, else 1 … `causes`; `entry` as in
    `kaplan_meier`. F_k(h) = Σ_{u ≤ h} S(u−) dN_k(u) ÷ Y(u), interval symmetric on the scale of
    log(−log(1 − F)). Source: Aalen and Johansen 1978.

    >>> import numpy as np
    >>> ways = np.array([1, 2, 0, 1], np.int8)
    >>> [e.value for e in aalen_johansen(np.array([1, 2, 3, 4]), ways, 4)]
    [0.75, 0.25]
    """
    count = causes if causes is not None else int(cause.max(initial=0))
    risk = risk_set(elapsed, cause > 0, entry, horizon=horizon, strata=strata)
    if not risk.reached:
        return [unreached(UNREACHED, ORIGIN)] * count
    return [
        _share(*incidence(risk, cause == k), risk, confidence, "cloglog")
        for k in range(1, count + 1)
    ]


def cause_share(
    elapsed: Times,
    cause: npt.NDArray[np.int8],
    horizon: int,
    *,
    above: tuple[int, ...],
    below: tuple[int, ...] | None = None,
    entry: Times | None = None,
    strata: Groups | None = None,
    confidence: float = 0.95,
    risk: RiskSet | None = None,
) -> Estimate:
    """The share that ended in one of the ways `above` by the horizon.

    Of all matters, or, with `below` (which holds `above`), of those that ended in one of these
    ways: F_above(h) ÷ F_below(h), its variance from the influence functions of both (delta
    method), symmetric on the logit scale. `risk`: the risk set of the same times, where it is
    known. Other arguments as in `aalen_johansen`.
    """
    if risk is None:
        risk = risk_set(elapsed, cause > 0, entry, horizon=horizon, strata=strata)
    if not risk.reached:
        return unreached(UNREACHED, ORIGIN)
    top, psi = incidence(risk, np.isin(cause, above))
    if below is None:
        return _share(top, psi, risk, confidence, "cloglog")
    whole, psi_whole = incidence(risk, np.isin(cause, below))
    if whole <= 0:
        return unreached("no matter has ended in any of these ways yet", ORIGIN)
    value = min(top / whole, 1.0)
    return _share(value, (psi - value * psi_whole) / whole, risk, confidence, "logit", whole)


def incidence(risk: RiskSet, chosen: npt.NDArray[np.bool_]) -> tuple[float, Floats]:
    """The share of matters that close by the horizon and are `chosen` bool[n], with influences."""
    row = np.flatnonzero(chosen & risk.closes).astype(np.int32)
    return influence(risk, row, risk.leave[row])


def _share(
    value: float, psi: Floats, risk: RiskSet, confidence: float, scale: str, whole: float = 1.0
) -> Estimate:
    se = math.sqrt(float((psi * psi).sum()))
    low, high = share_interval(value, se, risk, confidence, scale, whole)
    return Estimate(min(max(value, 0.0), 1.0), low, high, se, "ok", risk_note(risk), ORIGIN)


def share_interval(
    value: float, se: float, risk: RiskSet, confidence: float, scale: str, whole: float = 1.0
) -> tuple[float, float]:
    """The interval of a share; at 0 or 1 the exact one of as many matters as were at risk last."""
    if 0 < value < 1 and se > 0:
        return interval(value, se, "logit" if scale == "logit" else "cloglog", confidence)
    seen = whole / float(risk.weight.max()) if risk.weight.max() > 0 else 1.0
    tail = ((1 - confidence) / 2) ** (1 / max(seen, 1.0))
    return (0.0, 1 - tail) if value <= 0 else (tail, 1.0)
