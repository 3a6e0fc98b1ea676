"""Resequence: what may end a matter is asked before costly work is done (knock-out first)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from polku.log.mapping import nearest
from polku.path.facts import Text
from polku.path.model import Step
from polku.redesign import blocks, claiming, rules, surgery
from polku.redesign.blocks import Block
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


@move_kind
class Resequence(MoveKind):
    """`at`: the step; `with_`: `before` or `after`, the step of the same line where it goes.

    A choice directly behind the step goes with it, and so does a way back to the step.
    """

    name = "resequence"
    title = Text(
        "Karsi ensin: muuta järjestystä", "Gallra först: ändra ordningen",
        "Knock-out first: change the order",
    )  # fmt: skip
    serves: ClassVar[Serves] = "smoothness"
    needs = "a step, or a check with the choice behind it, and another place in the same line"
    forbids = (
        "marks that a step may not be moved, documents or answers that must be there first, "
        "statutory periods, decisions, the customer's own work, a choice that rests on what is "
        "passed"
    )
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({
        "before": Parameter("", "id of the step of the line before which it is done"),
        "after": Parameter("", "id of the step of the line after which it is done, if not before"),
    })  # fmt: skip
    assumptions = (
        Assumption(
            "blind",
            Text(
                "Uudessa kohdassa vaihe vie lisäksi osuuden {value} työstään.",
                "På sin nya plats tar steget ytterligare andelen {value} av sitt arbete.",
                "In its new place the step takes a further share of {value} of its work.",
            ),
            Law("uniform", loc=0.0, scale=0.15, unit=None),
            0.5,
            Origin(
                "assumed",
                note="who looks at a matter before others have seen it finds less prepared; "
                "nothing is thought to be saved in the step itself",
            ),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Checks that end matters, before work that is lost when they do.

        Hint: the share that fails here × the days of what it is put before, less the share that
        fails there × the days of the check.
        """
        found: list[Move] = []
        for step in seen.on.path.steps:
            block = blocks.block_of(seen.on.path, step.id)
            if block is None or block.form != "ends":
                continue
            best, gain = None, 0.0
            passed: list[Block] = []
            for other in blocks.chain(seen.on.path, step.id, back=True):
                passed.append(other)
                hint = _gain(seen, block, passed)
                move = self.at(step.id, before=other.step, hint=hint)
                if hint <= 0 and best is None:
                    continue
                refused = self.refuses(move, seen.on) is not None
                if best is None or (hint > gain and not refused):
                    best, gain = move, hint
                if refused:
                    break
            if best is not None:
                found.append(best)
        return sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `forbids`."""
        path = on.path
        if len(move.at) != 1:
            return f"is about one step; {len(move.at)} are named"
        before, after = (str(move.with_.get(n, "")) for n in ("before", "after"))
        if bool(before) == bool(after):
            return "write either before which step or after which step it is done"
        if (missing := rules.missing(path, (*move.at, before or after))) is not None:
            return missing
        step = surgery.step_of(path, move.at[0])
        assert step is not None
        if (mark := rules.fixed(step)) is not None:
            return mark
        moved = blocks.block_of(path, step.id)
        if moved is None:
            return (
                f"{rules.told(step)} does not stand in line, or the choice behind it is not one "
                "between going on and ending or doing it again"
            )
        passed = _passed(move, on)
        if not passed:
            known = [b.step for b in blocks.chain(path, step.id, back=bool(before))]
            return (
                f"{before or after} is no step of the same line {'before' if before else 'after'} "
                f"{step.id}; {nearest(before or after, known) if known else 'there is none'}"
            )
        last = blocks.too_late(path, *_orders(move, on))
        if last is not None:
            return (
                f"{last} would end matters when there is no more left to do than in the matters "
                "that it ends"
            )
        return _bound(on, moved, passed, earlier=bool(before))

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The same steps and choices in another order; a little more work in the moved step."""
        old, new = _orders(move, on)
        path = blocks.reordered(on.path, old, new)
        scenario = on.scenario
        numbers = scenario.steps.get(move.at[0])
        if numbers is not None:
            more = {move.at[0]: scaled_work(numbers, 1 + values["blind"])}
            scenario = scenario.with_steps(**more)
        return surgery.pruned(replace(on, path=path, scenario=scenario))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """That steps changed places, and what is no longer done in every matter."""
        old, new = _orders(move, on)
        return blocks.claims(on.path, old, new)

    def says(self, move: Move, on: Prototype) -> Text:
        """What comes before what now, and which matters it spares that."""
        passed = _passed(move, on)
        first = quoted(on.path, move.at)
        others = quoted(on.path, [b.step for b in reversed(passed)])
        if not move.with_["before"]:
            others = quoted(on.path, [b.step for b in passed])
            first, others = others, first
        said = filled(
            Text(
                "{first} tehdään nyt ennen näitä: {others}.",
                "{first} görs nu före {others}.",
                "{first} comes before {others} now.",
            ),
            first=first, others=others,
        )  # fmt: skip
        block = blocks.block_of(on.path, move.at[0])
        if block is None or block.form != "ends" or not move.with_["before"]:
            return said
        return joined(said, Text(
            "Asia, joka päättyy siihen, ei enää kuormita muita turhaan.",
            "Ett ärende som slutar där belastar inte längre andra i onödan.",
            "A matter that ends there no longer costs the others work in vain.",
        ))  # fmt: skip

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """The agencies of the step and of what it passes."""
        return surgery.agency_ids(on.path, (*move.at, *(b.step for b in _passed(move, on))))


