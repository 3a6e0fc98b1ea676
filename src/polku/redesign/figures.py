"""The figures of one replication, straight from its trace: those that `polku.measure` would give.

One measure for what was, what would be and what is: each figure here is the one that
`polku.measure.measure(run.log(), horizon_days=h)` gives of the cohort's matters alone, to the last
digits. It is worked out without an event log, a hundred times as fast, which is what a search
needs. What differs, and why:

- Quantiles beyond `Setting.watched` are infinite, where a log that sees its first matters for
  longer still tells a Kaplan–Meier quantile.
- By what supplements are told (marked requests and answers, or contacts) is decided once, for the
  current state, and holds for all its prototypes (`told_by`); a log is read by what it marks, so a
  prototype in which nobody is ever asked for more would be read by its contacts.
- Segments of fewer than 5 matters are told (nobody real is laid open), but left out of
  `worst_ratio`, as the log's are hidden.
- `worst_ratio` is infinite where one of two medians is not reached; the log's ratio is not told.
- A log in which by chance no step of any unit was done knows of no units; a path does, so its
  contact points are 0.
- Staff hours by unit, the utilisation of pools and `worst_ratio` are no figures of the catalogue.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from polku.log.mapping import Mapping as LogMapping
from polku.measure.cohort import SMALL
from polku.measure.statistics_more import LEAST_OF_A_KIND
from polku.path.model import Path, Step
from polku.redesign import counting as c
from polku.redesign.axes import Axis
from polku.redesign.prototype import Prototype
from polku.redesign.setting import Setting, quantile_of
from polku.simulate.arrivals import KIND
from polku.simulate.clocks import DAY
from polku.simulate.engine.draws import keys
from polku.simulate.scenario import Scenario

if TYPE_CHECKING:
    from polku.simulate.engine.program import Matters
    from polku.simulate.run import Run

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
_QUANTILES = {"p50": 0.5, "p80": 0.8, "p90": 0.9}
_HOUR, _CENTS = 3.6e9, 100.0
_COUNTED = {
    "contact_points": c.CONTACT_POINTS,
    "contact_moments": c.CONTACTS,
    "contact_moments_customer": c.CONTACTS_CUSTOMER,
    "agencies": c.AGENCIES,
    "handovers": c.HANDOVERS,
    "unit_handovers": c.UNIT_HANDOVERS,
    "returns": c.RETURNS,
    "supplement_rounds": c.ROUNDS,
    "flexible": c.FLEXIBLE,
    "withdrawn": c.WITHDRAWN,
    "repeated_data": c.REPEATED,
}


@dataclass(frozen=True, eq=False)
class Prepared:
    """What figures need to know of a path and a scenario, by the number of a node.

    `mapping`: under which logs of it are measured; `units`, `persons`…: names by code; `told_by`:
    by what supplements are told (`counting.BY_KINDS` …); `marked`: whether contacts are marked.
    Arrays as `counting.count` takes them.
    """

    nodes: tuple[str, ...]
    mapping: LogMapping
    units: tuple[str, ...]
    agencies: tuple[str, ...]
    told_by: int
    marked: bool
    asks: bool
    promises: bool
    outcomes: bool
    channels: tuple[str, ...]
    is_step: npt.NDArray[np.bool_]
    unit: Codes
    agency: Codes
    contact: npt.NDArray[np.int8]
    kind: npt.NDArray[np.int8]
    idle: npt.NDArray[np.bool_]
    told: npt.NDArray[np.bool_]
    exception: npt.NDArray[np.bool_]
    cents: Ints
    key_at: Codes
    keys_of: Codes
    n_keys: int
    channel_at: Codes
    channel_up: Floats
    channel_code: Codes


def mapping_of(scenario: Scenario) -> LogMapping:
    """The mapping under which a simulated log is measured (`polku.simulate.telling`)."""
    from polku.simulate.telling import mapping_of

    return mapping_of(scenario)


def unit_name(path: Path, step: Step) -> str | None:
    """The name under which logs know the unit of a step; None for what the customer does alone."""
    from polku.simulate.telling import lane_name

    return lane_name(path, step, unit=True)


def prepare(
    of: Prototype, nodes: Sequence[str] | None = None, told_by: int | None = None
) -> Prepared:
    """Read what figures need off a path and its scenario.

    `nodes`: ids in the program's order (default: the path's own); `told_by`: by what supplements
    are told, where another prototype decides.
    """
    from polku.simulate.telling import activity_of, asked_of, lane_name

    path, s = of.path, of.scenario
    ids = tuple(n.id for n in path.nodes) if nodes is None else tuple(nodes)
    mapping = mapping_of(s)
    found = [path.node(i) if path.has(i) else None for i in ids]
    steps = [n if isinstance(n, Step) and not n.holds_nodes else None for n in found]
    activities = [None if n is None else activity_of(n) for n in steps]
    numbers = [None if n is None else s.steps.get(n.id) for n in steps]
    events = [None if x is None else x.event for x in numbers]
    units = [None if n is None else lane_name(path, n, unit=True) for n in steps]
    agencies = [None if n is None else lane_name(path, n, unit=False) for n in steps]
    unit, unit_names = _coded(units)
    agency, agency_names = _coded(agencies)
    contacts = [None if n is None else n.facts.contact for n in steps]
    marked = any(x is not None for x in contacts)
    by = {"customer": c.BY_CUSTOMER, "city": c.BY_CITY}
    none = c.NO_CONTACT if marked else c.NOT_MARKED
    kinds = {"supplement_requested": c.ASKED, "supplement_received": c.ANSWERED}
    automatic, clock = set(mapping.automatic.activities), mapping.clock
    acknowledged = set(mapping.contacts.acknowledgements)
    paused = set(clock.stop) & set(clock.resume)
    is_automatic = np.array([a in automatic for a in activities], dtype=np.bool_)
    asked = [tuple(k.strip() for k in (asked_of(n) or "").split(";") if k.strip()) for n in steps]
    key_names = {k: i for i, k in enumerate(dict.fromkeys(k for some in asked for k in some))}
    channel_at, up, code, channels = _channels(steps, numbers)
    return Prepared(
        nodes=ids,
        mapping=mapping,
        units=unit_names,
        agencies=agency_names,
        told_by=_told_by(mapping, events) if told_by is None else told_by,
        marked=marked,
        asks=any(asked),
        promises=any(k.promise_days is not None for k in s.kinds.values()),
        outcomes=bool(s.outcomes),
        channels=channels,
        is_step=np.array([n is not None for n in steps], dtype=np.bool_),
        unit=unit,
        agency=agency,
        contact=np.array([none if x is None else by[x.by] for x in contacts], dtype=np.int8),
        kind=np.array([kinds.get(e or "", 0) for e in events], dtype=np.int8),
        idle=is_automatic | np.array([a in paused for a in activities], dtype=np.bool_),
        told=is_automatic | np.array([a in acknowledged for a in activities], dtype=np.bool_),
        exception=np.array([a in mapping.exceptions.activities for a in activities], np.bool_),
        cents=_burden(mapping, activities, events),
        key_at=_places([len(some) for some in asked]),
        keys_of=np.array([key_names[k] for some in asked for k in some], dtype=np.int32),
        n_keys=len(key_names),
        channel_at=channel_at,
        channel_up=up,
        channel_code=code,
    )


def tellable(of: Prepared) -> frozenset[str]:
    """Ids of the figures that can be told of a path."""
    m = of.mapping
    units, contacts = bool(of.units), of.marked
    given = {
        "contact_points": contacts and units,
        "contact_moments": contacts,
        "contact_moments_customer": contacts,
        "agencies": bool(of.agencies),
        "handovers": bool(of.agencies),
        "unit_handovers": units,
        "returns": units,
        "supplement_rounds": contacts or of.told_by != c.BY_CONTACTS,
        "flexible": units and bool(m.exceptions.activities or of.channels),
        "lead_time": True,
        "predictability": True,
        "on_time": of.promises,
        "first_time_right": contacts or of.told_by != c.BY_CONTACTS,
        "withdrawn": of.outcomes,
        "staff_hours": True,
        "burden_eur": bool(m.burden.tariff),
        "delay_cost_eur": bool(m.burden.delay_eur_per_day),
        "repeated_data": of.asks and units,
        "equality_lead_time": True,
        "utilisation": True,
    }
    return frozenset(id for id, yes in given.items() if yes)


def _coded(names: list[str | None]) -> tuple[Codes, tuple[str, ...]]:
    known = {n: k for k, n in enumerate(dict.fromkeys(n for n in names if n is not None))}
    return np.array([-1 if n is None else known[n] for n in names], dtype=np.int32), tuple(known)


def _places(counts: list[int]) -> Codes:
    return np.concatenate([[0], np.cumsum(np.array(counts, dtype=np.int64))]).astype(np.int32)


def _told_by(mapping: LogMapping, events: list[str | None]) -> int:
    known = {*mapping.kinds.of, *(e for e in events if e)}
    requests, replies = "supplement_requested" in known, "supplement_received" in known
    if requests and replies:
        return c.BY_KINDS
    if requests:
        return c.BY_REQUESTS
    return c.BY_ANSWERS if replies else c.BY_CONTACTS


def _burden(mapping: LogMapping, activities: list[str | None], events: list[str | None]) -> Ints:
    """Burden of each node in cents: by activity, else by kind of event."""
    b = mapping.burden
    work = (b.tariff or 0.0) * (1.0 - b.usual_share)

    def of(table: Mapping[str, float], activity: str | None, event: str | None) -> float:
        return table.get(activity or "", table.get(event or "", 0.0))

    euros = [
        work * of(b.hours, a, e) + of(b.external, a, e)
        for a, e in zip(activities, events, strict=True)
    ]
    return np.rint(np.array(euros) * _CENTS).astype(np.int64)


def _channels(
    steps: Sequence[Step | None], numbers: Sequence[Any]
) -> tuple[Codes, Floats, Codes, tuple[str, ...]]:
    """Of each node's contact the channels and their cumulated chances; the usual one alone."""
    names: dict[str, int] = {}
    counts: list[int] = []
    up: list[float] = []
    code: list[int] = []
    for step, own in zip(steps, numbers, strict=True):
        chances: Mapping[str, float] = {}
        if own is not None and own.channels:
            chances = own.channels
        elif step is not None and step.facts.contact is not None and step.facts.contact.channels:
            chances = {step.facts.contact.channels[0]: 1.0}
        values = np.array(list(chances.values()), dtype=np.float64)
        up += (np.cumsum(values) / values.sum()).tolist() if len(values) else []
        code += [names.setdefault(name, len(names)) for name in chances]
        counts.append(len(chances))
    return _places(counts), np.array(up), np.array(code, dtype=np.int32), tuple(names)


