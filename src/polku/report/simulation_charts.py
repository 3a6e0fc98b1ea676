"""Charts of a simulation as SVG: staff and queues over the days, waiting by step and cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

import numpy as np

from polku.report.map_text import cut, drawable, width
from polku.report.simulation_content import Course, Observed, day_of
from polku.report.wording import number
from polku.simulate.engine.program import Floats, Ints

WIDE, HIGH = 460.0, 132.0
LEFT, RIGHT, TOP, LOW = 47.0, 8.0, 16.0, 22.0
LABEL = 250.0
"""Room for the names of steps beside their bars."""
ROW = 26.0
TIGHT = 34.0
"""px between the names of two months at least"""


class _Days:
    """Where moments stand on the x axis, and what is marked there."""

    def __init__(self, seen: Observed) -> None:
        self.first, self.last = int(seen.weeks[0]), int(seen.weeks[-1])
        self.zone, self.nights = seen.zone, seen.nights
        self.since = seen.since

    def x(self, at: float) -> float:
        """px of a moment."""
        return LEFT + (WIDE - LEFT - RIGHT) * (at - self.first) / max(self.last - self.first, 1)

    def months(self) -> list[tuple[date, float, float]]:
        """The months: first day, and px where they begin and end."""
        starts = [
            (day, self.x(int(at)))
            for at in self.nights
            if (day := day_of(int(at), self.zone)).day == 1 or at == self.nights[0]
        ]
        ends = [x for _, x in starts[1:]] + [self.x(self.last)]
        return [(d, x, end) for (d, x), end in zip(starts, ends, strict=True)]

    def ground(self) -> list[str]:
        """Julys shaded, the warm-up marked, the months named."""
        out = []
        months = self.months()
        every = max(1, round(TIGHT * len(months) / (WIDE - LEFT - RIGHT) + 0.49))
        for day, a, b in months:
            if day.month == 7:
                out.append(
                    f'<rect class="july" x="{a:.1f}" y="{TOP:.1f}" width="{b - a:.1f}" '
                    f'height="{HIGH - TOP - LOW:.1f}"/>'
                    f'<rect class="july-strip" x="{a:.1f}" y="{TOP - 4:.1f}" '
                    f'width="{b - a:.1f}" height="4"/>'
                )
        for k, (day, a, b) in enumerate(months):
            out.append(f'<path class="tick" d="M{a:.1f} {HIGH - LOW:.1f}v4"/>')
            if k % every == 0 and b - a > TIGHT * 0.4:
                name = f"{day:%b}" if every == 1 or day.month != 1 else f"{day.year}"
                middle = (a + b) / 2 if every == 1 else a
                anchor = "middle" if every == 1 else "start"
                out.append(_text(middle, HIGH - 6, name, anchor))
        if self.since > self.first:
            x = self.x(self.since)
            out.append(f'<path class="warm" d="M{x:.1f} {TOP:.1f}V{HIGH - LOW:.1f}"/>')
        return out


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "") -> str:
    said = f' class="{kind}"' if kind else ""
    return f'<text{said} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def over_days(
    seen: Observed, course: Course, colour: str, closed: Sequence[bool] = (), *, most: float = 0.0
) -> str:
    """A count at each midnight: mean line, and the band from least to greatest."""
    days = _Days(seen)
    top = _nice(max(most, float(np.nanmax(course.high, initial=0.0)), 1.0))
    at = np.array([days.x(int(t)) for t in seen.nights])
    body = [*_closed(seen, days, closed), *_grid(top, lambda v: number(v))]
    if seen.looked > 1 and len(at):
        edge = [*zip(at, course.high, strict=True), *zip(at[::-1], course.low[::-1], strict=True)]
        d = "M" + "L".join(f"{x:.1f} {_y(v, top):.1f}" for x, v in edge) + "Z"
        body.append(f'<path class="band {colour}" d="{d}"/>')
    if len(at):
        d = "M" + "L".join(
            f"{x:.1f} {_y(v, top):.1f}" for x, v in zip(at, course.mean, strict=True)
        )
        body.append(f'<path class="line {colour}" d="{d}"/>')
    return _sheet([*days.ground(), *body])


def over_weeks(seen: Observed, course: Course, colour: str, closed: Sequence[bool] = ()) -> str:
    """A share of each week as steps, with its band; weeks in which it is unknown are left out."""
    days = _Days(seen)
    top = max(1.0, float(np.nanmax(course.high, initial=0.0)))
    edges = [days.x(int(t)) for t in seen.weeks]
    body = [*_closed(seen, days, closed), *_grid(top, lambda v: f"{100 * v:.0f} %")]
    for a, b in _runs(course.mean):
        if seen.looked > 1:
            there = _steps(edges, course.high, a, b, top)
            back = _steps(edges, course.low, a, b, top)[::-1]
            d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in there + back) + "Z"
            body.append(f'<path class="band {colour}" d="{d}"/>')
        line = _steps(edges, course.mean, a, b, top)
        d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line)
        body.append(f'<path class="line {colour}" d="{d}"/>')
    return _sheet([*days.ground(), *body])


def _runs(values: Floats) -> list[tuple[int, int]]:
    """The stretches in which values are known."""
    known = np.concatenate([[0], ~np.isnan(values), [0]]).astype(int)
    change = np.flatnonzero(np.diff(known))
    return list(zip(change[::2].tolist(), change[1::2].tolist(), strict=True))


def _steps(
    edges: list[float], values: Floats, a: int, b: int, top: float
) -> list[tuple[float, float]]:
    out = []
    for k in range(a, b):
        y = _y(float(values[k]), top)
        out += [(edges[k], y), (edges[k + 1], y)]
    return out


def _y(value: float, top: float) -> float:
    return HIGH - LOW - (HIGH - TOP - LOW) * value / top


def _nice(value: float) -> float:
    """The least of 1, 2, 4, 5, 10 … that is not below a value."""
    size = 10.0 ** np.floor(np.log10(value))
    return float(next(s * size for s in (1, 2, 4, 5, 10) if s * size >= value * 0.999))


def _grid(top: float, say: object) -> list[str]:
    out = []
    for part in (0.0, 0.5, 1.0):
        y = _y(part * top, top)
        out.append(f'<path class="grid" d="M{LEFT:.1f} {y:.1f}H{WIDE - RIGHT:.1f}"/>')
        out.append(_text(LEFT - 5, y + 4, say(part * top), "end"))  # type: ignore[operator]
    return out


def _closed(seen: Observed, days: _Days, closed: Sequence[bool]) -> list[str]:
    """Days on which nobody is there, as bars; free days between belong to them."""
    runs: list[list[int]] = []
    for k in np.flatnonzero(np.asarray(closed, bool)).tolist():
        if runs and k - runs[-1][1] <= 2:
            runs[-1][1] = k + 1
        else:
            runs.append([k, k + 1])
    out = []
    for a, b in runs:
        x1, x2 = days.x(int(seen.nights[a])), days.x(int(seen.nights[b]))
        out.append(
            f'<rect class="closed" x="{x1:.1f}" y="{TOP:.1f}" width="{max(x2 - x1, 1):.1f}" '
            f'height="{HIGH - TOP - LOW:.1f}"/>'
        )
    return out


def _sheet(parts: list[str], high: float = HIGH, wide: float = WIDE) -> str:
    return (
        f'<svg class="years" aria-hidden="true" viewBox="0 0 {wide:.0f} {high:.0f}">'
        + "".join(parts)
        + "</svg>"
    )


def waiting_bars(
    rows: Sequence[tuple[str, Sequence[tuple[str, float]]]], wide: float = 940.0
) -> str:
    """Stacked bars: for each row its name and its parts, (cause, share of all waiting)."""
    room = wide - LABEL - 60
    most = max((sum(v for _, v in parts) for _, parts in rows), default=1.0) or 1.0
    out = []
    for k, (name, parts) in enumerate(rows):
        y = 6 + ROW * k
        label = name if width(name, 13) < LABEL - 12 else cut(name, 13, LABEL - 12)
        out.append(_text(LABEL - 10, y + 15, drawable(label), "end", "name"))
        x = LABEL
        for cause, value in parts:
            long = room * value / most
            if long < 0.05:
                continue
            out.append(
                f'<rect class="c-{cause}" x="{x:.1f}" y="{y:.1f}" width="{long:.1f}" '
                f'height="{ROW - 7:.1f}"/>'
            )
            x += long
        total = sum(v for _, v in parts)
        said = f"{100 * total:.0f} %" if total >= 0.0095 else "< 1 %"
        out.append(_text(x + 6, y + 14, said))
    return _sheet(out, 10 + ROW * len(rows), wide)


def waiting_whole(parts: Sequence[tuple[str, float]], wide: float = 940.0) -> str:
    """All waiting as one bar, with the shares that find room in it."""
    out, x, room = [], 0.0, wide
    for cause, value in parts:
        long = room * value
        if long < 0.05:
            continue
        out.append(f'<rect class="c-{cause}" x="{x:.1f}" y="2" width="{long:.1f}" height="34"/>')
        if long > 44:
            out.append(_text(x + long / 2, 24, f"{100 * value:.0f} %", "middle", f"on-{cause}"))
        x += long
    return _sheet(out, 38, wide)


def days_named(nights: Ints, zone: str) -> str:
    """The days between the first midnight and the last, in words."""
    a = day_of(int(nights[0]), zone)
    b = day_of(int(nights[-1]), zone) - timedelta(days=1)
    return f"{a.day} {a:%B %Y} to {b.day} {b:%B %Y}"
