"""A simulated log in the terms of a real one: its mapping's rules applied, so figures compare."""

from __future__ import annotations

from dataclasses import replace

from polku.log.build import build
from polku.log.eventlog import EventLog
from polku.log.flat import flat
from polku.log.mapping import Closed, Mapping
from polku.log.raw import RawTable


def in_terms_of(simulated: EventLog, real: EventLog) -> EventLog:
    """The simulated log as if it had been read with the real log's mapping.

    What the real log's rules say of activities (which end a matter, which are contacts, what kind
    of event they are, how the matter ended) is said anew of the simulated one; what the real log
    has from columns (its status, its contact marks) the simulated log tells itself. Where the real
    log does not tell which matters have ended, the simulated one is measured as if it did not.
    The result has the real log's mapping, so all figures have the same hashes.
    """
    mapping = real.mapping
    if simulated.mapping == mapping:
        return simulated
    if not simulated.events.height:
        return replace(simulated, mapping=mapping)
    laid = flat(simulated)
    rows, columns, old = laid.rows, laid.mapping.columns, laid.mapping
    drop = {
        role: getattr(columns, role)
        for role, ruled in (
            ("contact", mapping.contacts.customer or mapping.contacts.city),
            ("kind", any(mapping.kinds.of.values())),
        )
        if ruled and getattr(columns, role)
    }
    columns = replace(columns, **dict.fromkeys(drop))
    terms = replace(
        old,
        columns=columns,
        closed=_closed(mapping, old, real),
        outcome=mapping.outcome if _by_activity(mapping) else old.outcome,
        contacts=mapping.contacts,
        kinds=mapping.kinds,
        agencies=mapping.agencies,
        automatic=mapping.automatic,
    )
    made = build(RawTable(rows.drop(drop.values()), (), "simulated"), terms)
    return replace(made, mapping=mapping, source=simulated.source, until=simulated.until)


def _closed(mapping: Mapping, old: Mapping, real: EventLog) -> Closed:
    if mapping.closed.rule == "end_activities":
        return mapping.closed
    return old.closed if real.has_closed_rule else Closed()


def _by_activity(mapping: Mapping) -> bool:
    rule = mapping.outcome
    return rule.column is None and bool(rule.decided or rule.withdrawn or rule.rejected)
