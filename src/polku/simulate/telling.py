"""From what the engine ran to an event log like any other, which is measured as any other."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.errors import MappingError, ScenarioError
from polku.log.build import hashes_of
from polku.log.eventlog import CASE_COLUMNS, CONTACT, EVENT_COLUMNS, EVENT_KINDS, OUTCOMES, EventLog
from polku.log.mapping import CaseColumns, Closed, Columns, Mapping, from_dict, nearest
from polku.log.source import Assumption, Issue, Source, SourceFile
from polku.log.words import code_type
from polku.path.model import Path, Step
from polku.simulate.arrivals import KIND, case_ids
from polku.simulate.causes import CAUSES, Rows, causes
from polku.simulate.engine.draws import CHANNEL, keys, uniforms
from polku.simulate.engine.program import (
    DONE,
    INTERRUPTED,
    ROW,
    WAITING,
    WORKING,
    Ints,
    Matters,
    Program,
    Table,
    Trace,
)
from polku.simulate.file.write import dumps
from polku.simulate.scenario import DelayKind, Scenario

MOMENT = pl.Datetime("us", "UTC")
ENABLED = "enabled"
"""Event column: when the step was due."""
WAIT = "wait_"
"""Event columns `wait_customer` …: µs from then to the start, by cause."""
DATA_KEY, FEE, PROMISE = "data_key", "fee", "promise_days"
_NOTE = "Simulated: no matter in it is real."
_LEFT = (
    (INTERRUPTED, "interrupted", "work that was broken off at its boundary is no step"),
    (WORKING, "in_progress", "work that was being done at the end of the run is no step yet"),
    (WAITING, "waiting", "work that was waiting at the end of the run is no step yet"),
)


def event_log(
    path: Path,
    scenario: Scenario,
    program: Program,
    matters: Matters,
    trace: Trace,
    *,
    seed: int,
    replication: int = 0,
) -> EventLog:
    """Tell one run as an event log.

    Each step that was done is one row: the activity is the first name under which logs know the
    step, else its name; agency and unit are its lanes' (none for what the customer does alone);
    the resource is the person; further columns are `enabled`, the waiting before the start by
    cause (`wait_customer` …, µs, `polku.simulate.causes`), `data_key` (the documents that are
    asked for, with "; " between them) and `fee`, where the path has such facts.

    Matters that ended before `trace.since` are left out, those that were open then are observed
    from there (`entry`); those that had not ended by `trace.until` are open, also where no step of
    theirs is done. What was left out is counted in the source. The mapping is the scenario's, so
    that the criteria are those of a real log under the same mapping; where it does not say which
    matters are closed, or what was promised, the run does.

    Raises `ScenarioError` for a mapping, channel, kind of event, outcome or attribute that an event
    log cannot have.
    """
    ended = trace.ended
    kept = (ended < 0) | (ended >= trace.since)
    mapping = mapping_of(scenario)
    ids = case_ids(matters).filter(pl.Series(kept))
    order = pl.DataFrame({"hash": hashes_of(ids), "id": ids}).with_row_index("row")
    if order["id"].n_unique() < order.height:
        raise ScenarioError("scenario: two matters have the same case id; give them others")
    canonical = np.flatnonzero(kept)[order.sort("hash", "id")["row"].to_numpy()]
    code = np.full(len(ended), -1, dtype=np.int64)
    code[canonical] = np.arange(len(canonical))
    steps = [_step(path, program.node_ids[k]) for k in range(len(program.node_ids))]
    is_step = np.array([s is not None for s in steps], dtype=np.bool_)
    of_step = is_step[trace.rows["node"]]
    rows = trace.rows if of_step.all() else trace.rows[of_step]
    is_done = (rows["state"] == DONE) & (code[rows["matter"]] >= 0)
    done = _in_order(rows, np.flatnonzero(is_done), code)
    events = _events(
        path, scenario, program, matters, rows, done, code[done["matter"]], steps, mapping, seed,
        replication,
    )  # fmt: skip
    cases = _cases(scenario, program, matters, trace, canonical, mapping)
    issues = _issues(rows, code, events, cases, kept)
    source = _source(path, scenario, len(rows), events.height, seed, replication)
    return EventLog(
        events, cases, mapping, source.with_issues(*issues), until=trace.until, since=trace.since
    )


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256 (hex) of a scenario: that of the file as which it is saved."""
    return hashlib.sha256(dumps(scenario).encode()).hexdigest()


def _step(path: Path, id: str) -> Step | None:
    node = path.node(id) if path.has(id) else None
    return node if isinstance(node, Step) and not node.holds_nodes else None


