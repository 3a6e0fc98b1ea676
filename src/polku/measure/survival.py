"""Times with open matters: Kaplan–Meier, quantiles, restricted means, log-rank."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polku.measure.estimate import Estimate, interval, normal_quantile, unreached
from polku.measure.testing import TestResult, chi2_tail

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Groups = npt.NDArray[Any]

UNSEEN = 0.01
"""The share of matters that may lie beyond the follow-up before a figure counts as not reached."""

TOLERANCE = 1e-12
"""Products of (1 − d/Y) miss a round survival like 0.5 by a few units in the last place."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A survival curve: the share of matters that have not ended by each time.

    `times` i64[k] µs since arrival, the distinct times at which a matter ended or was last seen;
    `at_risk`, `ended` i64[k]; `survival` f64[k], just after each time; `greenwood` f64[k], the
    relative variance Var S ÷ S²; `low`, `high` f64[k], log-log bounds of the survival;
    `n` matters used; `starts_at` µs: with late entry the curve holds from here on;
    `left_out`: matters that were never seen at risk; `parts`: the curves by stratum, if any.
    """

    times: Times
    at_risk: npt.NDArray[np.int64]
    ended: npt.NDArray[np.int64]
    survival: Floats
    greenwood: Floats
    low: Floats
    high: Floats
    n: int
    starts_at: int = 0
    confidence: float = 0.95
    left_out: int = 0
    parts: tuple[Curve, ...] = ()

    @property
    def note(self) -> str:
        """What a reader of the curve has to know."""
        notes = []
        if self.starts_at:
            notes.append(
                f"late entry: the curve starts at {self.starts_at / 86_400e6:.1f} days, where "
                "enough matters are at risk"
            )
        if self.left_out:
            notes.append(f"{self.left_out} matters left out: never seen at risk")
        return "; ".join(notes)

    def quantile(self, q: float) -> Estimate:
        """The time by which a share `q` of the matters has ended, µs.

        The first t with S(t) ≤ 1 − q; its bounds are where the bounds of the curve get there
        (Brookmeyer and Crowley 1982, log-log). What is not reached is null. `se` is the width of
        the interval ÷ 2z.
        """
        level = 1 - q + TOLERANCE
        value, low, high = (
            self._first(self.survival, level), self._first(self.low, level),
            self._first(self.high, level),
        )  # fmt: skip
        notes = [self.note] if self.note else []
        if value is None:
            notes.append(f"fewer than {q:.0%} can be seen to end")
        elif high is None:
            notes.append("the upper bound is not reached")
        se = None
        if low is not None and high is not None:
            se = (high - low) / (2 * normal_quantile(self.confidence))
        status = "ok" if value is not None and high is not None else "not_reached"
        origin = "Kaplan–Meier, log-log"
        return Estimate(value, low, high, se, status, "; ".join(notes), origin)  # type: ignore[arg-type]

    def _first(self, curve: Floats, level: float) -> float | None:
        below = curve <= level
        first = int(below.argmax()) if len(below) else 0
        return float(self.times[first]) if len(below) and below[first] else None

    def at(self, time: int) -> Estimate:
        """The share not ended by `time` µs, with its log-log interval."""
        last = int(self.times[-1]) if len(self.times) else -1
        if not len(self.times) or (time > last and self.survival[-1] > 0):
            return unreached("no matter is seen that long", "Kaplan–Meier, log-log")
        k = int(np.searchsorted(self.times, time, side="right")) - 1
        if k < 0:
            return Estimate(1.0, 1.0, 1.0, 0.0, "ok", self.note, "Kaplan–Meier, log-log")
        s = float(self.survival[k])
        se = s * math.sqrt(float(self.greenwood[k])) if s > 0 else 0.0
        low, high = float(self.low[k]), float(self.high[k])
        return Estimate(s, low, high, se, "ok", self.note, "Kaplan–Meier, log-log")

    def at_risk_at(self, time: int) -> int:
        """How many matters were still open and in sight just before `time` µs."""
        k = int(np.searchsorted(self.times, time, side="left"))
        return int(self.at_risk[k]) if k < len(self.times) else 0


def numbered(groups: Groups) -> npt.NDArray[np.int64]:
    """The groups as numbers 0, 1, … in ascending order of their values, i64[n]."""
    if len(groups) and groups.dtype.kind in "iu":
        low, high = int(groups.min()), int(groups.max())
        if high - low < 1 << 16:  # small numbers need no sorting
            place = groups.astype(np.int64) - low
            known = np.bincount(place) > 0
            return (np.cumsum(known) - 1)[place]
    _, code = np.unique(groups, return_inverse=True)
    return code.astype(np.int64, copy=False)


def kaplan_meier(
    elapsed: Times,
    ended: Flags,
    entry: Times | None = None,
    *,
    strata: Groups | None = None,
    confidence: float = 0.95,
    least_at_risk: int = 10,
    down_to: float | None = None,
) -> Curve:
    """The Kaplan–Meier curve of the time to the end, with log-log Greenwood bounds.

    `elapsed` i64[n] µs from arrival to the end, or to the last moment of observation; `ended`
    bool[n]; `entry` i64[n] µs since arrival when observation of the matter began (≤ 0: from its
    arrival); `strata` any[n]: with it the curve is the mean of the strata's curves weighted by
    their share of the matters, which holds where their mix drifts.
    Ends precede censorings at equal times. Under late entry the curve starts where
    `least_at_risk` matters are at risk. `down_to`: the curve may stop where its upper bound has
    come down to this share, where it is not of strata.
    Source: Kaplan and Meier 1958; Kalbfleisch and Prentice 1980 for the bounds.

    >>> import numpy as np
    >>> curve = kaplan_meier(np.array([1, 2, 3, 4]), np.array([True, True, False, True]))
    >>> curve.survival.tolist()
    [0.75, 0.5, 0.5, 0.0]
    >>> curve.quantile(0.5).value
    2.0
    """
    if strata is not None:
        return _stratified(elapsed, ended, entry, strata, confidence, least_at_risk)
    left_out, starts_at = 0, 0
    if entry is not None and bool((entry > 0).any()):
        begun = np.where(entry > 0, entry, -1)
        seen = begun < elapsed
        left_out = int(len(seen) - np.count_nonzero(seen))
        elapsed, ended, begun = elapsed[seen], ended[seen], begun[seen]
    else:
        begun = None
    times, at_risk, ends = risk_table(elapsed, ended, begun)
    if begun is not None:
        enough = np.flatnonzero(at_risk >= least_at_risk)
        first = int(enough[0]) if len(enough) else len(times)
        if first:
            starts_at = int(times[min(first, len(times) - 1)])
        times, at_risk, ends = times[first:], at_risk[first:], ends[first:]
    survival, greenwood = product_limit(at_risk, ends)
    if down_to is not None and len(times):
        part = int(np.searchsorted(-survival, -0.9 * down_to)) + 1
        low, high = _log_log(survival[:part], greenwood[:part], confidence)
        if (high <= down_to).any():
            return Curve(
                times[:part], at_risk[:part], ends[:part], survival[:part], greenwood[:part],
                low, high, len(elapsed), starts_at, confidence, left_out,
            )  # fmt: skip
    low, high = _log_log(survival, greenwood, confidence)
    return Curve(
        times, at_risk, ends, survival, greenwood, low, high, len(elapsed), starts_at, confidence,
        left_out,
    )  # fmt: skip


def risk_table(
    elapsed: Times, ended: Flags, begun: Times | None
) -> tuple[Times, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Distinct exit times, the number at risk just before each, and the number that ended there."""
    n = len(elapsed)
    if n == 0:
        none = np.zeros(0, np.int64)
        return none, none, none
    # time and flag in one number: plain numbers sort several times faster than their order
    packed = (elapsed << 1) | ended
    if not (packed[1:] >= packed[:-1]).all():
        packed.sort()
    ordered = packed >> 1
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    times = ordered[first]
    packed &= 1
    ends = np.add.reduceat(packed, first)
    if begun is None:
        return times, n - first, ends
    entered = np.searchsorted(np.sort(begun), times, side="left")
    return times, entered - first, ends


