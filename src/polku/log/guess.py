"""Guess a mapping: roles by the format, by names and by content; each guess with its ground.

Only a bounded number of whole matters is looked at, those with the smallest hashes of their ids,
so the answer depends neither on the order of rows nor on how a large log is cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import polars as pl

from polku.errors import LogError
from polku.log.attributes import PREFIX, event_roles, without_none
from polku.log.build import canonical_ids, coded
from polku.log.clockwork import day_granular, guess_zone, midnight_share
from polku.log.closed_guess import guess_closed
from polku.log.instances import instances
from polku.log.lifecycle import START, kinds_of_rows, tells_steps
from polku.log.mapping import CaseColumns, Closed, Columns, Mapping, Outcome, Times
from polku.log.prepare import last_micros, moments_of, prepare
from polku.log.raw import PLACE, RawTable
from polku.log.roles import (
    Table,
    guess_case,
    guess_roles,
    is_time,
    named,
    samples,
    share_of_dates,
)
from polku.log.sample import sample_rows
from polku.log.source import Assumption
from polku.log.traits import (
    Traits,
    automatic,
    case_columns,
    display_names,
    matter_columns,
    none_values,
    outcome,
    survey,
    types,
)
from polku.log.vocabulary import CASE_WORDS, XES_NAMES

_DATE = re.compile(r"\s*(\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})(\D|$)")
"""a date at the beginning of a column's name"""


@dataclass(frozen=True)
class Guessed:
    """A mapping that fits a table, and what it assumes."""

    mapping: Mapping
    assumptions: tuple[Assumption, ...] = ()


def stands(given: Mapping | None, section: str) -> bool:
    """Whether a mapping says something of a section, so that it is not guessed."""
    if given is None:
        return False
    return section in given.given or getattr(given, section) != getattr(Mapping(), section)


def guess(raw: RawTable, given: Mapping | None = None, *, until: int | None = None) -> Guessed:
    """Guess the mapping of a table.

    Parameters: `given` a mapping whose sections stand as they are (of `[columns]`, case, activity
    and time are guessed where it does not name them); `until` the last moment of the whole log, µs
    since 1970 UTC, when `raw` holds only a part of it.

    Raises `LogError` when no column can be the case, the activity or the time.
    """
    place = ", ".join(f.name for f in raw.files[:1]) or raw.format
    traits = Traits(list(raw.guesses))
    if not len(raw.rows):
        return Guessed(given or Mapping(columns=Columns(**raw.roles)))
    table, roles = _columns(raw, given, traits, place)
    constant = case_columns(table, roles)
    mapping = replace(given or Mapping(), columns=Columns(**roles))
    flattened = [g.value for g in raw.guesses if g.key == "ocel.case_type"]
    if flattened and not stands(given, "ocel"):
        mapping = replace(mapping, ocel=replace(mapping.ocel, case_type=flattened[0]))
    mapping = _pairable(mapping, table, given, traits)
    if not stands(given, "types"):
        mapping = replace(mapping, types=types(table, roles, traits))
    if not stands(given, "none"):
        mapping = replace(mapping, none=none_values(table, roles, traits))
    if not stands(given, "automatic"):
        mapping = replace(mapping, automatic=automatic(table, roles, traits))
    if not stands(given, "survey"):
        mapping = replace(mapping, survey=survey(table, roles, traits))
    if not stands(given, "names"):
        mapping = replace(mapping, names=display_names(table, roles, traits))
    if not mapping.time.formats:
        mapping = replace(mapping, time=_styles(mapping, table, place))
        if mapping.time.formats:
            ground = "every time reads by one of these, and no other reading of day and month fits"
            traits.note("time.formats", ", ".join(mapping.time.formats), ground)
    bare = replace(
        mapping, closed=Closed(), outcome=Outcome(), cases=CaseColumns(attributes=_free(constant))
    )
    prepared = prepare(table.rows, bare, ordered=raw.ordered, place=place)
    notes = [*traits.assumptions, *prepared.assumptions]
    mapping = _clock(mapping, prepared.table, traits, notes)
    if not stands(given, "closed"):
        ids = canonical_ids(prepared.table["@id"])
        steps = instances(coded(prepared.table, ids), bare, until=None)[0]
        matters, ends = _matters(steps, ids, table, constant, bare, place)
        stop = until if until is not None else last_micros(prepared.table)
        ending = guess_closed(steps, matters, ends, stop)
        mapping = replace(mapping, closed=ending.closed)
        traits.guesses.append(ending.guess)
        notes += ending.assumptions
    if not stands(given, "outcome"):
        mapping = replace(mapping, outcome=outcome(table, constant, mapping.closed, traits))
    if not stands(given, "cases"):
        taken = {
            mapping.closed.column, mapping.closed.end, mapping.outcome.column,
            mapping.survey.csat, mapping.survey.ces, mapping.survey.nps, mapping.survey.staff,
        }  # fmt: skip
        mapping = replace(mapping, cases=matter_columns(table, constant, traits, taken))
        notes += _before_first(table, mapping, constant)
    notes += _cannot(mapping, prepared.table)
    return Guessed(replace(mapping, guesses=tuple(traits.guesses)), tuple(dict.fromkeys(notes)))


