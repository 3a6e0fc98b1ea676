"""One criterion on two sides: its rows, with the plain, standardised and controlled difference."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace

import numpy as np

from polku.measure.cohort import DAY
from polku.measure.comparison import Adjusted, Row
from polku.measure.estimate import Estimate, interval, normal_quantile
from polku.measure.facts import Bools, Causes, Fact, Ints, Marks, Promise, Rows, Times
from polku.measure.measurement import Direction, Figure
from polku.measure.mixing import Stratified, common_weights, curves_of, mixed_quantiles
from polku.measure.pairs import Pair
from polku.measure.rank import each_against_rest
from polku.measure.recurrent import default_horizon
from polku.measure.registry import Criterion, Statistic
from polku.measure.sides import LEAST_A_SIDE, Side, Strata
from polku.measure.standardise import CellFigures, Cells, Contrast, Floats, standardised
from polku.measure.statistics import (
    QUANTILES,
    CleanShare,
    Expected,
    Incidence,
    KeptShare,
    Quantiles,
)
from polku.measure.survival import kaplan_meier, rmst
from polku.measure.testing import Difference, difference, two_sided

COVER = 0.8
"""From this share of the matters on, a standardised difference bears the verdict."""

POWER = 0.8


def rows_of(criterion: Criterion, pair: Pair) -> list[Row]:
    """The rows of one criterion that both sides measure in the same way."""
    first, second = (s.facts.values[criterion.id] for s in (pair.before, pair.after))
    out: list[Row] = []
    mixed: _Mixed | None = None
    is_time = any(isinstance(s, Quantiles) for s in criterion.statistics)
    if is_time and isinstance(first, Times) and isinstance(second, Times):
        sides = [_times(pair.before, first), _times(pair.after, second)]
        out += _time_rows(criterion, pair, first, second, sides)
        mixed = _mix(criterion, pair, sides)
    for statistic in criterion.statistics:
        figures = [
            {f.statistic: f for f in statistic.figures(criterion, fact, cohort)}
            for fact, cohort in zip((first, second), pair.cohorts, strict=True)
        ]
        adjust = _adjuster(statistic, pair, first, second)
        for name in figures[0]:
            if name in figures[1] and not name.startswith("closed_"):
                row = row_of(figures[0][name], figures[1][name], pair.confidence)
                if adjust:
                    row = _standardising(row, adjust, pair)
                elif isinstance(statistic, Quantiles):
                    row = _mixing(row, mixed)
                if pair.strata and row.standardised is None and row.p is not None:
                    row = noting(row, "not standardised")
                out.append(row)
    return [replace(r, by=pair.by) for r in out]


def row_of(first: Figure, second: Figure, confidence: float) -> Row:
    """The plain row of two figures; intervals are joined by squares, p is the normal one."""
    d = difference(_estimate(first), _estimate(second), confidence)
    notes = [f"before: {first.note}" if first.note else "", d.note]
    notes.insert(1, f"after: {second.note}" if second.note else "")
    hidden = min(first.n, second.n) < LEAST_A_SIDE
    if hidden:
        d, notes = _NOTHING, [f"fewer than {LEAST_A_SIDE} matters on a side"]
    return Row(
        id=first.id, principle=first.principle, statistic=first.statistic, unit=first.unit,
        direction=first.direction,
        before=None if hidden else first.value, after=None if hidden else second.value,
        n_before=first.n, n_after=second.n, open_before=first.open, open_after=second.open,
        difference=d.value, low=d.low, high=d.high, se=d.se, p=d.p, p_holm=None,
        standardised=None, control=None, detectable=d.detectable,
        basis="plain" if d.p is not None else "", verdict="not_measurable", says="",
        horizon_days=first.horizon_days, hash=first.hash,
        note="; ".join(n for n in dict.fromkeys(notes) if n),
    )  # fmt: skip


_NOTHING = Difference(None, None, None, None, None, None)


def _estimate(figure: Figure) -> Estimate:
    status = "not_reached" if figure.value is None else "ok"
    return Estimate(figure.value, figure.low, figure.high, figure.se, status, figure.note)  # type: ignore[arg-type]


Adjuster = Callable[[Cells], CellFigures]


def _adjuster(
    statistic: Statistic, pair: Pair, first: Fact, second: Fact
) -> tuple[Callable[[Cells], CellFigures], Callable[[Cells], CellFigures], int] | None:
    """How a statistic's figure is worked out in cells, on each side, and its horizon."""
    h = pair.horizon
    if isinstance(statistic, Expected) and isinstance(first, Marks) and isinstance(second, Marks):
        return (lambda c: c.means(first)), (lambda c: c.means(second)), h
    if isinstance(statistic, KeptShare):
        if isinstance(first, Promise) and isinstance(second, Promise):
            return (lambda c: c.kept(first)), (lambda c: c.kept(second)), h
    elif isinstance(statistic, CleanShare | Incidence):
        clean = isinstance(statistic, CleanShare)
        above = (statistic.good,) if isinstance(statistic, CleanShare) else (statistic.cause,)
        below = (statistic.good, statistic.bad) if isinstance(statistic, CleanShare) else None
        assert clean is (below is not None)
        if isinstance(first, Causes) and isinstance(second, Causes):
            return (
                lambda c: c.incidence(first, above, below),
                lambda c: c.incidence(second, above, below),
                h,
            )
    return None


