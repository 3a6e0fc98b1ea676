"""One mapping out of those of linked logs, and the names that keep their things apart."""

from __future__ import annotations

import json
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, get_args

import polars as pl

from polku.log.eventlog import EVENT_COLUMNS, EventLog
from polku.log.mapping import Calendar, CaseColumns, Closed, Columns, Mapping, PartName, Times

Logs = Sequence[tuple[str, EventLog]]
Renames = dict[str, dict[str, dict[str, str]]]
"""column → log → old name → new name"""


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
    for section in ("lifecycle", "none", "contacts", "kinds", "automatic", "clock", "repeats",
                    "burden", "outcome", "ocel"):  # fmt: skip
        parts = [_renamed(getattr(m, section), name, renames) for name, m in mappings]
        out[section] = _joined(parts)
    zones = {m.time.zone for _, m in mappings if m.time.zone is not None}
    coarse = max(m.time.day_granular_share for _, m in mappings)
    return Mapping(
        columns=_canonical_columns(),
        cases=CaseColumns(
            kind="kind",
            segments=tuple(
                sorted({s.removeprefix("case:") for _, m in mappings for s in m.cases.segments})
            ),
        ),
        time=Times(zone=zones.pop() if len(zones) == 1 else None, day_granular_share=coarse),
        closed=Closed(rule="column", column="closed", end="end"),
        calendar=joined_calendar([m for _, m in mappings]) or Calendar(),
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
    return given[0] if given and given.count(given[0]) == len(found) else default
