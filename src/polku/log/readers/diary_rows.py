"""The rows of a contact diary: every cell read with the slips that people make, each one named."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from polku.log.raw import ORDER, PLACE
from polku.log.readers.diary_form import CHANNELS, ENDED, KINDS, STARTED, YES_NO
from polku.log.source import Issue

if TYPE_CHECKING:
    import polars as pl

_EXAMPLE = ("esimerkki", "exempel", "example")
_TRUE = {"true", "1", "x"}
_DATE = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|"
                   r"(?P<d2>\d{1,2})\.\s?(?P<m2>\d{1,2})\.\s?(?P<y2>\d{4})")  # fmt: skip
_TIME = re.compile(r"(?:klo|kl\.?)?\s*(\d{1,2})(?:[.:](\d{2}))?(?:[.:](\d{2}))?(?:\.0+)?$")


@dataclass
class Faults:
    """Slips found so far: code → (what was done, dropped, places)."""

    found: dict[str, tuple[str, bool, list[str]]] = field(default_factory=dict)

    def add(self, code: str, what: str, row: int, text: str, dropped: bool = False) -> None:
        """Note a slip; without `dropped` it costs its cell only."""
        self.found.setdefault(code, (what, dropped, []))[2].append(f"row {row}: {text}")

    def drop(self, code: str, what: str, row: int, text: str) -> Entry | None:
        """Note a row that is left out; returns none in its place."""
        self.add(code, what, row, text, dropped=True)
        return None

    def issues(self) -> tuple[Issue, ...]:
        """What was found, by code, each with its first ten rows."""
        return tuple(
            Issue(code, len(places), what, tuple(places[:10]), dropped)
            for code, (what, dropped, places) in sorted(self.found.items())
        )


def plain(text: str) -> str:
    """A word in lower case, without the spaces, stars and colons around it."""
    return " ".join(text.split()).strip(" *:").lower()


@dataclass(frozen=True)
class Entry:
    """One row that can be used; `moment` is its completion, `ended` how the matter ended."""

    row: int
    values: dict[str, object]
    moment: datetime
    timed: bool
    ended: str | None
    due: datetime | None


def entry(cells: dict[str, str | None], row: int, zone: ZoneInfo, faults: Faults) -> Entry | None:
    """Read one row.

    `cells`: column key → text; `row`: its number in the file, from 1. Returns none for an empty
    row and for one that cannot be used (noted in `faults`).
    """
    cell = {k: v.strip() for k, v in cells.items() if v is not None and v.strip()}
    if not cell:
        return None
    matter = cell.get("matter")
    if matter is None:
        return faults.drop("row_without_matter", "rows without a matter; left out", row,
                          "no matter; write its number in the first column")  # fmt: skip
    if matter.lower().startswith(_EXAMPLE):
        return faults.drop("example_row", "the form's example row; left out", row, matter)
    kind = _word(cell, "event", KINDS, row, faults)
    step = cell.get("step") or (kind.replace("_", " ") if kind else None)
    if step is None:
        return faults.drop("row_without_step", "rows without a step; left out", row,
                          "no step; write what was done")  # fmt: skip
    day = _date(cell.get("date"))
    if day is None:
        found = f"{cell['date']!r} is no date" if "date" in cell else "no date"
        return faults.drop("row_without_date", "rows without a readable date; left out", row,
                          f"{found}; write it like 2026-03-24 or 24.3.2026")  # fmt: skip
    # A date cell of a workbook reads "2026-03-24 00:00:00": that midnight says nothing.
    tail = cell["date"].partition(" ")[2].removesuffix("00:00:00")
    clock = _clock(cell.get("time") or tail)
    if "time" in cell and clock is None:
        faults.add("unreadable_time", "times of day that cannot be read; taken as not known", row,
                   f"{cell['time']!r} is no time of day; write it like 9:30")  # fmt: skip
    timed = clock is not None
    began = _moment(day, clock or time(), zone, row, faults)
    minutes = {k: _minutes(cell, k, row, faults) for k in ("minutes_city", "minutes_customer")}
    work = minutes["minutes_city"]
    done = began + timedelta(minutes=work) if timed and work else began
    started = _word(cell, "started_by", STARTED, row, faults)
    if started is None and "started_by" not in cell:
        if "channel" in cell:
            faults.add("unknown_starter", "contacts of which the diary does not say who started; "
                       "no contact mark", row, "write customer, city or internal")  # fmt: skip
        else:
            started = "none"
    succeeded = _word(cell, "succeeded", YES_NO, row, faults)
    channel = cell.get("channel")
    values: dict[str, object] = {
        "matter": matter, "step": step, "when": done, "began": began if timed and work else None,
        "agency": cell.get("agency"), "unit": cell.get("unit"), "person": cell.get("person"),
        "channel": _find(channel, CHANNELS) or channel, "contact": started, "event": kind,
        "about": cell.get("about"), **minutes,
        "succeeded": None if succeeded is None else succeeded == "yes",
        "case:kind": cell.get("kind"), "case:segment": cell.get("segment"),
        "case:customer": cell.get("customer"),
    }  # fmt: skip
    ended = _word(cell, "ended", ENDED, row, faults, yes="other")
    return Entry(row, values, done, timed, None if ended == "no" else ended,
                  _due(cell, zone, row, faults))  # fmt: skip


def _due(cell: dict[str, str], zone: ZoneInfo, row: int, faults: Faults) -> datetime | None:
    if "due" not in cell:
        return None
    day = _date(cell["due"])
    if day is None:
        faults.add("unreadable_due", "promised dates that cannot be read; taken as none", row,
                   f"{cell['due']!r} is no date; write it like 2026-03-24")  # fmt: skip
        return None
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return midnight.astimezone(ZoneInfo("UTC")) - timedelta(microseconds=1)


def _word(
    cell: dict[str, str], key: str, words: dict[str, tuple[str, str, str]], row: int,
    faults: Faults, yes: str | None = None,
) -> str | None:  # fmt: skip
    """The stable word for a cell's text in any language; a slip is noted and gives none."""
    text = cell.get(key)
    found = _find(text, words)
    if found is None and text is not None:
        bare = plain(text)
        if yes is not None and (bare in _TRUE or _find(text, YES_NO) == "yes"):
            return yes
        if words is YES_NO and bare in (*_TRUE, "false", "0"):
            return "yes" if bare in _TRUE else "no"
        allowed = ", ".join(names[2] for names in words.values())
        faults.add(f"unknown_{key}", f"words in {key!r} that are not known; taken as none", row,
                   f"{text!r} is not known; write one of: {allowed}")  # fmt: skip
    return found


