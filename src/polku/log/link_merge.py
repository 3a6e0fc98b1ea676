"""Several logs joined into one, case by case, once it is known which cases make a matter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from polku.log.build import canonical_ids, encode
from polku.log.eventlog import CASE_COLUMNS, CONTACT, EVENT_COLUMNS, EVENT_KINDS, OUTCOMES, EventLog
from polku.log.link_mapping import Logs, Renames, joined_calendar, joined_mapping, renames_of
from polku.log.link_match import Ints
from polku.log.link_window import common_end, moment
from polku.log.source import Assumption, Issue, Source

_LINKED = ("linked_cases", "case_refs")
_WORDS = ("activity", "agency", "unit", "resource", "channel")


def merge(logs: Logs, label: Ints, refs: pl.Series, *, apart: bool) -> EventLog:
    """Join logs into one log of matters.

    `logs`: sorted by name; `label`: matter of every case (i64[n], over the logs one after the
    other); `refs`: "log:case id" of every case; `apart`: make names that several logs use
    distinct.
    """
    ids, first = _matter_ids(logs, label, refs)
    renames: Renames = renames_of(logs) if apart else {}
    notes = _notes(logs, renames)
    events, more = _events(logs, ids, refs, renames)
    cases, most = _cases(logs, ids, first, refs)
    sinces = [log.since for _, log in logs if log.since is not None]
    return EventLog(
        events=events,
        cases=cases,
        mapping=joined_mapping(logs, renames),
        source=_source(logs).with_assumptions(*notes, *more, *most),
        until=common_end(logs) or max(log.until for _, log in logs),
        since=max(sinces) if sinces else None,
    )


def _matter_ids(logs: Logs, label: Ints, refs: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Matter id of each case, and whether the case is the one that gives it."""
    arrival = pl.concat([log.cases["arrival"] for _, log in logs])
    frame = pl.DataFrame({"label": label, "arrival": arrival, "ref": refs}).with_row_index("node")
    first = frame.sort("label", "arrival", "ref", nulls_last=True).unique(
        "label", keep="first", maintain_order=True
    )
    named = frame.join(first.select("label", id="ref"), on="label", maintain_order="left")
    return named["id"], named["id"] == named["ref"]


def _events(
    logs: Logs, ids: pl.Series, refs: pl.Series, renames: Renames
) -> tuple[pl.DataFrame, list[Assumption]]:
    matters = canonical_ids(ids)
    code = _codes(ids, matters)
    parts, offset = [], 0
    for name, log in logs:
        node = log.events["case"].to_numpy().astype(np.int64) + offset
        offset += log.n_matters
        words = [
            pl.col(c).cast(pl.String).replace(renames.get(c, {}).get(name, {})) for c in _WORDS
        ]
        frame = log.events.with_columns(
            *words,
            pl.Series("case", code[node]),
            _case_refs(name, log, refs.gather(node)),
        )
        if _without_agency(log):
            frame = frame.with_columns(agency=pl.lit(name))
        parts.append(frame)
    joined, notes = _stack(parts, [name for name, _ in logs], "events")
    joined = joined.sort("case", "time", "case_ref", "order").with_columns(
        order=pl.int_range(pl.len(), dtype=pl.UInt32).over("case"),
        contact=pl.col("contact").cast(pl.Enum(CONTACT)),
        kind=pl.col("kind").cast(pl.Enum(EVENT_KINDS)),
    )
    rest = sorted(c for c in joined.columns if c not in EVENT_COLUMNS)
    return encode(joined.select(*EVENT_COLUMNS, *rest)), notes


def _case_refs(name: str, log: EventLog, refs: pl.Series) -> pl.Expr:
    """The case of each event; in a log that was linked before, each of its own cases."""
    if "case_ref" not in log.events.columns:
        return pl.lit(refs).alias("case_ref")
    return (pl.lit(f"{name}:") + pl.col("case_ref")).alias("case_ref")


def _codes(ids: pl.Series, matters: pl.Series) -> np.ndarray[Any, np.dtype[np.uint32]]:
    table = pl.DataFrame({"id": matters}).with_row_index("code")
    joined = pl.DataFrame({"id": ids}).join(table, on="id", how="left", maintain_order="left")
    return joined["code"].to_numpy().astype(np.uint32)


def _stack(
    parts: list[pl.DataFrame], names: list[str], what: str
) -> tuple[pl.DataFrame, list[Assumption]]:
    """Frames below each other; a column whose types differ becomes text, and that is noted."""
    kinds: dict[str, set[pl.DataType]] = {}
    for part in parts:
        for column, dtype in part.schema.items():
            text = pl.String() if isinstance(dtype, pl.Enum | pl.Categorical) else dtype
            kinds.setdefault(column, set()).add(text)
    notes = []
    casts: dict[str, pl.DataType] = {}
    for column, dtypes in sorted(kinds.items()):
        known = dtypes - {pl.Null()}
        if len(known) > 1:
            numbers = all(d.is_numeric() for d in known)
            casts[column] = pl.Float64() if numbers else pl.String()
            if not numbers:
                found = ", ".join(sorted(map(str, known)))
                said = f"the logs {', '.join(names)} hold it as {found}; it is read as text"
                notes.append(Assumption("assumed", f"{what}.{column}", said))
        elif known:
            casts[column] = next(iter(known))
    made = [
        part.with_columns(pl.col(c).cast(t) for c, t in casts.items() if c in part.columns)
        for part in parts
    ]
    return pl.concat(made, how="diagonal"), notes


