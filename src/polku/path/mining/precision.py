"""Precision by escaping edges: how much a process allows that its log never does.

Muñoz-Gama and Carmona (2010), "A fresh look at precision in process conformance". For every
beginning of a way that the process allows, the activities that it allows next are compared with
those that followed in the log; every beginning counts with the matters that had it, whole ways
included: 1 - (allowed and never taken) / (allowed).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Process(Protocol):
    """What is asked of a process; `polku.path.mining.tree_language.Automaton` is one.

    A state is a number; silent moves are part of `after` and `n_enabled`, not states of their own.
    """

    start: int

    def allows(self, state: int, activity: str, /) -> bool:
        """Whether an activity may come next, perhaps after silent moves."""

    def after(self, state: int, activity: str, /) -> int:
        """The state after an activity that is allowed."""

    def n_enabled(self, state: int, /) -> int:
        """How many activities may come next, perhaps after silent moves."""

    def may_end(self, state: int, /) -> bool:
        """Whether the process may be finished without a further activity."""


@dataclass(frozen=True)
class Precision:
    """The precision of a process and what it rests on.

    `value`: 0 to 1; `fitting`: matters whose whole way the process allows; `cut_short`: matters
    that count only with the beginning of their way that the process allows: what they did there
    against it, and everything later, is left out, so that it is neither allowed nor taken.
    """

    value: float
    fitting: int
    cut_short: int


def precision(process: Process, ways: Sequence[tuple[Sequence[str], int]]) -> Precision:
    """The precision of a process for the ways of a log with their matters.

    1 where nothing is allowed that is not done, as where nothing is allowed at all.

    >>> from polku.path.mining.tree import parse
    >>> from polku.path.mining.tree_language import Automaton
    >>> precision(Automaton(parse("->('a', X('b', 'c'))")), [("ab", 1)]).value
    0.6666666666666667
    """
    allowed = escaping = fitting = 0
    everyone = sum(n for _, n in ways)
    # the beginnings of the ways, in the order of the alphabet: a beginning is a run of them
    rows = sorted((tuple(way), n) for way, n in ways)
    stack = [(0, len(rows), 0, process.start)]
    while stack:
        low, high, depth, state = stack.pop()
        here = sum(n for _, n in rows[low:high])
        at, taken = low, 0
        while at < high and len(rows[at][0]) == depth:
            if process.may_end(state):
                fitting += rows[at][1]
            at += 1
        while at < high:
            name, since = rows[at][0][depth], at
            while at < high and rows[at][0][depth] == name:
                at += 1
            if process.allows(state, name):
                taken += 1
                stack.append((since, at, depth + 1, process.after(state, name)))
        able = process.n_enabled(state)
        allowed += able * here
        escaping += (able - taken) * here
    value = 1 - escaping / allowed if allowed else 1.0
    return Precision(value, fitting, everyone - fitting)
