"""What every test of a move asks of it, on any prototype."""

from __future__ import annotations

from datetime import date

from polku.path.check import check
from polku.path.diff import diff
from polku.paths import load, scenario_file
from polku.redesign.move import apply, kind_of
from polku.redesign.prototype import Prototype
from polku.simulate.engine.compile import plan
from polku.simulate.file.read import read_scenario
from polku.simulate.run import replicate, window

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
    assert changes(on, usual) == claimed(move, on)
    words = kind_of(move).says(move, on)
    assert not words.missing and "{" not in "".join((words.fi, words.sv, words.en))
    assert kind_of(move).touches(move, on) is not None
    if simulated:
        assert low.scenario != after.scenario
        assert run(usual).trace is not None
    return usual
