"""What is wrong with a law, as far as the law alone can tell."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Literal

from polku.log.mapping import nearest
from polku.simulate.continuous import continuous, names
from polku.simulate.scenario import UNITS, Law

OWN_LAWS = ("fixed", "empirical", "quantiles", "mixture")
"""Laws that are no continuous law of `scipy.stats`."""
LONGEST_DAYS = 36_500.0
"""A time that a law always exceeds is a slip of the unit."""

Of = Literal["time", "number"]


def is_continuous(name: str) -> bool:
    """Whether this is a continuous law of `scipy.stats`.

    >>> is_continuous("lognorm"), is_continuous("poisson")
    (True, False)
    """
    return continuous(name) is not None


def unknown_law(name: str) -> str:
    """The sentence about a law that is not known."""
    hint = nearest(name, (*OWN_LAWS, *names()))
    if not hint.startswith("did you mean"):
        hint = 'write "fixed", "empirical", "quantiles", "mixture" or a law of scipy.stats'
    return f"{json.dumps(name[:60])} is not known; {hint}"


def law_problems(law: Law, place: str, of: Of) -> Iterator[str]:
    """What is wrong with a law of a time (never negative, with a unit) or of a number (without).

    `place` stands before each sentence.
    """
    if law.name == "mixture":
        yield from _mixture(law, place, of)
        return
    if of == "time" and law.unit is None:
        yield f'{place}: has no unit; add "unit": one of {", ".join(UNITS)}'
    elif of == "number" and law.unit is not None:
        yield f"{place}: has the unit {law.unit!r}, but is a plain number; leave the unit out"
    elif law.unit is not None and law.unit not in UNITS:
        yield f"{place}: unit {law.unit!r} is not known; {nearest(law.unit, UNITS)}"
        return
    yield from _bounds(law, place)
    found = list(_form(law, place))
    yield from found
    if not found and (law.low is None or law.high is None or law.low <= law.high):
        yield from _extent(law, place, of)


def _bounds(law: Law, place: str) -> Iterator[str]:
    if law.low is not None and law.high is not None and law.low > law.high:
        yield f"{place}: lies between {law.low:g} and {law.high:g}; turn low and high round"
    if not all(math.isfinite(b) for b in (law.low, law.high) if b is not None):
        yield f"{place}: has a bound that is no finite number; leave it out"


def _form(law: Law, place: str) -> Iterator[str]:
    """Wrong number or order of the law's own parameters."""
    every = (*law.values, *law.chances, *law.shapes, law.loc, law.scale)
    if not all(math.isfinite(v) for v in every):
        yield f"{place}: holds a value that is no finite number; write a smaller one"
        return
    match law.name:
        case "fixed":
            if len(law.values) != 1:
                yield f"{place}: has {len(law.values)} values; a fixed law has one"
        case "empirical":
            if not law.values:
                yield f"{place}: has no values; write at least one observation"
        case "quantiles":
            yield from _quantiles(law, place)
        case _:
            yield from _scipy(law, place)


def _quantiles(law: Law, place: str) -> Iterator[str]:
    if len(law.values) != len(law.chances) or len(law.values) < 2:
        yield f"{place}: has {len(law.values)} points; write two or more, as in [[0, 1], [1, 9]]"
        return
    if law.chances[0] != 0.0 or law.chances[-1] != 1.0:
        yield (
            f"{place}: runs from chance {law.chances[0]:g} to {law.chances[-1]:g}; begin with the "
            "smallest value at 0 and end with the largest at 1"
        )
    for i in range(1, len(law.values)):
        if law.chances[i] < law.chances[i - 1] or law.values[i] < law.values[i - 1]:
            yield f"{place}: point {i + 1} lies below the one before; put the points in order"
            return


def _scipy(law: Law, place: str) -> Iterator[str]:
    known = continuous(law.name)
    if known is None:
        yield f"{place}: law {unknown_law(law.name)}"
        return
    needed = len(known.shapes)
    if len(law.shapes) != needed:
        shown = f" ({', '.join(known.shapes)})" if known.shapes else ""
        yield (
            f"{place}: {law.name} has {needed} shape{'s' * (needed != 1)}{shown}, "
            f"here are {len(law.shapes)}; write them in order"
        )
    elif law.scale <= 0:
        yield f"{place}: scale is {law.scale:g}; it must be above 0"
    elif not known.is_valid(*law.shapes):
        shown = ", ".join(f"{s:g}" for s in law.shapes)
        yield f"{place}: {law.name} cannot have the shapes {shown}; see scipy.stats.{law.name}"


def support(law: Law) -> tuple[float, float]:
    """Smallest and largest value that a law (of right form, no mixture) gives, in its unit."""
    if law.values:
        values: Any = law.values
        if law.name == "empirical":
            values = [v for v in values if _within(law, v)]
        low, high = (min(values), max(values)) if values else (math.nan, math.nan)
    else:
        known = continuous(law.name)
        ends = known.support(*law.shapes) if known is not None else (math.nan, math.nan)
        low, high = (law.loc + law.scale * end for end in ends)
    if law.low is not None:
        low = max(low, law.low)
    if law.high is not None:
        high = min(high, law.high)
    return low, high


def _within(law: Law, value: float) -> bool:
    return (law.low is None or value >= law.low) and (law.high is None or value <= law.high)


def _extent(law: Law, place: str, of: Of) -> Iterator[str]:
    low, high = support(law)
    if not low <= high:
        yield f"{place}: gives nothing between its low and high; widen them"
        return
    if low < 0:
        told = f"{low:g}" if math.isfinite(low) else "any value below 0"
        what = "a time" if of == "time" else "a number here"
        yield f'{place}: gives {told}; {what} is never negative: add "low": 0 or another law'
    unit = UNITS.get(law.unit or "")
    if of == "time" and unit is not None and low * unit > LONGEST_DAYS * 8.64e10:
        yield (
            f"{place}: lasts at least {low:g} {law.unit}, more than a hundred years; look at the "
            "unit"
        )


def _mixture(law: Law, place: str, of: Of) -> Iterator[str]:
    if not law.parts or len(law.parts) != len(law.chances):
        yield f"{place}: has {len(law.parts)} parts; a mixture needs one or more, each with weight"
        return
    for i, weight in enumerate(law.chances):
        if not math.isfinite(weight) or weight < 0:
            yield f"{place}.parts[{i}]: weight is {weight:g}; a weight is 0 or more"
    if not sum(law.chances) > 0:
        yield f"{place}: all weights are 0; give one part a weight"
    yield from _bounds(law, place)
    for i, part in enumerate(law.parts):
        yield from law_problems(part, f"{place}.parts[{i}].law", of)
