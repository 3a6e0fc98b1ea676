"""Parquet, Excel, databases, folders, and the registry they stand in."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import polars as pl
import pytest

from polku.errors import LogError
from polku.log.raw import PLACE, RawTable
from polku.log.readers import parquet
from polku.log.readers.registry import read_raw, reader, readers

TABLE = pl.DataFrame(
    {
        "case": ["007", "NA", ""],
        "activity": pl.Series(["a", "b", "a"], dtype=pl.Categorical),
        "time": [datetime(2024, 1, 2, 10, 30)] * 3,
        "fee": [1, 2, None],
    }
)


def test_parquet_keeps_types_and_ids(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    TABLE.with_columns(at=pl.col("time").dt.replace_time_zone("Europe/Helsinki")).write_parquet(
        path
    )
    raw = read_raw(path)
    assert raw.rows["case"].to_list() == ["007", "NA", ""]
    assert raw.rows["activity"].dtype == pl.String
    assert raw.rows["time"].dtype == pl.Datetime("us")
    assert raw.rows["at"].dtype == pl.Datetime("us", "UTC")
    assert raw.rows["at"][0].hour == 8
    assert raw.rows[PLACE].to_list() == [1, 2, 3]


def test_parquet_batches_are_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    pl.concat([TABLE] * 10).write_parquet(path, row_group_size=7)
    parts = list(parquet.open_batches(path, rows=4))
    assert len(parts) > 5
    assert pl.concat(parts).equals(read_raw(path).rows)


def test_bad_parquet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    TABLE.with_columns(tags=pl.lit([1, 2])).write_parquet(path)
    with pytest.raises(LogError, match=r"column 'tags' holds List\(Int64\)"):
        read_raw(path)
    TABLE.write_parquet(path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(LogError, match="no whole Parquet file"):
        read_raw(path)
    with pytest.raises(LogError, match="no whole Parquet file"):
        list(parquet.open_batches(path))
    TABLE.clear().write_parquet(path)
    with pytest.raises(LogError, match="has no rows"):
        read_raw(path)


def test_excel_sheets_are_read_by_name_with_dates_as_times(tmp_path: Path) -> None:
    path = tmp_path / "log.xlsx"
    TABLE.with_columns(pl.col("activity").cast(pl.String)).write_excel(path, worksheet="Loki")
    for place in (path, f"{path}#Loki"):
        raw = read_raw(place)
        assert raw.rows["case"].to_list()[:2] == ["007", "NA"]
        assert raw.rows["time"].dtype.is_temporal()
        assert raw.rows["time"][0] == datetime(2024, 1, 2, 10, 30)
        assert raw.rows["fee"].to_list() == [1, 2, None]
    with pytest.raises(LogError, match="no sheet 'Log'; did you mean 'Loki'"):
        read_raw(f"{path}#Log")
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(LogError, match="no whole Excel workbook"):
        read_raw(path)


def test_excel_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["case", "time", "case"], ["1", "2", "3"]):
        book.active.append(row)
    book.save(tmp_path / "log.xlsx")
    with pytest.raises(LogError, match="'case' stands twice"):
        read_raw(tmp_path / "log.xlsx")


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    path = tmp_path / "log.db"
    with sqlite3.connect(path) as link:
        link.execute("CREATE TABLE events (case_id TEXT, activity TEXT, time TEXT, fee REAL)")
        link.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?)",
            [("007", "a", "2024-01-02 10:00", 1), ("NA", "b", "2024-01-02 11:00", None)],
        )
    link.close()
    return path


def test_sqlite_is_read_by_its_only_table_a_table_or_a_query(sqlite_file: Path) -> None:
    whole = read_raw(sqlite_file)
    assert whole.rows["case_id"].to_list() == ["007", "NA"]
    assert read_raw(f"sqlite:///{sqlite_file}?table=events").rows.equals(whole.rows)
    some = read_raw(f"sqlite:///{sqlite_file}?query=SELECT activity, fee FROM events WHERE fee=1")
    assert some.rows.drop(PLACE).rows() == [("a", 1.0)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("table=event", "no table 'event'; did you mean 'events'"),
        ("query=SELECT x FROM events", "no such column: x"),
        ("query=DROP TABLE events", "readonly"),
        ("query=SELECT fee, fee FROM events", "'fee' comes twice"),
        ("query=SELECT * FROM events WHERE 0", "has no rows"),
        ("tabel=events", "unknown part 'tabel'"),
    ],
)
def test_a_wrong_question_to_sqlite_is_one_clear_line(
    sqlite_file: Path, asked: str, found: str
) -> None:
    with pytest.raises(LogError, match=found):
        read_raw(f"sqlite:///{sqlite_file}?{asked}")
    assert read_raw(sqlite_file).rows.height == 2


def test_several_tables_are_asked_about(sqlite_file: Path) -> None:
    with sqlite3.connect(sqlite_file) as link:
        link.execute("CREATE TABLE other (x)")
    link.close()
    with pytest.raises(LogError, match=r"has 2 tables \(events, other\); name one"):
        read_raw(sqlite_file)
    sqlite_file.write_bytes(sqlite_file.read_bytes()[:5000])
    with pytest.raises(LogError, match=r"malformed|not a database|disk image"):
        read_raw(f"sqlite:///{sqlite_file}?table=events")


def test_an_unreachable_server_is_named_without_the_password() -> None:
    with pytest.raises(LogError, match=r"^postgresql://127.0.0.1/db: connection") as error:
        read_raw("postgresql://u:secret@127.0.0.1:1/db?query=SELECT 1")
    assert "secret" not in str(error.value)
    with pytest.raises(LogError, match="name what to read"):
        read_raw("postgresql://u@127.0.0.1:1/db")
    with pytest.raises(LogError, match="no reader for mysql://"):
        read_raw("mysql://u:secret@h/db")


def test_a_folder_is_one_log_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    (tmp_path / "a.csv").write_text("b,a\n3,4\n")
    (tmp_path / "a.mapping.toml").write_text('[columns]\ncase = "a"\n')
    raw = read_raw(tmp_path)
    assert raw.rows.select("a", "b", "@file").rows() == [("4", "3", "a.csv"), ("1", "2", "b.csv")]
    assert [f.name for f in raw.files] == ["a.csv", "b.csv"]
    assert raw.rows[PLACE].to_list() == [1, 2]


def test_a_folder_of_unlike_files_names_the_odd_one(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="has no files"):
        read_raw(tmp_path)
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("a,c\n1,2\n")
    with pytest.raises(LogError, match=r"b\.csv: has other columns than a\.csv: it lacks 'b'"):
        read_raw(tmp_path)
    (tmp_path / "b.csv").unlink()
    TABLE.write_parquet(tmp_path / "b.parquet")
    with pytest.raises(LogError, match=r"b\.parquet: is parquet, but a\.csv is csv"):
        read_raw(tmp_path)


def test_content_wins_over_the_name(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    TABLE.write_parquet(path)
    assert read_raw(path).format == "parquet"
    path.write_text('<?xml version="1.0"?>\n<html></html>')
    with pytest.raises(LogError, match="only one column"):
        read_raw(path)


def test_files_of_no_known_form_say_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("# Notes")
    with pytest.raises(LogError, match=r"known are \.csv"):
        read_raw(path)
    with pytest.raises(LogError, match="cannot be opened"):
        read_raw(tmp_path / "absent.csv")
    with pytest.raises(LogError, match="no reader is named 'cvs'; did you mean 'csv'"):
        read_raw(path, form="cvs")


def test_a_reader_of_ones_own_comes_through_the_same_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers()
    from polku.log.readers import registry

    monkeypatch.setattr(registry, "_readers", dict(registry._readers))

    @reader("mine", suffixes=(".mine",), sniff=lambda seen: seen.head.startswith(b"MINE"))
    def read_mine(path: Path, *, mapping: object = None) -> RawTable:
        del mapping
        return RawTable(pl.DataFrame({"text": [path.read_text()]}), (), "mine")

    (tmp_path / "x.bin").write_text("MINE!")
    assert read_raw(tmp_path / "x.bin").rows["text"].to_list() == ["MINE!"]
    with pytest.raises(ValueError, match="registered already"):
        reader("csv")(read_mine)


def _missing(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of the test's own, on a socket only."""
    # Debian keeps the server's programs off the path
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(kept[-1]) if kept else shutil.which("initdb")
    if found is None:
        _missing("PostgreSQL's initdb is not installed: apt-get install postgresql")
    as_user: list[str] = []
    if os.geteuid() == 0:
        # the server refuses to run as root
        if shutil.which("runuser") is None:
            _missing("PostgreSQL does not run as root and runuser is not installed")
        as_user = ["runuser", "-u", "nobody", "--"]
    with tempfile.TemporaryDirectory(prefix="polku-pg-") as folder:
        if as_user:
            shutil.chown(folder, "nobody")
        base = f"{folder}/base"

        def run(*command: str) -> None:
            subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=folder)

        run(found, "-D", base, "-A", "trust", "-U", "polku", "--no-sync")
        pg_ctl = str(Path(found).with_name("pg_ctl"))
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        run(pg_ctl, "-D", base, "-w", "-l", f"{folder}/server.log", "-o", options, "start")
        try:
            yield f"postgresql://polku@/postgres?host={folder}"
        finally:
            run(pg_ctl, "-D", base, "-m", "immediate", "-w", "stop")


@pytest.mark.postgres
def test_postgresql_is_read_by_table_or_query_and_never_written(postgres: str) -> None:
    import psycopg

    with psycopg.connect(postgres) as link:
        link.execute("CREATE TABLE events (case_id text, time timestamptz, fee numeric, n int)")
        link.execute("INSERT INTO events VALUES ('007', '2024-01-02 10:00+02', 1.5, 7)")
    raw = read_raw(f"{postgres}&table=events")
    assert raw.rows["case_id"].to_list() == ["007"]
    assert raw.rows["time"].dtype == pl.Datetime("us", "UTC")
    assert raw.rows["time"][0].hour == 8
    assert raw.rows["fee"].to_list() == [1.5]
    assert read_raw(f"{postgres}&query=SELECT n FROM events").rows["n"].to_list() == [7]
    with pytest.raises(LogError, match="read-only transaction"):
        read_raw(f"{postgres}&query=DELETE FROM events RETURNING n")
    with pytest.raises(LogError, match="does not exist"):
        read_raw(f"{postgres}&table=nothing")
