"""Tables as text: CSV, TSV and their like, plain or gzipped, in bounded memory.

Every value stays text: ids such as "007", "NA" and "" (in quotes) are kept as they are; an empty
field without quotes is null. The bytes are cut at record ends, read by Polars, and the number of
delimiters is compared with the table that came out, so a row with too few or too many fields
cannot slip through; only when the counts differ are the records looked at one by one.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from polku.errors import LogError
from polku.log.mapping import Mapping
from polku.log.raw import PLACE, RawTable
from polku.log.readers.blocks import RefusedError, unzipped
from polku.log.readers.provenance import source_file, stamp
from polku.log.readers.records import check_records, find_delimiter, header_names, spoken
from polku.log.readers.registry import reader

BATCH = 32 << 20
"""Bytes of text in a batch."""
MAX_RECORD = 16 << 20
"""Bytes of one record; a longer one is a quote that was never closed."""
SAMPLE = 64 << 10


@dataclass
class _Text:
    """A file's text as UTF-8, and what was found out about it on the way."""

    place: str
    encoding: str | None
    sha: Any = field(default_factory=hashlib.sha256)
    decided: str = "utf-8"

    def blocks(self, path: Path) -> Iterator[bytes]:
        """UTF-8 blocks; a byte that is no UTF-8 in a file that was ASCII so far means cp1252."""
        try:
            raw = unzipped(path, self.sha)
            first = next(raw, b"")
            name, skip = _encoding(first, self.encoding, self.place)
            self.decided = name
            yield from self._decoded(chain((first[skip:],), raw), skip)
        except RefusedError as e:
            raise LogError(f"{self.place}: {e}") from e

    @property
    def digest(self) -> str:
        """SHA-256 of what was read of the file, in hexadecimal."""
        return str(self.sha.hexdigest())

    def _decoded(self, blocks: Iterator[bytes], done: int) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.decided)()
        ascii_so_far = whole = True
        for block in blocks:
            if whole and self.decided in ("utf-8", "cp1252") and block.isascii():
                done += len(block)
                yield block
                continue
            held = decoder.getstate()[0]
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as e:
                if self.encoding is None and self.decided == "utf-8" and ascii_so_far:
                    fits = _cp1252(held + block, e.start)
                    if fits is not None:
                        self.decided = "cp1252"
                        decoder = codecs.getincrementaldecoder("cp1252")()
                        ascii_so_far, whole = False, True
                        done += len(block)
                        yield fits.encode()
                        continue
                raise LogError(
                    f"{self.place}: byte {done - len(held) + e.start + 1:,} "
                    f"(0x{e.object[e.start]:02x}) is not {self.decided}; save the file as UTF-8, "
                    "or name its encoding"
                ) from e
            done += len(block)
            whole = not decoder.getstate()[0]
            ascii_so_far = ascii_so_far and text.isascii()
            yield text.encode()
        held = decoder.getstate()[0]
        if not held:
            return
        last = _cp1252(held, 0) if self.encoding is None and self.decided == "utf-8" else None
        if last is None or not ascii_so_far:
            raise LogError(f"{self.place}: ends within a character, truncated; fetch it again")
        self.decided = "cp1252"
        yield last.encode()


def _cp1252(block: bytes, odd: int) -> str | None:
    """The block as Windows-1252, unless there are UTF-8 characters before its odd byte."""
    try:
        return block.decode("cp1252") if block[:odd].isascii() else None
    except UnicodeDecodeError:
        return None


def _encoding(first: bytes, named: str | None, place: str) -> tuple[str, int]:
    """Codec and length of the mark at the beginning."""
    if named is not None:
        try:
            name = codecs.lookup(named).name
        except LookupError as e:
            raise LogError(f"{place}: encoding {named!r} is unknown; use utf-8 or cp1252") from e
        skip = 3 if name == "utf-8" and first.startswith(codecs.BOM_UTF8) else 0
        return name, skip
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):  # fmt: skip
        if first.startswith(mark):
            return name, len(mark)
    head = first[:2000]
    even, odd = head[::2], head[1::2]
    if len(head) > 3:
        if odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.1 * len(even):
            return "utf-16-le", 0
        if even.count(0) > 0.4 * len(even) and odd.count(0) < 0.1 * len(odd):
            return "utf-16-be", 0
    return "utf-8", 0


