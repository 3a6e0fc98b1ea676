"""Words that tell a path in Finnish, Swedish and English: all that stands between its own names.

`{}` is filled in. Durations and moments are written so that they fit the sentences around them.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from polku.path.facts import Language

Form = Literal["short", "plain"]

WORDS: dict[str, dict[Language, str]] = {
    # who and how
    "customer": {"fi": "Asiakas", "sv": "Kund", "en": "Customer"},
    "the city": {"fi": "Kaupunki", "sv": "Staden", "en": "The city"},
    "you": {"fi": "Sinä", "sv": "Du", "en": "You"},
    "with": {
        "fi": "Kenen kanssa asioit: {}",
        "sv": "Du har att göra med: {}",
        "en": "You deal with: {}",
    },
    "you contact": {
        "fi": "Otat itse yhteyttä: {}",
        "sv": "Du tar själv kontakt: {}",
        "en": "You get in touch: {}",
    },
    "city contacts": {
        "fi": "Sinuun otetaan yhteyttä: {}",
        "sv": "Du kontaktas: {}",
        "en": "You are contacted: {}",
    },
    "needed": {"fi": "Tarvitset: {}", "sv": "Du behöver: {}", "en": "You need: {}"},
    "needed again": {
        "fi": "Jo annettu, ei pyydetä uudelleen: {}",
        "sv": "Redan lämnat, behövs inte på nytt: {}",
        "en": "Already given, not needed again: {}",
    },
    "you get": {"fi": "Saat: {}", "sv": "Du får: {}", "en": "You get: {}"},
    "deadline": {"fi": "Määräaika: {}", "sv": "Tidsfrist: {}", "en": "Deadline: {}"},
    "promise": {
        "fi": "Luvattu käsittelyaika: {}",
        "sv": "Utlovad handläggningstid: {}",
        "en": "Promised handling time: {}",
    },
    "fee": {"fi": "Maksu: {}", "sv": "Avgift: {}", "en": "Fee: {}"},
    "basis": {"fi": "peruste: {}", "sv": "grund: {}", "en": "basis: {}"},
    "source": {"fi": "lähde: {}", "sv": "källa: {}", "en": "source: {}"},
    "checked": {"fi": "tarkistettu {}", "sv": "kontrollerad {}", "en": "checked {}"},
    "city does": {
        "fi": "Kaupunki tekee: {}",
        "sv": "Staden gör följande: {}",
        "en": "The city does: {}",
    },
    "city meanwhile": {
        "fi": "Tällä välin kaupunki tekee: {}",
        "sv": "Under tiden gör staden följande: {}",
        "en": "Meanwhile, the city does: {}",
    },
    "doing": {"fi": "{} ({})", "sv": "{} ({})", "en": "{} ({})"},
    # the order of the way
    "if": {"fi": "Jos: {}", "sv": "Om: {}", "en": "If: {}"},
    "otherwise": {"fi": "Muussa tapauksessa", "sv": "I annat fall", "en": "Otherwise"},
    "at once": {"fi": "Samaan aikaan", "sv": "Samtidigt", "en": "At the same time"},
    "some": {"fi": "Tarpeen mukaan", "sv": "Vid behov", "en": "As far as needed"},
    "whichever": {
        "fi": "Sen mukaan, mitä tapahtuu ensin",
        "sv": "Beroende på vad som händer först",
        "en": "Depending on what happens first",
    },
    "missing": {
        "fi": "Jos jotakin puuttuu",
        "sv": "Om något saknas",
        "en": "If something is missing",
    },
    "again": {
        "fi": "Palaa vaiheeseen {}",
        "sv": "Gå tillbaka till steg {}",
        "en": "Go back to step {}",
    },
    "back": {
        "fi": "Tämän jälkeen asia palaa aiempaan vaiheeseen: {}",
        "sv": "Därefter går ärendet tillbaka till ett tidigare skede: {}",
        "en": "After this the matter goes back to an earlier stage: {}",
    },
    "goes on": {
        "fi": "Jatkuu kuten vaiheesta {}",
        "sv": "Fortsätter som från steg {}",
        "en": "Goes on as from step {}",
    },
    "unless": {
        "fi": "Vaihe keskeytyy, jos: {}",
        "sv": "Steget avbryts om: {}",
        "en": "The step ends early if: {}",
    },
    "besides": {"fi": "Lisäksi, jos: {}", "sv": "Dessutom, om: {}", "en": "In addition, if: {}"},
    "repeated": {
        "fi": "Tämä vaihe voi toistua.",
        "sv": "Detta steg kan upprepas.",
        "en": "This step may be repeated.",
    },
    "ends": {"fi": "Asia päättyy: {}", "sv": "Ärendet avslutas: {}", "en": "The matter ends: {}"},
    "ends plainly": {"fi": "Asia päättyy.", "sv": "Ärendet avslutas.", "en": "The matter ends."},
    "begins": {"fi": "Alku: {}", "sv": "Början: {}", "en": "Beginning: {}"},
    "wait": {"fi": "Odotetaan: {}", "sv": "Väntan: {}", "en": "Waiting: {}"},
    "start": {"fi": "Alku", "sv": "Början", "en": "Start"},
    "end": {"fi": "Loppu", "sv": "Slut", "en": "End"},
    "and more": {"fi": "ja {} muuta", "sv": "och {} till", "en": "and {} more"},
    "and": {"fi": "ja", "sv": "och", "en": "and"},
    "or": {"fi": "tai", "sv": "eller", "en": "or"},
    "no advice": {
        "fi": "Tämä on kuvaus lähteineen, ei oikeudellista neuvontaa.",
        "sv": "Detta är en beskrivning med källor, inte juridisk rådgivning.",
        "en": "This is a description with its sources, not legal advice.",
    },
    "unnamed": {"fi": "Nimetön vaihe", "sv": "Steg utan namn", "en": "Step without a name"},
    # the blueprint
    "interaction": {
        "fi": "vuorovaikutuksen raja",
        "sv": "interaktionslinje",
        "en": "line of interaction",
    },
    "visibility": {"fi": "näkyvyyden raja", "sv": "synlighetslinje", "en": "line of visibility"},
    "front": {"fi": "Asiakaskohtaamiset", "sv": "Kundmöten", "en": "Front office"},
    "version": {"fi": "versio {}", "sv": "version {}", "en": "version {}"},
    "valid": {"fi": "voimassa {} alkaen", "sv": "i kraft från {}", "en": "valid from {}"},
    "customer starts": {
        "fi": "asiakas ottaa yhteyttä",
        "sv": "kunden tar kontakt",
        "en": "customer contacts the city",
    },
    "city starts": {
        "fi": "kaupunki ottaa yhteyttä",
        "sv": "staden tar kontakt",
        "en": "the city contacts the customer",
    },
    "paper": {"fi": "pyydetty asiakirja", "sv": "begärd handling", "en": "document asked for"},
    "clock": {
        "fi": "lakisääteinen määräaika",
        "sv": "lagstadgad tidsfrist",
        "en": "legal deadline",
    },
    "waits": {"fi": "odottaa", "sv": "väntar på", "en": "waits for"},
    "fee key": {"fi": "maksu", "sv": "avgift", "en": "fee"},
    "wait key": {
        "fi": "odotus tai käsittelyaika",
        "sv": "väntan eller handläggningstid",
        "en": "wait or handling time",
    },
    "one way": {"fi": "yksi haaroista", "sv": "en av vägarna", "en": "one of the ways"},
    "all ways": {"fi": "kaikki haarat", "sv": "alla vägar", "en": "all ways"},
    "some ways": {
        "fi": "yksi tai useampi haara",
        "sv": "en eller flera vägar",
        "en": "one or more ways",
    },
    "goes back": {
        "fi": "palaa aiempaan vaiheeseen",
        "sv": "går tillbaka",
        "en": "goes back to an earlier step",
    },
    "continues": {
        "fi": "jatkuu samasta kirjaimesta",
        "sv": "fortsätter vid samma bokstav",
        "en": "goes on at the same letter",
    },
    "noted": {
        "fi": "huomautus, vähäisestä merkittävään",
        "sv": "anmärkning, från liten till stor",
        "en": "note, from small to large",
    },
    "described": {
        "fi": "Palvelupolku, jossa on {} vaihetta, {} yhteydenottoa ja {} virastoa. Vaiheet: {}.",
        "sv": "En servicestig med {} steg, {} kontakter och {} förvaltningar. Stegen: {}.",
        "en": "A service path of {} steps, {} contacts and {} agencies. The steps: {}.",
    },
}

CHANNELS: dict[str, dict[Language, str]] = {
    "online": {"fi": "verkossa", "sv": "på nätet", "en": "online"},
    "e-mail": {"fi": "sähköpostilla", "sv": "per e-post", "en": "by e-mail"},
    "phone": {"fi": "puhelimitse", "sv": "per telefon", "en": "by phone"},
    "visit": {"fi": "käymällä paikan päällä", "sv": "på besök", "en": "by visit"},
    "letter": {"fi": "kirjeellä", "sv": "per brev", "en": "by letter"},
    "chat": {"fi": "chatissa", "sv": "i chatten", "en": "in chat"},
    "site": {"fi": "tapahtumapaikalla tai kohteessa", "sv": "på plats", "en": "on site"},
}

DELAYS: dict[str, dict[Language, str]] = {
    "customer": {"fi": "asiakkaan vastausta", "sv": "kundens svar", "en": "the customer's answer"},
    "statement": {"fi": "lausuntoa", "sv": "utlåtande", "en": "a statement"},
    "statutory": {"fi": "lakisääteistä aikaa", "sv": "lagstadgad tid", "en": "a statutory time"},
    "hearing": {"fi": "kuulemista", "sv": "hörande", "en": "a hearing"},
    "meeting": {"fi": "kokousta", "sv": "sammanträde", "en": "a meeting"},
}

STATES: dict[str, dict[Language, str]] = {
    "current": {"fi": "nykytila", "sv": "nuläge", "en": "current state"},
    "prototype": {"fi": "prototyyppi", "sv": "prototyp", "en": "prototype"},
    "chosen": {"fi": "valittu", "sv": "vald", "en": "chosen"},
    "adopted": {"fi": "käyttöön otettu", "sv": "införd", "en": "adopted"},
    "retired": {"fi": "poistunut", "sv": "utgången", "en": "retired"},
}

MOMENTS: dict[str, dict[str, dict[Language, str]]] = {
    "before": {
        "event-start": {
            "fi": "tapahtuman alkua",
            "sv": "evenemanget börjar",
            "en": "the event starts",
        },
        "event": {"fi": "tapahtumaa", "sv": "evenemanget", "en": "the event"},
    },
    "after": {
        "event-start": {
            "fi": "tapahtuman alusta",
            "sv": "evenemangets början",
            "en": "the event starts",
        },
        "event-end": {
            "fi": "tapahtuman päättymisestä",
            "sv": "evenemangets slut",
            "en": "the event ends",
        },
        "event": {"fi": "tapahtumasta", "sv": "evenemanget", "en": "the event"},
        "decision": {"fi": "päätöksestä", "sv": "beslutet", "en": "the decision"},
        "notification": {"fi": "tiedoksisaannista", "sv": "delfåendet", "en": "the notification"},
    },
}
"""Moments that deadlines are counted from, in the case that the sentence asks for."""

_COUNTED: dict[str, dict[Language, str]] = {
    "within": {"fi": "{} kuluessa", "sv": "inom {}", "en": "within {}"},
    "before": {
        "fi": "viimeistään {} ennen {}",
        "sv": "senast {} innan {}",
        "en": "at least {} before {}",
    },
    "after": {"fi": "{} kuluessa {}", "sv": "inom {} från {}", "en": "within {} after {}"},
}
_SHORT: dict[str, dict[Language, str]] = {
    "within": {"fi": "≤ {}", "sv": "≤ {}", "en": "≤ {}"},
    "before": {"fi": "≥ {} ennen {}", "sv": "≥ {} innan {}", "en": "≥ {} before {}"},
    "after": {"fi": "≤ {} {}", "sv": "≤ {} efter {}", "en": "≤ {} after {}"},
}
_PER: dict[str, dict[Language, str]] = {
    "day": {"fi": "päivä", "sv": "dag", "en": "day"},
    "hour": {"fi": "tunti", "sv": "timme", "en": "hour"},
    "month": {"fi": "kuukausi", "sv": "månad", "en": "month"},
    "year": {"fi": "vuosi", "sv": "år", "en": "year"},
    "matter": {"fi": "asia", "sv": "ärende", "en": "matter"},
}
_UNITS: dict[str, dict[Language, tuple[str, str, str]]] = {
    "Y": {
        "fi": ("vuosi", "vuotta", "vuoden"),
        "sv": ("år", "år", "år"),
        "en": ("year", "years", "years"),
    },
    "M": {
        "fi": ("kuukausi", "kuukautta", "kuukauden"),
        "sv": ("månad", "månader", "månader"),
        "en": ("month", "months", "months"),
    },
    "W": {
        "fi": ("viikko", "viikkoa", "viikon"),
        "sv": ("vecka", "veckor", "veckor"),
        "en": ("week", "weeks", "weeks"),
    },
    "D": {
        "fi": ("päivä", "päivää", "päivän"),
        "sv": ("dag", "dagar", "dagar"),
        "en": ("day", "days", "days"),
    },
    "TH": {
        "fi": ("tunti", "tuntia", "tunnin"),
        "sv": ("timme", "timmar", "timmar"),
        "en": ("hour", "hours", "hours"),
    },
    "TM": {
        "fi": ("minuutti", "minuuttia", "minuutin"),
        "sv": ("minut", "minuter", "minuter"),
        "en": ("minute", "minutes", "minutes"),
    },
    "TS": {
        "fi": ("sekunti", "sekuntia", "sekunnin"),
        "sv": ("sekund", "sekunder", "sekunder"),
        "en": ("second", "seconds", "seconds"),
    },
}
"""One, several, and (fi) the genitive that "kuluessa" asks for."""
_LETTERS: dict[str, dict[Language, str]] = {
    "Y": {"fi": "v", "sv": "år", "en": "y"},
    "M": {"fi": "kk", "sv": "mån", "en": "mo"},
    "W": {"fi": "vk", "sv": "v", "en": "wk"},
    "D": {"fi": "pv", "sv": "d", "en": "d"},
    "TH": {"fi": "h", "sv": "h", "en": "h"},
    "TM": {"fi": "min", "sv": "min", "en": "min"},
    "TS": {"fi": "s", "sv": "s", "en": "s"},
}
_PART = re.compile(r"(\d+(?:\.\d+)?)([YMWDHS])")
_MONTHS: dict[Language, str] = {
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "en": "January February March April May June July August September October November December",
}
GAP = "\u00a0"


def word(key: str, language: Language, *filled: str) -> str:
    """A word or a sentence of `WORDS`, filled in."""
    return WORDS[key][language].format(*filled)


def named(table: dict[str, dict[Language, str]], key: str, language: Language) -> str:
    """The word for a key; a key of the path's own stands for itself."""
    return table[key][language] if key in table else key.replace("-", " ")


