"""Paths in bpmn-js, in a real browser: no warning, and every element is drawn where it should."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path as File

import pytest
from examples import event_permit

from polku.log.read import read
from polku.path.discover import discover
from polku.path.file.xml import BPMN, parse
from polku.path.layout import lay_out
from polku.path.model import Diagram, Event
from polku.path.read import processes, read_path
from polku.path.write import save, write_path
from polku.paths import shipped

VIEWER = File(__file__).parents[2] / "node_modules/bpmn-js/dist/bpmn-viewer.development.js"

IMPORT = """async xml => {
  document.body.innerHTML = '<div id="c" style="width:1600px;height:900px"></div>';
  const viewer = new BpmnJS({container: '#c'});
  let said;
  try { said = await viewer.importXML(xml) }
  catch (error) { return {error: String(error), warnings: [], drawn: {}} }
  const drawn = {};
  viewer.get('elementRegistry').forEach((e, graphics) => {
    drawn[e.id] = {type: e.type, visible: !!graphics && graphics.getBBox().width >= 0,
                   parent: e.parent && e.parent.id, host: e.host && e.host.id,
                   x: e.x, y: e.y, width: e.width, height: e.height,
                   points: (e.waypoints || []).map(p => [p.x, p.y])} });
  return {error: null, warnings: said.warnings.map(w => w.message), drawn};
}"""


def missing(what: str, how: str) -> None:
    text = f"{what} is missing: {how}"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)


@pytest.fixture(scope="module")
def bpmn_js():
    """A function that opens BPMN text in bpmn-js and tells what it drew and what it said."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        missing("Chromium", "apt-get install chromium")
    if not VIEWER.exists():
        missing(f"bpmn-js ({VIEWER})", "npm ci")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = opened.new_page()
        asked = []
        page.on("request", lambda r: asked.append(r.url))
        page.set_content("<!doctype html><body></body>")
        page.add_script_tag(path=str(VIEWER))
        yield lambda content: page.evaluate(IMPORT, content.decode("utf-8"))
        assert [u for u in asked if not u.startswith(("file:", "data:", "about:"))] == []
        opened.close()


def elements(path):
    """Ids of all that has to be drawn."""
    pools = [*path.parties, *filter(None, [path.city])]
    every = (*pools, *path.lanes, *path.nodes, *path.flows, *path.messages, *path.data)
    return {e.id for e in every}


@pytest.mark.browser
def test_bpmn_js_draws_every_element_of_the_example_without_a_warning(bpmn_js):
    path = lay_out(event_permit())
    found = bpmn_js(write_path(path))
    assert found["error"] is None
    assert found["warnings"] == []
    assert elements(path) <= found["drawn"].keys()
    assert all(found["drawn"][id]["visible"] for id in elements(path))


@pytest.mark.browser
def test_pools_lanes_and_messages_stand_in_bpmn_js_as_in_the_path(bpmn_js):
    path = lay_out(event_permit())
    drawn = bpmn_js(write_path(path))["drawn"]
    assert drawn["applicant"]["type"] == drawn["city"]["type"] == "bpmn:Participant"
    for lane in path.lanes:
        assert drawn[lane.id]["type"] == "bpmn:Lane"
        assert drawn[lane.id]["parent"] == (lane.parent or "city")
    for node in path.nodes:
        assert drawn[node.id]["parent"] == "city"
        if isinstance(node, Event) and node.attached_to:
            assert drawn[node.id]["host"] == node.attached_to
    for id, shape in path.diagram.shapes.items():
        here = drawn[id]
        assert (here["x"], here["y"]) == pytest.approx((shape.x, shape.y), abs=1)
        assert (here["width"], here["height"]) == pytest.approx((shape.width, shape.height), abs=1)
    for message in path.messages:
        assert drawn[message.id]["type"] == "bpmn:MessageFlow"
        points = path.diagram.edges[message.id].points
        assert len(drawn[message.id]["points"]) == len(points)


def _models(data):
    for file in sorted(data.glob("*/*.bpmn")):
        for choice in processes(file):
            yield file, choice.id


@pytest.mark.browser
def test_bpmn_js_draws_every_model_that_is_laid_out_anew(bpmn_js, data):
    seen = 0
    for file, process in _models(data):
        path = read_path(file, process)
        laid = lay_out(replace(path, diagram=Diagram()))
        before = bpmn_js(write_path(path))
        found = bpmn_js(write_path(laid))
        assert found["error"] is None, file.name
        sheets = path.original.count(b"BPMNPlane ")
        if sheets <= 1 and (path.city is not None or len(processes(file)) == 1):
            # (bpmn-js shows a file's first sheet, which holds the processes of one collaboration)
            plain = {d.id for d in path.data} - before["drawn"].keys()  # never drawn by bpmn-js
            hidden = _foreign(path) | plain
            assert elements(path) - hidden <= found["drawn"].keys(), file.name
        if len(processes(file)) == 1:
            new = [w for w in found["warnings"] if w not in before["warnings"]]
            # a file without any drawing is said to have none; whitespace in references is its own
            assert [w for w in new if "unresolved reference" not in w] == [], file.name
        seen += 1
    assert seen >= 25


def _foreign(path):
    """Messages that lead on to a node of another process, which is not drawn."""
    parties = {p.id for p in path.parties}
    return {
        m.get("id")
        for m in parse(path.original, "path").getroot().iter(f"{{{BPMN}}}messageFlow")
        if not {m.get(k).rpartition(":")[2] for k in ("sourceRef", "targetRef")} & parties
    }


@pytest.mark.browser
@pytest.mark.parametrize("file", [f for s in shipped() for f in s.files], ids=lambda f: f.stem)
def test_a_path_that_ships_opens_as_it_lies_there(bpmn_js, file):
    path = read_path(file)
    found = bpmn_js(file.read_bytes())
    assert (found["error"], found["warnings"]) == (None, [])
    assert elements(path) <= found["drawn"].keys()


@pytest.mark.browser
@pytest.mark.parametrize("noise", [0.0, 0.2])
@pytest.mark.parametrize("log", ["receipt/receipt.xes.gz", "production/Production.xes.gz"])
def test_a_path_that_was_discovered_opens_as_it_is_saved(bpmn_js, data, tmp_path, log, noise):
    file = tmp_path / "path.bpmn"
    save(discover(read(data / log), noise).path, file)
    found = bpmn_js(file.read_bytes())
    assert (found["error"], found["warnings"]) == (None, [])
    assert elements(read_path(file)) <= found["drawn"].keys()
