"""The demonstration: a simulated log of the event-permit path, or the user's own log.

The log ships (`scripts/make_demo_logs.py` makes it anew from the scenarios), so that the
demonstration does not wait for the engine to be compiled.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from polku.log.eventlog import EventLog

CHANGE = date(2025, 1, 1)
"""When the simulated path changes: one application for all agencies."""
NOISE = 0.2
"""What is rarer than this share of its strongest alternative is left out of the path."""


def demo(folder: Path, own: str | None, console: Console) -> Path:
    """Measure a log, print the tables, write the map and the report; return the report's path.

    Without `own` the shipped simulated log is imported, measured, and compared before and after
    its change.
    """
    from polku.log.atomic import write_text
    from polku.log.importing import import_files
    from polku.log.mapping import load
    from polku.log.read import read
    from polku.measure.measuring import measure
    from polku.paths import EVENT_PERMIT
    from polku.progress import working
    from polku.report.html import report
    from polku.report.map import draw_map
    from polku.report.tables import comparison_table, measurement_table

    folder.mkdir(parents=True, exist_ok=True)
    if own:
        with working(f"reading {own}"):
            log = read(own)
    else:
        store = folder / "event-permit.store"
        source = EVENT_PERMIT / "synthetic-log.csv.gz"
        console.print(f"Importing the simulated log of the event-permit path into {store} …")
        import_files([source], store, mapping=load(EVENT_PERMIT / "synthetic-log.csv.mapping.toml"))
        log = read(store)
    with working("measuring"):
        measurement = measure(log)
    console.print(measurement_table(measurement))
    write_text(folder / "measurement.json", measurement.dumps())
    if not own:
        from polku.measure.comparing import compare_at

        console.print(
            f"\nBefore and after {CHANGE.isoformat()}, when one application replaces several:"
        )
        with working("comparing"):
            comparison = compare_at(log, CHANGE)
        console.print(comparison_table(comparison))
    write_text(folder / "map.svg", draw_map(log))
    path = folder / "report.html"
    with working("writing the report"):
        report(log, path, xlsx=folder / "report.xlsx")
    with working("finding and drawing the path"):
        told, files = _found(folder, log) if own else _shipped(folder)
    console.print(f"\n{told}", highlight=False)
    console.print(
        f"\nThe report: {path}\nThe map: {folder / 'map.svg'}"
        f"\nThe figures: {folder / 'measurement.json'}, {folder / 'report.xlsx'}"
        f"\nThe path: {', '.join(str(f) for f in files)}"
    )
    return path


def _shipped(folder: Path) -> tuple[str, list[Path]]:
    """The event-permit path, and what a prototype asks."""
    from polku.log.atomic import write_text
    from polku.path.changes.sentences import summary_line
    from polku.path.diff import diff
    from polku.path.plain import plain_text
    from polku.paths import load
    from polku.report.path_drawing import draw_path

    path = load("event-permit")
    drawing, steps = folder / "path.svg", folder / "path-for-the-customer.md"
    write_text(drawing, draw_path(path))
    write_text(steps, plain_text(path, "en"))
    changes = summary_line(diff(path, load("event-permit", "prototype-joint-form")))
    told = (
        f"What the joint form would change: {changes}\n"
        "By agency: polku diff event-permit event-permit/prototype-joint-form"
    )
    return told, [drawing, steps]


def _found(folder: Path, log: EventLog) -> tuple[str, list[Path]]:
    """The path that the log's matters take, without what is rare."""
    from polku.log.atomic import write_text
    from polku.path.discover import discover
    from polku.path.layout import lay_out
    from polku.path.write import save
    from polku.report.path_drawing import draw_path

    found = discover(log, NOISE).aligned(log)
    path = lay_out(found.path)
    file, drawing = folder / "path.bpmn", folder / "path.svg"
    save(path, file)
    write_text(drawing, draw_path(path))
    lines = "\n".join(found.quality_lines)
    return f"The path of the log (noise {NOISE}):\n{lines}", [file, drawing]
