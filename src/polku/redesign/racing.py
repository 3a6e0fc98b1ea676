"""The race: candidates, what was seen of each so far, and who is looked at next.

Replications of a candidate are numbered from 0 without gaps, so that any two candidates share those
of the one with fewer. What is decided depends on looks alone, never on a clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from polku.redesign.arena import Look
from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.chances import front_chances, tolerances
from polku.redesign.constraining import Staff, broken, told
from polku.redesign.front import ConstraintTold
from polku.redesign.scoring import scales, scores
from polku.redesign.terms import Terms
from polku.redesign.tried import Tried

Floats = npt.NDArray[np.float64]

FIRST, HONEST, MOST = 3, 5, 60
"""Replications of a first look, of an honest comparison, and of any candidate at most."""
INDIFFERENT = 1.0
"""Scores that differ by so few hundredths are equal."""
WRONG = 0.01
"""Chance with which a winner may be named that is not the best."""
UNDECIDED = (0.05, 0.95)
SURE = 0.99
_OUT_AFTER, _NEVER, _EQUAL_FROM = 3, 0.01, 8
_EQUAL_AFTER = 12
"""Replications from which two may pass for equal."""


class Looking(Protocol):
    """What the race needs of an arena (`polku.redesign.arena.Arena`)."""

    axes: tuple[Axis, ...]
    seed: int
    failures: dict[str, str]

    def look(self, looks: Sequence[Look]) -> Floats:
        """Take looks: f8[looks, axes]."""
        ...


@dataclass(eq=False)
class Entry:
    """A candidate in the race: replications taken, what is known, and why it is out (if it is)."""

    row: int
    candidate: Candidate
    moves: frozenset[str]
    n: int = 0
    chance: float = 1.0
    score: float = 0.0
    error: float = math.inf
    low: int = 0
    out: str | None = None
    constraints: tuple[ConstraintTold, ...] = ()
    judged: int = 0
    scores: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def broken(self) -> bool:
        """Whether it is shown to break a constraint."""
        return broken(self.constraints) is not None

    @property
    def open(self) -> bool:
        """Whether it is undecided if it keeps all constraints."""
        return any(c.verdict == "not decided" for c in self.constraints)


@dataclass(eq=False)
class Race:
    """All candidates; entry 0 is the current state."""

    arena: Looking
    tried: Tried
    terms: Terms
    on: tuple[str, ...]
    weights: Mapping[str, float]
    seed: int
    staff: Staff | None = None
    entries: list[Entry] = field(default_factory=list)
    looks: int = 0
    scale: Floats = field(default_factory=lambda: np.zeros(0))
    tolerance: Floats = field(default_factory=lambda: np.zeros(0))
    _values: Floats = field(default_factory=lambda: np.zeros((0, MOST, 0)))
    _by_key: dict[str, Entry] = field(default_factory=dict)

    def enter(self, candidate: Candidate) -> Entry:
        """Let a candidate in."""
        entry = Entry(len(self.entries), candidate, frozenset(m.key for m in candidate.moves))
        self.entries.append(entry)
        self._by_key[candidate.key] = entry
        return entry

    def of(self, key: str) -> Entry | None:
        """The entry of a candidate's key."""
        return self._by_key.get(key)

    @property
    def current(self) -> Entry:
        """The current state."""
        return self.entries[0]

    def values(self, entry: Entry) -> Floats:
        """What was seen of a candidate, f8[its replications, axes]."""
        return self._values[entry.row, : entry.n]

    def needs(self, wanted: Mapping[int, int]) -> list[tuple[Entry, int]]:
        """Looks (entry, replication) that bring rows to so many replications, and the current."""
        most = max(wanted.values(), default=0)
        all_of = {0: max(most, wanted.get(0, 0)), **{k: v for k, v in wanted.items() if k}}
        return [(e, r) for k, n in all_of.items()
                for e in (self.entries[k],) for r in range(e.n, min(n, MOST))]  # fmt: skip

    def take(self, wanted: Mapping[int, int]) -> None:
        """Bring these rows to so many replications: from the table, else from the arena."""
        asked = self.needs(wanted)
        new = [(e, r) for e, r in asked if not self.tried.has(e.candidate.key, r)]
        if new:
            found = self.arena.look([Look(e.candidate, r) for e, r in new])
            failures = self.arena.failures
            failed = {k: failures[k] for e, _ in new if (k := e.candidate.key) in failures}
            self.tried.add(((e.candidate.key, r, found[k]) for k, (e, r) in enumerate(new)), failed)
        self.looks += len(asked)
        self._room()
        for entry in {e.row: e for e, _ in asked}.values():
            entry.n = max(r for e, r in asked if e is entry) + 1
            key = entry.candidate.key
            self._values[entry.row, : entry.n] = self.tried.values(key, entry.n)
            if key in self.tried.failures and entry.out is None:
                entry.out = f"could not be simulated: {self.tried.failures[key]}"

    def _room(self) -> None:
        have, need = len(self._values), len(self.entries)
        if need > have or self._values.shape[2] != len(self.arena.axes):
            grown = np.full((max(need, 2 * have, 64), MOST, len(self.arena.axes)), np.nan)
            if have:
                grown[:have] = self._values
            self._values = grown

    def measure(self) -> None:
        """Fix the scale of the score by what was seen of the current state."""
        self.scale = scales(self.arena.axes, self.values(self.current))

    def judge(self) -> None:
        """Tell anew scores, constraints, and the chances of being on the front."""
        now = self.values(self.current)
        self.tolerance = tolerances(self.arena.axes, now)
        for entry in self.entries[1:]:
            if not entry.n or entry.out is not None:
                continue
            self._score(entry, now)
            if entry.judged != entry.n:
                if self.terms.constraints and entry.n >= 2:
                    self._constrain(entry, now)
                entry.judged = entry.n
        inside = self.inside()
        if not inside:
            return
        self._rescore(inside)
        rows = [e.row for e in inside]
        chances = front_chances(
            self._values[rows][:, : self.current.n], self.arena.axes, self.on, 0, self.seed,
            simpler=_simpler(inside), tolerance=self.tolerance,
        )  # fmt: skip
        for entry, chance in zip(inside, chances.tolist(), strict=True):
            entry.chance = chance
            entry.low = entry.low + 1 if chance < _NEVER else 0
            if entry.low >= _OUT_AFTER and entry.row:
                entry.out = "others are no worse in anything and better in something"

    def _score(self, entry: Entry, now: Floats) -> None:
        if len(entry.scores) != entry.n:
            entry.scores = scores(
                self.arena.axes, self.weights, self.scale, self.values(entry), now[: entry.n]
            )
        entry.score = float(entry.scores.mean())
        entry.error = _error(entry.scores)

    def _rescore(self, inside: Sequence[Entry]) -> None:
        """Tell scores by way of the one with most replications, where that is more exact.

        Who was met in a few replications may be easy: its mean there, less the other's in the same
        replications, plus the other's over all its own, is told for the same customers.
        """
        known = max(inside[1:], key=lambda e: (e.n, e.score, -e.row), default=None)
        if known is None:
            return
        for e in inside[1:]:
            if e is known or e.n >= known.n:
                continue
            d = self.of_scores(e, known)
            error = math.hypot(_error(d), known.error)
            if error < e.error:
                e.score, e.error = known.score + float(d.mean()), error

    def _constrain(self, entry: Entry, now: Floats) -> None:
        entry.constraints = told(
            entry.candidate, self.values(entry), now[: entry.n], self.arena.axes, self.terms,
            self.staff, level=SURE, today=self.current.candidate.base,
        )  # fmt: skip
        found = broken(entry.constraints)
        if found is not None:
            entry.out = f"breaks {found.name!r}: {found.why}"
            entry.chance = 0.0

    def inside(self) -> list[Entry]:
        """The current state, and those that have been looked at and are not out."""
        return [e for e in self.entries if e.n and e.out is None]

    def of_scores(self, a: Entry, b: Entry) -> Floats:
        """Differences of the score of two in the replications that they share."""
        n = min(a.n, b.n)
        return self._scores(a)[:n] - self._scores(b)[:n]

    def _scores(self, entry: Entry) -> Floats:
        """Its score in each replication; the current state's is 0."""
        return entry.scores if entry.row else np.zeros(entry.n)

    def contenders(self) -> list[Entry]:
        """Those that may be on the front, the best by score first (of equals the shorter)."""
        some = [e for e in self.inside() if e.chance >= UNDECIDED[0]]
        return sorted(some, key=lambda e: (-e.score, len(e.moves), e.candidate.key))

    def undecided(self) -> dict[int, int]:
        """Rows whose place is not decided and to how many replications each should come, in order.

        Whether one beats the best by score comes first, where they lie nearest in terms of what is
        known; then those whose chance of being on the front, or whose constraints, are open.
        """
        wanted: dict[int, int] = {}
        some = self.contenders()
        if not some:
            return wanted
        apart = self.apart(some)
        best = apart[0]
        others = [e for e in some if e is not best]
        near = []
        for e in others:
            d = self.of_scores(best, e)
            if not _settled(d, len(others)):
                near.append((abs(float(d.mean())) / max(_error(d), 1e-12), e.row, e))
        for _, _, e in sorted(near, key=lambda x: x[:2]):
            for one in (e, best):
                if one.n < MOST:
                    wanted[one.row] = _more(one.n)
        rest = [
            e for e in apart
            if e.row and e.n < MOST
            and (UNDECIDED[0] <= e.chance <= UNDECIDED[1] or e.open or e.n < HONEST)
        ]  # fmt: skip
        for e in sorted(rest, key=lambda e: (e.n, abs(e.chance - 0.5), e.row)):
            wanted.setdefault(e.row, _more(e.n))
        return wanted

    def winner(self, best: Entry) -> tuple[Entry | None, str]:
        """Whether the best of the front is shown to be that by score, and why (not)."""
        others = [e for e in self.contenders() if e is not best]
        if not others:
            return best, "nothing else is on the front"
        for e in others:
            if not _settled(self.of_scores(best, e), len(others)):
                return None, (
                    f"{best.candidate.key} is not shown to be as good as {e.candidate.key}, by "
                    f"{INDIFFERENT:g} hundredth"
                )
        return best, (
            f"its score is shown to be no worse than any other's on the front, by {INDIFFERENT:g} "
            "hundredth"
        )

    def apart(self, some: Sequence[Entry]) -> list[Entry]:
        """Those that differ in something from all that are shorter, the best by score first.

        Of several whose figures differ by nothing that counts, the one with the fewest moves stays.
        """
        told = [k for k, a in enumerate(self.arena.axes) if a.key in self.on and a.sign]
        tolerance = self.tolerance[told]
        kept: list[Entry] = []
        for e in sorted(some, key=lambda e: (len(e.moves), -e.score, e.row)):
            if any(self._equal(e, k, told, tolerance) for k in kept):
                continue
            kept.append(e)
        return sorted(kept, key=lambda e: (-e.score, len(e.moves), e.candidate.key))

    def _equal(self, e: Entry, other: Entry, told: list[int], tolerance: Floats) -> bool:
        n = min(e.n, other.n)
        if n < (FIRST if other.moves < e.moves else _EQUAL_FROM):
            return False
        a, b = self.values(e)[:n, told], self.values(other)[:n, told]
        with np.errstate(invalid="ignore"):
            d = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, a - b)
            return bool((np.abs(d.mean(axis=0)) <= tolerance).all())


