"""One part of a plain XES file as a table of tags, read by Polars and checked to the last byte.

In a plain file every tag has one of a few spellings, so that the file is a table already: a line
ends at `>`, its fields are parted by `"`:

    <string key= | concept:name |  value= | Register | /
    </event

The lines of one spelling and key are a group, and their values one column. Reading is checking:
a line that is spelt otherwise, a quote, `<` or control character too many, or a value that its
type does not allow is `IrregularError`, and the strict reader looks at the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.log.iso import read_alike
from polku.log.readers.xes_strict import MAX_COLUMNS, MAX_VALUE, TYPES, Faults, typed
from polku.log.time_styles import read_styles

FIRST = b'""""">'
"""Stands before each part: a line with every field, which tells Polars how many there are."""
CACHED = 128 << 10
"""Bytes counted in one go, few enough to stay in a processor's cache."""
SPACE = " \t\r\n"
TRACE, EVENT, EVENT_END, TRACE_END = 1, 2, 3, 4

Numbers = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.uint8]

_SPELLING = ("tag", "key", "between", "end", "more")
_FIELDS = dict.fromkeys(("tag", "key", "between", "value", "end", "more"), pl.String)
_STRUCTURE = {"<trace": TRACE, "<event": EVENT, "</event": EVENT_END, "</trace": TRACE_END}
_ATTRIBUTES = {f"<{kind} key=": kind for kind in sorted(TYPES - {"list", "container"})}
_LOOSE = re.compile(rb'"[^"<>]*+>[^"<]*+"')
"""A quoted text with a bare `>`, which XML allows."""
_NO_CHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
"""U+FFFE and U+FFFF, which XML does not allow."""
_MOMENT = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$"
_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));|&")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def _follows() -> npt.NDArray[np.bool_]:
    allowed = np.zeros((5, 5), dtype=bool)
    allowed[TRACE, [EVENT, TRACE_END]] = True
    allowed[EVENT, EVENT_END] = True
    allowed[EVENT_END, [EVENT, TRACE_END]] = True
    allowed[TRACE_END, TRACE] = True
    return allowed


FOLLOWS = _follows()
"""Which tag of an event or trace may come after which."""


class IrregularError(Exception):
    """Not plain enough for the fast reader."""


class Name(NamedTuple):
    """An attribute's level and key."""

    of_trace: bool
    key: str


@dataclass
class Column:
    """Values of one attribute, and the numbers of the events or traces that they belong to."""

    kind: str
    numbers: list[Numbers] = field(default_factory=list)
    values: list[pl.Series] = field(default_factory=list)

    def extend(self, more: Column, base: int = 0) -> None:
        """Add values; `base` is how many events or traces there were before number 1."""
        if more.kind != self.kind:
            raise IrregularError("one key with two types")
        self.numbers += [numbers + np.uint32(base) for numbers in more.numbers]
        self.values += more.values

    def spread(self, height: int) -> pl.Series:
        """One value for each number from 1 up; null where there is none."""
        numbers, values = np.concatenate(self.numbers), pl.concat(self.values)
        if (numbers[1:] < numbers[:-1]).any():  # spelt in two ways, so from two groups
            order = np.argsort(numbers, kind="stable")
            numbers, values = numbers[order], values.gather(order)
        if (numbers[1:] == numbers[:-1]).any():
            raise IrregularError("a key given twice in one element")
        if len(numbers) == height:
            return values
        at = np.zeros(height + 1, dtype=np.uint32)
        at[numbers] = np.arange(1, len(numbers) + 1, dtype=np.uint32)
        found = pl.Series(at[1:])
        return values.gather((found - 1).set(found == 0, None))


@dataclass(frozen=True)
class Piece:
    """What a part holds; its first event and the first trace that begins in it have number 1.

    `first` and `last`: its outermost tags of events and traces. `trace_of`: the trace of each
    event, 0 for the one that was open when the part began.
    """

    first: int
    last: int
    traces: int
    trace_of: Numbers
    columns: dict[Name, Column]


class _Attribute(NamedTuple):
    """The lines of one spelling and key."""

    kind: str
    key: str
    lines: Numbers
    values: pl.Series


def read_part(part: bytes) -> Piece:
    """Read a part that begins with `FIRST` and ends with the end of an event or a trace."""
    seen = _seen(part)
    if seen.closed > seen.opened:
        part = FIRST + _LOOSE.sub(lambda m: m[0].replace(b">", b"&gt;"), part[len(FIRST) :])
        seen = _seen(part)
    if not part.isascii() and any(c in part for c in _NO_CHARACTERS):
        raise IrregularError("a character that XML forbids")
    if seen.opened != seen.closed or seen.opened * len("<event>") > len(part):
        raise IrregularError("a < or > too many")
    lines = _lines(part)
    if lines.height != seen.opened:  # every tag is a line and every line a tag
        raise IrregularError("a line too many")
    kinds = lines.group_by(_SPELLING, maintain_order=True).agg("line", "value")
    if kinds.height > 4 * MAX_COLUMNS:
        raise IrregularError("very many attributes")
    structure = np.zeros(lines.height, dtype=np.uint8)
    attributes = []
    spaces = dict.fromkeys("\t\r\n", 0)
    for spelling, at, values in zip(
        kinds.select(_SPELLING).iter_rows(), kinds["line"], kinds["value"], strict=True
    ):
        tag, key, between, end, more = spelling
        for space in spaces:
            spaces[space] += tag.count(space) * at.len()
        name = tag.strip(SPACE)
        if name in _STRUCTURE and not (key or between or end or more):
            structure[at] = _STRUCTURE[name]
        elif name in _ATTRIBUTES and between == " value=" and end in ("/", " /") and not more:
            attributes.append(_Attribute(_ATTRIBUTES[name], _unescaped(key), at.to_numpy(), values))
        else:
            raise IrregularError(f"{name[:40]} {key[:20]}")
    # an attribute has four quotes at least, any other tag none: so these have four and none
    if seen.quotes != 4 * sum(len(a.lines) for a in attributes):
        raise IrregularError("a quote too many")
    spaced = _spaced(part, seen.low, spaces, lines["value"])
    escaped = b"&" in part
    meant = [a._replace(values=_text(a.values, spaced, escaped)) for a in attributes]
    return _piece(structure, meant)


