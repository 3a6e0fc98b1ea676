"""The store: a folder with an event log as Parquet parts and one index, `log.json`.

    STORE/log.json              format, dictionaries, mapping, provenance, window, list of parts
    STORE/events/part-*.parquet events of a range of blake2b-64(case id), sorted
    STORE/cases/part-*.parquet  the matters of the same range

Categories are stored as small integers whose dictionaries stand in `log.json`. Case codes run on
over the parts, so a part is a slice of the whole log.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Collection, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polku import __version__
from polku.errors import LogError
from polku.log.atomic import commit, drafting
from polku.log.eventlog import EventLog
from polku.log.keyfile import Key, drop_provisional, key_path, settle_key, write_key
from polku.log.mapping import Mapping, from_dict, nearest
from polku.log.source import Source

if TYPE_CHECKING:
    import polars as pl

FORMAT = "polku.store/1"
INDEX = "log.json"
EVENTS_PER_PART = 2_000_000


@dataclass(frozen=True)
class Part:
    """One pair of files: matters `first_case` … `first_case + cases − 1` and their events."""

    first_case: int
    cases: int
    events: int
    files: dict[str, dict[str, Any]]
    """"events" and "cases" → name, bytes, sha256"""


@dataclass(frozen=True)
class Column:
    """A column of one of the two tables; `categories` where it is stored as codes."""

    name: str
    type: str
    categories: tuple[str, ...] | None = None


def case_hash(case_id: str) -> int:
    """blake2b-64 of a case id's UTF-8: the first key of the canonical case order."""
    return int.from_bytes(hashlib.blake2b(case_id.encode(), digest_size=8).digest(), "big")


def is_store(path: str | Path) -> bool:
    """Whether `path` is the folder of a store."""
    return (Path(path) / INDEX).is_file()


