"""Colours and line styles of a map, and what they stand for."""

from __future__ import annotations

from math import log

from polku.report.walk import Move
from polku.report.wording import DAY

LADDER = tuple(
    int(v * 60_000_000)
    for v in (
        1, 5, 15, 60, 240, 480, 1440, 2 * 1440, 3 * 1440, 7 * 1440, 14 * 1440, 30 * 1440,
        60 * 1440, 90 * 1440, 180 * 1440, 365 * 1440,
    )
)  # fmt: skip
"""Round waiting times (µs) at which the colour may change."""

LIGHT = {
    "paper": "#ffffff", "strip": "#f5f6f8", "strip2": "#eceef2", "line": "#c3c8d1",
    "ink": "#1b2130", "soft": "#5a6475", "box": "#ffffff", "boxline": "#7b8698",
    "customer": "#fdf3dc", "mark": "#8a5a00", "sheet": "#ffffff",
    "w0": "#8fb4d9", "w1": "#5f8bd0", "w2": "#6f5cc0", "w3": "#93308f", "w4": "#5f0d39",
}  # fmt: skip
DARK = {
    "paper": "#14171e", "strip": "#1b202a", "strip2": "#212733", "line": "#3c4454",
    "ink": "#eceff5", "soft": "#aab3c3", "box": "#2a3140", "boxline": "#76829a",
    "customer": "#33290f", "mark": "#f2c14e", "sheet": "#14171e",
    "w0": "#4d6a94", "w1": "#5f92dc", "w2": "#a58cf0", "w3": "#f29bc7", "w4": "#ffe08a",
}  # fmt: skip
"""Colours; w0 … w4 run evenly from short to long waiting in lightness, so hue is not needed."""


def line_width(matters: int, all_matters: int) -> float:
    """Width in px: 1 and, of 8 more, the share of the matters that make the move."""
    return 1.0 + 8.0 * matters / max(all_matters, 1)


def waiting_bounds(moves: tuple[Move, ...], coarse: bool = False) -> tuple[int, ...]:
    """Up to four round times (µs) that divide the moves' waiting evenly.

    They begin at one minute; with `coarse`, where days are all that is known, at one day.
    """
    ladder = [v for v in LADDER if v >= DAY] if coarse else LADDER
    waits = sorted(m.wait for m in moves if m.wait >= ladder[0])
    if not waits:
        return ()
    out = [ladder[0]] if len(waits) < len(moves) else []
    parts = 5 - len(out)
    for k in range(1, parts):
        wait = waits[min(k * len(waits) // parts, len(waits) - 1)]
        near = min(ladder, key=lambda v, wait=wait: abs(_log(v) - _log(wait)))
        if near not in out:
            out.append(near)
    return tuple(sorted(out))


def _log(micros: int) -> float:
    return log(max(micros, 10_000_000))


def waiting_bin(wait: int, bounds: tuple[int, ...]) -> int:
    """Which of the colours 0 (short) to 4 (long) stands for a wait (µs)."""
    return sum(wait >= b for b in bounds)


def style(theme: str) -> str:
    """The style sheet of a map; all names begin with pm-, below .polku-map."""
    rules = (
        ".polku-map text{font-family:'Helvetica Neue',Arial,'Liberation Sans',"
        "Roboto,sans-serif;font-size:11.5px}"
        ".polku-map .pm-title{font-size:17px;font-weight:600}"
        ".polku-map .pm-badgetext{font-size:12.5px}"
        ".polku-map .pm-small{font-size:10.5px}.polku-map .pm-bold{font-weight:600}"
        ".polku-map .pm-move{fill:none}"
        ".polku-map .pm-mark{fill:none;stroke-width:1.4;stroke-dasharray:1.5 3}"
        ".polku-map .pm-interaction{stroke-width:1.5;stroke-dasharray:7 4}"
    )
    first = DARK if theme == "dark" else LIGHT
    text = rules + _colours(first)
    if theme == "auto":
        text += "@media (prefers-color-scheme:dark){" + _colours(DARK) + "}"
    return text


def _colours(c: dict[str, str]) -> str:
    out = (
        f".polku-map .pm-sheet{{fill:{c['sheet']}}}"
        f".polku-map text{{fill:{c['ink']}}}"
        f".polku-map .pm-soft{{fill:{c['soft']}}}"
        f".polku-map .pm-strip{{fill:{c['strip']}}}.polku-map .pm-strip2{{fill:{c['strip2']}}}"
        f".polku-map .pm-rule{{stroke:{c['line']}}}"
        f".polku-map .pm-box{{fill:{c['box']};stroke:{c['boxline']}}}"
        f".polku-map .pm-contactbox{{fill:{c['box']};stroke:{c['mark']};stroke-width:2}}"
        f".polku-map .pm-customer{{fill:{c['customer']}}}"
        f".polku-map .pm-interaction{{stroke:{c['mark']}}}"
        f".polku-map .pm-mark{{stroke:{c['mark']}}}.polku-map .pm-dot{{fill:{c['mark']}}}"
        f".polku-map .pm-badge{{fill:{c['mark']}}}"
        f".polku-map .pm-badgetext{{fill:{c['paper']}}}"
        f".polku-map .pm-halo{{fill:{c['strip']};opacity:.9}}"
    )
    for k in range(5):
        w = c[f"w{k}"]
        out += f".polku-map .pm-w{k}{{stroke:{w}}}.polku-map .pm-f{k}{{fill:{w}}}"
    return out
