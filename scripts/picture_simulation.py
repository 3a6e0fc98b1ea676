"""Make the picture of a simulation in motion: picture_simulation.py [--out FOLDER].

`simulation-event-permit.png` is the page about the current state of the event permit, simulated
with seed 1, in a browser's window with its matters in motion, held at one moment. Needs Chromium;
nothing is fetched from the network.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from polku.path.read import read_path
from polku.paths import EVENT_PERMIT
from polku.report.simulation_page import simulation_page
from polku.simulate.file.read import read_scenario
from polku.simulate.study import study

TARGET = Path(__file__).parents[1] / "docs/pictures"
NAME = "simulation-event-permit.png"
REPLICATIONS, SEED = 5, 1
DAY = 22
"""which day of those that are shown"""
WIDE, HIGH = 1_280, 1_330
MOST_BYTES = 700_000
SHOW = """day => {
  document.getElementById('show').click();
  document.getElementById('play').click();
  const time = document.getElementById('time');
  time.value = day * 1440 + 660;
  time.dispatchEvent(new Event('input'));
  document.getElementById('way').scrollIntoView();
}"""


def page() -> str:
    """The page of which the picture is taken."""
    path = read_path(EVENT_PERMIT / "current.bpmn")
    scenario = read_scenario(EVENT_PERMIT / "current.scenario.json")
    found = study(path, scenario, seed=SEED, replications=REPLICATIONS)
    return simulation_page(path, scenario, found, seed=SEED)


def picture(html: str, out: Path) -> None:
    """Take the picture, its matters held at one moment."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise SystemExit("missing: Chromium (apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "page.html"
        file.write_text(html, encoding="utf-8")
        browser = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        shown = browser.new_page(viewport={"width": WIDE, "height": HIGH})
        shown.goto(file.as_uri())
        shown.evaluate(SHOW, DAY)
        shown.screenshot(path=str(out))
        browser.close()


def main() -> int:
    """Make the picture; 1 if it is too large."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, default=TARGET)
    out = options.parse_args().out / NAME
    picture(page(), out)
    if (size := out.stat().st_size) > MOST_BYTES:
        sys.stderr.write(f"{NAME} has {size:,} bytes, more than {MOST_BYTES:,}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
