"""The verb `redesign`: from a current state to a front of better prototypes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path as File
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from polku.errors import RedesignError
from polku.redesign.arena import FINAL, Arena
from polku.redesign.axes import Axis
from polku.redesign.axis_words import axis_name, said
from polku.redesign.candidate import Candidate
from polku.redesign.concluding import Concluded, conclude
from polku.redesign.default_axes import axes_for
from polku.redesign.evidence import Evidence
from polku.redesign.evidence_from_log import evidence_from_log
from polku.redesign.evidence_from_run import evidence_from_simulation
from polku.redesign.finding import find_moves
from polku.redesign.folder import check_target, finished, title_text, write_folder
from polku.redesign.found import Found
from polku.redesign.front import Front, Option
from polku.redesign.paired import mean_of
from polku.redesign.prediction import measure_hashes
from polku.redesign.prototype import Prototype
from polku.redesign.search import search
from polku.redesign.terms import Terms
from polku.redesign.terms_file import agreed_terms
from polku.redesign.tried import Tried, belonging
from polku.simulate.arrivals import arrive
from polku.simulate.telling import scenario_hash

if TYPE_CHECKING:
    from polku.log.eventlog import EventLog
    from polku.measure.agreed import AgreedSet

Floats = npt.NDArray[np.float64]
SHOWN, RIVALS = 6, 12
"""Prototypes of the search that are told in full, and others of its front that they are held
against."""
LEAST = 5
"""Fresh replications below which nothing is told."""
_SURE = 0.99
_OWN_NAME, _NOT_A_NAME = re.compile(r"search-\d+$"), re.compile(r"[/\\\0]|^\.")


@dataclass(frozen=True)
class Redesigned:
    """A front and the prototypes that stand behind its options, in the same order."""

    front: Front
    prototypes: tuple[Prototype, ...]

    def save(self, folder: str | File) -> None:
        """Write both into a folder (`polku.redesign.folder`)."""
        write_folder(File(folder), self.front, self.prototypes)


def redesign(
    current: Prototype,
    *,
    log: EventLog | None = None,
    people: Sequence[Prototype] = (),
    terms: Terms | None = None,
    agreed: AgreedSet | None = None,
    budget: float | None = None,
    rounds: int | None = None,
    replications: int = 20,
    seed: int = 1,
    folder: str | File | None = None,
    jobs: int | None = None,
    progress: Callable[[float | None, str], None] | None = None,
) -> Redesigned:
    """Search for prototypes that are better than the current state.

    Parameters: `current`: the path as it is, with its scenario; `log`: where moves are looked for
    (default: a simulation of the current state); `people`: prototypes drawn by people, tried alike;
    `terms`: what is allowed and wanted; `agreed`: a city's agreed set, for weights and horizon;
    `budget`: seconds after which the search stops, at the end of a round; `rounds`: after how many
    it stops; `replications`: fresh ones from which the result is told, at least 5; `seed`: of all
    draws; `folder`: where looks are kept, so that an interrupted search goes on, and where the
    result is written; `jobs`: processes; `progress`: told how far it is. Same seed and rounds, same
    result, for any number of jobs.

    Raises `RedesignError` for terms that do not fit, nothing to try, or a budget too small for one
    honest comparison, and `ScenarioError` where the current state cannot be simulated.
    """
    _check_people(current, people)
    if replications < LEAST:
        raise RedesignError(f"replications: is {replications}; give {LEAST} or more")
    if folder is not None:
        check_target(File(folder))
    say = progress or (lambda _share, _text: None)
    say(None, "trying the current state")
    horizon = _horizon(terms, agreed)
    axes = _axes(current, people)
    with Arena(current, seed=seed, axes=axes, horizon_days=horizon, jobs=jobs) as arena:
        wish = terms or Terms()
        if agreed is not None:
            wish = agreed_terms(wish, agreed, arena.axes)
        evidence = _evidence(current, log, seed, say)
        moves, refused = find_moves(evidence, wish)
        now = Candidate(current, (), "current")
        drawn = [Candidate(p, (), "people") for p in people]
        told = [(p.name, p.path.hash, scenario_hash(p.scenario)) for p in people]
        tried = None if folder is None else Tried.open(
            File(folder),
            belonging(seed, [a.key for a in arena.axes], arena.setting, current.path.hash,
                      scenario_hash(current.scenario),
                      {"terms": wish, "moves": moves, "people": told}),
            len(arena.axes),
        )  # fmt: skip
        try:
            found = search(
                arena, now, moves, drawn, wish, budget=budget, rounds=rounds, seed=seed,
                progress=progress, tried=tried,
            )  # fmt: skip
        finally:
            if tried is not None:
                tried.close()
        shown, rivals = pick(found, drawn)
        concluded = conclude(
            arena, now, shown, rivals, wish, on=found.on, weights=found.weights,
            replications=replications, progress=progress,
        )  # fmt: skip
        prototypes = tuple(
            finished(p, o, current.path)
            for p, o in zip(concluded.prototypes, concluded.options, strict=True)
        )
        options = tuple(
            replace(o, path_hash=p.path.hash, scenario_hash=scenario_hash(p.scenario))
            for o, p in zip(concluded.options, prototypes, strict=True)
        )
        best, why = recommended(options, concluded, arena.axes)
        front = _front(arena, found, options, best, why, wish, current)
        front = replace(
            front,
            refused=tuple({r.move: r for r in chain(refused, found.refused)}.values()),
            cautions=tuple(dict.fromkeys((*evidence.cautions, *_cautions(current, arena)))),
        )
    made = Redesigned(front, prototypes)
    if folder is not None:
        made.save(folder)
    return made


def _check_people(current: Prototype, people: Sequence[Prototype]) -> None:
    """Raise `RedesignError` for a prototype of another path, or with a name that is not its own."""
    taken = {"current"}
    mine = current.path.version.of or current.path.id
    for p in people:
        place = f"prototype {p.name!r}"
        of = p.path.version.of or p.path.id
        if of != mine:
            raise RedesignError(f"{place}: is a version of {of}, not of {mine}; give one of {mine}")
        if not p.name or p.name in taken or _OWN_NAME.match(p.name) or _NOT_A_NAME.search(p.name):
            raise RedesignError(
                f"{place}: its name is empty, given twice, that of another option, or no file "
                "name; give it one of its own"
            )
        taken.add(p.name)


def _axes(current: Prototype, people: Sequence[Prototype]) -> tuple[Axis, ...]:
    """The current state's figures, and the hours of units and pools that only others have."""
    own = axes_for(current)
    known = {a.key for a in own}
    more = {
        a.key: a
        for p in people
        for a in axes_for(p)
        if a.column in ("unit", "pool") and a.key not in known
    }
    return (*own, *more.values())


