"""Queues whose truth is known in closed form, and how far the engine's figures are from it.

A `Queue` is simulated in independent runs; each `Claim` names a figure of it with its true value
and where that formula stands. A figure's values are one for each run, or at a load of 0.9 and more
the means of batches of successive matters; the warm-up and as many matters at the end are cut.

At high loads the mean of the waits is taken with controls (Lavenberg and Welch 1981, A
perspective on the use of control variables, Management Science 27): the mean gap, the mean work,
and products of each increment with fading sums of earlier ones, whose expectations are 0 whatever
the queue does. They take away what gaps and works themselves did by chance, hence they hide a
biased draw: the draws' own means are claims too, and so are waits without controls.

Works have a mean of one minute; gaps follow from the load.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import stats

from polku.path.build import start
from polku.path.model import Path
from polku.simulate.arrivals import arrive
from polku.simulate.clocks import DAY, instant
from polku.simulate.engine.compile import plan
from polku.simulate.engine.draws import keys
from polku.simulate.engine.program import Matters, Program, Trace
from polku.simulate.engine.run import run
from polku.simulate.scenario import (
    Arrivals,
    Attribute,
    Calendar,
    Kind,
    Law,
    Order,
    Person,
    Pool,
    Priority,
    Scenario,
    StepNumbers,
    always,
)

Floats: TypeAlias = npt.NDArray[np.float64]
Figure = Literal["wait", "over", "waits", "queue", "sojourn", "number", "idle", "work", "gap"]

MINUTE = 6e7
SINCE = 1_735_689_600_000_000
"""2025-01-01, µs"""
FAMILY = 0.999
"""Confidence of the whole family, and of each interval."""
WIDEST = 0.01
"""A half-width may be this share of the truth."""


OFFICE = Calendar(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), ("08:00-16:00",)))
"""40 of the 168 hours of a week. Whatever is Poisson, exponential and independent of the hour in
opening time meets each opening moment with the same chance, so that its mean time in all hours is
168/40 of its mean time in opening hours (the expectation of ⌊U + x⌋ with U uniform is x)."""


@dataclass(frozen=True)
class Station:
    """A step: its work and the mean of it in minutes, how many servers (None: nobody), the order.

    `same`: the servers of the first station do this too.
    """

    work: Law
    servers: int | None = 1
    order: Order = "fifo"
    mean: float = 1.0
    same: bool = False


@dataclass(frozen=True)
class Claim:
    """A figure with its true value, in minutes where it is a time.

    `station`: of which step; `level`: matters of this class only; `over`: bound of "over".
    """

    figure: Figure
    truth: float
    source: str
    station: int = 0
    level: int | None = None
    over: float = 0.0


@dataclass(frozen=True)
class Queue:
    """Stations one after another with Poisson arrivals, and what is claimed of them.

    `gap`: mean minutes between arrivals; `runs` of `matters` each, of which `cut` at both ends do
    not count; `batches` in each run; `controlled`: mean waits are taken with controls; `urgent`:
    share of class 0 where there are two; `office`: arrivals, people and work without people keep
    the hours of `OFFICE`.
    """

    name: str
    load: float
    gap: float
    stations: tuple[Station, ...]
    claims: tuple[Claim, ...]
    runs: int
    matters: int
    cut: int
    batches: int = 1
    controlled: bool = False
    urgent: float | None = None
    office: bool = False


@dataclass(frozen=True)
class Verdict:
    """One claim held against the engine: estimate, half-width and p of the t-test."""

    queue: str
    claim: Claim
    estimate: float
    half: float
    p: float

    @property
    def width(self) -> float:
        """Half-width as a share of the truth."""
        return self.half / abs(self.claim.truth)

    def __str__(self) -> str:
        return (
            f"{self.queue}: {self.claim.figure} {self.claim.station} {self.claim.level}: "
            f"{self.estimate:.5f} ± {100 * self.width:.2f} % against {self.claim.truth:.5f}, "
            f"p = {self.p:.2g}"
        )


def expon(mean: float) -> Law:
    """The exponential law with a mean in minutes."""
    return Law("expon", scale=mean, unit="minutes")


def gamma(shape: float) -> Law:
    """The gamma law of mean one minute; squared coefficient of variation 1 / shape."""
    return Law("gamma", shapes=(shape,), scale=1 / shape, unit="minutes")


def erlang_c(servers: int, offered: float) -> float:
    """Chance that one has to wait in M/M/c (Erlang 1917; Kleinrock 1975, § 3.5)."""
    term = total = 1.0
    for k in range(1, servers):
        term *= offered / k
        total += term
    last = term * offered / servers / (1 - offered / servers)
    return last / (total + last)


def path_of(queue: Queue) -> Path:
    """The stations as steps one after another: step-1, step-2, …"""
    line = start("Queue")
    for k in range(len(queue.stations)):
        line = line.step(f"Station {k + 1}")
    return line.path()


def scenario_of(queue: Queue) -> Scenario:
    """Its numbers."""
    steps, pools, people = {}, {}, {}
    hours = "office" if queue.office else None
    for k, station in enumerate(queue.stations, 1):
        pool = None
        if station.same:
            pool = "pool 1"
        elif station.servers is not None:
            pool = f"pool {k}"
            names = tuple(f"person {k}.{i}" for i in range(station.servers))
            pools[pool] = Pool(names, station.order)
            people |= {n: Person(hours) for n in names}
        steps[f"step-{k}"] = StepNumbers(
            work=always(station.work), pool=pool, calendar=hours if pool is None else None
        )
    attributes = {}
    priorities: tuple[Priority, ...] = ()
    if queue.urgent is not None:
        attributes["urgent"] = Attribute(chance=always(queue.urgent))
        priorities = (Priority(0, "urgent = true"), Priority(1))
    return Scenario(
        path="path",
        kinds={"matter": Kind(Arrivals(between=expon(queue.gap), calendar=hours))},
        calendars={"office": OFFICE} if queue.office else {},
        start=date(2025, 1, 1),
        attributes=attributes,
        steps=steps,
        pools=pools,
        people=people,
        priorities=priorities,
    )


Change: TypeAlias = Callable[[Program, Matters], tuple[Program, Matters]]


def run_of(
    path: Path,
    scenario: Scenario,
    matters: int,
    *,
    seed: int = 1,
    replication: int = 0,
    change: Change | None = None,
) -> tuple[Program, Matters, Trace]:
    """One run in which each of so many matters is followed to its end.

    `change` alters what the engine is given (a mutant).
    """
    made = plan(path, scenario)
    since = instant(scenario.start, scenario.zone)
    who = arrive(
        scenario, made.wanted, seed=seed, replication=replication, matters=matters, since=since
    )
    program = made.program(since, int(who.time[-1]) + 1000 * DAY)
    if change is not None:
        program, who = change(program, who)
    return program, who, run(program, who, keys(seed, replication), since=since)


def simulated(
    queue: Queue, replication: int, seed: int, change: Change | None = None
) -> tuple[Program, Matters, Trace]:
    """One run of a queue."""
    path, scenario = path_of(queue), scenario_of(queue)
    return run_of(path, scenario, queue.matters, seed=seed, replication=replication, change=change)


@njit(cache=True, nogil=True)
def _products(increments: Floats, fades: Floats) -> Floats:
    """Each increment times the fading sums of those before it, and times their products.

    f8[n, f + f (f + 1) / 2] for f fades; the expectation of each is 0, for an increment has mean 0
    and does not depend on those before it.
    """
    f = len(fades)
    out = np.zeros((len(increments), f + f * (f + 1) // 2))
    sums = np.zeros(f)
    for i in range(len(increments)):
        at = f
        for j in range(f):
            out[i, j] = increments[i] * sums[j]
            for k in range(j + 1):
                out[i, at] = increments[i] * sums[j] * sums[k]
                at += 1
        for j in range(f):
            sums[j] = sums[j] * (1 - fades[j]) + increments[i]
    return out


@dataclass(frozen=True)
class _Seen:
    """One run's matters at a station, in order of arrival, times in minutes."""

    released: Floats
    start: Floats
    end: Floats
    drawn: Floats
    arrival: Floats
    level: npt.NDArray[np.int32]


