"""Contacts that a log does not mark, told by the steps of its path."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl

from polku.log.eventlog import CONTACT, EventLog
from polku.log.source import Assumption
from polku.path.aligning.walks import activities_of
from polku.path.matching import matching
from polku.path.model import Path, Step


def contacts_from(log: EventLog, path: Path) -> EventLog:
    """The log with its contacts marked by the steps of a path, where it marks none itself.

    An event whose step is a contact is one, started by whom the path says; all others are none. An
    activity that could be several steps which the path tells differently stays unmarked. What the
    log now takes for a contact is part of the definition of criteria about contacts, and stands
    among its assumptions. Unchanged: a log that marks contacts, one without events, and a path
    that tells no contact of a step in the log.
    """
    marked = log.events["contact"]
    if marked.null_count() < marked.len() or not marked.len():
        return log
    known = activities_of(log)
    found = matching(path, known)
    by = {n.id: n.facts.contact.by for n in path.nodes if isinstance(n, Step) and n.facts.contact}
    told: dict[str, str] = {}
    unclear = []
    for activity in known:
        says = {by.get(step, "none") for step in found.candidates(activity)} or {"none"}
        if len(says) > 1:
            unclear.append(activity)
        else:
            told[activity] = says.pop()
    contacts = {a: who for a, who in told.items() if who != "none"}
    if not contacts:
        return log
    column = (
        log.events["activity"]
        .cast(pl.String)
        .replace_strict(told, default=None, return_dtype=pl.String)
    )
    definition = log.mapping.definition("contacts")
    text = json.dumps({"mapping": definition, "path": contacts}, ensure_ascii=False, sort_keys=True)
    names = ", ".join(f"{a} ({who})" for a, who in contacts.items())
    note = f"contacts are those of the path {path.name or path.id}: {names}"
    if unclear:
        note += f"; not told of {', '.join(unclear)}, which could be several steps"
    mapping = log.mapping.replacing(defined_as={**log.mapping.defined_as, "contacts": text})
    events = log.events.with_columns(column.cast(pl.Enum(CONTACT)).alias("contact"))
    return replace(log, events=events, mapping=mapping).assuming(
        Assumption("assumed", "contacts", note)
    )
