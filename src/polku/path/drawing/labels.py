"""Where labels stand: beside their element, over no box, no other label and hardly ever a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from polku.path.drawing.grid import Box, Point
from polku.path.drawing.text import broken, width

SIZE, LEADING = 11.0, 13.2
"""font size and line height in px that drawing tools use for labels outside of boxes"""
ROOM, WIDER = 90.0, 1.12
"""px at which labels wrap; how much wider a machine's own font may be than estimated"""
_GAP = 4.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A label to place: the element's id, its words, and its box or its course."""

    id: str
    text: str
    box: Box | None = None
    course: tuple[Point, ...] = ()
    places: tuple[str, ...] = ()
    """sides of the box in the order of preference; for a course "start" or "middle" """
    corner: float = 0.0
    """how far it may reach into the corners of the box, which a diamond leaves free"""


def size(text: str, room: float = ROOM, font: float = SIZE) -> tuple[float, float]:
    """Width and height in px of a text broken to a width."""
    return lines_of(text, room, font)[1:]


def lines_of(text: str, room: float, font: float) -> tuple[list[str], float, float]:
    """A text broken to a width, with the width and height in px of its box."""
    lines = broken(text, font, max(room - 4, _longest(text, font)) / WIDER, 8)
    wide = max((width(t, font) for t in lines), default=0.0)
    return lines, round(wide * WIDER + 4, 1), round(len(lines) * font * 1.2 + 1, 1)


def _longest(text: str, font: float) -> float:
    """Width of the longest word, so that a label wraps between words as long as it may."""
    return min(max((width(w, font) for w in text.split(" ")), default=0.0) * WIDER + 1, 150.0)


