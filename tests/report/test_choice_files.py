"""A choice is written as files, and an earlier one is kept."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "redesign"))

from example_front import example_front
from example_reasons import example_reasons

from polku.errors import MissingExtraError
from polku.paths import load, scenario_file
from polku.redesign.choice import choose, explain, read_choice
from polku.redesign.prediction import read_prediction
from polku.redesign.prototype import Prototype
from polku.report import pdf
from polku.report.choice_files import file_name, write_choice
from polku.simulate.file.read import read_scenario

FRONT = example_front()


@pytest.fixture(scope="module")
def current():
    return Prototype(load("event-permit"), read_scenario(scenario_file("event-permit")))


def names(folder):
    return sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())


def test_a_choice_is_written_with_a_sheet_for_each_agency_and_language(tmp_path, current):
    choice = choose(FRONT, "search-1", example_reasons())
    said = write_choice(tmp_path, FRONT, current, current, choice, pdf=False)
    sheets = [f"agencies/{a.id}.{n}.html" for a in FRONT.option("search-1").agencies
              for n in ("fi", "sv", "en")]  # fmt: skip
    assert names(tmp_path) == sorted([*sheets, "choice.json", "choice.md", "prediction.json"])
    assert "3 sheets in 3 languages (HTML)" in said
    assert read_choice(tmp_path) == choice
    assert explain(choice).split("\n")[0] in (tmp_path / "choice.md").read_text(encoding="utf-8")
    promised = read_prediction(tmp_path)
    assert (promised.date, promised.applies_from) == ("2026-05-03", "2026-09-01")
    assert promised.figure("on_time.share").hash
    assert promised.parts["on_time"].keys() >= {"[due]", "definition"}


def test_an_earlier_choice_is_kept_and_its_sheets_go(tmp_path, current):
    first = choose(FRONT, "search-1", example_reasons())
    write_choice(tmp_path, FRONT, current, current, first, pdf=False)
    assert "kept as" not in write_choice(tmp_path, FRONT, current, current, first, pdf=False)
    second = choose(FRONT, "current", example_reasons(date=date(2026, 6, 1)))
    said = write_choice(tmp_path, FRONT, current, current, second, pdf=False)
    assert "the earlier choice is kept as choice-2026-05-03.json" in said
    assert read_choice(tmp_path / "choice-2026-05-03.json") == first
    assert names(tmp_path) == ["choice-2026-05-03.json", "choice.json", "choice.md",
                               "prediction.json"]  # fmt: skip


def test_nothing_is_written_where_a_pdf_cannot_be_made(tmp_path, current, monkeypatch):
    monkeypatch.setattr(pdf, "find_spec", lambda _: None)
    choice = choose(FRONT, "search-1", example_reasons())
    with pytest.raises(MissingExtraError, match=r"polku\[pdf\]"):
        write_choice(tmp_path, FRONT, current, current, choice, pdf=True)
    assert names(tmp_path) == []


def test_an_id_never_leads_out_of_the_folder(tmp_path, current):
    assert file_name("../../etc/x") == "_.._etc_x"
    options = tuple(
        replace(o, agencies=tuple(replace(a, id=f"../{a.id}") for a in o.agencies))
        for o in FRONT.options
    )
    front = replace(FRONT, options=options)
    choice = choose(front, "search-1", example_reasons())
    write_choice(tmp_path / "in", front, current, current, choice, pdf=False)
    assert all(n.startswith("in/") for n in names(tmp_path))
