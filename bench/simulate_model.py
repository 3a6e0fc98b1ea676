"""The model of the simulation bench: one path for Polku, Prosimos and SimPy alike.

Twenty steps or so for a matter: two that a supplement may send back, six in three branches at the
same time, eleven one after another; four pools of people in office hours. `full` adds what Prosimos
does not have, Finland's holidays, and what it does not do right, priorities.
"""

from __future__ import annotations

import importlib
import sys
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from polku.path.model import Event, Flow, Gateway, Node, Path, Pool, Step
from polku.simulate import scenario as sc

START = date(2024, 1, 1)
"""A Monday."""
POOLS = {"desk": 7, "clerks": 9, "experts": 11, "deciders": 7}
MEAN = 30.0
"""Minutes of each work, exponential."""
AGAIN = 0.25
URGENT = 0.2
A_YEAR = 5_000
HOURS = ("08:00-16:00",)
WEEK = ("mon", "tue", "wed", "thu", "fri")

_FIRST = (("receive", "desk"), ("check", "clerks"))
_BRANCHES = (
    (("plan", "experts"), ("plan report", "experts")),
    (("safety", "experts"), ("safety report", "clerks")),
    (("traffic", "experts"), ("traffic report", "clerks")),
)
_LAST = (
    ("gather", "clerks"), ("hear", "desk"), ("weigh", "experts"), ("draft", "clerks"),
    ("price", "desk"), ("review", "deciders"), ("decide", "deciders"), ("sign", "deciders"),
    ("send", "desk"), ("publish", "desk"), ("file", "clerks"),
)  # fmt: skip


def numba_alone() -> None:
    """Import numba where it cannot see this folder, whose coverage.py it would take for another."""
    here = sys.path.pop(0)
    importlib.import_module("numba")
    sys.path.insert(0, here)


def way() -> list[Any]:
    """The model as `peer_simulate.py` reads it."""
    branches = [[[n, pool, MEAN] for n, pool in b] for b in _BRANCHES]
    first = [[n, pool, MEAN] for n, pool in _FIRST]
    last = [[n, pool, MEAN] for n, pool in _LAST]
    return [*first, {"loop": AGAIN, "first": 0}, {"all": branches}, *last]


def _id(name: str) -> str:
    return name.replace(" ", "_")


def path() -> Path:
    """The model as a path."""
    steps = [*_FIRST, *(s for b in _BRANCHES for s in b), *_LAST]
    nodes: list[Node] = [Event("begin", "", "start"), Gateway("again_join", "", "exclusive")]
    nodes += [Step(_id(n), n) for n, _ in steps]
    nodes += [
        Gateway("again", "", "exclusive"), Gateway("fork", "", "parallel"),
        Gateway("join", "", "parallel"), Event("end", "", "end"),
    ]  # fmt: skip
    ways = [["begin", "again_join", *(_id(n) for n, _ in _FIRST), "again", "fork"]]
    ways += [["again", "again_join"]]
    ways += [["fork", *(_id(n) for n, _ in b), "join"] for b in _BRANCHES]
    ways += [["join", *(_id(n) for n, _ in _LAST), "end"]]
    flows = tuple(Flow(f"{a}_to_{b}", a, b) for w in ways for a, b in pairwise(w))
    return Path(
        id="bench", name="Bench", nodes=tuple(nodes), flows=flows, city=Pool("city", "City")
    )


def scenario(*, full: bool, at: list[float] | None = None, more: int = 0) -> sc.Scenario:
    """The model's numbers.

    `at`: arrivals in seconds from `START`, else `A_YEAR` in a year by hour and weekday; `more`:
    people more in each pool.
    """
    people, pools = {}, {}
    for pool, size in POOLS.items():
        names = tuple(f"{pool} {i + 1}" for i in range(size + more))
        people |= {n: sc.Person("office") for n in names}
        pools[pool] = sc.Pool(names, "priority" if full else "fifo")
    hours = tuple(1.0 if 8 <= h < 16 else 0.0 for h in range(24))
    arrivals = (
        sc.Arrivals(per_year=A_YEAR, weekdays=(1, 1, 1, 1, 1, 0, 0), hours=hours)
        if at is None
        else sc.Arrivals(at=tuple(round(s * 1e6) for s in at))
    )
    work = sc.always(sc.Law("expon", scale=MEAN, unit="minutes"))
    return sc.Scenario(
        path="bench",
        kinds={"matter": sc.Kind(arrivals)},
        start=START,
        end=date(START.year + 1, 1, 1),
        attributes={"urgent": sc.Attribute(chance=sc.always(URGENT))} if full else {},
        priorities=(sc.Priority(0, "urgent = true"), sc.Priority(1)) if full else (),
        branching={
            "again": sc.Branching(
                sc.always({"again_to_again_join": AGAIN, "again_to_fork": 1 - AGAIN})
            )
        },
        steps={
            _id(n): sc.StepNumbers(work=work, pool=pool)
            for n, pool in [*_FIRST, *(s for b in _BRANCHES for s in b), *_LAST]
        },
        pools=pools,
        people=people,
        calendars={"office": sc.Calendar(dict.fromkeys(WEEK, HOURS), "FI" if full else "")},
    )


