"""Facts: sources of deadlines and fees, words in three languages, what stands in the path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import fsum

from polku.path.checking.findings import Found, Subject, rule
from polku.path.facts import DELAYS, LANGUAGES, Facts, Origin, Text
from polku.path.model import Step

MAX_AGE = 365
"""Days after which a source is to be looked at again."""


def _holders(at: Subject) -> Iterator[tuple[str, Facts]]:
    """Everything that may have facts, with its id."""
    path = at.path
    pools = [*([path.city] if path.city is not None else []), *path.parties]
    for element in (path, *pools, *path.lanes, *path.nodes, *path.flows, *path.data):
        yield element.id, element.facts


def _sourced(at: Subject) -> Iterator[tuple[str, str, Origin]]:
    """Deadlines and fees: id of the element, what it is, where it comes from."""
    for id, facts in _holders(at):
        for d in facts.deadlines:
            yield id, f"the deadline {d.duration}", d.origin
        for f in facts.fees:
            yield id, f"the fee {f.amount:g} {f.currency}", f.origin


def _lacks(origin: Origin, keys: tuple[str, ...]) -> str:
    return ", ".join(k for k in keys if not getattr(origin, k))


@rule(
    "P501",
    "warning",
    "a deadline that does not say where it comes from",
    "give its legal basis, its source, the strength of the evidence, and the day it was checked",
)
def deadline_source(at: Subject) -> Iterator[Found]:
    """Every deadline has basis, source, strength and checked."""
    for id, facts in _holders(at):
        for d in facts.deadlines:
            if missing := _lacks(d.origin, ("basis", "source", "strength", "checked")):
                yield Found(id, f"the deadline {d.duration} lacks {missing}")


@rule(
    "P502",
    "warning",
    "a fee that does not say where it comes from",
    "give its source, the strength of the evidence, and the day it was checked",
)
def fee_source(at: Subject) -> Iterator[Found]:
    """Every fee has source, strength and checked."""
    for id, facts in _holders(at):
        for f in facts.fees:
            if missing := _lacks(f.origin, ("source", "strength", "checked")):
                yield Found(id, f"the fee {f.amount:g} {f.currency} lacks {missing}")


@rule(
    "P503",
    "warning",
    "a source that was last checked more than a year ago",
    "compare it with its source and write down the day",
)
def old_source(at: Subject) -> Iterator[Found]:
    """Deadlines and fees were checked within a year, and not in the future."""
    for id, what, origin in _sourced(at):
        if origin.checked is None:
            continue
        days = (at.today - origin.checked).days
        if days > MAX_AGE:
            yield Found(id, f"{what} was last checked on {origin.checked}, {days:,} days ago")
        elif days < 0:
            yield Found(id, f"{what} is to have been checked on {origin.checked}, in the future")


def _missing(text: Text) -> str:
    return ", ".join(text.missing)


@rule("P504", "warning", "no name in one of the three languages", "give the names in fi, sv and en")
def names(at: Subject) -> Iterator[Found]:
    """Path, pools, lanes, steps and documents have names in Finnish, Swedish and English."""
    if not at.has_facts:
        return
    path = at.path
    nameless = {e.id for e in path.events} | {g.id for g in path.gateways}
    nameless |= {f.id for f in path.flows} | {d.id for d in path.data}
    for id, facts in _holders(at):
        if id not in nameless and (missing := _missing(facts.names)):
            yield Found(id, f"has no name in {missing}")
    first: dict[str, str] = {}
    known: defaultdict[str, set[str]] = defaultdict(set)
    for id, facts in _holders(at):
        for d in facts.documents:
            first.setdefault(d.key, id)
            known[d.key] |= set(LANGUAGES) - set(d.names.missing)
    for key, id in first.items():
        if missing := ", ".join(n for n in LANGUAGES if n not in known[key]):
            yield Found(id, f"the document {key!r} has no name in {missing}")


@rule(
    "P505",
    "warning",
    "no plain words in one of the three languages",
    "write for the customer what it is about, in fi, sv and en",
)
def texts(at: Subject) -> Iterator[Found]:
    """Path, contacts, deadlines and fees have a text in Finnish, Swedish and English."""
    if not at.has_facts:
        return
    path = at.path
    for id, facts in _holders(at):
        told = [("the path", facts.text)] if id == path.id else []
        told += [("the contact", facts.text)] if facts.contact is not None else []
        told += [(f"the deadline {d.duration}", d.text) for d in facts.deadlines]
        told += [(f"the fee {f.amount:g} {f.currency}", f.text) for f in facts.fees]
        for what, text in told:
            if missing := _missing(text):
                yield Found(id, f"{what} has no text in {missing}")


@rule("P506", "warning", "an unknown kind of delay", f"write one of {', '.join(DELAYS)}")
def delay(at: Subject) -> Iterator[Found]:
    """Delays are of a known kind."""
    for id, facts in _holders(at):
        if facts.delay is not None and facts.delay not in DELAYS:
            yield Found(id, f"waits for {facts.delay!r}, which is no kind of delay")


@rule(
    "P507",
    "error",
    "duties separated from a step that is not there",
    "name another step of this path",
)
def separate(at: Subject) -> Iterator[Found]:
    """Separation of duties names other steps of the path."""
    for id, facts in _holders(at):
        for other in facts.separate_from:
            if other == id:
                yield Found(id, "is to be done by another person than itself")
            elif not at.path.has(other) or not isinstance(at.path.node(other), Step):
                yield Found(id, f"is separate from {other!r}, which is no step of the path")


@rule(
    "P508",
    "warning",
    "the path does not say which version it is",
    "give the path's short name (of) and its state: current, prototype, chosen, adopted, retired",
)
def version(at: Subject) -> Iterator[Found]:
    """The version has `of` and `state`."""
    found = at.path.version
    missing = " and ".join(k for k in ("of", "state") if getattr(found, k) is None)
    if missing and at.has_facts:
        yield Found(at.path.id, f"its version has no {missing}")


@rule(
    "P509",
    "advice",
    "general knowledge that is not marked as an assumption",
    "add an assumption that says what is taken to be so, or find a better source",
)
def unmarked_assumption(at: Subject) -> Iterator[Found]:
    """What rests on general knowledge (strength C) is marked as an assumption at its element."""
    facts_of = dict(_holders(at))
    for id, what, origin in _sourced(at):
        if origin.strength == "C" and not facts_of[id].assumptions:
            yield Found(id, f"{what} rests on general knowledge (C), and no assumption says so")


@rule(
    "P510",
    "error",
    "probabilities at one gateway that are not 1 together",
    "give all flows out a probability, so that they are 1 together",
)
def probabilities(at: Subject) -> Iterator[Found]:
    """Probabilities of an exclusive or event-based gateway's flows add up to 1."""
    for gateway in at.path.gateways:
        flows = at.path.out(gateway.id)
        given = [f.probability for f in flows if f.probability is not None]
        if gateway.kind not in ("exclusive", "event") or not given or len(flows) < 2:
            continue
        if len(given) < len(flows):
            bare = next(f for f in flows if f.probability is None)
            yield Found(
                (gateway.id, bare.id),
                f"{len(given)} of {len(flows)} flows out have a probability",
                severity="warning",
            )
        elif abs(fsum(given) - 1) > 1e-6:
            yield Found(gateway.id, f"the probabilities are {fsum(given):g} together")


@rule("P511", "warning", "a step without a name", "say what is done, as a verb and a thing")
def unnamed(at: Subject) -> Iterator[Found]:
    """Every step has a name."""
    for step in at.path.steps:
        if not step.name and not step.facts.names:
            yield Found(step.id, "has no name")
