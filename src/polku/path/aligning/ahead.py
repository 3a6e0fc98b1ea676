"""What the rest of a sequence will cost: exactly for a small net, at least for any."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

MOST_KEPT = 20_000
"""Ends of sequences whose costs are kept."""
_FAR = 1 << 28  # more than any cost, and twice as much is still a 32-bit number

Costs = npt.NDArray[np.int32]


class Ahead:
    """Costs between all markings of a net, and of the rest of any sequence from each of them.

    `number`: marking → its number; `edges`: (from, to, label or None) by number; `end`: number of
    the final marking, None = a sequence may stop anywhere.
    """

    def __init__(
        self,
        number: Mapping[tuple[int, ...], int],
        edges: Sequence[tuple[int, int, str | None]],
        end: int | None,
    ) -> None:
        self.number = number
        n = len(number)
        self._between: Costs = np.full((n, n), _FAR, dtype=np.int32)
        np.fill_diagonal(self._between, 0)
        by_label: dict[str, list[tuple[int, int]]] = {}
        for source, to, label in edges:
            cost = 0 if label is None else 1
            self._between[source, to] = min(int(self._between[source, to]), cost)
            if label is not None:
                by_label.setdefault(label, []).append((source, to))
        for k in range(n):  # Floyd 1962, Warshall 1962
            through = self._between[:, k, None] + self._between[k]
            np.minimum(self._between, through, out=self._between)
        self._agree = {
            label: (np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]))
            for label, pairs in by_label.items()
        }
        last = np.zeros(n, dtype=np.int32) if end is None else self._between[:, end]
        self._known: dict[tuple[str, ...], Costs] = {(): last}

    def ahead(self, rest: tuple[str, ...]) -> Costs:
        """The least cost of the rest of a sequence, i32[markings]."""
        if len(self._known) > MOST_KEPT:
            self._known = {(): self._known[()]}
        start = next(k for k in range(len(rest) + 1) if rest[k:] in self._known)
        for k in range(start - 1, -1, -1):
            then = self._known[rest[k + 1 :]]
            base = then + 1
            if rest[k] in self._agree:
                source, to = self._agree[rest[k]]
                np.minimum.at(base, source, then[to])
            self._known[rest[k:]] = np.min(self._between + base, axis=1)
        return self._known[rest]


class Outlook:
    """What tokens can still come to and must still pass in a net of any size: a bound for costs.

    A token at a place *can* come to the labels of all transitions that a way leads to, and, where
    it must be taken in the end, *must* pass those labels that are on all ways. So an event whose
    label no token can come to is extra, and a label that some token must pass and no event has is
    skipped. `pre`, `post`: places of each transition, by number; `label`: its label or None.
    """

    def __init__(
        self,
        pre: Sequence[tuple[int, ...]],
        post: Sequence[tuple[int, ...]],
        label: Sequence[str | None],
        beginnings: bool,
    ) -> None:
        names = sorted({name for name in label if name is not None})
        self.bit = {name: 1 << k for k, name in enumerate(names)}
        own = [self.bit[name] if name is not None else 0 for name in label]
        places = range(1 + max((p for some in (*pre, *post) for p in some), default=-1))
        takers: list[list[int]] = [[] for _ in places]
        for t, some in enumerate(pre):
            for p in dict.fromkeys(some):
                takers[p].append(t)
        everything = (1 << len(names)) - 1
        self._can = [0 for _ in places]
        self._must = [everything if not beginnings else 0 for _ in places]
        changed = True
        while changed:
            changed = False
            for p in places:
                can, must = 0, everything
                for t in takers[p]:
                    through = own[t]
                    can |= own[t]
                    for q in post[t]:
                        can |= self._can[q]
                        through |= self._must[q]
                    must &= through
                must = 0 if beginnings else must
                if (can, must) != (self._can[p], self._must[p]):
                    self._can[p], self._must[p] = can, must
                    changed = True
        self._known: dict[tuple[int, ...], tuple[int, int]] = {}

    def of(self, marking: tuple[int, ...]) -> tuple[int, int]:
        """Labels that the tokens of a marking can come to, and must pass, as bits."""
        if marking not in self._known:
            can = must = 0
            for p in marking:
                can |= self._can[p]
                must |= self._must[p]
            self._known[marking] = (can, must)
        return self._known[marking]

    def least(self, sequence: tuple[str, ...]) -> Callable[[int, tuple[int, ...]], int]:
        """A bound for what a sequence costs from a position and a marking on."""
        bits = [self.bit.get(label, 0) for label in sequence]
        left = [0] * (len(bits) + 1)  # labels of the events from here on
        for k in range(len(bits) - 1, -1, -1):
            left[k] = left[k + 1] | bits[k]
        known: dict[tuple[int, int, int], int] = {}

        def bound(at: int, marking: tuple[int, ...]) -> int:
            can, must = self.of(marking)
            key = (at, can, must)
            if key not in known:
                extra = sum(not bit & can for bit in bits[at:])
                known[key] = extra + (must & ~left[at]).bit_count()
            return known[key]

        return bound
