"""The two sides: seen as they stood, the same months, strata."""

from __future__ import annotations

import numpy as np
import polars as pl
from build import BASE, HOUR
from hypothesis import given, settings
from hypothesis import strategies as st
from made import DAY
from test_comparing import town
from test_facts_file import log_of

from polku.measure.facts import Marks, Times
from polku.measure.reading import facts
from polku.measure.sides import (
    Side,
    backlog,
    facts_as_of,
    last_moment,
    log_as_of,
    moment_of,
    overlap,
    same_months,
    straddling,
    strata,
)


def positions(marks: Marks) -> list[tuple[int, int]]:
    row, at = marks.clock.row, marks.clock.elapsed
    if marks.at is not None:
        row, at = row[marks.at], at[marks.at]
    return list(zip(row.tolist(), at.tolist(), strict=True))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 700))
def test_a_log_and_its_facts_stand_alike_at_a_moment(hours):
    log = log_of(60)
    moment = BASE + hours * HOUR + 1
    cut = log_as_of(log, moment)
    assert cut.until <= moment
    assert (cut.events["time"].dt.epoch("us") < moment).all()
    by_log, by_facts = facts(cut), facts_as_of(facts(log), moment)
    same = ["case_id", "arrival", "elapsed", "ended"]
    assert by_log.matters.select(same).equals(by_facts.matters.select(same))
    compared = 0
    for id in by_facts.values:
        a, b = by_log.values.get(id), by_facts.values[id]
        if isinstance(a, Marks) and a.amount is None:
            assert positions(a) == positions(b), id
            compared += 1
        elif isinstance(a, Times):
            assert np.array_equal(a.elapsed, b.elapsed), id
            assert np.array_equal(a.ended, b.ended), id
            compared += 1
    assert compared > 5


def test_a_log_without_a_closed_rule_has_none_at_an_earlier_moment():
    log = log_of(20)
    nothing = pl.Series("closed", [None] * 20, dtype=pl.Boolean)
    from dataclasses import replace

    log = replace(log, cases=log.cases.with_columns(nothing))
    assert not log_as_of(log, BASE + 100 * HOUR).has_closed_rule


def test_open_matters_are_counted_at_a_moment():
    facts_ = town(500, 1)
    arrival = facts_.matters["arrival"].to_numpy()
    middle = int(np.median(arrival))
    apart = straddling(facts_, middle)
    assert apart["matters"] == backlog(facts_, middle - 1)
    assert backlog(facts_, last_moment(facts_)) == 500 - facts_.matters["ended"].sum()


def test_a_date_is_its_local_midnight():
    assert moment_of("2025-07-01", "Europe/Helsinki") == moment_of("2025-06-30T21:00Z", "UTC")


def test_months_are_matched_only_where_enough_matters_remain():
    a, b = Side("before", town(300, 2, days=60)), Side("after", town(300, 3, days=60))
    left, right, note = same_months(a, b)
    assert (left.n, right.n) == (300, 300)
    assert "same calendar months" in note
    later = town(300, 4, days=60)
    shifted = later.matters.with_columns(pl.col("arrival") + 150 * DAY)
    from dataclasses import replace

    left, right, note = same_months(a, Side("after", replace(later, matters=shifted)))
    assert (left.n, right.n) == (300, 300)
    assert "no calendar month in common" in note


def test_sides_share_one_list_of_kinds_and_matters_of_both_are_counted():
    a, b = Side("before", town(50, 5)), Side("after", town(50, 6, slow=0.0))
    (way,) = strata(a, b)
    assert way.names == ("event", "plot")
    assert set(way.after.tolist()) == {0}
    assert overlap(a.facts, b.facts) == 50
    assert overlap(a.facts, a.facts) == 0
