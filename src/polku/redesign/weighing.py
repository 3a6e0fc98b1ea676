"""How far a weight can move before another option wins.

The score is the one of `polku.redesign.scoring`, taken from the mean improvements that the front
holds: linear in the weights. A weight's share t of all weights moves, the others keep their
proportions to each other: score(t) = t·g + (1 − t)·r, with g the gain on the axis and r the
weighted mean gain on the others. So every option is a straight line over t, and the bounds are
where the lines of two options cross.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polku.redesign.axes import Axis
from polku.redesign.front import Front, Option, Told

TINY = 1e-12
"""Scores that are no further apart than this are equal."""
NEAR = 1e-9
"""Shares that are no further apart than this are the same."""


@dataclass(frozen=True, slots=True)
class WeightTold:
    """A weight and how much hangs on it.

    `share`: of all weights; `low`, `high`: between these shares, the others scaled in proportion,
    the option that leads at the weights given goes on leading; `below`, `above`: names of the
    options that lead beyond (None: none does, up to 0 or to 1). `chosen_low`, `chosen_high`:
    between these shares the chosen option leads (None: at none).
    """

    axis: str
    weight: float
    share: float
    low: float
    high: float
    below: str | None
    above: str | None
    chosen_low: float | None
    chosen_high: float | None


@dataclass(frozen=True, slots=True)
class Gain:
    """Improvement of an option on one axis in hundredths (positive: better), with its interval."""

    value: float
    low: float
    high: float


def weights_of(front: Front) -> dict[str, float]:
    """The front's weights, without those of axes that have no better side; equal where none."""
    sided = [a for a in front.axes if a.sign]
    given = {a.key: front.weights[a.key] for a in sided if front.weights.get(a.key, 0.0) > 0}
    return given or {a.key: 1.0 for a in sided if a.key in front.on}


def gain(axis: Axis, of: Told | None, current: Told | None) -> Gain | None:
    """Improvement over the current state by the rule of the score, cut at ± 100 hundredths.

    None where the axis cannot be scaled: the current state's value is not known, or 0, or the axis
    has no better side. What cannot be told of the option is no improvement; where a time is not
    reached in some replications, these count as ± 100 hundredths.
    """
    if not axis.sign or current is None or current.value is None:
        return None
    scale = 1.0 if axis.unit == "share" else abs(current.value)
    if not math.isfinite(scale) or scale <= 0:
        return None
    if of is None:
        return Gain(0.0, 0.0, 0.0)
    if of.change is None:
        lost = _cut(axis.sign * (of.reached - current.reached) * 100.0)
        return Gain(lost, lost, lost)
    ends = (of.change, of.change_low, of.change_high)
    mean, a, b = (_cut(-100.0 * axis.sign * (of.change if e is None else e) / scale) for e in ends)
    return Gain(mean, min(a, b), max(a, b))


def _cut(value: float) -> float:
    return max(-100.0, min(100.0, value))


def gains(front: Front, option: Option) -> dict[str, Gain]:
    """By axis key the improvements of an option; axes that cannot be scaled are left out."""
    out = {}
    for axis in front.axes:
        mine = next((f for f in option.figures if f.axis == axis.key), None)
        now = next((f for f in front.current.figures if f.axis == axis.key), None)
        if option is front.current and axis.sign and mine is not None:
            found = gain(axis, None, now)
        else:
            found = gain(axis, mine, now)
        if found is not None:
            out[axis.key] = found
    return out


def score(front: Front, option: Option, weights: Mapping[str, float]) -> Gain:
    """The score of an option with weights of one's own, from its mean improvements.

    The interval is the weighted mean of the intervals: a standard error of a sum is never more than
    the sum of the standard errors, whatever hangs together, so it is wide enough.
    """
    own = gains(front, option)
    used = {k: w for k, w in weights.items() if w > 0 and k in own}
    total = math.fsum(used.values())
    if not total:
        return Gain(0.0, 0.0, 0.0)
    value, low, high = (
        math.fsum(w * getattr(own[k], end) for k, w in used.items()) / total
        for end in ("value", "low", "high")
    )
    return Gain(value, low, high)


