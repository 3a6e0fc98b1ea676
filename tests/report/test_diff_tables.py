"""A difference between two paths on a terminal and on a page."""

from __future__ import annotations

import io

from lxml import etree
from rich.console import Console

from polku.path.build import start
from polku.path.diff import diff
from polku.report.diff_tables import diff_html, print_diff

ONE = start("Stall").step("Apply", unit="Square").step("Look <b>in</b>", unit="Rescue & co").path()
TWO = start("Stall").step("Apply", unit="Square").step("[red]Ask", unit="Square", id="x").path()


def shown(one, two, language, width=100):
    console = Console(file=io.StringIO(), width=width)
    print_diff(console, diff(one, two), language)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_a_terminal_shows_the_summary_and_a_heading_for_each_agency():
    lines = shown(ONE, TWO, "en").splitlines()
    assert lines[0] == "Stall: what changes from the version before to the version after"
    assert lines[1].startswith("Contacts between you and the agencies in one matter")
    assert "Rescue & co" in lines
    assert "· No longer done: »Look <b>in</b>«." in lines
    assert "· New: »[red]Ask«." in lines


def test_long_sentences_are_broken_beside_their_point():
    lines = shown(ONE, TWO, "fi", 30).splitlines()
    assert all(len(line) <= 30 for line in lines)
    assert any(line.startswith("  ") for line in lines)


def test_nothing_changed_is_one_line():
    assert shown(ONE, ONE, "sv").strip() == "Ingenting ändras."


def test_the_piece_of_a_page_is_well_formed_and_escapes_names():
    html = diff_html(diff(ONE, TWO), "sv")
    tree = etree.fromstring(str(html))
    assert tree.get("lang") == "sv"
    assert "Rescue & co" in [h.text for h in tree.iter("h3")]
    assert any("<b>in</b>" in (item.text or "") for item in tree.iter("li"))