def mapping_of(scenario: Scenario) -> Mapping:
    """The mapping under which simulated logs are measured: the scenario's, and what a run tells."""
    place = "scenario: mapping"
    try:
        mapping = from_dict(_lists(scenario.mapping), place)
    except MappingError as e:
        raise ScenarioError(str(e)) from e
    if "columns" not in mapping.given:
        mapping = replace(mapping, columns=Columns(contact="contact", kind="kind"))
    if "cases" not in mapping.given:
        promised = any(k.promise_days is not None for k in scenario.kinds.values())
        segments = tuple(n for n, a in scenario.attributes.items() if a.law is None)
        several = (KIND,) if len(scenario.kinds) > 1 else ()
        mapping = replace(
            mapping,
            cases=CaseColumns(
                kind=KIND, promise_days=PROMISE if promised else None, segments=several + segments
            ),
        )
    if "closed" not in mapping.given:
        mapping = replace(mapping, closed=Closed("column", column="closed", end="end"))
    if "time" not in mapping.given:
        mapping = replace(mapping, time=replace(mapping.time, zone=scenario.zone))
    if mapping.about.note is None:
        mapping = replace(mapping, about=replace(mapping.about, note=_NOTE))
    return mapping


def _lists(value: object) -> dict[str, object]:
    """A document with lists in the place of tuples, as TOML has them."""

    def plain(item: object) -> object:
        if isinstance(item, dict) or hasattr(item, "items"):
            return {str(k): plain(v) for k, v in item.items()}
        return [plain(v) for v in item] if isinstance(item, tuple | list) else item

    found = plain(value)
    assert isinstance(found, dict)
    return found


def _in_order(rows: Table, at: Ints, code: Ints) -> Rows:
    """Columns of some rows by (case, end, start, as they came)."""
    case = code[rows["matter"][at]]
    order = np.argsort(case, kind="stable")  # they came in order of their end
    case, end, start = (v[order] for v in (case, rows["end"][at], rows["start"][at]))
    falls = (end[1:] < end[:-1]) | ((end[1:] == end[:-1]) & (start[1:] < start[:-1]))
    if (falls & (case[1:] == case[:-1])).any():
        order = order[np.lexsort((start, end, case))]
    at = at[order]
    return {name: rows[name][at] for name in ROW.names or ()}


def _events(
    path: Path, scenario: Scenario, program: Program, matters: Matters, rows: Table, done: Rows,
    case: Ints, steps: list[Step | None], mapping: Mapping, seed: int, replication: int,
) -> pl.DataFrame:  # fmt: skip
    first = np.ones(len(case), dtype=np.bool_)
    first[1:] = case[1:] != case[:-1]
    at = np.arange(len(case))
    position = at - np.maximum.accumulate(np.where(first, at, 0))
    node = done["node"].astype(np.int64)
    agencies = [lane_name(path, s, unit=False) for s in steps]
    units = [lane_name(path, s, unit=True) for s in steps]
    any_contact = any(s is not None and s.facts.contact for s in steps)
    contacts = [_contact(s) if any_contact else None for s in steps]
    kinds = [_kind(scenario, s) for s in steps]
    waited = causes(program, [_delay(scenario, s) for s in steps], rows, done)
    columns: dict[str, pl.Series] = {
        "case": pl.Series(case, dtype=pl.UInt32),
        "activity": _by_node([activity_of(s) for s in steps], node),
        "agency": _by_node(agencies, node),
        "unit": _by_node(units, node),
        "resource": _words(done["person"].astype(np.int64), program.person_names),
        "channel": _channels(scenario, program, matters, done, steps, seed, replication),
        "start": _moments(done["start"]),
        "time": _moments(done["end"]),
        "order": pl.Series(position, dtype=pl.UInt32),
        "contact": _by_node(contacts, node, CONTACT),
        "kind": _by_node(kinds, node, EVENT_KINDS),
    }
    assert tuple(columns) == EVENT_COLUMNS
    keys_of = [asked_of(s) for s in steps]
    further: dict[str, pl.Series] = {}
    if any(keys_of):
        further[DATA_KEY] = _by_node(keys_of, node).cast(pl.String)
    further[ENABLED] = _moments(done["enabled"])
    if not mapping.burden.fees and any(s is not None and s.facts.fees for s in steps):
        fees = np.array([_fee(s, scenario.currency) for s in steps])
        further[FEE] = pl.Series(fees[node])
    for name in sorted(CAUSES):
        further[WAIT + name] = pl.Series(waited[name])
    return pl.DataFrame({name: series.alias(name) for name, series in (columns | further).items()})


def _moments(micros: Ints) -> pl.Series:
    return pl.Series(micros).cast(MOMENT)


