"""Shares of answers: Wilson's interval, net promoter score."""

from __future__ import annotations

import math

from polku.measure.estimate import Estimate, normal_quantile, unreached
from polku.shares import wilson_interval


def wilson(k: int, n: int, confidence: float = 0.95) -> Estimate:
    """A share `k` of `n` with Wilson's score interval (1927).

    >>> e = wilson(8, 10)
    >>> e.value, round(e.low, 3), round(e.high, 3)
    (0.8, 0.49, 0.943)
    """
    if n <= 0:
        return unreached("nobody answered", "Wilson")
    p, (low, high) = k / n, wilson_interval(k, n, confidence)
    return Estimate(p, low, high, math.sqrt(p * (1 - p) / n), "ok", "", "Wilson")


def net_promoter(promoters: int, detractors: int, n: int, confidence: float = 0.95) -> Estimate:
    """Net promoter score, −100 … 100: per cent promoters less per cent detractors.

    Variance (p + d − (p − d)²) ÷ n (Rocks 2016).

    >>> e = net_promoter(60, 20, 100)
    >>> e.value, round(e.low, 1), round(e.high, 1)
    (40.0, 24.3, 55.7)
    """
    if n <= 0:
        return unreached("nobody answered", "normal")
    p, d = promoters / n, detractors / n
    se = math.sqrt((p + d - (p - d) ** 2) / n)
    z = normal_quantile(confidence)
    low, high = max(p - d - z * se, -1.0), min(p - d + z * se, 1.0)
    return Estimate(100 * (p - d), 100 * low, 100 * high, 100 * se, "ok", "", "normal")