def _seen(queue: Queue, found: tuple[Program, Matters, Trace]) -> list[_Seen]:
    program, who, trace = found
    arrival = (who.time - SINCE) / MINUTE
    out = []
    for k in range(len(queue.stations)):
        rows = trace.rows[trace.rows["node"] == program.node_ids.index(f"step-{k + 1}")]
        order = np.empty(len(rows), np.int64)
        order[rows["matter"]] = np.arange(len(rows))
        times = [(rows[n][order] - SINCE) / MINUTE for n in ("released", "start", "end")]
        out.append(_Seen(*times, rows["work"][order] / MINUTE, arrival, who.level))
    return out


def values_of(
    queue: Queue, found: tuple[Program, Matters, Trace]
) -> list[tuple[Floats, Floats | None]]:
    """For each claim its values (one for each batch), and their controls f8[batches, controls]."""
    stations = _seen(queue, found)
    inside = slice(queue.cut, queue.matters - queue.cut)
    controls = _controls(queue, stations, inside) if queue.controlled else None
    return [
        (
            _values(queue, claim, stations[claim.station], inside),
            controls if claim.figure in ("wait", "queue", "sojourn") else None,
        )
        for claim in queue.claims
    ]


def _batched(queue: Queue, values: Floats) -> Floats:
    size = len(values) // queue.batches
    out: Floats = values[: size * queue.batches].reshape(queue.batches, size, -1).mean(1)
    return out


