"""The report: it answers a reader's questions rightly, hides what it must, and needs no network."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from measure.build import DAY, HOUR, tiny
from polku.errors import MissingExtraError
from polku.log.eventlog import EventLog
from polku.log.mapping import About, CaseColumns, Mapping, Times
from polku.log.read import read
from polku.measure.measuring import measure
from polku.measure.steps import Steps
from polku.report import wording
from polku.report.content import content, segment_columns
from polku.report.equality import equality_table
from polku.report.handed_over import hand_overs
from polku.report.html import Report, report
from polku.report.map import draw_map
from polku.report.open_matters import open_matters
from polku.report.quality import quality
from polku.report.summary import cannot_tell, summary
from polku.report.time_spent import time_spent


@pytest.fixture(scope="module")
def receipt(data: Path) -> EventLog:
    return read(data / "receipt" / "receipt.xes.gz")


@pytest.fixture(scope="module")
def page(receipt: EventLog) -> Report:
    return report(receipt)


class Text(HTMLParser):
    """The text of a page, its tags, and what its attributes point to."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]
        self.open.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def text_of(made: Report) -> str:
    parser = Text()
    parser.feed(made.html)
    return " ".join(" ".join(parser.words).replace(wording.GAP, " ").split())


def test_a_reader_learns_how_long_8_of_10_take(receipt: EventLog, page: Report) -> None:
    figure = measure(receipt).figure("lead_time", "p80")
    assert figure.value is not None
    assert f"8 of 10 within {wording.days(figure.value)}".replace(wording.GAP, " ") in text_of(page)


def test_a_reader_learns_where_the_time_goes(receipt: EventLog, page: Report) -> None:
    spent = time_spent(Steps(receipt))
    assert spent.after > spent.waiting
    told = text_of(page)
    most = wording.share(spent.after / spent.all).replace(wording.GAP, " ")
    assert f"{most} is time after the last recorded step, until the matter's end" in told
    days = wording.count(spent.after / DAY)
    assert f"last recorded step, until the matter's end {days} days {most}" in told
    assert f"most comes before “{spent.steps[0].step}”" in told


def test_a_reader_learns_who_hands_over_to_whom_most(receipt: EventLog, page: Report) -> None:
    matrix = hand_overs(Steps(receipt), "unit")
    assert matrix is not None
    most = matrix.pairs[0]
    events = (
        receipt.events.select("case", "unit")
        .drop_nulls()
        .with_columns(before=pl.col("unit").shift(1).over("case"))
        .filter(pl.col("before") != pl.col("unit"))
        .group_by("before", "unit")
        .len()
        .sort("len", descending=True)
    )
    assert (most.giver, most.taker, most.times) == events.row(0)
    assert f"{most.giver} hands over to {most.taker}: {most.times} times" in text_of(page)


def test_a_reader_learns_what_the_figures_cannot_tell(receipt: EventLog, page: Report) -> None:
    told = text_of(page)
    gaps = cannot_tell(content(receipt))
    assert len(gaps) >= 5
    for what, why in gaps:
        assert what[1:] in told
        assert why.replace(wording.GAP, " ") in told


def test_a_reader_learns_what_to_ask_the_agency_for(receipt: EventLog, page: Report) -> None:
    (only,) = quality(Steps(receipt), 0.73)
    assert only.question.endswith(("?", "."))
    assert only.question in text_of(page)


def test_the_summary_has_five_sentences_each_with_its_question(receipt: EventLog) -> None:
    told = summary(content(receipt))
    assert len(told) == 5
    assert all(sentence.endswith((".", "”")) for _, sentence in told)


def test_the_page_needs_no_network_and_runs_no_script(page: Report) -> None:
    parser = Text()
    parser.feed(page.html)
    assert "script" not in parser.tags
    assert "link" not in parser.tags
    assert "img" not in parser.tags
    assert all(t.startswith("#") for t in parser.targets)
    addresses = set(re.findall(r"https?://[^\"'<> ]+", page.html))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_page_is_small_and_the_same_each_time(receipt: EventLog, page: Report) -> None:
    assert len(page.html.encode()) < 3_000_000
    assert report(receipt).html == page.html


