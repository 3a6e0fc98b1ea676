"""The page about a redesign: all that a choice needs, from the front alone."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from polku.path.facts import Text
from polku.redesign.axes import Axis
from polku.redesign.front import Told
from polku.report.redesign_page import redesign_page
from polku.report.redesign_words import axis_name, capital, letters, with_unit

sys.path.insert(0, str(Path(__file__).parents[1] / "redesign"))
from example_front import example_front

VOID = {"meta", "br", "path", "rect", "circle"}


class Outline(HTMLParser):
    """Text by element, headings in order, ids, links, tables and whether all elements close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.bare: list[str] = []
        self.faults: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "th" and "scope" not in given:
            self.bare.append(self.get_starttag_text())
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.stack or self.stack[-1] != tag:
            self.faults.append(f"</{tag}> within {self.stack[-3:]}")
        else:
            self.stack.pop()

    def handle_data(self, data):
        if "style" in self.stack:
            return
        self.words.append(data)
        if self.headings and any(re.fullmatch("h[1-6]", t) for t in self.stack):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)


def plain(html: str) -> str:
    """The words of a page, with ordinary spaces."""
    return re.sub(r"\s+", " ", " ".join(Outline(html).words).replace("\u00a0", " "))


def part(html: str, id: str) -> str:
    """The page from the heading of an id to the next heading of the second rank."""
    start = html.index(f'<h2 id="{id}"')
    end = html.find("<h2", start + 4)
    return html[start : end if end > 0 else len(html)]


@pytest.fixture(scope="module")
def front():
    return example_front()


@pytest.fixture(scope="module")
def html(front):
    return redesign_page(front)


def test_the_page_is_whole_and_its_headings_come_in_order(html):
    seen = Outline(html)
    assert html.startswith("<!DOCTYPE html>")
    assert '<html lang="en">' in html
    assert seen.faults == []
    assert seen.stack == []
    assert [level for level, _ in seen.headings].count(1) == 1
    levels = [level for level, _ in seen.headings]
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert all(text.strip() for _, text in seen.headings)


def test_every_link_leads_somewhere_and_no_id_comes_twice(html):
    seen = Outline(html)
    assert len(seen.ids) == len(set(seen.ids))
    assert {link for link in seen.links if link} <= {f"#{id}" for id in seen.ids}


def test_every_head_of_a_table_says_what_it_heads(html):
    assert Outline(html).bare == []


def test_the_page_runs_no_script_and_names_no_place_in_the_network(html):
    assert "<script" not in html
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', html)
    assert "@import" not in html
    assert not re.findall(r"url\((?!#)", html)
    assert "http://" not in html
    assert "https://" not in html


def test_the_headline_answers_which_why_at_what_cost_how_sure_and_what_to_test(html):
    said = plain(part(html, "summary"))
    assert "Choose A, One contact point, statements side by side, data asked once" in said
    assert "It is shown to be ahead of the next, B (search-2), by 3.5." in said
    assert "Lead time, half within: 35.0 days instead of 48.2 days" in said
    assert "−13.2 days; −13.4 to −13.0" in said
    assert "1 figure is shown to get worse" in said
    assert "Matters handled flexibly: 4.6 % instead of 6.1 %" in said
    assert "More work: staff hours of Area use: 7.00 hours instead of 6.20 hours" in said
    assert "No unit over 85%: not decided" in said
    assert "Rescue department (3 changes)" in said
    assert "60 replications" in said
    assert "97 %" in said
    assert "not fragile" in said
    first = said[said.index("Test first") :]
    assert "The later statement has to be done anew in 0.12 of the matters" in first
    assert "43 % of the gain" in first
    assert "+11.6 (+10.3 to +12.9)" in first


def cells(html: str) -> dict[str, list[str]]:
    """By criterion's name the cells of its row in the table."""
    out = {}
    for row in re.findall(r"<tr><th scope=\"row\"><details>.*?</tr>", html, re.S):
        name = re.search(r"<summary>(.*?)</summary>", row)[1]
        out[name] = [plain(f"<p>{c}</p>") for c in re.findall(r"<td>(.*?)</td>", row, re.S)]
    return out


def numbers(text: str) -> list[tuple[float, float]]:
    """The numbers of a text, each with half a unit of its last place."""
    found = re.findall(r"[−±+]?(?:€ )?[\d,]+(?:\.\d+)?", text)
    clean = [f.replace("€ ", "").replace(",", "").replace("−", "-").lstrip("±+") for f in found]
    return [(float(c), 0.501 * 10.0 ** -len(c.partition(".")[2])) for c in clean]


