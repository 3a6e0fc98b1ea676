"""What `polku.measure` says of a cohort's matters alone: the truth that figures are held to."""

from __future__ import annotations

import math
from dataclasses import replace

import polars as pl

from polku.log.eventlog import EventLog
from polku.measure.measurement import Measurement
from polku.measure.measuring import measure
from polku.redesign.axes import Axis
from polku.redesign.setting import Setting
from polku.simulate.run import Run

DAY = 86_400_000_000


def cohort_log(run: Run, setting: Setting) -> EventLog:
    """The log of a run, of those matters alone that arrive in the setting's cohort."""
    log = run.log()
    at = pl.col("arrival").dt.epoch("us")
    kept = log.cases.filter((at >= setting.counted_from) & (at < setting.counted_to))
    place = kept.select("case").with_row_index("new")
    events = (
        log.events.join(place, on="case", how="inner", maintain_order="left")
        .with_columns(pl.col("new").alias("case"))
        .select(log.events.columns)
    )
    cases = kept.with_columns(place["new"].alias("case"))
    return replace(log, events=events, cases=cases)


def measured(run: Run, setting: Setting, axes: tuple[Axis, ...]) -> Measurement:
    """The measurement of the cohort at the setting's horizon, each segment column apart."""
    by = tuple(dict.fromkeys(a.column for a in axes if a.id == "lead_time" and a.column))
    return measure(cohort_log(run, setting), by=by, horizon_days=setting.horizon_days)


def told(found: Measurement, axis: Axis, setting: Setting) -> float | None:
    """The value of an axis in a measurement: nan where it is not there; None where it is hidden."""
    if axis.statistic == "worst_ratio":
        return _worst(found, axis)
    for f in found.criteria:
        here = (None, None) if f.by is None else (f.by.column, f.by.segment)
        if (f.id, f.statistic) == (axis.id, axis.statistic) and here == (axis.column, axis.value):
            if f.status == "hidden":
                return None
            if f.value is None:
                return math.inf if axis.id in ("lead_time", "predictability") else math.nan
            if axis.id == "lead_time" and f.value * DAY > setting.watched:
                return math.inf
            return f.value
    return math.nan


def _worst(found: Measurement, axis: Axis) -> float:
    ratios = [
        max(f.value, 1 / f.value)
        for f in found.criteria
        if f.id == f"equality_lead_time.{axis.column}"
        and f.statistic == "median_ratio"
        and f.value is not None
        and f.status != "hidden"
    ]
    return max(ratios, default=math.nan)
