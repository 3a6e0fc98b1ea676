"""The paths that ship: worked examples with stated sources, not legal advice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polku.errors import PathError

if TYPE_CHECKING:
    from polku.path import model
    from polku.path.facts import Text

ROOT = Path(__file__).parent
EVENT_PERMIT = ROOT / "event-permit"
"""The event-permit path: its versions, a synthetic log and how it is read."""
NAMES = ("event-permit", "plot-to-premises", "starting-up")
"""Short names of the paths that ship, which are the names of their folders."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A path that ships: its short name, its titles, and the BPMN file of every version.

    `files`: the current state first, then the prototypes by name.
    """

    name: str
    titles: Text
    files: tuple[Path, ...]

    @property
    def versions(self) -> tuple[str, ...]:
        """What `load` calls the versions: "current", "prototype-…"."""
        return tuple(f.stem for f in self.files)


def shipped() -> tuple[Shipped, ...]:
    """The paths that ship.

    >>> [path.name for path in shipped()]
    ['event-permit', 'plot-to-premises', 'starting-up']
    """
    return tuple(Shipped(n, load(n).facts.names, _files(n)) for n in NAMES)


def load(name: str, version: str = "current") -> model.Path:
    """Read one version of a path that ships.

    Raises `PathError`, with what there is, for a name or a version that does not ship.

    >>> load("event-permit").version.state
    'current'
    """
    from polku.path.read import read_path

    return read_path(_file(name, version))


def scenario_file(name: str, version: str = "current") -> Path:
    """The scenario of one version: the numbers with which it is simulated, a worked example.

    `polku.simulate.file.read_scenario` reads it. Raises `PathError` as `load` does.

    >>> scenario_file("event-permit").name
    'current.scenario.json'
    """
    return _file(name, version).with_suffix(".scenario.json")


def _file(name: str, version: str) -> Path:
    """The BPMN file of one version."""
    if name not in NAMES:
        raise PathError(f"path {name!r} does not ship; one of {', '.join(NAMES)} does")
    files = {f.stem: f for f in _files(name)}
    if version not in files:
        raise PathError(f"path {name!r} has no version {version!r}; it has {', '.join(files)}")
    return files[version]


def _files(name: str) -> tuple[Path, ...]:
    return tuple(sorted((ROOT / name).glob("*.bpmn"), key=lambda f: (f.stem != "current", f.stem)))
