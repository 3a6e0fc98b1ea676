"""A move: one typed redesign of a path, what it claims, and the door through which kinds come in.

A kind of move is a class in a module of `polku.redesign.moves`, or of another package that names
it under the entry point group `polku.moves`::

    @move_kind
    class Parallelise(MoveKind):
        name = "parallelise"
        ...

What a log cannot tell (how long the merged check takes, for how many matters a rule applies) stands
in the move's assumptions: laws from which a value is drawn afresh in every replication.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from polku.errors import RedesignError
from polku.log.mapping import nearest
from polku.path.diff import Kind
from polku.path.facts import Text
from polku.redesign.prototype import Prototype
from polku.simulate.laws import mean
from polku.simulate.scenario import Law, Origin

if TYPE_CHECKING:
    from polku.redesign.evidence import Evidence

Value = str | float | int | bool
Values = Mapping[str, float]
"""For each assumption's id the value that holds now, in its law's unit."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """What a move claims and no log can tell.

    `id`: its name within the move; `what`: the claim as a sentence in which `{value}` stands for
    the value; `law`: of the value (a plain number, or a time); `fails`: the value at which the
    claim fails, for the sensitivity (a merged check that takes the whole sum: 1.0); `origin`:
    where the law comes from; its note is shown.
    """

    id: str
    what: Text
    law: Law
    fails: float
    origin: Origin

    @property
    def usual(self) -> float:
        """The law's mean, with which a prototype is written down."""
        return float(mean(self.plain_law))

    @property
    def plain_law(self) -> Law:
        """The law in its own unit, as a law of plain numbers."""
        return _plain(self.law)


def _plain(law: Law) -> Law:
    return replace(law, unit=None, parts=tuple(map(_plain, law.parts)))


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a kind at a place.

    `kind`: name of the `MoveKind`; `at`: ids of the elements that it is about, in the kind's order;
    `with_`: its parameters; `assumptions`: what it claims; `answers`: ids of insights; `hint`: what
    it might bring, days per matter as the evidence has it (for the order of looking only).
    """

    kind: str
    at: tuple[str, ...]
    with_: Mapping[str, Value] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    answers: tuple[str, ...] = ()
    hint: float = 0.0

    @property
    def key(self) -> str:
        """What makes it this move: kind, places and parameters, as in "parallelise(a, b)"."""
        given = [f"{k}={v}" for k, v in sorted(self.with_.items())]
        return f"{self.kind}({', '.join((*self.at, *given))})"

    @property
    def usual(self) -> dict[str, float]:
        """The mean of every assumption."""
        return {a.id: a.usual for a in self.assumptions}


@dataclass(frozen=True, slots=True)
class Claim:
    """One change of the path that a move makes: the kind of `polku diff`, and of what (its id)."""

    change: Kind
    subject: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a kind of move: its default, its bounds (numbers) or its choices (texts)."""

    default: Value
    what: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


Serves = Literal[
    "smoothness", "promptness", "quality", "transparency", "equality", "business-friendliness"
]


class MoveKind(ABC):
    """A kind of move; one object of the class serves all moves of the kind.

    `name`: as in "merge-steps"; `title`: what it does, in three languages; `serves`: the principle
    that it serves first; `needs`, `forbids`: its preconditions in words; `parameters`: by name;
    `assumptions`: those of every move of the kind, with their defaults; `goes_with`: kinds together
    with which it brings what it does not bring alone, so that a search tries them together.
    """

    name: ClassVar[str]
    title: ClassVar[Text]
    serves: ClassVar[Serves]
    needs: ClassVar[str]
    forbids: ClassVar[str]
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({})
    assumptions: ClassVar[tuple[Assumption, ...]] = ()
    goes_with: ClassVar[tuple[str, ...]] = ()

    def at(self, *places: str, hint: float = 0.0, **with_: Value) -> Move:
        """A move of this kind with the kind's assumptions and the defaults of its parameters."""
        given = {n: with_.pop(n, p.default) for n, p in self.parameters.items()}
        if with_:
            name = next(iter(with_))
            raise RedesignError(
                f"move {self.name}: has no parameter {name!r}; {nearest(name, self.parameters)}"
            )
        return Move(self.name, places, given, self.assumptions, hint=hint)

    @abstractmethod
    def find(self, seen: Evidence) -> Iterable[Move]:
        """Moves of this kind that the evidence speaks for; `refuses` is asked later."""

    @abstractmethod
    def refuses(self, move: Move, on: Prototype) -> str | None:
        """Why the move cannot or must not be made on a prototype, in one line; None: it can."""

    @abstractmethod
    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The prototype after the move; `refuses` has given None.

        The path after it does not depend on `values`: they change numbers of the scenario only.
        """

    @abstractmethod
    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """All that `polku diff` finds between the path before and after, and nothing else."""

    @abstractmethod
    def says(self, move: Move, on: Prototype) -> Text:
        """The sentence that explains the move to an official, in three languages."""

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """Ids of the agencies that must change something; default: those of the places."""
        from polku.redesign.surgery import agency_ids

        return agency_ids(on.path, move.at)

    def asks(self, move: Move, on: Prototype) -> dict[str, Text]:
        """For each agency touched what is asked of it; default: the sentence of the move."""
        return dict.fromkeys(self.touches(move, on), self.says(move, on))


_KINDS: dict[str, MoveKind] = {}
_K = TypeVar("_K", bound=type[MoveKind])


def move_kind(kind: _K) -> _K:
    """Register a kind of move (class decorator)."""
    known = _KINDS.get(kind.name)
    if known is not None and type(known).__qualname__ != kind.__qualname__:
        raise RedesignError(f"move {kind.name!r} is registered twice; give one another name")
    _KINDS[kind.name] = kind()
    return kind


@cache
def _load() -> None:
    from polku.redesign import moves

    for module in sorted(m.name for m in iter_modules(moves.__path__)):
        import_module(f"polku.redesign.moves.{module}")
    for entry in entry_points(group="polku.moves"):
        entry.load()


def kinds() -> dict[str, MoveKind]:
    """All kinds of moves by name, in order of their names."""
    _load()
    return dict(sorted(_KINDS.items()))


def kind_of(move: Move | str) -> MoveKind:
    """The kind of a move; `RedesignError` with the nearest name where there is none."""
    _load()
    name = move if isinstance(move, str) else move.kind
    if name not in _KINDS:
        raise RedesignError(f"move {name!r} is not known; {nearest(name, _KINDS)}")
    return _KINDS[name]


def apply(move: Move, on: Prototype, values: Values | None = None) -> Prototype:
    """Make a move, with these values of its assumptions (default: their means).

    Raises `RedesignError` with the reason where the move is refused.
    """
    kind = kind_of(move)
    reason = kind.refuses(move, on)
    if reason is not None:
        raise RedesignError(f"{move.key}: {reason}")
    return kind.apply(move, on, move.usual if values is None else values)


def apply_all(
    moves: Iterable[Move], on: Prototype, values: Mapping[str, Values] | None = None
) -> Prototype:
    """Make moves one after another; `values`: by a move's key the values of its assumptions."""
    for move in moves:
        on = apply(move, on, None if values is None else values.get(move.key))
    return on


def refusals(moves: Iterable[Move], on: Prototype) -> Iterator[tuple[Move, str | None]]:
    """Every move with the reason why it is refused on a prototype (None: it is not)."""
    for move in moves:
        yield move, kind_of(move).refuses(move, on)
