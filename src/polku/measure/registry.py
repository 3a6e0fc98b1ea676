"""The door through which every criterion comes in, built-in or anyone's.

*When* (a fact: what is read off each matter), *what* (a statistic: how facts become a figure) and
*for whom* (a cohort) are kept apart. A criterion is a fact function with its description::

    @criterion(
        id="handovers", principle="smoothness", unit="hand-overs", direction="lower",
        question={"fi": "…", "sv": "…", "en": "How often does the matter change agency?"},
        definition="agency(i) ≠ agency(pred(i)); never self",
        statistics=(Expected(),), needs=("agency",), parts=("none", "agencies"),
    )
    def handovers(steps: Steps) -> Marks: ...

Other packages register theirs through the entry point group `polku.criteria` (a module or a
callable that is loaded once).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol

from polku.errors import CriterionError
from polku.measure.measurement import Direction, Figure

if TYPE_CHECKING:
    from polku.log.eventlog import EventLog
    from polku.log.mapping import Mapping
    from polku.measure.cohort import Cohort
    from polku.measure.facts import Fact
    from polku.measure.steps import Steps

PRINCIPLES = (
    "smoothness", "promptness", "quality", "transparency", "equality", "business-friendliness",
)  # fmt: skip

BUILT_IN = tuple(
    f"polku.measure.criteria.{name}"
    for name in (
        "smoothness",
        "promptness",
        "waiting_causes",
        "quality",
        "transparency",
        "equality",
        "business_friendliness",
    )
)  # modules that register the catalogue of this package


class Statistic(Protocol):
    """How the facts of a cohort become figures."""

    def describe(self) -> str:
        """Formula, interval and open-matters rule in words; part of the criterion's hash."""
        ...

    def figures(self, criterion: Criterion, fact: Fact, cohort: Cohort) -> list[Figure]:
        """The figures of one criterion for one cohort."""
        ...


@dataclass(frozen=True)
class Criterion:
    """One defined figure under a principle.

    `needs`: what a log must have, as tokens of `NEEDS` (with an argument after ":");
    `parts`: parts of the mapping that define it (they enter its hash); `fact`: reads the facts
    off a log's steps; `reading` says which of several readings a log allows (part of the hash).
    `per_segment`: one id per segment column, written `id.COLUMN`.
    """

    id: str
    principle: str
    unit: str
    direction: Direction
    question: AnyMapping[str, str]
    definition: str
    statistics: tuple[Statistic, ...]
    needs: tuple[str, ...]
    parts: tuple[str, ...]
    fact: Callable[[Steps], Fact]
    open_matters: str = ""
    pitfalls: str = ""
    per_segment: bool = False
    version: int = 1
    reading: Callable[[Steps], str] | None = None

    def hash(self, mapping: Mapping, reading: str = "") -> str:
        """The identity of this measure on a log with that mapping: 16 hexadecimal digits.

        `reading`: which of its readings the log allows, where it has several.
        """
        text = json.dumps(
            {
                "id": self.id,
                "version": self.version,
                "unit": self.unit,
                "definition": self.definition,
                "statistics": [s.describe() for s in self.statistics],
                "parts": {p: mapping.definition(p) for p in sorted(self.parts)},
                **({"reading": reading} if reading else {}),
            },
            sort_keys=True,
            ensure_ascii=False,
        )
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Catalogue:
    """Criteria by id, in the order of registration."""

    def __init__(self) -> None:
        self._criteria: dict[str, Criterion] = {}

    def add(self, criterion: Criterion) -> None:
        """Register one; `CriterionError` when the id is taken or the description is incomplete."""
        if criterion.id in self._criteria:
            raise CriterionError(f"criterion {criterion.id}: is registered twice; rename one")
        if criterion.principle not in PRINCIPLES:
            raise CriterionError(
                f"criterion {criterion.id}: principle {criterion.principle!r} is none of "
                f"{', '.join(PRINCIPLES)}"
            )
        if set(criterion.question) < {"fi", "sv", "en"}:
            raise CriterionError(f"criterion {criterion.id}: the question needs fi, sv and en")
        self._criteria[criterion.id] = criterion

    def __iter__(self) -> Iterator[Criterion]:
        return iter(self._criteria.values())

    def __len__(self) -> int:
        return len(self._criteria)

    def __contains__(self, id: object) -> bool:
        return id in self._criteria

    def __getitem__(self, id: str) -> Criterion:
        """The criterion of that id (`equality_lead_time.channel` gives `equality_lead_time`)."""
        family = id.split(".", 1)[0]
        for name in (id, family):
            if name in self._criteria and (name == id or self._criteria[name].per_segment):
                return self._criteria[name]
        from polku.log.mapping import nearest

        if family in self._criteria:
            raise CriterionError(
                f"criterion {id!r} is not known; did you mean {family!r}? a statistic of it is "
                "named apart from it"
            )
        raise CriterionError(f"criterion {id!r} is not known; {nearest(id, self._criteria)}")


_CATALOGUE = Catalogue()


