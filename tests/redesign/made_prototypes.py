"""Prototypes for tests of moves: the three that ship, lines written down, and random ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

from polku.path.build import start
from polku.path.check import check
from polku.path.diff import diff
from polku.path.facts import Contact, Document, Facts
from polku.path.model import Event, Flow, Gateway, Lane, Path, Pool, Step
from polku.paths import load, scenario_file
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.move import Move, kind_of
from polku.redesign.prototype import Prototype
from polku.simulate.engine.compile import plan
from polku.simulate.file.read import read_scenario
from polku.simulate.run import replicate, window
from polku.simulate.scenario import (
    Arrivals,
    Branching,
    Kind,
    Law,
    Person,
    Scenario,
    StepNumbers,
    always,
    fixed,
)
from polku.simulate.scenario import Pool as Staff

BOUND = 500
"""States up to which soundness is looked at: enough for all but the largest path that ships."""


@cache
def shipped(name: str) -> Prototype:
    """The current state of a path that ships."""
    return Prototype(load(name), read_scenario(scenario_file(name)), name)


def scenario_of(path: Path, chances: dict[str, dict[str, float]] | None = None) -> Scenario:
    """Staff of two for each lane of the city, an hour of work in each step, two arrivals a day."""
    pools = {
        lane.id: Staff((f"{lane.id}-1", f"{lane.id}-2"), lane=lane.id)
        for lane in path.lanes if lane.role != "customer"
    }  # fmt: skip
    people = {m: Person() for pool in pools.values() for m in pool.members}
    holders = {n.within for n in path.nodes}
    steps = {}
    for s in path.steps:
        lane = path.lane_of(s)
        if s.id not in holders:
            pool = lane.id if lane is not None and lane.id in pools else None
            steps[s.id] = StepNumbers(work=always(Law("expon", scale=60.0)), pool=pool)
    return Scenario(
        path.id, {"matter": Kind(Arrivals(between=fixed(12.0, "hours")))}, steps=steps, pools=pools,
        people=people, start=date(2025, 1, 1), end=date(2025, 2, 1),
        branching={k: Branching(always(v)) for k, v in (chances or {}).items()},
    )  # fmt: skip


def line(*steps: tuple[str, str], **facts: Facts) -> Prototype:
    """Steps one after another as (id, unit); `facts` by id, with _ for -."""
    path = start("Stall")
    for id, unit in steps:
        more = facts.get(id.replace("-", "_"))
        path = path.step(id.capitalize(), unit=unit, id=id, **({"facts": more} if more else {}))
    made = path.path()
    return Prototype(made, scenario_of(made), "line")


def evidence(on: Prototype, **flows: float) -> Evidence:
    """Everything was seen once per matter, worked on for an hour and waited for a day."""
    steps = {s.id: StepSeen(1.0, 1.0, {"contention": 1.0}, 100) for s in on.path.steps}
    shares = {f.id: 0.5 for f in on.path.flows if len(on.path.out(f.source)) > 1}
    return Evidence(on, "simulation", 100, steps, shares | flows)


@cache
def errors(path: Path) -> frozenset[tuple[str, tuple[str, ...]]]:
    """What `polku check` finds wrong with a path: code and elements."""
    found = check(path, bound=BOUND, today=date(2025, 1, 1)).findings
    return frozenset(
        (f.code, tuple(e.id for e in f.elements)) for f in found if f.severity == "error"
    )


def told(before: Path, after: Path) -> set[tuple[str, str]]:
    """What `polku diff` says: kinds of change and of what."""
    return {(c.kind, c.subject.id) for c in diff(before, after).changes}


def made(move: Move, on: Prototype) -> Prototype:
    """A move made on a prototype, held to all that every move must keep.

    No new error of the path; the difference is the claim; the path does not depend on the values,
    and ids of what stays are the same; the scenario fits.
    """
    kind = kind_of(move)
    after = kind.apply(move, on, move.usual)
    assert not errors(after.path) - errors(on.path), move.key
    claims = {(c.change, c.subject) for c in kind.claims(move, on)}
    assert claims == told(on.path, after.path), move.key
    fails = {a.id: a.fails for a in move.assumptions}
    assert kind.apply(move, on, fails).path == after.path, move.key
    plan(after.path, after.scenario)
    return after


def runs(on: Prototype, matters: int = 30) -> int:
    """How many events a short replication tells."""
    made_ = plan(on.path, on.scenario)
    run = replicate(made_, seed=1, replication=0, matters=matters,
                    window=window(on.scenario, matters))  # fmt: skip
    return len(run.log().events)


# -- random prototypes of blocks


def random_prototype(seed: int, size: int = 9, *, papers: bool = True) -> Prototype:
    """A sound path of blocks (lines, choices, ends, loops, forks), with documents and contacts.

    `papers`: whether steps make and use documents, which bind their order.
    """
    draw = random.Random(seed)
    maker = _Maker(draw, papers)
    first = maker.node(Event("start", "", "start"))
    last = maker.line(first, size, 0)
    end = maker.node(Event("end", "End", "end", lane="desk"))
    maker.flow(last, end)
    path = Path(
        id="path", name="Path", city=Pool("city", "City"), parties=(Pool("customer", "Customer"),),
        lanes=(Lane("office", "Office"), Lane("desk", "Desk", parent="office", role="unit"),
               Lane("hall", "Hall", parent="office", role="unit"), Lane("safety", "Safety"),
               Lane("food", "Food")),
        nodes=tuple(maker.nodes), flows=tuple(maker.flows),
    )  # fmt: skip
    pools = scenario_of(path, maker.chances)
    return Prototype(path, pools, f"random-{seed}")


def by_chance(on: Prototype) -> Prototype:
    """The same prototype with chances on flows instead of conditions, as discovered paths have."""
    chances = {
        f: p for b in on.scenario.branching.values() for f, p in b.flows.otherwise[0].items()
    }  # fmt: skip
    flows = tuple(
        replace(f, condition=None, probability=chances[f.id]) if f.id in chances else f
        for f in on.path.flows
    )
    nodes = tuple(replace(n, default=None) if isinstance(n, Gateway) else n for n in on.path.nodes)
    return on.with_path(replace(on.path, flows=flows, nodes=nodes))


class _Maker:
    def __init__(self, draw: random.Random, papers: bool) -> None:
        self.draw, self.papers = draw, papers
        self.nodes: list = []
        self.flows: list[Flow] = []
        self.chances: dict[str, dict[str, float]] = {}
        self.documents: list[str] = []

    def node(self, node) -> str:
        self.nodes.append(node)
        return node.id

    def flow(self, a: str, b: str, **more) -> str:
        id = f"{a}--{b}"
        while any(f.id == id for f in self.flows):
            id += "x"
        self.flows.append(Flow(id, a, b, **more))
        return id

    def lane(self) -> str:
        return self.draw.choice(["desk", "desk", "hall", "safety", "food"])

    def step(self, after: str, *, condition: dict | None = None) -> str:
        k = sum(isinstance(n, Step) for n in self.nodes)
        documents = []
        if self.papers and self.draw.random() < 0.5:
            documents.append(Document(f"d{self.draw.randrange(4)}", "asked"))
        if self.papers and self.draw.random() < 0.3:
            documents.append(Document(f"m{k}", "made"))
            self.documents.append(f"m{k}")
        if self.documents and self.draw.random() < 0.3:
            key = self.draw.choice(self.documents)
            if key != f"m{k}":
                documents.append(Document(key, "used"))
        contact = None
        if self.draw.random() < 0.3:
            by = self.draw.choice(["customer", "city", "city"])
            contact = Contact(by, ("online",))
        facts = Facts(contact=contact, documents=tuple(documents))
        id = self.node(Step(f"s{k}", f"Step {k}", "user", lane=self.lane(), facts=facts))
        self.flow(after, id, **(condition or {}))
        return id

    def gateway(self, kind: str = "exclusive") -> str:
        k = sum(isinstance(n, Gateway) for n in self.nodes)
        return self.node(Gateway(f"g{k}", "", kind, lane=self.lane()))  # type: ignore[arg-type]

    def decide(self, gateway: str, flow: str, other: str) -> None:
        """The way that is asked for, and the other one by default or by chance."""
        at = next(i for i, n in enumerate(self.nodes) if n.id == gateway)
        self.nodes[at] = replace(self.nodes[at], default=other)
        self.chances[gateway] = {flow: 0.2, other: 0.8}

    def line(self, after: str, size: int, depth: int) -> str:
        while size > 0:
            form = self.draw.choices(
                ["step", "end", "again", "choice", "fork"], [5, 2 * (depth == 0), 1.5, 1, 1]
            )[0] if depth < 2 and size > 2 else "step"  # fmt: skip
            after, used = getattr(self, f"_{form}")(after, depth)
            size -= used
        return after

    def _step(self, after: str, _: int) -> tuple[str, int]:
        return self.step(after), 1

    def _end(self, after: str, _: int) -> tuple[str, int]:
        check_ = self.step(after)
        at = self.gateway()
        self.flow(check_, at)
        end = Event(f"end-{at}", f"Ended {at}", "end", lane="desk")
        if self.draw.random() < 0.5:
            told_ = self.step(at, condition={"condition": f"fails_{at}"})
            fails = self.flows[-1].id
            self.flow(told_, self.node(end))
        else:
            fails = self.flow(at, self.node(end), condition=f"fails_{at}")
        next_ = self.step(at)
        self.decide(at, fails, self.flows[-1].id)
        return next_, 2

    def _again(self, after: str, _: int) -> tuple[str, int]:
        join = self.gateway()
        self.flow(after, join)
        last = self.line(join, self.draw.choice([1, 1, 2]), 2)
        at = self.gateway()
        self.flow(last, at)
        if self.draw.random() < 0.6:
            mend = self.step(at, condition={"condition": f"again_{at}"})
            back = self.flows[-1].id
            self.flow(mend, join)
        else:
            back = self.flow(at, join, condition=f"again_{at}")
        next_ = self.step(at)
        self.decide(at, back, self.flows[-1].id)
        return next_, 3

    def _choice(self, after: str, depth: int) -> tuple[str, int]:
        split, join = self.gateway(), self.gateway()
        self.flow(after, split)
        first = self.step(split, condition={"condition": f"if_{split}"})
        yes = self.flows[-1].id
        self.flow(self.line(first, 1, depth + 1), join)
        if self.draw.random() < 0.5:
            no = self.flow(split, join)
        else:
            other = self.step(split)
            no = self.flows[-1].id
            self.flow(other, join)
        self.decide(split, yes, no)
        return join, 3

    def _fork(self, after: str, depth: int) -> tuple[str, int]:
        split, join = self.gateway("parallel"), self.gateway("parallel")
        self.flow(after, split)
        for _ in range(2):
            self.flow(self.line(self.step(split), 1, depth + 1), join)
        return join, 4


def neighbours(path: Path) -> Iterator[tuple[str, str]]:
    """Steps of which one flow leads from the one to the other."""
    for flow in path.flows:
        ends = path.node(flow.source), path.node(flow.target)
        if all(isinstance(n, Step) for n in ends):
            yield flow.source, flow.target