def sensitivity(
    front: Front, weights: Mapping[str, float], among: Sequence[str], chosen: str
) -> tuple[WeightTold, ...]:
    """For every weight, and every figure of the front without one, how far it can move.

    Parameters: `among`: names of the options that may win, in the front's order, which also
    decides between equal scores; `chosen`: one of them. A weight that stands alone cannot move
    against others: its bounds are its share.
    """
    by_name = {n: {k: g.value for k, g in gains(front, front.option(n)).items()} for n in among}
    axes = [k for k in by_name[chosen] if k in weights or k in front.on]
    used = {k: w for k, w in weights.items() if w > 0 and k in by_name[chosen]}
    total = math.fsum(used.values())
    axes.sort(key=lambda k: -used.get(k, 0.0))
    if not total:
        return ()
    out = []
    for key in axes:
        weight = used.get(key, 0.0)
        rest = {k: w for k, w in used.items() if k != key}
        if not rest:
            alone = {n: (own[key], own[key]) for n, own in by_name.items()}
            led = 1.0 if _at(alone[chosen], 1.0) >= _at(alone[winner(alone, 1.0)], 1.0) else None
            out.append(WeightTold(key, weight, 1.0, 1.0, 1.0, None, None, led, led))
            continue
        others = math.fsum(rest.values())
        lines = {
            n: (math.fsum(w * own[k] for k, w in rest.items()) / others, own[key])
            for n, own in by_name.items()
        }
        out.append(_told(key, weight, weight / total, lines, chosen))
    return tuple(out)


Lines = Mapping[str, tuple[float, float]]
"""By option the score where the weight is 0, and where it is all."""


def _at(line: tuple[float, float], t: float) -> float:
    return (1 - t) * line[0] + t * line[1]


def winner(lines: Lines, t: float) -> str:
    """The option that leads at a share t; of equal ones the first."""
    best = max(_at(line, t) for line in lines.values())
    return next(n for n, line in lines.items() if _at(line, t) >= best - TINY)


def _told(key: str, weight: float, share: float, lines: Lines, chosen: str) -> WeightTold:
    leader = winner(lines, share)
    low, high = _leads(lines, leader)
    low, high = min(low, share), max(high, share)
    mine = _leads(lines, chosen)
    led = mine[0] <= mine[1] and (chosen == leader or mine[1] - mine[0] > NEAR)
    return WeightTold(
        key, weight, share, low, high,
        None if low <= NEAR else _beyond(lines, leader, low, -1),
        None if high >= 1.0 - NEAR else _beyond(lines, leader, high, +1),
        mine[0] if led else None, mine[1] if led else None,
    )  # fmt: skip


def _leads(lines: Lines, name: str) -> tuple[float, float]:
    """The shares between which an option leads or is equal (low > high: nowhere)."""
    low, high = 0.0, 1.0
    own = lines[name]
    for other, line in lines.items():
        if other == name:
            continue
        begin, slope = own[0] - line[0], (own[1] - own[0]) - (line[1] - line[0])
        if abs(slope) <= TINY:
            if begin < -TINY:
                return 1.0, 0.0
            continue
        cross = -begin / slope
        if slope > 0:
            low = max(low, cross)
        else:
            high = min(high, cross)
    return low, high


def _beyond(lines: Lines, leader: str, bound: float, side: int) -> str:
    """Who leads just beyond a bound: of those that are equal there the one that gains fastest."""
    best = _at(lines[leader], bound)
    near = {n: line for n, line in lines.items() if n != leader}
    equal = {n: line for n, line in near.items() if _at(line, bound) >= best - NEAR}
    return max(equal or near, key=lambda n: side * (near[n][1] - near[n][0]))
