"""Quality: right the first time, or again and again."""

from __future__ import annotations

import numpy as np
import polars as pl

from polku.measure.criteria.smoothness import returned
from polku.measure.facts import Bools, Causes, Marks, Rows
from polku.measure.registry import criterion
from polku.measure.statistics import CleanShare, Expected, Incidence
from polku.measure.steps import Steps

COUNTED = (
    "Counted until the matter's end or the last moment watched; the figure is the expected number "
    "within h of arrival, open matters included."
)
_SUPPLEMENTS = "kind:supplement_requested|supplement_received"
_GONE = ("withdrawn", "expired")


def _told(steps: Steps, kind: str) -> bool:
    """Whether the log marks a kind of event at all, whether or not one happened."""
    return kind in steps.log.mapping.kinds.of or kind in steps.log.kinds_present


def rounds(steps: Steps) -> Bools:
    """Whether an instance completes a round agency → customer → agency, bool[m].

    An answer after a supplement request; several requests before one answer, or several answers to
    one request, are one round. Where a log marks requests but no answers, each request counts;
    answers only, each answer. Where it marks neither, contacts tell: the customer's after one that
    the city started (acknowledgements and automatic messages apart).
    """
    requests, replies = (_told(steps, f"supplement_{w}") for w in ("requested", "received"))
    if requests and not replies:
        return steps.of_kind("supplement_requested")
    if replies and not requests:
        return steps.of_kind("supplement_received")
    if requests:
        asked = steps.of_kind("supplement_requested")
        answered = steps.of_kind("supplement_received")
    else:
        acknowledgements = steps.log.mapping.contacts.acknowledgements
        told = steps.automatic | steps.named("activity", acknowledgements)
        asked, answered = (steps.contact == 2) & ~told, steps.contact == 1
    at = np.flatnonzero(asked | answered)
    out = np.zeros(steps.m, dtype=bool)
    if len(at):
        same = np.append(False, steps.case[at[1:]] == steps.case[at[:-1]])
        after_request = np.append(False, asked[at[:-1]]) & same
        out[at] = answered[at] & after_request
    return out


def supplements_read(steps: Steps) -> str:
    """By what a log tells supplements: another source is another measure."""

    def make(steps: Steps) -> str:
        told = [w for w in ("requested", "received") if _told(steps, f"supplement_{w}")]
        return "supplements told by " + (" and ".join(told) if told else "contacts")

    return steps.once("supplements read", make)


@criterion(
    id="first_time_right",
    principle="quality",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka suuri osa asioista ratkeaa kerralla, ilman täydennyksiä ja palautuksia?",
        "sv": "Hur stor del av ärendena avgörs direkt, utan kompletteringar och återgång?",
        "en": "What share of the matters is settled at once, without supplements and returns?",
    },
    definition="Which comes first: an end by decision without supplement request and without "
    "return to a unit that had done its part; the first supplement request (or round) or return; "
    "a withdrawal or expiry. Clean ÷ (clean + supplement) at h.",
    statistics=(CleanShare("clean", "supplement"),),
    needs=("closed", f"{_SUPPLEMENTS} or contact"),
    parts=("closed", "contacts", "kinds", "none", "outcome"),
    open_matters="Aalen–Johansen: open matters are censored, withdrawals compete.",
    pitfalls="Where no outcome is known every end counts as a decision; requests by telephone are "
    "not seen.",
    reading=supplements_read,
)
def first_time_right(steps: Steps) -> Causes:
    """Clean decision, first supplement or return, or withdrawal, whichever came first."""
    again = rounds(steps)
    if _told(steps, "supplement_requested"):
        again = steps.of_kind("supplement_requested")
    if (steps.codes("unit") >= 0).any():
        again = again | returned(steps)
    again = again & steps.within_life
    at = np.flatnonzero(again)
    elapsed = steps.watched.copy()
    elapsed[steps.case[at][::-1]] = np.maximum(steps.elapsed[at][::-1], 0)
    cause = _ends(steps)
    cause[steps.case[at]] = 2
    return Causes(elapsed, cause, ("clean", "supplement", "withdrawal"))


def _ends(steps: Steps) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    gone = steps.log.cases["outcome"].cast(pl.String).is_in(_GONE).fill_null(False).to_numpy()
    return np.where(steps.ended, np.where(gone, 3, 1), 0).astype(np.int8)


@criterion(
    id="supplement_rounds",
    principle="quality",
    unit="rounds",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa yritystä pyydetään täydentämään?",
        "sv": "Hur många gånger ombeds företaget komplettera?",
        "en": "How often is the business asked for more?",
    },
    definition="Rounds agency → customer → agency: an answer of the customer that follows a "
    "supplement request; where the log marks no supplements, a customer's contact that follows a "
    "contact of the city (acknowledgements apart). Counted at the answer.",
    statistics=(Expected(),),
    needs=(f"{_SUPPLEMENTS} or contact",),
    parts=("automatic", "closed", "contacts", "kinds"),
    open_matters=COUNTED,
    pitfalls="From contacts alone, a customer who calls after a letter counts as a round.",
    reading=supplements_read,
)
def supplement_rounds(steps: Steps) -> Marks:
    """Answers of the customer that complete a round."""
    return steps.marks(rounds(steps))


