"""The public logs on which discovery is tested, and logs made like well-known ones."""

from __future__ import annotations

import random
from pathlib import Path

from polku.log.eventlog import EventLog
from polku.log.read import read

PUBLIC = {
    "receipt": "receipt/receipt.xes.gz",
    "production": "production/production.csv.gz",
    "LoanApp": "loan-application/LoanApp_simplified_train.csv.gz",
    "BPIC12W": "bpic12w/BPI_Challenge_2012_W_Two_TS.xes.gz",
    "purchasing": "purchasing/PurchasingExample.csv.gz",
    "academic credentials": "academic-credentials/AcademicCredentials_train.csv.gz",
}

_READ: dict[str, EventLog] = {}


def public(name: str, data: Path) -> EventLog:
    """A public log, read once."""
    if name not in _READ:
        _READ[name] = read(data / PUBLIC[name])
    return _READ[name]


def ward(seed: int, ways: int = 800) -> list[tuple[tuple[str, ...], int]]:
    """Ways like those of a hospital ward: a common beginning, tests again and again, a long tail.

    16 activities, most ways gone once, up to some 180 events.
    """
    rng = random.Random(seed)
    found: dict[tuple[str, ...], int] = {}
    first = ["registration", "triage", "sepsis triage"]
    end = ["release a", "release b", "release c", "release d", "release e", "return"]
    while len(found) < ways:
        way = list(first)
        if rng.random() < 0.1:
            rng.shuffle(way)
        drips = [a for a in ("antibiotics", "liquid") if rng.random() < 0.8]
        way += drips if rng.random() < 0.7 else drips[::-1]
        if rng.random() < 0.8:
            way.append(rng.choice(["admission", "admission", "intensive care"]))
        tests = min(int(rng.paretovariate(0.9)), 170)
        for _ in range(tests):
            way.insert(rng.randint(2, len(way)), rng.choice(["blood", "crp", "acid", "admission"]))
        if rng.random() < 0.75:
            way.append(rng.choice(end[:5]))
        if rng.random() < 0.3:
            way.append("return")
        found[tuple(way)] = found.get(tuple(way), 0) + rng.choice([1, 1, 1, 2])
    return list(found.items())
