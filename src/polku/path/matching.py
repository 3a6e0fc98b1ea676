"""Which step of a path is meant by which activity of a log, decided in this one place."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from polku.path.model import Path, Step


@dataclass(frozen=True)
class Matching:
    """Activities of a log and the steps of a path that they are.

    `step_of`: activity → id of its one step (several activities may be one step);
    `ambiguous`: activity → ids of all the steps that it could be, in the order of the path;
    `unmatched_activities`: sorted; `unmatched_steps`: ids, in the order of the path, of steps that
    no activity is, nor could be.
    """

    step_of: Mapping[str, str] = field(default_factory=dict)
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmatched_activities: tuple[str, ...] = ()
    unmatched_steps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "step_of", MappingProxyType(dict(self.step_of)))
        object.__setattr__(self, "ambiguous", MappingProxyType(dict(self.ambiguous)))

    @cached_property
    def activities_of(self) -> Mapping[str, tuple[str, ...]]:
        """Step id → the activities that are this step and no other, sorted."""
        found: dict[str, list[str]] = {}
        for activity, step in sorted(self.step_of.items()):
            found.setdefault(step, []).append(activity)
        return MappingProxyType({step: tuple(names) for step, names in found.items()})

    def candidates(self, activity: str) -> tuple[str, ...]:
        """Ids of all steps that an activity is or could be; none where it is not in the path."""
        if activity in self.step_of:
            return (self.step_of[activity],)
        return self.ambiguous.get(activity, ())


def matching(path: Path, activities: Iterable[str]) -> Matching:
    """Match the activities of a log with the steps of a path.

    A step is known by `facts.activities` where it has any, else by its name and its names in the
    three languages. An activity is first looked for letter by letter among `facts.activities`,
    then among these and the names without regard to case, spaces and Unicode form. Steps that
    hold further nodes are no candidates: what they hold is.

    >>> from polku.path.build import start
    >>> path = start("Stall").step("Apply").step("Decide").path()
    >>> found = matching(path, ["apply", "Call"])
    >>> dict(found.step_of), found.unmatched_activities, found.unmatched_steps
    ({'apply': 'step-1'}, ('Call',), ('step-2',))
    """
    holders = {n.within for n in path.nodes if n.within is not None}
    steps = [s for s in path.steps if s.id not in holders]
    exact: dict[str, list[str]] = {}
    loose: dict[str, list[str]] = {}
    for step in steps:
        for name in step.facts.activities:
            _add(exact, name, step.id)
        for name in step.facts.activities or _names(step):
            _add(loose, _key(name), step.id)
    step_of: dict[str, str] = {}
    ambiguous: dict[str, tuple[str, ...]] = {}
    unmatched = []
    for activity in sorted(set(activities)):
        found = exact.get(activity) or loose.get(_key(activity), [])
        if len(found) == 1:
            step_of[activity] = found[0]
        elif found:
            ambiguous[activity] = tuple(found)
        else:
            unmatched.append(activity)
    used = {*step_of.values(), *(s for ids in ambiguous.values() for s in ids)}
    return Matching(
        step_of, ambiguous, tuple(unmatched), tuple(s.id for s in steps if s.id not in used)
    )


def _names(step: Step) -> tuple[str, ...]:
    names = step.facts.names
    return tuple(n for n in (step.name, names.fi, names.sv, names.en) if n)


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _add(index: dict[str, list[str]], name: str, step: str) -> None:
    there = index.setdefault(name, [])
    if name and step not in there:
        there.append(step)
