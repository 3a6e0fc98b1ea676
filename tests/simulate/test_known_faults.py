"""Faults known of other simulators, as tests that this one passes.

The numbers of the first two are what Prosimos 2.1.0 does with the same model: waits of 12 h at a
load of 17 %, and a low class that waits for days where nobody was before it.
"""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from queue_theory import MINUTE, run_of

from polku.errors import ScenarioError
from polku.path.build import start
from polku.path.model import Event, Flow, Gateway, Path, Step
from polku.simulate.engine.program import ROW, Trace
from polku.simulate.run import simulate
from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Branching,
    Calendar,
    Kind,
    Law,
    Person,
    Pool,
    Priority,
    Scenario,
    StepNumbers,
    always,
    fixed,
)
from polku.simulate.streams import HOUR

MONDAY = date(2025, 1, 6)
ONE = start("One").step("Work").path()
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at(*hours: float) -> Kind:
    return Kind(Arrivals(at=tuple(round(h * HOUR) for h in hours)))


def waits(trace: Trace) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Hours of each matter's wait for its first step, by matter."""
    rows = trace.rows[np.argsort(trace.rows["matter"], kind="stable")]
    return (rows["start"] - rows["released"]) / HOUR


def test_work_goes_to_an_equal_who_is_on_duty_not_to_whom_was_released_longest_ago() -> None:
    """Two shifts, an hour of work every six hours: 17 % of who is there, and nobody waits."""
    shifts = {
        "day": Calendar(dict.fromkeys(EVERY_DAY, ("06:00-18:00",))),
        "night": Calendar(dict.fromkeys(EVERY_DAY, ("00:00-06:00", "18:00-24:00"))),
    }
    scenario = Scenario(
        path="path",
        kinds={"matter": at(*(3 + 6 * k for k in range(200)))},
        start=MONDAY,
        calendars=shifts,
        people={"day": Person("day"), "night": Person("night")},
        pools={"desk": Pool(("day", "night"))},
        steps={"step-1": StepNumbers(work=always(fixed(1, "hours")), pool="desk")},
    )
    program, _, trace = run_of(ONE, scenario, 200)
    assert waits(trace).max() == 0
    names = [program.person_names[p] for p in trace.rows["person"][:4]]
    assert names == ["night", "day", "day", "night"]


def test_future_urgent_work_is_not_served_before_present_work() -> None:
    """45 ordinary matters on even hours, 45 urgent ones on odd hours, half an hour each."""
    scenario = Scenario(
        path="path",
        kinds={
            "ordinary": at(*(2 * k for k in range(45))),
            "urgent": at(*(2 * k + 1 for k in range(45))),
        },
        start=MONDAY,
        priorities=(Priority(0, 'kind = "urgent"'), Priority(1)),
        people={"one": Person()},
        pools={"desk": Pool(("one",), "priority")},
        steps={"step-1": StepNumbers(work=always(fixed(30, "minutes")), pool="desk")},
    )
    _, who, trace = run_of(ONE, scenario, 90)
    assert (who.level == 0).sum() == 45
    assert waits(trace).max() == 0