def _find(text: str | None, words: dict[str, tuple[str, str, str]]) -> str | None:
    if text is None:
        return None
    known = {plain(w): key for key, names in words.items() for w in (key, *names)}
    parts = [plain(text), *(plain(p) for p in text.split("/"))]
    return next((known[p] for p in parts if p in known), None)


def _date(text: str | None) -> date | None:
    match = _DATE.match(text or "")
    if match is None or not re.fullmatch(r"([T ].*)?", (text or "")[match.end() :]):
        return None
    parts = match.groupdict()
    y, m, d = (int(parts[k] or parts[k + "2"]) for k in ("y", "m", "d"))
    try:
        return date(y, m, d) if 1990 <= y <= 2100 else None
    except ValueError:
        return None


def _clock(text: str) -> time | None:
    match = _TIME.match(re.sub(r"^1899-12-3[01][T ]", "", text.strip()))
    if match is None:
        return None
    hour, minute, second = (int(g or 0) for g in match.groups())
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _moment(day: date, clock: time, zone: ZoneInfo, row: int, faults: Faults) -> datetime:
    local = datetime.combine(day, clock, zone)
    utc = local.astimezone(ZoneInfo("UTC"))
    if utc.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        faults.add("time_in_gap", "times that do not exist, as the clocks went forward; moved on",
                   row, f"{local:%Y-%m-%d %H:%M} does not exist in {zone.key}")  # fmt: skip
    return utc


def _minutes(cell: dict[str, str], key: str, row: int, faults: Faults) -> float | None:
    if key not in cell:
        return None
    match = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(?:min\.?|m|minuuttia|minuter)?", cell[key].lower())
    value = float(match.group(1).replace(",", ".")) if match else None
    if value is None or value > 24 * 60:
        faults.add("unreadable_minutes", "minutes that cannot be read; taken as not known", row,
                   f"{cell[key]!r} are no minutes; write a number up to 1440")  # fmt: skip
        return None
    return value


def table(entries: list[Entry], faults: Faults) -> pl.DataFrame:
    """The rows as a frame, with what holds for each whole matter in `case:` columns."""
    import polars as pl

    moment = pl.Datetime("us", "UTC")
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "matter": pl.String, "step": pl.String, "when": moment, "began": moment,
        "agency": pl.String, "unit": pl.String, "person": pl.String, "channel": pl.String,
        "contact": pl.String, "event": pl.String, "about": pl.String, "minutes_city": pl.Float64,
        "minutes_customer": pl.Float64, "succeeded": pl.Boolean, "case:kind": pl.String,
        "case:segment": pl.String, "case:customer": pl.String, "case:due": moment,
        "case:closed": pl.Boolean, "case:outcome": pl.String, "case:end": moment,
        ORDER: pl.UInt32, PLACE: pl.UInt32,
    }  # fmt: skip
    matters: dict[object, list[Entry]] = {}
    for entry in entries:
        matters.setdefault(entry.values["matter"], []).append(entry)
    facts = {matter: _matter(rows, faults) for matter, rows in matters.items()}
    order: dict[object, int] = {}
    out = []
    for entry in entries:
        matter = entry.values["matter"]
        order[matter] = order.get(matter, 0) + 1
        out.append({**entry.values, **facts[matter], ORDER: order[matter], PLACE: entry.row})
    return pl.DataFrame(out, schema=schema, orient="row")


def _matter(rows: list[Entry], faults: Faults) -> dict[str, object]:
    """What holds for a whole matter: how it ended, what was promised, of what kind it is."""
    out: dict[str, object] = {}
    by_time = sorted(rows, key=lambda e: (e.moment, e.row))
    ends = [e for e in by_time if e.ended is not None]
    out["case:closed"] = bool(ends)
    out["case:outcome"] = ends[-1].ended if ends else None
    out["case:end"] = ends[-1].moment if ends else None
    for one in ends[:-1]:
        faults.add("ended_twice", "matters that end more than once; the last end counts",
                   one.row, "the matter ends again later; keep one end")  # fmt: skip
    dues = [e for e in by_time if e.due is not None]
    out["case:due"] = dues[0].due if dues else None
    for one in dues:
        if one.due != dues[0].due:
            faults.add("promise_changed", "promised dates that changed; the first counts",
                       one.row, "another date was promised before")  # fmt: skip
    for key in ("case:kind", "case:segment", "case:customer"):
        given = [e for e in by_time if e.values[key] is not None]
        out[key] = given[0].values[key] if given else None
        for one in given:
            if one.values[key] != out[key]:
                faults.add(f"two_values_of_{key[5:]}", "cells that contradict the matter's first; "
                           "the first counts", one.row,
                           f"{one.values[key]!r}, before {out[key]!r}; correct one")  # fmt: skip
    return out