def criterion(
    *,
    id: str,
    principle: str,
    unit: str,
    direction: Direction,
    question: AnyMapping[str, str],
    definition: str,
    statistics: tuple[Statistic, ...],
    needs: tuple[str, ...] = (),
    parts: tuple[str, ...] = (),
    open_matters: str = "",
    pitfalls: str = "",
    per_segment: bool = False,
    version: int = 1,
    reading: Callable[[Steps], str] | None = None,
    catalogue: Catalogue | None = None,
) -> Callable[[Callable[[Steps], Fact]], Callable[[Steps], Fact]]:
    """Register the decorated fact function as a criterion (see the module's example)."""

    def register(fact: Callable[[Steps], Fact]) -> Callable[[Steps], Fact]:
        (_CATALOGUE if catalogue is None else catalogue).add(
            Criterion(
                id=id,
                principle=principle,
                unit=unit,
                direction=direction,
                question=question,
                definition=definition,
                statistics=statistics,
                needs=needs,
                parts=parts,
                fact=fact,
                open_matters=open_matters,
                pitfalls=pitfalls,
                per_segment=per_segment,
                version=version,
                reading=reading,
            )
        )
        return fact

    return register


def catalogue() -> Catalogue:
    """All registered criteria: the built-in ones, then those of entry points."""
    for module in BUILT_IN:
        import_module(module)
    for point in entry_points(group="polku.criteria"):
        loaded = point.load()
        if callable(loaded):
            loaded()
    return _CATALOGUE


def missing(log: EventLog, need: str) -> str:
    """What a log lacks for one need, as half a sentence; empty when it has it.

    A need may name alternatives: "kind:suspended or mapping:clock".
    """
    alternatives = need.split(" or ")
    if len(alternatives) > 1:
        lacks = [missing(log, one) for one in alternatives]
        return ", and ".join(lacks) if all(lacks) else ""
    name, _, argument = need.partition(":")
    check = NEEDS.get(name)
    if check is None:
        raise CriterionError(f"need {need!r} is not known; known are {', '.join(NEEDS)}")
    return check(log, argument)


def _column(log: EventLog, name: str, text: str) -> str:
    column = log.events[name]
    return text if column.len() and column.null_count() == column.len() else ""


def _contact(log: EventLog, _: str) -> str:
    return _column(
        log, "contact", "no event is marked as a contact ([contacts] or [columns] contact)"
    )


def _kind(log: EventLog, kinds: str) -> str:
    wanted = kinds.split("|")
    if not log.events.height:
        return ""
    if any(kind in log.kinds_present or kind in log.mapping.kinds.of for kind in wanted):
        return ""
    return f"no activity is marked as {' or '.join(wanted)} ([kinds])"


def _cases(log: EventLog, column: str) -> str:
    if column not in log.cases.columns:
        return f"the matters have no {column} ([cases] {column})"
    values = log.cases[column]
    if values.len() and values.null_count() == values.len():
        return f"the matters have no {column} ([cases] {column})"
    return ""


def _mapping_part(log: EventLog, name: str) -> str:
    section, _, key = name.partition(".")
    part = getattr(log.mapping, section)
    value = getattr(part, key) if key else part
    empty = value == type(part)() if not key else not value
    return f"the mapping has no [{section}]{' ' + key if key else ''}" if empty else ""


def _promise(log: EventLog, _: str) -> str:
    column = log.mapping.cases.promise_days
    if column is None or not _answered(log, column):
        return "no column tells what was promised ([cases] promise_days)"
    return ""


def _survey(log: EventLog, name: str) -> str:
    column = getattr(log.mapping.survey, name)
    if column is None or not _answered(log, column):
        return f"no column holds answers ([survey] {name})"
    return ""


def _answered(log: EventLog, column: str) -> bool:
    names = (column, column.removeprefix("case:"))
    return any(
        n in log.cases.columns and log.cases[n].null_count() < log.cases.height for n in names
    )


NEEDS: AnyMapping[str, Callable[[EventLog, str], str]] = {
    "closed": lambda log, _: (
        "" if log.has_closed_rule else "the log does not tell which matters have ended ([closed])"
    ),
    "agency": lambda log, _: _column(
        log, "agency", "no column or table tells the agency ([columns] agency or [agencies])"
    ),
    "unit": lambda log, _: _column(log, "unit", "no column tells the unit ([columns] unit)"),
    "resource": lambda log, _: _column(
        log, "resource", "no column tells who did the work ([columns] resource)"
    ),
    "channel": lambda log, _: _column(
        log, "channel", "no event tells its channel ([columns] channel or [contacts] channels)"
    ),
    "contact": _contact,
    "start": lambda log, _: _column(
        log, "start", "steps have no start time ([columns] start or a start transition)"
    ),
    "kind": _kind,
    "case": _cases,
    "mapping": _mapping_part,
    "path": lambda _log, _: "it needs the published path of the service (--path P.bpmn)",
    "promise": _promise,
    "survey": _survey,
    "column": lambda log, name: (
        "" if name in log.events.columns else f"no event column {name!r} ([columns])"
    ),
}
"""need → what a log lacks for it. `kind:a|b` any of these event kinds; `case:due` a matter column;
`mapping:burden.tariff` a key of the mapping; `column:suspended` an event column;
`survey:csat` answers; `promise` what the customer was told; `path` the path, which no log holds."""
