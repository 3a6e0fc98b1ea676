"""The terms of a search: what an analyst allows, forbids and wants (`moves.toml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from polku.redesign.front import Insight
from polku.redesign.move import Assumption, Move, Value

ConstraintKind = Literal[
    "no_segment_worse", "utilisation_at_most", "no_more_staff", "at_most", "at_least"
]


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a prototype must keep.

    `kind`: "no_segment_worse" (`column`, None = every segment column; `bound`: by how many days the
    median lead time, or percentage points the share on time, may get worse); "utilisation_at_most"
    (`bound` a share; `of` a pool, None = every pool); "no_more_staff" (people's hours in the
    calendars are no more than today); "at_most", "at_least" (`of` the key of an axis, `bound` in
    its unit).
    """

    kind: ConstraintKind
    bound: float = 0.0
    of: str | None = None
    column: str | None = None

    @property
    def name(self) -> str:
        """The constraint in a few words."""
        match self.kind:
            case "no_segment_worse":
                return f"no segment gets worse{f' ({self.column})' if self.column else ''}"
            case "utilisation_at_most":
                return f"{self.of or 'no unit'} over {self.bound:.0%}"
            case "no_more_staff":
                return "no more staff than today"
            case "at_most":
                return f"{self.of} at most {self.bound:g}"
            case "at_least":
                return f"{self.of} at least {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A prototype drawn by people: its files, a name and the insights that it answers."""

    path: str
    scenario: str
    name: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """What is allowed and wanted.

    `allowed`: kinds of moves (None: all); `forbidden`: kinds, or keys of moves; `most`: how many
    moves of a kind one prototype may hold; `parameters`: by kind; `moves`: named by the analyst, in
    addition to those found; `assumptions`: for (kind, assumption id) the assumption whose law and
    origin stand for the kind's default (`polku.redesign.finding` puts them into moves); `answers`:
    by a kind, or a move's key with or without its parameters, the insights that such moves answer;
    `only_named`: nothing is looked for; `depth`: moves in one prototype at most; `on`: keys of the
    axes by which the front is told (empty: the default ones); `weights`: by axis key (empty:
    equal); `horizon_days`: every figure counts within so many days of arrival.
    """

    allowed: tuple[str, ...] | None = None
    forbidden: tuple[str, ...] = ()
    most: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()
    only_named: bool = False
    depth: int = 6
    on: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    insights: tuple[Insight, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    horizon_days: float | None = None
    agreed: str | None = None
    """name and version of the agreed set that weights and horizon come from"""
    assumptions: Mapping[tuple[str, str], Assumption] = field(default_factory=dict)
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
