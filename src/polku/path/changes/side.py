"""One version of a path as a comparison sees it: who does what, meets whom and asks for what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from polku.path.changes.count import Span, Ways, Weight
from polku.path.changes.match import Element, contact_of, documents_of, names_of
from polku.path.changes.order import NOT, Order
from polku.path.diff import Named, Place, Subject
from polku.path.facts import Contact, Document, Text
from polku.path.model import Event, Lane, Node, Path, Step


@dataclass(frozen=True, slots=True)
class Answer:
    """What a drawing says of a condition: in plain words, and as question and answer."""

    said: Text
    question: Text
    answer: Text


class Side:
    """One of the two versions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.order = Order(path)
        self._ways = Ways(self.order)

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Steps and events, in the order of the file."""
        return tuple(n for n in self.path.nodes if isinstance(n, Step | Event))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Steps that are work: all but the sub-processes that only hold others."""
        holders = {n.within for n in self.path.nodes}
        return tuple(s for s in self.path.steps if s.id not in holders)

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids of `steps`."""
        return frozenset(s.id for s in self.steps)

    def element(self, id: str) -> Element:
        """The step or event of an id."""
        node = self.path.node(id)
        assert isinstance(node, Step | Event)
        return node

    def contact(self, element: Element) -> Contact | None:
        """The contact in a step or event."""
        return self._contacts[element.id]

    @cached_property
    def _contacts(self) -> dict[str, Contact | None]:
        return {e.id: contact_of(self.path, e) for e in self.elements}

    def documents(self, element: Element) -> tuple[Document, ...]:
        """The documents of a step."""
        return self._documents[element.id]

    @cached_property
    def _documents(self) -> dict[str, tuple[Document, ...]]:
        return {e.id: documents_of(self.path, e) for e in self.elements}

    # -- who

    @cached_property
    def agencies(self) -> tuple[Lane, ...]:
        """Agencies with something to do."""
        busy = {a.id for s in self.steps if (a := self.path.agency_of(s)) is not None}
        return tuple(n for n in self.path.lanes if n.id in busy and n.role != "customer")

    def named(self, lane: Lane) -> Named:
        """An agency or unit by its name."""
        return Named(lane.id, names_of(lane.facts.names, lane.name))

    def place(self, node: Node) -> Place:
        """Who does a step; what stands at a boundary is done where its step is."""
        at: Node = node
        if isinstance(node, Event) and node.attached_to is not None and node.lane is None:
            at = self.path.node(node.attached_to)
        agency, unit = self.path.agency_of(at), self.path.unit_of(at)
        return Place(
            self.named(agency) if agency is not None else None,
            self.named(unit) if unit is not None and unit is not agency else None,
            "customer" if agency is not None and agency.role == "customer" else "agency",
        )

    def subject(self, id: str) -> Subject:
        """A step or event as something that a sentence can name."""
        element = self.element(id)
        what = "step" if isinstance(element, Step) else "event"
        names = names_of(element.facts.names, element.name)
        return Subject(id, what, names, self.place(element), self.contact(element))  # type: ignore[arg-type]

    def lane_subject(self, lane: Lane) -> Subject:
        """An agency or a unit as a subject."""
        top = lane
        while top.parent is not None:
            top = self.path.lane(top.parent)
        role = "customer" if top.role == "customer" else "agency"
        place = Place(self.named(top), self.named(lane) if lane is not top else None, role)  # type: ignore[arg-type]
        named = self.named(lane)
        return Subject(lane.id, "unit" if lane is not top else "agency", named.names, place)

    @cached_property
    def contact_points(self) -> dict[str, Lane]:
        """The distinct units (or agencies without units) that the customer has to deal with."""
        found = {}
        for element in self.elements:
            lane = self.path.lane_of(element)
            if isinstance(element, Event) and lane is None and element.attached_to is not None:
                lane = self.path.lane_of(self.path.node(element.attached_to))
            if lane is not None and self.contact(element) is not None:
                agency = self.path.agency_of(element)
                if agency is None or agency.role != "customer":
                    found[lane.id] = lane
        return found

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """What the drawing says of conditions (with NOT before them, where that is a default)."""
        found: dict[str, Answer] = {}
        for gateway in self.path.gateways:
            asked = names_of(gateway.facts.names, gateway.name)
            out = self.path.out(gateway.id)
            told = [f for f in out if f.condition]
            for flow in out:
                word = flow.condition
                if word is None and flow.id == gateway.default and len(told) == 1:
                    word = NOT + (told[0].condition or "")
                answer = names_of(flow.facts.names, flow.name)
                if word and (answer or flow.facts.text):
                    found.setdefault(word, Answer(flow.facts.text, asked, answer))
        return found

    @cached_property
    def going_on(self) -> frozenset[str]:
        """Conditions (as in `answers`) on which a matter neither ends early nor goes back."""
        found = set()
        for gateway in self.path.gateways:
            out = self.path.out(gateway.id)
            told = [f.condition for f in out if f.condition]
            on = [f for f in out if f.id in self._ways.going_on]
            if gateway.kind == "exclusive" and len(out) == 2 and len(told) == len(on) == 1:
                found.add(on[0].condition or f"{NOT}{told[0]}")
        return frozenset(found)

    # -- how much of it one matter meets

    def each(self, weight: Weight) -> Span:
        """The least and the most that one matter meets of something."""
        return self._ways.span(weight)

    def contacts_at(self, id: str) -> int:
        """Contacts in a step or event."""
        return int(self._contacts.get(id) is not None)

    def asked_at(self, id: str) -> int:
        """Documents asked in a step or event."""
        return sum(d.role == "asked" for d in self._documents.get(id, ()))

    def most_asked(self, key: str, agency: str) -> int:
        """How often an agency asks a document of one customer at most."""

        def weight(id: str) -> int:
            asks = any(d.key == key and d.role == "asked" for d in self._documents.get(id, ()))
            return int(asks and self.place(self.element(id)).key == agency)

        return self.each(weight)[1]

    def uses(self, key: str) -> dict[str, Place]:
        """Who uses a document without asking for it, by agency."""
        found: dict[str, Place] = {}
        for element in self.elements:
            if any(d.key == key and d.role == "used" for d in self.documents(element)):
                place = self.place(element)
                found.setdefault(place.key, place)
        return found

    # -- documents

    @cached_property
    def asked(self) -> dict[str, Counter[str]]:
        """For each document asked of the customer, how often each agency asks it."""
        found: dict[str, Counter[str]] = {}
        for element in self.elements:
            for document in self.documents(element):
                if document.role == "asked":
                    key = self.place(element).key
                    found.setdefault(document.key, Counter())[key] += 1
        return found

    @cached_property
    def fetched(self) -> dict[str, Place]:
        """Documents that are fetched from a register, and who does it first."""
        found: dict[str, Place] = {}
        for element in self.elements:
            for document in self.documents(element):
                if document.role == "fetched":
                    found.setdefault(document.key, self.place(element))
        return found

    @cached_property
    def document_names(self) -> dict[str, Text]:
        """The name of each document."""
        found: dict[str, Text] = {}
        data = {d.document: d for d in self.path.data if d.document}
        for element in self.elements:
            for document in self.documents(element):
                name = names_of(document.names)
                if not name and document.key in data:
                    one = data[document.key]
                    name = names_of(one.facts.names, one.name)
                if name and not found.get(document.key):
                    found[document.key] = name
        return found

    def document(self, key: str, place: Place) -> Subject:
        """A document as a subject, at the place that asks or makes it."""
        words = names_of(Text(), key.replace("-", " ").replace("_", " "))
        return Subject(key, "document", self.document_names.get(key) or words, place)

    def at_agency(self, key: str) -> Place:
        """An agency as a place."""
        lane = next((n for n in self.path.lanes if n.id == key), None)
        if lane is None:
            return Place(None)
        return Place(self.named(lane), None, "customer" if lane.role == "customer" else "agency")
