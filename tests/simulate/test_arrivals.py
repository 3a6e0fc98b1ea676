"""Who arrives: rates, calendars, keys and attributes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from polku.errors import ConditionError, ScenarioError
from polku.simulate.arrivals import Wanted, arrive, case_ids
from polku.simulate.clocks import DAY, instant
from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Calendar,
    Kind,
    Law,
    Priority,
    Scenario,
    Varied,
    always,
    fixed,
)
from polku.simulate.streams import HOUR, local_hours

ZONE = "Europe/Helsinki"
MONTHS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
WEEKDAYS = (5.0, 4.0, 3.0, 2.0, 1.0, 0.5, 0.0)
HOURS = tuple(float(h % 5) for h in range(24))


def scenario(**kinds: Arrivals) -> Scenario:
    return Scenario("p", {name: Kind(a) for name, a in kinds.items()}, zone=ZONE)


def local(micros: np.ndarray) -> pl.Series:
    return (
        pl.Series(micros).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        .dt.convert_time_zone(ZONE)
    )  # fmt: skip


def test_rates_by_month_weekday_and_local_hour_are_recovered() -> None:
    a = Arrivals(per_year=400_000, months=MONTHS, weekdays=WEEKDAYS, hours=HOURS)
    found = arrive(scenario(a=a), seed=4).time
    at = local(found)
    weight = np.zeros((12, 7, 24))  # what each hour of the year weighs, counted by hand
    hour = datetime(2025, 1, 1, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    while hour.astimezone(ZoneInfo(ZONE)).year == 2025:
        t = hour.astimezone(ZoneInfo(ZONE))
        weight[t.month - 1, t.weekday(), t.hour] += (
            MONTHS[t.month - 1] * WEEKDAYS[t.weekday()] * HOURS[t.hour]
        )
        hour += timedelta(hours=1)
    counted = np.zeros_like(weight)
    np.add.at(
        counted,
        ((at.dt.month() - 1).to_numpy(), (at.dt.weekday() - 1).to_numpy(), at.dt.hour().to_numpy()),
        1,
    )
    expected = weight / weight.sum() * len(found)
    assert counted[expected == 0].sum() == 0
    for axes in ((1, 2), (0, 2), (0, 1)):
        e, c = expected.sum(axes), counted.sum(axes)
        z = (c[e > 0] - e[e > 0]) / np.sqrt(e[e > 0])
        assert abs(z).max() < 4.5
    cells = expected > 0
    chi = ((counted - expected)[cells] ** 2 / expected[cells]).sum()
    freedom = cells.sum() - 1
    assert abs(chi - freedom) < 5 * np.sqrt(2 * freedom)


def test_a_rate_per_year_is_that_of_a_mean_year() -> None:
    a = Arrivals(per_year=50_000, months=MONTHS, weekdays=WEEKDAYS, hours=HOURS)
    s = replace(scenario(a=a), start=date(2025, 1, 1), end=date(2029, 1, 1))
    n = len(arrive(s, seed=1).time)
    assert abs(n - 200_000) < 5 * np.sqrt(200_000)


def test_weights_that_are_all_the_same_are_no_weights() -> None:
    plain = arrive(scenario(a=Arrivals(per_year=3000)), seed=1).time
    even = arrive(
        scenario(a=Arrivals(per_year=3000, months=(2.0,) * 12, hours=(1.0,) * 24)), seed=1
    ).time
    almost = arrive(
        scenario(a=Arrivals(per_year=3000, hours=(1.0,) * 23 + (1.0 + 1e-12,))), seed=1
    ).time
    assert (plain == even).all()
    assert abs(plain - almost).max() < 1_000_000  # a sum by hours instead of one product


def test_gaps_of_an_even_stream_are_exponential() -> None:
    time = arrive(scenario(a=Arrivals(per_year=100_000)), seed=2).time
    gaps = np.diff(time) / (365.2425 * DAY / 100_000)
    grid = np.linspace(0.05, 4, 40)
    empirical = (gaps[:, None] <= grid).mean(0)
    assert abs(empirical - (1 - np.exp(-grid))).max() < 1.63 / np.sqrt(len(gaps)) * 1.2


@pytest.mark.parametrize(
    ("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25), ("2025-06-01", 24)]
)
def test_the_day_on_which_clocks_change_has_23_or_25_hours(day: str, hours: int) -> None:
    begin = instant(date.fromisoformat(day), ZONE)
    end = instant(date.fromisoformat(day) + timedelta(days=1), ZONE)
    edges, month, weekday, hour = local_hours(ZoneInfo(ZONE), begin, end)
    inside = edges < end
    assert inside.sum() == hours
    assert (np.diff(edges[: hours + 1]) == HOUR).all()
    moments = local(edges[:-1])
    assert (moments.dt.hour().to_numpy() == hour).all()
    assert (moments.dt.month().to_numpy() - 1 == month).all()
    assert (moments.dt.weekday().to_numpy() - 1 == weekday).all()


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "UTC"])
def test_local_hours_are_those_of_the_zone_also_where_it_is_off_by_half_an_hour(zone: str) -> None:
    begin = datetime(2024, 12, 31, 17, 12, 5, tzinfo=UTC)
    micros = int(begin.timestamp()) * 1_000_000
    edges, month, weekday, hour = local_hours(ZoneInfo(zone), micros, micros + 400 * DAY)
    assert edges[0] == micros
    assert (np.diff(edges) > 0).all()
    middle = (edges[:-1] + edges[1:]) // 2
    for at, m, w, h in zip(middle.tolist(), month, weekday, hour, strict=True):
        t = datetime.fromtimestamp(at / 1e6, ZoneInfo(zone))
        assert (t.month - 1, t.weekday(), t.hour) == (m, w, h)


def test_nobody_arrives_at_hours_without_weight_on_either_side_of_a_clock_change() -> None:
    office = (0.0,) * 8 + (1.0,) * 8 + (0.0,) * 8
    time = local(arrive(scenario(a=Arrivals(per_year=20_000, hours=office)), seed=1).time)
    assert set(time.dt.hour().unique()) == set(range(8, 16))


def same(a: object, b: object) -> bool:
    return bool(np.array_equal(np.asarray(a), np.asarray(b)))


BASE = replace(
    scenario(a=Arrivals(per_year=500), b=Arrivals(per_year=200, months=MONTHS)),
    attributes={
        "size": Attribute(choices=always({"small": 0.7, "large": 0.3})),
        "public": Attribute(chance=Varied((0.2,), by="size", cases={"large": (0.9,)})),
        "visitors": Attribute(law=always(Law("lognorm", shapes=(1.0,), scale=100.0, unit=None))),
    },
)


def rows(found, kind: str) -> dict[int, tuple]:
    mine = np.flatnonzero(found.data["kind"] == kind)
    names = ("size", "public", "visitors")
    return {
        int(found.number[i]): (int(found.time[i]), *(found.data[n][i] for n in names)) for i in mine
    }


def test_a_further_kind_changes_nobody_else() -> None:
    more = replace(BASE, kinds={"new": Kind(Arrivals(per_year=900)), **BASE.kinds})
    before, after = arrive(BASE, seed=7), arrive(more, seed=7)
    for kind in ("a", "b"):
        assert rows(before, kind) == rows(after, kind)
    assert set(case_ids(before)) <= set(case_ids(after))


def test_a_further_attribute_changes_no_other() -> None:
    more = replace(BASE, attributes={"x": Attribute(chance=always(0.5)), **BASE.attributes})
    before, after = arrive(BASE, seed=7), arrive(more, seed=7)
    assert rows(before, "a") == rows(after, "a")


def test_who_arrives_first_is_the_same_however_many_are_asked_for() -> None:
    few, many, year = (
        arrive(BASE, seed=7, matters=50), arrive(BASE, seed=7, matters=5_000), arrive(BASE, seed=7),
    )  # fmt: skip
    assert len(few.time) == 50
    assert len(many.time) == 5_000
    assert same(few.time, many.time[:50])
    assert same(few.number, year.number[:50])
    assert same(many.time[: len(year.time)], year.time)
    assert list(case_ids(few)) == list(case_ids(many))[:50]


def test_another_seed_or_replication_meets_others_and_the_same_ones_the_same() -> None:
    one = arrive(BASE, seed=7, replication=3)
    assert same(one.time, arrive(BASE, seed=7, replication=3).time)
    assert not same(one.time[:20], arrive(BASE, seed=7, replication=4).time[:20])
    assert not same(one.time[:20], arrive(BASE, seed=8, replication=3).time[:20])


def test_matters_come_in_order_of_time_and_between_the_limits() -> None:
    since, until = instant(date(2025, 3, 1), ZONE), instant(date(2025, 4, 1), ZONE)
    found = arrive(BASE, seed=1, since=since, until=until)
    assert (np.diff(found.time) >= 0).all()
    assert found.time.min() >= since
    assert found.time.max() < until
    assert len(arrive(BASE, seed=1, since=since, until=until, matters=5).time) == 5


def test_at_the_same_moment_the_kind_that_stands_first_comes_first() -> None:
    s = scenario(b=Arrivals(at=(5, 0, 5)), a=Arrivals(at=(5,)))
    found = arrive(s, seed=1)
    assert found.data["kind"].tolist() == ["b", "b", "b", "a"]
    assert found.number.tolist() == [1, 0, 2, 0]
    assert (found.time - instant(s.start, ZONE)).tolist() == [0, 5, 5, 5]
    assert list(case_ids(found)) == ["b-000002", "b-000001", "b-000003", "a-000001"]


def test_times_between_arrivals_follow_their_law_and_begin_one_gap_after_the_start() -> None:
    found = arrive(scenario(a=Arrivals(between=fixed(30))), seed=1, matters=3).time
    origin = instant(date(2025, 1, 1), ZONE)
    assert ((found - origin) / 6e7).tolist() == [30, 60, 90]
    drawn = arrive(scenario(a=Arrivals(between=Law("expon", scale=10.0))), seed=1, matters=40_000)
    assert abs(np.diff(drawn.time).mean() / 6e8 - 1) < 4.5 / np.sqrt(40_000)


def test_with_a_calendar_gaps_go_by_only_while_it_is_open() -> None:
    week = Calendar({"mon": ("08:00-12:00", "13:00-14:00"), "sun": ("00:00-24:00",)})
    s = replace(
        scenario(a=Arrivals(between=fixed(2.0, "hours"), calendar="desk")),
        calendars={"desk": week}, start=date(2025, 3, 24),
    )  # fmt: skip
    found = local(arrive(s, seed=1, matters=16).time).dt.strftime("%d %H:%M").to_list()
    # Monday, and the Sunday on which the hour from 3 to 4 is not there
    assert found[:2] == ["24 10:00", "24 12:00"]
    assert found[2:] == [
        "30 01:00", "30 04:00", "30 06:00", "30 08:00", "30 10:00", "30 12:00", "30 14:00",
        "30 16:00", "30 18:00", "30 20:00", "30 22:00", "31 00:00", "31 10:00", "31 12:00",
    ]  # fmt: skip


def test_attributes_have_their_chances_also_where_they_vary() -> None:
    s = replace(
        scenario(a=Arrivals(per_year=20_000), b=Arrivals(per_year=20_000)),
        attributes={
            "size": Attribute(
                choices=Varied(
                    ({"small": 0.7, "large": 0.3},), by="kind", cases={"b": ({"huge": 1.0},)}
                )
            ),
            "public": Attribute(chance=Varied((0.2,), by="size", cases={"large": (0.9,)})),
            "visitors": Attribute(
                law=Varied((fixed(3, None),), by="public", cases={"true": (fixed(8, None),)})
            ),
        },
    )
    data = pl.DataFrame(
        {k: v.tolist() for k, v in arrive(s, seed=1).data.items()}
    )  # objects as texts
    assert set(data.filter(kind="b")["size"]) == {"huge"}
    share = (data.filter(kind="a")["size"] == "large").mean()
    assert isinstance(share, float)
    assert abs(share - 0.3) < 4.5 * np.sqrt(0.21 / 20_000)
    for size, p in (("large", 0.9), ("small", 0.2), ("huge", 0.2)):
        mine = data.filter(size=size)["public"]
        assert abs(float(mine.mean()) - p) < 4.5 * np.sqrt(p * (1 - p) / len(mine))
    assert (data["visitors"] == data["public"].replace_strict({True: 8.0, False: 3.0})).all()


def test_what_the_engine_wants_stands_in_the_order_in_which_it_asks() -> None:
    s = replace(
        BASE,
        kinds={"a": Kind(Arrivals(per_year=500), promise_days=1.5), "b": BASE.kinds["b"]},
        priorities=(Priority(3, "size == 'large'"), Priority(5, "public"), Priority(1)),
    )
    wanted = Wanted(
        by=(("size", ("large",)), ("kind", ("b", "a")), ("public", ("true",))),
        conditions=("visitors > 100", "not public"),
        numbers=("2", "1 + 1"),
    )
    found = arrive(s, wanted, seed=2)
    data, n = found.data, len(found.time)
    assert same(found.codes[:, 0], data["size"] == "large")
    assert same(found.codes[:, 1], np.where(data["kind"] == "b", 1, 2))
    assert same(found.codes[:, 2], data["public"])
    assert same(found.holds, np.stack([data["visitors"] > 100, ~data["public"]], axis=1))
    assert same(found.numbers, np.full((n, 2), 2))
    first = np.where(data["size"] == "large", 3, np.where(data["public"], 5, 1))
    assert same(found.level, first)
    due = np.where(data["kind"] == "a", found.time + 3 * DAY // 2, -1)
    assert same(found.due, due)
    assert [c.dtype for c in (found.codes, found.level)] == [np.int32, np.int32]
    assert same(arrive(replace(s, priorities=s.priorities[:2]), seed=2).level == 2, first == 1)


def test_no_kind_and_no_rate_mean_that_nobody_arrives() -> None:
    for s in (scenario(), scenario(a=Arrivals(per_year=0))):
        found = arrive(s, Wanted(conditions=("true",)), seed=1)
        assert len(found.time) == 0
        assert found.holds.shape == (0, 1)


WRONG: list[tuple[dict, str]] = [
    ({"kinds": {"a": Kind(Arrivals())}}, "nothing is given"),
    ({"kinds": {"a": Kind(Arrivals(per_year=1, at=(1,)))}}, "per_year and at are given"),
    ({"kinds": {"a": Kind(Arrivals(per_year=-1))}}, "number from 0"),
    ({"kinds": {"a": Kind(Arrivals(per_year=1, months=(1.0,)))}}, "has 1 weights; give 12"),
    ({"kinds": {"a": Kind(Arrivals(per_year=1, hours=(0.0,) * 24))}}, "one above 0"),
    ({"kinds": {"a": Kind(Arrivals(between=fixed(0)))}}, "0 on average"),
    ({"kinds": {"a": Kind(Arrivals(between=Law("norm", loc=5.0, scale=9.0)))}}, "below 0"),
    ({"kinds": {"a": Kind(Arrivals(between=fixed(1, None)))}}, "has no unit"),
    ({"kinds": {"a": Kind(Arrivals(between=fixed(1), calendar="dsk"))},
      "calendars": {"desk": Calendar({})}}, "did you mean 'desk'"),
    ({"kinds": {"a": Kind(Arrivals(between=fixed(1), calendar="desk"))},
      "calendars": {"desk": Calendar({})}}, "never open"),
    ({"kinds": {"a": Kind(Arrivals(between=fixed(1, "seconds")))},
      "end": date(2035, 1, 1)}, "more than 50,000,000"),
    ({"zone": "Europe/Helsingfors"}, "not known"),
    ({"attributes": {"kind": Attribute(chance=always(0.5))}}, "choose another name"),
    ({"attributes": {"x": Attribute()}}, "nothing is given"),
    ({"attributes": {"x": Attribute(chance=always(1.5))}}, "from 0 to 1"),
    ({"attributes": {"x": Attribute(choices=always({"u": 0.5, "v": 0.4}))}}, "add up to 0.9"),
    ({"attributes": {"x": Attribute(choices=always({"u": 1.5, "v": -0.5}))}}, "0 or more"),
    ({"attributes": {"x": Attribute(law=always(fixed(1)))}}, "plain number"),
    ({"attributes": {"x": Attribute(chance=Varied((0.5,), "y", {"u": (0.1,)}))}},
     "does not stand before it"),
    ({"attributes": {"size": Attribute(chance=always(0.5)),
                     "x": Attribute(chance=Varied((0.5,), "size", {"big": (0.1,)}))}},
     "write 'true' or 'false'"),
    ({"priorities": (Priority(0, "vistors > 1"),)}, "'vistors' is asked for"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_cannot_be_drawn_is_refused_in_one_line(changes: dict, told: str) -> None:
    with pytest.raises(ScenarioError) as found:
        arrive(replace(scenario(a=Arrivals(per_year=50)), **changes), seed=1)
    assert told in str(found.value)
    assert "\n" not in str(found.value)


def test_more_matters_than_the_times_given_are_refused() -> None:
    with pytest.raises(ScenarioError, match="only 2 matters arrive, 3 are asked"):
        arrive(scenario(a=Arrivals(at=(1, 2))), seed=1, matters=3)
    with pytest.raises(ScenarioError, match="thousand years"):
        arrive(scenario(a=Arrivals(per_year=0.001)), seed=1, matters=30)


def test_a_condition_that_the_data_cannot_answer_is_refused_as_online() -> None:
    with pytest.raises(ConditionError, match="compares a text with a number"):
        arrive(BASE, Wanted(conditions=("size > 3",)), seed=1)
