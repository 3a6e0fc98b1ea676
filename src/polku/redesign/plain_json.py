"""Frozen dataclasses as JSON and back: mappings, tuples, texts; every field is named."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from polku.errors import RedesignError

T = TypeVar("T")
_WORDS = {"str": "a text", "float": "a number", "int": "a whole number", "bool": "true or false"}
_TYPES = {"str": "string", "float": "number", "int": "integer", "bool": "boolean"}


def plain(value: Any) -> Any:
    """A value in the forms of JSON; a number that is not finite is null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def build(kind: type[T], data: Any, place: str) -> T:
    """A dataclass from what `plain` gave of it.

    Raises `RedesignError` with the place of what is missing, unknown or of another kind.
    """
    found: T = _build(kind, data, place)
    return found


def _build(kind: Any, data: Any, place: str) -> Any:
    origin = typing.get_origin(kind)
    args = typing.get_args(kind)
    if origin is typing.Literal:
        if data not in args:
            raise _wrong(place, " or ".join(map(repr, args)), data)
        return data
    if origin in (types.UnionType, typing.Union):
        if data is None and type(None) in args:
            return None
        rest = [a for a in args if a is not type(None)]
        for one in rest[:-1]:
            try:
                return _build(one, data, place)
            except RedesignError:
                continue
        return _build(rest[-1], data, place)
    if origin is tuple:
        if not isinstance(data, list):
            raise _wrong(place, "a list", data)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_build(args[0], v, f"{place}[{k}]") for k, v in enumerate(data))
        if len(data) != len(args):
            raise _wrong(place, f"a list of {len(args)}", data)
        return tuple(
            _build(a, v, f"{place}[{k}]") for k, (a, v) in enumerate(zip(args, data, strict=True))
        )
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(data, dict):
            raise _wrong(place, "an object", data)
        return {k: _build(args[1], v, f"{place}.{k}") for k, v in data.items()}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _object(kind, data, place)
    if kind is float and isinstance(data, int | float) and not isinstance(data, bool):
        return float(data)
    if isinstance(data, kind) and not (kind is int and isinstance(data, bool)):
        return data
    raise _wrong(place, _WORDS.get(kind.__name__, kind.__name__), data)


def _object(kind: type, data: Any, place: str) -> Any:
    if not isinstance(data, dict):
        raise _wrong(place, "an object", data)
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind) if f.init}
    unknown = sorted(set(data) - set(fields))
    if unknown:
        raise RedesignError(f"{place}: unknown key {unknown[0]!r}; take it out")
    given = {}
    for name, field in fields.items():
        if name in data:
            given[name] = _build(hints[name], data[name], f"{place}.{name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise RedesignError(f"{place}: {name} is missing; give it")
    return kind(**given)


def _wrong(place: str, wanted: str, data: Any) -> RedesignError:
    found = "null" if data is None else f"{type(data).__name__} {str(data)[:40]!r}"
    return RedesignError(f"{place}: must be {wanted}, found {found}")


def schema_of(kind: type, title: str, format: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a dataclass's document, as its schema file has it."""
    definitions: dict[str, Any] = {}
    body = _schema_object(kind, definitions)
    body["properties"] = {"format": {"const": format}, **body["properties"]}
    body["required"] = ["format", *body["required"]]
    name = format.split("/")[0].removeprefix("polku.")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:polku:schema:{name}:{format.rsplit('/', 1)[-1]}",
        "title": title,
        **body,
        "$defs": dict(sorted(definitions.items())),
    }


def _schema_object(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    names = [f.name for f in dataclasses.fields(kind) if f.init]
    description = (kind.__doc__ or "").strip().split("\n")[0]
    return {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "required": names,
        "properties": {n: _schema(hints[n], definitions) for n in names},
    }


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [_schema(a, definitions) for a in args]}
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return {"type": "array", "items": _schema(args[0], definitions)}
    if origin is tuple:
        return {"type": "array", "minItems": len(args), "maxItems": len(args),
                "prefixItems": [_schema(a, definitions) for a in args]}  # fmt: skip
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(args[1], definitions)}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _schema_object(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if kind is type(None):
        return {"type": "null"}
    return {"type": _TYPES[kind.__name__]}
