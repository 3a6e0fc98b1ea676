"""All that a report tells, worked out once; the HTML page and the workbook are written from it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from polku.log.eventlog import EventLog
from polku.measure.agreed import AgreedSet
from polku.measure.measurement import Figure, Measurement
from polku.measure.measuring import Period, measure
from polku.measure.reading import select
from polku.measure.registry import Catalogue, Criterion, catalogue
from polku.measure.steps import Steps
from polku.report.common_ways import Ways, common_ways
from polku.report.doubts import Doubt, cut_off, zero_note
from polku.report.handed_over import Matrix, hand_overs
from polku.report.open_matters import OpenMatters, open_matters
from polku.report.quality import Quality, quality
from polku.report.time_spent import TimeSpent, time_spent
from polku.report.wording import is_coarse

_PERSON = re.compile(
    r"responsible|actor|resource|user|applicant|customer|person|name|handler|owner|official"
    r"|organiser$",
    re.IGNORECASE,
)
_WATCHED = ("lead_time", "on_time", "handovers", "unit_handovers", "first_time_right")
MOST_SEGMENT_COLUMNS, MOST_SEGMENTS = 6, 12


@dataclass(frozen=True)
class Content:
    """What a report is written from.

    `cohorts` holds figures by arrival `period`, `segments` those by segment column.
    """

    log: EventLog
    measurement: Measurement
    criteria: dict[str, Criterion]
    spent: TimeSpent
    by_unit: Matrix | None
    by_agency: Matrix | None
    ways: Ways
    cut_off: Doubt | None
    zero_note: str
    open: OpenMatters | None
    quality: tuple[Quality, ...]
    period: Period
    cohorts: tuple[Figure, ...]
    segments: dict[str, tuple[Figure, ...]]

    @property
    def coarse(self) -> bool:
        """Whether the log knows the day of its steps only."""
        return is_coarse(self.log.mapping.time.day_granular_share)

    def figure(self, id: str, statistic: str | None = None) -> Figure | None:
        """The whole-log figure of a criterion that has a value, else `None`."""
        try:
            f = self.measurement.figure(id, statistic)
        except KeyError:
            return None
        return f if f.status in ("ok", "not_reached") else None


def content(
    log: EventLog,
    *,
    measurement: Measurement | None = None,
    agreed: AgreedSet | None = None,
    by: tuple[str, ...] = (),
    seed: int = 0,
) -> Content:
    """Measure a log (unless a measurement is given) and work out every table of the report."""
    known = catalogue()
    whole = measurement or measure(log, agreed=agreed, seed=seed)
    period = _period(log)
    columns = segment_columns(log, by)
    few = _few(known)
    parts = measure(log, by=columns, period=period, known=few, seed=seed) if log.n_matters else None
    figures = parts.criteria if parts else ()
    steps = Steps(log)
    spent = time_spent(steps)
    return Content(
        log=log,
        measurement=whole,
        criteria={c.id: c for c in known},
        spent=spent,
        by_unit=hand_overs(steps, "unit"),
        by_agency=hand_overs(steps, "agency"),
        ways=common_ways(steps),
        cut_off=cut_off(log),
        zero_note=zero_note(steps),
        open=open_matters(steps),
        quality=quality(steps, spent.after / spent.all if spent.all else 0.0),
        period=period,
        cohorts=tuple(f for f in figures if f.period),
        segments={
            c: tuple(f for f in figures if f.by is not None and f.by.column == c) for c in columns
        },
    )


def _few(known: Catalogue) -> Catalogue:
    return select(known, tuple(i for i in _WATCHED if i in known))


def _period(log: EventLog) -> Period:
    """Cohorts so long that a chart shows about six to thirty of them."""
    if not log.n_matters:
        return "month"
    arrival = log.cases["arrival"].dt.epoch("us")
    days = np.ptp(arrival.to_numpy()) / 86_400_000_000
    return "week" if days < 120 else "month" if days < 900 else "quarter"


def segment_columns(log: EventLog, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The segment columns to show: those asked for, else the mapping's that name no person."""
    if asked:
        return asked
    offered = [c.removeprefix("case:") for c in log.mapping.cases.segments]
    return tuple(
        c
        for c in offered
        if c in log.cases.columns
        and not names_persons(c)
        and 2 <= log.cases[c].drop_nulls().n_unique() <= MOST_SEGMENTS
    )[:MOST_SEGMENT_COLUMNS]


def names_persons(column: str) -> bool:
    """Whether a column's name sounds like one that holds persons."""
    return bool(_PERSON.search(column))


def equality_figures(c: Content) -> list[Figure]:
    """The figures of equality, but for columns that name persons."""
    return [
        f
        for f in c.measurement.criteria
        if f.id.startswith("equality_") and f.by is not None and not names_persons(f.by.column)
    ]
