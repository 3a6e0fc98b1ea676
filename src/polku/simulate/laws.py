"""Laws of chance: their quantiles, means, and the tables from which the engine draws.

The names, shapes, `loc` and `scale` of continuous laws are those of `scipy.stats`. The common ones
go by closed forms and `scipy.special`; `scipy.stats`, which takes long to load, is asked for the
others. A law that is cut (`low`, `high`) is the law given that it lies between: its cumulative
function is rescaled and no draw is replaced, so that nothing piles up at the ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.simulate.scenario import UNITS, Law

Floats = npt.NDArray[np.float64]

_OWN = ("fixed", "empirical", "quantiles", "mixture")


@dataclass(frozen=True)
class _Form:
    """A continuous law in its standard form (loc 0, scale 1), by its shapes.

    `below`: quantile at a chance, `above`: at a chance of being exceeded; `share`: the cumulative
    function; `mean`; `low`: its lower end; `shapes`: how many.
    """

    shapes: int
    below: Callable[..., Floats]
    above: Callable[..., Floats]
    share: Callable[..., Floats]
    mean: Callable[..., float]
    low: Callable[..., float]


@lru_cache(maxsize=64)
def _form(name: str) -> _Form | None:
    """The closed form of a common law; None for all others."""
    from scipy import special as sp

    def zero(*_: float) -> float:
        return 0.0

    def never(*_: float) -> float:
        return -math.inf

    forms = {
        "expon": lambda: _Form(
            0, lambda u: -np.log1p(-u), lambda v: -np.log(v),
            lambda x: -np.expm1(-np.maximum(x, 0)), lambda: 1.0, zero,
        ),
        "uniform": lambda: _Form(
            0, lambda u: u, lambda v: 1 - v, lambda x: np.clip(x, 0, 1), lambda: 0.5, zero
        ),
        "norm": lambda: _Form(
            0, sp.ndtri, lambda v: -sp.ndtri(v), sp.ndtr, lambda: 0.0, never
        ),
        "lognorm": lambda: _Form(
            1, lambda u, s: np.exp(s * sp.ndtri(u)), lambda v, s: np.exp(-s * sp.ndtri(v)),
            lambda x, s: sp.ndtr(np.log(np.maximum(x, 1e-300)) / s),
            lambda s: math.exp(s * s / 2), zero,
        ),
        "gamma": lambda: _Form(
            1, lambda u, a: sp.gammaincinv(a, u), lambda v, a: sp.gammainccinv(a, v),
            lambda x, a: sp.gammainc(a, np.maximum(x, 0)), lambda a: a, zero,
        ),
        "weibull_min": lambda: _Form(
            1, lambda u, c: (-np.log1p(-u)) ** (1 / c), lambda v, c: (-np.log(v)) ** (1 / c),
            lambda x, c: -np.expm1(-(np.maximum(x, 0) ** c)), lambda c: math.gamma(1 + 1 / c), zero,
        ),
        "beta": lambda: _Form(
            2, lambda u, a, b: sp.betaincinv(a, b, u), lambda v, a, b: 1 - sp.betaincinv(b, a, v),
            lambda x, a, b: sp.betainc(a, b, np.clip(x, 0, 1)), lambda a, b: a / (a + b), zero,
        ),
        "pareto": lambda: _Form(
            1, lambda u, b: (1 - u) ** (-1 / b), lambda v, b: v ** (-1 / b),
            lambda x, b: 1 - np.maximum(x, 1.0) ** -b,
            lambda b: b / (b - 1) if b > 1 else math.inf, lambda b: 1.0,  # noqa: ARG005
        ),
        "triang": lambda: _Form(
            1,
            lambda u, c: np.where(u < c, np.sqrt(c * u), 1 - np.sqrt((1 - c) * (1 - u))),
            lambda v, c: np.where(v < 1 - c, 1 - np.sqrt((1 - c) * v), np.sqrt(c * (1 - v))),
            _triangle, lambda c: (1 + c) / 3, zero,
        ),
    }  # fmt: skip
    return forms[name]() if name in forms else None


def _triangle(x: Floats, c: float) -> Floats:
    x = np.clip(x, 0, 1)
    rising = x * x / c if c > 0 else np.zeros_like(x)
    falling = 1 - (1 - x) ** 2 / (1 - c) if c < 1 else np.ones_like(x)
    return np.where(x < c, rising, falling)


@lru_cache(maxsize=256)
def _of_scipy(name: str) -> _Form | None:
    """A continuous law of `scipy.stats` that has no closed form here."""
    from scipy import stats

    law = getattr(stats, name, None)
    if not isinstance(law, stats.rv_continuous):
        return None
    inverts = type(law)._ppf is not stats.rv_continuous._ppf
    below = law.ppf if inverts else _inverse(law, law.cdf, 1.0)
    above = law.isf if inverts else _inverse(law, law.sf, -1.0)
    return _Form(
        law.numargs,
        below,
        above,
        law.cdf,
        lambda *s: float(law.mean(*s)),
        lambda *s: float(law.support(*s)[0]),
    )


def _inverse(law: Any, share: Callable[..., Floats], sign: float) -> Callable[..., Floats]:
    """Where a rising (sign 1) or falling (-1) share takes the values asked for, by halving.

    scipy looks for one root after the other; all at once takes a hundredth of the time.
    """

    def inverse(u: Floats, *shapes: float) -> Floats:
        low, high = (float(x) for x in law.support(*shapes))
        middle = float(law.mean(*shapes))
        reach = float(law.std(*shapes))
        middle, reach = (x if math.isfinite(x) else 1.0 for x in (middle, reach))
        a = np.full(np.shape(u), low if math.isfinite(low) else middle - reach)
        b = np.full(np.shape(u), high if math.isfinite(high) else middle + reach)
        for _ in range(200):  # wider until every value lies between
            down = (sign * (share(a, *shapes) - u) > 0) & (not math.isfinite(low))
            up = (sign * (share(b, *shapes) - u) < 0) & (not math.isfinite(high))
            if not (down.any() or up.any()):
                break
            a = np.where(down, middle - 2 * (middle - a), a)
            b = np.where(up, middle + 2 * (b - middle), b)
        for _ in range(100):
            centre = (a + b) / 2
            right = sign * (share(centre, *shapes) - u) < 0
            a, b = np.where(right, centre, a), np.where(right, b, centre)
        return np.asarray((a + b) / 2, np.float64)

    return inverse


def _standard(law: Law, place: str = "law") -> _Form:
    found = _form(law.name) or _of_scipy(law.name)
    if found is None:
        known = (*_OWN, "expon", "lognorm", "gamma", "norm", "uniform", "weibull_min", "triang",
                 "beta", "pareto")  # fmt: skip
        raise ScenarioError(
            f"{place}: law {law.name!r} is not known; {nearest(law.name, known)}, or use any "
            "continuous law of scipy.stats"
        )
    return found


def unit_of(law: Law) -> float:
    """µs of the law's unit; 1 for a plain number."""
    if law.unit is None:
        return 1.0
    if law.unit not in UNITS:
        raise ScenarioError(f"law: unit {law.unit!r} is not known; {nearest(law.unit, UNITS)}")
    return UNITS[law.unit]


