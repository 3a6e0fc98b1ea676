"""Moves made one after another, sums of laws, and shares behind forks and loops."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from made_prototypes import errors, evidence, line, random_prototype, runs, shipped, told

from polku.path.changes.order import Order
from polku.path.model import Flow, Gateway, Path, Step
from polku.paths import NAMES
from polku.redesign import claiming
from polku.redesign.move import kind_of, kinds
from polku.redesign.sums import sum_law, sum_varied
from polku.simulate.engine.compile import plan
from polku.simulate.laws import mean, quantile
from polku.simulate.scenario import Law, Varied, fixed

MINE = ("eliminate", "merge-steps", "move-work", "parallelise", "resequence")


def possible(on):
    """One move of each kind that the evidence speaks for and nothing forbids."""
    seen = evidence(on)
    for name in MINE:
        kind = kind_of(name)
        move = next((m for m in kind.find(seen) if kind.refuses(m, on) is None), None)
        if move is not None:
            yield move


def test_the_kinds_are_registered_and_say_what_they_are():
    for name in MINE:
        kind = kinds()[name]
        assert not kind.title.missing
        assert kind.needs
        assert kind.forbids
        for assumption in kind.assumptions:
            assert not assumption.what.missing
            assert all("{value}" in w for w in (assumption.what.fi, assumption.what.sv))
            assert assumption.origin.how == "assumed"
            assert assumption.origin.note


@pytest.mark.parametrize("name", NAMES)
def test_two_moves_one_after_another_keep_the_path_sound(name):
    on = shipped(name)
    made = 0
    for first, second in permutations(possible(on), 2):
        one = kind_of(first).apply(first, on, first.usual)
        if kind_of(second).refuses(second, one) is not None:
            continue
        claims = kind_of(second).claims(second, one)
        two = kind_of(second).apply(second, one, second.usual)
        assert not errors(two.path) - errors(on.path)
        assert {(c.change, c.subject) for c in claims} == told(one.path, two.path)
        plan(two.path, two.scenario)
        made += 1
        if made == 1:
            assert runs(two, 5) > 0
    assert made > 0 or name == "starting-up"


@pytest.mark.parametrize("seed", range(8))
def test_moves_on_made_paths_go_on_until_nothing_is_found(seed):
    on = first = random_prototype(seed)
    for _ in range(6):
        moves = list(possible(on))
        if not moves:
            break
        move = moves[seed % len(moves)]
        claims = kind_of(move).claims(move, on)
        after = kind_of(move).apply(move, on, move.usual)
        assert {(c.change, c.subject) for c in claims} == told(on.path, after.path)
        assert not errors(after.path) - errors(first.path)
        on = after
    assert on != first
    assert runs(on, 10) > 0


def test_what_comes_directly_before_a_step_is_what_nothing_stands_between():
    on = line(("a", "Desk"), ("b", "Desk"), ("c", "Desk"))
    assert claiming.directly_before(on.path) == {"a": (), "b": ("a",), "c": ("b",)}


# -- sums


def test_a_sum_is_the_sum_of_independent_times():
    a, b = Law("lognorm", shapes=(0.5,), scale=30.0), Law("expon", scale=1.0, unit="hours")
    both = sum_law(a, b)
    assert both.unit == "minutes"
    assert mean(both) == pytest.approx(mean(a) + mean(b), rel=1e-12)
    u = (np.arange(2000) + 0.5) / 2000
    middle = quantile(a, u)[:, None] + quantile(b, u)[None, :]
    for p in (0.1, 0.5, 0.9):
        assert quantile(both, [p])[0] == pytest.approx(np.quantile(middle, p), rel=0.01)
    spread = quantile(both, u).std()
    assert spread == pytest.approx(middle.std(), rel=0.03)


def test_sums_of_fixed_times_are_fixed_and_rounds_go_on():
    assert sum_law(fixed(1.0, "hours"), fixed(30.0)) == fixed(1.5, "hours")
    a = Varied((fixed(1.0), fixed(2.0)))
    b = Varied((fixed(10.0),), "size", {"big": (fixed(20.0), fixed(30.0), fixed(40.0))})
    both = sum_varied(a, b)
    assert both.otherwise == (fixed(11.0), fixed(12.0))
    assert both.cases == {"big": (fixed(21.0), fixed(32.0), fixed(42.0))}
    assert sum_varied(None, b) is b


# -- shares


def shares(*flows: tuple[str, str, float | None], gates: dict[str, str]) -> dict[str, float]:
    nodes = {n for a, b, _ in flows for n in (a, b)}
    path = Path(
        "path",
        nodes=tuple(Gateway(n, kind=gates[n]) if n in gates else Step(n) for n in sorted(nodes)),
        flows=tuple(Flow(f"{a}-{b}", a, b, probability=p) for a, b, p in flows),
    )
    order = Order(path)
    return {n: order.guard(n).share for n in nodes if n not in gates}


def test_what_two_ways_at_once_lead_to_is_not_done_twice_as_often():
    found = shares(
        ("a", "f", None), ("f", "b", None), ("f", "c", None), ("b", "j", None), ("c", "j", None),
        ("j", "x", None), ("x", "d", 0.3), ("x", "e", 0.7),
        gates={"f": "parallel", "j": "parallel", "x": "exclusive"},
    )  # fmt: skip
    assert found["d"] == pytest.approx(0.3)
    assert found["e"] == pytest.approx(0.7)


def test_behind_a_loop_the_share_is_the_chance_ever_to_come_there():
    found = shares(
        ("a", "j", None), ("j", "b", None), ("b", "x", None), ("x", "m", 0.2), ("m", "j", None),
        ("x", "y", 0.8), ("y", "no", 0.25), ("y", "d", 0.75),
        gates={"j": "exclusive", "x": "exclusive", "y": "exclusive"},
    )  # fmt: skip
    assert found["m"] == pytest.approx(0.2)
    assert found["no"] == pytest.approx(0.25)
    assert found["d"] == pytest.approx(0.75)
