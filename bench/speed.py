"""How fast Polku is, beside its peers in the same run.

    python bench/speed.py                        ten million events, pm4py and r4pm, growth to 50 M
    python bench/speed.py --events 1000000 --no-growth     a quick look
    python bench/speed.py --only start,criteria

Logs are generated (`bench/generate.py`), every task runs in a process of its own, and what is
printed are medians, ratios, the machine and the versions. pm4py is installed into an environment
of its own under bench/out/peers and never into Polku's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import generate
from child import medians, python, repeated, run
from machine import describe

HERE = Path(__file__).parent
OUT = HERE / "out"
RESULTS = HERE / "results"
PARTS = ("start", "import", "criteria", "five", "xes", "growth")
XES_EVENTS = (1_000_000, 10_000_000)
GROWTH = (1_000_000, 10_000_000, 50_000_000)


def log_file(events: int, suffix: str) -> Path:
    """A generated log, made once."""
    file = OUT / f"log-{events}{suffix}"
    if not file.exists():
        OUT.mkdir(exist_ok=True)
        generate.write(file, events)
    return file


def store_of(events: int) -> Path:
    """The store of a generated log, made once."""
    store = OUT / f"log-{events}.store"
    if not store.exists():
        repeated(python("tasks.py", "importing", log_file(events, ".parquet"), store), 1)
    return store


def peer() -> Path:
    """The interpreter of pm4py's own environment."""
    home = OUT / "peers"
    interpreter = home / "bin" / "python"
    if not interpreter.exists():
        venv.create(home, with_pip=True)
    found = subprocess.run([interpreter, "-c", "import pm4py"], capture_output=True, check=False)
    if found.returncode:
        subprocess.run([interpreter, "-m", "pip", "install", "-q", "pm4py", "pyarrow"], check=True)
    return interpreter


def start(events: int, times: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whole processes: the import, the help, one small log."""
    del events
    polku = str(Path(sys.executable).with_name("polku"))
    empty = repeated([sys.executable, "-c", "pass"], times)
    yield "python -c pass", empty
    yield "import polku", repeated([sys.executable, "-c", "import polku"], times)
    yield "polku --help", repeated([polku, "--help"], times)
    data = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    receipt = data / "receipt" / "receipt.xes.gz"
    if receipt.exists():
        yield "polku measure receipt", repeated([polku, "measure", str(receipt)], times)


def importing(events: int, times: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Files to stores."""
    for suffix in (".parquet", ".csv"):
        file = log_file(events, suffix)
        out = OUT / "import.store"
        yield f"import {suffix[1:]}", repeated(python("tasks.py", "importing", file, out), times)


def criteria(events: int, times: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """All criteria from the store."""
    yield "all criteria", repeated(python("tasks.py", "criteria", store_of(events)), times)


def five(events: int, times: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The five figures that pm4py has too, by both."""
    ours = repeated(python("tasks.py", "five", store_of(events)), times)
    yield "five figures", ours
    file = log_file(events, ".parquet")
    theirs = repeated([str(peer()), str(HERE / "peer.py"), str(file)], max(1, times // 3))
    yield "five figures, pm4py", theirs
    for key in ("seconds", "durations", "directly_follows", "variants", "rework", "handover"):
        theirs[f"ratio_{key}"] = theirs[key] / ours[key]
    theirs["ratio_seconds_with_loading"] = (theirs["seconds"] + theirs["load"]) / (
        ours["seconds"] + ours["open"]
    )
    theirs["ratio_peak_mb"] = theirs["peak_mb"] / ours["peak_mb"]


def xes(events: int, times: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """XES with the checks, against r4pm alone; at ten million events r4pm takes 15 GB."""
    for size in sorted({min(events, most) for most in XES_EVENTS}):
        file = log_file(size, ".xes")
        pairs = [  # in turn, so that both meet the same neighbours
            [run(python("tasks.py", task, file)) for task in ("r4pm", "xes")]
            for _ in range(times if size == XES_EVENTS[0] else max(1, times // 3))
        ]
        alone, ours = (medians(list(runs)) for runs in zip(*pairs, strict=True))
        ours["ratio_seconds"] = median(u["seconds"] / a["seconds"] for a, u in pairs)
        ours["ratio_cpu_seconds"] = ours["cpu_seconds"] / alone["cpu_seconds"]
        yield f"xes, r4pm alone, {size:,} events", alone
        yield f"xes, polku, {size:,} events", ours


def growth(events: int, times: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """How time grows with the log; 1 would be linear."""
    del events
    first: dict[str, Any] = {}
    for size in GROWTH:
        found = repeated(python("tasks.py", "criteria", store_of(size)), max(1, times // 3))
        first = first or found
        expected = first["seconds"] * found["events"] / first["events"]
        found["to_linear"] = found["seconds"] / expected
        yield f"all criteria, {size:,} events", found


_RUN = dict(zip(PARTS, (start, importing, criteria, five, xes, growth), strict=True))


def show(name: str, found: dict[str, Any]) -> str:
    """One line of the table."""
    took = found.get("seconds", found["whole_seconds"])
    more = ", ".join(
        f"{key} {value:.2f}"
        for key, value in found.items()
        if isinstance(value, float) and key not in ("seconds", "whole_seconds", "peak_mb")
    )
    return f"{name:<36} {took:9.2f} s {found['peak_mb']:9,.0f} MB  {more}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=3, help="runs of which the median is taken")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--no-growth", action="store_true")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "speed.json")
    given = parser.parse_args()
    wanted = [p for p in given.only.split(",") if not (p == "growth" and given.no_growth)]
    unknown = set(wanted) - set(PARTS)
    if unknown:
        parser.error(f"--only knows {', '.join(PARTS)}, not {sorted(unknown)[0]!r}")
    machine = describe()
    print("; ".join(f"{k} {v}" for k, v in machine.items()), flush=True)
    found: dict[str, Any] = {}
    for part in wanted:
        results = list(_RUN[part](given.events, given.times))
        for name, result in results:
            found[name] = result
            print(show(name, result), flush=True)
        given.output.parent.mkdir(parents=True, exist_ok=True)
        document = {"machine": machine, "events": given.events, "results": found}
        given.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