def segment_codes(
    matters: Matters, setting: Setting, segments: Mapping[str, Sequence[str]]
) -> dict[str, Codes]:
    """For each segment column the place of each cohort matter's value, −1 for any other value."""
    low, high = cohort(matters, setting)
    return {
        column: _value_codes(matters.data[column][low:high], values)
        for column, values in segments.items()
        if column in matters.data
    }


def _value_codes(column: npt.NDArray[Any], values: Sequence[str]) -> Codes:
    known = {v: k for k, v in enumerate(values)}
    if column.dtype.kind == "b":
        return np.where(column, known.get("true", -1), known.get("false", -1)).astype(np.int32)
    return np.array([known.get(str(v), -1) for v in column.tolist()], dtype=np.int32)


def cohort(matters: Matters, setting: Setting) -> tuple[int, int]:
    """Places of the first matter of the cohort, and of the first after it."""
    low, high = np.searchsorted(matters.time, [setting.counted_from, setting.counted_to])
    return int(low), int(high)


def segments_among(axes: Sequence[Axis]) -> dict[str, tuple[str, ...]]:
    """The segment columns that axes are about, with the values."""
    out: dict[str, list[str]] = {}
    for a in axes:
        if a.id in ("lead_time", "on_time") and a.column is not None and a.value is not None:
            values = out.setdefault(a.column, [])
            if a.value not in values:
                values.append(a.value)
        elif a.statistic == "worst_ratio" and a.column is not None:
            out.setdefault(a.column, [])
    return {column: tuple(values) for column, values in out.items()}


