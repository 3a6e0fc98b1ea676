"""A log held against a path, as tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from polku.report import wording
from polku.report.terminal import table, text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from polku.path.conform import Conformance, Fit

MOST_ROWS = 12
"""Rows of a table; the JSON and the facts have all."""


def conform_table(found: Conformance) -> RenderableType:
    """What a log's matters did of a path: how many fit, what was skipped, extra, and where."""
    from rich.console import Group

    parts: list[RenderableType] = [text(headline(found), style="bold"), text(_judged(found))]
    if found.groups:
        parts.append(_groups(found))
    parts += _deviations(found)
    parts += [text(line) for line in _remarks(found)]
    return Group(*parts)


def headline(found: Conformance) -> str:
    """The answer in one line."""
    fit = found.whole
    name = found.path["name"] or found.path["id"]
    if fit.share is None:
        return f"{name}: no matters"
    return (
        f"{name}: {wording.share(fit.share)} of {wording.plural(fit.matters, 'matter')} go this "
        f"way ({_interval(fit)}); mean fitness {_fitness(fit)}"
    )


def _judged(found: Conformance) -> str:
    fit = found.whole
    told = (
        f"{wording.count(fit.fitting)} fit, {wording.count(fit.deviating)} deviate, "
        f"{wording.count(fit.undecided)} are undecided (and count as not fitting). "
    )
    if found.open is None:
        return told + "The log does not tell which have ended: all are taken as ended."
    if found.open:
        return told + f"{wording.count(found.open)} are open and judged on what they did so far."
    return told + "All have ended."


def _interval(fit: Fit) -> str:
    if fit.low is None or fit.high is None:
        return ""
    return f"{wording.share(fit.low)} to {wording.share(fit.high)}"


def _fitness(fit: Fit) -> str:
    return "not known" if fit.mean_fitness is None else wording.share(fit.mean_fitness)


def _groups(found: Conformance) -> Table:
    heads = ("group", "matters", "fit", "95 % interval", "mean fitness", "undecided")
    made = table("\nBy group", heads, (1, 2, 3, 4, 5))
    for g in found.groups:
        name = f"{g.column}: {g.segment}"
        if g.fit is None:
            made.add_row(text(name), text("hidden (few matters)"), "", "", "", "", style="dim")
            continue
        cells = (
            name, wording.count(g.fit.matters), wording.share(g.fit.share or 0.0),
            _interval(g.fit), _fitness(g.fit), wording.count(g.fit.undecided),
        )  # fmt: skip
        made.add_row(*(text(c) for c in cells))
    return made


def _deviations(found: Conformance) -> list[RenderableType]:
    of = ("matters", "share", "times")
    skipped = [
        ((s.name, wording.count(s.matters), wording.share(s.share), wording.count(s.times)))
        for s in found.skipped
    ]
    extra = [
        (e.activity, e.after_name or "(at the start)", wording.count(e.matters),
         wording.share(e.share), wording.count(e.times))
        for e in found.extra
    ]  # fmt: skip
    leaving = [
        (p.name or "(at the start)", wording.count(p.matters), wording.share(p.share))
        for p in found.leaving
    ]
    return [
        *_rows("Skipped", ("step", *of), skipped, (1, 2, 3)),
        *_rows("Where the path has none", ("activity", "after", *of), extra, (2, 3, 4)),
        *_rows("Where matters first leave the path", ("after", "matters", "share"), leaving,
               (1, 2)),
    ]  # fmt: skip


def _rows(
    title: str,
    heads: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    right: tuple[int, ...],
) -> list[RenderableType]:
    if not rows:
        return []
    made = table(f"\n{title}", heads, right)
    for row in rows[:MOST_ROWS]:
        made.add_row(*(text(cell) for cell in row))
    more = len(rows) - MOST_ROWS
    return [made, *([text(f"and {more} more (--json has all)", style="dim")] if more > 0 else [])]


def _remarks(found: Conformance) -> list[str]:
    """What the figures rest on, a line each."""
    out = []
    if found.not_recorded:
        names = ", ".join(found.not_recorded.values())
        out.append(f"Not recorded in this log, so not counted as skipped: {names}.")
    if found.not_described:
        events = wording.plural(sum(found.not_described.values()), "event")
        names = ", ".join(list(found.not_described)[:MOST_ROWS])
        out.append(f"No step of the path ({events}): {names}.")
    for activity, steps in found.unclear.items():
        told = ", ".join(steps)
        out.append(f"{activity} could be {told}; it is taken for whichever fits.")
    if found.not_told:
        out.append(
            f"Of {wording.plural(found.not_told, 'deviating matter')} it would take too long to "
            "tell where; they count as deviating."
        )
    for why, n in found.undecided.items():
        out.append(f"Undecided ({wording.plural(n, 'matter')}): {why}.")
    if found.skipped or found.extra:
        out.append(
            "Of several least explanations of a matter one is told, always the same; how many "
            "deviations it has does not depend on that."
        )
    return ["", *out] if out else []
