"""Make the pictures of paths in the documentation: picture_paths.py [--out FOLDER] [--log FILE].

For the current state of every path that ships with Polku, and for the path discovered from the
open log of receipts, `path-NAME.svg` is the service blueprint and `path-NAME-bpmn.png` what
bpmn-js shows of the file. Without the log (`receipt.xes.gz` below $POLKU_DATA) its path is left
out. Needs Chromium and node_modules (`npm ci`); nothing is fetched from the network.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path as File

from picture_path import picture

from polku.log.atomic import write_text
from polku.log.read import read
from polku.path.discover import discover
from polku.path.layout import lay_out
from polku.path.model import Path
from polku.path.read import read_path
from polku.path.write import write_path
from polku.report.path_drawing import draw_path

ROOT = File(__file__).parents[1]
SHIPPED = ROOT / "src/polku/paths"
TARGET = ROOT / "docs/pictures"
RECEIPT, NOISE = "receipt/receipt.xes.gz", 0.2
LARGEST = 5_000
"""px of a picture's longer side"""
MOST_BYTES = 700_000


def drawn(log: File | None) -> Iterator[tuple[str, Path]]:
    """The paths to picture, by name."""
    for folder in sorted(f.parent for f in SHIPPED.glob("*/current.bpmn")):
        yield folder.name, read_path(folder / "current.bpmn")
    if log is not None:
        yield "receipt", lay_out(discover(read(log), NOISE).path)


def make(name: str, path: Path, out: File) -> list[str]:
    """Write both pictures of a path; returns what is wrong with them."""
    write_text(out / f"path-{name}.svg", draw_path(path))
    png = out / f"path-{name}-bpmn.png"
    said = picture(write_path(path), png, LARGEST)
    if (size := png.stat().st_size) > MOST_BYTES:
        said.append(f"{png.name} has {size:,} bytes, more than {MOST_BYTES:,}")
    return said


def main() -> int:
    """Make all; 1 if bpmn-js warns or a picture is too large."""
    data = os.environ.get("POLKU_DATA")
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out", type=File, default=TARGET)
    options.add_argument("--log", type=File, default=File(data) / RECEIPT if data else None)
    args = options.parse_args()
    log = args.log if args.log is not None and args.log.exists() else None
    if log is None:
        sys.stderr.write(f"the log is missing: set POLKU_DATA to the folder of {RECEIPT}\n")
    args.out.mkdir(parents=True, exist_ok=True)
    wrong = []
    for name, path in drawn(log):
        wrong += [f"path-{name}: {said}" for said in make(name, path, args.out)]
    for said in wrong:
        sys.stderr.write(f"{said}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
