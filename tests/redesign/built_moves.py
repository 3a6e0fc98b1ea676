"""Moves for tests of the whole: one that rests on its claim, one that holds, one that harms."""

# ruff: noqa: ARG002 - every kind of move has the same face
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from polku.path.facts import Text
from polku.redesign.move import _KINDS, Assumption, MoveKind, move_kind
from polku.redesign.scaling import scaled_varied
from polku.simulate.scenario import Delay, Law, Origin, Varied, fixed

BOLD = Assumption(
    "left", Text("{value}", "{value}", "{value} of the work is left"),
    Law("uniform", loc=0.2, scale=0.1, unit=None), 1.4,
    Origin("assumed", note="the supplier says so"),
)  # fmt: skip
SAFE = Assumption(
    "training", Text("{value}", "{value}", "training adds {value} of the work"),
    Law("uniform", loc=0.0, scale=0.05, unit=None), 0.06, Origin("assumed", note="one day each"),
)  # fmt: skip


class _Step(MoveKind):
    serves = "promptness"
    needs = forbids = "a step"

    def find(self, seen):
        yield self.at("step-2", hint=1.0)

    def refuses(self, move, on):
        return None if on.path.has(move.at[0]) else "no such step"

    def claims(self, move, on):
        return frozenset()

    def says(self, move, on):
        return Text("Tehdään toisin.", "Görs annorlunda.", f"{self.name} is done.")

    def work(self, on, values) -> Varied[Law]:
        raise NotImplementedError

    def apply(self, move, on, values):
        numbers = on.scenario.steps[move.at[0]]
        changed = replace(numbers, work=self.work(numbers.work, values))
        return on.with_scenario(on.scenario.with_steps(**{move.at[0]: changed}))


class RestsOnItsClaim(_Step):
    name = "bold"
    title = Text("Rohkea", "Djärv", "Bold")
    assumptions = (BOLD,)

    def work(self, law, values):
        return scaled_varied(law, values["left"])


class Holds(_Step):
    name = "safe"
    title = Text("Varma", "Säker", "Safe")
    assumptions = (SAFE,)

    def work(self, law, values):
        return scaled_varied(law, 0.8 * (1 + values["training"]))


class Harms(_Step):
    name = "harmful"
    title = Text("Haitallinen", "Skadlig", "Harmful")

    def apply(self, move, on, values):
        """All goes quickly; who is big is looked at a day later."""
        numbers = on.scenario.steps[move.at[0]]
        later = Varied((fixed(0.0, "days"),), "size", {"big": (fixed(0.9, "days"),)})
        changed = replace(
            numbers, work=scaled_varied(numbers.work, 0.02), delay=Delay(later, "other")
        )
        return on.with_scenario(on.scenario.with_steps(**{move.at[0]: changed}))


@contextmanager
def only(*kinds: type[MoveKind]) -> Iterator[None]:
    """These kinds of moves and no others."""
    from polku.redesign.move import kinds as load

    load()
    known = dict(_KINDS)
    _KINDS.clear()
    for kind in kinds:
        move_kind(kind)
    try:
        yield
    finally:
        _KINDS.clear()
        _KINDS.update(known)
