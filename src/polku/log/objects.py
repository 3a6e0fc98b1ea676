"""A log as an object-centric one (OCEL 2.0): matters, cases, units, parties, contacts and more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from polku.log.attributes import PREFIX
from polku.log.eventlog import EventLog
from polku.log.flat import TIME, Flat, flat
from polku.log.mapping import Mapping, Ocel
from polku.log.pseudonym import customer_column

if TYPE_CHECKING:
    import polars as pl

Value = str | int | float | bool | None

OF_KIND = {
    "supplement_requested": "supplement_request",
    "statement_requested": "statement_request",
    "decision_made": "decision",
}
"""Event kind → type of the object that such an event makes."""


@dataclass(frozen=True)
class Thing:
    """One object: its attributes hold from `since` on (ISO time, UTC)."""

    id: str
    type: str
    since: str
    attributes: dict[str, Value]
    related: tuple[tuple[str, str], ...] = ()
    """(id of another object, qualifier)"""


@dataclass(frozen=True)
class Happening:
    """One event with its relations (id of an object, qualifier)."""

    id: str
    type: str
    time: str
    attributes: dict[str, Value]
    related: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Objects:
    """An object-centric view of a log.

    `attributes`: attribute → OCEL type, for events (the same for all types); `object_attributes`:
    object type → attribute → OCEL type. `mapping` reads the view back as it was.
    """

    log: EventLog
    table: Flat
    attributes: dict[str, str]
    object_attributes: dict[str, dict[str, str]]
    mapping: Mapping

    def event_types(self) -> list[str]:
        """The activities, sorted."""
        return sorted(self.log.events["activity"].drop_nulls().unique().cast(str).to_list())

    def events(self) -> Iterator[Happening]:
        """The events in canonical order."""
        return _events(self)

    def objects(self) -> Iterator[Thing]:
        """The objects, by type."""
        return _objects(self)


def objects_of(log: EventLog) -> Objects:
    """Look at a log as objects: types are those of the case model that the log has.

    A matter's id is its case id; ids of other objects begin with their type ("unit:Rescue").
    """
    table = flat(log)
    columns = table.mapping.columns
    skipped = {columns.case, columns.activity, columns.time}
    rows = table.rows
    attributes = {
        c: _kind(dtype)
        for c, dtype in rows.schema.items()
        if c not in skipped and not c.startswith(PREFIX)
    }
    matter = {
        c.removeprefix(PREFIX): _kind(dtype)
        for c, dtype in rows.schema.items()
        if c.startswith(PREFIX)
    }
    things: dict[str, dict[str, str]] = {"matter": matter}
    if "case_ref" in log.events.columns:
        things["case"] = {}
    if columns.unit:
        things["unit"] = {"name": "string"} | ({"agency": "string"} if columns.agency else {})
    if columns.resource:
        things["party"] = {"name": "string"}
    if customer_column(log.cases.columns, log.mapping):
        things["customer"] = {"name": "string"}
    if columns.contact and (log.events["contact"].cast(str) != "none").any():
        things["contact"] = {"started_by": "string", "channel": "string"}
    kinds = set(log.events["kind"].drop_nulls().unique().cast(str).to_list())
    for kind, name in OF_KIND.items():
        if kind in kinds:
            things[name] = {}
    mapping = replace(
        table.mapping,
        columns=replace(columns, case="ocel:oid", activity="ocel:activity", time="ocel:timestamp"),
        ocel=Ocel(case_type="matter"),
        types={},
    )
    return Objects(log, table, attributes, things, mapping)


def _kind(dtype: pl.DataType) -> str:
    import polars as pl

    if dtype.is_integer():
        return "integer"
    if dtype.is_float():
        return "float"
    if dtype == pl.Boolean:
        return "boolean"
    return "time" if isinstance(dtype, pl.Datetime) else "string"


def _rows(view: Objects) -> pl.DataFrame:
    """The flat table with moments as text and truth values as they are."""
    import polars.selectors as cs

    return view.table.rows.with_columns(cs.datetime().dt.strftime(TIME))


def _events(view: Objects) -> Iterator[Happening]:
    columns = view.table.mapping.columns
    rows = _rows(view)
    case, activity, time = str(columns.case), str(columns.activity), str(columns.time)
    types = view.object_attributes
    for number, row in enumerate(rows.iter_rows(named=True), start=1):
        related = [(row[case], "matter")]
        if "case" in types and row["case_ref"] is not None:
            related.append((f"case:{row['case_ref']}", "case"))
        for kind, column, qualifier in (
            ("unit", columns.unit, "unit"),
            ("party", columns.resource, "handler"),
        ):
            if column and row[column] is not None:
                related.append((f"{kind}:{row[column]}", qualifier))
        if "contact" in types and row[str(columns.contact)] in ("customer", "city"):
            related.append((f"contact:{number}", "contact"))
        made = OF_KIND.get(row[columns.kind]) if columns.kind else None
        if made:
            related.append((f"{made}:{number}", "made"))
        attributes = {c: row[c] for c in view.attributes if row[c] is not None}
        yield Happening(f"e{number}", row[activity], row[time], attributes, tuple(related))


def _objects(view: Objects) -> Iterator[Thing]:
    import polars as pl

    columns = view.table.mapping.columns
    rows = _rows(view)
    case, time = str(columns.case), str(columns.time)
    first = min(rows[time].to_list(), default="1970-01-01T00:00:00.000000+00:00")
    types = view.object_attributes
    customer = customer_column(view.log.cases.columns, view.log.mapping)
    of_matter = [PREFIX + c for c in types["matter"]]
    matters = rows.select(case, *of_matter).unique(case, keep="first", maintain_order=True)
    names = view.log.cases[customer].cast(pl.String).to_list() if customer else []
    for number, row in enumerate(matters.iter_rows(named=True)):
        values = {c.removeprefix(PREFIX): row[c] for c in of_matter if row[c] is not None}
        who = names[number] if customer else None
        links = ((f"customer:{who}", "customer"),) if who is not None else ()
        since = str(values.get("polku:arrival", first))
        yield Thing(row[case], "matter", since, values, links)
    if "case" in types:
        pairs = rows.select("case_ref", case).drop_nulls().unique(maintain_order=True)
        for ref, matter in pairs.sort("case_ref").unique("case_ref", maintain_order=True).rows():
            yield Thing(f"case:{ref}", "case", first, {}, ((matter, "part of"),))
    if "unit" in types:
        yield from _units(rows, str(columns.unit), columns.agency, first)
    if "party" in types:
        for name in rows[str(columns.resource)].drop_nulls().unique().sort().to_list():
            yield Thing(f"party:{name}", "party", first, {"name": name})
    if customer:
        for name in sorted({n for n in names if n is not None}):
            yield Thing(f"customer:{name}", "customer", first, {"name": name})
    yield from _made(view, rows)


def _units(rows: pl.DataFrame, unit: str, agency: str | None, first: str) -> Iterator[Thing]:
    import polars as pl

    found = rows.filter(pl.col(unit).is_not_null())
    agencies: dict[str, str] = {}
    if agency:
        pairs = found.select(unit, agency).drop_nulls().unique().sort(unit, agency)
        single = pairs.filter(pl.col(unit).is_unique())
        agencies = dict(single.rows())
    for name in found[unit].unique().sort().to_list():
        more = {"agency": agencies[name]} if name in agencies else {}
        yield Thing(f"unit:{name}", "unit", first, {"name": name, **more})


def _made(view: Objects, rows: pl.DataFrame) -> Iterator[Thing]:
    """Objects that one event makes: contacts, requests, decisions."""
    columns = view.table.mapping.columns
    case, time = str(columns.case), str(columns.time)
    for number, row in enumerate(rows.iter_rows(named=True), start=1):
        matter = ((row[case], "matter"),)
        who = row[columns.contact] if columns.contact else None
        if "contact" in view.object_attributes and who in ("customer", "city"):
            values: dict[str, Value] = {"started_by": who}
            if columns.channel and row[columns.channel] is not None:
                values["channel"] = row[columns.channel]
            yield Thing(f"contact:{number}", "contact", row[time], values, matter)
        made = OF_KIND.get(row[columns.kind]) if columns.kind else None
        if made:
            yield Thing(f"{made}:{number}", made, row[time], {}, matter)
