"""Sizes of a path's elements, the places of their names, and its lines to data."""

from __future__ import annotations

from itertools import pairwise

from polku.path.drawing.grid import Box, Point
from polku.path.drawing.labels import WIDER, Wanted, place_labels
from polku.path.drawing.text import broken, width
from polku.path.model import Event, Gateway, Path, Shape, Step

TASK, EVENT, GATEWAY, DATA_OBJECT, DATA_STORE = (
    (100.0, 80.0), (36.0, 36.0), (50.0, 50.0), (36.0, 50.0), (50.0, 50.0)
)  # fmt: skip
"""Standard sizes in px."""
STRIP, WIDEST = 30.0, 180.0
"""width of the strip with a lane's name; of the widest task"""


def task_size(step: Step) -> tuple[float, float]:
    """Width and height in px of a task in which its name fits, also in a somewhat wider font."""
    wide, high = TASK
    most = 3 if step.kind == "task" and step.repeat is None else 2  # signs take a corner

    def lines() -> list[str]:
        return broken(step.name, 12, (wide - 14) / WIDER, 99)

    while wide < WIDEST and (
        len(lines()) > most or any(width(w, 12) * WIDER > wide - 14 for w in step.name.split())
    ):
        wide += 20
    return wide, max(high, 14.4 * len(lines()) + 24)


def labels_of(
    path: Path,
    boxes: dict[str, Box],
    courses: dict[str, tuple[Point, ...]],
    shapes: dict[str, Shape],
    expanded: set[str],
) -> dict[str, tuple[float, float, float, float]]:
    """Where the names of events, gateways, data, flows and messages stand."""
    wanted = []
    below = ("below", "above", "below-right", "below-left")
    corner = ("above", "above-right", "above-left", "below-right", "below-left")
    border = ("below-right", "right-below", "below-left", "below")
    for node in path.nodes:
        if isinstance(node, Step) or not node.name or node.id not in boxes:
            continue
        places = corner if isinstance(node, Gateway) else below
        if isinstance(node, Event) and node.attached_to:
            places = border
        free = 7.0 if isinstance(node, Gateway) else 0.0
        wanted.append(Wanted(node.id, node.name, boxes[node.id], (), places, free))
    wanted += [
        Wanted(d.id, d.name, boxes[d.id], (), below) for d in path.data if d.name and d.id in boxes
    ]
    wanted += [
        Wanted(f.id, f.name, None, courses[f.id], ("start",))
        for f in path.flows
        if f.name and f.id in courses
    ]
    for m in path.messages:
        if m.name and m.id in courses:
            course = courses[m.id]
            outer = m.source in {p.id for p in path.parties}
            wanted.append(Wanted(m.id, m.name, None, course if outer else course[::-1], ("start",)))
    solid = [b for id, b in boxes.items() if id not in expanded]
    solid += [  # names of sub-processes
        Box(b.x, b.y, b.width, 24.0) for id, b in boxes.items() if id in expanded
    ]
    solid += [
        Box(s.x, s.y, s.width, s.height)
        for p in path.parties
        if (s := shapes.get(p.id)) is not None
    ]
    lines = []
    for id in (
        *(n.id for n in path.lanes),
        *([path.city.id] if path.city else ()),
    ):
        s = shapes[id]
        lines.append(((s.x, s.y), (s.x + s.width, s.y)))
        lines.append(((s.x, s.y + s.height), (s.x + s.width, s.y + s.height)))
        lines.append(((s.x + STRIP, s.y), (s.x + STRIP, s.y + s.height)))
        lines.append(((s.x + s.width, s.y), (s.x + s.width, s.y + s.height)))
    for id in expanded:
        b = boxes[id]
        corners = ((b.x, b.y), (b.right, b.y), (b.right, b.bottom), (b.x, b.bottom))
        lines += list(pairwise((*corners, corners[0])))
    found = place_labels(wanted, solid, courses, lines)
    return {id: (b.x, b.y, round(b.width, 1), round(b.height, 1)) for id, b in found.items()}


def data_lines(path: Path) -> tuple[dict[tuple[str, str, str], str], frozenset[str]]:
    """(step, data, "reads" or "writes") → id of the association; data that is never drawn.

    Tools draw references to data objects, not the objects themselves.
    """
    if not path.data:
        return {}, frozenset()
    from polku.path.file.xml import BPMN, parse, reference
    from polku.path.write import write_path

    out = {}
    root = parse(write_path(path), path.id).getroot()
    known = {d.id for d in path.data}
    plain = {e.get("id", "") for e in root.iter(f"{{{BPMN}}}dataObject")} & known
    for tag, end, way in (
        ("dataInputAssociation", "sourceRef", "reads"),
        ("dataOutputAssociation", "targetRef", "writes"),
    ):
        for element in root.iter(f"{{{BPMN}}}{tag}"):
            holder, id = element.getparent(), element.get("id")
            for ref in element.iterchildren(f"{{{BPMN}}}{end}"):
                data = reference(ref, ref.text)
                if holder is not None and id and data in known - plain:
                    out[holder.get("id", ""), data, way] = id
    return out, frozenset(plain)
