"""Lanes and contacts: who does a step, and where customer and city meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from polku.path.checking.findings import Found, Subject, rule
from polku.path.file.facts_xml import OTHERS, OWN, extensions
from polku.path.model import Step

# A drawing without anything of Polku is not told all that it lacks, only P400.


@rule(
    "P400",
    "advice",
    "nothing of Polku is in this drawing",
    "begin with lanes for agencies and units, and mark the contacts",
)
def foreign(at: Subject) -> Iterator[Found]:
    """The path has facts; without any, what it lacks of them is not listed."""
    if not at.has_facts:
        yield Found(
            None,
            "has no lanes, contacts, texts or sources in Polku's words; what it "
            "lacks of these is not listed",
        )


def _top_steps(at: Subject) -> Iterator[Step]:
    """Steps outside sub-processes' insides, which stand where the sub-process stands."""
    return (s for s in at.path.steps if s.within is None)


@rule(
    "P401",
    "warning",
    "a step in no unit's lane",
    "put it into the lane of the unit that does it, or of the customer",
)
def no_unit(at: Subject) -> Iterator[Found]:
    """Every step stands in a unit's lane, or in the customer's."""
    if not at.has_facts:
        return
    for step in _top_steps(at):
        if at.path.unit_of(step) is None and not at.path.by_customer(step):
            lane = at.path.lane_of(step)
            where = f"only in {at.call(lane.id)}, which is no unit" if lane else "in no lane"
            yield Found(step.id, f"stands {where}")


@rule(
    "P402",
    "error",
    "lanes that are not agencies with their units inside",
    "keep to two levels: an agency's lane, with units' lanes (childLaneSet) inside",
)
def lane_levels(at: Subject) -> Iterator[Found]:
    """Units stand in agencies; agencies and the customer stand in nothing."""
    lanes = {n.id: n for n in at.path.lanes}
    for lane in at.path.lanes:
        parent = lanes.get(lane.parent) if lane.parent is not None else None
        if lane.parent is not None and parent is None:
            yield Found(lane.id, f"stands in {lane.parent!r}, which is no lane")
        elif lane.role == "unit" and lane.parent is None and at.has_facts:
            yield Found(lane.id, "is a unit and stands in no agency's lane", severity="warning")
        elif lane.role == "unit" and parent is not None and parent.role != "agency":
            yield Found(lane.id, f"is a unit and stands in a lane that is a {parent.role}'s")
        elif lane.role != "unit" and parent is not None:
            yield Found(lane.id, f"is the {lane.role}'s and stands in {at.call(parent.id)}")


@rule(
    "P403",
    "error",
    "a unit's validity that contradicts itself",
    "put the dates in order, and name lanes of this path as successors",
)
def validity(at: Subject) -> Iterator[Found]:
    """Dates are in order; successors are lanes of the path, and other ones."""
    ids = {n.id for n in at.path.lanes}
    for lane in at.path.lanes:
        unit = lane.unit
        if unit.valid_from and unit.valid_to and unit.valid_from > unit.valid_to:
            yield Found(lane.id, f"is valid from {unit.valid_from} to {unit.valid_to}")
        for other in unit.replaced_by:
            if other == lane.id:
                yield Found(lane.id, "is replaced by itself")
            elif other not in ids:
                yield Found(lane.id, f"is replaced by {other!r}, which is no lane of the path")


@rule(
    "P404",
    "warning",
    "a unit that is no more has steps",
    "give its steps to the unit that came after it",
)
def past_unit(at: Subject) -> Iterator[Found]:
    """Units that hold steps are still valid."""
    used = {lane.id for s in _top_steps(at) if (lane := at.path.lane_of(s)) is not None}
    for lane in at.path.lanes:
        until = lane.unit.valid_to
        if lane.id in used and until is not None and until < at.today:
            yield Found(lane.id, f"was valid until {until}, and steps stand in it")


