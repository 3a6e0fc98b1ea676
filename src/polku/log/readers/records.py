"""The records of delimited text, one by one: the slow way that says what is wrong and where.

The fast way (`delimited`) comes here only when its counts do not add up.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from polku.errors import LogError

MAX_COLUMNS = 10_000
DELIMITERS = ",;\t|"
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}


def spoken(delimiter: str) -> str:
    """A delimiter's name for messages."""
    return f"{_NAMES[delimiter]} {delimiter!r}" if delimiter in _NAMES else repr(delimiter)


@dataclass(frozen=True)
class Fault:
    """What is wrong with one record: its index in the text, and the second half of a message."""

    record: int
    text: str


def check_records(
    text: bytes, delimiter: str, quote: str, width: int
) -> tuple[list[int], Fault | None]:
    """Indices of blank records, and the first faulty record of a text that ends with a record."""
    d, q = re.escape(delimiter.encode()), re.escape(quote.encode())
    stop = rb"(" + d + rb"|\r?\n|\r|\Z)"
    plain = re.compile(rb"[^" + d + rb"\r\n]*" + stop)
    quoted = re.compile(q + rb"(?:[^" + q + rb"]|" + q + q + rb")*+" + q + stop) if q else plain
    blank: list[int] = []
    at, record, fields, start = 0, 0, 0, 0
    while at < len(text):
        opened = bool(quote) and text[at : at + 1] == quote.encode()
        field = (quoted if opened else plain).match(text, at)
        if field is None:
            return blank, Fault(record, _quote_fault(text, at, quote))
        if quote and not opened and quote.encode() in field[0]:
            found = field[0][:40].decode("utf-8", "replace").strip()
            return blank, Fault(
                record,
                f"a quote stands inside a field without quotes ({found!r}); double it and put the "
                'field in quotes, or read with quote=""',
            )
        fields += 1
        at = field.end()
        if field[1] == delimiter.encode():
            continue
        if fields == 1 and width > 1 and not text[start:at].strip():
            blank.append(record)
        elif fields != width:
            return blank, Fault(
                record,
                f"found {fields} fields, expected {width} as in the header; correct the row or its "
                "quotes",
            )
        record, fields, start = record + 1, 0, at
    return blank, None


def _quote_fault(text: bytes, at: int, quote: str) -> str:
    q = re.escape(quote.encode())
    closed = re.compile(q + rb"(?:[^" + q + rb"]|" + q + q + rb")*+" + q).match(text, at)
    found = text[at : at + 30].split(b"\n")[0].decode("utf-8", "replace").strip()
    if closed is None:
        return f"a quote opens and is never closed ({found!r} …); close it, or double it"
    after = text[closed.end() : closed.end() + 20].split(b"\n")[0].decode("utf-8", "replace")
    return f"after a closing quote stands {after!r}; double quotes that belong to the text"


def find_delimiter(lines: str, quote: str) -> str | None:
    """The delimiter that cuts the first lines into most columns, the same number in each."""
    best: tuple[bool, int, float] = (False, 1, 0.0)
    found = None
    for delimiter in DELIMITERS:
        counts = [len(row) for row in _rows(lines, delimiter, quote) if row]
        if not counts or counts[0] < 2:
            continue
        share = sum(c == counts[0] for c in counts) / len(counts)
        key = (share >= 0.9, counts[0], share)
        if key > best:
            best, found = key, delimiter
    return found


def _rows(lines: str, delimiter: str, quote: str) -> list[list[str]]:
    if not quote:
        return [line.split(delimiter) for line in lines.splitlines()]
    try:
        return list(
            csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter, quotechar=quote)
        )
    except csv.Error:
        return [line.split(delimiter) for line in lines.splitlines()]


def header_names(header: str, delimiter: str, quote: str, place: str) -> list[str]:
    """Column names of a header record; an empty name becomes "column N".

    Raises `LogError` for too many columns, one column, or a name given twice.
    """
    count = header.count(delimiter) + 1
    if count > MAX_COLUMNS:
        raise LogError(
            f"{place}: the header has {count:,} columns, more than {MAX_COLUMNS:,}; export the log "
            "with one event per row"
        )
    rows = _rows(header, delimiter, quote)
    names = [name.strip() for name in rows[0]] if rows else []
    if len(names) < 2:
        better = find_delimiter(header, quote)
        hint = (
            f"read it with the delimiter {spoken(better)}"
            if better and better != delimiter
            else "an event log needs at least a case and a time; check the export"
        )
        raise LogError(
            f"{place}: only one column, {header.strip()[:60]!r}, with the delimiter "
            f"{spoken(delimiter)}; {hint}"
        )
    names = [name or f"column {i + 1}" for i, name in enumerate(names)]
    twice = sorted({n for n in names if names.count(n) > 1}) if len(set(names)) < len(names) else []
    if twice:
        where = [i + 1 for i, n in enumerate(names) if n == twice[0]]
        raise LogError(
            f"{place}: the column name {twice[0]!r} stands twice in the header (columns "
            f"{', '.join(map(str, where))}); rename one"
        )
    return names
