"""Tables of paths for the terminal: what a check found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polku.path.findings import SEVERITIES, verdict_text
from polku.report import wording
from polku.report.terminal import ByWidth, table, text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from polku.path.findings import Finding, Report

_STYLES = {"error": "red", "warning": "yellow", "advice": "dim"}
_MOST = 6
"""elements that a row names"""


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
