"""How fast distances of logs are found beside the package that defines them, and the noise floors.

    python bench/fidelity.py                 speed, floors of five logs, and the truth held to it
    python bench/fidelity.py --times 1       a quick look at speed and floors
    python bench/fidelity.py --truth 200     more runs in which the simulator is the truth

Speed: the five distances between the two parts of each log; both sides begin with the log in
memory in their own form and end with five numbers, which must be equal to 1e-9. Floors: between
random halves of the part that is kept apart. Truth: real and simulated logs are drawn matter by
matter from one and the same log, so a right ratio is 1; told is how often its interval holds 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from fidelity_splits import DATA, NAMES, PARTED, split
from machine import describe
from polku.log.eventlog import EventLog
from polku.simulate import distances as apart
from polku.simulate.distances import Counted, Profile
from polku.simulate.fidelity import fidelity
from polku.simulate.floor import nearness

RESULTS = Path(__file__).with_name("results") / "fidelity.json"


def as_table(log: EventLog) -> pd.DataFrame:
    """The log in the package's form."""
    e = log.events.with_columns(start=pl.coalesce("start", "time"))
    return pd.DataFrame(
        {
            "case": e["case"].to_numpy(),
            "activity": e["activity"].cast(pl.String).to_list(),
            "start_timestamp": pd.DatetimeIndex(e["start"].to_numpy()).tz_localize("UTC"),
            "end_timestamp": pd.DatetimeIndex(e["time"].to_numpy()).tz_localize("UTC"),
        }
    )


def package(x: pd.DataFrame, y: pd.DataFrame) -> tuple[float, ...]:
    """The five distances of the package."""
    from log_distance_measures.absolute_event_distribution import (
        absolute_event_distribution_distance as aedd,
    )
    from log_distance_measures.circadian_event_distribution import (
        circadian_event_distribution_distance as cedd,
    )
    from log_distance_measures.config import EventLogIDs
    from log_distance_measures.cycle_time_distribution import (
        cycle_time_distribution_distance as ctdd,
    )
    from log_distance_measures.n_gram_distribution import n_gram_distribution_distance as ngd
    from log_distance_measures.relative_event_distribution import (
        relative_event_distribution_distance as redd,
    )

    both = (x, EventLogIDs(), y, EventLogIDs())
    return (
        ngd(*both, n=3), aedd(*both), cedd(*both), redd(*both),
        ctdd(*both, bin_size=timedelta(hours=1)),
    )  # fmt: skip


def clocked(work: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Median seconds of some runs after one that is not counted, and what came out."""
    found, took = work(), []
    for _ in range(times):
        began = time.perf_counter()
        found = work()
        took.append(time.perf_counter() - began)
    return median(took), found


def speed(times: int) -> dict[str, Any]:
    """Seconds of both sides on the parts of each log."""
    out = {}
    for name in PARTED:
        s = split(name)
        tables = as_table(s.train), as_table(s.test)
        ours, found = clocked(lambda s=s: apart.distances(s.train, s.test), times)
        theirs, five = clocked(lambda t=tables: package(*t), times)
        mine = [getattr(found, n) for n in apart.PUBLISHED]
        assert np.allclose(mine, five, rtol=1e-9, atol=1e-9), (name, mine, five)
        out[name] = {
            "steps": s.train.events.height + s.test.events.height,
            "seconds": round(ours, 5),
            "package_seconds": round(theirs, 4),
            "ratio": round(theirs / ours, 1),
            "distances": dict(zip(apart.PUBLISHED, map(float, five), strict=True)),
        }
        print(f"{name:11s} {ours * 1e3:8.1f} ms, package {theirs:6.2f} s: {theirs / ours:6.0f} ×")
    return out


def floors() -> dict[str, Any]:
    """The noise floor of the part of each log that is kept apart."""
    from polku.measure.registry import Catalogue

    out = {}
    for name in NAMES:
        test = split(name).test
        found = fidelity(test, [test], known=Catalogue())
        out[name] = {
            "halves": found.halves,
            "floors": {
                d.name: [d.floor.value, d.floor.low, d.floor.high, d.pair_low, d.pair_high]
                for d in found.distances
                if d.floor is not None
            },
        }
        told = "  ".join(f"{n} {v[0]:.3g}" for n, v in out[name]["floors"].items())
        print(f"{name:11s} {found.halves:5d} | {told}")
    return out


def taken(p: Profile, chosen: np.ndarray) -> Profile:
    """The profile of a log that consists of these matters, some of them several times."""
    chosen = np.sort(chosen)

    def of(c: Counted) -> Counted:
        order = np.argsort(c.matter, kind="stable")
        first = np.searchsorted(c.matter[order], np.arange(p.n + 1))
        length = first[chosen + 1] - first[chosen]
        begin = np.repeat(first[chosen] - np.cumsum(length) + length, length)
        place = order[begin + np.arange(length.sum())]
        return Counted(c.bin[place], np.repeat(np.arange(len(chosen)), length))

    parts = {n: of(getattr(p, n)) for n in ("grams", "hours", "week", "since", "cycle", "minutes")}
    return Profile(n=len(chosen), arrival=p.arrival[chosen], shortest=p.shortest, **parts)


def truth(runs: int, matters: int = 400, logs: int = 10) -> dict[str, Any]:
    """How often the interval of the ratio holds 1 where the simulator is the truth."""
    out: dict[str, Any] = {"runs": runs, "matters": matters, "logs": logs}
    for name in PARTED:
        log = split(name).train
        pool = apart.profile(
            log, apart.activities(log), shortest=apart.shortest_cycle(log), zone="UTC"
        )
        draw = np.random.Generator(np.random.Philox(7))
        found: dict[str, list[tuple[float, float, float]]] = {n: [] for n in apart.NAMES}
        for seed in range(runs):
            real, *made = (taken(pool, draw.integers(0, pool.n, matters)) for _ in range(logs + 1))
            for n, near in nearness(real, made, seed=seed).items():
                r = near.ratio
                assert r is not None
                assert r.low is not None
                assert r.high is not None
                found[n].append((r.value, r.low, r.high))
        out[name] = {}
        for n, rows in found.items():
            value, low, high = np.array(rows).T
            out[name][n] = {
                "ratio": round(float(np.mean(value)), 4),
                "holds_1": round(float(np.mean((low <= 1) & (high >= 1))), 4),
                "low_up_to_1_25": round(float(np.mean(low <= 1.25)), 4),
                "interval": round(float(np.median(np.sqrt(high / low))), 3),
            }
        told = "  ".join(f"{n} {v['ratio']:.2f} ({v['holds_1']:.0%})" for n, v in out[name].items())
        print(f"{name:11s} {told}")
    return out


def main() -> None:
    """Run all parts, print and keep what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--truth", type=int, default=60, help="runs; 0: none")
    parser.add_argument("-o", type=Path, default=RESULTS)
    args = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA}: the public logs are not there")
    machine = describe()
    print(*(f"{k}: {v}" for k, v in machine.items()), sep="\n")
    found: dict[str, Any] = {"machine": machine}
    print("\nfive distances of two parts")
    found["speed"] = speed(args.times)
    print("\nnoise floors (matters in a half)")
    found["floors"] = floors()
    if args.truth:
        print("\nthe simulator is the truth: mean ratio (how often the interval holds 1)")
        found["truth"] = truth(args.truth)
    args.o.parent.mkdir(exist_ok=True)
    args.o.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
