"""Tables for the terminal: a measurement, an inspection, a comparison, a remeasured store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from polku.report.compared import comparison_table
from polku.report.figures import statistic_text, value_text
from polku.report.measured import headline, measurement_table
from polku.report.notebook import measurement_html
from polku.report.terminal import table, text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from polku.log.inspect import Inspection
    from polku.measure.comparison import Comparison
    from polku.measure.measurement import Measurement

__all__ = [
    "comparison_table",
    "headline",
    "inspection_table",
    "measurement_html",
    "measurement_table",
    "print_comparison",
    "print_measurement",
    "remeasurement_table",
]


def print_measurement(console: Console, m: Measurement) -> None:
    """Print a measurement's tables on a console."""
    console.print(measurement_table(m))


def print_comparison(console: Console, found: Comparison) -> None:
    """Print a comparison's table on a console."""
    console.print(comparison_table(found))


def inspection_table(found: Inspection) -> RenderableType:
    """What an inspection found, as tables."""
    from rich.console import Group

    parts: list[RenderableType] = []
    for title, heads, rows in found.tables():
        if heads == ("criterion",):
            ids = ", ".join(r[0] for r in rows)
            parts += [text(f"\n{title}", style="bold"), text(ids)]
            continue
        made = table(title, heads, (1,) if heads == ("what", "how many") else ())
        for row in rows:
            made.add_row(*(text(cell) for cell in row))
        parts.append(made)
    return Group(*parts)


def remeasurement_table(found: Any) -> RenderableType:
    """A store under its old and under today's definitions, as its remeasurement tells it.

    `found` holds `before` and `after`, two measurements of the same store.
    """
    from rich.console import Group

    old = {f.key: f for f in found.before.criteria}
    heads = ("criterion", "statistic", "as it was", "as defined now", "definition")
    made = table("The store under its old and under today's definitions", heads, (2, 3))
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
        made.add_row(*(text(c) for c in cells), style="" if same else "yellow")
    return Group(made)
