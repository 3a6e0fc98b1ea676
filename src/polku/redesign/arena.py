"""The arena: in which prototypes are tried alike, with the same customers and the same luck.

A look is one replication of one candidate. Draws are keyed by seed, replication, matter and role,
so in the same replication the current state and every prototype meet the same customers, the same
works and the same values of shared assumptions: differences between them are far more exact than
the figures themselves. A look does not depend on other looks, nor on which process takes it, so
results are the same to the bit for any number of jobs.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from os import cpu_count
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.default_axes import axes_for
from polku.redesign.figures import prepare
from polku.redesign.move import Move, kind_of
from polku.redesign.packing import pack, unpack
from polku.redesign.prototype import Prototype
from polku.redesign.setting import setting_for
from polku.redesign.trying import Alike, Trials

if TYPE_CHECKING:
    from polku.simulate.run import Run

Floats = npt.NDArray[np.float64]
FINAL = 10_000
"""Replications from this number on are for final figures: fresh draws, so no winner's curse."""
_PARTS = 4
"""Parts of a batch for each process, so that none is left with a long one at the end."""


class Look(NamedTuple):
    """One replication of one candidate; `failing`: (move key, assumption id) of what fails."""

    candidate: Candidate
    replication: int
    failing: frozenset[tuple[str, str]] = frozenset()


class _Part(NamedTuple):
    """Looks for one process: of each candidate the base and moves, and what is looked at.

    `modules`: those that register the kinds of moves; `bases`: by number, packed.
    """

    modules: tuple[str, ...]
    bases: tuple[tuple[int, bytes], ...]
    candidates: tuple[tuple[int, tuple[Move, ...]], ...]
    looks: tuple[tuple[int, int, frozenset[tuple[str, str]]], ...]


class Arena:
    """Where candidates are looked at.

    Parameters: `current`: the current state, by which axes, setting and the reading of supplements
    are decided; `seed`: of all draws; `axes`: the figures (default: `axes_for`); `horizon_days`:
    as in `setting_for`; `jobs`: processes (default: one for each processor; 1: none but this one).

    `failures`: by a candidate's key why a look at it could not be taken. Processes are started at
    the first look and end with `close`, or with the block: `with Arena(current) as arena: …`. A
    script that uses more than one has to be safe to import (`if __name__ == "__main__":`).
    """

    def __init__(
        self,
        current: Prototype,
        *,
        seed: int = 1,
        axes: Sequence[Axis] | None = None,
        horizon_days: float | None = None,
        jobs: int | None = None,
    ) -> None:
        self.current = current
        self.seed = seed
        self.axes = tuple(axes_for(current) if axes is None else axes)
        self.setting = setting_for(current, horizon_days, seed=seed)
        self.failures: dict[str, str] = {}
        self.jobs = max(1, jobs or cpu_count() or 1)
        self._trials = Trials(Alike(seed, self.setting, self.axes, prepare(current).told_by))
        self._bases: list[Prototype] = [current]
        self._packed: list[bytes] = []
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Arena:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """End the worker processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def look(self, looks: Sequence[Look]) -> Floats:
        """Take looks: f8[looks, axes], in the order given.

        nan: cannot be told (or the candidate could not be simulated, see `failures`); inf: a time
        that is not reached while matters are watched.
        """
        out = np.full((len(looks), len(self.axes)), np.nan)
        if not looks:
            return out
        numbers = [self._base(look.candidate.base) for look in looks]
        if self.jobs == 1 or len(looks) == 1:
            for k, (look, base) in enumerate(zip(looks, numbers, strict=True)):
                out[k], why = self._trials.look(*look, base)
                self._note(look, why)
            return out
        parts, places = self._parts(looks, numbers)
        for at, (values, failures) in zip(places, self._workers().map(_take, parts), strict=True):
            out[at] = values
            for k, why in failures:
                self._note(looks[at[k]], why)
        return out

    def run(self, look: Look) -> Run:
        """The run that a look takes its figures from, to be told as an event log.

        Raises `PolkuError` where it cannot be simulated.
        """
        return self._trials.run(*look)

    def _note(self, look: Look, why: str | None) -> None:
        if why is not None:
            self.failures.setdefault(look.candidate.key, why)

    def _base(self, base: Prototype) -> int:
        for k, known in enumerate(self._bases):
            if known is base:
                return k
        if base in self._bases:
            return self._bases.index(base)
        self._bases.append(base)
        return len(self._bases) - 1

    def _parts(
        self, looks: Sequence[Look], numbers: Sequence[int]
    ) -> tuple[list[bytes], list[list[int]]]:
        """The looks of a batch in parts, those of a candidate together; and their places."""
        of: dict[tuple[int, str], list[int]] = {}
        for k, (look, base) in enumerate(zip(looks, numbers, strict=True)):
            of.setdefault((base, look.candidate.key), []).append(k)
        order = [k for some in of.values() for k in some]
        size = max(1, -(-len(order) // (_PARTS * self.jobs)))
        places = [order[i : i + size] for i in range(0, len(order), size)]
        return [pack(self._part(looks, numbers, at)) for at in places], places

    def _part(self, looks: Sequence[Look], numbers: Sequence[int], at: Sequence[int]) -> _Part:
        place: dict[tuple[int, str], int] = {}
        candidates: list[tuple[int, tuple[Move, ...]]] = []
        told = []
        for k in at:
            candidate, replication, failing = looks[k]
            key = (numbers[k], candidate.key)
            if key not in place:
                place[key] = len(candidates)
                candidates.append((numbers[k], candidate.moves))
            told.append((place[key], replication, failing))
        bases = sorted({base for base, _ in candidates})
        modules = {type(kind_of(m)).__module__ for _, moves in candidates for m in moves}
        return _Part(
            tuple(sorted(modules)), tuple((b, self._bytes(b)) for b in bases if b > 0),
            tuple(candidates), tuple(told),
        )  # fmt: skip

    def _bytes(self, base: int) -> bytes:
        while len(self._packed) <= base:
            self._packed.append(pack(self._bases[len(self._packed)]))
        return self._packed[base]

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is None:
            from multiprocessing import get_context

            self._pool = ProcessPoolExecutor(
                self.jobs, get_context("spawn"), _begin, (pack((self._trials.alike, self.current)),)
            )
        return self._pool


_TRIALS: list[Trials] = []
_BASES: dict[int, Prototype] = {}


def _begin(packed: bytes) -> None:
    """What a worker process keeps."""
    alike, current = unpack(packed)
    _TRIALS[:] = [Trials(alike)]
    _BASES.clear()
    _BASES[0] = current


def _take(packed_part: bytes) -> tuple[Floats, list[tuple[int, str]]]:
    """Take the looks of a part in a worker process; the failures with their place."""
    part: _Part = unpack(packed_part)
    trials = _TRIALS[0]
    for module in part.modules:
        import_module(module)
    for number, packed in part.bases:
        if number not in _BASES:
            _BASES[number] = unpack(packed)
    candidates = [(Candidate(_BASES[base], moves), base) for base, moves in part.candidates]
    out = np.full((len(part.looks), len(trials.alike.axes)), np.nan)
    failures: list[tuple[int, str]] = []
    for k, (which, replication, failing) in enumerate(part.looks):
        candidate, base = candidates[which]
        out[k], why = trials.look(candidate, replication, failing, base)
        if why is not None:
            failures.append((k, why))
    return out, failures
