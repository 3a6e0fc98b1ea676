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
from polku.path.model import Path
from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.figures import Prepared, figures, prepare, segment_codes, segments_among
from polku.redesign.realising import Failing, realise
from polku.redesign.setting import Setting
from polku.simulate.engine.compile import Plan, plan
from polku.simulate.engine.program import Matters
from polku.simulate.run import Run, Window, replicate

Floats = npt.NDArray[np.float64]
MOST_MATTERS = 400_000
"""Matters that are kept, of all replications together."""
MOST_CANDIDATES = 512


@dataclass
class _Kept:
    """Of one candidate: its path, what figures need of it, and its plan where it never changes."""

    path: Path
    prepared: Prepared | None = None
    plan: Plan | None = None
    looks: int = 0
    alike: bool = True


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
        """The run of a look, for those who want to see it as an event log."""
        return self._run(candidate, replication, failing, -1)[0]

    def _run(
        self, candidate: Candidate, replication: int, failing: Failing, base: int
    ) -> tuple[Run, Prepared, Mapping[str, npt.NDArray[np.int32]]]:
        made, prepared = self._plan(candidate, replication, failing, base)
        arrived = self._arrivals(made, replication)
        run = replicate(
            made, seed=self.alike.seed, replication=replication, matters=None,
            window=Window(self.alike.setting.since, self.alike.setting.until), who=arrived.who,
        )  # fmt: skip
        return run, prepared, arrived.segments

    def _plan(
        self, candidate: Candidate, replication: int, failing: Failing, base: int
    ) -> tuple[Plan, Prepared]:
        key = (base, candidate.key)
        kept = self._kept.get(key) if base >= 0 else None
        if kept is not None and kept.plan is not None and kept.prepared is not None:
            return kept.plan, kept.prepared
        prototype = realise(candidate, self.alike.seed, replication, failing)
        if kept is None:
            kept = self._kept[key] = _Kept(prototype.path)
            while len(self._kept) > MOST_CANDIDATES:
                self._kept.popitem(last=False)
        made = plan(prototype.path, prototype.scenario)
        prepared = prepare(prototype, [n.id for n in made.making.control.nodes], self.alike.told_by)
        if not any(m.assumptions for m in candidate.moves):
            kept.plan, kept.prepared = made, prepared
        return made, prepared

    def _arrivals(self, made: Plan, replication: int) -> _Arrived:
        s = made.scenario
        ground = (s.kinds, s.attributes, s.priorities, s.calendars, s.zone, s.start, made.wanted)
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
        self._forget()
        return found

    def _forget(self) -> None:
        total = sum(len(a.who.time) for some in self._arrived.values() for a in some)
        while total > MOST_MATTERS and len(self._arrived) > 1:
            _, gone = self._arrived.popitem(last=False)
            total -= sum(len(a.who.time) for a in gone)
