"""Tables for the terminal: a measurement by principle, an inspection, a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from polku.measure.registry import PRINCIPLES
from polku.report import wording
from polku.report.equality import equality_table
from polku.report.figures import (
    bare,
    beside,
    ended_text,
    interval_text,
    name_text,
    short_statistic,
    signed,
    statistic_text,
    status_text,
    value_text,
)
from polku.report.map_text import drawable

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

    from polku.log.inspect import Inspection
    from polku.measure.comparison import Comparison, Row
    from polku.measure.measurement import Figure, Measurement
    from polku.report.table import Table as Cells


def _text(text: str, style: str = "") -> Text:
    """Words of a log as they stand: neither markup nor commands to the terminal."""
    from rich.text import Text

    return Text(drawable(text), style=style)


def measurement_table(m: Measurement) -> RenderableType:
    """A measurement as tables by principle, what could not be measured, and what it rests on."""
    from rich.console import Group

    parts: list[RenderableType] = [_text(headline(m), style="bold")]
    shown = [f for f in m.criteria if f.status != "not_measurable"]
    for principle in PRINCIPLES:
        figures = [
            f for f in shown if f.principle == principle and not f.id.startswith("equality_")
        ]
        if figures:
            parts.append(_principle(principle, figures))
    equal = equality_table([f for f in shown if f.id.startswith("equality_")])
    if equal.rows:
        parts.append(_equality(equal))
    absent: dict[str, list[str]] = {}
    for f in m.criteria:
        if f.status == "not_measurable" and f.note and not f.by and not f.period:
            absent.setdefault(f.note, [])
            if f.id not in absent[f.note]:
                absent[f.note].append(f.id)
    if absent:
        table = _table("Not measurable from this log", ("since", "criteria"))
        for why, ids in absent.items():
            table.add_row(_text(why), _text(", ".join(ids), style="dim"))
        parts.append(table)
    parts += _grounds(m)
    return Group(*parts)


def headline(m: Measurement) -> str:
    """What was measured, in one line."""
    log = m.log
    text = (
        f"{wording.plural(log.matters, 'matter')}, {wording.plural(log.steps, 'step')}, "
        f"{wording.plural(log.activities, 'activity', 'activities')}"
    )
    if log.first and log.last:
        text += f", {log.first[:10]} to {log.last[:10]}"
    if log.open is None:
        return text + "; which have ended is not known"
    return text + f"; {wording.count(log.open)} still open"


_WHOLE = ("value", "before", "after", "difference", "p", "95 % interval", "matters", "open")
"""Columns whose cells are not broken over lines."""


def _table(title: str, heads: tuple[str, ...], right: tuple[int, ...] = ()) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for k, head in enumerate(heads):
        table.add_column(
            head,
            justify="right" if k in right else "left",
            overflow="fold",
            no_wrap=head
            in ("criterion", "value", "difference", "95 % interval", "matters", "open"),
            min_width={"statistic": 12, "remarks": 20, "says": 16}.get(head),
        )
    return table


def _equality(made: Cells) -> Table:
    """Equality on a terminal, without the columns that it has no room for."""

    shown = [
        k for k, head in enumerate(made.head) if head not in ("like for like", "could have seen")
    ]
    right = tuple(i for i, k in enumerate(shown) if k in made.numbers)
    table = _table(made.name, tuple(made.head[k] for k in shown), right)
    for row in made.rows:
        table.add_row(*(_text(str(row[k])) for k in shown))
    return table


def _principle(principle: str, figures: list[Figure]) -> Table:

    rows = [f for f in figures if not beside(f, figures)]
    with_by = any(f.by or f.period for f in rows)
    columns = {f.by.column for f in rows if f.by and not f.id.endswith(f".{f.by.column}")}
    remarks = {id(f): _remark(f, figures, with_by) for f in rows}
    heads = ["criterion", "statistic", "value", "95 % interval", "matters", "open"]
    if with_by:
        heads.insert(1, columns.copy().pop() if len(columns) == 1 else "group")
    if any(remarks.values()):
        heads.append("remarks")
    k = int(with_by)
    table = _table(principle[0].upper() + principle[1:], tuple(heads), (2 + k, 4 + k, 5 + k))
    before = ""
    for f in rows:
        cells = [
            f.id if f.id != before else "",
            *([_group(f, len(columns) > 1)] if with_by else []),
            short_statistic(f),
            value_text(f),
            interval_text(f),
            wording.count(f.n) if f.status != "hidden" else "< 5",
            wording.count(f.open) if f.status != "hidden" else "",
            *([remarks[id(f)]] if "remarks" in heads else []),
        ]
        table.add_row(*(_text(c) for c in cells), style="dim" if f.status == "hidden" else "")
        before = f.id
    return table


def _group(f: Figure, several: bool) -> str:
    if f.by is None:
        return f.period or ""
    own = f.id.endswith(f".{f.by.column}")
    return f"{f.by.column}: {f.by.segment}" if several and not own else f.by.segment


def _remark(f: Figure, figures: list[Figure], with_by: bool) -> str:
    """The status; where there is room, the plain distribution over ended matters."""
    same = [g for g in figures if g.id == f.id and g.key[2:] == f.key[2:]]
    plain = "" if with_by or f.statistic.startswith("closed_") else ended_text(same)
    return "; ".join(t for t in (status_text(f), plain if f is same[0] else "") if t)


def _grounds(m: Measurement) -> list[RenderableType]:

    parts: list[RenderableType] = []
    if m.log.dropped:
        table = _table("Rows dropped", ("reason", "rows"), (1,))
        for reason, n in m.log.dropped.items():
            table.add_row(_text(reason.replace("_", " ")), wording.count(n))
        parts.append(table)
    if m.log.assumptions:
        table = _table("What the figures rest on", ("kind", "about", "what"))
        for a in m.log.assumptions:
            table.add_row(*(_text(str(a.get(k, ""))) for k in ("kind", "about", "text")))
        parts.append(table)
    return parts


def print_measurement(console: Console, m: Measurement) -> None:
    """Print a measurement's tables on a console."""
    console.print(measurement_table(m))


