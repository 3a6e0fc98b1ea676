"""A scenario of whatever kind of file for a path."""

from __future__ import annotations

from os import PathLike
from pathlib import Path as File

from polku.path.model import Path
from polku.simulate.file.document import read_json
from polku.simulate.file.prosimos import conditioned, read_prosimos
from polku.simulate.file.read import PROSIMOS_KEYS, from_json
from polku.simulate.scenario import Scenario


def scenario_for(file: str | PathLike[str], path: Path) -> tuple[Path, Scenario]:
    """The scenario of a file and the path that it belongs to.

    A parameter file of Prosimos is known by its keys; its branch rules become conditions of the
    path, so the path that is given back may be another. Raises `ScenarioError` as the two readers.
    """
    data = read_json(File(file))
    if "format" not in data and len(PROSIMOS_KEYS & data.keys()) > 1:
        return conditioned(file, path), read_prosimos(file, path)
    return path, from_json(data, f"{file}: ")
