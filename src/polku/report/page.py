"""The page of a report: the content of each part, in the order in which it is read."""

from __future__ import annotations

from typing import Any

from polku.measure.measurement import Figure
from polku.measure.registry import PRINCIPLES, Criterion
from polku.report import charts, sections, wording
from polku.report.about import badge, title
from polku.report.content import Content, equality_figures
from polku.report.equality import (
    HEAD,
    LIKE_NOTE,
    NO_LIKE,
    NOTE,
    equality_table,
    many_groups,
    without_like,
)
from polku.report.figures import (
    DIRECTIONS,
    beside,
    ended_text,
    interval_text,
    name_text,
    statistic_text,
    status_text,
    value_text,
)
from polku.report.glossary import WORDS
from polku.report.handed_over import Matrix
from polku.report.plain import group_name, plain
from polku.report.summary import BELOW, OVER_TIME, cannot_tell, day, summary
from polku.report.table import Table
from polku.report.wording import COARSE_NOTE

PARTS = (
    ("map", "The way, drawn"), ("time", "How long"), ("waiting", "Where the time goes"),
    ("handovers", "Hand-overs"), ("ways", "Common ways"), ("cohorts", "Over time"),
    ("segments", "Groups"), ("open", "Open matters"), ("criteria", "All criteria"),
    ("quality", "Data quality"), ("cannot", "What they cannot tell"),
    ("assumptions", "Assumptions"), ("words", "The words"),
)  # fmt: skip


LABELS = {True: "share of all waiting", False: "share of the time between steps"}


def page(c: Content, drawn: str) -> dict[str, Any]:
    """Everything that the template shows; `drawn` is the map's SVG."""
    told = summary(c)
    log = c.measurement.log
    files = [f.name for f in c.log.source.files]
    names = wording.listed(files[:3]) if files else "an event log"
    return {
        "title": title(c.log),
        "lead": f"Measured from {names}, {day(log.first)} to {day(log.last)}.",
        "badge": badge(c.log),
        "coarse": COARSE_NOTE if c.coarse else "",
        "parts": PARTS,
        "summary": [(name, *_linked(text)) for name, text in told],
        "apart": c.spent.apart,
        "map": drawn,
        "lead_time": _lead_time(c),
        "no_lead_time": told[1][1],
        "where": told[2][1],
        "who": told[3][1],
        "spent": _spent(c),
        "causes": _causes(c),
        "matrices": [_matrix(c, m) for m in (c.by_agency, c.by_unit) if m is not None and m.pairs],
        "ways": _ways(c),
        "cohorts": _cohorts(c),
        "segments": [_segment(c, column) for column in c.segments if c.segments[column]],
        "no_segments": "The log offers no column by which matters could be grouped.",
        "open": _open(c),
        "expected": _expected(c),
        "doubt": c.cut_off,
        "principles": [_principle(c, p) for p in PRINCIPLES],
        "quality": c.quality,
        "quality_table": sections.quality_table(c),
        "cannot": cannot_tell(c),
        "files": sections.files_table(c),
        "rows_text": sections.rows_text(c),
        "issues": sections.issues_table(c),
        "assumptions": sections.assumptions_table(c),
        "glossary": WORDS,
    }


def _lead_time(c: Content) -> dict[str, Any] | None:
    rows = c.measurement.curves.get("lead_time")
    if not rows:
        return None
    table = sections.lead_time_table(c)
    told = "; ".join(f"{r[0]}, {r[1]}: {r[2]}" for r in table.rows[:3])
    return {
        "chart": charts.lead_time_chart(rows),
        "label": f"Curve of the share of matters ended by days since arrival. {told}.",
        "table": table,
        "risk": sections.risk_table(c),
        "zero": c.zero_note,
    }


def _spent(c: Content) -> dict[str, Any]:
    shown = [s for s in c.spent.steps if s.share >= 0.01][: sections.MOST_STEPS]
    rest = 1 - sum(s.share for s in shown)
    return {
        "parts": sections.parts_table(c),
        "chart": charts.bar_chart([(s.step, s.share) for s in shown], LABELS[c.spent.apart])
        if shown
        else "",
        "rest": f"All other steps together: {wording.share(rest)}." if rest > 0.005 else "",
        "table": sections.steps_table(c),
    }


def _causes(c: Content) -> dict[str, Any]:
    found = sections.cause_figures(c)
    if not found:
        missing = [
            f for f in c.measurement.criteria
            if f.id.startswith("waiting_cause.") and f.status == "not_measurable"
        ]  # fmt: skip
        reason = f": {plain(missing[0].note)}" if missing and missing[0].note else ""
        ask = " The agency can be asked for what is missing." if reason else ""
        why = f"The log gives no ground to tell why matters wait{reason}.{ask}"
        return {"table": None, "why": why}
    shares = [f for f in found if "share" in f.statistic or f.unit.startswith("share")]
    bars = [
        (name_text(f.id).removeprefix("waiting: "), f.value or 0.0)
        for f in (shares or found)
        if f.value
    ]
    bars.sort(key=lambda b: (-b[1], b[0]))
    label = "share of all waiting" if shares else f"{found[0].unit} per matter"
    return {
        "table": sections.causes_table(c),
        "chart": charts.bar_chart(bars, label, percent=bool(shares)) if bars else "",
    }


