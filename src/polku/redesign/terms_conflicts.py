"""Terms that contradict each other: which two, and why nothing can keep both."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from polku.errors import RedesignError
from polku.redesign.move import Move, kind_of, kinds
from polku.redesign.move_names import named_in
from polku.redesign.prototype import Prototype
from polku.redesign.staff import staff_hours_total
from polku.redesign.terms import Constraint, Terms

_UTILISATION = "utilisation"


def check_terms(terms: Terms, current: Prototype, file: str) -> None:
    """Raise `RedesignError` for the first contradiction, with the pair of terms."""
    for problem in _problems(terms, current):
        raise RedesignError(f"{file}: {problem}")


def _problems(terms: Terms, current: Prototype) -> Iterator[str]:
    numbered = [(f"[[constraint]] {k} ({c.name})", c) for k, c in enumerate(terms.constraints, 1)]
    for (one, a), (two, b) in combinations(numbered, 2):
        why = _pair(a, b)
        if why is not None:
            yield f"{one} and {two} {why}"
    yield from _moves(terms)
    for k, move in enumerate(terms.moves, 1):
        for name, c in numbered:
            if c.kind == "no_more_staff" and (hours := _adds(move, current)) > 1e-9:
                yield (
                    f"{name} and [[move]] {k} ({move.key}) cannot both hold: the move adds "
                    f"{hours:.3g} hours of people a week; take one of them out"
                )


def _pair(a: Constraint, b: Constraint) -> str | None:
    if (a.kind, a.of, a.column) == (b.kind, b.of, b.column):
        return "say the same of the same figure; keep one of them"
    by_kind = {a.kind: a, b.kind: b}
    least = by_kind.get("at_least")
    if least is None or least.of is None:
        return None
    most = by_kind.get("at_most")
    if most is not None and most.of == least.of and least.bound > most.bound:
        return "cannot both be kept: no value is so high and so low; change one of the bounds"
    load = by_kind.get("utilisation_at_most")
    if load is not None and least.bound > load.bound:
        id, _, segment = least.of.partition("@")
        pool = segment.removeprefix("pool=")
        if id.split(".")[0] == _UTILISATION and load.of in (None, pool):
            return "cannot both be kept: no load is so high and so low; change one of the bounds"
    return None


def _moves(terms: Terms) -> Iterator[str]:
    for k, move in enumerate(terms.moves, 1):
        what = f"[[move]] {k} ({move.key})"
        if named_in(move, terms.forbidden):
            yield f"{what} and forbid cannot both hold; take the move out of one of them"
        if terms.allowed is not None and move.kind not in terms.allowed:
            yield f"{what} and allow cannot both hold: {move.kind!r} is not in allow; add it"
        if terms.most.get(move.kind) == 0:
            yield f"{what} and most.{move.kind} = 0 cannot both hold; take one of them out"
    if terms.drawings:
        return
    if terms.only_named and not terms.moves:
        yield "only_named is true and there is no [[move]], so nothing can be tried; name a move"
    left = [
        k for k in (terms.allowed if terms.allowed is not None else kinds())
        if k not in terms.forbidden and terms.most.get(k, 1) > 0
    ]  # fmt: skip
    if not left:
        yield (
            "all moves are forbidden, so nothing can be tried; allow a kind, or add a [[prototype]]"
        )


def _adds(move: Move, current: Prototype) -> float:
    """Hours of people a week that a move adds to the current state; 0 where it is refused."""
    kind = kind_of(move)
    if kind.refuses(move, current) is not None:
        return 0.0
    after = kind.apply(move, current, move.usual)
    return staff_hours_total(after.scenario) - staff_hours_total(current.scenario)
