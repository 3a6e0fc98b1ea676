"""Figures from a trace are those of `polku.measure`: one measure for what was and what would be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from measured_cohort import cohort_log, measured, told
from polku.paths import load, scenario_file, shipped
from polku.redesign.candidate import Candidate
from polku.redesign.default_axes import axes_for
from polku.redesign.figures import figures, prepare, utilisation
from polku.redesign.prototype import Prototype
from polku.redesign.setting import Setting, setting_for
from polku.redesign.trying import Alike, Trials
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


def assert_as_measured(run: Run, of: Prototype, setting: Setting) -> None:
    axes = axes_for(of)
    found = figures(run, axes, setting)
    truth = measured(run, setting, axes)
    differing = []
    for axis, value in zip(axes, found.tolist(), strict=True):
        if axis.key.startswith(OWN):
            continue
        wanted = told(truth, axis, setting)
        if wanted is None:
            continue
        if not math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-9) and not (
            math.isnan(value) and math.isnan(wanted)
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


@pytest.mark.parametrize("days", [20.0, 60.0, 400.0])
def test_figures_are_those_of_measure_whatever_the_horizon(days: float) -> None:
    for path in shipped():
        prototype = version(path.name)
        setting = setting_for(prototype, days)
        assert_as_measured(run_of(prototype, setting, 3), prototype, setting)


def test_hours_by_unit_add_up_and_utilisation_is_the_tally_s() -> None:
    from polku.measure.criteria.business_friendliness import staff_hours_by_unit
    from polku.measure.steps import Steps
    from polku.simulate.tally import _pools

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
