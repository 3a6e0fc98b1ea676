"""How near simulated logs are to a real one, as tables for a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from polku.report import wording
from polku.report.fidelity_words import (
    VERDICTS,
    criteria_table,
    distance_table,
    headline,
    not_measurable,
    subject,
)
from polku.report.terminal import ByWidth, table, text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from polku.report.table import Table
    from polku.simulate.fidelity import Fidelity

_NARROW = ("distance", "simulated", "floor", "times the floor", "95 % interval")
_FEW = ("criterion", "statistic", "real", "simulated", "verdict")
_MIDDLE = ("distance", "about", "simulated", "floor", "times the floor", "95 % interval")


def fidelity_table(f: Fidelity) -> RenderableType:
    """Distances with floor and ratio, the verdict on each criterion, and what both rest on."""
    from rich.console import Group

    distances = distance_table(f)
    parts: list[RenderableType] = [
        text(headline(f), style="bold"),
        text(subject(f)),
        ByWidth(
            narrow=_shown(_keep(distances, _NARROW), "\nDistances (lower is nearer)"),
            short=_shown(_keep(distances, _MIDDLE), "\nDistances (lower is nearer)"),
            full=_shown(distances, "\nDistances (lower is nearer)"),
        ),
    ]
    criteria = criteria_table(f)
    if criteria.rows:
        title = "\nCriteria: does the simulation hold the real figure?"
        other = tuple(row for row in criteria.rows if row[-1] != VERDICTS["holds"])
        few = replace(criteria, rows=other)
        parts.append(
            ByWidth(
                narrow=_shown(_keep(few, _FEW), title),
                short=_shown(few, title),
                full=_shown(criteria, title),
            )
        )
        if hidden := len(criteria.rows) - len(other):
            told = text(
                f"and {wording.plural(hidden, 'figure')} that it holds (--json has all)",
                style="dim",
            )
            parts.append(ByWidth(narrow=told, short=told, full=text("")))
    missing = not_measurable(f)
    if missing.rows:
        names = ", ".join(str(row[0]) for row in missing.rows)
        parts.append(
            text(f"\n{wording.plural(len(missing.rows), 'criterion', 'criteria')} not measurable "
                 f"from these logs (--json says why): {names}.", style="dim")
        )  # fmt: skip
    parts += [text(f"\n{note}" if k == 0 else note) for k, note in enumerate(f.notes)]
    return Group(*parts)


def print_fidelity(console: Console, f: Fidelity) -> None:
    """Print the fidelity on a console."""
    console.print(fidelity_table(f))


def _keep(whole: Table, heads: tuple[str, ...]) -> Table:
    """Some columns of a table; of those with one head the last."""
    last = {head: k for k, head in enumerate(whole.head)}
    columns = [last[head] for head in heads]
    return replace(
        whole,
        head=heads,
        rows=tuple(tuple(row[k] for k in columns) for row in whole.rows),
        numbers=tuple(k for k, column in enumerate(columns) if column in whole.numbers),
    )


def _shown(found: Table, title: str) -> RenderableType:
    made = table(title, found.head, found.numbers)
    for row in found.rows:
        made.add_row(*(text(str(cell)) for cell in row))
    return made
