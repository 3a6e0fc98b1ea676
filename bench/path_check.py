"""How long the check of a path of a hundred steps takes.

    python bench/path_check.py
    python bench/path_check.py --runs 3

The path has three blocks of eight branches, parallel or inclusive; the whole check is measured:
form, execution, soundness, lanes, facts, documents. The bound is one second.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path as File
from statistics import median

from polku.path.check import check
from polku.path.model import Event, Flow, Gateway, GatewayKind, Lane, Path, Step

BLOCKS, WIDTH, DEPTH = 3, 8, 4
BOUND = 1.0
RESULTS = File(__file__).with_name("results")


def wide_path(kind: GatewayKind, blocks: int = BLOCKS, width: int = WIDTH) -> Path:
    """A path of blocks, each of which divides into branches of `DEPTH` steps and joins them."""
    nodes: list[Event | Gateway | Step] = [Event("start", "", "start")]
    flows: list[Flow] = []

    def lead(source: str, target: str, condition: str | None = None) -> None:
        flows.append(Flow(f"flow-{len(flows)}", source, target, condition=condition))

    def step(before: str, condition: str | None = None) -> str:
        id = f"step-{len(nodes)}"
        nodes.append(Step(id, f"Step {len(nodes)}", "user", lane=f"unit-{len(nodes) % 4}"))
        lead(before, id, condition)
        return id

    at = "start"
    for block in range(blocks):
        at = step(at)
        split, join = f"split-{block}", f"join-{block}"
        nodes += [Gateway(split, "", kind), Gateway(join, "", kind)]
        lead(at, split)
        for branch in range(width):
            last = step(split, f"kind == {branch}" if kind == "inclusive" else None)
            for _ in range(DEPTH - 1):
                last = step(last)
            lead(last, join)
        at = join
    at = step(at)
    nodes.append(Event("end", "", "end"))
    lead(at, "end")
    lanes = (Lane("agency", "Agency"), *(Lane(f"unit-{k}", f"Unit {k}", "agency", "unit")
                                          for k in range(4)))  # fmt: skip
    return Path("wide", "Wide", lanes=lanes, nodes=tuple(nodes), flows=tuple(flows))


def main() -> None:
    from machine import describe

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    given = parser.parse_args()
    machine = describe()
    print("; ".join(f"{k} {v}" for k, v in machine.items()))
    told: dict[str, dict[str, float | int | str]] = {}
    kinds: tuple[GatewayKind, ...] = ("parallel", "inclusive")
    for kind in kinds:
        path = wide_path(kind)
        report = check(path)  # the rules are loaded here
        seconds = []
        for _ in range(given.runs):
            begin = time.perf_counter()
            check(path)
            seconds.append(time.perf_counter() - begin)
        taken, looked = median(seconds), report.soundness
        told[kind] = {
            "steps": len(path.steps), "states": looked.states, "verdict": looked.verdict,
            "seconds": taken, "bound": BOUND, "runs": given.runs,
        }  # fmt: skip
        print(
            f"{len(path.steps)} steps, {BLOCKS} {kind} blocks of {WIDTH}: {looked.verdict}, "
            f"{looked.states:,} states, median {1000 * taken:,.1f} ms of {given.runs} runs "
            f"(bound {BOUND:g} s: {'reached' if taken < BOUND else 'NOT REACHED'})"
        )
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine, "check": told}, indent=1)
    (RESULTS / "path_check.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
