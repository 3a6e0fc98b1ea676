"""A folder of several files of one form and one header, read as one table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from polku.errors import LogError
from polku.log.mapping import Mapping
from polku.log.raw import PLACE, RawTable
from polku.log.readers.registry import read_raw, reader, reader_for

FILE = "@file"
"""Column with the name of the file a row came from."""
MAX_FILES = 10_000


@reader("folder")
def read_folder(path: str | Path, *, mapping: Mapping | None = None, **options: Any) -> RawTable:
    """Read all files of a folder in the order of their names, with the name kept in `@file`.

    Hidden files and mappings (*.toml) are passed over. `options` go to the files' reader. Raises
    `LogError` when there is none, when one is of another form or has other columns (both named).
    """
    path = Path(path)
    files = sorted(
        f for f in path.iterdir()
        if f.is_file() and not f.name.startswith((".", "~$")) and f.suffix.lower() != ".toml"
    )  # fmt: skip
    if not files:
        raise LogError(f"{path}: has no files to read; name a file or another folder")
    if len(files) > MAX_FILES:
        raise LogError(f"{path}: has {len(files):,} files, more than {MAX_FILES:,}; name one file")
    first_form = reader_for(files[0]).name
    tables: list[RawTable] = []
    for file in files:
        form = reader_for(file).name
        if form != first_form:
            raise LogError(
                f"{file}: is {form}, but {files[0].name} is {first_form}; a folder is read when "
                "all its files are of one form; move it away"
            )
        table = read_raw(file, mapping=mapping, **options)
        if tables:
            _same_columns(file, table, files[0], tables[0])
        tables.append(table)
    frames = [
        t.rows.with_columns(pl.lit(f.name).alias(FILE)) for f, t in zip(files, tables, strict=True)
    ]
    rows = pl.concat([f.select(frames[0].columns) for f in frames], how="vertical_relaxed")
    rows = rows.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(PLACE))
    return RawTable(
        rows,
        tuple(f for t in tables for f in t.files),
        tables[0].format,
        tables[0].roles,
        all(t.ordered for t in tables),
        tuple(i for t in tables for i in t.issues),
        tables[0].mapping,
    )


def _same_columns(file: Path, table: RawTable, first: Path, before: RawTable) -> None:
    here, there = set(table.rows.columns), set(before.rows.columns)
    if here == there:
        return
    found = [f"lacks {c!r}" for c in sorted(there - here)] + [
        f"has {c!r}, which {first.name} lacks" for c in sorted(here - there)
    ]
    raise LogError(
        f"{file}: has other columns than {first.name}: it {', '.join(found[:4])}; a folder is one "
        "log in several files; rename the columns or read them apart"
    )
