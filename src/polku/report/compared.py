"""A comparison on a terminal: a line for each criterion, or every statistic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polku.report import wording
from polku.report.figures import amount, signed
from polku.report.terminal import ByWidth, table, text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from polku.measure.comparison import Comparison, Row

_VERDICTS = {
    "better": "green", "worse": "red", "different": "yellow", "no_difference_shown": "",
    "refused": "magenta", "not_measurable": "dim",
}  # fmt: skip
_BASES = (
    ("standardised", "*", "like for like: in a common mix of kinds and channels"),
    ("control", "†", "less the difference of the control"),
)
CORRECTED = "p, corrected for the number of criteria compared: below 0.05 it is more than chance"
_WORDS = {
    "rmst": "mean", "log_rank": "whole curve", "p50": "half within", "p80": "8 of 10 within",
    "p90": "9 of 10 within", "p90_over_p50": "", "mean_within_h": "", "share": "",
    "share_of_waiting": "share of waiting", "share_of_lead_time": "share of lead time",
}  # fmt: skip
"""What each statistic is, beside the criterion's id."""


def comparison_table(found: Comparison) -> RenderableType:
    """A comparison as one table, with what was done against confounding below.

    A console of 160 columns or more shows every statistic, its interval and its p; a narrower one
    has the first statistic of each criterion.
    """
    from rich.console import Group

    sides = [
        f"{side.name}: {wording.plural(side.matters, 'matter')}"
        + ("" if side.open is None else f", {wording.count(side.open)} open")
        + (f", arrived {side.first[:10]} to {side.last[:10]}" if side.first and side.last else "")
        for side in (found.before, found.after)
    ]
    rows = [row for row in found.rows if row.verdict != "not_measurable"]
    first: dict[tuple[str, object], Row] = {}
    for row in rows:
        first.setdefault((row.id, row.by), row)
    parts: list[RenderableType] = [*(text(side, style="bold") for side in sides)]
    parts.append(
        ByWidth(
            _short(list(first.values()), between=False),
            _short(list(first.values()), between=True),
            Group(_full(rows), text(CORRECTED, style="dim")),
        )
    )
    for basis, sign, meaning in _BASES:
        if any(row.basis == basis for row in rows):
            parts.append(text(f"{sign} {meaning}", style="dim"))
    parts += [text(line, style="dim") for line in _means(rows)]
    absent = len(found.rows) - len(rows)
    if absent:
        parts.append(text(f"{absent} figures cannot be measured on both sides.", style="dim"))
    if found.parts:
        what = table("\nWhat changed the mean lead time", ("part", "days", "meaning"), (1,))
        for part in found.parts:
            what.add_row(text(part.name), text(signed(part.days, "days")), text(part.text))
        parts.append(what)
    parts += [text(f"· {line}") for line in (*found.parts_cannot, *found.guards)]
    return Group(*parts)


def _means(rows: list[Row]) -> list[str]:
    """What "mean" is: time to the end, or to the last day that both sides can tell of."""
    means = [row for row in rows if row.statistic == "rmst" and row.horizon_days and not row.by]
    if not means:
        return []
    told = [f"{row.id} {wording.days(row.horizon_days or 0)}" for row in means]
    return ["mean: time to the end, or to the last day both sides can tell of: " + ", ".join(told)]


def _short(rows: list[Row], *, between: bool) -> Table:
    """The first statistic of each criterion, with its interval where there is room for it."""
    heads = ["criterion", "before", "after", "difference", "95 % interval", "says"]
    if not between:
        heads.remove("95 % interval")
    made = table("", tuple(heads), (1, 2, 3))
    for row in rows:
        values = _values(row)
        made.add_row(
            *(text(c) for c in (_name(row, short=True), *values[: 4 if between else 3], says(row))),
            style=_VERDICTS[row.verdict],
        )
    return made


def _full(rows: list[Row]) -> Table:
    heads = ("criterion", "before", "after", "difference", "95 % interval", "matters before, after",
             "p, corrected", "says")  # fmt: skip
    made = table("", heads, (1, 2, 3, 5, 6))
    for row in rows:
        p = "" if row.p_holm is None else "< 0.001" if row.p_holm < 0.001 else f"{row.p_holm:.3f}"
        cells = (
            _name(row, short=False),
            *_values(row),
            f"{wording.count(row.n_before)}, {wording.count(row.n_after)}",
            p,
            says(row),
        )
        made.add_row(*(text(c) for c in cells), style=_VERDICTS[row.verdict])
    return made


def _name(row: Row, short: bool) -> str:
    head, _, cause = row.id.partition(".")
    name = f"  · {cause}" if short and head == "waiting_cause" else row.id
    if not (short and head == "waiting_cause"):
        name = f"{name} {_WORDS.get(row.statistic, row.statistic.replace('_', ' '))}".strip()
    return f"{name} ({row.by.segment})" if row.by is not None else name


def _used(row: Row) -> tuple[float | None, float | None, float | None]:
    """Difference and interval that the verdict rests on."""
    used = {"standardised": row.standardised, "control": row.control}.get(row.basis)
    if used is not None:
        return used.value, used.low, used.high
    return row.difference, row.low, row.high


def _scale(row: Row) -> tuple[float, str]:
    """Factor and unit in which all values of a row are told, so that the unit stands once."""
    if row.unit == "share":
        return 100.0, "points"
    if row.unit not in ("days", "hours"):
        return 1.0, "" if row.unit in ("ratio", "p") else row.unit
    day = 1.0 if row.unit == "days" else 1 / 24
    values = (row.before, row.after, row.difference, *_used(row))
    most = max((abs(v) for v in values if v is not None), default=0.0) * day
    if most >= 1:
        return day, "days"
    return (24 * day, "h") if most >= 1 / 24 else (1440 * day, "min")


def _values(row: Row) -> tuple[str, str, str, str]:
    """Before, after, difference and interval; the unit stands at the difference."""
    factor, unit = _scale(row)
    value, low, high = _used(row)

    def side(v: float | None) -> str:
        if v is None:
            return "not reached" if row.unit in ("days", "working days") else ""
        return amount(v, row.unit) if row.unit == "share" else wording.number(v * factor)

    if row.statistic == "log_rank":
        return "", "", "", ""
    told = "" if value is None else _with_sign(value * factor)
    if told[1:] == "1":
        unit = unit.removesuffix("s")
    told = f"{told} {unit}".strip() if told else ""
    between = (
        f"{_with_sign(low * factor)} to {_with_sign(high * factor)}"
        if low is not None and high is not None
        else ""
    )
    return side(row.before), side(row.after), told, between


def _with_sign(value: float) -> str:
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + wording.number(abs(value))


def says(row: Row) -> str:
    """The verdict in words, with the sign of what it rests on."""
    sign = next((f" {s}" for basis, s, _ in _BASES if row.basis == basis), "")
    if row.verdict == "refused":
        return row.says + (f": {row.note}" if row.note else "")
    if row.verdict != "no_difference_shown":
        return row.says + sign
    if row.detectable is None:
        return "no difference shown" + sign
    factor, unit = _scale(row)
    least = f"{wording.number(row.detectable * factor)} {unit}".rstrip()
    return f"no difference shown (could have shown ≥ {least}){sign}"
