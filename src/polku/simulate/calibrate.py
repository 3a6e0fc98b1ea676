"""The verb `calibrate`: from a log and its path to a scenario that moves like the log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from polku.errors import ScenarioError
from polku.log.eventlog import EventLog
from polku.log.mapping import Mapping as LogMapping
from polku.path.aligning.walks import activities_of
from polku.path.matching import Matching, matching
from polku.path.model import Path
from polku.simulate.calibrating.arriving import arriving
from polku.simulate.calibrating.batching import batched
from polku.simulate.calibrating.branching import Branchings, branchings
from polku.simulate.calibrating.hours import local, sharpest_zone, zone_is_known
from polku.simulate.calibrating.instances import Instances, Ints, instances
from polku.simulate.calibrating.moving import Moving, moving
from polku.simulate.calibrating.staff import staff
from polku.simulate.scenario import (
    Calendar,
    EventNumbers,
    Kind,
    Origin,
    Remark,
    Scenario,
    always,
    fixed,
)

_MIDNIGHT = 0.2
"""Share of stamps at midnight from which the time of day is not told."""
_OWN_STREAM = 30
"""Matters of a kind from which it has a stream of its own."""
_MEASURE = (
    "contacts", "kinds", "automatic", "clock", "calendar", "repeats", "burden", "waits",
    "exceptions", "names", "agencies", "about",
)  # fmt: skip


def calibrate(
    log: EventLog, path: Path, *, zone: str | None = None, name: str | None = None
) -> Scenario:
    """Make the scenario with which a path moves as a log did.

    `log`: the matters as they were; `path`: the path they went, with its steps named as the log
    names them (or with `polku:activity`); `zone`: time zone of working hours, by default the log's
    own, else the one in which its hours are sharpest; `name`: of the scenario.

    Every number of the scenario says whether it was measured (and on how many), inferred or
    assumed; its `remarks` name what was merged, what the path has no place for, and what the log
    cannot tell. Raises `ScenarioError` when the log has no matter, or no activity that is a step.

    >>> from polku.log.read import read
    >>> from polku.path.read import read_path
    >>> calibrate(read("permits.csv"), read_path("permit.bpmn")).start  # doctest: +SKIP
    datetime.date(2025, 1, 7)
    """
    if not log.n_matters or not log.events.height:
        raise ScenarioError(
            "calibrate: the log has no events, so nothing can be measured; give a log with matters"
        )
    known = activities_of(log)
    found = matching(path, known)
    if not found.step_of and not found.ambiguous:
        raise ScenarioError(
            f"calibrate: no activity of the log ({', '.join(repr(a) for a in known[:3])} …) is a "
            f"step of path {path.id}; write the log's names into the path as polku:activity, or "
            "make a path with polku discover"
        )
    seen = instances(log, path, found)
    if not len(seen):
        raise ScenarioError(
            f"calibrate: no event of the log could be followed along path {path.id}; see polku "
            "conform for where they leave it"
        )
    remarks = [*_matched(log, path, found, seen)]
    hours = log.mapping.time.day_granular_share < _MIDNIGHT
    if not hours:
        share = log.mapping.time.day_granular_share
        remarks.append(
            Remark(
                "time",
                f"{share:.0%} of the stamps are at midnight, so neither working hours nor the "
                "order within a day can be told: all calendars are left out",
            )
        )
    own = log.mapping.calendar.zone or log.mapping.time.zone
    zone, said = _zone(seen, zone or own, hours)
    if said:
        remarks.append(Remark("zone", said))
    crew = staff(path, seen, zone, hours)
    moves = moving(path, seen, crew)
    steps, together = batched(path, seen, moves.steps)
    ways = branchings(path, seen)
    first, end = _window(seen.arrival, zone)
    kinds, more, notes = _kinds(log, seen, zone, hours, first, end)
    calendars = {**crew.calendars, **more}
    return Scenario(
        path=path.id,
        kinds=kinds,
        name=name or f"{path.name or path.id}, as in the log",
        path_hash=path.hash,
        zone=zone,
        start=first,
        end=end,
        branching=ways.gateways,
        steps=steps,
        events=_events(path, ways, moves),
        pools=crew.pools,
        people=crew.people,
        calendars=calendars,
        outcomes=_outcomes(log, seen),
        mapping=_mapping(log.mapping),
        remarks=(*remarks, *crew.remarks, *moves.remarks, *together, *ways.remarks, *notes),
    )


def _zone(seen: Instances, given: str | None, hours: bool) -> tuple[str, str | None]:
    if given is not None and not zone_is_known(given):
        raise ScenarioError(
            f"calibrate: the zone {given!r} is not known; use a name like 'Europe/Helsinki'"
        )
    if not hours:
        return given or "UTC", None
    stamps = np.concatenate([seen.start[seen.timed], seen.end])
    return sharpest_zone(stamps, given)


def _window(arrival: Ints, zone: str) -> tuple[date, date]:
    days = local(np.array([arrival.min(), arrival.max()]), zone).day
    day = date(1970, 1, 1)
    return day + timedelta(days=int(days[0])), day + timedelta(days=int(days[1]) + 1)


def _matched(log: EventLog, path: Path, found: Matching, seen: Instances) -> list[Remark]:
    """What of log and path does not meet."""
    out = []
    if found.unmatched_activities:
        counts = dict(
            log.events["activity"].cast(pl.String).value_counts().iter_rows()  # name, count
        )
        rows = sorted(
            ((counts.get(a, 0), a) for a in found.unmatched_activities), key=lambda r: (-r[0], r[1])
        )
        shown = ", ".join(f"{a} ({n:,})" for n, a in rows[:8]) + (" …" if len(rows) > 8 else "")
        out.append(
            Remark(
                "activities",
                f"{len(rows)} activities of the log with {sum(n for n, _ in rows):,} events are "
                f"no step of the path and are left out: {shown}",
            )
        )
    out += [
        Remark(
            step,
            f"step {path.node(step).name or step!r} does not happen in the log: it is assumed to "
            "take no time and nobody's work",
        )
        for step in found.unmatched_steps
    ]
    if seen.gave_up:
        out.append(
            Remark(
                "ways",
                "the path is so large that steps which may not have been recorded were not looked "
                "for everywhere; the events behind them are among those left out",
            )
        )
    if seen.passed_over:
        out.append(
            Remark(
                "ways",
                f"{seen.passed_over:,} events happened where the path has no place for them and "
                "are left out",
            )
        )
    if seen.skipped:
        most = ", ".join(
            f"{path.node(s).name or s} ({n:,})" for s, n in seen.skipped.most_common(5)
        )
        out.append(
            Remark(
                "ways",
                f"{sum(seen.skipped.values()):,} times the path wanted a step that the log lacks, "
                f"which was taken for done without a trace: {most}; simulated matters do it",
            )
        )
    n, whole = len(seen.arrival), seen.fitting
    if whole < 0.95 * n:
        out.append(
            Remark(
                "ways",
                f"{whole:,} of {n:,} matters went a way that the path allows; what is simulated "
                "goes the path's ways, so a path discovered from this log with less left out (a "
                "smaller noise) may resemble it more",
            )
        )
    return out


def _kinds(
    log: EventLog, seen: Instances, zone: str, hours: bool, first: date, end: date
) -> tuple[dict[str, Kind], dict[str, Calendar], list[Remark]]:
    """A stream of arrivals for each kind of matter that has enough of them."""
    names = log.cases["kind"].fill_null("").to_list()
    counts: dict[str, int] = {}
    for k in names:
        counts[k] = counts.get(k, 0) + 1
    own = sorted(k for k, n in counts.items() if k and n >= _OWN_STREAM)
    group = [k if k in own else "matter" if len(own) == 0 else "other" for k in names]
    kinds: dict[str, Kind] = {}
    calendars: dict[str, Calendar] = {}
    notes: list[Remark] = []
    promises = _promises(log)
    for kind in sorted(set(group)):
        rows = np.array([k == kind for k in group])
        made = arriving(
            seen.arrival[rows],
            zone,
            kind,
            hours,
            first,
            end,
            float(seen.weights.arrivals[rows].sum()),
        )
        kinds[kind] = Kind(made.arrivals, promises(rows))
        if made.calendar is not None and made.arrivals.calendar is not None:
            calendars[made.arrivals.calendar] = made.calendar
        notes += made.remarks
    return kinds, calendars, notes


def _promises(log: EventLog) -> Any:
    """Within how many days the matters of some rows are promised, where nearly all agree."""
    due = log.cases["due"].dt.epoch("us").to_numpy().astype(float)
    since = log.cases["arrival"].dt.epoch("us").to_numpy()

    def of(rows: np.ndarray[Any, np.dtype[np.bool_]]) -> float | None:
        days = (due[rows] - since[rows]) / 8.64e10
        days = days[np.isfinite(days)]
        if len(days) < 0.9 * rows.sum() or not len(days):
            return None
        middle = float(np.median(days))
        return round(middle, 3) if np.mean(np.abs(days - middle) < 1) > 0.9 else None

    return of


def _events(path: Path, ways: Branchings, moves: Moving) -> Mapping[str, EventNumbers]:
    """Intermediate and boundary events: their time is in the delay of the step behind them."""
    out: dict[str, EventNumbers] = {}
    for event in path.events:
        if event.position == "catch" and event.trigger not in ("link", "none"):
            note = "its time is part of the delay of the step behind it"
            out[event.id] = EventNumbers(
                after=always(fixed(0.0)), origin=Origin("inferred", None, note)
            )
        elif event.position == "boundary" and event.trigger != "compensate":
            times, of = ways.boundary.get(event.id, (0, 0))
            chance = times / (times + of) if times + of else 0.0
            host = moves.middle.get(event.attached_to or "", 0.0)
            out[event.id] = EventNumbers(
                after=always(fixed(host / 2)),
                happens=always(chance),
                origin=Origin("measured", times + of, "when it happens is assumed"),
            )
    return out


def _outcomes(log: EventLog, seen: Instances) -> Mapping[str, str]:
    """For each end event the way of ending that most of its matters had."""
    told = log.cases["outcome"].cast(pl.String).to_list()
    counts: dict[str, dict[str, int]] = {}
    for outcome, way in zip(told, seen.way_of.tolist(), strict=True):
        if outcome is None:
            continue
        for end in seen.passes[way].replay.ends:
            counts.setdefault(end, {})
            counts[end][outcome] = counts[end].get(outcome, 0) + 1
    return {end: min(n, key=lambda o: (-n[o], o)) for end, n in sorted(counts.items())}


def _mapping(mapping: LogMapping) -> Mapping[str, Any]:
    """The sections under which simulated logs are measured as this one was."""
    told = mapping.to_dict()
    out = {k: told[k] for k in _MEASURE if k in told}
    if mapping.closed.rule == "end_activities":
        out["closed"] = told["closed"]
    return out


__all__ = ["calibrate"]
