"""Paths with a planted optimum: one move that is known to be far better, among fifty that are not.

Every kind of planted optimum stands on the same path of eight steps with other numbers; `case`
gives the current state, the planted move, and all moves among which it is hidden.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from planted_moves import merge, move, tweak
from polku.path.build import start
from polku.path.model import Event, Flow, Gateway, Path
from polku.redesign.axes import Axis
from polku.redesign.move import Move
from polku.redesign.prototype import Prototype
from polku.redesign.surgery import with_flows
from polku.simulate import scenario as sc

KINDS = ("parallel", "knock-out", "merge", "triage", "staff")
STEPS = ("register", "check", "nature", "streets", "rescue", "prepare", "decide", "notify")
UNITS = ("Desk", "Desk", "Nature", "Streets", "Rescue", "Office", "Office", "Desk")
AXES = (
    Axis("lead_time", "p50", "days", "lower", floor=0.25),
    Axis("lead_time", "p90", "days", "lower", floor=0.25),
    Axis("handovers", "mean_within_h", "hand-overs", "lower", floor=0.05),
    Axis("staff_hours", "mean_within_h", "hours", "lower", floor=0.05),
)


class Case(NamedTuple):
    """A current state, the move that is planted in it, and all moves (the planted one too)."""

    current: Prototype
    planted: Move
    moves: tuple[Move, ...]


def path() -> Path:
    """Eight steps of five units; after the rescue department's check some are turned down."""
    line = start("Licence")
    for name, unit in zip(STEPS, UNITS, strict=True):
        line = line.step(name.capitalize(), id=name, unit=unit)
    made = line.path()
    gate = Gateway("gate", "Is it safe?", lane=made.node("rescue").lane, default="gate--yes")
    end = Event("turned-down", "Turned down", "end", lane=gate.lane)
    made = replace(made, nodes=(*made.nodes, gate, end))
    old = made.out("rescue")[0]
    return with_flows(
        made,
        [
            replace(old, target="gate"),
            Flow("gate--yes", "gate", old.target, "yes"),
            Flow("gate--no", "gate", "turned-down", "no"),
        ],
    )


def _days(low: float, more: float) -> sc.Delay:
    return sc.Delay(sc.always(sc.Law("expon", loc=low, scale=more, unit="days")))


def current(kind: str) -> Prototype:
    """The current state in which a move of a kind is planted."""
    delays = dict.fromkeys(STEPS, (0.3, 0.3))
    refused, simple, load = 0.04, 0.03, 0.3
    match kind:
        case "parallel":
            delays["nature"] = delays["streets"] = (5.0, 3.0)
        case "knock-out":
            delays["nature"] = delays["streets"] = (3.0, 2.0)
            refused = 0.55
        case "merge":
            delays["prepare"] = delays["decide"] = (5.0, 3.0)
        case "triage":
            delays["nature"] = delays["streets"] = (3.0, 2.0)
            simple = 0.6
        case "staff":
            load = 0.9
    per_year = 300.0
    hours = dict.fromkeys(STEPS, 2.0)
    office = load * 365 * 24 / per_year / (2 - refused)
    hours["prepare"] = hours["decide"] = office if kind == "staff" else 2.0
    pools = dict.fromkeys(UNITS)
    steps = {
        s: sc.StepNumbers(
            work=sc.always(sc.Law("expon", loc=hours[s] / 2, scale=hours[s] / 2, unit="hours")),
            pool=u,
            delay=_days(*delays[s]),
        )
        for s, u in zip(STEPS, UNITS, strict=True)
    }
    scenario = sc.Scenario(
        path="path",
        kinds={"matter": sc.Kind(sc.Arrivals(per_year=per_year))},
        start=date(2025, 1, 1),
        end=date(2025, 7, 1),
        attributes={
            "simple": sc.Attribute(chance=sc.always(simple)),
            "rare": sc.Attribute(chance=sc.always(0.03)),
        },
        branching={
            "gate": sc.Branching(sc.always({"gate--yes": 1 - refused, "gate--no": refused}))
        },
        steps=steps,
        pools={u: sc.Pool((f"{u}-1",)) for u in pools},
        people={f"{u}-1": sc.Person() for u in pools},
        outcomes={"turned-down": "refused", "end": "granted"},
    )
    return Prototype(path(), scenario, f"today-{kind}")


PLANTED = {
    "parallel": move("planted-parallel", "nature", "streets"),
    "knock-out": move("planted-knock-out", "rescue", "nature", "streets"),
    "merge": merge("prepare", "decide"),
    "triage": move("planted-fast-lane", "nature", "streets", condition="simple = true"),
    "staff": move("planted-more-people", pool="Office"),
}


def decoys(kind: str) -> list[Move]:
    """Moves that do nothing, cost a bit, help a little, or hurt; of the planted kinds, too."""
    slow = {
        "parallel": ("nature", "streets"), "knock-out": ("nature", "streets"),
        "merge": ("prepare", "decide"), "triage": ("nature", "streets"),
        "staff": ("prepare", "decide"),
    }[kind]  # fmt: skip
    out = []
    for s in STEPS:
        if s not in slow:
            out += [tweak(s, 0.85, 0.95)]
        out += [tweak(s, 0.95, 1.05), tweak(s, 1.05, 1.2)]
        out += [move("planted-wait", s, days=d) for d in (0.5, 2.0)]
    pairs = list(pairwise(STEPS))
    for a, b in pairs:
        if {a, b} & set(slow):
            continue
        out += [move("planted-parallel", a, b), merge(a, b, 0.9, 1.2)]
    out += [move("planted-fast-lane", a, condition="rare = true") for a in STEPS]
    out += [move("planted-more-people", pool=u) for u in dict.fromkeys(UNITS) if u != "Office"]
    if kind != "staff":
        out.append(PLANTED["staff"])
    return out


def case(kind: str, seed: int) -> Case:
    """A planted optimum; the seed says in which order moves come and what they seem to promise."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    moves = [*decoys(kind), PLANTED[kind]]
    order = rng.permutation(len(moves))
    hinted = tuple(replace(moves[k], hint=float(h)) for k, h in zip(order, rng.random(len(moves)),
                                                                   strict=True))  # fmt: skip
    planted = next(m for m in hinted if m.key == PLANTED[kind].key)
    return Case(current(kind), planted, hinted)
