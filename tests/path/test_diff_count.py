"""The least and the most that one matter meets on its way."""

from __future__ import annotations

import random

import pytest
from blocks import made

from polku.path.changes.count import Ways
from polku.path.changes.order import Order


def span(block):
    path = made(block)
    steps = {s.id for s in path.steps}
    return Ways(Order(path)).span(lambda id: int(id in steps))


@pytest.mark.parametrize(
    ("block", "wanted"),
    [
        (["r1", "b1", "r2"], (3, 3)),
        (["r1", ("and", "b1", ["b2", "r2"]), "r3"], (5, 5)),
        (["r1", ("xor", ("x", ["b1", "b2"]), (None, "r2")), "r3"], (3, 4)),
        (["r1", ("xor", ("x", ["b1", "b2"]), (None, [])), "r3"], (2, 4)),
        (["r1", ("or", ("x", "b1"), ("y", "b2"), (None, [])), "r3"], (2, 4)),
        (["r1", ("or", ("x", "b1"), ("y", "b2"), (None, ["r2", "r3", "r4"])), "b3"], (3, 5)),
        ([("loop", ["r1", "b1"], "missing", ["k1"]), "r2"], (3, 4)),
        ([("loop", ["r1", "b1"], "missing", []), "r2"], (3, 3)),
    ],
)
def test_each_kind_of_block_has_its_least_and_its_most(block, wanted):
    assert span(block) == wanted


def blocks(rng, names, depth=0):
    """A random block with its least and its most."""
    kind = rng.choice(["step"] if depth > 3 or len(names) < 4 else ["list", "and", "xor", "or"])
    if kind == "step":
        return names.pop(), 1, 1
    parts = [blocks(rng, names, depth + 1) for _ in range(2)]
    inner = [p[0] for p in parts]
    low, high = [p[1] for p in parts], [p[2] for p in parts]
    if kind == "list":
        return inner, sum(low), sum(high)
    if kind == "and":
        return ("and", *inner), sum(low), sum(high)
    if kind == "xor":
        return ("xor", ("x", inner[0]), (None, inner[1])), min(low), max(high)
    return ("or", ("x", inner[0]), ("y", inner[1]), (None, [])), 0, sum(high)


@pytest.mark.parametrize("seed", range(40))
def test_nested_blocks_add_up(seed):
    rng = random.Random(seed)
    block, low, high = blocks(rng, [f"r{k}" for k in range(12)])
    assert span(["k1", block, "k2"]) == (low + 2, high + 2)


def test_what_is_counted_never_exceeds_all_there_is():
    for seed in range(20):
        rng = random.Random(seed)
        block, *_ = blocks(rng, [f"b{k}" for k in range(12)])
        path = made(["k1", block, "k2"])
        low, high = Ways(Order(path)).span(lambda _: 1)
        assert 0 <= low <= high <= len(path.nodes)
