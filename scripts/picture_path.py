"""Make a picture of a BPMN file as bpmn-js draws it: picture_path.py FILE.bpmn OUT.png.

The picture fits the drawing, at twice the size of a screen's. A path without a drawing is laid out
first. Needs Chromium and node_modules (`npm ci`); nothing is fetched from the network.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from polku.path.layout import lay_out, needs_layout
from polku.path.read import read_path
from polku.path.write import write_path

VIEWER = Path(__file__).parents[1] / "node_modules/bpmn-js/dist/bpmn-viewer.development.js"
MARGIN, SCALE, LARGEST = 20, 2, 8_000
PAGE = "<!doctype html><style>body{margin:0;background:#fff}#c{width:100%;height:100vh}</style>"
IMPORT = """async xml => {
  window.viewer = new BpmnJS({container: '#c'});
  const said = await viewer.importXML(xml);
  const box = viewer.get('canvas').viewbox().inner;
  return {warnings: said.warnings.map(w => w.message), box};
}"""
FIT = """([box, margin]) => viewer.get('canvas').viewbox({
  x: box.x - margin, y: box.y - margin,
  width: box.width + 2 * margin, height: box.height + 2 * margin})"""


def picture(content: bytes, out: Path, largest: int = LARGEST) -> list[str]:
    """Write the picture, at most `largest` px wide and high; returns bpmn-js's warnings."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or not VIEWER.exists():
        missing = (
            "Chromium (apt-get install chromium)" if chromium is None else f"{VIEWER} (npm ci)"
        )
        raise SystemExit(f"missing: {missing}")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(device_scale_factor=SCALE)
        page.set_content(PAGE + "<div id=c></div>")
        page.add_script_tag(path=str(VIEWER))
        found = page.evaluate(IMPORT, content.decode("utf-8"))
        box = found["box"]
        shrink = min(1.0, largest / SCALE / (max(box["width"], box["height"]) + 2 * MARGIN))
        wide, high = (round((box[k] + 2 * MARGIN) * shrink) for k in ("width", "height"))
        page.set_viewport_size({"width": max(wide, 100), "height": max(high, 100)})
        page.evaluate("viewer.get('canvas').resized()")
        page.evaluate(FIT, [box, MARGIN])
        page.screenshot(path=str(out))
        browser.close()
    return list(found["warnings"])


def main() -> None:
    """Read the file that is named, and draw it."""
    if len(sys.argv) != 3:
        raise SystemExit("usage: picture_path.py FILE.bpmn OUT.png")
    source, out = map(Path, sys.argv[1:])
    path = read_path(source)
    content = write_path(lay_out(path)) if needs_layout(path) else source.read_bytes()
    for warning in picture(content, out):
        sys.stderr.write(f"bpmn-js: {warning}\n")


if __name__ == "__main__":
    main()
