"""OCEL 2.0: three forms, one log; flattening loses nothing without a word."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.errors import LogError, MappingError
from polku.log.build import build
from polku.log.export import export
from polku.log.mapping import Columns, Mapping, Ocel, Times
from polku.log.raw import PLACE, RawTable
from polku.log.read import read
from polku.log.readers.ocel import read_ocel
from polku.log.readers.registry import read_raw

FORMS = ("ocel20_example.jsonocel", "ocel20_example.xmlocel", "ocel20_example.sqlite")
ROME = Mapping(time=Times(zone="Europe/Rome"))


def _document(**changes: Any) -> dict[str, Any]:
    event = {"id": "e1", "type": "apply", "time": "2026-01-01T10:00:00Z",
             "attributes": [{"name": "clerk", "value": "K"}],
             "relationships": [{"objectId": "m1", "qualifier": "about"},
                               {"objectId": "u1", "qualifier": "by"}]}  # fmt: skip
    other = {"id": "e2", "type": "decide", "time": "2026-01-03T10:00:00Z", "attributes": [],
             "relationships": [{"objectId": "m1", "qualifier": "about"},
                               {"objectId": "m2", "qualifier": "about"}]}  # fmt: skip
    return {
        "objectTypes": [{"name": "matter", "attributes": [{"name": "fee", "type": "integer"}]},
                        {"name": "unit", "attributes": []},
                        {"name": "document", "attributes": []}],
        "eventTypes": [{"name": "apply", "attributes": []}, {"name": "decide", "attributes": []}],
        "objects": [
            {"id": "m1", "type": "matter", "attributes": [
                {"name": "fee", "time": "1970-01-01T00:00:00Z", "value": "5"},
                {"name": "fee", "time": "2026-01-02T00:00:00Z", "value": "7"}],
             "relationships": [{"objectId": "d1", "qualifier": "has"}]},
            {"id": "m2", "type": "matter", "attributes": []},
            {"id": "u1", "type": "unit", "attributes": [
                {"name": "name", "time": "1970-01-01T00:00:00Z", "value": "Building control"},
                {"name": "agency", "time": "1970-01-01T00:00:00Z", "value": "City"}]},
            {"id": "d1", "type": "document", "attributes": []},
        ],
        "events": [event, other],
        **changes,
    }  # fmt: skip


def _write(folder: Path, document: Any, name: str = "log.jsonocel") -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def _issue(table: RawTable, code: str) -> int:
    return sum(i.count for i in table.issues if i.code == code)


def _as_instants(table: RawTable) -> pl.DataFrame:
    time = pl.col("ocel:timestamp")
    if table.rows.schema["ocel:timestamp"] == pl.Datetime("us"):
        time = time.dt.replace_time_zone("Europe/Rome").dt.convert_time_zone("UTC")
    return table.rows.with_columns(time).drop(PLACE)


@pytest.mark.parametrize("case_type", [None, "Invoice", "Purchase Order", "Payment"])
def test_one_log_in_three_forms_reads_equal(data: Path, case_type: str | None) -> None:
    tables = [read_ocel(data / "ocel" / f, case_type=case_type) for f in FORMS]
    first = _as_instants(tables[0])
    for table in tables[1:]:
        assert _as_instants(table).equals(first)
        assert table.roles == tables[0].roles
        assert table.issues == tables[0].issues
        assert table.guesses == tables[0].guesses


def test_the_three_forms_build_the_same_log(data: Path) -> None:
    logs = []
    for form in FORMS:
        raw = read_raw(data / "ocel" / form)
        mapping = Mapping(columns=Columns(**raw.roles), time=ROME.time)
        logs.append(build(raw, mapping))
    assert all(log.events.equals(logs[0].events) for log in logs)
    assert all(log.cases.equals(logs[0].cases) for log in logs)
    assert logs[0].n_matters == 3


def test_the_examples_have_their_published_counts(data: Path) -> None:
    for form in FORMS:
        table = read_ocel(data / "ocel" / form)
        assert table.files[0].rows == 13
        assert table.rows.height == 9
        assert _issue(table, "event_of_no_case") == 4
    pallets = read_ocel(data / "ocel" / "pallet-logistics-v0.9.sqlite", case_type="Order")
    assert pallets.files[0].rows == 14
    assert pallets.rows["ocel:oid"].n_unique() == 2


def test_the_guessed_case_type_says_its_ground_and_the_others(data: Path) -> None:
    guess = read_ocel(data / "ocel" / FORMS[0]).guesses[0]
    assert (guess.key, guess.value) == ("ocel.case_type", "Invoice")
    assert "9 of 13 events" in guess.ground
    assert "Purchase Order: 2 objects, 5 events" in guess.ground


def test_a_doer_attribute_is_only_a_guess(data: Path) -> None:
    table = read_ocel(data / "ocel" / FORMS[0])
    assert set(table.rows["ocel:resource"]) == {"Luke", "Mario", "Robot"}
    assert any(g.key == "columns.resource" for g in table.guesses)


def test_times_without_a_zone_stay_so_and_the_sqlite_form_hints_at_it(data: Path) -> None:
    tables = {f: read_ocel(data / "ocel" / f) for f in FORMS}
    assert tables[FORMS[0]].rows.schema["ocel:timestamp"] == pl.Datetime("us", "UTC")
    assert tables[FORMS[1]].rows.schema["ocel:timestamp"] == pl.Datetime("us")
    notes = [a.text for a in tables[FORMS[2]].assumptions if a.about == "time"]
    assert len(notes) == 1
    assert "1970-01-01 01:00:00" in notes[0]


def test_units_agencies_and_case_attributes_come_from_objects(tmp_path: Path) -> None:
    table = read_ocel(_write(tmp_path, _document()))
    assert table.roles["unit"] == "ocel:unit"
    assert table.roles["agency"] == "ocel:agency"
    row = table.rows.row(0, named=True)
    assert (row["ocel:oid"], row["ocel:unit"], row["ocel:agency"]) == (
        "m1", "Building control", "City",
    )  # fmt: skip
    assert row["case:fee"] == 7
    assert table.rows.schema["case:fee"] == pl.Int64
    assert row["case:object:document"] == "d1"
    assert any(a.about == "case:fee" for a in table.assumptions)


def test_an_event_of_two_cases_is_repeated_and_counted(tmp_path: Path) -> None:
    table = read_ocel(_write(tmp_path, _document()))
    assert table.rows.height == 3
    assert _issue(table, "event_in_several_cases") == 1
    assert not next(i for i in table.issues if i.code == "event_in_several_cases").dropped


def test_a_case_reaches_through_related_objects_only_when_told(tmp_path: Path) -> None:
    document = _document()
    document["events"].append(
        {
            "id": "e3",
            "type": "apply",
            "time": "2026-01-02T10:00:00Z",
            "relationships": [{"objectId": "d1", "qualifier": ""}],
        }
    )
    path = _write(tmp_path, document)
    assert _issue(read_ocel(path), "event_of_no_case") == 1
    reached = read_ocel(path, mapping=Mapping(ocel=Ocel(through=("document",))))
    assert _issue(reached, "event_of_no_case") == 0
    assert "e3" in reached.rows["ocel:eid"]


def test_what_hangs_loose_is_counted(tmp_path: Path) -> None:
    document = _document()
    document["events"][0]["relationships"].append({"objectId": "gone", "qualifier": ""})
    document["objects"][1]["relationships"] = [{"objectId": "gone", "qualifier": ""}]
    document["events"][1]["type"] = "surprise"
    table = read_ocel(_write(tmp_path, document))
    assert _issue(table, "dangling_relation") == 1
    assert _issue(table, "dangling_object_relation") == 1
    assert _issue(table, "undeclared_event_type") == 1
    assert not [i.code for i in table.issues if i.dropped]  # no event is lost by it


def test_an_unreadable_time_is_kept_as_text_for_the_count(tmp_path: Path) -> None:
    document = _document()
    document["events"][0]["time"] = "yesterday"
    table = read_ocel(_write(tmp_path, document))
    assert table.rows["ocel:timestamp"].to_list().count("yesterday") == 1


def test_a_missing_type_is_refused_with_the_nearest(data: Path) -> None:
    with pytest.raises(MappingError, match="did you mean 'Invoice'"):
        read_ocel(data / "ocel" / FORMS[0], case_type="Invoices")


@pytest.mark.parametrize("form", FORMS[:2])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_truncated_file_is_refused(data: Path, tmp_path: Path, form: str, share: float) -> None:
    content = (data / "ocel" / form).read_bytes()
    path = tmp_path / form
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(LogError, match="cut off"):
        read_ocel(path)
    packed = tmp_path / (form + ".gz")
    packed.write_bytes(gzip.compress(content)[:-20])
    with pytest.raises(LogError, match="cut off"):
        read_ocel(packed)


def test_a_packed_file_reads_as_the_plain_one(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "log.xmlocel.gz"
    path.write_bytes(gzip.compress((data / "ocel" / FORMS[1]).read_bytes()))
    assert read_ocel(path).rows.equals(read_ocel(data / "ocel" / FORMS[1]).rows)


def test_a_damaged_database_is_refused(data: Path, tmp_path: Path) -> None:
    content = (data / "ocel" / FORMS[2]).read_bytes()
    path = tmp_path / "log.sqlite"
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(LogError, match=r"log\.sqlite"):
        read_ocel(path)


def test_a_database_without_a_types_table_is_refused(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    path.write_bytes((data / "ocel" / FORMS[2]).read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("drop table event_InsertInvoice")
    connection.close()
    with pytest.raises(LogError, match="no table 'event_InsertInvoice'"):
        read_ocel(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE log [<!ENTITY a "b">]><log><object-types/></log>', "DOCTYPE"),
        ('<!DOCTYPE log SYSTEM "http://example.org/x.dtd"><log/>', "DOCTYPE"),
        ("<log>" + "<x>" * 40 + "</x>" * 40 + "</log>", "deeper than"),
        ("<log><object-types/></log>", "no element <event-types>"),
        ("<logs/>", "root element"),
        ('<log><object-types/><event-types/><objects><object type="x"/></objects></log>', "'id'"),
        ("{}", "no key 'objectTypes'"),
        ('{"ocel:events": {}}', "OCEL 1.0"),
        ("[" * 100_000, "OCEL in JSON, XML or SQLite"),
        ('{"objectTypes": ' + "[" * 100_000, "deeply|cut off"),
        ('{"objectTypes": 5, "eventTypes": [], "objects": [], "events": []}', "must be a list"),
        ("", "an empty file"),
    ],
)
def test_what_is_no_object_centric_log_is_refused_in_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(LogError, match=message) as e:
        read_ocel(_write(tmp_path, text))
    assert "\n" not in str(e.value)


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    document = _document()
    document["events"][1]["id"] = "e1"
    with pytest.raises(LogError, match="event 'e1' stands twice"):
        read_ocel(_write(tmp_path, document))


def test_a_log_without_relations_is_refused(tmp_path: Path) -> None:
    document = _document()
    for event in document["events"]:
        event["relationships"] = []
    with pytest.raises(LogError, match="no event of the log is related"):
        read_ocel(_write(tmp_path, document))


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(6)), objects=st.permutations(range(4)))
def test_the_order_in_the_file_changes_no_row(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], objects: list[int]
) -> None:
    document = _document()
    kinds = ["m1", "m2", "u1"]
    document["events"] += [
        {"id": f"x{i}", "type": "apply", "time": f"2026-02-0{i + 1}T00:00:00Z",
         "relationships": [{"objectId": kinds[i % 3], "qualifier": ""},
                           {"objectId": "m1", "qualifier": "q"}]}
        for i in range(4)
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("ocel")
    plain = read_ocel(_write(folder, document)).rows.drop(PLACE)
    document["events"] = [document["events"][i] for i in order]
    document["objects"] = [document["objects"][i] for i in objects]
    shuffled = read_ocel(_write(folder, document)).rows.drop(PLACE)
    assert shuffled.sort("ocel:oid", "ocel:eid").equals(plain.sort("ocel:oid", "ocel:eid"))


def test_a_type_whose_name_says_matter_is_the_case_unless_it_explains_far_less(
    data: Path,
) -> None:
    pallets = read_ocel(data / "ocel" / "pallet-logistics-v0.9.sqlite")
    assert pallets.guesses[0].value == "Order"
    assert read_ocel(data / "ocel" / FORMS[0]).guesses[0].value == "Invoice"


def test_many_objects_whose_name_says_unit_are_no_units(tmp_path: Path) -> None:
    document = _document()
    document["objects"] += [
        {"id": f"h{i}", "type": "unit", "attributes": [], "relationships": []} for i in range(9)
    ]
    assert "unit" not in read_ocel(_write(tmp_path, document)).roles


def test_two_units_at_one_event_are_one_value_and_counted(tmp_path: Path) -> None:
    document = _document()
    document["objects"].append({"id": "u2", "type": "unit", "attributes": [
        {"name": "name", "time": "1970-01-01T00:00:00Z", "value": "Rescue"}]})  # fmt: skip
    document["events"][0]["relationships"].append({"objectId": "u2", "qualifier": "by"})
    table = read_ocel(_write(tmp_path, document))
    assert table.rows["ocel:unit"].to_list()[0] == "Building control + Rescue"
    assert _issue(table, "several_at_one_event") == 1


@pytest.mark.parametrize("name", ["log.ocel.json", "log.sqlite"])
def test_an_export_reads_back_as_it_was(data: Path, tmp_path: Path, name: str) -> None:
    log = read(data / "receipt" / "receipt.xes.gz")
    back = read(export(log, tmp_path / name)[0])
    for column in ("activity", "unit", "resource"):
        assert back.events[column].cast(pl.String).equals(log.events[column].cast(pl.String))
    same = ["case", "start", "time", "order"]
    assert back.events.select(same).equals(log.events.select(same))
    same = ["case", "case_id", "arrival", "end", "closed", "outcome", "due"]
    assert back.cases.select(same).equals(log.cases.select(same))
    assert back.source.dropped == {}


def test_repetition_for_another_object_is_told_from_a_change_of_unit(data: Path) -> None:
    pallets = read_ocel(data / "ocel" / "pallet-logistics-v0.9.sqlite", case_type="Order")
    assert _issue(pallets, "repeated_for_other_objects") == 2


def test_an_event_of_two_type_tables_is_refused(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    path.write_bytes((data / "ocel" / FORMS[2]).read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("insert into event_InsertPayment values ('e5', '2022-01-01', 'X')")
    connection.close()
    with pytest.raises(LogError, match="event 'e5' stands twice"):
        read_ocel(path)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_above_the_ceiling_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    ceilings = dict.fromkeys(("JSON", "XML", "SQLite"), 5000)
    monkeypatch.setattr("polku.log.readers.ocel_parse.MOST_BYTES", ceilings)
    monkeypatch.setattr("polku.log.readers.ocel_sqlite.MOST_BYTES", ceilings)
    with pytest.raises(LogError, match="larger than"):
        read_ocel(data / "ocel" / form)
