"""Plot to premises in numbers: who looks for a plot, how long it takes, and the prototypes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Kind,
    Meeting,
    Origin,
    Scenario,
    StepNumbers,
    Varied,
    always,
)
from scenarios.bricks import (
    ASSUMED,
    END,
    NOTE,
    START,
    YEARS,
    ZONE,
    Staff,
    acts,
    assumed,
    by_kind,
    chances,
    fitted,
    mapping,
    step,
    system,
    waits,
)

NAME = "plot-to-premises"
WORKSHOP, STORAGE, OFFICE = "workshop", "storage", "office and shop"
KINDS = (WORKSHOP, STORAGE, OFFICE)
MONTHS = (1.1, 1.1, 1.1, 1.0, 1.0, 0.8, 0.5, 1.0, 1.2, 1.2, 1.1, 0.9)
WEEKDAYS = (1.2, 1.2, 1.2, 1.2, 1.0, 0.2, 0.2)
HOURS = (0, 0, 0, 0, 0, 0, 1, 3, 9, 10, 10, 9, 8, 9, 9, 8, 6, 4, 3, 3, 3, 2, 1, 0)
QUIET = assumed("Businesses ask less in July and at the turn of the year.")


def _kind(per_year: float, promise_days: float) -> Kind:
    hours = tuple(float(h) for h in HOURS)
    return Kind(Arrivals(per_year, MONTHS, WEEKDAYS, hours, origin=QUIET), promise_days)


ARRIVING = {WORKSHOP: _kind(80, 600), STORAGE: _kind(50, 540), OFFICE: _kind(40, 660)}
"""The promise until the premises are in use is assumed; the published time, 1 to 2 weeks
(strength B), is of the answer to the enquiry alone."""
ATTRIBUTES = {
    "business_size": Attribute(
        choices=always({"sole trader": 0.25, "small": 0.55, "medium": 0.2}), origin=ASSUMED
    ),
}

BRANCHING = {
    "applicant-chosen": chances(
        "applicant-chosen--hold-meeting", "applicant-chosen--decline", always(0.6),
        "Others may want the same plot, and some do not pass the checks.",
    ),
    "measures": chances(
        "measures--carry-out-measures", "measures--measures-join",
        by_kind({WORKSHOP: 0.35, STORAGE: 0.35, OFFICE: 0.2}),
    ),
    "extension-needed": chances(
        "extension-needed--apply-extension", "extension-needed--submit-drawings",
        Varied((0.3, 0.12, 0.05)), "A second extension is rare.",
    ),
    "faults-found": chances(
        "faults-found--repair-faults", "faults-found--approve-use", Varied((0.4, 0.12, 0.05)),
        "Faults get rarer with every inspection.",
    ),
}  # fmt: skip

ADVICE, LESSOR, SOIL, DEMOLITION, POLLUTION, SURVEY, PLANNING, BUILDING = (
    "business-advice", "lessor", "soil-and-preconstruction", "demolition", "soil-protection",
    "soil-survey", "planning", "building-control",
)  # fmt: skip
MANAGER, CHECK = "case-manager", "constructability"
DAY, MORNING, TWICE = "week 08:00-16:00", "week 08:00-12:00", "tue thu 08:00-11:00"


def _staff() -> Staff:
    staff = Staff()
    staff.add(ADVICE, "mon tue wed 09:00-10:30")
    staff.add(LESSOR, f"{DAY} July", f"{DAY} August")
    for unit in (SOIL, POLLUTION):
        staff.add(unit, TWICE)
    for unit in (SURVEY, PLANNING):
        staff.add(unit, "mon wed 08:00-10:30")
    staff.add(DEMOLITION, "tue 08:00-11:00")
    staff.add(BUILDING, f"{MORNING} July", f"{MORNING} August", "wed 12:00-16:00")
    return staff


BOARD = "land-board"
MEETINGS = {
    BOARD: Meeting(
        "tue", "14:00", 2, date(2021, 1, 12), cut_off_days=8.0,
        except_=tuple(f"{y}-06-24/{y}-08-08" for y in YEARS),
        origin=assumed("Every second Tuesday, agenda closed eight days before; none in July."),
    )
}  # fmt: skip
AT_BOARD = assumed("Ten minutes of the meeting.")

MAIL, ONLINE = {"e-mail": 1.0}, {"online": 1.0}
MAIL_OR_LETTER = {"e-mail": 0.7, "letter": 0.3}
MEET = {"visit": 0.6, "online": 0.4}
APPLIED, NOTIFIED, DECIDED = "application_submitted", "decision_notified", "decision_made"
ANSWER = Origin(
    "assumed",
    note="Time of work; the published time of the answer is 1 to 2 weeks (strength B).",
)
ENQUIRIES = {
    "preconstruction": (SOIL, 100), "demolition": (DEMOLITION, 60),
    "soil-pollution": (POLLUTION, 100), "soil-report": (SURVEY, 100), "other": (PLANNING, 90),
}  # fmt: skip


def _asked(id: str) -> dict[str, StepNumbers]:
    unit, minutes = ENQUIRIES[id]
    wait = waits("statement", 6, note="Until the unit has what it needs to answer.")
    return {
        f"ask-{id}": step(20, LESSOR, "statement_requested"),
        f"answer-{id}": step(minutes, unit, "statement_given", wait=wait),
    }


CHECKS = ("trade-register", "credit", "pension", "vat", "prepayment", "tax-debt", "employer")
STEPS: dict[str, StepNumbers] = {
    "ask-for-plot": acts(45, "path_started", channels={"online": 0.4, "e-mail": 0.4, "phone": 0.2}),
    "answer-plot-enquiry": step(60, ADVICE, "contact_made", origin=ANSWER,
                                wait=waits("other", 4, note="Which plots are free is found out."),
                                channels={"e-mail": 0.8, "phone": 0.2}),
    "publish-search": step(120, LESSOR, wait=waits("other", 10, note="The plot is prepared.")),
    "answer-search": acts(180, APPLIED, after=14, channels=ONLINE),
    "acknowledge-answer": system(channels=MAIL),
    "compare-answers": step(180, LESSOR, "case_opened", wait=waits(
        "other", 14, 0.4, note="Until the search closes for all who answer.")),
    "ask-certificates": step(20, LESSOR, "supplement_requested", channels=MAIL),
    "send-certificates": acts(90, "supplement_received", after=7, channels=MAIL),
    **{f"check-{c}": step(10, LESSOR) for c in CHECKS},
    "decline": step(30, LESSOR, NOTIFIED, channels=MAIL_OR_LETTER),
    "hold-meeting": step(80, LESSOR, "contact_made", channels=MEET,
                         wait=waits("meeting", 7, 0.4, note="Until a time that suits both.")),
    "prepare-reservation": step(200, LESSOR),
    "decide-reservation": step(10, None, DECIDED, meeting=BOARD, origin=AT_BOARD),
    "send-reservation": step(20, LESSOR, NOTIFIED, channels=MAIL_OR_LETTER),
    **{k: v for id in ENQUIRIES for k, v in _asked(id).items()},
    "carry-out-measures": step(200, LESSOR, wait=waits(
        "other", 45, 0.4, note="Soil is cleaned or a building taken down by a contractor.")),
    "apply-extension": acts(40, APPLIED, channels=MAIL),
    "decide-extension": step(10, None, DECIDED, meeting=BOARD, origin=AT_BOARD),
    "submit-drawings": acts(240, after=50, spread=0.4, channels={"e-mail": 0.5, "online": 0.5}),
    "approve-drawings": step(180, LESSOR, DECIDED),
    "decide-lease": step(10, None, DECIDED, meeting=BOARD, origin=AT_BOARD),
    "sign-lease": step(50, LESSOR, "contact_made", channels=MEET,
                       wait=waits("meeting", 5, 0.4, note="Until a time that suits both.")),
    "invoice-rent": step(15, LESSOR, "fee_invoiced", channels={"letter": 0.5, "e-mail": 0.5}),
    "apply-building-permit": acts(480, APPLIED, after=20, spread=0.5, channels=ONLINE),
    "give-verdict": step(420, BUILDING, DECIDED, wait=waits(
        "hearing", 18, 0.3, low=14, note="Neighbours are heard; the time is assumed.")),
    "send-verdict": step(20, BUILDING, NOTIFIED, channels=MAIL),
    "notify-start": acts(20, "contact_made", after=15, spread=0.5,
                         channels={"online": 0.7, "phone": 0.3}),
    "build": step(60, wait=waits("customer", 190, 0.25, note="The time of building.")),
    "final-inspection": step(170, BUILDING, "inspection_done", channels={"site": 1.0}),
    "repair-faults": step(60, wait=waits("customer", 12, 0.5)),
    "approve-use": step(30, BUILDING, DECIDED, channels=MAIL),
    "take-into-use": acts(60, "premises_taken_into_use", after=5),
    "close-permit": system("path_completed"),
}  # fmt: skip

MAPPING = mapping(
    "Plot to premises, simulated",
    segments=("business_size",),
    acknowledgements=("Acknowledge the answer",),
    automatic=("Acknowledge the answer", "Close the permit"),
    burden={
        "Ask for a plot": 1.0, "Answer the plot search": 8.0, "Send the certificates": 3.0,
        "Apply for an extension": 1.0, "Submit the drawings": 4.0,
        "Apply for the building permit": 10.0, "Notify the start of construction": 0.5,
    },
    delay_eur_per_day=60.0,
)  # fmt: skip


def base() -> Scenario:
    """The numbers of the current state."""
    staff = _staff()
    return Scenario(
        NAME, ARRIVING, "current", NOTE,
        zone=ZONE, start=START, end=END,
        attributes=ATTRIBUTES, branching=BRANCHING, steps=STEPS,
        pools=staff.pools, people=staff.people, calendars=staff.calendars, meetings=MEETINGS,
        outcomes={"end": "decided", "end-declined": "rejected"},
        mapping=MAPPING,
    )  # fmt: skip


def parallel_enquiries(now: Scenario) -> Scenario:
    """The five enquiries at the same time, and before the reservation."""
    return fitted(
        now, "prototype-parallel-enquiries",
        note="No number changes against the current state: the gain is that of the order alone.",
    )  # fmt: skip


def one_check(now: Scenario) -> Scenario:
    """One unit gathers what five knew, before the search."""
    staff = Staff()
    staff.add(CHECK, MORNING, TWICE)
    one = assumed(
        "One check of about 260 minutes takes the place of five enquiries of 450 minutes and of "
        "asking each; it is made for every search, also for those declined later."
    )
    wait = waits("statement", 9, note="Until the unit has what it needs: once, not five times.")
    return fitted(
        now, "prototype-one-check", staff=staff,
        branching={
            "measures": replace(BRANCHING["measures"], origin=assumed(
                "The share is that of now, but of all plots that are searched for."))
        },
        steps={
            CHECK_STEP: step(260, CHECK, "statement_given", wait=wait, origin=one),
            "carry-out-measures": replace(STEPS["carry-out-measures"], origin=assumed(
                "Carried out before the search, for every plot that needs it.")),
        },
        note="Changed against the current state: one check instead of five enquiries, by a unit "
        "of two people, for every plot before it is searched for.",
    )  # fmt: skip


CHECK_STEP = "check-constructability"


def case_manager(now: Scenario) -> Scenario:
    """One person meets the business; the units work behind."""
    staff = Staff()
    staff.add(MANAGER, "mon tue wed thu 09:00-11:00", "mon tue wed thu 13:00-15:00")
    moved = assumed("The case manager does it for the unit: the same work in other hands.")
    meets = {
        id: replace(STEPS[id], pool=MANAGER, origin=moved)
        for id in (
            "answer-plot-enquiry", "decline", "hold-meeting", "send-reservation", "sign-lease",
            "invoice-rent", "send-verdict", "approve-use",
        )
    }  # fmt: skip
    register = assumed("A register answers at once; no certificate is asked for.")
    return fitted(
        now, "prototype-case-manager", staff=staff,
        steps={
            **meets,
            **{f"check-{c}": system(origin=register) for c in CHECKS},
            "tell-progress": step(15, MANAGER, "contact_made", origin=assumed(
                "A short call or message when the plot is known to be fit to build on."),
                channels={"phone": 0.5, "e-mail": 0.5}),
        },
        note="Changed against the current state: two case managers do what meets the business; "
        "the seven checks come from registers and take no work.",
    )  # fmt: skip


def scenarios() -> dict[str, Scenario]:
    """The scenario of every version, by the name of its file."""
    now = fitted(base(), "current", note="")
    made = (now, case_manager(now), one_check(now), parallel_enquiries(now))
    return {s.name: s for s in made}
