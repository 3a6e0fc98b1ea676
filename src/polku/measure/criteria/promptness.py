"""Promptness: how long it takes, and how much of it is work."""

from __future__ import annotations

import numpy as np

from polku.measure.facts import Bools, Ints, Marks, Promise, Times
from polku.measure.registry import criterion
from polku.measure.statistics import Expected, KeptShare, Quantiles
from polku.measure.statistics_more import ShareSpent
from polku.measure.steps import Steps
from polku.measure.stops import clock_stops, stopped, turns
from polku.measure.waiting import calendar_clock, life, rests, waited

HOUR = 3_600_000_000
CENSORED = "Open matters are censored at the last moment watched (Kaplan–Meier)."
COUNTED = (
    "Counted until the matter's end or the last moment watched; the figure is the expected amount "
    "within h of arrival, open matters included."
)
_DAYS = (Quantiles(("p50", "p80", "p90")),)
_WORK_PARTS = ("automatic", "clock", "closed", "lifecycle")


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
    statistics=_DAYS,
    needs=("closed",),
    parts=("closed",),
    open_matters=CENSORED,
    pitfalls="Leaving open matters out, or taking their last event for their end, flatters.",
)
def lead_time(steps: Steps) -> Times:
    """Elapsed time of each matter until its end or the last moment watched."""
    return Times(steps.watched, steps.ended)


@criterion(
    id="lead_time_net",
    principle="promptness",
    unit="days",
    direction="lower",
    question={
        "fi": "Kuinka kauan asia kestää, kun keskeytykset jätetään pois?",
        "sv": "Hur länge tar ärendet när avbrotten räknas bort?",
        "en": "How long does the matter take when explicit suspensions are left out?",
    },
    definition="Lead time less the union of the stretches in which the explicit clock stood: from "
    "a suspension to its resumption; nested and overlapping ones end when all are resumed; one "
    "never resumed lasts to the end of sight.",
    statistics=_DAYS,
    needs=("closed", "kind:suspended or mapping:clock"),
    parts=("clock", "closed", "kinds"),
    open_matters=CENSORED,
    pitfalls="Shorter than what the business lives through: show it beside lead_time, never alone.",
)
def lead_time_net(steps: Steps) -> Times:
    """Lead time without the explicit stops of the clock."""
    return Times(steps.watched - stopped(turns(steps, *clock_stops(steps)), steps.n), steps.ended)


@criterion(
    id="lead_time_working",
    principle="promptness",
    unit="working days",
    direction="lower",
    question={
        "fi": "Kuinka monta työpäivää asia kestää?",
        "sv": "Hur många arbetsdagar tar ärendet?",
        "en": "How many working days does the matter take?",
    },
    definition="Working time between arrival and end by the calendar (local opening hours, clock "
    "changes, public holidays, closures) ÷ the mean opening time of the weekdays that are open.",
    statistics=_DAYS,
    needs=("closed", "mapping:calendar.hours"),
    parts=("calendar", "closed"),
    open_matters=CENSORED,
    pitfalls="Working days of different offices are not the same days; a business waits on "
    "holidays too.",
)
def lead_time_working(steps: Steps) -> Times:
    """Working time of each matter, as days that each stand for a working day."""
    clock = calendar_clock(steps)
    if clock is None:
        return Times(np.zeros(steps.n, dtype=np.int64), steps.ended)
    working = clock.between(steps.arrival, steps.arrival + steps.watched)
    return Times(clock.in_days(working), steps.ended)


@criterion(
    id="first_response",
    principle="promptness",
    unit="days",
    direction="lower",
    question={
        "fi": "Kuinka pian yritys saa ihmisen vastauksen?",
        "sv": "Hur snart får företaget svar av en människa?",
        "en": "How soon does the business hear from a person?",
    },
    definition="First contact that the city started, neither automatic nor an acknowledgement of "
    "receipt, less the arrival.",
    statistics=_DAYS,
    needs=("contact",),
    parts=("automatic", "closed", "contacts"),
    open_matters="A matter without such a contact is censored at its end or the last moment "
    "watched.",
    pitfalls="An answer on the telephone that leaves no event is not seen.",
)
def first_response(steps: Steps) -> Times:
    """Time until the first contact from a person of the city."""
    answers = (
        (steps.contact == 2)
        & ~steps.automatic
        & ~steps.named("activity", steps.log.mapping.contacts.acknowledgements)
        & steps.within_life
    )
    return first_time(steps, answers)


