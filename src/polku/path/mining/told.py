"""What a log tells of its activities beyond their order: who does them, and who meets whom."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from polku.log.eventlog import EventLog
from polku.path.facts import Contact, Text

Place = tuple["str | None", "str | None"]
"""An agency and a unit; None where the log does not name one."""


@dataclass(frozen=True)
class Told:
    """An activity in a log.

    `times` it was done, in so many `matters`; `places`: where, with the times, the most frequent
    first, then by name; `contacts`: times it was a contact, by who started it and channel.
    """

    name: str
    times: int
    matters: int
    places: tuple[tuple[Place, int], ...]
    contacts: tuple[tuple[str, str | None, int], ...] = field(default=())

    @property
    def place(self) -> tuple[Place, float] | None:
        """The place where it was done most often of those named, and its share of all times."""
        named = [(p, n) for p, n in self.places if p != (None, None)]
        return (named[0][0], named[0][1] / self.times) if named else None

    @property
    def contact(self) -> tuple[Contact, float] | None:
        """The contact that it was most often, and the share of all times that it was one."""
        if not self.contacts:
            return None
        by: dict[str, int] = {}
        for who, _, n in self.contacts:
            by[who] = by.get(who, 0) + n
        who = min(by, key=lambda w: (-by[w], w))
        channels = ["-".join(c.split()) for w, c, _ in self.contacts if w == who and c]
        found = Contact("customer" if who == "customer" else "city", tuple(dict.fromkeys(channels)))
        return found, sum(by.values()) / self.times


def told(log: EventLog) -> dict[str, Told]:
    """What the log tells of every activity, by name."""
    columns = ("activity", "agency", "unit", "contact", "channel")
    events = log.events.select("case", *(pl.col(c).cast(pl.String) for c in columns))
    totals = events.group_by("activity").agg(pl.len().alias("n"), pl.col("case").n_unique())
    places: dict[str, list[tuple[Place, int]]] = {}
    counted = events.group_by("activity", "agency", "unit").agg(pl.len().alias("n"))
    for name, agency, unit, n in counted.rows():
        places.setdefault(name, []).append(((agency, unit), n))
    contacts: dict[str, list[tuple[str, str | None, int]]] = {}
    met = events.filter(pl.col("contact").is_in(["customer", "city"]))
    for name, who, channel, n in (
        met.group_by("activity", "contact", "channel").agg(pl.len().alias("n")).rows()
    ):
        contacts.setdefault(name, []).append((who, channel, n))
    return {
        name: Told(
            name, n, matters,
            tuple(sorted(places[name], key=lambda p: (-p[1], p[0][0] or "", p[0][1] or ""))),
            tuple(sorted(contacts.get(name, ()), key=lambda c: (-c[2], c[0], c[1] or ""))),
        )
        for name, n, matters in sorted(totals.rows())
    }  # fmt: skip


def display_names(log: EventLog, value: str) -> Text:
    """The names that the log's mapping gives a value for display; none are made up."""
    names = log.mapping.names.get(value, {})
    return Text(
        **{k: " ".join(names[k].split()) or None for k in ("fi", "sv", "en") if names.get(k)}
    )
