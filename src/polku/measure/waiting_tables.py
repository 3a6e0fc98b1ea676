"""Where the time goes: waiting by the step that it comes before, and by cause."""

from __future__ import annotations

import numpy as np
import polars as pl

from polku.measure.edges import quantiles
from polku.measure.steps import Steps
from polku.measure.waiting import CAUSES, waits


def waiting_by_step(steps: Steps, column: str = "activity") -> pl.DataFrame:
    """How long matters wait before each step, by a categorical column of the steps.

    One row per value of `column` (null: the step has none), the longest total first, and one with
    the value "" for waits that no step has ended yet, or that lead up to a matter's end. Columns:
    value, waits (times), matters (distinct), total (µs), share (of all waiting), gap_p50, gap_p80,
    gap_p90 (µs of one wait), and the total of each cause in µs. Where a log tells only one time of
    each step the work itself is in the waits.
    """
    found = waits(steps)
    names = ["", *steps.categories(column)]
    codes = steps.codes(column)
    has_step = found.step >= 0
    # 0 = no step; 1 = a step without a value; then the values
    key = np.zeros(len(found.step), dtype=np.int64)
    key[has_step] = codes[found.step[has_step]] + 2
    by_cause = {}
    for cause in CAUSES:
        at, amount = found.parts[cause]
        by_cause[cause] = np.bincount(key[at], weights=amount, minlength=len(names) + 1)
    order = np.argsort(key, kind="stable")
    key, case, length = key[order], found.case[order], found.length[order]
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else key
    last = np.append(first[1:], len(key)) if len(key) else key
    labels: list[str | None] = ["", None, *names[1:]]
    rows = []
    times = quantiles(length, first, last)
    whole = int(length.sum())
    for k, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        total = int(length[a:b].sum())
        rows.append(
            {
                "value": labels[int(key[a])],
                "waits": b - a,
                "matters": len(np.unique(case[a:b])),
                "total": total,
                "share": total / whole,
                **{name: int(values[k]) for name, values in times.items()},
                **{cause: int(by_cause[cause][key[a]]) for cause in CAUSES},
            }
        )
    integers = ("gap_p50", "gap_p80", "gap_p90", *CAUSES)
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "value": pl.String, "waits": pl.Int64, "matters": pl.Int64, "total": pl.Int64,
        "share": pl.Float64, **dict.fromkeys(integers, pl.Int64),
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema)
    return frame.sort(["total", "value"], descending=[True, False], nulls_last=True)


def waiting_by_cause(steps: Steps) -> pl.DataFrame:
    """Total waiting of all matters by cause, ongoing waits included.

    Columns: cause, total (µs), share; in the order of precedence, and summing to all the waiting.
    """
    found = waits(steps)
    total = [int(found.parts[cause][1].sum()) for cause in CAUSES]
    whole = sum(total)
    return pl.DataFrame(
        {
            "cause": CAUSES,
            "total": total,
            "share": [t / whole if whole else 0.0 for t in total],
        },
        schema={"cause": pl.String, "total": pl.Int64, "share": pl.Float64},
    )
