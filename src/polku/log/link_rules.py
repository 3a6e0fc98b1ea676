"""The rules by which cases of several agencies' logs become one matter: a TOML file."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from polku.errors import MappingError
from polku.log.document import read_toml
from polku.log.mapping import nearest

FORMAT = "polku.link/1"
EVERY = "*"
"""In `Rule.columns`: the column of every log that is not named."""

By = Literal["reference", "shared", "customer"]
_KEYS = {
    "reference": {"from", "column", "to", "separator", "ignore"},
    "shared": {"column", "columns", "days", "several", "separator", "ignore"},
    "customer": {"column", "columns", "days", "ignore"},
}


@dataclass(frozen=True)
class Rule:
    """One rule; a file's rules are applied in its order.

    `by`: "reference" (a column of the log `origin` holds ids of cases of the log `to`, or of any
    other log), "shared" (cases of different logs hold the same value, such as a plot or a
    document), "customer" (the same customer, starts at most `days` days apart).
    `columns`: log → column, `EVERY` for the logs not named. `separator` splits a cell that holds
    several values. `several`: what to do where a case could go to several matters: "refuse"
    leaves it alone and counts it, "link" joins them all (for "shared" only). `ignore`: values
    that mean nothing.
    """

    name: str
    by: By
    columns: AnyMapping[str, str]
    origin: str | None = None
    to: str | None = None
    separator: str | None = None
    days: float | None = None
    several: Literal["refuse", "link"] = "refuse"
    ignore: tuple[str, ...] = ("", "-", "?", "unknown", "UNKNOWN", "EMPTY", "n/a", "N/A")


@dataclass(frozen=True)
class LinkRules:
    """A link file.

    `largest_share`: the largest share of all cases that one matter may hold; a rule that would
    exceed it is refused. `same_names`: whether an activity, unit or resource of one name in two
    logs is two things ("apart": the names are made distinct) or one ("same"). `logs`: name →
    pattern of file names ("permits-*"), so that one link file serves the files of any year.
    """

    rules: tuple[Rule, ...] = ()
    largest_share: float = 0.5
    same_names: Literal["apart", "same"] = "apart"
    logs: AnyMapping[str, str] = field(default_factory=dict)
    place: str = field(default="link rules", compare=False)

    def name_of(self, log: str) -> str:
        """The name under which the rules know a log: the one whose pattern it fits, or its own.

        >>> LinkRules(logs={"permits": "permits-*"}).name_of("permits-2025")
        'permits'
        """
        return next((n for n, p in sorted(self.logs.items()) if fnmatchcase(log, p)), log)


def load_rules(path: str | Path) -> LinkRules:
    """Read a link file.

    Raises `MappingError` when it is missing, is no TOML (with the line), or has unknown parts.
    """
    path = Path(path)
    return rules_from_dict(read_toml(path, MappingError), str(path))


def rules_from_dict(data: AnyMapping[str, Any], place: str = "link rules") -> LinkRules:
    """Build link rules from a TOML document.

    Raises `MappingError` for an unknown format, key or kind of rule, or a value of a wrong type.

    >>> rules = rules_from_dict({"format": "polku.link/1", "rule": [
    ...     {"by": "shared", "column": "plot"}]})
    >>> rules.rules[0].name
    '1: shared plot'
    """
    if data.get("format") != FORMAT:
        raise MappingError(
            f"{place}: format {data.get('format')!r} is not known; write format = {FORMAT!r}"
        )
    known = {"format", "rule", "largest_share", "same_names", "logs"}
    for key in data:
        if key not in known:
            raise MappingError(f"{place}: unknown key {key!r}; {nearest(key, known)}")
    share = data.get("largest_share", 0.5)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise MappingError(f"{place}: largest_share must lie above 0, at most 1; found {share!r}")
    same = data.get("same_names", "apart")
    if same not in ("apart", "same"):
        raise MappingError(f"{place}: same_names must be 'apart' or 'same', found {same!r}")
    rules = data.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(r, AnyMapping) for r in rules):
        raise MappingError(f"{place}: rules must be [[rule]] sections, found {rules!r}")
    if not rules:
        raise MappingError(f"{place}: has no [[rule]]; write at least one")
    logs = data.get("logs", {})
    if not isinstance(logs, AnyMapping) or not all(isinstance(p, str) for p in logs.values()):
        raise MappingError(f"{place}: [logs] must give each name a pattern, found {logs!r}")
    made = tuple(_rule(r, i, f"{place}: rule {i}") for i, r in enumerate(rules, start=1))
    names = [r.name for r in made]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise MappingError(f"{place}: two rules are named {twice!r}; give each its own name")
    return LinkRules(made, float(share), same, dict(logs), place)


def _rule(data: AnyMapping[str, Any], number: int, place: str) -> Rule:
    by = data.get("by")
    if by not in _KEYS:
        raise MappingError(f"{place}: by = {by!r} is not known; {nearest(str(by), _KEYS)}")
    allowed = _KEYS[by] | {"by", "name"}
    for key in data:
        if key not in allowed:
            raise MappingError(f"{place}: a {by} rule has no key {key!r}; {nearest(key, allowed)}")
    columns = _columns(data, by, place)
    for key in ("name", "from", "to", "separator"):
        if not isinstance(data.get(key, ""), str):
            raise MappingError(f"{place}: {key} must be text, found {data[key]!r}")
    days = data.get("days")
    if days is None and by == "customer":
        raise MappingError(f"{place}: a customer rule needs days, e.g. days = 30")
    if days is not None and (
        isinstance(days, bool) or not isinstance(days, int | float) or not days >= 0
    ):
        raise MappingError(f"{place}: days must be a number from 0, found {days!r}")
    several = data.get("several", "refuse")
    if several not in ("refuse", "link"):
        raise MappingError(f"{place}: several must be 'refuse' or 'link', found {several!r}")
    ignore = data.get("ignore")
    if ignore is not None and not (
        isinstance(ignore, list) and all(isinstance(i, str) for i in ignore)
    ):
        raise MappingError(f"{place}: ignore must be a list of texts, found {ignore!r}")
    what = " = ".join(dict.fromkeys(columns.values()))
    return Rule(
        name=data.get("name") or f"{number}: {by} {what}",
        by=by,
        columns=columns,
        origin=data.get("from"),
        to=data.get("to"),
        separator=data.get("separator") or None,
        days=None if days is None else float(days),
        several=several,
        ignore=Rule.ignore if ignore is None else tuple(ignore),
    )


def _columns(data: AnyMapping[str, Any], by: str, place: str) -> dict[str, str]:
    if by == "reference":
        for key in ("from", "column"):
            if not data.get(key):
                raise MappingError(f"{place}: a reference rule needs {key!r}; add it")
        if not isinstance(data["column"], str):
            raise MappingError(f"{place}: column must be text, found {data['column']!r}")
        return {str(data["from"]): data["column"]}
    if ("column" in data) == ("columns" in data):
        raise MappingError(
            f"{place}: give either column (the same in every log) or columns = {{log = column}}"
        )
    columns = data.get("columns", {EVERY: data.get("column")})
    if not isinstance(columns, AnyMapping) or not all(
        isinstance(c, str) and c for c in columns.values()
    ):
        raise MappingError(f"{place}: columns must give each log a column, found {columns!r}")
    if "columns" in data and len(columns) < 2:
        raise MappingError(f"{place}: columns must name two logs at least, found {columns!r}")
    return {str(k): v for k, v in columns.items()}
