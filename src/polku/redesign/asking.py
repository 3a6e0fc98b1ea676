"""What the customer is asked for: which document, in which step, of which agency.

A move that changes what is asked, or who asks it, claims what follows from it for the documents;
`asked_claims` works that out from two lists of what is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from polku.path.changes.side import Side
from polku.path.checking.documents import always_there, brought
from polku.path.checking.findings import Subject
from polku.path.facts import Document, Text
from polku.path.model import Event, Node, Path, Step
from polku.redesign.move import Claim
from polku.redesign.prototype import Prototype
from polku.redesign.surgery import step_of


class Asked(NamedTuple):
    """A document that is asked of the customer: its key, the step (or event), the agency's id."""

    key: str
    at: str
    agency: str


def asked_in(path: Path) -> tuple[Asked, ...]:
    """All that is asked of the customer, in the order of the file."""
    return tuple(
        Asked(d.key, n.id, agency_id(path, n))
        for n in path.nodes
        if isinstance(n, Step | Event)
        for d in n.facts.documents
        if d.role == "asked"
    )


def agency_id(path: Path, node: Node) -> str:
    """The id of the agency that does a step; what stands at a boundary is done where its step is.

    "" where no agency is known.
    """
    if isinstance(node, Event) and node.attached_to is not None and node.lane is None:
        node = path.node(node.attached_to)
    agency = path.agency_of(node)
    return "" if agency is None else agency.id


def users(path: Path) -> dict[str, set[str]]:
    """For each document the agencies that use it without asking."""
    side = Side(path)
    found: dict[str, set[str]] = {}
    for element in side.elements:
        for document in side.documents(element):
            if document.role == "used":
                found.setdefault(document.key, set()).add(side.place(element).key)
    return found


def fetched_in(path: Path) -> set[str]:
    """Keys of the documents that are fetched from a register."""
    return {d.key for n in path.nodes for d in n.facts.documents if d.role == "fetched"}


def asked_claims(
    path: Path,
    before: Iterable[Asked],
    after: Iterable[Asked],
    using: Mapping[str, set[str]],
    fetched: Mapping[str, str] | None = None,
) -> set[Claim]:
    """The claims on documents between two lists of what is asked in a path's steps.

    `path`: for the ways on which a document is asked several times (moves that keep the order of
    the steps); `using`: the agencies that use a document after the move; `fetched`: documents that
    are fetched after the move and were not before, and the agency that does it.
    """
    old, new, came = tuple(before), tuple(after), fetched or {}
    side = Side(path)
    claims: set[Claim] = set()
    for key in dict.fromkeys(a.key for a in (*old, *new)):
        was = Counter(a.agency for a in old if a.key == key)
        now = Counter(a.agency for a in new if a.key == key)
        if was and not now:
            claims |= _not_asked(key, was, came)
            continue
        lost, gained = was.keys() - now.keys(), now.keys() - was.keys()
        if lost and gained:
            claims.add(Claim("document_asked_elsewhere", key))
        elif lost:
            claims.add(Claim("document_asked_less", key))
        elif gained:
            claims.add(Claim("document_asked_more" if was else "document_added", key))
        takers = gained or now.keys()
        if lost & using.get(key, set()) and len(takers) == 1:
            claims.add(Claim("document_received", key))
        for agency in was.keys() & now.keys():
            if was[agency] != now[agency] and (
                _most(side, old, key, agency) != _most(side, new, key, agency)
            ):
                claims.add(Claim("document_times", key))
    return claims


def _not_asked(key: str, was: Counter[str], came: Mapping[str, str]) -> set[Claim]:
    if key not in came:
        return {Claim("document_dropped", key)}
    others = was.keys() - {came[key]}
    return {Claim("document_fetched", key)} | {Claim("document_dropped", key) for _ in others}


def _most(side: Side, asked: tuple[Asked, ...], key: str, agency: str) -> int:
    """How often one matter is asked for a key by an agency at most."""
    places = {a.at for a in asked if a.key == key and a.agency == agency}
    return side.each(lambda id: int(id in places))[1]


def role_changed(step: Step, key: str, role: str) -> Step:
    """A step whose asked document of a key has another role, once."""
    documents: list[Document] = []
    for document in step.facts.documents:
        if document.key == key and document.role == "asked":
            document = replace(document, role=role)  # type: ignore[arg-type]
        if (document.key, document.role) not in {(d.key, d.role) for d in documents}:
            documents.append(document)
    return replace(step, facts=replace(step.facts, documents=tuple(documents)))


def asks(step: Step, key: str) -> bool:
    """Whether a step asks the customer for a document."""
    return any(d.key == key and d.role == "asked" for d in step.facts.documents)


def supplements(on: Prototype, step: str, key: str) -> bool:
    """Whether a step asks for a correction of a document: a supplement of what others ask for."""
    numbers = on.scenario.steps.get(step)
    if numbers is None or numbers.event != "supplement_received":
        return False
    return any(asks(s, key) for s in on.path.steps if s.id != step)


@lru_cache(maxsize=256)
def known_before(path: Path, key: str, steps: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some steps that need not ask for a key: it has come in on every way before them.

    One after another in the order given: a step that asks no longer does not bring it to others.
    Kept, as the same is asked of a path for every draw of an assumption.
    """
    at = Subject(path, date.min, 1)
    brings = {n: keys & {key} for n, keys in brought(at).items()}
    found: list[str] = []
    for id in steps:
        step = step_of(path, id)
        if step is None or not asks(step, key):
            continue
        without = {**brings, id: frozenset[str]()}
        if key in always_there(at, without)[id]:
            brings = without
            found.append(id)
    return tuple(found)


def document_text(path: Path, key: str) -> Text:
    """The name of a document in three languages, else its key in words."""
    words = key.replace("-", " ").replace("_", " ")
    for node in path.nodes:
        for d in node.facts.documents:
            if d.key == key and (plain := d.names.best()):
                return Text(d.names.fi or plain, d.names.sv or plain, d.names.en or plain)
    return Text(words, words, words)