def check_law(law: Law, place: str, *, negative: bool = False) -> None:
    """Raise `ScenarioError` with this place for a law that cannot be drawn from.

    An unknown name, a wrong number of shapes, no values, weights that do not add up, values that
    are not finite, or, unless `negative`, values below zero.
    """
    if law.unit is not None and law.unit not in UNITS:
        raise ScenarioError(f"{place}: unit {law.unit!r} is not known; {nearest(law.unit, UNITS)}")
    for number in (*law.values, *law.chances, *law.shapes, law.loc, law.scale):
        if not math.isfinite(number):
            raise ScenarioError(f"{place}: {number} is no number; write a finite one")
    _CHECKS.get(law.name, _check_continuous)(law, place)
    low = lower_end(law)
    if low < 0 and not negative:
        raise ScenarioError(
            f"{place}: {law.name} can fall below zero (its lower end is {low:g}); give `low` 0 or "
            "more, by which the law is cut"
        )


def _check_fixed(law: Law, place: str) -> None:
    if len(law.values) != 1:
        raise ScenarioError(f"{place}: a fixed law has one value, found {len(law.values)}")


def _check_empirical(law: Law, place: str) -> None:
    if not _within(law, law.values):
        raise ScenarioError(f"{place}: an empirical law needs values; none lies between its ends")


def _check_quantiles(law: Law, place: str) -> None:
    v, p = law.values, law.chances
    if len(v) != len(p) or len(v) < 2:
        raise ScenarioError(f"{place}: quantiles need two or more points of a chance and a value")
    if p[0] != 0 or p[-1] != 1:
        raise ScenarioError(
            f"{place}: the chances go from {p[0]:g} to {p[-1]:g}, not from 0 to 1; mend the ends"
        )
    if list(p) != sorted(p) or list(v) != sorted(v):
        raise ScenarioError(
            f"{place}: chances and values of quantiles must ascend; sort the points"
        )


