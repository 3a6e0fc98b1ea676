"""The move joint-application: what many units ask of the customer comes in one application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from polku.path.checking.documents import always_there, brought
from polku.path.checking.findings import Subject
from polku.path.facts import Document, Facts, Text
from polku.path.model import Path, Step
from polku.redesign import claiming, gathering, rules, surgery
from polku.redesign.asking import asks, document_text, role_changed
from polku.redesign.claiming_ways import in_loop
from polku.redesign.customer_time import activity
from polku.redesign.evidence import Evidence
from polku.redesign.following import DECIDES, NOTIFIES, answers, event_of
from polku.redesign.move import Assumption, Claim, Move, MoveKind, Parameter, Values, move_kind
from polku.redesign.prototype import Prototype
from polku.redesign.saying import listed, say
from polku.redesign.scaling import mixed_varied, scaled_varied, shifted_varied
from polku.redesign.sums import most_work, sum_varied, varies_apart
from polku.redesign.surgery import agency_ids, names_of, step_of
from polku.simulate.scenario import (
    UNITS,
    Delay,
    Law,
    Origin,
    Scenario,
    StepNumbers,
    Varied,
    always,
    fixed,
)

_LATER = ("appeal_filed", "supplement_received", "withdrawn")
"""Events of a matter for which there is no reason yet when the customer applies."""
_GIVE_TOO = Text(
    "Anna samassa hakemuksessa myös seuraavat, jos ne koskevat sinua.",
    "Lämna i samma ansökan också följande, om det gäller dig.",
    "Give in the same application also what follows, as far as it concerns you.",
)
_PASSED_ON = Text(
    "Yksikkö saa aineiston hakemuksestasi. Sinun ei tarvitse lähettää sitä erikseen.",
    "Enheten får handlingarna ur din ansökan. Du behöver inte skicka dem separat.",
    "The unit gets the papers from your application. You need not send them separately.",
)
_NAME = Text(
    "Hakemuksesta yksikölle: {documents}",
    "Från ansökan till enheten: {documents}",
    "From the application to the unit: {documents}",
)
_ASK_ALL = Text(
    "Kysykää vaiheessa {application} myös tämä: {documents}. Välittäkää se yksiköille: {units}.",
    "Fråga i steget {application} också efter detta: {documents}. Förmedla det till enheterna: "
    "{units}.",
    "Ask in the step {application} also for this: {documents}. Pass it on to the units: {units}.",
)
_TAKE = Text(
    "Älkää pyytäkö asiakkaalta erikseen ({steps}), vaan ottakaa aineisto hakemuksesta "
    "({application}).",
    "Begär det inte separat av kunden ({steps}), utan ta handlingarna ur ansökan ({application}).",
    "Do not ask the customer separately ({steps}), but take the papers from the application "
    "({application}).",
)
_BOTH = Text("{one} {two}", "{one} {two}", "{one} {two}")


@move_kind
class JointApplication(MoveKind):
    """What later steps ask of the customer is asked in one application; `at`: it, then the steps.

    An application gathers once: two moves of the kind would count the wait for papers twice.

    Each later step becomes one of the city, in which the unit gets the papers from the application;
    a question of the city directly before it, which has no purpose left, goes. `shares`: for each
    later step the share of matters that come to it. Who withdraws, or is turned down in between,
    has prepared the papers in vain: that is not counted.

    Deadlines and fees go along to the application. A deadline "before the event" is no reason to
    refuse, though law stands behind it: who receives earlier keeps it. State authorities and bodies
    outside may take part where nothing marks the step; whether they agree has to be asked.
    """

    name = "joint-application"
    title = Text("Yksi yhteinen hakemus", "En gemensam ansökan", "One joint application")
    serves = "business-friendliness"
    needs = "a step in which the customer applies, and steps after it that ask for further papers"
    forbids = (
        "steps that are marked or separated, that are repeated, that do not always come after the "
        "application, or that build on something made, decided or done after it"
    )
    parameters = MappingProxyType(
        {
            "shares": Parameter(
                "",
                "for each later step the share of matters that come to it, 0 to 1 each, as in "
                "0.85,0.4 (empty: all come to each)",
            )
        }
    )
    assumptions = (
        Assumption(
            "work",
            Text(
                "Kaiken valmistelu yhteen hakemukseen vie asiakkaalta {value} kertaa erillisten "
                "lähetysten työn.",
                "Att förbereda allt till en ansökan tar kunden {value} gånger arbetet med de "
                "separata inlämningarna.",
                "Preparing it all for one application takes the customer {value} times the work "
                "of the separate ones.",
            ),
            Law("uniform", loc=0.7, scale=0.3, unit=None),
            1.5,
            Origin(
                "assumed",
                note="the same data are filled in once; no datum stands behind it. Fewer "
                "supplements are not assumed",
            ),
        ),
        Assumption(
            "later",
            Text(
                "Hakemus tulee myöhemmin: lisäaika on {value} kertaa pisin aika, jonka asiakas on "
                "tarvinnut erilliseen lähetykseen.",
                "Ansökan kommer senare: tillägget är {value} gånger den längsta tid som kunden har "
                "behövt för en separat inlämning.",
                "The application comes later by {value} times the longest time that the customer "
                "needed for a separate one.",
            ),
            Law("uniform", loc=0.3, scale=0.5, unit=None),
            1.5,
            Origin("assumed", note="all papers must be ready first; no datum stands behind it"),
        ),
    )

    def find(self, seen: Evidence) -> Iterable[Move]:
        """All later steps, those of the city, of each agency, and each alone; dearest first.

        The application is the first step in which the customer is asked for documents.
        """
        on = seen.on
        first = next((s for s in on.path.steps if _receives(on.path, s)), None)
        if first is None or _refuses_application(first, on) is not None:
            return
        able = [
            s.id for s in on.path.steps
            if s.id != first.id and seen.step(s.id).times > 0
            and _refuses_later(s, first, on) is None
        ]  # fmt: skip
        found = []
        for some in dict.fromkeys((*gathering.subsets(on, able, 1), *((i,) for i in able))):
            shares = [gathering.reached(seen, i, first.id) for i in some]
            waits = [seen.step(i).waiting_days.get("customer", 0.0) for i in some]
            saved = gathering.longest(zip(shares, waits, strict=True))
            hint = gathering.days((1 - self.assumptions[1].usual) * saved)
            said = gathering.shares_said(shares)
            found.append(self.at(first.id, *some, shares=said, hint=hint))
        yield from sorted(found, key=lambda m: (-m.hint, m.key))

    def refuses(self, move: Move, on: Prototype) -> str | None:
        """Nothing to gather; no application; a step that cannot come earlier: see `forbids`."""
        if len(move.at) < 2:
            return "names no later step; name the application and the steps that it gathers"
        if reason := rules.missing(on.path, move.at):
            return reason
        if twice := next((i for i in move.at if move.at.count(i) > 1), None):
            return f"names {twice!r} twice; name each step once"
        if reason := gathering.wrong_shares(move.with_["shares"], move.at[1:]):
            return reason
        application, *later = _steps(move, on)
        if reason := _refuses_application(application, on):
            return reason
        if (known := _gathers(on.path, application)) is not None:
            return (
                f"{rules.told(application)} gathers other steps already, as {known}; name all in "
                "one move"
            )
        work = _work(on, application.id)
        for step in later:
            if reason := _refuses_later(step, application, on):
                return reason
            if varies_apart(work, _work(on, step.id)):
                return (
                    f"the works of {rules.told(application)} and {rules.told(step)} vary by "
                    "different attributes"
                )
            work = sum_varied(work, _work(on, step.id))
        return None

    def apply(self, move: Move, on: Prototype, values: Values) -> Prototype:
        """The application asks for it all, and takes longer; the units pass the papers on."""
        application, *later = _steps(move, on)
        changed = _after(move, on)
        path = surgery.without(on.path, _questions(move, on))
        path = path.with_nodes([changed[application.id]])
        path = gathering.without_contact(path, [changed[s.id] for s in later])
        s = _numbers(move, on, values)
        s = gathering.automatic(s, [activity(changed[x.id]) for x in later])
        return surgery.pruned(replace(on, path=path, scenario=s))

    def claims(self, move: Move, on: Prototype) -> frozenset[Claim]:
        """Contacts that are dropped, documents asked by the application, deadlines that move."""
        path, changed, gone = on.path, _after(move, on), _questions(move, on)
        found = claiming.steps(path, gone=gone, changed=changed.values(), quiet=move.at[1:])
        found = {c for c in found if c.change != "texts"}
        found |= gathering.words_claims(path, changed) | claiming.waits(path, gone)
        return frozenset(found)

    def says(self, move: Move, on: Prototype) -> Text:
        """Which application gathers what."""
        return say(
            Text(
                "Yksi hakemus ({application}) kokoaa myös nämä: {steps}. Yksiköt saavat "
                "aineistonsa siitä.",
                "En enda ansökan ({application}) samlar också dessa: {steps}. Enheterna får sina "
                "handlingar ur den.",
                "One application ({application}) gathers these, too: {steps}. The units get their "
                "papers from it.",
            ),
            application=names_of(on.path, move.at[0]),
            steps=listed(names_of(on.path, i) for i in move.at[1:]),
        )

    def asks(self, move: Move, on: Prototype) -> dict[str, Text]:
        """To the agency of the application: ask for it all; to the others: take it from there."""
        path, application = on.path, names_of(on.path, move.at[0])
        own = step_of(path, move.at[0])
        steps = [s for i in move.at[1:] if (s := step_of(path, i)) is not None]
        keys = dict.fromkeys(k for s in steps for k in _asked(s) if own and not asks(own, k))
        units = (lane.id for s in steps if (lane := path.lane_of(s)) is not None)
        found = dict.fromkeys(
            agency_ids(path, move.at[:1]),
            say(
                _ASK_ALL,
                application=application,
                documents=listed(document_text(path, k) for k in (keys or _asked(steps[0]))),
                units=listed(names_of(path, lane) for lane in units),
            ),
        )
        for agency in agency_ids(path, move.at[1:]):
            mine = (i for i in move.at[1:] if agency_ids(path, [i]) == (agency,))
            steps_ = listed(names_of(path, i) for i in mine)
            take = say(_TAKE, steps=steps_, application=application)
            said = found.get(agency)
            found[agency] = take if said is None else say(_BOTH, one=said, two=take)
        return found


def _steps(move: Move, on: Prototype) -> list[Step]:
    return [s for i in move.at if (s := step_of(on.path, i)) is not None]


def _asked(step: Step) -> list[str]:
    return [d.key for d in step.facts.documents if d.role == "asked"]


def _work(on: Prototype, step: str) -> Varied[Law] | None:
    numbers = on.scenario.steps.get(step)
    return None if numbers is None else numbers.work


def _receives(path: Path, step: Step) -> bool:
    """Whether the customer is asked for documents in a step that receives them."""
    by = None if step.facts.contact is None else step.facts.contact.by
    return (
        step.kind == "receive" and by == "customer" and bool(_asked(step))
        and not path.by_customer(step)
    )  # fmt: skip


def _gathers(path: Path, application: Step) -> str | None:
    """The id of a step whose papers come from the application already."""
    keys = set(_asked(application))
    return next(
        (s.id for s in path.steps if s.facts.text == _PASSED_ON and keys & rules.used_by(s)), None
    )


# -- what keeps steps apart


def _refuses_application(step: Step, on: Prototype) -> str | None:
    if not _receives(on.path, step):
        return f"{rules.told(step)} is no application: nothing is received there that was asked for"
    return _refuses_both(step, on)


def _refuses_both(step: Step, on: Prototype) -> str | None:
    """What no step may be of which the customer's work is gathered, or to which it is added."""
    path, told = on.path, rules.told(step)
    if reason := rules.fixed(step):
        return reason
    if step.repeat is not None or in_loop(path, [step.id]) is not None:
        return f"{told} may be done several times; gather what is done once"
    numbers = on.scenario.steps.get(step.id)
    if numbers is None:
        return None
    if numbers.pool is not None:
        return f"{told} is done with staff ({numbers.pool}), who meet the customer in it"
    if numbers.meeting is not None or numbers.batch is not None:
        return f"{told} waits for a meeting or to be done together with others"
    if numbers.delay is not None and numbers.delay.kind != "customer":
        return f"{told} waits for something else than the customer"
    return None


