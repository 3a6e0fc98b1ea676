"""What a command can compare: a log or store, facts, or a measurement's JSON."""

from __future__ import annotations

from collections.abc import Sequence

from polku.errors import ComparisonError
from polku.log.eventlog import EventLog
from polku.log.mapping import Mapping
from polku.log.read import read
from polku.measure.agreed import AgreedSet
from polku.measure.comparing import compare, compare_at, compare_by
from polku.measure.comparison import Comparison
from polku.measure.facts import Facts
from polku.measure.facts_file import facts_head, load_facts
from polku.measure.measurement import Measurement, is_measurement_file
from polku.measure.measuring import measure


def open_subject(path: str, mapping: Mapping | None = None) -> EventLog | Facts | Measurement:
    """A measurement's JSON, a facts file, or whatever `read` reads.

    Raises what the reader of that form raises.
    """
    if is_measurement_file(path):
        return Measurement.load(path)
    if path.endswith(".parquet") and facts_head(path) is not None:
        return load_facts(path)
    return read(path, mapping)


def compare_files(
    paths: Sequence[str],
    *,
    at: str | None = None,
    by: str | None = None,
    control: Sequence[str] | None = None,
    mapping: Mapping | None = None,
    agreed: AgreedSet | None = None,
    seed: int = 0,
) -> Comparison:
    """Compare two files, or the periods (`at`) or segments (`by`) of one.

    `control`: two files of a path or town without the change; with `at` one is enough.
    Raises `ComparisonError` when the number of files does not fit what is asked.
    """
    if at and by:
        raise ComparisonError("--at and --by: choose one of them")
    one = bool(at or by)
    if len(paths) != (1 if one else 2):
        raise ComparisonError(
            f"{len(paths)} logs are named; give "
            + ("one with --at or --by" if one else "BEFORE and AFTER, or one with --at or --by")
        )
    subjects = [open_subject(p, mapping) for p in paths]
    if control is not None and by:
        raise ComparisonError("--control: goes with BEFORE AFTER or --at, not with --by")
    others = [_with_matters(open_subject(p, mapping), p) for p in control or ()]
    if at:
        if len(others) > 1:
            raise ComparisonError("--control: with --at name one log; it is split at the same date")
        only = _with_matters(subjects[0], paths[0])
        return compare_at(only, at, control=others[0] if others else None, agreed=agreed, seed=seed)
    if by:
        return compare_by(_with_matters(subjects[0], paths[0]), by, agreed=agreed, seed=seed)
    if others and len(others) != 2:
        raise ComparisonError("--control: name two logs, BEFORE and AFTER")
    measured = [isinstance(s, Measurement) for s in subjects]
    if any(measured) and not all(measured):
        subjects = [
            s if isinstance(s, Measurement) else measure(s, agreed=agreed, seed=seed)
            for s in subjects
        ]
    return compare(
        subjects[0],
        subjects[1],
        control=(others[0], others[1]) if others else None,
        agreed=agreed,
        seed=seed,
    )


def _with_matters(subject: EventLog | Facts | Measurement, path: str) -> EventLog | Facts:
    if isinstance(subject, Measurement):
        raise ComparisonError(
            f"{path}: is a measurement, but this needs the matters behind it; give the log, the "
            "store or a facts file (polku facts)"
        )
    return subject
