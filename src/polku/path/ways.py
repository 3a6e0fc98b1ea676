"""The ways that a log's matters took: distinct sequences of activities with their counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.log.eventlog import EventLog


@dataclass(frozen=True)
class Ways:
    """Distinct sequences, the most frequent first, equally frequent ones by their words.

    `sequences`: activities in (completion, order); `counts`: matters that went each way;
    `of_matter` i32[n]: number of the way that each matter of the log went.
    """

    sequences: tuple[tuple[str, ...], ...]
    counts: tuple[int, ...]
    of_matter: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.sequences)

    @property
    def matters(self) -> int:
        """Number of matters."""
        return sum(self.counts)


def ways(log: EventLog) -> Ways:
    """The ways of a log's matters; a matter without events went the empty way.

    Events follow each other as in `EventLog.events`, by (completion, order).
    """
    events = log.events.select("case", pl.col("activity").cast(pl.String))
    by_case = events.group_by("case", maintain_order=True).agg(pl.col("activity").alias("way"))
    every = (
        log.cases.select("case")
        .join(by_case, on="case", how="left")
        .sort("case")
        .with_columns(pl.col("way").fill_null([]))
    )
    counted = every.group_by("way").agg(pl.len().alias("n"))
    rows = sorted(
        zip(counted["way"].to_list(), counted["n"].to_list(), strict=True),
        key=lambda r: (-r[1], r[0]),
    )
    number = pl.DataFrame(
        {"way": [r[0] for r in rows], "number": range(len(rows))},
        schema={"way": pl.List(pl.String), "number": pl.Int32},
    )
    of_matter = every.join(number, on="way", how="left").sort("case")["number"].to_numpy()
    return Ways(
        tuple(tuple(r[0]) for r in rows), tuple(r[1] for r in rows), of_matter.astype(np.int32)
    )
