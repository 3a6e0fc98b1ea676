"""A slower XES reader that takes every form the standard allows and names each fault's place.

It reads what the fast reader cannot be trusted with (see `xes_part`): comments, attributes within
attributes, lists, foreign orders of attributes, unreadable values, events outside traces.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import polars as pl

from polku.errors import LogError
from polku.log.readers.blocks import RefusedError, unzipped, utf8_blocks
from polku.log.source import Issue
from polku.log.time_styles import read_styles

MAX_DEPTH = 32
MAX_COLUMNS = 10_000
MAX_VALUE = 1 << 20
PLACES = 10
TYPES = frozenset({"string", "date", "int", "float", "boolean", "id", "list", "container"})

Place = Callable[[int], str]
Value = str | None
Attributes = dict[str, tuple[str, Value]]


@dataclass
class Faults:
    """Faults by code: how many, and the first places."""

    counts: dict[str, int] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def note(self, code: str, place: str, count: int = 1) -> None:
        """Count a fault and keep its place if it is one of the first."""
        self.counts[code] = self.counts.get(code, 0) + count
        known = self.places.setdefault(code, [])
        if len(known) < PLACES:
            known.append(place)

    def issues(self) -> tuple[Issue, ...]:
        """One issue per code."""
        return tuple(
            Issue(code, n, _WHAT[code][0], tuple(self.places[code]), dropped=_WHAT[code][1])
            for code, n in sorted(self.counts.items())
        )


_WHAT = {
    "event_outside_trace": ("events outside any trace belong to no case and are left out", True),
    "repeated_attribute": ("an attribute given twice in one element: the first is taken", False),
    "unreadable_time": ("a time that cannot be read was taken as missing", False),
    "unreadable_number": ("a number or yes/no that cannot be read was taken as missing", False),
}


@dataclass
class _Open:
    """An element that is still open."""

    tag: str
    key: str = ""
    value: Value = None
    inner: Attributes = field(default_factory=dict)
    items: list[tuple[str, str, Value]] = field(default_factory=list)


@dataclass(frozen=True)
class Strict:
    """What was read: columns of text with their XES types, rows per trace, and what was wrong."""

    rows: pl.DataFrame
    sizes: list[int]
    issues: tuple[Issue, ...]


class _Handler:
    """Collects events from expat's calls."""

    def __init__(self) -> None:
        self.stack: list[_Open] = []
        self.columns: dict[str, list[Value]] = {}
        self.types: dict[str, set[str]] = {}
        self.traces: list[Attributes] = []
        self.sizes: list[int] = []
        self.events = 0
        self.faults = Faults()
        self.in_global = 0
        self.trace: Attributes | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if not self.stack and tag != "log":
            raise RefusedError(f"begins with <{name}>, not with <log>; that is no XES log")
        if len(self.stack) >= MAX_DEPTH:
            raise RefusedError(f"has elements more than {MAX_DEPTH} deep; that is no XES log")
        if tag == "trace":
            self.trace = {}
            self.sizes.append(0)
        self.in_global += tag == "global"
        value = attributes.get("value")
        if value is not None and len(value) > MAX_VALUE:
            raise RefusedError(f"has a value of more than {MAX_VALUE:,} characters; shorten it")
        self.stack.append(_Open(tag, attributes.get("key", ""), value))

    def end(self, _name: str) -> None:
        done = self.stack.pop()
        if done.tag == "global":
            self.in_global -= 1
        if self.in_global or not self.stack:
            return
        if done.tag in TYPES:
            self._attribute(self.stack[-1], done)
        elif done.tag == "values":
            self.stack[-1].items.extend(done.items)
        elif done.tag == "event":
            self._event(done)
        elif done.tag == "trace":
            self.traces.append(done.inner)
            self.trace = None

    def _attribute(self, parent: _Open, done: _Open) -> None:
        value = done.value
        if done.tag == "list":
            texts = [v for _, _, v in done.items]
            value = json.dumps(texts, ensure_ascii=False)
        found = {done.key: (done.tag, value)} if done.tag != "container" else {}
        for key, inner in done.inner.items():
            if done.tag != "list":
                found[f"{done.key}.{key}"] = inner
        if parent.tag == "values" or (parent.tag == "list" and done.tag != "list"):
            parent.items.append((done.key, done.tag, value))
            return
        for key, typed in found.items():
            if key in parent.inner:
                self.faults.note("repeated_attribute", f"{self.place()}: {key!r}")
            else:
                parent.inner[key] = typed

    def place(self) -> str:
        """Where the reader stands: trace and event."""
        if self.trace is None:
            return "outside any trace"
        within = any(e.tag == "event" for e in self.stack)
        event = f", event {self.sizes[-1] + 1:,}" if within else ""
        return f"trace number {len(self.sizes):,}{event}"

    def _event(self, done: _Open) -> None:
        if self.trace is None:
            self.faults.note("event_outside_trace", f"after trace number {len(self.sizes):,}")
            return
        for key, (kind, value) in done.inner.items():
            column = self.columns.get(key)
            if column is None:
                if len(self.columns) >= MAX_COLUMNS:
                    raise RefusedError(f"has more than {MAX_COLUMNS:,} attributes; that is no log")
                column = self.columns[key] = []
                self.types[key] = set()
            column.extend([None] * (self.events - len(column)))
            column.append(value)
            self.types[key].add(kind)
        self.events += 1
        self.sizes[-1] += 1


