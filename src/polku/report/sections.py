"""The tables of a report, each made from its content; the page and the workbook share them."""

from __future__ import annotations

from collections.abc import Callable

from polku.measure.measurement import Figure
from polku.report import wording
from polku.report.content import Content
from polku.report.figures import (
    CAUSES,
    interval_text,
    name_text,
    statistic_text,
    value_text,
)
from polku.report.handed_over import Matrix
from polku.report.plain import group_name, plain
from polku.report.table import Cell, Num, Table
from polku.report.wording import DAY, count, days, number, share, wait

MOST_STEPS = 12


def _n(value: float | int | None, text: str | None = None) -> Num:
    return Num(value, text if text is not None else "" if value is None else count(value))


def _time(c: Content, micros: int) -> Num:
    return Num(micros / DAY, wait(micros, c.coarse))


def _figure(f: Figure) -> tuple[Cell, ...]:
    return (Num(f.value, value_text(f)), interval_text(f), _n(f.n), _n(f.open))


def lead_time_table(c: Content) -> Table:
    """Lead time and other times to an end, by quantile."""
    ids = ("lead_time", "lead_time_net", "lead_time_working", "first_response")
    rows = [
        (name_text(f.id), statistic_text(f), *_figure(f))
        for id in ids
        for f in c.measurement.criteria
        if f.id == id and f.by is None and f.period is None and f.status in ("ok", "not_reached")
    ]
    head = ("time", "share of the matters", "value", "95 % interval", "matters", "open")
    return Table("Times", head, tuple(rows), (2, 4, 5))


