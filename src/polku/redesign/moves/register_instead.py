"""The move register-instead: a document comes from a register and not from the customer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import MappingProxyType

from polku.log.mapping import nearest
from polku.path.facts import Text
from polku.path.model import Event, Path, Step
from polku.redesign import rules
from polku.redesign.asking import (
    asked_claims,
    asked_in,
    asks,
    document_text,
    fetched_in,
    role_changed,
    supplements,
    users,
)
from polku.redesign.customer_time import eased, is_customers
from polku.redesign.evidence import Evidence
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Parameter, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.saying import listed, say
from polku.redesign.scaling import mixed_varied, shifted_work
from polku.redesign.surgery import agency_ids, names_of, step_of
from polku.simulate.scenario import Law, Origin

_OFFICIAL = frozenset({"register", "extract", "certificate", "entry", "credit"})
"""Words in the keys of documents that an authority or a keeper of a register gives out."""


@move_kind
class RegisterInstead(MoveKind):
    """A step's documents come from a register; `at`: the step, and the keys of the documents.

    Where the register lacks them the customer is asked as before, so the contact stays. The city's
    minutes fall to the staff that works with the document next.
    """

    name = "register-instead"
    title = Text("Hae rekisteristä", "Hämta ur ett register", "Take it from a register")
    serves = "business-friendliness"
    needs = "documents asked in the step that a register can hold, and staff that looks them up"
    forbids = "documents made for this matter only; marked steps; corrections"
    parameters = MappingProxyType(
        {
            "register": Parameter("", "name of the register, where the analyst knows one"),
            "only_asking": Parameter(
                False, "whether the step serves for nothing but asking for these documents"
            ),
        }
    )
    assumptions = (
        Assumption(
            "availability",
            Text(
                "Rekisterissä on tieto osuudelle {value} asioista; muilta kysytään kuten ennen.",
                "Registret har uppgiften för andelen {value} av ärendena; andra frågas som förr.",
                "The register has it for a share of {value} of matters; others are asked as "
                "before.",
            ),
            Law("uniform", loc=0.8, scale=0.15, unit=None),
            0.0,
            Origin("assumed", note="registers have gaps; no datum stands behind it"),
        ),
        Assumption(
            "saved",
            Text(
                "Kutakin haettua tietoa kohti asiakkaan ajasta vaiheessa säästyy osuus {value}.",
                "För varje hämtad uppgift sparas andelen {value} av kundens tid i steget.",
                "For each thing fetched a share of {value} of the customer's time in the step is "
                "saved.",
            ),
            Law("uniform", loc=0.05, scale=0.15, unit=None),
            0.0,
            Origin(
                "assumed",
                note="one of several things to give; where the step serves for nothing else, all "
                "of its time and waiting is saved",
            ),
        ),
        Assumption(
            "minutes",
            Text(
                "Kunkin tiedon hakeminen vie yksiköltä {value} minuuttia.",
                "Att hämta varje uppgift tar enheten {value} minuter.",
                "Looking each of them up takes the unit {value} minutes.",
            ),
            Law("uniform", loc=1.0, scale=4.0, unit=None),
            15.0,
            Origin("assumed", note="a query by hand; no datum stands behind it"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """Steps that ask for official papers; for what is asked again, the dearest later step.

        What was asked before is then in the city's own records, which serve as the register.
        """
        on = seen.on
        found: list[Move] = []
        for step in on.path.steps:
            asked = [d.key for d in step.facts.documents if d.role == "asked"]
            if keys := [k for k in asked if _official(k)]:
                found.append(self._seen(seen, step, *keys, only_asking=keys == asked))
        for key in dict.fromkeys(a.key for a in asked_in(on.path)):
            steps = [s for s in on.path.steps if asks(s, key) and not supplements(on, s.id, key)]
            if not _official(key) and len(steps) > 1:
                moves = [self._seen(seen, s, key, only_asking=False) for s in steps[1:]]
                able = [m for m in moves if self.refuses(m, on) is None]
                found += sorted(able, key=lambda m: -m.hint)[:1]
        yield from (m for m in found if self.refuses(m, on) is None)

    def _seen(self, seen: Evidence, step: Step, *keys: str, only_asking: bool) -> Move:
        """The move at a step, with what it might bring."""
        what, usual = seen.step(step.id), {a.id: a.usual for a in self.assumptions}
        days = what.work_hours / 24 if is_customers(seen.on, step.id) else 0.0
        share = min(1.0, usual["saved"] * len(keys))
        if only_asking:
            share, days = 1.0, days + what.waiting_days.get("customer", 0.0)
        hint = usual["availability"] * share * what.times * days
        return self.at(step.id, *keys, only_asking=only_asking, hint=hint)

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """Not asked there, made for this matter only, a correction, marked, nobody to look."""
        if len(move.at) < 2:
            return "names no document; name the step and the keys of its documents"
        if reason := rules.missing(on.path, move.at[:1]):
            return reason
        step, keys = _step(move, on), move.at[1:]
        asked = [d.key for d in step.facts.documents if d.role == "asked"]
        for key in keys:
            if key not in asked:
                return f"{rules.told(step)} does not ask for {key!r}; {nearest(key, asked)}"
        if reason := rules.fixed(step):
            return reason
        for key in keys:
            if supplements(on, step.id, key):
                return f"{rules.told(step)} asks for a correction of {key!r}, which no register has"
            if not move.with_["register"] and not _held(on, key):
                return (
                    f"{key!r} is asked for nowhere else and is made for this matter; name the "
                    "register that holds it (register)"
                )
        if move.with_["only_asking"] and (left := [k for k in asked if k not in keys]):
            return f"{rules.told(step)} asks for {left[0]!r} as well; it serves not only for this"
        if None in {_looks(on, step, key) for key in keys}:
            return f"nobody with staff works after {rules.told(step)}, who could look it up"
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """Asked becomes fetched; the customer's time falls where the register has it."""
        step, keys = _step(move, on), dict.fromkeys(move.at[1:])
        there, only = values["availability"], bool(move.with_["only_asking"])
        left = 0.0 if only else max(0.0, 1 - values["saved"] * len(keys))
        pairs = ((there, left), (1 - there, 1.0))
        on = eased(on, step, pairs)
        numbers = on.scenario.steps.get(step.id)
        delay = None if numbers is None else numbers.delay
        if only and numbers is not None and delay is not None and delay.kind == "customer":
            delay = replace(delay, law=mixed_varied(delay.law, pairs))
            numbers = replace(numbers, delay=delay)
            on = on.with_scenario(on.scenario.with_steps(**{step.id: numbers}))
        for key in keys:
            looks = _looks(on, step, key)
            assert looks is not None
            more = shifted_work(on.scenario.steps[looks], values["minutes"])
            on = on.with_scenario(on.scenario.with_steps(**{looks: more}))
            step = role_changed(step, key, "fetched")
        return on.with_path(on.path.with_nodes([step]))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """Fetched; where another step still asks for it, asked less often."""
        step, keys = move.at[0], set(move.at[1:])
        before, old = asked_in(on.path), fetched_in(on.path)
        after = [a for a in before if a.at != step or a.key not in keys]
        agency = next(a.agency for a in before if a.at == step)
        fresh = {k: agency for k in keys if k not in old}
        instead = {k for k in fresh if all(a.key != k for a in after)}
        here = {d.key for d in _step(move, on).facts.documents if d.role == "fetched"}
        used = {Claim("document_use_added", step) for _ in keys - instead - here}
        return frozenset(used | asked_claims(on.path, before, after, users(on.path), fresh))

    def says(self, move: Move, on: Prototype) -> Text:
        """What is fetched instead of asked, in which step."""
        register = str(move.with_["register"])
        name = (
            Text(register, register, register)
            if register
            else Text("rekisteri", "register", "a register")
        )
        return say(
            Text(
                "{step}: asiakkaalta ei kysytä vaan haetaan ({register}): {documents}.",
                "{step}: kunden frågas inte, utan det hämtas ({register}): {documents}.",
                "{step}: not asked of the customer but fetched ({register}): {documents}.",
            ),
            step=names_of(on.path, move.at[0]),
            register=name,
            documents=listed(document_text(on.path, k) for k in move.at[1:]),
        )

    def touches(self, move: Move, on: Prototype) -> tuple[str, ...]:
        """The agency of the step, and those whose staff looks up."""
        step = _step(move, on)
        looks = (_looks(on, step, key) for key in move.at[1:])
        return agency_ids(on.path, [step.id, *(s for s in looks if s is not None)])


