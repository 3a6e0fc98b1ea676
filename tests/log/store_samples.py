"""Small logs for the tests of store, key and export."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal

from polku.log.eventlog import CONTACT, EVENT_KINDS, OUTCOMES, EventLog
from polku.log.mapping import Closed, Columns, Mapping
from polku.log.source import Assumption, Issue, Source, SourceFile
from polku.log.store import case_hash

UTC = pl.Datetime("us", "UTC")
DAY = 86_400_000_000


def small_log(ids: list[str], each: int = 3) -> EventLog:
    """A log with `each` events for every id."""
    ids = sorted(set(ids), key=lambda i: (case_hash(i), i))
    n = len(ids)
    case = [c for c in range(n) for _ in range(each)]
    order = [k for _ in range(n) for k in range(each)]
    words = pl.Enum(["ask", "decide", "päätös"])
    events = pl.DataFrame(
        {
            "case": pl.Series(case, dtype=pl.UInt32),
            "activity": pl.Series([["ask", "päätös", "decide"][k % 3] for k in order], dtype=words),
            "agency": pl.Series([None] * n * each, dtype=pl.Enum([])),
            "unit": pl.Series(["u"] * n * each, dtype=pl.Enum(["u"])),
            "resource": pl.Series(
                [f"r{(c * 7 + k) % 300:03d}" for c, k in zip(case, order, strict=True)],
                dtype=pl.Enum([f"r{i:03d}" for i in range(300)]),
            ),
            "channel": pl.Series([None] * n * each, dtype=pl.Enum(["phone"])),
            "start": pl.Series([None] * n * each, dtype=UTC),
            "time": pl.Series([DAY * (c + k) for c, k in zip(case, order, strict=True)], dtype=UTC),
            "order": pl.Series(order, dtype=pl.UInt32),
            "contact": pl.Series([None] * n * each, dtype=pl.Enum(CONTACT)),
            "kind": pl.Series([None] * n * each, dtype=pl.Enum(EVENT_KINDS)),
            "note": pl.Series([f"n{k}" if k else None for k in order], dtype=pl.String),
            "cost": pl.Series([k / 3 for k in order], dtype=pl.Float64),
            "suspended": pl.Series(list(order), dtype=pl.Int64),
        }
    )
    cases = pl.DataFrame(
        {
            "case": pl.Series(range(n), dtype=pl.UInt32),
            "case_id": pl.Series(ids, dtype=pl.String),
            "arrival": pl.Series([DAY * c for c in range(n)], dtype=UTC),
            "end": pl.Series([None] * n, dtype=UTC),
            "closed": pl.Series([False] * n, dtype=pl.Boolean),
            "outcome": pl.Series([None] * n, dtype=pl.Enum(OUTCOMES)),
            "due": pl.Series([None] * n, dtype=UTC),
            "entry": pl.Series([None] * n, dtype=UTC),
            "kind": pl.Series([None] * n, dtype=pl.String),
            "district": pl.Series(["D1"] * n, dtype=pl.String),
        }
    )
    source = Source(
        files=(SourceFile("a.csv", "ab" * 32, 10, "csv", n * each),),
        rows_in=n * each + 1,
        rows_out=n * each,
        issues=(Issue("no_time", 1, "left out", ("row 7",)),),
        assumptions=(Assumption("assumed", "time", "UTC"),),
        links=({"rule": "plot", "links": 2},),
    )
    mapping = Mapping(columns=Columns(case="c", activity="a"), closed=Closed(rule="unknown"))
    return EventLog(events, cases, mapping, source, until=DAY * (n + each), since=None)


def assert_same(a: EventLog, b: EventLog) -> None:
    """Equal in every frame, type, category and word of provenance."""
    assert_frame_equal(a.events, b.events)
    assert_frame_equal(a.cases, b.cases)
    assert a.events.schema == b.events.schema
    assert (a.mapping, a.source, a.until, a.since) == (b.mapping, b.source, b.until, b.since)
