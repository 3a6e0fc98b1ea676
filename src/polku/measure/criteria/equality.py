"""Equality: is every customer served alike, whatever the language, district, size or channel?"""

from __future__ import annotations

from polku.measure.criteria import promptness, quality
from polku.measure.equality import SegmentCounts, SegmentShares, SegmentTimes
from polku.measure.facts import Marks, Promise, Times
from polku.measure.registry import criterion
from polku.measure.steps import Steps

_PITFALLS = (
    "No difference seen is not “equal”: read the smallest gap that the numbers could show. "
    "Groups below 5 matters are hidden."
)


@criterion(
    id="equality_lead_time",
    principle="equality",
    unit="days",
    direction="none",
    question={
        "fi": "Kestääkö asia kaikilla ryhmillä yhtä kauan?",
        "sv": "Tar ärendet lika lång tid för alla grupper?",
        "en": "Does the matter take every group equally long?",
    },
    definition="Lead time of each segment against the rest: ratio of medians, gap of restricted "
    "means, log-rank p (Holm), standardised over the kind of matter.",
    statistics=(SegmentTimes(),),
    needs=("closed",),
    parts=("closed",),
    open_matters="Open matters are censored (Kaplan–Meier).",
    pitfalls=_PITFALLS,
    per_segment=True,
)
def equality_lead_time(steps: Steps) -> Times:
    """Lead time of each matter."""
    return promptness.lead_time(steps)  # type: ignore[return-value]


@criterion(
    id="equality_on_time",
    principle="equality",
    unit="share",
    direction="none",
    question={
        "fi": "Valmistuvatko kaikkien ryhmien asiat yhtä usein määräajassa?",
        "sv": "Blir alla gruppers ärenden klara i tid lika ofta?",
        "en": "Are the matters of every group equally often on time?",
    },
    definition="Share on time of each segment against the rest, standardised over the kind of "
    "matter.",
    statistics=(SegmentShares(),),
    needs=("closed", "case:due"),
    parts=("closed", "due"),
    open_matters="As on_time, the weights by segment.",
    pitfalls=_PITFALLS,
    per_segment=True,
)
def equality_on_time(steps: Steps) -> Promise:
    """The due time of each matter."""
    return promptness.on_time(steps)  # type: ignore[return-value]


@criterion(
    id="equality_supplements",
    principle="equality",
    unit="rounds",
    direction="none",
    question={
        "fi": "Pyydetäänkö kaikilta ryhmiltä yhtä usein täydennyksiä?",
        "sv": "Ombeds alla grupper lika ofta komplettera?",
        "en": "Is every group asked for more equally often?",
    },
    definition="Supplement rounds of each segment against the rest, standardised over the kind of "
    "matter.",
    statistics=(SegmentCounts(),),
    needs=("kind:supplement_requested|supplement_received or contact",),
    parts=("automatic", "closed", "contacts", "kinds"),
    open_matters="As supplement_rounds.",
    pitfalls=_PITFALLS,
    per_segment=True,
    reading=quality.supplements_read,
)
def equality_supplements(steps: Steps) -> Marks:
    """Answers of the customer that complete a round."""
    return quality.supplement_rounds(steps)  # type: ignore[return-value]
