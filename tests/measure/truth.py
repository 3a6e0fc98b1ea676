"""Matters of which the truth is known: kinds that differ, counts and promises that go with time.

`World` describes a town; `draw` makes matters of it that arrived in a window and are seen until
its end; `truth` works its figures out from a very large number of matters that are all closed;
`figures` estimates them, `naive` does what is often done instead; `study` runs many times.
All times are days here; `micro` turns them into microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from polku.measure.bootstrap import DRAWS, case_draws
from polku.measure.competing import cause_share
from polku.measure.estimate import LARGE, Estimate, interval
from polku.measure.proportion import wilson
from polku.measure.recurrent import expected, risk_set
from polku.measure.survival import kaplan_meier, rmst
from polku.measure.weights import share_on_time, weighted_quantile

DAY = 86_400_000_000
HORIZON = 60.0
OPEN_SHARES = (0.0, 0.15, 0.27, 0.40)
QUANTILES = (0.5, 0.8, 0.9)


@dataclass(frozen=True)
class World:
    """A town: share, median days, spread, marks per matter, promise ÷ median of each kind.

    `drift`: how much more arrive at the end of the window than at its beginning (0 = steady);
    `turn`: how much the share of the first two kinds grows over the window (0 = the mix stays).
    """

    shares: tuple[float, ...] = (0.4, 0.3, 0.2, 0.1)
    medians: tuple[float, ...] = (12.0, 25.0, 40.0, 70.0)
    spreads: tuple[float, ...] = (0.5, 0.6, 0.55, 0.7)
    rates: tuple[float, ...] = (1.0, 2.0, 2.5, 4.0)
    promises: tuple[float, ...] = (1.3, 1.1, 0.9, 0.6)
    dues: tuple[float, ...] = (30.0, 30.0, 45.0, 60.0)
    drift: float = 1.0
    turn: float = 0.0


STEADY = World()
TURNING = World(turn=0.6)


@dataclass(frozen=True)
class Matters:
    """Matters as they are seen: µs since arrival; marks as (row, time); `cause` of the first end.

    `lead` is the true lead time, `elapsed` what is seen of it; `first` the time of the first of
    clean decision (1), supplement (2) and withdrawal (3), `cause` 0 where none is seen.
    """

    lead: np.ndarray
    elapsed: np.ndarray
    ended: np.ndarray
    promise: np.ndarray
    due: np.ndarray
    kind: np.ndarray
    arrival: np.ndarray
    row: np.ndarray
    time: np.ndarray
    first: np.ndarray
    cause: np.ndarray
    total: np.ndarray


def micro(days: np.ndarray | float) -> np.ndarray:
    """Microseconds of days."""
    return np.asarray(np.asarray(days) * DAY).astype(np.int64)


def _arrivals(world: World, n: int, rng: np.random.Generator) -> np.ndarray:
    """Moments of arrival as a share of the window: density rises from 1 to 1 + drift."""
    u, d = rng.random(n), world.drift
    return (np.sqrt(1 + u * (d * d + 2 * d)) - 1) / d if d else u


def draw(world: World, n: int, window: float, rng: np.random.Generator) -> Matters:
    """`n` matters that arrive within `window` days and are seen until its end (inf = for ever)."""
    when = _arrivals(world, n, rng)
    shares = np.cumsum(world.shares)
    # With a turn, early arrivals are rather of the last kinds, late ones of the first.
    u = rng.random(n) ** (1 + world.turn * (2 * when - 1))
    kind = np.minimum(np.searchsorted(shares, u), len(shares) - 1)
    medians, spreads = np.array(world.medians)[kind], np.array(world.spreads)[kind]
    temper = rng.standard_normal(n)
    lead = medians * np.exp(spreads * temper)
    # Promises go with the lead time: the town knows something of how hard a matter is.
    promise = (
        medians
        * np.array(world.promises)[kind]
        * np.exp(0.35 * spreads * temper + 0.15 * rng.standard_normal(n))
    )
    # A matter that takes long meets more units; one mark comes at its arrival.
    mean = np.array(world.rates)[kind] * np.sqrt(lead / medians)
    later = rng.poisson(mean)
    row = np.repeat(np.arange(n), later)
    time = lead[row] * rng.random(len(row)) ** 1.5
    row, time = np.concatenate((np.arange(n), row)), np.concatenate((np.zeros(n), time))
    # First comes a supplement (the likelier the slower), a withdrawal, or the clean decision.
    fate = rng.random(n)
    supplemented = 0.2 + 0.3 / (1 + np.exp(-temper))
    cause = np.where(fate < supplemented, 2, np.where(fate > 0.95, 3, 1)).astype(np.int8)
    first = np.where(cause == 2, lead * (0.1 + 0.5 * rng.random(n)), lead)
    waiting = lead * (0.5 + 0.4 * rng.random(n))
    seen = np.inf if np.isinf(window) else (1 - when) * window
    lead_us = micro(lead)
    limit = lead_us if np.isinf(window) else micro(seen)
    elapsed, ended = np.minimum(lead_us, limit), lead_us <= limit
    row, time_us = row.astype(np.int32), micro(time)
    visible = time_us <= elapsed[row]
    first_us = micro(first)
    happened = first_us <= limit
    return Matters(
        lead_us, elapsed, ended, micro(promise), micro(np.array(world.dues)[kind]), kind,
        micro(when * (365.0 if np.isinf(window) else window)),
        row[visible], time_us[visible], np.minimum(first_us, limit),
        np.where(happened, cause, 0).astype(np.int8), micro(waiting),
    )  # fmt: skip


@lru_cache
def window_for(world: World, open_share: float) -> float:
    """Length of the window, days, that leaves this share of the matters open."""
    if open_share == 0:
        return float("inf")
    low, high = 1.0, 5000.0
    for _ in range(40):
        middle = (low * high) ** 0.5
        some = draw(world, 200_000, middle, np.random.default_rng(1))
        if float(np.mean(~some.ended)) > open_share:
            low = middle
        else:
            high = middle
    return (low * high) ** 0.5


def truth(world: World, n: int = 4_000_000, seed: int = 2) -> dict[str, float]:
    """The true figures, from `n` matters that are all closed."""
    sums: dict[str, list[float]] = {}
    size = 500_000
    for block in range(max(1, n // size)):
        m = draw(world, min(n, size), float("inf"), np.random.default_rng((seed, block)))
        inside = m.first <= micro(HORIZON)
        clean, supplement = np.sum(inside & (m.cause == 1)), np.sum(inside & (m.cause == 2))
        figures = {
            **{f"lead_time p{q * 100:.0f}": float(np.quantile(m.lead, q)) / DAY for q in QUANTILES},
            "on_time": float(np.mean(m.lead <= m.due)),
            "promise_kept": float(np.mean(m.lead <= m.promise)),
            "units_met": float(np.sum(m.time <= micro(HORIZON))) / len(m.lead),
            "first_time_right": float(clean / (clean + supplement)),
            "withdrawn": float(np.mean(inside & (m.cause == 3))),
            "mean time": float(np.mean(np.minimum(m.lead, micro(HORIZON)))) / DAY,
            "waiting p50": float(np.quantile(m.total, 0.5)) / DAY,
        }
        for name, value in figures.items():
            sums.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in sums.items()}


@lru_cache(maxsize=2)
def draws_for(n: int) -> np.ndarray | int:
    """The draws that every cohort of `n` matters with the same seed gets, made once."""
    return case_draws(n) if n < LARGE else DRAWS


def figures(m: Matters, strata: np.ndarray | None = None) -> dict[str, Estimate]:
    """What Polku makes of the matters, stratified where `strata` are given."""
    h, draws = int(micro(HORIZON)), draws_for(len(m.elapsed))
    curve = kaplan_meier(m.elapsed, m.ended, strata=strata)
    out = {f"lead_time p{q * 100:.0f}": curve.quantile(q).times(1 / DAY) for q in QUANTILES}
    out["on_time"] = share_on_time(m.elapsed, m.ended, m.due, strata, draws=draws)
    out["promise_kept"] = share_on_time(m.elapsed, m.ended, m.promise, strata, draws=draws)
    risk = risk_set(m.elapsed, m.ended, horizon=h, strata=strata, draws=draws)
    out["units_met"] = expected(risk, m.row, risk.index(m.time, m.row))
    out["first_time_right"] = cause_share(
        m.first, m.cause, h, above=(1,), below=(1, 2), strata=strata
    )
    out["withdrawn"] = cause_share(m.first, m.cause, h, above=(3,), strata=strata)
    out["mean time"] = rmst(curve, h).times(1 / DAY)
    waiting = weighted_quantile(m.total, m.elapsed, m.ended, (0.5,), strata=strata)
    out["waiting p50"] = waiting[0].times(1 / DAY)
    return out


def closed_only(m: Matters) -> dict[str, Estimate]:
    """Naive: open matters are deleted."""
    return _plain(m, m.ended)


def as_if_closed(m: Matters) -> dict[str, Estimate]:
    """Naive: an open matter counts as if it had ended when it was last seen."""
    return _plain(m, np.ones(len(m.elapsed), bool))


def _plain(m: Matters, kept: np.ndarray) -> dict[str, Estimate]:
    x, h = m.elapsed[kept], int(micro(HORIZON))
    curve = kaplan_meier(x, np.ones(len(x), bool))
    out = {f"lead_time p{q * 100:.0f}": curve.quantile(q).times(1 / DAY) for q in QUANTILES}
    out["on_time"] = wilson(int((x <= m.due[kept]).sum()), len(x))
    out["promise_kept"] = wilson(int((x <= m.promise[kept]).sum()), len(x))
    counts = np.bincount(m.row[m.time <= h], minlength=len(m.elapsed))[kept]
    out["units_met"] = _mean(counts.astype(float))
    clean = kept & (m.cause == 1) & (m.first <= h)
    whole = kept & ((m.cause == 1) | (m.cause == 2)) & (m.first <= h)
    out["first_time_right"] = wilson(int(clean.sum()), int(whole.sum()))
    return out


def _mean(values: np.ndarray) -> Estimate:
    mean, se = float(values.mean()), float(values.std()) / math.sqrt(len(values))
    return Estimate(mean, *interval(mean, se, "plain"), se)


def relative(m: Matters) -> dict[str, Estimate]:
    """Naive: Kaplan–Meier of elapsed ÷ promise; weights 1 ÷ G(L−) on closed matters for counts.

    Supplements as their own Kaplan–Meier, in which a clean decision counts as out of sight.
    """
    out = {}
    for name, promise in (("on_time", m.due), ("promise_kept", m.promise)):
        part = np.floor(m.elapsed / promise * 1e6).astype(np.int64)
        out[name] = _complement(kaplan_meier(part, m.ended).at(10**6))
    risk = risk_set(m.elapsed, m.ended, horizon=int(m.elapsed.max()))
    inside = m.time <= int(micro(HORIZON))
    counts = np.bincount(m.row[inside], minlength=len(m.elapsed))
    closed = np.flatnonzero(m.ended).astype(np.int32)
    out["units_met"] = expected(
        risk, closed, risk.leave[closed], counts[closed].astype(float), drawn=False
    )
    out["first_time_right"] = kaplan_meier(m.first, m.cause == 2).at(int(micro(HORIZON)))
    return out


def _complement(e: Estimate) -> Estimate:
    if e.value is None or e.low is None or e.high is None:
        return e
    return Estimate(1 - e.value, 1 - e.high, 1 - e.low, e.se)


@dataclass
class Score:
    """How one figure did in many runs, as sums."""

    values: list[float] = field(default_factory=list)
    covered: int = 0
    missing: int = 0
    one_sided: int = 0

    def add(self, e: Estimate, true: float) -> None:
        """Count one run; an unreached upper bound counts one-sided."""
        if e.value is None:
            self.missing += 1
            return
        self.values.append(e.value)
        self.one_sided += e.high is None
        low = -math.inf if e.low is None else e.low
        self.covered += low <= true <= (math.inf if e.high is None else e.high)

    def result(self, true: float) -> dict[str, float | int | None]:
        """Bias and its Monte-Carlo error in per cent of the truth, coverage, runs unreached."""
        n = len(self.values)
        if n < 2:
            return {"runs": n + self.missing, "unreached": self.missing}
        return {
            "runs": n + self.missing,
            "unreached": self.missing,
            "one_sided": self.one_sided,
            "bias": 100 * (float(np.mean(self.values)) / true - 1),
            "bias_error": 100 * float(np.std(self.values)) / math.sqrt(n) / true,
            "coverage": 100 * self.covered / n,
        }


Estimator = Callable[[Matters], dict[str, Estimate]]


def study(
    world: World,
    n: int,
    open_share: float,
    runs: range,
    estimators: dict[str, Estimator],
    true: dict[str, float],
    so_far: dict[str, dict[str, Score]] | None = None,
) -> dict[str, dict[str, Score]]:
    """Scores by estimator and figure, added to those `so_far`; run r is always the same matters."""
    window = window_for(world, open_share)
    scores = {name: {} for name in estimators} if so_far is None else so_far
    for r in runs:
        seed = (n, round(100 * open_share), round(100 * world.turn), r)
        matters = draw(world, n, window, np.random.default_rng(seed))
        for name, estimator in estimators.items():
            for figure, e in estimator(matters).items():
                scores[name].setdefault(figure, Score()).add(e, true[figure])
    return scores


def by_kind(m: Matters) -> dict[str, Estimate]:
    """Polku's figures stratified by kind."""
    return figures(m, m.kind)
