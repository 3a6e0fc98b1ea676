"""The SQLite form of OCEL 2.0."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from polku.errors import LogError
from polku.log.readers.ocel_parse import MOST_BYTES, ObjectLog, Rows, as_text, not_ocel, too_large


def parse_sqlite(path: Path) -> ObjectLog:
    """Read the tables of an OCEL 2.0 database, read only.

    Raises `LogError` for a damaged database, one of another kind, or rows that contradict.
    """
    if path.stat().st_size > MOST_BYTES["SQLite"]:
        too_large(path, "SQLite")
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)
    except sqlite3.Error as e:
        raise LogError(f"{path}: cannot be opened as SQLite ({e}); check the path") from e
    with closing(connection):
        try:
            connection.execute("pragma query_only = on")
            connection.execute("pragma trusted_schema = off")
            damage = connection.execute("pragma quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise LogError(f"{path}: the database is damaged ({damage}); fetch it again")
            return _tables(path, connection)
        except sqlite3.Error as e:
            raise LogError(f"{path}: cannot be read as OCEL SQLite ({e}); fetch it again") from e


def _tables(path: Path, connection: sqlite3.Connection) -> ObjectLog:
    tables = {r[0] for r in connection.execute("select name from sqlite_master where type='table'")}
    for name in ("event", "object", "event_object", "event_map_type", "object_map_type"):
        if name not in tables:
            not_ocel(path, f"no table {name!r}")

    def query(table: str, columns: Iterable[str]) -> list[tuple[Any, ...]]:
        have = _declared(connection, table)
        for column in columns:
            if column not in have:
                raise LogError(f"{path}: table {table!r} has no column {column!r}; export it again")
        sql = f"select {', '.join(map(_quoted, columns))} from {_quoted(table)}"
        return connection.execute(sql).fetchall()

    out = Rows()
    for one, known in (("object", out.object_types), ("event", out.event_types)):
        times: dict[str, str | None] = {}
        known_ids = set()
        for ident, kind in query(one, ("ocel_id", "ocel_type")):
            known_ids.add(str(ident))
            out.rows[one + "s"].append((str(ident), str(kind)))
        for kind, mapped in query(one + "_map_type", ("ocel_type", "ocel_type_map")):
            table = f"{one}_{mapped}"
            if table not in tables:
                raise LogError(f"{path}: type {kind!r} has no table {table!r}; export it again")
            known[str(kind)] = _type_table(path, connection, query, table, one, out, times)
        strangers = sorted(times.keys() - known_ids)
        if strangers:
            raise LogError(
                f"{path}: {one} {strangers[0]!r} stands in the table of a type but not in table "
                f"{one!r} ({len(strangers)} such); export it again"
            )
        if one == "event":
            out.rows["events"] = [(*r, times.get(str(r[0]))) for r in out.rows["events"]]
    for row in query("event_object", ("ocel_event_id", "ocel_object_id", "ocel_qualifier")):
        out.rows["event_links"].append(tuple(map(as_text, row)))
    if "object_object" in tables:
        columns = ("ocel_source_id", "ocel_target_id", "ocel_qualifier")
        for row in query("object_object", columns):
            out.rows["object_links"].append(tuple(map(as_text, row)))
    return out.log()


def _type_table(
    path: Path,
    connection: sqlite3.Connection,
    query: Callable[[str, Iterable[str]], list[tuple[Any, ...]]],
    table: str,
    one: str,
    out: Rows,
    times: dict[str, str | None],
) -> dict[str, str]:
    declared = _declared(connection, table)
    own = {"ocel_id", "ocel_time", "ocel_changed_field"}
    names = [c for c in declared if c not in own]
    columns = ["ocel_id", *[c for c in ("ocel_time", "ocel_changed_field") if c in declared]]
    if one == "event" and "ocel_time" not in declared:
        columns.append("ocel_time")  # the query says what is missing
    for row in query(table, [*columns, *names]):
        head = dict(zip(columns, row, strict=False))
        ident, time = str(head["ocel_id"]), as_text(head.get("ocel_time"))
        if one == "event" and ident in times:
            raise LogError(
                f"{path}: event {ident!r} stands twice in the tables of the types; export it again"
            )
        times[ident] = time
        changed = head.get("ocel_changed_field")
        for name, value in zip(names, row[len(columns) :], strict=True):
            if (changed is None and value is not None) or changed == name:
                text = as_text(value)
                if declared[name] == "boolean" and value in (0, 1):
                    text = "true" if value else "false"
                out.rows[one + "_values"].append(
                    (ident, name, time, text) if one == "object" else (ident, name, text)
                )
    return {name: declared[name] for name in names}


def _declared(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    kinds = {"INT": "integer", "REAL": "float", "FLOAT": "float", "DOUB": "float",
             "BOOL": "boolean", "TIME": "time", "DATE": "time"}  # fmt: skip
    out = {}
    for _, name, declared, *_ in connection.execute(f"pragma table_info({_quoted(table)})"):
        kind = next((k for word, k in kinds.items() if word in declared.upper()), "string")
        out[name] = kind
    return out


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
