"""Rows of a file larger than memory, set aside by case so that matters come back whole.

Columns of few distinct texts are set aside as codes and times of one form as numbers, which are a
tenth of the texts in size; so a log of some ten million rows stays in memory, and of a larger one
less goes to the disk and back. Both give the very texts back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.errors import LogError, MappingError
from polku.log.attributes import find
from polku.log.build import canonical_ids, hashes_of
from polku.log.iso import Form, read_alike
from polku.log.raw import PLACE
from polku.log.words import code_type

HELD = 640 << 20
"""Bytes of rows that are held before they are written to the disk."""
WORDS = 50_000
"""A column with more distinct texts is set aside as text."""
IDS = 2_000_000
"""Case ids whose range is remembered; then it is worked out anew."""
REPEATS = 8
"""A column whose texts do not repeat that often in the first batch is set aside as text."""


@dataclass
class _Book:
    """The words of one column so far: `kind` gives them codes in the order in which they came."""

    kind: pl.Categorical
    kept: pl.Series
    """some codes: Polars forgets the words when the last such column goes"""
    words: int = 0

    def codes(self, coded: pl.Series) -> pl.Series:
        """The codes of a column that was cast to `kind`."""
        codes = coded.to_physical()
        highest = codes.max()
        if isinstance(highest, int) and highest >= self.words:
            self.words = highest + 1
        return codes.cast(pl.UInt16) if self.words <= 2**16 else codes

    def sorted_words(self) -> tuple[pl.Series, pl.Series]:
        """All words, sorted, and the position of each code's word among them."""
        codes = pl.int_range(self.words, dtype=pl.UInt32, eager=True)
        words = codes.cat.to(self.kind).cast(pl.String)
        order = words.arg_sort().to_numpy()
        rank = np.empty(len(order), dtype=np.uint32)
        rank[order] = np.arange(len(order), dtype=np.uint32)
        return words.gather(order), pl.Series(rank, dtype=code_type(self.words))


@dataclass
class Spill:
    """Rows by range of the case id's hash: part i holds the i-th range, in the rows' own order.

    `case`: the column with the case id; `schema`: columns and types of the rows; `rows`: number of
    rows set aside; `parts`: by range, what was set aside of it, a file or a table in memory;
    `coded`: column → its words, sorted, and the position of each code's word among them; `forms`:
    column → the form in which all its times are written, or were until one was not.
    """

    case: str
    schema: pl.Schema
    parts: list[list[Path | pl.DataFrame]]
    rows: int = 0
    coded: dict[str, tuple[pl.Series, pl.Series]] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)


def spill(batches: Iterable[pl.DataFrame], case: str, folder: Path, partitions: int) -> Spill:
    """Set batches of rows aside in `partitions` parts, in files of `folder` when they are large.

    `case`: the column of the case id, as a mapping names it; rows without one go to the first
    part, where building counts them. Raises `LogError` when a batch has other columns than the
    first.
    """
    out: Spill | None = None
    books: dict[str, _Book] = {}
    coding: set[str] = set()
    alike: set[str] = set()
    ranges: _Ranges | None = None
    held: list[list[pl.DataFrame]] = [[] for _ in range(partitions)]
    size = 0
    for batch in batches:
        if out is None:
            column = find(case, batch.columns, "[columns] case")
            out = Spill(column, batch.schema, [[] for _ in range(partitions)])
            books = {name: _book() for name in _repeating(batch, column)}
            coding = set(books)
            out.forms = dict(_forms(batch, coding | {column}))
            alike = set(out.forms)
        elif batch.schema != out.schema:
            raise LogError(
                "the files have different columns or types; import them with a links file, "
                "or make them alike"
            )
        times = {name: _micros(batch[name], out.forms[name]) for name in alike}
        if odd := {name for name, micros in times.items() if micros is None}:
            _set_aside(held, out, folder)
            alike, size = alike - odd, 0
        coded = batch.with_columns(pl.col(name).cast(books[name].kind) for name in coding)
        coded = coded.with_columns(
            *(books[name].codes(coded[name]).alias(name) for name in coding),
            *(micros.alias(name) for name, micros in times.items() if micros is not None),
        )
        if partitions > 1 and (ranges is None or ranges.book.words > IDS):
            ranges = _Ranges(_book(), np.empty(0, dtype=np.uint16), partitions)
        for number, part in _parts(coded, out.case, ranges):
            held[number].append(part)
        size += int(coded.estimated_size())
        out.rows += batch.height
        many = {name for name in coding if books[name].words > WORDS}
        if size > HELD or many:
            _set_aside(held, out, folder)
            coding, size = coding - many, 0
    if out is None:
        raise MappingError("there are no rows to import; check the file")
    _set_aside(held, out, None)
    out.coded = {name: book.sorted_words() for name, book in books.items()}
    return out


