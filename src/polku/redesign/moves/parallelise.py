"""Parallelise: what was done one after another is done at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import ClassVar

from polku.path.facts import Text
from polku.path.model import Path, Step
from polku.redesign import claiming, rules, surgery
from polku.redesign.evidence import Evidence
from polku.redesign.following import must_stay_after
from polku.redesign.move import (
    Assumption,
    Claim,
    Move,
    MoveKind,
    Parameter,
    Serves,
    Values,
    move_kind,
)
from polku.redesign.naming import filled, joined, quoted
from polku.redesign.prototype import Prototype
from polku.redesign.scaling import scaled_work
from polku.simulate.scenario import Law, Origin

Ways = tuple[tuple[str, ...], ...]


@move_kind
class Parallelise(MoveKind):
    """`at`: steps in line; `with_`: `ways`, how many of them each way has ("" = one each)."""

    name = "parallelise"
    title = Text("Tee yhtä aikaa", "Gör samtidigt", "Do at the same time")
    serves: ClassVar[Serves] = "promptness"
    needs = "two or more steps in one line, none of which needs what another one brings"
    forbids = (
        "marks that a step may not be moved, documents or answers that a later one needs, "
        "statutory periods, decisions, steps of the same or of different people, the customer's "
        "own work"
    )
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {"ways": Parameter("", "how many steps each way has, in order, as in 2+1; empty: 1 each")}
    )
    assumptions = (
        Assumption(
            "coordination",
            Text(
                "Yhtä aikaa tekeminen lisää kunkin vaiheen työtä osuudella {value}.",
                "Att göra stegen samtidigt ökar arbetet i vart och ett av dem med andelen {value}.",
                "Doing them at the same time adds a share of {value} to the work of each step.",
            ),
            Law("uniform", loc=0.0, scale=0.1, unit=None),
            0.5,
            Origin(
                "assumed",
                note="those who work at the same time have to tell each other; up to a tenth more "
                "work, and none is thought to be saved",
            ),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Lines of ways that do not need each other: all of a line at once, and each two."""
        found: dict[str, Move] = {}
        for ways in _independent(seen.on):
            tried: list[Ways] = [*pairwise(ways), ways]
            for some in tried:
                days = [sum(seen.step(s).days for s in way) for way in some]
                hint = sum(days) - max(days)
                if hint > 0:
                    move = self.of(some, hint=hint)
                    found[move.key] = move
        return sorted(found.values(), key=lambda m: (-m.hint, m.key))

    def of(self, ways: Sequence[Sequence[str]], hint: float = 0.0) -> Move:
        """The move that does these ways at the same time."""
        told = "" if all(len(w) == 1 for w in ways) else "+".join(str(len(w)) for w in ways)
        return self.at(*(s for way in ways for s in way), hint=hint, ways=told)

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `forbids`."""
        path = on.path
        ways = ways_of(move)
        if ways is None:
            return (
                f"ways {move.with_.get('ways')!r} do not add up to {len(move.at)} steps; write how "
                "many each way has, as in 2+1"
            )
        if len(ways) < 2:
            return "needs two ways or more; name at least two steps"
        if (missing := rules.missing(path, move.at)) is not None:
            return missing
        if len(set(move.at)) < len(move.at):
            return "names a step twice"
        if not surgery.follow(path, move.at):
            return f"{', '.join(move.at)} do not stand in one line, each directly after the other"
        for step in _steps(path, move.at):
            if (mark := rules.fixed(step)) is not None:
                return mark
        for k, way in enumerate(ways):
            for earlier in _steps(path, way):
                for later in (s for w in ways[k + 1 :] for s in _steps(path, w)):
                    if (why := _bound(on, later, earlier)) is not None:
                        return why
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The ways between a gateway that divides and one that joins; a little more work each."""
        ways = ways_of(move)
        assert ways is not None
        path = surgery.fork(on.path, ways)
        numbers = {
            s: scaled_work(on.scenario.steps[s], 1 + values["coordination"])
            for s in claiming.inner(on.path, move.at) if s in on.scenario.steps
        }  # fmt: skip
        scenario = on.scenario.with_steps(**numbers)
        return surgery.pruned(replace(on, path=path, scenario=scenario))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """That the later ways no longer wait for the earlier ones."""
        ways = ways_of(move)
        assert ways is not None
        return frozenset(claiming.at_once(on.path, ways))

    def says(self, move: Move, on: Prototype) -> Text:
        """What is done at the same time; and that the customer is asked by several at once."""
        said = filled(
            Text(
                "Nämä tehdään yhtä aikaa, ei enää peräkkäin: {steps}.",
                "Dessa görs samtidigt, inte längre efter varandra: {steps}.",
                "These are done at the same time instead of one after another: {steps}.",
            ),
            steps=quoted(on.path, move.at),
        )
        meeting = [s for s in _steps(on.path, move.at) if s.facts.contact is not None]
        if len(meeting) < 2:
            return said
        return joined(said, Text(
            "Asiakas asioi silloin usean vaiheen kanssa samaan aikaan.",
            "Kunden har då att göra med flera steg på samma gång.",
            "The customer then deals with several of them at once.",
        ))  # fmt: skip


