"""From the grid of a map to coordinates: sizes of bands, gutters and channels, and line courses."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from polku.report.map_grid import Grid
from polku.report.map_routes import Route, Routes
from polku.report.walk import Walk

BOX_W, BOX_H = 146.0, 60.0
GUTTER, TRACK = 60.0, 9.0
ARROW = 9.0
"""length of an arrow's head; a line's path stops that far before the box"""
CHANNEL = 20.0
LANE_LABEL, AGENCY_LABEL, RIGHT = 112.0, 38.0, 44.0
MARK_ROW = 19.0
CUSTOMER_PAD = 16.0
BAND_GAP = 26.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """A mark in the customer's row: what meets the customer at a stop ("start", "end", …)."""

    stop: int
    kind: str
    text: str
    level: int


@dataclass(frozen=True)
class Line:
    """A drawn move: its path, where its number may stand, and whether it leaves the band."""

    move: int
    path: str
    spots: tuple[Point, ...]
    backward: bool
    tip: Point
    heading: str = "right"
    leaves: Point | None = None
    """where it leaves the band, for a move into another band; `tip` is where it comes in"""


@dataclass(frozen=True)
class Sheet:
    """All coordinates of a map, in px."""

    width: float
    height: float
    left: float
    boxes: tuple[Point, ...]
    rows: tuple[tuple[tuple[float, float], ...], ...]
    """top and bottom of every row's strip, by band"""
    bands: tuple[tuple[float, float, float], ...]
    """top, line of interaction and bottom of every band"""
    lines: tuple[Line, ...]
    marks: tuple[tuple[Mark, Point, str], ...]


