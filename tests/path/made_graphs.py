"""Paths made at random, for property tests: lanes, gateways, loops, boundary events, data."""

from __future__ import annotations

from hypothesis import strategies as st

from polku.path.model import (
    Data,
    Event,
    Flow,
    Gateway,
    Lane,
    MessageFlow,
    Path,
    Pool,
    Repeat,
    Step,
    Timer,
)

NAMES = ["", "Decide", "Check the application", "Pelastussuunnitelman tarkastaminen",
         "Ask for a statement of the unit that owns the area", "ok", "Is all there?"]  # fmt: skip
KINDS = ["task", "user", "service", "send", "receive", "manual", "script", "rule", "call"]
GATES = ["exclusive", "parallel", "inclusive", "event", "complex"]


@st.composite
def paths(draw, most: int = 14):
    """A path of up to `most` nodes at each level; any graph of flows, loops included."""
    lanes = draw(_lanes())
    leaves = [n.id for n in lanes]
    nodes, flows, data = [], [], []
    _fill(draw, nodes, flows, data, None, leaves, most, 0)
    parties = draw(st.integers(0, 2))
    pools = tuple(Pool(f"party{k}", ("Customer", "Bank")[k]) for k in range(parties))
    ends = [n.id for n in nodes if not isinstance(n, Gateway)]
    messages = []
    if pools and ends:
        for k in range(draw(st.integers(0, 4))):
            a, b = draw(st.sampled_from(pools)).id, draw(st.sampled_from(ends))
            if draw(st.booleans()):
                a, b = b, a
            messages.append(MessageFlow(f"m{k}", a, b, draw(st.sampled_from(NAMES))))
    city = Pool("city", "City") if draw(st.integers(0, 4)) else None
    return Path(
        "made", "Made", city=city, parties=pools, lanes=lanes, nodes=tuple(nodes),
        flows=tuple(flows), messages=tuple(messages), data=tuple(data),
    )  # fmt: skip


@st.composite
def _lanes(draw):
    out = []
    for a in range(draw(st.integers(0, 4))):
        role = "customer" if a == 1 and draw(st.booleans()) else "agency"
        out.append(Lane(f"a{a}", draw(st.sampled_from(NAMES)), None, role))
        for u in range(draw(st.integers(0, 3)) if role == "agency" else 0):
            out.append(Lane(f"a{a}u{u}", draw(st.sampled_from(NAMES)), f"a{a}", "unit"))
            if draw(st.integers(0, 9)) == 0:
                out.append(Lane(f"a{a}u{u}t", "Team", f"a{a}u{u}", "unit"))
    return tuple(out)


def _fill(draw, nodes, flows, data, within, lanes, most, depth):
    own, held = [], []
    prefix = f"{within or 'n'}."
    for k in range(draw(st.integers(1, most))):
        id = f"{prefix}{k}"
        lane = draw(st.sampled_from([*lanes, None])) if lanes and within is None else None
        name = draw(st.sampled_from(NAMES))
        what = draw(st.integers(0, 9))
        if what <= 4:
            repeat = draw(st.sampled_from([None, None, Repeat("loop"), Repeat("parallel")]))
            kind = draw(st.sampled_from(KINDS))
            own.append(Step(id, name, kind, lane, within, repeat=repeat))
        elif what <= 6:
            own.append(Gateway(id, name, draw(st.sampled_from(GATES)), lane, within))
        elif what == 7 and depth < 2:
            on_event = draw(st.integers(0, 3)) == 0
            own.append(Step(id, name, "sub-process", lane, within, on_event=on_event))
            if draw(st.integers(0, 5)):
                _fill(draw, held, flows, data, id, lanes, 5, depth + 1)
        else:
            position = draw(st.sampled_from(["start", "end", "catch", "throw"]))
            own.append(Event(id, name, position, "none", None, None, True, lane, within))
    steps = [n for n in own if isinstance(n, Step) and not n.on_event]
    ends = [n for n in own if not (isinstance(n, Step) and n.on_event)]
    for k in range(draw(st.integers(0, 2)) if steps else 0):
        host = draw(st.sampled_from(steps))
        event = Event(
            f"{prefix}b{k}", draw(st.sampled_from(NAMES)), "boundary", "timer",
            Timer("duration", "P1D"), host.id, draw(st.booleans()), host.lane, within,
        )  # fmt: skip
        own.append(event)
        ends.append(event)
    for k in range(draw(st.integers(0, 2)) if steps else 0):
        kind = draw(st.sampled_from(["object", "store"]))
        data.append(Data(f"{prefix}d{k}", draw(st.sampled_from(NAMES)), kind, within))
        for way in ("reads", "writes"):
            if draw(st.booleans()):
                step = draw(st.sampled_from(steps))
                at = next(i for i, n in enumerate(own) if n.id == step.id)
                has = (*getattr(own[at], way), data[-1].id)
                own[at] = Step(
                    **{**{f: getattr(own[at], f) for f in Step.__dataclass_fields__}, way: has}
                )
    pairs = set()
    for k in range(draw(st.integers(0, int(1.6 * len(ends))))):
        a, b = draw(st.sampled_from(ends)), draw(st.sampled_from(ends))
        if (a.id, b.id) in pairs or (isinstance(b, Event) and b.attached_to):
            continue
        if isinstance(a, Event) and a.id == b.id:
            continue  # an event that leads to itself says nothing
        pairs.add((a.id, b.id))
        flows.append(Flow(f"{prefix}f{k}", a.id, b.id, draw(st.sampled_from(NAMES)), within=within))
    nodes.extend([*own, *held])