def opens_log(header: bytes) -> bool:
    """Whether this is how a log begins, up to its first trace, with nothing irregular in it.

    Raises `RefusedError` for a document type and for what is no log.
    """
    handler = _Handler()
    try:
        _parser(handler).Parse(header + b"</log>", True)
    except expat.ExpatError:
        return False
    return not handler.sizes and not handler.faults.counts


def _parser(handler: _Handler) -> expat.XMLParserType:
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    return parser


def read_strict(path: Path) -> Strict:
    """Read an XES file of any form the standard allows.

    Raises `LogError` with the place for a file that is truncated or not well-formed, has a
    document type, or is of another encoding than it says.
    """
    handler = _Handler()
    parser = _parser(handler)
    block, done = b"", 0
    try:
        for block in utf8_blocks(unzipped(path)):
            parser.Parse(block, False)
            done += len(block)
        parser.Parse(b"", True)
    except RefusedError as e:
        raise LogError(f"{path}: {e}") from e
    except expat.ExpatError as e:
        wrong = block[max(parser.ErrorByteIndex - done, 0) :][:1]
        raise LogError(f"{path}: {_explain(e, handler, wrong)}") from e
    return _table(handler)


def _refuse_doctype(*_: object) -> None:
    raise RefusedError(
        "has a document type or entities (<!DOCTYPE, <!ENTITY); they are not read, and no XES log "
        "needs them; remove them"
    )


def _explain(error: expat.ExpatError, handler: _Handler, wrong: bytes) -> str:
    text = expat.errors.messages.get(error.code, str(error))
    where = f"line {error.lineno:,}, column {error.offset + 1:,}"
    if error.code in (
        expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
        expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    ):
        if not handler.stack and not handler.sizes:
            return f"is no XML ({text}, {where}); fetch or export it again"
        return (
            f"ends at {where} in the middle, after {len(handler.traces):,} whole traces and "
            f"{handler.events:,} events: the file is truncated; fetch it again"
        )
    if handler.trace is not None:
        where += f", in {handler.place()}"
    if error.code == expat.errors.codes[expat.errors.XML_ERROR_BAD_CHAR_REF]:
        return f"{where}: names a character that XML forbids; remove it"
    if wrong and wrong[0] < 32 and wrong not in b"\t\n\r":
        return (
            f"{where}: holds the control character U+{wrong[0]:04X}, which XML forbids; remove it"
        )
    return f"{where}: is not well-formed XML ({text}); export the log again"


def _table(handler: _Handler) -> Strict:
    n, faults = handler.events, handler.faults
    trace_of = pl.Series(
        "trace", [i for i, size in enumerate(handler.sizes) for _ in range(size)], dtype=pl.UInt32
    )
    names = [t.get("concept:name", ("", None))[1] for t in handler.traces]
    starts = _starts(handler.sizes)

    def event_place(row: int) -> str:
        number = trace_of[row]
        return f"trace {names[number]!r}, event {row - starts[number] + 1:,}"

    frame: dict[str, pl.Series] = {}
    for key, values in handler.columns.items():
        values.extend([None] * (n - len(values)))
        column = pl.Series(key, values, dtype=pl.String)
        frame[key] = typed(column, handler.types[key], faults, event_place)
    keys = dict.fromkeys(k for t in handler.traces for k in t)
    for key in keys:
        kinds = {t[key][0] for t in handler.traces if key in t}
        values = [t.get(key, ("", None))[1] for t in handler.traces]
        column = typed(
            pl.Series(f"case:{key}", values, dtype=pl.String), kinds, faults,
            lambda i: f"trace {names[i]!r}",
        )  # fmt: skip
        if f"case:{key}" in frame:
            raise LogError(
                f"an event attribute is named 'case:{key}' and a trace attribute {key!r}; the two "
                "names clash; rename one"
            )
        frame[f"case:{key}"] = column.gather(trace_of)
    return Strict(pl.DataFrame(frame), handler.sizes, faults.issues())


def _starts(sizes: list[int]) -> list[int]:
    out, total = [], 0
    for size in sizes:
        out.append(total)
        total += size
    return out


def typed(column: pl.Series, kinds: set[str], faults: Faults, place: Place) -> pl.Series:
    """Texts as their XES types say; what cannot be read becomes null and is noted in `faults`."""
    if kinds == {"date"}:
        read = read_styles(column, ())
        lost = column.is_not_null() & read.utc.is_null() & read.local.is_null()
        _note(column, lost, "unreadable_time", faults, place)
        if read.local.null_count() < column.len():
            # without offset: left as text, the mapping's zone decides
            return column.set(lost, None)
        return read.utc
    if kinds in ({"int"}, {"float"}, {"int", "float"}):
        text = column.str.strip_chars()
        number = text.cast(pl.Int64 if kinds == {"int"} else pl.Float64, strict=False)
        _note(column, column.is_not_null() & number.is_null(), "unreadable_number", faults, place)
        return number
    if kinds == {"boolean"}:
        words = {"true": True, "1": True, "false": False, "0": False}
        read_ = column.str.strip_chars().str.to_lowercase()
        truth = read_.replace_strict(words, default=None, return_dtype=pl.Boolean)
        _note(column, column.is_not_null() & truth.is_null(), "unreadable_number", faults, place)
        return truth
    return column


def _note(column: pl.Series, lost: pl.Series, code: str, faults: Faults, place: Place) -> None:
    count = int(lost.sum())
    for row in lost.arg_true().head(PLACES).to_list():
        faults.note(code, f"{place(row)}: {column.name} {str(column[row])[:40]!r}")
    if count > PLACES:
        faults.counts[code] += count - PLACES