def _book() -> _Book:
    kind = pl.Categorical(pl.Categories.random())
    return _Book(kind, pl.Series([""], dtype=kind))


def _repeating(batch: pl.DataFrame, case: str) -> Iterator[str]:
    """Columns of text, but for the case id, whose texts repeat."""
    texts = [n for n, kind in batch.schema.items() if kind == pl.String and n != case]
    most = min(WORDS, max(batch.height // REPEATS, 1))
    counts = batch.lazy().select(pl.col(texts).n_unique()).collect() if texts else batch.clear()
    return (name for name in texts if counts[name][0] <= most)


def _forms(batch: pl.DataFrame, other: Collection[str]) -> Iterator[tuple[str, Form]]:
    """Columns of text in which all times have one form that gives the text back."""
    for name, kind in batch.schema.items():
        found = read_alike(batch[name]) if kind == pl.String and name not in other else None
        if found is not None and found[1].digits in (0, 3, 6):
            yield name, found[1]


def _micros(texts: pl.Series, form: Form) -> pl.Series | None:
    """The times of a column as numbers, if all have the form."""
    if texts.null_count() == texts.len():
        return texts.cast(pl.Int64)
    found = read_alike(texts)
    return found[0] if found is not None and found[1] == form else None


def _set_aside(held: list[list[pl.DataFrame]], out: Spill, folder: Path | None) -> None:
    """Move the pieces of each range to the spill: into a file each, or as one table in memory."""
    for number, pieces in enumerate(held):
        if not pieces:
            continue
        # where a column has many words by now, the last pieces have wider codes
        part = pl.concat(pieces, how="vertical_relaxed", rechunk=True)
        pieces.clear()
        if folder is None:
            out.parts[number].append(part)
        else:
            file = folder / f"rows-{number:05d}-{len(out.parts[number]):05d}.arrow"
            part.write_ipc(file, compression="uncompressed")
            out.parts[number].append(file)


@dataclass
class _Ranges:
    """The ranges of the case ids so far; `numbers`: of each id of the book."""

    book: _Book
    numbers: npt.NDArray[np.uint16]
    partitions: int

    def of(self, ids: pl.Series) -> pl.Series:
        """The range of each id; that of a missing one is the first."""
        known = len(self.numbers)
        codes = self.book.codes(ids.cast(self.book.kind)).cast(pl.UInt32)
        fresh = pl.int_range(known, self.book.words, dtype=pl.UInt32, eager=True)
        hashes = hashes_of(fresh.cat.to(self.book.kind).cast(pl.String))
        width = np.uint64(-(-(1 << 64) // self.partitions))
        self.numbers = np.concatenate([self.numbers, (hashes // width).astype(np.uint16)])
        if codes.null_count() == codes.len():
            return pl.Series("@part", [0], pl.UInt16).new_from_index(0, codes.len())
        return pl.Series("@part", self.numbers).gather(codes).fill_null(0)


def _parts(
    batch: pl.DataFrame, column: str, ranges: _Ranges | None
) -> Iterable[tuple[int, pl.DataFrame]]:
    if ranges is None:
        return [(0, batch)]
    of_row = ranges.of(batch[column].cast(pl.String))
    parts = batch.with_columns(of_row).partition_by("@part", as_dict=True, include_key=False)
    return [(int(key[0]), part) for key, part in parts.items()]


def load(
    spilled: Spill, number: int, *, moments: Collection[str] = (), last: bool = False
) -> pl.DataFrame:
    """The rows of one hash range, columns of few distinct texts as categories.

    `moments`: columns of times that may come as moments in the place of texts; `last`: the rows
    are not needed again and are forgotten.
    """
    frame = _load(spilled, number)
    if last:
        for piece in spilled.parts[number]:
            if isinstance(piece, Path):
                piece.unlink()
        spilled.parts[number] = []
    return _readable(frame, spilled, moments)


def _load(spilled: Spill, number: int) -> pl.DataFrame:
    """The rows of one hash range as they were set aside, each column in one way."""
    pieces = [pl.read_ipc(p) if isinstance(p, Path) else p for p in spilled.parts[number]]
    if not pieces:
        return pl.DataFrame(schema=spilled.schema)
    for name in (*spilled.coded, *spilled.forms):
        kinds = {p.schema[name] for p in pieces}
        if pl.String in kinds and len(kinds) > 1:
            pieces = [p.with_columns(_text(p[name], spilled)) for p in pieces]
    return pl.concat(pieces, how="vertical_relaxed") if len(pieces) > 1 else pieces[0]


def _readable(frame: pl.DataFrame, spilled: Spill, moments: Collection[str]) -> pl.DataFrame:
    """The rows with words and times in the place of codes and numbers."""
    return frame.with_columns(
        spilled.forms[name].moments(frame[name]).alias(name)
        if name in moments and name in spilled.forms
        else _text(frame[name], spilled)
        if name in spilled.forms
        else _decoded(frame[name], spilled)
        for name in (*spilled.coded, *spilled.forms)
        if frame.schema[name] != pl.String
    )


def _text(column: pl.Series, spilled: Spill) -> pl.Series:
    """A column as the texts that it was."""
    if column.dtype == pl.String:
        return column
    if column.name in spilled.forms:
        return spilled.forms[column.name].texts(column)
    return _decoded(column, spilled).cast(pl.String)


def _decoded(codes: pl.Series, spilled: Spill) -> pl.Series:
    """The words that codes stand for, as categories."""
    words, rank = spilled.coded[codes.name]
    kind = pl.Enum(words)
    if not words.len():
        return pl.Series(codes.name, [None], kind).new_from_index(0, codes.len())
    return rank.gather(codes).cat.to(kind).alias(codes.name)


def sample(spilled: Spill, most: int, matters: int) -> pl.DataFrame:
    """The rows of the `matters` whole matters with the smallest hashes, in the rows' own order.

    They are fewer when they would have more than `most` rows together; a log of up to `most` rows
    is its own sample. Texts are texts. The answer does not depend on the number of partitions.
    """
    whole = spilled.rows <= most
    parts: list[pl.DataFrame] = []
    known = pl.DataFrame(schema={"id": pl.String, "n": pl.UInt32})
    for number in range(len(spilled.parts)):
        part = _load(spilled, number)
        if not whole:
            # Parts go by ascending hash: what stands in a later one ranks after this one's.
            room = matters - known.height
            ids = part[spilled.case].cast(pl.String).rename("id")
            first = canonical_ids(ids).rename("id").head(room).to_frame()
            counts = ids.drop_nulls().value_counts(name="n")
            first = first.join(counts, on="id", how="left", maintain_order="left")
            known = pl.concat([known, first.select("id", pl.col("n").cast(pl.UInt32))])
            part = part.filter(ids.is_in(first["id"].implode()))
        part = _readable(part, spilled, ())
        parts.append(part.with_columns(pl.col(n).cast(pl.String) for n in spilled.coded))
        if not whole and (known.height >= matters or (known["n"].sum() or 0) > most):
            break
    frame = pl.concat(parts)
    if not whole and frame.height > most:
        kept = known.filter((pl.col("n").cum_sum() <= most) | (pl.int_range(pl.len()) == 0))
        ids = frame[spilled.case].cast(pl.String)
        frame = frame.filter(ids.is_in(kept["id"].implode()))
    return frame.sort(PLACE) if PLACE in frame.columns else frame
