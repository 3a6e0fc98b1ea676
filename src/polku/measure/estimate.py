"""One estimated figure with its interval, and the scales on which intervals are symmetric."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

Status = Literal["ok", "not_reached"]
Scale = Literal["plain", "log", "logit", "cloglog"]

LARGE = 2_000
"""From this many matters on, intervals come from influence functions; below, from draws."""


@dataclass(frozen=True)
class Estimate:
    """A figure, its 95 % interval and its standard error.

    `value`, `low`, `high` and `se` have the unit of the figure; `low`, `high` or `value` is null
    where the data do not reach it, and `status` is then `not_reached`. `note` says why or what to
    mind; `origin` says how the interval came about, `seed` with which seed if draws were used.
    """

    value: float | None
    low: float | None
    high: float | None
    se: float | None
    status: Status = "ok"
    note: str = ""
    origin: str = ""
    seed: int | None = None

    def times(self, factor: float) -> Estimate:
        """The same estimate in another unit: everything multiplied by a positive factor."""

        def scaled(x: float | None) -> float | None:
            return None if x is None else x * factor

        return replace(
            self,
            value=scaled(self.value),
            low=scaled(self.low),
            high=scaled(self.high),
            se=scaled(self.se),
        )

    def noting(self, note: str) -> Estimate:
        """The same estimate with a further note."""
        return replace(
            self, note=f"{self.note}; {note}" if self.note and note else self.note or note
        )


def unreached(note: str, origin: str = "") -> Estimate:
    """The estimate of a figure that the data do not reach."""
    return Estimate(None, None, None, None, "not_reached", note, origin)


def normal_quantile(confidence: float) -> float:
    """The two-sided normal quantile of a confidence level.

    >>> round(normal_quantile(0.95), 3)
    1.96
    """
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def interval(
    value: float, se: float, scale: Scale, confidence: float = 0.95
) -> tuple[float, float]:
    """A normal interval that is symmetric on the given scale (delta method).

    `log` is for figures above 0, `logit` and `cloglog` (log of −log of the complement) for shares.
    At the edge of the scale, or with a standard error of 0, it is the value itself.

    >>> [round(x, 3) for x in interval(0.9, 0.05, "logit")]
    [0.752, 0.964]
    """
    z = normal_quantile(confidence)
    if scale == "plain" or not se > 0:
        return value - z * se, value + z * se
    if scale == "log":
        if value <= 0:
            return value, value
        spread = math.exp(min(z * se / value, 700.0))
        return value / spread, value * spread
    if not 0 < value < 1:
        return value, value
    if scale == "logit":
        centre, width = math.log(value / (1 - value)), z * se / (value * (1 - value))
        return _expit(centre - width), _expit(centre + width)
    survival = 1 - value
    width = z * se / (survival * abs(math.log(survival)))
    spread = math.exp(min(width, 700.0))
    return 1 - survival ** (1 / spread), 1 - survival**spread


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0
