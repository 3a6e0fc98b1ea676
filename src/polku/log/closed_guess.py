"""The closed rule that a person would write, where the log gives ground for one; else "unknown"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from polku.log.attributes import PREFIX
from polku.log.mapping import Closed, Guess
from polku.log.roles import is_time, named, samples
from polku.log.source import Assumption
from polku.log.traits import is_planned
from polku.log.vocabulary import CASE_WORDS, STATUS_CLOSED, STATUS_OPEN, plain

DAY = 86_400_000_000
LAST_SHARE = 0.8
"""An end activity is last in at least this share of the matters where it occurs."""
GAP_QUANTILE = 0.95
"""… and is followed by a silence longer than this quantile of the gaps between events."""
COVERED = 2 / 3
"""… and end activities account for at least this share of the matters silent that long."""
SURE_SHARE = 0.95
"""From this share on the activity ends a matter at once, below it only after the silence."""
FEWEST = 5
"""Matters in which an end activity must occur."""
CONSISTENT = 0.8
"""Share of ended matters whose end column must not lie before their last event."""


@dataclass(frozen=True)
class Ending:
    """A closed rule with its ground and what is to be said about it."""

    closed: Closed
    guess: Guess
    assumptions: tuple[Assumption, ...] = ()


def guess_closed(
    steps: pl.DataFrame, matters: pl.DataFrame, ends: dict[str, pl.Series], until: int
) -> Ending:
    """Guess the rule from a status, an end date, a flag or end activities, in this order.

    `steps`: `@code`, `time`, `activity` in (case, time, order); `matters`: one row per matter (by
    code) with `@last` (moment), `@last_activity` and its columns as text or as read, under the
    log's own names; `ends`: of these the columns of times, as moments; `until`: µs since 1970.
    """
    for rule in (_by_status, _by_end_time, _by_flag):
        found = rule(matters, ends, until)
        if found:
            return found
    return _by_activities(steps, matters, until)


def _inferred(text: str) -> tuple[Assumption, ...]:
    return (Assumption("inferred", "closed", text),)


def _columns(matters: pl.DataFrame) -> list[str]:
    return [c for c in matters.columns if not c.startswith("@")]


def _consistent(matters: pl.DataFrame, end: pl.Series, until: int) -> float:
    """Share of given ends that lie neither before the last event nor after the window."""
    micros = end.dt.epoch("us")
    last = matters["@last"].dt.epoch("us")
    good = (micros >= last) & (micros <= until)
    return float(good.drop_nulls().mean() or 0.0)  # type: ignore[arg-type]


def _end_columns(matters: pl.DataFrame, ends: dict[str, pl.Series]) -> list[str]:
    return [
        c
        for c in named(_columns(matters), CASE_WORDS["end"])
        if c in ends and not is_planned(c) and ends[c].null_count() < len(matters)
    ]


def _by_status(matters: pl.DataFrame, ends: dict[str, pl.Series], until: int) -> Ending | None:
    for column in named(_columns(matters), CASE_WORDS["status"]):
        text = matters[column].cast(pl.String)
        values = sorted(text.drop_nulls().unique().to_list())
        closed = [v for v in values if plain(v) in STATUS_CLOSED]
        open_ = [v for v in values if plain(v) in STATUS_OPEN]
        letters = all(len(plain(v)) == 1 for v in closed)
        if not closed or len(values) > 40 or (letters and not open_):
            continue
        other = [v for v in values if v not in closed and v not in open_]
        if float(text.is_in(other).mean() or 0.0) > 0.2:  # type: ignore[arg-type]
            continue
        n = int(text.is_in(closed).sum())
        shown = " or ".join(repr(v) for v in closed)
        said = f"a matter has ended when {column!r} is {shown} ({n:,} of {len(matters):,})"
        if other:
            said += "; " + ", ".join(repr(v) for v in other) + " count as open"
        end, more = _end_beside(matters, ends, text.is_in(closed).fill_null(False), until)
        guess = Guess("closed", f"status: {column} in {', '.join(closed)}",
                      "a status column whose values are known words", samples(text))  # fmt: skip
        return Ending(
            Closed(rule="status", column=column, values=tuple(closed), end=end),
            guess,
            _inferred(said + more),
        )
    return None


def _end_beside(
    matters: pl.DataFrame, ends: dict[str, pl.Series], closed: pl.Series, until: int
) -> tuple[str | None, str]:
    """The column with the moment of the end, beside a status; and what to say about it."""
    said = "; its end is its last event"
    for column in _end_columns(matters, ends):
        given = ends[column].filter(closed)
        share = _consistent(matters.filter(closed), given, until)
        if share >= CONSISTENT and given.null_count() < len(given):
            return column, f"; its end is {column!r}, else its last event"
        said = (
            f"; its end is its last event, since {column!r} lies before it in {1 - share:.0%} of "
            "the ended matters that have one"
        )
        filled = int(ends[column].filter(~closed).is_not_null().sum())
        if filled:
            said += f" and is filled for {filled:,} open ones too"
    return None, said


def _by_end_time(matters: pl.DataFrame, ends: dict[str, pl.Series], until: int) -> Ending | None:
    for column in _end_columns(matters, ends):
        share = _consistent(matters, ends[column], until)
        if share < CONSISTENT:
            continue
        n = len(matters) - ends[column].null_count()
        ground = (
            f"a time of the end, filled for {n:,} of {len(matters):,} matters, not before the last "
            f"event in {share:.0%} of them"
        )
        said = f"a matter has ended when {column!r} is filled ({n:,} of {len(matters):,})"
        return Ending(
            Closed(rule="end_time", column=column),
            Guess("closed", f"end_time: {column}", ground, samples(ends[column])),
            _inferred(said),
        )
    return None


def _by_flag(matters: pl.DataFrame, ends: dict[str, pl.Series], until: int) -> Ending | None:
    for column in named(_columns(matters), CASE_WORDS["end_flag"]):
        text = matters[column].cast(pl.String).str.to_lowercase()
        if column in ends or not text.drop_nulls().len():
            continue
        if text.drop_nulls().is_in(["true", "false", "1", "0", "yes", "no"]).all():
            end = next(iter(_end_columns(matters, ends)), None)
            if end is not None and _consistent(matters, ends[end], until) < CONSISTENT:
                end = None
            guess = Guess("closed", f"column: {column}", "it says true or false", samples(text))
            said = f"a matter has ended when {column!r} is true"
            return Ending(Closed(rule="column", column=column, end=end), guess, _inferred(said))
    return None


def _by_activities(steps: pl.DataFrame, matters: pl.DataFrame, until: int) -> Ending:
    gaps = steps.select(
        pl.when(pl.col("@code") == pl.col("@code").shift(1)).then(pl.col("time").diff())
    ).to_series().drop_nulls()  # fmt: skip
    if not gaps.len():
        return _unknown("no matter has two events", "")
    gap = int(gaps.dt.total_microseconds().quantile(GAP_QUANTILE) or 0)
    silence = until - matters["@last"].dt.epoch("us")
    last = (
        matters.select(activity=pl.col("@last_activity"), silence=silence)
        .group_by("activity")
        .agg(pl.len().alias("last"), pl.col("silence").median())
    )
    occurs = steps.group_by("activity").agg(pl.col("@code").n_unique().alias("occurs"))
    table = last.join(occurs, on="activity").with_columns(
        share=pl.col("last") / pl.col("occurs")
    ).sort("activity")  # fmt: skip
    chosen = table.filter(
        (pl.col("share") >= LAST_SHARE) & (pl.col("silence") > gap) & (pl.col("occurs") >= FEWEST)
    )
    quiet = matters.filter(silence > gap)["@last_activity"]
    names = chosen["activity"].to_list()
    covered = float(quiet.is_in(names).mean() or 0.0) if quiet.len() else 0.0  # type: ignore[arg-type]
    other = quiet.filter(~quiet.is_in(names)).value_counts(sort=True)
    shown = _listed(other.sort("count", "@last_activity", descending=[True, False]).rows())
    if covered < COVERED:
        why = (
            f"no activity is last in ≥ {LAST_SHARE:.0%} of its matters and then followed by a "
            f"silence longer than 95 % of the gaps between events ({_days(gap)} d)"
        )
        if names:
            why = (
                f"activities that are last in ≥ {LAST_SHARE:.0%} of their matters and then silent "
                f"for more than {_days(gap)} d end {covered:.0%} of the matters that have been "
                "silent that long"
            )
        return _unknown(why, shown)
    sure = bool((chosen["share"] >= SURE_SHARE).all())
    rule = Closed(
        rule="end_activities",
        activities=tuple(names),
        silence_days=None if sure else _days(gap),
    )
    ground = "; ".join(
        f"{name} is last in {n:,} of {of:,}" for name, n, of in
        chosen.select("activity", "last", "occurs").rows()
    )  # fmt: skip
    said = f"a matter has ended when its last event is {' or '.join(repr(n) for n in names)}"
    if not sure:
        said += f" and nothing has followed for {_days(gap)} d (95 % of all gaps are shorter)"
    count = len(quiet) - int(quiet.is_in(names).sum())
    if count:
        said += (
            f"; {count:,} matters that fell silent elsewhere ({shown}) count as open: if these "
            "ended too, name their last activities in [closed]"
        )
    guess = Guess("closed", f"end_activities: {', '.join(names)}", ground, tuple(names[:3]))
    return Ending(rule, guess, _inferred(said))


def _unknown(why: str, shown: str) -> Ending:
    tail = f"; the last activities of silent matters are {shown}" if shown else ""
    said = (
        f"the log does not tell which matters have ended: no status, no end date, and {why}{tail}. "
        "Name the rule in [closed] to get lead times and what rests on them"
    )
    return Ending(
        Closed(),
        Guess("closed", "unknown", f"no status, no end date, and {why}"),
        (Assumption("cannot", "closed", said),),
    )


def _listed(rows: Iterable[tuple[str, int]]) -> str:
    rows = list(rows)
    head = ", ".join(f"{name!r} {count:,}" for name, count in rows[:3])
    return head + (" …" if len(rows) > 3 else "")


def _days(micros: int) -> float:
    return round(micros / DAY + 0.005, 2)


def end_candidates(columns: Iterable[str], rows: pl.DataFrame) -> list[str]:
    """Columns of a matter that may hold the time of its end or a plan of it."""
    return [c for c in columns if is_time(rows[c]) and c.removeprefix(PREFIX)]
