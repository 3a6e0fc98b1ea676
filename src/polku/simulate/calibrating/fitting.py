"""Which law of chance a sample of times has: chosen by held-out likelihood, or kept empirical.

Half of the sample (every second value in the log's order) fits the candidates, the other half
judges them. A law is taken only when the held-out half cannot be told from it (Kolmogorov–Smirnov,
F. J. Massey, JASA 46, 1951); else the sample's own quantiles are kept. Values that come again and
again (a form's 5 minutes, no wait at all) are atoms of their own.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polku.simulate.scenario import Law, Origin

Floats = npt.NDArray[np.float64]

ATOM = 0.05
"""A value with at least this share of a sample is an atom."""
MOST_FITTED = 4_000
FEWEST_FITTED = 40
"""A smaller sample is kept as it is."""
_QUANTILES = np.concatenate([[0.0, 0.002, 0.005], np.linspace(0.01, 0.99, 99), [0.995, 0.998, 1.0]])
_DOUBT = 0.01
_MISSED = 0.1  # a law whose mean misses the sample's by more is not taken


@dataclass(frozen=True)
class Fitted:
    """A law with where it comes from."""

    law: Law
    origin: Origin


def fit(values: Floats, unit: str = "minutes", grain: float = 1 / 60) -> Fitted:
    """The law of a sample of times ≥ 0.

    `values` f8[n] in `unit`, in the log's order; `grain`: values that differ by less count as the
    same when atoms are looked for. Raises `ValueError` for an empty sample.
    """
    if not len(values):
        raise ValueError("no values to fit a law to")
    values = np.maximum(np.asarray(values, dtype=float), 0.0)
    n = len(values)
    atoms, rest = _atoms(values, grain)
    parts = [Law("fixed", (v,), unit=unit) for v, _ in atoms]
    shares = [k / n for _, k in atoms]
    said = []
    if len(rest):
        law, how = _continuous(rest, unit)
        parts.append(law)
        shares.append(len(rest) / n)
        said.append(how)
    if len(parts) == 1:
        note = f"{said[0]}" if said else "always the same"
        return Fitted(parts[0], Origin("measured", n, note))
    note = ", ".join(f"{v:.6g} {unit} in {k / n:.0%}" for v, k in atoms)
    note += f"; else {said[0]}" if said else ""
    law = Law("mixture", chances=tuple(shares), parts=tuple(parts), unit=unit)
    return Fitted(law, Origin("measured", n, note))


def _atoms(values: Floats, grain: float) -> tuple[list[tuple[float, int]], Floats]:
    """Values that come again and again, and the rest of the sample in its order."""
    n = len(values)
    cell = np.round(values / grain).astype(np.int64)
    _, inverse, counts = np.unique(cell, return_inverse=True, return_counts=True)
    least = max(ATOM * n, 5)
    often = counts >= least
    # a grid (whole minutes, say) is no set of atoms: they must stand out from their neighbours
    atoms = []
    for k in np.flatnonzero(often).tolist():
        near = counts[max(k - 3, 0) : k + 4]
        if counts[k] >= 3 * (near.sum() - counts[k]) / max(len(near) - 1, 1):
            atoms.append(k)
    mine = np.isin(inverse, atoms)
    found = [(float(np.median(values[inverse == k])), int(counts[k])) for k in atoms]
    left = values[~mine]
    if found and len(left) < max(0.01 * n, 1):
        left = left[:0]
    return found, left


def _continuous(values: Floats, unit: str) -> tuple[Law, str]:
    n = len(values)
    if n < FEWEST_FITTED:
        kept = tuple(float(v) for v in np.sort(values))
        if len(set(kept)) == 1:
            return Law("fixed", kept[:1], unit=unit), "always the same"
        return Law("empirical", kept, unit=unit), f"the {n} values themselves"
    best = _best(values)
    if best is not None:
        name, shapes, scale = best
        return Law(name, shapes=shapes, scale=scale, unit=unit), name
    return quantiles(values, unit), "its quantiles, for no law of chance fits"


def quantiles(values: Floats, unit: str) -> Law:
    """The sample's quantiles, denser at both ends."""
    at = np.quantile(values, _QUANTILES)
    return Law(
        "quantiles", tuple(float(v) for v in at), tuple(float(q) for q in _QUANTILES), unit=unit
    )


