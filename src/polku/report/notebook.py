"""How a measurement and a log show themselves in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from polku.log.eventlog import EventLog
from polku.measure.measurement import Measurement
from polku.report import about, wording
from polku.report.figures import interval_text, name_text, statistic_text, status_text, value_text
from polku.report.measured import badge, headline


def measurement_html(m: Measurement) -> str:
    """A measurement as an HTML table, as a notebook shows it; everything in it is escaped."""
    rows = [
        (
            f.principle,
            name_text(f.id),
            f"{f.by.column}: {f.by.segment}" if f.by else f.period or "",
            statistic_text(f),
            value_text(f),
            interval_text(f),
            wording.count(f.n) if f.status != "hidden" else "fewer than 5",
            status_text(f),
        )
        for f in m.criteria
        if f.status != "not_measurable"
    ]
    heads = ("principle", "criterion", "group", "statistic", "value", "95 % interval", "matters",
             "remarks")  # fmt: skip
    absent = len({f.id for f in m.criteria if f.status == "not_measurable"})
    missing = wording.plural(absent, "criterion", "criteria")
    return (
        _head(headline(m), badge(m))
        + _table(heads, rows)
        + f"<p>{missing} not measurable from this log.</p>"
    )


def log_html(log: EventLog) -> str:
    """A log as a notebook shows it: what it is, its size, and its first steps."""
    told = (
        f"{about.title(log)}: {wording.plural(log.n_matters, 'matter')}, "
        f"{wording.plural(log.events.height, 'step')}"
    )
    first = log.events.head(5)
    columns = [c for c in ("activity", "agency", "unit", "channel", "start", "time", "contact")
               if first.height and first[c].null_count() < first.height]  # fmt: skip
    ids = log.cases["case_id"]
    rows = [
        (str(ids[int(row["case"])]), *("" if row[c] is None else str(row[c]) for c in columns))
        for row in first.iter_rows(named=True)
    ]
    return _head(told, about.badge(log)) + (_table(("matter", *columns), rows) if rows else "")


def _head(told: str, note: str) -> str:
    marked = f"<p><mark><strong>{escape(note)}</strong></mark></p>" if note else ""
    return f"<p><strong>{escape(told)}</strong></p>{marked}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
