"""Make the three paths that ship with Polku: a BPMN file for every version, and a README each.

What a path says stands in `scripts/paths/`, one module for each. The READMEs are made from the
same facts, so that no source and no assumption is missing in them.

    python scripts/make_paths.py [--out FOLDER]   write them
    python scripts/make_paths.py --check          say which are not current, and exit 1
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path as File
from types import ModuleType

from paths import event_permit, plot_to_premises, readme, starting_up

from polku.log.atomic import write_text
from polku.path.model import Path
from polku.path.write import save

TARGET = File(__file__).parents[1] / "src/polku/paths"
MODULES: tuple[ModuleType, ...] = (event_permit, plot_to_premises, starting_up)


def drawn(path: Path) -> Path:
    """The path with its drawing, where this version of Polku can lay one out."""
    if find_spec("polku.path.layout") is None:
        return path
    from polku.path.layout import lay_out

    return lay_out(path)


def write(folder: File) -> list[File]:
    """Write every path below a folder; returns the files in the order written."""
    files = []
    for module in MODULES:
        own = folder / module.NAME
        own.mkdir(parents=True, exist_ok=True)
        versions = module.versions()
        for name, path in versions.items():
            save(drawn(path), own / f"{name}.bpmn")
            files.append(own / f"{name}.bpmn")
        write_text(own / "README.md", readme.page(module.NAMES, module.ABOUT, versions))
        files.append(own / "README.md")
    return files


def stale() -> list[str]:
    """Files that are not what the modules say, and paths that no module makes any more."""
    with tempfile.TemporaryDirectory() as made:
        files = {f.relative_to(made): f.read_bytes() for f in write(File(made))}
    there = {f.relative_to(TARGET) for f in TARGET.glob("*/*.bpmn")}
    differ = {n for n, b in files.items() if not (f := TARGET / n).exists() or f.read_bytes() != b}
    return sorted(map(str, differ | (there - files.keys())))


def main() -> int:
    """Write or check."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=File, default=TARGET)
    options.add_argument("--check", action="store_true")
    args = options.parse_args()
    if not args.check:
        write(args.out)
        return 0
    found = stale()
    for name in found:
        sys.stderr.write(f"{name}: not current; run python scripts/make_paths.py\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
