"""What a process tree allows: step by step, whole sequences, and all short ones.

A tree after an activity is again a tree: what is left to do (the derivative of Brzozowski 1964,
here with interleaving). So the states of the process are trees, silent moves need no search, and
only states that are reached are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from polku.path.mining.tree import Tree

_NONE, _DONE = 0, 1  # nothing is allowed; finished


class Automaton:
    """The states of a tree, numbered as they are met; a finite deterministic automaton, lazily.

    A state never is a dead end: from each the process can be finished.

    >>> from polku.path.mining.tree import parse
    >>> process = Automaton(parse("->('a', X(tau, 'b'))"))
    >>> after = process.after(process.start, "a")
    >>> process.may_end(after), process.enabled(after)
    (True, ('b',))
    """

    def __init__(self, tree: Tree) -> None:
        self.activities = tree.activities
        self._bit = {a: 1 << k for k, a in enumerate(self.activities)}
        self._number: dict[tuple[object, ...], int] = {}
        self._state: list[tuple[object, ...]] = []
        self._null: list[bool] = []
        self._all: list[int] = []  # activities that occur in a state
        self._next: list[int] = []  # activities that may come first in it
        self._after: dict[tuple[int, int], int] = {}
        self._make(("none",), False, 0, 0)
        self._make(("done",), True, 0, 0)
        self.start = self._of(tree)

    # -- asking

    def may_end(self, state: int) -> bool:
        """Whether the process may be finished without a further activity."""
        return self._null[state]

    def enabled(self, state: int) -> tuple[str, ...]:
        """The activities that may come next, sorted."""
        return tuple(a for a in self.activities if self._next[state] & self._bit[a])

    def n_enabled(self, state: int) -> int:
        """How many activities may come next."""
        return self._next[state].bit_count()

    def allows(self, state: int, activity: str) -> bool:
        """Whether this activity may come next."""
        return bool(self._next[state] & self._bit.get(activity, 0))

    def after(self, state: int, activity: str) -> int:
        """The state after an activity; `nowhere` where it is not allowed."""
        bit = self._bit.get(activity, 0)
        return self._derive(state, bit) if bit else _NONE

    @property
    def nowhere(self) -> int:
        """The state in which nothing is allowed."""
        return _NONE

    def accepts(self, sequence: Iterable[str]) -> bool:
        """Whether the process may be exactly this sequence."""
        state = self.start
        for name in sequence:
            state = self.after(state, name)
            if state == _NONE:
                return False
        return self._null[state]

    # -- states; each is kept once and simplified as it is made

    def _make(self, key: tuple[object, ...], null: bool, every: int, first: int) -> int:
        found = self._number.get(key)
        if found is None:
            found = self._number[key] = len(self._state)
            self._state.append(key)
            self._null.append(null)
            self._all.append(every)
            self._next.append(first)
        return found

    def _of(self, tree: Tree) -> int:
        if tree.kind == "tau":
            return _DONE
        if tree.kind == "activity":
            bit = self._bit[tree.name]
            return self._make(("one", bit), False, bit, bit)
        children = []
        for child in tree.children:
            children.append(self._of(child))  # noqa: PERF401 - one frame for each level
        if tree.kind == "exclusive":
            return self._either(children)
        if tree.kind == "parallel":
            return self._together(children)
        if tree.kind == "loop":
            return self._then(children[0], self._again(children[0], children[1]))
        state = _DONE
        for one in reversed(children):
            state = self._then(one, state)
        return state

    def _either(self, states: Sequence[int]) -> int:
        if len(states) == 1:
            return states[0]
        found: set[int] = set()
        for state in states:
            key = self._state[state]
            found.update(key[1] if key[0] == "either" else (state,))  # type: ignore[arg-type]
        found.discard(_NONE)
        if not found:
            return _NONE
        if len(found) == 1:
            return found.pop()
        every = first = 0
        for state in found:
            every |= self._all[state]
            first |= self._next[state]
        null = any(self._null[s] for s in found)
        return self._make(("either", tuple(sorted(found))), null, every, first)

    def _then(self, one: int, two: int) -> int:
        if one == _NONE or two == _NONE:
            return _NONE
        if one == _DONE or two == _DONE:
            return two if one == _DONE else one
        null, first = self._null[one], self._next[one]
        if null:
            first |= self._next[two]
        every = self._all[one] | self._all[two]
        return self._make(("then", one, two), null and self._null[two], every, first)

    def _together(self, states: Sequence[int]) -> int:
        found: list[int] = []
        for state in states:
            key = self._state[state]
            found.extend(key[1] if key[0] == "together" else (state,))  # type: ignore[arg-type]
        if _NONE in found:
            return _NONE
        found = sorted(s for s in found if s != _DONE)
        if len(found) < 2:
            return found[0] if found else _DONE
        every = first = 0
        for state in found:
            every |= self._all[state]
            first |= self._next[state]
        null = all(self._null[s] for s in found)
        return self._make(("together", tuple(found)), null, every, first)

    def _again(self, do: int, redo: int) -> int:
        """Any number of times the second and the first: all of a loop but its beginning."""
        if do == redo == _DONE:
            return _DONE
        first = self._next[redo] | (self._next[do] if self._null[redo] else 0)
        return self._make(("again", do, redo), True, self._all[do] | self._all[redo], first)

    def _derive(self, state: int, bit: int) -> int:
        if not self._next[state] & bit:
            return _NONE
        known = self._after.get((state, bit))
        if known is not None:
            return known
        kind, *rest = self._state[state]
        first, null = self._next, self._null
        if kind == "one":
            found = _DONE
        elif kind == "either":
            made = []
            for s in rest[0]:  # type: ignore[attr-defined]
                if first[s] & bit:
                    made.append(self._derive(s, bit))  # noqa: PERF401 - one frame for each level
            found = self._either(made)
        elif kind == "then":
            one: int = rest[0]  # type: ignore[assignment]
            two: int = rest[1]  # type: ignore[assignment]
            found = self._then(self._derive(one, bit), two)
            if null[one] and first[two] & bit:
                found = self._either((found, self._derive(two, bit)))
        elif kind == "together":
            states: tuple[int, ...] = rest[0]  # type: ignore[assignment]
            made = []
            for k, s in enumerate(states):
                if first[s] & bit:
                    others = (*states[:k], *states[k + 1 :])
                    made.append(self._together((self._derive(s, bit), *others)))
            found = self._either(made)
        else:  # again
            do: int = rest[0]  # type: ignore[assignment]
            redo: int = rest[1]  # type: ignore[assignment]
            once = self._then(self._derive(redo, bit), do)
            if null[redo] and first[do] & bit:
                once = self._either((once, self._derive(do, bit)))
            found = self._then(once, state)
        self._after[state, bit] = found
        return found


def accepts(tree: Tree, sequence: Iterable[str]) -> bool:
    """Whether a sequence of activities is in the language of a tree, exactly.

    >>> from polku.path.mining.tree import parse
    >>> accepts(parse("+('a', *('b', 'c'))"), ["b", "a", "c", "b"])
    True
    """
    return Automaton(tree).accepts(sequence)


def language(tree: Tree, longest: int) -> Iterator[tuple[str, ...]]:
    """All sequences of the language with at most so many activities, short ones first."""
    process = Automaton(tree)
    at: list[tuple[tuple[str, ...], int]] = [((), process.start)]
    for _ in range(longest + 1):
        yield from (words for words, state in at if process.may_end(state))
        at = [
            ((*words, name), process.after(state, name))
            for words, state in at
            for name in process.enabled(state)
        ]
