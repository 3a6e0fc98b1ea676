"""One mapping out of those of linked logs, and the names that keep their things apart."""

from __future__ import annotations

import json
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args

import polars as pl

from polku.log.eventlog import EVENT_COLUMNS, EventLog
from polku.log.mapping import (
    About,
    Calendar,
    CaseColumns,
    Closed,
    Columns,
    Mapping,
    PartName,
    Times,
)

Logs = Sequence[tuple[str, EventLog]]
Renames = dict[str, dict[str, dict[str, str]]]
"""column → log → old name → new name"""

_OWN = ("columns", "cases", "time", "closed", "calendar", "window", "about")
"""Sections that are not simply joined."""


def renames_of(logs: Logs) -> Renames:
    """Names that several logs use for things of their own get the agency's or log's name."""
    out: Renames = {}
    for column in ("activity", "unit", "resource"):
        used: dict[str, dict[str, str]] = {}
        for name, log in logs:
            for value, owner in _owners(name, log, column):
                used.setdefault(value, {})[name] = owner
        taken = set(used)
        for value, owners in sorted(used.items()):
            if len(owners) < 2 or len(set(owners.values())) < 2:
                continue
            for name, owner in owners.items():
                new = f"{value} ({owner})"
                while new in taken:
                    new = f"{new} ({name})"
                out.setdefault(column, {}).setdefault(name, {})[value] = new
    return out


def _owners(name: str, log: EventLog, column: str) -> list[tuple[str, str]]:
    """Each value of a column with whose it is: the log's, or for a unit the one agency's."""
    used = log.events.select(pl.col(column, "agency").cast(pl.String)).drop_nulls(column).unique()
    per = used.group_by(column).agg(
        agency=pl.col("agency").drop_nulls().min(), n=pl.col("agency").drop_nulls().n_unique()
    )
    by_agency = column == "unit"
    return [
        (value, agency if by_agency and n == 1 else name)
        for value, agency, n in per.sort(column).rows()
    ]


def joined_mapping(logs: Logs, renames: Renames) -> Mapping:
    """One mapping: equal sections stay, lists are joined, what contradicts falls to its default.

    What a definition was, log by log, goes into `defined_as`, so that measures of a linked log
    compare only with those of logs that were defined and linked alike.
    """
    if len(logs) == 1:
        return logs[0][1].mapping
    mappings = [(name, log.mapping) for name, log in logs]
    out: dict[str, Any] = {}
    for f in fields(Mapping):
        if is_dataclass(getattr(Mapping(), f.name)) and f.name not in _OWN:
            parts = [_renamed(getattr(m, f.name), name, renames) for name, m in mappings]
            out[f.name] = _joined(parts)
    zones = {m.time.zone for _, m in mappings if m.time.zone is not None}
    coarse = max(m.time.day_granular_share for _, m in mappings)
    return Mapping(
        columns=_canonical_columns(),
        cases=_case_columns([m for _, m in mappings]),
        time=Times(zone=zones.pop() if len(zones) == 1 else None, day_granular_share=coarse),
        closed=Closed(rule="column", column="closed", end="end"),
        calendar=joined_calendar([m for _, m in mappings]) or Calendar(),
        about=_about([m for _, m in mappings]),
        agencies={
            renames.get("unit", {}).get(log, {}).get(unit, unit): agency
            for log, m in mappings
            for unit, agency in sorted(m.agencies.items())
        },
        names=_display_names(mappings, renames),
        defined_as={part: _defined(mappings, part) for part in get_args(PartName)},
        **out,
    )  # fmt: skip


def joined_calendar(mappings: list[Mapping]) -> Calendar | None:
    """The one working calendar that the logs have; none where they contradict."""
    given = [m.calendar for m in mappings if m.calendar != Calendar()]
    if not given:
        return Calendar()
    return given[0] if given.count(given[0]) == len(given) else None


def _case_columns(mappings: list[Mapping]) -> CaseColumns:
    """The columns of the joined cases; a promise only where all logs mean the same column."""

    def bare(names: set[str | None]) -> set[str]:
        return {n.removeprefix("case:") for n in names if n is not None}

    promised = bare({m.cases.promise_days for m in mappings})
    promised_from = bare({m.cases.promise_from_days for m in mappings})
    customers = bare({m.cases.customer for m in mappings})
    segments = bare({s for m in mappings for s in m.cases.segments})
    return CaseColumns(
        kind="kind",
        customer=customers.pop() if len(customers) == 1 else None,
        promise_days=promised.pop() if len(promised) == 1 else None,
        promise_from_days=promised_from.pop() if len(promised_from) == 1 else None,
        segments=tuple(sorted(segments)),
    )


def _about(mappings: list[Mapping]) -> About:
    titles = dict.fromkeys(m.about.title for m in mappings if m.about.title is not None)
    notes = dict.fromkeys(m.about.note for m in mappings if m.about.note is not None)
    return About(" + ".join(titles) or None, "; ".join(notes) or None)


def _canonical_columns() -> Columns:
    return Columns(
        case="case_id", **{c: c for c in EVENT_COLUMNS if c != "case"}
    )  # fmt: skip


def _defined(mappings: list[tuple[str, Mapping]], part: str) -> str:
    texts = {name: mapping.definition(part) for name, mapping in mappings}
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return json.dumps(texts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _renamed(section: Any, log: str, renames: Renames) -> Any:
    """A section of a log's mapping with the activities, units and resources under new names."""

    def change(value: Any, names: dict[str, str]) -> Any:
        if isinstance(value, str):
            return names.get(value, value)
        if isinstance(value, tuple):
            return tuple(change(v, names) for v in value)
        if isinstance(value, AnyMapping):
            return {names.get(k, k): change(v, names) for k, v in value.items()}
        return value

    column = {"units": "unit", "resources": "resource"}
    return replace(
        section,
        **{
            f.name: change(
                getattr(section, f.name),
                renames.get(column.get(f.name, "activity"), {}).get(log, {}),
            )
            for f in fields(section)
            # A single text names a column or a code, never an activity.
            if not isinstance(getattr(section, f.name), str)
        },
    )


def _display_names(mappings: list[tuple[str, Mapping]], renames: Renames) -> dict[str, Any]:
    """Names for display, with what tells a renamed value from its namesakes added to each."""
    out: dict[str, Any] = {}
    for log, mapping in mappings:
        for value, names in sorted(mapping.names.items()):
            new = [r[log][value] for r in renames.values() if value in r.get(log, {})]
            for renamed in new:
                more = renamed[len(value) :]
                out[renamed] = {language: text + more for language, text in names.items()}
            if not new:
                out[value] = dict(names)
    return out


def _joined(parts: list[Any]) -> Any:
    """Sections of one kind joined: lists and tables together, single values where they agree."""
    default = type(parts[0])()
    values = {}
    for f in fields(default):
        found = [getattr(p, f.name) for p in parts]
        values[f.name] = _joined_values(found, getattr(default, f.name))
    return type(default)(**values)


def _joined_values(found: list[Any], default: Any) -> Any:
    if isinstance(default, tuple):
        return tuple(dict.fromkeys(v for values in found for v in values))
    if isinstance(default, dict):
        out: dict[str, Any] = {}
        for table in found:
            for key, value in sorted(table.items()):
                both = isinstance(value, tuple) and key in out
                out[key] = tuple(dict.fromkeys((*out[key], *value))) if both else value
        return out
    given = [v for v in found if v != default]
    return given[0] if given and given.count(given[0]) == len(given) else default
