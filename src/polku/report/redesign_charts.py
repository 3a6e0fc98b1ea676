"""Pictures of a front as SVG: a strip per criterion, parallel coordinates, ladders, sensitivity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from polku.redesign.axes import Axis
from polku.redesign.front import AssumptionTold, Front, Option, Rung, Verdict
from polku.report.map_text import broken, cut, drawable
from polku.report.redesign_words import (
    SIGNS,
    axis_name,
    capital,
    figure_of,
    known,
    plain_number,
    value_said,
    verdict_of,
    with_unit,
)

INKS = 6
"""Lines told apart by colour and dash; further ones repeat them and keep their letters."""
CLASSES: dict[Verdict | None, str] = {
    "better": "better", "worse": "worse", "no difference shown": "same", "not comparable": "same",
    None: "same",
}  # fmt: skip
ROW = 24.0


def text(x: float, y: float, words: str, anchor: str = "start", kind: str = "") -> str:
    """A text of a picture, escaped."""
    said = f' class="{kind}"' if kind else ""
    return (
        f'<text{said} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(drawable(words))}'
        "</text>"
    )


def sheet(parts: Sequence[str], wide: float, high: float, words: str) -> str:
    """A picture with its words for those who do not see it."""
    return (
        f'<svg class="pic" role="img" aria-label="{escape(drawable(words))}" '
        f'viewBox="0 0 {wide:.0f} {high:.0f}" style="max-width:{wide:.0f}px">'
        + "".join(parts)
        + "</svg>"
    )


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """At most so many round values between two bounds.

    >>> ticks(33.0, 49.0)
    [35.0, 40.0, 45.0]
    """
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    size = 10.0 ** math.floor(math.log10(span / most))
    for step in (size * s for s in (1, 2, 5, 10, 20, 50)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [round(k * step, 12) for k in range(first, last + 1)]
    return [low]


def tick_text(value: float, axis: Axis, step: float) -> str:
    """The label of a tick, with the decimals that its step needs."""
    times = 100.0 if axis.unit == "share" else 1.0
    places = max(0, min(4, -math.floor(math.log10(step * times) + 1e-9))) if step > 0 else 1
    return plain_number(value * times, places) + (" %" if axis.unit == "share" else "")


def mark(x: float, y: float, option: Option, kind: str, size: float = 5.0) -> str:
    """The mark of an option: diamond today, square drawn by people, circle found by the search."""
    s = size
    if option.drawn == "current":
        s += 1.0
        return f'<path class="mark today" d="M{x:.1f} {y - s:.1f}l{s} {s} {-s} {s} {-s} {-s}z"/>'
    if option.drawn == "people":
        return (
            f'<rect class="mark {kind}" x="{x - s + 0.5:.1f}" y="{y - s + 0.5:.1f}" '
            f'width="{2 * s - 1:.1f}" height="{2 * s - 1:.1f}"/>'
        )
    return f'<circle class="mark {kind}" cx="{x:.1f}" cy="{y:.1f}" r="{s:.1f}"/>'


def strip(front: Front, axis: Axis, options: Sequence[Option], marks: dict[str, str]) -> str:
    """One criterion: a row per option with its dot and interval, the better side shaded."""
    wide, left, right, top, low_room = 330.0, 56.0, 96.0, 4.0, 20.0
    rows = [(o, figure_of(o, axis)) for o in options]
    high = top + ROW * len(rows) + low_room
    bottom = high - low_room
    points = [
        v for _, t in rows if t is not None for v in map(known, (t.value, t.low, t.high))
        if v is not None
    ]  # fmt: skip
    out: list[str] = []
    if points:
        a, b = min(points), max(points)
        least = max(8 * axis.floor - (b - a), 0.0) / 2
        room = (b - a) * 0.06 + least or abs(b) * 0.05 or 1.0
        a, b = a - room, b + room

        def x(value: float) -> float:
            return left + (wide - left - right) * (value - a) / (b - a)

        today = figure_of(front.current, axis)
        at = known(today.value) if today is not None else None
        if at is not None and axis.sign:
            x1, x2 = (x(a), x(at)) if axis.sign > 0 else (x(at), x(b))
            out.append(
                f'<rect class="side" x="{x1:.1f}" y="{top:.1f}" width="{max(x2 - x1, 0):.1f}" '
                f'height="{bottom - top:.1f}"/>'
            )
        shown = ticks(a, b, 4)
        step = shown[1] - shown[0] if len(shown) > 1 else abs(shown[0]) or 1.0
        for v in shown:
            out.append(f'<path class="grid" d="M{x(v):.1f} {top:.1f}V{bottom + 3:.1f}"/>')
            out.append(text(x(v), high - 4, tick_text(v, axis, step), "middle", "tick-text"))
        if at is not None:
            out.append(f'<path class="now" d="M{x(at):.1f} {top:.1f}V{bottom:.1f}"/>')
    said = []
    for k, (o, told) in enumerate(rows):
        y = top + ROW * (k + 0.5)
        name = marks[o.name] + (" ★" if o.name == front.recommended else "")
        out.append(text(left - 8, y + 4.5, name, "end", "name"))
        value = known(told.value) if told is not None else None
        if told is None or value is None:
            out.append(text(left + 4, y + 4.5, "cannot be told", "start"))
            said.append(f"{marks[o.name]} cannot be told")
            continue
        verdict = verdict_of(told, axis)
        kind = CLASSES[verdict]
        low, upper = known(told.low), known(told.high)
        if low is not None and upper is not None:
            own = "today" if o.drawn == "current" else kind
            out.append(f'<path class="span {own}" d="M{x(low):.1f} {y:.1f}H{x(upper):.1f}"/>')
        out.append(mark(x(value), y, o, kind))
        number = value_said(told, axis)
        sign = "" if o.drawn == "current" or verdict is None else f" {SIGNS[verdict]}"
        unit = "%" if number.unit == "%" else ""
        out.append(
            text(wide - right + 10, y + 4.5, with_unit(number.value, unit) + sign, "start",
                 f"number {kind if sign else ''}")
        )  # fmt: skip
        word = "" if o.drawn == "current" or verdict is None else f", {verdict}"
        said.append(f"{marks[o.name]} {number}{word}")
    return sheet(out, wide, high, f"{capital(axis_name(axis))}: " + "; ".join(said))


@dataclass(frozen=True)
class _Gain:
    """An axis of the parallel coordinates: its improvements by option, and what stands at 1."""

    axis: Axis
    by: dict[str, float]
    most: float


def _gains(front: Front, options: Sequence[Option]) -> list[_Gain]:
    out = []
    for key in front.on:
        axis = front.axis(key)
        by = {}
        for o in options:
            told = figure_of(o, axis)
            change = known(told.change) if told is not None else None
            if o.drawn != "current" and change is not None and axis.sign:
                by[o.name] = -axis.sign * change
        if by:
            most = max(*map(abs, by.values()), 3 * axis.floor, 1e-9)
            out.append(_Gain(axis, by, most))
    return out


def parallel(front: Front, options: Sequence[Option], marks: dict[str, str]) -> str:
    """Parallel coordinates: up is better, today a straight line of diamonds, lines named."""
    gains = _gains(front, options)
    others = [o for o in options if o.drawn != "current"]
    if len(gains) < 2 or not others:
        return ""
    left, right, top, high = 76.0, 70.0, 34.0, 420.0
    gap = max(70.0, min(110.0, (1016.0 - left - right) / (len(gains) - 1)))
    wide = left + right + gap * (len(gains) - 1)
    bottom = high - 66.0
    middle = (top + bottom) / 2

    def at(k: int, share: float) -> tuple[float, float]:
        return left + gap * k, middle - share * (bottom - top) / 2 * 0.94

    out = [
        f'<rect class="side" x="{left - 14:.1f}" y="{top - 10:.1f}" '
        f'width="{wide - left - right + 28:.1f}" height="{middle - top + 10:.1f}"/>',
        text(0, top + 8, "better ↑", "start", "soft-text"),
        text(0, bottom, "worse ↓", "start", "soft-text"),
        text(0, middle + 4.5, "today", "start", "name"),
    ]
    for k, g in enumerate(gains):
        x, _ = at(k, 0)
        out.append(f'<path class="axis" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>')
        peak = max(g.by.values())
        if peak > 0:
            o = next(o for o in others if g.by.get(o.name) == peak)
            reached = value_said(o.figure(g.axis.key), g.axis)
            unit = reached.unit if reached.unit in ("%", "€") else ""
            out.append(text(x, top - 16, with_unit(reached.value, unit), "middle", "tick-text"))
        for j, line in enumerate(broken(_short(g.axis), 11.5, gap - 3, 4)):
            out.append(text(x, bottom + 18 + 14 * j, line, "middle", "axis-text"))
    x_last = at(len(gains) - 1, 0)[0]
    out.append(f'<path class="now" d="M{left:.1f} {middle:.1f}H{x_last:.1f}"/>')
    out += [mark(at(k, 0)[0], middle, front.current, "today", 4.0) for k in range(len(gains))]
    ends: list[tuple[float, str]] = []
    said = []
    for n, o in enumerate(others):
        ink = f"ink{n % INKS}"
        best = " first" if o.name == front.recommended else ""
        run: list[tuple[float, float]] = []
        d = ""
        for k, g in enumerate(gains):
            if o.name not in g.by:
                run = []
                continue
            p = at(k, g.by[o.name] / g.most)
            d += f"{'L' if run else 'M'}{p[0]:.1f} {p[1]:.1f}"
            run.append(p)
        out.append(f'<path class="course {ink}{best}" d="{d}"/>')
        for k, g in enumerate(gains):
            if o.name in g.by:
                px, py = at(k, g.by[o.name] / g.most)
                told = o.figure(g.axis.key)
                hollow = " hollow" if verdict_of(told, g.axis) != "better" and (
                    told.verdict != "worse") else ""  # fmt: skip
                out.append(mark(px, py, o, f"{ink}{hollow}", 4.2))
        if run:
            ends.append((run[-1][1], f'{ink}"|{marks[o.name]}' + (" ★" if best else "")))
        up = sum(v > 0 for v in g_values(gains, o))
        said.append(f"{marks[o.name]} is above today in {up} of {len(gains)}")
    x_end = x_last + 14
    for y, label in _apart(ends, 16.0):
        ink, _, name = label.partition('"|')
        out.append(text(x_end, y + 4.5, name, "start", f"label {ink}"))
    words = "Each line is an option; up is better than today: " + "; ".join(said)
    return sheet(out, wide, high, words)


def g_values(gains: Sequence[_Gain], o: Option) -> list[float]:
    """The improvements of an option on the axes where they can be told."""
    return [g.by[o.name] for g in gains if o.name in g.by]


def _short(axis: Axis) -> str:
    if axis.value == "*":
        return f"gap by {(axis.column or '').replace('_', ' ')}"
    return axis_name(axis).replace("half within", "median").replace("within", "").strip()


def _apart(ends: Sequence[tuple[float, str]], least: float) -> list[tuple[float, str]]:
    """Labels moved as little as it takes that none covers another."""
    groups: list[tuple[float, list[str]]] = []  # the middle of each, and its labels from above
    for y, label in sorted(ends):
        middle, labels = y, [label]
        while groups:
            before, above = groups[-1]
            if middle - before >= least * (len(above) + len(labels)) / 2:
                break
            groups.pop()
            n = len(above) + len(labels)
            middle = (before * len(above) + middle * len(labels)) / n
            labels = above + labels
        groups.append((middle, labels))
    return [
        (middle + least * (k - (len(labels) - 1) / 2), label)
        for middle, labels in groups
        for k, label in enumerate(labels)
    ]


def waterfall(front: Front, option: Option, axis: Axis, ladder: Sequence[Rung]) -> str:
    """From today to the option in steps: what each move adds to those before it."""
    today, then = figure_of(front.current, axis), figure_of(option, axis)
    start = known(today.value) if today is not None else None
    end = known(then.value) if then is not None else None
    steps = [r.added.get(axis.key) for r in ladder]
    if start is None or end is None or any(s is None or known(s[0]) is None for s in steps):
        return ""
    levels = [start]
    for s in steps:
        levels.append(levels[-1] + (s[0] if s is not None and s[0] is not None else 0.0))
    wide, label, right, top = 490.0, 178.0, 70.0, 8.0
    rows = len(ladder) + 2
    high = top + 28.0 * rows + 20
    ends = [*levels, end]
    a, b = min(ends), max(ends)
    room = (b - a) * 0.12 or abs(b) * 0.05 or 1.0
    a, b = max(a - room, 0.0) if a >= 0 else a - room, b + room * 0.5

    def x(value: float) -> float:
        return label + (wide - label - right) * (value - a) / ((b - a) or 1.0)

    out: list[str] = []
    shown = ticks(a, b, 4)
    step = shown[1] - shown[0] if len(shown) > 1 else abs(shown[0]) or 1.0
    for v in shown:
        out.append(f'<path class="grid" d="M{x(v):.1f} {top:.1f}V{high - 18:.1f}"/>')
        out.append(text(x(v), high - 4, tick_text(v, axis, step), "middle", "tick-text"))
    said = []
    for k in range(rows):
        y = top + 28.0 * (k + 0.5)
        if k in (0, rows - 1):
            value, own = (start, front.current) if k == 0 else (end, option)
            name = "today" if k == 0 else "with all moves"
            out.append(text(label - 8, y + 4.5, name, "end", "name"))
            out.append(mark(x(value), y, own, "better" if k else "today", 6))
            number = value_said(own.figure(axis.key), axis)
            shown_value = with_unit(number.value, number.unit if number.unit in "%€" else "")
            out.append(text(x(value) + 12, y + 4.5, shown_value, "start", "name"))
            said.append(f"{name} {number}")
        else:
            before, after = levels[k - 1], levels[k]
            gain = axis.sign * (before - after)
            kind = "better" if gain > 0 else "worse" if gain < 0 else "same"
            x1, x2 = sorted((x(before), x(after)))
            out.append(
                f'<rect class="step {kind}" x="{x1:.1f}" y="{y - 8:.1f}" '
                f'width="{max(x2 - x1, 1.5):.1f}" height="16"/>'
            )
            said_kind = ladder[k - 1].kind.replace("-", " ")
            name = f"{k} {said_kind}"
            out.append(text(label - 8, y + 4.5, cut(name, 14.0, label - 14), "end"))
            change = _delta(after - before, axis)
            out.append(text(x2 + 6, y + 4.5, change, "start", "tick-text"))
            said.append(f"{said_kind} {change}")
        if k < rows - 1:
            level = levels[min(k, len(levels) - 1)]
            out.append(f'<path class="join" d="M{x(level):.1f} {y + 8:.1f}v12"/>')
    return sheet(out, wide, high, f"{capital(axis_name(axis))}, step by step: " + "; ".join(said))


def _delta(value: float, axis: Axis) -> str:
    times = 100.0 if axis.unit == "share" else 1.0
    value *= times
    size = abs(value)
    shown = plain_number(value, 0 if size >= 99.5 else 1 if size >= 1 else 2)
    return ("+" if value > 0 and shown[0] != "−" else "") + shown


def sensitivity(rows: Sequence[tuple[str, AssumptionTold]]) -> str:
    """For each assumption the score with it and, if it fails, without; 0 is today."""
    told = [
        (n, a) for n, a in rows if known(a.gain) is not None and known(a.gain_fails) is not None
    ]
    if not told:
        return ""
    wide, label, right, top = 720.0, 290.0, 60.0, 6.0
    points = [0.0]
    for _, a in told:
        points += [
            v for v in map(known, (a.gain, a.gain_low, a.gain_high, a.gain_fails,
                                   a.gain_fails_low, a.gain_fails_high)) if v is not None
        ]  # fmt: skip
    low, high_value = min(points), max(points)
    room = (high_value - low) * 0.05 or 1.0
    low, high_value = low - room, high_value + room
    high = top + 44.0 * len(told) + 22

    def x(value: float) -> float:
        return label + (wide - label - right) * (value - low) / (high_value - low)

    out = [
        f'<rect class="side" x="{x(0):.1f}" y="{top:.1f}" '
        f'width="{max(x(high_value) - x(0), 0):.1f}" height="{high - top - 20:.1f}"/>'
    ]
    shown = ticks(low, high_value, 5)
    for v in shown:
        out.append(f'<path class="grid" d="M{x(v):.1f} {top:.1f}V{high - 18:.1f}"/>')
        out.append(text(x(v), high - 4, plain_number(v, 0) if v else "0 = today", "middle",
                        "tick-text"))  # fmt: skip
    out.append(f'<path class="now" d="M{x(0):.1f} {top:.1f}V{high - 18:.1f}"/>')
    said = []
    for k, (name, a) in enumerate(told):
        y = top + 44.0 * k + 22
        lines = broken(name, 14.0, label - 16, 3)
        for j, line in enumerate(lines):
            out.append(text(label - 10, y + 4.5 + 14 * (j - (len(lines) - 1) / 2), line, "end"))
        kind = "worse" if a.fragile else "same"
        gain, fails = a.gain or 0.0, a.gain_fails or 0.0
        out.append(f'<path class="arrow {kind}" d="M{x(gain):.1f} {y:.1f}H{x(fails):.1f}"/>')
        for value, bounds, own in (
            (gain, (a.gain_low, a.gain_high), "better"),
            (fails, (a.gain_fails_low, a.gain_fails_high), kind),
        ):
            ends = [known(v) for v in bounds]
            if ends[0] is not None and ends[1] is not None:
                out.append(
                    f'<path class="span {own}" d="M{x(ends[0]):.1f} {y:.1f}H{x(ends[1]):.1f}"/>'
                )
            out.append(f'<circle class="mark {own}" cx="{x(value):.1f}" cy="{y:.1f}" r="5.5"/>')
            out.append(text(x(value), y - 10, plain_number(value, 1), "middle", "tick-text"))
        if a.fragile:
            out.append(text(x(fails), y + 20, "fragile ✗", "middle", "number worse"))
        said.append(f"{name}: {plain_number(gain, 1)}, without it {plain_number(fails, 1)}")
    return sheet(out, wide, high, "Score with each assumption and if it fails: " + "; ".join(said))
