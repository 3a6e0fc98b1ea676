"""Equality: each segment of the matters against all the others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from polku.errors import CriterionError
from polku.measure.cohort import DAY, SMALL, Cohort
from polku.measure.estimate import Estimate, interval, normal_quantile, unreached
from polku.measure.facts import Bools, Fact, Marks, Promise, Times
from polku.measure.measurement import Figure, Segment
from polku.measure.order import ascending
from polku.measure.rank import each_against_rest
from polku.measure.registry import Criterion
from polku.measure.segments import (
    SegmentColumn,
    segment_cells,
    segment_columns,
    segment_horizon,
)
from polku.measure.standardise import LEAST, CellFigures, standardised
from polku.measure.survival import kaplan_meier
from polku.measure.testing import holm, ratio, two_sided

MOST_SEGMENTS = 100
"""A column with more values is no segment: somebody has to group them first."""

POWER = 0.8
NOT_EQUAL = "no difference seen is not “equal”"
_OVER_KIND = (
    "standardised over the kind of matter (weights: the kinds' shares of all matters; kinds with "
    f"fewer than {LEAST} matters on a side left out)"
)


@dataclass(frozen=True)
class _Gap:
    """A segment against the rest: plain and standardised, in the figure's unit."""

    plain: Estimate
    over_kind: Estimate | None
    p: float | None


def _none(criterion: Criterion, cohort: Cohort, note: str, id: str | None = None) -> Figure:
    figure = cohort.figure(criterion, "", unreached(note), id=id, n=0, open_matters=0)
    return replace(figure, status="not_measurable", note=note)


def _each_column(
    criterion: Criterion,
    cohort: Cohort,
    applies: Bools | None,
    gaps: Callable[[SegmentColumn], tuple[list[_Gap], list[dict[str, Estimate]], int | None]],
    names: tuple[str, str, str],
    unit: str,
    scale: float,
) -> list[Figure]:
    """The figures of every segment column; `names`: plain gap, standardised gap, ratio."""
    if not cohort.facts.segments:
        return [_none(criterion, cohort, "no segment is named ([cases] segments or --by)")]
    out: list[Figure] = []
    for column in segment_columns(cohort):
        if applies is not None:
            code = np.where(applies, column.code, np.int32(-1)).astype(np.int32)
            column = replace(column, code=code)
        id = f"{criterion.id}.{column.name}"
        n = np.bincount(column.code[column.code >= 0], minlength=len(column.values))
        if np.count_nonzero(n) < 2 or len(column.values) > MOST_SEGMENTS:
            what = "group them" if np.count_nonzero(n) > 1 else "nothing to compare"
            out.append(_none(criterion, cohort, f"{np.count_nonzero(n)} segments: {what}", id))
            continue
        found, more, horizon = gaps(column)
        adjusted = holm([None if _small(n, s) else g.p for s, g in enumerate(found)])
        open_ = _open_matters(cohort, column)
        for s, (gap, others) in enumerate(zip(found, more, strict=True)):
            if not n[s]:
                continue

            def figure(
                statistic: str,
                estimate: Estimate,
                unit: str,
                scale: float = 1.0,
                s: int = s,
                column: SegmentColumn = column,
                horizon: int | None = horizon,
                n: npt.NDArray[np.int64] = n,
                open_: npt.NDArray[np.int64] = open_,
                id: str = id,
            ) -> Figure:
                f = cohort.figure(
                    criterion, statistic, estimate, id=id, unit=unit, scale=scale,
                    by=Segment(column.name, column.values[s]), n=int(n[s]),
                    open_matters=int(open_[s]), horizon=horizon,
                )  # fmt: skip
                if _small(n, s) and f.status != "hidden":  # few others would be laid open
                    f = replace(
                        f, status="hidden", note=f"fewer than {SMALL} other matters",
                        value=None, low=None, high=None, se=None,
                    )  # fmt: skip
                return f

            p = adjusted[s]
            shown = gap.over_kind or gap.plain
            least = _detectable(shown, cohort.options.confidence)
            note = _verdict(p, least, scale, unit)
            for statistic, estimate in others.items():
                out.append(figure(statistic, estimate, "ratio"))
            out.append(figure(names[0], gap.plain.noting(note), unit, scale))
            if gap.over_kind is not None:
                out.append(figure(names[1], gap.over_kind.noting(note), unit, scale))
            out.append(figure("p", _number(gap.p), "p"))
            out.append(figure("p_holm", _number(p), "p"))
            out.append(figure("smallest_gap", _number(least).noting(NOT_EQUAL), unit, scale))
    return out


