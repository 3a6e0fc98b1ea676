"""The verb `measure`: the same measure for what was, what would be and what is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from polku.errors import LogError
from polku.log.eventlog import EventLog
from polku.log.mapping import nearest
from polku.measure.agreed import AgreedSet
from polku.measure.cohort import DAY, SMALL, Cohort, Options
from polku.measure.facts import Facts, Rows
from polku.measure.measurement import Figure, LogSummary, Measurement, Segment
from polku.measure.reading import facts as facts_of
from polku.measure.recurrent import default_horizon
from polku.measure.registry import Catalogue, Criterion, catalogue
from polku.measure.segments import segment_columns, segment_values
from polku.measure.side_by_side import keep_memory, side_by_side

if TYPE_CHECKING:
    from polku.path.model import Path

Period = Literal["week", "month", "quarter", "year"]
_EVERY = {"week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
MOST_CURVE_ROWS = 2000
MANY_STEPS = 200_000  # from here on threads pay


def measure(
    log: EventLog | Facts,
    *,
    agreed: AgreedSet | None = None,
    by: tuple[str, ...] = (),
    period: Period | None = None,
    known: Catalogue | None = None,
    path: Path | None = None,
    zone: str = "UTC",
    seed: int = 0,
    confidence: float = 0.95,
    horizon_days: float | None = None,
) -> Measurement:
    """Measure a log, or facts read off one, by every criterion that it allows.

    `agreed`: keep to a city's agreed set, with its horizon and targets; `by`: matter columns
    whose values are measured each for itself; `period`: arrival cohorts, in `zone`; `seed`: of
    bootstrap intervals; `known`: other criteria than the whole catalogue; `path`: the published
    path that the matters should follow, which also tells contacts where the log marks none;
    `horizon_days`: the h of figures "within h of arrival", where it is not the agreed set's or the
    log's own: logs that are set side by side need the same.
    Returns a `Measurement` in which a criterion that the log cannot give stands as not measurable
    with what is missing. Raises `LogError` for an unknown column in `by`, or a path for facts that
    were read without it; `PathError` when the log has no step of the path.

    >>> from polku.log.read import read
    >>> measure(read("permits.csv")).figure("lead_time", "p80").value  # doctest: +SKIP
    41.3
    """
    known = catalogue() if known is None else known
    if isinstance(log, EventLog):
        zone = log.mapping.calendar.zone or log.mapping.time.zone or zone
        facts = facts_of(log, segments=by, known=known, path=path)
    elif path is not None:
        raise LogError("the path: facts are read already; give it to polku facts, or give the log")
    else:
        facts = log
        zone = facts.zone if zone == "UTC" else zone
    matters = facts.matters
    horizon = _horizon(facts, agreed) if horizon_days is None else round(horizon_days * DAY)
    options = Options(horizon=horizon, confidence=confidence, seed=seed)
    whole = Cohort(facts, options=options)
    cohorts = [
        whole,
        *(c for column in by for c in covered(_segments(facts, column, options))),
        *(covered(_periods(facts, period, zone, options)) if period else ()),
    ]
    asked = [
        criterion
        for criterion in known
        if not agreed or any(agreed.holds(criterion.id, s) for s in _any_statistic(agreed))
    ]
    figures = _all_figures(asked, facts, cohorts)
    if agreed:
        figures = [f for f in figures if agreed.holds(f.id, f.statistic) or not f.statistic]
        figures = [_with_target(f, agreed) for f in figures]
    summary = dict(facts.log)
    summary["horizon_days"] = horizon / DAY if matters.height else None
    return Measurement(
        log=LogSummary(**summary),  # type: ignore[arg-type]
        criteria=tuple(figures),
        curves=_curves(whole) if facts.closed_known and facts.n else {},
    )


def _any_statistic(agreed: AgreedSet) -> set[str]:
    return {c.statistic or "" for c in agreed.criteria} | {""}


def _horizon(facts: Facts, agreed: AgreedSet | None) -> int:
    if agreed and agreed.horizon_days:
        return int(agreed.horizon_days * DAY)
    return default_horizon(facts.matters["elapsed"].to_numpy(), facts.matters["ended"].to_numpy())


def _with_target(figure: Figure, agreed: AgreedSet) -> Figure:
    from dataclasses import replace

    return replace(figure, target=agreed.target(figure))


def _all_figures(criteria: list[Criterion], facts: Facts, cohorts: list[Cohort]) -> list[Figure]:
    """The figures of all criteria, in their order; of a large log by several threads."""
    if facts.log.get("steps", 0) < MANY_STEPS:  # type: ignore[operator]
        return [f for criterion in criteria for f in _figures(criterion, facts, cohorts)]
    if facts.segments:
        segment_columns(cohorts[0])
    keep_memory()
    side_by_side(lambda name: getattr(cohorts[0], name), ("risk", "curve"))  # all wait for them
    order = _longest_first(criteria, facts)
    found = side_by_side(lambda c: _figures(c, facts, cohorts), order)
    by_id = {c.id: figures for c, figures in zip(order, found, strict=True)}
    return [figure for criterion in criteria for figure in by_id[criterion.id]]


def _longest_first(criteria: list[Criterion], facts: Facts) -> list[Criterion]:
    """Criteria in an order in which no thread is left with a long one at the end.

    The causes of waiting share what takes the most time and room: one of them begins, while room
    is left; the others wait for it.
    """
    causes = [c for c in criteria if "waits" in c.parts and c.id not in facts.missing]
    segments = [c for c in criteria if c.per_segment]
    first = [*causes[:1], *segments, *causes[1:]]
    ids = {c.id for c in first}
    return [*first, *(c for c in criteria if c.id not in ids)]


def _figures(criterion: Criterion, facts: Facts, cohorts: list[Cohort]) -> list[Figure]:
    if criterion.id in facts.missing:
        return [not_measurable(criterion, facts)]
    fact = facts.values[criterion.id]
    chosen = cohorts[:1] if criterion.per_segment else cohorts
    return [
        figure
        for cohort in chosen
        for statistic in criterion.statistics
        for figure in statistic.figures(criterion, fact, cohort)
    ]


def not_measurable(criterion: Criterion, facts: Facts) -> Figure:
    """The entry of a criterion that the log cannot give: what is missing stands in its note."""
    return Figure(
        id=criterion.id,
        principle=criterion.principle,
        statistic="",
        value=None,
        unit=criterion.unit,
        low=None,
        high=None,
        se=None,
        n=0,
        open=0,
        direction=criterion.direction,
        hash=facts.hashes[criterion.id],
        status="not_measurable",
        note=facts.missing[criterion.id],
    )


def _segments(facts: Facts, column: str, options: Options) -> list[Cohort]:
    if column not in facts.matters.columns:
        raise LogError(
            f"--by {column}: the matters have no such column; {nearest(column, facts.segments)}"
        )
    values = facts.matters[column].fill_null("(none)")
    return [
        Cohort(facts, _where(values, value), by=Segment(column, value), options=options)
        for value in segment_values(column, values)
    ]


def _periods(facts: Facts, period: Period, zone: str, options: Options) -> list[Cohort]:
    labels = period_labels(facts.matters["arrival"], period, zone)
    return [
        Cohort(facts, _where(labels, label), period=label, options=options)
        for label in sorted(labels.unique().to_list())
    ]


def covered(groups: list[Cohort]) -> list[Cohort]:
    """Groups that part all matters, with one more hidden where a small one could be worked out.

    A group of fewer than `SMALL` matters is hidden; where all that is hidden is as small, it is
    the whole less the others, so the smallest of these is hidden too.
    """
    small = sum(c.n for c in groups if c.n < SMALL)
    shown = [c for c in groups if c.n >= SMALL]
    if 0 < small < SMALL and shown:
        min(shown, key=lambda c: c.n).covers = True
    return groups


def period_labels(arrival: pl.Series, period: Period, zone: str) -> pl.Series:
    """The arrival cohort of each matter ("2025-03", "2025-Q1", "2025-W09", "2025"), local time."""
    local = arrival.cast(pl.Datetime("us")).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    if period == "quarter":
        return pl.select(
            pl.format("{}-Q{}", pl.lit(local.dt.year()), pl.lit(local.dt.quarter()))
        ).to_series()
    return local.dt.strftime({"week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}[period])


def _where(labels: pl.Series, label: str) -> Rows:
    return np.flatnonzero((labels == label).to_numpy()).astype(np.int32)


def _curves(whole: Cohort) -> dict[str, list[list[float | int | None]]]:
    curve = whole.curve
    k = len(curve.times)
    picks = (
        np.arange(k)
        if k <= MOST_CURVE_ROWS
        else (np.unique(np.linspace(0, k - 1, MOST_CURVE_ROWS).astype(np.int64)))
    )
    rows: list[list[float | int | None]] = []
    for i in picks:
        low, high = float(curve.low[i]), float(curve.high[i])
        rows.append(
            [
                float(curve.times[i]) / DAY,
                int(curve.at_risk[i]),
                int(curve.ended[i]),
                float(curve.survival[i]),
                None if np.isnan(low) else low,
                None if np.isnan(high) else high,
            ]
        )
    return {"lead_time": rows}
