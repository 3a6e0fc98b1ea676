"""Paths and scenarios made by chance, with all that figures ask for: lanes, contacts, documents…"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path as File

from polku.path.facts import Contact, Document
from polku.path.model import Event, Lane, Path, Step
from polku.redesign.prototype import Prototype
from polku.simulate.scenario import Attribute, Scenario, always

sys.path.insert(0, str(File(__file__).parents[1] / "simulate"))

from made_scenarios import pair

LANES = (
    Lane("customer", "Customer", role="customer"),
    Lane("agency-a", "Agency A"),
    Lane("unit-1", "Unit 1", "agency-a", "unit"),
    Lane("unit-2", "Unit 2", "agency-a", "unit"),
    Lane("agency-b", "Agency B"),
    Lane("unit-3", "Unit 3", "agency-b", "unit"),
    Lane("agency-c", "Agency C"),
)
CHANNELS = ("online", "telephone", "desk")
KINDS = ("supplement_requested", "supplement_received", "statement_given", "suspended", None)


def decorated(seed: int) -> Prototype:
    """The pair of a seed, its steps given lanes, contacts, documents, kinds of event, burden …"""
    made, r = pair(seed), random.Random(f"decorated {seed}")
    contacts, kinds = r.random() < 0.85, r.choice((KINDS, KINDS[:1] + KINDS[2:], KINDS[2:]))
    path = _path(made.path, r, contacts)
    return Prototype(path, _scenario(made.scenario, path, r, kinds), f"decorated {seed}")


def _path(path: Path, r: random.Random, contacts: bool) -> Path:
    nodes = []
    for node in path.nodes:
        if isinstance(node, Step) and not node.holds_nodes:
            facts = node.facts
            if contacts and r.random() < 0.5:
                channels = tuple(r.sample(CHANNELS, r.randint(0, 2)))
                facts = replace(facts, contact=Contact(r.choice(("customer", "city")), channels))
            if r.random() < 0.4:
                keys = r.sample(("plan", "map", "register"), r.randint(1, 2))
                facts = replace(facts, documents=tuple(Document(k) for k in keys))
            node = replace(node, lane=r.choice(LANES).id, facts=facts)
        nodes.append(node)
    return replace(path, lanes=LANES, nodes=tuple(nodes))


def _scenario(s: Scenario, path: Path, r: random.Random, kinds: tuple[str | None, ...]) -> Scenario:
    steps, names = {}, []
    for id, numbers in s.steps.items():
        node = path.node(id)
        channels = {"online": 0.3, "telephone": 0.7} if r.random() < 0.3 else {}
        steps[id] = replace(numbers, event=r.choice(kinds), channels=channels)
        names.append(node.name or id)
    names = names or ["nothing"]
    few = [sorted(r.sample(names, min(len(names), 2))) for _ in range(5)]
    ends = [e.id for e in path.nodes if isinstance(e, Event) and e.position == "end"]
    ways = ("decided", "withdrawn", "rejected", "expired")
    return replace(
        s,
        steps=steps,
        kinds={k: replace(v, promise_days=r.choice((3.0, 20.0))) for k, v in s.kinds.items()},
        attributes={**s.attributes, "public": Attribute(chance=always(0.3))},
        outcomes={e: r.choice(ways) for e in ends} if r.random() < 0.8 else {},
        mapping={
            "cases": {"kind": "kind", "promise_days": "promise_days",
                      "segments": ["kind", "size", "public"]},
            "contacts": {"acknowledgements": few[0]},
            "automatic": {"activities": few[1], "resources": ["person 0"]},
            "clock": {"stop": few[2], "resume": few[2]},
            "exceptions": {"activities": few[3][:1]},
            "burden": {"tariff": 45.5, "usual_share": 0.3, "delay_eur_per_day": 7.3,
                       "hours": {**dict.fromkeys(few[4], 1.37), "suspended": 0.21},
                       "external": {few[0][0]: 3.335}},
        },
    )  # fmt: skip