def _standardising(
    row: Row,
    adjust: tuple[Callable[[Cells], CellFigures], Callable[[Cells], CellFigures], int],
    pair: Pair,
    scale: float = 1.0,
) -> Row:
    """The row with its standardised difference, on which its verdict then rests."""
    best: tuple[Contrast, Strata] | None = None
    for way in pair.strata:
        cells = pair.cells_of(way, adjust[2])
        found = standardised(adjust[0](cells[0]), adjust[1](cells[1]))
        if found is not None and (best is None or found.covers > best[0].covers):
            best = (found, way)
        if best is not None and best[0].covers >= COVER:
            break
    if best is None or row.difference is None:
        return row
    contrast, way = best
    value, se = contrast.value / scale, contrast.se / scale
    low, high = interval(value, se, "plain", pair.confidence)
    adjusted = Adjusted(
        value, low, high, se, _p(value, se), contrast.covers, f"over {way.over}"
    )  # fmt: skip
    row = replace(row, standardised=adjusted)
    if contrast.covers < COVER:
        note = f"standardised over {way.over} only {contrast.covers:.0%} of the matters could be"
        return noting(row, note)
    return replace(
        row, p=adjusted.p, detectable=detectable(se, pair.confidence), basis="standardised"
    )


def noting(row: Row, note: str) -> Row:
    """The row with a further note."""
    return replace(row, note="; ".join(n for n in (row.note, note) if n))


def _p(value: float, se: float) -> float:
    return two_sided(value / se) if se > 0 else (1.0 if value == 0 else 0.0)


def detectable(se: float, confidence: float, tests: int = 1) -> float:
    """The smallest difference shown in 8 of 10 times, with Bonferroni for so many tests."""
    alpha = (1 - confidence) / tests
    return (normal_quantile(1 - alpha) + normal_quantile(2 * POWER - 1)) * se


Watched = tuple[Rows, Ints, Bools, Ints]
"""Of the matters that a time is about: rows, elapsed µs, ended, entry µs."""


def _times(side: Side, fact: Times) -> Watched:
    rows = side.all_rows
    if fact.applies is not None:
        rows = rows[fact.applies[rows]]
    entry = side.facts.matters["entry"].to_numpy()[rows]
    return rows, fact.elapsed[rows].astype(np.int64), fact.ended[rows], entry


def _by_stratum(way: Strata, sides: list[Watched]) -> tuple[Stratified, Stratified]:
    first, second = (
        curves_of(elapsed, ended, entry, code[rows], len(way.names))
        for (rows, elapsed, ended, entry), code in zip(sides, (way.before, way.after), strict=True)
    )
    return first, second


@dataclass(frozen=True)
class _Mixed:
    """Differences of the quantiles of a time in a common mix, by their names."""

    differences: AnyMapping[str, Difference]
    over: str
    covers: float


def _mix(criterion: Criterion, pair: Pair, sides: list[Watched]) -> _Mixed | None:
    """The quantiles in a common mix, in the finest way that covers enough of the matters."""
    best: tuple[float, Strata, Floats, tuple[Stratified, Stratified]] | None = None
    for way in pair.strata:
        two = _by_stratum(way, sides)
        weights, covers = common_weights(*two)
        if covers > 0 and (best is None or covers > best[0]):
            best = (covers, way, weights, two)
        if covers >= COVER:
            break
    if best is None:
        return None
    covers, way, weights, two = best
    names = [n for s in criterion.statistics if isinstance(s, Quantiles) for n in s.names]
    levels = tuple(QUANTILES[n] for n in names)
    first, second = (mixed_quantiles(x, weights, levels, pair.confidence) for x in two)
    found = {
        name: difference(a.times(1 / DAY), b.times(1 / DAY), pair.confidence)
        for name, a, b in zip(names, first, second, strict=True)
    }
    return _Mixed(found, way.over, covers)


def _mixing(row: Row, mixed: _Mixed | None) -> Row:
    """A quantile's row with the difference of the quantiles in a common mix."""
    if mixed is None or row.difference is None or row.statistic not in mixed.differences:
        return row
    d = mixed.differences[row.statistic]
    note = f"over {mixed.over}"
    row = replace(row, standardised=Adjusted(d.value, d.low, d.high, d.se, d.p, mixed.covers, note))
    if mixed.covers < COVER or d.p is None:
        return row
    return replace(row, p=d.p, detectable=d.detectable, basis="standardised")


