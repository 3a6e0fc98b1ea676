"""Tables of paths for the terminal: what a check found, what a log tells of a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polku.path.checking.findings import SEVERITIES, verdict_text
from polku.report import wording
from polku.report.terminal import ByWidth, table, text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from polku.path.checking.findings import Finding, Report
    from polku.path.enrich import Enriched

_STYLES = {"error": "red", "warning": "yellow", "advice": "dim"}
_MOST = 6
"""elements that a row names"""
_MOST_ROWS = 20


def check_table(report: Report) -> RenderableType:
    """What a check of a path found: a row for each finding, the verdict of soundness, the sum.

    From 110 columns on, a column says what to do; on a narrower terminal it stands below.
    """
    from rich.console import Group

    verdict = report.soundness.verdict
    style = {"sound": "green", "unsound": "red"}.get(verdict, "yellow")
    counts = [
        wording.plural(n, s, s if s == "advice" else "")
        for s in SEVERITIES
        if (n := len(report.of(s)))
    ]
    rows: list[RenderableType] = []
    if report.findings:
        wide = _findings(report, apart=True)
        rows.append(ByWidth(_findings(report, apart=False), wide, wide))
    return Group(
        text(report.name or report.path, style="bold"),
        *rows,
        text(verdict_text(report), style=style),
        text(wording.listed(counts) if counts else "no findings"),
    )


def _findings(report: Report, apart: bool) -> Table:
    """The findings; `apart`: what to do in a column of its own."""
    heads = ("", "code", "where", "found", *(("what to do",) if apart else ()))
    made = table("", heads)
    for f in report.findings:
        found = f.found + (f"\nway there: {' → '.join(f.witness)}" if f.witness else "")
        mend = (text(f.mend),) if apart else ()
        made.add_row(
            text(f.severity, style=_STYLES[f.severity]),
            text(f.code),
            text(_where(f)),
            text(found if apart else f"{found}\n→ {f.mend}"),
            *mend,
        )
    return made


def _where(finding: Finding) -> str:
    some = [str(e) for e in finding.elements[:_MOST]]
    more = len(finding.elements) - len(some)
    return "\n".join([*some, *([f"and {more} more"] if more else [])]) or "the path"


def enriched_table(told: Enriched) -> RenderableType:
    """What a log tells of a path: how often its steps happen, and what is elsewhere."""
    from rich.console import Group

    steps = table("How often the steps happen", ("step", ">times", ">matters", ">share"))
    for s in told.steps:
        steps.add_row(
            text(s.name),
            wording.count(s.times),
            wording.count(s.matters),
            wording.share(s.share),
        )
    rows: list[RenderableType] = [steps]
    if told.missing:
        missing = table(
            "What happens that is not in the path", ("activity", ">times", ">matters", "where")
        )
        for m in told.missing[:_MOST_ROWS]:
            where = " / ".join(filter(None, (m.agency, m.unit)))
            missing.add_row(
                text(m.activity), wording.count(m.times), wording.count(m.matters), text(where)
            )
        rows.append(missing)
        if (more := len(told.missing) - _MOST_ROWS) > 0:
            rows.append(text(f"and {wording.plural(more, 'rarer activity', 'rarer activities')}"))
    if told.elsewhere:
        other = table("Done in another place", ("step", "in the path", "in the log", ">share"))
        for e in told.elsewhere:
            where = " / ".join(filter(None, (e.agency, e.unit)))
            other.add_row(text(e.name), text(e.lane), text(where), wording.share(e.share))
        rows.append(other)
    names = {s.id: s.name for s in told.path.steps}
    for ids, said in (
        (told.never, "Never in the log: "),
        (told.measured, "Probabilities measured at: "),
        (told.unmeasured, "Not measurable from this log: "),
    ):
        if ids:
            gates = {g.id: g.name or g.id for g in told.path.gateways}
            rows.append(text(said + wording.listed([names.get(i) or gates.get(i, i) for i in ids])))
    if told.matching.ambiguous:
        rows.append(
            text(
                "Could be several steps, so counted for none: "
                + wording.listed(sorted(told.matching.ambiguous))
            )
        )
    return Group(*rows)
