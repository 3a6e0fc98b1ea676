"""A path written down in a few words, for examples and tests: its steps one after another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from polku.path.facts import Version
from polku.path.model import Event, Flow, Lane, Path, Pool, Step


class Line:
    """A path that grows step by step; `path()` gives it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def step(self, name: str, *, unit: str | None = None, **more: Any) -> Line:
        """Add a step at the end; `more` are fields of `Step`."""
        last = self._path.nodes[-1].id
        path, lane = self._path, more.pop("lane", None)
        if unit is not None:
            lane = f"lane-{unit.lower().replace(' ', '-')}"
            if all(n.id != lane for n in path.lanes):
                path = replace(path, lanes=(*path.lanes, Lane(lane, unit)))
        step = Step(more.pop("id", f"step-{len(path.nodes)}"), name, lane=lane, **more)
        flow = Flow(f"flow-{len(path.flows) + 1}", last, step.id)
        return Line(replace(path, nodes=(*path.nodes, step), flows=(*path.flows, flow)))

    def path(self) -> Path:
        """The path with its end."""
        last = self._path.nodes[-1]
        end = Event("end", "", "end", lane=last.lane)
        flow = Flow(f"flow-{len(self._path.flows) + 1}", last.id, end.id)
        return replace(self._path, nodes=(*self._path.nodes, end), flows=(*self._path.flows, flow))


def start(name: str, id: str = "path", **more: Any) -> Line:
    """Begin a path; `more` are fields of `Path`.

    >>> [n.id for n in start("Stall").step("Apply").step("Decide").path().nodes]
    ['start', 'step-1', 'step-2', 'end']
    """
    begin = Event("start", "", "start")
    more.setdefault("version", Version(of=id))
    more.setdefault("city", Pool("city", "City"))
    return Line(Path(id=id, name=name, nodes=(begin,), **more))
