"""The move one-answer: what many units answer to the customer comes in one answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from polku.path.facts import Document, Text
from polku.path.model import Event, Path, Step
from polku.redesign import claiming, gathering, rules, surgery
from polku.redesign.claiming_ways import in_loop
from polku.redesign.customer_time import activity
from polku.redesign.evidence import Evidence
from polku.redesign.following import event_of
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Parameter, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.saying import listed, say
from polku.redesign.scaling import scaled_work, shifted_work
from polku.redesign.surgery import agency_ids, names_of, step_of
from polku.simulate.scenario import Law, Origin

_NAME = Text(
    "Yhteiseen vastaukseen: {step}",
    "Till det gemensamma svaret: {step}",
    "For the joint answer: {step}",
)
_LATER = Text(
    "Saat tämän vastauksen yhdessä muiden kanssa, et erikseen.",
    "Du får det här svaret tillsammans med de andra, inte separat.",
    "You get this answer together with the others, not separately.",
)
_CARRIES = Text(
    "Samassa viestissä saat myös näiden yksiköiden vastaukset: {units}.",
    "I samma meddelande får du också svaren från de här enheterna: {units}.",
    "The same message brings you the answers of these units: {units}.",
)
_GATHER = Text(
    "Kootkaa vaiheeseen {final} myös näiden yksiköiden vastaukset: {units}.",
    "Samla i steget {final} också svaren från de här enheterna: {units}.",
    "Gather in the step {final} also the answers of these units: {units}.",
)
_WRITE = Text(
    "Kirjatkaa vastauksenne asialle ({steps}); asiakas saa sen vaiheessa {final}.",
    "Skriv ert svar i ärendet ({steps}); kunden får det i steget {final}.",
    "Write your answer into the matter ({steps}); the customer gets it in the step {final}.",
)
_BOTH = Text("{one} {two}", "{one} {two}", "{one} {two}")


@move_kind
class OneAnswer(MoveKind):
    """Answers that units send one by one come in one message; `at`: the final one, the answers.

    Each answer becomes work of its unit, which writes it into the matter; the final step sends them
    all, with their fees. The units go on deciding what they answer. The customer gets an answer
    later than before, so one is left alone on which anybody acts before the final one. `shares`:
    for each answer the share of matters that have it.
    """

    name = "one-answer"
    title = Text("Yksi yhteinen vastaus", "Ett gemensamt svar", "One joint answer")
    serves = "smoothness"
    goes_with = ("joint-application",)
    needs = "several answers of units, and a message to the customer that always comes after them"
    forbids = (
        "answers that are marked, that begin a period set by law, that are sent automatically or "
        "repeated, or on which the customer acts before the final one"
    )
    parameters = MappingProxyType(
        {
            "shares": Parameter(
                "",
                "for each answer the share of matters that have it, 0 to 1 each, as in 0.85,0.4 "
                "(empty: all have each)",
            )
        }
    )
    assumptions = (
        Assumption(
            "writing",
            Text(
                "Vastauksen kirjaaminen asialle vie yksiköltä {value} kertaa sen lähettämisen "
                "työn.",
                "Att skriva svaret i ärendet tar enheten {value} gånger arbetet med att skicka "
                "det.",
                "Writing the answer into the matter takes the unit {value} times the work of "
                "sending it.",
            ),
            Law("uniform", loc=0.5, scale=0.4, unit=None),
            1.2,
            Origin("assumed", note="no letter of its own; no datum stands behind it"),
        ),
        Assumption(
            "gathering",
            Text(
                "Kunkin vastauksen liittäminen yhteiseen vastaukseen vie {value} minuuttia.",
                "Att foga varje svar till det gemensamma svaret tar {value} minuter.",
                "Putting each answer into the joint one takes {value} minutes.",
            ),
            Law("uniform", loc=2.0, scale=8.0, unit=None),
            30.0,
            Origin("assumed", note="reading it and seeing that answers agree; no datum"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """For each message that always comes after others: all of them, the city's, an agency's."""
        on, found = seen.on, []
        sends = [s for s in on.path.steps if _tells(on.path, s) and seen.step(s.id).times > 0]
        for final in sends:
            if _refuses_final(final, on) is not None:
                continue
            able = [s.id for s in sends
                    if s.id != final.id and _refuses_answer(s, final, on) is None]  # fmt: skip
            for some in gathering.subsets(on, able, 2):
                shares = [gathering.reached(seen, i, final.id) for i in some]
                work = sum(seen.step(i).times * seen.step(i).work_hours for i in some)
                waits = sum(seen.step(i).days for i in some)
                hint = gathering.days(0.1 * waits + 0.3 * work / 24)
                said = gathering.shares_said(shares)
                found.append(self.at(final.id, *some, shares=said, hint=hint))
        yield from sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """Fewer than two answers; no message to carry them; an answer that must go by itself."""
        if len(move.at) < 3:
            return "names fewer than two answers; name the final message and the answers"
        if reason := rules.missing(on.path, move.at):
            return reason
        if twice := next((i for i in move.at if move.at.count(i) > 1), None):
            return f"names {twice!r} twice; name each step once"
        if reason := gathering.wrong_shares(move.with_["shares"], move.at[1:]):
            return reason
        final, *answers = _steps(move, on)
        if reason := _refuses_final(final, on):
            return reason
        return next((r for s in answers if (r := _refuses_answer(s, final, on)) is not None), None)

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The answers are written down by their units; the final message takes longer."""
        final, *answers = _steps(move, on)
        changed, s = _after(move, on), on.scenario
        path = on.path.with_nodes([changed[final.id]])
        path = gathering.without_contact(path, [changed[a.id] for a in answers])
        shares = gathering.shares_given(move.with_["shares"], move.at[1:])
        assert shares is not None
        numbers = {
            a.id: replace(scaled_work(n, values["writing"]), event=None, channels={})
            for a in answers
            if (n := s.steps.get(a.id)) is not None
        }
        if (last := s.steps.get(final.id)) is not None:
            numbers[final.id] = shifted_work(last, values["gathering"] * sum(shares.values()))
        return replace(on, path=path, scenario=s.with_steps(**numbers))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """Contacts that are dropped, fees that move, answers written and then used."""
        path, changed = on.path, _after(move, on)
        found = claiming.steps(path, changed=changed.values(), quiet=move.at[1:])
        found = {c for c in found if c.change != "texts"}
        return frozenset(found | gathering.words_claims(path, changed))

    def says(self, move: Move, on: Prototype) -> Text:
        """Which answers come in which message."""
        return say(
            Text(
                "Asiakas saa yhden vastauksen ({final}). Se kokoaa nämä: {steps}.",
                "Kunden får ett enda svar ({final}). Det samlar dessa: {steps}.",
                "The customer gets one answer ({final}). It gathers these: {steps}.",
            ),
            final=names_of(on.path, move.at[0]),
            steps=listed(names_of(on.path, i) for i in move.at[1:]),
        )

    def asks(self, move: Move, on: Prototype) -> dict[str, Text]:
        """To the agency of the final message: gather them; to the others: write them down."""
        path, final = on.path, names_of(on.path, move.at[0])
        found = dict.fromkeys(
            agency_ids(path, move.at[:1]), say(_GATHER, final=final, units=_units(move, on))
        )
        for agency in agency_ids(path, move.at[1:]):
            mine = (i for i in move.at[1:] if agency_ids(path, [i]) == (agency,))
            write = say(_WRITE, steps=listed(names_of(path, i) for i in mine), final=final)
            said = found.get(agency)
            found[agency] = write if said is None else say(_BOTH, one=said, two=write)
        return found


