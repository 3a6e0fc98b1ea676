"""How long discovery takes: from graphs of many activities, and from the ways of real logs.

    python bench/path_discover.py                       with the public logs, where they are
    python bench/path_discover.py --activities 800      a larger graph

The graphs are seeded: a block process of that many activities in which some followings are noise,
and a graph in which any activity may follow any. Bound: a graph of 400 activities in 5 s.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from machine import describe
from polku.path.mining.mine_follows import mine_follows, mine_graph
from polku.path.mining.mine_graph import Follows
from polku.path.mining.tree import Tree

RESULTS = Path(__file__).with_name("results")
DATA = Path(os.environ.get("POLKU_DATA", Path(__file__).parents[2] / "shared" / "data"))
LOGS = {"receipt": "receipt/receipt.xes.gz", "BPIC15_1": "bpic15/BPIC15_1.xes.gz"}


def blocks(activities: int, seed: int = 1) -> list[tuple[Sequence[str], int]]:
    """Ways of a process of optional, alternative and repeated pieces, with rows out of place."""
    rng = random.Random(seed)
    names = [f"a{k:03}" for k in range(activities)]
    pieces = [names[k : k + 4] for k in range(0, activities, 4)]
    found: list[tuple[Sequence[str], int]] = []
    for _ in range(2_000):
        way: list[str] = []
        for piece in pieces:
            chance = rng.random()
            if chance < 0.1:
                continue
            one = list(piece)
            if chance < 0.3:
                rng.shuffle(one)
            way += one * (2 if chance > 0.9 else 1)
        for _ in range(3):
            way.insert(rng.randrange(len(way)), rng.choice(names))
        found.append((tuple(way), rng.randint(1, 20)))
    return found


def anything(activities: int, seed: int = 1) -> tuple[list[str], Follows]:
    """A graph in which a third of all followings occur, rarely or often."""
    rng = random.Random(seed)
    graph = Follows((1 << activities) - 1)
    graph.edges = Counter(
        {
            (a, b): int(rng.paretovariate(0.7))
            for a in range(activities)
            for b in range(activities)
            if rng.random() < 1 / 3
        }
    )
    graph.starts, graph.ends = Counter({0: 100, 1: 3}), Counter({activities - 1: 100, 5: 3})
    return [f"a{k:03}" for k in range(activities)], graph


def timed(work: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """The median time of some runs in seconds, and what came out."""
    seconds, found = [], None
    for _ in range(runs):
        began = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activities", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    told: dict[str, dict[str, Any]] = {}
    ways = blocks(given.activities)
    names, graph = anything(given.activities)
    for noise in (0.0, 0.2):
        tasks: dict[str, Callable[[], Tree]] = {
            "blocks": lambda noise=noise: mine_follows(ways, noise),
            "anything": lambda noise=noise: mine_graph(names, graph, noise),
        }
        for name, work in tasks.items():
            seconds, tree = timed(work, given.runs)
            told[f"graph: {name}, noise {noise:g}"] = {
                "seconds": seconds,
                "activities": len(tree.activities),
            }
    for name, file in LOGS.items():
        if (DATA / file).exists():
            told |= real(name, DATA / file)
    machine = describe()
    print("; ".join(f"{k} {v}" for k, v in machine.items()))
    for name, row in told.items():
        rest = ", ".join(f"{k} {v:,.3g}" for k, v in row.items() if k != "seconds")
        print(f"{name}: {row['seconds']:.2f} s ({rest})")
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine, "discover": told}, indent=1)
    (RESULTS / "path_discover.json").write_text(text + "\n", encoding="utf-8")


def real(name: str, file: Path) -> dict[str, dict[str, Any]]:
    """A whole discovery, quality included, in each way."""
    from polku.log.read import read
    from polku.path.discover import discover

    log = read(file)
    told: dict[str, dict[str, Any]] = {}
    for how in ("variants", "graph"):
        for noise in (0.0, 0.2):
            seconds, found = timed(lambda n=noise, h=how: discover(log, n, how=h), 1)  # type: ignore[misc]
            told[f"{name}: {how}, noise {noise:g}"] = {
                "seconds": seconds,
                "ways": found.ways_all,
                "fitting": found.quality.fitting / found.quality.matters,
                "precision": found.quality.precision,
                "gateways": found.quality.gateways,
            }
    return told


if __name__ == "__main__":
    main()
