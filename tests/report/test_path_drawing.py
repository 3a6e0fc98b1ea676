"""A path's drawing as a service blueprint: what it says, and that it can be read."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path as File
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(File(__file__).parents[1] / "path"))

from examples import event_permit
from hypothesis import given, settings
from made_graphs import paths

from polku.path.build import start
from polku.path.facts import LANGUAGES, Document, Facts, Text
from polku.path.read import read_path
from polku.report.path_drawing import Note, draw_path

SHIPPED = File(__file__).parents[2] / "src/polku/paths"
SVG = "{http://www.w3.org/2000/svg}"
NOTES = {
    "food": Note("skipped in 23 %", 3),
    "complete-to-ask-more": Note("taken by 48 %", 4),
    "granted": Note("undecided in 2 %", 0),
}

MEASURE = """() => {
  const box = e => { const b = e.getBoundingClientRect();
                     return {x: b.x, y: b.y, right: b.right, bottom: b.bottom} };
  const all = s => [...document.querySelectorAll(s)];
  return {
    cards: all('.pm-step').map(g => ({
      box: box(g.querySelector('rect')), texts: [...g.querySelectorAll('text')].map(t => box(t)),
      name: g.textContent})),
    plates: all('.pm-plate').map(box),
    labels: all('.pm-label').map(t => ({box: box(t), text: t.textContent})),
    texts: all('text').map(t => ({box: box(t), text: t.textContent})),
    sheet: box(document.querySelector('svg'))};
}"""


def test_the_drawing_parses_and_says_what_it_shows_without_being_seen():
    root = ElementTree.fromstring(draw_path(event_permit()))
    assert root.find(f"{SVG}title").text == "Event permit"
    described = root.find(f"{SVG}desc").text
    assert "20 steps, 11 contacts and 6 agencies" in described
    assert "Check the rescue plan" in described
    assert root.get("role") == "img"


def test_the_drawing_shows_contacts_deadlines_documents_and_the_version():
    text = " ".join(ElementTree.fromstring(draw_path(event_permit())).itertext())
    for said in (
        "Current state, version 1, valid from", "line of interaction", "line of visibility",
        "Rescue plan", "≥ 14\u00a0d before", "Supplement request", "legal deadline", "40\u00a0%",
        "Tourism marketing", "€600",
    ):  # fmt: skip
        assert said in text, said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drawing_speaks_one_language(language):
    text = " ".join(ElementTree.fromstring(draw_path(event_permit(), language)).itertext())
    line = {
        "fi": "vuorovaikutuksen raja",
        "sv": "interaktionslinje",
        "en": "line of interaction",
    }
    assert [n for n in LANGUAGES if line[n] in text] == [language]


@pytest.mark.parametrize("name", ["event-permit", "plot-to-premises", "starting-up"])
def test_a_long_path_becomes_a_sheet_that_is_wider_than_high_and_not_too_wide(name):
    root = ElementTree.fromstring(draw_path(read_path(SHIPPED / name / "current.bpmn")))
    wide, high = float(root.get("width")), float(root.get("height"))
    assert 1.1 <= wide / high <= 2.2
    assert wide <= 4_200


def test_a_card_names_three_documents_and_says_how_many_more_there_are():
    asked = [Document(f"d{k}", "asked", Text(en=f"Form {k}")) for k in range(6)]
    path = start("Stall").step("Apply", facts=Facts(documents=tuple(asked))).path()
    said = " ".join(ElementTree.fromstring(draw_path(path)).itertext())
    assert "Form 2" in said
    assert "Form 3" not in said
    assert "and 3 more" in said


def test_a_start_and_an_end_without_a_name_are_called_so():
    drawn = draw_path(start("Stall").step("Apply").path())
    assert ">Start<" in drawn
    assert ">End<" in drawn


def test_the_same_path_gives_the_same_drawing():
    assert draw_path(event_permit()) == draw_path(event_permit())


def test_notes_stand_on_the_drawing_with_their_level():
    drawn = draw_path(event_permit(), notes=NOTES)
    assert "skipped in 23 %" in drawn
    said = " ".join(ElementTree.fromstring(drawn).itertext()).replace("\n", " ")
    assert "taken by" in " ".join(said.split())
    assert re.search(r'class="pm-noted pm-w3"', drawn)
    assert re.search(r'class="pm-flow pm-w4"', drawn)
    assert "pm-noted pm-w" not in draw_path(event_permit())


def test_a_wrong_language_theme_or_level_is_refused():
    for wrong in ({"language": "de"}, {"theme": "blue"}, {"notes": {"food": Note("x", 9)}}):
        with pytest.raises(ValueError, match=r"de|blue|level"):
            draw_path(event_permit(), **wrong)


def test_names_from_a_file_cannot_break_out_of_the_drawing():
    path = start("<script>&").step('a < b & \x1b "c"').path()
    root = ElementTree.fromstring(draw_path(path))
    assert root.find(f"{SVG}title").text == "<script>&"


@settings(max_examples=60, deadline=None)
@given(paths())
def test_any_path_can_be_drawn(path):
    ElementTree.fromstring(draw_path(path, "sv"))


@pytest.fixture(scope="module")
def browser():
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: apt-get install chromium")
        pytest.skip("Chromium is missing: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


def meets(a, b, gap=0.0):
    return (
        a["x"] < b["right"] - gap and b["x"] < a["right"] - gap
        and a["y"] < b["bottom"] - gap and b["y"] < a["bottom"] - gap
    )  # fmt: skip


def readable(browser, drawn):
    """Measure a drawing in the browser: nothing leaves its box, nothing covers a text."""
    page = browser.new_page(viewport={"width": 1900, "height": 1200})
    page.set_content(drawn)
    found = page.evaluate(MEASURE)
    page.close()
    for card in found["cards"]:
        box = card["box"]
        for text in card["texts"]:
            inside = text["x"] >= box["x"] and text["right"] <= box["right"]
            assert inside, card["name"]
            assert text["y"] >= box["y"] - 1
            assert text["bottom"] <= box["bottom"] + 1, card["name"]
    texts = found["texts"]
    for k, a in enumerate(texts):
        for b in texts[k + 1 :]:
            assert not meets(a["box"], b["box"], 2.5), (a["text"], b["text"])
    for label in found["labels"]:
        for card in found["cards"]:
            assert not meets(label["box"], card["box"], 1.0), label["text"]
    for text in texts:
        assert text["box"]["right"] <= found["sheet"]["right"], text["text"]
    return found


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("notes", [None, NOTES], ids=["plain", "noted"])
def test_text_stays_in_its_box_and_labels_do_not_overlap(browser, language, notes):
    found = readable(browser, draw_path(event_permit(), language, "light", notes))
    assert len(found["cards"]) == 20


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "fi"])
@pytest.mark.parametrize("name", ["event-permit", "plot-to-premises", "starting-up"])
def test_the_paths_that_ship_are_readable_too(browser, name, language):
    readable(browser, draw_path(read_path(SHIPPED / name / "current.bpmn"), language, "light"))


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_stands_out_from_its_ground(browser, theme):
    page = browser.new_page()
    page.set_content(draw_path(event_permit(), "en", theme))
    worst = page.evaluate(
        """() => {
          const light = c => {
            const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => {
              v = v / 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
            return .2126 * r + .7152 * g + .0722 * b };
          const fill = e => light(getComputedStyle(e).fill);
          const grounds = [...document.querySelectorAll(
            '.pm-sheet, .pm-strip, .pm-strip2, .pm-customer, .pm-front, .pm-box')].map(fill);
          return Math.min(...[...document.querySelectorAll('text')].map(t => {
            const own = fill(t);
            return Math.min(...grounds.map(g => {
              const [a, b] = [own, g].sort((x, y) => y - x);
              return (a + .05) / (b + .05) })) })) }"""
    )
    page.close()
    assert worst >= 4.5


def test_a_short_path_fits_on_one_band():
    short = start("Stall").step("Apply", unit="Permits").step("Decide", unit="Permits").path()
    assert draw_path(short).count('<line class="pm-rule"') == 1
    assert "goes on at the same letter" not in draw_path(replace(short, name="Other"))
