"""Tables as text: CSV, TSV and their like, plain or gzipped."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl

from polku.log.mapping import Mapping
from polku.log.raw import PLACE, RawTable
from polku.log.readers.provenance import source_file, stamp
from polku.log.readers.registry import reader


@reader("csv", suffixes=(".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt"))
def read_csv(path: Path, *, mapping: Mapping | None = None) -> RawTable:
    """Read a table of text."""
    before = stamp(path)
    opener = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rb") as file:
        data = file.read()
    head = data[:10000].split(b"\n")[0]
    delimiter = max(",;\t|", key=lambda d: head.count(d.encode()))
    rows = pl.read_csv(data, infer_schema=False, separator=delimiter)
    rows = rows.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(PLACE))
    return RawTable(rows, (source_file(before, "csv", rows.height),), "csv")