def _small(n: npt.NDArray[np.int64], s: int) -> bool:
    return bool(n[s] < SMALL or n.sum() - n[s] < SMALL)


def _open_matters(cohort: Cohort, column: SegmentColumn) -> npt.NDArray[np.int64]:
    ended = cohort.facts.matters["ended"].to_numpy()
    open_ = column.code[(column.code >= 0) & ~ended]
    return np.bincount(open_, minlength=len(column.values)).astype(np.int64)


def _number(value: float | None) -> Estimate:
    return unreached("cannot be told") if value is None else Estimate(value, None, None, None)


def _detectable(estimate: Estimate, confidence: float) -> float | None:
    """The smallest gap that numbers like these show in 8 of 10 times."""
    if estimate.se is None:
        return None
    return (normal_quantile(confidence) + normal_quantile(2 * POWER - 1)) * estimate.se


def _verdict(p: float | None, least: float | None, scale: float, unit: str) -> str:
    if p is None or least is None:
        return ""
    if p < 0.05:
        return f"differs from the others (p {p:.2g} after Holm)"
    return (
        f"no difference seen (p {p:.2g} after Holm), which is not “equal”: a gap below "
        f"{least / scale:.3g} {unit} would not have shown"
    )


def _against_rest(figures: CellFigures, s: int, count: int) -> Estimate:
    """Segment s less all the others together."""
    others = np.array([i for i in range(count) if i != s], dtype=np.intp)
    # Few matters that cannot be followed long enough do not spoil the comparison of the many.
    n = figures.n[others]
    usable = others[figures.known[others] | (n >= LEAST)]
    value, variance = figures.joined(usable)
    if math.isnan(figures.value[s]) or math.isnan(value):
        return unreached("no matter is seen as long as the horizon")
    gap = float(figures.value[s]) - value
    se = math.sqrt(float(figures.variance[s]) + variance)
    return Estimate(gap, *interval(gap, se, "plain"), se)


def _over_kind(figures: CellFigures, s: int, column: SegmentColumn) -> Estimate:
    kinds, segments = column.kinds, len(column.values)
    mine = np.arange(s * kinds, (s + 1) * kinds)
    rest = np.full((2, kinds), math.nan)
    n = np.zeros(kinds, dtype=np.int64)
    for k in range(kinds):
        others = np.array([i * kinds + k for i in range(segments + 1) if i != s], dtype=np.intp)
        usable = others[(figures.n[others] > 0) & figures.known[others]]
        n[k] = figures.n[usable].sum()
        if len(usable):
            rest[:, k] = figures.joined(usable)
    own = CellFigures(figures.value[mine], figures.variance[mine], figures.n[mine])
    found = standardised(CellFigures(rest[0], rest[1], n), own)
    if found is None:
        return unreached("segment and others share no kind with enough matters")
    low, high = interval(found.value, found.se, "plain")
    return Estimate(found.value, low, high, found.se).noting(
        "" if found.covers > 0.995 else f"over {found.covers:.0%} of the matters"
    )


def _gaps(
    column: SegmentColumn, plain: CellFigures, by_kind: CellFigures | None
) -> list[tuple[Estimate, Estimate | None]]:
    count = len(column.values)
    return [
        (
            _against_rest(plain, s, count),
            None if by_kind is None else _over_kind(by_kind, s, column),
        )
        for s in range(count)
    ]


def _p_of(plain: Estimate, over_kind: Estimate | None) -> float | None:
    e = over_kind if over_kind is not None and over_kind.value is not None else plain
    if e.value is None or not e.se:
        return None
    return two_sided(e.value / e.se)


def _wrong(criterion: Criterion, fact: Fact, wanted: str) -> CriterionError:
    return CriterionError(
        f"criterion {criterion.id}: its fact is {type(fact).__name__}, "
        f"but its statistic needs {wanted}"
    )


