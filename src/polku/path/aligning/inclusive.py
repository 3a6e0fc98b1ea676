"""Inclusive splits and joins that belong together, as plain transitions.

A split that may take any of its branches and the join of just these branches are encoded exactly:
for a branch that is not taken the split puts a token where the branch would have arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from polku.path.aligning.markings import Transition, unfold


@dataclass(frozen=True)
class _Branch:
    """The places of one branch, and those of them at which the join takes its token."""

    places: frozenset[str]
    arrives: frozenset[str]


@dataclass(frozen=True)
class _Pair:
    """A split, its join and the branches between, each with the place at which it starts."""

    split: list[Transition]
    join: Transition
    starts: tuple[str, ...]
    branches: tuple[_Branch, ...]


def resolve_pairs(transitions: Sequence[Transition], most: int) -> list[Transition]:
    """Replace each matched pair by plain transitions, the innermost first.

    Once matched, a pair takes one token in and gives one out, so what surrounds it is looked at
    with one transition in its place (`seen`). Joins that stay have `waits` still.
    """
    out, seen = list(transitions), list(transitions)
    while (found := _first_pair(seen, most)) is not None:
        out = _encoded(out, found)
        inside = {p for b in found.branches for p in b.places}
        seen = [
            t
            for t in seen
            if t != found.join and t not in found.split and not (t.pre and set(t.pre) <= inside)
        ]
        seen.append(Transition(found.split[0].element, found.split[0].pre, found.join.post))
    return expanded(out)


def expanded(transitions: Sequence[Transition]) -> list[Transition]:
    """Choices as plain transitions: branch after branch is taken or not, and one at least is."""
    out = []
    for t in transitions:
        if not t.choose:
            out.append(t)
            continue
        last = len(t.choose) - 1
        for k, branch in enumerate(t.choose):
            other = t.instead[k : k + 1]
            always = () if k else t.post
            for some in (False, True) if k else (False,):
                here = (f"choice {t.element} {k} {some}",) if k else t.pre
                on = [] if k == last else [f"choice {t.element} {k + 1} {True}"]
                off = [] if k == last else [f"choice {t.element} {k + 1} {some}"]
                out.append(Transition(t.element, here, (*always, branch, *on)))
                if some or k < last:
                    out.append(Transition(t.element, here, (*always, *other, *off)))
    return out


def _splits(transitions: Sequence[Transition]) -> list[list[Transition]]:
    """Silent transitions of one element from one place, where there are several ways on."""
    grouped: dict[tuple[str, str], list[Transition]] = {}
    for t in transitions:
        if t.label is None and len(t.pre) == 1 and not t.ends:
            grouped.setdefault((t.element, t.pre[0]), []).append(t)
    return [g for g in grouped.values() if len({p for t in g for p in (*t.post, *t.choose)}) > 1]


def _first_pair(transitions: list[Transition], most: int) -> _Pair | None:
    for join in [t for t in transitions if t.waits]:
        for split in _splits(transitions):
            found = _pair(transitions, split, join, most)
            if found is not None:
                return found
    return None


def _pair(
    transitions: list[Transition], split: list[Transition], join: Transition, most: int
) -> _Pair | None:
    """A split and a join as a pair; None where the two do not belong together."""
    starts = list(dict.fromkeys(p for t in split for p in (*t.post, *t.choose)))
    if split[0].element == join.element:
        return None  # a mixed gateway
    if any(split[0].pre == t.pre for t in transitions if t not in split):
        return None  # a place with other ways on
    others = expanded([t for t in transitions if t is not join and t not in split])
    branches = []
    for start in starts:
        branch = _branch(others, start, join, most)
        if branch is None:
            return None
        branches.append(branch)
    every = [p for b in branches for p in b.places]
    if len(every) != len(set(every)) or {p for b in branches for p in b.arrives} != set(join.waits):
        return None
    for t in others:  # nothing else leads into a branch
        if any(set(t.post) & b.places and not set(t.pre) <= b.places for b in branches):
            return None
    return _Pair(split, join, tuple(starts), tuple(branches))


def _encoded(transitions: list[Transition], pair: _Pair) -> list[Transition]:
    """The transitions with a pair made plain."""
    join = pair.join
    arrived = {s: f"arrived {join.element} {k}" for k, s in enumerate(pair.starts)}
    out: list[Transition] = []
    for t in transitions:
        if t == join:
            for start, branch in zip(pair.starts, pair.branches, strict=True):
                out += [
                    Transition(join.element, (p,), (arrived[start],))
                    for p in join.waits
                    if p in branch.arrives
                ]
            out.append(replace(join, waits=(), pre=tuple(arrived.values())))
        elif t in pair.split:
            skipped = tuple(arrived[s] for s in pair.starts if s not in (*t.post, *t.choose))
            instead = tuple(arrived[s] for s in t.choose)
            out.append(replace(t, post=(*t.post, *skipped), instead=instead))
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
