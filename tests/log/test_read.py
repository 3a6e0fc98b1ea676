"""The verb `read` on the public logs."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from polku.errors import LogError, MappingError
from polku.log.eventlog import CASE_COLUMNS, EVENT_COLUMNS
from polku.log.mapping import Columns, Mapping
from polku.log.read import read

# matters, rows as the format has them, steps after pairing
PUBLISHED = {
    "receipt/receipt.xes.gz": (1434, 8577, 8577),
    "receipt/receipt.csv.gz": (1434, 8577, 8577),
    "bpic15/BPIC15_1.xes.gz": (1199, 52217, 52217),
    "bpic15/BPIC15_2.xes.gz": (832, 44354, 44354),
    "bpic12w/BPI_Challenge_2012_W_Two_TS.xes.gz": (8616, 118604, 59302),
    "bpic12w/BPIC_2012_W_train.csv.gz": (3030, 16338, 16338),
    "bpic12w/BPIC_2012_W_test.csv.gz": (2976, 18568, 18568),
    "loan-application/LoanApp_simplified_train.csv.gz": (1000, 7544, 7544),
    "loan-application/LoanApp_simplified_test.csv.gz": (1000, 7495, 7495),
    "academic-credentials/AcademicCredentials_train.csv.gz": (398, 1945, 1945),
    "academic-credentials/AcademicCredentials_test.csv.gz": (398, 1788, 1788),
    "production/Production.xes.gz": (225, 9906, 4953),
    "production/production.csv.gz": (225, 4687, 4687),
    "purchasing/PurchasingExample.csv.gz": (608, 9119, 9119),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_counts_come_out_with_the_guessed_mapping(data: Path, name: str) -> None:
    log = read(data / name)
    assert (log.n_matters, log.source.rows_in, log.events.height) == PUBLISHED[name]
    assert log.source.rows_out == log.source.rows_in
    assert log.source.dropped == {}
    assert tuple(log.events.columns[: len(EVENT_COLUMNS)]) == EVENT_COLUMNS
    assert tuple(log.cases.columns[: len(CASE_COLUMNS)]) == CASE_COLUMNS
    assert log.events.sort("case", "time", "order").equals(log.events)
    assert log.cases["case"].to_list() == list(range(log.n_matters))


def test_the_counts_of_receipt_come_out(data: Path) -> None:
    log = read(data / "receipt/receipt.xes.gz")
    assert log.events["activity"].n_unique() == 27
    assert log.events["resource"].n_unique() == 48


@pytest.mark.parametrize(("name", "activities"), [("BPIC15_1", 398), ("BPIC15_2", 410)])
def test_the_activities_of_bpic15_come_out(data: Path, name: str, activities: int) -> None:
    log = read(data / "bpic15" / f"{name}.xes.gz")
    assert log.events["activity"].n_unique() == activities


def test_a_written_mapping_reads_the_log_as_the_guess_did(data: Path, tmp_path: Path) -> None:
    path = data / "receipt/receipt.csv.gz"
    guessed = read(path)
    file = tmp_path / "m.toml"
    file.write_text(guessed.mapping.to_toml(), encoding="utf-8")
    again = read(path, file)
    assert again.events.equals(guessed.events)
    assert again.cases.equals(guessed.cases)


def test_a_mapping_in_python_may_name_the_columns(data: Path) -> None:
    columns = Columns(case="case_id", activity="activity", time="start_time")
    log = read(data / "purchasing/PurchasingExample.csv.gz", Mapping(columns=columns))
    assert log.events["start"].null_count() == log.events.height
    assert "end_time" in log.events.columns


def test_a_mapping_that_names_a_missing_column_is_told_the_nearest(data: Path) -> None:
    mapping = Mapping(columns=Columns(case="case_id", activity="activty", time="end_time"))
    with pytest.raises(MappingError, match="did you mean 'activity'") as error:
        read(data / "purchasing/PurchasingExample.csv.gz", mapping)
    assert "PurchasingExample.csv.gz" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_missing_mapping_are_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"none\.xes") as error:
        read(tmp_path / "none.xes")
    assert "\n" not in str(error.value)
    (tmp_path / "a.csv").write_text("case,activity,time\nA,x,2024-01-01T00:00:00Z\n")
    with pytest.raises(MappingError, match=r"none\.toml"):
        read(tmp_path / "a.csv", tmp_path / "none.toml")


def test_case_ids_that_look_like_nothing_or_numbers_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    lines = ["case,activity,time"]
    for case in ("NA", "007", "7", "null", '""'):
        lines += [f"{case},{a},2024-01-0{d}T08:00:00Z" for a, d in (("x", 1), ("y", 2))]
    path.write_text("\n".join(lines) + "\n")
    log = read(path)
    assert sorted(log.cases["case_id"]) == ["", "007", "7", "NA", "null"]
    assert log.source.repaired["empty_case_id"] == 2


def test_the_columns_come_out_in_one_order_whatever_the_file_has(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"time": ["2024-01-01T08:00:00Z"] * 3, "zeal": ["a", "b", "c"], "case": ["A", "A", "B"],
         "alpha": ["q", "r", "s"], "activity": ["x", "y", "x"]}
    )  # fmt: skip
    frame.write_csv(tmp_path / "a.csv")
    frame.select(sorted(frame.columns)).write_csv(tmp_path / "b.csv")
    one, other = read(tmp_path / "a.csv"), read(tmp_path / "b.csv")
    assert one.events.equals(other.events)
    assert one.events.columns[-2:] == ["alpha", "zeal"]
