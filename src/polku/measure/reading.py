"""From a log to facts: one row per matter; each criterion's fact is worked out when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from polku.errors import CriterionError, LogError
from polku.log.eventlog import EventLog
from polku.log.mapping import Mapping, nearest
from polku.measure.facts import Fact, Facts
from polku.measure.registry import Catalogue, Criterion, catalogue, missing
from polku.measure.steps import Steps

if TYPE_CHECKING:
    from polku.path.model import Path


class FactsOfLog(AnyMapping[str, Fact]):
    """Criterion id → fact, computed at each access and not kept (ten million events are large)."""

    def __init__(self, steps: Steps, criteria: dict[str, Criterion]) -> None:
        self._steps = steps
        self._criteria = criteria

    def __getitem__(self, id: str) -> Fact:
        return self._criteria[id].fact(self._steps)

    def __iter__(self) -> Iterator[str]:
        return iter(self._criteria)

    def __len__(self) -> int:
        return len(self._criteria)


def facts(
    log: EventLog,
    *,
    segments: tuple[str, ...] = (),
    known: Catalogue | None = None,
    path: Path | None = None,
) -> Facts:
    """Read the facts of every criterion off a log.

    `segments`: further matter columns to keep beside those of the mapping. `known`: the criteria
    (default: the whole catalogue). `path`: the published path; it tells the contacts of a log that
    marks none. Raises `LogError` when a segment column is not there, `PathError` when the log has
    no step of the path.
    """
    known = catalogue() if known is None else known
    if path is not None:
        from polku.path.aligning.contacts import contacts_from

        log = contacts_from(log, path)
    steps = Steps(log, path)
    absent = {c.id: _absent(steps, c) for c in known}
    measurable = {c.id: c for c in known if not absent[c.id]}
    columns = _segment_columns(log, segments)
    return Facts(
        matters=_matters(log, steps, columns),
        values=FactsOfLog(steps, measurable),
        missing={id: note for id, note in absent.items() if note},
        hashes={c.id: c.hash(log.mapping, reading_of(c, steps)) for c in known},
        closed_known=log.has_closed_rule,
        segments=columns,
        log=_summary(log, steps),
        definitions={c.id: definition_texts(c, log.mapping, reading_of(c, steps)) for c in known},
        zone=log.mapping.calendar.zone or log.mapping.time.zone or "UTC",
    )


def reading_of(criterion: Criterion, steps: Steps) -> str:
    """Which of a criterion's readings a log allows; empty where it has only one."""
    return criterion.reading(steps) if criterion.reading else ""


def definition_texts(criterion: Criterion, mapping: Mapping, reading: str = "") -> dict[str, str]:
    """The texts that a criterion's hash covers, by name; a part of the mapping as `[part]`."""
    return {
        **({"[reading]": reading} if reading else {}),
        "definition": criterion.definition,
        "unit": criterion.unit,
        "version": str(criterion.version),
        "statistics": "; ".join(s.describe() for s in criterion.statistics),
        **{f"[{part}]": mapping.definition(part) for part in sorted(criterion.parts)},
    }


def _absent(steps: Steps, criterion: Criterion) -> str:
    needs = [n for n in criterion.needs if n != "path" or steps.path is None]
    return "; ".join(note for need in needs if (note := missing(steps.log, need)))


def _segment_columns(log: EventLog, asked: tuple[str, ...]) -> tuple[str, ...]:
    offered = [c.removeprefix("case:") for c in log.mapping.cases.segments]
    known = [c for c in log.cases.columns if c not in ("case", "case_id")]
    for column in asked:
        if column not in known:
            raise LogError(
                f"--by {column}: the matters have no such column; {nearest(column, known)}"
            )
    return tuple(dict.fromkeys([c for c in offered if c in known] + list(asked)))


def _matters(log: EventLog, steps: Steps, columns: tuple[str, ...]) -> pl.DataFrame:
    cases = log.cases
    entry = (cases["entry"].dt.epoch("us") - cases["arrival"].dt.epoch("us")).fill_null(0)
    frame: dict[str, object] = {
        "case_id": cases["case_id"],
        "arrival": pl.Series(steps.arrival),
        "elapsed": pl.Series(steps.watched),
        "ended": pl.Series(steps.ended),
        "entry": entry.clip(lower_bound=0),
        "outcome": cases["outcome"].cast(pl.String),
        "kind": cases["kind"].cast(pl.String),
        "arrival_channel": _arrival_channel(steps),
    }
    for column in columns:
        if column not in frame:
            frame[column] = cases[column].cast(pl.String)
    return pl.DataFrame(frame)


def _arrival_channel(steps: Steps) -> pl.Series:
    """The channel of each matter's first event that tells one."""
    names = pl.Series([*steps.categories("channel"), None], dtype=pl.String)
    found = np.full(steps.n, names.len() - 1, dtype=np.int64)
    if names.len() > 1 and steps.m:
        codes, begin = steps.codes("channel"), steps.offsets[:-1]
        some = np.flatnonzero(begin < steps.offsets[1:])
        at_once = codes[begin[some]]  # mostly the first event tells
        found[some[at_once >= 0]] = at_once[at_once >= 0]
        if (at_once < 0).any():
            told = np.flatnonzero(codes >= 0)
            first = told[np.flatnonzero(np.diff(steps.case[told], prepend=-1))]
            found[steps.case[first]] = codes[first]
    return names.gather(found)


def _summary(log: EventLog, steps: Steps) -> dict[str, object]:
    source = log.source
    return {
        "matters": steps.n,
        "open": int(steps.n - steps.ended.sum()) if log.has_closed_rule else None,
        "events": source.rows_in,
        "steps": steps.m,
        **{
            name: steps.used(column)
            for name, column in (
                ("activities", "activity"),
                ("agencies", "agency"),
                ("units", "unit"),
                ("resources", "resource"),
            )
        },
        "first": _moment(min(steps.time.min(), steps.start.min())) if steps.m else None,
        "last": _moment(steps.time.max()) if steps.m else None,
        "source": source.to_json() | _about(log),
        "dropped": source.dropped,
        "assumptions": tuple(asdict(a) for a in source.assumptions),
    }


def _about(log: EventLog) -> dict[str, object]:
    """What the mapping says the log is, where it says so: a note stands with every figure."""
    about = {k: v for k, v in asdict(log.mapping.about).items() if v}
    return {"about": about} if about else {}


def _moment(micros: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))).isoformat()


def select(known: Catalogue, ids: tuple[str, ...]) -> Catalogue:
    """Some criteria of a catalogue, in its order; `CriterionError` for an unknown id."""
    wanted = {known[id].id for id in ids}
    chosen = Catalogue()
    for c in known:
        if c.id in wanted:
            chosen.add(c)
    if not len(chosen):
        raise CriterionError("no criterion was named; name at least one id")
    return chosen
