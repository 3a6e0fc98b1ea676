"""A path from blocks: steps one after another, choices, ways together, loops, sub-processes.

A path's module keeps one catalogue of steps and, for every version, one block that says in which
order they come. Every split is closed by its own join, so what is built from blocks is sound; a
step keeps its id in every version, a flow is named after its ends, so versions can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeAlias

from polku.path.facts import (
    Contact,
    Deadline,
    Document,
    Facts,
    Fee,
    Origin,
    Promise,
    Text,
    Version,
)
from polku.path.model import (
    Event,
    Flow,
    Gateway,
    GatewayKind,
    Lane,
    MessageFlow,
    Node,
    Path,
    Pool,
    Step,
    StepKind,
    Timer,
)

CHECKED = date(2026, 11, 24)
KNOWN = (
    "What may not be moved rests on the law named there or, where none is named, on general "
    "knowledge (strength C).",
    "The order of steps, and which unit does them in which channel, follow the reference where it "
    "says so and are a worked example otherwise.",
)
"""Taken to be so in every path."""
NO_WORDS = Text()
Said: TypeAlias = tuple[Text, Text]
"""A condition in plain words, as in "if the event is small", and its contrary ("" where none)."""
YES, NO = Text("Kyllä", "Ja", "Yes"), Text("Ei", "Nej", "No")


# -- what a block is


@dataclass(frozen=True)
class Way:
    """One way out of a split: its block, and the condition under which it is taken.

    Without a condition it is the default way.
    """

    block: Block = ()
    names: Text = NO_WORDS
    condition: str | None = None


@dataclass(frozen=True)
class Choice:
    """One way of several ("exclusive"), or all ways whose condition holds ("inclusive")."""

    id: str
    names: Text
    ways: tuple[Way, ...]
    lane: str | None = None
    kind: GatewayKind = "exclusive"


@dataclass(frozen=True)
class Together:
    """All ways at the same time; goes on when every one has come to its end."""

    id: str
    blocks: tuple[Block, ...]
    lane: str | None = None


@dataclass(frozen=True)
class Again:
    """A loop: `first`, then as long as `condition` holds `redo` and `first` once more."""

    id: str
    names: Text
    condition: str
    redo: Block
    first: Block = ()
    lane: str | None = None
    again: Text = YES
    done: Text = NO


@dataclass(frozen=True)
class Inside:
    """A sub-process, a step of the catalogue, with a block of its own."""

    id: str
    block: Block
    start: Text
    end: Text


@dataclass(frozen=True)
class Remind:
    """A step of the catalogue with a timer at its boundary that starts a block beside it."""

    step: str
    id: str
    names: Text
    duration: str
    block: Block
    end: Text


@dataclass(frozen=True)
class Stop:
    """The end of a way that does not go on."""

    id: str
    names: Text
    lane: str | None = None


Block: TypeAlias = "str | Sequence[Block] | Choice | Together | Again | Inside | Remind | Stop"


def one_of(id: str, names: Text, *ways: Way, lane: str | None = None) -> Choice:
    """One way of several."""
    return Choice(id, names, ways, lane)


def any_of(id: str, names: Text, *ways: Way, lane: str | None = None) -> Choice:
    """All ways whose condition holds."""
    return Choice(id, names, ways, lane, "inclusive")


def when(id: str, names: Text, condition: str, block: Block, lane: str | None = None) -> Choice:
    """A block that is gone through only under a condition."""
    return Choice(id, names, (Way(block, YES, condition), Way((), NO)), lane)


# -- steps and their facts


def origin(basis: str | None, source: str, strength: Literal["A", "B", "C"]) -> Origin:
    """Where a fact comes from, checked on the day on which the reference was read."""
    return Origin(basis, source, strength, CHECKED)


def before(duration: str, of: str, text: Text, where: Origin) -> Deadline:
    """A deadline at least so long before a moment."""
    return Deadline(duration, "before", of, text, where)


def after(duration: str, of: str, text: Text, where: Origin) -> Deadline:
    """A deadline at most so long after a moment."""
    return Deadline(duration, "after", of, text, where)


@dataclass(frozen=True)
class Book:
    """The documents of a path (key → name in three languages)."""

    documents: Mapping[str, Text]

    def list(
        self, asks: str = "", makes: str = "", uses: str = "", fetches: str = ""
    ) -> tuple[Document, ...]:
        """Documents by their keys, parted by spaces."""
        roles = (("asked", asks), ("fetched", fetches), ("used", uses), ("made", makes))
        return tuple(
            Document(key, role, self.documents[key])  # type: ignore[arg-type]
            for role, keys in roles
            for key in keys.split()
        )

    def step(
        self,
        id: str,
        lane: str,
        names: Text,
        text: Text,
        kind: StepKind = "user",
        *,
        by: Literal["customer", "city"] | None = None,
        via: str = "",
        asks: str = "",
        makes: str = "",
        uses: str = "",
        fetches: str = "",
        deadlines: Iterable[Deadline] = (),
        fees: Iterable[Fee] = (),
        promise: Promise | None = None,
        delay: str | None = None,
        apart: str = "",
        fixed: str | None = None,
        log: Iterable[str] = (),
        assume: Iterable[str] = (),
        notes: Iterable[str] = (),
    ) -> Step:
        """A step; `by`, `via`: a contact, who starts it, in which channels (parted by spaces)."""
        facts = Facts(
            names=names,
            text=text,
            contact=Contact(by, tuple(via.split())) if by else None,
            documents=self.list(asks, makes, uses, fetches),
            deadlines=tuple(deadlines),
            fees=tuple(fees),
            promise=promise,
            delay=delay,
            separate_from=tuple(apart.split()),
            fixed=fixed,
            activities=tuple(log),
            assumptions=tuple(assume),
            notes=tuple(notes),
        )
        return Step(id, names.en or "", kind, lane, facts=facts)


def changed(step: Step, **changes: Any) -> Step:
    """The same step with fields or facts changed; a new English name is the step's name too."""
    own = {k: changes.pop(k) for k in ("kind", "lane") if k in changes}
    facts = replace(step.facts, **changes)
    return replace(step, name=facts.names.en or "", facts=facts, **own)


