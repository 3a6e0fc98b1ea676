"""What the speed bench lets pm4py do, in pm4py's own environment: python bench/peer.py FILE.

Loading and preparing the frame are timed apart from the five figures, which are worked out on the
prepared frame, as pm4py's documentation does it.
"""

from __future__ import annotations

import json
import sys
import time

import pandas as pd
import pm4py
import pm4py.statistics.rework.cases.pandas.get as rework_of_cases

NAMES = {"case": "case:concept:name", "activity": "concept:name", "time": "time:timestamp",
         "resource": "org:resource"}  # fmt: skip


def main(file: str) -> None:
    began = time.perf_counter()
    frame = pd.read_parquet(file, columns=list(NAMES)).rename(columns=NAMES)
    frame = pm4py.format_dataframe(
        frame, case_id="case:concept:name", activity_key="concept:name",
        timestamp_key="time:timestamp",
    )  # fmt: skip
    told: dict[str, float | str] = {"load": time.perf_counter() - began}
    total = 0.0
    for name, work in (
        ("durations", pm4py.get_all_case_durations),
        ("directly_follows", pm4py.discover_dfg),
        ("variants", pm4py.get_variants),
        ("rework", rework_of_cases.apply),
        ("handover", pm4py.discover_handover_of_work_network),
    ):
        began = time.perf_counter()
        work(frame)
        told[name] = time.perf_counter() - began
        total += float(told[name])
    told |= {"seconds": total, "pm4py": pm4py.__version__, "pandas": pd.__version__}
    told["events"] = len(frame)
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
