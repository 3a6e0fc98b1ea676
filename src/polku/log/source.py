"""Where every row of a log came from, and what was assumed, mended or dropped on the way."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

AssumptionKind = Literal["inferred", "assumed", "dropped", "cannot"]


@dataclass(frozen=True)
class SourceFile:
    """One file, table or query that rows were read from.

    `rows` counts the rows as the format has them (CSV records, XES events).
    """

    name: str
    sha256: str
    bytes: int
    format: str
    rows: int


@dataclass(frozen=True)
class Issue:
    """Rows that were dropped or mended for one reason.

    `code` is stable (`unreadable_time`), `count` the number of rows, `places` up to ten
    places a person can go to ("row 17", "trace 'A-12', event 3"), `what` says what was done.
    """

    code: str
    count: int
    what: str
    places: tuple[str, ...] = ()
    dropped: bool = True


@dataclass(frozen=True)
class Assumption:
    """One thing that the figures rest on: inferred, assumed, dropped, or not to be told.

    `about` names the part of the mapping or the criterion ("closed", "contacts", "time").
    """

    kind: AssumptionKind
    about: str
    text: str


@dataclass(frozen=True)
class Source:
    """The provenance of an `EventLog`."""

    files: tuple[SourceFile, ...] = ()
    rows_in: int = 0
    rows_out: int = 0
    issues: tuple[Issue, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    links: tuple[AnyMapping[str, Any], ...] = field(default=())

    @property
    def dropped(self) -> dict[str, int]:
        """Rows dropped, by reason."""
        return {i.code: i.count for i in self.issues if i.dropped}

    @property
    def repaired(self) -> dict[str, int]:
        """Rows mended, by reason."""
        return {i.code: i.count for i in self.issues if not i.dropped}

    def with_issues(self, *issues: Issue) -> Source:
        """The same source with further issues (those with a count of 0 are left out)."""
        return replace(self, issues=self.issues + tuple(i for i in issues if i.count))

    def with_assumptions(self, *assumptions: Assumption) -> Source:
        """The same source with further assumptions; one that stands already is not repeated."""
        new = tuple(a for a in assumptions if a not in self.assumptions)
        return replace(self, assumptions=self.assumptions + new)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary."""
        return {
            "files": [vars(f) for f in self.files],
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "issues": [{**vars(i), "places": list(i.places)} for i in self.issues],
            "assumptions": [vars(a) for a in self.assumptions],
            "links": [dict(link) for link in self.links],
        }

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Source:
        """The source that `to_json` wrote."""
        return cls(
            files=tuple(SourceFile(**f) for f in data["files"]),
            rows_in=data["rows_in"],
            rows_out=data["rows_out"],
            issues=tuple(Issue(**{**i, "places": tuple(i["places"])}) for i in data["issues"]),
            assumptions=tuple(Assumption(**a) for a in data["assumptions"]),
            links=tuple(data["links"]),
        )
