"""A front on a terminal: all options in one table, and one with its ladder."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from polku.errors import RedesignError
from polku.path.facts import Text
from polku.report.redesign_tables import front_table, option_table

sys.path.insert(0, str(Path(__file__).parents[1] / "redesign"))
from example_front import example_front


@pytest.fixture(scope="module")
def front():
    return example_front()


def printed(renderable, width=200) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(renderable)
    return console.file.getvalue().replace("\u00a0", " ")


def test_every_option_stands_in_the_table_with_its_score_and_chance(front):
    said = printed(front_table(front), 260)
    for words in ("20.4 ± 1.1", "16.9 ± 1.0", "13.1 ± 1.2", "7.8 ± 1.4", "97 %", "22 %",
                  "Current state", "★ One contact point", "35.0 ✓", "3.78 ✓", "15.0 ✗",
                  "18 better, 1 worse, 1 not shown", "fragile, broken: no segment"):  # fmt: skip
        assert words in said
    assert "Test first: “The later statement has to be done anew" in said


@pytest.mark.parametrize("width", [60, 100, 160])
def test_the_table_fits_every_width(front, width):
    for made in (front_table(front), option_table(front, "search-1")):
        assert max(map(len, printed(made, width).splitlines())) <= width


def test_one_option_shows_its_ladder_what_it_rests_on_and_who_must_change(front):
    said = printed(option_table(front, "search-1"))
    for words in ("−7.9", "(−8.5)", "all moves together", "−13.2", "test this first",
                  "Rescue department must change:", "staff hours per matter: 2.90 → 2.38",
                  "? not decided: no unit over 85%",
                  "Worse: matters handled flexibly"):  # fmt: skip
        assert words in said


def test_a_fragile_assumption_is_called_so(front):
    assert "test this first, fragile" in printed(option_table(front, "search-3"))


def test_the_current_state_has_no_ladder_and_is_told_all_the_same(front):
    assert "Current state" in printed(option_table(front, "current"))
    alone = replace(front, options=front.options[:1], recommended=None, why="no move is allowed")
    assert "No option was found" in printed(front_table(alone))


def test_an_unknown_option_is_refused_with_the_nearest(front):
    with pytest.raises(RedesignError, match="did you mean 'search-1'"):
        option_table(front, "serch-1")


def test_a_title_commands_no_terminal(front):
    evil = replace(front.options[1], title=Text(en="\x1b[31mred [bold]x[/bold]"))
    said = printed(front_table(replace(front, options=(front.current, evil))))
    assert "\x1b" not in said
    assert "[bold]x[/bold]" in said
