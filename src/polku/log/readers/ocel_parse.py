"""OCEL 2.0 files (JSON, XML, SQLite) as one set of relational frames, with nothing lost silently.

Standard: Berti et al., "OCEL (Object-Centric Event Log) 2.0 Specification" (2023).
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn
from xml.parsers import expat

import polars as pl

from polku.errors import LogError

MOST_BYTES = {"JSON": 1 << 30, "XML": 1 << 30, "SQLite": 4 << 30}
"""Ceilings of size, unpacked: about ten times as much memory is needed."""
MOST_DEPTH = 32

_EMPTY: dict[str, tuple[str, ...]] = {
    "objects": ("id", "type"),
    "object_values": ("object", "name", "time", "value"),
    "object_links": ("source", "target", "qualifier"),
    "events": ("id", "type", "time"),
    "event_values": ("event", "name", "value"),
    "event_links": ("event", "object", "qualifier"),
}


@dataclass(frozen=True)
class ObjectLog:
    """An object-centric log as its file has it; every value is text, null where it is missing.

    `object_types`, `event_types`: type → attribute → declared type ("string", "time", "integer",
    "float", "boolean"). Frames (all columns `String`): `objects` (id, type), `object_values`
    (object, name, time, value), `object_links` (source, target, qualifier), `events`
    (id, type, time; in the file's order), `event_values` (event, name, value), `event_links`
    (event, object, qualifier).
    """

    object_types: dict[str, dict[str, str]]
    event_types: dict[str, dict[str, str]]
    objects: pl.DataFrame
    object_values: pl.DataFrame
    object_links: pl.DataFrame
    events: pl.DataFrame
    event_values: pl.DataFrame
    event_links: pl.DataFrame


@dataclass
class Rows:
    """Rows gathered while a file is walked through, and the declared types."""

    object_types: dict[str, dict[str, str]] = field(default_factory=dict)
    event_types: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: dict[str, list[tuple[str | None, ...]]] = field(
        default_factory=lambda: {name: [] for name in _EMPTY}
    )

    def log(self) -> ObjectLog:
        """The gathered rows as frames."""
        frames = {
            name: pl.DataFrame(
                self.rows[name], schema=dict.fromkeys(columns, pl.String), orient="row"
            )
            for name, columns in _EMPTY.items()
        }
        return ObjectLog(self.object_types, self.event_types, **frames)


def parse(path: Path, form: str) -> ObjectLog:
    """Read one OCEL 2.0 file.

    `form`: "JSON", "XML" or "SQLite". Raises `LogError` (with the place) for a truncated or
    malformed file, a document type or entity, a missing part, another OCEL version, or a file
    above the ceilings.
    """
    if form == "SQLite":
        from polku.log.readers.ocel_sqlite import parse_sqlite

        return parse_sqlite(path)
    return _json(path) if form == "JSON" else _xml(path)


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file, unpacking gzip by its magic bytes."""
    try:
        with path.open("rb") as f:
            packed = f.read(2) == b"\x1f\x8b"
    except OSError as e:
        raise LogError(f"{path}: cannot be read ({e.strerror}); check the path") from e
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _unpacked(path: Path, form: str) -> bytes:
    with open_bytes(path) as f:
        try:
            data = f.read(MOST_BYTES[form] + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as e:
            raise LogError(f"{path}: the gzip file is cut off or damaged; fetch it again") from e
    if len(data) > MOST_BYTES[form]:
        too_large(path, form)
    return data


def _json(path: Path) -> ObjectLog:
    data = _unpacked(path, "JSON")
    try:
        doc = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as e:
        raise LogError(f"{path}: is not UTF-8 at byte {e.start}; save it as UTF-8") from e
    except json.JSONDecodeError as e:
        raise LogError(
            f"{path}: is not JSON at line {e.lineno}, column {e.colno} ({e.msg}); "
            "the file may be cut off, export it again"
        ) from e
    except RecursionError as e:
        raise LogError(f"{path}: is nested too deeply for an event log; export it again") from e
    if not isinstance(doc, dict):
        not_ocel(path, f"the document is a {type(doc).__name__}")
    if any(k.startswith("ocel:") for k in doc):
        not_ocel(path, "the keys 'ocel:…' of OCEL 1.0")
    missing = [k for k in ("objectTypes", "eventTypes", "objects", "events") if k not in doc]
    if missing:
        not_ocel(path, f"no key {missing[0]!r}")
    out = Rows()
    for key, types in (("objectTypes", out.object_types), ("eventTypes", out.event_types)):
        for i, item in _items(path, doc, key):
            name = _text(path, f"{key}[{i}]", item, "name")
            types[name] = {
                _text(path, f"{key}[{i}]", a, "name"): str(a.get("type", "string"))
                for _, a in _items(path, item, "attributes", f"{key}[{i}].")
            }
    for key in ("objects", "events"):
        one = key[:-1]
        for i, item in _items(path, doc, key):
            place = f"{key}[{i}]"
            ident = _text(path, place, item, "id")
            kind = _text(path, place, item, "type")
            out.rows[key].append(
                (ident, kind) if one == "object" else (ident, kind, as_text(item.get("time")))
            )
            for _, a in _items(path, item, "attributes", place + "."):
                head = (ident, _text(path, place, a, "name"))
                value = as_text(a.get("value"))
                out.rows[one + "_values"].append(
                    (*head, as_text(a.get("time")), value) if one == "object" else (*head, value)
                )
            for _, r in _items(path, item, "relationships", place + "."):
                other = _text(path, place + ".relationships", r, "objectId")
                out.rows[one + "_links"].append((ident, other, as_text(r.get("qualifier"))))
    return out.log()


def _items(
    path: Path, holder: dict[str, Any], key: str, place: str = ""
) -> Iterable[tuple[int, dict[str, Any]]]:
    value = holder.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise LogError(f"{path}: {place}{key} must be a list of objects; export the log again")
    return enumerate(value)


def _text(path: Path, place: str, item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise LogError(f"{path}: {place} has no {key!r} (found {value!r}); every one needs it")
    return value


def as_text(value: Any) -> str | None:
    """A value of JSON or SQLite as text; missing stays missing."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def too_large(path: Path, form: str) -> NoReturn:
    """Raise the error for a file above the ceiling of its form."""
    raise LogError(
        f"{path}: larger than {MOST_BYTES[form] >> 20} MiB, the most for OCEL {form}; split it by "
        "time, or export one row per event of a case as CSV or Parquet"
    )


def not_ocel(path: Path, found: str) -> NoReturn:
    """Raise the error for a file that is something else."""
    raise LogError(f"{path}: is not OCEL 2.0: found {found}; export the log as OCEL 2.0")


def _xml(path: Path) -> ObjectLog:
    walk = _XmlWalk(path)
    size = 0
    with open_bytes(path) as f:
        try:
            while chunk := f.read(1 << 20):
                size += len(chunk)
                if size > MOST_BYTES["XML"]:
                    too_large(path, "XML")
                walk.parser.Parse(chunk, False)
            walk.parser.Parse(b"", True)
        except expat.ExpatError as e:
            raise LogError(
                f"{path}: is not well-formed XML at line {e.lineno}, column {e.offset} "
                f"({expat.errors.messages[e.code]}); the file may be cut off, export it again"
            ) from e
        except (EOFError, zlib.error, gzip.BadGzipFile) as e:
            raise LogError(f"{path}: the gzip file is cut off or damaged; fetch it again") from e
    missing = {"object-types", "event-types", "objects", "events"} - walk.seen
    if missing:
        not_ocel(path, f"no element <{min(missing)}>")
    return walk.out.log()


class _XmlWalk:
    """The handlers of one streamed XML file; a stack of element names is the only state."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.out = Rows()
        self.stack: list[str] = []
        self.seen: set[str] = set()
        self.one = ""
        self.ident = ""
        self.types: dict[str, str] = {}
        self.attribute: tuple[str, str | None] | None = None
        self.text: list[str] = []
        parser = expat.ParserCreate(namespace_separator=None)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.doctype
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        self.parser = parser

    def place(self) -> str:
        return f"{self.path}: line {self.parser.CurrentLineNumber}"

    def doctype(self, *_: Any) -> None:
        raise LogError(
            f"{self.place()}: a document type (DOCTYPE) or entity is not allowed; remove it"
        )

    def need(self, attributes: dict[str, str], name: str) -> str:
        if name not in attributes:
            raise LogError(f"{self.place()}: an element has no attribute {name!r}; add it")
        return attributes[name]

    def start(self, name: str, a: dict[str, str]) -> None:
        depth = len(self.stack)
        if depth == 0 and name != "log":
            not_ocel(self.path, f"the root element <{name}>")
        if depth >= MOST_DEPTH:
            raise LogError(f"{self.place()}: nested deeper than {MOST_DEPTH}; not an event log")
        self.stack.append(name)
        if depth == 1:
            self.seen.add(name)
        section = self.stack[1] if depth else ""
        if section in ("object-types", "event-types"):
            self.start_type(name, depth, section, a)
        elif section in ("objects", "events") and depth == 2:
            self.one = section[:-1]
            self.ident = self.need(a, "id")
            head = (self.ident, self.need(a, "type"))
            self.out.rows[section].append(head if self.one == "object" else (*head, a.get("time")))
        elif section in ("objects", "events") and depth > 2:
            if name == "attribute":
                self.attribute = (self.need(a, "name"), a.get("time"))
                self.text = []
            elif name in ("relationship", "object", "relobj") and "object-id" in a:
                link = (self.ident, a["object-id"], a.get("qualifier"))
                self.out.rows[self.one + "_links"].append(link)

    def start_type(self, name: str, depth: int, section: str, a: dict[str, str]) -> None:
        known = self.out.object_types if section == "object-types" else self.out.event_types
        if depth == 2:
            self.types = known.setdefault(self.need(a, "name"), {})
        elif name == "attribute":
            self.types[self.need(a, "name")] = a.get("type", "string")

    def characters(self, text: str) -> None:
        if self.attribute is not None:
            self.text.append(text)

    def end(self, name: str) -> None:
        self.stack.pop()
        if name == "attribute" and self.attribute is not None:
            key, time = self.attribute
            value = "".join(self.text)
            self.out.rows[self.one + "_values"].append(
                (self.ident, key, time, value) if self.one == "object" else (self.ident, key, value)
            )
            self.attribute = None
