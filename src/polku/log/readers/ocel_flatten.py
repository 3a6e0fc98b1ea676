"""An object-centric log flattened on one object type: one row per case object and event."""

from __future__ import annotations

import polars as pl

from polku.errors import LogError, MappingError
from polku.log.mapping import Guess, Ocel, nearest
from polku.log.raw import PLACE, RawTable
from polku.log.readers.ocel_parse import ObjectLog
from polku.log.readers.ocel_roles import (
    ACTIVITY,
    AGENCY,
    CASE,
    CUSTOMER,
    EVENT,
    QUALIFIER,
    RESOURCE,
    TIME,
    UNIT,
    guess_case_type,
    meaning,
    related_labels,
    with_agency,
    with_doers,
    with_labels,
)
from polku.log.source import Assumption, Issue, SourceFile

MOST_STEPS = 20
"""How many relations between objects a case reaches through at most."""


def flatten(log: ObjectLog, how: Ocel, file: SourceFile) -> RawTable:
    """Flatten an object-centric log on the object type of the cases.

    `how`: the section `[ocel]` of the mapping; without `case_type` the type is guessed and the
    ground is stated. Returns one row per (case object, related event); events in several cases
    are repeated and counted, events of no case are dropped and counted. Raises `MappingError`
    for a type that the log does not have, `LogError` for an id used twice.
    """
    issues = _check(log)
    objects = log.objects
    known = objects.select(object="id", object_type="type")
    links = log.event_links.join(known, on="object", how="inner").join(
        log.events.select(event="id"), on="event", how="semi"
    )
    _known_types(log, how)
    guesses: list[Guess] = []
    case_type = how.case_type
    if case_type is None:
        guess = guess_case_type(log, links)
        guesses.append(guess)
        case_type = guess.value
    own = objects.filter(pl.col("type") == case_type).select(case="id")
    pairs = _pairs(log, links, own, how.through)
    issues += _spread(log, pairs, own, links, case_type)
    rows, roles, more, found = _rows(log, links, pairs, how, case_type)
    issues += found
    guesses += more
    assumptions = [
        Assumption(
            "inferred" if how.case_type is None else "assumed", "ocel.case_type",
            f"a case is one object of the type {case_type!r}"
            + (f", with the events of related {', '.join(how.through)} objects"
               if how.through else ", with the events that name it directly"),
        )
    ]  # fmt: skip
    rows, notes = _case_attributes(rows, log, own, case_type)
    if CUSTOMER in rows.columns:
        roles["customer"] = CUSTOMER
    rows = rows.sort(PLACE, CASE, maintain_order=True)
    return RawTable(
        rows, (file,), file.format, roles, issues=tuple(i for i in issues if i.count),
        guesses=tuple(guesses), assumptions=tuple(assumptions + notes),
    )  # fmt: skip


def _check(log: ObjectLog) -> list[Issue]:
    for name, frame in (("object", log.objects), ("event", log.events)):
        twice = frame.filter(pl.col("id").is_duplicated())
        if twice.height:
            raise LogError(
                f"{name} {twice['id'].min()!r} stands twice in the log; ids must be unique, "
                "export it again"
            )
    object_ids = log.objects["id"].implode()
    event_ids = log.events["id"].implode()
    lost = log.event_links.filter(~pl.col("object").is_in(object_ids))
    nowhere = log.event_links.filter(~pl.col("event").is_in(event_ids))
    apart = log.object_links.filter(
        ~pl.col("source").is_in(object_ids) | ~pl.col("target").is_in(object_ids)
    )
    strange = log.events.filter(~pl.col("type").is_in(list(log.event_types)))
    odd = log.objects.filter(~pl.col("type").is_in(list(log.object_types)))
    # Relations are no rows: an event that loses its last one is counted as one of no case.
    return [
        _issue("dangling_relation", lost, "event", "object",
               "relations from an event to an object that is not in the log; left out",
               dropped=False),
        _issue("dangling_relation_event", nowhere, "event", "object",
               "relations from an event that is not in the log; left out", dropped=False),
        _issue("dangling_object_relation", apart, "source", "target",
               "relations between objects of which one is not in the log; left out", dropped=False),
        _issue("undeclared_event_type", strange, "id", "type",
               "events of a type that the log does not declare; kept", dropped=False),
        _issue("undeclared_object_type", odd, "id", "type",
               "objects of a type that the log does not declare; kept", dropped=False),
    ]  # fmt: skip


