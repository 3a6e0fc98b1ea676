"""A city's agreed set: which criteria and statistics, with targets and weights; a TOML file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polku.errors import AgreedSetError
from polku.log.document import read_toml
from polku.measure.measurement import Direction, Figure, Target
from polku.measure.registry import Catalogue, catalogue

FORMAT = "polku.agreed/1"


@dataclass(frozen=True)
class AgreedCriterion:
    """One line of the set: a criterion's statistic, its target (in its unit) and its weight."""

    id: str
    statistic: str | None = None
    target: float | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class AgreedSet:
    """What a city agreed to measure: `horizon_days` is the h of every figure within h."""

    name: str
    version: str
    who: str
    when: str
    criteria: tuple[AgreedCriterion, ...]
    horizon_days: float | None = None

    def holds(self, id: str, statistic: str) -> bool:
        """Whether a figure belongs to the set."""
        family = id.split(".", 1)[0]
        return any(c.id in (id, family) and c.statistic in (None, statistic) for c in self.criteria)

    def target(self, figure: Figure) -> Target | None:
        """The figure's target and whether it is met; `None` when none is agreed.

        Met or not met is said where the value is known; `met` is `None` ("not shown") when the
        figure's interval holds the target or the figure has no value.
        """
        for c in self.criteria:
            if c.id != figure.id or c.statistic not in (None, figure.statistic):
                continue
            if c.target is None:
                return None
            return Target(c.target, _met(figure, c.target, figure.direction))
        return None


def _met(figure: Figure, target: float, direction: Direction) -> bool | None:
    if figure.value is None or direction == "none":
        return None
    inside = (figure.low is None or figure.low <= target) and (
        figure.high is None or target <= figure.high
    )
    at_target = figure.value == target and figure.low == figure.high
    if inside and not at_target:
        return None
    return figure.value <= target if direction == "lower" else figure.value >= target


def load_agreed(path: str | Path, known: Catalogue | None = None) -> AgreedSet:
    """Read an agreed set.

    Raises `AgreedSetError` when the file is no TOML, has another format, names an unknown
    criterion (the nearest is suggested), or a weight or target that is no number.
    """
    path = Path(path)
    data = read_toml(path, AgreedSetError)
    if data.get("format", FORMAT) != FORMAT:
        raise AgreedSetError(
            f"{path}: format {data['format']!r} is not known; this version reads {FORMAT}"
        )
    rows = data.get("criterion", [])
    if not isinstance(rows, list) or not rows:
        raise AgreedSetError(f"{path}: holds no [[criterion]]; name at least one id")
    lines = tuple(_line(path, i, row, known or catalogue()) for i, row in enumerate(rows, 1))
    return AgreedSet(
        name=str(data.get("name", path.stem)),
        version=str(data.get("version", "1")),
        who=str(data.get("who", "")),
        when=str(data.get("when", "")),
        criteria=lines,
        horizon_days=_number(path, "horizon_days", data.get("horizon_days")),
    )


def _line(path: Path, i: int, row: Any, known: Catalogue) -> AgreedCriterion:
    place = f"{path}: [[criterion]] {i}"
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise AgreedSetError(f'{place}: has no id; write id = "lead_time" or another id')
    unknown = set(row) - {"id", "statistic", "target", "weight", "note"}
    if unknown:
        raise AgreedSetError(f"{place}: unknown key {sorted(unknown)[0]!r}; take it out")
    known[row["id"]]
    weight = _number(f"{place}", "weight", row.get("weight", 1.0))
    return AgreedCriterion(
        id=row["id"],
        statistic=row.get("statistic"),
        target=_number(f"{place}", "target", row.get("target")),
        weight=1.0 if weight is None else weight,
    )


def _number(place: object, key: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise AgreedSetError(f"{place}: {key} must be a number, found {value!r}")
    return float(value)
