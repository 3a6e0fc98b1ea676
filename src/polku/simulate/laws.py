"""Laws of chance: whether they are sound, their values and means, and their tables for the engine.

A law is first resolved into parts with weights: samples, lines (between quantiles) and curves
(continuous laws), all in µs (laws of time) or plain numbers. A mixture takes its parts one after
another along the unit interval, so that its atoms and leaps stay exactly where they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.simulate.continuous import Continuous, continuous, names
from polku.simulate.engine.draws import FIXED, LEAST, LINES, PARTS, SAMPLE, TABLE, knots
from polku.simulate.scenario import UNITS, Law

Floats: TypeAlias = npt.NDArray[np.float64]

OWN_LAWS = ("fixed", "empirical", "quantiles", "mixture")
"""Laws that `scipy.stats` does not have."""

LONGEST = 2.0**61
"""µs (73,000 years): a longer time is as if it never ended, and whole numbers must hold sums."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Values (in order) with equal chances."""

    values: Floats

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return float(self.values[0]), float(self.values[-1])

    def cut(self, low: float, high: float) -> tuple[float, Sample]:
        """The chance to lie between `low` and `high`, and the part given that it does."""
        kept = self.values[(self.values >= low) & (self.values <= high)]
        return len(kept) / len(self.values), replace(self, values=kept)

    def at(self, u: Floats, _: Floats) -> Floats:
        """The values at chances `u` from below (and 1 − u from above)."""
        n = len(self.values)
        return self.values[np.minimum((u * n).astype(np.int64), n - 1)]

    def mean(self) -> float:
        """The mean."""
        return float(self.values.mean())

    def packed(self) -> tuple[int, Floats]:
        """Kind and values as the engine draws from them."""
        return (FIXED if len(self.values) == 1 else SAMPLE), self.values


