"""The verb `simulate`: a path and a scenario become what would happen."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from os import cpu_count
from typing import TYPE_CHECKING, NamedTuple

from polku.errors import ScenarioError
from polku.path.model import Path
from polku.simulate.arrivals import arrive
from polku.simulate.clocks import DAY, moment
from polku.simulate.engine.compile import Plan, begin_of, plan
from polku.simulate.engine.draws import keys
from polku.simulate.engine.program import Matters, Program, Trace
from polku.simulate.engine.run import NEVER, ClockEndsError
from polku.simulate.engine.run import run as engine_run
from polku.simulate.scenario import Scenario

if TYPE_CHECKING:
    from polku.log.eventlog import EventLog
    from polku.simulate.standing import Standing

_LONGEST = 60 * 366 * DAY


class Window(NamedTuple):
    """Begin and end of a run, µs since 1970 UTC; `until` is `NEVER` with a number of matters."""

    since: int
    until: int


@dataclass(frozen=True)
class Run:
    """One replication: who arrived, and what happened to them."""

    path: Path
    scenario: Scenario
    seed: int
    replication: int
    program: Program
    matters: Matters
    trace: Trace
    standing: Standing | None = None

    def log(self) -> EventLog:
        """What happened as an event log."""
        from polku.simulate.telling import event_log

        log = event_log(
            self.path, self.scenario, self.program, self.matters, self.trace,
            seed=self.seed, replication=self.replication,
        )  # fmt: skip
        if self.standing is None:
            return log
        return replace(log, source=log.source.with_assumptions(*self.standing.assumptions()))


@dataclass(frozen=True)
class Simulated:
    """Replications of one path and scenario, in the order of their numbers."""

    runs: tuple[Run, ...]

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    @property
    def log(self) -> EventLog:
        """The first replication as an event log."""
        return self.runs[0].log()

    @property
    def logs(self) -> Iterator[EventLog]:
        """Every replication as an event log, made as it is asked for."""
        return (r.log() for r in self.runs)


def simulate(
    path: Path,
    scenario: Scenario,
    *,
    matters: int | None = None,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    seed: int = 1,
    replications: int = 1,
    threads: int | None = None,
    standing: Standing | None = None,
) -> Simulated:
    """Simulate a path.

    Parameters: `matters`: as many matters arrive and each is followed to its end; or `start`,
    `end`: all that arrive from the one day to before the other (default: the scenario's), and what
    has not ended by then stays open. `seed`: same path, scenario and seed give the same bytes;
    `replications`: numbered from 0, each with draws of its own; `threads`: at the same time
    (default: one for each processor); their number changes nothing; `standing`: matters that are
    open at the start (`polku.simulate.standing`), which is then the moment at which they stand.

    Raises `ScenarioError` where the scenario does not fit the path or a matter cannot go on.
    """
    if replications < 1:
        raise ScenarioError(f"simulate: replications is {replications}; it must be 1 or more")
    made = plan(path, scenario)
    when = window(scenario, matters, start, end, standing)
    one = partial(replicate, made, seed=seed, matters=matters, window=when, standing=standing)
    workers = min(threads or cpu_count() or 1, replications)
    if workers == 1:
        return Simulated(tuple(one(replication=k) for k in range(replications)))
    with ThreadPoolExecutor(workers) as pool:
        return Simulated(tuple(pool.map(lambda k: one(replication=k), range(replications))))


def window(
    scenario: Scenario,
    matters: int | None = None,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    standing: Standing | None = None,
) -> Window:
    """When a run begins and ends; `ScenarioError` where what is asked for does not fit."""
    if matters is not None and end is not None:
        raise ScenarioError("simulate: give a number of matters or an end, not both")
    if matters is not None and matters < 1:
        raise ScenarioError(f"simulate: matters is {matters}; it must be 1 or more")
    since = begin_of(scenario) if start is None else moment(start, scenario.zone)
    if standing is not None:
        if start is not None and since != standing.at:
            raise ScenarioError(
                "simulate: the open matters stand at another moment than the start; leave it out"
            )
        since = standing.at
    if matters is not None:
        return Window(since, NEVER)
    until = moment(end or scenario.end, scenario.zone)
    if until <= since:
        first, last = start or scenario.start, end or scenario.end
        raise ScenarioError(
            f"simulate: the end {last} is not after the start {first}; give a later end"
        )
    return Window(since, until)


def replicate(
    made: Plan, *, seed: int, replication: int, matters: int | None, window: Window,
    standing: Standing | None = None, who: Matters | None = None,
    room: int = 0,
) -> Run:  # fmt: skip
    """One replication of a plan; its number and the seed alone decide its draws.

    `who`: those who arrive, where they have been drawn already (with the same seed, number, window
    and `made.wanted`); `room`: as in `polku.simulate.engine.run.run`.
    """
    since, until = window
    s = made.scenario
    if who is None:
        who = arrive(
            s, made.wanted, seed=seed, replication=replication, matters=matters, since=since,
            until=None if until == NEVER else until,
        )  # fmt: skip
    last = int(who.time[-1]) if len(who.time) else since
    first = since
    if standing is not None:
        who = standing.before(made, who, seed=seed, replication=replication)
        first = standing.first
    horizon = (until if until != NEVER else last) + 400 * DAY
    nodes = dict(enumerate(made.making.control.nodes))

    def say(number: int) -> str:
        node = nodes[number]
        return f"{node.id} ({node.name})" if node.name else node.id

    while True:
        program = made.program(first, horizon)
        try:
            trace = engine_run(
                program,
                who,
                keys(seed, replication),
                since=since,
                until=until,
                say=say,
                room=room,
            )
            return Run(made.path, s, seed, replication, program, who, trace, standing)
        except ClockEndsError as e:
            if horizon - since > _LONGEST:
                raise ScenarioError(
                    f"{e}: would take more than {_LONGEST // (366 * DAY)} years: it waits for "
                    "people, hours or meetings that do not come, or goes round without a way "
                    "out; look at it with polku check --scenario"
                ) from e
            horizon = since + 2 * (horizon - since)
