"""Holding a log against a path that was drawn by hand: what happens, where, and how often."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import polars as pl

from polku.log.eventlog import EventLog
from polku.path.matching import Matching, matching
from polku.path.mining.choices import choices, counted
from polku.path.mining.told import Place, Told, told
from polku.path.model import Flow, Lane, Path
from polku.path.ways import ways


@dataclass(frozen=True)
class StepTold:
    """A step in the log: `times` it happened, in `matters` matters, a `share` of all of them."""

    step: str
    name: str
    times: int
    matters: int
    share: float


@dataclass(frozen=True)
class NotInPath:
    """An activity of the log that no step is: how often, in how many matters, mostly where."""

    activity: str
    times: int
    matters: int
    agency: str | None
    unit: str | None


@dataclass(frozen=True)
class Elsewhere:
    """A step that the log has in another place than the path: its lane, and where most often.

    `share`: of the instances that name a place, how many were not in the path's lane.
    """

    step: str
    name: str
    lane: str
    agency: str | None
    unit: str | None
    share: float


@dataclass(frozen=True)
class Enriched:
    """A path with what a log tells of it.

    `path`: with measured probabilities at the gateways in `measured`; `steps`: every step that is
    matched, in the order of the path; `never`: ids of steps that do not happen in the log;
    `missing`: activities that are not in the path, the most frequent first; `elsewhere`: steps
    that happen in another unit than the path says; `unmeasured`: exclusive gateways whose
    probabilities the log cannot tell: their ways on begin with the same steps, or with steps
    that are not, or not surely, in the log, or no matter came there.
    """

    path: Path
    matching: Matching
    steps: tuple[StepTold, ...] = ()
    never: tuple[str, ...] = ()
    missing: tuple[NotInPath, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    measured: tuple[str, ...] = ()
    unmeasured: tuple[str, ...] = ()
    matters: int = field(default=0)


def enrich(path: Path, log: EventLog) -> Enriched:
    """Count how the steps of a path happen in a log.

    Activities are matched with steps as `polku.path.matching` says; those that could be several
    steps count for none. Probabilities are replaced only where the log tells them; where an
    exclusive gateway has measured ones and no default, the most frequent flow becomes it.
    """
    every = told(log)
    found = matching(path, every)
    times, matters = _counts(log, found)
    n = log.n_matters
    sure = [s for s in path.steps if s.id in found.activities_of]
    missing = [
        NotInPath(a.name, a.times, a.matters, *(a.place[0] if a.place else (None, None)))
        for a in (every[name] for name in found.unmatched_activities)
    ]
    measured, chances, defaults = _probabilities(path, log, found)
    asked = [g.id for g in path.gateways if g.kind == "exclusive" and len(path.out(g.id)) > 1]
    return Enriched(
        _with(path, chances, defaults),
        found,
        tuple(
            StepTold(s.id, s.name, times[s.id], matters[s.id], matters[s.id] / n if n else 0.0)
            for s in sure
        ),
        found.unmatched_steps,
        tuple(sorted(missing, key=lambda m: (-m.times, m.activity))),
        tuple(_elsewhere(path, every, found)),
        measured,
        tuple(g for g in asked if g not in measured),
        n,
    )


def _counts(log: EventLog, found: Matching) -> tuple[Counter[str], Counter[str]]:
    step = pl.col("activity").cast(pl.String).replace_strict(
        dict(found.step_of), default=None, return_dtype=pl.String
    )  # fmt: skip
    counted = (
        log.events.select("case", step=step)
        .drop_nulls("step")
        .group_by("step")
        .agg(pl.len().alias("times"), pl.col("case").n_unique().alias("matters"))
    )
    times: Counter[str] = Counter()
    matters: Counter[str] = Counter()
    for name, n, of in counted.rows():
        times[name], matters[name] = n, of
    return times, matters


# -- where


def _elsewhere(path: Path, every: dict[str, Told], found: Matching) -> list[Elsewhere]:
    out = []
    for step in path.steps:
        lane = path.lane_of(step)
        names = found.activities_of.get(step.id, ())
        if lane is None or not names or path.by_customer(step):
            continue
        places: Counter[Place] = Counter()
        for name in names:
            places.update(dict(every[name].places))
        places.pop((None, None), None)
        total = sum(places.values())
        others = {p: n for p, n in places.items() if not _is_there(p, lane, path)}
        if not others or 2 * sum(others.values()) <= total:
            continue
        agency, unit = min(others, key=lambda p: (-others[p], p[0] or "", p[1] or ""))
        share = sum(others.values()) / total
        out.append(Elsewhere(step.id, step.name, lane.name, agency, unit, share))
    return out


def _is_there(place: Place, lane: Lane, path: Path) -> bool:
    """Whether a place of the log is the lane: its unit, or its agency where it is no unit's."""
    agency, unit = (None if p is None else _key(p) for p in place)
    mine = _names(lane)
    outer = _names(path.lane(lane.parent)) if lane.parent is not None else set()
    if lane.role == "unit":
        if unit is not None:
            return unit in mine
        return agency in mine or agency in outer
    return agency in mine or unit in mine


def _names(lane: Lane) -> set[str]:
    names = lane.facts.names
    return {_key(n) for n in (lane.name, names.fi, names.sv, names.en) if n}


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


# -- how often


_Chances = dict[str, tuple[float, int]]


def _probabilities(
    path: Path, log: EventLog, found: Matching
) -> tuple[tuple[str, ...], _Chances, dict[str, str]]:
    """Gateways that were measured; flow → probability and matters; gateway → its usual flow."""
    unsure = {s for steps in found.ambiguous.values() for s in steps}
    rows = _rows(log, found)
    measured, chances, defaults = [], {}, {}
    for choice in choices(path):
        near = choice.before.union(*choice.after.values())
        if unsure & near:
            continue
        passes, matters = counted(choice, rows)
        total = sum(passes.values())
        if not total:
            continue
        measured.append(choice.gateway)
        for flow, n in passes.items():
            chances[flow] = n / total, matters
        defaults[choice.gateway] = max(passes, key=lambda f: passes[f])
    return tuple(measured), chances, defaults


def _rows(log: EventLog, found: Matching) -> list[tuple[tuple[str, ...], int, bool]]:
    """The ways as ids of steps, apart for matters that ended (or may have) and open ones."""
    every = ways(log)
    closed = log.cases.sort("case")["closed"].fill_null(True).to_list()
    numbers: Counter[tuple[int, bool]] = Counter(zip(every.of_matter.tolist(), closed, strict=True))
    rows: Counter[tuple[tuple[str, ...], bool]] = Counter()
    for (number, ended), n in numbers.items():
        way = tuple(found.step_of[a] for a in every.sequences[number] if a in found.step_of)
        rows[way, ended] += n
    return [(way, n, ended) for (way, ended), n in rows.items()]


def _with(path: Path, chances: _Chances, defaults: dict[str, str]) -> Path:
    def told_flow(flow: Flow) -> Flow:
        if flow.id not in chances:
            return flow
        probability, matters = chances[flow.id]
        return replace(flow, probability=probability, measured=matters)

    changed = [
        replace(g, default=defaults[g.id])
        for g in path.gateways
        if g.id in defaults and g.default is None
    ]
    flows = tuple(map(told_flow, path.flows))
    return replace(path.with_nodes(changed), flows=flows)
