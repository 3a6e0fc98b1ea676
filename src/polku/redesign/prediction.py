"""What the chosen prototype promises for one year's log, with the interval it should fall into."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from polku.errors import RedesignError
from polku.measure.facts import Facts
from polku.measure.registry import Catalogue, catalogue
from polku.path.facts import Text
from polku.redesign.axes import Axis, Direction
from polku.redesign.choice import read_document
from polku.redesign.front import Front, Option, Told
from polku.redesign.plain_json import build, plain
from polku.redesign.prototype import Prototype

FORMAT = "polku.prediction/1"
NAME = "prediction.json"
LEVEL = 0.95
MOST_BYTES = 20_000_000
OF_SIMULATION = ("unit", "pool")
"""Columns of axes that only a simulation tells."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """A figure as it is predicted for one log.

    `key`: of the axis; `id`, `statistic`, `unit`, `direction`, `column`, `segment`: as in a
    measurement; `value`: the mean over replications; `low`, `high`: the 95 % prediction interval
    for one log of as many matters; `spread`, `n`: standard deviation over replications, and how
    many; `hash`: of the criterion's definition ("" where it is not known).
    """

    key: str
    id: str
    statistic: str
    unit: str
    direction: Direction
    column: str | None
    segment: str | None
    value: float
    low: float
    high: float
    spread: float
    n: int
    hash: str


@dataclass(frozen=True)
class Prediction:
    """What an option promises.

    `matters`: in one log of `days` days; `horizon_days`: every figure counts within so many days of
    arrival; `parts`: for a criterion's id, by name of the text that its hash covers, a mark of that
    text, so that a refusal can say what differs; `left_out`: for an axis key why a log is not held
    against it; `date`, `applies_from`: ISO days of the choice (None: not chosen yet).
    """

    path: str
    title: Text
    option: str
    option_title: Text
    path_hash: str
    scenario_hash: str
    matters: float
    days: float
    horizon_days: float
    seed: int
    version: str
    date: str | None
    applies_from: str | None
    figures: tuple[Predicted, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def figure(self, key: str) -> Predicted:
        """The figure of an axis; KeyError where it is not predicted."""
        found = next((f for f in self.figures if f.key == key), None)
        if found is None:
            raise KeyError(key)
        return found

    def chosen(self, date: str | None, applies_from: str | None) -> Prediction:
        """The same prediction with the days of the choice."""
        return replace(self, date=date, applies_from=applies_from)

    def to_json(self) -> dict[str, Any]:
        """The prediction as `polku.prediction/1` (see `polku.schemas`)."""
        return {"format": FORMAT, **plain(self)}

    def dumps(self) -> str:
        """The document as text; the same prediction gives the same bytes."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def read_prediction(path: str | Path) -> Prediction:
    """Read a prediction (a file, or a folder that holds one).

    Raises `RedesignError`, with the place, where there is none or it is not of this form.
    """
    file = Path(path)
    if file.is_dir():
        file = file / NAME
    return build(Prediction, read_document(file, FORMAT, "prediction", MOST_BYTES), str(file))


@dataclass(frozen=True)
class Measure:
    """The measure of simulated logs: by criterion its hash, and marks of the texts it covers."""

    hashes: Mapping[str, str]
    parts: Mapping[str, Mapping[str, str]]


def measure_of(current: Prototype) -> Measure:
    """The measure under which logs of a prototype's scenario are measured.

    Reads the facts off one small simulated log: definitions depend on the scenario's mapping and
    on what its logs hold, not on what happened.
    """
    from polku.measure.reading import facts
    from polku.simulate.run import simulate

    log = simulate(current.path, current.scenario, matters=60, seed=1, threads=1).log
    return of_facts(facts(log))


def of_facts(facts: Facts) -> Measure:
    """The measure that facts were read under."""
    texts: Mapping[str, Mapping[str, str]] = facts.definitions
    return Measure(
        dict(facts.hashes),
        {id: {name: mark(text) for name, text in of.items()} for id, of in texts.items()},
    )


