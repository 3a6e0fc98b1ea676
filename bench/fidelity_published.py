"""How near Polku's simulations come to logs they never saw, next to the published simulators.

    python bench/fidelity_published.py                    all logs, ten simulated logs each
    python bench/fidelity_published.py LoanApp --given    one log, on the path in the data folder

A scenario is calibrated on the first part of each log (`polku.simulate.calibrate`). Its path is one
of those that Polku discovers there with several settings, or the BPMN file beside the log: the one
with which the first three quarters of the first part foretell its last quarter best (the mean of
the logarithms of the five distances); the second part has no say in it. With `--given` it is the
BPMN file. Ten logs are simulated that are as long as the second part: as many matters, from one
usual time between two arrivals before its first. Each is held against the second part. Published:
means of ten, by Simod, DGEN, DSIM, RIMS and AgentSimulator in this order (see simulation.md).
The published split of Production and Purchasing is not known; they are parted half and half by when
matters began, so their figures are not comparable.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import timedelta
from pathlib import Path as File
from typing import Any

# numba looks for the package `coverage`, whose name a script of this folder has
sys.path.remove(str(File(__file__).resolve().parent))
import numba  # noqa: F401

sys.path.insert(0, str(File(__file__).resolve().parent))

import numpy as np

from fidelity_splits import NAMES, Split, part, split
from machine import describe
from polku.errors import PolkuError
from polku.log.eventlog import EventLog
from polku.path.discover import discover
from polku.path.model import Path
from polku.path.read import read_path
from polku.simulate.calibrate import calibrate
from polku.simulate.distances import PUBLISHED, distances
from polku.simulate.fidelity import Fidelity, fidelity
from polku.simulate.run import simulate
from polku.simulate.scenario import Scenario

RESULTS = File(__file__).with_name("results") / "fidelity_published.json"
SIMULATORS = ("Simod", "DGEN", "DSIM", "RIMS", "AgentSimulator")
NONE = None
PUBLISHED_VALUES: dict[str, dict[str, tuple[float | None, ...]]] = {
    "LoanApp": {
        "ngd": (0.150, 0.219, NONE, NONE, 0.069), "aedd": (13.6, 212, NONE, NONE, 2.97),
        "cedd": (0.40, 13.4, NONE, NONE, 0.27), "redd": (9.2, 5.3, NONE, NONE, 1.66),
        "ctdd": (20.4, 9.4, NONE, NONE, 2.71),
    },
    "ACR": {
        "ngd": (0.239, 0.314, 0.260, 0.259, 0.362), "aedd": (287, 560, 273, 242, 329),
        "cedd": (2.60, 17.8, 4.64, 3.07, 7.61), "redd": (32.5, 30.9, 15.6, 18.5, 22.9),
        "ctdd": (93.5, 95.1, 48.2, 41.6, 62.5),
    },
    "BPIC12W": {
        "ngd": (0.720, 0.435, 0.655, 0.558, 0.151), "aedd": (72.0, 306, 78.6, 73.8, 115),
        "cedd": (1.72, 4.53, 2.89, 3.01, 1.85), "redd": (95.7, 116, 119, 99.1, 54.9),
        "ctdd": (155, 177, 173, 151, 89.1),
    },
    "Production": {
        "ngd": (0.928, 0.528, 0.868, 0.872, 0.598), "aedd": (146, 224, 154, 133, 61.1),
        "cedd": (2.82, 9.3, 2.67, 2.73, 5.70), "redd": (83.9, 70.1, 33.3, 18.7, 31.7),
        "ctdd": (89.2, 90.8, 43.3, 24.7, 30.0),
    },
    "Purchasing": {
        "ngd": (0.415, 0.200, 0.222, 0.220, 0.240), "aedd": (1044, 1481, 1310, 1266, 1215),
        "cedd": (2.21, 2.56, 1.16, 0.83, 1.22), "redd": (840, 828, 722, 728, 725),
        "ctdd": (677, 670, 567, 581, 558),
    },
}  # fmt: skip


SETTINGS: dict[str, dict[str, Any]] = {
    "discovered": {},
    "discovered, noise 0.05": {"noise": 0.05},
    "discovered, noise 0.1": {"noise": 0.1},
    "discovered, noise 0.2": {"noise": 0.2},
    "discovered from the graph, noise 0.2": {"noise": 0.2, "how": "graph"},
}
GIVEN = "the BPMN file beside the log"


def arrivals(log: EventLog) -> np.ndarray:
    """When matters arrived, µs, ascending."""
    return np.sort(log.cases["arrival"].dt.epoch("us").to_numpy())


def paths(log: EventLog, given: File | None) -> dict[str, Path]:
    """The paths to choose from."""
    found = {name: discover(log, **how).path for name, how in SETTINGS.items()}
    return found if given is None else {**found, GIVEN: read_path(given)}


def simulated(scenario: Scenario, path: Path, train: EventLog, test: EventLog, **how: int) -> list:
    """Logs as long as another one."""
    gap = timedelta(microseconds=float(np.median(np.diff(arrivals(train)))))
    start = test.cases["arrival"].min() - gap
    return list(simulate(path, scenario, matters=test.n_matters, start=start, **how).logs)


def choose(s: Split, seed: int) -> tuple[str, dict[str, float | None]]:
    """The name of the path that foretells the last quarter of the first part best, and scores."""
    order = np.argsort(s.train.cases["arrival"].dt.epoch("us").to_numpy(), kind="stable")
    cut = 3 * len(order) // 4
    early, late = part(s.train, order[:cut]), part(s.train, order[cut:])
    scores: dict[str, float | None] = {}
    for name, path in paths(early, s.path).items():
        try:
            logs = simulated(
                calibrate(early, path), path, early, late, seed=seed, replications=3
            )  # fmt: skip
        except PolkuError as e:
            scores[name] = None
            print(f"{s.name}, {name}: {e}")
            continue
        told = [distances(late, made) for made in logs]
        means = [max(float(np.mean([getattr(d, n) for d in told])), 1e-6) for n in PUBLISHED]
        scores[name] = round(float(np.mean(np.log(means))), 3)
    known = {k: v for k, v in scores.items() if v is not None}
    return min(known, key=lambda k: known[k]), scores


def of(s: Split, *, given: bool, logs: int, seed: int) -> tuple[Fidelity, dict[str, Any]]:
    """Calibrate, simulate and hold against the part that was kept apart."""
    began = time.perf_counter()
    name, scores = (GIVEN, {}) if given and s.path is not None else choose(s, seed)
    chosen = time.perf_counter()
    path = (
        read_path(s.path) if name == GIVEN and s.path else discover(s.train, **SETTINGS[name]).path
    )
    scenario = calibrate(s.train, path)
    calibrated = time.perf_counter()
    made = simulated(scenario, path, s.train, s.test, seed=seed, replications=logs)
    done = time.perf_counter()
    found = fidelity(s.test, made)
    return found, {
        "path": name,
        "scores": scores,
        "choose_seconds": round(chosen - began, 2),
        "calibrate_seconds": round(calibrated - chosen, 2),
        "simulate_seconds": round(done - calibrated, 2),
        "fidelity_seconds": round(time.perf_counter() - done, 2),
        "remarks": [f"{r.place}: {r.text}" for r in scenario.remarks],
    }


HEAD = (
    "| log | distance | Polku | " + " | ".join(SIMULATORS) + " | than the best | floor | ratio |",
    "|" + "---|" * (len(SIMULATORS) + 6),
)


def tables(kept: dict[str, Any]) -> str:
    """Each distance next to the published ones, as Markdown."""
    return "\n".join([*HEAD, *(r for name, log in kept["logs"].items() for r in rows(name, log))])


def rows(name: str, log: dict[str, Any]) -> list[str]:
    """The rows of one log."""
    mark = "" if log["comparable"] else " (not comparable)"
    found = {d["name"]: d for d in log["distances"]}
    out = []
    for n in PUBLISHED:
        d, theirs = found[n], PUBLISHED_VALUES[name][n]
        best = min(v for v in theirs if v is not None)
        than = "" if not log["comparable"] else "nearer" if d["mean"]["value"] < best else "further"
        cells = [name + mark, n.upper(), ranged(d["mean"], 3)]
        cells += ["–" if v is None else f"{v:.3g}" for v in theirs]
        cells += [than, f"{d['floor']['value']:.3g}" if d["floor"] else ""]
        out.append("| " + " | ".join([*cells, ranged(d["ratio"], 2)]) + " |")
    return out


def ranged(value: dict[str, float] | None, digits: int) -> str:
    """A value with its interval."""
    if value is None:
        return ""
    parts = [value["value"], value["low"], value["high"]]
    told = [f"{float(f'{v:.{digits}g}'):,g}" for v in parts if v is not None]
    return told[0] if len(told) < 3 else f"{told[0]} ({told[1]}–{told[2]})"


def verdicts(kept: dict[str, Any]) -> str:
    """How many figures of the catalogue the simulated interval holds, and which not, by log."""
    out = ["| log | held | too low | too high |", "|---|---|---|---|"]
    for name, log in kept["logs"].items():
        told = {v: named(log["criteria"], v) for v in ("too_low", "too_high")}
        share = f"{log['holds']} of {log['judged']} ({log['holds'] / log['judged']:.0%})"
        out.append(f"| {name} | {share} | {told['too_low']} | {told['too_high']} |")
    return "\n".join(out)


def named(criteria: list[dict[str, Any]], verdict: str) -> str:
    """Criteria whose first figure is outside, by name."""
    return ", ".join(f"`{c['id']}`" for c in criteria if c["first"] and c["verdict"] == verdict)


def main() -> None:
    """Run the logs asked for, print the table and keep what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logs", nargs="*", default=list(NAMES), metavar="LOG")
    parser.add_argument("--given", action="store_true", help="the BPMN file in the data folder")
    parser.add_argument("--simulated", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--html", type=File, help="folder for a page for each log")
    parser.add_argument("-o", type=File, default=RESULTS)
    args = parser.parse_args()
    kept: dict[str, Any] = {"machine": describe(), "seed": args.seed, "logs": {}}
    for name in args.logs:
        s = split(name)
        found, told = of(s, given=args.given, logs=args.simulated, seed=args.seed)
        holds, judged = found.held()
        document = found.to_json()
        document.pop("seen")
        kept["logs"][name] = {"comparable": s.comparable, **told, **document}
        print(f"{name}: holds {holds} of {judged} criteria; {told}")
        for c in found.criteria:
            if c.verdict in ("too_low", "too_high"):
                print(f"  {c.verdict} {c.id} {c.statistic}: {c.real} not in {c.low} … {c.high}")
        if args.html:
            from polku.report.fidelity_pictures import fidelity_report

            fidelity_report(found, args.html / f"{name}.html")
    print("", tables(kept), "", verdicts(kept), sep="\n")
    args.o.parent.mkdir(exist_ok=True)
    args.o.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
