"""Laws of time bent at a moment: what lies beyond it goes faster, what lies before stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from polku.redesign.scaling import scaled
from polku.redesign.sums import shifted
from polku.simulate.laws import quantile
from polku.simulate.scenario import UNITS, Calendar, Law, Scenario, Varied

_ROUNDS = 60
_DAY = 24 * 60


def bent(law: Law, at: float, factor: float) -> Law:
    """The law of min(T, at) + factor × max(T − at, 0), where T follows `law`; `at` in µs.

    Exact: a mixture of what lies before `at` (unchanged) and what lies beyond (times `factor`, with
    `at` staying where it is), in this order, so that every draw is that of `law`, bent.
    """
    below = share_below(law, at)
    if below >= 1.0 or factor == 1.0:
        return law
    unit = _unit(law)
    cut = at / UNITS[unit]
    beyond = shifted(scaled(_cut(law, low=cut), factor), (1 - factor) * at)
    if below <= 0.0:
        return beyond
    before = _cut(law, high=cut)
    return Law("mixture", chances=(below, 1.0 - below), parts=(before, beyond), unit=unit)


def share_below(law: Law, at: float) -> float:
    """The share of times that are at most `at` (µs), by halving the interval of chances."""
    low, high = 0.0, 1.0
    edges = quantile(law, np.array([1e-12, 1 - 1e-12]))
    if at >= edges[1]:
        return 1.0
    if at < edges[0]:
        return 0.0
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if float(quantile(law, np.array([middle]))[0]) <= at:
            low = middle
        else:
            high = middle
    return low


def bent_varied(laws: Varied[Law], at: float, factor: float) -> Varied[Law]:
    """`bent` for every case and round."""
    return Varied(
        tuple(bent(x, at, factor) for x in laws.otherwise), laws.by,
        {k: tuple(bent(x, at, factor) for x in v) for k, v in laws.cases.items()},
    )  # fmt: skip


def open_share(scenario: Scenario, calendar: str | None) -> float:
    """The share of a week in which a calendar is open; 1 around the clock. Holidays do not count.

    With it, days of the calendar on the wall become time that a delay in that calendar counts.
    """
    if calendar is None:
        return 1.0
    held: Calendar = scenario.calendars[calendar]
    minutes = sum(_minutes(span) for spans in held.hours.values() for span in spans)
    return minutes / (7 * _DAY)


def _minutes(span: str) -> int:
    a, b = ([int(x) for x in t.split(":")[:2]] for t in span.split("-"))
    return (b[0] - a[0]) * 60 + b[1] - a[1]


def _cut(law: Law, low: float | None = None, high: float | None = None) -> Law:
    if low is not None and (law.low is None or law.low < low):
        law = replace(law, low=low)
    if high is not None and (law.high is None or law.high > high):
        law = replace(law, high=high)
    return law


def _unit(law: Law) -> str:
    while law.name == "mixture" and law.parts:
        law = law.parts[0]
    return law.unit or "minutes"
