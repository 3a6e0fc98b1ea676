"""The fixed words of an agency's page in Finnish, Swedish and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from polku.path.facts import Language

GAP = "\u00a0"
WORDS: Mapping[Language, Mapping[str, str]] = {
    "fi": {
        "kind": "Muutosehdotus virastolle",
        "lead": "Palvelupolku: {path}. Valittu malli: {option}.",
        "decided": "Päätetty", "from": "Käyttöön", "from_open": "sovitaan kanssanne",
        "matters": "Asioita vuodessa", "matters_other": "Asioita simuloinnissa",
        "today": "Mitä teette nyt",
        "units": "Yksiköt", "unit": "Yksikkö",
        "receive": "Otatte asiakkaalta vastaan", "work": "Käsittelette",
        "contact": "Olette yhteydessä asiakkaaseen", "ask": "Pyydätte asiakkaalta",
        "not_yet": "Virasto ei ole nyt mukana tässä palvelupolussa.",
        "asked": "Mitä teiltä pyydetään",
        "nothing": "Teiltä ei pyydetä muutoksia. Sivu on tiedoksi.",
        "steps": "Vaiheittain:",
        "business": "Mitä se merkitsee yritykselle",
        "now": "nyt", "then": "muutoksen jälkeen", "change": "muutos",
        "interval": "Suluissa 95 prosentin luottamusväli.",
        "staff": "Mitä se merkitsee henkilöstöllenne",
        "hours": "Työaika asiaa kohti", "year": "Työaika vuodessa", "used": "Käyttöaste, {pool}",
        "no_staff": "Simulointi ei kerro viraston omaa työaikaa.",
        "carries": "Minkä varassa hyöty on ja mistä näemme, toteutuuko se",
        "no_assumption": "Mikään oletus ei ole teidän varassanne.",
        "range": "Arvio {low}–{high}", "sure": "Arvo {value}",
        "origin": "perusta: {origin}",
        "fails": "Jos tämä ei pidä, koko mallin hyödystä jää {share}{dot}",
        "fragile": ", eikä parannusta enää voida osoittaa.",
        "no_gain": "ei mitään",
        "know": "Mitataan uudelleen samalla mittarilla vuoden kuluttua käyttöönotosta:",
        "expect": "{name}: ennuste {value}, vuoden mittaustuloksen odotetaan olevan välillä "
        "{low}–{high} (nyt {now}).",
        "answer": "Vastauksenne",
        "to": "Vastatkaa näille:",
        "yes": "Toteutamme", "partly": "Toteutamme muutettuna", "no": "Emme voi toteuttaa",
        "because": "Perustelu tai muutos:", "signed": "Päivä, nimi ja tehtävä:",
        "more": "ja vielä {n}: ks. raportti", "cut": "… (jatkuu raportissa)",
        "report": "raportti",
        "foot": "Luvut ovat simuloinnista ({n} toistoa, siemenluku {seed}); nykytila ja malli "
        "kohtaavat samat asiakkaat. Malli {hash}, polku {path}.",
        "and": "ja", "better": "parempi", "worse": "huonompi", "same": "ei osoitettua eroa",
        "other_language": "englanniksi",
    },
    "sv": {
        "kind": "Förslag till ändring för myndigheten",
        "lead": "Servicestig: {path}. Vald modell: {option}.",
        "decided": "Beslutat", "from": "Tas i bruk", "from_open": "avtalas med er",
        "matters": "Ärenden per år", "matters_other": "Ärenden i simuleringen",
        "today": "Vad ni gör i dag",
        "units": "Enheter", "unit": "Enhet",
        "receive": "Ni tar emot av kunden", "work": "Ni handlägger",
        "contact": "Ni kontaktar kunden", "ask": "Ni begär av kunden",
        "not_yet": "Myndigheten deltar inte i servicestigen i dag.",
        "asked": "Vad ni ombeds göra",
        "nothing": "Ni ombeds inte ändra något. Sidan är för kännedom.",
        "steps": "Steg för steg:",
        "business": "Vad det betyder för företaget",
        "now": "nu", "then": "efter ändringen", "change": "ändring",
        "interval": "Inom parentes 95 procents konfidensintervall.",
        "staff": "Vad det betyder för er personal",
        "hours": "Arbetstid per ärende", "year": "Arbetstid per år", "used": "Beläggning, {pool}",
        "no_staff": "Simuleringen visar inte myndighetens egen arbetstid.",
        "carries": "Vad nyttan vilar på, och hur vi ser om den uppnås",
        "no_assumption": "Inget antagande vilar på er.",
        "range": "Uppskattning {low}–{high}", "sure": "Värde {value}",
        "origin": "grund: {origin}",
        "fails": "Om detta inte håller återstår {share} av hela modellens nytta{dot}",
        "fragile": ", och förbättringen kan inte längre visas.",
        "no_gain": "inget",
        "know": "Mäts på nytt med samma mått ett år efter införandet:",
        "expect": "{name}: prognos {value}, ett års mätning väntas ligga mellan {low} och {high} "
        "(nu {now}).",
        "answer": "Ert svar",
        "to": "Svara till:",
        "yes": "Vi genomför", "partly": "Vi genomför med ändringar", "no": "Vi kan inte genomföra",
        "because": "Motivering eller ändring:", "signed": "Datum, namn och uppgift:",
        "more": "och {n} till: se rapporten", "cut": "… (fortsätter i rapporten)",
        "report": "rapporten",
        "foot": "Siffrorna kommer från en simulering ({n} upprepningar, frö {seed}); nuläget och "
        "modellen möter samma kunder. Modell {hash}, stig {path}.",
        "and": "och", "better": "bättre", "worse": "sämre", "same": "ingen skillnad påvisad",
        "other_language": "på engelska",
    },
    "en": {
        "kind": "Change proposed to an agency",
        "lead": "Service path: {path}. Prototype chosen: {option}.",
        "decided": "Decided", "from": "In use from", "from_open": "to be agreed with you",
        "matters": "Matters a year", "matters_other": "Matters simulated",
        "today": "What you do today",
        "units": "Units", "unit": "Unit",
        "receive": "You receive from the customer", "work": "You handle",
        "contact": "You contact the customer", "ask": "You ask the customer for",
        "not_yet": "The agency takes no part in this path today.",
        "asked": "What you are asked to change",
        "nothing": "You are not asked to change anything. This page is for your information.",
        "steps": "Step by step:",
        "business": "What it means for the business",
        "now": "now", "then": "after the change", "change": "change",
        "interval": "In brackets the 95 % confidence interval.",
        "staff": "What it means for your own staff",
        "hours": "Staff hours per matter", "year": "Staff hours a year",
        "used": "Utilisation, {pool}",
        "no_staff": "The simulation does not tell the agency's own hours.",
        "carries": "What the gain rests on, and how we will know",
        "no_assumption": "No assumption rests on you.",
        "range": "Estimated {low}–{high}", "sure": "Value {value}",
        "origin": "basis: {origin}",
        "fails": "If this does not hold, {share} of the whole prototype's gain is left{dot}",
        "fragile": ", and the gain can no longer be shown.",
        "no_gain": "nothing",
        "know": "Measured again, by the same measure, a year after the change:",
        "expect": "{name}: predicted {value}, one year's figure expected between {low} and {high} "
        "(now {now}).",
        "answer": "Your answer",
        "to": "Answer to:",
        "yes": "We will do it", "partly": "We will do it with changes", "no": "We cannot do it",
        "because": "Reasons, or what to change:", "signed": "Date, name and position:",
        "more": "and {n} more: see the report", "cut": "… (goes on in the report)",
        "report": "the report",
        "foot": "Figures are from a simulation ({n} replications, seed {seed}); the current state "
        "and the prototype meet the same customers. Prototype {hash}, path {path}.",
        "and": "and", "better": "better", "worse": "worse", "same": "no difference shown",
        "other_language": "in English",
    },
}  # fmt: skip
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip
_SEE: dict[str, str] = {"fi": "ks. raportti", "sv": "se rapporten"}
_ORIGINS: dict[str, dict[str, str]] = {
    "measured": {"fi": "mitattu", "sv": "uppmätt"},
    "inferred": {"fi": "päätelty aineistosta", "sv": "härlett ur data"},
    "assumed": {"fi": "oletus", "sv": "antagande"},
    "typed": {"fi": "annettu käsin", "sv": "angivet för hand"},
}
_TIMES = {
    "days": {"fi": "päivää", "sv": "dagar"}, "hours": {"fi": "tuntia", "sv": "timmar"},
    "minutes": {"fi": "minuuttia", "sv": "minuter"}, "weeks": {"fi": "viikkoa", "sv": "veckor"},
    "months": {"fi": "kuukautta", "sv": "månader"},
}  # fmt: skip


def day_said(iso: str, language: Language) -> str:
    """A day as the language writes it.

    >>> day_said("2026-09-01", "fi"), day_said("2026-09-01", "en").replace(GAP, " ")
    ('1.9.2026', '1 September 2026')
    """
    day = date.fromisoformat(iso)
    if language == "en":
        return f"{day.day}{GAP}{_MONTHS[day.month - 1]} {day.year}"
    return f"{day.day}.{day.month}.{day.year}"


def origin_said(origin: str, language: Language) -> str:
    """An origin in the language; a note, which is in English, is left to the report.

    >>> origin_said("assumed: two interviews", "fi"), origin_said("inferred (n = 412)", "sv")
    ('oletus, ks. raportti', 'härlett ur data (n = 412)')
    """
    if language == "en":
        return origin
    word, colon, _ = origin.partition(":")
    word, bracket, behind = word.partition(" (")
    said = _ORIGINS.get(word.strip(), {}).get(language, word)
    see = f", {_SEE[language]}" if colon else ""
    return f"{said}{bracket}{behind}{see}"


def time_unit(unit: str, language: Language) -> str:
    """The unit of an assumption's value in the language."""
    return _TIMES.get(unit, {}).get(language, unit)