def _matrix(c: Content, m: Matrix) -> dict[str, Any]:
    most = max((n for row in m.cells for n in row), default=1) or 1
    word = {"agency": "agencies", "unit": "units"}[m.level]
    return {
        "title": f"Between {word}",
        "caption": f"Hand-overs, {wording.count(m.total)} in all; the darker, the more"
        + (
            ""
            if len(m.names) == m.all_names
            else f". The {len(m.names)} busiest of {m.all_names} {word} are shown"
        ),
        "names": m.names,
        "rows": [
            (
                name,
                [
                    (wording.count(n) if n else "", f"{0.75 * (n / most) ** 0.6 if n else 0:.2f}")
                    for n in row
                ],
            )
            for name, row in zip(m.names, m.cells, strict=True)
        ],
        "pairs": sections.pairs_table(c, m),
    }


def _ways(c: Content) -> dict[str, Any]:
    w = c.ways
    told = sum(x.matters for x in w.ways)
    matters = max(c.measurement.log.matters, 1)
    text = (
        f"The matters go {wording.plural(w.variants, 'different way')}; "
        f"{wording.share(w.alone)} of the matters go a way that no other matter goes."
    )
    if w.ways:
        text += (
            f" The {wording.plural(len(w.ways), 'way')} below "
            f"{'is' if len(w.ways) == 1 else 'are'} those of {wording.share(told / matters)} "
            "of the matters."
        )
    else:
        text += " No way is shared by 5 matters or more."
    rows = [
        {
            "matters": wording.count(x.matters),
            "share": wording.share(x.share),
            "median": wording.days(x.half) if x.half is not None else "not reached",
            "steps": [f"{s} ×{k}" if k > 1 else s for s, k in x.steps[:14]]
            + ([f"… ({x.length} steps in all)"] if len(x.steps) > 14 else []),
        }
        for x in w.ways
    ]
    return {"text": text, "rows": rows}


def _cohorts(c: Content) -> dict[str, Any]:
    shown: list[dict[str, str]] = []
    for id, statistic, name, axis in (
        ("lead_time", "p50", "Days within which half of the matters end", "days"),
        ("on_time", "share", "Share of the matters that end by their due day", "share"),
        ("handovers", "mean_within_h", "Hand-overs between agencies for each matter", "hand-overs"),
        (
            "unit_handovers",
            "mean_within_h",
            "Hand-overs between units for each matter",
            "hand-overs",
        ),
    ):
        found = [f for f in c.cohorts if f.id == id and f.statistic == statistic]
        rows = [_point(f) | {"period": f.period} for f in found if f.status == "ok"]
        if len(rows) < 2 or (id == "unit_handovers" and any(s["id"] == "handovers" for s in shown)):
            continue
        drawn = charts.cohort_chart(rows, axis, percent=id == "on_time")
        shown.append({"id": id, "title": name, "chart": drawn, "note": _left_out(found)})
    return {
        "charts": shown,
        "period": c.period,
        "table": sections.cohorts_table(c),
        "why": "There are too few matters, or none has ended, to show figures over time.",
    }


def _left_out(found: list[Figure]) -> str:
    """Which cohorts a chart leaves out, and why."""
    small = sum(f.status == "hidden" for f in found)
    unbounded = sum(f.status == "not_reached" and f.value is not None for f in found)
    beyond = sum(f.status != "ok" for f in found) - small - unbounded
    reasons = [
        (beyond, "the log cannot show the figure yet"),
        (unbounded, "the interval has no upper end; the table has the value"),
        (small, "fewer than 5 matters"),
    ]
    told = [f"{n} ({why})" for n, why in reasons if n]
    if not told:
        return ""
    count = wording.plural(small + unbounded + beyond, "cohort")
    if len(told) == 1:
        return f"{count} not drawn: {next(why for n, why in reasons if n)}."
    return f"{count} not drawn: {', '.join(told)}."


def _linked(text: str) -> tuple[str, str, str, str]:
    """A sentence of the summary, cut at the words that link to a section: before, words, part,
    after."""
    for words, part in ((BELOW, "cannot"), (OVER_TIME, "cohorts")):
        before, found, after = text.partition(words)
        if found:
            return before, words, part, after
    return text, "", "", ""


def _point(f: Figure) -> dict[str, Any]:
    return {
        "value": f.value,
        "low": f.low if f.low is not None else f.value,
        "high": f.high if f.high is not None else f.value,
    }


