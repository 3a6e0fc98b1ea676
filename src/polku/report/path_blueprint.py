"""A path as a service blueprint: which rows it has, what stands in them, and where it is cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

from polku.path.facts import Language
from polku.path.layout_grid import Item, Link, Placed
from polku.path.layout_labels import WIDER, size
from polku.path.layout_layers import columns
from polku.path.layout_place import place
from polku.path.layout_rows import lane_order
from polku.path.layout_text import broken
from polku.path.model import Event, Flow, Gateway, Lane, Node, Path, Step
from polku.path.plain_words import CHANNELS, named, word
from polku.report.path_cards import BOLD, SMALL, Card, Note, card, card_width, name_of, text_width

CUSTOMER, CONTACTS, FRONT = 0, 1, 2
"""The rows above all others: what the customer does, where both meet, the steps with a contact."""
GATE, DOT, PORT, MARK = 30.0, 24.0, 22.0, 34.0
MEETS, LEAVES, COMES = "\x01meets ", "\x01leaves ", "\x01comes "
MOST_MARK = 170.0
OVER = 1.1
"""how much wider than asked a band may be, if that spares a cut"""


@dataclass(frozen=True)
class Row:
    """A row of the blueprint: the agency and the unit that it belongs to."""

    agency: str
    unit: str


@dataclass
class Meeting:
    """A mark in the customer's row: who starts the contact, what about, and how."""

    step: str
    by: str
    lines: tuple[str, ...]
    about: bool = False
    """whether the first line says what it is about"""


@dataclass
class Band:
    """A piece of the way that fits on the sheet."""

    items: list[Item]
    links: list[Link]
    placed: Placed


@dataclass
class Blueprint:
    """A path ready to be drawn: `letters`, of the targets of flows that lead into another band."""

    path: Path
    rows: dict[int, Row]
    order: list[int]
    bands: list[Band]
    cards: dict[str, Card]
    meetings: dict[str, Meeting]
    back: frozenset[str]
    texts: dict[str, str]
    numbers: dict[str, int] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)


def blueprint(path: Path, language: Language, notes: Mapping[str, Note], room: float) -> Blueprint:
    """Arrange a path in rows and bands; `room`: width in px that a band should not pass."""
    maker = _Maker(path, language, notes)
    return maker.made(room)