def _cases(
    logs: Logs, ids: pl.Series, first: pl.Series, refs: pl.Series
) -> tuple[pl.DataFrame, list[Assumption]]:
    tables = [log.cases.drop(_LINKED, strict=False) for _, log in logs]
    frame, notes = _stack(tables, [name for name, _ in logs], "cases")
    told = [c for _, log in logs for c in log.mapping.cases.promises]
    promised = {column.removeprefix("case:") for column in told}
    matters = canonical_ids(ids)
    frame = frame.with_columns(
        pl.Series("case", _codes(ids, matters)), refs.alias("ref"), first.alias("first")
    )
    rest = sorted(c for c in frame.columns if c not in (*CASE_COLUMNS, "ref", "first"))
    frame = frame.sort("case", "arrival", "ref")
    alone = pl.len().over("case") == 1
    one = frame.filter(alone).with_columns(
        linked_cases=pl.lit(1, dtype=pl.UInt32), case_refs=pl.col("ref")
    )
    several = frame.filter(~alone)
    notes += _contradictions(several, ["kind", *rest])
    begun = pl.coalesce("entry", "arrival").min()
    grouped = several.group_by("case", maintain_order=True).agg(
        pl.col("arrival").min(),
        pl.col("end").max(),
        pl.col("closed").all(ignore_nulls=False),
        pl.col("outcome").sort_by("end", "ref").last(),
        # A promise for part of the way is no promise for the whole of it.
        pl.when(pl.col("due").null_count() == 0).then(pl.col("due").max()).alias("due"),
        pl.when(begun > pl.col("arrival").min()).then(begun).alias("entry"),
        *[
            (
                pl.lit(None, frame.schema[c]) if c in promised else pl.col(c).drop_nulls().first()
            ).alias(c)
            for c in ("kind", *rest)
        ],
        pl.len().cast(pl.UInt32).alias("linked_cases"),
        pl.col("ref").sort().str.join("; ").alias("case_refs"),
    )
    sure = pl.col("closed").fill_null(False)
    grouped = grouped.with_columns(
        end=pl.when(sure).then("end"), outcome=pl.when(sure).then("outcome")
    )
    columns = [c for c in CASE_COLUMNS if c not in ("case", "case_id")]
    order = ["case", *columns, *rest, "linked_cases", "case_refs"]
    both = pl.concat([one.select(order), grouped.select(order)], how="vertical").sort("case")
    both = both.with_columns(
        case_id=matters.gather(both["case"]), outcome=pl.col("outcome").cast(pl.Enum(OUTCOMES))
    )
    return both.select(*CASE_COLUMNS, *rest, "linked_cases", "case_refs"), notes


def _contradictions(several: pl.DataFrame, columns: list[str]) -> list[Assumption]:
    if several.is_empty():
        return []
    counts = several.group_by("case").agg(pl.col(c).drop_nulls().n_unique() for c in columns)
    found = counts.select((pl.col(c) > 1).sum() for c in columns).row(0)
    return [
        Assumption(
            "assumed", f"cases.{c}",
            f"differs between the cases of {n} matters; the first case that has it counts",
        )
        for c, n in zip(columns, found, strict=True)
        if n
    ]  # fmt: skip


def _notes(logs: Logs, renames: Renames) -> list[Assumption]:
    out = [
        Assumption("assumed", "closed", "a linked matter is closed when all of its cases are"),
        Assumption("assumed", "due", "a linked matter has a due date when all of its cases have; "
                   "the last of them"),
    ]  # fmt: skip
    blind = [name for name, log in logs if log.n_matters and not log.has_closed_rule]
    if blind:
        text = f"{', '.join(blind)} do not tell which cases have ended; nor do matters with them"
        out.append(Assumption("cannot", "closed", text))
    bare = [name for name, log in logs if _without_agency(log)]
    if bare:
        text = f"logs without an agency take their name for it: {', '.join(bare)}"
        out.append(Assumption("assumed", "agencies", text))
    for column, per_log in sorted(renames.items()):
        names = sorted({old for renamed in per_log.values() for old in renamed})
        more = " …" if len(names) > 5 else ""
        text = f"names that several logs use are kept apart: {', '.join(names[:5])}{more}"
        out.append(Assumption("assumed", f"columns.{column}", text))
    if common_end(logs) is None and len({log.until for _, log in logs}) > 1:
        ends = ", ".join(f"{name} {moment(log.until):%Y-%m-%d}" for name, log in logs)
        text = f"the logs reach to different days ({ends}); what is open is taken as open until "
        out.append(Assumption("assumed", "window", text + "the last of them"))
    if joined_calendar([log.mapping for _, log in logs]) is None:
        text = "the logs' working calendars differ; working time is not measurable"
        out.append(Assumption("cannot", "calendar", text))
    return out


def _without_agency(log: EventLog) -> bool:
    return log.events["agency"].null_count() == log.events.height


def _source(logs: Logs) -> Source:
    issues: dict[tuple[str, bool], Issue] = {}
    for name, log in logs:
        for issue in log.source.issues:
            places = tuple(f"{name}: {p}" for p in issue.places)
            known = issues.get((issue.code, issue.dropped))
            if known is None:
                issues[issue.code, issue.dropped] = replace(issue, places=places[:10])
            else:
                issues[issue.code, issue.dropped] = replace(
                    known, count=known.count + issue.count, places=(known.places + places)[:10]
                )
    return Source(
        files=tuple(f for _, log in logs for f in log.source.files),
        rows_in=sum(log.source.rows_in for _, log in logs),
        rows_out=sum(log.source.rows_out for _, log in logs),
        issues=tuple(issues.values()),
        assumptions=tuple(
            replace(a, text=f"{name}: {a.text}")
            for name, log in logs
            for a in log.source.assumptions
            # What a log alone cannot tell of agencies, its name now tells.
            if not (a.kind == "cannot" and a.about == "agencies" and _without_agency(log))
        ),
    )