def case_column(raw: RawTable, given: Mapping | None = None) -> str | None:
    """The column of the case id, as `guess` takes it."""
    place = ", ".join(f.name for f in raw.files[:1]) or raw.format
    if given is not None and "case" in (named := event_roles(given, raw.rows.columns, place)):
        return named["case"]
    found = guess_case(replace(raw, roles=_xes_names(raw) | raw.roles))
    return None if found is None else found[0]


def _columns(
    raw: RawTable, given: Mapping | None, traits: Traits, place: str
) -> tuple[Table, dict[str, str]]:
    """The sampled table and the column of each role; what the mapping names stands."""
    raw = replace(raw, roles=_xes_names(raw) | raw.roles)
    given_roles = {} if given is None else event_roles(given, raw.rows.columns, place)
    case = given_roles.get("case")
    if case is None:
        found = guess_case(raw)
        if found is None:
            raise _no_column(raw, "case id", "case", place)
        case = found[0]
        traits.guesses.append(found[1])
        if found[1].ground.startswith("no name"):
            said = (
                f"{case!r} is taken for the case id: {found[1].ground}; [columns] case corrects it"
            )
            traits.assumptions.append(Assumption("assumed", "case", said))
    table = Table(sample_rows(raw.rows, case), case)
    roles, guesses = guess_roles(replace(raw, roles=_known(raw, given_roles, case)), table)
    told = {g.key for g in traits.guesses} | {f"columns.{role}" for role in given_roles}
    traits.guesses += [g for g in guesses if g.key not in told]
    if stands(given, "columns"):
        needed = {"case", "activity"} | (
            set() if "time" in given_roles or "start" in given_roles else {"time"}
        )
        roles = {r: c for r, c in roles.items() if r in given_roles or r in needed}
    for role, what in (("activity", "activity"), ("time", "time")):
        if role not in roles and not (role == "time" and "start" in roles):
            if role == "time":
                _refuse_nearly_times(table, place)
            raise _no_column(raw, what, role, place)
    time = roles.get("time")
    if time is not None and time not in given_roles.values() and _DATE.match(time):
        raise LogError(
            f"{place}: the column of times is headed {time!r}, so the first row is data and not "
            "the names of columns; add a row of names above it"
        )
    return table, roles


def _refuse_nearly_times(table: Table, place: str) -> None:
    """Raise `LogError` for the column that holds times except in some rows, which it names."""
    for column in sorted(c for c in table.rows.columns if not c.startswith("@")):
        values = table.rows[column]
        if values.dtype != pl.String or not 0.5 <= share_of_dates(values) < 1:
            continue
        numbers = table.rows[PLACE] if PLACE in table.rows.columns else None
        moments_of(values, Mapping(), place, numbers)


def _known(raw: RawTable, named: dict[str, str], case: str) -> dict[str, str]:
    """Roles that need no guess: the format's, and over them the mapping's."""
    taken = {*named.values(), case}
    return {r: c for r, c in raw.roles.items() if c not in taken} | named | {"case": case}


def _xes_names(raw: RawTable) -> dict[str, str]:
    """Roles by the names of XES, in a table that has its names for case and activity."""
    columns = set(raw.rows.columns)
    if not {XES_NAMES["case"], XES_NAMES["activity"]} <= columns:
        return {}
    return {role: name for role, name in XES_NAMES.items() if name in columns}


def _no_column(raw: RawTable, what: str, role: str, place: str) -> LogError:
    shown = [c for c in raw.rows.columns if not c.startswith("@")]
    names = ", ".join(repr(c) for c in shown[:12]) + (" …" if len(shown) > 12 else "")
    return LogError(
        f"{place}: no column can be told to be the {what} among {names}; name it as "
        f"'{role}' under [columns] in a mapping file"
    )


def _free(constant: list[str]) -> tuple[str, ...]:
    return tuple(c for c in constant if not c.startswith(PREFIX))


def _styles(mapping: Mapping, table: Table, place: str) -> Times:
    """The patterns of times that are text, so that every part of the log is read alike."""
    from polku.log.times import detect_styles

    columns = {getattr(mapping.columns, r) for r in ("time", "start")} - {None}
    columns |= {c for c, kind in mapping.types.items() if kind == "time"}
    styles: set[str] = set()
    for column in sorted(columns):
        try:
            styles.update(detect_styles(table.rows[column]))
        except LogError as e:
            raise LogError(f"{place}: {e}") from e
    return mapping.time if styles <= {"iso"} else replace(
        mapping.time, formats=tuple(sorted(styles))
    )  # fmt: skip


