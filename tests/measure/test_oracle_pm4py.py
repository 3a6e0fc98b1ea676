"""Durations, directly-follows counts, variants and rework equal pm4py's on public logs.

pm4py is an oracle for tests only. For a log with start and completion rows it gets the completion
rows (to it a transition is an event of its own); durations run from the first row of any kind to
the last. There is one exception, for tables: pm4py leaves rows with equal times in the order of
the file, so shuffling a table changes its variants and edges; here they stand in the order of
(start, activity, resource) unless the table has an order of its own. The last test is the minimal
example. For the tables below pm4py is handed the rows in that order; XES logs as they are.
"""

from __future__ import annotations

import gzip
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from polku.log.eventlog import EventLog
from polku.log.read import read
from polku.measure.edges import directly_follows
from polku.measure.steps import Steps
from polku.measure.variants import sequence, variants

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pd = pytest.importorskip("pandas", reason="pandas is missing: pip install polku[test]")
    pm4py = pytest.importorskip("pm4py", reason="pm4py is missing: pip install polku[test]")

pytestmark = pytest.mark.filterwarnings("ignore")
LOGS = {
    "receipt": "receipt/receipt.xes.gz",
    "BPIC15_1": "bpic15/BPIC15_1.xes.gz",
    "BPIC12W": "bpic12w/BPI_Challenge_2012_W_Two_TS.xes.gz",
    "production": "production/production.csv.gz",
    "purchasing": "purchasing/PurchasingExample.csv.gz",
}
CASE, ACTIVITY, TIME, START = "case:concept:name", "concept:name", "time:timestamp", "start"


@pytest.fixture(scope="module", params=list(LOGS))
def both(request: pytest.FixtureRequest, data: Path) -> tuple[Steps, Any, Any]:
    """Steps as Polku reads them; pm4py's rows of completions; its rows of all moments."""
    path = data / LOGS[request.param]
    log = read(path)
    every = _table(path, log) if path.name.endswith(".csv.gz") else pm4py.read_xes(str(path))
    if START in every:
        moments = pd.concat([every, every.assign(**{TIME: every[START]})])
        return Steps(log), every.drop(columns=START), moments
    done = every[every["lifecycle:transition"].str.lower() == "complete"]
    return Steps(log), done, every


def _table(path: Path, log: EventLog) -> Any:
    columns = log.mapping.columns
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    rows = rows.rename(
        columns={
            columns.case: CASE, columns.activity: ACTIVITY, columns.time: TIME,
            columns.start: START,
        }
    )  # fmt: skip
    for name in (TIME, START):
        rows[name] = pd.to_datetime(rows[name], utc=True)
    return rows.sort_values([CASE, TIME, START, ACTIVITY, columns.resource], kind="stable")


def test_durations_equal(both: tuple[Steps, Any, Any]) -> None:
    steps, _, moments = both
    first, last = steps.offsets[:-1], steps.offsets[1:]
    assert (last > first).all()
    length = np.maximum.reduceat(steps.time, first) - np.minimum.reduceat(steps.start, first)
    theirs = pm4py.get_all_case_durations(
        pm4py.format_dataframe(
            moments.copy(), case_id=CASE, activity_key=ACTIVITY, timestamp_key=TIME
        )
    )
    assert np.allclose(np.sort(length) / 1e6, np.sort(theirs), rtol=0, atol=1e-5)


def test_directly_follows_counts_equal(both: tuple[Steps, Any, Any]) -> None:
    steps, done, _ = both
    theirs, _, _ = pm4py.discover_dfg(done)
    edges = directly_follows(steps).select("source", "target", "count")
    assert {(a, b): k for a, b, k in edges.iter_rows()} == dict(theirs)


def test_variants_equal(both: tuple[Steps, Any, Any]) -> None:
    steps, done, _ = both
    found = variants(steps)
    ours = {sequence(steps, found, k): int(found.count[k]) for k in range(len(found))}
    assert ours == dict(pm4py.get_variants(done))


def test_matters_with_rework_equal(both: tuple[Steps, Any, Any]) -> None:
    steps, done, _ = both
    names, codes = steps.categories("activity"), steps.codes("activity")
    again = np.flatnonzero(steps.first_of("activity") != np.arange(steps.m))
    ours = Counter(a for _, a in {(int(steps.case[i]), names[codes[i]]) for i in again})
    assert dict(ours) == dict(pm4py.get_rework_cases_per_activity(done))


def test_the_exception_is_rows_of_a_table_with_equal_times(tmp_path: Path) -> None:
    head, ties = "case,activity,time\n", ["a,y,2025-01-01T09:00Z\n", "a,x,2025-01-01T09:00Z\n"]
    ours, theirs = set(), set()
    for k, order in enumerate((ties, ties[::-1])):
        path = tmp_path / f"{k}.csv"
        path.write_text(head + "".join(order) + "a,z,2025-01-02T09:00Z\n", encoding="utf-8")
        steps = Steps(read(path))
        ours.add(sequence(steps, variants(steps), 0))
        rows = pd.read_csv(path, dtype=str).rename(
            columns={"case": CASE, "activity": ACTIVITY, "time": TIME}
        )
        rows[TIME] = pd.to_datetime(rows[TIME], utc=True)
        theirs |= set(pm4py.get_variants(rows))
    assert ours == {("x", "y", "z")}
    assert theirs == {("y", "x", "z"), ("x", "y", "z")}
