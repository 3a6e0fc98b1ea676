"""How fast Polku simulates, beside Prosimos and SimPy on the same model in the same run.

    python bench/simulate.py                     everything, some minutes
    python bench/simulate.py --only speed,year   single parts

The model stands in `simulate_model.py`. Prosimos and SimPy are installed into environments of their
own under bench/out and never into Polku's. Each of the three simulates the same arrivals; the mean
lead times must agree within their intervals, else the ratio of speeds would mean nothing. Speeds
are by processor time on one thread, which other work on the machine disturbs least.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

import simulate_model as model
from child import python, repeated
from machine import describe
from simulate_prosimos import VERSION, ask, peer

HERE = Path(__file__).parent
OUT = HERE / "out"
RESULT = HERE / "results" / "simulate.json"
START = "2024-01-01T00:00:00.000000+00:00"
RUNS = 10
"""runs of a year that are compared with a peer's"""


def holidays() -> set[date]:
    """Finland's public holidays over the years that a run may touch."""
    import holidays as calendar

    return set(calendar.country_holidays("FI", years=range(2024, 2060)))


def leads(scenario: Any, runs: int) -> tuple[list[float], float, int]:
    """Mean lead time (h) of each run, median seconds of a run on one thread, instances a run."""
    from polku.simulate.run import simulate

    path, found, seconds, instances = model.path(), [], [], 0
    matters = len(scenario.kinds["matter"].arrivals.at)
    simulate(path, scenario, matters=matters, threads=1)  # compiles, or reads what was compiled
    for seed in range(1, runs + 1):
        began = time.process_time()
        run = next(iter(simulate(path, scenario, matters=matters, seed=seed, threads=1)))
        seconds.append(time.process_time() - began)
        found.append(float((run.trace.ended - run.matters.time).mean()) / 3.6e9)
        instances = len(run.trace.rows)
    return found, median(seconds), instances


def against(ours: list[float], theirs: list[float]) -> dict[str, Any]:
    """Two sets of mean lead times: the difference with its 99 % interval (Welch)."""
    from scipy import stats

    a, b = stdev(ours) ** 2 / len(ours), stdev(theirs) ** 2 / len(theirs)
    free = (a + b) ** 2 / (a**2 / (len(ours) - 1) + b**2 / (len(theirs) - 1))
    half = float(stats.t.ppf(0.995, free)) * math.sqrt(a + b)
    difference = fmean(ours) - fmean(theirs)
    return {
        "lead_h": fmean(ours),
        "peer_lead_h": fmean(theirs),
        "difference_h": difference,
        "half_99_h": half,
        "agree": abs(difference) <= half,
    }


def prosimos(interpreter: Path) -> dict[str, Any]:
    """A year beside Prosimos: no holidays, no priorities."""
    at = model.arrivals(model.A_YEAR, 1)
    ours, seconds, instances = leads(model.scenario(full=False, at=at), RUNS)
    theirs = []
    with tempfile.TemporaryDirectory() as folder:
        bpmn, parameters = Path(folder) / "bench.bpmn", Path(folder) / "bench.json"
        bpmn.write_text(model.bpmn(), encoding="utf-8")
        parameters.write_text(json.dumps(model.prosimos_parameters()), encoding="utf-8")
        for seed in range(1, RUNS + 1):
            order = {
                "bpmn": str(bpmn), "json": str(parameters), "arrivals": at,
                "start": START, "seed": seed,
            }  # fmt: skip
            theirs.append(ask(interpreter, "speed", order))
    return compared(ours, seconds, instances, theirs)


def simpy(interpreter: Path) -> dict[str, Any]:
    """A year beside SimPy, with holidays and priorities."""
    closed = holidays()
    at = model.arrivals(model.A_YEAR, 1, closed)
    ours, seconds, instances = leads(model.scenario(full=True, at=at), RUNS)
    theirs = [
        ask(interpreter, "simpy", model.simpy_order(at, seed, full=True, closed=closed))
        for seed in range(1, RUNS + 1)
    ]
    return compared(ours, seconds, instances, theirs)


def compared(
    ours: list[float], seconds: float, instances: int, theirs: list[dict[str, Any]]
) -> dict[str, Any]:
    """Speeds in activity instances a second and core, their ratio, and the lead times."""
    speed = median(t["instances"] / t["seconds"] for t in theirs)
    return {
        **theirs[0]["versions"],
        "seconds": seconds,
        "instances": instances,
        "per_second": instances / seconds,
        "peer_per_second": speed,
        "ratio": instances / seconds / speed,
        **against(ours, [fmean(t["lead"]) / 3600 for t in theirs]),
    }


