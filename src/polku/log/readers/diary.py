"""The reader of the contact diary, also one that people have filled in by hand with slips."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from polku.errors import LogError, MappingError
from polku.log.mapping import (
    CaseColumns,
    Closed,
    Columns,
    Mapping,
    Outcome,
    Times,
)
from polku.log.raw import ORDER, RawTable
from polku.log.readers.diary_form import (
    COLUMNS,
    NEEDED,
    write_diary,
)
from polku.log.readers.diary_rows import Faults, entry, plain, table
from polku.log.readers.provenance import source_file, stamp
from polku.log.readers.registry import Probe, reader
from polku.log.source import Assumption

if TYPE_CHECKING:
    pass

__all__ = ["read_diary", "write_diary"]

ZONE = "Europe/Helsinki"
MOST_ROWS = 100_000
_HEADER_ROWS = 5


def _names() -> dict[str, str]:
    out = {}
    for column in COLUMNS:
        for name in (column.key, *column.names):
            out[plain(name)] = column.key
    return out


def _header(row: Sequence[str | None]) -> dict[str, int]:
    """Key → position, for the cells of a row that name a column in any language."""
    names = _names()
    out: dict[str, int] = {}
    for i, cell in enumerate(row):
        parts = [plain(p) for p in re.split(r"[/\n|]", cell or "")]
        key = next((names[p] for p in (plain(cell or ""), *parts) if p in names), None)
        if key is not None and key not in out:
            out[key] = i
    return out


def is_diary(seen: Probe) -> bool:
    """Whether a file is a contact diary, by its header in any language."""
    if seen.head.startswith(b"PK\x03\x04"):
        import fastexcel

        try:
            rows = _sheet_rows(seen.path, most=_HEADER_ROWS)
        except fastexcel.FastExcelError:
            return False  # the reader of workbooks says what is wrong with it
    else:
        lines = seen.text.splitlines()[:_HEADER_ROWS]
        if any("\ufffd" in line for line in lines):
            lines = seen.head.decode("cp1252", "replace").splitlines()[:_HEADER_ROWS]
        rows = [tuple(re.split("[;\t,]", line.replace('"', ""))) for line in lines]
    return any(_is_header(_header(row)) for row in rows[:_HEADER_ROWS])


def _is_header(found: dict[str, int]) -> bool:
    return set(NEEDED) <= found.keys() and bool({"started_by", "minutes_city"} & found.keys())


def _sheet_rows(
    path: Path, sheet: str | None = None, most: int | None = None
) -> list[tuple[str | None, ...]]:
    import fastexcel

    book = fastexcel.read_excel(str(path))
    name = sheet or ("Diary" if "Diary" in book.sheet_names else 0)
    cells = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=most, dtypes="string")
    rows: list[tuple[str | None, ...]] = cells.to_polars().rows()
    return rows


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _csv_rows(path: Path) -> list[tuple[str | None, ...]]:
    text = _decoded(path.read_bytes())
    first = text.split("\n", 1)[0]
    delimiter = max(";\t,", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as e:
        raise LogError(f"{path}: is not a readable CSV file ({e}); save it again") from e
    return [tuple(cell if cell.strip() else None for cell in row) for row in rows]


@reader("diary", sniff=is_diary, rank=30)
def read_diary(
    path: str | Path, *, mapping: Mapping | None = None, sheet: str | None = None
) -> RawTable:
    """Read a contact diary (.xlsx or .csv, header in Finnish, Swedish, English or by key).

    `mapping`: only its `[time] zone` is used (default Europe/Helsinki); `sheet`: a sheet's name
    (default: the one named "Diary", else the first). Returns one row per
    contact or step, with all roles and a complete mapping. A row without matter, date or step is
    dropped and named with what to do; another slip costs its cell only and is named too. Raises
    `LogError` for a file without the header, or where no row can be used.
    """
    import fastexcel

    path = Path(path)
    before = stamp(path)
    zone = _zone((mapping.time.zone if mapping else None) or ZONE)
    with path.open("rb") as f:
        excel = f.read(4) == b"PK\x03\x04"
    try:
        cells = _sheet_rows(path, sheet) if excel else _csv_rows(path)
    except fastexcel.FastExcelError as e:
        first = str(e).splitlines()[0]
        raise LogError(f"{path}: is no readable workbook ({first}); save it again") from e
    if len(cells) > MOST_ROWS:
        raise LogError(f"{path}: more than {MOST_ROWS} rows; a diary holds a few hundred")
    heads = [i for i, row in enumerate(cells[:_HEADER_ROWS]) if _is_header(_header(row))]
    if not heads:
        raise LogError(
            f"{path}: no header of a contact diary in the first {_HEADER_ROWS} rows; keep the "
            "header rows of the form (polku inspect --diary writes a new one)"
        )
    header = _header(cells[heads[0]])
    faults = Faults()
    entries = [
        one
        for number, row in enumerate(cells[heads[-1] + 1 :], start=heads[-1] + 2)
        if (one := entry({k: row[i] for k, i in header.items() if i < len(row)}, number,
                            zone, faults)) is not None
    ]  # fmt: skip
    if not entries and any(code != "example_row" for code in faults.found):
        worst = next(p[2][0] for c, p in sorted(faults.found.items()) if c != "example_row")
        raise LogError(f"{path}: no row can be read; the first fault: {worst}")
    rows = table(entries, faults)
    untimed = sum(not e.timed for e in entries)
    complete = _mapping(zone.key, untimed / len(entries) if entries else 0.0)
    file = source_file(before, "contact diary", len(entries) + _dropped(faults))
    notes = [
        Assumption("assumed", "time", f"dates and times of the diary are local to {zone.key}"),
        Assumption("assumed", "closed", "a matter is open until a row says how it ended"),
        Assumption("assumed", "due", "a promise holds until the end of the promised day"),
    ]
    if untimed:
        text = f"{untimed} of {len(entries)} rows have no time of day; they stand at midnight"
        notes.append(Assumption("cannot", "time", text))
    roles = {k: v for k, v in vars(complete.columns).items() if v is not None}
    return RawTable(
        rows, (file,), "contact diary", roles, ordered=True, issues=faults.issues(),
        mapping=complete, assumptions=tuple(notes),
    )  # fmt: skip


def _dropped(faults: Faults) -> int:
    return sum(len(p) for _, drop, p in faults.found.values() if drop)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as e:
        raise MappingError(
            f"[time] zone: {name!r} is no time zone; write it like 'Europe/Helsinki'"
        ) from e


def _mapping(zone: str, untimed: float) -> Mapping:
    return Mapping(
        columns=Columns(
            case="matter", activity="step", time="when", start="began", agency="agency",
            unit="unit", resource="person", channel="channel", order=ORDER, contact="contact",
            kind="event",
        ),
        cases=CaseColumns(
            due="case:due", kind="case:kind", customer="case:customer", segments=("case:segment",)
        ),
        time=Times(zone=zone, day_granular_share=untimed),
        closed=Closed(rule="column", column="case:closed", end="case:end"),
        outcome=Outcome(
            column="case:outcome", decided=("decided",), withdrawn=("withdrawn",),
            rejected=("rejected",), expired=("expired",),
        ),
    )  # fmt: skip