@dataclass(frozen=True)
class SegmentTimes:
    """Each segment's time against the others': ratio of medians, gap of restricted means."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "each segment against the rest: ratio of Kaplan–Meier medians; gap of restricted means "
            "to h, or to where every segment of 20 matters or more can be followed (a tenth, "
            "at most 10, at risk, or none gone out of sight), plain and "
            f"{_OVER_KIND}; log-rank p stratified over kind, Holm over segments; smallest gap "
            "shown with power 0.8"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Times):
            raise _wrong(criterion, fact, "Times")
        elapsed, ended = fact.elapsed.astype(np.int64), fact.ended.astype(bool)
        order, sorted_elapsed = ascending(elapsed)  # parts of a sorted array sort at once
        sorted_ended = ended[order]
        entry = cohort.facts.matters["entry"].to_numpy() if cohort.entry is not None else None

        def gaps(
            column: SegmentColumn,
        ) -> tuple[list[_Gap], list[dict[str, Estimate]], int | None]:
            horizon = segment_horizon(column, elapsed, ended, cohort.horizon)
            cells, kinds = segment_cells(column, cohort, horizon)
            plain = cells.rmst_of(elapsed, ended)
            by_kind = None if kinds is None else kinds.rmst_of(elapsed, ended)
            code = column.code[order]
            inside = code >= 0
            late = None if entry is None else entry[order]
            tests = each_against_rest(
                sorted_elapsed, sorted_ended, code, len(column.values),
                None if column.kind is None else column.kind[order], late,
            )  # fmt: skip
            found, more = [], []
            for s, (gap, over_kind) in enumerate(_gaps(column, plain, by_kind)):
                mine = code == s
                found.append(_Gap(gap, over_kind, tests[s]))
                medians = [
                    kaplan_meier(
                        sorted_elapsed[m],
                        sorted_ended[m],
                        None if late is None else late[m],
                        down_to=0.5,
                    ).quantile(0.5)
                    for m in (inside & ~mine, mine)
                ]
                r = ratio(medians[0], medians[1], cohort.options.confidence)
                more.append(
                    {
                        "median_ratio": unreached(r.note or "the medians are not reached")
                        if r.value is None
                        else Estimate(
                            r.value, r.low, r.high, r.se,
                            "ok" if r.high is not None else "not_reached", r.note,
                        )
                    }
                )  # fmt: skip
            return found, more, horizon

        names = ("rmst_gap", "rmst_gap_standardised", "median_ratio")
        return _each_column(criterion, cohort, fact.applies, gaps, names, "days", DAY)


@dataclass(frozen=True)
class SegmentShares:
    """Each segment's share of promises kept against the others'."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "each segment against the rest: gap of the shares on time (weighted for open matters, "
            f"by segment), plain and {_OVER_KIND}; p of the standardised gap, Holm over segments; "
            "smallest gap shown with power 0.8"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Promise):
            raise _wrong(criterion, fact, "Promise")

        def gaps(
            column: SegmentColumn,
        ) -> tuple[list[_Gap], list[dict[str, Estimate]], int | None]:
            cells, kinds = segment_cells(column, cohort, cohort.horizon)
            plain = cells.kept(fact)
            pairs = _gaps(column, plain, None if kinds is None else kinds.kept(fact))
            return [_Gap(a, b, _p_of(a, b)) for a, b in pairs], [{} for _ in pairs], None

        names = ("share_gap", "share_gap_standardised", "")
        return _each_column(criterion, cohort, fact.applies, gaps, names, "share", 1.0)


@dataclass(frozen=True)
class SegmentCounts:
    """Each segment's expected number within h against the others'."""

    def describe(self) -> str:
        """See `registry.Statistic`."""
        return (
            "each segment against the rest: ratio and gap of the expected numbers within the "
            "largest h that all segments of 20 matters or more reach, plain and "
            f"{_OVER_KIND}; p of the standardised gap, Holm over segments; smallest gap shown "
            "with power 0.8"
        )

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """See `registry.Statistic`."""
        if not isinstance(fact, Marks):
            raise _wrong(criterion, fact, "Marks")

        def gaps(
            column: SegmentColumn,
        ) -> tuple[list[_Gap], list[dict[str, Estimate]], int | None]:
            matters = cohort.facts.matters
            elapsed, ended = matters["elapsed"].to_numpy(), matters["ended"].to_numpy()
            horizon = segment_horizon(column, elapsed, ended, cohort.horizon)
            cells, kinds = segment_cells(column, cohort, horizon)
            plain = cells.means(fact)
            pairs = _gaps(column, plain, None if kinds is None else kinds.means(fact))
            more = []
            for s, (gap, _) in enumerate(pairs):
                own = float(plain.value[s])
                if gap.value is None or own - gap.value <= 0 or own <= 0:
                    more.append({"mean_ratio": unreached("a ratio needs two figures above 0")})
                    continue
                rest = own - gap.value
                own_v = float(plain.variance[s])
                se = (
                    own
                    / rest
                    * math.sqrt(own_v / own**2 + max((gap.se or 0.0) ** 2 - own_v, 0.0) / rest**2)
                )
                value = own / rest
                more.append({"mean_ratio": Estimate(value, *interval(value, se, "log"), se)})
            return [_Gap(a, b, _p_of(a, b)) for a, b in pairs], more, horizon

        names = ("mean_gap", "mean_gap_standardised", "mean_ratio")
        return _each_column(criterion, cohort, fact.applies, gaps, names, criterion.unit, 1.0)
