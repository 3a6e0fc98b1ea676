"""From rows as read to an `EventLog`: nothing in `build_frames` looks beyond its own matters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.log.absent import absent_activities
from polku.log.attributes import event_roles
from polku.log.closed import close_cases
from polku.log.eventlog import CASE_COLUMNS, EVENT_COLUMNS, EventLog
from polku.log.instances import instances
from polku.log.mapping import Mapping
from polku.log.matters import attributes, case_table, own_columns
from polku.log.prepare import last_micros, prepare, span_micros
from polku.log.raw import RawTable
from polku.log.source import Assumption, Issue, Source
from polku.log.window import refuse_beside, window_micros
from polku.log.words import present, ranked, recoded, with_codes

CATEGORICAL = ("activity", "agency", "unit", "resource", "channel")
"""Event columns that `encode` gives sorted categories."""
_WORDS = (*CATEGORICAL, "contact", "kind", "lifecycle")
"""Roles of few distinct texts, which are coded before anything is done with them."""


@dataclass(frozen=True)
class Frames:
    """Events and cases of some whole matters, before their words get codes.

    `events`: the columns of `EventLog.events` with `case` counted from 0 in canonical order of
    these matters, and words as strings or categories; `cases`: those of `EventLog.cases`;
    `rows_in`, `rows_out`: rows given, and rows that went into the events.
    """

    events: pl.DataFrame
    cases: pl.DataFrame
    issues: tuple[Issue, ...]
    assumptions: tuple[Assumption, ...]
    rows_in: int
    rows_out: int
    span: tuple[int, int] | None = None
    """first and last moment of the usable rows, whatever the window, µs since 1970 UTC"""


def hash_of(case_id: str) -> int:
    """Canonical hash of a case id: blake2b-64 of its UTF-8, as an unsigned integer.

    >>> hash_of("A-1") == hash_of("A-1") < 2**64
    True
    """
    return int.from_bytes(hashlib.blake2b(case_id.encode(), digest_size=8).digest(), "big")


def canonical_ids(ids: pl.Series) -> pl.Series:
    """Distinct case ids in canonical order: (blake2b-64 of the UTF-8, id)."""
    unique = ids.unique().drop_nulls()
    frame = pl.DataFrame({"hash": hashes_of(unique), "id": unique.rename("id")})
    return frame.sort("hash", "id")["id"]


def hashes_of(ids: pl.Series) -> npt.NDArray[np.uint64]:
    """`hash_of` each id."""
    blake = hashlib.blake2b
    raw = b"".join([blake(i.encode(), digest_size=8).digest() for i in ids.to_list()])
    return np.frombuffer(raw, dtype=">u8").astype(np.uint64)


def build_frames(
    rows: pl.DataFrame,
    mapping: Mapping,
    *,
    until: int | None = None,
    ordered: bool = False,
    place: str = "log",
    part: bool = False,
) -> Frames:
    """Build events and cases from the rows of some whole matters.

    Parameters: `rows` as a `RawTable` holds them; `until` the last moment of observation in µs
    since 1970 UTC (default: the last moment in these rows, which is right only for a whole log);
    `ordered` whether `@order` is the log's own order; `place` the file's name, for messages;
    `part` whether these rows are a part of a log: then unusable rows are counted but not refused,
    which the caller does for the whole with `polku.log.prepare.refuse_unusable`.

    What a matter becomes depends on its own rows, the mapping and `until` only, so partitions of
    whole matters give what the whole log gives. Raises `MappingError` for a column that is not
    there, `LogError` for columns that cannot be read.
    """
    prepared = prepare(rows, mapping, ordered=ordered, place=place, part=part)
    table, issues = prepared.table, list(prepared.issues)
    _, stop = window_micros(mapping, place)
    if until is None:
        until = last_micros(table)
    until = until if stop is None else stop
    span = span_micros(table)
    table, ids = _in_canonical_codes(table)
    own = attributes(table)
    steps, more = instances(table.drop(own_columns(table)), mapping, until=stop)
    issues += more
    lost = len(ids) - steps["@code"].n_unique()
    if lost:
        issues.append(
            Issue("matter_without_step", lost, "matters of which no step is left", dropped=False)
        )
        ids = ids.gather(steps["@code"].unique().sort())
        kept = pl.DataFrame({"@code": steps["@code"].unique().sort()}).with_row_index("@new")
        own = own.join(kept, on="@code").drop("@code").rename({"@new": "@code"})
        steps = steps.with_columns((pl.col("@code").rank("dense") - 1).cast(pl.UInt32))
    cases, more = case_table(steps, own, ids, mapping, place=place)
    issues += more
    cases, more = close_cases(steps, cases, mapping, until=until)
    issues += more
    dropped = sum(i.count for i in issues if i.dropped)
    return Frames(
        _events(steps), _cases(cases), tuple(i for i in issues if i.count),
        prepared.assumptions, len(rows), len(rows) - dropped, span,
    )  # fmt: skip


def last_moment(
    rows: pl.DataFrame, mapping: Mapping, *, ordered: bool = False, place: str = "log"
) -> int:
    """Last moment in rows that can be used, µs since 1970 UTC (0 for none): for `until`."""
    found = prepare(rows, mapping, ordered=ordered, place=place, part=True)
    return last_micros(found.table)


def build(raw: RawTable, mapping: Mapping) -> EventLog:
    """Build the event log of a whole table.

    The assumptions of the reader are kept; those of a guess are added by `polku.log.read`.
    Raises `MappingError` and `LogError` as `build_frames` does.
    """
    place = ", ".join(f.name for f in raw.files[:1]) or raw.format
    roles = event_roles(mapping, raw.rows.columns, place) if len(raw.rows) else {}
    rows = with_codes(raw.rows, {roles[r] for r in _WORDS if r in roles})
    frames = build_frames(rows, mapping, ordered=raw.ordered, place=place)
    del rows
    refuse_beside(mapping, frames.span, place)
    since, stop = window_micros(mapping, place)
    events = encode(frames.events)
    issues = _once(raw.issues, frames.issues)
    source = Source(
        files=raw.files,
        rows_in=max(frames.rows_in, sum(f.rows for f in raw.files)),
        rows_out=frames.rows_out,
    )
    source = source.with_issues(*issues).with_assumptions(*raw.assumptions, *frames.assumptions)
    source = source.with_assumptions(*absent_activities(mapping, present(events["activity"])))
    until = stop if stop is not None else _last(events)
    return EventLog(events, frames.cases, mapping, source, until=until, since=since)


def _once(read: tuple[Issue, ...], built: tuple[Issue, ...]) -> list[Issue]:
    """Issues of the reader and of the building; an unreadable time is not counted twice."""
    known = sum(i.count for i in read if i.code == "unreadable_time" and i.dropped)
    return [
        *read,
        *(replace(i, count=max(i.count - known, 0)) if i.code == "no_time" else i for i in built),
    ]


def encode(events: pl.DataFrame) -> pl.DataFrame:
    """Words of events as `Enum` with sorted categories."""
    events = with_codes(events, CATEGORICAL)
    return events.with_columns(recoded(events[c], present(events[c])) for c in CATEGORICAL)


def _last(events: pl.DataFrame) -> int:
    last = events["time"].dt.epoch("us").max()
    return int(last) if isinstance(last, int) else 0


def coded(table: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """The table with the position of each row's case id among `ids` as `@code`."""
    codes = pl.DataFrame({"@id": ids, "@code": np.arange(len(ids), dtype=np.uint32)})
    return table.join(codes, on="@id", how="left", maintain_order="left").drop("@id")


