"""Excel workbooks."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl

from polku.errors import LogError
from polku.log.mapping import Mapping, nearest
from polku.log.raw import PLACE, RawTable
from polku.log.readers.provenance import source_file, stamp
from polku.log.readers.registry import Probe, reader
from polku.log.readers.tables import checked, not_empty

MAX_UNZIPPED = 2 << 30
"""Unzipped bytes of a workbook; a larger one comes as CSV or Parquet."""


def _is_workbook(seen: Probe) -> bool:
    if seen.head[:4] != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(seen.path) as book:
            return any(name.startswith("xl/") for name in book.namelist())
    except (zipfile.BadZipFile, OSError):
        return seen.name.endswith((".xlsx", ".xlsm"))


@reader("xlsx", suffixes=(".xlsx", ".xlsm"), sniff=_is_workbook)
def read_xlsx(
    path: str | Path, *, mapping: Mapping | None = None, sheet: str | None = None
) -> RawTable:
    """Read a sheet of a workbook: the one named, or the first; cells of dates become times.

    A column whose cells are partly text is text as a whole. Raises `LogError` for a file that is
    no workbook, an unknown sheet (the nearest is suggested), a column name given twice, no rows.
    """
    del mapping
    import fastexcel

    path = Path(path)
    before = stamp(path)
    try:
        with zipfile.ZipFile(path) as book:
            size = sum(i.file_size for i in book.infolist())
        if size > MAX_UNZIPPED:
            raise LogError(f"{path}: unzips to {size:,} bytes; save the log as CSV or Parquet")
        workbook = fastexcel.read_excel(path)
    except (zipfile.BadZipFile, fastexcel.FastExcelError) as e:
        raise LogError(f"{path}: is no whole Excel workbook ({e}); save it again") from e
    if sheet is not None and sheet not in workbook.sheet_names:
        hint = nearest(sheet, workbook.sheet_names)
        raise LogError(f"{path}: has no sheet {sheet!r}; {hint}")
    name = sheet or workbook.sheet_names[0]
    place = f"{path}#{name}"
    try:
        raw = workbook.load_sheet(name, header_row=None, n_rows=1, dtypes="string").to_polars()
        rows = workbook.load_sheet(name, schema_sample_rows=None).to_polars()
    except fastexcel.FastExcelError as e:
        raise LogError(f"{place}: cannot be read as a table ({e}); check the sheet") from e
    _check_header(raw, place)
    unnamed = [
        c.name for c in rows.iter_columns()
        if c.name.startswith("__UNNAMED__") and c.null_count() == rows.height
    ]  # fmt: skip
    rows = checked(rows.drop(unnamed), place)
    # sheets often have formatted rows without any value below (or between) the table
    rows = not_empty(rows.filter(~pl.all_horizontal(pl.all().exclude(PLACE).is_null())), place)
    # whole numbers come as floating-point ones: an id 7 must not become "7.0"
    whole = [
        c.name for c in rows.iter_columns()
        if c.dtype == pl.Float64 and ((c == c.round()) | c.is_null()).all()
        and (c.abs().max() or 0) < 2**53  # type: ignore[operator]
    ]  # fmt: skip
    rows = rows.with_columns(pl.col(whole).cast(pl.Int64))
    files = (source_file(before, f"xlsx ({name})", rows.height),)
    return RawTable(rows, files, "xlsx")


def _check_header(raw: pl.DataFrame, place: str) -> None:
    names = [str(v).strip() for v in raw.row(0) if v is not None] if raw.height else []
    if not names:
        raise LogError(f"{place}: the first row has no column names; put them there")
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise LogError(f"{place}: the column name {twice[0]!r} stands twice; rename one")
