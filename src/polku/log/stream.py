"""A table larger than memory into a store: range by range of whole matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from polku.errors import MappingError
from polku.log.absent import absent_activities, refuse_endless
from polku.log.ahead import ahead
from polku.log.atomic import drafting
from polku.log.attributes import case_roles, event_roles
from polku.log.build import CATEGORICAL, build_frames, last_moment
from polku.log.guess import case_column, guess
from polku.log.keyfile import Key
from polku.log.mapping import Mapping
from polku.log.origin import original
from polku.log.prepare import refuse_unusable
from polku.log.pseudonym import (
    customer_column,
    make_key,
    noted,
    person_columns,
    text_columns,
    with_pseudonyms,
    without_names,
)
from polku.log.raw import RawTable
from polku.log.sample import MATTERS
from polku.log.source import Assumption, Issue, Source
from polku.log.spill import Spill, load, sample, spill
from polku.log.store import columns_of, put_in_place, write_index, write_part
from polku.log.window import refuse_beside, window_micros
from polku.log.words import present, recoded, with_codes

if TYPE_CHECKING:
    from polku.log.importing import Batches, Progress

SAMPLE_ROWS = 2_000_000
"""Up to so many rows the mapping is guessed from all of them."""
FIRST_ROWS = 100_000
"""Rows from which the column of the case id is guessed."""


@dataclass(frozen=True)
class Built:
    """Ranges that were built and set aside, and what holds for all of them."""

    files: tuple[tuple[Path, Path], ...]
    cases: tuple[int, ...]
    words: dict[str, list[str]]
    issues: tuple[Issue, ...]
    assumptions: tuple[Assumption, ...]
    rows_in: int
    rows_out: int
    last: int


def import_table(
    path: Path,
    table: Batches,
    target: Path,
    given: Mapping | None,
    partitions: int,
    keep_names: bool,
    progress: Progress,
) -> None:
    """Import one table in `partitions` hash ranges; see `polku.log.importing.import_files`."""
    with drafting(target) as draft:
        aside = draft / "aside"
        aside.mkdir()
        place = path.name
        size = path.stat().st_size
        first, rest = _begin(table.open())
        raw = RawTable(first.head(FIRST_ROWS), (), table.form, mapping=table.mapping)
        case = case_column(raw, table.mapping if given is None else given)
        if case is None:
            raise MappingError(f"{place}: no column of case ids is found; name it in a mapping")
        progress(None, f"reading {place} ({size / 1e6:,.0f} MB)")
        spilled = spill(ahead(rest), case, aside, partitions)
        del first, rest, raw
        file = table.file(spilled.rows)
        progress(None, "finding out what the columns mean")
        rows = sample(spilled, SAMPLE_ROWS, MATTERS)
        whole = RawTable(rows, (file,), table.form, mapping=table.mapping)
        mapping, assumptions = _guessed(whole, given)
        if mapping.columns.case is None or mapping.columns.case != case:
            raise MappingError(
                f"{place}: {case!r} looked like the case id at first, then "
                f"{mapping.columns.case!r} did; name it in a mapping under [columns] case"
            )
        del rows, whole
        built = _build(spilled, mapping, aside, place, progress)
        refuse_endless(mapping, built.words["activity"], place)
        absent = absent_activities(mapping, built.words["activity"])
        source = Source(
            files=(file,), rows_in=max(built.rows_in, file.rows), rows_out=built.rows_out
        ).with_issues(*built.issues)  # fmt: skip
        source = source.with_assumptions(*built.assumptions, *absent, *assumptions)
        source = original(source, mapping.provenance)
        mapping = replace(mapping, provenance={})
        _write(built, mapping, source, draft, target, keep_names, progress)


def _begin(batches: Iterator[pl.DataFrame]) -> tuple[pl.DataFrame, Iterable[pl.DataFrame]]:
    """The first batch, and all batches including it."""
    first = next(batches, None)
    if first is None:
        raise MappingError("there are no rows to import; check the file")

    def chained() -> Iterator[pl.DataFrame]:
        yield first
        yield from batches

    return first, chained()


def _guessed(raw: RawTable, given: Mapping | None) -> tuple[Mapping, tuple[Assumption, ...]]:
    if given is None and raw.mapping is not None:
        return raw.mapping, ()
    found = guess(raw, given)
    return found.mapping, found.assumptions


def _needs_until(mapping: Mapping) -> bool:
    """Whether what becomes of a matter depends on the last moment of the whole log."""
    closed = mapping.closed
    depends = closed.rule == "end_time" or closed.end or closed.silence_days is not None
    return bool(depends) and mapping.window.until is None


def _moments(mapping: Mapping, columns: Sequence[str], place: str) -> set[str]:
    """Columns of which only the moment is asked, so that the text in which it stands is not."""
    none = [*mapping.none.values, *(v for of in mapping.none.columns.values() for v in of)]
    if mapping.time.formats or any(v[:1].isdigit() for v in none):
        return set()  # such a pattern or value is matched with the text
    roles = event_roles(mapping, columns, place)
    times = {roles[r] for r in ("time", "start") if r in roles}
    others = {c for r, c in roles.items() if r not in ("time", "start")}
    others |= {*case_roles(mapping, columns, place).values(), *mapping.types}
    return times - others


def _build(spilled: Spill, mapping: Mapping, aside: Path, place: str, progress: Progress) -> Built:
    count = len(spilled.parts)
    until = None
    if _needs_until(mapping):
        until = max(last_moment(load(spilled, i), mapping, place=place) for i in range(count))
    files, cases, issues = [], [], []
    assumptions: list[Assumption] = []
    spans: list[tuple[int, int]] = []
    words: dict[str, set[str]] = {c: set() for c in CATEGORICAL}
    rows_in = rows_out = last = 0
    moments = _moments(mapping, spilled.schema.names(), place)
    loading = (load(spilled, i, moments=moments, last=True) for i in range(count))
    for number, rows in enumerate(ahead(loading)):
        progress(number / count, f"building part {number + 1} of {count}")
        frames = build_frames(rows, mapping, until=until, place=place, part=True)
        del rows
        spans += [frames.span] if frames.span else []
        events = with_codes(frames.events, CATEGORICAL)
        for column in CATEGORICAL:
            words[column].update(present(events[column]))
        latest = events["time"].dt.epoch("us").max()
        last = max(last, latest) if isinstance(latest, int) else last
        pair = (aside / f"events-{number:05d}.arrow", aside / f"cases-{number:05d}.arrow")
        events.write_ipc(pair[0], compression="lz4")
        frames.cases.write_ipc(pair[1], compression="lz4")
        files.append(pair)
        cases.append(frames.cases.height)
        issues.append(frames.issues)
        assumptions += frames.assumptions
        rows_in, rows_out = rows_in + frames.rows_in, rows_out + frames.rows_out
    found = merged(issues)
    refuse_unusable(found, rows_in, place)
    if spans:
        refuse_beside(mapping, (min(s[0] for s in spans), max(s[1] for s in spans)), place)
    return Built(
        tuple(files), tuple(cases), {c: sorted(w) for c, w in words.items()},
        found, tuple(assumptions), rows_in, rows_out, last,
    )  # fmt: skip


def merged(parts: Iterable[Iterable[Issue]]) -> tuple[Issue, ...]:
    """The issues of all ranges, each reason once, with the first ten places of all.

    >>> parts = [[Issue("no_time", 1, "left out", ("row 12",))],
    ...          [Issue("no_time", 2, "left out", ("row 9",))]]
    >>> merged(parts)[0].count, merged(parts)[0].places
    (3, ('row 9', 'row 12'))
    """
    out: dict[tuple[str, str], Issue] = {}
    for issue in (i for part in parts for i in part):
        key = (issue.code, issue.what)
        old = out.get(key)
        if old is None:
            out[key] = issue
        else:
            places = {*old.places, *issue.places} if _rows(issue) else (*old.places, *issue.places)
            ranked = sorted(places, key=_row_number) if _rows(issue) else list(places)
            out[key] = replace(old, count=old.count + issue.count, places=tuple(ranked[:10]))
    return tuple(out.values())


def _rows(issue: Issue) -> bool:
    return all(p.startswith("row ") and p[4:].isdigit() for p in issue.places)


def _row_number(place: str) -> int:
    return int(place[4:])


def _write(
    built: Built,
    mapping: Mapping,
    source: Source,
    draft: Path,
    target: Path,
    keep_names: bool,
    progress: Progress,
) -> None:
    layout = {
        where: _layout(pl.read_ipc_schema(pair[side]) for pair in built.files)
        for side, where in enumerate(("events", "cases"))
    }
    key: Key | None = None
    persons: dict[str, list[str]] = {}
    customer: str | None = None
    if not keep_names:
        key, persons, customer = _persons(built, layout, mapping)
        mapping, source = without_names(mapping, key), noted(source, key)
    parts = []
    columns = {}
    done = 0
    for number, (events_file, cases_file) in enumerate(built.files):
        progress(number / len(built.files), f"writing part {number + 1} of {len(built.files)}")
        events = _completed(pl.read_ipc(events_file), layout["events"])
        events = events.with_columns(
            (pl.col("case") + done).cast(pl.UInt32),
            *(recoded(events[c], built.words[c]) for c in CATEGORICAL),
        )
        cases = _completed(pl.read_ipc(cases_file), layout["cases"])
        cases = cases.with_columns((pl.col("case") + done).cast(pl.UInt32))
        if key is not None:
            events = with_pseudonyms(events, ["resource", *persons["events"]], None, key)
            cases = with_pseudonyms(cases, persons["cases"], customer, key)
        columns = {"events": columns_of(events), "cases": columns_of(cases)}
        parts.append(write_part(draft, number, events, cases, done))
        done += cases.height
        events_file.unlink()
        cases_file.unlink()
    (draft / "aside").rmdir()
    since, stop = window_micros(mapping)
    until = stop if stop is not None else built.last
    write_index(draft, mapping, source, since, until, columns, parts, key)
    put_in_place(draft, target, key)


def _layout(schemas: Iterable[dict[str, pl.DataType]]) -> dict[str, pl.DataType]:
    """All columns of all ranges: the known ones as they stand, further ones by name."""
    from polku.log.eventlog import CASE_COLUMNS, EVENT_COLUMNS

    found: dict[str, pl.DataType] = {}
    for schema in schemas:
        for name, dtype in schema.items():
            if name not in found or found[name] == pl.Null:
                found[name] = dtype
    own = [*dict.fromkeys((*EVENT_COLUMNS, *CASE_COLUMNS))]
    ranked = sorted(found, key=lambda n: (own.index(n), "") if n in own else (len(own), n))
    order = {name: found[name] for name in ranked}
    first = EVENT_COLUMNS if "activity" in found else CASE_COLUMNS
    rest = [n for n in order if n not in first]
    return {name: found[name] for name in (*first, *sorted(rest))}


def _completed(frame: pl.DataFrame, layout: dict[str, pl.DataType]) -> pl.DataFrame:
    """The table with the columns that only other ranges have; no suspension is one of 0 µs."""
    absent = [
        pl.lit(0 if name == "suspended" else None, dtype).alias(name)
        for name, dtype in layout.items()
        if name not in frame.columns
    ]
    return frame.with_columns(absent).select(
        pl.col(n).cast(t) if frame.schema.get(n) == pl.Null else pl.col(n)
        for n, t in layout.items()
    )


def _persons(
    built: Built, layout: dict[str, dict[str, pl.DataType]], mapping: Mapping
) -> tuple[Key, dict[str, list[str]], str | None]:
    """The key for the whole log, the further columns with officials, and that of customers."""
    names = set(built.words["resource"])
    persons: dict[str, list[str]] = {}
    more: set[str] = set()
    for side, where in enumerate(("events", "cases")):
        columns = text_columns(pl.DataFrame(schema=layout[where]), where)
        frames = (_columns(pair[side], columns) for pair in built.files)
        persons[where] = person_columns(frames, columns, names, mapping)
        for pair in built.files if persons[where] else ():
            for series in _columns(pair[side], persons[where]).iter_columns():
                more |= set(series.drop_nulls().unique().cast(pl.String).to_list())
    customer = customer_column(list(layout["cases"]), mapping)
    customers: set[str] = set()
    for pair in built.files if customer is not None else ():
        values = _columns(pair[1], [str(customer)])[str(customer)]
        customers |= set(values.drop_nulls().unique().cast(pl.String).to_list())
    return make_key(names | more, customers, mapping), persons, customer


def _columns(file: Path, columns: list[str]) -> pl.DataFrame:
    """Some columns of a range; one that it lacks is empty."""
    there = [c for c in columns if c in pl.read_ipc_schema(file)]
    frame = pl.read_ipc(file, columns=there) if there else pl.DataFrame()
    return frame.with_columns(pl.lit(None, pl.String).alias(c) for c in columns if c not in there)