def _steps(move: Move, on: Prototype) -> list[Step]:
    return [s for i in move.at if (s := step_of(on.path, i)) is not None]


def _tells(path: Path, step: Step) -> bool:
    """Whether a unit sends the customer a message in a step."""
    contact = step.facts.contact
    return (
        step.kind == "send" and contact is not None and contact.by == "city"
        and not path.by_customer(step)
    )  # fmt: skip


def _units(move: Move, on: Prototype) -> Text:
    """The names of the units whose answers are gathered."""
    lanes = (lane.id for s in _steps(move, on)[1:] if (lane := on.path.lane_of(s)) is not None)
    return listed(names_of(on.path, lane) for lane in lanes)


# -- what keeps answers apart


def _refuses_both(step: Step, on: Prototype) -> str | None:
    told = rules.told(step)
    if not _tells(on.path, step):
        return f"{told} sends the customer no message of the city"
    if step.repeat is not None or in_loop(on.path, [step.id]) is not None:
        return f"{told} may be done several times; gather what is sent once"
    numbers = on.scenario.steps.get(step.id)
    by_itself = numbers is not None and numbers.pool is None
    if by_itself or gathering.by_itself(on, activity(step)):
        return f"{told} is sent automatically, by nobody"
    return None


def _refuses_final(step: Step, on: Prototype) -> str | None:
    return _refuses_both(step, on) or rules.fixed(step)


