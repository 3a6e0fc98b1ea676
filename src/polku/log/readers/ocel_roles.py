"""Which objects and attributes of an object-centric log are cases, units and persons."""

from __future__ import annotations

import polars as pl

from polku.errors import LogError
from polku.log.mapping import Guess
from polku.log.readers.ocel_parse import ObjectLog

CASE, ACTIVITY, TIME, EVENT = "ocel:oid", "ocel:activity", "ocel:timestamp", "ocel:eid"
UNIT, AGENCY, RESOURCE, QUALIFIER = "ocel:unit", "ocel:agency", "ocel:resource", "ocel:qualifier"
CUSTOMER = "case:ocel:customer"

MATTER_WORDS = (
    "matter", "case", "application", "asia", "hakemus", "ärende", "zaak", "request", "permit",
)  # fmt: skip
UNIT_WORDS = (
    "unit", "department", "office", "desk", "team", "agency", "organi", "yksikkö", "virasto",
    "osasto", "enhet", "nämnd", "afdeling",
)  # fmt: skip
PERSON_WORDS = (
    "employee", "worker", "staff", "handler", "officer", "clerk", "user", "person", "resource",
    "operator", "käsittelijä", "työntekijä", "handläggare", "party",
)  # fmt: skip
CUSTOMER_WORDS = (
    "customer", "applicant", "client", "asiakas", "hakija", "kund", "sökande", "company",
    "business",
)  # fmt: skip
THING_WORDS = ("vehicle", "truck", "machine", "system", "location", "product", "forklift")
DOER_WORDS = (
    "creator", "approver", "editor", "inserter", "blocker", "resource", "user", "handler",
    "employee", "performer", "officer", "clerk", "owner", "käsittelijä", "handläggare",
)  # fmt: skip


def guess_case_type(log: ObjectLog, links: pl.DataFrame) -> Guess:
    """Guess which object type makes the cases.

    Types whose name says unit, person, customer or thing come last, a type whose name says matter
    first; among the rest wins the type that alone explains most events (exactly one object of
    the type at the event: no event is lost, none doubled), then the one with more objects.
    Raises `LogError` where no event is related to any object.
    """
    if links.is_empty():
        raise LogError("no event of the log is related to an object; there are no cases in it")
    per = links.unique(["event", "object"]).group_by("object_type", "event").len()
    table = per.group_by("object_type").agg(
        alone=(pl.col("len") == 1).sum(), events=pl.len(), pairs=pl.col("len").sum()
    )
    counts = dict(log.objects.group_by("type").len().iter_rows())
    n = log.events.height

    def rank(row: dict[str, int | str]) -> tuple[int, int, int, str]:
        name = str(row["object_type"])
        return (_fit(name), -int(row["alone"]), -counts[name], name)

    ranked = sorted(table.to_dicts(), key=rank)
    best = ranked[0]
    others = "; ".join(
        f"{r['object_type']}: {counts[r['object_type']]} objects, {r['events']} events"
        for r in ranked[1:6]
    )
    name = best["object_type"]
    several = best["events"] - best["alone"]
    ground = (
        f"{best['alone']} of {n} events belong to exactly one of its {counts[name]} objects"
        + (f", {several} to several" if several else "")
        + (f" (others: {others})" if others else "")
    )
    samples = log.objects.filter(pl.col("type") == name)["id"].sort().head(3).to_list()
    return Guess("ocel.case_type", name, ground, tuple(samples))


def _fit(name: str) -> int:
    if name.lower() == "matter":
        return 0
    if says(name, MATTER_WORDS) and not says(name, CUSTOMER_WORDS):
        return 1
    return 3 if says(name, UNIT_WORDS + PERSON_WORDS + CUSTOMER_WORDS + THING_WORDS) else 2


def says(name: str, words: tuple[str, ...]) -> bool:
    """Whether a name holds one of the words."""
    return any(word in name.lower() for word in words)


def related_labels(
    log: ObjectLog, links: pl.DataFrame, types: tuple[str, ...], qualifiers: tuple[str, ...],
    words: tuple[str, ...], case_type: str,
) -> tuple[pl.DataFrame, list[Guess]] | None:  # fmt: skip
    """Links (event, label) to units or persons, by the mapping or by the words of the types."""
    guesses = []
    if not types and not qualifiers:
        present = links["object_type"].unique().sort()
        types = tuple(t for t in present if t != case_type and says(t, words))
        if words is PERSON_WORDS:
            types = tuple(t for t in types if not says(t, CUSTOMER_WORDS + UNIT_WORDS))
        if not types:
            return None
        key = "ocel.unit_types" if words is UNIT_WORDS else "ocel.party_types"
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


def one_label(found: pl.DataFrame, name: str) -> pl.DataFrame:
    """One label per event; an event of several keeps all of them in one label."""
    return found.group_by(pl.col("event").alias(EVENT)).agg(
        pl.col("label").unique().sort().str.join(" + ").alias(name),
        pl.col("object").min().alias(f"{name}:id"),
    )


def with_agency(events: pl.DataFrame, log: ObjectLog) -> tuple[pl.DataFrame, bool]:
    """The agency of a unit, where the unit objects have it as an attribute."""
    words = ["agency", "virasto", "myndighet"]
    own = log.object_values.filter(pl.col("name").str.to_lowercase().is_in(words))
    own = own.unique("object", keep="last", maintain_order=True).select(
        pl.col("object").alias(f"{UNIT}:id"), pl.col("value").alias(AGENCY)
    )
    out = events.join(own, on=f"{UNIT}:id", how="left")
    if out[AGENCY].null_count() == out.height:
        return events, False
    return out, True


def with_doers(events: pl.DataFrame, names: list[str]) -> tuple[pl.DataFrame, list[Guess]]:
    """A resource out of attributes like pr_creator, invoice_inserter: only ever a guess."""
    text = [n for n in dict.fromkeys(names) if events.schema.get(n) == pl.String]
    doers = sorted(n for n in text if n.lower().replace("-", "_").split("_")[-1] in DOER_WORDS)
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