def product_limit(
    at_risk: npt.NDArray[np.int64], ended: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Survival after each time and its relative variance by Greenwood's formula."""
    y, d = at_risk.astype(np.float64), ended.astype(np.float64)
    hazard = np.divide(d, y, out=np.zeros_like(y), where=y > 0)
    survival = np.cumprod(1.0 - hazard).astype(np.float64, copy=False)
    left = y * (y - d)
    step = np.divide(d, left, out=np.zeros_like(y), where=left > 0)
    return survival, np.cumsum(step)


def _log_log(survival: Floats, greenwood: Floats, confidence: float) -> tuple[Floats, Floats]:
    z = normal_quantile(confidence)
    inside = (survival > 0) & (survival < 1) & (greenwood > 0)
    log_s = np.log(survival, out=np.full_like(survival, -1.0), where=inside)
    spread = np.exp(np.minimum(z * np.sqrt(greenwood) / -log_s, 700.0))
    low = np.where(inside, np.exp(log_s * spread), survival)
    high = np.where(inside, np.exp(log_s / spread), survival)
    # After the last end the variance is unknown: the upper bound stays where it was.
    gone = survival <= 0
    if gone.any():
        k = int(np.argmax(gone))
        high[k:] = high[k - 1] if k else 1.0
    return low, high


def _stratified(
    elapsed: Times, ended: Flags, entry: Times | None, strata: Groups, confidence: float,
    least_at_risk: int,
) -> Curve:  # fmt: skip
    code = numbered(strata)
    parts = tuple(
        kaplan_meier(
            elapsed[m], ended[m], None if entry is None else entry[m],
            confidence=confidence, least_at_risk=least_at_risk,
        )
        for m in (code == s for s in range(int(code.max()) + 1 if len(code) else 0))
    )  # fmt: skip
    n = sum(p.n for p in parts)
    known = [p for p in parts if p.n and len(p.times)]
    if not known:
        none = np.zeros(0)
        whole = np.zeros(0, np.int64)
        return Curve(whole, whole, whole, none, none, none, none, n, 0, confidence, 0, parts)
    total = sum(p.n for p in known)
    times = np.unique(np.concatenate([p.times for p in known]))
    # Beyond the follow-up of a stratum the mixture is not known, but for a very small rest.
    rest = 0.0
    for p in sorted(known, key=lambda p: int(p.times[-1])):
        rest += p.n / total * float(p.survival[-1])
        if rest > UNSEEN:
            times = times[times <= p.times[-1]]
            break
    survival, variance, second = np.zeros(len(times)), np.zeros(len(times)), np.zeros(len(times))
    at_risk, ends = np.zeros(len(times), np.int64), np.zeros(len(times), np.int64)
    for p in known:
        share = p.n / total
        k = np.searchsorted(p.times, times, side="right")
        s = np.concatenate(([1.0], p.survival))[k]
        g = np.concatenate(([0.0], p.greenwood))[k]
        survival += share * s
        second += share * s * s
        variance += share**2 * s**2 * g
        before = np.searchsorted(p.times, times, side="left")
        at_risk += np.concatenate((p.at_risk, [0]))[before]
        hit = np.concatenate((p.times, [-1]))[before] == times
        ends += np.where(hit, np.concatenate((p.ended, [0]))[before], 0)
    variance += np.maximum(second - survival**2, 0) / total
    relative = np.divide(
        variance, survival**2, out=np.zeros_like(survival), where=survival > TOLERANCE
    )
    survival[survival <= TOLERANCE] = 0.0
    low, high = _log_log(survival, relative, confidence)
    return Curve(
        times, at_risk, ends, survival, relative, low, high, n,
        max(p.starts_at for p in known), confidence, sum(p.left_out for p in parts), parts,
    )  # fmt: skip


def rmst(curve: Curve, horizon: int) -> Estimate:
    """The mean time to the end or to `horizon` µs, whichever is first (restricted mean).

    The area under the curve up to the horizon, with its Greenwood-type variance
    Σ A(t)² d ÷ (Y (Y − d)), A(t) the area between t and the horizon (Klein and Moeschberger 2003,
    4.5). Not reached where no matter is seen as long as the horizon while more than 1 % are open.
    """
    origin = "area under Kaplan–Meier"
    parts = [p for p in curve.parts or (curve,) if p.n]
    n = sum(p.n for p in parts)
    value = variance = second = unseen = 0.0
    for part in parts:
        if not len(part.times):
            unseen = 1.0
            break
        share = part.n / n
        area, spread = _area(part, horizon)
        value += share * area
        second += share * area**2
        variance += share**2 * spread
        if part.times[-1] < horizon:
            unseen += share * float(part.survival[-1])
    if not parts or unseen > UNSEEN:
        return unreached("no matter is seen as long as the horizon", origin)
    between = max(second - value**2, 0.0) / n if len(parts) > 1 else 0.0
    se = math.sqrt(variance + between)
    low, high = interval(value, se, "plain", curve.confidence)
    return Estimate(value, max(low, 0.0), min(high, float(horizon)), se, "ok", curve.note, origin)


def _area(curve: Curve, horizon: int) -> tuple[float, float]:
    """Area under the curve up to the horizon, and its variance."""
    k = int(np.searchsorted(curve.times, horizon, side="left"))
    times = curve.times[:k].astype(np.float64)
    steps = np.diff(np.concatenate(([0.0], times, [float(horizon)])))
    pieces = steps * np.concatenate(([1.0], curve.survival[:k]))
    after = np.cumsum(pieces[::-1])[::-1][1:]
    y, d = curve.at_risk[:k].astype(np.float64), curve.ended[:k].astype(np.float64)
    left = y * (y - d)
    hazard = np.divide(d, left, out=np.zeros_like(y), where=left > 0)
    return float(pieces.sum()), float((after**2 * hazard).sum())


def log_rank(
    elapsed: Times,
    ended: Flags,
    group: Groups,
    strata: Groups | None = None,
    entry: Times | None = None,
) -> TestResult:
    """The log-rank test that two or more groups end at the same rate, stratified if asked.

    Arrays of n matters as in `kaplan_meier`. Null where fewer than two groups can be compared.
    Source: Mantel 1966; Peto and Peto 1972; hypergeometric variance.
    """
    _, code = np.unique(group, return_inverse=True)
    groups = int(code.max()) + 1 if len(code) else 0
    layer = (
        np.zeros(len(code), np.int64)
        if strata is None
        else np.unique(strata, return_inverse=True)[1]
    )
    begun = np.full(len(code), -1, np.int64) if entry is None else np.where(entry > 0, entry, -1)
    score, cover = np.zeros(groups), np.zeros((groups, groups))
    for s in range(int(layer.max()) + 1 if len(layer) else 0):
        m = layer == s
        u, v = _scores(elapsed[m], ended[m], code[m], begun[m], groups)
        score += u
        cover += v
    used = np.flatnonzero(np.diag(cover) > 0)
    df = len(used) - 1
    if df < 1:
        return TestResult(None, 0, None, "fewer than two groups can be compared")
    u, v = score[used][:-1], cover[np.ix_(used, used)][:-1, :-1]
    chi2 = float(u @ np.linalg.pinv(v) @ u)
    return TestResult(chi2, df, chi2_tail(chi2, df))


def _scores(
    elapsed: Times, ended: Flags, code: npt.NDArray[np.int64], begun: Times, groups: int
) -> tuple[Floats, Floats]:
    times = np.unique(elapsed[ended])
    y, d = np.zeros((groups, len(times))), np.zeros((groups, len(times)))
    for g in range(groups):
        m = (code == g) & (begun < elapsed)
        gone = np.searchsorted(np.sort(elapsed[m]), times, side="left")
        y[g] = np.searchsorted(np.sort(begun[m]), times, side="left") - gone
        d[g] = np.bincount(np.searchsorted(times, elapsed[m & ended]), minlength=len(times))[
            : len(times)
        ]
    at_risk, ends = y.sum(axis=0), d.sum(axis=0)
    seen = at_risk > 0
    y, d, at_risk, ends = y[:, seen], d[:, seen], at_risk[seen], ends[seen]
    share = y / at_risk
    factor = ends * (at_risk - ends) / np.maximum(at_risk - 1, 1)
    cover = np.diag((factor * share).sum(axis=1)) - np.einsum("t,gt,ht->gh", factor, share, share)
    return (d - ends * share).sum(axis=1), cover
