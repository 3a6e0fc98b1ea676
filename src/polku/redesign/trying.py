"""Taking looks in one process: what is the same from one look to the next is worked out once.

What is kept changes no bit of a result: those who arrive in a replication, as long as candidates
ask the same of them; a candidate's path, which does not depend on the values of its assumptions;
the whole plan of a candidate that has no assumptions.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from polku.errors import PolkuError
from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.figures import Prepared, figures, prepare, segment_codes, segments_among
from polku.redesign.realising import Failing, realise
from polku.redesign.setting import Setting
from polku.simulate.engine.compile import Plan, plan
from polku.simulate.engine.program import Matters
from polku.simulate.run import Run, Window, replicate
from polku.simulate.scenario import Scenario

Floats = npt.NDArray[np.float64]
MOST_MATTERS = 400_000
"""Matters that are kept, of all replications together."""
MOST_CANDIDATES = 128
MOST_ALIKE = 4
"""Of one replication the arrivals that are kept, where candidates ask different things of them."""


@dataclass
class _Kept:
    """What one candidate was when it was last looked at.

    `ground`: of the scenario what `prepared` rests on; `rows`: the most rows that a trace had;
    `fixed`: it has no assumptions, so it is always this.
    """

    plan: Plan
    prepared: Prepared
    ground: tuple[object, ...]
    fixed: bool
    rows: int = 0


@dataclass
class _Arrived:
    """Who arrives in one replication, and what this rests on."""

    ground: tuple[object, ...]
    who: Matters
    segments: Mapping[str, npt.NDArray[np.int32]]


class Alike(NamedTuple):
    """What all looks have alike.

    `told_by`: by what supplements are told, as the current state does (`figures.prepare`).
    """

    seed: int
    setting: Setting
    axes: tuple[Axis, ...]
    told_by: int


@dataclass
class Trials:
    """Looks in one process."""

    alike: Alike
    _kept: OrderedDict[tuple[int, str], _Kept] = field(default_factory=OrderedDict)
    _arrived: OrderedDict[int, list[_Arrived]] = field(default_factory=OrderedDict)

    def look(
        self, candidate: Candidate, replication: int, failing: Failing = frozenset(), base: int = 0
    ) -> tuple[Floats, str | None]:
        """The figures of one look, f8[axes], or nan and why it could not be simulated.

        `base`: a number that is the same for the same `candidate.base`.
        """
        try:
            run, prepared, segments = self._run(candidate, replication, failing, base)
        except PolkuError as e:
            return np.full(len(self.alike.axes), math.nan), str(e)
        return figures(run, self.alike.axes, self.alike.setting, prepared, segments), None

    def run(self, candidate: Candidate, replication: int, failing: Failing = frozenset()) -> Run:
        """The run of a look, for those who want to see it as a log; nothing is kept of it."""
        return self._run(candidate, replication, failing, -1)[0]

    def _run(
        self, candidate: Candidate, replication: int, failing: Failing, base: int
    ) -> tuple[Run, Prepared, Mapping[str, npt.NDArray[np.int32]]]:
        kept = self._known(candidate, replication, failing, base)
        arrived = self._arrivals(kept.plan, replication)
        run = replicate(
            kept.plan, seed=self.alike.seed, replication=replication, matters=None,
            window=Window(self.alike.setting.since, self.alike.setting.until), who=arrived.who,
            room=kept.rows,
        )  # fmt: skip
        kept.rows = max(kept.rows, round(1.1 * len(run.trace.rows)))
        return run, kept.prepared, arrived.segments

    def _known(self, candidate: Candidate, replication: int, failing: Failing, base: int) -> _Kept:
        """Plan and preparation of a candidate in one replication; they stand with its key."""
        key = (base, candidate.key)
        kept = self._kept.get(key) if base >= 0 else None
        if kept is not None and kept.fixed:
            return kept
        prototype = realise(candidate, self.alike.seed, replication, failing)
        path, scenario = prototype.path, prototype.scenario
        ground = _ground(scenario)
        alike = kept is not None and kept.plan.path == path
        made = plan(path, scenario, kept.plan if kept is not None and alike else None)
        if kept is not None and alike and kept.ground == ground:
            prepared = kept.prepared
        else:
            nodes = [n.id for n in made.making.control.nodes]
            prepared = prepare(prototype, nodes, self.alike.told_by)
        fixed = not any(m.assumptions for m in candidate.moves)
        kept = _Kept(made, prepared, ground, fixed, kept.rows if kept is not None else 0)
        if base < 0:
            return kept
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_CANDIDATES:
            self._kept.popitem(last=False)
        return kept

    def _arrivals(self, made: Plan, replication: int) -> _Arrived:
        s = made.scenario
        when = {k.arrivals.calendar for k in s.kinds.values()}
        calendars = {name: c for name, c in s.calendars.items() if name in when}
        ground = (s.kinds, s.attributes, s.priorities, calendars, s.zone, s.start, made.wanted)
        known = self._arrived.setdefault(replication, [])
        self._arrived.move_to_end(replication)
        for one in known:
            if one.ground == ground:
                return one
        from polku.simulate.arrivals import arrive

        a = self.alike
        who = arrive(
            s, made.wanted, seed=a.seed, replication=replication, since=a.setting.since,
            until=a.setting.until,
        )  # fmt: skip
        found = _Arrived(
            ground, who, segment_codes(who, self.alike.setting, segments_among(self.alike.axes))
        )
        known.append(found)
        del known[:-MOST_ALIKE]
        self._forget()
        return found

    def _forget(self) -> None:
        total = sum(len(a.who.time) for some in self._arrived.values() for a in some)
        while total > MOST_MATTERS and len(self._arrived) > 1:
            _, gone = self._arrived.popitem(last=False)
            total -= sum(len(a.who.time) for a in gone)


def _ground(scenario: Scenario) -> tuple[object, ...]:
    """What `prepare` reads in a scenario."""
    told = [(id, n.event, n.channels) for id, n in scenario.steps.items()]
    return scenario.mapping, scenario.outcomes, scenario.kinds, scenario.attributes, told
