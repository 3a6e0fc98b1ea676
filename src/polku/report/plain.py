"""What a log lacks, told to people who have never seen a mapping file."""

from __future__ import annotations

import re

_EVENTS = {
    "supplement_requested": "a request for a supplement",
    "supplement_received": "a supplement that came in",
    "statement_requested": "a request for a statement",
    "statement_received": "a statement that came in",
    "suspended": "a stop of the clock",
    "resumed": "a restart of the clock",
}
_PARTS = {
    "clock": "which steps stop and restart the clock",
    "calendar hours": "the working hours",
    "calendar": "the working hours and holidays",
    "exceptions activities": "which steps are exceptions",
    "exceptions": "which steps are exceptions",
    "waits statutory": "the periods set by law",
    "waits meeting": "which steps are done in a meeting",
    "burden tariff": "what an hour costs",
    "burden fees": "the fees",
    "burden delay_eur_per_day": "what a day of delay costs a business",
    "burden": "the costs of a step",
}
_CASES = {
    "due": "the day by which the customer is to have the answer",
    "outcome": "how the matter ended",
    "kind": "the kind of matter",
}
_COLUMNS = {"fee": "the fee", "data_key": "which data the customer had to give"}
_ANSWERS = {
    "csat": "how satisfied they were",
    "ces": "how easy it was",
    "nps": "whether they would recommend it",
    "staff": "how the staff felt about it",
}
_PATTERNS = (
    re.compile(r"no activity is marked as (?P<kinds>\w+(?: or \w+)*) \(\[kinds\]\)"),
    re.compile(r"the mapping has no \[(?P<part>\w+)\](?: (?P<key>[a-z_]+))?"),
    re.compile(r"the matters have no (?P<cases>\w+) \(\[cases\] \w+\)"),
    re.compile(r"no column holds answers \(\[survey\] (?P<survey>\w+)\)"),
    re.compile(r"no event column '(?P<column>\w+)' \(\[columns\]\)"),
)
_ENDS = (
    (
        "name it as 'arrival' under [cases] if that is when the customer came",
        "ask whether that is when the customer came",
    ),
    (
        "no column tells the agency, and the mapping has no table [agencies] unit → agency",
        "neither a column nor a list of units tells the agency",
    ),
    ("P90 is not reached", "“9 of 10 within” is not reached"),
    ("[columns] suspended", "a column with the time on hold"),
)
_BRACKETS = re.compile(r" ?\([^()]*\[[a-z]+\][^()]*\)")


def plain(text: str) -> str:
    """A note of a measurement or a log in plain words, without the sections of a mapping file.

    >>> plain("steps have no start time ([columns] start or a start transition)")
    'steps have no start time'
    >>> plain("the mapping has no [clock]")
    'nobody has told which steps stop and restart the clock'
    """
    for pattern in _PATTERNS:
        text = pattern.sub(_told, text)
    for technical, words in _ENDS:
        text = text.replace(technical, words)
    return _BRACKETS.sub("", text)


def _told(found: re.Match[str]) -> str:
    given = found.groupdict()
    if kinds := given.get("kinds"):
        names = [_EVENTS.get(k, k.replace("_", " ")) for k in kinds.split(" or ")]
        return f"no step is marked as {' or '.join(names)}"
    if part := given.get("part"):
        name = f"{part} {given.get('key') or ''}".strip()
        return f"nobody has told {_PARTS.get(name, name.replace('_', ' '))}"
    if column := given.get("cases"):
        return f"the log does not tell {_CASES.get(column, column.replace('_', ' '))}"
    if survey := given.get("survey"):
        return f"no answers of people tell {_ANSWERS.get(survey, survey)}"
    column = given.get("column") or ""
    return f"no column tells {_COLUMNS.get(column, column.replace('_', ' '))}"


def group_name(segment: str) -> str:
    """The name of a group of matters; those without a value are "not given"."""
    return "not given" if segment == "(none)" else segment