def _check_mixture(law: Law, place: str) -> None:
    if not law.parts or len(law.parts) != len(law.chances):
        raise ScenarioError(f"{place}: a mixture needs parts, each with its weight")
    if any(c < 0 for c in law.chances) or abs(sum(law.chances) - 1) > 1e-6:
        raise ScenarioError(
            f"{place}: the weights add up to {sum(law.chances):g}; they must add up to 1, none "
            "below 0"
        )
    for k, part in enumerate(law.parts):
        check_law(part, f"{place}.parts[{k}]", negative=True)


def _check_continuous(law: Law, place: str) -> None:
    form = _standard(law, place)
    if len(law.shapes) != form.shapes:
        raise ScenarioError(
            f"{place}: {law.name} takes {form.shapes} shapes, found {len(law.shapes)}"
        )
    if law.scale <= 0:
        raise ScenarioError(f"{place}: scale is {law.scale:g}; it must be above 0")
    if law.low is not None and law.high is not None and law.high <= law.low:
        raise ScenarioError(f"{place}: high is not above low; give a higher one")
    with np.errstate(all="ignore"):
        middle = float(_continuous(law, np.array([0.5]), np.array([0.5]))[0])
    if not math.isfinite(middle):
        raise ScenarioError(
            f"{place}: {law.name} with shapes {list(law.shapes)} gives no numbers between its ends"
        )


_CHECKS = {
    "fixed": _check_fixed, "empirical": _check_empirical, "quantiles": _check_quantiles,
    "mixture": _check_mixture,
}  # fmt: skip


def lower_end(law: Law) -> float:
    """The lowest value of a law, in its unit; -inf where there is none."""
    if law.name == "mixture":
        ends = [lower_end(p) * unit_of(p) for p, c in zip(law.parts, law.chances, strict=True) if c]
        low = min(ends) / unit_of(law)
    elif law.name in _OWN:
        low = min(law.values)
    else:
        low = law.loc + law.scale * _standard(law).low(*law.shapes)
    return low if law.low is None else max(low, law.low)


def _within(law: Law, values: Sequence[float]) -> list[float]:
    low = -math.inf if law.low is None else law.low
    high = math.inf if law.high is None else law.high
    return sorted(x for x in values if low <= x <= high)


def _continuous(law: Law, u: Floats, v: Floats) -> Floats:
    """Quantiles at u where u ≤ 0.5, else at 1 - v, of a continuous law, in its unit."""
    form = _standard(law)
    if law.low is not None or law.high is not None:
        ends = [
            float(form.share(np.array((x - law.loc) / law.scale), *law.shapes)) if x is not None
            else d for x, d in ((law.low, 0.0), (law.high, 1.0))
        ]  # fmt: skip
        mass = ends[1] - ends[0]
        if mass <= 0:
            return np.full(np.shape(u), math.nan)
        u, v = ends[0] + u * mass, (1 - ends[1]) + v * mass
    x = np.where(u <= 0.5, form.below(np.minimum(u, 0.5), *law.shapes),
                 form.above(np.minimum(v, 0.5), *law.shapes))  # fmt: skip
    x = law.loc + law.scale * x
    if law.low is not None:
        x = np.maximum(x, law.low)
    return np.asarray(x if law.high is None else np.minimum(x, law.high), np.float64)


def _parts(law: Law) -> list[tuple[float, Law]]:
    """The parts of a mixture with their weights, cut where the mixture is."""
    out = []
    for weight, part in zip(law.chances, law.parts, strict=True):
        if law.low is None and law.high is None:
            out.append((weight, part))
            continue
        ratio = unit_of(law) / unit_of(part)
        low = max(x for x in (part.low, None if law.low is None else law.low * ratio, -math.inf)
                  if x is not None)  # fmt: skip
        high = min(x for x in (part.high, None if law.high is None else law.high * ratio, math.inf)
                   if x is not None)  # fmt: skip
        cut = replace(part, low=None if low == -math.inf else low,
                      high=None if high == math.inf else high)  # fmt: skip
        out.append((weight * _mass(part, low, high), cut))
    total = sum(w for w, _ in out)
    if total <= 0:
        raise ScenarioError("law: nothing of the mixture lies between low and high; widen them")
    return [(w / total, p) for w, p in out if w > 0]


def _mass(law: Law, low: float, high: float) -> float:
    """The chance that a part lies between two values."""
    if law.name in ("fixed", "empirical"):
        return sum(low <= x <= high for x in law.values) / len(law.values)
    if law.name in ("quantiles", "mixture"):
        x = quantile(replace(law, unit=None), (np.arange(100_000) + 0.5) / 100_000)
        return float(((x >= low) & (x <= high)).mean())
    form = _standard(law)
    ends = [
        float(form.share(np.array((x - law.loc) / law.scale), *law.shapes))
        if math.isfinite(x) else (0.0 if x < 0 else 1.0) for x in (low, high)
    ]  # fmt: skip
    return max(0.0, ends[1] - ends[0])


