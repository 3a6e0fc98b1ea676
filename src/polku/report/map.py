"""The map: an event log drawn as a service blueprint."""

from __future__ import annotations

from typing import Literal

from polku.log.eventlog import EventLog
from polku.report import wording
from polku.report.map_draw import draw
from polku.report.map_geometry import Mark, columns_in, lay_out
from polku.report.map_grid import Grid, arrange
from polku.report.map_routes import route
from polku.report.map_text import drawable
from polku.report.walk import Walk, walk

Theme = Literal["auto", "light", "dark"]

SHOWN_FROM = 0.05
"""share of the matters from which a step's arrivals and ends stand in the customer's row"""


class Map(str):
    """The SVG text of a map; in a notebook it shows itself."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


def draw_map(
    log: EventLog,
    share: float = 0.8,
    *,
    width: int = 1680,
    theme: Theme = "auto",
    most_steps: int = 40,
) -> Map:
    """Draw the way of a log's matters as a service blueprint in SVG.

    The customer's row stands on top, then a lane for each agency with its units (for each unit
    where the log names no agencies); steps follow the order of the way from left to right, and go
    on in a further band when the sheet is full. A line's width is the number of matters that make
    the move, its colour the median waiting.

    Parameters: `share` (0 to 1) of all steps done that shall be shown, at most `most_steps` boxes;
    `width` of the sheet in px; `theme` auto follows the reader's setting of light or dark.
    Returns: the SVG document as text, a `Map`; the same log gives the same text.
    Raises: `ValueError` for a share outside 0 to 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share {share} must be more than 0 and at most 1")
    shown = walk(log, share, most_stops=most_steps)
    title = shown.title
    if shown.first:
        title += f", {shown.first} to {shown.last}"
    agencies = any(lane.agency for lane in shown.lanes)
    units = any(lane.unit for lane in shown.lanes)
    grid = arrange(shown, columns_in(width, agencies and units))
    sheet = lay_out(
        shown,
        grid,
        route(shown, grid),
        _marks(shown, grid),
        top=72 if shown.badge else 44,
        agencies=agencies and units,
    )
    return Map(drawable(draw(shown, grid, sheet, title, notes(shown), theme)))


def _marks(shown: Walk, grid: Grid) -> list[Mark]:
    """What meets the customer, stacked where one column has several."""
    found: dict[tuple[int, int], list[tuple[int, str, str]]] = {}
    least = SHOWN_FROM * shown.matters
    for i, stop in enumerate(shown.stops):
        spot = grid.spots[i]
        mine = found.setdefault((spot.band, spot.column), [])
        if stop.contact != "none":
            through = f" by {stop.channel}" if stop.channel else ""
            mine.append(
                (i, stop.contact, f"{grid.number[i]}: {wording.count(stop.matters)}{through}")
            )
        if stop.starts >= least:
            mine.append((i, "start", f"{wording.count(stop.starts)} arrive"))
        if stop.ends >= least and stop.ends:
            mine.append((i, "end", f"{wording.count(stop.ends)} have ended"))
    out = []
    for group in found.values():
        ordered = sorted(group, key=lambda g: (grid.spots[g[0]].row, g[0]))
        out += [Mark(i, kind, text, level) for level, (i, kind, text) in enumerate(ordered)]
    return out


def _unmarked(shown: Walk) -> list[str]:
    """How many matters arrive or end where no mark stands."""
    least = SHOWN_FROM * shown.matters
    starts = shown.matters - sum(s.starts for s in shown.stops if s.starts >= least)
    words = [f"{wording.count(starts)} of {wording.count(shown.matters)} arrive"] if starts else []
    if shown.open is not None:
        ended = shown.matters - shown.open
        ends = ended - sum(s.ends for s in shown.stops if s.ends >= least)
        if ends:
            words.append(f"{wording.count(ends)} of {wording.count(ended)} have ended")
    if not words:
        return []
    told = " and ".join(words)
    return [f"Only the largest arrivals and ends are marked: {told} where no mark stands."]


def notes(shown: Walk) -> list[str]:
    """What a map leaves out, in sentences."""
    if not shown.stops:
        return ["The log holds no step, so there is no way to draw."]
    out = [
        f"Shown: {len(shown.stops)} of {shown.all_stops} kinds of step, which make up "
        f"{wording.share(shown.steps_share)} of all steps done, and the busiest "
        f"{len(shown.moves)} moves between them, {wording.share(shown.moves_share)} of all moves. "
        "A move leads to the next step that is shown; rarer steps in between are passed over."
    ]
    if shown.steps_share < shown.asked_share - 0.005:
        out[0] += (
            f" Showing {wording.share(shown.asked_share)} (the wanted level of detail) would take "
            "more boxes than can be read; ask for more steps to see them."
        )
    out += _unmarked(shown)
    if shown.coarse:
        out.append(wording.COARSE_NOTE)
    if not shown.contacts_known:
        out.append(
            "The log does not mark which steps meet the customer, so the customer's row holds "
            "only where matters arrive and where they have ended."
        )
    if shown.open is None:
        out.append("The log does not tell which matters have ended, so no ends are marked.")
    elif shown.open:
        out.append(f"{wording.plural(shown.open, 'matter is', 'matters are')} still open.")
    return out
