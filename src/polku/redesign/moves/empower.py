"""Decide at the counter: who checks also decides, and nothing is handed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from polku.path.facts import Facts, Text
from polku.path.model import Step
from polku.redesign import claiming, claiming_ways, rules, stretches, surgery
from polku.redesign.evidence import Evidence
from polku.redesign.following import DECIDES, event_of
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
from polku.redesign.moves.triage import simple_classes, unknown
from polku.redesign.naming import filled, quoted
from polku.redesign.prototype import Prototype
from polku.redesign.scaling import scaled_work
from polku.redesign.sums import sum_varied, varies_apart
from polku.simulate.scenario import Branching, Law, Origin, Scenario, StepNumbers, Varied


@move_kind
class Empower(MoveKind):
    """`at`: the step that checks, and the one directly after it that decides.

    `with_`: `condition`, the matters of which it is so (empty: all). For all, the first step covers
    both; for some, a step of its own decides them at once, by the person who has checked. That more
    is claimed or comes back is taken to hold for all matters, which is cautious.
    """

    name = "empower"
    title = Text("Päätös heti tiskillä", "Beslut direkt vid disken", "Decide at the counter")
    serves: ClassVar[Serves] = "smoothness"
    needs = "a step that decides directly after a step of the same agency that checks or prepares"
    forbids = (
        "separation of duties between the two, steps that may not be changed, a meeting, period or "
        "hearing that law calls for, a customer who is met in the deciding"
    )
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({
        "condition": Parameter("", "of which matters, over the scenario's attributes; empty: all")
    })  # fmt: skip
    assumptions = (
        Assumption(
            "work",
            Text(
                "Päättäminen heti vie {value} kertaa sen työn, jonka se vaati erikseen.",
                "Att besluta direkt tar {value} gånger det arbete som det krävde skilt för sig.",
                "Deciding at once takes {value} times the work that it took apart.",
            ),
            Law("uniform", loc=0.8, scale=0.3, unit=None),
            1.3,
            Origin("assumed", note="nobody reads the matter anew, but those who check decide less "
                   "often and ask more"),
        ),
        Assumption(
            "claims",
            Text(
                "Oikaisuja ja palautuksia on {value} kertaa niin paljon kuin ennen.",
                "Omprövningar och returer är {value} gånger så många som förr.",
                "There are {value} times as many claims and returns as before.",
            ),
            Law("uniform", loc=1.0, scale=0.3, unit=None),
            2.0,
            Origin("assumed", note="one pair of eyes sees less than two"),
        ),
    )  # fmt: skip

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Decisions directly after a check of the same agency: for all, and for the simple."""
        path, found = seen.on.path, []
        classes = list(simple_classes(seen.on.scenario))
        for second in path.steps:
            first = surgery.before(path, second.id)
            if not isinstance(first, Step) or event_of(seen.on, second) != DECIDES:
                continue
            at = seen.step(second.id)
            days = at.times * (at.waiting + at.work_hours / 24)
            if days <= 0:
                continue
            found.append(self.at(first.id, second.id, hint=days))
            for condition, share in classes:
                hint = days * share
                found.append(self.at(first.id, second.id, condition=condition, hint=hint))
        return sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `needs` and `forbids`."""
        path = on.path
        if len(move.at) != 2 or move.at[0] == move.at[1]:
            return f"is about two steps; {', '.join(move.at) or 'none'} are named"
        if (missing := rules.missing(path, move.at)) is not None:
            return missing
        first, second = _pair(move, on)
        told = rules.told(first), rules.told(second)
        if (apart := rules.separated(path, move.at)) is not None:
            return apart
        for step in (first, second):
            if (reason := rules.keeps(step)) is not None:
                return reason
            if path.by_customer(step):
                return f"{rules.told(step)} is the customer's own work"
            if step.holds_nodes:
                return f"{rules.told(step)} holds further steps; name these"
        if not surgery.follow(path, move.at):
            return f"{told[1]} does not directly follow {told[0]} in one line"
        if path.agency_of(first) != path.agency_of(second):
            return f"{told[1]} is another agency's, which has the power to decide"
        if second.facts.contact is not None or any(
            d.role == "asked" for d in second.facts.documents
        ):
            return f"the customer is met in {told[1]}"
        b = stretches.numbers_of(on, second.id)
        kind = second.facts.delay or (b.delay.kind if b.delay is not None else None)
        if kind in ("customer", "statement"):
            return f"{told[1]} waits for the {kind}, whose turn it is between the two"
        return _unlike(move, on) or self._unknown(move, on)

    @staticmethod
    def _unknown(move: Move, on: Prototype) -> str | None:
        condition = move.with_.get("condition")
        return None if condition == "" else unknown(on, condition, move.at[1:])

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """One step for both; or a choice around the deciding, with a decision at once."""
        first, second = _pair(move, on)
        scenario = _claimed(on, second, values["claims"])
        if move.with_["condition"] == "":
            path = on.path.with_nodes([_both(move, on), *_apart(move, on)])
            path = surgery.without(path, [second.id])
            steps = {
                k: replace(v, same_person_as=first.id) if v.same_person_as == second.id else v
                for k, v in scenario.steps.items()
            }
            steps |= _both_numbers(move, on, values["work"])
        else:
            once, gateway = _at_once(move, on), f"{second.id}-by-whom"
            path = surgery.bypass(
                on.path.with_nodes(_apart(move, on)), [second.id], [once],
                str(move.with_["condition"]), gateway, names=_ASKED, yes=_YES, no=_NO,
            )  # fmt: skip
            steps = {**scenario.steps, once.id: _once_numbers(move, on, values["work"])}
        return surgery.pruned(replace(on, path=path, scenario=replace(scenario, steps=steps)))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """That the first covers the second; or that the second is not for all, and what is."""
        path, (first, second) = on.path, _pair(move, on)
        if move.with_["condition"] == "":
            changed = [_both(move, on), *_apart(move, on)]
            return frozenset(
                claiming.steps(path, gone=[second.id], into={second.id: first.id}, changed=changed)
            )
        once = _at_once(move, on)
        return frozenset(
            claiming_ways.came(path, once)
            | claiming_ways.around(path, [second.id])
            | claiming_ways.waits_beside(path, second.id, once)
            | claiming.steps(path, changed=_apart(move, on))
        )

    def says(self, move: Move, on: Prototype) -> Text:
        """Who decides now, and in which matters."""
        condition = move.with_["condition"]
        words = Text(*[f"({condition})"] * 3)
        first, second = (quoted(on.path, [i]) for i in move.at)
        if condition == "":
            return filled(
                Text(
                    "Vaiheen {first} tekijä myös päättää; erillinen {second} jää pois.",
                    "Den som gör {first} beslutar också; ett skilt {second} faller bort.",
                    "Who does {first} also decides; {second} is no step of its own any more.",
                ),
                first=first, second=second,
            )  # fmt: skip
        return filled(
            Text(
                "Osassa asioista {if} vaiheen {first} tekijä päättää heti; muut etenevät "
                "vaiheeseen {second}.",
                "I en del ärenden {if} beslutar den som gör {first} genast; de andra går till "
                "{second}.",
                "In some matters {if} who does {first} decides at once; the others go on to "
                "{second}.",
            ),
            **{"if": words, "first": first, "second": second},
        )


_ASKED = Text("Voiko tarkastaja päättää?", "Kan granskaren besluta?",
              "May the one who checks decide?")  # fmt: skip
_YES = Text("Kyllä", "Ja", "Yes")
_NO = Text("Ei", "Nej", "No")


def _pair(move: Move, on: Prototype) -> tuple[Step, Step]:
    first, second = stretches.steps_of(on.path, move.at)
    return first, second


def _unlike(move: Move, on: Prototype) -> str | None:
    """What in the numbers of the two one step cannot hold."""
    a, b = (stretches.numbers_of(on, i) for i in move.at)
    if a.by_person or b.by_person:
        return f"{' or '.join(move.at)} has durations of single people, which cannot be added"
    if a.pool is None and move.at[0] in on.scenario.steps:
        return f"{move.at[0]} has no pool: nobody is there who could decide"
    if move.with_.get("condition") != "":
        return None
    if varies_apart(a.work, b.work):
        return f"the works of {' and '.join(move.at)} vary by different attributes"
    if a.event is not None and b.event is not None and a.event != b.event:
        return (
            f"{' and '.join(move.at)} are different events ({a.event}, {b.event}) of a matter; "
            "give a condition, and the deciding stays a step of its own"
        )
    return None


def _both(move: Move, on: Prototype) -> Step:
    """The first step with the facts of both."""
    first, second = _pair(move, on)
    a, b = first.facts, second.facts
    known = [n for s in (first, second) for n in (s.facts.activities or (s.name,)) if n]
    apart = tuple(dict.fromkeys((*a.separate_from, *b.separate_from)))
    facts = replace(
        a, documents=stretches.documents_of_all((first, second)),
        deadlines=(*a.deadlines, *(d for d in b.deadlines if d not in a.deadlines)),
        fees=(*a.fees, *(f for f in b.fees if f not in a.fees)),
        promise=a.promise or b.promise, separate_from=apart,
        activities=tuple(dict.fromkeys(known)),
        assumptions=tuple(dict.fromkeys((*a.assumptions, *b.assumptions))),
        notes=tuple(dict.fromkeys((*a.notes, *b.notes))),
    )  # fmt: skip
    reads, writes = stretches.data_of_all((first, second))
    return replace(first, kind="user", reads=reads, writes=writes, facts=facts)


def _at_once(move: Move, on: Prototype) -> Step:
    """The deciding by who has checked."""
    first, second = _pair(move, on)
    names = stretches.named(
        surgery.names_of(on.path, second.id), "Heti: {name}", "Genast: {name}", "At once: {name}"
    )
    text = second.facts.text
    facts = Facts(names, text, documents=second.facts.documents, promise=second.facts.promise,
                  fees=second.facts.fees, separate_from=second.facts.separate_from)  # fmt: skip
    return Step(
        surgery.new_id(on.path, f"{second.id}-at-once"), names.en or "", "user", lane=first.lane,
        within=first.within, reads=second.reads, writes=second.writes, facts=facts,
    )  # fmt: skip


def _apart(move: Move, on: Prototype) -> list[Step]:
    """Steps that another person must do than who decides, as they are after."""
    second, whole = move.at[1], move.with_["condition"] == ""
    who = move.at[0] if whole else _at_once(move, on).id
    changed = []
    for step in on.path.steps:
        apart = step.facts.separate_from
        if second in apart:
            kept = (i for i in apart if not (whole and i == second))
            new = tuple(dict.fromkeys((*kept, who)))
            changed.append(replace(step, facts=replace(step.facts, separate_from=new)))
    return changed


def _both_numbers(move: Move, on: Prototype, factor: float) -> dict[str, StepNumbers]:
    if not any(i in on.scenario.steps for i in move.at):
        return {}
    a, b = (stretches.numbers_of(on, i) for i in move.at)
    note = f"checks and decides: {factor:g} times the work of both"
    one = replace(a, work=sum_varied(a.work, b.work), event=a.event or b.event,
                  origin=Origin("assumed", note=note))  # fmt: skip
    return {move.at[0]: scaled_work(one, factor)}


def _once_numbers(move: Move, on: Prototype, factor: float) -> StepNumbers:
    a, b = (stretches.numbers_of(on, i) for i in move.at)
    note = f"decided at once by who has checked: {factor:g} times the work"
    return scaled_work(
        replace(
            b, pool=a.pool, calendar=None, delay=None, meeting=None, batch=None,
            same_person_as=move.at[0], role=b.role or move.at[1],
            origin=Origin("assumed", note=note),
        ),
        factor,
    )  # fmt: skip


def _claimed(on: Prototype, decided: Step, factor: float) -> Scenario:
    """The scenario with the chances of claims and returns after a decision times a factor."""
    s, branching = on.scenario, dict(on.scenario.branching)
    for gateway, given in s.branching.items():
        more = {f.id for f in on.path.out(gateway) if _returns(on, decided, gateway, f.target)}
        if more:
            branching[gateway] = Branching(
                _raised(given.flows, more, factor),
                Origin("assumed", note=f"claims and returns {factor:g} times as often"),
            )
    return replace(s, branching=branching)


def _returns(on: Prototype, decided: Step, gateway: str, target: str) -> bool:
    """Whether a flow out of a gateway behind a decision leads to an appeal, or back before it."""
    reach = _reached(on, decided.id)
    if gateway not in reach:
        return False
    step = surgery.step_of(on.path, target)
    if step is not None and event_of(on, step) == "appeal_filed":
        return True
    order = claiming.side(on.path).order
    back = {f.id for e in order.back if (f := order.edges[e].flow) is not None}
    flows = [f for f in on.path.out(gateway) if f.target == target]
    seen: set[str] = set()
    while flows and flows[0].id not in seen:
        if flows[0].id in back:
            return True
        seen.add(flows[0].id)
        follows = on.path.out(flows[0].target)
        flows = list(follows) if len(follows) == 1 else []
    return False


def _reached(on: Prototype, start: str) -> set[str]:
    found, at = {start}, [start]
    while at:
        for flow in on.path.out(at.pop()):
            if flow.target not in found:
                found.add(flow.target)
                at.append(flow.target)
    return found


def _raised(
    given: Varied[Mapping[str, float]], more: set[str], factor: float
) -> Varied[Mapping[str, float]]:
    """Chances in which those of some flows are a factor of what they were, the rest to fit."""

    def one(chances: Mapping[str, float]) -> Mapping[str, float]:
        was = sum(c for f, c in chances.items() if f in more)
        rest = sum(chances.values()) - was
        if was <= 0 or rest <= 0:
            return chances
        now = min(was * factor, (was + rest) * 0.95)
        return {
            f: c * now / was if f in more else c * (was + rest - now) / rest
            for f, c in chances.items()
        }

    return Varied(
        tuple(one(x) for x in given.otherwise), given.by,
        {k: tuple(one(x) for x in v) for k, v in given.cases.items()},
    )  # fmt: skip
