"""Soundness: what the exploration of the states found, told by the gateway or step at fault."""

from __future__ import annotations

from collections.abc import Iterator

from polku.path.checking.findings import Found, Subject, rule
from polku.path.checking.soundness import Problem


def _problems(at: Subject, kind: str) -> Iterator[tuple[Problem, tuple[str, ...]]]:
    """Problems of one kind, with the names of the nodes on the way there."""
    for problem in at.soundness.problems:
        if problem.kind == kind:
            yield problem, tuple(at.name(id) or id for id in problem.witness)


def _listed(at: Subject, ids: tuple[str, ...]) -> str:
    some = ", ".join(at.call(i) for i in ids[:3])
    return f"{some} and {len(ids) - 3} more" if len(ids) > 3 else some


def _never(at: Subject, problem: Problem) -> str:
    """What can never happen because of it; gateways are not named."""
    gateways = {g.id for g in at.path.gateways}
    ids = tuple(i for i in problem.never if i not in gateways)
    return f"; {_listed(at, ids)} can never happen" if ids else ""


@rule(
    "P301",
    "error",
    "the matter gets stuck: a gateway waits for what cannot come",
    "join exclusive branches with an exclusive gateway, or divide them with a parallel one",
)
def stuck(at: Subject) -> Iterator[Found]:
    """Nothing waits for ever."""
    for problem, witness in _problems(at, "stuck"):
        by = _listed(at, problem.missing)
        what = f"waits for ever for what comes by {by}" if by else "waits for ever"
        yield Found(problem.nodes, what + _never(at, problem), witness=witness)


@rule(
    "P302",
    "error",
    "the same thing happens twice: parallel branches come together unjoined",
    "join the branches with a parallel (or inclusive) gateway before it",
)
def twice(at: Subject) -> Iterator[Found]:
    """No step or end is reached again while the first time is under way."""
    for problem, witness in _problems(at, "twice"):
        yield Found(
            problem.nodes,
            "is reached a second time while what came first is under way",
            witness=witness,
        )


@rule(
    "P303",
    "error",
    "the matter goes round for ever",
    "let what these wait for end, or lead a way out",
)
def endless(at: Subject) -> Iterator[Found]:
    """From every state the end can be reached."""
    for problem, witness in _problems(at, "endless"):
        found = "go on happening, and no end can be reached" + _never(at, problem)
        yield Found(problem.nodes, found, witness=witness)


@rule(
    "P304",
    "error",
    "something that can never happen",
    "lead a way to it that can be taken, or take it out",
)
def dead(at: Subject) -> Iterator[Found]:
    """Every step, event and gateway can happen."""
    for problem, _ in _problems(at, "dead"):
        yield Found(
            problem.nodes, f"{_listed(at, problem.nodes)} can never happen, whichever way is taken"
        )


@rule(
    "P305",
    "error",
    "soundness is not decided",
    "put parallel parts into sub-processes or divide the path; nothing is known either way",
)
def not_decided(at: Subject) -> Iterator[Found]:
    """The exploration came to a verdict."""
    if at.soundness.verdict == "not_decided":
        yield Found(
            None, f"not decided ({at.soundness.states:,} states looked at): {at.soundness.note}"
        )
