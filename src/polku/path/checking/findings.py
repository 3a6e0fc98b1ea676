"""What a check finds, and the one door through which every rule comes in.

A rule is a function from a `Subject` to what it found, registered with a code::

    @rule("P108", "error", "a flow leaves an end", "lead the flow to the step before, or …")
    def flow_leaves_an_end(at: Subject) -> Iterator[Found]:
        for event in at.path.events:
            if event.position == "end" and at.path.out(event.id):
                yield Found(event.id, "is an end, and a flow leaves it")

Severities mean the same everywhere: **error**: the path contradicts itself or cannot be carried
out; **warning**: something that a path of the city must tell is missing or old; **advice**: it
works, but somebody should look. The codes stay: a code that goes is not given again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib import import_module
from typing import Any, Literal

from polku.path.checking.soundness import Soundness, soundness
from polku.path.checking.structure import Structure
from polku.path.model import Path

Severity = Literal["error", "warning", "advice"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "advice")

BUILT_IN = tuple(
    f"polku.path.checking.{name}"
    for name in ("form", "run", "sound", "lanes", "facts", "documents")
)
"""Modules that register the rules of this package."""

GROUPS = {
    "P1": "Form: what every drawing needs",
    "P2": "Execution: what the runner asks for",
    "P3": "Soundness: the way can always be walked to its end",
    "P4": "Lanes and contacts",
    "P5": "Facts: deadlines, fees, names, validity",
    "P6": "Documents",
}
MANY = 5
"""From more findings of one code on, they are told as one."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element that a finding names: its id, its name, and its line in the file."""

    id: str
    name: str = ""
    line: int | None = None

    def __str__(self) -> str:
        name = f"{self.name!r} ({self.id})" if self.name else self.id
        return name if self.line is None else f"{name}, line {self.line:,}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: where, what, and how to mend it.

    `elements`: most often one; several where findings of one code were put together or where the
    fault lies between several. `witness`: names of the nodes passed on a shortest way there.
    """

    code: str
    severity: Severity
    elements: tuple[Element, ...]
    found: str
    mend: str
    witness: tuple[str, ...] = ()

    @property
    def element(self) -> str | None:
        """The id of the (first) element; None where it is about the whole path."""
        return self.elements[0].id if self.elements else None

    @property
    def line(self) -> int | None:
        """The line of the (first) element in the file."""
        return self.elements[0].line if self.elements else None


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule yields: ids of elements (one, several or none), and what is wrong there.

    `mend` and `severity` are the rule's own unless they are given.
    """

    elements: str | tuple[str, ...] | None
    found: str
    mend: str | None = None
    severity: Severity | None = None
    witness: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """A path as the rules see it, with what is worked out once for all of them."""

    path: Path
    today: date
    bound: int

    @cached_property
    def structure(self) -> Structure:
        """Who can reach whom along the flows."""
        return Structure(self.path)

    @cached_property
    def soundness(self) -> Soundness:
        """What the exploration of the path's states gave."""
        return soundness(self.path, bound=self.bound)

    @cached_property
    def has_facts(self) -> bool:
        """Whether anything in the path is of Polku; a foreign drawing has nothing."""
        path = self.path
        holders = [*path.nodes, *path.flows, *path.lanes, *path.parties, *path.data, path]
        return (
            any(h.facts for h in holders)
            or bool(path.city is not None and path.city.facts)
            or path.version.of is not None
            or any(f.probability is not None for f in path.flows)
        )

    def name(self, id: str) -> str:
        """The name of an element as the file has it, empty where it has none."""
        return self._names.get(id, "")

    def call(self, id: str) -> str:
        """How to speak of an element: by its name, else by its id."""
        return repr(self.name(id) or id)

    @cached_property
    def _names(self) -> dict[str, str]:
        path = self.path
        pools = [*path.parties, *([path.city] if path.city else [])]
        every = [*path.nodes, *path.flows, *path.lanes, *path.messages, *path.data, *pools, path]
        return {e.id: e.name for e in every}


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule: its code, how bad it is, what it means, and the usual mending."""

    code: str
    severity: Severity
    meaning: str
    mend: str
    look: Callable[[Subject], Iterator[Found]]


_RULES: dict[str, Rule] = {}

Look = Callable[[Subject], Iterator[Found]]


def rule(code: str, severity: Severity, meaning: str, mend: str) -> Callable[[Look], Look]:
    """Register the decorated function as a rule (see the module's example).

    Raises `ValueError` for a code that is taken or stands in no group of `GROUPS`.
    """

    def register(look: Look) -> Look:
        if code in _RULES or code[:2] not in GROUPS:
            raise ValueError(f"rule {code}: is registered twice or in none of {', '.join(GROUPS)}")
        _RULES[code] = Rule(code, severity, meaning, mend, look)
        return look

    return register


def rules() -> tuple[Rule, ...]:
    """All rules, by code."""
    for module in BUILT_IN:
        import_module(module)
    return tuple(_RULES[code] for code in sorted(_RULES))


def catalogue_text() -> str:
    """The catalogue of the rules as Markdown: code, severity, meaning and mending, by group."""
    out = []
    for group, title in GROUPS.items():
        out.append(f"## {title}\n\n| code | severity | what it means | what to do |")
        out.append("|---|---|---|---|")
        out.extend(
            f"| `{r.code}` | {r.severity} | {_cell(r.meaning)} | {_cell(r.mend)} |"
            for r in rules()
            if r.code.startswith(group)
        )
        out.append("")
    return "\n".join(out)


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


@dataclass(frozen=True)
class Report:
    """What a check of a path found.

    `path`: the path's id, `name` its name; `today`: the day against which ages were counted;
    `findings`: errors first, then by code and line; `soundness`: the verdict with the number of
    states looked at.
    """

    path: str
    name: str
    today: date
    findings: tuple[Finding, ...] = ()
    soundness: Soundness = field(default_factory=lambda: Soundness("not_looked_at"))

    @property
    def ok(self) -> bool:
        """Whether no error was found."""
        return not self.of("error")

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(f for f in self.findings if f.severity == severity)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes found, each once, sorted."""
        return tuple(sorted({f.code for f in self.findings}))

    def to_json(self) -> dict[str, Any]:
        """The report as the published schema `check` describes it."""
        return {
            "format": "polku.check/1",
            "path": {"id": self.path, "name": self.name},
            "today": self.today.isoformat(),
            "ok": self.ok,
            "counts": {s: len(self.of(s)) for s in SEVERITIES},
            "soundness": {
                "verdict": self.soundness.verdict,
                "states": self.soundness.states,
                "note": self.soundness.note,
            },
            "findings": [_finding_json(f) for f in self.findings],
        }

    def dumps(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n"


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "elements": [{"id": e.id, "name": e.name, "line": e.line} for e in finding.elements],
        "found": finding.found,
        "mend": finding.mend,
        "witness": list(finding.witness),
    }


_VERDICTS = {
    "sound": "sound: the way can always be walked to its end, and every step can happen",
    "unsound": "not sound",
    "not_decided": "soundness not decided",
    "not_looked_at": "soundness not looked at",
}


def verdict_text(report: Report) -> str:
    """The verdict of soundness in one line, with the number of states looked at."""
    found = report.soundness
    note = f": {found.note}" if found.note else ""
    looked = f" ({found.states:,} states looked at)" if found.states else ""
    return f"{_VERDICTS[found.verdict]}{note}{looked}"


def findings_lines(report: Report) -> list[str]:
    """A report as plain rows: severity, code, element with its line, what was found, what to do.

    The last rows give the verdict of soundness and the sum.
    """
    out = []
    for f in report.findings:
        where = "; ".join(map(str, f.elements)) or "the path"
        way = f" (way there: {' → '.join(f.witness)})" if f.witness else ""
        out.append(f"{f.severity} {f.code}: {where}: {f.found}{way}; {f.mend}")
    out.append(verdict_text(report))
    counts = ", ".join(
        f"{n} {s}{'s' if n != 1 and s != 'advice' else ''}"
        for s in SEVERITIES
        if (n := len(report.of(s)))
    )
    out.append(counts or "no findings")
    return out