def repetitions(steps: Steps) -> tuple[Rows, Rows]:
    """Positions of extra executions of an activity, and of the execution before each.

    Declared repeats (`[repeats]`) do not count.
    """

    def work_out(s: Steps) -> tuple[Rows, Rows]:
        first = s.first_of("activity")
        again = first != np.arange(s.m, dtype=np.int32)
        declared = s.log.mapping.repeats.declared
        if declared:
            again &= ~s.named("activity", declared)
        extra = np.flatnonzero(again)
        # with their first executions, ordered by activity within the matter: neighbours are pairs
        member = again.copy()
        member[first[extra]] = True
        at = np.flatnonzero(member).astype(np.int32)
        order = np.argsort(first[at], kind="stable")
        at = at[order]
        pair = np.flatnonzero(first[at[1:]] == first[at[:-1]])
        return at[1:][pair], at[:-1][pair]

    return steps.once("repetitions", work_out)


def _rework(steps: Steps, which: str) -> Marks:
    at, previous = repetitions(steps)
    at_once = steps.before[at] == previous
    if which == "self":
        return steps.marks(np.sort(at[at_once]))
    resource = steps.codes("resource")
    known = ~at_once & (resource[at] >= 0) & (resource[previous] >= 0)
    same = resource[at] == resource[previous]
    return steps.marks(np.sort(at[known & (same if which == "repeat" else ~same)]))


@criterion(
    id="rework_self",
    principle="quality",
    unit="extra steps",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa sama vaihe tehdään heti uudelleen?",
        "sv": "Hur många gånger görs samma steg om genast?",
        "en": "How often is a step done again at once?",
    },
    definition="Executions of an activity directly after an execution of the same activity in the "
    "order of (completion, order); declared repeats do not count.",
    statistics=(Expected(),),
    needs=(),
    parts=("closed", "lifecycle", "repeats"),
    open_matters=COUNTED,
    pitfalls="One activity for several documents looks like rework unless it is declared.",
)
def rework_self(steps: Steps) -> Marks:
    """Extra executions at once."""
    return _rework(steps, "self")


@criterion(
    id="rework_repeat",
    principle="quality",
    unit="extra steps",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa sama tekijä tekee vaiheen myöhemmin uudelleen?",
        "sv": "Hur många gånger gör samma person om ett steg senare?",
        "en": "How often is a step done again later by the same person?",
    },
    definition="Later executions of an activity, other than at once, by the resource of its "
    "execution before; declared repeats do not count.",
    statistics=(Expected(),),
    needs=("resource",),
    parts=("closed", "lifecycle", "none", "repeats"),
    open_matters=COUNTED,
    pitfalls="Executions whose resource is not known are left out.",
)
def rework_repeat(steps: Steps) -> Marks:
    """Later extra executions by the same resource."""
    return _rework(steps, "repeat")


@criterion(
    id="rework_redo",
    principle="quality",
    unit="extra steps",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa toinen tekijä tekee vaiheen uudelleen?",
        "sv": "Hur många gånger gör en annan person om ett steg?",
        "en": "How often is a step done again later by somebody else?",
    },
    definition="Later executions of an activity, other than at once, by another resource than its "
    "execution before; declared repeats do not count.",
    statistics=(Expected(),),
    needs=("resource",),
    parts=("closed", "lifecycle", "none", "repeats"),
    open_matters=COUNTED,
    pitfalls="Executions whose resource is not known are left out.",
)
def rework_redo(steps: Steps) -> Marks:
    """Later extra executions by another resource."""
    return _rework(steps, "redo")


@criterion(
    id="withdrawn",
    principle="quality",
    unit="share",
    direction="lower",
    question={
        "fi": "Kuinka suuri osa yrityksistä peruu asiansa?",
        "sv": "Hur stor del av företagen drar tillbaka sitt ärende?",
        "en": "What share of the businesses withdraws the matter?",
    },
    definition="Share of matters withdrawn within h of arrival, other ends competing.",
    statistics=(Incidence("withdrawn"),),
    needs=("closed", "case:outcome"),
    parts=("closed", "outcome"),
    open_matters="Aalen–Johansen cumulative incidence; open matters are censored.",
    pitfalls="A business that merely stops answering shows as an open or expired matter.",
)
def withdrawn(steps: Steps) -> Causes:
    """Withdrawal, or another end, whichever came."""
    gone = (steps.log.cases["outcome"].cast(pl.String) == "withdrawn").fill_null(False).to_numpy()
    cause = np.where(steps.ended, np.where(gone, 1, 2), 0).astype(np.int8)
    return Causes(steps.watched, cause, ("withdrawn", "other end"))
