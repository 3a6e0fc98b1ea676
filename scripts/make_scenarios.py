"""Make the scenarios of the paths that ship: a JSON file beside the BPMN file of every version.

What they say stands in `scripts/scenarios/`, one module for each path.

    python scripts/make_scenarios.py [--out FOLDER]   write them
    python scripts/make_scenarios.py --check          say which are not current, and exit 1
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType

from scenarios import event_permit, plot_to_premises, starting_up

from polku.simulate.file import dumps, save_scenario

TARGET = Path(__file__).parents[1] / "src/polku/paths"
MODULES: tuple[ModuleType, ...] = (event_permit, plot_to_premises, starting_up)
ENDING = ".scenario.json"


def write(folder: Path) -> list[Path]:
    """Write every scenario below a folder; returns the files in the order written."""
    files = []
    for module in MODULES:
        own = folder / module.NAME
        own.mkdir(parents=True, exist_ok=True)
        for name, scenario in module.scenarios().items():
            files.append(own / f"{name}{ENDING}")
            save_scenario(scenario, files[-1])
    return files


def stale() -> list[str]:
    """Files that are not what the modules say, and scenarios that no module makes any more."""
    made = {
        Path(module.NAME) / f"{name}{ENDING}": dumps(scenario).encode()
        for module in MODULES
        for name, scenario in module.scenarios().items()
    }
    there = {f.relative_to(TARGET) for f in TARGET.glob(f"*/*{ENDING}")}
    differ = {n for n, b in made.items() if not (f := TARGET / n).exists() or f.read_bytes() != b}
    return sorted(map(str, differ | (there - made.keys())))


def main() -> int:
    """Write or check."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=Path, default=TARGET)
    options.add_argument("--check", action="store_true")
    args = options.parse_args()
    if not args.check:
        write(args.out)
        return 0
    found = stale()
    for name in found:
        sys.stderr.write(f"{name}: not current; run python scripts/make_scenarios.py\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
