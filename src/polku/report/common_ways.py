"""The most common ways: variants by (completion, order), told in a few words each."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from polku.log.eventlog import EventLog
from polku.measure.steps import Steps
from polku.report.names import labels


@dataclass(frozen=True)
class Way:
    """One variant: `matters` that went it, `share` of all, its steps, median µs of the ended.

    `steps` holds each step with how often it comes in a row; `length` counts all steps.
    """

    matters: int
    share: float
    steps: tuple[tuple[str, int], ...]
    length: int
    median: int | None
    ended: int


@dataclass(frozen=True)
class Ways:
    """The most common ways, how many there are, and the share of matters on a way of their own."""

    ways: tuple[Way, ...]
    variants: int
    alone: float


def common_ways(log: EventLog, most: int = 10) -> Ways:
    """The `most` common variants of a log; those of fewer than 5 matters are not told."""
    steps = Steps(log)
    activity = steps.codes("activity").astype(np.int32)
    bounds = np.searchsorted(steps.case, np.arange(steps.n + 1))
    keys = [activity[bounds[i] : bounds[i + 1]].tobytes() for i in range(steps.n)]
    counts = Counter(keys)
    names = labels(log, "activity")
    ordered = sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))[:most]
    chosen = {k for k, _ in ordered}
    times: dict[bytes, list[int]] = defaultdict(list)
    for i, key in enumerate(keys):
        if key in chosen and steps.ended[i]:
            times[key].append(int(steps.watched[i]))
    ways = []
    for key, n in ordered:
        if n < 5:
            continue
        codes = np.frombuffer(key, dtype=np.int32)
        runs: list[tuple[str, int]] = []
        for c in codes:
            if runs and runs[-1][0] == names[c]:
                runs[-1] = (names[c], runs[-1][1] + 1)
            else:
                runs.append((names[c], 1))
        ended = times[key]
        ways.append(
            Way(
                matters=n,
                share=n / steps.n,
                steps=tuple(runs),
                length=len(codes),
                median=int(np.median(ended)) if len(ended) >= 5 else None,
                ended=len(ended),
            )
        )
    alone = sum(n for n in counts.values() if n == 1) / steps.n if steps.n else 0.0
    return Ways(tuple(ways), len(counts), alone)
