"""How terms name moves: by kind, by key, or by kind and places whatever the parameters."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from polku.errors import RedesignError
from polku.log.mapping import nearest
from polku.path.model import Path
from polku.redesign.move import Move, kind_of, kinds
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
    parts = [p.strip() for p in inner.split(",") if p.strip()]
    at = [p for p in parts if "=" not in p]
    check_places(at, current, place)
    given = sorted("=".join(s.strip() for s in p.split("=", 1)) for p in parts if "=" in p)
    for name in (g.split("=")[0] for g in given):
        if name not in kind_of(kind).parameters:
            raise RedesignError(
                f"{place}: move {kind} has no parameter {name!r}; "
                f"{nearest(name, kind_of(kind).parameters)}"
            )
    return f"{kind}({', '.join((*at, *given))})"


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