def inspection_table(found: Inspection) -> RenderableType:
    """What an inspection found, as tables."""
    from rich.console import Group

    parts: list[RenderableType] = []
    for title, heads, rows in found.tables():
        if heads == ("criterion",):
            ids = ", ".join(r[0] for r in rows)
            parts += [_text(f"\n{title}", style="bold"), _text(ids)]
            continue
        table = _table(title, heads, (1,) if heads == ("what", "how many") else ())
        for row in rows:
            table.add_row(*(_text(cell) for cell in row))
        parts.append(table)
    return Group(*parts)


_VERDICTS = {
    "better": "green", "worse": "red", "different": "yellow", "no_difference_shown": "",
    "refused": "magenta", "not_measurable": "dim",
}  # fmt: skip


def comparison_table(found: Comparison) -> RenderableType:
    """A comparison as one table, with what was done against confounding below."""
    from rich.console import Group

    sides = [
        f"{side.name}: {wording.plural(side.matters, 'matter')}"
        + ("" if side.open is None else f", {wording.count(side.open)} open")
        + (f", arrived {side.first[:10]} to {side.last[:10]}" if side.first and side.last else "")
        for side in (found.before, found.after)
    ]
    heads = ("criterion", "before", "after", "difference", "95 % interval", "p", "says")
    table = _table("\n".join(sides), heads, (1, 2, 3, 5))
    absent = 0
    for row in found.rows:
        if row.verdict == "not_measurable":
            absent += 1
            continue
        table.add_row(*(_text(c) for c in _compared(row)), style=_VERDICTS[row.verdict])
    parts: list[RenderableType] = [table]
    for basis, sign, meaning in (
        ("standardised", "*", "like for like: in a common mix of kinds and channels"),
        ("control", "†", "less the difference of the control"),
    ):
        if any(row.basis == basis for row in found.rows):
            parts.append(_text(f"{sign} {meaning}", style="dim"))
    if absent:
        parts.append(_text(f"{absent} figures cannot be measured on both sides.", style="dim"))
    if found.parts:
        what = _table("What changed the mean lead time", ("part", "days", "meaning"), (1,))
        for part in found.parts:
            what.add_row(_text(part.name), _text(signed(part.days, "days")), _text(part.text))
        parts.append(what)
    parts += [_text(f"· {line}") for line in (*found.parts_cannot, *found.guards)]
    return Group(*parts)


