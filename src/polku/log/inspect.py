"""The verb `inspect`: what is in a file, how it would be read, and what it cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polku.log.mapping import Mapping
from polku.log.read import read
from polku.log.source import Assumption, Issue

if TYPE_CHECKING:
    from rich.console import RenderableType

    from polku.log.eventlog import EventLog

Missing = Callable[["EventLog", str], str]
"""Tells what a log lacks for one need, as half a sentence; "" when it has it."""
Table = tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]
"""A title, the heads of the columns, and the rows."""


@dataclass(frozen=True)
class Inspection:
    """What `inspect` found.

    `contents`: figures by name (rows, matters, ended, activities, units …); `first`, `last`: ISO
    times (UTC); `measurable`: ids of criteria; `missing`: (id, what the log lacks for it).
    """

    files: tuple[str, ...]
    contents: dict[str, int]
    first: str | None
    last: str | None
    mapping: Mapping
    measurable: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    assumptions: tuple[Assumption, ...]
    issues: tuple[Issue, ...]

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary, format `polku.inspection/1`."""
        return {
            "format": "polku.inspection/1",
            "files": list(self.files),
            "contents": self.contents,
            "first": self.first,
            "last": self.last,
            "guesses": [{**vars(g), "samples": list(g.samples)} for g in self.mapping.guesses],
            "mapping": self.mapping.to_dict(),
            "measurable": list(self.measurable),
            "missing": [{"id": i, "lacks": why} for i, why in self.missing],
            "assumptions": [vars(a) for a in self.assumptions],
            "issues": [{**vars(i), "places": list(i.places)} for i in self.issues],
        }

    def tables(self) -> tuple[Table, ...]:
        """The same as tables for people."""
        contents = [(k.replace("_", " "), f"{v:,}") for k, v in self.contents.items()]
        contents += [("first", self.first or "–"), ("last", self.last or "–")]
        lacks: dict[str, list[str]] = {}
        for id_, why in self.missing:
            lacks.setdefault(why, []).append(id_)
        found: list[Table] = [
            (", ".join(self.files), ("what", "how many"), tuple(contents)),
            (
                "How it is read",
                ("key", "value", "ground", "samples"),
                tuple(
                    (g.key, g.value, g.ground, " · ".join(s[:40] for s in g.samples))
                    for g in self.mapping.guesses
                ),
            ),
        ]
        if self.issues:
            rows = tuple((i.code, f"{i.count:,}", i.what, "; ".join(i.places[:3]))
                         for i in self.issues)  # fmt: skip
            found.append(("Counted on the way", ("reason", "how many", "what", "where"), rows))
        found.append(
            (
                "What the figures rest on",
                ("kind", "about", "what"),
                tuple((a.kind, a.about, a.text) for a in self.assumptions),
            )
        )
        if self.measurable:
            ids = tuple((id_,) for id_ in self.measurable)
            found.append((f"Measurable ({len(ids)})", ("criterion",), ids))
        if lacks:
            why_not = tuple((why, ", ".join(ids)) for why, ids in lacks.items())
            found.append(("Not measurable", ("since", "criteria"), why_not))
        return tuple(found)

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.markup import escape
        from rich.table import Table as RichTable

        shown = []
        for title, heads, rows in self.tables():
            table = RichTable(*heads, title=escape(title), title_justify="left", expand=False)
            for row in rows:
                table.add_row(*(escape(cell) for cell in row))
            shown.append(table)
        return Group(*shown)


def inspect(
    path: str | Path,
    mapping: Mapping | str | Path | None = None,
    *,
    needs: Iterable[tuple[str, Sequence[str]]] = (),
    missing: Missing | None = None,
    **options: Any,
) -> Inspection:
    """Read a log and tell what is in it, how it was read, and which criteria it allows.

    Parameters: `path`, `mapping` and `options` as for `read`; `needs` the criteria with what
    each needs of a log, and `missing` what a log lacks for one need. The mapping to write is
    `Inspection.mapping.to_toml()`.
    Raises what `read` raises.
    """
    log = read(path, mapping, **options)
    told = [] if missing is None else [(id_, _lacks(log, n, missing)) for id_, n in needs]
    return Inspection(
        files=tuple(f.name for f in log.source.files) or (str(path),),
        contents=_contents(log),
        first=_iso(log.events["time"].dt.epoch("us").min()),
        last=_iso(log.events["time"].dt.epoch("us").max()),
        mapping=log.mapping,
        measurable=tuple(id_ for id_, why in told if not why),
        missing=tuple((id_, why) for id_, why in told if why),
        assumptions=log.source.assumptions,
        issues=log.source.issues,
    )


def _lacks(log: EventLog, needs: Sequence[str], missing: Missing) -> str:
    return "; ".join(dict.fromkeys(why for n in needs if (why := missing(log, n))))


def _contents(log: EventLog) -> dict[str, int]:
    out = {
        "rows": log.source.rows_in,
        "rows_used": log.source.rows_out,
        "steps": log.events.height,
        "matters": log.n_matters,
    }
    if log.has_closed_rule and log.n_matters:
        ended = int(log.cases["closed"].fill_null(False).sum())
        out |= {"ended": ended, "open": log.n_matters - ended}
    for column, name in (
        ("activity", "activities"), ("agency", "agencies"), ("unit", "units"),
        ("resource", "resources"), ("channel", "channels"),
    ):  # fmt: skip
        out[name] = log.events[column].drop_nulls().n_unique()
    return out


def _iso(micros: object) -> str | None:
    if not isinstance(micros, int):
        return None
    return datetime.fromtimestamp(micros / 1_000_000, UTC).isoformat(timespec="seconds")