def speed() -> dict[str, Any]:
    """Activity instances a second on one core, all of it on: pools, hours, holidays, priorities."""
    from polku.simulate.run import simulate

    scenario = replace(model.scenario(full=True), end=date(2034, 1, 1))
    path = model.path()
    simulate(path, model.scenario(full=True), threads=1)
    took, instances = [], 0
    for seed in range(1, 8):
        began = time.process_time()
        run = next(iter(simulate(path, scenario, seed=seed, threads=1)))
        took.append(time.process_time() - began)
        instances = len(run.trace.rows)
    return {
        "seconds": median(took),
        "instances": instances,
        "per_second": instances / median(took),
        "wanted_per_second": 2_000_000,
    }


def year() -> dict[str, Any]:
    """A year of the path, warm."""
    from polku.simulate.run import simulate

    path, scenario, took = model.path(), model.scenario(full=True), []
    for seed in range(16):
        began = time.perf_counter()
        run = next(iter(simulate(path, scenario, seed=seed, threads=1)))
        took.append(time.perf_counter() - began)
    return {"seconds": median(took[1:]), "instances": len(run.trace.rows), "wanted_seconds": 0.15}


def many() -> dict[str, Any]:
    """30 replications of a year × 8 prototypes on two cores."""
    from polku.simulate.run import simulate

    path = model.path()
    simulate(path, model.scenario(full=True))
    began = time.perf_counter()
    for more in range(8):
        for run in simulate(
            path, model.scenario(full=True, more=more % 4), replications=30, threads=2, seed=more
        ):
            assert len(run.trace.rows)
    return {"seconds": time.perf_counter() - began, "wanted_seconds": 30}


def start() -> dict[str, Any]:
    """A whole process that simulates a hundred matters, all of it compiled before."""
    command = python("simulate.py", "--task", "start")
    repeated(command, 1)
    return {**repeated(command, 5), "wanted_seconds": 1.5}


def memory() -> dict[str, Any]:
    """Peak memory of a replication beyond what the process has before, against its log."""
    found = repeated(python("simulate.py", "--task", "memory"), 3)
    ratio = (found["after_mb"] - found["before_mb"]) / found["log_mb"]
    return {**found, "ratio_to_log": ratio, "wanted_ratio": 3.0}


def task(name: str) -> dict[str, Any]:
    """What `start` and `memory` let a process of its own do."""
    from polku.simulate.run import simulate

    path, scenario = model.path(), model.scenario(full=True)
    if name == "start":
        began = time.perf_counter()
        simulate(path, scenario, matters=100)
        return {"seconds": time.perf_counter() - began}
    longer = replace(scenario, end=date(2034, 1, 1))
    simulate(path, scenario, matters=100, threads=1)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = _peak()
    simulated = simulate(path, longer, threads=1)
    after = _peak()
    log = simulated.log
    size = (log.events.estimated_size() + log.cases.estimated_size()) / 2**20
    return {"before_mb": before, "after_mb": after, "log_mb": size}


def _peak() -> float:
    """Peak of this process's resident memory, MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(n.split()[1]) for n in lines if n.startswith("VmHWM")) / 1024


def parts(given: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """The parts that are wanted, each with the work that gives its result."""
    yield "start", start
    yield "speed", speed
    yield "year", year
    yield "many", many
    yield "memory", memory
    yield "simpy", lambda: simpy(given.simpy or peer(OUT / "simpy", "simpy==4.1.2", "numpy"))
    yield (
        "prosimos",
        lambda: prosimos(given.prosimos or peer(OUT / "prosimos", f"prosimos=={VERSION}")),
    )


def main() -> None:
    model.numba_alone()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="parts, separated by commas")
    parser.add_argument("--prosimos", type=Path, help="interpreter with prosimos")
    parser.add_argument("--simpy", type=Path, help="interpreter with simpy")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        json.dump(task(given.task), sys.stdout)
        return
    wanted = [n for n in given.only.split(",") if n]
    results = json.loads(RESULT.read_text())["results"] if RESULT.exists() and wanted else {}
    machine = describe()
    print("; ".join(f"{k} {v}" for k, v in machine.items()), flush=True)
    for name, work in parts(given):
        if wanted and name not in wanted:
            continue
        results[name] = work()
        shown = {k: round(v, 3) if isinstance(v, float) else v for k, v in results[name].items()}
        print(name, json.dumps(shown), flush=True)
        document = {"machine": machine, "results": results}
        RESULT.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
