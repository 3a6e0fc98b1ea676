"""The registry of readers: one door for the formats that come with Polku and for anyone's.

A reader is a function `(place, *, mapping=None, **options) -> RawTable`, registered under a name
with the suffixes it goes by and, better, a function that recognises the content. Other packages
add theirs through the entry point group `polku.readers` (its value is a module that registers).
"""

from __future__ import annotations

import gzip
import importlib
import inspect
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polku.errors import LogError
from polku.log.mapping import nearest
from polku.log.readers.provenance import sidecar

if TYPE_CHECKING:
    from polku.log.mapping import Mapping
    from polku.log.raw import RawTable

Read = Callable[..., "RawTable"]
GZIP = b"\x1f\x8b"
HEAD = 64 << 10
"""Bytes of the (unzipped) beginning of a file that a sniffer sees."""

_BUILT_IN = ("xes", "delimited", "parquet", "xlsx", "database", "folder", "ocel", "diary")


@dataclass(frozen=True)
class Probe:
    """What a sniffer sees of a file: its path, the unzipped beginning, whether it is zipped.

    `name` is the file's name in lower case without `.gz`.
    """

    path: Path
    head: bytes
    name: str
    gzipped: bool

    @property
    def text(self) -> str:
        """The beginning as text, whatever its encoding, for a look at tags and keys."""
        if self.head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return self.head.decode("utf-16", "replace")
        return self.head.decode("utf-8-sig", "replace")


Sniff = Callable[[Probe], bool]


@dataclass(frozen=True)
class Reader:
    """A registered reader; of several that recognise a content the highest `rank` reads it."""

    name: str
    read: Read
    suffixes: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    sniff: Sniff | None = None
    rank: int = 0
    options: frozenset[str] = field(default=frozenset())


_readers: dict[str, Reader] = {}


def reader(
    name: str,
    *,
    suffixes: tuple[str, ...] = (),
    schemes: tuple[str, ...] = (),
    sniff: Sniff | None = None,
    rank: int = 0,
) -> Callable[[Read], Read]:
    """Register the decorated function as the reader of a format.

    `suffixes` (".xes", ".xes.gz") and `schemes` ("sqlite") say which names it goes by; `sniff`
    recognises a content and wins over any suffix; `rank` decides between several that do.
    Raises `ValueError` for a name that another function has taken.
    """

    def register(read: Read) -> Read:
        known = _readers.get(name)
        if known and (known.read.__module__, known.read.__qualname__) != (
            read.__module__,
            read.__qualname__,
        ):
            raise ValueError(f"a reader named {name!r} is registered already")
        options = frozenset(inspect.signature(read).parameters) - {"mapping"}
        first = next(iter(inspect.signature(read).parameters))
        _readers[name] = Reader(name, read, suffixes, schemes, sniff, rank, options - {first})
        return read

    return register


@cache
def _load() -> None:
    for module in _BUILT_IN:
        importlib.import_module(f"polku.log.readers.{module}")
    for entry in entry_points(group="polku.readers"):
        entry.load()


def readers() -> dict[str, Reader]:
    """All readers by name, the highest rank first."""
    _load()
    return dict(sorted(_readers.items(), key=lambda item: (-item[1].rank, item[0])))


def probe(path: Path) -> Probe:
    """Look at the beginning of a file.

    Raises `LogError` when it cannot be opened, is empty, or is a gzip file cut off at once.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        zipped = head[:2] == GZIP
        if zipped:
            with gzip.open(path) as unzipped:
                head = unzipped.read(HEAD)
    except EOFError:
        # cut off within the first 64 KiB: the reader says so; here show what there is
        head = zlib.decompressobj(31).decompress(head)
    except (gzip.BadGzipFile, zlib.error) as e:
        raise LogError(f"{path}: is a damaged gzip file ({e}); fetch the file again") from e
    except OSError as e:
        raise LogError(f"{path}: cannot be opened ({e.strerror}); check the path") from e
    if not head:
        raise LogError(f"{path}: is empty; export the log again")
    name = path.name.lower()
    return Probe(path, head, name.removesuffix(".gz") if zipped else name, zipped)


def reader_for(path: Path) -> Reader:
    """The reader that a file's content, or else its suffix, asks for.

    Raises `LogError` when none does.
    """
    seen = probe(path)
    for known in readers().values():
        if known.sniff is not None and known.sniff(seen):
            return known
    for known in readers().values():
        if any(seen.name.endswith(s.removesuffix(".gz")) for s in known.suffixes):
            return known
    forms = ", ".join(sorted({s for r in readers().values() for s in r.suffixes}))
    raise LogError(
        f"{path}: neither its content nor its name is of a known form; known are {forms}"
    )


def read_raw(
    place: str | Path, *, mapping: Mapping | None = None, form: str | None = None, **options: Any
) -> RawTable:
    """Read the rows of a log from a file, a folder, or a database URL, before any mapping.

    `place`: a path, `book.xlsx#Sheet`, or `sqlite:///f.db?table=events`,
    `postgresql://user@host/db?query=…`. `mapping` helps readers that have to choose (OCEL case
    type). `form` names a reader instead of finding it out. `options` go to the reader
    (`delimiter`, `encoding`, `sheet`, `table`, `query`, `case_type`).

    Raises `LogError` with the place, what was found and what to do.
    """
    text = str(place)
    known = readers()
    if form is not None and form not in known:
        raise LogError(f"{text}: no reader is named {form!r}; {nearest(form, known)}")
    scheme = text.split("://", 1)[0] if "://" in text else ""
    if scheme:
        found = next((r for r in known.values() if scheme in r.schemes), None)
        if found is None:
            schemes = ", ".join(sorted(s for r in known.values() for s in r.schemes))
            raise LogError(f"{text.split('@')[-1]}: no reader for {scheme}://; known are {schemes}")
        return _call(found, text, text.split("@")[-1], mapping, options)
    path = Path(place)
    if not path.exists() and "#" in path.name:
        name, sheet = path.name.rsplit("#", 1)
        path, options = path.with_name(name), {"sheet": sheet, **options}
    if form is not None:
        chosen = known[form]
    elif path.is_dir():
        chosen = known["folder"]
    else:
        chosen = reader_for(path)
    return _call(chosen, path, str(path), mapping, options)


def _call(
    chosen: Reader, place: str | Path, text: str, mapping: Mapping | None, options: dict[str, Any]
) -> RawTable:
    for option in options:
        if option not in chosen.options and chosen.name != "folder":
            what = nearest(option, chosen.options) if chosen.options else "it has none"
            raise LogError(f"{text}: the {chosen.name} reader has no option {option!r}; {what}")
    found = chosen.read(place, mapping=mapping, **options)
    if found.mapping is None and isinstance(place, Path):
        return replace(found, mapping=sidecar(place))
    return found