def _controls(queue: Queue, stations: list[_Seen], inside: slice) -> Floats:
    gaps = np.diff(stations[0].arrival, prepend=0.0) - queue.gap
    columns = [gaps[:, None]]
    fades = np.minimum((1 - queue.load) ** 2 * np.array([0.2, 0.6, 2.0, 6.0]), 0.9)
    for station, seen in zip(queue.stations, stations, strict=True):
        works = (seen.drawn - station.mean) / (station.servers or 1)
        columns.append(_products(np.concatenate([[0.0], works[:-1] - gaps[1:]]), fades))
        if station.work.name != "fixed":
            columns.append(works[:, None])
    return np.hstack([_batched(queue, c[inside]) for c in columns])


def _values(queue: Queue, claim: Claim, seen: _Seen, inside: slice) -> Floats:
    wait = seen.start - seen.released
    if claim.figure in ("queue", "number"):
        until = seen.start if claim.figure == "queue" else seen.end
        low, high = seen.arrival[inside][0], seen.arrival[inside][-1]
        edges = np.linspace(low, high, queue.batches + 1)
        spent = [
            np.clip(np.minimum(until, b) - np.maximum(seen.released, a), 0, None).sum() / (b - a)
            for a, b in pairwise(edges)
        ]
        return np.array(spent)
    if claim.figure == "idle":
        before = np.searchsorted(np.sort(seen.end), seen.arrival, side="left")
        each = (np.arange(len(before)) == before).astype(np.float64)
    elif claim.figure == "gap":
        each = np.diff(seen.arrival, prepend=0.0)
    else:
        each = {
            "wait": lambda: wait,
            "over": lambda: (wait > claim.over).astype(np.float64),
            "waits": lambda: (wait > 0).astype(np.float64),
            "sojourn": lambda: seen.end - seen.released,
            "work": lambda: seen.drawn,
        }[claim.figure]()
    each = each[inside]
    if claim.level is not None:
        each = each[seen.level[inside] == claim.level]
    return _batched(queue, each)[:, 0]


def verdicts(
    queue: Queue, seed: int, threads: int = 1, change: Change | None = None
) -> list[Verdict]:
    """Simulate a queue and hold each of its claims against it."""

    def one(replication: int) -> list[tuple[Floats, Floats | None]]:
        return values_of(queue, simulated(queue, replication, seed, change))

    with ThreadPoolExecutor(threads) as pool:
        runs = list(pool.map(one, range(queue.runs)))
    out = []
    for k, claim in enumerate(queue.claims):
        values = np.concatenate([r[k][0] for r in runs])
        controls = [r[k][1] for r in runs]
        columns = [np.ones((len(values), 1))]
        if controls[0] is not None:
            columns.append(np.concatenate([c for c in controls if c is not None]))
        design = np.hstack(columns)
        fitted, *_ = np.linalg.lstsq(design, values, rcond=None)
        free = len(values) - design.shape[1]
        left = values - design @ fitted
        scatter = np.linalg.inv(design.T @ design)[0, 0] * (left @ left) / free
        error = math.sqrt(scatter)
        estimate = float(fitted[0])
        half = float(stats.t.ppf((1 + FAMILY) / 2, free)) * error
        t = (estimate - claim.truth) / error if error else math.inf
        out.append(Verdict(queue.name, claim, estimate, half, float(2 * stats.t.sf(abs(t), free))))
    return out


def holm(p: list[float], confidence: float = FAMILY) -> list[bool]:
    """Which hypotheses Holm's procedure rejects at this confidence of the family (Holm 1979)."""
    order = sorted(range(len(p)), key=p.__getitem__)
    rejected = [False] * len(p)
    for rank, k in enumerate(order):
        if p[k] > (1 - confidence) / (len(p) - rank):
            break
        rejected[k] = True
    return rejected
