"""What happened, step by step: each event of a log with its step, its person and its times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polku.log.eventlog import EventLog
from polku.measure.steps import Steps
from polku.path.matching import Matching
from polku.path.model import Path
from polku.path.ways import ways
from polku.simulate.calibrating.replay import Choice, Replay, Replayer
from polku.simulate.calibrating.unended import Unended, unended

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pass:
    """A way with what became of it: `matters` that went it, and whether they had ended.

    `weight`: how much they count, together, as in `unended.Unended.ways`.
    """

    replay: Replay
    matters: int
    ended: bool
    weight: float


@dataclass(frozen=True, eq=False)
class Instances:
    """The events of a log that are steps of the path, in (case, time, order).

    Arrays of length m: `case` (row of the matter), `step` (index in `steps`), `occurrence` (0 for
    the first of this step in the matter), `person` (index in `people`, -1 none), `enabled`,
    `start`, `end` µs since 1970 UTC; `timed`: its start is known, and a person or a machine
    worked from there to the end; `first`: enabled by the arrival. `passes`: the distinct ways;
    `arrival` i64[n]; `weights`: of the matters (1 in a log with open ones); `gave_up`: the path was
    too large to look everywhere for steps that were not recorded.
    """

    steps: tuple[str, ...]
    people: tuple[str, ...]
    case: Ints
    step: Ints
    occurrence: Ints
    person: Ints
    enabled: Ints
    start: Ints
    end: Ints
    timed: Bools
    first: Bools
    automatic: Bools
    arrival: Ints
    weights: Unended
    passes: tuple[Pass, ...]
    way_of: Ints
    gave_up: bool

    def __len__(self) -> int:
        return len(self.case)

    def of(self, step: str) -> Ints:
        """Positions of a step's instances."""
        return np.flatnonzero(self.step == self.steps.index(step))

    def repeated(self, rows: Ints) -> Ints:
        """Positions 0 … k - 1 of k rows, each as often as its matter weighs, in the mean."""
        spread = (np.arange(1, len(rows) + 1) * 0.6180339887498949) % 1.0
        return np.repeat(
            np.arange(len(rows)), (self.weights.ways[self.case[rows]] + spread).astype(int)
        )

    @property
    def passed_over(self) -> int:
        """Events of steps for which the path had no place where they happened."""
        return sum(p.replay.passed_over * p.matters for p in self.passes)

    @property
    def skipped(self) -> Counter[str]:
        """Steps that the path wanted and the log lacks, with how often."""
        found: Counter[str] = Counter()
        for p in self.passes:
            for step in p.replay.skipped:
                found[step] += p.matters
        return found

    @property
    def fitting(self) -> int:
        """Matters whose whole way is one of the path."""
        return sum(
            p.matters for p in self.passes if not p.replay.passed_over and not p.replay.skipped
        )


def instances(log: EventLog, path: Path, found: Matching) -> Instances:
    """Replay every way of a log and lay its events out as instances of steps."""
    seen = Steps(log)
    known = frozenset(found.step_of.values()).union(*found.ambiguous.values(), ())
    every = ways(log)
    closed = log.cases["closed"].fill_null(True).to_numpy()
    replayer = Replayer(path, known)
    key = every.of_matter.astype(np.int64) * 2 + closed
    kinds, of_case, counts = np.unique(key, return_inverse=True, return_counts=True)
    of_case = of_case.reshape(-1).astype(np.int64)
    weights = Unended(np.ones(seen.n), np.ones(seen.n))
    lengths = np.diff(seen.offsets)
    if closed.all() and seen.n and lengths.all():
        ended = np.maximum.reduceat(seen.time, seen.offsets[:-1])
        weights = unended(seen.arrival, ended, int(ended.max()))
    sums = np.bincount(of_case, weights=weights.ways, minlength=len(kinds))
    passes = []
    for kind, n, weight in zip(kinds.tolist(), counts.tolist(), sums.tolist(), strict=True):
        way = [found.candidates(a) for a in every.sequences[kind // 2]]
        passes.append(Pass(replayer.replay(way, bool(kind % 2)), n, bool(kind % 2), weight))
    return _laid_out(seen, path, passes, of_case, known, replayer.gave_up, weights)


def _laid_out(
    seen: Steps,
    path: Path,
    passes: list[Pass],
    of_case: Ints,
    known: frozenset[str],
    gave_up: bool,
    weights: Unended,
) -> Instances:
    steps = tuple(s.id for s in path.steps if s.id in known)
    number: Mapping[str, int] = {s: k for k, s in enumerate(steps)}
    step_rows = [np.array([number.get(s, -1) for s in p.replay.step], np.int64) for p in passes]
    by_rows = [np.array(p.replay.by, np.int64) for p in passes]
    occurrence_rows = [_occurrences(r) for r in step_rows]
    n, m = seen.n, seen.m
    offsets = seen.offsets
    lengths = offsets[1:] - offsets[:-1]
    empty = np.zeros(0, np.int64)
    cases = [int(k) for k in of_case]
    step = np.concatenate([step_rows[k] for k in cases] or [empty])
    by = np.concatenate([by_rows[k] for k in cases] or [empty])
    occurrence = np.concatenate([occurrence_rows[k] for k in cases] or [empty])
    base = np.repeat(offsets[:-1], lengths)
    case = seen.case.astype(np.int64)
    start, end, arrival = seen.start, seen.time, seen.arrival
    enabler = np.where(by >= 0, base + by, 0)
    enabled = np.where(by >= 0, end[enabler] if m else 0, arrival[case] if n else 0)
    person = seen.codes("resource").astype(np.int64)
    kept = np.flatnonzero(step >= 0)
    return Instances(
        steps=steps,
        people=tuple(seen.categories("resource")),
        case=case[kept],
        step=step[kept],
        occurrence=occurrence[kept],
        person=person[kept],
        enabled=enabled[kept],
        start=start[kept],
        end=end[kept],
        timed=seen.worked[kept] | (seen.has_start & seen.automatic)[kept],
        first=(by < 0)[kept],
        automatic=seen.automatic[kept],
        arrival=arrival,
        weights=weights,
        passes=tuple(passes),
        way_of=of_case,
        gave_up=gave_up,
    )


def _occurrences(step: Ints) -> Ints:
    counts: Counter[int] = Counter()
    out = np.zeros(len(step), np.int64)
    for k, s in enumerate(step.tolist()):
        out[k] = counts[s]
        counts[s] += 1
    return out


__all__ = ["Choice", "Instances", "Pass", "instances"]
