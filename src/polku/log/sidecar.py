"""The mapping that stands beside an exported file, so that reading it back is exact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from polku.log.mapping import Mapping, load

if TYPE_CHECKING:
    from polku.log.raw import RawTable


def sidecar_path(path: str | Path) -> Path:
    """`FILE.mapping.toml` beside FILE.

    >>> sidecar_path("permits.csv").name
    'permits.csv.mapping.toml'
    """
    path = Path(path)
    return path.with_name(path.name + ".mapping.toml")


def load_sidecar(path: str | Path) -> Mapping | None:
    """The mapping beside a file, if there is one. Raises `MappingError` when it is damaged."""
    beside = sidecar_path(path)
    return load(beside) if beside.is_file() else None


def with_sidecar(raw: RawTable, path: str | Path) -> RawTable:
    """The table with the mapping beside its file, unless it has one already."""
    return raw if raw.mapping is not None else replace(raw, mapping=load_sidecar(path))
