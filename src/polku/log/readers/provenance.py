"""What is noted of every file that is read, and the check that it kept still meanwhile."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from polku.errors import LogError
from polku.log.mapping import Mapping, load
from polku.log.source import SourceFile


@dataclass(frozen=True)
class Stamp:
    """A file's size in bytes and time of last change in nanoseconds, before it was read."""

    path: Path
    size: int
    changed: int


def stamp(path: Path) -> Stamp:
    """Note size and time of a file. Raises `LogError` when it cannot be seen."""
    try:
        found = path.stat()
    except OSError as e:
        raise LogError(f"{path}: cannot be opened ({e.strerror}); check the path") from e
    return Stamp(path, found.st_size, found.st_mtime_ns)


def unchanged(before: Stamp) -> None:
    """Raise `LogError` when the file has changed since its stamp: half of it would be read."""
    now = stamp(before.path)
    if now != before:
        raise LogError(
            f"{before.path}: changed while it was read ({before.size} bytes before, {now.size} "
            "after); wait until it is written, or read a copy"
        )


def digest(path: Path) -> str:
    """SHA-256 of a file as it lies on disk, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_file(before: Stamp, form: str, rows: int, sha256: str | None = None) -> SourceFile:
    """The note on a file that has been read whole; raises `LogError` when it changed meanwhile."""
    sha256 = sha256 or digest(before.path)
    unchanged(before)
    return SourceFile(before.path.name, sha256, before.size, form, rows)


def sidecar(path: Path) -> Mapping | None:
    """The mapping that stands beside a file as NAME.mapping.toml, as `polku export` writes it.

    For `log.csv.gz` that is `log.mapping.toml` or `log.csv.mapping.toml`. Raises `MappingError`
    for one that is wrong.
    """
    name = path.name.removesuffix(".gz")
    stem = name.rsplit(".", 1)[0]
    for candidate in (name, stem):
        beside = path.with_name(f"{candidate}.mapping.toml")
        if beside.exists():
            return load(beside)
    return None
