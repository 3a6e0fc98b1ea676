"""Growing ladders: which sets of moves are tried next, from what single moves were seen to bring.

A child is a candidate with one move more. What it will bring is guessed as the sum of what its
parent and the single move were seen to bring; half of a generation are the best by that guess on
the score, the others the best on single axes, taken in turn, those whose kinds go together, and a
few by lot, since moves may help together that do nothing alone. Of the best so far each rung is
left out once, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from polku.errors import RedesignError
from polku.redesign.candidate import Candidate
from polku.redesign.finding import forbidden
from polku.redesign.front import Refused
from polku.redesign.move import Move, apply, kind_of
from polku.redesign.prototype import Prototype
from polku.redesign.racing import Entry, Race
from polku.redesign.terms import Terms

Floats = npt.NDArray[np.float64]
_PARENTS = 60
_LOT = 8
"""Of a generation one in so many is drawn by lot."""
_REASONS = 200
"""Reasons of refused combinations that are kept at most."""


@dataclass(eq=False)
class Growing:
    """Makes candidates out of moves.

    `refused`: moves and combinations that cannot be made, and why; `unlisted`: how many more
    combinations there were.
    """

    current: Candidate
    moves: tuple[Move, ...]
    terms: Terms
    seed: int
    refused: list[Refused] = field(default_factory=list)
    unlisted: int = 0
    generations: int = 0
    seen: set[frozenset[str]] = field(default_factory=set)
    _made: dict[tuple[str, ...], Prototype | str] = field(default_factory=dict)
    _pairs: int = 0

    def singles(self) -> list[Candidate]:
        """A candidate for each move that may be made, those that promise most first."""
        out = []
        for move in sorted(self.moves, key=lambda m: (-m.hint, m.key)):
            if frozenset([move.key]) in self.seen:
                continue
            self.seen.add(frozenset([move.key]))
            why = forbidden(move, self.terms) or self._why((move,))
            if why is not None:
                self.refused.append(Refused(move.key, why))
            else:
                out.append(self._candidate((move,)))
        return out

    def generation(self, race: Race, size: int) -> list[Candidate]:
        """Up to `size` new candidates with one move more (or one less) than known ones."""
        self.generations += 1
        out: list[Candidate] = []
        for candidate in self._less(race):
            if len(out) < max(1, size // 4):
                out.append(candidate)
        parents, singles = self._parents(race), self._singles(race)
        if not parents or not singles:
            return out
        lists = self._orders(race, parents, singles)
        kept = {e.row: {m.key for m in e.candidate.moves} for e in parents}
        turn = 0
        while lists and len(out) < size:
            which = turn % len(lists)
            turn += 1
            for p, s in lists[which]:
                parent, single = parents[p], singles[s]
                (move,) = single.candidate.moves
                if move.key in kept[parent.row]:
                    continue
                child = self._child(parent.candidate, move)
                if child is not None:
                    out.append(child)
                    break
            else:
                del lists[which]
        return out

    def _candidate(self, moves: tuple[Move, ...]) -> Candidate:
        return Candidate(self.current.base, moves, "search")

    def _child(self, parent: Candidate, move: Move) -> Candidate | None:
        """The parent with one move more, in an order in which all can be made; once only."""
        moves = frozenset([*(m.key for m in parent.moves), move.key])
        if moves in self.seen or len(moves) > self.terms.depth:
            return None
        self.seen.add(moves)
        count = Counter(m.kind for m in (*parent.moves, move))
        over = [k for k, n in count.items() if n > self.terms.most.get(k, n)]
        if over:
            return None
        canonical = tuple(sorted((*parent.moves, move), key=lambda m: m.key))
        orders = (canonical, (*parent.moves, move), (move, *parent.moves))
        whys = []
        for order in orders:
            why = self._why(order)
            if why is None:
                return self._candidate(order)
            whys.append(why)
        if len(self.refused) < _REASONS + len(self.moves):
            self.refused.append(Refused(" + ".join(m.key for m in canonical), whys[0]))
        else:
            self.unlisted += 1
        return None

    def _why(self, moves: tuple[Move, ...]) -> str | None:
        made = self._on(moves)
        return made if isinstance(made, str) else None

    def _on(self, moves: tuple[Move, ...]) -> Prototype | str:
        """The prototype after moves (means of their assumptions), or why it cannot be made."""
        if not moves:
            return self.current.base
        key = tuple(m.key for m in moves)
        if key not in self._made:
            before = self._on(moves[:-1])
            if isinstance(before, str):
                self._made[key] = before
            else:
                self._made[key] = _applied(moves[-1], moves[:-1], before)
        return self._made[key]

    def _parents(self, race: Race) -> list[Entry]:
        """Whom to grow: the best by score, by chance of the front, and on each axis."""
        some = [
            e for e in race.entries[1:]
            if e.n and e.candidate.drawn == "search" and e.moves
            and not e.broken and len(e.moves) < self.terms.depth
            and (e.out is None or len(e.moves) == 1) and _simulated(race, e)
        ]  # fmt: skip
        by_score = sorted(some, key=lambda e: (-e.score, e.row))[: _PARENTS // 2]
        by_chance = sorted(some, key=lambda e: (-e.chance, -e.score, e.row))[: _PARENTS // 2]
        found = {e.row: e for e in (*by_score, *by_chance)}
        if some:
            gains = self._gains(race, some)
            for k in range(gains.shape[1]):
                best = some[int(np.argmax(gains[:, k]))]
                found[best.row] = best
        return [found[row] for row in sorted(found)]

    def _singles(self, race: Race) -> list[Entry]:
        """Single moves that were looked at and can be made."""
        return [
            e for e in race.entries[1:]
            if e.n and len(e.moves) == 1 and e.candidate.drawn == "search" and not e.broken
            and _simulated(race, e)
        ]  # fmt: skip

    def _gains(self, race: Race, some: Sequence[Entry]) -> Floats:
        """What entries bring on each axis of the front, in differences that count as one."""
        axes, now = race.arena.axes, race.values(race.current)
        told = [k for k, a in enumerate(axes) if a.key in race.on and a.sign]
        unit = np.where(race.tolerance > 0, race.tolerance, 1.0)
        out = np.zeros((len(some), len(told)))
        for i, e in enumerate(some):
            with np.errstate(invalid="ignore"):
                d = now[: e.n, told] - race.values(e)[:, told]
            d = np.where(np.isfinite(d), d, 0.0)
            error = d.std(axis=0, ddof=1) / np.sqrt(e.n) if e.n > 1 else 0.0
            sign = np.array([axes[k].sign for k in told])
            mean = d.mean(axis=0) * sign
            out[i] = np.where(np.abs(mean) > error, mean, 0.0) / unit[told]
        return out

    def _orders(
        self, race: Race, parents: Sequence[Entry], singles: Sequence[Entry]
    ) -> list[Iterator[tuple[int, int]]]:
        """Pairs (parent, single move) in order of what they promise: score, one axis, by lot.

        A move that brings nothing on any axis is grown by lot only, and where its kind says that it
        goes with a kind of the parent's moves.
        """
        gp, gs = self._gains(race, parents), self._gains(race, singles)
        brings = (gs > 1.0).any(axis=1)
        score_s = np.array([e.score for e in singles])
        brings |= score_s > np.array([min(e.error, 1e9) for e in singles])
        score_p = np.array([e.score for e in parents])
        by_score = score_p[:, None] + score_s[None, :]
        by_score = np.where(brings[None, :], by_score, -np.inf)
        orders = [_descending(by_score)]
        axis = self.generations % max(gp.shape[1], 1)
        out: list[Iterator[tuple[int, int]]] = [orders[0]] * 3
        if gp.shape[1]:
            for k in (axis, (axis + 1) % gp.shape[1]):
                helps = gs[:, k] > 1.0
                guess = gp[:, k][:, None] + gs[:, k][None, :] + 1e-3 * by_score
                out.append(_descending(np.where(helps[None, :], guess, -np.inf)))
        together = np.array([[_go_together(p, s) for s in singles] for p in parents])
        if together.any():
            out.append(_descending(np.where(together, score_p[:, None] + score_s, -np.inf)))
        rng = np.random.Generator(np.random.Philox((self.seed << 20) + self.generations))
        lot = rng.random((len(parents), len(singles)))
        out.append(_descending(lot))
        return out

    def _less(self, race: Race) -> Iterator[Candidate]:
        """The best by score with each of its moves left out."""
        best = next((e for e in race.contenders() if len(e.moves) > 1), None)
        if best is None or best.candidate.drawn != "search":
            return
        moves = best.candidate.moves
        for k in range(len(moves)):
            rest = (*moves[:k], *moves[k + 1 :])
            if frozenset(m.key for m in rest) in self.seen:
                continue
            self.seen.add(frozenset(m.key for m in rest))
            if self._why(rest) is None:
                yield self._candidate(rest)


def _applied(move: Move, earlier: tuple[Move, ...], on: Prototype) -> Prototype | str:
    why = kind_of(move).refuses(move, on)
    after = f" after {', '.join(m.key for m in earlier)}" if earlier else ""
    if why is not None:
        return f"{move.key}{after}: {why}" if earlier else why
    try:
        return apply(move, on)
    except RedesignError as e:
        return f"{e}{after}"


def _go_together(parent: Entry, single: Entry) -> bool:
    """Whether the kind of a single move goes with one of a parent's moves."""
    (move,) = single.candidate.moves
    with_ = kind_of(move).goes_with
    return bool(with_) and any(m.kind in with_ for m in parent.candidate.moves)


def _simulated(race: Race, entry: Entry) -> bool:
    return entry.candidate.key not in race.tried.failures


def _descending(guess: Floats) -> Iterator[tuple[int, int]]:
    """Places of a table by what stands there, the highest first, without those of −inf."""
    flat = guess.ravel()
    order = np.argsort(-flat, kind="stable")
    for at in order.tolist():
        if flat[at] == -np.inf:
            return
        yield at // guess.shape[1], at % guess.shape[1]
