"""Tables and queries of databases: SQLite files and PostgreSQL servers, read only."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import polars as pl

from polku.errors import LogError
from polku.log.mapping import Mapping, nearest
from polku.log.raw import RawTable
from polku.log.readers.provenance import source_file, stamp
from polku.log.readers.registry import Probe, reader
from polku.log.readers.tables import checked, not_empty
from polku.log.source import SourceFile

FETCH = 50_000
TIMEOUT_SECONDS = 600


def _is_sqlite(seen: Probe) -> bool:
    return seen.head.startswith(b"SQLite format 3\0")


@reader(
    "sqlite",
    suffixes=(".sqlite", ".sqlite3", ".db"),
    schemes=("sqlite",),
    sniff=_is_sqlite,
    rank=-5,
)
def read_sqlite(
    place: str | Path,
    *,
    mapping: Mapping | None = None,
    table: str | None = None,
    query: str | None = None,
) -> RawTable:
    """Read a table or query of an SQLite file: `sqlite:///f.db?table=events` or `?query=SELECT…`.

    A path without either takes the only table there is. The file is opened read-only. Raises
    `LogError` for a damaged file, an unknown table (the nearest is suggested), several tables and
    none named, a query that fails.
    """
    del mapping
    path, asked = _sqlite_place(place)
    table, query = table or asked.get("table"), query or asked.get("query")
    before = stamp(path)
    try:
        link = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            if query is None:
                query = _table_query(link, path, table)
            cursor = link.execute(query)
            rows = _frame([d[0] for d in cursor.description or ()], cursor, str(path))
        finally:
            link.close()
    except sqlite3.Error as e:
        raise LogError(f"{path}: {e}; check the table, the query or the file") from e
    rows = checked(not_empty(rows, str(path)), str(path))
    files = (source_file(before, f"sqlite ({query})", rows.height),)
    return RawTable(rows, files, "sqlite")


def _sqlite_place(place: str | Path) -> tuple[Path, dict[str, str]]:
    text = str(place)
    if not text.startswith("sqlite://"):
        return Path(place), {}
    parts = urlsplit(text)
    name = unquote(parts.path)
    # sqlite:///f.db is relative, sqlite:////tmp/f.db absolute, as elsewhere
    return Path(name[1:] if name.startswith("/") else name), _asked(parts.query, text)


def _asked(query: str, text: str) -> dict[str, str]:
    asked = dict(parse_qsl(query, keep_blank_values=True))
    odd = sorted(set(asked) - {"table", "query", "host", "port", "sslmode", "connect_timeout"})
    if odd:
        raise LogError(f"{_shown(text)}: unknown part {odd[0]!r}; use ?table= or ?query=")
    return asked


def _table_query(link: sqlite3.Connection, path: Path, table: str | None) -> str:
    found = link.execute(
        "SELECT name FROM sqlite_master "
        "WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    )
    tables = sorted(str(row[0]) for row in found)
    if table is None:
        if len(tables) != 1:
            names = ", ".join(tables[:12]) or "none"
            raise LogError(
                f"{path}: has {len(tables)} tables ({names}); name one: "
                f"sqlite:///{path.name}?table=NAME"
            )
        table = tables[0]
    if table not in tables:
        raise LogError(f"{path}: has no table {table!r}; {nearest(table, tables)}")
    return 'SELECT * FROM "' + table.replace('"', '""') + '"'


@reader("postgresql", schemes=("postgresql", "postgres"))
def read_postgresql(
    place: str,
    *,
    mapping: Mapping | None = None,
    table: str | None = None,
    query: str | None = None,
) -> RawTable:
    """Read a query of a PostgreSQL server: `postgresql://user@host/db?query=SELECT…`.

    The transaction is read-only, so no query can change anything. The password comes from the
    usual places (PGPASSWORD, .pgpass). Raises `LogError` when the server cannot be reached or the
    query fails.
    """
    del mapping
    import psycopg
    from psycopg import sql

    parts = urlsplit(place)
    asked = _asked(parts.query, place)
    table, query = table or asked.pop("table", None), query or asked.pop("query", None)
    if (table is None) == (query is None):
        raise LogError(f"{_shown(place)}: name what to read, either ?table=NAME or ?query=SELECT…")
    rest = "&".join(f"{k}={v}" for k, v in asked.items() if k not in ("table", "query"))
    server = urlunsplit(parts._replace(query=rest))
    try:
        with psycopg.connect(server, connect_timeout=10) as link:
            link.read_only = True
            link.execute(f"SET LOCAL statement_timeout = '{TIMEOUT_SECONDS}s'")
            link.execute("SET LOCAL TIME ZONE 'UTC'")
            statement: Any = query
            if table is not None:
                statement = sql.SQL("SELECT * FROM {}").format(sql.Identifier(*table.split(".")))
            with link.cursor() as cursor:
                cursor.execute(statement)
                names = [d.name for d in cursor.description or ()]
                rows = _frame(names, cursor, _shown(place))
    except psycopg.Error as e:
        found = " ".join(str(e).split())[:200]
        raise LogError(f"{_shown(place)}: {found}; check the address, the table or query") from e
    rows = checked(not_empty(rows, _shown(place)), _shown(place))
    sha = hashlib.sha256(rows.write_csv().encode()).hexdigest()
    size = int(rows.estimated_size())
    name = f"{parts.hostname or 'local'}{parts.path}"
    files = (SourceFile(name, sha, size, f"postgresql ({query or table})", rows.height),)
    return RawTable(rows, files, "postgresql")


def _frame(names: Sequence[str], cursor: Any, place: str) -> pl.DataFrame:
    """A cursor's rows, column by column; a column of several types becomes text."""
    if not names:
        raise LogError(f"{place}: the query gives no rows; write a SELECT")
    twice = sorted({n for n in names if list(names).count(n) > 1})
    if twice:
        raise LogError(f"{place}: the column name {twice[0]!r} comes twice; rename one with AS")
    columns: list[list[Any]] = [[] for _ in names]
    while part := cursor.fetchmany(FETCH):
        for column, values in zip(columns, zip(*part, strict=True), strict=True):
            column.extend(values)
    return pl.DataFrame(
        [_series(name, values) for name, values in zip(names, columns, strict=True)]
    )


def _series(name: str, values: list[Any]) -> pl.Series:
    types = {type(v) for v in values if v is not None}
    if len(types) > 1 and not types <= {int, float}:
        return pl.Series(name, [None if v is None else str(v) for v in values], dtype=pl.String)
    if types and not types & {bytes, list, dict, tuple, memoryview}:
        known = (str, int, float, bool)
        if not any(issubclass(t, known) for t in types) and next(iter(types)).__name__ not in (
            "datetime", "date", "Decimal", "time", "timedelta",
        ):  # fmt: skip
            return pl.Series(name, [None if v is None else str(v) for v in values])
    return pl.Series(name, values, strict=False)


def _shown(place: str) -> str:
    """A database's address for messages, without user and password."""
    parts = urlsplit(place)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