def _piece(structure: Codes, attributes: list[_Attribute]) -> Piece:
    """Sort attributes to their events and traces, by the `structure` of the lines."""
    outline = structure[structure > 0]
    if not len(outline) or not FOLLOWS[outline[:-1], outline[1:]].all():
        raise IrregularError("events and traces are not nested as usual")
    events = np.cumsum(structure == EVENT, dtype=np.uint32)
    in_event = events > np.cumsum(structure == EVENT_END, dtype=np.uint32)
    traces = np.cumsum(structure == TRACE, dtype=np.uint32)
    in_trace = traces + np.uint32(outline[0] != TRACE) > np.cumsum(
        structure == TRACE_END, dtype=np.uint32
    )
    columns: dict[Name, Column] = {}
    for kind, key, lines, values in attributes:
        if not in_trace[lines].all():
            raise IrregularError("an attribute outside traces")
        inside = in_event[lines]
        for of_trace in (True, False):
            mine = inside != of_trace
            if not mine.any():
                continue
            if key.startswith("case:") and not of_trace:
                raise IrregularError("an event attribute named case:…")
            whole = mine.all()
            numbers = (traces if of_trace else events)[lines if whole else lines[mine]]
            read = _typed(kind, values if whole else values.filter(mine))
            name = Name(of_trace, key)
            columns.setdefault(name, Column(kind)).extend(Column(kind, [numbers], [read]))
    trace_of = traces[structure == EVENT]
    return Piece(int(outline[0]), int(outline[-1]), int(traces[-1]), trace_of, columns)


def _typed(kind: str, values: pl.Series) -> pl.Series:
    """The values as the strict reader reads them, which has to be without a fault."""
    if kind == "date":
        alike = read_alike(values)
        if alike is not None and alike[1].offset is not None:
            return alike[1].moments(alike[0])
        if not values.str.contains(_MOMENT).all():
            raise IrregularError("a time of another form")
        read = read_styles(values, ()).utc
    else:
        read = typed(values, {kind}, Faults(), lambda _: "")
    if read.null_count():
        raise IrregularError(f"a value that is no {kind}")
    # texts of their own: else they would keep in memory all values of the part, times too
    return read + "" if read.dtype == pl.String else read


class _Seen(NamedTuple):
    """How many there are of the characters that make the table, and of control characters."""

    opened: int
    closed: int
    quotes: int
    low: int


def _seen(part: bytes) -> _Seen:
    codes = np.frombuffer(part, dtype=np.uint8)[len(FIRST) :]
    seen = np.zeros(4, dtype=np.int64)
    for at in range(0, len(codes), CACHED):
        some = codes[at : at + CACHED]
        marks = (some == ord("<"), some == ord(">"), some == ord('"'), some < ord(" "))
        seen += [np.count_nonzero(mark) for mark in marks]
    return _Seen(*map(int, seen))


def _lines(part: bytes) -> pl.DataFrame:
    try:
        lines = pl.read_csv(
            part, has_header=False, schema=_FIELDS, separator='"', eol_char=">", quote_char=None,
            empty_string_is_null=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError as e:
        raise IrregularError("a tag with more attributes than two") from e
    return lines.slice(1).with_row_index("line")


def _spaced(part: bytes, low: int, between: dict[str, int], values: pl.Series) -> bool:
    """Whether values hold tabs or ends of lines, given how many stand `between` the tags.

    Raises `IrregularError` for any other of the `low` characters, and where one stands elsewhere.
    """
    if low == sum(between.values()):
        return False
    for space, count in between.items():
        found = part.count(space.encode())
        if found != count + int(values.str.count_matches(space, literal=True).sum()):
            raise IrregularError("a tab or an end of line within a tag")
        low -= found
    if low:
        raise IrregularError("a control character")
    return True


def _text(values: pl.Series, spaced: bool, escaped: bool) -> pl.Series:
    """What the values mean: spaces and references as XML reads them."""
    if (values.str.len_bytes() > MAX_VALUE).any():
        raise IrregularError("a very long value")
    if spaced:
        values = values.str.replace_all(r"\r\n|[\t\r\n]", " ")
    if escaped:
        some = values.str.contains("&", literal=True)
        if some.any():
            plain = {text: _unescaped(text) for text in values.filter(some).unique()}
            values = values.replace(plain)
    return values


def _unescaped(text: str) -> str:
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return _NAMED[found[1]]
    code = int(found[2]) if found[2] else int(found[3], 16) if found[3] else 0
    allowed = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    if not allowed and not 0x10000 <= code < 0x110000:
        raise IrregularError("a reference to no character")
    return chr(code)
