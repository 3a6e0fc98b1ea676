"""Work and waiting: exact sums, causes, turns and stops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from build import DAY, HOUR, tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.log.mapping import Calendar, Clock, Closed, Mapping, Waits
from polku.measure.contention import _last_up_to, busy_before
from polku.measure.order import ascending
from polku.measure.steps import Steps
from polku.measure.stops import clock_stops, stopped, turns, waiting_for
from polku.measure.waiting import CAUSES, life, waited, waits, worked
from polku.measure.waiting_tables import waiting_by_cause, waiting_by_step

Row = dict[str, Any]
CLOSED = Closed(rule="column", column="closed")
OFFICE = Calendar(
    zone="Europe/Helsinki",
    hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",)),
)
KINDS = (
    "supplement_requested", "supplement_received", "statement_requested", "statement_given",
    "suspended", "resumed", None, None, None,
)  # fmt: skip


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[Row], dict[str, Row], Mapping, int]:
    out: list[Row] = []
    for k in range(draw(st.integers(1, 14))):
        end = draw(st.integers(0, 60))
        start = draw(st.one_of(st.none(), st.integers(max(0, end - 20), end)))
        out.append(
            {
                "case": draw(st.sampled_from("abc")), "activity": draw(st.sampled_from("xyzp")),
                "resource": draw(st.sampled_from(["R", "Q", None])), "start": start,
                "time": end, "order": k, "kind": draw(st.sampled_from(KINDS)),
            }
        )  # fmt: skip
    matters: dict[str, Row] = {
        c: {"closed": draw(st.booleans()), "arrival": 0} for c in {r["case"] for r in out}
    }
    last = {c: max(r["time"] for r in out if r["case"] == c) for c in matters}
    for c, m in matters.items():
        if m["closed"] and draw(st.booleans()):
            m["end"] = max(0, last[c] + draw(st.integers(-5, 5)))
    mapping = Mapping(
        closed=CLOSED,
        waits=draw(st.sampled_from([Waits(), Waits(statutory={"x": 0.5}, meeting=("y",))])),
        calendar=draw(st.sampled_from([Calendar(), OFFICE])),
        clock=draw(st.sampled_from([Clock(), Clock(stop=("p",), resume=("p",))])),
    )
    return out, matters, mapping, 70


@settings(max_examples=400, deadline=None)
@given(logs())
def test_the_nine_causes_sum_to_the_waiting_and_waiting_and_work_to_the_lead_time(
    given_log: tuple[list[Row], dict[str, Row], Mapping, int],
) -> None:
    rows, matters, mapping, until = given_log
    steps = Steps(tiny(rows, matters, mapping=mapping, until=until))
    found = waits(steps)
    by_cause = [found.by_matter(cause, steps.n) for cause in CAUSES]
    assert all((c >= 0).all() for c in by_cause)
    assert set(found.parts) == set(CAUSES)
    total = np.sum(by_cause, axis=0)
    assert total.tolist() == waited(steps).tolist()
    assert (worked(steps) + waited(steps)).tolist() == steps.watched.tolist()


@settings(max_examples=300, deadline=None)
@given(logs())
def test_work_is_the_union_of_the_steps_within_the_matters_life(
    given_log: tuple[list[Row], dict[str, Row], Mapping, int],
) -> None:
    rows, matters, mapping, until = given_log
    steps = Steps(tiny(rows, matters, mapping=mapping, until=until))
    hours = np.zeros((steps.n, 80), dtype=bool)
    begin = steps.start - steps.arrival[steps.case]
    for i in np.flatnonzero(steps.worked):
        hours[steps.case[i], begin[i] // HOUR : steps.elapsed[i] // HOUR] = True
    for c in range(steps.n):
        hours[c, steps.watched[c] // HOUR :] = False
    assert worked(steps).tolist() == (hours.sum(axis=1) * HOUR).tolist()
    assert (life(steps).work >= 0).all()


def causes(rows: list[Row], matters: dict[str, Row] | None = None, **more: Any) -> dict[str, Any]:
    mapping = Mapping(closed=CLOSED, **more)
    steps = Steps(tiny(rows, matters, mapping=mapping))
    found = waits(steps)
    ids = steps.log.cases["case_id"].to_list()
    return {
        cause: {i: h for i, h in zip(ids, (found.by_matter(cause, steps.n) / HOUR).tolist(),
                                     strict=True) if h}
        for cause in CAUSES
        if found.by_matter(cause, steps.n).any()
    }  # fmt: skip


def step(case: str, activity: str, start: float, time: float, **more: Any) -> Row:
    return {"case": case, "activity": activity, "start": start, "time": time, **more}


def test_the_wait_from_request_to_answer_is_the_customers() -> None:
    rows = [
        step("a", "check", 0, 1),
        step("a", "ask", 2, 3, kind="supplement_requested"),
        step("a", "answer", 10, 10, kind="supplement_received"),
        step("a", "decide", 12, 13),
    ]
    assert causes(rows) == {"customer": {"a": 7}, "unexplained": {"a": 3}}


def test_the_customer_goes_before_statements_that_run_at_the_same_time() -> None:
    rows = [
        step("a", "ask all", 0, 1, kind="statement_requested"),
        step("a", "ask", 2, 3, kind="supplement_requested"),
        step("a", "answer", 10, 10, kind="supplement_received"),
        step("a", "state", 14, 15, kind="statement_given"),
    ]
    assert causes(rows) == {"customer": {"a": 7}, "statement": {"a": 5}}


def test_statutory_days_and_meetings_come_from_the_mapping() -> None:
    rows = [step("a", "announce", 0, 1), step("a", "decide", 61, 62), step("a", "x", 70, 71)]
    waits_part = Waits(statutory={"announce": 1.5}, meeting=("decide",))
    assert causes(rows, waits=waits_part) == {
        "statutory": {"a": 36}, "meeting": {"a": 24}, "unexplained": {"a": 8},
    }  # fmt: skip


def test_a_busy_resource_is_contention_or_prioritisation() -> None:
    rows = [
        step("a", "x", 0, 1, resource="S"),
        step("b", "x", 0, 2, resource="T"),
        step("c", "x", 0, 3, resource="U"),
        step("b", "y", 2, 5, resource="R"),  # was going on while a waited
        step("c", "y", 5, 9, resource="R"),  # ready after a, yet taken first
        step("a", "y", 10, 11, resource="R"),
    ]
    found = causes(rows)
    assert found["contention"] == {"a": 3, "c": 2}
    assert found["prioritisation"] == {"a": 4}
    assert found["unexplained"] == {"a": 2}


def test_matters_that_are_started_together_waited_for_the_batch() -> None:
    rows = [
        step("a", "x", 0, 1, resource="S"),
        step("b", "x", 0, 6, resource="T"),
        step("a", "sign", 8, 9, resource="R"),
        step("b", "sign", 8, 9, resource="R"),
    ]
    found = causes(rows)
    assert found == {"batching": {"a": 5}, "unexplained": {"a": 2, "b": 2}}


def test_waiting_outside_working_hours_is_off_duty() -> None:
    # the base day of these logs is a Tuesday, 02:00 in Helsinki
    rows = [step("a", "x", 8, 10), step("a", "y", 32, 33)]
    found = causes(rows, calendar=OFFICE)
    assert found == {"off_duty": {"a": 16}, "unexplained": {"a": 6}}


def test_busy_hours_are_not_counted_off_duty_again() -> None:
    rows = [
        step("a", "x", 8, 10, resource="S"),
        step("b", "x", 9, 10, resource="R"),
        step("b", "y", 12, 20, resource="R"),
        step("a", "y", 32, 33, resource="R"),
    ]
    found = causes(rows, calendar=OFFICE)
    # of a's 22 hours R was busy for 8 (2 in, 6 out of hours), 10 of the other 14 were off duty
    assert found["contention"]["a"] == 8
    assert found["off_duty"]["a"] == 10
    assert found["unexplained"]["a"] == 4


@pytest.mark.parametrize(
    ("events", "hours"),
    [
        ([("stop", 1), ("go", 4)], 3),
        ([("stop", 1), ("stop", 2), ("go", 4), ("go", 6)], 5),  # nested
        ([("go", 1), ("stop", 2), ("go", 3)], 1),  # a resumption without a stop
        ([("stop", 5)], 5),  # never resumed: to the end
        ([("stop", 2), ("go", 2)], 0),
    ],
)
def test_stops_of_the_clock_nest_and_last_until_resumed(
    events: list[tuple[str, int]], hours: int
) -> None:
    rows: list[Row] = [{"case": "a", "activity": "x", "time": 0}]
    rows += [{"case": "a", "activity": a, "time": t} for a, t in events]
    rows.append({"case": "a", "activity": "end", "time": 10})
    mapping = Mapping(closed=CLOSED, clock=Clock(stop=("stop",), resume=("go",)))
    steps = Steps(tiny(rows, mapping=mapping))
    assert stopped(turns(steps, *clock_stops(steps)), steps.n).tolist() == [hours * HOUR]


def test_a_stop_that_is_a_step_with_start_and_end_counts_for_its_length() -> None:
    rows = [step("a", "x", 0, 1), step("a", "pause", 2, 6), step("a", "y", 8, 9)]
    mapping = Mapping(closed=CLOSED, clock=Clock(stop=("pause",), resume=("pause",)))
    steps = Steps(tiny(rows, mapping=mapping))
    assert stopped(turns(steps, *clock_stops(steps)), steps.n).tolist() == [4 * HOUR]
    assert worked(steps).tolist() == [2 * HOUR]
    assert waits(steps).by_matter("customer", 1).tolist() == [4 * HOUR]


@settings(max_examples=200, deadline=None)
@given(logs())
def test_open_turns_equal_a_count_of_openings(
    given_log: tuple[list[Row], dict[str, Row], Mapping, int],
) -> None:
    rows, matters, _, until = given_log
    steps = Steps(tiny(rows, matters, until=until))
    opens, closes = steps.of_kind("suspended"), steps.of_kind("resumed")
    depth, case, expected = 0, -1, []
    for i in range(steps.m):
        depth = 0 if steps.case[i] != case else depth
        case = int(steps.case[i])
        depth = max(depth + int(opens[i]) - int(closes[i]), 0)
        expected.append(depth > 0)
    assert waiting_for(steps, opens, closes).tolist() == expected


def test_waiting_needs_no_events_at_all() -> None:
    steps = Steps(tiny([], {}))
    assert waited(steps).tolist() == []
    assert waits(steps).by_matter("customer", 0).tolist() == []
    assert DAY == 24 * HOUR


def test_keys_sort_stably_with_and_without_room_for_their_places() -> None:
    draw = np.random.default_rng(7)
    for high in (3, 1 << 40, 1 << 61):
        for n in (1, 2, 3000):
            keys = draw.integers(0, high, n)
            keys[: n // 2] = (keys[: n // 2] >> 5 << 5) | draw.integers(0, 4, n // 2)
            keys[n // 2 :] = np.sort(keys[n // 2 :])
            near = (high - 1) - np.minimum(draw.integers(0, 300, n), high - 1)
            for k in (keys, near):
                order, found = ascending(k)
                expected = np.argsort(k, kind="stable")
                assert order.tolist() == expected.tolist()
                assert found.tolist() == k[expected].tolist()


def test_looking_up_times_in_a_table_equals_a_binary_search() -> None:
    draw = np.random.default_rng(5)
    for spread in (50, 10_000, 1 << 40):
        opens = np.unique(draw.integers(0, spread, 300))
        opens = np.unique(np.concatenate([opens, opens[-1] + 9 * spread + np.arange(40)]))
        x = draw.integers(-5, int(opens[-1]) + 9, 2000)
        expected = np.searchsorted(opens, x, side="right") - 1
        assert _last_up_to(opens, x).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", [1, 2])
def test_busy_time_equals_a_count_of_hours(seed: int) -> None:
    draw = np.random.default_rng(seed)
    rows = []
    for k in range(400):
        start = int(draw.integers(0, 600))
        rows.append(
            step(
                f"m{draw.integers(0, 150)}", "x", start, start + int(draw.integers(1, 6)),
                resource=f"R{draw.integers(0, 3)}", order=k,
            )
        )  # fmt: skip
    steps = Steps(tiny(rows))
    found = waits(steps)
    gap = np.flatnonzero(found.step >= 0)
    arrival = steps.arrival[found.case[gap]]
    begin, end = found.begin[gap] + arrival, found.end[gap] + arrival
    busy = busy_before(steps, found.step[gap], found.begin[gap], found.end[gap], None)
    base = int(steps.start.min())
    hours = np.zeros((3, 700), dtype=bool)
    for i in range(steps.m):
        a, b = (steps.start[i] - base) // HOUR, (steps.time[i] - base) // HOUR
        hours[steps.codes("resource")[i], a:b] = True
    expected = [
        int(hours[steps.codes("resource")[s], (a - base) // HOUR : (b - base) // HOUR].sum())
        for s, a, b in zip(found.step[gap], begin + busy.batch, end, strict=True)
    ]
    assert ((busy.busy + busy.overtaken) // HOUR).tolist() == expected
    assert busy.overtaken.any()


@settings(max_examples=100, deadline=None)
@given(logs())
def test_tables_of_waiting_sum_to_the_waiting(
    given_log: tuple[list[Row], dict[str, Row], Mapping, int],
) -> None:
    rows, matters, mapping, until = given_log
    steps = Steps(tiny(rows, matters, mapping=mapping, until=until))
    whole = int(waited(steps).sum())
    by_cause = waiting_by_cause(steps)
    assert by_cause["total"].sum() == whole
    for column in ("activity", "resource"):
        table = waiting_by_step(steps, column)
        assert table["total"].sum() == whole
        assert table.select(CAUSES).sum().row(0) == tuple(by_cause["total"])  # of each cause
        assert (table["matters"] <= table["waits"]).all()


def test_the_wait_before_a_step_is_told_by_step() -> None:
    rows = [step("a", "x", 0, 1), step("a", "y", 4, 5), step("b", "y", 0, 2), step("b", "y", 3, 9)]
    table = waiting_by_step(Steps(tiny(rows, {"b": {"end": 11}})))
    assert table.select("value", "waits", "total", "gap_p50").rows() == [
        ("y", 2, 4 * HOUR, HOUR), ("", 1, 2 * HOUR, 2 * HOUR),
    ]  # fmt: skip


def test_blocks_and_chunks_of_any_size_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(3)
    rows = []
    for k in range(300):
        start = int(draw.integers(0, 300))
        rows.append(
            step(
                f"m{draw.integers(0, 60)}", f"x{draw.integers(0, 2)}", start,
                start + int(draw.integers(0, 5)), resource=f"R{draw.integers(0, 9)}", order=k,
            )
        )  # fmt: skip
    log = tiny(rows)
    expected = waits(Steps(log))
    monkeypatch.setattr("polku.measure.jobs.BLOCK", 40)
    monkeypatch.setattr("polku.measure.jobs.CHUNK", 7)
    monkeypatch.setattr("polku.measure.side_by_side.PIECE", 11)
    monkeypatch.setattr("polku.measure.steps.PIECE", 13)
    found = waits(Steps(log))
    assert found.parts["contention"][1].any()
    assert found.parts["batching"][1].any()
    for cause in CAUSES:
        for mine, theirs in zip(found.parts[cause], expected.parts[cause], strict=True):
            assert mine.tolist() == theirs.tolist()
