"""Does the simulation hold the real log's figures? A verdict for each criterion of the catalogue.

For a figure that the real log gives as x and R simulated logs as y₁ … y_R, of mean ȳ and standard
deviation s, the interval in which *one more* log of the simulated process would lie is
ȳ ± t(R − 1) · s · √(1 + 1/R) (Geisser, "Predictive Inference", 1993, § 2): the real log is one
log, not a mean of many, so the spread between logs stays in full (the 1), and the mean's own doubt
is added (the 1/R). It is widened by nothing else: no allowance for the real figure's own interval,
which the spread between logs already is. Were the simulator the truth, 95 of 100 figures would lie
within.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from polku.measure.measurement import Figure, Measurement

Verdict = Literal["holds", "too_low", "too_high", "not_measurable", "not_reached", "no_interval"]


@dataclass(frozen=True)
class Held:
    """One statistic of one criterion in the real log, and what simulated logs say of it.

    `real`, `mean`, `low`, `high` in `unit`; `logs`: simulated logs that give the figure;
    `verdict`: "holds": `real` lies in `low` … `high`; "too_low", "too_high": the simulation lies
    wholly below or above the real figure; "not_measurable", "not_reached": `note` says of which log
    and why; "no_interval": fewer than two simulated logs. `first`: whether this is the statistic by
    which the criterion is counted.
    """

    id: str
    statistic: str
    principle: str
    unit: str
    hash: str
    real: float | None
    mean: float | None
    low: float | None
    high: float | None
    logs: int
    verdict: Verdict
    first: bool = False
    note: str = ""


def held(
    real: Measurement, simulated: Sequence[Measurement], *, confidence: float = 0.95
) -> tuple[Held, ...]:
    """The verdict on every whole-log figure of the real measurement, in its order.

    The simulated ones are measured by the same criteria; a figure of another hash is not set
    against the real one.
    """
    theirs = [{f.key: f for f in _whole(m)} for m in simulated]
    missing = [{f.id: f for f in _whole(m) if f.status == "not_measurable"} for m in simulated]
    found: list[Held] = []
    seen: set[str] = set()
    for figure in _whole(real):
        others = [
            t.get(figure.key, gone.get(figure.id)) for t, gone in zip(theirs, missing, strict=True)
        ]
        row = _verdict(figure, others, confidence)
        found.append(replace(row, first=figure.id not in seen))
        seen.add(figure.id)
    return tuple(found)


def _whole(measurement: Measurement) -> list[Figure]:
    return [f for f in measurement.criteria if f.by is None and f.period is None]


def _verdict(figure: Figure, others: Sequence[Figure | None], confidence: float) -> Held:
    values = [f.value for f in others if f is not None and f.value is not None]
    row = Held(
        figure.id, figure.statistic, figure.principle, figure.unit, figure.hash, figure.value,
        None, None, None, len(values), "not_measurable",
    )  # fmt: skip
    if figure.status == "not_measurable":
        return replace(row, note=f"real log: {figure.note}")
    for k, other in enumerate(others, 1):
        if other is None or other.status == "not_measurable":
            why = other.note if other is not None else "it has no such figure"
            return replace(row, note=f"simulated log {k}: {why}")
        if other.hash != figure.hash:
            return replace(row, note=f"simulated log {k}: measured by another definition")
    if figure.value is None:
        return replace(row, verdict="not_reached", note=f"real log: {_why(figure)}")
    if len(values) < len(others):
        k, other = next((k, f) for k, f in enumerate(others, 1) if f is None or f.value is None)
        why = _why(other) if other is not None else ""
        return replace(row, verdict="not_reached", note=f"simulated log {k}: {why}")
    mean = float(np.mean(values))
    if len(values) < 2:
        return replace(row, mean=mean, verdict="no_interval")
    low, high = predicted(values, confidence)
    slack = 1e-9 * max(abs(mean), abs(figure.value))  # sums of equal terms in another order
    verdict: Verdict = "holds"
    if figure.value < low - slack:
        verdict = "too_high"
    elif figure.value > high + slack:
        verdict = "too_low"
    return replace(row, mean=mean, low=low, high=high, verdict=verdict)


def _why(figure: Figure) -> str:
    if figure.status == "hidden":
        return "fewer than 5 matters"
    return figure.note or "lies beyond what was observed"


def predicted(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """The interval in which one more value like these lies; at least two are given.

    >>> low, high = predicted([1.0, 2.0, 3.0])
    >>> round(low, 2), round(high, 2)
    (-2.97, 6.97)
    """
    return _t_interval(values, confidence, 1 + 1 / len(values))


def of_mean(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """Student's t-interval of the mean; at least two values are given."""
    return _t_interval(values, confidence, 1 / len(values))


def _t_interval(values: Sequence[float], confidence: float, spread: float) -> tuple[float, float]:
    from scipy.stats import t

    mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
    reach = float(t.ppf((1 + confidence) / 2, len(values) - 1)) * deviation * spread**0.5
    return mean - reach, mean + reach