def ways_of(move: Move) -> Ways | None:
    """The ways of a move as lines of ids; None where the lengths given do not fit."""
    told = str(move.with_.get("ways", ""))
    parts = told.split("+") if told else ["1"] * len(move.at)
    if not all(p.strip().isdigit() and int(p) > 0 for p in parts):
        return None
    lengths = [int(p) for p in parts]
    if sum(lengths) != len(move.at):
        return None
    ways, at = [], 0
    for n in lengths:
        ways.append(move.at[at : at + n])
        at += n
    return tuple(ways)


def _steps(path: Path, ids: Iterable[str]) -> list[Step]:
    return [s for i in ids if (s := surgery.step_of(path, i)) is not None]


def _bound(on: Prototype, later: Step, earlier: Step) -> str | None:
    """Why two steps cannot go on at the same time."""
    for a in claiming.inner(on.path, [earlier.id]):
        for b in claiming.inner(on.path, [later.id]):
            one, two = _steps(on.path, [a, b])
            if (why := must_stay_after(on, two, one)) is not None:
                return why
            numbers = on.scenario.steps.get(a), on.scenario.steps.get(b)
            same = {n.same_person_as for n in numbers if n is not None} & {a, b}
            if same:
                return f"{rules.told(one)} and {rules.told(two)} are done by the same person"
    return None


def lines(path: Path) -> Iterator[tuple[str, ...]]:
    """All longest lines of steps that stand directly one after another."""
    for step in path.steps:
        if not surgery.in_line(path, step.id):
            continue
        above = surgery.before(path, step.id)
        if isinstance(above, Step) and surgery.in_line(path, above.id):
            continue
        line, node = [step.id], surgery.next_of(path, step.id)
        while isinstance(node, Step) and surgery.in_line(path, node.id) and node.id not in line:
            line.append(node.id)
            node = surgery.next_of(path, node.id)
        yield tuple(line)


def _independent(on: Prototype) -> Iterator[Ways]:
    """Lines of ways none of which needs another, as many and as long as can be.

    From each step on the longest line that divides into two ways or more; ways that a longer line
    from an earlier step ends with already are left out. Marked steps and the customer's own end a
    line.
    """
    for line in lines(on.path):
        for part in _unmarked(on.path, line):
            steps = _steps(on.path, part)
            bound = {
                (i, j) for j in range(len(steps)) for i in range(j)
                if _bound(on, steps[j], steps[i]) is not None
            }  # fmt: skip
            known: set[tuple[str, ...]] = set()
            for first in range(len(steps)):
                for last in range(len(steps) - 1, first, -1):
                    ways = _finest(range(first, last + 1), bound)
                    if len(ways) > 1:
                        found = tuple(tuple(part[k] for k in way) for way in ways)
                        if not all(any(w[-len(x) :] == x for w in known) for x in found):
                            yield found
                        known.update(found)
                        break


def _finest(line: range, bound: set[tuple[int, int]]) -> list[range]:
    """A line cut wherever nothing after the cut is bound to what is before it."""
    cuts = [line.start]
    for k in range(line.start + 1, line.stop):
        if not any((i, j) in bound for i in range(cuts[-1], k) for j in range(k, line.stop)):
            cuts.append(k)
    return [range(a, b) for a, b in pairwise([*cuts, line.stop])]


def _unmarked(path: Path, line: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for step in _steps(path, line):
        if rules.fixed(step) is None and not path.by_customer(step):
            part.append(step.id)
            continue
        yield part
        part = []
    yield part
