"""Smoothness: how many meet the customer, and how often the matter changes hands."""

from __future__ import annotations

import numpy as np

from polku.measure.facts import Bools, Causes, Marks, Rows
from polku.measure.registry import criterion
from polku.measure.side_by_side import marked
from polku.measure.statistics import Expected, Incidence
from polku.measure.steps import Steps

COUNTED = (
    "Counted until the matter's end or the last moment watched; the figure is the expected number "
    "within h of arrival, open matters included."
)
_MU = (Expected(),)
_CONTACT_PARTS = ("closed", "contacts", "none")
_UNIT_PARTS = ("closed", "none")
_AGENCY_PARTS = ("agencies", "closed", "none")


def _first_among(steps: Steps, codes: Rows, where: Bools) -> Rows:
    """Positions of the first instance of each distinct code within `where`, in each matter."""
    kept = np.where(where, codes, np.int32(-1)).astype(np.int32, copy=False)
    return steps.first_among(kept)


@criterion(
    id="contact_points",
    principle="smoothness",
    unit="units",
    direction="lower",
    question={
        "fi": "Kuinka monen yksikön kanssa yrityksen on asioitava?",
        "sv": "Hur många enheter måste företaget ha kontakt med?",
        "en": "How many units does the business have to deal with?",
    },
    definition="Distinct units met in contacts, whoever started them; each counts at the first "
    "contact with it. Another counter counts, an electronic one counts.",
    statistics=_MU,
    needs=("contact", "unit"),
    parts=_CONTACT_PARTS,
    open_matters=COUNTED,
    pitfalls="Read it beside hand-overs: one desk that forwards paper lowers it without making "
    "anything simpler. Contacts whose unit is not known are left out.",
)
def contact_points(steps: Steps) -> Marks:
    """First contact with each distinct unit."""
    return steps.marks(_first_among(steps, steps.codes("unit"), steps.contact > 0))


@criterion(
    id="contact_places",
    principle="smoothness",
    unit="places",
    direction="lower",
    question={
        "fi": "Kuinka monessa eri paikassa ja kanavassa yrityksen on asioitava?",
        "sv": "På hur många olika ställen och i hur många kanaler måste företaget uträtta ärenden?",
        "en": "In how many different places and channels does the business have to deal?",
    },
    definition="Distinct pairs of unit and channel met in contacts; each counts at the first "
    "contact there.",
    statistics=_MU,
    needs=("contact", "unit", "channel"),
    parts=_CONTACT_PARTS,
    open_matters=COUNTED,
    pitfalls="Contacts whose unit or channel is not known are left out: a lower bound.",
)
def contact_places(steps: Steps) -> Marks:
    """First contact with each distinct pair of unit and channel."""
    unit, channel = steps.codes("unit"), steps.codes("channel")
    pair = unit * np.int32(channel.max(initial=0) + 1) + channel
    return steps.marks(
        _first_among(steps, pair, (steps.contact > 0) & (unit >= 0) & (channel >= 0))
    )


@criterion(
    id="contact_moments",
    principle="smoothness",
    unit="contacts",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa yritys ja kaupunki ovat yhteydessä?",
        "sv": "Hur många gånger är företaget och staden i kontakt?",
        "en": "How often are business and city in contact?",
    },
    definition="Contacts of customer and city, whoever started them.",
    statistics=_MU,
    needs=("contact",),
    parts=_CONTACT_PARTS,
    open_matters=COUNTED,
    pitfalls="Telephone calls and visits seldom leave an event: a lower bound where they do not.",
)
def contact_moments(steps: Steps) -> Marks:
    """All contacts."""
    return steps.marks(steps.contact > 0)


@criterion(
    id="contact_moments_customer",
    principle="smoothness",
    unit="contacts",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa yrityksen on itse otettava yhteyttä kaupunkiin?",
        "sv": "Hur många gånger måste företaget självt ta kontakt med staden?",
        "en": "How often does the business have to get in touch with the city?",
    },
    definition="Contacts that the customer started.",
    statistics=_MU,
    needs=("contact",),
    parts=_CONTACT_PARTS,
    open_matters=COUNTED,
    pitfalls="An answer to the city's question counts as the customer's contact.",
)
def contact_moments_customer(steps: Steps) -> Marks:
    """Contacts that the customer started."""
    return steps.marks(steps.contact == 1)


