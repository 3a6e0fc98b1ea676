"""Facts: what is read off each matter, in integers; what people may open behind any figure."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Rows: TypeAlias = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Clock:
    """When things happened: for each event, the matter's row and µs since its arrival.

    `row` i32[m], non-decreasing; `elapsed` i64[m]. Shared by all marks read off one log, so that
    a cohort looks its times up once.
    """

    row: Rows
    elapsed: Ints


@dataclass(frozen=True)
class Marks:
    """Countable happenings: `at` positions in the clock (i32[k], ascending; null = all of them).

    `amount` i64[k] in the criterion's smallest unit (µs, cents), null = 1 each; `scale` is what
    one unit of the figure holds of it (3.6e9 µs per hour, 100 cents per €).
    `applies` bool[n]: matters that the figure is about, null = all. `of`: what the amounts are
    a part of, for figures that are a share.
    """

    clock: Clock
    at: Rows | None
    amount: Ints | None = None
    scale: float = 1.0
    applies: Bools | None = None
    of: Marks | None = None


@dataclass(frozen=True)
class Times:
    """A time for each matter: `elapsed` i64[n] µs until it came (`ended`) or was last watched.

    `spent`: the same time as it went by, `of` the elapsed time, for its share of the lead time.
    """

    elapsed: Ints
    ended: Bools
    applies: Bools | None = None
    spent: Marks | None = None


@dataclass(frozen=True)
class Promise:
    """A promise for each matter: `within` i64[n] µs after arrival, `applies` where there is one.

    `early` i64[n]: the earliest promised moment of an interval (0 = none).
    """

    within: Ints
    applies: Bools
    early: Ints | None = None


@dataclass(frozen=True)
class Causes:
    """Which came first: `elapsed` i64[n] µs; `cause` i8[n], 0 = none yet, else 1 + its place."""

    elapsed: Ints
    cause: npt.NDArray[np.int8]
    names: tuple[str, ...]
    applies: Bools | None = None


@dataclass(frozen=True)
class Amounts:
    """A total for each matter, up to its end or the last moment watched: `value` i64[n]."""

    value: Ints
    scale: float = 1.0
    applies: Bools | None = None


@dataclass(frozen=True)
class Answers:
    """An answer for each matter, of customer or official: `value` i64[n]; `applies` = answered."""

    value: Ints
    applies: Bools


@dataclass(frozen=True)
class Deviations:
    """How each matter goes along a path: `cost` i64[n] deviations, -1 = undecided.

    `worst` i64[n]: what it would cost if it agreed in nothing, 0 where undecided; `notes`: what
    the figures rest on.
    """

    cost: Ints
    worst: Ints
    notes: tuple[str, ...] = ()
    applies: Bools | None = None


Fact: TypeAlias = Marks | Times | Promise | Causes | Amounts | Answers | Deviations


@dataclass(frozen=True)
class Facts:
    """One row per matter, in canonical order, and each criterion's fact on these rows.

    `matters`: case_id str, arrival i64 (µs since 1970 UTC), elapsed i64 (µs from arrival to the
    end, or to the last moment watched), ended bool, entry i64 (µs after arrival when observation
    began, 0 = at arrival), outcome, kind, arrival_channel (of the first event that tells one),
    then the segment columns (strings).
    `closed_known`: false when the log gives no closed rule (then `ended` is all false and only
    figures that bear it are given). `missing`: criterion id → why it cannot be measured.
    `hashes`: criterion id → hash. `segments`: names of the segment columns.
    """

    matters: pl.DataFrame
    values: AnyMapping[str, Fact]
    missing: AnyMapping[str, str]
    hashes: AnyMapping[str, str]
    closed_known: bool
    segments: tuple[str, ...] = ()
    log: AnyMapping[str, object] = field(default_factory=dict)
    """the fields of `LogSummary` but the horizon"""
    definitions: AnyMapping[str, AnyMapping[str, str]] = field(default_factory=dict)
    """criterion id → the texts that its hash covers, so that a refusal can name what differs"""
    zone: str = "UTC"
    """the zone in which months and other arrival cohorts are told"""

    @property
    def n(self) -> int:
        """Number of matters."""
        return self.matters.height
