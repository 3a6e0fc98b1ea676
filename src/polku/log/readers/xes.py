"""XES: the standard's event logs, plain or gzipped.

A scan of the bytes decides who reads: r4pm reads what is plain and regular; anything else goes to
the strict reader, which is slower and names the place of each fault. For a large file the scan
runs as a process beside r4pm and hands the bytes on through a named pipe.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from array import array
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from polku.errors import LogError
from polku.log.mapping import Mapping
from polku.log.raw import ORDER, PLACE, RawTable
from polku.log.readers import xes_scan
from polku.log.readers.provenance import Stamp, source_file, stamp
from polku.log.readers.registry import Probe, reader
from polku.log.readers.xes_scan import Verdict
from polku.log.readers.xes_strict import read_strict
from polku.log.source import Issue

ROLES = {
    "case": "case:concept:name",
    "activity": "concept:name",
    "time": "time:timestamp",
    "resource": "org:resource",
    "lifecycle": "lifecycle:transition",
    "instance": "concept:instance",
    "unit": "org:group",
}
BESIDE = 12 << 20
"""From this size in bytes the scan runs in a process of its own; starting it takes 0.05 s."""
ZIPPED = 20
"""Bytes of XES in one zipped byte, about."""
UNREADABLE_SHARE = 0.05
"""Above this share of unreadable event times a log is refused."""


def _is_xes(seen: Probe) -> bool:
    text = seen.text.lstrip()
    return text.startswith("<") and "<log" in text


@reader("xes", suffixes=(".xes", ".xes.gz"), sniff=_is_xes)
def read_xes(path: Path, *, mapping: Mapping | None = None) -> RawTable:
    """Read an XES log.

    Event attributes become columns by their key, trace attributes columns `case:KEY`, attributes
    within attributes `KEY.INNER`, lists JSON text. `@order` is the position in the trace. The
    defaults of `<global>` are not filled in: an attribute that is missing is missing. Two traces
    of one name are one case (counted); traces without events have no rows (counted).

    Raises `LogError` for a file that is truncated, of another encoding than it says, has a
    document type, is no XES, changes while it is read, has no case names (unless the mapping names
    another column), no activities or no times, or more than 5 % unreadable times.
    """
    path = Path(path)
    before = stamp(path)
    verdict, rows = _fast(path, before)
    if verdict.refused is not None:
        raise LogError(f"{path}: {verdict.refused}")
    sizes: Iterable[int]
    if rows is not None and not _trusted(rows, verdict):
        rows = None
    if rows is None:
        strict = read_strict(path)
        rows, sizes, issues = strict.rows, strict.sizes, strict.issues
        _refuse_unreadable(path, rows, issues)
    else:
        sizes, issues = verdict.sizes, ()
        rows = rows.with_columns(pl.col(pl.Datetime("us", None)).dt.replace_time_zone("UTC"))
    rows = rows.select(sorted(rows.columns))
    _check_roles(path, rows, mapping)
    ids = [c for c in ROLES.values() if c in rows.columns and c != "time:timestamp"]
    rows = rows.with_columns(pl.col(ids).cast(pl.String))
    per_trace = pl.Series("size", sizes, dtype=pl.UInt32)
    order = pl.int_ranges(0, per_trace, dtype=pl.UInt32, eager=True).explode(empty_as_null=False)
    rows = rows.with_columns(
        order.alias(ORDER), pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(PLACE)
    )
    issues += _trace_issues(rows, per_trace)
    files = (source_file(before, "xes", rows.height, verdict.sha256 or None),)
    roles = {k: v for k, v in ROLES.items() if v in rows.columns}
    return RawTable(rows, files, "xes", roles, ordered=True, issues=issues)


def _fast(path: Path, before: Stamp) -> tuple[Verdict, pl.DataFrame | None]:
    """The verdict on the file and, when it is plain, r4pm's table of it."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    with tempfile.TemporaryDirectory(prefix="polku-xes-") as folder:
        plain = Path(folder) / "log.xes"
        if before.size * (ZIPPED if zipped else 1) >= BESIDE and hasattr(os, "mkfifo"):
            return _beside(path, plain)
        with plain.open("wb") as sink:
            verdict = xes_scan.scan(path, sink)
        if verdict.refused is not None or verdict.irregular is not None:
            return verdict, None
        return verdict, _import(plain)


