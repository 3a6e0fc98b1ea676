"""The content hash of a path: everything in its file but layout and order."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from polku.path.file.xml import BPMN, BPMNDI, local, parse, reference, space
from polku.path.model import Path
from polku.path.write import write_path

if TYPE_CHECKING:
    from lxml.etree import _Element

_DERIVED = frozenset({"incoming", "outgoing"})  # the flows say the same


def content_hash(path: Path) -> str:
    """SHA-256 (hex) of a path's content, with the same result whatever the layout or the order.

    Counted are all elements, attributes and texts, those of other vendors too; not counted are
    the drawing, comments, the names of prefixes, the tool that wrote the file, and
    `<incoming>`/`<outgoing>`, which repeat the flows.
    """
    root = parse(write_path(path), path.id).getroot()
    parts = sorted(d for child in root if (d := _digest(child)) is not None)
    return hashlib.sha256("\n".join((path.id, *parts)).encode()).hexdigest()


def _digest(element: _Element) -> str | None:
    name = local(element)
    if not name or space(element) == BPMNDI:
        return None
    if space(element) == BPMN and name in _DERIVED:
        return None
    inner = sorted(d for child in element if (d := _digest(child)) is not None)
    if name == "extensionElements" and not inner:
        return None
    said = "".join([element.text or "", *((c.tail or "") for c in element)])
    attributes = sorted(f"{k}={reference(element, v)}" for k, v in element.attrib.items())
    whole = "\x00".join((element.tag, *attributes, "\x01", " ".join(said.split()), *inner))
    return hashlib.sha256(whole.encode()).hexdigest()