def test_every_figure_in_the_table_is_the_fronts_figure(front, html):
    rows = cells(part(html, "criteria"))
    assert len(rows) == len(front.axes)
    for axis in front.axes:
        row = rows[capital(axis_name(axis))]
        times = 100.0 if axis.unit == "share" else 1.0
        assert len(row) == len(front.options)
        for o, cell in zip(front.options, row, strict=True):
            told = o.figure(axis.key)
            wanted = [told.value, told.low, told.high]
            if told.change is not None and "±0 " not in f"{cell} ":
                wanted += [told.change, told.change_low, told.change_high]
            shown = numbers(cell)[: len(wanted)]
            assert len(shown) == len(wanted), (axis.key, o.name, cell)
            for (given, room), exact in zip(shown, wanted, strict=True):
                assert given == pytest.approx(exact * times, abs=room), (axis.key, o.name, cell)
            if o.drawn != "current" and axis.sign:
                assert told.verdict in cell


def test_a_definition_stands_one_click_below_every_criterion(html):
    table = part(html, "criteria")
    assert "How many units does the business have to deal with?" in table
    assert "Distinct units met in contacts" in table
    assert "a1b2c3d4e5f60718" in table


def test_every_option_shows_its_moves_in_order_with_what_each_adds_and_brings_alone(front, html):
    section = part(html, "each")
    for o in front.options[1:]:
        start = section.index(f'id="o-{letters(front)[o.name]}"')
        own = section[start : section.find('<details class="option"', start + 1)]
        at = [own.index(r.says.best("en")) for r in o.ladder]
        assert at == sorted(at)
    said = plain(section)
    assert "−7.9 days (−8.1 to −7.7) alone −8.5 days" in said
    assert "All moves together −13.2 days (−13.4 to −13.0)" in said
    assert "✗ broken : no segment gets worse (size); size = large" in said


def test_the_rescue_department_reads_what_it_must_change_in_each_option(html):
    section = part(html, "agencies")
    own = plain(section[section.index(">Rescue department</h3>") :].split("<section")[0])
    assert "Give a statement on safety and Give a statement on noise are done side by side" in own
    assert "has not come within 10 working days" in own
    assert "Send the rescue plan no longer meets the customer." in own
    assert "2.90 h → 2.38 h (−0.52 h)" in own
    assert "68.1 % → 61.9 %" in own
    assert "Nothing changes for it in C." in own


def test_a_matrix_says_which_agency_must_change_in_which_option(html):
    table = plain(part(html, "agencies").split("</table>")[0])
    row = table[table.index("Environmental services") :]
    assert "● 2 changes −0.38 h ● 1 change ±0 h – ● 1 change −0.28 h" in row


def test_assumptions_are_sorted_by_what_they_carry_and_the_first_is_marked(html):
    section = plain(part(html, "assumptions"))
    own = section[: section.index("Statements side by side and by default")]
    rows = own[own.index("Carries of the gain") :]
    at = [rows.index(f"{n} %") for n in (43, 25, 11)]
    assert at == sorted(at)
    assert rows.index("test this first") < rows.index("Work that goes through the desk")
    assert own.count("test this first") == 1
    assert "0.05 to 0.20" in own
    assert "inferred (n = 412)" in own


def test_a_fragile_option_is_called_fragile_wherever_it_stands(html):
    assert "fragile; broken: no segment gets worse" in plain(part(html, "options"))
    assert "Fragile: if “0.60 of the small events can be decided at once” does not hold" in plain(
        part(html, "each")
    )
    assert "✗ fragile" in plain(part(html, "assumptions"))


def test_insights_name_who_answers_them_and_the_unanswered_are_listed_plainly(html):
    said = plain(part(html, "insights"))
    assert "No option answers: “The inspector comes when nothing can be changed any more.”" in said
    assert said.count("✗ unanswered") == 1
    assert "A, One contact point, statements side by side, data asked once D, One-stop desk" in said


def test_refusals_effort_cautions_and_the_way_it_was_done_are_told(html):
    said = plain(html)
    for words in ("must be done by different people", "Staff numbers are assumed", "3,180", "214",
                  "more looking would not change the front", "Seed 1; 365 days", "180 days",
                  "Common random numbers", "Fresh replications"):  # fmt: skip
        assert words in said


def test_the_same_front_gives_the_same_bytes(front, html):
    assert redesign_page(front) == html


HOSTILE = '<script>alert("x")</script>&\x1b[31m"\'>{{ 7*7 }}'


