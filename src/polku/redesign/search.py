"""The search: from single moves to ladders, with more looks for what is undecided.

Rounds of a fixed number of looks follow one another, and what a round does depends on the looks
before it alone; a clock only says after which round to stop. So the same seed and the same number
of rounds give the same result, whether it was halted in between or not.

First every single move is looked at a few times. Then each round gives half of its looks to what
is undecided (which is the best by score; who is on the front; who keeps the constraints) and half
to new ladders. Sequential selection by paired differences, after Chen & Lee (2011), Stochastic
Simulation Optimization, and racing, Maron & Moore (1997), AI Review 11, 193–225.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from polku.errors import RedesignError
from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.constraining import Staff, broken, told
from polku.redesign.found import Found, Kept
from polku.redesign.front import ConstraintTold, Effort, Refused
from polku.redesign.growing import Growing
from polku.redesign.move import Move
from polku.redesign.paired import mean_of
from polku.redesign.racing import FIRST, HONEST, UNDECIDED, Entry, Looking, Race
from polku.redesign.scoring import scores
from polku.redesign.terms import Terms
from polku.redesign.tried import Tried

Progress = Callable[[float | None, str], None]
LOOKS = 48
"""Looks of a round."""
MOST_CANDIDATES = 1_000
_STILL = 2
"""Generations that bring nothing new, after which no more are made."""


def front_axes(axes: Sequence[Axis], terms: Terms) -> tuple[str, ...]:
    """Keys of the axes by which the front is told: those of the terms, else the default ones.

    Raises `RedesignError` for one that the arena does not have, or that has no direction.
    """
    from polku.log.mapping import nearest
    from polku.redesign.default_axes import front_default

    known = {a.key: a for a in axes}
    for key in (*terms.on, *terms.weights):
        if key not in known:
            raise RedesignError(f"terms: axis {key!r} is not known; {nearest(key, known)}")
    for key in terms.on:
        if not known[key].sign:
            raise RedesignError(
                f"terms: axis {key!r} has no direction, so it cannot tell a front; leave it out"
            )
    if terms.on:
        return terms.on
    default = front_default(tuple(axes))
    return default or tuple(a.key for a in axes if a.sign and a.column is None)


def weights_of(on: Sequence[str], terms: Terms) -> dict[str, float]:
    """The weights of the terms, else equal ones for the axes of the front."""
    return dict(terms.weights) or dict.fromkeys(on, 1.0)


def search(
    arena: Looking,
    current: Candidate,
    moves: Sequence[Move],
    people: Sequence[Candidate],
    terms: Terms,
    *,
    budget: float | None = None,
    rounds: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    tried: Tried | None = None,
    staff: Staff | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Search for better prototypes than the current state.

    Parameters: `moves` that may be made, `people`: prototypes drawn by people, tried alike;
    `budget`: seconds, after which no round is begun; `rounds` at most (both None: until more
    looking would not change the front); `seed`: of what is drawn by lot; `tried`: looks of an
    earlier search of the same (`Tried.open`), to which new ones are added; `staff`: counts people's
    hours for "no_more_staff"; `clock`: seconds.

    Raises `RedesignError` for a budget too small for one honest comparison (the current state and
    one other, `HONEST` replications each), naming the least needed.
    """
    begun = clock()
    on = front_axes(arena.axes, terms)
    table = Tried(len(arena.axes)) if tried is None else tried
    race = Race(arena, table, terms, on, weights_of(on, terms), seed, staff)
    growing = Growing(current, tuple(moves), terms, seed)
    walk = _Walk(race, growing, _first(race, growing, current, people, staff), staff)
    done, last, stopped = 0, 0.0, ""
    while not stopped:
        before = clock()
        walk.round(done)
        done += 1
        last = clock() - before
        spent = clock() - begun
        if done == 1 and budget is not None and spent > budget and len(race.entries) > 1:
            raise RedesignError(
                f"budget: {budget:g} seconds are too few for one honest comparison (the current "
                f"state and one prototype, {HONEST} replications each); give at least "
                f"{math.ceil(spent * 10) / 10:g}"
            )
        if progress is not None:
            progress(_share(spent, budget, done, rounds), _says(race, done))
        stopped = walk.stops()
        if not stopped and rounds is not None and done >= rounds:
            stopped = f"{done} round{'s are' if done > 1 else ' is'} done"
        if not stopped and budget is not None and spent + last > budget:
            stopped = f"the budget of {budget:g} seconds is spent"
    return _found(race, growing, done, clock() - begun, stopped)


