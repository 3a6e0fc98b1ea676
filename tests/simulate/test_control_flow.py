"""Control flow is BPMN's: what the engine does is what the rules for tokens allow, all of it."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path as File

import pytest
from free_scenarios import free, free_of
from made_models import model
from token_rules import Rules, TooMany, breaks, kept, traces

from polku.path.model import Step
from polku.path.read import read_path
from polku.simulate.engine.program import DONE
from polku.simulate.run import simulate

SHIPPED = sorted((File(__file__).parents[2] / "src" / "polku" / "paths").glob("*/*.bpmn"))
MATTERS = 20_000
FEW_ORDERS = (
    "plot-to-premises/current", "plot-to-premises/prototype-case-manager",
    "plot-to-premises/prototype-one-check",
)  # fmt: skip
"""Shipped paths whose orders can all be listed."""
WHOLE = (38, 33, 37, 33)
"""Of 40 paths those whose orders can all be listed: on the others all that is done is allowed."""


def simulated(path, scenario, matters, seed=1):
    """How many matters had each trace."""
    run = simulate(path, scenario, matters=matters, seed=seed).runs[0]
    rows, ids = run.trace.rows, run.program.node_ids
    done = rows[rows["state"] == DONE]
    found = [[] for _ in range(len(run.matters.time))]
    for matter, node in zip(done["matter"].tolist(), done["node"].tolist(), strict=True):
        found[matter].append(ids[node])
    return Counter(map(tuple, found))


def rules_of(one):
    """The rules for each way in which the conditions of a path turn out: they do so once."""
    flows = [f for f in one.path.flows if f.condition]
    for turns in product((True, False), repeat=len(one.asked)):
        known = dict(zip(one.asked, turns, strict=True))
        holds = {f.id: known[f.condition] for f in flows}
        yield Rules(one.path, by_chance=one.by_chance, holds=holds)


def all_orders(rules, most=200):
    """The traces of the norm, in which no step is done more than twice; None: too many."""
    try:
        return frozenset().union(*(traces(r, 2, most).done for r in rules))
    except TooMany:
        return None


def held_to(rules, found, norm=None):
    """What is wrong with a set of traces; `norm`: all that there are, where they are known."""
    for trace in found:
        known = norm is not None and trace in norm
        if not known and not any(kept(r, trace) for r in rules):
            return breaks(rules[0], trace) or f"{trace}: not with the same data throughout"
    missing = (norm or set()) - found.keys()
    return f"never done: {sorted(missing)}" if missing else None


@pytest.mark.parametrize("part", range(4))
def test_the_engine_does_all_that_the_rules_allow_and_nothing_else(part):
    """Small paths, each by many matters: the set of traces is that of the norm."""
    whole = 0
    for seed in range(part * 40, part * 40 + 40):
        one = model(seed, most=6, without=("again and again",))
        rules, scenario = [*rules_of(one)], free(one)
        norm = all_orders(rules)
        found = simulated(one.path, scenario, MATTERS if norm else 100, seed + 1)
        for again in range(1, 10):  # what is rare takes more matters
            if norm and norm - found.keys():
                found += simulated(one.path, scenario, MATTERS, seed + 1 + 1000 * again)
        told = held_to(rules, found, norm)
        assert told is None, (seed, told)
        whole += norm is not None
    assert whole >= WHOLE[part]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_matters_on_the_shipped_paths_keep_the_rules(file):
    path = read_path(file)
    scenario, by_chance = free_of(path)
    rules = Rules(path, by_chance=by_chance)
    few = f"{file.parent.name}/{file.stem}" in FEW_ORDERS
    norm = all_orders([rules], 2_000) if few else None
    assert held_to([rules], simulated(path, scenario, MATTERS if norm else 400), norm) is None


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_a_step_left_out_is_seen_on_the_shipped_paths(file):
    path = read_path(file)
    scenario, by_chance = free_of(path)
    rules = Rules(path, by_chance=by_chance)
    trace = max(simulated(path, scenario, 40), key=len)
    assert kept(rules, trace)
    inner = [k for k, s in enumerate(trace) if trace.count(s) == 1 and follows(path, s)]
    for k in inner[:: max(1, len(inner) // 8)]:
        assert not kept(rules, (*trace[:k], *trace[k + 1 :])), trace[k]


def follows(path, step):
    """Whether a step comes after another one, whatever is decided."""
    into = path.into(step)
    return len(into) == 1 and isinstance(path.node(into[0].source), Step)
