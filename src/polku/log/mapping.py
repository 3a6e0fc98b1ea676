"""How the columns and values of a log are to be read: a TOML file that people can change.

Each section of the file is one frozen dataclass below, each key one field, so the file's form and
its documentation come from here. Sections that say what a figure *means* (contacts, closed, clock,
calendar, none, …) are the measure: `Mapping.definition` gives their canonical text, which goes
into the hash of every criterion that uses them.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from polku.errors import MappingError
from polku.log.document import read_toml

FORMAT = "polku.mapping/1"

PartName = Literal[
    "time", "lifecycle", "none", "agencies", "closed", "outcome", "contacts", "kinds",
    "automatic", "clock", "calendar", "window", "due", "repeats", "burden", "waits",
    "exceptions", "survey",
]  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """`[columns]`: which column of an event row holds what."""

    case: str | None = None
    activity: str | None = None
    time: str | None = None
    start: str | None = None
    agency: str | None = None
    unit: str | None = None
    resource: str | None = None
    channel: str | None = None
    order: str | None = None
    lifecycle: str | None = None
    instance: str | None = None
    contact: str | None = None
    kind: str | None = None
    data_key: str | None = None
    """document or data key asked from the customer by this event, several with ";" between them"""
    fee: str | None = None


@dataclass(frozen=True)
class CaseColumns:
    """`[cases]`: which column (constant within a case) holds what of a matter."""

    arrival: str | None = None
    due: str | None = None
    promise_days: str | None = None
    """days after arrival by which the customer was told that the matter ends"""
    promise_from_days: str | None = None
    """days after arrival before which it was not to end, where an interval was told"""
    entry: str | None = None
    kind: str | None = None
    customer: str | None = None
    segments: tuple[str, ...] = ()
    """columns offered for `--by` and for equality"""
    attributes: tuple[str, ...] = ()
    """further columns that are constant within a case; `case:…` columns need not be named"""

    @property
    def promises(self) -> tuple[str, ...]:
        """The columns that tell what the customer was promised."""
        return tuple(c for c in (self.promise_days, self.promise_from_days) if c is not None)


@dataclass(frozen=True)
class Times:
    """`[time]`: how times are written. `zone` is used for times without an offset."""

    zone: str | None = None
    formats: tuple[str, ...] = ()
    """`strftime` patterns tried in turn; empty = ISO 8601 and what `inspect` found"""
    gap: Literal["refuse", "forward"] = "refuse"
    """a local time that does not exist (clocks go forward)"""
    fold: Literal["refuse", "earlier", "later"] = "earlier"
    """a local time that exists twice"""
    day_granular_share: float = 0.0
    """share of stamps at local midnight, as found"""


@dataclass(frozen=True)
class Lifecycle:
    """`[lifecycle]`: which transitions start, end and interrupt a piece of work."""

    start: tuple[str, ...] = ("start", "assign_start")
    complete: tuple[str, ...] = ("complete",)
    schedule: tuple[str, ...] = ("schedule",)
    suspend: tuple[str, ...] = ("suspend",)
    resume: tuple[str, ...] = ("resume",)
    abort: tuple[str, ...] = ("ate_abort", "pi_abort", "withdraw", "autoskip", "manualskip")


@dataclass(frozen=True)
class NoneValues:
    """`[none]`: values that mean "no value", everywhere or in one column.

    Never applied to the case id. `resources` and `units` name system accounts that are no unit.
    """

    values: tuple[str, ...] = ()
    columns: AnyMapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closed:
    """`[closed]`: how the log tells that a matter has ended.

    rule "status": `column` holds one of `values` (or, with `open_values`, none of those);
    "end_time": `column` holds the time of the end, and is filled only for ended matters;
    "end_activities": the matter's last event is one of `activities`, and no event follows;
    "column": `column` holds true/false (Polku's own exports); "unknown": the log does not tell.
    `end` names the column with the moment of the end; without it, it is the last event's time.
    """

    rule: Literal["status", "end_time", "end_activities", "column", "unknown"] = "unknown"
    column: str | None = None
    values: tuple[str, ...] = ()
    open_values: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    end: str | None = None
    silence_days: float | None = None
    """with end_activities: the matter must also have been silent this long"""


@dataclass(frozen=True)
class Outcome:
    """`[outcome]`: which value of `column`, or which activity, means which way of ending."""

    column: str | None = None
    decided: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contacts:
    """`[contacts]`: which events are contacts of customer and city, and who starts them.

    The event column named in `[columns] contact` wins; else activities listed here; else, with
    `channel_means_contact`, every event with a channel.
    """

    customer: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    acknowledgements: tuple[str, ...] = ()
    """automatic city→customer messages: contacts, but no first response"""
    channels: AnyMapping[str, str] = field(default_factory=dict)
    """activity → channel, where no column tells"""


@dataclass(frozen=True)
class Kinds:
    """`[kinds]`: kind of event (case-model words) → the activities that are one."""

    of: AnyMapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Automatic:
    """`[automatic]`: activities and resources that are systems, not people."""

    activities: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clock:
    """`[clock]`: activities that stop and restart the matter's explicit clock."""

    stop: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """`[calendar]`: working hours for the working-time clock.

    `hours`: weekday ("mon" … "sun") → list of "08:00-16:00"; `holidays`: ISO country (and
    subdivision) code of the `holidays` package, "" = none; `closures`: "2026-07-01/2026-07-14".
    """

    zone: str | None = None
    hours: AnyMapping[str, tuple[str, ...]] = field(default_factory=dict)
    holidays: str = ""
    closures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Window:
    """`[window]`: when observation began and ended (ISO dates or times)."""

    since: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class Repeats:
    """`[repeats]`: activities that are repeated by design and are no rework."""

    declared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Burden:
    """`[burden]`: EU Standard Cost Model figures for the customer's work.

    `hours`: activity or kind → customer's hours each time; `tariff`: € per hour;
    `usual_share`: share that a business would do anyway; `external`: activity → € spent;
    `delay_eur_per_day`: what a day of waiting costs the customer; `fees`: activity → €.
    """

    tariff: float | None = None
    hours: AnyMapping[str, float] = field(default_factory=dict)
    usual_share: float = 0.0
    external: AnyMapping[str, float] = field(default_factory=dict)
    fees: AnyMapping[str, float] = field(default_factory=dict)
    delay_eur_per_day: float | None = None


@dataclass(frozen=True)
class Waits:
    """`[waits]`: what a log cannot tell of itself about the waiting before a step.

    `statutory`: activity → days that the law asks to wait after it; `meeting`: activities that
    wait for a meeting (a board's decision, a joint negotiation).
    """

    statutory: AnyMapping[str, float] = field(default_factory=dict)
    meeting: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exceptions:
    """`[exceptions]`: activities by which a matter is handled otherwise than usual."""

    activities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Survey:
    """`[survey]`: columns of a matter with raw answers.

    `csat` 1–5, `ces` 1–7 ("it was easy"), `nps` 0–10, `staff` 1–5 (an official's answer).
    """

    csat: str | None = None
    ces: str | None = None
    nps: str | None = None
    staff: str | None = None


@dataclass(frozen=True)
class About:
    """`[about]`: what the log is, for headings; a note ("synthetic") is shown with every figure."""

    title: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Ocel:
    """`[ocel]`: how an object-centric log is flattened."""

    case_type: str | None = None
    through: tuple[str, ...] = ()
    """object types whose events belong to the case too, when objects relate them to it"""
    unit_types: tuple[str, ...] = ()
    unit_qualifiers: tuple[str, ...] = ()
    party_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guess:
    """One thing that was guessed: why, and up to three values as samples."""

    key: str
    value: str
    ground: str
    samples: tuple[str, ...] = ()


_SECTIONS: dict[str, type] = {
    "columns": Columns, "cases": CaseColumns, "time": Times, "lifecycle": Lifecycle,
    "none": NoneValues, "closed": Closed, "outcome": Outcome, "contacts": Contacts,
    "kinds": Kinds, "automatic": Automatic, "clock": Clock, "calendar": Calendar,
    "window": Window, "repeats": Repeats, "burden": Burden, "waits": Waits,
    "exceptions": Exceptions, "survey": Survey, "ocel": Ocel,
    "about": About,
}  # fmt: skip


_TABLES = {
    "agencies": "AnyMapping[str, str]", "types": "AnyMapping[str, str]",
    "names": "AnyMapping[str, AnyMapping[str, str]]", "defined_as": "AnyMapping[str, str]",
    "provenance": "AnyMapping[str, str]",
}  # fmt: skip
"""Sections with keys of the log's own → what their values are."""


@dataclass(frozen=True)
class Mapping:
    """A whole mapping; every section has a default, so an empty file is a mapping."""

    columns: Columns = Columns()
    cases: CaseColumns = CaseColumns()
    time: Times = Times()
    lifecycle: Lifecycle = Lifecycle()
    none: NoneValues = NoneValues()
    closed: Closed = Closed()
    outcome: Outcome = Outcome()
    contacts: Contacts = Contacts()
    kinds: Kinds = Kinds()
    automatic: Automatic = Automatic()
    clock: Clock = Clock()
    calendar: Calendar = Calendar()
    window: Window = Window()
    repeats: Repeats = Repeats()
    burden: Burden = Burden()
    waits: Waits = Waits()
    exceptions: Exceptions = Exceptions()
    survey: Survey = Survey()
    ocel: Ocel = Ocel()
    about: About = About()
    agencies: AnyMapping[str, str] = field(default_factory=dict)
    """unit → agency"""
    types: AnyMapping[str, str] = field(default_factory=dict)
    """further column → "int", "float", "bool", "time" or "text"; else as the format has it"""
    names: AnyMapping[str, AnyMapping[str, str]] = field(default_factory=dict)
    """value → {fi, sv, en}: names for display"""
    defined_as: AnyMapping[str, str] = field(default_factory=dict)
    """part → canonical text of the definition it was exported with (see `definition`)"""
    provenance: AnyMapping[str, str] = field(default_factory=dict)
    """of an export: the file's SHA-256 and where the log came from (see `polku.log.origin`)"""
    guesses: tuple[Guess, ...] = ()
    """what was guessed; written as comments, never read back"""
    given: frozenset[str] = field(default=frozenset(), compare=False)
    """sections that a file has: these stand as they are, the others may be guessed"""

    def definition(self, part: str) -> str:
        """The canonical text of one part, as it enters the hash of a criterion.

        An export of Polku's holds the *result* of a rule (a closed column, contact marks) and the
        rule's text in `defined_as`, so the same log measures the same from any form.
        """
        if part in self.defined_as:
            return self.defined_as[part]
        if part == "due":
            value: Any = [self.cases.due, self.cases.promise_days]
            if self.cases.promise_from_days is not None:
                value.append(self.cases.promise_from_days)
        elif part == "agencies":
            value = dict(self.agencies)
        elif part == "time":  # what was found in the data is no part of the measure
            value = {k: v for k, v in _plain(self.time).items() if k != "day_granular_share"}
        else:
            value = _plain(getattr(self, part))
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def to_dict(self) -> dict[str, Any]:
        """The TOML document as a dictionary; sections and keys at their default are left out."""
        out: dict[str, Any] = {"format": FORMAT}
        for name, cls in _SECTIONS.items():
            section = _plain(getattr(self, name))
            default = _plain(cls())
            kept = {k: v for k, v in section.items() if v != default[k] and v is not None}
            if kept or name in self.given:
                out[name] = kept
        for name in ("agencies", "types", "names", "defined_as", "provenance"):
            value = getattr(self, name)
            if value:
                out[name] = {k: dict(v) if name == "names" else v for k, v in value.items()}
        return out

    def to_toml(self) -> str:
        """The TOML file, with the ground of each guess as a comment above the document."""
        import tomli_w

        lines = [f"# {g.key} = {g.value}: {g.ground}" for g in self.guesses]
        head = "\n".join(line.replace("\n", " ") for line in lines)
        return (head + "\n\n" if head else "") + tomli_w.dumps(self.to_dict())

    def replacing(self, **sections: Any) -> Mapping:
        """A copy with whole sections replaced."""
        return replace(self, **sections)


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, AnyMapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value


def nearest(name: str, known: Iterable[str]) -> str:
    """A half-sentence that suggests the nearest of the known names, or lists a few of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    return "known are: " + ", ".join(repr(k) for k in known[:12]) + (" …" if known[12:] else "")


def from_dict(data: AnyMapping[str, Any], place: str = "mapping") -> Mapping:
    """Build a mapping from a TOML document.

    Raises `MappingError` for an unknown format, section or key, or a value of the wrong type,
    with the nearest known name.
    """
    if not isinstance(data.get("format", FORMAT), str) or data.get("format", FORMAT) != FORMAT:
        raise MappingError(
            f"{place}: format {data.get('format')!r} is not known; this version reads {FORMAT}"
        )
    known = {*_SECTIONS, *_TABLES, "format"}
    sections: dict[str, Any] = {}
    for name, value in data.items():
        if name == "format":
            continue
        if name not in known:
            raise MappingError(f"{place}: unknown section [{name}]; {nearest(name, known)}")
        if not isinstance(value, AnyMapping):
            raise MappingError(f"{place}: [{name}] must be a section, found {value!r}")
        if name in _SECTIONS:
            sections[name] = _section(_SECTIONS[name], name, value, place)
        else:
            sections[name] = _value(value, _TABLES[name], f"{place}: [{name}]")
    return Mapping(**sections, given=frozenset(sections))


def _section(cls: type, name: str, value: AnyMapping[str, Any], place: str) -> Any:
    hints = {f.name: str(f.type) for f in fields(cls)}
    out: dict[str, Any] = {}
    for key, item in value.items():
        if key not in hints:
            raise MappingError(f"{place}: [{name}] has no key {key!r}; {nearest(key, hints)}")
        out[key] = _value(item, hints[key], f"{place}: [{name}] {key}")
        if key.endswith("share") and out[key] > 1:
            raise MappingError(
                f"{place}: [{name}] {key}: must be a share from 0 to 1, found {item!r}"
            )
    return cls(**out)


def _value(item: Any, hint: str, place: str) -> Any:
    if hint.startswith("tuple[str"):
        if not isinstance(item, list) or not all(isinstance(i, str) for i in item):
            raise MappingError(f"{place}: must be a list of strings, found {item!r}")
        return tuple(item)
    if hint.startswith("AnyMapping"):
        if not isinstance(item, AnyMapping):
            raise MappingError(f"{place}: must be a table, found {item!r}")
        inner = hint[hint.index(",") + 1 : -1].strip()
        return {str(k): _value(v, inner, f"{place}.{k}") for k, v in item.items()}
    if hint.startswith("float"):
        if isinstance(item, bool) or not isinstance(item, int | float):
            raise MappingError(f"{place}: must be a number, found {item!r}")
        if not math.isfinite(item):
            raise MappingError(f"{place}: must be a finite number, found {item!r}")
        if item < 0:  # no number of a mapping (hours, €, days, shares) can be negative
            raise MappingError(f"{place}: must not be negative, found {item!r}")
        return float(item)
    if hint.startswith("Literal"):
        allowed = [p.strip().strip("\"'") for p in hint[8:-1].split(",")]
        if item not in allowed:
            raise MappingError(f"{place}: must be one of {', '.join(allowed)}, found {item!r}")
        return item
    if not isinstance(item, str):
        raise MappingError(f"{place}: must be text, found {item!r}")
    return item


def load(path: str | Path) -> Mapping:
    """Read a mapping file.

    Raises `MappingError` when it is missing, is no TOML (with the line), or has unknown parts.
    """
    path = Path(path)
    return from_dict(read_toml(path, MappingError), str(path))