def _first(
    race: Race, growing: Growing, current: Candidate, people: Sequence[Candidate],
    staff: Staff | None,
) -> list[Candidate]:  # fmt: skip
    """Let in the current state, and say who is looked at first: people's, then single moves."""
    names = [current.key, *(p.key for p in people)]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise RedesignError(f"prototype {twice!r} is there twice; give one another name")
    race.enter(current)
    growing.seen.add(frozenset())
    waiting = list(people)
    for candidate in growing.singles():
        why = _more_staff(race, candidate, staff)
        if why is None:
            waiting.append(candidate)
        else:
            growing.refused.append(Refused(candidate.key, f"breaks {why.name!r}: {why.why}"))
    return waiting


def _more_staff(race: Race, candidate: Candidate, staff: Staff | None) -> ConstraintTold | None:
    """What needs no look: that a candidate has more staff than it may."""
    only = tuple(c for c in race.terms.constraints if c.kind == "no_more_staff")
    if not only:
        return None
    nothing = np.zeros((0, len(race.arena.axes)))
    terms = Terms(constraints=only[:1])
    today = race.current.candidate.base
    return broken(told(candidate, nothing, nothing, race.arena.axes, terms, staff, today=today))


@dataclass(eq=False)
class _Walk:
    """Where a search is: who waits for a first look, and what the last ladders brought."""

    race: Race
    growing: Growing
    waiting: list[Candidate]
    staff: Staff | None
    still: int = 0
    undecided: int = 0
    newest: list[Entry] = field(default_factory=list)
    singles_done: bool = False

    def round(self, done: int) -> None:
        """Take the looks of one round and judge what was seen."""
        race = self.race
        wanted: dict[int, int] = {}
        if done == 0:
            wanted[0] = HONEST
            if self.waiting:
                wanted[race.enter(self.waiting.pop(0)).row] = HONEST
        else:
            self._decide(wanted)
            self._enter(wanted)
        race.take(wanted)
        if done == 0:
            if race.current.out is not None:
                raise RedesignError(f"the current state {race.current.out}")
            race.measure()
        race.judge()
        self._weigh()

    def _decide(self, wanted: dict[int, int]) -> None:
        """Looks at the undecided: half of the round, all of it where nobody waits."""
        share = LOOKS if not self._more_to_come() else LOOKS // 2 if self.singles_done else 0
        for row, n in self.race.undecided().items() if share else ():
            trial = {**wanted, row: n}
            if wanted and len(self.race.needs(trial)) > share:
                break
            wanted[row] = n

    def _enter(self, wanted: dict[int, int]) -> None:
        """First looks at those that wait, and at new ladders."""
        race = self.race
        self.newest = []
        size = max(1, (LOOKS - len(race.needs(wanted))) // FIRST)
        if not self.waiting and self._more_to_come():
            self.singles_done = True
            grown = self.growing.generation(race, size)
            if not grown:
                self.still = _STILL
            self.waiting = [c for c in grown if _more_staff(race, c, self.staff) is None]
        for _ in range(min(size, len(self.waiting))):
            entry = race.enter(self.waiting.pop(0))
            wanted[entry.row] = FIRST
            self.newest.append(entry)

    def _more_to_come(self) -> bool:
        return bool(self.waiting) or (
            self.still < _STILL and len(self.race.entries) < MOST_CANDIDATES
        )

    def _weigh(self) -> None:
        """Whether the newest ladders brought anything to the front."""
        ladders = [e for e in self.newest if len(e.moves) > 1]
        if ladders:
            best = next(iter(self.race.contenders()), None)
            news = any(e.out is None and (e.chance >= 0.5 or e is best) for e in ladders)
            self.still = 0 if news else self.still + 1
        self.undecided = len(self.race.undecided())

    def stops(self) -> str:
        """Why there is nothing more to do; empty while there is."""
        if self._more_to_come():
            return ""
        if len(self.race.entries) == 1:
            return "there is nothing to try: no move can be made and no prototype was drawn"
        if self.undecided:
            return ""
        if len(self.race.entries) >= MOST_CANDIDATES:
            return f"{MOST_CANDIDATES} prototypes were tried, and who is on the front is decided"
        return "more looking will not change the front: new ladders bring nothing, all is decided"


def _share(spent: float, budget: float | None, done: int, rounds: int | None) -> float | None:
    if budget is None and rounds is None:
        return None
    shares = [spent / budget if budget else 0.0, done / rounds if rounds else 0.0]
    return min(max(shares), 1.0)


def _says(race: Race, done: int) -> str:
    """ "round 7, 143 prototypes, best so far: parallelise(a, b) (−12 days)"."""
    best = next(iter(race.contenders()), race.current)
    axes = race.arena.axes
    k = next((k for k, a in enumerate(axes) if a.key == "lead_time.p50"), None)
    change = f"{best.score:+.1f} hundredths"
    if k is not None and best.row:
        with np.errstate(invalid="ignore"):
            d = float(np.mean((race.values(best) - race.values(race.current)[: best.n])[:, k]))
        if math.isfinite(d):
            change = f"{d:+.1f} days"
    change = change.replace("-", "−")
    name = "the current state" if not best.row else f"{best.candidate.key} ({change})"
    return f"round {done}, {len(race.entries) - 1} prototypes, best so far: {name}"


def _found(race: Race, growing: Growing, done: int, seconds: float, stopped: str) -> Found:
    front = race.apart([e for e in race.contenders() if e.chance >= 0.5]) or [race.current]
    on_front = {e.row for e in front}
    winner, why = race.winner(front[0])
    kept = [_kept(race, e, e.row in on_front) for e in race.entries if e.n]
    first, *others = kept
    others.sort(key=lambda k: (-k.score, len(k.candidate.moves), k.key))
    refused = list(growing.refused)
    if growing.unlisted:
        refused.append(Refused(f"{growing.unlisted} more combinations", "cannot be made together"))
    refused += [Refused(e.candidate.key, e.out) for e in race.entries[1:]
                if e.out is not None and (e.broken or e.candidate.key in race.tried.failures)
                and len(e.moves) <= 1]  # fmt: skip
    effort = Effort(
        len(kept) - 1, race.looks, done, seconds, stopped,
        sum(UNDECIDED[0] <= e.chance <= UNDECIDED[1] for e in race.inside() if e.row),
    )  # fmt: skip
    return Found(
        axes=race.arena.axes, on=race.on, weights=dict(race.weights), seed=race.seed,
        scale=race.scale, tolerance=race.tolerance, kept=(first, *others),
        front=tuple(e.candidate.key for e in front), best=front[0].candidate.key,
        winner=None if winner is None else winner.candidate.key, why=why,
        refused=tuple(refused), effort=effort,
    )  # fmt: skip


def _kept(race: Race, e: Entry, on_front: bool) -> Kept:
    values, now = race.values(e).copy(), race.values(race.current)[: e.n]
    m = mean_of(scores(race.arena.axes, race.weights, race.scale, values, now))
    nothing = float("nan")
    return Kept(
        e.candidate, values, e.chance if e.out is None else 0.0,
        nothing if m.value is None else m.value, nothing if m.low is None else m.low,
        nothing if m.high is None else m.high, e.constraints, on_front, e.out,
    )  # fmt: skip
