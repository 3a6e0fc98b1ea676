"""Untrusted XML: parsed with ceilings, without document types, entities or network.

Every refusal names the file and the line.
"""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path as File
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from polku.errors import PathError

if TYPE_CHECKING:
    from lxml.etree import _Element, _ElementTree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
POLKU = "urn:polku:1"

MAX_BYTES = 16 << 20
MAX_ELEMENTS = 200_000
MAX_DEPTH = 120
"""Elements within elements; the deepest reference model has 9."""

_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_READ = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|(us-)?ascii|iso-?8859-?\d{1,2}|latin-?\d{1,2}|(windows|cp)-?125\d"
)
"""Encodings of one byte for each character, and Unicode's: those that every XML parser reads."""


def content_of(source: str | PathLike[str]) -> bytes:
    """The bytes of a file; raises `PathError` when it is larger than `MAX_BYTES`."""
    file = File(source)
    if file.is_dir():
        raise PathError(f"{file}: is a folder; name a BPMN file")
    size = file.stat().st_size
    with file.open("rb") as opened:
        content = opened.read(MAX_BYTES + 1) if size <= MAX_BYTES else b""
    if size > MAX_BYTES or len(content) > MAX_BYTES:  # a device has no size
        found = f"has {size:,} bytes" if size else "does not end"
        raise PathError(
            f"{file}: {found}; a path may have {MAX_BYTES:,}; leave out what is not "
            "the process (pictures, simulation results)"
        )
    return content


def parse(content: bytes, place: str) -> _ElementTree:
    """Parse XML; `place` (a file's name) begins every message.

    Raises `PathError` for what is no XML or not well-formed, other bytes than its encoding
    allows, a document type, an entity, or more than the ceilings allow.
    """
    from lxml import etree

    _refuse_other_bytes(content, place)
    _survey(content, place)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(content, parser).getroottree()
    except etree.XMLSyntaxError as e:
        line = e.lineno or 1
        said = re.sub(r",? ?line \d+, column \d+.*", "", e.msg or "not well-formed")
        raise PathError(
            f"{place}: line {line:,}: not well-formed XML ({said}); export it again"
        ) from e


def _refuse_other_bytes(content: bytes, place: str) -> None:
    if not content.strip():
        raise PathError(f"{place}: is empty; name a BPMN file")
    declared = _ENCODING.match(content.removeprefix(b"\xef\xbb\xbf").lstrip())
    encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    if not _READ.fullmatch(encoding):
        raise PathError(
            f"{place}: line 1: names the encoding {encoding!r}, which is not read; save it as UTF-8"
        )
    try:
        content.decode(encoding)
    except LookupError as e:
        raise PathError(
            f"{place}: line 1: names the encoding {encoding!r}, which is not known; save it as "
            "UTF-8"
        ) from e
    except UnicodeDecodeError as e:
        line = content[: e.start].count(b"\n") + 1
        raise PathError(
            f"{place}: line {line:,}: byte 0x{content[e.start]:02X} is not {encoding.upper()}, "
            "which the file says it is; save it in that encoding"
        ) from e


def _survey(content: bytes, place: str) -> None:
    """One quick pass: document types, depth, number of elements, well-formedness."""
    reader = expat.ParserCreate()
    depth = count = 0

    def doctype(*_: object) -> NoReturn:
        raise PathError(
            f"{place}: line {reader.CurrentLineNumber:,}: has a document type (DOCTYPE), which "
            "may hide entities; take it out"
        )

    def start(name: str, _: object) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > MAX_DEPTH:
            raise PathError(
                f"{place}: line {reader.CurrentLineNumber:,}: <{name}> lies {depth} elements "
                f"deep; {MAX_DEPTH} are allowed"
            )
        if count > MAX_ELEMENTS:
            raise PathError(
                f"{place}: line {reader.CurrentLineNumber:,}: has more than {MAX_ELEMENTS:,} "
                "elements; split the model"
            )

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    reader.StartDoctypeDeclHandler = doctype
    reader.StartElementHandler = start
    reader.EndElementHandler = end
    try:
        reader.Parse(content, True)
    except expat.ExpatError as e:
        text = content.lstrip()[:1]
        what = "no XML at all" if text != b"<" and content[:1] != b"\xff" else "not well-formed XML"
        raise PathError(
            f"{place}: line {e.lineno:,}: {what} ({expat.ErrorString(e.code)}); name a BPMN 2.0 "
            "file or export it again"
        ) from e


def local(element: _Element) -> str:
    """The name of an element without its namespace; empty for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def space(element: _Element) -> str:
    """The namespace of an element."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def words_of(element: _Element) -> str:
    """The words in an element and in what it holds, spaces folded; comments are no words."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            parts.append(words_of(child))
        parts.append(child.tail or "")
    return " ".join("".join(parts).split())


def reference(element: _Element, text: str | None) -> str | None:
    """The id that a QName points to: its prefix is left out where it is declared."""
    if text is None:
        return None
    text = text.strip()
    prefix, colon, rest = text.partition(":")
    return rest if colon and prefix in element.nsmap else text
