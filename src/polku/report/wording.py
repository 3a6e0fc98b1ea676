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


def span(micros: float) -> str:
    """A time in µs, short, for labels: 40 min, 5.2 h, 11.9 d."""
    if micros <= 0:
        return "at once"
    text = days(micros / DAY)
    return text.replace("days", "d").replace("day", "d")


def of_ten(value: float) -> str:
    """A share as people say it: "8 of 10"; the percent where tenths would mislead."""
    tenths = value * 10
    if abs(tenths - round(tenths)) < 0.15 and 0 < round(tenths) < 10:
        return f"{round(tenths)} of 10"
    return share(value)


def plural(n: float, one: str, many: str = "") -> str:
    """A count with its noun: 1 matter, 12 matters."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def listed(parts: list[str]) -> str:
    """Words joined as in a sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]