def _step(move: Move, on: Prototype) -> Step:
    step = step_of(on.path, move.at[0])
    assert step is not None
    return step


def _official(key: str) -> bool:
    words = key.replace("_", "-").split("-")
    return any(word in _OFFICIAL for word in words)


def _held(on: Prototype, key: str) -> bool:
    """Whether a register may hold a document: an official paper, or asked for by several steps."""
    asking = [s for s in on.path.steps if asks(s, key) and not supplements(on, s.id, key)]
    return bool(asking) and (_official(key) or len(asking) > 1)


def _looks(on: Prototype, step: Step, key: str) -> str | None:
    """Who looks a document up: the next staff that uses it, else the next of the same unit."""
    later = [n for n in _onwards(on.path, step.id) if isinstance(n, Step) and _has_staff(on, n.id)]
    lane = on.path.lane_of(step)
    using = (n for n in later if key in {d.key for d in n.facts.documents if d.role == "used"})
    here = (n for n in later if on.path.lane_of(n) == lane)
    found = next(using, None) or next(here, None)
    return None if found is None else found.id


def _has_staff(on: Prototype, step: str) -> bool:
    numbers = on.scenario.steps.get(step)
    return numbers is not None and numbers.pool is not None and numbers.work is not None


def _onwards(path: Path, begin: str) -> Iterator[Step | Event]:
    """Steps and events from one on, the nearest first."""
    left, seen = deque([begin]), {begin}
    while left:
        node = path.node(left.popleft())
        if isinstance(node, Step | Event):
            yield node
        following = [f.target for f in path.out(node.id)]
        if isinstance(node, Step):
            following += [n.id for n in path.inside(node.id) if not path.into(n.id)]
        if not following and node.within is not None:
            following = [f.target for f in path.out(node.within)]
        for id in following:
            if id not in seen:
                seen.add(id)
                left.append(id)
