"""Paths for the tests of the check: a good one, and short ways to make others."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

from polku.path.facts import (
    Contact,
    Deadline,
    Document,
    Facts,
    Fee,
    Origin,
    Text,
    Version,
)
from polku.path.model import Event, Flow, Gateway, Lane, MessageFlow, Path, Pool, Step

TODAY = date(2026, 6, 1)
WORDS = Text("sana", "ord", "word")
CHECKED = Origin("Act 1/2000 § 2", "https://example.org", "B", date(2026, 1, 1))


def good() -> Path:
    """A small path in which a check finds nothing."""
    named = Facts(names=WORDS)
    apply = Facts(
        names=WORDS, text=WORDS, contact=Contact("customer", ("online",)),
        documents=(Document("plan", "asked", WORDS),),
        fees=(Fee(600, text=WORDS, origin=CHECKED),),
    )  # fmt: skip
    decide = Facts(
        names=WORDS, documents=(Document("plan", "used"),),
        deadlines=(Deadline("P14D", text=WORDS, origin=CHECKED),), delay="statutory",
        separate_from=("apply",),
    )  # fmt: skip
    tell = Facts(
        names=WORDS, text=WORDS, contact=Contact("city", ("letter",)),
        documents=(Document("permit", "made", WORDS),),
    )  # fmt: skip
    return Path(
        id="stall", name="Stall", version=Version("stall", "1", "current"),
        facts=Facts(names=WORDS, text=WORDS),
        city=Pool("city", "City", named), parties=(Pool("customer", "Customer", named),),
        lanes=(
            Lane("agency", "Agency", facts=named),
            Lane("unit", "Unit", "agency", "unit", facts=named),
            Lane("other", "Other unit", "agency", "unit", facts=named),
        ),
        nodes=(
            Event("start", "", "start", lane="unit"),
            Step("apply", "Apply", "user", "unit", facts=apply),
            Gateway("which", "Which?", lane="unit", default="f4"),
            Step("look", "Look", "user", "other", facts=named),
            Step("decide", "Decide", "user", "unit", facts=decide),
            Gateway("again", "", lane="unit"),
            Step("tell", "Tell", "user", "unit", facts=tell),
            Event("end", "", "end", lane="unit"),
        ),
        flows=(
            Flow("f1", "start", "apply"),
            Flow("f2", "apply", "which"),
            Flow("f3", "which", "look", condition="visitors > 200"),
            Flow("f4", "which", "again"),
            Flow("f5", "look", "again"),
            Flow("f6", "again", "decide"),
            Flow("f7", "decide", "tell"),
            Flow("f8", "tell", "end"),
        ),
        messages=(
            MessageFlow("m1", "customer", "apply"), MessageFlow("m2", "tell", "customer")
        ),
    )  # fmt: skip


def change(path: Path, id: str, **fields) -> Path:
    """The same path with fields of one element changed."""
    for group in ("nodes", "flows", "lanes", "messages"):
        elements = getattr(path, group)
        if any(e.id == id for e in elements):
            new = tuple(replace(e, **fields) if e.id == id else e for e in elements)
            return replace(path, **{group: new})
    raise KeyError(id)


def facts(path: Path, id: str, **fields) -> Path:
    """The same path with some facts of one element changed."""
    holder = next(e for e in (*path.nodes, *path.lanes) if e.id == id)
    return change(path, id, facts=replace(holder.facts, **fields))


def add(path: Path, *elements) -> Path:
    """The same path with nodes, flows and message flows added."""
    flows = tuple(e for e in elements if isinstance(e, Flow))
    messages = tuple(e for e in elements if isinstance(e, MessageFlow))
    nodes = tuple(e for e in elements if not isinstance(e, Flow | MessageFlow))
    return replace(
        path, nodes=path.nodes + nodes, flows=path.flows + flows, messages=path.messages + messages
    )


def drop(path: Path, *ids: str) -> Path:
    """The same path without some nodes, flows and message flows."""
    return replace(
        path,
        nodes=tuple(n for n in path.nodes if n.id not in ids),
        flows=tuple(f for f in path.flows if f.id not in ids),
        messages=tuple(m for m in path.messages if m.id not in ids),
    )


def draw(text: str, **kinds) -> Path:
    """A bare path from arrows, as in `start > a > X1 > b > end; X1 > c`.

    `start…` and `end…` are events; X…, A…, O…, E… exclusive, parallel, inclusive and event-based
    gateways; everything else a step. `kinds`: nodes of another form, by id.
    """
    nodes: dict[str, object] = dict(kinds)
    flows = []
    kind = {"X": "exclusive", "A": "parallel", "O": "inclusive", "E": "event"}
    for chain in text.split(";"):
        ids = [n.strip() for n in chain.split(">")]
        for id in ids:
            if id in nodes:
                continue
            if id.startswith(("start", "end")):
                nodes[id] = Event(id, "", "start" if id.startswith("start") else "end")
            elif id[0] in kind:
                nodes[id] = Gateway(id, "", kind[id[0]])
            else:
                nodes[id] = Step(id, id)
        for source, target in itertools.pairwise(ids):
            flows.append(Flow(f"f{len(flows) + 1}", source, target,
                              within=getattr(nodes[source], "within", None)))  # fmt: skip
    return Path("drawn", nodes=tuple(nodes.values()), flows=tuple(flows))