def test_who_becomes_free_takes_what_waits_longest_before_the_next_step_of_the_same_matter() -> (
    None
):
    """Two matters at once, two steps of an hour by one person: first both first steps."""
    path = start("Two").step("First").step("Second").path()
    scenario = Scenario(
        path="path",
        kinds={"matter": at(0, 0)},
        start=MONDAY,
        people={"one": Person()},
        pools={"desk": Pool(("one",))},
        steps={
            f"step-{k}": StepNumbers(work=always(fixed(1, "hours")), pool="desk") for k in (1, 2)
        },
    )
    program, _, trace = run_of(path, scenario, 2)
    order = sorted((int(r["start"]), int(r["matter"]), int(r["node"])) for r in trace.rows)
    assert [(m, program.node_ids[n]) for _, m, n in order] == [
        (0, "step-1"), (1, "step-1"), (0, "step-2"), (1, "step-2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("law", "mean"),
    [
        (Law("expon", scale=1, high=1), 1 - 1 / (math.e - 1)),
        # the tail of the normal law from 4 to 5: φ(4) - φ(5) over Φ(5) - Φ(4)
        (Law("norm", low=4, high=5), 4.2183),
        (Law("norm", loc=1, scale=1, low=0), 1 + 0.241970725 / 0.841344746),
    ],
)
def test_a_law_within_bounds_is_cut_not_replaced(law: Law, mean: float) -> None:
    scenario = Scenario(
        path="path",
        kinds={"matter": at(*range(50_000))},
        start=MONDAY,
        steps={"step-1": StepNumbers(work=always(law))},
    )
    _, _, trace = run_of(ONE, scenario, 50_000)
    work = trace.rows["work"] / MINUTE
    assert abs(work.mean() - mean) < 5 * work.std() / math.sqrt(len(work)) + 5e-4
    low, high = law.low or 0.0, law.high or math.inf
    assert low - 1e-6 <= work.min()
    assert work.max() <= high + 1e-6


def test_a_public_holiday_is_no_working_day() -> None:
    """Epiphany 2025 is a Monday, closed in Finland."""
    office = dict.fromkeys(EVERY_DAY[:5], ("08:00-16:00",))
    scenario = Scenario(
        path="path",
        kinds={"matter": at(9)},
        start=MONDAY,
        calendars={"office": Calendar(office, "FI")},
        people={"one": Person("office")},
        pools={"desk": Pool(("one",))},
        steps={"step-1": StepNumbers(work=always(fixed(1, "hours")), pool="desk")},
    )
    _, _, trace = run_of(ONE, scenario, 1)
    assert waits(trace)[0] == 23


def rounds() -> Path:
    """A step that a gateway sends back to itself."""
    nodes = (
        Event("begin", position="start"), Gateway("join"), Step("step-1", "Work"),
        Gateway("again"), Event("end", position="end"),
    )  # fmt: skip
    ways = ["begin", "join", "step-1", "again", "end"]
    flows = [Flow(f"f{k}", a, b) for k, (a, b) in enumerate(pairwise(ways))]
    return Path("path", nodes=nodes, flows=(*flows, Flow("back", "again", "join")))


def test_no_guard_ends_a_loop_after_a_number_of_rounds() -> None:
    """With a chance of 0.999 of another round a matter takes a thousand on average."""
    scenario = Scenario(
        path="path",
        kinds={"matter": at(*range(400))},
        start=MONDAY,
        branching={"again": Branching(always({"back": 0.999, "f3": 0.001}))},
        steps={"step-1": StepNumbers(work=always(fixed(1, "seconds")))},
    )
    _, _, trace = run_of(rounds(), scenario, 400)
    each = np.bincount(trace.rows["matter"])
    assert each.max() > 3_000
    assert abs(each.mean() - 1_000) < 4 * 1_000 / math.sqrt(400)


def test_a_gateway_without_chances_or_conditions_is_an_error() -> None:
    scenario = Scenario(
        path="path",
        kinds={"matter": at(0)},
        start=MONDAY,
        steps={"step-1": StepNumbers(work=always(fixed(1, "minutes")))},
    )
    with pytest.raises(ScenarioError, match="again"):
        simulate(rounds(), scenario, matters=1)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    scenario = Scenario(
        path="path",
        kinds={"matter": Kind(Arrivals(between=Law("expon", scale=10)))},
        start=MONDAY,
        attributes={"large": Attribute(chance=always(0.5))},
        people={"one": Person()},
        pools={"desk": Pool(("one",))},
        steps={"step-1": StepNumbers(work=always(Law("expon", scale=8)), pool="desk")},
    )

    def told(seed: int, threads: int) -> list[bytes]:
        found = simulate(ONE, scenario, matters=500, seed=seed, replications=4, threads=threads)
        # field by field: between them lie bytes that say nothing
        return [r.trace.rows[n].tobytes() for r in found for n in ROW.names or ()]

    assert told(1, 1) == told(1, 2)
    assert told(1, 1) != told(2, 1)


def test_arrivals_keep_weekday_and_hour() -> None:
    hours = tuple(1.0 if 8 <= h < 16 else 0.0 for h in range(24))
    scenario = Scenario(
        path="path",
        kinds={
            "matter": Kind(Arrivals(per_year=5_000, weekdays=(1, 1, 1, 1, 1, 0, 0), hours=hours))
        },
        start=MONDAY,
        steps={"step-1": StepNumbers(work=always(fixed(1, "minutes")))},
    )
    _, who, _ = run_of(ONE, scenario, 5_000)
    since = (who.time - who.time[0] // (24 * HOUR) * 24 * HOUR) / HOUR
    assert ((since % 24 >= 8) & (since % 24 < 16)).all()
    assert (((who.time // (24 * HOUR)) + 3) % 7 < 5).all()
