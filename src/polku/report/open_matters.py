"""Today's open matters: how old they are against their promise, and which unit they wait for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from polku.measure.facts import Bools
from polku.measure.steps import Steps
from polku.measure.waiting import waits
from polku.report.names import labels
from polku.report.wording import DAY

AGES = (7, 14, 30, 60, 90, 180, 365)
"""Bounds of the age groups, days."""

PROMISES = ("overdue", "due within 14 days", "due later", "no promise known")


@dataclass(frozen=True)
class WaitedOn:
    """Open matters that lie with one unit: how many, how many overdue, ages and idle time in µs."""

    unit: str
    matters: int
    overdue: int
    median_age: int
    oldest: int
    median_idle: int
    customer: int
    """of them those whose turn is the customer's"""
    statement: int
    """of them those that wait for another agency's statement"""


@dataclass(frozen=True)
class OpenMatters:
    """Open matters at the log's last moment; `ages[i][j]` in age group i and promise group j."""

    matters: int
    age_groups: tuple[str, ...]
    ages: tuple[tuple[int, ...], ...]
    promises: tuple[str, ...]
    waited_on: tuple[WaitedOn, ...]
    level: str
    median_age: int
    overdue: int | None
    turns_known: bool
    """whether the log marks requests for supplements or statements, so that turns can be told"""


def open_matters(steps: Steps) -> OpenMatters | None:
    """The open matters of a log; `None` when it does not tell which matters have ended.

    The unit waited on is the unit (else the agency) of the matter's last step: a log of what has
    happened does not tell to whom a matter went next.
    """
    log = steps.log
    if not log.has_closed_rule:
        return None
    rows = np.flatnonzero(~steps.ended)
    age = steps.watched[rows]
    due = log.cases["due"].dt.epoch("us").to_numpy().astype(np.float64)[rows]
    left = due - log.until
    promise = np.select([np.isnan(due), left < 0, left <= 14 * DAY], [3, 0, 1], default=2)
    turns = _turns(steps)
    edges = np.array(AGES) * DAY
    group = np.searchsorted(edges, age, side="right")
    table = np.zeros((len(AGES) + 1, 4), dtype=np.int64)
    np.add.at(table, (group, promise), 1)
    filled = int(np.flatnonzero(table.any(axis=1)).max(initial=0)) + 1  # no empty tail
    used = [j for j in range(4) if table[:, j].any()]
    last = np.where(steps.offsets[1:] > steps.offsets[:-1], steps.offsets[1:] - 1, -1)
    level = "unit" if (steps.codes("unit") >= 0).any() else "agency"
    codes, names = steps.codes(level), labels(steps, level)
    members: dict[str, list[int]] = defaultdict(list)
    for k, i in enumerate(rows):
        code = codes[last[i]] if last[i] >= 0 and steps.m else -1
        members[names[code] if code >= 0 else "not named in the log"].append(k)
    idle = log.until - steps.time[last[rows]] if steps.m else np.zeros(len(rows), dtype=np.int64)
    waited = [
        WaitedOn(
            unit=unit,
            matters=len(ks),
            overdue=int((promise[ks] == 0).sum()),
            median_age=int(np.median(age[ks])),
            oldest=int(age[ks].max()),
            median_idle=int(np.median(idle[ks])),
            customer=int(turns["customer"][rows[ks]].sum()),
            statement=int(turns["statement"][rows[ks]].sum()),
        )
        for unit, ks in members.items()
    ]
    return OpenMatters(
        matters=len(rows),
        age_groups=_group_names()[:filled],
        ages=tuple(tuple(int(table[i, j]) for j in used) for i in range(filled)),
        promises=tuple(PROMISES[j] for j in used),
        waited_on=tuple(sorted(waited, key=lambda w: (-w.matters, w.unit))),
        level=level,
        median_age=int(np.median(age)) if len(age) else 0,
        overdue=int((promise == 0).sum()) if (promise < 3).any() else None,
        turns_known=bool(any(t.any() for t in turns.values())),
    )


def _turns(steps: Steps) -> dict[str, Bools]:
    """Whether a matter's last wait, still going on, is the customer's or a statement's, bool[n]."""
    found = waits(steps)
    out = {}
    for cause in ("customer", "statement"):
        at, _ = found.parts[cause]
        out[cause] = np.zeros(steps.n, dtype=bool)
        out[cause][found.case[at[found.ongoing[at]]]] = True
    return out


def _group_names() -> tuple[str, ...]:
    inner = [f"{a} to {b} days" for a, b in pairwise(AGES)]
    return (f"under {AGES[0]} days", *inner, f"{AGES[-1]} days or more")