def _segment(c: Content, column: str) -> dict[str, Any]:
    found = [
        f for f in c.segments[column]
        if f.id == "lead_time" and f.statistic == "p50" and f.status == "ok" and f.by is not None
    ]  # fmt: skip
    rows = [
        _point(f) | {"segment": f"{group_name(f.by.segment)} ({wording.count(f.n)})"}
        for f in found
        if f.by
    ]
    return {
        "name": name_text(column),
        "chart": charts.interval_chart(rows, "days") if rows else "",
        "note": _left_out(
            [f for f in c.segments[column] if f.id == "lead_time" and f.statistic == "p50"]
        ).replace("cohort", "group"),
        "table": sections.segment_table(c, column),
    }


def _open(c: Content) -> dict[str, Any]:
    o = c.open
    if o is None:
        why = "The log does not tell which matters have ended, so nobody can say which are open."
        return {"text": why, "chart": ""}
    if not o.matters:
        return {"text": "No matter is open.", "chart": ""}
    text = (
        f"On the last day watched, {wording.plural(o.matters, 'matter was', 'matters were')} "
        f"open, half of them for {wording.days(o.median_age / wording.DAY)} or longer"
    )
    if o.overdue is not None:
        text += f"; {wording.count(o.overdue)} of them overdue"
    return {
        "text": text + ".",
        "chart": charts.age_chart(o.age_groups, o.promises, o.ages),
        "ages": sections.ages_table(c),
        "units": sections.waited_table(c),
        "level_note": f"The {o.level} named did the matter's last step, so the matter lies with it "
        "unless it is the customer's turn or a statement was asked for; "
        + (
            "the last columns count those."
            if o.turns_known
            else "whose turn it is cannot be told from this log."
        ),
    }


def _principle(c: Content, principle: str) -> dict[str, Any]:
    whole = [
        f for f in c.measurement.criteria
        if f.principle == principle and f.by is None and f.period is None
    ]  # fmt: skip
    missing = [f for f in whole if f.status == "not_measurable"]
    rows: list[dict[str, Any]] = []
    shown = [f for f in whole if f.status != "not_measurable"]
    main = [f for f in shown if not beside(f, shown)]
    for f in main:
        first = not rows or rows[-1]["id"] != f.id
        row = _row(f, c.criteria.get(f.id) or c.criteria.get(f.id.split(".")[0]))
        if first:
            row["remarks"] = "; ".join(
                t for t in (row["remarks"], ended_text([g for g in shown if g.id == f.id])) if t
            )
        if rows and first:
            rows[-1]["last"] = True
        rows.append(row | {"first": first, "span": sum(g.id == f.id for g in main), "last": False})
    if rows:
        rows[-1]["last"] = True
    groups = equality_figures(c) if principle == "equality" else []
    many = many_groups(groups)
    equality = without_like(equality_table([f for f in groups if f.id not in many]))
    further = {id: without_like(equality_table(fs)) for id, fs in many.items()}
    every = [t for t in (equality, *further.values()) if t.rows]
    like = any(len(t.head) == len(HEAD) for t in every)
    return {
        "table": equality if equality.rows else None,
        "many": [(name_text(id), t) for id, t in further.items()],
        "note": NOTE if like else f"{NOTE.replace(LIKE_NOTE, '')} {NO_LIKE}",
        "name": principle[0].upper() + principle[1:],
        "rows": rows,
        "missing": missing,
        "missing_table": Table(
            "Not measurable",
            ("criterion", "what is missing"),
            tuple((name_text(f.id), plain(f.note)) for f in missing),
        ),
    }


def _expected(c: Content) -> str:
    """What “expected within so many days” says, and why so many."""
    horizons = {f.horizon_days for f in c.measurement.criteria if f.statistic == "mean_within_h"}
    known = sorted(h for h in horizons if h is not None)
    if not known:
        return ""
    days = wording.count(known[-1])
    return (
        f"“Expected within {days} days” tells what happens to a matter in its first {days} days, "
        f"on average. Why {days}: unless the city has agreed on a time, it is the longest in which "
        "1 of 10 matters could still be watched, and at most a year."
    )


def _row(f: Figure, criterion: Criterion | None) -> dict[str, Any]:
    return {
        "id": f.id,
        "name": name_text(f.id),
        "question": criterion.question["en"] if criterion else "",
        "definition": criterion.definition if criterion else "",
        "open_rule": criterion.open_matters if criterion else "",
        "pitfalls": criterion.pitfalls if criterion else "",
        "direction": DIRECTIONS[f.direction].capitalize(),
        "hash": f.hash,
        "statistic": statistic_text(f),
        "value": value_text(f),
        "interval": interval_text(f),
        "n": wording.count(f.n),
        "open": wording.count(f.open),
        "remarks": status_text(f),
    }
