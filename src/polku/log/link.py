"""Linking: one matter out of the cases that several agencies' logs hold of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from polku.errors import LogError, MappingError
from polku.log.eventlog import EventLog
from polku.log.link_match import Ints, Match, Nodes, by_reference, by_value, components
from polku.log.link_merge import merge
from polku.log.link_rules import EVERY, LinkRules, Rule, load_rules, rules_from_dict
from polku.log.link_window import common_end, cut
from polku.log.mapping import nearest

__all__ = ["LinkRules", "Rule", "link", "load_rules", "rules_from_dict"]

SMALL = 20
"""Below this many cases a matter may hold any share of them."""


def link(logs: Sequence[tuple[str, EventLog]], rules: LinkRules) -> EventLog:
    """Link the cases of several logs into matters.

    Parameters: `logs` (name, log) of each agency, in any order; names are those that `rules` use,
    or fit the patterns of `rules.logs`. Rules are applied in their order to the matters that
    earlier rules made; links are closed transitively.

    Returns one log whose matters have as id the "log:case id" of their first case (earliest
    arrival, then smallest text). Events keep their case in the column `case_ref`; an agency is
    filled with the log's name where a log has none; a matter's cases stand in `case_refs`, their
    number in `linked_cases`. Where a mapping gives `[window] until`, all logs are cut at the
    earliest of these moments, so that every matter was watched by all of them. `source.links`
    says for each rule how many cases had the value, how many it linked, left alone or could not
    decide.

    Raises `MappingError` for a log or column that is not there, `LogError` for a rule that would
    put more than `rules.largest_share` of all cases into one matter.
    """
    logs = sorted(((rules.name_of(name), log) for name, log in logs), key=lambda item: item[0])
    names = [name for name, _ in logs]
    _check(names, rules)
    end = common_end(logs)
    if end is not None:
        logs = [(name, cut(log, end)) for name, log in logs]
    nodes = _nodes(logs)
    label = np.arange(nodes.n, dtype=np.int64)
    notes = []
    for rule in rules.rules:
        marks = _marks(logs, rule, rules.place)
        if rule.by == "reference":
            match = by_reference(rule, marks, nodes, names)
        else:
            match = by_value(rule, marks, nodes, label)
        label = components(nodes.n, match.a, match.b, label)
        _refuse_giants(label, nodes, rule, rules)
        notes.append(_note(rule, match, label))
    linked = merge(logs, label, nodes.key, apart=rules.same_names == "apart")
    before = tuple(note for _, log in logs for note in log.source.links)
    return replace(linked, source=replace(linked.source, links=(*before, *notes)))


def _check(names: list[str], rules: LinkRules) -> None:
    if not names:
        raise LogError("linking needs at least one log; name the files to link")
    for name in names:
        if not name or names.count(name) > 1:
            raise LogError(f"two logs are named {name!r}; rename one file, its name tells them")
    for rule in rules.rules:
        for log in (*rule.columns, rule.to, rule.origin):
            if log is not None and log != EVERY and log not in names:
                raise MappingError(
                    f"{rules.place}: rule {rule.name!r} names the log {log!r}, which is not "
                    f"among the logs; {nearest(log, names)}"
                )


def _nodes(logs: Sequence[tuple[str, EventLog]]) -> Nodes:
    ids = pl.concat([log.cases["case_id"].cast(pl.String) for _, log in logs])
    key = pl.concat([pl.Series([name]).new_from_index(0, log.n_matters) for name, log in logs])
    start = pl.concat([log.cases["arrival"].dt.epoch("us") // 1_000_000 for _, log in logs])
    sizes = [log.n_matters for _, log in logs]
    return Nodes(
        log=np.repeat(np.arange(len(logs), dtype=np.int64), sizes),
        start=start.fill_null(0).to_numpy().astype(np.int64),
        key=(key + ":" + ids).alias("case_ref"),
        ids=ids.alias("case_id"),
    )


def _marks(logs: Sequence[tuple[str, EventLog]], rule: Rule, place: str) -> pl.DataFrame:
    """Pairs (node, value) of a rule's columns, from cases or events, without empty values."""
    parts = []
    offset = 0
    for name, log in logs:
        column = rule.columns.get(name, rule.columns.get(EVERY))
        if column is not None:
            parts.append(_values(log, column, rule, f"{place}: rule {rule.name!r}", name, offset))
        offset += log.n_matters
    return pl.concat(parts).unique().sort("node", "value")


def _values(
    log: EventLog, column: str, rule: Rule, place: str, name: str, offset: int
) -> pl.DataFrame:
    bare = column.removeprefix("case:")
    if bare in log.cases.columns:
        frame = log.cases.select("case", value=bare)
    elif column in log.events.columns:
        frame = log.events.select("case", value=column)
    else:
        known = {*log.cases.columns, *log.events.columns} - {"case"}
        raise MappingError(
            f"{place}: the log {name!r} has no column {column!r}; {nearest(column, known)}"
        )
    frame = frame.drop_nulls("value").with_columns(pl.col("value").cast(pl.String))
    if rule.separator is not None:
        frame = frame.unique().with_columns(pl.col("value").str.split(rule.separator))
        frame = frame.explode("value", empty_as_null=True).drop_nulls("value")
    value = pl.col("value").str.strip_chars()
    frame = frame.with_columns(value).filter(
        ~pl.col("value").is_in(list(rule.ignore)) & (pl.col("value") != "")
    )
    return frame.select(node=pl.col("case").cast(pl.Int64) + offset, value="value")


def _refuse_giants(label: Ints, nodes: Nodes, rule: Rule, rules: LinkRules) -> None:
    if nodes.n < SMALL:
        return
    sizes = np.bincount(label, minlength=nodes.n)
    biggest = int(sizes.max())
    if biggest > rules.largest_share * nodes.n:
        raise LogError(
            f"{rules.place}: rule {rule.name!r} would put {biggest} of {nodes.n} cases "
            f"({biggest / nodes.n:.0%}) into one matter; its column may hold one value "
            "everywhere: name that value in ignore, or raise largest_share"
        )


def _note(rule: Rule, match: Match, label: Ints) -> dict[str, Any]:
    linked = np.union1d(match.a, match.b)
    # A linked matter brings along all the cases that earlier rules gave it.
    touched = np.unique(label[linked]) if len(linked) else linked
    with_value = np.isin(label[match.having], touched) if len(touched) else np.zeros(0, bool)
    n_linked = int(with_value.sum())
    undecided = len(np.setdiff1d(match.ambiguous, linked))
    having = len(match.having)
    note: dict[str, Any] = {
        "rule": rule.name,
        "by": rule.by,
        "columns": dict(rule.columns),
        "cases_with_value": having,
        "links": len(match.a),
        "cases_linked": n_linked,
        "matters": len(touched),
        "ambiguous": undecided,
        "ambiguous_rate": round(undecided / having, 6) if having else 0.0,
        "unlinked": max(having - n_linked - undecided, 0),
    }
    if rule.days is not None:
        note["days"] = rule.days
    if rule.by == "reference":
        note["dangling"] = match.dangling
    if not len(match.a):
        note["warning"] = "this rule links nothing; compare the values of its columns"
    return note
