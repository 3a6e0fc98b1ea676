"""Polku: measure, compare and improve the way of a business through a city's agencies.

The verbs are flat and lazy (PEP 562): `import polku` costs nothing, a verb loads what it needs::

    import polku

    log = polku.read("permits.csv")
    measurement = polku.measure(log)
    polku.report(log, "report.html")
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
    from polku.report.html import report
    from polku.report.map import draw_map

__version__ = "0.1.0"

_VERBS = {
    "EventLog": "polku.log.eventlog",
    "Mapping": "polku.log.mapping",
    "Measurement": "polku.measure.measurement",
    "compare": "polku.measure.comparing",
    "draw_map": "polku.report.map",
    "export": "polku.log.export",
    "facts": "polku.measure.reading",
    "read": "polku.log.read",
}
_PACKAGES = ("measure", "report")  # packages that are verbs themselves: calling one does its work

__all__ = [
    "EventLog",
    "Mapping",
    "Measurement",
    "PolkuError",
    "compare",
    "draw_map",
    "export",
    "facts",
    "measure",
    "read",
    "report",
]


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return import_module(f"polku.{name}")
    if name in _VERBS:
        return getattr(import_module(_VERBS[name]), name)
    raise AttributeError(f"module 'polku' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