@dataclass
class _Table:
    """The state of one reading: names, delimiter, rows so far."""

    place: str
    delimiter: str | None
    quote: str
    names: list[str]
    rows: int = 0

    def parse(self, text: bytes) -> pl.DataFrame:
        """A part of whole records as a table of text."""
        assert self.delimiter is not None
        width = len(self.names)
        quoted = bool(self.quote) and self.quote.encode() in text
        frame = None
        try:
            frame = pl.read_csv(
                text, has_header=False, schema=dict.fromkeys(self.names, pl.String),
                separator=self.delimiter, quote_char=self.quote if quoted else None,
            )  # fmt: skip
        except pl.exceptions.PolarsError:
            frame = None
        if frame is not None:
            inside = 0
            if quoted:
                counts = pl.all().str.count_matches(self.delimiter, literal=True).sum()
                inside = sum(c or 0 for c in frame.select(counts).row(0))
            if _count(text, self.delimiter) == (width - 1) * frame.height + inside and (
                not quoted or not self._loose_quotes(frame, text)
            ):
                return self._numbered(frame)
        blank, fault = check_records(text, self.delimiter, self.quote, width)
        if fault is not None:
            raise LogError(f"{self.place}, row {self.rows + fault.record + 1:,}: {fault.text}")
        if frame is None or frame.height < len(blank):
            raise LogError(
                f"{self.place}, after row {self.rows:,}: the text cannot be read as a table with "
                f"the delimiter {spoken(self.delimiter)}; check the quotes"
            )
        keep = pl.Series(range(frame.height)).is_in(blank).not_()
        return self._numbered(frame.filter(keep))

    def _loose_quotes(self, frame: pl.DataFrame, text: bytes) -> bool:
        """Whether line ends stand inside fields: then a quote may have swallowed rows."""
        return text.count(b"\n") > frame.height and bool(
            any(frame.select(pl.all().str.contains("\n", literal=True).any()).row(0))
        )

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        first = self.rows + 1
        self.rows += frame.height
        number = pl.int_range(first, self.rows + 1, dtype=pl.UInt32, eager=True)
        return frame.with_columns(number.alias(PLACE))


def open_batches(
    path: str | Path,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    quote: str = '"',
    batch: int = BATCH,
    digest: Any = None,
) -> Iterator[pl.DataFrame]:
    """The rows of a delimited file, batch by batch, in memory that does not grow with the file.

    `batch`: bytes of text in a batch; `digest`: a `hashlib` object that is fed with the file. Each
    frame has all columns as text and `@place` (row number in the file). Raises `LogError` as
    `read_csv` does.
    """
    path = Path(path)
    text = _Text(str(path), encoding, digest or hashlib.sha256())
    yield from _batches(path, text, delimiter, quote, batch)[1]


def _batches(
    path: Path, text: _Text, delimiter: str | None, quote: str, batch: int
) -> tuple[_Table, Iterator[pl.DataFrame]]:
    table = _Table(str(path), delimiter, quote, [])

    def frames() -> Iterator[pl.DataFrame]:
        before = stamp(path)
        for part in _parts(text.blocks(path), table, batch):
            frame = table.parse(part)
            if frame.height:
                yield frame
        source_file(before, "csv", table.rows, text.digest)
        if not table.rows:
            raise LogError(f"{path}: has a header and no rows; export the log again")

    return table, frames()


def _parts(blocks: Iterator[bytes], table: _Table, batch: int) -> Iterator[bytes]:
    """Parts of whole records, about `batch` bytes each; takes the header off first."""
    held: list[bytes] = []
    size = 0
    done = 0
    started = False
    bare_returns = False
    for block in blocks:
        nul = block.find(0)
        if nul >= 0:
            raise LogError(
                f"{table.place}: a NUL byte at byte {done + nul + 1:,}: this is no text table, or "
                "a damaged one; export it again"
            )
        done += len(block)
        if not started and not held and b"\r" in block and b"\n" not in block:
            bare_returns = True
        held.append(block.replace(b"\r", b"\n") if bare_returns else block)
        size += len(block)
        if size < (SAMPLE if not started else batch):
            continue
        end = block.rfind(b"\n") + 1
        if started and end and not bare_returns and not _has_quote(held, table.quote):
            yield b"".join((*held[:-1], block[:end]))
            held, size = [block[end:]], len(block) - end
            continue
        data = b"".join(held)
        if not started:
            taken = _header(data, table, last=False)
            if taken is None:
                held, size = [data], len(data)
                continue
            data, started = data[taken:], True
        cut = _record_end(data, table.quote)
        if cut == 0 and len(data) > batch + MAX_RECORD:
            _, fault = check_records(data, table.delimiter or ",", table.quote, len(table.names))
            found = fault.text if fault else f"a record longer than {MAX_RECORD:,} bytes"
            row = table.rows + (fault.record if fault else 0) + 1
            raise LogError(f"{table.place}, row {row:,}: {found}")
        if cut:
            yield data[:cut]
        held, size = [data[cut:]], len(data) - cut
    data = b"".join(held)
    if not started:
        taken = _header(data, table, last=True)
        data = data[taken:]
    if data.strip(b"\r\n"):
        yield data


