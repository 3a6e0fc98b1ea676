"""The reader of OCEL 2.0 in its three forms: JSON, XML and SQLite."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from polku.errors import LogError, MappingError
from polku.log.mapping import Mapping
from polku.log.raw import RawTable
from polku.log.source import Assumption, SourceFile

_ZONE_MARK = "1970-01-01"


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
    before = _state(path)
    log = parse(path, form)
    file = SourceFile(path.name, _sha256(path), before[0], f"OCEL 2.0 {form}", log.events.height)
    if _state(path) != before:
        raise LogError(f"{path}: changed while it was read; wait until it is complete")
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


def is_ocel(path: Path, head: bytes) -> bool:
    """Whether a file's first bytes (unpacked) look like OCEL of any form."""
    if head.startswith(b"SQLite format 3\x00"):
        return _is_ocel_sqlite(path)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        return any(k in head for k in (b'"objectTypes"', b'"eventTypes"', b'"ocel:', b'"objects"'))
    return text.startswith(b"<") and (b"<object-types" in head or b"<event-types" in head)


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


def _sha256(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _state(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError as e:
        raise LogError(f"{path}: cannot be read ({e.strerror}); check the path") from e
    return stat.st_size, stat.st_mtime_ns
