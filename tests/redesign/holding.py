"""What every move must keep, tried on one prototype: soundness, claims, a scenario that runs."""

from __future__ import annotations

from functools import cache

from polku.path.check import check
from polku.path.diff import diff
from polku.path.model import Path
from polku.paths import load, scenario_file
from polku.redesign.move import Move, Values, kind_of
from polku.redesign.prototype import Prototype
from polku.simulate.engine.compile import plan
from polku.simulate.file import read_scenario
from polku.simulate.run import Run, replicate, window

BOUND = 300
"""States up to which soundness is explored here."""


@cache
def shipped(name: str) -> Prototype:
    """The current state of a path that ships."""
    return Prototype(load(name), read_scenario(scenario_file(name)), name)


@cache
def troubles(path: Path) -> frozenset[tuple[str, tuple[str, ...], str]]:
    """Errors and warnings of a path: code, elements, what was found."""
    return frozenset(
        (f.code, tuple(e.id for e in f.elements), f.found)
        for f in check(path, bound=BOUND).findings
        if f.severity in ("error", "warning")
    )


def changes(before: Path, after: Path) -> set[tuple[str, str]]:
    """What `polku diff` finds: kind of change and of what."""
    return {(c.kind, c.subject.id) for c in diff(before, after).changes}


def simulated(on: Prototype, matters: int = 20, replication: int = 0) -> Run:
    """A short replication of a prototype."""
    when = window(on.scenario, matters)
    made = plan(on.path, on.scenario)
    return replicate(made, seed=7, replication=replication, matters=matters, window=when)


def holds(move: Move, on: Prototype, *more: Values) -> Prototype:
    """Make a move with its usual values and hold it to what every move must keep.

    `more`: other values, with which the path must come out the same.
    """
    kind = kind_of(move)
    assert kind.refuses(move, on) is None
    after = kind.apply(move, on, move.usual)
    assert troubles(after.path) <= troubles(on.path)
    assert changes(on.path, after.path) == {(c.change, c.subject) for c in kind.claims(move, on)}
    for values in more:
        assert kind.apply(move, on, values).path == after.path
    assert not kind.says(move, on).missing
    for agency in kind.touches(move, on):
        assert on.path.lane(agency).role == "agency"
        assert agency in kind.asks(move, on)
    assert len(simulated(after).matters.time) == 20
    return after


def refused(move: Move, on: Prototype) -> str:
    """The reason why a move is refused."""
    reason = kind_of(move).refuses(move, on)
    assert reason is not None
    assert "\n" not in reason
    return reason
