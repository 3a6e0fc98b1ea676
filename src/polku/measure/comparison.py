"""A comparison: the figures of two sides beside each other, what differs, and its JSON form."""

from __future__ import annotations

import json
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from polku.errors import ComparisonError
from polku.measure.measurement import Direction, Segment

FORMAT = "polku.comparison/1"

Verdict = Literal[
    "better", "worse", "different", "no_difference_shown", "refused", "not_measurable"
]
Basis = Literal["plain", "standardised", "control", ""]


@dataclass(frozen=True)
class Adjusted:
    """A difference with confounders taken out, in the figure's unit.

    `covers`: the share of the matters that it could use. `note`: over what, or against what.
    """

    value: float | None
    low: float | None
    high: float | None
    se: float | None
    p: float | None
    covers: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One statistic of one criterion on both sides.

    `difference` is after − before, with its 95 % interval, all in `unit`; `standardised` is the
    same in a common mix of kinds and channels; `control` is the difference less that of the
    control path or town. `p` belongs to the `basis`, on which the verdict rests; `p_holm` is it
    after Holm over the criteria. `detectable`: the smallest difference that would have been shown
    in 8 of 10 times. `says`: the verdict in words.
    """

    id: str
    principle: str
    statistic: str
    unit: str
    direction: Direction
    before: float | None
    after: float | None
    n_before: int
    n_after: int
    open_before: int
    open_after: int
    difference: float | None
    low: float | None
    high: float | None
    se: float | None
    p: float | None
    p_holm: float | None
    standardised: Adjusted | None
    control: Adjusted | None
    detectable: float | None
    basis: Basis
    verdict: Verdict
    says: str
    horizon_days: float | None = None
    hash: str = ""
    note: str = ""
    by: Segment | None = None

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Row:
        """The row that a comparison's JSON holds."""
        given = {k: v for k, v in data.items() if k in {f.name for f in fields(cls)}}
        for name in ("standardised", "control"):
            if given.get(name) is not None:
                given[name] = Adjusted(**given[name])
        if given.get("by") is not None:
            given["by"] = Segment(**given["by"])
        return cls(**given)


@dataclass(frozen=True)
class Part:
    """One part of a difference of the mean lead time: what changed the figure.

    `micros` whole µs: these sum to the difference exactly; `days` the same in days.
    """

    name: str
    micros: int
    days: float
    text: str


@dataclass(frozen=True)
class SideSummary:
    """One side: its name, its matters, those still open, and when they arrived (ISO dates).

    `open`: null where the log does not tell which matters have ended.
    """

    name: str
    matters: int
    open: int | None
    first: str | None
    last: str | None
    left_out: int = 0
    """matters that arrived in calendar months which the other side has not"""


@dataclass(frozen=True)
class Comparison:
    """Two sides compared, criterion by criterion.

    `guards`: what was done against confounding, and what could not be; `straddling`: matters that
    arrived before the change and ended, or are open, after it; `parts`: what changed the mean
    lead time (see `decompose`), summing to its difference.
    """

    kind: Literal["logs", "periods", "segments", "measurements"]
    before: SideSummary
    after: SideSummary
    rows: tuple[Row, ...]
    guards: tuple[str, ...] = ()
    straddling: AnyMapping[str, float | int | None] | None = None
    parts: tuple[Part, ...] = ()
    parts_cannot: tuple[str, ...] = ()
    confidence: float = 0.95
    seed: int = 0

    def row(self, id: str, statistic: str | None = None) -> Row:
        """The row of a criterion (its first statistic unless one is named).

        Raises `KeyError` when the comparison has none.
        """
        for r in self.rows:
            if r.id == id and statistic in (None, r.statistic):
                return r
        raise KeyError(f"{id} {statistic or ''}".strip())

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary in the published form `polku.comparison/1`."""
        return {
            "format": FORMAT,
            "kind": self.kind,
            "before": asdict(self.before),
            "after": asdict(self.after),
            "confidence": self.confidence,
            "seed": self.seed,
            "guards": list(self.guards),
            "straddling": None if self.straddling is None else dict(self.straddling),
            "parts": [asdict(p) for p in self.parts],
            "parts_cannot": list(self.parts_cannot),
            "criteria": [asdict(r) for r in self.rows],
        }

    def dumps(self) -> str:
        """The JSON document as text; the same comparison gives the same bytes."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Comparison:
        """The comparison that `to_json` wrote.

        Raises `ComparisonError` when the document has another format.
        """
        if data.get("format") != FORMAT:
            raise ComparisonError(
                f"comparison: format {data.get('format')!r} is not known; "
                f"this version reads {FORMAT}"
            )
        return cls(
            kind=data["kind"],
            before=SideSummary(**data["before"]),
            after=SideSummary(**data["after"]),
            rows=tuple(Row.from_json(r) for r in data["criteria"]),
            guards=tuple(data["guards"]),
            straddling=data["straddling"],
            parts=tuple(Part(**p) for p in data["parts"]),
            parts_cannot=tuple(data["parts_cannot"]),
            confidence=data["confidence"],
            seed=data["seed"],
        )

    @classmethod
    def load(cls, path: str | Path) -> Comparison:
        """Read a comparison's JSON file; `ComparisonError` when it is none."""
        try:
            return cls.from_json(json.loads(Path(path).read_text(encoding="utf-8")))
        except (json.JSONDecodeError, UnicodeDecodeError, TypeError, KeyError) as e:
            raise ComparisonError(f"{path}: is no comparison ({e}); write it anew") from e
