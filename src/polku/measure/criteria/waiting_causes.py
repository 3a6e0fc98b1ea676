"""Promptness: the nine causes of waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from polku.measure.facts import Ints, Marks
from polku.measure.registry import criterion, missing
from polku.measure.statistics import Expected
from polku.measure.statistics_more import ShareSpent
from polku.measure.steps import Steps
from polku.measure.waiting import CAUSES, Waits, waits
from polku.measure.work_clock import DAY

OPEN = (
    "Waits that have ended count, of open matters too; the figure is the expected time within h "
    "of arrival."
)
_PARTS = (
    "automatic", "calendar", "clock", "closed", "kinds", "lifecycle", "waits",
)  # fmt: skip

_TEXTS: dict[str, tuple[tuple[str, str, str], str, tuple[str, ...], str]] = {
    "customer": (
        (
            "Kuinka kauan asia odottaa yritystä?",
            "Hur länge väntar ärendet på företaget?",
            "How long does the matter wait for the business?",
        ),
        "Gaps that begin while a supplement request is unanswered or the explicit clock stands.",
        ("kind:supplement_requested|suspended or mapping:clock",),
        "Needs supplement requests and answers, or stops of the clock; a request by telephone is "
        "not seen.",
    ),
    "statement": (
        (
            "Kuinka kauan asia odottaa lausuntoa?",
            "Hur länge väntar ärendet på ett utlåtande?",
            "How long does the matter wait for a statement?",
        ),
        "Gaps that begin while a statement request is unanswered.",
        ("kind:statement_requested",),
        "A request to several agencies in one event counts as answered with the first statement.",
    ),
    "statutory": (
        (
            "Kuinka kauan asia odottaa lain määräämää aikaa?",
            "Hur länge väntar ärendet på en tid som lagen kräver?",
            "How long does the matter wait for a time that the law demands?",
        ),
        "The part of a gap within the days that the mapping gives after an activity "
        "([waits] statutory).",
        ("mapping:waits.statutory",),
        "A log does not tell which waits the law demands: the mapping has to.",
    ),
    "meeting": (
        (
            "Kuinka kauan asia odottaa kokousta?",
            "Hur länge väntar ärendet på ett sammanträde?",
            "How long does the matter wait for a meeting?",
        ),
        "Gaps before an activity that is done in a meeting ([waits] meeting).",
        ("mapping:waits.meeting",),
        "A log does not tell which decisions wait for a meeting: the mapping has to.",
    ),
    "batching": (
        (
            "Kuinka kauan asia odottaa, että useampi asia käsitellään yhdellä kertaa?",
            "Hur länge väntar ärendet på att flera ärenden ska behandlas på en gång?",
            "How long does the matter wait for several matters to be handled at once?",
        ),
        "Where one resource starts the same activity for several matters at the same instant: the "
        "part of the gap until the last of them was ready.",
        ("resource",),
        "Only batches that start at the same instant are evident; where a fifth or more of the "
        "stamps are at midnight none is.",
    ),
    "contention": (
        (
            "Kuinka kauan asia odottaa, koska tekijä on kiinni toisessa työssä?",
            "Hur länge väntar ärendet för att handläggaren är upptagen med annat?",
            "How long does the matter wait because whoever does the step is busy with another?",
        ),
        "The part of a gap in which the resource that does the next step was busy with another "
        "step of the log.",
        ("resource",),
        "Work outside this log is not seen: a lower bound.",
    ),
    "prioritisation": (
        (
            "Kuinka kauan asia odottaa, koska myöhemmin tullut otettiin ensin?",
            "Hur länge väntar ärendet för att ett senare ärende togs först?",
            "How long does the matter wait because a later one was taken first?",
        ),
        "Of the time in which the resource was busy: that of the step done last before, where its "
        "matter became ready later than this one.",
        ("resource",),
        "A lower bound: earlier overtaking in the same wait counts as contention.",
    ),
    "off_duty": (
        (
            "Kuinka kauan asia odottaa työajan ulkopuolella?",
            "Hur länge väntar ärendet utanför arbetstid?",
            "How long does the matter wait outside working hours?",
        ),
        "The part of a gap outside the working calendar that no earlier cause takes.",
        ("mapping:calendar.hours",),
        "One calendar for all: a unit's own absences are not seen.",
    ),
    "unexplained": (
        (
            "Kuinka kauan asia odottaa ilman, että loki kertoo miksi?",
            "Hur länge väntar ärendet utan att loggen berättar varför?",
            "How long does the matter wait without the log telling why?",
        ),
        "What is left of the gaps.",
        (),
        "To tell more it would need: supplement and statement requests with their answers, the "
        "calendar, starts, and who did each step.",
    ),
}


_MARKS = ("supplement_requested", "supplement_received", "suspended", "resumed",
          "statement_requested", "statement_given")  # fmt: skip


def causes_read(steps: Steps) -> str:
    """Which causes a log can tell: what one cause takes, those behind it in precedence lack."""

    def make(steps: Steps) -> str:
        told = [
            cause
            for cause in CAUSES
            if not any(missing(steps.log, need) for need in ("start", *_TEXTS[cause][2]))
        ]
        marked = [kind for kind in _MARKS if not missing(steps.log, f"kind:{kind}")]
        return f"causes told: {', '.join(told)}; marked: {', '.join(marked) or 'nothing'}"

    return steps.once("causes read", make)


def _fact(cause: str) -> Callable[[Steps], Marks]:
    def fact(steps: Steps) -> Marks:
        """Waiting put down to the cause, at the completion after each gap."""
        found = waits(steps)
        return _marks(found, steps, *found.parts[cause], steps.once("all waits", _whole))

    return fact


def explained(found: Waits, steps: Steps) -> Marks:
    """What is put down to a cause at the completions after the gaps, `of` the whole gaps.

    The causes and the unexplained sum to each gap exactly, so this is the gap less the unexplained.
    """
    left = found.length
    gaps, amount = found.parts["unexplained"]
    np.subtract.at(left, gaps, amount)
    some = np.flatnonzero(left)
    return _marks(found, steps, some, left[some], steps.once("all waits", _whole))


def _whole(steps: Steps) -> Marks:
    found = waits(steps)
    return _marks(found, steps, np.arange(len(found.at)), found.length, None)


def _marks(
    found: Waits, steps: Steps, gaps: npt.NDArray[np.integer[Any]], amount: Ints, of: Marks | None
) -> Marks:
    """Amounts at the completions after the gaps, in order; ongoing gaps have no completion."""
    kept = ~found.ongoing[gaps]
    at, amount = found.at[gaps[kept]], amount[kept]
    if not (at[1:] >= at[:-1]).all():
        order = np.argsort(at, kind="stable")
        at, amount = at[order], amount[order]
    return Marks(steps.clock, at, amount, float(DAY), of=of)


for _cause in CAUSES:
    _questions, _definition, _needs, _pitfalls = _TEXTS[_cause]
    criterion(
        id=f"waiting_cause.{_cause}",
        principle="promptness",
        unit="days",
        direction="lower",
        question=dict(zip(("fi", "sv", "en"), _questions, strict=True)),
        definition=f"{_definition} The wait before each step is divided by precedence in the order "
        f"{', '.join(CAUSES)}; the nine sum to the waiting exactly.",
        statistics=(Expected(), ShareSpent("share_of_waiting")),
        needs=("start", *_needs),
        parts=_PARTS,
        open_matters=OPEN,
        pitfalls=_pitfalls,
        reading=causes_read,
    )(_fact(_cause))