def test_hostile_names_stand_as_text(front):
    evil = Text(en=HOSTILE)
    first = front.options[1]
    rung = replace(first.ladder[0], says=evil, kind=HOSTILE, agencies=(HOSTILE,))
    agency = replace(first.agencies[0], names=evil, asks=(evil,), changes={"en": (HOSTILE,)},
                     utilisation={HOSTILE: (0.1, 0.2)})  # fmt: skip
    told = replace(
        first, title=evil, folder=HOSTILE, ladder=(rung, *first.ladder[1:]), agencies=(agency,),
        constraints=(replace(first.constraints[0], name=HOSTILE, why=HOSTILE),),
        assumptions=(replace(first.assumptions[0], what=evil, origin=HOSTILE),),
    )  # fmt: skip
    axes = (*front.axes[:-1], replace(front.axes[-1], value=HOSTILE))
    html = redesign_page(
        replace(front, title=evil, options=(front.current, told, *front.options[2:]), why=HOSTILE,
                insights=(replace(front.insights[0], says=HOSTILE, source=HOSTILE),),
                refused=(replace(front.refused[0], move=HOSTILE, why=HOSTILE),),
                cautions=(HOSTILE,), axes=axes)
    )  # fmt: skip
    assert "<script" not in html
    assert "{{ 7*7 }}" in html
    assert Outline(html).faults == []


def test_a_front_with_only_the_current_state_says_that_there_is_no_option(front):
    alone = replace(front, options=front.options[:1], recommended=None,
                    why="no move can be made on this path", insights=(), effort=None)  # fmt: skip
    html = redesign_page(alone)
    said = plain(html)
    assert "No option was found" in said
    assert "No move can be made on this path." in said
    assert "48.2" in said
    assert Outline(html).faults == []
    assert {x for x in Outline(html).links if x} <= {f"#{i}" for i in Outline(html).ids}


def test_thirty_options_all_stand_in_tables_and_the_pictures_say_what_they_leave_out(front):
    more = [
        replace(front.options[1 + k % 4], name=f"search-{k + 10}", title=Text(en=f"Option no {k}"),
                on_front=k < 14)
        for k in range(30)
    ]  # fmt: skip
    html = redesign_page(
        replace(front, options=(front.current, *more), recommended="search-10")
    )  # fmt: skip
    said = plain(html)
    assert all(f"Option no {k}" in plain(part(html, "criteria")) for k in range(30))
    assert all(f"Option no {k}" in plain(part(html, "each")) for k in range(30))
    assert "20 more stand in the tables" in said
    assert 'id="o-AD"' in html
    assert Outline(html).faults == []


def test_figures_that_cannot_be_told_or_are_not_reached_say_so(front):
    def without(told: Told) -> Told:
        if told.axis == "lead_time.p90":
            return replace(told, value=None, low=None, high=None, change=None, change_low=None,
                           change_high=None, verdict="not comparable", reached=0.9)  # fmt: skip
        if told.axis == "on_time.share":
            return replace(told, value=float("nan"), change=float("inf"), n=0)
        return replace(told, low=None, high=None, change_low=None, change_high=None)

    def bare(o):
        rungs = tuple(replace(r, alone={}, added={}) for r in o.ladder)
        told = tuple(replace(a, gain=None, gain_low=None, gain_high=None, gain_fails=None,
                             gain_fails_low=None, gain_fails_high=None, carries=None,
                             fragile=False) for a in o.assumptions)  # fmt: skip
        agencies = tuple(replace(a, hours_per_matter=(None, None)) for a in o.agencies)
        figures = tuple(map(without, o.figures[:-2]))
        return replace(o, figures=figures, ladder=rungs, assumptions=told, agencies=agencies)

    html = redesign_page(replace(front, options=tuple(map(bare, front.options)), weights={}))
    rows = cells(part(html, "criteria"))
    assert "not reached in 10 % of the replications" in rows["Lead time, 9 of 10 within"][1]
    assert "cannot be told" in rows["Matters on time"][2]
    said = plain(html)
    assert "nan" not in re.findall(r"[a-z]+", said)
    assert "inf" not in re.findall(r"[a-z]+", said)
    assert "None" not in said.replace("None.", "")
    assert "What happens if an assumption fails was not tried" in said
    assert "not tried" in plain(part(html, "assumptions"))


def test_where_nothing_is_recommended_it_says_between_which_it_is_not_decided(front):
    a, b = front.options[1], replace(front.options[2], score=20.0, score_low=18.9, score_high=21.1)
    html = redesign_page(
        replace(front, options=(front.current, a, b, *front.options[3:]), recommended=None,
                why="their scores are not shown to differ")
    )  # fmt: skip
    said = plain(part(html, "summary"))
    assert "Not decided between A (One contact point" in said
    assert "and B (Statements side by side and by default after 10 days)" in said
    assert "Their scores are not shown to differ" in said
    assert "C (" not in said
    assert said.count("Test first:") == 2
    assert "★" not in plain(part(html, "options"))


