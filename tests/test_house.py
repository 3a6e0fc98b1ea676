"""The house stays a house: imports run one way, and the front door opens quickly."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "polku"

MAY_IMPORT = {
    "errors": set(),
    "progress": set(),
    "shares": set(),
    "paths": {"errors", "path"},
    "schemas": set(),
    "log": {"errors", "progress"},
    "path": {"errors", "progress", "shares", "log", "schemas"},
    "measure": {"errors", "progress", "shares", "log", "path", "schemas"},
    "simulate": {"errors", "progress", "shares", "log", "path", "measure", "schemas"},
    "redesign": {
        "errors",
        "progress",
        "shares",
        "paths",
        "log",
        "path",
        "measure",
        "simulate",
        "schemas",
    },
    "report": {"errors", "progress", "log", "path", "measure", "simulate", "redesign", "schemas"},
    "demo": {"errors", "progress", "paths", "log", "path", "measure", "simulate", "report"},
    "cli": {
        "errors",
        "progress",
        "paths",
        "log",
        "path",
        "measure",
        "simulate",
        "redesign",
        "report",
        "demo",
    },
}
"""Room → rooms below it. Everybody may import the package itself for its version."""

LIGHT = ["polku", "polku.cli", "polku.errors", "polku.log.mapping", "polku.log.source"]
HEAVY = ["polars", "numpy", "numba", "scipy", "r4pm", "altair", "rich", "pyarrow", "lxml"]


def room(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or ""]
            if node.module == "polku":
                names = [f"polku.{a.name}" for a in node.names]
        rooms |= {n.split(".")[1] for n in names if n.startswith("polku.")}
    return rooms


FILES = sorted(p for p in SOURCE.rglob("*.py") if p != SOURCE / "__init__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_run_one_way(path):
    allowed = MAY_IMPORT[room(path)] | {room(path), "__version__"}
    assert imported_rooms(path) <= allowed, f"{path}: {imported_rooms(path) - allowed}"


def test_every_room_is_in_the_plan():
    assert {room(p) for p in FILES} == set(MAY_IMPORT)


def test_files_stay_small_enough_to_read_in_one_sitting():
    long = {p.name: n for p in FILES if (n := len(p.read_text().splitlines())) > 600}
    assert not long


@pytest.mark.parametrize("module", LIGHT)
def test_the_front_door_loads_nothing_heavy(module):
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def loaded_at_once(path):
    """Modules that a module imports as it is loaded (not those for types, nor inside functions)."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {m for m in found if m.startswith("polku.")}


def test_no_circle_of_modules_inside_a_room():
    modules = {
        ".".join(p.with_suffix("").relative_to(SOURCE.parent).parts).removesuffix(".__init__"): p
        for p in FILES
    }
    below = {m: loaded_at_once(p) & set(modules) - {m} for m, p in modules.items()}
    done: set[str] = set()
    while ready := [m for m in below if m not in done and below[m] <= done]:
        done |= set(ready)
    assert set(below) - done == set()
