"""The verb `remeasure`: an old store under new definitions, both figures beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

from polku.errors import MappingError
from polku.log.atomic import write_text
from polku.log.eventlog import EventLog
from polku.log.mapping import Closed, Mapping, Outcome, PartName
from polku.log.source import Assumption
from polku.measure.agreed import AgreedSet
from polku.measure.measurement import Figure, Measurement
from polku.measure.measuring import measure
from polku.measure.reading import definition_texts, reading_of
from polku.measure.registry import Catalogue, catalogue
from polku.measure.steps import Steps

KEPT = "measurement.json"
"""The store's last measurement stands in its folder under this name."""

_AT_IMPORT = ("time", "lifecycle", "none", "window")
"""Parts that decide which rows become which events: they need the files themselves."""

_RESULTS = {"contacts": "contact", "kinds": "kind", "agencies": "agency"}
"""Parts whose result an event column holds."""


@dataclass(frozen=True)
class Change:
    """A figure whose definition has another hash than before."""

    id: str
    statistic: str
    before: Figure | None
    after: Figure | None
    what: str


@dataclass(frozen=True)
class Remeasurement:
    """A store measured under its old and its new definitions.

    `before`: its last measurement (`measurement.json`; else measured anew as it was imported);
    `after`: under today's definitions; `changed`: the figures whose hash differs, and in what.
    """

    store: str
    before: Measurement
    after: Measurement
    changed: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Whether no definition has changed."""
        return not self.changed

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary."""
        from dataclasses import asdict

        return {
            "format": "polku.remeasurement/1",
            "store": self.store,
            "changed": [asdict(c) for c in self.changed],
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }


def remeasure(
    store: str | Path,
    *,
    mapping: Mapping | None = None,
    agreed: AgreedSet | None = None,
    known: Catalogue | None = None,
    keep: bool = True,
) -> Remeasurement:
    """Measure a store under new definitions and set them beside the old.

    `mapping`: new definitions; sections that it does not give stay as they were imported.
    Without it the definitions of this version of Polku are the new ones. `keep`: write the new
    measurement into the store's folder, where the next remeasuring finds it as the old one.
    Raises `LogError` when there is no such store, `MappingError` for a section that can only be
    applied at import.
    """
    from polku.log.store import open_store

    path = Path(store)
    known = catalogue() if known is None else known
    log = open_store(path)
    kept = path / KEPT
    new = log if mapping is None else redefined(log, mapping)
    after = measure(new, agreed=agreed, known=known)
    if kept.is_file():
        before = Measurement.load(kept)
    else:
        before = after if new is log else measure(log, agreed=agreed, known=known)
    if keep:
        write_text(kept, after.dumps())
    changed = tuple(_changes(before, after, log.mapping, new, known))
    return Remeasurement(path.name, before, after, changed)


def redefined(log: EventLog, mapping: Mapping) -> EventLog:
    """The log under the definitions that a mapping gives; its other sections stay as they are.

    What is marked on events and matters (contacts, kinds of event, agencies, closed, outcome) is
    marked anew from what the log holds. Raises `MappingError` for a changed section that decides
    which rows become which events ([time], [lifecycle], [none], [window]).
    """
    old, plain = log.mapping, Mapping()
    parts = [
        p
        for p in get_args(PartName)
        if mapping.definition(p) not in (plain.definition(p), old.definition(p))
    ]
    for part in parts:
        if part in _AT_IMPORT:
            raise MappingError(
                f"mapping: [{part}] is applied when a log is imported; "
                "import the files again with the new mapping"
            )
    if not parts:
        return log
    from polku.log.build import build
    from polku.log.flat import flat
    from polku.log.raw import RawTable

    table = flat(log)
    columns = table.mapping.columns
    sections: dict[str, Any] = {}
    for part in parts:
        if part in _RESULTS:
            columns = replace(columns, **{_RESULTS[part]: None})
        if part == "due":
            told: dict[str, Any] = {
                role: _column(getattr(mapping.cases, role), table.rows.columns, "cases")
                for role in ("due", "promise_days", "promise_from_days")
            }
            sections["cases"] = replace(table.mapping.cases, **told)
        elif part in ("closed", "outcome"):
            sections[part] = _with_columns(getattr(mapping, part), table.rows.columns, part)
        else:
            sections[part] = getattr(mapping, part)
    texts = {p: old.definition(p) for p in get_args(PartName)}
    texts |= {p: mapping.definition(p) for p in parts}
    merged = replace(table.mapping, columns=columns, defined_as=texts, **sections)
    rows = table.rows.drop([c for c in _dropped(table.mapping, columns) if c in table.rows])
    made = build(RawTable(rows, log.source.files, "store", ordered=True), merged)
    source = replace(
        log.source,
        assumptions=(
            *log.source.assumptions,
            *(Assumption("inferred", p, f"[{p}] was defined anew after the import") for p in parts),
        ),
    )
    return replace(made, source=source, until=log.until, since=log.since)


def _dropped(old: Mapping, columns: Any) -> Iterator[str]:
    """Columns that hold the result of a rule which is given anew."""
    for f in fields(columns):
        before = getattr(old.columns, f.name)
        if before is not None and getattr(columns, f.name) is None:
            yield before


def _with_columns(section: Closed | Outcome, present: list[str], part: str) -> Closed | Outcome:
    column = _column(section.column, present, part)
    if isinstance(section, Outcome):
        return replace(section, column=column)
    return replace(section, column=column, end=_column(section.end, present, part))


def _column(name: str | None, present: list[str], part: str) -> str | None:
    """A column of the files as the store names it."""
    if name is None:
        return None
    from polku.log.attributes import PREFIX
    from polku.log.mapping import nearest

    bare = name.removeprefix(PREFIX)
    for found in (name, bare, PREFIX + bare):
        if found in present:
            return found
    raise MappingError(
        f"mapping: [{part}] names the column {name!r}, which the store has not kept; "
        f"{nearest(name, present)}"
    )


def _changes(
    before: Measurement, after: Measurement, old: Mapping, new: EventLog, known: Catalogue
) -> Iterator[Change]:
    was = {f.key: f for f in before.criteria}
    now = {f.key: f for f in after.criteria}
    for key in dict.fromkeys([*was, *now]):
        a, b = was.get(key), now.get(key)
        if a is not None and b is not None and a.hash == b.hash:
            continue
        id = key[0]
        if a is None or b is None:
            what = "was not measured before" if a is None else "is not measured any more"
            other = next((f for f in (before if a is None else after).criteria if f.id == id), None)
            mine = a or b
            if other is not None and mine is not None and other.hash == mine.hash:
                continue  # the same measure; the log gives it in one of the two only
        else:
            what = _what(id, a.hash, old, new, known)
        yield Change(id, key[1], a, b, what)


def _what(id: str, hash: str, old: Mapping, new: EventLog, known: Catalogue) -> str:
    criterion = known[id]
    reading = reading_of(criterion, Steps(new))
    before, after = (definition_texts(criterion, m) for m in (old, new.mapping))
    differs = [name for name in after if before.get(name) != after[name]]
    if hash not in (criterion.hash(old), criterion.hash(old, reading)):
        differs.append("the criterion itself, which another version of Polku measured")
    return " and ".join(differs)
