"""A small log for tests, written directly as frames: no reader, no mapping guess."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from typing import Any

import polars as pl

from polku.log.eventlog import CONTACT, EVENT_KINDS, OUTCOMES, EventLog
from polku.log.mapping import Closed, Mapping
from polku.log.source import Source

HOUR = 3_600_000_000
DAY = 24 * HOUR
BASE = 1_700_000_000_000_000 - 1_700_000_000_000_000 % DAY
UTC = pl.Datetime("us", "UTC")


def tiny(
    rows: Sequence[AnyMapping[str, Any]],
    matters: AnyMapping[str, AnyMapping[str, Any]] | None = None,
    *,
    mapping: Mapping | None = None,
    until: float | None = None,
    unit: int = HOUR,
    base: int = BASE,
    closed: bool = True,
) -> EventLog:
    """A log of `rows` (case, activity, time and any other event column; times in hours).

    `matters`: case id → closed, outcome, due, arrival, end, entry (hours), kind and further
    attributes; a matter that is not named is closed (decided) at its last event, when `closed`.
    """
    ids = sorted(
        {str(r["case"]) for r in rows} | set(matters or {}),
        key=lambda i: (hashlib.blake2b(i.encode(), digest_size=8).digest(), i),
    )
    number = {i: k for k, i in enumerate(ids)}

    def at(value: float | None) -> int | None:
        return None if value is None else base + round(value * unit)

    prepared = sorted(
        (
            {**r, "case": number[str(r["case"])], "order": r.get("order", k)}
            for k, r in enumerate(rows)
        ),
        key=lambda r: (r["case"], r["time"], r["order"]),
    )
    columns: dict[str, pl.Series] = {
        "case": pl.Series([r["case"] for r in prepared], dtype=pl.UInt32)
    }
    for name in ("activity", "agency", "unit", "resource", "channel"):
        values = [r.get(name) for r in prepared]
        known = sorted({v for v in values if v is not None})
        columns[name] = pl.Series(values, dtype=pl.Enum(known))
    for name in ("start", "time"):
        columns[name] = pl.Series([at(r.get(name)) for r in prepared], dtype=pl.Int64).cast(UTC)
    columns["order"] = pl.Series([r["order"] for r in prepared], dtype=pl.UInt32)
    columns["contact"] = pl.Series([r.get("contact") for r in prepared], dtype=pl.Enum(CONTACT))
    columns["kind"] = pl.Series([r.get("kind") for r in prepared], dtype=pl.Enum(EVENT_KINDS))
    known_columns = {*columns, "case"}
    for name in sorted({k for r in rows for k in r} - known_columns):
        columns[name] = pl.Series([r.get(name) for r in prepared])
    times = [r["time"] for r in prepared]
    last = until if until is not None else max(times, default=0.0)
    cases: list[dict[str, Any]] = []
    for i in ids:
        own = [r for r in prepared if r["case"] == number[i]]
        given = dict((matters or {}).get(i, {}))
        begin = min((r["start"] if r.get("start") is not None else r["time"] for r in own),
                    default=0.0)  # fmt: skip
        finish = max((r["time"] for r in own), default=begin)
        said = given.pop("closed", True)
        is_closed = said if closed else None
        cases.append(
            {
                "case_id": i,
                "arrival": at(given.pop("arrival", begin)),
                "end": at(given.pop("end", finish)) if is_closed else None,
                "closed": is_closed,
                "outcome": given.pop("outcome", "decided" if is_closed else None),
                "due": at(given.pop("due", None)),
                "entry": at(given.pop("entry", None)),
                "kind": given.pop("kind", None),
                **given,
            }
        )
    frame: dict[str, pl.Series] = {
        "case": pl.Series(range(len(ids)), dtype=pl.UInt32),
        "case_id": pl.Series(ids, dtype=pl.String),
    }
    for name in ("arrival", "end", "due", "entry"):
        frame[name] = pl.Series([c[name] for c in cases], dtype=pl.Int64).cast(UTC)
    frame["closed"] = pl.Series([c["closed"] for c in cases], dtype=pl.Boolean)
    frame["outcome"] = pl.Series([c["outcome"] for c in cases], dtype=pl.Enum(OUTCOMES))
    frame["kind"] = pl.Series([c["kind"] for c in cases], dtype=pl.String)
    for name in sorted({k for c in cases for k in c} - set(frame)):
        frame[name] = pl.Series([c.get(name) for c in cases])
    order = ["case", "case_id", "arrival", "end", "closed", "outcome", "due", "entry", "kind"]
    more = [k for k in frame if k not in order]
    return EventLog(
        events=pl.DataFrame(columns),
        cases=pl.DataFrame(frame).select(order + more),
        mapping=mapping or Mapping(closed=Closed(rule="column", column="closed")),
        source=Source(rows_in=len(rows), rows_out=len(rows)),
        until=base + round(last * unit),
    )
