"""XES (IEEE 1849-2023) of a flat log: start/complete pairs, the standard's keys."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import IO, cast
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from polku.errors import LogError
from polku.log.attributes import KEPT, PREFIX
from polku.log.flat import TIME, Flat

NAMES = {
    "case": "case:concept:name",
    "activity": "concept:name",
    "time": "time:timestamp",
    "resource": "org:resource",
    "unit": "org:group",
}
TRANSITION = "lifecycle:transition"
INSTANCE = KEPT + "instance"
"""What a start and its completion have in common."""
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2023" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<classifier name="Activity" keys="concept:name"/>
"""
_NOT_XML = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
BLOCK = 200_000
"""Events per block of text."""


def in_pairs(table: Flat) -> Flat:
    """The table with a row for each start before that of its completion, in the order of time.

    A start carries the step's activity, unit, agency and resource; the rest stands at the
    completion. A table with a column named as the lifecycle's key stays as it is.
    """
    columns = table.mapping.columns
    if TRANSITION in table.rows.columns:
        return table
    rows = table.rows.with_columns(pl.lit("complete").alias(TRANSITION))
    changed = replace(columns, lifecycle=TRANSITION)
    if columns.start is not None and columns.time is not None:
        case, order = str(columns.case), str(columns.order)
        known = pl.col(columns.start).is_not_null()
        rows = rows.with_columns(
            pl.when(known).then(pl.col(order).cast(pl.String)).alias(INSTANCE),
            pl.col(case).rle_id().alias("@trace"),
        )
        shared = {columns.activity, columns.agency, columns.unit, columns.resource, columns.time}
        shared |= {order, INSTANCE, "@trace", columns.start}
        starts = rows.filter(known).with_columns(
            pl.col(columns.start).alias(columns.time),
            pl.lit("start").alias(TRANSITION),
            *(
                pl.lit(None, dtype).alias(c)
                for c, dtype in rows.schema.items()
                if c not in shared and c != TRANSITION and not c.startswith(PREFIX)
            ),
        )
        both = pl.concat([starts.with_columns(pl.lit(0).alias("@end")),
                          rows.with_columns(pl.lit(1).alias("@end"))], how="diagonal")  # fmt: skip
        both = both.sort("@trace", columns.time, order, "@end", maintain_order=True)
        rows = both.select(rows.columns).drop("@trace", columns.start)
        changed = replace(changed, start=None, instance=INSTANCE)
    return Flat(rows, replace(table.mapping, columns=changed))


def write_xes(table: Flat, file: Path, *, zipped: bool) -> None:
    """Write a flat log whose rows are sorted by case.

    Raises `LogError` for a text with a character that XML cannot hold.
    """
    _check(table.rows)
    with file.open("wb") as raw:
        if zipped:
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as sink:
                _write(table, cast(IO[bytes], sink))
        else:
            _write(table, raw)


def _write(table: Flat, sink: IO[bytes]) -> None:
    rows = table.rows
    case = NAMES["case"]
    sink.write(_HEAD.encode())
    new = (rows[case] != rows[case].shift(1)).fill_null(True)
    starts = new.arg_true().to_list()
    at = 0
    while at < len(starts):
        # whole traces, about a block of events at a time
        stop = at
        while stop < len(starts) and starts[stop] < starts[at] + BLOCK:
            stop += 1
        end = starts[stop] if stop < len(starts) else rows.height
        sink.write(_block(rows[starts[at] : end]).encode())
        at = stop
    sink.write(b"</log>\n")


def _block(rows: pl.DataFrame) -> str:
    case = NAMES["case"]
    of_event = [c for c in rows.columns if not c.startswith(PREFIX)]
    of_case = [c for c in rows.columns if c.startswith(PREFIX) and c != case]
    trace = pl.concat_str(
        pl.lit("<trace>"),
        _attribute(rows, case, "concept:name"),
        *(_attribute(rows, c, c.removeprefix(PREFIX)) for c in of_case),
        pl.lit("\n"),
    )
    event = pl.concat_str(
        pl.lit("<event>"),
        *(_attribute(rows, c, c) for c in of_event),
        pl.lit("</event>\n"),
    )
    lines = rows.select(pl.col(case).alias("@case"), trace.alias("@trace"), event.alias("@event"))
    texts = lines.group_by("@case", maintain_order=True).agg(
        pl.col("@trace").first(), pl.col("@event").str.join("")
    )
    joined = texts.select(pl.concat_str("@trace", "@event", pl.lit("</trace>\n")).str.join(""))
    return str(joined.item())


def _attribute(rows: pl.DataFrame, column: str, key: str) -> pl.Expr:
    """The attribute's element, or nothing where the value is missing."""
    dtype = rows.schema[column]
    value = pl.col(column)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        kind, text = "date", value.dt.convert_time_zone("UTC").dt.strftime(TIME)
    elif dtype == pl.Boolean:
        kind, text = "boolean", value.cast(pl.String)
    elif dtype.is_integer():
        kind, text = "int", value.cast(pl.String)
    elif dtype.is_float():
        kind, text = "float", value.cast(pl.String)
    else:
        kind, text = "string", _escaped(value.cast(pl.String))
    head = f'<{kind} key={quoteattr(key)} value="'
    return pl.concat_str(pl.lit(head), text, pl.lit('"/>')).fill_null("")


def _escaped(text: pl.Expr) -> pl.Expr:
    for character in "&<>":
        text = text.str.replace_all(character, escape(character), literal=True)
    for character, entity in (
        ('"', "&quot;"), ("\n", "&#10;"), ("\r", "&#13;"), ("\t", "&#9;"),
    ):  # fmt: skip
        text = text.str.replace_all(character, entity, literal=True)
    return text


def _check(rows: pl.DataFrame) -> None:
    for column, dtype in rows.schema.items():
        if dtype.is_nested():
            raise LogError(f"column {column!r} holds lists, which XES cannot; export .parquet")
        if dtype == pl.String:
            wrong = rows[column].str.contains(_NOT_XML).fill_null(False)
            if wrong.any():
                found = rows[column].filter(wrong)[0]
                raise LogError(
                    f"column {column!r} holds {found!r}, which XML cannot; export .csv or .parquet"
                )
