"""Tables for the terminal and the notebook."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType

from measure.build import tiny
from polku.measure.measuring import measure
from polku.report.figures import signed
from polku.report.tables import (
    measurement_html,
    measurement_table,
    print_measurement,
)


def printed(shown: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=160).print(shown)
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
