"""Control flow is BPMN's: what the engine does is what the rules for tokens allow, all of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path as File

import pytest
from free_scenarios import free, free_of
from made_models import model
from token_rules import Rules, TooMany, breaks, traces

from polku.path.read import read_path
from polku.simulate.engine.program import DONE
from polku.simulate.run import simulate

SHIPPED = sorted((File(__file__).parents[2] / "src" / "polku" / "paths").glob("*/*.bpmn"))
MATTERS = 20_000


def simulated(path, scenario, matters, seed=1):
    """How many matters had each trace."""
    run = simulate(path, scenario, matters=matters, seed=seed).runs[0]
    rows, ids = run.trace.rows, run.program.node_ids
    done = rows[rows["state"] == DONE]
    found = [[] for _ in range(len(run.matters.time))]
    for matter, node in zip(done["matter"].tolist(), done["node"].tolist(), strict=True):
        found[matter].append(ids[node])
    return Counter(map(tuple, found))


@pytest.mark.parametrize("part", range(4))
def test_the_engine_does_all_that_the_rules_allow_and_nothing_else(part):
    """Small paths, each by many matters: the set of traces is that of the norm."""
    whole = 0
    for seed in range(part * 15, part * 15 + 15):
        one = model(seed, most=6, without=("again and again",))
        rules = Rules(one.path, by_chance=one.by_chance)
        try:
            norm = traces(rules, 2, 60).done
        except TooMany:
            norm = None
        found = simulated(one.path, free(one), MATTERS if norm else 100, seed + 1)
        for trace in found:
            told = None if norm and trace in norm else breaks(rules, trace)
            assert told is None, (seed, told)
        if norm is not None:
            assert norm <= found.keys(), (seed, norm - found.keys())
            whole += 1
    assert whole >= 5


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_matters_on_the_shipped_paths_keep_the_rules(file):
    path = read_path(file)
    scenario, by_chance = free_of(path)
    rules = Rules(path, by_chance=by_chance)
    for trace in simulated(path, scenario, 40):
        assert breaks(rules, trace) is None
