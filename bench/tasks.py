"""What the speed bench lets Polku do, one task per process: python bench/tasks.py TASK FILE [OUT].

Each task prints one line of JSON with "seconds": the time of the work without the interpreter's
start and imports, and, where the work has parts, the time of each.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _timed(parts: dict[str, Callable[[], Any]]) -> dict[str, float]:
    seconds = {}
    for name, work in parts.items():
        began = time.perf_counter()
        work()
        seconds[name] = time.perf_counter() - began
    return {**seconds, "seconds": sum(seconds.values())}


def opening(store: str) -> dict[str, Any]:
    """Open a store with all its columns."""
    from polku.log.store import open_store

    return _timed({"open": lambda: open_store(store)})


def criteria(store: str) -> dict[str, Any]:
    """Open a store and measure every criterion."""
    import polku.log.store
    import polku.measure.measuring as measuring
    from polku.measure.registry import catalogue

    catalogue()
    held: list[Any] = []
    told = _timed(
        {
            "open": lambda: held.append(polku.log.store.open_store(store)),
            "measure": lambda: held.append(measuring.measure(held[0])),
        }
    )
    shown = {f.id for f in held[1].criteria if f.status in ("ok", "not_reached")}
    return {**told, "events": held[0].events.height, "criteria": len(shown)}


def five(store: str) -> dict[str, Any]:
    """Open a store and work out what pm4py also has."""
    from polku.log.store import open_store
    from polku.measure.edges import follow_counts
    from polku.measure.registry import catalogue
    from polku.measure.steps import Steps
    from polku.measure.variants import sequence, variants

    known = catalogue()
    began = time.perf_counter()
    log = open_store(store, ("case", "activity", "resource", "time"))
    opened = time.perf_counter() - began
    steps = Steps(log)
    kinds = ("rework_self", "rework_repeat", "rework_redo")

    def durations() -> Any:
        some = steps.offsets[1:] > steps.offsets[:-1]
        return (steps.time[steps.offsets[1:] - 1] - steps.time[steps.offsets[:-1]])[some]

    def ways() -> dict[tuple[str, ...], int]:
        found = variants(steps)
        return {sequence(steps, found, k): int(n) for k, n in enumerate(found.count)}

    told = _timed(
        {
            "durations": durations,
            "directly_follows": lambda: follow_counts(steps),
            "variants": ways,
            "rework": lambda: [known[k].fact(steps) for k in kinds],
            "handover": lambda: follow_counts(steps, "resource"),
        }
    )
    return {**told, "open": opened, "events": log.events.height}


def importing(file: str, out: str) -> dict[str, Any]:
    """Import a file into a store, its mapping guessed."""
    from polku.log.importing import import_files

    held: list[Any] = []
    told = _timed({"import": lambda: held.append(import_files([file], out))})
    return {**told, "events": held[0].events, "matters": held[0].matters}


def xes(file: str) -> dict[str, Any]:
    """Read an XES file with all checks."""
    from polku.log.readers.registry import read_raw

    return _timed({"xes": lambda: read_raw(file)})


def r4pm(file: str) -> dict[str, Any]:
    """Read an XES file with r4pm alone."""
    from r4pm import df

    return _timed({"xes": lambda: df.import_xes(file)})


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    f.__name__: f for f in (opening, criteria, five, importing, xes, r4pm)
}

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