def _clock(
    mapping: Mapping, table: pl.DataFrame, traits: Traits, notes: list[Assumption]
) -> Mapping:
    """Zone and share of day-granular stamps."""
    stamps = pl.concat([table["time"].alias("t"), table["start"].drop_nulls().alias("t")])
    zone = mapping.time.zone
    if zone is not None:
        share = midnight_share(stamps, zone)
    else:
        zone, share = guess_zone(stamps)
        local = any(a.about == "time" and a.kind == "assumed" for a in notes)
        zone = None if local else zone
        if zone is not None:
            ground = f"{share:.0%} of the stamps are midnight there; it stands for the zones alike"
            traits.note("time.zone", zone, ground)
    said = day_granular(share, stamps.len(), zone)
    if said is not None:
        notes.append(said)
        traits.note("time.day_granular_share", f"{share:.2f}", "stamps at local midnight")
    return replace(
        mapping, time=replace(mapping.time, zone=zone, day_granular_share=round(share, 4))
    )


def _matters(
    steps: pl.DataFrame,
    ids: pl.Series,
    table: Table,
    constant: list[str],
    mapping: Mapping,
    place: str,
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """One row per matter with its last event and constant columns; and those that are times."""
    last = steps.group_by("@code", maintain_order=True).agg(
        pl.col("time").last().alias("@last"), pl.col("activity").last().alias("@last_activity")
    )
    rows = without_none(table.rows.select(table.case, *constant), mapping, [table.case])
    own = rows.group_by(pl.col(table.case).cast(pl.String).alias("@id")).agg(
        pl.col(c).drop_nulls().min() for c in constant
    )
    matters = (
        last.with_columns(ids.gather(last["@code"]).alias("@id"))
        .join(own, on="@id", how="left", maintain_order="left")
    )  # fmt: skip
    ends: dict[str, pl.Series] = {}
    for column in constant:
        if is_time(matters[column]):
            try:
                ends[column] = moments_of(matters[column], mapping, place)
            except LogError:  # it is no column that the log needs
                continue
    return matters, ends


def _before_first(table: Table, mapping: Mapping, constant: list[str]) -> list[Assumption]:
    """Say so when a start date stands before the first event but is not taken for the arrival."""
    if mapping.cases.arrival is not None:
        return []
    return [
        Assumption(
            "assumed", "arrival",
            f"a matter arrives at its first event; the log also has {column!r}: name it as "
            "'arrival' under [cases] if that is when the customer came",
        )
        for column in named(constant, CASE_WORDS["start"])
        if is_time(table.rows[column])
    ] or [Assumption("assumed", "arrival", "a matter arrives at its first event")]  # fmt: skip


def _cannot(mapping: Mapping, table: pl.DataFrame) -> list[Assumption]:
    """What the log cannot tell for want of a column or a mark."""
    columns, out = mapping.columns, []
    if columns.start is None and not _has_starts(mapping, table):
        text = "only one time per event is known: work and waiting cannot be told apart"
        out.append(Assumption("cannot", "start", text))
    if columns.unit is None:
        out.append(Assumption("cannot", "units", "no column tells the unit"))
    if columns.agency is None and not mapping.agencies:
        text = (
            "no column tells the agency, and the mapping has no table [agencies] unit → agency: "
            "what happens between agencies is not known"
        )
        out.append(Assumption("cannot", "agencies", text))
    marked = mapping.contacts.customer or mapping.contacts.city or columns.contact
    if not marked:
        text = "no event is marked as a contact with the customer ([contacts])"
        out.append(Assumption("cannot", "contacts", text))
    return out


def _has_starts(mapping: Mapping, table: pl.DataFrame) -> bool:
    return bool((kinds_of_rows(table["@transition"], mapping.lifecycle) == START).any())


def _pairable(mapping: Mapping, table: Table, given: Mapping | None, traits: Traits) -> Mapping:
    """Without the lifecycle column where it tells of no completed step: each row is an event."""
    column = mapping.columns.lifecycle
    if column is None or (given is not None and given.columns.lifecycle is not None):
        return mapping
    if tells_steps(kinds_of_rows(table.rows[column], mapping.lifecycle)):
        return mapping
    traits.guesses = [g for g in traits.guesses if g.key != "columns.lifecycle"]
    traits.note("columns.lifecycle", "none", f"{column} tells of no completed step",
                samples(table.rows[column]))  # fmt: skip
    return replace(mapping, columns=replace(mapping.columns, lifecycle=None))