def figures(
    run: Run,
    axes: Sequence[Axis],
    setting: Setting,
    prepared: Prepared | None = None,
    segments: Mapping[str, Codes] | None = None,
) -> Floats:
    """The figures of a run, f8[axes]: nan where one cannot be told, inf for a time not reached.

    `prepared`: what `prepare` gives for the run's path and scenario with its program's nodes;
    `segments`: what `segment_codes` gives for its matters.
    """
    if prepared is None:
        prepared = prepare(Prototype(run.path, run.scenario), run.program.node_ids)
    low, high = cohort(run.matters, setting)
    out = np.full(len(axes), np.nan)
    if high <= low:
        return out
    told = tellable(prepared)
    sums, staff = _sums(run, prepared, low, high, setting.horizon)
    lead = _Leads(run, setting, low, high)
    if segments is None:
        segments = segment_codes(run.matters, setting, segments_among(axes))
    columns = segments_among(axes)
    pools: dict[str, float] | None = None
    n = high - low
    for k, axis in enumerate(axes):
        if axis.id not in told:
            continue
        if axis.id == "utilisation":
            pools = utilisation(run, setting) if pools is None else pools
            out[k] = pools.get(axis.value or "", math.nan)
        elif axis.statistic == "worst_ratio":
            codes = segments.get(axis.column or "")
            if codes is not None:
                out[k] = lead.worst_ratio(codes, len(columns[axis.column or ""]))
        elif axis.id in ("lead_time", "on_time", "predictability"):
            mine = None
            if axis.column is not None:
                codes, values = segments.get(axis.column), columns[axis.column]
                if codes is None or axis.value not in values:
                    continue
                mine = codes == values.index(axis.value)
            if axis.id == "on_time":
                out[k] = lead.on_time(mine)
            elif axis.id == "predictability":
                out[k] = lead.predictability(mine)
            else:
                out[k] = lead.quantile(_QUANTILES[axis.statistic], mine) / DAY
        elif axis.id == "staff_hours":
            worked = float(sums[c.STAFF])
            if axis.column == "unit":
                worked = 0.0
                if axis.value in prepared.units:
                    worked = float(staff[prepared.units.index(axis.value) + 1])
            out[k] = worked / n / _HOUR
        elif axis.id == "first_time_right":
            whole = int(sums[c.CLEAN] + sums[c.AGAIN])
            out[k] = sums[c.CLEAN] / whole if whole else math.nan
        elif axis.id == "burden_eur":
            out[k] = sums[c.BURDEN] / n / _CENTS
        elif axis.id == "delay_cost_eur":
            euros = prepared.mapping.burden.delay_eur_per_day or 1.0
            out[k] = sums[c.PASSED] / n / DAY * euros
        elif axis.id != "withdrawn" or lead.known:  # how matters end is known once one has ended
            out[k] = sums[_COUNTED[axis.id]] / n
    return out


