"""XES: the standard's event logs, plain or gzipped.

Two readers share the work: what is plain is read by Polars (`xes_plain`); anything else goes to the
strict reader, which is slower and names the place of each fault.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl

from polku.errors import LogError
from polku.log.mapping import Mapping
from polku.log.raw import ORDER, PLACE, RawTable
from polku.log.readers.blocks import RefusedError
from polku.log.readers.provenance import source_file, stamp
from polku.log.readers.registry import Probe, reader
from polku.log.readers.xes_part import IrregularError
from polku.log.readers.xes_plain import Plain, read_plain
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
    plain, sha256 = _plain(path)
    issues: tuple[Issue, ...] = ()
    if plain is not None:
        rows, per_trace = plain.rows, plain.sizes
    else:
        strict = read_strict(path)
        rows, issues = strict.rows, strict.issues
        per_trace = pl.Series("size", strict.sizes, dtype=pl.UInt32)
        _refuse_unreadable(path, rows, issues)
    rows = rows.select(sorted(rows.columns))
    _check_roles(path, rows, mapping)
    ids = [c for c in ROLES.values() if c in rows.columns and c != "time:timestamp"]
    rows = rows.with_columns(pl.col(ids).cast(pl.String))
    order = pl.int_ranges(0, per_trace, dtype=pl.UInt32, eager=True).explode(empty_as_null=False)
    rows = rows.with_columns(
        order.alias(ORDER), pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(PLACE)
    )
    issues += _trace_issues(rows, per_trace)
    files = (source_file(before, "xes", rows.height, sha256),)
    roles = {k: v for k, v in ROLES.items() if v in rows.columns}
    return RawTable(rows, files, "xes", roles, ordered=True, issues=issues)


def _plain(path: Path) -> tuple[Plain | None, str | None]:
    """The log and its SHA-256, when it is plain. Raises `LogError` for one that is broken."""
    digest = hashlib.sha256()
    try:
        return read_plain(path, digest), digest.hexdigest()
    except RefusedError as e:
        raise LogError(f"{path}: {e}") from e
    except IrregularError:
        return None, None


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
