"""The noise floor: how far apart two logs of the *same* truth lie, and how much further simulated.

No simulator can come nearer to a log than another log of the same process would, and how near that
is depends on the number of matters. So the real log's matters are parted at random, many times,
into two disjoint halves of m matters; the mean distance between the halves is the floor. (Two
disjoint parts of a sample are a pair of samples of the truth; a bootstrap of the log shares matters
with it and draws a floor that even the truth cannot reach.) A simulated log is held against the
same halves with m of its own matters, so both distances are of m matters against m matters, and
their ratio is 1 for a simulator that is the truth, where matters are drawn one by one. Where whole
logs of the truth vary less than that (matters that arrive at even distances), the two halves, each
of which has what the other lacks, lie further apart than two logs do, and the truth comes as low as
√½ ≈ 0.71; where matters share luck that halves of one log share too (a month of long queues), it
comes above 1, and only the interval's blocks tell of it.

**Intervals.** One real log is one draw of the truth: however many halves are cut from it, its own
luck stays in all of them, so the spread over halves divided by their number would be far too small
an error. Instead the real matters are parted into blocks, and everything is worked out anew from
the same halves without one block at a time (delete-a-group jackknife, Shao & Tu 1995, ch. 2):
its variance is that of drawing another real log. Matters that come close together share queues and
seasons, so the blocks are of consecutive arrivals; only for the distance of absolute times, from
which a block of arrivals would tear a hole, they are drawn at random. The ratio adds the
variance between simulated logs; both on the logarithm of the ratio, with Student's t at
Welch and Satterthwaite's degrees of freedom. The jackknife's variance is too large rather than too
small (Efron & Stein, 1981), for distances near the floor about twice: where the simulator is the
truth the interval holds 1 in 93 to 100 of 100 runs (`bench/fidelity.py --truth`).
Only for `cedd` of logs with a weekday of a few events it does not: whether that day occurs in a
half at all decides the distance, and neither floor nor ratio mean much; `cedd_week` has no such
fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polku.simulate.distances import NAMES, Bins, Counted, Ints, Profile, measured

SPLITS = 200
"""Random pairs of halves."""
MOST_MATTERS = 5_000
"""Matters of a half at most; from there on distances hardly depend on the number."""
FEWEST_MATTERS = 4
"""Matters from which a log can be halved."""
FEWEST_FOR_INTERVALS = 40
"""Matters from which blocks are large enough to be left out."""
AT_RANDOM = ("aedd",)
"""Distances whose blocks are drawn at random."""

Rows = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimated:
    """A figure with its interval; null bounds where there is no ground for one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Nearness:
    """One distance at the halves' size.

    `floor`: mean distance between two halves of the real log, with the interval of what is expected
    of such a pair; `pair_low`, `pair_high`: within which 95 % of the single pairs lie;
    `simulated`: mean distance of m simulated matters to a half; `ratio` of the two; null where
    the floor is 0.
    """

    floor: Estimated
    pair_low: float
    pair_high: float
    simulated: float
    ratio: Estimated | None