def write_store(
    log: EventLog, path: str | Path, *, parts: int | None = None, key: Key | None = None
) -> Path:
    """Write a log as a store and return its path; an old store there is replaced at once.

    `parts`: number of parts (hash ranges of equal width); default one per two million events.
    `key`: who is behind the log's pseudonyms, written beside the store (see `pseudonymised`).
    Raises `LogError` when the place is something else than a store, or the disk is full.
    """
    target = Path(path)
    check_target(target)
    count = parts or max(1, -(-log.events.height // EVENTS_PER_PART))
    cuts = _cuts(log.cases["case_id"], count)
    codes = log.events["case"]
    firsts = [*(codes.search_sorted(cut, side="left") for cut in cuts[:-1]), codes.len()]
    columns = {"events": columns_of(log.events), "cases": columns_of(log.cases)}
    with drafting(target) as draft:
        written = [
            write_part(
                draft,
                number,
                log.events[firsts[number] : firsts[number + 1]],
                log.cases[cuts[number] : cuts[number + 1]],
                cuts[number],
            )
            for number in range(count)
        ]
        write_index(draft, log.mapping, log.source, log.since, log.until, columns, written, key)
        put_in_place(draft, target, key)
    return target


def put_in_place(draft: Path, target: Path, key: Key | None) -> None:
    """Make a finished draft the store, and its key the store's key.

    A key in which nobody stands is no file: the one before it goes.
    """
    if key:
        write_key(target, key)
    commit(draft, target, INDEX)
    if key:
        settle_key(target)
        return
    drop_provisional(target)
    if key is not None:
        key_path(target).unlink(missing_ok=True)


def _cuts(case_ids: pl.Series, count: int) -> list[int]:
    """Row numbers where each of `count` hash ranges begins, and the number of rows."""
    rows = range(case_ids.len())
    edges = [-(-(number << 64) // count) for number in range(count)]
    found = [bisect_left(rows, edge, key=lambda i: case_hash(case_ids[i])) for edge in edges]
    return [*found, case_ids.len()]


def check_target(path: Path) -> None:
    """Raise `LogError` where writing a store would replace something that is none."""
    if path.is_dir() and (is_store(path) or not any(path.iterdir())):
        return
    if path.exists():
        raise LogError(f"{path}: is there already and is no store; choose another name")


def columns_of(frame: pl.DataFrame) -> list[Column]:
    """What `log.json` says about the columns of a table."""
    import polars as pl

    return [
        Column(name, "enum", tuple(dtype.categories.to_list()))
        if isinstance(dtype, pl.Enum)
        else Column(name, str(dtype))
        for name, dtype in frame.schema.items()
    ]


def encoded(frame: pl.DataFrame) -> pl.DataFrame:
    """The table with codes in the place of categories."""
    import polars as pl

    from polku.log.words import code_type

    return frame.with_columns(
        pl.col(name).to_physical().cast(code_type(len(dtype.categories)))
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Enum)
    )


def write_part(
    draft: Path, number: int, events: pl.DataFrame, cases: pl.DataFrame, first_case: int
) -> Part:
    """Write one part; its tables hold categories or already codes."""
    files = {}
    for table, frame in (("events", encoded(events)), ("cases", encoded(cases))):
        folder = draft / table
        folder.mkdir(exist_ok=True)
        file = folder / "part"
        frame.write_parquet(file, compression="zstd", compression_level=1, statistics=False)
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        name = f"{table}/part-{number:04d}-{digest[:12]}.parquet"
        size = file.stat().st_size
        file.rename(draft / name)
        files[table] = {"name": name, "bytes": size, "sha256": digest}
    return Part(first_case, cases.height, events.height, files)


def write_index(
    draft: Path,
    mapping: Mapping,
    source: Source,
    since: int | None,
    until: int,
    columns: AnyMapping[str, Sequence[Column]],
    parts: Sequence[Part],
    key: Key | None = None,
) -> None:
    """Write `log.json`, the file that makes the parts a store."""
    document = {
        "format": FORMAT,
        "polku": __version__,
        "counts": {
            "matters": sum(p.cases for p in parts),
            "events": sum(p.events for p in parts),
        },
        "since": since,
        "until": until,
        "key": key.fingerprint() if key else None,
        "mapping": mapping.to_dict(),
        "source": source.to_json(),
        "columns": {table: [vars(c) for c in described] for table, described in columns.items()},
        "parts": [vars(p) for p in parts],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (draft / INDEX).write_text(text + "\n", encoding="utf-8")


def read_index(path: str | Path) -> dict[str, Any]:
    """The document `log.json` of a store.

    Raises `LogError` when there is none, it is damaged, or of a newer format.
    """
    path = Path(path)
    try:
        document = json.loads((path / INDEX).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as e:
        raise LogError(
            f"{path}: is no store (it has no {INDEX}); make one with polku import"
        ) from e
    except OSError as e:
        raise LogError(f"{path / INDEX}: cannot be read ({e.strerror}); check the path") from e
    except ValueError as e:
        raise LogError(f"{path / INDEX}: is damaged ({e}); import the log again") from e
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise LogError(
            f"{path / INDEX}: format {found!r} is not known, this version reads {FORMAT}; "
            "update Polku or import the log again"
        )
    return dict(document)


def open_store(
    path: str | Path,
    columns: Collection[str] | None = None,
    *,
    case_columns: Collection[str] | None = None,
    verify: bool = False,
) -> EventLog:
    """Read a store.

    `columns`, `case_columns`: the columns of events and cases to read, in the store's order;
    default all. `verify`: also check each file's SHA-256 (sizes are always checked).
    Raises `LogError` for a newer format, a missing or changed part, or an unknown column.
    """
    path = Path(path)
    document = read_index(path)
    for part in document["parts"]:
        for file in part["files"].values():
            _check(path / file["name"], file, verify)
    described = {
        table: [Column(**c) for c in found] for table, found in document["columns"].items()
    }
    return EventLog(
        events=_table(path, document, "events", described["events"], columns),
        cases=_table(path, document, "cases", described["cases"], case_columns),
        mapping=from_dict(document["mapping"], str(path / INDEX)),
        source=Source.from_json(document["source"]),
        until=document["until"],
        since=document["since"],
    )


def _check(file: Path, expected: AnyMapping[str, Any], verify: bool) -> None:
    try:
        size = file.stat().st_size
    except FileNotFoundError as e:
        raise LogError(f"{file}: this part of the store is missing; import the log again") from e
    if size != expected["bytes"]:
        raise LogError(
            f"{file}: has {size} bytes, {expected['bytes']} were written; import the log again"
        )
    if verify:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != expected["sha256"]:
            raise LogError(f"{file}: was changed after it was written; import the log again")


def _table(
    path: Path,
    document: AnyMapping[str, Any],
    table: str,
    described: Sequence[Column],
    wanted: Collection[str] | None,
) -> pl.DataFrame:
    import polars as pl

    known = [c.name for c in described]
    for name in wanted or ():
        if name not in known:
            raise LogError(f"{path}: the {table} have no column {name!r}; {nearest(name, known)}")
    chosen = [c for c in described if wanted is None or c.name in wanted]
    files = [path / part["files"][table]["name"] for part in document["parts"]]
    names = [c.name for c in chosen]
    try:
        frames = [
            pl.read_parquet(f, columns=names, glob=False, hive_partitioning=False) for f in files
        ]
    except pl.exceptions.PolarsError as e:
        raise LogError(f"{path}: a part is damaged ({_line(e)}); import the log again") from e
    # column by column, each given back at once: a large log is not held twice
    frame = pl.DataFrame(
        [pl.concat([f.drop_in_place(name) for f in frames], rechunk=True) for name in names]
    )
    return frame.with_columns(
        pl.col(c.name).cat.to(pl.Enum(c.categories)) for c in chosen if c.categories is not None
    )


def _line(error: Exception) -> str:
    return str(error).splitlines()[0]
