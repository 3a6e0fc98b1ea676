"""One row per matter: arrival, due time, kind and the attributes that came with the rows."""

from __future__ import annotations

import numpy as np
import polars as pl

from polku.errors import MappingError
from polku.log.mapping import Mapping
from polku.log.source import Issue

_LAST = ("@closed.column", "@closed.end", "@outcome.column")
"""Columns whose latest value counts, should they change within a matter."""
DAY = 86_400_000_000


def case_table(
    steps: pl.DataFrame, ids: pl.Series, mapping: Mapping, *, place: str
) -> tuple[pl.DataFrame, list[Issue]]:
    """The matters of step instances, row i = `@code` i.

    `steps`: instances in (case, time, order), every code 0 … len(ids) − 1 present; `ids`: their
    case ids. The result has the columns of `EventLog.cases` but `end`, `closed` and `outcome`, and
    `@first`, `@last` (moments), `@last_activity` and what `[closed]` and `[outcome]` name.
    """
    own = [c for c in steps.columns if c.startswith(("case:", "@cases.")) or c in _LAST]
    single = [c for c in own if c not in _LAST]
    grouped = steps.group_by("@code", maintain_order=True).agg(
        pl.min_horizontal(pl.col("time").min(), pl.col("start").min()).alias("@first"),
        pl.col("time").last().alias("@last"),
        pl.col("activity").last().alias("@last_activity"),
        pl.col("@unfinished").last().alias("@last_unfinished"),
        *(pl.col(c).min() for c in single),
        *((pl.col(c).min() != pl.col(c).max()).fill_null(False).alias(f"@varies:{c}")
          for c in single),
        *(pl.col(c).drop_nulls().last() for c in own if c in _LAST),
    )  # fmt: skip
    issues = [_varying(grouped, single)]
    arrival = pl.col("@first")
    if "@cases.arrival" in own:
        late = (grouped["@cases.arrival"] > grouped["@first"]).fill_null(False)
        issues.append(
            Issue(
                "arrival_after_first_event", int(late.sum()),
                "matters whose arrival lies after their first event arrive at that event",
                _some(ids, late), dropped=False,
            )
        )  # fmt: skip
        arrival = pl.min_horizontal("@cases.arrival", "@first")
    cases = grouped.select(
        pl.Series("case", np.arange(len(ids), dtype=np.uint32)),
        ids.alias("case_id"),
        arrival.alias("arrival"),
        *(pl.col(c) for c in grouped.columns if c.startswith(("@first", "@last"))),
        *(pl.col(c) for c in own if c in _LAST),
        (pl.col("@cases.entry") if "@cases.entry" in own else _nothing()).alias("entry"),
        (pl.col("@cases.kind").cast(pl.String) if "@cases.kind" in own else pl.lit(None, pl.String))
        .alias("kind"),
        *(pl.col(c).alias(c.removeprefix("case:")) for c in own if c.startswith("case:")),
        *(pl.col(c) for c in own if c in ("@cases.due", "@cases.promise_days")),
    )  # fmt: skip
    return _with_due(cases, mapping, place), issues


def _nothing() -> pl.Expr:
    return pl.lit(None, pl.Datetime("us", "UTC"))


def _varying(grouped: pl.DataFrame, columns: list[str]) -> Issue:
    """Attributes said to be constant that are not: the smallest value stands, and it is counted."""
    flags = [f"@varies:{c}" for c in columns]
    varies = [c for c, f in zip(columns, flags, strict=True) if grouped[f].any()]
    count = int(grouped.select(pl.any_horizontal(flags)).to_series().sum()) if varies else 0
    names = tuple(c.removeprefix("case:").removeprefix("@") for c in varies)[:10]
    return Issue(
        "attribute_not_constant", count,
        "matters with several values of one attribute keep the smallest", names, dropped=False,
    )  # fmt: skip


def _some(ids: pl.Series, where: pl.Series) -> tuple[str, ...]:
    return tuple(f"case {i!r}" for i in ids.filter(where).head(10))


def _with_due(cases: pl.DataFrame, mapping: Mapping, place: str) -> pl.DataFrame:
    due = pl.col("@cases.due") if "@cases.due" in cases.columns else _nothing()
    if "@cases.promise_days" in cases.columns:
        days = cases["@cases.promise_days"].cast(pl.Float64, strict=False)
        if days.null_count() > cases["@cases.promise_days"].null_count():
            raise MappingError(
                f"{place}: [cases] promise_days: {mapping.cases.promise_days!r} holds text; "
                "it must be numbers of days"
            )
        length = (days * DAY).round().cast(pl.Int64)
        due = pl.coalesce(due, pl.col("arrival") + pl.Series(length).cast(pl.Duration("us")))
    return cases.with_columns(due.alias("due"))
