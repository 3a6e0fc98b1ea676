"""Whether a measured log kept what was predicted, and how sure the advice really was."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from polku.errors import RedesignError
from polku.measure.measurement import Figure, Measurement
from polku.redesign.axes import Direction
from polku.redesign.plain_json import plain
from polku.redesign.prediction import LEVEL, Measure, Predicted, Prediction, interval, of_facts
from polku.shares import wilson_interval

if TYPE_CHECKING:
    from polku.log.eventlog import EventLog
    from polku.measure.facts import Facts
    from polku.path.model import Path

FORMAT = "polku.kept/1"
FEW = 20
"""Figures below which nothing is said of how sure the advice was, unless it was clearly wrong."""
Outcome = Literal["inside", "outside", "not reached", "not measurable", "not comparable"]


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One predicted figure held against a log.

    `predicted`, `low`, `high`: mean and prediction interval, widened where the log has fewer
    matters; `value`, `value_low`, `value_high`: the log's own figure with its interval; `side`:
    "better" or "worse" than predicted where it is outside; `n`: matters behind it; `why`: what
    keeps it from being compared.
    """

    key: str
    id: str
    unit: str
    direction: Direction
    outcome: Outcome
    side: Literal["better", "worse", ""]
    predicted: float
    low: float
    high: float
    value: float | None
    value_low: float | None
    value_high: float | None
    n: int
    why: str = ""


@dataclass(frozen=True)
class Kept:
    """A prediction held against one log.

    `matters`, `predicted_matters`: in the log, and for which was predicted; `wider`: by what the
    variance of one log's figure was multiplied for it; `first`, `last`: ISO days of what the log
    holds.
    """

    path: str
    option: str
    log: str
    matters: int
    predicted_matters: float
    wider: float
    horizon_days: float
    first: str | None
    last: str | None
    rows: tuple[KeptRow, ...]
    cautions: tuple[str, ...] = ()

    @property
    def judged(self) -> tuple[KeptRow, ...]:
        """The rows that are inside or outside."""
        return tuple(r for r in self.rows if r.outcome in ("inside", "outside"))

    @property
    def inside(self) -> int:
        """How many are inside."""
        return sum(r.outcome == "inside" for r in self.rows)


@dataclass(frozen=True, slots=True)
class Hits:
    """How many predicted figures of a criterion were inside, with Wilson's interval."""

    criterion: str
    judged: int
    inside: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """How sure the advice was over all paths, against the 95 % that it claims.

    `share`, `low`, `high`: of figures inside, with Wilson's interval (None: nothing was judged);
    `by_criterion`: the worst first; `verdict`: by the exact binomial test at 5 %, which few figures
    do not mislead; `says`: it in a sentence.
    """

    logs: int
    judged: int
    inside: int
    share: float | None
    low: float | None
    high: float | None
    claimed: float
    by_criterion: tuple[Hits, ...]
    verdict: Literal["as sure as it claimed", "too sure", "less sure than it could be", "not told"]
    says: str


