"""The engine against queueing theory, and mutants that this would not let pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from queue_family import FAMILY
from queue_theory import OFFICE, WIDEST, Change, Queue, Verdict, holm, run_of, verdicts

from polku.path.build import start
from polku.simulate.engine.program import Matters, Program
from polku.simulate.scenario import (
    ORDERS,
    Arrivals,
    Kind,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    always,
    fixed,
)
from polku.simulate.streams import HOUR

SEED = 20_250_101
MONDAY = date(2025, 1, 6)
CLAIMS = sum(len(q.claims) for q in FAMILY)


def queue(name: str) -> Queue:
    return next(q for q in FAMILY if q.name == name)


def shown(found: list[Verdict]) -> str:
    return "\n".join(map(str, found))


@pytest.fixture(scope="module")
def family() -> list[Verdict]:
    return [v for q in FAMILY for v in verdicts(q, SEED, threads=2)]


def test_the_whole_family_agrees_with_theory_at_999_in_a_thousand(family: list[Verdict]) -> None:
    rejected = holm([v.p for v in family])
    assert not any(rejected), shown([v for v, r in zip(family, rejected, strict=True) if r])


def test_no_interval_is_wide_enough_to_pass_for_that_alone(family: list[Verdict]) -> None:
    wide = [v for v in family if v.width > WIDEST]
    assert not wide, shown(wide)


def test_the_figures_are_not_all_alike_close_or_far(family: list[Verdict]) -> None:
    """With the right standard errors p is uniform: neither heaped at 0 nor at 1."""
    p = np.sort([v.p for v in family])
    assert 0.2 < p.mean() < 0.8


def last_come_first_served(program: Program, who: Matters) -> tuple[Program, Matters]:
    pools = program.pools.copy()
    pools["order"] = ORDERS.index("due")
    return replace(program, pools=pools), replace(who, due=2**60 - who.time)


def biased_draws(program: Program, who: Matters) -> tuple[Program, Matters]:
    return replace(program, law_values=program.law_values * 1.02), who


def priority_ignored(program: Program, who: Matters) -> tuple[Program, Matters]:
    pools = program.pools.copy()
    pools["order"] = ORDERS.index("fifo")
    return replace(program, pools=pools), who


def an_hour_late(program: Program, who: Matters) -> tuple[Program, Matters]:
    return (
        replace(
            program,
            opens=program.opens + HOUR,
            closes=program.closes + HOUR,
            changes_time=program.changes_time + HOUR,
        ),
        who,
    )


def off_duty_work(program: Program, who: Matters) -> tuple[Program, Matters]:
    people = program.people.copy()
    people["calendar"] = -1
    pools = program.pools.copy()
    pools["clock"] = -1
    nodes = program.nodes.copy()
    nodes["work_clock"] = -1
    return replace(program, people=people, pools=pools, nodes=nodes), who


def one_server_more(q: Queue) -> Queue:
    stations = tuple(replace(s, servers=(s.servers or 0) + 1) for s in q.stations)
    return replace(q, stations=stations)


@pytest.mark.parametrize(
    ("name", "runs", "figure", "change"),
    [
        ("M/M/1 at 0.6", 8, "over", last_come_first_served),
        ("M/M/1 at 0.6", 16, "wait", biased_draws),
        ("M/M/1 at 0.3", 40, "sojourn", biased_draws),
        ("two classes at 0.8", 40, "wait", priority_ignored),
        ("M/M/1 in office hours at 0.3", 40, "sojourn", an_hour_late),
        ("M/M/1 in office hours at 0.3", 40, "sojourn", off_duty_work),
        ("M/M/∞ in office hours", 20, "sojourn", off_duty_work),
    ],
)
def test_a_mutant_fails(name: str, runs: int, figure: str, change: Change) -> None:
    found = verdicts(replace(queue(name), runs=runs), SEED, threads=2, change=change)
    # rejected in a family of this size even if it is the first that Holm looks at
    assert min(v.p for v in found if v.claim.figure == figure) < 0.001 / CLAIMS, shown(found)


@pytest.mark.parametrize("name", ["M/M/1 at 0.3", "M/M/2 at 0.6", "M/M/5 at 0.8"])
def test_one_server_too_many_fails(name: str) -> None:
    found = verdicts(one_server_more(replace(queue(name), runs=40)), SEED, threads=2)
    assert min(v.p for v in found) < 0.001 / CLAIMS, shown(found)


def office(change: Change | None = None) -> list[tuple[float, float, float]]:
    """A D/D/1 queue in office hours: arrival, start and end in hours since a Monday's midnight."""
    path = start("Office").step("Work").path()
    arrivals = [8, 9, 15, 24 + 7, 24 + 15.5, 4 * 24 + 14, 4 * 24 + 15, 5 * 24 + 10]
    scenario = Scenario(
        path="path",
        kinds={"matter": Kind(Arrivals(at=tuple(int(h * HOUR) for h in arrivals)))},
        start=MONDAY,
        calendars={"office": OFFICE},
        people={"one": Person("office")},
        pools={"desk": Pool(("one",))},
        steps={"step-1": StepNumbers(work=always(fixed(3, "hours")), pool="desk")},
    )
    _, who, trace = run_of(path, scenario, len(arrivals), change=change)
    rows = trace.rows[np.argsort(trace.rows["matter"])]
    zero = int(who.time[0]) - 8 * HOUR
    return [
        tuple((int(r[n]) - zero) / HOUR for n in ("enabled", "start", "end"))  # type: ignore[misc]
        for r in rows
    ]


BY_HAND = [
    (8, 8, 11),  # Monday
    (9, 11, 14),
    (15, 15, 24 + 10),  # an hour on Monday, two on Tuesday
    (24 + 7, 24 + 10, 24 + 13),  # before the office opens, behind the one before
    (24 + 15.5, 24 + 15.5, 48 + 10.5),
    (96 + 14, 96 + 14, 168 + 9),  # two hours on Friday, one on Monday
    (96 + 15, 168 + 9, 168 + 12),
    (120 + 10, 168 + 12, 168 + 15),  # on Saturday
]


def test_a_desk_in_office_hours_is_as_computed_by_hand() -> None:
    assert office() == BY_HAND


@pytest.mark.parametrize("change", [an_hour_late, off_duty_work])
def test_a_desk_with_a_wrong_calendar_is_not(
    change: Callable[..., tuple[Program, Matters]],
) -> None:
    assert office(change) != BY_HAND


def test_holm_rejects_step_by_step() -> None:
    assert holm([0.0004, 0.2, 0.0003], 0.999) == [True, False, True]
    assert holm([0.0006, 0.2, 0.0003], 0.999) == [False, False, True]
    assert holm([0.0004, 0.2], 0.999) == [True, False]
