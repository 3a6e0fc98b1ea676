"""The tables that only the workbook has: every figure, and every definition."""

from __future__ import annotations

from polku.measure.registry import PRINCIPLES
from polku.report.content import Content, names_persons
from polku.report.figures import DIRECTIONS, statistic_text, status_text
from polku.report.table import Num, Table


def criteria_table(c: Content) -> Table:
    """Every figure of the measurement, for the workbook."""
    rows = [
        (
            f.principle,
            f.id,
            f.statistic,
            statistic_text(f),
            f.by.column if f.by else "",
            f.by.segment if f.by else "",
            f.period or "",
            Num(f.value, ""),
            f.unit,
            Num(f.low, ""),
            Num(f.high, ""),
            Num(f.se, ""),
            Num(f.n, ""),
            Num(f.open, ""),
            DIRECTIONS[f.direction],
            f.status,
            status_text(f),
            f.hash,
        )
        for f in c.measurement.criteria
        if f.by is None or not names_persons(f.by.column)
    ]
    head = (
        "principle", "criterion", "statistic", "in words", "segment column", "segment", "period",
        "value",
        "unit", "low", "high", "standard error", "matters", "open", "direction", "status",
        "remarks", "mark",
    )  # fmt: skip
    return Table("Criteria", head, tuple(rows))


def definitions_table(c: Content) -> Table:
    """The definition of every criterion, for the workbook's second sheet."""
    marks = {f.id.split(".")[0] if f.id not in c.criteria else f.id: f.hash
             for f in c.measurement.criteria}  # fmt: skip
    rows = [
        (k.principle, k.id, k.question["en"], k.definition, k.unit, DIRECTIONS[k.direction],
         "; ".join(s.describe() for s in k.statistics), k.open_matters, k.pitfalls,
         marks.get(k.id, ""))
        for k in sorted(c.criteria.values(), key=lambda k: PRINCIPLES.index(k.principle))
    ]  # fmt: skip
    head = (
        "principle", "criterion", "question", "definition", "unit", "direction",
        "statistics and intervals", "open matters", "take care", "mark",
    )  # fmt: skip
    return Table("Definitions", head, tuple(rows))
