"""The report in a real browser: no network, no errors, readable on a telephone."""

from __future__ import annotations

import os
import shutil

import pytest

from polku.log.read import read
from polku.paths import EVENT_PERMIT
from polku.report.html import report


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    log = read(EVENT_PERMIT / "synthetic-log.csv.gz")
    path = tmp_path_factory.mktemp("report") / "report.html"
    report(log, path)
    return path


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


@pytest.mark.browser
def test_the_report_asks_nothing_of_the_network_and_logs_no_error(browser, page_file):
    page = browser.new_page()
    asked, errors = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(page_file.as_uri())
    assert [u for u in asked if not u.startswith(("file:", "data:"))] == []
    assert errors == []
    assert page.locator("h1").count() == 1
    assert page.locator("[role=img]").count() >= 2
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_the_page_itself_never_scrolls_sideways(browser, page_file, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(page_file.as_uri())
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width + 1
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser, page_file, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.goto(page_file.as_uri())
    ratio = page.evaluate(
        """() => {
          const light = c => {
            const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => {
              v = v / 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
            return .2126 * r + .7152 * g + .0722 * b };
          const ground = getComputedStyle(document.body).backgroundColor;
          const text = getComputedStyle(document.querySelector('p')).color;
          const [a, b] = [light(ground), light(text)].sort((x, y) => y - x);
          return (a + .05) / (b + .05) }"""
    )
    assert ratio >= 4.5
    page.close()
