"""The way of the matters as a graph: which steps and moves a map of a given detail shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.log.eventlog import EventLog
from polku.measure.edges import directly_follows, terminals
from polku.measure.facts import Ints, Rows
from polku.measure.steps import Steps
from polku.report.about import badge, title
from polku.report.names import labels
from polku.report.wording import is_coarse

UNNAMED = "not named"
"""Title of the lane of steps whose unit or agency the log leaves empty."""


@dataclass(frozen=True)
class Stop:
    """One box of the map: an activity as done in one lane.

    `matters` that pass it, `times` it was done, `again` matters in which it comes more than once,
    `starts` and `ends` matters whose walk begins or has ended here, `place` its median relative
    place in a matter's walk (0 first, 1 last). `contact`: none, customer or city; `channel` the
    one most used in it.
    """

    activity: str
    label: str
    lane: int
    matters: int
    times: int
    again: int
    starts: int
    ends: int
    place: float
    contact: str
    channel: str


@dataclass(frozen=True)
class Move:
    """One line of the map: from one shown stop to the next shown one.

    `matters` that make it, `times` it is made, `wait` median µs from the end of the one to the
    start of the other.
    """

    tail: int
    head: int
    matters: int
    times: int
    wait: int


@dataclass(frozen=True)
class Lane:
    """A band of the map: a unit, under its agency where the log has both."""

    agency: str
    unit: str
    others: int = 0
    """more than 0: a band for that many less busy units"""


@dataclass(frozen=True)
class Walk:
    """What a map shows, and how much of the log that is.

    `steps_share` of all steps done stand in the stops, `moves_share` of the moves between them in
    the lines. `contacts_known`: the log marks contacts; `ends_known`: it tells which matters ended.
    """

    stops: tuple[Stop, ...]
    moves: tuple[Move, ...]
    lanes: tuple[Lane, ...]
    matters: int
    open: int | None
    all_stops: int
    steps_share: float
    moves_share: float
    asked_share: float
    contacts_known: bool
    first: str = ""
    last: str = ""
    """first and last month of the log"""
    coarse: bool = False
    """the log knows the day of its steps only, so waits below a day are not told"""
    title: str = ""
    apart: bool = False
    """the log tells work and waiting apart"""
    badge: str = ""
    """what the mapping says of the log"""


def walk(
    log: EventLog,
    share: float = 0.8,
    *,
    least_stops: int = 12,
    most_stops: int = 40,
    most_lanes: int = 9,
) -> Walk:
    """The busiest steps and moves of a log.

    `share`: part of all steps done (0 to 1) that the stops shall cover, but at least
    `least_stops` and at most `most_stops` stops. The moves are those between shown stops (what
    lies between is passed over): each stop's strongest in and out, then the busiest until
    `share` of the moves is covered.
    """
    steps = Steps(log)
    lanes, lane_of = _lanes(steps, most_lanes)
    activity = steps.codes("activity")
    names = labels(steps, "activity", apart=False)
    codes_of = steps.categories("activity")
    pair = activity.astype(np.int64) * max(len(lanes), 1) + lane_of
    codes, inverse, times = np.unique(pair, return_inverse=True, return_counts=True)
    order = np.lexsort((codes, -times))
    wanted = np.cumsum(times[order]) < share * steps.m
    count = min(max(int(wanted.sum()) + 1, least_stops), most_stops, len(codes))
    kept = order[:count]
    index = np.full(len(codes), -1, dtype=np.int32)
    index[kept] = np.arange(len(kept), dtype=np.int32)
    at = np.flatnonzero(index[inverse] >= 0) if steps.m else np.zeros(0, dtype=np.int64)
    stop = index[inverse[at]] if steps.m else np.zeros(0, dtype=np.int32)
    staged = _staged(log, at, stop, len(kept))
    stops = _stops(steps, staged, codes[kept], at, stop, codes_of, names, len(lanes))
    moves, moves_share = _moves(staged, len(kept), share)
    used = sorted({s.lane for s in stops})
    ordered = sorted(used, key=lambda i: (_mean_place(stops, i), i))
    new = {old: k for k, old in enumerate(_by_agency(ordered, lanes))}
    return Walk(
        stops=tuple(
            replace(s, lane=new[s.lane], label=label)
            for s, label in zip(stops, _told_apart(stops), strict=True)
        ),
        moves=moves,
        lanes=tuple(lanes[i] for i in sorted(new, key=new.__getitem__)),
        matters=steps.n,
        open=int((~steps.ended).sum()) if log.has_closed_rule else None,
        all_stops=len(codes),
        steps_share=len(at) / steps.m if steps.m else 1.0,
        moves_share=moves_share,
        asked_share=share,
        contacts_known=bool(steps.m and log.events["contact"].null_count() < steps.m),
        first=_month(int(steps.time.min())) if steps.m else "",
        last=_month(int(steps.time.max())) if steps.m else "",
        coarse=is_coarse(log.mapping.time.day_granular_share),
        title=title(log),
        apart=bool(steps.worked.any()),
        badge=badge(log),
    )


def _staged(log: EventLog, at: Ints, stop: Rows, k: int) -> EventLog:
    """The log with a column `stop`: the number of the shown stop of each step, null for others."""
    numbers = pl.Enum([str(i) for i in range(k)])
    column = np.full(log.events.height, -1, dtype=np.int64)
    column[at] = stop
    stops = pl.Series("stop", column).cast(pl.String).cast(numbers, strict=False)
    return replace(log, events=log.events.with_columns(stops))


def _told_apart(stops: list[Stop]) -> list[str]:
    """Labels; activities that are shown under one name bear their own in brackets."""
    named: dict[str, set[str]] = {}
    for s in stops:
        named.setdefault(s.label, set()).add(s.activity)
    return [
        f"{s.label} ({s.activity})"
        if len(named[s.label]) > 1 and s.activity != s.label
        else s.label
        for s in stops
    ]


def _month(micros: int) -> str:
    return f"{datetime.fromtimestamp(micros / 1e6, UTC):%B %Y}"


def _by_agency(order: list[int], lanes: list[Lane]) -> list[int]:
    """Lanes in the order of the way, those of one agency together."""
    first: dict[str, int] = {}
    for rank, i in enumerate(order):
        first.setdefault(lanes[i].agency, rank)
    return sorted(order, key=lambda i: (first[lanes[i].agency], order.index(i)))


def _mean_place(stops: list[Stop], lane: int) -> float:
    inside = [s for s in stops if s.lane == lane]
    return sum(s.place * s.times for s in inside) / max(sum(s.times for s in inside), 1)


def _lanes(steps: Steps, most: int) -> tuple[list[Lane], npt.NDArray[np.int64]]:
    """All lanes of a log and the lane of each step; the least busy beyond `most` as one."""
    agency, unit = steps.codes("agency"), steps.codes("unit")
    if not steps.m or (agency.max() < 0 and unit.max() < 0):
        return [Lane("", "All steps")], np.zeros(steps.m, dtype=np.int64)
    agencies, units = labels(steps, "agency"), labels(steps, "unit")
    pair = (agency.astype(np.int64) + 1) * (len(units) + 1) + unit + 1
    codes, inverse, counts = np.unique(pair, return_inverse=True, return_counts=True)
    order = np.lexsort((codes, -counts))
    shown = order if len(order) <= most else order[: most - 1]
    lanes: list[Lane] = []
    number = np.full(len(codes), len(shown), dtype=np.int64)
    for k, i in enumerate(shown):
        a, u = divmod(int(codes[i]), len(units) + 1)
        number[i] = k
        has_agencies = bool(agency.max() >= 0)
        lanes.append(
            Lane(
                (agencies[a - 1] if a else UNNAMED) if has_agencies else "",
                units[u - 1] if u else ("" if has_agencies else UNNAMED),
            )
        )
    if len(shown) < len(codes):
        rest = len(codes) - len(shown)
        lanes.append(Lane("Others" if agency.max() >= 0 else "", f"{rest} other units", rest))
    return lanes, number[inverse]


def _stops(
    steps: Steps,
    staged: EventLog,
    codes: Ints,
    at: Ints,
    stop: Rows,
    raw: list[str],
    names: list[str],
    lanes: int,
) -> list[Stop]:
    case = steps.case[at]
    k = len(codes)
    visits = np.unique(case.astype(np.int64) * max(k, 1) + stop, return_counts=True)
    of_visit = visits[0] % max(k, 1)
    matters = np.bincount(of_visit, minlength=k)
    again = np.bincount(of_visit[visits[1] > 1], minlength=k)
    tips = {int(row["value"]): row for row in terminals(Steps(staged), "stop").to_dicts()}
    none = {"starts": 0, "ends": 0}
    place = _places(steps, at, stop, k)
    contact, channel = steps.codes("contact")[at], steps.codes("channel")[at]
    channels = labels(steps, "channel")
    out = []
    for i, code in enumerate(codes):
        a, lane = divmod(int(code), max(lanes, 1))
        mine = stop == i
        by_contact = np.bincount(contact[mine] + 1, minlength=4)
        who = int(by_contact[2:].argmax()) + 1 if by_contact[2:].any() else 0
        told = channel[mine][channel[mine] >= 0]
        out.append(
            Stop(
                activity=raw[a],
                label=names[a],
                lane=lane,
                matters=int(matters[i]),
                times=int(mine.sum()),
                again=int(again[i]),
                starts=tips.get(i, none)["starts"],
                ends=tips.get(i, none)["ends"],
                place=float(place[i]),
                contact=("none", "customer", "city")[who],
                channel=channels[int(np.bincount(told).argmax())] if len(told) else "",
            )
        )
    return out


def _places(steps: Steps, at: Ints, stop: Rows, k: int) -> npt.NDArray[np.float64]:
    """Median relative place of each stop's first visit among the shown steps of a matter."""
    case = steps.case[at]
    first = np.ones(len(case), dtype=bool)
    first[1:] = case[1:] != case[:-1]
    start = np.maximum.accumulate(np.where(first, np.arange(len(case)), 0))
    rank = np.arange(len(case)) - start
    length = np.bincount(case, minlength=steps.n)[case] if len(case) else np.zeros(0)
    relative = rank / np.maximum(length - 1, 1)
    _, once = np.unique(case.astype(np.int64) * max(k, 1) + stop, return_index=True)
    out = np.zeros(k)
    for i in range(k):
        mine = relative[once][stop[once] == i]
        # the mean parts stops with equal medians; both are order-free
        out[i] = np.median(mine) * 0.999 + mine.mean() * 0.001 if len(mine) else 0.0
    return out


def _moves(staged: EventLog, k: int, share: float) -> tuple[tuple[Move, ...], float]:
    """Moves between shown stops: each stop's strongest, then the busiest; and their share."""
    shown = replace(staged, events=staged.events.filter(pl.col("stop").is_not_null()))
    edges = directly_follows(Steps(shown), "stop").filter(pl.col("source") != pl.col("target"))
    found = sorted(
        (
            Move(int(e["source"]), int(e["target"]), e["matters"], e["count"], e["gap_p50"])
            for e in edges.iter_rows(named=True)
        ),
        key=lambda m: (-m.matters, -m.times, m.tail, m.head),
    )
    if not found:
        return (), 1.0
    strongest: dict[tuple[str, int], Move] = {}
    for m in found:
        strongest.setdefault(("out", m.tail), m)
        strongest.setdefault(("in", m.head), m)
    kept = set(strongest.values())
    covered, whole = sum(m.times for m in kept), sum(m.times for m in found)
    most = max(len(kept), int(1.45 * k) + 3)
    for m in found:
        if covered >= share * whole or len(kept) >= most:
            break
        if m not in kept:
            kept.add(m)
            covered += m.times
    return tuple(m for m in found if m in kept), covered / whole
