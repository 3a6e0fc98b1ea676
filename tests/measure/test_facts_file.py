"""Facts as files: what is written measures the same."""

from __future__ import annotations

import json

import openpyxl
import polars as pl
import pytest
from build import tiny

from polku.errors import LogError
from polku.log.mapping import Burden, CaseColumns, Closed, Mapping
from polku.measure.facts_file import facts_head, load_facts, save_facts
from polku.measure.measuring import measure
from polku.measure.reading import facts


def log_of(n: int = 40):
    rows, matters = [], {}
    units = ("counter", "lane", "roads")
    for i in range(n):
        id = f"=m{i}"
        kinds = ("application_submitted", "supplement_requested", "supplement_received",
                 "decision_made")  # fmt: skip
        for k, kind in enumerate(kinds):
            rows.append(
                {
                    "case": id, "activity": f"a{k}", "unit": units[(i + k) % 3],
                    "agency": "city" if (i + k) % 3 else "roads", "resource": f"R{(i * k) % 4}",
                    "channel": ("paper", "net")[(i + k) % 2],
                    "contact": ("customer", "city", "customer", "city")[k], "kind": kind,
                    "start": i * 10 + k * 30 - 2, "time": i * 10 + k * (30 + i % 7),
                }
            )  # fmt: skip
        matters[id] = {
            "closed": i % 4 != 0, "kind": ("plot", "event")[i % 2], "size": ("s", "l")[i % 3 > 0],
            "due": i * 10 + 100,
        }  # fmt: skip
    mapping = Mapping(
        closed=Closed(rule="column", column="closed"),
        cases=CaseColumns(due="due", segments=("size",)),
        burden=Burden(tariff=40.0, hours={"a0": 2.0}),
    )
    return tiny(rows, matters, mapping=mapping)


@pytest.fixture(scope="module")
def log():
    return log_of()


def test_facts_from_a_file_measure_to_the_same_bytes(log, tmp_path):
    found = facts(log)
    assert len(found.values) > 8
    path = save_facts(found, tmp_path / "f.parquet")
    for options in ({}, {"by": ("size",), "period": "month"}):
        again = measure(load_facts(path), **options)
        assert again.dumps() == measure(log, **options).dumps()


def test_the_same_facts_make_the_same_file(log, tmp_path):
    a = save_facts(facts(log), tmp_path / "a.parquet")
    b = save_facts(load_facts(a), tmp_path / "b.parquet")
    assert a.read_bytes() == b.read_bytes()


def test_happenings_stand_as_lists_since_arrival(log, tmp_path):
    frame = pl.read_parquet(save_facts(facts(log), tmp_path / "f.parquet"))
    assert frame.height == 40
    lists = frame["handovers@at"]
    assert lists.dtype == pl.List(pl.Int64)
    assert lists.list.len().sum() > 0
    head = facts_head(tmp_path / "f.parquet")
    assert head["format"] == "polku.facts/1"
    assert json.loads(head["definitions"]["lead_time"]["[closed]"])["rule"] == "column"


def test_an_empty_log_has_facts_too(tmp_path):
    log = log_of(0)
    path = save_facts(facts(log), tmp_path / "f.parquet")
    assert measure(load_facts(path)).dumps() == measure(log).dumps()


def test_the_workbook_has_a_row_for_each_matter_and_no_formula(log, tmp_path):
    path = save_facts(facts(log), tmp_path / "f.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["matters"]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 41
    assert rows[1][0].startswith("=m")
    assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)
    assert "handovers" in rows[0]
    texts = list(book["definitions"].iter_rows(values_only=True))
    assert texts[0] == ("criterion", "what", "text", "hash")


@pytest.mark.parametrize("name", ["f.csv", "f"])
def test_another_ending_is_refused_in_one_line(log, tmp_path, name):
    with pytest.raises(LogError, match=r"\.parquet or \.xlsx") as e:
        save_facts(facts(log), tmp_path / name)
    assert "\n" not in str(e.value)


def test_what_is_no_facts_file_is_refused(tmp_path):
    with pytest.raises(LogError, match="no such file"):
        load_facts(tmp_path / "none.parquet")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "other.parquet")
    (tmp_path / "text.parquet").write_text("hello")
    for name in ("other.parquet", "text.parquet"):
        with pytest.raises(LogError, match="no facts"):
            load_facts(tmp_path / name)
    pl.DataFrame({"a": [1]}).write_parquet(
        tmp_path / "new.parquet", metadata={"polku": '{"format": "polku.facts/9"}'}
    )
    with pytest.raises(LogError, match="facts/9"):
        load_facts(tmp_path / "new.parquet")


def test_a_criterion_with_another_definition_counts_as_missing(log, tmp_path):
    found = facts(log)
    texts = {**found.definitions, "lead_time": {**found.definitions["lead_time"], "unit": "weeks"}}
    from dataclasses import replace

    path = save_facts(replace(found, definitions=texts), tmp_path / "f.parquet")
    figure = measure(load_facts(path)).figure("lead_time", "")
    assert figure.status == "not_measurable"
    assert "another unit" in figure.note
