"""Statistics of matters held against a published path."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from polku.errors import CriterionError
from polku.measure.cohort import Cohort
from polku.measure.estimate import Estimate, interval, normal_quantile, unreached
from polku.measure.facts import Deviations, Fact, Marks
from polku.measure.measurement import Figure
from polku.measure.proportion import wilson
from polku.measure.registry import Criterion


def _nothing(criterion: Criterion, cohort: Cohort, name: str, note: str) -> Figure:
    figure = cohort.figure(criterion, name, unreached(note))
    return replace(figure, status="not_measurable", note=note)


def _deviations(criterion: Criterion, fact: Fact) -> Deviations:
    if not isinstance(fact, Deviations):
        raise CriterionError(
            f"criterion {criterion.id}: its fact is {type(fact).__name__}, "
            "but its statistic needs Deviations"
        )
    return fact


def _note(fact: Deviations, undecided: int, n: int, counted: str) -> str:
    told = f"{undecided} of {n} matters could not be judged and {counted}" if undecided else ""
    return "; ".join(t for t in (told, *fact.notes) if t)


@dataclass(frozen=True)
class FittingShare:
    """Share of matters without a deviation; those that could not be judged do not fit."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "matters with alignment cost 0 ÷ all matters, an undecided one counting as not "
            "fitting; Wilson interval"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        fact = _deviations(criterion, fact)
        cohort = cohort.narrowed(fact.applies)
        if not cohort.n:
            return [_nothing(criterion, cohort, "share", "no matters")]
        cost = cohort.take(fact.cost)
        undecided = int(np.count_nonzero(cost < 0))
        estimate = wilson(
            int(np.count_nonzero(cost == 0)), cohort.n, cohort.options.confidence
        ).noting(_note(fact, undecided, cohort.n, "count as not fitting"))
        return [cohort.figure(criterion, "share", estimate)]


@dataclass(frozen=True)
class MeanFitness:
    """Mean of 1 − cost ÷ worst over the matters that could be judged."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "mean of 1 − cost ÷ worst over the matters that could be judged, worst = events + the "
            "shortest way through the path; exact sum; interval ± z·s/√n, within 0 and 1"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        fact = _deviations(criterion, fact)
        every = cohort.narrowed(fact.applies)
        cohort = every.narrowed(fact.cost >= 0)
        name = "mean_fitness"
        if not cohort.n:
            why = "no matter could be judged" if every.n else "no matters"
            return [_nothing(criterion, cohort, name, why)]
        cost, worst = cohort.take(fact.cost), cohort.take(fact.worst)
        fitness = (1 - cost / np.maximum(worst, 1)).tolist()
        n = len(fitness)
        mean = math.fsum(fitness) / n
        note = _note(fact, every.n - n, every.n, "do not count here")
        if n < 2:
            return [cohort.figure(criterion, name, Estimate(mean, None, None, None, "ok", note))]
        se = math.sqrt(math.fsum((f - mean) ** 2 for f in fitness) / (n - 1) / n)
        z = normal_quantile(cohort.options.confidence)
        low, high = max(mean - z * se, 0.0), min(mean + z * se, 1.0)
        return [cohort.figure(criterion, name, Estimate(mean, low, high, se, "ok", note))]


@dataclass(frozen=True)
class ShareOfEvents:
    """Share of events, whatever matter they are of."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "events of this kind ÷ all events within the lives of the matters; the events of a "
            "matter belong together, so the interval is that of a ratio of two sums over matters "
            "(linearised), on the logit scale"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Marks) or fact.of is None:
            raise CriterionError(f"criterion {criterion.id}: its statistic needs Marks with `of`")
        cohort = cohort.narrowed(fact.applies)
        if not cohort.n:
            return [_nothing(criterion, cohort, "share", "no matters")]
        part, whole = (np.bincount(cohort.marks(m)[0], minlength=cohort.n) for m in (fact, fact.of))
        events = int(whole.sum())
        if not events:
            return [_nothing(criterion, cohort, "share", "no events")]
        value = int(part.sum()) / events
        note = f"{int(part.sum())} of {events} events"
        if value in (0.0, 1.0) or cohort.n < 2:
            estimate = Estimate(value, None, None, None, "not_reached", f"{note}, so no interval")
        else:
            influence = ((part - value * whole) / events).tolist()
            n = cohort.n
            se = math.sqrt(math.fsum(x * x for x in influence) * n / (n - 1))
            low, high = interval(value, se, "logit", cohort.options.confidence)
            estimate = Estimate(value, low, high, se, "ok", note)
        return [cohort.figure(criterion, "share", estimate)]
