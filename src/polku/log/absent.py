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


def absent_activities(
    mapping: Mapping, activities: Iterable[str], place: str
) -> tuple[Assumption, ...]:
    """One assumption for each key of the mapping that names activities without any event.

    `activities`: those of the whole log; `place`: the file's name, for messages. Raises
    `MappingError` when a log with events has none of the activities that end a matter.

    >>> from polku.log.mapping import Repeats
    >>> absent_activities(Mapping(repeats=Repeats(("Aply",))), ["Apply"], "log")[0].text
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
        if (section, key) == ("closed", "activities") and len(missing) == len(names):
            raise MappingError(
                f"{place}: [closed] activities: none of {', '.join(map(repr, missing[:SHOWN]))} "
                f"occurs in the log, so no matter could end; {nearest(missing[0], known)}"
            )
        told = [f"{n!r} ({nearest(n, known)})" for n in missing[:SHOWN]]
        more = f" and {len(missing) - SHOWN:,} more" if missing[SHOWN:] else ""
        text = f"[{section}] {key} names what never occurs: {', '.join(told)}{more}"
        out.append(Assumption("assumed", section, text))
    return tuple(out)


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
