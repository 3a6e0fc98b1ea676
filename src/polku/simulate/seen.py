"""What the pictures of a fidelity show: the real log's shape beside the simulated logs' shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from polku.simulate.distances import WEEK, Ints, Profile, gram_names

MOST_GRAMS = 14
PERIODS = 60
"""Periods over which events are shown, about."""
POINTS = 120
"""Points of a curve."""
SHOWN_SHARE = 0.99
"""Curves of times end where this share of the real and simulated values lies."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """A real share beside simulated ones, at each place.

    `at`: the place (hour of the week, hours since, hours since 1970 UTC at which a period
    begins); `real`; `mean`, `low`, `high` over the simulated logs (least and greatest).
    """

    at: tuple[float, ...]
    real: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Seen:
    """The shapes behind each distance.

    `grams`: the most frequent 3-grams and `gram_shares` of all 3-grams (`at` counts them);
    `periods`: share of events (starts and completions) in periods of `period_hours`; `week`: share
    in each hour of the week; `since`, `cycle`: share of events and matters up to so many hours.
    """

    grams: tuple[tuple[str, str, str], ...]
    gram_shares: Shape
    periods: Shape
    period_hours: int
    week: Shape
    since: Shape
    cycle: Shape

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Seen:
        """The shapes that a fidelity's JSON holds."""
        shapes = {
            name: Shape(**{k: tuple(v) for k, v in data[name].items()})
            for name in ("gram_shares", "periods", "week", "since", "cycle")
        }
        grams = tuple((g[0], g[1], g[2]) for g in data["grams"])
        return cls(grams=grams, period_hours=data["period_hours"], **shapes)


def see(real: Profile, simulated: Sequence[Profile], names: Sequence[str]) -> Seen:
    """What the pictures show of profiles made with the activities `names`."""
    every = (real, *simulated)
    grams = _common_grams(every)
    hours = [p.hours.bin for p in every]
    first = min(int(h.min()) for h in hours)
    length = _period(max(int(h.max()) for h in hours) - first + 1)
    # periods of whole weeks begin on a Monday, all others on a whole multiple
    first -= (first + 72) % length if length % WEEK == 0 else first % length
    count = (max(int(h.max()) for h in hours) - first) // length + 1

    def shares_of(read: Callable[[Profile], Ints], size: int) -> list[Floats]:
        counted = [np.bincount(read(p), minlength=size)[:size] for p in every]
        return [c / c.sum() for c in counted]

    return Seen(
        grams=tuple(gram_names(grams, names)),
        gram_shares=_shape(
            np.arange(len(grams)), [_gram_shares(p.grams.bin, grams) for p in every]
        ),
        periods=_shape(
            first + length * np.arange(count),
            shares_of(lambda p: (p.hours.bin - first) // length, count),
        ),
        period_hours=length,
        week=_shape(np.arange(WEEK), shares_of(lambda p: p.week.bin, WEEK)),
        since=_cumulated([p.since.bin for p in every], 1.0),
        cycle=_cumulated([p.minutes.bin + _least(p) for p in every], 1 / 60),
    )


def _least(p: Profile) -> int:
    return p.shortest // 60_000_000


def _period(hours: int) -> int:
    """A length of period in which people think, so that about `PERIODS` make the whole."""
    for length in (1, 3, 6, 12, 24, 168, 2 * 168, 4 * 168, 13 * 168):
        if hours / length <= PERIODS:
            return length
    return 52 * 168


def _common_grams(every: Sequence[Profile]) -> Ints:
    """The 3-grams that are most frequent in the real log or the simulated ones."""
    parts = [np.unique(p.grams.bin, return_counts=True) for p in every]
    codes = np.unique(np.concatenate([c for c, _ in parts]))
    shares = np.array([_gram_shares(p.grams.bin, codes) for p in every])
    weight = np.maximum(shares[0], shares[1:].mean(0))
    best = np.argsort(-weight, kind="stable")[:MOST_GRAMS]
    return codes[best[np.argsort(-shares[0][best], kind="stable")]]


def _gram_shares(grams: Ints, codes: Ints) -> Floats:
    found, counts = np.unique(grams, return_counts=True)
    place = np.minimum(np.searchsorted(found, codes), len(found) - 1)
    return np.asarray(np.where(found[place] == codes, counts[place], 0) / len(grams))


def _cumulated(values: Sequence[Ints], unit: float) -> Shape:
    """Share of values up to each of some places; `unit` hours."""
    end = max(float(np.quantile(v, SHOWN_SHARE)) for v in values)
    at = np.linspace(0, max(end, 1.0), POINTS)
    ordered = [np.sort(v) for v in values]
    return _shape(at * unit, [np.searchsorted(v, at, side="right") / len(v) for v in ordered])


def _shape(at: npt.NDArray[Any], rows: Sequence[Floats]) -> Shape:
    made = np.array(rows[1:])
    return Shape(
        at=_told(at),
        real=_told(rows[0]),
        mean=_told(made.mean(0)),
        low=_told(made.min(0)),
        high=_told(made.max(0)),
    )


def _told(values: npt.NDArray[Any]) -> tuple[float, ...]:
    return (
        tuple(float(f"{v:.6g}") for v in values)
        if values.dtype.kind == "f"
        else tuple(float(v) for v in values)
    )
