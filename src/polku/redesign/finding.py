"""Which moves a search may try: those that the evidence speaks for and those that are named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from polku.errors import RedesignError
from polku.redesign.evidence import Evidence
from polku.redesign.front import Refused
from polku.redesign.move import Move, kind_of, kinds
from polku.redesign.move_names import named_in, names
from polku.redesign.terms import Terms

FORBIDDEN = "forbidden by the terms"


@dataclass(frozen=True, slots=True)
class Sought:
    """What was found.

    `moves`: those that can be made on the current state, by hint (descending) and key; `refused`:
    the others, by key; `duplicates`: how often a move was found again, and counted once; `idle`:
    names in the terms' forbid and answers that meant none of them.
    """

    moves: tuple[Move, ...]
    refused: tuple[Refused, ...]
    duplicates: int = 0
    idle: tuple[str, ...] = ()


def find_moves(evidence: Evidence, terms: Terms) -> tuple[tuple[Move, ...], tuple[Refused, ...]]:
    """The moves that a search may try, and those that were refused with the reason.

    As `seek`; `RedesignError` where nothing is left to try, neither a move nor a prototype.
    """
    found = seek(evidence, terms)
    if not found.moves and not terms.drawings:
        raise RedesignError(_nothing(found, terms))
    return found.moves, found.refused


def seek(evidence: Evidence, terms: Terms) -> Sought:
    """Ask every allowed kind for moves, and add those that are named.

    The terms' parameters and laws of assumptions are put into the moves found (named ones are kept
    as they are), and the answers into all. A move with the same key as another is the same move: it
    is kept once, with the highest hint and all answers; what a named one assumes stands.
    """
    found: dict[str, Move] = {}
    again = 0
    looked_for = () if terms.only_named else _found(evidence, terms)
    for move in (*terms.moves, *looked_for):
        known = found.get(move.key)
        again += known is not None
        move = move if known is None else _joined(known, move)
        found[move.key] = _answering(move, terms)
    refused: dict[str, str] = {}
    for key, move in found.items():
        why = forbidden(move, terms) or kind_of(move).refuses(move, evidence.on)
        if why is not None:
            refused[key] = why
    left = [m for key, m in found.items() if key not in refused]
    return Sought(
        tuple(sorted(left, key=lambda m: (-m.hint, m.key))),
        tuple(Refused(key, why) for key, why in sorted(refused.items())),
        again,
        tuple(
            sorted(
                {*terms.forbidden, *terms.answers} - {n for m in found.values() for n in names(m)}
            )
        ),
    )


def _found(evidence: Evidence, terms: Terms) -> Iterator[Move]:
    for name, kind in kinds().items():
        given = terms.parameters.get(name, {})
        for move in kind.find(evidence):
            laws = tuple(terms.assumptions.get((name, a.id), a) for a in move.assumptions)
            yield replace(move, with_={**move.with_, **given}, assumptions=laws)


def _joined(known: Move, again: Move) -> Move:
    answers = tuple(dict.fromkeys((*known.answers, *again.answers)))
    return replace(known, hint=max(known.hint, again.hint), answers=answers)


def _answering(move: Move, terms: Terms) -> Move:
    more = (i for name in names(move) for i in terms.answers.get(name, ()))
    return replace(move, answers=tuple(dict.fromkeys((*move.answers, *more))))


def forbidden(move: Move, terms: Terms) -> str | None:
    """Why the terms do not let a move be tried; None where they do."""
    if named_in(move, terms.forbidden):
        return FORBIDDEN
    if terms.allowed is not None and move.kind not in terms.allowed:
        return f"{FORBIDDEN}: {move.kind} is not among the kinds that are allowed"
    if terms.most.get(move.kind) == 0:
        return f"{FORBIDDEN}: at most 0 moves of the kind {move.kind}"
    return None


def _nothing(found: Sought, terms: Terms) -> str:
    """Why no move is left, in one line."""
    if not found.refused:
        if terms.only_named:
            return "moves: only named moves may be tried and none is named; add a [[move]]"
        return (
            "moves: no kind of move finds a place in this path; name moves by [[move]], or add a "
            "[[prototype]] that people drew"
        )
    not_allowed = [r for r in found.refused if r.why.startswith(FORBIDDEN)]
    others = [r for r in found.refused if not r.why.startswith(FORBIDDEN)]
    if not others:
        return (
            f"moves: all {len(not_allowed)} that were found are forbidden by the terms (the first: "
            f"{not_allowed[0].move}); allow some of them"
        )
    told = f"moves: none of {len(found.refused)} can be made"
    if not_allowed:
        told += f": {len(not_allowed)} are forbidden by the terms, {len(others)} do not apply"
    return (
        f"{told} (as {others[0].move}: {others[0].why}); allow others, or add a [[prototype]] that "
        "people drew"
    )
