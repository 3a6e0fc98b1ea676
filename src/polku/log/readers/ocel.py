"""The reader of OCEL 2.0 in its three forms: JSON, XML and SQLite."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from polku.errors import LogError, MappingError
from polku.log.mapping import Mapping
from polku.log.raw import RawTable
from polku.log.readers.provenance import source_file, stamp
from polku.log.readers.registry import Probe, reader
from polku.log.source import Assumption

SUFFIXES = (
    ".jsonocel", ".xmlocel", ".ocel.json", ".ocel.xml", ".ocel.sqlite", ".ocel", ".json",
)  # fmt: skip
_ZONE_MARK = "1970-01-01"


def is_ocel(seen: Probe) -> bool:
    """Whether the beginning of a file shows OCEL 2.0, or the older OCEL 1.0 to be refused."""
    if seen.head.startswith(b"SQLite format 3\x00"):
        return _is_ocel_sqlite(seen.path)
    text = seen.text.lstrip()
    if text.startswith("{"):
        return any(key in text for key in ('"objectTypes"', '"eventTypes"', '"ocel:'))
    return text.startswith("<") and ("<object-types" in text or "<event-types" in text)


@reader("ocel", suffixes=SUFFIXES, sniff=is_ocel, rank=20)
def read_ocel(
    path: str | Path, *, mapping: Mapping | None = None, case_type: str | None = None
) -> RawTable:
    """Read an OCEL 2.0 log and flatten it on one object type.

    `mapping`: its section `[ocel]` names the case type, the types whose events belong to it too
    (`through`), and those that are units and parties; `case_type` wins over it. Without either
    the type is guessed: see `RawTable.guesses` for the ground and the alternatives. Returns one
    row per (case object, event). Raises `LogError` for a file that is no OCEL 2.0, is cut off,
    has a document type or uses an id twice; `MappingError` for a type that it does not have.
    """
    import polars as pl

    from polku.log.readers.ocel_flatten import flatten
    from polku.log.readers.ocel_parse import parse

    path = Path(path)
    form = _form(path)
    before = stamp(path)
    log = parse(path, form)
    file = source_file(before, f"OCEL 2.0 {form}", log.events.height)
    how = (mapping or Mapping()).ocel
    if case_type is not None:
        how = replace(how, case_type=case_type)
    try:
        table = flatten(log, how, file)
    except (LogError, MappingError) as e:
        raise type(e)(f"{path}: {e}") from e
    first = log.object_values.filter(log.object_values["time"].str.starts_with(_ZONE_MARK))
    marks = set(first["time"].str.slice(11, 8).to_list())
    naive = table.rows["ocel:timestamp"].dtype == pl.Datetime("us")
    if naive and len(marks) == 1 and (mark := marks.pop()) != "00:00:00":
        note = Assumption(
            "cannot", "time",
            f"times have no zone; initial values stand at {_ZONE_MARK} {mark}, which OCEL writes "
            "as midnight UTC, so they are local times of a zone that many hours ahead in 1970; "
            "give it as [time] zone",
        )  # fmt: skip
        table = replace(table, assumptions=(*table.assumptions, note))
    return table


def _is_ocel_sqlite(path: Path) -> bool:
    import sqlite3
    from contextlib import closing
    from urllib.parse import quote

    sql = "select count(*) from sqlite_master where name in ('event_object', 'object_map_type')"
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)
        ) as connection:
            return bool(connection.execute(sql).fetchone()[0] == 2)
    except sqlite3.Error:
        return False  # another reader will say what is wrong with the database


def _form(path: Path) -> str:
    import gzip
    import zlib

    from polku.log.readers.ocel_parse import open_bytes

    with open_bytes(path) as f:
        try:
            head = f.read(4096)
        except (EOFError, zlib.error, gzip.BadGzipFile) as e:
            raise LogError(f"{path}: the gzip file is cut off or damaged; fetch it again") from e
    if head.startswith(b"SQLite format 3\x00"):
        return "SQLite"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        return "JSON"
    if text.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return "XML"
    found = "an empty file" if not head else repr(head[:12])
    raise LogError(f"{path}: is no OCEL in JSON, XML or SQLite: found {found}; check the file")
