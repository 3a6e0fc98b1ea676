"""A step that waits for a meeting and then for a batch waits for both, in this order."""

from __future__ import annotations

from datetime import date

from polku.path.model import Event, Flow, Path, Step
from polku.simulate.run import simulate
from polku.simulate.scenario import (
    Arrivals,
    Batch,
    Kind,
    Meeting,
    Scenario,
    StepNumbers,
    always,
    fixed,
)

HOUR = 3_600_000_000
PATH = Path(
    "one", "One", nodes=(Event("s", "", "start"), Step("A", kind="user"), Event("e", "", "end")),
    flows=(Flow("f1", "s", "A"), Flow("f2", "A", "e")),
)  # fmt: skip


def released(batch, *hours):
    """Hours after the begin (a Monday) at which the work of matters is released."""
    scenario = Scenario(
        "one", {"all": Kind(Arrivals(at=tuple(h * HOUR for h in hours)))},
        start=date(2025, 3, 3), end=date(2025, 6, 1),
        meetings={"board": Meeting("tue", "12:00"), "council": Meeting("wed", "12:00")},
        steps={"A": StepNumbers(always(fixed(0.0)), meeting="board", batch=batch)},
    )  # fmt: skip
    run = simulate(PATH, scenario, matters=len(hours)).runs[0]
    rows = run.trace.rows[run.trace.rows["matter"].argsort()]
    return [(int(x) - run.trace.since) // HOUR for x in rows["released"]]


def test_after_its_meeting_work_waits_until_its_batch_is_full_or_has_waited():
    week, tuesday = 7 * 24, 36
    two = Batch(2, fixed(30.0, "hours"))
    assert released(two, 1, 2, 3) == [tuesday, tuesday, tuesday + 30]
    assert released(two, 1, 40, 41) == [tuesday + 30, tuesday + week, tuesday + week]


def test_after_its_meeting_work_waits_for_the_meeting_of_its_batch():
    assert released(Batch(meeting="council"), 1, 50) == [60, 60 + 7 * 24]
