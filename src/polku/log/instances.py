"""Sorted step instances of prepared rows: a total order, pairs, contacts, kinds and agencies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from polku.errors import MappingError
from polku.log.eventlog import CONTACT, EVENT_KINDS
from polku.log.lifecycle import START, kinds_of_rows, needs_pairing, pair
from polku.log.mapping import Mapping
from polku.log.source import Issue
from polku.log.words import over_words

_CONTACT_WORDS = {
    "none": ("", "none", "no", "false", "0", "ei", "nej", "-"),
    "customer": ("customer", "asiakas", "kund", "client", "in", "inbound", "applicant"),
    "city": ("city", "kaupunki", "stad", "agency", "out", "outbound", "authority"),
}
_COALESCED = ("agency", "unit", "resource", "channel", "contact", "kind", "data_key", "fee")


def instances(
    table: pl.DataFrame, mapping: Mapping, *, until: int | None
) -> tuple[pl.DataFrame, list[Issue]]:
    """Step instances in (case, time, order), from prepared rows with the case's `@code`.

    `until`: end of the window of observation that the mapping gives, µs since 1970 UTC; later rows
    are left out and counted. Columns whose names begin with "@" or "case:" are for the cases.
    """
    issues: list[Issue] = []
    kinds = kinds_of_rows(table["@transition"], mapping.lifecycle)
    table = in_order(table.with_columns(kinds.alias("@rank")))
    if needs_pairing(kinds):
        table, more = _paired(table)
        issues += more
    unfinished = table["@unfinished"]
    issues.append(
        Issue(
            "unpaired_start", int(unfinished.sum()),
            "a start without completion is kept as a step at the moment it began", dropped=False,
        )
    )  # fmt: skip
    if until is not None:
        late = table["time"].dt.epoch("us") > until
        count = int(table["@rows"].filter(late).sum()) if "@rows" in table.columns else late.sum()
        issues.append(Issue("after_window", int(count), "rows of steps after the window's end"))
        table = table.filter(~late) if late.any() else table
    table, more = _words(table, mapping)
    return table, issues + more


def in_order(table: pl.DataFrame) -> pl.DataFrame:
    """Rows in a total order: (case, time, the log's own order), then everything else.

    Only rows that tie are compared on their other columns, since that is slow and rare.
    """
    keys = ["@code", "time", *(["@order"] if "@order" in table.columns else [])]
    if "@order" in keys:
        table = table.with_columns(pl.col("@order").fill_null(float("inf")))
    if len(table) < 2:
        return table
    table = table[_by_keys(table, keys)]
    same = table.select(
        pl.all_horizontal(pl.col(k).eq_missing(pl.col(k).shift(1)) for k in keys)
    ).to_series()
    same[0] = False
    tied = same | same.shift(-1, fill_value=False)
    if not tied.any():
        return table
    at = tied.arg_true().to_numpy()
    first = ["@rank", "start", "activity", "resource"]  # what began earlier stands first
    rest = sorted(c for c in table.columns if c not in (*keys, *first, "@place"))
    subset = table.select(*keys, *first, *rest)[at].with_row_index("@row")
    moved = subset.sort([*keys, *first, *rest], nulls_last=True)["@row"].to_numpy()
    index = np.arange(len(table))
    index[at] = at[moved]
    return table[index]


def _by_keys(table: pl.DataFrame, keys: list[str]) -> npt.NDArray[np.int64]:
    """Positions of the rows in the order of the keys, of which `@code` (u32) is the first.

    Key by key from the last: rows mostly come in the order of time, which a stable sort is quick
    with, and codes go by counting, half by half; a sort by all keys at once is six times slower.
    """
    index = np.arange(len(table))
    for key in reversed(keys[1:]):
        column = table[key]
        values = column.to_physical().to_numpy()[index]
        index = index[np.argsort(values, kind="stable")]
    code = table["@code"].to_numpy()
    for half in (code & np.uint32(0xFFFF), code >> np.uint32(16)):
        if half.any():
            index = index[np.argsort(half[index].astype(np.uint16), kind="stable")]
    return index


def _paired(table: pl.DataFrame) -> tuple[pl.DataFrame, list[Issue]]:
    table = table.with_columns(table["time"].dt.epoch("us").alias("@micros"))
    found = pair(table, table["@rank"])
    out = table[found.row]
    has_start = pl.Series(found.start_row >= 0)
    starts = table[np.where(found.start_row >= 0, found.start_row, 0)]
    columns = [
        pl.select(pl.when(has_start).then(starts["time"]).otherwise(out["start"])).to_series()
        .alias("start"),
        (out["@unfinished"] | (out["@rank"] == START)).alias("@unfinished"),
    ]  # fmt: skip
    starting = starts.select(pl.when(has_start).then(pl.all()).otherwise(None))
    columns += [
        pl.select(pl.coalesce(out[name], starting[name])).to_series().alias(name)
        for name in _COALESCED
        if name in out.columns and out[name].null_count()
    ]
    if (found.schedule_row >= 0).any():
        rows = table["time"][np.where(found.schedule_row >= 0, found.schedule_row, 0)]
        known = pl.Series(found.schedule_row >= 0)
        columns.append(
            pl.select(pl.when(known).then(rows).otherwise(None)).to_series().alias("scheduled")
        )
    if (found.start_row >= 0).any() or (found.schedule_row >= 0).any():
        rows_of = 1 + (found.start_row >= 0) + (found.schedule_row >= 0)
        columns.append(pl.Series("@rows", rows_of))
    if found.suspended.any():
        columns.append(pl.Series("suspended", found.suspended))
    issues = [
        Issue("unpaired_complete", found.unstarted,
              "a completion without start is kept as a step whose start is unknown",
              dropped=False),
        Issue("aborted", found.aborted, "work that was broken off ends at that moment",
              dropped=False),
        Issue("assignment", found.idle, "rows that only assign work are no step"),
        Issue("skipped", found.skipped, "work that was skipped or withdrawn before it began"),
    ]  # fmt: skip
    return out.with_columns(columns), issues


def _words(table: pl.DataFrame, mapping: Mapping) -> tuple[pl.DataFrame, list[Issue]]:
    """Agency, contact, kind and channel where the mapping, and no column, tells them."""
    issues: list[Issue] = []
    columns = mapping.columns
    if mapping.none.units:
        system = list(mapping.none.units)
        table = table.with_columns(
            unit=pl.when(pl.col("unit").is_in(system) | pl.col("resource").is_in(system))
            .then(None).otherwise(pl.col("unit"))
        )  # fmt: skip
    if columns.agency is None and mapping.agencies:
        table = table.with_columns(agency=_replaced(table["unit"], dict(mapping.agencies), None))
    if columns.channel is None and mapping.contacts.channels:
        table = table.with_columns(
            channel=_replaced(table["activity"], dict(mapping.contacts.channels), None)
        )
    table = table.with_columns(_contact(table, mapping), _kind(table, mapping, issues))
    return table, issues


def _replaced(
    column: pl.Series, words: dict[str, str], default: str | None, kind: pl.DataType | None = None
) -> pl.Series:
    """What each text stands for, as text or as a category of `kind`."""
    return over_words(
        column,
        lambda texts: texts.replace_strict(words, default=default, return_dtype=pl.String).cast(
            kind or pl.String()
        ),
    )


def _contact(table: pl.DataFrame, mapping: Mapping) -> pl.Series:
    kind = pl.Enum(CONTACT)
    if mapping.columns.contact is not None:
        table_of = {w: role for role, words in _CONTACT_WORDS.items() for w in words}
        given = table["contact"]
        found = over_words(
            given,
            lambda texts: (
                texts.str.strip_chars()
                .str.to_lowercase()
                .replace_strict(table_of, default=None, return_dtype=pl.String)
                .cast(kind)
            ),
        )
        wrong = given.is_not_null() & found.is_null()
        if wrong.any():
            raise MappingError(
                f"[columns] contact: {table['contact'].filter(wrong).sort()[0]!r} in "
                f"{int(wrong.sum()):,} rows; write none, customer or city"
            )
        return found.fill_null("none").alias("contact")
    contacts = mapping.contacts
    words = dict.fromkeys(contacts.customer, "customer") | dict.fromkeys(
        (*contacts.city, *contacts.acknowledgements), "city"
    )
    if not words:
        return pl.Series("contact", [None], kind).new_from_index(0, len(table))
    return _replaced(table["activity"], words, "none", kind).alias("contact")


def _kind(table: pl.DataFrame, mapping: Mapping, issues: list[Issue]) -> pl.Series:
    kind = pl.Enum(EVENT_KINDS)
    unknown = set(mapping.kinds.of) - set(EVENT_KINDS)
    if unknown:
        raise MappingError(
            f"[kinds] of: {sorted(unknown)[0]!r} is no kind of event; known are "
            f"{', '.join(EVENT_KINDS)}"
        )
    words = {a: k for k, names in sorted(mapping.kinds.of.items()) for a in names}
    by_activity = (
        _replaced(table["activity"], words, None, kind)
        if words
        else pl.Series([None], dtype=kind).new_from_index(0, len(table))
    )
    if mapping.columns.kind is None:
        return by_activity.alias("kind")
    given = over_words(table["kind"], lambda texts: texts.cast(kind, strict=False))
    lost = int((table["kind"].is_not_null() & given.is_null()).sum())
    issues.append(
        Issue("unknown_kind", lost, "words that are no kind of event are left out", dropped=False)
    )
    merged = pl.select(pl.coalesce(given, by_activity)).to_series()
    return merged.alias("kind")
