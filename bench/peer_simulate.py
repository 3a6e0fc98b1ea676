"""One task of a peer (Prosimos or SimPy), run by the interpreter of its own environment.

    python peer_simulate.py cycle|speed|simpy < order.json > found.json

The order and what was found are JSON; nothing of Polku is imported here.
"""

import csv
import json
import os
import random
import sys
import tempfile
import time
from bisect import bisect_right
from contextlib import redirect_stdout
from datetime import datetime
from importlib.metadata import version
from statistics import fmean

import numpy as np


def cycle(order):
    """Mean cycle times (s) of `runs` seeded runs of Prosimos on a file pair as it is.

    A case's cycle time: from the moment its first step or event is enabled to its last end.
    """
    from prosimos.simulation_engine import run_simulation

    means, steps, arrivals = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log.csv")
        for run in range(order["runs"]):
            np.random.seed(order["seed"] + run)
            random.seed(order["seed"] + run)
            with redirect_stdout(sys.stderr):
                run_simulation(
                    order["bpmn"],
                    order["json"],
                    order["cases"],
                    log_out_path=log,
                    starting_at=order["start"],
                    is_event_added_to_log=True,
                )
            first, last, rows = {}, {}, 0
            with open(log, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    case = row["case_id"]
                    came = datetime.fromisoformat(row["enable_time"])
                    end = datetime.fromisoformat(row["end_time"])
                    first[case] = min(first.get(case, came), came)
                    last[case] = max(last.get(case, end), end)
                    rows += 1
            means.append(fmean((last[c] - first[c]).total_seconds() for c in first))
            steps.append(rows)
            arrivals.append(sorted(when.timestamp() for when in first.values()))
    same = all(a == arrivals[0] for a in arrivals)
    return {
        "means": means,
        "rows": fmean(steps),
        "arrivals": arrivals[0] if same else None,
        "versions": {"prosimos": version("prosimos"), "pix-framework": version("pix-framework")},
    }


def speed(order):
    """Seconds that Prosimos takes with given arrivals (s from the start), and its cycle times.

    Only the run counts, not reading the files nor writing a log.
    """
    from prosimos.simulation_engine import SimDiffSetup, parse_datetime, run_simpy_simulation

    np.random.seed(order["seed"])
    random.seed(order["seed"])
    with redirect_stdout(sys.stderr):
        setup = SimDiffSetup(order["bpmn"], order["json"], False, len(order["arrivals"]))
        setup.start_datetime = parse_datetime(order["start"], True)
        begin = time.process_time()
        env = run_simpy_simulation(setup, None, None, order["arrivals"])
        took = time.process_time() - begin
    cases = env.log_info.trace_list
    times = [
        max((e.completed_datetime for e in case.event_list), default=case.started_at)
        - case.started_at
        for case in cases
    ]
    return {
        "seconds": took,
        "instances": sum(len(case.event_list) for case in cases),
        "lead": [t.total_seconds() for t in times],
        "versions": {"prosimos": version("prosimos")},
    }


class Hours:
    """Opening intervals (s), and when a work ends that rests while it is closed."""

    def __init__(self, intervals):
        self.opens = [a for a, _ in intervals]
        self.before = [0.0]
        for a, b in intervals:
            self.before.append(self.before[-1] + b - a)

    def end(self, now, work):
        at = bisect_right(self.opens, now) - 1
        done = self.before[at + 1]
        if at >= 0:
            done = min(done, self.before[at] + now - self.opens[at])
        total = done + work
        at = bisect_right(self.before, total) - 1
        if self.before[at] == total and at > 0:
            at -= 1
        return self.opens[at] + total - self.before[at]


def simpy(order):
    """The same model in SimPy: one process for each matter, pools as priority resources.

    `order["way"]`: [step, pool, mean minutes] one after another, or {"loop": chance, "first": i}
    (back to item i with that chance), or {"all": [[step …] …]} (branches at the same time).
    """
    import simpy as des

    draw = np.random.default_rng(order["seed"])
    hours = Hours(order["hours"])
    env = des.Environment()
    pools = {n: des.PriorityResource(env, size) for n, size in order["pools"].items()}
    lead = [0.0] * len(order["arrivals"])
    done = [0]
    way = order["way"]

    def step(pool, mean, level):
        with pools[pool].request(priority=level) as wanted:
            yield wanted
            yield env.timeout(hours.end(env.now, draw.exponential(mean * 60.0)) - env.now)
        done[0] += 1

    def branch(steps, level):
        for _, pool, mean in steps:
            yield from step(pool, mean, level)

    def matter(i, arrival, level):
        yield env.timeout(arrival)
        at = 0
        while at < len(way):
            item = way[at]
            at += 1
            if isinstance(item, list):
                yield from step(item[1], item[2], level)
            elif "loop" in item:
                if draw.random() < item["loop"]:
                    at = item["first"]
            else:
                yield env.all_of([env.process(branch(b, level)) for b in item["all"]])
        lead[i] = env.now - arrival

    levels = (draw.random(len(lead)) >= order["urgent"]).astype(int).tolist()
    begin = time.process_time()
    for i, arrival in enumerate(order["arrivals"]):
        env.process(matter(i, arrival, levels[i]))
    env.run()
    took = time.process_time() - begin
    return {
        "seconds": took,
        "instances": done[0],
        "lead": lead,
        "versions": {"simpy": version("simpy")},
    }


if __name__ == "__main__":
    task = {"cycle": cycle, "speed": speed, "simpy": simpy}[sys.argv[1]]
    json.dump(task(json.load(sys.stdin)), sys.stdout)
