"""A net with fewer silent transitions and the same words.

Rules of Murata (1989, "Petri Nets: Properties, Analysis and Applications", section V), for nets of
which only the words count: a token whose one way on is silent is as good as moved on, and a silent
move that nothing else leads past may as well be made when it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from polku.path.aligning.markings import Transition


def reduced(
    transitions: Sequence[Transition], initial: tuple[str, ...]
) -> tuple[list[Transition], tuple[str, ...]]:
    """The transitions and first places of a net with the same words and beginnings of words."""
    out = _distinct(transitions)
    while True:
        found = _moved_on(out, initial) or _made_later(out, initial)
        if found is None:
            return out, initial
        out, initial = _distinct(found[0]), found[1]


_Found = tuple[list[Transition], tuple[str, ...]] | None


def _distinct(transitions: Sequence[Transition]) -> list[Transition]:
    """Without silent moves to where they came from, and without a second one of the same effect."""
    kept: dict[tuple[object, ...], Transition] = {}
    for t in transitions:
        pre, post = tuple(sorted(t.pre)), tuple(sorted(t.post))
        if t.label is not None or pre != post:
            element = t.element if t.label is not None else ""
            kept.setdefault((pre, post, t.label, element), t)
    return list(kept.values())


def _moved_on(transitions: list[Transition], initial: tuple[str, ...]) -> _Found:
    """A place with one silent way on is left out: its tokens come to where that leads."""
    takers: dict[str, list[Transition]] = {}
    for t in transitions:
        for place in dict.fromkeys(t.pre):
            takers.setdefault(place, []).append(t)
    for place, of_place in takers.items():
        only = of_place[0]
        if len(of_place) > 1 or only.label is not None or only.pre != (place,):
            continue
        if place in only.post:
            continue

        def to(
            places: tuple[str, ...], place: str = place, only: Transition = only
        ) -> tuple[str, ...]:
            return tuple(q for p in places for q in (only.post if p == place else (p,)))

        fewer = [
            replace(t, post=to(t.post)) if place in t.post else t
            for t in transitions
            if t is not only
        ]
        return fewer, to(initial)
    return None


def _made_later(transitions: list[Transition], initial: tuple[str, ...]) -> _Found:
    """A place with one silent way to it is left out: what takes its tokens takes them before."""
    makers: dict[str, list[Transition]] = {}
    for t in transitions:
        for place in t.post:
            makers.setdefault(place, []).append(t)
    for place, of_place in makers.items():
        only = of_place[0]
        if len(of_place) > 1 or only.label is not None or len(only.pre) != 1:
            continue
        if only.post != (place,) or place in initial or place in only.pre:
            continue
        out = []
        for t in transitions:
            if t is only:
                continue
            if place in t.pre:
                pre = tuple(only.pre[0] if p == place else p for p in t.pre)
                t = replace(t, pre=pre, via=t.via or t.pre[0])
            out.append(t)
        return out, initial
    return None
