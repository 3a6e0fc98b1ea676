"""Where a number comes from, as the file writes it: "measured (213): permits of 2024"."""

from __future__ import annotations

import re
from typing import Any

from polku.log.mapping import nearest
from polku.simulate.file.table import Table, free_text, one_of, refuse, told, whole
from polku.simulate.scenario import HOWS, Origin

EXAMPLE = (
    '"origin": "measured (213)", or "inferred", "assumed: no source", "typed", in the same object'
)
_SHORT = re.compile(r"([a-z]+)(?: \((\d{1,15})\))?(?:: (\S(?:.*\S)?))?")


def read_origin(value: Any, place: str) -> Origin:
    """An origin: a short text, or an object with `how`, `n`, `note`.

    >>> read_origin("measured (213): permits of 2024", "")
    Origin(how='measured', n=213, note='permits of 2024')
    >>> read_origin({"how": "assumed", "note": "no source"}, "")
    Origin(how='assumed', n=None, note='no source')
    """
    if isinstance(value, str):
        return _from_text(value, place)
    table = Table(value, place, "where the number comes from (or as a text)")
    how = table.required("how", one_of(HOWS), '"how": "measured"')
    n = table.optional("n", _count, None)
    note = table.optional("note", free_text, None)
    table.done()
    return Origin(how, n, note)


def _count(value: Any, place: str) -> int | None:
    found = whole(value, place)
    if found < 0:
        refuse(place, f"is {found}; write how many observations stand behind the number")
    return found


def _from_text(value: str, place: str) -> Origin:
    found = _SHORT.fullmatch(value)
    if found is None:
        refuse(place, f"is {told(value)}; write it as in {EXAMPLE}")
    how, n, note = found.groups()
    if how not in HOWS:
        refuse(place, f"begins with {told(how)}; {nearest(how, HOWS)} (as in {EXAMPLE})")
    return Origin(how, int(n) if n else None, note)


def origin_json(origin: Origin) -> str | dict[str, Any]:
    """An origin as the file has it: a text wherever that says the same.

    >>> origin_json(Origin("assumed", None, "no source"))
    'assumed: no source'
    """
    n = "" if origin.n is None else f" ({origin.n})"
    short = f"{origin.how}{n}" + ("" if origin.note is None else f": {origin.note}")
    found = _SHORT.fullmatch(short)
    if found and found.groups() == (
        origin.how, None if origin.n is None else str(origin.n), origin.note,
    ):  # fmt: skip
        return short
    out: dict[str, Any] = {"how": origin.how}
    if origin.n is not None:
        out["n"] = origin.n
    if origin.note is not None:
        out["note"] = origin.note
    return out
