"""A picture for each distance: the real log's shape and those of the simulated logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt

from polku.report import wording
from polku.report.charts import ACCENT, GRID, SOFT, THIRD, chart_svg
from polku.report.fidelity_words import (
    MARKS,
    criteria_table,
    distance_table,
    headline,
    not_measurable,
    subject,
)
from polku.report.map_text import cut, width
from polku.report.table import Num, Table

if TYPE_CHECKING:
    from polku.simulate.fidelity import Fidelity
    from polku.simulate.seen import Shape

REAL, SIMULATED = "real", "simulated"
WIDE = 640
GRAM_WIDTH = 330
"""Pixels for the names of three steps."""
PERIODS_SHOWN = 64
"""Rows of the calendar's table at most."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLOUR = alt.Color(
    "log:N",
    scale=alt.Scale(domain=[REAL, SIMULATED], range=[ACCENT, THIRD]),
    legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=4),
)


@dataclass(frozen=True)
class Picture:
    """One picture: the distance behind it, its title, SVG, text alternative, caption and table."""

    name: str
    title: str
    chart: str
    label: str
    caption: str
    table: Table


def pictures(f: Fidelity) -> tuple[Picture, ...]:
    """The five pictures, in the order of the published distances."""
    band = _band_text(len(f.simulated))
    return (
        _grams(f, band),
        _calendar(f, band),
        _week(f, band),
        _curve(f, "redd", f.seen.since, "When steps happen, since the matter began",
               "share of events so far", "events", band),
        _curve(f, "ctdd", f.seen.cycle, "How long matters take", "share of matters that have ended",
               "matters", band),
    )  # fmt: skip


def _band_text(logs: int) -> str:
    if logs == 1:
        return "One simulated log, so no spread is shown."
    return f"The band reaches from the least to the greatest of {logs} simulated logs."


def _distance(f: Fidelity, name: str) -> str:
    """The distance in half a sentence, with its ratio."""
    d = f.distance(name)
    value = f"{d.mean.value:.3f}" if d.unit == "share" else f"{wording.number(d.mean.value)} h"
    if d.ratio is None:
        return f"{MARKS[name]} {value}"
    return f"{MARKS[name]} {value}, {wording.number(d.ratio.value)} times the noise floor"