def _passed(move: Move, on: Prototype) -> list[Block]:
    """The blocks that the step passes, the nearest first; none where the place is not in line."""
    before, after = (str(move.with_.get(n, "")) for n in ("before", "after"))
    found = blocks.chain(on.path, move.at[0], back=bool(before))
    steps = [b.step for b in found]
    to = before or after
    return found[: steps.index(to) + 1] if to in steps else []


def _orders(move: Move, on: Prototype) -> tuple[list[Block], list[Block]]:
    """The blocks of the part of the line that changes, in their order before and after."""
    moved = blocks.block_of(on.path, move.at[0])
    assert moved is not None
    passed = _passed(move, on)
    if move.with_["before"]:
        line = passed[::-1]
        return [*line, moved], [moved, *line]
    return [moved, *passed], [*passed, moved]


def _steps(on: Prototype, block: Block) -> list[Step]:
    ids = claiming.inner(on.path, block.steps)
    return [s for i in ids if (s := surgery.step_of(on.path, i)) is not None]


def _bound(on: Prototype, moved: Block, passed: list[Block], *, earlier: bool) -> str | None:
    """Why a step must stay on its side of another."""
    written = any(s.facts.documents for s in on.path.steps)
    for other in passed:
        for x in _steps(on, moved):
            for s in _steps(on, other):
                late, soon = (x, s) if earlier else (s, x)
                if (why := must_stay_after(on, late, soon)) is not None:
                    return why
        late_block, soon_block = (moved, other) if earlier else (other, moved)
        if written and (why := _feeds(on, late_block, soon_block)) is not None:
            return why
    return None


def _feeds(on: Prototype, late: Block, soon: Block) -> str | None:
    """That a choice may rest on a step before its check, which brings nothing that one can see."""
    path = on.path
    step, check = path.node(soon.step), path.node(late.step)
    if late.gateway is None or soon.gateway is not None or not isinstance(step, Step):
        return None
    if rules.made_by(step) or step.facts.contact is not None:
        return None
    if path.lane_of(step) != path.lane_of(check):
        return None
    name = path.node(late.gateway).name or late.gateway
    return f"{rules.told(step)} brings nothing but what is asked at {name!r} after it"


def _gain(seen: Evidence, block: Block, passed: list[Block]) -> float:
    """Days per matter that a check saves before others, as the evidence has it."""
    fails = seen.flows.get(str(block.failing), 0.0)
    arrive = max((seen.step(b.step).times for b in (block, *passed)), default=0.0)
    if arrive <= 0:
        return 0.0
    gain = fails * sum(seen.step(b.step).days for b in passed)
    left = 1.0
    for other in passed:
        if other.form == "ends":
            left *= 1 - seen.flows.get(str(other.failing), 0.0)
    own = seen.step(block.step)
    each = own.waiting + own.work_hours / 24
    return gain - (1 - left) * arrive * each
