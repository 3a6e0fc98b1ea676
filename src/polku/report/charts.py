"""Charts as static SVG: Altair specifications drawn by vl-convert, coloured by CSS variables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from polku.report.map_text import drawable

INK, SOFT, GRID, ACCENT, SECOND = "#101112", "#202122", "#303132", "#404142", "#505152"
THIRD, FOURTH = "#606162", "#707172"
"""Stand-ins that `chart_svg` replaces by the report's CSS variables."""

VARIABLES = {
    INK: "var(--ink)", SOFT: "var(--soft)", GRID: "var(--grid)", ACCENT: "var(--accent)",
    SECOND: "var(--second)", THIRD: "var(--third)", FOURTH: "var(--fourth)",
}  # fmt: skip

WIDTH = 640
FONT = "Helvetica Neue, Arial, Liberation Sans, sans-serif"
"""a family whose widths vl-convert knows, so that no label is cut"""


def chart_svg(chart: Any) -> str:
    """Draw a chart; its colours follow the page, and nothing is fetched from anywhere."""
    spec = chart.configure(
        background="transparent",
        font=FONT,
        axis=alt.AxisConfig(
            labelColor=SOFT, titleColor=INK, gridColor=GRID, domainColor=GRID, tickColor=GRID,
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelLimit=260,
        ),
        legend=alt.LegendConfig(
            labelColor=INK, titleColor=INK, labelFontSize=12, titleFontSize=12, orient="top",
            titleFontWeight="normal", labelLimit=260,
        ),
        view=alt.ViewConfig(stroke=None),
    ).to_dict(validate=False)  # fmt: skip
    svg = vl_convert.vegalite_to_svg(_drawable(spec), allowed_base_urls=[])
    for colour, variable in VARIABLES.items():
        svg = re.sub(re.escape(colour), variable, svg, flags=re.IGNORECASE)
        value = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
        svg = svg.replace("rgb({}, {}, {})".format(*value), variable)
    width, height = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg).groups()  # type: ignore[union-attr]
    return svg.replace(
        "<svg ", f'<svg aria-hidden="true" style="max-width:{width}px;width:100%;height:auto" ', 1
    ).replace(f'width="{width}" height="{height}" ', "", 1)


def _drawable(spec: Any) -> Any:
    """The specification without characters that end the drawing engine, and all of us with it."""
    if isinstance(spec, dict):
        return {k: _drawable(v) for k, v in spec.items()}
    if isinstance(spec, list | tuple):
        return [_drawable(v) for v in spec]
    return drawable(spec) if isinstance(spec, str) else spec


def _frame(rows: Sequence[dict[str, Any]]) -> Any:
    return alt.Data(values=list(rows))


def lead_time_chart(rows: Sequence[Sequence[float | int | None]]) -> str:
    """The share of matters ended by each day, with its interval.

    `rows`: the measurement's curve: t in days, at risk, ended, S, low, high.
    """
    values = [
        {
            "t": r[0],
            "share": 1 - (r[3] or 0),
            "low": 1 - r[5] if r[5] is not None else None,
            "high": 1 - r[4] if r[4] is not None else None,
        }
        for r in _thinned(rows, 400)
    ]
    values = [{"t": 0, "share": 0, "low": 0, "high": 0}, *values]
    x = alt.X("t:Q", title="days since arrival", axis=alt.Axis(grid=False))
    y = alt.Y("share:Q", title="share that has ended", axis=alt.Axis(format="~%"), scale=_unit())
    base = alt.Chart(_frame(values), width=WIDTH, height=260)
    band = base.mark_area(interpolate="step-after", color=ACCENT, opacity=0.22).encode(
        x=x, y=alt.Y("low:Q", title="share that has ended", scale=_unit()), y2="high:Q"
    )
    line = base.mark_line(interpolate="step-after", color=ACCENT, strokeWidth=2.2).encode(x=x, y=y)
    rules = (
        alt.Chart(_frame([{"at": 0.5}, {"at": 0.8}, {"at": 0.9}]))
        .mark_rule(color=SOFT, strokeDash=[3, 3])
        .encode(y=alt.Y("at:Q", scale=_unit()))
    )
    return chart_svg(rules + band + line)


