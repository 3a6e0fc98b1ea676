"""Facts as files: Parquet that measures the same as its log, and a workbook for people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import fields
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from polku.errors import LogError
from polku.log.atomic import replacing, write_bytes
from polku.log.mapping import Mapping
from polku.measure.facts import (
    Amounts,
    Answers,
    Causes,
    Clock,
    Deviations,
    Fact,
    Facts,
    Marks,
    Promise,
    Times,
)
from polku.measure.reading import definition_texts
from polku.measure.registry import Catalogue, Criterion, catalogue

FORMAT = "polku.facts/1"
MOST_ROWS = 1_048_575
DAY = 86_400e6

_KINDS: dict[str, type] = {
    c.__name__: c for c in (Marks, Times, Promise, Causes, Amounts, Answers, Deviations)
}  # fmt: skip


def save_facts(facts: Facts, path: str | Path) -> Path:
    """Write facts, one row per matter, as `.parquet` or `.xlsx`, and return the path.

    Parquet holds everything: happenings as lists `ID@at` (µs since arrival) with `ID@amount`, so
    that `measure(load_facts(path))` equals `measure(log)`. The workbook holds totals that people
    can read (days, counts, yes and no) with the definitions on a second sheet, and cannot be read
    back. Raises `LogError` for another ending, or too many matters for a workbook.
    """
    path = Path(path)
    if path.suffix == ".parquet":
        _write_parquet(facts, path)
    elif path.suffix == ".xlsx":
        _write_workbook(facts, path)
    else:
        raise LogError(f"{path}: facts are written as .parquet or .xlsx; choose one of these")
    return path


def load_facts(path: str | Path, known: Catalogue | None = None) -> Facts:
    """Read the facts that `save_facts` wrote as Parquet.

    `known`: the criteria they are for (default: the catalogue); one that the file lacks, or that
    was read off the log under another definition than today's, counts as missing.
    Raises `LogError` when the file is missing, is no such file, or is of a newer format.
    """
    path = Path(path)
    if not path.is_file():
        raise LogError(f"{path}: there is no such file; check the path")
    head = facts_head(path)
    if head is None:
        raise LogError(f"{path}: holds no facts of Polku; write them with 'polku facts'")
    if head.get("format") != FORMAT:
        raise LogError(
            f"{path}: format {head.get('format')!r} is not known; this version reads {FORMAT}"
        )
    frame = pl.read_parquet(path)
    missing, hashes = dict(head["missing"]), dict(head["hashes"])
    for criterion in catalogue() if known is None else known:
        note = _unlike(criterion, head["definitions"].get(criterion.id))
        if note:
            missing[criterion.id] = note
            hashes.setdefault(criterion.id, "")
    whole: dict[str, Fact] = {}
    values = {
        id: _decode(frame, id, spec, whole)
        for id, spec in head["facts"].items()
        if id not in missing or _holds_name(spec)
    }
    values = {id: fact for id, fact in values.items() if id not in missing}
    log = dict(head["log"])
    log["assumptions"] = tuple(log.get("assumptions", ()))
    return Facts(
        matters=frame.select(head["matters"]),
        values=values,
        missing=missing,
        hashes=hashes,
        closed_known=head["closed_known"],
        segments=tuple(head["segments"]),
        log=log,
        definitions=head["definitions"],
        zone=head["zone"],
    )


def _unlike(criterion: Criterion, texts: AnyMapping[str, str] | None) -> str:
    """Why facts of an older file cannot be used for a criterion of today; empty when they can."""
    if texts is None:
        return "the facts file was written without this criterion; write it anew from the log"
    now = definition_texts(criterion, Mapping())
    differs = [k for k in now if not k.startswith("[") and texts.get(k) != now[k]]
    if not differs:
        return ""
    return (
        f"the facts file was written under another {' and '.join(differs)}; "
        "write it anew from the log"
    )


def facts_head(path: str | Path) -> dict[str, Any] | None:
    """What a facts file says of itself (format, log, hashes …); null when it is no facts file."""
    try:
        text = pl.read_parquet_metadata(path).get("polku")
    except (pl.exceptions.PolarsError, OSError):
        return None
    if text is None:
        return None
    head: dict[str, Any] = json.loads(text)
    return head


def _write_parquet(facts: Facts, path: Path) -> None:
    columns: dict[str, pl.Series] = {c.name: c for c in facts.matters.iter_columns()}
    specs: dict[str, Any] = {}
    whole: dict[int, tuple[Marks, str]] = {}
    for id in facts.values:
        spec, more = _encode(id, facts.values[id], facts.n, whole)
        specs[id] = spec
        columns.update(more)
    head = {
        "format": FORMAT,
        "matters": facts.matters.columns,
        "facts": specs,
        "missing": dict(facts.missing),
        "hashes": dict(facts.hashes),
        "closed_known": facts.closed_known,
        "segments": list(facts.segments),
        "log": dict(facts.log),
        "definitions": {id: dict(texts) for id, texts in facts.definitions.items()},
        "zone": facts.zone,
    }
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    with replacing(path) as draft:
        pl.DataFrame(columns).write_parquet(draft, metadata={"polku": text})


def _encode(
    name: str, fact: Fact, n: int, whole: dict[int, tuple[Marks, str]]
) -> tuple[dict[str, Any], dict[str, pl.Series]]:
    """A fact as columns named `name@field`, and how to put it together again.

    `whole`: marks that other marks are a part of, written once for all of these.
    """
    spec: dict[str, Any] = {"kind": type(fact).__name__}
    columns: dict[str, pl.Series] = {}
    offsets: pl.Series | None = None
    if isinstance(fact, Marks):
        row, at = _positions(fact)
        offsets = pl.Series(np.searchsorted(row, np.arange(n + 1)))
        columns[f"{name}@at"] = _lists(at, offsets)
    for f in fields(fact):
        value = getattr(fact, f.name)
        if f.name in ("clock", "at") or value is None:
            continue
        place = f"{name}@{f.name}"
        if isinstance(value, Marks):
            if id(value) in whole:
                spec[f.name] = {"same": whole[id(value)][1]}
                continue
            spec[f.name], more = _encode(place, value, n, whole)
            spec[f.name]["name"] = place
            whole[id(value)] = (value, place)
            columns.update(more)
        elif not isinstance(value, np.ndarray):
            spec[f.name] = list(value) if isinstance(value, tuple) else value
        elif offsets is not None and f.name != "applies":
            spec[f.name] = "list"
            columns[place] = _lists(value, offsets)
        else:
            spec[f.name] = "column"
            columns[place] = pl.Series(value)
    return spec, columns


def _positions(marks: Marks) -> tuple[np.ndarray, np.ndarray]:
    if marks.at is None:
        return marks.clock.row, marks.clock.elapsed
    return marks.clock.row[marks.at], marks.clock.elapsed[marks.at]


def _lists(values: np.ndarray, offsets: pl.Series) -> pl.Series:
    import pyarrow as pa

    array = pa.LargeListArray.from_arrays(
        pa.array(offsets.to_numpy().astype(np.int64)), pa.array(values)
    )
    made = pl.from_arrow(array)
    assert isinstance(made, pl.Series)
    return made


def _holds_name(spec: AnyMapping[str, Any]) -> bool:
    """Whether a fact holds marks that others refer to."""
    return any(isinstance(v, dict) and ("name" in v or _holds_name(v)) for v in spec.values())


def _decode(
    frame: pl.DataFrame, name: str, spec: AnyMapping[str, Any], whole: dict[str, Fact]
) -> Fact:
    if "same" in spec:
        return whole[spec["same"]]
    kind = _KINDS[spec["kind"]]
    given: dict[str, Any] = {}
    if kind is Marks:
        lists = frame[f"{name}@at"]
        lengths = lists.list.len().to_numpy()
        row = np.repeat(np.arange(frame.height, dtype=np.int32), lengths)
        given["clock"] = Clock(row, _flat(lists))
        given["at"] = None
    for f in fields(kind):
        if f.name not in spec:
            continue
        value = spec[f.name]
        place = f"{name}@{f.name}"
        if isinstance(value, dict):
            given[f.name] = _decode(frame, place, value, whole)
        elif value == "list":
            given[f.name] = _flat(frame[place])
        elif value == "column":
            given[f.name] = frame[place].to_numpy()
        else:
            given[f.name] = tuple(value) if isinstance(value, list) else value
    fact: Fact = kind(**given)
    if "name" in spec:
        whole[spec["name"]] = fact
    return fact


def _flat(lists: pl.Series) -> np.ndarray:
    return lists.explode(empty_as_null=False).to_numpy()


def _write_workbook(facts: Facts, path: Path) -> None:
    if facts.n > MOST_ROWS:
        raise LogError(
            f"{path}: {facts.n} matters are more than a workbook holds ({MOST_ROWS}); "
            "write .parquet"
        )
    import xlsxwriter

    # Texts come from logs: none of them may become a formula or a link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    made = BytesIO()
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        pl.DataFrame(list(_readable(facts))).write_excel(
            book, "matters", autofit=False, freeze_panes=(1, 1)
        )
        rows = [
            {"criterion": id, "what": what, "text": text, "hash": facts.hashes[id]}
            for id, texts in facts.definitions.items()
            for what, text in texts.items()
        ]
        schema = {"criterion": pl.String, "what": pl.String, "text": pl.String, "hash": pl.String}
        pl.DataFrame(rows, schema=schema).write_excel(book, "definitions", autofit=False)
    write_bytes(path, made.getvalue())


def _readable(facts: Facts) -> Iterator[pl.Series]:
    matters = facts.matters
    yield matters["case_id"]
    yield matters["arrival"].cast(pl.Datetime("us")).alias("arrival (UTC)")
    yield (matters["elapsed"] / DAY).round(6).alias("days seen")
    if facts.closed_known:
        yield matters["ended"]
    yield from (matters[c] for c in ("outcome", "kind"))
    yield from (matters[c] for c in facts.segments if c not in ("outcome", "kind"))
    for id in facts.values:
        fact = facts.values[id]
        value = _total(fact, facts.n)
        applies = getattr(fact, "applies", None)
        if applies is not None:
            mask = pl.Series(applies)
            value = pl.select(pl.when(mask).then(value)).to_series()
        yield value.alias(id)


def _total(fact: Fact, n: int) -> pl.Series:
    """What a fact says of each matter, as people read it."""
    if isinstance(fact, Marks):
        row, _ = _positions(fact)
        sums = np.bincount(row, weights=fact.amount, minlength=n)
        if fact.scale == 1.0:
            return pl.Series(sums.astype(np.int64))
        return pl.Series(sums / fact.scale).round(6)
    if isinstance(fact, Times):
        days = pl.Series(fact.elapsed / DAY).round(6)
        return pl.select(pl.when(pl.Series(fact.ended)).then(days)).to_series()
    if isinstance(fact, Promise):
        return pl.Series(fact.within / DAY).round(6)
    if isinstance(fact, Causes):
        names = pl.Series(["", *fact.names], dtype=pl.String)
        return names.gather(fact.cause.astype(np.int64))
    if isinstance(fact, Answers):
        return pl.Series(fact.value)
    if isinstance(fact, Deviations):
        return pl.Series(fact.cost).replace(-1, None)
    return pl.Series(fact.value / fact.scale).round(6)
