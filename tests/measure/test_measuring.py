"""The verb: agreed sets, segments, cohorts and the JSON document."""

from __future__ import annotations

import json
from datetime import date

import pytest

from measure.build import tiny
from polku.errors import AgreedSetError, CriterionError, LogError
from polku.log.read import read
from polku.measure.agreed import AgreedCriterion, AgreedSet, load_agreed
from polku.measure.comparing import compare_by
from polku.measure.measurement import Figure, Measurement
from polku.measure.measuring import measure, period_labels
from polku.measure.reading import select
from polku.measure.registry import catalogue
from polku.paths import EVENT_PERMIT

AGREED = """
format = "polku.agreed/1"
name = "Business-friendliness 2026"
version = "2"
who = "steering group"
when = "2026-01-15"
horizon_days = 60

[[criterion]]
id = "lead_time"
statistic = "p80"
target = 100

[[criterion]]
id = "contact_points"
target = 1.0

[[criterion]]
id = "on_time"
target = 0.79
"""


@pytest.fixture(scope="module")
def log():
    return read(EVENT_PERMIT / "synthetic-log.csv.gz")


def agreed_file(tmp_path, text):
    path = tmp_path / "agreed.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_agreed_set_keeps_to_its_ids_statistics_and_horizon(log, tmp_path):
    agreed = load_agreed(agreed_file(tmp_path, AGREED))
    found = measure(log, agreed=agreed)
    assert {(f.id, f.statistic) for f in found.criteria} >= {("lead_time", "p80")}
    assert {f.id for f in found.criteria} == {"lead_time", "contact_points", "on_time"}
    assert {f.statistic for f in found.criteria if f.id == "lead_time"} == {"p80"}
    assert found.log.horizon_days == 60
    assert found.figure("contact_points").horizon_days == 60


def test_a_figure_is_met_not_met_or_not_shown(log, tmp_path):
    found = measure(log, agreed=load_agreed(agreed_file(tmp_path, AGREED)))
    quick = found.figure("lead_time", "p80")
    assert quick.target is not None
    assert quick.target.met is True
    many = found.figure("contact_points", "mean_within_h")
    assert many.target is not None
    assert many.target.met is False
    shown = found.figure("on_time")
    assert shown.target is not None
    assert shown.low <= 0.79 <= shown.high
    assert shown.target.met is None


@pytest.mark.parametrize(
    ("value", "low", "high", "direction", "met"),
    [
        (5.0, 4.0, 6.0, "lower", True),
        (9.0, 8.0, 10.0, "lower", False),
        (9.0, 8.0, 10.0, "higher", True),
        (7.0, 6.0, 8.0, "lower", None),
        (None, None, None, "lower", None),
        (7.5, None, None, "none", None),
    ],
)
def test_whether_a_target_is_met_goes_by_the_interval(value, low, high, direction, met):
    figure = Figure(
        "x", "quality", "p50", value, "days", low, high, None, 9, 0, direction, "0" * 16, "ok"
    )
    agreed = AgreedSet("a", "1", "", "", (AgreedCriterion("x", "p50", 7.0),))
    target = agreed.target(figure)
    assert target is not None
    assert target.met is met


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("criterion = 3", "holds no [[criterion]]"),
        ('[[criterion]]\nid = "lead_tme"', "did you mean 'lead_time'"),
        ('[[criterion]]\nid = "lead_time"\ntarget = "fast"', "target must be a number"),
        ('[[criterion]]\nid = "lead_time"\nweigth = 2', "unknown key 'weigth'"),
        ('[[criterion]]\nstatistic = "p50"', "has no id"),
        ('format = "polku.agreed/9"\n[[criterion]]\nid = "lead_time"', "polku.agreed/9"),
        ("[[criterion]\n", "is not TOML"),
    ],
)
def test_a_wrong_agreed_set_ends_in_one_line(tmp_path, text, part):
    with pytest.raises((AgreedSetError, CriterionError)) as caught:
        load_agreed(agreed_file(tmp_path, text))
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_segments_and_cohorts_cover_all_matters(log):
    found = measure(log, by=("nature",), period="quarter")
    of = [f for f in found.criteria if f.id == "lead_time" and f.statistic == "p50"]
    whole = found.figure("lead_time", "p50")
    assert sum(f.n for f in of if f.by and f.by.column == "nature") == whole.n
    assert sum(f.n for f in of if f.period) == whole.n
    assert {f.period for f in of if f.period} == {
        "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4", "2025-Q1", "2025-Q2", "2025-Q3"
    }  # fmt: skip


