# ruff: noqa: ARG002 (kinds of moves have one signature)
"""A pretended arena: candidates whose true figures are known, with noise that they share."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from polku.path.build import start
from polku.path.facts import Text
from polku.redesign.arena import Look
from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.move import Move, MoveKind, move_kind
from polku.redesign.prototype import Prototype
from polku.simulate.scenario import Arrivals, Kind, Scenario

AXES = (
    Axis("lead_time", "p50", "days", "lower", floor=0.25),
    Axis("contact_points", "mean_within_h", "points", "lower", floor=0.05),
    Axis("on_time", "share", "share", "higher", floor=0.005),
    Axis("lead_time", "p50", "days", "lower", "size", "small", floor=0.25),
)
TODAY = np.array([40.0, 6.0, 0.6, 40.0])


@move_kind
class Pretended(MoveKind):
    """Does nothing to the path; the arena knows what it brings. Two of one group do not go."""

    name = "pretended"
    title = Text("Leikisti", "På låtsas", "Pretended")
    serves = "quality"
    needs = "nothing"
    forbids = "two of the same group"

    def find(self, seen):
        return ()

    def refuses(self, move, on):
        group = move.with_.get("group")
        if group == "never":
            return "it is marked as one that may not be moved"
        made = on.answers
        return f"one of {group} was made" if group is not None and group in made else None

    def apply(self, move, on, values):
        from dataclasses import replace

        group = move.with_.get("group")
        return on if group is None else replace(on, answers=(*on.answers, str(group)))

    def claims(self, move, on):
        return frozenset()

    def says(self, move, on):
        return Text("", "", move.at[0])


def move(name: str, group: str | None = None, hint: float = 0.0) -> Move:
    return Move("pretended", (name,), {} if group is None else {"group": group}, hint=hint)


def current() -> Prototype:
    path = start("Stall").step("Apply").step("Decide").path()
    return Prototype(path, Scenario("path", {"matter": Kind(Arrivals(per_year=10))}), "today")


def _noise(seed: int, *of: object) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(repr(of).encode())])


class PretendedArena:
    """`effects`: by a move's place (or a prototype's name) what it adds to each axis;
    `together`: what sets of places add beyond that; `own`: noise of each move's difference, as a
    share of the shared noise; `failing`: keys of candidates that cannot be simulated.
    """

    def __init__(
        self, effects: Mapping[str, Sequence[float]], *, seed: int = 1,
        together: Mapping[frozenset[str], Sequence[float]] | None = None,
        noise: Sequence[float] = (3.0, 0.1, 0.03, 3.0), own: float = 0.2,
        failing: frozenset[str] = frozenset(), axes: Sequence[Axis] = AXES,
        before: Callable[[int], None] | None = None,
    ) -> None:  # fmt: skip
        self.axes, self.seed, self.setting = tuple(axes), seed, "pretended"
        self.failures: dict[str, str] = {}
        self.effects, self.together = effects, together or {}
        self.noise, self.own, self.failing = np.array(noise), own, failing
        self.before, self.taken = before, 0

    def truth(self, candidate: Candidate) -> np.ndarray:
        places = {m.at[0] for m in candidate.moves}
        if candidate.drawn == "people":
            places = {candidate.base.name}
        out = TODAY.copy()
        for name in sorted(places):
            out += self.effects.get(name, np.zeros(4))
        for some, more in self.together.items():
            if some <= places:
                out += more
        return out

    def look(self, looks: Sequence[Look]) -> np.ndarray:
        if self.before is not None:
            self.before(self.taken)
        self.taken += len(looks)
        out = np.empty((len(looks), len(self.axes)))
        for k, (candidate, replication, _) in enumerate(looks):
            if candidate.key in self.failing:
                self.failures.setdefault(candidate.key, "nobody ever comes")
                out[k] = np.nan
                continue
            shared = _noise(self.seed, replication).standard_normal(len(self.axes))
            out[k] = self.truth(candidate) + self.noise * shared
            names = sorted(m.at[0] for m in candidate.moves)
            if candidate.drawn == "people":
                names = [candidate.base.name]
            for name in names:
                if any(self.effects.get(name, ())):
                    one = _noise(self.seed, replication, name).standard_normal(len(self.axes))
                    out[k] += self.own * self.noise * one
        return out
