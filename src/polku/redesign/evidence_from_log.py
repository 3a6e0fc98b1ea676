"""Evidence from a real log: how often steps happen, what is waited for before them, who hands over.

What such a log cannot tell is not made up: it is missing, and a caution says so in a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from polku.errors import RedesignError
from polku.log.eventlog import EventLog
from polku.measure.steps import Steps
from polku.measure.waiting import rests, waits
from polku.path.enrich import enrich
from polku.path.matching import Matching, matching
from polku.path.model import Path
from polku.redesign.cautions import MANY_OPEN, few, names, path_cautions, pool_cautions
from polku.redesign.evidence import Evidence, StepSeen
from polku.redesign.evidence_from_run import median_days
from polku.redesign.flow_shares import certain_shares, given_shares
from polku.redesign.handing import handed
from polku.redesign.prototype import Prototype
from polku.simulate.clocks import DAY
from polku.simulate.engine.program import Ints
from polku.simulate.scenario import Scenario

AT_MIDNIGHT = 0.2
"""Share of stamps at midnight from which the time of day, and the order in a day, is not told."""
NOT_IN_PATH = 0.01
"""Share of the events that may be outside of the path without a word."""
AFTER = 0.1
"""Share of the time after the last event from which it is said."""
UNEXPLAINED = 0.5
"""Share of the waiting without a cause from which it is said."""


def evidence_from_log(log: EventLog, current: Prototype) -> Evidence:
    """Look in a log where the current state hurts.

    Activities are matched with steps as `polku.path.matching` says; those that are no step, or
    could be several, count for none. Waiting, before a step, and its causes are those of the
    criteria (`waiting_cause`), hand-overs go by their rule between the lanes of the steps. Shares
    of flows are counted where `polku.path.enrich` can, else taken from what the scenario measured
    on the log (`polku calibrate`). A log does not tell the utilisation of pools: it is missing.
    `days` is nan where the log does not say which matters have ended, or fewer than half have.

    Raises `RedesignError` where the log has no events, or none that is a step of the path.
    """
    path = current.path
    if not log.events.height:
        raise RedesignError(
            "log: has no events, so no place to look at is found; give a fuller one"
        )
    activities = log.events["activity"].cast(pl.String).unique().drop_nulls().sort().to_list()
    found = matching(path, activities)
    if not found.step_of:
        raise RedesignError(
            f"log: no activity ({names([repr(a) for a in activities], 3)}) is a step of path "
            f"{path.id}; write the log's names into the path as polku:activity, or make a path "
            "with polku discover"
        )
    steps, ids = Steps(log), [s.id for s in path.steps]
    code = _codes(log, found, ids)
    seen, explained = _seen(steps, code, ids)
    between, returns = _handed(steps, path, code, ids)
    known = log.has_closed_rule
    return Evidence(
        on=current,
        source="log",
        matters=steps.n,
        steps=seen,
        flows=_flows(log, path, current.scenario),
        handovers=between,
        returns=returns,
        days=median_days(steps.watched, steps.ended) if known else float("nan"),
        cautions=(
            *few(steps.n),
            *_matched(log, found, path),
            *_times(log, steps),
            *_ends(log, steps),
            *_people(log, explained),
            *path_cautions(path),
            *pool_cautions(current.scenario),
        ),
    )


def _codes(log: EventLog, found: Matching, ids: Sequence[str]) -> Ints:
    """For each event the position of its step in `ids`, i64[m], -1: no step, or not surely."""
    number = {id: k for k, id in enumerate(ids)}
    step_of = {a: number[s] for a, s in found.step_of.items()}
    activity = log.events["activity"].cast(pl.String)
    return activity.replace_strict(step_of, default=-1, return_dtype=pl.Int64).to_numpy()


def _seen(steps: Steps, code: Ints, ids: Sequence[str]) -> tuple[dict[str, StepSeen], float]:
    """What was seen of each step, and the share of all waiting that has a cause."""
    size = len(ids) + 1  # the last entry stands for events that are no step
    n = _sum(code, None, size)
    timed = steps.worked
    worked = _sum(code[timed], None, size)
    work = _sum(code[timed], (steps.time - steps.start)[timed], size)
    gaps = waits(steps)
    after = np.where(gaps.step >= 0, code[gaps.step], -1)
    after[gaps.step < 0] = -2  # after the last step: before none
    waited: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for cause, (at, amount) in gaps.parts.items():
        before = after[at] != -2
        waited[cause] = _sum(after[at][before], amount[before], size)
    seen = {}
    for k, id in enumerate(ids):
        if not n[k]:
            continue
        days = {c: float(w[k] / DAY / n[k]) for c, w in waited.items() if w[k]}
        hours = float(work[k] / (DAY / 24) / worked[k]) if worked[k] else 0.0
        seen[id] = StepSeen(float(n[k]) / max(steps.n, 1), hours, days, int(n[k]))
    total = float(gaps.length.sum())
    unknown = float(gaps.parts["unexplained"][1].sum())
    return seen, 1.0 - unknown / total if total else 1.0


def _sum(
    code: Ints, amount: Ints | None, size: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Sums (or counts) by code; code -1 stands last."""
    place = np.where(code < 0, size - 1, code)
    return np.bincount(place, amount, size).astype(np.float64)


