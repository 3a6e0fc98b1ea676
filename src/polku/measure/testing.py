"""Tests between groups and measurements: tail probabilities, differences, Holm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from polku.measure.estimate import Estimate, normal_quantile


@dataclass(frozen=True)
class TestResult:
    """A test statistic, its degrees of freedom and p; null where there is nothing to test."""

    chi2: float | None
    df: int
    p: float | None
    note: str = ""

    __test__ = False  # its name makes test runners look for tests in it


def chi2_tail(x: float, df: int) -> float:
    """P(chi-squared with `df` degrees of freedom > x).

    Finite sums for whole degrees of freedom (Abramowitz and Stegun 26.4.4–5).

    >>> round(chi2_tail(3.841459, 1), 4)
    0.05
    """
    if x <= 0 or df <= 0:
        return 1.0
    half = x / 2
    if df % 2 == 0:
        log_term, power, total = -half, 0.0, 0.0
        steps = range(df // 2)
    else:
        total = math.erfc(math.sqrt(half))
        power, log_term = 0.5, -half + 0.5 * math.log(half) - math.lgamma(1.5)
        steps = range((df - 1) // 2)
    for _ in steps:
        total += math.exp(log_term)
        power += 1
        log_term += math.log(half) - math.log(power)
    return min(total, 1.0)


def two_sided(z: float) -> float:
    """The two-sided p of a standard normal deviate."""
    return math.erfc(abs(z) / math.sqrt(2))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment (1979); a null stays null and does not count.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    out: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, i) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        out[i] = largest
    return out


@dataclass(frozen=True)
class Difference:
    """A difference (second − first) or ratio (second ÷ first) with interval and p.

    `detectable` is the smallest difference that would have been shown in 8 of 10 times.
    """

    value: float | None
    low: float | None
    high: float | None
    se: float | None
    p: float | None
    detectable: float | None
    note: str = ""


def difference(first: Estimate, second: Estimate, confidence: float = 0.95) -> Difference:
    """The difference of two independent estimates.

    The interval joins the two intervals by squares ("MOVER": Zou and Donner 2008), so it keeps
    their asymmetry; p is the two-sided normal one of difference ÷ standard error.
    A side that is not reached gives nulls and a note.
    """
    if first.value is None or second.value is None:
        return Difference(None, None, None, None, None, None, _unreached(first, second))
    value = second.value - first.value
    low = high = se = p = detectable = None
    if second.low is not None and first.high is not None:
        low = value - math.hypot(second.value - second.low, first.high - first.value)
    if second.high is not None and first.low is not None:
        high = value + math.hypot(second.high - second.value, first.value - first.low)
    if first.se is not None and second.se is not None:
        se = math.hypot(first.se, second.se)
        detectable = (normal_quantile(confidence) + normal_quantile(0.6)) * se
        p = two_sided(value / se) if se > 0 else (1.0 if value == 0 else 0.0)
    note = "" if low is not None and high is not None else _unreached(first, second)
    return Difference(value, low, high, se, p, detectable, note)


def ratio(first: Estimate, second: Estimate, confidence: float = 0.95) -> Difference:
    """The ratio second ÷ first of two independent positive estimates, as `difference` of logs."""
    if not first.value or not second.value or first.value < 0 or second.value < 0:
        note = _unreached(first, second) or "a ratio needs two figures above 0"
        return Difference(None, None, None, None, None, None, note)
    d = difference(_logged(first), _logged(second), confidence)

    def up(x: float | None) -> float | None:
        return None if x is None else math.exp(min(x, 700.0))

    value = second.value / first.value
    se = None if d.se is None else value * d.se
    return Difference(value, up(d.low), up(d.high), se, d.p, up(d.detectable), d.note)


def _logged(e: Estimate) -> Estimate:
    def log(x: float | None) -> float | None:
        return math.log(x) if x is not None and x > 0 else None

    se = None if e.se is None or not e.value else e.se / e.value
    return Estimate(log(e.value), log(e.low), log(e.high), se, e.status, e.note)


def _unreached(first: Estimate, second: Estimate) -> str:
    sides = [n for n, e in (("first", first), ("second", second)) if e.status == "not_reached"]
    return f"the {' and the '.join(sides)} figure is not reached" if sides else ""
