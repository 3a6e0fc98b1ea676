"""Retention and erasure: matters and keys that are to be kept no longer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from polku.errors import LogError, MappingError
from polku.log.eventlog import EventLog
from polku.log.keyfile import Key, key_path, read_key
from polku.log.mapping import Mapping, Window, nearest
from polku.log.pseudonym import customer_column
from polku.log.source import Issue
from polku.log.store import open_store, read_index, write_store

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Forgotten:
    """What was removed from a store: matters, their events, and whether the key."""

    matters: int
    events: int
    key: bool

    def __str__(self) -> str:
        key = "; the key to the names is deleted" if self.key else ""
        return f"Forgotten: {self.matters:,} matters with {self.events:,} events{key}"


def forget(
    store: str | Path,
    *,
    before: str | date | datetime | None = None,
    cases: Collection[str] = (),
    customers: Collection[str] = (),
    key: bool = False,
) -> Forgotten:
    """Remove matters from a store, and those who occur in them only from its key.

    `before`: matters that ended before this date (its first moment in the log's zone) or time;
    `cases`: matters by case id; `customers`: all matters of a customer, by name (through the
    key) or pseudonym; `key`: delete the key, so nobody can tell who is behind a pseudonym.
    The store is rewritten as a whole, or stays as it was; its provenance says how many matters
    were removed and why, not which. Raises `LogError` for an unknown case or customer, or when
    nothing is named.
    """
    path = Path(store)
    if before is None and not cases and not customers and not key:
        raise LogError(
            f"{path}: nothing is named to forget; give a date to forget before, a case, a "
            "customer, or the key"
        )
    log = open_store(path)
    document = read_index(path)
    known = read_key(path, document["key"])
    reasons: list[tuple[str, pl.Series]] = []
    if before is not None:
        moment = _micros(before, log.mapping)
        ended = log.cases["end"].dt.epoch("us") < moment
        reasons.append((f"ended before {before}", ended & log.cases["closed"]))
    if cases:
        reasons.append(("erased by case", _by_case(log, cases, path)))
    if customers:
        reasons.append(("erased by customer", _by_customer(log, customers, known, path)))
    gone = _any(reasons, log.n_matters)
    removed = Forgotten(int(gone.sum()), 0, key and key_path(path).exists())
    if removed.matters:
        kept = without_matters(log, gone)
        removed = replace(removed, events=log.events.height - kept.events.height)
        why = "; ".join(reason for reason, where in reasons if where.any())
        issue = Issue(
            "forgotten", removed.events, f"steps of {removed.matters:,} matters removed: {why}"
        )
        left = log.source.rows_out - removed.events
        source = replace(log.source, rows_out=max(left, 0)).with_issues(issue)
        still = _still_there(kept, known) if known is not None else None
        write_store(replace(kept, source=source), path, parts=len(document["parts"]), key=still)
    if key:
        key_path(path).unlink(missing_ok=True)
    return removed


def without_matters(log: EventLog, gone: pl.Series) -> EventLog:
    """The log without the marked matters (bool per matter), and without words only they used."""
    import polars as pl

    keep = ~gone
    code = (keep.cast(pl.UInt32).cum_sum() - 1).cast(pl.UInt32, strict=False)
    events = log.events.filter(keep.gather(log.events["case"]))
    events = events.with_columns(code.gather(events["case"]).alias("case"))
    cases = log.cases.filter(keep)
    cases = cases.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("case"))
    return replace(log, events=_pruned(events), cases=_pruned(cases))


def _pruned(frame: pl.DataFrame) -> pl.DataFrame:
    """The table without unused categories; fixed vocabularies keep theirs."""
    import polars as pl

    columns = []
    for name, dtype in frame.schema.items():
        if not isinstance(dtype, pl.Enum) or name in ("contact", "kind", "outcome"):
            continue
        used = set(frame[name].drop_nulls().unique().cast(pl.String).to_list())
        categories = [c for c in dtype.categories.to_list() if c in used]
        columns.append(frame[name].cast(pl.String).cast(pl.Enum(categories)))
    return frame.with_columns(columns)


def _any(reasons: Collection[tuple[str, pl.Series]], matters: int) -> pl.Series:
    import polars as pl

    gone = pl.repeat(False, matters, dtype=pl.Boolean, eager=True)
    for _, where in reasons:
        gone = gone | where.fill_null(False)
    return gone


def _by_case(log: EventLog, cases: Collection[str], path: Path) -> pl.Series:
    found = log.cases["case_id"].is_in(list(cases))
    if int(found.sum()) < len(set(cases)):
        ids = set(log.cases["case_id"].filter(found).to_list())
        missing = sorted(set(cases) - ids)[0]
        raise LogError(f"{path}: has no case {missing!r}; nothing was removed")
    return found


def _by_customer(
    log: EventLog, customers: Collection[str], known: Key | None, path: Path
) -> pl.Series:
    column = customer_column(log.cases.columns, log.mapping)
    if column is None:
        raise LogError(
            f"{path}: the log has no column for the customer; erase by case, or import again "
            "with [cases] customer in the mapping"
        )
    values = log.cases[column].cast(str)
    names = known.customer if known else {}
    wanted = {names.get(c, c) for c in customers}
    for customer in customers:
        if not (values == names.get(customer, customer)).any():
            there = nearest(customer, names) if names else "there is no key to names"
            raise LogError(f"{path}: has no customer {customer!r} ({there}); nothing was removed")
    return values.is_in(sorted(wanted))


def _still_there(log: EventLog, known: Key) -> Key:
    """The key without those who no longer occur in the log."""
    import polars as pl

    left: set[str] = set()
    for frame in (log.events, log.cases):
        for name, dtype in frame.schema.items():
            if dtype == pl.String or isinstance(dtype, pl.Enum):
                left |= set(frame[name].drop_nulls().unique().cast(pl.String).to_list())
    return Key(
        {n: p for n, p in known.resource.items() if p in left},
        {n: p for n, p in known.customer.items() if p in left},
    )


def _micros(before: str | date | datetime, mapping: Mapping) -> int:
    from polku.log.window import window_micros

    text = before if isinstance(before, str) else before.isoformat()
    try:
        since, _ = window_micros(replace(mapping, window=Window(since=text)))
    except MappingError as e:
        raise LogError(
            f"the date to forget before is {text!r}; write 2026-01-31 or 2026-01-31T12:00+02:00"
        ) from e
    assert since is not None
    return since