def activity_of(step: Step | None) -> str | None:
    """The activity as which logs tell a step."""
    if step is None:
        return None
    return step.facts.activities[0] if step.facts.activities else step.name or step.id


def _contact(step: Step | None) -> str:
    contact = None if step is None else step.facts.contact
    return "none" if contact is None else contact.by


def _delay(scenario: Scenario, step: Step | None) -> DelayKind | None:
    numbers = None if step is None else scenario.steps.get(step.id)
    return None if numbers is None or numbers.delay is None else numbers.delay.kind


def lane_name(path: Path, step: Step | None, *, unit: bool) -> str | None:
    """Name of a step's unit or agency in logs; None for what the customer does alone."""
    if step is None or path.by_customer(step):
        return None
    lane = path.unit_of(step) if unit else path.agency_of(step)
    return None if lane is None else lane.name or lane.id


def _kind(scenario: Scenario, step: Step | None) -> str | None:
    numbers = scenario.steps.get(step.id) if step is not None else None
    if numbers is None or numbers.event is None or step is None:
        return None
    if numbers.event not in EVENT_KINDS:
        raise ScenarioError(
            f"scenario: steps {step.id!r}: event {numbers.event!r} is no kind of event; "
            f"{nearest(numbers.event, EVENT_KINDS)}"
        )
    return numbers.event


def asked_of(step: Step | None) -> str | None:
    """The documents that a step asks for, with "; " between them."""
    keys_of = () if step is None else (d.key for d in step.facts.documents if d.role == "asked")
    return "; ".join(dict.fromkeys(keys_of)) or None


def _fee(step: Step | None, currency: str) -> float:
    """What the customer pays for the matter in this step; fees by the piece are not known here."""
    if step is None:
        return 0.0
    return sum(f.amount for f in step.facts.fees if f.per is None and f.currency == currency)


def _by_node(
    words: list[str | None], node: Ints, categories: tuple[str, ...] | None = None
) -> pl.Series:
    """For each row the word of its node, as `Enum` (default: of the words that occur, sorted)."""
    known = tuple(dict.fromkeys(w for w in words if w is not None))
    place = {w: k for k, w in enumerate(known)}
    table = np.array([-1 if w is None else place[w] for w in words] or [-1], dtype=np.int64)
    return _words(table[node], known, categories)


def _words(
    codes: Ints, names: tuple[str, ...], categories: tuple[str, ...] | None = None
) -> pl.Series:
    """Words by code (-1: none), as `Enum` whose categories are sorted, or those given."""
    if categories is None:
        used = np.bincount(codes[codes >= 0], minlength=len(names)) > 0
        categories = tuple(sorted({n for n, u in zip(names, used, strict=True) if u}))
    place = {c: k for k, c in enumerate(categories)}
    table = pl.Series([place.get(n) for n in names] + [None], dtype=code_type(len(categories)))
    found = table.gather(pl.Series(np.where(codes < 0, len(names), codes), dtype=pl.UInt32))
    return found.cat.to(pl.Enum(categories)) if len(categories) else found.cast(pl.Enum([]))


def _channels(
    scenario: Scenario, program: Program, matters: Matters, done: Rows, steps: list[Step | None],
    seed: int, replication: int,
) -> pl.Series:  # fmt: skip
    """The channel of each contact: drawn where the scenario gives chances, else the usual one."""
    names: dict[str, int] = {}
    usual = np.full(len(steps), -1, dtype=np.int64)
    chances: dict[int, tuple[npt.NDArray[np.float64], Ints]] = {}
    for k, step in enumerate(steps):
        if step is None:
            continue
        numbers = scenario.steps.get(step.id)
        if numbers is not None and numbers.channels:
            values = np.array(list(numbers.channels.values()), dtype=np.float64)
            place = f"scenario: steps {step.id!r}: channels"
            if not np.isfinite(values).all() or (values < 0).any() or abs(values.sum() - 1) > 1e-6:
                raise ScenarioError(
                    f"{place}: the chances add up to {values.sum():.6g}; make them add up to 1"
                )
            codes = [names.setdefault(name, len(names)) for name in numbers.channels]
            chances[k] = np.cumsum(values) / values.sum(), np.array(codes)
        elif step.facts.contact is not None and step.facts.contact.channels:
            usual[k] = names.setdefault(step.facts.contact.channels[0], len(names))
    found = usual[done["node"]]
    k0, k1 = keys(seed, replication)
    for k, (steps_up, codes_of) in chances.items():
        mine = np.flatnonzero(done["node"] == k)
        if not len(mine):
            continue
        who = done["matter"][mine]
        role = program.role_hash[program.nodes["role"][k]]
        u = uniforms(
            k0, k1, matters.number[who].astype(np.uint32), matters.stream[who],
            np.full(len(mine), role, np.uint32), done["occurrence"][mine].astype(np.uint32),
            CHANNEL,
        )  # fmt: skip
        at = np.searchsorted(steps_up, u, side="right")
        found[mine] = codes_of[np.minimum(at, len(codes_of) - 1)]
    return _words(found, tuple(names))