def _issue(
    code: str, found: pl.DataFrame, one: str, other: str, what: str, dropped: bool = True
) -> Issue:
    places = tuple(f"{a} → {b}" for a, b in found.select(one, other).head(10).rows())
    return Issue(code, found.height, what, places, dropped)


def _known_types(log: ObjectLog, how: Ocel) -> None:
    types = set(log.object_types) | set(log.objects["type"].to_list())
    wanted = [("case_type", how.case_type)] if how.case_type is not None else []
    for key in ("through", "unit_types", "party_types"):
        wanted += [(key, name) for name in getattr(how, key)]
    for key, name in wanted:
        if name not in types:
            raise MappingError(
                f"[ocel] {key}: the log has no object type {name!r}; {nearest(name, types)}"
            )


def _pairs(
    log: ObjectLog, links: pl.DataFrame, own: pl.DataFrame, through: tuple[str, ...]
) -> pl.DataFrame:
    """Pairs (case, event), with the joined qualifiers of the direct relations."""
    direct = links.join(own, left_on="object", right_on="case", how="semi")
    pairs = direct.group_by(case="object", event="event").agg(
        pl.col("qualifier").drop_nulls().unique().sort().str.join("; ").alias(QUALIFIER)
    )
    if through:
        reached = _reached(log, own, through)
        far = links.join(reached, on="object").select("case", "event").unique()
        pairs = pl.concat(
            [pairs, far.join(pairs, on=["case", "event"], how="anti")], how="diagonal"
        )
    return pairs


def _reached(log: ObjectLog, own: pl.DataFrame, through: tuple[str, ...]) -> pl.DataFrame:
    """Objects of the given types that a case is related to, over any number of relations."""
    allowed = log.objects.filter(pl.col("type").is_in(list(through)))
    forth = log.object_links.select(a="source", b="target")
    edges = pl.concat([forth, forth.select(a="b", b="a")])
    edges = edges.join(allowed, left_on="b", right_on="id", how="semi").unique()
    edge = own.select("case", object="case")
    seen = edge
    for _ in range(MOST_STEPS):
        step = edge.join(edges, left_on="object", right_on="a").select("case", object="b").unique()
        edge = step.join(seen, on=["case", "object"], how="anti")
        if edge.is_empty():
            break
        seen = pl.concat([seen, edge])
    return seen.filter(pl.col("case") != pl.col("object"))


def _spread(
    log: ObjectLog, pairs: pl.DataFrame, own: pl.DataFrame, links: pl.DataFrame, case_type: str
) -> list[Issue]:
    """What flattening does to the log: lost, doubled and seemingly repeated events."""
    lost = log.events.join(pairs, left_on="id", right_on="event", how="anti")
    shared = pairs.group_by("event").len().filter(pl.col("len") > 1).sort("event")
    idle = own.join(pairs, on="case", how="anti").sort("case")
    # A unit that changes is a hand-over, and what one event makes is its own: neither repeats.
    things = [t for t in links["object_type"].unique() if meaning(t) in ("", "matter", "thing")]
    others = links.filter(
        (pl.col("object_type") != case_type)
        & pl.col("object_type").is_in(things)
        & (pl.col("event").n_unique().over("object") > 1)
    )
    sets = others.group_by("event").agg(objects=pl.col("object").unique().sort().str.join("\n"))
    seen = pairs.join(log.events.select(event="id", type="type"), on="event").join(
        sets, on="event", how="left"
    )
    apart = (
        seen.group_by("case", "type")
        .agg(extra=pl.col("objects").n_unique() - 1)
        .filter(pl.col("extra") > 0)
        .sort("case", "type")
    )
    return [
        Issue("event_of_no_case", lost.height,
              f"events that belong to no {case_type!r} object; left out of this view",
              tuple(f"event {e}" for e in lost["id"].head(10)), True),
        Issue("event_in_several_cases", int(shared["len"].sum()) - shared.height,
              "further rows, because one event belongs to several cases (convergence); kept",
              tuple(f"event {e}: {n} cases" for e, n in shared.head(10).rows()), False),
        Issue("repeated_for_other_objects", int(apart["extra"].sum()),
              "events of a case that repeat an activity for another object (divergence); kept, "
              "they look like rework",
              tuple(f"{c}: {t}" for c, t, _ in apart.head(10).rows()), False),
        Issue("object_without_events", idle.height,
              f"{case_type!r} objects without any event; they are no cases here",
              tuple(f"object {c}" for c in idle["case"].head(10)), False),
    ]  # fmt: skip


