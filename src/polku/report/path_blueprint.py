"""A path as a service blueprint: which rows it has, what stands in them, and where it is cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import ceil, inf, log

from polku.path.drawing.grid import Item, Link, Placed
from polku.path.drawing.labels import size
from polku.path.drawing.layers import columns
from polku.path.drawing.place import place
from polku.path.drawing.rows import lane_order
from polku.path.facts import Language
from polku.path.model import Event, Flow, Gateway, Lane, Node, Path, Step
from polku.path.plain_words import CHANNELS, named, word
from polku.report.path_bands import LEAST, OVER, WIDEST, cuts, widths
from polku.report.path_cards import BOLD, SMALL, Card, Note, card, card_width, name_of, text_width
from polku.report.path_fans import folded

CUSTOMER, FRONT = 0, 1
"""The rows above all others: what the customer does, and the steps with a contact."""
GATE, DOT, PORT = 30.0, 30.0, 22.0
LEAVES, COMES = "\x01leaves ", "\x01comes "
NARROWEST, SHAPE = 1_300.0, 1.5
"""px that bands are wide at least; how much wider than high a sheet should be"""
GOOD = 0.33
"""how near to that shape a sheet is good enough to seek no other"""
AROUND = (185.0, 110.0)
"""px that names, title and legend add to bands' width and height"""
BETWEEN = 34.0
FOLDS = ((3, False), (4, True), (2, True), (4, False), (6, False))
"""how many ways of a fan stand beneath each other, and whether in all lanes, as tried"""
MOST_PLANS = 8
MOST_EARLY = 3
"""ways from a gateway whose names all find room beside it"""
PULL = 0.6
"""how much a step with a contact seeks the line of interaction, by row"""


@dataclass(frozen=True)
class Row:
    """A row of the blueprint: the agency and the unit that it belongs to."""

    agency: str
    unit: str


@dataclass
class Meeting:
    """A contact across the line of interaction: who starts it, what about, and how."""

    step: str
    by: str
    said: str


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
    labels: dict[str, str]
    """what stands beside gateways and events"""
    numbers: dict[str, int] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)


def blueprint(path: Path, language: Language, notes: Mapping[str, Note]) -> Blueprint:
    """Arrange a path in rows, and in as many bands as give the sheet a good shape."""
    best, least = None, inf
    for plan in _plans(path, language, notes):
        if (unlike := _unlike(plan)) < least:
            best, least = plan, unlike
        if least < GOOD:
            break
    assert best is not None
    return best


def _plans(path: Path, language: Language, notes: Mapping[str, Note]) -> Iterator[Blueprint]:
    """Blueprints with fans folded more or less, and with more or fewer bands."""
    seen: set[tuple[int, ...]] = set()
    for fold in FOLDS:
        maker = _Maker(path, language, notes, fold)
        total = maker.width
        fewest = max(1, ceil(total / WIDEST / OVER))
        for n in range(fewest, max(fewest, int(total / NARROWEST)) + 1):
            cuts = maker.cuts(total / n)
            key = (*maker.column.values(), -1, *(end for _, end in cuts))
            if key in seen:
                continue
            seen.add(key)
            if len(seen) > MOST_PLANS:
                return
            plan = maker.made(cuts)
            yield plan
            if _shape(plan) < SHAPE / 1.5:
                break


def _unlike(plan: Blueprint) -> float:
    """How far a blueprint is from a well shaped sheet on which few ways are cut."""
    wide = [b.placed.width for b in plan.bands] or [0.0]
    unlike = abs(log(_shape(plan) / SHAPE)) + 0.03 * len(plan.letters)
    if min(wide) < LEAST * max(wide):
        unlike += 0.1
    return unlike + max(max(wide) - WIDEST, 0.0) / 1000


def _shape(plan: Blueprint) -> float:
    """How much wider than high the sheet will be."""
    wide = max((b.placed.width for b in plan.bands), default=0.0) + AROUND[0]
    return wide / (sum(b.placed.height + BETWEEN for b in plan.bands) + AROUND[1])


