"""A candidate of the search: a prototype to begin with, and the moves made on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from polku.redesign.front import Drawn
from polku.redesign.move import Move
from polku.redesign.prototype import Prototype


@dataclass(frozen=True)
class Candidate:
    """`base` with `moves` made one after another.

    `drawn`: "current" (no moves), "people" (a prototype that was drawn by people; no moves) or
    "search".
    """

    base: Prototype
    moves: tuple[Move, ...] = ()
    drawn: Drawn = "search"

    @cached_property
    def key(self) -> str:
        """Its name among candidates: the keys of its moves, or the prototype's name."""
        return " + ".join(m.key for m in self.moves) or self.base.name or self.drawn