def test_every_part_that_is_linked_stands_in_the_page(page: Report) -> None:
    for target in re.findall(r'href="#([a-z]+)"', page.html):
        assert f'id="{target}"' in page.html


def test_charts_follow_the_page_and_have_a_table_beside_them(page: Report) -> None:
    assert "#404142" not in page.html
    assert "var(--accent)" in page.html
    assert page.html.count("<figure role=") >= 4
    assert page.html.count("<table") > page.html.count("<figure role=")


def evil_log() -> EventLog:
    evil = '<img src=x onerror="alert(1)">{{ 7*7 }}</title><script>'
    return tiny(
        [
            {"case": f"{evil}{i}", "activity": f"{evil}{k}", "unit": f"{evil}{k % 2}",
             "agency": evil, "resource": "R1", "channel": evil, "contact": "customer",
             "time": float(k * 24 + i)}
            for i in range(12)
            for k in range(4)
        ],
        {f"{evil}{i}": {"group": f"=1+1{evil}{i % 2}", "closed": i > 2} for i in range(12)},
        mapping=Mapping(cases=CaseColumns(segments=("group",))),
    )  # fmt: skip


def test_text_from_the_log_cannot_become_markup() -> None:
    made = report(evil_log())
    assert "<img" not in made.html
    assert "<script" not in made.html
    assert "7*7" in made.html


def test_a_control_character_in_a_name_does_not_end_the_report() -> None:
    rows = [
        {"case": f"m{i}", "activity": f"step {k}\x1b[31m", "unit": f"unit {k}\x01", "time": i + k}
        for i in range(30)
        for k in range(3)
    ]
    assert "\ufffd[31m" in report(tiny(rows, closed=True)).html


def test_a_small_group_is_hidden_with_its_count() -> None:
    log = tiny(
        [{"case": f"m{i}", "activity": "a", "time": float(k * 24)} for i in range(20)
         for k in range(2)],
        {f"m{i}": {"size": "rare" if i < 3 else "common"} for i in range(20)},
        mapping=Mapping(cases=CaseColumns(segments=("size",))),
    )  # fmt: skip
    told = text_of(report(log))
    assert "rare fewer than 5" in told
    assert "hidden" in told


def test_segment_columns_that_name_persons_are_not_shown() -> None:
    log = tiny(
        [{"case": f"m{i}", "activity": "a", "time": 1.0} for i in range(6)],
        {f"m{i}": {"responsible": f"P{i % 2}", "size": f"S{i % 2}"} for i in range(6)},
        mapping=Mapping(cases=CaseColumns(segments=("responsible", "size"))),
    )
    assert segment_columns(log, ()) == ("size",)


def test_no_person_is_named_in_the_report() -> None:
    rows = [
        {"case": f"m{i}", "activity": f"a{k}", "resource": "Virtanen, Maija", "time": float(k)}
        for i in range(8)
        for k in range(3)
    ]
    assert "Virtanen" not in report(tiny(rows)).html


def test_a_log_without_a_closed_rule_says_so_instead_of_a_lead_time() -> None:
    rows = [{"case": f"m{i}", "activity": "a", "time": float(i)} for i in range(9)]
    told = text_of(report(tiny(rows, closed=False)))
    assert "Nobody can say from this log how long a matter takes" in told
    assert "Which field tells that a matter has ended" in told


@pytest.mark.parametrize("matters", [0, 1])
def test_an_empty_log_and_one_matter_give_a_report(matters: int) -> None:
    rows = [{"case": f"m{i}", "activity": "a", "time": 1.0} for i in range(matters)]
    assert text_of(report(tiny(rows))).startswith(f"The way of {matters} matter")