def _more(n: int) -> int:
    return min(MOST, max(HONEST, n + max(2, n // 3)))


def _error(of: Floats) -> float:
    """Standard error of a mean."""
    n = len(of)
    return float(of.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf


def _settled(d: Floats, others: int) -> bool:
    """Whether one is shown to be no worse than another by `INDIFFERENT`, by paired differences.

    One-sided t-intervals at `WRONG` divided by the number of comparisons: one that is worse than
    the best by more than `INDIFFERENT` passes all of them with a smaller chance than `WRONG`.
    """
    from scipy.special import stdtrit

    n = len(d)
    if not d.any():
        return True
    if n < HONEST:
        return False
    half = float(stdtrit(n - 1, 1 - WRONG / max(others, 1))) * _error(d)
    middle = float(d.mean())
    return middle - half > (0.0 if n < _EQUAL_AFTER else -INDIFFERENT)


def _simpler(inside: Sequence[Entry]) -> npt.NDArray[np.bool_]:
    """[i, j]: j makes only some of the moves of i, on the same base."""
    n = len(inside)
    out = np.zeros((n, n), dtype=np.bool_)
    of = [e.moves if e.candidate.drawn != "people" else None for e in inside]
    sizes = sorted({len(m) for m in of if m is not None})
    by_moves = {m: k for k, m in enumerate(of) if m is not None}
    for i, moves in enumerate(of):
        if not moves:
            continue
        if len(moves) <= 8:
            for part in _parts(moves):
                j = by_moves.get(part)
                if j is not None:
                    out[i, j] = True
        elif sizes:
            for j, other in enumerate(of):
                out[i, j] = other is not None and other < moves
    return out


def _parts(moves: frozenset[str]) -> Iterable[frozenset[str]]:
    """All proper parts of a set."""
    items = sorted(moves)
    for mask in range(2 ** len(items) - 1):
        yield frozenset(m for k, m in enumerate(items) if mask >> k & 1)
