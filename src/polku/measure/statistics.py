"""How facts become figures: each statistic is one small class with its formula in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from polku.errors import CriterionError
from polku.measure.cohort import DAY, Cohort
from polku.measure.competing import cause_share
from polku.measure.estimate import LARGE, Estimate, unreached
from polku.measure.facts import Amounts, Answers, Causes, Fact, Marks, Promise, Times
from polku.measure.measurement import Figure
from polku.measure.proportion import net_promoter, wilson
from polku.measure.recurrent import expected, per_matter
from polku.measure.registry import Criterion
from polku.measure.survival import Curve, kaplan_meier
from polku.measure.weights import share_on_time, weighted_quantile

QUANTILES = {"p50": 0.5, "p80": 0.8, "p90": 0.9}
NO_MATTERS = "no matters"


def _wrong(criterion: Criterion, fact: Fact, wanted: str) -> CriterionError:
    return CriterionError(
        f"criterion {criterion.id}: its fact is {type(fact).__name__}, "
        f"but its statistic needs {wanted}"
    )


def _empty(criterion: Criterion, cohort: Cohort, *names: str) -> list[Figure]:
    """The figures of a cohort without matters: no value, and it says so."""
    nothing = unreached(NO_MATTERS)
    return [
        replace(cohort.figure(criterion, name, nothing), status="not_measurable", note=NO_MATTERS)
        for name in names
    ]


def curve_of(fact: Times, cohort: Cohort) -> Curve:
    """Kaplan–Meier curve of a time fact; the cohort's own curve where it is the lead time."""
    elapsed, ended = cohort.take(fact.elapsed), cohort.take(fact.ended)
    same = np.array_equal(elapsed, cohort.elapsed) and np.array_equal(ended, cohort.ended)
    if same:
        return cohort.curve
    return kaplan_meier(
        elapsed,
        ended,
        cohort.entry,
        strata=cohort.strata,
        confidence=cohort.options.confidence,
    )


@dataclass(frozen=True)
class Quantiles:
    """Kaplan–Meier quantiles of a time, in days."""

    names: tuple[str, ...] = ("p50", "p80", "p90")

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            f"Kaplan–Meier quantiles {', '.join(self.names)} in days; ends precede censorings at "
            "equal times; quantile q = first t with S(t) ≤ 1 − q; log-log Greenwood interval; "
            "late entry where known"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Times):
            raise _wrong(criterion, fact, "Times")
        cohort = cohort.narrowed(fact.applies)
        if not cohort.n:
            return _empty(criterion, cohort, *self.names)
        curve = curve_of(fact, cohort)
        open_matters = int(cohort.n - cohort.take(fact.ended).sum())
        return [
            cohort.figure(
                criterion,
                name,
                curve.quantile(QUANTILES[name]),
                scale=DAY,
                open_matters=open_matters,
            )
            for name in self.names
        ]


@dataclass(frozen=True)
class Expected:
    """Expected number (or amount) within h of arrival, open matters included."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "Ghosh–Lin expected number within h of arrival, μ(h) = Σ S(u−) dN(u)/Y(u); open "
            f"matters count for as long as they were watched; interval by influence functions "
            f"from {LARGE} matters on, else by a seeded bootstrap of matters, symmetric on the log "
            "scale. closed_p50 and closed_p90: the plain distribution over closed matters"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Marks):
            raise _wrong(criterion, fact, "Marks")
        horizon = cohort.horizon
        cohort = cohort.narrowed(fact.applies)
        if not cohort.n:
            return _empty(criterion, cohort, "mean_within_h")
        row, index, amount = cohort.marks(fact)
        options = cohort.options
        known = cohort.influence(fact, (row, index, amount)) if cohort.risk.reached else None
        estimate = expected(
            cohort.risk, row, index, amount, confidence=options.confidence, known=known
        )
        figure = cohort.figure(
            criterion,
            "mean_within_h",
            estimate,
            scale=fact.scale,
            horizon=horizon,
        )
        return [figure, *self._closed(criterion, fact, cohort, row, amount)]

    def _closed(
        self,
        criterion: Criterion,
        fact: Marks,
        cohort: Cohort,
        row: np.ndarray,
        amount: np.ndarray | None,
    ) -> list[Figure]:
        """Plain median and P90 over closed matters, named as such."""
        if not cohort.facts.closed_known:
            return []
        closed = per_matter(row, amount, cohort.n)[cohort.ended_rows]
        ranks = [max(int(np.ceil(q * len(closed))) - 1, 0) for q in (0.5, 0.9)]
        found = _ranked(closed, ranks) if len(closed) else []
        out = []
        for k, name in enumerate(("closed_p50", "closed_p90")):
            if found:
                value = Estimate(found[k], None, None, None)
            else:
                value = unreached("no matter has ended")
            out.append(
                cohort.figure(
                    criterion, name, value, scale=fact.scale, n=len(closed), open_matters=0
                )
            )
        return out


def _ranked(values: np.ndarray, ranks: list[int]) -> list[float]:
    """The values that would stand at some ranks if all were sorted."""
    if values.dtype.kind == "i":  # numbers of marks are small
        until = np.cumsum(np.bincount(values))
        return [float(np.searchsorted(until, rank, side="right")) for rank in ranks]
    parted = np.partition(values, ranks)
    return [float(parted[rank]) for rank in ranks]


@dataclass(frozen=True)
class KeptShare:
    """Share of matters that ended by what was promised, weighted for those not yet seen."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "P(on time) = mean of 1[L ≤ P]·1[known] / G(min(L,P)−); known when ended by the due "
            "moment or seen beyond it; G = Kaplan–Meier of censoring, by kind where the mix of "
            f"kinds drifts; interval by influence functions from {LARGE} matters on, else bootstrap"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Promise):
            raise _wrong(criterion, fact, "Promise")
        cohort = cohort.narrowed(fact.applies)
        if not cohort.n:
            return _empty(criterion, cohort, "share")
        options = cohort.options
        estimate = share_on_time(
            cohort.elapsed,
            cohort.ended,
            cohort.take(fact.within),
            cohort.strata,
            early=None if fact.early is None else cohort.take(fact.early),
            entry=cohort.entry,
            confidence=options.confidence,
            seed=options.seed,
            draws=options.draws,
        )
        return [cohort.figure(criterion, "share", estimate)]