def risk_table(c: Content) -> Table:
    """The lead-time curve at round days: ended so far, interval, still watched."""
    rows = c.measurement.curves.get("lead_time", [])
    last = float(rows[-1][0] or 0) if rows else 0.0
    nine = next((float(r[0] or 0) for r in rows if (r[3] or 0) <= 0.1), last)
    steps = (1, 2, 5, 7, 10, 14, 20, 30, 50, 60, 90, 100, 180, 365, 730)
    step = next((s for s in steps if nine / s <= 6), 730)
    out = []
    for k in range(1, min(int(last // step), 10) + 1):
        day = step * k
        before = [r for r in rows if (r[0] or 0) <= day]
        if not before:
            continue
        at = before[-1]
        later = [r for r in rows if (r[0] or 0) > day]
        risk = later[0][1] if later else 0
        s, low, high = at[3], at[4], at[5]
        ended = 1 - float(s or 0)
        between = (
            f"{share(1 - float(high))} to {share(1 - float(low))}"
            if low is not None and high is not None
            else ""
        )
        out.append((_n(day), Num(ended, share(ended)), between, _n(risk)))
    head = ("days since arrival", "have ended", "95 % interval", "matters still watched")
    return Table("Lead-time curve", head, tuple(out), (0, 1, 3))


def parts_table(c: Content) -> Table:
    """All recorded time of the matters, by what it went to."""
    whole = max(c.spent.all, 1)
    rows: list[tuple[Cell, ...]] = [
        (name, Num(v / DAY, f"{count(v / DAY)} days"), Num(v / whole, share(v / whole)))
        for name, v in c.spent.parts
    ]
    if rows:
        rows.append(
            ("all recorded time", Num(whole / DAY, f"{count(whole / DAY)} days"), Num(1, share(1)))
        )
    head = ("part of the way", "all matters together", "share")
    return Table("Parts of the time", head, tuple(rows), (1, 2))


def steps_table(c: Content, most: int = MOST_STEPS) -> Table:
    """The waiting before each kind of step, the longest total first."""
    placed = any(s.place for s in c.spent.steps)
    rows: list[tuple[Cell, ...]] = [
        (
            s.step,
            *((s.place,) if placed else ()),
            Num(s.share, share(s.share)),
            _time(c, s.median),
            _time(c, s.p90),
            "yes" if s.by_few else "",
            _n(s.times),
            _n(s.matters),
        )
        for s in c.spent.steps[:most]
        if s.total
    ]
    words = (
        ("wait before the step", "share of all waiting", "median wait", "9 of 10 waits within",
         "waits")
        if c.spent.apart
        else ("time before the step", "share of the time between steps", "half within",
              "9 of 10 within", "times")
    )  # fmt: skip
    head = (
        words[0], *(("mostly done by",) if placed else ()), *words[1:4],
        "a few long ones make it", words[4], "matters",
    )  # fmt: skip
    return Table("Waiting by step", head, tuple(rows), tuple(range(1 + placed, len(head))))


def cause_figures(c: Content) -> list[Figure]:
    """The whole-log figures of waiting by cause that have a value."""
    return [
        f
        for f in c.measurement.criteria
        if f.id.startswith("waiting_cause.") and f.by is None and f.period is None
        if f.status == "ok" and f.value is not None
    ]


def causes_table(c: Content) -> Table:
    """Waiting by cause: one row each, in the order in which a wait is given to a cause."""
    found: dict[str, list[Figure]] = {}
    for f in cause_figures(c):
        found.setdefault(f.id.partition(".")[2], []).append(f)
    rows: list[tuple[Cell, ...]] = []
    for cause, figures in found.items():
        share_ = next((f for f in figures if f.unit.startswith("share")), None)
        mean = next(
            (f for f in figures if f.unit == "days" and not f.statistic.startswith("closed")), None
        )
        rows.append(
            (
                CAUSES.get(cause, cause),
                Num(share_.value, value_text(share_)) if share_ else "",
                interval_text(share_) if share_ else "",
                Num(mean.value, value_text(mean)) if mean else "",
                interval_text(mean) if mean else "",
                plain(next((f.note for f in figures if f.note), "")),
            )
        )
    head = ("cause", "share of waiting", "95 % interval", "for each matter", "95 % interval",
            "remarks")  # fmt: skip
    return Table("Waiting by cause", head, tuple(rows), (1, 3))


def pairs_table(c: Content, m: Matrix, most: int = 10) -> Table:
    """The most frequent hand-overs of a matrix."""
    rows = [
        (
            p.giver,
            p.taker,
            _n(p.times),
            Num(p.matters / m.matters, share(p.matters / m.matters)),
            _time(c, p.wait),
        )
        for p in m.pairs[:most]
    ]
    waited = "median wait" if c.spent.apart else "median time before"
    head = ("from", "to", "hand-overs", "of the matters", waited)
    name = {"agency": "Hand-overs of agencies", "unit": "Hand-overs of units"}[m.level]
    return Table(name, head, tuple(rows), (2, 3, 4), "The most frequent hand-overs")


def ways_table(c: Content) -> Table:
    """The most common variants, for the workbook."""
    rows = [
        (
            _n(w.matters),
            Num(w.share, share(w.share)),
            Num(w.half, days(w.half)) if w.half is not None else "not reached",
            " → ".join(f"{s} ×{k}" if k > 1 else s for s, k in w.steps),
        )
        for w in c.ways.ways
    ]
    return Table("Ways", ("matters", "share", "half end within", "steps"), tuple(rows), (0, 1, 2))


COLUMNS = (
    ("lead_time", "p50", "half end within"),
    ("lead_time", "p80", "8 of 10 end within"),
    ("on_time", "share", "on time"),
    ("first_time_right", "share", "right the first time"),
    ("handovers", "mean_within_h", "hand-overs of agencies"),
    ("unit_handovers", "mean_within_h", "hand-overs of units"),
)
"""What groups and cohorts are compared by: criterion, statistic, title."""


def _side_by_side(name: str, first: str, figures: tuple[Figure, ...], groups: list[str],
                  of: Callable[[Figure], str]) -> Table:  # fmt: skip
    """One row for each group, one column for each watched figure, with its interval."""
    found = {(of(f), f.id, f.statistic): f for f in figures}
    columns = [
        k for k in COLUMNS
        if any(f.value is not None for (_, i, s), f in found.items() if (i, s) == k[:2])
    ]  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for g in groups:
        mine = [f for f in figures if of(f) == g and f.status != "not_measurable"]
        # a figure of its ended matters alone may rest on fewer than 5: that hides it, not the group
        small = all(f.status == "hidden" for f in mine)
        name_ = group_name(g)
        head: tuple[Cell, ...] = (
            (name_, "fewer than 5", "")
            if small
            else (name_, _n(max(f.n for f in mine)), _n(max(f.open for f in mine)))
        )
        cells: list[Cell] = []
        for id, statistic, _ in columns:
            f = found.get((g, id, statistic))
            if f is None or small:
                cells.append("hidden" if small else "")
                continue
            interval = interval_text(f)
            value = value_text(f)
            if f.value is not None and statistic == "mean_within_h":
                value = number(f.value)
            text = value + (f" ({interval})" if interval else "")
            cells.append(Num(f.value, text))
        rows.append((*head, *cells))
    titles = (first, "matters", "open", *(k[2] for k in columns))
    return Table(name, titles, tuple(rows), (1, 2))


def cohorts_table(c: Content) -> Table:
    """The watched criteria by arrival cohort."""
    groups = list(dict.fromkeys(sorted(f.period or "" for f in c.cohorts)))
    return _side_by_side("Over time", "arrived in", c.cohorts, groups, lambda f: f.period or "")


def segment_table(c: Content, column: str) -> Table:
    """The watched criteria by the values of one segment column."""

    def of(f: Figure) -> str:
        return f.by.segment if f.by else ""

    groups = list(dict.fromkeys(of(f) for f in c.segments[column]))
    return _side_by_side(f"By {column}", "group", c.segments[column], groups, of)


def ages_table(c: Content) -> Table:
    """Open matters by age and promise."""
    if c.open is None:
        return Table("Open by age", ("age",), ())
    rows: list[tuple[Cell, ...]] = [
        (g, *(_n(n) for n in row), _n(sum(row)))
        for g, row in zip(c.open.age_groups, c.open.ages, strict=True)
    ]
    head = ("age", *c.open.promises, "all")
    return Table("Open by age", head, tuple(rows), tuple(range(1, len(head))))


def waited_table(c: Content) -> Table:
    """Open matters by the unit of their last step."""
    if c.open is None:
        return Table("Open by unit", ("unit",), ())
    rows = [
        (
            w.unit,
            _n(w.matters),
            _n(w.overdue if c.open.overdue is not None else None),
            _time(c, w.median_age),
            _time(c, w.oldest),
            _time(c, w.median_idle),
            *((_n(w.customer), _n(w.statement)) if c.open.turns_known else ()),
        )
        for w in c.open.waited_on
    ]
    head = (
        c.open.level, "open matters", "overdue", "median age", "oldest",
        "median time since last step",
        *(("of them the customer's turn", "waiting for a statement") if c.open.turns_known else ()),
    )  # fmt: skip
    return Table("Open by unit", head, tuple(rows), tuple(range(1, len(head))))


def quality_table(c: Content) -> Table:
    """What each agency's part of the log holds."""
    rows: list[tuple[Cell, ...]] = [
        (
            q.agency,
            _n(q.steps),
            _n(q.matters),
            *(Num(v, share(v)) for v in (q.unit, q.resource, q.start, q.channel, q.midnight)),
            q.question,
        )
        for q in c.quality
    ]
    head = (
        "agency", "steps", "matters", "name their unit", "name who did them", "have a start time",
        "name a channel", "have a date without time of day", "the one question",
    )  # fmt: skip
    return Table("Data quality", head, tuple(rows), (1, 2, 3, 4, 5, 6, 7))


def cannot_table(gaps: tuple[tuple[str, str], ...]) -> Table:
    """What the figures cannot tell, with reasons."""
    return Table("Cannot tell", ("what", "why"), gaps)


def files_table(c: Content) -> Table:
    """The files that the log came from."""
    rows = [
        (f.name, f.format, _n(f.rows), Num(f.bytes, f"{number(f.bytes / 1e6)} MB"), f.sha256)
        for f in c.log.source.files
    ]
    return Table("Files", ("file", "format", "rows", "size", "SHA-256"), tuple(rows), (2, 3))


def issues_table(c: Content) -> Table:
    """Rows that were dropped or mended, by reason."""
    rows = [
        (
            "dropped" if i.dropped else "mended",
            i.code.replace("_", " "),
            _n(i.count),
            i.what,
            ", ".join(i.places[:5]),
        )
        for i in c.log.source.issues
    ]
    head = ("", "reason", "rows", "what was done", "for example")
    return Table("Dropped and mended", head, tuple(rows), (2,))


def assumptions_table(c: Content) -> Table:
    """The assumptions that the figures rest on."""
    words = {
        "inferred": "read from the log", "assumed": "assumed", "dropped": "left out",
        "cannot": "cannot be told",
    }  # fmt: skip
    rows = [(words[a.kind], a.about, plain(a.text)) for a in c.log.source.assumptions]
    return Table("Assumptions", ("kind", "about", "what"), tuple(rows))


def rows_text(c: Content) -> str:
    """How many rows came in and how many stayed."""
    source = c.log.source
    dropped = sum(source.dropped.values())
    text = f"{wording.plural(source.rows_in, 'row')} came in; "
    if dropped:
        return text + f"{wording.plural(dropped, 'row')} dropped, for the reasons below."
    return text + "none was dropped."
