"""Where an exported log came from: its provenance goes along in the mapping beside the file."""

from __future__ import annotations

import json
from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from typing import TYPE_CHECKING

from polku.errors import MappingError
from polku.log.mapping import Mapping
from polku.log.source import Source

if TYPE_CHECKING:
    from polku.log.eventlog import EventLog


def packed(source: Source, sha256: str) -> dict[str, str]:
    """The section `[provenance]` for an export: the file's SHA-256 and the log's source."""
    text = json.dumps(source.to_json(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return {"sha256": sha256, "source": text}


def original(source: Source, provenance: AnyMapping[str, str]) -> Source:
    """The source of a log that was read from an export: that of the log that was exported.

    Only while the file is as it was exported; one that was changed since is a log of its own.
    The files are those that were read now. Raises `MappingError` when the section is damaged.
    """
    if not provenance or provenance.get("sha256") not in {f.sha256 for f in source.files}:
        return source
    try:
        before = Source.from_json(json.loads(provenance["source"]))
    except (ValueError, KeyError, TypeError) as e:
        raise MappingError(
            "[provenance] source: is damaged; export the log again, or delete the section"
        ) from e
    return replace(before, files=source.files)


def with_origin(log: EventLog) -> EventLog:
    """The log with the provenance that its mapping brought along, which is taken off."""
    mapping: Mapping = log.mapping
    if not mapping.provenance:
        return log
    source = original(log.source, mapping.provenance)
    return replace(log, source=source, mapping=replace(mapping, provenance={}))
