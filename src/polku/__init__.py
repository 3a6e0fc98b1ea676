"""Polku: measure, compare and improve the way of a business through a city's agencies.

The verbs are flat and lazy (PEP 562): `import polku` costs nothing, a verb loads what it needs::

    import polku

    log = polku.read("permits.csv")
    measurement = polku.measure(log)
    polku.report(log, "report.html")
    polku.save(polku.discover(log).path, "path.bpmn")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from polku.errors import PolkuError

if TYPE_CHECKING:
    from polku.log.eventlog import EventLog
    from polku.log.export import export
    from polku.log.mapping import Mapping
    from polku.log.read import read
    from polku.measure.comparing import compare
    from polku.measure.measurement import Measurement
    from polku.measure.measuring import measure
    from polku.measure.reading import facts
    from polku.path.check import check
    from polku.path.conform import conform
    from polku.path.diff import diff
    from polku.path.discover import discover
    from polku.path.model import Path
    from polku.path.read import read_path
    from polku.path.write import save
    from polku.redesign.prototype import Prototype
    from polku.redesign.redesigning import redesign
    from polku.report.html import report
    from polku.report.map import draw_map
    from polku.report.path_drawing import draw_path
    from polku.simulate.calibrate import calibrate
    from polku.simulate.fidelity import fidelity
    from polku.simulate.file.read import read_scenario
    from polku.simulate.file.write import save_scenario
    from polku.simulate.run import simulate
    from polku.simulate.scenario import Scenario
    from polku.simulate.study import study

__version__ = "0.1.0"

_VERBS = {
    "EventLog": "polku.log.eventlog",
    "Mapping": "polku.log.mapping",
    "Measurement": "polku.measure.measurement",
    "Path": "polku.path.model",
    "Prototype": "polku.redesign.prototype",
    "calibrate": "polku.simulate.calibrate",
    "check": "polku.path.check",
    "compare": "polku.measure.comparing",
    "conform": "polku.path.conform",
    "diff": "polku.path.diff",
    "discover": "polku.path.discover",
    "draw_map": "polku.report.map",
    "draw_path": "polku.report.path_drawing",
    "export": "polku.log.export",
    "facts": "polku.measure.reading",
    "fidelity": "polku.simulate.fidelity",
    "read": "polku.log.read",
    "read_path": "polku.path.read",
    "read_scenario": "polku.simulate.file.read",
    "save": "polku.path.write",
    "save_scenario": "polku.simulate.file.write",
    "Scenario": "polku.simulate.scenario",
    "study": "polku.simulate.study",
}
_PACKAGES = (
    "measure",
    "redesign",
    "report",
    "simulate",
)  # packages that are verbs themselves: calling one does its work

__all__ = [
    "EventLog",
    "Mapping",
    "Measurement",
    "Path",
    "PolkuError",
    "Prototype",
    "Scenario",
    "calibrate",
    "check",
    "compare",
    "conform",
    "diff",
    "discover",
    "draw_map",
    "draw_path",
    "export",
    "facts",
    "fidelity",
    "measure",
    "read",
    "read_path",
    "read_scenario",
    "redesign",
    "report",
    "save",
    "save_scenario",
    "simulate",
    "study",
]


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"polku.{name}")
    if name in _VERBS:
        return getattr(import_module(_VERBS[name]), name)
    raise AttributeError(f"module 'polku' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