def columns_in(width: float, with_agencies: bool) -> int:
    """How many columns of boxes fit into a width."""
    left = LANE_LABEL + (AGENCY_LABEL if with_agencies else 0)
    return max(2, int((width - left - RIGHT) // (BOX_W + GUTTER + TRACK)))


def lay_out(
    walk: Walk, grid: Grid, routes: Routes, marks: list[Mark], *, top: float, agencies: bool
) -> Sheet:
    """Compute every coordinate; `top` is the room above the first band."""
    left = LANE_LABEL + (AGENCY_LABEL if agencies else 0)
    at_gutter: dict[tuple[int, int], list[Mark]] = defaultdict(list)
    for mark in marks:
        spot = grid.spots[mark.stop]
        at_gutter[spot.band, spot.column].append(mark)
    x: dict[tuple[int, int], float] = {}
    widest = left
    for band, columns in enumerate(grid.columns):
        right = left
        for c in range(columns):
            tracks = routes.gutter_tracks.get((band, c), 0) + len(at_gutter[band, c])
            right += GUTTER + TRACK * tracks
            x[band, c] = right
            right += BOX_W
        x[band, columns] = right + GUTTER + TRACK * routes.gutter_tracks.get((band, columns), 0)
        widest = max(widest, right + RIGHT)
    bands, rows, row_y = [], [], {}
    y = top
    for band, lanes in enumerate(grid.rows):
        levels = [m.level for m in marks if grid.spots[m.stop].band == band]
        start = y
        y += CUSTOMER_PAD * 2 + MARK_ROW * (max(levels) + 1) if levels else 0
        interaction = y
        strips = []
        for r in range(len(lanes)):
            strip = y
            y += CHANNEL + TRACK * routes.channel_tracks.get((band, r), 0)
            row_y[band, r] = y
            y += BOX_H
            if r == len(lanes) - 1 or lanes[r + 1] != lanes[r]:
                y += 8
            if r == len(lanes) - 1:
                y += CHANNEL / 2 + TRACK * routes.channel_tracks.get((band, r + 1), 0)
            strips.append((strip, y))
        bands.append((start, interaction, y))
        rows.append(tuple(strips))
        y += BAND_GAP
    boxes = tuple((x[s.band, s.column], row_y[s.band, s.row]) for s in grid.spots)
    place = _Places(walk, grid, routes, boxes, x, row_y, {k: len(v) for k, v in at_gutter.items()})
    placed = []
    for (band, c), group in sorted(at_gutter.items()):
        for k, mark in enumerate(sorted(group, key=lambda m: m.level)):
            mx = x[band, c] - 8 - TRACK * k
            my = bands[band][1] - CUSTOMER_PAD + 5 - MARK_ROW * mark.level
            bx, by = boxes[mark.stop]
            path = f"M{mx:.1f} {my:.1f}V{by + 13:.1f}H{bx:.1f}"
            placed.append((mark, (mx, my), path))
    return Sheet(
        width=widest,
        height=y - BAND_GAP,
        left=left,
        boxes=boxes,
        rows=tuple(rows),
        bands=tuple(bands),
        lines=tuple(place.line(r) for r in routes.routes),
        marks=tuple(placed),
    )


class _Places:
    """Ports of boxes and tracks in px, and the paths through them."""

    def __init__(
        self,
        walk: Walk,
        grid: Grid,
        routes: Routes,
        boxes: tuple[Point, ...],
        x: dict[tuple[int, int], float],
        row_y: dict[tuple[int, int], float],
        marks: dict[tuple[int, int], int],
    ) -> None:
        self.walk, self.grid, self.boxes = walk, grid, boxes
        self.x, self.row_y, self.marks, self.tracks = x, row_y, marks, routes.channel_tracks
        self.out = self._ports(routes, tail=True)
        self.into = self._ports(routes, tail=False)
        self.below: dict[int, int] = defaultdict(int)

    def _ports(self, routes: Routes, *, tail: bool) -> dict[int, float]:
        sides: dict[int, list[Route]] = defaultdict(list)
        for r in routes.routes:
            if r.shape != "back":
                m = self.walk.moves[r.move]
                sides[m.tail if tail else m.head].append(r)
        out = {}
        for stop, group in sides.items():

            def height(r: Route) -> tuple[float, float]:
                m = self.walk.moves[r.move]
                other = self.grid.spots[m.head if tail else m.tail]
                if r.shape == "away":
                    mine = self.grid.spots[m.tail if tail else m.head].band
                    return (99.0 if other.band > mine else -99.0, other.column)
                if r.shape == "channel":
                    own = self.grid.spots[m.tail if tail else m.head].row
                    return (r.channel - 0.5 + (0.01 if r.channel > own else -0.01), 0)
                return (other.row, -other.column if tail else other.column)

            group = sorted(group, key=lambda r: (height(r), r.move))
            step = min(14.0, (BOX_H - 16) / max(len(group) - 1, 1))
            for k, r in enumerate(group):
                out[r.move] = self.boxes[stop][1] + BOX_H / 2 + (k - (len(group) - 1) / 2) * step
        return out

    def _gutter(self, band: int, gutter: int, track: int) -> float:
        if (band, gutter) in self.x:
            return self.x[band, gutter] - 10 - TRACK * (self.marks.get((band, gutter), 0) + track)
        return self.x[band, gutter - 1] + BOX_W + 12 + TRACK * track

    def _channel(self, band: int, channel: int, track: int) -> float:
        if (band, channel) in self.row_y:
            return self.row_y[band, channel] - 9 - TRACK * track
        return self.row_y[band, channel - 1] + BOX_H + 12 + TRACK * track

    def line(self, r: Route) -> Line:
        m = self.walk.moves[r.move]
        band = self.grid.spots[m.tail].band
        ax, bx = self.boxes[m.tail][0] + BOX_W, self.boxes[m.head][0]
        if r.shape == "back":
            return self._back(r, band)
        y1, y2 = self.out[r.move], self.into[r.move]
        if r.shape == "away":
            path = f"M{ax:.1f} {y1:.1f}h8M{bx - ARROW - 4:.1f} {y2:.1f}h4"
            return Line(r.move, path, (), r.backward, (bx, y2), leaves=(ax + 8, y1))
        tip, bx = (bx, y2), bx - ARROW
        if r.shape == "curve":
            path, spots = _curve(ax, y1, bx, y2)
            return Line(r.move, path, spots, False, tip)
        if r.shape == "row_first":
            turn = self.x[band, self.grid.spots[m.head].column - 1] + BOX_W
            path, spots = _curve(turn, y1, bx, y2)
            near = ax + (self.x[band, self.grid.spots[m.tail].column + 1] - ax) / 2
            return Line(
                r.move, f"M{ax:.1f} {y1:.1f}H{turn:.1f}" + path[path.index("C") :],
                ((near, y1), *spots), False, tip,
            )  # fmt: skip
        if r.shape == "row_last":
            turn = self.x[band, self.grid.spots[m.tail].column + 1]
            path, spots = _curve(ax, y1, turn, y2)
            return Line(r.move, path + f"H{bx:.1f}", (*spots, ((turn + bx) / 2, y2)), False, tip)
        g1, g2 = self.grid.spots[m.tail].column + 1, self.grid.spots[m.head].column
        x1 = self._gutter(band, g1, r.gutters[g1])
        x2 = self._gutter(band, g2, r.gutters[g2])
        h = self._channel(band, r.channel, r.track)
        points = [(ax, y1), (x1, y1), (x1, h), (x2, h), (x2, y2), (bx, y2)]
        middle = (x1 + x2) / 2
        return Line(r.move, rounded(points), ((middle, h), (x1 + 40, h), (x2 - 40, h)), False, tip)

    def _back(self, r: Route, band: int) -> Line:
        m = self.walk.moves[r.move]
        tail, head = self.grid.spots[m.tail], self.grid.spots[m.head]
        ax = self.boxes[m.tail][0] + BOX_W * 0.3 + 9 * self._next(m.tail)
        bx = self.boxes[m.head][0] + BOX_W * 0.7 - 9 * self._next(m.head)
        bottom = self.boxes[m.tail][1] + BOX_H
        h = self._channel(band, r.channel, r.track)
        end = self.boxes[m.head][1] + BOX_H
        if head.row == tail.row:
            points = [(ax, bottom), (ax, h), (bx, h), (bx, end)]
        elif head.row == tail.row + 1:
            end = self.boxes[m.head][1]
            points = [(ax, bottom), (ax, h), (bx, h), (bx, end)]
        else:
            g = head.column + 1
            gx = self._gutter(band, g, r.gutters[g])
            h2 = self._channel(band, r.second, r.second_track)
            points = [(ax, bottom), (ax, h), (gx, h), (gx, h2), (bx, h2), (bx, end)]
        spots = tuple(((p[0] + q[0]) / 2, p[1]) for p, q in pairwise(points) if p[1] == q[1])
        up = points[-2][1] > end
        points[-1] = (bx, end + (ARROW if up else -ARROW))
        return Line(r.move, rounded(points), spots, True, (bx, end), "up" if up else "down")

    def _next(self, stop: int) -> int:
        self.below[stop] += 1
        return self.below[stop] - 1


def _curve(x1: float, y1: float, x2: float, y2: float) -> tuple[str, tuple[Point, ...]]:
    """A line with level ends, and points on it, the middle first."""
    if abs(y1 - y2) < 0.5:
        path = f"M{x1:.1f} {y1:.1f}C{x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        return path, (((x1 + x2) / 2, y1),)
    mid = (x1 + x2) / 2
    path = f"M{x1:.1f} {y1:.1f}C{mid:.1f} {y1:.1f} {mid:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    spots = []
    for t in (0.5, 0.38, 0.62, 0.26, 0.74):
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        spots.append((a * x1 + (b + c) * mid + d * x2, (a + b) * y1 + (c + d) * y2))
    return path, tuple(spots)


def rounded(points: list[Point], radius: float = 7.0) -> str:
    """A path along right angles with rounded corners."""
    kept = [points[0]]
    for p in points[1:]:
        if abs(p[0] - kept[-1][0]) + abs(p[1] - kept[-1][1]) > 0.5:
            kept.append(p)
    out = f"M{kept[0][0]:.1f} {kept[0][1]:.1f}"
    for a, b, c in zip(kept, kept[1:], kept[2:], strict=False):
        r = min(radius, _far(a, b) / 2, _far(b, c) / 2)
        p, q = _toward(b, a, r), _toward(b, c, r)
        out += f"L{p[0]:.1f} {p[1]:.1f}Q{b[0]:.1f} {b[1]:.1f} {q[0]:.1f} {q[1]:.1f}"
    return out + f"L{kept[-1][0]:.1f} {kept[-1][1]:.1f}"


def _far(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _toward(a: Point, b: Point, r: float) -> Point:
    far = _far(a, b) or 1.0
    return (a[0] + (b[0] - a[0]) * r / far, a[1] + (b[1] - a[1]) * r / far)