def _in_canonical_codes(table: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """The table with `@code` in the place of `@id`, and the ids that the codes stand for."""
    unique, place = ranked(table["@id"])
    if not unique.len():
        return coded(table, unique), unique
    frame = pl.DataFrame({"hash": hashes_of(unique), "id": unique.rename("id")})
    order = frame.with_row_index("@row").sort("hash", "id")
    code = np.empty(unique.len(), dtype=np.uint32)
    code[order["@row"].to_numpy()] = np.arange(unique.len(), dtype=np.uint32)
    codes = pl.Series("@code", code[place.to_numpy()])
    return table.drop("@id").with_columns(codes), order["id"]


def _events(steps: pl.DataFrame) -> pl.DataFrame:
    code = steps["@code"].to_numpy()
    new = np.ones(len(code), dtype=bool)
    new[1:] = code[1:] != code[:-1]
    first = np.maximum.accumulate(np.where(new, np.arange(len(code)), 0))
    order = pl.Series("order", (np.arange(len(code)) - first).astype(np.uint32))
    steps = steps.with_columns(pl.col("@code").alias("case"), order)
    rest = sorted(
        c for c in steps.columns if c not in EVENT_COLUMNS and not c.startswith(("@", "case:"))
    )
    return steps.select(*EVENT_COLUMNS, *_texts(steps, rest))


def _cases(cases: pl.DataFrame) -> pl.DataFrame:
    rest = sorted(c for c in cases.columns if c not in CASE_COLUMNS and not c.startswith("@"))
    return cases.select(*CASE_COLUMNS, *_texts(cases, rest))


def _texts(frame: pl.DataFrame, columns: list[str]) -> list[pl.Expr]:
    """Further columns, as text where they came as categories."""
    kinds = frame.schema
    return [pl.col(c).cast(pl.String) if kinds[c] == pl.Enum else pl.col(c) for c in columns]
