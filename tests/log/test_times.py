"""Times in all the ways they come."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.errors import LogError, MappingError
from polku.log.mapping import Columns, Mapping, Times
from polku.log.read import read
from polku.log.times import detect_styles, parse_times, read_times

NEWFOUNDLAND = timezone(timedelta(hours=-3, minutes=-30))
HELSINKI = Times(zone="Europe/Helsinki")


def utc(*values: object, times: Times | None = None) -> list[str | None]:
    read = read_times(pl.Series("t", values, strict=False), times or Times(zone="UTC"))
    assert read.values.dtype == pl.Datetime("us", "UTC")
    return [v.strftime("%Y-%m-%d %H:%M:%S.%f")[:23] if v else None for v in read.values.to_list()]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2024-01-02T10:00:00Z", "2024-01-02 10:00:00.000"),
        ("2024-01-02 10:00:00.125+02:00", "2024-01-02 08:00:00.125"),
        ("2024-01-02T10:00:00-0530", "2024-01-02 15:30:00.000"),
        ("2024-01-02T10:00:00,5+02", "2024-01-02 08:00:00.500"),
        ("2024-01-02T10:00+02:00", "2024-01-02 08:00:00.000"),
        ("2024-01-02 10:00:00", "2024-01-02 10:00:00.000"),
        ("2024-01-02 10:00", "2024-01-02 10:00:00.000"),
        ("2024-01-02", "2024-01-02 00:00:00.000"),
        ("2.1.2024 9:05", "2024-01-02 09:05:00.000"),
        ("2.1.2024 klo 9.05", "2024-01-02 09:05:00.000"),
        ("02.01.2024 09:05:07", "2024-01-02 09:05:07.000"),
        ("13/1/2024 9:05", "2024-01-13 09:05:00.000"),
        ("1/13/2024 9:05 PM", "2024-01-13 21:05:00.000"),
        ("2024/01/02 10:00:01", "2024-01-02 10:00:01.000"),
        ("02-Jan-2024 10:00", "2024-01-02 10:00:00.000"),
        ("20240102130500", "2024-01-02 13:05:00.000"),
        ("20240102", "2024-01-02 00:00:00.000"),
        ("1704190000", "2024-01-02 10:06:40.000"),
        ("1704190000123", "2024-01-02 10:06:40.123"),
    ],
)
def test_every_usual_way_of_writing_a_time_is_read(text: str, found: str) -> None:
    assert utc(text) == [found]


def test_missing_and_blank_times_are_no_faults() -> None:
    read = read_times(pl.Series("t", [None, "", "  ", "2024-01-01"]), HELSINKI)
    assert read.values.null_count() == 3
    assert read.issues == ()


def test_numbers_are_times_since_1970_by_their_size() -> None:
    assert utc(1704190000) == utc(1704190000000) == utc(1704190000000000)
    assert utc(1704190000.5) == ["2024-01-02 10:06:40.500"]
    with pytest.raises(LogError, match="no times since 1970"):
        utc(45000)


def test_day_and_month_are_told_by_the_whole_column() -> None:
    column = pl.Series(
        "t", ["3/4/2024 9:05"] * 5000 + ["13/4/2024 9:05"] + ["3/5/2024 9:05"] * 5000
    )
    assert detect_styles(column) == ("%d/%m/%Y %H:%M",)
    assert utc("3/4/2024", "4/13/2024 10:00")[0] == "2024-03-04 00:00:00.000"


def test_a_column_that_does_not_tell_day_from_month_is_asked_about() -> None:
    with pytest.raises(LogError, match=r"column 't'.*tells day from month; set \[time\] formats"):
        utc("3/4/2024", "5/6/2024")
    assert utc("3/4/2024", times=Times(formats=("%d/%m/%Y",))) == ["2024-04-03 00:00:00.000"]


def test_mixed_styles_are_read_when_no_row_is_ambiguous_and_refused_otherwise() -> None:
    read = read_times(pl.Series("t", ["13/4/2024", "4/14/2024"]), HELSINKI)
    assert [i.code for i in read.issues] == ["mixed_time_styles"]
    with pytest.raises(LogError, match="1 dates are day/month, 1 month/day and 1 could be either"):
        utc("13/4/2024", "4/14/2024", "1/2/2024")
    read = read_times(pl.Series("t", ["13.4.2024", "2024-04-14T10:00:00Z"]), HELSINKI)
    assert read.issues[0].count == 1
    assert read.values.null_count() == 0


def test_a_column_in_one_of_several_given_styles_is_not_mixed() -> None:
    times = Times(zone="UTC", formats=("%d.%m.%Y", "iso"))
    assert read_times(pl.Series("t", ["2024-04-14T10:00:00Z"]), times).issues == ()
    read = read_times(pl.Series("t", ["2024-04-14T10:00:00Z", "14.4.2024"]), times)
    assert [(i.code, i.count) for i in read.issues] == [("mixed_time_styles", 1)]
    assert detect_styles(pl.Series("t", ["14.4.2024", "14.4.2024 10:00"])) == (
        "%d.%m.%Y", "%d.%m.%Y %H:%M",
    )  # fmt: skip
    assert read_times(pl.Series("t", ["14.4.2024", "14.4.2024 10:00"]), HELSINKI).issues == ()


def test_unreadable_times_are_counted_with_their_rows_and_refused_above_five_percent() -> None:
    values, issues = parse_times(
        pl.Series("t", ["2024-01-01"] * 97 + ["soon", "2024-02-30", "x"]), HELSINKI
    )
    assert values.null_count() == 3
    assert (issues[0].code, issues[0].count) == ("unreadable_time", 3)
    assert issues[0].places[0] == "row 98: 'soon'"
    with pytest.raises(LogError, match="1 of 2 times cannot be read, first row 2: 'soon'"):
        utc("2024-01-01", "soon")


def test_a_missing_zone_is_said_openly() -> None:
    read = read_times(pl.Series("t", ["2024-01-01 10:00"]), Times())
    assert [a.kind for a in read.assumptions] == ["assumed"]
    assert "read as UTC" in read.assumptions[0].text
    assert read_times(pl.Series("t", ["2024-01-01 10:00Z"]), Times()).assumptions == ()


def test_an_unknown_zone_names_the_nearest() -> None:
    with pytest.raises(MappingError, match="did you mean 'Europe/Helsinki'"):
        utc("2024-01-01", times=Times(zone="Europe/Helsinky"))


def test_a_time_in_the_gap_is_refused_with_its_row_or_moved_forward() -> None:
    with pytest.raises(LogError, match=r"row 2: 2024-03-31 03:30:00 does not exist"):
        utc("2024-03-30 03:30", "2024-03-31 03:30", times=HELSINKI)
    times = Times(zone="Europe/Helsinki", gap="forward")
    read = read_times(pl.Series("t", ["2024-03-31 03:30"]), times)
    assert read.values[0] == datetime(2024, 3, 31, 1, 30, tzinfo=timezone.utc)  # noqa: UP017
    assert (read.issues[0].code, read.issues[0].count) == ("clock_gap", 1)


def test_a_time_that_exists_twice_is_taken_as_the_mapping_says_and_counted() -> None:
    for rule, hour in (("earlier", "00"), ("later", "01")):
        times = Times(zone="Europe/Helsinki", fold=rule)  # type: ignore[arg-type]
        read = read_times(pl.Series("t", ["2024-10-27 03:30", "2024-10-28 03:30"]), times)
        assert read.values[0].strftime("%H:%M") == f"{hour}:30"
        assert (read.issues[0].code, read.issues[0].count) == ("clock_fold", 1)
        assert not read.issues[0].dropped
    with pytest.raises(LogError, match="exists twice"):
        utc("2024-10-27 03:30", times=Times(zone="Europe/Helsinki", fold="refuse"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.datetimes(
            datetime(1990, 1, 1), datetime(2060, 1, 1),
            timezones=st.sampled_from([ZoneInfo("Europe/Helsinki"), NEWFOUNDLAND]),
        ),
        min_size=1,
    )
)  # fmt: skip
def test_what_python_writes_as_iso_is_read_back_exactly(times: list[datetime]) -> None:
    read = read_times(pl.Series("t", [t.isoformat() for t in times]))
    assert read.values.dt.epoch("us").to_list() == [
        (t - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)  # noqa: UP017
        for t in times
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1)), min_size=1), st.randoms())
def test_the_order_of_rows_changes_no_time(times: list[datetime], shuffle: object) -> None:
    texts = [t.strftime("%d.%m.%Y %H:%M:%S") for t in times]
    mixed = list(texts)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    rule = Times(zone="Europe/Helsinki", gap="forward")
    read = dict(zip(texts, parse_times(pl.Series("t", texts), rule)[0].to_list(), strict=True))
    again = dict(zip(mixed, parse_times(pl.Series("t", mixed), rule)[0].to_list(), strict=True))
    assert read == again


def test_formats_that_fit_no_time_are_told_as_an_assumption() -> None:
    column = pl.Series("t", ["2024-01-02T10:00:00Z", "2024-01-03T10:00:00Z"])
    (said,) = read_times(column, Times(formats=("%d.%m.%Y",))).assumptions
    assert said.text.startswith("no time in 't' is written as [time] formats say ('%d.%m.%Y'): ")
    assert "read as iso" in said.text
    fits = pl.Series("t", ["2.1.2024", "2024-01-03T10:00:00Z"])
    used = read_times(fits, Times("UTC", formats=("%d.%m.%Y", "%d/%m/%Y"))).assumptions
    assert used == ()


@pytest.mark.parametrize("mapping", [None, Mapping(columns=Columns("case", "activity", "time"))])
def test_too_many_unreadable_times_are_told_by_column_and_row(
    tmp_path: Path, mapping: Mapping | None
) -> None:
    times = ["soon" if i % 10 == 6 else f"2024-01-{1 + i % 28:02d} 08:00:00" for i in range(100)]
    lines = [f"c{i // 4},A{i % 4},{t}" for i, t in enumerate(times)]
    (tmp_path / "bad.csv").write_text("\n".join(["case,activity,time", *lines]) + "\n")
    said = r"bad.csv: column 'time': 10 of 100 times .*row 7: 'soon'; row 17: .*; correct these"
    with pytest.raises(LogError, match=said):
        read(tmp_path / "bad.csv", mapping)