class _Maker:
    def __init__(
        self, path: Path, language: Language, notes: Mapping[str, Note], fold: tuple[int, bool]
    ) -> None:
        self.path, self.language, self.notes = path, language, notes
        self.nodes = [n for n in path.inside() if not (isinstance(n, Event) and n.attached_to)]
        self.flows = [f for f in path.flows if f.within is None]
        self.number: dict[str, int] = {}
        self.rows: dict[int, Row] = {}
        self.groups: list[list[int]] = []
        self._back_rows()
        self.row = {n.id: self._row(n) for n in self.nodes}
        steps = [n for n in self.nodes if isinstance(n, Step)]
        wide = card_width(name_of(n, language) for n in steps)
        self.meetings = self._meetings(steps)
        self.cards = {
            n.id: card(
                path, n, language, notes, unit=self._unit(n), wide=wide,
                contact=m.said if (m := self.meetings.get(n.id)) else "", by=m.by if m else "",
            )
            for n in steps
        }  # fmt: skip
        self.texts = {f.id: self._flow_text(f) for f in self.flows}
        self.links = self._links()
        items = [self._item(n) for n in self.nodes]
        self.items = folded(items, self.links, fold[0], together=fold[1])
        self.column, self.back = columns(self.items, self.links)
        self.wide = widths(self.items, self.column)
        self.width = sum(self.wide)

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

    def _meetings(self, steps: list[Step]) -> dict[str, Meeting]:
        out = {}
        customer = self.path.customer
        said: dict[str, list[str]] = defaultdict(list)
        for m in self.path.messages:
            if customer is not None and customer.id in (m.source, m.target) and m.name:
                said[m.target if m.source == customer.id else m.source].append(m.name)
        for node in steps:
            contact = node.facts.contact
            if contact is None or self.row[node.id] == CUSTOMER:
                continue
            how = " / ".join(named(CHANNELS, c, self.language) for c in contact.channels)
            own = name_of(node, self.language).casefold()
            about = [t for t in dict.fromkeys(said[node.id]) if t.casefold() != own]
            if self.language != "en":
                about = []
            if not about:
                about = [
                    d.names.best(self.language) or d.key
                    for d in node.facts.documents
                    if d.role == "made"
                ]
            what = ", ".join(about)
            text = ", ".join(t for t in (what, how) if t) or word(
                f"{contact.by} starts", self.language
            )
            out[node.id] = Meeting(node.id, contact.by, text)
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
        if not text and isinstance(node, Event) and node.position in ("start", "end"):
            text = word(node.position, self.language)
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
                late = len(self.path.out(f.source)) > MOST_EARLY
                out.append(Link(f.id, f.source, f.target, "flow", weight, room, late=late))
        return out

    def cuts(self, room: float) -> list[tuple[int, int]]:
        """Columns of bands that are about as wide as `room`."""
        return cuts(self.wide, self.links, self.column, room)

    def made(self, cuts: list[tuple[int, int]]) -> Blueprint:
        """The path in bands of these columns."""
        items, links, column, back = self.items, self.links, self.column, self.back
        top = [CUSTOMER, FRONT]
        order = lane_order([top, *self.groups], items, links, CUSTOMER, frozenset(top))
        letters: dict[str, str] = {}
        bands = [self._band(low, high, items, links, column, order, letters) for low, high in cuts]
        out = Blueprint(
            self.path, self.rows, order, bands, self.cards, self.meetings, back, self.texts,
            {n.id: self.label(n) for n in self.nodes if not isinstance(n, Step)}, letters=letters,
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
        every = [replace(i, column=column[i.id] - low) for i in inside.values()]
        every += ports.values()
        used = {i.lane for i in every}
        bare = CUSTOMER not in used and any(id in self.meetings for id in inside)
        placed = place(
            every, mine, [[n] for n in order if n in used or (bare and n == CUSTOMER)],
            reorder=False, heights=self._heights(order, used),
            tight=frozenset([CUSTOMER] if bare else []), pull={FRONT: PULL},
        )  # fmt: skip
        return Band(every, mine, placed)

    def _heights(self, order: list[int], used: set[int]) -> dict[int, float]:
        """What rows need for the names that stand before them."""
        out = {FRONT: 60.0, CUSTOMER: 56.0}
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