def mark(text: str) -> str:
    """A short mark of a text: 12 hexadecimal digits."""
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def measure_hashes(current: Prototype, horizon_days: float | None = None) -> dict[str, str]:
    """For "id.statistic" of every figure of a simulated log, and every criterion's id, its hash.

    `horizon_days`: the h of figures within h; hashes do not depend on it, it only keeps the
    measuring alike.
    """
    from polku.measure.measuring import measure
    from polku.simulate.run import simulate

    log = simulate(current.path, current.scenario, matters=60, seed=1, threads=1).log
    measured = measure(log, horizon_days=horizon_days)
    found = {f.id: f.hash for f in measured.criteria}
    found |= {f"{f.id}.{f.statistic}": f.hash for f in measured.criteria if f.statistic}
    return found


def predict(front: Front, option: Option | str, measure: Measure | None = None) -> Prediction:
    """Predict one year's log of the path with an option in use.

    Parameters: `option`: it or its name; `measure`: of the simulated logs (`measure_of`), which
    lets a later refusal name what differs; without it the front's hashes are taken.

    The interval is value ± t(n−1) · spread · √(1 + 1/n), as for one more draw from a normal
    population of which n are seen; shares keep to 0 … 1, other figures to 0 and above.

    Raises `RedesignError` with the nearest name for an option that the front has not.
    """
    from polku.log.mapping import nearest

    if isinstance(option, str):
        names = [o.name for o in front.options]
        if option not in names:
            raise RedesignError(f"predict: no option {option!r}; {nearest(option, names)}")
        option = front.option(option)
    hashes = measure.hashes if measure is not None else front.measure
    known = catalogue()
    figures, left_out = [], {}
    for told in option.figures:
        axis = front.axis(told.axis)
        why = _why_not(axis, told, known)
        if why:
            left_out[axis.key] = why
        else:
            figures.append(_predicted(axis, told, hashes))
    used = {f.id for f in figures}
    parts = measure.parts if measure is not None else {}
    return Prediction(
        path=front.path,
        title=front.title,
        option=option.name,
        option_title=option.title,
        path_hash=option.path_hash,
        scenario_hash=option.scenario_hash,
        matters=front.matters,
        days=front.days,
        horizon_days=front.horizon_days,
        seed=front.seed,
        version=front.version,
        date=None,
        applies_from=None,
        figures=tuple(figures),
        left_out=left_out,
        parts={id: dict(of) for id, of in parts.items() if id in used},
    )


def _why_not(axis: Axis, told: Told, known: Catalogue) -> str:
    family = axis.id.split(".", 1)[0]
    if (
        axis.column in OF_SIMULATION
        or axis.value == "*"
        or (axis.id not in known and family not in known)
    ):
        return "a measured log does not tell it"
    if told.reached < 1.0:
        return f"not reached in {1 - told.reached:.0%} of the replications"
    if told.value is None or told.spread is None or told.n < 2:
        return "the simulation could not tell it with its spread"
    return ""


def _predicted(axis: Axis, told: Told, hashes: Mapping[str, str]) -> Predicted:
    assert told.value is not None  # _why_not left such figures out
    assert told.spread is not None
    low, high = interval(told.value, told.spread, told.n, axis.unit)
    at = (axis.key, f"{axis.id}.{axis.statistic}", axis.id, axis.id.split(".", 1)[0])
    found = next((hashes[k] for k in at if k in hashes), "")
    return Predicted(
        axis.key, axis.id, axis.statistic, axis.unit, axis.direction, axis.column, axis.value,
        told.value, low, high, told.spread, told.n, found,
    )  # fmt: skip


def interval(
    value: float, spread: float, n: int, unit: str, wider: float = 1.0, level: float = LEVEL
) -> tuple[float, float]:
    """The prediction interval of a figure in one log.

    `wider`: matters predicted for ÷ matters in the log, from 1 on: the variance of one log's figure
    goes with 1 ÷ matters, that of the mean of the replications stays.

    >>> [round(x, 2) for x in interval(10.0, 1.0, 61, "days")]
    [7.98, 12.02]
    """
    from scipy.special import stdtrit

    t = float(stdtrit(n - 1, 0.5 + level / 2))
    half = t * spread * math.sqrt(wider + 1 / n)
    low, high = value - half, value + half
    if unit == "share":
        return max(0.0, low), min(1.0, high)
    return (max(0.0, low) if value >= 0 else low), high
