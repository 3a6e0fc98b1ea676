# ruff: noqa: ARG002 (kinds of moves have one signature)
"""Kinds of moves for planted optima: small and plain, so that the truth is known by design."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from polku.path.facts import Text
from polku.path.model import Path, Step
from polku.redesign.evidence import Evidence
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Value, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.surgery import (
    bypass,
    follow,
    fork,
    in_line,
    new_id,
    pruned,
    with_flows,
    without,
)
from polku.simulate.scenario import (
    ASSUMED,
    Delay,
    Law,
    Person,
    StepNumbers,
    Varied,
    always,
    fixed,
)  # fmt: skip


class _Planted(MoveKind):
    title = Text("Kätketty", "Gömd", "Planted")
    serves = "promptness"
    needs = "the steps"
    forbids = "nothing"

    def find(self, seen: Evidence) -> Iterable[Move]:
        return ()

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        return frozenset()

    def says(self, move: Move, on: Prototype) -> Text:
        return Text(move.key, move.key, move.key)

    def refuses(self, move: Move, on: Prototype) -> str | None:
        gone = [i for i in move.at if not on.path.has(i)]
        return f"there is no step {gone[0]!r} any more" if gone else None


def _scaled(law: Law, factor: float) -> Law:
    if law.name == "fixed":
        return replace(law, values=tuple(v * factor for v in law.values))
    return replace(law, loc=law.loc * factor, scale=law.scale * factor)


def _numbers(on: Prototype, step: str) -> StepNumbers:
    return on.scenario.steps.get(step, StepNumbers())


def _times(law: Varied[Law] | None, factor: float) -> Varied[Law] | None:
    return None if law is None else always(_scaled(law.otherwise[0], factor))


def claim(name: str, low: float, high: float) -> Assumption:
    """That a factor lies evenly between two numbers."""
    law = Law("uniform", loc=low, scale=high - low, unit=None)
    return Assumption(name, Text("{value}", "{value}", "{value}"), law, 1.0, ASSUMED)


@move_kind
class Tweak(_Planted):
    """The work and the delay of a step times a factor."""

    name = "planted-tweak"

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        (step,) = move.at
        n, f = _numbers(on, step), values["factor"]
        delay = n.delay
        if delay is not None:
            delay = replace(delay, law=always(_scaled(delay.law.otherwise[0], f)))
        n = replace(n, work=_times(n.work, f), delay=delay)
        return on.with_scenario(on.scenario.with_steps(**{step: n}))


def tweak(step: str, low: float, high: float, hint: float = 0.0) -> Move:
    """Of a step, by a factor between two numbers."""
    return Move("planted-tweak", (step,), {"from": low, "to": high},
                (claim("factor", low, high),), hint=hint)  # fmt: skip


@move_kind
class Wait(_Planted):
    """Days of waiting before a step, added."""

    name = "planted-wait"

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        (step,) = move.at
        n = _numbers(on, step)
        days = float(move.with_["days"])
        if n.delay is not None:
            old = n.delay.law.otherwise[0]
            law = replace(old, loc=old.loc + days)
            delay = replace(n.delay, law=always(law))
        else:
            delay = Delay(always(fixed(days, "days")))
        return on.with_scenario(on.scenario.with_steps(**{step: replace(n, delay=delay)}))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        n = _numbers(on, move.at[0])
        if n.delay is not None and n.delay.law.otherwise[0].name == "fixed":
            return "it waits already"
        return super().refuses(move, on)


@move_kind
class Parallel(_Planted):
    """Steps that stand one after another are done at the same time."""

    name = "planted-parallel"

    def refuses(self, move: Move, on: Prototype) -> str | None:
        gone = super().refuses(move, on)
        if gone is not None:
            return gone
        return None if follow(on.path, move.at) else "the steps do not follow one another"

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        return pruned(on.with_path(fork(on.path, [[i] for i in move.at])))


@move_kind
class Merge(_Planted):
    """A step takes over the next one: once waited for, and a share of the sum of the works."""

    name = "planted-merge"

    def refuses(self, move: Move, on: Prototype) -> str | None:
        gone = super().refuses(move, on)
        if gone is not None:
            return gone
        return None if follow(on.path, move.at) else "the steps do not follow one another"

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        first, second = move.at
        a, b = _numbers(on, first), _numbers(on, second)
        f = values["share"]
        if a.work is not None and b.work is not None:
            one, two = a.work.otherwise[0], b.work.otherwise[0]
            total = one.loc + one.scale + two.loc + two.scale  # means of shifted exponentials
            a = replace(a, work=_times(a.work, f * total / (one.loc + one.scale)))
        on = on.with_path(without(on.path, [second]))
        return pruned(on.with_scenario(on.scenario.with_steps(**{first: a})))


def merge(first: str, second: str, low: float = 0.6, high: float = 0.9, hint: float = 0.0) -> Move:
    """Of two steps, for a share of the sum of their works between two numbers."""
    return Move("planted-merge", (first, second), {}, (claim("share", low, high),), hint=hint)


@move_kind
class FastLane(_Planted):
    """A line of steps is passed over where a condition holds."""

    name = "planted-fast-lane"

    def refuses(self, move: Move, on: Prototype) -> str | None:
        gone = super().refuses(move, on)
        if gone is not None:
            return gone
        return None if follow(on.path, move.at) else "the steps do not follow one another"

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        condition = str(move.with_["condition"])
        return pruned(on.with_path(bypass(on.path, move.at, (), condition)))


@move_kind
class KnockOutFirst(_Planted):
    """A check and the choice after it go before a line of other steps."""

    name = "planted-knock-out"

    def refuses(self, move: Move, on: Prototype) -> str | None:
        check, *line = move.at
        gone = super().refuses(move, on)
        if gone is not None:
            return gone
        if not follow(on.path, line) or on.path.out(line[-1])[0].target != check:
            return "the steps do not follow one another"
        if len(on.path.out(check)) != 1 or not in_line(on.path, check):
            return "the check does not stand in line"
        after = on.path.out(check)[0].target
        return None if len(on.path.out(after)) == 2 else "there is no choice after the check"

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        check, *line = move.at
        path = on.path
        gate = path.out(check)[0].target
        yes = next(f for f in path.out(gate) if not _ends(path, f.target))
        into_line, into_check = path.into(line[0])[0], path.into(check)[0]
        changed = [
            replace(into_line, target=check),
            replace(yes, target=line[0]),
            replace(into_check, target=yes.target),
        ]
        return pruned(on.with_path(with_flows(path, changed)))


def _ends(path: Path, id: str) -> bool:
    return not path.out(id) and not isinstance(path.node(id), Step)


@move_kind
class MorePeople(_Planted):
    """One more person in a pool."""

    name = "planted-more-people"

    def refuses(self, move: Move, on: Prototype) -> str | None:
        pool = str(move.with_["pool"])
        return None if pool in on.scenario.pools else f"there is no pool {pool!r}"

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        s, name = on.scenario, str(move.with_["pool"])
        pool = s.pools[name]
        like = s.people[pool.members[0]]
        new = f"{name}-{len(pool.members) + 1}"
        people: dict[str, Person] = {**s.people, new: like}
        pools = {**s.pools, name: replace(pool, members=(*pool.members, new))}
        return on.with_scenario(replace(s, people=people, pools=pools))


def move(kind: str, *at: str, hint: float = 0.0, **with_: Value) -> Move:
    """A move of a planted kind without assumptions."""
    return Move(kind, at, with_, hint=hint)


__all__ = ["merge", "move", "new_id", "tweak"]
