"""Continuous laws in standard form (loc 0, scale 1), under their names in `scipy.stats`.

The usual ones are closed forms or functions of `scipy.special`; `scipy.stats`, which takes most of
a second to load, is asked only for the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Curve: TypeAlias = Callable[..., Any]
"""(values, *shapes) → values."""


@dataclass(frozen=True)
class Continuous:
    """A continuous law: functions of an array and the shapes.

    `quantile`, `upper`: the value at a chance from below, and from above (both exact near 0);
    `below`, `above`: the chance of less and of more than a value; `mean`, `support`: functions of
    the shapes; `is_valid`: whether the shapes are allowed.
    """

    name: str
    shapes: tuple[str, ...]
    quantile: Curve
    upper: Curve
    below: Curve
    above: Curve
    mean: Callable[..., float]
    support: Callable[..., tuple[float, float]]
    is_valid: Callable[..., bool]


def _positive(*shapes: float) -> bool:
    return all(s > 0 for s in shapes)


def _above_zero(*_: float) -> tuple[float, float]:
    return 0.0, math.inf


def _of_positive(curve: Curve) -> Curve:
    """A function of values above 0, for any value."""
    return lambda z, *shapes: curve(np.maximum(z, 0.0), *shapes)


def _expon() -> Continuous:
    return Continuous(
        "expon", (),
        lambda p: -np.log1p(-p), lambda p: -np.log(p),
        _of_positive(lambda z: -np.expm1(-z)), _of_positive(lambda z: np.exp(-z)),
        lambda: 1.0, _above_zero, _positive,
    )  # fmt: skip


def _uniform() -> Continuous:
    return Continuous(
        "uniform", (), lambda p: p, lambda p: 1 - p,
        lambda z: np.clip(z, 0.0, 1.0), lambda z: 1 - np.clip(z, 0.0, 1.0),
        lambda: 0.5, lambda: (0.0, 1.0), _positive,
    )  # fmt: skip


def _norm() -> Continuous:
    from scipy.special import ndtr, ndtri

    return Continuous(
        "norm", (), ndtri, lambda p: -ndtri(p), ndtr, lambda z: ndtr(-z),
        lambda: 0.0, lambda: (-math.inf, math.inf), _positive,
    )  # fmt: skip


def _lognorm() -> Continuous:
    from scipy.special import ndtr, ndtri

    def log(z: Any) -> Any:
        with np.errstate(divide="ignore"):
            return np.log(z)

    return Continuous(
        "lognorm", ("s",),
        lambda p, s: np.exp(s * ndtri(p)), lambda p, s: np.exp(-s * ndtri(p)),
        _of_positive(lambda z, s: ndtr(log(z) / s)), _of_positive(lambda z, s: ndtr(-log(z) / s)),
        lambda s: math.exp(s * s / 2), _above_zero, _positive,
    )  # fmt: skip


def _gamma() -> Continuous:
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    return Continuous(
        "gamma", ("a",), lambda p, a: gammaincinv(a, p), lambda p, a: gammainccinv(a, p),
        _of_positive(lambda z, a: gammainc(a, z)), _of_positive(lambda z, a: gammaincc(a, z)),
        lambda a: a, _above_zero, _positive,
    )  # fmt: skip


def _weibull() -> Continuous:
    return Continuous(
        "weibull_min", ("c",),
        lambda p, c: (-np.log1p(-p)) ** (1 / c), lambda p, c: (-np.log(p)) ** (1 / c),
        _of_positive(lambda z, c: -np.expm1(-(z**c))), _of_positive(lambda z, c: np.exp(-(z**c))),
        lambda c: math.exp(min(math.lgamma(1 + 1 / c), 700.0)), _above_zero, _positive,
    )  # fmt: skip


def _triang() -> Continuous:
    def left(p: Any, c: float) -> Any:  # value below which lies p, and from above 1 - p
        return np.sqrt(c * p)

    def right(p: Any, c: float) -> Any:  # above which lies p
        return 1 - np.sqrt((1 - c) * p)

    def below(z: Any, c: float) -> Any:
        z = np.clip(z, 0.0, 1.0)
        return np.where(z < c, z * z / max(c, 1e-300), 1 - (1 - z) ** 2 / max(1 - c, 1e-300))

    return Continuous(
        "triang", ("c",),
        lambda p, c: np.where(p < c, left(p, c), right(1 - p, c)),
        lambda p, c: np.where(1 - p < c, left(1 - p, c), right(p, c)),
        below, lambda z, c: below(1 - np.asarray(z), 1 - c),
        lambda c: (1 + c) / 3, lambda _: (0.0, 1.0), lambda c: 0 <= c <= 1,
    )  # fmt: skip


def _beta() -> Continuous:
    from scipy.special import betainc, betaincc, betainccinv, betaincinv

    return Continuous(
        "beta", ("a", "b"),
        lambda p, a, b: betaincinv(a, b, p), lambda p, a, b: betainccinv(a, b, p),
        lambda z, a, b: betainc(a, b, np.clip(z, 0.0, 1.0)),
        lambda z, a, b: betaincc(a, b, np.clip(z, 0.0, 1.0)),
        lambda a, b: a / (a + b), lambda *_: (0.0, 1.0), _positive,
    )  # fmt: skip


def _pareto() -> Continuous:
    return Continuous(
        "pareto", ("b",),
        lambda p, b: np.exp(-np.log1p(-p) / b), lambda p, b: p ** (-1 / b),
        lambda z, b: 1 - np.maximum(z, 1.0) ** -b, lambda z, b: np.maximum(z, 1.0) ** -b,
        lambda b: b / (b - 1) if b > 1 else math.inf, lambda _: (1.0, math.inf), _positive,
    )  # fmt: skip


def _fisk() -> Continuous:
    def below(z: Any, c: float) -> Any:
        with np.errstate(divide="ignore"):
            return 1 / (1 + np.maximum(z, 0.0) ** -c)

    return Continuous(
        "fisk", ("c",),
        lambda p, c: (p / (1 - p)) ** (1 / c), lambda p, c: ((1 - p) / p) ** (1 / c),
        below, lambda z, c: 1 / (1 + np.maximum(z, 0.0) ** c),
        lambda c: math.pi / c / math.sin(math.pi / c) if c > 1 else math.inf,
        _above_zero, _positive,
    )  # fmt: skip


_USUAL: dict[str, Callable[[], Continuous]] = {
    "expon": _expon, "uniform": _uniform, "norm": _norm, "lognorm": _lognorm, "gamma": _gamma,
    "erlang": _gamma, "weibull_min": _weibull, "triang": _triang, "beta": _beta,
    "pareto": _pareto, "fisk": _fisk,
}  # fmt: skip


@lru_cache(maxsize=256)
def continuous(name: str) -> Continuous | None:
    """The continuous law of this name, None if there is none."""
    if name in _USUAL:
        return _USUAL[name]()
    from scipy import stats

    law = getattr(stats, name, None)
    if not isinstance(law, stats.rv_continuous):
        return None

    def support(*shapes: float) -> tuple[float, float]:
        low, high = law.support(*shapes)
        return float(low), float(high)

    found = Continuous(
        name, tuple(law.shapes.split(", ")) if law.shapes else (),
        law.ppf, law.isf, law.cdf, law.sf, lambda *shapes: float(law.mean(*shapes)), support,
        lambda *shapes: not math.isnan(support(*shapes)[0]),
    )  # fmt: skip
    if type(law)._ppf is not stats.rv_continuous._ppf:
        return found
    return replace(found, quantile=_where(found, below=True), upper=_where(found, below=False))


def _where(law: Continuous, *, below: bool) -> Curve:
    """Where the chances from below (or above) are as given, by halving, for all at once.

    `scipy.stats` would look for one root after another, which takes a hundred times longer.
    """

    def is_under(x: Floats, p: Floats, shapes: tuple[float, ...]) -> Any:
        return law.below(x, *shapes) < p if below else law.above(x, *shapes) > p

    def where(p: Floats, *shapes: float) -> Floats:
        low, high = law.support(*shapes)
        a = np.full(np.shape(p), low if math.isfinite(low) else min(high, 0.0) - 1)
        b = np.full(np.shape(p), high if math.isfinite(high) else max(low, 0.0) + 1)
        for reach in np.exp2(np.arange(1.0, 1000.0)):  # wider, until all lie between
            left = ~is_under(a, p, shapes) & (not math.isfinite(low))
            right = is_under(b, p, shapes) & (not math.isfinite(high))
            if not (left.any() or right.any()):
                break
            a, b = np.where(left, a - reach, a), np.where(right, b + reach, b)
        for _ in range(100):
            middle = (a + b) / 2
            under = is_under(middle, p, shapes)
            a, b = np.where(under, middle, a), np.where(under, b, middle)
        return np.asarray((a + b) / 2, np.float64)

    return where


def names() -> tuple[str, ...]:
    """The names of all continuous laws."""
    from scipy import stats

    return tuple(n for n in dir(stats) if isinstance(getattr(stats, n), stats.rv_continuous))
