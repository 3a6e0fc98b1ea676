"""Scenarios without queues in which all that a path allows can happen, in every order."""

from __future__ import annotations

from dataclasses import replace

from made_models import Model

from polku.path.model import Event, Path, Step
from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Branching,
    Delay,
    EventNumbers,
    Kind,
    Law,
    Scenario,
    StepNumbers,
    always,
)

WIDE = Law("lognorm", shapes=(1.5,), scale=10.0, unit="hours")
"""From minutes to days: whatever is done at the same time may end in any order."""


def free(model: Model) -> Scenario:
    """A scenario in which nobody waits for anybody, and every chance is above 0."""
    path = model.path
    steps, events = {}, {}
    for step in path.steps:
        again = always(0.4) if step.repeat and step.repeat.kind == "loop" else None
        work = None if step.holds_nodes else always(WIDE)
        if work or again:
            steps[step.id] = StepNumbers(work=work, again=again)
    for event in path.events:
        if event.position == "boundary" and event.trigger in ("timer", "message"):
            events[event.id] = EventNumbers(after=always(WIDE), happens=always(0.8))
        elif event.position == "catch" and event.trigger in ("timer", "message"):
            events[event.id] = EventNumbers(after=always(WIDE))
    for gate in path.gateways:
        if gate.kind == "event":
            for flow in path.out(gate.id):
                node = path.node(flow.target)
                if isinstance(node, Step):
                    steps[node.id] = StepNumbers(delay=Delay(always(WIDE)))
                elif isinstance(node, Event):
                    events[node.id] = EventNumbers(after=always(WIDE))
    branching = {
        id: Branching(always({f.id: f.probability or 0.0 for f in path.out(id)}))
        for id in model.by_chance
        if len(path.out(id)) > 1
    }
    return Scenario(
        path.id, {"one": Kind(Arrivals(per_year=5000.0))},
        attributes={name: Attribute(chance=always(0.5)) for name in model.asked},
        branching=branching, steps=steps, events=events,
    )  # fmt: skip


def free_of(path: Path) -> tuple[Scenario, tuple[str, ...]]:
    """The same for a path from a file, with even chances at every gateway; and those gateways."""
    splits = [g.id for g in path.gateways if g.kind in ("exclusive", "inclusive")]
    splits = [id for id in splits if len(path.out(id)) > 1]
    even = {f.id: 1 / len(path.out(id)) for id in splits for f in path.out(id)}
    flows = tuple(replace(f, probability=even.get(f.id), condition=None) for f in path.flows)
    made = Model(replace(path, flows=flows), tuple(splits), (), frozenset())
    return free(made), tuple(splits)