# -- lanes


def agency(id: str, names: Text, *units: tuple[str, Text], notes: Iterable[str] = ()) -> list[Lane]:
    """An agency's lane with the lanes of its units."""
    facts = Facts(names=names, notes=tuple(notes))
    out = [Lane(id, names.en or "", facts=facts)]
    out += [Lane(u, n.en or "", id, "unit", facts=Facts(names=n)) for u, n in units]
    return out


def customer(names: Text) -> list[Lane]:
    """The lane of what the customer does alone."""
    return [Lane("customer-alone", names.en or "", role="customer", facts=Facts(names=names))]


CITY = Pool("city", "City", Facts(names=Text("Kaupunki", "Staden", "City")))
CUSTOMER = Pool("customer", "Customer", Facts(names=Text("Asiakas", "Kunden", "Customer")))


# -- from blocks to a path


@dataclass
class _Built:
    steps: Mapping[str, Step]
    nodes: list[Node] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    lane: str = ""
    """lane of the node placed last, where a gateway stands that names none"""

    def add(self, node: Node, within: str | None) -> None:
        if any(n.id == node.id for n in self.nodes):
            raise ValueError(f"{node.id!r} is placed twice")
        self.lane = node.lane or self.lane
        inner = within is not None
        self.nodes.append(replace(node, within=within, lane=None if inner else node.lane))

    def link(
        self,
        source: str,
        target: str,
        within: str | None,
        names: Text = NO_WORDS,
        **more: Any,
    ) -> str:
        id = f"{source}--{target}"
        facts = Facts(names=names)
        name = names.en or ""
        self.flows.append(Flow(id, source, target, name, within=within, facts=facts, **more))
        return id


def _named(names: Text) -> Facts:
    return Facts(names=names)


Exit: TypeAlias = "tuple[str, Text, str | None, bool] | None"
"""Open end of a block: node, name and condition of the flow that leaves it, whether default."""


