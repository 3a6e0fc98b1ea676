"""The common suite that every criterion passes, whoever registered it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import polars as pl
import pytest
from build import tiny

from polku.log.eventlog import EventLog
from polku.log.mapping import (
    Burden,
    Calendar,
    CaseColumns,
    Clock,
    Closed,
    Columns,
    Contacts,
    Exceptions,
    Kinds,
    Mapping,
    Survey,
    Waits,
)  # fmt: skip
from polku.measure.facts import Amounts, Answers, Causes, Marks, Promise, Times
from polku.measure.measurement import Figure, Measurement
from polku.measure.measuring import measure
from polku.measure.reading import facts, reading_of
from polku.measure.registry import PRINCIPLES, catalogue
from polku.measure.steps import Steps

Row = dict[str, Any]
IDS = [c.id for c in catalogue()]
NEEDS_A_PATH = {"path_followed", "described"}
MAPPING = Mapping(
    columns=Columns(data_key="data_key", fee="fee"),
    cases=CaseColumns(promise_days="promise", segments=("district",)),
    closed=Closed(rule="column", column="closed"),
    contacts=Contacts(acknowledgements=("mail",)),
    clock=Clock(stop=("pause",), resume=("pause",)),
    waits=Waits(statutory={"x": 0.2}, meeting=("y",)),
    exceptions=Exceptions(activities=("z",)),
    survey=Survey(csat="csat", ces="ces", nps="nps", staff="staff"),
    calendar=Calendar(
        zone="Europe/Helsinki",
        hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",)),
    ),
    burden=Burden(
        tariff=40.0, hours={"x": 1.5, "decision_made": 2.0}, usual_share=0.2,
        external={"y": 12.5}, delay_eur_per_day=30.0,
    ),
)  # fmt: skip
KINDS = (
    "supplement_requested", "supplement_received", "statement_requested", "statement_given",
    "suspended", "resumed", "decision_made", None, None, None,
)  # fmt: skip


def made(
    n: int = 60, *, seed: int = 1, open_share: float = 0.3
) -> tuple[list[Row], dict[str, Row]]:
    """Rows and matters that have all that any criterion of the catalogue needs."""
    draw = random.Random(seed)
    rows: list[Row] = []
    matters: dict[str, Row] = {}
    for c in range(n):
        case, t = f"M{c}", float(draw.randint(0, 500))
        for _ in range(draw.randint(1, 9)):
            t += draw.choice([0, 0, 1, 3, 8, 30])
            length = draw.choice([0, 1, 1, 2, 5])
            rows.append(
                {
                    "case": case, "activity": draw.choice(["x", "y", "z", "mail", "pause"]),
                    "start": t, "time": t + length, "order": len(rows),
                    "unit": draw.choice(["U", "V", "W", None]),
                    "agency": draw.choice(["A", "B", None]),
                    "resource": draw.choice(["R", "Q", "S", None]),
                    "channel": draw.choice(["web", "desk", None]),
                    "contact": draw.choice(["none", "customer", "city"]),
                    "kind": draw.choice(KINDS),
                    "data_key": draw.choice(["plan", "map", None]),
                    "fee": draw.choice([None, 10.0, 12.34]),
                }
            )  # fmt: skip
            t += draw.choice([0, length])
        is_open = draw.random() < open_share
        matters[case] = {
            "closed": not is_open,
            "outcome": None if is_open else draw.choice(["decided", "decided", "withdrawn"]),
            "due": rows[-1]["time"] + draw.choice([-5, 5, 40]),
            "kind": draw.choice(["event", "plot"]), "district": draw.choice(["north", "south"]),
            "promise": draw.choice([None, 1.0, 3.0]), "csat": draw.choice([None, 1, 4, 5]),
            "ces": draw.choice([None, 2, 6]), "nps": draw.choice([None, 0, 7, 10]),
            "staff": draw.choice([None, 3, 4]),
        }  # fmt: skip
    return rows, matters


@cache
def sample() -> EventLog:
    rows, matters = made()
    return tiny(rows, matters, mapping=MAPPING, until=900)


@cache
def measured() -> Measurement:
    return measure(sample())


def of(measurement: Measurement, id: str) -> list[Figure]:
    """The figures of a criterion, those of its segments too."""
    return [f for f in measurement.criteria if f.id == id or f.id.startswith(f"{id}.")]


def plain(log: EventLog) -> str:
    """The criteria of a measurement, without its source, as text."""
    return json.dumps(measure(log).to_json()["criteria"], sort_keys=True, allow_nan=False)


def test_the_sample_has_all_that_the_catalogue_needs() -> None:
    assert set(facts(sample()).missing) == NEEDS_A_PATH


@pytest.mark.parametrize("id", IDS)
def test_a_criterion_is_described_in_full(id: str) -> None:
    c = catalogue()[id]
    assert c.principle in PRINCIPLES
    assert set(c.question) == {"fi", "sv", "en"}
    assert all(q.endswith("?") for q in c.question.values())
    assert len({*c.question.values()}) == 3
    assert all((c.definition, c.unit, c.open_matters, c.pitfalls))
    assert c.definition.rstrip().endswith((".", "”"))
    for part in c.parts:
        assert MAPPING.definition(part)
    assert c.id in NEEDS_A_PATH or all(s.describe() for s in c.statistics)


@pytest.mark.parametrize("id", IDS)
def test_every_criterion_gives_figures_in_its_unit(id: str) -> None:
    found = of(measured(), id)
    assert found
    c = catalogue()[id]
    for f in found:
        assert f.principle == c.principle
        assert f.direction == c.direction
        assert f.hash == c.hash(MAPPING, reading_of(c, Steps(sample())))
        assert f.status in ("ok", "not_reached", "not_measurable", "hidden")
        if f.status == "not_measurable":
            assert f.note
        if f.value is not None and f.low is not None and f.high is not None:
            assert f.low <= f.value + 1e-9
            assert f.value <= f.high + 1e-9
        if f.unit == "share" and f.value is not None and not c.per_segment:
            assert 0 <= f.value <= 1 + 1e-9


@pytest.mark.parametrize("id", IDS)
def test_facts_are_integers(id: str) -> None:
    known = facts(sample())
    if id in known.missing:
        return
    fact = known.values[id]
    n, m = known.n, sample().events.height
    if isinstance(fact, Marks):
        at = fact.at
        assert at is None or (at[1:] >= at[:-1]).all()
        assert fact.amount is None or fact.amount.dtype.kind == "i"
        assert len(fact.clock.row) == len(fact.clock.elapsed) == m
        if fact.amount is not None:
            assert len(fact.amount) == (m if at is None else len(at))
            assert (fact.amount >= 0).all()
    elif isinstance(fact, Times):
        assert len(fact.elapsed) == len(fact.ended) == n
        assert fact.elapsed.dtype.kind == "i"
        assert (fact.elapsed >= 0).all()
    elif isinstance(fact, Promise):
        assert len(fact.within) == len(fact.applies) == n
        assert fact.within.dtype.kind == "i"
    elif isinstance(fact, Causes):
        assert len(fact.elapsed) == len(fact.cause) == n
        assert set(fact.cause.tolist()) <= set(range(len(fact.names) + 1))
    else:
        assert isinstance(fact, Amounts | Answers)
        assert fact.value.dtype.kind == "i"


def test_the_order_of_rows_changes_no_byte() -> None:
    rows, matters = made()
    shuffled = rows.copy()
    random.Random(7).shuffle(shuffled)
    assert plain(tiny(shuffled, matters, mapping=MAPPING, until=900)) == plain(sample())


def test_the_unit_of_time_is_the_microsecond_and_the_era_does_not_matter() -> None:
    rows, matters = made()
    mapping = replace(MAPPING, calendar=Calendar())
    later = 1_700_000_000_000_000 + 3 * 366 * 86_400_000_000
    assert plain(tiny(rows, matters, mapping=mapping, until=900)) == plain(
        tiny(rows, matters, mapping=mapping, until=900, base=later - later % 86_400_000_000)
    )


def test_an_empty_log_gives_every_criterion_without_a_value() -> None:
    found = measure(tiny([], {}, mapping=MAPPING))
    assert {f.id.split(".", 1)[0] for f in found.criteria} == {i.split(".", 1)[0] for i in IDS}
    assert all(f.value is None for f in found.criteria)
    json.loads(found.dumps())


def test_one_matter_is_measured() -> None:
    found = measure(tiny(*made(1, open_share=0.0), mapping=MAPPING))
    assert all(f.n <= 1 for f in found.criteria)
    json.loads(found.dumps())


def test_matters_that_are_all_open_are_measured_and_none_has_ended() -> None:
    found = measure(tiny(*made(open_share=1.0), mapping=MAPPING, until=900))
    assert all(f.value is None for f in of(found, "lead_time"))
    handovers = of(found, "handovers")[0]
    assert handovers.status == "ok"
    assert handovers.open == 60
    json.loads(found.dumps())


def test_a_log_without_a_closed_rule_gives_what_needs_none() -> None:
    rows, matters = made()
    for m in matters.values():
        m["closed"] = False
        m["outcome"] = None
    log = tiny(rows, matters, mapping=replace(MAPPING, closed=Closed()), until=900, closed=False)
    found = measure(log)
    assert of(found, "lead_time")[0].status == "not_measurable"
    assert "closed" in of(found, "lead_time")[0].note
    assert of(found, "handovers")[0].value is not None
    json.loads(found.dumps())


def test_a_measurement_survives_its_json() -> None:
    assert Measurement.from_json(json.loads(measured().dumps())) == measured()


def cut(log: EventLog, until: int) -> EventLog:
    """The log as it stood at a moment: later events unseen, later ends not yet come."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=until)
    kept = log.cases.filter(pl.col("arrival") <= at)
    closed = pl.col("closed") & (pl.col("end") <= at)
    cases = kept.with_columns(
        closed=closed,
        end=pl.when(closed).then("end"),
        outcome=pl.when(closed).then("outcome"),
    ).with_columns(case=pl.int_range(pl.len(), dtype=pl.UInt32))
    codes = kept.select("case").with_columns(new=pl.int_range(pl.len(), dtype=pl.UInt32))
    events = (
        log.events.filter(pl.col("time") <= at)
        .join(codes, on="case", how="inner", maintain_order="left")
        .with_columns(case=pl.col("new"))
        .drop("new")
    )
    return replace(log, events=events, cases=cases, until=until)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_log_that_is_cut_off_is_measured_at_every_cut(share: float) -> None:
    log = sample()
    first = int(log.cases["arrival"].dt.epoch("us").min())  # type: ignore[arg-type]
    found = measure(cut(log, first + int(share * (log.until - first))))
    assert {f.id.split(".", 1)[0] for f in found.criteria} == {i.split(".", 1)[0] for i in IDS}
    json.loads(found.dumps())


def test_a_later_look_at_matters_that_have_ended_changes_nothing() -> None:
    rows, matters = made(open_share=0.0)
    now = tiny(rows, matters, mapping=MAPPING, until=900)
    later = tiny(rows, matters, mapping=MAPPING, until=9000)
    assert plain(now) == plain(later)


def test_another_source_of_supplements_is_another_measure() -> None:
    log = replace(sample(), mapping=MAPPING.replacing(kinds=Kinds()))
    told = facts(log)
    kinds = pl.when(~pl.col("kind").cast(pl.String).str.starts_with("supplement")).then("kind")
    untold = facts(replace(log, events=log.events.with_columns(kind=kinds)))
    for id in ("supplement_rounds", "first_time_right", "waiting_cause.unexplained"):
        assert told.hashes[id] != untold.hashes[id]
    assert told.hashes["handovers"] == untold.hashes["handovers"]
