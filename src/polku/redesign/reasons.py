"""The reasons for a choice, as people write them (TOML, format `polku.reasons/1`).

::

    format = "polku.reasons/1"
    date = 2026-05-03
    from = 2026-09-01
    who = ["Anna Aalto, path owner", "Bo Berg, head of rescue services"]
    reasons = ["The organiser deals with one desk.", "The gain does not rest on new staff."]
    note = "To be looked at again after the summer of 2027."
    despite = ["no unit over 85%"]

    [weights]
    "lead_time.p50" = 3
    "contact_points.mean_within_h" = 2

    [rejected]
    search-2 = "A statement by default is not acceptable to the rescue department."
"""

from __future__ import annotations

import datetime as times
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polku.errors import RedesignError
from polku.log.document import read_toml
from polku.log.mapping import nearest

FORMAT = "polku.reasons/1"
_KEYS = (
    "format", "reasons", "who", "date", "from", "weights", "rejected", "despite", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Reasons:
    """Why people chose.

    `reasons`: sentences; `who`: "name, role" of everybody who decided; `date`: of the decision,
    `applies_from`: the day from which it applies; `weights`: by axis key, in place of the
    front's; `rejected`: for an option's name why it was not chosen; `despite`: names of
    constraints that the chosen option breaks and that are accepted; `place`: where this was read.
    """

    reasons: tuple[str, ...]
    who: tuple[str, ...]
    date: times.date
    applies_from: times.date | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    rejected: Mapping[str, str] = field(default_factory=dict)
    despite: tuple[str, ...] = ()
    note: str = ""
    place: str = "reasons"


def read_reasons(path: str | Path) -> Reasons:
    """Read the reasons.

    Raises `RedesignError`, one line with the place, for a file that is no TOML, another format,
    an unknown key (the nearest is suggested), no reasons, nobody who decided, or a date that is
    none.
    """
    return reasons_from(read_toml(Path(path), RedesignError), str(path))


def reasons_from(data: Mapping[str, Any], place: str = "reasons") -> Reasons:
    """Reasons from a TOML document; errors as in `read_reasons`."""
    if data.get("format") != FORMAT:
        raise RedesignError(
            f'{place}: format is {data.get("format")!r}; write format = "{FORMAT}" first'
        )
    unknown = next((k for k in data if k not in _KEYS), None)
    if unknown is not None:
        raise RedesignError(f"{place}: unknown key {unknown!r}; {nearest(unknown, _KEYS)}")
    decided = _date(data, "date", place)
    if decided is None:
        raise RedesignError(f"{place}: has no date of the decision; write date = 2026-05-03")
    applies = _date(data, "from", place)
    if applies is not None and applies < decided:
        raise RedesignError(
            f"{place}: from is {applies}, before the decision of {decided}; correct one of them"
        )
    reasons = _texts(data, "reasons", place)
    if not reasons:
        raise RedesignError(
            f'{place}: gives no reasons; write reasons = ["why this one"], at least one sentence'
        )
    who = _texts(data, "who", place)
    if not who:
        raise RedesignError(f'{place}: names nobody; write who = ["name, role"] of who decided')
    note = data.get("note", "")
    if not isinstance(note, str):
        raise RedesignError(f"{place}: note must be a text, found {note!r}")
    return Reasons(
        reasons, who, decided, applies, _weights(data, place), _rejected(data, place),
        _texts(data, "despite", place), note.strip(), place,
    )  # fmt: skip


def _texts(data: Mapping[str, Any], key: str, place: str) -> tuple[str, ...]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise RedesignError(f'{place}: {key} must be a list of texts, as in {key} = ["…"]')
    return tuple(v.strip() for v in value if v.strip())


def _date(data: Mapping[str, Any], key: str, place: str) -> times.date | None:
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, times.date) or isinstance(value, times.datetime):
        raise RedesignError(
            f"{place}: {key} is {value!s}, which is no date; write {key} = 2026-05-03, "
            "without quotes"
        )
    return value


def _weights(data: Mapping[str, Any], place: str) -> dict[str, float]:
    given = data.get("weights", {})
    if not isinstance(given, dict):
        raise RedesignError(f"{place}: weights must be a section [weights] of numbers by axis")
    out = {}
    for key, value in given.items():
        if isinstance(value, dict):
            raise RedesignError(
                f'{place}: [weights] {key} is a section; put the name in quotes: "{key}.…" = 2'
            )
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            raise RedesignError(f"{place}: [weights] {key} must be a number, found {value!r}")
        if value < 0:
            raise RedesignError(f"{place}: [weights] {key} is {value:g}; it must be 0 or more")
        out[key] = float(value)
    if out and not any(out.values()):
        raise RedesignError(f"{place}: [weights] are all 0; give one above 0, or take them out")
    return out


def _rejected(data: Mapping[str, Any], place: str) -> dict[str, str]:
    given = data.get("rejected", {})
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise RedesignError(f'{place}: rejected must be a section [rejected] of option = "why not"')
    empty = next((k for k, v in given.items() if not v.strip()), None)
    if empty is not None:
        raise RedesignError(f"{place}: [rejected] {empty} gives no reason; write why not")
    return {k: v.strip() for k, v in given.items()}
