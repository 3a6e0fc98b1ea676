"""Simulated logs held against a real one: floor, ratio, verdicts, what is said of poor input."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import polars as pl
import pytest

from polku.errors import LogError
from polku.log.build import build
from polku.log.eventlog import EventLog
from polku.log.mapping import Closed, Columns, Contacts, Kinds, Mapping, Times
from polku.log.raw import RawTable
from polku.log.read import read
from polku.measure.measurement import Figure, LogSummary, Measurement
from polku.measure.registry import Catalogue
from polku.report.fidelity_pictures import fidelity_html, fidelity_report, pictures
from polku.report.fidelity_tables import print_fidelity
from polku.schemas import schema
from polku.simulate.distances import (
    NAMES,
    PUBLISHED,
    activities,
    distances,
    profile,
    shortest_cycle,
)
from polku.simulate.fidelity import Fidelity, fidelity
from polku.simulate.floor import nearness
from polku.simulate.held import held, of_mean, predicted
from polku.simulate.same_terms import in_terms_of

HOUR = 3_600_000_000
MONDAY = 1_704_067_200_000_000
"""2024-01-01, µs since 1970 UTC"""
PLAIN = Mapping(columns=Columns("case", "activity", "time", "start", unit="unit"))
NOTHING = Catalogue()


def town(n: int, seed: int, *, slower: float = 1.0, mapping: Mapping = PLAIN, starts=True):
    """A log of n matters of one simple truth: apply, check (perhaps twice), decide."""
    g = np.random.default_rng(seed)
    rows = []
    for k in range(n):
        at = MONDAY + int(g.uniform(0, 60 * 24)) * HOUR
        steps = ["apply", *["check"] * int(g.geometric(0.7)), "decide"]
        for name in steps:
            work = int(g.exponential(2 * HOUR) * slower)
            rows.append((f"m{seed}-{k}", name, at, at + work, f"unit of {name}"))
            at += work + int(g.exponential(20 * HOUR) * slower)
    frame = pl.DataFrame(rows, schema=["case", "activity", "start", "time", "unit"], orient="row")
    frame = frame.with_columns(pl.col("start", "time").cast(pl.Datetime("us", "UTC")))
    if not starts:
        mapping = replace(mapping, columns=replace(mapping.columns, start=None))
        frame = frame.drop("start")
    return build(RawTable(frame, (), "made"), mapping)


ENDS = Mapping(
    columns=PLAIN.columns,
    closed=Closed("end_activities", activities=("decide",)),
    contacts=Contacts(customer=("apply",)),
    kinds=Kinds({"application_submitted": ("apply",)}),
)


def few(log: EventLog, n: int) -> EventLog:
    return replace(log, events=log.events.filter(pl.col("case") < n))


def test_the_truth_itself_is_about_as_far_as_the_floor():
    ratios = {name: [] for name in NAMES}
    for seed in range(12):
        logs = [town(120, 100 * seed + k) for k in range(6)]
        names = activities(*logs)
        least = shortest_cycle(logs[0])
        real, *made = (profile(log, names, shortest=least) for log in logs)
        for name, found in nearness(real, made, splits=40, seed=seed).items():
            assert found.ratio is not None
            ratios[name].append(found.ratio)
    for name, found in ratios.items():
        assert 0.9 < np.mean([r.value for r in found]) < 1.1, name
        assert sum(r.low <= 1 <= r.high for r in found) >= 10, name


def test_a_simulation_that_is_slower_is_found_out():
    found = fidelity(
        town(200, 1), [town(200, k, slower=2.0) for k in range(2, 6)], splits=40, known=NOTHING
    )
    for name in ("redd", "ctdd"):
        ratio = found.distance(name).ratio
        assert ratio.low > 1.25
    for name in ("ngd", "ngd_shares"):
        assert found.distance(name).ratio.low < 1.25


def test_the_mean_is_of_whole_logs_and_its_interval_is_students():
    real, made = town(60, 1), [town(60, k) for k in (2, 3, 4)]
    found = fidelity(real, made, splits=10, known=NOTHING).distance("ctdd")
    assert found.values == tuple(distances(real, m).ctdd for m in made)
    low, high = of_mean(found.values)
    assert (found.mean.low, found.mean.high) == (max(low, 0), high)
    assert found.mean.value == pytest.approx(np.mean(found.values))


def test_the_same_seed_gives_the_same_bytes_and_json_comes_back_whole():
    real, made = town(60, 1, mapping=ENDS), [town(60, k, mapping=ENDS) for k in (2, 3)]
    a, b = (fidelity(real, made, splits=20, seed=4) for _ in range(2))
    assert a.dumps() == b.dumps()
    document = json.loads(a.dumps())
    jsonschema.Draft202012Validator(schema("fidelity")).validate(document)
    assert Fidelity.from_json(document) == a
    assert fidelity(real, made, splits=20, seed=5, known=NOTHING).distances != a.distances


def test_more_matters_lower_the_floor():
    small, large = town(60, 1), town(600, 1)
    floors = [
        fidelity(log, [log], splits=30, known=NOTHING).distance("ctdd").floor.value
        for log in (small, large)
    ]
    assert floors[1] < floors[0] / 2


def test_a_shorter_simulated_log_is_held_against_parts_of_its_own_size():
    found = fidelity(town(200, 1), [town(30, 2), town(200, 3)], splits=10, known=NOTHING)
    assert found.halves == 30
    assert any("not as many matters" in note for note in found.notes)


def test_criteria_of_the_truth_are_held_and_those_of_a_slower_one_are_not():
    real = town(150, 1, mapping=ENDS)
    good = fidelity(real, [town(150, k, mapping=ENDS) for k in range(2, 12)], splits=10)
    holds, judged = good.held()
    assert judged > 10
    assert holds / judged >= 0.8
    bad = fidelity(real, [town(150, k, slower=3.0, mapping=ENDS) for k in range(2, 12)], splits=10)
    lead = next(c for c in bad.criteria if c.id == "lead_time")
    assert lead.verdict == "too_high"
    assert lead.low > lead.real


def test_a_simulated_log_is_measured_in_the_real_logs_terms():
    real, made = town(80, 1, mapping=ENDS), town(80, 2)  # the latter has no rule of its own
    assert not made.has_closed_rule
    told = in_terms_of(made, real)
    assert told.mapping == real.mapping
    assert told.has_closed_rule
    assert told.kinds_present == {"application_submitted"}
    assert told.events["contact"].drop_nulls().cast(pl.String).to_list().count("customer") == 80
    assert told.events.select("case", "activity", "start", "time").equals(
        made.events.select("case", "activity", "start", "time")
    )
    found = fidelity(real, [made, town(80, 3)], splits=5)
    assert all(c.hash for c in found.criteria)
    assert {c.verdict for c in found.criteria if c.id == "lead_time"} <= {
        "holds", "too_low", "too_high"
    }  # fmt: skip


def test_where_the_real_log_tells_no_end_the_simulated_one_is_not_asked():
    real, made = town(40, 1), town(40, 2, mapping=ENDS)
    assert not in_terms_of(made, real).has_closed_rule
    row = next(c for c in fidelity(real, [made, made], splits=5).criteria if c.id == "lead_time")
    assert row.verdict == "not_measurable"
    assert row.note.startswith("real log: the log does not tell which matters have ended")


def figure(value, status="ok", hash="h", id="a", note="") -> Figure:
    return Figure(id, "p", "s", value, "days", None, None, None, 9, 0, "lower", hash, status, note)


def measurement(*figures) -> Measurement:
    none = (None,) * 3
    return Measurement(LogSummary(0, 0, 0, 0, 0, 0, 0, 0, *none, {}, {}, ()), figures)


def verdict(real, *made):
    (row,) = held(measurement(real), [measurement(m) if m else measurement() for m in made])
    return row


def test_verdicts_are_by_the_interval_of_one_more_log():
    ones = [figure(v) for v in (1.0, 2.0, 3.0)]
    low, high = predicted([1.0, 2.0, 3.0])
    assert (low + high) / 2 == pytest.approx(2)
    assert (high - low) / 2 == pytest.approx(4.302652729911275 * (1 + 1 / 3) ** 0.5)
    assert verdict(figure(high - 0.01), *ones).verdict == "holds"
    assert verdict(figure(high + 0.01), *ones).verdict == "too_low"
    assert verdict(figure(low - 0.01), *ones).verdict == "too_high"
    same = [figure(0.1 + 0.2)] * 3
    assert verdict(figure(0.3), *same).verdict == "holds"


def test_what_cannot_be_judged_says_of_which_log_and_why():
    good = figure(1.0)
    gone = figure(None, "not_measurable", note="no starts")
    assert verdict(gone, good, good).note == "real log: no starts"
    assert verdict(good, good, gone).note == "simulated log 2: no starts"
    assert verdict(good, good, None).note == "simulated log 2: it has no such figure"
    assert verdict(good, good, figure(1.0, hash="x")).note == (
        "simulated log 2: measured by another definition"
    )
    row = verdict(figure(None, "not_reached"), good, good)
    assert (row.verdict, row.note) == (
        "not_reached", "real log: lies beyond what was observed"
    )  # fmt: skip
    assert verdict(good, good, figure(None, "not_reached")).verdict == "not_reached"
    assert verdict(good, good).verdict == "no_interval"


def test_one_simulated_log_has_no_intervals_and_it_is_said():
    found = fidelity(town(60, 1, mapping=ENDS), [town(60, 2, mapping=ENDS)], splits=10)
    for d in found.distances:
        assert d.mean.low is None
        assert d.ratio.low is None
        assert d.floor.low is not None
    assert found.held() == (0, 0)
    assert "no_interval" in {c.verdict for c in found.criteria}
    assert any(note.startswith("One simulated log") for note in found.notes)


def test_a_log_too_small_to_be_halved_has_no_floor():
    found = fidelity(few(town(9, 1), 3), [town(9, 2), town(9, 3)], known=NOTHING)
    assert found.halves == 0
    assert all(d.floor is None and d.ratio is None for d in found.distances)
    assert any("too few to be halved" in note for note in found.notes)
    jsonschema.Draft202012Validator(schema("fidelity")).validate(json.loads(found.dumps()))
    assert "<svg" in fidelity_html(found)


def test_a_small_log_has_a_floor_without_interval():
    found = fidelity(town(12, 1), [town(12, 2), town(12, 3)], splits=10, known=NOTHING)
    assert found.halves == 6
    assert all(d.floor.low is None for d in found.distances)
    assert any("stand without intervals" in note for note in found.notes)


def test_a_log_without_any_chance_has_a_floor_of_nought_and_no_ratio():
    row = [("a", "x", MONDAY, MONDAY)]
    frame = pl.DataFrame(
        [(f"{k}", *row[0][1:], "u") for k in range(50)],
        schema=["case", "activity", "start", "time", "unit"], orient="row",
    ).with_columns(pl.col("start", "time").cast(pl.Datetime("us", "UTC")))  # fmt: skip
    log = build(RawTable(frame, (), "made"), PLAIN)
    found = fidelity(log, [log, log], splits=5, known=NOTHING)
    assert all(d.floor.value == 0 and d.ratio is None for d in found.distances)
    assert any(note.startswith("The floor of NGD") for note in found.notes)
    assert "<svg" in fidelity_html(found)


def test_where_starts_are_missing_completions_are_compared_and_it_is_said():
    found = fidelity(town(50, 1, starts=False), [town(50, 2), town(50, 3)], splits=5, known=NOTHING)
    assert not found.starts
    assert any(note.startswith("No starts in the real log:") for note in found.notes)


def test_hours_are_those_of_the_real_log_whatever_the_simulated_ones_zone():
    here = replace(PLAIN, time=Times(zone="Europe/Helsinki"))
    there = replace(PLAIN, time=Times(zone="America/New_York"))
    real = town(50, 1, mapping=here)
    a, b = (
        fidelity(real, [town(50, 2, mapping=m)], splits=5, known=NOTHING) for m in (here, there)
    )
    assert a.zone == b.zone == "Europe/Helsinki"
    assert a.distances == b.distances


def test_other_activities_and_open_matters_are_named():
    real = town(40, 1, mapping=ENDS)
    events = real.events.with_columns(
        pl.col("activity").cast(pl.String).replace("check", "look").cast(
            pl.Enum(["apply", "decide", "look"])
        )
    )  # fmt: skip
    cut = real.cases.with_columns(closed=pl.col("case") > 4)
    notes = fidelity(
        replace(real, cases=cut), [replace(real, events=events)], splits=5, known=NOTHING
    ).notes
    assert "Activities only in simulated logs: look." in notes
    assert "Activities only in the real log: check." in notes
    assert any(note.startswith("5 of the real log's matters are open") for note in notes)


def test_poor_input_ends_in_one_line():
    log = town(5, 1)
    with pytest.raises(LogError, match="no simulated log is given"):
        fidelity(log, [])
    with pytest.raises(LogError, match="the real log has no events"):
        fidelity(few(log, 0), [log])
    with pytest.raises(LogError, match="simulated log 2 has no events"):
        fidelity(log, [log, few(log, 0)])
    with pytest.raises(LogError, match=r"format 'polku.check/1' is not known"):
        Fidelity.from_json({"format": "polku.check/1"})


def test_the_page_has_a_picture_with_words_for_each_distance(tmp_path):
    real = town(60, 1, mapping=ENDS)
    found = fidelity(real, [town(60, k, mapping=ENDS) for k in (2, 3)], splits=10)
    drawn = pictures(found)
    assert tuple(p.name for p in drawn) == PUBLISHED
    for p in drawn:
        assert p.chart.startswith("<svg")
        assert "Furthest apart at" in p.label
        assert p.table.rows
    page = tmp_path / "fidelity.html"
    fidelity_report(found, page)
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == 6
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
    assert fidelity_html(found) == text
    with pytest.raises(LogError, match="html"):
        fidelity_report(found, tmp_path / "fidelity.txt")


def test_names_from_a_log_are_escaped():
    bad = "<script>alert(1)</script>"
    log = town(40, 1)
    names = pl.Enum(sorted([bad, "apply", "decide"]))
    events = log.events.with_columns(
        pl.col("activity").cast(pl.String).replace("check", bad).cast(names)
    )
    log = replace(log, events=events)
    assert bad not in fidelity_html(fidelity(log, [log, log], splits=5, known=NOTHING))


@pytest.mark.parametrize("width", [80, 120, 180])
def test_the_terminal_shows_distances_and_what_is_not_held(width, capsys):
    from rich.console import Console

    real = town(60, 1, mapping=ENDS)
    found = fidelity(real, [town(60, k, slower=4.0, mapping=ENDS) for k in (2, 3, 4)], splits=10)
    print_fidelity(Console(width=width), found)
    shown = capsys.readouterr().out
    assert "times the floor" in " ".join(shown.split())
    assert "CTDD" in shown
    assert "too high" in " ".join(shown.split())


def test_halves_of_a_real_log_are_each_other_like(data):
    log = read(data / "loan-application" / "LoanApp_simplified_test.csv.gz")
    train = read(data / "loan-application" / "LoanApp_simplified_train.csv.gz")
    found = fidelity(log, [train, log], splits=60)
    for name in PUBLISHED:
        d = found.distance(name)
        assert d.values[1] == 0
        assert 0.4 < d.ratio.value < 1.1  # one of the two is the log itself
        assert d.pair_low < d.floor.value < d.pair_high
    assert found.held()[1] >= 10
