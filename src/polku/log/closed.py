"""Which matters have ended, when and how: the closed rule, applied and guessed."""

from __future__ import annotations

import polars as pl

from polku.errors import MappingError
from polku.log.eventlog import OUTCOMES
from polku.log.mapping import Mapping
from polku.log.source import Issue

MOMENT = pl.Datetime("us", "UTC")
DAY = 86_400_000_000


def close_cases(
    steps: pl.DataFrame, cases: pl.DataFrame, mapping: Mapping, *, until: int
) -> tuple[pl.DataFrame, list[Issue]]:
    """Give the matters `closed`, `end` and `outcome` by the mapping's rule.

    `steps`: instances with `@code`; `cases`: as `case_table` gives them; `until`: last moment of
    observation, µs since 1970 UTC. The end is the time in the rule's end column when it lies
    between arrival and `until`, else the last event; steps after the end stay and are counted.
    """
    closed = _closed(cases, mapping, until)
    end, issues = _end(cases, mapping, closed, until)
    cases = cases.with_columns(closed.alias("closed"), end.alias("end"))
    cases = cases.with_columns(_outcome(steps, cases, mapping).alias("outcome"))
    if len(steps) and cases["end"].null_count() < len(cases):
        ends = cases["end"].gather(steps["@code"])
        after = int((steps["time"] > ends).fill_null(False).sum())
        issues.append(
            Issue("event_after_end", after, "steps after the end of their matter stay in the log",
                  dropped=False)
        )  # fmt: skip
    return cases, issues


def _closed(cases: pl.DataFrame, mapping: Mapping, until: int) -> pl.Series:
    rule = mapping.closed
    if rule.rule == "unknown":
        return pl.Series("closed", [None], pl.Boolean).new_from_index(0, len(cases))
    if rule.rule == "end_activities":
        if not rule.activities:
            raise MappingError("[closed] activities: is empty; name the activities that end")
        found = cases["@last_activity"].is_in(list(rule.activities)) & ~cases["@last_unfinished"]
        if rule.silence_days is not None:
            silence = until - cases["@last"].dt.epoch("us")
            found &= silence > round(rule.silence_days * DAY)
        return found
    if rule.column is None:
        raise MappingError(f"[closed] column: is not given; rule {rule.rule!r} needs it")
    value = cases["@closed.column"]
    if rule.rule == "end_time":
        return (value.dt.epoch("us") <= until).fill_null(False)
    text = value.cast(pl.String)
    if rule.rule == "column":
        truth = text.str.to_lowercase()
        return pl.select(
            pl.when(truth.is_in(["true", "1", "yes"])).then(True)
            .when(truth.is_in(["false", "0", "no"])).then(False)
        ).to_series()  # fmt: skip
    if rule.values:
        return text.is_in(list(rule.values)).fill_null(False)
    if rule.open_values:
        return (~text.is_in(list(rule.open_values))).fill_null(False)
    raise MappingError("[closed] values: is empty; name the values that mean ended")


def _end(
    cases: pl.DataFrame, mapping: Mapping, closed: pl.Series, until: int
) -> tuple[pl.Series, list[Issue]]:
    issues: list[Issue] = []
    given = None
    if mapping.closed.end is not None:
        given = cases["@closed.end"]
    elif mapping.closed.rule == "end_time":
        given = cases["@closed.column"]
    end = cases["@last"]
    if given is not None:
        stop = pl.Series([until], dtype=pl.Int64).cast(MOMENT)
        ended = closed.fill_null(False)
        early = (given < cases["arrival"]).fill_null(False) & ended
        late = (given > stop[0]).fill_null(False) & ended
        issues.append(
            Issue("end_before_arrival", int(early.sum()),
                  "matters whose end lies before their arrival end with their last event",
                  tuple(f"case {i!r}" for i in cases["case_id"].filter(early).head(10)),
                  dropped=False)
        )  # fmt: skip
        issues.append(
            Issue("end_after_window", int(late.sum()),
                  "ended matters whose end lies after the window end with their last event",
                  dropped=False)
        )  # fmt: skip
        end = pl.select(
            pl.when(given.is_not_null() & ~early & ~late).then(given).otherwise(end)
        ).to_series()
    return pl.select(pl.when(closed.fill_null(False)).then(end).otherwise(None)).to_series(), issues


def _outcome(steps: pl.DataFrame, cases: pl.DataFrame, mapping: Mapping) -> pl.Series:
    """How each ended matter ended: by the column's value, else by its latest telling activity."""
    kind = pl.Enum(OUTCOMES)
    rule = mapping.outcome
    words = {w: name for name in OUTCOMES if name != "other" for w in getattr(rule, name)}
    nothing = pl.Series("outcome", [None], kind).new_from_index(0, len(cases))
    if not words:
        return nothing
    if rule.column is not None:
        text = cases["@outcome.column"].cast(pl.String)
        found = text.replace_strict(words, default=None, return_dtype=pl.String)
    else:
        telling = steps.select("@code", "activity").filter(pl.col("activity").is_in(list(words)))
        last = telling.group_by("@code", maintain_order=True).last()
        found = (
            cases.select(pl.col("case").alias("@code"))
            .join(last, on="@code", how="left", maintain_order="left")["activity"]
            .replace_strict(words, default=None, return_dtype=pl.String)
        )
    return pl.select(
        pl.when(cases["closed"].fill_null(False)).then(found.fill_null("other")).otherwise(None)
    ).to_series().cast(kind)  # fmt: skip
