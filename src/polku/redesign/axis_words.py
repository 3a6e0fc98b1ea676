"""Axes and their figures in Finnish, Swedish and English words."""

from __future__ import annotations

import math

from polku.path.facts import Language
from polku.redesign.axes import Axis

GAP = "\u00a0"
"""A space at which no line breaks, between a number and its unit."""
MINUS = "\u2212"

_NAMES: dict[str, tuple[str, str, str]] = {
    "contact_points": ("asiointipisteet", "kontaktpunkter", "contact points"),
    "contact_places": ("asiointipaikat", "kontaktställen", "contact places"),
    "contact_moments": ("yhteydenotot", "kontakter", "contacts"),
    "contact_moments_customer": ("asiakkaan yhteydenotot", "kontakter från kunden",
                                 "contacts by the customer"),
    "contact_moments_city": ("kaupungin yhteydenotot", "kontakter från staden",
                             "contacts by the city"),
    "agencies": ("virastot", "myndigheter", "agencies"),
    "units": ("yksiköt", "enheter", "units"),
    "handovers": ("siirrot virastolta toiselle", "överlämningar mellan myndigheter",
                  "hand-overs between agencies"),
    "unit_handovers": ("siirrot yksiköltä toiselle", "överlämningar mellan enheter",
                       "hand-overs between units"),
    "returns": ("palautukset aiemmin käsitelleelle", "återgångar till tidigare handläggare",
                "returns"),
    "ping_pong": ("edestakaiset siirrot", "fram- och återskick", "ping-pong"),
    "channel_switches": ("kanavan vaihdot", "kanalbyten", "switches of channel"),
    "supplement_rounds": ("täydennyskierrokset", "kompletteringsrundor", "supplement rounds"),
    "flexible": ("joustavasti hoidetut asiat", "flexibelt skötta ärenden",
                 "matters handled flexibly"),
    "lead_time": ("läpimenoaika", "handläggningstid", "lead time"),
    "lead_time_net": ("läpimenoaika ilman keskeytyksiä", "handläggningstid utan avbrott",
                      "lead time without stops"),
    "lead_time_working": ("läpimenoaika työpäivinä", "handläggningstid i arbetsdagar",
                          "lead time in working days"),
    "first_response": ("aika ensimmäiseen vastaukseen", "tid till första svar",
                       "time to the first response"),
    "on_time": ("määräajassa valmistuneet asiat", "ärenden avgjorda inom utsatt tid",
                "matters on time"),
    "work_hours": ("työtunnit", "arbetstimmar", "hours of work"),
    "work_elapsed": ("työn kesto", "arbetets varaktighet", "time with work going on"),
    "waiting": ("odotusaika", "väntetid", "waiting"),
    "predictability": ("läpimenoajan hajonta", "handläggningstidens spridning",
                       "spread of the lead time"),
    "first_time_right": ("kerralla kuntoon saadut asiat", "ärenden som blir rätt första gången",
                         "matters right the first time"),
    "promise_kept": ("luvatussa ajassa valmistuneet asiat", "ärenden avgjorda inom utlovad tid",
                     "matters within the promised time"),
    "rework_self": ("heti toistetut vaiheet", "steg som genast görs om", "steps repeated at once"),
    "rework_repeat": ("myöhemmin toistetut vaiheet", "steg som görs om senare",
                      "steps repeated later"),
    "rework_redo": ("toisen tekemät uusinnat", "steg som görs om av andra",
                    "steps redone by another"),
    "withdrawn": ("perutut asiat", "återtagna ärenden", "matters withdrawn"),
    "burden_eur": ("yrityksen hallinnollinen taakka", "företagets administrativa börda",
                   "burden of the business"),
    "fees_eur": ("maksut", "avgifter", "fees"),
    "delay_cost_eur": ("viiveen hinta yritykselle", "dröjsmålets kostnad för företaget",
                       "cost of delay to the business"),
    "repeated_data": ("uudelleen kysytyt tiedot", "uppgifter som begärs på nytt",
                      "data asked again"),
    "staff_hours": ("henkilöstön työaika", "personalens arbetstid", "staff hours"),
    "utilisation": ("käyttöaste", "beläggning", "utilisation"),
    "equality_lead_time": ("ero läpimenoajassa", "skillnad i handläggningstid",
                           "gap in lead time"),
    "equality_on_time": ("ero määräajassa valmistumisessa", "skillnad i att hålla tiden",
                         "gap in matters on time"),
    "equality_supplements": ("ero täydennyspyynnöissä", "skillnad i kompletteringar",
                             "gap in supplement rounds"),
}  # fmt: skip
_STATISTICS: dict[str, tuple[str, str, str]] = {
    "p50": ("puolet enintään", "hälften högst", "half within"),
    "p80": ("8/10 enintään", "8 av 10 högst", "8 of 10 within"),
    "p90": ("9/10 enintään", "9 av 10 högst", "9 of 10 within"),
    "closed_p50": ("puolet päättyneistä enintään", "hälften av de avslutade högst",
                   "half of the ended at most"),
    "closed_p90": ("9 päättynyttä 10:stä enintään", "9 av 10 avslutade högst",
                   "9 of 10 ended at most"),
    "worst_ratio": ("heikoin ryhmä muihin nähden", "sämsta gruppen mot övriga",
                    "the worst group against the others"),
    "share_of_lead_time": ("osuus läpimenoajasta", "andel av handläggningstiden",
                           "share of the lead time"),
}  # fmt: skip
_QUIET = ("mean", "mean_within_h", "share", "p90_over_p50", "")
"""Statistics that go without saying."""
_UNITS: dict[str, tuple[str, str, str]] = {
    "days": ("pv", "dygn", "days"), "working days": ("työpv", "arbetsdagar", "working days"),
    "hours": ("h", "tim", "h"), "€": ("€", "€", "€"), "share": ("%", "%", "%"),
    "units": ("", "", ""), "places": ("", "", ""), "contacts": ("", "", ""),
    "agencies": ("", "", ""), "hand-overs": ("", "", ""), "returns": ("", "", ""),
    "rounds": ("", "", ""), "ratio": ("", "", ""), "minutes": ("min", "min", "min"),
}  # fmt: skip
_POINTS = ("%-yksikköä", "procentenheter", "percentage points")
_POINTS_SHORT = ("%-yks.", "%-enh.", "points")
_ORDER: tuple[Language, ...] = ("fi", "sv", "en")
_OF = {"unit": ("{n}: {v}", "{n}: {v}", "{n} of {v}"), "pool": ("{n}: {v}", "{n}: {v}",
                                                                   "{n} of {v}")}  # fmt: skip