def _time_rows(
    criterion: Criterion, pair: Pair, first: Times, second: Times, sides: list[Watched]
) -> list[Row]:
    """Restricted means to the common horizon, and the log-rank test, of a time."""
    if min(len(s[0]) for s in sides) < LEAST_A_SIDE:
        return []
    own = [default_horizon(e, d) for _, e, d, _ in sides]
    horizon = min(own) if pair.agreed_horizon is None else pair.agreed_horizon
    estimates = [
        rmst(kaplan_meier(e, d, entry, confidence=pair.confidence), horizon).times(1 / DAY)
        for _, e, d, entry in sides
    ]
    figures = [
        _as_figure(criterion, e, s, horizon, pair) for e, s in zip(estimates, sides, strict=True)
    ]
    row = row_of(figures[0], figures[1], pair.confidence)

    def of(fact: Times) -> Adjuster:
        return lambda c: c.only(fact.applies).rmst_of(fact.elapsed, fact.ended)

    row = _standardising(row, (of(first), of(second), horizon), pair, scale=DAY)
    note = f"mean time to the end or to {horizon / DAY:.3g} days, whichever is first"
    row = replace(row, note="; ".join(n for n in (note, row.note) if n))
    return [row, _log_rank_row(pair, sides, row)]


def _as_figure(
    criterion: Criterion,
    e: Estimate,
    side: Watched,
    horizon: int,
    pair: Pair,
) -> Figure:
    open_ = int(len(side[0]) - np.count_nonzero(side[2]))
    return Figure(
        criterion.id, criterion.principle, "rmst", e.value, "days", e.low, e.high, e.se,
        len(side[0]), open_, criterion.direction, pair.before.facts.hashes[criterion.id],
        e.status, e.note, horizon_days=horizon / DAY,
    )  # fmt: skip


def _log_rank_row(
    pair: Pair,
    sides: list[Watched],
    mean: Row,
) -> Row:
    """The log-rank test over the whole curves, stratified as far as strata are known."""
    way = pair.strata[0] if pair.strata else None
    joined = [np.concatenate([s[i] for s in sides]) for i in (1, 2, 3)]
    group = np.repeat([0, 1], [len(s[0]) for s in sides])
    layer = None
    if way is not None:
        codes = zip((way.before, way.after), sides, strict=True)
        layer = np.concatenate([code[s[0]] for code, s in codes])
    order = np.argsort(joined[0], kind="stable")
    elapsed, ended, entry = (a[order] for a in joined)
    strata = None if layer is None else layer[order]
    p = each_against_rest(elapsed, ended, group[order].astype(np.int32), 2, strata, entry)[1]
    over = f", stratified over {way.over}" if way else ""
    return replace(
        mean, statistic="log_rank", unit="p", before=None, after=None, difference=None, low=None,
        high=None, se=None, p=p, detectable=None, horizon_days=None,
        basis="" if p is None else ("standardised" if way else "plain"), standardised=None,
        note=f"log-rank test of the whole curves{over}",
    )  # fmt: skip


def controlled(row: Row, other: Row | None, confidence: float) -> Row:
    """The row less the same difference on the control: difference in differences."""
    if other is None or row.difference is None:
        return row
    mine, theirs = _bearing(row), _bearing(other)
    if mine is None or theirs is None:
        return row
    value, se = mine[0] - theirs[0], math.hypot(mine[1], theirs[1])
    low, high = interval(value, se, "plain", confidence)
    p = _p(value, se)
    note = f"the control changed by {theirs[0]:.3g} {row.unit} in the same time"
    return replace(
        row, control=Adjusted(value, low, high, se, p, None, note), p=p, basis="control",
        detectable=detectable(se, confidence),
    )  # fmt: skip


def _bearing(row: Row) -> tuple[float, float] | None:
    """The difference and standard error that a row's verdict rests on."""
    if row.basis == "standardised" and row.standardised is not None:
        found: tuple[float | None, float | None] = (row.standardised.value, row.standardised.se)
    else:
        found = (row.difference, row.se)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def empty_row(
    criterion: Criterion, sides: tuple[Side, Side], verdict: str, says: str, hash: str
) -> Row:
    """The row of a criterion that cannot be compared, with the reason."""
    direction: Direction = criterion.direction
    return Row(
        criterion.id, criterion.principle, "", criterion.unit, direction, None, None,
        sides[0].n, sides[1].n, 0, 0, None, None, None, None, None, None, None, None, None, "",
        verdict, says, hash=hash,  # type: ignore[arg-type]
    )  # fmt: skip


def texts_that_differ(first: AnyMapping[str, str], second: AnyMapping[str, str]) -> str:
    """What differs between two definitions of one criterion, in words."""
    out = []
    for name in sorted({*first, *second}, key=lambda n: (not n.startswith("["), n)):
        a, b = first.get(name, "absent"), second.get(name, "absent")
        if a != b:
            out.append(f"{name}: {_short(a)} before, {_short(b)} after")
    return "; ".join(out)


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