def _place(built: _Built, block: Block, entry: Exit, within: str | None) -> Exit:
    """Place a block behind an open end; returns the open end behind the block."""
    if isinstance(block, str):
        step = built.steps[block]
        built.add(step, within)
        _close(built, entry, step.id, within)
        return step.id, NO_WORDS, None, False
    if isinstance(block, Stop):
        lane = block.lane or built.lane
        end = Event(block.id, block.names.en or "", "end", lane=lane, facts=_named(block.names))
        built.add(end, within)
        _close(built, entry, block.id, within)
        return None
    if isinstance(block, Choice):
        return _choice(built, block, entry, within)
    if isinstance(block, Together):
        return _together(built, block, entry, within)
    if isinstance(block, Again):
        return _again(built, block, entry, within)
    if isinstance(block, Inside):
        return _inside(built, block, entry, within)
    if isinstance(block, Remind):
        return _remind(built, block, entry, within)
    for part in block:
        if entry is None:
            raise ValueError(f"{part!r} follows an end")
        entry = _place(built, part, entry, within)
    return entry


def _close(built: _Built, entry: Exit, target: str, within: str | None) -> None:
    if entry is None:
        return
    source, names, condition, default = entry
    flow = built.link(source, target, within, names, condition=condition)
    if default:
        at = next(k for k, n in enumerate(built.nodes) if n.id == source)
        built.nodes[at] = replace(built.nodes[at], default=flow)  # type: ignore[call-arg]


def _gateway(built: _Built, id: str, kind: GatewayKind, names: Text, lane: str | None) -> Gateway:
    return Gateway(id, names.en or "", kind, lane or built.lane, facts=_named(names))


def _choice(built: _Built, block: Choice, entry: Exit, within: str | None) -> Exit:
    if sum(w.condition is None for w in block.ways) != 1:
        raise ValueError(f"{block.id!r} needs one default way")
    split = _gateway(built, block.id, block.kind, block.names, block.lane)
    built.add(split, within)
    _close(built, entry, block.id, within)
    ends = [
        _place(built, w.block, (block.id, w.names, w.condition, w.condition is None), within)
        for w in block.ways
    ]
    open_ends = [e for e in ends if e is not None]
    if block.kind == "inclusive" and len(open_ends) != len(ends):
        raise ValueError(f"{block.id!r}: a way of several at once may not end by itself")
    if len(open_ends) <= 1:
        return open_ends[0] if open_ends else None
    join = f"{block.id}-join"
    built.add(_gateway(built, join, block.kind, NO_WORDS, split.lane), within)
    for end in open_ends:
        _close(built, end, join, within)
    return join, NO_WORDS, None, False


def _together(built: _Built, block: Together, entry: Exit, within: str | None) -> Exit:
    split = _gateway(built, block.id, "parallel", NO_WORDS, block.lane)
    built.add(split, within)
    _close(built, entry, block.id, within)
    ends = [_place(built, b, (block.id, NO_WORDS, None, False), within) for b in block.blocks]
    join = f"{block.id}-join"
    built.add(_gateway(built, join, "parallel", NO_WORDS, split.lane), within)
    for end in ends:
        if end is None:
            raise ValueError(f"{block.id!r}: a way of several at once may not end by itself")
        _close(built, end, join, within)
    return join, NO_WORDS, None, False


def _again(built: _Built, block: Again, entry: Exit, within: str | None) -> Exit:
    merge = f"{block.id}-again"
    built.add(_gateway(built, merge, "exclusive", NO_WORDS, block.lane), within)
    _close(built, entry, merge, within)
    end = _place(built, block.first, (merge, NO_WORDS, None, False), within)
    built.add(_gateway(built, block.id, "exclusive", block.names, block.lane), within)
    _close(built, end, block.id, within)
    back = _place(built, block.redo, (block.id, block.again, block.condition, False), within)
    if back is None:
        raise ValueError(f"{block.id!r}: what is done again may not end")
    _close(built, back, merge, within)
    return block.id, block.done, None, True


