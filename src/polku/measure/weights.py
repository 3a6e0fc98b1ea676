"""Figures of open matters by inverse probability of censoring: promises kept, totals, drift."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from polku.measure.bootstrap import DRAWS, Counts, drawn_interval
from polku.measure.competing import incidence, share_interval
from polku.measure.estimate import LARGE, Estimate, normal_quantile, unreached
from polku.measure.recurrent import RiskSet, risk_note, risk_set
from polku.measure.survival import UNSEEN, Flags, Groups, Times, numbered
from polku.measure.testing import chi2_tail

ORIGIN = "inverse probability of censoring, influence functions"
DRAWN = "inverse probability of censoring, case bootstrap"


def share_on_time(
    lead: Times,
    ended: Flags,
    promise: Times,
    strata: Groups | None = None,
    *,
    early: Times | None = None,
    entry: Times | None = None,
    confidence: float = 0.95,
    seed: int = 0,
    draws: int | Counts = DRAWS,
    drawn: bool | None = None,
) -> Estimate:
    """The share of matters that end within what was promised to each.

    `lead` i64[n] µs from arrival to the end, or to the last moment seen; `ended` bool[n];
    `promise` i64[n] µs from arrival, `early` i64[n] the earliest promised moment of each, where
    intervals were told: a matter that ends before it has not kept the promise; `strata` any[n]:
    kinds or arrival quarters, where their mix drifts. A matter is known when it ended by its due
    time or was seen beyond it:
    mean of 1[L ≤ P] · 1[known] ÷ G(min(L, P)−), G the Kaplan–Meier of censoring in the stratum.
    As 1 ÷ (n G(t−)) = S(t−) ÷ Y(t), this is an expected number of marks "ended in time", whose
    influence functions count the estimation of G.
    Where promises reach beyond the follow-up, the upper bound counts those matters as kept; above
    1 % of the matters the figure is not reached.
    """
    if not len(lead):
        return unreached("no matter has a promise", ORIGIN)
    risk = _reaching(lead, ended, entry, strata, max(int(promise.max()), 0), seed, draws)
    kept = ended & (lead <= promise)
    if early is not None:
        kept &= lead >= early
    value, psi = incidence(risk, kept)
    unseen = _unseen(risk, promise)
    if unseen > UNSEEN:
        return unreached("too many promises are longer than any matter is seen", ORIGIN)
    se = math.sqrt(float((psi * psi).sum()))
    use_draws = (risk.n < LARGE if drawn is None else drawn) and 0 < value < 1 and se > 0
    if use_draws:
        row = np.flatnonzero(kept & risk.closes).astype(np.int32)
        totals = risk.resampled.totals(row, risk.leave[row])
        se, low, high = drawn_interval(value, totals, "logit", confidence)
    else:
        low, high = share_interval(value, se, risk, confidence, "logit")
    return Estimate(
        min(value, 1.0), max(low, 0.0), min(high + unseen, 1.0), se, "ok", risk_note(risk),
        DRAWN if use_draws else ORIGIN, seed if use_draws else None,
    )  # fmt: skip


def _reaching(
    elapsed: Times, ended: Flags, entry: Times | None, strata: Groups | None, horizon: int,
    seed: int, draws: int | Counts,
) -> RiskSet:  # fmt: skip
    """A risk set that ends with the last matter in sight: later nothing can be known."""
    end = min(horizon, int(elapsed.max()))
    return risk_set(elapsed, ended, entry, horizon=end, strata=strata, seed=seed, draws=draws)


def _unseen(risk: RiskSet, promise: Times) -> float:
    """The share of matters that may end after the last one in sight, yet within their promise."""
    unseen = 0.0
    for s, share in enumerate(risk.share):
        a, b = int(risk.first_slot[s]), int(risk.first_slot[s + 1])
        y, d, before = risk.at_risk[a:b], risk.ended[a:b], risk.before[a:b]
        alive = np.flatnonzero(y > 0)
        if not len(alive):
            continue
        last = int(alive[-1])
        left = float(before[last] * (1 - d[last] / y[last]))
        mine = promise[risk.stratum == s]
        unseen += float(share) * left * float(np.mean(mine > risk.times[a + last]))
    return unseen


def weighted_quantile(
    value: npt.NDArray[np.int64],
    elapsed: Times,
    ended: Flags,
    quantiles: Sequence[float],
    *,
    entry: Times | None = None,
    strata: Groups | None = None,
    confidence: float = 0.95,
) -> list[Estimate]:
    """Quantiles of a total that is complete only when the matter has ended, one per `quantiles`.

    `value` [n] the total, meant only where `ended`. F(v) = mean of 1[ended, value ≤ v] ÷ G(L−);
    a quantile is the first v with F(v) ≥ q, its interval where F ± z · se gets there (Woodruff
    1952). Matters beyond the follow-up count as above every value; where q lies among them the
    quantile is not reached, and the lower bound counts them as below.
    """
    if not len(elapsed):
        return [unreached("no matters", ORIGIN) for _ in quantiles]
    risk = _reaching(elapsed, ended, entry, strata, int(elapsed.max()), 0, DRAWS)
    closed = np.flatnonzero(risk.closes)
    order = closed[np.argsort(value[closed], kind="stable")]
    below = np.cumsum(risk.weight[risk.leave[order]])
    total = float(below[-1]) if len(below) else 0.0
    missing = max(0.0, 1.0 - total)
    if missing < 1e-9:
        missing = 0.0
    notes = [risk_note(risk)] if risk_note(risk) else []
    if missing > UNSEEN:
        notes.append(f"{missing:.0%} of the matters last longer than any is seen")
    z = normal_quantile(confidence)
    out = []
    for q in quantiles:
        k = int(np.searchsorted(below, q - 1e-12))
        if k >= len(order):
            out.append(
                unreached("; ".join([*notes, f"fewer than {q:.0%} are seen to end"]), ORIGIN)
            )
            continue
        at = value[order[k]]
        _, psi = incidence(risk, risk.closes & (value <= at))
        se = math.sqrt(float((psi * psi).sum()))
        width = z * se / (q * (1 - q))
        centre = math.log(q / (1 - q))
        low_q, high_q = 1 / (1 + math.exp(width - centre)), 1 / (1 + math.exp(-width - centre))
        i = int(np.searchsorted(below, low_q - missing - 1e-12))
        j = int(np.searchsorted(below, high_q - 1e-12))
        low = float(value[order[i]])
        high = float(value[order[j]]) if j < len(order) else None
        out.append(
            Estimate(
                float(at), low, high, None if high is None else (high - low) / (2 * z),
                "ok" if high is not None else "not_reached", "; ".join(notes), ORIGIN,
            )
        )  # fmt: skip
    return out


def drift_warning(
    arrival: Times, strata: Groups, *, periods: int = 4, strength: float = 0.1
) -> str | None:
    """A warning when the mix of strata changes with the time of arrival, else null.

    `arrival` i64[n] µs, `strata` any[n] (small ones are joined). Compares `periods` equal parts
    of the matters by arrival: chi-squared p < 0.001 and Cramér's V > `strength`. Drifting numbers
    of arrivals alone bias nothing; a drifting mix makes open matters unlike the closed ones, and
    only stratified figures hold.
    """
    n = len(arrival)
    code = numbered(pooled(strata, 5 * periods))
    kinds = int(code.max()) + 1 if n else 0
    if kinds < 2 or n < 5 * periods * kinds:
        return None
    table = np.bincount(_part(arrival, periods) * kinds + code, minlength=periods * kinds).reshape(
        periods, kinds
    )
    awaited = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    chi2 = float(((table - awaited) ** 2 / awaited).sum())
    p = chi2_tail(chi2, (periods - 1) * (kinds - 1))
    v = math.sqrt(chi2 / (n * min(periods - 1, kinds - 1)))
    if p >= 0.001 or v <= strength:
        return None
    return (
        f"the mix of kinds changes with the time of arrival (Cramér's V {v:.2f}): open matters are "
        "unlike the closed ones; the figures by kind, or stratified by it, hold"
    )


def _part(values: Times, parts: int) -> npt.NDArray[np.int64]:
    """In which of equal parts by ascending value each stands, i64[n]; equal values in order."""
    n = len(values)
    out = np.zeros(n, np.int64)
    ranks = [-(-part * n // parts) for part in range(1, parts)]
    for rank, value in zip(ranks, np.partition(values, ranks)[ranks], strict=True):
        out += values > value
        ties = np.flatnonzero(values == value)
        out[ties[rank - int(np.count_nonzero(values < value)) :]] += 1
    return out


def pooled(strata: Groups, least: int = 30) -> npt.NDArray[np.int64]:
    """Strata as numbers i64[n], those with fewer than `least` matters joined into one.

    In a small stratum the last matter in sight soon ends the follow-up of the whole.
    """
    code = numbered(strata)
    if not len(code):
        return code
    counts = np.bincount(code)
    return np.where(counts[code] < least, -1, code).astype(np.int64)
