"""What whoever reads the evidence has to know: sentences about what it cannot tell."""

from __future__ import annotations

from collections.abc import Sequence

from polku.path.model import Path
from polku.redesign.prototype import Prototype
from polku.simulate.scenario import Scenario

FEW = 100
"""Matters below which shares and medians are mostly chance."""
MANY_OPEN = 0.2
"""Share of open matters from which figures hang on how long they go on."""


def simulated_cautions(
    current: Prototype, matters: int, ended: int, never: Sequence[str]
) -> tuple[str, ...]:
    """Cautions of a simulated current state."""
    found = []
    if matters - ended > MANY_OPEN * matters:
        found.append(
            f"{(matters - ended) / matters:.0%} of the simulated matters had not ended: the "
            "scenario's window is short for this path, or its people cannot keep up."
        )
    if never:
        found.append(f"Never done in the simulation, so nothing is known of: {names(never)}.")
    return (*few(matters), *found, *path_cautions(current.path), *pool_cautions(current.scenario))


def few(matters: int) -> tuple[str, ...]:
    """That there are few matters."""
    if matters >= FEW:
        return ()
    return (f"Only {matters} matters: shares and medians are mostly chance.",)


def path_cautions(path: Path) -> tuple[str, ...]:
    """What the path does not say and moves would have to respect."""
    found = []
    holders = {n.within for n in path.nodes if n.within is not None}
    steps = [s for s in path.steps if s.id not in holders]
    if not any(s.facts.documents or s.reads or s.writes for s in steps):
        found.append(
            "The path does not say which documents its steps make and use, so no move is refused "
            "because a step needs what another brings."
        )
    told = (s.facts for s in steps)
    if not any(f.delay or f.separate_from or f.fixed or f.deadlines for f in told):
        found.append(
            "The path names no law, no statutory period and no separation of duties, so no move is "
            "refused for them: ask somebody who knows before one is tried."
        )
    lanes = {lane.id for s in steps if not path.by_customer(s) and (lane := path.lane_of(s))}
    if not lanes:
        found.append(
            "The path has no lanes of agencies, so hand-overs cannot be told and no move says whom "
            "it asks."
        )
    elif len(lanes) == 1:
        found.append("All steps stand in one lane, so hand-overs between units cannot be told.")
    return tuple(found)


def pool_cautions(scenario: Scenario) -> tuple[str, ...]:
    """That nobody has to be free for the steps, so that staff makes no difference."""
    if any(n.pool is not None for n in scenario.steps.values()):
        return ()
    return (
        "No step of the scenario needs people: work is told as time that passes, so hours of staff "
        "make no difference.",
    )


def names(ids: Sequence[str], most: int = 5) -> str:
    """A few of the names, and how many more there are."""
    more = len(ids) - most
    return ", ".join(ids[:most]) + (f" and {more} more" if more > 0 else "")