def _refuses_later(step: Step, application: Step, on: Prototype) -> str | None:
    path, told = on.path, rules.told(step)
    if not _receives(path, step):
        return f"{told} does not receive documents from the customer that are asked there"
    if reason := _refuses_both(step, on) or gathering.apart(path, step.id):
        return reason
    if path.boundary(step.id):
        return f"{told} has an event at its boundary, as on a wait for the customer"
    if step.facts.delay not in (None, "customer"):
        return f"{told} waits for something else than the customer"
    if any(d.counted != "before" for d in step.facts.deadlines):
        return f"{told} has a time limit that begins only after the application"
    if event_of(on, step) in _LATER:
        return f"{told} answers what comes up only after the application"
    if not _after_it(path, application.id, step.id):
        return f"{told} does not always come after {rules.told(application)}"
    if reason := _builds_on(path, step, application) or _own_work(path, step, application):
        return reason
    if reason := _unanswered(on, step, application):
        return reason
    a, b = (on.scenario.steps.get(s.id) for s in (application, step))
    if a and b and a.delay and b.delay and a.delay.calendar != b.delay.calendar:
        return f"{told} and {rules.told(application)} count the customer's time by other calendars"
    return None


@lru_cache(maxsize=1024)
def _after_it(path: Path, application: str, step: str) -> bool:
    """Whether the application has been made on every way to a step."""
    at = Subject(path, date.min, 1)
    brings = {n.id: frozenset({"x"} if n.id == application else ()) for n in path.nodes}
    return "x" in always_there(at, brings)[step]


