"""The window in which all of several logs were observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl

from polku.log.eventlog import OUTCOMES, EventLog
from polku.log.source import Issue

Logs = Sequence[tuple[str, EventLog]]


def common_end(logs: Logs) -> int | None:
    """Where the mappings say that observation ended: the earliest such moment (µs since 1970 UTC).

    The last event of a log is no such moment, so without a mapping's word there is none.
    """
    told = [log.until for _, log in logs if log.mapping.window.until is not None]
    return min(told) if told else None


def cut(log: EventLog, until: int) -> EventLog:
    """A log as it stood at a moment (µs since 1970 UTC).

    Later events are left out and counted, cases that ended later are open again, cases that
    arrived later are left out.
    """
    stop = pl.lit(moment(until)).cast(pl.Datetime("us", "UTC"))
    late = log.events.filter(pl.col("time") > stop)
    if late.is_empty() and log.cases.filter(pl.col("end") > stop).is_empty():
        return replace(log, until=min(log.until, until))
    events = log.events.filter(pl.col("time") <= stop)
    kept = log.cases.join(events.select("case").unique(), on="case", how="semi").sort("case")
    later = pl.col("end") > stop
    cases = kept.with_columns(
        end=pl.when(~later).then("end"),
        closed=pl.when(later).then(False).otherwise("closed"),
        outcome=pl.when(~later).then("outcome").cast(pl.Enum(OUTCOMES)),
    )
    codes = cases.select("case").with_row_index("new").with_columns(pl.col("new").cast(pl.UInt32))
    events = (
        events.join(codes, on="case", maintain_order="left")
        .with_columns(case="new")
        .select(log.events.columns)
    )
    issue = Issue(
        "after_common_window", late.height,
        f"events after {moment(until):%Y-%m-%d %H:%M} UTC, where the observation of a linked log "
        "ends; left out",
        tuple(f"case {c!r}" for c in _some_cases(log, late)),
    )  # fmt: skip
    rows_out = max(log.source.rows_out - late.height, 0)
    return replace(
        log,
        events=events,
        cases=cases.with_columns(case=codes["new"]),
        source=replace(log.source, rows_out=rows_out).with_issues(issue),
        until=until,
    )


def moment(micros: int) -> datetime:
    """A moment in µs since 1970 UTC as a date and time."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _some_cases(log: EventLog, late: pl.DataFrame) -> list[str]:
    codes = late["case"].unique().sort().head(10)
    return log.cases["case_id"].gather(codes).to_list()
