"""One row per matter: arrival, due time, kind and the attributes that came with the rows."""

from __future__ import annotations

import numpy as np
import polars as pl

from polku.errors import MappingError
from polku.log.mapping import Mapping
from polku.log.source import Issue
from polku.log.words import as_text

_LAST = ("@closed.column", "@closed.end", "@outcome.column")
"""Columns whose latest value counts, should they change within a matter."""
_PROMISED = ("@cases.due", "@cases.promise_days", "@cases.promise_from_days")
DAY = 86_400_000_000


def attributes(table: pl.DataFrame) -> pl.DataFrame:
    """The smallest value of every attribute by `@code`, and as `@varies:NAME` whether it changes.

    The rows' order plays no part, so this can be read off before they are sorted.
    """
    own = own_columns(table)
    code = table["@code"].to_numpy()
    n = int(code.max()) + 1 if len(code) else 0
    some_row = np.zeros(n, dtype=np.int64)
    some_row[code] = np.arange(len(code))
    out = [pl.Series("@code", np.arange(n, dtype=np.uint32))]
    changing = []
    for name in own:
        value = table[name].gather(some_row)
        if table[name].eq_missing(value.gather(code)).all():
            out += [value, pl.Series(f"@varies:{name}", [False]).new_from_index(0, n)]
        else:
            changing.append(name)
    frame = pl.DataFrame(out)
    if not changing:
        return frame
    varies = [
        (pl.col(c).min() != pl.col(c).max()).fill_null(False).alias(f"@varies:{c}")
        for c in changing
    ]
    grouped = table.group_by("@code").agg(*(pl.col(c).min() for c in changing), *varies)
    return frame.join(grouped, on="@code", how="left", maintain_order="left")


def own_columns(table: pl.DataFrame) -> list[str]:
    """Columns of prepared rows that describe the matter and not its latest state."""
    return [c for c in table.columns if c.startswith(("case:", "@cases."))]


def case_table(
    steps: pl.DataFrame, own: pl.DataFrame, ids: pl.Series, mapping: Mapping, *, place: str
) -> tuple[pl.DataFrame, list[Issue]]:
    """The matters of step instances, row i = `@code` i.

    `steps`: instances in (case, time, order), every code 0 … len(ids) − 1 present; `own`: their
    `attributes`; `ids`: their case ids. The result has the columns of `EventLog.cases` but `end`,
    `closed` and `outcome`, and `@first`, `@last` (moments), `@last_activity` and what `[closed]`
    and `[outcome]` name.
    """
    latest = [c for c in _LAST if c in steps.columns]
    single = own_columns(own)
    grouped = (
        steps.group_by("@code", maintain_order=True)
        .agg(
            pl.min_horizontal(pl.col("time").min(), pl.col("start").min()).alias("@first"),
            pl.col("time").last().alias("@last"),
            pl.col("activity").last().alias("@last_activity"),
            pl.col("@unfinished").last().alias("@last_unfinished"),
            *(pl.col(c).drop_nulls().last() for c in latest),
        )
        .join(own, on="@code", how="left", maintain_order="left")
    )
    issues = [_varying(grouped, single)]
    arrival = pl.col("@first")
    if "@cases.arrival" in single:
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
        *(pl.col(c) for c in latest),
        (pl.col("@cases.entry") if "@cases.entry" in single else _nothing()).alias("entry"),
        (pl.col("@cases.kind") if "@cases.kind" in single else pl.lit(None))
        .cast(pl.String)
        .alias("kind"),
        *(pl.col(c).alias(c.removeprefix("case:")) for c in single if c.startswith("case:")),
        *(pl.col(c) for c in single if c in _PROMISED),
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


def _not_days(place: str, role: str, mapping: Mapping) -> MappingError:
    return MappingError(
        f"{place}: [cases] {role}: {getattr(mapping.cases, role)!r} holds text; it must be "
        "numbers of days"
    )


def _with_due(cases: pl.DataFrame, mapping: Mapping, place: str) -> pl.DataFrame:
    if "@cases.promise_from_days" in cases.columns:
        told = cases["@cases.promise_from_days"]
        if as_text(told).cast(pl.Float64, strict=False).null_count() > told.null_count():
            raise _not_days(place, "promise_from_days", mapping)
    due = pl.col("@cases.due") if "@cases.due" in cases.columns else _nothing()
    if "@cases.promise_days" in cases.columns:
        days = as_text(cases["@cases.promise_days"]).cast(pl.Float64, strict=False)
        if days.null_count() > cases["@cases.promise_days"].null_count():
            raise _not_days(place, "promise_days", mapping)
        length = (days * DAY).round().cast(pl.Int64)
        due = pl.coalesce(due, pl.col("arrival") + pl.Series(length).cast(pl.Duration("us")))
    return cases.with_columns(due.alias("due"))
