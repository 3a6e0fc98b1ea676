"""The demonstration: a synthetic log of the event-permit path, or the user's own log."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

CHANGE = date(2025, 1, 1)
"""When the synthetic path changes: one application for all agencies."""


def demo(folder: Path, own: str | None, console: Console) -> Path:
    """Measure a log, print the tables, write the map and the report; return the report's path.

    Without `own` the shipped synthetic log is imported, measured, and compared before and after
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
        console.print(f"Importing the synthetic log of the event-permit path into {store} …")
        import_files([source], store, mapping=load(EVENT_PERMIT / "mapping.toml"))
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
    console.print(
        f"\nThe report: {path}\nThe map: {folder / 'map.svg'}"
        f"\nThe figures: {folder / 'measurement.json'}, {folder / 'report.xlsx'}"
    )
    return path