class _Maker:
    def __init__(self, path: Path, language: Language, notes: Mapping[str, Note]) -> None:
        self.path, self.language, self.notes = path, language, notes
        self.nodes = [n for n in path.inside() if not (isinstance(n, Event) and n.attached_to)]
        self.flows = [f for f in path.flows if f.within is None]
        self.number: dict[str, int] = {}
        self.rows: dict[int, Row] = {}
        self.groups: list[list[int]] = []
        self._back_rows()
        self.row = {n.id: self._row(n) for n in self.nodes}
        wide = card_width(name_of(n, language) for n in self.nodes if isinstance(n, Step))
        self.cards = {
            n.id: card(path, n, language, notes, unit=self._unit(n), wide=wide)
            for n in self.nodes
            if isinstance(n, Step)
        }
        self.meetings = self._meetings()
        self.texts = {f.id: self._flow_text(f) for f in self.flows}

    # -- rows

    def _back_rows(self) -> None:
        used = {n.lane for n in self.nodes}
        groups: dict[str, list[int]] = defaultdict(list)
        for lane in self.path.lanes:
            top = self._top(lane)
            if lane.id not in used or top.role == "customer":
                continue
            number = FRONT + 1 + len(self.number)
            self.number[lane.id] = number
            unit = "" if lane == top else self._lane_name(lane)
            self.rows[number] = Row(self._lane_name(top), unit)
            groups[top.id].append(number)
        self.groups = list(groups.values())
        self.rest = FRONT + 1 + len(self.number)
        if any(self._lane_of(n) is None for n in self.nodes):
            self.rows[self.rest] = Row(word("the city", self.language), "")
            self.groups.append([self.rest])

    def _lane_of(self, node: Node) -> Lane | None:
        """The lane of a node; one without any stands where its neighbour does."""
        if (own := self.path.lane_of(node)) is not None:
            return own
        near = [f.source for f in self.path.into(node.id)]
        near += [f.target for f in self.path.out(node.id)]
        lanes = (self.path.lane_of(self.path.node(n)) for n in near)
        return next((n for n in lanes if n is not None and self._top(n).role != "customer"), None)

    def _top(self, lane: Lane) -> Lane:
        while lane.parent is not None:
            lane = self.path.lane(lane.parent)
        return lane

    def _lane_name(self, lane: Lane) -> str:
        return lane.facts.names.best(self.language) or lane.name

    def _row(self, node: Node) -> int:
        if self.path.by_customer(node):
            return CUSTOMER
        if isinstance(node, Step) and node.facts.contact is not None:
            return FRONT
        lane = self._lane_of(node)
        near = [f.source for f in self.path.into(node.id)] if isinstance(node, Event) else []
        if len(near) == 1 and node.id not in near:  # what ends the way stands at its last step
            before = self.path.node(near[0])
            if isinstance(before, Step) and self.path.lane_of(before) == lane:
                return self._row(before)
        return self.number.get(lane.id, self.rest) if lane is not None else self.rest

    def _unit(self, step: Step) -> str:
        """Who does a step with a contact; in other rows the row says it."""
        if self.row[step.id] != FRONT:
            return ""
        agency, unit = self.path.agency_of(step), self.path.unit_of(step)
        names = [self._lane_name(n) for n in (unit, agency) if n is not None]
        return ", ".join(dict.fromkeys(n for n in names if n))

    # -- contacts and texts

    def _meetings(self) -> dict[str, Meeting]:
        out = {}
        customer = self.path.customer
        said: dict[str, list[str]] = defaultdict(list)
        for m in self.path.messages:
            if customer is not None and customer.id in (m.source, m.target) and m.name:
                said[m.target if m.source == customer.id else m.source].append(m.name)
        for node in self.nodes:
            if not isinstance(node, Step) or node.facts.contact is None:
                continue
            if self.row[node.id] == CUSTOMER:
                continue
            contact = node.facts.contact
            how = " / ".join(named(CHANNELS, c, self.language) for c in contact.channels)
            about = ", ".join(dict.fromkeys(said[node.id])) if self.language == "en" else ""
            if not about:
                about = ", ".join(
                    d.names.best(self.language) or d.key
                    for d in node.facts.documents
                    if d.role in ("asked", "made")
                )
            lines = [t for t in (about, how) if t] or [word(f"{contact.by} starts", self.language)]
            room = (MOST_MARK - 18) / WIDER
            fitting = (p for t in lines for p in broken(t, SMALL, room, 3))
            out[node.id] = Meeting(node.id, contact.by, tuple(fitting), bool(about))
        return out

    def _flow_text(self, flow: Flow) -> str:
        text = name_of(flow, self.language) or (flow.condition or "")
        source = self.path.node(flow.source)
        if isinstance(source, Event) and source.attached_to:
            text = ": ".join(t for t in (name_of(source, self.language), text) if t)
        if flow.probability is not None and isinstance(source, Gateway):
            text = f"{text} {100 * flow.probability:.0f}\u00a0%".strip()
        if (note := self.notes.get(flow.id)) is not None:
            text = f"{text} · {note.text}" if text else note.text
        return text

    # -- items, links, bands

    def _item(self, node: Node) -> Item:
        row = self.row[node.id]
        if isinstance(node, Step):
            own = self.cards[node.id]
            events = self.path.boundary(node.id)
            free = own.width / 2 - 40.0 * len(events) if events else None
            below = 16.0 if events else 0.0
            return Item(node.id, own.width, own.height, row, below=below, free_to=free)
        text = self.label(node)
        high = size(text, 110, SMALL)[1] + 4 if text else 0.0
        if isinstance(node, Gateway):
            return Item(node.id, GATE, GATE, row, True, above=max(high - 6, 0.0))
        return Item(node.id, DOT, DOT, row, True, below=high)

    def label(self, node: Node) -> str:
        """What stands beside a gateway or an event."""
        text = name_of(node, self.language)
        if (note := self.notes.get(node.id)) is not None:
            text = f"{text} · {note.text}" if text else note.text
        return text

    def _links(self) -> list[Link]:
        out = []
        for f in self.flows:
            source = self.path.node(f.source)
            room = size(self.texts[f.id], 90, SMALL)[0] if self.texts[f.id] else 0.0
            weight = 1.0 + (f.probability or 0.0)
            if isinstance(source, Event) and source.attached_to:
                events = self.path.boundary(source.attached_to)
                wide = self.cards[source.attached_to].width
                at = wide / 2 - 22 - 40.0 * (len(events) - 1 - events.index(source))
                out.append(
                    Link(f.id, source.attached_to, f.target, "flow", 0.6, room, at,
                         begins=source.id)
                )  # fmt: skip
            else:
                out.append(Link(f.id, f.source, f.target, "flow", weight, room))
        return out

    def made(self, room: float) -> Blueprint:
        items, links = [self._item(n) for n in self.nodes], self._links()
        column, back = columns(items, links)
        top = [CUSTOMER, CONTACTS, FRONT]
        order = lane_order([top, *self.groups], items, links, CUSTOMER, frozenset(top))
        cuts = _cuts(items, links, column, room)
        letters: dict[str, str] = {}
        bands = [self._band(low, high, items, links, column, order, letters) for low, high in cuts]
        out = Blueprint(
            self.path, self.rows, order, bands, self.cards, self.meetings, back, self.texts,
            letters=letters,
        )  # fmt: skip
        place_of = {
            i.id: (k, band.placed.boxes[i.id].x, band.placed.boxes[i.id].y)
            for k, band in enumerate(bands)
            for i in band.items
            if i.id in self.cards
        }
        out.numbers = {id: k + 1 for k, id in enumerate(sorted(place_of, key=place_of.__getitem__))}
        return out

    def _band(
        self,
        low: int,
        high: int,
        items: list[Item],
        links: list[Link],
        column: dict[str, int],
        order: list[int],
        letters: dict[str, str],
    ) -> Band:
        """The part of the way between two columns, with ports where flows leave or come in."""
        inside = {i.id: i for i in items if low <= column[i.id] < high}
        mine, ports = [], {}
        for k in links:
            here, there = k.source in inside, k.target in inside
            if here and there:
                mine.append(k)
            elif here or there:
                letter = letters.setdefault(k.target, _letter(len(letters)))
                id = f"{LEAVES}{k.id}" if here else f"{COMES}{k.target}"
                near = inside[k.source if here else k.target]
                ports[id] = Item(id, PORT, PORT, near.lane, True)
                if here:
                    mine.append(
                        Link(k.id, k.source, id, "flow", k.weight, k.room, k.leaves,
                             begins=k.begins)
                    )  # fmt: skip
                elif all(o.source != id for o in mine):
                    mine.append(Link(f"{COMES}{k.target}", id, k.target))
                del letter
        marks = []
        for id in inside:
            if (meeting := self.meetings.get(id)) is None:
                continue
            wide = max(text_width(t, SMALL) for t in meeting.lines) + 18
            high_ = 8.0 + 13.0 * len(meeting.lines)
            marks.append(Item(MEETS + id, wide, high_, CONTACTS, beside=id))
            ends = (MEETS + id, id) if meeting.by == "customer" else (id, MEETS + id)
            mine.append(Link(MEETS + id, *ends, "data"))
        every = [*inside.values(), *ports.values(), *marks]
        used = {i.lane for i in every}
        placed = place(
            every, mine, [[n] for n in order if n in used], reorder=False,
            heights=self._heights(order, used), tight=frozenset([CONTACTS]),
        )  # fmt: skip
        return Band(every, mine, placed)

    def _heights(self, order: list[int], used: set[int]) -> dict[int, float]:
        """What rows need for the names that stand before them."""
        out = {FRONT: 60.0, CUSTOMER: 60.0}
        groups: dict[str, list[int]] = defaultdict(list)
        for n in order:
            if n in used and n > FRONT:
                groups[self.rows[n].agency].append(n)
                out[n] = 56.0
        for agency, numbers in groups.items():
            if any(self.rows[n].unit for n in numbers):
                words = max(text_width(w, 11.5) * BOLD for w in agency.split() or [""])
                need = max(text_width(agency, 11.5) * BOLD / 2 + 24, words + 16)
                for n in numbers:
                    out[n] = max(out[n], need / len(numbers))
        return out