def axis_name(axis: Axis, language: Language = "en") -> str:
    """An axis in words.

    >>> axis_name(Axis("lead_time", "p90", "days", "lower"))
    'lead time, 9 of 10 within'
    >>> axis_name(Axis("lead_time", "p50", "days", "lower", "size", "small"), "fi")
    'läpimenoaika, puolet enintään (size: small)'
    """
    k = _ORDER.index(language)
    family, _, column = axis.id.partition(".")
    named = _NAMES.get(axis.id) or _NAMES.get(family)
    name = named[k] if named else axis.id.replace("_", " ").replace(".", ": ")
    if axis.column in _OF:
        return _OF[axis.column or ""][k].format(n=name, v=axis.value)
    if axis.statistic in _STATISTICS:
        name += f", {_STATISTICS[axis.statistic][k]}"
    elif axis.statistic not in _QUIET:
        name += f", {axis.statistic.replace('_', ' ')}"
    if axis.value == "*":
        by = ("ryhmittäin: {}", "efter {}", "by {}")[k].format(
            (axis.column or "").replace("_", " ")
        )
        return f"{name} ({by})"
    if axis.column is not None:
        return f"{name} ({axis.column.replace('_', ' ')}: {axis.value})"
    return f"{name} ({column.replace('_', ' ')})" if column and family in _NAMES else name


def unit_name(unit: str, language: Language = "en") -> str:
    """A unit, short: "days", "pv", "dygn"; "" where the name of the axis says it."""
    known = _UNITS.get(unit)
    return known[_ORDER.index(language)] if known else unit


def decimals(value: float, low: float | None, high: float | None) -> int:
    """As many decimals as the interval bears: its half-width keeps one or two digits."""
    if low is None or high is None or high <= low or not math.isfinite(high - low):
        size = abs(value)
        return 0 if size >= 100 else 1 if size >= 10 or size == 0 else 2
    return max(0, min(3, -math.floor(math.log10((high - low) / 2))))


def number(value: float, places: int, language: Language = "en", *, signed: bool = False) -> str:
    """A number as the language writes it, with a true minus sign.

    >>> number(-1234.5, 1, "fi").replace(GAP, " "), number(1234.5, 1), number(-0.04, 1)
    ('−1 234,5', '1,234.5', '0.0')
    """
    text = f"{abs(value):,.{places}f}"
    zero = not text.strip("0,.")
    if language != "en":
        text = text.replace(",", GAP).replace(".", ",")
    if value < 0 and not zero:
        return MINUS + text
    return f"+{text}" if signed and not zero else f"±{text}" if signed else text


def said(
    value: float | None,
    low: float | None,
    high: float | None,
    unit: str,
    language: Language = "en",
    *,
    signed: bool = False,
    interval: bool = True,
    short: bool = False,
) -> str:
    """A figure, or with `signed` a difference, with unit and interval, rounded alike.

    `short`: percentage points by a short word, and no words in the interval.

    >>> said(35.04, 34.43, 35.65, "days").replace(GAP, " ")
    '35.0 days (34.4 to 35.6)'
    >>> said(-0.074, -0.08, -0.068, "share", "sv", signed=True).replace(GAP, " ")
    '−7,4 procentenheter (−8,0 till −6,8)'
    """
    if value is None or not math.isfinite(value):
        return ("ei tiedossa", "inte känt", "not known")[_ORDER.index(language)]
    times = 100.0 if unit == "share" else 1.0
    ends = [None if x is None or not math.isfinite(x) else x * times for x in (low, high)]
    places = decimals(value * times, *ends)
    word = unit_name(unit, language)
    if unit == "share" and signed:
        word = (_POINTS_SHORT if short else _POINTS)[_ORDER.index(language)]
    main = number(value * times, places, language, signed=signed)
    if word == "€" and language == "en":
        sign = main[0] if main[0] in f"+±{MINUS}" else ""
        text = f"{sign}€{GAP}{main[len(sign) :]}"
    else:
        text = f"{main}{GAP}{word}" if word else main
    if ends[0] is None or ends[1] is None or not interval:
        return text
    a, b = (number(x, places, language, signed=signed) for x in ends if x is not None)
    to = {"fi": "…" if signed else "–", "sv": " till ", "en": " to "}[language]
    if short and signed:
        to = "…"
    return f"{text} ({a}{to}{b})"