def _cases(
    scenario: Scenario, program: Program, matters: Matters, trace: Trace, canonical: Ints,
    mapping: Mapping,
) -> pl.DataFrame:  # fmt: skip
    ended, time = trace.ended[canonical], matters.time[canonical]
    over = ended >= 0
    late = time < trace.since
    due = matters.due[canonical]
    kind = pl.Series(matters.data[KIND][canonical], dtype=pl.String)
    columns: dict[str, pl.Series] = {
        "case": pl.Series(np.arange(len(canonical)), dtype=pl.UInt32),
        "case_id": case_ids(matters).gather(canonical),
        "arrival": _moments(time),
        "end": _moments_where(ended, over),
        "closed": pl.Series(over),
        "outcome": _outcomes(program, trace.outcome[canonical], over),
        "due": _moments_where(due, due >= 0),
        "entry": _moments_where(np.full(len(time), trace.since), late),
        "kind": kind,
    }
    assert tuple(columns) == CASE_COLUMNS
    further: dict[str, pl.Series] = {}
    for name, values in matters.data.items():
        if name == KIND:
            continue
        if name in CASE_COLUMNS:
            raise ScenarioError(
                f"scenario: attributes {name!r}: every event log has a column of this name; choose "
                "another name"
            )
        own = values[canonical]
        further[name] = pl.Series(own.tolist() if own.dtype.kind == "O" else own)
    own_kind = (mapping.cases.kind or KIND).removeprefix("case:")
    if own_kind not in columns:
        further.setdefault(own_kind, kind)
    promise = (mapping.cases.promise_days or "").removeprefix("case:")
    if promise and promise not in columns:
        days = {name: k.promise_days for name, k in scenario.kinds.items()}
        told = kind.replace_strict(days, default=None, return_dtype=pl.Float64)
        further.setdefault(promise, told)
    rest = {name: further[name] for name in sorted(further)}
    return pl.DataFrame({name: series.alias(name) for name, series in (columns | rest).items()})


def _moments_where(micros: Ints, known: npt.NDArray[np.bool_]) -> pl.Series:
    values = pl.Series(micros)
    return pl.select(pl.when(pl.Series(known)).then(values)).to_series().cast(MOMENT)


def _outcomes(
    program: Program, codes: npt.NDArray[np.int32], over: npt.NDArray[np.bool_]
) -> pl.Series:
    for name in program.outcomes:
        if name not in OUTCOMES:
            raise ScenarioError(
                f"scenario: outcomes: {name!r} is no way of ending; {nearest(name, OUTCOMES)}"
            )
    told = over & bool(program.outcomes)  # where no end has an outcome, none is known
    names = (*program.outcomes, "other")
    known = np.where(codes >= 0, codes, len(names) - 1)
    return _words(np.where(told, known, -1).astype(np.int64), names, OUTCOMES)


def _issues(
    rows: Table, code: Ints, events: pl.DataFrame, cases: pl.DataFrame,
    kept: npt.NDArray[np.bool_],
) -> list[Issue]:  # fmt: skip
    issues = [Issue(name, int((rows["state"] == state).sum()), what) for state, name, what in _LEFT]
    before = int(((rows["state"] == DONE) & (code[rows["matter"]] < 0)).sum())
    issues.append(
        Issue("before_window", before, "steps of matters that ended before the time that is told")
    )
    none = cases.height - events["case"].n_unique()
    issues.append(
        Issue("matter_without_step", none, "matters of which no step is done yet stay in the log",
              dropped=False)
    )  # fmt: skip
    gone = int((~kept).sum())
    issues.append(
        Issue("matter_before_window", gone, "matters that ended before the time that is told",
              dropped=False)
    )  # fmt: skip
    return issues


def _source(
    path: Path, scenario: Scenario, rows_in: int, rows_out: int, seed: int, replication: int
) -> Source:
    name = scenario.name or scenario.path
    told = scenario_hash(scenario)
    text = (
        f"simulated with seed {seed}, replication {replication}: path {path.name or path.id} "
        f"({path.hash[:12]}), scenario {name} ({told[:12]})"
    )
    files = (
        SourceFile(path.id, path.hash, 0, "path", 0),
        SourceFile(name, told, 0, "scenario", rows_in),
    )
    return Source(files, rows_in, rows_out).with_assumptions(
        Assumption("assumed", "simulation", text)
    )
