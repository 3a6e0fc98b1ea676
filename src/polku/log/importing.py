"""Import: files of any size into a store, with pseudonyms for persons.

A log that fits is read as `read` reads it. A larger table is read in batches that are set aside by
hash of the case id, each range of whole matters is built by itself, and the words of all ranges get
their codes at the end; what comes out is the same, for any number of ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polku.errors import LogError
from polku.log.mapping import Mapping
from polku.log.store import check_target, read_index, write_store

if TYPE_CHECKING:
    import polars as pl

    from polku.log.eventlog import EventLog
    from polku.log.source import SourceFile

Progress = Callable[[float | None, str], None]

IN_MEMORY = 400 << 20
"""Bytes of text above which a table is imported in ranges; a Parquet file counts eightfold."""
BYTES_PER_RANGE = 200 << 20


@dataclass(frozen=True)
class Imported:
    """What an import made: the store, its numbers, and what was left out, by reason."""

    store: Path
    matters: int
    events: int
    dropped: dict[str, int]

    def __str__(self) -> str:
        left = ", ".join(f"{n:,} {reason}" for reason, n in sorted(self.dropped.items()))
        return f"{self.store}: {self.matters:,} matters, {self.events:,} events" + (
            f"; left out: {left}" if left else ""
        )


@dataclass(frozen=True)
class Batches:
    """A table that is read in pieces, once: `open` begins, `file` is called when all is read."""

    form: str
    open: Callable[[], Iterator[pl.DataFrame]]
    file: Callable[[int], SourceFile]
    mapping: Mapping | None = None


def import_files(
    paths: Sequence[str | Path],
    out: str | Path,
    *,
    mapping: Mapping | None = None,
    links: str | Path | None = None,
    keep_names: bool = False,
    partitions: int | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Make one store out of one or several files.

    `mapping` says how the columns are to be read (what it does not say is guessed); `links` is the
    file of the rules by which the cases of several agencies become matters; `keep_names` leaves
    the names of persons as they are; `partitions` imports a table in that many ranges, whatever
    its size. An old store at `out` stays whole until the new one is complete.

    Raises `LogError` and `MappingError` as `read` does, and `LogError` on a full disk.
    """
    target = Path(out)
    check_target(target)
    report = progress or _quiet
    if not paths:
        raise LogError("there is no file to import; name at least one")
    if len(paths) == 1 and links is None:
        path = Path(paths[0])
        table = batches_of(path) if path.is_file() else None
        if table is not None and (partitions or _text_size(path, table.form) > IN_MEMORY):
            from polku.log.stream import import_table

            count = partitions or -(-_text_size(path, table.form) // BYTES_PER_RANGE)
            import_table(path, table, target, mapping, count, keep_names, report)
            return _summary(target)
    report(None, "reading")
    log = _read_all([str(p) for p in paths], mapping, links)
    report(None, "writing")
    if keep_names:
        write_store(log, target)
    else:
        from polku.log.pseudonym import pseudonymised

        named, key = pseudonymised(log)
        write_store(named, target, key=key)
    return _summary(target)


def _quiet(share: float | None, what: str) -> None:  # noqa: ARG001
    return None


def _read_all(paths: list[str], mapping: Mapping | None, links: str | Path | None) -> EventLog:
    from polku.log.read import read, read_part

    if len(paths) == 1:
        return read(paths[0], mapping)
    if links is None:
        raise LogError(
            f"{len(paths)} files are given and no rule that links their cases; give --link, or "
            "put files of one form into a folder and import that"
        )
    from polku.log.link import link
    from polku.log.link_rules import load_rules

    logs = [(Path(p).name.split(".")[0], read_part(p, mapping)) for p in paths]
    return link(logs, load_rules(links))


def batches_of(path: Path) -> Batches | None:
    """How a file is read in batches; `None` for a form whose reader reads it whole only.

    A reader that can offers `open_batches(path, digest=...) -> Iterator[pl.DataFrame]` in its
    module, which feeds the file as it lies on disk to `digest`, a `hashlib` object.
    """
    import hashlib
    from importlib import import_module

    from polku.log.readers.provenance import sidecar, source_file, stamp
    from polku.log.readers.registry import reader_for

    chosen = reader_for(path)
    opening = getattr(import_module(chosen.read.__module__), "open_batches", None)
    if opening is None:
        return None
    before, form = stamp(path), chosen.name
    digest = hashlib.sha256()
    return Batches(
        form,
        lambda: opening(path, digest=digest),
        lambda rows: source_file(before, form, rows, digest.hexdigest()),
        sidecar(path),
    )


def _text_size(path: Path, form: str) -> int:
    packed = path.suffix.lower() in (".gz", ".parquet") or form == "parquet"
    return path.stat().st_size * (8 if packed else 1)


def _summary(store: Path) -> Imported:
    from polku.log.source import Source

    document = read_index(store)
    counts = document["counts"]
    source = Source.from_json(document["source"])
    return Imported(store, counts["matters"], counts["events"], source.dropped)