def quantile(law: Law, u: Floats) -> Floats:
    """Values of a law at chances u in (0, 1): µs for a law of time, else plain numbers.

    For a mixture the chances of its parts lie one after the other: value and chance do not ascend
    together, but a uniform chance gives the right law.

    >>> quantile(Law("expon", scale=2, unit="hours"), np.array([0.5])) / 3.6e9
    array([1.38629436])
    """
    unit = unit_of(law)
    u = np.asarray(u, np.float64)
    if law.name == "fixed":
        return np.full(u.shape, law.values[0] * unit)
    if law.name == "empirical":
        values = np.array(_within(law, law.values))
        return values[np.minimum((u * len(values)).astype(np.int64), len(values) - 1)] * unit
    if law.name == "quantiles":
        return np.interp(u, law.chances, law.values) * unit
    if law.name == "mixture":
        out = np.empty(u.shape)
        low = 0.0
        parts = _parts(law)
        for k, (weight, part) in enumerate(parts):
            mine = (u >= low) & ((u < low + weight) | (k == len(parts) - 1))
            inside = np.clip((u[mine] - low) / weight, 2.0**-54, 1 - 2.0**-53)
            out[mine] = quantile(part, inside)
            low += weight
        return out
    with np.errstate(all="ignore"):
        return _continuous(law, u, 1 - u) * unit


@lru_cache(maxsize=8192)
def mean(law: Law) -> float:
    """The mean of a law: µs for a law of time, else a plain number; inf where there is none."""
    unit = unit_of(law)
    if law.name in ("fixed", "empirical"):
        values = _within(law, law.values)
        return math.fsum(values) / len(values) * unit
    if law.name == "quantiles":
        p, v = np.array(law.chances), np.array(law.values)
        return float(np.sum(np.diff(p) * (v[1:] + v[:-1]) / 2)) * unit
    if law.name == "mixture":
        return math.fsum(w * mean(p) for w, p in _parts(law))
    if law.low is None and law.high is None:
        return (law.loc + law.scale * _standard(law).mean(*law.shapes)) * unit
    x, w = np.polynomial.legendre.leggauss(12)
    total = 0.0
    for octave in range(60):
        a = 2.0 ** -(octave + 2)
        nodes = a * (1.5 + 0.5 * x)  # from a to 2a
        for lower in (True, False):
            u = nodes if lower else 1 - nodes
            v = 1 - nodes if lower else nodes
            total += float(np.sum(w * _continuous(law, u, v))) * a / 2
    return total * unit


@lru_cache(maxsize=8192)
def table(law: Law) -> tuple[int, Floats]:
    """How a law, no mixture, lies in the engine's tables: its kind and its values (`draws`)."""
    from polku.simulate.engine.draws import FIXED, POINTS, SAMPLE, TABLE, grid

    unit = unit_of(law)
    if law.name == "fixed":
        return FIXED, np.array([law.values[0] * unit])
    if law.name == "empirical":
        return SAMPLE, np.array(_within(law, law.values)) * unit
    if law.name == "quantiles":
        points = [len(law.values), *law.chances, *(x * unit for x in law.values)]
        return POINTS, np.array(points, np.float64)
    near = grid()
    with np.errstate(all="ignore"):
        low = _continuous(law, near, 1 - near)
        high = _continuous(law, 1 - near, near)
    values = np.concatenate([low, high]) * unit
    if not np.isfinite(values).all():
        raise ScenarioError(
            f"law: {law.name} with shapes {list(law.shapes)} gives numbers that are not finite; "
            "cut it with low and high"
        )
    return TABLE, values


def pack(laws: Sequence[Law]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int64], Floats]:
    """Laws as the engine's arrays `law_kind`, `law_at`, `law_values`; law k is number k.

    The parts of mixtures follow after the laws given.
    """
    from polku.simulate.engine.draws import PIECES

    every: list[Law] = list(laws)
    kinds: list[int] = []
    values: list[Floats] = []
    k = 0
    while k < len(every):
        law = every[k]
        k += 1
        if law.name != "mixture":
            kind, found = table(law)
            kinds.append(kind)
            values.append(found)
            continue
        parts = _parts(law)
        numbers = range(len(every), len(every) + len(parts))
        every += [p for _, p in parts]
        shares = np.cumsum([w for w, _ in parts])
        shares[-1] = 1.0
        kinds.append(PIECES)
        values.append(np.array([len(parts), *shares, *numbers], np.float64))
    at = np.concatenate([[0], np.cumsum([len(v) for v in values])]).astype(np.int64)
    return np.array(kinds, np.int8), at, np.concatenate([np.zeros(0), *values])