@rule(
    "P405",
    "warning",
    "two steps of one unit with one name",
    "tell them apart by their names, or make them one",
)
def same_name(at: Subject) -> Iterator[Found]:
    """Within a unit, names tell steps apart."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for step in at.path.steps:
        lane = at.path.lane_of(step)
        if step.name and lane is not None:
            found[lane.id, step.name.casefold()].append(step.id)
    for ids in found.values():
        if len(ids) > 1:
            yield Found(tuple(ids), f"{len(ids)} steps of one unit are called {at.call(ids[0])}")


@rule(
    "P410",
    "warning",
    "a contact without a channel",
    "say in which channels it happens (online, phone, visit, …), the usual one first",
)
def no_channel(at: Subject) -> Iterator[Found]:
    """Every contact has a channel."""
    for node in at.path.nodes:
        if node.facts.contact is not None and not node.facts.contact.channels:
            yield Found(node.id, "is a contact and names no channel")


def _messages(at: Subject) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Message flows with the customer's pool, by node: from the customer, to the customer."""
    to_city: defaultdict[str, list[str]] = defaultdict(list)
    to_customer: defaultdict[str, list[str]] = defaultdict(list)
    if at.path.customer is not None:
        pool = at.path.customer.id
        for m in at.path.messages:
            if m.source == pool:
                to_city[m.target].append(m.id)
            elif m.target == pool:
                to_customer[m.source].append(m.id)
    return to_city, to_customer


@rule(
    "P411",
    "warning",
    "customer and city meet, and no contact is marked",
    "mark the contact: who starts it, and the channels",
)
def unmarked_contact(at: Subject) -> Iterator[Found]:
    """A step with a message of the customer, or that asks for a document, is a contact."""
    if not at.has_facts:
        return
    to_city, to_customer = _messages(at)
    for node in at.path.nodes:
        if node.facts.contact is not None or at.path.by_customer(node):
            continue
        if node.id in to_city or node.id in to_customer:
            yield Found(node.id, "exchanges messages with the customer and is no contact")
        elif any(d.role == "asked" for d in node.facts.documents):
            yield Found(node.id, "asks a document of the customer and is no contact")


@rule(
    "P412",
    "warning",
    "a contact without a message flow",
    "draw a message flow between it and the customer's pool",
)
def undrawn_contact(at: Subject) -> Iterator[Found]:
    """Where the path has a customer's pool, every contact has a message flow with it."""
    contacts = [n for n in at.path.nodes if n.facts.contact is not None]
    if at.path.customer is None:
        if contacts:
            yield Found(
                at.path.id,
                f"has {len(contacts)} contacts and no pool of the customer",
                "add a pool for the customer and draw the contacts as message flows",
            )
        return
    to_city, to_customer = _messages(at)
    for node in contacts:
        if node.id not in to_city and node.id not in to_customer:
            yield Found(node.id, "is a contact, and no message flow joins it to the customer")


@rule(
    "P413",
    "warning",
    "a contact whose messages go the other way",
    "turn the message flow round, or say who starts the contact",
)
def wrong_direction(at: Subject) -> Iterator[Found]:
    """Who starts a contact sends a message."""
    to_city, to_customer = _messages(at)
    for node in at.path.nodes:
        contact = node.facts.contact
        if contact is None:
            continue
        own, other = (to_city, to_customer) if contact.by == "customer" else (to_customer, to_city)
        if node.id in other and node.id not in own:
            yield Found(
                (node.id, *other[node.id]),
                f"the {contact.by} starts this contact, and "
                "the message flow only comes the other way",
            )


@rule(
    "P414",
    "warning",
    "a contact in a step that the customer does alone",
    "put the step into the lane of the unit that is met, or take the contact out",
)
def contact_alone(at: Subject) -> Iterator[Found]:
    """A step in the customer's lane is no contact."""
    for node in at.path.nodes:
        if node.facts.contact is not None and at.path.by_customer(node):
            yield Found(node.id, "stands in the customer's lane and is a contact")


@rule(
    "P420",
    "warning",
    "an unknown fact in Polku's namespace",
    "write it as polku-1.xsd does, or use a namespace of your own",
)
def unknown_element(at: Subject) -> Iterator[Found]:
    """Every extension element of `urn:polku:1` is known."""
    if at.path.original is None or b"urn:polku:1" not in at.path.original:
        return
    from polku.path.file.xml import BPMN, local, parse

    root = parse(at.path.original, at.path.id).getroot()
    for element in root.iter(f"{{{BPMN}}}*"):
        for child in extensions(element):
            if local(child) not in OWN | OTHERS:
                found = f"line {child.sourceline:,}: <polku:{local(child)}> is not known"
                yield Found(element.get("id"), found)
