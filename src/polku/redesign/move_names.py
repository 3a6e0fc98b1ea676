"""How terms name moves: by kind, by key, or by kind and places whatever the parameters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from polku.errors import RedesignError
from polku.log.mapping import nearest
from polku.path.model import Path
from polku.redesign.move import Move, Value, kind_of, kinds
from polku.redesign.prototype import Prototype

_KEY = re.compile(r"\s*([^\s()]+)\s*\((.*)\)\s*", re.DOTALL)


def names(move: Move) -> tuple[str, str, str]:
    """The names under which terms may speak of a move: kind, key, key without parameters.

    >>> names(Move("add-hours", ("desk",), {"hours_per_week": 15.0}))
    ('add-hours', 'add-hours(desk, hours_per_week=15.0)', 'add-hours(desk)')
    """
    return move.kind, move.key, f"{move.kind}({', '.join(move.at)})"


def named_in(move: Move, said: Collection[str]) -> bool:
    """Whether one of some names (as `read_name` gives them) means a move."""
    return any(name in said for name in names(move))


def read_name(text: str, current: Prototype, place: str) -> str:
    """A kind, or the key of a move, in the form that `names` gives.

    `RedesignError` for a kind or an element that is not there, with the nearest name.
    """
    found = _KEY.fullmatch(text)
    if found is None:
        _known_kind(text.strip(), place)
        return text.strip()
    kind, inner = found.groups()
    _known_kind(kind, place)
    at, given = _parts(inner, kind_of(kind).parameters)
    wrong = next((p.split("=")[0].strip() for p in at if "=" in p), None)
    if wrong is not None:
        hint = nearest(wrong, kind_of(kind).parameters)
        raise RedesignError(f"{place}: move {kind} has no parameter {wrong!r}; {hint}")
    check_places(at, current, place)
    of = kind_of(kind).parameters
    values = [f"{n}={_value(v, of[n].default, f'{place}: {n}')}" for n, v in sorted(given.items())]
    return f"{kind}({', '.join((*at, *values))})"


def _value(text: str, default: Value, place: str) -> Value:
    """A parameter's value as keys have it: 15 is "15.0" where the default is 7.5."""
    if isinstance(default, str):
        return text
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[text.casefold()]
        return int(text) if isinstance(default, int) else float(text)
    except (KeyError, ValueError):
        raise RedesignError(
            f"{place}: is {text!r}; write it as in {default}, or leave it out for any value"
        ) from None


def _parts(inner: str, parameters: Collection[str]) -> tuple[list[str], dict[str, str]]:
    """Places, and parameters of what stands within a key's brackets.

    A value may hold commas and signs of its own (a condition): a parameter begins only at the name
    of one.
    """
    known = "|".join(re.escape(p) for p in sorted(parameters, key=len, reverse=True))
    begins = re.compile(rf"(?:^|,)\s*({known})\s*=(?!=)") if known else None
    found = list(begins.finditer(inner)) if begins is not None else []
    ends = [*(m.start() for m in found[1:]), len(inner)]
    pairs = zip(found, ends, strict=False)
    given = {m.group(1): inner[m.end() : end].strip() for m, end in pairs}
    places_ = inner[: found[0].start()] if found else inner
    return [p.strip() for p in places_.split(",") if p.strip()], given


def _known_kind(name: str, place: str) -> None:
    if name not in kinds():
        raise RedesignError(
            f"{place}: no kind of move is called {name!r}; {nearest(name, kinds())}"
        )


def check_places(at: Collection[str], current: Prototype, place: str) -> None:
    """`RedesignError` for the first place that neither the path nor the scenario has."""
    known = set(places(current))
    for id in at:
        if id not in known:
            plain = [n.id for n in (*current.path.nodes, *current.path.lanes)]
            hint = nearest(id, (*plain, *current.scenario.pools))
            name = current.path.name or current.path.id
            raise RedesignError(f"{place}: {id!r} is not in the path {name}; {hint}")


def places(current: Prototype) -> Iterator[str]:
    """All that a move may be about: ids of the path, keys of documents, names of the scenario."""
    path, s = current.path, current.scenario
    yield from _ids(path)
    for part in (s.pools, s.people, s.calendars, s.meetings, s.attributes, s.kinds):
        yield from part


def _ids(path: Path) -> Iterator[str]:
    for part in (path.nodes, path.flows, path.lanes, path.messages, path.data, path.parties):
        for element in part:
            yield element.id
            yield from (d.key for d in element.facts.documents) if hasattr(element, "facts") else ()