def test_all_open_matters_give_a_report() -> None:
    rows = [{"case": f"m{i}", "activity": "a", "time": float(i)} for i in range(30)]
    log = tiny(rows, {f"m{i}": {"closed": False} for i in range(30)}, until=500.0)
    told = text_of(report(log))
    assert "30 of them (100 %) are still open" in told
    assert "later than this log can show" in told


def test_open_matters_are_told_by_age_promise_and_unit() -> None:
    rows = [{"case": f"m{i}", "activity": "a", "unit": f"U{i % 2}", "time": 0.0} for i in range(6)]
    matters = {f"m{i}": {"closed": False, "due": 24.0 * (5 + 10 * i)} for i in range(6)}
    found = open_matters(Steps(tiny(rows, matters, until=24.0 * 20)))
    assert found is not None
    assert found.matters == 6
    assert found.overdue == 2
    assert {w.unit: w.matters for w in found.waited_on} == {"U0": 3, "U1": 3}
    ages = dict(zip(found.age_groups, found.ages, strict=True))
    assert sum(ages["14 to 30 days"]) == 6
    assert found.median_age == 20 * DAY


def test_waiting_by_step_adds_up_to_all_waiting() -> None:
    rows = [
        {"case": "m", "activity": "a", "start": 0.0, "time": 1.0},
        {"case": "m", "activity": "b", "start": 3.0, "time": 4.0},
        {"case": "m", "activity": "c", "start": 9.0, "time": 10.0},
    ]
    spent = time_spent(Steps(tiny(rows)))
    assert spent.waiting == 7 * HOUR == sum(s.total for s in spent.steps)
    assert spent.work == 3 * HOUR
    assert [s.step for s in spent.steps] == ["c", "b"]


def test_work_side_by_side_is_no_hand_over() -> None:
    rows = [
        {"case": "m", "activity": "ask", "unit": "A", "start": 0.0, "time": 1.0},
        {"case": "m", "activity": "say", "unit": "B", "start": 2.0, "time": 5.0},
        {"case": "m", "activity": "say", "unit": "C", "start": 2.0, "time": 6.0},
    ]
    matrix = hand_overs(Steps(tiny(rows)), "unit")
    assert matrix is not None
    assert {(p.giver, p.taker) for p in matrix.pairs} == {("A", "B"), ("A", "C")}


def test_hand_overs_are_those_of_the_criteria(receipt: EventLog) -> None:
    steps = Steps(receipt)
    matrix = hand_overs(steps, "unit")
    assert matrix is not None
    assert matrix.total == sum(p.times for p in matrix.pairs) == steps.handed_over("unit").sum()


def test_the_parts_of_the_time_are_all_the_time_that_matters_were_watched(
    receipt: EventLog,
) -> None:
    spent = time_spent(Steps(receipt))
    assert spent.all == Steps(receipt).watched.sum() == sum(v for _, v in spent.parts)


def test_dates_without_a_time_of_day_lead_to_the_question_for_it() -> None:
    rows = [{"case": f"m{i}", "activity": "a", "unit": "U", "time": 24.0 * i} for i in range(10)]
    (row,) = quality(Steps(tiny(rows)))
    assert row.midnight == 1.0
    assert "time of day" in row.question


def test_open_matters_that_lie_still_for_months_are_doubted() -> None:
    rows = [{"case": f"m{i}", "activity": "a", "time": 1.0} for i in range(40)]
    log = tiny(rows, {f"m{i}": {"closed": i < 5} for i in range(40)}, until=24.0 * 400)
    assert "Are they really open" in quality(Steps(log))[0].question


def test_a_report_shows_itself_in_a_notebook(page: Report) -> None:
    assert page._repr_html_().startswith("<iframe srcdoc=")


