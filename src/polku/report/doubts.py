"""What in a log makes its own figures doubtful: ends that do not fit, and a cut-off end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from polku.log.eventlog import EventLog
from polku.measure.steps import Steps
from polku.report import wording

GAPS, GAP_DAYS, LEAST = 20, 14.0, 20
"""how many median gaps and how many days after the last arrival a log looks cut off, and the
arrivals that it takes to say so"""

_FILLED = re.compile(r"'(?:case:)?([^']+)' lies before .* and is filled for ([\d,]+) open ones too")


@dataclass(frozen=True)
class Doubt:
    """A question on the data, and why it is asked."""

    question: str
    why: str


def ends_of_open(log: EventLog) -> tuple[str, int] | None:
    """The column of ends that was not believed, and for how many open matters it is filled."""
    for a in log.source.assumptions:
        found = _FILLED.search(a.text) if a.about == "closed" else None
        if found:
            return found[1], int(found[2].replace(",", ""))
    return None


def zero_note(steps: Steps) -> str:
    """Why matters have a lead time of nothing: ends before their arrival, and matters of one step.

    Returns: sentences, or "" where every end lies after its arrival.
    """
    mended = sum(i.count for i in steps.log.source.issues if i.code == "end_before_arrival")
    none = int((steps.ended & (steps.watched <= 0)).sum())
    parts = []
    if mended:
        parts.append(
            f"{wording.plural(mended, 'matter has', 'matters have')} an end that lies before the "
            "arrival; they are kept and end with their last step. Ask the agency which of the two "
            "times is right."
        )
    if none:
        parts.append(
            f"{wording.plural(none, 'matter has', 'matters have')} a lead time of 0 min, as "
            "all that is known of them up to their end lies at one moment."
        )
    return " ".join(parts)


def cut_off(log: EventLog) -> Doubt | None:
    """Whether nobody arrived for so long before the log's end that it looks cut off.

    It does when the time since the last arrival is more than 20 times the median gap between
    arrivals, and more than 14 days.
    """
    if log.n_matters < LEAST:
        return None
    arrival = np.sort(log.cases["arrival"].drop_nulls().dt.epoch("us").to_numpy())
    since = (log.until - int(arrival[-1])) / wording.DAY
    gap = float(np.median(np.diff(arrival))) / wording.DAY
    if since <= GAP_DAYS or since <= GAPS * gap:
        return None
    last = datetime.fromtimestamp(int(arrival[-1]) / 1e6, UTC)
    return Doubt(
        f"The last matter arrived on {last.day} {last:%B %Y}, {wording.days(since)} before the "
        "last day of the log. Is the export cut off, or were later matters left out of it?",
        f"Half of all matters arrive within {wording.days(gap)} of the one before. If later ones "
        "are missing, the newest months look calmer, and the open matters older, than they are.",
    )
