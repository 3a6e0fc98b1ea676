"""Rows of a file larger than memory, set aside by case so that matters come back whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.errors import LogError, MappingError
from polku.log.attributes import find
from polku.log.build import canonical_ids
from polku.log.raw import PLACE


@dataclass(frozen=True)
class Spill:
    """Rows by range of the case id's hash: file i holds the i-th range, in the rows' own order.

    `case`: the column with the case id; `rows`: number of rows set aside.
    """

    files: tuple[Path, ...]
    case: str
    rows: int


def spill(batches: Iterable[pl.DataFrame], case: str, folder: Path, partitions: int) -> Spill:
    """Set batches of rows aside in `partitions` files of `folder`.

    `case`: the column of the case id, as a mapping names it; rows without one go to the first
    file, where building counts them. Raises `LogError` when a batch has other columns than the
    first.
    """
    import pyarrow as pa

    files = tuple(folder / f"rows-{number:05d}.arrow" for number in range(partitions))
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    writers: list[pa.ipc.RecordBatchStreamWriter] = []
    sinks = [pa.OSFile(str(file), "wb") for file in files]
    rows, schema, column = 0, None, case
    try:
        for batch in batches:
            if schema is None:
                schema = batch.schema
                column = find(case, batch.columns, "[columns] case")
                empty = batch.clear().to_arrow()
                writers = [pa.ipc.new_stream(s, empty.schema, options=options) for s in sinks]
            elif batch.schema != schema:
                raise LogError(
                    "the files have different columns or types; import them with a links file, "
                    "or make them alike"
                )
            for number, part in _parts(batch, column, partitions):
                writers[number].write_table(part.to_arrow())
            rows += batch.height
    finally:
        for writer in writers:
            writer.close()
        for sink in sinks:
            sink.close()
    if schema is None:
        raise MappingError("there are no rows to import; check the file")
    return Spill(files, column, rows)


def _parts(batch: pl.DataFrame, column: str, partitions: int) -> Iterable[tuple[int, pl.DataFrame]]:
    if partitions == 1:
        return [(0, batch)]
    ids = batch[column].cast(pl.String).rename("id")
    unique = ids.unique().drop_nulls()
    number = (hashes_of(unique) // np.uint64(-(-(1 << 64) // partitions))).astype(np.uint32)
    known = pl.DataFrame({"id": unique, "@part": number})
    found = (
        ids.to_frame().join(known, on="id", how="left", maintain_order="left")["@part"].fill_null(0)
    )
    parts = batch.with_columns(found).partition_by("@part", as_dict=True, include_key=False)
    return [(int(key[0]), part) for key, part in parts.items()]


def hashes_of(ids: pl.Series) -> npt.NDArray[np.uint64]:
    """blake2b-64 of each id, as `polku.log.build.hash_of` gives it."""
    blake = hashlib.blake2b
    raw = b"".join([blake(i.encode(), digest_size=8).digest() for i in ids.to_list()])
    return np.frombuffer(raw, dtype=">u8").astype(np.uint64)


def load(spilled: Spill, number: int) -> pl.DataFrame:
    """The rows of one hash range."""
    import pyarrow as pa

    with pa.OSFile(str(spilled.files[number])) as source:
        table = pa.ipc.open_stream(source).read_all()
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame


def sample(spilled: Spill, most: int, matters: int) -> pl.DataFrame:
    """The rows of the `matters` whole matters with the smallest hashes, in the rows' own order.

    They are fewer when they would have more than `most` rows together; a log of up to `most` rows
    is its own sample. The answer does not depend on the number of partitions.
    """
    whole = spilled.rows <= most
    parts: list[pl.DataFrame] = []
    known = pl.DataFrame(schema={"id": pl.String, "n": pl.UInt32})
    for number in range(len(spilled.files)):
        part = load(spilled, number)
        if not whole:
            # Files go by ascending hash: what stands in a later one ranks after this one's.
            room = matters - known.height
            ids = part[spilled.case].cast(pl.String).rename("id")
            ranked = canonical_ids(ids).rename("id").head(room).to_frame()
            counts = ids.drop_nulls().value_counts(name="n")
            ranked = ranked.join(counts, on="id", how="left", maintain_order="left")
            known = pl.concat([known, ranked.select("id", pl.col("n").cast(pl.UInt32))])
            part = part.filter(ids.is_in(ranked["id"].implode()))
        parts.append(part)
        if not whole and (known.height >= matters or (known["n"].sum() or 0) > most):
            break
    frame = pl.concat(parts)
    if not whole and frame.height > most:
        kept = known.filter((pl.col("n").cum_sum() <= most) | (pl.int_range(pl.len()) == 0))
        ids = frame[spilled.case].cast(pl.String)
        frame = frame.filter(ids.is_in(kept["id"].implode()))
    return frame.sort(PLACE) if PLACE in frame.columns else frame
