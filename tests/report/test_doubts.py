"""What a reader could stumble over is said beside the figure, in words that need no mapping."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from measure.build import tiny
from polku.log.eventlog import EventLog
from polku.log.mapping import CaseColumns, Mapping
from polku.log.read import read
from polku.log.source import Issue
from polku.measure.steps import Steps
from polku.report import wording
from polku.report.content import content, equality_figures
from polku.report.doubts import cut_off, ends_of_open, zero_note
from polku.report.equality import equality_table
from polku.report.html import report
from polku.report.map import notes
from polku.report.plain import plain
from polku.report.summary import summary
from polku.report.time_spent import time_spent
from polku.report.walk import walk

CLOCK = re.compile(r"\[(columns|kinds|clock|contacts|cases|agencies|calendar|survey|burden)\]")


@pytest.fixture(scope="module")
def permits(data: Path) -> EventLog:
    return read(data / "bpic15" / "BPIC15_1.xes.gz")


@pytest.fixture(scope="module")
def receipt(data: Path) -> EventLog:
    return read(data / "receipt" / "receipt.xes.gz")


def words_of(html: str) -> str:
    """The text of a page but for its folded definitions, pictures and style."""
    html = re.sub(r"(?s)<(style|svg).*?</\1>", " ", html)
    html = re.sub(r'(?s)<tr class="definition">.*?</tr>', " ", html)
    text = unescape(re.sub(r"<[^>]+>", " ", html)).replace(wording.GAP, " ")
    return " ".join(text.split())


def arriving(hours: list[float], until: float) -> EventLog:
    rows = [{"case": f"m{i}", "activity": "a", "time": h} for i, h in enumerate(hours)]
    return tiny(rows, until=until)


def test_a_log_in_which_nobody_arrived_for_long_is_asked_whether_it_was_cut_off() -> None:
    daily = [24.0 * i for i in range(30)]
    assert cut_off(arriving(daily, 24.0 * 49)) is None
    found = cut_off(arriving(daily, 24.0 * 52))
    assert found is not None
    assert "cut off" in found.question
    assert cut_off(arriving([h / 24 for h in daily], 24.0 * 10)) is None
    assert cut_off(arriving(daily[:10], 24.0 * 99)) is None


def test_permits_with_an_end_that_stand_as_open_are_told_beside_their_number(
    permits: EventLog,
) -> None:
    assert ends_of_open(permits) == ("endDate", 364)
    c = content(permits)
    told = summary(c)
    assert "364 of these have a day in “endDate”" in told[0][1]
    assert "364 open ones have a day in “endDate”" in c.quality[0].question
    assert "This changed over time" in told[1][1]
    assert c.cut_off is not None


def test_the_pages_of_two_public_logs_speak_no_mapping_language(
    permits: EventLog, receipt: EventLog
) -> None:
    for log in (permits, receipt):
        page = report(log).html
        told = words_of(page)
        assert not CLOCK.search(told)
        assert not re.search(r"\bmapping\b|censored|Kaplan|P90|\(none\)|≤|asked for would", told)
        assert "nobody worked" not in told
        assert "work and waiting cannot be told apart" in told
        assert '<a href="#cannot">told below</a>' in page


def test_matters_that_end_before_they_arrive_are_told_beside_the_lead_time(
    receipt: EventLog,
) -> None:
    told = words_of(report(receipt).html)
    assert "117 matters have an end that lies before the arrival" in told
    none = receipt.cases.filter(pl.col("closed") & (pl.col("end") <= pl.col("arrival"))).height
    assert f"{none} matters have a lead time of 0 min" in told


def test_a_log_whose_ends_fit_has_no_note_on_them() -> None:
    rows = [{"case": "m", "activity": "a", "time": 0.0}, {"case": "m", "activity": "b", "time": 1}]
    log = tiny(rows)
    assert zero_note(Steps(log)) == ""
    issue = Issue("end_before_arrival", 1, "", dropped=False)
    mended = EventLog(**{**vars(log), "source": log.source.with_issues(issue)})
    assert zero_note(Steps(mended)).startswith("1 matter has an end that lies before")


def test_a_few_long_waits_are_told_from_many_equal_ones() -> None:
    rows = [
        {"case": f"m{i}", "activity": a, "time": h}
        for i in range(20)
        for a, h in (("a", 0.0), ("few", 0.1 if i else 500.0), ("even", 530.0))
    ]
    found = {s.step: s.by_few for s in time_spent(Steps(tiny(rows))).steps}
    assert found == {"few": True, "even": False}


def test_the_map_counts_the_arrivals_and_ends_that_bear_no_mark(receipt: EventLog) -> None:
    shown = walk(receipt)
    least = 0.05 * shown.matters
    marked = sum(s.ends for s in shown.stops if s.ends >= least)
    ended = shown.matters - (shown.open or 0)
    assert marked == 1184
    told = f"{ended - marked} of {ended:,} have ended where no mark stands"
    assert any(told in note for note in notes(shown))


def test_a_group_of_five_is_shown_wherever_groups_are(receipt: EventLog) -> None:
    told = words_of(report(receipt).html)
    assert "Group 6 5 1 6.2 days" in told
    assert "Group 6 fewer than 5" not in told
    assert "not given 825" in told


def test_a_log_with_times_for_work_speaks_of_waits() -> None:
    rows = [
        {"case": f"m{i}", "activity": a, "start": s, "time": s + 1}
        for i in range(9)
        for a, s in (("a", 0.0), ("b", 9.0))
    ]
    told = words_of(report(tiny(rows)).html)
    assert "A wait is time in which nobody worked on the matter" in told
    assert "cannot be told apart" not in told.partition("The words")[0]


def test_like_for_like_is_left_out_where_no_group_has_it() -> None:
    rows = [
        {"case": f"m{i}", "activity": "ab"[k], "time": float(k * i)}
        for i in range(40)
        for k in range(2)
    ]
    sizes = {f"m{i}": {"size": f"S{i % 2}"} for i in range(40)}
    log = tiny(rows, sizes, mapping=Mapping(cases=CaseColumns(segments=("size",))))
    told = words_of(report(log).html)
    assert "so that column is left out" in told
    assert "like for like p, corrected" not in told


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (
            "no activity is marked as suspended ([kinds])",
            "no step is marked as a stop of the clock",
        ),
        ("the mapping has no [calendar] hours", "nobody has told the working hours"),
        ("no event column 'fee' ([columns])", "no column tells the fee"),
        (
            "the matters have no outcome ([cases] outcome)",
            "the log does not tell how the matter ended",
        ),
        ("a note without any", "a note without any"),
    ],
)
def test_a_note_is_told_without_the_sections_of_a_mapping(note: str, words: str) -> None:
    assert plain(note) == words


def test_a_large_group_beside_a_small_one_is_not_called_small() -> None:
    rows = [
        {"case": f"m{i}", "activity": "ab"[k], "time": float(k * (i + 1))}
        for i in range(20)
        for k in range(2)
    ]
    sizes = {f"m{i}": {"size": "rare" if i < 3 else "common"} for i in range(20)}
    log = tiny(rows, sizes, mapping=Mapping(cases=CaseColumns(segments=("size",))))
    told = {str(r[1]): r[-1] for r in equality_table(equality_figures(content(log))).rows}
    assert told == {"rare": "fewer than 5", "common": "fewer than 5 others"}