def _handed(
    steps: Steps, path: Path, code: Ints, ids: Sequence[str]
) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    own = [None if path.by_customer(s) else path.lane_of(s) for s in path.steps]
    lanes = list(dict.fromkeys(x.id for x in own if x is not None))
    table = np.array([-1 if x is None else lanes.index(x.id) for x in own] + [-1], np.int64)
    assert len(table) == len(ids) + 1
    order = steps.canonical
    at = np.arange(steps.m) if order is None else order.astype(np.int64)
    place = np.empty(steps.m, np.int64)
    place[at] = np.arange(steps.m)
    pred = steps.pred[at].astype(np.int64)
    pred = np.where(pred >= 0, place[pred], -1)
    return handed(
        steps.case[at].astype(np.int64), steps.start[at], steps.time[at], pred, table[code][at],
        lanes, max(steps.n, 1),
    )  # fmt: skip


def _flows(log: EventLog, path: Path, scenario: Scenario) -> dict[str, float]:
    """Shares of flows: certain ones, those that the scenario measured, and those counted here."""
    measured = {g: b for g, b in scenario.branching.items() if b.origin.how == "measured"}
    shares = certain_shares(path) | given_shares(path, replace(scenario, branching=measured))
    told = enrich(path, log)
    for gateway in told.measured:
        for flow in told.path.out(gateway):
            if flow.probability is not None:
                shares[flow.id] = flow.probability
    return shares


# -- cautions


def _matched(log: EventLog, found: Matching, path: Path) -> list[str]:
    out = []
    counts = {str(a): n for a, n in log.events["activity"].value_counts().rows()}
    m = log.events.height
    missing = sorted(found.unmatched_activities, key=lambda a: (-counts[a], a))
    share = sum(counts[a] for a in missing) / m
    if share > NOT_IN_PATH:
        out.append(
            f"{share:.0%} of the events are no step of the path ({len(missing)} activities, most "
            f"often {names(missing, 3)}): what they cost and wait for is not seen."
        )
    unsure = sorted(found.ambiguous, key=lambda a: (-counts[a], a))
    share = sum(counts[a] for a in unsure) / m
    if share > NOT_IN_PATH:
        out.append(
            f"{share:.0%} of the events could be several steps ({names(unsure, 3)}) and count for "
            "none."
        )
    never = found.unmatched_steps
    if never:
        out.append(
            f"{len(never)} of {len(path.steps)} steps never happen in the log ({names(never, 3)}): "
            "nothing is known of them."
        )
    return out


def _times(log: EventLog, steps: Steps) -> list[str]:
    out = []
    without = 1.0 - float(steps.has_start.mean())
    if without == 1.0:
        out.append(
            "Every event has one time stamp: there are no times of work, and waiting cannot be "
            "told from work, so all time counts as waiting before the step that ends it."
        )
    elif without > NOT_IN_PATH:
        out.append(
            f"{without:.0%} of the events have one time stamp only: their work counts as waiting."
        )
    midnight = log.mapping.time.day_granular_share
    if midnight > AT_MIDNIGHT:
        out.append(
            f"{midnight:.0%} of the stamps are at midnight: the order within a day, hand-overs on "
            "it and waiting of less than a day are not known."
        )
    return out


def _ends(log: EventLog, steps: Steps) -> list[str]:
    if not log.has_closed_rule:
        return [
            "The log does not say which matters have ended, so the lead time is not known; write "
            "[closed] into its mapping."
        ]
    out = []
    open_ = 1.0 - float(steps.ended.mean())
    if open_ > MANY_OPEN:
        out.append(
            f"{open_:.0%} of the matters are open: steps late in the path are seen too rarely."
        )
    after, ended = rests(steps), steps.ended
    mine = ended[after.case]
    rest = float((steps.watched[after.case] - after.begin)[mine].sum())
    share = rest / max(float(steps.watched[ended].sum()), 1.0)
    if share > AFTER:
        out.append(
            f"{share:.0%} of the time that ended matters took lies after their last event, before "
            "no step: no move is seen to shorten it, and a simulation does not have it."
        )
    return out


def _people(log: EventLog, explained: float) -> list[str]:
    out = ["A log does not tell how busy people were: the load of pools is missing."]
    resources = log.events["resource"]
    if resources.null_count() == len(resources):
        out.append("The log names nobody, so waiting for people cannot be told from other waiting.")
    if explained < 1 - UNEXPLAINED:
        out.append(
            f"{1 - explained:.0%} of the waiting has no cause that the log can tell; where it lies "
            "is known, why is not."
        )
    return out