def _has_quote(blocks: list[bytes], quote: str) -> bool:
    return bool(quote) and any(quote.encode() in block for block in blocks)


def _count(text: bytes, character: str) -> int:
    """How often an ASCII character stands in a text; frequent ones are counted faster so."""
    if not character.isascii():
        return text.count(character.encode())
    found = 0
    for at in range(0, len(text), 1 << 20):
        block = np.frombuffer(text, np.uint8, min(1 << 20, len(text) - at), at)
        found += int(np.count_nonzero(block == ord(character)))
    return found


def _record_end(data: bytes, quote: str) -> int:
    """Where the last whole record ends; 0 if there is none."""
    cut = data.rfind(b"\n") + 1
    if not quote or quote.encode() not in data:
        return cut
    odd = data.count(quote.encode(), 0, cut) % 2
    while odd and cut:
        earlier = data.rfind(b"\n", 0, cut - 1) + 1
        odd = (odd + data.count(quote.encode(), earlier, cut)) % 2
        cut = earlier
    return cut


def _header(data: bytes, table: _Table, last: bool) -> int | None:
    """Find delimiter and names; returns where the data begin, None when more text is needed."""
    body = data.lstrip(b"\r\n \t") if table.delimiter != "\t" else data.lstrip(b"\r\n ")
    start = len(data) - len(body)
    if not body:
        if last:
            raise LogError(f"{table.place}: is empty; export the log again")
        return None
    if body[:4].lower() == b"sep=" and body[5:6] in (b"\r", b"\n"):
        table.delimiter = table.delimiter or chr(body[4])
        start += body.index(b"\n") + 1
        body = data[start:]
    end = body.find(b"\n") + 1
    while end and table.quote and body.count(table.quote.encode(), 0, end) % 2:
        end = body.find(b"\n", end) + 1
    if not end and not last:
        if len(body) <= MAX_RECORD:
            return None
        end = MAX_RECORD
    end = end or len(body)
    if table.delimiter is None:
        sample = body[:SAMPLE]
        sample = sample[: sample.rfind(b"\n") + 1] or sample
        lines = max(sample, body[:end], key=len)
        table.delimiter = find_delimiter(lines.decode("utf-8", "replace"), table.quote) or ","
    header = body[:end].decode("utf-8", "replace").rstrip("\r\n")
    table.names = header_names(header, table.delimiter, table.quote, table.place)
    return start + end


@reader("csv", suffixes=(".csv", ".csv.gz", ".tsv", ".tsv.gz", ".tab", ".txt", ".txt.gz"))
def read_csv(
    path: str | Path,
    *,
    mapping: Mapping | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    quote: str = '"',
) -> RawTable:
    """Read a delimited table: delimiter (, ; tab |) and encoding are found out unless given.

    Encodings: UTF-8 with or without mark, UTF-16, else Windows-1252 (of which Latin-1 text is a
    part). Raises `LogError` with the row for one with too few or too many fields or a quote that
    is not closed, for NUL bytes, one column, more than 10,000, a name twice, no rows, a truncated
    gzip file, and a file that changes while it is read.
    """
    del mapping
    path = Path(path)
    before = stamp(path)
    text = _Text(str(path), encoding)
    table, frames = _batches(path, text, delimiter, quote, BATCH)
    rows = pl.concat(list(frames), rechunk=False)
    form = f"csv ({text.decided}, {spoken(table.delimiter or ',')})"
    files = (source_file(before, form, rows.height, text.digest),)
    return RawTable(rows, files, "csv")
