"""What the rest of a sequence will cost from each marking of a small net, worked out backwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
