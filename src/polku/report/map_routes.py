"""How the lines of a map run: through gutters and channels, never over a box."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from polku.report.map_grid import Grid
from polku.report.walk import Walk

Shape = Literal["curve", "row_first", "row_last", "channel", "back", "away"]


@dataclass
class Route:
    """The course of one move in words of the grid; tracks are filled in by `route`.

    `shape`: curve (to the next column), row_first / row_last (along the tail's / head's free row),
    channel (between rows), back (below the tail, back to the head), away (into another band).
    """

    move: int
    shape: Shape
    backward: bool
    channel: int = -1
    track: int = -1
    gutters: dict[int, int] = field(default_factory=dict)
    second: int = -1
    second_track: int = -1


@dataclass(frozen=True)
class Routes:
    """All routes, with how many tracks each gutter and channel of each band holds."""

    routes: tuple[Route, ...]
    gutter_tracks: dict[tuple[int, int], int]
    channel_tracks: dict[tuple[int, int], int]


class _Tracks:
    """Hands out tracks so that stretches on one track do not touch."""

    def __init__(self) -> None:
        self.taken: dict[tuple[int, int], list[list[tuple[float, float]]]] = defaultdict(list)

    def take(self, band: int, place: int, a: float, b: float) -> int:
        low, high = min(a, b), max(a, b)
        tracks = self.taken[band, place]
        for k, stretches in enumerate(tracks):
            if all(high < s[0] or low > s[1] for s in stretches):
                stretches.append((low, high))
                return k
        tracks.append([(low, high)])
        return len(tracks) - 1

    def counts(self) -> dict[tuple[int, int], int]:
        return {k: len(v) for k, v in self.taken.items()}


def route(walk: Walk, grid: Grid) -> Routes:
    """Choose the course of every move, the busiest first."""
    full = {(s.band, s.column, s.row) for s in grid.spots}
    passed: dict[tuple[int, int, int], tuple[str, int]] = {}
    gutters, channels = _Tracks(), _Tracks()
    routes = []
    for k, m in enumerate(walk.moves):
        a, b = grid.spots[m.tail], grid.spots[m.head]
        backward = (b.band, b.column) <= (a.band, a.column)
        if a.band != b.band:
            routes.append(Route(k, "away", backward))
            continue
        if backward:
            routes.append(_back(k, a.band, a.column, a.row, b.column, b.row, gutters, channels))
            continue
        if b.column == a.column + 1:
            routes.append(Route(k, "curve", False))
            continue
        between = range(a.column + 1, b.column)
        done = False
        for shape, row, key in (
            ("row_first", a.row, ("out", m.tail)),
            ("row_last", b.row, ("in", m.head)),
        ):
            cells = [(a.band, c, row) for c in between]
            if not any(c in full or passed.get(c, key) != key for c in cells):
                passed.update(dict.fromkeys(cells, key))
                routes.append(Route(k, shape, False))  # type: ignore[arg-type]
                done = True
                break
        if done:
            continue
        channel = b.row if a.row <= b.row else b.row + 1
        made = Route(k, "channel", False, channel=channel)
        made.track = channels.take(a.band, channel, 2 * a.column + 2, 2 * b.column)
        made.gutters[a.column + 1] = gutters.take(a.band, a.column + 1, 2 * a.row + 1, 2 * channel)
        made.gutters[b.column] = gutters.take(a.band, b.column, 2 * channel, 2 * b.row + 1)
        routes.append(made)
    return Routes(tuple(routes), gutters.counts(), channels.counts())


def _back(
    k: int, band: int, ac: int, ar: int, bc: int, br: int, gutters: _Tracks, channels: _Tracks
) -> Route:
    made = Route(k, "back", True, channel=ar + 1)
    if br in (ar, ar + 1):
        made.track = channels.take(band, ar + 1, 2 * ac + 1, 2 * bc + 1)
        return made
    gutter = bc + 1
    made.track = channels.take(band, ar + 1, 2 * ac + 1, 2 * gutter)
    made.second = br + 1
    made.second_track = channels.take(band, br + 1, 2 * gutter, 2 * bc + 1)
    made.gutters[gutter] = gutters.take(band, gutter, 2 * ar + 2, 2 * br + 2)
    return made
