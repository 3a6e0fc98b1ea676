"""Laws of the time that two works take together.

The sum of two laws has no law of its own kind: it is told by its quantiles. Both laws are taken at
the middles of `PARTS` equal shares of chance, all sums of two are put in order, and their quantiles
are read off at `CHANCES`; values are then scaled so that the mean is the sum of the two means to
the last digit. Nothing is drawn, so the same laws always give the same sum.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

import numpy as np

from polku.errors import RedesignError
from polku.redesign.scaling import shifted as longer
from polku.simulate.laws import mean, quantile
from polku.simulate.scenario import UNITS, Law, Varied

PARTS = 256
CHANCES = (0.0, 0.001, 0.005, *(k / 64 for k in range(1, 64)), 0.99, 0.995, 0.998, 0.999, 1.0)
"""Shares of chance at which a sum is told; finer at both ends, where laws of work are long."""


@lru_cache(maxsize=4096)
def sum_law(a: Law, b: Law) -> Law:
    """The law of the sum of two independent times, in the unit of the first.

    Raises `ScenarioError` where one of the laws is not sound.
    """
    unit = _unit(a)
    one = UNITS[unit]
    if a.name == "fixed" and b.name == "fixed":
        return Law("fixed", ((mean(a) + mean(b)) / one,), unit=unit)
    u = (np.arange(PARTS) + 0.5) / PARTS
    sums = np.sort((quantile(a, u)[:, None] + quantile(b, u)[None, :]).ravel())
    at = np.asarray(CHANCES) * (len(sums) - 1)
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, len(sums) - 1)
    values = sums[low] + (at - low) * (sums[high] - sums[low])
    told = Law("quantiles", tuple((values / one).tolist()), CHANCES, unit=unit)
    whole, now = mean(a) + mean(b), mean(told)
    if now > 0 and math.isfinite(whole):
        told = replace(told, values=tuple(v * (whole / now) for v in told.values))
    return told


def sum_varied(a: Varied[Law] | None, b: Varied[Law] | None) -> Varied[Law] | None:
    """The sum of two works for each case and round; None where there is neither.

    `RedesignError` where they vary by different attributes (`varies_apart`).
    """
    if a is None or b is None:
        return a or b
    if varies_apart(a, b):
        raise RedesignError(f"works that vary by {a.by!r} and by {b.by!r} have no common sum")
    cases = {
        case: _rounds(a.cases.get(case, a.otherwise), b.cases.get(case, b.otherwise))
        for case in sorted({*a.cases, *b.cases})
    }
    return Varied(_rounds(a.otherwise, b.otherwise), a.by or b.by, cases)


def varies_apart(a: Varied[Law] | None, b: Varied[Law] | None) -> bool:
    """Whether two works vary by different attributes."""
    return a is not None and b is not None and None not in (a.by, b.by) and a.by != b.by


def _rounds(a: tuple[Law, ...], b: tuple[Law, ...]) -> tuple[Law, ...]:
    """Sums round by round; the last of the shorter one holds for all later rounds."""
    return tuple(
        sum_law(x or a[-1], y or b[-1]) for x, y in zip_longest(a, b)
    )  # fmt: skip


def shifted(law: Law, by: float) -> Law:
    """The law with a time (µs, 0 or more) added to all that it gives; see `scaling.shifted`."""
    return longer(law, by / UNITS["minutes"])


def most_work(laws: Varied[Law] | None) -> float:
    """The largest mean (µs) among all cases and rounds; 0 where nothing is done."""
    return 0.0 if laws is None else max(mean(law) for law in laws.all())


def _unit(law: Law) -> str:
    while law.name == "mixture" and law.parts:
        law = law.parts[0]
    return law.unit or "minutes"
