"""Triage: a simple class of matters goes a fast lane around steps that the others need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from polku.errors import ConditionError
from polku.log.mapping import nearest
from polku.path.conditions import parse
from polku.path.facts import Facts, Text
from polku.path.model import Flow, Gateway, Path, Step
from polku.redesign import claiming_ways, stretches, surgery
from polku.redesign.evidence import Evidence
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
from polku.redesign.scaling import scaled_varied
from polku.simulate.scenario import (
    Branching,
    Law,
    Origin,
    Scenario,
    StepNumbers,
    always,
    fixed,
)

_SORTING = fixed(3.0, "minutes")
"""Work of sorting one matter, where somebody has to."""
_LEAST_SHARE = 0.3
"""Share of matters from which a class is worth a lane of its own; smaller ones are put together."""


@move_kind
class Triage(MoveKind):
    """`at`: the line of steps passed over; `with_`: `condition` of the simple class, `sorts`.

    One step does the work of the line for what is simple; what turns out not to be simple goes the
    ordinary way. `sorts`: somebody has to look at each matter first to tell (else the application
    tells).
    """

    name = "triage"
    title = Text("Lajittelu: pikakaista yksinkertaisille", "Sortering: snabbfil för enkla ärenden",
                 "Triage: a fast lane for simple matters")  # fmt: skip
    serves: ClassVar[Serves] = "smoothness"
    needs = "steps of the city in one line, and a condition over what is known of a matter"
    forbids = (
        "steps that may not be changed, that law calls for or that different people must do, "
        "steps in which the customer is met or somebody else's answer is awaited"
    )
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({
        "condition": Parameter("", "which matters are simple, over the scenario's attributes"),
        "sorts": Parameter(False, "whether somebody looks at each matter first"),
    })  # fmt: skip
    assumptions = (
        Assumption(
            "work",
            Text(
                "Pikakaistalla työ on {value} kertaa tavallisten vaiheiden työ.",
                "I snabbfilen är arbetet {value} gånger de vanliga stegens arbete.",
                "In the fast lane, work is {value} times that of the ordinary steps.",
            ),
            Law("uniform", loc=0.3, scale=0.3, unit=None),
            1.0,
            Origin("assumed", note="a short list of questions instead of a full check"),
        ),
        Assumption(
            "simple",
            Text(
                "Osuus {value} yksinkertaisina pidetyistä on sitä; muut palaavat tavalliseen "
                "käsittelyyn.",
                "Andelen {value} av de som hålls för enkla är det; de andra går den vanliga vägen.",
                "A share of {value} of those taken to be simple is so; the others go the ordinary "
                "way.",
            ),
            Law("uniform", loc=0.8, scale=0.15, unit=None),
            0.5,
            Origin("assumed", note="what is known at the beginning does not tell everything"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Lines of the city's work, with the commonest class of small or harmless matters."""
        found = []
        for condition, share in simple_classes(seen.on.scenario):
            for line in stretches.stretches(seen):
                days = stretches.days_in(seen, line)
                if days > 0:
                    hint = share * days * 0.5
                    found.append(self.at(*line, condition=condition, hint=hint))
        return sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """One line with the first reason; see `needs` and `forbids`."""
        if (reason := stretches.kept_whole(on, move.at)) is not None:
            return reason
        if not isinstance(move.with_.get("sorts", False), bool):
            return f"sorts is {move.with_['sorts']!r}; write true or false"
        return unknown(on, move.with_.get("condition"), move.at)

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """A choice before the line, the fast step, and a way back for what is not simple."""
        path, (fast, sort) = on.path, _new(move, on)
        line, condition = move.at, str(move.with_["condition"])
        lane, within = fast.lane, fast.within
        if sort is not None:
            path = surgery.insert(path, path.into(line[0])[0].id, sort)
        wish = f"{line[0]}-simple"
        split = surgery.new_id(path, wish)
        path = surgery.bypass(path, line, [fast], condition, wish, names=_ASKED, yes=_YES, no=_NO)
        again = Gateway(surgery.new_id(path, f"{line[0]}-ordinary"), "", lane=lane, within=within)
        path = surgery.insert(path, f"{split}--usual", again)
        after = Gateway(surgery.new_id(path, f"{fast.id}-done"), _STILL.en or "", lane=lane,
                        within=within, facts=Facts(names=_STILL))  # fmt: skip
        path = surgery.insert(path, path.out(fast.id)[0].id, after)
        on_flow = replace(
            path.out(after.id)[0], name=_YES.en or "", facts=Facts(names=_YES),
            condition=_stays(fast.id),
        )  # fmt: skip
        back = Flow(surgery.new_id(path, f"{after.id}--{again.id}"), after.id, again.id,
                    _NO.en or "", within=within, facts=Facts(names=_NO))  # fmt: skip
        path = surgery.with_flows(path, [on_flow, back])
        path = path.with_nodes([replace(after, default=back.id)])
        chances = {on_flow.id: values["simple"], back.id: 1.0 - values["simple"]}
        return surgery.pruned(_with_numbers(on, path, move, values["work"], after.id, chances))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """The fast step (and the sorting), and that the line is not for all."""
        new = [s for s in _new(move, on) if s is not None]
        return frozenset(claiming_ways.came(on.path, *new) | claiming_ways.around(on.path, move.at))

    def says(self, move: Move, on: Prototype) -> Text:
        """Which matters pass over which steps."""
        words = Text(*[f"({move.with_['condition']})"] * 3)
        said = filled(
            Text(
                "Yksinkertaiset asiat {if} käsitellään pikakaistalla, ei vaiheissa {steps}.",
                "Enkla ärenden {if} behandlas i snabbfilen i stället för i {steps}.",
                "Simple matters {if} go a fast lane instead of {steps}.",
            ),
            **{"if": words, "steps": quoted(on.path, move.at)},
        )
        if not move.with_.get("sorts"):
            return said
        return joined(said, Text(
            "Asiat lajitellaan ensin.", "Ärendena sorteras först.", "Matters are sorted first."
        ))  # fmt: skip