def _beside(path: Path, pipe: Path) -> tuple[Verdict, pl.DataFrame | None]:
    os.mkfifo(pipe)
    out = pipe.with_name("verdict.json")
    command = [sys.executable, "-I", "-S", xes_scan.__file__, str(path), str(pipe), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        # r4pm would wait for a writer for ever, so it starts only when there is one
        ready = process.stdout.readline() if process.stdout else b""
        rows = _import(pipe) if ready == b"ready\n" else None
    if process.returncode or not out.exists():
        raise LogError(f"{path}: the scan of the file was stopped; read it again")
    verdict = Verdict(**json.loads(out.read_text(encoding="utf-8")))
    sizes: array[int] = array("I")
    sizes.frombytes(out.with_suffix(".sizes").read_bytes())
    verdict.sizes = sizes
    plain = verdict.refused is None and verdict.irregular is None
    return verdict, rows if plain else None


def _import(plain: Path) -> pl.DataFrame | None:
    from r4pm import df

    try:
        rows, _ = df.import_xes(str(plain))
    except Exception:  # r4pm raises no narrower type; the strict reader says what is wrong
        return None
    return rows


def _trusted(rows: pl.DataFrame, verdict: Verdict) -> bool:
    """Whether r4pm's table has the rows that were counted, and no values written as debug text."""
    if rows.height != sum(verdict.sizes):
        return False
    if _values(rows, verdict) != verdict.values:
        return False  # a key given twice in one element, of which r4pm keeps one value
    text = rows.select(pl.col(pl.String))
    quoted = text.select(pl.all().str.starts_with('"').any())
    return not any(quoted.row(0)) if text.width and rows.height else True


def _values(rows: pl.DataFrame, verdict: Verdict) -> int:
    """How many attributes of events and traces stand in r4pm's table."""
    sizes = pl.Series("size", verdict.sizes, dtype=pl.UInt32)
    sizes = sizes.filter(sizes > 0)
    firsts = sizes.cum_sum() - sizes
    found = 0
    for column in rows.iter_columns():
        of_trace = column.name.startswith("case:")
        values = column.gather(firsts) if of_trace else column
        found += values.len() - values.null_count()
    return found


def _refuse_unreadable(path: Path, rows: pl.DataFrame, issues: tuple[Issue, ...]) -> None:
    bad = next((i for i in issues if i.code == "unreadable_time"), None)
    if bad is None or "time:timestamp" not in rows.columns:
        return
    lost = int(rows["time:timestamp"].null_count())
    if min(lost, bad.count) > UNREADABLE_SHARE * rows.height:
        raise LogError(
            f"{path}: {bad.count:,} times cannot be read ({'; '.join(bad.places[:3])}); above "
            f"{UNREADABLE_SHARE:.0%} of the events a log is refused; write them as ISO 8601"
        )


def _check_roles(path: Path, rows: pl.DataFrame, mapping: Mapping | None) -> None:
    if rows.height == 0:
        raise LogError(f"{path}: has no events; export the log again")
    named = mapping.columns if mapping is not None else Mapping().columns
    for role, column, what in (
        ("case", "case:concept:name", "traces have no names (concept:name)"),
        ("activity", "concept:name", "events have no activity (concept:name)"),
        ("time", "time:timestamp", "events have no times (time:timestamp)"),
    ):
        if column in rows.columns and rows[column].null_count() < rows.height:
            continue
        if getattr(named, role) is None:
            raise LogError(
                f"{path}: its {what}; name the column to take in the mapping, [columns] {role}"
            )


def _trace_issues(rows: pl.DataFrame, per_trace: pl.Series) -> tuple[Issue, ...]:
    issues = []
    empty = per_trace == 0
    if empty.any():
        places = tuple(f"trace number {i + 1:,}" for i in empty.arg_true().head(10).to_list())
        issues.append(
            Issue(
                "trace_without_events", int(empty.sum()),
                "traces without events give no rows", places, dropped=False,
            )
        )  # fmt: skip
    if "case:concept:name" in rows.columns:
        starts = (per_trace.cum_sum() - per_trace).filter(~empty)
        names = rows["case:concept:name"].gather(starts)
        again = names.is_not_null() & ~names.is_first_distinct()
        if again.any():
            issues.append(
                Issue(
                    "trace_name_repeated", int(again.sum()),
                    "several traces have one name: they stand together as one case",
                    tuple(f"trace {n!r}" for n in names.filter(again).head(10)), dropped=False,
                )
            )  # fmt: skip
    return tuple(issues)