def test_the_file_is_written_whole(tmp_path: Path) -> None:
    made = report(evil_log(), tmp_path / "deep" / "report.html")
    assert (tmp_path / "deep" / "report.html").read_text(encoding="utf-8") == made.html


def test_a_pdf_without_its_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("polku.report.pdf.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'polku\[pdf\]'"):
        report(evil_log(), tmp_path / "r.html", pdf=tmp_path / "r.pdf")
    assert not (tmp_path / "r.html").exists()


def test_a_pdf_is_written(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="WeasyPrint (extra pdf) is not installed")
    report(evil_log(), pdf=tmp_path / "r.pdf")
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")


def test_the_workbook_has_the_definitions_second_and_runs_no_formula(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    report(evil_log(), xlsx=tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames[:2] == ["Criteria", "Definitions"]
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not any(c.data_type == "f" or c.hyperlink for c in cells)
    assert any(str(c.value).startswith("=1+1") for c in cells)


def test_the_workbook_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        report(evil_log(), xlsx=tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_of_many_groups_the_largest_12_are_told_and_the_rest_counted() -> None:
    rows = [
        {"case": f"m{i}", "activity": f"a{k}", "time": float(k * 24 * (1 + i % 7))}
        for i in range(200)
        for k in range(3)
    ]
    matters = {f"m{i}": {"size": f"S{i % 20 if i < 180 else 0}"} for i in range(200)}
    log = tiny(rows, matters, mapping=Mapping(cases=CaseColumns(segments=("size",))))
    figures = [f for f in measure(log).criteria if f.id.startswith("equality_")]
    ids = {f.id for f in figures if f.by is not None}
    table = equality_table([f for f in figures if f.id == min(ids)])
    assert len(table.rows) == 12
    assert "8 smaller groups left out" in table.caption
    assert "S0" in {str(row[1]) for row in table.rows}
    assert "8 smaller groups left out" in text_of(report(log))


def test_what_a_mapping_says_of_its_log_stands_under_every_title(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    note = "Synthetic: <b>all</b> is invented"
    log = tiny(
        [{"case": f"m{i}", "activity": "a", "time": float(i)} for i in range(9)],
        mapping=Mapping(about=About(title="Permits & co", note=note)),
    )
    made = report(log, tmp_path / "r.html", xlsx=tmp_path / "r.xlsx")
    assert text_of(made).count("Permits & co Measured from an event log")
    assert text_of(made).count(note) >= 3
    description = ET.fromstring(draw_map(log)).find("{http://www.w3.org/2000/svg}desc")
    assert description is not None
    assert note in (description.text or "")
    first = openpyxl.load_workbook(tmp_path / "r.xlsx").worksheets[0]
    assert first["A1"].value == note


def test_a_log_of_dates_tells_no_wait_below_a_day() -> None:
    rows = [
        {"case": f"m{i}", "activity": "abc"[k], "unit": f"U{k}", "time": 24.0 * (k // 2 * 3) + k}
        for i in range(30)
        for k in range(3)
    ]
    log = tiny(rows, mapping=Mapping(time=Times(day_granular_share=0.6)))
    told = text_of(report(log))
    assert wording.COARSE_NOTE.replace(wording.GAP, " ") in told
    drawn = str(draw_map(log))
    assert not re.search(r"at once|\d\u00a0(min|h)\b", drawn)
    assert "same day" in drawn or "1\u00a0d" in drawn


def test_open_matters_whose_turn_is_the_customers_are_counted() -> None:
    rows = [
        {
            "case": f"m{i}",
            "activity": "ask",
            "unit": "U",
            "kind": "supplement_requested",
            "time": 1.0,
        }
        for i in range(6)
    ]
    log = tiny(rows, {f"m{i}": {"closed": i > 3} for i in range(6)}, until=24.0 * 9)
    found = open_matters(Steps(log))
    assert found is not None
    assert found.turns_known
    assert [(w.matters, w.customer, w.statement) for w in found.waited_on] == [(4, 4, 0)]
