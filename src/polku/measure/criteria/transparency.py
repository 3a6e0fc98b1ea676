"""Transparency: can the business know what happens, and does it come as it was told?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from polku.measure.criteria.waiting_causes import causes_read, explained
from polku.measure.facts import Bools, Deviations, Ints, Marks, Promise, Times
from polku.measure.registry import criterion
from polku.measure.statistics import KeptShare
from polku.measure.statistics_more import ShareSpent, TailRatio
from polku.measure.statistics_path import FittingShare, MeanFitness, ShareOfEvents
from polku.measure.steps import Steps
from polku.measure.waiting import waits
from polku.measure.work_clock import DAY
from polku.path.aligning.walks import described as described_events
from polku.path.aligning.walks import step_name, walks


@criterion(
    id="predictability",
    principle="transparency",
    unit="ratio",
    direction="lower",
    question={
        "fi": "Kuinka hyvin yritys voi ennakoida, kauanko asia kestää?",
        "sv": "Hur väl kan företaget förutse hur länge ärendet tar?",
        "en": "How well can a business foresee how long the matter takes?",
    },
    definition="P90 ÷ P50 of the lead time within each kind of matter; 1 would be always alike.",
    statistics=(TailRatio(),),
    needs=("closed",),
    parts=("closed",),
    open_matters="Quantiles are Kaplan–Meier's; open matters are censored.",
    pitfalls="Where the log knows no kinds, unlike matters make it look worse than it is.",
)
def predictability(steps: Steps) -> Times:
    """Lead time of each matter."""
    return Times(steps.watched, steps.ended)


@criterion(
    id="promise_kept",
    principle="transparency",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka usein asia valmistuu siinä ajassa, joka yritykselle luvattiin?",
        "sv": "Hur ofta blir ärendet klart inom den tid som utlovades?",
        "en": "How often does the matter end within the time that the business was told?",
    },
    definition="P(E ≤ L ≤ P), P what the customer was told, in days after arrival, E the earliest "
    "day where an interval was told (else 0); a matter is known when it ended within P or was seen "
    "beyond it.",
    statistics=(KeptShare(),),
    needs=("closed", "promise"),
    parts=("closed", "due"),
    open_matters="Known matters are weighted by 1/G(min(L, P)−), G the Kaplan–Meier curve of "
    "censoring; matters that were told nothing do not count.",
    pitfalls="Kaplan–Meier on elapsed ÷ promised would be biased where promises differ.",
)
def promise_kept(steps: Steps) -> Promise:
    """What each customer was told, µs after arrival."""
    told = steps.log.mapping.cases
    within, applies = _told(steps, told.promise_days or "")
    if told.promise_from_days is None:
        return Promise(within, applies)
    return Promise(within, applies, _told(steps, told.promise_from_days)[0])


def _told(steps: Steps, asked: str) -> tuple[Ints, Bools]:
    """Days in a matter column: µs (0 = none), and where there are any."""
    cases = steps.log.cases
    column = asked if asked in cases.columns else asked.removeprefix("case:")
    days = cases[column].cast(pl.Float64, strict=False)
    micros = (days.fill_null(0.0) * DAY).round().cast(pl.Int64).to_numpy()
    return micros, days.is_not_null().to_numpy()


def _path_read(steps: Steps) -> str:
    """The path by its content: held against another one it is another measure."""
    return f"path {steps.path.hash[:16]}" if steps.path is not None else ""


@criterion(
    id="path_followed",
    principle="transparency",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka suuri osa asioista kulkee julkaistun palvelupolun mukaan?",
        "sv": "Hur stor del av ärendena går enligt den publicerade servicestigen?",
        "en": "What share of the matters goes the way that was published?",
    },
    definition="Alignment cost 0 against the published path; mean fitness beside it.",
    statistics=(FittingShare(), MeanFitness()),
    needs=("path", "closed"),
    parts=("closed",),
    open_matters="Open matters are aligned as prefixes.",
    pitfalls="A path that allows everything is followed by all.",
    reading=_path_read,
)
def path_followed(steps: Steps) -> Deviations:
    """Deviations of each matter from the published path."""
    assert steps.path is not None
    found = walks(steps.log, steps.path)
    names = ", ".join(step_name(steps.path, s) for s in found.not_recorded)
    return Deviations(
        found.cost, found.worst, (f"not recorded in this log: {names}",) if names else ()
    )


@criterion(
    id="described",
    principle="transparency",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka suuri osa siitä, mitä tapahtuu, on kuvattu palvelupolussa?",
        "sv": "Hur stor del av det som händer är beskrivet i servicestigen?",
        "en": "What share of what happens is described in the path?",
    },
    definition="Share of events whose step is described in the path.",
    statistics=(ShareOfEvents(),),
    needs=("path",),
    parts=(),
    open_matters="Events of open matters count.",
    pitfalls="Says nothing of the order of the steps: see path_followed.",
    reading=_path_read,
)
def described(steps: Steps) -> Marks:
    """Events whose step is described in the path, of all events."""
    assert steps.path is not None
    every = steps.marks(np.ones(steps.m, dtype=bool))
    return replace(steps.marks(described_events(steps.log, steps.path)), of=every)


@criterion(
    id="explained_waiting",
    principle="transparency",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka suuri osa odotuksesta osataan selittää?",
        "sv": "Hur stor del av väntan kan förklaras?",
        "en": "How much of the waiting can be explained?",
    },
    definition="1 − unexplained ÷ waiting, both as expected times within h.",
    statistics=(ShareSpent(),),
    needs=("start",),
    parts=("automatic", "calendar", "clock", "closed", "kinds", "lifecycle", "waits"),
    open_matters="Waits that have ended count, of open matters too.",
    pitfalls="Rises with what the log records, not only with what the city does.",
    reading=causes_read,
)
def explained_waiting(steps: Steps) -> Marks:
    """Waiting put down to a cause, at the completion after each gap."""
    return explained(waits(steps), steps)
