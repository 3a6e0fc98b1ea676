"""A log as one flat table, and the mapping that turns the table back into the log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

from polku.log.attributes import KEPT, PREFIX, case_name
from polku.log.eventlog import CASE_COLUMNS, EVENT_COLUMNS, OUTCOMES, EventLog
from polku.log.mapping import (
    CaseColumns,
    Closed,
    Columns,
    Lifecycle,
    Mapping,
    NoneValues,
    Ocel,
    Outcome,
    PartName,
    Window,
)

if TYPE_CHECKING:
    import polars as pl

TIME = "%Y-%m-%dT%H:%M:%S%.6f+00:00"
"""How an export writes a moment."""


_ROLES = ("agency", "unit", "resource", "channel", "start", "contact", "kind")
_RESERVED = ("scheduled", "suspended")
_MATTER = ("arrival", "end", "closed", "outcome", "due", "entry", "kind")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Flat:
    """One row per step in canonical order; columns of the matter have the prefix `case:`.

    `mapping` reads the table back: its columns, its window, the results of rules as columns, and
    the texts of the original definitions in `defined_as`.
    """

    rows: pl.DataFrame
    mapping: Mapping


def flat(log: EventLog, names: dict[str, str] | None = None) -> Flat:
    """Lay a log out flat.

    `names`: other names for the columns of roles ("activity" → "concept:name"); one that a
    further column has already is not used. Columns of roles without any value are left out.
    """
    import polars as pl

    events, cases = log.events, log.cases
    rest = [c for c in events.columns if c not in EVENT_COLUMNS]
    taken = set(rest)
    named = {
        role: new
        for role, new in {"case": "case", **(names or {})}.items()
        if new == role or new not in taken
    }
    filled = [c for c in _ROLES if events[c].null_count() < events.height]
    further_roles = [c for c in rest if c in ("data_key", "fee")]
    roles = {
        role: named.get(role, role)
        for role in ("activity", "time", "order", *filled, *further_roles)
    }
    case = named.get("case", "case")
    code = events["case"]
    out = [cases["case_id"].gather(code).alias(case)]
    out += [_text(events[role]).alias(column) for role, column in roles.items()]
    types: dict[str, str] = {}
    for column in rest:
        if column in roles:
            continue
        name = KEPT + column if column in _RESERVED else column
        out.append(_text(events[column]).alias(name))
        _note_type(types, name, out[-1].dtype)
    matter = {c: f"{PREFIX}{KEPT}{c}" for c in _MATTER if cases[c].null_count() < cases.height}
    for column in cases.columns:
        if column in matter:
            out.append(_text(cases[column]).gather(code).alias(matter[column]))
        elif column not in CASE_COLUMNS:
            name = PREFIX + column.removeprefix(PREFIX)
            out.append(_text(cases[column]).gather(code).alias(name))
            _note_type(types, name, out[-1].dtype)
    for role in ("data_key", "fee"):
        if role in roles:
            _note_type(types, roles[role], events[role].dtype)
    mapping = _mapping(log, Columns(case=case, **roles), matter, types)
    return Flat(pl.DataFrame(out), mapping)


def _text(column: pl.Series) -> pl.Series:
    import polars as pl

    if isinstance(column.dtype, pl.Enum | pl.Categorical):
        return column.cast(pl.String)
    if isinstance(column.dtype, pl.Duration):
        return column.dt.total_microseconds()
    return column


def _note_type(types: dict[str, str], name: str, dtype: pl.DataType) -> None:
    import polars as pl

    if dtype.is_integer():
        types[name] = "int"
    elif dtype.is_float():
        types[name] = "float"
    elif dtype == pl.Boolean:
        types[name] = "bool"
    elif isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        types[name] = "time"


def _mapping(
    log: EventLog, columns: Columns, matter: dict[str, str], types: dict[str, str]
) -> Mapping:
    old = log.mapping
    outcomes = {name: (name,) for name in OUTCOMES if name != "other"}
    customer = old.cases.customer
    return replace(
        old,
        columns=columns,
        cases=CaseColumns(
            arrival=matter.get("arrival"),
            due=matter.get("due"),
            entry=matter.get("entry"),
            kind=matter.get("kind"),
            customer=None if customer is None else _case_column(customer),
            segments=tuple(_case_column(s) for s in old.cases.segments),
        ),
        time=replace(old.time, formats=()),
        lifecycle=Lifecycle(),
        none=NoneValues(units=old.none.units),
        closed=(
            Closed("column", column=matter["closed"], end=matter.get("end"))
            if "closed" in matter
            else Closed()
        ),
        outcome=(
            Outcome(column=matter["outcome"], **outcomes) if "outcome" in matter else Outcome()
        ),
        window=Window(since=None if log.since is None else _iso(log.since), until=_iso(log.until)),
        ocel=Ocel(),
        types=types,
        defined_as={part: old.definition(part) for part in get_args(PartName)},
        guesses=(),
    )


def _case_column(name: str) -> str:
    return PREFIX + case_name(name).removeprefix(PREFIX)


def _iso(micros: int) -> str:
    return (_EPOCH + timedelta(microseconds=micros)).isoformat(timespec="microseconds")
