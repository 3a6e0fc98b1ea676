"""The table of a check on a terminal."""

from __future__ import annotations

import io
import sys
from pathlib import Path as File

import pytest
from rich.console import Console

from polku.path.check import check
from polku.path.checking.findings import Element, Finding, Report
from polku.report.path_tables import check_table

sys.path.insert(0, str(File(__file__).parents[1] / "path"))
from check_sample import TODAY, draw, good


def printed(report: Report, width: int) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(check_table(report))
    return console.export_text()


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_finding_shows_code_place_fault_and_mending(width):
    report = check(draw("start > X1 > a > A2 > end; X1 > b > A2"), today=TODAY)
    text = " ".join(printed(report, width).split())
    for words in ("error", "P301", "A2", "waits for", "not sound", "error"):
        assert words in text
    assert max(map(len, printed(report, width).splitlines())) <= width


def test_a_good_path_shows_its_verdict_alone():
    text = printed(check(good(), today=TODAY), 120)
    assert "sound" in text
    assert "no findings" in text
    assert "code" not in text


def test_names_are_neither_markup_nor_commands_to_the_terminal():
    finding = Finding("P101", "error", (Element("x", "[red]a\x1b[31m", 3),), "found", "mend")
    text = printed(Report("p", "[bold]", TODAY, (finding,)), 160)
    assert "[red]a" in text
    assert "\x1b" not in text
