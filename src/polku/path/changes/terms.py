"""Words for values in sentences about a path, in Finnish, Swedish and English, as data."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "customer": "You, the customer", "customer_short": "the customer", "city": "The city",
        "nameless_step": "a step without a name", "nameless_event": "an event without a name",
        "and": "and", "or": "or", "once": "once",
        "yes": "yes", "no": "no", "by_customer": "started by the customer",
        "by_city": "started by the city", "by_you": "you get in touch",
        "by_us": "the city gets in touch", "point": ".",
        "deadline": "deadline", "promise": "promised time", "fee": "fee",
        "delay": "reason for waiting", "within": "at most {d}", "before": "at least {d} before",
        "after": "at most {d} after", "loop": "again and again[ while {c}]",
        "parallel": "{n} times at the same time", "sequential": "{n} times one after the other",
        "several": "several", "expression": "as the matter requires",
        "summary": "Contacts between you and the agencies in one matter, from beginning to end: "
        "{contacts}. Units that you deal with: at most {points}. "
        "Documents asked for: at most {documents}. "
        "Agencies taking part: {agencies}; {changing}.",
        "changing_one": "1 changes something", "changing_many": "{n} change something",
        "was": "{now} (before: {was})", "same": "{now} (as before)",
        "nothing": "Nothing changes.", "only_texts": "Only explanations change.",
        "closing": "No change for: {o}.", "alone": "by yourself",
        "times": "{n} times", "times_instead": "{n} instead of {was} times",
        "title": "{name}: what changes from {was} to {now}",
        "before_it": "the version before", "after_it": "the version after",
        "version": "version {n}", "current": "current state", "prototype": "prototype",
        "chosen": "chosen", "adopted": "adopted", "retired": "retired",
        "document": "“{d}”",
        "if": "if “{c}”", "if_not": "if not “{c}”", "if_event": "if this happens: {e}",
        "if_answer": "if the answer to “{q}” is “{a}”",
        "no_not": "not",
    },
    "sv": {
        "customer": "Du som kund", "customer_short": "kunden", "city": "Staden",
        "nameless_step": "ett steg utan namn", "nameless_event": "en händelse utan namn",
        "and": "och", "or": "eller", "once": "en gång",
        "yes": "ja", "no": "nej", "by_customer": "på kundens initiativ",
        "by_city": "på stadens initiativ", "by_you": "du tar kontakt",
        "by_us": "staden tar kontakt", "point": ",",
        "deadline": "tidsfristen", "promise": "den utlovade tiden", "fee": "avgiften",
        "delay": "orsaken till väntan", "within": "högst {d}", "before": "minst {d} före",
        "after": "högst {d} efter", "loop": "om och om igen[ medan {c}]",
        "parallel": "{n} gånger samtidigt", "sequential": "{n} gånger efter varandra",
        "several": "flera", "expression": "så som ärendet kräver",
        "summary": "Kontakter mellan dig och aktörerna i ett ärende, från början till slut: "
        "{contacts}. Enheter som du har att göra med: högst {points}. "
        "Handlingar som begärs: högst {documents}. "
        "Aktörer som deltar: {agencies}; {changing}.",
        "changing_one": "1 ändrar något", "changing_many": "{n} ändrar något",
        "was": "{now} (tidigare {was})", "same": "{now} (som förr)",
        "nothing": "Ingenting ändras.", "only_texts": "Bara förklaringar ändras.",
        "closing": "Inga ändringar för: {o}.", "alone": "på egen hand",
        "times": "{n} gånger", "times_instead": "nu {n}, tidigare {was}",
        "title": "{name}: vad som ändras från {was} till {now}",
        "before_it": "versionen före", "after_it": "versionen efter",
        "version": "version {n}", "current": "nuläget", "prototype": "prototyp",
        "chosen": "vald", "adopted": "tagen i bruk", "retired": "ur bruk",
        "document": "”{d}”",
        "if": "om ”{c}”", "if_not": "om inte ”{c}”", "if_event": "om detta inträffar: {e}",
        "if_answer": "om svaret på frågan ”{q}” är ”{a}”",
        "no_not": "inte",
    },
    "fi": {
        "customer": "Sinä asiakkaana", "customer_short": "asiakas", "city": "Kaupunki",
        "nameless_step": "nimetön vaihe", "nameless_event": "nimetön tapahtuma",
        "and": "ja", "or": "tai", "once": "kerran",
        "yes": "kyllä", "no": "ei", "by_customer": "asiakkaan aloitteesta",
        "by_city": "kaupungin aloitteesta", "by_you": "otat itse yhteyttä",
        "by_us": "kaupunki ottaa yhteyttä", "point": ",",
        "deadline": "määräaika", "promise": "luvattu aika", "fee": "maksu",
        "delay": "odotuksen syy", "within": "enintään {d}", "before": "vähintään {d} ennen",
        "after": "enintään {d} jälkeen", "loop": "yhä uudelleen[ niin kauan kuin {c}]",
        "parallel": "{n} kertaa yhtä aikaa", "sequential": "{n} kertaa peräkkäin",
        "several": "useita", "expression": "asian mukaan",
        "summary": "Yhteydenottoja sinun ja virastojen välillä yhdessä asiassa alusta loppuun: "
        "{contacts}. Yksiköitä, joissa asioit: enintään {points}. "
        "Pyydettyjä asiakirjoja: enintään {documents}. "
        "Virastoja mukana: {agencies}; {changing}.",
        "changing_one": "muutoksia 1 virastolla", "changing_many": "muutoksia {n} virastolla",
        "was": "{now} (ennen {was})", "same": "{now} (kuten ennen)",
        "nothing": "Mikään ei muutu.", "only_texts": "Vain selitykset muuttuvat.",
        "closing": "Ei muutoksia: {o}.", "alone": "itse",
        "times": "{n} kertaa", "times_instead": "nyt {n}, ennen {was}",
        "title": "{name}: mikä muuttuu – ennen {was}, nyt {now}",
        "before_it": "aiempi versio", "after_it": "uusi versio",
        "version": "versio {n}", "current": "nykytila", "prototype": "prototyyppi",
        "chosen": "valittu", "adopted": "käytössä", "retired": "poistunut",
        "document": "”{d}”",
        "if": "jos ”{c}”", "if_not": "jos ei ”{c}”", "if_event": "jos tapahtuu: {e}",
        "if_answer": "jos vastaus kysymykseen ”{q}” on ”{a}”",
        "no_not": "ei",
    },
}  # fmt: skip

UNITS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "Y": ("year", "years"), "M": ("month", "months"), "W": ("week", "weeks"),
        "D": ("day", "days"), "h": ("hour", "hours"), "m": ("minute", "minutes"),
        "s": ("second", "seconds"),
    },
    "sv": {
        "Y": ("år", "år"), "M": ("månad", "månader"), "W": ("vecka", "veckor"),
        "D": ("dag", "dagar"), "h": ("timme", "timmar"), "m": ("minut", "minuter"),
        "s": ("sekund", "sekunder"),
    },
    "fi": {
        "Y": ("vuosi", "vuotta"), "M": ("kuukausi", "kuukautta"), "W": ("viikko", "viikkoa"),
        "D": ("päivä", "päivää"), "h": ("tunti", "tuntia"), "m": ("minuutti", "minuuttia"),
        "s": ("sekunti", "sekuntia"),
    },
}  # fmt: skip
"""Units of time, for one and for several."""

TERMS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "online": "online", "e-mail": "by e-mail", "phone": "by phone", "visit": "as a visit",
        "letter": "by letter", "chat": "by chat", "site": "on site",
        "customer": "the customer's answer", "statement": "another's statement",
        "statutory": "a period set by law", "hearing": "a hearing", "meeting": "a meeting",
    },
    "sv": {
        "online": "på nätet", "e-mail": "per e-post", "phone": "per telefon",
        "visit": "vid besök", "letter": "per brev", "chat": "i chatt", "site": "på platsen",
        "customer": "kundens svar", "statement": "ett utlåtande",
        "statutory": "en lagstadgad tid", "hearing": "ett hörande", "meeting": "ett möte",
    },
    "fi": {
        "online": "verkossa", "e-mail": "sähköpostilla", "phone": "puhelimella",
        "visit": "käynnillä", "letter": "kirjeellä", "chat": "chatissa",
        "site": "paikan päällä",
        "customer": "asiakkaan vastaus", "statement": "lausunto",
        "statutory": "lain säätämä aika", "hearing": "kuuleminen", "meeting": "kokous",
    },
}  # fmt: skip
"""Channels and reasons for waiting."""
