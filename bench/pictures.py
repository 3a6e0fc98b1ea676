"""Draw the pictures of the docs: the maps of two public logs and the head of a report.

    python bench/pictures.py [--data ../shared/data] [--browser /usr/bin/chromium]

The maps are SVG and the same at each run. The screenshots need playwright and a Chromium; without
`--browser` they are left as they are.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from polku.log.read import read
from polku.report.html import report
from polku.report.map import draw_map

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
LOGS = {"receipt": "receipt/receipt.xes.gz", "bpic15_1": "bpic15/BPIC15_1.xes.gz"}


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PICTURES.parents[2] / "shared" / "data")
    parser.add_argument("--browser", help="path of a Chromium, for the screenshots")
    args = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, file in LOGS.items():
        log = read(args.data / file)
        (PICTURES / f"{name}-map.svg").write_text(draw_map(log), encoding="utf-8")
        if args.browser:
            page = PICTURES / f".{name}.html"
            report(log, page)
            shoot(page, args.browser, name)
            page.unlink()
        print(name, *(f"{p.name} {p.stat().st_size:,} B" for p in PICTURES.glob(f"{name}-*")))


def shoot(page: Path, browser: str, name: str) -> None:
    """Photograph the head of a report in light and in dark."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            tab = chromium.new_page(
                viewport={"width": 1280, "height": 1500},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            tab.goto(page.as_uri())
            tab.screenshot(path=PICTURES / f"{name}-report-{scheme}.png")
        chromium.close()


if __name__ == "__main__":
    main()
