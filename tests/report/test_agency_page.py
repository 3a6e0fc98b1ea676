"""One sheet of A4 for each agency, in three languages, that says what it leaves out."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "redesign"))

from example_front import example_front
from example_reasons import example_reasons

from polku.errors import RedesignError
from polku.path.facts import LANGUAGES, Text
from polku.paths import load
from polku.redesign.choice import choose
from polku.report.agency_content import cut, lines
from polku.report.agency_page import TIGHTEST, agency_page, sheets_needed, write_agency_page
from polku.report.agency_words import WORDS

FRONT = example_front()
CHOICE = choose(FRONT, "search-1", example_reasons())
CURRENT, DESK = load("event-permit"), load("event-permit", "prototype-one-stop-desk")
RESCUE = "rescue-department"


def with_agencies(**more):
    """The example front, in whose options every agency is told otherwise."""
    return replace(
        FRONT,
        options=tuple(
            replace(o, agencies=tuple(replace(a, **more) for a in o.agencies))
            for o in FRONT.options
        ),
    )


REAL = with_agencies(changes={})
"""Without sentences of its own: they are then those of the difference between the two paths."""


def page(front=FRONT, chosen=CURRENT, agency=RESCUE, language="en", choice=CHOICE, **more):
    return agency_page(front, choice, CURRENT, chosen, agency, language, **more)


def plain(html):
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("\u00a0", " ").split())


def test_the_page_says_what_the_agency_does_is_asked_and_gains():
    told = plain(page())
    for words in (
        "Rescue department", "In use from 1 September 2026", "Event safety", "»Handle the rescue",
        "You ask the customer for: Basic data of the event", "are done side by side",
        "Lead time, half within 48.2 days 35.0 days −13.2 (−13.4…−13.0)",
        "Staff hours per matter 2.90 h 2.38 h", "Utilisation, Event safety 68 % 62 %",
        "The later statement has to be done anew in 0.12 of the matters.",
        "57 % of the whole prototype&#39;s gain is left.", "Measured again, by the same measure",
        "Answer to: Anna Aalto, path owner; Bo Berg",
    ):  # fmt: skip
        assert words in told


def test_numbers_and_days_are_written_as_the_language_has_them():
    fi, sv = plain(page(language="fi")), plain(page(language="sv"))
    assert "Käyttöön 1.9.2026" in fi
    assert "Läpimenoaika, puolet enintään 48,2 pv 35,0 pv −13,2 (−13,4…−13,0)" in fi
    assert "Tas i bruk 1.9.2026" in sv
    assert "Arbetstid per år 1 776 tim 1 458 tim" in sv


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word_and_slot(language):
    assert WORDS[language].keys() == WORDS["en"].keys()
    for key, text in WORDS[language].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", WORDS["en"][key]))


def test_words_in_another_language_are_marked_as_such():
    html = page(language="fi")
    assert '<span lang="en">The later statement has to be done anew in 0,12' in html
    assert "(englanniksi)" in html
    assert "(in English)" not in page(language="en")


def test_an_assumption_that_is_told_with_its_values_is_not_told_twice():
    filled = replace(
        FRONT.option("search-1").assumptions[0],
        what=Text(fi="Osuudessa 0.05–0.2 asioista lausunto tehdään uudelleen."),
    )
    options = [replace(o, assumptions=(filled,)) for o in FRONT.options]
    told = plain(page(front=replace(FRONT, options=tuple(options)), language="fi"))
    assert "Osuudessa 0,05–0,2 asioista lausunto tehdään uudelleen. (perusta: oletus)." in told
    assert "Arvio" not in told


def test_what_came_from_files_is_escaped():
    evil = with_agencies(names=Text(en="<script>alert(1)</script>"))
    assert "<script>" not in page(front=evil)


def test_an_agency_of_which_nothing_is_asked_has_no_answer_to_give():
    told = plain(page(agency="tukes"))
    assert "You are not asked to change anything." in told
    assert "Your answer" not in told


def test_an_agency_that_is_new_on_the_path_is_told_so():
    told = plain(page(front=REAL, chosen=DESK, agency="event-services", language="fi"))
    assert "Virasto ei ole nyt mukana" in told
    assert "Osallistuu nyt asian käsittelyyn." in told


def test_what_gets_worse_for_the_business_stands_among_the_first_figures():
    choice = choose(FRONT, "search-3", example_reasons(despite=("no segment gets worse (size)",)))
    told = plain(page(agency="city-environment", choice=choice))
    worse = "+0.21 (+0.20…+0.22) ✗ Lead time, half within (size: large)"
    assert f"Spread of the lead time 1.83 2.04 {worse}" in told
    assert "the gain can no longer be shown" in told


def test_an_unknown_agency_language_or_option_is_told_in_one_line():
    with pytest.raises(RedesignError, match="did you mean 'rescue-department'"):
        page(agency="rescue-departmnt")
    with pytest.raises(RedesignError, match="language 'de'"):
        page(language="de")
    with pytest.raises(RedesignError, match="holds no option 'search-1'"):
        page(front=replace(FRONT, options=FRONT.options[:1]))


def agencies(path):
    return [n.id for n in path.lanes if n.parent is None and n.role == "agency"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_agency_fits_one_sheet(language, tmp_path):
    for agency in agencies(DESK):
        file = tmp_path / f"{agency}.{language}.html"
        write_agency_page(REAL, CHOICE, CURRENT, DESK, agency, language, file, pdf=True)
        assert sheets_needed(file.read_text(encoding="utf-8")) == 1, agency
        assert file.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


def test_ten_times_as_much_fits_one_sheet_and_says_how_much_is_left_out(tmp_path):
    long = "The unit does this and that, and what belongs to it, in every matter. " * 9
    asks = tuple(Text(en=f"{k}: {long}") for k in range(20))
    front = with_agencies(
        asks=asks, changes={"en": tuple(f"Change {k}. {long}" for k in range(30))},
        utilisation={f"pool-{k}": (0.5, 0.6) for k in range(12)},
    )  # fmt: skip
    choice = choose(front, "search-1", example_reasons(who=tuple(f"P{k}, head" for k in range(9))))
    file = tmp_path / "a.html"
    write_agency_page(front, choice, CURRENT, DESK, "city-environment", "en", file, pdf=True)
    html = file.read_text(encoding="utf-8")
    assert sheets_needed(html) == 1
    told = plain(html)
    asked = told[told.index("What you are asked") : told.index("What it means for the business")]
    shown = len(re.findall(r"\b\d+: The unit", asked)) + len(re.findall(r"Change \d+\.", asked))
    left = int(re.search(r"and (\d+) more: see the report", asked)[1])
    assert shown + left == 50
    assert "… (goes on in the report)" in asked
    assert "P2, head and 6 more" in told


def test_the_tightest_sheet_still_asks_something():
    for tight in (0, TIGHTEST):
        told = plain(page(front=REAL, chosen=DESK, tight=tight))
        assert "What you are asked to change Give a statement on safety" in told


def test_the_same_input_gives_the_same_bytes():
    assert page() == page()


def test_a_text_is_cut_at_a_name_and_lines_are_counted():
    assert cut("One »two« three four five six", 24) == "One »two« three four"
    assert lines("x" * 100, 50) == 3