def _letter(n: int) -> str:
    return chr(65 + n % 26) * (1 + n // 26)


def _cuts(
    items: list[Item], links: list[Link], column: dict[str, int], room: float
) -> list[tuple[int, int]]:
    """Where to cut the columns: bands that fit, few flows cut, bands of similar widths."""
    last = max(column.values(), default=0) + 1
    wide = [40.0] * last
    for i in items:
        wide[column[i.id]] = max(wide[column[i.id]], i.width)
    wide = [w + 58.0 for w in wide]
    total = sum(wide)
    if total <= OVER * room:
        return [(0, last)]
    room *= OVER
    parts = ceil(total / room)
    ideal = total / parts
    cut = [
        sum(
            1
            for k in links
            if min(column[k.source], column[k.target])
            < c
            <= max(column[k.source], column[k.target])
        )
        for c in range(last + 1)
    ]
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * last
    for end in range(1, last + 1):
        for begin in range(end):
            span = sum(wide[begin:end])
            if span > room and end - begin > 1:
                continue
            uneven = ((span - ideal) / ideal) ** 2
            cost = best[begin][0] + uneven * 4 + (1.5 * cut[end] if end < last else 0.0) + 5.0
            if cost < best[end][0] - 1e-9:
                best[end] = (cost, begin)
    out, end = [], last
    while end:
        begin = best[end][1]
        out.append((begin, end))
        end = begin
    return out[::-1]