@dataclass(frozen=True)
class Held:
    """Predictions held against logs, and what they say of the advice together."""

    kept: tuple[Kept, ...]
    calibration: Calibration

    def to_json(self) -> dict[str, Any]:
        """The document `polku.kept/1` (see `polku.schemas`)."""
        return {"format": FORMAT, **plain(self)}

    def dumps(self) -> str:
        """The document as text; the same logs give the same bytes."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def kept(
    prediction: Prediction,
    log: EventLog | Facts | Measurement,
    *,
    name: str = "",
    path: Path | None = None,
) -> Kept:
    """Hold a prediction against a log, criterion by criterion.

    Parameters: `log`: a log or its facts, which are measured with the prediction's horizon, or a
    measurement, whose figures are taken as they are; `name`: of the log, for the report; `path`:
    the published path, which tells contacts where the log marks none.

    A figure is compared only where its definition has the same hash. A log of fewer matters than
    were predicted for has a wider interval: one log's variance goes with 1 ÷ matters.

    Raises `RedesignError` for a log without matters.
    """
    if isinstance(log, Measurement):
        measured, own, span = log, None, (log.log.first, log.log.last)
    else:
        measured, own, span = _measure(prediction, log, path)
    matters = measured.log.matters
    if not matters:
        raise RedesignError(f"{name or 'the log'}: holds no matters; give the log of a year")
    wider = max(1.0, prediction.matters / matters)
    figures = {f.key: f for f in measured.criteria}
    rows = tuple(_row(p, figures, prediction, own, wider) for p in prediction.figures)
    return Kept(
        prediction.path, prediction.option, name, matters, prediction.matters, wider,
        prediction.horizon_days, _day(span[0]), _day(span[1]), rows,
        tuple(_cautions(prediction, matters, span)),
    )  # fmt: skip


def _measure(
    prediction: Prediction, log: EventLog | Facts, path: Path | None
) -> tuple[Measurement, Measure, tuple[str | None, str | None]]:
    """The log's figures by the criteria that are predicted, its measure, and its arrivals."""
    from polku.log.eventlog import EventLog
    from polku.measure.measuring import measure
    from polku.measure.reading import facts as facts_of
    from polku.measure.registry import Catalogue, catalogue

    ids = {f.id.split(".", 1)[0] for f in prediction.figures} | {f.id for f in prediction.figures}
    known = Catalogue()
    for criterion in catalogue():
        if criterion.id in ids:
            known.add(criterion)
    columns = {f.column for f in prediction.figures if f.column is not None}
    if isinstance(log, EventLog):
        there = tuple(sorted(columns & set(log.cases.columns)))
        facts = facts_of(log, segments=there, known=known, path=path)
    else:
        facts = log
        there = tuple(sorted(columns & set(facts.matters.columns)))
    measured = measure(facts, by=there, known=known, horizon_days=prediction.horizon_days)
    arrivals = facts.matters["arrival"].cast(int)
    ends = (arrivals.min(), arrivals.max())
    return measured, of_facts(facts), (_iso(ends[0]), _iso(ends[1]))


def _day(text: str | None) -> str | None:
    return None if text is None else text[:10]


def _iso(micros: Any) -> str | None:
    from datetime import UTC, datetime, timedelta

    if micros is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))).isoformat()


def _row(
    p: Predicted, figures: Mapping[Any, Figure], prediction: Prediction, own: Measure | None,
    wider: float,
) -> KeptRow:  # fmt: skip
    low, high = interval(p.value, p.spread, p.n, p.unit, wider)
    column, segment = p.column or "", p.segment or ""
    f = figures.get((p.id, p.statistic, column, segment, ""))
    if f is None:
        f = figures.get((p.id, "", "", "", ""))  # a criterion that cannot be measured has one row
    outcome, why = _outcome(p, f, prediction, own, low, high)
    told = f if f is not None and outcome in ("inside", "outside", "not reached") else None
    side: Literal["better", "worse", ""] = ""
    if outcome == "outside" and told is not None and told.value is not None:
        more = told.value > high
        side = "" if p.direction == "none" else (
            "worse" if more == (p.direction == "lower") else "better")  # fmt: skip
    return KeptRow(
        p.key, p.id, p.unit, p.direction, outcome, side, p.value, low, high,
        None if told is None else told.value, None if told is None else told.low,
        None if told is None else told.high, 0 if f is None else f.n, why,
    )  # fmt: skip


def _outcome(
    p: Predicted, f: Figure | None, prediction: Prediction, own: Measure | None, low: float,
    high: float,
) -> tuple[Outcome, str]:  # fmt: skip
    if f is None and p.column is not None:
        return "not measurable", f"the log has no matters with {p.column} = {p.segment}"
    if f is None:
        return "not measurable", "the log's measurement does not hold it"
    if f.status == "not_measurable":
        return "not measurable", f.note
    if not p.hash:
        return "not comparable", "the prediction does not say how it was defined"
    if f.hash != p.hash:
        return "not comparable", _differs(p, f, prediction, own)
    if f.horizon_days is not None and abs(f.horizon_days - prediction.horizon_days) > 1e-6:
        return "not comparable", (
            f"measured within {f.horizon_days:g} days of arrival, predicted within "
            f"{prediction.horizon_days:g}; give the log itself"
        )
    if f.status == "hidden":
        return "not comparable", "fewer than 5 matters stand behind it"
    if f.value is None or not math.isfinite(f.value):
        return "not reached", f.note or "it lies beyond what the log has seen"
    slack = 1e-9 * max(1.0, abs(p.value))
    return ("inside" if low - slack <= f.value <= high + slack else "outside"), ""


def _differs(p: Predicted, f: Figure, prediction: Prediction, own: Measure | None) -> str:
    """What differs between the two definitions, where both are told."""
    told = f"another definition (predicted {p.hash}, measured {f.hash})"
    mine = prediction.parts.get(p.id, prediction.parts.get(p.id.split(".", 1)[0]))
    if own is None or mine is None:
        return f"{told}; give the log itself, and what differs is named"
    theirs = own.parts.get(p.id, own.parts.get(p.id.split(".", 1)[0], {}))
    names = [n for n in sorted({*mine, *theirs}) if mine.get(n) != theirs.get(n)]
    return (
        f"{told}: {' and '.join(names)} of the mapping or the criterion differ" if names else told
    )