@criterion(
    id="contact_moments_city",
    principle="smoothness",
    unit="contacts",
    direction="none",
    question={
        "fi": "Kuinka monta kertaa kaupunki ottaa yhteyttä yritykseen?",
        "sv": "Hur många gånger tar staden kontakt med företaget?",
        "en": "How often does the city get in touch with the business?",
    },
    definition="Contacts that the city started.",
    statistics=_MU,
    needs=("contact",),
    parts=_CONTACT_PARTS,
    open_matters=COUNTED,
    pitfalls="Neither more nor fewer is better by itself: a message that informs is welcome, one "
    "that asks again is not.",
)
def contact_moments_city(steps: Steps) -> Marks:
    """Contacts that the city started."""
    return steps.marks(steps.contact == 2)


@criterion(
    id="agencies",
    principle="smoothness",
    unit="agencies",
    direction="lower",
    question={
        "fi": "Kuinka moni virasto käsittelee asiaa?",
        "sv": "Hur många förvaltningar behandlar ärendet?",
        "en": "How many agencies work on the matter?",
    },
    definition="Distinct agencies with a step in the matter; values that mean none, and system "
    "accounts, are no agency.",
    statistics=_MU,
    needs=("agency",),
    parts=_AGENCY_PARTS,
    open_matters=COUNTED,
    pitfalls="A lower bound where those who give statements leave no event.",
)
def agencies(steps: Steps) -> Marks:
    """First step of each distinct agency."""
    return steps.marks(steps.first_among(steps.codes("agency")))


@criterion(
    id="units",
    principle="smoothness",
    unit="units",
    direction="lower",
    question={
        "fi": "Kuinka moni yksikkö käsittelee asiaa?",
        "sv": "Hur många enheter behandlar ärendet?",
        "en": "How many units work on the matter?",
    },
    definition="Distinct units with a step in the matter; values that mean none, and system "
    "accounts, are no unit.",
    statistics=_MU,
    needs=("unit",),
    parts=_UNIT_PARTS,
    open_matters=COUNTED,
    pitfalls="A lower bound where those who give statements leave no event.",
)
def units(steps: Steps) -> Marks:
    """First step of each distinct unit."""
    return steps.marks(steps.first_among(steps.codes("unit")))


@criterion(
    id="handovers",
    principle="smoothness",
    unit="hand-overs",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa asia siirtyy virastolta toiselle?",
        "sv": "Hur många gånger går ärendet från en förvaltning till en annan?",
        "en": "How often does the matter pass from one agency to another?",
    },
    definition="agency(i) ≠ agency(pred(i)), pred the last step in canonical order (end, start, "
    "order) that had ended by the start of i; never to oneself; parallel statements are no "
    "hand-overs; a predecessor without an agency is looked through to its own predecessor.",
    statistics=_MU,
    needs=("agency",),
    parts=(*_AGENCY_PARTS, "lifecycle"),
    open_matters=COUNTED,
    pitfalls="With one time per event parallel work looks like a sequence, which adds hand-overs.",
)
def handovers(steps: Steps) -> Marks:
    """Steps that took the matter over from another agency."""
    return steps.marks(steps.handed_over("agency"))


@criterion(
    id="unit_handovers",
    principle="smoothness",
    unit="hand-overs",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa asia siirtyy yksiköltä toiselle?",
        "sv": "Hur många gånger går ärendet från en enhet till en annan?",
        "en": "How often does the matter pass from one unit to another?",
    },
    definition="unit(i) ≠ unit(pred(i)); otherwise as handovers.",
    statistics=_MU,
    needs=("unit",),
    parts=(*_UNIT_PARTS, "lifecycle"),
    open_matters=COUNTED,
    pitfalls="With one time per event parallel work looks like a sequence, which adds hand-overs.",
)
def unit_handovers(steps: Steps) -> Marks:
    """Steps that took the matter over from another unit."""
    return steps.marks(steps.handed_over("unit"))


def returned(steps: Steps) -> Bools:
    """Whether each step is a hand-over into a unit that had finished a step before, bool[m]."""
    out = np.zeros(steps.m, dtype=bool)
    at = marked(steps.handed_over("unit"))
    first = steps.first_done("unit")[at]
    # the unit's earliest completion decides: a later one cannot lie further back
    out[at] = (first != at) & (steps.time[first] <= steps.start[at])
    return out


@criterion(
    id="returns",
    principle="smoothness",
    unit="returns",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa asia palaa yksikköön, joka on jo tehnyt osuutensa?",
        "sv": "Hur många gånger återvänder ärendet till en enhet som redan har gjort sin del?",
        "en": "How often does the matter return to a unit that had already done its part?",
    },
    definition="Hand-overs of units into a unit that had already finished a step of this matter "
    "by the start of i.",
    statistics=_MU,
    needs=("unit",),
    parts=(*_UNIT_PARTS, "lifecycle"),
    open_matters=COUNTED,
    pitfalls="A unit that sends out for a statement and takes the matter back counts as a return.",
)
def returns(steps: Steps) -> Marks:
    """Hand-overs into a unit that had already finished a step."""
    return steps.marks(returned(steps))


