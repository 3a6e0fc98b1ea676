"""Guess a mapping: roles by the format, by names and by content; each guess with its ground."""

from __future__ import annotations

from dataclasses import dataclass

from polku.log.mapping import Columns, Mapping
from polku.log.raw import RawTable
from polku.log.source import Assumption


@dataclass(frozen=True)
class Guessed:
    """A mapping that fits a table, and what it assumes."""

    mapping: Mapping
    assumptions: tuple[Assumption, ...] = ()


def guess(raw: RawTable, given: Mapping | None = None) -> Guessed:
    """Guess the mapping of a table; what `given` says stands as it is."""
    return Guessed(given or Mapping(columns=Columns(**raw.roles)))
