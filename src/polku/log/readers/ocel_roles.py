"""Which objects and attributes of an object-centric log are cases, units and persons."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from polku.errors import LogError
from polku.log.mapping import Guess
from polku.log.readers.ocel_parse import ObjectLog
from polku.log.source import Issue

CASE, ACTIVITY, TIME, EVENT = "ocel:oid", "ocel:activity", "ocel:timestamp", "ocel:eid"
UNIT, AGENCY, RESOURCE, QUALIFIER = "ocel:unit", "ocel:agency", "ocel:resource", "ocel:qualifier"
CUSTOMER = "case:ocel:customer"

_MEANINGS: dict[str, tuple[str, ...]] = {
    "customer": ("customer", "applicant", "client", "asiakas", "asiakkaa", "hakija", "kund",
                 "sökande", "company", "business"),
    "person": ("employee", "worker", "staff", "handler", "officer", "clerk", "user", "person",
               "resource", "operator", "käsittelijä", "työntekijä", "handläggare", "party"),
    "unit": ("unit", "department", "office", "desk", "team", "agency", "organi", "yksikkö",
             "virasto", "osasto", "enhet", "nämnd", "afdeling"),
    "thing": ("vehicle", "truck", "machine", "system", "location", "product", "forklift"),
    "matter": ("matter", "case", "application", "order", "asia", "hakemus", "ärende", "zaak",
               "request", "permit"),
}  # fmt: skip
"""What a word in an object type's name says; of several the first in this order."""
_CASES = ("", "matter")
_DOERS = (
    "creator", "approver", "editor", "inserter", "blocker", "resource", "user", "handler",
    "employee", "performer", "officer", "clerk", "owner", "käsittelijä", "handläggare",
)  # fmt: skip


def guess_case_type(log: ObjectLog, links: pl.DataFrame) -> Guess:
    """Guess which object type makes the cases.

    A type is measured by the events that have exactly one object of it: flattened on it, they
    are neither lost nor doubled. Types whose name says unit, person, customer or thing come last.
    A type named "matter" comes first; then one whose name says matter (case, application, order
    …), if it has at least two thirds as many such events as the best; then the one with most,
    and of equals the one with more objects. Raises `LogError` where no event is related to any
    object.
    """
    if links.is_empty():
        raise LogError("no event of the log is related to an object; there are no cases in it")
    per = links.unique(["event", "object"]).group_by("object_type", "event").len()
    table = per.group_by("object_type").agg(alone=(pl.col("len") == 1).sum(), events=pl.len())
    counts = dict(log.objects.group_by("type").len().iter_rows())
    types = table.to_dicts()
    most = max((t["alone"] for t in types if meaning(t["object_type"]) in _CASES), default=0)

    def rank(found: dict[str, Any]) -> tuple[int, int, int, str]:
        name = found["object_type"]
        says = meaning(name)
        fit = 2 if says in _CASES else 3
        if says == "matter" and found["alone"] * 3 >= most * 2:
            fit = 1
        return (0 if name == "matter" else fit, -found["alone"], -counts[name], name)

    best, *rest = sorted(types, key=rank)
    others = "; ".join(
        f"{r['object_type']}: {counts[r['object_type']]} objects, {r['events']} events"
        for r in rest[:5]
    )
    name = best["object_type"]
    several = best["events"] - best["alone"]
    ground = (
        f"{best['alone']} of {log.events.height} events belong to exactly one of its "
        f"{counts[name]} objects"
        + (f", {several} to several" if several else "")
        + (", and its name says matter" if meaning(name) == "matter" else "")
        + (f" (others: {others})" if others else "")
    )
    samples = log.objects.filter(pl.col("type") == name)["id"].sort().head(3).to_list()
    return Guess("ocel.case_type", name, ground, tuple(samples))


def meaning(name: str) -> str:
    """What the name of an object type says: the last of its words that says anything decides.

    >>> meaning("Customer Order"), meaning("case worker"), meaning("Invoice")
    ('matter', 'person', '')
    """
    for word in reversed(re.findall(r"[^\W\d_]+", name.lower())):
        for says, words in _MEANINGS.items():
            if any(w in word for w in words):
                return says
    return ""


