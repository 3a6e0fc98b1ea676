"""Statistics that only a few criteria use: tail ratio, share of time, mean score."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from polku.errors import CriterionError
from polku.measure.cohort import Cohort
from polku.measure.estimate import Estimate, interval, normal_quantile, unreached
from polku.measure.facts import Answers, Fact, Marks, Times
from polku.measure.measurement import Figure
from polku.measure.registry import Criterion
from polku.measure.standardise import kind_codes
from polku.measure.survival import kaplan_meier

LEAST_OF_A_KIND = 20
"""Kinds with fewer matters are joined into one."""


def _empty(criterion: Criterion, cohort: Cohort, name: str, note: str = "no matters") -> Figure:
    figure = cohort.figure(criterion, name, unreached(note))
    return replace(figure, status="not_measurable", note=note)


def _wrong(criterion: Criterion, fact: Fact, wanted: str) -> CriterionError:
    return CriterionError(
        f"criterion {criterion.id}: its fact is {type(fact).__name__}, "
        f"but its statistic needs {wanted}"
    )


@dataclass(frozen=True)
class TailRatio:
    """P90 ÷ P50 of a time within each kind of matter, averaged over the kinds."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "Kaplan–Meier P90 ÷ P50 within each kind of matter; geometric mean over kinds weighted "
            f"by their matters; kinds with fewer than {LEAST_OF_A_KIND} are joined; interval on "
            "the log scale from the log-log intervals of both quantiles, taken as independent "
            "(too wide rather than too narrow)"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Times):
            raise _wrong(criterion, fact, "Times")
        cohort = cohort.narrowed(fact.applies)
        if not cohort.n:
            return [_empty(criterion, cohort, "p90_over_p50")]
        elapsed, ended = cohort.take(fact.elapsed), cohort.take(fact.ended)
        kind = _joined_kinds(cohort)
        weight, mean, variance, known = 0, 0.0, 0.0, True
        for k in np.unique(kind):
            mine = kind == k
            entry = None if cohort.entry is None else cohort.entry[mine]
            curve = kaplan_meier(elapsed[mine], ended[mine], entry)
            low, high = curve.quantile(0.5), curve.quantile(0.9)
            if not low.value or high.value is None:
                note = "P90 is not reached" if low.value else "the median is 0 days or not reached"
                if len(np.unique(kind)) > 1:
                    note += " in one of the kinds"
                return [cohort.figure(criterion, "p90_over_p50", unreached(note))]
            n = int(mine.sum())
            weight += n
            mean += n * math.log(high.value / low.value)
            spread = [_log_se(q, cohort.options.confidence) for q in (low, high)]
            known = known and None not in spread
            variance += n * n * sum(s * s for s in spread if s is not None)
        value = math.exp(mean / weight)
        se = value * math.sqrt(variance) / weight
        estimate = (
            Estimate(value, *interval(value, se, "log", cohort.options.confidence), se)
            if known
            else Estimate(value, None, None, None, "not_reached", "a bound is not reached")
        )
        return [cohort.figure(criterion, "p90_over_p50", estimate)]


def _joined_kinds(cohort: Cohort) -> npt.NDArray[np.int64]:
    """Kind of each matter of the cohort as a number, small kinds (and none) as -1."""
    known = kind_codes(cohort.facts.matters["kind"])
    if known is None:
        return np.zeros(cohort.n, dtype=np.int64)
    code = cohort.take(known[0][0]).astype(np.int64)
    counts = np.bincount(code + 1)
    return np.where(counts[code + 1] < LEAST_OF_A_KIND, -1, code)


def _log_se(estimate: Estimate, confidence: float) -> float | None:
    if not estimate.low or estimate.high is None:
        return None
    return math.log(estimate.high / estimate.low) / (2 * normal_quantile(confidence))


@dataclass(frozen=True)
class ShareSpent:
    """Expected amount within h ÷ expected amount of what it is a part of."""

    name: str = "share"

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "μ(h) of the amounts ÷ μ(h) of what they are a part of (Ghosh–Lin both, open matters "
            "included); interval by influence functions on the logit scale"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        marks = fact.spent if isinstance(fact, Times) else fact
        if not isinstance(marks, Marks) or marks.of is None:
            raise _wrong(criterion, fact, "Marks with `of`, or Times with `spent`")
        horizon = cohort.horizon
        cohort = cohort.narrowed(marks.applies)
        if not cohort.n:
            return [_empty(criterion, cohort, self.name)]
        if not cohort.risk.reached:
            estimate = unreached("too few matters are at risk up to the horizon")
            return [cohort.figure(criterion, self.name, estimate, horizon=horizon)]
        part, of_part = cohort.influence(marks)
        whole, of_whole = cohort.whole(marks.of)
        if whole <= 0:
            return [_empty(criterion, cohort, self.name, "there is nothing to take a share of")]
        value = min(max(part / whole, 0.0), 1.0)
        psi = (of_part - value * of_whole) / whole
        se = math.sqrt(float((psi * psi).sum()))
        if 0 < value < 1:
            low, high = interval(value, se, "logit", cohort.options.confidence)
            estimate = Estimate(value, low, high, se)
        else:
            note = "nothing seen" if value == 0 else "all of it"
            estimate = Estimate(value, None, None, None, "not_reached", f"{note}, so no interval")
        return [
            replace(cohort.figure(criterion, self.name, estimate, horizon=horizon), unit="share")
        ]


@dataclass(frozen=True)
class MeanScore:
    """Mean of the answers, with its response rate."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return "mean of the answers, interval ± z·s/√n; response rate in the note"

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Answers):
            raise _wrong(criterion, fact, "Answers")
        asked, cohort = cohort.n, cohort.narrowed(fact.applies)
        if not cohort.n:
            return [_empty(criterion, cohort, "mean")]
        answers = cohort.take(fact.value)
        n = len(answers)
        value = int(answers.sum()) / n
        note = f"{n} of {asked} matters answered ({100 * n / asked:.0f} %)"
        if n < 2:
            estimate = Estimate(value, None, None, None, "ok", note)
        else:
            square = int((answers * answers).sum()) / n - value * value
            se = math.sqrt(max(square, 0.0) / (n - 1))
            low, high = interval(value, se, "plain", cohort.options.confidence)
            estimate = Estimate(value, low, high, se, "ok", note)
        return [replace(cohort.figure(criterion, "mean", estimate), unit="score")]
