"""The event permit in numbers: who applies, how long it takes, who decides, and the prototypes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Kind,
    Meeting,
    Origin,
    Priority,
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
    about,
    acts,
    assumed,
    between,
    by_kind,
    chances,
    fitted,
    happens,
    mapping,
    step,
    system,
    waits,
)

NAME = "event-permit"
PROMOTION, OUTDOOR, BIG = "promotion", "outdoor event", "big event"
KINDS = (PROMOTION, OUTDOOR, BIG)

# -- who applies, and when

MONTHS = (0.6, 0.8, 1.1, 1.35, 1.4, 1.3, 0.9, 1.2, 1.0, 0.95, 0.7, 0.7)
WEEKDAYS = (1.2, 1.2, 1.2, 1.2, 1.0, 0.3, 0.4)
HOURS = (1, 1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 8, 9, 9, 8, 6, 4, 4, 4, 4, 3, 2, 1)  # fmt: skip
SEASON = assumed("Most events are in summer, and most applications come before them.")


def _kind(per_year: float, promise_days: float) -> Kind:
    arrivals = Arrivals(per_year, MONTHS, WEEKDAYS, tuple(float(h) for h in HOURS), origin=SEASON)
    return Kind(arrivals, promise_days)


ARRIVING = {PROMOTION: _kind(320, 45), OUTDOOR: _kind(450, 60), BIG: _kind(130, 75)}
"""The promised days until the event is over are assumed; the published handling time, 6 days in
Finnish, about 10 or 21 in another language (strength B), is of the decision alone."""

UP_TO_50, TO_200, TO_500, TO_2000, MORE = (
    "up to 50", "51-200", "201-500", "501-2000", "over 2000",
)  # fmt: skip
SIZES = (UP_TO_50, TO_200, TO_500, TO_2000, MORE)


def _choices(**weights: tuple[float, ...]) -> Varied[dict[str, float]]:
    """Choices among the sizes for each kind."""
    cases = {
        kind: (dict(zip(SIZES, w, strict=True)),)
        for kind, w in zip(KINDS, weights.values(), strict=True)
    }
    return Varied(cases[OUTDOOR], "kind", cases)


def _chance(promotion: float, outdoor: float, big: float) -> Attribute:
    return happens(by_kind({PROMOTION: promotion, OUTDOOR: outdoor, BIG: big}))


ATTRIBUTES = {
    "nature": Attribute(
        choices=always({"public, free": 0.6, "public, with fee": 0.25, "closed": 0.15}),
        origin=ASSUMED,
    ),
    "organiser_size": Attribute(
        choices=always({"small": 0.6, "medium": 0.28, "large": 0.12}), origin=ASSUMED
    ),
    "public_event": Attribute(
        chance=Varied((1.0,), "nature", {"closed": (0.0,)}),
        origin=Origin("inferred", note="An event that is not closed is public."),
    ),
    "size": Attribute(
        choices=_choices(
            promotion=(0.6, 0.3, 0.08, 0.02, 0.0),
            outdoor=(0.1, 0.35, 0.33, 0.17, 0.05),
            big=(0.0, 0.0, 0.1, 0.45, 0.45),
        ),
        origin=ASSUMED,
    ),
    "attendance": Attribute(
        law=Varied(
            (between(10, 50),),
            "size",
            {
                UP_TO_50: (between(10, 50),),
                TO_200: (between(51, 200),),
                TO_500: (between(201, 500),),
                TO_2000: (between(501, 2000),),
                MORE: (between(2001, 20000),),
            },
        ),
        origin=ASSUMED,
    ),
    "attendance_at_once": Attribute(
        law=Varied(
            (between(5, 10),),
            "size",
            {
                UP_TO_50: (between(5, 10),),
                TO_200: (between(20, 51),),
                TO_500: (between(80, 201),),
                TO_2000: (between(200, 500),),
                MORE: (between(800, 2000),),
            },
        ),
        origin=assumed("Never above the attendance."),
    ),
    "special_risk": _chance(0.03, 0.05, 0.3),
    "loud": _chance(0.15, 0.7, 0.95),
    "food_sold": _chance(0.25, 0.55, 0.85),
    "risky_programme": _chance(0.02, 0.05, 0.2),
    "structures": _chance(0.05, 0.4, 0.85),
    "alcohol_served": _chance(0.05, 0.2, 0.6),
    "music_played": _chance(0.25, 0.7, 0.95),
    "lottery": _chance(0.08, 0.05, 0.05),
    "effects": _chance(0.01, 0.05, 0.3),
    "traffic_changes": _chance(0.03, 0.15, 0.6),
    "signs": _chance(0.05, 0.3, 0.8),
    "neighbours_affected": _chance(0.15, 0.6, 0.95),
}

# -- what is decided on the way

ROUNDS = "A supplement loop gets rarer with every round."
SUPPLEMENTS = {PROMOTION: (0.35, 0.2, 0.1), OUTDOOR: (0.5, 0.25, 0.1), BIG: (0.65, 0.35, 0.15)}
BRANCHING = {
    "supplement-needed": chances(
        "supplement-needed--supplement", "supplement-needed--withdrawn",
        by_kind(SUPPLEMENTS), ROUNDS,
    ),
    "withdrawn": chances("withdrawn--withdraw", "withdrawn--duties", always(0.05)),
    "claim": chances("claim--file-claim", "claim--claim-join", always(0.03)),
    "granted": chances("granted--send-invoice", "granted--end-rejected", always(0.97)),
}  # fmt: skip

# -- staff

AREA, DECIDERS, RESCUE, NOISE, FOOD = (
    "area-use", "area-use-deciders", "event-safety", "noise-control", "food-safety",
)  # fmt: skip
POLICE, WASTE, TUKES, BUILDING = (
    "police-licences", "waste-supervision", "programme-safety", "building-control",
)  # fmt: skip
ALCOHOL, TRAFFIC, CALENDAR, DESK = (
    "alcohol-licences", "traffic", "events-calendar", "event-desk",
)  # fmt: skip
DAY, MORNING = "week 08:00-16:00", "week 08:00-12:00"


def _staff() -> Staff:
    staff = Staff()
    staff.add(AREA, *[f"{DAY} {off}" for off in ("July", "July", "August", "August")])
    staff.pools[AREA] = replace(staff.pools[AREA], order="ageing", ageing_days=10)
    staff.add(AREA, *["mon tue wed thu 09:00-11:00"] * 2, pool=DECIDERS, cost=60)
    staff.add(RESCUE, f"{DAY} July", f"{DAY} August", "mon wed 08:00-12:00")
    staff.add(NOISE, f"{DAY} July", "mon tue wed thu 08:00-12:00")
    staff.add(FOOD, MORNING, "thu 08:00-12:00")
    staff.add(POLICE, f"{MORNING} July", f"{MORNING} August")
    staff.add(WASTE, "wed 08:00-11:30")
    staff.add(TUKES, "tue thu 09:00-10:45")
    staff.add(BUILDING, "mon tue wed thu 13:00-15:00")
    staff.add(ALCOHOL, "week 08:00-10:30")
    staff.add(TRAFFIC, "mon tue wed thu 08:00-10:00")
    staff.add(CALENDAR, "week 08:00-11:30")
    return staff


# -- steps

ASKING = {"e-mail": 0.5, "phone": 0.35, "visit": 0.15}
BY_MAIL = {"e-mail": 1.0}
FORM_OR_MAIL = {"online": 0.6, "e-mail": 0.4}
MAIL_OR_FORM = {"e-mail": 0.6, "online": 0.4}
BILL = {"letter": 0.6, "e-mail": 0.4}
APPLIED, NOTIFIED, INVOICED = "application_submitted", "decision_notified", "fee_invoiced"
ONE_BY_ONE = "The organiser goes from one agency to the next: each later one after more days."
HANDLING = Origin(
    "assumed",
    note="Time of work. A public page states a handling time of 6 days in Finnish, about 10 days "
    "(small) or 3 weeks (larger) in another language (strength B); it is not used as work.",
)

STEPS: dict[str, StepNumbers] = {
    # asking and applying
    "plan-event": acts(120),
    "ask-what-is-needed": acts(20, "contact_made", channels=ASKING),
    "answer-enquiry": step(20, AREA, "contact_made", channels=ASKING),
    "apply-for-area": acts(70, APPLIED, after=3, channels={"online": 0.7, "e-mail": 0.3}),
    "acknowledge": system(channels=BY_MAIL),
    "check-application": step(45, AREA, "case_opened", origin=HANDLING),
    "ask-supplement": step(25, AREA, "supplement_requested", channels=BY_MAIL),
    "send-supplement": acts(
        40, "supplement_received", after=5, spread=0.9, channels=MAIL_OR_FORM
    ),
    "remind-supplement": system(channels=BY_MAIL),
    "check-supplement": step(20, AREA),
    "withdraw": acts(10, "withdrawn", after=6, channels=BY_MAIL),
    # the duties, one agency after another
    "notify-police": acts(
        30, APPLIED, after=4, origin=assumed(ONE_BY_ONE),
        channels={"online": 0.5, "e-mail": 0.35, "phone": 0.15},
    ),
    "handle-police": step(60, POLICE),
    "answer-police": step(15, POLICE, NOTIFIED, channels=BY_MAIL),
    "send-rescue-plan": acts(240, APPLIED, after=8, channels=MAIL_OR_FORM),
    "handle-rescue-plan": step(110, RESCUE),
    "answer-rescue-plan": step(15, RESCUE, NOTIFIED, channels=BY_MAIL),
    "ask-statement-rescue": step(15, AREA, "statement_requested"),
    "give-statement-rescue": step(75, RESCUE, "statement_given", wait=waits("statement", 4)),
    "send-noise": acts(60, APPLIED, after=5, channels=FORM_OR_MAIL),
    "handle-noise": step(90, NOISE),
    "answer-noise": step(15, NOISE, NOTIFIED, channels=BY_MAIL),
    "invoice-noise": step(10, NOISE, INVOICED, channels=BILL),
    "ask-statement-noise": step(15, AREA, "statement_requested"),
    "give-statement-noise": step(60, NOISE, "statement_given", wait=waits("statement", 3)),
    "send-food-notice": acts(45, APPLIED, after=8, channels=FORM_OR_MAIL),
    "handle-food-notice": step(45, FOOD),
    "answer-food-notice": step(15, FOOD, NOTIFIED, channels=BY_MAIL),
    "invoice-food": step(10, FOOD, INVOICED, channels=BILL),
    "send-service-plan": acts(60, APPLIED, after=9, channels=BY_MAIL),
    "answer-service-plan": step(40, FOOD, NOTIFIED, channels=BY_MAIL),
    "send-waste-plan": acts(60, APPLIED, after=9, channels=BY_MAIL),
    "answer-waste-plan": step(45, WASTE, NOTIFIED, channels=BY_MAIL),
    "send-safety-document": acts(240, APPLIED, after=9, channels=FORM_OR_MAIL),
    "answer-safety-document": step(120, TUKES, NOTIFIED, channels=BY_MAIL),
    "ask-structures": acts(
        20, "contact_made", after=6, channels={"e-mail": 0.7, "phone": 0.3}
    ),
    "answer-structures": step(40, BUILDING, NOTIFIED, channels=BY_MAIL),
    "apply-alcohol": acts(90, APPLIED, after=7, channels={"online": 1.0}),
    "decide-alcohol": step(110, ALCOHOL, NOTIFIED, channels=BY_MAIL),
    "get-music-licence": acts(20, "contact_made", after=10, channels={"online": 1.0}),
    "apply-lottery": acts(40, APPLIED, after=7, channels=FORM_OR_MAIL),
    "decide-lottery": step(60, POLICE, NOTIFIED, channels=BY_MAIL),
    "notify-effects": acts(30, APPLIED, after=8, channels=FORM_OR_MAIL),
    "apply-traffic": acts(60, APPLIED, after=6, channels=FORM_OR_MAIL),
    "decide-traffic": step(90, TRAFFIC, NOTIFIED, channels=BY_MAIL),
    "ask-signs": acts(15, "contact_made", after=9, channels=BY_MAIL),
    # the decision
    "prepare-decision": step(90, AREA, origin=HANDLING),
    "decide": step(30, DECIDERS, "decision_made", origin=HANDLING),
    "send-decision": step(10, AREA, NOTIFIED, channels=BY_MAIL),
    "file-claim": acts(
        60, "appeal_filed", channels={"e-mail": 0.8, "letter": 0.2}
    ),
    "handle-claim": step(180, AREA, wait=waits("statutory", 10, 0.3, low=5)),
    "send-claim-decision": step(15, AREA, NOTIFIED, channels={"e-mail": 0.7, "letter": 0.3}),
    "send-invoice": step(10, AREA, INVOICED, channels=BILL),
    # the event
    "notify-neighbours": acts(60, after=1.5),
    "inspect-site": step(110, RESCUE, "inspection_done", channels={"site": 1.0}),
    "hold-event": step(
        fixed(6, "hours"),
        wait=waits("customer", 9, 0.5, note="Days from the decision until the event is held."),
    ),
    "inspect-area": step(55, AREA, "inspection_done", channels={"site": 1.0}),
    "send-waste-report": acts(60, after=12, channels=BY_MAIL),
    "check-waste-report": step(20, WASTE),
    "ask-event-texts": step(15, CALENDAR, "contact_made", channels=BY_MAIL),
    "send-event-texts": acts(60, after=4, channels=BY_MAIL),
    "publish-event": step(30, CALENDAR, "event_published"),
}  # fmt: skip
CLAIM_TIME = Origin(
    "assumed", note="Within the 14 days for a claim for revision (strength B); when is assumed."
)
STEPS["file-claim"] = replace(
    STEPS["file-claim"],
    delay=replace(waits("customer", 8, 0.4), origin=CLAIM_TIME,
                  law=always(replace(about(8, "days", 0.4), high=14.0))),
)  # fmt: skip

MAPPING = mapping(
    "Event permit, simulated",
    segments=("nature", "organiser_size"),
    acknowledgements=("Acknowledge receipt",),
    automatic=("Acknowledge receipt", "Remind of the supplement", "Pass the data on to the units",
               "Book the place in the calendar"),
    burden={
        "Ask what permits are needed": 0.5,
        "Apply for the area": 2.5,
        "Apply once for all agencies": 4.0,
        "Notify of a small event": 0.5,
        "Send the rescue plan": 6.0,
        "Send the noise notification": 1.5,
        "Send the food sales notice": 1.0,
        "Send the public-event notification": 1.0,
        "Send the toilet and service plan": 1.5,
        "Send the waste plan": 1.5,
        "Send the safety document": 6.0,
        "Ask whether the structures need a permit": 0.5,
        "Apply for a licence to serve alcohol": 2.0,
        "Get the licences for music": 0.5,
        "Apply for a lottery licence": 1.0,
        "Notify of fireworks or effects": 1.0,
        "Apply for traffic arrangements": 1.5,
        "Agree on the signs": 0.5,
        "Send the supplement": 1.5,
        "Send the final report on waste": 1.5,
        "Send the texts of the event": 1.0,
    },
)  # fmt: skip
AGENCIES = {
    "City environment": ("Kaupunkiympäristö", "Stadsmiljö"),
    "Rescue department": ("Pelastuslaitos", "Räddningsverket"),
    "Environmental services": ("Ympäristöpalvelut", "Miljötjänster"),
    "Police (state)": ("Poliisi (valtio)", "Polisen (staten)"),
    "Event unit": ("Tapahtumayksikkö", "Evenemangsenheten"),
}
MAPPING["names"] = {en: {"fi": fi, "sv": sv, "en": en} for en, (fi, sv) in AGENCIES.items()}


def base() -> Scenario:
    """The numbers of the current state."""
    staff = _staff()
    return Scenario(
        NAME, ARRIVING, "current", NOTE,
        zone=ZONE, start=START, end=END,
        attributes=ATTRIBUTES, branching=BRANCHING, steps=STEPS,
        pools=staff.pools, people=staff.people, calendars=staff.calendars,
        priorities=(
            Priority(0, "attendance > 2000", assumed("The biggest events are taken first.")),
            Priority(1, origin=ASSUMED),
        ),
        outcomes={"end": "decided", "end-rejected": "rejected", "end-withdrawn": "withdrawn"},
        mapping=MAPPING,
    )  # fmt: skip


# -- prototypes: what changes, and why

CHECKED = "The form checks that nothing is missing, so supplements are needed more seldom."
ONE_FORM = assumed("One form for all agencies takes longer than one application, and asks once.")
FORM_STEPS = {
    "apply-once": acts(
        150, APPLIED, after=4, role="apply-for-area", origin=ONE_FORM, channels={"online": 1.0}
    ),
    "pass-on": system(),
    "handle-effects": step(20, RESCUE, NOTIFIED, channels=BY_MAIL, origin=assumed(
        "What a customer told without an answer is now answered.")),
    "agree-signs": step(15, AREA, NOTIFIED, channels=BY_MAIL, origin=assumed(
        "What a customer agreed by e-mail is now confirmed.")),
    "publish-event": step(20, CALENDAR, "event_published", origin=assumed(
        "The texts come with the form: they are checked, not asked for and typed.")),
}  # fmt: skip


def _fewer(factor: float) -> dict[str, tuple[float, ...]]:
    return {k: tuple(round(p * factor, 4) for p in rounds) for k, rounds in SUPPLEMENTS.items()}


def _supplements(factor: float, why: str) -> dict[str, object]:
    flows = ("supplement-needed--supplement", "supplement-needed--withdrawn")
    return {"supplement-needed": chances(*flows, by_kind(_fewer(factor)), why)}


def joint_form(now: Scenario) -> Scenario:
    """One form, passed on to the units: fewer supplements, no walk from agency to agency."""
    return fitted(
        now, "prototype-joint-form", steps=FORM_STEPS,
        branching=_supplements(0.6, CHECKED),
        note="Changed against the current state: one form (150 minutes, for one application of 70 "
        "and those of the other agencies), six supplements where there were ten, texts for the "
        "calendar with the form. The staff stays.",
    )  # fmt: skip


MOVED = assumed("Done by the desk, with two of the four people of area use.")
DECISION_DAY = Meeting(
    "wed", "09:00", 1, date(2021, 1, 6), cut_off_days=1.0,
    origin=assumed("One day a week on which the agencies decide together."),
)  # fmt: skip


def one_stop_desk(now: Scenario) -> Scenario:
    """One desk for everything: it shares the matter out and answers for all."""
    staff = Staff()
    staff.add(AREA, f"{DAY} July", f"{DAY} August")
    staff.pools[AREA] = replace(staff.pools[AREA], order="ageing", ageing_days=10)
    staff.add(DESK, f"{DAY} July", f"{DAY} August")
    desk = {
        id: replace(STEPS[id], pool=DESK, origin=MOVED)
        for id in (
            "answer-enquiry", "check-application", "ask-supplement", "check-supplement",
            "send-decision", "send-claim-decision", "send-invoice",
        )
    }  # fmt: skip
    inside = assumed("The same work; the answer goes to the desk, not to the customer.")
    own = {
        id: replace(STEPS[id], event="statement_given", channels={}, origin=inside)
        for id in (
            "handle-police", "handle-rescue-plan", "handle-noise", "handle-food-notice",
            "answer-service-plan", "answer-waste-plan", "answer-safety-document",
            "answer-structures", "decide-alcohol", "decide-lottery", "decide-traffic",
        )
    }  # fmt: skip
    own["answer-police"] = replace(STEPS["answer-police"], event=None, channels={}, origin=inside)
    return fitted(
        now, "prototype-one-stop-desk", staff=staff, branching=_supplements(0.6, CHECKED),
        meetings={"decision-day": DECISION_DAY},
        steps={
            **FORM_STEPS, **desk, **own,
            "share-out": step(20, DESK, "statement_requested", origin=assumed(
                "One request for statements to all units at once.")),
            "assess-effects": step(20, RESCUE, origin=inside),
            "assess-signs": step(15, AREA, origin=inside),
            "decision-day": step(10, DESK, meeting="decision-day", origin=assumed(
                "Ten minutes of the desk for each matter on the day.")),
        },
        note="Changed against the current state: one form as in the joint form; two people of "
        "area use are the desk; statements are asked once for all; a decision day every week.",
    )  # fmt: skip


def small_events(now: Scenario) -> Scenario:
    """A notification and a booking for small events; all others as now."""
    quick = assumed("A short answer instead of handling: the place and the event are known.")
    return fitted(
        now, "prototype-small-events",
        steps={
            "notify-small-event": acts(20, APPLIED, after=0.5, channels={"online": 1.0},
                                       role="apply-for-area"),
            "book-place": system(),
            "confirm-small-event": step(5, AREA, NOTIFIED, channels=BY_MAIL, origin=quick),
            "notify-police-small": replace(STEPS["notify-police"], role="notify-police"),
            "answer-police-small": step(15, POLICE, NOTIFIED, channels=BY_MAIL, origin=quick,
                                        role="handle-police"),
            "send-food-notice-small": replace(STEPS["send-food-notice"], role="send-food-notice"),
            "answer-food-notice-small": step(15, FOOD, NOTIFIED, channels=BY_MAIL, origin=quick,
                                             role="handle-food-notice"),
        },
        note="Changed against the current state: small events without special features are "
        "notified and booked, not applied for; police and food safety answer them shortly.",
    )  # fmt: skip


def scenarios() -> dict[str, Scenario]:
    """The scenario of every version, by the name of its file."""
    now = fitted(base(), "current", note="")
    made = (now, joint_form(now), one_stop_desk(now), small_events(now))
    return {s.name: s for s in made}