_ASKED = Text("Onko asia yksinkertainen?", "Är ärendet enkelt?", "Is the matter simple?")
_STILL = Text("Oliko asia yksinkertainen?", "Var ärendet enkelt?", "Was the matter simple?")
_YES = Text("Kyllä", "Ja", "Yes")
_NO = Text("Ei", "Nej", "No")


def simple_classes(scenario: Scenario) -> Iterator[tuple[str, float]]:
    """Conditions of simple matters and about how many they are, from the scenario's attributes.

    Of an attribute called "size" (or one whose name ends so) the smallest class, and so many of the
    next ones that they are three in ten; of one that speaks of risk, those without it.
    """
    names = sorted(scenario.attributes, key=lambda n: (n != "size", n))
    for name in names:
        given = scenario.attributes[name]
        if given.choices is not None and name.split("_")[-1] == "size":
            chances = given.choices.otherwise[0]
            share, classes = 0.0, list[str]()
            for value, chance in chances.items():
                if classes and share >= _LEAST_SHARE:
                    break
                classes.append(value)
                share += chance
            if len(classes) < len(chances) and all('"' not in c for c in classes):
                if len(classes) == 1:
                    yield f'{name} == "{classes[0]}"', share
                else:
                    yield (
                        f"{name} in [{', '.join(f'{chr(34)}{c}{chr(34)}' for c in classes)}]",
                        share,
                    )
            return
    for name in names:
        given = scenario.attributes[name]
        if given.chance is not None and "risk" in name.split("_"):
            yield f"not {name}", 1.0 - given.chance.otherwise[0]
            return


def unknown(on: Prototype, condition: object, line: tuple[str, ...]) -> str | None:
    """Why a condition cannot tell the matters that come to a line apart."""
    if not isinstance(condition, str) or not condition.strip():
        return "has no condition; say which matters are simple, as in attendance <= 50"
    try:
        parsed = parse(condition)
    except ConditionError as e:
        return f"its condition is not understood: {e}"
    if not parsed.is_test:
        return f"the condition {condition!r} cannot say yes or no; compare it with something"
    known = {*on.scenario.attributes, "kind"}
    for name in parsed.names:
        if name not in known:
            return f"nothing is known of {name!r} when a matter comes; {nearest(name, known)}"
    if not parsed.names:
        return f"the condition {condition!r} asks for nothing; name what a matter is known by"
    if claiming_ways.asked_already(on.path, line, condition):
        return f"what comes to {line[0]} was told apart by {condition!r} already"
    return None


def _new(move: Move, on: Prototype) -> tuple[Step, Step | None]:
    """The fast step, and the step that sorts where one is needed."""
    path = on.path
    steps = stretches.steps_of(path, move.at)
    first = steps[0]
    names = stretches.named(
        surgery.names_of(path, first.id), "Pikakaista: {name}", "Snabbfil: {name}",
        "Fast lane: {name}",
    )  # fmt: skip
    text = Text(
        "Yksinkertainen asia tarkistetaan lyhyesti yhdellä kertaa.",
        "Ett enkelt ärende granskas kort och på en gång.",
        "A simple matter is checked briefly and in one go.",
    )
    reads, writes = stretches.data_of_all(steps)
    fast = Step(
        surgery.new_id(path, f"{first.id}-fast"), names.en or "", "user", lane=first.lane,
        within=first.within, reads=reads, writes=writes,
        facts=Facts(names, text, documents=stretches.documents_of_all(steps)),
    )  # fmt: skip
    if not move.with_.get("sorts"):
        return fast, None
    names = stretches.named(
        surgery.names_of(path, first.id), "Lajittele: {name}", "Sortera: {name}", "Sort: {name}"
    )
    text = Text("Asia ohjataan oikealle kaistalle.", "Ärendet styrs till rätt fil.",
                "The matter is led to the right lane.")  # fmt: skip
    sort = Step(surgery.new_id(path, f"{first.id}-sort"), names.en or "", "user", lane=first.lane,
                within=first.within, facts=Facts(names, text))  # fmt: skip
    return fast, sort


def _stays(fast: str) -> str:
    """The name under which the path asks whether a matter was simple after all."""
    return "".join(c if c.isalnum() else "_" for c in f"{fast}_was_simple")


def _with_numbers(
    on: Prototype, path: Path, move: Move, share: float, gateway: str, chances: Mapping[str, float]
) -> Prototype:
    s, (fast, sort) = on.scenario, _new(move, on)
    note = f"fast lane: {share:g} times the work of {', '.join(move.at)}"
    work = stretches.work_of(on, move.at)
    one = stretches.one_for(
        on, move.at, None if work is None else scaled_varied(work, share), note
    )  # fmt: skip
    steps = {**s.steps, fast.id: one}
    if sort is not None:
        steps[sort.id] = StepNumbers(
            work=always(_SORTING), pool=one.pool, origin=Origin("assumed", note="sorting")
        )
    branching = {
        **s.branching,
        gateway: Branching(always(dict(chances)), Origin("assumed", note="simple after all")),
    }
    return replace(on, path=path, scenario=replace(s, steps=steps, branching=branching))
