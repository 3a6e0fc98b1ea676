"""What every test of a move asks of it, on any prototype."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from polku.path.build import start
from polku.path.check import check
from polku.path.diff import diff
from polku.path.facts import Facts, Text
from polku.path.model import Lane, Pool
from polku.paths import load, scenario_file
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import apply, kind_of
from polku.redesign.prototype import Prototype
from polku.simulate.checking import check_scenario
from polku.simulate.engine.compile import plan
from polku.simulate.file.read import read_scenario
from polku.simulate.run import replicate, window
from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Calendar,
    Delay,
    Kind,
    Law,
    Meeting,
    Person,
    Scenario,
    StepNumbers,
    always,
)
from polku.simulate.scenario import Pool as ScenarioPool

DAY = date(2026, 6, 1)
BOUND = 3_000


def shipped(name):
    return Prototype(load(name), read_scenario(scenario_file(name)), name)


def found(path):
    return {
        (f.code, tuple(e.id for e in f.elements), f.found)
        for f in check(path, today=DAY, bound=BOUND).findings
        if f.severity in ("error", "warning")
    }


def unfitting(on):
    """Errors and warnings of the scenario, but for those of load and of its path's hash."""
    return {
        (f.code, tuple(e.id for e in f.elements), f.found)
        for f in check_scenario(on.path, replace(on.scenario, path_hash=None))
        if f.severity in ("error", "warning") and not f.code.startswith("S4")
    }


def changes(before, after):
    return {(c.kind, c.subject.id) for c in diff(before.path, after.path).changes}


def claimed(move, on):
    return {(c.change, c.subject) for c in kind_of(move).claims(move, on)}


def run(on, matters=60, replication=0):
    return replicate(
        plan(on.path, on.scenario), seed=1, replication=replication, matters=matters,
        window=window(on.scenario, matters),
    )  # fmt: skip


def does_what_it_says(move, on, *, simulated=True):
    """The move keeps soundness, changes what it claims, and its numbers fit; the result."""
    before = found(on.path)
    low = apply(move, on, {a.id: a.law.loc for a in move.assumptions})
    after = apply(move, on, {a.id: a.fails for a in move.assumptions})
    usual = apply(move, on)
    assert low.path == after.path == usual.path
    assert not found(usual.path) - before
    assert not unfitting(usual) - unfitting(on)
    assert changes(on, usual) == claimed(move, on)
    words = kind_of(move).says(move, on)
    assert not words.missing
    assert "{" not in "".join((words.fi, words.sv, words.en))
    assert kind_of(move).touches(move, on) is not None
    if simulated:
        assert low.scenario != after.scenario
        assert run(usual).trace is not None
    return usual


def small(*, facts=None, numbers=None, lanes=None):
    """A short path of two agencies with all its numbers; `facts`, `numbers`, `lanes` by step id."""
    line = start("Stall", lanes=LANES, parties=(Pool("customer", "Customer"),))
    for id, name, lane in STEPS:
        line = line.step(name, id=id, lane=(lanes or {}).get(id, lane))
    path = line.path()
    path = replace(
        path, facts=named("Stall", text=Text("Myyntipaikka", "Försäljningsplats", "A stall")),
        lanes=tuple(replace(n, facts=named(n.name)) for n in path.lanes),
        parties=tuple(replace(p, facts=named(p.name)) for p in path.parties),
        city=replace(path.city, facts=named("City")),
    ).with_nodes(replace(n, facts=named(n.name)) for n in path.steps)  # fmt: skip
    given = facts or {}
    path = path.with_nodes(
        replace(path.node(i), facts=replace(path.node(i).facts, **f)) for i, f in given.items()
    )
    steps = {
        id: StepNumbers(
            work=always(Law("lognorm", shapes=(0.5,), scale=30.0)), pool=lane.removeprefix("lane-")
        )
        for id, _, lane in STEPS
    }
    steps |= {i: replace(steps[i], **n) for i, n in (numbers or {}).items()}
    hours = Calendar(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",)))
    people = {n: Person("hours") for n in ("a", "b", "c")}
    scenario = Scenario(
        path=path.id, kinds={"stall": Kind(Arrivals(per_year=300))}, steps=steps,
        pools={"desk": ScenarioPool(("a", "b"), lane="lane-desk"),
               "safety": ScenarioPool(("c",), lane="lane-safety")},
        people=people, calendars={"hours": hours},
        meetings={"board": Meeting("tue", weeks=2)},
        attributes={
            "size": Attribute(always({"small": 0.5, "big": 0.5})),
            "special_risk": Attribute(chance=always(0.2)),
        },
    )  # fmt: skip
    return Prototype(path, scenario, "small")


def named(name, **more):
    """Facts with a name in three languages."""
    return Facts(names=Text(f"{name} (fi)", f"{name} (sv)", name), **more)


LANES = (
    Lane("city", "City"), Lane("lane-desk", "Desk", "city", "unit"),
    Lane("rescue", "Rescue"), Lane("lane-safety", "Safety", "rescue", "unit"),
    Lane("alone", "Customer", None, "customer"),
)  # fmt: skip
STEPS = (
    ("apply", "Apply", "lane-desk"), ("check", "Check", "lane-desk"),
    ("look", "Look", "lane-safety"), ("prepare", "Prepare", "lane-desk"),
    ("decide", "Decide", "lane-desk"), ("send", "Send", "lane-desk"),
)  # fmt: skip
CUSTOMER = Delay(always(Law("lognorm", shapes=(0.8,), scale=10.0, unit="days")), "customer")
STATEMENT = Delay(always(Law("lognorm", shapes=(0.8,), scale=10.0, unit="days")), "statement")


def seen(on, **waiting):
    """An evidence in which every step is seen once per matter, with this waiting."""
    given = waiting or {"contention": 3.0}
    steps = {s.id: StepSeen(1.0, 1.0, given, 100) for s in on.path.steps}
    return Evidence(on, "simulation", 100, steps, days=30.0)


def made(kind, on, **waiting):
    """The moves of a kind that are found on a prototype and not refused there."""
    one = kind_of(kind)
    return [m for m in one.find(seen(on, **waiting)) if one.refuses(m, on) is None]


def composes(first, then, on):
    """A move after another keeps soundness and changes what it claims there."""
    after = apply(first, on)
    assert kind_of(then).refuses(then, after) is None
    return does_what_it_says(then, after)