def _unit() -> Any:
    return alt.Scale(domain=[0, 1])


def _thinned(rows: Sequence[Any], most: int) -> list[Any]:
    step = max(1, -(-len(rows) // most))
    kept = list(rows[::step])
    return kept if not rows or kept[-1] is rows[-1] else [*kept, rows[-1]]


def bar_chart(rows: Sequence[tuple[str, float]], title: str, *, percent: bool = True) -> str:
    """Horizontal bars in the order given: (label, value)."""
    values = [{"label": label, "value": value} for label, value in rows]
    axis = alt.Axis(format="~%") if percent else alt.Axis()
    base = alt.Chart(_frame(values), width=WIDTH - 220, height=24 * max(len(values), 1)).encode(
        x=alt.X("value:Q", title=title, axis=axis),
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)),
    )
    bars = base.mark_bar(color=ACCENT, height={"band": 0.7})
    text = base.mark_text(align="left", dx=4, color=INK, fontSize=12).encode(
        text=alt.Text("value:Q", format=".0%" if percent else ",.3~r")
    )
    return chart_svg(bars + text)


def cohort_chart(rows: Sequence[dict[str, Any]], title: str, *, percent: bool = False) -> str:
    """A figure by arrival cohort: rows of period, value, low, high (nulls are left out)."""
    shown = [r for r in rows if r["value"] is not None]
    x = alt.X("period:O", title="arrived in", axis=alt.Axis(labelAngle=-40, labelOverlap=True))
    axis = alt.Axis(format="~%") if percent else alt.Axis()
    base = alt.Chart(_frame(shown), width=WIDTH, height=200)
    bars = base.mark_rule(color=ACCENT, strokeWidth=5, opacity=0.3).encode(
        x=x, y=alt.Y("low:Q", title=title, axis=axis), y2="high:Q"
    )
    line = base.mark_line(color=ACCENT, strokeWidth=1.2).encode(x=x, y="value:Q")
    dots = base.mark_point(color=ACCENT, filled=True, size=60, opacity=1).encode(x=x, y="value:Q")
    return chart_svg(bars + line + dots)


def interval_chart(rows: Sequence[dict[str, Any]], title: str) -> str:
    """A figure by segment: rows of segment, value, low, high."""
    base = alt.Chart(_frame(rows), width=WIDTH - 220, height=26 * max(len(rows), 1))
    y = alt.Y("segment:N", sort=None, title=None)
    rule = base.mark_rule(color=ACCENT, strokeWidth=5, opacity=0.3).encode(
        y=y, x=alt.X("low:Q", title=title, scale=alt.Scale(zero=True)), x2="high:Q"
    )
    dots = base.mark_point(color=ACCENT, filled=True, size=70, opacity=1).encode(y=y, x="value:Q")
    return chart_svg(rule + dots)


def age_chart(
    groups: Sequence[str], promises: Sequence[str], table: Sequence[Sequence[int]]
) -> str:
    """Open matters by age group, stacked by how they stand against their promise."""
    values = [
        {"age": g, "promise": p, "matters": n, "rank": j}
        for g, row in zip(groups, table, strict=True)
        for j, (p, n) in enumerate(zip(promises, row, strict=True))
    ]
    colours = {
        "overdue": FOURTH, "due within 14 days": THIRD, "due later": ACCENT,
        "no promise known": SECOND,
    }  # fmt: skip
    legend = alt.Legend(title=None) if len(promises) > 1 else None
    bars = (
        alt.Chart(_frame(values), width=WIDTH - 140, height=26 * len(groups))
        .mark_bar()
        .encode(
            y=alt.Y("age:N", sort=None, title=None),
            x=alt.X("matters:Q", title="open matters"),
            color=alt.Color(
                "promise:N",
                scale=alt.Scale(domain=list(promises), range=[colours[p] for p in promises]),
                legend=legend,
            ),
            order="rank:Q",
        )
    )
    return chart_svg(bars)