def first_time(steps: Steps, where: Bools) -> Times:
    """Time until the first of the marked instances of each matter; censored where there is none."""
    at = np.flatnonzero(where)
    elapsed, came = steps.watched.copy(), np.zeros(steps.n, dtype=bool)
    # filled backwards, so that the first of each matter is what stays
    elapsed[steps.case[at][::-1]] = np.maximum(steps.elapsed[at][::-1], 0)
    came[steps.case[at]] = True
    return Times(elapsed, came)


@criterion(
    id="on_time",
    principle="promptness",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka suuri osa asioista valmistuu määräajassa?",
        "sv": "Hur stor del av ärendena blir klara inom utsatt tid?",
        "en": "What share of the matters ends by its due time?",
    },
    definition="P(L ≤ P), P the due time less the arrival; a matter is known when it ended by its "
    "due time or was seen beyond it.",
    statistics=(KeptShare(),),
    needs=("closed", "case:due"),
    parts=("closed", "due"),
    open_matters="Known matters are weighted by 1/G(min(L, P)−), G the Kaplan–Meier curve of "
    "censoring; decided or not yet ended matters are the denominator.",
    pitfalls="Counting closed matters only flatters: those that are late are the ones still open.",
)
def on_time(steps: Steps) -> Promise:
    """The due time of each matter, µs after its arrival."""
    due = steps.log.cases["due"]
    within = due.dt.epoch("us").fill_null(0).to_numpy() - steps.arrival
    return Promise(within, due.is_not_null().to_numpy())


@criterion(
    id="work_hours",
    principle="promptness",
    unit="hours",
    direction="lower",
    question={
        "fi": "Kuinka monta tuntia asian parissa tehdään työtä?",
        "sv": "Hur många timmars arbete läggs ned på ärendet?",
        "en": "How many hours of work go into the matter?",
    },
    definition="Σ(e − s) over steps whose start and end are known, in person-hours; automatic "
    "steps and pauses are no work.",
    statistics=(Expected(),),
    needs=("start",),
    parts=_WORK_PARTS,
    open_matters=COUNTED,
    pitfalls="A step that was left open over night counts the night.",
)
def work_hours(steps: Steps) -> Marks:
    """Duration of every step that is work."""
    return work_marks(steps, steps.worked)


def work_marks(steps: Steps, where: Bools) -> Marks:
    """The duration of the marked instances, in hours."""
    lengths = steps.once("lengths", _lengths)
    if steps.all_within_life and where.all():
        return Marks(steps.clock, None, lengths, HOUR)
    return steps.marks(where, lengths, HOUR)


def _lengths(steps: Steps) -> Ints:
    """µs from each instance's start to its completion, i64[m]."""
    return steps.time - steps.start


@criterion(
    id="work_elapsed",
    principle="promptness",
    unit="hours",
    direction="lower",
    question={
        "fi": "Kuinka monta tuntia joku työskentelee asian parissa?",
        "sv": "Under hur många timmar arbetar någon med ärendet?",
        "en": "For how many hours is somebody at work on the matter?",
    },
    definition="Length of the union of the steps from start to end; parallel work counts once.",
    statistics=(Expected(),),
    needs=("start",),
    parts=_WORK_PARTS,
    open_matters=COUNTED,
    pitfalls="A step that was left open over night counts the night.",
)
def work_elapsed(steps: Steps) -> Marks:
    """Time in which somebody worked, at the completions."""
    work = life(steps).work
    return steps.marks(work > 0, work, HOUR)


@criterion(
    id="waiting",
    principle="promptness",
    unit="days",
    direction="lower",
    question={
        "fi": "Kuinka kauan asia odottaa niin, ettei kukaan työskentele sen parissa?",
        "sv": "Hur länge ligger ärendet utan att någon arbetar med det?",
        "en": "How long does the matter wait with nobody at work on it?",
    },
    definition="Elapsed time less the union of work.",
    statistics=(*_DAYS, ShareSpent("share_of_lead_time")),
    needs=("closed", "start"),
    parts=_WORK_PARTS,
    open_matters=f"{CENSORED} The share of the lead time is a ratio of expected times within h.",
    pitfalls="Work that leaves no start and end looks like waiting.",
)
def waiting(steps: Steps) -> Times:
    """Time in which nobody worked, and the same time as it went by."""
    lived = life(steps)
    whole = Marks(steps.clock, None, with_rest(steps, lived.passed))
    spent = Marks(steps.clock, None, with_rest(steps, lived.wait.copy()), of=whole)
    return Times(waited(steps), steps.ended, spent=spent)


def with_rest(steps: Steps, amount: Ints) -> Ints:
    """Add the time between last step and end of closed matters to `amount` i64[m] at that step."""
    rest = rests(steps)
    closed = steps.ended[rest.case]
    last, case = rest.last[closed], rest.case[closed]
    amount[last] += steps.watched[case] - rest.begin[closed]
    return amount
