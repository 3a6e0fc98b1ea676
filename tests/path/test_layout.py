"""The drawing of a path: what must hold of every drawing, whatever the path."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import combinations, pairwise
from math import hypot

import pytest
from examples import event_permit
from hypothesis import HealthCheck, given, settings
from made_graphs import paths

from polku.errors import PathError
from polku.path.build import start
from polku.path.drawing.grid import Box
from polku.path.layout import MOST_FLOWS, lay_out, measure, needs_layout
from polku.path.model import Event, Flow, Gateway, Path, Step
from polku.path.read import read_path
from polku.path.write import save, write_path
from polku.report.path_drawing import draw_path

NEAR = 0.6
many = settings(
    max_examples=1_000, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def box_of(path: Path, id: str) -> Box:
    s = path.diagram.shapes[id]
    return Box(s.x, s.y, s.width, s.height)


def holds(outer: Box, inner: Box, slack: float = 0.1) -> bool:
    return (
        inner.x >= outer.x - slack and inner.right <= outer.right + slack
        and inner.y >= outer.y - slack and inner.bottom <= outer.bottom + slack
    )  # fmt: skip


def on_border(node, box: Box, point) -> bool:
    """Whether a point lies on the outline of a node (a circle, a diamond, a rectangle)."""
    x, y = point
    mx, my = box.middle
    if isinstance(node, Event):
        return abs(hypot(x - mx, y - my) - box.width / 2) < NEAR
    if isinstance(node, Gateway):
        return abs(abs(x - mx) + abs(y - my) - box.width / 2) < NEAR
    on_side = (
        min(abs(x - box.x), abs(x - box.right)) < NEAR and box.y - NEAR <= y <= box.bottom + NEAR
    )
    on_top = (
        min(abs(y - box.y), abs(y - box.bottom)) < NEAR and box.x - NEAR <= x <= box.right + NEAR
    )
    return on_side or on_top


def check_boxes(path: Path) -> None:
    flat = [n for n in path.nodes if not (isinstance(n, Event) and n.attached_to)]
    inside: dict = {}
    for n in [*flat, *path.data]:
        inside.setdefault(n.within, []).append(box_of(path, n.id))
    for group in inside.values():
        for a, b in combinations(group, 2):
            assert not a.meets(b, -NEAR), (a, b)
    for n in flat:
        if n.within is not None:
            assert holds(box_of(path, n.within), box_of(path, n.id)), n.id
        elif (lane := path.lane_of(n)) is not None:
            assert holds(box_of(path, lane.id), box_of(path, n.id)), n.id
    for e in path.events:
        if e.attached_to:
            mx, my = box_of(path, e.id).middle
            assert abs(my - box_of(path, e.attached_to).bottom) < NEAR
            assert box_of(path, e.attached_to).x < mx < box_of(path, e.attached_to).right


def check_lanes(path: Path) -> None:
    """Lanes lie beneath each other without gaps; units fill their agency but for its own part."""
    inside: dict = {}
    for lane in path.lanes:
        inside.setdefault(lane.parent, []).append(box_of(path, lane.id))
    for parent, boxes in inside.items():
        boxes.sort(key=lambda b: b.y)
        assert len({(b.x, b.width) for b in boxes}) == 1
        for a, b in combinations(boxes, 2):
            assert not a.meets(b, -NEAR)
        outer = box_of(path, parent) if parent else None
        if outer is None and path.city is not None:
            outer = box_of(path, path.city.id)
        if outer is None:
            continue
        assert all(abs(b.right - outer.right) < NEAR and b.x == outer.x + 30 for b in boxes)
        own = parent is not None and any(n.lane == parent for n in path.nodes)
        if not own:
            assert abs(boxes[0].y - outer.y) < NEAR
            assert abs(boxes[-1].bottom - outer.bottom) < NEAR
            assert all(abs(a.bottom - b.y) < NEAR for a, b in pairwise(boxes))


def check_edges(path: Path) -> None:
    for edge in path.diagram.edges.values():
        for a, b in pairwise(edge.points):
            assert abs(a[0] - b[0]) < NEAR or abs(a[1] - b[1]) < NEAR, edge
    for f in path.flows:
        points = path.diagram.edges[f.id].points
        assert on_border(path.node(f.source), box_of(path, f.source), points[0]), f
        assert on_border(path.node(f.target), box_of(path, f.target), points[-1]), f
    parties = {p.id for p in path.parties}
    for m in path.messages:
        points = path.diagram.edges[m.id].points
        for end, point in ((m.source, points[0]), (m.target, points[-1])):
            node = None if end in parties else path.node(end)
            assert on_border(node, box_of(path, end), point), m


def check_free(path: Path) -> None:
    """No line runs through a box it does not belong to, none lies upon another."""
    quality = measure(path)
    assert quality.overlaps == 0
    expanded = [s for s in path.steps if path.diagram.shapes[s.id].expanded]
    for step in expanded:
        b = box_of(path, step.id)
        for f in path.flows:
            if f.within == step.id or inner(path, f, step.id):
                assert all(holds(b, Box(x, y, 0, 0)) for x, y in path.diagram.edges[f.id].points)


def inner(path: Path, flow: Flow, step: str) -> bool:
    at = path.node(flow.source).within
    while at is not None:
        if at == step:
            return True
        at = path.node(at).within
    return False


@many
@given(paths())
def test_a_drawing_keeps_to_the_rules_of_drawing(path):
    drawn = lay_out(path)
    assert not needs_layout(drawn)
    check_boxes(drawn)
    check_lanes(drawn)
    check_edges(drawn)
    check_free(drawn)
    assert lay_out(drawn).diagram == drawn.diagram
    assert drawn.hash == path.hash


@settings(max_examples=40, deadline=None)
@given(paths())
def test_a_drawing_survives_the_file(path):
    drawn = lay_out(path)
    back = read_path(write_path(drawn))
    assert back.hash == path.hash
    assert back.diagram.shapes.keys() == drawn.diagram.shapes.keys()
    assert back.diagram.edges.keys() == drawn.diagram.edges.keys()


def test_a_path_without_a_drawing_needs_one():
    path = event_permit()
    assert needs_layout(path)
    drawn = lay_out(path)
    assert not needs_layout(drawn)
    assert needs_layout(drawn.with_nodes([Step("new", "New")]))


def test_a_path_is_saved_with_a_drawing(tmp_path):
    file = tmp_path / "path.bpmn"
    save(event_permit(), file)
    saved = read_path(file)
    assert not needs_layout(saved)
    assert saved.hash == event_permit().hash


def test_the_example_is_drawn_in_few_bends_and_crossings():
    found = measure(lay_out(event_permit()))
    assert found.overlaps == 0
    assert found.crossings <= 18
    assert found.bends <= 44


def test_the_customers_lane_stands_on_top_and_units_stay_with_their_agency():
    drawn = lay_out(event_permit())
    tops = {n.id: box_of(drawn, n.id).y for n in drawn.lanes}
    assert min(tops.values()) == tops["customer-lane"]
    assert box_of(drawn, "applicant").bottom < box_of(drawn, "city").y


def test_labels_cover_no_box_and_no_other_label():
    drawn = lay_out(event_permit())
    shapes, edges = drawn.diagram.shapes, drawn.diagram.edges
    labels = {k: Box(*s.label) for k, s in [*shapes.items(), *edges.items()] if s.label}
    assert len(labels) >= 20
    for a, b in combinations(labels.values(), 2):
        assert not a.meets(b)
    for id, label in labels.items():
        # a gateway's own label may stand in the corner that its diamond leaves free
        boxes = [box_of(drawn, n.id) for n in drawn.nodes if n.id != id]
        assert not any(label.meets(b) for b in boxes), id


def long_path(nodes: int) -> Path:
    """A path as discovery makes them: blocks of splits and joins with loops, in eight lanes."""
    from polku.path.build import start

    line = start("Long")
    lanes = [f"Unit {k}" for k in range(8)]
    made = line.step("Begin", unit=lanes[0]).path()
    made_nodes, made_flows = list(made.nodes[:-1]), list(made.flows[:-1])
    lane_ids = [f"lane-unit-{k}" for k in range(8)]
    from polku.path.model import Lane

    last, block = made_nodes[-1].id, 0
    while len(made_nodes) < nodes:
        lane = lane_ids[block % 8]
        split, join = f"s{block}", f"j{block}"
        kind = "parallel" if block % 3 == 0 else "exclusive"
        made_nodes += [Gateway(split, "", kind, lane), Gateway(join, "", kind, lane)]
        made_flows.append(Flow(f"b{block}", last, split))
        for k in range(2 + block % 3):
            id = f"t{block}-{k}"
            made_nodes.append(Step(id, f"Task {block} {k}", "task", lane_ids[(block * 3 + k) % 8]))
            made_flows += [Flow(f"x{block}-{k}", split, id), Flow(f"y{block}-{k}", id, join)]
        if block % 5 == 4:
            made_flows.append(Flow(f"back{block}", join, f"s{block - 4}"))
        last, block = join, block + 1
    made_nodes.append(Event("over", "", "end", lane=lane_ids[0]))
    made_flows.append(Flow("last", last, "over"))
    return replace(
        made, nodes=tuple(made_nodes), flows=tuple(made_flows),
        lanes=tuple(Lane(i, n) for i, n in zip(lane_ids, lanes, strict=True)),
    )  # fmt: skip


def test_a_discovered_path_of_400_nodes_is_drawn_within_five_seconds():
    path = long_path(400)
    began = time.process_time()  # other tests may run beside this one
    drawn = lay_out(path)
    took = time.process_time() - began
    assert measure(drawn).overlaps == 0
    assert took < 5, f"{took:.1f} s"


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_the_file_does_not_make_lines_overlap(order):
    path = event_permit()
    turned = replace(path, nodes=path.nodes[::order], flows=path.flows[::order])
    assert measure(lay_out(turned)).overlaps == 0


def test_a_path_too_large_to_be_read_is_not_drawn(tmp_path):
    flows = tuple(Flow(f"f{k}", "start", "step-1") for k in range(MOST_FLOWS))
    path = start("Stall").step("Apply").path()
    large = replace(path, flows=(*path.flows, *flows))
    for draw in (lay_out, draw_path):
        with pytest.raises(PathError, match=r"has 3,002 flows, too many to be drawn"):
            draw(large)
    save(large, tmp_path / "large.bpmn")
    assert needs_layout(read_path(tmp_path / "large.bpmn"))