def test_where_the_current_state_is_recommended_it_says_to_keep_it(front):
    html = redesign_page(replace(front, recommended="current", why="no option is shown better"))
    assert "Keep the current state: no option is shown better" in plain(part(html, "summary"))


def test_names_follow_the_language_where_it_has_them(front):
    html = redesign_page(front, "fi")
    said = plain(html)
    assert "Tapahtuman lupapolku" in said
    assert "Pelastuslaitos" in said
    assert "Small events decided at once" in said  # has no Finnish name


def test_money_has_its_sign_before_the_euro():
    assert with_unit("−349", "€").replace("\u00a0", " ") == "−€ 349"


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


CONTRAST = """() => {
  const light = c => {
    const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => {
      v = v / 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
    return .2126 * r + .7152 * g + .0722 * b };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (c !== 'rgba(0, 0, 0, 0)') return c;
    }
    return 'rgb(255, 255, 255)' };
  const low = [];
  const shade = getComputedStyle(document.querySelector('.swatch')).backgroundColor;
  for (const e of document.querySelectorAll('main *, header *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(e), drawn = e.closest('svg');
    const [a, b] = [light(drawn ? shade : ground(e)), light(drawn ? style.fill : style.color)]
      .sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) low.push([e.tagName, e.className.baseVal ?? e.className, ratio]);
  }
  return low;
}"""


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(browser, html, tmp_path, scheme):
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(color_scheme=scheme)
    asked, errors = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(file.as_uri())
    assert page.evaluate(CONTRAST) == []
    assert [u for u in asked if not u.startswith(("file:", "data:"))] == []
    assert errors == []
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_the_redesign_page_never_scrolls_sideways(browser, html, tmp_path, width):
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width + 1
    page.close()


def test_where_no_option_is_shown_to_be_better_none_is_recommended(front):
    worse = [replace(o, score_low=-0.5) for o in front.options[1:]]
    why = "No prototype is shown to be better than the current state by the weights"
    html = redesign_page(
        replace(front, options=(front.current, *worse), recommended=None, why=why)
    )  # fmt: skip
    said = plain(part(html, "summary"))
    assert f"No option is recommended. {why}." in said
    assert "Not decided" not in said


def test_a_column_of_groups_is_named_as_a_whole():
    axis = Axis("equality_lead_time", "worst_ratio", "ratio", "lower", "size", "*")
    assert axis_name(axis) == "gap in lead time, slowest group over the rest (size)"


def test_a_sentence_that_holds_a_list_is_set_as_one(front):
    first = front.options[1]
    told = replace(first, customer={"en": ("You no longer deal with:\n– Police;\n– Event unit.",)})
    html = redesign_page(replace(front, options=(front.current, told, *front.options[2:])))
    assert "deal with:<ul><li>Police</li><li>Event unit.</li></ul>" in html


def test_options_of_one_title_are_told_apart_by_what_their_moves_are_about(front):
    alike = [replace(o, title=Text(en="Drop a step")) for o in front.options[1:]]
    rung = replace(alike[0].ladder[0], says=Text(en="»Inspect the site« is dropped."))
    alike[0] = replace(alike[0], ladder=(rung,))
    said = plain(redesign_page(replace(front, options=(front.current, *alike))))
    assert "Drop a step: Inspect the site" in said
    assert "Drop a step: check-application" in said


def test_a_chance_is_never_called_certain(front):
    sure = replace(front.options[1], chance=1.0)
    html = redesign_page(replace(front, options=(front.current, sure, *front.options[2:])))
    assert "> 99 %" in plain(part(html, "options"))
    assert "100 %" not in plain(part(html, "options"))


def test_an_option_drawn_by_people_says_that_no_claim_was_made_to_fail(front):
    bare = replace(front.options[4], assumptions=(), ladder=())
    html = redesign_page(
        replace(front, options=(*front.options[:4], bare), recommended="one-stop-desk")
    )  # fmt: skip
    said = plain(part(html, "summary"))
    assert "It was drawn by people: what it claims stands as numbers in its own scenario" in said
    assert "Its single moves are not known" in plain(part(html, "each"))


def test_an_agency_without_a_move_counts_what_differs_in_its_part(front):
    first = front.options[1]
    agency = replace(first.agencies[1], moves=(), asks=(), changes={"en": ("One.", "Two.")},
                     hours_per_matter=(None, None))  # fmt: skip
    told = replace(first, agencies=(agency,))
    html = redesign_page(replace(front, options=(front.current, told)))
    assert "Rescue department (2 changes)" in plain(part(html, "summary"))
    assert "● 2 changes" in plain(part(html, "agencies"))
    assert "per matter cannot be told" in plain(part(html, "agencies"))
