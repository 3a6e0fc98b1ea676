"""Whether a candidate keeps what the terms ask of it, in sentences that name segment and figures.

A constraint is broken where that is shown (the interval lies beyond the bound), kept where it is
shown that it is (up to what counts as no difference), else not decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.front import ConstraintTold
from polku.redesign.move import apply_all
from polku.redesign.paired import LEVEL, Mean, difference, mean_of
from polku.redesign.prototype import Prototype
from polku.redesign.terms import Constraint, Terms

Floats = npt.NDArray[np.float64]
Verdict = Literal["kept", "broken", "not decided"]
Staff = Callable[[Prototype], float]
"""Hours a week of all people in a prototype's pools."""

_WORDS: Mapping[str, str] = {
    "lead_time.p50": "median lead time",
    "on_time.share": "share on time",
}
_APART = ("unit", "pool")
_RANK = {"broken": 0, "not decided": 1, "kept": 2}


class _One(NamedTuple):
    verdict: Verdict
    why: str


def staff_hours(on: Prototype) -> float:
    """Hours a week of all people in a prototype's pools, each person once."""
    from polku.redesign.staff import staff_hours_total

    return staff_hours_total(on.scenario)


def told(
    candidate: Candidate, values: Floats, current: Floats, axes: Sequence[Axis], terms: Terms,
    staff: Staff | None = None, *, level: float = LEVEL, today: Prototype | None = None,
) -> tuple[ConstraintTold, ...]:  # fmt: skip
    """For each constraint of the terms whether a candidate keeps it.

    Parameters: `values`, `current`: figures of the candidate and of the current state in the same
    replications f8[replications, axes]; `staff`: counts people's hours (default: `staff_hours`),
    asked only where the terms have "no_more_staff"; `level`: of the intervals; `today`: the current
    state (default: the candidate's base).
    """
    return tuple(
        _constraint(c, candidate, values, current, axes, staff or staff_hours, level, today)
        for c in terms.constraints
    )


def broken(found: Sequence[ConstraintTold]) -> ConstraintTold | None:
    """The first constraint that is shown to be broken."""
    return next((c for c in found if c.verdict == "broken"), None)


def _constraint(
    c: Constraint, candidate: Candidate, values: Floats, current: Floats, axes: Sequence[Axis],
    staff: Staff, level: float, today: Prototype | None,
) -> ConstraintTold:  # fmt: skip
    if c.kind == "no_more_staff":
        before = staff(today or candidate.base)
        after = staff(apply_all(candidate.moves, candidate.base))
        more = after > before * (1 + 1e-9)
        why = f"people's hours in the calendars: {after:g} a week, today {before:g}"
        return ConstraintTold(c.name, "broken" if more else "kept", why)
    parts = list(_parts(c, values, current, axes, level))
    if not parts:
        return ConstraintTold(c.name, "not decided", _nothing(c))
    worst = min(parts, key=lambda p: _RANK[p.verdict])
    same = [p for p in parts if p.verdict == worst.verdict]
    if worst.verdict == "kept" and len(same) > 1:
        why = f"kept for all {len(same)}: {same[0].why}; …"
    else:
        why = "; ".join(p.why for p in same[:3]) + ("; …" if len(same) > 3 else "")
    return ConstraintTold(c.name, worst.verdict, why)


def _nothing(c: Constraint) -> str:
    match c.kind:
        case "no_segment_worse":
            return (
                "there are no segments to compare"
                if c.column is None
                else f"{c.column}: is no column of segments here"
            )
        case "utilisation_at_most":
            return "the utilisation of no such pool is known"
    return f"{c.of}: is no figure of the arena"


def _parts(
    c: Constraint, values: Floats, current: Floats, axes: Sequence[Axis], level: float
) -> Iterator[_One]:
    for k, axis in enumerate(axes):
        if c.kind == "no_segment_worse":
            if _is_segment(axis) and (c.column is None or axis.column == c.column):
                yield _not_worse(c, axis, values[:, k], current[:, k], level)
        elif c.kind == "utilisation_at_most":
            if axis.id == "utilisation" and axis.column == "pool" and c.of in (None, axis.value):
                yield _level(c, axis, values[:, k], current[:, k], level)
        elif axis.key == c.of:
            yield _level(c, axis, values[:, k], current[:, k], level)