def _rows(
    log: ObjectLog, links: pl.DataFrame, pairs: pl.DataFrame, how: Ocel, case_type: str
) -> tuple[pl.DataFrame, dict[str, str], list[Guess], list[Issue]]:
    events = log.events.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(PLACE), times(log.events["time"])
    ).rename({"id": EVENT, "type": ACTIVITY, "time": TIME})
    values = log.event_values.with_columns(pl.col("name").map_elements(_free, pl.String))
    declared = {_free(k): v for types in log.event_types.values() for k, v in types.items()}
    events = _widen(events, EVENT, values.rename({"event": "id"}), declared)
    roles = {"case": CASE, "activity": ACTIVITY, "time": TIME}
    guesses: list[Guess] = []
    issues: list[Issue] = []
    events = _others(events, links, case_type, prefix="object:")
    units = related_labels(log, links, how.unit_types, how.unit_qualifiers, "unit", case_type)
    if units is not None:
        found, guess = units
        events, crowd = with_labels(events, found, UNIT)
        events, agency = with_agency(events, found, log)
        issues.append(crowd)
        roles |= {"unit": UNIT} | ({"agency": AGENCY} if agency else {})
        guesses += guess
    people = related_labels(log, links, how.party_types, (), "person", case_type)
    if people is not None:
        events, crowd = with_labels(events, people[0], RESOURCE)
        issues.append(crowd)
        roles["resource"] = RESOURCE
        guesses += people[1]
    else:
        events, guess = with_doers(events, list(declared))
        roles |= {"resource": RESOURCE} if guess else {}
        guesses += guess
    rows = pairs.rename({"case": CASE, "event": EVENT}).join(events, on=EVENT)
    first = [CASE, ACTIVITY, TIME, EVENT]
    rest = sorted(
        c
        for c in rows.columns
        if c not in (*first, QUALIFIER, PLACE) and rows[c].null_count() < rows.height
    )
    roles = {key: c for key, c in roles.items() if c in (*first, *rest)}
    return rows.select(*first, *rest, QUALIFIER, PLACE), roles, guesses, issues


def _free(name: str) -> str:
    """An attribute's name that cannot be taken for a column of the reader's own."""
    return f"event:{name}" if name.startswith(("case:", "object:", "ocel:", "@")) else name


def times(column: pl.Series) -> pl.Series:
    """ISO times: UTC where all have an offset, naive where none has; else left as they are."""
    text = column.str.strip_chars().str.replace(" ", "T", literal=True)
    filled = text.drop_nulls()
    zone = filled.str.contains(r"T.*(Z|z|[+-]\d\d:?\d\d)$")
    if filled.is_empty():
        return column
    if zone.all():
        parsed = text.str.replace("z$", "Z").str.to_datetime("%+", time_unit="us", strict=False)
    elif not zone.any():
        long = text.str.replace(r"^(\d{4}-\d\d-\d\d)$", "${1}T00:00:00")
        long = long.str.replace(r"T(\d\d:\d\d)$", "T${1}:00")
        parsed = long.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    else:
        return column
    return parsed.alias(column.name) if parsed.null_count() == column.null_count() else column


