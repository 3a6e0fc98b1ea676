"""The scenario's file: reading, writing, what contradicts itself, and files of other tools."""

from __future__ import annotations

from polku.simulate.file.problems import problems
from polku.simulate.file.prosimos import conditioned, read_prosimos
from polku.simulate.file.read import FORMAT, from_json, read_scenario
from polku.simulate.file.write import dumps, save_scenario, to_json

__all__ = [
    "FORMAT", "conditioned", "dumps", "from_json", "problems", "read_prosimos", "read_scenario",
    "save_scenario", "to_json",
]  # fmt: skip
