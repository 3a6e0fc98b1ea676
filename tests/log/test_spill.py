"""What is set aside while importing comes back as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.log import spill as spilling
from polku.log.iso import read_alike
from polku.log.spill import load, spill
from polku.log.times import read_times


def table(n: int, *, first: int = 0) -> pl.DataFrame:
    rows = range(first, first + n)
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    times = [begin + timedelta(minutes=i) for i in rows]
    return pl.DataFrame(
        {
            "case": [None if i % 11 == 10 else f"A{i % 7}" for i in rows],
            "activity": [None if i % 5 == 0 else f"step {i % 3}" for i in rows],
            "note": [f"note {i}" for i in rows],
            "time": [t.strftime("%Y-%m-%dT%H:%M:%S.123Z") for t in times],
            "start": [
                None if i % 4 else t.strftime("%Y-%m-%d %H:%M:%S") for i, t in enumerate(times)
            ],
            "empty": pl.Series([None] * n, dtype=pl.String),
            "cost": [i / 2 for i in rows],
        }
    )


def returned(batches: list[pl.DataFrame], folder: Path, partitions: int = 3) -> pl.DataFrame:
    spilled = spill(batches, "case", folder, partitions)
    parts = [load(spilled, i, last=True) for i in range(partitions)]
    assert not list(folder.iterdir())
    frame = pl.concat([p.with_columns(pl.col(pl.Enum).cast(pl.String)) for p in parts])
    return frame.sort("cost")


@pytest.mark.parametrize("held", [1, 1 << 30])
def test_rows_come_back_as_they_were_from_memory_and_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(spilling, "HELD", held)
    batches = [table(100), table(100, first=100)]
    assert returned(batches, tmp_path).equals(pl.concat(batches))


def test_a_column_that_turns_out_to_have_many_texts_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spilling, "WORDS", 5)
    more = table(100, first=200).with_columns(activity=pl.col("note"))
    batches = [table(100), table(100, first=100), more, table(50, first=300)]
    assert returned(batches, tmp_path).equals(pl.concat(batches))


def test_a_time_that_is_written_in_another_way_later_comes_back(tmp_path: Path) -> None:
    odd = table(100, first=100).with_columns(
        time=pl.when(pl.col("cost") == 60).then(pl.lit("1.2.2024 10:00")).otherwise("time")
    )
    batches = [table(100), odd, table(100, first=200)]
    assert returned(batches, tmp_path).equals(pl.concat(batches))


def test_case_ids_keep_their_range_when_they_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = [table(50, first=50 * i) for i in range(4)]
    whole = spill(batches, "case", tmp_path, 5)
    monkeypatch.setattr(spilling, "IDS", 2)
    forgotten = spill(batches, "case", tmp_path, 5)
    for number in range(5):
        assert load(whole, number).equals(load(forgotten, number))


def test_times_may_come_back_as_moments(tmp_path: Path) -> None:
    spilled = spill([table(40)], "case", tmp_path, 1)
    rows = load(spilled, 0, moments={"time", "start"})
    for column in ("time", "start"):
        expected = read_times(table(40)[column]).values
        assert read_times(rows[column]).values.equals(expected)


@given(
    st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30)),
    st.sampled_from(["T", " "]),
    st.sampled_from([0, 3, 6]),
    st.sampled_from(["", "Z", "+02:00", "-0330"]),
)
def test_times_of_one_form_give_their_text_back(
    moment: datetime, sep: str, digits: int, zone: str
) -> None:
    part = f".{moment:%f}"[: digits + 1] if digits else ""
    text = f"{moment.year:04}{moment:-%m-%d}{sep}{moment:%H:%M:%S}{part}{zone}"
    found = read_alike(pl.Series([text, None]))
    assert found is not None
    assert found[1].texts(found[0]).to_list() == [text, None]


@pytest.mark.parametrize(
    "text",
    ["2024-02-30T00:00:00Z", "2023-02-29 00:00:00", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z",
     "2024-01-00T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z",
     "2024-01-01Z00:00:00T", "2024-1-001T00:00:00Z", "２024-01-01T00:00Z"],
)  # fmt: skip
def test_what_is_no_time_has_no_form(text: str) -> None:
    assert read_alike(pl.Series([text])) is None
    assert read_alike(pl.Series(["2024-01-01T00:00:00Z", text])) is None
