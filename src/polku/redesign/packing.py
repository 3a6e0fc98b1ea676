"""Packing paths, scenarios and moves for another process.

They hold read-only views of dictionaries (`MappingProxyType`), which `pickle` does not take.
"""

from __future__ import annotations

import io
import pickle
from types import MappingProxyType
from typing import Any


class _Packer(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, MappingProxyType):
            return _view, (dict(value),)
        return NotImplemented


def _view(items: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(items)


def pack(value: object) -> bytes:
    """An object as bytes, for `unpack` in a process of the same program."""
    out = io.BytesIO()
    _Packer(out, pickle.HIGHEST_PROTOCOL).dump(value)
    return out.getvalue()


def unpack(packed: bytes) -> Any:
    """The object that `pack` was given; only for what another process of this program packed."""
    return pickle.loads(packed)
