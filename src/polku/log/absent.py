"""Activities that a mapping names and that the log does not have: a slip of the pen is told.

A mapping may serve several logs, so such a name is an assumption and no error; but a log in which
none of the ending activities occurs would leave every matter open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from polku.errors import MappingError
from polku.log.eventlog import EVENT_KINDS
from polku.log.mapping import Mapping, nearest
from polku.log.source import Assumption

SHOWN = 5
"""Names told in one line; the others are counted."""


def absent_activities(mapping: Mapping, activities: Iterable[str]) -> tuple[Assumption, ...]:
    """One assumption for each key of the mapping that names activities without any event.

    `activities`: those of the whole log.

    >>> from polku.log.mapping import Repeats
    >>> absent_activities(Mapping(repeats=Repeats(("Aply",))), ["Apply"])[0].text
    "[repeats] declared names what never occurs: 'Aply' (did you mean 'Apply'?)"
    """
    known = sorted(activities)
    if not known:
        return ()
    has = set(known)
    out = []
    for section, key, names in _named(mapping):
        missing = [n for n in names if n not in has]
        if not missing:
            continue
        told = [f"{n!r} ({nearest(n, known)})" for n in missing[:SHOWN]]
        more = f" and {len(missing) - SHOWN:,} more" if missing[SHOWN:] else ""
        text = f"[{section}] {key} names what never occurs: {', '.join(told)}{more}"
        out.append(Assumption("assumed", section, text))
    return tuple(out)


def refuse_endless(mapping: Mapping, activities: Iterable[str], place: str) -> None:
    """Raise `MappingError` when a log has none of the activities that end a matter.

    Of several logs that are linked each may lack them, so only a log by itself is asked.
    """
    known, ends = sorted(activities), mapping.closed.activities
    if mapping.closed.rule != "end_activities" or not known or not ends or {*ends} & {*known}:
        return
    raise MappingError(
        f"{place}: [closed] activities: none of {', '.join(map(repr, ends[:SHOWN]))} occurs in the "
        f"log, so no matter could end; {nearest(ends[0], known)}"
    )


def _named(mapping: Mapping) -> Iterator[tuple[str, str, list[str]]]:
    """(section, key, the activities named there)."""
    contacts, burden, clock = mapping.contacts, mapping.burden, mapping.clock
    if mapping.closed.rule == "end_activities":
        yield "closed", "activities", list(mapping.closed.activities)
    yield "contacts", "customer", list(contacts.customer)
    yield "contacts", "city", list(contacts.city)
    yield "contacts", "acknowledgements", list(contacts.acknowledgements)
    yield "contacts", "channels", list(contacts.channels)
    yield "waits", "statutory", list(mapping.waits.statutory)
    yield "waits", "meeting", list(mapping.waits.meeting)
    yield "repeats", "declared", list(mapping.repeats.declared)
    yield "clock", "stop", list(clock.stop)
    yield "clock", "resume", list(clock.resume)
    kinds = {*EVENT_KINDS, *mapping.kinds.of}  # hours may be given for a kind
    yield "burden", "hours", [n for n in burden.hours if n not in kinds]
    yield "burden", "external", list(burden.external)
    yield "burden", "fees", list(burden.fees)
    for kind, names in mapping.kinds.of.items():
        yield "kinds", kind, list(names)
    yield "automatic", "activities", list(mapping.automatic.activities)
    yield "exceptions", "activities", list(mapping.exceptions.activities)
