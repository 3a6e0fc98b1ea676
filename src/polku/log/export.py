"""Export: a log as a file for other tools, which Polku itself reads back exactly."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from polku.errors import LogError
from polku.log.atomic import disk_errors
from polku.log.eventlog import EventLog
from polku.log.flat import TIME, Flat, flat
from polku.log.mapping import Mapping
from polku.log.origin import packed

if TYPE_CHECKING:
    import polars as pl

EXCEL_ROWS = 1_048_575
"""Rows of data that a sheet can hold."""
EXCEL_TEXT = 32_767
"""Characters that a cell can hold."""
_FORMULA = r"^\s*(?:[=+@]|-[^\d.,\s])"
"""How a cell begins that a spreadsheet takes for a formula; a negative number is none."""
SUFFIXES = (".xes.gz", ".xes", ".csv.gz", ".csv", ".parquet", ".xlsx", ".ocel.json", ".sqlite")


def export(
    log: EventLog, path: str | Path, *, warn: Callable[[str], object] | None = None
) -> tuple[Path, ...]:
    """Write a log in the form that the suffix names, and return the files written.

    .xes, .csv (also with .gz), .parquet and .xlsx hold one row (or start/complete pair) per step,
    with an `order` column; .ocel.json and .sqlite are OCEL 2.0. Beside the file stands
    `FILE.mapping.toml`, by which reading back is exact (OCEL adds columns of its own; in XES a
    column without any value is lost). Each file is written under a provisional name and
    renamed. `warn` is told in one line of cells of a CSV that a spreadsheet takes for formulas;
    they stand as they are, since reading back is exact. Raises `LogError` for an unknown suffix,
    values that the form cannot hold, and a full disk.

    >>> import polku, tempfile
    >>> from polku.log.export import SUFFIXES
    >>> ".ocel.json" in SUFFIXES
    True
    """
    target = Path(path)
    suffix = next((s for s in SUFFIXES if target.name.lower().endswith(s)), None)
    if suffix is None:
        raise LogError(
            f"{target}: an export ends in one of {', '.join(SUFFIXES)}; choose one of them"
        )
    note = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if suffix in (".ocel.json", ".sqlite"):
            from polku.log.export_ocel import write_json, write_sqlite
            from polku.log.objects import objects_of

            view = objects_of(log)
            write = write_json if suffix == ".ocel.json" else write_sqlite
            _replacing(target, lambda f: write(view, f))
            mapping = view.mapping
        else:
            table = _table(log, suffix)
            _replacing(target, lambda f: _WRITERS[suffix.removesuffix(".gz")](table, f, target))
            mapping = table.mapping
            note = _formulas(table, suffix)
        with target.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        mapping = replace(mapping, provenance=packed(log.source, digest))
        beside = sidecar_path(target)
        _replacing(beside, lambda f: f.write_text(_toml(mapping, note), encoding="utf-8"))
        if note and warn is not None:
            warn(f"{target}: {note}")
        return target, beside
    except OSError as e:
        raise LogError(f"{target}: cannot be written ({e.strerror}); check place and rights") from e


def sidecar_path(path: str | Path) -> Path:
    """Where the mapping of an exported file stands: `FILE.mapping.toml`, without `.gz`.

    >>> sidecar_path("permits.csv.gz").name
    'permits.csv.mapping.toml'
    """
    path = Path(path)
    return path.with_name(path.name.removesuffix(".gz") + ".mapping.toml")


def _table(log: EventLog, suffix: str) -> Flat:
    if suffix.startswith(".xes"):
        from polku.log.export_xes import NAMES, in_pairs

        return in_pairs(flat(log, NAMES))
    return flat(log)


def _toml(mapping: Mapping, note: str) -> str:
    head = "# Written by polku export; it belongs to the file beside it.\n"
    return head + (f"# {note}\n" if note else "") + "\n" + mapping.to_toml()


def _formulas(table: Flat, suffix: str) -> str:
    """What is to be known of a CSV's cells that a spreadsheet would run as formulas."""
    import polars as pl

    if not suffix.startswith(".csv"):
        return ""  # in a workbook such a cell is marked as text
    texts = table.rows.select(pl.col(pl.String))
    count = sum(int(c.str.contains(_FORMULA).sum()) for c in texts.iter_columns())
    return "" if not count else (
        f"{count:,} cells begin with = + - or @, which a spreadsheet takes for a formula; they "
        "stand as they are, so that reading back is exact: open the file as text, or export .xlsx"
    )  # fmt: skip


def _replacing(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file under a provisional name, then rename it; a fault leaves nothing behind."""
    provisional = target.with_name(f".{target.name}.draft")
    try:
        with disk_errors(target):
            write(provisional)
            provisional.replace(target)
    finally:
        provisional.unlink(missing_ok=True)


def _csv(table: Flat, file: Path, target: Path) -> None:
    rows = with_text_times(table.rows)
    if target.name.lower().endswith(".gz"):
        with file.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as sink:
            rows.write_csv(cast(IO[bytes], sink))
    else:
        rows.write_csv(file)


def _parquet(table: Flat, file: Path, target: Path) -> None:  # noqa: ARG001
    table.rows.write_parquet(file, compression="zstd", statistics=False)


def _xlsx(table: Flat, file: Path, target: Path) -> None:
    import polars as pl
    import xlsxwriter

    rows = with_text_times(table.rows)
    if rows.height > EXCEL_ROWS:
        raise LogError(
            f"{target}: {rows.height:,} events do not fit a sheet ({EXCEL_ROWS:,} rows); "
            "export .csv or .parquet"
        )
    long = [
        c for c, t in rows.schema.items()
        if t == pl.String and (rows[c].str.len_chars().max() or 0) > EXCEL_TEXT  # type: ignore[operator]
    ]  # fmt: skip
    if long:
        raise LogError(
            f"{target}: column {long[0]!r} holds texts longer than a cell ({EXCEL_TEXT:,} "
            "characters); export .csv or .parquet"
        )
    # Numbers as text keep every digit and their type; only the order stays a number.
    texts = rows.with_columns(pl.all().exclude("order").cast(pl.String))
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    made = io.BytesIO()  # a workbook that cannot be closed on a full disk cannot be left either
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"created": _FIXED})
        sheet = book.add_worksheet("events")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, texts.columns, bold)
        for number, row in enumerate(texts.iter_rows(), start=1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                elif value is not None:
                    sheet.write_number(number, column, value)
    file.write_bytes(made.getvalue())


def _xes(table: Flat, file: Path, target: Path) -> None:
    from polku.log.export_xes import write_xes

    write_xes(table, file, zipped=target.name.lower().endswith(".gz"))


def with_text_times(rows: pl.DataFrame) -> pl.DataFrame:
    """Moments as ISO 8601 in UTC, to the microsecond; truth values and lists as text."""
    import polars as pl
    import polars.selectors as cs

    nested = [c for c, t in rows.schema.items() if t.is_nested()]
    if nested:
        raise LogError(f"column {nested[0]!r} holds lists, which this form cannot; export .parquet")
    return rows.with_columns(
        cs.datetime(time_zone="*").dt.convert_time_zone("UTC").dt.strftime(TIME),
        cs.boolean().cast(pl.String),
    )


def _fixed_date() -> object:
    from datetime import datetime

    return datetime(2000, 1, 1)  # the same log gives the same bytes


_FIXED = _fixed_date()
_WRITERS: dict[str, Callable[[Flat, Path, Path], None]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
    ".xes": _xes,
}
