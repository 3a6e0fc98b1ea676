"""A prototype: a version of a path and the numbers that make it move."""

from __future__ import annotations

from dataclasses import dataclass, replace

from polku.path.model import Path
from polku.simulate.scenario import Scenario


@dataclass(frozen=True)
class Prototype:
    """A path version and its scenario.

    `name`: a short name, as in file names; `answers`: ids of the insights that it answers.
    """

    path: Path
    scenario: Scenario
    name: str = ""
    answers: tuple[str, ...] = ()

    def with_path(self, path: Path) -> Prototype:
        """The same prototype with another path."""
        return replace(self, path=path)

    def with_scenario(self, scenario: Scenario) -> Prototype:
        """The same prototype with another scenario."""
        return replace(self, scenario=scenario)
