"""Times that cannot be meant are counted and never become the end of the log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from polku.errors import LogError
from polku.log.importing import import_files
from polku.log.mapping import Closed, Columns, Mapping
from polku.log.read import read
from polku.log.store import open_store

FIRST = datetime(2024, 3, 4, 8, tzinfo=UTC)


def written(path: Path, *odd: str, good: int = 60, end: str = "") -> Path:
    lines = ["case,activity,time,end"]
    lines += [f"c{i},{a},2024-03-{1 + i % 28:02d} 1{a[1]}:00:00,{end}"
              for i in range(good) for a in ("A0", "A1")]  # fmt: skip
    lines += [f"c{i},A2,{t},{end}" for i, t in enumerate(odd)]
    path.write_text("\n".join(lines) + "\n")
    return path


COLUMNS = Columns(case="case", activity="activity", time="time")


def test_years_1_and_9999_are_left_out_with_their_places(tmp_path: Path) -> None:
    path = written(tmp_path / "y.csv", "0001-01-01 00:00:00", "9999-12-31 23:59:59")
    log = read(path)
    assert log.source.dropped == {"implausible_time": 2}
    places = next(i.places for i in log.source.issues if i.code == "implausible_time")
    assert places == ("row 121: 0001-01-01", "row 122: 9999-12-31")
    assert log.source.rows_in - log.source.rows_out == 2
    assert datetime.fromtimestamp(log.until / 1e6, UTC).year == 2024
    import_files([path], tmp_path / "y.store", partitions=3)
    store = open_store(tmp_path / "y.store")
    assert (store.until, store.source.dropped) == (log.until, log.source.dropped)


def test_more_than_5_per_cent_of_such_times_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "y.csv", *["1800-01-01 00:00:00"] * 9)
    with pytest.raises(LogError, match=r"9 of 129 rows have no time between .*row 121: 1800-01-01"):
        read(path, Mapping(columns=COLUMNS))


def test_an_end_in_9999_means_that_the_matter_is_open(tmp_path: Path) -> None:
    path = written(tmp_path / "y.csv", end="9999-12-31 00:00:00")
    rule = Closed(rule="end_time", column="end")
    log = read(path, Mapping(columns=COLUMNS, closed=rule))
    assert not log.cases["closed"].any()
    assert log.source.dropped == {}
    assert log.source.repaired["implausible_time"] == 120
