"""Distances of two logs: equal to the published package's, and right where that is not."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from log_distance_measures import (
    absolute_event_distribution as absolute,
)
from log_distance_measures import (
    circadian_event_distribution as circadian,
)
from log_distance_measures import (
    cycle_time_distribution as cycle,
)
from log_distance_measures import (
    n_gram_distribution as grams,
)
from log_distance_measures import (
    relative_event_distribution as relative,
)
from log_distance_measures.config import EventLogIDs
from scipy.stats import wasserstein_distance

from polku.errors import LogError
from polku.log.build import build
from polku.log.eventlog import EventLog
from polku.log.mapping import Columns, Mapping, Times
from polku.log.raw import RawTable
from polku.log.read import read
from polku.simulate.distances import NAMES, PUBLISHED, distances

IDS = EventLogIDs()
DAY = 86_400_000_000
MONDAY = 1_704_067_200_000_000
"""2024-01-01, µs since 1970 UTC"""


def log_of(rows, *, zone=None, starts=True) -> EventLog:
    """A log of rows (case, activity, start µs, completion µs)."""
    frame = pl.DataFrame(
        {
            "case": [str(r[0]) for r in rows],
            "activity": [r[1] for r in rows],
            "start": pl.Series([r[2] for r in rows], dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "time": pl.Series([r[3] for r in rows], dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
        }
    )
    columns = Columns("case", "activity", "time", "start" if starts else None)
    if not starts:
        frame = frame.drop("start")
    return build(RawTable(frame, (), "made"), Mapping(columns=columns, time=Times(zone=zone)))


def as_pandas(log: EventLog, zone="UTC", starts=True) -> pd.DataFrame:
    e = log.events
    start = e["start"].fill_null(e["time"]) if starts else e["time"]
    return pd.DataFrame(
        {
            "case": e["case"].to_numpy(),
            "activity": e["activity"].cast(pl.String).to_list(),
            "start_timestamp": pd.DatetimeIndex(start.dt.epoch("us").to_numpy().astype("M8[us]"))
            .tz_localize("UTC")
            .tz_convert(zone),
            "end_timestamp": pd.DatetimeIndex(e["time"].dt.epoch("us").to_numpy().astype("M8[us]"))
            .tz_localize("UTC")
            .tz_convert(zone),
        }
    )


def package(a: EventLog, b: EventLog, zone="UTC", starts=True) -> dict[str, float]:
    """The five distances as the package gives them."""
    x, y = (as_pandas(log, zone, starts) for log in (a, b))
    both = (x, IDS, y, IDS)
    return {
        "ngd": grams.n_gram_distribution_distance(*both, n=3),
        "aedd": absolute.absolute_event_distribution_distance(*both),
        "cedd": circadian.circadian_event_distribution_distance(*both),
        "redd": relative.relative_event_distribution_distance(*both),
        "ctdd": cycle.cycle_time_distribution_distance(*both, bin_size=timedelta(hours=1)),
    }


def same(ours, theirs) -> bool:
    return all(
        abs(getattr(ours, name) - theirs[name]) <= 1e-9 * max(1, abs(theirs[name]))
        for name in PUBLISHED
    )


PAIRS = {
    "loan application": ("loan-application", "LoanApp_simplified_train", "LoanApp_simplified_test"),
    "credentials": (
        "academic-credentials", "AcademicCredentials_train", "AcademicCredentials_test"
    ),
    "work items": ("bpic12w", "BPIC_2012_W_train", "BPIC_2012_W_test"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_the_five_equal_the_package_on_real_splits(data, name):
    folder, *files = PAIRS[name]
    a, b = (read(data / folder / f"{file}.csv.gz") for file in files)
    assert same(distances(a, b), package(a, b))


@pytest.mark.parametrize("file", ["production/production", "purchasing/PurchasingExample"])
def test_the_five_equal_the_package_on_halves_of_other_logs_in_another_zone(data, file):
    log = read(data / f"{file}.csv.gz")
    half = log.n_matters // 2
    a, b = cut(log, range(half)), cut(log, range(half, log.n_matters))
    zone = "Asia/Kolkata"
    ours = distances(a, b, zone=zone)
    assert ours.zone == zone
    theirs = package(a, b, zone)
    # its hours begin where the zone's do, at half past in this one: compared in UTC
    theirs["aedd"] = package(a, b)["aedd"]
    assert same(ours, theirs)


def cut(log: EventLog, cases) -> EventLog:
    return replace(log, events=log.events.filter(pl.col("case").is_in(list(cases))))


steps = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from("abc"),
        st.integers(0, 20 * DAY),
        st.one_of(st.just(0), st.integers(0, DAY)),
    ).map(lambda r: (r[0], r[1], MONDAY + r[2], MONDAY + r[2] + r[3])),
    min_size=1,
    max_size=25,
)


@given(steps, steps)
@settings(max_examples=60, deadline=None)
def test_the_five_equal_the_package_on_any_logs(one, other):
    a, b = log_of(one), log_of(other)
    assert same(distances(a, b), package(a, b))


@given(steps, steps)
@settings(max_examples=40, deadline=None)
def test_distances_are_symmetric_not_negative_and_nought_between_equal_logs(one, other):
    a, b = log_of(one), log_of(other)
    there, back = distances(a, b), distances(b, a)
    for name in NAMES:
        assert getattr(there, name) >= 0
        assert np.isclose(getattr(there, name), getattr(back, name), atol=1e-9)
        assert getattr(distances(a, a), name) == 0


@given(steps)
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_rows_changes_nothing(rows):
    # rows at equal times of one matter and other activity have no order but that of their names
    a = log_of(rows)
    assert asdict(distances(a, log_of(rows[::-1]))) == asdict(distances(a, a))


def test_counts_of_a_log_twice_as_long_are_a_third_apart_and_shares_are_equal():
    one = [(k, x, MONDAY, MONDAY) for k in range(4) for x in "ab"]
    two = [(k, x, MONDAY, MONDAY) for k in range(8) for x in "ab"]
    found = distances(log_of(one), log_of(two))
    assert found.ngd == pytest.approx(1 / 3)
    assert found.ngd_shares == 0


def test_midnight_is_one_hour_wide_on_the_circle_and_a_missing_day_is_no_catastrophe():
    late, early = MONDAY + DAY - 1, MONDAY + DAY  # Monday 23:59 and Tuesday 0:00
    a, b = log_of([(1, "a", late, late)]), log_of([(1, "a", early, early)])
    found = distances(a, b)
    assert found.cedd == pytest.approx(2 * 23 / 7)
    assert found.cedd_week == pytest.approx(1)


def test_the_week_closes_between_sunday_and_monday():
    sunday = MONDAY - 1
    a, b = (log_of([(1, "a", t, t)]) for t in (sunday, MONDAY))
    assert distances(a, b).cedd_week == pytest.approx(1)


@given(
    st.lists(st.integers(0, 167), min_size=1, max_size=8),
    st.lists(st.integers(0, 167), min_size=1, max_size=8),
)
@settings(max_examples=50, deadline=None)
def test_the_circle_is_cut_where_it_is_best(one, other):
    hour = DAY // 24
    a, b = (
        log_of([(k, "a", MONDAY + h * hour, MONDAY + h * hour) for k, h in enumerate(hours)])
        for hours in (one, other)
    )
    best = min(
        wasserstein_distance([(h - at) % 168 for h in one], [(h - at) % 168 for h in other])
        for at in range(168)
    )
    assert distances(a, b).cedd_week <= best + 1e-9


def test_short_ways_are_told_apart_in_minutes():
    a = log_of([(k, "a", MONDAY, MONDAY + 60_000_000) for k in range(3)])
    b = log_of([(k, "a", MONDAY, MONDAY + 31 * 60_000_000) for k in range(3)])
    found = distances(a, b)
    assert found.ctdd == 0
    assert found.ctdd_minutes == pytest.approx(0.5)


def test_hours_are_those_of_the_first_logs_zone():
    noon = MONDAY + DAY // 2
    a = log_of([(1, "a", noon, noon)], zone="Europe/Helsinki")
    b = log_of([(1, "a", noon, noon)], zone="America/New_York")
    found = distances(a, b)
    assert found.zone == "Europe/Helsinki"
    assert found.cedd == found.cedd_week == 0


def test_where_one_log_has_no_starts_neithers_are_used():
    rows = [(1, "a", MONDAY, MONDAY + DAY), (1, "b", MONDAY + DAY, MONDAY + 3 * DAY)]
    a, b = log_of(rows), log_of(rows, starts=False)
    found = distances(a, b)
    assert not found.starts
    assert all(getattr(found, name) == 0 for name in NAMES)
    assert same(found, package(a, b, starts=False))


def test_a_log_without_events_is_said_to_be_one():
    log = log_of([(1, "a", MONDAY, MONDAY)])
    with pytest.raises(LogError, match="the second log has no events"):
        distances(log, cut(log, []))