def _few(log: ObjectLog, object_type: str) -> bool:
    """Whether a type has few objects beside the events, as units and staff have."""
    return (log.objects["type"] == object_type).sum() <= max(5, log.events.height / 10)


def related_labels(
    log: ObjectLog, links: pl.DataFrame, types: tuple[str, ...], qualifiers: tuple[str, ...],
    says: str, case_type: str,
) -> tuple[pl.DataFrame, list[Guess]] | None:  # fmt: skip
    """Links (event, label) to units or persons, by the mapping or by the words of the types."""
    guesses = []
    if not types and not qualifiers:
        present = links["object_type"].unique().sort()
        types = tuple(t for t in present if t != case_type and meaning(t) == says and _few(log, t))
        if not types:
            return None
        key = "ocel.unit_types" if says == "unit" else "ocel.party_types"
        sample = links.filter(pl.col("object_type").is_in(list(types)))["object"].unique().sort()
        guesses = [Guess(key, ", ".join(types), "the name of the object type", tuple(sample[:3]))]
    found = links.filter(
        pl.col("object_type").is_in(list(types)) | pl.col("qualifier").is_in(list(qualifiers))
    )
    if found.is_empty():
        return None
    names = log.object_values.filter(pl.col("name").str.to_lowercase().is_in(["name", "nimi"]))
    names = names.unique("object", keep="last", maintain_order=True).select("object", "value")
    labelled = found.join(names, on="object", how="left")
    per = labelled.unique(["object", "value"])
    if per["value"].null_count() or per["value"].is_duplicated().any():
        return found.select("event", "object", label="object"), guesses
    return labelled.select("event", "object", label="value"), guesses


def with_labels(events: pl.DataFrame, found: pl.DataFrame, name: str) -> tuple[pl.DataFrame, Issue]:
    """Events with a column of labels; an event of several keeps all of them in one, counted."""
    labels = found.group_by(pl.col("event").alias(EVENT)).agg(
        pl.col("label").unique().sort().str.join(" + ").alias(name),
        pl.col("label").n_unique().alias("n"),
    )
    crowd = labels.filter(pl.col("n") > 1).sort(EVENT)
    issue = Issue(
        "several_at_one_event", crowd.height,
        f"events with several values of {name}; kept as one value, joined by ' + '",
        tuple(f"event {e}: {text}" for e, text in crowd.select(EVENT, name).head(10).rows()),
        dropped=False,
    )  # fmt: skip
    return events.join(labels.drop("n"), on=EVENT, how="left"), issue


def with_agency(
    events: pl.DataFrame, found: pl.DataFrame, log: ObjectLog
) -> tuple[pl.DataFrame, bool]:
    """The agency of the unit at an event, where the unit objects have it as an attribute."""
    words = ["agency", "virasto", "myndighet"]
    own = log.object_values.filter(pl.col("name").str.to_lowercase().is_in(words))
    own = own.unique("object", keep="last", maintain_order=True).select("object", label="value")
    labels = found.select("event", "object").join(own, on="object")
    if labels.is_empty():
        return events, False
    return with_labels(events, labels, AGENCY)[0], True


def with_doers(events: pl.DataFrame, names: list[str]) -> tuple[pl.DataFrame, list[Guess]]:
    """A resource out of attributes like pr_creator, invoice_inserter: only ever a guess."""
    text = [n for n in dict.fromkeys(names) if events.schema.get(n) == pl.String]
    doers = sorted(n for n in text if n.lower().replace("-", "_").split("_")[-1] in _DOERS)
    if not doers:
        return events, []
    people = set().union(*(events[n].drop_nulls().to_list() for n in doers))
    # A further attribute that holds nothing but these people says the same thing.
    more = [n for n in text if n not in doers and set(events[n].drop_nulls().to_list())]
    doers += sorted(n for n in more if set(events[n].drop_nulls().to_list()) <= people)
    if events.select(pl.sum_horizontal(pl.col(doers).is_not_null()).max()).item() > 1:
        return events, []
    events = events.with_columns(pl.coalesce(doers).alias(RESOURCE))
    ground = f"each event has at most one of the attributes {', '.join(doers)}"
    return events, [Guess("columns.resource", RESOURCE, ground, tuple(sorted(people)[:3]))]
