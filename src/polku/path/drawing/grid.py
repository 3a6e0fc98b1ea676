"""What is laid out: items in lanes, links between them, and where they come to stand.

Nothing here knows of BPMN; `layout` makes items of a path, a drawing may make its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

NORTH, SOUTH = "\x00north", "\x00south"
"""Ends of links that lead out of the sheet, at its upper or lower border."""

Side = Literal["left", "right", "top", "bottom"]
Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that takes a place: `width` and `height` in px, the number of its `lane`.

    `point`: links meet it only in the middle of a side (an event, a gateway); `above`, `below`:
    room in px kept free over and under it, `beside`: the item in whose column it stands (data at
    its step); `loose`: it has a row of its own and may span several columns; `column`: its column
    where that is given.
    """

    id: str
    width: float
    height: float
    lane: int = 0
    point: bool = False
    above: float = 0.0
    below: float = 0.0
    beside: str | None = None
    loose: bool = False
    column: int | None = None
    free_to: float | None = None
    """x from its middle up to which lines may meet its lower border (boundary events follow)"""


@dataclass(frozen=True, slots=True)
class Link:
    """A line from one item to another, or to a border of the sheet.

    `kind`: a flow orders its ends from left to right; messages and data do not. `weight`: how much
    it should be straight; `room`: width in px of the label after its source. `leaves`, `enters`:
    x in px from the middle of the item where the line is bound to meet the lower border of its
    source (a boundary event), or the border that a message crosses (`below`: the lower one).
    """

    id: str
    source: str
    target: str
    kind: Literal["flow", "message", "data"] = "flow"
    weight: float = 1.0
    room: float = 0.0
    leaves: float | None = None
    enters: float | None = None
    below: bool = False
    begins: str | None = None
    """a boundary event at which it begins: its lines may share a stretch"""
    late: bool = False
    """whether its label stands before its target, as it shares its beginning with many"""


@dataclass(frozen=True, slots=True)
class Box:
    """A place in px: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """x of the right border."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """y of the lower border."""
        return self.y + self.height

    @property
    def middle(self) -> Point:
        """The centre."""
        return self.x + self.width / 2, self.y + self.height / 2

    def moved(self, dx: float, dy: float) -> Box:
        """The same box elsewhere."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def meets(self, other: Box, gap: float = 0.0) -> bool:
        """Whether two boxes overlap, or come nearer than a gap."""
        return (
            self.x < other.right + gap
            and other.x < self.right + gap
            and self.y < other.bottom + gap
            and other.y < self.bottom + gap
        )


@dataclass
class Grid:
    """Columns and rows: `column` and `row` of every item; `rows`: how many rows a lane has.

    Rows are counted within their lane; `order` lists the lanes from top to bottom; `span`: last
    column of an item that takes several.
    """

    column: dict[str, int]
    row: dict[str, int]
    rows: list[int]
    order: list[int]
    span: dict[str, int] = field(default_factory=dict)
    back: frozenset[str] = frozenset()

    @property
    def columns(self) -> int:
        """Number of columns."""
        last = [*self.column.values(), *self.span.values()]
        return max(last, default=0) + 1

    def first_rows(self) -> dict[int, int]:
        """The number over all lanes of every lane's first row."""
        out, at = {}, 0
        for lane in self.order:
            out[lane] = at
            at += self.rows[lane]
        return out


@dataclass(frozen=True)
class Placed:
    """Where everything stands, in px from the upper left corner of the sheet.

    `lanes`: top and bottom of every lane, by number.
    """

    boxes: dict[str, Box]
    courses: dict[str, tuple[Point, ...]]
    lanes: dict[int, tuple[float, float]]
    width: float
    height: float
