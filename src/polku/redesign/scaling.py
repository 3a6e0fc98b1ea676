"""Laws of chance times a factor, or so much longer, exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from polku.errors import RedesignError
from polku.simulate.laws import OWN_LAWS
from polku.simulate.scenario import UNITS, Law, StepNumbers, Varied


def scaled(law: Law, factor: float) -> Law:
    """The law of `factor` times a draw of `law`, in the same unit; exact for every law.

    Bounds (`low`, `high`) are scaled with the rest, so the same share is cut. `factor` 0 gives the
    fixed law of 0. Raises `RedesignError` for a factor that is negative or not finite.

    >>> scaled(Law("expon", scale=2.0, low=1.0), 3.0)
    Law(name='expon', values=(), chances=(), parts=(), shapes=(), loc=0.0, scale=6.0, \
unit='minutes', low=3.0, high=None)
    """
    if not (math.isfinite(factor) and factor >= 0):
        raise RedesignError(f"factor {factor:g}: a time cannot be scaled by it; give 0 or more")
    if factor == 1:
        return law
    if factor == 0:
        return Law("fixed", (0.0,), unit=_unit(law))
    low = None if law.low is None else law.low * factor
    high = None if law.high is None else law.high * factor
    if law.name == "mixture":
        parts = tuple(scaled(part, factor) for part in law.parts)
        return replace(law, parts=parts, low=low, high=high)
    if law.name in OWN_LAWS:
        return replace(law, values=tuple(v * factor for v in law.values), low=low, high=high)
    return replace(law, loc=law.loc * factor, scale=law.scale * factor, low=low, high=high)


def scaled_varied(laws: Varied[Law], factor: float) -> Varied[Law]:
    """`scaled` for every case and round."""
    return _each(laws, lambda x: scaled(x, factor))


def scaled_work(numbers: StepNumbers, factor: float) -> StepNumbers:
    """A step's numbers with its work (everybody's, and that of single people) times a factor."""
    return replace(
        numbers,
        work=None if numbers.work is None else scaled_varied(numbers.work, factor),
        by_person={k: scaled(law, factor) for k, law in numbers.by_person.items()},
    )


def mixed(law: Law, factors: Iterable[tuple[float, float]]) -> Law:
    """The law that with each chance is `law` times a factor; `factors`: (chance, factor) pairs.

    Pairs of chance 0 are left out; one pair that remains gives no mixture.
    """
    pairs = [(c, f) for c, f in factors if c > 0]
    if len(pairs) == 1:
        return scaled(law, pairs[0][1])
    if not pairs:
        raise RedesignError("a mixture of laws: every chance is 0; give one above 0")
    parts = tuple(scaled(law, f) for _, f in pairs)
    return Law("mixture", chances=tuple(c for c, _ in pairs), parts=parts, unit=_unit(law))


def mixed_work(numbers: StepNumbers, factors: Iterable[tuple[float, float]]) -> StepNumbers:
    """A step's numbers with its work `mixed`, everybody's and that of single people."""
    pairs = tuple(factors)
    return replace(
        numbers,
        work=None if numbers.work is None else mixed_varied(numbers.work, pairs),
        by_person={k: mixed(law, pairs) for k, law in numbers.by_person.items()},
    )


def shifted(law: Law, minutes: float) -> Law:
    """The law of a draw of `law` (a time) and so many minutes more, in the same unit; exact.

    Bounds move along. Raises `RedesignError` for a plain number.
    """
    unit = _unit(law)
    if unit is None:
        raise RedesignError(f"law {law.name}: is a plain number; minutes cannot be added to it")
    if minutes == 0:
        return law
    if law.name == "mixture":
        by = 0.0 if law.unit is None else minutes * UNITS["minutes"] / UNITS[law.unit]
        law = replace(law, parts=tuple(shifted(part, minutes) for part in law.parts))
    else:
        by = minutes * UNITS["minutes"] / UNITS[unit]
    low = None if law.low is None else law.low + by
    high = None if law.high is None else law.high + by
    if law.name in OWN_LAWS:
        return replace(law, values=tuple(v + by for v in law.values), low=low, high=high)
    return replace(law, loc=law.loc + by, low=low, high=high)


def shifted_varied(laws: Varied[Law], minutes: float) -> Varied[Law]:
    """`shifted` for every case and round."""
    return _each(laws, lambda x: shifted(x, minutes))


def shifted_work(numbers: StepNumbers, minutes: float) -> StepNumbers:
    """A step's numbers with its work, everybody's and that of single people, so much longer."""
    return replace(
        numbers,
        work=None if numbers.work is None else shifted_varied(numbers.work, minutes),
        by_person={k: shifted(law, minutes) for k, law in numbers.by_person.items()},
    )


def mixed_varied(laws: Varied[Law], factors: Iterable[tuple[float, float]]) -> Varied[Law]:
    """`mixed` for every case and round."""
    pairs = tuple(factors)
    return _each(laws, lambda x: mixed(x, pairs))


def _each(laws: Varied[Law], change: Callable[[Law], Law]) -> Varied[Law]:
    return Varied(
        tuple(map(change, laws.otherwise)),
        laws.by,
        {k: tuple(map(change, rounds)) for k, rounds in laws.cases.items()},
    )


def _unit(law: Law) -> str | None:
    return _unit(law.parts[0]) if law.name == "mixture" and law.parts else law.unit
