"""A measurement: the criteria of one log as figures, and its JSON form."""

from __future__ import annotations

import json
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass, field, fields
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from polku.errors import ComparisonError

FORMAT = "polku.measurement/1"

Status = Literal["ok", "not_reached", "not_measurable", "hidden"]
Direction = Literal["lower", "higher", "none"]


@dataclass(frozen=True)
class Target:
    """A figure's agreed target and whether it is met (`None`: the interval holds the target)."""

    value: float
    met: bool | None


@dataclass(frozen=True)
class Segment:
    """The value of a case attribute that a figure is for."""

    column: str
    segment: str


@dataclass(frozen=True)
class Figure:
    """One statistic of one criterion, for the whole log, a segment or an arrival cohort.

    `value`, `low`, `high`, `se` are in `unit`; `n` matters (or answers) stand behind it, `open`
    of them had not ended. `status`: "ok"; "not_reached": `value` or a bound lies beyond what was
    observed (null); "not_measurable": `note` says what is missing; "hidden": fewer than 5 matters.
    `horizon_days`: the h of figures "within h of arrival". `seed`: of a bootstrap interval.
    """

    id: str
    principle: str
    statistic: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    se: float | None
    n: int
    open: int
    direction: Direction
    hash: str
    status: Status
    note: str = ""
    target: Target | None = None
    by: Segment | None = None
    period: str | None = None
    horizon_days: float | None = None
    seed: int | None = None

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes a figure unique in a measurement: id, statistic, column, segment, period."""
        column, segment = (self.by.column, self.by.segment) if self.by else ("", "")
        return (self.id, self.statistic, column, segment, self.period or "")

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Figure:
        """The figure that a measurement's JSON holds."""
        known = {f.name for f in fields(cls)}
        kept: dict[str, Any] = {k: v for k, v in data.items() if k in known}
        if kept.get("target") is not None:
            kept["target"] = Target(**kept["target"])
        if kept.get("by") is not None:
            kept["by"] = Segment(**kept["by"])
        return cls(**kept)


@dataclass(frozen=True)
class LogSummary:
    """What a measurement says of its log.

    `events`: raw events read; `steps`: step instances after pairing; `first`, `last`: ISO 8601
    UTC; `horizon_days`: the h of the μ figures; `source`: provenance as JSON.
    """

    matters: int
    open: int | None
    events: int
    steps: int
    activities: int
    agencies: int
    units: int
    resources: int
    first: str | None
    last: str | None
    horizon_days: float | None
    source: AnyMapping[str, Any]
    dropped: AnyMapping[str, int]
    assumptions: tuple[AnyMapping[str, str], ...]


@dataclass(frozen=True)
class Measurement:
    """The criteria of one log.

    `curves`: name → rows (t days, at risk, ended, S, low, high); thinned to at most 2,000 rows.
    """

    log: LogSummary
    criteria: tuple[Figure, ...]
    curves: AnyMapping[str, list[list[float | int | None]]] = field(default_factory=dict)

    def figure(self, id: str, statistic: str | None = None) -> Figure:
        """The whole-log figure of a criterion (its first statistic unless one is named).

        Raises `KeyError` when the measurement has none.
        """
        for f in self.criteria:
            plain = f.by is None and f.period is None
            if f.id == id and plain and statistic in (None, f.statistic):
                return f
        raise KeyError(f"{id} {statistic or ''}".strip())

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary in the published form `polku.measurement/1`."""
        log = asdict(self.log)
        log["assumptions"] = [dict(a) for a in self.log.assumptions]
        return {
            "format": FORMAT,
            "log": log,
            "criteria": [asdict(f) for f in self.criteria],
            "curves": dict(self.curves.items()),
        }

    def dumps(self) -> str:
        """The JSON document as text; the same measurement gives the same bytes."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    def _repr_html_(self) -> str:
        # a notebook asks for this; the room above is found by its name (docs/decisions/0007)
        shown: str = import_module("polku.report.notebook").measurement_html(self)
        return shown

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Measurement:
        """The measurement that `to_json` wrote.

        Raises `ComparisonError` when the document has another format.
        """
        if data.get("format") != FORMAT:
            raise ComparisonError(
                f"measurement: format {data.get('format')!r} is not known; "
                f"this version reads {FORMAT}"
            )
        log = dict(data["log"])
        log["assumptions"] = tuple(log["assumptions"])
        known = {f.name for f in fields(LogSummary)}
        return cls(
            log=LogSummary(**{k: v for k, v in log.items() if k in known}),
            criteria=tuple(Figure.from_json(c) for c in data["criteria"]),
            curves=data.get("curves", {}),
        )

    @classmethod
    def load(cls, path: str | Path) -> Measurement:
        """Read a measurement's JSON file; `ComparisonError` when it is none."""
        try:
            return cls.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
        except (json.JSONDecodeError, UnicodeDecodeError, TypeError, KeyError) as e:
            raise ComparisonError(f"{path}: is no measurement ({e}); write it anew") from e


def is_measurement_file(path: str | Path) -> bool:
    """Whether a file begins like a measurement's JSON."""
    path = Path(path)
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        return FORMAT.encode() in file.read(200)
