"""The names that a reader sees for the values of a log."""

from __future__ import annotations

import re
from collections import Counter

import polars as pl

from polku.log.eventlog import EventLog
from polku.measure.steps import Steps

_ENGLISH = re.compile(r"(activity|concept).?name.?(en|eng|english)$", re.IGNORECASE)


def labels(steps: Steps, column: str, *, apart: bool = True) -> list[str]:
    """What to show for each value in `steps.categories(column)`.

    The mapping's names come first; activities that it does not name take the log's own English
    name where it has such a column. With `apart`, equal names are told apart by the value in
    brackets, so that no two are alike.
    """
    values = steps.categories(column)
    own = _own_names(steps.log) if column == "activity" else {}
    shown = [_named(steps.log, v) or own.get(v) or v for v in values]
    if not apart:
        return shown
    counts = Counter(shown)
    return [
        f"{name} ({value})" if counts[name] > 1 and name != value else name
        for name, value in zip(shown, values, strict=True)
    ]


def named(steps: Steps, column: str) -> dict[str, str]:
    """Value → what to show for it, no two alike."""
    return dict(zip(steps.categories(column), labels(steps, column), strict=True))


def _named(log: EventLog, value: str) -> str:
    names = log.mapping.names.get(value) or {}
    return names.get("en") or names.get("fi") or names.get("sv") or ""


def _own_names(log: EventLog) -> dict[str, str]:
    column = next((c for c in log.events.columns if _ENGLISH.search(c)), None)
    if column is None:
        return {}
    pairs = (
        log.events.lazy()
        .select(pl.col("activity").cast(pl.String), name=pl.col(column).cast(pl.String))
        .drop_nulls()
        .group_by("activity", "name")
        .len()
        .sort(["activity", "len", "name"], descending=[False, True, False])
        .unique("activity", keep="first", maintain_order=True)
        .collect()
    )
    return dict(zip(pairs["activity"], pairs["name"], strict=True))
