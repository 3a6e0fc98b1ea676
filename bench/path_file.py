"""How long it takes to read and write a BPMN file, lossless, with all checks.

    python bench/path_file.py [FILE.bpmn ...]      default: the largest reference model

Medians of 21 runs; reading and writing are timed together, as an editor's save would need them.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median
from typing import Any

from machine import describe
from polku.path.read import processes, read_path
from polku.path.write import write_path

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "bpmn"
RESULTS = Path(__file__).parent / "results"
RUNS = 21


def timed(file: Path) -> dict[str, Any]:
    """Milliseconds to read, to write, and both; medians."""
    process = processes(file)[0].id
    read, both = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        path = read_path(file, process)
        read.append(time.perf_counter() - began)
        write_path(path)
        both.append(time.perf_counter() - began)
    return {
        "bytes": file.stat().st_size,
        "nodes": len(path.nodes),
        "read_ms": 1000 * median(read),
        "read_and_write_ms": 1000 * median(both),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args().files
    files = given or [max(DATA.glob("*.bpmn"), key=lambda f: f.stat().st_size)]
    machine = describe()
    print("; ".join(f"{k} {v}" for k, v in machine.items()))
    found = {f.name: timed(f) for f in files}
    for name, told in found.items():
        print(
            f"{name:<24} {told['bytes']:>9,} bytes  read {told['read_ms']:6.1f} ms  "
            f"read and write {told['read_and_write_ms']:6.1f} ms"
        )
    document = {"machine": machine, "results": found}
    (RESULTS / "path_file.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
