"""Promptness: how long it takes, and where the time goes."""

from __future__ import annotations

from polku.measure.facts import Times
from polku.measure.registry import criterion
from polku.measure.statistics import Quantiles
from polku.measure.steps import Steps


@criterion(
    id="lead_time",
    principle="promptness",
    unit="days",
    direction="lower",
    question={
        "fi": "Kuinka kauan asia kestää ensimmäisestä yhteydenotosta loppuun?",
        "sv": "Hur länge tar ärendet från första kontakten till slutet?",
        "en": "How long does the matter take from the first contact to its end?",
    },
    definition="L = z − a: from the customer's first act (arrival) to the matter's end of any "
    "kind, in elapsed days of 24 hours, nights and holidays included.",
    statistics=(Quantiles(("p50", "p80", "p90")),),
    needs=("closed",),
    parts=("closed",),
    open_matters="Open matters are censored at the last moment watched (Kaplan–Meier).",
    pitfalls="Leaving open matters out, or taking their last event for their end, flatters.",
)
def lead_time(steps: Steps) -> Times:
    """Elapsed time of each matter until its end or the last moment watched."""
    return Times(steps.watched, steps.ended)
