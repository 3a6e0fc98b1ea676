"""Every table of a report as a workbook, with the definitions on the second sheet."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from polku.report import sections, sheets
from polku.report.about import badge, title
from polku.report.content import Content
from polku.report.handed_over import Matrix
from polku.report.summary import cannot_tell, summary
from polku.report.table import Cell, Num, Table

MOST_WIDE = 70


def tables(c: Content) -> list[Table]:
    """All tables in the order of the sheets: the criteria first, then their definitions."""
    found = [
        sheets.criteria_table(c),
        sheets.definitions_table(c),
        Table("Summary", ("question", "answer"), summary(c)),
        sections.lead_time_table(c),
        sections.risk_table(c),
        sections.parts_table(c),
        sections.steps_table(c, most=10_000),
        sections.causes_table(c),
        *(_matrix(m) for m in (c.by_agency, c.by_unit) if m is not None),
        *(
            sections.pairs_table(c, m, most=10_000)
            for m in (c.by_agency, c.by_unit)
            if m is not None
        ),
        sections.ways_table(c),
        sections.cohorts_table(c),
        *(sections.segment_table(c, column) for column in c.segments),
        sections.ages_table(c),
        sections.waited_table(c),
        sections.quality_table(c),
        sections.cannot_table(cannot_tell(c)),
        sections.files_table(c),
        sections.issues_table(c),
        sections.assumptions_table(c),
    ]
    return [t for t in found if t.rows]


def _matrix(m: Matrix) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (name, *(Num(n, str(n)) for n in row)) for name, row in zip(m.names, m.cells, strict=True)
    ]
    return Table(f"Matrix of {m.level}", ("from \\ to", *m.names), tuple(rows))


def write_xlsx(c: Content, path: Path) -> None:
    """Write the workbook; text from the log stays text, and is never a formula or a link.

    Numbers are written as numbers: times in days, shares as 0 to 1.
    """
    import xlsxwriter

    from polku.log.atomic import write_bytes

    memory = io.BytesIO()
    book = xlsxwriter.Workbook(
        memory,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    # a fixed date, so that the same log gives the same bytes
    from datetime import datetime

    book.set_properties({"title": title(c.log), "created": datetime(2000, 1, 1)})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "note": book.add_format({"bold": True, "font_color": "#8a5a00"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "share": book.add_format({"num_format": "0 %", "valign": "top"}),
        "count": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "number": book.add_format({"num_format": "#,##0.00", "valign": "top"}),
    }
    taken: set[str] = set()
    for k, table in enumerate(tables(c)):
        _sheet(book, table, formats, taken, badge(c.log) if k == 0 else "")
    book.close()
    write_bytes(path, memory.getvalue())


def _sheet(book: Any, table: Table, formats: dict[str, Any], taken: set[str], note: str) -> None:
    """One table on a sheet of its own, below the `note` where there is one."""
    sheet = book.add_worksheet(_sheet_name(table.name, taken))
    widths = [len(h) for h in table.head]
    head = [_head(table, k) for k in range(len(table.head))]
    top = 1 if note else 0
    if note:
        sheet.write_string(0, 0, note, formats["note"])
    for k, text in enumerate(head):
        sheet.write_string(top, k, text, formats["head"])
    for r, row in enumerate(table.rows, start=top + 1):
        for k, cell in enumerate(row):
            if isinstance(cell, Num):
                if cell.value is None:
                    sheet.write_string(r, k, cell.text, formats["text"])
                else:
                    sheet.write_number(r, k, cell.value, formats[_kind(cell)])
                widths[k] = max(widths[k], len(cell.text), 8)
            else:
                sheet.write_string(r, k, str(cell), formats["text"])
                widths[k] = max(widths[k], len(cell))
    for k, wide in enumerate(widths):
        sheet.set_column(k, k, min(wide + 2, MOST_WIDE))
    sheet.freeze_panes(top + 1, 0)
    if table.rows:
        sheet.autofilter(top, 0, top + len(table.rows), len(table.head) - 1)


def _head(table: Table, k: int) -> str:
    """The column's title, with the unit of its numbers where the cells' text bears one."""
    texts = [row[k].text for row in table.rows if isinstance(row[k], Num)]  # type: ignore[union-attr]
    ends = ("day", "days", "\u00a0h", "min")
    return f"{table.head[k]} (days)" if any(t.endswith(ends) for t in texts) else table.head[k]


def _kind(cell: Num) -> str:
    if cell.text.endswith("%"):
        return "share"
    whole = isinstance(cell.value, int) or (cell.value or 0.5).is_integer()
    return "count" if whole else "number"


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes: at most 31 characters, none of []:*?/\\, no two alike."""
    clean = "".join("_" if ch in "[]:*?/\\'" else ch for ch in name)[:31].strip() or "Sheet"
    made, k = clean, 1
    while made.lower() in taken:
        k += 1
        made = f"{clean[:27]} {k}"
    taken.add(made.lower())
    return made
