"""What can be compared, by its path: a log, a store, facts, or a measurement's JSON."""

from __future__ import annotations

from pathlib import Path

from polku.errors import ComparisonError
from polku.log.eventlog import EventLog
from polku.log.mapping import Mapping
from polku.measure.facts import Facts
from polku.measure.measurement import Measurement

_HEAD = 4096


def load_subject(
    path: str | Path, mapping: Mapping | None = None
) -> EventLog | Facts | Measurement:
    """Read what stands at a path: a measurement's JSON, a facts file, or else a log.

    `mapping`: how to read a log that is not yet a store. Raises `LogError`, `MappingError` or
    `ComparisonError` in one line.
    """
    place = Path(path)
    if place.suffix == ".json" and place.is_file():
        with place.open("rb") as file:
            head = file.read(_HEAD)
        if b'"polku.measurement/' in head:
            return Measurement.load(place)
        if b'"polku.comparison/' in head:
            raise ComparisonError(
                f"{place}: is a comparison; give the logs, stores, facts or measurements themselves"
            )
    if place.suffix == ".parquet" and place.is_file():
        from polku.measure.facts_file import facts_head, load_facts

        if facts_head(place) is not None:
            return load_facts(place)
    from polku.log.read import read

    return read(path, mapping)
