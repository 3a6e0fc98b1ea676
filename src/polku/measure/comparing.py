"""The verb `compare`: has it become better, and could these numbers have shown it?

Every criterion is compared on its hash: figures of two definitions are not set against each
other. What could pass for an effect is guarded against: only the calendar months that both sides
have, figures standardised over kind and channel, a common horizon, the earlier period seen as it
stood at the change (so that open matters are treated alike), matters that straddle the change
apart, and, where there is one, a control path or town (difference in differences).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

import numpy as np

from polku.errors import ComparisonError, LogError
from polku.log.eventlog import EventLog
from polku.log.mapping import nearest
from polku.measure.agreed import AgreedSet
from polku.measure.cohort import DAY
from polku.measure.comparison import Comparison, Row
from polku.measure.contrasts import (
    controlled,
    empty_row,
    rows_of,
    texts_that_differ,
)
from polku.measure.decompose import decompose
from polku.measure.facts import Facts
from polku.measure.figures_compared import compare_measurements
from polku.measure.measurement import Measurement, Segment
from polku.measure.pairs import Pair
from polku.measure.reading import facts as facts_of
from polku.measure.registry import Catalogue, Criterion, catalogue
from polku.measure.segments import segment_values
from polku.measure.sides import (
    LEAST_A_SIDE,
    Side,
    backlog,
    facts_as_of,
    last_moment,
    log_as_of,
    moment_of,
    overlap,
    same_months,
    straddling,
)
from polku.measure.verdicts import finished

UNKNOWN_ENDS = (
    "the log does not tell which matters have ended: the backlog, and matters that straddle the "
    "change, are not known"
)

Subject: TypeAlias = EventLog | Facts


@dataclass(frozen=True)
class Rules:
    """How a comparison is made.

    `agreed`: keep to a city's agreed set and its horizon; `months`: only calendar months that both
    sides have; `draws`: of the bootstrap below 2,000 matters.
    """

    known: Catalogue
    agreed: AgreedSet | None = None
    months: bool = True
    confidence: float = 0.95
    seed: int = 0
    draws: int = 2000


def compare(
    before: Subject | Measurement,
    after: Subject | Measurement,
    *,
    control: tuple[Subject, Subject] | None = None,
    agreed: AgreedSet | None = None,
    months: bool = True,
    known: Catalogue | None = None,
    seed: int = 0,
    draws: int = 2000,
) -> Comparison:
    """Compare two logs (or facts, or measurements) criterion by criterion.

    `control`: the same two periods of a path or town where nothing was changed; its change is
    taken off (difference in differences). `agreed`: keep to a city's agreed set; `months`: keep
    to calendar months that both sides have; `known`: other criteria than the whole catalogue.
    Two measurements give differences with intervals only: what needs facts is said in `guards`.
    Raises `ComparisonError` when a side has no matters, or only one side is a measurement.
    """
    if isinstance(before, Measurement) or isinstance(after, Measurement):
        if not (isinstance(before, Measurement) and isinstance(after, Measurement)):
            raise ComparisonError(
                "compare: one side is a measurement, the other is not; "
                "give two measurements, or two logs or facts"
            )
        return compare_measurements(before, after)
    rules = Rules(catalogue() if known is None else known, agreed, months, 0.95, seed, draws)
    first, second = _side("before", before, rules), _side("after", after, rules)
    both = overlap(first.facts, second.facts)
    guards = [f"{both} matters stand in both logs: the sides are not independent"] if both else []
    for side in (first, second):
        if side.n and side.facts.closed_known:
            last = backlog(side.facts, last_moment(side.facts))
            guards.append(f"{side.name}: {last} of {side.n} matters open when the log ends")
    others = None
    if control is not None:
        others = _side("before", control[0], rules), _side("after", control[1], rules)
    return _compared("logs", (first, second), others, rules, guards, None)


def compare_at(
    log: Subject,
    at: str | date | datetime,
    *,
    control: Subject | None = None,
    agreed: AgreedSet | None = None,
    months: bool = True,
    known: Catalogue | None = None,
    seed: int = 0,
    draws: int = 2000,
) -> Comparison:
    """Compare the matters of a log that arrived before a change with those that came after it.

    `at`: the date of the change (its local midnight) or a time. The earlier matters are seen as
    they stood at that moment: what was open then is open, so neither side knows more of its slow
    matters than the other. `control`: a log where nothing was changed, split at the same time.
    Raises `ComparisonError` when `at` is no date, or no matter arrived on one side of it.
    """
    rules = Rules(catalogue() if known is None else known, agreed, months, 0.95, seed, draws)
    facts = _facts(log, rules)
    moment = moment_of(at, facts.zone)
    sides = _split(log, facts, moment, str(at), rules)
    apart = straddling(facts, moment) if facts.closed_known else None
    guards = (
        [UNKNOWN_ENDS]
        if apart is None
        else [
            f"{apart['matters']} matters arrived before the change and went on after it: before, "
            f"they count as open at the change ({apart['open']} of them are open still)",
            f"backlog: {backlog(facts, moment)} open at the change, "
            f"{backlog(facts, last_moment(facts))} when the log ends",
        ]
    )
    others = None
    if control is not None:
        others = _split(control, _facts(control, rules), moment, str(at), rules)
    return _compared("periods", sides, others, rules, guards, apart)


def compare_by(
    log: Subject,
    column: str,
    *,
    agreed: AgreedSet | None = None,
    known: Catalogue | None = None,
    seed: int = 0,
    draws: int = 2000,
) -> Comparison:
    """Compare each segment (or town) of a log with all the others.

    `column`: a matter column. In the rows `before` is the others, `after` the segment that stands
    in `by`; segments with fewer than 5 matters, or fewer than 5 others, are left out and counted.
    Raises `ComparisonError` when there is no such column, or it has fewer than two segments.
    """
    rules = Rules(catalogue() if known is None else known, agreed, False, 0.95, seed, draws)
    facts = _facts(log, rules, (column,))
    if column not in facts.matters.columns:
        raise ComparisonError(
            f"--by {column}: the matters have no such column; {nearest(column, facts.segments)}"
        )
    values = facts.matters[column].fill_null("(none)")
    rows: list[Row] = []
    hidden = 0
    found = segment_values(column, values)
    for value in found:
        mine = (values == value).to_numpy()
        small = min(np.count_nonzero(mine), np.count_nonzero(~mine))
        if small < LEAST_A_SIDE:
            hidden += 1
            continue
        pair = Pair(
            Side("others", facts, np.flatnonzero(~mine).astype(np.int32)),
            Side(str(value), facts, np.flatnonzero(mine).astype(np.int32)),
            rules.confidence, seed, draws, _agreed_horizon(agreed), Segment(column, str(value)),
        )  # fmt: skip
        rows += _rows(pair, rules)
    if not rows:
        raise ComparisonError(
            f"--by {column}: {len(found)} segments, and none of them with {LEAST_A_SIDE} matters "
            "or more has as many others beside it; choose another column"
        )
    whole = Side(f"each segment of {column}", facts)
    guards = [f"segments with fewer than {LEAST_A_SIDE} matters, left out: {hidden}"]
    return Comparison(
        "segments", replace(whole, name="the others").summary(), whole.summary(),
        finished(rows, rules.confidence), tuple(guards if hidden else []), seed=seed,
    )  # fmt: skip


def _facts(log: Subject, rules: Rules, segments: tuple[str, ...] = ()) -> Facts:
    if isinstance(log, Facts):
        return log
    try:
        return facts_of(log, segments=segments, known=rules.known)
    except LogError as e:
        raise ComparisonError(str(e)) from e


def _side(name: str, log: Subject, rules: Rules) -> Side:
    return Side(name, _facts(log, rules))


def _split(log: Subject, facts: Facts, moment: int, at: str, rules: Rules) -> tuple[Side, Side]:
    late = facts.matters["arrival"].to_numpy() >= moment
    if late.all() or not late.any():
        where = "before" if late.all() else "from then on"
        raise ComparisonError(
            f"--at {at}: no matter arrived {where}; choose a date within the log's arrivals"
        )
    if isinstance(log, EventLog):
        earlier = facts_of(log_as_of(log, moment), known=rules.known, segments=facts.segments)
    else:
        earlier = facts_as_of(facts, moment)
    return Side("before", earlier), Side("after", facts, np.flatnonzero(late).astype(np.int32))


def _agreed_horizon(agreed: AgreedSet | None) -> int | None:
    return int(agreed.horizon_days * DAY) if agreed and agreed.horizon_days else None


def _compared(
    kind: str,
    sides: tuple[Side, Side],
    others: tuple[Side, Side] | None,
    rules: Rules,
    guards: list[str],
    apart: dict[str, float | int | None] | None,
) -> Comparison:
    for side in sides:
        if not side.n:
            raise ComparisonError(f"{side.name}: no matters; there is nothing to compare")
    pairs = []
    for i, two in enumerate(p for p in (sides, others) if p is not None):
        if rules.months:
            *kept, note = same_months(*two)
            two = (kept[0], kept[1])
            guards += [f"{'control: ' if i else ''}{note}"] if note else []
        pairs.append(
            Pair(*two, rules.confidence, rules.seed, rules.draws, _agreed_horizon(rules.agreed))
        )
    pair = pairs[0]
    if pair.strata:
        guards.append(f"standardised over {pair.strata[0].over}")
    else:
        guards.append("neither kinds nor channels of matters are known: not standardised")
    if others is not None:  # the control has to be followed no longer than the path itself
        h = min(p.horizon for p in pairs)
        pairs = [replace(p, agreed_horizon=h) for p in pairs]
        pair = pairs[0]
    rows = _rows(pair, rules)
    if others is not None:
        theirs = {(r.id, r.statistic): r for r in _rows(pairs[1], rules)}
        rows = [
            controlled(r, theirs.get((r.id, r.statistic)), rules.confidence)
            if r.statistic != "log_rank" else replace(r, p=None, basis="")
            for r in rows
        ]  # fmt: skip
        guards.append("less the change of the control (difference in differences)")
    parts, cannot = decompose(pair)
    return Comparison(
        kind,  # type: ignore[arg-type]
        pair.before.summary(), pair.after.summary(), finished(rows, rules.confidence),
        tuple(guards), apart, parts, cannot, rules.confidence, rules.seed,
    )  # fmt: skip


def _rows(pair: Pair, rules: Rules) -> list[Row]:
    rows: list[Row] = []
    for criterion in rules.known:
        if criterion.per_segment or not _wanted(criterion, rules.agreed):
            continue
        rows += _rows_or_reason(criterion, pair)
    if rules.agreed is not None:
        kept = rules.agreed
        rows = [
            r for r in rows
            if r.statistic in ("", "rmst", "log_rank") or kept.holds(r.id, r.statistic)
        ]  # fmt: skip
    return rows


def _wanted(criterion: Criterion, agreed: AgreedSet | None) -> bool:
    if agreed is None:
        return True
    return any(c.id.split(".", 1)[0] == criterion.id or c.id == criterion.id
               for c in agreed.criteria)  # fmt: skip


def _rows_or_reason(criterion: Criterion, pair: Pair) -> list[Row]:
    sides = (pair.before, pair.after)
    id, facts = criterion.id, (pair.before.facts, pair.after.facts)
    hashes = [f.hashes.get(id, "") for f in facts]

    def reason(verdict: str, says: str) -> list[Row]:
        return [replace(empty_row(criterion, sides, verdict, says, hashes[0]), by=pair.by)]

    lacking = [
        f"{name}: {f.missing.get(id, 'not among its facts')}"
        for name, f in zip(("before", "after"), facts, strict=True)
        if id in f.missing or id not in f.hashes
    ]
    if lacking:
        same = len({text.split(": ", 1)[1] for text in lacking}) == 1 and len(lacking) == 2
        says = lacking[0].split(": ", 1)[1] if same else "; ".join(lacking)
        return reason("not_measurable", f"not measurable ({says})")
    if hashes[0] != hashes[1]:
        what = texts_that_differ(*(f.definitions.get(id, {}) for f in facts))
        what = what or f"hash {hashes[0]} before, {hashes[1]} after"
        return reason("refused", f"refused: another definition ({what})")
    return rows_of(criterion, pair)
