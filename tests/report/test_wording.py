"""Figures in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polku.measure.measurement import Figure
from polku.report import figures, wording
from polku.report.map_text import broken, cut, drawable, width


def plain(text: str) -> str:
    return text.replace(wording.GAP, " ")


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0, "0 min"),
        (0.0001, "< 1 min"),
        (0.02, "29 min"),
        (0.5, "12 h"),
        (1, "1 day"),
        (11.94, "11.9 days"),
        (60.02, "60 days"),
        (1280.4, "1,280 days"),
    ],
)
def test_a_time_is_told_in_the_unit_that_suits_its_size(days: float, text: str) -> None:
    assert plain(wording.days(days)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 %"), (0.004, "< 1 %"), (0.42, "42 %"), (0.997, "> 99 %"), (1, "100 %")],
)
def test_a_share_never_rounds_to_nothing_or_to_all(value: float, text: str) -> None:
    assert plain(wording.share(value)) == text


def figure(**given: object) -> Figure:
    values: dict[str, object] = {
        "id": "lead_time", "principle": "promptness", "statistic": "p80", "value": 45.2,
        "unit": "days", "low": 41.0, "high": 49.9, "se": None, "n": 100, "open": 10,
        "direction": "lower", "hash": "x", "status": "ok",
    }  # fmt: skip
    return Figure(**{**values, **given})  # type: ignore[arg-type]


def test_an_interval_names_its_unit_once() -> None:
    assert plain(figures.interval_text(figure())) == "41 to 49.9 days"


def test_a_bound_beyond_the_log_says_that_it_was_not_reached() -> None:
    text = plain(figures.interval_text(figure(high=None, status="not_reached")))
    assert text == "41 days to not reached"
    assert figures.value_text(figure(value=None, status="not_reached")) == "not reached"


def test_a_hidden_figure_shows_neither_value_nor_interval() -> None:
    hidden = figure(value=3.0, status="hidden")
    assert figures.value_text(hidden) == "hidden"
    assert figures.interval_text(hidden) == ""


@given(st.text(max_size=120), st.integers(1, 4))
def test_text_in_a_box_never_takes_more_lines_or_width_than_it_has(text: str, most: int) -> None:
    lines = broken(text, 11.5, 110, most)
    assert len(lines) <= most
    assert all(width(line, 11.5) <= 110 + 1e-9 for line in lines)


@given(st.text(max_size=60), st.floats(20, 300))
def test_a_cut_text_fits(text: str, room: float) -> None:
    assert width(cut(text, 12, room), 12) <= room


def test_characters_that_xml_cannot_hold_become_a_mark() -> None:
    assert drawable("a\x1b[31mb\x00\ufffe\tc\n") == "a\ufffd[31mb\ufffd\ufffd\tc\n"


def test_a_text_of_a_million_characters_is_cut_at_once() -> None:
    long = "Ä" * 1_000_000
    assert cut(long, 12, 100) == cut(long[:200], 12, 100)
    assert broken(f"step {long}", 12, 100, 3) == broken(f"step {long[:500]}", 12, 100, 3)


def test_no_statistic_is_told_in_the_statisticians_own_word() -> None:
    for statistic in ("rmst", "rmst_gap", "p_holm", "smallest_gap", "mean_within_h", "p50"):
        found = figure(statistic=statistic, horizon_days=69.0)
        assert not re.search(r"rmst|holm|p50|\bgap\b|_", figures.statistic_text(found))
    found = figure(statistic="rmst", horizon_days=69.0)
    assert figures.statistic_text(found) == "mean time to the end or to 69 days"
