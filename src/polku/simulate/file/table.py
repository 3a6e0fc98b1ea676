"""One object of a JSON document: each known key is asked for, and what is left is an error."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NoReturn, TypeVar

from polku.errors import ScenarioError
from polku.log.mapping import nearest

T = TypeVar("T")
Read = Callable[[Any, str], T]
"""Reads a JSON value; its place is told in errors."""

_PLAIN = re.compile(r"[\w-]{1,60}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MISSING = object()


def under(place: str, key: str | int) -> str:
    """The place of a key (or the number of an item, from 0) below a place.

    >>> under("s.json: steps", "decide"), under("", "kinds"), under("s.json: ", "kinds")
    ('s.json: steps.decide', 'kinds', 's.json: kinds')
    """
    if isinstance(key, int):
        return f"{place}[{key}]"
    told = key if _PLAIN.fullmatch(key) else json.dumps(_short(key), ensure_ascii=False)
    return f"{place}.{told}" if place and not place.endswith(": ") else f"{place}{told}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def told(value: Any) -> str:
    """How to speak of a JSON value in an error.

    >>> told({}), told(3), told("x" * 99)[:6]
    ('an object', '3', '"xxxxx')
    """
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return json.dumps(_short(value), ensure_ascii=False)
        case int() if not isinstance(value, bool) and abs(value) >= 10**20:
            return "a number without end"
    return json.dumps(value)


def refuse(place: str, found: str) -> NoReturn:
    """Raise `ScenarioError` for a place."""
    if not place:
        raise ScenarioError(f"the scenario {found}")
    raise ScenarioError(f"{place.removesuffix(': ')}: {found}")


class Table:
    """An object at a place; `optional` and `required` take its keys, `done` refuses the others."""

    def __init__(self, value: Any, place: str, what: str) -> None:
        if not isinstance(value, dict):
            refuse(place, f"is {told(value)}; write {what} as an object in {{ }}")
        self.value: dict[str, Any] = value
        self.place = place
        self.known: set[str] = set()

    def optional(self, key: str, read: Read[T], default: T) -> T:
        """The value of a key, or the default where the key is not there."""
        self.known.add(key)
        found = self.value.get(key, _MISSING)
        return default if found is _MISSING else read(found, under(self.place, key))

    def required(self, key: str, read: Read[T], example: str) -> T:
        """The value of a key that must be there."""
        self.known.add(key)
        if key not in self.value:
            near = difflib.get_close_matches(key, self.value.keys() - self.known, n=1, cutoff=0.8)
            if near:
                refuse(self.place, f"has an unknown key {told(near[0])}; did you mean {key!r}?")
            refuse(self.place, f"has no {key!r}; add {example}")
        return read(self.value[key], under(self.place, key))

    def done(self) -> None:
        """Refuse every key that was not asked for."""
        for key in self.value:
            if key not in self.known:
                refuse(self.place, f"has an unknown key {told(key)}; {nearest(key, self.known)}")


def text(value: Any, place: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str):
        refuse(place, f"is {told(value)}; write a text in quotes")
    if not value.strip():
        refuse(place, "is empty; write a name, or leave the key out")
    return value


def free_text(value: Any, place: str) -> str:
    """A text, which may be empty."""
    if not isinstance(value, str):
        refuse(place, f"is {told(value)}; write a text in quotes")
    return value


def number(value: Any, place: str) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(place, f"is {told(value)}; write a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        refuse(place, "is a number without end; write a smaller one")
    return found


def whole(value: Any, place: str) -> int:
    """A whole number that fits 64 bits."""
    found = number(value, place)
    if not found.is_integer() or abs(found) >= 2**63:
        refuse(place, f"is {told(value)}; write a whole number")
    return int(value)


def yes_or_no(value: Any, place: str) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        refuse(place, f"is {told(value)}; write true or false")
    return value


def day(value: Any, place: str) -> date:
    """A day as 2025-12-31."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    refuse(place, f'is {told(value)}; write a day of the calendar as "2025-12-31"')


def one_of(words: Iterable[str]) -> Read[Any]:
    """A reader of one of some words."""
    known = tuple(words)

    def read(value: Any, place: str) -> str:
        if value not in known:
            hint = nearest(value, known) if isinstance(value, str) else f"write {known[0]!r}"
            refuse(place, f"is {told(value)}; {hint}")
        return str(value)

    return read


def many(read: Read[T]) -> Read[tuple[T, ...]]:
    """A reader of a list."""

    def read_all(value: Any, place: str) -> tuple[T, ...]:
        if not isinstance(value, list):
            refuse(place, f"is {told(value)}; write a list in [ ]")
        return tuple(read(v, f"{place}[{i}]") for i, v in enumerate(value))

    return read_all


def named(read: Read[T]) -> Read[Mapping[str, T]]:
    """A reader of an object whose keys are names of the scenario's own (or of its path)."""

    def read_all(value: Any, place: str) -> Mapping[str, T]:
        if not isinstance(value, dict):
            refuse(place, f"is {told(value)}; write names and values in {{ }}")
        for key in value:
            if not key.strip():
                refuse(place, "has an empty name; give it a name")
        return {k: read(v, under(place, k)) for k, v in value.items()}

    return read_all