def half_size(real: int, simulated: Sequence[int]) -> int:
    """Matters that are held against each other: half of the real log, or what a simulated has."""
    return min(real // 2, *simulated, MOST_MATTERS)


def nearness(
    real: Profile,
    simulated: Sequence[Profile],
    *,
    splits: int = SPLITS,
    seed: int = 1,
    confidence: float = 0.95,
) -> dict[str, Nearness]:
    """Floor and ratio of every distance.

    `real`, `simulated`: profiles made with the same activities, zone and shortest cycle; the real
    one has at least `FEWEST_MATTERS`. Every simulated log is held against splits / logs of the
    halves, at least one. The same seed gives the same figures.
    """
    size = half_size(real.n, [p.n for p in simulated])
    splits = max(splits, len(simulated))
    drawn = _Draws(real.n, [p.n for p in simulated], size, splits, seed)
    by_arrival, at_random = _blocks(real.arrival, drawn.random)
    found = {}
    for name in NAMES:
        block = at_random if name in AT_RANDOM else by_arrival
        halves, far = _distances(name, real, simulated, drawn, block)
        found[name] = _summary(halves, far, logs=len(simulated), confidence=confidence)
    return found


class _Draws:
    """Which matters stand in which half, and which simulated ones are held against them."""

    def __init__(
        self, real: int, simulated: Sequence[int], size: int, splits: int, seed: int
    ) -> None:
        draw = np.random.Generator(np.random.Philox(seed))
        self.size = size
        self.random = draw.permutation(real)
        self.halves: list[npt.NDArray[np.int8]] = []
        self.chosen: list[npt.NDArray[np.bool_]] = []
        for k in range(splits):
            order = draw.permutation(real)
            half = np.zeros(real, dtype=np.int8)
            half[order[:size]], half[order[size : 2 * size]] = 1, 2
            self.halves.append(half)
            n = simulated[k % len(simulated)]
            chosen = np.zeros(n, dtype=bool)
            chosen[draw.permutation(n)[:size]] = True
            self.chosen.append(chosen)


def _blocks(arrival: Ints, random: Ints) -> tuple[Ints | None, Ints | None]:
    """Block of each matter, by arrival and at random; null for logs too small for blocks."""
    n = len(arrival)
    if n < FEWEST_FOR_INTERVALS:
        return None, None
    count = 20 if n >= 10 * 20 else 10
    place = np.arange(n) * count // n
    by_arrival, at_random = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    by_arrival[np.argsort(arrival, kind="stable")] = place
    at_random[random] = place
    return by_arrival, at_random


def _distances(
    name: str,
    real: Profile,
    simulated: Sequence[Profile],
    drawn: _Draws,
    block: Ints | None,
) -> tuple[Rows, Rows]:
    """Distances f64[splits, 1 + blocks] half to half, and simulated to half.

    Column 0 is of all matters, column 1 + g without those of block g.
    """
    counted = [real.counted(name), *(p.counted(name) for p in simulated)]
    bins = Bins.of(*counted)
    places = [bins.index(c.bin) for c in counted]
    width = len(bins.values)
    key = places[0] if block is None else places[0] + block[counted[0].matter] * width
    groups = 1 if block is None else int(block.max()) + 1

    def without_each(side: npt.NDArray[np.bool_], of: Counted) -> Ints:
        counts = np.bincount(key[side[of.matter]], minlength=groups * width)
        counts = counts.reshape(groups, width)
        whole = counts.sum(0, keepdims=True)
        return whole if block is None else np.concatenate([whole, whole - counts])

    halves, apart = [], []
    with np.errstate(invalid="ignore", divide="ignore"):
        for k, (half, chosen) in enumerate(zip(drawn.halves, drawn.chosen, strict=True)):
            one, other = (without_each(half == side, counted[0]) for side in (1, 2))
            log = 1 + k % len(simulated)
            made = np.bincount(places[log][chosen[counted[log].matter]], minlength=width)
            halves.append(measured(name, bins, one, other))
            apart.append(measured(name, bins, one, made))
    return np.array(halves), np.array(apart)


def _summary(halves: Rows, apart: Rows, *, logs: int, confidence: float) -> Nearness:
    floor, far = halves.mean(0), apart.mean(0)
    tail = (1 - confidence) / 2
    low, high = np.quantile(halves[:, 0], [tail, 1 - tail])
    blocks = len(floor) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        log_floor, log_ratio = np.log(floor), np.log(far) - np.log(floor)
    by_floor = (_jackknife(log_floor[1:]), blocks - 1)
    by_real = (_jackknife(log_ratio[1:]), blocks - 1)
    by_log = np.array([apart[k::logs, 0].mean() for k in range(logs)])
    ratio = None
    if floor[0] > 0:
        parts = None
        if logs > 1 and far[0] > 0:
            parts = (by_real, (float(by_log.var(ddof=1)) / logs / far[0] ** 2, logs - 1))
        ratio = _estimated(float(far[0] / floor[0]), parts, confidence)
    return Nearness(
        floor=_estimated(float(floor[0]), (by_floor,), confidence),
        pair_low=float(low),
        pair_high=float(high),
        simulated=float(far[0]),
        ratio=ratio,
    )


def _jackknife(values: Rows) -> float:
    """Variance by leaving out one block at a time; not a number where there are no blocks."""
    g = len(values)
    if g < 2 or not np.isfinite(values).all():
        return float("nan")
    return float((g - 1) / g * ((values - values.mean()) ** 2).sum())


def _estimated(
    value: float, parts: tuple[tuple[float, int], ...] | None, confidence: float
) -> Estimated:
    """The value with an interval from (variance of its logarithm, degrees of freedom) parts."""
    from scipy.stats import t

    total = sum(v for v, _ in parts) if parts else float("nan")
    if parts is None or not np.isfinite(total) or value <= 0:
        return Estimated(value)
    if total == 0:
        return Estimated(value, value, value)
    freedom = total**2 / sum(v**2 / df for v, df in parts)
    reach = float(np.exp(t.ppf((1 + confidence) / 2, freedom) * np.sqrt(total)))
    return Estimated(value, value / reach, value * reach)
