"""The figures by which prototypes are compared: the catalogue's, with the same ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["lower", "higher", "none"]


@dataclass(frozen=True, slots=True)
class Axis:
    """One figure of a prototype.

    `id`, `statistic`, `unit`, `direction`: as in the catalogue of criteria (`polku.measure`);
    `column`, `value`: the segment it is about, or ("unit", a unit's name) for staff hours by unit,
    ("pool", a pool's name) for utilisation; `floor`: differences below it do not count as a
    difference between prototypes (in `unit`), `share`: nor do those below this share of the
    current state's value.
    """

    id: str
    statistic: str
    unit: str
    direction: Direction
    column: str | None = None
    value: str | None = None
    floor: float = 0.0
    share: float = 0.01

    @property
    def key(self) -> str:
        """Its name: "lead_time.p50", "lead_time.p50@size=small", "staff_hours.mean@unit=Desk"."""
        of = f"{self.id}.{self.statistic}"
        return of if self.column is None else f"{of}@{self.column}={self.value}"

    @property
    def sign(self) -> int:
        """+1 where a higher value is worse, −1 where a lower one is, 0 where neither."""
        return {"lower": 1, "higher": -1, "none": 0}[self.direction]
