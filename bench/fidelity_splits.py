"""The real logs that a simulation is calibrated on, and those it never sees.

LoanApp, ACR and BPIC12W come parted. Production and Purchasing are parted here, half the matters
by when they began: the split of the published evaluation is not known, so what comes of them is
not comparable with its figures.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from polku.log.build import encode
from polku.log.eventlog import EventLog
from polku.log.read import read

DATA = Path(os.environ.get("POLKU_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
PARTED = {
    "LoanApp": ("loan-application", "LoanApp_simplified"),
    "ACR": ("academic-credentials", "AcademicCredentials"),
    "BPIC12W": ("bpic12w", "BPIC_2012_W"),
}
WHOLE = {
    "Production": "production/production.csv.gz",
    "Purchasing": "purchasing/PurchasingExample.csv.gz",
}
NAMES = (*PARTED, *WHOLE)


@dataclass(frozen=True)
class Split:
    """A log in two parts by time; `comparable`: with the published figures."""

    name: str
    train: EventLog
    test: EventLog
    comparable: bool
    path: Path | None


@cache
def split(name: str, data: Path = DATA) -> Split:
    """One of `NAMES`, read and parted; `path`: the BPMN file beside it."""
    if name in WHOLE:
        log = read(data / WHOLE[name])
        order = np.argsort(log.cases["arrival"].dt.epoch("us").to_numpy(), kind="stable")
        half = len(order) // 2
        return Split(name, part(log, order[:half]), part(log, order[half:]), False, None)
    folder, file = PARTED[name]
    train, test = (read(data / folder / f"{file}_{which}.csv.gz") for which in ("train", "test"))
    return Split(name, train, test, True, data / folder / f"{file}.bpmn")


def part(log: EventLog, chosen: np.ndarray) -> EventLog:
    """Some matters of a log, by their codes, as a log of its own."""
    keep = pl.DataFrame({"case": np.sort(chosen).astype(np.uint32)}).with_row_index("new")
    keep = keep.with_columns(pl.col("new").cast(pl.UInt32))

    def of(frame: pl.DataFrame) -> pl.DataFrame:
        found = frame.join(keep, on="case", how="inner", maintain_order="left")
        return found.with_columns(case=pl.col("new")).drop("new").select(frame.columns)

    return replace(log, events=encode(of(log.events)), cases=of(log.cases))
