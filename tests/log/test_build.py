"""From rows to an event log."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polku.errors import LogError, MappingError
from polku.log.build import build, build_frames, canonical_ids, encode, hash_of, last_moment
from polku.log.guess import guess
from polku.log.importing import import_files
from polku.log.mapping import (
    CaseColumns,
    Closed,
    Columns,
    Contacts,
    Kinds,
    Mapping,
    NoneValues,
    Outcome,
    Times,
    Window,
)
from polku.log.raw import RawTable
from polku.log.readers.registry import read_raw
from polku.log.source import SourceFile

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)
BASIC = Columns(case="case", activity="activity", time="time")


def rows(*entries: tuple[str | None, str | None, int | None], **more: list) -> pl.DataFrame:
    """(case, activity, hours after noon)."""
    return pl.DataFrame(
        {
            "case": [e[0] for e in entries],
            "activity": [e[1] for e in entries],
            "time": [None if e[2] is None else NOON + timedelta(hours=e[2]) for e in entries],
            **more,
        },
        schema_overrides={"case": pl.String, "activity": pl.String,
                          "time": pl.Datetime("us", "UTC")},
    )  # fmt: skip


def table(frame: pl.DataFrame, **more: object) -> RawTable:
    file = SourceFile("test.csv", "0" * 64, 1, "csv", len(frame))
    return RawTable(frame, (file,), "csv", **more)  # type: ignore[arg-type]


def counts(frame: pl.DataFrame, mapping: Mapping) -> dict[str, int]:
    return {i.code: i.count for i in build_frames(frame, mapping).issues}


def test_matters_stand_in_canonical_order_and_events_in_time() -> None:
    frame = rows(("B", "y", 2), ("A", "x", 5), ("B", "x", 1), ("007", "x", 0), ("NA", "x", 0))
    log = build(table(frame), Mapping(columns=BASIC))
    assert log.cases["case_id"].to_list() == sorted(["A", "B", "007", "NA"], key=hash_of)
    assert log.events["case"].is_sorted()
    of_b = log.events.filter(pl.col("case") == log.cases["case_id"].to_list().index("B"))
    assert of_b["activity"].to_list() == ["x", "y"]
    assert of_b["order"].to_list() == [0, 1]
    assert log.events["activity"].dtype == pl.Enum(["x", "y"])
    assert log.until == int((NOON + timedelta(hours=5)).timestamp() * 1e6)


def test_odd_case_ids_are_ids_and_the_empty_one_is_counted() -> None:
    frame = rows(("NA", "x", 0), ("", "x", 1), ("007", "x", 2), ("7", "x", 3), ("null", "x", 4))
    log = build(table(frame), Mapping(columns=BASIC, none=NoneValues(values=("NA", "7"))))
    assert sorted(log.cases["case_id"]) == ["", "007", "7", "NA", "null"]
    assert log.source.repaired == {"empty_case_id": 1}


def test_rows_without_case_activity_or_time_are_left_out_and_counted() -> None:
    good = [("A", "x", i) for i in range(97)]
    frame = rows(*good, (None, "x", 0), ("A", None, 0), ("A", "x", None))
    log = build(table(frame), Mapping(columns=BASIC))
    assert log.source.dropped == {"no_case": 1, "no_time": 1, "no_activity": 1}
    assert (log.source.rows_in, log.source.rows_out, log.events.height) == (100, 97, 97)


def test_a_log_with_too_many_unusable_rows_is_refused_in_one_line() -> None:
    frame = rows(*[("A", "x", 1)] * 9, ("A", "x", None))
    with pytest.raises(LogError, match="1 of 10 rows have no time") as error:
        build(table(frame), Mapping(columns=BASIC))
    assert "\n" not in str(error.value)


def test_unreadable_times_are_counted_once() -> None:
    frame = rows(*[("A", "x", i) for i in range(40)]).with_columns(
        time=pl.Series([f"2024-03-0{1 + i % 9}T10:00:00Z" for i in range(39)] + ["yesterday"])
    )
    log = build(table(frame), Mapping(columns=BASIC))
    assert log.source.dropped == {"unreadable_time": 1}
    assert log.source.rows_out == 39


def test_an_end_before_its_start_leaves_the_start_unknown() -> None:
    start = [NOON + timedelta(hours=3), NOON]
    frame = rows(("A", "x", 1), ("A", "y", 2), begin=start)
    mapping = Mapping(columns=Columns(case="case", activity="activity", time="time", start="begin"))
    made = build_frames(frame, mapping)
    assert made.events["start"].to_list() == [None, NOON]
    assert {i.code: i.count for i in made.issues} == {"end_before_start": 1}


def test_a_start_without_end_is_work_that_began() -> None:
    frame = rows(("A", "x", 1), ("A", "y", None), begin=[NOON, NOON + timedelta(hours=4)])
    mapping = Mapping(columns=Columns(case="case", activity="activity", time="time", start="begin"))
    made = build_frames(frame, mapping)
    assert made.events["time"].to_list() == [NOON + timedelta(hours=h) for h in (1, 4)]
    assert made.events["start"].to_list() == [NOON, None]
    assert {i.code: i.count for i in made.issues} == {"unpaired_start": 1}


def test_an_order_column_decides_at_equal_times_and_else_the_other_columns_do() -> None:
    frame = rows(("A", "z", 0), ("A", "y", 0), ("A", "x", 0), nr=["1", "2", "10"])
    mapping = Mapping(columns=BASIC)
    assert build_frames(frame, mapping).events["activity"].to_list() == ["x", "y", "z"]
    mapping = Mapping(columns=Columns(case="case", activity="activity", time="time", order="nr"))
    assert build_frames(frame, mapping).events["activity"].to_list() == ["z", "y", "x"]


def test_a_zero_length_end_follows_the_work_it_ends() -> None:
    frame = rows(("A", "End", 2), ("A", "Work", 2), begin=[NOON + timedelta(hours=2), NOON])
    mapping = Mapping(columns=Columns(case="case", activity="activity", time="time", start="begin"))
    assert build_frames(frame, mapping).events["activity"].to_list() == ["Work", "End"]


def test_arrival_is_the_earlier_of_column_and_first_event() -> None:
    came = [NOON - timedelta(days=3), NOON + timedelta(days=3)]
    frame = rows(("A", "x", 1), ("B", "x", 1), came=came)
    made = build_frames(frame, Mapping(columns=BASIC, cases=CaseColumns(arrival="came")))
    found = dict(made.cases.select("case_id", "arrival").rows())
    assert found == {"A": came[0], "B": NOON + timedelta(hours=1)}
    assert {i.code: i.count for i in made.issues} == {"arrival_after_first_event": 1}


def test_a_promise_in_days_counts_from_the_arrival() -> None:
    frame = rows(("A", "x", 0), promise=["1.5"])
    mapping = Mapping(columns=BASIC, cases=CaseColumns(promise_days="promise"))
    assert build_frames(frame, mapping).cases["due"].to_list() == [NOON + timedelta(days=1.5)]


def test_attributes_that_change_keep_the_smallest_value_and_are_counted() -> None:
    frame = rows(("A", "x", 0), ("A", "y", 1), ("B", "x", 0), **{"case:size": ["s", "m", "l"]})
    made = build_frames(frame, Mapping(columns=BASIC))
    assert dict(made.cases.select("case_id", "size").rows()) == {"A": "m", "B": "l"}
    assert {i.code: i.count for i in made.issues} == {"attribute_not_constant": 1}


def test_names_that_are_taken_are_kept_apart() -> None:
    frame = rows(("A", "x", 0), **{"case:end": ["e"], "kind": ["k"], "case:kind": ["q"]})
    made = build_frames(frame, Mapping(columns=BASIC))
    assert made.cases["case:end"].to_list() == ["e"]
    assert made.cases["case:kind"].to_list() == ["q"]
    assert made.events["event:kind"].to_list() == ["k"]


def test_none_values_hold_for_their_columns_only() -> None:
    frame = rows(("A", "EMPTY", 0), ("A", "x", 1), unit=["EMPTY", "Desk"], note=["EMPTY", ""])
    columns = Columns(case="case", activity="activity", time="time", unit="unit")
    mapping = Mapping(columns=columns, none=NoneValues(columns={"unit": ("EMPTY",)}))
    events = build_frames(frame, mapping).events
    assert events["unit"].to_list() == [None, "Desk"]
    assert events["activity"].to_list() == ["EMPTY", "x"]
    assert events["note"].to_list() == ["EMPTY", None]


def test_agencies_contacts_channels_and_kinds_come_from_the_mapping() -> None:
    frame = rows(("A", "apply", 0), ("A", "ask", 1), ("A", "think", 2), unit=["a", "b", "c"])
    mapping = Mapping(
        columns=Columns(case="case", activity="activity", time="time", unit="unit"),
        agencies={"a": "Town", "b": "Rescue"},
        contacts=Contacts(customer=("apply",), city=("ask",), channels={"ask": "phone"}),
        kinds=Kinds(of={"application_submitted": ("apply",)}),
    )
    events = build_frames(frame, mapping).events
    assert events["agency"].to_list() == ["Town", "Rescue", None]
    assert events["contact"].to_list() == ["customer", "city", "none"]
    assert events["channel"].to_list() == [None, "phone", None]
    assert events["kind"].to_list() == ["application_submitted", None, None]


def test_without_marks_no_event_is_a_contact_or_no_contact() -> None:
    assert build_frames(rows(("A", "x", 0)), Mapping(columns=BASIC)).events["contact"][0] is None


def test_a_contact_column_with_another_word_is_refused() -> None:
    mapping = Mapping(columns=Columns(case="case", activity="activity", time="time", contact="who"))
    with pytest.raises(MappingError, match="'mayor' in 1 rows"):
        build_frames(rows(("A", "x", 0), who=["mayor"]), mapping)


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (Mapping(columns=Columns(case="case", activity="activty", time="time")), "'activity'"),
        (Mapping(columns=BASIC, cases=CaseColumns(due="deadlin")), r"\[cases\] due"),
        (Mapping(columns=BASIC, closed=Closed(rule="status", column="stat")), r"\[closed\] column"),
        (Mapping(columns=BASIC, types={"not": "int"}), r"\[types\]"),
        (Mapping(columns=BASIC, types={"deadline": "moment"}), "use one of"),
    ],
)  # fmt: skip
def test_a_mapping_that_names_what_is_not_there_is_told_so(mapping: Mapping, said: str) -> None:
    frame = rows(("A", "x", 0), deadline=["2024-01-01"], status=["open"])
    with pytest.raises(MappingError, match=said):
        build_frames(frame, mapping)


def test_steps_after_the_window_are_left_out_and_counted() -> None:
    frame = rows(("A", "x", 0), ("A", "y", 48), ("B", "y", 48))
    mapping = Mapping(columns=BASIC, window=Window(until="2024-03-04", since="2024-03-01"))
    log = build(table(frame), mapping)
    assert log.source.dropped == {"after_window": 2}
    assert log.source.repaired == {"matter_without_step": 1}
    assert log.source.rows_in - log.source.rows_out == 2
    assert log.cases["case_id"].to_list() == ["A"]
    assert log.until == int(datetime(2024, 3, 5, tzinfo=UTC).timestamp() * 1e6) - 1
    assert log.since == int(datetime(2024, 3, 1, tzinfo=UTC).timestamp() * 1e6)


def test_what_is_left_out_is_counted_in_rows_where_a_step_has_two() -> None:
    frame = rows(("A", "x", 0), ("A", "x", 1), ("A", "y", 48), ("A", "y", 49),
                 way=["start", "complete"] * 2)  # fmt: skip
    mapping = Mapping(columns=replace(BASIC, lifecycle="way"), window=Window(until="2024-03-04"))
    log = build(table(frame), mapping)
    assert log.events.height == 1
    assert log.source.dropped == {"after_window": 2}
    assert (log.source.rows_in, log.source.rows_out) == (4, 2)


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (
            Window(until="1990-01-01"),
            r"\[window\] until 1990-01-01: the log runs from 2024-03-04",
        ),
        (Window(since="2030-01-01"), r"\[window\] since 2030-01-01: .* to 2024-03-06, so nothing"),
    ],
)
def test_a_window_beside_the_log_is_refused_with_the_span(
    window: Window, said: str, tmp_path: Path
) -> None:
    frame = rows(("A", "x", 0), ("B", "y", 48))
    mapping = Mapping(columns=BASIC, window=window)
    with pytest.raises(MappingError, match=said):
        build(table(frame), mapping)
    frame.write_csv(tmp_path / "log.csv")
    with pytest.raises(MappingError, match=said):
        import_files([tmp_path / "log.csv"], tmp_path / "s", mapping=mapping, partitions=2)


def test_an_empty_log_has_every_column_and_no_row() -> None:
    log = build(table(rows()), Mapping(columns=BASIC))
    full = build(table(rows(("A", "x", 0))), Mapping(columns=BASIC))
    assert log.n_matters == 0
    assert log.events.columns == full.events.columns
    assert log.cases.schema == full.cases.schema


def test_a_log_of_no_columns_at_all_is_an_empty_log() -> None:
    raw = table(pl.DataFrame())
    assert build(raw, guess(raw).mapping).n_matters == 0


def test_local_times_pass_through_the_clock_changes() -> None:
    frame = rows(("A", "x", 0), ("A", "y", 0)).with_columns(
        time=pl.Series(["2024-10-27 02:30:00", "2024-10-27 04:30:00"])
    )
    mapping = Mapping(columns=BASIC, time=Times(zone="Europe/Helsinki"))
    events = build_frames(frame, mapping).events
    assert (events["time"][1] - events["time"][0]) == timedelta(hours=3)


def test_one_case_of_a_million_events_is_built() -> None:
    n = 1_000_000
    frame = pl.DataFrame(
        {"case": ["A"], "activity": ["x"], "time": [NOON]},
        schema_overrides={"time": pl.Datetime("us", "UTC")},
    ).select(pl.all().repeat_by(n).explode())
    frame = frame.with_columns(pl.col("time") + pl.duration(seconds=pl.int_range(n)))
    made = build_frames(frame, Mapping(columns=BASIC))
    assert made.events["order"][-1] == n - 1


cases = st.sampled_from(["A", "B", "C", "D", ""])
entry = st.tuples(cases, st.sampled_from(["x", "y", "z"]), st.integers(0, 3))
FULL = Mapping(
    columns=Columns(
        case="case", activity="activity", time="time", lifecycle="life", resource="who"
    ),
    closed=Closed(rule="end_activities", activities=("z",), silence_days=0.1),
    outcome=Outcome(decided=("z",)),
)


@st.composite
def logs(draw: st.DrawFn) -> pl.DataFrame:
    entries = draw(st.lists(entry, min_size=1, max_size=30))
    some = st.sampled_from
    life = draw(st.lists(some(["start", "complete"]), min_size=len(entries),
                         max_size=len(entries)))  # fmt: skip
    who = draw(st.lists(some(["Ann", "Bo", None]), min_size=len(entries), max_size=len(entries)))
    return rows(*entries, life=life, who=pl.Series(who, dtype=pl.String), note=life)


@settings(max_examples=60, deadline=None)
@given(logs(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(frame: pl.DataFrame, chance: random.Random) -> None:
    order = list(range(len(frame)))
    chance.shuffle(order)
    one, other = build_frames(frame, FULL), build_frames(frame[order], FULL)
    assert one.events.equals(other.events)
    assert one.cases.equals(other.cases)
    assert [(i.code, i.count) for i in one.issues] == [(i.code, i.count) for i in other.issues]


@settings(max_examples=60, deadline=None)
@given(logs(), st.integers(1, 3))
def test_parts_of_whole_matters_give_what_the_whole_gives(frame: pl.DataFrame, cut: int) -> None:
    until = last_moment(frame, FULL)
    whole = build_frames(frame, FULL)
    ids = canonical_ids(frame["case"])
    events, matters, used = [], [], 0
    for part in (ids[:cut], ids[cut:]):
        if not part.len():
            continue
        made = build_frames(frame.filter(pl.col("case").is_in(part.to_list())), FULL, until=until)
        events.append(
            made.events.with_columns(pl.col("case") + len(pl.concat(matters or [made.cases[:0]])))
        )
        matters.append(made.cases)
        used += made.rows_out
    joined = pl.concat(matters).with_columns(case=pl.int_range(pl.len(), dtype=pl.UInt32))
    assert joined.equals(whole.cases)
    assert pl.concat(events).drop("suspended", strict=False).equals(whole.events)
    assert used == whole.rows_out


@settings(max_examples=40, deadline=None)
@given(logs())
def test_no_row_is_lost_uncounted(frame: pl.DataFrame) -> None:
    made = build_frames(frame, FULL)
    dropped = sum(i.count for i in made.issues if i.dropped)
    assert made.rows_in == len(frame) == made.rows_out + dropped


@pytest.mark.parametrize("name", ["receipt/receipt.xes.gz", "production/production.csv.gz"])
def test_shuffling_rows_or_traces_of_real_logs_changes_no_frame(data: Path, name: str) -> None:
    raw = read_raw(data / name)
    case = "case:concept:name" if "xes" in name else "CaseID"
    order = raw.rows[case].unique().shuffle(seed=5)
    if raw.ordered:  # whole traces move, the order within them is the log's own
        moved = pl.DataFrame({case: order}).join(raw.rows, on=case, maintain_order="left_right")
    else:
        moved = raw.rows.sample(fraction=1.0, shuffle=True, seed=5)
    moved = moved.select(raw.rows.columns)
    other = RawTable(moved, raw.files, raw.format, raw.roles, raw.ordered)
    one_guess, other_guess = guess(raw), guess(other)
    assert one_guess == other_guess
    one, two = build(raw, one_guess.mapping), build(other, other_guess.mapping)
    assert one.events.equals(two.events)
    assert one.cases.equals(two.cases)
    assert one.until == two.until


def test_words_get_sorted_categories() -> None:
    frame = pl.DataFrame(
        {c: ["b", None, "a"] for c in ("activity", "agency", "unit", "resource", "channel")}
    )
    assert encode(frame)["unit"].dtype == pl.Enum(["a", "b"])


def test_a_part_of_a_log_is_not_refused_for_its_own_share_of_bad_rows() -> None:
    frame = rows(("A", "x", 1), ("A", "y", 2), ("B", "x", None))
    made = build_frames(frame, Mapping(columns=BASIC), part=True)
    assert {i.code: i.count for i in made.issues} == {"no_time": 1}
    assert (made.rows_in, made.rows_out) == (3, 2)


def test_a_part_pairs_its_rows_as_the_whole_does() -> None:
    life = ["start", "complete", "complete", "assign"]
    frame = rows(("A", "x", 1), ("A", "x", 2), ("B", "x", 1), ("B", "y", 2), life=life)
    mapping = Mapping(
        columns=Columns(case="case", activity="activity", time="time", lifecycle="life")
    )
    whole = build_frames(frame, mapping)
    alone = build_frames(frame.filter(pl.col("case") == "B"), mapping, part=True)
    of_b = whole.events.filter(whole.events["case"] == whole.cases["case_id"].to_list().index("B"))
    assert alone.events.drop("case").equals(of_b.drop("case"))
    assert {i.code: i.count for i in alone.issues} == {"assignment": 1}
    assert {i.code: i.count for i in whole.issues} == {"assignment": 1}


@pytest.mark.parametrize(
    "name",
    ["receipt/receipt.xes.gz", "production/Production.xes.gz", "bpic15/BPIC15_2.xes.gz"],
)
def test_seven_parts_of_a_real_log_give_what_the_whole_gives(data: Path, name: str) -> None:
    raw = read_raw(data / name)
    mapping = guess(raw).mapping
    whole = build_frames(raw.rows, mapping, ordered=raw.ordered)
    until = last_moment(raw.rows, mapping, ordered=raw.ordered)
    column = mapping.columns.case or ""
    ids = canonical_ids(raw.rows[column])
    step = -(-len(ids) // 7)
    events, matters, done = [], [], 0
    for at in range(0, len(ids), step):
        rows_of = raw.rows.filter(pl.col(column).is_in(ids[at : at + step].to_list()))
        made = build_frames(rows_of, mapping, until=until, ordered=raw.ordered, part=True)
        events.append(made.events.with_columns(pl.col("case") + done))
        matters.append(made.cases.with_columns(pl.col("case") + done))
        done += made.cases.height
    joined = pl.concat(events, how="vertical_relaxed")
    assert joined.with_columns(pl.col("case").cast(pl.UInt32)).equals(whole.events)
    assert pl.concat(matters).with_columns(pl.col("case").cast(pl.UInt32)).equals(whole.cases)
