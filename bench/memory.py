"""How much memory the import of a file larger than memory takes at its peak.

    python bench/memory.py                     fifty million events of CSV (about 8 GB on disk)
    python bench/memory.py --events 1000000    a quick look

The import runs in a process of its own; the peak is the operating system's count of it.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import generate
from child import python, run
from machine import describe

OUT = Path(__file__).with_name("out")
RESULTS = Path(__file__).with_name("results")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--keep", action="store_true", help="keep the generated file")
    given = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    file = OUT / f"log-{given.events}.csv"
    if not file.exists():
        generate.write(file, given.events)
    store = OUT / "memory.store"
    told = run(python("tasks.py", "importing", file, store))
    told["file_mb"] = file.stat().st_size / 1e6
    told["store_mb"] = sum(f.stat().st_size for f in store.rglob("*") if f.is_file()) / 1e6
    shutil.rmtree(store)
    store.with_name(store.name + ".key.json").unlink(missing_ok=True)
    if not given.keep:
        file.unlink()
    machine = describe()
    print("; ".join(f"{k} {v}" for k, v in machine.items()))
    print(
        f"CSV of {told['file_mb']:,.0f} MB, {told['events']:,} events, {told['matters']:,} matters "
        f"→ store of {told['store_mb']:,.0f} MB in {told['seconds']:,.0f} s, "
        f"peak {told['peak_mb']:,.0f} MB"
    )
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine, "import": told}, indent=1)
    (RESULTS / "memory.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
