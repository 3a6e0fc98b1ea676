"""The contact diary: its columns and words in three languages, and the empty form to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from polku.errors import LogError
from polku.log.atomic import write_bytes

LANGUAGES = ("fi", "sv", "en")
SHEET = "Diary"
GUIDE = "Guide"
ROWS = 2000
"""Rows of the form that have drop-down lists."""


@dataclass(frozen=True)
class Column:
    """One column: stable key, names and explanations (fi, sv, en), allowed words, example."""

    key: str
    names: tuple[str, str, str]
    meaning: tuple[str, str, str]
    example: str = ""
    words: AnyMapping[str, tuple[str, str, str]] = field(default_factory=dict)
    width: int = 14


STARTED = {
    "customer": ("asiakas", "kund", "customer"),
    "city": ("kaupunki", "stad", "city"),
    "none": ("sisäinen", "intern", "internal"),
}
YES_NO = {"yes": ("kyllä", "ja", "yes"), "no": ("ei", "nej", "no")}
ENDED = {
    "no": ("ei", "nej", "no"),
    "decided": ("päätetty", "avgjord", "decided"),
    "withdrawn": ("peruttu", "återkallad", "withdrawn"),
    "rejected": ("hylätty", "avslagen", "rejected"),
    "expired": ("rauennut", "förfallen", "expired"),
    "other": ("muu", "annat", "other"),
}
CHANNELS = {
    "phone": ("puhelin", "telefon", "phone"),
    "email": ("sähköposti", "e-post", "email"),
    "online": ("verkkoasiointi", "e-tjänst", "online"),
    "visit": ("käynti", "besök", "visit"),
    "letter": ("kirje", "brev", "letter"),
    "meeting": ("kokous", "möte", "meeting"),
    "site": ("paikalla", "på plats", "site"),
}
KINDS = {
    "path_started": ("polku alkoi", "vägen började", "path started"),
    "contact_made": ("yhteydenotto", "kontakt", "contact made"),
    "application_submitted": ("hakemus jätetty", "ansökan inlämnad", "application submitted"),
    "case_opened": ("asia vireille", "ärende öppnat", "case opened"),
    "supplement_requested": ("täydennyspyyntö", "komplettering begärd", "supplement requested"),
    "supplement_received": ("täydennys saatu", "komplettering mottagen", "supplement received"),
    "statement_requested": ("lausuntopyyntö", "utlåtande begärt", "statement requested"),
    "statement_given": ("lausunto annettu", "utlåtande givet", "statement given"),
    "handed_over": ("siirretty", "överförd", "handed over"),
    "suspended": ("keskeytetty", "avbruten", "suspended"),
    "resumed": ("jatkettu", "återupptagen", "resumed"),
    "decision_made": ("päätös tehty", "beslut fattat", "decision made"),
    "decision_notified": ("päätös annettu tiedoksi", "beslut delgivet", "decision notified"),
    "appeal_filed": ("muutoksenhaku", "besvär anfört", "appeal filed"),
    "fee_invoiced": ("maksu laskutettu", "avgift fakturerad", "fee invoiced"),
    "inspection_done": ("tarkastus tehty", "inspektion gjord", "inspection done"),
    "event_published": ("tapahtuma julkaistu", "evenemang publicerat", "event published"),
    "premises_taken_into_use": (
        "tilat otettu käyttöön", "lokaler tagna i bruk", "premises taken into use",
    ),
    "withdrawn": ("hakemus peruttu", "ansökan återkallad", "application withdrawn"),
    "path_completed": ("polku päättyi", "vägen slutade", "path completed"),
    "correction_recorded": ("korjaus kirjattu", "rättelse antecknad", "correction recorded"),
}  # fmt: skip

COLUMNS: tuple[Column, ...] = (
    Column(
        "matter", ("Asia", "Ärende", "Matter"),
        ("Asian tunnus: sama joka rivillä, joka koskee samaa asiaa. Ei henkilön nimeä.",
         "Ärendets beteckning: samma på varje rad om samma ärende. Inget personnamn.",
         "The matter's number: the same in every row about the same matter. No person's name."),
        "ESIMERKKI-1",
    ),
    Column(
        "date", ("Päivä", "Datum", "Date"),
        ("Milloin se tapahtui, esim. 2026-03-24 tai 24.3.2026.",
         "När det hände, t.ex. 2026-03-24 eller 24.3.2026.",
         "When it happened, e.g. 2026-03-24 or 24.3.2026."),
        "2026-03-24",
    ),
    Column(
        "time", ("Kello", "Klockslag", "Time"),
        ("Milloin se alkoi, esim. 9.30. Tyhjä, jos ei tiedossa.",
         "När det började, t.ex. 9.30. Tomt om okänt.",
         "When it began, e.g. 9:30. Empty if not known."),
        "09:30", width=9,
    ),
    Column(
        "started_by", ("Aloitteentekijä", "Initiativ", "Who started"),
        ("Kumpi otti yhteyttä; sisäinen, jos asiakas ei ollut mukana.",
         "Vem tog kontakt; intern om kunden inte var med.",
         "Who made the contact; internal if the customer took no part."),
        "customer", STARTED, 20,
    ),
    Column(
        "agency", ("Virasto", "Myndighet", "Agency"),
        ("Kaupungin virasto tai toimiala.", "Stadens myndighet eller sektor.",
         "The city's agency or division."),
        "Esimerkkivirasto", width=20,
    ),
    Column(
        "unit", ("Yksikkö", "Enhet", "Unit"),
        ("Yksikkö, joka hoiti vaiheen tai jonka kanssa asioitiin.",
         "Enheten som skötte steget eller som kontakten gällde.",
         "The unit that did the step or that was dealt with."),
        "Neuvonta", width=20,
    ),
    Column(
        "channel", ("Kanava", "Kanal", "Channel"),
        ("Miten oltiin yhteydessä. Muukin sana käy.", "Hur kontakten skedde. Också annat ord går.",
         "How the contact was made. Another word will do, too."),
        "phone", CHANNELS, 20,
    ),
    Column(
        "step", ("Vaihe", "Steg", "Step"),
        ("Mitä tehtiin, aina samoin sanoin.", "Vad som gjordes, alltid med samma ord.",
         "What was done, always in the same words."),
        "Neuvontapuhelu", width=26,
    ),
    Column(
        "event", ("Tapahtuma", "Händelse", "Kind of event"),
        ("Mikä yhteisistä tapahtumista tämä oli, jos jokin.",
         "Vilken av de gemensamma händelserna det var, om någon.",
         "Which of the common kinds of event it was, if any."),
        "contact_made", KINDS, 24,
    ),
    Column(
        "about", ("Mitä koski", "Vad det gällde", "About"),
        ("Lyhyesti, ilman henkilötietoja.", "Kort, utan personuppgifter.",
         "In short, without personal data."),
        "Tarvitaanko lupa?", width=30,
    ),
    Column(
        "minutes_city", ("Kaupungin minuutit", "Stadens minuter", "Minutes of the city"),
        ("Kaupungin työaika minuutteina.", "Stadens arbetstid i minuter.",
         "The city's work in minutes."), "15", width=11,
    ),
    Column(
        "minutes_customer", ("Asiakkaan minuutit", "Kundens minuter", "Minutes of the customer"),
        ("Asiakkaan työaika minuutteina, jos tiedossa.", "Kundens arbetstid i minuter, om känd.",
         "The customer's work in minutes, if known."), "20", width=11,
    ),
    Column(
        "succeeded", ("Onnistui", "Lyckades", "Succeeded"),
        ("Saiko asiakas, mitä haki?", "Fick kunden det den behövde?",
         "Did the customer get what was needed?"), "yes", YES_NO, 16,
    ),
    Column(
        "ended", ("Päättyi", "Avslutades", "Ended"),
        ("Päättyikö koko asia tähän ja miten? Muuten ei tai tyhjä.",
         "Slutade hela ärendet här, och hur? Annars nej eller tomt.",
         "Did the whole matter end here, and how? Otherwise no, or empty."),
        "no", ENDED, 26,
    ),
    Column(
        "due", ("Luvattu päivä", "Utlovat datum", "Promised date"),
        ("Päivä, johon mennessä asiakkaalle on luvattu asia valmiiksi.",
         "Dagen då ärendet enligt löftet till kunden är klart.",
         "The day by which the customer was promised an end."),
        "2026-04-30",
    ),
    Column(
        "kind", ("Asian laji", "Ärendetyp", "Kind of matter"),
        ("Esim. tapahtumalupa.", "T.ex. evenemangstillstånd.", "E.g. event permit."),
        "Tapahtumalupa", width=18,
    ),
    Column(
        "segment", ("Asiakasryhmä", "Kundgrupp", "Customer group"),
        ("Esim. pienyritys, yhdistys.", "T.ex. småföretag, förening.",
         "E.g. small business, association."),
        "Yhdistys", width=16,
    ),
    Column(
        "customer", ("Asiakaskoodi", "Kundkod", "Customer code"),
        ("Oma koodi asiakkaalle, ei nimeä.", "Egen kod för kunden, inget namn.",
         "A code of your own for the customer, no name."), "A17",
    ),
    Column(
        "person", ("Käsittelijäkoodi", "Handläggarkod", "Staff code"),
        ("Koodi työntekijälle, ei nimeä.", "Kod för den anställda, inget namn.",
         "A code for the member of staff, no name."), "K3",
    ),
)  # fmt: skip
NEEDED = ("matter", "date", "step")
"""Columns that a diary must have."""


def label(names: tuple[str, str, str], between: str = " / ") -> str:
    """One text in the three languages."""
    return between.join(dict.fromkeys(names))


def write_diary(path: str | Path) -> Path:
    """Write an empty contact diary to fill in, with one example row.

    `path`: ends in .xlsx (drop-down lists, a second sheet that explains every column in Finnish,
    Swedish and English) or .csv (the same columns, semicolons, UTF-8). Returns the path. Raises
    `LogError` for another ending, or where it cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise LogError(f"{path}: a diary is written as .xlsx or .csv; name it so")
    data = _csv() if path.suffix.lower() == ".csv" else _xlsx()
    write_bytes(path, data)
    return path


