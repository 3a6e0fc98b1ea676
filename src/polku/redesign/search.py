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
from collections.abc import Callable, Mapping, Sequence

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
from polku.redesign.racing import FIRST, HONEST, INDIFFERENT, UNDECIDED, Entry, Looking, Race
from polku.redesign.scoring import scores
from polku.redesign.terms import Constraint, Terms
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
    waiting = _first(race, growing, current, people, staff)
    done, last, stopped = 0, 0.0, ""
    while not stopped:
        before = clock()
        news = _round(race, growing, waiting, done)
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
        stopped = _stops(race, news, waiting)
        if not stopped and rounds is not None and done >= rounds:
            stopped = f"{done} rounds are done"
        if not stopped and budget is not None and spent + last > budget:
            stopped = f"the budget of {budget:g} seconds is spent"
    race.judge(draws=500)
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
    terms = Terms(constraints=tuple[Constraint, ...](only[:1]))
    today = race.current.candidate.base
    return broken(told(candidate, nothing, nothing, race.arena.axes, terms, staff, today=today))


class _News:
    """What a round did: whether it made new ladders, and how many were undecided after it."""

    def __init__(self) -> None:
        self.still = 0
        self.undecided = 0
        self.grown = True
        self.last: list[Entry] = []


_NEWS: dict[int, _News] = {}


def _round(race: Race, growing: Growing, waiting: list[Candidate], done: int) -> _News:
    raise NotImplementedError


def _stops(race: Race, news: _News, waiting: list[Candidate]) -> str:
    raise NotImplementedError


def _share(spent: float, budget: float | None, done: int, rounds: int | None) -> float | None:
    if budget is None and rounds is None:
        return None
    shares = [spent / budget if budget else 0.0, done / rounds if rounds else 0.0]
    return min(max(shares), 1.0)