@dataclass(frozen=True)
class CleanShare:
    """Share of `good` among `good` and `bad` first happenings within h, others competing."""

    good: str
    bad: str

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            f"Aalen–Johansen incidence at h: {self.good} ÷ ({self.good} + {self.bad}), all other "
            "ends competing; interval by influence functions, symmetric on the logit scale"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        return _incidence(criterion, fact, cohort, (self.good,), (self.good, self.bad))


@dataclass(frozen=True)
class Incidence:
    """Share of matters to which `cause` has happened by h, other ends competing."""

    cause: str

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return f"Aalen–Johansen cumulative incidence of {self.cause} at h"

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        return _incidence(criterion, fact, cohort, (self.cause,), None)


def _incidence(
    criterion: Criterion,
    fact: Fact,
    cohort: Cohort,
    above: tuple[str, ...],
    below: tuple[str, ...] | None,
) -> list[Figure]:
    """The share of some causes among all matters (`below` null) or among some causes."""
    if not isinstance(fact, Causes):
        raise _wrong(criterion, fact, "Causes")
    horizon = cohort.horizon
    cohort = cohort.narrowed(fact.applies)
    if not cohort.n:
        return _empty(criterion, cohort, "share")
    number = {name: i + 1 for i, name in enumerate(fact.names)}
    options = cohort.options
    elapsed, cause = cohort.take(fact.elapsed), cohort.take(fact.cause)
    alike = horizon == cohort.horizon and np.array_equal(elapsed, cohort.elapsed)
    estimate = cause_share(
        elapsed,
        cause,
        horizon,
        above=tuple(number[a] for a in above),
        below=None if below is None else tuple(number[b] for b in below),
        entry=cohort.entry,
        strata=cohort.strata,
        confidence=options.confidence,
        risk=cohort.risk if alike and np.array_equal(cause > 0, cohort.ended) else None,
    )
    return [cohort.figure(criterion, "share", estimate, horizon=horizon)]


@dataclass(frozen=True)
class AmountQuantiles:
    """Quantiles of a total over closed matters, weighted for those still open."""

    names: tuple[str, ...] = ("p50", "p80", "p90")

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            f"quantiles {', '.join(self.names)} over closed matters, each weighted by 1/G(L−), "
            "G = Kaplan–Meier of censoring; not reached where follow-up is too short"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Amounts):
            raise _wrong(criterion, fact, "Amounts")
        cohort = cohort.narrowed(fact.applies)
        if not cohort.n:
            return _empty(criterion, cohort, *self.names)
        options = cohort.options
        estimates = weighted_quantile(
            cohort.take(fact.value),
            cohort.elapsed,
            cohort.ended,
            tuple(QUANTILES[name] for name in self.names),
            entry=cohort.entry,
            strata=cohort.strata,
            confidence=options.confidence,
        )
        return [
            cohort.figure(criterion, name, estimate, scale=fact.scale)
            for name, estimate in zip(self.names, estimates, strict=True)
        ]


@dataclass(frozen=True)
class TopBox:
    """Share of answers of `least` or more, with its response rate."""

    least: int

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return f"share of answers ≥ {self.least}; Wilson interval; response rate in the note"

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        asked, cohort, answers = _answers(criterion, fact, cohort)
        if not cohort.n:
            return _empty(criterion, cohort, "share")
        estimate = wilson(int((answers >= self.least).sum()), cohort.n).noting(_rate(asked, cohort))
        return [cohort.figure(criterion, "share", estimate)]


@dataclass(frozen=True)
class NetPromoter:
    """Per cent of answers 9–10 less per cent of 0–6."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return "100·(p − d), p = share 9–10, d = share 0–6; variance (p + d − (p − d)²)/n"

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        asked, cohort, answers = _answers(criterion, fact, cohort)
        if not cohort.n:
            return _empty(criterion, cohort, "score")
        up, down = int((answers >= 9).sum()), int((answers <= 6).sum())
        estimate = net_promoter(up, down, cohort.n).noting(_rate(asked, cohort))
        return [cohort.figure(criterion, "score", estimate)]


def _answers(criterion: Criterion, fact: Fact, cohort: Cohort) -> tuple[int, Cohort, np.ndarray]:
    if not isinstance(fact, Answers):
        raise _wrong(criterion, fact, "Answers")
    answered = cohort.narrowed(fact.applies)
    return cohort.n, answered, answered.take(fact.value)


def _rate(asked: int, answered: Cohort) -> str:
    return f"{answered.n} of {asked} matters answered ({100 * answered.n / asked:.0f} %)"
