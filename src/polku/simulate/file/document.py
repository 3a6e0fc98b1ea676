"""A JSON document as people and programs hand it in, before anything is known of its keys.

RFC 8259, read strictly: UTF-8, no NaN or Infinity, no key twice in one object; and not larger,
deeper or fuller than any scenario has to be.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from polku.errors import ScenarioError

MAX_BYTES = 32 * 1024 * 1024
"""Size of a scenario's file."""
MAX_VALUES = 4_000_000
"""Values in a scenario's file."""
MAX_DEPTH = 40
"""Brackets within each other."""


class _TwiceError(Exception):
    """A key that stands twice in one object."""


def read_json(file: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises `ScenarioError` when the file cannot be opened, is larger than `MAX_BYTES`, is no UTF-8
    or no JSON (with line and column), holds a key twice in one object, a number that is none, more
    than `MAX_VALUES` values or brackets deeper than `MAX_DEPTH`, or is no object.
    """
    try:
        if file.is_dir():
            raise ScenarioError(f"{file}: is a folder; name the scenario's file in it")
        with file.open("rb") as handle:
            data = handle.read(MAX_BYTES + 1)
    except OSError as e:
        raise ScenarioError(f"{file}: cannot be read ({e.strerror}); check the path") from e
    if len(data) > MAX_BYTES:
        raise ScenarioError(
            f"{file}: is larger than {MAX_BYTES // 1024 // 1024} MiB, the most that a scenario may "
            "be; give laws as quantiles instead of long samples"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise ScenarioError(f"{file}: is not UTF-8 at byte {e.start:,}; save it as UTF-8") from e
    return parse_json(text, str(file))


def parse_json(text: str, place: str) -> dict[str, Any]:
    """The object in a JSON text; `place` stands before every message (errors as `read_json`)."""
    if sum(map(text.count, ",[{")) > MAX_VALUES:
        raise ScenarioError(
            f"{place}: holds more than {MAX_VALUES:,} values; give laws as quantiles instead of "
            "long samples"
        )
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except _TwiceError as e:
        raise ScenarioError(
            f"{place}: the key {e} stands twice in one object ({_lines(text, str(e))}); "
            "keep one of them"
        ) from e
    except json.JSONDecodeError as e:
        raise ScenarioError(
            f"{place}: is not JSON: line {e.lineno:,}, column {e.colno:,}: {e.msg}; correct that "
            "place"
        ) from e
    except ValueError as e:
        raise ScenarioError(f"{place}: {e}; write a plain number, or leave the key out") from e
    except RecursionError as e:
        raise _too_deep(place) from e
    if not isinstance(found, dict):
        raise ScenarioError(f"{place}: is no JSON object; a scenario begins with {{ and its format")
    _check_depth(found, place)
    if "\\u" in text:
        _check_letters(found, place)
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _TwiceError(json.dumps(key, ensure_ascii=False))
            seen.add(key)
    return out


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _lines(text: str, key: str) -> str:
    found = [
        text.count("\n", 0, m.start()) + 1 for m in re.finditer(re.escape(key) + r"\s*:", text)
    ]
    shown = ", ".join(f"{n:,}" for n in found[:5]) + (" …" if found[5:] else "")
    return f"it stands in line {shown}" if found else "written in two ways"


def _too_deep(place: str) -> ScenarioError:
    return ScenarioError(
        f"{place}: has brackets more than {MAX_DEPTH} deep; a mixture of laws needs no mixtures "
        "within each other"
    )


def _check_depth(found: Any, place: str) -> None:
    layer = [found]
    for _ in range(MAX_DEPTH):
        below = []
        for value in layer:
            inner = value.values() if isinstance(value, dict) else value
            below += [v for v in inner if isinstance(v, dict | list)]
        if not below:
            return
        layer = below
    raise _too_deep(place)


def _check_letters(found: dict[str, Any], place: str) -> None:
    """Refuse half a letter (a lone surrogate), which could be neither shown nor written."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as e:
        raise ScenarioError(
            f"{place}: holds half a letter ({e.object[e.start]!a}); write letters as they are, "
            "in UTF-8"
        ) from e
