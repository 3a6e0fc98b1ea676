"""The check of a path: form, execution, soundness, lanes and contacts, facts, documents.

The rules stand in `checking`, each registered with its code (`findings.rule`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from polku.path.checking.findings import (
    MANY,
    SEVERITIES,
    Element,
    Finding,
    Found,
    Report,
    Rule,
    Subject,
    rules,
)
from polku.path.checking.soundness import BOUND
from polku.path.model import Path


def check(path: Path, *, today: date | None = None, bound: int = BOUND) -> Report:
    """Check a path.

    Parameters: `path`; `today`, the day against which the age of sources is counted (default: this
    day); `bound`, the number of states up to which soundness is explored. Returns a `Report`, whose
    `ok` says that there is no error. Nothing is raised for a bad path: it is what is looked for.

    >>> from polku.path.build import start
    >>> check(start("Stall").step("Apply").path()).ok
    True
    """
    day = date.today() if today is None else today
    at = Subject(path, day, bound)
    found = [f for one in rules() for f in _of_rule(one, at)]
    found.sort(key=lambda f: (SEVERITIES.index(f.severity), f.code, f.line or 0))
    return Report(path.id, path.name, day, tuple(found), at.soundness)


def _of_rule(one: Rule, at: Subject) -> Iterator[Finding]:
    """What a rule finds; more than `MANY` of one severity are put together."""
    found = [_finding(one, f, at) for f in one.look(at)]
    found.sort(key=lambda f: SEVERITIES.index(f.severity))
    for severity, group in groupby(found, key=lambda f: f.severity):
        alike = list(group)
        if len(alike) <= MANY:
            yield from alike
            continue
        elements = {e.id: e for f in alike for e in f.elements}
        yield Finding(
            one.code, severity, tuple(elements.values()),
            f"{one.meaning} ({len(alike)} times; the first: {alike[0].found})", one.mend,
        )  # fmt: skip


def _finding(one: Rule, found: Found, at: Subject) -> Finding:
    ids = found.elements
    ids = (ids,) if isinstance(ids, str) else ids or ()
    return Finding(
        one.code,
        found.severity or one.severity,
        tuple(Element(i, at.name(i), at.path.line(i)) for i in ids),
        found.found,
        found.mend or one.mend,
        found.witness,
    )