def test_small_groups_are_hidden(log):
    from dataclasses import replace

    few = log.cases["case"] < 3
    import polars as pl

    cases = log.cases.with_columns(
        nature=pl.when(few).then(pl.lit("rare")).otherwise(pl.lit("usual"))
    )
    found = measure(replace(log, cases=cases), by=("nature",))
    rare = [
        f for f in found.criteria if f.by and f.by.segment == "rare" and f.id != "lead_time_net"
    ]
    assert rare
    assert all(f.status in ("hidden", "not_measurable") for f in rare)
    assert all(f.value is None and f.low is None and f.se is None for f in rare)
    others = [f for f in found.criteria if f.by and f.by.segment == "usual"]
    assert all(f.value is None for f in others)  # the whole less these would tell the rare ones


def test_an_unknown_column_names_the_nearest(log):
    with pytest.raises(LogError, match="did you mean 'nature'"):
        measure(log, by=("natur",))


def test_the_document_reads_back_as_it_was(log):
    found = measure(log, by=("organiser_size",))
    text = found.dumps()
    assert Measurement.from_json(json.loads(text)).dumps() == text


def test_cohorts_go_by_local_time():
    import polars as pl

    new_year = pl.Series([date(2024, 12, 31)]).cast(pl.Datetime("us")).dt.offset_by("22h30m")
    arrival = new_year.dt.epoch("us")
    assert period_labels(arrival, "month", "UTC").to_list() == ["2024-12"]
    assert period_labels(arrival, "month", "Europe/Helsinki").to_list() == ["2025-01"]
    assert period_labels(arrival, "quarter", "Europe/Helsinki").to_list() == ["2025-Q1"]


def test_every_criterion_stands_in_every_measurement(log):
    found = {f.id.split(".")[0] if c else f.id for f in measure(log).criteria for c in [0]}
    families = {c.id for c in catalogue()}
    missing = {c for c in families if not any(f == c or f.startswith(c + ".") for f in found)}
    assert missing <= {"equality_supplements", "equality_on_time", "equality_lead_time"}


def test_some_criteria_can_be_chosen():
    chosen = select(catalogue(), ("lead_time", "handovers"))
    assert [c.id for c in chosen] == ["handovers", "lead_time"]
    with pytest.raises(CriterionError, match="did you mean"):
        select(catalogue(), ("handover",))


def test_a_column_of_thousands_of_values_is_refused_as_a_segment():
    rows = [{"case": f"m{i}", "activity": "a", "time": float(i)} for i in range(501)]
    log = tiny(rows, {f"m{i}": {"kind": f"k{i}"} for i in range(501)})
    with pytest.raises(LogError, match="--by kind: has 501 values, more than 500"):
        measure(log, by=("kind",))
    with pytest.raises(LogError, match="--by kind: has 501 values"):
        compare_by(log, "kind")


def test_a_statistic_is_not_taken_for_a_part_of_a_criterions_id():
    assert catalogue()["equality_lead_time.channel"].id == "equality_lead_time"
    with pytest.raises(CriterionError, match=r"'lead_time\.p80' is not known; did you mean"):
        catalogue()["lead_time.p80"]


def test_threads_change_no_byte_of_a_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    log = read(EVENT_PERMIT / "synthetic-log.csv.gz")
    alone = measure(log).dumps()
    monkeypatch.setattr("polku.measure.measuring.MANY_STEPS", 0)
    assert measure(log).dumps() == alone
