"""What is predicted for one year's log, and whether a log keeps to it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date

import jsonschema
import pytest
from example_front import example_front
from scipy.stats import binom, t
from small_year import AXES, HORIZON, log_of, small_front, year

from polku.errors import RedesignError
from polku.measure.measuring import measure
from polku.paths import EVENT_PERMIT
from polku.redesign.keeping import Held, KeptRow, calibration, hold, kept
from polku.redesign.plain_json import schema_of
from polku.redesign.prediction import (
    Prediction,
    interval,
    measure_hashes,
    measure_of,
    predict,
    read_prediction,
)
from polku.schemas import schema

FRESH = range(1000, 1080)


@pytest.fixture(scope="module")
def promised():
    return predict(small_front(), "chosen", measure_of(year()))


@pytest.fixture(scope="module")
def fresh(promised):
    return [kept(promised, log_of(year(), k), name=f"year {k}") for k in FRESH]


def test_the_interval_is_that_of_one_more_draw():
    half = float(t.ppf(0.975, 19)) * 3.0 * math.sqrt(1 + 1 / 20)
    assert interval(50.0, 3.0, 20, "days") == pytest.approx((50 - half, 50 + half))
    wide = float(t.ppf(0.975, 19)) * 3.0 * math.sqrt(4 + 1 / 20)
    assert interval(50.0, 3.0, 20, "days", wider=4.0) == pytest.approx((50 - wide, 50 + wide))


def test_shares_and_amounts_keep_to_what_is_possible():
    assert interval(0.97, 0.1, 30, "share")[1] == 1.0
    assert interval(0.03, 0.1, 30, "share")[0] == 0.0
    assert interval(0.5, 2.0, 30, "rounds")[0] == 0.0


def test_what_no_log_tells_is_left_out_and_said(promised):
    assert set(promised.left_out) == {"staff_hours.mean@unit=Desk", "utilisation.mean@pool=desk"}
    assert {f.key for f in promised.figures} == {a.key for a in AXES} - set(promised.left_out)


def test_every_figure_carries_the_mark_of_its_definition(promised):
    hashes = measure_hashes(year(), HORIZON)
    for f in promised.figures:
        assert f.hash == hashes[f"{f.id}.{f.statistic}"] == hashes[f.id]


def test_without_a_measure_the_marks_of_the_front_are_taken():
    told = predict(example_front(), "search-1")
    assert told.figure("lead_time.p50").hash == example_front().measure["lead_time.p50"]
    assert told.figure("on_time.share").hash == ""


def test_an_option_that_is_not_there_suggests_the_nearest():
    with pytest.raises(RedesignError, match="did you mean 'search-1'"):
        predict(example_front(), "serch-1")


def test_a_time_that_is_not_always_reached_is_not_predicted():
    front = small_front()
    option = front.option("chosen")
    figures = (replace(option.figures[0], value=None, reached=0.9), *option.figures[1:])
    told = predict(front, replace(option, figures=figures))
    assert "not reached in 10% of" in told.left_out["lead_time.p50"]


def test_a_prediction_is_the_same_after_a_round_through_json(promised, tmp_path):
    told = promised.chosen("2026-05-03", "2026-09-01")
    (tmp_path / "prediction.json").write_text(told.dumps(), encoding="utf-8")
    assert read_prediction(tmp_path) == told
    jsonschema.Draft202012Validator(schema("prediction")).validate(json.loads(told.dumps()))
    with pytest.raises(RedesignError, match="is not there"):
        read_prediction(tmp_path / "none.json")


@pytest.mark.parametrize(("name", "kind"), [("prediction", Prediction), ("kept", Held)])
def test_schemas_are_those_of_the_documents(name, kind):
    known = schema(name)
    made = schema_of(kind, known["title"], known["properties"]["format"]["const"])
    assert known == json.loads(json.dumps(made))


def test_a_year_of_the_same_truth_falls_inside_as_often_as_is_claimed(fresh, promised):
    for p in promised.figures:
        rows = [r for k in fresh for r in k.rows if r.key == p.key and r.outcome != "not reached"]
        inside = sum(r.outcome == "inside" for r in rows)
        least, most = binom.ppf([0.0005, 0.9995], len(rows), 0.95)
        assert least <= inside <= most, p.key
    assert calibration(fresh).verdict != "too sure"


def test_a_year_of_another_truth_falls_outside(promised):
    slow = [kept(promised, log_of(year(work=540.0), k)) for k in range(3)]
    for k in slow:
        assert {r.side for r in k.rows if r.key in ("lead_time.p50", "staff_hours.mean_within_h")} \
            == {"worse"}  # fmt: skip
    assert calibration(slow).verdict == "too sure"


def test_a_log_and_its_measurement_say_the_same(promised):
    log = log_of(year(), 5)
    measured = measure(log, by=("size",), horizon_days=HORIZON)
    rows = kept(promised, measured).rows
    assert [(r.key, r.outcome, r.value) for r in rows] == [
        (r.key, r.outcome, r.value) for r in kept(promised, log).rows
    ]


def test_a_measurement_within_another_time_is_not_compared(promised):
    rows = {r.key: r for r in kept(promised, measure(log_of(year(), 5), horizon_days=30)).rows}
    row = rows["staff_hours.mean_within_h"]
    assert (row.outcome, row.value) == ("not comparable", None)
    assert "within 30 days of arrival, predicted within 60" in row.why
    assert rows["lead_time.p50"].outcome == "inside"
    assert "no matters with size = small" in rows["lead_time.p50@size=small"].why


def test_another_definition_is_refused_and_says_what_differs(promised):
    log = log_of(year(), 5)
    mapping = replace(log.mapping, cases=replace(log.mapping.cases, promise_days=None))
    due = {r.key: r for r in kept(promised, replace(log, mapping=mapping)).rows}["on_time.share"]
    assert due.outcome == "not comparable"
    assert "another definition" in due.why
    assert "[due]" in due.why


def test_a_figure_whose_definition_is_not_known_is_not_compared():
    told = predict(small_front(), "chosen")
    assert {r.outcome for r in kept(told, log_of(year(), 5)).rows} == {"not comparable"}


def test_a_smaller_log_gets_a_wider_interval_and_a_caution(promised):
    half = kept(promised, log_of(year(), 7, until=date(2025, 6, 1)))
    assert half.wider == pytest.approx(promised.matters / half.matters)
    p = promised.figure("lead_time.p50")
    row = half.rows[0]
    assert (row.low, row.high) == pytest.approx(
        interval(p.value, p.spread, p.n, p.unit, half.wider)
    )
    assert row.high - row.low > p.high - p.low
    assert any("widened by" in c for c in half.cautions)
    assert any("seasons" in c for c in half.cautions)


def test_a_larger_log_is_not_held_to_less_and_says_so(promised):
    more = kept(promised, log_of(year(per_year=400.0), 7))
    assert more.wider == 1.0
    assert any("not narrowed" in c for c in more.cautions)


def test_matters_from_before_the_change_are_cautioned(promised):
    told = kept(promised.chosen("2024-12-01", "2025-03-01"), log_of(year(), 7))
    assert any("the choice applies from 2025-03-01" in c for c in told.cautions)


def test_a_log_without_matters_is_refused(promised):
    log = log_of(year(), 7)
    empty = replace(log, events=log.events.clear(), cases=log.cases.clear())
    with pytest.raises(RedesignError, match="holds no matters"):
        kept(promised, empty, name="empty.csv")


def test_what_was_held_keeps_to_its_schema(promised):
    held = hold([(promised, log_of(year(), 3), "a"), (promised, log_of(year(), 4), "b")])
    told = json.loads(held.dumps())
    jsonschema.Draft202012Validator(schema("kept")).validate(told)
    assert told["calibration"]["logs"] == 2


def row(outcome, id="lead_time"):
    return KeptRow(f"{id}.p50", id, "days", "lower", outcome, "", 1.0, 0.5, 1.5, 1.0, None, None, 9)


@pytest.mark.parametrize(
    ("inside", "outside", "verdict", "words"),
    [
        (0, 0, "not told", "Nothing could be compared"),
        (5, 0, "not told", "too few to tell"),
        (95, 5, "as sure as it claimed", "as sure as it claimed: 95 of 100"),
        (60, 40, "too sure", "too sure: 60 of 100"),
        (500, 0, "less sure than it could be", "less sure than it could be"),
    ],
)
def test_the_advice_is_judged_by_how_often_it_was_kept(fresh, inside, outside, verdict, words):
    rows = (*[row("inside")] * inside, *[row("outside", "on_time")] * outside)
    c = calibration([replace(fresh[0], rows=(*rows, row("not reached")))])
    assert c.verdict == verdict
    assert words in c.says
    if outside:
        assert c.by_criterion[0].criterion == "on_time"
        assert c.by_criterion[0].share == 0


def test_the_shipped_log_is_measured_as_its_path_is_simulated():
    from polku.log.mapping import load
    from polku.log.read import read
    from polku.measure.reading import facts
    from polku.paths import load as load_path
    from polku.paths import scenario_file
    from polku.redesign.prototype import Prototype
    from polku.simulate.file.read import read_scenario

    current = Prototype(load_path("event-permit"), read_scenario(scenario_file("event-permit")))
    mine = measure_of(current).hashes
    log = read(
        EVENT_PERMIT / "synthetic-log.csv.gz",
        mapping=load(EVENT_PERMIT / "synthetic-log.csv.mapping.toml"),
    )
    theirs = facts(log).hashes
    ids = ("lead_time", "contact_points", "handovers", "on_time", "staff_hours", "burden_eur")
    assert {i: mine[i] for i in ids} == {i: theirs[i] for i in ids}