@lru_cache(maxsize=64)
def _there(path: Path, application: str) -> frozenset[str]:
    """What has come in when the application is made, on every way."""
    at = Subject(path, date.min, 1)
    brings = brought(at)
    return always_there(at, brings)[application] | brings[application]


def _builds_on(path: Path, step: Step, application: Step) -> str | None:
    """That a step uses what is not there yet when the customer applies."""
    documents = {d.id: d.document for d in path.data}
    used = {documents.get(k) or k for k in rules.used_by(step)} - set(_asked(step))
    missing = sorted(used - _there(path, application.id))
    if not missing:
        return None
    return f"{rules.told(step)} builds on {missing[0]!r}, which comes after the application"


def _own_work(path: Path, step: Step, application: Step) -> str | None:
    """That the customer does something between the two, on which the later may build."""
    for other in path.steps:
        if (
            path.by_customer(other)
            and claiming.comes_before(path, application.id, other.id)
            and claiming.comes_before(path, other.id, step.id)
        ):
            return f"{rules.told(step)} comes after the customer's own work in {rules.told(other)}"
    return None


def _unanswered(on: Prototype, step: Step, application: Step) -> str | None:
    """That a step answers another which does not fall away when it is answered before."""
    earlier = surgery.before(on.path, step.id)
    if not isinstance(earlier, Step) or earlier.id == application.id:
        return None
    reason = answers(on, step, earlier)
    if reason is None or _question(on, step, application) is not None:
        return None
    return reason