def arrivals(matters: int, seed: int, closed: set[date] | None = None) -> list[float]:
    """Moments of arrival in seconds from `START`: Poisson in the office hours of open days."""
    draw = np.random.default_rng(seed)
    per_hour = A_YEAR / (260.0 * 8)
    hours = np.cumsum(draw.exponential(1 / per_hour, matters))
    days = open_days(int(hours[-1] // 8) + 1, closed or set())
    return [float((days[int(h // 8)] * 24 + 8 + h % 8) * 3600) for h in hours]


def open_days(count: int, closed: set[date]) -> list[int]:
    """The first so many working days, as days from `START`."""
    found: list[int] = []
    day = 0
    while len(found) < count:
        if day % 7 < 5 and date.fromordinal(START.toordinal() + day) not in closed:
            found.append(day)
        day += 1
    return found


def simpy_order(at: list[float], seed: int, *, full: bool, closed: set[date]) -> dict[str, Any]:
    """What SimPy is asked for."""
    days = open_days(int(at[-1] / 86_400 * 5 / 7) + 400, closed if full else set())
    return {
        "way": way(),
        "pools": POOLS,
        "arrivals": at,
        "hours": [[(d * 24 + 8) * 3600.0, (d * 24 + 16) * 3600.0] for d in days],
        "urgent": URGENT if full else 0.0,
        "seed": seed,
    }


def prosimos_parameters() -> dict[str, Any]:
    """The model without holidays and priorities as Prosimos' parameters."""
    week = [{"from": "MONDAY", "to": "FRIDAY", "beginTime": "08:00:00", "endTime": "16:00:00"}]
    doing: dict[str, list[str]] = {}
    for n, pool in [*_FIRST, *(s for b in _BRANCHES for s in b), *_LAST]:
        doing.setdefault(pool, []).append(_id(n))
    seconds = MEAN * 60
    law = {
        "distribution_name": "expon",
        "distribution_params": [{"value": v} for v in (seconds, 0.0, seconds * 1000)],
    }
    return {
        "resource_profiles": [
            {
                "id": pool,
                "name": pool,
                "resource_list": [
                    {
                        "id": f"{pool} {i + 1}",
                        "name": f"{pool} {i + 1}",
                        "cost_per_hour": 1,
                        "amount": 1,
                        "calendar": "office",
                        "assigned_tasks": doing[pool],
                    }
                    for i in range(size)
                ],
            }
            for pool, size in POOLS.items()
        ],
        "arrival_time_distribution": {
            "distribution_name": "fix",
            "distribution_params": [{"value": 60}],
        },
        "arrival_time_calendar": week,
        "gateway_branching_probabilities": [
            {
                "gateway_id": "again",
                "probabilities": [
                    {"path_id": "again_to_again_join", "value": AGAIN},
                    {"path_id": "again_to_fork", "value": 1 - AGAIN},
                ],
            }
        ],
        "task_resource_distribution": [
            {
                "task_id": task,
                "resources": [{"resource_id": f"{pool} {i + 1}", **law} for i in range(size)],
            }
            for pool, size in POOLS.items()
            for task in doing[pool]
        ],
        "resource_calendars": [{"id": "office", "name": "office", "time_periods": week}],
        "event_distribution": [],
        "batch_processing": [],
        "case_attributes": [],
        "prioritisation_rules": [],
    }


def bpmn() -> str:
    """The path as a plain BPMN file without a drawing."""
    words = {"exclusive": "exclusiveGateway", "parallel": "parallelGateway"}
    made = path()
    lines = []
    for node in made.nodes:
        word = (
            "task"
            if isinstance(node, Step)
            else words[node.kind]
            if isinstance(node, Gateway)
            else f"{node.position}Event"
        )
        ins = "".join(f"<incoming>{f.id}</incoming>" for f in made.into(node.id))
        outs = "".join(f"<outgoing>{f.id}</outgoing>" for f in made.out(node.id))
        lines.append(f'<{word} id="{node.id}" name="{node.name}">{ins}{outs}</{word}>')
    lines += [
        f'<sequenceFlow id="{f.id}" sourceRef="{f.source}" targetRef="{f.target}" />'
        for f in made.flows
    ]
    space = "http://www.omg.org/spec/BPMN/20100524/MODEL"
    inner = "\n".join(lines)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{space}" '
        f'targetNamespace="urn:bench">\n<process id="bench" isExecutable="false">\n{inner}\n'
        "</process>\n</definitions>\n"
    )