def _sums(run: Run, of: Prepared, low: int, high: int, horizon: int) -> tuple[Ints, Ints]:
    p, matters, trace = run.program, run.matters, run.trace
    rows = trace.rows
    at, order = np.zeros(high - low + 1, np.int64), np.empty(len(rows), np.int64)
    total = c.sort_rows(rows, of.is_step, low, high, at, order)
    order = order[:total]
    n_units, n_agencies = len(of.units), len(of.agencies)
    sums, staff = np.zeros(c.SUMS, np.int64), np.zeros(n_units + 1, np.int64)
    names = p.outcomes
    ways = np.array([{"withdrawn": c.GONE, "expired": c.LEFT}.get(n, 0) for n in names] or [0])
    systems = set(of.mapping.automatic.resources)
    idle = np.array([n in systems for n in p.person_names] or [False], dtype=np.bool_)

    def room(size: int) -> Ints:
        return np.full(size, -1, np.int64)

    k0, k1 = keys(run.seed, run.replication)
    c.count(
        rows, order, at, low, matters.time, trace.ended, trace.outcome, matters.number,
        matters.stream, trace.until, horizon, of.unit, of.agency, of.contact, of.kind, of.idle,
        of.told, of.exception, of.cents, of.key_at, of.keys_of, of.channel_at,
        of.channel_up, of.channel_code, p.role_hash[p.nodes["role"]], idle, ways.astype(np.int64),
        of.told_by, k0, k1, room(n_units), room(n_units), room(n_agencies), room(of.n_keys),
        room(of.n_keys * n_units), room(total), room(total), sums, staff,
        n_units + n_agencies > 0,
    )  # fmt: skip
    return sums, staff


