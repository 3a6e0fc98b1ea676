"""Generated paths of blocks: lanes, loops, sub-processes, boundary events and facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from polku.path.facts import (
    Contact,
    Deadline,
    Document,
    Facts,
    Fee,
    Origin,
    Promise,
    Text,
    Unit,
    Version,
)
from polku.path.model import (
    Data,
    Event,
    Flow,
    Gateway,
    Lane,
    MessageFlow,
    Node,
    Path,
    Pool,
    Repeat,
    Step,
    Timer,
)

words = st.text("abcdefg äöå&<>\"'é漢", min_size=1, max_size=12).map(
    lambda s: " ".join(s.split()) or "x"
)
keys = st.from_regex(r"[a-z]{1,6}(-[a-z]{1,6})?", fullmatch=True)
texts = st.builds(Text, *[st.none() | words] * 3)
origins = st.builds(
    Origin, st.none() | words, st.none() | words, st.sampled_from([None, "A", "B", "C"]),
    st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1)),
)  # fmt: skip
durations = st.sampled_from(["P14D", "PT2H", "P1Y2M3DT4H5M6.5S", "P2W"])
deadlines = st.one_of(
    st.builds(Deadline, durations, st.just("within"), st.none(), texts, origins),
    st.builds(Deadline, durations, st.sampled_from(["before", "after"]), keys, texts, origins),
)
facts = st.builds(
    Facts,
    names=texts,
    text=texts,
    contact=st.none()
    | st.builds(
        Contact, st.sampled_from(["customer", "city"]), st.lists(keys, max_size=3).map(tuple)
    ),
    documents=st.lists(
        st.builds(
            Document, keys, st.sampled_from(["asked", "made", "used", "fetched"]), texts, origins
        ),
        max_size=2,
    ).map(tuple),
    deadlines=st.lists(deadlines, max_size=2).map(tuple),
    fees=st.lists(
        st.builds(
            Fee,
            st.floats(0, 1e6, allow_nan=False),
            st.just("EUR"),
            st.none() | keys,
            texts,
            origins,
        ),
        max_size=2,
    ).map(tuple),
    promise=st.none() | st.builds(Promise, durations, origins),
    delay=st.none() | st.sampled_from(["customer", "statement", "statutory", "hearing", "meeting"]),
    separate_from=st.lists(keys, max_size=2).map(tuple),
    fixed=st.none() | words,
    activities=st.lists(words, max_size=2).map(tuple),
    assumptions=st.lists(words, max_size=2).map(tuple),
    notes=st.lists(words, max_size=2).map(tuple),
)
few_facts = st.one_of(st.just(Facts()), facts)
KINDS = ("task", "user", "service", "manual", "send", "receive", "script", "rule", "call")
repeats = st.none() | st.one_of(
    st.builds(
        Repeat,
        st.just("loop"),
        st.none() | st.just("not done"),
        st.none() | st.just("3"),
        st.booleans(),
    ),
    st.builds(
        Repeat, st.sampled_from(["parallel", "sequential"]), st.none(), st.none() | st.just("n")
    ),
)


class _Maker:
    """A path on its way, drawn block by block."""

    def __init__(self, draw: Any, rich: bool) -> None:
        self.draw, self.rich = draw, rich
        self.nodes: list[Node] = []
        self.flows: list[Flow] = []
        self.count = 0
        self.lanes = _lanes(draw, rich)
        self.inner = [n.id for n in self.lanes if all(m.parent != n.id for m in self.lanes)]

    def new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}-{self.count}"

    def facts(self) -> Facts:
        return self.draw(few_facts) if self.rich else Facts()

    def lane(self, within: str | None) -> str | None:
        return self.draw(st.sampled_from(self.inner)) if self.inner and within is None else None

    def flow(self, source: str, target: str, within: str | None, **more: Any) -> str:
        id = self.new("flow")
        self.flows.append(Flow(id, source, target, within=within, **more))
        return id

    def step(self, within: str | None, depth: int) -> tuple[str, str]:
        id = self.new("step")
        kind = self.draw(st.sampled_from(KINDS))
        holds = depth > 0 and self.draw(st.integers(0, 5)) == 0
        step = Step(
            id, self.draw(words), "sub-process" if holds else kind, self.lane(within), within,
            repeat=self.draw(repeats) if self.rich else None, facts=self.facts(),
        )  # fmt: skip
        self.nodes.append(step)
        if holds:
            self.process(id, depth - 1)
        if self.draw(st.integers(0, 7)) == 0:
            self.boundary(step, within)
        return id, id

    def boundary(self, step: Step, within: str | None) -> None:
        timer = self.draw(st.booleans())
        event = Event(
            self.new("event"), self.draw(words), "boundary", "timer" if timer else "message",
            Timer("duration", "P14D") if timer else None, step.id, self.draw(st.booleans()),
            self.lane(within), within,
        )  # fmt: skip
        self.nodes.append(event)
        done = Event(self.new("event"), "", "end", lane=self.lane(within), within=within)
        self.nodes.append(done)
        self.flow(event.id, done.id, within)

    def event(self, within: str | None) -> tuple[str, str]:
        trigger, timer = self.draw(
            st.sampled_from(
                [("none", None), ("message", None), ("timer", Timer("duration", "P3D")),
                 ("timer", Timer("cycle", "R3/P1D")), ("timer", Timer("date", "2026-01-01"))]
            )
        )  # fmt: skip
        position = "catch" if trigger != "none" else "throw"
        id = self.new("event")
        event = Event(
            id, self.draw(words), position, trigger, timer, lane=self.lane(within), within=within,
            facts=self.facts(),
        )  # fmt: skip
        self.nodes.append(event)
        return id, id

    def block(self, within: str | None, depth: int) -> tuple[str, str]:
        kind = self.draw(
            st.sampled_from(
                ["step", "step", "event", "row", "exclusive", "parallel", "inclusive", "loop"]
                if depth > 0
                else ["step", "step", "step", "event"]
            )
        )
        if kind == "step":
            return self.step(within, depth)
        if kind == "event":
            return self.event(within)
        if kind == "row":
            first, end = self.block(within, depth - 1)
            for _ in range(self.draw(st.integers(1, 2))):
                begin, last = self.block(within, depth - 1)
                self.flow(end, begin, within)
                end = last
            return first, end
        if kind == "loop":
            return self.loop(within, depth)
        return self.branches(kind, within, depth)

    def gate(self, kind: Any, within: str | None) -> Gateway:
        gate = Gateway(self.new("gate"), self.draw(words), kind, self.lane(within), within)
        self.nodes.append(gate)
        return gate

    def branches(self, kind: str, within: str | None, depth: int) -> tuple[str, str]:
        split = self.gate(kind, within)
        at = len(self.nodes) - 1
        ways = [self.block(within, depth - 1) for _ in range(self.draw(st.integers(2, 3)))]
        join = self.gate(kind, within)
        probable = self.draw(st.booleans())
        for k, (begin, end) in enumerate(ways):
            more: dict[str, Any] = {}
            if kind != "parallel":
                if probable:
                    more = {"probability": 1 / len(ways), "measured": 7}
                elif k:
                    more = {"condition": f"kind == {k}"}
            flow = self.flow(split.id, begin, within, **more)
            if k == 0 and kind != "parallel":
                self.nodes[at] = replace(split, default=flow)
            self.flow(end, join.id, within)
        return split.id, join.id

    def loop(self, within: str | None, depth: int) -> tuple[str, str]:
        join = self.gate("exclusive", within)
        begin, end = self.block(within, depth - 1)
        split = self.gate("exclusive", within)
        at = len(self.nodes) - 1
        self.flow(join.id, begin, within)
        self.flow(end, split.id, within)
        self.flow(split.id, join.id, within, condition="missing > 0")
        begin, end = self.block(within, 0)
        self.nodes[at] = replace(split, default=self.flow(split.id, begin, within))
        return join.id, end

    def process(self, within: str | None, depth: int) -> None:
        start = Event(self.new("event"), "", "start", lane=self.lane(within), within=within)
        self.nodes.append(start)
        begin, end = self.block(within, depth)
        self.flow(start.id, begin, within)
        done = Event(self.new("event"), "", "end", lane=self.lane(within), within=within)
        self.nodes.append(done)
        self.flow(end, done.id, within)


def _lanes(draw: Any, rich: bool) -> list[Lane]:
    lanes = []
    for a in range(draw(st.integers(0, 3))):
        agency = Lane(f"agency-{a}", draw(words), facts=draw(few_facts) if rich else Facts())
        lanes.append(agency)
        for u in range(draw(st.integers(0, 2))):
            unit = Unit(date(2020, 1, 1), None, ("unit-x",)) if draw(st.booleans()) else Unit()
            lanes.append(Lane(f"unit-{a}-{u}", draw(words), agency.id, "unit", unit))
    if lanes and draw(st.booleans()):
        lanes.append(Lane("customer", "Customer", None, "customer"))
    return lanes


@st.composite
def paths(draw: Any, rich: bool = True, depth: int = 3) -> Path:
    """A path of blocks: sound by its making, its nodes and flows in the order of a file."""
    maker = _Maker(draw, rich)
    maker.process(None, depth)
    nodes = tuple(_in_file_order(maker.nodes))
    order = {n.id: k for k, n in enumerate(nodes)}
    flows = tuple(sorted(maker.flows, key=lambda f: _flow_place(f, nodes, order)))
    steps = [n for n in nodes if isinstance(n, Step)]
    city = Pool("city", draw(words)) if draw(st.booleans()) else None
    parties = (Pool("firm", "Customer"),) if city else ()
    messages = ()
    if city and steps and draw(st.booleans()):
        messages = (MessageFlow("message-1", "firm", steps[0].id, draw(words)),)
    data: tuple[Data, ...] = ()
    if rich and steps and draw(st.booleans()):
        data = (Data("data-1", draw(words), document=draw(st.none() | keys)),)
        one = replace(steps[0], writes=("data-1",))
        two = replace(steps[-1], reads=("data-1",), writes=one.writes if len(steps) == 1 else ())
        nodes = tuple(two if n.id == two.id else one if n.id == one.id else n for n in nodes)
    version = Version("stall", "2", "prototype", date(2026, 1, 1), ("slow",), "shorter")
    return Path(
        "path", draw(words), facts=draw(few_facts) if rich else Facts(),
        version=version if draw(st.booleans()) else Version(), city=city, parties=parties,
        lanes=tuple(maker.lanes), nodes=nodes, flows=flows, messages=messages, data=data,
    )  # fmt: skip


def _in_file_order(nodes: list[Node], within: str | None = None) -> list[Node]:
    out = []
    for node in nodes:
        if node.within == within:
            out.append(node)
            if isinstance(node, Step) and node.holds_nodes:
                out += _in_file_order(nodes, node.id)
    return out


def _flow_place(flow: Flow, nodes: tuple[Node, ...], order: dict[str, int]) -> tuple[int, ...]:
    """Flows of a sub-process stand in it, so before those around it."""
    chain = []
    at = flow.within
    of = {n.id: n for n in nodes}
    while at is not None:
        chain.append(order[at])
        at = of[at].within
    return (*reversed(chain), len(nodes) + 1, int(flow.id.split("-")[1]))