def _compared(row: Row) -> list[str]:
    used = {"standardised": row.standardised, "control": row.control}.get(row.basis)
    low, high = (used.low, used.high) if used else (row.low, row.high)
    value = used.value if used else row.difference
    between = ""
    if low is not None and high is not None:
        first, _, unit = signed(low, row.unit).partition(wording.GAP)
        last = signed(high, row.unit)
        same = unit and last.endswith(wording.GAP + unit)
        between = _compact(f"{first if same else signed(low, row.unit)} to {last}")
    name = " ".join([row.id, *_SHORT.get(row.statistic, row.statistic.replace("_", " ")).split()])
    if row.by is not None:
        name += f" ({row.by.segment})"
    basis = {"standardised": " *", "control": " †"}.get(row.basis, "")
    return [
        name,
        _compact(bare(row.before, row.unit)) if row.before is not None else "",
        _compact(bare(row.after, row.unit)) if row.after is not None else "",
        _compact(signed(value, row.unit)) if value is not None else "",
        between,
        "" if row.p_holm is None else "< 0.001" if row.p_holm < 0.001 else f"{row.p_holm:.3f}",
        row.says + basis + (f": {row.note}" if row.note and row.verdict == "refused" else ""),
    ]


def _compact(text: str) -> str:
    """Units in a letter or two, where a terminal has no room for words."""
    for long, short in (("working days", "wd"), ("days", "d"), ("day", "d"), ("points", "pts")):
        text = text.replace(long, short)
    return text


_SHORT = {
    "rmst": "mean", "log_rank": "whole curve", "p50": "half", "p80": "8 of 10",
    "p90": "9 of 10", "mean_within_h": "", "share": "", "share_of_waiting": "share",
    "share_of_lead_time": "share",
}  # fmt: skip
"""Statistics beside the criterion's id."""


def print_comparison(console: Console, found: Comparison) -> None:
    """Print a comparison's table on a console."""
    console.print(comparison_table(found))


def remeasurement_table(found: Any) -> RenderableType:
    """A store under its old and under today's definitions, as its remeasurement tells it.

    `found` holds `before` and `after`, two measurements of the same store.
    """
    from rich.console import Group

    old = {f.key: f for f in found.before.criteria}
    heads = ("criterion", "statistic", "as it was", "as defined now", "definition")
    table = _table("The store under its old and under today's definitions", heads, (2, 3))
    for f in found.after.criteria:
        was = old.get(f.key)
        if f.status == "not_measurable" and (was is None or was.status == "not_measurable"):
            continue
        same = was is not None and was.hash == f.hash
        cells = (
            f.id,
            statistic_text(f),
            value_text(was) if was is not None else "was not measured",
            value_text(f),
            "the same" if same else "new" if was is None else "changed",
        )
        table.add_row(*(_text(c) for c in cells), style="" if same else "yellow")
    return Group(table)


def measurement_html(m: Measurement) -> str:
    """A measurement as an HTML table, as a notebook shows it; everything in it is escaped."""
    from html import escape

    rows = []
    for f in m.criteria:
        if f.status == "not_measurable":
            continue
        group = f"{f.by.column}: {f.by.segment}" if f.by else f.period or ""
        cells = (f.principle, name_text(f.id), group, statistic_text(f), value_text(f),
                 interval_text(f), wording.count(f.n), status_text(f))  # fmt: skip
        rows.append("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>")
    heads = ("principle", "criterion", "group", "statistic", "value", "95 % interval", "matters",
             "remarks")  # fmt: skip
    head = "".join(f"<th>{h}</th>" for h in heads)
    absent = len({f.id for f in m.criteria if f.status == "not_measurable"})
    return (
        f"<p><strong>{escape(headline(m))}</strong></p><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
        f"<p>{wording.plural(absent, 'criterion', 'criteria')} not measurable from this log.</p>"
    )
