"""Which sheet of a file holds the drawing of a process."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from polku.path.file.xml import BPMN, BPMNDI, reference

if TYPE_CHECKING:
    from lxml.etree import _Element


def plane_of(root: _Element, process: str, own: Collection[str]) -> _Element | None:
    """The sheet that draws most of a process's own elements, else one that is meant for it.

    `own`: ids of its nodes, lanes and flows. None where every sheet is another process's.
    """
    best: tuple[int, _Element | None] = (0, None)
    meant = None
    collaborations = {
        c.get("id")
        for c in root.iter(f"{{{BPMN}}}collaboration")
        for p in c.iterchildren(f"{{{BPMN}}}participant")
        if reference(p, p.get("processRef")) == process
    }
    for plane in root.iter(f"{{{BPMNDI}}}BPMNPlane"):
        drawn = [reference(e, e.get("bpmnElement")) for e in plane]
        count = sum(id in own for id in drawn)
        if count > best[0]:
            best = (count, plane)
        of = reference(plane, plane.get("bpmnElement"))
        if meant is None and (of == process or of in collaborations or of is None):
            meant = plane
    return best[1] if best[1] is not None else meant
