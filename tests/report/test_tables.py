"""Tables for the terminal and the notebook."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

import polku
from measure.build import tiny
from polku.log.mapping import About, Mapping
from polku.measure.comparison import Comparison, Row, SideSummary
from polku.measure.measuring import measure
from polku.report.compared import says
from polku.report.figures import signed
from polku.report.tables import (
    comparison_table,
    measurement_html,
    measurement_table,
    print_measurement,
)


def printed(shown: RenderableType, width: int = 160) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(shown)
    return out.getvalue().replace("\u00a0", " ")


def rows() -> list[dict[str, object]]:
    return [
        {"case": f"m{i}", "activity": "[red]a[/]", "unit": f"U{k}", "time": 24.0 * k * (1 + i % 5)}
        for i in range(40)
        for k in range(3)
    ]


def test_a_measurement_is_shown_by_principle_with_intervals() -> None:
    text = printed(measurement_table(measure(tiny(rows()))))
    assert "40 matters, 120 steps" in text
    assert text.index("Smoothness") < text.index("Promptness")
    assert "half within" in text
    assert "Not measurable from this log" in text


def test_printing_is_the_same_as_the_table() -> None:
    found = measure(tiny(rows()))
    out = io.StringIO()
    print_measurement(Console(file=out, width=160), found)
    assert out.getvalue().replace("\u00a0", " ") == printed(measurement_table(found))


def test_a_notebook_shows_the_measurement_with_everything_escaped() -> None:
    log = tiny(rows(), {"m0": {"size": "<b>x</b>"}})
    text = measurement_html(measure(log, by=("size",)))
    assert "lead time" in text
    assert "<b>x" not in text


def test_a_difference_bears_its_sign() -> None:
    assert signed(-3.0, "days").replace("\u00a0", " ") == "−3 days"
    assert signed(0.1234, "share").replace("\u00a0", " ") == "+12.3 points"


def test_a_value_shows_itself_in_a_notebook_without_its_room_importing_the_report() -> None:
    log = tiny(rows(), {"m0": {"size": "<b>x</b>"}})
    found = measure(log)
    assert found._repr_html_() == measurement_html(found)
    assert "[red]a[/]" in log._repr_html_()
    assert "40 matters, 120 steps" in log._repr_html_()


def test_only_a_notebook_makes_a_lower_room_name_the_report() -> None:
    source = Path(polku.__file__).parent
    named = {
        (p.name, found)
        for room in ("log", "measure")
        for p in (source / room).rglob("*.py")
        for found in re.findall(r"polku\.report\.\w+", p.read_text(encoding="utf-8"))
    }
    assert named == {
        ("measurement.py", "polku.report.notebook"),
        ("eventlog.py", "polku.report.notebook"),
    }


def test_a_synthetic_log_is_marked_in_the_terminal_and_the_notebook() -> None:
    about = About(title="Permits", note="Synthetic: <invented>")
    found = measure(tiny(rows(), mapping=Mapping(about=about)))
    assert printed(measurement_table(found)).startswith("Permits: 40 matters")
    assert "Synthetic: <invented>" in printed(measurement_table(found))
    assert "Synthetic: &lt;invented&gt;" in found._repr_html_()


def test_a_narrow_console_has_one_line_for_each_criterion() -> None:
    found = measure(tiny(rows()))
    lines = printed(measurement_table(found), 120).splitlines()
    told = [line for line in lines if line.startswith(" unit_handovers")]
    assert len(told) == 1
    assert "ended: half ≤ " in told[0]
    assert not any("rmst" in line or "p_holm" in line for line in lines)


@pytest.mark.parametrize("width", [80, 120, 160])
def test_no_line_is_wider_than_the_console(width: int) -> None:
    log = tiny(rows(), {f"m{i}": {"size": f"S{i % 2}"} for i in range(40)})
    found = measure(log, by=("size",))
    assert max(len(line) for line in printed(measurement_table(found), width).splitlines()) <= width


def a_row(**more: object) -> Row:
    given: dict[str, object] = {
        "id": "lead_time", "principle": "promptness", "statistic": "rmst", "unit": "days",
        "direction": "lower", "before": 12.0, "after": 9.0, "n_before": 50, "n_after": 60,
        "open_before": 0, "open_after": 2, "difference": -3.0, "low": -4.0, "high": -2.0,
        "se": 0.5, "p": 0.01, "p_holm": 0.02, "standardised": None, "control": None,
        "detectable": 0.3, "basis": "plain", "verdict": "better", "says": "better",
        "horizon_days": 69.0,
    }  # fmt: skip
    return Row(**(given | more))  # type: ignore[arg-type]


def compared(*found: Row) -> Comparison:
    sides = SideSummary("before", 50, 0, None, None), SideSummary("after", 60, 2, None, None)
    return Comparison("logs", *sides, found)


def test_a_comparison_tells_the_first_statistic_of_a_criterion_in_one_line() -> None:
    found = compared(a_row(), a_row(statistic="p50"), a_row(statistic="log_rank"))
    told = printed(comparison_table(found), 120)
    assert "lead_time mean" in told
    assert "half within" not in told
    assert "mean: time to the end, or to the last day both sides can tell of: lead_time 69" in told
    assert "rmst" not in told
    assert "half within" in printed(comparison_table(found), 160)


def test_no_difference_shown_says_what_could_have_been_shown() -> None:
    row = a_row(verdict="no_difference_shown", says="no difference shown (could have …)")
    assert says(row).replace("\u00a0", " ") == "no difference shown (could have shown ≥ 0.30 days)"
    share = a_row(unit="share", verdict="no_difference_shown", detectable=0.046)
    assert says(share) == "no difference shown (could have shown ≥ 4.6 points)"
