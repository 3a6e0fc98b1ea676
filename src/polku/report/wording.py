"""Figures in the words and roundings that a tired reader takes in at once."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000
GAP = "\u00a0"
"""a space at which no line breaks, between a number and its unit"""


def count(n: float) -> str:
    """A whole number with thin groups: 12,345."""
    return f"{round(n):,}"


def number(value: float) -> str:
    """A figure with about three significant digits: 0.42, 3.1, 45, 1,280."""
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 99.5:
        return f"{value:,.0f}"
    if size >= 9.95:
        return f"{value:.0f}" if abs(value - round(value)) < 0.05 else f"{value:.1f}"
    if size >= 0.995:
        return f"{value:.0f}" if abs(value - round(value)) < 0.05 else f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.0995 else f"{value:.2g}"


def share(value: float) -> str:
    """A share as percent: 0 %, < 1 %, 42 %, > 99 %."""
    if 0 < value < 0.01:
        return f"<{GAP}1{GAP}%"
    if 0.99 < value < 1:
        return f">{GAP}99{GAP}%"
    return f"{100 * value:.0f}{GAP}%"


def days(value: float) -> str:
    """A time given in days, in the unit that suits its size: 40 min, 5.2 h, 11.9 days."""
    if value < 0.9995 / 24 / 60:
        return f"0{GAP}min" if value <= 0 else f"<{GAP}1{GAP}min"
    if value < 1 / 24:
        return f"{value * 24 * 60:.0f}{GAP}min"
    if value < 0.995:
        return f"{number(value * 24)}{GAP}h"
    text = number(value)
    return f"{text}{GAP}day" if text == "1" else f"{text}{GAP}days"


COARSE = 0.2
"""share of times that are dates only, from which waits below a day are not told"""


COARSE_NOTE = (
    "This log knows only the day of many of its steps, so waits below a day cannot be told: "
    "“same day” and “< 1 day” mean that, and all other waits hold to about one day."
)
"""what stands below figures of a log that knows days only"""


def is_coarse(share: float) -> bool:
    """Whether so many times of a log are dates only that it cannot tell waits below a day."""
    return share > COARSE


def wait(micros: float, coarse: bool = False) -> str:
    """A wait in µs: 40 min, 5.2 h, 11.9 days; of a `coarse` log nothing finer than a day."""
    if coarse and micros < 0.995 * DAY:
        return "same day" if micros < MINUTE else f"<{GAP}1{GAP}day"
    return days(micros / DAY)


def span(micros: float, coarse: bool = False) -> str:
    """A wait in µs, short, for labels: at once, 40 min, 5.2 h, 11.9 d."""
    if micros <= 0 and not coarse:
        return "at once"
    text = wait(micros, coarse)
    return text if text == "same day" else text.replace("days", "d").replace("day", "d")


def plural(n: float, one: str, many: str = "") -> str:
    """A count with its noun: 1 matter, 12 matters."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def listed(parts: list[str]) -> str:
    """Words joined as in a sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]
