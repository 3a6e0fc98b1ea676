"""Markings of a net: how many tokens stand where, which follow each other, and all of a part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Ending = Literal["", "terminate", "error"]
Marking: TypeAlias = tuple[str, ...]
"""The places of all tokens, sorted; a place with two tokens stands twice."""

MOST_MARKINGS = 2_000
"""A part of a path with more markings is not unfolded."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What may happen: tokens are taken from `pre` and put on `post` (places).

    `label`: what a log calls it, None = silent; `element`: id of the element of the path that it
    stands for; `ends`: it takes all other tokens of its scope with it (a terminate end, an error).
    `waits`: it is an inclusive join of these places; its `pre` is empty then, for it takes a token
    from each place that has one, when none can still come to the others.
    `choose`: it also puts a token on any of these places, at least on one of them, and for those
    it does not choose on the places of the same position in `instead`, where there are any.
    `via`: the first place that it took tokens from before the net was reduced, "" = of `pre`.
    """

    element: str
    pre: tuple[str, ...]
    post: tuple[str, ...]
    label: str | None = None
    ends: Ending = ""
    waits: tuple[str, ...] = ()
    choose: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    via: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One edge between two numbered markings; `to` -1 = an error leaves the part."""

    source: int
    to: int
    label: str | None
    element: str


@dataclass(frozen=True, slots=True)
class Unfolded:
    """All markings of a part, the first one first, and the steps between them."""

    markings: tuple[Marking, ...]
    steps: tuple[Step, ...]


def after(marking: Marking, transition: Transition) -> Marking | None:
    """The marking after a plain transition; None where it cannot happen."""
    rest = list(marking)
    for place in transition.pre:
        if place not in rest:
            return None
        rest.remove(place)
    return tuple(sorted([*rest, *transition.post]))


def unfold(
    transitions: Sequence[Transition], start: Marking, most: int = MOST_MARKINGS
) -> Unfolded | None:
    """All markings that can follow `start`, in the order of a breadth-first search.

    An inclusive join waits as BPMN 2.0 (OMG formal/2011-01-03, table 13.3) says: for every token
    from which a way leads to an empty incoming flow, unless one leads to a filled one too.
    Returns None where there are more than `most`.
    """
    reach = _Reach(transitions)
    number: dict[Marking, int] = {start: 0}
    order, steps = [start], []
    for at in order:
        for transition in transitions:
            step = reach.joined if transition.waits else after
            follows = step(at, transition)
            if follows is None:
                continue
            if transition.ends == "error":
                steps.append(Step(number[at], -1, transition.label, transition.element))
                continue
            if transition.ends:
                follows = ()
            if follows not in number:
                if len(order) >= most:
                    return None
                number[follows] = len(order)
                order.append(follows)
            edge = Step(number[at], number[follows], transition.label, transition.element)
            if edge.label is not None or edge.source != edge.to:
                steps.append(edge)
    return Unfolded(tuple(order), tuple(dict.fromkeys(steps)))


def ending_at_once(
    transitions: Sequence[Transition], takes_time: Callable[[str], bool]
) -> list[Transition]:
    """Let an end that takes all other tokens with it come at once with what leads to it.

    Gateways and ends take no time: between a step and the terminate end behind it nothing else
    happens. So the place before such an end is left out, and so are those before gateways on the
    way to it; where tokens never multiply nothing needs to change.
    """
    out = list(transitions)
    if all(len(t.post) <= 1 for t in out):
        return out
    while (place := _before_an_end(out, takes_time)) is not None:
        follows = [t for t in out if t.pre == (place,)]
        made: list[Transition] = []
        for t in out:
            if place not in t.post:
                made += [t] if t not in follows else []
                continue
            rest = list(t.post)
            rest.remove(place)
            for then in follows:
                if then.ends:
                    made.append(replace(t, post=(), ends=then.ends))
                else:
                    made.append(replace(t, post=(*rest, *then.post)))
        out = list(dict.fromkeys(made))
    return out


def _before_an_end(
    transitions: Sequence[Transition], takes_time: Callable[[str], bool]
) -> str | None:
    """A place from which such an end follows at once."""
    produced = {p for t in transitions for p in t.post}
    for end in transitions:
        if not end.ends or len(end.pre) != 1 or end.label is not None:
            continue
        place = end.pre[0]
        follows = [t for t in transitions if place in (*t.pre, *t.waits)]
        at_once = all(
            t.pre == (place,) and t.label is None and place not in t.post
            and not takes_time(t.element)
            for t in follows
        )  # fmt: skip
        if at_once and place in produced:
            return place
    return None


class _Reach:
    """Which places a token can come to from where, without passing one inclusive join."""

    def __init__(self, transitions: Iterable[Transition]) -> None:
        self._transitions = tuple(transitions)
        self._known: dict[tuple[str, str], frozenset[str]] = {}

    def _from(self, place: str, join: Transition) -> frozenset[str]:
        key = (place, join.element)
        if key not in self._known:
            seen, todo = {place}, [place]
            while todo:
                at = todo.pop()
                for t in self._transitions:
                    if t.element != join.element and at in (*t.pre, *t.waits):
                        todo += [p for p in t.post if p not in seen]
                        seen.update(t.post)
            self._known[key] = frozenset(seen)
        return self._known[key]

    def joined(self, marking: Marking, join: Transition) -> Marking | None:
        """The marking after an inclusive join; None where it still waits."""
        filled = {p for p in join.waits if p in marking}
        if not filled:
            return None
        empty = set(join.waits) - filled
        for place in set(marking) - filled:
            found = self._from(place, join)
            if found & empty and not found & filled:
                return None
        rest = list(marking)
        for place in filled:
            rest.remove(place)
        return tuple(sorted([*rest, *join.post]))
