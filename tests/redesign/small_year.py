"""A small path whose year is simulated and measured in milliseconds, and a front of it."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

from polku.log.eventlog import EventLog
from polku.measure.measuring import measure
from polku.measure.reading import facts
from polku.measure.registry import Catalogue, catalogue
from polku.path.build import start
from polku.path.facts import Text
from polku.redesign.axes import Axis
from polku.redesign.front import Front, Option
from polku.redesign.paired import tell
from polku.redesign.prototype import Prototype
from polku.simulate.engine.compile import plan
from polku.simulate.run import replicate, window
from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Calendar,
    Kind,
    Law,
    Person,
    Pool,
    Scenario,
    StepNumbers,
    always,
)

AXES = (
    Axis("lead_time", "p50", "days", "lower"),
    Axis("lead_time", "p90", "days", "lower"),
    Axis("on_time", "share", "share", "higher"),
    Axis("staff_hours", "mean_within_h", "hours", "lower"),
    Axis("lead_time", "p50", "days", "lower", "size", "small"),
    Axis("staff_hours", "mean", "hours", "lower", "unit", "Desk"),
    Axis("utilisation", "mean", "share", "none", "pool", "desk"),
)
HORIZON = 60.0


def year(work: float = 300.0, per_year: float = 160.0) -> Prototype:
    """Three steps of two units; `work`: minutes of the long step, on average."""
    path = (
        start("Stall").step("Apply", unit="Desk").step("Look", unit="Safety")
        .step("Decide", unit="Desk").path()
    )  # fmt: skip
    desk = StepNumbers(work=always(Law("expon", scale=40.0)), pool="desk")
    scenario = Scenario(
        path.id,
        {"stall": Kind(Arrivals(per_year=per_year), promise_days=6.0)},
        zone="Europe/Helsinki",
        start=date(2025, 1, 1),
        end=date(2026, 1, 1),
        attributes={"size": Attribute(choices=always({"small": 0.6, "big": 0.4}))},
        steps={
            "step-1": desk,
            "step-2": StepNumbers(work=always(Law("expon", scale=work)), pool="safety"),
            "step-3": desk,
        },
        pools={"desk": Pool(("ann",)), "safety": Pool(("bo",))},
        people={"ann": Person("office"), "bo": Person("office")},
        calendars={
            "office": Calendar(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",)))
        },
    )
    return Prototype(path, scenario, "chosen")


def log_of(of: Prototype, replication: int, until: date | None = None) -> EventLog:
    """One simulated year (or a part of it) as a log."""
    made = plan(of.path, of.scenario)
    when = window(of.scenario, None, None, until)
    return replicate(made, seed=77, replication=replication, matters=None, window=when).log()


def known() -> Catalogue:
    """The criteria of the axes that a log tells."""
    own = Catalogue()
    for criterion in catalogue():
        if criterion.id in {a.id for a in AXES}:
            own.add(criterion)
    return own


def values(of: Prototype, replication: int) -> list[float]:
    """The axes' figures in one replication; nan where a log does not tell them."""
    read = facts(log_of(of, replication), segments=("size",), known=known())
    measured = measure(read, by=("size",), known=known(), horizon_days=HORIZON)
    told = {f.key: f.value for f in measured.criteria}
    keys = [(a.id, a.statistic, a.column or "", a.value or "", "") for a in AXES]
    return [np.nan if told.get(k) is None else told[k] for k in keys]


@cache
def small_front(replications: int = 40) -> Front:
    """A front with the small path as current state and, the same, as option "chosen"."""
    found = np.array([values(year(), k) for k in range(replications)])
    current = Option(
        "current", "current", Text(en="Current state"), "current", "a" * 64, "b" * 64, 0.0, False,
        0.0, 0.0, 0.0, tell(AXES, found, None), replications=replications,
    )  # fmt: skip
    chosen = Option(
        "chosen", "people", Text(en="The same again"), None, "c" * 64, "d" * 64, 1.0, True, 0.0,
        0.0, 0.0, tell(AXES, found, found), replications=replications,
    )  # fmt: skip
    return Front(
        "stall", Text(en="Stall"), 77, 160.0, HORIZON, 365.0, {}, AXES,
        tuple(a.key for a in AXES[:4]), {}, (current, chosen), "chosen", "it is the only one",
    )  # fmt: skip