def _furthest(shape: Shape, places: Sequence[str]) -> str:
    """Where the simulated mean is furthest from the real share, in words."""
    gaps = [abs(a - b) for a, b in zip(shape.real, shape.mean, strict=True)]
    k = max(range(len(gaps)), key=gaps.__getitem__)
    return (
        f"Furthest apart at {places[k]}: real {_percent(shape.real[k])}, simulated "
        f"{_percent(shape.mean[k])}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}{wording.GAP}%"


def _rows(shape: Shape, at: Sequence[Any]) -> list[dict[str, Any]]:
    out = []
    for k, place in enumerate(at):
        out.append({"at": place, "log": REAL, "share": shape.real[k]})
        out.append(
            {"at": place, "log": SIMULATED, "share": shape.mean[k], "low": shape.low[k],
             "high": shape.high[k]}
        )  # fmt: skip
    return out


def _layers(
    values: list[dict[str, Any]],
    x: Any,
    title: str,
    *,
    step: bool,
    height: int,
    under: Any = None,
) -> str:
    """The SVG of the real line over the simulated ones, all over what stands `under` them."""
    drawn = _lines(values, x, title, step=step, height=height)
    return chart_svg(drawn if under is None else under + drawn)


def _with_difference(values: list[dict[str, Any]], x: Any, title: str) -> str:
    """The SVG of two curves, and below them the simulated one less the real one."""
    real = {row["at"]: row["share"] for row in values if row["log"] == REAL}
    gaps = [
        {"at": row["at"], "zero": 0.0}
        | {k: 100 * (row[k] - real[row["at"]]) for k in ("share", "low", "high")}
        for row in values
        if row["log"] == SIMULATED
    ]
    base = alt.Chart(alt.Data(values=gaps), width=WIDE, height=90)
    axis = alt.Axis(tickCount=3, format="+~r")
    band = base.mark_area(color=THIRD, opacity=0.3).encode(
        x=x, y=alt.Y("low:Q", title="points apart", axis=axis), y2="high:Q"
    )
    line = base.mark_line(color=THIRD, strokeWidth=1.8, strokeDash=[5, 3]).encode(
        x=x, y=alt.Y("share:Q", title="points apart", axis=axis)
    )
    zero = base.mark_line(color=ACCENT, strokeWidth=1.2).encode(x=x, y="zero:Q")
    above = x.copy()
    above["title"] = None
    return chart_svg(
        alt.vconcat(_lines(values, above, title, step=False, height=200), band + zero + line)
    )


def _lines(values: list[dict[str, Any]], x: Any, title: str, *, step: bool, height: int) -> Any:
    """The real line over the simulated band and line."""
    shape: dict[str, Any] = {"interpolate": "step-after"} if step else {}
    axis = alt.Axis(format="~%", tickCount=5)
    base = alt.Chart(alt.Data(values=values), width=WIDE, height=height)
    made = alt.datum.log == SIMULATED
    band = (
        base.transform_filter(made)
        .mark_area(color=THIRD, opacity=0.3, **shape)
        .encode(x=x, y=alt.Y("low:Q", title=title, axis=axis), y2="high:Q")
    )
    y = alt.Y("share:Q", title=title, axis=axis)
    simulated = (
        base.transform_filter(made)
        .mark_line(strokeWidth=1.8, strokeDash=[5, 3], **shape)
        .encode(x=x, y=y, color=_COLOUR)
    )
    real = (
        base.transform_filter(alt.datum.log == REAL)
        .mark_line(strokeWidth=1.8, **shape)
        .encode(x=x, y=y, color=_COLOUR)
    )
    return band + simulated + real


def _table(name: str, head: str, shape: Shape, places: Sequence[str], most: int = 40) -> Table:
    """The picture's figures; of many places every so-manieth."""
    step = max(1, -(-len(places) // most))
    return Table(
        name=name,
        head=(head, "real", "simulated", "least", "greatest"),
        rows=tuple(
            (
                places[k],
                *(
                    Num(v, _percent(v))
                    for v in (shape.real[k], shape.mean[k], shape.low[k], shape.high[k])
                ),
            )
            for k in range(0, len(places), step)
        ),
        numbers=(1, 2, 3, 4),
    )


def _grams(f: Fidelity, band: str) -> Picture:
    shape, names = f.seen.gram_shares, [_gram(g) for g in f.seen.grams]
    places = [f"{k}. {_short(g)}" for k, g in enumerate(f.seen.grams, 1)]  # no two alike
    values = _rows(shape, places)
    base = alt.Chart(alt.Data(values=values), width=WIDE - GRAM_WIDTH, height=24 * len(places))
    y = alt.Y("at:N", sort=None, title=None, axis=alt.Axis(labelLimit=GRAM_WIDTH + 30))
    axis = alt.Axis(format="~%", tickCount=5)
    bars = (
        base.transform_filter(alt.datum.log == REAL)
        .mark_bar(height={"band": 0.72}, opacity=0.55)
        .encode(x=alt.X("share:Q", title="share of all 3-grams", axis=axis), y=y, color=_COLOUR)
    )
    made = base.transform_filter(alt.datum.log == SIMULATED)
    spread = made.mark_rule(strokeWidth=3).encode(x="low:Q", x2="high:Q", y=y, color=_COLOUR)
    dots = made.mark_point(filled=True, size=55, opacity=1).encode(x="share:Q", y=y, color=_COLOUR)
    shown = sum(shape.real)
    return Picture(
        "ngd",
        "What follows what",
        chart_svg(bars + spread + dots),
        f"Bars of the {len(names)} most frequent 3-grams, real and simulated. "
        f"{_distance(f, 'ngd')}. {_furthest(shape, names)}",
        f"Three steps in a row; · stands for before the first step and after the last. These are "
        f"{wording.share(shown)} of the real log's. Bar: real; dot: mean of the simulated. {band}",
        _table("grams", "three steps in a row", shape, names),
    )


def _short(gram: tuple[str, str, str]) -> str:
    """Three names in the room that there is: short ones leave theirs to the others."""
    room = GRAM_WIDTH - 2 * width(" → ", 12) - width("00. ", 12)
    names = [a or "·" for a in gram]
    while sum(width(n, 12) for n in names) > room:
        k = max(range(3), key=lambda k: width(names[k], 12))
        names[k] = cut(names[k], 12, width(names[k], 12) - 6)
    return " → ".join(names)


def _gram(gram: tuple[str, str, str]) -> str:
    return " → ".join(a or "·" for a in gram)


def _calendar(f: Fidelity, band: str) -> Picture:
    shape, hours = f.seen.periods, f.seen.period_hours
    moments = [_EPOCH + timedelta(hours=h) for h in shape.at]
    finest = "%Y-%m-%d" if hours >= 24 else "%Y-%m-%d %H:%M"
    values = _rows(shape, [m.strftime("%Y-%m-%dT%H:%M:%SZ") for m in moments])
    # a step ends where the next begins, so the last needs an end
    end = (moments[-1] + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    values += [{**row, "at": end} for row in values[-2:]]
    x = alt.X("at:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(grid=False))
    places = [m.strftime(finest) for m in moments]
    return Picture(
        "aedd",
        "When steps happen, over the calendar",
        _layers(values, x, f"share of events per {_period(hours)}", step=True, height=200),
        f"Lines of the share of starts and completions in each {_period(hours)}, real and "
        f"simulated. {_distance(f, 'aedd')}. {_furthest(shape, places)}",
        f"Starts and completions in each {_period(hours)}, as a share of all. {band}",
        _table("calendar", "from (UTC)", shape, places, most=PERIODS_SHOWN),
    )


def _period(hours: int) -> str:
    if hours == 1:
        return "hour"
    if hours < 24:
        return f"{hours} hours"
    if hours < 168:
        return "day" if hours == 24 else f"{hours // 24} days"
    return "week" if hours == 168 else f"{hours // 168} weeks"


def _week(f: Fidelity, band: str) -> Picture:
    shape = f.seen.week
    values = _rows(shape, [int(h) for h in shape.at])
    values += [{**row, "at": 168} for row in values[-2:]]
    names = str(list(DAYS)).replace("'", '"')
    x = alt.X(
        "at:Q",
        title=None,
        scale=alt.Scale(domain=[0, 168], nice=False),
        axis=alt.Axis(
            values=[24 * d + h for d in range(7) for h in (0, 12)],
            labelExpr=f"datum.value % 24 == 12 ? {names}[floor(datum.value / 24)] : ''",
            grid=False,
            tickSize=0,
        ),
    )
    rules = (
        alt.Chart(alt.Data(values=[{"at": 24 * d} for d in range(1, 7)]))
        .mark_rule(color=GRID)
        .encode(x=x)
    )
    places = [f"{DAYS[h // 24]} {h % 24} h" for h in range(168)]
    return Picture(
        "cedd",
        "When steps happen, over the week",
        _layers(values, x, "share of events per hour", step=True, height=200, under=rules),
        f"Lines of the share of starts and completions in each hour of the week, real and "
        f"simulated. {_distance(f, 'cedd')}. {_furthest(shape, places)}",
        f"Starts and completions in each hour of the week ({f.zone}), as a share of all. {band}",
        _table("week", "hour", shape, places, most=168),
    )


def _curve(
    f: Fidelity, name: str, shape: Shape, title: str, axis: str, what: str, band: str
) -> Picture:
    in_days = shape.at[-1] >= 96
    at = [h / 24 for h in shape.at] if in_days else list(shape.at)
    unit = "days" if in_days else "hours"
    since = "since the matter's first start" if name == "redd" else "from first start to last end"
    x = alt.X("at:Q", title=f"{unit} {since}", axis=alt.Axis(grid=False),
              scale=alt.Scale(domain=[0, at[-1]], nice=False))  # fmt: skip
    places = [f"{wording.number(a)} {unit}" for a in at]
    rest = 1 - shape.real[-1]
    beyond = f" {_percent(rest)} of the real log's {what} lie beyond." if rest > 0 else ""
    return Picture(
        name,
        title,
        _with_difference(_rows(shape, at), x, axis),
        f"Curves of the share of {what} up to a time, real and simulated. "
        f"{_distance(f, name)}. {_furthest(shape, places)}",
        f"The distance is the area between the curves, to the whole hour; below, simulated less "
        f"real in percentage points. {band}{beyond}",
        _table(name, unit, shape, places, most=30),
    )


def ratio_chart(f: Fidelity) -> str:
    """How many times the noise floor each distance is, with its interval, on a log scale."""
    values = [
        {"distance": MARKS[d.name], "ratio": d.ratio.value, "low": d.ratio.low,
         "high": d.ratio.high}
        for d in f.distances
        if d.ratio is not None and d.ratio.value > 0
    ]  # fmt: skip
    if not values:
        return ""
    base = alt.Chart(alt.Data(values=values), width=WIDE - 140, height=26 * len(values))
    y = alt.Y("distance:N", sort=None, title=None)
    scale = alt.Scale(type="log", nice=True)
    x = alt.X("ratio:Q", title="times the noise floor (1: as near as another real log)",
              scale=scale, axis=alt.Axis(format="~r", grid=False, tickCount=6))  # fmt: skip
    one = (
        alt.Chart(alt.Data(values=[{"at": 1}]))
        .mark_rule(color=SOFT, strokeDash=[3, 3])
        .encode(x=alt.X("at:Q", scale=scale))
    )
    known = base.transform_filter("isValid(datum.low)")
    rule = known.mark_rule(color=ACCENT, strokeWidth=5, opacity=0.3).encode(
        y=y, x=alt.X("low:Q", scale=scale), x2="high:Q"
    )
    dots = base.mark_point(color=ACCENT, filled=True, size=70, opacity=1).encode(y=y, x=x)
    return chart_svg(one + rule + dots)


def fidelity_html(f: Fidelity) -> str:
    """The page as text; everything that came from a log is escaped."""
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

    from polku import __version__

    folder = files("polku.report") / "templates"
    names = ("fidelity.html", "table.html")
    environment = Environment(
        loader=DictLoader({n: (folder / n).read_text(encoding="utf-8") for n in names}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    macros: Any = environment.get_template("table.html").module
    missing = not_measurable(f)
    return environment.get_template("fidelity.html").render(
        f=f,
        headline=headline(f),
        subject=subject(f),
        ratios=Markup(ratio_chart(f)),
        distances=distance_table(f),
        pictures=[(p, Markup(p.chart)) for p in pictures(f)],
        criteria=criteria_table(f),
        missing=missing,
        held=f.held(),
        table=macros.table,
        css=Markup((folder / "report.css").read_text(encoding="utf-8")),
        version=__version__,
    )


def fidelity_report(f: Fidelity, out: str | Path) -> None:
    """Write one HTML file that needs no network: distances, pictures, verdicts.

    Raises `LogError` where the file's name does not end in .html or it cannot be written.
    """
    from polku.log.atomic import write_text
    from polku.report.html import check_targets

    check_targets(out)
    write_text(Path(out), fidelity_html(f))
