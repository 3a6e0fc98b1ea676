"""The verb `read`: a log from any place, mapped and built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from polku.errors import LogError
from polku.log.mapping import Mapping, load

if TYPE_CHECKING:
    from polku.log.eventlog import EventLog


def read(path: str | Path, mapping: Mapping | str | Path | None = None, **options: Any) -> EventLog:
    """Read a log of any known form, or open a store.

    Parameters: `path` a file, folder, store or database URL; `mapping` a mapping, or the path of a
    mapping file (what it does not say is guessed); `options` go to the reader.
    Raises `LogError` for a file that cannot be read, `MappingError` for a mapping that does not
    fit it.
    """
    if not str(path).strip():
        raise LogError("the name of the log is empty; name a file, a folder, a URL or a store")
    log = read_part(path, mapping, **options)
    if not (Path(path) / "log.json").is_file():
        from polku.log.absent import refuse_endless
        from polku.log.words import present

        place = ", ".join(f.name for f in log.source.files[:1]) or "log"
        refuse_endless(log.mapping, present(log.events["activity"]), place)
    return log


def read_part(
    path: str | Path, mapping: Mapping | str | Path | None = None, **options: Any
) -> EventLog:
    """Read a log that is to be linked with others, in which its matters may end; see `read`."""
    if (Path(path) / "log.json").is_file():
        from polku.log.store import open_store

        return open_store(path, **options)
    from polku.log.build import build
    from polku.log.guess import guess
    from polku.log.origin import with_origin
    from polku.log.readers.registry import read_raw

    given = mapping if mapping is None or isinstance(mapping, Mapping) else load(mapping)
    raw = read_raw(path, mapping=given, **options)
    if given is None and raw.mapping is not None:
        return with_origin(build(raw, raw.mapping))
    guessed = guess(raw, given)
    return build(raw, guessed.mapping).assuming(*guessed.assumptions)