def _refuses_answer(step: Step, final: Step, on: Prototype) -> str | None:
    path, told = on.path, rules.told(step)
    if reason := _refuses_both(step, on) or rules.keeps(step):
        return reason
    if step.facts.deadlines:
        return f"{told} begins a time limit of its own"
    follows = surgery.next_of(path, step.id)
    if isinstance(follows, Step) and follows.facts.delay in ("statutory", "hearing"):
        return f"{told} begins the period of {rules.told(follows)}"
    if path.boundary(step.id):
        return f"{told} has an event at its boundary"
    if event_of(on, step) == "supplement_requested":
        return f"{told} asks the customer for something"
    if not claiming.comes_before(path, step.id, final.id):
        return f"{told} does not always come before {rules.told(final)}"
    if (end := _passed_by(path, step.id, final.id)) is not None:
        return f"a matter may end ({end}) after {told} without {rules.told(final)}"
    for other in path.steps:
        if (
            other.id not in (step.id, final.id)
            and _acts(path, other)
            and claiming.comes_before(path, step.id, other.id)
            and not claiming.comes_before(path, final.id, other.id)
        ):
            return f"the customer acts in {rules.told(other)} after {told}"
    return None


def _acts(path: Path, step: Step) -> bool:
    """Whether the customer does something in a step."""
    contact = step.facts.contact
    by_customer = contact is not None and contact.by == "customer"
    return step.kind == "receive" or by_customer or path.by_customer(step)


@lru_cache(maxsize=1024)
def _passed_by(path: Path, step: str, final: str) -> str | None:
    """The id of an end that a matter may reach from a step without passing the final one."""
    left, known = [step], {step, final}
    while left:
        node = path.node(left.pop())
        if isinstance(node, Event) and node.position == "end":
            if node.within is None:
                return node.id
            left.append(node.within)  # the sub-process is over
            continue
        ways = [f.target for f in path.out(node.id)]
        ways += [e.id for e in path.boundary(node.id)]
        if not path.out(node.id) and node.within is not None:
            ways += [f.target for f in path.out(node.within)]
        left += [w for w in ways if w not in known]
        known.update(ways)
    return None


# -- the steps after


def _after(move: Move, on: Prototype) -> dict[str, Step]:
    """The steps as they are after the move, by id."""
    path = on.path
    final, *answers = _steps(move, on)
    facts, found = final.facts, {}
    documents = {(d.key, d.role): d for d in facts.documents}
    known = {key for key, _ in documents}
    for step in answers:
        names = say(_NAME, step=names_of(path, step.id))
        written = Document(f"{step.id}-written", "made", names_of(path, step.id))
        given = (*step.facts.documents, written)
        for d in given:
            if d.role == "made" and d.key not in known:
                documents[d.key, "used"] = replace(d, role="used")
        now = replace(
            step.facts, names=names, text=_LATER, contact=None, documents=given, fees=(),
            activities=(),
        )  # fmt: skip
        found[step.id] = replace(step, name=names.en or "", kind="user", facts=now)
    new = replace(
        facts,
        documents=tuple(documents.values()),
        fees=(*facts.fees, *(f for s in answers for f in s.facts.fees)),
        text=gathering.said_too(facts.text, Text(), say(_CARRIES, units=_units(move, on))),
    )
    return {final.id: replace(final, facts=new), **found}
