"""Names of persons out of a log, and matters out of a store.

At import the names of officials become R1, R2 …, customers C1, C2 …; what stands for whom is kept
in a file of its own beside the store (`STORE.key.json`, readable by its owner only), which can be
kept elsewhere or deleted. Numbers go by a hash of the name, so they tell neither who came first nor
who comes first in the alphabet, and are the same for the same log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from typing import TYPE_CHECKING

from polku.errors import LogError
from polku.log.eventlog import CASE_COLUMNS, EVENT_COLUMNS, EventLog
from polku.log.keyfile import Key
from polku.log.mapping import Mapping
from polku.log.source import Assumption, Source

if TYPE_CHECKING:
    import polars as pl

PERSONS_SHARE = 0.5
"""Share of a column's values that are names of officials above which all its values are."""


def numbered(names: Iterable[str], letter: str) -> dict[str, str]:
    """Name → pseudonym for distinct names, in the order of their hashes.

    >>> sorted(numbered(["Aino", "Bo"], "R").values())
    ['R1', 'R2']
    """
    ranked = sorted(
        set(names), key=lambda n: (hashlib.blake2b(n.encode(), digest_size=8).digest(), n)
    )
    return {name: f"{letter}{number}" for number, name in enumerate(ranked, start=1)}


def pseudonymised(log: EventLog) -> tuple[EventLog, Key]:
    """The log with pseudonyms for officials and customers, and the key to them.

    Replaced are `resource`, the customer column of the mapping, and further text columns of which
    at least half the values are names of officials (a second column for the handler). Systems
    that the mapping lists under `[automatic] resources` keep their names.
    """
    table = {"events": log.events, "cases": log.cases}
    names = set(log.events["resource"].drop_nulls().unique().cast(str).to_list())
    columns = {
        where: person_columns([frame], text_columns(frame, where), names, log.mapping)
        for where, frame in table.items()
    }
    for where, found in columns.items():
        for column in found:
            names |= set(table[where][column].drop_nulls().unique().cast(str).to_list())
    customer = customer_column(log.cases.columns, log.mapping)
    customers = log.cases[customer].drop_nulls().unique().cast(str).to_list() if customer else []
    key = make_key(names, customers, log.mapping)
    return replace(
        log,
        events=with_pseudonyms(log.events, ["resource", *columns["events"]], None, key),
        cases=with_pseudonyms(log.cases, columns["cases"], customer, key),
        mapping=without_names(log.mapping, key),
        source=noted(log.source, key),
    ), key


def text_columns(frame: pl.DataFrame, where: str) -> list[str]:
    """Further columns of text, which may hold names of officials."""
    import polars as pl

    own = EVENT_COLUMNS if where == "events" else CASE_COLUMNS
    return [
        name
        for name, dtype in frame.schema.items()
        if name not in own and (dtype == pl.String or isinstance(dtype, pl.Enum | pl.Categorical))
    ]


def person_columns(
    frames: Iterable[pl.DataFrame], columns: Collection[str], names: set[str], mapping: Mapping
) -> list[str]:
    """Which of the columns, over all frames together, hold names of officials."""
    import polars as pl

    known = pl.Series(sorted(names - set(mapping.automatic.resources)), dtype=pl.String)
    if not known.len() or not columns:
        return []
    filled = dict.fromkeys(columns, 0)
    hits = dict.fromkeys(columns, 0)
    for frame in frames:
        for column in columns:
            counts = frame[column].drop_nulls().cast(pl.String).value_counts(name="n")
            filled[column] += int(counts["n"].sum())
            hits[column] += int(counts.filter(pl.col(column).is_in(known.implode()))["n"].sum())
    return [c for c in columns if hits[c] and hits[c] >= PERSONS_SHARE * filled[c]]


def customer_column(columns: Collection[str], mapping: Mapping) -> str | None:
    """The case column that holds the customer, if the mapping names one."""
    from polku.log.attributes import case_name

    name = mapping.cases.customer
    if name is None:
        return None
    return next((c for c in (name, case_name(name)) if c in columns), None)


def make_key(officials: Collection[str], customers: Collection[str], mapping: Mapping) -> Key:
    """Pseudonyms for all names but those of systems."""
    systems = set(mapping.automatic.resources)
    taken = {f"{letter}{n}" for letter in "RC" for n in range(1, len(systems) + 1)} & systems
    if taken:
        raise LogError(
            f"the system {min(taken)!r} in [automatic] resources has the form of a pseudonym; "
            "rename it in the log, or import with --keep-names"
        )
    return Key(numbered(set(officials) - systems, "R"), numbered(customers, "C"))


def with_pseudonyms(
    frame: pl.DataFrame, officials: Collection[str], customer: str | None, key: Key
) -> pl.DataFrame:
    """The table with the key applied to its columns of officials and customers."""
    chosen = [(c, key.resource) for c in officials if c in frame.columns]
    if customer is not None:
        chosen.append((customer, key.customer))
    return frame.with_columns(_replaced(frame[c], names) for c, names in chosen)


def _replaced(column: pl.Series, names: AnyMapping[str, str]) -> pl.Series:
    import polars as pl

    if not isinstance(column.dtype, pl.Enum):
        text = column.cast(pl.String)
        if not names:
            return text
        return text.replace(list(names), list(names.values()))
    old = column.dtype.categories.to_list()
    new = [names.get(c, c) for c in old]
    ranked = sorted(new)
    place = {c: i for i, c in enumerate(ranked)}
    codes = pl.Series([place[c] for c in new], dtype=pl.UInt32)
    return _coded(codes.gather(column.to_physical()), ranked).alias(column.name)


def _coded(codes: pl.Series, categories: list[str]) -> pl.Series:
    import polars as pl

    from polku.log.words import code_type

    return codes.cast(code_type(len(categories))).cat.to(pl.Enum(categories))


def without_names(mapping: Mapping, key: Key) -> Mapping:
    """The mapping without the display names of persons and without samples."""
    return replace(
        mapping,
        names={v: n for v, n in mapping.names.items() if v not in key.resource},
        guesses=(),
    )


def noted(source: Source, key: Key) -> Source:
    """The provenance with a line on the pseudonyms."""
    notes = []
    if key.resource:
        notes.append(
            Assumption(
                "assumed", "resource",
                f"{len(key.resource):,} officials stand under pseudonyms (R1 …)",
            )
        )  # fmt: skip
    if key.customer:
        notes.append(
            Assumption(
                "assumed", "customer",
                f"{len(key.customer):,} customers stand under pseudonyms (C1 …)",
            )
        )  # fmt: skip
    return source.with_assumptions(*notes)
