"""Starting up in numbers: who founds a business, what the trade needs, and the prototypes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Kind,
    Law,
    Meeting,
    Origin,
    Scenario,
    StepNumbers,
    Varied,
    always,
    fixed,
)
from scenarios.bricks import (
    ASSUMED,
    END,
    NOTE,
    START,
    ZONE,
    Staff,
    acts,
    assumed,
    by_kind,
    chances,
    fitted,
    happens,
    mapping,
    step,
    system,
    waits,
)

NAME = "starting-up"
FOOD_TRADE, SHOP, SERVICES = "food and restaurants", "shop or workshop", "services"
KINDS = (FOOD_TRADE, SHOP, SERVICES)
MONTHS = (1.3, 1.2, 1.1, 1.0, 1.0, 0.8, 0.5, 1.1, 1.2, 1.0, 0.9, 0.9)
WEEKDAYS = (1.2, 1.1, 1.1, 1.1, 1.0, 0.7, 0.8)
HOURS = (1, 0, 0, 0, 0, 0, 1, 3, 6, 8, 8, 8, 7, 8, 8, 7, 6, 6, 7, 8, 8, 6, 4, 2)
SEASON = assumed("More at the turn of the year and in autumn, few in July; evenings too.")


def _kind(per_year: float, promise_days: float) -> Kind:
    hours = tuple(float(h) for h in HOURS)
    return Kind(Arrivals(per_year, MONTHS, WEEKDAYS, hours, origin=SEASON), promise_days)


ARRIVING = {FOOD_TRADE: _kind(200, 120), SHOP: _kind(250, 100), SERVICES: _kind(450, 70)}


def _chance(food: float, shop: float, services: float) -> Attribute:
    return happens(by_kind({FOOD_TRADE: food, SHOP: shop, SERVICES: services}))


ATTRIBUTES = {
    "language": Attribute(choices=always({"fi": 0.76, "sv": 0.06, "en": 0.18}), origin=ASSUMED),
    "food_sold": _chance(1.0, 0.1, 0.01),
    "premises_change": _chance(0.55, 0.4, 0.1),
    "use_permit_needed": Attribute(
        chance=Varied((0.5,), "kind", {FOOD_TRADE: (0.65,)}), origin=ASSUMED
    ),
    "terrace": _chance(0.3, 0.02, 0.0),
    "plot_needed": _chance(0.03, 0.1, 0.02),
    "hires": _chance(0.45, 0.2, 0.1),
    "instalments": Attribute(
        law=always(Law("empirical", (1.0, 1.0, 2.0), unit=None)),
        origin=assumed("Paid in one or two instalments (strength A); how often is assumed."),
    ),
    "adviser_wanted": _chance(0.75, 0.65, 0.5),
}

BRANCHING = {
    "another-meeting": chances(
        "another-meeting--improve-plan", "another-meeting--goes-on", Varied((0.35, 0.2, 0.1)),
        "Another meeting gets rarer with every meeting.",
    ),
    "goes-on": chances("goes-on--file-start-up-notice", "goes-on--end-not-founded", always(0.8)),
    "more-needed": chances(
        "more-needed--more-information", "more-needed--decide-benefit",
        Varied((0.5, 0.25, 0.1)), "A supplement loop gets rarer with every round.",
    ),
    "benefit-granted": chances(
        "benefit-granted--propose-benefit", "benefit-granted--reject-benefit", always(0.8)
    ),
}  # fmt: skip

ADVICE, REGISTER, FOOD, BUILDING, AREA, LESSOR, EMPLOYER = (
    "business-advice", "business-register", "food-safety", "building-control", "area-use",
    "lessor", "employer-services",
)  # fmt: skip

DECIDERS = "employer-services-deciders"
"""Who decides has handled nothing: in one pool, a matter that comes back uses up everybody."""


def _staff() -> Staff:
    staff = Staff()
    staff.add(ADVICE, *[f"mon tue wed thu 09:00-14:30 {off}" for off in ("July", "August")])
    staff.add(REGISTER, "week 08:00-11:00")
    staff.add(FOOD, "tue thu 09:00-11:00")
    staff.add(BUILDING, "week 08:00-12:00")
    staff.add(AREA, "wed 08:00-12:00")
    staff.add(LESSOR, "thu 09:00-10:00")
    staff.add(EMPLOYER, "mon wed fri 13:00-15:00", "tue thu 13:00-15:00")
    staff.add(EMPLOYER, "wed 13:00-15:00", pool=DECIDERS)
    return staff


MAIL, ONLINE = {"e-mail": 1.0}, {"online": 1.0}
CALL_OR_MAIL = {"phone": 0.6, "e-mail": 0.4}
ONLINE_OR_MAIL = {"online": 0.7, "e-mail": 0.3}
MEET = {"visit": 0.6, "online": 0.4}
ASKED, APPLIED, NOTIFIED = "contact_made", "application_submitted", "decision_notified"
APPOINTMENT = Origin("typed", note="Appointments last 45 minutes (strength B, 2020).")
FINDING = assumed("The founder looks for the unit alone, for some days.")

STEPS: dict[str, StepNumbers] = {
    # advice
    "read-guide": acts(60),
    "call-advice": step(15, ADVICE, ASKED, channels={"phone": 1.0}, origin=assumed(
        "In the phone hours of the advice, which are not known.")),
    "write-business-plan": acts(300, after=7),
    "book-appointment": acts(10, ASKED, channels={"online": 0.7, "phone": 0.3}),
    "confirm-appointment": system(channels=MAIL),
    "meet-adviser": step(fixed(45), ADVICE, ASKED, channels=MEET, origin=APPOINTMENT,
                         wait=waits("meeting", 6, 0.4, note="Until the booked time.")),
    "improve-plan": acts(120, after=5),
    # registration
    "file-start-up-notice": acts(60, APPLIED, after=5, channels=ONLINE),
    "register-business": step(30, REGISTER, "decision_made", wait=waits(
        "statutory", 4, 0.4, low=1, note="The time is not in the reference.")),
    "send-business-id": system(NOTIFIED, channels=ONLINE_OR_MAIL),
    # the units that the trade needs
    "find-food": acts(45, after=4, origin=FINDING),
    "ask-food": acts(15, ASKED, channels=CALL_OR_MAIL),
    "answer-food": step(20, FOOD, ASKED, channels=CALL_OR_MAIL),
    "send-food-notice": acts(60, APPLIED, after=3, channels=ONLINE),
    "answer-food-notice": step(20, FOOD, NOTIFIED, channels=MAIL),
    "find-premises": acts(60, after=5, origin=FINDING),
    "ask-premises": acts(15, ASKED, channels=CALL_OR_MAIL),
    "answer-premises": step(30, BUILDING, ASKED, channels=CALL_OR_MAIL),
    "apply-change-of-use": acts(240, APPLIED, after=10, channels=ONLINE),
    "decide-use": step(240, BUILDING, "decision_made", wait=waits(
        "hearing", 15, 0.3, low=10, note="Neighbours are heard; the time is assumed.")),
    "send-use-decision": step(15, BUILDING, NOTIFIED, channels=MAIL),
    "find-terrace": acts(45, after=6, origin=FINDING),
    "apply-for-terrace": acts(60, APPLIED, after=3, channels=ONLINE_OR_MAIL),
    "decide-terrace": step(90, AREA, "decision_made"),
    "send-terrace-decision": step(15, AREA, NOTIFIED, channels=MAIL),
    "find-plot": acts(60, after=6, origin=FINDING),
    "ask-for-plot": acts(30, ASKED, after=2, channels={"e-mail": 0.6, "online": 0.4}),
    "answer-plot-enquiry": step(50, LESSOR, ASKED, channels=MAIL),
    # the employer's benefit
    "draft-benefit": acts(60, after=4),
    "apply-for-benefit": acts(45, APPLIED, channels=ONLINE),
    "handle-benefit": step(50, EMPLOYER, "case_opened"),
    "ask-more": step(15, EMPLOYER, "supplement_requested", channels=ONLINE_OR_MAIL),
    "send-more": acts(30, "supplement_received", after=5, spread=0.9, channels=ONLINE),
    "remind-more": system(channels=MAIL),
    "decide-benefit": step(30, DECIDERS, "decision_made"),
    "propose-benefit": step(15, EMPLOYER, NOTIFIED, channels=ONLINE),
    "sign-benefit": acts(15, ASKED, after=3, channels=ONLINE),
    "pay-benefit": system(wait=waits("other", 10, 0.3, note="Until the next run of payments.")),
    "pay-second-instalment": system(wait=waits("other", 30, 0.2, note="A month later.")),
    "reject-benefit": step(20, EMPLOYER, NOTIFIED, channels=ONLINE_OR_MAIL),
    "start-trading": acts(60, "path_completed", after=7),
}  # fmt: skip

MAPPING = mapping(
    "Starting up, simulated",
    segments=("language",),
    acknowledgements=("Confirm the appointment",),
    automatic=("Confirm the appointment", "Send the business ID",
               "Remind of the additional information",
               "Pay the benefit", "Pay the second instalment",
               "Fetch the data of the business from YTJ"),
    burden={
        "Call the business advice": 0.5, "Book an appointment": 0.2, "Meet the adviser": 1.5,
        "Meet adviser and units together": 2.0, "Make the checklist of the trade": 0.5,
        "File the start-up notification": 1.5, "Ask about food business": 0.5,
        "Give notice of food business": 1.5, "Ask about the use of premises": 0.5,
        "Apply to change the use": 6.0, "Apply for a terrace": 1.5, "Ask for a plot": 1.0,
        "Apply for the employer's benefit": 1.5, "Send the additional information": 1.0,
        "Sign the agreement": 0.3,
    },
)  # fmt: skip


def base() -> Scenario:
    """The numbers of the current state."""
    staff = _staff()
    return Scenario(
        NAME, ARRIVING, "current", NOTE,
        zone=ZONE, start=START, end=END,
        attributes=ATTRIBUTES, branching=BRANCHING, steps=STEPS,
        pools=staff.pools, people=staff.people, calendars=staff.calendars,
        outcomes={"end": "decided", "end-not-founded": "withdrawn"},
        mapping=MAPPING,
    )  # fmt: skip


# -- prototypes: what changes, and why

JOINT = Meeting(
    "thu", "12:30", 1, date(2021, 1, 7), cut_off_days=2.0,
    origin=assumed("One afternoon a week for joint meetings, names given two days before."),
)  # fmt: skip


def units_come(now: Scenario) -> Scenario:
    """The units come to the adviser: nobody has to be found."""
    looks = assumed("The unit looks into the plan and comes: instead of answering a question.")
    staff = Staff()
    staff.add(FOOD, "tue thu 09:00-12:00")
    return fitted(
        now, "prototype-units-come", meetings={"joint-meeting": JOINT}, staff=staff,
        steps={
            "invite-units": step(15, ADVICE, origin=assumed("The adviser invites the units.")),
            "come-food": step(40, FOOD, role="answer-food", origin=looks),
            "come-premises": step(45, BUILDING, role="answer-premises", origin=looks),
            "come-terrace": step(40, AREA, origin=looks),
            "come-plot": step(40, LESSOR, origin=looks),
            "joint-meeting": step(45, ADVICE, ASKED, meeting="joint-meeting", channels=MEET,
                                  origin=assumed("As long as an appointment.")),
        },
        note="Changed against the current state: a joint meeting every week, for which each unit "
        "works about 40 minutes instead of answering an enquiry; food safety has two hours more.",
    )  # fmt: skip


def checklist(now: Scenario) -> Scenario:
    """A checklist names the unit; data of the business come from a register."""
    shorter = assumed("Filled in from the register by the business ID, so it takes less time.")
    forms = {
        id: replace(STEPS[id], work=acts(minutes).work, origin=shorter)
        for id, minutes in {
            "send-food-notice": 40, "apply-change-of-use": 200, "apply-for-terrace": 40,
            "ask-for-plot": 20, "apply-for-benefit": 30,
        }.items()
    }  # fmt: skip
    fewer = assumed("The checklist tells what to hand in, so less is missing.")
    flows = ("more-needed--more-information", "more-needed--decide-benefit")
    return fitted(
        now, "prototype-checklist",
        branching={
            "another-meeting": chances(
                "another-meeting--improve-plan", "another-meeting--adviser-wanted-join",
                Varied((0.35, 0.2, 0.1)), "Another meeting gets rarer with every meeting.",
            ),
            "more-needed": replace(
                chances(*flows, Varied((0.3, 0.15, 0.05))), origin=fewer
            ),
        },
        steps={
            **forms,
            "make-checklist": acts(20, "contact_made", channels=ONLINE),
            "fetch-business-data": system(),
        },
        note="Changed against the current state: an adviser only for those who want one (two of "
        "three), no enquiries, forms filled in from the register, less missing information. "
        "The staff stays.",
    )  # fmt: skip


def scenarios() -> dict[str, Scenario]:
    """The scenario of every version, by the name of its file."""
    now = fitted(base(), "current", note="")
    made = (now, checklist(now), units_come(now))
    return {s.name: s for s in made}