def listed(parts: list[str], language: Language, last: str = "and") -> str:
    """Words joined as in a sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word(last, language)} {parts[-1]}"


def duration(text: str, language: Language, form: Form = "plain", genitive: bool = False) -> str:
    """An ISO 8601 duration in words: 14 days, 2 hours; short: 14 d.

    >>> duration("P14D", "fi"), duration("P14D", "en", "short")
    ('14\\xa0päivää', '14\\xa0d')
    """
    days, _, times = text.removeprefix("P").partition("T")
    parts = [(n, u) for n, u in _PART.findall(days)]
    parts += [(n, "T" + u) for n, u in _PART.findall(times)]
    out = []
    for number, unit in parts:
        said = number if language == "en" else number.replace(".", ",")
        if form == "short":
            out.append(f"{said}{GAP}{_LETTERS[unit][language]}")
            continue
        one, many, possessive = _UNITS[unit][language]
        if genitive and language == "fi":
            out.append(f"{said}{GAP}{possessive}")
        else:
            out.append(f"{said}{GAP}{one if float(number) == 1 else many}")
    return " ".join(out) if form == "short" else listed(out, language)


def deadline(
    length: str, counted: str, of: str | None, language: Language, form: Form = "plain"
) -> str:
    """A deadline in words: at least 14 days before the event starts; short: ≥ 14 d before …."""
    table = _SHORT if form == "short" else _COUNTED
    said = duration(length, language, form, genitive=counted != "before")
    if counted == "within" or of is None:
        return table["within"][language].format(said)
    moment = named(MOMENTS.get(counted, {}), of, language)
    return table[counted][language].format(said, moment)


def amount(value: float, currency: str, per: str | None, language: Language) -> str:
    """A fee in words: 600 € per day."""
    number = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    if language != "en":
        number = number.replace(",", GAP).replace(".", ",")
    sign = "€" if currency == "EUR" else currency
    said = f"{sign}{number}" if language == "en" and sign == "€" else f"{number}{GAP}{sign}"
    if per is None:
        return said
    return f"{said} / {named(_PER, per, language)}"


def day(value: date, language: Language) -> str:
    """A day: 2.3.2026, 2 mars 2026, 2 March 2026."""
    if language == "fi":
        return f"{value.day}.{value.month}.{value.year}"
    return f"{value.day}{GAP}{_MONTHS[language].split()[value.month - 1]}{GAP}{value.year}"
