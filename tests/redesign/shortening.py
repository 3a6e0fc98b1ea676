"""Kinds of moves for tests of the arena; worker processes know them by importing this module."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from polku.path.facts import Text
from polku.redesign.evidence import Evidence
from polku.redesign.move import _KINDS, Assumption, Claim, Move, MoveKind, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.simulate.scenario import ASSUMED, Law, always

SHARE = Assumption("share", Text(en="it takes {value} of the time"),
                   Law("uniform", loc=0.4, scale=0.2, unit=None), 1.0, ASSUMED)  # fmt: skip


class Shorten(MoveKind):
    """A step takes a share of its time, drawn afresh in every replication."""

    name = "shorten-in-a-test"
    title = Text(en="Shorten")
    serves = "promptness"
    needs = forbids = ""
    assumptions = (SHARE,)

    def find(self, seen: Evidence) -> Iterable[Move]:  # noqa: ARG002
        return ()

    def refuses(self, move: Move, on: Prototype) -> str | None:
        return None if on.path.has(move.at[0]) else "the step is not there; name another"

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        numbers = on.scenario.steps[move.at[0]]
        law = Law("expon", scale=values["share"] * 4.0, unit="hours")
        steps = {**on.scenario.steps, move.at[0]: replace(numbers, work=always(law))}
        return on.with_scenario(replace(on.scenario, steps=steps))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:  # noqa: ARG002
        return frozenset()

    def says(self, move: Move, on: Prototype) -> Text:  # noqa: ARG002
        return Text(en="Shorten it")


class Starve(Shorten):
    """Nobody is left to do the step, so it cannot be simulated."""

    name = "starve-in-a-test"
    assumptions = ()

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:  # noqa: ARG002
        pools = {name: replace(p, members=()) for name, p in on.scenario.pools.items()}
        return on.with_scenario(replace(on.scenario, pools=pools))


def forget() -> None:
    """Take the kinds out again, so that no other test meets them."""
    for kind in (Shorten, Starve):
        _KINDS.pop(kind.name, None)


move_kind(Shorten)
move_kind(Starve)
