"""Files are written whole or not at all, and never in the place of something else."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from polku.errors import LogError
from polku.log.atomic import disk_errors, replacing, write_text


def test_a_device_is_written_to_and_not_replaced() -> None:
    reading, writing = os.pipe()
    try:
        write_text(Path(f"/dev/fd/{writing}"), "through the pipe")
        assert os.read(reading, 100) == b"through the pipe"
    finally:
        os.close(reading)
        os.close(writing)
    if Path("/dev/full").is_char_device():
        with pytest.raises(LogError, match="/dev/full: the disk is full"):
            write_text(Path("/dev/full"), "x")
        assert Path("/dev/full").is_char_device()


@pytest.mark.parametrize("name", ["", "folder", "file/below"])
def test_a_place_that_holds_no_file_is_named_in_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    with pytest.raises(LogError) as raised:
        write_text(tmp_path / name, "new")
    assert str(raised.value).startswith(f"{tmp_path / name}: ")
    assert "draft" not in str(raised.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_what_stood_there_stays_when_writing_fails(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")

    def fail() -> None:
        with replacing(file) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert file.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_database_on_a_full_disk_is_one_line(tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    base.execute("PRAGMA max_page_count = 2")
    with pytest.raises(LogError, match=r"a\.sqlite: the disk is full"):  # noqa: SIM117
        with disk_errors(tmp_path / "a.sqlite"):
            base.execute("CREATE TABLE a AS SELECT zeroblob(100000)")
    base.close()
