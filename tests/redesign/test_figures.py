"""Figures from a trace are those of `polku.measure`: one measure for what was and what would be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from decorated import decorated
from measured_cohort import cohort_log, measured, told

from polku.paths import load, scenario_file, shipped
from polku.redesign import counting
from polku.redesign.axes import Axis
from polku.redesign.candidate import Candidate
from polku.redesign.default_axes import axes_for
from polku.redesign.figures import Prepared, cohort, figures, prepare, utilisation
from polku.redesign.move import kind_of
from polku.redesign.prototype import Prototype
from polku.redesign.realising import realise
from polku.redesign.setting import Setting, setting_for
from polku.redesign.trying import Alike, Trials
from polku.simulate.clocks import DAY, instant
from polku.simulate.file import read_scenario
from polku.simulate.run import Run

OWN = ("staff_hours.mean_within_h@unit", "utilisation.")
"""Figures that the catalogue does not have."""


def version(name: str, version: str = "current") -> Prototype:
    """A version of a path that ships."""
    return Prototype(load(name, version), read_scenario(scenario_file(name, version)), version)


def run_of(of: Prototype, setting: Setting, seed: int = 1, replication: int = 0) -> Run:
    alike = Alike(seed, setting, (), prepare(of).told_by)
    return Trials(alike).run(Candidate(of), replication)


def same(value: float, wanted: float) -> bool:
    if math.isnan(value) or math.isnan(wanted):
        return math.isnan(value) and math.isnan(wanted)
    return math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-9)


def unreached(axis: Axis, value: float) -> bool:
    """Whether a figure that rests on quantiles lies beyond what is watched."""
    return axis.id in ("predictability", "equality_lead_time") and not math.isfinite(value)


def assert_as_measured(
    run: Run, of: Prototype, setting: Setting, prepared: Prepared | None = None
) -> None:
    axes = axes_for(of)
    found = figures(run, axes, setting, prepared)
    truth = measured(run, setting, axes)
    differing = []
    mine = slice(*cohort(run.matters, setting))
    lead = (run.trace.ended - run.matters.time)[mine]
    late = bool(((lead < 0) | (lead > setting.watched)).any())
    for axis, value in zip(axes, found.tolist(), strict=True):
        if axis.key.startswith(OWN):
            continue
        wanted = told(truth, axis, setting)
        if wanted is None:
            continue
        if not same(value, wanted) and not (
            (late or wanted == math.inf) and unreached(axis, value)
        ):
            differing.append((axis.key, value, wanted))
    assert not differing


VERSIONS = [(p.name, v) for p in shipped() for v in p.versions]


@pytest.mark.parametrize(("name", "of"), VERSIONS)
def test_figures_of_shipped_paths_are_those_of_measure(name: str, of: str) -> None:
    prototype = version(name, of)
    setting = setting_for(version(name))
    for seed, replication in ((1, 0), (2, 10_001)):
        run = run_of(prototype, setting, seed, replication)
        assert_as_measured(run, prototype, setting)


LADDERS = (
    (("eliminate", "handle-food-notice"), ("notify-instead", "check-waste-report")),
    (("merge-steps", "handle-food-notice", "answer-food-notice"),
     ("parallelise", "acknowledge", "check-application")),
    (("merge-contacts", "answer-rescue-plan"), ("reminder-deadline", "apply-for-area"),
     ("change-channel", "ask-what-is-needed")),
)  # fmt: skip


@pytest.mark.parametrize("ladder", LADDERS)
def test_figures_of_prototypes_with_moves_are_those_of_measure(
    ladder: tuple[tuple[str, ...], ...],
) -> None:
    current = version("event-permit")
    setting = setting_for(current)
    moves = tuple(kind_of(kind).at(*at) for kind, *at in ladder)
    prototype = realise(Candidate(current, moves), 5, 1)
    assert_as_measured(run_of(prototype, setting, 5, 1), prototype, setting)


@pytest.mark.parametrize("days", [20.0, 60.0, 400.0])
def test_figures_are_those_of_measure_whatever_the_horizon(days: float) -> None:
    for path in shipped():
        prototype = version(path.name)
        setting = setting_for(prototype, days)
        assert_as_measured(run_of(prototype, setting, 3), prototype, setting)


def test_hours_by_unit_add_up_and_utilisation_is_the_tally_s() -> None:
    from polku.measure.criteria.business_friendliness import staff_hours_by_unit
    from polku.measure.steps import Steps

    for path in shipped():
        prototype = version(path.name)
        setting = setting_for(prototype)._replace(horizon=10**17)
        run = run_of(prototype, setting, 4)
        axes = axes_for(prototype)
        found = dict(zip([a.key for a in axes], figures(run, axes, setting).tolist(), strict=True))
        log = cohort_log(run, setting)
        hours = staff_hours_by_unit(Steps(log))
        for unit, spent in hours.items():
            if unit:
                key = f"staff_hours.mean_within_h@unit={unit}"
                assert found[key] == pytest.approx(spent / log.n_matters, rel=1e-12)
        assert_as_tallied(run, setting)


def assert_as_tallied(run: Run, setting: Setting) -> None:
    from polku.simulate.tally import _pools

    tallies = _pools(run.program, run.trace.rows, setting.counted_from, setting.counted_to)
    mine = utilisation(run, setting)
    for pool in tallies:
        wanted = math.nan if pool.utilisation is None else pool.utilisation
        assert mine[pool.name] == pytest.approx(wanted, nan_ok=True, rel=1e-12)


def test_figures_do_not_depend_on_what_was_prepared_before() -> None:
    prototype = version("event-permit")
    setting = setting_for(prototype)
    run = run_of(prototype, setting)
    axes = axes_for(prototype)
    once = figures(run, axes, setting)
    again = figures(run, axes, setting, prepare(prototype, run.program.node_ids))
    assert np.array_equal(once, again, equal_nan=True)


def read_by(kinds: frozenset[str]) -> int:
    """By what `measure` tells supplements in a log that marks these kinds of events."""
    requests, answers = "supplement_requested" in kinds, "supplement_received" in kinds
    if requests and answers:
        return counting.BY_KINDS
    if requests:
        return counting.BY_REQUESTS
    return counting.BY_ANSWERS if answers else counting.BY_CONTACTS


@pytest.mark.parametrize("seed", range(60))
def test_figures_of_paths_made_by_chance_are_those_of_measure(seed: int) -> None:
    of = decorated(seed)
    first = instant(of.scenario.start, "UTC")
    setting = Setting(first, first + 20 * DAY, first + 80 * DAY, first + 110 * DAY, 15 * DAY)
    run = run_of(of, setting, seed)
    assert_as_tallied(run, setting)
    log = cohort_log(run, setting)
    if log.events["unit"].null_count() == log.events.height:
        return  # such a log does not know that there are units; a path does
    kinds = log.kinds_present
    prepared = prepare(of, run.program.node_ids, read_by(kinds))
    assert_as_measured(run, of, setting, prepared)


def test_paths_made_by_chance_have_something_of_everything() -> None:
    found: dict[str, float] = {}
    for seed in range(30):
        of = decorated(seed)
        first = instant(of.scenario.start, "UTC")
        setting = Setting(first, first, first + 60 * DAY, first + 120 * DAY, 40 * DAY)
        axes = axes_for(of)
        values = figures(run_of(of, setting), axes, setting).tolist()
        for axis, value in zip(axes, values, strict=True):
            if math.isfinite(value):
                found[axis.id] = max(found.get(axis.id, 0.0), value)
    assert min(found.values()) > 0
    assert len(found) == 20
