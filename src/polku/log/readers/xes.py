"""XES: the standard's event logs, plain or gzipped."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from polku.errors import LogError
from polku.log.mapping import Mapping
from polku.log.raw import ORDER, PLACE, RawTable
from polku.log.readers.provenance import source_file, stamp
from polku.log.readers.registry import Probe, reader

ROLES = {
    "case": "case:concept:name",
    "activity": "concept:name",
    "time": "time:timestamp",
    "resource": "org:resource",
    "lifecycle": "lifecycle:transition",
    "instance": "concept:instance",
    "unit": "org:group",
}


def _is_xes(seen: Probe) -> bool:
    return "<log" in seen.text and "<ocel" not in seen.text[:2000]


@reader("xes", suffixes=(".xes", ".xes.gz"), sniff=_is_xes)
def read_xes(path: Path, *, mapping: Mapping | None = None) -> RawTable:
    """Read an XES log. Raises `LogError` for a file that is no XES."""
    from r4pm import df

    before = stamp(path)
    try:
        rows, _ = df.import_xes(str(path))
    except Exception as e:
        raise LogError(f"{path}: is no XES log ({e})") from e
    rows = rows.select(sorted(rows.columns)).with_columns(
        pl.col(pl.Datetime).dt.replace_time_zone("UTC"),
        pl.int_range(pl.len(), dtype=pl.UInt32).over("case:concept:name").alias(ORDER),
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(PLACE),
    )
    roles = {k: v for k, v in ROLES.items() if v in rows.columns}
    return RawTable(rows, (source_file(before, "xes", rows.height),), "xes", roles, ordered=True)
