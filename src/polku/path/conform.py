"""The verb `conform`: does what happened go the way that was published, and where does it leave?"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from polku.errors import LogError
from polku.log.eventlog import EventLog
from polku.log.mapping import nearest
from polku.path.aligning.align import MOST_STATES
from polku.path.aligning.walks import Walks, step_name, walks
from polku.path.model import Path
from polku.shares import wilson_interval

FORMAT = "polku.conform/1"
LEAST = 5
"""Groups of fewer matters are hidden."""
_LEVELS = (0.01, 0.05, 0.15, 0.3)


@dataclass(frozen=True)
class Fit:
    """How many of some matters go the way of the path.

    `share`: fitting ÷ matters, so an undecided matter counts as not fitting; `low`, `high`: its
    95 % interval by Wilson; `mean_fitness`: over the decided. None where there are no matters.
    """

    matters: int
    fitting: int
    deviating: int
    undecided: int
    share: float | None
    low: float | None
    high: float | None
    mean_fitness: float | None


@dataclass(frozen=True)
class Group:
    """The matters of one value of a column; `fit` None = fewer than 5, hidden."""

    column: str
    segment: str
    fit: Fit | None


@dataclass(frozen=True)
class Skipped:
    """A step that the path wants and matters lack: in how many, how often, share of the decided."""

    step: str
    name: str
    matters: int
    times: int
    share: float


@dataclass(frozen=True)
class Extra:
    """An activity where the path has none: `after` which step ("" = before the first)."""

    activity: str
    after: str
    after_name: str
    matters: int
    times: int
    share: float


@dataclass(frozen=True)
class Leaving:
    """Where matters first leave the path ("" = before its first step).

    Before a skipped step that is the element that leads to it, a gateway whose branch was not
    taken for one; before something extra it is the step done last.
    """

    at: str
    name: str
    matters: int
    share: float


@dataclass(frozen=True)
class Remark:
    """A remark for the drawing of the path: `level` 0 (hardly) to 4 (in 3 of 10 or more)."""

    text: str
    level: int


@dataclass(frozen=True)
class Conformance:
    """How the matters of a log go along a path.

    `path`: id, name and content hash; `whole`: all matters; `open`: how many of them have not
    ended and are judged on what they did so far, None = the log does not tell, all are taken as
    ended; `not_recorded`: steps that the log never shows (optional, unless `strict`);
    `not_described`: activity → events, of those that are no step; `unclear`: activity → the steps
    that it could be; `undecided`: why → matters; `not_told`: matters that deviate in a way that
    would take too long to tell; `facts`: a row for each matter.
    """

    path: Mapping[str, str]
    strict: bool
    open: int | None
    whole: Fit
    groups: tuple[Group, ...]
    skipped: tuple[Skipped, ...]
    extra: tuple[Extra, ...]
    leaving: tuple[Leaving, ...]
    not_recorded: Mapping[str, str]
    not_described: Mapping[str, int]
    unclear: Mapping[str, tuple[str, ...]]
    undecided: Mapping[str, int]
    not_told: int
    facts: pl.DataFrame = field(compare=False, repr=False)

    @property
    def share_fitting(self) -> float:
        """Share of the matters that fit; an undecided one counts as not fitting; 0 of none."""
        return self.whole.share or 0.0

    @property
    def share_undecided(self) -> float:
        """Share of the matters that could not be judged."""
        return self.whole.undecided / self.whole.matters if self.whole.matters else 0.0

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dictionary in the published form `polku.conform/1`, without the facts."""
        return {
            "format": FORMAT,
            "path": dict(self.path),
            "strict": self.strict,
            "open": self.open,
            **asdict(self.whole),
            "share_undecided": self.share_undecided,
            "groups": [
                {"column": g.column, "segment": g.segment, "fit": g.fit and asdict(g.fit)}
                for g in self.groups
            ],
            "skipped": [asdict(s) for s in self.skipped],
            "extra": [asdict(e) for e in self.extra],
            "leaving": [asdict(e) for e in self.leaving],
            "not_recorded": dict(self.not_recorded),
            "not_described": dict(self.not_described),
            "unclear": {a: list(steps) for a, steps in self.unclear.items()},
            "reasons": dict(self.undecided),
            "not_told": self.not_told,
        }

    def dumps(self) -> str:
        """The JSON document as text."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def conform(
    log: EventLog,
    path: Path,
    by: tuple[str, ...] = (),
    *,
    strict: bool = False,
    most_states: int = MOST_STATES,
) -> Conformance:
    """Hold a log against a path.

    A matter fits when its steps, in their order, are a way through the path; a matter that is open
    fits when they are the beginning of one. `by`: matter columns whose values are judged each for
    itself; `strict`: steps that the log never shows count as skipped; `most_states`: of the search
    for one way, beyond which its matters are undecided.
    Raises `LogError` for an unknown column, `PathError` when the log has no step of the path.

    >>> from polku.log.read import read
    >>> from polku.path.read import read_path
    >>> conform(read("permits.csv"), read_path("permit.bpmn")).share_fitting  # doctest: +SKIP
    0.83
    """
    known = [c for c in log.cases.columns if c not in ("case", "case_id")]
    for column in by:
        if column not in known:
            raise LogError(
                f"--by {column}: the matters have no such column; {nearest(column, known)}"
            )
    found = walks(log, path, strict=strict, most_states=most_states)
    facts = _facts(log, found, by)
    told = _Told(path, found)
    return Conformance(
        path={"id": path.id, "name": path.name, "hash": path.hash},
        strict=strict,
        open=int(found.open.sum()) if log.has_closed_rule else None,
        whole=_fit(facts),
        groups=tuple(g for column in by for g in _groups(facts, column)),
        skipped=told.skipped(),
        extra=told.extra(),
        leaving=told.leaving(),
        not_recorded={s: step_name(path, s) for s in found.not_recorded},
        not_described=_events_of(log, found.matching.unmatched_activities),
        unclear=found.matching.ambiguous,
        undecided=_reasons(facts),
        not_told=told.not_told,
        facts=facts,
    )


def _facts(log: EventLog, found: Walks, by: tuple[str, ...]) -> pl.DataFrame:
    """One row for each matter, in canonical order."""
    rows = []
    for k, a in enumerate(found.alignments):
        moves = a.moves or ()
        wrong = [m for m in moves if m.kind != "done"]
        rows.append(
            {
                "status": "undecided" if a.cost is None else "deviates" if a.cost else "fits",
                "cost": a.cost,
                "worst": a.worst if a.cost is not None else None,
                "fitness": a.fitness,
                "skipped": [m.element for m in wrong if m.kind == "skipped"],
                "extra": [found.activity(k, m.position) for m in wrong if m.position is not None],
                "left_at": wrong[0].passed if wrong else None,
                "because": a.because or None,
            }
        )
    schema: dict[str, Any] = {
        "status": pl.String, "cost": pl.Int64, "worst": pl.Int64, "fitness": pl.Float64,
        "skipped": pl.List(pl.String), "extra": pl.List(pl.String), "left_at": pl.String,
        "because": pl.String,
    }  # fmt: skip
    of_way = pl.DataFrame(rows, schema=schema)
    columns = [log.cases[c].cast(pl.String).fill_null("(none)") for c in dict.fromkeys(by)]
    return pl.DataFrame(
        [log.cases["case_id"], pl.Series("open", found.open), *of_way[found.of_matter], *columns]
    )


def _fit(facts: pl.DataFrame) -> Fit:
    n = facts.height
    count = Counter(facts["status"].to_list())
    fitness = facts["fitness"].drop_nulls().to_list()
    low, high = wilson_interval(count["fits"], n) if n else (None, None)
    return Fit(
        matters=n,
        fitting=count["fits"],
        deviating=count["deviates"],
        undecided=count["undecided"],
        share=count["fits"] / n if n else None,
        low=low,
        high=high,
        mean_fitness=math.fsum(fitness) / len(fitness) if fitness else None,
    )


def _groups(facts: pl.DataFrame, column: str) -> list[Group]:
    """The values of a column; one more is hidden where a small one could be worked out."""
    parts = {
        str(value): facts.filter(pl.col(column) == value)
        for value in sorted(facts[column].unique().to_list())
    }
    small = {v for v, part in parts.items() if part.height < LEAST}
    rest = sorted((part.height, v) for v, part in parts.items() if v not in small)
    if 0 < sum(parts[v].height for v in small) < LEAST and rest:
        small.add(rest[0][1])
    return [Group(column, v, None if v in small else _fit(part)) for v, part in parts.items()]


def _events_of(log: EventLog, activities: Iterable[str]) -> dict[str, int]:
    wanted = set(activities)
    if not wanted:
        return {}
    counts = log.events["activity"].cast(pl.String).value_counts()
    found = {a: n for a, n in counts.iter_rows() if a in wanted}
    return dict(sorted(found.items(), key=lambda r: (-r[1], r[0])))


def _reasons(facts: pl.DataFrame) -> dict[str, int]:
    count = Counter(facts["because"].drop_nulls().to_list())
    return dict(sorted(count.items(), key=lambda r: (-r[1], r[0])))


class _Count(NamedTuple):
    matters: int
    times: int


class _Told:
    """What the alignments tell, counted over matters."""

    def __init__(self, path: Path, found: Walks) -> None:
        self._path = path
        weight = np.bincount(found.of_matter, minlength=len(found.alignments)).tolist()
        self.decided = 0
        self.not_told = 0
        self._skipped: dict[str, _Count] = {}
        self._extra: dict[tuple[str, str], _Count] = {}
        self._leaving: Counter[str] = Counter()
        for k, (a, n) in enumerate(zip(found.alignments, weight, strict=True)):
            if a.cost is None:
                continue
            self.decided += n
            if a.moves is None:
                self.not_told += n
                continue
            wrong = [m for m in a.moves if m.kind != "done"]
            if wrong:
                self._leaving[wrong[0].passed] += n
            _add(self._skipped, Counter(m.element for m in wrong if m.kind == "skipped"), n)
            extra = Counter(
                (found.activity(k, m.position), m.after) for m in wrong if m.position is not None
            )
            _add(self._extra, extra, n)

    def _share(self, matters: int) -> float:
        return matters / self.decided

    def _name(self, id: str) -> str:
        return step_name(self._path, id) if id else ""

    def skipped(self) -> tuple[Skipped, ...]:
        """The most frequent first."""
        rows = sorted(self._skipped.items(), key=lambda r: (-r[1].matters, r[0]))
        return tuple(Skipped(s, self._name(s), *c, self._share(c.matters)) for s, c in rows)

    def extra(self) -> tuple[Extra, ...]:
        """The most frequent first."""
        rows = sorted(self._extra.items(), key=lambda r: (-r[1].matters, r[0]))
        return tuple(
            Extra(activity, after, self._name(after), *c, self._share(c.matters))
            for (activity, after), c in rows
        )

    def leaving(self) -> tuple[Leaving, ...]:
        """The most frequent first."""
        rows = sorted(self._leaving.items(), key=lambda r: (-r[1], r[0]))
        return tuple(Leaving(at, self._name(at), n, self._share(n)) for at, n in rows)


def _add(total: dict[Any, _Count], times: Counter[Any], matters: int) -> None:
    for key, n in times.items():
        was = total.get(key, _Count(0, 0))
        total[key] = _Count(was.matters + matters, was.times + n * matters)


def leaves(found: Conformance) -> dict[str, Remark]:
    """Remarks for the drawing of the path: element id → what was skipped, extra or left there."""
    said: dict[str, list[tuple[float, str]]] = {}
    for s in found.skipped:
        said.setdefault(s.step, []).append((s.share, f"skipped in {_of(s.matters, s.share)}"))
    for e in (e for e in found.extra if e.after):
        text = f"then {e.activity}, which is not in the path here, in {_of(e.matters, e.share)}"
        said.setdefault(e.after, []).append((e.share, text))
    for place in (p for p in found.leaving if p.at):
        text = f"{_of(place.matters, place.share)} leave the path after this"
        said.setdefault(place.at, []).append((place.share, text))
    out = {
        id: Remark("; ".join(t for _, t in texts), _level(max(share for share, _ in texts)))
        for id, texts in said.items()
    }
    for id in found.not_recorded:
        out.setdefault(id, Remark("not recorded in this log", 0))
    return out


def _of(matters: int, share: float) -> str:
    return f"{matters} {'matter' if matters == 1 else 'matters'} ({100 * share:.0f} %)"


def _level(share: float) -> int:
    return sum(share >= bound for bound in _LEVELS)