_Params = tuple[tuple[float, ...], float]


def _expon(v: Floats) -> _Params:
    return (), float(v.mean())


def _lognorm(v: Floats) -> _Params:
    logs = np.log(v)
    return (max(float(logs.std()), 1e-6),), float(np.exp(logs.mean()))


def _gamma(v: Floats) -> _Params:
    # T. P. Minka, Estimating a Gamma distribution (2002): a start, then Newton's method
    from scipy.special import digamma, polygamma

    s = math.log(v.mean()) - float(np.log(v).mean())
    if s <= 1e-9:
        return (1e6,), float(v.mean()) / 1e6
    a = (3 - s + math.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)
    for _ in range(20):
        step = (math.log(a) - float(digamma(a)) - s) / (1 / a - float(polygamma(1, a)))
        a = max(a - step, a / 2)
    return (a,), float(v.mean()) / a


def _weibull(v: Floats) -> _Params:
    logs = np.log(v)
    c = 1.2 / max(float(logs.std()), 1e-6)
    top = logs.max()
    for _ in range(40):
        power = np.exp(c * (logs - top))
        total = power.sum()
        mean = float((power * logs).sum() / total)
        second = float((power * logs * logs).sum() / total)
        f = mean - 1 / c - float(logs.mean())
        c = max(c - f / (second - mean * mean + 1 / c**2), c / 2)
    scale = math.exp(top + math.log(float(np.exp(c * (logs - top)).mean())) / c)
    return (c,), scale


def _norm(v: Floats) -> _Params:
    return (float(v.mean()),), max(float(v.std()), 1e-9)


_LAWS: tuple[tuple[str, Callable[[Floats], _Params]], ...] = (
    ("expon", _expon), ("gamma", _gamma), ("lognorm", _lognorm), ("weibull_min", _weibull),
)  # fmt: skip


def likelihood(known: Floats, new: Floats) -> Floats:
    """Log density of new values under the law of chance that fits known ones best, f8[n]."""
    from scipy import stats

    least = max(float(known[known > 0].min(initial=1.0)), 1e-3)
    known, new = np.maximum(known, least), np.maximum(new, least)
    best: tuple[float, Floats] | None = None
    with np.errstate(all="ignore"):
        for name, make in _LAWS:
            shapes, scale = make(known)
            law = getattr(stats, name)(*shapes, scale=scale)
            score = float(law.logpdf(known).mean())
            if math.isfinite(score) and (best is None or score > best[0]):
                best = score, np.maximum(law.logpdf(new), -30.0)
    return np.full(len(new), -30.0) if best is None else best[1]


def _best(values: Floats) -> tuple[str, tuple[float, ...], float] | None:
    """The law with the highest held-out likelihood, where the held-out half may be of it."""
    from scipy import stats

    if len(values) > MOST_FITTED:
        values = values[np.linspace(0, len(values) - 1, MOST_FITTED).astype(int)]
    least = max(float(values[values > 0].min(initial=1.0)), 1e-6)
    values = np.maximum(values, least)
    fitting, judging = values[::2], values[1::2]
    scores = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, make in _LAWS:
            shapes, scale = make(fitting)
            score = float(getattr(stats, name).logpdf(judging, *shapes, scale=scale).mean())
            if math.isfinite(score):
                scores.append((-score, len(shapes), name))
        if not scores:
            return None
        name = min(scores)[2]
        make = dict(_LAWS)[name]
        shapes, scale = make(fitting)
        distance = stats.kstest(judging, name, args=(*shapes, 0.0, scale))
        if distance.pvalue < _DOUBT:
            return None
        shapes, scale = make(values)
        mean = float(getattr(stats, name).mean(*shapes, scale=scale))
    if abs(mean - float(values.mean())) > _MISSED * float(values.mean()):
        return None  # a heavy tail that the sample does not show would rule every total
    return name, shapes, scale
