"""Laws, and values that vary by attribute and round, from their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polku.simulate.file.law_problems import is_continuous, unknown_law
from polku.simulate.file.table import (
    Read,
    T,
    Table,
    many,
    named,
    number,
    one_of,
    refuse,
    text,
    told,
    under,
)
from polku.simulate.scenario import UNITS, Law, Varied

_EXAMPLE = '{"law": "fixed", "value": 30, "unit": "minutes"}'

_unit = one_of(UNITS)


def _unit_or_null(value: Any, place: str) -> str | None:
    return None if value is None else str(_unit(value, place))


numbers = many(number)


def law(value: Any, place: str) -> Law:
    """A law of chance (`polku.simulate.scenario.Law`); without `unit` it is one of a plain number.

    >>> law({"law": "lognorm", "shapes": [0.8], "scale": 2.5, "unit": "hours"}, "").shapes
    (0.8,)
    """
    if not isinstance(value, dict):
        refuse(place, f"is {told(value)}; write a law, as in {_EXAMPLE}")
    table = Table(value, place, "a law")
    name = table.required("law", text, f"the law's name, as in {_EXAMPLE}")
    values: tuple[float, ...] = ()
    chances: tuple[float, ...] = ()
    parts: tuple[Law, ...] = ()
    shapes: tuple[float, ...] = ()
    loc, scale = 0.0, 1.0
    match name:
        case "fixed":
            values = (table.required("value", number, '"value": 30'),)
        case "empirical":
            values = table.required("values", numbers, '"values": [12, 15, 31]')
        case "quantiles":
            points = table.required("points", many(_pair), '"points": [[0, 1], [0.5, 3], [1, 9]]')
            chances, values = tuple(p[0] for p in points), tuple(p[1] for p in points)
        case "mixture":
            found = table.required("parts", many(_part), '"parts": [{"weight": 0.3, "law": {…}}]')
            chances, parts = tuple(p[0] for p in found), tuple(p[1] for p in found)
        case _:
            if not is_continuous(name):
                refuse(under(place, "law"), unknown_law(name))
            shapes = table.optional("shapes", numbers, ())
            loc = table.optional("loc", number, 0.0)
            scale = table.optional("scale", number, 1.0)
    # A mixture's own unit is that of its low and high; it need not be said.
    unit = table.optional("unit", _unit_or_null, parts[0].unit if parts else None)
    low = table.optional("low", number, None)
    high = table.optional("high", number, None)
    table.done()
    return Law(name, values, chances, parts, shapes, loc, scale, unit, low, high)


def _pair(value: Any, place: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        refuse(place, f"is {told(value)}; write a pair [chance, value], as in [0.5, 3]")
    return number(value[0], f"{place}[0]"), number(value[1], f"{place}[1]")


def _part(value: Any, place: str) -> tuple[float, Law]:
    table = Table(value, place, "a part of the mixture")
    weight = table.required("weight", number, '"weight": 0.3')
    found = table.required("law", law, f'"law": {_EXAMPLE}')
    table.done()
    return weight, found


def chances(value: Any, place: str) -> Mapping[str, float]:
    """Names (values of an attribute, flows, channels) with the chance of each."""
    return named(number)(value, place)


def varied(read: Read[T]) -> Read[Varied[T]]:
    """A reader of a value that may vary.

    Either the value itself, or `{"rounds": [first, second, …]}`, or
    `{"by": "kind", "cases": {"big": value or rounds}, "otherwise": value or rounds}`.
    """

    def rounds(value: Any, place: str) -> tuple[T, ...]:
        # Names with chances may have the name "rounds": there a number stands under it.
        if isinstance(value, dict) and isinstance(value.get("rounds"), list):
            table = Table(value, place, "rounds")
            found = table.required("rounds", many(read), '"rounds": [first, second]')
            table.done()
            if not found:
                refuse(under(place, "rounds"), "is empty; write the value of the first round")
            return found
        return (read(value, place),)

    def read_varied(value: Any, place: str) -> Varied[T]:
        if not isinstance(value, dict) or not isinstance(value.get("by"), str):
            return Varied(rounds(value, place))
        table = Table(value, place, "a value that varies")
        by = table.required("by", text, '"by": "kind"')
        cases = table.required("cases", named(rounds), '"cases": {"big": …}')
        otherwise = table.required("otherwise", rounds, 'the value for all others: "otherwise": …')
        table.done()
        return Varied(otherwise, by, cases)

    return read_varied


varied_law = varied(law)
varied_number = varied(number)
varied_chances = varied(chances)
