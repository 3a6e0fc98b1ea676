"""Inclusive splits and joins that belong together, as plain transitions.

A split that may take any of its branches and the join of just these branches are encoded exactly:
for a branch that is not taken the split puts a token where the branch would have arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from polku.path.markings import Transition, unfold


@dataclass(frozen=True)
class _Branch:
    """The places of one branch, and those of them at which the join takes its token."""

    places: frozenset[str]
    arrives: frozenset[str]


def resolve_pairs(transitions: Sequence[Transition], most: int) -> list[Transition]:
    """Replace each matched pair by plain transitions, the innermost first.

    Joins that stay have `waits` still.
    """
    out = list(transitions)
    while True:
        for join in [t for t in out if t.waits]:
            pairs = (_pair(out, split, join, most) for split in _splits(out))
            found = next((pair for pair in pairs if pair is not None), None)
            if found is not None:
                out = found
                break
        else:
            return out


def _splits(transitions: Sequence[Transition]) -> list[list[Transition]]:
    """Silent transitions of one element from one place, where there are several ways on."""
    grouped: dict[tuple[str, str], list[Transition]] = {}
    for t in transitions:
        if t.label is None and len(t.pre) == 1 and not t.ends:
            grouped.setdefault((t.element, t.pre[0]), []).append(t)
    return [g for g in grouped.values() if len({p for t in g for p in t.post}) > 1]


def _pair(
    transitions: list[Transition], mine: list[Transition], join: Transition, most: int
) -> list[Transition] | None:
    """The transitions with this pair resolved; None where the two do not belong together."""
    starts = list(dict.fromkeys(p for t in mine for p in t.post))
    if mine[0].element == join.element or any(
        mine[0].pre == t.pre for t in transitions if t not in mine
    ):
        return None  # a mixed gateway, or a place with other ways on
    others = [t for t in transitions if t is not join and t not in mine]
    branches = [_branch(others, start, join, most) for start in starts]
    if any(b is None for b in branches):
        return None
    known = [b for b in branches if b is not None]
    every = [p for b in known for p in b.places]
    if len(every) != len(set(every)) or {p for b in known for p in b.arrives} != set(join.waits):
        return None
    for t in others:  # nothing else leads into a branch
        if any(set(t.post) & b.places and not set(t.pre) <= b.places for b in known):
            return None
    arrived = {s: f"arrived {join.element} {k}" for k, s in enumerate(starts)}
    out: list[Transition] = []
    for t in transitions:
        if t is join:
            for start, branch in zip(starts, known, strict=True):
                out += [
                    Transition(join.element, (p,), (arrived[start],))
                    for p in join.waits
                    if p in branch.arrives
                ]
            out.append(replace(join, waits=(), pre=tuple(arrived.values())))
        elif t in mine:
            skipped = tuple(arrived[s] for s in starts if s not in t.post)
            out.append(replace(t, post=(*t.post, *skipped)))
        else:
            out.append(t)
    return out


def _branch(
    transitions: list[Transition], start: str, join: Transition, most: int
) -> _Branch | None:
    """What one token at `start` can do before the join, if it always arrives there alone."""
    if any(t.waits and start in t.waits for t in transitions):
        return None
    found = unfold([t for t in transitions if not t.waits], (start,), most)
    if found is None:
        return None
    follows = {s.source for s in found.steps}
    ending = {t.element for t in transitions if t.ends}
    if any(s.element in ending or s.to < 0 for s in found.steps):
        return None
    arrives: set[str] = set()
    for k, marking in enumerate(found.markings):
        at_join = set(marking) & set(join.waits)
        if (at_join and len(marking) > 1) or (not at_join and k not in follows):
            return None
        arrives |= at_join
    if not arrives:
        return None
    return _Branch(frozenset(p for m in found.markings for p in m), frozenset(arrives))
