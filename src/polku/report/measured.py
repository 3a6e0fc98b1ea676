"""A measurement on a terminal: a line for each criterion, or every statistic."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from polku.measure.registry import PRINCIPLES
from polku.report import wording
from polku.report.equality import equality_lines, equality_table, without_like
from polku.report.figures import (
    amount,
    beside,
    ended_text,
    interval_text,
    short_statistic,
    status_text,
    unitless_interval,
    value_text,
)
from polku.report.terminal import ByWidth, table, text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from polku.measure.measurement import Figure, Measurement

_QUANTILES = {"p50": "half within", "p80": "8 of 10", "p90": "9 of 10"}


def measurement_table(m: Measurement) -> RenderableType:
    """A measurement: its criteria, what could not be measured, and what it rests on.

    A console of 160 columns or more shows every statistic and every group of equality; a narrower
    one has a line for each criterion.
    """
    from rich.console import Group

    parts: list[RenderableType] = [text(headline(m), style="bold")]
    if note := badge(m):
        parts.append(text(f" {note} ", style="reverse"))
    shown = [f for f in m.criteria if f.status != "not_measurable"]
    equal = [f for f in shown if f.id.startswith("equality_")]
    plain = [f for f in shown if not f.id.startswith("equality_")]
    by_principle = [(p, [f for f in plain if f.principle == p]) for p in PRINCIPLES]
    full = [_principle(p, figures) for p, figures in by_principle if figures]
    after = (*_equality_short(equal), *_absent_short(m))
    parts += _expected(plain)
    parts.append(
        ByWidth(
            Group(_short(m, by_principle, remarks=False), *after),
            Group(_short(m, by_principle, remarks=True), *after),
            Group(*full, *_equality(equal), *_absent(m)),
        )
    )
    parts += _grounds(m)
    return Group(*parts)


def headline(m: Measurement) -> str:
    """What was measured, in one line."""
    log = m.log
    told = (
        f"{wording.plural(log.matters, 'matter')}, {wording.plural(log.steps, 'step')}, "
        f"{wording.plural(log.activities, 'activity', 'activities')}"
    )
    title = _about(m).get("title")
    if title:
        told = f"{title}: {told}"
    if log.first and log.last:
        told += f", {log.first[:10]} to {log.last[:10]}"
    if log.open is None:
        return told + "; which have ended is not known"
    return told + f"; {wording.count(log.open)} still open"


def badge(m: Measurement) -> str:
    """What has to stand with every figure of this log ("Synthetic: …"), or ""."""
    return str(_about(m).get("note") or "")


def _about(m: Measurement) -> dict[str, object]:
    about = m.log.source.get("about")
    return about if isinstance(about, dict) else {}


def _expected(figures: list[Figure]) -> list[RenderableType]:
    """What the values of mean counts are, told once above the table."""
    horizons = {f.horizon_days for f in figures if f.statistic == "mean_within_h"}
    if len(horizons) != 1 or None in horizons:
        return []
    days = wording.count(max(h for h in horizons if h is not None))
    words = f"Counts, hours, € and causes of waiting: expected within {days} days of arrival."
    return [text(words, style="dim")]


def _short(m: Measurement, by_principle: list[tuple[str, list[Figure]]], *, remarks: bool) -> Table:
    """One line for each criterion (and group), the further statistics in the remarks.

    The number of matters stands beside a figure only where it is not that of the whole log.
    """
    every = [f for _, figures in by_principle for f in figures]
    grouped = any(f.by or f.period for f in every)
    several = len({f.by.column for f in every if f.by}) > 1
    heads = ["criterion", "value", "95 % interval", *(["remarks"] if remarks else [])]
    if grouped:
        heads[1:1] = ["group", "matters", "open"]
    made = table("", tuple(heads), (2, 3, 4) if grouped else (1,))
    for principle, figures in by_principle:
        if not figures:
            continue
        made.add_row(text(principle[0].upper() + principle[1:], style="bold"))
        for _, same in groupby(figures, key=lambda f: (f.id, *f.key[2:])):
            for f, remark in _lines(list(same)):
                if f.n != m.log.matters and not grouped and str(f.n) not in remark:
                    number = f"of {wording.plural(f.n, 'matter')}" if f.n else ""
                    remark = "; ".join(t for t in (remark, number) if t)
                cells = [
                    _id(f),
                    value_text(f).replace("working days", "wd"),
                    unitless_interval(f).replace("working days", "wd"),
                ]
                cells += [remark] if remarks else []  # fmt: skip
                if grouped:
                    hidden = f.status == "hidden"
                    cells[1:1] = [_group(f, several), "< 5" if hidden else wording.count(f.n),
                                  "" if hidden else wording.count(f.open)]  # fmt: skip
                made.add_row(*(text(c) for c in cells))
    return made


def _lines(same: list[Figure]) -> list[tuple[Figure, str]]:
    """The lines of one criterion: its first statistic, the others in the remark beside it.

    The lead time alone has a line for each of its quantiles.
    """
    main = [f for f in same if not beside(f, same)]
    if main[0].id == "lead_time":
        return [(f, status_text(f)) for f in main]
    remarks = [status_text(main[0])]
    quantiles = [f for f in main[1:] if f.statistic in _QUANTILES and f.value is not None]
    if quantiles:
        told = [f"{_QUANTILES[f.statistic]} {_number(f)}" for f in quantiles]
        remarks.append(", ".join(told))
    remarks += [
        f"{value_text(f)} {short_statistic(f).removeprefix('share ')}"
        for f in main[1:]
        if f not in quantiles and f.value is not None
    ]
    if not main[0].id.startswith("waiting_cause."):
        remarks.append(ended_text(same, short=True))
    return [(main[0], "; ".join(r for r in remarks if r))]


def _id(f: Figure) -> str:
    head, _, cause = f.id.partition(".")
    name = f"  · {cause}" if head == "waiting_cause" else f.id
    return f"{name}, {_QUANTILES[f.statistic]}" if f.statistic in _QUANTILES else name


def _number(f: Figure) -> str:
    return "" if f.value is None else amount(f.value, f.unit).replace("working days", "wd")


def _equality_short(figures: list[Figure]) -> list[RenderableType]:
    shown, alike = equality_lines(figures)
    parts: list[RenderableType] = []
    if shown:
        parts.append(text(""))
        made = table("", ("equality: a group against the rest", "what shows"))
        for name, told in shown:
            made.add_row(text(name), text(told))
        parts.append(made)
    if alike:
        parts.append(text("No difference between groups shown: " + "; ".join(alike) + "."))
    return parts


def _equality(figures: list[Figure]) -> list[RenderableType]:
    made = without_like(equality_table(figures))
    if not made.rows:
        return []
    shown = table(made.name, made.head, made.numbers)
    for row in made.rows:
        shown.add_row(*(text(str(cell)) for cell in row))
    return [shown]


def _missing(m: Measurement) -> dict[str, list[str]]:
    """Why → the criteria that cannot be measured for that reason."""
    absent: dict[str, list[str]] = {}
    for f in m.criteria:
        if f.status == "not_measurable" and f.note and not f.by and not f.period:
            absent.setdefault(f.note, [])
            if f.id not in absent[f.note]:
                absent[f.note].append(f.id)
    return absent


def _absent_short(m: Measurement) -> list[RenderableType]:
    ids = [id for group in _missing(m).values() for id in group]
    if not ids:
        return []
    words = "; `polku inspect` tells what each of them needs."
    return [text("\nNot measurable from this log: " + ", ".join(ids) + words)]


def _absent(m: Measurement) -> list[RenderableType]:
    absent = _missing(m)
    if not absent:
        return []
    made = table("Not measurable from this log", ("since", "criteria"))
    for why, ids in absent.items():
        made.add_row(text(why), text(", ".join(ids), style="dim"))
    return [made]


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
    made = table(principle[0].upper() + principle[1:], tuple(heads), (2 + k, 4 + k, 5 + k))
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
        made.add_row(*(text(c) for c in cells), style="dim" if f.status == "hidden" else "")
        before = f.id
    return made


def _group(f: Figure, several: bool) -> str:
    if f.by is None:
        return f.period or ""
    own = f.id.endswith(f".{f.by.column}")
    return f"{f.by.column}: {f.by.segment}" if several and not own else f.by.segment


def _remark(f: Figure, figures: list[Figure], with_by: bool) -> str:
    """The status; where there is room, the plain distribution over ended matters."""
    same = [g for g in figures if g.id == f.id and g.key[2:] == f.key[2:]]
    plain = "" if with_by or f.statistic.startswith("closed_") else ended_text(same, short=True)
    return "; ".join(t for t in (status_text(f), plain if f is same[0] else "") if t)


def _grounds(m: Measurement) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if m.log.dropped:
        made = table("Rows dropped", ("reason", "rows"), (1,))
        for reason, n in m.log.dropped.items():
            made.add_row(text(reason.replace("_", " ")), wording.count(n))
        parts.append(made)
    if m.log.assumptions:
        made = table("What the figures rest on", ("kind", "about", "what"))
        for a in m.log.assumptions:
            made.add_row(*(text(str(a.get(k, ""))) for k in ("kind", "about", "text")))
        parts.append(made)
    return parts
