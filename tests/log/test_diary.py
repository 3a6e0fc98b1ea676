"""The contact diary: the form, three languages, and the slips of people who fill it in."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from polku.errors import LogError, MappingError
from polku.log.build import build
from polku.log.eventlog import EVENT_KINDS, EventLog
from polku.log.mapping import Mapping, Times
from polku.log.raw import RawTable
from polku.log.read import read
from polku.log.readers.diary import read_diary, write_diary
from polku.log.readers.diary_form import COLUMNS, KINDS, label
from polku.log.readers.registry import read_raw

UTC = dt.UTC


def _filled(path: Path, rows: list[dict[str, Any]]) -> Path:
    """The written form with rows below the example."""
    write_diary(path)
    keys = [c.key for c in COLUMNS]
    if path.suffix == ".csv":
        with path.open("a", encoding="utf-8", newline="") as f:
            writer = csv.writer(f, delimiter=";", lineterminator="\r\n")
            writer.writerows([[row.get(k, "") for k in keys] for row in rows])
        return path
    book = openpyxl.load_workbook(path)
    for number, row in enumerate(rows, start=4):
        for key, value in row.items():
            book["Diary"].cell(number, keys.index(key) + 1).value = value
    book.save(path)
    return path


def _row(**changes: Any) -> dict[str, Any]:
    return {"matter": "007", "date": "24.3.2026", "step": "Puhelu", **changes}


def _issues(table: RawTable) -> dict[str, int]:
    return {i.code: i.count for i in table.issues if i.code != "example_row"}


def _log(table: RawTable) -> EventLog:
    assert table.mapping is not None
    return build(table, table.mapping)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_the_empty_form_reads_as_an_empty_diary(tmp_path: Path, suffix: str) -> None:
    table = read_raw(write_diary(tmp_path / f"diary{suffix}"))
    assert table.format == "contact diary"
    assert table.rows.is_empty()
    assert [i.code for i in table.issues] == ["example_row"]


def test_the_form_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    one, other = (write_diary(tmp_path / n).read_bytes() for n in ("a.xlsx", "b.xlsx"))
    assert one == other


def test_the_form_has_lists_to_choose_from_and_a_guide_in_three_languages(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_diary(tmp_path / "diary.xlsx"))
    assert book.sheetnames == ["Diary", "Guide", "Lists"]
    lists = book["Diary"].data_validations.dataValidation
    assert len(lists) == sum(bool(c.words) for c in COLUMNS)
    assert book["Diary"].row_dimensions[1].hidden
    assert [c.value for c in book["Guide"][1]] == ["key", "Suomi", "Svenska", "English"]
    assert set(KINDS) == set(EVENT_KINDS)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_filled_diary_becomes_a_whole_log(tmp_path: Path, suffix: str) -> None:
    rows = [
        _row(time="9.30", started_by="asiakas / kund / customer", agency="Kymp", unit="Neuvonta",
             channel="puhelin", minutes_city="15", succeeded="kyllä", due="30.4.2026",
             kind="Tapahtumalupa", segment="Yhdistys", event="yhteydenotto"),
        _row(date="2026-04-02", time="klo 12", started_by="stad", unit="Luvat", step="Päätös",
             event="beslut fattat", ended="päätetty"),
        _row(matter="8", date="2026-04-01", unit="Luvat", step="Hakemus"),
    ]  # fmt: skip
    table = read_raw(_filled(tmp_path / f"diary{suffix}", rows))
    assert _issues(table) == {}
    log = _log(table)
    cases = {row["case_id"]: row for row in log.cases.to_dicts()}
    assert cases["007"]["closed"] is True
    assert cases["007"]["outcome"] == "decided"
    assert cases["007"]["kind"] == "Tapahtumalupa"
    assert cases["007"]["segment"] == "Yhdistys"
    assert cases["007"]["due"] == dt.datetime(2026, 4, 30, 20, 59, 59, 999999, UTC)
    assert cases["8"]["closed"] is False
    event = log.events.filter(log.events["activity"] == "Puhelu").row(0, named=True)
    assert event["start"] == dt.datetime(2026, 3, 24, 7, 30, tzinfo=UTC)
    assert event["time"] == dt.datetime(2026, 3, 24, 7, 45, tzinfo=UTC)
    assert (event["contact"], event["kind"], event["channel"]) == (
        "customer", "contact_made", "phone",
    )  # fmt: skip
    assert event["agency"] == "Kymp"


def test_cells_that_a_workbook_has_typed_read_as_those_that_people_type(tmp_path: Path) -> None:
    typed = _row(matter=7, date=dt.date(2026, 3, 24), time=dt.time(9, 30), minutes_city=15,
                 due=dt.datetime(2026, 4, 30))  # fmt: skip
    plain = _row(matter="7", time="9:30", minutes_city="15 min", due="30.4.2026")
    tables = [
        read_diary(_filled(tmp_path / f"{i}.xlsx", [row])) for i, row in enumerate((typed, plain))
    ]
    assert tables[0].rows.equals(tables[1].rows)


@pytest.mark.parametrize(("language", "number"), [("fi", 0), ("sv", 1), ("en", 2), ("key", 3)])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_header_is_known_in_each_language(
    tmp_path: Path, language: str, number: int, delimiter: str, encoding: str
) -> None:
    names = [(*c.names, c.key)[number] for c in COLUMNS]
    row = {"matter": "A-1", "date": "2026-03-24", "step": "Päätös", "started_by": "city"}
    path = tmp_path / f"{language}.csv"
    with path.open("w", encoding=encoding, newline="") as f:
        writer = csv.writer(f, delimiter=delimiter)
        writer.writerows([names, [row.get(c.key, "") for c in COLUMNS]])
    table = read_raw(path)
    assert table.rows["step"].to_list() == ["Päätös"]
    assert table.rows["contact"].to_list() == ["city"]


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"matter": None}, "row_without_matter", "row 5: no matter; write its number"),
        ({"date": None}, "row_without_date", "row 5: no date; write it like"),
        ({"date": "31.2.2026"}, "row_without_date", "row 5: '31.2.2026' is no date"),
        ({"date": "3/4/2026"}, "row_without_date", "row 5: '3/4/2026' is no date"),
        ({"date": "24.3.26"}, "row_without_date", "row 5: '24.3.26' is no date"),
        ({"step": None}, "row_without_step", "row 5: no step; write what was done"),
        ({"time": "aamulla"}, "unreadable_time", "row 5: 'aamulla' is no time of day"),
        ({"time": "25:00"}, "unreadable_time", "row 5: '25:00' is no time of day"),
        ({"started_by": "naapuri"}, "unknown_started_by", "row 5: 'naapuri' is not known"),
        ({"channel": "phone"}, "unknown_starter", "row 5: write customer, city or internal"),
        ({"minutes_city": "ten"}, "unreadable_minutes", "row 5: 'ten' are no minutes"),
        ({"ended": "perhaps"}, "unknown_ended", "row 5: 'perhaps' is not known"),
        ({"due": "soon"}, "unreadable_due", "row 5: 'soon' is no date"),
        ({"date": "29.3.2026", "time": "3.30"}, "time_in_gap", "row 5: 2026-03-29 03:30 does not"),
    ],
)
def test_a_slip_is_named_by_its_row_and_loses_no_other(
    tmp_path: Path, changes: dict[str, Any], code: str, place: str
) -> None:
    table = read_diary(_filled(tmp_path / "diary.xlsx", [_row(), _row(**changes), _row()]))
    assert _issues(table) == {code: 1}
    issue = next(i for i in table.issues if i.code == code)
    assert issue.places[0].startswith(place)
    assert table.rows.height == (2 if issue.dropped else 3)
    log = _log(table)
    assert log.source.rows_in == 4
    assert log.source.rows_out + sum(log.source.dropped.values()) == 4


def test_what_contradicts_within_a_matter_is_named(tmp_path: Path) -> None:
    rows = [
        _row(kind="A", due="1.5.2026", ended="decided"),
        _row(kind="B", due="1.6.2026", ended="withdrawn", date="25.3.2026"),
    ]
    table = read_diary(_filled(tmp_path / "diary.xlsx", rows))
    assert _issues(table) == {"ended_twice": 1, "promise_changed": 1, "two_values_of_kind": 1}
    assert set(table.rows["case:outcome"]) == {"withdrawn"}


def test_empty_rows_between_are_no_rows(tmp_path: Path) -> None:
    table = read_diary(_filled(tmp_path / "diary.xlsx", [_row(), {}, {}, _row(step="Käynti")]))
    assert _issues(table) == {}
    assert table.rows["@place"].to_list() == [4, 7]


def test_a_diary_of_bad_rows_only_is_refused_with_the_first(tmp_path: Path) -> None:
    path = _filled(tmp_path / "diary.csv", [_row(date="soon"), _row(date="later")])
    with pytest.raises(LogError, match="row 3: 'soon' is no date"):
        read_diary(path)


def test_a_file_without_the_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    path.write_text("a;b\n1;2\n")
    with pytest.raises(LogError, match="no header of a contact diary"):
        read_diary(path)


def test_another_zone_can_be_given_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    path = _filled(tmp_path / "diary.csv", [_row(time="9:30")])
    table = read_diary(path, mapping=Mapping(time=Times(zone="Europe/Stockholm")))
    assert table.rows["when"].to_list() == [dt.datetime(2026, 3, 24, 8, 30, tzinfo=UTC)]
    with pytest.raises(MappingError, match="no time zone"):
        read_diary(path, mapping=Mapping(time=Times(zone="Europe/Nowhere")))


def test_a_diary_is_written_as_xlsx_or_csv_only(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"\.xlsx or \.csv"):
        write_diary(tmp_path / "diary.pdf")
    (tmp_path / "file").write_text("x")
    with pytest.raises(LogError, match=r"diary\.xlsx: cannot be written"):
        write_diary(tmp_path / "file" / "diary.xlsx")


def test_no_two_columns_share_a_name() -> None:
    names = [n.lower() for c in COLUMNS for n in {c.key, *map(str.lower, c.names)}]
    assert len(names) == len(set(names))
    assert all(" / " in label(c.names) for c in COLUMNS)


def test_a_long_diary_is_known_wherever_its_beginning_is_cut(tmp_path: Path) -> None:
    for more in ("", "x"):
        rows = [_row(step="Päätös" * 20, about=more)] * 900
        table = read_raw(_filled(tmp_path / f"long{more}.csv", rows))
        assert table.format == "contact diary"
        assert table.rows.height == 900


def test_a_diary_reads_through_the_one_door_with_its_own_mapping(tmp_path: Path) -> None:
    rows = [_row(started_by="city", unit="Luvat", ended="decided")]
    log = read(_filled(tmp_path / "diary.xlsx", rows))
    assert log.cases["outcome"].to_list() == ["decided"]
    assert log.mapping.time.zone == "Europe/Helsinki"
    assert log.events["contact"].to_list() == ["city"]
