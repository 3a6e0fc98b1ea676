"""Laws of chance times a factor, exactly: the law of `factor` × what the law gives."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from polku.errors import RedesignError
from polku.simulate.laws import OWN_LAWS
from polku.simulate.scenario import Law, StepNumbers, Varied


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
    return Varied(
        tuple(scaled(x, factor) for x in laws.otherwise),
        laws.by,
        {k: tuple(scaled(x, factor) for x in rounds) for k, rounds in laws.cases.items()},
    )


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
    work = numbers.work
    if work is not None:
        work = Varied(
            tuple(mixed(x, pairs) for x in work.otherwise),
            work.by,
            {k: tuple(mixed(x, pairs) for x in rounds) for k, rounds in work.cases.items()},
        )
    return replace(
        numbers,
        work=work,
        by_person={k: mixed(law, pairs) for k, law in numbers.by_person.items()},
    )


def _unit(law: Law) -> str | None:
    return _unit(law.parts[0]) if law.name == "mixture" and law.parts else law.unit
