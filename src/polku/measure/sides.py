"""The two sides of a comparison: which matters stand on each, seen how long, of which strata."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.errors import ComparisonError
from polku.log.eventlog import EventLog
from polku.log.mapping import Mapping
from polku.measure.cohort import Cohort, Options
from polku.measure.comparison import SideSummary
from polku.measure.facts import (
    Amounts,
    Answers,
    Bools,
    Causes,
    Clock,
    Deviations,
    Fact,
    Facts,
    Ints,
    Marks,
    Promise,
    Rows,
    Times,
)
from polku.measure.standardise import kind_codes

LEAST_A_SIDE = 5
"""With fewer matters on a side there is nothing to compare."""


WORTH = 1 / 3
"""Months are matched only where this share of the matters of each side remains."""


@dataclass(frozen=True, eq=False)
class Side:
    """Some matters of some facts: `rows` i32[k], null = all; `left_out` by the guards."""

    name: str
    facts: Facts
    rows: Rows | None = None
    left_out: int = 0

    @property
    def all_rows(self) -> Rows:
        """The rows of its matters, i32[k]."""
        if self.rows is None:
            return np.arange(self.facts.n, dtype=np.int32)
        return self.rows

    @property
    def n(self) -> int:
        """Number of matters."""
        return self.facts.n if self.rows is None else len(self.rows)

    def cohort(self, options: Options) -> Cohort:
        """Its matters as a cohort."""
        return Cohort(self.facts, self.rows, options=options)

    def column(self, name: str) -> pl.Series:
        """A column of its matters."""
        column = self.facts.matters[name]
        return column if self.rows is None else column.gather(self.rows)

    def keeping(self, mask: Bools) -> Side:
        """The side with only some of its matters; the others count as left out."""
        if mask.all():
            return self
        left = self.left_out + int(len(mask) - np.count_nonzero(mask))
        return replace(self, rows=self.all_rows[mask], left_out=left)

    def summary(self) -> SideSummary:
        """What a comparison says of the side."""
        arrival, ended = self.column("arrival"), self.column("ended")
        return SideSummary(
            name=self.name,
            matters=self.n,
            open=int(self.n - ended.sum()) if self.facts.closed_known else None,
            first=_day(arrival.min(), self.facts.zone) if self.n else None,
            last=_day(arrival.max(), self.facts.zone) if self.n else None,
            left_out=self.left_out,
        )


def _day(micros: object, zone: str) -> str:
    assert isinstance(micros, int)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()


def moment_of(text: str | date | datetime, zone: str) -> int:
    """A date (its local midnight) or time as µs since 1970 UTC.

    Raises `ComparisonError` for what is no ISO date or time.
    """
    if isinstance(text, str):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as e:
            raise ComparisonError(
                f"--at {text}: is no date; write it like 2025-03-01 or 2025-03-01T08:00"
            ) from e
    elif isinstance(text, datetime):
        moment = text
    else:
        moment = datetime(text.year, text.month, text.day)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def log_as_of(log: EventLog, moment: int) -> EventLog:
    """The log as it stood at a moment (µs since 1970 UTC): later arrivals, events and ends unseen.

    So matters that were open then are open matters, just as those of today are.
    """
    cut = pl.lit(moment, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    known = pl.col("arrival") < cut
    kept = log.cases.filter(known)
    codes = pl.DataFrame(
        {"case": kept["case"], "new": pl.Series(range(kept.height), dtype=pl.UInt32)}
    )
    events = (
        log.events.filter(pl.col("time") < cut)
        .join(codes, on="case", how="inner", maintain_order="left")
        .with_columns(pl.col("new").alias("case"))
        .drop("new")
    )
    # Without a closed rule "closed" is null, and stays so.
    was_closed = pl.when(pl.col("closed").is_not_null()).then(
        pl.col("closed") & (pl.col("end") < cut).fill_null(False)
    )
    cases = kept.with_columns(
        pl.Series("case", range(kept.height), dtype=pl.UInt32),
        closed=was_closed,
        end=pl.when(was_closed).then(pl.col("end")),
        outcome=pl.when(was_closed).then(pl.col("outcome")),
    )
    return replace(
        log,
        events=events,
        cases=cases,
        mapping=_marking_all_kinds(log),
        until=min(log.until, moment),
    )


def _marking_all_kinds(log: EventLog) -> Mapping:
    """The mapping, naming the kinds of event that the whole log marks, under the same hash.

    Else a criterion could take the earlier log, in which some kind has not yet happened, for one
    that does not mark it.
    """
    old = log.mapping
    marked = {str(k): () for k in log.events["kind"].unique().drop_nulls().sort().to_list()}
    return old.replacing(
        kinds=replace(old.kinds, of={**marked, **old.kinds.of}),
        defined_as={**old.defined_as, "kinds": old.definition("kinds")},
    )


def facts_as_of(facts: Facts, moment: int) -> Facts:
    """Facts as they stood at a moment: as `log_as_of`, as far as facts allow.

    Times on another clock than the calendar (net, working time) cannot be cut: they are missing.
    """
    arrival = facts.matters["arrival"].to_numpy()
    rows = np.flatnonzero(arrival < moment).astype(np.int32)
    matters = facts.matters[rows]
    seen = moment - matters["arrival"].to_numpy()
    watched = matters["elapsed"].to_numpy()
    elapsed = np.minimum(watched, seen)
    ended = matters["ended"].to_numpy() & (watched < seen)
    cut = matters.with_columns(
        elapsed=pl.Series(elapsed),
        ended=pl.Series(ended),
        outcome=pl.when(pl.Series(ended)).then(pl.col("outcome")),
    )
    values = _FactsAsOf(facts, rows, seen, ended)
    missing = dict(facts.missing) | {
        id: "the facts cannot be cut at the change; compare the log itself"
        for id in facts.values
        if id not in values.kept
    }
    return replace(facts, matters=cut, values=values, missing=missing)


class _FactsAsOf(dict[str, Fact]):
    """Facts of the matters at `rows`, seen for `seen` µs each."""

    def __init__(self, facts: Facts, rows: Rows, seen: Ints, ended: Bools) -> None:
        super().__init__()
        whole = facts.matters["elapsed"].to_numpy()
        for id in facts.values:
            fact = _cut(facts.values[id], facts.n, rows, seen, ended, whole)
            if fact is not None:
                self[id] = fact

    @property
    def kept(self) -> set[str]:
        """Ids that could be cut."""
        return set(self)


def _cut(fact: Fact, n: int, rows: Rows, seen: Ints, ended: Bools, whole: Ints) -> Fact | None:
    applies = None if fact.applies is None else fact.applies[rows]
    if isinstance(fact, Marks):
        return _cut_marks(fact, n, rows, seen)
    if isinstance(fact, Times):
        open_ = ~fact.ended
        on_calendar = np.array_equal(fact.elapsed[open_], whole[open_]) and bool(open_.any())
        if not (np.array_equal(fact.elapsed, whole) or on_calendar):
            return None
        time = fact.elapsed[rows]
        return Times(
            np.minimum(time, seen),
            fact.ended[rows] & (time < seen),
            applies,
            None if fact.spent is None else _cut_marks(fact.spent, n, rows, seen),
        )
    if isinstance(fact, Causes):
        time = fact.elapsed[rows]
        cause = np.where(time < seen, fact.cause[rows], 0).astype(np.int8)
        return replace(fact, elapsed=np.minimum(time, seen), cause=cause, applies=applies)
    if isinstance(fact, Promise):
        early = None if fact.early is None else fact.early[rows]
        return Promise(fact.within[rows], fact.applies[rows], early)
    if isinstance(fact, Deviations):
        return None  # what had not yet happened may be what deviates
    if isinstance(fact, Amounts):
        return replace(fact, value=fact.value[rows], applies=applies)
    assert isinstance(fact, Answers)
    return Answers(fact.value[rows], fact.applies[rows] & ended)


def _cut_marks(marks: Marks, n: int, rows: Rows, seen: Ints) -> Marks:
    row, when = marks.clock.row, marks.clock.elapsed
    if marks.at is not None:
        row, when = row[marks.at], when[marks.at]
    place = np.full(n, -1, dtype=np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    row = place[row]
    keep = row >= 0
    keep[keep] = when[keep] < seen[row[keep]]
    return replace(
        marks,
        clock=Clock(row[keep], when[keep]),
        at=None,
        amount=None if marks.amount is None else marks.amount[keep],
        of=None if marks.of is None else _cut_marks(marks.of, n, rows, seen),
        applies=None if marks.applies is None else marks.applies[rows],
    )


def same_months(before: Side, after: Side) -> tuple[Side, Side, str]:
    """Keep arrivals in calendar months that both sides have; says what that did.

    Where they share none, or less than a third of a side would remain (a log of some months that
    is cut in the middle), both stay whole and it says so.
    """
    months = [_months(before), _months(after)]
    common = np.intersect1d(months[0], months[1])
    masks = [np.isin(m, common) for m in months]
    if len(common) == 12 or all(m.all() for m in masks):
        if len(np.union1d(months[0], months[1])) == len(common):
            return before, after, "both sides cover the same calendar months"
        return before, after, ""
    kept_share = min(np.count_nonzero(m) / max(len(m), 1) for m in masks)
    if kept_share < WORTH or min(np.count_nonzero(m) for m in masks) < 4 * LEAST_A_SIDE:
        return (
            before,
            after,
            (
                "the sides have no calendar month in common, or few matters in them: a difference "
                "may be one of the season"
            ),
        )
    names = ", ".join(date(2000, int(m), 1).strftime("%B") for m in common)
    kept = before.keeping(masks[0]), after.keeping(masks[1])
    left = [int(len(m) - np.count_nonzero(m)) for m in masks]
    return *kept, (
        f"same calendar months only ({names}): {left[0]} matters before and {left[1]} after left "
        "out"
    )


def _months(side: Side) -> npt.NDArray[np.int8]:
    arrival = side.column("arrival").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return arrival.dt.convert_time_zone(side.facts.zone).dt.month().to_numpy()


@dataclass(frozen=True, eq=False)
class Strata:
    """Over what figures are standardised: a code i32[n of the facts] for each side."""

    over: str
    names: tuple[str, ...]
    before: npt.NDArray[np.int32]
    after: npt.NDArray[np.int32]


def strata(before: Side, after: Side) -> Iterator[Strata]:
    """Ways to standardise, the finest first: kind × channel, then kind, then channel."""
    coded = {}
    for name, column in (("kind", "kind"), ("channel", _channel(before, after))):
        if not column or any(column not in s.facts.matters.columns for s in (before, after)):
            continue
        found = kind_codes(before.facts.matters[column], after.facts.matters[column])
        if found is not None and len(found[1]) > 1:
            coded[name] = found
    if len(coded) == 2:
        (kinds, kind_names), (channels, channel_names) = coded["kind"], coded["channel"]
        width = np.int32(len(channel_names))
        yield Strata(
            "kind and channel",
            tuple(f"{k}, {c}" for k in kind_names for c in channel_names),
            *(k * width + c for k, c in zip(kinds, channels, strict=True)),
        )
    for name, (codes, names) in coded.items():
        yield Strata(name, tuple(names), codes[0], codes[1])


def _channel(before: Side, after: Side) -> str:
    for name in ("arrival_channel", "channel"):
        sides = (before.facts.matters, after.facts.matters)
        if all(name in m.columns and m[name].null_count() < m.height for m in sides):
            return name
    return ""


def overlap(before: Facts, after: Facts) -> int:
    """How many matters stand in both logs."""
    if before is after:
        return 0
    return int(before.matters["case_id"].is_in(after.matters["case_id"].implode()).sum())


def backlog(facts: Facts, moment: int) -> int:
    """How many matters were open at a moment, µs since 1970 UTC."""
    arrival = facts.matters["arrival"].to_numpy()
    stop = arrival + facts.matters["elapsed"].to_numpy()
    open_ = (arrival <= moment) & ((stop > moment) | ~facts.matters["ended"].to_numpy())
    return int(np.count_nonzero(open_))


def last_moment(facts: Facts) -> int:
    """The last moment watched, µs since 1970 UTC."""
    arrival = facts.matters["arrival"].to_numpy()
    return int((arrival + facts.matters["elapsed"].to_numpy()).max(initial=0))


Straddling = AnyMapping[str, float | int | None]


def straddling(facts: Facts, moment: int) -> dict[str, float | int | None]:
    """Matters that arrived before a moment and were open at it: how many, and still open."""
    arrival = facts.matters["arrival"].to_numpy()
    stop = arrival + facts.matters["elapsed"].to_numpy()
    ended = facts.matters["ended"].to_numpy()
    across = (arrival < moment) & ((stop >= moment) | ~ended)
    days = (stop - arrival)[across & ended] / 86_400e6
    return {
        "matters": int(np.count_nonzero(across)),
        "open": int(np.count_nonzero(across & ~ended)),
        "closed_median_days": float(np.median(days)) if len(days) else None,
    }
