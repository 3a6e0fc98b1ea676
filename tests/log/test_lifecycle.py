"""Pairing of lifecycle rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from polku.log.build import build_frames
from polku.log.lifecycle import fifo
from polku.log.mapping import Columns, Mapping

DAY = datetime(2024, 3, 4, tzinfo=UTC)
MAPPING = Mapping(
    columns=Columns(
        case="case", activity="activity", time="time", resource="resource",
        lifecycle="lifecycle", instance="instance",
    )
)  # fmt: skip


def rows(*entries: tuple[str, str, int] | tuple[str, str, int, str, str | None]) -> pl.DataFrame:
    """Rows of one case: (activity, transition, minute[, resource, instance])."""
    full = [(*e, "Ann", None) if len(e) == 3 else e for e in entries]
    return pl.DataFrame(
        {
            "case": ["A"] * len(full),
            "activity": [e[0] for e in full],
            "lifecycle": [e[1] for e in full],
            "time": [DAY + timedelta(minutes=e[2]) for e in full],
            "resource": [e[3] for e in full],
            "instance": [e[4] for e in full],
        },
        schema_overrides={"instance": pl.String, "time": pl.Datetime("us", "UTC")},
    )


def steps(*entries: tuple) -> list[tuple[str, int | None, int]]:
    """(activity, start minute, completion minute) of the steps that come out."""
    events = build_frames(rows(*entries), MAPPING).events
    minute = (pl.col("time") - DAY).dt.total_minutes()
    begin = (pl.col("start") - DAY).dt.total_minutes()
    return events.select("activity", begin.alias("start"), minute.alias("time")).rows()


def counts(*entries: tuple) -> dict[str, int]:
    return {i.code: i.count for i in build_frames(rows(*entries), MAPPING).issues}


def test_a_start_goes_with_the_next_completion_of_its_activity() -> None:
    assert steps(("x", "start", 0), ("y", "start", 1), ("y", "complete", 2), ("x", "complete", 9)) \
        == [("y", 1, 2), ("x", 0, 9)]  # fmt: skip


def test_two_open_starts_are_ended_first_in_first_out() -> None:
    found = steps(("x", "start", 0), ("x", "start", 2), ("x", "complete", 5), ("x", "complete", 6))
    assert found == [("x", 0, 5), ("x", 2, 6)]


def test_instance_ids_win_over_first_in_first_out() -> None:
    found = steps(
        ("x", "start", 0, "Ann", "1"), ("x", "start", 2, "Ann", "2"),
        ("x", "complete", 5, "Ann", "2"), ("x", "complete", 6, "Ann", "1"),
    )  # fmt: skip
    assert found == [("x", 2, 5), ("x", 0, 6)]


def test_the_same_resource_is_preferred_and_another_one_is_taken_at_need() -> None:
    found = steps(
        ("x", "start", 0, "Ann", None), ("x", "start", 1, "Bo", None),
        ("x", "complete", 3, "Bo", None), ("x", "complete", 4, "Cy", None),
    )  # fmt: skip
    assert found == [("x", 1, 3), ("x", 0, 4)]


def test_unpaired_rows_stay_and_are_counted() -> None:
    entries = (("x", "complete", 0), ("x", "start", 1), ("y", "start", 2), ("y", "complete", 3))
    assert steps(*entries) == [("x", None, 0), ("x", None, 1), ("y", 2, 3)]
    assert counts(*entries) == {"unpaired_complete": 1, "unpaired_start": 1}


def test_suspension_and_scheduling_are_kept_beside_the_step() -> None:
    frame = build_frames(
        rows(
            ("x", "schedule", 0), ("x", "start", 10), ("x", "suspend", 12), ("x", "resume", 20),
            ("x", "suspend", 25), ("x", "resume", 26), ("x", "complete", 30),
        ),
        MAPPING,
    ).events  # fmt: skip
    assert frame.height == 1
    assert frame["suspended"].to_list() == [9 * 60_000_000]
    assert frame["scheduled"].to_list() == [DAY]


def test_skipped_and_assigned_work_is_no_step_but_is_counted() -> None:
    entries = (
        ("x", "start", 0), ("x", "ate_abort", 4), ("y", "assign", 5), ("z", "withdraw", 6),
    )  # fmt: skip
    assert steps(*entries) == [("x", 0, 4)]
    assert counts(*entries) == {"aborted": 1, "assignment": 1, "skipped": 1}


def test_rows_that_only_complete_are_events_by_themselves() -> None:
    assert steps(("x", "complete", 0), ("y", "COMPLETE", 1)) == [("x", None, 0), ("y", None, 1)]


def test_transitions_are_known_in_any_case_of_letters() -> None:
    assert steps(("x", "START", 0), ("x", "Complete", 1)) == [("x", 0, 1)]


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=40))
def test_fifo_agrees_with_a_queue(entries: list[tuple[int, bool]]) -> None:
    entries = sorted(entries, key=lambda e: e[0])
    group = np.array([g for g, _ in entries], dtype=np.int64)
    opens = np.array([o for _, o in entries], dtype=bool)
    queues: dict[int, list[int]] = {}
    expected = []
    for at, (g, is_open) in enumerate(entries):
        if is_open:
            queues.setdefault(g, []).append(at)
        elif queues.get(g):
            expected.append((queues[g].pop(0), at))
    a, b = fifo(group, opens, ~opens)
    assert sorted(zip(a.tolist(), b.tolist(), strict=True)) == sorted(expected)
