"""OCEL 2.0 of a log, as JSON and as SQLite (https://www.ocel-standard.org)."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from polku.log.objects import Objects, Value

_SQL_TYPES = {
    "string": "TEXT", "time": "TIMESTAMP", "integer": "INTEGER", "float": "REAL",
    "boolean": "BOOLEAN",
}  # fmt: skip


def write_json(view: Objects, file: Path) -> None:
    """Write the JSON form, an element per line."""
    types = [
        {"name": name, "attributes": _declared(view.attributes)} for name in view.event_types()
    ]
    objects = [
        {"name": name, "attributes": _declared(found)}
        for name, found in view.object_attributes.items()
    ]
    with file.open("w", encoding="utf-8") as sink:
        sink.write("{")
        _list(sink, "objectTypes", objects)
        sink.write(",\n")
        _list(sink, "eventTypes", types)
        sink.write(",\n")
        _list(
            sink,
            "objects",
            (
                {
                    "id": o.id,
                    "type": o.type,
                    "attributes": [
                        {"name": k, "time": o.since, "value": v} for k, v in o.attributes.items()
                    ],
                    "relationships": _relations(o.related),
                }
                for o in view.objects()
            ),
        )
        sink.write(",\n")
        _list(
            sink,
            "events",
            (
                {
                    "id": e.id,
                    "type": e.type,
                    "time": e.time,
                    "attributes": [{"name": k, "value": v} for k, v in e.attributes.items()],
                    "relationships": _relations(e.related),
                }
                for e in view.events()
            ),
        )
        sink.write("}\n")


def _declared(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in attributes.items()]


def _relations(related: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"objectId": other, "qualifier": qualifier} for other, qualifier in related]


def _list(sink: TextIO, name: str, items: Iterable[dict[str, Any]]) -> None:
    sink.write(f'"{name}": [')
    for number, item in enumerate(items):
        sink.write(",\n" if number else "\n")
        sink.write(json.dumps(item, ensure_ascii=False))
    sink.write("]")


def write_sqlite(view: Objects, file: Path) -> None:
    """Write the SQLite form: a table for each type of event and of object."""
    file.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as base, base:
        events = _type_tables(base, "event", dict.fromkeys(view.event_types(), view.attributes))
        objects = _type_tables(base, "object", view.object_attributes)
        base.execute(
            "CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, "
            "ocel_qualifier TEXT, PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier))"
        )
        base.execute(
            "CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, "
            "ocel_qualifier TEXT, PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier))"
        )
        for block in _blocks(view.objects()):
            base.executemany("INSERT INTO object VALUES (?, ?)", [(o.id, o.type) for o in block])
            base.executemany(
                "INSERT INTO object_object VALUES (?, ?, ?)",
                [(o.id, other, q) for o in block for other, q in o.related],
            )
            for o in block:
                names = view.object_attributes[o.type]
                values = [o.attributes.get(n) for n in names]
                base.execute(objects[o.type], [o.id, o.since, None, *values])
        for found in _blocks(view.events()):
            base.executemany("INSERT INTO event VALUES (?, ?)", [(e.id, e.type) for e in found])
            base.executemany(
                "INSERT INTO event_object VALUES (?, ?, ?)",
                [(e.id, other, q) for e in found for other, q in e.related],
            )
            for e in found:
                row: list[Value] = [e.attributes.get(n) for n in view.attributes]
                base.execute(events[e.type], [e.id, e.time, *row])


def _type_tables(
    base: sqlite3.Connection, what: str, types: dict[str, dict[str, str]]
) -> dict[str, str]:
    """Make the tables of all types; type → the statement that adds a row."""
    base.execute(f"CREATE TABLE {what} (ocel_id TEXT PRIMARY KEY, ocel_type TEXT)")
    base.execute(f"CREATE TABLE {what}_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT)")
    statements = {}
    for number, (name, attributes) in enumerate(types.items(), start=1):
        short = re.sub(r"\W+", "", name.title(), flags=re.ASCII) or "Type"
        table = f"{short}{number}"
        base.execute(f"INSERT INTO {what}_map_type VALUES (?, ?)", (name, table))
        columns = ["ocel_id TEXT", "ocel_time TIMESTAMP"]
        columns += ["ocel_changed_field TEXT"] if what == "object" else []
        columns += [f"{_quoted(n)} {_SQL_TYPES[kind]}" for n, kind in attributes.items()]
        base.execute(f"CREATE TABLE {_quoted(f'{what}_{table}')} ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        statements[name] = f"INSERT INTO {_quoted(f'{what}_{table}')} VALUES ({marks})"
    return statements


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _blocks(items: Iterable[Any], size: int = 20_000) -> Iterator[list[Any]]:
    iterator = iter(items)
    while block := list(islice(iterator, size)):
        yield block
