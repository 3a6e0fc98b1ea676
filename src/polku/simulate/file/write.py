"""The scenario as its file: what stands at its default is left out, and the same scenario always
gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

from polku.errors import LogError, ScenarioError
from polku.log.atomic import write_text
from polku.simulate.file.origins import origin_json
from polku.simulate.file.problems import problems
from polku.simulate.file.read import FORMAT
from polku.simulate.scenario import Law, Origin, Scenario, Varied

WIDTH = 100
"""Objects and lists that fit a line of so many characters stand on one."""


def save_scenario(scenario: Scenario, file: str | PathLike[str]) -> None:
    """Write a scenario to a file, whole or not at all.

    Raises `ScenarioError` for a scenario that contradicts itself (it could not be read again), and
    where nothing can be written.
    """
    found = problems(scenario)
    if found:
        raise ScenarioError(f"{file}: is not written: {found[0]}")
    try:
        write_text(Path(file), dumps(scenario))
    except LogError as e:
        raise ScenarioError(str(e)) from e


def dumps(scenario: Scenario) -> str:
    """The text of a scenario's file, ending in a line feed."""
    return _laid_out(to_json(scenario), 0, 0) + "\n"


def to_json(scenario: Scenario) -> dict[str, Any]:
    """The JSON object of a scenario (`polku.simulate.file.read.from_json` gives it back)."""
    return {"format": FORMAT, **_entry(scenario)}


_ALWAYS = {"kinds", "start", "end"}
"""Keys that are written even where they stand at their default, as they are looked for."""


def _entry(value: Any) -> dict[str, Any]:
    """A dataclass of the scenario, without what stands at its default; its origin last."""
    out: dict[str, Any] = {}
    default = _defaults(type(value))
    for f in fields(value):
        found = getattr(value, f.name)
        if f.name == "origin":
            continue
        if f.name in _ALWAYS or f.name not in default or found != default[f.name]:
            out[f.name.rstrip("_")] = _plain(found)
    if hasattr(value, "origin"):
        out["origin"] = origin_json(value.origin)
    return out


def _defaults(cls: Any) -> dict[str, Any]:
    from dataclasses import MISSING

    out: dict[str, Any] = {}
    for f in fields(cls):
        if f.default is not MISSING:
            out[f.name] = f.default
        elif f.default_factory is not MISSING:
            out[f.name] = f.default_factory()
    return out


def _plain(value: Any) -> Any:
    match value:
        case Law():
            return _law(value)
        case Varied():
            return _varied(value)
        case Origin():
            return origin_json(value)
        case Mapping():
            return {str(k): _plain(v) for k, v in value.items()}
        case tuple() | list():
            return [_plain(v) for v in value]
        case date():
            return value.isoformat()
        case float():
            return _number(value)
    return _entry(value) if hasattr(value, "__dataclass_fields__") else value


def _number(value: float) -> float | int:
    """30 rather than 30.0; both are the same number."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _numbers(values: tuple[float, ...]) -> list[float | int]:
    return [_number(float(v)) for v in values]


def _law(law: Law) -> dict[str, Any]:
    out: dict[str, Any] = {"law": law.name}
    match law.name:
        case "fixed":
            out["value"] = _number(float(law.values[0]))
        case "empirical":
            out["values"] = _numbers(law.values)
        case "quantiles":
            out["points"] = [
                [_number(float(c)), _number(float(v))]
                for c, v in zip(law.chances, law.values, strict=True)
            ]
        case "mixture":
            out["parts"] = [
                {"weight": _number(float(w)), "law": _law(part)}
                for w, part in zip(law.chances, law.parts, strict=True)
            ]
        case _:
            if law.shapes:
                out["shapes"] = _numbers(law.shapes)
            if law.loc != 0.0:
                out["loc"] = _number(float(law.loc))
            if law.scale != 1.0:
                out["scale"] = _number(float(law.scale))
    if law.unit != (law.parts[0].unit if law.parts else None):
        out["unit"] = law.unit
    for key, bound in (("low", law.low), ("high", law.high)):
        if bound is not None:
            out[key] = _number(float(bound))
    return out


def _varied(value: Varied[Any]) -> Any:
    def rounds(values: tuple[Any, ...]) -> Any:
        if len(values) == 1:
            return _plain(values[0])
        return {"rounds": [_plain(v) for v in values]}

    if value.by is None:
        return rounds(value.otherwise)
    return {
        "by": value.by,
        "cases": {name: rounds(values) for name, values in value.cases.items()},
        "otherwise": rounds(value.otherwise),
    }


def _laid_out(value: Any, indent: int, used: int) -> str:
    """JSON text: what fits a line stands on it; `used`: characters of the line already taken."""
    if not isinstance(value, dict | list) or not value:
        return _flat(value)
    flat = _flat(value) if _leaves(value) else None
    if flat is not None and used + len(flat) <= WIDTH:
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, list):
        if all(not isinstance(v, dict | list) for v in value):
            return "[\n" + _filled([_flat(v) for v in value], pad) + "\n" + " " * indent + "]"
        inner = (pad + _laid_out(v, indent + 1, len(pad) + 1) for v in value)
        return "[\n" + ",\n".join(inner) + "\n" + " " * indent + "]"
    lines = []
    for key, v in value.items():
        head = f"{pad}{_flat(key)}: "
        lines.append(head + _laid_out(v, indent + 1, len(head) + 1))
    return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"


def _leaves(value: Any) -> bool:
    """Whether a value is small enough that it may fit a line."""
    budget = WIDTH // 3
    layer = [value]
    while layer:
        inner = layer.pop()
        budget -= 1
        if budget < 0:
            return False
        if isinstance(inner, dict | list):
            if len(inner) > budget:
                return False
            layer.extend(inner.values() if isinstance(inner, dict) else inner)
    return True


def _filled(words: list[str], pad: str) -> str:
    lines, line = [], pad
    for i, word in enumerate(words):
        piece = word + ("," if i + 1 < len(words) else "")
        if line != pad and len(line) + 1 + len(piece) > WIDTH:
            lines.append(line)
            line = pad
        line += piece if line == pad else " " + piece
    return "\n".join([*lines, line])


_flat: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