class _Leads:
    """Lead times of a cohort, in order of their length."""

    def __init__(self, run: Run, setting: Setting, low: int, high: int) -> None:
        ended, time = run.trace.ended[low:high], run.matters.time[low:high]
        self.watched = setting.watched
        self.over = ended >= 0
        self.lead = np.where(self.over, ended, run.trace.until) - time
        self.due = run.matters.due[low:high]
        self.within = self.due - time
        self.n = high - low
        last = np.where(self.over, self.lead, np.iinfo(np.int64).max)
        self.order = np.argsort(last, kind="stable")
        self.known = int(self.over.sum())
        self.ordered = self.lead[self.order]
        self.kinds = run.matters.data[KIND][low:high]

    def quantile(self, q: float, mine: npt.NDArray[np.bool_] | None = None) -> float:
        """A quantile in µs of those marked; inf where it is not reached."""
        if mine is None:
            return quantile_of(self.ordered[: self.known], self.n, q, self.watched)
        chosen = mine[self.order[: self.known]]
        return quantile_of(
            self.ordered[: self.known][chosen], int(np.count_nonzero(mine)), q, self.watched
        )

    def worst_ratio(self, codes: Codes, values: int) -> float:
        """The largest ratio of medians, a segment's to the rest's or the other way round."""
        worst = math.nan
        for v in range(values):
            mine = codes == v
            n = int(np.count_nonzero(mine))
            if n < SMALL or self.n - n < SMALL:
                continue
            own, rest = self.quantile(0.5, mine), self.quantile(0.5, ~mine)
            if not own or not rest or (math.isinf(own) and math.isinf(rest)):
                continue
            worst = float(np.fmax(worst, max(own / rest, rest / own)))
        return worst

    def on_time(self, mine: npt.NDArray[np.bool_] | None = None) -> float:
        """The share that ended within what was promised, of those to whom something was."""
        asked = self.due >= 0
        if mine is not None:
            asked = asked & mine
        n = int(np.count_nonzero(asked))
        if not n:
            return math.nan
        if (asked & ~self.over & (self.lead < self.within)).any():
            return self._weighted(asked)
        return int(np.count_nonzero(asked & self.over & (self.lead <= self.within))) / n

    def _weighted(self, asked: npt.NDArray[np.bool_]) -> float:
        """The same where some promises lie beyond the end of the run."""
        from polku.measure.weights import share_on_time

        found = share_on_time(
            self.lead[asked], self.over[asked], self.within[asked], drawn=False
        ).value
        return math.nan if found is None else found

    def predictability(self, mine: npt.NDArray[np.bool_] | None = None) -> float:
        """P90 ÷ P50 within each kind, averaged over the kinds; small kinds are joined."""
        kinds = self.kinds.tolist()
        known = {k: i for i, k in enumerate(dict.fromkeys(kinds))}
        code = np.array([known[k] for k in kinds], dtype=np.int64)
        everybody = np.ones(self.n, np.bool_) if mine is None else mine
        counts = np.bincount(code[everybody], minlength=len(known))
        code = np.where(counts[code] < LEAST_OF_A_KIND, -1, code)
        weight, total = 0, 0.0
        for k in np.unique(code[everybody]).tolist():
            group = everybody & (code == k)
            middle, high = self.quantile(0.5, group), self.quantile(0.9, group)
            if not middle > 0:
                return math.nan
            if math.isinf(high):
                return math.inf
            n = int(np.count_nonzero(group))
            weight += n
            total += n * math.log(high / middle)
        return math.exp(total / weight) if weight else math.nan


def utilisation(run: Run, setting: Setting) -> dict[str, float]:
    """Share of its members' time on duty that each pool works while the cohort arrives.

    As `polku.simulate.tally.PoolTally.utilisation`, between `counted_from` and `counted_to`; nan
    where nobody is on duty.
    """
    from polku.simulate.tally import on_duty, works

    p, rows = run.program, run.trace.rows
    since, until = setting.counted_from, setting.counted_to
    together = p.nodes["together"] != 0
    person = np.empty(len(rows), np.int64)
    start, end = np.empty_like(person), np.empty_like(person)
    n = c.works_of(rows, together, run.trace.until, person, start, end)
    busy = np.zeros(len(p.people), np.int64)
    clock_of = np.ascontiguousarray(p.people["calendar"])

    def add(person: Ints, start: Ints, end: Ints) -> None:
        c.add_work(
            person, start, end, since, until, clock_of, p.clock_at, p.opens, p.closes, p.before,
            busy,
        )  # fmt: skip

    add(person[:n], start[:n], end[:n])
    if together.any():
        add(*works(p, rows[together[rows["node"]]], run.trace.until))
    duty = on_duty(p, since, until)
    out = {}
    for k, name in enumerate(p.pool_names):
        people = p.members[p.pools[k]["member_at"] : p.pools[k]["member_to"]]
        there = int(duty[people].sum())
        out[name] = int(busy[people].sum()) / there if there else math.nan
    return out
