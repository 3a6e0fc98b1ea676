"""The result of a search: the front of prototypes with all that a choice needs.

These dataclasses are `front.json` (format `polku.front/1`, `schemas/front.json`): the report, the
choice and the workbench read nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from polku.path.facts import Text
from polku.redesign.axes import Axis

FORMAT = "polku.front/1"

Verdict = Literal["better", "worse", "no difference shown", "not comparable"]
Drawn = Literal["current", "search", "people"]


@dataclass(frozen=True, slots=True)
class Told:
    """A figure of an option, and its difference to the current state in the same replications.

    `value`, `low`, `high`: mean over replications with its 95 % t-interval; `change`, `change_low`,
    `change_high`: paired difference to the current state (None for the current state itself);
    `spread`: standard deviation of the figure over replications, from which a prediction interval
    is made; `n`: replications in which it could be told; `reached`: share of them.
    """

    axis: str
    value: float | None
    low: float | None
    high: float | None
    change: float | None
    change_low: float | None
    change_high: float | None
    verdict: Verdict
    spread: float | None
    n: int
    reached: float = 1.0


@dataclass(frozen=True, slots=True)
class AssumptionTold:
    """An assumption as shown: mean and middle 90 % of its law, and what stands behind it.

    `carries`: the share of the option's gain (on the score) that is lost if the assumption fails
    (its value is then `fails`); `gain`, `gain_fails` with intervals: improvement of the score, in
    hundredths; `fragile`: without it the option is not shown to be better than the current state.
    """

    move: str
    id: str
    what: Text
    usual: float
    low: float
    high: float
    fails: float
    unit: str | None
    origin: str
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    gain_fails: float | None = None
    gain_fails_low: float | None = None
    gain_fails_high: float | None = None
    carries: float | None = None
    fragile: bool = False


@dataclass(frozen=True, slots=True)
class Rung:
    """One move of a ladder: what it brings alone, and added to those before it.

    `alone`, `added`: by axis key the paired difference (change, low, high) to the current state,
    and to the rung before.
    """

    key: str
    kind: str
    at: tuple[str, ...]
    says: Text
    agencies: tuple[str, ...]
    answers: tuple[str, ...]
    alone: Mapping[str, tuple[float | None, float | None, float | None]]
    added: Mapping[str, tuple[float | None, float | None, float | None]]


@dataclass(frozen=True, slots=True)
class AgencyTold:
    """What changes for one agency (id and names).

    `asks`: the moves' sentences; `changes`: sentences of `polku diff` on its part of the path, by
    language; `moves`: their keys; `hours_per_matter`: staff hours of its units per matter, today
    and with the option; `utilisation`: by pool, today and with the option.
    """

    id: str
    names: Text
    asks: tuple[Text, ...]
    changes: Mapping[str, tuple[str, ...]]
    moves: tuple[str, ...]
    hours_per_matter: tuple[float | None, float | None]
    utilisation: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConstraintTold:
    """Whether an option keeps a constraint, and why, in a sentence."""

    name: str
    verdict: Literal["kept", "broken", "not decided"]
    why: str


@dataclass(frozen=True, slots=True)
class Option:
    """One option: the current state, a prototype of the search, or one drawn by people.

    `chance`: probability of being on the front; `on_front`; `score`: weighted improvement over the
    current state in hundredths with its interval; `folder`: its files, relative to the result.
    """

    name: str
    drawn: Drawn
    title: Text
    folder: str | None
    path_hash: str
    scenario_hash: str
    chance: float
    on_front: bool
    score: float
    score_low: float
    score_high: float
    figures: tuple[Told, ...]
    ladder: tuple[Rung, ...] = ()
    agencies: tuple[AgencyTold, ...] = ()
    customer: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assumptions: tuple[AssumptionTold, ...] = ()
    constraints: tuple[ConstraintTold, ...] = ()
    answers: tuple[str, ...] = ()
    replications: int = 0

    def figure(self, axis: str) -> Told:
        """The figure of an axis; KeyError where it has none."""
        found = next((f for f in self.figures if f.axis == axis), None)
        if found is None:
            raise KeyError(axis)
        return found


@dataclass(frozen=True, slots=True)
class Insight:
    """What people experienced or a measurement found: its id, its sentence, where it comes from."""

    id: str
    says: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A move that was not made, and why."""

    move: str
    why: str


@dataclass(frozen=True, slots=True)
class Effort:
    """What the search did.

    `candidates`: prototypes tried; `looks`: replications run; `rounds`; `seconds`; `stopped`: why
    it ended, in a sentence; `undecided`: options whose place on the front is between 5 and 95 %.
    """

    candidates: int
    looks: int
    rounds: int
    seconds: float
    stopped: str
    undecided: int


@dataclass(frozen=True, slots=True)
class Front:
    """The whole result.

    `axes`: all figures; `on`: keys of those by which the front is told; `weights`: by axis key;
    `options`: the current state first, then the front by score, then the others; `recommended`:
    name of the option that the weights speak for, None where it is not decided, and `why`;
    `matters`: per replication; `horizon_days`: every figure counts within so many days of arrival;
    `measure`: hash of the criteria's definitions.
    """

    path: str
    title: Text
    seed: int
    matters: float
    horizon_days: float
    days: float
    measure: Mapping[str, str]
    axes: tuple[Axis, ...]
    on: tuple[str, ...]
    weights: Mapping[str, float]
    options: tuple[Option, ...]
    recommended: str | None
    why: str
    insights: tuple[Insight, ...] = ()
    refused: tuple[Refused, ...] = ()
    cautions: tuple[str, ...] = ()
    effort: Effort | None = None
    version: str = ""

    @property
    def current(self) -> Option:
        """The current state."""
        return self.options[0]

    def option(self, name: str) -> Option:
        """The option of a name; KeyError where there is none."""
        found = next((o for o in self.options if o.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def axis(self, key: str) -> Axis:
        """The axis of a key; KeyError where there is none."""
        found = next((a for a in self.axes if a.key == key), None)
        if found is None:
            raise KeyError(key)
        return found