def _cautions(
    prediction: Prediction, matters: int, span: tuple[str | None, str | None]
) -> Iterator[str]:
    predicted = prediction.matters
    if matters < predicted - 0.5:
        yield (
            f"The log holds {matters:,} matters, predicted was for {predicted:,.0f}: intervals are "
            f"widened by √({predicted:,.0f} ÷ {matters:,}) = {math.sqrt(predicted / matters):.2f}."
        )
    elif matters > 1.1 * predicted:
        yield (
            f"The log holds {matters:,} matters, predicted was for {predicted:,.0f}: more arrive "
            "than was thought, or it covers more time; intervals are not narrowed."
        )
    if span[0] is None or span[1] is None:
        return
    first, last = (date.fromisoformat(t[:10]) for t in span if t is not None)
    days = (last - first).days + 1
    if days < 0.9 * prediction.days:
        yield (
            f"The log covers {days:,} days ({first} to {last}), predicted was for "
            f"{prediction.days:,.0f}: seasons that it lacks may shift every figure."
        )
    elif days > 1.6 * prediction.days:
        yield (
            f"The log covers {days:,} days ({first} to {last}), predicted was for one log of "
            f"{prediction.days:,.0f}: take one year of it."
        )
    applies = prediction.applies_from
    if applies is not None and first < date.fromisoformat(applies):
        yield (
            f"The log begins on {first}, the choice applies from {applies}: matters from before it "
            "went the old way; take those that arrived since."
        )


def calibration(every: Iterable[Kept]) -> Calibration:
    """How many predicted figures fell inside over all logs, against the 95 % claimed."""
    some = list(every)
    rows = [r for k in some for r in k.judged]
    n, inside = len(rows), sum(r.outcome == "inside" for r in rows)
    by: dict[str, list[KeptRow]] = {}
    for r in rows:
        by.setdefault(r.id, []).append(r)
    hits = tuple(sorted((_hits(id, of) for id, of in by.items()), key=lambda h: h.share))
    if not n:
        says = "Nothing could be compared, so nothing is said of the advice."
        return Calibration(len(some), 0, 0, None, None, None, LEVEL, (), "not told", says)
    low, high = wilson_interval(inside, n)
    verdict: Literal[
        "as sure as it claimed", "too sure", "less sure than it could be", "not told"
    ] = "as sure as it claimed"
    if _at_most(inside, n) < (1 - LEVEL) / 2:
        verdict = "too sure"
    elif 1 - _at_most(inside - 1, n) < (1 - LEVEL) / 2:
        verdict = "less sure than it could be"
    elif n < FEW:
        verdict = "not told"
    return Calibration(
        len(some), n, inside, inside / n, low, high, LEVEL, hits, verdict,
        _says(verdict, n, inside, low, high),
    )  # fmt: skip


def _at_most(inside: int, n: int) -> float:
    """The chance that so many or fewer of n are inside where each is with the claimed chance."""
    from scipy.special import bdtr

    return float(bdtr(inside, n, LEVEL)) if inside >= 0 else 0.0


def _hits(id: str, rows: list[KeptRow]) -> Hits:
    n, inside = len(rows), sum(r.outcome == "inside" for r in rows)
    return Hits(id, n, inside, inside / n, *wilson_interval(inside, n))


def _says(verdict: str, n: int, inside: int, low: float, high: float) -> str:
    figures = "figure" if n == 1 else "figures"
    found = (
        f"{inside} of {n} {figures} fell inside ({inside / n:.0%}, interval {low:.0%} to "
        f"{high:.0%}), where {LEVEL:.0%} was claimed"
    )
    if verdict == "not told":
        return f"{found}: too few to tell how sure the advice was."
    return (
        f"The advice was {verdict}: {found}. Figures of one log hang together, so the truth is "
        "less certain than the interval says."
    )


def hold(
    pairs: Iterable[tuple[Prediction, EventLog | Facts | Measurement, str]],
    *,
    path: Path | None = None,
) -> Held:
    """Hold predictions against logs (each with its name), and tell the calibration over all."""
    some = tuple(kept(p, log, name=name, path=path) for p, log, name in pairs)
    return Held(some, calibration(some))
