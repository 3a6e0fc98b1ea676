"""The page about a simulation: what stands on it, and how its matters move in a real browser."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
from dataclasses import replace

import pytest

from polku.path.read import read_path
from polku.paths import EVENT_PERMIT
from polku.report.path_drawing import draw_path, draw_with_places
from polku.report.simulation_content import never_begun
from polku.report.simulation_flow import AT_JOIN, MOST_MATTERS
from polku.report.simulation_page import simulation_page
from polku.report.simulation_words import CAUSES
from polku.simulate.causes import CAUSES as KNOWN
from polku.simulate.file.read import read_scenario
from polku.simulate.run import simulate
from polku.simulate.study import study


@pytest.fixture(scope="module")
def path():
    return read_path(EVENT_PERMIT / "current.bpmn")


@pytest.fixture(scope="module")
def scenario():
    return read_scenario(EVENT_PERMIT / "current.scenario.json")


@pytest.fixture(scope="module")
def found(path, scenario):
    return study(path, scenario, seed=3, replications=3)


@pytest.fixture(scope="module")
def html(path, scenario, found):
    return simulation_page(path, scenario, found, seed=3)


@pytest.fixture(scope="module")
def moving(html):
    held = re.search(r'<script type="application/json" id="flow">(.*?)</script>', html, re.S)
    assert held is not None
    return json.loads(held[1])


def test_the_page_has_one_title_and_every_part_that_its_links_name(html):
    assert html.count("<h1>") == 1
    for id in re.findall(r'<a href="#([a-z]+)"', html):
        assert f'id="{id}"' in html


def test_five_sentences_come_first(html):
    summary = html[html.index("In five sentences") : html.index('<h2 id="way">')]
    assert summary.count("<dt>") == 5
    for words in ("9 of 10 take", "95 % interval", "of all waiting", "Most work waits for",
                  "are assumed and"):  # fmt: skip
        assert words in summary.replace("\u00a0", " ")


def test_the_page_names_no_place_in_the_network(html):
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', html)
    assert "@import" not in html
    assert not re.findall(r"url\((?!#)", html)
    assert set(re.findall(r"https?://[^\s\"'<)]+", html)) <= {"http://www.w3.org/2000/svg"}


def test_only_the_pages_own_script_may_run(html):
    script = re.search(r"<script>(.*?)</script>", html, re.S)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html
    assert not re.findall(r"\son[a-z]+=", html)


def test_every_picture_has_a_text_instead(html):
    for figure in re.findall(r"<figure([^>]*)>", html):
        assert 'id="way-drawn"' in figure or re.search(r'role="img" aria-label="[^"]{20,}"', figure)


def test_there_are_two_pictures_for_every_pool(html, scenario):
    assert html.count('<section class="pool">') == len(scenario.pools)
    assert html.count('aria-label="Utilisation of') == len(scenario.pools)
    assert html.count('aria-label="Work that waits for') == len(scenario.pools)
    assert 'class="july"' in html
    assert 'class="closed"' in html


def test_all_causes_have_words_and_stand_on_the_page(html):
    assert tuple(CAUSES) == KNOWN
    for words in CAUSES.values():
        assert words.replace("'", "&#39;") in html


def test_the_checks_are_shown(html):
    checks = html[html.index('<h2 id="checks">') :]
    for name in ("Little", "Flow conservation", "Unfinished share", "Utilisation", "Waiting"):
        assert name in checks
    assert "holds in all of 3 replications" in checks


def test_the_page_stays_below_three_megabytes(html):
    assert len(html.encode()) < 3_000_000


def test_the_same_study_gives_the_same_page(path, scenario, found, html):
    assert simulation_page(path, scenario, found, seed=3) == html


def test_names_of_a_scenario_are_escaped(path, scenario, found):
    bad = replace(scenario, name="</script><b onload=x>", note="<i>a & b</i>")
    page = simulation_page(path, bad, found, seed=3)
    assert "<b onload" not in page
    assert "<i>a" not in page


def test_a_step_that_nobody_ever_begins_is_named(path, scenario):
    run = simulate(path, scenario, seed=3).runs[0]
    assert never_begun(run) == {}
    stuck = run.program.node_ids.index("prepare-decision")
    rows = run.trace.rows.copy()
    mine = (rows["node"] == stuck) & (rows["released"] >= 0)
    rows["start"][mine] = -1
    held = replace(run, trace=replace(run.trace, rows=rows))
    assert never_begun(held) == {"prepare-decision": int(mine.sum())}


def test_one_replication_says_that_it_has_no_interval(path, scenario):
    alone = study(path, scenario, seed=3, replications=1)
    page = simulation_page(path, scenario, alone, seed=3)
    assert "without an interval" in page
    assert 'class="band' not in page


def test_a_number_of_matters_has_a_page_too(path, scenario):
    some = study(path, scenario, matters=30, seed=3, replications=2)
    page = simulation_page(path, scenario, some, seed=3, matters=30)
    assert "In five sentences" in page


def test_visits_and_moves_lie_in_the_weeks_shown(moving):
    assert 0 < len(moving["visits"]) < 200_000
    for spot, seen, ready, begun, over in moving["visits"]:
        assert 0 <= spot < len(moving["spots"])
        assert seen <= over
        assert seen < moving["length"]
        assert over > 0
        if ready != AT_JOIN:
            assert ready <= begun <= over or ready <= over
    for course, since, took in moving["moves"]:
        assert 0 <= course < len(moving["courses"])
        assert took > 0
        assert since < moving["length"]
    assert [v[1] for v in moving["visits"]] == sorted(v[1] for v in moving["visits"])
    assert "matters" not in moving
    assert MOST_MATTERS == 300


def test_queues_at_the_steps_are_those_of_the_dots_when_all_matters_are_drawn(moving):
    for minute in range(360, moving["length"], 5 * 1440):
        dots = [0] * len(moving["spots"])
        for spot, seen, ready, begun, over in moving["visits"]:
            if ready != AT_JOIN and seen <= minute < over and ready <= minute < begun:
                dots[spot] += 1
        told = []
        for changes in moving["queues"]:
            past = [n for t, n in zip(changes[::2], changes[1::2], strict=True) if t <= minute]
            told.append(past[-1] if past else 0)
        # at six in the morning nearly all dots have come to where they wait
        assert sum(told) >= sum(dots)
        assert sum(told) - sum(dots) <= 0.03 * sum(told) + 1


def test_a_drawing_says_where_everything_stands(path):
    drawn = draw_with_places(path)
    assert drawn.svg == draw_path(path)
    top = [n.id for n in path.nodes if n.within is None]
    assert set(top) <= set(drawn.boxes)
    for f in path.flows:
        if f.within is None:
            a, b = drawn.boxes[f.source], drawn.boxes[f.target]
            (x, y), (u, v) = drawn.courses[f.id][0][0], drawn.courses[f.id][-1][-1]
            assert a.x - 3 <= x <= a.right + 3
            assert a.y - 3 <= y <= a.bottom + 3
            assert b.x - 3 <= u <= b.right + 3
            assert b.y - 3 <= v <= b.bottom + 3


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: apt-get install chromium")
        pytest.skip("Chromium is missing: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page_file(html, tmp_path_factory):
    file = tmp_path_factory.mktemp("simulation") / "simulation.html"
    file.write_text(html, encoding="utf-8")
    return file


def opened(browser, page_file, **options):
    page = browser.new_page(**options)
    page.goto(page_file.as_uri())
    return page


@pytest.mark.browser
def test_the_page_asks_nothing_of_the_network_and_logs_no_error(browser, page_file):
    page = browser.new_page()
    asked, errors = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(page_file.as_uri())
    page.click("#show")
    page.wait_for_function("document.querySelectorAll('.moving .dot').length > 5")
    assert [u for u in asked if not u.startswith(("file:", "data:"))] == []
    assert errors == []
    page.close()


@pytest.mark.browser
def test_nothing_moves_until_it_is_asked_for(browser, page_file):
    page = opened(browser, page_file)
    assert page.locator(".moving").count() == 0
    assert page.locator("#controls").is_hidden()
    assert page.locator("#show").is_visible()
    page.close()


@pytest.mark.browser
def test_the_picture_plays_pauses_and_goes_away(browser, page_file):
    page = opened(browser, page_file)
    page.select_option("#speed", "5", force=True) if page.is_visible("#speed") else None
    page.click("#show")
    assert page.inner_text("#play") == "Pause"
    begin = page.input_value("#time")
    page.wait_for_function(f"Number(document.getElementById('time').value) > {begin}")
    page.click("#play")
    assert page.inner_text("#play") == "Play"
    still = page.evaluate("document.querySelector('.moving').innerHTML")
    page.evaluate("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")
    assert page.evaluate("document.querySelector('.moving').innerHTML") == still
    assert "being worked on" in page.inner_text("#counts")
    page.click("#hide")
    assert page.locator("#controls").is_hidden()
    assert page.locator(".moving").is_hidden()
    page.close()


@pytest.mark.browser
def test_the_keyboard_alone_plays_pauses_and_steps(browser, page_file):
    page = opened(browser, page_file)
    page.focus("#show")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "play"
    page.keyboard.press("Space")
    assert page.inner_text("#play") == "Play"
    page.focus("#next")
    before = page.inner_text("#clock")
    page.keyboard.press("Enter")
    assert page.inner_text("#clock") != before
    page.focus("#time")
    at = int(page.input_value("#time"))
    page.keyboard.press("ArrowRight")
    assert int(page.input_value("#time")) > at
    assert page.get_attribute("#time", "aria-valuetext")
    page.close()


@pytest.mark.browser
def test_with_less_motion_it_goes_day_by_day_on_a_click_and_never_by_itself(browser, page_file):
    page = opened(browser, page_file, reduced_motion="reduce")
    page.click("#show")
    assert page.locator("#play").is_hidden()
    assert page.locator("#still").is_visible()
    assert page.locator(".moving .dot.move").count() == 0
    first, at = page.inner_text("#clock"), page.input_value("#time")
    page.evaluate("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")
    assert page.input_value("#time") == at
    page.click("#next")
    assert page.inner_text("#clock") != first
    assert int(page.input_value("#time")) - int(at) in (1380, 1440, 1500)
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_the_page_itself_never_scrolls_sideways(browser, page_file, width):
    page = opened(browser, page_file, viewport={"width": width, "height": 900})
    page.click("#show")
    page.select_option("#size", "3")
    assert page.evaluate("document.documentElement.scrollWidth") <= width + 1
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dots_of_each_state_stand_out_from_the_ground(browser, page_file, scheme):
    page = opened(browser, page_file, color_scheme=scheme)
    ratios = page.evaluate(
        """() => {
          const light = c => {
            const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => {
              v = v / 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
            return .2126 * r + .7152 * g + .0722 * b };
          const ground = light(getComputedStyle(document.body).backgroundColor);
          return ['people:fill', 'work:fill', 'other:stroke', 'move:fill'].map(name => {
            const [kind, part] = name.split(':');
            const own = light(getComputedStyle(document.querySelector('.key .' + kind))[part]);
            const [a, b] = [ground, own].sort((x, y) => y - x);
            return (a + .05) / (b + .05) }) }"""
    )
    assert min(ratios) >= 3
    page.close()


@pytest.mark.browser
def test_without_scripts_all_figures_stand(browser, page_file):
    page = opened(browser, page_file, java_script_enabled=False)
    assert page.locator("#player").is_hidden()
    assert page.locator("noscript").count() == 1
    assert page.locator("section.pool").count() > 3
    page.close()