def _example() -> list[str]:
    return [label(c.words[c.example]) if c.words else c.example for c in COLUMNS]


def _csv() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([label(c.names) for c in COLUMNS])
    writer.writerow(_example())
    return out.getvalue().encode("utf-8-sig")


def _xlsx() -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    # A fixed date keeps the file the same, byte for byte, whenever it is written.
    book.set_properties({"title": "Polku contact diary", "created": datetime(2026, 1, 1)})
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE6F2", "border": 1}
    )
    pale = book.add_format({"italic": True, "font_color": "#666666"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    formats = {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "due": book.add_format({"num_format": "yyyy-mm-dd"}),
        "time": book.add_format({"num_format": "hh:mm"}),
        "matter": book.add_format({"num_format": "@"}),  # text, so that 007 stays 007
    }
    sheet, guide, lists = (book.add_worksheet(n) for n in (SHEET, GUIDE, "Lists"))
    sheet.set_row(0, None, None, {"hidden": True})
    sheet.set_row(1, 48)
    for i, (column, example) in enumerate(zip(COLUMNS, _example(), strict=True)):
        sheet.set_column(i, i, column.width, formats.get(column.key))
        sheet.write_string(0, i, column.key)
        sheet.write_string(1, i, label(column.names, "\n"), head)
        sheet.write_string(2, i, example, pale)
        if column.words:
            _drop_down(sheet, lists, i, column)
    sheet.freeze_panes(2, 1)
    lists.hide()
    _guide(guide, head, wrap)
    book.close()
    return out.getvalue()


def _drop_down(sheet: Any, lists: Any, i: int, column: Column) -> None:
    for row, names in enumerate(column.words.values()):
        lists.write_string(row, i, label(names))
    letter = chr(ord("A") + i)
    sheet.data_validation(
        2, i, ROWS + 1, i,
        {
            "validate": "list",
            "source": f"=Lists!${letter}$1:${letter}${len(column.words)}",
            "error_type": "information" if column.key == "channel" else "stop",
            "input_title": label(column.names)[:32],
            "input_message": label(column.meaning, "\n")[:255],
        },
    )  # fmt: skip


def _guide(guide: Any, head: Any, wrap: Any) -> None:
    intro = (
        ("Yksi rivi jokaisesta yhteydenotosta ja vaiheesta. Täytä 10–30 todellista asiaa alusta "
         "loppuun. Älä kirjoita nimiä. Esimerkkirivi jätetään lukematta.",
         "En rad för varje kontakt och steg. Fyll i 10–30 verkliga ärenden från början till slut. "
         "Skriv inga namn. Exempelraden läses inte.",
         "One row for every contact and step. Fill in 10–30 real matters from beginning to end. "
         "Write no names. The example row is not read."),
    )  # fmt: skip
    for i, (title, width) in enumerate(
        (("key", 18), ("Suomi", 50), ("Svenska", 50), ("English", 50))
    ):
        guide.set_column(i, i, width)
        guide.write_string(0, i, title, head)
    for i, texts in enumerate(intro):
        for j, text in enumerate(texts):
            guide.write_string(1 + i, 1 + j, text, wrap)
    for row, column in enumerate(COLUMNS, start=3):
        guide.write_string(row, 0, column.key)
        for j in range(3):
            needed = (" *pakollinen*", " *obligatorisk*", " *required*")[j]
            text = f"{column.names[j]}: {column.meaning[j]}"
            text += needed if column.key in NEEDED else ""
            if column.words:
                text += " [" + ", ".join(names[j] for names in column.words.values()) + "]"
            guide.write_string(row, 1 + j, text, wrap)