def _horizon(terms: Terms | None, agreed: AgreedSet | None) -> float | None:
    if terms is not None and terms.horizon_days is not None:
        return terms.horizon_days
    return None if agreed is None else agreed.horizon_days


def _evidence(
    current: Prototype, log: EventLog | None, seed: int, say: Callable[[float | None, str], None]
) -> Evidence:
    if log is None:
        say(None, "looking at a simulation of the current state")
        return evidence_from_simulation(current, seed=seed)
    say(None, "looking at the log")
    return evidence_from_log(log, current)


def pick(found: Found, people: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Who is told in full (at most `SHOWN` of the search, and all of people's), and who besides.

    Of the front: the best by score, then for each axis of the front whoever is best on it, then by
    score again. Where the front holds none of the search, its best by score is told, so that the
    report shows what was tried.
    """
    drawn = {c.key for c in people}
    front = [found.of(k) for k in found.front if k not in drawn]
    mine = [k for k in front if k.candidate.drawn == "search"]
    if not mine:
        mine = [k for k in found.kept if k.candidate.drawn == "search" and not k.out][:1]
    keys = [a.key for a in found.axes]
    order = list(mine[:2])
    for axis in found.on:
        at = keys.index(axis)
        sign = found.axes[at].sign
        order.append(min(mine, key=lambda k: _worth(k.values[:, at], sign), default=found.current))
    order += mine
    told = list(dict.fromkeys(k.key for k in order if k.candidate.drawn == "search"))[:SHOWN]
    shown = [found.of(k).candidate for k in told] + list(people)
    rivals = [k.candidate for k in mine if k.key not in told][:RIVALS]
    return shown, rivals


def _worth(values: Floats, sign: int) -> float:
    m = mean_of(values).value
    return math.inf if m is None or np.isinf(values).any() else m * sign


def recommended(
    options: Sequence[Option], concluded: Concluded, axes: Sequence[Axis]
) -> tuple[str | None, str]:
    """The option that the weights speak for, and why, in a sentence or two.

    It is the one with the highest score of those that break no constraint, if it is shown to be
    better than the current state. Whether it is shown to be ahead of the next is said.
    """
    may = [k for k, o in enumerate(options) if k and
           all(c.verdict != "broken" for c in o.constraints)]  # fmt: skip
    if not may:
        return None, "No prototype keeps the constraints."
    may.sort(key=lambda k: (-options[k].score, options[k].name))
    best = options[may[0]]
    if best.score_low <= 0:
        return None, (
            f"No prototype is shown to be better than the current state by the weights: the best, "
            f"{best.name}, scores {_points(best)}."
        )
    why = f"It scores {_points(best)} by the weights, the current state 0."
    gains = _gains(best, axes)
    if gains:
        why += f" What it brings: {gains}."
    rest = may[1:]
    if not rest:
        return best.name, why
    ahead = {k: mean_of(concluded.scored[may[0]] - concluded.scored[k]) for k in rest}
    level = (1 - _SURE) / len(rest)
    equal = [options[k].name for k, m in ahead.items() if m.value is not None and m.p > level]
    if equal:
        names = " and ".join(filter(None, [", ".join(equal[:-1]), equal[-1]]))
        verb = "is" if len(equal) == 1 else "are"
        return best.name, f"{why} {names} {verb} not shown to score less."
    second = options[rest[0]]
    m = ahead[rest[0]]
    return best.name, f"{why} It is shown to be ahead of the next, {second.name}, by {m.value:.1f}."


def _points(option: Option) -> str:
    return f"{option.score:.1f} [{option.score_low:.1f}, {option.score_high:.1f}]"


def _gains(option: Option, axes: Sequence[Axis]) -> str:
    """The first of the figures on which it is shown to be better."""
    wanted = ("lead_time.p50", "lead_time.p90", "on_time.share", "contact_points.mean_within_h",
              "contact_moments.mean_within_h", "staff_hours.mean_within_h",
              "burden_eur.mean_within_h")  # fmt: skip
    by_key = {a.key: a for a in axes}
    out = []
    for key in wanted:
        if key not in by_key:
            continue
        told = option.figure(key)
        if told.verdict == "better":
            axis = by_key[key]
            change = said(
                told.change, told.change_low, told.change_high, axis.unit, signed=True
            )  # fmt: skip
            out.append(f"{axis_name(axis)} {change}")
    return "; ".join(out[:4])


def _front(
    arena: Arena, found: Found, options: tuple[Option, ...], best: str | None, why: str,
    terms: Terms, current: Prototype,
) -> Front:  # fmt: skip
    from polku import __version__

    s = arena.setting
    hashes = measure_hashes(current, s.horizon_days)
    return Front(
        path=current.path.version.of or current.path.id,
        title=title_text(current.path),
        seed=arena.seed,
        matters=_matters(current, arena, options[0].replications),
        horizon_days=s.horizon_days,
        days=(s.counted_to - s.counted_from) / 86_400e6,
        measure={a.key: h for a in arena.axes
                 if (h := hashes.get(f"{a.id}.{a.statistic}") or hashes.get(a.id))},
        axes=arena.axes,
        on=found.on,
        weights=found.weights,
        options=options,
        recommended=best,
        why=why,
        insights=terms.insights,
        effort=replace(found.effort, undecided=sum(0.05 < o.chance < 0.95 for o in options[1:])),
        version=__version__,
    )  # fmt: skip


def _matters(current: Prototype, arena: Arena, replications: int) -> float:
    """How many matters count in one replication, on average."""
    s = arena.setting
    counts = [
        int((arrive(current.scenario, seed=arena.seed, replication=FINAL + k, since=s.since,
                    until=s.counted_to).time >= s.counted_from).sum())
        for k in range(min(replications, 10))
    ]  # fmt: skip
    return float(np.mean(counts))


def _cautions(current: Prototype, arena: Arena) -> Iterable[str]:
    """What the reader of the result has to know of the scenario behind it."""
    origins = [n.origin.how for part in (current.scenario.steps, current.scenario.branching,
               current.scenario.pools) for n in part.values()]  # fmt: skip
    assumed = origins.count("assumed")
    if origins and assumed > 0.2 * len(origins):
        yield (
            f"{assumed / len(origins):.0%} of the scenario's numbers are assumed, not measured: "
            "figures show how prototypes compare under these numbers, not what the city has."
        )
    if current.scenario.note:
        yield current.scenario.note
    if arena.failures:
        n = len(arena.failures)
        yield f"{n} {'candidate' if n == 1 else 'candidates'} could not be simulated."