class _Sheet:
    """What stands already, found quickly by place."""

    def __init__(self) -> None:
        self.boxes: dict[int, list[Box]] = defaultdict(list)
        self.labels: dict[int, list[Box]] = defaultdict(list)
        self.lines: dict[int, list[tuple[float, float, float, float, str]]] = defaultdict(list)

    def _cells(self, x1: float, x2: float) -> range:
        return range(int(x1 // 150), int(x2 // 150) + 1)

    def add_box(self, box: Box) -> None:
        for k in self._cells(box.x, box.right):
            self.boxes[k].append(box)

    def add_label(self, box: Box) -> None:
        for k in self._cells(box.x, box.right):
            self.labels[k].append(box)

    def add_line(self, id: str, course: Sequence[Point]) -> None:
        for (x1, y1), (x2, y2) in pairwise(course):
            line = (min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2), id)
            for k in self._cells(line[0], line[1]):
                self.lines[k].append(line)

    def cost(self, box: Box, own: str, beside: Box | None = None) -> float:
        """What it costs to put a label here."""
        out = 0.0
        seen: set[int] = set()
        for k in self._cells(box.x, box.right):
            for other in self.boxes.get(k, ()):
                if other != beside and id(other) not in seen and box.meets(other, 1.0):
                    seen.add(id(other))
                    out += 100.0 + _common(box, other) / 40
            for other in self.labels.get(k, ()):
                if id(other) not in seen and box.meets(other, 2.0):
                    seen.add(id(other))
                    out += 100.0 + _common(box, other) / 40
            for line in self.lines.get(k, ()):
                if id(line) in seen:
                    continue
                if (
                    line[0] < box.right + 1
                    and line[1] > box.x - 1
                    and line[2] < box.bottom + 1
                    and line[3] > box.y - 1
                ):
                    seen.add(id(line))
                    out += 26.0 if line[4] != own else 18.0
        return out


def _common(a: Box, b: Box) -> float:
    wide = min(a.right, b.right) - max(a.x, b.x)
    high = min(a.bottom, b.bottom) - max(a.y, b.y)
    return max(wide, 0.0) * max(high, 0.0)


def place_labels(
    wanted: Iterable[Wanted],
    boxes: Iterable[Box],
    courses: Mapping[str, tuple[Point, ...]],
    borders: Iterable[tuple[Point, Point]] = (),
    font: float = SIZE,
) -> dict[str, Box]:
    """The box of every label.

    Parameters: `boxes`, what labels must not cover; `courses`, all lines by id; `borders`, lines
    of lanes. Labels are placed one after the other in the given order.
    """
    sheet = _Sheet()
    for b in boxes:
        sheet.add_box(b)
    for id, course in courses.items():
        sheet.add_line(id, course)
    for border in borders:
        sheet.add_line("\x00", border)
    out = {}
    for one in wanted:
        best, least = None, float("inf")
        for box, extra in _candidates(one, font):
            if extra >= least:
                continue
            cost = extra + sheet.cost(box, one.id, one.box)
            if cost < least:
                best, least = box, cost
        if best is not None:
            out[one.id] = best
            sheet.add_label(best)
    return out


def _candidates(one: Wanted, font: float) -> list[tuple[Box, float]]:
    out = []
    for k, room in enumerate((ROOM, 70.0, 130.0) if one.box is None else (ROOM, 120.0, 64.0)):
        wide, high = size(one.text, room, font)
        if k and (wide, high) == size(one.text, ROOM, font):
            continue
        found = _at_box(one, wide, high) if one.box is not None else _on_course(one, wide, high)
        out += [(b, extra + 1.5 * k) for b, extra in found]
    return out


def _at_box(one: Wanted, wide: float, high: float) -> list[tuple[Box, float]]:
    box = one.box
    assert box is not None
    mx, my = box.middle
    inner = one.corner
    at = {
        "below": (mx - wide / 2, box.bottom + _GAP),
        "above": (mx - wide / 2, box.y - _GAP - high),
        "below-right": (mx + 8, box.bottom + 1 - inner),
        "below-left": (mx - 8 - wide, box.bottom + 1 - inner),
        "above-right": (mx + 8, box.y - 1 - high + inner),
        "above-left": (mx - 8 - wide, box.y - 1 - high + inner),
        "right-below": (box.right + 2 - inner, my + 5),
        "left-below": (box.x + inner - 2 - wide, my + 5),
        "right-above": (box.right + 2 - inner, my - 5 - high),
        "left-above": (box.x + inner - 2 - wide, my - 5 - high),
        "right": (box.right + _GAP, my - high / 2),
        "far-below": (mx - wide / 2, box.bottom + 18),
        "far-above": (mx - wide / 2, box.y - 18 - high),
    }
    ordered = [*one.places, *(n for n in at if n not in one.places)]
    return [
        (Box(round(at[n][0], 1), round(at[n][1], 1), wide, high), 1.2 * k)
        for k, n in enumerate(ordered)
    ]


def _on_course(one: Wanted, wide: float, high: float) -> list[tuple[Box, float]]:
    out = []
    before = 0.0
    total = sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(one.course))
    for a, b in pairwise(one.course):
        long = abs(a[0] - b[0]) + abs(a[1] - b[1])
        for part in (0.0, 0.25, 0.5, 0.75, 1.0):
            if a[1] == b[1]:
                sign = 1 if b[0] > a[0] else -1
                reach = max(long - wide - 8, 0.0)
                near = a[0] + sign * (5 + part * reach)
                x = near if sign > 0 else near - wide
                if long < wide + 6:
                    x = (a[0] + b[0] - wide) / 2
                spots = [(x, a[1] - 3 - high), (x, a[1] + 3)]
            else:
                sign = 1 if b[1] > a[1] else -1
                reach = max(long - high - 10, 0.0)
                near = a[1] + sign * (6 + part * reach)
                y = near if sign > 0 else near - high
                spots = [(a[0] + 4, y), (a[0] - 4 - wide, y)]
            far = before + part * long
            if "middle" in one.places:
                far = abs(far - total / 2)
            for n, (x, y) in enumerate(spots):
                short = 4.0 if a[1] == b[1] and long < wide + 6 else 0.0
                upright = 2.0 if a[1] != b[1] else 0.0
                extra = far / 45 + 0.5 * n + short + upright
                out.append((Box(round(x, 1), round(y, 1), wide, high), extra))
    return out
