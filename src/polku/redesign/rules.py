"""What no move may touch: marks, law, separation of duties, and documents that must be there first.

Each function gives the reason as a part of a sentence, or None.
"""

from __future__ import annotations

from collections.abc import Iterable

from polku.path.model import Path, Step
from polku.redesign.surgery import step_of

_LEGAL_DELAYS = {"statutory": "a statutory period", "hearing": "a hearing"}


def missing(path: Path, ids: Iterable[str]) -> str | None:
    """Where one of the ids is no step of the path, with the nearest that is."""
    from polku.log.mapping import nearest

    for id in ids:
        if step_of(path, id) is None:
            return f"there is no step {id!r} in the path; {nearest(id, [s.id for s in path.steps])}"
    return None


def told(step: Step) -> str:
    """A step as messages name it."""
    return f"{step.name!r} ({step.id})" if step.name else step.id


def fixed(step: Step) -> str | None:
    """That a step is marked as one that may not be moved, merged or dropped."""
    if step.facts.fixed is None:
        return None
    return f"{told(step)} may not be moved, merged or dropped: {step.facts.fixed}"


def lawful(step: Step) -> str | None:
    """That law stands behind a step: a statutory period, a hearing, a deadline with its basis."""
    if step.facts.delay in _LEGAL_DELAYS:
        return f"{told(step)} holds {_LEGAL_DELAYS[step.facts.delay]}"
    basis = next((d.origin.basis for d in step.facts.deadlines if d.origin.basis), None)
    return None if basis is None else f"{told(step)} stands on law: {basis}"


def keeps(step: Step) -> str | None:
    """Why a step may not be dropped: its mark, or law."""
    return fixed(step) or lawful(step)


def separated(path: Path, ids: Iterable[str]) -> str | None:
    """That two of these steps must be done by different people."""
    steps = [s for i in ids if (s := step_of(path, i)) is not None]
    for a in steps:
        for b in steps:
            if b.id in a.facts.separate_from:
                return f"{told(a)} and {told(b)} must be done by different people"
    return None


def made_by(step: Step) -> set[str]:
    """Keys of documents and ids of data that a step brings forth: asked, made, fetched, written."""
    given = {d.key for d in step.facts.documents if d.role in ("asked", "made", "fetched")}
    return given | set(step.writes)


def used_by(step: Step) -> set[str]:
    """Keys of documents and ids of data that a step works with."""
    return {d.key for d in step.facts.documents if d.role == "used"} | set(step.reads)


def must_follow(later: Step, earlier: Step) -> str | None:
    """Why one step must come after another: it uses what the other makes, or law has it so."""
    needed = used_by(later) & made_by(earlier)
    if needed:
        return f"{told(later)} needs {', '.join(sorted(needed))}, which {told(earlier)} brings"
    if earlier.facts.delay in _LEGAL_DELAYS:
        return f"{told(earlier)} holds {_LEGAL_DELAYS[earlier.facts.delay]}, which runs first"
    if later.facts.delay in _LEGAL_DELAYS:
        return f"{told(later)} holds {_LEGAL_DELAYS[later.facts.delay]}, whose beginning is set"
    return None