def _question(on: Prototype, step: Step, application: Step) -> Step | None:
    """The step directly before, in which the unit asks for what the application then brings."""
    path, found = on.path, surgery.before(on.path, step.id)
    if not isinstance(found, Step) or found.kind != "send" or not surgery.in_line(path, found.id):
        return None
    contact, facts = found.facts.contact, found.facts
    if contact is None or contact.by != "city" or path.lane_of(found) != path.lane_of(step):
        return None
    if facts.deadlines or facts.fees or rules.keeps(found) or gathering.apart(path, found.id):
        return None
    if event_of(on, found) in (DECIDES, NOTIFIES) or rules.made_by(found):
        return None
    if gathering.by_itself(on, activity(found)) or _builds_on(path, found, application):
        return None
    return found if _after_it(path, application.id, found.id) else None


def _questions(move: Move, on: Prototype) -> list[str]:
    """Ids of the questions that fall away."""
    application, *later = _steps(move, on)
    found = (_question(on, s, application) for s in later)
    return [q.id for q in found if q is not None and q.id != application.id]


# -- the steps and numbers after


def _after(move: Move, on: Prototype) -> dict[str, Step]:
    """The steps as they are after the move, by id."""
    path = on.path
    application, *later = _steps(move, on)
    facts, taken = application.facts, {s.name.casefold() for s in path.steps}
    documents = {(d.key, d.role): d for d in facts.documents}
    found: dict[str, Step] = {}
    for step in later:
        for d in step.facts.documents:
            if d.role == "asked":
                documents.setdefault((d.key, d.role), d)
        own = [
            d for d in step.facts.documents if d.role == "asked" and not asks(application, d.key)
        ]
        found[step.id] = _passes_on(path, step, own, taken)
    deadlines = (*facts.deadlines, *(d for s in later for d in s.facts.deadlines))
    fees = (*facts.fees, *(f for s in later for f in s.facts.fees))
    new = replace(
        facts,
        documents=tuple(documents.values()),
        deadlines=tuple(dict.fromkeys(deadlines)),
        fees=fees,
        text=gathering.said_too(facts.text, _GIVE_TOO, *(_words(path, s) for s in later)),
    )
    return {application.id: replace(application, facts=new), **found}