def _is_segment(axis: Axis) -> bool:
    return (
        f"{axis.id}.{axis.statistic}" in _WORDS
        and axis.column is not None
        and axis.column not in _APART
    )


def _not_worse(c: Constraint, axis: Axis, of: Floats, now: Floats, level: float) -> _One:
    """A segment's figure against the current state's, in pairs."""
    what = f"{axis.column}={axis.value}: {_WORDS[f'{axis.id}.{axis.statistic}']}"
    share = axis.unit == "share"
    bound = c.bound / 100 if share else c.bound
    allowed = f"allowed {c.bound:g} {'percentage points' if share else axis.unit}"
    both = ~np.isnan(of) & ~np.isnan(now)
    if not both.any():
        return _One("not decided", f"{what} cannot be told")
    if np.isinf(of[both]).any() or np.isinf(now[both]).any():
        late, early = float(np.isinf(of[both]).mean()), float(np.isinf(now[both]).mean())
        if late > early:
            return _One("broken", f"{what} is no longer reached, {allowed}")
        return _One("not decided", f"{what} is not reached today either")
    m = mean_of(axis.sign * difference(of, now), level)
    slack = max(axis.floor, axis.share * abs(float(now[both].mean())))
    verdict = _verdict(m, bound, slack)
    return _One(verdict, f"{what} {_worse(m, axis)}, {allowed}")


def _worse(m: Mean, axis: Axis) -> str:
    """A change for the worse in words: "3.2 days longer (2.1 to 4.3)"."""
    factor, unit = (100.0, "percentage points") if axis.unit == "share" else (1.0, axis.unit)
    assert m.value is not None
    value = m.value * factor
    down = "lower" if axis.sign < 0 else "longer" if axis.id == "lead_time" else "higher"
    up = "higher" if axis.sign < 0 else "shorter" if axis.id == "lead_time" else "lower"
    word, turn = (down, 1.0) if value >= 0 else (up, -1.0)
    if m.low is None or m.high is None:
        return f"{abs(value):.2g} {unit} {word}"
    low, high = sorted((turn * m.low * factor, turn * m.high * factor))
    return f"{abs(value):.2f} {unit} {word} ({low:.2f} to {high:.2f})"


def _verdict(m: Mean, bound: float, slack: float) -> Verdict:
    """Of a figure that must not exceed a bound."""
    if m.value is None or m.low is None or m.high is None:
        return "not decided"
    if m.low > bound and m.value > bound + slack:
        return "broken"
    return "kept" if m.high <= bound + slack else "not decided"


def _level(c: Constraint, axis: Axis, of: Floats, now: Floats, level: float) -> _One:
    """A figure itself against its bound."""
    what = f"utilisation of {axis.value}" if c.kind == "utilisation_at_most" else axis.key
    least = c.kind == "at_least"
    sign = -1.0 if least else 1.0
    share = axis.unit == "share"
    limit = f"{'at least' if least else 'at most'} {_figure(c.bound, axis)} allowed"
    known = of[~np.isnan(of)]
    if not len(known):
        return _One("not decided", f"{what} cannot be told")
    if np.isinf(known).any():
        return _One("not decided" if least else "broken", f"{what} is not reached, {limit}")
    m = mean_of(sign * of, level)
    assert m.value is not None
    told_as = _figure(sign * m.value, axis)
    if m.low is not None and m.high is not None:
        low, high = sorted((sign * m.low, sign * m.high))
        told_as += f" ({_figure(low, axis)} to {_figure(high, axis)})"
    before = now[np.isfinite(now)]
    today = f", today {_figure(float(before.mean()), axis)}" if len(before) else ""
    verdict = _verdict(m, sign * c.bound, 1e-9 if share else 1e-9 * abs(c.bound))
    return _One(verdict, f"{what} {told_as}, {limit}{today}")


def _figure(value: float, axis: Axis) -> str:
    return f"{100 * value:.1f} %" if axis.unit == "share" else f"{value:.2f} {axis.unit}"