@dataclass(frozen=True, eq=False)
class Lines:
    """Values at chances from 0 to 1, between them linear; the same chance twice is a leap."""

    chances: Floats
    values: Floats

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest value."""
        return float(self.values[0]), float(self.values[-1])

    def cut(self, low: float, high: float) -> tuple[float, Lines]:
        """The chance to lie between `low` and `high`, and the part given that it does."""
        c, v = self.chances, self.values
        if v[0] > high or v[-1] < low:
            return 0.0, self
        inside = (v >= low) & (v <= high)
        points = [(c[inside], v[inside])]
        if v[0] < low:
            k = int(np.searchsorted(v, low))
            a = c[k - 1] + (low - v[k - 1]) / (v[k] - v[k - 1]) * (c[k] - c[k - 1])
            points.insert(0, (np.array([a]), np.array([low])))
        if v[-1] > high:
            k = int(np.searchsorted(v, high, "right"))
            b = c[k - 1] + (high - v[k - 1]) / (v[k] - v[k - 1]) * (c[k] - c[k - 1])
            points.append((np.array([b]), np.array([high])))
        chances, values = (np.concatenate(x) for x in zip(*points, strict=True))
        mass = float(chances[-1] - chances[0])
        if mass <= 0:
            return 0.0, self
        return mass, Lines((chances - chances[0]) / mass, values)

    def at(self, u: Floats, _: Floats) -> Floats:
        """The values at chances `u` from below (and 1 − u from above)."""
        c, v = self.chances, self.values
        i = np.clip(np.searchsorted(c, u, "right") - 1, 0, len(c) - 2)
        wide = c[i + 1] - c[i]
        part = np.divide(u - c[i], wide, out=np.ones_like(u), where=wide > 0)
        out: Floats = v[i] + np.clip(part, 0.0, 1.0) * (v[i + 1] - v[i])
        return out

    def mean(self) -> float:
        """The mean."""
        return float(np.diff(self.chances) @ (self.values[1:] + self.values[:-1])) / 2

    def packed(self) -> tuple[int, Floats]:
        """Kind and values as the engine draws from them."""
        return LINES, np.concatenate([self.chances, self.values])


@dataclass(frozen=True, eq=False)
class Curve:
    """A continuous law, moved and stretched, perhaps cut.

    `below`, `above`: the chances of less, and of more, than each of the two ends of what is left
    of it; `most`: larger values are taken for this one.
    """

    law: Continuous
    shapes: tuple[float, ...]
    loc: float
    scale: float
    ends: tuple[float, float]
    below: tuple[float, float] = (0.0, 1.0)
    above: tuple[float, float] = (1.0, 0.0)
    most: float = math.inf

    @property
    def mass(self) -> float:
        """The chance of what is left of it."""
        if self.below[0] > 0.5:
            return self.above[0] - self.above[1]
        return self.below[1] - self.below[0]

    def cut(self, low: float, high: float) -> tuple[float, Curve]:
        """The chance to lie between `low` and `high`, and the part given that it does."""
        ends = (max(low, self.ends[0]), min(high, self.ends[1]))
        if ends[0] >= ends[1]:
            return 0.0, self
        below, above = list(self.below), list(self.above)
        for i in range(2):
            if ends[i] != self.ends[i]:
                z = np.array([(ends[i] - self.loc) / self.scale])
                below[i] = float(self.law.below(z, *self.shapes)[0])
                above[i] = float(self.law.above(z, *self.shapes)[0])
        out = replace(
            self, ends=ends, below=(below[0], below[1]), above=(above[0], above[1])
        )  # fmt: skip
        return out.mass / self.mass, out

    def at(self, u: Floats, v: Floats) -> Floats:
        """The values at chances `u` from below, `v` = 1 − u from above."""
        below = self.below[0] * v + self.below[1] * u
        above = self.above[0] * v + self.above[1] * u
        z, lower = np.empty_like(below), below <= above
        with np.errstate(all="ignore"):
            z[lower] = self.law.quantile(below[lower], *self.shapes)
            z[~lower] = self.law.upper(above[~lower], *self.shapes)
            out = np.clip(self.loc + self.scale * z, *self.ends)
        return np.minimum(out, self.most)

    def mean(self) -> float:
        """The mean; of a law that is cut by quadrature of its quantile function."""
        whole = self.loc + self.scale * float(self.law.mean(*self.shapes))
        if self.below == (0.0, 1.0) and self.above == (1.0, 0.0):
            return whole
        for end, sign in enumerate((-1, 1)):
            if math.isinf(self.ends[end]) and not math.isfinite(whole):
                return sign * math.inf
        p, weight = _quadrature()
        return float(weight @ (self.at(p, 1 - p) + self.at(1 - p, p)))

    def packed(self) -> tuple[int, Floats]:
        """Kind and values as the engine draws from them.

        A line through the knots lies above a convex curve, by h²q″/12 on average over a cell h
        wide; the knots are lowered by as much, so the mean is right to the fourth order.
        """
        p = knots()[:-1]
        lower, upper = self.at(p, 1 - p), self.at(1 - p, p)
        q = np.concatenate([lower, upper[-2::-1]])
        h = np.diff(p)
        h = np.concatenate([h, h[::-1]])
        slope = np.diff(q) / h
        bend = h[:-1] * h[1:] / 6 * np.diff(slope) / (h[:-1] + h[1:])
        fine = q.copy()
        fine[1:-1] -= bend
        fine = np.maximum.accumulate(np.clip(fine, q[0], q[-1]))
        n = len(p)
        left, right = fine[:n], fine[: n - 2 : -1]
        return TABLE, np.concatenate([left, left[-1:], right, right[-1:]])


Leaf: TypeAlias = Sample | Lines | Curve


@lru_cache(maxsize=1)
def _quadrature() -> tuple[Floats, Floats]:
    """Chances below ½ and their weights: Gauss-Legendre in each octave (and below the least)."""
    x, w = np.polynomial.legendre.leggauss(12)
    low = np.exp2(np.arange(-80.0, -1.0))[:, None]
    p = np.append((low * (1 + (x + 1) / 2)).ravel(), 2.0**-81)
    return p, np.append((low * w / 2).ravel(), 2.0**-80)


class _WrongLawError(Exception):
    """What is wrong with a law, without the place."""


@dataclass(frozen=True, eq=False)
class _Resolved:
    """Parts one after another: `stops` f8[n], the cumulated weights, the last is 1."""

    stops: Floats
    leaves: tuple[Leaf, ...]

    @property
    def weights(self) -> Floats:
        return np.diff(self.stops, prepend=0.0)


@lru_cache(maxsize=4096)
def _resolved(law: Law) -> _Resolved:
    """The parts of a law, in µs or plain numbers. Raises `_WrongLawError`."""
    found = [(w, leaf) for w, leaf in _leaves(law) if w > 0]
    least = min(leaf.ends[0] for _, leaf in found)
    if least < 0 and _is_time(law):
        unit = law.unit or "minutes"
        told = f" ({least / UNITS[unit]:g} {unit})" if math.isfinite(least) else ""
        raise _WrongLawError(
            f"{law.name} can give a time below 0{told}; cut it with low: 0, or take another law"
        )
    for _, leaf in found:
        if isinstance(leaf, Curve):
            _finite(leaf)
    weights = np.array([w for w, _ in found])
    stops = np.cumsum(weights) / weights.sum()
    stops[-1] = 1.0
    return _Resolved(stops, tuple(leaf for _, leaf in found))


def _leaves(law: Law) -> list[tuple[float, Leaf]]:
    if law.unit is not None and law.unit not in UNITS:
        raise _WrongLawError(f"unit {law.unit!r} is not known; {nearest(law.unit, UNITS)}")
    numbers = (*law.values, *law.chances, *law.shapes, law.loc, law.scale)
    bounds = tuple(b for b in (law.low, law.high) if b is not None)
    if not all(math.isfinite(x) for x in (*numbers, *bounds)):
        raise _WrongLawError(f"{law.name} has a number that is not finite; write a number")
    unit = 1.0 if law.unit is None else UNITS[law.unit]
    match law.name:
        case "fixed" | "empirical":
            found: list[tuple[float, Leaf]] = [(1.0, _sample(law, unit))]
        case "quantiles":
            found = [(1.0, _lines(law, unit))]
        case "mixture":
            found = _mixture(law)
        case "uniform":
            _parameters(law, 0, "")
            ends = np.array([law.loc, law.loc + law.scale]) * unit
            found = [(1.0, Lines(np.array([0.0, 1.0]), ends))]
        case _:
            found = [(1.0, _curve(law, unit))]
    if bounds:
        low = -math.inf if law.low is None else law.low * unit
        high = math.inf if law.high is None else law.high * unit
        cut = [(w, leaf.cut(low, high)) for w, leaf in found]
        found = [(w * mass, leaf) for w, (mass, leaf) in cut if w * mass > 0]
        if not found:
            told = " and ".join(f"{b:g}" for b in bounds)
            raise _WrongLawError(
                f"{law.name} gives nothing within its bound {told}; widen low and high"
            )
    return found


def _is_time(law: Law) -> bool:
    return any(map(_is_time, law.parts)) if law.name == "mixture" else law.unit is not None


def _sample(law: Law, unit: float) -> Sample:
    if law.name == "fixed" and len(law.values) != 1:
        raise _WrongLawError(f"fixed has {len(law.values)} values; write one")
    if not law.values:
        raise _WrongLawError("empirical has no values; write the sample")
    return Sample(np.sort(np.array(law.values, np.float64)) * unit)


def _lines(law: Law, unit: float) -> Lines:
    chances, values = np.array(law.chances, np.float64), np.array(law.values, np.float64)
    if len(chances) != len(values) or len(values) < 2:
        raise _WrongLawError(
            f"quantiles has {len(values)} values at {len(chances)} chances; write as many of both, "
            "two or more"
        )
    if chances[0] != 0 or chances[-1] != 1:
        raise _WrongLawError(
            f"quantiles runs from chance {chances[0]:g} to {chances[-1]:g}; begin at 0, end at 1"
        )
    for told, x in (("chance", chances), ("value", values)):
        falls = np.flatnonzero(np.diff(x) < 0)
        if len(falls):
            i = int(falls[0]) + 1
            raise _WrongLawError(
                f"quantiles: {told} {x[i]:g} follows {x[i - 1]:g}; put them in order"
            )
    return Lines(chances, values * unit)


def _mixture(law: Law) -> list[tuple[float, Leaf]]:
    if not law.parts or len(law.parts) != len(law.chances):
        raise _WrongLawError(
            f"mixture has {len(law.parts)} parts and {len(law.chances)} weights; write a weight "
            "for each part"
        )
    if min(law.chances) < 0 or sum(law.chances) <= 0:
        raise _WrongLawError(
            f"mixture has the weights {', '.join(f'{c:g}' for c in law.chances)}; none may be "
            "negative, and one must be above 0"
        )
    timed = {_is_time(part) for part in law.parts}
    if len(timed) > 1:
        raise _WrongLawError(
            "mixture has parts with and without a unit; give all or none of them one"
        )
    if (law.low is not None or law.high is not None) and (law.unit is not None) not in timed:
        raise _WrongLawError(
            f"mixture is cut in unit {law.unit}, its parts are not; give it theirs"
        )
    total = sum(law.chances)
    out: list[tuple[float, Leaf]] = []
    for i, (weight, part) in enumerate(zip(law.chances, law.parts, strict=True)):
        try:
            inner = _leaves(part)
        except _WrongLawError as e:
            raise _WrongLawError(f"part {i + 1}: {e}") from None
        whole = sum(w for w, _ in inner)
        out.extend((weight / total * w / whole, leaf) for w, leaf in inner)
    return out


def _parameters(law: Law, n: int, told: str) -> None:
    if len(law.shapes) != n:
        raise _WrongLawError(
            f"{law.name} has {len(law.shapes)} shapes; it takes {n}{told}, in order"
        )
    if law.scale <= 0:
        raise _WrongLawError(f"{law.name} has scale {law.scale:g}; write one above 0")


def _curve(law: Law, unit: float) -> Curve:
    known = continuous(law.name)
    if known is None:
        raise _WrongLawError(
            f"law {law.name!r} is not known; {nearest(law.name, (*OWN_LAWS, *names()))}"
        )
    _parameters(law, len(known.shapes), f" ({', '.join(known.shapes)})" if known.shapes else "")
    if not known.is_valid(*law.shapes):
        shown = ", ".join(f"{s:g}" for s in law.shapes)
        raise _WrongLawError(
            f"{law.name} cannot have the shapes {shown}; see scipy.stats.{law.name}"
        )
    loc, scale = law.loc * unit, law.scale * unit
    low, high = known.support(*law.shapes)
    most = math.inf if law.unit is None else LONGEST
    return Curve(known, law.shapes, loc, scale, (loc + scale * low, loc + scale * high), most=most)


def _finite(leaf: Curve) -> None:
    u = np.array([LEAST, 1e-6, 0.25, 0.5, 0.75, 1 - 1e-6, 1 - LEAST])
    at = replace(leaf, most=math.inf).at(u, 1 - u)
    if not np.isfinite(at).all():
        i = int(np.flatnonzero(~np.isfinite(at))[0])
        raise _WrongLawError(
            f"{leaf.law.name} has no finite value at the chance {u[i]:g}; change its shapes or "
            "cut it with low and high"
        )


def _sound(law: Law, place: str = "") -> _Resolved:
    try:
        return _resolved(law)
    except _WrongLawError as e:
        raise ScenarioError(f"{place or 'law'}: {e}") from None


def check_law(law: Law, place: str) -> None:
    """Raise `ScenarioError`, which begins with `place`, if a law cannot be drawn from.

    So if its name or unit is not known (the nearest is suggested), parameters are missing, out of
    order or range, a time could be negative, or a value is not finite.

    >>> from polku.simulate.scenario import Law
    >>> check_law(Law("lognorn", shapes=(0.5,)), "check.work")
    Traceback (most recent call last):
    polku.errors.ScenarioError: check.work: law 'lognorn' is not known; did you mean 'lognorm'?
    """
    _sound(law, place)


def quantile(law: Law, u: npt.ArrayLike) -> Floats:
    """The values of a law at random numbers `u` in (0, 1): µs for times; in the shape of `u`.

    Exact where the engine's tables are near. For a mixture these are the values of the parts one
    after another, each in order; for any other law its quantile function. Raises `ScenarioError`.
    """
    u = np.asarray(u, np.float64)
    shape, u = u.shape, u.ravel()
    r = _sound(law)
    if len(r.leaves) == 1:
        return r.leaves[0].at(u, 1 - u).reshape(shape)
    out = np.empty_like(u)
    part = np.minimum(np.searchsorted(r.stops, u, "right"), len(r.stops) - 1)
    starts, weights = np.concatenate([[0.0], r.stops[:-1]]), r.weights
    for i, leaf in enumerate(r.leaves):
        mine = part == i
        if mine.any():
            inside, rest = (u[mine] - starts[i]) / weights[i], (r.stops[i] - u[mine]) / weights[i]
            out[mine] = leaf.at(np.clip(inside, LEAST, 1), np.clip(rest, LEAST, 1))
    return out.reshape(shape)


@lru_cache(maxsize=4096)
def mean(law: Law) -> float:
    """The mean of a law (µs for times): closed form, or quadrature; ∞ if it has none.

    Raises `ScenarioError`.

    >>> from polku.simulate.scenario import Law
    >>> mean(Law("expon", scale=2.0, unit="seconds"))
    2000000.0
    """
    r = _sound(law)
    return math.fsum(w * leaf.mean() for w, leaf in zip(r.weights.tolist(), r.leaves, strict=True))


@lru_cache(maxsize=2048)
def table(law: Law) -> tuple[int, Floats]:
    """A law as the engine draws from it: kind and values (see `polku.simulate.engine.draws`).

    Kept, so that scenarios that share a law share its table; the array is read-only. Raises
    `ScenarioError`.
    """
    r = _sound(law)
    packed = [leaf.packed() for leaf in r.leaves]
    if len(packed) == 1:
        kind, values = packed[0]
    else:
        n = len(packed)
        begins = 1 + 3 * n + np.cumsum([0, *(len(v) for _, v in packed[:-1])])
        head = [np.array([n]), r.stops, begins, np.array([k for k, _ in packed])]
        kind, values = PARTS, np.concatenate([*head, *(v for _, v in packed)]).astype(np.float64)
    values = values.copy()
    values.flags.writeable = False
    return kind, values


def pack(laws: Sequence[Law]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int64], Floats]:
    """The tables of several laws one after another: `law_kind`, `law_at`, `law_values`."""
    tables = [table(law) for law in laws]
    kinds = np.array([k for k, _ in tables], np.int8)
    at = np.concatenate([[0], np.cumsum([len(v) for _, v in tables])]).astype(np.int64)
    return kinds, at, np.concatenate([np.zeros(0), *(v for _, v in tables)])