@criterion(
    id="ping_pong",
    principle="smoothness",
    unit="times",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa asiaa pallotellaan kahden yksikön välillä?",
        "sv": "Hur många gånger bollas ärendet fram och tillbaka mellan två enheter?",
        "en": "How often is the matter passed back and forth between two units?",
    },
    definition="unit(i) = unit(pred(pred(i))) ≠ unit(pred(i)).",
    statistics=_MU,
    needs=("unit",),
    parts=(*_UNIT_PARTS, "lifecycle"),
    open_matters=COUNTED,
    pitfalls="Sees only a return after a single step elsewhere; longer detours are returns.",
)
def ping_pong(steps: Steps) -> Marks:
    """Hand-overs straight back to the unit before."""
    at = marked(steps.handed_over("unit"))
    codes, giver = steps.codes("unit"), steps.giver("unit")
    second = giver[giver[at]]
    return steps.marks(at[(second >= 0) & (codes[second] == codes[at])])


def switched(steps: Steps) -> Rows:
    """Positions of contacts in another channel than the contact before them in the matter."""
    channel = steps.codes("channel")
    at = marked((steps.contact > 0) & (channel >= 0))
    same = steps.case[at[1:]] == steps.case[at[:-1]]
    found: Rows = at[1:][same & (channel[at[1:]] != channel[at[:-1]])]
    return found


def channel_coverage(steps: Steps) -> dict[str, int]:
    """Contacts by channel, `""` for those whose channel is not known: what the switches rest on."""
    names = steps.categories("channel")
    counts = np.bincount(steps.codes("channel")[steps.contact > 0] + 1, minlength=len(names) + 1)
    return {name: int(k) for name, k in zip(["", *names], counts, strict=True) if k}


@criterion(
    id="channel_switches",
    principle="smoothness",
    unit="switches",
    direction="lower",
    question={
        "fi": "Kuinka monta kertaa yrityksen on vaihdettava asiointikanavaa?",
        "sv": "Hur många gånger måste företaget byta kanal?",
        "en": "How often does the business have to change channel?",
    },
    definition="Consecutive contacts, in the order of (completion, order), in another channel; "
    "contacts whose channel is not known are passed over.",
    statistics=_MU,
    needs=("contact", "channel"),
    parts=_CONTACT_PARTS,
    open_matters=COUNTED,
    pitfalls="Rests on the channels that leave an event; see the coverage by channel.",
)
def channel_switches(steps: Steps) -> Marks:
    """Contacts in another channel than the one before."""
    return steps.marks(switched(steps))


@criterion(
    id="flexible",
    principle="smoothness",
    unit="share",
    direction="higher",
    question={
        "fi": "Kuinka suuri osa asioista hoituu poikkeuksella tai toisessa kanavassa palaamatta?",
        "sv": "Hur stor del av ärendena klaras med undantag eller i annan kanal utan återgång?",
        "en": "What share of the matters is handled by an exception or another channel, without "
        "a return?",
    },
    definition="Share of matters that end within h of arrival after an exception ([exceptions]) or "
    "a contact in another channel, without a return to a unit that had done its part.",
    statistics=(Incidence("flexible"),),
    needs=("closed", "unit", "mapping:exceptions.activities or channel"),
    parts=("closed", "contacts", "exceptions", "none"),
    open_matters="Aalen–Johansen cumulative incidence; open matters are censored.",
    pitfalls="Many exceptions may also mean that the usual way fits nobody.",
)
def flexible(steps: Steps) -> Causes:
    """Ends of matters that were handled otherwise and did not return, and all other ends."""
    otherwise = np.zeros(steps.n, dtype=bool)
    exceptions = steps.named("activity", steps.log.mapping.exceptions.activities)
    otherwise[steps.case[exceptions & steps.within_life]] = True
    switches = switched(steps)
    otherwise[steps.case[switches[steps.within_life[switches]]]] = True
    came_back = np.zeros(steps.n, dtype=bool)
    came_back[steps.case[returned(steps) & steps.within_life]] = True
    kind = np.where(otherwise & ~came_back, 1, 2)
    cause = np.where(steps.ended, kind, 0).astype(np.int8)
    return Causes(steps.watched, cause, ("flexible", "other end"))
