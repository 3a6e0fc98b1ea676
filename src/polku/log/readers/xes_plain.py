"""The fast XES reader: plain, regular files, read part by part by Polars (see `xes_part`).

What does not fit, or would lose or bend a value, is `IrregularError`: the strict reader's work.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from polku.log.readers.blocks import unzipped, utf8_blocks
from polku.log.readers.xes_part import (
    FIRST,
    FOLLOWS,
    SPACE,
    TRACE_END,
    Column,
    IrregularError,
    Name,
    Numbers,
    Piece,
    read_part,
)
from polku.log.readers.xes_strict import MAX_COLUMNS, opens_log

PART = 8 << 20
"""Bytes read as one table; one event may have twice as many."""
MAX_HEADER = 64 << 20
"""Bytes before the first trace."""
WORKERS = min(4, os.cpu_count() or 1)
"""Parts in work at the same time, so that no processor waits for Python."""


@dataclass(frozen=True)
class Plain:
    """What was read: typed columns, and how many events each trace has."""

    rows: pl.DataFrame
    sizes: pl.Series


def read_plain(path: Path, digest: Any) -> Plain:
    """Read a plain file and feed `digest`, a `hashlib` object, with all its bytes.

    Raises `RefusedError` for what no reader can mend, and `IrregularError`.
    """
    blocks = utf8_blocks(unzipped(path, digest))
    header, rest = _header(blocks)
    if not opens_log(header):
        raise IrregularError("what stands before the first trace is not the beginning of a log")
    log = _Log()
    waiting: deque[Future[Piece]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        for part in _parts(rest, blocks):
            waiting.append(pool.submit(read_part, part))
            if len(waiting) > WORKERS:
                log.add(waiting.popleft().result())
        for piece in waiting:
            log.add(piece.result())
    return log.table()


def _header(blocks: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What stands before the first trace, and the rest of what was read until then."""
    header = b""
    for block in blocks:
        header += block
        cut = header.find(b"<trace>")
        if cut >= 0:
            return header[:cut], header[cut:]
        if len(header) > MAX_HEADER:
            break
    raise IrregularError("no plain trace")


def _parts(rest: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Parts of the file that end with an event or a trace, each behind `FIRST`."""
    held, size = [FIRST, rest], len(rest)
    for block in blocks:
        held.append(block)
        size += len(block)
        if size < PART:
            continue
        text = b"".join(held)
        cut = _cut(text)
        if cut > len(FIRST):
            yield text[:cut]
            text = FIRST + text[cut:]
        elif size > 2 * PART:
            raise IrregularError("a very large event")
        held, size = [text], len(text)
    text = b"".join(held)
    cut = _cut(text)
    if text[cut:].strip(SPACE.encode()) != b"</log>":
        raise IrregularError("the end is not a bare </log>")
    if cut > len(FIRST):
        yield text[:cut]


def _cut(text: bytes) -> int:
    """Where the last event or trace has ended; as no value holds a `<`, it is no value's part."""
    last = max(text.rfind(b"</event>"), text.rfind(b"</trace>"))
    return len(FIRST) if last < 0 else last + len(b"</event>")


class _Log:
    """Puts the pieces of a file together, in their order."""

    def __init__(self) -> None:
        self.last = TRACE_END
        self.traces = 0
        self.events = 0
        self.trace_of: list[Numbers] = []
        self.columns: dict[Name, Column] = {}

    def add(self, piece: Piece) -> None:
        """Add the next piece."""
        if not FOLLOWS[self.last, piece.first]:
            raise IrregularError("events and traces are not nested as usual")
        for name, more in piece.columns.items():
            column = self.columns.setdefault(name, Column(more.kind))
            column.extend(more, self.traces if name.of_trace else self.events)
        if len(self.columns) > MAX_COLUMNS:
            raise IrregularError("very many attributes")
        self.trace_of.append(piece.trace_of + np.uint32(self.traces))
        self.last = piece.last
        self.traces += piece.traces
        self.events += len(piece.trace_of)

    def table(self) -> Plain:
        """The whole log, when its last trace has ended."""
        if self.last != TRACE_END:
            raise IrregularError("a trace is not closed")
        trace_of = np.concatenate(self.trace_of) - np.uint32(1)
        of_events = pl.Series("trace", trace_of)
        frame: dict[str, pl.Series] = {}
        for name in list(self.columns):
            column = self.columns.pop(name)  # what has been put together is let go
            if name.of_trace:
                frame[f"case:{name.key}"] = column.spread(self.traces).gather(of_events)
            else:
                frame[name.key] = column.spread(self.events)
        sizes = np.bincount(trace_of, minlength=self.traces)
        return Plain(pl.DataFrame(frame), pl.Series("size", sizes, dtype=pl.UInt32))
