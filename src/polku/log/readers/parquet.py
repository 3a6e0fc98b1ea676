"""Parquet files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from polku.errors import LogError
from polku.log.mapping import Mapping
from polku.log.raw import RawTable
from polku.log.readers.provenance import source_file, stamp
from polku.log.readers.registry import Probe, reader
from polku.log.readers.tables import checked, not_empty

BATCH_ROWS = 500_000


def _is_parquet(seen: Probe) -> bool:
    return seen.head[:4] == b"PAR1" and not seen.gzipped


@reader("parquet", suffixes=(".parquet", ".pq"), sniff=_is_parquet)
def read_parquet(path: str | Path, *, mapping: Mapping | None = None) -> RawTable:
    """Read a Parquet file; categories become text, times with a zone UTC.

    Raises `LogError` for a damaged or truncated file, nested columns (by name), no rows, and a
    file that changes while it is read.
    """
    del mapping
    path = Path(path)
    before = stamp(path)
    try:
        rows = pl.read_parquet(path, glob=False)
    except (pl.exceptions.PolarsError, OSError) as e:
        raise _damaged(path, e) from e
    rows = checked(not_empty(rows, str(path)), str(path))
    files = (source_file(before, "parquet", rows.height),)
    return RawTable(rows, files, "parquet")


def open_batches(
    path: str | Path, *, rows: int = BATCH_ROWS, digest: Any = None
) -> Iterator[pl.DataFrame]:
    """The rows of a Parquet file, about `rows` at a time, in the form of `read_parquet`.

    `digest`, a `hashlib` object, is fed with the file. Memory is bounded by the larger of a batch
    and the file's largest row group.
    """
    path = Path(path)
    before = stamp(path)
    done = 0
    try:
        table = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        for frame in table.collect_batches(chunk_size=rows, maintain_order=True):
            yield checked(frame, str(path), done + 1)
            done += frame.height
    except (pl.exceptions.PolarsError, OSError) as e:
        raise _damaged(path, e) from e
    if digest is not None:
        with path.open("rb") as file:
            hashlib.file_digest(file, lambda: digest)
    source_file(before, "parquet", done, "-")
    if not done:
        raise LogError(f"{path}: has no rows; check the export or the query")


def _damaged(path: Path, error: Exception) -> LogError:
    found = " ".join(str(error).split())[:160]
    return LogError(f"{path}: is no whole Parquet file ({found}); fetch or export it again")