def _words(path: Path, step: Step) -> Text:
    """What a step tells the customer, else its name as a sentence."""
    text = step.facts.text
    return text if text else say(Text("{n}.", "{n}.", "{n}."), n=names_of(path, step.id))


def _passes_on(path: Path, step: Step, own: list[Document], taken: set[str]) -> Step:
    """The later step after the move: the unit gets the papers, and asks for nothing."""
    keys = [d.key for d in own] or _asked(step)
    names = say(_NAME, documents=listed(document_text(path, k) for k in keys[:3]))
    if (names.en or "").casefold() in taken:
        more = Text("{a} ({b})", "{a} ({b})", "{a} ({b})")
        names = say(more, a=names, b=names_of(path, step.id))
    taken.add((names.en or "").casefold())
    for key in _asked(step):
        step = role_changed(step, key, "used")
    facts: Facts = replace(
        step.facts, names=names, text=_PASSED_ON, contact=None, delay=None, deadlines=(), fees=(),
        activities=(),
    )  # fmt: skip
    return replace(step, name=names.en or "", kind="service", facts=facts)


def _numbers(move: Move, on: Prototype, values: Values) -> Scenario:
    """The scenario in which the application takes the customer longer, and the later steps not."""
    application, *later = _steps(move, on)
    shares = gathering.shares_given(move.with_["shares"], move.at[1:])
    s, first = on.scenario, on.scenario.steps.get(application.id)
    assert shares is not None
    if first is not None:
        more: Varied[Law] | None = None
        waits: list[tuple[float, Delay]] = []
        for step in later:
            numbers, share = s.steps.get(step.id, StepNumbers()), shares[step.id]
            if numbers.work is not None:
                part = mixed_varied(numbers.work, ((share, 1.0), (1 - share, 0.0)))
                more = sum_varied(more, part)
            if numbers.delay is not None:
                waits.append((share, numbers.delay))
        if more is not None:
            work = sum_varied(first.work, scaled_varied(more, values["work"]))
            first = replace(first, work=work)
        note = f"one application for {len(later) + 1} steps"
        first = replace(
            first,
            delay=_delay(first.delay, waits, values["later"]),
            origin=Origin("assumed", note=note),
        )
        s = s.with_steps(**{application.id: first})
    passed_on = {
        step.id: StepNumbers(
            work=always(fixed(1.0)),
            role=s.steps[step.id].role or step.id,
            origin=Origin("assumed", note="automatic: papers from the application"),
        )
        for step in later
        if step.id in s.steps
    }
    return _burdened(s.with_steps(**passed_on), application, later, shares, values["work"])


def _delay(old: Delay | None, waits: list[tuple[float, Delay]], factor: float) -> Delay | None:
    """The customer's delay before the application, so much longer."""
    means = [(share, most_work(d.law)) for share, d in waits]
    minutes = factor * gathering.longest(means) / UNITS["minutes"]
    if not waits or minutes <= 0:
        return old
    if old is not None:
        return replace(old, law=shifted_varied(old.law, minutes))
    dearest = max(waits, key=lambda w: most_work(w[1].law))[1]
    origin = Origin("assumed", note="papers must be ready before the application")
    return Delay(always(fixed(minutes)), "customer", dearest.calendar, origin)


def _burdened(
    s: Scenario, application: Step, later: list[Step], shares: Mapping[str, float], factor: float
) -> Scenario:
    """The scenario whose logs count the customer's hours in the application."""
    burden = s.mapping.get("burden", {})
    hours: Mapping[str, float] = burden.get("hours", {})
    more = sum(factor * shares[x.id] * hours.get(activity(x), 0.0) for x in later)
    if more <= 0:
        return s
    numbers = s.steps.get(application.id)
    event = "" if numbers is None else numbers.event or ""
    name = activity(application)
    old = hours.get(name, hours.get(event, 0.0))
    new = {**burden, "hours": {**hours, name: old + more}}
    return replace(s, mapping={**s.mapping, "burden": new})
