"""The parts of `moves.toml` that are about moves: parameters, laws of assumptions, named moves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any

from polku.errors import ScenarioError
from polku.log.mapping import nearest
from polku.redesign.move import Assumption, Move, MoveKind, Parameter, Value, kinds
from polku.redesign.move_names import check_places
from polku.redesign.prototype import Prototype
from polku.simulate.file.law_problems import law_problems, support
from polku.simulate.file.origins import read_origin
from polku.simulate.file.table import Read, Table, many, number, refuse, text, told, under
from polku.simulate.file.values import law as read_law
from polku.simulate.scenario import UNITS, Law, Origin

_NAMES = many(text)
NOTHING: Mapping[Any, Any] = MappingProxyType({})
NO_CLAIMS: Mapping[str, Assumption] = NOTHING
NO_IDS: tuple[str, ...] = ()
_SLIP = 2.0
"""A law of shares that never falls below this is a slip of per cent."""


def no_dates(value: Any, place: str) -> None:
    """Refuse days and times, of which moves.toml has none."""
    match value:
        case datetime() | date() | time():
            refuse(place, f"is the day or time {value}; write a text in quotes, or a number")
        case dict():
            for key, inner in value.items():
                no_dates(inner, under(place, key))
        case list():
            for k, inner in enumerate(value):
                no_dates(inner, under(place, k))


def tables(value: Any, name: str, file: str) -> Iterator[tuple[Any, str]]:
    """The tables of a [[name]], each with its place."""
    place = f"{file}: [[{name}]]"
    if not isinstance(value, list):
        refuse(place, f"is {told(value)}; write [[{name}]] above each table")
    for k, row in enumerate(value, 1):
        if not isinstance(row, dict):
            refuse(f"{place} {k}", f"is {told(row)}; write [[{name}]] above a table")
        yield row, f"{place} {k}"


def kind_named(name: str, place: str) -> MoveKind:
    """The kind of move of a name."""
    known = kinds()
    if name not in known:
        refuse(place, f"no kind of move is called {told(name)}; {nearest(name, known)}")
    return known[name]


def each(value: Any, place: str) -> Iterator[tuple[str, Any, str]]:
    """Key, value and place of each entry of a table."""
    if not isinstance(value, dict):
        refuse(place, f"is {told(value)}; write it as a table")
    for key, inner in value.items():
        yield key, inner, under(place, key)


# -- parameters


def parameters(value: Any, place: str) -> dict[str, dict[str, Value]]:
    """[parameters.KIND]: by kind the parameters that stand for its defaults."""
    return {
        name: given(inner, kind_named(name, place), at) for name, inner, at in each(value, place)
    }


def given(value: Any, kind: MoveKind, place: str) -> dict[str, Value]:
    """Parameters of one kind, in its types and within its bounds."""
    out: dict[str, Value] = {}
    for name, inner, at in each(value, place):
        if name not in kind.parameters:
            hint = (
                nearest(name, kind.parameters) if kind.parameters else "it has none; leave it out"
            )
            refuse(place, f"move {kind.name} has no parameter {told(name)}; {hint}")
        out[name] = _parameter(inner, kind.parameters[name], at)
    return out


def _parameter(value: Any, of: Parameter, place: str) -> Value:
    if isinstance(of.default, bool):
        if not isinstance(value, bool):
            refuse(place, f"is {told(value)}; write true or false ({of.what})")
        return value
    if isinstance(of.default, str):
        found = text(value, place)
        if of.choices and found not in of.choices:
            refuse(place, f"is {told(found)}; {nearest(found, of.choices)}")
        return found
    amount = number(value, place)
    whole = isinstance(of.default, int)
    if whole and not amount.is_integer():
        refuse(place, f"is {told(value)}; write a whole number ({of.what})")
    low, high = of.low, of.high
    if (low is not None and amount < low) or (high is not None and amount > high):
        refuse(place, f"is {amount:g}; write a number {_between(low, high)} ({of.what})")
    return int(amount) if whole else amount


def _between(low: float | None, high: float | None) -> str:
    if low is None:
        return f"of {high:g} at most"
    return f"of {low:g} at least" if high is None else f"from {low:g} to {high:g}"


# -- assumptions


def assumptions(value: Any, place: str) -> dict[tuple[str, str], Assumption]:
    """[assumptions.KIND.ID]: by (kind, id) the assumption with its law and origin."""
    out: dict[tuple[str, str], Assumption] = {}
    for name, inner, at in each(value, place):
        out |= {(name, id): a for id, a in claims(inner, kind_named(name, place), at).items()}
    return out


def claims(value: Any, kind: MoveKind, place: str) -> dict[str, Assumption]:
    """The assumptions of one kind whose laws are given, by id."""
    known = {a.id: a for a in kind.assumptions}
    out = {}
    for id, inner, at in each(value, place):
        if id not in known:
            hint = nearest(id, known) if known else "it claims nothing; leave it out"
            refuse(place, f"move {kind.name} has no assumption {told(id)}; {hint}")
        table = Table(inner, at, "an assumption")
        law = table.required("law", read_law, 'law = { law = "uniform", loc = 0.6, scale = 0.3 }')
        origin = table.required("origin", _origin, 'origin = "typed: who says so, and when"')
        table.done()
        out[id] = replace(known[id], law=_fitting(law, known[id], f"{at}.law"), origin=origin)
    return out


def _origin(value: Any, place: str) -> Origin:
    found = read_origin(value, place)
    if not (found.note or "").strip() and found.n is None:
        refuse(
            place, f'says {told(found.how)} and not from where; write "{found.how}: who or what"'
        )
    return found


def _fitting(law: Law, usual: Assumption, place: str) -> Law:
    """A law in the unit of the one whose place it takes."""
    timed = usual.law.unit is not None
    for problem in law_problems(law, place, "time" if timed else "number"):
        raise ScenarioError(problem)
    if timed:
        return in_unit(law, usual.law.unit)
    low, most = ends(law)[0], ends(usual.law)[1]
    if most <= 1.0 and low >= _SLIP:
        refuse(
            place,
            f"is never below {low:g}, where {usual.usual:g} is usual; write a share of 70 % as 0.7",
        )
    return law


def ends(law: Law) -> tuple[float, float]:
    """Smallest and largest value that a law gives, in its unit."""
    if law.name == "mixture":
        each_ = [ends(p) for p in law.parts]
        return min(e[0] for e in each_), max(e[1] for e in each_)
    return support(law)


def in_unit(law: Law, unit: str | None) -> Law:
    """A law of a time told in another unit: the same times.

    >>> from polku.simulate.scenario import fixed
    >>> in_unit(fixed(90, "minutes"), "hours").values
    (1.5,)
    """
    parts = tuple(in_unit(p, unit) for p in law.parts)
    if unit is None or law.unit is None or law.unit == unit:
        return replace(law, parts=parts)
    by = UNITS[law.unit] / UNITS[unit]
    return replace(
        law,
        values=tuple(v * by for v in law.values),
        parts=parts,
        loc=law.loc * by,
        scale=law.scale * by if not law.values and not law.parts else law.scale,
        unit=unit,
        low=None if law.low is None else law.low * by,
        high=None if law.high is None else law.high * by,
    )


# -- named moves


def move(
    value: Any, current: Prototype, place: str, insights: Collection[str] = (),
    usual: Mapping[str, Mapping[str, Value]] = NOTHING,
    laws: Mapping[tuple[str, str], Assumption] = NOTHING,
) -> Move:  # fmt: skip
    """One [[move]]; `usual`, `laws`: what [parameters] and [assumptions] say of all moves."""
    table = Table(value, place, "a move")
    kind = kind_named(table.required("kind", text, 'kind = "merge-steps"'), place)
    at = table.required("at", _NAMES, 'at = ["id of a step"]')
    nothing: dict[str, Value] = {}
    with_ = table.optional("with", lambda v, p: given(v, kind, p), nothing)
    own = table.optional("assumptions", lambda v, p: claims(v, kind, p), NO_CLAIMS)
    answers = table.optional("answers", insights_of(insights), NO_IDS)
    table.done()
    if not at:
        refuse(under(place, "at"), "is empty; name the elements that the move is about")
    check_places(at, current, under(place, "at"))
    made = kind.at(*at)
    mine = [own.get(a.id, laws.get((kind.name, a.id), a)) for a in made.assumptions]
    given_ = {**made.with_, **usual.get(kind.name, {}), **with_}
    return replace(made, with_=given_, assumptions=tuple(mine), answers=answers)


def insights_of(known: Collection[str]) -> Read[tuple[str, ...]]:
    """A reader of a list of ids of insights."""

    def read(value: Any, place: str) -> tuple[str, ...]:
        found = _NAMES(value, place)
        for k, id in enumerate(found):
            if id not in known:
                hint = nearest(id, known) if known else "add an [[insight]] with this id"
                refuse(f"{place}[{k}]", f"no insight has the id {told(id)}; {hint}")
        return tuple(dict.fromkeys(found))

    return read