def _widen(
    frame: pl.DataFrame, key: str, values: pl.DataFrame, declared: dict[str, str], prefix: str = ""
) -> pl.DataFrame:
    """Long attributes (id, name, value) as typed columns; the last value of a pair wins."""
    parts = values.partition_by("name", as_dict=True)
    for (name,), part in sorted(parts.items(), key=lambda kv: str(kv[0][0])):
        last = part.unique("id", keep="last", maintain_order=True)
        column = _cast(last["value"], declared.get(str(name), "string")).alias(f"{prefix}{name}")
        frame = frame.join(pl.DataFrame({key: last["id"], column.name: column}), on=key, how="left")
    return frame


def _cast(column: pl.Series, declared: str) -> pl.Series:
    """The declared type where every value fits it; else the text as it is."""
    out = column
    if declared == "integer":
        out = column.str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
    elif declared == "float":
        out = column.cast(pl.Float64, strict=False)
    elif declared == "boolean":
        lower = column.str.to_lowercase()
        out = lower.replace_strict(
            {"true": True, "1": True, "false": False, "0": False},
            default=None, return_dtype=pl.Boolean,
        )  # fmt: skip
    elif declared in ("time", "date"):
        out = times(column)
    return out if out.null_count() == column.null_count() else column


def _others(events: pl.DataFrame, links: pl.DataFrame, case_type: str, prefix: str) -> pl.DataFrame:
    """One column per other object type: the ids at the event, joined."""
    others = links.filter(pl.col("object_type") != case_type)
    for (kind,), part in sorted(others.partition_by("object_type", as_dict=True).items()):
        ids = part.group_by(pl.col("event").alias(EVENT)).agg(
            pl.col("object").unique().sort().str.join("; ").alias(f"{prefix}{kind}")
        )
        events = events.join(ids, on=EVENT, how="left")
    return events


def _case_attributes(
    rows: pl.DataFrame, log: ObjectLog, own: pl.DataFrame, case_type: str
) -> tuple[pl.DataFrame, list[Assumption]]:
    """Attributes and related objects of the case objects as `case:` columns."""
    mine = log.object_values.join(own, left_on="object", right_on="case", how="semi")
    at = times(mine["time"])
    if at.dtype == pl.String:  # offsets stand at some only: an instant is no worse for sorting
        utc = mine["time"].str.replace(" ", "T", literal=True).str.replace(r"Z$", "")
        at = utc.str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
    values = mine.with_columns(at.alias("at")).sort("at", nulls_last=False, maintain_order=True)
    changed = (
        values.group_by("object", "name")
        .agg(n=pl.col("value").n_unique())
        .filter(pl.col("n") > 1)
        .group_by("name")
        .len()
        .sort("name")
    )
    notes = [
        Assumption(
            "inferred",
            f"case:{name}",
            f"{name!r} changes over time in {n} cases; its last value is kept",
        )
        for name, n in changed.rows()
    ]
    declared = log.object_types.get(case_type, {})
    frame = own.rename({"case": CASE}).join(rows.select(CASE).unique(), on=CASE, how="semi")
    frame = _widen(frame, CASE, values.rename({"object": "id"}), declared, prefix="case:")
    forth = log.object_links.select(case="source", object="target")
    both = pl.concat([forth, forth.select(case="object", object="case")])
    kinds = log.objects.select(object="id", object_type="type")
    near = both.join(own, on="case", how="semi").join(kinds, on="object")
    parts = near.partition_by("object_type", as_dict=True)
    for (kind,), part in sorted(parts.items(), key=lambda kv: str(kv[0][0])):
        ids = part.group_by(pl.col("case").alias(CASE)).agg(
            pl.col("object").unique().sort().str.join("; ").alias(f"case:object:{kind}")
        )
        frame = frame.join(ids, on=CASE, how="left")
        if meaning(str(kind)) == "customer" and CUSTOMER not in frame.columns:
            frame = frame.with_columns(pl.col(f"case:object:{kind}").alias(CUSTOMER))
    return rows.join(frame, on=CASE, how="left"), notes