def _inside(built: _Built, block: Inside, entry: Exit, within: str | None) -> Exit:
    step = built.steps[block.id]
    built.add(step, within)
    _close(built, entry, step.id, within)
    start = f"{block.id}-start"
    built.add(Event(start, block.start.en or "", "start", facts=_named(block.start)), block.id)
    inner = _place(built, block.block, (start, NO_WORDS, None, False), block.id)
    _place(built, Stop(f"{block.id}-end", block.end), inner, block.id)
    built.lane = step.lane or built.lane
    return step.id, NO_WORDS, None, False


def _remind(built: _Built, block: Remind, entry: Exit, within: str | None) -> Exit:
    step = built.steps[block.step]
    built.add(step, within)
    _close(built, entry, step.id, within)
    timer = Event(
        block.id, block.names.en or "", "boundary", "timer", Timer("duration", block.duration),
        step.id, interrupting=False, lane=step.lane, facts=_named(block.names),
    )  # fmt: skip
    built.add(timer, within)
    end = _place(built, block.block, (block.id, NO_WORDS, None, False), within)
    _place(built, Stop(f"{block.id}-end", block.end), end, within)
    built.lane = step.lane or built.lane
    return step.id, NO_WORDS, None, False


def path_of(
    of: str,
    names: Text,
    text: Text,
    version: Version,
    lanes: Iterable[Lane],
    steps: Iterable[Step],
    block: Block,
    *,
    start: Text,
    end: Text,
    notes: Iterable[str] = (),
    said: Mapping[str, Said] | None = None,
) -> Path:
    """A path: one process of the city, the customer outside, a message for every contact.

    `said`: the conditions in plain words, that they hold and that they do not. Lanes
    without a node are left out; steps of the catalogue that the block does not name too.
    """
    built = _Built({s.id: s for s in steps})
    begin = "customer-alone"
    built.add(Event("start", start.en or "", "start", lane=begin, facts=_named(start)), None)
    last = _place(built, block, ("start", NO_WORDS, None, False), None)
    _place(built, Stop("end", end, begin), last, None)
    nodes = _children_after_parent(built.nodes)
    order = {n.id: k for k, n in enumerate(nodes)}
    flows = sorted(built.flows, key=lambda f: order[f.within] if f.within else len(order))
    used = {n.lane for n in nodes}
    lanes = tuple(lanes)
    parents = {n.parent for n in lanes if n.id in used}
    messages = [_message(n) for n in nodes if isinstance(n, Step) and n.facts.contact]
    return Path(
        id=of,
        name=names.en or "",
        version=version,
        facts=Facts(names=names, text=text, assumptions=KNOWN, notes=tuple(notes)),
        city=CITY,
        parties=(CUSTOMER,),
        lanes=tuple(n for n in lanes if n.id in used or n.id in parents),
        nodes=tuple(nodes),
        flows=tuple(_said(f, built, said or {}) for f in flows),
        messages=tuple(messages),
    )


def _said(flow: Flow, built: _Built, said: Mapping[str, Said]) -> Flow:
    """A flow with the plain words of its condition; the default way with those of the contrary."""
    text = NO_WORDS
    if flow.condition:
        text = said.get(flow.condition, (NO_WORDS, NO_WORDS))[0]
    elif any(isinstance(n, Gateway) and n.default == flow.id for n in built.nodes):
        others = [f.condition for f in built.flows if f.source == flow.source and f.condition]
        if len(others) == 1:
            text = said.get(others[0], (NO_WORDS, NO_WORDS))[1]
    return replace(flow, facts=replace(flow.facts, text=text)) if text else flow


def _children_after_parent(nodes: Sequence[Node]) -> list[Node]:
    """Nodes in the order of the file: what a sub-process holds stands right after it."""
    out: list[Node] = []

    def walk(within: str | None) -> None:
        for node in nodes:
            if node.within == within:
                out.append(node)
                if isinstance(node, Step) and node.holds_nodes:
                    walk(node.id)

    walk(None)
    return out


def _message(step: Step) -> MessageFlow:
    contact = step.facts.contact
    ends = (CUSTOMER.id, step.id)
    if contact is not None and contact.by == "city":
        ends = (step.id, CUSTOMER.id)
    return MessageFlow(f"message-{step.id}", *ends, step.name)
