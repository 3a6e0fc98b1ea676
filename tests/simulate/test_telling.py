"""From a run to an event log: rows, causes of waiting, matters, source, and the same measure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

import polku
from polku.errors import ScenarioError
from polku.log.eventlog import EventLog
from polku.log.mapping import from_dict
from polku.log.store import open_store, write_store
from polku.path.build import start
from polku.path.facts import Contact, Document, Facts, Fee
from polku.path.model import Lane, Path
from polku.simulate.arrivals import arrive, case_ids
from polku.simulate.causes import CAUSES
from polku.simulate.clocks import DAY, instant
from polku.simulate.engine.compile import plan
from polku.simulate.engine.program import DONE, INTERRUPTED, ROW, WAITING, WORKING, Trace
from polku.simulate.run import simulate
from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Batch,
    Calendar,
    Delay,
    Kind,
    Law,
    Meeting,
    Person,
    Pool,
    Priority,
    Scenario,
    StepNumbers,
    always,
    fixed,
)
from polku.simulate.telling import event_log

HOUR = 3_600_000_000
APPLY = Facts(
    contact=Contact("customer", ("online", "visit")),
    documents=(Document("plan"), Document("site"), Document("made", role="made")),
    fees=(Fee(120.0), Fee(3.0, per="square metre")),
)
PATH: Path = replace(
    start("Stall")
    .step("Think", id="think", lane="customer")
    .step("Apply", id="apply", lane="desk", kind="receive", facts=APPLY)
    .step("Check", id="check", lane="desk")
    .step("Decide", id="decide", lane="board", facts=Facts(activities=("Decision", "Old name")))
    .path(),
    lanes=(
        Lane("customer", "Customer", role="customer"),
        Lane("city", "City environment"),
        Lane("desk", "Desk", "city", "unit"),
        Lane("board", "Board"),
    ),
)
WEEK = Calendar(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",)))
SCENARIO = Scenario(
    "path",
    {"stall": Kind(Arrivals(per_year=2000), promise_days=20)},
    attributes={"size": Attribute(choices=always({"small": 0.5, "large": 0.5}))},
    steps={
        "think": StepNumbers(work=always(fixed(5))),
        "apply": StepNumbers(work=always(fixed(10)), event="application_submitted"),
        "check": StepNumbers(work=always(Law("expon", scale=50.0)), pool="staff"),
        "decide": StepNumbers(
            work=always(fixed(20)), pool="staff",
            delay=Delay(always(fixed(1, "days")), kind="hearing"),
        ),
    },
    pools={"staff": Pool(("anna", "bea"), order="priority")},
    people={"anna": Person("week"), "bea": Person("week")},
    calendars={"week": WEEK},
    priorities=(Priority(0, 'size == "large"'),),
    outcomes={"end": "decided"},
)  # fmt: skip
BEGIN = instant(date(2025, 1, 1), "UTC")


def told(
    rows: list[tuple[int, str, list[float], int, int]],
    ended: list[float],
    *,
    scenario: Scenario = SCENARIO,
    path: Path = PATH,
    since: float = 0,
    until: float = 24 * 30,
) -> EventLog:
    """The log of rows (matter, step, [enabled, delayed, released, start, end], person, state).

    Hours since the beginning of 2025-01-01 UTC, a Wednesday; the matters arrive at 0, 1, 2 ….
    """
    n = len(ended)
    at = replace(
        scenario,
        kinds={"stall": Kind(Arrivals(at=tuple(k * HOUR for k in range(n))), promise_days=20)},
    )
    made = plan(path, at)
    who = arrive(at, made.wanted, seed=1, since=BEGIN)
    program = made.program(BEGIN, BEGIN + 60 * DAY)
    table = np.zeros(len(rows), ROW)
    for k, (matter, step, times, person, state) in enumerate(rows):
        micros = [-1 if t < 0 else BEGIN + round(t * HOUR) for t in times]
        table[k] = (*micros, matter, program.node_ids.index(step), person, 0, state, 0.0)
    trace = Trace(
        table,
        np.array([-1 if t < 0 else BEGIN + round(t * HOUR) for t in ended], dtype=np.int64),
        np.array([-1 if t < 0 else 0 for t in ended], dtype=np.int32),
        0, BEGIN + round(since * HOUR), BEGIN + round(until * HOUR), n,
    )  # fmt: skip
    return event_log(path, at, program, who, trace, seed=1)


ONE = [
    (0, "think", [0, 0, 0, 0, 1], -1, DONE),
    (0, "apply", [1, 1, 1, 1, 1], -1, DONE),
    (0, "check", [1, 1, 1, 8, 9], 1, DONE),
    (0, "decide", [9, 10, 10, 10, 11], 0, DONE),
]


def hours(log: EventLog, activity: str) -> dict[str, float]:
    """Hours of waiting before an activity by cause, in canonical order; those above 0."""
    row = log.events.filter(pl.col("activity").cast(pl.String) == activity).to_dicts()[0]
    return {c: row[f"wait_{c}"] / HOUR for c in CAUSES if row[f"wait_{c}"]}


def test_each_step_that_was_done_is_one_row_with_the_names_that_logs_have() -> None:
    log = told(ONE, [11])
    events = log.events.select(
        "case", "activity", "agency", "unit", "resource", "channel", "order", "contact", "kind",
        "data_key", "fee",
    )  # fmt: skip
    city, desk = "City environment", "Desk"
    assert events.rows() == [
        (0, "Think", None, None, None, None, 0, "none", None, None, 0.0),
        (0, "Apply", city, desk, None, "online", 1, "customer", "application_submitted",
         "plan; site", 120.0),
        (0, "Check", city, desk, "bea", None, 2, "none", None, None, 0.0),
        (0, "Decision", "Board", None, "anna", None, 3, "none", None, None, 0.0),
    ]  # fmt: skip
    case = log.cases.to_dicts()[0]
    assert case["case_id"] == "stall-000001"
    assert case["closed"] is True
    assert case["outcome"] == "decided"
    assert (case["due"] - case["arrival"]).days == 20
    assert case["end"] == log.events["time"][-1]
    assert case["entry"] is None


def test_a_document_asked_for_by_two_units_is_repeated_data() -> None:
    again = Facts(documents=(Document("site"), Document("map")))
    decide = replace(PATH.node("decide"), lane="second", facts=again)
    path = replace(
        PATH.with_nodes([decide]), lanes=(*PATH.lanes, Lane("second", "Second", "board", "unit"))
    )
    found = polku.measure(told([*ONE], [11], path=path)).figure("repeated_data")
    assert found.value == 1.0


def test_a_wait_for_people_is_off_duty_and_contention_by_their_calendar() -> None:
    assert hours(told(ONE, [11]), "Check") == {"off_duty": 7.0}
    assert hours(told(ONE, [11]), "Decision") == {"hearing": 1.0}
    late = [*ONE[:2], (0, "check", [1, 1, 1, 10.5, 11], 1, DONE)]
    assert hours(told(late, [11]), "Check") == {"off_duty": 7.0, "contention": 2.5}
    night = [*ONE[:2], (0, "check", [15, 15, 15, 33, 34], 1, DONE)]
    assert hours(told(night, [34]), "Check") == {"off_duty": 16.0, "contention": 2.0}


def test_a_wait_is_prioritisation_from_the_first_start_of_work_that_came_later() -> None:
    rows = [
        (0, "check", [9, 9, 9, 14, 15], 0, DONE),
        (1, "check", [10, 10, 10, 12, 14], 0, DONE),  # came later, goes first
        (2, "decide", [8, 8, 8, 11, 12], 0, DONE),  # came before: no overtaking
    ]
    log = told(rows, [15, 14, 12])
    ids, events = log.cases["case_id"].to_list(), log.events.sort("case").to_dicts()
    waits = {
        name: {c: row[f"wait_{c}"] / HOUR for c in CAUSES if row[f"wait_{c}"]}
        for name, row in zip(ids, events, strict=True)
    }
    assert waits == {
        "stall-000001": {"contention": 3.0, "prioritisation": 2.0},
        "stall-000002": {"contention": 2.0},
        "stall-000003": {"contention": 3.0},
    }


def test_a_wait_for_a_meeting_and_for_the_rest_of_a_batch_are_told_apart() -> None:
    meeting = Meeting("thu", "10:00", first=date(2025, 1, 2))
    numbers = {
        "meeting": replace(SCENARIO.steps["check"], meeting="board"),
        "batch": replace(SCENARIO.steps["check"], batch=Batch(size=3)),
        "agenda": replace(SCENARIO.steps["check"], batch=Batch(meeting="board")),
        "both": replace(SCENARIO.steps["check"], meeting="board", batch=Batch(size=3)),
    }
    # due on Wednesday at 9, let go on Thursday at 12 and begun at 13; the board meets at 10
    rows = [(0, "check", [9, 9, 36, 37, 38], 0, DONE)]
    found = {}
    for name, check in numbers.items():
        scenario = replace(SCENARIO.with_steps(check=check), meetings={"board": meeting})
        found[name] = hours(told(rows, [38], scenario=scenario), "Check")
    assert found == {
        "meeting": {"meeting": 27.0, "contention": 1.0},
        "batch": {"batching": 27.0, "contention": 1.0},
        "agenda": {"meeting": 27.0, "contention": 1.0},
        "both": {"meeting": 25.0, "batching": 2.0, "contention": 1.0},
    }


def test_work_that_overtook_counts_also_where_it_is_not_done_yet() -> None:
    rows = [
        (0, "check", [9, 9, 9, 14, 15], 0, DONE),
        (1, "check", [10, 10, 10, 12, -1], 1, WORKING),
        (2, "check", [10, 10, 10, -1, -1], -1, WAITING),
    ]
    assert hours(told(rows, [15, -1, -1]), "Check") == {"contention": 3.0, "prioritisation": 2.0}


def test_what_is_not_done_is_counted_and_its_matter_stays_open() -> None:
    rows = [
        *ONE,
        (1, "check", [9, 9, 9, 10, 11], 0, INTERRUPTED),
        (1, "check", [11, 11, 11, 12, -1], 0, WORKING),
        (2, "check", [12, 12, 12, -1, -1], -1, WAITING),
    ]
    log = told(rows, [11, -1, -1])
    assert log.source.dropped == {"interrupted": 1, "in_progress": 1, "waiting": 1}
    assert log.source.repaired == {"matter_without_step": 2}
    assert (log.source.rows_in, log.source.rows_out) == (7, 4)
    assert log.cases["closed"].to_list().count(False) == 2
    assert log.cases["end"].null_count() == log.cases["outcome"].null_count() == 2
    assert log.cases["case_id"].to_list() == polku_order(log.cases["case_id"].to_list())
    assert log.until == BEGIN + 30 * DAY
    assert log.events["time"].dt.epoch("us").max() <= log.until  # type: ignore[operator]


def polku_order(ids: list[str]) -> list[str]:
    from polku.log.build import canonical_ids

    return canonical_ids(pl.Series(ids)).to_list()


def test_matters_that_ended_before_the_time_that_is_told_are_left_out_and_counted() -> None:
    rows = [
        *ONE,
        (1, "check", [9, 9, 9, 10, 20], 0, DONE),
        (2, "check", [9, 9, 9, 30, 31], 0, DONE),
    ]
    log = told(rows, [11, 20, -1], since=15)
    assert log.cases.height == 2
    assert log.since == BEGIN + 15 * HOUR
    assert log.source.dropped == {"before_window": 4}
    assert log.source.repaired == {"matter_before_window": 1}
    assert log.cases["entry"].dt.epoch("us").to_list() == [log.since] * 2
    assert polku.measure(log).log.matters == 2


def test_the_source_says_that_it_is_simulated_from_which_numbers() -> None:
    log = told(ONE, [11])
    text = log.source.assumptions[0].text
    assert text.startswith("simulated with seed 1, replication 0: path Stall (")
    assert log.source.files[0].sha256 == PATH.hash
    assert "Simulated" in (log.mapping.about.note or "")


def test_a_name_that_an_event_log_cannot_have_is_refused() -> None:
    def steps(**changes: object) -> Scenario:
        apply = replace(SCENARIO.steps["apply"], **changes)  # type: ignore[arg-type]
        return SCENARIO.with_steps(apply=apply)

    wrong = [
        (steps(event="aplication_submitted"), "did you mean 'application_submitted'"),
        (steps(channels={"online": 0.5}), "add up to 0.5"),
        (replace(SCENARIO, outcomes={"end": "descided"}), "did you mean 'decided'"),
        (replace(SCENARIO, mapping={"closd": {}}), "did you mean 'closed'"),
        (
            replace(
                SCENARIO, attributes={**SCENARIO.attributes, "due": SCENARIO.attributes["size"]}
            ),
            "choose another name",
        ),
    ]
    for scenario, words in wrong:
        with pytest.raises(ScenarioError, match=words):
            told(ONE, [11], scenario=scenario)


@pytest.fixture(scope="module")
def year() -> EventLog:
    return simulate(PATH, SCENARIO, seed=5).log


def test_every_wait_is_divided_without_rest(year: EventLog) -> None:
    parts = year.events.select(pl.sum_horizontal(pl.col("^wait_.*$"))).to_series()
    whole = (year.events["start"] - year.events["enabled"]).dt.total_microseconds()
    assert (parts == whole).all()
    assert year.events.select(pl.min_horizontal(pl.col("^wait_.*$")).min()).item() >= 0
    assert (year.events["wait_hearing"].filter(year.events["activity"] == "Decision") == DAY).all()
    for cause in ("off_duty", "contention", "prioritisation"):
        assert year.events[f"wait_{cause}"].sum() > 0


def test_only_those_of_a_lower_class_wait_because_others_go_first(year: EventLog) -> None:
    large = year.cases.filter(size="large")["case"].to_list()
    mine = year.events.filter(pl.col("case").is_in(large) & (pl.col("activity") == "Check"))
    # among the large ones it is first come, first served; Check and Decision share one pool
    assert mine["wait_prioritisation"].sum() == 0
    others = year.events.filter(~pl.col("case").is_in(large) & (pl.col("activity") == "Check"))
    assert others["wait_prioritisation"].sum() > 0


def test_a_simulated_log_is_sorted_as_every_log_and_survives_the_store(
    year: EventLog, tmp_path
) -> None:
    assert year.cases["case_id"].to_list() == polku_order(year.cases["case_id"].to_list())
    keys = year.events.select("case", "time", "order")
    assert keys.equals(keys.sort("case", "time", "order"))
    again = open_store(write_store(year, tmp_path / "run"))
    assert again.events.equals(year.events)
    assert again.cases.equals(year.cases)
    assert again.source == year.source
    assert again.mapping == year.mapping


def test_a_simulated_log_is_measured_like_any_other(year: EventLog) -> None:
    found = polku.measure(year)
    lead = found.figure("lead_time", "p80")
    assert lead.value is not None
    assert lead.value > 1
    assert found.figure("promise_kept", "share").value is not None
    shares = [f for f in found.criteria if f.id.startswith("waiting_cause.") and f.value]
    assert {f.id for f in shares} >= {"waiting_cause.contention"}


def test_an_export_of_a_simulated_log_measures_the_same(year: EventLog, tmp_path) -> None:
    from polku.log.export import export

    file = tmp_path / "run.csv"
    export(year, file)
    there = polku.measure(polku.read(file))
    here = polku.measure(year)
    for id, statistic in (("lead_time", "p80"), ("waiting", "p80"), ("on_time", "share")):
        a, b = here.figure(id, statistic), there.figure(id, statistic)
        assert a.hash == b.hash
        assert b.value == pytest.approx(a.value, rel=0.02)  # open matters without a step are lost


def test_under_the_same_mapping_the_criteria_are_those_of_a_real_log() -> None:
    document = {
        "closed": {"rule": "status", "column": "status", "values": ["done"]},
        "contacts": {"acknowledgements": ["Check"]},
        "cases": {"kind": "case:sort", "promise_days": "promised", "segments": ["case:sort"]},
        "calendar": {"hours": {"mon": ["08:00-16:00"]}},
        "time": {"zone": "Europe/Helsinki"},
    }
    log = told(ONE, [11], scenario=replace(SCENARIO, mapping=document))
    for part in ("closed", "contacts", "due", "calendar", "time", "kinds", "waits", "agencies"):
        assert log.mapping.definition(part) == from_dict(document).definition(part)
    assert log.cases["promised"].to_list() == [20.0]
    assert log.cases["sort"].to_list() == ["stall"]


def test_channels_are_drawn_by_their_chances_and_the_same_in_every_path() -> None:
    steps = SCENARIO.with_steps(
        apply=replace(SCENARIO.steps["apply"], channels={"online": 0.7, "visit": 0.3})
    )
    log = simulate(PATH, steps, seed=5).log
    mine = log.events.filter(pl.col("activity") == "Apply")
    share = float((mine["channel"] == "visit").mean())  # type: ignore[arg-type]
    assert abs(share - 0.3) < 4.5 * np.sqrt(0.21 / mine.height)
    shorter = replace(
        start("Stall").step("Apply", id="apply", kind="receive", facts=APPLY).path(), id="path"
    )
    less = replace(steps, steps={"apply": steps.steps["apply"]}, pools={}, people={}, calendars={})
    other = simulate(shorter, less, seed=5).log
    one = dict(zip(log.cases["case_id"].gather(mine["case"]), mine["channel"], strict=True))
    two = dict(
        zip(
            other.cases["case_id"].gather(other.events["case"]),
            other.events["channel"],
            strict=True,
        )
    )
    both = set(one) & set(two)
    assert len(both) > 1500
    assert all(one[k] == two[k] for k in both)


def test_the_same_seed_tells_the_same_log(year: EventLog) -> None:
    again = simulate(PATH, SCENARIO, seed=5).log
    assert again.events.equals(year.events)
    assert again.cases.equals(year.cases)
    other = simulate(PATH, SCENARIO, seed=6).log
    assert not other.events.equals(year.events)


def test_without_outcomes_in_the_scenario_none_is_told() -> None:
    log = told(ONE, [11], scenario=replace(SCENARIO, outcomes={}))
    assert log.cases["outcome"].to_list() == [None]
    assert polku.measure(log).figure("withdrawn").status == "not_measurable"


def test_case_ids_that_are_given_stay() -> None:
    who = replace(arrive(SCENARIO, seed=1, matters=2), ids=("A-1", "A-2"))
    assert case_ids(who).to_list() == ["A-1", "A-2"]
