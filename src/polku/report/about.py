"""What a log is, as its mapping says it: the title above, and the badge that stands below it."""

from __future__ import annotations

from polku.log.eventlog import EventLog
from polku.report import wording

INVENTED = "Synthetic: every matter in this log is invented; it says nothing about a real city."


def title(log: EventLog) -> str:
    """The mapping's title of a log, else how many matters it holds."""
    return log.mapping.about.title or f"The way of {wording.plural(log.n_matters, 'matter')}"


def badge(log: EventLog) -> str:
    """What has to stand under every title ("Synthetic: …"), or "" where nothing has to.

    It is the mapping's note; a log that bears "synthetic" in a file's name or as a column is
    marked without one.
    """
    if log.mapping.about.note:
        return log.mapping.about.note
    files = any("synthetic" in f.name.lower() for f in log.source.files)
    return INVENTED if files or "synthetic" in log.events.columns else ""
